//! What hot paths read without opening anything else: how much the last days have cost, and what the gate goes by.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::ops::Add;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use claudectl_fleet::intake::path_key;
use claudectl_fleet::ledger::{Bucket, BucketKey, Id, SLOT_MS};
use claudectl_fleet::meter::{KnownTranscript, Metered};
use claudectl_fleet::spend::{self, By, Names as _, Query, local_date, week_key};
use claudectl_store::Store;
use claudectl_store::budgets::ReadFile;
use claudectl_store::sessions::SessionRow;
use claudectl_store::snapshot::{self, Snapshot};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::app::{App, Catalog};
use crate::budgets;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::judging::budget::{self, SECTION as METER};
use crate::judging::hook::BARRED;
use crate::judging::{Compiled, foreign, learned};
use crate::learning::courses;
use crate::only;

/// The section of the last days' sums.
const BUDGET: &str = "budget";

/// Sessions of which somebody told so lately are in the snapshot with what they have cost.
const METERED_MS: i64 = 24 * 60 * 60 * 1000;
/// Of a session one of whose calls was changed after it had been judged, nothing is answered silently for so long.
const BARRED_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Where sessions worked so lately, what stands in their folders counts before a hook has to look.
const WORKED_IN_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The folders that sessions lately worked in, as hooks told: what their files say (policies, hooks of others, lower
/// budgets) is put together for the same ones, in order.
pub(crate) fn worked_in(store: &Store, now: i64) -> Result<BTreeSet<String>> {
    let told = store.active_since(now.saturating_sub(WORKED_IN_MS))?;
    Ok(told.into_iter().filter_map(|(_, activity)| activity.cwd).collect())
}

/// What was spent in the last days, by quarters of an hour: who reads it knows in which zone days begin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spent {
    /// When it was summed, milliseconds since the epoch.
    pub(crate) as_of: i64,
    /// The quarter of an hour, and dollars.
    slots: Vec<(i64, f64)>,
}

impl Spent {
    /// What a local day has cost.
    pub(crate) fn on(&self, day: Date, zone: &TimeZone) -> f64 {
        self.sum(|at| at == day, zone)
    }

    /// What the ISO week of a local day has cost.
    pub(crate) fn in_week_of(&self, day: Date, zone: &TimeZone) -> f64 {
        let week = week_key(day);
        self.sum(|at| week_key(at) == week, zone)
    }

    fn sum(&self, wanted: impl Fn(Date) -> bool, zone: &TimeZone) -> f64 {
        let slots = self.slots.iter().filter(|(slot, _)| wanted(local_date(*slot, zone)));
        // The sum of none is a negative zero, which would be shown as one.
        slots.map(|(_, usd)| usd).fold(0.0, Add::add)
    }
}

/// Sums what the last days have cost, puts together what the gate goes by, and keeps both where hot paths read.
pub(crate) fn renew(app: &App, store: &Store, home: &Path) -> Result<()> {
    let _alone = alone(home)?;
    let mut spent = spent(app, store)?;
    // The moment alone is no change.
    if let Some(last) = read(home).filter(|last| Spent { as_of: spent.as_of, ..last.clone() } == spent) {
        spent = last;
    }
    let budget = json(&spent)?;
    let gate = Compiled::of_hooks(app, store, home)?.after(home).with_policies(app, store)?;
    let meter = gate.asks_for_cost().then(|| metered(app, store)).transpose()?;
    let courses = courses::section(app, store)?;
    write(app, store, home, [&budget, meter.as_deref().unwrap_or_default(), &courses], &gate)
}

/// The same after a command that has changed what only the store has, and has read all transcripts before.
pub(crate) fn renew_told(app: &App, store: &Store, home: &Path) -> Result<()> {
    renew(app, store, home).map_err(unknown_to_hooks)
}

/// Puts together anew what the gate goes by: after a command that has changed what only the store has.
pub(crate) fn renew_gate(app: &App, store: &Store, home: &Path) -> Result<()> {
    again(app, store, home, Compiled::of_hooks).map_err(unknown_to_hooks)
}

