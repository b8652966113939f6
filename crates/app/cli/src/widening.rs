//! What is for people is refused to agents, before any command runs. Which commands these are, and why, stands in the one
//! table of [`claudectl_shell::own`], from which the gate answers calls of them, too.
//!
//! This is a guard, not a wall: what runs as the same user can do what the person can.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use claudectl_agents::processes::{Processes, System};
use claudectl_shell::own::{self, Access, Found, Given, Right};

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
        match self.refusal() {
            Some(refusal) if env.inside_claude_code || is_below_a_client(std::process::id()) => Err(refusal),
            Some(_) | None => Ok(()),
        }
    }

    /// What an agent is told; `None` where it may run this. What the table does not know is for people.
    fn refusal(&self) -> Option<CliError> {
        let options = self.options.iter().map(|(name, value)| (name.as_str(), value.as_deref()));
        let words = self.words.iter().map(String::as_str);
        let found = own::find(&Given { words: words.collect(), options: options.collect() });
        let (name, right, way) = match found {
            None => (self.words.join(" "), Right::Widen, None),
            Some(Found { access, row, name }) => match access {
                Access::Looks | Access::Acts | Access::Tightens | Access::Told => return None,
                Access::People(right) => (name, right, row.way_out()),
            },
        };
        let way = way.map(|option| format!("; an agent may run it with {option}")).unwrap_or_default();
        let refusal = CliError::usage(format!("`claudectl {name}` is for people, and an agent runs this"));
        Some(refusal.why(right.why()).fix(format!("run it in a terminal of your own{way}")))
    }
}

/// Whether a process stands below a client, so that an agent may have started it; or is one.
pub(crate) fn is_below_a_client(pid: u32) -> bool {
    let table = System.table();
    let clients = System.claude_pids();
    table.ancestors(pid).into_iter().chain([pid]).any(|above| clients.contains(&above))
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction};

    use super::*;

    /// A program with a command that the table has, and one that it lacks.
    fn program() -> Command {
        let allow = Command::new("allow")
            .arg(Arg::new("command"))
            .arg(Arg::new("time").long("for").default_value("20m"));
        let log = Command::new("log").alias("journal");
        let json = Arg::new("json").long("json").global(true).action(ArgAction::SetTrue);
        let live = Arg::new("live").long("live").alias("real").action(ArgAction::SetTrue);
        Command::new("claudectl")
            .arg(json)
            .subcommand(Command::new("gate").subcommands([allow, log]))
            .subcommand(
                Command::new("doctor").arg(live).arg(Arg::new("quick").short('q').action(ArgAction::SetTrue)),
            )
            .subcommand(Command::new("teleport"))
    }

    fn line(words: &str) -> CommandLine {
        let mut program = program();
        let matches = program.try_get_matches_from_mut(words.split(' ')).unwrap();
        CommandLine::parsed(&program, &matches)
    }

    #[test]
    fn a_line_has_its_commands_by_their_names_and_what_was_given() {
        let allow = line("claudectl --json gate allow make");
        assert_eq!(allow.words, ["gate", "allow", "make"]);
        assert!(
            !allow.options.is_empty() && allow.options.iter().all(|(name, _)| name == "--json"),
            "{allow:?}"
        );
        assert_eq!(
            line("claudectl gate allow make --for 1h").options,
            [("--for".to_owned(), Some("1h".to_owned()))]
        );
        assert_eq!(line("claudectl gate journal").words, ["gate", "log"]);
        let names: Vec<String> =
            line("claudectl doctor --real -q").options.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["--live", "-q"]);
    }

    #[test]
    fn what_the_table_does_not_know_is_for_people() {
        let refused = |words: &str| line(words).refusal().map(|refusal| refusal.what);
        let told = |name: &str| Some(format!("`claudectl {name}` is for people, and an agent runs this"));
        assert_eq!(refused("claudectl teleport"), told("teleport"));
        assert_eq!(refused("claudectl gate allow make"), told("gate allow"));
        assert_eq!(refused("claudectl doctor --real"), told("doctor --live"));
        assert_eq!(refused("claudectl doctor"), None);
        assert_eq!(refused("claudectl gate log"), None);
    }
}
