//! A unit: what stands in a claim's place, read. And a claim made of what one has to say.
//!
//! The name of a claim says what it is about, and so does its body. An author could let the two differ, and count one body as
//! often as it likes by a thousand names; so a unit whose name is not that of its body is none.

use std::collections::BTreeSet;

use crate::bytes::BytesError;
use crate::claim::{
    Brief, Claim, ClaimId, Class, Condition as Fingerprint, Content, HiveId, Kind as Name, Version, VersionId,
};
use crate::clock::{Hlc, Millis};
use crate::content::{self, Action, Body, Category, Condition, Kind, RuleAction, Scope, fingerprint_labels};
use crate::key::PublicKey;
use crate::published::Foreign;

/// Why what stands there is no unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// A tombstone, or a floor.
    #[error("it says nothing")]
    Nothing,
    /// Of a kind that is not known here. It is kept and passed on.
    #[error("its kind is not known here")]
    Kind,
    /// Its body is none.
    #[error(transparent)]
    Body(#[from] content::Refused),
    /// It is about something else than its name says.
    #[error("its name is not that of what it says")]
    Name,
}

/// What a unit comes to, numbers aside: equal for versions that differ only in how often something was seen. What a person
/// accepts or refuses is this, so that neither a later count asks again nor another meaning slips in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sense(pub [u8; 32]);

/// What is known: what one author says of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Of its version.
    pub brief: Brief,
    /// Where it holds.
    pub scope: Scope,
    /// Which family of agents it was learned with; empty for any.
    pub family: String,
    /// What it says.
    pub body: Body,
    sense: Sense,
    subject: ClaimId,
}

impl Unit {
    /// Reads a version.
    pub fn read(brief: Brief, version: &Version) -> Result<Unit, Unread> {
        let Content::Body(bytes) = &version.content else { return Err(Unread::Nothing) };
        if brief.floor {
            return Err(Unread::Nothing);
        }
        let claim = &version.claim;
        let kind = Kind::parse(claim.kind.as_str()).ok_or(Unread::Kind)?;
        let body = Body::read(kind, bytes)?;
        let scope = read_scope(&claim.scope);
        if let Scope::Language(name) | Scope::Project(name) = &scope {
            content::word("the scope", name)?;
        }
        let said = Say { scope, body, family: claim.family.clone() };
        let own = said.claim(claim.author, claim.class.clone()).map_err(|_| Unread::Name)?;
        if own != *claim {
            return Err(Unread::Name);
        }
        let (sense, subject) = (said.sense()?, said.subject()?);
        let Say { scope, body, family } = said;
        Ok(Unit { brief, scope, family, body, sense, subject })
    }

    /// What was taken over from files of the published tool, which nobody signed: of an author of its own for each name that
    /// is said there. It is in no class, so there is nothing of it that could leave.
    pub fn unsigned(foreign: &Foreign) -> Result<Unit, Unread> {
        let mut hasher = blake3::Hasher::new_derive_key("claudectl hive 1: an author that nothing proves");
        let author = PublicKey::from_bytes(*hasher.update(foreign.said_by.as_bytes()).finalize().as_bytes());
        let said = Say { scope: foreign.scope.clone(), body: foreign.body.clone(), family: String::new() };
        let class = Class::everyone(HiveId::from_bytes([0; 32]));
        let claim = said.claim(author, class.clone()).map_err(|_| Unread::Name)?;
        let brief = Brief {
            id: VersionId::from_bytes(*blake3::hash(foreign.id.as_bytes()).as_bytes()),
            class: class.id(),
            claim: claim.id(),
            author,
            hlc: Hlc::new(Millis(foreign.last_validated_at.saturating_mul(1_000)), 0),
            seq: 0,
            expires: None,
            tombstone: false,
            floor: false,
        };
        let (sense, subject) = (said.sense()?, said.subject()?);
        let Say { scope, body, family } = said;
        Ok(Unit { brief, scope, family, body, sense, subject })
    }

    /// What it comes to, numbers aside.
    pub fn sense(&self) -> Sense {
        self.sense
    }

    /// What it is about: equal for claims of different authors about one thing under one condition.
    pub fn subject(&self) -> ClaimId {
        self.subject
    }

    /// When it was last seen to hold.
    pub fn seen_at(&self) -> Millis {
        self.brief.hlc.time()
    }

