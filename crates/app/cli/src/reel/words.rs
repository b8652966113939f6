//! What a reel says, on a screen and on a page.

use claudectl_fleet::beat::Note;
use claudectl_fleet::reel::{Output, Reel, Shot};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::spans::{Ink, clean};
use super::{Options, Subject};
use crate::format;

/// `read 12 files, searched 3 times`.
pub(super) fn looks(shot: &Shot) -> String {
    let Shot::Looks { files, searches, pages, commands } = shot else { return String::new() };
    let times = |number: u64| {
        if number == 1 { "once".to_owned() } else { format!("{} times", format::count(number)) }
    };
    let parts = [
        (*files > 0).then(|| format!("read {}", format::plural(*files, "file"))),
        (*searches > 0).then(|| format!("searched {}", times(*searches))),
        (*pages > 0).then(|| format!("opened {}", format::plural(*pages, "page"))),
        (*commands > 0).then(|| format!("looked around with {}", format::plural(*commands, "command"))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// How a command ended: `✓ 3.2 s`, `✗ exit 101, 12 s`.
pub(super) fn ending(shot: &Shot) -> (Ink, String) {
    let Shot::Command { output, failed, denied, background, took_ms, .. } = shot else {
        return (Ink::Plain, String::new());
    };
    // What takes no time is not worth saying so.
    let took = took_ms.filter(|took| *took >= 1_000).map(seconds);
    let (ink, sign, word) = match (denied, failed, background) {
        (true, ..) => (Ink::Notice, "⊘", Some("turned down".to_owned())),
        (_, true, _) => (Ink::Alarm, "✗", Some(exit(output))),
        (_, _, true) => (Ink::Faint, "↻", Some("in the background".to_owned())),
        _ => (Ink::Good, "✓", None),
    };
    let took = took.filter(|_| !denied && !background);
    let words: Vec<String> = word.into_iter().chain(took).collect();
    (ink, format!("{sign} {}", words.join(", ")).trim_end().to_owned())
}

fn exit(output: &Output) -> String {
    output.exit_code.map_or_else(|| "failed".to_owned(), |code| format!("exit {code}"))
}

/// `3.2 s`, `4 m`, `2 h 5 m`.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn seconds(millis: i64) -> String {
    if millis < 60_000 { format!("{:.1} s", millis as f64 / 1_000.0) } else { format::age(millis) }
}

/// What a note says: its colour, its sign, its words.
pub(super) fn note(note: &Note) -> (Ink, &'static str, String) {
    let count = |tokens: &u64| format::short_count(*tokens);
    match note {
        Note::Compacted { before, after } if *before > 0 => {
            (Ink::Notice, "≈", format!("conversation compacted: {} → {} tokens", count(before), count(after)))
        }
        Note::Compacted { .. } => (Ink::Notice, "≈", "conversation compacted".to_owned()),
        Note::ApiError { kind, status, text } => {
            let status = status.map(|status| format!(" {status}")).unwrap_or_default();
            let text = text.trim_start_matches("API Error: ").trim_start_matches(status.trim()).trim();
            (Ink::Alarm, "✗", clean(&format!("request failed:{status} {kind}: {text}")))
        }
        Note::Retry { text, .. } => (Ink::Faint, "↻", clean(&format!("tried again: {text}"))),
        Note::Interrupted => (Ink::Notice, "⊘", "interrupted".to_owned()),
        Note::Model { from, to } => (Ink::Name, "→", clean(&format!("model: {from} → {to}"))),
        Note::Mode { from, to } => (Ink::Name, "→", clean(&format!("permission mode: {from} → {to}"))),
        Note::Branch { from, to } => (Ink::Name, "→", clean(&format!("branch: {from} → {to}"))),
        Note::Worktree(Some(path)) => (Ink::Name, "→", clean(&format!("worktree: {path}"))),
        Note::Worktree(None) => (Ink::Name, "→", "left the worktree".to_owned()),
        Note::Task { status, summary, .. } => {
            let well = status == "completed";
            let ink = if well { Ink::Good } else { Ink::Notice };
            (ink, if well { "✓" } else { "⊘" }, clean(&format!("background: {summary}")))
        }
        Note::Message { from, text } => (Ink::Agent, "◇", clean(&format!("{from}: {text}"))),
        Note::PullRequest(url) => (Ink::Good, "★", clean(&format!("pull request: {url}"))),
        Note::Summary(text) | Note::Said(text) => (Ink::Faint, "·", clean(text)),
        Note::TurnEnded(_) => (Ink::Faint, "·", "turn ended".to_owned()),
        Note::Closed => (Ink::Faint, "·", "closed".to_owned()),
    }
}

/// What a call was that failed.
pub(super) fn failed(tool: &str, summary: &str, subject: &Subject) -> String {
    let tool = if tool.is_empty() { "call" } else { tool };
    clean(&format!("{tool} {}", subject.short(summary))).trim_end().to_owned()
}

/// `new file`, `+4`, `−2`.
pub(super) fn changed(added: u64, removed: u64, made: bool) -> Vec<(Ink, String)> {
    let parts = [
        made.then(|| (Ink::Faint, "new file".to_owned())),
        (added > 0).then(|| (Ink::Good, format!("+{}", format::count(added)))),
        (removed > 0).then(|| (Ink::Alarm, format!("−{}", format::count(removed)))),
    ];
    parts.into_iter().flatten().collect()
}

/// The same in one text: `new file +4 −2`.
pub(super) fn changed_text(added: u64, removed: u64, made: bool) -> String {
    changed(added, removed, made).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
}

/// Tells when scenes were: `11:02:13`, or `Nov 24 11:02` in a session of more than a day.
#[derive(Debug)]
pub(super) struct Clock<'a> {
    zone: &'a TimeZone,
    form: &'static str,
}

impl<'a> Clock<'a> {
    pub(super) fn new(reel: &Reel, options: &'a Options) -> Self {
        let zone = &options.zone;
        let day = |at: Option<i64>| Some(zone.to_datetime(Timestamp::from_millisecond(at?).ok()?).date());
        let one_day = day(reel.totals.first) == day(reel.totals.last);
        Self { zone, form: if one_day { "%H:%M:%S" } else { "%b %-d %H:%M" } }
    }

    pub(super) fn at(&self, at: Option<i64>) -> String {
        let at = at.and_then(|at| Timestamp::from_millisecond(at).ok());
        at.map(|at| self.zone.to_datetime(at).strftime(self.form).to_string()).unwrap_or_default()
    }
}

/// The lines of the title: what they are, what they say.
pub(super) fn title(reel: &Reel, subject: &Subject, options: &Options) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let place = match &subject.branch {
        Some(branch) => format!("{} · {branch}", subject.project),
        None => subject.project.clone(),
    };
    lines.push(("project", clean(&place)));
    lines.extend(span(reel, options).map(|when| ("when", when)));
    let active = reel.totals.active_ms;
    if active >= 1_000 {
        lines.push(("active", format::age(active)));
    }
    lines.extend(subject.model.as_deref().map(|model| ("model", clean(model))));
    lines.push(("cost", cost(subject, options)));
    lines
}

