//! Sessions while they run: looked at again when something happens, and only what that touches.
//!
//! Three things wake it: a change in a folder that matters (the kernel tells), a process that ends (the kernel
//! tells), and a moment at which time itself changes a status (known beforehand). Between them nothing runs.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use claudectl_agents::deaths::Deaths;
use claudectl_agents::processes::{Processes, System};
use claudectl_agents::prompts;
use claudectl_agents::settings;
use claudectl_agents::walk::{self, Walk};
use claudectl_agents::watch::{Touched, Watch};
use claudectl_fleet::session::Session;
use claudectl_fleet::status::State;
use claudectl_store::{Store, journal, readings};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::gather::{self, Wanted};
use crate::guard;
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
    /// Somebody who holds a [`Waker`].
    Asked,
}

/// Ends a [`Live::wait`] from another thread.
#[derive(Debug, Clone)]
pub(crate) struct Waker(Sender<Wake>);

impl Waker {
    /// A wait that runs ends now; one that begins later, at once.
    pub(crate) fn wake(&self) {
        // Nobody waits any more: the program ends.
        drop(self.0.send(Wake::Asked));
    }
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
    waker: Waker,
    wakes: Receiver<Wake>,
    /// `None` where the system gives no watcher: then everything is looked at now and then.
    watch: Option<Watch>,
    deaths: Deaths,
    /// The sessions of the last look that ran, by their processes.
    last: HashMap<u32, Session>,
    /// Processes whose end is waited for, with their starts.
    watched: HashMap<u32, u64>,
    /// Project folders by session.
    projects: HashMap<String, Vec<PathBuf>>,
    pending: Pending,
    /// Something has happened since the last look, or time may have changed something.
    news: bool,
    /// When the next look may begin.
    rested: Option<Instant>,
    /// When time alone may change something, milliseconds since the epoch.
    due: Option<i64>,
    /// Sessions whose transcripts were looked at last.
    touched: Vec<String>,
    /// Folders were not watched until now: what happened in them meanwhile was not told.
    again: bool,
    /// What hooks call: without it, no guard stands.
    programs: Vec<PathBuf>,
    /// What says whether they are called, as the watch's thread knows it.
    rules: Arc<Mutex<Rules>>,
}

impl Live {
    /// Takes in everything there is, and begins to watch.
    pub(crate) fn start(app: &App) -> Result<Self> {
        let (send, wakes) = channel();
        let waker = Waker(send.clone());
        let programs = guard::programs(app);
        let rules = Arc::<Mutex<Rules>>::default();
        let filter = Filter {
            home: app.env.state_dir().ok(),
            roots: app.claude_roots(),
            config: app.config_file.clone(),
            programs: programs.clone(),
            rules: Arc::clone(&rules),
        };
        let watch = Watch::new(filter.teller(send.clone()));
        if let Err(error) = &watch {
            app.ui.warn(&format!("{error}: looking every two seconds instead"));
        }
        let died = move |_, _| drop(send.send(Wake::Died));
        let deaths = Deaths::new(Box::new(died))
            .map_err(|error| CliError::external("cannot watch processes").why(error))?;
        let mut live = Self {
            ledger: sync::ledger(app, LedgerArgs::default())?,
            waker,
            wakes,
            watch: watch.ok(),
            deaths,
            last: HashMap::new(),
            watched: HashMap::new(),
            projects: HashMap::new(),
            pending: Pending::default(),
            news: true,
            rested: None,
            due: None,
            touched: Vec::new(),
            again: false,
            programs,
            rules,
        };
        // What comes from here on is told; what came before the first look is looked at.
        let folders = live.folders(app, &[]);
        live.watch.as_mut().map(|watch| watch.set(&folders));
        Ok(live)
    }

    /// The sessions now.
    pub(crate) fn sessions(&mut self, app: &mut App) -> Result<Vec<Session>> {
        let began = now();
        app.now = app.env.now_ms()?;
        self.news = false;
        let walk = self.walk();
        sync::refresh(app, &mut self.ledger, walk)?;
        let mut sessions = gather::sessions(app, &mut self.ledger, Wanted::Live)?;
        let young = settle_down(&mut sessions, app.now);
        self.linger(&mut sessions);
        self.follow(app, &sessions);
        let turns = sessions.iter().flat_map(|session| [session.turns_at, session.gate.turns_at]).flatten();
        self.due = turns.chain(young).filter(|at| *at > app.now).min();
        self.rested = Some(now() + (began.elapsed() * REST).min(REST_MOST));
        Ok(sessions)
    }

