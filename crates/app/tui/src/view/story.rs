//! The sides of a session that are made of its transcript: what happened when, its calls, what was said.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use claudectl_fleet::beat::{Beat, Body, Note, What};
use claudectl_fleet::format;
use claudectl_fleet::patch::{Hunk, Line};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::pen::Parts;
use crate::detail::{Detail, Tab};
use crate::glyphs::Glyphs;
use crate::text;
use crate::theme::Role;

/// Lines that were made, and of what.
#[derive(Debug)]
pub(crate) struct Lines {
    key: Key,
    /// Each with the row it belongs to.
    pub(crate) lines: Vec<(u64, Parts)>,
    /// Which of them tell the date of what follows, in their order.
    dates: Vec<(usize, Date)>,
    /// Some of a text is left out.
    pub(crate) is_cut: bool,
}

impl Lines {
    /// It tells a date, and nothing of its row.
    pub(crate) fn is_date(&self, line: usize) -> bool {
        self.dates.binary_search_by_key(&line, |(at, _)| *at).is_ok()
    }

    /// The day of a line, where another one tells of it and it is not today.
    fn day_of(&self, line: usize) -> Option<Date> {
        let before = self.dates.partition_point(|(at, _)| *at <= line).checked_sub(1)?;
        let (at, day) = *self.dates.get(before)?;
        (at != line && day != self.key.today).then_some(day)
    }

    /// What is shown from a line on: where the date of its row stands further up, it stands in its place.
    pub(super) fn from(&self, top: usize) -> impl Iterator<Item = (Cow<'_, Parts>, bool)> {
        let day = self.day_of(top).map(|day| (Cow::Owned(dated(day, self.key.glyphs)), true));
        let rest = self.lines.iter().enumerate().skip(top + usize::from(day.is_some()));
        day.into_iter().chain(rest.map(|(at, (_, line))| (Cow::Borrowed(line), self.is_date(at))))
    }

    /// The first line that is no date, and the row it belongs to.
    fn first(&self) -> Option<(usize, u64)> {
        let (at, (row, _)) = self.lines.iter().enumerate().find(|(at, _)| !self.is_date(*at))?;
        Some((at, *row))
    }
}

/// A line that tells of which day the rows below it are.
fn dated(day: Date, glyphs: Glyphs) -> Parts {
    let line = glyphs.line().repeat(2);
    vec![(Role::Faint, format!("{line} {} {line}", day.strftime("%a %Y-%m-%d")))]
}

/// Lines are the same as long as this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    version: u64,
    tab: Tab,
    width: usize,
    whole: bool,
    glyphs: Glyphs,
    from: u64,
    /// Rows of this day have no date above them.
    today: Date,
}

/// Columns of the time.
const TIME: usize = 6;
/// Lines of a text, a result, a change that are shown at first.
const TEXT: usize = 40;
const RESULT: usize = 8;
const CHANGE: usize = 15;
const THOUGHT: usize = 3;
/// No text is shown in more lines than this, even whole.
const MOST: usize = 5_000;
/// Columns of a tool's name.
const TOOL: usize = 12;

/// How lines are made.
struct Maker<'a> {
    zone: &'a TimeZone,
    glyphs: Glyphs,
    width: usize,
    whole: bool,
    lines: Vec<(u64, Parts)>,
    row: u64,
    /// The minute that was written last.
    minute: Option<String>,
    /// The day of the line before.
    day: Date,
    dates: Vec<(usize, Date)>,
    is_cut: bool,
}

