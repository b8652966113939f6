//! `claudectl brain forget`: begin anew.

use claudectl_store::Store;
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::learning;
use crate::only;

/// Forget everything that was learned, and the answers that it was learned from.
///
/// Transcripts stay: `brain learn --history` learns from them anew.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Do it: it cannot be taken back.
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    if !args.yes {
        return Err(CliError::usage("this forgets all answers that were learned from")
            .why("it cannot be taken back")
            .fix("claudectl brain forget --yes"));
    }
    let home = app.env.state_dir()?;
    let mut store = Store::open(&home.join("state.db"))?;
    let _alone = only::wait(&home, "tick.lock")?;
    let gone = learning::forget_all(&mut store, app.now)?;
    learning::go_on(app, &store, &home)?;
    store.close()?;
    if app.ui.json {
        return app.ui.document(&json!({ "forgotten": gone }));
    }
    app.ui.line(&format!("{} answers are forgotten.", format::count(gone)));
    Ok(())
}
