//! `claudectl dashboard`, and `claudectl` on a terminal: the screen that is left open all day.

use std::path::PathBuf;
use std::time::Duration;

use claudectl_tui::{Sort, Theme};

use crate::app::App;
use crate::dashboard::{self, Setup};
use crate::error::{CliError, Result};
use crate::when;

/// Show all sessions on a screen that stays open: what waits for you, what each does and costs, as it changes.
///
/// What needs you comes first, with the exact call that waits. Enter opens a session, Tab goes to its terminal, F
/// searches all transcripts, `?` shows all keys. It sleeps until something happens. `claudectl` alone does the same on
/// a terminal.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    look: Look,
}

/// How a screen is to look.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Look {
    /// The colours: dark, light, high-contrast or none.
    #[arg(long, value_name = "NAME", value_parser = theme)]
    theme: Option<Theme>,
    /// Draw with ASCII only.
    #[arg(long)]
    ascii: bool,
    /// The order to begin with: status, context, cost, burn, elapsed, cpu, memory, tokens, activity or project.
    #[arg(long, value_name = "COLUMN", value_parser = sort)]
    sort: Option<Sort>,
    /// Record what is shown, until it is left: FILE.cast (an asciicast) or FILE.gif.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Leave by itself after so long: 30s, 5m.
    #[arg(long, value_name = "TIME", value_parser = when::duration)]
    duration: Option<Duration>,
}

impl Look {
    pub(crate) fn setup(&self) -> Setup {
        Setup {
            theme: self.theme,
            ascii: self.ascii,
            sort: self.sort,
            record: self.record.clone(),
            duration: self.duration,
        }
    }
}

/// No theme, or no order, has this name.
#[derive(Debug, thiserror::Error)]
#[error("names are: {0}")]
struct NoSuchName(String);

fn theme(name: &str) -> Result<Theme, NoSuchName> {
    Theme::named(name).ok_or_else(|| NoSuchName(Theme::ALL.map(Theme::word).join(", ")))
}

fn sort(name: &str) -> Result<Sort, NoSuchName> {
    Sort::named(name).ok_or_else(|| NoSuchName(Sort::ALL.map(Sort::word).join(", ")))
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    if app.ui.json {
        return Err(CliError::usage("the dashboard is a screen, not a document")
            .fix("`claudectl ls --json` lists sessions, `claudectl watch --json` tells each change"));
    }
    if !is_interactive(app) {
        return Err(CliError::usage("the dashboard needs a terminal")
            .why(no_terminal(app))
            .fix("`claudectl ls` lists sessions, `claudectl watch` tells each change"));
    }
    dashboard::run(app, &args.look.setup())
}

/// What is missing for one.
pub(crate) fn no_terminal(app: &App) -> &'static str {
    match app.env.dumb_terminal && app.ui.terminal && app.ui.keyboard {
        true => "TERM says that this one is dumb: it can show lines only",
        false => "standard input or output is none",
    }
}

/// Whether there is a terminal to show it on and to read keys from.
pub(crate) fn is_interactive(app: &App) -> bool {
    app.ui.terminal && app.ui.keyboard && !app.env.dumb_terminal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_knows_each_theme_and_each_order() {
        for name in crate::config::THEMES {
            assert_eq!(theme(name).map(Theme::word).ok(), Some(*name));
        }
        for name in crate::config::SORTS {
            assert_eq!(sort(name).map(Sort::word).ok(), Some(*name));
        }
        assert_eq!(
            (crate::config::THEMES.len(), crate::config::SORTS.len()),
            (Theme::ALL.len(), Sort::ALL.len())
        );
    }
}
