//! What verdicts rest on beside the call, put together once: rules, grants, trust and settings.
//!
//! Hot paths read it from the snapshot. It names the files that it was made of as they were then, so that whoever reads
//! it knows whether it still holds.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use claudectl_agents::asker::Asker;
use claudectl_agents::settings::Backups;
use claudectl_agents::world::{self, World};
use claudectl_fleet::budget::{Budgets, Limits};
use claudectl_fleet::prices::PriceTable;
use claudectl_gate::judge::Mode;
use claudectl_gate::rules::Rule;
use claudectl_store::Store;
use claudectl_store::snapshot::Snapshot;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::files::{self, RULES, Reading};
use super::packed;
use crate::app::App;
use crate::budgets;
use crate::config::{self, Approvals, Brain, Config, ConfigError, Gate, OnError};
use crate::env;
use crate::error::Result;
use crate::settings::known_price;
use crate::snapshot;

/// The snapshot's sections.
const SECTION: &str = "gate";
const RULES_SECTION: &str = "rules";
/// What another version has made is made anew.
const FORMAT: u32 = 6;
/// So far back a clock is set without anybody's meaning to.
const CLOCK_MAY_MOVE_MS: i64 = 5 * 60 * 1000;

/// A file as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    path: PathBuf,
    /// Device, inode, length, and when it was changed: its content, and anything of it (seconds and nanoseconds); `None`
    /// where there was none.
    found: Option<(u64, u64, u64, i64, i64, i64, i64)>,
}

impl Stamp {
    pub(crate) fn of(path: &Path) -> Self {
        let found = std::fs::metadata(path).ok();
        let found = found.map(|meta| {
            let (content, any) = ((meta.mtime(), meta.mtime_nsec()), (meta.ctime(), meta.ctime_nsec()));
            (meta.dev(), meta.ino(), meta.len(), content.0, content.1, any.0, any.1)
        });
        Self { path: path.to_path_buf(), found }
    }

    /// There was nothing.
    pub(crate) fn is_absent(&self) -> bool {
        self.found.is_none()
    }

    /// It is of this file.
    pub(crate) fn is_of(&self, path: &Path) -> bool {
        self.path == path
    }

    pub(crate) fn holds(&self) -> bool {
        Self::of(&self.path) == *self
    }
}

/// On a line.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.path.display())?;
        match self.found {
            Some((dev, ino, len, content, content_ns, any, any_ns)) => {
                write!(f, "{dev} {ino} {len} {content}.{content_ns} {any}.{any_ns}")
            }
            None => f.write_str("-"),
        }
    }
}

/// Rules, or why they cannot be followed.
pub(crate) type Rules = std::result::Result<Vec<Rule>, String>;

/// What verdicts rest on beside rules.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    format: u32,
    /// The person's home folder.
    pub(crate) home: String,
    /// What says what agents may do: the state folder, that of the configuration, and Claude Code's settings, each also as
    /// it is where links are followed.
    #[serde(default)]
    pub(crate) guarded: Vec<String>,
    /// Settings files that the client was started with.
    #[serde(skip)]
    given: Vec<String>,
    /// The mode of the gate, by its name.
    mode: String,
    /// Hosts that may be asked for what they show.
    pub(crate) hosts: Vec<String>,
    /// What an error says.
    pub(crate) on_error: OnError,
    /// How questions are answered from elsewhere.
    pub(crate) approvals: Approvals,
    /// What is learned.
    pub(crate) brain: Brain,
    /// Repositories that are trusted, each with what it was then (see [`files::pledge`]).
    pub(crate) trusted: Vec<(String, String)>,
    /// When the last of the grants was made, milliseconds since the epoch.
    granted_at: i64,
    /// Limits on what may be spent; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) budgets: Option<Budgets>,
    /// The person's files that it was made of.
    rules_file: Option<Stamp>,
    config_file: Option<Stamp>,
}

impl Settings {
    /// How much the gate says.
    pub(crate) fn mode(&self) -> Mode {
        Mode::ALL.into_iter().find(|mode| mode.word() == self.mode).unwrap_or_default()
    }