/// Brings the lines of the open side up to date.
pub(super) fn refresh(detail: &mut Detail, zone: &TimeZone, now: i64, glyphs: Glyphs, width: usize) {
    let story = &detail.story;
    let today = local(now, zone).unwrap_or_default().date();
    let key = Key {
        version: story.version,
        tab: detail.tab,
        width,
        whole: detail.whole,
        glyphs,
        from: story.from,
        today,
    };
    if detail.lines.as_ref().is_some_and(|lines| lines.key == key) {
        return;
    }
    let mut maker = Maker {
        zone,
        glyphs,
        width,
        whole: detail.whole,
        lines: Vec::new(),
        row: 0,
        minute: None,
        day: today,
        dates: Vec::new(),
        is_cut: false,
    };
    match detail.tab {
        Tab::Timeline => maker.timeline(story.beats.iter()),
        Tab::Calls => maker.calls(story.beats.iter()),
        _ => maker.transcript(story.beats.iter()),
    }
    let made = Lines { key, lines: maker.lines, dates: maker.dates, is_cut: maker.is_cut };
    // What was read before the rest pushes down what is looked at.
    let before = detail.lines.as_ref().filter(|lines| {
        lines.key.tab == key.tab
            && lines.key.width == key.width
            && lines.key.from > key.from
            && key.tab != Tab::Calls
    });
    let shift = before.and_then(|old| {
        // A date that stood above it is told further up now.
        let (at, first) = old.first()?;
        let now = made.lines.iter().enumerate().position(|(at, (row, _))| *row >= first && !made.is_date(at));
        Some(now?.saturating_sub(at))
    });
    detail.lines = Some(made);
    if let Some(lines) = shift {
        detail.shift(lines);
    }
}

/// A moment in the person's time zone.
fn local(at: i64, zone: &TimeZone) -> Option<DateTime> {
    jiff::Timestamp::from_millisecond(at).ok().map(|at| zone.to_datetime(at))
}

