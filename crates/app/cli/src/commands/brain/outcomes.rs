//! `claudectl brain outcomes`: what became of calls, by who let them run.

use claudectl_brain::stats::material::Window;
use claudectl_brain::stats::work;
use serde_json::json;

use super::stats::{self, Scope, text};
use crate::app::App;
use crate::error::Result;
use crate::measuring;
use crate::ui::without_secrets;

/// Say what became of calls: which failed, were interrupted, taken back or unwanted, by what they run and who let them.
///
/// By whom: your rules, what is proven to be harmless, what was learned, you at a prompt, or the client by itself. A call is
/// joined to its end by its id, as hooks and the transcript tell it. See docs/brain-metrics.md.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    scope: Scope,
    /// No list is longer.
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = args.scope.since(app)?;
    let project = args.scope.project();
    let found = measuring::look(app, since)?;
    if found.calls.is_empty() && !app.ui.json {
        nothing(app);
        return Ok(());
    }
    let window = Window { since, project: project.as_deref() };
    let (material, more) = stats::of_calls(app, found, window);
    let metric = work::outcomes(&material, args.top as usize);
    if app.ui.json {
        return app.ui.document(&without_secrets(stats::document(&material, &metric, json!({}))?));
    }
    text::title(app, &format!("What became of calls{}", args.scope.shown()));
    text::counted(app, &material, more);
    text::metric(app, &metric);
    Ok(())
}

/// The gate was asked nothing.
pub(super) fn nothing(app: &mut App) {
    app.ui.line("No call is known: the gate is asked by sessions that run with our hooks (claudectl init).");
}
