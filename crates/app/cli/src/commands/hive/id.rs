//! `claudectl hive id`: who this machine is to others.

use serde_json::json;

use crate::app::App;
use crate::error::Result;
use crate::hive;
use crate::ui::Style;

/// Say who this machine is: its key, and what two people compare.
///
/// The key is made when it is first asked for: `hive.key` in the state folder, for its owner alone. Give the key to whoever is to
/// take this machine into a hive, and compare the words or the fingerprint by voice.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(app: &mut App, _: &Args) -> Result<()> {
    let key = hive::key(app)?.public();
    if app.ui.json {
        let (fingerprint, words) = (key.fingerprint(), key.words());
        return app
            .ui
            .document(&json!({ "key": key.to_string(), "fingerprint": fingerprint, "words": words }));
    }
    let rows = [("key", key.to_string()), ("fingerprint", key.fingerprint()), ("words", key.words())];
    for (title, text) in rows {
        let title = app.ui.paint(Style::Faint, &format!("{title:<12}"));
        app.ui.line(&format!("{title}{text}"));
    }
    Ok(())
}
