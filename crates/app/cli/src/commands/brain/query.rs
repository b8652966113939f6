//! `claudectl brain query`: what is thought of a call, and why.

use std::path::{Path, PathBuf};

use claudectl_agents::checkout;
use claudectl_brain::features::{self, hash};
use claudectl_brain::label::Source;
use claudectl_brain::model::Known as _;
use claudectl_brain::table::Table;
use claudectl_fleet::project;
use claudectl_gate::rules::Action;
use claudectl_llm::Proposal;
use claudectl_llm::material::{Call, Material};
use claudectl_store::Store;
use claudectl_store::brain::Answer;
use claudectl_store::notes;
use claudectl_store::snapshot::NoSnapshot;
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::gate::{self, CallArgs};
use crate::error::Result;
use crate::format;
use crate::judging::learned::{self, Known, Learned, NoTable};
use crate::judging::{Answer as Decided, Asked, Judge};
use crate::llm::{self, Model};
use crate::ui::{Style, clean};

/// Ask what is thought of a call: how likely you want it, by what, and what would be done about it.
///
/// It goes the gate's own way: what rules, policies and effects decide is told as such, and what is thought of it counts
/// only where the gate would ask and may learn.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    call: CallArgs,
    /// Have your language model say what the call does, and what could go wrong ([llm] in the configuration). It is told the
    /// call and, with --session, what you wrote there. What it says changes no verdict.
    #[arg(long)]
    explain: bool,
}

/// So many features are told, those that say the most.
const FEATURES: usize = 12;
/// So many answers to calls of the same kind are told.
const NEIGHBOURS: usize = 5;
/// Among so many answers, the latest, neighbours are looked for.
const LOOKED_THROUGH: u32 = 20_000;

/// What a feature says.
struct Told {
    name: String,
    /// In logits: above zero for, below against.
    adds: f64,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let model = if args.explain { Some(Model::needed(app)?) } else { None };
    let asked = gate::asked(app, &args.call)?;
    let home = app.env.state_dir()?;
    let mut judge = Judge::new(app)?.with(Learned::below(&home));
    let answer = judge.judge(&asked);
    let (table, unread) = match learned::read(&home) {
        Ok(table) => (Some(table), None),
        Err(NoTable::Unread(NoSnapshot::Absent)) => (None, None),
        Err(why) => (None, Some(why.to_string())),
    };
    let told = match (&table, &answer.known) {
        (Some(table), Some(known)) => by_features(&asked, &answer.report, known, table, (app, &judge)),
        _ => Vec::new(),
    };
    let near = match &answer.known {
        Some(known) => neighbours(&home, known)?,
        None => Vec::new(),
    };
    let explained = match &model {
        Some(model) => Some(explained(app, model, &home, &asked, answer.verdict.action)?),
        None => None,
    };
    if app.ui.json {
        let mut document = answer.document();
        document["features"] = told.iter().map(|one| json!({ "name": one.name, "adds": one.adds })).collect();
        document["neighbours"] = near.iter().map(neighbour).collect();
        document["model"] = json!(table.map(|table| format!("{:016x}", table.model)));
        if let Some(explained) = &explained {
            document["explained"] = explained.document();
        }
        return app.ui.document(&document);
    }
    let verdict = app.ui.paint(gate::style(answer.verdict.action), answer.verdict.action.word());
    app.ui.line(&format!("{verdict}  {}", gate::shown(&answer.told(&answer.verdict.reason))));
    print_thought(app, &answer, &told, &near, unread.as_deref());
    if let Some(explained) = &explained {
        explained.print(app);
    }
    Ok(())
}

/// What was learned, or why nothing of it counts.
fn print_thought(app: &mut App, answer: &Decided, told: &[Told], near: &[Answer], unread: Option<&str>) {
    let Some(known) = &answer.known else {
        app.ui.line(match answer.verdict.learnable {
            true => "Nothing is learned here (brain.learn is false).",
            false => "What is learned has no say in it: rules, policies or what it does have decided.",
        });
        return;
    };
    let Some(thought) = &known.thought else {
        if let Some(why) = unread {
            app.ui.warn(&format!("{}: it is made anew by the next pass (claudectl tick)", clean(why)));
            app.ui.line("What was learned cannot be read, so it has no say in this call.");
            return;
        }
        app.ui.line("Nothing was learned yet: answer prompts, or try: claudectl brain learn --history");
        return;
    };
    app.ui.line(&format!(
        "likely wanted: {} (between {} and {})",
        super::percent(thought.p),
        super::percent(thought.low),
        super::percent(thought.high)
    ));
    app.ui.line(&format!("opinion: {}; {}", thought.opinion, thought.reason()));
    for one in told {
        let line = format!("  {:+.2}  {}", one.adds, gate::shown(&answer.told(&one.name)));
        let style = if one.adds < 0.0 { Style::Notice } else { Style::Plain };
        let line = app.ui.paint(style, &line);
        app.ui.line(&line);
    }
    if !near.is_empty() {
        app.ui.line("Calls of this kind that you have answered here:");
        let zone = app.zone.clone();
        for one in near {
            let what = if one.wanted { "allowed" } else { "denied" };
            let at = format::moment(one.made_at, &zone);
            app.ui.line(&format!("  {at}  {what:<7}  {}", gate::shown(&one.summary)));
        }
    }
}

