//! Metrics on a terminal: figures with what they were counted of, tables, curves, and what is not known.

use claudectl_brain::stats::Name;
use claudectl_brain::stats::figure::{Case, Curve, Figure, Metric, Part, Point, Unit};
use claudectl_brain::stats::material::Material;
use claudectl_tui::Glyphs;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::commands::brain;
use crate::dashboard;
use crate::format;
use crate::ui::{Style, Table, told};

/// Of a curve.
const HEIGHT: usize = 6;
/// Cells of a place of it.
const STEP: usize = 3;
/// Cells of a bar.
const BAR: usize = 24;

/// Nothing is known yet.
pub(in crate::commands::brain) fn nothing(app: &mut App) {
    app.ui.line("Nothing was learned yet, and the gate was asked nothing.");
    app.ui
        .line("What you answer at prompts is, as soon as Claude Code runs with our hooks (claudectl init).");
    app.ui.line("What you have answered before is in its transcripts: claudectl brain learn --history");
}

pub(in crate::commands::brain) fn title(app: &mut App, text: &str) {
    let text = app.ui.paint(Style::Strong, &told(text));
    app.ui.line(&text);
}

/// What it was made of.
pub(in crate::commands::brain) fn counted(app: &mut App, material: &Material, more: bool) {
    let calls = format::plural(material.calls.len() as u64, "call");
    // What became of calls is told without foretelling anything.
    let mut text = match material.foretold.len() {
        0 => format!("of {calls}"),
        answers => format!("of {} and {calls}", format::plural(answers as u64, "answer")),
    };
    if material.foretold.is_empty() && material.calls.is_empty() {
        text.push_str(": there are none like that; leave out --since or --project, or look further back");
    }
    if material.unreadable > 0 {
        text.push_str(&format!("; {} cannot be read", format::plural(material.unreadable as u64, "answer")));
    }
    if more {
        text.push_str("; there are more calls, and these are the latest");
    }
    faint(app, &text);
}

fn faint(app: &mut App, text: &str) {
    let text = app.ui.paint(Style::Faint, &told(text));
    app.ui.line(&text);
}

/// The first figure that is known; where none is, the first.
pub(super) fn head(metric: &Metric) -> Option<&Figure> {
    metric.figures.iter().find(|figure| figure.value.is_some()).or(metric.figures.first())
}

/// The figure that counts of each metric.
pub(super) fn overview(app: &mut App, heads: &[(Name, Metric)]) {
    let mut table = Table::new().left("NAME").left("FIGURE").right("VALUE").left("OF").flexible("WHAT", 16);
    for (name, metric) in heads {
        let Some(figure) = head(metric) else { continue };
        table.row([
            (Style::Name, name.word().to_owned()),
            (Style::Plain, figure.name.to_owned()),
            (Style::Strong, value(figure, &app.zone)),
            (Style::Faint, of(figure, &app.zone)),
            (Style::Plain, name.about().to_owned()),
        ]);
    }
    table.print(&mut app.ui);
    app.ui.line("All of one: claudectl brain stats NAME. What each is: docs/brain-metrics.md");
}

pub(in crate::commands::brain) fn metric(app: &mut App, metric: &Metric) {
    let glyphs = dashboard::glyphs(app);
    let mut table = Table::new().left("FIGURE").right("VALUE").left("OF");
    for (at, figure) in metric.figures.iter().enumerate() {
        let style = if at == 0 { Style::Strong } else { Style::Plain };
        table.row([
            (Style::Name, figure.name.to_owned()),
            (style, value(figure, &app.zone)),
            (Style::Faint, of(figure, &app.zone)),
        ]);
    }
    if !metric.figures.is_empty() {
        table.print(&mut app.ui);
    }
    for part in metric.parts.iter().filter(|part| !part.rows.is_empty()) {
        app.ui.line("");
        rows(app, part, glyphs);
    }
    for curve in metric.curves.iter().filter(|curve| !curve.points.is_empty()) {
        app.ui.line("");
        if curve.name == "reliability" {
            reliability(app, curve, glyphs);
        } else {
            plot(app, curve, glyphs);
        }
    }
    if !metric.cases.is_empty() {
        app.ui.line("");
        cases(app, &metric.cases);
    }
    if !metric.unknown.is_empty() {
        app.ui.line("");
        for line in &metric.unknown {
            faint(app, line);
        }
    }
}

