//! `claudectl hook`: what Claude Code calls on each event of each session.
//!
//! It runs on every tool call of every agent, so it does little: it reads the event, takes out what must not be kept,
//! asks the gate of a call ([`crate::judging::hook`]), appends one record to the journal, and says what was decided
//! ([`reply`]). It opens no database. And it trusts no environment, because a repository's settings may set any variable
//! of it: where state is kept stands in its arguments, which `claudectl init` has written.
//!
//! Before a call it never ends without an answer, but where the gate is to say nothing: what it cannot read, judge or
//! write down asks, or is denied (`gate.on_error`). Its exit code is 2 for a deny; 1 when an event of another kind could
//! not be kept; else 0.

mod approval;
mod briefing;
mod input;
mod messages;
mod reply;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use claudectl_agents::asker::Asker;
use claudectl_agents::caller;
use claudectl_agents::hooks::{self, Told};
use claudectl_agents::host::EVENTS;
use claudectl_fleet::alarm::Failure;
use claudectl_fleet::hooks::{Client, Event, UNANSWERED};
use claudectl_gate::host::unasked;
use claudectl_store::{journal, unwritten};
use jiff::Timestamp;
use serde_json::json;

use crate::background;
use crate::env::named_home;
use crate::ingest::day;
use crate::judging::hook::{Asking, DEFER, ERROR, Unaffordable};
use reply::Reply;

/// Answer a hook event of Claude Code (JSON on standard input).
///
/// Called by Claude Code, as `claudectl init` writes it into its settings; not for people. Appends the event to the
/// journal, redacted; before a tool call it says what the gate decides, and at the end of a turn what a trigger of yours
/// sends. Both paths are absolute, because no environment is trusted: a repository's settings may set any variable of a
/// hook.
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

/// Runs the hook, if that is the command and its help is not asked for.
pub(crate) fn dispatch(arguments: &[OsString]) -> Option<u8> {
    let at = command(arguments)?;
    if arguments[at] != "hook" || arguments.iter().any(|flag| flag == "--help" || flag == "-h") {
        return None;
    }
    let form = match at {
        0 => installed(&arguments[1..]),
        // Whoever put options before it would wait for an answer, too.
        _ => Err(NotInstalled.into()),
    };
    let outcome = match form {
        Ok(installed) => run(&installed),
        Err(error) => not_installed(error),
    };
    Some(outcome.unwrap_or_else(|error| {
        complain(error.as_ref());
        1
    }))
}

/// Options of every command that take a value, which is no command then.
const WITH_VALUES: &[&str] = &["--color", "--config", "--log"];

/// Where the command stands: the first word that is neither an option nor the value of one.
fn command(arguments: &[OsString]) -> Option<usize> {
    let mut at = 0;
    loop {
        let argument = arguments.get(at)?;
        if !argument.as_encoded_bytes().starts_with(b"-") {
            return Some(at);
        }
        let takes_next = WITH_VALUES.iter().any(|option| argument == option);
        at += if takes_next { 2 } else { 1 };
    }
}

/// Nobody knows where anything is. A call is asked about all the same.
fn not_installed(error: Box<dyn std::error::Error>) -> Result<u8, Box<dyn std::error::Error>> {
    let given = input::read();
    if given.cut.is_none() && !hooks::named_events(&given.bytes).any(|name| name == Some(BEFORE)) {
        return Err(error);
    }
    Ok(reply::question(&format!("its hook is not as `claudectl init` writes it: {error}")).say())
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
    eprintln!("{}", reply::harmless(&format!("claudectl: the event was not recorded: {error}{cause}")));
}

fn run(installed: &Installed) -> Result<u8, Box<dyn std::error::Error>> {
    reply::answer_in_any_case();
    let input = input::read();
    let now = now();
    let client = caller::caller();
    let read = match input.cut {
        None => hooks::read_whole(&input.bytes, now.as_millisecond(), client),
        Some(why) => Err(hooks::WireError::Incomplete(why)),
    };
    match read {
        Ok(call) if call.event.event == BEFORE => Ok(before(installed, call)),
        Ok(call) if call.event.event == "PermissionRequest" => prompted(installed, call),
        // A name that nobody knows: nobody knows either whether it is about a call.
        Ok(call) if !is_known(&call.event.event) => Ok(before(installed, call)),
        Ok(call) => after(installed, call.event, &input.bytes),
        Err(error) => {
            let mut event = unreadable(&error, now, client);
            // The strictest that it may be in.
            let modes = hooks::named_modes(&input.bytes).flatten();
            event.mode = modes.filter(|mode| unasked::may_pass(mode, "")).last().map(str::to_owned);
            // Whoever asks is told something, if it may be about a call.
            let mut named = hooks::named_events(&input.bytes).peekable();
            let is_other = |name: &str| name != BEFORE && is_known(name);
            let of_others = named.peek().is_some() && named.all(|name| name.is_some_and(is_other));
            match of_others {
                true => after(installed, event, &input.bytes),
                false => Ok(before(installed, Told { event, tool: None, input: None })),
            }
        }
    }
}

