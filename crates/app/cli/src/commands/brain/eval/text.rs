//! The report on a terminal.

use claudectl_brain::evaluate::suite::{Score, Verdict};

use super::{Asked, Document, Judged, Part, cells, named};
use crate::app::App;
use crate::ui::{Style, Table, told};

/// Bars, the lowest first.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub(super) fn print(app: &mut App, document: &Document) {
    for part in &document.streams {
        figures(app, part);
        curves(app, part);
        app.ui.line("");
    }
    if !document.streams.is_empty() {
        let alpha = document.alpha * 100.0;
        app.ui.line(&format!("At most {alpha} % of what runs without a question may be unwanted."));
        for line in [
            "own: answered without a question. critical: ran, and never should. to half: answers until half of the next",
            "200 calls were. gated: the learner on calls that the gate leaves to be learned, as it is used.",
        ] {
            let line = app.ui.paint(Style::Faint, line);
            app.ui.line(&line);
        }
    }
    if let Some(judged) = &document.suite {
        suite(app, judged);
    }
    if let (Some(asked), Some(judged)) = (&document.llm, &document.suite) {
        side_by_side(app, asked, &judged.score);
    }
}

fn figures(app: &mut App, part: &Part) {
    let title = told(&format!("{}: {} calls", part.stream, part.report.learner.calls));
    let title = app.ui.paint(Style::Strong, &title);
    app.ui.line(&title);
    let headings = cells(&part.report.learner).map(|(heading, _)| heading);
    let mut table = headings.into_iter().fold(Table::new().left(""), Table::right);
    table = table.give_way(&["critical", "asks/100", "AURC", "Brier", "false denials"]);
    for (name, figures) in named(&part.report) {
        let style = if name == "learner" { Style::Strong } else { Style::Plain };
        let cells = cells(figures).map(|(_, text)| (style, text));
        table.row([(style, name.to_owned())].into_iter().chain(cells));
    }
    table.print(&mut app.ui);
}

/// Risk over coverage: a bar for each twentieth of the calls, the surest first.
fn curves(app: &mut App, part: &Part) {
    let risks = |(_, figures): (&str, &claudectl_brain::evaluate::metrics::Figures)| {
        figures.risk_coverage.iter().map(|point| point.risk).fold(0.0, f64::max)
    };
    let most = named(&part.report).map(risks).fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    let line = format!("errors among the surest 5 to 100 % of calls; a whole block is {:.0} %", most * 100.0);
    app.ui.line(&app.ui.paint(Style::Faint, &line));
    for (name, figures) in named(&part.report) {
        let bar = |risk: f64| BARS[((risk / most * BARS.len() as f64) as usize).min(BARS.len() - 1)];
        let bars: String = figures.risk_coverage.iter().map(|point| bar(point.risk)).collect();
        app.ui.line(&format!("{name:<18}  {bars}"));
    }
}

/// The learner, the model, and both.
fn side_by_side(app: &mut App, asked: &Asked, learned: &Score) {
    let Asked { model, beside, stopped } = asked;
    let title = format!(
        "{model}: warned of {}, had no opinion of {} of {} calls",
        beside.warned, beside.no_opinion, learned.cases
    );
    app.ui.line(&told(&title));
    let mut table = Table::new()
        .left("")
        .right("as expected")
        .right("ran, and should not")
        .right("refused")
        .right("cost");
    for (name, score) in [("learner", learned), ("model", &beside.alone), ("both", &beside.both)] {
        let refused = score.failed.iter().filter(|one| one.got == Verdict::Deny).count();
        table.row([
            (Style::Name, name.to_owned()),
            (Style::Plain, format!("{} of {}", score.passed, score.cases)),
            (Style::Plain, score.false_allows.to_string()),
            (Style::Plain, refused.to_string()),
            (Style::Strong, score.cost.to_string()),
        ]);
    }
    table.print(&mut app.ui);
    let line =
        "refused: and should not have been. A model allows nothing: what it does not warn of is asked about.";
    let line = app.ui.paint(Style::Faint, line);
    app.ui.line(&line);
    if let Some(why) = stopped {
        app.ui.warn(&format!("{}: the rest was not asked", told(why)));
    }
}

fn suite(app: &mut App, judged: &Judged) {
    let Judged { file, score } = judged;
    let title = format!("{file}: {} of {} as expected, cost {}", score.passed, score.cases, score.cost);
    app.ui.line(&told(&title));
    if score.failed.is_empty() {
        return;
    }
    let mut table = Table::new()
        .right("case")
        .left("tool")
        .left("expected")
        .left("got")
        .right("cost")
        .flexible("why", 10);
    for one in &score.failed {
        let style = if one.cost >= 10 { Style::Alarm } else { Style::Notice };
        table.row([
            (Style::Plain, one.number.to_string()),
            (Style::Name, told(&one.tool)),
            (Style::Plain, one.expected.word().to_owned()),
            (style, one.got.word().to_owned()),
            (Style::Plain, one.cost.to_string()),
            (Style::Faint, one.reason.to_owned()),
        ]);
    }
    table.print(&mut app.ui);
}
