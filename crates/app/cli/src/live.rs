//! Sessions while they run: looked at again when something happens, and only what that touches.
//!
//! Three things wake it: a change in a folder that matters (the kernel tells), a process that ends (the kernel
//! tells), and a moment at which time itself changes a status (known beforehand). Between them nothing runs.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use claudectl_agents::deaths::Deaths;
use claudectl_agents::walk::{self, Walk};
use claudectl_agents::watch::{Touched, Watch};
use claudectl_fleet::session::Session;
use claudectl_fleet::status::{IDLE_AFTER_MS, STALLED_AFTER_MS, State};
use claudectl_store::{journal, readings};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::gather::{self, Wanted};
use crate::sync::{self, Ledger, LedgerArgs};

/// What has happened may have more to it: this much quiet is waited for, and no longer than that.
const SETTLE: Duration = Duration::from_millis(4);
const SETTLE_MOST: Duration = Duration::from_millis(20);
/// After a look, the next is not begun before so many times as long: under a storm of events a look takes a
/// fifth of one core.
const REST: u32 = 4;
const REST_MOST: Duration = Duration::from_millis(150);
/// How often folders are looked at that cannot be watched.
const BLIND: Duration = Duration::from_secs(2);

/// What woke us.
#[derive(Debug)]
enum Wake {
    Touched(Touched),
    Died,
}

/// What has to be looked at again.
#[derive(Debug, Default)]
struct Pending {
    /// Sessions whose transcripts were written to.
    sessions: HashSet<String>,
    /// Nobody knows what was touched.
    all: bool,
}

/// The sessions of this machine, kept up to date.
#[derive(Debug)]
pub(crate) struct Live {
    ledger: Ledger,
    wakes: Receiver<Wake>,
    watch: Watch,
    deaths: Deaths,
    /// Processes whose end is waited for, with their starts.
    watched: HashMap<u32, u64>,
    /// Project folders by session.
    projects: HashMap<String, Vec<PathBuf>>,
    pending: Pending,
    /// When the next look may begin.
    rested: Option<Instant>,
    /// When time alone may change something, milliseconds since the epoch.
    due: Option<i64>,
    /// Sessions whose transcripts were looked at last.
    touched: Vec<String>,
    /// Folders were not watched until now: what happened in them meanwhile was not told.
    again: bool,
}

impl Live {
    /// Takes in everything there is, and begins to watch.
    pub(crate) fn start(app: &App) -> Result<Self> {
        let (send, wakes) = channel();
        let filter = Filter { home: app.env.state_dir().ok(), roots: app.claude_roots() };
        let watch = Watch::new(filter.teller(send.clone())).map_err(CliError::external)?;
        let died = move |_, _| drop(send.send(Wake::Died));
        let deaths = Deaths::new(Box::new(died))
            .map_err(|error| CliError::external("cannot watch processes").why(error))?;
        let mut live = Self {
            ledger: sync::ledger(app, LedgerArgs::default())?,
            wakes,
            watch,
            deaths,
            watched: HashMap::new(),
            projects: HashMap::new(),
            pending: Pending::default(),
            rested: None,
            due: None,
            touched: Vec::new(),
            again: false,
        };
        // What comes from here on is told; what came before the first look is looked at.
        let folders = live.folders(app, &[]);
        live.watch.set(&folders);
        Ok(live)
    }

    /// The sessions now.
    pub(crate) fn sessions(&mut self, app: &mut App) -> Result<Vec<Session>> {
        let began = now();
        app.now = app.env.now_ms()?;
        let walk = self.walk();
        sync::refresh(app, &mut self.ledger, walk)?;
        let sessions = gather::sessions(app, &mut self.ledger, Wanted::Live)?;
        self.follow(app, &sessions);
        self.due = sessions.iter().filter_map(turns_at).filter(|at| *at > app.now).min();
        self.rested = Some(now() + (began.elapsed() * REST).min(REST_MOST));
        Ok(sessions)
    }

    /// One session, whether or not it runs.
    pub(crate) fn session(&mut self, app: &App, sid: &str) -> Result<Option<Session>> {
        Ok(gather::sessions(app, &mut self.ledger, Wanted::One(sid))?.into_iter().next())
    }

    /// Sessions whose transcripts were written to since the look before the last, whether or not they run.
    pub(crate) fn touched(&self) -> &[String] {
        &self.touched
    }

    /// The session that a text means.
    pub(crate) fn find(&self, app: &App, text: &str) -> Result<String> {
        crate::find::session(app, &self.ledger, text)
    }

    /// Waits until there may be something new, or until a moment. False when that moment has come.
    pub(crate) fn wait(&mut self, app: &App, until: Option<Instant>) -> Result<bool> {
        if std::mem::take(&mut self.again) {
            return Ok(true);
        }
        let clock = app.env.now_ms()?;
        let away = |at: i64| Duration::from_millis(at.saturating_sub(clock).max(0).unsigned_abs());
        let due = self.due.map(|at| now() + away(at));
        let blind = (!self.watch.blind().is_empty()).then(|| now() + BLIND);
        let wake = [due, blind, until].into_iter().flatten().min();
        match self.next(wake) {
            Some(first) => self.settle(first),
            // Folders that cannot be watched may hold anything.
            None => self.pending.all |= blind.is_some(),
        }
        Ok(until.is_none_or(|until| now() < until))
    }

    fn next(&self, wake: Option<Instant>) -> Option<Wake> {
        match wake {
            None => self.wakes.recv().ok(),
            Some(wake) => self.wakes.recv_timeout(wake.saturating_duration_since(now())).ok(),
        }
    }

