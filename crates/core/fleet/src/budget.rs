//! Budgets: what was meant to be spent, and how near it is.

use serde::Serialize;

use crate::money::Usd;

/// What a budget is set for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One session, its subagents included.
    Session,
    /// One project, over the current calendar month.
    Project,
    /// The current local day.
    Day,
    /// The current ISO week.
    Week,
    /// The subagents of one session.
    Fanout,
}

impl Scope {
    /// The name in configuration and output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Project => "project",
            Self::Day => "day",
            Self::Week => "week",
            Self::Fanout => "fan-out",
        }
    }
}

/// The limits that are set. A limit is always positive.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// For each session.
    pub session: Option<Usd>,
    /// For each project and calendar month.
    pub project: Option<Usd>,
    /// For each local day.
    pub day: Option<Usd>,
    /// For each ISO week.
    pub week: Option<Usd>,
    /// For all subagents of a session.
    pub fanout: Option<Usd>,
    /// From which part of a limit on to warn, in percent.
    pub warn_at_percent: u32,
}

/// How near a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Far enough.
    Ok,
    /// Past the share at which to warn.
    Warning,
    /// Reached.
    Exceeded,
}

/// Compares what was spent with a limit.
#[must_use]
pub fn level(spent: Usd, limit: Usd, warn_at_percent: u32) -> Level {
    if spent >= limit {
        Level::Exceeded
    } else if spent >= limit.percent(warn_at_percent) {
        Level::Warning
    } else {
        Level::Ok
    }
}

/// A limit that is near or passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// What the limit is for.
    pub scope: Scope,
    /// Which session, project, day or week.
    pub subject: String,
    /// What was spent.
    pub spent: Usd,
    /// The limit.
    pub limit: Usd,
    /// How near.
    pub level: Level,
}

/// The alert for a limit, if there is one and it is near.
#[must_use]
pub fn alert(scope: Scope, subject: &str, spent: Usd, limit: Option<Usd>, warn_at: u32) -> Option<Alert> {
    let limit = limit?;
    let level = level(spent, limit, warn_at);
    (level != Level::Ok).then(|| Alert { scope, subject: subject.to_owned(), spent, limit, level })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        let usd = |dollars: f64| Usd::from_dollars(dollars).unwrap();
        assert_eq!(level(usd(7.99), usd(10.0), 80), Level::Ok);
        assert_eq!(level(usd(8.0), usd(10.0), 80), Level::Warning);
        assert_eq!(level(usd(10.0), usd(10.0), 80), Level::Exceeded);
        assert_eq!(alert(Scope::Day, "today", usd(5.0), None, 80), None);
    }
}
