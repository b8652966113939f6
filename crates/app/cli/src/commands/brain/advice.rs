//! `claudectl brain advice`: what you could do about sessions, with the reasons.

use claudectl_brain::planner::Deed;
use claudectl_fleet::format::short_id;
use claudectl_fleet::health::Severity;
use claudectl_fleet::session::{Session, rfc3339};
use serde_json::{Value, json};

use crate::advice::{self, Advice};
use crate::app::App;
use crate::error::Result;
use crate::find;
use crate::format;
use crate::gather::{self, Wanted};
use crate::sync::{self, LedgerArgs};
use crate::ui::{self, Style, Table, told};

/// List what you could do about the sessions that run: compact, pause, stop, tell the agent something, tell another session.
///
/// Each proposal rests on what is measured: health checks, budgets, conflicts. It is named by that, and gone with it.
/// Nothing is done unless you accept it; what is to be done by itself is for triggers (`claudectl rules`).
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only about this session: its id or the beginning of it, its name, or `latest`.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: Option<String>,
    /// Do what is proposed under this name, or under the only one that begins so.
    #[arg(long, value_name = "ID", conflicts_with = "session",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    accept: Option<String>,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut ledger = sync::ledger(app, args.ledger)?;
    let only = args.session.as_deref().map(|text| find::session(app, &ledger, text)).transpose()?;
    // The others, too: who is in its way is among them.
    let sessions = gather::sessions(app, &mut ledger, Wanted::Live)?;
    if let Some(id) = &args.accept {
        return accept(app, &sessions, id);
    }
    let mut all = advice::of(app, &sessions)?;
    all.retain(|one| {
        only.as_ref().is_none_or(|sid| [&one.proposal.session, &one.proposal.to].contains(&sid))
    });
    if app.ui.json {
        let all: Vec<Value> = all.iter().map(document).collect();
        return app.ui.document(&ui::without_secrets(Value::Array(all)));
    }
    if all.is_empty() {
        app.ui.line(match sessions.is_empty() {
            true => "No session runs, so there is nothing to propose.",
            false => "Nothing is proposed: no check, budget or conflict calls for it.",
        });
        return Ok(());
    }
    print(app, &all, &sessions);
    Ok(())
}

fn accept(app: &mut App, sessions: &[Session], id: &str) -> Result<()> {
    let (proposal, done) = advice::accept(app, sessions, id)?;
    if app.ui.json {
        let document = json!({ "id": proposal.id, "deed": proposal.deed, "to": proposal.to, "done": done });
        return app.ui.document(&ui::without_secrets(document));
    }
    app.ui.line(&told(&format!("{} {}: {done}", proposal.deed.word(), short_id(&proposal.to))));
    Ok(())
}

fn document(one: &Advice) -> Value {
    let proposal = &one.proposal;
    json!({
        "id": proposal.id,
        "deed": proposal.deed,
        "session": proposal.session,
        "to": proposal.to,
        "severity": proposal.severity,
        "cause": proposal.cause,
        "reason": proposal.reason,
        "message": proposal.message,
        "accepted_at": one.accepted.and_then(rfc3339),
    })
}

fn print(app: &mut App, all: &[Advice], sessions: &[Session]) {
    let mut table = Table::new().left("ID").left("DO").left("SESSION").left("CAUSE").flexible("BECAUSE", 20);
    let name =
        |sid: &str| sessions.iter().find(|one| one.id == sid).map_or_else(|| short_id(sid), Session::title);
    for one in all {
        let proposal = &one.proposal;
        let style = match proposal.severity {
            Severity::Critical => Style::Alarm,
            Severity::Warning => Style::Notice,
            Severity::Info => Style::Plain,
        };
        table.row([
            (Style::Strong, proposal.id.clone()),
            (style, proposal.deed.word().to_owned()),
            (Style::Name, told(&name(&proposal.to))),
            (Style::Plain, proposal.cause.to_owned()),
            (Style::Plain, told(&proposal.reason)),
        ]);
        if proposal.deed == Deed::Summary {
            table.below(Style::Faint, &told(&format!("about {}", name(&proposal.session))));
        }
        if let Some(message) = &proposal.message {
            table.below(Style::Faint, &told(&format!("it would be told: {message}")));
        }
        if let Some(at) = one.accepted {
            table.below(Style::Good, &format!("carried out {} ago", format::age(app.now.saturating_sub(at))));
        }
    }
    table.print(&mut app.ui);
    app.ui.line("Do one: claudectl brain advice --accept ID");
}
