//! `claudectl brain`: what was learned of a person's answers.

mod eval;

use crate::app::App;
use crate::error::Result;

/// What claudectl learns from your answers, and how good that is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Eval(eval::Args),
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        What::Eval(args) => eval::run(app, args),
    }
}
