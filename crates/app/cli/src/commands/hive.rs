//! `claudectl hive`: what machines that trust each other know together.

mod convergence;
mod create;
mod export;
mod id;
mod import;
mod member;
mod peer;
mod sync;

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
    Create(create::Args),
    Export(export::Args),
    Id(id::Args),
    Import(import::Args),
    Member(member::Args),
    Peer(peer::Args),
    Sync(sync::Args),
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        None => convergence::run(app, &convergence::Args::default()),
        Some(What::Convergence(args)) => convergence::run(app, args),
        Some(What::Create(args)) => create::run(app, args),
        Some(What::Export(args)) => export::run(app, args),
        Some(What::Id(args)) => id::run(app, args),
        Some(What::Import(args)) => import::run(app, args),
        Some(What::Member(args)) => member::run(app, args),
        Some(What::Peer(args)) => peer::run(app, args),
        Some(What::Sync(args)) => sync::run(app, args),
    }
}
