//! Recognises the configuration of the published tool of the same name.
//!
//! It lives at the same path and shares section names with ours, so reading it half would be worse than not reading
//! it. The rule: a file with a key only the published tool has, and none (nor a section) only ours has, is foreign as
//! a whole. A file with both is ours: its foreign keys are ordinary errors with a hint that names the migration table.

use toml_edit::{Document, Item, TableLike};

use super::keys::{self, Found, KeyPath};

/// Where the two configurations are compared key by key.
pub(crate) const MIGRATING: &str = "docs/migrating.md";

/// Every key of the published tool (0.49 to 0.64): a section, then its keys; `*` is a chosen name.
static PUBLISHED: &[(&str, &[&str])] = &[
    ("", &["interval", "notify", "debug", "grouped", "sort", "budget", "kill_on_budget"]),
    (
        "defaults",
        &[
            "interval",
            "notify",
            "notify_cooldown_secs",
            "debug",
            "grouped",
            "sort",
            "budget",
            "kill_on_budget",
        ],
    ),
    ("webhook", &["url", "events", "on"]),
    ("budget", &["daily_limit", "weekly_limit", "daily", "weekly"]),
    ("context", &["warn_threshold"]),
    ("orchestrate", &["file_conflicts", "auto_deny_file_conflicts"]),
    (
        "health",
        &[
            "cache_critical_pct",
            "cache_warning_pct",
            "cache_min_tokens",
            "cost_spike_critical",
            "cost_spike_warning",
            "loop_max_calls",
            "stall_min_cost",
            "stall_min_minutes",
            "context_critical_pct",
            "context_warning_pct",
            "decay_compaction_pct",
            "efficiency_critical_factor",
            "error_accel_factor",
            "repetition_threshold",
        ],
    ),
    ("models.*", &["input_per_m", "output_per_m", "cache_read_per_m", "cache_write_per_m", "context_max"]),
    (
        "rules.*",
        &[
            "match_status",
            "match_tool",
            "match_command",
            "match_project",
            "match_cost_above",
            "match_last_error",
            "match_file_conflict",
            "action",
            "message",
        ],
    ),
    ("hooks.*", &["run"]),
    ("lifecycle", &["auto_restart", "restart_threshold_pct", "restart_only_when_idle", "retention_days"]),
    ("idle", &["enabled", "after_idle_mins", "max_concurrent", "max_cost_usd"]),
    (
        "brain",
        &[
            "enabled",
            "endpoint",
            "model",
            "auto",
            "timeout_ms",
            "max_context_tokens",
            "few_shot_count",
            "max_sessions",
            "orchestrate",
            "orchestrate_interval",
            "orchestrate_interval_secs",
            "test_runners",
            "escalation_model",
            "escalation_threshold",
        ],
    ),
    (
        "relay",
        &[
            "enabled",
            "listen_port",
            "port",
            "listen_addr",
            "addr",
            "max_peers",
            "heartbeat_interval",
            "heartbeat_interval_secs",
            "reconnect_max",
            "reconnect_max_secs",
            "auto_connect",
            "http_port",
            "auth_token",
        ],
    ),
    (
        "hive",
        &[
            "enabled",
            "default_trust",
            "auto_trust_drift",
            "max_propagation",
            "export_min_evidence",
            "export_min_tool_decisions",
            "knowledge_ttl_days",
            "inject_unverified",
            "share_categories",
            "exclude_tools",
            "exclude_commands",
            "exclude_content_types",
            "max_units",
            "max_prompt_units",
            "stale_peer_days",
            "share_mode",
        ],
    ),
    ("agents.*", &["type", "command", "capabilities", "cwd"]),
];

/// What the published tool ran commands for.
const PUBLISHED_EVENTS: &[&str] = &[
    "on_session_start",
    "on_status_change",
    "on_needs_input",
    "on_finished",
    "on_budget_warning",
    "on_budget_exceeded",
    "on_idle",
    "on_context_high",
    "on_conflict_detected",
    "on_hive_join_request",
];

