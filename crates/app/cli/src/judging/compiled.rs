//! What verdicts rest on beside the call, put together once: rules, grants, trust and settings.
//!
//! Hot paths read it from the snapshot. It names the files that it was made of as they were then, so that whoever reads
//! it knows whether it still holds.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use claudectl_agents::world::World;
use claudectl_fleet::prices::PriceTable;
use claudectl_gate::judge::Mode;
use claudectl_gate::rules::Rule;
use claudectl_store::Store;
use claudectl_store::snapshot::Snapshot;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::files::{self, RULES, Reading};
use crate::app::App;
use crate::config;
use crate::env;
use crate::error::Result;
use crate::settings::known_price;

/// The snapshot's section.
pub(crate) const SECTION: &str = "gate";
/// What another version has made is made anew.
const FORMAT: u32 = 1;
/// Sessions that hooks told of so lately have their repository's policy in the snapshot.
const LATELY_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// A file as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    path: PathBuf,
    /// Device, inode, length, and when it was changed: seconds and nanoseconds; `None` where there was none.
    found: Option<(u64, u64, u64, i64, i64)>,
}

impl Stamp {
    pub(crate) fn of(path: &Path) -> Self {
        let found = std::fs::metadata(path).ok();
        let found = found.map(|meta| (meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()));
        Self { path: path.to_path_buf(), found }
    }

    fn holds(&self) -> bool {
        Self::of(&self.path) == *self
    }
}

/// Rules, or why they cannot be followed.
pub(crate) type Rules = std::result::Result<Vec<Rule>, String>;

/// What verdicts rest on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Compiled {
    format: u32,
    /// The person's home folder.
    pub(crate) home: String,
    /// The mode of the gate, by its name.
    mode: String,
    /// Hosts that may be asked for what they show.
    pub(crate) hosts: Vec<String>,
    /// The person's rules.
    pub(crate) person: Rules,
    /// What was granted for a while.
    pub(crate) grants: Vec<Rule>,
    /// Repositories that are trusted, with the hash of the policy that they had.
    pub(crate) trusted: Vec<(String, String)>,
    /// Rules of policies by the hash of their text; read only where they count.
    policies: BTreeMap<String, Box<RawValue>>,
    /// The person's files that it was made of.
    rules_file: Option<Stamp>,
    config_file: Option<Stamp>,
}

impl Compiled {
    /// What holds now. `store` has grants and trust; without one there are none.
    pub(crate) fn of(app: &App, store: Option<&Store>) -> Result<Self> {
        let file = rules_file(app);
        // Before they are read: what changes meanwhile is seen to have changed.
        let (rules_file, config_file) =
            (file.as_deref().map(Stamp::of), app.config_file.as_deref().map(Stamp::of));
        let home = app.env.home.as_deref().and_then(Path::to_str).unwrap_or_default().to_owned();
        let how = Reading { home: &home, now: app.now, zone: &|| app.zone.clone() };
        let person = file.as_deref().map_or(Ok(Vec::new()), |file| files::read(file, &how));
        let mut compiled = Self {
            format: FORMAT,
            home,
            mode: app.config.gate.mode.word().to_owned(),
            hosts: app.config.gate.hosts.clone(),
            person,
            grants: Vec::new(),
            trusted: Vec::new(),
            policies: BTreeMap::new(),
            rules_file,
            config_file,
        };
        if let Some(store) = store {
            compiled.grants = store.grants(app.now)?.into_iter().map(|grant| grant.rule).collect();
            compiled.trusted = store.trusted()?.into_iter().map(|trust| (trust.root, trust.policy)).collect();
        }
        Ok(compiled)
    }

    /// The same, with the home folder that was known before, where nobody says now which it is: a pass in the background
    /// has no environment.
    pub(crate) fn after(mut self, home: &Path) -> Self {
        if self.home.is_empty() {
            let last = Self::last(home).map(|last| last.home).filter(|home| !home.is_empty());
            self.home = last.or_else(env::home_of_account).unwrap_or_default();
        }
        self
    }

    /// With the policies of the repositories that sessions lately worked in, and of those that are trusted.
    pub(crate) fn with_policies(mut self, app: &App, store: &Store) -> Result<Self> {
        let since = app.now.saturating_sub(LATELY_MS);
        let mut folders: Vec<String> = self.trusted.iter().map(|(root, _)| root.clone()).collect();
        folders.extend(store.active_since(since)?.into_iter().filter_map(|(_, activity)| activity.cwd));
        folders.sort_unstable();
        folders.dedup();
        let home = self.home.clone();
        let how = Reading { home: &home, now: app.now, zone: &|| app.zone.clone() };
        for folder in folders {
            let folder = Path::new(&folder);
            for policy in files::policies(folder, World::of(folder).root()) {
                let json = serde_json::value::to_raw_value(&files::parse(&policy, &how));
                self.policies.insert(policy.hash, json.map_err(claudectl_store::StoreError::from)?);
            }
        }
        Ok(self)
    }

    /// What the last pass has put together, with what has changed in the person's files since.
    pub(crate) fn current(home: &Path, now: i64) -> Option<Self> {
        let mut kept = Self::last(home)?;
        let changed = |stamp: &Option<Stamp>| {
            stamp.as_ref().filter(|stamp| !stamp.holds()).map(|stamp| stamp.path.clone())
        };
        if let Some(file) = changed(&kept.rules_file) {
            let own = kept.home.clone();
            kept.person = files::read(&file, &Reading { home: &own, now, zone: &TimeZone::system });
        }
        if let Some(file) = changed(&kept.config_file) {
            let builtin = PriceTable::builtin();
            let paths = config::Paths { user: Some(file), ..config::Paths::default() };
            // A mistake elsewhere in it is none of the gate; one in its own keys leaves their defaults.
            let gate = config::load(&paths, &known_price(&builtin)).config.gate;
            (kept.mode, kept.hosts) = (gate.mode.word().to_owned(), gate.hosts);
        }
        Some(kept)
    }

    /// What the last pass has put together, whatever has changed since.
    pub(crate) fn last(home: &Path) -> Option<Self> {
        let kept: Self = serde_json::from_slice(Snapshot::read(home)?.section(SECTION)?).ok()?;
        (kept.format == FORMAT).then_some(kept)
    }

    /// How much the gate says.
    pub(crate) fn mode(&self) -> Mode {
        Mode::ALL.into_iter().find(|mode| mode.word() == self.mode).unwrap_or_default()
    }

    /// The rules of a policy's file.
    pub(crate) fn policy(&self, policy: &files::Policy, how: &Reading<'_>) -> Rules {
        let known = self.policies.get(&policy.hash).and_then(|json| serde_json::from_str(json.get()).ok());
        known.unwrap_or_else(|| files::parse(policy, how))
    }
}

/// Where the person's rules are: beside the configuration.
pub(crate) fn rules_file(app: &App) -> Option<PathBuf> {
    app.config_file.as_ref().and_then(|file| Some(file.parent()?.join(RULES)))
}
