//! Claude Code's settings files, which `init` and `uninstall` edit: the only files of Claude Code's that are
//! written, and no byte in them that is not ours.
//!
//! [`install`] and [`uninstall`] read a file, decide on its text (`hooks`, on top of `text`), keep a backup and
//! put the new text in the old one's place; where somebody changes the file meanwhile they start over.
//! [`survey`] only reads, and tells whether our hooks are in force for a session.

mod backup;
mod cause;
mod file;
pub mod foreign;
mod hooks;
mod loading;
mod ours;
mod published;
mod survey;
mod text;
mod words;

use std::io;
use std::path::{Path, PathBuf};

pub use backup::{Backups, Purpose, Record};
pub(crate) use backup::{hash, private_file, private_folder};
pub use cause::{Cause, Defect, Named};
pub(crate) use file::is_gone;
pub use hooks::{
    BARE, Changes, Facts, Flaw, Installation, Installed, Odd, StatusLine, Strict, Wanted, bare, is_on,
};
pub use loading::{LeftOut, SEEN_WITH};
pub use ours::Programs;
pub use published::{Plugin, plugin};
pub use survey::{
    InForce, Scope, Source, Survey, broken, explained, managed_files, managed_folders, project_sources,
    survey,
};
pub use text::Syntax;

use file::{Found, Written};
use hooks::Emptied;

/// A file that is changed this often while it is edited is given up.
const ATTEMPTS: usize = 5;
/// Some editors begin a file with it.
const BOM: &str = "\u{feff}";

/// Why a settings file was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The system does not give it.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder, a pipe.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// A link whose end is not there.
    #[error("{} is a link to a file that does not exist", path.display())]
    LinkToNothing {
        /// The link.
        path: PathBuf,
    },
    /// More than settings can be.
    #[error("{} is larger than a megabyte, or would be", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Not UTF-8.
    #[error("{} is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line of the first byte that is none, from 1.
        line: usize,
    },
    /// Nobody may write it.
    #[error("{} is read-only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Its text cannot be edited.
    #[error("{} is no settings file that can be edited", path.display())]
    Flawed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Flaw,
    },
    /// The new text could not be put in its place.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No backup could be kept, so the file was not edited.
    #[error("cannot keep a backup in {}", path.display())]
    Backup {
        /// The folder of backups.
        path: PathBuf,
        /// The file that was to be edited.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else writes to it all the time.
    #[error("{} is being changed by another program", path.display())]
    Restless {
        /// The file.
        path: PathBuf,
    },
}

/// How a file came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it was.
    Unchanged,
    /// It is new.
    Created,
    /// It was edited.
    Edited,
    /// It has the very bytes that it had before `init`.
    Restored,
    /// It is gone: `init` had made it, and nothing else was in it.
    Deleted,
}

/// What was done to a file, or would be.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file.
    pub path: PathBuf,
    /// How it came out.
    pub outcome: Outcome,
    /// What is different.
    pub changes: Changes,
    /// Its text before; empty if it was not there.
    pub before: String,
    /// Its text after; empty if it is gone.
    pub after: String,
    /// Where the bytes from before are.
    pub backup: Option<PathBuf>,
    /// Its folder was not there before.
    pub made_folder: bool,
    /// The file had other names on the disk (hard links), which keep the text from before.
    pub detached: bool,
}

/// How to edit.
#[derive(Debug, Clone)]
pub struct Editing {
    /// Where the bytes from before are kept.
    pub backups: Backups,
    /// Programs that are claudectl by another name.
    pub programs: Programs,
    /// The home folder of whoever edits, where it is known.
    pub home: Option<String>,
    /// The time, milliseconds since the epoch.
    pub now: i64,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What is to be in a file's place.
struct Decision {
    outcome: Outcome,
    changes: Changes,
    /// `None` for no file.
    after: Option<Vec<u8>>,
    /// Of an install: the program it names, and the lists and objects it makes.
    made: Option<(String, Vec<String>)>,
}

impl Decision {
    fn unchanged(found: &Found, changes: Changes) -> Self {
        Self { outcome: Outcome::Unchanged, changes, after: found.bytes.clone(), made: None }
    }
}

/// Puts what is wanted into a settings file, which is made if it is not there.
///
/// # Errors
/// See [`SettingsError`]; the file is then as it was.
pub fn install(path: &Path, wanted: &Wanted, editing: &Editing) -> Result<Report, SettingsError> {
    edit(path, editing, Purpose::Init, |found| {
        let (bom, text) = decode(found)?;
        let edited = hooks::install(text, wanted, &editing.programs).map_err(|flaw| flawed(found, flaw))?;
        let new = format!("{bom}{}", edited.text).into_bytes();
        if found.bytes.as_ref() == Some(&new) {
            return Ok(Decision::unchanged(found, edited.changes));
        }
        if new.len() as u64 > file::MAX_BYTES {
            // What could be written, but not read again, could not be taken out again either.
            return Err(SettingsError::TooLarge { path: path.to_owned() });
        }
        let outcome = if found.bytes.is_none() { Outcome::Created } else { Outcome::Edited };
        let made = Some((wanted.installation.binary.clone(), edited.made));
        Ok(Decision { outcome, changes: edited.changes, after: Some(new), made })
    })
}

/// Takes what is ours out of a settings file. Where nothing else has changed since `init` it gets back the very
/// bytes that it had; but what the published tool had left, and `init` took out, does not come back. Its folder stays,
/// even if `init` made it: a session that runs there watches it, and would not notice another in its place.
///
/// # Errors
/// See [`SettingsError`]; the file is then as it was.
pub fn uninstall(path: &Path, editing: &Editing) -> Result<Report, SettingsError> {
    edit(path, editing, Purpose::Uninstall, |found| {
        let Some(bytes) = &found.bytes else { return Ok(Decision::unchanged(found, Changes::default())) };
        let (bom, text) = decode(found)?;
        let emptied = editing.backups.made(path).map_or(Emptied::Untold, Emptied::Made);
        let edited = hooks::remove(text, &editing.programs, &emptied).map_err(|flaw| flawed(found, flaw))?;
        if edited.changes.is_none() {
            return Ok(Decision::unchanged(found, edited.changes));
        }
        let changes = edited.changes;
        let decided = |outcome, after| Ok(Decision { outcome, changes, after, made: None });
        match editing.backups.original(path, bytes) {
            Some(None) => return decided(Outcome::Deleted, None),
            Some(Some(original)) if is_clean(&original, &editing.programs) => {
                return decided(Outcome::Restored, Some(original));
            }
            _ => {}
        }
        if hooks::is_empty(&edited.text) && editing.backups.created(path) {
            return decided(Outcome::Deleted, None);
        }
        decided(Outcome::Edited, Some(format!("{bom}{}", edited.text).into_bytes()))
    })
}

/// Nothing of ours is in it, nor of the published tool's.
fn is_clean(bytes: &[u8], programs: &Programs) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    hooks::facts(text.strip_prefix(BOM).unwrap_or(text), programs)
        .is_ok_and(|facts| facts.ours.is_empty() && facts.leftovers.is_empty() && facts.status_line.stays())
}