/// Is this a key the published tool has and claudectl has not?
pub(crate) fn is_foreign_key(path: &KeyPath) -> bool {
    let (leaf, section) = (path.leaf(), path.parent());
    let here = |(pattern, names): &(&str, &[&str])| {
        section_matches(pattern, section.segments()) && names.contains(&leaf)
    };
    PUBLISHED.iter().any(here) && !matches!(keys::lookup(path), Found::Key(_))
}

/// Is this a section of the published tool that claudectl has not?
pub(crate) fn is_foreign_section(path: &KeyPath) -> bool {
    let names = path.segments();
    let is_its = |(pattern, _): &(&str, &[&str])| {
        let parts: Vec<&str> = pattern.split('.').collect();
        names.len() <= parts.len() && parts.iter().zip(names).all(|(part, name)| *part == "*" || part == name)
    };
    !names.is_empty() && PUBLISHED.iter().any(is_its) && matches!(keys::lookup(path), Found::Unknown)
}

/// What to write in place of a part of its configuration that has another form here.
pub(crate) fn hint(path: &KeyPath) -> Option<&'static str> {
    let names: Vec<&str> = path.segments().iter().map(String::as_str).collect();
    match names[..] {
        ["webhook"] | ["webhook", _] => Some(
            "give it a name: [webhooks.mine] with the same `url`; its `events` are those of `notify.events`, such as \"on_needs_input\"",
        ),
        _ => None,
    }
}

/// Does the parsed file belong to the published tool as a whole?
pub(crate) fn is_foreign(doc: &Document<&str>) -> bool {
    let mut tally = Tally::default();
    tally.table(&KeyPath::default(), doc.as_table());
    tally.verdict()
}

/// The same for text that is not TOML: the published reader is line based and takes more than TOML allows.
pub(crate) fn is_foreign_text(text: &str) -> bool {
    let mut tally = Tally::default();
    let mut section = KeyPath::default();
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = KeyPath::new(header.0.split('.').map(|name| name.trim_matches(['"', ' '])));
            tally.section(&section);
        } else if let Some((name, value)) = line.split_once('=') {
            tally.key(&section.child(name.trim()), !value.trim_start().starts_with('['));
        }
    }
    tally.verdict()
}

/// Does a file's text belong to the published tool as a whole?
pub(crate) fn is_foreign_file(text: &str) -> bool {
    Document::parse(text).map_or_else(|_| is_foreign_text(text), |doc| is_foreign(&doc))
}

/// What a file holds of either tool alone.
#[derive(Default)]
struct Tally {
    ours: bool,
    theirs: bool,
}

impl Tally {
    fn verdict(&self) -> bool {
        self.theirs && !self.ours
    }

    fn table(&mut self, path: &KeyPath, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let path = path.child(name);
            // No section of either tool is nested deeper than this.
            if let Some(inner) = item.as_table_like().filter(|_| path.segments().len() < 4) {
                self.section(&path);
                self.table(&path, inner);
            } else if let Item::Value(value) = item {
                self.key(&path, value.is_str());
            }
        }
    }

    fn section(&mut self, path: &KeyPath) {
        let shared = match path.segments() {
            [top] => shares_section(top),
            names => PUBLISHED.iter().any(|(pattern, _)| section_matches(pattern, names)),
        };
        self.ours |= !shared && matches!(keys::lookup(path), Found::Section);
    }

    /// `text`: the value is one in quotes.
    fn key(&mut self, path: &KeyPath, text: bool) {
        // Both have it; a line for a shell is theirs, a list ours.
        let names: Vec<&str> = path.segments().iter().map(String::as_str).collect();
        if let ["hooks", event, "run"] = names[..] {
            let theirs = text && PUBLISHED_EVENTS.contains(&event);
            self.theirs |= theirs;
            self.ours |= !theirs;
            return;
        }
        self.ours |= matches!(keys::lookup(path), Found::Key(_)) && !in_published(path);
        self.theirs |= is_foreign_key(path);
    }
}

