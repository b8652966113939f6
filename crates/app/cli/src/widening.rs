//! What is for people is refused to agents, before any command runs. Which commands these are, and why, stands in the one
//! table of [`claudectl_shell::own`], from which the gate answers calls of them, too.
//!
//! This is a guard, not a wall: what runs as the same user can do what the person can.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use claudectl_agents::processes::{Processes, System};
use claudectl_shell::own::{self, Access, Given, Right};

use crate::env::Env;
use crate::error::{CliError, Result};

/// A command line as the table takes it: each command by its own name, options by their long names, no defaults.
#[derive(Debug, Default)]
pub(crate) struct CommandLine {
    words: Vec<String>,
    options: Vec<(String, Option<String>)>,
}

impl CommandLine {
    /// One that was parsed: by the very command that did it.
    pub(crate) fn parsed(command: &Command, matches: &ArgMatches) -> Self {
        let mut line = Self::default();
        let (mut command, mut matches) = (command, matches);
        loop {
            line.take(command, matches);
            let Some((name, below)) = matches.subcommand() else { return line };
            line.words.push(name.to_owned());
            let Some(next) = command.find_subcommand(name) else { return line };
            (command, matches) = (next, below);
        }
    }

    /// One that a key stands for.
    pub(crate) fn of(words: &[&str]) -> Self {
        Self { words: words.iter().map(|word| (*word).to_owned()).collect(), ..Self::default() }
    }

    /// The arguments of one command.
    fn take(&mut self, command: &Command, matches: &ArgMatches) {
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            if matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            let values = matches.get_raw(id).into_iter().flatten();
            let values = values.map(|value| value.to_string_lossy().into_owned());
            let name = match (argument.get_long(), argument.get_short()) {
                (Some(long), _) => format!("--{long}"),
                (None, Some(short)) => format!("-{short}"),
                (None, None) => {
                    self.words.extend(values);
                    continue;
                }
            };
            match argument.get_action().takes_values() {
                true => self.options.extend(values.map(|value| (name.clone(), Some(value)))),
                false => self.options.push((name, None)),
            }
        }
    }

    /// Says no to whoever an agent has started, where it is for people.
    ///
    /// # Errors
    /// A mistake of usage, with the reason, and what the agent may do instead.
    pub(crate) fn refuse_agents(&self, env: &Env) -> Result<()> {
        let options = self.options.iter().map(|(name, value)| (name.as_str(), value.as_deref()));
        let given =
            Given { words: self.words.iter().map(String::as_str).collect(), options: options.collect() };
        let found = own::find(&given);
        let right = match found.as_ref().map(|found| found.access) {
            Some(Access::Looks | Access::Acts | Access::Tightens) => return Ok(()),
            Some(Access::People(right)) => right,
            None => Right::Widen,
        };
        if !(env.inside_claude_code || is_below_a_client(std::process::id())) {
            return Ok(());
        }
        let name = found.as_ref().map_or_else(|| self.words.join(" "), |found| found.name.clone());
        let way = found.and_then(|found| found.row.way_out());
        let way = way.map(|option| format!("; an agent may run it with {option}")).unwrap_or_default();
        Err(CliError::usage(format!("`claudectl {name}` is for people, and an agent runs this"))
            .why(right.why())
            .fix(format!("run it in a terminal of your own{way}")))
    }
}

/// Whether a process stands below a client, so that an agent may have started it; or is one.
pub(crate) fn is_below_a_client(pid: u32) -> bool {
    let table = System.table();
    let clients = System.claude_pids();
    table.ancestors(pid).into_iter().chain([pid]).any(|above| clients.contains(&above))
}
