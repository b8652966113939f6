//! `claudectl gate`: what is answered to a call, and why.

mod allow;
mod audit;
mod backtest;
mod check;
mod explain;
pub(crate) mod hooks;
mod log;
mod mode;

use std::io::{self, Read};
use std::path::PathBuf;

pub(crate) use allow::SESSION_FOR;
use claudectl_gate::judge::Mode;
use claudectl_gate::rules::{Action, Meeting, Way};
use claudectl_shell::report::Ran;
use claudectl_shell::value::HOLE;
use claudectl_store::snapshot::{NoSnapshot, Snapshot};
use serde_json::{Value, json};

use crate::app::App;
use crate::budgets;
use crate::config::OnError;
use crate::error::{CliError, Result};
use crate::gather::{self, Wanted};
use crate::judging::{Answer, Asked};
use crate::ui::{Style, clean};
use crate::{find, sync};

/// Ask the gate: may an agent make this call?
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Say what is answered to a call: allow, ask or deny. Exits with 0 if it is allowed, with 1 if not.
    Check(check::Args),
    /// Show what a call does, part by part, what decided, and what would change it.
    Explain(CallArgs),
    /// List what the gate said of calls.
    Log(log::Args),
    /// Allow commands for a while.
    Allow(allow::Args),
    /// Show how much the gate says, or set it.
    Mode(mode::Args),
    Hooks(hooks::Args),
    /// List what people have told the gate: answers, grants, trust, budgets; the latest first.
    Audit(audit::Args),
    Backtest(backtest::Args),
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        What::Check(args) => check::run(app, args),
        What::Explain(args) => explain::run(app, args),
        What::Log(args) => log::run(app, args),
        What::Allow(args) => allow::run(app, args),
        What::Mode(args) => mode::run(app, args),
        What::Hooks(args) => hooks::run(app, args),
        What::Audit(args) => audit::run(app, args),
        What::Backtest(args) => backtest::run(app, args),
    }
}

/// The host's permission modes.
pub(crate) const MODES: [&str; 6] =
    ["default", "acceptEdits", "plan", "dontAsk", "bypassPermissions", "auto"];

#[derive(Debug, clap::Args)]
pub(crate) struct CallArgs {
    /// A command line, as Bash would get it.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// The tool, if it is not Bash.
    #[arg(long, value_name = "NAME", requires = "input")]
    tool: Option<String>,
    /// What the tool is given, as a JSON object; `-` reads it from standard input.
    #[arg(long, value_name = "JSON", conflicts_with = "command")]
    input: Option<String>,
    /// The working folder; the session's, or the current one.
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
    /// As if this session asked: its working folder, mode, cost, budgets, and who is in its way.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Claude Code's permission mode.
    #[arg(long, value_name = "MODE", value_parser = MODES)]
    permission_mode: Option<String>,
}

impl CallArgs {
    /// Whether there is a call.
    pub(crate) fn is_given(&self) -> bool {
        self.command.is_some() || self.input.is_some()
    }
}

/// No input is longer.
const MOST: u64 = 16 << 20;

/// The call that is asked about.
pub(crate) fn asked(app: &App, args: &CallArgs) -> Result<Asked> {
    let (tool, input) = call(args)?;
    let mut asked = match &args.session {
        Some(session) => of_session(app, session)?,
        None => Asked { mode: "default".to_owned(), ..Asked::default() },
    };
    if let Some(mode) = &args.permission_mode {
        asked.mode.clone_from(mode);
    }
    if args.cwd.is_some() || asked.folder.as_os_str().is_empty() {
        asked.folder = folder(app, args.cwd.as_deref())?;
    }
    Ok(Asked { tool, input, ..asked })
}

/// A folder that was named, or the current one, with links followed.
pub(crate) fn folder(app: &App, named: Option<&std::path::Path>) -> Result<PathBuf> {
    let folder = named.map_or_else(|| PathBuf::from("."), std::path::Path::to_path_buf);
    let folder = app
        .env
        .absolute(folder)
        .ok_or_else(|| CliError::usage("the working folder is not known").fix("name it with --cwd"))?;
    if named.is_none() {
        return Ok(std::fs::canonicalize(&folder).unwrap_or(folder));
    }
    let name = shown(&app.env.short_path(&folder.display().to_string()));
    let real = std::fs::canonicalize(&folder).map_err(|error| {
        CliError::usage(format!("there is no folder {name}"))
            .why(error)
            .fix("name one that is there with --cwd")
    })?;
    if real.is_dir() {
        Ok(real)
    } else {
        Err(CliError::usage(format!("{name} is no folder")).fix("name one with --cwd"))
    }
}

