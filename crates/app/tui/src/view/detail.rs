//! The open session: its tabs, and the lines of each.

use claudectl_fleet::format;
use claudectl_fleet::health::Severity;
use claudectl_fleet::session::{Pending, Session, Subagent};
use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use super::plot::{hours, plot};
use super::sessions::{collision, state_role};
use super::spend::{heading, missing, table, table_with_notes};
use super::story;
use crate::dashboard::{Dashboard, Hit, find};
use crate::detail::{Detail, Tab};
use crate::look::Spent;
use crate::text;
use crate::theme::Role;

/// A title that is cut shorter says nothing.
const LEAST_TITLE: usize = 6;
/// Columns of a fact's name.
const NAME: usize = 12;
/// Lines of a call that waits: all there can be of one, but where there is little room.
const CALL_LINES: usize = 100;
/// So many changed files are listed.
const FILES: usize = 500;

impl Dashboard {
    pub(super) fn detail_area(&mut self, pen: &mut Pen<'_>, area: Rect) {
        self.hits.push((area, Hit::Detail));
        let Some(look) = self.look.take() else { return };
        let Some(mut detail) = self.detail.take() else {
            self.look = Some(look);
            return;
        };
        let session = find(&look, &detail.session);
        let bar = Rect { height: 1, ..area };
        self.tabs(pen, bar, detail.tab, session, detail.story.agent.as_deref(), detail.name.as_deref());
        let inner = Rect {
            x: area.x + 1,
            y: area.y + 1,
            width: area.width.saturating_sub(3),
            height: area.height.saturating_sub(1),
        };
        let (top, all) = if detail.tab.is_read() {
            self.story(pen, inner, &mut detail)
        } else {
            let lines = match session {
                None => gone(&detail.session, detail.name.is_some()),
                Some(session) => self.lines(pen, session, &detail, usize::from(inner.width)),
            };
            let top = detail.top(lines.len(), usize::from(inner.height));
            for (y, line) in (inner.y..inner.bottom()).zip(&lines[top..]) {
                pen.parts(Rect { y, height: 1, ..inner }, line);
            }
            (top, lines.len())
        };
        pen.scrolled(Rect { width: area.width, x: area.x, ..inner }, top, all);
        self.detail = Some(detail);
        self.look = Some(look);
    }

    /// A side that is made of the transcript: its first line, and how many there are.
    fn story(&self, pen: &mut Pen<'_>, area: Rect, detail: &mut Detail) -> (usize, usize) {
        story::refresh(detail, &self.options.zone, self.now, pen.glyphs, usize::from(area.width));
        let search = detail.story.search.clone();
        if std::mem::take(&mut detail.seek)
            && let Some(row) = search.as_ref().and_then(|search| search.at)
        {
            let text = search.as_ref().map(|search| search.text.to_lowercase()).unwrap_or_default();
            let mut line = detail.line_of(row, &text);
            if line.is_none() && !detail.whole {
                // It stands in what is cut.
                detail.whole = true;
                story::refresh(detail, &self.options.zone, self.now, pen.glyphs, usize::from(area.width));
                line = detail.line_of(row, &text);
                if line.is_none() {
                    detail.whole = false;
                    story::refresh(detail, &self.options.zone, self.now, pen.glyphs, usize::from(area.width));
                }
            }
            if let Some(line) = line.or_else(|| detail.line_from(row)) {
                detail.show_line(line, usize::from(area.height));
            }
        }
        let all = detail.lines.as_ref().map_or(0, |lines| lines.lines.len());
        let top = detail.top(all, usize::from(area.height));
        if let Some(note) = unread(detail) {
            pen.text(area, Role::Faint, &note);
            return (0, 0);
        }
        let lines = detail.lines.iter().flat_map(|lines| lines.from(top));
        for (y, (line, is_date)) in (area.y..area.bottom()).zip(lines) {
            let place = Rect { y, height: 1, ..area };
            match search.as_ref().filter(|_| !is_date) {
                Some(search) => pen.parts(place, &story::marked(&line, &search.text)),
                None => pen.parts(place, &line),
            };
        }
        (top, all)
    }

