//! `claudectl gate audit`: what people have told the gate, and what their triggers have done.

use claudectl_fleet::budget::Scope;
use claudectl_fleet::session::rfc3339;
use claudectl_gate::triggers::Deed;
use claudectl_store::audit::Entry;
use claudectl_store::{Store, journal};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::ui::{Style, Table, clean};
use crate::{format, ingest, when};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only from then on: 24h, 7d, 2026-11-01, today.
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    since: String,
    /// No more than so many; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = when::moment_ms("--since", &args.since, app.now, &app.zone, false)?;
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    let mut entries = if file.exists() || journal::days(&home).is_ok_and(|days| !days.is_empty()) {
        let mut store = Store::open(&file)?;
        // Answers that hooks have told of since the last pass.
        ingest::journal(&mut store, &home)?;
        let people = store.audit(if args.limit == 0 { u32::MAX } else { args.limit })?;
        let mut all: Vec<Entry> = people.into_iter().chain(of_triggers(&store)?).collect();
        all.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.seq)));
        if args.limit > 0 {
            all.truncate(args.limit as usize);
        }
        all
    } else {
        Vec::new()
    };
    entries.retain(|entry| entry.at >= since);
    if app.ui.json {
        return app.ui.document(&entries.iter().map(document).collect::<Vec<_>>());
    }
    if entries.is_empty() {
        app.ui.line("Nobody has told the gate anything in that time (approve, gate allow, budget raise, policy trust), and no trigger has done anything.");
        return Ok(());
    }
    let mut table = Table::new().left("AT").left("WHAT").flexible("OF", 8).left("STATE").flexible("MORE", 20);
    for entry in &entries {
        let subject: String = match entry.kind.as_str() {
            "approve" | "deny" | "vouch" | "disown" => entry.subject.chars().take(8).collect(),
            _ if entry.actor == TRIGGER => format::short_id(&entry.subject),
            _ if is_of_session(&entry.payload) => format::short_id(&entry.subject),
            _ => app.env.short_path(&entry.subject),
        };
        table.row([
            (Style::Faint, format::moment(entry.at, &app.zone)),
            (Style::Name, entry.kind.clone()),
            (Style::Plain, clean(&subject)),
            (style(entry.state()), clean(&entry.state().replace('-', " "))),
            (Style::Faint, clean(&more(&entry.payload))),
        ]);
    }
    table.print(&mut app.ui);
    Ok(())
}

/// What triggers have done to sessions; what they only told is no deed.
fn of_triggers(store: &Store) -> Result<Vec<Entry>> {
    let deeds = store.trigger_deeds()?.into_iter().filter(|deed| deed.action != Deed::Notify.word());
    let entry = |deed: claudectl_store::triggers::Deed| {
        let (state, why) = match deed.outcome.as_deref() {
            None => ("begun", None),
            Some("done") => ("done", None),
            Some(other) => ("failed", Some(other.trim_start_matches("failed: ").to_owned())),
        };
        let redacted = |text: String| claudectl_redact::redact(&text).text.into_owned();
        Entry {
            seq: 0,
            at: deed.at,
            actor: TRIGGER.to_owned(),
            kind: format!("trigger-{}", deed.action),
            subject: deed.session,
            payload: json!({
                "trigger": redacted(deed.trigger),
                "time": deed.time,
                "message": deed.message.map(redacted),
                "state": state,
                "why": why.map(redacted),
            }),
        }
    };
    Ok(deeds.map(entry).collect())
}

/// Who did what stands in no row of the audit.
const TRIGGER: &str = "trigger";

/// Whether a budget is that of a session.
fn is_of_session(payload: &Value) -> bool {
    [Scope::Session, Scope::Fanout].iter().any(|scope| payload["scope"] == scope.word())
}

/// What did not take effect is not to be overlooked.
fn style(state: &str) -> Style {
    if matches!(state, "too-late" | "failed" | "begun") { Style::Alarm } else { Style::Plain }
}

/// What else is kept of a deed, in a line; a hash is for programs.
fn more(payload: &Value) -> String {
    let is_for_people = |name: &str| name != "hash" && name != "state";
    let fields = payload.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, value)| !value.is_null() && is_for_people(name));
    let field = |(name, value): (&String, &Value)| match value {
        Value::Object(rule) if rule.contains_key("exactly") => {
            let of = |key: &str| value["exactly"][key].as_str().unwrap_or_default().to_owned();
            format!("exactly {} {}", of("tool"), of("text"))
        }
        Value::String(text) => format!("{name} {text}"),
        value => format!("{name} {value}"),
    };
    fields.map(field).collect::<Vec<_>>().join(", ")
}

fn document(entry: &Entry) -> Value {
    json!({
        "seq": (entry.actor != TRIGGER).then_some(entry.seq),
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "kind": entry.kind,
        "subject": entry.subject,
        "state": entry.state(),
        "payload": entry.payload,
    })
}