    /// What it wants to be done about a call; nothing if it is not about it. What a rule for commands covers, the gate alone
    /// can say.
    pub fn wants(&self, call: &Call<'_>) -> Option<Action> {
        if !call.place.is_in(&self.scope) {
            return None;
        }
        match &self.body {
            Body::Pattern(body) => {
                let covers = body.tool == call.tool
                    && body.command.as_deref().is_none_or(|own| covers(own, call.command))
                    && body.conditions.iter().all(|one| holds(one, call));
                covers.then_some(body.action)
            }
            Body::Rule(body) if body.command.is_none() && body.tool.as_deref() == Some(call.tool) => {
                Some(if body.tightens() { Action::Deny } else { Action::Approve })
            }
            _ => None,
        }
    }

    /// Whether it says that something is not to be done, or not without asking.
    pub fn is_deny(&self) -> bool {
        match &self.body {
            Body::Pattern(body) => body.action == Action::Deny,
            Body::Rule(body) => body.action != RuleAction::Allow,
            _ => false,
        }
    }
}

/// Where a session works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// In which project.
    pub project: Option<String>,
    /// In which languages.
    pub languages: BTreeSet<String>,
}

impl Place {
    /// Whether what holds there holds here.
    pub fn is_in(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Universal => true,
            Scope::Language(name) => self.languages.contains(name),
            Scope::Project(name) => self.project.as_ref() == Some(name),
        }
    }
}

/// What is known of the moment of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// How much of the context was in use, in percent.
    pub context: Option<u8>,
    /// Whether the call before had failed.
    pub errors: Option<bool>,
    /// Whether another session wrote to the same files.
    pub conflict: Option<bool>,
    /// What the session had cost, in cents.
    pub cents: Option<u32>,
    /// The hour of the day, in UTC.
    pub hour: Option<u8>,
}

/// A call, as far as knowledge speaks of calls.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The tool.
    pub tool: &'a str,
    /// The command in a few words that give nothing away; nothing if there is none, or none that is known.
    pub command: Option<&'a str>,
    /// Where.
    pub place: &'a Place,
    /// When.
    pub moment: Moment,
}

/// `git push` covers `git push --force`, not `git pushy`.
fn covers(own: &str, command: Option<&str>) -> bool {
    let rest = command.and_then(|command| command.strip_prefix(own));
    own == "*" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// What is not known does not hold.
fn holds(condition: &Condition, call: &Call<'_>) -> bool {
    let moment = call.moment;
    match condition {
        Condition::CostBelow(cents) => moment.cents.is_some_and(|own| own < *cents),
        Condition::CostAbove(cents) => moment.cents.is_some_and(|own| own > *cents),
        Condition::ContextBelow(pct) => moment.context.is_some_and(|own| own < *pct),
        Condition::ContextAbove(pct) => moment.context.is_some_and(|own| own > *pct),
        Condition::Errors(errors) => moment.errors == Some(*errors),
        Condition::Conflict(conflict) => moment.conflict == Some(*conflict),
        Condition::Hours(from, to) => moment.hour.is_some_and(|own| match from <= to {
            true => (*from..*to).contains(&own),
            false => own >= *from || own < *to,
        }),
        Condition::Project(name, _) => call.place.project.as_ref() == Some(name),
        Condition::Other(_) => false,
    }
}

/// Something one has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// Where it holds.
    pub scope: Scope,
    /// What.
    pub body: Body,
    /// Which family of agents it was learned with; empty for any.
    pub family: String,
}

impl Say {
    /// The claim of an author in which it stands.
    pub fn claim(&self, author: PublicKey, class: Class) -> Result<Claim, BytesError> {
        let conditions: Vec<Condition> = self.body.conditions().cloned().collect();
        let labels = fingerprint_labels(&conditions);
        Ok(Claim {
            author,
            class,
            kind: Name::new(self.body.kind().word())?,
            scope: write_scope(&self.scope),
            key: self.body.key_fields().into_iter().map(str::to_owned).collect(),
            condition: (!labels.is_empty()).then(|| Fingerprint::of(labels.iter().map(String::as_str))),
            family: self.family.clone(),
        })
    }

    /// The category, for whoever chooses what to share.
    pub fn category(&self) -> Category {
        self.body.category()
    }

    /// What it is about, whoever says it.
    pub fn subject(&self) -> Result<ClaimId, Unread> {
        let nobody = (PublicKey::from_bytes([0; 32]), Class::everyone(HiveId::from_bytes([0; 32])));
        Ok(self.claim(nobody.0, nobody.1).map_err(|_| Unread::Name)?.id())
    }

