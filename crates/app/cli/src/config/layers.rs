//! The layers and what they make: built-in, then the user's file, then project files that may only tighten.
//!
//! [`Config`] is plain data. Where each value comes from is kept beside it, so that `config show` never has to
//! guess. A value of a project that would loosen has no effect and is a [`Notice`]; `config check` makes it an error.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use claudectl_fleet::health::Thresholds;
use claudectl_gate::judge::Mode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::check::{Checked, PriceBook, Role, Setting, check};
use super::error::{ConfigError, ConfigErrors, ErrorKind, Notice};
use super::keys::{self, KEYS, Key, KeyPath, Permission};
use super::llm::Llm;
use super::notify::{Hooks, Notify, Webhooks};
use super::value::Value;

/// One file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Whose file it is.
    pub(crate) role: Role,
    /// Where it is; only for messages.
    pub(crate) path: PathBuf,
    /// What it holds.
    pub(crate) bytes: Vec<u8>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The table of keys.
    BuiltIn,
    /// The user's file, at a line.
    User(PathBuf, usize),
    /// A project's file, at a line.
    Project(PathBuf, usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built-in"),
            Origin::User(file, line) => write!(f, "user {}:{line}", file.display()),
            Origin::Project(file, line) => write!(f, "project {}:{line}", file.display()),
        }
    }
}

/// `[general]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct General {
    /// `None` is the machine's own zone; else an IANA name that the built-in database knows.
    pub(crate) timezone: Option<String>,
    /// As written; [`General::claude_dirs_in`] resolves `~/`.
    pub(crate) claude_dirs: Vec<String>,
}

impl General {
    /// The extra Claude Code folders as paths, `~/` resolved against the given home.
    pub(crate) fn claude_dirs_in(&self, home: &Path) -> Vec<PathBuf> {
        let resolve =
            |dir: &String| dir.strip_prefix("~/").map_or_else(|| dir.into(), |rest| home.join(rest));
        self.claude_dirs.iter().map(resolve).collect()
    }
}

/// `[budget]`: limits in US dollars; `None` is no limit.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Budget {
    /// One session with its subagents.
    pub(crate) session_usd: Option<f64>,
    /// All sessions of one project.
    pub(crate) project_usd: Option<f64>,
    /// All sessions, per calendar day.
    pub(crate) day_usd: Option<f64>,
    /// All sessions, per ISO week.
    pub(crate) week_usd: Option<f64>,
    /// The subagents of one session.
    pub(crate) fanout_usd: Option<f64>,
    /// 1 to 100.
    pub(crate) warn_at_pct: u8,
}

/// USD per million tokens; `None` is taken from the built-in price of the id.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rates {
    /// Uncached input.
    pub(crate) input: Option<f64>,
    /// Output.
    pub(crate) output: Option<f64>,
    /// Read from the cache.
    pub(crate) cache_read: Option<f64>,
    /// Written to the cache for five minutes.
    pub(crate) cache_write_5m: Option<f64>,
    /// Written to the cache for one hour.
    pub(crate) cache_write_1h: Option<f64>,
}

/// `[prices."model-id".long]`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct LongRates {
    /// Input tokens above which the rates hold; `None` is taken from the built-in price.
    pub(crate) above: Option<u64>,
    /// The rates.
    pub(crate) rates: Rates,
}

/// `[prices."model-id"]`. A checked file leaves `None` only where the built-in table has a value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct PriceOverride {
    /// The ordinary rates.
    pub(crate) rates: Rates,
    /// USD per web search; `None` without a built-in price leaves such responses unpriced.
    pub(crate) web_search: Option<f64>,
    /// The first day it holds; `None` is always.
    pub(crate) from: Option<Date>,
    /// Fast mode.
    pub(crate) fast: Option<Rates>,
    /// Long requests.
    pub(crate) long: Option<LongRates>,
}

/// `[context]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Context {
    /// 1 to 100.
    pub(crate) warn_pct: u8,
    /// Window size in tokens by exact model id.
    pub(crate) max: BTreeMap<String, u64>,
}

