//! What is known of the words of a command, and of data that go from one command to another.

/// Stands in a text for a part that nobody knows.
pub const HOLE: char = '\u{fffc}';

/// An argument, after expansion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arg {
    /// What it is; [`HOLE`] stands for each part that is not known.
    pub text: String,
    /// Names of files that are there take its place: it has `*`, `?` or `[` outside of quotes.
    pub glob: bool,
    /// It may be any number of words: a part that is not known stood outside of quotes.
    pub splits: bool,
    /// What its text has in it.
    pub tags: Tags,
}

impl Arg {
    /// An argument that is known.
    #[must_use]
    pub fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// One that is not known at all.
    #[must_use]
    pub fn unknown() -> Self {
        Self { text: HOLE.to_string(), splits: true, ..Self::default() }
    }

    /// Whether each part of it is known. A pattern is, as a pattern.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.text.contains(HOLE)
    }

    /// Its text, where all of it is known and it is no pattern.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        (self.is_known() && !self.glob).then_some(self.text.as_str())
    }

    /// Its text, where all of it is known, even if it is a pattern.
    #[must_use]
    pub fn literal_pattern(&self) -> Option<&str> {
        self.is_known().then_some(self.text.as_str())
    }

    /// Whether it names standard input.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        matches!(self.text.as_str(), "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")
    }

    /// What is known of its beginning.
    #[must_use]
    pub fn beginning(&self) -> &str {
        self.text.split(HOLE).next().unwrap_or_default()
    }

    /// Whether it could be an option.
    #[must_use]
    pub fn may_be_option(&self) -> bool {
        self.text.starts_with(['-', HOLE])
    }

    /// Whether more words may stand in it than one, options among them.
    #[must_use]
    pub fn may_be_more(&self) -> bool {
        self.splits && !self.is_known()
    }

    /// Whether a file whose name is an option may take its place: a pattern that says nothing of how names begin or end.
    #[must_use]
    pub fn names_option(&self) -> bool {
        let pattern = self.glob || self.tags.names;
        let any = self.tags.names && self.text.strip_prefix("./").is_some_and(|name| name.starts_with(HOLE));
        any || pattern
            && self.text.starts_with(['*', '?', '['])
            && self.text.ends_with(['*', '?', ']'])
            && !self.text.contains(['/', '.'])
    }

    /// The same with another text.
    #[must_use]
    pub fn with(&self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self.clone() }
    }
}

/// What is in data, as far as it matters where they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tags {
    /// A secret.
    pub secret: bool,
    /// They came from another machine.
    pub downloaded: bool,
    /// They were decoded or unpacked.
    pub decoded: bool,
    /// They have names of files in them that nobody has read: no code.
    pub names: bool,
    /// A variable that is called like a secret is in them.
    pub private: bool,
}

impl Tags {
    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            secret: self.secret || other.secret,
            downloaded: self.downloaded || other.downloaded,
            decoded: self.decoded || other.decoded,
            names: self.names || other.names,
            private: self.private || other.private,
        }
    }
}

/// What a command reads or writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Data {
    /// All of it, where that is known.
    pub text: Option<String>,
    /// What it has in it.
    pub tags: Tags,
    /// There is nobody who writes it: the terminal, or nothing.
    pub absent: bool,
}

impl Data {
    /// Nothing comes.
    #[must_use]
    pub fn absent() -> Self {
        Self { absent: true, ..Self::default() }
    }

    /// A text that is known.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Something that is not known but for what is in it.
    #[must_use]
    pub const fn tagged(tags: Tags) -> Self {
        Self { text: None, tags, absent: false }
    }
}

/// What is known of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// It is this.
    Known(String),
    /// It is not set.
    Unset,
    /// A number, whichever it is.
    Number,
    /// It is something, with this in it.
    Tagged(Tags),
}
