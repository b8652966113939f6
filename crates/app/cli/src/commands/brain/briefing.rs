//! `claudectl brain briefing`: what a session may be told of a project when it starts.

use claudectl_brain::habits::{Habits, Tally};
use claudectl_brain::kind::Kind;
use claudectl_fleet::session::rfc3339;
use claudectl_store::Store;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::habits;
use crate::ingest;

/// Show what is known of how a project is worked on, as Markdown for the start of a session.
///
/// What you always allow there and never do, what tests are run with, and what lately failed: in words of claudectl's own,
/// so that nothing an agent or a repository has written gets in. With `brain.briefing` each session is told it when it starts.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// This project, by its name or its folder; the one around the working folder if it is left out.
    #[arg(long, value_name = "PROJECT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let (root, habits) = known(app, args.project.as_deref())?;
    let text = habits::briefing(app, &habits);
    if app.ui.json {
        let since = app.now.saturating_sub(habits::LATELY_MS);
        let all = |some: Vec<(&Kind, &Tally)>| some.into_iter().map(document).collect::<Vec<_>>();
        return app.ui.document(&json!({
            "project": root,
            "switched_on": app.config.brain.briefing,
            "briefing": text,
            "ways": habits.ways().into_iter().map(|(purpose, kind, times)| json!({
                "purpose": purpose.word(), "command": kind.text(), "times": times,
            })).collect::<Vec<_>>(),
            "allowed": all(habits.allowed()),
            "refused": all(habits.refused()),
            "failed": all(habits.failed(since)),
        }));
    }
    match text {
        Some(text) => text.lines().for_each(|line| app.ui.line(line)),
        None => {
            app.ui.line("There is nothing to say of this project yet.");
            app.ui.line(
                "  What is known comes of your answers and of what became of calls; claudectl brain learn --history takes in past ones.",
            );
        }
    }
    Ok(())
}

/// What is known of the project that is meant, and its folder.
pub(super) fn known(app: &App, project: Option<&str>) -> Result<(String, Habits)> {
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    if !file.exists() {
        return Ok((habits::meant(app, None, project)?, Habits::default()));
    }
    let mut store = Store::open(&file)?;
    ingest::journal(&mut store, &home)?;
    let root = habits::meant(app, Some(&store), project)?;
    let habits = habits::of_projects(app, &store)?.remove(&root).unwrap_or_default();
    Ok((root, habits))
}

fn document((kind, tally): (&Kind, &Tally)) -> Value {
    json!({
        "command": kind.text(),
        "allowed": tally.allowed,
        "denied": tally.denied,
        "ran": tally.ran,
        "failed": tally.failed,
        "failed_at": (tally.failed > 0).then(|| rfc3339(tally.failed_at)).flatten(),
        "streak": tally.streak,
    })
}
