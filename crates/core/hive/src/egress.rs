//! What may leave this machine: one policy, asked on every way out.
//!
//! It is asked twice: before something becomes a claim at all ([`Policy::may_say`]), and before a version goes to a peer
//! ([`Policy::may_leave`]), as what may leave can change in between. What a version holds is looked at as text, whatever its kind:
//! every text of its body and of its name, so that no kind, known here or not, gets around an exclusion.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claim::{Content, Version};
use crate::clock::Millis;
use crate::content::{Body, Category, Kind, Refused, Scope};
use crate::key::PublicKey;
use crate::trust::Tier;
use crate::unit::{Say, Unread};

/// The most bytes of a command in the words that knowledge is about.
const MOST_KEYWORD: usize = 64;
/// The most words of one.
const MOST_WORDS: usize = 5;

/// Why something stays here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It says when somebody works or what they spend.
    #[error("it is personal")]
    Personal,
    /// Knowledge of its category is not shared.
    #[error("its category is not shared")]
    Category,
    /// Its tool is excluded.
    #[error("the tool {0} is not shared")]
    Tool(String),
    /// A command in it is excluded.
    #[error("commands with `{0}` are not shared")]
    Command(String),
    /// It holds a command rather than the words for its kind.
    #[error("it holds a whole command")]
    WholeCommand,
    /// Files of its kind are excluded.
    #[error("{0} is not shared")]
    Artifact(&'static str),
    /// It is about a project that is not shared.
    #[error("the project {0} is not shared")]
    Project(String),
    /// It holds what must not be told.
    #[error("it holds {0}")]
    Taint(Taint),
    /// It is no body that others would take.
    #[error(transparent)]
    Body(#[from] Refused),
    /// The peer does not belong to its audience.
    #[error("it is not meant for this peer")]
    Audience,
    /// A person has hidden it.
    #[error("it is hidden")]
    Hidden,
    /// Nothing is shared that was not exposed.
    #[error("it was not exposed")]
    NotExposed,
    /// A person has refused it.
    #[error("it was refused")]
    Refused,
    /// The consent to it is over.
    #[error("the consent to share it has expired")]
    ConsentExpired,
    /// The consent is not for this peer.
    #[error("there is no consent to share it with this peer")]
    Consent,
    /// The peer is not trusted enough.
    #[error("it is for peers that are at least {}", .0.word())]
    Tier(Tier),
    /// It no longer holds.
    #[error("it has expired")]
    Expired,
    /// It was not said again for too long.
    #[error("it is too old")]
    Old,
    /// It has come through too many machines.
    #[error("it has come far enough")]
    Hops,
}

/// What must not be told, whoever may know the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Taint {
    /// What looks like a secret.
    Secret,
    /// A path with somebody's name.
    Home,
    /// An address.
    Email,
    /// A word that was named as not to be told: a user's name, a machine's.
    Word,
}

impl std::fmt::Display for Taint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Taint::Secret => "what looks like a secret",
            Taint::Home => "a path to somebody's home folder",
            Taint::Email => "an e-mail address",
            Taint::Word => "a name that is not to be told",
        })
    }
}

/// Whether what nobody has decided about is shared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShareMode {
    /// It is.
    Auto,
    /// Only what was exposed.
    #[default]
    Manual,
}

/// What a person decided of sharing one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// It is shared.
    Expose,
    /// It is not.
    Hide,
}

impl Exposure {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Exposure::Expose => "expose",
            Exposure::Hide => "hide",
        }
    }

    /// The one of a name.
    pub fn parse(word: &str) -> Option<Exposure> {
        [Exposure::Expose, Exposure::Hide].into_iter().find(|one| one.word() == word)
    }
}

/// Whom one unit may be given to. It stays here: nobody learns who else may know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Millis>,
    /// To these alone; an empty set is nobody.
    #[serde(skip_serializing_if = "Option::is_none", with = "keys")]
    pub allow: Option<BTreeSet<PublicKey>>,
    /// Never to these.
    #[serde(skip_serializing_if = "Option::is_none", with = "keys")]
    pub exclude: Option<BTreeSet<PublicKey>>,
    /// Only to who is trusted at least so far.
    #[serde(skip_serializing_if = "Option::is_none", with = "tier")]
    pub tier: Option<Tier>,
}

