//! What can be wrong with configuration, and how it is said: what, why, fix, one short line each.
//!
//! All problems of all files are collected, because a person fixes a file once, not one line per run.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What kind of mistake it is; tests and `--json` see it, people read the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// The file could not be read.
    Unreadable,
    /// The file is larger than a configuration can be.
    TooLarge,
    /// The file is not UTF-8 text.
    NotUtf8,
    /// The text is not TOML.
    Syntax,
    /// The list of mistakes ends here, the mistakes may not.
    TooMany,
    /// No such key or section.
    UnknownKey,
    /// Another type than the key's.
    WrongType,
    /// The right type, out of range.
    OutOfRange,
    /// A key is missing that another one needs.
    Incomplete,
    /// A project file sets what only the user may set.
    NotInProject,
    /// A project file loosens what it may only tighten.
    Looser,
    /// The file belongs to the published tool of the same name.
    Foreign,
}

/// One mistake, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", Block(self))]
pub(crate) struct ConfigError {
    /// What kind of mistake.
    pub(crate) kind: ErrorKind,
    /// The file it is in.
    pub(crate) file: PathBuf,
    /// Line, from 1; absent when the file as a whole is meant.
    pub(crate) line: Option<usize>,
    /// Column in characters, from 1.
    pub(crate) column: Option<usize>,
    /// The key, when there is one.
    pub(crate) key: Option<String>,
    /// What is wrong.
    pub(crate) message: String,
    /// Why it is wrong: what was expected, or what the rule is for.
    pub(crate) why: String,
    /// What to do about it.
    pub(crate) hint: String,
}

impl ConfigError {
    /// A mistake of the file as a whole.
    pub(crate) fn file(kind: ErrorKind, file: &Path, message: impl Into<String>) -> Self {
        ConfigError {
            kind,
            file: file.to_owned(),
            line: None,
            column: None,
            key: None,
            message: message.into(),
            why: String::new(),
            hint: String::new(),
        }
    }

    /// The same, with its reason and its remedy.
    pub(crate) fn explained(mut self, why: impl Into<String>, hint: impl Into<String>) -> Self {
        self.why = why.into();
        self.hint = hint.into();
        self
    }

    /// The same, at a line and column.
    pub(crate) fn at(mut self, (line, column): (usize, usize)) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// `:line:column`, where there is one.
    pub(crate) fn place(&self) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!(":{line}:{column}"),
            _ => String::new(),
        }
    }

    /// The same, about a key.
    pub(crate) fn about(mut self, key: impl fmt::Display) -> Self {
        self.key = Some(shown(&key.to_string()));
        self
    }
}

/// All mistakes found, in file order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Error)]
#[error("{}", Blocks(.list))]
pub(crate) struct ConfigErrors {
    list: Vec<ConfigError>,
}

impl ConfigErrors {
    /// The mistakes.
    pub(crate) fn as_slice(&self) -> &[ConfigError] {
        &self.list
    }

    /// Is there none?
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Add one.
    pub(crate) fn push(&mut self, error: ConfigError) {
        self.list.push(error);
    }

    /// Add these.
    pub(crate) fn extend(&mut self, errors: impl IntoIterator<Item = ConfigError>) {
        self.list.extend(errors);
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        ConfigErrors { list: vec![error] }
    }
}

impl IntoIterator for ConfigErrors {
    type Item = ConfigError;
    type IntoIter = std::vec::IntoIter<ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// Something a person should know that stops nothing: a foreign file, a looser project value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice(pub(crate) ConfigError);

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The three lines of one mistake.
struct Block<'a>(&'a ConfigError);

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.0;
        let place = error.place();
        write!(f, "{}{place}: {}", error.file.display(), error.message)?;
        write!(f, "\n  why: {}\n  fix: {}", error.why, error.hint)
    }
}

/// The blocks of several mistakes, an empty line between them.
struct Blocks<'a>(&'a [ConfigError]);

impl fmt::Display for Blocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let gap = if i == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{error}")?;
        }
        Ok(())
    }
}

/// Text from a file, made fit for a one-line message: no control or direction characters, not endless.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == LONGEST {
            out.push('…');
            break;
        }
        if c.is_control() || is_invisible(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Zero-width and bidirectional characters, which make a message read as something else.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}
