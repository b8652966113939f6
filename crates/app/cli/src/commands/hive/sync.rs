//! `claudectl hive sync`: exchange through a folder that machines share.

use std::fs;
use std::path::{Path, PathBuf};

use claudectl_hive::key::PublicKey;
use serde_json::json;

use super::{export, import};
use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::format::{self, plural};
use crate::hive::exchange::To;
use crate::hive::{self, Hive};
use crate::only;
use crate::ui::told;

/// Exchange with the other members through a folder that all can reach: a share, a git repository, a stick.
///
/// Each machine writes one file, named by its key, and reads those of the others. Run it on every machine, any number of times
/// and in any order; once each has been run after the last change, all hold the same, and its file is empty but for who
/// belongs and what it holds. Only what every member may know goes into the folder.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder.
    dir: PathBuf,
}

/// How a machine's file is called.
const SUFFIX: &str = ".hive.ndjson";

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let dir = hive::place(app, &args.dir)?;
    let mut hive = Hive::open(app)?;
    hive.belongs()?;
    let _alone = only::wait(&app.env.state_dir()?, "hive.lock")?;
    let others = others(app, &dir, &hive.me())?;
    let files: Vec<&Path> = others.iter().map(PathBuf::as_path).collect();
    let taken = hive.take(&files)?;
    hive.know_members()?;
    let own = dir.join(format!("{}{SUFFIX}", hive.me()));
    let given = export::into_file(app, &mut hive, &To::All, &own, true)?;
    if app.ui.json {
        let mut document = import::document(&taken);
        document["files"] = json!(files.len());
        document["file"] = json!(own);
        document["given"] =
            json!({ "versions": given.versions, "operations": given.operations, "bytes": given.bytes });
        return app.ui.document(&document);
    }
    if files.is_empty() {
        app.ui.line("No other machine has put anything there yet.");
    } else {
        import::say(app, &taken);
    }
    app.ui.line(&format!(
        "Put there: {} that others lack ({}).",
        plural(given.versions, "version"),
        format::bytes(given.bytes)
    ));
    app.ui.line("How near the others are: claudectl hive convergence");
    Ok(())
}

/// The files of other machines, in a folder.
fn others(app: &App, dir: &Path, me: &PublicKey) -> Result<Vec<PathBuf>> {
    let fail = |error: std::io::Error| {
        CliError::external(format!("cannot read the folder {}", shown(&app.env, dir)))
            .why(error)
            .fix("make it, or name one that all machines can reach")
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        let key = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).map(str::parse::<PublicKey>);
        match key {
            Some(Ok(key)) if key != *me && entry.file_type().map_err(fail)?.is_file() => {
                found.push(entry.path())
            }
            Some(Ok(_)) | None => {}
            Some(Err(_)) => {
                app.ui.warn(&format!("{} is named by no key, and left aside", told(&name.to_string_lossy())))
            }
        }
    }
    found.sort();
    Ok(found)
}
