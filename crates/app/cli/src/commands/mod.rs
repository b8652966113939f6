//! The command line: one command, one file. This one only lists them and hands over.

pub(crate) mod approve;
pub(crate) mod attach;
pub(crate) mod brain;
pub(crate) mod budget;
pub(crate) mod clean;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dashboard;
pub(crate) mod demo;
pub(crate) mod deny;
pub(crate) mod docs;
pub(crate) mod doctor;
pub(crate) mod gate;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod hive;
pub(crate) mod hook;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod ls;
pub(crate) mod man;
pub(crate) mod notify;
pub(crate) mod policy;
pub(crate) mod prices;
pub(crate) mod reel;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod secrets;
pub(crate) mod show;
pub(crate) mod spend;
pub(crate) mod statusline;
pub(crate) mod stop;
pub(crate) mod tick;
pub(crate) mod uninstall;
pub(crate) mod up;
pub(crate) mod wait;
pub(crate) mod watch;

use std::path::PathBuf;

use clap::CommandFactory;

use crate::app::App;
use crate::config::{ErrorKind, Loaded};
use crate::configuration;
use crate::env::Env;
use crate::error::{CliError, Kind, Result};
use crate::ui::{ColorChoice, Ui};

/// Mission control for coding agents: every session on this machine, and what it costs.
///
/// Without a command, shows them on a screen that stays open; where there is no terminal, lists those that run.
#[derive(Debug, clap::Parser)]
#[command(name = "claudectl", version, arg_required_else_help = false, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Global {
    /// Print JSON instead of text.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// When to use colours.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Global options"
    )]
    pub(crate) color: ColorChoice,
    /// Print no warnings and notes.
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Say more in the log; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
    /// Use this configuration file instead of the one in your configuration folder.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(crate) config: Option<PathBuf>,
    /// Append what claudectl does to this file; secrets are redacted.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(crate) log: Option<PathBuf>,
}

/// What to do. The words of the help stand with each command's arguments.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    #[command(visible_alias = "dash")]
    Dashboard(dashboard::Args),
    #[command(visible_alias = "list")]
    Ls(ls::Args),
    Show(show::Args),
    Spend(spend::Args),
    Budget(budget::Args),
    Brain(brain::Args),
    Hive(hive::Args),
    Prices(prices::Args),
    Gate(gate::Args),
    Rules(rules::Args),
    Policy(policy::Args),
    Health(health::Args),
    Reel(reel::Args),
    History(history::Args),
    Report(report::Args),
    Search(search::Args),
    Secrets(secrets::Args),
    Statusline(statusline::Args),
    Watch(watch::Args),
    Wait(wait::Args),
    Approve(approve::Args),
    Deny(deny::Args),
    Attach(attach::Args),
    Stop(stop::Args),
    Up(up::Args),
    Notify(notify::Args),
    Doctor(doctor::Args),
    Init(init::Args),
    Uninstall(uninstall::Args),
    Config(config::Args),
    Import(import::Args),
    Clean(clean::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(hide = true)]
    Hook(hook::Args),
    #[command(hide = true)]
    Tick(tick::Args),
    #[command(hide = true)]
    Docs(docs::Args),
}

/// The command line as it is told to those who use it: without what is hidden, which completions would list.
pub(crate) fn told() -> clap::Command {
    let whole = Cli::command();
    let shown = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut told = clap::Command::new("claudectl")
        .args(whole.get_arguments().cloned())
        .subcommands(shown.collect::<Vec<_>>())
        .disable_help_subcommand(true);
    if let Some(version) = whole.get_version() {
        told = told.version(version.to_owned());
    }
    if let (Some(about), Some(long)) = (whole.get_about(), whole.get_long_about()) {
        told = told.about(about.clone()).long_about(long.clone());
    }
    told
}