    /// What it comes to, numbers aside.
    pub fn sense(&self) -> Result<Sense, Unread> {
        let mut body = self.body.clone();
        match &mut body {
            Body::Pattern(body) => (body.agreed, body.of) = (0, 0),
            Body::ToolAccuracy(body) => (body.correct, body.total, body.threshold_permille) = (0, 0, 0),
            Body::Temporal(body) => body.strength_permille = 0,
            Body::ApproachOutcome(body) => {
                (body.succeeded, body.of) = (0, 0);
                (body.median_cost_micros, body.median_duration_ms) = (None, None);
            }
            Body::ApproachCluster(body) => body.variants.iter_mut().for_each(|variant| variant.evidence = 0),
            _ => {}
        }
        let mut hasher = blake3::Hasher::new_derive_key("claudectl hive 1: what a unit comes to");
        let scope = write_scope(&self.scope);
        for part in [body.kind().word().as_bytes(), scope.as_bytes(), &body.to_bytes()?] {
            hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
        }
        Ok(Sense(*hasher.finalize().as_bytes()))
    }
}

/// Where a claim holds, as it is written in it: nothing for everywhere.
fn write_scope(scope: &Scope) -> String {
    match scope {
        Scope::Universal => String::new(),
        narrower => narrower.to_string(),
    }
}

