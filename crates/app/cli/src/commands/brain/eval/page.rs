//! The report as a page of Markdown, and risk over coverage as a picture.

use std::fmt::Write as _;

use claudectl_brain::evaluate::metrics::Figures;

use super::{Document, Part, cells, named};
use crate::ui::told;

/// What the figures mean.
const WORDS: &str = "\
Each stream is played twice, to the learner and to each simpler way.

- *Full information*: foretell, score, learn, for every answer. `log-loss` is the mean of `-ln` of what was said of the
  answer that came; `Brier` the mean squared distance from it. `ECE` sums over 15 bins of equal width the distance between
  what was said and what was answered, less what chance alone makes of it (`sqrt(2/pi)` of the standard deviation if all
  of it were true, never below 0). `AURC` is the mean, over all numbers of calls that it is surest of, of the share that it
  would get wrong.
- *As it is used*: what it would answer by itself it answers, and learns nothing from; the rest is asked about. One in
  fifty of its own answers is asked about all the same. `own` is the share of calls that it answered by itself. `false
  allows` ran and were not wanted, `false denials` were refused and were wanted: by what the person wanted, not by their
  slips. `critical` ran and must never run without a question. `to half` is the fewest answers after which half of the next
  200 calls were its own; of several people, the slowest.

`learner` may answer all calls but those that the gate refuses; `gated` those that the gate leaves to be learned, and only
these are counted: as in the program. `majority` says of each call what most were answered. `frequency` is a table of
project, tool and input. `ask_always` asks. `published` makes preferences as the published tool of the same name does, by
its description, with a new look at its log at every tenth record; `published_hook` as its hook does, where those of a
project are kept as they were at its tenth record; `published_repaired` as if it took down what people want. Where the
description does not say how likely something is, the reading is taken that is kindest to it. What it calls its own
answers counts as agreed to; it asks about none of them.
";

/// Columns and rows of a picture's panel, and what is around it.
const PANEL: (f64, f64) = (330.0, 190.0);
const MARGIN: (f64, f64) = (50.0, 40.0);
/// Of each curve, its colour: readable by those who do not tell red from green.
const COLOURS: [&str; 8] =
    ["#000000", "#7f7f7f", "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"];

/// The page. `people`: how many calls and seeds there are of people who are made up.
pub(super) fn markdown(document: &Document, picture: Option<&str>, people: Option<(u32, u8)>) -> String {
    let mut page = String::from("# How good the learner is\n\n");
    let mut line = |text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    if let Some((calls, seeds)) = people {
        line(&format!(
            "Of people who are made up: {seeds} of each kind, {calls} calls each. `stationary` want the same all the time; \
             `drift`\nhalf-way come to want the opposite of a third of it; `noisy` slip at one answer in twenty; `contrary` \
             want other things\nin each project. This page and its picture are made by the program:\n\n    \
             claudectl brain eval --seeds {seeds} --calls {calls} --markdown docs/brain-eval.md --svg docs/brain-eval.svg \
             --force\n"
        ));
    }
    let percent = document.alpha * 100.0;
    line(&format!("At most {percent} % of what runs without a question may be unwanted (`--alpha`).\n"));
    line(WORDS);
    if let Some(picture) = picture {
        line(&format!(
            "![Errors among the calls that each is surest of, by their share]({})\n",
            plain(picture)
        ));
    }
    for part in &document.streams {
        line(&format!("## {}\n", plain(&part.stream)));
        let headings = cells(&part.report.learner).map(|(heading, _)| heading);
        line(&format!("| | {} |", headings.join(" | ")));
        line(&format!("|---|{}", "--:|".repeat(headings.len())));
        for (name, figures) in named(&part.report) {
            line(&format!("| {name} | {} |", cells(figures).map(|(_, text)| text).join(" | ")));
        }
        line("");
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// Text from outside, without what means something in Markdown or in a picture.
fn plain(text: &str) -> String {
    let special = |letter: char| if "<>&|`[]()*_#\"'\\!".contains(letter) { ' ' } else { letter };
    told(text).chars().map(special).collect()
}

/// A panel for each name: errors among the calls that each way is surest of, by their share.
pub(super) fn svg(document: &Document) -> String {
    let (columns, rows) = (2, document.streams.len().div_ceil(2));
    let (width, height) = (PANEL.0 + 2.0 * MARGIN.0, PANEL.1 + 2.0 * MARGIN.1);
    let legend = 30.0;
    let mut picture = String::new();
    let mut put = |text: std::fmt::Arguments<'_>| {
        let wrote = picture.write_fmt(text).and_then(|()| picture.write_char('\n'));
        debug_assert!(wrote.is_ok(), "writing to a string cannot fail");
    };
    let whole = (width * f64::from(columns), height * rows as f64 + legend);
    put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">",
        whole.0, whole.1
    ));
    put(format_args!("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"));
    for (at, part) in document.streams.iter().enumerate() {
        let corner = ((at % 2) as f64 * width + MARGIN.0, (at / 2) as f64 * height + MARGIN.1);
        panel(&mut put, part, corner);
    }
    if let Some(part) = document.streams.first() {
        for (at, ((name, _), colour)) in named(&part.report).zip(COLOURS).enumerate() {
            let (x, y) = (MARGIN.0 + at as f64 * 100.0, whole.1 - 12.0);
            put(format_args!(
                "<path d=\"M{x} {} h16\" stroke=\"{colour}\" stroke-width=\"3\"/><text x=\"{}\" y=\"{y}\" font-size=\"9\">{name}</text>",
                y - 4.0,
                x + 20.0
            ));
        }
    }
    put(format_args!("</svg>"));
    picture
}

fn panel(put: &mut impl FnMut(std::fmt::Arguments<'_>), part: &Part, (x, y): (f64, f64)) {
    let most = |figures: &Figures| figures.risk_coverage.iter().map(|point| point.risk).fold(0.0, f64::max);
    // One scale for all that it shows, in steps of a tenth.
    let top = named(&part.report).map(|(_, figures)| most(figures)).fold(0.0, f64::max);
    let top = ((top * 10.0).ceil() / 10.0).max(0.1);
    put(format_args!(
        "<text x=\"{x}\" y=\"{}\" font-size=\"14\" font-weight=\"bold\">{}</text>",
        y - 12.0,
        plain(&part.stream)
    ));
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        let (across, up) = (x + PANEL.0 * share, y + PANEL.1 * (1.0 - share));
        put(format_args!(
            "<path d=\"M{x} {up:.1} h{}\" stroke=\"#dddddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{:.1} %</text>",
            PANEL.0,
            x - 4.0,
            up + 4.0,
            share * top * 100.0
        ));
        put(format_args!(
            "<text x=\"{across:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:.0} %</text>",
            y + PANEL.1 + 16.0,
            share * 100.0
        ));
    }
    for ((name, figures), colour) in named(&part.report).zip(COLOURS) {
        let place = |point: &claudectl_brain::evaluate::metrics::Point| {
            let across = PANEL.0.mul_add(point.coverage, x);
            format!("{across:.1},{:.1}", PANEL.1.mul_add(1.0 - point.risk / top, y))
        };
        let places: Vec<String> = figures.risk_coverage.iter().map(place).collect();
        let stroke = if name == "learner" { 3.0 } else { 1.5 };
        put(format_args!(
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{stroke}\" points=\"{}\"/>",
            places.join(" ")
        ));
    }
}