fn unknown_to_hooks(error: CliError) -> CliError {
    let why = error.why.map(|why| format!(": {why}")).unwrap_or_default();
    CliError::external("it is kept, but hooks do not know of it yet")
        .why(format!("{}{why}", error.what))
        .fix("mend that, and then run: claudectl tick")
}

/// The same, after one that has changed a file: hooks see that by themselves.
pub(crate) fn refresh_gate(app: &App) -> Result<()> {
    let home = app.env.state_dir()?;
    if let Some(file) = Compiled::other_config(app, &home) {
        let (theirs, folder) = (shown(&app.env, &file), shown(&app.env, &home));
        app.ui.warn(&format!(
            "hooks that keep their state in {folder} go by {theirs}, not by this (claudectl init changes that)"
        ));
        return Ok(());
    }
    let renewed = Store::open(&home.join("state.db")).map_err(CliError::from).and_then(|store| {
        again(app, &store, &home, Compiled::of_hooks)?;
        Ok(store.close()?)
    });
    if let Err(error) = renewed {
        let why = error.why.map(|why| format!(": {why}")).unwrap_or_default();
        app.ui.warn(&format!(
            "{}{why}: hooks read the changed file each time, until the next pass",
            error.what
        ));
    }
    Ok(())
}

/// Lets hooks go by the configuration and the home folder of this command from now on.
pub(crate) fn adopt(app: &App) -> Result<()> {
    let home = app.env.state_dir()?;
    let store = Store::open(&home.join("state.db"))?;
    again(app, &store, &home, |app, store, _| Compiled::of(app, Some(store)))?;
    Ok(store.close()?)
}

fn again(
    app: &App,
    store: &Store,
    home: &Path,
    made: fn(&App, &Store, &Path) -> Result<Compiled>,
) -> Result<()> {
    let _alone = alone(home)?;
    let gate = made(app, store, home)?.with_policies(app, store)?;
    let last = Snapshot::read(home);
    let section = |name| last.as_ref().and_then(|last| last.section(name));
    let budget = match section(BUDGET) {
        Some(last) => last.to_vec(),
        None => json(&spent(app, store)?)?,
    };
    // What a pass has summed stays so; where there is nothing yet, hooks have one made.
    let meter = section(METER).filter(|_| gate.asks_for_cost());
    let courses = section(courses::SECTION).unwrap_or_default();
    write(app, store, home, [&budget, meter.unwrap_or_default(), courses], &gate)
}

/// One at a time, from reading the store to writing the file: else the older could come last.
fn alone(home: &Path) -> Result<std::fs::File> {
    only::wait(home, "snap.lock")
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec(value).map_err(claudectl_store::StoreError::from)?)
}

/// Of what a pass has summed, all but the first is left out where it is empty.
fn write(app: &App, store: &Store, home: &Path, sums: [&[u8]; 3], gate: &Compiled) -> Result<()> {
    let [(settings, known), (rules, packed)] = &gate.sections()?;
    let roots = crate::pass::roots(app, store)?;
    let others = foreign::survey(store, home, &roots, app.now)?;
    let (clean, others) = (others.clean(), json(&others)?);
    let barred = store.changed_since(app.now.saturating_sub(BARRED_MS))?.join("\n");
    let [budget, meter, courses] = sums;
    let secret = learned::make_secret(home)?;
    let mut sections = vec![
        (BUDGET, budget),
        (settings, known.as_slice()),
        (rules, packed.as_slice()),
        (foreign::SECTION, others.as_slice()),
        (foreign::CLEAN_SECTION, clean.as_bytes()),
        (learned::SECRET, secret.as_slice()),
    ];
    sections.extend((!meter.is_empty()).then_some((METER, meter)));
    sections.extend((!courses.is_empty()).then_some((courses::SECTION, courses)));
    sections.extend((!barred.is_empty()).then_some((BARRED, barred.as_bytes())));
    snapshot::write(home, &sections).map_err(|error| {
        CliError::external(format!("cannot write {}", home.join(snapshot::FILE).display()))
            .why(error)
            .fix("check the owner and mode of the state folder, and the room on its disk")
    })
}

