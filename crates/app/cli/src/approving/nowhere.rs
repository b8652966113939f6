//! Sessions of which no prompt can be answered from here: why not, and what can be done.

use claudectl_agents::host::{EVENTS, Version};
use claudectl_agents::processes::{Processes, System};
use claudectl_agents::prompts::{self, Silence, Silent};
use claudectl_agents::registry::{self, Entry};
use claudectl_agents::settings::{self, InForce};
use claudectl_fleet::hooks::Activity;
use claudectl_gate::host;
use claudectl_store::Store;

use super::{Look, Open, deferred};
use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::{format, ingest};

/// Why nothing of a session can be answered from here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// The hook that waits does not answer.
    Silent(Silent),
    /// The client ended while the prompt was open.
    Gone,
    /// Nobody sits before it who could be asked; whether it would end at a call that asks.
    Headless { ends: bool },
    /// Only its own dialog has what there is to choose from.
    Question,
    /// A subagent in the background asks.
    Background,
    /// `approvals.wait` is `0s`.
    Off,
    /// No hook can wait: there is no place for its socket, because of this.
    Unwritable(String),
    /// No hook waits any more, or none did when it was asked.
    Unwaited,
    /// Its version tells hooks nothing of prompts.
    Old(Version),
    /// Our hooks are not called, because of this.
    NotInstalled(String),
    /// It asks, and no hook of ours was told.
    Untold,
    /// It asks nothing.
    Nothing,
}

impl Why {
    fn words(&self) -> String {
        match self {
            Self::Silent(silent) => silent.to_string(),
            Self::Gone => "its client is gone: it has ended, or was killed, while the prompt was open".to_owned(),
            Self::Headless { ends: false } => {
                "it runs without a terminal, where nobody is asked: what asks is denied".to_owned()
            }
            Self::Headless { ends: true } => {
                "it runs without a terminal, and ends at a call that asks: then it waits for you".to_owned()
            }
            Self::Question => {
                "it asks you to choose, and only its own dialog has what there is to choose from".to_owned()
            }
            Self::Background => "a subagent asks, and Claude Code opens the dialog of one in the background only when no hook of ours waits any more".to_owned(),
            Self::Off => "no hook of ours waits beside prompts, because approvals.wait is 0s".to_owned(),
            Self::Unwritable(why) => format!("no hook of ours can wait beside it: {why}"),
            Self::Unwaited => "it asks something, but no hook of ours waits beside it: the prompt is older than our hooks, or open for longer than approvals.wait".to_owned(),
            Self::Old(version) => format!(
                "Claude Code {version} tells hooks nothing of its prompts; {} and later do",
                prompts_since()
            ),
            Self::NotInstalled(cause) => format!("our hooks do not stand before it: {cause}"),
            Self::Untold => "it asks something, and no hook of ours was told: the prompt is older than our hooks, or comes from a safety check of Claude Code's own".to_owned(),
            Self::Nothing => "it asks nothing".to_owned(),
        }
    }

    /// What can be done. `there` is how to get to its terminal.
    fn fix(&self, session: &str, there: &str) -> String {
        let there = format!("answer it at its terminal: {there}");
        match self {
            Self::Silent(silent) => match silent.why {
                Silence::Stopped => format!("let it go on: kill -CONT {}; or {there}", silent.pid),
                Silence::Mute => format!("try again; or {there}"),
                Silence::Unread(_) => there,
            },
            Self::Gone => format!("take the session up again: claude --resume {session}"),
            Self::Headless { ends: false } => {
                "to have such runs wait for you from now on: claudectl config set approvals.headless defer"
                    .to_owned()
            }
            Self::Question | Self::Unwaited | Self::Old(_) | Self::Untold => there,
            Self::Background => format!(
                "{there}; to answer such calls from here: claudectl config set approvals.subagents 10m"
            ),
            Self::Off => format!("{there}; to answer from here: claudectl config set approvals.wait 8h"),
            Self::Unwritable(_) => format!("{there}; to answer from here, make that folder writable"),
            Self::NotInstalled(_) => format!("{there}; to answer from here: claudectl init"),
            Self::Headless { ends: true } | Self::Nothing => {
                "`claudectl approve` lists what can be answered".to_owned()
            }
        }
    }

    fn error(&self, what: &str, session: &str) -> CliError {
        let error = CliError::failed(what).fix(self.fix(session, &attach(session)));
        match self {
            Self::Nothing => error,
            _ => error.why(self.words()),
        }
    }
}

/// The first version that tells hooks of its prompts.
pub(crate) fn prompts_since() -> Version {
    let event = EVENTS.iter().find(|event| event.name == "PermissionRequest");
    event.map_or(claudectl_agents::host::OLDEST, |event| event.since)
}

fn attach(session: &str) -> String {
    format!("claudectl attach {}", format::short_id(session))
}

