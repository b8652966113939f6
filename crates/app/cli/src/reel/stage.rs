//! A reel on a terminal: a title, the scenes one below the other as in a session, an end.
//!
//! Everything is drawn here, line by line, and kept as a cast. Nothing of a session's own escape sequences gets there.

use std::time::Duration;

use claudectl_fleet::patch::Line as Changed;
use claudectl_fleet::reel::{Reel, Row, Scene, Shot, tells_failure};
use claudectl_record::RecordError;
use claudectl_record::cast::{Header, Writer};

use super::spans::{Ink, Line, Span, clean, wrap};
use super::{Options, Subject, words};
use crate::format;
use crate::ui;

/// The end is shown so long, milliseconds.
const END_MS: u64 = 5_000;
/// The title is shown so long, milliseconds.
const TITLE_MS: u64 = 2_800;
/// Between what is done and what comes of it.
const BREATH_MS: u64 = 350;
/// A prompt is written in so many steps.
const STROKES: usize = 12;
/// Between two of them.
const STROKE_MS: u64 = 60;

/// The cast, and how long it is.
pub(super) fn cast(
    reel: &Reel,
    subject: &Subject,
    options: &Options,
) -> Result<(Vec<u8>, Duration), RecordError> {
    let mut header = Header::new(options.size.0, options.size.1);
    header.title = Some(clean(&subject.name));
    header.timestamp = reel.totals.first.map(|at| at.div_euclid(1_000));
    let out = Writer::new(Vec::new(), &header).map_err(lost)?;
    let clock = words::Clock::new(reel, options);
    let mut stage = Stage { out, at_ms: 0, row: 0, subject, options, clock };
    stage.put("\x1b[?25l\x1b[2J")?;
    stage.card(&clean(&subject.name), &words::title(reel, subject, options), None)?;
    stage.wait(TITLE_MS);
    stage.open()?;
    let mut before = None;
    for (number, scene) in reel.scenes.iter().enumerate() {
        stage.scene(scene, before, (number + 1, reel.scenes.len()))?;
        before = Some(&scene.shot);
    }
    stage.close()?;
    stage.card("The end", &words::end(reel, subject, options), Some("made with claudectl reel"))?;
    stage.wait(END_MS);
    // For players: so long the end is to be seen.
    stage.put("\x1b[?25l")?;
    let length = stage.out.length();
    Ok((stage.out.finish().map_err(lost)?, length))
}

/// Writing to memory does not fail; if it did, this is what is said.
fn lost(source: std::io::Error) -> RecordError {
    RecordError::Read(source)
}

struct Stage<'a> {
    out: Writer<Vec<u8>>,
    at_ms: u64,
    /// Lines that stand on the screen.
    row: usize,
    subject: &'a Subject,
    options: &'a Options,
    clock: words::Clock<'a>,
}

/// What a scene looks like: what is done, and what comes of it.
struct Picture {
    done: Vec<Line>,
    then: Vec<Line>,
    /// It is written letter by letter.
    written: bool,
}

impl Picture {
    fn of(done: Vec<Line>) -> Self {
        Self { done, then: Vec::new(), written: false }
    }
}