impl Consent {
    fn allows(&self, peer: &Peer, now: Millis) -> Result<(), Why> {
        if self.expires.is_some_and(|expires| expires <= now) {
            return Err(Why::ConsentExpired);
        }
        let is_in = |set: &Option<BTreeSet<PublicKey>>| set.as_ref().map(|set| set.contains(&peer.key));
        if is_in(&self.exclude) == Some(true) || is_in(&self.allow) == Some(false) {
            return Err(Why::Consent);
        }
        match self.tier {
            Some(tier) if peer.tier < tier => Err(Why::Tier(tier)),
            _ => Ok(()),
        }
    }
}

mod keys {
    use std::collections::BTreeSet;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::key::PublicKey;

    pub(super) fn serialize<S: Serializer>(
        set: &Option<BTreeSet<PublicKey>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let texts: Option<Vec<String>> =
            set.as_ref().map(|set| set.iter().map(ToString::to_string).collect());
        texts.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<BTreeSet<PublicKey>>, D::Error> {
        let texts = Option::<Vec<String>>::deserialize(from)?;
        let read = |text: String| text.parse().map_err(|_| D::Error::custom("no key"));
        texts.map(|texts| texts.into_iter().map(read).collect()).transpose()
    }
}

mod tier {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::trust::Tier;

    pub(super) fn serialize<S: Serializer>(tier: &Option<Tier>, to: S) -> Result<S::Ok, S::Error> {
        tier.map(Tier::word).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Tier>, D::Error> {
        let word = Option::<String>::deserialize(from)?;
        let read = |word: String| Tier::parse(&word).ok_or_else(|| D::Error::custom("no tier"));
        word.map(read).transpose()
    }
}

/// Who would be given something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its key.
    pub key: PublicKey,
    /// How far it is trusted: [`crate::trust::Trusts::tier_of_peer`].
    pub tier: Tier,
}

/// What would be given, and what is known of it here.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The version.
    pub version: &'a Version,
    /// What a person decided of its claim.
    pub exposure: Option<Exposure>,
    /// Whom it may be given to.
    pub consent: Option<&'a Consent>,
    /// A person has refused it.
    pub refused: bool,
    /// The peer has acknowledged a version of this claim in this class: it is told that the claim is gone.
    pub had: bool,
    /// Through how many machines it has come here; 0 for one's own.
    pub hops: u8,
}

/// What is shared at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// What nobody has decided about.
    pub mode: ShareMode,
    /// These categories; none for all but personal.
    pub categories: BTreeSet<Category>,
    /// Nothing about these tools.
    pub exclude_tools: BTreeSet<String>,
    /// Nothing with these parts of commands.
    pub exclude_commands: Vec<String>,
    /// No files of these kinds.
    pub exclude_artifacts: BTreeSet<Kind>,
    /// What holds in a project, only of these; none for all.
    pub projects: Option<BTreeSet<String>>,
    /// Nothing that holds these words: names of users and machines.
    pub never: Vec<String>,
    /// Nothing that was last said longer ago than so many milliseconds; none for any time.
    pub ttl: Option<u64>,
    /// Nothing that has come through more machines.
    pub most_hops: u8,
}

impl Policy {
    /// Whether this may become a claim.
    pub fn may_say(&self, say: &Say) -> Result<(), Why> {
        match &say.body {
            Body::Pattern(body) if body.command.as_deref().is_some_and(|own| !is_keyword(own)) => {
                return Err(Why::WholeCommand);
            }
            Body::ApproachOutcome(body) if !is_reference(&body.approach_ref) => {
                return Err(Why::WholeCommand);
            }
            _ => {}
        }
        self.may_tell(&say.scope, Some(say.body.kind()), Some(say.category()))?;
        let mut texts = vec![say.scope.to_string(), say.family.clone()];
        let bytes = say.body.to_bytes()?;
        texts_of(&bytes, &mut texts);
        say.subject().map_err(|why| match why {
            Unread::Body(why) => Why::Body(why),
            _ => Why::WholeCommand,
        })?;
        self.may_hold(&texts)
    }

