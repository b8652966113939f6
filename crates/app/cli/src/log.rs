//! `--log FILE`: what the program does, for finding out why it did it.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tracing_subscriber::filter::LevelFilter;

use crate::error::{CliError, Result};

/// A writer that redacts each line before it reaches the file.
#[derive(Debug)]
struct Redacting(std::fs::File);

impl Write for Redacting {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(claudectl_redact::redact(&text).text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Starts the log; each `-v` says more.
pub(crate) fn start(file: &Path, verbose: u8) -> Result<()> {
    let fail = |error: &dyn std::fmt::Display| {
        CliError::external(format!("cannot write the log {}", file.display()))
            .why(error)
            .fix("name a file in a folder that you can write to")
    };
    let log =
        OpenOptions::new().append(true).create(true).mode(0o600).open(file).map_err(|error| fail(&error))?;
    let level = match verbose {
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(Redacting(log)))
        .try_init()
        .map_err(|error| fail(&error))
}