impl Maker<'_> {
    fn time(&self, beat: &Beat) -> String {
        let at = beat.at.and_then(|at| local(at, self.zone));
        at.map(|at| at.strftime("%H:%M").to_string()).unwrap_or_default()
    }

    /// A line with the date, where what comes now is of another day than what stands above.
    fn date(&mut self, at: Option<i64>) {
        let Some(at) = at.and_then(|at| local(at, self.zone)) else { return };
        let day = at.date();
        if day == self.day {
            return;
        }
        self.day = day;
        self.dates.push((self.lines.len(), day));
        self.push(dated(day, self.glyphs));
        // The same minute of another day is another one.
        self.minute = None;
    }

    /// The time, where it is another than the line before had.
    fn stamp(&mut self, beat: &Beat) -> (Role, String) {
        let time = self.time(beat);
        let shown = if self.minute.as_ref() == Some(&time) { String::new() } else { time.clone() };
        self.minute = Some(time);
        (Role::Faint, text::left(&shown, TIME, self.glyphs))
    }

    fn push(&mut self, parts: Parts) {
        self.lines.push((self.row, parts));
    }

    /// A text under a head, cut to some lines unless all are wanted.
    fn block(&mut self, beat: &Beat, head: Parts, said: &str, role: Role, most: usize) {
        let used: usize = head.iter().map(|(_, text)| text::width(text)).sum();
        let room = self.width.saturating_sub(TIME + used).max(8);
        let most = if self.whole { MOST } else { most };
        let lines = text::wrap(said.trim_end(), room, most + 1);
        let more = lines.len() > most;
        let blank = " ".repeat(used);
        for (at, line) in lines.into_iter().take(most).enumerate() {
            let mut parts = vec![if at == 0 { self.stamp(beat) } else { (Role::Faint, " ".repeat(TIME)) }];
            if at == 0 {
                parts.extend(head.iter().cloned());
            } else {
                parts.push((Role::Faint, blank.clone()));
            }
            parts.push((role, line));
            self.push(parts);
        }
        if more {
            self.is_cut = true;
            let all = said.lines().count();
            let note = if all > most {
                format!("{blank}{} {} more lines: e shows all", self.glyphs.ellipsis(), all - most)
            } else {
                format!("{blank}{} e shows all", self.glyphs.ellipsis())
            };
            self.push(vec![(Role::Faint, " ".repeat(TIME)), (Role::Faint, note)]);
        }
    }

    fn transcript<'b>(&mut self, beats: impl Iterator<Item = &'b (u64, Beat)>) {
        for (row, beat) in beats {
            self.row = *row;
            self.date(beat.at);
            self.beat(beat);
        }
    }

    fn beat(&mut self, beat: &Beat) {
        match &beat.what {
            What::Prompt(said) | What::Queued(said) => {
                self.push(Vec::new());
                let word = if matches!(beat.what, What::Queued(_)) { "queued > " } else { "> " };
                self.block(beat, vec![(Role::Key, word.to_owned())], said, Role::Strong, TEXT);
                self.push(Vec::new());
            }
            What::Typed(said) => {
                self.block(beat, vec![(Role::Key, "typed ".to_owned())], said, Role::Plain, TEXT)
            }
            What::Printed(said) => self.block(beat, Vec::new(), said, Role::Faint, RESULT),
            What::Text(said) => self.block(beat, Vec::new(), said, Role::Plain, TEXT),
            What::Thinking(said) => {
                self.block(beat, vec![(Role::Faint, "thinks ".to_owned())], said, Role::Faint, THOUGHT);
            }
            What::Call { tool, summary, body, .. } => self.call(beat, tool, summary, body),
            What::Result { failed, denied, text, lines, hunks, .. } => {
                self.result(beat, (*failed, *denied), text, *lines, hunks);
            }
            What::Note(note) => self.note(beat, note),
        }
    }

    fn call(&mut self, beat: &Beat, tool: &str, summary: &str, body: &Body) {
        let head = vec![(Role::Name, format!("{} {} ", self.glyphs.chosen(), text::clean(tool)))];
        let said = match body {
            Body::Command { command, background, .. } => {
                let behind = if *background { "   (in the background)" } else { "" };
                format!("{command}{behind}")
            }
            Body::Plan(plan) => plan.clone(),
            Body::Agent { kind, prompt } => format!("{kind}: {prompt}"),
            _ => summary.to_owned(),
        };
        self.block(beat, head, &said, Role::Plain, CHANGE);
        match body {
            Body::Edit { hunks, .. } => self.hunks(hunks),
            Body::Write { text, .. } => self.added(text),
            Body::Todo(items) => {
                for item in items {
                    let sign = match item.state.as_str() {
                        "completed" => self.glyphs.outcome(true),
                        "in_progress" => "*",
                        _ => "-",
                    };
                    self.indented(Role::Plain, &format!("{sign} {}", item.text));
                }
            }
            Body::Questions(questions) => {
                for question in questions {
                    self.indented(Role::Strong, &question.text);
                    for option in &question.options {
                        self.indented(Role::Plain, &format!("- {option}"));
                    }
                }
            }
            _ => {}
        }
    }

    fn result(
        &mut self,
        beat: &Beat,
        (failed, denied): (bool, bool),
        said: &str,
        lines: Option<(u64, u64)>,
        hunks: &[Hunk<String>],
    ) {
        let (role, word) = match (failed, denied) {
            (_, true) => (Role::Notice, "denied "),
            (true, false) => (Role::Alarm, "failed "),
            (false, false) => (Role::Faint, ""),
        };
        let sign = self.glyphs.outcome(!failed);
        let change = lines.map(|(added, removed)| format!("+{added} -{removed} ")).unwrap_or_default();
        let head = vec![(role, format!("  {sign} {word}{change}"))];
        let said = if !hunks.is_empty() && !failed { "" } else { said };
        self.block(beat, head, said, if failed { role } else { Role::Faint }, RESULT);
    }

    fn hunks(&mut self, hunks: &[Hunk<String>]) {
        let most = if self.whole { MOST } else { CHANGE };
        let all: usize = hunks.iter().map(|hunk| hunk.lines.len()).sum();
        for line in hunks.iter().flat_map(|hunk| &hunk.lines).take(most) {
            let role = match line {
                Line::Same(_) => Role::Faint,
                Line::Removed(_) => Role::Alarm,
                Line::Added(_) => Role::Good,
            };
            self.indented(role, &format!("{} {}", line.sign(), line.text()));
        }
        self.more(all, most);
    }

    fn added(&mut self, text: &str) {
        let most = if self.whole { MOST } else { CHANGE };
        for line in text.lines().take(most) {
            self.indented(Role::Good, &format!("+ {line}"));
        }
        self.more(text.lines().count(), most);
    }

    fn more(&mut self, all: usize, most: usize) {
        if all > most {
            self.is_cut = true;
            let note = format!("{} {} more lines: e shows all", self.glyphs.ellipsis(), all - most);
            self.indented(Role::Faint, &note);
        }
    }

    /// One line, cut.
    fn indented(&mut self, role: Role, said: &str) {
        let room = self.width.saturating_sub(TIME + 2);
        let line = text::cut(&text::clean(&said.replace('\t', "  ")), room, self.glyphs);
        self.push(vec![(Role::Faint, " ".repeat(TIME + 2)), (role, line)]);
    }

    fn note(&mut self, beat: &Beat, note: &Note) {
        let (role, said) = noted(note);
        let most = if matches!(note, Note::Summary(_)) { THOUGHT } else { RESULT };
        self.block(beat, vec![(Role::Rule, format!("{} ", self.glyphs.line().repeat(2)))], &said, role, most);
    }

    /// Each call with what came of it, the latest first.
    fn calls<'b>(&mut self, beats: impl Iterator<Item = &'b (u64, Beat)>) {
        let mut calls: Vec<(u64, &Beat, &str, &str, &str)> = Vec::new();
        let mut results: HashMap<&str, &Beat> = HashMap::new();
        for (row, beat) in beats {
            match &beat.what {
                What::Call { id, tool, summary, .. } => calls.push((*row, beat, id, tool, summary)),
                What::Result { id, .. } => {
                    results.insert(id, beat);
                }
                _ => {}
            }
        }
        for (row, beat, id, tool, summary) in calls.into_iter().rev() {
            self.row = row;
            self.date(beat.at);
            let result = results.get(id).copied();
            let (role, sign) = match result.map(|result| &result.what) {
                Some(What::Result { denied: true, .. }) => (Role::Notice, "denied"),
                Some(What::Result { failed: true, .. }) => (Role::Alarm, "failed"),
                Some(_) => (Role::Good, "ok"),
                None => (Role::Notice, "open"),
            };
            let took = result.and_then(|result| Some(result.at?.saturating_sub(beat.at?)));
            let took = took.map(took_text).unwrap_or_default();
            let change = match result.map(|result| &result.what) {
                Some(What::Result { lines: Some((added, removed)), .. }) => format!("  +{added} -{removed}"),
                _ => String::new(),
            };
            let used = TIME + 8 + 8 + TOOL + 1 + text::width(&change);
            let room = self.width.saturating_sub(used);
            let time = (Role::Faint, text::left(&self.time(beat), TIME, self.glyphs));
            self.push(vec![
                time,
                (role, text::left(sign, 7, self.glyphs)),
                (Role::Faint, text::right(&took, 7, self.glyphs)),
                (Role::Name, format!("  {} ", text::left(&text::clean(tool), TOOL, self.glyphs))),
                (Role::Plain, text::ends(&text::clean(summary), room, self.glyphs)),
                (Role::Faint, change),
            ]);
        }
    }

    /// Prompts, what was done for each in a line, and what happened to the session.
    fn timeline<'b>(&mut self, beats: impl Iterator<Item = &'b (u64, Beat)>) {
        let mut work = Work::default();
        for (row, beat) in beats {
            let turns =
                matches!(beat.what, What::Prompt(_) | What::Queued(_) | What::Typed(_) | What::Note(_));
            if turns {
                self.worked(&mut work);
            }
            self.row = *row;
            if turns && !matches!(beat.what, What::Note(Note::Summary(_))) {
                self.date(beat.at);
            }
            match &beat.what {
                What::Prompt(said) | What::Queued(said) => {
                    self.block(beat, vec![(Role::Key, "> ".to_owned())], first_line(said), Role::Strong, 2);
                }
                What::Typed(said) => {
                    self.block(
                        beat,
                        vec![(Role::Key, "typed ".to_owned())],
                        first_line(said),
                        Role::Plain,
                        1,
                    );
                }
                What::Note(Note::Summary(_)) => {}
                What::Note(note) => {
                    let (role, said) = noted(note);
                    let head = vec![(Role::Rule, format!("{} ", self.glyphs.line().repeat(2)))];
                    self.block(beat, head, first_line(&said), role, 1);
                }
                _ => work.add(*row, beat),
            }
        }
        self.worked(&mut work);
    }

    fn worked(&mut self, work: &mut Work) {
        let work = std::mem::take(work);
        let Some(first) = &work.first else { return };
        self.row = work.row;
        let beat = Beat { at: Some(*first), copied: false, what: What::Text(String::new()) };
        let mut parts = Vec::new();
        if work.calls > 0 {
            let mut tools: Vec<(&String, &u64)> = work.tools.iter().collect();
            tools.sort_by(|a, b| b.1.cmp(a.1));
            let tools: Vec<String> =
                tools.iter().take(5).map(|(tool, calls)| format!("{tool} {calls}")).collect();
            parts.push(format!("{} ({})", format::plural(work.calls, "call"), tools.join(", ")));
        }
        if work.added + work.removed > 0 {
            parts.push(format!("+{} -{} lines", work.added, work.removed));
        }
        if work.said > 0 {
            parts.push(format!("said {}", format::plural(work.said, "thing")));
        }
        let took = work.last.saturating_sub(*first);
        if took >= 60_000 {
            parts.push(format!("in {}", format::age(took)));
        }
        if parts.is_empty() {
            return;
        }
        self.date(beat.at);
        self.block(&beat, vec![(Role::Plain, "  ".to_owned())], &parts.join(", "), Role::Plain, 2);
        if work.failed + work.denied > 0 {
            let text = format!("{} failed, {} denied", work.failed, work.denied);
            let role = if work.failed > 0 { Role::Alarm } else { Role::Notice };
            self.indented(role, &text);
        }
    }
}