    fn tabs(
        &mut self,
        pen: &mut Pen<'_>,
        area: Rect,
        open: Tab,
        session: Option<&Session>,
        agent: Option<&str>,
        known: Option<&str>,
    ) {
        pen.rule(area, "");
        // A blank stands before each and behind the last.
        let room = usize::from(area.width).saturating_sub(3);
        let labels = labels(open, room);
        let tabs: usize = labels.iter().map(|(_, label)| text::width(label)).sum();
        // The title with a blank on either side, and a line behind it.
        let room = room.saturating_sub(tabs + 3);
        let mut x = area.x + 1;
        if room >= LEAST_TITLE {
            let title = text::cut(&title(session, agent, known), room, pen.glyphs);
            x = pen.text(Rect { x, width: area.right() - x, ..area }, Role::Name, &format!(" {title} ")) + 1;
        }
        let mut opened = None;
        for (tab, label) in labels {
            let width = u16::try_from(text::width(&label) + 1).unwrap_or(0);
            if x + width > area.right() {
                break;
            }
            let place = Rect { x, width, ..area };
            let (digit, title) = label.split_at(2);
            let role = if tab == open { Role::Strong } else { Role::Faint };
            pen.parts(place, &[(Role::Key, digit.to_owned()), (role, format!("{title} "))]);
            if tab == open {
                opened = Some(place);
            }
            self.hits.push((Rect { width: width - 1, ..place }, Hit::Tab(tab)));
            x += width - 1;
        }
        // With the blank behind it, which is the next one's, too.
        if let Some(place) = opened {
            pen.restyle(place, pen.theme.chosen());
        }
    }

    fn lines(&self, pen: &Pen<'_>, session: &Session, detail: &Detail, width: usize) -> Vec<Parts> {
        let agent = detail.story.agent.as_deref();
        let agent = agent.and_then(|id| session.subagents.iter().find(|one| one.id == id));
        match (detail.tab, agent) {
            (Tab::Overview, Some(agent)) => agent_lines(pen, agent, session, width),
            (tab, Some(_)) if !tab.is_read() => {
                let whole = format!("of the whole session, {}:", name(session));
                let mut lines = vec![vec![(Role::Faint, whole)]];
                lines.extend(self.side(pen, session, detail, width));
                lines
            }
            _ => self.side(pen, session, detail, width),
        }
    }

    fn side(&self, pen: &Pen<'_>, session: &Session, detail: &Detail, width: usize) -> Vec<Parts> {
        match detail.tab {
            Tab::Overview => self.overview(pen, session, width),
            Tab::Files => self.files(pen, session, width),
            Tab::Cost => cost(pen, session, detail, &self.options.zone, width),
            Tab::Health => health(session, width),
            // Made of the transcript.
            Tab::Timeline | Tab::Calls | Tab::Transcript => Vec::new(),
        }
    }

    fn overview(&self, pen: &Pen<'_>, session: &Session, width: usize) -> Vec<Parts> {
        let mut lines = Vec::new();
        self.doing(pen, &mut lines, session, width, (CALL_LINES, usize::MAX));
        self.figures(pen, &mut lines, session, width);
        let tokens = session.tokens;
        let classes = [
            ("input", tokens.input),
            ("output", tokens.output),
            ("cache read", tokens.cache_read),
            ("cache write 5m", tokens.cache_write_5m),
            ("cache write 1h", tokens.cache_write_1h),
        ];
        let classes: Vec<String> =
            classes.iter().map(|(name, count)| format!("{name} {}", format::short_count(*count))).collect();
        fact(&mut lines, "tokens", &classes.join(", "), width);
        self.whereabouts(&mut lines, session, width);
        self.process(&mut lines, session, width);
        subagents(pen, &mut lines, session, width);
        self.errors(&mut lines, session, width);
        lines
    }

