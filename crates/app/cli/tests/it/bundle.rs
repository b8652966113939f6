//! `claudectl doctor --bundle`: a file for a bug report, with nothing in it that is nobody's business.

use std::os::unix::fs::PermissionsExt;

use claudectl_redact::samples::{Sample, samples};
use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::json;

use crate::{A, B, json, reply, user_config, world};

fn bundle(world: &World) -> String {
    world.run(["doctor", "--bundle", "-"]).success().stdout
}

#[test]
fn it_is_a_private_file_that_is_sent_nowhere() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let out = world.run(["doctor", "--bundle"]).success().stdout;
    let path = world.state_dir().join("bundles/claudectl-bundle-20261124T120000Z.md");
    assert!(out.starts_with("Wrote $STATE/bundles/claudectl-bundle-20261124T120000Z.md ("), "{out}");
    assert!(out.contains("It was sent nowhere."), "{out}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    for heading in [
        "Versions",
        "Checks",
        "Configuration",
        "Live registry",
        "State",
        "Files of the state folder",
        "Warnings",
    ] {
        assert!(text.contains(&format!("\n## {heading}\n")), "{heading}");
    }
    // Nothing of anybody's is replaced.
    let again = world.run(["doctor", "--bundle"]).success().stdout;
    assert!(again.starts_with("Wrote $STATE/bundles/claudectl-bundle-20261124T120000Z-2.md ("), "{again}");
    let there = world.cmd().args(["doctor", "--bundle"]).arg(&path).run().fails_with(3);
    assert!(
        there.stderr.contains("cannot write $STATE/bundles/") && there.stderr.contains("--bundle FILE"),
        "{}",
        there.stderr
    );
    let named = world.root().join("report.md");
    let done = world.cmd().args(["doctor", "--json", "--bundle"]).arg(&named).run().success().json();
    assert_eq!((&done["file"], &done["sent"]), (&json!("$ROOT/report.md"), &json!(false)));
    assert_eq!(done["bytes"].as_u64().unwrap(), std::fs::metadata(named).unwrap().len());
}

#[test]
fn it_tells_what_helps() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    user_config(
        &world,
        "[budget]\nday_usd = 5\n[general]\ntimezone = \"Europe/Berlin\"\n[statusline]\nformat = \"my own words {model}\"\n[webhooks.acme-private]\nurl = \"https://hooks.example/x\"\n",
    );
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir())
        .named("secret plan")
        .waiting_for("permission prompt")
        .write(&world.config_dir());
    let other = LiveProcess::start(&world.work_dir());
    RegistryRow::new(other.pid(), B, world.work_dir()).write(&world.config_dir());
    let text = bundle(&world);
    for expected in [
        "- Claude Code: 2.1.330 (runs 2 times)\n",
        "- claudectl: 0.1.0\n",
        "- row: Alive, kind interactive, entrypoint cli, version 2.1.330, status waiting permission prompt, changed 0 s ago",
        "- set: budget.day_usd = 5.0 (user's file, line 2)\n",
        "- set: general.timezone = Europe/Berlin (user's file, line 4)\n",
        "- set: statusline.format = a text of 20 characters (user's file, line 6)\n",
        "- variable: CLAUDECTL_HOME=<state>\n",
        "- rows: response 1\n",
        "- sessions of Claude Code: 2.1.330: 1\n",
        "- model: claude-opus-5-5\n",
        "- file: <state>/state.db ",
        "No log was named.",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    for nobody in ["acme-private", "secret plan", "my own words", "aaaaaaaa", "$ROOT", "$HOME", "$WORK"] {
        assert!(!text.contains(nobody), "{nobody}\n{text}");
    }
}

#[test]
fn a_broken_installation_can_be_told_of() {
    let world = world();
    user_config(&world, "[budget\n");
    world.write("state/state.db", "no database at all, but long enough to be looked at as one. ".repeat(20));
    let text = bundle(&world);
    assert!(text.contains("FAILED, configuration") && text.contains("- mistake: "), "{text}");
    assert!(text.contains("No state file, or it cannot be opened"), "{text}");
    let bare = world
        .cmd()
        .env("HOME", "")
        .env("CLAUDECTL_HOME", "")
        .args(["doctor", "--bundle", "-"])
        .run()
        .success();
    assert!(bare.stdout.contains("## Checks"), "{}", bare.stdout);
}

#[test]
fn the_warnings_of_a_log_are_in_it() {
    let world = world();
    let log = world.root().join("log");
    std::fs::write(&log, "2026-11-24T11:00:00Z  INFO claudectl: ordinary\n2026-11-24T11:00:00Z  WARN claudectl: cannot read /home/joe/x\n").unwrap();
    let out = world.cmd().args(["doctor", "--bundle", "-", "--log"]).arg(&log).run().success().stdout;
    assert!(out.contains("WARN claudectl: cannot read <path") && !out.contains("ordinary"), "{out}");
}