/// `[dashboard]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Dashboard {
    /// A theme's name; `None` for what suits the terminal.
    pub(crate) theme: Option<String>,
    /// The name of an order.
    pub(crate) sort: String,
    /// By project.
    pub(crate) grouped: bool,
    /// Clicks do something.
    pub(crate) mouse: bool,
    /// Only ASCII; `None` for what suits the terminal.
    pub(crate) ascii: Option<bool>,
}

/// `[gate]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Gate {
    /// How much it says.
    pub(crate) mode: Mode,
    /// Hosts that may be asked for what they show.
    pub(crate) hosts: Vec<String>,
    /// What an error says.
    pub(crate) on_error: OnError,
}

/// `[brain]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Brain {
    /// Whether answers are learned from.
    pub(crate) learn: bool,
    /// So many in a hundred silent answers may be wrong.
    pub(crate) wrong_at_most_pct: f64,
    /// Whether sessions are told at their start what is known of their project.
    #[serde(default)]
    pub(crate) briefing: bool,
}

impl Default for Brain {
    fn default() -> Self {
        Self { learn: true, wrong_at_most_pct: 5.0, briefing: false }
    }
}

impl Brain {
    fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("learn", Value::Switch(on)) => self.learn = *on,
            ("wrong_at_most_pct", Value::Number(percent)) => self.wrong_at_most_pct = *percent,
            ("briefing", Value::Switch(on)) => self.briefing = *on,
            _ => return false,
        }
        true
    }
}

/// What is said of a call that an error kept from being judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum OnError {
    /// Ask where somebody can be asked, deny elsewhere.
    #[default]
    Auto,
    Ask,
    Deny,
}

/// `[approvals]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Approvals {
    /// A question in a run without a terminal ends the run, to be taken up again.
    pub(crate) defer: bool,
    /// How long a prompt can be answered from elsewhere, milliseconds.
    pub(crate) wait_ms: i64,
    /// How long the prompt of a subagent in the background can be answered from elsewhere before its dialog opens,
    /// milliseconds.
    pub(crate) subagents_ms: i64,
    /// How long what is always allowed is allowed, milliseconds.
    pub(crate) always_ms: i64,
}

impl Default for Approvals {
    fn default() -> Self {
        const HOUR_MS: i64 = 60 * 60 * 1000;
        Self { defer: false, wait_ms: 8 * HOUR_MS, subagents_ms: 0, always_ms: 30 * 24 * HOUR_MS }
    }
}

/// `[retention]`, in days; 0 keeps forever.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Retention {
    /// Rows of single responses.
    pub(crate) responses_days: u32,
    /// Finished sessions.
    pub(crate) sessions_days: u32,
    /// Digests of finished sessions.
    pub(crate) digests_days: u32,
    /// Hook calls.
    pub(crate) events_days: u32,
    /// Searchable texts of transcripts that are gone.
    pub(crate) search_days: u32,
}

/// The configuration in force.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// `[general]`.
    pub(crate) general: General,
    /// `[budget]`.
    pub(crate) budget: Budget,
    /// `[prices]`, by exact model id.
    pub(crate) prices: BTreeMap<String, PriceOverride>,
    /// `[context]`.
    pub(crate) context: Context,
    /// `statusline.format`.
    pub(crate) statusline_format: String,
    /// `[dashboard]`.
    pub(crate) dashboard: Dashboard,
    /// `[health]`.
    pub(crate) health: Thresholds,
    /// `[gate]`.
    pub(crate) gate: Gate,
    /// `[approvals]`.
    pub(crate) approvals: Approvals,
    /// `[brain]`.
    pub(crate) brain: Brain,
    /// `[llm]`.
    pub(crate) llm: Llm,
    /// `[retention]`.
    pub(crate) retention: Retention,
    /// `[notify]`.
    pub(crate) notify: Notify,
    /// `[webhooks]`.
    pub(crate) webhooks: Webhooks,
    /// `[hooks]`.
    pub(crate) hooks: Hooks,
    values: Values,
}

/// The values in force with where each was set.
type Values = BTreeMap<KeyPath, (&'static Key, Value, Origin)>;

/// One line of `config show`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The concrete path.
    pub(crate) path: KeyPath,
    /// The table entry.
    pub(crate) key: &'static Key,
    /// `None` when nobody set it and it has no default.
    pub(crate) value: Option<Value>,
    /// Where the value comes from.
    pub(crate) origin: Origin,
}

