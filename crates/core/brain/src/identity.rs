//! By what a call is known to be the very same as one that was answered.
//!
//! What is answered silently hangs on that, and who writes commands may be an agent that was talked into something. So it
//! is a keyed hash of all that the call is: whoever does not know the key finds no other call with the same one. All other
//! features are hashed with a secret seed.

use std::borrow::Cow;

use claudectl_fleet::tools::Family;
use claudectl_shell::report::Ran;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::features::{Key, Situation, beside, join, short, within, without_end};

/// What features are made with: of each installation its own, so that nobody else can say which calls share one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    key: [u8; 32],
    seed: u64,
    name: u32,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Secret {
    /// How many random bytes it is made of.
    pub const LENGTH: usize = 32 + 8 + 4;
    /// What everybody knows: for streams that are played, and where nothing is answered by what is made with it.
    pub const KNOWN: Self = Self { key: [0; 32], seed: 0, name: 0 };

    /// Of so many random bytes; `None` of any other number.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let (key, rest) = bytes.split_first_chunk::<32>()?;
        let (seed, rest) = rest.split_first_chunk::<8>()?;
        let name = u32::from_le_bytes(rest.try_into().ok()?);
        Some(Self { key: *key, seed: u64::from_le_bytes(*seed), name })
    }

    /// Which one it is: features that were made with another mean nothing beside it.
    #[must_use]
    pub const fn name(&self) -> u32 {
        self.name
    }

    /// Hashes text, for a feature.
    #[must_use]
    pub fn hash(&self, text: &str) -> Key {
        xxh3_64_with_seed(text.as_bytes(), self.seed)
    }
}

/// What a call is, beside what it does: whatever is given the same in the same place is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// The very same call in the same place.
    pub exact: Key,
    /// The same in any project, for what is only guessed by it.
    pub anywhere: Key,
}

/// All that a call is, the parts kept apart by their lengths.
struct Parts(Vec<u8>);

impl Parts {
    fn of(tool: &str, situation: Situation<'_>) -> Self {
        let mut parts = Self(Vec::with_capacity(256));
        parts.add(tool);
        parts.add(situation.root);
        parts
    }

    fn add(&mut self, part: &str) {
        self.0.extend_from_slice(&(part.len() as u32).to_le_bytes());
        self.0.extend_from_slice(part.as_bytes());
    }

    fn exact(&self, secret: &Secret) -> Key {
        let hash = blake3::keyed_hash(&secret.key, &self.0);
        hash.as_bytes().first_chunk().map_or(0, |half| Key::from_le_bytes(*half))
    }
}

/// By what a call is told apart from others of its tool, if not by the files or addresses that it is about: a command by its
/// text and the folder it runs in, a tool that nobody knows by its whole input and its folder. How much of a command's
/// output is shown is no other command.
#[must_use]
pub fn given(tool: &str, input: &Value, folder: &str, situation: Situation<'_>) -> Option<Given> {
    let folder = without_end(folder);
    let (folder, text) = match Family::of(tool) {
        Some(Family::Edit | Family::Read) => return None,
        _ if matches!(tool, "LS" | "Glob" | "Grep" | "WebFetch" | "WebSearch") => return None,
        Some(Family::Shell) => {
            let (folder, text) = bare(input["command"].as_str()?, folder);
            (folder, Cow::Borrowed(text))
        }
        _ => (Cow::Borrowed(folder), Cow::Owned(input.to_string())),
    };
    let mut parts = Parts::of(tool, situation);
    parts.add(&folder);
    parts.add(&text);
    let secret = situation.secret;
    let anywhere = join(secret.hash(within(&folder, situation)), secret.hash(&short(&text, situation)));
    Some(Given { exact: parts.exact(secret), anywhere: join(secret.hash(tool), anywhere) })
}

/// The same of a tool whose files or addresses are what it is given.
pub(crate) fn of_deeds(tool: &str, all: &[&Ran], situation: Situation<'_>) -> Given {
    let secret = situation.secret;
    let mut parts = Parts::of(tool, situation);
    let mut anywhere = secret.hash(tool);
    for ran in all {
        for word in ran.words.iter().skip(1) {
            parts.add(&word.text);
            anywhere = join(anywhere, secret.hash(&beside(word, situation)));
        }
        for deed in &ran.deeds {
            parts.add(&deed.subject);
            anywhere = join(anywhere, secret.hash(within(&deed.subject, situation)));
        }
    }
    Given { exact: parts.exact(secret), anywhere }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// A command without what says where it runs and what only shows less of its output, and the folder that it runs in.
///
/// What is dropped ends where a word does, as every shell sees it: where that would take more than a look at the text, all
/// of it stays.
fn bare<'a>(text: &'a str, folder: &'a str) -> (Cow<'a, str>, &'a str) {
    let line = text.trim_matches([' ', '\t', '\n']);
    // A line that goes on, a text that is fed to a command, a blank that is part of a word.
    if line.bytes().any(|byte| matches!(byte, b'\n' | b'\r' | b'\\')) {
        return (Cow::Borrowed(folder), text);
    }
    let text = line;
    let (folder, text) = moved(text, folder).unwrap_or((Cow::Borrowed(folder), text));
    (folder, without_view(text))
}

