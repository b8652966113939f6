//! `claudectl rules rm`: a rule or a trigger less.

use claudectl_gate::rules::Maker;
use claudectl_gate::write;
use claudectl_store::gate::Grant;
use serde_json::json;

use crate::app::App;
use crate::atomic;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::judging::{files, store};
use crate::rules;
use crate::snapshot;
use crate::ui::clean;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The name of a rule or a trigger, `#2` for the second one of the file if it has none, or `g1` for what was allowed for a while.
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let file = rules::file(app)?;
    let text = rules::text(app, &file)?;
    let read = files::here(app, |how| files::whole(&text, Maker::Person, how));
    let known = read.as_ref().is_ok_and(|file| {
        let named = |name: &String| *name == args.name;
        file.rules.iter().map(|rule| &rule.name).any(named)
            || file.triggers.iter().map(|trigger| &trigger.name).any(named)
    });
    if !known && let Some(id) = grant(&args.name) {
        return revoke(app, id);
    }
    read.map_err(|mistakes| rules::broken(app, &file, &mistakes))?;
    if !known {
        return Err(CliError::new(Kind::Failed, format!("there is no rule or trigger {:?}", args.name))
            .fix("`claudectl rules ls` lists them"));
    }
    let _alone = atomic::lock(&app.env, &file)?;
    let text = rules::text(app, &file)?;
    let Some(less) = write::without(&text, &args.name) else {
        return Err(CliError::usage(format!("the rule {:?} cannot be taken out", args.name))
            .why("it does not stand in a [[rules]] or [[triggers]] table")
            .fix(format!("edit {}", shown(&app.env, &file))));
    };
    atomic::write(&app.env, &file, &less)?;
    snapshot::refresh_gate(app)?;
    if app.ui.json {
        return app.ui.document(&json!({ "removed": args.name, "file": file.display().to_string() }));
    }
    let line = clean(&format!("Removed {:?} from {}.", args.name, shown(&app.env, &file)));
    app.ui.line(&line);
    Ok(())
}

/// `g1` is a grant.
fn grant(name: &str) -> Option<i64> {
    name.strip_prefix('g')?.parse().ok().filter(|id| Grant::name(*id) == name)
}

fn revoke(app: &mut App, id: i64) -> Result<()> {
    let name = Grant::name(id);
    let none = || {
        CliError::new(Kind::Failed, format!("{name} is no grant that counts"))
            .why("it has ended, or there never was one")
            .fix("`claudectl rules ls` lists them")
    };
    let Some(mut store) = store(app)? else { return Err(none()) };
    if !store.revoke(id, app.now)? {
        return Err(none());
    }
    snapshot::renew_gate(app, &store, &app.env.state_dir()?)?;
    store.close()?;
    if app.ui.json {
        return app.ui.document(&json!({ "removed": name }));
    }
    app.ui.line(&format!("{name} has ended."));
    Ok(())
}