impl Default for Config {
    fn default() -> Self {
        Config::from_values(built_in())
    }
}

impl Config {
    /// Every key with its value: the table's keys in its order, then those with a chosen name in theirs.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let fixed = KEYS.iter().filter(|key| !key.path.contains('*'));
        let fixed = fixed.map(|key| self.entry(key, KeyPath::new(key.path.split('.'))));
        let chosen = self.values.iter().filter(|(_, (key, ..))| key.path.contains('*'));
        fixed.chain(chosen.map(|(path, (key, ..))| self.entry(key, path.clone()))).collect()
    }

    /// The value of one key as typed on a command line.
    pub(crate) fn get(&self, key: &str) -> Result<Entry, ConfigErrors> {
        let path = KeyPath::parse(key);
        match keys::lookup(&path) {
            keys::Found::Key(key) => Ok(self.entry(key, path)),
            _ => Err(super::edit::no_such_key(&path).into()),
        }
    }

    fn entry(&self, key: &'static Key, path: KeyPath) -> Entry {
        let (value, origin) = match self.values.get(&path) {
            Some((_, value, origin)) => (Some(value.clone()), origin.clone()),
            None => (None, Origin::BuiltIn),
        };
        Entry { path, key, value, origin }
    }

    fn from_values(values: Values) -> Self {
        let mut config = Config {
            general: General::default(),
            budget: Budget::default(),
            prices: BTreeMap::new(),
            context: Context::default(),
            statusline_format: String::new(),
            dashboard: Dashboard::default(),
            health: Thresholds::default(),
            gate: Gate::default(),
            approvals: Approvals::default(),
            brain: Brain::default(),
            llm: Llm::default(),
            retention: Retention::default(),
            notify: Notify::default(),
            webhooks: Webhooks::new(),
            hooks: Hooks::new(),
            values: Values::new(),
        };
        for (path, (key, value, _)) in &values {
            config.put(key, path, value);
        }
        config.values = values;
        config
    }

    /// Carry one value to its field; a test proves that every key of the table has one.
    pub(crate) fn put(&mut self, key: &Key, path: &KeyPath, value: &Value) -> bool {
        let section = key.path.split('.').next().unwrap_or("");
        match (section, value) {
            ("general", _) => self.general.put(key.leaf(), value),
            ("budget", _) => self.budget.put(key.leaf(), value),
            ("prices", _) => self.prices.entry(path.chosen().to_owned()).or_default().put(key.path, value),
            ("context", Value::Whole(n)) if key.path == "context.*.max" => {
                self.context.max.insert(path.chosen().to_owned(), n.unsigned_abs());
                true
            }
            ("context", Value::Whole(n)) => narrow(&mut self.context.warn_pct, *n),
            ("statusline", Value::Text(line)) => {
                self.statusline_format.clone_from(line);
                true
            }
            ("dashboard", _) => self.dashboard.put(key.leaf(), value),
            ("health", _) => super::health::put(&mut self.health, key.leaf(), value),
            ("gate", _) => self.gate.put(key.leaf(), value),
            ("brain", _) => self.brain.put(key.leaf(), value),
            ("llm", _) => self.llm.put(key.leaf(), value),
            ("approvals", Value::Text(text)) => self.approvals.put(key.leaf(), text),
            ("retention", Value::Whole(n)) => self.retention.put(key.leaf(), *n),
            ("notify", _) => self.notify.put(key.leaf(), value),
            ("webhooks", _) => {
                self.webhooks.entry(path.chosen().to_owned()).or_default().put(key.leaf(), value)
            }
            ("hooks", _) => self.hooks.entry(path.chosen().to_owned()).or_default().put(key.leaf(), value),
            _ => false,
        }
    }
}

impl Gate {
    fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("mode", Value::Text(word)) => match Mode::ALL.into_iter().find(|mode| mode.word() == word) {
                Some(mode) => self.mode = mode,
                None => return false,
            },
            ("hosts", Value::List(hosts)) => {
                self.hosts = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
            }
            ("on_error", Value::Text(word)) => match word.as_str() {
                "auto" => self.on_error = OnError::Auto,
                "ask" => self.on_error = OnError::Ask,
                "deny" => self.on_error = OnError::Deny,
                _ => return false,
            },
            _ => return false,
        }
        true
    }
}

