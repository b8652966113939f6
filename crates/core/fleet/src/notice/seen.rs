//! What one look showed, and what two of them say has happened.
//!
//! Most of what can be told is a *fact*: something that is so at a look, and goes on until it is not. A fact that was
//! so at the look before keeps its name, however the evidence for it changes meanwhile; one that was not is news. So
//! what falls below a limit and rises again is told again, and what only stays is not.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{TITLE_MOST, clean, cut, headline, label, text, title};
use super::{Event, Notice, Subject, id};
use crate::alarm::Alarm;
use crate::budget::{Alert, Level, Scope, level};
use crate::money::Usd;
use crate::reading::Quota;
use crate::session::{Conflict, Session};
use crate::status::{Source, State};

/// Where the last rows of a turn are younger than what is told of its end: after so long no other end will be told.
const SETTLED_MS: i64 = 5_000;

/// When a fact is one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rules {
    /// The context use that is high, in percent.
    pub context_pct: f64,
    /// The use of an account's limit that is high, in percent.
    pub quota_pct: f64,
    /// The share of a budget at which to warn, in percent.
    pub warn_at_percent: u32,
    /// What waits already at the first look is told.
    pub waiting_at_start: bool,
}

/// What is known of all sessions together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Budgets that are near or past; those of single sessions are left alone.
    pub alerts: Vec<Alert>,
    /// The month that projects' budgets are for: `2026-11`.
    pub month: String,
    /// The account's limits.
    pub quotas: Vec<Quota>,
}

/// Something that is so.
#[derive(Debug, Clone, PartialEq)]
struct Fact {
    event: Event,
    /// What exactly it is about: the same as long as it is the same fact.
    about: String,
    /// Another name that it may be known by.
    also: Option<String>,
    /// Since when, milliseconds since the epoch.
    since: i64,
    /// Of what follows a turn: the responses that came before it.
    messages: u64,
    /// Whose it is; of two sessions in conflict the smaller id. Empty for what is no session's.
    owner: String,
    /// Title and text of what is no session's; the text alone for what is.
    title: String,
    text: String,
}

/// One session at one look.
#[derive(Debug, Clone, PartialEq)]
struct One {
    /// Not redacted yet: most are never told of.
    subject: Subject,
    /// The process that runs it: one that is resumed is started anew.
    run: String,
    messages: u64,
    /// When the last row that tells of a turn was made.
    turned_at: Option<i64>,
    at: i64,
    /// The call that a dialog is about.
    asked: Option<String>,
    facts: Vec<Fact>,
}

/// What one look showed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    at: i64,
    sessions: BTreeMap<String, One>,
    /// What is no session's; `None` as long as nobody has worked it out.
    general: Option<Vec<Fact>>,
}

impl Seen {
    /// What a look at these sessions shows, after the look before. Clients that have not said which session they run
    /// are none.
    #[must_use]
    pub fn of(
        before: Option<&Self>,
        sessions: &[&Session],
        figures: Option<&Figures>,
        rules: &Rules,
        at: i64,
    ) -> Self {
        let named = sessions.iter().filter(|session| !session.id.starts_with("pid:"));
        let mut seen = Self { at, ..Self::default() };
        for session in named {
            let last = before.and_then(|before| before.sessions.get(&session.id));
            let one = One::of(session, rules, at).after(last);
            seen.sessions.insert(session.id.clone(), one);
        }
        let met = before.map(Self::conflicts).unwrap_or_default();
        for fact in seen.sessions.values_mut().flat_map(|one| &mut one.facts) {
            if fact.event == Event::ConflictDetected {
                match met.get(fact.about.as_str()) {
                    Some(known) => fact.also = Some((*known).to_owned()),
                    None => fact.also = Some(format!("{}@{at}", fact.about)),
                }
            }
        }
        let last = before.and_then(|before| before.general.as_deref()).unwrap_or_default();
        seen.general = figures.map(|figures| general(figures, rules, last, at));
        seen
    }

