//! `clean --older-than`: which sessions would be put away, and doing it.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use claudectl_agents::archive::belongings::{self, Belongings};
use claudectl_agents::archive::{self, ArchiveError, Listed, pack};
use claudectl_agents::index::Progress;
use claudectl_fleet::cleaning::{Facts, Stays, Wanted, judge};
use claudectl_fleet::digest::Last;
use claudectl_fleet::intake::path_key;
use claudectl_fleet::ledger::Id;
use claudectl_store::sessions::SessionRow;

use super::{Alive, Args};
use crate::app::App;
use crate::digests;
use crate::error::{CliError, Result};
use crate::sync::{self, Ledger, LedgerArgs};

/// A session that may go, and what became of it.
pub(super) struct Candidate {
    pub(super) found: Belongings,
    pub(super) facts: Facts,
    pub(super) outcome: Outcome,
}

/// What became of a session.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It would go.
    WouldGo,
    /// It stays.
    Stays(Stays),
    /// It is in an archive, of so many bytes.
    Archived { archive: PathBuf, bytes: u64 },
    /// It is gone for good.
    Removed,
    /// It was left, and why.
    Left(String),
}

/// What was found, and what became of it.
pub(super) struct Plan<'a> {
    pub(super) args: &'a Args,
    pub(super) older_than: i64,
    /// Where archives go; none are made without.
    pub(super) folder: Option<PathBuf>,
    pub(super) rows: HashMap<String, SessionRow>,
    pub(super) candidates: Vec<Candidate>,
    /// Project folders that are links.
    pub(super) links: u64,
}

pub(super) fn run(app: &mut App, args: &Args, older_than: i64) -> Result<()> {
    let mut ledger = sync::ledger(app, LedgerArgs::default())?;
    if ledger.in_memory && args.apply {
        return Err(CliError::external("nothing is put away: claudectl's state cannot be written")
            .why("what a session had cost would be known from nowhere once its transcript is gone")
            .fix("some megabytes of room for it are enough (`claudectl config path` says where), or set CLAUDECTL_HOME to a folder elsewhere"));
    }
    let folder = if args.no_archive { None } else { Some(args.folder(app)?) };
    let mut plan = Plan::make(app, &mut ledger, args, older_than, folder)?;
    let done = if args.apply { plan.carry_out(app, &mut ledger) } else { Ok(()) };
    if app.ui.json {
        app.ui.document(&plan.json())?;
    } else {
        plan.print(app);
    }
    done
}

impl<'a> Plan<'a> {
    fn make(
        app: &App,
        ledger: &mut Ledger,
        args: &'a Args,
        older_than: i64,
        folder: Option<PathBuf>,
    ) -> Result<Self> {
        let rows: HashMap<String, SessionRow> =
            ledger.store.sessions()?.into_iter().map(|row| (row.sid.clone(), row)).collect();
        let of_agents = of_agents(ledger, &rows)?;
        let found = belongings::find(&ledger.roots, &|path| of_agents.get(path).cloned());
        for error in found.errors.iter().take(3) {
            app.ui.warn(&format!("{error}: {}", error.source));
        }
        let mut plan = Self { args, older_than, folder, rows, candidates: Vec::new(), links: found.links };
        let alive = Alive::now(app, ledger);
        let ended = if args.finished {
            ended(app, ledger, &plan.old(app, ledger, &found.sessions, &alive)?)?
        } else {
            HashSet::new()
        };
        for found in found.sessions {
            let facts = plan.facts(ledger, &found, &alive, &ended)?;
            let outcome = match judge(&facts, plan.wanted(), app.now) {
                Ok(()) => Outcome::WouldGo,
                Err(stays) => Outcome::Stays(stays),
            };
            plan.candidates.push(Candidate { found, facts, outcome });
        }
        plan.candidates.sort_by_key(|candidate| candidate.facts.moved_at());
        Ok(plan)
    }

    fn wanted(&self) -> Wanted {
        Wanted { older_than: self.older_than, ended: self.args.finished }
    }

    /// The numbers of the sessions that would go if it did not matter how they ended.
    fn old(&self, app: &App, ledger: &Ledger, found: &[Belongings], alive: &Alive) -> Result<Vec<Id>> {
        let mut old = Vec::new();
        for found in found {
            let facts = self.facts(ledger, found, alive, &HashSet::new())?;
            let wanted = Wanted { ended: false, ..self.wanted() };
            if judge(&facts, wanted, app.now).is_ok() {
                old.extend(self.rows.get(&found.session).map(|row| row.id));
            }
        }
        Ok(old)
    }

