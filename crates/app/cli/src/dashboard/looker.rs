//! The thread that looks at the sessions whenever something happens.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claudectl_fleet::budget::Scope;
use claudectl_fleet::ledger::SLOT_MS;
use claudectl_fleet::notice;
use claudectl_fleet::session::Session;
use claudectl_fleet::spend::{self, By, Query, week_key};
use claudectl_fleet::status;
use claudectl_notify::Write;
use claudectl_store::Store;
use claudectl_store::notices::{Logged, State};
use claudectl_tui::{Event, Level, Look, Notice, NoticeLog, Outcome, Spent, Told};
use jiff::tz::TimeZone;

use super::sampler::Sampler;
use crate::app::{App, Catalog};
use crate::budgets;
use crate::comings::Comings;
use crate::error::{CliError, Result};
use crate::format;
use crate::leader::{self, Leadership};
use crate::live::{self, Live, Waker};
use crate::notices::Notices;
use crate::quota;
use crate::reload::{Change, Reload};
use crate::search;
use crate::sinks;
use crate::when;

/// A session that has ended is shown for so long.
const ENDED_MS: i64 = 10 * 60 * 1000;
/// What changes with time alone is looked at so often.
const BURN: Duration = Duration::from_secs(30);
/// After an error, the next look is tried so much later.
const RETRY: Duration = Duration::from_secs(3);
/// Whoever leaves does not wait longer for a look to end.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where news for the screen go in.
#[derive(Debug, Clone)]
pub(crate) struct Outlet {
    events: Sender<Told>,
}

/// Something that can be sent there.
pub(crate) struct Sent(pub(super) Told);

impl Outlet {
    pub(crate) fn new(events: Sender<Told>) -> Self {
        Self { events }
    }

    /// Tells the screen. Whether anybody listens.
    pub(crate) fn tell(&self, event: impl Into<Sent>) -> bool {
        self.events.send(event.into().0).is_ok()
    }

    /// Something that writes to the terminal, between two frames.
    pub(crate) fn terminal(&self) -> Write {
        let outlet = self.clone();
        let write = move |bytes: &[u8]| {
            // If the screen is gone, nobody is left to tell.
            outlet.events.send(Told::Bytes(bytes.to_vec())).ok();
        };
        Arc::new(Mutex::new(Box::new(write)))
    }

    /// Somewhere for the progress of the first look to go.
    fn progress(&self) -> Sender<(u64, u64)> {
        let (send, progress) = channel();
        let outlet = self.clone();
        std::thread::spawn(move || {
            for (read, all) in progress {
                outlet.tell(Event::Reading(read, all));
            }
        });
        send
    }

    /// Somewhere for warnings to go, which come to the foot of the screen.
    pub(crate) fn warnings(&self) -> Sender<String> {
        let (send, warnings) = channel::<String>();
        let outlet = self.clone();
        std::thread::spawn(move || {
            for text in warnings {
                outlet.tell(Event::Say(Level::Notice, text));
            }
        });
        send
    }
}

/// The thread, while it runs.
#[derive(Debug)]
pub(super) struct Looker {
    waker: Arc<Mutex<Option<Waker>>>,
    over: Arc<AtomicBool>,
    /// A look is wanted, whether or not there is news.
    wanted: Arc<AtomicBool>,
    done: Receiver<()>,
}

impl Looker {
    pub(super) fn start(app: &App, outlet: Outlet) -> Result<Self> {
        let waker = Arc::new(Mutex::new(None));
        let over = Arc::new(AtomicBool::new(false));
        let wanted = Arc::new(AtomicBool::new(false));
        let (tell_done, done) = channel();
        let mut app = app.aside(outlet.warnings());
        app.ui.send_progress(outlet.progress());
        let looking = Looking {
            app,
            outlet,
            waker: Arc::clone(&waker),
            over: Arc::clone(&over),
            wanted: Arc::clone(&wanted),
        };
        std::thread::Builder::new()
            .name("look".to_owned())
            .spawn(move || {
                looking.go();
                tell_done.send(()).ok();
            })
            .map_err(|error| CliError::external("cannot start a thread").why(error))?;
        Ok(Self { waker, over, wanted, done })
    }

