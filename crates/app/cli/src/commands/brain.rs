//! `claudectl brain`: what was learned of what a person wants to run, and what it is good for.

mod advice;
mod approaches;
mod autopsy;
mod briefing;
mod eval;
mod export;
mod forget;
mod garden;
mod import;
mod insights;
mod learn;
mod llm;
mod outcomes;
mod prompts;
mod query;
mod review;
mod stats;
mod status;
mod suggest;
mod summary;

use crate::app::App;
use crate::error::Result;
use crate::format::percent;

/// Show what was learned from your answers, ask what it thinks of a call, and correct it.
///
/// What you answer at Claude Code's prompts is learned from. In the gate's mode `auto` a call that would ask is answered
/// by itself where your answers have proven that this is seldom wrong; in all other modes it is only shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show how much was learned, and what may be answered by itself.
    Status,
    Learn(learn::Args),
    Query(query::Args),
    Eval(eval::Args),
    Review(review::Args),
    Suggest(suggest::Args),
    Insights(insights::Args),
    Garden(garden::Args),
    Briefing(briefing::Args),
    Autopsy(autopsy::Args),
    Export(export::Args),
    Import(import::Args),
    Stats(stats::Args),
    Outcomes(outcomes::Args),
    Approaches(approaches::Args),
    Summary(summary::Args),
    Advice(advice::Args),
    Prompts(prompts::Args),
    Forget(forget::Args),
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        None | Some(What::Status) => status::run(app),
        Some(What::Learn(args)) => learn::run(app, args),
        Some(What::Query(args)) => query::run(app, args),
        Some(What::Eval(args)) => eval::run(app, args),
        Some(What::Review(args)) => review::run(app, args),
        Some(What::Suggest(args)) => suggest::run(app, args),
        Some(What::Insights(args)) => insights::run(app, args),
        Some(What::Garden(args)) => garden::run(app, args),
        Some(What::Briefing(args)) => briefing::run(app, args),
        Some(What::Autopsy(args)) => autopsy::run(app, args),
        Some(What::Export(args)) => export::run(app, args),
        Some(What::Import(args)) => import::run(app, args),
        Some(What::Stats(args)) => stats::run(app, args),
        Some(What::Outcomes(args)) => outcomes::run(app, args),
        Some(What::Approaches(args)) => approaches::run(app, args),
        Some(What::Summary(args)) => summary::run(app, args),
        Some(What::Advice(args)) => advice::run(app, args),
        Some(What::Prompts(args)) => prompts::run(app, args),
        Some(What::Forget(args)) => forget::run(app, args),
    }
}

/// A key that nobody keeps, for what has to be as different in each run.
fn random_key() -> [u64; 2] {
    use std::hash::{BuildHasher as _, RandomState};
    [0_u64, 1].map(|number| RandomState::new().hash_one(number))
}
