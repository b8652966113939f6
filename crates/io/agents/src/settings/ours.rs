//! Which commands are claudectl's: its program, and then exactly the words that `init` writes. What only looks
//! like it, or says more than we know how to keep, belongs to somebody else and is left alone.

use std::path::Path;

use serde_json::Value;

use super::hooks::Installation;
use super::words::{join, split};

/// Programs that are claudectl under another name; those called so are it anyway.
#[derive(Debug, Clone, Default)]
pub struct Programs(Vec<String>);

impl Programs {
    /// The running program, those that earlier installations named.
    pub fn new(paths: impl IntoIterator<Item = String>) -> Self {
        Self(paths.into_iter().collect())
    }

    /// These and one more.
    pub(super) fn with(&self, program: &str) -> Self {
        Self(self.0.iter().cloned().chain([program.to_owned()]).collect())
    }

    fn has(&self, program: &str) -> bool {
        let name = Path::new(program).file_name();
        name.is_some_and(|name| name == "claudectl") || self.0.iter().any(|known| known == program)
    }
}

/// `PROGRAM hook --home DIR --config FILE`, and nothing after it.
fn hook(words: &[String], programs: &Programs) -> Option<Installation> {
    let [binary, name, home_flag, home, config_flag, config] = words else { return None };
    let flags = name == "hook" && home_flag == "--home" && config_flag == "--config";
    (flags && programs.has(binary)).then(|| Installation {
        binary: binary.clone(),
        home: home.clone(),
        config: config.clone(),
    })
}

/// Whose a hook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// Ours; what it calls.
    Us(Installation),
    /// The published tool's; its command.
    Published(String),
    Other,
}

/// Whose a hook is, by the words of its command and not by a name that appears somewhere in it.
pub(super) fn owner(entry: &Value, programs: &Programs) -> Owner {
    let Some(command) = entry["command"].as_str().filter(|_| entry["type"] == "command") else {
        return Owner::Other;
    };
    if let Some(args) = entry.get("args").and_then(Value::as_array) {
        let args: Option<Vec<String>> = args.iter().map(|arg| arg.as_str().map(str::to_owned)).collect();
        let words: Vec<String> =
            std::iter::once(command.to_owned()).chain(args.unwrap_or_default()).collect();
        return of_words(&words, "", command, programs);
    }
    match split(command) {
        Some(split) => of_words(&split.words, split.rest, command, programs),
        None => Owner::Other,
    }
}

fn of_words(words: &[String], rest: &str, command: &str, programs: &Programs) -> Owner {
    if let Some(installation) = hook(words, programs).filter(|_| rest.is_empty()) {
        Owner::Us(installation)
    } else if is_published(words) && is_trimming(rest) {
        let shown =
            if words.len() > 1 && !command.contains(' ') { words.join(" ") } else { command.to_owned() };
        Owner::Published(shown)
    } else {
        Owner::Other
    }
}

/// Flags and commands with which hooks of the published tool (0.49 to 0.92) call it.
const PUBLISHED_WORDS: &[&str] =
    &["--json", "--brain", "--brain-query", "--brain-briefing", "--record-outcome", "--mode", "ingest"];
/// The scripts of its plugin.
const PUBLISHED_SCRIPTS: &[&str] =
    &["brain-gate.sh", "outcome-record.sh", "session-briefing.sh", "budget-check.sh", "inbox-drain.sh"];

fn is_published(words: &[String]) -> bool {
    let Some(program) = words.first() else { return false };
    let named = |word: &str, name: &str| word == name || word.ends_with(&format!("/{name}"));
    if named(program, "claudectl") {
        let second = words.get(1).map(String::as_str);
        return second.is_some_and(|word| PUBLISHED_WORDS.contains(&word));
    }
    let shell = ["bash", "sh"].iter().any(|shell| named(program, shell));
    let script = if shell { words.get(1) } else { Some(program) };
    script.is_some_and(|script| {
        script.contains("/plugins/claudectl/")
            && PUBLISHED_SCRIPTS.iter().any(|name| named(script, name) && script != name)
    })
}

/// Nothing but what keeps a hook quiet: `2>/dev/null || true`. Anything else is somebody's own work.
fn is_trimming(rest: &str) -> bool {
    let quiet = ["2>/dev/null", ">/dev/null", "1>/dev/null", "&>/dev/null", "2>&1", "||", "true", ":", ";"];
    rest.split_whitespace().all(|word| quiet.contains(&word))
}

/// Whose a status line's command is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// Ours.
    Ours(Line),
    /// It calls claudectl, but with words that `init` does not write.
    OtherForm,
    /// Somebody else's.
    Theirs,
}

/// A status line of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) installation: Installation,
    /// The person's wish for our line.
    pub(super) format: Option<String>,
    pub(super) color: Option<String>,
    /// The person's own command.
    pub(super) wrap: Option<String>,
}

const OPTIONS: [&str; 5] = ["--home", "--config", "--format", "--color", "--wrap"];

