//! Budgets: what was meant to be spent, and how near it is.

use serde::{Deserialize, Serialize};

use crate::format::short_id;
use crate::meter::{Metered, Since, Span, Totals, Unpriced};
use crate::money::{self, Usd};
use crate::project;

/// What a budget is set for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Session, Self::Fanout, Self::Project, Self::Day, Self::Week];

    /// By its name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// For each session.
    #[serde(with = "money::maybe_pico")]
    pub session: Option<Usd>,
    /// For each project and calendar month.
    #[serde(with = "money::maybe_pico")]
    pub project: Option<Usd>,
    /// For each local day.
    #[serde(with = "money::maybe_pico")]
    pub day: Option<Usd>,
    /// For each ISO week.
    #[serde(with = "money::maybe_pico")]
    pub week: Option<Usd>,
    /// For all subagents of a session.
    #[serde(with = "money::maybe_pico")]
    pub fanout: Option<Usd>,
    /// From which part of a limit on to warn, in percent.
    pub warn_at_percent: u32,
}

impl Limits {
    /// The limit of a scope.
    #[must_use]
    pub fn of(&self, scope: Scope) -> Option<Usd> {
        match scope {
            Scope::Session => self.session,
            Scope::Project => self.project,
            Scope::Day => self.day,
            Scope::Week => self.week,
            Scope::Fanout => self.fanout,
        }
    }

    /// These, and others' where these have none.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            session: self.session.or(other.session),
            project: self.project.or(other.project),
            day: self.day.or(other.day),
            week: self.week.or(other.week),
            fanout: self.fanout.or(other.fanout),
            warn_at_percent: self.warn_at_percent,
        }
    }
}

/// A limit that a person gave to one session, project, day or week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// What it is for.
    pub scope: Scope,
    /// A session's id, a project's folder, a day (`2026-11-22`) or a week (`2026-W47`).
    pub subject: String,
    /// The month (`2026-11`) in which it counts, of a project's limit that was raised; else empty.
    pub month: String,
    /// It raises what else would count, and ends with the month, the day or the week; that of a session with the day on
    /// which the session has ended. Else it stands in the
    /// place of what is configured until it is taken back.
    pub raised: bool,
    /// The limit.
    #[serde(with = "money::pico")]
    pub limit: Usd,
    /// When it was given, milliseconds since the epoch.
    pub at: i64,
}

/// Which limits count: what is configured, and what a person gave beside it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Budgets {
    /// What is configured.
    pub limits: Limits,
    /// What was given to single sessions, projects, days and weeks.
    pub own: Vec<Own>,
    /// What files of projects make of the limits for their sessions, by the projects' folders. They only tighten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lowered: Vec<(String, Limits)>,
}

impl Budgets {
    /// The limit that counts: every surface, and the gate, ask here.
    ///
    /// `subject` is as in [`Own`], `month` the current one, `root` the folder of the session's project; empty where it is
    /// about none. A raise never lowers a limit, and is none where there is nothing to raise. What a person gave to one
    /// session or project counts, whatever its project says.
    #[must_use]
    pub fn limit(&self, scope: Scope, subject: &str, month: &str, root: &str) -> Option<Usd> {
        let given = |raised: bool| {
            let fits = |own: &&Own| {
                own.scope == scope
                    && own.subject == subject
                    && own.raised == raised
                    && (own.month.is_empty() || own.month == month)
            };
            self.own.iter().filter(fits).map(|own| own.limit).next_back()
        };
        let of_project = self.lowered.iter().find(|(folder, _)| folder == root && !root.is_empty());
        let lowered = of_project.and_then(|(_, limits)| limits.of(scope));
        let base = given(false).or(self.limits.of(scope).into_iter().chain(lowered).min())?;
        Some(given(true).map_or(base, |raised| raised.max(base)))
    }

