//! The thread that measures what the sessions' processes use.
//!
//! That nobody tells, so it has to be looked at now and then: the less often, the longer a look takes.

use std::collections::HashMap;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use claudectl_agents::processes::{Processes, System, Table};
use claudectl_tui::{Event, Usage, Usages};

use super::Outlet;
use crate::live;

/// The shortest time between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// A look is rested from so many times as long as it took: it takes a thousandth of one core.
const REST: u32 = 1_000;

/// The thread, while it runs.
#[derive(Debug)]
pub(super) struct Sampler {
    watched: Sender<Vec<(String, u32)>>,
}

impl Sampler {
    pub(super) fn start(outlet: Outlet) -> Self {
        let (watched, told) = channel::<Vec<(String, u32)>>();
        std::thread::spawn(move || {
            let mut watched: Vec<(String, u32)> = Vec::new();
            let mut sampling = Sampling::default();
            let mut pause = Duration::ZERO;
            let mut next = live::now();
            loop {
                let wait = next.saturating_duration_since(live::now());
                // Nothing runs: nothing is measured until something does.
                let told = if watched.is_empty() {
                    told.recv().map_err(|_| RecvTimeoutError::Disconnected)
                } else {
                    told.recv_timeout(wait)
                };
                match told {
                    Ok(sessions) => {
                        let new = sessions.iter().any(|session| !watched.contains(session));
                        watched = sessions;
                        // Its first figure needs two looks.
                        if new && pause > PAUSE {
                            next = next.min(live::now() + PAUSE);
                        }
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {}
                }
                let began = live::now();
                if let Some(usages) = sampling.sample(&watched)
                    && !outlet.tell(Event::Usage(usages))
                {
                    return;
                }
                pause = PAUSE.max(began.elapsed() * REST);
                next = live::now() + pause;
            }
        });
        Self { watched }
    }

    /// These sessions are to be measured, by their processes.
    pub(super) fn watch(&self, sessions: Vec<(String, u32)>) {
        self.watched.send(sessions).ok();
    }
}

#[derive(Default)]
struct Sampling {
    before: Option<(Table, std::time::Instant)>,
    /// What was told last, to what is shown of it.
    told: HashMap<String, (i64, i64)>,
}

impl Sampling {
    /// What they use, where that would be shown otherwise than before.
    fn sample(&mut self, watched: &[(String, u32)]) -> Option<Usages> {
        let (table, at) = (System.table(), live::now());
        let usage = |pid: u32| {
            let since = self.before.as_ref().and_then(|(before, then)| {
                table.usage(pid)?.percent_since(&before.usage(pid)?, at.duration_since(*then))
            });
            Some(Usage { cpu_pct: since?, memory_mb: mebibytes(table.resident_kib(pid)?) })
        };
        let usages: Usages =
            watched.iter().filter_map(|(sid, pid)| Some((sid.clone(), usage(*pid)?))).collect();
        self.before = Some((table, at));
        let shown: HashMap<String, (i64, i64)> = usages
            .iter()
            .map(|(sid, usage)| (sid.clone(), (whole(usage.cpu_pct), whole(usage.memory_mb))))
            .collect();
        if shown == self.told {
            return None;
        }
        self.told = shown;
        Some(usages)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a display value")]
fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

#[expect(clippy::cast_possible_truncation, reason = "percents and mebibytes")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}