    /// Takes what comes with it, until it is quiet and we are rested.
    fn settle(&mut self, first: Wake) {
        self.note(first);
        let began = now();
        let rested = self.rested.take().unwrap_or(began);
        let last = (began + SETTLE_MOST).max(rested);
        loop {
            let quiet = (now() + SETTLE).max(rested).min(last);
            match self.wakes.recv_timeout(quiet.saturating_duration_since(now())) {
                Ok(wake) if now() < last => self.note(wake),
                Ok(wake) => return self.note(wake),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn note(&mut self, wake: Wake) {
        match wake {
            Wake::Died => {}
            Wake::Touched(Touched::Lost) => self.pending.all = true,
            Wake::Touched(Touched::Made(path) | Touched::Changed(path)) => {
                self.pending.sessions.extend(walk::session_of(&path));
            }
        }
    }

    /// The transcripts to look at: of the sessions that were touched, or all.
    fn walk(&mut self) -> Walk {
        let pending = std::mem::take(&mut self.pending);
        if pending.all {
            self.projects.clear();
            return walk::transcripts(&self.ledger.roots, sync::threads());
        }
        let mut all = Walk::default();
        self.touched = pending.sessions.iter().cloned().collect();
        for sid in pending.sessions {
            let folders = self.projects_of(&sid);
            let found = walk::session(&folders, &sid);
            all.files.extend(found.files);
            all.errors.extend(found.errors);
        }
        all
    }

    /// Where a session's transcripts are. One without any yet is looked for each time.
    fn projects_of(&mut self, sid: &str) -> Vec<PathBuf> {
        if let Some(known) = self.projects.get(sid) {
            return known.clone();
        }
        let found = walk::projects_of(&self.ledger.roots, sid);
        if !found.is_empty() {
            self.projects.insert(sid.to_owned(), found.clone());
        }
        found
    }

    /// Watches what these sessions write to, and their processes.
    fn follow(&mut self, app: &App, sessions: &[Session]) {
        let folders = self.folders(app, sessions);
        if self.watch.set(&folders) {
            self.again = true;
            self.pending.sessions.extend(sessions.iter().map(|session| session.id.clone()));
        }
        let running: HashMap<u32, u64> =
            sessions.iter().filter_map(|session| Some((session.pid?, session.process.start?))).collect();
        for (pid, start) in &running {
            if self.watched.get(pid) != Some(start) {
                self.deaths.watch(*pid, *start);
            }
        }
        for pid in self.watched.keys().filter(|pid| !running.contains_key(*pid)) {
            self.deaths.forget(*pid);
        }
        self.watched = running;
    }

    fn folders(&mut self, app: &App, sessions: &[Session]) -> HashSet<PathBuf> {
        let mut folders = HashSet::new();
        if let Ok(home) = app.env.state_dir() {
            folders.extend([journal::folder(&home), readings::folder(&home), home]);
        }
        for root in &self.ledger.roots {
            // `debug` is where a client older than the registry shows first.
            folders.extend([root.join("sessions"), root.join("projects"), root.join("debug"), root.clone()]);
        }
        for session in sessions.iter().filter(|session| session.pid.is_some()) {
            let known = self.projects_of(&session.id);
            if known.is_empty() {
                // Where its first row will probably come.
                let name = session.cwd.as_deref().and_then(walk::likely_project);
                let likely = name
                    .map(|name| self.ledger.roots.iter().map(move |root| root.join("projects").join(&name)));
                folders.extend(likely.into_iter().flatten());
            }
            for project in known {
                let own = project.join(&session.id);
                folders.extend([own.join("subagents"), own, project]);
            }
        }
        folders
    }
}

/// What of the watched folders matters. Some are watched only to see others come.
#[derive(Debug)]
struct Filter {
    home: Option<PathBuf>,
    roots: Vec<PathBuf>,
}

impl Filter {
    fn teller(self, send: Sender<Wake>) -> impl Fn(Touched) + Send {
        move |touched| {
            if self.matters(&touched) {
                // Nobody listens any more: the program ends.
                drop(send.send(Wake::Touched(touched)));
            }
        }
    }

    fn matters(&self, touched: &Touched) -> bool {
        let (path, made) = match touched {
            Touched::Lost => return true,
            Touched::Made(path) => (path, true),
            Touched::Changed(path) => (path, false),
        };
        let Some((folder, name)) = path.parent().zip(path.file_name()) else { return false };
        let one_of = |names: &[&str]| names.iter().any(|one| name == *one);
        if self.home.as_deref() == Some(folder) {
            // We write there ourselves.
            return one_of(&["journal", "statusline"]);
        }
        if self.roots.iter().any(|root| root == folder) {
            return one_of(&["sessions", "projects", "debug"]);
        }
        // Logs are written all the time; that there is a new one is news.
        made || !self.roots.iter().any(|root| folder == root.join("debug"))
    }
}

/// When time alone turns a session's status into another.
fn turns_at(session: &Session) -> Option<i64> {
    let since = session.status.since?;
    match session.status.state {
        State::Waiting => Some(since.saturating_add(IDLE_AFTER_MS + 1)),
        State::Working => {
            Some(since.max(session.last_activity_at.unwrap_or(since)).saturating_add(STALLED_AFTER_MS + 1))
        }
        _ => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to rest and to wait, not what time it is")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets a stretch of time go by, of which something is measured.
pub(crate) fn pause(time: Duration) {
    let (_held, never) = channel::<()>();
    // Nobody sends anything.
    never.recv_timeout(time).err();
}
