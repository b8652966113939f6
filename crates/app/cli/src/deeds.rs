//! What is done to a session beside ending it: a message for its agent, a pause. For triggers, and for advice that a person
//! has accepted.

use claudectl_fleet::session::Session;
use claudectl_gate::judge::Mode;
use claudectl_gate::pause as rule;
use claudectl_store::Store;
use claudectl_store::gate::Grant;
use claudectl_store::messages::{self, Message};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::snapshot;

/// A pause ends by itself after this, milliseconds.
const PAUSE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Why hooks do not reach a session, where that is known.
fn unreached(session: &Session) -> Option<String> {
    let cause = session.gate.cause.as_deref().unwrap_or("they are not installed: claudectl init");
    (session.gate.installed == Some(false)).then(|| format!("our hooks are not called there ({cause})"))
}

/// Leaves a message that the agent gets at the end of its turn, in the name of what sends it. What it says.
pub(crate) fn send(app: &App, session: &Session, by: &str, text: String, times: u32) -> Result<String> {
    if let Some(why) = unreached(session) {
        return Err(CliError::external("nothing takes the message").why(why));
    }
    let home = app.env.state_dir()?;
    let expires = app.now.saturating_add(messages::WAITS_MS);
    let message = Message { trigger: by.to_owned(), text: text.clone(), expires, times };
    messages::leave(&home, &session.id, message, app.now)
        .map_err(|error| CliError::external("the message cannot be kept").why(error))?;
    Ok(text)
}

/// Pauses a session. What that means, and what ends it.
pub(crate) fn pause(
    app: &App,
    store: &mut Store,
    session: &Session,
    by: &str,
    message: Option<&str>,
) -> Result<String> {
    let rule = rule::rule(&session.id, by, message);
    let id = store.grant(&rule, app.now, app.now.saturating_add(PAUSE_MS))?;
    snapshot::renew_gate(app, store, &app.env.state_dir()?)?;
    let observes = || {
        let observes = app.config.gate.mode == Mode::Observe;
        observes.then(|| "the gate only observes (claudectl gate mode)".to_owned())
    };
    let asks = match unreached(session).or_else(observes) {
        Some(why) => format!("each of its calls would ask, but {why}"),
        None => "each of its calls asks, and a run without a terminal ends at the next".to_owned(),
    };
    Ok(format!("{asks}; `claudectl rules rm {}` ends that", Grant::name(id)))
}