/// Where a command runs that first goes to a folder, if all of it is run there or nothing is. A name alone may be looked for
/// elsewhere (`CDPATH`), and `..` leads where links say.
fn moved<'a>(text: &'a str, folder: &str) -> Option<(Cow<'a, str>, &'a str)> {
    let path = text.strip_prefix("cd").filter(|rest| rest.starts_with(BLANKS))?.trim_start_matches(BLANKS);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+@,".contains(letter);
    let (path, rest) = path.split_at(path.find(|letter| !is_plain(letter))?);
    let rest = rest.trim_start_matches(BLANKS).strip_prefix("&&")?.trim_start_matches(BLANKS);
    if rest.is_empty() || !is_run_together(rest) {
        return None;
    }
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let below = match path.strip_prefix('/') {
        Some(below) => below,
        None if path == "." => return Some((Cow::Owned(folder.to_owned()), rest)),
        None => path.strip_prefix("./")?,
    };
    if path != "/" && below.split('/').any(|name| matches!(name, "" | "." | "..")) {
        return None;
    }
    let place = if path.starts_with('/') { Cow::Borrowed(path) } else { format!("{folder}/{below}").into() };
    Some((place, rest))
}

/// Nothing of a command is run where what stands before it has failed.
fn is_run_together(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let next = bytes.get(at + 1).copied();
        match bytes[at] {
            b';' => return false,
            b'|' if next == Some(b'|') => return false,
            b'&' if next == Some(b'&') => at += 1,
            b'&' if at == 0 || bytes[at - 1] != b'>' => return false,
            _ => {}
        }
        at += 1;
    }
    true
}

