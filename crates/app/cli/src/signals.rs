//! Signals that ask the program to end: told to whoever runs a loop, which then ends in its own time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::error::{CliError, Result};

/// Whether the program was asked to end.
#[derive(Debug, Clone)]
pub(crate) struct Ending(Arc<AtomicI32>);

impl Ending {
    /// Listens from now on; `wake` is called by a thread of its own when a signal comes. A second one ends the program
    /// at once.
    pub(crate) fn listen(wake: impl Fn() + Send + 'static) -> Result<Self> {
        let failed = |error| CliError::external("cannot listen for signals").why(error);
        let (came, again) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicBool::new(false)));
        let heard: Vec<i32> =
            [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !ignored(*signal)).collect();
        for signal in heard.iter().copied().filter(|signal| *signal != SIGHUP) {
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))
                .map_err(failed)?;
        }
        let mut signals = Signals::new(heard).map_err(failed)?;
        let noted = Arc::clone(&came);
        let listen = move || {
            for signal in signals.forever() {
                noted.store(signal, Ordering::SeqCst);
                again.store(true, Ordering::SeqCst);
                wake();
            }
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map_err(failed)?;
        Ok(Self(came))
    }

    /// The signal that came.
    pub(crate) fn signal(&self) -> Option<&'static str> {
        match self.0.load(Ordering::SeqCst) {
            SIGHUP => Some("SIGHUP"),
            SIGINT => Some("SIGINT"),
            SIGTERM => Some("SIGTERM"),
            _ => None,
        }
    }
}

/// Whoever started us wants a signal ignored, as `nohup` does with that of a terminal that goes. Told by Linux alone.
fn ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
