//! The configuration of the published tool of the same name, read as it read it, and what of it can be taken over.
//!
//! Its reader went by lines: a header on a line of its own, `key = value`, a `#` anywhere ends the line, whatever it did
//! not understand was passed over without a word. What a person wrote and what was in force are therefore two things, and
//! only what was in force is taken over: `[budget] # mine` was no header to it, so the keys below it belonged to the
//! section above.

use std::collections::BTreeMap;
use std::path::Path;

use claudectl_gate::published::{self, Became, Published};
use claudectl_redact::redact;

use super::check::PriceBook;
use super::edit::{Target, set};
use super::error::shown;
use super::keys::KeyPath;
use crate::migrating;

/// The section of keys that stand before any header.
const TOP: &str = "defaults";

/// A line with a key.
#[derive(Debug, Clone, PartialEq)]
struct Setting {
    line: usize,
    /// The section as it counted: `budget`, `models.opus`.
    section: String,
    key: String,
    value: Value,
}

/// A value as the published reader took it.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(f64),
    Switch(bool),
    /// Without its quotes.
    Text(String),
    /// A list on one line, each without its quotes.
    List(Vec<String>),
}

impl Value {
    /// Its reader took quotes off wherever they stood, and knew no escapes.
    fn read(text: &str) -> Self {
        let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        if let Some(list) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Self::List(list.split(',').map(bare).filter(|name| !name.is_empty()).collect());
        }
        match (text.parse(), text) {
            (Ok(number), _) => Self::Number(number),
            (_, "true") => Self::Switch(true),
            (_, "false") => Self::Switch(false),
            _ => Self::Text(bare(text)),
        }
    }
}

/// What became of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is taken over, as this.
    Taken(String),
    /// It would allow something: it is taken over where the person says so, as this.
    Proposed(String),
    /// It is not, and why.
    Not(String),
    /// It never did anything, and why.
    Inactive(String),
}

/// A line of the file, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// From 1.
    pub(crate) line: usize,
    /// `[budget] daily_limit`, or the text of a line that is none.
    pub(crate) key: String,
    pub(crate) fate: Fate,
}

/// What is made of a file.
#[derive(Debug)]
pub(crate) struct Translated {
    /// Every line that says something, in order.
    pub(crate) told: Vec<Told>,
    /// The new text of the person's file.
    pub(crate) text: String,
    /// What its rules become, for the file of rules.
    pub(crate) rules: Vec<Became>,
}

/// What is made of a policy of the published tool.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Every line that says something, in order.
    pub(crate) told: Vec<Told>,
    /// Its rules.
    pub(crate) rules: Vec<claudectl_gate::rules::Rule>,
    /// Texts that are left out, and why.
    pub(crate) left: Vec<String>,
}

/// What stands at the head of a file that is made anew.
const HEAD: &str = "# Taken over by `claudectl import` from the configuration of the published claudectl.\n";

/// Sections and keys that did nothing, although its documentation or its own check knew them.
const INACTIVE: &[(&str, &str, &str)] = &[
    ("defaults", "sort", "it was read and never applied"),
    ("webhook", "on", "its check knew the key, its reader only `events`"),
    ("context", "context_warn", "its check knew the key, its reader only `warn_threshold`"),
    ("defaults", "context_warn", "its check knew the key, its reader only `[context] warn_threshold`"),
    ("budget", "daily", "its check knew the key, its reader only `daily_limit`"),
    ("budget", "weekly", "its check knew the key, its reader only `weekly_limit`"),
    ("brain", "orchestrate_interval_secs", "its check knew the key, its reader only `orchestrate_interval`"),
    ("lifecycle", "auto_restart", "nothing ever called the restart"),
    ("lifecycle", "restart_threshold_pct", "nothing ever called the restart"),
    ("lifecycle", "restart_only_when_idle", "nothing ever called the restart"),
    ("idle", "enabled", "no idle task ever ran"),
    ("idle", "after_idle_mins", "no idle task ever ran"),
    ("idle", "max_concurrent", "no idle task ever ran"),
    ("idle", "max_cost_usd", "no idle task ever ran"),
    ("idle", "tasks", "no idle task was ever read"),
    ("relay", "enabled", "it was never read"),
    ("relay", "auto_connect", "it was never read"),
    ("relay", "reconnect_max", "it was never read"),
    ("relay", "reconnect_max_secs", "it was never read"),
    ("hive", "auto_trust_drift", "it was never read"),
    ("hooks.on_budget_80", "run", "there was no such event"),
];

