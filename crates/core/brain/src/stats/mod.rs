//! What can be measured of what was learned and of what the gate did with it: each metric by its formula, as
//! `docs/brain-metrics.md` has it.
//!
//! The log of answers is played once more ([`material`]): each answer is foretold by those before it, and held against what
//! the person *wanted*, never against whether they agreed with us. Calls that were answered without a question count by
//! what became of them. A figure ([`figure`]) carries what it was counted of; what is not known is not made up.

mod answers;
mod calls;
pub mod figure;
pub mod material;
pub mod work;

use figure::Metric;
use material::Material;

/// The metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// What it was good for.
    Impact,
    /// How it got better with answers.
    LearningCurve,
    /// How often it foretold the answer.
    Accuracy,
    /// Whether it holds what it says.
    Calibration,
    /// Simpler ways beside it.
    Baseline,
    /// What it allows, and was not wanted.
    FalseAllow,
    /// What it denies, and was wanted.
    FalseDeny,
    /// How much of it is answered without a question.
    Coverage,
    /// How much of it was never answered before.
    Novelty,
    /// Whether the person has come to want something else.
    Drift,
    /// Calls by how far the gate lets them go.
    Tiers,
    /// How long things take.
    Latency,
    /// How long it takes until a person corrects something.
    TimeToCorrect,
    /// What went wrong.
    Incidents,
    /// Week by week.
    Evolution,
    /// What there is how much of.
    Distribution,
}

impl Name {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Impact,
        Self::LearningCurve,
        Self::Accuracy,
        Self::Calibration,
        Self::Baseline,
        Self::FalseAllow,
        Self::FalseDeny,
        Self::Coverage,
        Self::Novelty,
        Self::Drift,
        Self::Tiers,
        Self::Latency,
        Self::TimeToCorrect,
        Self::Incidents,
        Self::Evolution,
        Self::Distribution,
    ];

    /// How it is called.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Impact => "impact",
            Self::LearningCurve => "learning-curve",
            Self::Accuracy => "accuracy",
            Self::Calibration => "calibration",
            Self::Baseline => "baseline",
            Self::FalseAllow => "false-allow",
            Self::FalseDeny => "false-deny",
            Self::Coverage => "coverage",
            Self::Novelty => "novelty",
            Self::Drift => "drift",
            Self::Tiers => "tiers",
            Self::Latency => "latency",
            Self::TimeToCorrect => "time-to-correct",
            Self::Incidents => "incidents",
            Self::Evolution => "evolution",
            Self::Distribution => "distribution",
        }
    }

    /// What it tells.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Impact => "prompts that you were spared, and what that was worth",
            Self::LearningCurve => "how it got better with your answers",
            Self::Accuracy => "how often your answer was foretold",
            Self::Calibration => "whether it holds what it says",
            Self::Baseline => "simpler ways beside it, on the same answers",
            Self::FalseAllow => "what it allows, and you did not want",
            Self::FalseDeny => "what it denies, and you wanted",
            Self::Coverage => "how much is answered without asking you, and why the rest asks",
            Self::Novelty => "how much of what is asked was never answered before",
            Self::Drift => "whether you have come to want something else",
            Self::Tiers => "calls by how far the gate lets them go",
            Self::Latency => "how long prompts wait for you, and how long a thought takes",
            Self::TimeToCorrect => "how long it takes until you take something back",
            Self::Incidents => "what went wrong",
            Self::Evolution => "all of it week by week",
            Self::Distribution => "what there is how much of",
        }
    }

    /// Works it out. `top`: no list is longer.
    #[must_use]
    pub fn of(self, material: &Material, top: usize) -> Metric {
        match self {
            Self::Impact => calls::impact(material),
            Self::LearningCurve => answers::learning_curve(material),
            Self::Accuracy => answers::accuracy(material, top),
            Self::Calibration => answers::calibration(material),
            Self::Baseline => answers::baseline(material, top),
            Self::FalseAllow => answers::wrong(material, true, top),
            Self::FalseDeny => answers::wrong(material, false, top),
            Self::Coverage => calls::coverage(material),
            Self::Novelty => answers::novelty(material),
            Self::Drift => answers::drift(material, top),
            Self::Tiers => calls::tiers(material),
            Self::Latency => calls::latency(material, top),
            Self::TimeToCorrect => calls::time_to_correct(material),
            Self::Incidents => calls::incidents(material, top),
            Self::Evolution => calls::evolution(material),
            Self::Distribution => calls::distribution(material, top),
        }
    }
}

#[cfg(test)]
mod tests;
