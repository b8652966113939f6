//! `claudectl gate mode`: how much is said.

use clap::builder::PossibleValuesParser;
use claudectl_gate::judge::Mode;
use serde_json::json;

use crate::app::App;
use crate::config::GATE_MODES;
use crate::configuration;
use crate::error::Result;
use crate::snapshot;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// `observe`: nothing; `guard`: what rules say and what is catastrophic; `on`: all that is proven, asked or refused;
    /// `auto`: the same as `on`, as long as nothing has been learned from your answers. Nothing is learned yet.
    #[arg(value_name = "MODE", value_parser = PossibleValuesParser::new(GATE_MODES))]
    mode: Option<String>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let before = app.config.gate.mode;
    let mode = match &args.mode {
        Some(word) => {
            let mode = Mode::ALL.into_iter().find(|mode| mode.word() == word).unwrap_or_default();
            if mode != before {
                configuration::put(app, "gate.mode", word)?;
                app.config.gate.mode = mode;
                snapshot::refresh_gate(app)?;
            }
            mode
        }
        None => before,
    };
    if app.ui.json {
        return app.ui.document(&json!({ "mode": mode.word(), "before": before.word() }));
    }
    app.ui.line(&format!("{}: {}.", mode.word(), says(mode)));
    Ok(())
}

const fn says(mode: Mode) -> &'static str {
    match mode {
        Mode::Observe => "it says nothing, and keeps what it would have said",
        Mode::Guard => {
            "it says what rules say, refuses what is catastrophic, and asks about what it cannot read and about what changes the gate itself"
        }
        Mode::On => "it allows what is proven to be harmless, asks, and refuses",
        Mode::Auto => {
            "as `on` does, and answers by itself what your answers have taught it (claudectl brain)"
        }
    }
}