/// Runs one command.
pub(crate) fn run(env: Env, ui: &mut Ui, cli: Cli) -> Result<()> {
    if let Some(file) = &cli.global.log {
        crate::log::start(file, cli.global.verbose)?;
    }
    let bare = cli.command.is_none();
    let command = cli.command.unwrap_or_else(|| Command::Ls(ls::Args::default()));
    let env = match &command {
        // Installed by `init`: only its arguments say where things are.
        Command::Statusline(statusline::Args { home: Some(home), .. })
        | Command::Tick(tick::Args { home: Some(home), .. })
        | Command::Up(up::Args { home: Some(home), .. }) => env.led_by(home)?,
        _ => env,
    };
    env.check_state_dir()?;
    match command {
        Command::Completions(args) => return completions::run(ui, &args),
        Command::Man(args) => return man::run(ui, &args),
        Command::Docs(args) => return docs::run(ui, &args),
        Command::Config(args) => return config::run(&env, ui, &cli.global, args),
        // Run before the command line is parsed; only its help gets here.
        Command::Hook(_) => return Ok(()),
        _ => {}
    }
    // What runs without a person must not stop at a mistake in a file.
    let lenient = matches!(command, Command::Doctor(_) | Command::Statusline(_) | Command::Tick(_));
    let importing = matches!(command, Command::Import(_));
    let mut app = app(env, ui, &cli.global, lenient, importing)?;
    let result = match command {
        Command::Ls(_) if bare && !app.ui.json && dashboard::is_interactive(&app) => {
            dashboard::run(&mut app, &dashboard::Args::default())
        }
        Command::Dashboard(args) => dashboard::run(&mut app, &args),
        Command::Demo(args) => demo::run(&mut app, &args),
        Command::Ls(args) => ls::run(&mut app, &args),
        Command::Show(args) => show::run(&mut app, &args),
        Command::Spend(args) => spend::run(&mut app, &args),
        Command::Budget(args) => budget::run(&mut app, &args),
        Command::Brain(args) => brain::run(&mut app, &args),
        Command::Hive(args) => hive::run(&mut app, &args),
        Command::Prices(args) => prices::run(&mut app, &args),
        Command::Gate(args) => gate::run(&mut app, &args),
        Command::Rules(args) => rules::run(&mut app, &args),
        Command::Policy(args) => policy::run(&mut app, &args),
        Command::Health(args) => health::run(&mut app, &args),
        Command::Reel(args) => reel::run(&mut app, &args),
        Command::History(args) => history::run(&mut app, &args),
        Command::Report(args) => report::run(&mut app, &args),
        Command::Search(args) => search::run(&mut app, &args),
        Command::Secrets(args) => secrets::run(&mut app, &args),
        Command::Statusline(args) => statusline::run(&mut app, &args),
        Command::Tick(args) => tick::run(&mut app, &args),
        Command::Watch(args) => watch::run(&mut app, &args),
        Command::Wait(args) => wait::run(&mut app, &args),
        Command::Approve(args) => approve::run(&mut app, &args),
        Command::Deny(args) => deny::run(&mut app, &args),
        Command::Attach(args) => attach::run(&mut app, &args),
        Command::Stop(args) => stop::run(&mut app, &args),
        Command::Up(args) => up::run(&mut app, &args),
        Command::Notify(args) => notify::run(&mut app, &args),
        Command::Doctor(args) => doctor::run(&mut app, &args, cli.global.log.as_deref()),
        Command::Init(args) => init::run(&mut app, &args),
        Command::Uninstall(args) => uninstall::run(&mut app, &args),
        Command::Import(args) => import::run(&mut app, &args),
        Command::Clean(args) => clean::run(&mut app, &args),
        Command::Completions(_)
        | Command::Man(_)
        | Command::Docs(_)
        | Command::Hook(_)
        | Command::Config(_) => Ok(()),
    };
    std::mem::swap(ui, &mut app.ui);
    result
}