    /// What it does, what it waits for, in so many lines at most, and so many of its conflicts.
    pub(super) fn doing(
        &self,
        pen: &Pen<'_>,
        lines: &mut Vec<Parts>,
        session: &Session,
        width: usize,
        (call_lines, conflicts): (usize, usize),
    ) {
        let status = &session.status;
        let since =
            status.since.map(|since| format!(" for {}", format::age(self.now - since))).unwrap_or_default();
        lines.push(vec![
            (Role::Faint, text::left("status", NAME, pen.glyphs)),
            (state_role(status.state), format!("{} {}", pen.glyphs.sign(status.state), status.state.word())),
            (Role::Plain, since),
            (Role::Faint, format!(" ({})", source(session))),
        ]);
        for alarm in session.gate.alarms.iter().take(3) {
            wrapped(lines, "gate alarm", Role::Alarm, &self.short(&alarm.words()), width, 4);
        }
        if let Some(detail) = &status.detail {
            call(pen, lines, ("", state_role(status.state)), detail, width, call_lines);
        }
        let told =
            |call: &&Pending| status.detail.as_deref() == Some(&format!("{}: {}", call.tool, call.summary));
        for open in session.pending.iter().filter(|call| !told(call)).take(8) {
            let age = open.since.map(|since| format::age(self.now - since)).unwrap_or_else(|| "?".to_owned());
            let summary = if open.summary.is_empty() { String::new() } else { format!(": {}", open.summary) };
            let text = format!("{}{summary} ({age})", open.tool);
            call(pen, lines, ("open call", Role::Plain), &text, width, call_lines);
        }
        for task in session.background.iter().take(8) {
            fact(lines, "background", &task.summary, width);
        }
        for conflict in session.conflicts.iter().take(conflicts) {
            wrapped(lines, "conflict", Role::Notice, &collision(session, conflict), width, 3);
        }
        if let Some(more) = session.conflicts.len().checked_sub(conflicts).filter(|more| *more > 0) {
            fact(lines, "", &format!("and {more} more"), width);
        }
    }

    /// How much it has done, what that cost, and how full it is.
    pub(super) fn figures(&self, pen: &Pen<'_>, lines: &mut Vec<Parts>, session: &Session, width: usize) {
        if let Some(prompts) = session.prompts {
            let calls = session.tool_calls.unwrap_or(0);
            let errors = session.errors.unwrap_or(0);
            let text = format!(
                "{}, {}, {}, {}",
                format::plural(prompts, "prompt"),
                format::plural(session.messages, "response"),
                format::plural(calls, "call"),
                format::plural(errors, "error")
            );
            fact(lines, "so far", &text, width);
        }
        lines.push(cost_line(pen, session));
        lines.push(context_line(pen, session, self.options.high_context));
    }

    fn whereabouts(&self, lines: &mut Vec<Parts>, session: &Session, width: usize) {
        let short = |path: &Option<String>| path.as_deref().map(|path| self.short(path));
        fact(lines, "project", &session.project, width);
        maybe(lines, "folder", short(&session.cwd), width);
        maybe(lines, "branch", session.branch.clone(), width);
        maybe(lines, "worktree", short(&session.worktree), width);
        maybe(lines, "model", session.model.clone(), width);
        maybe(lines, "mode", session.permission_mode.clone(), width);
        let gate = match (&session.gate.installed, &session.gate.cause) {
            (Some(true), _) => {
                let seen = session
                    .gate
                    .last_seen
                    .map(|at| format!(", last heard {} ago", format::age(self.now - at)));
                Some(format!("hooks stand before its calls{}", seen.unwrap_or_default()))
            }
            (Some(false), cause) => {
                let cause = cause.as_deref().map(|cause| format!(": {cause}")).unwrap_or_default();
                Some(format!("no hooks of ours{cause}"))
            }
            (None, _) => None,
        };
        maybe(lines, "guard", gate, width);
        maybe(lines, "session", Some(session.id.clone()), width);
        maybe(lines, "transcript", short(&session.transcript), width);
    }

    fn process(&self, lines: &mut Vec<Parts>, session: &Session, width: usize) {
        let Some(pid) = session.pid else { return };
        let kind = session.kind.as_deref().unwrap_or("unregistered");
        let version =
            session.version.as_deref().map(|version| format!(", version {version}")).unwrap_or_default();
        let usage = self.usages.get(&session.id).map(|usage| {
            format!(", {:.0}% CPU and {:.0} MB with all below it", usage.cpu_pct, usage.memory_mb)
        });
        let started =
            session.started_at.map(|at| format!(", started {}", format::moment(at, &self.options.zone)));
        let text =
            format!("{pid}, {kind}{version}{}{}", started.unwrap_or_default(), usage.unwrap_or_default());
        fact(lines, "process", &text, width);
        let process = &session.process;
        maybe(lines, "terminal", process.terminal.clone().or_else(|| process.tty.clone()), width);
    }