/// A figure's value; what is not known is `?`.
fn value(figure: &Figure, zone: &TimeZone) -> String {
    figure.value.map_or_else(|| "?".to_owned(), |value| number(figure.unit, value, zone))
}

fn number(unit: Unit, value: f64, zone: &TimeZone) -> String {
    match unit {
        Unit::Share => brain::percent(value),
        Unit::Count => format::count(value as u64),
        Unit::Loss => format!("{value:.3}"),
        Unit::Milliseconds if value < 60_000.0 => format!("{:.1} s", value / 1e3),
        Unit::Milliseconds => format::age(value as i64),
        Unit::Microseconds => format!("{value:.1} us"),
        Unit::Usd => format!("${value:.4}"),
        Unit::Moment => format::moment(value as i64, zone),
    }
}

/// What a figure was counted of, and between what it lies.
fn of(figure: &Figure, zone: &TimeZone) -> String {
    let between = figure.low.zip(figure.high).map(|(low, high)| {
        format!("{} to {}", number(figure.unit, low, zone), number(figure.unit, high, zone))
    });
    let few = if figure.is_of_few() { ", too few to say much" } else { "" };
    match (figure.count, figure.of, between) {
        (_, Some(0), _) => "of none".to_owned(),
        (Some(count), Some(of), Some(between)) => {
            format!("{} of {}: {between}{few}", format::count(count), format::count(of))
        }
        (None, Some(of), Some(between)) => format!("of {}: {between}{few}", format::count(of)),
        (_, Some(of), None) if figure.value.is_none() => format!("of {}: too few", format::count(of)),
        (_, Some(of), None) => format!("of {}", format::count(of)),
        _ => String::new(),
    }
}

/// A figure in a table: a share with its counts, for it says little without.
fn cell(figure: &Figure, zone: &TimeZone) -> String {
    match (figure.count, figure.of) {
        (_, Some(0)) => "-".to_owned(),
        (Some(count), Some(of)) => format!("{} ({count}/{of})", value(figure, zone)),
        _ => value(figure, zone),
    }
}

fn rows(app: &mut App, part: &Part, glyphs: Glyphs) {
    let Some(first) = part.rows.first() else { return };
    let alone = matches!(&first.figures[..], [figure] if figure.unit == Unit::Share);
    let headings = first.figures.iter().map(|figure| figure.name);
    let mut table = headings.fold(Table::new().flexible(part.by, 12), Table::right);
    if alone {
        table = table.left("");
    }
    for row in &part.rows {
        let week = (part.by == "week").then(|| row.label.parse::<Timestamp>().ok()).flatten();
        let label = match week {
            Some(at) => app.zone.to_datetime(at).date().to_string(),
            None if row.label.is_empty() => "(unknown)".to_owned(),
            None => app.env.short_path(&row.label),
        };
        let figures = row.figures.iter().map(|figure| (Style::Plain, cell(figure, &app.zone)));
        let bar = alone.then(|| (Style::Faint, glyphs.bar(row.figures[0].value.unwrap_or(0.0), BAR)));
        table.row([(Style::Name, label)].into_iter().chain(figures).chain(bar));
    }
    table.print(&mut app.ui);
}

