//! `claudectl brain`: what was learned of what a person wants to run, and what it is good for.

mod advice;
mod approaches;
mod eval;
mod forget;
mod learn;
mod llm;
mod outcomes;
mod prompts;
mod query;
mod review;
mod stats;
mod status;
mod summary;

use crate::app::App;
use crate::error::Result;

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
        Some(What::Stats(args)) => stats::run(app, args),
        Some(What::Outcomes(args)) => outcomes::run(app, args),
        Some(What::Approaches(args)) => approaches::run(app, args),
        Some(What::Summary(args)) => summary::run(app, args),
        Some(What::Advice(args)) => advice::run(app, args),
        Some(What::Prompts(args)) => prompts::run(app, args),
        Some(What::Forget(args)) => forget::run(app, args),
    }
}

/// A share in percent.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 99.0 && percent < 100.0 { format!("{percent:.2} %") } else { format!("{percent:.1} %") }
}