    /// One session, whether or not it runs.
    pub(crate) fn session(&mut self, app: &App, sid: &str) -> Result<Option<Session>> {
        Ok(gather::sessions(app, &mut self.ledger, Wanted::One(sid))?.into_iter().next())
    }

    /// What everything is kept in.
    pub(crate) fn store(&self) -> &Store {
        &self.ledger.store
    }

    /// How many transcripts there are.
    pub(crate) fn transcripts(&self) -> u64 {
        self.ledger.files
    }

    /// Sessions whose transcripts were written to since the look before the last, whether or not they run.
    pub(crate) fn touched(&self) -> &[String] {
        &self.touched
    }

    /// The session that a text means.
    pub(crate) fn find(&self, app: &App, text: &str) -> Result<String> {
        crate::find::session(app, &self.ledger, text)
    }

    /// Something may be new since the last look; without, whoever asked needs none.
    pub(crate) fn has_news(&self) -> bool {
        self.news
    }

    /// To end a wait with, from another thread.
    pub(crate) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits until there may be something new, until somebody asks, or until a moment. False when that moment has
    /// come. Whoever asks is answered at once; what else has happened is then waited out the next time.
    pub(crate) fn wait(&mut self, app: &App, until: Option<Instant>) -> Result<bool> {
        if std::mem::take(&mut self.again) {
            self.news = true;
            return Ok(true);
        }
        if !self.news {
            self.sleep(app, until)?;
        }
        if self.news {
            self.settle();
        }
        Ok(until.is_none_or(|until| now() < until))
    }

    /// Until the first thing happens.
    fn sleep(&mut self, app: &App, until: Option<Instant>) -> Result<()> {
        let clock = app.env.now_ms()?;
        let away = |at: i64| Duration::from_millis(at.saturating_sub(clock).max(0).unsigned_abs());
        let due = self.due.map(|at| now() + away(at));
        let blind = self.watch.as_ref().is_none_or(|watch| !watch.blind().is_empty()).then(|| now() + BLIND);
        let wake = [due, blind, until].into_iter().flatten().min();
        match self.next(wake) {
            Some(first) => self.note(first),
            None => {
                let come = |at: Option<Instant>| at.is_some_and(|at| at <= now());
                // Folders that cannot be watched may hold anything.
                self.pending.all |= come(blind);
                self.news |= come(due) || come(blind);
            }
        }
        Ok(())
    }

    fn next(&self, wake: Option<Instant>) -> Option<Wake> {
        match wake {
            None => self.wakes.recv().ok(),
            Some(wake) => self.wakes.recv_timeout(wake.saturating_duration_since(now())).ok(),
        }
    }

