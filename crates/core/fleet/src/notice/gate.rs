//! Whether a notice is told: what somebody wants to hear of, and when.

use std::fmt;

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Event, Notice};
use crate::status::State;

/// Hours of the day in which nothing is told, in local time. They may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from: Time,
    to: Time,
}

impl Quiet {
    /// From `22:00-07:00`. `None` if it is not written so, or empty.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let time = |text: &str| {
            let (hours, minutes) = text.trim().split_once(':')?;
            let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = |text: &str| text.parse().ok().filter(|_| digits(text));
            Time::new(number(hours)?, number(minutes)?, 0, 0).ok()
        };
        let (from, to) = (time(from)?, time(to)?);
        (from != to).then_some(Self { from, to })
    }

    /// When the quiet hours end that run at a moment; `None` if none do. Where clocks go back over their end, they end
    /// the first time; where clocks jump over it, right after.
    #[must_use]
    pub fn end(&self, now: i64, zone: &TimeZone) -> Option<i64> {
        let local = zone.to_datetime(Timestamp::from_millisecond(now).ok()?);
        let (date, time) = (local.date(), local.time());
        let over_midnight = self.from > self.to;
        let (runs, day) = match over_midnight {
            false => (self.from <= time && time < self.to, date),
            true if time >= self.from => (true, date.checked_add(1.day()).ok()?),
            true => (time < self.to, date),
        };
        let end = zone.to_timestamp(day.to_datetime(self.to)).ok()?.as_millisecond();
        (runs && end > now).then_some(end)
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
        write!(f, "{}-{}", hours(self.from), hours(self.to))
    }
}

/// Why a notice is not told, or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It did not last long enough.
    MinWait,
    /// It was over before anybody knew what it asks.
    Wordless,
    /// Quiet hours.
    QuietHours,
    /// The same event of the same session was told just before.
    Cooldown,
    /// Of a project that is left out.
    Project,
    /// Of a status that is left out.
    Status,
    /// It is a guess.
    Inferred,
}

impl Reason {
    /// Why, in words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::MinWait => "it was over before min_wait",
            Self::Wordless => "it was over before its call was known",
            Self::QuietHours => "quiet hours",
            Self::Cooldown => "cooldown",
            Self::Project => "project is left out",
            Self::Status => "status is left out",
            Self::Inferred => "inferred",
        }
    }
}

/// What is done with a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is told.
    Send,
    /// It is told at that moment (milliseconds since the epoch), if it is still so; else not, for that reason.
    Later(i64, Reason),
    /// It is not told.
    Suppressed(Reason),
    /// Nobody has asked for it.
    Unwanted,
}

/// What one sink wants to hear of, and when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// These events.
    pub events: Vec<Event>,
    /// Only of sessions in these states; none: in all.
    pub statuses: Vec<State>,
    /// Only of these projects: names, or folders, which begin with `/`; none: of all.
    pub projects: Vec<String>,
    /// Not of these.
    pub projects_exclude: Vec<String>,
    /// So long after a notice, the same event of the same session is not told again, milliseconds.
    pub cooldown_ms: i64,
    /// What lasts is told once it has lasted so long, milliseconds.
    pub min_wait_ms: i64,
    /// Nothing is told in these hours.
    pub quiet: Option<Quiet>,
    /// Guesses, too.
    pub inferred: bool,
}

/// What a verdict goes by beside the notice and the filter.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// Now, milliseconds since the epoch.
    pub now: i64,
    /// Whose hours count.
    pub zone: &'a TimeZone,
    /// Since when it has been so.
    pub since: i64,
    /// When the same event of the same session was told last.
    pub last: Option<i64>,
}

/// That a dialog is open may be known before what it asks, which is worth a wait: it is told as soon as that is known.
/// A client on a busy machine writes the rows of a session's first turn this much later.
const WORDS_MS: i64 = 2_000;

impl Filter {
    /// What is to be done with a notice.
    #[must_use]
    pub fn verdict(&self, notice: &Notice, clock: Clock<'_>) -> Verdict {
        if !self.events.contains(&notice.event) {
            return Verdict::Unwanted;
        }
        if let Some(reason) = self.left_out(notice) {
            return Verdict::Suppressed(reason);
        }
        let lasts = notice.event.lasts();
        // What a trigger has done is not undone by waiting, and it is not done often.
        let done = notice.event == Event::Trigger;
        let wordless = notice.event == Event::NeedsInput && notice.text.is_empty();
        let wait = match lasts {
            true if done => 0,
            true if wordless => self.min_wait_ms.max(WORDS_MS),
            true => self.min_wait_ms,
            false => 0,
        };
        // A clock that was set back makes nothing wait for longer than it has to.
        let waited = clock.now.saturating_sub(clock.since).max(0);
        if waited < wait {
            let why = if waited < self.min_wait_ms { Reason::MinWait } else { Reason::Wordless };
            return Verdict::Later(clock.now.saturating_add(wait - waited), why);
        }
        let again = |last: i64| (0..self.cooldown_ms).contains(&clock.now.saturating_sub(last));
        let (reason, until) = match self.quiet.and_then(|quiet| quiet.end(clock.now, clock.zone)) {
            Some(end) => (Reason::QuietHours, end),
            None => match clock.last.filter(|last| again(*last) && !done) {
                Some(last) => (Reason::Cooldown, last.saturating_add(self.cooldown_ms)),
                None => return Verdict::Send,
            },
        };
        if lasts { Verdict::Later(until, reason) } else { Verdict::Suppressed(reason) }
    }

    fn left_out(&self, notice: &Notice) -> Option<Reason> {
        let Some(session) = &notice.session else { return None };
        let is = |entry: &String| match entry.strip_suffix('/').unwrap_or(entry) {
            folder if folder.starts_with('/') => {
                let below = |path: &String| {
                    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                session.project_path.iter().chain(&session.cwd).any(below)
            }
            name => name.to_lowercase() == session.project.to_lowercase(),
        };
        let wanted = self.projects.is_empty() || self.projects.iter().any(is);
        if !wanted || self.projects_exclude.iter().any(is) {
            return Some(Reason::Project);
        }
        if !self.statuses.is_empty() && !self.statuses.contains(&session.state) {
            return Some(Reason::Status);
        }
        // A stall is a conclusion whoever draws it, and a trigger says itself what it fits: to ask for it is to want that.
        let wanted = self.inferred || matches!(notice.event, Event::Stalled | Event::Trigger);
        (notice.is_inferred() && !wanted).then_some(Reason::Inferred)
    }
}
