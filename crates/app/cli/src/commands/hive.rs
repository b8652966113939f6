//! `claudectl hive`: what machines that trust each other know together.

mod convergence;
mod create;
mod decide;
mod distill;
mod export;
mod id;
mod import;
mod leave;
mod ls;
mod member;
mod peer;
mod preview;
mod rotate;
mod status;
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
    Distill(distill::Args),
    Export(export::Args),
    Expose(decide::ExposeArgs),
    Forget(decide::ForgetArgs),
    Hide(decide::HideArgs),
    Id(id::Args),
    Import(import::Args),
    Leave(leave::Args),
    Ls(ls::Args),
    Member(member::Args),
    Mute(decide::MuteArgs),
    Peer(peer::Args),
    Preview(preview::Args),
    Rotate(rotate::Args),
    Status(status::Args),
    Sync(sync::Args),
    Unmute(decide::UnmuteArgs),
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        None => convergence::run(app, &convergence::Args::default()),
        Some(What::Convergence(args)) => convergence::run(app, args),
        Some(What::Create(args)) => create::run(app, args),
        Some(What::Distill(args)) => distill::run(app, args),
        Some(What::Expose(args)) => decide::expose(app, args),
        Some(What::Hide(args)) => decide::hide(app, args),
        Some(What::Mute(args)) => decide::mute(app, &args.id, true),
        Some(What::Unmute(args)) => decide::mute(app, &args.id, false),
        Some(What::Forget(args)) => decide::forget(app, args),
        Some(What::Ls(args)) => ls::run(app, args),
        Some(What::Preview(args)) => preview::run(app, args),
        Some(What::Status(args)) => status::run(app, args),
        Some(What::Export(args)) => export::run(app, args),
        Some(What::Id(args)) => id::run(app, args),
        Some(What::Import(args)) => import::run(app, args),
        Some(What::Leave(args)) => leave::run(app, args),
        Some(What::Rotate(args)) => rotate::run(app, args),
        Some(What::Member(args)) => member::run(app, args),
        Some(What::Peer(args)) => peer::run(app, args),
        Some(What::Sync(args)) => sync::run(app, args),
    }
}
