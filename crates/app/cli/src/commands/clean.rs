//! `claudectl clean`: transcripts put away, and our own state kept small.

mod alive;
mod back;
mod state;
mod told;
mod transcripts;

use std::path::PathBuf;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::when;

pub(crate) use alive::Alive;

/// Put old transcripts of Claude Code away, or keep claudectl's own state small.
///
/// With --older-than it says which sessions would be put away, and does it only with --apply. A session goes as a whole:
/// its transcript, its subagents' and the tool results that stand beside it, into one packed archive that is read back
/// before anything is removed. --restore brings it back. A session that runs, or may, is left alone, and so is one that
/// was used within the last hour. What was spent stays in `claudectl spend` and `claudectl history`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["older_than", "restore", "archived", "state"]))]
pub(crate) struct Args {
    /// Sessions that have been still for longer than this: 30d, 12h, 8w.
    #[arg(long, value_name = "AGE")]
    older_than: Option<String>,
    /// Only sessions of this project (part of its name or folder).
    #[arg(long, value_name = "NAME", requires = "older_than", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Only sessions that came to an end; not those that stopped in the middle of a turn, which you may want to resume.
    #[arg(long, requires = "older_than")]
    finished: bool,
    /// Where archives are, instead of `archive` in claudectl's state folder.
    #[arg(long, value_name = "DIR", conflicts_with = "state")]
    archive: Option<PathBuf>,
    /// Remove without keeping a copy.
    #[arg(long, requires = "older_than", conflicts_with = "archive")]
    no_archive: bool,
    /// Do it; without this nothing is changed.
    #[arg(long, visible_alias = "yes", requires = "older_than", conflicts_with = "dry_run")]
    apply: bool,
    /// Bring a session back from its archive: its id, or the beginning of it.
    #[arg(long, value_name = "SESSION", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    restore: Option<String>,
    /// List the sessions that are in archives.
    #[arg(long)]
    archived: bool,
    /// claudectl's own state: apply retention now, check it and give back unused space.
    #[arg(long)]
    state: bool,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match (&args.older_than, &args.restore) {
        (Some(age), _) => transcripts::run(app, args, older_than(age)?),
        (None, Some(session)) => back::restore(app, args, session),
        (None, None) if args.archived => back::list(app, args),
        (None, None) => state::run(app, args.dry_run),
    }
}

/// An age in milliseconds. What is no age, or none at all, is refused: it decides what is removed.
fn older_than(text: &str) -> Result<i64> {
    // An `m` may be meant for a month, and what moved within the last hour never goes.
    let age = when::duration_ms(text).filter(|age| *age > 0 && text.ends_with(['h', 'd', 'w']));
    age.ok_or_else(|| {
        CliError::usage(format!("--older-than does not understand {text:?}"))
            .why("it takes a whole number above 0 and one unit of h, d or w, without a space")
            .fix("for example: --older-than 30d")
    })
}

impl Args {
    /// The folder of archives.
    fn folder(&self, app: &App) -> Result<PathBuf> {
        let named = self.archive.clone().and_then(|folder| app.env.absolute(folder));
        named.map_or_else(|| Ok(app.env.state_dir()?.join("archive")), Ok)
    }
}