    /// Takes what comes with what has happened, until it is quiet and we are rested, or somebody asks.
    fn settle(&mut self) {
        let began = now();
        let rested = self.rested.unwrap_or(began);
        let last = (began + SETTLE_MOST).max(rested);
        loop {
            let quiet = (now() + SETTLE).max(rested).min(last);
            match self.wakes.recv_timeout(quiet.saturating_duration_since(now())) {
                Ok(Wake::Asked) => return,
                Ok(wake) if now() < last => self.note(wake),
                Ok(wake) => return self.note(wake),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn note(&mut self, wake: Wake) {
        self.news |= !matches!(wake, Wake::Asked);
        match wake {
            Wake::Asked | Wake::Died => {}
            Wake::Touched(Touched::Lost) => self.pending.all = true,
            Wake::Touched(Touched::Changed(path)) => {
                self.pending.sessions.extend(walk::session_of(&path));
            }
            Wake::Touched(Touched::Made(path)) => {
                // What came to one place may have left another.
                if let Some(sid) = walk::session_of(&path) {
                    self.projects.remove(&sid);
                    self.pending.sessions.insert(sid);
                }
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
        let name = format!("{sid}.jsonl");
        let stands = |known: &&Vec<PathBuf>| known.iter().all(|folder| folder.join(&name).exists());
        if let Some(known) = self.projects.get(sid).filter(stands) {
            return known.clone();
        }
        let found = walk::projects_of(&self.ledger.roots, sid);
        if !found.is_empty() {
            self.projects.insert(sid.to_owned(), found.clone());
        }
        found
    }

    /// A session whose row is gone, or half written, while its process lives is what it was: a client takes its row
    /// away before it ends, and writes it in place. One whose process runs another session now has ended.
    fn linger(&mut self, sessions: &mut Vec<Session>) {
        let last = std::mem::take(&mut self.last);
        for (pid, session) in last {
            let listed = sessions.iter().any(|now| now.id == session.id);
            let other = sessions.iter().any(|now| now.pid == Some(pid) && !is_unnamed(now));
            let lives = System.facts(pid).is_some_and(|facts| facts.start == session.process.start);
            if !listed && !other && lives && session.process.start.is_some() {
                sessions.retain(|now| now.pid != Some(pid));
                sessions.push(session);
            }
        }
        let running = sessions.iter().filter_map(|session| Some((session.pid?, session)));
        self.last =
            running.filter(|(_, session)| !is_unnamed(session)).map(|(pid, s)| (pid, s.clone())).collect();
    }

    /// Watches what these sessions write to, and their processes.
    fn follow(&mut self, app: &App, sessions: &[Session]) {
        let folders = self.folders(app, sessions);
        if self.watch.as_mut().is_some_and(|watch| watch.set(&folders)) {
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
            folders.extend(above(&home));
            folders.extend([journal::folder(&home), readings::folder(&home), prompts::folder(&home), home]);
        }
        folders.extend(app.config_file.as_deref().and_then(Path::parent).and_then(above));
        folders.extend(app.config_file.as_deref().and_then(Path::parent).map(Path::to_path_buf));
        folders.extend(self.programs.iter().filter_map(|program| program.parent().map(Path::to_path_buf)));
        // Not where they would come: /etc is never quiet.
        folders.extend(settings::managed_folders());
        for root in &self.ledger.roots {
            // `debug` is where a client older than the registry shows first.
            folders.extend(above(root));
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
        let files = sessions.iter().flat_map(|session| session.gate.files.iter().cloned());
        let rules = Rules::of(files, &folders);
        folders.extend(rules.folders.iter().cloned());
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
        folders
    }
}

/// The settings files that bear on the hooks of sessions that run.
#[derive(Debug, Default)]
struct Rules {
    /// They, what links lead to, and the folders in which they are or would come.
    paths: HashSet<PathBuf>,
    /// Folders that are watched for them alone: a person's work goes on in these.
    folders: HashSet<PathBuf>,
}

impl Rules {
    /// These files; `watched` are folders that are watched for something else.
    fn of(files: impl Iterator<Item = PathBuf>, watched: &HashSet<PathBuf>) -> Self {
        let mut rules = Self::default();
        let all: HashSet<PathBuf> = files.collect();
        for file in all {
            // A file that is a link is written to where it leads.
            let target = file.is_symlink().then(|| file.canonicalize().ok()).flatten();
            rules.folders.extend(target.as_deref().and_then(Path::parent).map(Path::to_path_buf));
            // Where it stands; that this folder goes is told, too. Where there is none yet, where it would come: every
            // file that somebody opens there wakes the watch.
            rules.folders.extend(above(&file));
            rules.paths.extend(file.parent().map(Path::to_path_buf).into_iter().chain(target));
            rules.paths.insert(file);
        }
        rules.folders.retain(|folder| !watched.contains(folder));
        rules
    }
}

/// The nearest folder above that is there: where a folder comes, comes again, or is led elsewhere by a link.
fn above(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_path_buf)
}

/// A client that has not said which session it runs.
pub(crate) fn is_unnamed(session: &Session) -> bool {
    session.id.starts_with("pid:")
}

/// A client has no row for a moment after its start: it is told of once it is older than that without one. Says when
/// that will be.
fn settle_down(sessions: &mut Vec<Session>, now: i64) -> Vec<i64> {
    let young = |session: &Session| {
        let grown = session.started_at.unwrap_or(0).saturating_add(YOUNG_MS);
        (is_unnamed(session) && session.status.state == State::Unknown && grown > now).then_some(grown)
    };
    let grown = sessions.iter().filter_map(young).collect();
    sessions.retain(|session| young(session).is_none());
    grown
}

/// A client has registered, or waits for an answer to a start-up dialog, within this. The process table tells its start
/// to a second.
const YOUNG_MS: i64 = 3_000;

/// What of the watched folders matters. Some are watched only to see others come.
#[derive(Debug)]
struct Filter {
    home: Option<PathBuf>,
    roots: Vec<PathBuf>,
    config: Option<PathBuf>,
    /// What hooks call.
    programs: Vec<PathBuf>,
    /// What says whether they are called.
    rules: Arc<Mutex<Rules>>,
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
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        if rules.paths.contains(path) {
            return true;
        }
        // What hooks call: of its folder nothing else is news.
        if self.programs.iter().any(|program| program.parent() == path.parent()) {
            return self.programs.contains(path);
        }
        if path.parent().is_some_and(|folder| rules.folders.contains(folder)) {
            return false;
        }
        // A folder of Claude Code's, or the configuration, or one above it, has come or gone.
        if self.roots.iter().chain(&self.home).chain(&self.config).any(|root| root.starts_with(path)) {
            return true;
        }
        let Some((folder, name)) = path.parent().zip(path.file_name()) else { return false };
        let one_of = |names: &[&str]| names.iter().any(|one| name == *one);
        if self.home.as_deref() == Some(folder) {
            // We write there ourselves.
            return one_of(&["journal", "statusline", "prompts"]);
        }
        if self.roots.iter().any(|root| root == folder) {
            return one_of(&["sessions", "projects", "debug", "settings.json"]);
        }
        if self.roots.iter().chain(&self.home).any(|root| root.starts_with(folder)) {
            return false;
        }
        // Logs are written all the time; that there is a new one is news.
        made || !self.roots.iter().any(|root| folder == root.join("debug"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(filter: &Filter, path: &Path) -> bool {
        filter.matters(&Touched::Changed(path.to_path_buf()))
            && filter.matters(&Touched::Made(path.to_path_buf()))
    }

    #[test]
    fn settings_of_sessions_are_news_and_the_work_beside_them_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (work, shared) = (root.join("work"), root.join("shared"));
        for folder in [work.join(".claude"), shared.clone(), root.join("dotfiles")] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let own = work.join(".claude/settings.json");
        let link = work.join(".claude/settings.local.json");
        let target = root.join("dotfiles/mine.json");
        std::fs::write(&target, "{}").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let later = shared.join(".claude/settings.json");
        let files = [own.clone(), link.clone(), later.clone()];
        let rules = Rules::of(files.into_iter(), &HashSet::from([shared.clone()]));
        let expected = HashSet::from([work.join(".claude"), root.join("dotfiles")]);
        assert_eq!(rules.folders, expected, "{} is watched for something else", shared.display());
        let filter = Filter {
            home: None,
            roots: Vec::new(),
            config: None,
            programs: vec![work.join("claudectl")],
            rules: Arc::new(Mutex::new(rules)),
        };
        for news in [&own, &link, &target, &later, &work.join(".claude"), &shared.join(".claude")] {
            assert!(touch(&filter, news), "{}", news.display());
        }
        for other in [work.join(".claude/plan.md"), root.join("dotfiles/vimrc")] {
            assert!(!touch(&filter, &other), "{}", other.display());
        }
        assert!(touch(&filter, &shared.join("main.rs")), "for what else the folder is watched");
        assert!(touch(&filter, &work.join("claudectl")), "what hooks call");
        std::fs::remove_dir_all(work.join(".claude")).unwrap();
        let rules = Rules::of([own].into_iter(), &HashSet::new());
        assert_eq!(rules.folders, HashSet::from([work.clone()]), "where it would come");
        let filter = Filter { programs: Vec::new(), rules: Arc::new(Mutex::new(rules)), ..filter };
        assert!(touch(&filter, &work.join(".claude")) && !touch(&filter, &work.join("main.rs")));
    }
}