fn read_scope(text: &str) -> Scope {
    if text.is_empty() { Scope::Universal } else { Scope::parse(text) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::claim::Verified;
    use crate::content::{Pattern, Rule};
    use crate::key::SecretKey;

    pub(crate) fn secret(of: u8) -> SecretKey {
        SecretKey::from_bytes(&[of; 32])
    }

    pub(crate) fn author(of: u8) -> PublicKey {
        secret(of).public()
    }

    pub(crate) fn pattern(action: Action, command: &str, agreed: u32, of: u32) -> Body {
        let command = (command != "*").then(|| command.to_owned());
        Body::Pattern(Pattern {
            action,
            agreed,
            command,
            conditions: Vec::new(),
            of,
            tool: "Bash".to_owned(),
        })
    }

    pub(crate) fn say(body: Body) -> Say {
        Say { scope: Scope::Universal, body, family: String::new() }
    }

    pub(crate) fn signed(by: u8, say: &Say, at: Millis, seq: u64) -> Verified {
        let class = Class::everyone(HiveId::from_bytes([7; 32]));
        let claim = say.claim(author(by), class).unwrap();
        let content = Content::Body(say.body.to_bytes().unwrap());
        Version { claim, hlc: Hlc::new(at, 0), seq, expires: None, content }.sign(&secret(by)).unwrap()
    }

    pub(crate) fn unit(by: u8, say: &Say, at: Millis) -> Unit {
        let verified = signed(by, say, at, at.0);
        Unit::read(*verified.brief(), verified.version()).unwrap()
    }

    const AT: Millis = Millis(1_000);

    #[test]
    fn what_is_said_is_read_again() {
        let mut said = say(pattern(Action::Deny, "git push", 5, 5));
        for scope in [Scope::Universal, Scope::Language("rust".into()), Scope::Project("universal".into())] {
            said.scope = scope;
            let read = unit(1, &said, AT);
            assert_eq!((&read.scope, &read.body), (&said.scope, &said.body));
            assert_eq!(Ok(read.sense()), said.sense());
        }
    }

    #[test]
    fn a_name_that_is_not_that_of_its_body_makes_no_unit() {
        let said = say(pattern(Action::Deny, "git push", 5, 5));
        let good = signed(1, &said, AT, 1);
        let change = |change: &dyn Fn(&mut Claim)| {
            let mut version = good.version().clone();
            change(&mut version.claim);
            Unit::read(*good.brief(), &version)
        };
        assert!(change(&|_| ()).is_ok());
        assert_eq!(change(&|claim| claim.key[1] = "git pull".into()), Err(Unread::Name));
        assert_eq!(change(&|claim| claim.condition = Some(Fingerprint::of(["errors"]))), Err(Unread::Name));
        assert_eq!(
            change(&|claim| claim.scope = "universal".into()),
            Err(Unread::Name),
            "one way to write it"
        );
        assert_eq!(change(&|claim| claim.kind = Name::new("later").unwrap()), Err(Unread::Kind));
        let mut gone = good.version().clone();
        gone.content = Content::Tombstone;
        assert_eq!(Unit::read(*good.brief(), &gone), Err(Unread::Nothing));
    }

    #[test]
    fn counts_change_no_sense_and_everything_else_does() {
        let one = say(pattern(Action::Deny, "git push", 5, 5));
        assert_eq!(one.sense(), say(pattern(Action::Deny, "git push", 50, 60)).sense());
        assert_ne!(one.sense(), say(pattern(Action::Approve, "git push", 5, 5)).sense());
        assert_ne!(one.sense(), say(pattern(Action::Deny, "*", 5, 5)).sense());
        let elsewhere = Say { scope: Scope::Project("a".into()), ..one.clone() };
        assert_ne!(one.sense(), elsewhere.sense());
        assert_eq!(unit(1, &one, AT).subject(), unit(2, &one, Millis(9)).subject(), "whoever says it");
        assert_eq!(
            one.subject(),
            say(pattern(Action::Approve, "git push", 1, 1)).subject(),
            "whatever they say"
        );
    }

    #[test]
    fn a_sense_stays_the_same_from_one_version_of_the_program_to_the_next() {
        let sense = say(pattern(Action::Deny, "git push", 5, 5)).sense().unwrap();
        let hex: String = sense.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "802f7fff3e24ded445f2e2b5b8c982a738e0871aa21c25e5dd4311ed8455eae0");
    }

    #[test]
    fn what_nobody_signed_has_an_author_for_each_name() {
        let foreign = |said_by: &str| Foreign {
            id: "ku_1_0".into(),
            scope: Scope::Universal,
            body: pattern(Action::Deny, "git push", 5, 5),
            category: Category::BestPractice,
            confidence: 1.0,
            evidence: 5,
            said_by: said_by.into(),
            last_validated_at: 7,
        };
        let [one, other] = ["anna", "otto"].map(|name| Unit::unsigned(&foreign(name)).unwrap());
        assert_eq!((one.subject(), one.sense()), (other.subject(), other.sense()));
        assert_ne!(one.brief.author, other.brief.author);
        assert_ne!(one.brief.claim, other.brief.claim);
        assert_eq!(one.seen_at(), Millis(7_000));
        assert_eq!(one.subject(), unit(1, &say(pattern(Action::Deny, "git push", 5, 5)), AT).subject());
    }

    #[test]
    fn it_speaks_of_the_calls_that_it_is_about() {
        let place = Place { project: Some("api".into()), languages: BTreeSet::from(["rust".to_owned()]) };
        let call = |command, moment| Call { tool: "Bash", command, place: &place, moment };
        let now = |command| call(command, Moment::default());
        let push = unit(1, &say(pattern(Action::Deny, "git push", 5, 5)), AT);
        assert_eq!(push.wants(&now(Some("git push --force"))), Some(Action::Deny));
        assert_eq!(
            [Some("git pushy"), Some("git"), None].map(|command| push.wants(&now(command))),
            [None; 3]
        );
        assert_eq!(push.wants(&Call { tool: "Read", ..now(Some("git push")) }), None);
        let all = unit(1, &say(pattern(Action::Approve, "*", 5, 5)), AT);
        assert_eq!(all.wants(&now(None)), Some(Action::Approve));
        let there =
            |scope| unit(1, &Say { scope, ..say(pattern(Action::Deny, "*", 5, 5)) }, AT).wants(&now(None));
        assert_eq!(there(Scope::Project("api".into())), Some(Action::Deny));
        assert_eq!(there(Scope::Project("web".into())), None);
        assert_eq!(there(Scope::Language("rust".into())), Some(Action::Deny));
        assert_eq!(there(Scope::Language("go".into())), None);
        let rule = |command: Option<&str>| {
            let tool = Some("Bash".to_owned());
            let body = Body::Rule(Rule {
                action: RuleAction::Ask,
                command: command.map(Into::into),
                reason: None,
                tool,
            });
            unit(1, &say(body), AT).wants(&now(Some("rm")))
        };
        assert_eq!((rule(None), rule(Some("rm *"))), (Some(Action::Deny), None));
    }

    #[test]
    fn a_condition_holds_when_it_is_known_to() {
        let place = Place { project: Some("api".into()), ..Place::default() };
        let known = Moment {
            context: Some(60),
            errors: Some(true),
            conflict: Some(false),
            cents: Some(40),
            hour: Some(23),
        };
        let test = |label: &str, moment| {
            let call = Call { tool: "Bash", command: None, place: &place, moment };
            holds(&Condition::parse(label), &call)
        };
        for (label, is) in [
            ("ctx>50%", true),
            ("ctx<60%", false),
            ("errors", true),
            ("no errors", false),
            ("no conflict", true),
            ("cost<$0.50", true),
            ("cost>$1", false),
            ("22:00-6:00", true),
            ("9:00-17:00", false),
            ("project:api (n=3)", true),
            ("project:web (n=3)", false),
            ("the moon is full", false),
        ] {
            assert_eq!(test(label, known), is, "{label}");
            let told = label.starts_with("project:");
            assert!(told || !test(label, Moment::default()), "{label}: not known");
        }
    }
}
