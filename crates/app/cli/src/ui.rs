//! All output of the program: what is printed, where, in which colours and how wide.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;

use claudectl_redact::{escape_json, redact, redact_known, sanitize_block, sanitize_line};
use serde::Serialize;
use serde_json::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::env::Env;
use crate::error::{CliError, Result};

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a colour means. Whatever is coloured also says it in words or by a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Nothing special.
    Plain,
    /// Headings, what a line is about.
    Strong,
    /// Details that may be passed over.
    Faint,
    /// All is well, or a turn runs.
    Good,
    /// Your move, or nearly at a limit.
    Notice,
    /// Wants you now, failed, or past a limit.
    Alarm,
    /// Names of things.
    Name,
    /// What was looked for.
    Found,
}

impl Style {
    fn codes(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\x1b[1m",
            Self::Faint => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Notice => "\x1b[33m",
            Self::Alarm => "\x1b[1;31m",
            Self::Name => "\x1b[36m",
            Self::Found => "\x1b[1;33m",
        }
    }
}

/// So many warnings are remembered by a program that runs all day.
const WARNED_MOST: usize = 256;

/// Where a command prints.
#[derive(Debug)]
pub(crate) struct Ui {
    out: String,
    color: bool,
    err_color: bool,
    /// Columns to print for.
    pub(crate) width: usize,
    height: Option<usize>,
    /// Machine-readable output was asked for.
    pub(crate) json: bool,
    quiet: bool,
    /// Warnings that were given: a stream looks at the same file many times.
    warned: RefCell<HashSet<String>>,
    /// Where warnings go instead of standard error, while a whole screen is ours.
    warnings: Option<Sender<String>>,
    /// Where it goes how far work has come.
    pub(crate) progress: Option<Sender<(u64, u64)>>,
    pager: Option<String>,
    /// Standard error is a terminal that can redraw a line.
    pub(crate) live: bool,
    /// Standard output is a terminal.
    pub(crate) terminal: bool,
    /// Standard input is one, too.
    pub(crate) keyboard: bool,
}