/// Keys of one name that go by another measure here: their old values would be wrong.
const OTHER_MEANING: &[(&str, &str)] = &[
    ("health", "cost_spike_critical"),
    ("health", "cost_spike_warning"),
    ("health", "loop_max_calls"),
    ("health", "stall_min_cost"),
    ("health", "stall_min_minutes"),
    ("health", "decay_compaction_pct"),
    ("health", "efficiency_critical_factor"),
    ("health", "error_accel_factor"),
    ("health", "repetition_threshold"),
];

/// What of a file of the published tool can be put into the person's own; `own` is its text, empty where there is none.
pub(crate) fn translate(foreign: &str, file: &Path, own: &str, prices: &PriceBook<'_>) -> Translated {
    let mut reader = Reader::default();
    foreign.lines().enumerate().for_each(|(at, line)| reader.line(at + 1, line));
    let Reader { settings, mut told, .. } = reader;
    let head = if own.trim().is_empty() { HEAD } else { own };
    let mut maker = Maker { file, text: head.to_owned(), prices, own };
    // Of a key that stands twice the last counted.
    let last: BTreeMap<(&str, &str), usize> = settings
        .iter()
        .map(|setting| ((setting.section.as_str(), setting.key.as_str()), setting.line))
        .collect();
    let mut models: BTreeMap<&str, Vec<&Setting>> = BTreeMap::new();
    // In the order in which they stand.
    let mut rules: Vec<(&str, Vec<&Setting>)> = Vec::new();
    for setting in &settings {
        let counted = last.get(&(setting.section.as_str(), setting.key.as_str())) == Some(&setting.line);
        match setting.section.strip_prefix("models.") {
            _ if !counted => {
                told.push(setting.told(Fate::Inactive("it stands again below, which counted".to_owned())))
            }
            _ if setting.rule().is_some_and(|_| RULE_KEYS.contains(&setting.key.as_str())) => {
                let name = setting.rule().unwrap_or_default();
                match rules.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, keys)) => keys.push(setting),
                    None => rules.push((name, vec![setting])),
                }
            }
            Some(model) if setting.is_price() => models.entry(model).or_default().push(setting),
            _ => told.push(setting.told(maker.take(setting))),
        }
    }
    for (model, settings) in models {
        let fate = maker.take_prices(model, &settings);
        told.extend(settings.iter().map(|setting| setting.told(fate(setting))));
    }
    let mut made = Vec::new();
    for (name, keys) in rules {
        let (became, fates) = take_rule(name, &keys);
        told.extend(fates);
        made.push(became);
    }
    told.sort_by_key(|told| told.line);
    Translated { told, text: maker.text, rules: made }
}

/// The keys of one of its rules.
const RULE_KEYS: &[&str] = &[
    "match_status",
    "match_tool",
    "match_command",
    "match_project",
    "match_cost_above",
    "match_last_error",
    "match_file_conflict",
    "action",
    "message",
];