    /// Whether anything is limited by this.
    #[must_use]
    pub fn limits_any(&self, scope: Scope) -> bool {
        self.limits.of(scope).is_some()
            || self.own.iter().any(|own| own.scope == scope && !own.raised)
            || self.lowered.iter().any(|(_, limits)| limits.of(scope).is_some())
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !Scope::ALL.into_iter().any(|scope| self.limits_any(scope))
    }
}

/// What is known of a session: by this the gate holds it to the budgets that concern it, whoever asks.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// The session's id.
    pub session: &'a str,
    /// The folder of the project that it works in: its own, where nothing was summed of it.
    pub here: &'a str,
    /// What was summed of everything.
    pub totals: &'a Totals,
    /// What was summed of the session.
    pub known: Option<&'a Metered>,
    /// What it has cost since.
    pub since: &'a Since,
    /// The moment, milliseconds since the epoch.
    pub now: i64,
}

/// A limit that counts, and what was spent of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What it is for.
    pub scope: Scope,
    /// As in [`Own`].
    pub subject: String,
    /// The subject as a command takes it; empty for a day or a week.
    pub name: String,
    /// What was spent.
    pub spent: Usd,
    /// What of it has no price, and is not in that.
    pub unpriced: Unpriced,
    /// The limit.
    pub limit: Usd,
}

impl Account<'_> {
    /// The folder of the session's project: that which it was counted for. Empty where it is in none.
    #[must_use]
    pub fn root(&self) -> &str {
        let known = self.known.map(|known| known.project.as_str()).filter(|root| !root.is_empty());
        known.unwrap_or(self.here)
    }

    /// What the session has cost, its subagents included.
    #[must_use]
    pub fn usd(&self) -> Usd {
        self.known.map_or(Usd::ZERO, |known| known.usd) + self.since.all()
    }

    /// What its subagents have cost.
    #[must_use]
    pub fn fanout(&self) -> Usd {
        self.known.map_or(Usd::ZERO, |known| known.fanout) + self.since.of_agents()
    }

    /// The budget of a scope that concerns the session, and what was spent of it; `None` where there is none.
    #[must_use]
    pub fn standing(&self, scope: Scope, budgets: &Budgets) -> Option<Standing> {
        let (root, month) = (self.root(), self.totals.month.at(self.now));
        let of = |span: &Span| {
            let span = span.at(self.now);
            let unpriced = self.since.unpriced_from(span.from).and(&span.unpriced);
            (span.key.clone(), String::new(), span.usd + self.since.from(span.from), unpriced)
        };
        let own = |spent, since: Unpriced, known: fn(&Metered) -> &Unpriced| {
            let unpriced = self.known.map(known).map_or(since.clone(), |known| since.and(known));
            (self.session.to_owned(), short_id(self.session), spent, unpriced)
        };
        let (subject, name, spent, unpriced) = match scope {
            Scope::Session => own(self.usd(), self.since.unpriced_from(i64::MIN), |known| &known.unpriced),
            Scope::Fanout => {
                own(self.fanout(), self.since.unpriced_of_agents(), |known| &known.fanout_unpriced)
            }
            Scope::Day => of(&self.totals.day),
            Scope::Week => of(&self.totals.week),
            Scope::Project if root.is_empty() => return None,
            Scope::Project => {
                let is_current = self.now < self.totals.month.until;
                let summed = self.totals.projects.get(root).filter(|_| is_current);
                let spent = Usd::from_pico(summed.copied().unwrap_or_default().into());
                let since = self.since.unpriced_from(month.from);
                let unpriced = self.totals.projects_unpriced.get(root).filter(|_| is_current);
                let unpriced = since.and(unpriced.unwrap_or(&Unpriced::default()));
                (root.to_owned(), self.project_name(), spent + self.since.from(month.from), unpriced)
            }
        };
        let limit = budgets.limit(scope, &subject, &month.key, root)?;
        Some(Standing { scope, subject, name, spent, unpriced, limit })
    }

    /// Whether the response that is being made may be the one that crosses a budget: what was spent is past the share at
    /// which to warn, or one more like the dearest of the session would do it. Where none was made yet, nobody knows.
    #[must_use]
    pub fn nears(&self, budgets: &Budgets) -> bool {
        let known = self.known.map_or(Usd::ZERO, |known| known.dearest);
        let dearest = known.max(self.since.dearest());
        let mut standings = Scope::ALL.into_iter().filter_map(|scope| self.standing(scope, budgets));
        standings.any(|Standing { spent, limit, .. }| {
            let may_cross = dearest == Usd::ZERO
                || spent + dearest >= limit
                || spent >= limit.percent(budgets.limits.warn_at_percent);
            may_cross && spent < limit
        })
    }

    /// The project's name, or its folder where another has the same one.
    fn project_name(&self) -> String {
        let root = self.root();
        let name = project::name(root);
        let is_shared =
            self.totals.projects.keys().any(|other| other != root && project::name(other) == name);
        if is_shared { root.to_owned() } else { name.to_owned() }
    }
}

