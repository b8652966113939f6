//! `claudectl completions`: a script that lets a shell complete our command line.

use clap_complete::Shell;

use crate::commands::told;
use crate::error::Result;
use crate::ui::Ui;

/// Print a completion script for a shell.
///
/// For bash: `claudectl completions bash > ~/.local/share/bash-completion/completions/claudectl`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

#[expect(clippy::unnecessary_wraps, reason = "all commands have one shape")]
pub(crate) fn run(ui: &mut Ui, args: &Args) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut told(), "claudectl", &mut script);
    ui.raw(&String::from_utf8_lossy(&script));
    Ok(())
}