/// What one of its rules becomes, and with it each of its lines.
fn take_rule(name: &str, keys: &[&Setting]) -> (Became, Vec<Told>) {
    let mut old = Published { name: name.to_owned(), ..Published::default() };
    let mut odd = Vec::new();
    for setting in keys {
        match (setting.key.as_str(), &setting.value) {
            ("match_status", Value::List(list)) => old.statuses = Some(list.clone()),
            ("match_tool", Value::List(list)) => old.tools.clone_from(list),
            ("match_command", Value::List(list)) => old.commands.clone_from(list),
            ("match_project", Value::List(list)) => old.projects.clone_from(list),
            ("match_cost_above", Value::Number(usd)) => old.cost_above = Some(*usd),
            ("match_last_error", Value::Switch(is)) => old.last_error = Some(*is),
            ("match_file_conflict", Value::Switch(is)) => old.conflict = Some(*is),
            ("action", Value::Text(word)) => old.action = Some(word.clone()),
            ("message", Value::Text(text)) => old.message = Some(text.clone()),
            _ => odd.push(setting.line),
        }
    }
    let usable = old.cost_above.is_none_or(|usd| usd >= 0.0 && usd.is_finite());
    let published::Converted { became, notes } = match usable {
        true => published::convert(&old),
        false => published::Converted {
            became: Became::Nothing("match_cost_above is no amount of dollars".to_owned()),
            notes: Vec::new(),
        },
    };
    let fate = |setting: &Setting| {
        if odd.contains(&setting.line) {
            return Fate::Inactive("its value is of another kind, so it was passed over".to_owned());
        }
        let note = notes.iter().find(|(key, _)| *key == setting.key);
        let note = note.map(|(_, note)| format!(": {}", redact(note).text)).unwrap_or_default();
        match &became {
            Became::Rule(rule) => Fate::Taken(format!("[[rules]] {:?}{note}", rule.name)),
            Became::Proposed(rule) => {
                Fate::Proposed(format!("[[rules]] {:?}, with --allow{note}", rule.name))
            }
            Became::Trigger(trigger) => Fate::Taken(format!("[[triggers]] {:?}{note}", trigger.name)),
            Became::Nothing(why) => Fate::Not(redact(why).text.into_owned()),
            Became::Inactive(why) => Fate::Inactive(redact(why).text.into_owned()),
        }
    };
    let told = keys.iter().map(|setting| setting.told(fate(setting))).collect();
    (became, told)
}

/// What a policy of the published tool becomes; `None` where there is none in the text.
pub(crate) fn policy(foreign: &str) -> Option<Policy> {
    let mut reader = Reader::default();
    foreign.lines().enumerate().for_each(|(at, line)| reader.line(at + 1, line));
    let Reader { settings, mut told, .. } = reader;
    let (mut commands, mut tools) = (Vec::new(), Vec::new());
    for setting in &settings {
        let fate = match (setting.section.as_str(), setting.key.as_str(), &setting.value) {
            ("deny", "commands", Value::List(list)) => {
                commands.clone_from(list);
                Fate::Taken(
                    "[[rules]], each with action = \"deny\": by the words of a command, not anywhere in it"
                        .to_owned(),
                )
            }
            ("deny", "tools", Value::List(list)) => {
                tools.clone_from(list);
                Fate::Taken(
                    "[[rules]], each with action = \"deny\": by the exact name, and for every tool"
                        .to_owned(),
                )
            }
            ("deny", "commands" | "tools", _) => {
                Fate::Inactive("its value is no list on one line, so it was passed over".to_owned())
            }
            _ => Fate::Inactive("the policy of the published claudectl had no such key".to_owned()),
        };
        told.push(setting.told(fate));
    }
    if !settings.iter().any(|setting| setting.section == "deny") {
        return None;
    }
    told.sort_by_key(|told| told.line);
    let (rules, left) = published::policy(&commands, &tools);
    Some(Policy { told, rules, left })
}

#[derive(Debug, Default)]
struct Reader {
    section: Option<String>,
    settings: Vec<Setting>,
    told: Vec<Told>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        let whole = line.trim();
        // Everything behind the first `#` was dropped, in quotes, too.
        let text = whole.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            return;
        }
        if whole.starts_with('[') && whole.ends_with(']') && !whole.contains('=') {
            let names = whole.trim_matches(['[', ']']).split('.').map(|name| name.trim().trim_matches('"'));
            self.section = Some(names.collect::<Vec<_>>().join("."));
            return;
        }
        let inactive = |why: &str| Told {
            line: number,
            key: shown(&redact(text).text),
            fate: Fate::Inactive(why.to_owned()),
        };
        if text.starts_with('[') && !text.contains('=') {
            let why = "with something behind it on its line it was no header: the keys below counted for the section above";
            self.told.push(inactive(why));
        } else if let Some((key, value)) = text.split_once('=') {
            let (key, value) = (key.trim().to_owned(), value.trim());
            let section = self.section.clone().unwrap_or_else(|| TOP.to_owned());
            self.settings.push(Setting { line: number, section, key, value: Value::read(value) });
        } else {
            self.told.push(inactive("it is no `key = value` on one line, so it was passed over"));
        }
    }
}

impl Setting {
    fn told(&self, fate: Fate) -> Told {
        Told { line: self.line, key: shown(&redact(&format!("[{}] {}", self.section, self.key)).text), fate }
    }

    /// The name of the rule that it belongs to.
    fn rule(&self) -> Option<&str> {
        self.section.strip_prefix("rules.").filter(|name| !name.is_empty())
    }