/// The surroundings that commands run in: strict configuration, clock, zone.
///
/// `lenient`, mistakes in the configuration are left in [`App::config_errors`]: what is right counts, and
/// defaults for the rest.
fn app(env: Env, ui: &mut Ui, global: &Global, lenient: bool, importing: bool) -> Result<App> {
    let named = global.config.as_deref();
    let Loaded { config, errors, notices } = configuration::load(&env, named);
    if !errors.is_empty() && !lenient {
        return Err(CliError::new(Kind::Usage, errors));
    }
    // What `import` is about needs no warning there.
    for notice in notices.iter().filter(|notice| !importing || notice.0.kind != ErrorKind::Foreign) {
        ui.warn_block(&notice.to_string());
    }
    let zone = env.zone(config.general.timezone.as_deref().unwrap_or("local"))?;
    if let (None, Some(tz)) = (&config.general.timezone, env.unknown_tz()) {
        ui.warn(&format!(
            "TZ={tz} is no time zone: days begin in UTC (write it as Europe/Berlin, or set general.timezone)"
        ));
    }
    let now = env.now_ms()?;
    let plain = Ui::new(&env, global.color, global.json, global.quiet);
    tracing::info!(roots = ?env.claude_config_dir, "started");
    let config_file = configuration::paths(&env, named).user;
    let foreign = notices.into_iter().find(|notice| notice.0.kind == ErrorKind::Foreign);
    Ok(App {
        ui: std::mem::replace(ui, plain),
        env,
        config,
        config_file,
        config_errors: errors,
        foreign_config: foreign,
        now,
        zone,
    })
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command as Clap};
    use claudectl_shell::grammar::{self, Takes};
    use claudectl_shell::own::{COMMANDS, Row, When};

    use super::*;

    /// Every command with the words that lead to it, groups and the hidden included.
    fn all() -> Vec<(Vec<String>, Clap)> {
        let mut whole = Cli::command();
        whole.build();
        let mut found = vec![(Vec::new(), whole)];
        let mut at = 0;
        while let Some((words, command)) = found.get(at).cloned() {
            found.extend(
                command
                    .get_subcommands()
                    .map(|below| ([&words[..], &[below.get_name().to_owned()]].concat(), below.clone())),
            );
            at += 1;
        }
        found
    }

    fn is_row_of(row: &Row, words: &[String]) -> bool {
        let own: Vec<&str> = row.words.split_whitespace().collect();
        own.len() == words.len()
            && own.iter().zip(words).all(|(own, word)| own.split('|').any(|one| one == word))
    }

    #[test]
    fn the_table_says_of_each_command_what_it_is_to_agents() {
        let all = all();
        assert!(all.len() > 70, "{}", all.len());
        for (words, _) in &all {
            let rows = COMMANDS.iter().filter(|row| is_row_of(row, words)).count();
            assert_eq!(
                rows,
                1,
                "claudectl_shell::own::COMMANDS has {rows} rows for `claudectl {}`",
                words.join(" ")
            );
        }
        for row in COMMANDS {
            let names = all.iter().find(|(words, _)| is_row_of(row, words));
            let (_, command) = names.unwrap_or_else(|| panic!("there is no command {:?}", row.words));
            // What it is called by, too, is the same to the gate.
            let last = row.words.split_whitespace().last().unwrap_or_default();
            let known = |alias: &str| last.split('|').any(|own| own == alias);
            assert!(
                command.get_all_aliases().all(known),
                "{:?} has aliases that are not in its row",
                row.words
            );
        }
    }

    fn named<'a>(command: &'a Clap, option: &str) -> Option<&'a Arg> {
        let is_it = |own: &str| option.strip_prefix("--") == Some(own);
        command.get_arguments().find(|arg| {
            arg.get_long().is_some_and(is_it)
                || arg.get_all_aliases().unwrap_or_default().into_iter().any(is_it)
        })
    }

    #[test]
    fn options_of_the_table_are_those_of_the_commands() {
        let all = all();
        for row in COMMANDS {
            let (_, command) = all.iter().find(|(words, _)| is_row_of(row, words)).unwrap();
            for (when, _) in row.cases {
                let (names, takes) = match when {
                    When::Option(names) => (*names, None),
                    When::Switch(names) => (*names, Some(false)),
                    When::Value(name, _) => (*name, Some(true)),
                    When::Operand | When::Named(_) | When::HarmlessKey => continue,
                };
                for name in names.split('|') {
                    let arg = named(command, name).unwrap_or_else(|| panic!("{:?} has no {name}", row.words));
                    let own = arg.get_action().takes_values();
                    assert!(takes.is_none_or(|takes| takes == own), "{:?} {name}", row.words);
                    let mut others = arg.get_all_aliases().unwrap_or_default().into_iter();
                    let listed =
                        |alias: &str| names.split('|').any(|own| own.strip_prefix("--") == Some(alias));
                    assert!(others.all(listed), "{:?} {name} has aliases that the table lacks", row.words);
                    assert!(arg.get_long().is_some_and(listed), "{:?} {name}", row.words);
                }
            }
        }
    }

    /// What the gate takes for a value is one, or it would take a command's word for that.
    #[test]
    fn the_gate_knows_which_options_take_values() {
        let entry = grammar::find("claudectl").unwrap();
        for (words, command) in all() {
            for option in entry.options {
                for arg in option.names.split('|').filter_map(|name| named(&command, name)) {
                    let takes = option.takes != Takes::Nothing;
                    assert_eq!(arg.get_action().takes_values(), takes, "claudectl {} {arg}", words.join(" "));
                }
            }
        }
        let globals = Cli::command();
        let values = globals.get_arguments().filter(|arg| arg.get_action().takes_values());
        for arg in values.filter(|arg| arg.is_global_set()) {
            let name = format!("--{}", arg.get_long().unwrap());
            let known = entry.options.iter().any(|option| option.names.split('|').any(|own| own == name));
            assert!(known, "the gate does not know that {name} takes a value");
        }
    }
}