/// A command without what only shows less of its output at its end.
fn without_view(mut text: &str) -> &str {
    loop {
        let joined = |text: &'_ str| -> Option<usize> {
            let rest = text.strip_suffix("2>&1")?;
            rest.ends_with(BLANKS).then_some(rest.len())
        };
        let shown = |text: &'_ str| -> Option<usize> {
            // Hot: most commands end otherwise.
            if !text.ends_with(|last: char| last.is_ascii_digit() || matches!(last, 'd' | 'l')) {
                return None;
            }
            let (before, last) = text.rsplit_once('|')?;
            let mut words = last.split(BLANKS).filter(|word| !word.is_empty());
            let shows = matches!(words.next(), Some("head" | "tail"));
            let is_count =
                |word: &str| !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_digit());
            let counts = match (words.next(), words.next(), words.next()) {
                (None, ..) => true,
                (Some("-n"), Some(count), None) => is_count(count),
                (Some(count), None, _) => {
                    count.strip_prefix("-n").or_else(|| count.strip_prefix('-')).is_some_and(is_count)
                }
                _ => false,
            };
            (shows && counts).then_some(before.len())
        };
        let Some(end) = joined(text).or_else(|| shown(text)) else { return text };
        let rest = text[..end].trim_end_matches(BLANKS);
        // An operator takes what stands behind it for its own.
        let is_word = |letter: char| letter.is_alphanumeric() || "_./-=:,@+%'\"".contains(letter);
        if !rest.ends_with(is_word) {
            return text;
        }
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_shell::analyse;
    use claudectl_shell::facts::{NoFacts, Place};
    use claudectl_shell::report::Report;
    use proptest::prelude::*;

    fn at<'a>(text: &'a str, folder: &'a str) -> (String, &'a str) {
        let (folder, text) = bare(text, folder);
        (folder.into_owned(), text)
    }

    #[test]
    fn only_whole_words_are_dropped() {
        for (text, wanted) in [
            ("npm run build 2>&1", "npm run build"),
            ("npm run build 2>&1 | tail -5", "npm run build"),
            ("  npm run build | head -n 5 2>&1 |tail ", "npm run build"),
            ("make 'a b' 2>&1", "make 'a b'"),
        ] {
            assert_eq!(at(text, "/p").1, wanted, "{text}");
        }
        for text in [
            "npm run build2>&1",
            "pip install requests2>&1",
            "curl https://api.example.com/v1/x2>&1",
            "date > src/log2>&1",
            "date > 2>&1",
            "make\\ 2>&1",
            "make\\ | tail -5",
            "cat <<E\nx 2>&1",
            "make >| tail",
            "make || tail -5",
            "make & | tail",
            "make | tail 5",
            "make | tail -f",
            "make | tail -n +5",
            "make | tail -5 x",
            "make \u{a0}2>&1\u{a0}",
            "make\u{a0}",
        ] {
            assert_eq!(at(text, "/p").1, text, "{text}");
        }
    }

    #[test]
    fn a_command_runs_where_it_goes_first() {
        for (text, folder, rest) in [
            ("cd /p && make", "/p", "make"),
            ("cd /p/ && make 2>&1", "/p", "make"),
            ("cd /p/sub&&make | sort", "/p/sub", "make | sort"),
            ("cd ./sub && make && make lint", "/p/x/sub", "make && make lint"),
            ("cd . && make", "/p/x", "make"),
            ("cd / && make >log 2>&1 && true", "/", "make >log 2>&1 && true"),
        ] {
            assert_eq!(at(text, "/p/x"), (folder.to_owned(), rest), "{text}");
        }
        for text in [
            "cd sub && make",
            "cd .. && make",
            "cd /p/../q && make",
            "cd /p//q && make",
            "cd - && make",
            "cd ~ && make",
            "cd $X && make",
            "cd '/p' && make",
            "cd /p b && make",
            "cd /p; make",
            "cd /p || make",
            "cd /p &&",
            "cd /p && make; make lint",
            "cd /p && make || make lint",
            "cd /p && make & make lint",
            "cd /p && make &&& make lint",
            "cd /p && make \\&& make lint",
            "cd /p && make\nmake lint",
            "cdx /p && make",
        ] {
            assert_eq!(at(text, "/p/x"), ("/p/x".to_owned(), text), "{text}");
        }
    }

    #[test]
    fn a_secret_is_made_of_as_many_bytes_and_not_shown() {
        let bytes: Vec<u8> = (0..Secret::LENGTH as u8).collect();
        let secret = Secret::of(&bytes).unwrap();
        assert_eq!(secret.name(), u32::from_le_bytes([40, 41, 42, 43]));
        assert!(Secret::of(&bytes[1..]).is_none() && Secret::of(&[&bytes[..], b"x"].concat()).is_none());
        assert_eq!(format!("{secret:?}"), format!("Secret {{ name: {}, .. }}", secret.name()));
        assert_ne!(secret.hash("x"), Secret::KNOWN.hash("x"));
    }

    fn report(text: &str, folder: &str) -> Report {
        analyse(text, Place { home: "/h", folder: Some(folder), root: Some("/p"), facts: &NoFacts })
    }

    /// What commands do, beside those that only show.
    fn deeds(report: &Report, step: bool) -> Vec<(Vec<String>, Vec<String>)> {
        let shows = |name: &str| matches!(name, "head" | "tail") || (step && name == "cd");
        let of = |ran: &Ran| {
            let words = ran.words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
            let did = |deed: &claudectl_shell::report::Deed| format!("{:?} {}", deed.act, deed.subject);
            (words, ran.deeds.iter().map(did).collect())
        };
        let all = report.commands.iter().map(of);
        all.filter(|(words, _): &(Vec<String>, Vec<String>)| !words.first().is_some_and(|name| shows(name)))
            .collect()
    }

    const WORDS: &[&str] = &[
        "make", "build2", "2", "2>&1", "2>", ">&1", ">", ">|", "|", "||", "&", "&&", ";", "tail", "head",
        "-5", "-n", "5", "-n5", "\\", "'", "\"", "#", "x.log", "/p/q", "<<E", "\n", "(", ")", "npm run",
        "tee", "sh", "!", "=", "$x",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_dropped_changes_nothing_that_is_done(
            parts in proptest::collection::vec((0..WORDS.len(), 0..3_usize), 1..7),
            end in 0..4_usize,
        ) {
            let mut text: String =
                parts.iter().map(|(word, blanks)| format!("{}{}", WORDS[*word], " ".repeat(*blanks))).collect();
            text.push_str(["", "2>&1", " 2>&1", " | tail -5"][end]);
            let short = without_view(text.trim());
            let (full, less) = (report(text.trim(), "/p"), report(short, "/p"));
            // Of what is no command, nothing is said.
            if less.opaque.is_empty() && full.opaque.is_empty() && bare(&text, "/p").1 != text.trim() {
                prop_assert_eq!(deeds(&full, false), deeds(&less, false), "{:?} {:?}", text, short);
            }
        }

        #[test]
        fn a_step_that_is_dropped_changes_nothing_that_is_done(
            parts in proptest::collection::vec((0..WORDS.len(), 0..3_usize), 1..7),
        ) {
            let rest: String =
                parts.iter().map(|(word, blanks)| format!("{}{}", WORDS[*word], " ".repeat(*blanks))).collect();
            let text = format!("cd /p/sub && {rest}");
            let (folder, short) = bare(&text, "/p");
            if folder == "/p/sub" {
                let (full, less) = (report(&text, "/p"), report(short, &folder));
                if less.opaque.is_empty() && full.opaque.is_empty() {
                    prop_assert_eq!(deeds(&full, true), deeds(&less, true), "{:?} {:?}", text, short);
                }
            }
        }
    }
}