impl Ui {
    pub(crate) fn new(env: &Env, color: ColorChoice, json: bool, quiet: bool) -> Self {
        let (out_tty, err_tty) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let colored = |tty: bool| match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => tty && !env.no_color && !env.dumb_terminal,
        };
        let size = out_tty.then(|| rustix::termios::tcgetwinsize(io::stdout()).ok()).flatten();
        let columns = size.map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0);
        Self {
            out: String::new(),
            color: colored(out_tty),
            err_color: colored(err_tty),
            width: columns.or(env.columns).unwrap_or(100).clamp(40, 400),
            height: size.map(|size| usize::from(size.ws_row)).filter(|&rows| rows > 0),
            json,
            quiet,
            warned: RefCell::default(),
            warnings: None,
            progress: None,
            pager: out_tty.then(|| env.pager.clone().unwrap_or_else(|| "less -FRX".to_owned())),
            live: err_tty && !env.dumb_terminal && !quiet,
            terminal: out_tty,
            keyboard: io::stdin().is_terminal(),
        }
    }

    /// Tells how far work has come to somebody else than a terminal: bytes done, and all.
    pub(crate) fn send_progress(&mut self, to: Sender<(u64, u64)>) {
        self.progress = Some(to);
    }

    /// Whether anybody sees how far work has come.
    pub(crate) fn shows_progress(&self) -> bool {
        self.live || self.progress.is_some()
    }

    /// Sends warnings elsewhere, for a screen that shows them in its own way.
    pub(crate) fn send_warnings(&mut self, to: Sender<String>) {
        self.warnings = Some(to);
        self.live = false;
    }

    /// A line of output. Text from outside must have been through [`clean`] or a [`Table`].
    pub(crate) fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// Output as it is.
    pub(crate) fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A line that is printed at once: of a stream, which has no end.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub(crate) fn stream(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    }

    /// A document of JSON, on a line of a stream.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub(crate) fn stream_document(&self, document: &serde_json::Value) -> io::Result<()> {
        self.stream(&escape_json(&without_known(document.to_string())))
    }

    /// A document of JSON.
    pub(crate) fn document(&mut self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| CliError::new(crate::error::Kind::Internal, "cannot write JSON").why(error))?;
        self.line(&escape_json(&without_known(text)));
        Ok(())
    }

    /// Text in a style, if colours are on.
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        paint(self.color, style, text)
    }

    /// Whether colours are on.
    pub(crate) fn is_colored(&self) -> bool {
        self.color
    }

    /// Something the person should know, beside the output. The same is said once.
    pub(crate) fn warn(&self, text: &str) {
        self.notice(text, clean(text));
    }

    /// A warning of several lines. The same is said once.
    pub(crate) fn warn_block(&self, text: &str) {
        self.notice(text, clean_block(text));
    }

    /// What was warned of so far, in no order that means anything.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.warned.borrow().iter().cloned().collect();
        warnings.sort();
        warnings
    }

    fn notice(&self, text: &str, cleaned: String) {
        let cleaned = redact(&cleaned).text.into_owned();
        let mut warned = self.warned.borrow_mut();
        if warned.len() == WARNED_MOST {
            warned.clear();
        }
        if !warned.insert(text.to_owned()) {
            return;
        }
        tracing::warn!("{text}");
        if let Some(warnings) = &self.warnings {
            // The screen is gone, and with it whoever could be warned.
            warnings.send(cleaned).ok();
        } else if !self.quiet {
            self.err_line(&format!("{} {cleaned}", paint(self.err_color, Style::Notice, "warning:")));
        }
    }

    /// An error: what, why, how to fix it.
    pub(crate) fn error(&self, error: &CliError) {
        if error.silent {
            return;
        }
        tracing::error!(why = error.why, "{}", error.what);
        // They repeat what was typed, and what stands in files.
        let clean_block = |text: &str| redact(&clean_block(text)).text.into_owned();
        self.err_line(&format!(
            "{} {}",
            paint(self.err_color, Style::Alarm, "error:"),
            clean_block(&error.what)
        ));
        if let Some(why) = &error.why {
            self.err_line(&format!("  why: {}", clean_block(why)));
        }
        if let Some(fix) = &error.fix {
            self.err_line(&format!("  fix: {}", clean_block(fix)));
        }
    }

    fn err_line(&self, text: &str) {
        // If standard error is gone there is nobody left to tell.
        drop(writeln!(io::stderr().lock(), "{text}"));
    }

    /// Hands the output over: to a pager if it is longer than the terminal, else to standard output.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.out);
        let long = self.height.is_some_and(|height| text.lines().count() >= height);
        if long && !self.json && self.page(&text) {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Whether a pager took the text.
    fn page(&self, text: &str) -> bool {
        let Some(pager) = self.pager.as_deref() else { return false };
        let mut words = pager.split_whitespace();
        let Some(program) = words.next().filter(|program| *program != "cat") else { return false };
        let child =
            Command::new(program).args(words).env("LESSCHARSET", "utf-8").stdin(Stdio::piped()).spawn();
        let Ok(mut child) = child else { return false };
        if let Some(mut stdin) = child.stdin.take() {
            // The person may leave the pager before the end.
            drop(stdin.write_all(text.as_bytes()));
        }
        child.wait().is_ok()
    }
}

fn paint(color: bool, style: Style, text: &str) -> String {
    if color && style != Style::Plain && !text.is_empty() {
        format!("{}{text}\x1b[0m", style.codes())
    } else {
        text.to_owned()
    }
}

/// Text from outside, for one line of a terminal.
pub(crate) fn clean(text: &str) -> String {
    sanitize_line(text).into_owned()
}

/// Text from outside, for one line, without the secrets in it.
pub(crate) fn told(text: &str) -> String {
    clean(&redact(text).text)
}

/// A document without the secrets in its texts.
pub(crate) fn without_secrets(document: Value) -> Value {
    match document {
        Value::String(text) => Value::String(redact(&text).text.into_owned()),
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(key, value)| (key, without_secrets(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => document,
    }
}

/// JSON text without the tokens in it, wherever they stand: in the name of a folder or of a value, too.
fn without_known(json: String) -> String {
    let Cow::Owned(clean) = redact_known(&json) else { return json };
    // A token has no quote and no backslash in it; where what looks like one had, each text is looked at by itself.
    match serde_json::from_str::<serde::de::IgnoredAny>(&clean) {
        Ok(_) => clean,
        Err(_) => serde_json::from_str(&json).map_or(clean, |json| without_secrets(json).to_string()),
    }
}

/// Text from outside that may have several lines.
fn clean_block(text: &str) -> String {
    sanitize_block(text).into_owned()
}

/// Which side of a column text stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table of text: columns as wide as their content, the flexible ones cut to fit the width.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// Columns that are left out, one after the other, where the width is too short for all.
    give_way: &'static [&'static str],
}

