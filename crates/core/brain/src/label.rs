//! Who has answered what, and how much that says.

use serde::{Deserialize, Serialize};

/// Where an answer comes from: only people teach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A prompt was answered.
    Prompt,
    /// A prompt was answered for good ("always").
    Always,
    /// A silent answer was asked about all the same, to see whether it is right.
    Audit,
    /// A decision was corrected afterwards.
    Correction,
    /// What was done was taken back within minutes.
    Reverted,
    /// It was interrupted as soon as it had begun.
    Interrupted,
    /// An answer that was given to another program, taken over.
    Imported,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Prompt,
        Self::Always,
        Self::Audit,
        Self::Correction,
        Self::Reverted,
        Self::Interrupted,
        Self::Imported,
    ];

    /// Its name in JSON and in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Always => "always",
            Self::Audit => "audit",
            Self::Correction => "correction",
            Self::Reverted => "reverted",
            Self::Interrupted => "interrupted",
            Self::Imported => "imported",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// How much an answer of this kind counts.
    #[must_use]
    pub const fn weight(self) -> f64 {
        match self {
            Self::Prompt | Self::Audit => 1.0,
            Self::Always => 3.0,
            Self::Correction => 5.0,
            Self::Reverted => 0.5,
            Self::Interrupted => 0.7,
            Self::Imported => 0.3,
        }
    }

    /// Whether it counts in the bound: an answer to the question itself, given before it ran.
    #[must_use]
    pub const fn is_trial(self) -> bool {
        matches!(self, Self::Prompt | Self::Always | Self::Audit)
    }
}