/// What the model made of the call.
struct Explained {
    note: notes::Note,
    /// What it proposes to the person who is asked: the verdict stays what it is.
    proposes: Option<Proposal>,
    /// Why there is no opinion, for a person.
    why: Option<String>,
    /// Why it is not to be relied on.
    alarm: Option<String>,
}

/// Asks the model about the call. It comes last, and is told nothing of what was decided.
fn explained(app: &App, model: &Model, home: &Path, asked: &Asked, verdict: Action) -> Result<Explained> {
    let own = match asked.session.as_str() {
        "" => None,
        session => transcript(home, session)?,
    };
    let messages = own.as_deref().map(llm::notes::messages).unwrap_or_default();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let folder = checkout::project(&asked.folder.to_string_lossy());
    let material =
        Material { project: Some(project::name(&folder)), messages: &messages, ..Material::default() };
    let call = Call { tool: &asked.tool, input: &asked.input, ended: None };
    let said = model.note(app, &call, &material)?;
    Ok(Explained {
        proposes: said.as_ref().ok().and_then(|note| note.proposal(verdict)),
        why: said.as_ref().err().map(|why| llm::no_opinion(app, why)),
        note: llm::notes::kept(app.now, model, &said),
        alarm: llm::alarm(app).map(|(why, _)| why),
    })
}

/// The transcript of a session that hooks have told of.
fn transcript(home: &Path, session: &str) -> Result<Option<PathBuf>> {
    let activity = Store::open(&home.join("state.db"))?.activity(session)?;
    Ok(activity.and_then(|activity| activity.transcript).map(PathBuf::from))
}

impl Explained {
    fn document(&self) -> Value {
        let mut document = llm::notes::document(&self.note);
        document["proposes"] = json!(self.proposes.map(|proposal| proposal.action().word()));
        document["alarm"] = json!(self.alarm);
        document
    }

    fn print(&self, app: &mut App) {
        match &self.why {
            Some(why) => app.ui.line(&format!(
                "{} has no opinion: {}",
                gate::shown(&self.note.model),
                gate::shown(why)
            )),
            None => {
                let style = if self.note.warns { Style::Notice } else { Style::Plain };
                for line in llm::notes::lines(&self.note) {
                    let line = app.ui.paint(style, &gate::shown(&line));
                    app.ui.line(&line);
                }
            }
        }
        if self.proposes.is_some() {
            app.ui.line("It proposes to refuse this call. That is for you to decide: the verdict stays.");
        }
        if let Some(alarm) = &self.alarm {
            app.ui.warn(&format!("{}: do not rely on it", gate::shown(alarm)));
        }
    }
}

/// Features by how much they say.
fn by_features(
    asked: &Asked,
    report: &claudectl_shell::report::Report,
    known: &Known,
    table: &Table,
    (app, judge): (&App, &Judge),
) -> Vec<Told> {
    let home = app.env.home.as_deref().and_then(std::path::Path::to_str).unwrap_or_default();
    let situation = asked.situation(judge.secret(), &known.project, home, known.branch);
    let all = features::named(&asked.tool, report, situation).into_iter();
    let mut told: Vec<Told> = all.map(|(slot, name)| Told { name, adds: table.adds(slot) }).collect();
    told.retain(|one| one.adds.abs() >= 0.005);
    told.sort_by(|a, b| b.adds.abs().total_cmp(&a.adds.abs()).then_with(|| a.name.cmp(&b.name)));
    told.truncate(FEATURES);
    told
}

/// What was answered here to calls of the same kind in the same project, the latest first.
fn neighbours(home: &std::path::Path, known: &Known) -> Result<Vec<Answer>> {
    let file = home.join("state.db");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let store = Store::open(&file)?;
    let is_near = |one: &Answer| {
        let is_own = Source::named(&one.source).is_some_and(|source| !source.is_imported());
        is_own
            && hash(&one.project) == hash(&known.project)
            && features::Features::unpack(&one.features).is_some_and(|its| its.kind == known.features.kind)
    };
    let all = store.last_answers(LOOKED_THROUGH)?;
    Ok(all.into_iter().filter(is_near).take(NEIGHBOURS).collect())
}

fn neighbour(one: &Answer) -> Value {
    json!({
        "at": claudectl_fleet::session::rfc3339(one.made_at),
        "session": one.session,
        "tool_use_id": one.call,
        "summary": one.summary,
        "source": one.source,
        "wanted": one.wanted,
    })
}