fn in_published(path: &KeyPath) -> bool {
    let section = path.parent();
    PUBLISHED.iter().any(|(p, names)| section_matches(p, section.segments()) && names.contains(&path.leaf()))
}

fn shares_section(top: &str) -> bool {
    PUBLISHED.iter().any(|(pattern, _)| pattern.split('.').next() == Some(top))
}

fn section_matches(pattern: &str, section: &[String]) -> bool {
    let parts: Vec<&str> = pattern.split('.').filter(|part| !part.is_empty()).collect();
    parts.len() == section.len() && parts.iter().zip(section).all(|(part, name)| *part == "*" || part == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_two_tools_apart() {
        for (text, expected) in [
            ("", false),
            ("# only a comment\n", false),
            ("interval = 2000\n", true),
            ("budget = 5.0\nkill_on_budget = true\n", true),
            ("[defaults]\nnotify = true\n", true),
            ("[budget]\ndaily_limit = 20.0\n", true),
            ("[context]\nwarn_threshold = 75\n", true),
            ("[rules.safe]\nmatch_tool = [\"Read\"]\naction = \"approve\"\n", true),
            ("[hooks.on_finished]\nrun = \"say done\"\n", true),
            ("[models.\"opus\"]\ninput_per_m = 15.0\n", true),
            ("[brain]\nendpoint = \"http://localhost\"\n", true),
            // Not TOML, but the published reader takes it.
            ("[defaults]\nsort = cost\n[defaults]\nnotify = true\n", true),
            ("[rules.a]\nmatch_tool = [Read, Grep]\n", true),
            ("[hooks.on_finished]\nrun = [\"say\", \"done\"]\n", false),
            ("[hooks.mine]\nrun = \"say done\"\n", false),
            ("[hooks.on_finished]\nrun = \"say done\"\n[notify]\nbell = true\n", false),
            ("[webhook]\nurl = \"https://x/\"\n", true),
            ("[webhook]\nurl = \"https://x/\"\n[notify]\nbell = true\n", false),
            // Shared section names tell nothing.
            ("[budget]\n[context]\n", false),
            ("[budget]\nsession_usd = 5\n", false),
            ("[bugdet]\nsession_usd = 5\n", false),
            // Both: ours, with errors.
            ("[budget]\nsession_usd = 5\ndaily_limit = 20.0\n", false),
            ("[general]\n[defaults]\nnotify = true\n", false),
            ("[context.\"m\"]\nmax = 1000\n[defaults]\nnotify = true\n", false),
        ] {
            assert_eq!(is_foreign_file(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_invented_is_not_the_published_tools() {
        let path = |text: &str| KeyPath::new(text.split('.'));
        for its in ["brain.model", "rules.safe.action", "interval"] {
            assert!(is_foreign_key(&path(its)), "{its}");
        }
        for its in ["webhook", "rules", "rules.safe", "hive"] {
            assert!(is_foreign_section(&path(its)), "{its}");
        }
        for invented in ["health.bogus", "hive.bogus", "brain.model.x", "rules.safe.bogus", "bogus", "health"]
        {
            assert!(!is_foreign_key(&path(invented)) && !is_foreign_section(&path(invented)), "{invented}");
        }
    }

    #[test]
    fn every_published_key_is_telling_unless_ours() {
        for (section, names) in PUBLISHED {
            for name in *names {
                let path = format!("{section}.{name}").replace('*', "x");
                let path = KeyPath::new(path.split('.').filter(|part| !part.is_empty()));
                let ours = matches!(keys::lookup(&path), Found::Key(_));
                assert_ne!(ours, is_foreign_key(&path), "{path}");
            }
        }
    }
}