/// That no prompt of a session can be answered from here, nor the call that was named.
pub(super) fn error(
    app: &App,
    store: &Store,
    session: &str,
    call: Option<&str>,
    silent: &[Silent],
) -> Result<CliError> {
    let named = call.map(|call| format!(" for call {call}")).unwrap_or_default();
    let what = format!("no prompt of session {session} is open{named}");
    Ok(why(app, store, session, silent)?.error(&what, session))
}

/// That the prompt that was in view cannot be answered from here any more; `None` where it is over.
pub(super) fn unseen(app: &App, store: &Store, session: &str, silent: &[Silent]) -> Result<Option<CliError>> {
    let why = why(app, store, session, silent)?;
    let what = "the prompt that was in view cannot be answered from here any more";
    Ok((why != Why::Nothing).then(|| why.error(what, session)))
}

/// That the hook beside a prompt does not answer.
pub(super) fn silent(session: &str, silent: Silent) -> CliError {
    Why::Silent(silent).error("the answer was not taken", session)
}

/// Why no prompt of a session can be answered from here, and what can be done; `there` is how to get to its terminal.
pub(crate) fn why_none(app: &App, session: &str, look: &Look, there: &str) -> Result<String> {
    let home = app.env.state_dir()?;
    if !home.join("state.db").exists() {
        return Ok(Why::Nothing.words());
    }
    let store = ingest::told(app, &home)?;
    if let Some(deferred) = deferred::one(app, &store, &home, session)? {
        return Ok(format!("it has ended at a call; {}", deferred.words(app.now)));
    }
    let why = why(app, &store, session, &look.silent)?;
    Ok(match why {
        Why::Nothing => why.words(),
        why => format!("{}; {}", why.words(), why.fix(session, there)),
    })
}

fn why(app: &App, store: &Store, session: &str, silent: &[Silent]) -> Result<Why> {
    if let Some(silent) = silent.first() {
        return Ok(Why::Silent(silent.clone()));
    }
    let listing = registry::read(&app.claude_roots());
    let row = listing.entries.iter().find(|(_, row)| row.session_id == session);
    let activity = store.activity(session)?.unwrap_or_default();
    if row.is_some_and(|(_, row)| row.kind_word() == "headless") {
        return Ok(Why::Headless { ends: app.config.approvals.defer });
    }
    let Some(dialog) = activity.dialogs.first() else { return untold(app, store, session, &activity, row) };
    let lives = activity.client.is_none_or(|client| {
        let facts = System.facts(client.pid);
        facts.is_some_and(|facts| facts.start.is_none_or(|start| start == client.start))
    });
    Ok(match row.and_then(|(_, row)| row.status.as_deref()) {
        _ if !lives => Why::Gone,
        Some(status) if status != "waiting" => Why::Nothing,
        _ if host::is_question(&dialog.tool) => Why::Question,
        _ if let Some(why) = row.and_then(|row| deaf_to_prompts(app, row)) => Why::NotInstalled(why),
        _ if asks_in_background(&activity) => Why::Background,
        _ if app.config.approvals.wait_ms == 0 => Why::Off,
        _ => unwritable(app).map_or(Why::Unwaited, Why::Unwritable),
    })
}

/// Why no hook can begin to wait beside a prompt.
pub(crate) fn unwritable(app: &App) -> Option<String> {
    let (place, error) = prompts::trouble(&app.env.state_dir().ok()?)?;
    Some(format!("{} cannot be written ({error})", shown(&app.env, &place)))
}

/// The same of one whose hooks have told of no prompt.
fn untold(
    app: &App,
    store: &Store,
    session: &str,
    activity: &Activity,
    row: Option<&(std::path::PathBuf, Entry)>,
) -> Result<Why> {
    let stored = store.session(session)?.and_then(|row| row.version);
    let version = row.and_then(|(_, row)| row.version.clone()).or(stored);
    let version = version.and_then(|version| version.parse::<Version>().ok());
    if let Some(version) = version.filter(|version| *version < prompts_since()) {
        return Ok(Why::Old(version));
    }
    let Some((file, row)) = row else { return Ok(Why::Nothing) };
    // What was heard of stands there, whatever settings say.
    if activity.last_at.is_none()
        && let Some(root) = file.parent().and_then(std::path::Path::parent)
    {
        let programs = crate::hooks::programs(&app.env);
        let survey = settings::survey(&[root.to_path_buf()], &settings::managed_files(), &programs);
        let cwd = row.cwd.as_deref().map(std::path::Path::new);
        if let InForce::Absent { cause } = survey.in_force(root, cwd) {
            return Ok(Why::NotInstalled(cause.to_string()));
        }
    }
    let found = (file.clone(), row.clone());
    Ok(match row.waiting_for.as_deref().filter(|_| row.status.as_deref() == Some("waiting")) {
        None => Why::Nothing,
        Some(what) if asks_permission(what) => match deaf_to_prompts(app, &found) {
            Some(why) => Why::NotInstalled(why),
            None => unwritable(app).map_or(Why::Untold, Why::Unwritable),
        },
        Some(_) => Why::Question,
    })
}

