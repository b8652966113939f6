//! `claudectl budget`: what may be spent, what was, and how a person lets more be spent.

mod change;
mod ls;

use claudectl_fleet::budget::{Budgets, Scope};
use claudectl_fleet::money::Usd;

use crate::app::{App, Catalog};
use crate::budgets::{self, Standing};
use crate::error::Result;
use crate::ingest;
use crate::sync::{self, Ledger, LedgerArgs};

/// Show budgets and what was spent of them, or change what one session, project, day or week may cost.
///
/// At or past a budget the gate asks with every call of the sessions that it concerns, until somebody raises it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List budgets with what was spent of each.
    Ls(ls::Args),
    /// Let one cost more: a session until that is spent, or it has ended and the day is over, a project in this month, all sessions today or in this week.
    Raise(change::RaiseArgs),
    /// Give one session or project a budget of its own, tighter or looser than what is configured, until it is taken back.
    Set(change::SetArgs),
    /// Take back what was raised or set: what is configured counts again.
    Unset(change::UnsetArgs),
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        None => ls::run(app, &ls::Args::default()),
        Some(What::Ls(args)) => ls::run(app, args),
        Some(What::Raise(args)) => change::raise(app, args),
        Some(What::Set(args)) => change::set(app, args),
        Some(What::Unset(args)) => change::unset(app, args),
    }
}

/// What was spent of each budget, as of now.
struct Books {
    ledger: Ledger,
    catalog: Catalog,
    budgets: Budgets,
    standings: Vec<Standing>,
    month: String,
}

impl Books {
    fn open(app: &App) -> Result<Self> {
        let mut ledger = sync::ledger(app, LedgerArgs::default())?;
        let periods = budgets::Periods::at(app.now, &app.zone);
        if !ledger.in_memory {
            // What is over counts no more, whatever pass has said so.
            ingest::journal(&mut ledger.store, &app.env.state_dir()?)?;
            let budgets::Periods { day, week, month } = &periods;
            ledger.store.end_raises(day, &week.key, &month.key)?;
        }
        let catalog = Catalog::load(&ledger.store, &app.env)?;
        let mut all = Vec::new();
        ledger.store.buckets(None, |key, bucket| all.push((key, bucket)))?;
        let budgets = budgets::of(app, &ledger)?;
        let standings = budgets::standings(app, &all, &app.prices(), &catalog, &budgets);
        let month = periods.month.key;
        Ok(Self { ledger, catalog, budgets, standings, month })
    }

    /// The limit of one subject, and what was spent of it.
    fn standing(&self, scope: Scope, subject: &str) -> Option<Standing> {
        let known = self.standings.iter().find(|one| one.scope == scope && one.subject == subject);
        known.cloned().or_else(|| self.unspent(scope, subject))
    }

    /// Of which nothing was spent.
    fn unspent(&self, scope: Scope, subject: &str) -> Option<Standing> {
        let roots = self.catalog.roots_of_sessions();
        let limit = budgets::limit(&self.budgets, scope, subject, &self.month, &roots)?;
        let (subject, name) = (subject.to_owned(), self.name(scope, subject));
        Some(Standing { scope, subject, name, spent: Usd::ZERO, unpriced: 0, limit })
    }

    /// What a subject is called.
    fn name(&self, scope: Scope, subject: &str) -> String {
        let label = || self.catalog.project_roots().into_iter().find(|(_, root)| root == subject);
        match scope {
            Scope::Project => label().map_or_else(|| subject.to_owned(), |(label, _)| label),
            Scope::Session | Scope::Fanout | Scope::Day | Scope::Week => subject.to_owned(),
        }
    }
}
