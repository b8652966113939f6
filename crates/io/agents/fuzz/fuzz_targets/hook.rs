//! Any input of a hook or a status line: nothing panics, what is kept is bounded and can be stored and read
//! again, and folding it never goes wrong.

#![no_main]

use claudectl_agents::{hooks, statusline};
use claudectl_fleet::hooks::{Activity, Event};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(event) = hooks::read(bytes, 7, None) {
        let kept = serde_json::to_string(&event).unwrap();
        assert!(kept.len() < 200_000, "{} bytes are kept", kept.len());
        assert!(!kept.contains('\n') && !kept.contains('\u{1e}'));
        assert_eq!(serde_json::from_str::<Event>(&kept).unwrap(), event);
        let mut activity = Activity::default();
        activity.take(&event);
        activity.take(&event);
        assert!(activity.hook().is_some());
    }
    if let Ok(reading) = statusline::read(bytes, 7) {
        assert!(serde_json::to_string(&reading).unwrap().len() < 100_000);
    }
});
