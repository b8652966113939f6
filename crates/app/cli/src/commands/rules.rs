//! `claudectl rules`: what you have said about calls.

mod add;
pub(crate) mod ls;
mod rm;
mod test;

use claudectl_gate::keys;
use claudectl_gate::rules::{Action, Maker, Rule};

use crate::app::App;
use crate::commands::gate;
use crate::error::Result;
use crate::format;
use crate::ui::{Style, clean, told};

/// List, add, remove and try rules: what agents may do, must ask about, and may not do.
///
/// Your rules stand in `rules.toml`, beside your configuration. Deny beats ask beats allow, in whatever order they
/// stand. A repository's own are shown by `claudectl policy`. In the same file [[triggers]] say what is done to a session
/// by itself; docs/rules.md has every key.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the rules that count: yours, those of the repository, and what you have allowed for a while; and your
    /// triggers. A rule that has ended is marked.
    Ls(ls::Args),
    /// Add a rule to yours.
    Add(Box<add::Args>),
    /// Remove a rule or a trigger of yours by its name, or end what was allowed for a while by its number (`g1`).
    Rm(rm::Args),
    /// Without a call, list every mistake in your rules; with one, show which rules fit it. Exits with 1 if there is a
    /// mistake, or the call is not allowed.
    Test(test::Args),
    /// Print the JSON schema of `rules.toml`.
    Schema,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        What::Ls(args) => ls::run(app, args),
        What::Add(args) => add::run(app, args),
        What::Rm(args) => rm::run(app, args),
        What::Test(args) => test::run(app, args),
        What::Schema => app.ui.document(&keys::schema(Maker::Person)),
    }
}

/// Whether a rule counts no more.
pub(crate) fn has_ended(app: &App, rule: &Rule) -> bool {
    rule.expires.is_some_and(|at| at <= app.now)
}

/// A rule on a line or two: what it answers, its name, and to what.
pub(crate) fn print(app: &mut App, rule: &Rule, of: Option<Maker>) {
    let action = rule.action.unwrap_or(Action::Ask);
    let ended = has_ended(app, rule);
    let word = app
        .ui
        .paint(if ended { Style::Faint } else { gate::style(action) }, &format!("{:<5}", action.word()));
    let name = app.ui.paint(Style::Name, &told(&rule.name));
    let maker = of.map(|maker| format!("  ({})", whose(maker))).unwrap_or_default();
    let counts = if ended { "  counts no more" } else { "" };
    app.ui.line(&format!("{word}  {name}{maker}{counts}"));
    let line = app.ui.paint(Style::Faint, &told(&format!("       {}", conditions(app, rule).join("; "))));
    app.ui.line(&line);
    if let Some(reason) = &rule.reason {
        let line = app.ui.paint(Style::Faint, &clean(&format!("       why: {reason}")));
        app.ui.line(&line);
    }
}

const fn whose(maker: Maker) -> &'static str {
    match maker {
        Maker::Team => "of this repository",
        Maker::Person => "yours",
        Maker::Grant => "for a while",
    }
}

/// What a rule asks for, in words.
fn conditions(app: &App, rule: &Rule) -> Vec<String> {
    let list =
        |key: &str, words: Vec<&str>| (!words.is_empty()).then(|| format!("{key} {}", words.join(" | ")));
    let texts = <[String]>::to_vec;
    let all = [
        ("tool", texts(&rule.tools)),
        ("command", texts(&rule.commands)),
        ("path", texts(&rule.paths)),
        ("effect", rule.effects.iter().map(|effect| effect.word().to_owned()).collect()),
        ("scope", rule.scopes.iter().map(|scope| scope.word().to_owned()).collect()),
        ("project", texts(&rule.projects)),
        ("mode", texts(&rule.modes)),
        ("session", texts(&rule.sessions)),
    ];
    let mut found: Vec<String> =
        all.iter().filter_map(|(key, words)| list(key, words.iter().map(String::as_str).collect())).collect();
    if let Some(exactly) = &rule.exactly {
        found.push(format!("exactly: {} {}", exactly.tool, exactly.text).trim_end().to_owned());
        found.push(format!("in {}", exactly.folder));
    }
    found.extend(rule.cost_above.map(|usd| format!("cost above ${usd}")));
    found.extend(
        rule.conflict.map(|is| {
            if is { "another session in the way" } else { "no other session in the way" }.to_owned()
        }),
    );
    found.extend(
        rule.last_error
            .map(|is| if is { "the last call failed" } else { "the last call did not fail" }.to_owned()),
    );
    if rule.fits_all() {
        found.push("every call".to_owned());
    }
    let word = if has_ended(app, rule) { "ended" } else { "until" };
    found.extend(rule.expires.map(|at| format!("{word} {}", format::moment(at, &app.zone))));
    found
}
