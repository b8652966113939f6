//! The thread that searches all transcripts, when the page for it is open.
//!
//! It asks the index, and says how much of the transcripts is not in it. That is taken in by a process of its own, after
//! each pass of which the answer is given anew: the memory of a pass is not for a program that stays open.

use std::sync::mpsc::{Receiver, Sender, channel};

use claudectl_agents::walk;
use claudectl_fleet::project;
use claudectl_search::query::Query as Words;
use claudectl_search::snippet;
use claudectl_store::Store;
use claudectl_tui::{Event, Found, FoundIn, Passage};

use super::Outlet;
use crate::app::App;
use crate::error::Result;
use crate::search::{self, Hit, Query, SessionHits, Sort};

/// So many passages are shown, and of one session.
const MOST: usize = 100;
const PER_SESSION: usize = 5;
/// Of a line, in characters: more than any screen has room for.
const LINE: usize = 400;

/// What is wanted, or has happened.
#[derive(Debug)]
enum Job {
    /// To look for a text; for none, to say how much cannot be searched.
    Search(String),
    /// A pass has ended.
    Passed,
}

/// The thread, while it runs.
#[derive(Debug)]
pub(super) struct Finder {
    jobs: Sender<Job>,
}

impl Finder {
    pub(super) fn start(app: &App, outlet: Outlet) -> Self {
        let (jobs, wanted) = channel();
        let app = app.aside(outlet.warnings());
        let finding = Finding { app, outlet, jobs: jobs.clone(), query: String::new(), passing: None };
        std::thread::spawn(move || finding.work(&wanted));
        Self { jobs }
    }

    /// Looks for a text in all transcripts.
    pub(super) fn search(&self, query: String) {
        self.jobs.send(Job::Search(query)).ok();
    }
}

struct Finding {
    app: App,
    outlet: Outlet,
    /// For whoever waits for a pass.
    jobs: Sender<Job>,
    /// What is looked for.
    query: String,
    /// A pass runs, that began when so much was not in the index.
    passing: Option<u64>,
}

impl Finding {
    fn work(mut self, wanted: &Receiver<Job>) {
        while let Ok(first) = wanted.recv() {
            let (mut search, mut passed) = (false, false);
            // Of several texts that wait, only the last is looked for any more.
            for job in std::iter::once(first).chain(wanted.try_iter()) {
                match job {
                    Job::Search(query) => (self.query, search) = (query, true),
                    Job::Passed => passed = true,
                }
            }
            let before = if passed { self.passing.take() } else { None };
            self.app.now = self.app.env.now_ms().unwrap_or(self.app.now);
            let event = match self.answer() {
                Ok(mut found) => {
                    // A pass that changed nothing is not followed by another one: somebody else is about it.
                    let goes_on = search || before.is_some_and(|before| found.behind < before);
                    if found.behind > 0 && self.passing.is_none() && goes_on {
                        self.pass(found.behind);
                    }
                    found.taking = self.passing.is_some();
                    Event::Found(Box::new(found))
                }
                Err(error) => super::said(&error),
            };
            if !self.outlet.tell(event) {
                return;
            }
        }
    }

    /// Starts a pass, and has its end told.
    fn pass(&mut self, behind: u64) {
        match search::start_pass(&self.app) {
            Ok(mut child) => {
                self.passing = Some(behind);
                let jobs = self.jobs.clone();
                std::thread::spawn(move || {
                    // However it ended, the next look tells what came of it.
                    child.wait().ok();
                    jobs.send(Job::Passed).ok();
                });
            }
            Err(error) => tracing::warn!(%error, "no pass in the background"),
        }
    }

    fn answer(&self) -> Result<Found> {
        let app = &self.app;
        let home = app.env.state_dir()?;
        let transcripts = walk::transcripts(&app.claude_roots(), 1).files;
        let behind = search::behind(&home, &transcripts)?;
        let found = Found { query: self.query.clone(), behind, ..Found::default() };
        if self.query.is_empty() {
            return Ok(found);
        }
        let words = match Words::parse(&self.query) {
            Ok(words) => words,
            Err(error) => return Ok(Found { why: Some(format!("{error}: {}", error.hint())), ..found }),
        };
        let query = Query {
            typed: self.query.clone(),
            words,
            roles: Vec::new(),
            sessions: None,
            since: None,
            until: None,
            sort: Sort::Relevance,
            limit: MOST,
            per_session: PER_SESSION,
        };
        let of = search::query(app, &home, &query)?;
        if of.hits == 0 {
            let unmet = search::unmet(app, &home, &query.words)?;
            let why = match unmet.first() {
                _ if transcripts.is_empty() => "there is no transcript yet".to_owned(),
                Some(term) => format!("\"{term}\" is nowhere: try the beginning of the word, as in migrat*"),
                None => "each word is found, but never all in one passage: leave one out, or put OR between"
                    .to_owned(),
            };
            return Ok(Found { why: Some(why), ..found });
        }
        let store = Store::open(&home.join("state.db"))?;
        let shown: Result<Vec<FoundIn>> = of.shown.iter().map(|of| in_session(&store, of)).collect();
        Ok(Found { hits: of.hits, sessions: of.sessions, of: shown?, ..found })
    }
}

fn in_session(store: &Store, of: &SessionHits) -> Result<FoundIn> {
    let row = store.session(&of.session)?.unwrap_or_default();
    let project = row.first_cwd.as_deref().map(|cwd| project::name(project::root(cwd)).to_owned());
    Ok(FoundIn {
        session: of.session.clone(),
        name: row.name,
        project,
        hits: of.hits,
        shown: of.shown.iter().map(passage).collect(),
    })
}

fn passage(hit: &Hit) -> Passage {
    let lines = snippet::lines(&hit.text, &hit.met, 0, LINE);
    let line = |line: snippet::Line| line.into_iter().map(|piece| (piece.text, piece.met)).collect();
    Passage {
        role: hit.role.word(),
        failed: hit.failed,
        at: hit.at,
        agent: hit.agent.clone(),
        gone: hit.gone,
        lines: lines.into_iter().map(line).collect(),
    }
}
