//! Tells a person what happens: the engine behind `up`, and behind whatever has a screen.
//!
//! [`Notices::look`] is given the sessions after each look. What is news is decided there (see
//! [`claudectl_fleet::notice`]), in memory and at once; storing and delivering are done by the thread of [`keeper`],
//! and sums over the whole ledger by that of [`beside`], so that a look waits for neither. What the person's triggers do
//! is decided and done by [`triggers`], and told as all else is. Only who leads (see
//! [`crate::leader`]) may have one of these.

mod beside;
mod keeper;
mod triggers;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use claudectl_fleet::money::Usd;
use claudectl_fleet::notice::{Desk, Event, Figures, Filter, Notice, Rules, Seen, news};
use claudectl_fleet::session::Session;
use claudectl_notify::{Queue, World, Write};
use claudectl_store::notices::State;
use claudectl_store::{Store, StoreError};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::live::Waker;
use crate::sinks::{self, Configured};
use beside::{Ask, Beside};
use keeper::{Keeper, Order};
pub(crate) use triggers::Carried;
use triggers::Triggers;

/// What was told within this is remembered by whoever leads next.
const REMEMBER_MS: i64 = 7 * 24 * 60 * 60 * 1000;
const REMEMBER_MOST: u32 = 10_000;
/// Sums over the ledger are made no more often than this, and only if something was spent since.
const SUMS_MS: i64 = 3_000;
/// The background pass runs no more often than this, and only if something has happened since.
const TICK_MS: i64 = 60_000;
/// What is being delivered when the program ends gets so long.
const PATIENCE: Duration = Duration::from_secs(4);

/// What became of a notice at a sink.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) notice: Notice,
    pub(crate) sink: String,
    pub(crate) state: State,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

/// Tells the person, by way of whoever looks, what goes wrong in a thread beside.
#[derive(Debug, Clone)]
struct Warner {
    warnings: Sender<String>,
    waker: Waker,
}

impl Warner {
    fn warn(&self, text: String) {
        tracing::error!("{text}");
        // Nobody looks any more.
        self.warnings.send(text).ok();
        self.waker.wake();
    }
}

/// A sink, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SinkInfo {
    pub(crate) name: String,
    /// Where it leads.
    pub(crate) to: String,
    /// Why it cannot work.
    pub(crate) problem: Option<String>,
}

/// What one engine leaves to the next.
#[derive(Debug)]
pub(crate) struct HandedOver {
    desk: Desk,
    before: Option<Seen>,
    figures: Option<Figures>,
    triggers: Option<Triggers>,
}

/// The engine.
#[derive(Debug)]
pub(crate) struct Notices {
    desk: Desk,
    rules: Rules,
    before: Option<Seen>,
    orders: Sender<Order>,
    outcomes: Receiver<Outcome>,
    warnings: Receiver<String>,
    /// Why triggers are not followed.
    unread: Vec<String>,
    closed: Receiver<()>,
    beside: Beside,
    figures: Option<Figures>,
    /// Somebody wants to hear of budgets and limits.
    sums: bool,
    /// Of what the last sums were made, and when they were asked for.
    summed: Option<(u64, Usd)>,
    summed_at: i64,
    /// Something has happened since the last background pass.
    behind: bool,
    ticked_at: i64,
    /// When something that waits only for time is due, milliseconds since the epoch.
    due: Option<i64>,
    sinks: Vec<SinkInfo>,
    /// `None` once it was handed over, or closed.
    triggers: Option<Triggers>,
    /// What triggers have done since somebody asked.
    carried: Vec<Carried>,
    /// What no look shows, to be told with the next.
    beside_looks: Vec<Notice>,
}

