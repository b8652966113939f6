//! Signals are stored by the hundred for each transcript: the lists among them as arrays without names.

use super::{Failed, Look, Pauses, Window};

impl From<(i64, u32, u32, u32)> for Window {
    fn from((slot, calls, errors, denials): (i64, u32, u32, u32)) -> Self {
        Self { slot, calls, errors, denials }
    }
}

impl From<Window> for (i64, u32, u32, u32) {
    fn from(window: Window) -> Self {
        (window.slot, window.calls, window.errors, window.denials)
    }
}

impl From<(String, u32, u32, i64, u32)> for Failed {
    fn from((tool, input, error, at, edits): (String, u32, u32, i64, u32)) -> Self {
        Self { tool, input, error, at, edits }
    }
}

impl From<Failed> for (String, u32, u32, i64, u32) {
    fn from(failed: Failed) -> Self {
        (failed.tool, failed.input, failed.error, failed.at, failed.edits)
    }
}

impl From<(u32, u32, u32, u32, String)> for Look {
    fn from((key, path, count, turn, what): (u32, u32, u32, u32, String)) -> Self {
        Self { key, path, count, turn, what }
    }
}

impl From<Look> for (u32, u32, u32, u32, String) {
    fn from(look: Look) -> Self {
        (look.key, look.path, look.count, look.turn, look.what)
    }
}

impl From<(i64, u32, u32)> for Pauses {
    fn from((slot, responses, soon): (i64, u32, u32)) -> Self {
        Self { slot, responses, soon }
    }
}

impl From<Pauses> for (i64, u32, u32) {
    fn from(pauses: Pauses) -> Self {
        (pauses.slot, pauses.responses, pauses.soon)
    }
}