    /// Conflicts by what they are between, with the names under which they were told.
    fn conflicts(&self) -> BTreeMap<&str, &str> {
        let facts = self.sessions.values().flat_map(|one| &one.facts);
        let met = facts.filter(|fact| fact.event == Event::ConflictDetected);
        met.filter_map(|fact| Some((fact.about.as_str(), fact.also.as_deref()?))).collect()
    }

    /// A notice in the words of now, if what it tells is still so. A moment has passed as soon as it is told.
    #[must_use]
    pub fn renewed(&self, notice: &Notice) -> Option<Notice> {
        let is_it = |fact: &&Fact| fact.event == notice.event && fact.name() == notice.about;
        if !notice.event.lasts() {
            return None;
        }
        if notice.event == Event::Trigger {
            return Some(notice.clone());
        }
        let Some(session) = &notice.session else {
            let fact = self.general.iter().flatten().find(is_it)?;
            let fresh = of_nobody(fact, notice.at);
            return Some(Notice { title: fresh.title, text: fresh.text, ..notice.clone() });
        };
        // Either side of a conflict tells that it goes on.
        let own = self.sessions.get(&session.id).into_iter();
        let others = self.sessions.values().filter(|_| notice.event == Event::ConflictDetected);
        let (one, fact) = own.chain(others).find_map(|one| Some((one, one.facts.iter().find(is_it)?)))?;
        let fresh = one.notice(fact, None, notice.at);
        let previous_state = session.previous_state;
        let session = fresh.session.map(|session| Subject { previous_state, ..session });
        Some(Notice { title: fresh.title, text: fresh.text, session, ..notice.clone() })
    }
}

impl Fact {
    /// The name it is told under.
    fn name(&self) -> &str {
        match (self.event, &self.also) {
            // What it is between stays; when it began makes it another one.
            (Event::ConflictDetected, Some(named)) => named,
            _ => &self.about,
        }
    }

    fn of(event: Event, session: &Session, about: String, since: i64, text: String) -> Self {
        let owner = session.id.clone();
        Self {
            event,
            about,
            also: None,
            since,
            messages: session.messages,
            owner,
            title: String::new(),
            text,
        }
    }
}

impl One {
    fn of(session: &Session, rules: &Rules, at: i64) -> Self {
        let run = match (session.pid, session.process.start, session.started_at) {
            (Some(pid), Some(start), _) => format!("{pid}:{start}"),
            (.., started) => format!("at:{}", started.unwrap_or_default()),
        };
        Self {
            subject: subject(session),
            run,
            messages: session.messages,
            turned_at: session.turned_at,
            at,
            asked: session.asked.clone(),
            facts: facts(session, rules, at),
        }
    }

    /// The same, with what was so before under the names that it had.
    fn after(mut self, last: Option<&Self>) -> Self {
        let Some(last) = last else { return self };
        let facts = std::mem::take(&mut self.facts);
        let lately = self.turned_at.is_some_and(|turned| self.at - turned < SETTLED_MS);
        let undecided = self.is_ahead() && lately;
        let known = |fact: Fact| match last.facts.iter().find(|old| self.goes_on(&fact, last, old)) {
            Some(old) => Fact {
                about: old.about.clone(),
                also: old.also.clone(),
                since: old.since,
                messages: if undecided { old.messages } else { self.messages },
                ..fact
            },
            None => fact,
        };
        self.facts = facts.into_iter().map(known).collect();
        self
    }

    /// Whether a fact is the one that was so at the look before.
    fn goes_on(&self, fact: &Fact, last: &Self, old: &Fact) -> bool {
        let (was, is) = (&last.subject, &self.subject);
        fact.event == old.event
            && match fact.event {
                Event::NeedsInput => {
                    was.state == is.state
                        && match (&last.asked, &self.asked) {
                            (Some(old), Some(new)) => old == new,
                            // The registry renews its time without a change.
                            (None, None) => was.since == is.since || was.detail == is.detail,
                            // Which call it is about becomes known a moment after the dialog.
                            _ => was.since == is.since,
                        }
                }
                // A turn that began and ended between two looks has left responses, made after the one before it
                // had ended. Registry and transcript may tell of it one look apart, either of them first.
                Event::Waiting | Event::Error | Event::RateLimited | Event::Stalled => {
                    let is_another = match self.turned_at {
                        Some(turned) => turned > old.since && !self.is_ahead(),
                        None => was.since != is.since,
                    };
                    old.messages == self.messages || !is_another
                }
                Event::Idle | Event::ContextHigh => true,
                _ => false,
            }
    }

