//! Judges how a session fares, from the signals of its transcripts, its context and what it spent.
//!
//! A pure function from numbers to findings, each with the evidence that decided and what to do about it. All of
//! it goes by the times of rows and responses: nothing depends on how often, or since when, somebody looked.

mod measure;
mod thresholds;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use claudectl_transcript::time::Millis;
use serde::Serialize;

use crate::digest::Digest;
use crate::ledger::SLOT_MS;
use crate::money::{Usd, group_thousands};
use crate::session::Context;
use crate::signals::{Denial, Retry, Signals};
use crate::status::State;

pub use measure::Spending;
use measure::{Edits, Loop, RECENT_EDITS, Trend, hours, number, ratio};
pub use thresholds::{Percent, Score, Thresholds};

/// Every check, by the name that findings and the configuration know it by.
pub const CHECKS: &[&str] = &[
    CACHE,
    COST_SPIKE,
    LOOP,
    STALL,
    CONTEXT,
    DECAY,
    ERRORS,
    REPETITION,
    COMPACT,
    EFFICIENCY,
    GUARD_GAP,
    DENIED_RETRY,
    SECRET,
];

const CACHE: &str = "cache";
const COST_SPIKE: &str = "cost-spike";
const LOOP: &str = "loop";
const STALL: &str = "stall";
const CONTEXT: &str = "context";
const DECAY: &str = "decay";
const ERRORS: &str = "errors";
const REPETITION: &str = "repetition";
const COMPACT: &str = "compact";
const EFFICIENCY: &str = "efficiency";
const GUARD_GAP: &str = "guard-gap";
const DENIED_RETRY: &str = "denied-retry";
const SECRET: &str = "secret";

const MINUTE_MS: i64 = 60_000;
/// What was tried again longer ago than this is history.
const RETRY_MS: i64 = 24 * 60 * MINUTE_MS;
/// A session has an average once so many quarters of an hour with responses lie behind it.
const SPIKE_SLOTS: u64 = 4;
/// A rate of so many responses is one.
const SPIKE_RESPONSES: u64 = 3;

/// How much a finding matters; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warning,
    /// Worth stopping for.
    Critical,
}

impl Severity {
    /// As in output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check, one of [`CHECKS`].
    pub check: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was found, in a few words.
    pub message: String,
    /// The numbers that decided.
    pub evidence: String,
    /// What to do.
    pub advice: &'static str,
}

/// How far a session has decayed, in parts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Decay {
    /// From a full context, 0 to 40.
    pub context: f64,
    /// From errors that grow more, 0 to 25.
    pub errors: f64,
    /// From edits that take more tokens, 0 to 20.
    pub efficiency: f64,
    /// From reading the same again, 0 to 15.
    pub repetition: f64,
}

impl Decay {
    /// The sum, 0 to 100.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 100, and no number is 0"
    )]
    pub fn score(&self) -> Score {
        Score((self.context + self.errors + self.efficiency + self.repetition).clamp(0.0, 100.0).round() as u8)
    }
}

/// Calls by the transcript and calls that the guard saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Tool calls in the transcripts since the guard stands there.
    pub calls: u64,
    /// Of these, those that the gate was asked about.
    pub seen: u64,
}

/// What is known of a session.
#[derive(Debug, Clone)]
pub struct HealthInput<'a> {
    /// What it is doing.
    pub state: State,
    /// Its own transcript.
    pub own: Option<&'a Digest>,
    /// Its subagents'.
    pub subagents: Vec<&'a Digest>,
    /// Its context window.
    pub context: &'a Context,
    /// What it spent.
    pub spending: Spending,
    /// Calls that the guard did not see; `None` where no guard stands.
    pub gap: Option<Gap>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The worst first.
    pub findings: Vec<Finding>,
    /// How far the session has decayed.
    pub decay: Decay,
}

/// When a session last got on, by its own transcript and its subagents'.
#[must_use]
pub fn progress_at<'a>(digests: impl Iterator<Item = &'a Digest>) -> Option<Millis> {
    digests.filter_map(|digest| digest.signals.progress_at).max()
}