impl Approvals {
    fn put(&mut self, leaf: &str, text: &str) -> bool {
        let span = || crate::when::duration_ms(text);
        match leaf {
            "headless" => self.defer = text == "defer",
            "wait" => return span().map(|span| self.wait_ms = span).is_some(),
            "subagents" => return span().map(|span| self.subagents_ms = span).is_some(),
            "always_for" => return span().map(|span| self.always_ms = span).is_some(),
            _ => return false,
        }
        true
    }
}

impl General {
    fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("timezone", Value::Text(zone)) => self.timezone = (zone != "local").then(|| zone.clone()),
            ("claude_dirs", Value::List(dirs)) => self.claude_dirs.clone_from(dirs),
            _ => return false,
        }
        true
    }
}

impl Budget {
    fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("session_usd", Value::Number(usd)) => self.session_usd = Some(*usd),
            ("project_usd", Value::Number(usd)) => self.project_usd = Some(*usd),
            ("day_usd", Value::Number(usd)) => self.day_usd = Some(*usd),
            ("week_usd", Value::Number(usd)) => self.week_usd = Some(*usd),
            ("fanout_usd", Value::Number(usd)) => self.fanout_usd = Some(*usd),
            ("warn_at_pct", Value::Whole(n)) => return narrow(&mut self.warn_at_pct, *n),
            _ => return false,
        }
        true
    }
}

impl Dashboard {
    fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("theme", Value::Text(theme)) => self.theme = Some(theme.clone()),
            ("sort", Value::Text(sort)) => self.sort.clone_from(sort),
            ("grouped", Value::Switch(on)) => self.grouped = *on,
            ("mouse", Value::Switch(on)) => self.mouse = *on,
            ("ascii", Value::Switch(on)) => self.ascii = Some(*on),
            _ => return false,
        }
        true
    }
}

impl Retention {
    fn put(&mut self, leaf: &str, days: i64) -> bool {
        match leaf {
            "responses_days" => narrow(&mut self.responses_days, days),
            "sessions_days" => narrow(&mut self.sessions_days, days),
            "digests_days" => narrow(&mut self.digests_days, days),
            "events_days" => narrow(&mut self.events_days, days),
            "search_days" => narrow(&mut self.search_days, days),
            _ => false,
        }
    }
}

impl PriceOverride {
    fn put(&mut self, path: &str, value: &Value) -> bool {
        match (path.strip_prefix("prices.*.").unwrap_or(path), value) {
            ("web_search", Value::Number(usd)) => self.web_search = Some(*usd),
            ("from", Value::Date(day)) => self.from = Some(*day),
            ("long.above", Value::Whole(n)) => {
                self.long.get_or_insert_default().above = Some(n.unsigned_abs())
            }
            (leaf, Value::Number(usd)) => return self.put_rate(leaf, *usd),
            _ => return false,
        }
        true
    }

    fn put_rate(&mut self, leaf: &str, usd: f64) -> bool {
        match leaf.split_once('.') {
            None => self.rates.put(leaf, usd),
            Some(("fast", leaf)) => self.fast.get_or_insert_default().put(leaf, usd),
            Some(("long", leaf)) => self.long.get_or_insert_default().rates.put(leaf, usd),
            Some(_) => false,
        }
    }
}

impl Rates {
    fn put(&mut self, leaf: &str, usd: f64) -> bool {
        let field = match leaf {
            "input" => &mut self.input,
            "output" => &mut self.output,
            "cache_read" => &mut self.cache_read,
            "cache_write_5m" => &mut self.cache_write_5m,
            "cache_write_1h" => &mut self.cache_write_1h,
            _ => return false,
        };
        *field = Some(usd);
        true
    }
}

/// Store a whole number that its kind has already ranged.
pub(super) fn narrow<T: TryFrom<i64>>(field: &mut T, number: i64) -> bool {
    T::try_from(number).map(|fits| *field = fits).is_ok()
}