    /// Looks again now.
    pub(super) fn look(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake();
        }
    }

    /// Ends it, so that the store is closed. A look that takes long is not waited for: a store that is cut off loses
    /// nothing.
    pub(super) fn stop(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.wake();
        self.done.recv_timeout(PATIENCE).ok();
    }
}

struct Looking {
    app: App,
    outlet: Outlet,
    waker: Arc<Mutex<Option<Waker>>>,
    over: Arc<AtomicBool>,
    wanted: Arc<AtomicBool>,
}

impl Looking {
    fn go(mut self) {
        while let Err(error) = self.look() {
            // What is in the way may pass: what is shown says that it is old until then.
            tracing::error!(what = %error.what, "cannot look");
            if !self.outlet.tell(Event::Stale(super::text_of(&error))) || !self.rests() {
                return;
            }
        }
    }

    /// Lets some time go by. Whether to go on.
    fn rests(&self) -> bool {
        let end = live::now() + RETRY;
        while live::now() < end && !self.over.load(Ordering::Relaxed) && !self.wanted.load(Ordering::Relaxed)
        {
            live::pause(Duration::from_millis(50));
        }
        !self.over.load(Ordering::Relaxed)
    }

    /// Where nothing is known yet, all transcripts are read: by a process of its own, which takes memory that this one
    /// does not keep. What it leaves undone is done here.
    fn read_all_elsewhere(&self) {
        let known = self.app.env.state_dir().is_ok_and(|home| home.join("state.db").exists());
        if known {
            return;
        }
        let Ok(mut child) = search::start_pass_with_progress(&self.app) else { return };
        let lines = child.stdout.take().map(|out| BufReader::new(out).lines());
        for line in lines.into_iter().flatten().map_while(io::Result::ok) {
            let far =
                line.split_once(' ').and_then(|(read, all)| Some((read.parse().ok()?, all.parse().ok()?)));
            match far {
                Some((read, all)) => drop(self.outlet.tell(Event::Reading(read, all))),
                None => break,
            }
            if self.over.load(Ordering::Relaxed) {
                break;
            }
        }
        // It goes on with the index of what is searched.
        std::thread::spawn(move || child.wait());
    }

    fn look(&mut self) -> Result<()> {
        self.read_all_elsewhere();
        let app = &mut self.app;
        let mut live = Live::start(app)?;
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(live.waker());
        let mut teller = Teller::new(app, live.waker(), self.outlet.clone());
        let mut comings = Comings::default();
        let mut ended = Ended::default();
        let mut totals = Totals::default();
        let sampler = Sampler::start(self.outlet.clone());
        let looked_in: Vec<String> =
            app.claude_roots().iter().map(|root| app.env.short_path(&root.display().to_string())).collect();
        let mut seen = BTreeMap::new();
        // Before the first look, at once.
        let mut again = Some(live::now());
        while !self.over.load(Ordering::Relaxed) {
            let is_due = again.is_some_and(|at| at <= live::now());
            let fresh = is_due || live.has_news() || self.wanted.swap(false, Ordering::Relaxed);
            if !fresh {
                // Somebody woke us for what is to be told, not for a look.
                teller.look(app, &seen, false)?;
                live.wait(app, teller.until(app)?.into_iter().chain(again).min())?;
                continue;
            }
            seen = comings.look(app, &mut live)?;
            // Dollars an hour become less while nothing happens.
            let burns =
                seen.values().any(|session| session.cost.burn_usd_per_hour.is_some_and(|burn| burn > 0.0));
            again = burns.then(|| live::now() + BURN);
            // What the first look reads may be much.
            app.ui.progress = None;
            teller.also(|| comings.alarms(app, &mut live))?;
            teller.look(app, &seen, true)?;
            let sessions = ended.keep(seen.clone(), app.now);
            sampler.watch(
                sessions.iter().filter_map(|session| Some((session.id.clone(), session.pid?))).collect(),
            );
            let (today, week) = totals.of(app, live.store(), &sessions)?;
            let look = Look {
                sessions,
                today,
                week,
                quota: quota::of(app, live.store())?,
                transcripts: live.transcripts(),
                looked_in: looked_in.clone(),
            };
            if !self.outlet.tell(Event::Look(Box::new(look))) {
                break;
            }
            live.wait(app, teller.until(app)?.into_iter().chain(again).min())?;
        }
        teller.close(app);
        Ok(())
    }
}