impl Line {
    /// Options in any order; `None` where a word is not known, twice there or missing.
    fn parse(words: &[String]) -> Option<Self> {
        let [binary, name, options @ ..] = words else { return None };
        if name != "statusline" {
            return None;
        }
        let mut found: [Option<String>; OPTIONS.len()] = Default::default();
        let mut options = options.iter();
        while let Some(option) = options.next() {
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None => (option.as_str(), options.next()?.clone()),
            };
            let at = OPTIONS.iter().position(|known| *known == name)?;
            if found[at].replace(value).is_some() {
                return None;
            }
        }
        let [home, config, format, color, wrap] = found;
        let installation = Installation { binary: binary.clone(), home: home?, config: config? };
        Some(Self { installation, format, color, wrap })
    }

    /// As a shell's command.
    pub(super) fn command(&self) -> String {
        let Installation { binary, home, config } = &self.installation;
        let mut words = vec![binary.as_str(), "statusline", "--home", home, "--config", config];
        let more = [("--format", &self.format), ("--color", &self.color), ("--wrap", &self.wrap)];
        for (option, value) in more {
            words.extend(value.iter().flat_map(|value| [option, value.as_str()]));
        }
        join(words)
    }

    /// Without lines of ours around which ours stands: what is left is the person's.
    pub(super) fn unnested(mut self, programs: &Programs) -> Self {
        while let Some(Whose::Ours(inner)) = self.wrap.as_deref().map(|theirs| status_line(theirs, programs))
        {
            self.format = self.format.or(inner.format);
            self.color = self.color.or(inner.color);
            self.wrap = inner.wrap;
        }
        self
    }
}

/// Whose the command of a status line is.
pub(super) fn status_line(command: &str, programs: &Programs) -> Whose {
    let Some(split) = split(command) else { return Whose::Theirs };
    let calls_us = split.words.first().is_some_and(|program| programs.has(program))
        && split.words.iter().any(|word| word == "statusline");
    if !calls_us {
        return Whose::Theirs;
    }
    // What a shell would expand cannot be written again word by word.
    let plain = split.rest.is_empty() && split.literal;
    Line::parse(&split.words).filter(|_| plain).map_or(Whose::OtherForm, Whose::Ours)
}

/// What of a status line of ours is the person's, found wherever it stands: the guard before a write does not rest
/// on the parser that it is to guard. `None` for a command that is not ours.
pub(super) fn persons(command: &str, programs: &Programs) -> Option<Persons> {
    let Whose::Ours(_) = status_line(command, programs) else { return None };
    let words = split(command)?.words;
    let of = |option: &str| {
        words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(option)? {
            "" => words.get(at + 1).cloned(),
            value => value.strip_prefix('=').map(str::to_owned),
        })
    };
    let command = of("--wrap");
    Some(match command.as_deref().and_then(|theirs| persons(theirs, programs)) {
        Some(inner) => Persons {
            command: inner.command,
            format: of("--format").or(inner.format),
            color: of("--color").or(inner.color),
        },
        None => Persons { command, format: of("--format"), color: of("--color") },
    })
}

/// The person's share of a status line of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Persons {
    pub(super) command: Option<String>,
    pub(super) format: Option<String>,
    pub(super) color: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(command: &str) -> Option<Line> {
        match status_line(command, &Programs::new(["/opt/cctl".to_owned()])) {
            Whose::Ours(line) => Some(line),
            _ => None,
        }
    }

    #[test]
    fn options_stand_in_any_order() {
        let orders = [
            "/b/claudectl statusline --home /h --config /c --format '{cost}' --wrap 'a b'",
            "/b/claudectl statusline --format '{cost}' --wrap 'a b' --config /c --home /h",
            "/b/claudectl statusline --wrap='a b' --config=/c '--format={cost}' --home=/h",
        ];
        for order in orders {
            let line = line(order).unwrap();
            assert_eq!((line.wrap.as_deref(), line.format.as_deref()), (Some("a b"), Some("{cost}")));
            assert_eq!(line.command(), orders[0]);
        }
        assert!(line("/opt/cctl statusline --home /h --config /c --color never").is_some());
    }

    #[test]
    fn what_is_not_exactly_ours() {
        let other_form = [
            "claudectl statusline",
            "claudectl statusline --home /h",
            "claudectl --config /c statusline --home /h",
            "claudectl statusline --home /h --config /c --mine",
            "claudectl statusline --home /h --config /c --format a --format b",
            "claudectl statusline --home /h --config /c --format \"$MINE\"",
            "claudectl statusline --home ~/h --config /c",
            "claudectl statusline --home /h --config /c | tr a b",
        ];
        for command in other_form {
            assert_eq!(status_line(command, &Programs::default()), Whose::OtherForm, "{command}");
        }
        for command in [
            "foo statusline --home /h --config /c",
            "/x/my-claudectl statusline --home /h --config /c",
            "echo claudectl statusline",
            "claudectl 'unfinished statusline",
        ] {
            assert_eq!(status_line(command, &Programs::default()), Whose::Theirs, "{command}");
        }
    }
}
