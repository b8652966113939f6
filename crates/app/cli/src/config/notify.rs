//! `[notify]`, `[webhooks.NAME]` and `[hooks.NAME]`: carries each key to its field.

use std::collections::BTreeMap;

use super::layers::narrow;
use super::value::Value;
use crate::when;

/// Whom and when to tell, as far as it is set. Words are checked, spans are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Telling {
    /// These events.
    pub(crate) events: Option<Vec<String>>,
    /// Only of sessions in these states.
    pub(crate) statuses: Option<Vec<String>>,
    /// Only of these projects, names or folders, as written.
    pub(crate) projects: Option<Vec<String>>,
    /// Not of these.
    pub(crate) projects_exclude: Option<Vec<String>>,
    /// Between two of the same.
    pub(crate) cooldown_ms: Option<i64>,
    /// What lasts has lasted so long.
    pub(crate) min_wait_ms: Option<i64>,
    /// Quiet hours hold.
    pub(crate) quiet: Option<bool>,
}

impl Telling {
    fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("events", Value::List(list)) => self.events = Some(list.clone()),
            ("statuses", Value::List(list)) => self.statuses = Some(list.clone()),
            ("projects", Value::List(list)) => self.projects = Some(list.clone()),
            ("projects_exclude", Value::List(list)) => self.projects_exclude = Some(list.clone()),
            ("cooldown", Value::Text(span)) => self.cooldown_ms = when::duration_ms(span),
            ("min_wait", Value::Text(span)) => self.min_wait_ms = when::duration_ms(span),
            ("quiet", Value::Switch(on)) => self.quiet = Some(*on),
            _ => return false,
        }
        true
    }
}

/// `[notify]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Notify {
    /// The terminal's bell.
    pub(crate) bell: bool,
    /// The terminal's escape sequence 9.
    pub(crate) osc9: bool,
    /// The terminal's escape sequence 777.
    pub(crate) osc777: bool,
    /// The desktop.
    pub(crate) desktop: bool,
    /// What is told there, and by webhooks that say nothing else.
    pub(crate) telling: Telling,
    /// `22:00-07:00`.
    pub(crate) quiet_hours: Option<String>,
    /// Guesses, too.
    pub(crate) inferred: bool,
    /// What waits already at the start is told.
    pub(crate) waiting_at_start: bool,
    /// 1 to 100.
    pub(crate) quota_pct: u8,
}

impl Notify {
    pub(super) fn put(&mut self, leaf: &str, value: &Value) -> bool {
        let switch = match leaf {
            "bell" => &mut self.bell,
            "osc9" => &mut self.osc9,
            "osc777" => &mut self.osc777,
            "desktop" => &mut self.desktop,
            "inferred" => &mut self.inferred,
            "waiting_at_start" => &mut self.waiting_at_start,
            _ => {
                return match (leaf, value) {
                    ("quiet_hours", Value::Text(hours)) => {
                        self.quiet_hours = Some(hours.clone());
                        true
                    }
                    ("quota_pct", Value::Whole(pct)) => narrow(&mut self.quota_pct, *pct),
                    _ => self.telling.put(leaf, value),
                };
            }
        };
        let Value::Switch(on) = value else { return false };
        *switch = *on;
        true
    }
}

/// `[webhooks.NAME]`.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Webhook {
    /// Checked; a section without is a mistake.
    pub(crate) url: String,
    /// `json`, unless set.
    pub(crate) preset: Option<String>,
    pub(crate) secret: Option<String>,
    /// As written.
    pub(crate) secret_file: Option<String>,
    pub(crate) token: Option<String>,
    /// As written.
    pub(crate) token_file: Option<String>,
    pub(crate) telling: Telling,
}

impl std::fmt::Debug for Webhook {
    /// Without what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("preset", &self.preset).finish_non_exhaustive()
    }
}

impl Webhook {
    pub(super) fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("url", Value::Hidden { text, .. }) => self.url.clone_from(text),
            ("preset", Value::Text(word)) => self.preset = Some(word.clone()),
            ("secret", Value::Hidden { text, .. }) => self.secret = Some(text.clone()),
            ("token", Value::Hidden { text, .. }) => self.token = Some(text.clone()),
            ("secret_file", Value::Text(file)) => self.secret_file = Some(file.clone()),
            ("token_file", Value::Text(file)) => self.token_file = Some(file.clone()),
            _ => return self.telling.put(leaf, value),
        }
        true
    }
}

/// `[hooks.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Hook {
    /// The program and its arguments; a section without is a mistake.
    pub(crate) run: Vec<String>,
    /// How long it may run, milliseconds.
    pub(crate) timeout_ms: Option<i64>,
    pub(crate) telling: Telling,
}

impl Hook {
    pub(super) fn put(&mut self, leaf: &str, value: &Value) -> bool {
        match (leaf, value) {
            ("run", Value::List(argv)) => self.run.clone_from(argv),
            ("timeout", Value::Text(span)) => self.timeout_ms = when::duration_ms(span),
            _ => return self.telling.put(leaf, value),
        }
        true
    }
}

/// By name.
pub(crate) type Webhooks = BTreeMap<String, Webhook>;
/// By name.
pub(crate) type Hooks = BTreeMap<String, Hook>;
