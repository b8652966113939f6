//! Secrets of every kind, planted wherever a client writes, and every surface looked at for one that shows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use claudectl_redact::redact;
use claudectl_redact::samples::{Sample, samples};
use claudectl_testkit::{LiveProcess, RegistryRow, Terminal, Transcript, Usage, World};
use serde_json::json;

use crate::reel::{known_by, says};
use crate::streams::Stream;
use crate::up::receiver;
use crate::{A, user_config, world};

/// One secret of each kind that is known as such whatever stands around it.
fn planted() -> Vec<Sample> {
    let inside = |sample: &Sample| {
        let around = redact(&format!("a\n{}\nb", sample.text)).text.into_owned();
        let known = known_by(sample);
        !known.is_empty() && known.iter().all(|known| !around.contains(known))
    };
    let mut kinds = BTreeSet::new();
    samples(11).into_iter().filter(inside).filter(|sample| kinds.insert(sample.kind)).collect()
}

/// What secrets are known by.
struct Known(Vec<(&'static str, String)>);

impl Known {
    fn of(samples: &[Sample]) -> Self {
        let parts = |sample: &Sample| {
            known_by(sample).into_iter().map(|part| (sample.kind, part)).collect::<Vec<_>>()
        };
        Self(samples.iter().flat_map(parts).collect())
    }

    /// Whatever stands between the lines of a text: borders, blanks, bars.
    #[track_caller]
    fn not_in(&self, what: &str, text: &str) {
        let bare: String =
            text.chars().filter(|letter| !letter.is_whitespace() && !"│┃║|".contains(*letter)).collect();
        for (kind, part) in &self.0 {
            assert!(
                !bare.contains(part) && !text.contains(part),
                "{what} shows a secret, {kind}: {part}\n{text}"
            );
        }
    }
}

fn sid(number: usize) -> String {
    format!("{number:08x}-0000-4000-8000-00000000000c")
}

/// A session which waits for leave to use a secret, by all that it writes; its process and its row.
fn waiting(world: &World, number: usize, sample: &Sample) -> (LiveProcess, RegistryRow) {
    let text = &sample.text;
    // No branch has more than a line.
    let branch = if text.contains(['\n', '\r', '\0']) { "main" } else { text };
    let mut t = Transcript::new(&sid(number), world.work_dir());
    t.at("2026-11-24T11:50:00Z").branch(branch).prompt(text);
    t.assistant(|m| {
        m.text(text).tool_use("Bash", json!({"command": text, "description": text})).usage(Usage::new(1, 1))
    });
    t.last_result(text, true);
    let input = json!({"subagent_type": "Explore", "description": text, "prompt": text});
    t.assistant(|m| m.tool_use("Agent", input).usage(Usage::new(1, 1)));
    t.subagent("a1")
        .meta("description", text.as_str())
        .prompt(text)
        .assistant(|m| m.text(text).usage(Usage::new(1, 1)));
    t.last_result(text, false).custom_title(text);
    t.assistant(|m| m.tool_use("Bash", json!({"command": text})).usage(Usage::new(1, 1)));
    let call = t.last_tool_use();
    t.write(&world.config_dir());
    let process = LiveProcess::start(&world.work_dir());
    let row =
        RegistryRow::new(process.pid(), &sid(number), world.work_dir()).named(text).started(world.now());
    row.clone().status("busy").write(&world.config_dir());
    for event in ["PreToolUse", "PermissionRequest"] {
        let about = json!({"tool_name": "Bash", "tool_input": {"command": text}, "tool_use_id": call});
        crate::hook::call(world, &sid(number), event, about);
    }
    crate::hook::call(
        world,
        &sid(number),
        "Notification",
        json!({"message": text, "notification_type": "permission_prompt"}),
    );
    (process, row)
}

/// Looks at everything that the screen shows until it has rested for a moment.
#[track_caller]
fn look(terminal: &mut Terminal, known: &Known, keys: &str) -> String {
    terminal.send(keys);
    let mut last = String::new();
    let rest = Duration::from_millis(150);
    while terminal
        .until(rest, |screen| {
            let is_new = screen != last;
            if is_new {
                known.not_in(&format!("the dashboard after {keys:?}"), screen);
                screen.clone_into(&mut last);
            }
            false
        })
        .is_some()
    {}
    terminal.screen()
}

#[test]
fn no_secret_of_any_kind_is_on_any_surface() {
    let world = world();
    let planted = planted();
    assert!(planted.len() > 30, "{} kinds", planted.len());
    let known = Known::of(&planted);
    let (url, got) = receiver(&["200 OK"]);
    let file = world.root().join("told");
    let script = "{ printf '%s\\n' \"$@\"; /usr/bin/env; cat; } >> \"$TOLD\" 2>&1";
    let script = script.replace("$TOLD", &file.display().to_string());
    let run = json!(["/bin/sh", "-c", script, "sh", "{title}", "{text}", "{detail}", "{name}", "{branch}"]);
    user_config(
        &world,
        &format!(
            "[notify]\nevents = [\"on_needs_input\", \"on_status_change\", \"on_finished\"]\ncooldown = \"0s\"\n\
             [webhooks.mine]\nurl = \"{url}\"\n[hooks.on_needs_input]\nrun = {run}\n"
        ),
    );
    // One session that has done everything with each of them.
    let mut all = Transcript::new(A, world.work_dir());
    all.at("2026-11-24T11:00:00Z");
    planted.iter().for_each(|sample| says(&mut all, &sample.text));
    all.custom_title("everything").write(&world.config_dir());
    let everything = LiveProcess::start(&world.work_dir());
    RegistryRow::new(everything.pid(), A, world.work_dir()).named("everything").write(&world.config_dir());
    // And one for each, that waits.
    let alive: Vec<_> =
        planted.iter().enumerate().map(|(number, sample)| waiting(&world, number + 1, sample)).collect();

    // Told of while it goes on: by a command, a webhook, and the stream.
    let mut stream = Stream::start(&world.cmd().args(["--log", "up.log", "-vv", "up"]));
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for (_, row) in &alive {
        row.clone().waiting_for("permission prompt").write(&world.config_dir());
    }
    let is_told = |line: &str| line.contains("\"event\":\"notice\"") && line.contains("\"state\":\"sent\"");
    while sent.len() < 2 || sent.values().any(|count| *count < alive.len()) {
        let found = stream
            .until(Duration::from_secs(60), |line| is_told(line) && line.contains("\"on_needs_input\""));
        let Some((_, line)) = found else { panic!("{sent:?} of {}", alive.len()) };
        let notice: serde_json::Value = serde_json::from_str(&line).unwrap();
        *sent.entry(notice["sink"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for (_, line) in &stream.seen {
        known.not_in("up", line);
    }
    let bodies: Vec<String> = got.try_iter().map(|(_, body)| body).collect();
    assert!(bodies.len() >= alive.len(), "{}", bodies.len());
    bodies.iter().for_each(|body| known.not_in("a webhook", body));
    let told = std::fs::read_to_string(&file).unwrap();
    assert!(told.contains("[redacted:"), "{told}");
    known.not_in("a command", &told);
    drop(stream);

    // The dashboard: the list with all that waits, and each side of the session that has done everything.
    let mut terminal =
        Terminal::start(&world.cmd().args(["--log", "screen.log", "-vv", "dashboard"]), 200, 60);
    terminal.shows("want you");
    let screen = look(&mut terminal, &known, "v");
    assert!(screen.contains("[redacted:"), "{screen}");
    for keys in ["\u{1b}[6~", "\u{1b}[6~", "!", "\u{1b}[6~", "\u{1b}OP", "z", "/everything\r", "\r", "\r"] {
        look(&mut terminal, &known, keys);
    }
    for tab in 1..=7 {
        let mut before = look(&mut terminal, &known, &tab.to_string());
        let page = if tab == 7 { "\u{1b}[5~" } else { "\u{1b}[6~" };
        let mut shown = before.clone();
        for pages in 0.. {
            let screen = look(&mut terminal, &known, if pages == 3 && tab == 7 { "e" } else { page });
            shown += &screen;
            if screen == before && pages > 3 || pages > 60 {
                break;
            }
            before = screen;
        }
        if [2, 3, 7].contains(&tab) {
            assert!(shown.contains("[redacted:"), "tab {tab}\n{before}");
        }
    }
    terminal.send("q");
    assert_eq!(terminal.ends(), 0);

    // Whatever is printed once.
    let one = sid(1);
    for args in [
        &["ls"][..],
        &["ls", "--json"],
        &["show", A],
        &["show", A, "--json"],
        &["show", &one],
        &["show", &one, "--json"],
        &["health"],
        &["health", "--json"],
        &["history"],
        &["history", "--json"],
        &["spend", "--by", "session"],
        &["spend", "--by", "agent", "--json"],
        &["report", "--since", "8h"],
        &["report", "--since", "8h", "--format", "markdown"],
        &["report", "--since", "8h", "--json"],
        &["search", "redacted", "-n", "0", "--context", "3"],
        &["search", "redacted", "-n", "0", "--json"],
        &["gate", "backtest"],
        &["gate", "backtest", "--json"],
        &["notify", "ls"],
        &["notify", "ls", "--json"],
        &["clean", "--older-than", "1h"],
        &["clean", "--older-than", "1h", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["doctor", "--bundle", "-"],
        &["config", "show"],
        &["reel", A, "--force", "--out", "a.md"],
        &["reel", A, "--force", "--out", "a.cast"],
        &["tick"],
    ] {
        let out = world.cmd().args(["--log", "all.log", "-vv"]).args(args).run();
        assert!(out.code != 2, "{args:?}: {}", out.snapshot());
        known.not_in(&format!("{args:?}"), &format!("{}{}", out.stdout, out.stderr));
    }
    // And whatever is kept: state, journal, indexes, logs, reels.
    let mut kept = crate::tree(&world.state_dir());
    let names = ["up.log", "screen.log", "all.log", "a.md", "a.cast"];
    kept.extend(names.map(|name| (name.into(), std::fs::read(world.work_dir().join(name)).unwrap())));
    assert!(kept.keys().any(|path| path.ends_with("search.db")));
    for (path, content) in kept {
        known.not_in(&path.display().to_string(), &String::from_utf8_lossy(&content));
    }
}
