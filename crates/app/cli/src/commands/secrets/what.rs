//! What is to be looked through: everything that Claude Code keeps, or what was named.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use claudectl_agents::leaks::{self, Note, Source};
use claudectl_fleet::leaks::{Place, What};
use claudectl_fleet::project;
use claudectl_store::sessions::SessionRow;

use super::Scan;
use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::find;
use crate::sync::{self, LedgerArgs};

/// Files to look through, and which findings in them count.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) files: Vec<Source>,
    pub(super) stdin: bool,
    /// Only these sessions, but for files that were named.
    sessions: Option<HashSet<String>>,
    /// Only from then on.
    pub(super) since: Option<i64>,
    pub(super) notes: Vec<Note>,
    /// Sessions that are known, by id.
    rows: HashMap<String, SessionRow>,
    /// Transcripts of sessions that were named, without those of subagents.
    own: Vec<Source>,
}

/// What the command line asks for.
pub(super) fn wanted(app: &App, args: &Scan) -> Result<Wanted> {
    let mut wanted = Wanted::default();
    let mut sessions = Vec::new();
    for word in &args.what {
        match word.as_str() {
            "-" => wanted.stdin = true,
            path if Path::new(path).symlink_metadata().is_ok() => wanted.named(Path::new(path)),
            path if path.contains('/') => {
                return Err(CliError::usage(format!("there is no file {}", told(path)))
                    .fix("name one that is there, a session, or `-` for standard input"));
            }
            session => sessions.push(session),
        }
    }
    if args.what.is_empty() || !sessions.is_empty() {
        wanted.kept(app, args, &sessions)?;
    }
    Ok(wanted)
}

/// 1 says that something was found, and nothing else.
fn as_usage(error: CliError) -> CliError {
    match error.kind {
        Kind::Failed => CliError { kind: Kind::Usage, ..error },
        Kind::Usage | Kind::External | Kind::Internal => error,
    }
}

/// What a person typed, as it may be shown.
fn told(typed: &str) -> String {
    claudectl_redact::redact(typed).text.into_owned()
}

impl Wanted {
    fn named(&mut self, path: &Path) {
        let mut kept = leaks::named(path);
        self.files.append(&mut kept.files);
        self.notes.append(&mut kept.notes);
    }

    /// What Claude Code keeps, of all sessions or of some.
    fn kept(&mut self, app: &App, args: &Scan, sessions: &[&str]) -> Result<()> {
        let mut transcripts = Vec::new();
        let ledger = sync::ledger_and(app, LedgerArgs::default(), |walk| transcripts = walk.files.clone())?;
        let rows = ledger.store.sessions()?;
        if !sessions.is_empty() {
            let ids = sessions.iter().map(|text| find::session(app, &ledger, text).map_err(as_usage));
            self.sessions = Some(ids.collect::<Result<_>>()?);
        } else if let Some(name) = &args.project {
            let of_project: HashSet<String> =
                rows.iter().filter(|row| row.is_in(name)).map(|row| row.sid.clone()).collect();
            if of_project.is_empty() {
                return Err(CliError::usage(format!("there is no project {}", told(name)))
                    .why("no session has it in the name of its folder")
                    .fix("`claudectl ls --all` lists every session with its project"));
            }
            self.sessions = Some(of_project);
        }
        let transcripts: Vec<Source> = transcripts.iter().map(leaks::transcript).collect();
        let is_own = |source: &&Source| source.agent.is_none() && self.is_named(source.session.as_ref());
        self.own = transcripts.iter().filter(is_own).cloned().collect();
        let mut kept = leaks::kept(&app.claude_roots());
        let all = transcripts.into_iter().chain(std::mem::take(&mut kept.files));
        // One that does not say whose it is may have rows that do.
        let may_hold = |source: &Source| source.session.is_none() || self.is_wanted(source.session.as_ref());
        let files: Vec<Source> = all.filter(may_hold).collect();
        self.files.extend(files);
        self.notes.append(&mut kept.notes);
        self.rows = rows.into_iter().map(|row| (row.sid.clone(), row)).collect();
        Ok(())
    }

    fn is_named(&self, session: Option<&String>) -> bool {
        self.sessions.as_ref().is_some_and(|sessions| session.is_some_and(|sid| sessions.contains(sid)))
    }

    fn is_wanted(&self, session: Option<&String>) -> bool {
        self.sessions.is_none() || self.is_named(session)
    }

    /// Whether a finding counts.
    pub(super) fn holds(&self, source: Option<&Source>, place: &Place) -> bool {
        let is_file = source.is_none_or(|source| source.what == What::File);
        let is_recent = self.since.is_none_or(|since| place.at.is_none_or(|at| at >= since));
        is_recent && (is_file || self.is_wanted(place.session.as_ref()))
    }

    /// The one file to copy; `None` for standard input.
    pub(super) fn only(&self, app: &App) -> Result<Option<&Source>> {
        let all = if self.sessions.is_some() { &self.own } else { &self.files };
        let named: Vec<&Source> = self.files.iter().filter(|file| file.what == What::File).collect();
        let mixed = self.sessions.is_some() && !named.is_empty();
        match (all.as_slice(), self.stdin) {
            ([], true) => Ok(None),
            ([one], false) if !mixed => Ok(Some(one)),
            ([], false) => Err(self.unreadable(app)),
            _ => Err(CliError::usage("--redacted-copy takes one file, or one session")
                .fix("for example: claudectl secrets scan latest --redacted-copy shared.jsonl")),
        }
    }

    fn unreadable(&self, app: &App) -> CliError {
        let note = self.notes.first();
        let what = note.and_then(|note| note.path.as_deref()).map(|path| shown(&app.env, path));
        let what = what.unwrap_or_else(|| "what was named".to_owned());
        CliError::external(format!("cannot copy {what}"))
            .why(note.map_or("there is no transcript of it", |note| note.why.as_str()))
            .fix("name a file that can be read, or a session whose transcript is there")
    }

    /// The name of a session, if it has one.
    pub(super) fn name(&self, session: &str) -> Option<&str> {
        self.rows.get(session)?.name.as_deref()
    }

    /// The folder of the project that a finding is of, if anybody knows it.
    pub(super) fn project<'a>(&'a self, place: &'a Place) -> Option<&'a str> {
        let row = place.session.as_ref().and_then(|sid| self.rows.get(sid));
        let root = row.and_then(SessionRow::root).or_else(|| place.cwd.as_deref().map(project::root))?;
        Some(root).filter(|root| !root.is_empty())
    }
}