fn call(args: &CallArgs) -> Result<(String, Value)> {
    if let Some(command) = &args.command {
        return Ok(("Bash".to_owned(), json!({ "command": command })));
    }
    let Some(input) = &args.input else {
        return Err(CliError::usage("no call was given")
            .fix("name the command, as in 'rm -rf build', or --tool and --input"));
    };
    let mut text = input.clone();
    if input == "-" {
        text.clear();
        io::stdin()
            .take(MOST)
            .read_to_string(&mut text)
            .map_err(|error| CliError::usage("cannot read the input from standard input").why(error))?;
    }
    let value = serde_json::from_str(&text).map_err(|error| {
        CliError::usage("--input is no JSON")
            .why(error)
            .fix("for example: --tool Read --input '{\"file_path\": \"README.md\"}'")
    })?;
    Ok((args.tool.clone().unwrap_or_else(|| "Bash".to_owned()), value))
}

/// What is known of a session that asks.
fn of_session(app: &App, text: &str) -> Result<Asked> {
    let mut ledger = sync::ledger(app, sync::LedgerArgs::default())?;
    let sid = find::session(app, &ledger, text)?;
    // The others, too: who is in its way is among them.
    let all = gather::sessions(app, &mut ledger, Wanted::Also(std::slice::from_ref(&sid)))?;
    let session = all.iter().find(|session| session.id == sid).ok_or_else(|| find::unknown(text))?;
    let way = |kind: &str| match kind {
        "worktree" => Some(Way::Worktree),
        "file" => Some(Way::File),
        "branch" => Some(Way::Branch),
        _ => None,
    };
    let meetings = session.conflicts.iter().filter_map(|conflict| {
        let with = all.iter().find(|other| other.id == conflict.with).and_then(|other| other.name.clone());
        let short = || conflict.with.chars().take(8).collect();
        Some(Meeting {
            way: way(conflict.kind)?,
            path: conflict.path.clone(),
            with: with.unwrap_or_else(short),
        })
    });
    Ok(Asked {
        folder: session.cwd.as_deref().map(PathBuf::from).unwrap_or_default(),
        mode: session.permission_mode.clone().unwrap_or_default(),
        budgets: budgets::of_asking(app, &ledger, &sid, session.cwd.as_deref().unwrap_or_default())?,
        session: sid,
        cost: session.cost.usd.dollars(),
        meetings: meetings.collect(),
        last_error: session.last_failed,
        ..Asked::default()
    })
}

/// What Claude Code would be told instead of what the gate would say, and why: nothing where another hook could change the
/// call, a deny where a question would reach nobody.
fn withheld(app: &App, asked: &Asked, answer: &Answer) -> Option<(Option<Action>, String)> {
    if let Some(why) = &answer.withheld {
        return Some((answer.said, why.clone()));
    }
    match answer.said? {
        Action::Allow => Some((None, hooks::withholds(app, &asked.folder, &asked.tool)?)),
        Action::Ask => Some((Some(Action::Deny), hooks::answers(app, &asked.folder, &asked.tool)?)),
        Action::Deny => None,
    }
}

/// Why hooks answer otherwise now: they have nothing to go by. One that was not made yet is made with the next call.
fn unheeded(app: &App) -> Option<String> {
    let missing = Snapshot::look(&app.env.state_dir().ok()?).err()?;
    let absent = matches!(missing, NoSnapshot::Absent);
    (!absent).then(|| {
        let why = crate::hooks::shortened(&app.env, &crate::judging::hook::told(&missing));
        format!("hooks do not go by this now: {why}")
    })
}

/// The answer to one call, as programs read it.
fn document(app: &App, asked: &Asked, answer: &Answer) -> Value {
    let mut document = answer.document();
    if let Some(why) = unheeded(app).filter(|_| app.config.gate.mode != Mode::Observe) {
        let said = match app.config.gate.on_error {
            OnError::Deny => Action::Deny,
            OnError::Ask | OnError::Auto => Action::Ask,
        };
        document["said"] = json!(said.word());
        document["withheld"] = json!(answer.told(&why));
    } else if let Some((said, why)) = withheld(app, asked, answer) {
        document["said"] = json!(said.map(Action::word));
        document["withheld"] = json!(answer.told(&why));
    }
    document
}

fn verdict(app: &App, answer: &Answer) -> String {
    app.ui.paint(style(answer.verdict.action), answer.verdict.action.word())
}

/// Text of a call, or about one, for a terminal: without secrets, and without what must not reach a terminal.
pub(crate) fn shown(text: &str) -> String {
    clean(&claudectl_redact::redact(text).text)
}

/// How an answer is painted.
pub(crate) fn style(action: Action) -> Style {
    match action {
        Action::Allow => Style::Good,
        Action::Ask => Style::Notice,
        Action::Deny => Style::Alarm,
    }
}

fn words(ran: &Ran) -> String {
    ran.words.iter().map(|word| word.text.replace(HOLE, "…")).collect::<Vec<_>>().join(" ")
}
