//! `claudectl hive import`: what others have put into a file.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::format::{count, plural};
use crate::hive::exchange::Taken;
use crate::hive::{self, Hive};
use crate::ui::told;

/// Take in bundles that claudectl hive export made on other machines.
///
/// Only what members signed is taken, and what does not belong is counted by why; the rest of a bundle is taken all the same.
/// Taken twice, a bundle changes nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bundles.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Belong to the hive that the bundle is of, if it has this machine as a member; NAME is what it is called here.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    join: Option<String>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let files = args.files.iter().map(|file| hive::place(app, file)).collect::<Result<Vec<_>>>()?;
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let mut taken = hive.take(&files)?;
    if let Some(name) = &args.join {
        let offered = std::mem::take(&mut taken.offered);
        let mut offered = offered.into_values();
        let (Some(members), None) = (offered.next(), offered.next()) else {
            return Err(CliError::failed("no hive in these files has this machine as a member that it is not yet, or several have")
                .fix("an owner takes it in: claudectl hive member add KEY NAME, with the key of claudectl hive id here"));
        };
        let name = if name.is_empty() { hive::name(members.name())? } else { hive::name(name)? };
        hive.join(members, &name)?;
        taken = hive.take(&files)?;
        app.ui.warn(&format!("this machine belongs to the hive {name} now"));
    }
    if app.ui.json {
        return app.ui.document(&document(&taken));
    }
    say(app, &taken);
    if !taken.offered.is_empty() && taken.new + taken.newer + taken.known == 0 {
        return Err(CliError::told(Kind::Failed));
    }
    Ok(())
}

pub(super) fn document(taken: &Taken) -> Value {
    json!({
        "operations": taken.operations, "new": taken.new, "newer": taken.newer, "known": taken.known, "held": taken.held,
        "refused": taken.refused.iter().map(|(why, count)| json!({ "why": why, "count": count })).collect::<Vec<_>>(),
        "bad_lines": taken.bad_lines, "bad": taken.bad, "told_by": taken.told_by.len(),
        "offered": taken.offered.values().map(|one| json!({ "hive": one.hive().to_string(), "name": one.name() })).collect::<Vec<_>>(),
    })
}

/// What was taken, in as many lines as there is something to say.
pub(super) fn say(app: &mut App, taken: &Taken) {
    let parts = [(taken.new, "new"), (taken.newer, "newer"), (taken.known, "known already")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(some, _)| *some > 0)
        .map(|(some, what)| format!("{} {what}", count(*some)))
        .collect();
    let versions = if parts.is_empty() { "no versions".to_owned() } else { parts.join(", ") };
    app.ui.line(&format!("Taken in: {versions}."));
    if taken.operations > 0 {
        app.ui.line(&format!("Who belongs has changed: {}.", plural(taken.operations, "operation")));
    }
    if taken.held > 0 {
        app.ui.line(&format!(
            "{} from a clock that is more than ten minutes ahead: put aside until then.",
            plural(taken.held, "version")
        ));
    }
    for (why, count) in &taken.refused {
        app.ui.warn(&format!("{} refused: {}", plural(*count, "thing"), told(why)));
    }
    if taken.bad_lines > 0 {
        let first = taken.bad.iter().map(|bad| told(bad)).collect::<Vec<_>>().join("; ");
        app.ui.warn(&format!("{} no line of a bundle: {first}", plural(taken.bad_lines, "line")));
    }
    for members in taken.offered.values() {
        let name = told(members.name());
        app.ui.warn(&format!(
            "the hive {name} has this machine as a member: claudectl hive import FILE --join takes part"
        ));
    }
}