/// An event that Claude Code has.
fn is_known(name: &str) -> bool {
    EVENTS.iter().any(|event| event.name == name)
}

/// The event that is asked.
const BEFORE: &str = "PreToolUse";

/// What an input is noted as that cannot be read.
const UNREADABLE: &str = "unreadable";
/// As long as this a name may be the beginning of another.
const CUT: usize = 256;

/// Whether a call is told from all others: its session, its id, and where it is made. Claude Code tells each of them.
fn is_bound(event: &Event) -> bool {
    let is_whole = |name: &str| !name.is_empty() && name.len() < CUT;
    is_whole(&event.session)
        && event.call.as_deref().is_some_and(is_whole)
        && event.cwd.as_deref().is_some_and(|cwd| Path::new(cwd).is_absolute())
}

/// A call is judged and written down, and then it is said.
fn before(installed: &Installed, call: Told<'_>) -> u8 {
    let asker = Asker::of(call.event.client, call.event.transcript.as_deref());
    let asking =
        Asking::new(&installed.home, installed.config.as_deref(), &asker, &call.event, call.tool.as_deref());
    let Told { mut event, input: given, .. } = call;
    let beforehand = |aside: Option<&str>| {
        aside.into_iter().for_each(reply::refuse_in_any_case);
        #[cfg(debug_assertions)]
        reply::fail_for_a_test(event.tool.as_deref());
    };
    let mut judged = match event.event.as_str() {
        BEFORE if is_bound(&event) => asking.judge(&event, given, beforehand),
        BEFORE => {
            let why = "the call is not told from others (session_id, tool_use_id, cwd)";
            asking.failed(&event, None, Failure::Input, why)
        }
        UNREADABLE => asking.failed(&event, None, Failure::Input, "what the hook was given cannot be read"),
        _ => {
            let why = "what the hook was given names no event that Claude Code has";
            asking.failed(&event, None, Failure::Input, why)
        }
    };
    let mut reply = Reply::before(&judged);
    reply::decided(&reply);
    event.judged = Some(judged);
    let kept = keep(installed, &mut event);
    judged = event.judged.take().unwrap_or_default();
    if let Err(error) = kept {
        // What ends a run is answered by what was written down of it.
        let rests_on_it = matches!(judged.said.as_deref(), Some("allow" | DEFER));
        if rests_on_it {
            let lost = asking.give_back().err();
            let lost = lost.map(|error| format!("; and your answer is lost: {error}")).unwrap_or_default();
            let why = format!("it cannot be written down: {error}{lost}");
            judged = asking.failed(&event, given, Failure::NotWritten, &why);
            reply = Reply::before(&judged);
        }
    }
    let code = reply.say();
    if judged.layer == ERROR && asking.wants_a_pass() {
        // What was missing is made.
        background::tick(&installed.home, installed.config.as_deref().map(Path::new));
    }
    // An answer that was taken goes with what asked; of the rest nobody needs the memory back, for the process ends here.
    drop(asking);
    std::mem::forget((event, judged, reply));
    code
}

/// A prompt is about to open, or is open.
fn prompted(installed: &Installed, mut call: Told<'_>) -> Result<u8, Box<dyn std::error::Error>> {
    // It waits for a person, as long as that takes.
    reply::no_call(0);
    #[cfg(debug_assertions)]
    reply::fail_for_a_test(call.event.tool.as_deref());
    // Who waits can be answered, whatever can be written down.
    if let Err(error) = keep(installed, &mut call.event) {
        complain(error.as_ref());
    }
    let Told { event, input: given, .. } = &call;
    let asker = Asker::of(event.client, event.transcript.as_deref());
    let asking =
        Asking::new(&installed.home, installed.config.as_deref(), &asker, &call.event, call.tool.as_deref());
    let judged = asking.judge(event, *given, |_| ());
    if judged.said.as_deref() == Some("deny") {
        // The client did not hear it the first time.
        std::io::stdout().lock().write_all(approval::denied(&judged).as_bytes())?;
        return Ok(0);
    }
    let limit = approval::Limit::of(event, asking.settings().1);
    // A run without a terminal would stand still until then.
    if !limit.time.is_zero() && !asker.is_headless() {
        let kept = asking.kept(event, *given);
        let prompt = approval::prompt(event, *given, judged, kept);
        // It waits for long, and keeps what it needs.
        drop(asking);
        approval::wait(installed, event, &prompt, &asker, limit)?;
    }
    Ok(0)
}

