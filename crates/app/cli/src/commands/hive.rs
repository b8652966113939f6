//! `claudectl hive`: what machines that trust each other know together.

mod convergence;

use crate::app::App;
use crate::error::Result;

/// Show what machines that trust each other know together, and how far it has spread.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Convergence(convergence::Args),
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        None => convergence::run(app, &convergence::Args::default()),
        Some(What::Convergence(args)) => convergence::run(app, args),
    }
}