    fn is_price(&self) -> bool {
        price_key(&self.key).is_some()
    }

    fn is(&self, (section, key): (&str, &str)) -> bool {
        self.section == section && self.key == key
    }
}

/// Our key for a price.
fn price_key(key: &str) -> Option<&'static str> {
    Some(match key {
        "input_per_m" => "input",
        "output_per_m" => "output",
        "cache_read_per_m" => "cache_read",
        "cache_write_per_m" => "cache_write_5m",
        _ => return None,
    })
}

/// The server of an address of the published tool, which named the page of an API, too.
fn server(address: &str) -> &str {
    let address = address.trim_end_matches('/');
    let pages = ["/api/generate", "/api/chat", "/v1/chat/completions", "/v1/completions", "/v1"];
    pages.iter().find_map(|page| address.strip_suffix(page)).unwrap_or(address)
}

struct Maker<'a> {
    file: &'a Path,
    text: String,
    prices: &'a PriceBook<'a>,
    own: &'a str,
}

impl Maker<'_> {
    fn take(&mut self, setting: &Setting) -> Fate {
        if let Some((.., why)) = INACTIVE.iter().find(|(section, key, _)| setting.is((*section, *key))) {
            return Fate::Inactive((*why).to_owned());
        }
        let Some(entry) = migrating::config_key(&setting.section, &setting.key) else {
            return Fate::Inactive("the published claudectl had no such key".to_owned());
        };
        let note = sentence(entry.note);
        match (entry.status, entry.new) {
            (migrating::Status::Gone(why), _) => Fate::Not(with(why, &note)),
            (migrating::Status::Later, Some(new)) => {
                Fate::Not(with(&format!("not in this version yet; it will be `{new}`"), &note))
            }
            (migrating::Status::Now, Some(new)) if OTHER_MEANING.iter().any(|key| setting.is(*key)) => {
                Fate::Not(format!(
                    "`{new}` goes by another measure{}: set it anew if the default does not do",
                    of(&note)
                ))
            }
            (migrating::Status::Now, Some(_)) if setting.section == "webhook" => self.webhook(setting),
            (migrating::Status::Now, Some(new)) => self.put(setting, &our_path(new, &setting.section)),
            (_, None) => Fate::Not("it has no successor".to_owned()),
        }
    }

    fn put(&mut self, setting: &Setting, path: &KeyPath) -> Fate {
        let passed_over = |what| Fate::Inactive(format!("its value is no {what}, so it was passed over"));
        let value = match (setting.section.as_str(), setting.key.as_str(), &setting.value) {
            ("defaults", "notify" | "grouped", Value::Switch(switch)) => switch.to_string(),
            ("defaults", "notify" | "grouped", _) => return passed_over("switch"),
            ("defaults", "notify_cooldown_secs", Value::Number(seconds)) => quoted(&format!("{seconds}s")),
            (section, "run", Value::Text(line)) if section.starts_with("hooks.") => match command(line) {
                Ok(words) => list(&words),
                Err(why) => return Fate::Not(why),
            },
            (section, "run", _) if section.starts_with("hooks.") => return passed_over("text"),
            ("brain", "endpoint", Value::Text(address)) => quoted(server(address)),
            ("brain", "model", Value::Text(name)) => quoted(name),
            ("brain", "endpoint" | "model", _) => return passed_over("text"),
            ("brain", "timeout_ms", Value::Number(span)) => {
                let seconds: u64 = span.to_string().parse::<u64>().unwrap_or_default().div_ceil(1000);
                quoted(&format!("{}s", seconds.max(1)))
            }
            (_, _, Value::Number(number)) => number.to_string(),
            _ => return passed_over("number"),
        };
        if !known_model(path, self.prices) {
            return Fate::Not("models go by their exact ids here, and no such model is known".to_owned());
        }
        self.set(path, &value)
    }

    /// It had one webhook, which told of changes of status, unless its list of them named some.
    fn webhook(&mut self, setting: &Setting) -> Fate {
        let path = KeyPath::new(["webhooks", WEBHOOK]);
        match (setting.key.as_str(), &setting.value) {
            ("url", Value::Text(url)) => match self.set(&path.child("url"), &quoted(url)) {
                Fate::Taken(_) => {
                    let changes = list(&["on_status_change".to_owned()]);
                    match self.set(&path.child("events"), &changes) {
                        // The address is a secret as often as not.
                        Fate::Taken(_) => {
                            Fate::Taken(format!("{} for `on_status_change`", path.child("url")))
                        }
                        other => other,
                    }
                }
                other => other,
            },
            ("events", Value::List(names)) => {
                let states: Vec<String> = names
                    .iter()
                    .filter_map(|name| states_of(name))
                    .flatten()
                    .map(|state| (*state).to_owned())
                    .collect();
                match names.iter().find(|name| states_of(name).is_none()) {
                    Some(name) => Fate::Not(format!("`{}` names no status", shown(&redact(name).text))),
                    None => self.set(&path.child("statuses"), &list(&states)),
                }
            }
            _ => Fate::Inactive("its value is of another kind, so it was passed over".to_owned()),
        }
    }

    /// Sets a key, unless the person's own file has it already.
    fn set(&mut self, path: &KeyPath, value: &str) -> Fate {
        let key = path.to_string();
        if let Some(there) = self.there(path) {
            return Fate::Not(format!("`{key}` is set already{there}"));
        }
        let target = Target { file: self.file, text: &self.text };
        match set(target, &key, value, self.prices) {
            Ok(text) => {
                self.text = text;
                Fate::Taken(format!("{key} = {value}"))
            }
            Err(errors) => Fate::Not(first_of(&errors)),
        }
    }

    /// The prices of one model, which only together may be whole. The result says of each what became of it.
    fn take_prices(&mut self, model: &str, settings: &[&Setting]) -> impl Fn(&Setting) -> Fate + use<> {
        let path = KeyPath::new(["prices", model]);
        let price = |setting: &&Setting| match setting.value {
            Value::Number(number) => Some(format!("{} = {number}", price_key(&setting.key)?)),
            _ => None,
        };
        let parts: Vec<String> = settings.iter().filter_map(price).collect();
        let whole = if !known_model(&path.child("input"), self.prices) {
            Fate::Not("prices go by exact model ids here, and no such model is known".to_owned())
        } else if parts.is_empty() {
            Fate::Inactive("its value is no number, so it was passed over".to_owned())
        } else {
            self.set(&path, &format!("{{ {} }}", parts.join(", ")))
        };
        move |setting| match (&whole, &setting.value) {
            (Fate::Taken(_), Value::Number(number)) => {
                Fate::Taken(format!("{} = {number}", path.child(price_key(&setting.key).unwrap_or_default())))
            }
            (Fate::Taken(_), _) => Fate::Inactive("its value is no number, so it was passed over".to_owned()),
            (whole, _) => whole.clone(),
        }
    }

    /// What the person's own file says of a key: `, to 5`; nothing to add where anything below it is set.
    fn there(&self, path: &KeyPath) -> Option<String> {
        let doc = toml_edit::Document::parse(self.own).ok()?;
        let mut item = doc.as_item();
        for name in path.segments() {
            item = item.as_table_like()?.get(name)?;
        }
        Some(
            item.as_value()
                .map_or_else(String::new, |value| format!(", to {}", shown(value.to_string().trim()))),
        )
    }
}