    /// Whether the transcript tells of a turn that was made after its end. Either its end is still to be told, or the
    /// client wrote the last rows a moment after telling it.
    fn is_ahead(&self) -> bool {
        self.turned_at.zip(self.subject.since).is_some_and(|(turned, since)| turned > since)
    }

    fn notice(&self, fact: &Fact, before: Option<&Self>, at: i64) -> Notice {
        let previous = before.map(|before| before.subject.state);
        let subject = Subject { previous_state: previous, ..cleaned(&self.subject) };
        let headline = match fact.title.as_str() {
            "" => headline(fact.event, &subject),
            other => clean(other),
        };
        let (about, also) = match fact.event {
            Event::ConflictDetected => (fact.name().to_owned(), None),
            _ => (fact.about.clone(), fact.also.as_deref().map(|also| id(fact.event, &fact.owner, also))),
        };
        Notice {
            id: id(fact.event, &fact.owner, &about),
            event: fact.event,
            at,
            test: false,
            title: title(&label(&subject), &headline),
            text: text(&clean(&fact.text)),
            session: Some(subject),
            also,
            about,
            since: fact.since.min(at),
        }
    }

    /// A moment of this session.
    fn moment(&self, event: Event, about: &str, before: Option<&Self>, at: i64) -> Notice {
        let text = match event {
            Event::SessionStart => self.subject.cwd.clone().unwrap_or_default(),
            Event::Finished => {
                let cost = Usd::from_dollars(self.subject.cost_usd).unwrap_or_default();
                let how = self.subject.detail.as_deref().map(|detail| format!("{detail}, "));
                format!("{}{cost}", how.unwrap_or_default())
            }
            _ => self.subject.detail.clone().unwrap_or_default(),
        };
        let fact = Fact {
            event,
            about: about.to_owned(),
            also: None,
            since: at,
            messages: self.messages,
            owner: self.subject.id.clone(),
            title: String::new(),
            text,
        };
        self.notice(&fact, before, at)
    }

    fn has_ended(&self) -> bool {
        self.subject.state == State::Finished
    }

    /// As it is when it is not there any more and nothing says how it ended.
    fn ended(&self) -> Self {
        let subject = Subject {
            state: State::Finished,
            pid: None,
            source: Source::Process,
            detail: None,
            since: None,
            ..self.subject.clone()
        };
        Self { subject, facts: Vec::new(), ..self.clone() }
    }
}

/// What has happened between two looks. At the first one nothing is news, but for what waits, if `rules` say so.
#[must_use]
pub fn news(before: Option<&Seen>, now: &Seen, rules: &Rules) -> Vec<Notice> {
    let Some(before) = before else { return at_start(now, rules) };
    let mut found = Vec::new();
    for (sid, one) in &now.sessions {
        happened(before.sessions.get(sid), one, now.at, &mut found);
    }
    for (sid, last) in &before.sessions {
        if !now.sessions.contains_key(sid) {
            happened(Some(last), &last.ended(), now.at, &mut found);
        }
    }
    if let (Some(last), Some(facts)) = (&before.general, &now.general) {
        let new = facts.iter().filter(|fact| !last.iter().any(|old| same(old, fact)));
        found.extend(new.map(|fact| of_nobody(fact, now.at)));
    }
    // Both sides of a conflict tell of it.
    let mut ids = BTreeSet::new();
    found.retain(|notice| ids.insert(notice.id.clone()));
    found
}