#[derive(Debug)]
struct Column {
    title: &'static str,
    align: Align,
    /// May be cut down to so many columns; `None` never.
    shrink_to: Option<usize>,
}

#[derive(Debug)]
enum Row {
    Cells(Vec<(Style, String)>),
    /// A line of its own below a row.
    Below(Style, String),
    Whole(Style, String),
    Rule,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { columns: Vec::new(), rows: Vec::new(), give_way: &[] }
    }

    pub(crate) fn left(mut self, title: &'static str) -> Self {
        self.columns.push(Column { title, align: Align::Left, shrink_to: None });
        self
    }

    pub(crate) fn right(mut self, title: &'static str) -> Self {
        self.columns.push(Column { title, align: Align::Right, shrink_to: None });
        self
    }

    /// A left-aligned column that is cut where the width is short.
    pub(crate) fn flexible(mut self, title: &'static str, least: usize) -> Self {
        self.columns.push(Column { title, align: Align::Left, shrink_to: Some(least) });
        self
    }

    /// Where the width is too short, these columns are left out, the first first.
    pub(crate) fn give_way(mut self, titles: &'static [&'static str]) -> Self {
        self.give_way = titles;
        self
    }

    /// Adds a row; its texts are cleaned.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = (Style, String)>) {
        // Before anything is cut: half a token may not be known for one.
        let clean = |text: &str| clean(&redact_known(text));
        self.rows.push(Row::Cells(cells.into_iter().map(|(style, text)| (style, clean(&text))).collect()));
    }

    pub(crate) fn below(&mut self, style: Style, text: &str) {
        self.rows.push(Row::Below(style, clean(&redact_known(text))));
    }

    /// The same, whole: it may name a command that somebody copies, and the terminal folds it.
    pub(crate) fn below_whole(&mut self, style: Style, text: &str) {
        self.rows.push(Row::Whole(style, clean(&redact_known(text))));
    }

    pub(crate) fn rule(&mut self) {
        self.rows.push(Row::Rule);
    }

    pub(crate) fn print(&self, ui: &mut Ui) {
        let widths = self.widths(ui.width);
        let heading: Vec<_> =
            self.columns.iter().map(|column| (Style::Strong, column.title.to_owned())).collect();
        self.print_cells(ui, &heading, &widths);
        for row in &self.rows {
            match row {
                Row::Cells(cells) => self.print_cells(ui, cells, &widths),
                Row::Below(style, text) => {
                    let text = cut(text, ui.width.saturating_sub(4));
                    let text = ui.paint(*style, &text);
                    ui.line(&format!("    {text}"));
                }
                Row::Whole(style, text) => {
                    let text = ui.paint(*style, text);
                    ui.line(&format!("    {text}"));
                }
                Row::Rule => ui.line(&"─".repeat(total(&widths).min(ui.width))),
            }
        }
    }

    /// The width of each column; `None` for one that is left out.
    fn widths(&self, width: usize) -> Vec<Option<usize>> {
        let mut widths: Vec<_> = self.columns.iter().map(|column| Some(column.title.width())).collect();
        for row in &self.rows {
            if let Row::Cells(cells) = row {
                for (at, (_, text)) in cells.iter().enumerate() {
                    widths[at] = widths[at].max(Some(text.width()));
                }
            }
        }
        for title in self.give_way {
            let least = widths.iter().zip(&self.columns).map(|(width, column)| column.least(*width));
            if total(&least.collect::<Vec<_>>()) <= width {
                break;
            }
            if let Some(at) = self.columns.iter().position(|column| column.title == *title) {
                widths[at] = None;
            }
        }
        self.shrink(&mut widths, width);
        widths
    }

    /// Makes columns that may be cut narrower until all fit, or none may give more.
    fn shrink(&self, widths: &mut [Option<usize>], width: usize) {
        let mut excess = total(widths).saturating_sub(width);
        while excess > 0 {
            let room = |at: usize| widths[at].unwrap_or(0) - self.columns[at].least(widths[at]).unwrap_or(0);
            // The widest column that may still give way gives one.
            let Some(widest) = (0..widths.len()).filter(|&at| room(at) > 0).max_by_key(|&at| widths[at])
            else {
                break;
            };
            widths[widest] = widths[widest].map(|width| width - 1);
            excess -= 1;
        }
    }

    fn print_cells(&self, ui: &mut Ui, cells: &[(Style, String)], widths: &[Option<usize>]) {
        let mut line = String::new();
        for ((style, text), (column, width)) in cells.iter().zip(self.columns.iter().zip(widths)) {
            let Some(width) = *width else { continue };
            let text = cut(text, width);
            let pad = " ".repeat(width.saturating_sub(text.width()));
            let painted = ui.paint(*style, &text);
            let gap = if line.is_empty() { "" } else { "  " };
            let wrote = match column.align {
                Align::Left => write!(line, "{gap}{painted}{pad}"),
                Align::Right => write!(line, "{gap}{pad}{painted}"),
            };
            debug_assert!(wrote.is_ok(), "writing to a string cannot fail");
        }
        ui.line(line.trim_end());
    }
}