/// What was done between two things that are told of.
#[derive(Default)]
struct Work {
    row: u64,
    first: Option<i64>,
    last: i64,
    calls: u64,
    tools: BTreeMap<String, u64>,
    failed: u64,
    denied: u64,
    added: u64,
    removed: u64,
    said: u64,
}

impl Work {
    fn add(&mut self, row: u64, beat: &Beat) {
        if let Some(at) = beat.at {
            if self.first.is_none() {
                (self.first, self.row) = (Some(at), row);
            }
            self.last = self.last.max(at);
        }
        match &beat.what {
            What::Call { tool, .. } => {
                self.calls += 1;
                *self.tools.entry(text::clean(tool)).or_default() += 1;
            }
            What::Result { failed, denied, lines, .. } => {
                self.denied += u64::from(*denied);
                self.failed += u64::from(*failed && !*denied);
                let (added, removed) = lines.unwrap_or_default();
                self.added += added;
                self.removed += removed;
            }
            What::Text(_) => self.said += 1,
            _ => {}
        }
    }
}

fn took_text(millis: i64) -> String {
    match millis {
        ..0 => String::new(),
        0..1_000 => format!("{millis} ms"),
        _ => format::age(millis),
    }
}

fn first_line(said: &str) -> &str {
    said.trim_start().lines().next().unwrap_or_default()
}