impl Notices {
    /// Begins: takes up what was left undelivered, and remembers what was told. `waker` is woken when there is something
    /// in [`Notices::outcomes`]; `terminal` writes to the terminal, where there is one.
    pub(crate) fn start(app: &App, waker: &Waker, terminal: Option<Write>) -> Result<Self> {
        let sinks = sinks::all(app, terminal.as_ref());
        let mut store = open(app)?;
        let triggers = Triggers::start(app, &mut store, waker.clone())?;
        let filters: Vec<(String, Filter)> =
            sinks.iter().map(|sink| (sink.name.clone(), sink.filter.clone())).collect();
        let longest = filters.iter().map(|(_, filter)| filter.cooldown_ms).max().unwrap_or(0);
        let mut desk = Desk::new(filters);
        for earlier in store.notices_since(app.now.saturating_sub(REMEMBER_MS), REMEMBER_MOST)? {
            desk.remember(&earlier.id, earlier.also.as_deref());
        }
        for told in store.told_since(app.now.saturating_sub(longest))? {
            desk.remember_told(&told.sink, &told.session, told.event, told.at);
        }
        let info = |sink: &Configured| SinkInfo {
            name: sink.name.clone(),
            to: sink.to.clone(),
            problem: sink.problem.clone(),
        };
        let infos = sinks.iter().map(info).collect();
        let (send, warnings) = channel();
        let warn = Warner { warnings: send, waker: waker.clone() };
        let beside = Beside::start(app, warn.clone()).map_err(no_thread)?;
        let (orders, outcomes, closed) = keep(app, store, sinks, warn)?;
        let sums = desk.wants(&[Event::BudgetWarning, Event::BudgetExceeded, Event::QuotaHigh]);
        Ok(Self {
            desk,
            rules: rules(app),
            before: None,
            orders,
            outcomes,
            warnings,
            unread: Vec::new(),
            closed,
            beside,
            figures: None,
            sums,
            summed: None,
            summed_at: i64::MIN,
            behind: true,
            ticked_at: i64::MIN,
            due: None,
            sinks: infos,
            triggers: Some(triggers),
            carried: Vec::new(),
            beside_looks: Vec::new(),
        })
    }

    /// What the next one needs to [go on](Self::go_on) where this one ends. To be taken before it is closed.
    pub(crate) fn hand_over(&mut self) -> HandedOver {
        HandedOver {
            desk: std::mem::take(&mut self.desk),
            before: self.before.take(),
            figures: self.figures.take(),
            triggers: self.triggers.take(),
        }
    }

    /// Goes on where another one has ended: what has changed since its last look is news, and what waited there waits
    /// on here.
    pub(crate) fn go_on(&mut self, from: HandedOver) {
        let own = std::mem::take(&mut self.desk);
        self.desk = from.desk.with_sinks(own.into_sinks());
        (self.before, self.figures) = (from.before, from.figures);
        // What is being done there is heard of here.
        self.triggers = from.triggers.or(self.triggers.take());
    }

    /// The sinks that are configured.
    pub(crate) fn sinks(&self) -> &[SinkInfo] {
        &self.sinks
    }

    /// Takes in what no look shows, to be told with the next one. What was told before is passed over.
    pub(crate) fn also(&mut self, notices: Vec<Notice>) {
        self.beside_looks.extend(notices);
    }

    /// Takes in what a look showed. Also called with the sessions of the last look when something is due, or when there
    /// are outcomes: `fresh` says that these are new.
    pub(crate) fn look<'a>(
        &mut self,
        app: &App,
        sessions: impl IntoIterator<Item = &'a Session>,
        fresh: bool,
    ) -> Result<()> {
        let (now, sessions): (i64, Vec<&Session>) = (app.env.now_ms()?, sessions.into_iter().collect());
        if let Some(figures) = self.beside.figures() {
            self.figures = Some(figures);
        }
        let seen = Seen::of(self.before.as_ref(), &sessions, self.figures.as_ref(), &self.rules, now);
        let mut new = news(self.before.as_ref(), &seen, &self.rules);
        new.append(&mut self.beside_looks);
        if let Some(triggers) = &mut self.triggers {
            let looked = triggers.look(app, &sessions, now);
            new.extend(looked.notices);
            self.carried.extend(looked.carried);
            self.unread.extend(looked.warning);
        }
        let judged = self.desk.judge(new, &seen, now, &app.zone);
        self.before = Some(seen);
        if !judged.is_empty() && self.orders.send(Order::Tell(judged, now)).is_err() {
            tracing::error!("the thread that keeps notices has ended");
        }
        self.behind |= fresh;
        let sums_due = self.sum(&sessions, now);
        let tick_due = self.tick(now);
        let trigger_due = self.triggers.as_ref().and_then(Triggers::due);
        self.due = [self.desk.due(), sums_due, tick_due, trigger_due].into_iter().flatten().min();
        Ok(())
    }

    /// When time alone makes something due, milliseconds since the epoch: then [`Notices::look`] wants to be called.
    pub(crate) fn due(&self) -> Option<i64> {
        self.due
    }

    /// What has become of notices since this was asked last.
    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        self.outcomes.try_iter().collect()
    }

    /// What triggers have done since this was asked last.
    pub(crate) fn carried(&mut self) -> Vec<Carried> {
        std::mem::take(&mut self.carried)
    }

    /// What has gone wrong since this was asked last, for the person.
    pub(crate) fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unread).into_iter().chain(self.warnings.try_iter()).collect()
    }

    /// Ends: what has not been tried yet is delivered, what hangs or waits for its next try is left to whoever leads
    /// next. Says what has become of notices since.
    pub(crate) fn close(&mut self, app: &App) -> Vec<Outcome> {
        if let Some(triggers) = self.triggers.take() {
            let carried = triggers.close(PATIENCE);
            let (new, now) =
                (carried.iter().map(Carried::notice).collect(), app.env.now_ms().unwrap_or(app.now));
            let judged = self.desk.judge(new, &self.before.take().unwrap_or_default(), now, &app.zone);
            drop(self.orders.send(Order::Tell(judged, now)));
            self.carried.extend(carried);
        }
        self.desk.close();
        drop(self.orders.send(Order::Close(PATIENCE)));
        // The sinks get their time, and the store a little more.
        self.closed.recv_timeout(PATIENCE * 2).ok();
        self.outcomes.try_iter().collect()
    }

    /// Asks for sums over the ledger if something was spent since the last; says when that is due otherwise.
    fn sum(&mut self, sessions: &[&Session], now: i64) -> Option<i64> {
        if !self.sums {
            return None;
        }
        let messages = sessions.iter().map(|session| session.messages).sum();
        let spent = (messages, sessions.iter().map(|session| session.cost.usd).sum());
        if self.summed == Some(spent) {
            return None;
        }
        if let Some(due) = not_yet(self.summed_at, SUMS_MS, now) {
            return Some(due);
        }
        (self.summed, self.summed_at) = (Some(spent), now);
        self.beside.ask(Ask::Sums);
        None
    }

    /// Asks for a background pass if something has happened since the last; says when that is due otherwise.
    fn tick(&mut self, now: i64) -> Option<i64> {
        if !self.behind {
            return None;
        }
        if let Some(due) = not_yet(self.ticked_at, TICK_MS, now) {
            return Some(due);
        }
        (self.behind, self.ticked_at) = (false, now);
        self.beside.ask(Ask::Tick);
        None
    }
}

