//! The thread that searches all transcripts, when the page for it is open.
//!
//! Processes of their own ask the index, as the command does, and take in what is new, after which the answer is given
//! anew: what that takes of memory is not for a program that stays open.

use std::io::{self, Write as _};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use claudectl_search::Role;
use claudectl_search::query::Query as Words;
use claudectl_tui::{Event, Found, FoundIn, Passage};
use jiff::Timestamp;
use serde_json::Value;

use super::Outlet;
use crate::app::App;
use crate::error::{CliError, Result};
use crate::search;

/// So many passages are shown.
const MOST: &str = "100";
/// What nobody writes: where only how much cannot be searched is wanted.
const NO_WORD: &str = "qqqqqqqqqqqqqqqqqqqqqqqq";
/// After so many passes in a row that changed nothing, the next one is for the person to ask for.
const IN_VAIN: u32 = 4;

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
        let finding =
            Finding { app, outlet, jobs: jobs.clone(), query: String::new(), passing: None, in_vain: 0 };
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
    /// So many passes in a row have changed nothing.
    in_vain: u32,
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
            let mut found = self.answer().unwrap_or_else(|error| {
                let why = Some(super::text_of(&error));
                Found { query: self.query.clone(), why, ..Found::default() }
            });
            // A pass that finds another one under way ends at once, so that a few may change nothing.
            match before {
                Some(before) if found.behind >= before => self.in_vain += 1,
                _ => self.in_vain = 0,
            }
            let goes_on = search || passed && self.in_vain < IN_VAIN;
            if found.behind > 0 && self.passing.is_none() && goes_on {
                self.pass(found.behind);
            }
            found.taking = self.passing.is_some();
            if !self.outlet.tell(Event::Found(Box::new(found))) {
                return;
            }
        }
    }

    /// Starts a pass, and has its end told.
    fn pass(&mut self, behind: u64) {
        let Ok(home) = self.app.env.state_dir() else { return };
        match search::start_pass(&self.app) {
            Ok(mut child) => {
                self.passing = Some(behind);
                let (jobs, home) = (self.jobs.clone(), home);
                std::thread::spawn(move || {
                    // However it ended, the next look tells what came of it.
                    child.wait().ok();
                    search::wait_for_others(&home);
                    jobs.send(Job::Passed).ok();
                });
            }
            Err(error) => tracing::warn!(%error, "no pass in the background"),
        }
    }

    fn answer(&self) -> Result<Found> {
        let app = &self.app;
        let home = app.env.state_dir()?;
        let query = &self.query;
        if query.is_empty() {
            let behind = self.ask(NO_WORD)?.behind;
            return Ok(Found { behind, ..Found::default() });
        }
        let words = match Words::parse(query) {
            Ok(words) => words,
            Err(error) => {
                let why = Some(format!("{error}: {}", error.hint()));
                return Ok(Found { query: query.clone(), why, ..Found::default() });
            }
        };
        let mut found = self.ask(query)?;
        if found.hits == 0 {
            let why = match search::unmet(app, &home, &words)?.first() {
                Some(term) => {
                    format!("\"{term}\" is nowhere: try its beginning, as in migrat*, or another word")
                }
                None => "each word is found, but never all in one passage: leave one out, or put OR between"
                    .to_owned(),
            };
            found.why = Some(why);
        }
        Ok(found)
    }

    /// Has a process of its own ask the index: what it takes to go through all that is met is not for us to keep.
    fn ask(&self, query: &str) -> Result<Found> {
        let failed = |why: String| CliError::external("the transcripts cannot be searched").why(why);
        let mut command = search::program(&self.app).map_err(|error| failed(error.to_string()))?;
        // By its input: what a process is called with, everybody on the machine may read.
        command.args(["search", "--json", "--update", "none", "--limit", MOST, "-"]);
        let output = output(command, query).map_err(|error| failed(error.to_string()))?;
        let found = serde_json::from_slice(&output.stdout).ok().and_then(|document| read(&document));
        let said = || String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("nothing").to_owned();
        let found = found.ok_or_else(|| failed(said()))?;
        Ok(Found { query: self.query.clone(), ..found })
    }
}

