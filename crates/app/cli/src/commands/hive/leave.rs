//! `claudectl hive leave`: belong to a hive no more.

use serde_json::json;

use crate::app::App;
use crate::error::Result;
use crate::format::plural;
use crate::hive::Hive;
use crate::hive::exchange::To;
use crate::ui::told;

/// Leave a hive. What this machine wrote stays with the others; what they wrote is exchanged with it no more.
///
/// The others learn of it by the bundle that is written into FILE, or by any machine that has it. The last owner cannot leave.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What the hive is called here.
    name: String,
    /// Write a bundle for the others, with the word that this machine has left.
    #[arg(short, long, value_name = "FILE")]
    output: Option<std::path::PathBuf>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let at = hive.chosen(Some(&args.name))?;
    hive.leave(at)?;
    let mut given = 0;
    if let Some(output) = &args.output {
        let path = crate::hive::place(app, output)?;
        given = super::export::into_file(app, &mut hive, &To::All, &path, false)?.operations;
    }
    if app.ui.json {
        return app.ui.document(&json!({ "name": args.name, "left": true, "operations": given }));
    }
    app.ui.line(&format!("This machine has left {}.", told(&args.name)));
    if given > 0 {
        app.ui.line(&format!("The bundle says so to the others, with {}.", plural(given, "operation")));
    }
    Ok(())
}