/// Anything else that is told.
fn after(installed: &Installed, mut event: Event, input: &[u8]) -> Result<u8, Box<dyn std::error::Error>> {
    reply::no_call(reply::IN_TIME_S);
    let message = match event.event.as_str() {
        "UserPromptSubmit" => spending(installed, &mut event),
        "SessionStart" => briefing::answer(&installed.home, &event),
        _ => messages::answer(&installed.home, input, &mut event),
    };
    let kept = keep(installed, &mut event);
    // It is taken, so it is said, whatever can be kept.
    if let Some(message) = message {
        std::io::stdout().lock().write_all(&message)?;
    }
    kept?;
    if matches!(event.event.as_str(), "SessionStart" | "Stop" | "SessionEnd") {
        background::tick(&installed.home, installed.config.as_deref().map(Path::new));
    }
    Ok(0)
}

/// The answer to a prompt of a session that is past a budget: where nobody sits there, it is not to be answered; a person is
/// told.
fn spending(installed: &Installed, event: &mut Event) -> Option<Vec<u8>> {
    let asker = Asker::of(event.client, event.transcript.as_deref());
    let asking = Asking::new(&installed.home, installed.config.as_deref(), &asker, event, None);
    let Unaffordable { why, is_refused } = asking.unaffordable(event)?;
    let why = format!("claudectl: {}", reply::harmless(&why));
    event.text = is_refused.then(|| format!("{UNANSWERED}{why}"));
    let answer = match is_refused {
        true => json!({ "decision": "block", "reason": why }),
        false => json!({ "systemMessage": why }),
    };
    serde_json::to_vec(&answer).ok()
}

fn keep(installed: &Installed, event: &mut Event) -> Result<(), Box<dyn std::error::Error>> {
    let json = event.to_json()?;
    let at = Timestamp::from_millisecond(event.at)?;
    journal::append(&installed.home, &day(at), &json).map_err(|error| {
        // Of what the guard did nothing else would tell. Where not even that can be done, transcripts do.
        let traced = unwritten::note(&installed.home, event.at, &event.session);
        let lost = traced.err().map(|lost| format!("; and no trace of that: {lost}")).unwrap_or_default();
        let cause = std::error::Error::source(&error);
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause}{lost}").into()
    })
}

/// A call that cannot be read is an event, too: that there was one is worth knowing.
fn unreadable(error: &hooks::WireError, now: Timestamp, client: Option<Client>) -> Event {
    Event {
        at: now.as_millisecond(),
        event: UNREADABLE.to_owned(),
        client,
        text: Some(claudectl_fleet::call::one_line(&error.to_string())),
        ..Event::default()
    }
}

#[expect(clippy::disallowed_methods, reason = "the hook's edge: events are stamped when they come")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::commands::Cli;

    #[test]
    fn the_command_is_found_behind_any_options() {
        let at = |words: &[&str]| command(&words.iter().map(OsString::from).collect::<Vec<_>>());
        for (words, expected) in [
            (&["hook", "--home", "/x"][..], Some(0)),
            (&["-q", "hook"], Some(1)),
            (&["-qvv", "--json", "hook"], Some(2)),
            (&["--config", "hook", "hook"], Some(2)),
            (&["--config=hook", "hook"], Some(1)),
            (&["--unknown", "--", "hook"], Some(2)),
            (&["--log", "hook"], None),
            (&["-q"], None),
            (&[], None),
        ] {
            assert_eq!(at(words), expected, "{words:?}");
        }
    }

    #[test]
    fn all_options_that_take_a_value_are_known() {
        let cli = Cli::command();
        let takes = |argument: &&clap::Arg| argument.get_action().takes_values();
        let mut names: Vec<String> =
            cli.get_arguments().filter(takes).map(|found| format!("--{}", found.get_id())).collect();
        names.sort_unstable();
        assert_eq!(names, WITH_VALUES);
        assert!(cli.get_arguments().filter(takes).all(|found| found.get_short().is_none()));
    }
}
