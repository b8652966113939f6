//! What knowledge is about and how old it may become: scope, category, condition.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Kind;

/// Where knowledge holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Scope {
    /// Everywhere.
    Universal,
    /// Where this language is written.
    Language(String),
    /// In this project.
    Project(String),
}

impl Scope {
    /// As a person writes it: `universal`, `language:rust`, `project:api`; anything else is a project.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            _ if text == "universal" => Self::Universal,
            Some(("language", name)) => Self::Language(name.to_owned()),
            Some(("project", name)) => Self::Project(name.to_owned()),
            _ => Self::Project(text.to_owned()),
        }
    }

    /// What a semantic key begins with.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Universal => "universal".to_owned(),
            Self::Language(name) => format!("lang:{name}"),
            Self::Project(name) => format!("proj:{name}"),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Universal => f.write_str("universal"),
            Self::Language(name) => write!(f, "language:{name}"),
            Self::Project(name) => write!(f, "project:{name}"),
        }
    }
}

/// What sort of knowledge it is, for whoever chooses what to share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// What works.
    #[default]
    BestPractice,
    /// A way of doing something.
    Technique,
    /// How work is arranged.
    WorkflowPattern,
    /// What says more of a person than of the work. It never leaves.
    Personal,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::BestPractice, Self::Technique, Self::WorkflowPattern, Self::Personal];

    /// In files.
    #[must_use]
    pub const fn wire(self) -> &'static str {
        match self {
            Self::BestPractice => "best_practice",
            Self::Technique => "technique",
            Self::WorkflowPattern => "workflow_pattern",
            Self::Personal => "personal",
        }
    }

    /// For people and in the configuration.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::WorkflowPattern => "workflow",
            other => other.wire(),
        }
    }

    /// By either name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.wire() == text || one.label() == text)
    }

    /// It may leave this machine, if nothing else forbids it.
    #[must_use]
    pub const fn is_shareable(self) -> bool {
        !matches!(self, Self::Personal)
    }
}

/// When knowledge holds. What is not understood is kept as it is written, and never taken to hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Condition {
    /// The session cost less than so many cents.
    CostBelow(u32),
    /// It cost more.
    CostAbove(u32),
    /// Less than so many percent of the context were in use.
    ContextBelow(u8),
    /// More were.
    ContextAbove(u8),
    /// The call before had failed, or had not.
    Errors(bool),
    /// Another session wrote to the same files, or none did.
    Conflict(bool),
    /// From one hour of the day to another, in UTC.
    Hours(u8, u8),
    /// So often seen in this project.
    Project(String, u32),
    /// Not understood.
    Other(String),
}

impl Condition {
    /// Reads the label of a condition.
    #[must_use]
    pub fn parse(label: &str) -> Self {
        Self::known(label)
            // What would be written in another way would be another condition to whoever signed it.
            .filter(|one| one.to_string() == label)
            .unwrap_or_else(|| Self::Other(label.to_owned()))
    }

    fn known(label: &str) -> Option<Self> {
        let percent = |text: &str| text.strip_suffix('%')?.parse().ok().filter(|pct| *pct <= 100);
        let hour = |text: &str| text.strip_suffix(":00")?.parse().ok().filter(|hour| *hour <= 24);
        match label {
            "no errors" => return Some(Self::Errors(false)),
            "errors" => return Some(Self::Errors(true)),
            "no conflict" => return Some(Self::Conflict(false)),
            "conflict" => return Some(Self::Conflict(true)),
            _ => {}
        }
        if let Some(amount) = label.strip_prefix("cost<$") {
            return cents(amount).map(Self::CostBelow);
        }
        if let Some(amount) = label.strip_prefix("cost>$") {
            return cents(amount).map(Self::CostAbove);
        }
        if let Some(part) = label.strip_prefix("ctx<") {
            return percent(part).map(Self::ContextBelow);
        }
        if let Some(part) = label.strip_prefix("ctx>") {
            return percent(part).map(Self::ContextAbove);
        }
        if let Some(rest) = label.strip_prefix("project:") {
            let (name, times) = rest.strip_suffix(')')?.rsplit_once(" (n=")?;
            return Some(Self::Project(name.to_owned(), times.parse().ok()?));
        }
        let (from, to) = label.split_once('-')?;
        Some(Self::Hours(hour(from)?, hour(to)?))
    }

