//! The journal, taken into the store: what hooks told becomes what sessions do.
//!
//! Any number of processes may do this at once, and any of them may be killed: how far a day was read is
//! kept in the same transaction as what was read of it.

use std::path::Path;

use claudectl_fleet::hooks::Event;
use claudectl_store::events::{Intake, Taken};
use claudectl_store::journal::{self, Day, JournalError};
use claudectl_store::{Store, StoreError};

use crate::app::App;
use crate::error::{CliError, Result};

/// What a pass over the journal brought.
#[derive(Debug, Default)]
pub(crate) struct Ingested {
    pub(crate) events: u64,
    pub(crate) torn: u64,
    /// Days that could not be read: they are tried again in the next pass, and keep no other from being read.
    pub(crate) unread: Vec<JournalError>,
}

/// Why a day was not taken in.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    /// By the day itself.
    #[error(transparent)]
    Unread(#[from] JournalError),
    /// By the store, and so would be every other.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes in what is new in the journal below the state folder. What is written meanwhile is left for the next
/// pass, so that this one ends.
///
/// # Errors
/// When the folder cannot be listed or the store fails. A day that cannot be read is told in what comes back.
pub(crate) fn journal(store: &mut Store, home: &Path) -> Result<Ingested> {
    let mut done = Ingested::default();
    let days = journal::days(home)?;
    for day in &days {
        match take_in(store, day, &mut done) {
            Ok(()) => {}
            Err(Stopped::Unread(error)) => done.unread.push(error),
            Err(Stopped::Store(error)) => return Err(error.into()),
        }
    }
    let known = store.journal_days()?;
    let gone: Vec<String> =
        known.into_keys().filter(|name| days.iter().all(|day| day.name != *name)).collect();
    if !gone.is_empty() {
        store.forget_days(&gone)?;
    }
    Ok(done)
}

fn take_in(store: &mut Store, day: &Day, done: &mut Ingested) -> Result<(), Stopped> {
    if !day.is_file {
        return Err(JournalError::NoFile { path: day.path.clone() }.into());
    }
    let mut place = Place::of(store, day)?;
    while place.offset < day.size {
        let piece = journal::read(&day.path, place.offset)?;
        let Some(anchor) = journal::anchor(&day.path, piece.next)?.filter(|_| piece.next > place.offset)
        else {
            break;
        };
        let events: Vec<Event> =
            piece.records.iter().filter_map(|json| serde_json::from_slice(json).ok()).collect();
        let torn = piece.torn + (piece.records.len() - events.len()) as u64;
        let intake = Intake {
            day: &day.name,
            before: place.before,
            offset: piece.next,
            anchor,
            again: place.again,
            events: &events,
            torn,
        };
        if store.take_events(&intake)? {
            done.events += events.len() as u64;
            done.torn += torn;
            let earlier = place.before.filter(|_| !place.again).unwrap_or_default().torn;
            let torn = earlier + torn;
            place.before = Some(Taken { offset: piece.next, anchor, torn });
            place.offset = piece.next;
        } else {
            // Another process was quicker, and has come further: go on where it is.
            place = Place::of(store, day)?;
        }
    }
    Ok(())
}

/// Where to go on in a day's file.
struct Place {
    before: Option<Taken>,
    offset: u64,
    /// The file is not the one that was read before, or has lost its end: it is read from its beginning.
    again: bool,
}

impl Place {
    fn of(store: &Store, day: &Day) -> Result<Self, Stopped> {
        let before = store.journal_days()?.get(&day.name).copied();
        let Some(taken) = before else { return Ok(Self { before, offset: 0, again: false }) };
        let same = journal::anchor(&day.path, taken.offset)? == Some(taken.anchor);
        Ok(Self { before, offset: if same { taken.offset } else { 0 }, again: !same })
    }
}

impl From<JournalError> for CliError {
    fn from(error: JournalError) -> Self {
        let fix = match &error {
            JournalError::NoFile { .. } => "move it away: hooks cannot write there",
            _ => "check the folder's owner and mode, and the room on its disk",
        };
        Self::external(&error).because(&error).fix(fix)
    }
}

/// Takes in the journal and what status lines were told. What keeps these from being heard is told, and does
/// not keep anything else from being shown.
pub(crate) fn all_or_warn(app: &App, store: &mut Store) {
    let Ok(home) = app.env.state_dir() else { return };
    match journal(store, &home) {
        Ok(ingested) => warn_of(app, ingested.unread),
        Err(error) => warn(app, error),
    }
    if let Err(error) = store.take_readings(&home) {
        warn(app, error.into());
    }
}

/// The store with what hooks told; where nothing can be kept, one in memory with what the journal still has, and a
/// warning.
pub(crate) fn told(app: &App, home: &Path) -> Result<Store> {
    let (kept, error) = match Store::open(&home.join("state.db")) {
        Ok(mut store) => match journal(&mut store, home) {
            Ok(ingested) => {
                warn_of(app, ingested.unread);
                return Ok(store);
            }
            Err(error) => (Some(store), error),
        },
        Err(error @ (StoreError::DiskFull { .. } | StoreError::Open { .. } | StoreError::Busy { .. })) => {
            (None, CliError::external(&error).because(&error))
        }
        Err(error) => return Err(error.into()),
    };
    let mut store = Store::in_memory()?;
    match journal(&mut store, home) {
        Ok(ingested) => {
            let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
            app.ui.warn(&format!("{}{why}: nothing is kept", error.what));
            warn_of(app, ingested.unread);
            Ok(store)
        }
        // It is the journal that cannot be read: what was taken in before is there.
        Err(error) => {
            warn(app, error);
            Ok(kept.unwrap_or(store))
        }
    }
}

/// Takes in what was written to the journal meanwhile; false where not all of it could be read, so that nobody knows what
/// hooks told. Nothing is said of that: whoever shows anything has done so.
pub(crate) fn is_taken_in(app: &App, store: &mut Store) -> bool {
    let taken = app.env.state_dir().and_then(|home| journal(store, &home));
    taken.is_ok_and(|ingested| ingested.unread.is_empty())
}

/// Tells which days could not be read.
pub(crate) fn warn_of(app: &App, unread: Vec<JournalError>) {
    unread.into_iter().for_each(|error| warn(app, error.into()));
}

fn warn(app: &App, error: CliError) {
    let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
    app.ui.warn(&format!("{}{why}: what hooks told there is missing below", error.what));
}

/// The day of the journal that is written to.
pub(crate) fn day(now: jiff::Timestamp) -> String {
    now.strftime("%Y-%m-%d").to_string()
}