    fn errors(&self, lines: &mut Vec<Parts>, session: &Session, width: usize) {
        if session.recent_errors.is_empty() {
            return;
        }
        lines.push(Vec::new());
        lines.push(heading("Latest errors"));
        for error in session.recent_errors.iter().rev() {
            let age = error.at.map(|at| format!("{} ago", format::age(self.now - at))).unwrap_or_default();
            let text = format!("{age}  {}: {}", error.tool, error.message);
            wrapped(lines, "", Role::Plain, &text, width, 2);
        }
    }

    fn files(&self, pen: &Pen<'_>, session: &Session, width: usize) -> Vec<Parts> {
        let Some(files) = session.files_modified.as_ref() else {
            return vec![vec![(
                Role::Faint,
                "its transcript is gone: which files it changed is not known".to_owned(),
            )]];
        };
        if files.is_empty() {
            return vec![vec![(Role::Faint, "it has changed no files".to_owned())]];
        }
        let mut files: Vec<(&String, &u64)> = files.iter().collect();
        files.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let root = session.project_path.as_deref().map(|root| format!("{root}/"));
        let mut lines = vec![heading(&format!("{} changed", format::plural(files.len() as u64, "file")))];
        for (path, times) in files.iter().take(FILES) {
            let own = root.as_deref().and_then(|root| path.strip_prefix(root)).map(str::to_owned);
            let shown = text::clean(&own.unwrap_or_else(|| self.short(path)));
            let collides =
                session.conflicts.iter().any(|conflict| conflict.kind == "file" && conflict.path == **path);
            let mark = if collides { "  changed by another session, too" } else { "" };
            lines.push(vec![
                (Role::Plain, format!("{times:>5} x  ")),
                (Role::Name, text::path(&shown, width.saturating_sub(9 + mark.len()), pen.glyphs)),
                (Role::Notice, mark.to_owned()),
            ]);
        }
        if let Some(more) = files.len().checked_sub(FILES).filter(|more| *more > 0) {
            lines.push(vec![(Role::Faint, format!("and {more} more"))]);
        }
        let mut tools: Vec<(&String, &u64)> = session.tool_usage.iter().flatten().collect();
        tools.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        lines.push(Vec::new());
        lines.push(heading("Calls by tool"));
        let most = tools.first().map_or(1, |(_, calls)| **calls).max(1);
        for (tool, calls) in tools {
            lines.push(vec![
                (Role::Name, text::left(&text::clean(tool), 24, pen.glyphs)),
                (Role::Plain, format!("{:>6}  ", format::count(*calls))),
                (Role::Bar, pen.glyphs.bar(ratio(*calls, most), width.saturating_sub(34).min(40))),
            ]);
        }
        lines
    }
}

#[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// The tabs by their digits and titles. Where not all titles have room, only the open one is named; where there is none
/// for the others' digits, it stands alone.
fn labels(open: Tab, room: usize) -> Vec<(Tab, String)> {
    let label = |tab: Tab, named: bool| {
        let title = if named { format!(" {}", tab.title()) } else { String::new() };
        (tab, format!(" {}{title}", tab.number() + 1))
    };
    let wide = |labels: &[(Tab, String)]| labels.iter().map(|(_, label)| text::width(label)).sum::<usize>();
    let all: Vec<_> = Tab::ALL.into_iter().map(|tab| label(tab, true)).collect();
    let digits: Vec<_> = Tab::ALL.into_iter().map(|tab| label(tab, tab == open)).collect();
    [all, digits].into_iter().find(|labels| wide(labels) <= room).unwrap_or_else(|| vec![label(open, true)])
}

/// What is open, in words.
fn title(session: Option<&Session>, agent: Option<&str>, known: Option<&str>) -> String {
    let Some(session) = session else { return known.map(text::clean).unwrap_or_default() };
    match agent.and_then(|id| session.subagents.iter().find(|one| one.id == id)) {
        Some(agent) => format!("{} of {}", text::clean(&agent.kind), name(session)),
        None => name(session),
    }
}

/// The session's name, or as much of its id as it is known by.
fn name(session: &Session) -> String {
    let own = session.name.clone().unwrap_or_else(|| format::short_id(&session.id));
    text::clean(&own)
}

/// Why nothing of a transcript is shown.
pub(super) fn unread(detail: &Detail) -> Option<String> {
    let story = &detail.story;
    if let Some(why) = &story.gone {
        return Some(text::clean(why));
    }
    if !story.is_read() {
        return Some("Reading ...".to_owned());
    }
    let empty = detail.lines.as_ref().is_none_or(|lines| lines.lines.is_empty());
    match (empty, story.from > 0) {
        (true, true) => Some("nothing of it in the last rows: PageUp reads earlier ones".to_owned()),
        (true, false) => Some("nothing yet".to_owned()),
        (false, _) => None,
    }
}