impl Stage<'_> {
    fn width(&self) -> usize {
        usize::from(self.options.size.0)
    }

    /// Rows for the scenes: all but the bar and one above it.
    fn rows(&self) -> usize {
        usize::from(self.options.size.1).saturating_sub(2).max(1)
    }

    fn wait(&mut self, millis: u64) {
        self.at_ms += millis;
    }

    fn put(&mut self, text: &str) -> Result<(), RecordError> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a short film")]
        let at = Duration::from_secs_f64((self.at_ms as f64 / 1_000.0 / self.options.speed).clamp(0.0, 1e7));
        self.out.output(text.as_bytes(), at).map_err(lost)
    }

    /// Clears the screen for the scenes, which scroll above the bar.
    fn open(&mut self) -> Result<(), RecordError> {
        self.row = 0;
        self.put(&format!("\x1b[2J\x1b[1;{}r", self.rows()))
    }

    fn close(&mut self) -> Result<(), RecordError> {
        self.put("\x1b[r\x1b[2J")
    }

    fn scene(
        &mut self,
        scene: &Scene,
        before: Option<&Shot>,
        number: (usize, usize),
    ) -> Result<(), RecordError> {
        let picture = self.picture(&scene.shot);
        self.bar(scene, number)?;
        // A screen must hold all of a scene.
        let room = self.rows().saturating_sub(2).max(1);
        let done: Vec<Line> = picture.done.into_iter().take(room).collect();
        let then: Vec<Line> = picture.then.into_iter().take(room.saturating_sub(done.len())).collect();
        let gap = before.is_some_and(|before| !(is_small(before) && is_small(&scene.shot)));
        let mut first = if gap { vec![Line::default()] } else { Vec::new() };
        if picture.written {
            self.lines(&first)?;
            self.write(&done)?;
        } else {
            first.extend(done);
            self.lines(&first)?;
        }
        if !then.is_empty() {
            self.wait(BREATH_MS);
            self.lines(&then)?;
        }
        self.wait(scene.shot.reading_ms());
        Ok(())
    }

    /// Puts lines below those that are there.
    fn lines(&mut self, lines: &[Line]) -> Result<(), RecordError> {
        let mut text = String::new();
        for line in lines {
            if self.row < self.rows() {
                self.row += 1;
            } else {
                text.push_str(&format!("\x1b[{};1H\n", self.rows()));
            }
            text.push_str(&format!("\x1b[{};1H{}\x1b[K", self.row, self.painted(line)));
        }
        self.put(&text)
    }

    /// Writes lines letter by letter.
    fn write(&mut self, lines: &[Line]) -> Result<(), RecordError> {
        self.lines(&vec![Line::default(); lines.len()])?;
        let letters: usize = lines.iter().map(Line::letters).sum();
        for stroke in 1..=STROKES {
            let mut left = letters * stroke / STROKES;
            let mut text = String::new();
            for (number, line) in lines.iter().enumerate() {
                let row = self.row + 1 + number - lines.len();
                let part = line.letters().min(left);
                left -= part;
                text.push_str(&format!("\x1b[{row};1H{}\x1b[K", self.painted(&line.first(part))));
            }
            self.put(&text)?;
            self.wait(STROKE_MS);
        }
        Ok(())
    }

    fn painted(&self, line: &Line) -> String {
        let inner = self.width().saturating_sub(2);
        format!(" {}", line.painted(inner, self.options.look))
    }

    /// The line at the bottom: whose scene this is, when, and how far.
    fn bar(&mut self, scene: &Scene, (number, of): (usize, usize)) -> Result<(), RecordError> {
        let mut name = vec![Span(Ink::Bar, format!(" {} ", clean(&self.subject.name)))];
        name.extend(scene.agent.as_ref().map(|kind| Span(Ink::Bar, format!("▸ {} ", clean(kind)))));
        let clock = self.clock.at(scene.at);
        let filled = (number * 16).div_ceil(of.max(1)).min(16);
        let track = format!("{clock}  {}{} ", "━".repeat(filled), "─".repeat(16 - filled));
        let line = Line::of(name).right([Span(Ink::Bar, track)]).fill(Ink::Bar);
        let painted = line.painted(self.width(), self.options.look);
        self.put(&format!("\x1b[{};1H{painted}", self.options.size.1))
    }

    /// A framed card in the middle of an empty screen.
    fn card(
        &mut self,
        title: &str,
        fields: &[(&'static str, String)],
        foot: Option<&str>,
    ) -> Result<(), RecordError> {
        let look = self.options.look;
        let label = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let mut lines = vec![
            Line::default(),
            Line::of([Span(Ink::Strong, ui::cut(title, self.width() - 12))]),
            Line::default(),
        ];
        lines.extend(fields.iter().map(|(name, value)| {
            let ink = if *name == "errors" { Ink::Alarm } else { Ink::Plain };
            Line::of([Span(Ink::Faint, format!("{name:<label$}  ")), Span(ink, value.clone())])
        }));
        lines.push(Line::default());
        let widest = lines.iter().map(Line::width).max().unwrap_or(0);
        let inner = (widest + 6).max(36).min(self.width().saturating_sub(4)).max(4);
        let (left, top) = (
            (self.width() - inner - 2) / 2 + 1,
            usize::from(self.options.size.1).saturating_sub(lines.len() + 2) / 2 + 1,
        );
        let edge = |text: &str| Line::of([Span(Ink::Name, text.to_owned())]).painted(inner + 2, look);
        let mut text = format!("\x1b[{top};{left}H{}", edge(&format!("╭{}╮", "─".repeat(inner))));
        for (number, line) in lines.iter().enumerate() {
            let row = top + 1 + number;
            let body = line.painted(inner - 3, look);
            let right = left + inner + 1;
            text.push_str(&format!(
                "\x1b[{row};{left}H{}   {body}\x1b[{row};{right}H{}",
                edge("│"),
                edge("│")
            ));
        }
        let bottom = top + lines.len() + 1;
        text.push_str(&format!("\x1b[{bottom};{left}H{}", edge(&format!("╰{}╯", "─".repeat(inner)))));
        if let Some(foot) = foot {
            let left = (self.width().saturating_sub(foot.len())) / 2 + 1;
            let foot = Line::of([Span(Ink::Faint, foot.to_owned())]).painted(self.width(), look);
            text.push_str(&format!("\x1b[{};{left}H{foot}", bottom + 2));
        }
        self.put(&text)
    }

    fn picture(&self, shot: &Shot) -> Picture {
        let width = self.width().saturating_sub(4);
        let wrapped = |sign: &str, ink: Ink, text: &str, words: Ink, most: usize| -> Vec<Line> {
            let lines = wrap(text, width.saturating_sub(2), most);
            let head = |number: usize| if number == 0 { format!("{sign} ") } else { "  ".to_owned() };
            let line =
                |(number, text): (usize, String)| Line::of([Span(ink, head(number)), Span(words, text)]);
            lines.into_iter().enumerate().map(line).collect()
        };
        match shot {
            Shot::Prompt(text) => {
                Picture { written: true, ..Picture::of(wrapped("❯", Ink::Name, text, Ink::Strong, 8)) }
            }
            Shot::Typed(text) => {
                Picture { written: true, ..Picture::of(wrapped("❯", Ink::Notice, text, Ink::Plain, 2)) }
            }
            Shot::Reply { text, last } => {
                let ink = if *last { Ink::Plain } else { Ink::Faint };
                Picture::of(wrapped("●", if *last { Ink::Agent } else { Ink::Faint }, text, ink, 8))
            }
            Shot::Edit { path, rows, more, added, removed, made } => {
                let counted = words::changed(*added, *removed, *made);
                let counted = counted.into_iter().map(|(ink, text)| Span(ink, format!(" {text}")));
                let head = Line::of([
                    Span(Ink::Name, "✎ ".to_owned()),
                    Span(Ink::Strong, clean(&self.subject.short(path))),
                ])
                .right(counted);
                Picture { done: vec![head], then: diff(rows, *more), written: false }
            }
            Shot::Command { command, output, failed, .. } => {
                let (ink, ending) = words::ending(shot);
                let head = Line::of([Span(Ink::Notice, "$ ".to_owned()), Span(Ink::Strong, clean(command))])
                    .right([Span(ink, ending)]);
                let ink = |line: &str| if *failed && tells_failure(line) { Ink::Alarm } else { Ink::Plain };
                let piped =
                    |ink: Ink, text: String| Line::of([Span(Ink::Faint, "│ ".to_owned()), Span(ink, text)]);
                let mut then: Vec<Line> =
                    output.head.iter().map(|line| piped(Ink::Plain, clean(line))).collect();
                if output.left_out > 0 {
                    then.push(piped(Ink::Faint, format!("⋯ {}", format::plural(output.left_out, "line"))));
                }
                then.extend(output.tail.iter().map(|line| piped(ink(line), clean(line))));
                Picture { done: vec![head], then, written: false }
            }
            Shot::Tool { tool, summary } => {
                let text = clean(&format!("{tool} {}", self.subject.short(summary)));
                Picture::of(vec![Line::of([Span(Ink::Faint, format!("◦ {text}"))])])
            }
            Shot::Failed { tool, summary, text, denied } => {
                let (ink, sign) = if *denied { (Ink::Notice, "⊘") } else { (Ink::Alarm, "✗") };
                let what = words::failed(tool, summary, self.subject);
                let mut head = Line::of([Span(ink, format!("{sign} ")), Span(Ink::Strong, what)]);
                if *denied {
                    head = head.right([Span(ink, "turned down".to_owned())]);
                }
                let then = wrap(text, width.saturating_sub(2), 3)
                    .into_iter()
                    .map(|line| Line::of([Span(Ink::Faint, "│ ".to_owned()), Span(ink, line)]));
                Picture { done: vec![head], then: then.collect(), written: false }
            }
            Shot::Looks { .. } => {
                Picture::of(vec![Line::of([Span(Ink::Faint, format!("⌕ {}", words::looks(shot)))])])
            }
            Shot::Plan(text) => {
                let head =
                    Line::of([Span(Ink::Agent, "◆ ".to_owned()), Span(Ink::Strong, "Plan".to_owned())]);
                let lines = wrap(text, width.saturating_sub(2), 12);
                let then = lines
                    .into_iter()
                    .map(|line| Line::of([Span(Ink::Agent, "│ ".to_owned()), Span(Ink::Plain, line)]));
                Picture { done: vec![head], then: then.collect(), written: false }
            }
            Shot::Approved => Picture::of(vec![Line::of([Span(Ink::Good, "✓ plan approved".to_owned())])]),
            Shot::Question { text, answer } => Picture {
                done: wrapped("?", Ink::Notice, text, Ink::Strong, 4),
                then: wrapped("→", Ink::Good, answer, Ink::Plain, 3),
                written: false,
            },
            Shot::Agent { kind, task } => {
                let kind =
                    if kind.is_empty() { "agent".to_owned() } else { format!("agent {}", clean(kind)) };
                Picture::of(vec![Line::of([
                    Span(Ink::Agent, format!("◇ {kind}  ")),
                    Span(Ink::Plain, clean(task)),
                ])])
            }
            Shot::Note(note) => {
                let (ink, sign, text) = words::note(note);
                Picture::of(wrapped(sign, ink, &text, ink, 3))
            }
        }
    }
}

/// Scenes of one line, which need no space between them.
fn is_small(shot: &Shot) -> bool {
    matches!(shot, Shot::Looks { .. } | Shot::Tool { .. } | Shot::Agent { .. } | Shot::Approved)
}

/// The lines of a change, numbered.
fn diff(rows: &[Row], more: u64) -> Vec<Line> {
    let digits = rows
        .iter()
        .filter_map(|row| match row {
            Row::Line(number, _) => number.map(|number| number.to_string().len()),
            Row::Gap => None,
        })
        .max()
        .unwrap_or(0);
    let mut lines: Vec<Line> = rows
        .iter()
        .map(|row| match row {
            Row::Gap => Line::of([Span(Ink::Faint, format!("{:>digits$}   ⋯", ""))]),
            Row::Line(number, line) => {
                let ink = match line {
                    Changed::Same(_) => Ink::Plain,
                    Changed::Added(_) => Ink::Added,
                    Changed::Removed(_) => Ink::Removed,
                };
                let number = number.map(|number| number.to_string()).unwrap_or_default();
                let gutter = Span(Ink::Faint, format!("{number:>digits$} "));
                let text = format!(" {} {}", line.sign(), clean(line.text()));
                let painted = Line::of([gutter, Span(ink, text)]);
                if ink == Ink::Plain { painted } else { painted.fill(ink) }
            }
        })
        .collect();
    if more > 0 {
        lines.push(Line::of([Span(
            Ink::Faint,
            format!("{:>digits$}   … {}", "", format::plural(more, "more line")),
        )]));
    }
    lines
}
