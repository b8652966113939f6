//! Commands that widen what agents may do are for people: none that an agent runs does anything.
//!
//! This is a guard, not a wall: what runs as the same user can do what the person can.

use claudectl_agents::processes::{Processes, System};

use crate::env::Env;
use crate::error::{CliError, Result};

/// Refuses where Claude Code started us, by what the environment says or by the process table.
pub(crate) fn widens(env: &Env, what: &str) -> Result<()> {
    if env.inside_claude_code || is_below_a_client(std::process::id()) {
        return Err(CliError::usage(format!("`claudectl {what}` is for people, and an agent runs this"))
            .why("an agent may not widen what agents may do")
            .fix("run it in a terminal of your own"));
    }
    Ok(())
}

/// Whether a process stands below a client, so that an agent may have started it; or is one.
pub(crate) fn is_below_a_client(pid: u32) -> bool {
    let table = System.table();
    let clients = System.claude_pids();
    table.ancestors(pid).into_iter().chain([pid]).any(|above| clients.contains(&above))
}