/// Runs a command with an input that is shorter than what the system holds between two processes.
fn output(mut command: Command, input: &str) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read it says why.
        stdin.write_all(input.as_bytes()).ok();
    }
    child.wait_with_output()
}

/// What `search --json` tells.
fn read(document: &Value) -> Option<Found> {
    Some(Found {
        hits: document["hits"].as_u64()?,
        sessions: document["sessions"].as_u64()?,
        behind: document["behind_bytes"].as_u64()?,
        of: document["results"].as_array()?.iter().map(in_session).collect(),
        ..Found::default()
    })
}

fn in_session(of: &Value) -> FoundIn {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    FoundIn {
        session: text(&of["session"]).unwrap_or_default(),
        name: text(&of["name"]),
        project: text(&of["project"]),
        hits: of["hits"].as_u64().unwrap_or(0),
        shown: of["matches"].as_array().into_iter().flatten().map(passage).collect(),
    }
}

fn passage(hit: &Value) -> Passage {
    let role = Role::ALL.into_iter().map(Role::word).find(|word| hit["role"] == *word);
    let at = hit["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    Passage {
        role: role.unwrap_or_default(),
        failed: hit["failed"] == true,
        at: at.map_or(0, Timestamp::as_millisecond),
        agent: hit["agent"].as_str().map(str::to_owned),
        gone: hit["transcript"].is_null(),
        lines: lines(hit["text"].as_str().unwrap_or_default(), &hit["marks"]),
    }
}

/// A text in lines, each in pieces: marked, by places that count characters, or not.
fn lines(text: &str, marks: &Value) -> Vec<Vec<(String, bool)>> {
    let place = |mark: &Value, end: usize| usize::try_from(mark[end].as_u64()?).ok();
    let marks: Vec<(usize, usize)> = marks
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|mark| Some((place(mark, 0)?, place(mark, 1)?)))
        .collect();
    let mut lines: Vec<Vec<(String, bool)>> = vec![Vec::new()];
    for (at, letter) in text.chars().enumerate() {
        let marked = marks.iter().any(|(from, to)| (*from..*to).contains(&at));
        match (letter, lines.last_mut()) {
            ('\n', _) | (_, None) => lines.push(Vec::new()),
            (_, Some(line)) => match line.last_mut() {
                Some((piece, same)) if *same == marked => piece.push(letter),
                _ => line.push((letter.to_string(), marked)),
            },
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_count_characters_and_lines_are_pieces() {
        let made = lines("für foo\nfoo", &json!([[4, 7], [8, 11]]));
        let piece = |text: &str, marked| (text.to_owned(), marked);
        assert_eq!(made, [vec![piece("für ", false), piece("foo", true)], vec![piece("foo", true)]]);
        assert_eq!(lines("", &json!([])), [[]]);
    }

    #[test]
    fn what_search_tells_is_read() {
        let document = json!({
            "query": "foo", "hits": 3, "sessions": 1, "behind_bytes": 7, "searched": 9,
            "results": [{
                "session": "s", "name": null, "project": "api", "project_path": "/src/api", "hits": 3, "last_hit_at": null,
                "matches": [{
                    "role": "result", "at": "2026-11-20T10:00:00.250Z", "failed": true, "agent": "a1",
                    "transcript": null, "text": "a foo", "marks": [[2, 5]],
                }],
            }],
        });
        let found = read(&document).unwrap();
        assert_eq!((found.hits, found.sessions, found.behind), (3, 1, 7));
        let passage = &found.of[0].shown[0];
        assert_eq!((passage.role, passage.at, passage.mark()), ("result", 1_795_168_800_250, Some("foo")));
        assert!(passage.gone && passage.failed && passage.agent.as_deref() == Some("a1"));
        assert!(read(&json!({ "error": "x" })).is_none());
    }
}