/// Values one after the other, each a bar that stands.
fn plot(app: &mut App, curve: &Curve, glyphs: Glyphs) {
    let values = curve.points.iter().filter_map(|point| point.value);
    let most = values.fold(0.0, f64::max);
    let shown = |value: f64| number(curve.unit, value, &app.zone);
    let top = shown(most);
    let heading = app.ui.paint(Style::Strong, curve.name);
    let mut lines = vec![heading];
    if most > 0.0 {
        let margin = top.len();
        for row in (0..HEIGHT).rev() {
            let label = match row {
                _ if row == HEIGHT - 1 => top.as_str(),
                0 => "0",
                _ => "",
            };
            let bars = curve.points.iter().map(|point| standing(point, most, row, glyphs));
            lines.push(format!("{label:>margin$} {}", bars.collect::<String>()).trim_end().to_owned());
        }
        lines.push(format!("{:>margin$} {}", "", glyphs.line().repeat(STEP * curve.points.len())));
    } else {
        lines.push(format!("  0 in all {} places", curve.points.len()));
    }
    let ends = [curve.points.first(), curve.points.last()].map(|point| {
        let at = point.and_then(|point| point.at).and_then(|at| Timestamp::from_millisecond(at).ok());
        at.map(|at| app.zone.to_datetime(at).date().to_string()).unwrap_or_default()
    });
    let counts: u64 = curve.points.iter().map(|point| point.of).sum();
    lines.push(format!("  from {} to {}, of {}; ? is too few", ends[0], ends[1], format::count(counts)));
    lines.iter().for_each(|line| app.ui.line(line));
}

/// A row of a bar that stands: what is more than nothing is seen, and what is not known is a question mark.
fn standing(point: &Point, most: f64, row: usize, glyphs: Glyphs) -> String {
    let cell = match point.value {
        None if row == 0 => "?".to_owned(),
        None => " ".to_owned(),
        Some(value) => {
            let filled = value / most * HEIGHT as f64 - row as f64;
            glyphs.spark([filled.clamp(0.0, 1.0)])
        }
    };
    format!("{}{}", cell.repeat(STEP - 1), " ")
}

/// What was said, and what came of it.
fn reliability(app: &mut App, curve: &Curve, glyphs: Glyphs) {
    let mut table = Table::new().right("SAID").right("WANTED").left("OF").left("").left("BETWEEN");
    for point in &curve.points {
        let Point { x, value, low, high, of, .. } = *point;
        let is_off = low.zip(high).is_some_and(|(low, high)| x < low || x > high);
        let word = if is_off { "off" } else { "holds" };
        let between = low.zip(high).map_or_else(String::new, |(low, high)| {
            format!("{} to {}: {word}", brain::percent(low), brain::percent(high))
        });
        table.row([
            (Style::Plain, brain::percent(x)),
            (Style::Strong, value.map_or_else(|| "?".to_owned(), brain::percent)),
            (Style::Faint, format::count(of)),
            (Style::Faint, glyphs.bar(value.unwrap_or(0.0), BAR)),
            (if is_off { Style::Notice } else { Style::Good }, between),
        ]);
    }
    table.print(&mut app.ui);
}

fn cases(app: &mut App, cases: &[Case]) {
    let mut table = Table::new()
        .left("AT")
        .left("WHAT")
        .right("LIKELY")
        .right("AFTER")
        .left("CALL ID")
        .left("TOOL")
        .flexible("CALL", 16)
        .give_way(&["TOOL", "AFTER"]);
    for case in cases {
        table.row([
            (Style::Faint, case.at.map_or_else(|| "-".to_owned(), |at| format::moment(at, &app.zone))),
            (Style::Notice, case.what.to_owned()),
            (Style::Plain, case.p.map_or_else(|| "-".to_owned(), brain::percent)),
            (Style::Plain, case.after_ms.map_or_else(|| "-".to_owned(), format::age)),
            (Style::Plain, case.tool_use_id.clone().unwrap_or_else(|| "-".to_owned())),
            (Style::Plain, case.tool.clone()),
            (Style::Name, case.summary.clone()),
        ]);
    }
    table.print(&mut app.ui);
}
