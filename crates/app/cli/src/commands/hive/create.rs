//! `claudectl hive create`: found a hive.

use serde_json::json;

use crate::app::App;
use crate::error::Result;
use crate::hive::{self, Hive};

/// Found a hive: this machine is its first owner.
///
/// Others come in by `claudectl hive member add`, which takes their key.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What it is called.
    name: String,
    /// What this machine is called in it. Default: its host name.
    #[arg(long, value_name = "NAME")]
    r#as: Option<String>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let name = hive::name(&args.name)?;
    let founder = args.r#as.as_deref().map(hive::name).transpose()?.unwrap_or_else(hive::host_name);
    let mut hive = Hive::open(app)?;
    let id = hive.found(&name, &founder)?;
    if app.ui.json {
        return app.ui.document(&json!({ "hive": id.to_string(), "name": name, "as": founder }));
    }
    app.ui
        .line(&format!("The hive {name} is founded; this machine is its owner, and called {founder} in it."));
    app.ui.line("Next: claudectl hive id on the other machine, and here claudectl hive member add KEY NAME");
    Ok(())
}