/// What happened to a session, in words.
fn noted(note: &Note) -> (Role, String) {
    let tokens = |count: &u64| if *count == 0 { "?".to_owned() } else { format::short_count(*count) };
    let status = |status: &Option<u16>| status.map(|status| format!(" {status}")).unwrap_or_default();
    match note {
        Note::Compacted { before, after } => {
            (Role::Notice, format!("compacted: {} tokens to {}", tokens(before), tokens(after)))
        }
        Note::Summary(said) => (Role::Faint, format!("summary: {said}")),
        Note::ApiError { kind, status: code, text } => {
            (Role::Alarm, format!("API error{} {kind}: {text}", status(code)))
        }
        Note::Retry { status: code, text, .. } => {
            (Role::Notice, format!("request failed{}, tried again: {text}", status(code)))
        }
        Note::Interrupted => (Role::Notice, "interrupted".to_owned()),
        Note::TurnEnded(took) => {
            let took =
                took.map(|took| format!(" after {}", format::age(took.cast_signed()))).unwrap_or_default();
            (Role::Faint, format!("turn ended{took}"))
        }
        Note::Model { from, to } => (Role::Plain, format!("model {to} instead of {from}")),
        Note::Mode { from, to } => (Role::Plain, format!("permission mode {to} instead of {from}")),
        Note::Branch { from, to } => (Role::Plain, format!("branch {to} instead of {from}")),
        Note::Worktree(Some(path)) => (Role::Plain, format!("works in {path}")),
        Note::Worktree(None) => (Role::Plain, "left its worktree".to_owned()),
        Note::Task { status: ended, summary, .. } => {
            let ended = if ended.is_empty() { "tells" } else { ended };
            (Role::Plain, format!("background task {ended}: {summary}"))
        }
        Note::Message { from, text } => (Role::Plain, format!("from {from}: {text}")),
        Note::PullRequest(url) => (Role::Good, format!("made a pull request: {url}")),
        Note::Said(said) => (Role::Faint, said.clone()),
        Note::Closed => (Role::Faint, "the client was closed".to_owned()),
    }
}