fn edit(
    path: &Path,
    editing: &Editing,
    purpose: Purpose,
    decide: impl Fn(&Found) -> Result<Decision, SettingsError>,
) -> Result<Report, SettingsError> {
    edit_while(path, editing, purpose, decide, || ())
}

/// As [`edit`]; `meanwhile` runs before the last look at the file, which tests use to change it.
fn edit_while(
    path: &Path,
    editing: &Editing,
    purpose: Purpose,
    decide: impl Fn(&Found) -> Result<Decision, SettingsError>,
    meanwhile: impl Fn(),
) -> Result<Report, SettingsError> {
    for _ in 0..ATTEMPTS {
        let found = file::read(path)?;
        let decision = decide(&found)?;
        let mut report = report(&found, &decision);
        if decision.outcome == Outcome::Unchanged {
            return Ok(report);
        }
        found.may_change()?;
        if editing.dry_run {
            return Ok(report);
        }
        let made_folder = path.parent().is_some_and(|folder| !folder.exists());
        let (program, made) = decision.made.clone().unzip();
        let record = Record {
            path: path.to_owned(),
            purpose,
            at: editing.now,
            mode: found.mode(),
            before: found.bytes.as_deref().map(backup::hash),
            after: decision.after.as_deref().map(backup::hash),
            program,
            home: editing.home.clone(),
            made,
        };
        let kept = editing.backups.keep(&record, found.bytes.as_deref())?;
        match found.replace(decision.after.as_deref(), &meanwhile) {
            Ok(Written::Done) => {
                report.backup = found.bytes.is_some().then_some(kept);
                report.made_folder = made_folder;
                return Ok(report);
            }
            Ok(Written::Changed) => Backups::forget(&kept),
            Err(error) => {
                Backups::forget(&kept);
                return Err(error);
            }
        }
    }
    Err(SettingsError::Restless { path: path.to_owned() })
}

fn report(found: &Found, decision: &Decision) -> Report {
    let shown = |bytes: Option<&Vec<u8>>| {
        bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    };
    Report {
        path: found.path.clone(),
        outcome: decision.outcome,
        changes: decision.changes.clone(),
        before: shown(found.bytes.as_ref()),
        after: shown(decision.after.as_ref()),
        backup: None,
        made_folder: false,
        detached: decision.outcome != Outcome::Unchanged && found.has_other_names(),
    }
}

/// The byte order mark, if there is one, and the text.
fn decode(found: &Found) -> Result<(&'static str, &str), SettingsError> {
    let bytes = found.bytes.as_deref().unwrap_or_default();
    let text = std::str::from_utf8(bytes).map_err(|error| SettingsError::NotText {
        path: found.path.clone(),
        line: bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1,
    })?;
    Ok(text.strip_prefix(BOM).map_or(("", text), |text| (BOM, text)))
}

fn flawed(found: &Found, source: Flaw) -> SettingsError {
    SettingsError::Flawed { path: found.path.clone(), source }
}

/// Reads what a settings file says; `None` if it is not there.
///
/// # Errors
/// When it cannot be read or is no settings file.
pub fn facts(path: &Path, programs: &Programs) -> Result<Option<Facts>, SettingsError> {
    let found = file::read(path)?;
    if found.bytes.is_none() {
        return Ok(None);
    }
    let (_, text) = decode(&found)?;
    hooks::facts(text, programs).map(Some).map_err(|flaw| flawed(&found, flaw))
}

#[cfg(test)]
mod tests;