    /// It says when somebody works, or what they spend.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        matches!(self, Self::CostBelow(_) | Self::CostAbove(_) | Self::Hours(..))
    }

    /// Whether it is known what it means.
    #[must_use]
    pub const fn is_understood(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

/// `5`, `0.50`: dollars, to the cent.
fn cents(amount: &str) -> Option<u32> {
    let (dollars, rest) = amount.split_once('.').unwrap_or((amount, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(dollars) || !digits(rest) || rest.len() > 2 {
        return None;
    }
    let rest: u32 = format!("{rest:0<2}").parse().ok()?;
    dollars.parse::<u32>().ok()?.checked_mul(100)?.checked_add(rest)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = |cents: u32| match cents % 100 {
            0 => format!("{}", cents / 100),
            _ => format!("{}.{:02}", cents / 100, cents % 100),
        };
        match self {
            Self::CostBelow(cents) => write!(f, "cost<${}", dollars(*cents)),
            Self::CostAbove(cents) => write!(f, "cost>${}", dollars(*cents)),
            Self::ContextBelow(pct) => write!(f, "ctx<{pct}%"),
            Self::ContextAbove(pct) => write!(f, "ctx>{pct}%"),
            Self::Errors(true) => f.write_str("errors"),
            Self::Errors(false) => f.write_str("no errors"),
            Self::Conflict(true) => f.write_str("conflict"),
            Self::Conflict(false) => f.write_str("no conflict"),
            Self::Hours(from, to) => write!(f, "{from}:00-{to}:00"),
            Self::Project(name, times) => write!(f, "project:{name} (n={times})"),
            Self::Other(label) => f.write_str(label),
        }
    }
}

impl From<String> for Condition {
    fn from(label: String) -> Self {
        Self::parse(&label)
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.to_string()
    }
}

/// The labels of conditions in an order that does not depend on who wrote them, each once: what a claim is told from others
/// by.
#[must_use]
pub fn fingerprint_labels(conditions: &[Condition]) -> Vec<String> {
    let mut labels: Vec<String> = conditions.iter().map(ToString::to_string).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

const DAY: u64 = 86_400;

/// How long knowledge of a kind holds without being seen again, where its unit does not say.
#[must_use]
pub const fn default_interval_secs(kind: Kind) -> u64 {
    match kind {
        Kind::Pattern | Kind::ToolAccuracy | Kind::PromotedRule | Kind::ApproachCluster | Kind::Rule => {
            30 * DAY
        }
        Kind::ApproachOutcome => 14 * DAY,
        Kind::Temporal | Kind::Insight => 7 * DAY,
        Kind::Skill | Kind::Command | Kind::HookConfig => 90 * DAY,
    }
}

/// The interval that holds: that of the unit, or that of its kind where it says none.
#[must_use]
pub const fn interval_secs(kind: Kind, own: u64) -> u64 {
    if own == 0 { default_interval_secs(kind) } else { own }
}

/// Longer not seen than it holds.
#[must_use]
pub const fn is_stale(age_secs: u64, interval_secs: u64) -> bool {
    age_secs > interval_secs
}

/// What is left of a confidence: a tenth less for each interval that went by, at most fifty times.
#[must_use]
pub fn effective_confidence(confidence: f64, age_secs: u64, interval_secs: u64) -> f64 {
    let confidence = if confidence.is_finite() { confidence.clamp(0.0, 1.0) } else { 0.0 };
    if !is_stale(age_secs, interval_secs) {
        return confidence;
    }
    let rounds = (age_secs - 1) / interval_secs.max(1);
    confidence * 0.9_f64.powi(rounds.min(50) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_shown() {
        for text in ["universal", "language:rust", "project:api", "project:a:b", "project:universal"] {
            assert_eq!(Scope::parse(text).to_string(), text);
        }
        assert_eq!(Scope::parse("api"), Scope::Project("api".to_owned()));
        let language = serde_json::to_string(&Scope::Language("rust".to_owned())).unwrap_or_default();
        assert_eq!(language, r#"{"type":"language","value":"rust"}"#);
        assert_eq!(serde_json::to_string(&Scope::Universal).unwrap_or_default(), r#"{"type":"universal"}"#);
    }

    #[test]
    fn categories_have_two_names() {
        for category in Category::ALL {
            assert_eq!(Category::parse(category.wire()), Some(category));
            assert_eq!(Category::parse(category.label()), Some(category));
            assert_eq!(category.is_shareable(), category != Category::Personal);
        }
        assert_eq!(Category::parse("workflow"), Some(Category::WorkflowPattern));
        assert_eq!(Category::parse("Personal"), None);
    }

    #[test]
    fn conditions_are_read_as_they_are_shown() {
        for (label, wanted) in [
            ("cost<$5", Condition::CostBelow(500)),
            ("cost>$0.50", Condition::CostAbove(50)),
            ("ctx<80%", Condition::ContextBelow(80)),
            ("ctx>100%", Condition::ContextAbove(100)),
            ("no errors", Condition::Errors(false)),
            ("errors", Condition::Errors(true)),
            ("no conflict", Condition::Conflict(false)),
            ("conflict", Condition::Conflict(true)),
            ("9:00-17:00", Condition::Hours(9, 17)),
            ("project:a (n=b) (n=3)", Condition::Project("a (n=b)".to_owned(), 3)),
        ] {
            assert_eq!(Condition::parse(label), wanted);
            assert_eq!(wanted.to_string(), label);
        }
        for label in [
            "",
            "cost<$",
            "cost<$-1",
            "cost<$5.123",
            "cost<$99999999999",
            "cost<$5.0",
            "ctx<101%",
            "ctx<256%",
            "ctx>080%",
            "25:00-3:00",
            "09:00-17:00",
            "9-17",
            "project:x",
            "project:x (n=-1)",
            "Errors",
            "\u{202e}",
            "-",
        ] {
            let read = Condition::parse(label);
            assert!(!read.is_understood(), "{label}: {read:?}");
            assert_eq!(read.to_string(), label);
        }
    }

    #[test]
    fn the_order_of_conditions_makes_no_other_claim() {
        let labels =
            |of: &[&str]| fingerprint_labels(&of.iter().map(|one| Condition::parse(one)).collect::<Vec<_>>());
        assert_eq!(labels(&["errors", "ctx<80%", "errors"]), labels(&["ctx<80%", "errors"]));
        assert_ne!(labels(&["errors"]), labels(&["no errors"]));
    }

    #[test]
    fn confidence_wanes_by_the_interval() {
        let at = |age| (effective_confidence(0.8, age, 100) * 1e6).round();
        assert_eq!([0, 100].map(at), [800_000.0; 2]);
        assert_eq!([101, 200].map(at), [720_000.0; 2]);
        assert_eq!([201, 300].map(at), [648_000.0; 2]);
        assert_eq!(at(5_001), at(u64::MAX), "at most fifty times");
        assert!(!is_stale(100, 100) && is_stale(101, 100));
        assert_eq!(effective_confidence(f64::NAN, 1, 0), 0.0);
        assert_eq!(effective_confidence(1e9, 0, 0), 1.0);
        assert_eq!(effective_confidence(-1.0, u64::MAX, 0), 0.0);
        assert_eq!(interval_secs(Kind::Temporal, 0), 7 * DAY);
        assert_eq!(interval_secs(Kind::Temporal, 5), 5);
        assert_eq!(default_interval_secs(Kind::ApproachOutcome), 14 * DAY);
        assert_eq!(default_interval_secs(Kind::Skill), 90 * DAY);
    }
}