/// The name that its only webhook gets.
const WEBHOOK: &str = "imported";

/// Our states for one of its own, however it was written: its documents had `NeedsInput`, and only `Needs Input` matched.
fn states_of(name: &str) -> Option<&'static [&'static str]> {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    Some(match letters.to_ascii_lowercase().as_str() {
        "needsinput" => &["needs-permission", "needs-answer"],
        "processing" => &["working"],
        "waiting" => &["waiting", "background"],
        "idle" => &["idle", "stalled"],
        "finished" => &["finished"],
        "unknown" => &["unknown", "rate-limited", "error"],
        _ => return None,
    })
}

/// The words of a line that it gave to a shell. Here no shell is between: a line that needs one is refused.
fn command(line: &str) -> Result<Vec<String>, String> {
    let script = "put the line into a script, and name that here";
    if let Some(sign) = line.chars().find(|sign| "|&;<>()$`\\*?[]~!\n".contains(*sign)) {
        return Err(format!(
            "commands run without a shell here, and `{}` is for one: {script}",
            sign.escape_default()
        ));
    }
    let words = shell_words::split(line).map_err(|_| format!("its quotes do not match: {script}"))?;
    match words.first() {
        None => Err("it is empty".to_owned()),
        Some(first) if first.contains('=') => {
            Err(format!("commands run without a shell here, which alone knows `NAME=value`: {script}"))
        }
        Some(_) => Ok(words),
    }
}