    /// With the folder of Claude Code that a session is of, the settings that its client was started with, and the state
    /// folder that its hook was given.
    pub(crate) fn guard(&mut self, state: &Path, asker: &Asker) {
        let settings = asker.root().into_iter().flat_map(settings_in);
        let is_known = |known: &[String], path: &Path| known.iter().any(|known| Path::new(known) == path);
        for path in std::iter::once(state.to_path_buf()).chain(settings) {
            if !is_known(&self.guarded, &path) {
                self.guarded.extend(with_end(&path));
            }
        }
        self.given.extend(asker.settings_files().iter().flat_map(|file| with_end(file)));
        self.guarded.extend(self.given.iter().cloned());
    }

    /// The settings files that Claude Code goes by.
    pub(crate) fn of_host(&self) -> Vec<String> {
        let is_settings = |path: &&String| SETTINGS.iter().any(|name| Path::new(path).ends_with(name));
        self.guarded.iter().filter(is_settings).chain(&self.given).cloned().collect()
    }

    /// What the configuration says of the gate.
    pub(crate) fn of_gate(&self) -> (Gate, Approvals) {
        let gate = Gate { mode: self.mode(), hosts: self.hosts.clone(), on_error: self.on_error };
        (gate, self.approvals)
    }

    /// The configuration that it was made of.
    pub(crate) fn config(&self) -> Option<&Path> {
        self.config_file.as_ref().map(|stamp| stamp.path.as_path())
    }
}

/// What says in a folder of Claude Code whether our hooks are called.
const SETTINGS: [&str; 2] = ["settings.json", "settings.local.json"];

fn settings_in(root: &Path) -> [PathBuf; 2] {
    SETTINGS.map(|name| root.join(name))
}

/// A path, and where it leads.
fn with_end(path: &Path) -> Vec<String> {
    let end = world::led(path).filter(|end| end != path);
    std::iter::once(path.to_path_buf())
        .chain(end)
        .filter_map(|path| path.into_os_string().into_string().ok())
        .collect()
}

/// What stands guard, with where it leads.
fn guarded(app: &App, config_file: Option<&Path>) -> Vec<String> {
    let state = app.env.state_dir().ok();
    let config = config_file.and_then(Path::parent).map(Path::to_path_buf);
    let settings = app.claude_roots().into_iter().flat_map(|root| settings_in(&root));
    let named: Vec<PathBuf> = state.into_iter().chain(config).chain(settings).collect();
    let mut all: Vec<String> = named.iter().flat_map(|path| with_end(path)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What verdicts rest on.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) settings: Settings,
    /// The person's rules; of what was kept, only where they have changed since.
    pub(crate) person: Option<Rules>,
    /// What was granted for a while.
    grants: Rules,
    /// Rules of policies by the hash of their text.
    policies: BTreeMap<String, Rules>,
    /// The rest, as it was kept.
    packed: String,
}

impl Compiled {
    /// What holds now. `store` has grants and trust; without one there are none.
    pub(crate) fn of(app: &App, store: Option<&Store>) -> Result<Self> {
        Self::by(app, store, app.config_file.as_deref(), &app.config)
    }

    /// What hooks go by: the configuration that the snapshot was made of first, whichever one a command was given. Only
    /// `adopt`ing another changes that, or that its folder is gone.
    pub(crate) fn of_hooks(app: &App, store: &Store, home: &Path) -> Result<Self> {
        match Self::other_config(app, home) {
            Some(file) => Self::by(app, Some(store), Some(&file), &read_config(file.clone()).config),
            None => Self::of(app, Some(store)),
        }
    }

    /// The configuration that hooks go by, where it is not the one of this command.
    pub(crate) fn other_config(app: &App, home: &Path) -> Option<PathBuf> {
        let known = Self::last(home)?.settings.config_file?.path;
        let there = known.parent().is_some_and(Path::exists);
        (there && app.config_file.as_ref() != Some(&known)).then_some(known)
    }

