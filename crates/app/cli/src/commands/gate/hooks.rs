//! `claudectl gate hooks`: hooks of others that may change a call after the verdict or answer a prompt, and which of them the
//! person vouches for.

use std::path::Path;

use claudectl_agents::asker::Asker;
use claudectl_agents::settings::foreign::{Foreign, Tools, When};
use claudectl_store::Store;
use claudectl_store::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::judging::foreign::{self, Known};
use crate::pass;
use crate::snapshot;
use crate::ui::{Style, Table, clean};

/// List hooks of others that may change a call after the verdict, and vouch for those that you know.
///
/// As long as such a hook may be called for a tool, Claude Code is told of no allow: another call might run than the one
/// that was judged. One that you trust is passed over, as long as neither it nor its script changes. Nobody can vouch for
/// what a repository brings, variables that decide what a command runs (env) among it; where a hook of one may answer a
/// prompt in your place (PermissionRequest), what would be asked is denied. What of it cannot be read, or understood, may be
/// anything (unknown), and counts as both.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Trust a hook as it is now: it changes no call behind the gate's back.
    Trust(Which),
    /// Trust a hook no more.
    Distrust(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Its id, as `claudectl gate hooks` lists it, or more of its hash.
    #[arg(value_name = "ID")]
    id: String,
}

/// So much of a hash is its id.
const SHORT: usize = 8;

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        None => list(app),
        Some(What::Trust(which)) => vouch(app, &which.id, true),
        Some(What::Distrust(which)) => vouch(app, &which.id, false),
    }
}

/// All that are there now: of the person, of folders that sessions lately worked in, and of this one.
fn known(app: &App, store: &Store, home: &Path) -> Result<Known> {
    let known = foreign::survey(store, home, &pass::roots(app, store)?, app.now)?;
    Ok(match &app.env.cwd {
        Some(folder) => known.and_of(home, folder),
        None => known,
    })
}

/// All that are there now, where there is a store to ask; to be named by `doctor`.
pub(crate) fn all(app: &App) -> Result<Vec<(Foreign, bool)>> {
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    let store = if file.exists() { Store::open(&file)? } else { Store::in_memory()? };
    Ok(known(app, &store, &home)?.all().map(|(hook, trusted)| (hook.clone(), trusted)).collect())
}

/// What would hold back an allow in a folder.
pub(super) fn withholds(app: &App, folder: &Path, tool: &str) -> Option<String> {
    let home = app.env.state_dir().ok()?;
    Known::of(Snapshot::read(&home).as_ref()).withholds(&home, folder, tool)
}

/// What would answer a prompt in the person's place in a folder.
pub(super) fn answers(app: &App, folder: &Path, tool: &str) -> Option<String> {
    let home = app.env.state_dir().ok()?;
    let known = Known::of(Snapshot::read(&home).as_ref());
    let hook = known.answers(&home, &Asker::of(None, None), folder, Some(tool))?;
    Some(format!("a hook of the repository would answer in your place: {hook}"))
}

fn id(hook: &Foreign) -> Option<&str> {
    hook.hash.as_deref().map(|hash| &hash[..SHORT.min(hash.len())])
}

const fn state(hook: &Foreign, trusted: bool) -> (&'static str, Style) {
    match (trusted, &hook.hash) {
        (true, _) => ("trusted", Style::Good),
        (false, Some(_)) => ("untrusted", Style::Notice),
        (false, None) => ("never", Style::Alarm),
    }
}

fn tools(hook: &Foreign) -> &[String] {
    match &hook.tools {
        Tools::Any => &[],
        Tools::Named(names) => names,
    }
}