fn at_start(now: &Seen, rules: &Rules) -> Vec<Notice> {
    let waits = |one: &&One| rules.waiting_at_start && !one.has_ended();
    let each = now.sessions.values().filter(waits).flat_map(|one| {
        let asks = one.facts.iter().filter(|fact| matches!(fact.event, Event::NeedsInput | Event::GateAlarm));
        asks.map(|fact| one.notice(fact, None, now.at))
    });
    each.collect()
}

fn same(old: &Fact, new: &Fact) -> bool {
    old.event == new.event && old.name() == new.name()
}

fn happened(last: Option<&One>, now: &One, at: i64, found: &mut Vec<Notice>) {
    let ran = last.filter(|last| !last.has_ended());
    if ran.is_none() && (last.is_none() || !now.has_ended()) {
        found.push(now.moment(Event::SessionStart, &now.run, last, at));
    }
    if let Some(last) = last.filter(|last| last.subject.state != now.subject.state) {
        let (was, is) = (last.subject.state.word(), now.subject.state.word());
        let about = format!("{was}>{is}@{}", now.subject.since.unwrap_or(at));
        found.push(now.moment(Event::StatusChange, &about, Some(last), at));
    }
    if now.has_ended() {
        if ran.is_some() || last.is_none() {
            // Whose process is gone does not say any more which it was.
            let run = ran.map_or(&now.run, |last| &last.run);
            found.push(now.moment(Event::Finished, run, last, at));
        }
        return;
    }
    for fact in &now.facts {
        let told = match ran {
            Some(last) => last.facts.iter().any(|old| same(old, fact)),
            // How a session that is resumed was left is no news.
            None => matches!(
                fact.event,
                Event::Waiting | Event::Idle | Event::Error | Event::RateLimited | Event::Stalled
            ),
        };
        if !told {
            found.push(now.notice(fact, last, at));
        }
    }
}

/// That a trigger has done something to a session: in a few words, and what exactly.
#[must_use]
pub fn triggered(
    session: &Session,
    (trigger, time): (&str, u32),
    headline: &str,
    text: &str,
    at: i64,
) -> Notice {
    let about = format!("{trigger}#{time}");
    let fact = Fact::of(Event::Trigger, session, about, at, text.to_owned());
    by_itself(session, &Fact { title: headline.to_owned(), ..fact }, at)
}

/// Alarms of a session that is over, and so in no look. They have the names that they would have had in one.
#[must_use]
pub fn alarmed(session: &Session, at: i64) -> Vec<Notice> {
    let fact = |alarm: &Alarm| {
        let since = alarm.at.unwrap_or(at);
        by_itself(session, &Fact::of(Event::GateAlarm, session, alarm.key(), since, alarm.words()), at)
    };
    session.gate.alarms.iter().map(fact).collect()
}

/// That what a language model says of calls is not to be relied on, for it did not warn of one that is known to be bad.
/// Each time that this was found, at `since`, is a fact of its own.
#[must_use]
pub fn model_alarm(why: &str, since: i64, at: i64) -> Notice {
    let about = format!("model:{since}");
    Notice {
        id: id(Event::GateAlarm, "", &about),
        event: Event::GateAlarm,
        at,
        test: false,
        title: "language model: not to be relied on".to_owned(),
        text: text(&clean(why)),
        session: None,
        also: None,
        about,
        since,
    }
}

/// A fact that no look shows.
fn by_itself(session: &Session, fact: &Fact, at: i64) -> Notice {
    let one = One {
        subject: subject(session),
        run: String::new(),
        messages: session.messages,
        turned_at: session.turned_at,
        at,
        asked: None,
        facts: Vec::new(),
    };
    one.notice(fact, None, at)
}

fn of_nobody(fact: &Fact, at: i64) -> Notice {
    Notice {
        id: id(fact.event, "", &fact.about),
        event: fact.event,
        at,
        test: false,
        title: cut(&clean(&fact.title), TITLE_MOST),
        text: text(&clean(&fact.text)),
        session: None,
        also: None,
        about: fact.about.clone(),
        since: at,
    }
}

