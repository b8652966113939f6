//! Text made fit to be shown to strangers: without secrets, and without what says whose machine it comes from.
//!
//! Paths are what gives most away, so of a path only what every installation has is left: the folders that are Claude
//! Code's or claudectl's by a word for each, and in them the names that these programs give. Everything else is
//! numbered, the same path always by the same number. It is a net, as redaction is: the person reads what comes of it
//! before anybody else does.

use std::collections::HashMap;
use std::path::Path;

use claudectl_redact::{redact, sanitize_line};

/// Names that files and folders of Claude Code's and claudectl's have everywhere, and folders of the system.
const KNOWN: &[&str] = &[
    ".bun",
    ".cargo",
    ".claude",
    ".claude.json",
    ".claudectl",
    ".claudectl.toml",
    ".config",
    ".git",
    ".local",
    ".npm-global",
    ".volta",
    "Library",
    "agents",
    "archive",
    "backups",
    "bin",
    "bundles",
    "claude",
    "claude-code",
    "claudectl",
    "config.toml",
    "config.toml.old",
    "daemon",
    "gate.snap",
    "homebrew",
    "history.csv",
    "history.jsonl",
    "hooks",
    "hooks.json",
    "jobs",
    "journal",
    "lib",
    "lib64",
    "local",
    "managed-settings.json",
    "node_modules",
    "opt",
    "plugins",
    "proc",
    "projects",
    "sbin",
    "sessions",
    "settings.json",
    "settings.local.json",
    "share",
    "state.db",
    "state.db-shm",
    "state.db-wal",
    "state.json",
    "statusline",
    "subagents",
    "usr",
    "versions",
];
/// Where the first folders of the system are as they are everywhere.
const SYSTEM: &[&str] = &["/usr/", "/bin/", "/sbin/", "/lib/", "/opt/", "/proc/", "/dev/", "/etc/"];

/// Takes out of texts whose they are.
#[derive(Debug, Default)]
pub(crate) struct Anonymous {
    /// Folders with the words that they are called by, the longest first.
    places: Vec<(String, String)>,
    /// What `~` stands for.
    home: Option<String>,
    /// Words that are names: of the user, of the machine.
    names: Vec<(String, &'static str)>,
    paths: HashMap<String, usize>,
    sessions: HashMap<String, usize>,
}

impl Anonymous {
    /// Calls a folder by a word: `<claude>`.
    pub(crate) fn place(&mut self, path: &Path, word: &str) {
        let path = path.display().to_string();
        let path = path.trim_end_matches('/');
        if path.len() > 1 && !self.places.iter().any(|(known, _)| known == path) {
            self.places.push((path.to_owned(), word.to_owned()));
            self.places.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        }
    }

    /// Calls the home folder `~`, which stands for it in texts already.
    pub(crate) fn home(&mut self, path: &Path) {
        self.place(path, "~");
        self.home = Some(path.display().to_string().trim_end_matches('/').to_owned());
    }

    /// Replaces a name by a word: `<user>`. One that is too short to be told from other words is left.
    pub(crate) fn name(&mut self, name: &str, word: &'static str) {
        let common = ["root", "user", "home", "localhost", "admin"].contains(&name);
        if name.len() >= 3 && !common && !self.names.iter().any(|(known, _)| known == name) {
            self.names.push((name.to_owned(), word));
        }
    }

    /// One line of text, without secrets and without whose it is.
    pub(crate) fn line(&mut self, text: &str) -> String {
        let clean = redact(text).text;
        // Removing what is invisible may bring together what belongs together.
        let line = sanitize_line(&clean).into_owned();
        let line = redact(&line).text.into_owned();
        let line = self.without_paths(&line);
        let line = self.without_sessions(&line);
        self.names.iter().fold(line, |line, (name, word)| replace_word(&line, name, word))
    }

    fn without_paths(&mut self, line: &str) -> String {
        let mut out = String::new();
        let mut rest = line;
        while let Some((at, length)) = self.next_path(rest) {
            let (before, from) = rest.split_at(at);
            let (path, behind) = from.split_at(length);
            out.push_str(before);
            out.push_str(&self.path(path));
            rest = behind;
        }
        out + rest
    }