/// How near a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Far enough.
    Ok,
    /// Past the share at which to warn.
    Warning,
    /// Not known: some of it was spent on a model without a price.
    Unknown,
    /// Reached.
    Exceeded,
}

impl Level {
    /// Its name in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Exceeded => "exceeded",
        }
    }
}

/// Compares what was spent with a limit. `unpriced` responses are not in it.
#[must_use]
pub fn level(spent: Usd, unpriced: u64, limit: Usd, warn_at_percent: u32) -> Level {
    if spent >= limit {
        Level::Exceeded
    } else if unpriced > 0 {
        Level::Unknown
    } else if spent >= limit.percent(warn_at_percent) {
        Level::Warning
    } else {
        Level::Ok
    }
}

/// A limit with which work goes on where so much is spent: a fifth of it more than that, rounded up to what people type.
#[must_use]
pub fn enough(spent: Usd, limit: Usd) -> Usd {
    const CENT: i128 = 10_i128.pow(10);
    let step = match limit.cents() {
        ..10 => CENT,
        10..100 => 10 * CENT,
        100..10_000 => 100 * CENT,
        _ => 1_000 * CENT,
    };
    let needed = i128::from((spent.max(limit) + limit.percent(20)).pico());
    Usd::from_pico(needed.div_euclid(step).saturating_add(1).saturating_mul(step))
}

/// The command that lets so much be spent. `name` is as in [`Standing`].
#[must_use]
pub fn raise(scope: Scope, name: &str, to: Usd) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./~".contains(c);
    let quoted = match !name.is_empty() && name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    };
    let of = match scope {
        Scope::Session => format!("--session {quoted}"),
        Scope::Fanout => format!("--fanout {quoted}"),
        Scope::Project => format!("--project {quoted}"),
        Scope::Day => "--day".to_owned(),
        Scope::Week => "--week".to_owned(),
    };
    format!("claudectl budget raise {of} --to {}", to.dollars())
}

