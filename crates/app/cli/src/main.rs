//! The `claudectl` binary: mission control for coding agents.
//!
//! `main` reads the environment, parses the command line, runs one command and turns its error into
//! an exit code. Each command is a file in [`commands`]; all output goes through [`ui`].

mod advice;
mod anonymous;
mod app;
mod approving;
mod atomic;
mod background;
mod budgets;
mod bundled;
mod comings;
mod commands;
mod config;
mod configuration;
mod conflicts;
mod dashboard;
mod deeds;
mod diff;
mod digests;
mod ending;
mod env;
mod error;
mod find;
mod format;
mod gate_effects;
mod gather;
mod guard;
mod habits;
mod health;
mod hive;
mod hooks;
mod ingest;
mod json_reference;
mod judging;
mod leader;
mod learning;
mod live;
mod llm;
mod log;
mod measuring;
mod migrating;
mod notices;
mod only;
mod outcomes;
mod pass;
mod quota;
mod recall;
mod reel;
mod reload;
mod replaying;
mod reviewing;
mod rules;
mod rules_reference;
mod running;
mod search;
mod settings;
mod signals;
mod sinks;
mod snapshot;
mod stopping;
mod sync;
mod ui;
mod when;
mod widening;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use claudectl_redact::{redact, sanitize_block};

use crate::commands::Cli;
use crate::env::Env;
use crate::error::{CliError, Kind};
use crate::ui::{ColorChoice, Ui};
use crate::widening::CommandLine;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // Before anything else is looked at, the environment above all.
    if let Some(code) = commands::hook::dispatch(&arguments) {
        return ExitCode::from(code);
    }
    ExitCode::from(run(Env::read(), &arguments))
}

fn run(env: Env, arguments: &[OsString]) -> u8 {
    if let Some(hint) = migrating::hint(arguments) {
        let error = CliError::usage(&hint.what).why(&hint.why).fix(&hint.fix);
        Ui::new(&env, ColorChoice::Auto, false, false).error(&error);
        return hint.exit_code(env.inside_claude_code);
    }
    if arguments.is_empty() && env.inside_claude_code {
        // A hook of an old installation, or an agent that tries the name: whatever we print would end
        // up in a model's context.
        return 0;
    }
    match parse(arguments) {
        Ok((cli, line)) => execute(env, cli, &line),
        Err(error) => show_clap(&error),
    }
}

fn parse(arguments: &[OsString]) -> Result<(Cli, CommandLine), clap::Error> {
    let arguments = commands::search::words(arguments);
    let with_name = std::iter::once(OsString::from("claudectl")).chain(arguments);
    // What is known of every command is left to the system when the program ends: to take it apart one by one is a
    // quarter of what starting costs.
    let mut command = std::mem::ManuallyDrop::new(Cli::command());
    let matches = command.try_get_matches_from_mut(with_name)?;
    Ok((Cli::from_arg_matches(&matches)?, CommandLine::parsed(&command, &matches)))
}

/// Help and version go to standard output; a mistake is one of usage.
fn show_clap(error: &clap::Error) -> u8 {
    // It repeats what was typed: a secret is not to be seen once more, in the log of whatever ran this above all.
    let text = error.render().to_string();
    let redacted = redact(&text);
    let printed = if error.use_stderr() && !redacted.findings.is_empty() {
        std::io::stderr().lock().write_all(sanitize_block(&redacted.text).as_bytes())
    } else {
        error.print()
    };
    // Nobody is left to tell if the stream is gone.
    drop(printed);
    if error.use_stderr() { Kind::Usage.exit_code() } else { 0 }
}

fn execute(env: Env, cli: Cli, line: &CommandLine) -> u8 {
    let mut ui = Ui::new(&env, cli.global.color, cli.global.json, cli.global.quiet);
    let result = line.refuse_agents(&env).and_then(|()| commands::run(env, &mut ui, cli));
    match (result, ui.finish()) {
        // Whoever read our output has seen enough.
        (Ok(()), Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        (Ok(()), Err(error)) => {
            let error = CliError::external("cannot write the output").why(error);
            ui.error(&error);
            error.kind.exit_code()
        }
        (Ok(()), Ok(())) => 0,
        (Err(error), _) => {
            ui.error(&error);
            error.kind.exit_code()
        }
    }
}
