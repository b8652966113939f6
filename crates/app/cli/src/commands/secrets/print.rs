//! What was found, for people and for programs. Nothing of a secret gets here, and other text is redacted once more.

use std::collections::BTreeSet;
use std::path::Path;

use claudectl_agents::leaks::Note;
use claudectl_fleet::leaks::{Place, Secret};
use claudectl_fleet::project;
use claudectl_fleet::session::rfc3339;
use claudectl_redact::{Gravity, kinds, redact, rotation};
use serde_json::{Value, json};

use super::what::Wanted;
use super::{Report, kinds_of};
use crate::app::App;
use crate::env::shown;
use crate::format;
use crate::ui::{Style, clean};

/// Places of a secret that are shown, unless all are asked for.
const FEW: usize = 3;
/// Notes that are shown.
const FEW_NOTES: usize = 10;

/// The word of a gravity, as of health checks.
pub(super) fn word(gravity: Gravity) -> &'static str {
    match gravity {
        Gravity::Token => "critical",
        Gravity::Named => "warning",
        Gravity::Guess => "info",
    }
}

fn style(gravity: Gravity) -> Style {
    match gravity {
        Gravity::Token => Style::Alarm,
        Gravity::Named => Style::Notice,
        Gravity::Guess => Style::Faint,
    }
}

fn about(kind: &str) -> &'static str {
    kinds().find(|(id, _)| *id == kind).map_or("", |(_, about)| about)
}

/// Text from outside, without what else may be secret in it.
fn told(text: &str) -> String {
    redact(text).text.into_owned()
}

fn path_of(path: &Path) -> String {
    told(&path.display().to_string())
}

/// The document of `--json`.
pub(super) fn document(report: &Report, wanted: &Wanted) -> Value {
    let findings = report.secrets.iter().zip(1..).map(|(secret, number)| finding(secret, number, wanted));
    let rotate = kinds_of(&report.secrets).into_iter().map(|(kind, secrets)| {
        let rotation = rotation(kind);
        json!({
            "kind": kind,
            "about": about(kind),
            "secrets": secrets,
            "how": rotation.map(|rotation| rotation.how),
            "url": rotation.and_then(|rotation| rotation.url),
        })
    });
    let notes = report.notes.iter().map(|note| {
        json!({
            "file": note.path.as_deref().map(path_of),
            "line": note.line,
            "why": told(&note.why),
            "missed": note.missed,
        })
    });
    json!({
        "secrets": report.secrets.len(),
        "places": report.secrets.iter().map(|secret| secret.count).sum::<u64>(),
        "left_out": report.left_out,
        "files": report.files,
        "bytes": report.bytes,
        "findings": findings.collect::<Vec<_>>(),
        "rotate": rotate.collect::<Vec<_>>(),
        "notes": notes.collect::<Vec<_>>(),
        "redacted_copy": report.copy.as_deref().map(path_of),
    })
}

fn finding(secret: &Secret, number: u64, wanted: &Wanted) -> Value {
    let times: Vec<i64> = secret.places.iter().filter_map(|place| place.at).collect();
    let moment = |at: Option<&i64>| at.and_then(|at| rfc3339(*at));
    json!({
        "secret": number,
        "kind": secret.kind,
        "about": about(secret.kind),
        "gravity": word(secret.gravity),
        "masked": secret.masked,
        "count": secret.count,
        "first_at": moment(times.iter().min()),
        "last_at": moment(times.iter().max()),
        "places": secret.places.iter().map(|place| json_of(place, wanted)).collect::<Vec<_>>(),
    })
}

fn json_of(place: &Place, wanted: &Wanted) -> Value {
    let root = wanted.project(place);
    json!({
        "file": place.file.as_deref().map(path_of),
        "line": place.line,
        "column": place.column,
        "what": place.what.word(),
        "tool": place.tool,
        "at": place.at.and_then(rfc3339),
        "session": place.session.as_deref().map(told),
        "name": place.session.as_deref().and_then(|sid| wanted.name(sid)).map(told),
        "agent": place.agent.as_deref().map(told),
        "project": root.map(|root| told(project::name(root))),
        "project_path": root.map(told),
        "text": place.excerpt,
        "times": place.times,
    })
}

pub(super) fn text(app: &mut App, report: &Report, wanted: &Wanted, all: bool) {
    for secret in &report.secrets {
        heading(app, secret);
        let shown = if all { secret.places.len() } else { FEW };
        for place in secret.places.iter().take(shown) {
            print_place(app, place, wanted);
        }
        let more = secret.count - secret.places.len().min(shown) as u64;
        if more > 0 {
            let hint = if all { "" } else { "; --all lists them" };
            let more = app.ui.paint(Style::Faint, &format!("    and {more} more{hint}"));
            app.ui.line(&more);
        }
        app.ui.line("");
    }
    if !report.secrets.is_empty() {
        checklist(app, &report.secrets);
    }
    notes(app, &report.notes);
    if let Some(copy) = &report.copy {
        let copy = clean(&told(&shown(&app.env, copy)));
        app.ui.line(&format!("Wrote {copy} without them. Read it before you share it: a secret may look like nothing in particular."));
    }
    let summary = summary(report);
    app.ui.line(&summary);
}