    /// Where the next path begins, and how long it is. A folder that is known by a word may have blanks in its name.
    fn next_path(&self, text: &str) -> Option<(usize, usize)> {
        let start = path_start(text)?;
        let from = &text[start..];
        let place = self.places.iter().find(|(place, _)| {
            from.strip_prefix(place.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || path_end(rest) == 0)
        });
        let known = place.map_or(0, |(place, _)| place.len());
        Some((start, (known + path_end(&from[known..])).max(1)))
    }

    /// A text that is a path as a whole, blanks and all.
    pub(crate) fn whole_path(&mut self, path: &str) -> String {
        if path.starts_with('/') { self.path(path) } else { self.line(path) }
    }

    /// A path by words and known names.
    fn path(&mut self, path: &str) -> String {
        // A line and column, or the end of a sentence, is not of the path.
        let end = path.trim_end_matches(['.', ':']).len();
        let (path, tail) = path.split_at(end);
        let number =
            path.rsplit_once(':').filter(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        if let Some((path, line)) = number {
            return format!("{}:{line}{tail}", self.path(path));
        }
        // As a person writes it.
        let full = match (path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => format!("{home}/{rest}"),
            _ => path.to_owned(),
        };
        let path = full.as_str();
        let place = self.places.iter().find(|(place, _)| is_below(path, place));
        let (head, below) = match place {
            Some((place, word)) => (word.clone(), &path[place.len()..]),
            None if SYSTEM.iter().any(|system| path.starts_with(system)) => (String::new(), path),
            None => return format!("{}{tail}", self.numbered(path)),
        };
        let parts = below.split('/').filter(|part| !part.is_empty());
        let shown: String =
            parts.map(|part| if is_known(part) { format!("/{part}") } else { "/…".to_owned() }).collect();
        format!("{head}{shown}{tail}")
    }

    /// A path of which nothing is known but that it is one.
    fn numbered(&mut self, path: &str) -> String {
        let next = self.paths.len() + 1;
        let number = *self.paths.entry(path.to_owned()).or_insert(next);
        let last = path.rsplit('/').next().filter(|last| is_known(last) && path.len() > last.len() + 1);
        format!("<path {number}>{}", last.map(|last| format!("/{last}")).unwrap_or_default())
    }

    fn without_sessions(&mut self, line: &str) -> String {
        let mut out = String::new();
        let mut rest = line;
        while let Some(at) = uuid_start(rest) {
            let (before, from) = rest.split_at(at);
            let (uuid, behind) = from.split_at(UUID);
            let next = self.sessions.len() + 1;
            let number = *self.sessions.entry(uuid.to_owned()).or_insert(next);
            out.push_str(before);
            out.push_str(&format!("<id {number}>"));
            rest = behind;
        }
        out + rest
    }
}

fn is_below(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_known(part: &str) -> bool {
    // Processes, versions and days are numbers.
    let number = part.strip_suffix(".json").or_else(|| part.strip_suffix(".log")).unwrap_or(part);
    let is_number = !number.is_empty()
        && number.len() <= 12
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    KNOWN.contains(&part) || is_number
}

/// Where a path begins: a `/` or `~/` in front of a name, and nothing of a word before it.
fn path_start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len()).filter(|&at| text.is_char_boundary(at)).find(|&at| {
        let begins = text[at..].starts_with("~/")
            || bytes[at] == b'/' && bytes.get(at + 1).is_some_and(|next| !matches!(next, b' ' | b'/'));
        let before = at.checked_sub(1).map(|before| bytes[before]);
        begins
            && before.is_none_or(|before| {
                !before.is_ascii_alphanumeric() && !matches!(before, b'/' | b'>' | b'.' | b'~' | b'_' | b'-')
            })
    })
}

/// Where it ends: at a blank, a quote, a bracket or a sign of a list.
fn path_end(text: &str) -> usize {
    text.find([' ', '"', '\'', '`', '(', ')', '[', ']', '{', '}', ',', ';', '|', '<', '>', '='])
        .unwrap_or(text.len())
}

const UUID: usize = 36;

fn uuid_start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..(bytes.len() + 1).saturating_sub(UUID)).find(|&at| {
        let fits = |(place, byte): (usize, &u8)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        bytes[at..at + UUID].iter().enumerate().all(fits)
    })
}