/// A limit that is near or passed, or nobody knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// What the limit is for.
    pub scope: Scope,
    /// Which session, project, day or week.
    pub subject: String,
    /// What was spent.
    pub spent: Usd,
    /// Responses of models without a price; not in that.
    pub unpriced: u64,
    /// The limit.
    pub limit: Usd,
    /// How near.
    pub level: Level,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        let usd = |dollars: f64| Usd::from_dollars(dollars).unwrap();
        let table = [
            (7.99, 0, Level::Ok),
            (8.0, 0, Level::Warning),
            (10.0, 0, Level::Exceeded),
            (0.0, 1, Level::Unknown),
            (9.0, 1, Level::Unknown),
            (10.0, 1, Level::Exceeded),
        ];
        for (spent, unpriced, expected) in table {
            assert_eq!(level(usd(spent), unpriced, usd(10.0), 80), expected, "{spent} {unpriced}");
        }
    }

    fn usd(dollars: f64) -> Usd {
        Usd::from_dollars(dollars).unwrap()
    }

    #[test]
    fn what_was_spent_of_each_budget() {
        let span = |key: &str, from, until, dollars| Span {
            key: key.to_owned(),
            from,
            until,
            usd: usd(dollars),
            ..Span::default()
        };
        let totals = Totals {
            day: span("2026-11-22", 100, 200, 3.0),
            week: span("2026-W47", 50, 300, 4.0),
            month: span("2026-11", 0, 400, 0.0),
            projects: [("/w/api".to_owned(), usd(5.0).pico()), ("/x/api".to_owned(), 1)].into(),
            ..Totals::default()
        };
        let known =
            Metered { project: "/w/api".to_owned(), usd: usd(2.0), fanout: usd(0.5), ..Metered::default() };
        let limits = Limits {
            session: Some(usd(10.0)),
            project: Some(usd(20.0)),
            day: Some(usd(30.0)),
            week: Some(usd(40.0)),
            fanout: Some(usd(50.0)),
            warn_at_percent: 80,
        };
        let budgets = Budgets { limits, ..Budgets::default() };
        let since = Since::default();
        let account = Account {
            session: "3f2a0000-1",
            here: "/elsewhere/now",
            totals: &totals,
            known: Some(&known),
            since: &since,
            now: 150,
        };
        let told = |account: Account<'_>, budgets: &Budgets| -> Vec<(String, String, f64, f64)> {
            let standings = Scope::ALL.into_iter().filter_map(|scope| account.standing(scope, budgets));
            standings.map(|one| (one.subject, one.name, one.spent.dollars(), one.limit.dollars())).collect()
        };
        let row =
            |subject: &str, name: &str, spent, limit| (subject.to_owned(), name.to_owned(), spent, limit);
        let session = "3f2a0000-1";
        let all = [
            row(session, "3f2a0000", 2.0, 10.0),
            row(session, "3f2a0000", 0.5, 50.0),
            row("/w/api", "/w/api", 5.0, 20.0),
            row("2026-11-22", "", 3.0, 30.0),
            row("2026-W47", "", 4.0, 40.0),
        ];
        assert_eq!(told(account, &budgets), all, "two projects are called api");
        // A day later, and a month: nothing is known of these yet.
        let later = |now| told(Account { now, ..account }, &budgets).into_iter().map(|(.., spent, _)| spent);
        assert_eq!(later(250).collect::<Vec<_>>(), [2.0, 0.5, 5.0, 0.0, 4.0]);
        assert_eq!(later(450).collect::<Vec<_>>(), [2.0, 0.5, 0.0, 0.0, 0.0]);
        // A session of which nothing was summed is of the project that it works in.
        let unknown = Account { known: None, here: "/w/shop", ..account };
        assert_eq!(unknown.root(), "/w/shop");
        assert_eq!(told(unknown, &budgets)[2], row("/w/shop", "shop", 0.0, 20.0));
        assert_eq!(
            told(Account { known: None, here: "", ..account }, &budgets).len(),
            4,
            "it is in no project"
        );
        // What its project's file makes of the limits counts for it, wherever it works now.
        let lowered = Limits { session: Some(usd(1.0)), day: Some(usd(2.0)), ..Limits::default() };
        let lowered = Budgets { lowered: vec![("/w/api".to_owned(), lowered)], ..budgets };
        let limits: Vec<f64> = told(account, &lowered).into_iter().map(|(.., limit)| limit).collect();
        assert_eq!(limits, [1.0, 50.0, 20.0, 2.0, 40.0]);
        assert_eq!(told(account, &Budgets::default()), []);
    }

    #[test]
    fn what_a_raise_is_told_to_be_suffices() {
        let table = [
            // (spent, limit, enough)
            (5.02, 5.0, 7.0),
            (1.0, 1.0, 2.0),
            (0.5, 0.5, 0.7),
            (0.05, 0.04, 0.06),
            (0.0, 5.0, 7.0),
            (49.0, 5.0, 51.0),
            (240.0, 200.0, 290.0),
        ];
        for (spent, limit, to) in table {
            assert_eq!(enough(usd(spent), usd(limit)), usd(to), "{spent} of {limit}");
        }
        let commands = [
            raise(Scope::Session, "3f2a", usd(7.0)),
            raise(Scope::Fanout, "3f2a", usd(0.7)),
            raise(Scope::Project, "it's mine; rm -rf", usd(7.0)),
            raise(Scope::Day, "", usd(1.25)),
            raise(Scope::Week, "", usd(290.0)),
        ];
        assert_eq!(
            commands,
            [
                "claudectl budget raise --session 3f2a --to 7",
                "claudectl budget raise --fanout 3f2a --to 0.7",
                r"claudectl budget raise --project 'it'\''s mine; rm -rf' --to 7",
                "claudectl budget raise --day --to 1.25",
                "claudectl budget raise --week --to 290",
            ]
        );
        proptest::proptest!(|(spent in 0_i64..10_i64.pow(16), limit in 1_i64..10_i64.pow(16))| {
            let (spent, limit) = (Usd::from_pico(spent.into()), Usd::from_pico(limit.into()));
            let to = enough(spent, limit);
            assert!(to > spent && to > limit);
        });
    }

    #[test]
    fn what_has_no_price_is_told_with_each_budget_that_it_is_spent_of() {
        let some = |model: &str, responses| {
            let mut unpriced = Unpriced::default();
            unpriced.add(model, responses);
            unpriced
        };
        let span = |unpriced| Span { until: 10, unpriced, ..Span::default() };
        let totals = Totals {
            day: span(some("d", 1)),
            week: span(some("w", 2)),
            month: span(Unpriced::default()),
            projects_unpriced: [("/w".to_owned(), some("p", 3))].into(),
            ..Totals::default()
        };
        let known = Metered {
            project: "/w".to_owned(),
            unpriced: some("s", 4),
            fanout_unpriced: some("f", 5),
            ..Metered::default()
        };
        let one = Some(usd(1.0));
        let limits =
            Limits { session: one, project: one, day: one, week: one, fanout: one, warn_at_percent: 80 };
        let (budgets, since) = (Budgets { limits, ..Budgets::default() }, Since::default());
        let told = |now| {
            let account =
                Account { session: "s", here: "", totals: &totals, known: Some(&known), since: &since, now };
            Scope::ALL.map(|scope| account.standing(scope, &budgets).unwrap().unpriced.responses())
        };
        assert_eq!(told(5), [4, 5, 3, 1, 2]);
        assert_eq!(told(15), [4, 5, 0, 0, 0], "these are over");
    }

    #[test]
    fn a_budget_is_near_where_one_response_may_cross_it() {
        let (totals, since) = (Totals::default(), Since::default());
        let nears = |spent: f64, dearest: f64, limit: f64| {
            let known = Metered { usd: usd(spent), dearest: usd(dearest), ..Metered::default() };
            let limits = Limits { session: Some(usd(limit)), warn_at_percent: 80, ..Limits::default() };
            let budgets = Budgets { limits, ..Budgets::default() };
            let known = Some(&known);
            Account { session: "s", here: "", totals: &totals, known, since: &since, now: 0 }.nears(&budgets)
        };
        let table = [
            // (spent, dearest, near)
            (0.0, 0.0, true),
            (1.0, 0.5, false),
            (1.0, 9.0, true),
            (7.99, 0.01, false),
            (8.0, 0.01, true),
            (9.99, 0.01, true),
            (10.0, 5.0, false),
            (99.0, 5.0, false),
        ];
        for (spent, dearest, near) in table {
            assert_eq!(nears(spent, dearest, 10.0), near, "{spent} {dearest}");
        }
        let account = Account { session: "s", here: "", totals: &totals, known: None, since: &since, now: 0 };
        assert!(!account.nears(&Budgets::default()), "nothing is limited");
    }

    #[test]
    fn what_one_lacks_the_other_has() {
        let usd = |dollars: f64| Usd::from_dollars(dollars);
        let first = Limits { session: usd(1.0), warn_at_percent: 70, ..Limits::default() };
        let other = Limits { session: usd(2.0), day: usd(3.0), warn_at_percent: 80, ..Limits::default() };
        assert_eq!(first.or(other), Limits { day: usd(3.0), ..first });
    }

    #[test]
    fn the_limit_that_counts() {
        let usd = |dollars: f64| Usd::from_dollars(dollars).unwrap();
        let own = |scope, subject: &str, month: &str, raised, limit| Own {
            scope,
            subject: subject.to_owned(),
            month: month.to_owned(),
            raised,
            limit: usd(limit),
            at: 0,
        };
        let configured = Limits { session: Some(usd(5.0)), project: Some(usd(50.0)), ..Limits::default() };
        let budgets = Budgets {
            limits: configured,
            own: vec![
                own(Scope::Session, "tight", "", false, 1.0),
                own(Scope::Session, "raised", "", true, 7.0),
                own(Scope::Session, "both", "", false, 2.0),
                own(Scope::Session, "both", "", true, 3.0),
                own(Scope::Session, "raised below", "", true, 4.0),
                own(Scope::Project, "/w", "2026-11", true, 60.0),
                own(Scope::Fanout, "own", "", false, 0.5),
                own(Scope::Day, "2026-11-22", "", true, 9.0),
            ],
            lowered: Vec::new(),
        };
        let limit =
            |scope, subject: &str, month: &str| budgets.limit(scope, subject, month, "").map(Usd::dollars);
        for (subject, dollars) in
            [("any", 5.0), ("tight", 1.0), ("raised", 7.0), ("both", 3.0), ("raised below", 5.0)]
        {
            assert_eq!(limit(Scope::Session, subject, "2026-11"), Some(dollars), "{subject}");
        }
        assert_eq!(limit(Scope::Project, "/w", "2026-11"), Some(60.0));
        assert_eq!(limit(Scope::Project, "/w", "2026-12"), Some(50.0), "a raise ends with its month");
        assert_eq!(limit(Scope::Fanout, "own", ""), Some(0.5));
        assert_eq!(limit(Scope::Fanout, "other", ""), None);
        assert_eq!(limit(Scope::Day, "2026-11-22", ""), None, "nothing to raise");
        let any = Scope::ALL.map(|scope| budgets.limits_any(scope));
        assert_eq!(any, [true, true, true, false, false]);
        assert!(!budgets.is_empty() && Budgets::default().is_empty());
        let lowered = Limits { session: Some(usd(0.5)), fanout: Some(usd(0.2)), ..Limits::default() };
        let looser = Limits { session: Some(usd(500.0)), ..Limits::default() };
        let of_projects = vec![("/w".to_owned(), lowered), ("/x".to_owned(), looser)];
        let budgets = Budgets { lowered: of_projects, ..budgets };
        let limit = |scope, subject: &str, root: &str| {
            budgets.limit(scope, subject, "2026-11", root).map(Usd::dollars)
        };
        for (subject, root, dollars) in [
            ("any", "/w", 0.5),
            ("any", "/x", 5.0),
            ("any", "/other", 5.0),
            ("any", "", 5.0),
            ("tight", "/w", 1.0),
            ("raised", "/w", 7.0),
            ("raised below", "/w", 4.0),
        ] {
            assert_eq!(limit(Scope::Session, subject, root), Some(dollars), "{subject} {root}");
        }
        assert_eq!(limit(Scope::Fanout, "other", "/w"), Some(0.2), "it may set one where there is none");
        assert_eq!(limit(Scope::Project, "/w", "/w"), Some(60.0));
        let json = serde_json::to_string(&budgets).unwrap();
        assert_eq!(serde_json::from_str::<Budgets>(&json).unwrap(), budgets);
    }
}
