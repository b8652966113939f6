//! The one error of the command line: what kind it is, what happened, why, and what to do.

use std::fmt;

use claudectl_store::StoreError;

/// Who can do something about it. The exit code follows from it, and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What was asked for was not there, or a check failed: 1.
    Failed,
    /// The command line or the configuration is wrong: 2.
    Usage,
    /// Something outside failed: a file, a disk, another program: 3.
    External,
    /// A defect of ours: 70.
    Internal,
}

impl Kind {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::External => 3,
            Self::Internal => 70,
        }
    }
}

/// What to do about a damaged store.
pub(crate) const FRESH: &str = "move it away; it is made again from the transcripts that still exist, without grants, trust, the gate's log and notices";

/// An error as a person reads it: one line what, one line why, one line how to fix it.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: Kind,
    pub(crate) what: String,
    pub(crate) why: Option<String>,
    pub(crate) fix: Option<String>,
    /// Nothing is printed: the command has said all there is to say.
    pub(crate) silent: bool,
}

pub(crate) type Result<T, E = CliError> = std::result::Result<T, E>;

impl CliError {
    pub(crate) fn new(kind: Kind, what: impl fmt::Display) -> Self {
        Self { kind, what: what.to_string(), why: None, fix: None, silent: false }
    }

    pub(crate) fn failed(what: impl fmt::Display) -> Self {
        Self::new(Kind::Failed, what)
    }

    pub(crate) fn usage(what: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, what)
    }

    pub(crate) fn external(what: impl fmt::Display) -> Self {
        Self::new(Kind::External, what)
    }

    /// A check failed, and the command has already said how.
    pub(crate) fn told(kind: Kind) -> Self {
        Self { silent: true, ..Self::new(kind, "") }
    }

    pub(crate) fn why(mut self, why: impl fmt::Display) -> Self {
        self.why = Some(why.to_string());
        self
    }

    pub(crate) fn fix(mut self, fix: impl fmt::Display) -> Self {
        self.fix = Some(fix.to_string());
        self
    }

    /// The causes of an error, on one line.
    pub(crate) fn because(self, error: &dyn std::error::Error) -> Self {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        if causes.is_empty() { self } else { self.why(causes.join(": ")) }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let new = |kind| Self::new(kind, &error).because(&error);
        match &error {
            StoreError::FromTheFuture { .. } => new(Kind::Usage)
                .why("a later version of claudectl has written it; nothing was changed")
                .fix("update claudectl, or run with --no-cache to leave it aside"),
            StoreError::NotAStore { .. } => new(Kind::External).fix(FRESH),
            StoreError::Busy { .. } => {
                new(Kind::External).fix("wait until the other claudectl is done, or run with --no-cache")
            }
            StoreError::DiskFull { .. } => {
                new(Kind::External).fix("make room; what shows figures can do without (--no-cache)")
            }
            StoreError::Open { .. } => new(Kind::External)
                .fix("check the folder's owner and mode, or set CLAUDECTL_HOME to another one"),
            StoreError::Sqlite { .. } | StoreError::Content(_) => new(Kind::Internal).fix(FRESH),
        }
    }
}
