//! The page of what is proposed, and of decisions that are worth a look.

use claudectl_brain::planner::Deed;
use claudectl_fleet::format::short_id;
use claudectl_fleet::health::Severity;
use claudectl_fleet::session::Session;
use claudectl_store::Store;
use claudectl_tui::{Decided, Event, Level, Proposal, Review};

use crate::advice::{self, Advice};
use crate::app::App;
use crate::error::Result;
use crate::gather::{self, Wanted};
use crate::ingest;
use crate::reviewing::{self, Item};
use crate::sync::{self, LedgerArgs};
use crate::ui::told;
use crate::widening::CommandLine;

/// So far back decisions are looked at.
const SINCE_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// So many are shown.
const MOST: usize = 50;

/// What is proposed now, and decisions to look at.
pub(super) fn of(app: &App) -> Result<Event> {
    let sessions = sessions(app)?;
    let proposals = advice::of(app, &sessions)?.iter().map(|one| proposal(one, &sessions)).collect();
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    let mut decisions = Vec::new();
    if file.exists() {
        let mut store = Store::open(&file)?;
        ingest::journal(&mut store, &home)?;
        let items = reviewing::items(&store, app.now.saturating_sub(SINCE_MS), MOST)?;
        decisions = items.iter().filter_map(decided).collect();
    }
    Ok(Event::Review(Box::new(Review { proposals, decisions })))
}

fn sessions(app: &App) -> Result<Vec<Session>> {
    let mut ledger = sync::ledger(app, LedgerArgs { no_cache: false })?;
    gather::sessions(app, &mut ledger, Wanted::Live)
}

fn proposal(one: &Advice, sessions: &[Session]) -> Proposal {
    let Advice { proposal, accepted } = one;
    let title = |sid: &str| {
        let session = sessions.iter().find(|session| session.id == sid);
        told(&session.map_or_else(|| short_id(sid), Session::title))
    };
    let about = (proposal.deed == Deed::Summary).then(|| format!(" about {}", title(&proposal.session)));
    Proposal {
        id: proposal.id.clone(),
        deed: proposal.deed.word(),
        session: proposal.to.clone(),
        title: format!("{}{}", title(&proposal.to), about.unwrap_or_default()),
        urgent: proposal.severity == Severity::Critical,
        reason: told(&proposal.reason),
        message: proposal.message.as_deref().map(told),
        done: accepted.is_some(),
    }
}

fn decided(item: &Item) -> Option<Decided> {
    let Item { decision, thought, wanted, .. } = item;
    Some(Decided {
        session: decision.session.clone(),
        call: decision.call.clone()?,
        at: decision.at,
        said: decision.judged.verdict.clone(),
        silent: item.is_silent(),
        likely: crate::format::percent(thought.p),
        wanted: *wanted,
        tool: decision.tool.clone(),
        summary: decision.summary.clone(),
        reason: decision.judged.reason.clone(),
    })
}

/// Carries out a proposal that is still one.
pub(super) fn accept(app: &App, id: &str) -> Result<Event> {
    CommandLine::of(&["brain", "advice", "--accept", id]).refuse_agents(&app.env)?;
    let (proposal, done) = advice::accept(app, &sessions(app)?, id)?;
    Ok(Event::Say(Level::Info, told(&format!("{} {}: {done}", proposal.deed.word(), short_id(&proposal.to)))))
}

/// Learns what the person says of a call.
pub(super) fn correct(app: &App, session: &str, call: &str, wanted: bool) -> Result<Event> {
    let word = if wanted { "--wanted" } else { "--unwanted" };
    CommandLine::of(&["brain", "review", "--correct", call, word]).refuse_agents(&app.env)?;
    let mut store = Store::open(&app.env.state_dir()?.join("state.db"))?;
    let corrected = reviewing::correct(app, &mut store, (Some(session), call), wanted, None)?;
    store.close()?;
    Ok(Event::Say(Level::Info, corrected.told(wanted)))
}