/// What the files make together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded {
    /// Every valid value of every file. With errors present this is a best effort: a background pass may use it so
    /// that one mistake does not lift a budget; a command asked by a person uses [`Loaded::strict`].
    pub(crate) config: Config,
    /// The mistakes of all files.
    pub(crate) errors: ConfigErrors,
    /// What a person should know.
    pub(crate) notices: Vec<Notice>,
}

impl Loaded {
    /// For commands: the configuration, or every mistake.
    pub(crate) fn strict(self) -> Result<(Config, Vec<Notice>), ConfigErrors> {
        if self.errors.is_empty() { Ok((self.config, self.notices)) } else { Err(self.errors) }
    }

    /// For `config check`: a project value that would loosen is a mistake too.
    pub(crate) fn checked(mut self) -> Result<(Config, Vec<Notice>), ConfigErrors> {
        let (looser, rest) = self.notices.into_iter().partition(|notice| notice.0.kind == ErrorKind::Looser);
        let looser: Vec<Notice> = looser;
        self.errors.extend(looser.into_iter().map(|notice| notice.0));
        self.notices = rest;
        self.strict()
    }
}

/// Lay the files over the built-in values: the user's first, then each project's, whatever their order here.
pub(crate) fn resolve(sources: &[Source], prices: &PriceBook<'_>) -> Loaded {
    let mut layers = Layers { values: built_in(), base: Values::new(), loaded: Loaded::default() };
    for role in [Role::User, Role::Project] {
        layers.base = layers.values.clone();
        for source in sources.iter().filter(|source| source.role == role) {
            layers.add(source, check(role, &source.path, &source.bytes, prices));
        }
    }
    layers.loaded.config = Config::from_values(layers.values);
    layers.loaded
}

fn built_in() -> Values {
    let value = |key: &'static Key| {
        let toml = key.default?.parse().ok()?;
        let value = key.kind.read(&toml).ok()?;
        Some((KeyPath::new(key.path.split('.')), (key, value, Origin::BuiltIn)))
    };
    KEYS.iter().filter_map(value).collect()
}

struct Layers {
    /// What is in force so far.
    values: Values,
    /// What was in force before any project: the measure of "looser".
    base: Values,
    loaded: Loaded,
}

impl Layers {
    fn add(&mut self, source: &Source, checked: Checked) {
        self.loaded.errors.extend(checked.errors);
        self.loaded.notices.extend(checked.foreign);
        for setting in checked.settings {
            match source.role {
                Role::User => {
                    let origin = Origin::User(source.path.clone(), setting.at.0);
                    self.values.insert(setting.path, (setting.key, setting.value, origin));
                }
                Role::Project => self.tighten(&source.path, setting),
            }
        }
    }

    fn tighten(&mut self, file: &Path, setting: Setting) {
        let above = |values: &Values| {
            values.get(&setting.path).filter(|(_, now, _)| setting.value.above(now)).cloned()
        };
        if let Some((_, allowed, origin)) = above(&self.base) {
            return self.loaded.notices.push(looser(file, &setting, &allowed, &origin));
        }
        let same = self.values.get(&setting.path).is_some_and(|(_, now, _)| *now == setting.value);
        // Another project may already be tighter; an equal value keeps the origin it has.
        if setting.key.project == Permission::Lower && !same && above(&self.values).is_none() {
            let origin = Origin::Project(file.to_owned(), setting.at.0);
            self.values.insert(setting.path, (setting.key, setting.value, origin));
        }
    }
}

fn looser(file: &Path, setting: &Setting, allowed: &Value, origin: &Origin) -> Notice {
    let message = format!("`{}` = {} would loosen {allowed} and has no effect", setting.path, setting.value);
    let error =
        ConfigError::file(ErrorKind::Looser, file, message).about(&setting.path).at(setting.at).explained(
            format!("a project file may only tighten; {allowed} is in force ({origin})"),
            format!("lower it to {allowed} or less, or raise the limit in your own config.toml"),
        );
    Notice(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_of_the_gate_can_be_set() {
        assert_eq!(Mode::ALL.map(Mode::word), keys::GATE_MODES);
        let set = |word: &str| Gate::default().put("mode", &Value::Text(word.to_owned()));
        assert!(keys::GATE_MODES.iter().all(|word| set(word)));
    }
}