    /// Whether this may go to this peer.
    pub fn may_leave(&self, out: &Outgoing<'_>, peer: &Peer, now: Millis) -> Result<(), Why> {
        let Version { claim, content, .. } = out.version;
        if !claim.class.is_for(&peer.key) && claim.author != peer.key {
            return Err(Why::Audience);
        }
        // A floor names nothing but its author and its class; and who has something must learn that it is gone.
        let is_floor = claim.kind.as_str() == crate::claim::FLOOR;
        if is_floor || (out.had && *content == Content::Tombstone) {
            return Ok(());
        }
        if out.refused {
            return Err(Why::Refused);
        }
        match (out.exposure, self.mode) {
            (Some(Exposure::Hide), _) => return Err(Why::Hidden),
            (None, ShareMode::Manual) => return Err(Why::NotExposed),
            (Some(Exposure::Expose), _) | (None, ShareMode::Auto) => {}
        }
        out.consent.map_or(Ok(()), |consent| consent.allows(peer, now))?;
        if out.version.expires.is_some_and(|expires| expires <= now) {
            return Err(Why::Expired);
        }
        let age = now.0.saturating_sub(out.version.hlc.time().0);
        if self.ttl.is_some_and(|ttl| age > ttl) {
            return Err(Why::Old);
        }
        if out.hops > self.most_hops {
            return Err(Why::Hops);
        }
        let kind = Kind::parse(claim.kind.as_str());
        let mut texts = vec![claim.kind.as_str().to_owned(), claim.scope.clone(), claim.family.clone()];
        texts.extend(claim.key.iter().cloned());
        let mut category = None;
        if let Content::Body(bytes) = content {
            if let Some(kind) = kind {
                category = Some(Body::read(kind, bytes)?.category());
            }
            texts_of(bytes, &mut texts);
        }
        self.may_tell(&Scope::parse(&claim.scope), kind, category)?;
        self.may_hold(&texts)
    }

    fn may_tell(&self, scope: &Scope, kind: Option<Kind>, category: Option<Category>) -> Result<(), Why> {
        if category == Some(Category::Personal) {
            return Err(Why::Personal);
        }
        // What is of no category known here is not among those that were chosen.
        let chosen = category.is_some_and(|category| self.categories.contains(&category));
        if !self.categories.is_empty() && !chosen {
            return Err(Why::Category);
        }
        if let Some(kind) = kind.filter(|kind| self.exclude_artifacts.contains(kind)) {
            return Err(Why::Artifact(kind.word()));
        }
        match (scope, &self.projects) {
            (Scope::Project(name), Some(shared)) if !shared.contains(name) => Err(Why::Project(name.clone())),
            _ => Ok(()),
        }
    }

    fn may_hold(&self, texts: &[String]) -> Result<(), Why> {
        for text in texts {
            // `pattern:Bash:make`, `Edit|Write`: a tool may be a part.
            let parts = || text.split([':', '|', ',', '(', ' ', '/']);
            let is_named = |tool: &&String| *tool == text || parts().any(|part| part == tool.as_str());
            if let Some(tool) = self.exclude_tools.iter().find(is_named) {
                return Err(Why::Tool(tool.clone()));
            }
            let lower = text.to_lowercase();
            let holds = |part: &&String| !part.is_empty() && lower.contains(&part.to_lowercase());
            if let Some(part) = self.exclude_commands.iter().find(holds) {
                return Err(Why::Command(part.clone()));
            }
            if self.never.iter().any(|word| has_word(&lower, &word.to_lowercase())) {
                return Err(Why::Taint(Taint::Word));
            }
            if let Some(taint) = taint(text) {
                return Err(Why::Taint(taint));
            }
        }
        // A name in one text and its value in another: what is a secret is told by both.
        let all = texts.join(" ");
        if claudectl_redact::redact(&all).findings.is_empty() {
            Ok(())
        } else {
            Err(Why::Taint(Taint::Secret))
        }
    }
}