/// Tells the person, once nobody else does.
struct Teller {
    /// `None` where the state folder takes no lock: then nothing is told.
    leadership: Option<Leadership>,
    waker: Waker,
    outlet: Outlet,
    reload: Reload,
    notices: Option<Notices>,
}

impl Teller {
    fn new(app: &App, waker: Waker, outlet: Outlet) -> Self {
        let wakes = waker.clone();
        let seek = |home: PathBuf| Leadership::seek(&home, "dashboard", app.now, move || wakes.wake());
        let leadership = app.env.state_dir().and_then(seek).map_err(|error| {
            let text = format!("no notices are told: {}", super::text_of(&error));
            outlet.tell(Event::Say(Level::Alarm, text));
        });
        let leadership = leadership.ok();
        Self { leadership, waker, outlet, reload: Reload::new(app), notices: None }
    }

    /// What no look shows; asked for only by whoever tells it.
    fn also(&mut self, find: impl FnOnce() -> Result<Vec<notice::Notice>>) -> Result<()> {
        if let Some(notices) = &mut self.notices {
            notices.also(find()?);
        }
        Ok(())
    }

    fn look(&mut self, app: &mut App, sessions: &BTreeMap<String, Session>, fresh: bool) -> Result<()> {
        match self.reload.look(app) {
            Change::None => {}
            Change::Taken => self.start_anew(app)?,
            Change::Refused(errors) => {
                let first = errors.as_slice().first().map(|error| error.message.clone()).unwrap_or_default();
                let text = format!(
                    "the configuration was changed and is not used: {first}; see `claudectl config check`"
                );
                self.outlet.tell(Event::Say(Level::Notice, text));
            }
        }
        if self.notices.is_none() && self.leadership.as_ref().is_some_and(Leadership::leads) {
            self.notices = Some(Notices::start(app, &self.waker, Some(self.outlet.terminal()))?);
        }
        let Some(notices) = &mut self.notices else { return Ok(()) };
        notices.look(app, sessions.values(), fresh)?;
        let outcomes = notices.outcomes();
        if !outcomes.is_empty() {
            self.outlet.tell(Event::Told(Box::new(log(app)?)));
        }
        for carried in notices.carried() {
            let level = if carried.done { Level::Notice } else { Level::Alarm };
            let text = format!("{}: {}: {}", carried.session.title(), carried.headline(), carried.text);
            self.outlet.tell(Event::Say(level, claudectl_redact::redact(&text).text.into_owned()));
        }
        for warning in notices.warnings() {
            self.outlet.tell(Event::Say(Level::Notice, warning));
        }
        Ok(())
    }

    /// Tells by the configuration as it is now.
    fn start_anew(&mut self, app: &App) -> Result<()> {
        let Some(mut before) = self.notices.take() else { return Ok(()) };
        let handed_over = before.hand_over();
        before.close(app);
        let mut notices = Notices::start(app, &self.waker, Some(self.outlet.terminal()))?;
        notices.go_on(handed_over);
        let sinks = format::plural(notices.sinks().len() as u64, "sink");
        self.outlet.tell(Event::Say(Level::Info, format!("the configuration was changed: {sinks} to tell")));
        self.notices = Some(notices);
        Ok(())
    }

    /// When to wake without a reason: for what waits only for time.
    fn until(&self, app: &App) -> Result<Option<std::time::Instant>> {
        let Some(due) = self.notices.as_ref().and_then(Notices::due) else { return Ok(None) };
        let left = due.saturating_sub(app.env.now_ms()?).max(0);
        Ok(Some(live::now() + Duration::from_millis(left.unsigned_abs())))
    }

    /// What has not been tried yet is delivered, if it can be at once.
    fn close(self, app: &App) {
        if let Some(mut notices) = self.notices {
            notices.close(app);
        }
    }
}

/// So much of the log is shown.
const LOG_MS: i64 = 7 * 24 * 60 * 60 * 1000;
const LOG_MOST: u32 = 500;

