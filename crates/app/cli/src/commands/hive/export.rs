//! `claudectl hive export`: what others lack, in a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use claudectl_files::NewFile;
use serde_json::json;

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::format::{self, plural};
use crate::hive::exchange::{Given, To};
use crate::hive::{self, Hive};

/// Write what members of this machine's hives lack into a bundle, for claudectl hive import there.
///
/// A bundle has who belongs to each hive, what this machine holds (so that the others know what arrived) and the versions that
/// have not been acknowledged yet. All of it is signed, nothing is encrypted: whoever can read the file can read it. What is
/// for some members only is in bundles for one of them (--for), and in no other.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// For one machine: its name, its key, or the beginning of it. Default: what all members may know.
    #[arg(long = "for", value_name = "MACHINE")]
    whom: Option<String>,
    /// Write into this file. Default: to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, requires = "output")]
    force: bool,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut hive = Hive::open(app)?;
    hive.belongs()?;
    hive.know_members()?;
    let whom = args.whom.as_deref().map(|text| hive.machine(text)).transpose()?;
    if let Some(key) = &whom {
        let belongs = hive.joined.iter().any(|one| one.members.role(key).is_some());
        if !belongs {
            return Err(CliError::failed("that machine belongs to no hive of this one")
                .fix("claudectl hive member add KEY NAME takes it in"));
        }
    }
    let to = whom.as_ref().map_or(To::All, To::Peer);
    let Some(output) = &args.output else {
        let mut bytes = Vec::new();
        hive.give(&to, &mut bytes)?;
        // Lines of JSON, whether or not --json was given.
        app.ui.raw(&String::from_utf8_lossy(&bytes));
        return Ok(());
    };
    let path = hive::place(app, output)?;
    let given = into_file(app, &mut hive, &to, &path, args.force)?;
    let name = shown(&app.env, &path);
    if app.ui.json {
        return app.ui.document(&json!({
            "file": path, "versions": given.versions, "operations": given.operations, "bytes": given.bytes,
        }));
    }
    app.ui.line(&format!("{name}: {}, {}", plural(given.versions, "version"), format::bytes(given.bytes)));
    app.ui.line("There: claudectl hive import FILE; and an export from there says here what arrived");
    Ok(())
}

/// Writes a bundle into a file, whole or not at all.
pub(super) fn into_file(app: &App, hive: &mut Hive, to: &To<'_>, path: &Path, force: bool) -> Result<Given> {
    let cannot = |error: &dyn std::fmt::Display| {
        CliError::external(format!("cannot write {}", shown(&app.env, path))).why(error)
    };
    let mut file = NewFile::begin(path, force)
        .map_err(|error| cannot(&error).fix("name another file, or give --force"))?;
    let given = hive.give(to, &mut file)?;
    file.flush().map_err(|error| cannot(&error))?;
    file.keep().map_err(|error| cannot(&error))?;
    Ok(given)
}