    fn facts(
        &self,
        ledger: &Ledger,
        found: &Belongings,
        alive: &Alive,
        ended: &HashSet<String>,
    ) -> Result<Facts> {
        let row = self.rows.get(&found.session);
        let activity = ledger.store.activity(&found.session)?;
        let is_in = |text: &String| row.is_some_and(|row| row.is_in(text));
        let told_end = activity.as_ref().is_some_and(|activity| activity.ended.is_some());
        Ok(Facts {
            last_row_at: row.and_then(|row| row.last_at),
            changed_at: found.changed_at(),
            hooked_at: activity.and_then(|activity| activity.last_at),
            alive: alive.uses(&found.session, row, &found.project),
            // What has no row of a conversation is somebody's notes. Of one whose transcript is gone the rest is.
            is_session: !found.has_own() || row.is_some_and(|row| row.first_at.is_some()),
            odd: found.odd.clone(),
            wanted: self.args.project.as_ref().is_none_or(is_in),
            ended: told_end || ended.contains(&found.session),
        })
    }

    /// Puts away what may go. What nobody came to is left.
    fn carry_out(&mut self, app: &App, ledger: &mut Ledger) -> Result<()> {
        let done = self.put_all_away(app, ledger);
        for candidate in self.candidates.iter_mut().filter(|candidate| candidate.would_go()) {
            candidate.outcome = Outcome::Left("not tried".to_owned());
        }
        done
    }

    /// One session after the other, each looked at again just before.
    fn put_all_away(&mut self, app: &App, ledger: &mut Ledger) -> Result<()> {
        let held = self.folder.as_deref().map(archive::lock).transpose().map_err(|error| locked(&error))?;
        let mut archives = Vec::new();
        if let Some(folder) = &self.folder {
            for (path, _) in archive::leftovers(folder) {
                drop(std::fs::remove_file(path));
            }
            archives = archive::list(folder).map_err(|error| failed(&error))?.0;
        }
        let going = self.candidates.iter().filter(|candidate| matches!(candidate.outcome, Outcome::WouldGo));
        let ids: Vec<Option<Id>> =
            going.filter_map(|going| Some(Some(self.rows.get(&going.found.session)?.id))).collect();
        // What is shown of a session outlives its transcript, if it was looked at before.
        digests::of_sessions(app, ledger, &ids)?;
        let progress = Progress::default();
        let bytes = self.candidates.iter().filter(|candidate| candidate.would_go());
        progress.total.store(bytes.map(|candidate| candidate.found.bytes()).sum(), Ordering::Relaxed);
        let result = sync::with_progress(&app.ui, "packing", &progress, || {
            self.each(app, ledger, &archives, &progress)
        });
        drop(held);
        result
    }

    /// Puts one after the other away. Without room no other is tried.
    fn each(&mut self, app: &App, ledger: &Ledger, archives: &[Listed], progress: &Progress) -> Result<()> {
        let mut result = Ok(());
        for at in 0..self.candidates.len() {
            if !self.candidates[at].would_go() {
                continue;
            }
            let candidate = &self.candidates[at];
            let outcome = match &result {
                Ok(()) => self.put_away(app, ledger, candidate, archives),
                Err(_) => Ok(Outcome::Left("not tried any more".to_owned())),
            };
            progress.done.fetch_add(candidate.found.bytes(), Ordering::Relaxed);
            self.candidates[at].outcome = outcome.unwrap_or_else(|error| {
                if error.is_disk_full() {
                    result =
                        Err(failed(&error).fix("make room, or name a folder on another disk with --archive"));
                }
                Outcome::Left(with_cause(&error))
            });
        }
        result
    }

    fn put_away(
        &self,
        app: &App,
        ledger: &Ledger,
        candidate: &Candidate,
        archives: &[Listed],
    ) -> Result<Outcome, ArchiveError> {
        let found = &candidate.found;
        if !self.is_counted(ledger, found) {
            return Ok(Outcome::Left("its transcripts are not all in the ledger".to_owned()));
        }
        let archived = match &self.folder {
            Some(folder) => {
                let manifest = pack::describe(found, app.now, candidate.facts.moved_at())?;
                match pack::already(archives, &manifest) {
                    Some(listed) => {
                        Some((listed.path.clone(), pack::verify(&listed.path, &listed.manifest)?))
                    }
                    None => Some(pack::write(found, &manifest, folder)?),
                }
            }
            None => None,
        };
        if let Some(why) = self.came_alive(app, ledger, found) {
            return Ok(Outcome::Left(why));
        }
        archive::remove(found)?;
        Ok(archived.map_or(Outcome::Removed, |(archive, bytes)| Outcome::Archived { archive, bytes }))
    }