    fn by(app: &App, store: Option<&Store>, config_file: Option<&Path>, config: &Config) -> Result<Self> {
        let file = config_file.and_then(|file| Some(file.parent()?.join(RULES)));
        let guarded = guarded(app, config_file);
        // Before they are read: what changes meanwhile is seen to have changed.
        let (rules_file, config_file) = (file.as_deref().map(Stamp::of), config_file.map(Stamp::of));
        let home = app.env.home.as_deref().and_then(Path::to_str).unwrap_or_default().to_owned();
        let how = Reading { home: &home, now: app.now, zone: &|| app.zone.clone() };
        let person = file.as_deref().map_or(Ok(Vec::new()), |file| files::read(file, &how));
        // Not the budgets of a project whose folder a command happens to run in.
        let read = config_file.as_ref().map(|stamp| read_config(stamp.path.clone()));
        let said = (config.gate.clone(), config.approvals);
        let (gate, approvals) = match &read {
            Some(read) => read.of_gate(said, || Some(last(app)?.settings.of_gate())),
            None => said,
        };
        let brain = match &read {
            Some(read) => read.of_brain(config.brain, || Some(last(app)?.settings.brain)),
            None => config.brain,
        };
        let settings = Settings {
            format: FORMAT,
            home,
            guarded,
            given: Vec::new(),
            mode: gate.mode.word().to_owned(),
            hosts: gate.hosts,
            on_error: gate.on_error,
            approvals,
            brain,
            trusted: Vec::new(),
            granted_at: i64::MIN,
            budgets: None,
            rules_file,
            config_file,
        };
        let mut compiled = Self {
            settings,
            person: Some(person),
            grants: Ok(Vec::new()),
            policies: BTreeMap::new(),
            packed: String::new(),
        };
        if let Some(store) = store {
            let grants = store.grants(app.now)?;
            compiled.settings.granted_at = grants.iter().map(|grant| grant.at).max().unwrap_or(i64::MIN);
            compiled.grants = Ok(grants.into_iter().map(|grant| grant.rule).collect());
            compiled.settings.trusted =
                store.trusted()?.into_iter().map(|trust| (trust.root, trust.policy)).collect();
        }
        let own = store.map_or(Ok(Vec::new()), Store::own_budgets)?;
        let limits = read.map_or_else(|| config.limits(), |read| read.limits(|| last_limits(app)));
        let config_file = compiled.settings.config().map(Path::to_path_buf);
        let lowered = store.map(|store| budgets::lowered(app, store, config_file.as_deref(), &limits));
        let budgets = Budgets { limits, own, lowered: lowered.transpose()?.unwrap_or_default() };
        compiled.settings.budgets = (!budgets.is_empty()).then_some(budgets);
        Ok(compiled)
    }

    /// With the grants and the trust that the last pass has put together, where nothing else can be read.
    pub(crate) fn with_last(mut self, home: &Path) -> Self {
        if let Some(last) = Self::last(home) {
            self.grants = last.grants(&|_| true);
            self.settings.granted_at = last.settings.granted_at;
            self.settings.trusted = last.settings.trusted;
        }
        self
    }

    /// The same, with the home folder that was known before, where nobody says now which it is: a pass in the background
    /// has no environment. What stood guard does so still.
    pub(crate) fn after(mut self, home: &Path) -> Self {
        let last = Self::last(home).map(|last| last.settings);
        if self.settings.home.is_empty() {
            let last = last.as_ref().map(|last| last.home.clone()).filter(|home| !home.is_empty());
            let of_person = || Backups::of(home).home().or_else(env::home_of_account);
            self.settings.home = last.or_else(of_person).unwrap_or_default();
        }
        let known = last.map(|last| last.guarded).unwrap_or_default();
        let more = known.into_iter().filter(|path| !self.settings.guarded.contains(path));
        let more: Vec<String> = more.filter(|path| Path::new(path).exists()).collect();
        self.settings.guarded.extend(more);
        self
    }

    /// With the policies of the repositories that sessions lately worked in, and of those that are trusted.
    pub(crate) fn with_policies(mut self, app: &App, store: &Store) -> Result<Self> {
        let mut folders = snapshot::worked_in(store, app.now)?;
        folders.extend(self.settings.trusted.iter().map(|(root, _)| root.clone()));
        let home = self.settings.home.clone();
        let how = Reading { home: &home, now: app.now, zone: &|| app.zone.clone() };
        for folder in folders {
            let folder = Path::new(&folder);
            for policy in files::policies(folder, World::of(folder).root()) {
                // What cannot be followed is told with the file's name, and the same text may stand in two.
                if let rules @ Ok(_) = files::parse(&policy, &how) {
                    self.policies.insert(policy.hash, rules);
                }
            }
        }
        Ok(self)
    }

