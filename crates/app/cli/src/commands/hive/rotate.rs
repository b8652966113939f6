//! `claudectl hive rotate`: a new key for this machine.

use serde_json::json;

use crate::app::App;
use crate::error::Result;
use crate::hive::Hive;
use crate::only;

/// Give this machine a new key: in each hive the old one names it as its successor.
///
/// What the old key wrote stays, and everybody who knew this machine goes by the new key after the next exchange. For a key that is
/// lost, an owner lets the new one take its place: claudectl hive member retire OLD --heir NEW.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(app: &mut App, _: &Args) -> Result<()> {
    let _alone = only::wait(&app.env.state_dir()?, "hive.lock")?;
    let mut hive = Hive::open(app)?;
    let old = hive.rotate(app)?;
    let new = hive.me();
    if app.ui.json {
        let (fingerprint, words) = (new.fingerprint(), new.words());
        return app.ui.document(&json!({
            "old": old.to_string(), "key": new.to_string(), "fingerprint": fingerprint, "words": words,
        }));
    }
    app.ui.line(&format!("This machine has a new key: {}", new.words()));
    app.ui.line("The others learn of it with the next exchange.");
    Ok(())
}
