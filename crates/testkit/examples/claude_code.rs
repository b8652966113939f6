//! Prints where the real clients for tests are, installing them if need be, also if that has just failed;
//! exit code 1 and the reason where one cannot be had.

use std::io::Write;
use std::process::ExitCode;

use claudectl_testkit::Claude;
use claudectl_testkit::claude::{CLAUDE_VERSION, OLD_CLAUDE_VERSION};

fn main() -> std::io::Result<ExitCode> {
    Claude::forget_failures();
    let mut code = ExitCode::SUCCESS;
    for (version, found) in [(CLAUDE_VERSION, Claude::find()), (OLD_CLAUDE_VERSION, Claude::find_old())] {
        let text = match found {
            Ok(claude) => claude.bin().display().to_string(),
            Err(error) => {
                code = ExitCode::FAILURE;
                format!("{version} is not available: {error}")
            }
        };
        writeln!(std::io::stdout(), "{text}")?;
    }
    Ok(code)
}
