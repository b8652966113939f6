//! Prints where the real client for tests is, installing it if need be, also if that has just failed; exit
//! code 1 and the reason where there is none.

use std::io::Write;
use std::process::ExitCode;

use claudectl_testkit::Claude;

fn main() -> std::io::Result<ExitCode> {
    let (text, code) = match Claude::find_anew() {
        Ok(claude) => (claude.bin().display().to_string(), ExitCode::SUCCESS),
        Err(error) => (format!("is not available: {error}"), ExitCode::FAILURE),
    };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(code)
}