/// When a pause since a moment is over, if it is not. A clock that was set back ends it.
fn not_yet(last: i64, pause: i64, now: i64) -> Option<i64> {
    let since = now.saturating_sub(last);
    (0..pause).contains(&since).then(|| last.saturating_add(pause))
}

fn rules(app: &App) -> Rules {
    let limits = app.config.limits();
    Rules {
        context_pct: app.config.context.warn_pct.into(),
        quota_pct: app.config.notify.quota_pct.into(),
        warn_at_percent: limits.warn_at_percent,
        waiting_at_start: app.config.notify.waiting_at_start,
    }
}

/// The store; in memory where nothing can be kept, which is told.
fn open(app: &App) -> Result<Store> {
    match Store::open(&app.env.state_dir()?.join("state.db")) {
        Ok(store) => Ok(store),
        Err(error @ (StoreError::DiskFull { .. } | StoreError::Open { .. } | StoreError::Busy { .. })) => {
            app.ui.warn(&format!("{error}: what is told is not kept, and may be told again after a restart"));
            Ok(Store::in_memory()?)
        }
        Err(error) => Err(error.into()),
    }
}

/// What the keeper takes, what it tells, and when it has ended.
type Kept = (Sender<Order>, Receiver<Outcome>, Receiver<()>);

/// Starts the keeper and a queue for each sink.
fn keep(app: &App, store: Store, sinks: Vec<Configured>, warn: Warner) -> Result<Kept> {
    let (orders, taken) = channel();
    let (tell, outcomes) = channel();
    let (ended, closed) = channel();
    let env = app.env.clone();
    let world = World { now: Arc::new(move || env.now_ms().unwrap_or_default()), chance };
    let mut queues = Vec::new();
    for Configured { name, sink, retry, .. } in sinks {
        let tried = orders.clone();
        let told = Box::new(move |attempt| tried.send(Order::Tried(Box::new(attempt))).unwrap_or_default());
        let queue = Queue::start(&name, sink, retry, world.clone(), told).map_err(no_thread)?;
        queues.push((name, queue));
    }
    let keeper = Keeper::new(store, queues, tell, warn, Arc::clone(&world.now));
    let run = move || {
        keeper.run(&taken);
        ended.send(()).ok();
    };
    std::thread::Builder::new().name("notices".to_owned()).spawn(run).map_err(no_thread)?;
    Ok((orders, outcomes, closed))
}

fn no_thread(error: std::io::Error) -> CliError {
    CliError::external("the system gives no thread").why(error)
}

/// A number from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "any number will do")]
pub(crate) fn chance() -> f64 {
    use std::hash::BuildHasher;
    // Each has keys of its own.
    std::hash::RandomState::new().hash_one(0_u8) as f64 / u64::MAX as f64
}
