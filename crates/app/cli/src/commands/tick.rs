//! `claudectl tick`: the pass that runs in the background, so that nothing needs a daemon.
//!
//! Started beside a session's start and end by the hook, with an empty environment: where Claude Code's files
//! are is told by the events themselves. It takes in what is there and ends; one runs at a time.

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::channel;

use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::format;
use crate::ingest;
use crate::llm::notes::{self, Noted};
use crate::pass::{self, Took};
use crate::search::{self, Updated};

/// Take in what hooks and transcripts tell, once.
///
/// Started in the background by Claude Code's hooks; harmless to run by hand. Takes in the journal and new
/// transcripts, drops what is no longer kept, renews what the status line reads, and takes a part of what is new
/// into the index of `claudectl search`. With `llm.annotate`, it asks the language model about some calls that the gate has
/// asked you about. If another one runs, it leaves at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state folder; an absolute path. Default: yours.
    #[arg(long, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Tell how far reading is, for a program: two numbers a line, and then `done`.
    #[arg(long, hide = true)]
    progress: bool,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let home = app.env.state_dir()?;
    if args.progress {
        let (send, progress) = channel();
        app.ui.send_progress(send);
        // Nobody reads it any more: the pass goes on.
        let tell = |line: String| drop(writeln!(std::io::stdout(), "{line}"));
        std::thread::spawn(move || progress.iter().for_each(|(read, all)| tell(format!("{read} {all}"))));
    }
    let took = pass::run(app)?;
    app.ui.progress = None;
    if args.progress {
        writeln!(std::io::stdout(), "done").ok();
    }
    let Some(Took { ingested, files, roots }) = took else {
        return told(app, true, ingest::Ingested::default(), 0, (Updated::default(), Noted::default()));
    };
    // This takes longer, and what hooks tell meanwhile is for the next pass to take in: search has a lock of its own.
    let searchable = search::in_background(app, &home, &roots);
    // Whoever waits for a model waits behind all else.
    let noted = notes::pass(app, &home);
    told(app, false, ingested, files, (searchable, noted))
}

fn told(
    app: &mut App,
    skipped: bool,
    ingested: ingest::Ingested,
    files: u64,
    (searchable, noted): (Updated, Noted),
) -> Result<()> {
    if app.ui.json {
        app.ui.document(&json!({
            "skipped": skipped,
            "events": ingested.events,
            "torn": ingested.torn,
            "unread": ingested.unread.len(),
            "files": files,
            "search_taken_bytes": searchable.taken,
            "search_behind_bytes": searchable.behind,
            "noted": noted.calls,
            "canaries": noted.canaries,
        }))?;
    } else {
        app.ui.line(&match skipped {
            true => "Another pass runs: nothing to do.".to_owned(),
            false => format!(
                "Took in {} and {}.",
                format::plural(ingested.events, "event"),
                format::plural(files, "changed transcript")
            ),
        });
    }
    let complete = ingested.unread.is_empty();
    ingest::warn_of(app, ingested.unread);
    if complete { Ok(()) } else { Err(CliError::told(Kind::External)) }
}