/// What is so of a session.
fn facts(session: &Session, rules: &Rules, at: i64) -> Vec<Fact> {
    let since = session.status.since.unwrap_or(at);
    let detail = || session.status.detail.clone().unwrap_or_default();
    let fact = |event, about, since, text| Fact::of(event, session, about, since, text);
    let mut found = Vec::new();
    let event = match session.status.state {
        State::NeedsPermission | State::NeedsAnswer => Some(Event::NeedsInput),
        State::Waiting => Some(Event::Waiting),
        // One that has had no turn yet does not wait for its next.
        State::Idle if session.messages > 0 => Some(Event::Idle),
        State::Error => Some(Event::Error),
        State::RateLimited => Some(Event::RateLimited),
        State::Stalled => Some(Event::Stalled),
        _ => None,
    };
    let by_time = format!("at:{since}");
    if let Some(event) = event {
        let asked = session.asked.as_ref().filter(|_| event == Event::NeedsInput);
        let also = asked.map(|_| by_time.clone());
        let about = asked.map_or(by_time, |call| format!("call:{call}"));
        found.push(Fact { also, ..fact(event, about, since, detail()) });
    }
    if session.context.pct.is_some_and(|pct| pct >= rules.context_pct) {
        let tokens = session.context.tokens.zip(session.context.max);
        let text = tokens.map(|(tokens, max)| format!("{tokens} of {max} tokens")).unwrap_or_default();
        found.push(fact(Event::ContextHigh, format!("at:{at}"), at, text));
    }
    let cost = &session.cost;
    if let (Some(limit), Some(level)) = (cost.budget_usd, cost.budget_level) {
        let text = format!("{} of {limit} for the session", spent_of(cost.usd, level));
        found.extend(over(level, "session", limit).map(|(event, about)| fact(event, about, at, text)));
    }
    if let Some(limit) = cost.fanout_budget_usd {
        let spent: Usd = session.subagents.iter().map(|agent| agent.cost_usd).sum();
        let unpriced = u64::from(cost.fanout_level == Some(Level::Unknown));
        let level = level(spent, unpriced, limit, rules.warn_at_percent);
        let text = format!("{} of {limit} for its subagents", spent_of(spent, level));
        found.extend(over(level, "fan-out", limit).map(|(event, about)| fact(event, about, at, text)));
    }
    found.extend(session.conflicts.iter().map(|conflict| meets(session, conflict, at)));
    let alarms = session.gate.alarms.iter();
    found.extend(
        alarms.map(|alarm| fact(Event::GateAlarm, alarm.key(), alarm.at.unwrap_or(at), alarm.words())),
    );
    found
}

/// What was spent, as far as it has a price.
fn spent_of(spent: Usd, level: Level) -> String {
    if level == Level::Unknown {
        format!("at least {spent} (a model has no price)")
    } else {
        spent.to_string()
    }
}

/// A budget that is near or past, or of which nobody knows: what is told, and about what.
fn over(level: Level, of: &str, limit: Usd) -> Option<(Event, String)> {
    let event = match level {
        Level::Ok => return None,
        // It may come near after that, too.
        Level::Unknown => return Some((Event::BudgetWarning, format!("{of}?:{}", limit.exact()))),
        Level::Warning => Event::BudgetWarning,
        Level::Exceeded => Event::BudgetExceeded,
    };
    Some((event, format!("{of}:{}", limit.exact())))
}

fn meets(session: &Session, conflict: &Conflict, at: i64) -> Fact {
    let other = conflict.with.as_str();
    let is_session = matches!(conflict.kind, "worktree" | "file");
    let (owner, second) = match is_session && other < session.id.as_str() {
        true => (other, session.id.as_str()),
        false => (session.id.as_str(), other),
    };
    let short: String = if is_session { other.chars().take(8).collect() } else { other.to_owned() };
    let path = &conflict.path;
    let text = match conflict.kind {
        "worktree" => format!("with {short}: both work in {path}"),
        "file" => format!("with {short}: both changed {path}"),
        "session" => format!("{short} has the same session open"),
        _ => format!("its branch was changed by {short} in {path}"),
    };
    Fact {
        about: format!("{}|{path}|{owner}|{second}", conflict.kind),
        owner: owner.to_owned(),
        ..Fact::of(Event::ConflictDetected, session, String::new(), at, text)
    }
}

