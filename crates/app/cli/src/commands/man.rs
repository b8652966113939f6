//! `claudectl man`: the manual pages.

use std::path::PathBuf;

use crate::commands::told;
use crate::error::{CliError, Result};
use crate::ui::Ui;

/// Print the manual page.
///
/// `claudectl man | man -l -` shows it; `--dir DIR` writes one page for each command.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write `claudectl.1`, `claudectl-ls.1` and so on into this folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(ui: &mut Ui, args: &Args) -> Result<()> {
    let command = told();
    match &args.dir {
        Some(dir) => clap_mangen::generate_to(command, dir).map_err(|error| {
            CliError::external(format!("cannot write manual pages to {}", dir.display()))
                .why(error)
                .fix("name a folder that exists and that you can write to")
        }),
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command)
                .render(&mut page)
                .map_err(|error| CliError::external("cannot make the manual page").why(error))?;
            ui.raw(&String::from_utf8_lossy(&page));
            Ok(())
        }
    }
}
