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
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))
                .map_err(failed)?;
        }
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
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