/// A line with what was looked for marked in it.
pub(super) fn marked(parts: &Parts, text: &str) -> Parts {
    let mut marked = Parts::new();
    for (role, part) in parts {
        let mut rest = part.as_str();
        while let Some((from, to)) = position(rest, text) {
            marked.push((*role, rest[..from].to_owned()));
            marked.push((Role::Match, rest[from..to].to_owned()));
            rest = &rest[to..];
        }
        marked.push((*role, rest.to_owned()));
    }
    marked
}

/// Where a text stands in another, whatever its capitals.
fn position(said: &str, text: &str) -> Option<(usize, usize)> {
    if text.is_empty() {
        return None;
    }
    let wanted: Vec<char> = text.to_lowercase().chars().collect();
    let letters: Vec<(usize, char)> = said.char_indices().collect();
    let small = |letter: char| letter.to_lowercase().next().unwrap_or(letter);
    (0..letters.len()).find_map(|start| {
        let fits = wanted
            .iter()
            .enumerate()
            .all(|(at, letter)| letters.get(start + at).is_some_and(|(_, own)| small(*own) == *letter));
        let end = letters.get(start + wanted.len()).map_or(said.len(), |(at, _)| *at);
        fits.then_some((letters[start].0, end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_marked_whatever_its_capitals() {
        let parts = vec![(Role::Plain, "Ärger mit ÄRGER".to_owned())];
        let texts: Vec<(Role, String)> =
            marked(&parts, "ärger").into_iter().filter(|(_, text)| !text.is_empty()).collect();
        let expected = [(Role::Match, "Ärger"), (Role::Plain, " mit "), (Role::Match, "ÄRGER")];
        assert_eq!(texts, expected.map(|(role, text)| (role, text.to_owned())));
        assert_eq!(marked(&parts, ""), parts);
    }
}