impl Column {
    /// How narrow the column may become.
    fn least(&self, width: Option<usize>) -> Option<usize> {
        width.map(|width| self.shrink_to.map_or(width, |least| least.max(self.title.width()).min(width)))
    }
}

/// What columns take, the gaps between them included.
fn total(widths: &[Option<usize>]) -> usize {
    let shown: Vec<usize> = widths.iter().flatten().copied().collect();
    shown.iter().sum::<usize>() + 2 * shown.len().saturating_sub(1)
}

/// Text of at most so many columns, `…` at its end if it was cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let text = cuttable(text, width);
    if text.width() <= width {
        return text.into_owned();
    }
    format!("{}…", &text[..fitting(text.chars(), width.saturating_sub(1))])
}

/// A text that may be cut: the name of a folder may be a token, and half a token is not known for one.
fn cuttable(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width { Cow::Borrowed(text) } else { redact_known(text) }
}

/// A call in so many columns: without its middle if it is longer, for its end may be what matters.
pub(crate) fn both_ends(text: &str, width: usize) -> String {
    const CUT: &str = " … ";
    let text = cuttable(text, width);
    if text.width() <= width || width < 4 * CUT.width() {
        return cut(&text, width);
    }
    let room = width - CUT.width();
    let head = fitting(text.chars(), room - room / 3);
    let tail = text.len() - fitting(text.chars().rev(), room / 3);
    format!("{}{CUT}{}", &text[..head], &text[tail..])
}

/// How many bytes of letters fit into so many columns.
fn fitting(letters: impl Iterator<Item = char>, width: usize) -> usize {
    let (mut used, mut bytes) = (0, 0);
    for letter in letters {
        used += letter.width().unwrap_or(0);
        if used > width {
            break;
        }
        bytes += letter.len_utf8();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_cut_in_its_middle() {
        let call = "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | sh";
        assert_eq!(both_ends(call, 21), "echo aaaaaaa … a | sh");
        assert_eq!(both_ends(call, call.len()), call);
        assert_eq!(both_ends("日本語テキスト日本語テキスト", 15), "日本語テ … スト");
        assert_eq!(both_ends(call, 5), "echo…");
    }

    #[test]
    fn columns_give_way_before_the_key_is_cut_short() {
        let mut table =
            Table::new().flexible("KEY", 8).right("COUNT").flexible("MORE", 6).give_way(&["MORE", "COUNT"]);
        table.row(
            ["a-long-key-of-22-chars", "1,000", "some more"].map(|text| (Style::Plain, text.to_owned())),
        );
        assert_eq!(table.widths(80), [Some(22), Some(5), Some(9)]);
        assert_eq!(table.widths(30), [Some(12), Some(5), Some(9)], "what may be cut is cut");
        assert_eq!(table.widths(22), [Some(15), Some(5), None]);
        assert_eq!(table.widths(12), [Some(12), None, None]);
    }

    #[test]
    fn text_is_cut_by_columns() {
        let token = ["gh", "p_", "7kQ2", "mZ9xW4", "vB6nT1", "rL8sD3", "fG5hJ0", "pC2yK7aE"].concat();
        for width in 0..60 {
            for cut in [cut(&format!("/w/{token}/x y"), width), both_ends(&format!("/w/x/{token}"), width)] {
                let part = cut.contains("7kQ2") || cut.contains("K7aE");
                assert!(!part || cut.contains(&token), "{cut}");
            }
        }
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("日本語テキスト", 6), "日本…");
        assert_eq!(cut("é́xyz", 2), "é́…");
        assert_eq!(cut("abc", 0), "…");
    }
}