/// Text for one field of a file: on one line, so that no format is broken by it.
fn flat(text: &str) -> String {
    text.replace(['\n', '\r', '\0'], " ")
}

/// Everything that the bundle could read, full of one secret of each kind.
fn full_of(world: &World, samples: &[Sample]) -> LiveProcess {
    let all = |each: &dyn Fn(&Sample, usize) -> String| -> String {
        samples.iter().enumerate().map(|(at, sample)| each(sample, at)).collect()
    };
    // The configuration: comments, keys that are none, values that do not fit.
    let config =
        all(&|sample, at| format!("# {}\nodd{at} = {}\n", flat(&sample.text), json!(flat(&sample.text))));
    user_config(world, &format!("{config}[statusline]\nformat = {}\n", json!(flat(&samples[0].text))));
    // Settings of Claude Code, the person's and the project's.
    let hooks: Vec<_> =
        samples.iter().map(|s| json!({"hooks": [{"type": "command", "command": s.text}]})).collect();
    let settings = json!({"hooks": {"Stop": hooks}, "env": {"X": samples[1].text}, "statusLine": {"type": "command", "command": format!("claudectl statusline {}", samples[2].text)}, "apiKeyHelper": samples[3].text});
    world.write("home/.claude/settings.json", settings.to_string());
    world.write("work/.claude/settings.json", all(&|sample, _| format!("{{{}", flat(&sample.text))));
    // Transcripts: what is said, and what rows say of themselves.
    for (at, sample) in samples.iter().enumerate() {
        let sid = format!("{at:08x}-0000-4000-8000-00000000000a");
        let mut transcript = Transcript::new(&sid, world.work_dir());
        transcript
            .version(&sample.text)
            .branch(&sample.text)
            .model(&sample.text)
            .cd(flat(&sample.text))
            .prompt(&sample.text);
        transcript.assistant(|m| m.tool_use("Bash", json!({"command": sample.text})).usage(Usage::new(1, 1)));
        transcript.last_result(&sample.text, true).custom_title(&sample.text).write(&world.config_dir());
        RegistryRow::new(900_000 + u32::try_from(at).unwrap(), &sid, flat(&sample.text))
            .named(&sample.text)
            .waiting_for(&sample.text)
            .kind(&sample.text)
            .entrypoint(&sample.text)
            .version(&sample.text)
            .status(&sample.text)
            .write(&world.config_dir());
        world.write(
            format!("home/.claude/sessions/{}.json", 800_000 + at),
            format!("{{\"pid\": {}", sample.text),
        );
        // Names of files.
        let name: String = flat(&sample.text).replace('/', "_").chars().take(60).collect();
        world.write(format!("state/{name}"), &sample.text);
        world.write(format!("state/journal/{name}"), &sample.text);
    }
    world.run(["spend"]).fails_with(2);
    for sample in samples.iter().take(10) {
        let event =
            json!({"tool_name": sample.text, "tool_input": {"command": sample.text}, "tool_use_id": "t"});
        crate::hook::call(world, A, "PreToolUse", event);
    }
    let log = all(&|sample, _| format!("2026-11-24T11:00:00Z  WARN claudectl: {}\n", flat(&sample.text)));
    world.write("log", log);
    LiveProcess::start(&world.work_dir())
}

#[test]
fn no_secret_of_any_kind_is_in_it() {
    let all = samples(7);
    let kinds: std::collections::BTreeSet<&str> = all.iter().map(|sample| sample.kind).collect();
    assert_eq!(kinds.len(), claudectl_redact::kinds().len(), "each kind is planted");
    // One sample of each kind is enough, and all that there are take long.
    let mut seen = std::collections::BTreeSet::new();
    let planted: Vec<Sample> = all.into_iter().filter(|sample| seen.insert(sample.kind)).collect();
    let world = world();
    let _process = full_of(&world, &planted);
    let out =
        world.cmd().args(["doctor", "--bundle", "-", "--log"]).arg(world.root().join("log")).run().success();
    assert!(out.stdout.contains("[redacted:") && out.stdout.lines().count() > 200, "{}", out.stdout);
    for sample in &planted {
        for secret in &sample.secrets {
            // Parts of a secret, too: lines of a key, halves of what was cut.
            for part in secret.split(['\n', '\\', ' ']).filter(|part| part.len() >= 8) {
                assert!(!out.stdout.contains(part), "{}: {part:?} is in\n{}", sample.kind, out.stdout);
            }
        }
    }
    let json = json(&world, &["doctor", "--bundle", world.root().join("b.md").to_str().unwrap(), "--json"]);
    assert_eq!(json["sent"], false);
}