/// What was told, and what was not.
pub(super) fn log(app: &App) -> Result<NoticeLog> {
    let home = app.env.state_dir()?;
    let store = Store::open(&home.join("state.db"))?;
    let lines = store.delivery_log(app.now.saturating_sub(LOG_MS), LOG_MOST)?;
    let line = |one: Logged| Notice {
        at: one.notice.at,
        sink: one.sink,
        outcome: match one.state {
            State::Sent => Outcome::Sent,
            State::Suppressed(_) => Outcome::Suppressed,
            State::Failed(_) => Outcome::Failed,
            State::Pending(_) => Outcome::Pending,
        },
        reason: one.state.reason().map(str::to_owned),
        title: one.notice.title,
    };
    let sinks = sinks::all(app, None).into_iter().map(|sink| (sink.name, sink.problem)).collect();
    let leader = match leader::who(&home) {
        Some(leader) if leader.pid == std::process::id() => "this dashboard tells".to_owned(),
        Some(leader) => {
            let since = leader.since.parse::<jiff::Timestamp>().ok();
            let since = since.map(|at| format!(", since {}", format::moment(at.as_millisecond(), &app.zone)));
            let since = since.unwrap_or_default();
            format!("{} tells (pid {}{since}); this dashboard follows", leader.what, leader.pid)
        }
        None => "nobody tells".to_owned(),
    };
    Ok(NoticeLog { lines: lines.into_iter().map(line).collect(), sinks, leader })
}

/// Sessions that ended while somebody watched.
#[derive(Debug, Default)]
struct Ended {
    /// With when that was seen.
    sessions: HashMap<String, (Session, i64)>,
}

impl Ended {
    /// The sessions of a look with those that ended lately, most urgent first.
    fn keep(&mut self, now: BTreeMap<String, Session>, at: i64) -> Vec<Session> {
        self.sessions.retain(|sid, (_, seen)| !now.contains_key(sid) && at.saturating_sub(*seen) < ENDED_MS);
        for (sid, session) in
            now.iter().filter(|(_, session)| session.status.state == status::State::Finished)
        {
            self.sessions.insert(sid.clone(), (session.clone(), at));
        }
        let before = self.sessions.values().filter(|(session, _)| !now.contains_key(&session.id));
        let mut all: Vec<Session> = before.map(|(session, _)| session.clone()).collect();
        all.extend(now.into_values());
        all.sort_by(|a, b| a.urgency().cmp(&b.urgency()).then_with(|| a.id.cmp(&b.id)));
        all
    }
}

/// What was spent today and this week: added up again when a session has spent something, or the day is another.
#[derive(Debug, Default)]
struct Totals {
    of: Option<(u64, jiff::civil::Date)>,
    today: Spent,
    week: Spent,
}

impl Totals {
    fn of(&mut self, app: &App, store: &Store, sessions: &[Session]) -> Result<(Spent, Spent)> {
        let at = jiff::Timestamp::from_millisecond(app.now).unwrap_or_default();
        let date = app.zone.to_datetime(at).date();
        let responses = sessions.iter().map(|session| session.messages).sum();
        if self.of != Some((responses, date)) {
            let monday = i64::from(date.weekday().to_monday_zero_offset());
            let midnight = |date| when::midnight(date, &app.zone).unwrap_or(app.now);
            let since = date.checked_sub(jiff::Span::new().days(monday)).map_or(app.now, midnight);
            self.today = spent(app, store, midnight(date))?;
            self.week = spent(app, store, since)?;
            self.of = Some((responses, date));
        }
        let budgets = budgets::of_store(app, store)?;
        self.today.budget = budgets.limit(Scope::Day, &date.to_string(), "", "");
        self.week.budget = budgets.limit(Scope::Week, &week_key(date), "", "");
        Ok((self.today, self.week))
    }
}

/// What was spent since a moment.
fn spent(app: &App, store: &Store, since: i64) -> Result<Spent> {
    let query = Query { by: By::Model, since: Some(since), until: None, zone: TimeZone::UTC };
    let catalog = Catalog::of(store, Vec::new())?;
    let mut buckets = Vec::new();
    store.buckets_since(since.div_euclid(SLOT_MS), |key, bucket| buckets.push((key, bucket)))?;
    let total = spend::report(buckets, &app.prices(), &catalog, &query).total;
    Ok(Spent { usd: total.usd, unpriced: total.unpriced, budget: None })
}