/// `2026-11-24 11:02 – 11:48`.
fn span(reel: &Reel, options: &Options) -> Option<String> {
    let (from, to) = (reel.totals.first?, reel.totals.last?);
    let moment = |at| format::moment(at, &options.zone);
    let (from, to) = (moment(from), moment(to));
    match to.strip_prefix(from.get(..11)?) {
        _ if from == to => Some(from),
        Some(clock) => Some(format!("{from} – {clock}")),
        None => Some(format!("{from} – {to}")),
    }
}

/// What the session cost. Of a part of it nobody can say, so that is said.
pub(super) fn cost(subject: &Subject, options: &Options) -> String {
    let whole = if options.since.is_some() { " (the whole session)" } else { "" };
    let missing = match subject.unpriced {
        0 => String::new(),
        number => format!(" + {} without a known price", format::plural(number, "response")),
    };
    format!("{}{missing}{whole}", subject.cost)
}

/// The lines of the end.
pub(super) fn end(reel: &Reel, subject: &Subject, options: &Options) -> Vec<(&'static str, String)> {
    let totals = &reel.totals;
    let mut lines = Vec::new();
    if totals.edits > 0 {
        let changed = changed_text(totals.added, totals.removed, false);
        let (edits, files) = (format::plural(totals.edits, "edit"), format::plural(totals.files, "file"));
        lines.push(("changed", format!("{edits} in {files}  {changed}").trim_end().to_owned()));
    }
    if totals.commands > 0 {
        lines.push(("ran", format::plural(totals.commands, "command")));
    }
    let failures =
        [(totals.failed, "failed"), (totals.denied, "turned down"), (totals.api_errors, "lost to the API")];
    let failures: Vec<String> = failures
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", format::count(number)))
        .collect();
    if !failures.is_empty() {
        lines.push(("errors", failures.join(", ")));
    }
    lines.push(("prompts", format::count(totals.prompts)));
    if totals.active_ms >= 1_000 {
        lines.push(("active", format::age(totals.active_ms)));
    }
    lines.push(("cost", cost(subject, options)));
    if reel.left_out > 0 {
        lines.push(("not shown", format::plural(reel.left_out, "scene")));
    }
    lines
}
