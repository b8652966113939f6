//! A pass in the background: a process of its own, which nobody waits for.

use std::path::Path;
use std::process::{Command, Stdio};

/// Starts a pass that takes in what is there, beside us. It gets nothing of our environment: in a hook, a repository's
/// settings may have set any variable of it. Where it cannot be started, the next reader does the same.
pub(crate) fn tick(home: &Path, config: Option<&Path>) {
    use std::os::unix::process::CommandExt;
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    command.arg("tick").arg("--home").arg(home);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command.env_clear().current_dir("/").process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    drop(command.spawn());
}
