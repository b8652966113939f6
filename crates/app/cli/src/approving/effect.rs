//! What becomes of an answer that the client was given: its dialog may have been answered at the same moment.
//!
//! The registry only says that the client goes on. Who decided stands in the row of the call's result, which comes a
//! moment later where the call is not made, and when it is done where it is.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use claudectl_agents::ends::{self, Settled, TurnedDown};
use claudectl_agents::{registry, roots};
use claudectl_fleet::hooks::Client;

use super::{Open, State};
use crate::outcomes;

/// How long evidence is waited for, at most.
const SHOWS: Duration = Duration::from_secs(6);
/// A call that is not made has its row within this, once the client goes on.
const TURNED_DOWN: Duration = Duration::from_millis(2_500);
const LOOKS: Duration = Duration::from_millis(40);

/// Where evidence comes from, and what stood there before the answer.
pub(super) struct Watch {
    registry: Option<(PathBuf, Client)>,
    changed: Option<i64>,
    transcript: Option<PathBuf>,
    /// Calls that it may be about, none of which has a result.
    calls: Vec<String>,
}

impl Watch {
    pub(super) fn before(open: &Open) -> Self {
        let prompt = open.prompt();
        let own = prompt.transcript.as_deref().map(Path::new);
        let registry = own.and_then(roots::of_transcript).zip(prompt.client);
        let changed = registry.as_ref().and_then(|(root, client)| registry::of_client(root, *client));
        let transcript = own.and_then(|own| outcomes::transcript(own, prompt.agent.as_deref()));
        let mut watch = Self {
            changed: changed.and_then(|row| row.status_updated_at),
            registry,
            transcript,
            calls: open.calls.clone(),
        };
        let settled: Vec<String> = watch.settled().into_iter().map(|end| end.call).collect();
        watch.calls.retain(|call| !settled.contains(call));
        watch
    }

    fn settled(&self) -> Vec<Settled> {
        let calls: HashSet<&str> = self.calls.iter().map(String::as_str).collect();
        let path = self.transcript.as_deref().filter(|_| !calls.is_empty());
        path.and_then(|path| ends::settled(path, &calls).ok()).unwrap_or_default()
    }

    /// What a call has come to, if it has its result.
    fn told(&self, allow: bool) -> Option<State> {
        let ours = |end: &Settled| if is_ours(end, allow) { State::Confirmed } else { State::TooLate };
        self.settled().first().map(ours)
    }

    /// What became of an answer that the hook has, and of which it has said nothing: the call's own result alone tells.
    #[expect(clippy::disallowed_methods, reason = "another process is waited for, by the clock it goes by")]
    pub(super) fn end(&self, allow: bool) -> State {
        let began = Instant::now();
        let may_show = self.transcript.is_some() && !self.calls.is_empty();
        while may_show && began.elapsed() < SHOWS {
            if let Some(state) = self.told(allow) {
                return state;
            }
            std::thread::sleep(LOOKS);
        }
        State::Unknown
    }

    /// What the client did with an answer that it was given.
    #[expect(clippy::disallowed_methods, reason = "another process is waited for, by the clock it goes by")]
    pub(super) fn state(&self, allow: bool) -> State {
        let Some((root, client)) = &self.registry else { return State::Delivered };
        let began = Instant::now();
        let mut went_on: Option<Instant> = None;
        while began.elapsed() < SHOWS {
            if let Some(state) = self.told(allow) {
                return state;
            }
            // It has gone, or its version says nothing of what it waits for.
            let Some(row) = registry::of_client(root, *client) else { return State::Delivered };
            let Some(status) = row.status else { return State::Delivered };
            // It may wait again by now, for another call.
            if status != "waiting" || row.status_updated_at != self.changed {
                went_on.get_or_insert_with(Instant::now);
            }
            if allow && went_on.is_some_and(|since| since.elapsed() > TURNED_DOWN) {
                return State::Sent;
            }
            std::thread::sleep(LOOKS);
        }
        if went_on.is_some() { State::Sent } else { State::Delivered }
    }
}

/// Whether a call's end is that of such an answer from a hook.
fn is_ours(end: &Settled, allow: bool) -> bool {
    let by_us = end.source.as_deref().is_none_or(|source| source == "hook");
    match end.turned_down {
        Some(TurnedDown::Person | TurnedDown::Nobody) => false,
        // A version that does not say who decided: what is denied is an error.
        None => by_us && (allow || end.failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decided_is_said_by_the_result() {
        let end = |source: Option<&str>, turned_down, failed| Settled {
            call: "t1".to_owned(),
            source: source.map(str::to_owned),
            turned_down,
            failed,
            at: None,
        };
        let table = [
            // Of an allow, and of a deny.
            (end(Some("hook"), None, false), (true, false)),
            (end(Some("hook"), None, true), (true, true)),
            (end(Some("user_temporary"), None, false), (false, false)),
            (end(Some("user_temporary"), None, true), (false, false)),
            (end(Some("user_reject"), Some(TurnedDown::Person), true), (false, false)),
            (end(None, None, false), (true, false)),
            (end(None, None, true), (true, true)),
            (end(None, Some(TurnedDown::Person), true), (false, false)),
        ];
        for (end, wanted) in table {
            assert_eq!((is_ours(&end, true), is_ours(&end, false)), wanted, "{end:?}");
        }
    }
}
