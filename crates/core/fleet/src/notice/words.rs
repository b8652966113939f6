//! A notice in words, and its fields by name.

use claudectl_redact::{redact, sanitize_line};

use super::{Event, Notice, Subject};
use crate::call::shortened;
use crate::session::rfc3339;
use crate::status::State;

/// No title, and no text, is longer, in characters: what shows it has little room.
pub(super) const TITLE_MOST: usize = 120;
const TEXT_MOST: usize = 400;

/// What can stand in braces in a command's arguments. Those of the published configuration, and more.
pub const FIELDS: &[&str] = &[
    "event",
    "id",
    "at",
    "title",
    "text",
    "session_id",
    "name",
    "project",
    "cwd",
    "branch",
    "model",
    "pid",
    "status",
    "old_status",
    "new_status",
    "source",
    "detail",
    "cost",
    "context_pct",
    "tokens_in",
    "tokens_out",
    "elapsed",
];

/// Text from a session, for one line of whatever shows it: without secrets, and nothing that moves a cursor.
pub(super) fn clean(text: &str) -> String {
    sanitize_line(&redact(text).text).into_owned()
}

pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// Who it is about.
pub(super) fn label(session: &Subject) -> String {
    let short: String = session.id.chars().take(8).collect();
    match session.name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} ({})", session.project),
        None => format!("{} ({short})", session.project),
    }
}

/// The title: who, and what.
pub(super) fn title(who: &str, what: &str) -> String {
    cut(&format!("{who}: {what}"), TITLE_MOST)
}

/// Of a call that waits the end may be what matters.
pub(super) fn text(text: &str) -> String {
    shortened(text, TEXT_MOST).into_owned()
}

/// What has happened to a session, in words.
pub(super) fn headline(event: Event, session: &Subject) -> String {
    let seems = if session.source == crate::status::Source::Inferred { "seems to be " } else { "" };
    match event {
        Event::SessionStart => "started".to_owned(),
        Event::StatusChange => {
            let before = session.previous_state.map_or("unknown", State::word);
            format!("{before} → {seems}{}", session.state.word())
        }
        Event::NeedsInput if session.state == State::NeedsPermission => "needs permission".to_owned(),
        Event::NeedsInput => "needs an answer".to_owned(),
        Event::Waiting => "your move".to_owned(),
        Event::Idle => "idle".to_owned(),
        Event::Finished => "ended".to_owned(),
        Event::Error => "failed".to_owned(),
        Event::RateLimited => "rate limited".to_owned(),
        Event::Stalled => "seems to have stalled".to_owned(),
        Event::BudgetWarning => "near its budget".to_owned(),
        Event::BudgetExceeded => "over its budget".to_owned(),
        Event::ContextHigh => {
            format!("context {:.0}% full", session.context_pct.unwrap_or_default())
        }
        Event::ConflictDetected => "in conflict".to_owned(),
        Event::QuotaHigh => "limit nearly used up".to_owned(),
        Event::Trigger => "a trigger fits".to_owned(),
        Event::GateAlarm => "GATE ALARM".to_owned(),
    }
}

impl Notice {
    /// What a field of [`FIELDS`] holds; empty where nothing is known. `None` for a name that is none.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let session = self.session.as_ref();
        let of = |pick: fn(&Subject) -> Option<String>| session.and_then(pick).unwrap_or_default();
        Some(match name {
            "event" => self.event.word().to_owned(),
            "id" => self.id.clone(),
            "at" => rfc3339(self.at).unwrap_or_default(),
            "title" => self.title.clone(),
            "text" => self.text.clone(),
            "session_id" => self.session_id().to_owned(),
            "name" => of(|session| session.name.clone()),
            "project" => of(|session| Some(session.project.clone())),
            "cwd" => of(|session| session.cwd.clone()),
            "branch" => of(|session| session.branch.clone()),
            "model" => of(|session| session.model.clone()),
            "pid" => of(|session| session.pid.map(|pid| pid.to_string())),
            "status" | "new_status" => of(|session| Some(session.state.word().to_owned())),
            "old_status" => of(|session| session.previous_state.map(|state| state.word().to_owned())),
            "source" => of(|session| Some(session.source.word().to_owned())),
            "detail" => of(|session| session.detail.clone()),
            "cost" => of(|session| Some(format!("{:.2}", session.cost_usd))),
            "context_pct" => of(|session| session.context_pct.map(|pct| format!("{pct:.0}"))),
            "tokens_in" => of(|session| Some(session.tokens_in.to_string())),
            "tokens_out" => of(|session| Some(session.tokens_out.to_string())),
            "elapsed" => session
                .and_then(|session| session.started_at)
                .map(|started| (self.at.saturating_sub(started).max(0) / 1000).to_string())
                .unwrap_or_default(),
            _ => return None,
        })
    }
}