fn list(app: &mut App) -> Result<()> {
    let all = all(app)?;
    if app.ui.json {
        let document = |(hook, trusted): &(Foreign, bool)| {
            json!({
                "id": id(hook),
                "hash": hook.hash,
                "state": state(hook, *trusted).0,
                "event": hook.when.event(),
                "whose": hook.whose.word(),
                "tools": tools(hook),
                "what": hook.what,
                "file": hook.file.display().to_string(),
            })
        };
        return app.ui.document(&all.iter().map(document).collect::<Vec<Value>>());
    }
    if all.is_empty() {
        app.ui.line(
            "No other hook is called before tool calls: nothing that is allowed is withheld because of one.",
        );
        return Ok(());
    }
    let mut table = Table::new().left("ID").left("STATE").left("EVENT").left("TOOLS").flexible("HOOK", 20);
    for (hook, trusted) in &all {
        let (word, style) = state(hook, *trusted);
        let names = match tools(hook) {
            [] => "any".to_owned(),
            names => names.join(","),
        };
        table.row([
            (Style::Name, id(hook).unwrap_or("-").to_owned()),
            (style, word.to_owned()),
            (Style::Plain, hook.when.event().to_owned()),
            (Style::Plain, clean(&names)),
            (Style::Plain, clean(&hook.what)),
        ]);
        table.below(Style::Faint, &shown(&app.env, &hook.file));
    }
    table.print(&mut app.ui);
    if all.iter().any(|(hook, _)| hook.when == When::Unknown) {
        app.ui.line(
            "What cannot be read, or is too much to be read, may be a hook of any kind (unknown): nothing is allowed where it \
             counts, and in a repository what would be asked is denied. Hooks in front matter are understood where each key \
             begins a line, as in `hooks:`, and below it, indented, `PreToolUse:`.",
        );
    }
    if all.iter().any(|(hook, trusted)| !trusted && hook.hash.is_some()) {
        app.ui.line(
            "`claudectl gate hooks trust ID` vouches for one: that it changes no call after the verdict.",
        );
    }
    Ok(())
}

fn vouch(app: &mut App, text: &str, yes: bool) -> Result<()> {
    let home = app.env.state_dir()?;
    let mut store = Store::open(&home.join("state.db"))?;
    let listed: Vec<Foreign> = known(app, &store, &home)?.all().map(|(hook, _)| hook.clone()).collect();
    let hash = find(&listed, &store.trusted_hooks()?, text, yes)?;
    let what = listed.iter().find(|hook| hook.hash.as_ref() == Some(&hash)).map(|hook| hook.what.clone());
    let what = what.unwrap_or_default();
    let changed = store.vouch(&hash, &what, yes, app.now)?;
    snapshot::renew_gate(app, &store, &home)?;
    store.close()?;
    if app.ui.json {
        return app.ui.document(&json!({ "hash": hash, "trusted": yes, "changed": changed }));
    }
    let name = if what.is_empty() { hash[..SHORT].to_owned() } else { clean(&what) };
    app.ui.line(&if yes {
        format!("{name} is trusted as it is now; when it or its script changes, nothing is allowed again where it is called.")
    } else {
        format!("{name} is not trusted: nothing is allowed where it is called.")
    });
    Ok(())
}

/// The hash that is meant: of what is there, and to take trust back, of what once was.
fn find(listed: &[Foreign], trusted: &[String], text: &str, yes: bool) -> Result<String> {
    let text = text.to_ascii_lowercase();
    let there = listed.iter().filter_map(|hook| hook.hash.as_ref());
    let once = trusted.iter().filter(|_| !yes);
    let mut fit: Vec<&String> = there.chain(once).filter(|hash| hash.starts_with(&text)).collect();
    fit.sort_unstable();
    fit.dedup();
    let listing = "claudectl gate hooks lists them";
    match &fit[..] {
        [hash] if text.len() >= SHORT => Ok((*hash).clone()),
        [_] => Err(CliError::usage(format!("{text:?} is too short for an id")).fix(listing)),
        [] => Err(CliError::new(Kind::Failed, format!("there is no hook {text:?} that can be trusted"))
            .fix(listing)),
        [..] => Err(CliError::usage(format!("{text:?} are several hooks")).fix(listing)),
    }
}