fn gone(id: &str, past: bool) -> Vec<Parts> {
    let id = format::short_id(&text::clean(id));
    let (state, more) = if past { ("does not run", "tells all of it") } else { ("has ended", "says how") };
    vec![
        vec![(Role::Plain, format!("{id} {state}."))],
        vec![(Role::Faint, format!("  `claudectl show {id}` {more}; 7 shows its transcript."))],
    ]
}

fn source(session: &Session) -> String {
    match session.status.source {
        claudectl_fleet::status::Source::Inferred => "inferred: nothing says so outright".to_owned(),
        source => format!("by the {}", source.word()),
    }
}

pub(super) fn fact(lines: &mut Vec<Parts>, name: &str, value: &str, width: usize) {
    wrapped(lines, name, Role::Plain, value, width, 3);
}

pub(super) fn maybe(lines: &mut Vec<Parts>, name: &str, value: Option<String>, width: usize) {
    if let Some(value) = value {
        fact(lines, name, &value, width);
    }
}

/// A fact's name with its value, which takes at most so many lines.
pub(super) fn wrapped(
    lines: &mut Vec<Parts>,
    name: &str,
    role: Role,
    value: &str,
    width: usize,
    most: usize,
) {
    let room = width.saturating_sub(NAME).max(10);
    for (at, line) in text::wrap(value, room, most).into_iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        lines.push(vec![(Role::Faint, format!("{name:NAME$}")), (role, line)]);
    }
}

/// A call, in at most so many lines: without its middle if it has more.
fn call(
    pen: &Pen<'_>,
    lines: &mut Vec<Parts>,
    (name, role): (&str, Role),
    call: &str,
    width: usize,
    most: usize,
) {
    let room = width.saturating_sub(NAME).max(10);
    for (at, line) in text::wrap_ends(call, room, most, pen.glyphs).into_iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        lines.push(vec![(Role::Faint, format!("{name:NAME$}")), (role, line)]);
    }
}

fn cost_line(pen: &Pen<'_>, session: &Session) -> Parts {
    let cost = &session.cost;
    let unpriced = if cost.unpriced_messages > 0 {
        format!(" + {} unpriced", format::plural(cost.unpriced_messages, "response"))
    } else {
        String::new()
    };
    let burn = cost.burn_usd_per_hour.map(|burn| format!(", ${burn:.2} an hour")).unwrap_or_default();
    let budget = cost.budget_usd.map(|budget| format!(", budget {budget}")).unwrap_or_default();
    let of_agents = cost.fanout_budget_usd.map(|limit| format!(", subagents {} of {limit}", cost.fanout_usd));
    let of_agents = of_agents.unwrap_or_default();
    let reported = cost.reported_usd.filter(|told| (told - cost.usd.dollars()).abs() >= 0.01);
    let reported = reported.map(|told| format!("  (Claude Code says ${told:.2})")).unwrap_or_default();
    vec![
        (Role::Faint, text::left("cost", NAME, pen.glyphs)),
        (Role::Plain, format!("{}{unpriced}{burn}{budget}{of_agents}", cost.usd)),
        (Role::Faint, reported),
    ]
}

fn context_line(pen: &Pen<'_>, session: &Session, high: f64) -> Parts {
    let context = &session.context;
    let name = (Role::Faint, text::left("context", NAME, pen.glyphs));
    let Some(tokens) = context.tokens else { return vec![name, (Role::Faint, "not known yet".to_owned())] };
    let (Some(max), Some(pct)) = (context.max, context.pct) else {
        return vec![name, (Role::Plain, format!("{} of an unknown window", format::count(tokens)))];
    };
    let role = if pct >= high { Role::Notice } else { Role::Bar };
    let bar = pen.glyphs.bar(pct / 100.0, 20);
    let track = pen.glyphs.track().repeat(20_usize.saturating_sub(text::width(&bar)));
    vec![
        name,
        (role, bar),
        (Role::Faint, track),
        (Role::Plain, format!(" {pct:.0}%, {} of {}", format::count(tokens), format::count(max))),
    ]
}

