//! Secrets of every kind, planted where texts are cut: no part of one is stored, or shown.

use std::collections::{BTreeMap, HashSet};

use claudectl_redact::samples::{Sample, one_of_each};
use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::world;

/// Where texts of a transcript are cut, in bytes or characters, and what stands before the cut.
const CUTS: &[(usize, &str)] =
    &[(800, " "), (120, "a "), (200, "a "), (300, "a "), (400, "a "), (2_000, " "), (160, "a ")];

/// Enough of secrets to be of use, by length.
struct Parts<'a>(BTreeMap<usize, HashSet<&'a [u8]>>);

impl<'a> Parts<'a> {
    fn of(samples: &'a [Sample]) -> Self {
        let mut parts: BTreeMap<usize, HashSet<&[u8]>> = BTreeMap::new();
        for part in samples.iter().flat_map(|sample| &sample.parts) {
            parts.entry(part.len()).or_default().insert(part.as_bytes());
        }
        Self(parts)
    }

    /// What shows one, if anything does.
    fn found(&self, what: &str, content: &[u8]) -> Option<String> {
        let first = |(length, parts): (&usize, &HashSet<&[u8]>)| {
            content.windows(*length).position(|part| parts.contains(part))
        };
        let at = self.0.iter().find_map(first)?;
        let around = &content[at.saturating_sub(80)..content.len().min(at + 40)];
        Some(format!("{what}: …{}…", String::from_utf8_lossy(around).escape_debug()))
    }
}

/// The secret where a text is cut: another part of it for each kind.
fn cut(number: usize, sample: &Sample, limit: usize, filler: &str) -> String {
    let texts = sample.across(limit, filler);
    texts.get(number % texts.len().max(1)).cloned().unwrap_or_default()
}

fn sid(number: usize) -> String {
    format!("{number:08x}-0000-4000-8000-00000000000d")
}

/// A session with the secret in every text, where each is cut.
fn wrote(world: &World, number: usize, sample: &Sample) {
    let mut t = Transcript::new(&sid(number), world.work_dir());
    t.at("2026-11-24T11:50:00Z");
    for text in CUTS.iter().map(|(limit, filler)| cut(number, sample, *limit, filler)) {
        t.prompt(&text).assistant(|m| {
            m.text(&text)
                .tool_use("Bash", json!({"command": text, "description": text}))
                .usage(Usage::new(1, 1))
        });
        t.last_result(&format!("Exit code 1\n{text}"), true);
        t.assistant(|m| m.tool_use("mcp__x__y", json!({"text": text})).usage(Usage::new(1, 1)));
        t.last_result(&text, true);
        t.custom_title(&text);
    }
    t.write(&world.config_dir());
}

/// What hooks, and the status line, are told: the secret in every name and every text of it, where each is cut. Returns what
/// they say.
fn told(world: &World, number: usize, sample: &Sample) -> String {
    let cut = |limit, filler| cut(number, sample, limit, filler);
    let (name, text, call) = (cut(256, "a "), cut(800, " "), cut(200, "a "));
    let of = |event: &str, more: Value| {
        let mut event = crate::hook::event(world, &sid(number), event, more);
        for key in ["permission_mode", "agent_id", "agent_type"] {
            event[key] = json!(name);
        }
        event
    };
    let call = json!({"tool_name": name, "tool_input": {"command": call}, "tool_use_id": name});
    let denied = json!({"tool_name": "Bash", "tool_input": {"command": cut(4_000, "a ")}, "reason": text});
    let task = json!({"id": name, "type": name, "status": "running", "description": text});
    let events = [
        of("PermissionDenied", denied),
        of("Notification", json!({"message": text, "notification_type": name})),
        of("StopFailure", json!({"error": name})),
        of("ConfigChange", json!({"source": name, "file_path": text})),
        of("Stop", json!({"background_tasks": [task]})),
    ];
    let mut said = String::new();
    // Two of them in turn: how each text is cut is tried with each kind where it is done.
    let turn = events.into_iter().cycle().skip(number).take(2);
    for event in std::iter::once(of("PreToolUse", call)).chain(turn) {
        let out = crate::hook::hook(world, &event).run();
        assert!(matches!(out.code, 0 | 2), "{}", out.snapshot());
        said += &format!("{}{}", out.stdout, out.stderr);
    }
    let line = json!({"session_id": sid(number), "session_name": text, "version": name,
        "model": {"id": name, "display_name": name}, "rate_limits": {name: {"used_percentage": 4}}});
    said + &world.cmd().args(["statusline"]).stdin(line.to_string()).run().success().stdout
}

#[test]
fn no_part_of_a_secret_is_kept_or_shown_where_a_text_is_cut() {
    let world = world();
    let samples = one_of_each(5);
    let parts = Parts::of(&samples);
    world.run(["tick"]).success();
    let mut leaks = Vec::new();
    for (number, sample) in samples.iter().enumerate() {
        wrote(&world, number, sample);
        let said = told(&world, number, sample);
        leaks.extend(parts.found(&format!("a hook, {}", sample.kind), said.as_bytes()));
    }
    let alive = LiveProcess::start(&world.work_dir());
    RegistryRow::new(alive.pid(), &sid(0), world.work_dir()).started(world.now()).write(&world.config_dir());
    for (args, json) in [
        (&["ls", "--all"][..], true),
        (&["history"], true),
        (&["health", "--all"], true),
        (&["report", "--since", "8h"], true),
        (&["report", "--since", "8h", "--format", "markdown"], false),
        (&["search", "redacted", "-n", "0", "--context", "2", "--json"], false),
        (&["secrets", "scan", "--all"], true),
        (&["gate", "log", "--since", "3650d"], true),
        (&["spend", "--by", "session"], true),
        (&["spend", "--by", "model"], true),
        (&["doctor", "--bundle", "-"], false),
        (&["show", &sid(0)], true),
        (&["show", &sid(7)], true),
        (&["reel", &sid(1), "--force", "--out", "a.md"], false),
        (&["reel", &sid(8), "--force", "--out", "a.cast"], false),
    ] {
        for json in [None, json.then_some("--json")].into_iter().take(1 + usize::from(json)) {
            let args: Vec<&str> = args.iter().copied().chain(json).collect();
            let out = world.cmd().args(["--log", "all.log", "-vv"]).args(&args).run();
            assert!(out.code < 2, "{args:?}: {}", out.snapshot());
            leaks.extend(parts.found(&format!("{args:?}"), out.stdout.as_bytes()));
            leaks.extend(parts.found(&format!("{args:?}"), out.stderr.as_bytes()));
        }
    }
    let mut kept = crate::tree(&world.state_dir());
    let written = ["all.log", "a.md", "a.cast"];
    kept.extend(written.map(|name| (name.into(), std::fs::read(world.work_dir().join(name)).unwrap())));
    for (path, content) in kept {
        leaks.extend(parts.found(&path.display().to_string(), &content));
    }
    assert!(leaks.is_empty(), "{} places show a part of a secret\n{}", leaks.len(), leaks.join("\n"));
}