    /// As the snapshot has it.
    pub(crate) fn sections(&self) -> Result<[(&'static str, Vec<u8>); 2]> {
        let settings = serde_json::to_vec(&self.settings).map_err(claudectl_store::StoreError::from)?;
        let none = Ok(Vec::new());
        let own =
            [(PERSON.to_owned(), self.person.as_ref().unwrap_or(&none)), (GRANTS.to_owned(), &self.grants)];
        let policies = self.policies.iter().map(|(hash, rules)| (group_of(hash), rules));
        let packed =
            packed::pack(own.into_iter().chain(policies)).map_err(claudectl_store::StoreError::from)?;
        Ok([(SECTION, settings), (RULES_SECTION, packed.into_bytes())])
    }

    /// What the last pass has put together, with what has changed in the person's files since.
    pub(crate) fn current(snapshot: &Snapshot, now: i64) -> Option<Self> {
        let mut kept = Self::in_snapshot(snapshot)?;
        let changed = |stamp: &Option<Stamp>| {
            stamp.as_ref().filter(|stamp| !stamp.holds()).map(|stamp| stamp.path.clone())
        };
        if let Some(file) = changed(&kept.settings.rules_file) {
            let how = Reading { home: &kept.settings.home, now, zone: &TimeZone::system };
            kept.person = Some(files::read(&file, &how));
        }
        if let Some(file) = changed(&kept.settings.config_file) {
            let read = read_config(file);
            let Budgets { limits, own, lowered } = kept.settings.budgets.take().unwrap_or_default();
            let budgets = Budgets { limits: read.limits(|| limits), own, lowered };
            kept.settings.budgets = (!budgets.is_empty()).then_some(budgets);
            let said = (read.config.gate.clone(), read.config.approvals);
            let (gate, approvals) = read.of_gate(said, || Some(kept.settings.of_gate()));
            (kept.settings.mode, kept.settings.hosts) = (gate.mode.word().to_owned(), gate.hosts);
            (kept.settings.on_error, kept.settings.approvals) = (gate.on_error, approvals);
            kept.settings.brain = read.of_brain(read.config.brain, || Some(kept.settings.brain));
        }
        Some(kept)
    }

    /// Where no pass has put anything together: by nobody's rules.
    pub(crate) fn alone((gate, approvals): &(Gate, Approvals)) -> Self {
        let settings = Settings {
            format: FORMAT,
            home: env::home_of_account().unwrap_or_default(),
            guarded: Vec::new(),
            given: Vec::new(),
            mode: gate.mode.word().to_owned(),
            hosts: Vec::new(),
            on_error: gate.on_error,
            approvals: *approvals,
            brain: Brain { learn: false, ..Brain::default() },
            trusted: Vec::new(),
            granted_at: i64::MIN,
            budgets: None,
            rules_file: None,
            config_file: None,
        };
        Self {
            settings,
            person: Some(Ok(Vec::new())),
            grants: Ok(Vec::new()),
            policies: BTreeMap::new(),
            packed: String::new(),
        }
    }

    /// What the last pass has put together, whatever has changed since.
    pub(crate) fn last(home: &Path) -> Option<Self> {
        Self::in_snapshot(&Snapshot::read(home)?)
    }

    pub(super) fn in_snapshot(snapshot: &Snapshot) -> Option<Self> {
        let settings: Settings = serde_json::from_slice(snapshot.section(SECTION)?).ok()?;
        if settings.format != FORMAT {
            return None;
        }
        let packed = str::from_utf8(snapshot.section(RULES_SECTION)?).ok()?.to_owned();
        Some(Self { settings, person: None, grants: Ok(Vec::new()), policies: BTreeMap::new(), packed })
    }

    /// Whether somebody has to know on each call what its session has cost.
    pub(crate) fn asks_for_cost(&self) -> bool {
        let all = self.policies.values().chain(&self.person).chain([&self.grants]);
        let mut rules = all.filter_map(|rules| rules.as_ref().ok()).flatten();
        self.settings.budgets.is_some() || rules.any(|rule| rule.cost_above.is_some())
    }

    /// The person's rules and grants, of what was not kept.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Rule> {
        let rules = [self.person.as_ref(), Some(&self.grants)].into_iter().flatten();
        rules.filter_map(|rules| rules.as_ref().ok()).flatten()
    }