/// Replaces a word where it stands by itself.
fn replace_word(line: &str, word: &str, by: &str) -> String {
    let part_of_word =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(word) {
        let (before, behind) = (&rest[..at], &rest[at + word.len()..]);
        let alone = !part_of_word(before.chars().next_back().or_else(|| out.chars().next_back()))
            && !part_of_word(behind.chars().next());
        out.push_str(before);
        out.push_str(if alone { by } else { word });
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_joe() -> Anonymous {
        let mut anonymous = Anonymous::default();
        anonymous.home(Path::new("/home/joe"));
        anonymous.place(Path::new("/srv/my work"), "<cwd>");
        anonymous.place(Path::new("/home/joe/.claude"), "<claude>");
        anonymous.name("joe", "<user>");
        anonymous.name("thinkpad", "<host>");
        anonymous
    }

    #[test]
    fn paths_tell_only_what_everybody_has() {
        let mut anonymous = of_joe();
        for (text, expected) in [
            ("/home/joe/.claude/settings.json:3:7: odd", "<claude>/settings.json:3:7: odd"),
            (
                "cannot read /home/joe/.claude/projects/-home-joe-acme/x.jsonl: gone",
                "cannot read <claude>/projects/…/…: gone",
            ),
            ("~/acme/.claude/settings.json", "~/…/.claude/settings.json"),
            ("~/.claude/sessions/12.json", "<claude>/sessions/12.json"),
            ("(/srv/acme/api, /srv/acme/api)", "(<path 1>, <path 1>)"),
            ("in /srv/my work/.claudectl.toml:3", "in <cwd>/.claudectl.toml:3"),
            ("in /srv/my workshop", "in <path 2> workshop"),
            ("run /usr/local/bin/claude or /usr/share/acme/x", "run /usr/local/bin/claude or /usr/share/…/…"),
            ("in /home/joe/.config/claudectl/config.toml.", "in ~/.config/claudectl/config.toml."),
            ("/home/joes/x", "<path 3>"),
            ("/proc/4711/stat, 3 / 4 and a/b", "/proc/4711/…, 3 / 4 and a/b"),
            ("state=/home/joe/.claude", "state=<claude>"),
            ("/", "/"),
            ("no \"/home/joe/a b\" here", "no \"~/… b\" here"),
        ] {
            assert_eq!(anonymous.line(text), expected, "{text}");
        }
    }

    #[test]
    fn names_and_sessions() {
        let mut anonymous = of_joe();
        let id = "aaaaaaaa-0000-4000-8000-00000000000a";
        assert_eq!(anonymous.line(&format!("{id} of joe@thinkpad, {id}")), "<id 1> of <user>@<host>, <id 1>");
        assert_eq!(anonymous.line("joey and banjoe stay, joe goes"), "joey and banjoe stay, <user> goes");
        let mut common = Anonymous::default();
        common.name("root", "<user>");
        common.name("me", "<user>");
        assert_eq!(common.line("root and me"), "root and me");
    }

    #[test]
    fn secrets_go_whatever_hides_them() {
        let token = ["ghp_", "b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"].concat();
        let mut anonymous = of_joe();
        assert_eq!(anonymous.line(&token), "[redacted:github-token]");
        let hidden = format!("{}\u{200b}{}", &token[..12], &token[12..]);
        assert!(!anonymous.line(&hidden).contains("Vw"), "{}", anonymous.line(&hidden));
        assert!(!anonymous.line(&format!("/srv/{token}/x")).contains("Vw"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}") {
            drop(of_joe().line(&text));
        }
    }
}