/// Makes every check that is not switched off.
#[must_use]
pub fn check(input: &HealthInput<'_>, limits: &Thresholds, now: Millis) -> Report {
    let checks = Checks { input, limits, now, trend: Trend::of(input), edits: Edits::of(input) };
    let decay = checks.decay();
    let mut findings: Vec<Finding> = [
        checks.cache(),
        checks.cost_spike(),
        checks.looping(),
        checks.stall(),
        checks.context(),
        checks.decayed(&decay),
        checks.errors(),
        checks.repetition(),
        checks.compact(),
        checks.efficiency(),
        checks.guard_gap(),
        checks.denied_retry(),
        checks.secret(),
    ]
    .into_iter()
    .flatten()
    .filter(|finding| !limits.off.contains(finding.check))
    .collect();
    // Checks of one severity stay in their order.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Report { findings, decay }
}

struct Checks<'a> {
    input: &'a HealthInput<'a>,
    limits: &'a Thresholds,
    now: Millis,
    trend: Option<Trend>,
    edits: Option<Edits>,
}

impl Checks<'_> {
    fn cache(&self) -> Option<Finding> {
        let (spending, limits) = (&self.input.spending, self.limits);
        let all = spending.prompt_tokens;
        if all == 0 || all < limits.cache_min_tokens || spending.prompt_responses < limits.cache_min_responses
        {
            return None;
        }
        let part = ratio(spending.cache_read, all) * 100.0;
        let severity = below(
            part,
            &[(limits.cache_critical, Severity::Critical), (limits.cache_warning, Severity::Warning)],
        )?;
        match self.input.own.map_or((0, 0), |own| own.signals.soon_after_another()) {
            (responses, soon) if soon.saturating_mul(2) < responses => return Some(paused(responses, soon)),
            // The first fills the cache.
            (1.., soon) if soon.saturating_add(1) < limits.cache_min_responses => return None,
            _ => {}
        }
        Some(Finding {
            check: CACHE,
            severity,
            message: format!("only {part:.0} % of the prompt comes from the cache"),
            evidence: format!(
                "{} of {} prompt tokens in {} responses of its latest active hour",
                count(spending.cache_read),
                count(all),
                spending.prompt_responses
            ),
            advice: "see what changes the beginning of each prompt (tools, CLAUDE.md, a gateway without caching); \
                     work in longer stretches",
        })
    }

    fn cost_spike(&self) -> Option<Finding> {
        let (spending, limits) = (&self.input.spending, self.limits);
        let sampled = spending.earlier_slots >= SPIKE_SLOTS && spending.recent_responses >= SPIKE_RESPONSES;
        if !sampled || spending.recent < limits.cost_spike_min || spending.earlier <= Usd::ZERO {
            return None;
        }
        let usual = spending.earlier.dollars() / (number(spending.earlier_slots) * hours(SLOT_MS));
        let rate = spending.recent.dollars() / spending.recent_hours;
        let times = rate / usual;
        let severity = match times {
            _ if times > limits.cost_spike_critical => Severity::Critical,
            _ if times > limits.cost_spike_warning => Severity::Warning,
            _ => return None,
        };
        Some(Finding {
            check: COST_SPIKE,
            severity,
            message: format!("spends ${rate:.2} an hour, {times:.1} times its average"),
            evidence: format!(
                "{} in {} responses of the last {:.0} minutes; before, {} in {} active quarters of an hour (${usual:.2} an hour)",
                spending.recent,
                spending.recent_responses,
                spending.recent_hours * 60.0,
                spending.earlier,
                spending.earlier_slots
            ),
            advice: "see what it started (subagents, a larger model, a context that is read anew), and stop it if \
                     that was not meant",
        })
    }

    fn looping(&self) -> Option<Finding> {
        let window =
            i64::try_from(self.limits.loop_window_minutes).unwrap_or(i64::MAX).saturating_mul(MINUTE_MS);
        let worst = self
            .signals()
            .filter_map(|signals| Loop::of(signals, window))
            .max_by_key(|found| found.weight)?;
        if worst.weight < self.limits.loop_max_calls {
            return None;
        }
        let changes = if worst.edits == 0 {
            "nothing was changed in between".to_owned()
        } else {
            format!("{} between them, which count half", plural(worst.edits.into(), "change"))
        };
        Some(Finding {
            check: LOOP,
            severity: Severity::Warning,
            message: format!("the same {} call failed {} times in the same way", worst.tool, worst.times),
            evidence: format!(
                "{} failures in {}, {changes}; threshold {}",
                worst.times,
                match worst.span_ms / MINUTE_MS {
                    0 => "less than a minute".to_owned(),
                    minutes => plural(minutes.unsigned_abs(), "minute"),
                },
                self.limits.loop_max_calls
            ),
            advice: "interrupt, and say what is wrong or which other way to take",
        })
    }

    fn stall(&self) -> Option<Finding> {
        let own = &self.input.own?.signals;
        let running = matches!(self.input.state, State::Working | State::Stalled);
        let quiet = self.quiet_ms(own) / MINUTE_MS;
        let spent = self.input.spending.since_progress;
        let long = u64::try_from(quiet).is_ok_and(|quiet| quiet >= self.limits.stall_min_minutes);
        if !running || !long || spent < self.limits.stall_min {
            return None;
        }
        let last = self.signals().max_by_key(|signals| signals.progress_at)?;
        let ago = last.progress_at.map_or(0, |at| self.now.saturating_sub(at).max(0) / MINUTE_MS);
        Some(Finding {
            check: STALL,
            severity: Severity::Warning,
            message: format!("active for {quiet} minutes and no step further"),
            evidence: format!(
                "at least {spent} since the last sign of progress ({}, {ago} minutes ago): no file changed or newly \
                 read, no new command, no commit, no change of plan",
                last.progress.words()
            ),
            advice: "look at what it is trying; a narrower task, or a hint, gets it on",
        })
    }

    /// Activity since the session last got on. Where a subagent did, it cannot be more than the time since then.
    fn quiet_ms(&self, own: &Signals) -> i64 {
        let progress = self.signals().filter_map(|signals| signals.progress_at).max();
        let since = own.seen_at().zip(progress).map(|(seen, progress)| seen.saturating_sub(progress).max(0));
        since.map_or(own.quiet_ms, |since| own.quiet_ms.min(since))
    }

    fn context(&self) -> Option<Finding> {
        let pct = self.context_pct()?;
        let (severity, word) = match pct {
            _ if pct >= self.limits.context_critical.into() => (Severity::Critical, "full"),
            _ if pct >= self.limits.context_warning.into() => (Severity::Warning, "nearly full"),
            _ => return None,
        };
        Some(Finding {
            check: CONTEXT,
            severity,
            message: format!("its context is {word} ({pct:.0} %)"),
            evidence: self.context_evidence(),
            advice: "/compact now, with a word on what to keep, or hand over to a new session",
        })
    }

    fn compact(&self) -> Option<Finding> {
        let pct = self.context_pct()?;
        let worth = pct >= self.limits.compact_context.into() && pct < self.limits.context_warning.into();
        worth.then(|| Finding {
            check: COMPACT,
            severity: Severity::Info,
            message: format!("its context is used to {pct:.0} %"),
            evidence: self.context_evidence(),
            advice: "/compact at the next good moment, before it has to be done in the middle of something",
        })
    }

    /// Context use; `None` where the window's size is only a guess, or nothing is known.
    fn context_pct(&self) -> Option<f64> {
        self.input.context.max?;
        self.input.context.pct.filter(|pct| pct.is_finite())
    }

    fn context_evidence(&self) -> String {
        let context = self.input.context;
        let shown = |tokens: Option<u64>| tokens.map_or_else(|| "?".to_owned(), count);
        format!("{} of {} tokens", shown(context.tokens), shown(context.max))
    }

    fn decay(&self) -> Decay {
        let over = |ratio: f64| (ratio - 1.0).clamp(0.0, 1.0);
        let repeated = self.repeated().map_or(0, |(times, _)| times);
        Decay {
            context: self.context_pct().map_or(0.0, |pct| ((pct - 40.0) / 60.0).clamp(0.0, 1.0) * 40.0),
            errors: self.trend_enough().map_or(0.0, |trend| over(trend.times()) * 25.0),
            efficiency: self.edits_enough().map_or(0.0, |edits| over(edits.times()) * 20.0),
            repetition: if repeated >= 2 { (f64::from(repeated - 1) / 4.0).min(1.0) * 15.0 } else { 0.0 },
        }
    }

    fn decayed(&self, decay: &Decay) -> Option<Finding> {
        let score = decay.score();
        let (severity, word) = match score {
            _ if score >= self.limits.decay_critical => (Severity::Critical, "far"),
            _ if score >= self.limits.decay_warning => (Severity::Warning, "clearly"),
            _ if score >= self.limits.decay_info => (Severity::Info, "a little"),
            _ => return None,
        };
        Some(Finding {
            check: DECAY,
            severity,
            message: format!("it has decayed {word} (score {} of 100)", score.0),
            evidence: format!(
                "context {:.0} of 40, errors {:.0} of 25, tokens per edit {:.0} of 20, reading again {:.0} of 15",
                decay.context, decay.errors, decay.efficiency, decay.repetition
            ),
            advice: match score.0 {
                0..50 => "/compact with a word on what matters",
                50..70 => "/compact, and check that it still knows what it is doing",
                _ => "have it write down where it stands, and go on in a new session",
            },
        })
    }

    /// A trend that is none by chance.
    fn trend_enough(&self) -> Option<&Trend> {
        self.trend
            .as_ref()
            .filter(|trend| trend.is_sure() && trend.recent.1 >= self.limits.error_accel_min_errors)
    }

    fn errors(&self) -> Option<Finding> {
        let trend = self.trend_enough()?;
        (trend.times() > self.limits.error_accel_factor).then(|| Finding {
            check: ERRORS,
            severity: Severity::Warning,
            message: format!("its calls fail {:.1} times as often as before", trend.times()),
            evidence: format!(
                "{} of the latest {} calls failed, {} of the {} before (weighed with one in ten)",
                trend.recent.1, trend.recent.0, trend.earlier.1, trend.earlier.0
            ),
            advice: "see the failures in `claudectl show`; one cause is often behind all of them",
        })
    }

    fn repetition(&self) -> Option<Finding> {
        let (times, what) = self.repeated()?;
        (u64::from(times) >= self.limits.repetition_threshold).then(|| Finding {
            check: REPETITION,
            severity: Severity::Warning,
            message: format!("it reads the same again and again ({times} times)"),
            evidence: format!(
                "{what}, which no call of its own changed, since the last prompts and compaction"
            ),
            advice: "it may have lost the thread: say what it is after, or /compact",
        })
    }

    fn repeated(&self) -> Option<(u32, &str)> {
        self.signals().filter_map(Signals::most_repeated).max_by_key(|(times, _)| *times)
    }

    /// The same for what edits take.
    fn edits_enough(&self) -> Option<&Edits> {
        self.edits.as_ref().filter(|edits| edits.is_sure() && edits.all >= self.limits.efficiency_min_edits)
    }

    fn efficiency(&self) -> Option<Finding> {
        let edits = self.edits_enough()?;
        (edits.times() > self.limits.efficiency_factor).then(|| Finding {
            check: EFFICIENCY,
            severity: Severity::Warning,
            message: format!("an edit takes {:.1} times as many tokens as before", edits.times()),
            evidence: format!(
                "the last {RECENT_EDITS} took {} tokens (median, output and uncached input without what they write), the {} before {}",
                count(edits.recent),
                edits.all - RECENT_EDITS as u64,
                count(edits.earlier)
            ),
            advice: "split the task, or /compact and say what is left to do",
        })
    }

    fn guard_gap(&self) -> Option<Finding> {
        let Gap { calls, seen } = self.input.gap?;
        let missed = calls.saturating_sub(seen);
        (missed > 0 && missed >= self.limits.guard_gap_min_calls).then(|| Finding {
            check: GUARD_GAP,
            severity: if seen == 0 { Severity::Critical } else { Severity::Warning },
            message: format!("{} did not pass the guard", plural(missed, "tool call")),
            evidence: format!("{calls} calls in its transcripts, {seen} seen by the hook"),
            advice: "`claudectl doctor` says whether the hooks are in place and run",
        })
    }

    fn denied_retry(&self) -> Option<Finding> {
        let since =
            self.signals().filter_map(Signals::seen_at).max().unwrap_or(self.now).saturating_sub(RETRY_MS);
        let tried = |denial| recent_retry(denial, since).map(|retry| (denial, retry));
        let all: Vec<(&Denial, &Retry)> =
            self.signals().flat_map(|signals| signals.denials.iter().filter_map(tried)).collect();
        let (denial, retry) =
            all.iter().max_by_key(|(_, retry)| (retry.around && retry.through, retry.at))?;
        let severity = if retry.around && retry.through { Severity::Critical } else { Severity::Warning };
        let with = if retry.around { format!(" with {}", retry.tool) } else { String::new() };
        let outcome = if retry.through { "and it went through" } else { "in vain so far" };
        Some(Finding {
            check: DENIED_RETRY,
            severity,
            message: format!("what was denied ({}) was tried again{with}, {outcome}", denial.tool),
            evidence: format!(
                "{}: denied ({}), then {}; {} in its latest day",
                denial.target,
                denial.kind,
                retry.tool,
                plural(all.len() as u64, "such case")
            ),
            advice: "look at what it did; a goal that must not be reached needs a rule that covers every way",
        })
    }

    fn secret(&self) -> Option<Finding> {
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        let secrets = || self.signals().flat_map(|signals| &signals.secrets);
        for (kind, secret) in secrets() {
            let times: &mut u64 = kinds.entry(kind).or_default();
            *times = times.saturating_add(secret.count);
        }
        let (_, first) = secrets().min_by_key(|(_, secret)| secret.first_at.unwrap_or(Millis::MAX))?;
        let listed: Vec<String> = kinds.iter().map(|(kind, times)| format!("{kind} ({times})")).collect();
        let when =
            first.first_at.and_then(crate::session::rfc3339).map(|at| format!(", {at}")).unwrap_or_default();
        Some(Finding {
            check: SECRET,
            severity: Severity::Warning,
            message: format!(
                "its transcript holds {}",
                plural(kinds.values().copied().fold(0, u64::saturating_add), "secret")
            ),
            evidence: format!("{}; the first in {}{when}", listed.join(", "), first.place.words()),
            advice: "change what is real: it was sent to the model and stands in a file (`claudectl secrets scan` says \
                     where, and how to change it); keep it out by environment or a file that is not read",
        })
    }

    /// The session's own signals and its subagents'.
    fn signals(&self) -> impl Iterator<Item = &Signals> {
        self.input.own.into_iter().chain(self.input.subagents.iter().copied()).map(|digest| &digest.signals)
    }
}

/// A cache that is gone before the next prompt comes is no fault. Said where the greater part of the responses came too
/// late to find it.
fn paused(responses: u64, soon: u64) -> Finding {
    Finding {
        check: CACHE,
        severity: Severity::Info,
        message: "its pauses are longer than the cache lasts".to_owned(),
        evidence: format!(
            "{soon} of its latest {} came while the cache of the one before still stood",
            plural(responses, "response")
        ),
        advice: "nothing is wrong with it; prompts that follow sooner, or a cache of an hour where yours can be had, \
                 cost less",
    }
}

fn recent_retry(denial: &Denial, since: Millis) -> Option<&Retry> {
    denial.retry.as_ref().filter(|retry| retry.at.is_none_or(|at| at >= since))
}

fn below(value: f64, bounds: &[(Percent, Severity)]) -> Option<Severity> {
    bounds.iter().find(|(bound, _)| value < (*bound).into()).map(|(_, severity)| *severity)
}

fn count(number: u64) -> String {
    group_thousands(number.into())
}

fn plural(number: u64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
