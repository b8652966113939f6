//! The thread that reads the transcript of the session that is open, page by page, and searches it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use claudectl_agents::pages::{Page, Pages};
use claudectl_agents::walk;
use claudectl_tui::{Event, StoryPage, Turn};

use super::Outlet;
use crate::app::App;

/// What is wanted: of which transcript, which rows.
#[derive(Debug)]
struct Job {
    number: u64,
    session: String,
    agent: Option<String>,
    turn: Turn,
}

/// The thread, while it runs.
#[derive(Debug)]
pub(super) struct Reader {
    jobs: Sender<Job>,
    /// The number of the job that was wanted last: a search that is older is given up.
    latest: Arc<AtomicU64>,
}

impl Reader {
    pub(super) fn start(app: &App, outlet: Outlet) -> Self {
        let (jobs, wanted) = channel();
        let latest = Arc::new(AtomicU64::new(0));
        let reading = Reading { roots: app.claude_roots(), outlet, latest: Arc::clone(&latest), open: None };
        std::thread::spawn(move || reading.work(&wanted));
        Self { jobs, latest }
    }

    /// Rows of a session's transcript, or of a subagent's.
    pub(super) fn read(&self, session: String, agent: Option<String>, turn: Turn) {
        let number = self.latest.fetch_add(1, Ordering::Relaxed) + 1;
        self.jobs.send(Job { number, session, agent, turn }).ok();
    }
}

struct Reading {
    roots: Vec<PathBuf>,
    outlet: Outlet,
    latest: Arc<AtomicU64>,
    /// The transcript that was read last.
    open: Option<Open>,
}

struct Open {
    /// Whose it is.
    whose: (String, Option<String>),
    path: PathBuf,
    pages: Pages,
    /// The largest size that it was seen to have.
    seen: u64,
}

impl Reading {
    fn work(mut self, wanted: &Receiver<Job>) {
        let mut waiting: VecDeque<Job> = VecDeque::new();
        while let Some(job) = waiting.pop_front().or_else(|| wanted.recv().ok()) {
            waiting.extend(wanted.try_iter());
            // Whoever goes through the list looks at the end of a transcript no more, once that of another is wanted.
            let other = |later: &Job| later.session != job.session || later.agent != job.agent;
            let passed_by = job.turn == Turn::Last && waiting.iter().any(other);
            if job.turn == Turn::GiveUp || passed_by {
                continue;
            }
            let session = job.session.clone();
            let event = self.answer(job).unwrap_or_else(|why| Event::Unread { session, why });
            if !self.outlet.tell(event) {
                return;
            }
        }
    }

    fn answer(&mut self, job: Job) -> Result<Event, String> {
        let Job { number, session, agent, mut turn } = job;
        let whose = (session.clone(), agent.clone());
        let stands = |open: &Open| open.whose == whose && open.pages.is_at(&open.path, open.seen);
        if turn == Turn::Last || !self.open.as_ref().is_some_and(stands) {
            let path = transcript(&self.roots, &session, agent.as_deref())
                .ok_or_else(|| gone(&session, agent.as_deref()))?;
            let pages = Pages::open(&path, agent.is_some()).map_err(|error| unread(&path, &error))?;
            // Offsets of another file mean nothing here.
            if !matches!(turn, Turn::Find { .. } | Turn::At { .. }) {
                turn = Turn::Last;
            }
            self.open = Some(Open { whose, path, pages, seen: 0 });
        }
        let Some(Open { pages, .. }) = &self.open else { return Err(gone(&session, None)) };
        let failed = |error: std::io::Error| format!("the transcript cannot be read: {error}");
        let (page, found) = match turn {
            Turn::Find { text, from, back } => {
                match self.find(pages, number, &session, &text, from, back).map_err(failed)? {
                    None => return Ok(Event::NotFound { session, reached: None }),
                    Some(row) => (pages.around(row).map_err(failed)?, Some(row)),
                }
            }
            Turn::At { at, text } => match self.at(pages, number, &session, at, &text).map_err(failed)? {
                // Another version of the file: what is there now is shown.
                None => (pages.last().map_err(failed)?, None),
                Some(row) => (pages.around(row).map_err(failed)?, Some(row)),
            },
            Turn::Before(offset) => (pages.before(offset).map_err(failed)?, None),
            Turn::After(offset) => (pages.after(offset).map_err(failed)?, None),
            Turn::Last | Turn::GiveUp => (pages.last().map_err(failed)?, None),
        };
        if let Some(open) = &mut self.open {
            open.seen = page.size;
        }
        Ok(Event::Story(Box::new(told(page, session, agent, found))))
    }

    /// The row that was written at a moment, with a text in it; where nothing was then, the first with the text.
    fn at(
        &self,
        pages: &Pages,
        number: u64,
        session: &str,
        at: i64,
        text: &str,
    ) -> std::io::Result<Option<u64>> {
        let wanted = |_| self.latest.load(Ordering::Relaxed) == number;
        match pages.find_at(at, text, wanted)? {
            None if wanted(0) => self.find(pages, number, session, text, 0, false),
            found => Ok(found),
        }
    }

    /// Searches, and tells how far it has come; it is given up for whatever is wanted next.
    fn find(
        &self,
        pages: &Pages,
        number: u64,
        session: &str,
        text: &str,
        from: u64,
        back: bool,
    ) -> std::io::Result<Option<u64>> {
        let go_on = |reached: u64| {
            let wanted = self.latest.load(Ordering::Relaxed) == number;
            wanted
                && self.outlet.tell(Event::NotFound { session: session.to_owned(), reached: Some(reached) })
        };
        if back { pages.find_before(from, text, go_on) } else { pages.find_after(from, text, go_on) }
    }
}

fn told(page: Page, session: String, agent: Option<String>, found: Option<u64>) -> StoryPage {
    let Page { from, to, size, beats } = page;
    StoryPage { session, agent, from, to, size, beats, found }
}

fn gone(session: &str, agent: Option<&str>) -> String {
    match agent {
        Some(agent) => format!("there is no transcript of subagent {agent}"),
        None if session.starts_with("pid:") => {
            "it has not said which session it runs: there is nothing to read".to_owned()
        }
        None => "it has no transcript: nothing was written yet, or Claude Code has deleted it".to_owned(),
    }
}

fn unread(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}

/// The transcript of a session, or of one of its subagents: the largest, if there are several.
fn transcript(roots: &[PathBuf], session: &str, agent: Option<&str>) -> Option<PathBuf> {
    let found = walk::session(&walk::projects_of(roots, session), session);
    let name = match agent {
        Some(agent) => format!("agent-{agent}.jsonl"),
        None => format!("{session}.jsonl"),
    };
    let own = found
        .files
        .into_iter()
        .map(|file| file.path)
        .filter(|path| path.file_name().is_some_and(|own| own == name.as_str()));
    own.max_by_key(|path| std::fs::metadata(path).map(|data| data.len()).unwrap_or(0))
}