fn subagents(pen: &Pen<'_>, lines: &mut Vec<Parts>, session: &Session, width: usize) {
    if session.subagents.is_empty() {
        return;
    }
    lines.push(Vec::new());
    lines.push(heading("Subagents"));
    for agent in &session.subagents {
        let role = if agent.state == "running" { Role::Good } else { Role::Faint };
        let what = agent.description.as_deref().unwrap_or_default();
        let text = format!("{} {}", agent.kind, what);
        let line = text::cut(&text::clean(&text), width.saturating_sub(34), pen.glyphs);
        lines.push(vec![
            (role, text::left(agent.state, 10, pen.glyphs)),
            (Role::Plain, text::right(&agent.cost_usd.to_string(), 9, pen.glyphs)),
            (Role::Faint, format!("{:>8}  ", format::short_count(agent.tokens.total()))),
            (Role::Plain, line),
        ]);
    }
}

/// What is known of a subagent.
pub(super) fn agent_lines(pen: &Pen<'_>, agent: &Subagent, session: &Session, width: usize) -> Vec<Parts> {
    let mut lines = vec![vec![
        (Role::Strong, text::clean(&agent.kind)),
        (Role::Faint, format!("  subagent of {}", name(session))),
    ]];
    let running = agent.state == "running";
    lines.push(vec![
        (Role::Faint, text::left("status", NAME, pen.glyphs)),
        (if running { Role::Good } else { Role::Plain }, agent.state.to_owned()),
    ]);
    maybe(&mut lines, "task", agent.description.clone(), width);
    fact(&mut lines, "so far", &format::plural(agent.messages, "response"), width);
    fact(&mut lines, "cost", &agent.cost_usd.to_string(), width);
    fact(&mut lines, "tokens", &format::short_count(agent.tokens.total()), width);
    maybe(&mut lines, "model", agent.model.clone(), width);
    fact(&mut lines, "id", &agent.id, width);
    lines
}

fn cost(pen: &Pen<'_>, session: &Session, detail: &Detail, zone: &TimeZone, width: usize) -> Vec<Parts> {
    let mut lines = vec![cost_line(pen, session)];
    if let Some(why) = &detail.no_money {
        lines.extend(missing("the rest cannot be added up", why, u16::try_from(width).unwrap_or(u16::MAX)));
    }
    let Some(money) = &detail.money else {
        let adds_up = detail.no_money.is_none();
        lines.extend(adds_up.then(|| vec![(Role::Faint, "Adding up ...".to_owned())]));
        return lines;
    };
    let models: Vec<(String, Spent, String)> = money
        .by_model
        .iter()
        .map(|(model, spent, responses, tokens)| {
            let responses = format::plural(*responses, "response");
            (model.clone(), *spent, format!(" {responses}, {} tokens", format::short_count(*tokens)))
        })
        .collect();
    if money.by_hour.len() > 1 {
        lines.push(Vec::new());
        lines.push(heading("By hour"));
        lines.extend(plot(pen, width, |room| hours(&money.by_hour, zone, room)));
    }
    lines.push(Vec::new());
    lines.extend(table_with_notes(pen, "By model", &models, width));
    if money.by_agent.len() > 1 {
        lines.push(Vec::new());
        lines.extend(table(pen, "By agent", &money.by_agent, width));
    }
    lines
}

fn health(session: &Session, width: usize) -> Vec<Parts> {
    let mut lines = Vec::new();
    if let Some(score) = session.decay_score {
        lines.push(vec![
            (Role::Faint, format!("{:NAME$}", "decay")),
            (Role::Plain, format!("{score} of 100 (0 is fresh)")),
        ]);
    }
    if session.health.is_empty() {
        lines.push(vec![(Role::Good, "nothing to say: no check found anything".to_owned())]);
        return lines;
    }
    for finding in &session.health {
        lines.push(Vec::new());
        let role = match finding.severity {
            Severity::Critical => Role::Alarm,
            Severity::Warning => Role::Notice,
            Severity::Info => Role::Plain,
        };
        let name = finding.severity.to_string();
        lines.push(vec![(role, format!("{name:NAME$}")), (Role::Strong, finding.check.to_owned())]);
        wrapped(&mut lines, "", role, &finding.message, width, 4);
        wrapped(&mut lines, "", Role::Faint, &finding.evidence, width, 4);
        wrapped(&mut lines, "what to do", Role::Plain, finding.advice, width, 4);
    }
    lines
}