/// Sums what everything and each session that was lately active has cost, and how far their transcripts were read.
fn metered(app: &App, store: &Store) -> Result<Vec<u8>> {
    let (prices, catalog) = (app.prices(), Catalog::load(store, &app.env)?);
    let mut buckets = Vec::new();
    store.buckets(None, |key, bucket| buckets.push((key, bucket)))?;
    let totals = budgets::totals(app, &buckets, &prices, &catalog);
    let lately = lately(app, store, &catalog)?;
    let numbers: Vec<Id> = lately.iter().map(|(number, _)| *number).collect();
    let mut responses = store.responses_of(&numbers)?;
    let mut own: HashMap<Id, Vec<(BucketKey, Bucket)>> = HashMap::new();
    for (key, bucket) in buckets.into_iter().filter(|(key, _)| responses.contains_key(&key.session)) {
        own.entry(key.session).or_default().push((key, bucket));
    }
    let mut sessions = Vec::new();
    for (number, sid) in lately {
        let files = store.files_of(number)?;
        let root = catalog.sessions.get(&number).and_then(SessionRow::root);
        let own = own.get(&number).map_or(&[][..], Vec::as_slice);
        let mut metered = Metered {
            folders: folders(&files),
            files: files.iter().map(|(path, file)| KnownTranscript::new(path_key(path), file)).collect(),
            ..budgets::of_session(own, &prices, &catalog, root)
        };
        let responses = responses.remove(&number).unwrap_or_default();
        metered.count(responses, &prices, |model| catalog.model(model).to_owned());
        sessions.push((sid, metered));
    }
    Ok(budget::section(&totals, &sessions)?)
}

/// Sessions of which hooks or transcripts told lately.
fn lately(app: &App, store: &Store, catalog: &Catalog) -> Result<Vec<(Id, String)>> {
    let since = app.now.saturating_sub(METERED_MS);
    let told: HashSet<String> = store.sessions_since(since)?.into_iter().collect();
    let is_late = |row: &&SessionRow| {
        !row.sid.is_empty() && (told.contains(&row.sid) || row.last_at.is_some_and(|at| at >= since))
    };
    let mut found: Vec<(Id, String)> =
        catalog.sessions.values().filter(is_late).map(|row| (row.id, row.sid.clone())).collect();
    found.sort_unstable();
    Ok(found)
}

/// The folders below `projects/` that transcripts of a session stand in.
fn folders(files: &[ReadFile]) -> Vec<String> {
    let folder = |path: &[u8]| {
        let path = Path::new(OsStr::from_bytes(path));
        let below =
            path.ancestors().find(|above| above.parent().is_some_and(|up| up.ends_with("projects")))?;
        below.to_str().map(str::to_owned)
    };
    let folders: BTreeSet<String> = files.iter().filter_map(|(path, _)| folder(path)).collect();
    folders.into_iter().collect()
}

/// What the last pass has summed.
pub(crate) fn read(home: &Path) -> Option<Spent> {
    serde_json::from_slice(Snapshot::read(home)?.section(BUDGET)?).ok()
}

fn spent(app: &App, store: &Store) -> Result<Spent> {
    let (prices, catalog) = (app.prices(), Catalog::of(store, Vec::new())?);
    // A week, in any zone, and a day more.
    let from = app.now.div_euclid(SLOT_MS) - 9 * 24 * 4;
    let mut slots: BTreeMap<i64, Vec<(BucketKey, Bucket)>> = BTreeMap::new();
    store.buckets(None, |key, bucket| {
        if key.slot >= from {
            slots.entry(key.slot).or_default().push((key, bucket));
        }
    })?;
    let query = Query { by: By::Session, since: None, until: None, zone: TimeZone::UTC };
    let usd = |buckets: Vec<(BucketKey, Bucket)>| spend::report(buckets, &prices, &catalog, &query).total.usd;
    let slots = slots.into_iter().map(|(slot, buckets)| (slot, usd(buckets).dollars()));
    Ok(Spent { as_of: app.now, slots: slots.collect() })
}
