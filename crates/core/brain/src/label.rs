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
    /// An answer that was given elsewhere, taken over: to another claudectl, or to a program that may have given it itself.
    Imported,
    /// An answer that a person gave to the published tool.
    ImportedAnswer,
    /// The same, for once and against what they want otherwise.
    ImportedException,
    /// The same, marked by them as right.
    ImportedMarked,
    /// What they corrected there.
    ImportedCorrection,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Prompt,
        Self::Always,
        Self::Audit,
        Self::Correction,
        Self::Reverted,
        Self::Interrupted,
        Self::Imported,
        Self::ImportedAnswer,
        Self::ImportedException,
        Self::ImportedMarked,
        Self::ImportedCorrection,
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
            Self::ImportedAnswer => "imported-answer",
            Self::ImportedException => "imported-exception",
            Self::ImportedMarked => "imported-marked",
            Self::ImportedCorrection => "imported-correction",
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
            Self::Prompt | Self::Audit | Self::ImportedAnswer => 1.0,
            Self::Always | Self::ImportedMarked => 3.0,
            Self::Correction | Self::ImportedCorrection => 5.0,
            Self::Reverted | Self::ImportedException => 0.5,
            Self::Interrupted => 0.7,
            Self::Imported => 0.3,
        }
    }

    /// Whether it was given elsewhere, and is only known by a file.
    #[must_use]
    pub const fn is_imported(self) -> bool {
        matches!(
            self,
            Self::Imported
                | Self::ImportedAnswer
                | Self::ImportedException
                | Self::ImportedMarked
                | Self::ImportedCorrection
        )
    }

    /// Whether it counts in the bound: an answer to the question itself, given before it ran, here.
    #[must_use]
    pub const fn is_trial(self) -> bool {
        matches!(self, Self::Prompt | Self::Always | Self::Audit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_known_by_a_file_proves_nothing() {
        for source in Source::ALL {
            assert_eq!(Source::named(source.word()), Some(source));
            assert_eq!(source.word().starts_with("imported"), source.is_imported());
            assert!(!(source.is_imported() && source.is_trial()), "{source:?}");
        }
    }
}