    /// Whether what was found is what was counted: what is not in the ledger would be lost from it.
    fn is_counted(&self, ledger: &Ledger, found: &Belongings) -> bool {
        let is_transcript = |path: &&str| path.ends_with(".jsonl") && !path.contains("/tool-results/");
        let transcripts = found.files.iter().filter(|piece| is_transcript(&piece.path.as_str()));
        let paths: Vec<(PathBuf, _)> =
            transcripts.map(|piece| (found.folder.join(&piece.path), piece.stamp)).collect();
        let bytes = |path: &'_ PathBuf| path.as_os_str().as_bytes().to_vec();
        let all: Vec<Vec<u8>> = paths.iter().map(|(path, _)| bytes(path)).collect();
        let Ok(known) = ledger.store.known_among(all.iter().map(Vec::as_slice)) else { return false };
        paths.iter().all(|(path, stamp)| {
            let file = known.get(&path_key(path.as_os_str().as_bytes()));
            file.is_some_and(|file| (file.stamp.size, file.stamp.mtime_ns) == (stamp.size, stamp.mtime_ns))
        })
    }

    /// Why the session is not to be removed after all: looked at once more, as late as can be.
    fn came_alive(&self, app: &App, ledger: &Ledger, found: &Belongings) -> Option<String> {
        if belongings::again(found).as_ref() != Some(found) {
            return Some("its files have changed meanwhile".to_owned());
        }
        Alive::now(app, ledger).uses(&found.session, self.rows.get(&found.session), &found.project)
    }
}

/// Whose an old subagent's transcript is.
fn of_agents(ledger: &Ledger, rows: &HashMap<String, SessionRow>) -> Result<HashMap<PathBuf, String>> {
    let sids: HashMap<Id, &String> = rows.values().map(|row| (row.id, &row.sid)).collect();
    let transcripts = ledger.store.transcripts(None)?.into_iter().filter(|(_, agent, _)| *agent != 0);
    let owned = |(session, _, path): (Id, Id, Vec<u8>)| {
        Some((PathBuf::from(OsStr::from_bytes(&path)), (*sids.get(&session)?).clone()))
    };
    Ok(transcripts.filter_map(owned).collect())
}

/// Those of some sessions that came to an end: their last turn did, and nothing was left open.
fn ended(app: &App, ledger: &mut Ledger, numbers: &[Id]) -> Result<HashSet<String>> {
    let queries: Vec<Option<Id>> = numbers.iter().copied().map(Some).collect();
    let told = digests::of_sessions(app, ledger, &queries)?;
    let mut ended = HashSet::new();
    for row in ledger.store.sessions()? {
        let own = told.get(&row.id).and_then(|told| told.iter().find(|told| told.agent == 0));
        let over = own.is_some_and(|own| {
            let digest = &own.digest;
            digest.last == Last::TurnEnded && digest.open.is_empty() && digest.background.is_empty()
        });
        if over {
            ended.insert(row.sid);
        }
    }
    Ok(ended)
}

fn with_cause(error: &ArchiveError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

pub(super) fn failed(error: &ArchiveError) -> CliError {
    CliError::external(error).because(error)
}

/// The folder of archives cannot be held.
pub(super) fn locked(error: &ArchiveError) -> CliError {
    match error {
        ArchiveError::Io { doing: "lock", source, .. } if source.kind() == std::io::ErrorKind::WouldBlock => {
            CliError::external("another `claudectl clean` runs").fix("wait until it is done")
        }
        error => failed(error).fix("check the folder's owner and mode, or name another one with --archive"),
    }
}

impl Candidate {
    /// It went, or would.
    pub(super) fn goes(&self) -> bool {
        !matches!(self.outcome, Outcome::Stays(_))
    }

    fn would_go(&self) -> bool {
        matches!(self.outcome, Outcome::WouldGo)
    }

    /// Its outcome as a word, and why.
    pub(super) fn told(&self) -> (&'static str, Option<String>) {
        match &self.outcome {
            Outcome::WouldGo => ("would-go", None),
            Outcome::Stays(stays) => ("stays", Some(stays.words())),
            Outcome::Archived { .. } => ("archived", None),
            Outcome::Removed => ("removed", None),
            Outcome::Left(why) => ("left", Some(why.clone())),
        }
    }
}