/// Why hooks hear of no prompts of a client, by what settings files say.
fn deaf_to_prompts(app: &App, (file, row): &(std::path::PathBuf, Entry)) -> Option<String> {
    let root = file.parent().and_then(std::path::Path::parent)?;
    let survey = settings::survey(
        &[root.to_path_buf()],
        &settings::managed_files(),
        &crate::hooks::programs(&app.env),
    );
    let cause = survey.deaf_to_prompts(root, row.cwd.as_deref().map(std::path::Path::new))?;
    Some(cause.to_string())
}

/// Whether it is a permission that a client waits for, as its registry has it.
fn asks_permission(waiting_for: &str) -> bool {
    waiting_for.starts_with("approve ")
        || ["permission prompt", "sandbox request", "worker request"].contains(&waiting_for)
}

/// A subagent's dialog is the one that is open.
fn asks_in_background(activity: &Activity) -> bool {
    activity.dialogs.first().is_some_and(|open| open.agent.is_some())
}

/// Hooks that wait and do not answer: a line for each.
pub(crate) fn silences(look: &Look) -> Vec<String> {
    let line = |silent: &Silent| {
        let why = Why::Silent(silent.clone());
        let fix = why.fix(&silent.session, &attach(&silent.session));
        format!("{} asks something, but {}; {fix}", silent.session, why.words())
    };
    look.silent.iter().map(line).collect()
}

/// How sessions that want a permission are answered, for a person: the session, and a line for each prompt of it.
pub(crate) fn ways(app: &App, asking: &[&str]) -> Result<Vec<(String, String)>> {
    if asking.is_empty() {
        return Ok(Vec::new());
    }
    let look = super::look(app, None)?;
    let mut ways = Vec::new();
    for session in asking {
        let own: Vec<&Open> = look.open.iter().filter(|one| one.prompt().session == *session).collect();
        let lines = own.iter().map(|one| format!("to answer: {}", one.command("approve", &look.open)));
        ways.extend(lines.map(|line| ((*session).to_owned(), line)));
        let silent = look.silent.iter().find(|silent| session.starts_with(&silent.session));
        let aside = match silent {
            Some(silent) => Some(silent.to_string()),
            None if !own.is_empty() => None,
            None if asks_in_background(&activity(app, session)?) => {
                Some("a subagent asks: see approvals.subagents".to_owned())
            }
            None => unwritable(app).map(|why| format!("from here it cannot be: {why}")),
        };
        let line = aside.map(|aside| format!("to answer: {} ({aside})", attach(session)));
        ways.extend(line.map(|line| ((*session).to_owned(), line)));
    }
    Ok(ways)
}

/// Prompts that can only be answered at their terminals, of clients that wait: a line for each session.
pub(crate) fn elsewhere(app: &App, look: &Look) -> Result<Vec<String>> {
    let listing = registry::read(&app.claude_roots());
    let waits = |row: &&Entry| {
        row.status.as_deref() == Some("waiting")
            && lives(row)
            && look.open.iter().all(|one| one.prompt().session != row.session_id)
            && !look.silent.iter().any(|silent| row.session_id.starts_with(&silent.session))
    };
    let mut lines = Vec::new();
    for row in listing.entries.iter().map(|(_, row)| row).filter(waits) {
        let activity = activity(app, &row.session_id)?;
        let untold = row.waiting_for.clone().filter(|what| asks_permission(what));
        let Some(what) = activity.dialogs.first().map(|dialog| dialog.detail.clone()).or(untold) else {
            continue;
        };
        let session = format::short_id(&row.session_id);
        let why = if asks_in_background(&activity) {
            "; to answer subagents from here: claudectl config set approvals.subagents 10m"
        } else {
            ""
        };
        lines.push(format!("{session} asks at its terminal, {what}: {}{why}", attach(&row.session_id)));
    }
    Ok(lines)
}

/// Whether the process of a row is there: a client that was killed leaves its row behind.
fn lives(row: &Entry) -> bool {
    System.facts(row.pid).is_some_and(|facts| {
        let same = |start: u64| facts.start.is_none_or(|found| found == start);
        row.proc_start.is_none_or(same)
    })
}

/// What hooks told of a session.
fn activity(app: &App, session: &str) -> Result<Activity> {
    let home = app.env.state_dir()?;
    if !home.join("state.db").exists() {
        return Ok(Activity::default());
    }
    Ok(ingest::told(app, &home)?.activity(session)?.unwrap_or_default())
}
