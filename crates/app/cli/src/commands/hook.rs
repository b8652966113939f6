//! `claudectl hook`: what Claude Code calls on each event of each session.
//!
//! It runs on every tool call of every agent, so it does little: it reads the event, takes out what must not be kept,
//! notes what the gate says of a call, and appends one record to the journal. It opens no database, and answers nothing
//! but the end of a turn for which the person has left a message ([`messages`]). And it trusts no environment, because a
//! repository's settings may set any variable of it: where state is kept stands in its arguments, which `claudectl
//! init` has written.
//!
//! Its exit code is 0, or 1 when the event could not be kept. Never 2: to Claude Code that means "deny".

mod messages;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use claudectl_agents::caller;
use claudectl_agents::hooks;
use claudectl_fleet::hooks::{Client, Event};
use claudectl_store::journal;
use jiff::Timestamp;

use crate::background;
use crate::env::named_home;
use crate::judging;

/// A call is no longer than this; a longer one is noted without its content.
const MAX_INPUT: u64 = 64 << 20;

/// Record a hook event of Claude Code (JSON on standard input).
///
/// Called by Claude Code, as `claudectl init` writes it into its settings; not for people. Appends the event
/// to the journal, redacted, and prints nothing, but at the end of a turn what a trigger of yours sends. Both paths are absolute, because no environment is trusted:
/// a repository's settings may set any variable of a hook.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state folder.
    #[arg(long, value_name = "DIR")]
    home: PathBuf,
}

/// Arguments that a hook was installed with.
#[derive(Debug)]
struct Installed {
    home: PathBuf,
    config: Option<OsString>,
}

/// Runs the hook, if the arguments begin with `hook` and do not ask for its help.
pub(crate) fn dispatch(arguments: &[OsString]) -> Option<u8> {
    let [first, rest @ ..] = arguments else { return None };
    if first != "hook" || rest.iter().any(|flag| flag == "--help" || flag == "-h") {
        return None;
    }
    let outcome = installed(rest).and_then(|installed| run(&installed));
    Some(match outcome {
        Ok(()) => 0,
        Err(error) => {
            complain(error.as_ref());
            1
        }
    })
}

/// The arguments are not those that `init` writes.
#[derive(Debug, thiserror::Error)]
#[error("a hook takes --home DIR, an absolute path, and --config FILE, as `claudectl init` writes it")]
struct NotInstalled;

/// By hand: the parser of the command line costs more than all the rest.
fn installed(arguments: &[OsString]) -> Result<Installed, Box<dyn std::error::Error>> {
    let (mut home, mut config) = (None, None);
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        let value = rest.next().ok_or(NotInstalled)?;
        match flag.to_str() {
            Some("--home") => home = Some(Path::new(value)),
            Some("--config") => config = Some(value.clone()),
            _ => return Err(NotInstalled.into()),
        }
    }
    let home = named_home(home.ok_or(NotInstalled)?)?.to_path_buf();
    Ok(Installed { home, config })
}

#[expect(clippy::print_stderr, reason = "before there is a Ui; Claude Code notes it in the transcript")]
fn complain(error: &dyn std::error::Error) {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    eprintln!("claudectl: the event was not recorded: {error}{cause}");
}

/// The day of the journal that is written to.
pub(crate) fn day(now: jiff::Timestamp) -> String {
    now.strftime("%Y-%m-%d").to_string()
}

fn run(installed: &Installed) -> Result<(), Box<dyn std::error::Error>> {
    let mut input = Vec::new();
    let length = std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut input)? as u64;
    let now = now();
    let client = caller::caller();
    let read = match length {
        ..=MAX_INPUT => hooks::read_whole(&input, now.as_millisecond(), client),
        _ => Err(hooks::WireError::Incomplete("end within 64 MiB")),
    };
    let mut event = match read {
        Ok((mut event, given)) => {
            if event.event == "PreToolUse" {
                event.judged = Some(judging::hook::judge(&installed.home, &event, given));
            }
            event
        }
        Err(error) => unreadable(&error, now, client),
    };
    let message = messages::answer(&installed.home, &input, &mut event);
    let json = serde_json::to_vec(&event)?;
    let kept = journal::append(&installed.home, &day(now), &json);
    // It is taken, so it is said, whatever can be kept.
    if let Some(message) = message {
        std::io::stdout().lock().write_all(&message)?;
    }
    kept?;
    if matches!(event.event.as_str(), "SessionStart" | "Stop" | "SessionEnd") {
        background::tick(&installed.home, installed.config.as_deref().map(Path::new));
    }
    Ok(())
}

/// A call that cannot be read is an event, too: that there was one is worth knowing.
fn unreadable(error: &hooks::WireError, now: Timestamp, client: Option<Client>) -> Event {
    Event {
        at: now.as_millisecond(),
        event: "unreadable".to_owned(),
        client,
        text: Some(claudectl_fleet::call::one_line(&error.to_string())),
        // It may have been a call.
        judged: Some(judging::hook::unknown("what the hook was given cannot be read")),
        ..Event::default()
    }
}

#[expect(clippy::disallowed_methods, reason = "the hook's edge: events are stamped when they come")]
fn now() -> Timestamp {
    Timestamp::now()
}