fn heading(app: &mut App, secret: &Secret) {
    let gravity = app.ui.paint(style(secret.gravity), &format!("{:<8}", word(secret.gravity)));
    let about = app.ui.paint(Style::Strong, about(secret.kind));
    let masked = if secret.masked == "…" { String::new() } else { format!("  {}", clean(&secret.masked)) };
    let sessions: BTreeSet<&str> =
        secret.places.iter().filter_map(|place| place.session.as_deref()).collect();
    let of = match sessions.len() as u64 {
        0 => String::new(),
        sessions => format!(" of {}", format::plural(sessions, "session")),
    };
    let places = format::plural(secret.count, "place");
    app.ui.line(&format!("{gravity}  {about} ({}){masked}  in {places}{of}", secret.kind));
}

fn print_place(app: &mut App, place: &Place, wanted: &Wanted) {
    let when = place.at.map_or_else(|| " ".repeat(16), |at| format::moment(at, &app.zone));
    let file = place.file.as_deref().map_or("-".to_owned(), |path| told(&shown(&app.env, path)));
    let what = match &place.tool {
        Some(tool) => format!("{} of {tool}", place.what.word()),
        None => place.what.word().to_owned(),
    };
    let times = if place.times > 1 { format!(", {} times", place.times) } else { String::new() };
    let session = place.session.as_deref().map(|sid| format::short_id(&told(sid)));
    let name = place.session.as_deref().and_then(|sid| wanted.name(sid)).map(told);
    let project = wanted.project(place).map(|root| told(project::name(root)));
    let agent = place.agent.as_ref().map(|_| "subagent".to_owned());
    let whose: Vec<String> = [session, name, project, agent].into_iter().flatten().collect();
    let whose = if whose.is_empty() { String::new() } else { format!("  {}", whose.join(" ")) };
    let first = format!("    {when}  {}{times}{}", clean(&what), clean(&whose));
    app.ui.line(&first);
    let place_line = format!("      {}:{}:{}", clean(&file), place.line, place.column);
    let place_line = app.ui.paint(Style::Faint, &place_line);
    app.ui.line(&place_line);
    app.ui.line(&format!("      {}", clean(&place.excerpt)));
}

fn checklist(app: &mut App, secrets: &[Secret]) {
    let title = app.ui.paint(Style::Strong, "What to do");
    app.ui.line(&title);
    for ((kind, count), number) in kinds_of(secrets).into_iter().zip(1..) {
        let times = if count > 1 { format!(" ({count})") } else { String::new() };
        let Some(rotation) = rotation(kind) else { continue };
        let url = rotation.url.map(|url| format!(" — {url}")).unwrap_or_default();
        app.ui.line(&format!("  {number}. {}{times}: {}{url}", about(kind), rotation.how));
    }
    app.ui.line(
        "  Then, if you like, take the old transcripts away: `claudectl clean`. What was sent to a model was sent: only a \
         new secret helps.",
    );
    app.ui.line("");
}

fn notes(app: &mut App, notes: &[Note]) {
    // What was not looked through first.
    let mut notes: Vec<&Note> = notes.iter().collect();
    notes.sort_by_key(|note| !note.missed);
    for note in notes.iter().take(FEW_NOTES) {
        let file = note.path.as_deref().map_or("-".to_owned(), |path| told(&shown(&app.env, path)));
        let line = note.line.map(|line| format!(":{line}")).unwrap_or_default();
        app.ui.warn(&format!("{file}{line} {}", told(&note.why)));
    }
    if notes.len() > FEW_NOTES {
        app.ui.warn(&format!("and {} more files and lines; --json lists them", notes.len() - FEW_NOTES));
    }
}

fn summary(report: &Report) -> String {
    let looked =
        format!("looked through {} of {}", format::bytes(report.bytes), format::plural(report.files, "file"));
    let places: u64 = report.secrets.iter().map(|secret| secret.count).sum();
    let found = match report.secrets.len() as u64 {
        0 => "No secret found".to_owned(),
        secrets => format!("{} in {}", format::plural(secrets, "secret"), format::plural(places, "place")),
    };
    let left_out = match report.left_out {
        0 => String::new(),
        more => format!(", and {} of more secrets than are told apart", format::plural(more, "place")),
    };
    let missed = report.notes.iter().filter(|note| note.missed).count() as u64;
    let missed = match missed {
        0 => String::new(),
        missed => format!("; not all of {} could be", format::plural(missed, "file")),
    };
    format!("{found}{left_out}; {looked}{missed}.")
}