/// What a text must not leave for.
pub fn taint(text: &str) -> Option<Taint> {
    if !claudectl_redact::redact(text).findings.is_empty() {
        return Some(Taint::Secret);
    }
    if home(text).is_some() {
        return Some(Taint::Home);
    }
    has_email(text).then_some(Taint::Email)
}

/// Folders that hold what is somebody's.
pub(crate) const HOMES: [&str; 3] = ["home", "Users", "root"];

/// Where the first folder of somebody's stands, up to the end of the name: `/home/NAME`, `/Users/NAME`, `C:\Users\NAME`, also
/// as they stand within JSON, and in names of folders that the client makes of paths (`-Users-NAME`).
pub(crate) fn home(text: &str) -> Option<std::ops::Range<usize>> {
    let named = |word: &'static str| {
        text.match_indices(word).find_map(|(at, _)| {
            let (before, rest) = (text[..at].chars().next_back()?, &text[at + word.len()..]);
            let name = match (before, word) {
                ('/', word) if HOMES.contains(&word) => {
                    rest.strip_prefix('/').or_else(|| rest.strip_prefix("\\/"))
                }
                ('\\', "Users" | "users") => {
                    Some(rest.trim_start_matches('\\')).filter(|name| name.len() < rest.len())
                }
                // Not `take-home-x`.
                ('-', "home" | "Users") if !text[..at - 1].ends_with(char::is_alphanumeric) => {
                    rest.strip_prefix('-')
                }
                _ => None,
            }?;
            let is_part = |letter: char| letter.is_alphanumeric() || "._-".contains(letter);
            let length = name.find(|letter| !is_part(letter)).unwrap_or(name.len());
            let from = text.len() - name.len();
            // `/home/$USER`, `/Users/<you>`: nobody's.
            (length > 0).then_some(at - 1..from + length)
        })
    };
    HOMES.into_iter().chain(["users"]).filter_map(named).min_by_key(|range| range.start)
}

/// `somebody@example.org`: not `react@18.2.0`, nor `checkout@v4`.
fn has_email(text: &str) -> bool {
    let is_local = |letter: char| letter.is_alphanumeric() || "._%+-".contains(letter);
    let is_host = |letter: char| letter.is_alphanumeric() || ".-".contains(letter);
    text.match_indices('@').any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_local);
        let after = &text[at + 1..];
        let host = after.split(|letter| !is_host(letter)).next().unwrap_or_default().trim_end_matches('.');
        let top = host.rsplit_once('.').map(|(_, top)| top);
        before && top.is_some_and(|top| top.len() >= 2 && top.chars().all(char::is_alphabetic))
    })
}

/// Whether a word stands in a text by itself.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next())
        })
}

/// Whether these are a few words for a kind of command, with nothing in them that a file, an address or a secret could be.
pub fn is_keyword(text: &str) -> bool {
    let mut words = text.split(' ');
    let is_word = |word: &str| {
        let name = word.trim_start_matches('-');
        word.len() - name.len() <= 2
            && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"_-+:".contains(&letter))
    };
    text == "*"
        || (text.len() <= MOST_KEYWORD
            && !text.starts_with('-')
            && words.clone().count() <= MOST_WORDS
            && words.all(is_word))
}

/// `pattern:Bash:cargo test`
fn is_reference(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let [kind, tool, command] = [(); 3].map(|()| parts.next().unwrap_or_default());
    kind == "pattern" && !tool.is_empty() && is_keyword(command)
}

/// Every text in a body: the texts and names of JSON, or else all of it.
fn texts_of(bytes: &[u8], into: &mut Vec<String>) {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => {
            // Names beside their values, too: what is a secret is told by its name.
            into.push(value.to_string());
            walk(value, into);
        }
        Err(_) => into.push(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn walk(value: Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.into_iter().for_each(|item| walk(item, into)),
        Value::Object(fields) => {
            for (name, value) in fields {
                into.push(name);
                walk(value, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests;
