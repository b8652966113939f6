//! `claudectl brain garden`: lines for a project's `CLAUDE.md`, from what is done there again and again.

use std::path::{Path, PathBuf};

use claudectl_brain::{garden, habits as habit};
use serde_json::json;

use super::briefing;
use crate::app::App;
use crate::atomic;
use crate::diff;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::ui::{Style, clean};

/// Propose lines for a project's CLAUDE.md: what tests are run with, and what you never let run.
///
/// They stand in one block between two marks, which is put anew in its place whenever they change; everything else in the file
/// stays as it is. What would change is shown as a diff; `--apply` writes it. The lines are in words of claudectl's own.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// This project, by its name or its folder; the one around the working folder if it is left out.
    #[arg(long, value_name = "PROJECT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Write it.
    #[arg(long)]
    apply: bool,
}

/// No file of instructions is larger.
const MOST_BYTES: u64 = 1 << 20;

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let (root, habits) = briefing::known(app, args.project.as_deref())?;
    let lines = habit::advice(&habits);
    if !Path::new(&root).is_dir() {
        let name = shown(&app.env, Path::new(&root));
        return Err(CliError::failed(format!("the project's folder is not there: {name}"))
            .fix("claudectl brain garden --project FOLDER"));
    }
    let file = PathBuf::from(&root).join("CLAUDE.md");
    let _alone = args.apply.then(|| atomic::lock(&app.env, &file)).transpose()?;
    let before = text(app, &file)?;
    let after = match lines.is_empty() {
        // What was known once may be known again: nothing is taken out by itself.
        true => before.clone(),
        false => garden::with_block(&before, &lines).map_err(|torn| {
            CliError::usage(format!("{} is left as it is", shown(&app.env, &file)))
                .why(torn)
                .fix("take the marks out of it by hand")
        })?,
    };
    let changes = after != before;
    let diff = diff::unified(&before, &after);
    if args.apply && changes {
        atomic::write(&app.env, &file, &after)?;
    }
    if app.ui.json {
        return app.ui.document(&json!({
            "project": root,
            "file": file.display().to_string(),
            "lines": lines,
            "changes": changes,
            "applied": args.apply && changes,
            "diff": diff,
        }));
    }
    print(app, &file, &diff, args.apply, lines.is_empty());
    Ok(())
}

/// The file as it is, empty where there is none. A link may lead to a file that is none of the project's.
fn text(app: &App, file: &Path) -> Result<String> {
    let name = shown(&app.env, file);
    let refused = |why: &str| {
        CliError::usage(format!("{name} is not changed")).why(why).fix("put a file of text in its place")
    };
    let found = match file.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(CliError::external(format!("cannot read {name}")).why(error)),
        Ok(found) => found,
    };
    if !found.is_file() {
        return Err(refused("it is a link, or no file, and may be somebody else's"));
    }
    if found.len() > MOST_BYTES {
        return Err(refused("it is larger than a file of instructions"));
    }
    let bytes =
        std::fs::read(file).map_err(|error| CliError::external(format!("cannot read {name}")).why(error))?;
    String::from_utf8(bytes).map_err(|_| refused("it is no text in UTF-8"))
}

fn print(app: &mut App, file: &Path, diff: &[String], apply: bool, nothing: bool) {
    let name = clean(&shown(&app.env, file));
    if nothing {
        app.ui.line("There is nothing to write down of this project yet.");
        app.ui.line(
            "  It takes five runs of what serves one purpose, or three refusals of what was never allowed.",
        );
        return;
    }
    if diff.is_empty() {
        return app.ui.line(&format!("{name} says it already."));
    }
    for line in diff {
        let style = match line.chars().next() {
            Some('+') => Style::Good,
            Some('-') => Style::Alarm,
            _ => Style::Faint,
        };
        // The file is the repository's: it may hold a secret, and more.
        let line = app.ui.paint(style, &clean(&claudectl_redact::redact(line).text));
        app.ui.line(&line);
    }
    app.ui.line(&match apply {
        true => format!("Written to {name}."),
        false => format!("{name} would be changed so; --apply writes it."),
    });
}