    /// The person's rules, or those of them that may be about programs of these names.
    pub(crate) fn person(&self, runs: &dyn Fn(&str) -> bool) -> Rules {
        match &self.person {
            Some(person) => person.clone(),
            None => self.kept(PERSON, runs),
        }
    }

    /// What was granted, likewise.
    pub(crate) fn grants(&self, runs: &dyn Fn(&str) -> bool) -> Rules {
        match self.packed.is_empty() {
            true => self.grants.clone(),
            false => self.kept(GRANTS, runs),
        }
    }

    /// Whether the clock says that the last grant is still to come: how long it has counted is not known then.
    pub(crate) fn is_before_grants(&self, now: i64) -> bool {
        now < self.settings.granted_at.saturating_sub(CLOCK_MAY_MOVE_MS)
    }

    fn kept(&self, group: &str, runs: &dyn Fn(&str) -> bool) -> Rules {
        packed::pick(&self.packed, group, runs)
            .unwrap_or_else(|| Err("the snapshot is damaged (claudectl tick makes it anew)".to_owned()))
    }

    /// The rules of a policy's file, likewise.
    pub(crate) fn policy(
        &self,
        policy: &files::Policy,
        how: &Reading<'_>,
        runs: &dyn Fn(&str) -> bool,
    ) -> Rules {
        packed::pick(&self.packed, &group_of(&policy.hash), runs).unwrap_or_else(|| files::parse(policy, how))
    }
}

/// The gate's settings in a file.
pub(crate) fn settings_of(file: PathBuf) -> (Gate, Approvals) {
    let config = read_config(file).config;
    (config.gate, config.approvals)
}

/// A file of settings, as it was read.
struct ReadConfig {
    /// What can be followed of it.
    config: Config,
    is_whole: bool,
    /// All that it says of the gate can be followed, whatever is wrong elsewhere in it.
    is_whole_of_gate: bool,
}

impl ReadConfig {
    /// What is `said` of the gate, if that is whole. A mistake loosens nothing: with one in it, or where nothing of the
    /// file can be read, all stays as it was `last`.
    fn of_gate(
        &self,
        said: (Gate, Approvals),
        last: impl FnOnce() -> Option<(Gate, Approvals)>,
    ) -> (Gate, Approvals) {
        if self.is_whole_of_gate { said } else { last().unwrap_or(said) }
    }

    /// The same of what is learned.
    fn of_brain(&self, said: Brain, last: impl FnOnce() -> Option<Brain>) -> Brain {
        if self.is_whole_of_gate { said } else { last().unwrap_or(said) }
    }

    /// Its budgets. A mistake lifts none: what it says nothing of stays then as it was `last`.
    fn limits(&self, last: impl FnOnce() -> Limits) -> Limits {
        let limits = self.config.limits();
        if self.is_whole { limits } else { limits.or(last()) }
    }
}

fn read_config(file: PathBuf) -> ReadConfig {
    let builtin = PriceTable::builtin();
    let paths = config::Paths { user: Some(file), ..config::Paths::default() };
    let loaded = config::load(&paths, &known_price(&builtin));
    let of_gate =
        |key: &str| ["gate", "approvals", "brain"].contains(&key.split('.').next().unwrap_or_default());
    // One without a key is of the file as a whole.
    let spoils = |error: &ConfigError| error.key.as_deref().is_none_or(of_gate);
    ReadConfig {
        is_whole: loaded.errors.is_empty(),
        is_whole_of_gate: !loaded.errors.as_slice().iter().any(spoils),
        config: loaded.config,
    }
}

/// What hooks go by.
fn last(app: &App) -> Option<Compiled> {
    Compiled::last(&app.env.state_dir().ok()?)
}

fn last_limits(app: &App) -> Limits {
    last(app).and_then(|last| last.settings.budgets).map(|budgets| budgets.limits).unwrap_or_default()
}

const PERSON: &str = "person";
const GRANTS: &str = "grants";

fn group_of(hash: &str) -> String {
    format!("policy {hash}")
}

/// Where the person's rules are: beside the configuration.
pub(crate) fn rules_file(app: &App) -> Option<PathBuf> {
    app.config_file.as_ref().and_then(|file| Some(file.parent()?.join(RULES)))
}