/// As TOML.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// As TOML.
fn list(words: &[String]) -> String {
    words.iter().collect::<toml_edit::Array>().to_string()
}

/// Whether a path that names a model names one that is known by its exact id.
fn known_model(path: &KeyPath, prices: &PriceBook<'_>) -> bool {
    let names_one = matches!(path.segments(), [first, _, _] if first == "prices" || first == "context");
    !names_one || prices(path.chosen()).is_some()
}

/// `[budget] day_usd` as a path; a chosen name is that of the old section.
fn our_path(new: &str, section: &str) -> KeyPath {
    let (place, key) = new.trim_start_matches('[').split_once(']').unwrap_or_default();
    let chosen = section.split_once('.').map_or("", |(_, name)| name);
    let names = place.split_once('.').map_or(vec![place], |(first, _)| vec![first, chosen]);
    KeyPath::new(names.into_iter().chain([key.trim()]))
}

fn first_of(errors: &super::ConfigErrors) -> String {
    errors.as_slice().first().map_or_else(String::new, |error| format!("{} ({})", error.message, error.why))
}

/// A note as a part of a sentence.
fn sentence(note: &str) -> String {
    let text = note.trim_end_matches('.').replace('`', "");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn with(why: &str, note: &str) -> String {
    if note.is_empty() { why.to_owned() } else { format!("{why}; {note}") }
}

fn of(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" ({note})") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KnownPrice;

    fn known(model: &str) -> Option<KnownPrice> {
        (model == "claude-opus-4-6").then_some(KnownPrice { fast: false, long: false })
    }

    fn made(foreign: &str, own: &str) -> Translated {
        translate(foreign, Path::new("config.toml"), own, &known)
    }

    /// The fate of each line: `line: taken X`, `line: not Y`, `line: never Z`.
    fn fates(foreign: &str, own: &str) -> Vec<String> {
        let told = made(foreign, own).told.into_iter().map(|told| match told.fate {
            Fate::Taken(text) => format!("{}: taken {text}", told.line),
            Fate::Proposed(text) => format!("{}: proposed {text}", told.line),
            Fate::Not(text) => format!("{}: not {text}", told.line),
            Fate::Inactive(text) => format!("{}: never {text}", told.line),
        });
        told.collect()
    }

    #[track_caller]
    fn assert_fate(foreign: &str, line: usize, begins: &str) {
        let fates = fates(foreign, "");
        let expected = format!("{line}: {begins}");
        assert!(fates.iter().any(|fate| fate.starts_with(&expected)), "{expected}: {fates:#?}");
    }

    #[test]
    fn what_was_in_force_is_taken_over() {
        let old = "budget = 5\n[budget]\ndaily_limit = 20.5 # a day\n[context]\nwarn_threshold = 60\n[health]\ncache_min_tokens = 500\n";
        let new = made(old, "").text;
        let expected = "\n[budget]\nsession_usd = 5.0\nday_usd = 20.5\n\n[context]\nwarn_pct = 60\n\n[health]\ncache_min_tokens = 500\n";
        assert_eq!(new, format!("{HEAD}{expected}"));
    }

    #[test]
    fn a_header_with_a_comment_was_none() {
        let old = "[context]\nwarn_threshold = 60\n[budget] # mine\ndaily_limit = 20\n";
        assert_fate(old, 3, "never with something behind it");
        assert_fate(old, 4, "never the published claudectl had no such key");
        assert!(!made(old, "").text.contains("day_usd"));
    }

    #[test]
    fn what_its_documents_promised_and_nothing_did() {
        for (old, why) in [
            ("[defaults]\nsort = \"cost\"\n", "it was read and never applied"),
            ("[budget]\ndaily = 5\n", "its check knew the key"),
            ("[webhook]\non = [\"NeedsInput\"]\n", "its check knew the key"),
            ("[idle]\nenabled = true\n", "no idle task ever ran"),
            ("[lifecycle]\nauto_restart = true\n", "nothing ever called the restart"),
            ("[hooks.on_budget_80]\nrun = \"x\"\n", "there was no such event"),
            ("[relay]\nauto_connect = [\"a\"]\n", "it was never read"),
            ("[bogus]\nkey = 1\n", "the published claudectl had no such key"),
            ("[budget]\ndaily_limit = \"20\"\n", "its value is no number"),
        ] {
            assert_fate(old, 2, &format!("never {why}"));
        }
        assert_fate("[budget]\ndaily_limit = 5\ndaily_limit = 6\n", 2, "never it stands again below");
        assert_fate("[budget]\ndaily_limit = 5\ndaily_limit = 6\n", 3, "taken budget.day_usd = 6");
    }

    #[test]
    fn what_cannot_be_taken_says_why() {
        for (old, why) in [
            (
                "[brain]\nendpoint = \"http://models.example/api/generate\"\n",
                "the server of the model would not be asked",
            ),
            ("[rules.a]\naction = \"approve\"\n", "it approved every command"),
            (
                "[hooks.on_finished]\nrun = \"date >> log\"\n",
                "commands run without a shell here, and `>` is for one",
            ),
            ("[hooks.on_finished]\nrun = \"A=1 say\"\n", "commands run without a shell here"),
            ("[hooks.on_finished]\nrun = \"say 'done\"\n", "its quotes do not match"),
            ("[webhook]\nevents = [\"Done\"]\n", "`Done` names no status"),
            ("[webhook]\nurl = \"ftp://x\"\n", ""),
            ("[defaults]\ninterval = 5\n", "nothing is polled"),
            (
                "[health]\nloop_max_calls = 10\n",
                "`[health] loop_max_calls` goes by another measure (counts the same call",
            ),
            ("[models.opus]\ninput_per_m = 5\n", "prices go by exact model ids here"),
            ("[models.opus]\ncontext_max = 5\n", "models go by their exact ids here"),
            ("[context]\nwarn_threshold = 0\n", ""),
            ("[budget]\ndaily_limit = -5\n", ""),
            ("[budget]\ndaily_limit = inf\n", ""),
        ] {
            assert_fate(old, 2, &format!("not {why}"));
        }
    }

    #[test]
    fn a_model_is_taken_with_its_server_and_its_time() {
        let old = "[brain]\nendpoint = \"http://localhost:11434/api/generate\"\nmodel = \"gemma4:e4b\"\ntimeout_ms = 4500\n";
        let expected = [
            "2: taken llm.url = \"http://localhost:11434\"",
            "3: taken llm.model = \"gemma4:e4b\"",
            "4: taken llm.timeout = \"5s\"",
        ];
        assert_eq!(fates(old, ""), expected);
        assert_fate("[brain]\nmodel = 5\n", 2, "never its value is no text");
    }

    #[test]
    fn rules_are_taken_over_line_by_line() {
        let old = "[rules.guard]\nmatch_command = [\"rm -rf\", \"DROP TABLE\"]\naction = \"deny\"\n\
                   [rules.tests]\nmatch_command = [\"cargo test\"]\naction = approve\n\
                   [rules.cap]\nmatch_cost_above = 20\naction = \"terminate\"\n\
                   [rules.typo]\nmatch_command = [\"cargo test\"]\naction = \"denny\"\n\
                   [rules.never]\nmatch_status = [\"Processing\"]\naction = \"send\"\nmessage = 5\nwhat = 1\n";
        let expected = [
            "2: taken [[rules]] \"guard\": matched by the words of the command, not anywhere in its text; left out: \"DROP TABLE\" is no command",
            "3: taken [[rules]] \"guard\": it only wrote a line into its status bar; from now on it refuses",
            "5: proposed [[rules]] \"tests\", with --allow: matched by the words of the command, not anywhere in its text",
            "6: proposed [[rules]] \"tests\", with --allow",
            "8: taken [[triggers]] \"cap\": it looked only at sessions that waited; this looks at all that run",
            "9: taken [[triggers]] \"cap\": it sent one kill to a number; this ends the process that is proven to be the session's",
            "11: not it approved whatever fitted, because \"denny\" was no action to it: say what you mean in [[rules]]",
            "12: not it approved whatever fitted, because \"denny\" was no action to it: say what you mean in [[rules]]",
            "14: never it looked only at sessions in Needs Input or Waiting, so it never fitted one",
            "15: never it looked only at sessions in Needs Input or Waiting, so it never fitted one",
            "16: never its value is of another kind, so it was passed over",
            "17: never the published claudectl had no such key",
        ];
        assert_eq!(fates(old, ""), expected);
        assert_eq!(made(old, "").rules.len(), 5);
        assert_eq!(made(old, "").text, HEAD, "nothing of them is a key of the configuration");
    }

    #[test]
    fn a_policy_is_told_line_by_line() {
        let made = policy("# ours\n[deny]\ncommands = [\"git push --force\", \"DROP TABLE\"]\ntools = [\"WebFetch\"]\nextra = 1\n").unwrap();
        let fates: Vec<(usize, bool)> =
            made.told.iter().map(|told| (told.line, matches!(told.fate, Fate::Taken(_)))).collect();
        assert_eq!(fates, [(3, true), (4, true), (5, false)]);
        assert_eq!((made.rules.len(), made.left.len()), (2, 1));
        assert!(policy("[[rules]]\naction = \"deny\"\n").is_none());
    }

    #[test]
    fn notices_are_taken_over() {
        let old = "[defaults]\nnotify = true\nnotify_cooldown_secs = 45\n\
                   [webhook]\nurl = \"https://hooks.example/T0/x\"\nevents = [\"NeedsInput\", \"Finished\"]\n\
                   [hooks.on_needs_input]\nrun = \"say '{project} waits' {cost}\"\n";
        let Translated { told, text, .. } = made(old, "");
        assert!(told.iter().all(|told| matches!(told.fate, Fate::Taken(_))), "{told:#?}");
        assert!(!told.iter().any(|told| format!("{told:?}").contains("T0")), "an address is no one's to see");
        for line in [
            "desktop = true",
            "cooldown = \"45s\"",
            "[webhooks.imported]",
            "url = \"https://hooks.example/T0/x\"",
            "events = [\"on_status_change\"]",
            "statuses = [\"needs-permission\", \"needs-answer\", \"finished\"]",
            "[hooks.on_needs_input]",
            "run = [\"say\", \"{project} waits\", \"{cost}\"]",
        ] {
            assert!(text.lines().any(|there| there == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn prices_of_a_known_model_are_taken_together() {
        let half = fates("[models.\"claude-opus-4-6\"]\ninput_per_m = 5\n", "");
        assert!(half[0].starts_with("2: not "), "{half:?}");
        let old = "[models.\"claude-opus-4-6\"]\ninput_per_m = 5\noutput_per_m = 25\ncache_read_per_m = x\ncontext_max = 200000\n";
        let fates = fates(old, "");
        assert!(fates[0].starts_with("2: taken prices.claude-opus-4-6.input = 5"), "{fates:?}");
        assert!(fates[2].starts_with("4: never its value is no number"), "{fates:?}");
        assert!(fates[3].starts_with("5: taken context.claude-opus-4-6.max = 200000"), "{fates:?}");
    }

    #[test]
    fn what_is_set_stays_and_again_changes_nothing() {
        let old = "[budget]\ndaily_limit = 20\nweekly_limit = 90\n";
        let own = "# mine\n[budget]\nday_usd = 7 # seven\n";
        let first = made(old, own);
        assert_eq!(first.text, "# mine\n[budget]\nday_usd = 7 # seven\nweek_usd = 90.0\n");
        assert_eq!(made(old, &first.text).text, first.text);
        assert!(fates(old, own)[0].starts_with("2: not `budget.day_usd` is set already, to 7"));
    }

    #[test]
    fn every_key_of_the_published_tool_has_a_fate_and_no_secret_is_told() {
        let token = ["ghp_", "b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"].concat();
        let text = format!("[relay]\nauth_token = \"{token}\"\n  \"{token}\",\n{token} = 1\n[{token}\n");
        let told = format!("{:?}{}", made(&text, "").told, made(&text, "").text);
        assert!(!told.contains(&token[8..20]), "{told}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived_and_never_breaks_what_is_there(text in "[\\[\\]a-z_=.#\" 0-9\n]{0,120}") {
            let own = "[budget]\nday_usd = 7\n";
            let made = made(&text, own);
            proptest::prop_assert!(made.text.starts_with("[budget]\nday_usd = 7\n"));
        }
    }
}