/// What is so of all sessions together.
fn general(figures: &Figures, rules: &Rules, last: &[Fact], at: i64) -> Vec<Fact> {
    let of_all = figures.alerts.iter().filter_map(|alert| of_alert(alert, &figures.month, at));
    let high = figures
        .quotas
        .iter()
        .filter(|quota| quota.limit.used_at(at).is_some_and(|used| used >= rules.quota_pct));
    of_all.chain(high.map(|quota| of_quota(quota, last, at))).collect()
}

fn of_alert(alert: &Alert, month: &str, at: i64) -> Option<Fact> {
    let (what, period) = match alert.scope {
        Scope::Day => ("today".to_owned(), String::new()),
        Scope::Week => ("this week".to_owned(), String::new()),
        Scope::Project => (format!("{} this month", alert.subject), format!("@{month}")),
        // Sessions say that themselves.
        Scope::Session | Scope::Fanout => return None,
    };
    let scope = format!("{}:{}{period}", alert.scope.word(), alert.subject);
    let (event, about) = over(alert.level, &scope, alert.limit)?;
    let how = match alert.level {
        Level::Exceeded => "over budget",
        Level::Unknown => "budget not known",
        Level::Warning | Level::Ok => "near budget",
    };
    Some(Fact {
        event,
        about,
        also: None,
        since: at,
        messages: 0,
        owner: String::new(),
        title: format!("{how}: {what}"),
        text: format!("{} of {}", spent_of(alert.spent, alert.level), alert.limit),
    })
}

fn of_quota(quota: &Quota, last: &[Fact], at: i64) -> Fact {
    let (limit, owner) = (&quota.limit, format!("quota:{}", quota.limit.window));
    let minute = limit.resets_at.map(|resets| resets.div_euclid(60_000));
    let named = |minute: i64| format!("{owner}@{minute}");
    let known = last.iter().find(|old| {
        let of_it = old.event == Event::QuotaHigh && old.owner == owner;
        // When it begins anew is told with some seconds to and fro.
        of_it && minute.is_none_or(|at| (at - 1..=at + 1).any(|minute| old.about == named(minute)))
    });
    let about = known.map_or_else(|| named(minute.unwrap_or(at)), |old| old.about.clone());
    Fact {
        event: Event::QuotaHigh,
        about,
        also: None,
        since: at,
        messages: 0,
        owner,
        title: format!("limit {}: {} used", limit.short(), limit.used_word(at)),
        text: "of the whole account".to_owned(),
    }
}

fn subject(session: &Session) -> Subject {
    let tokens = &session.tokens;
    Subject {
        id: session.id.clone(),
        name: session.name.clone(),
        project: session.project.clone(),
        project_path: session.project_path.clone(),
        cwd: session.cwd.clone(),
        branch: session.branch.clone(),
        model: session.model.clone(),
        pid: session.pid,
        state: session.status.state,
        previous_state: None,
        source: session.status.source,
        detail: session.status.detail.clone(),
        since: session.status.since,
        started_at: session.started_at,
        cost_usd: session.cost.usd.dollars(),
        context_pct: session.context.pct,
        tokens_in: tokens.input + tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h,
        tokens_out: tokens.output,
    }
}

fn cleaned(raw: &Subject) -> Subject {
    let line = |text: &Option<String>| text.as_deref().map(clean);
    Subject {
        id: clean(&raw.id),
        name: line(&raw.name),
        project: clean(&raw.project),
        project_path: line(&raw.project_path),
        cwd: line(&raw.cwd),
        branch: line(&raw.branch),
        model: line(&raw.model),
        detail: line(&raw.detail).map(|detail| text(&detail)),
        ..raw.clone()
    }
}
