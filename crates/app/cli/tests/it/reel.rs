//! `claudectl reel`: what of a session is shown, and what never is.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use claudectl_redact::redact;
use claudectl_redact::samples::{Sample, samples};
use claudectl_testkit::{Transcript, Usage, World};
use serde_json::{Value, json};

use crate::redaction::{HOSTILE, assert_harmless};
use crate::{A, B, world};

/// A session in which a bug is fixed, with everything that a reel has a scene for.
fn story(world: &World) -> Transcript {
    let cwd = world.work_dir();
    let path = |name: &str| cwd.join(name).display().to_string();
    let usage = || Usage::new(1_000, 100);
    let mut t = Transcript::new(A, &cwd);
    t.branch("fix/torn-lines").step(Duration::from_secs(2));
    t.prompt("The last line of a file gets lost.\nFind out why, and fix it.");
    t.assistant(|m| {
        m.thinking("Where are lines split?")
            .text("I will look at how lines are split, before I change anything.");
        m.tool_use("Read", json!({"file_path": path("src/lines.rs")})).usage(usage())
    });
    t.last_result("1\tfn lines() {}", false);
    t.assistant(|m| m.tool_use("Grep", json!({"pattern": "fn lines"})).usage(usage()))
        .last_result("src/lines.rs:1", false);
    t.assistant(|m| m.tool_use("Bash", json!({"command": "git status"})).usage(usage()))
        .last_result("clean", false);
    t.assistant(|m| {
        let input = json!({"file_path": path("src/lines.rs"), "old_string": "fn lines() {\n    drop()\n}", "new_string": "fn lines() {\n    keep();\n    grow()\n}"});
        m.tool_use("Edit", input).usage(usage())
    });
    t.last_result("The file has been updated.", false);
    t.assistant(|m| {
        m.tool_use("Write", json!({"file_path": path("tests/torn.rs"), "content": "#[test]\nfn torn() {}\n"}))
            .usage(usage())
    });
    t.last_result("File created", false);
    t.assistant(|m| m.tool_use("Bash", json!({"command": "cargo test"})).usage(usage()));
    t.pause(Duration::from_secs(10))
        .last_result("Exit code 101\nrunning 1 test\ntest torn ... FAILED\nerror: test failed", true);
    t.assistant(|m| m.tool_use("Bash", json!({"command": "cargo test"})).usage(usage()));
    let many: String = (1..=30).map(|n| format!("test case_{n} ... ok\n")).collect();
    t.pause(Duration::from_secs(5)).last_result(&many, false);
    t.assistant(|m| m.tool_use("Bash", json!({"command": "git push --force"})).usage(usage()));
    let push = t.last_tool_use();
    t.rejected(&push);
    t.prompt("Do not push.");
    t.assistant(|m| m.tool_use("mcp__tracker__close", json!({"issue": 7})).usage(usage()))
        .last_result("closed", false);
    t.assistant(|m| {
        m.tool_use(
            "Agent",
            json!({"subagent_type": "Explore", "description": "Look for more", "prompt": "p"}),
        )
        .usage(usage())
    });
    t.last_result("started", false);
    t.compact_boundary().api_error(529);
    t.assistant(|m| {
        m.text("The last line is **kept** now:\n\n```rust\nfn lines() {}\n```\n\nAll tests pass.")
            .usage(usage())
    });
    t.turn_duration().custom_title("Torn lines");
    t
}

fn written(world: &World) {
    story(world).write(&world.config_dir());
}

/// What a terminal is told by a cast, and when.
fn events(cast: &str) -> Vec<(f64, String)> {
    let rows = cast.lines().skip(1).map(|line| serde_json::from_str::<(f64, String, String)>(line).unwrap());
    rows.inspect(|row| assert_eq!(row.1, "o")).map(|row| (row.0, row.2)).collect()
}

/// The letters of a cast, without colours and places.
fn letters(cast: &str) -> String {
    let told: String = events(cast).into_iter().map(|event| event.1).collect();
    let mut out = String::new();
    for part in told.split('\u{1b}') {
        // `ESC [` ... a letter.
        let end = part.find(|letter: char| letter.is_ascii_alphabetic()).map_or(0, |at| at + 1);
        out.push_str(&part[end..]);
        out.push('\n');
    }
    out
}

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.work_dir().join(name)).unwrap()
}

#[test]
fn a_session_as_a_page() {
    let world = world();
    written(&world);
    let out = world.run(["reel", A, "--out", "reel.md"]).success();
    assert_eq!(out.stdout, "$WORK/reel.md: 15 scenes, 1.3 kB\n");
    insta::assert_snapshot!(read(&world, "reel.md").replace(&world.root().display().to_string(), "$ROOT"));
}

#[test]
fn a_session_as_a_cast() {
    let world = world();
    written(&world);
    let made = world
        .run(["reel", "Torn lines", "--out", "reel.cast", "--width", "90", "--height", "24", "--json"])
        .success()
        .json();
    assert_eq!(
        (&made["scenes"], &made["left_out"], &made["format"]),
        (&json!(15), &json!(0), &json!("cast"))
    );
    let totals = [
        "prompts",
        "edits",
        "files",
        "lines_added",
        "lines_removed",
        "commands",
        "failed",
        "denied",
        "api_errors",
    ];
    assert_eq!(totals.map(|name| made[name].as_u64().unwrap()), [2, 2, 2, 4, 1, 3, 1, 1, 1]);
    let cast = read(&world, "reel.cast");
    let header: Value = serde_json::from_str(cast.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&header["width"], &header["height"], &header["title"]),
        (&json!(90), &json!(24), &json!("Torn lines"))
    );
    assert_eq!(header["env"], json!({"TERM": "xterm-256color"}), "nothing else of the environment");
    let events = events(&cast);
    assert!(events.windows(2).all(|pair| pair[0].0 <= pair[1].0), "time goes on");
    assert!((events.last().unwrap().0 - made["duration_seconds"].as_f64().unwrap()).abs() < 1e-6);
    let shown = letters(&cast);
    for text in [
        "Torn lines",
        "fix/torn-lines",
        "claude-opus-5-5",
        "Find out why, and fix it.",
        "read 1 file, searched once, looked around with 1 command",
        "src/lines.rs",
        "+     keep();",
        "-     drop()",
        "new file",
        "✗ exit 101, 12.0 s",
        "⋯ 25 lines",
        "⊘ turned down",
        "mcp__tracker__close",
        "agent Explore",
        "Look for more",
        "conversation compacted: 176k → 6.39k tokens",
        "request failed: 529",
        "All tests pass.",
        "2 edits in 2 files  +4 −1",
        "1 failed, 1 turned down, 1 lost to the API",
    ] {
        assert!(shown.contains(text), "{text} is missing in\n{shown}");
    }
    for hidden in ["Where are lines split?", "```", "The file has been updated"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

#[test]
fn a_session_as_a_gif() {
    let world = world();
    written(&world);
    let out = world.run(["reel", A]).success();
    let path = world.work_dir().join("Torn-lines-aaaaaaaa.gif");
    assert!(out.stdout.starts_with("$WORK/Torn-lines-aaaaaaaa.gif: 15 scenes, "), "{}", out.stdout);
    let first = std::fs::read(&path).unwrap();
    assert!(first.starts_with(b"GIF89a") && first.ends_with(b";"));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let out = world.run(["reel", A]).fails_with(1);
    assert!(
        out.stderr.contains("$WORK/Torn-lines-aaaaaaaa.gif exists") && out.stderr.contains("--force"),
        "{}",
        out.stderr
    );
    let small = world.run([
        "reel",
        A,
        "--force",
        "--theme",
        "light",
        "--width",
        "60",
        "--height",
        "16",
        "--font-size",
        "10",
        "--speed",
        "4",
    ]);
    small.success();
    let second = std::fs::read(&path).unwrap();
    assert!(second.starts_with(b"GIF89a") && second != first);
    assert_eq!(std::fs::read_dir(world.work_dir()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn two_at_once_are_in_nobodys_way() {
    let world = world();
    written(&world);
    world.run(["reel", A, "--out", "alone.gif"]).success();
    let start = |name: &str| world.cmd().args(["reel", A, "--out", name]).to_command().spawn().unwrap();
    let mut both = [start("one.gif"), start("two.gif")];
    assert!(both.iter_mut().all(|child| child.wait().unwrap().success()));
    let read = |name: &str| std::fs::read(world.work_dir().join(name)).unwrap();
    assert!(read("one.gif") == read("alone.gif") && read("two.gif") == read("alone.gif"));
    // For one place: one of them gets it, and it is whole.
    let mut both = [start("same.gif"), start("same.gif")];
    let codes: Vec<_> = both.iter_mut().map(|child| child.wait().unwrap().code().unwrap()).collect();
    assert!(codes.contains(&0) && codes.iter().all(|code| matches!(code, 0 | 1)), "{codes:?}");
    assert!(read("same.gif") == read("alone.gif"));
}

#[test]
fn a_part_of_a_session() {
    let world = world();
    written(&world);
    let made = |args: &[&str]| {
        let out = world.run([&["reel", A, "--out", "part.md", "--force", "--json"], args].concat()).success();
        (out.json(), read(&world, "part.md"))
    };
    let (whole, _) = made(&[]);
    let (last, page) = made(&["--last", "20s"]);
    assert!(last["scenes"].as_u64() < whole["scenes"].as_u64());
    assert!(
        page.contains("Do not push") && !page.contains("gets lost") && page.contains("(the whole session)"),
        "{page}"
    );
    let (since, _) = made(&["--since", last["from"].as_str().unwrap()]);
    assert_eq!(since["scenes"], last["scenes"]);
    let (few, page) = made(&["--scenes", "4"]);
    assert_eq!((few["scenes"].as_u64(), few["left_out"].as_u64()), (Some(4), Some(11)));
    assert!(page.contains("gets lost") && page.contains("| not shown | 11 scenes |"), "{page}");
    assert_eq!(few["edits"], whole["edits"], "totals are of all");
    let out = world.run(["reel", A, "--out", "none.md", "--since", "2027-01-01"]).fails_with(1);
    assert!(
        out.stderr.contains("nothing to show of Torn lines") && out.stderr.contains("--since"),
        "{}",
        out.stderr
    );
    assert!(!world.work_dir().join("none.md").exists());
}

#[test]
fn what_cannot_be_made_is_told() {
    let world = world();
    written(&world);
    Transcript::new(B, world.work_dir())
        .raw("{\"type\":\"mode\",\"mode\":\"normal\"}")
        .write(&world.config_dir());
    let folder = world.work_dir().join("folder.gif");
    std::fs::create_dir(&folder).unwrap();
    for (args, code, told) in [
        (&["reel", "nobody"][..], 1, "there is no session nobody"),
        (&["reel", A, "--out", "reel.png"], 2, ".gif, .cast or .md"),
        (&["reel", A, "--out", "none/reel.md"], 3, "cannot write $WORK/none/reel.md"),
        (&["reel", A, "--out", "folder.gif", "--force"], 3, "cannot write $WORK/folder.gif"),
        (&["reel", A, "--last", "soon"], 2, "--last does not understand"),
        (&["reel", A, "--since", "soon"], 2, "--since does not understand"),
        (&["reel", A, "--since", "1h", "--last", "1h"], 2, "cannot be used with"),
        (&["reel", A, "--speed", "0"], 2, "a number from 0.1 to 20"),
        (&["reel", A, "--width", "9"], 2, "40..=240"),
        (&["reel", B, "--out", "b.md"], 1, "there is nothing to show of"),
    ] {
        let out = world.run(args).fails_with(code);
        assert!(out.stderr.contains(told), "{args:?}\n{}", out.stderr);
    }
    assert_eq!(std::fs::read_dir(world.work_dir()).unwrap().count(), 1, "nothing is left of any");
}

#[test]
fn rows_that_cannot_be_read_are_counted() {
    let world = world();
    let mut t = story(&world);
    t.raw("{\"type\":\"user\",\"torn")
        .raw(&format!("{{\"type\":\"user\",\"x\":\"{}\"}}", "x".repeat(5 << 20)));
    t.prompt("And the end.").write(&world.config_dir());
    let out = world.run(["reel", A, "--out", "reel.md"]).success();
    assert!(out.stderr.contains("2 lines of the transcript"), "{}", out.stderr);
    assert!(read(&world, "reel.md").contains("And the end."));
}

#[test]
fn what_a_fork_copied_is_not_its_own() {
    let world = world();
    let parent = story(&world);
    parent.clone().write(&world.config_dir());
    let mut fork = parent.fork(B);
    fork.prompt("Another way.").assistant(|m| m.text("It is done in another way.").usage(Usage::new(1, 1)));
    fork.write(&world.config_dir());
    let made = world.run(["reel", B, "--out", "fork.md", "--json"]).success().json();
    let page = read(&world, "fork.md");
    assert!(page.contains("Another way.") && page.contains("done in another way"), "{page}");
    assert_eq!((&made["edits"], &made["prompts"]), (&json!(0), &json!(1)), "{page}");
}

#[test]
fn what_subagents_changed_is_in_it() {
    let world = world();
    let mut t = Transcript::new(A, world.work_dir());
    t.at("2026-11-24T11:00:00Z").prompt("Mend both.").assistant(|m| {
        let input = json!({"subagent_type": "Explore", "description": "Mend one", "prompt": "p"});
        m.tool_use("Agent", input).usage(Usage::new(1, 1))
    });
    let path = world.work_dir().join("one.rs").display().to_string();
    let agent = t.workflow_subagent("w1", "a1");
    agent.meta("agentType", "Explore").at("2026-11-24T11:01:00Z").prompt("You are told much.").assistant(
        |m| {
            m.tool_use("Edit", json!({"file_path": path, "old_string": "a", "new_string": "mended"}))
                .usage(Usage::new(1, 1))
        },
    );
    agent.last_result("ok", false);
    t.at("2026-11-24T11:02:00Z").last_result("It is mended.", false);
    t.assistant(|m| m.tool_use("Bash", json!({"command": "make all"})).usage(Usage::new(1, 1)));
    t.last_result("made", false).write(&world.config_dir());
    let made = world.run(["reel", A, "--out", "a.md", "--json"]).success().json();
    let page = read(&world, "a.md");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is not in\n{page}"));
    assert!(at("Explore, a subagent:") < at("one.rs") && at("+mended") < at("the session itself:"), "{page}");
    assert!(at("the session itself:") < at("make all") && !page.contains("told much"), "{page}");
    assert_eq!(made["edits"], 1);
    world.run(["reel", A, "--out", "a.cast"]).success();
    assert!(read(&world, "a.cast").contains("▸ Explore"), "the bar says whose it is");
}

/// Rows of a session that says, runs, reads, writes and answers one text.
pub(crate) fn says(t: &mut Transcript, text: &str) {
    let usage = || Usage::new(1, 1);
    t.prompt(text).assistant(|m| {
        m.text(text)
            .thinking(text)
            .tool_use("Bash", json!({"command": text, "description": text}))
            .usage(usage())
    });
    t.last_result(text, false);
    t.assistant(|m| m.tool_use("Bash", json!({"command": "make"})).usage(usage()))
        .last_result(&format!("Exit code 2\n{text}"), true);
    t.assistant(|m| m.tool_use("Edit", json!({"file_path": text, "old_string": format!("a\n{text}\nb"), "new_string": format!("a\nb\n{text}")})).usage(usage()));
    t.last_result(text, false);
    t.assistant(|m| m.tool_use("Write", json!({"file_path": "/w/a", "content": text})).usage(usage()))
        .last_result(text, false);
    t.assistant(|m| m.tool_use("WebFetch", json!({"url": text})).usage(usage())).last_result(text, true);
    t.assistant(|m| m.tool_use("mcp__x__y", json!({"text": text, "list": [text]})).usage(usage()))
        .last_result(text, false);
    t.assistant(|m| m.tool_use("ExitPlanMode", json!({"plan": text})).usage(usage()))
        .last_result(text, false);
    t.assistant(|m| {
        m.tool_use("Agent", json!({"subagent_type": text, "description": text, "prompt": text}))
            .usage(usage())
    });
    t.last_result(text, false);
    let asked = json!({"questions": [{"question": text, "options": [{"label": text}]}]});
    t.assistant(|m| m.tool_use("AskUserQuestion", asked).usage(usage())).last_result(text, false);
    let call = t.last_tool_use();
    let lines: Vec<String> =
        text.lines().flat_map(|line| [format!("-{line}"), format!("+{line} ")]).collect();
    let patched = json!({
        "type": "user", "timestamp": "2026-11-24T11:55:09.000Z", "message": {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": call, "content": text}]},
        "toolUseResult": {"structuredPatch": [{"oldStart": 1, "newStart": 1, "lines": lines}]},
    });
    t.raw(&patched.to_string()).interrupted();
}

/// The parts of a secret by which it would be known, whatever stands between its lines.
pub(crate) fn known_by(sample: &Sample) -> Vec<String> {
    let lines = sample.secrets.iter().flat_map(|secret| secret.split(['\n', '\\']));
    let long = lines.map(|line| line.chars().filter(|letter| !letter.is_whitespace()).collect::<String>());
    long.filter(|line| line.len() >= 12 && !line.starts_with("-----"))
        .map(|line| line[..12].to_owned())
        .collect()
}

#[test]
fn no_secret_of_any_kind_is_shown() {
    // Some are known only where a text ends, which is not where they are put here.
    let inside = |sample: &Sample| {
        let around = redact(&format!("a\n{}\nb", sample.text)).text.into_owned();
        known_by(sample).iter().all(|known| !around.contains(known))
    };
    let samples: Vec<Sample> = samples(7).into_iter().filter(inside).collect();
    let kinds: std::collections::BTreeSet<_> = samples.iter().map(|sample| sample.kind).collect();
    assert_eq!(kinds.len(), claudectl_redact::kinds().len());
    for escaped in [false, true] {
        let world = world();
        for (number, part) in samples.chunks(40).enumerate() {
            let sid = format!("{number:08x}-0000-4000-8000-00000000000a");
            let mut t = Transcript::new(&sid, world.work_dir());
            part.iter().for_each(|sample| says(&mut t, &sample.text));
            t.custom_title(&part[0].text);
            let path = t.write(&world.config_dir());
            if escaped {
                let rows = std::fs::read_to_string(&path).unwrap();
                std::fs::write(&path, all_escaped(&rows)).unwrap();
            }
            let wide = ["--width", "240", "--height", "60"];
            for (name, args) in [("a.md", &[][..]), ("a.cast", &wide)].into_iter().skip(usize::from(escaped))
            {
                let base = ["reel", &sid, "--force", "--scenes", "2000", "--out", name];
                let out = world.run([&base, args].concat()).success();
                let shown = if name == "a.md" { read(&world, name) } else { letters(&read(&world, name)) };
                let shown: String = shown
                    .chars()
                    .chain(out.stdout.chars())
                    .filter(|letter| !letter.is_whitespace() && *letter != '│')
                    .collect();
                for sample in part {
                    for known in known_by(sample) {
                        assert!(
                            !shown.contains(&known),
                            "{name}: {known} of {}, escaped: {escaped}\n{}",
                            sample.kind,
                            sample.text
                        );
                    }
                }
                assert!(shown.contains("redacted:") || shown.contains("redacted&#58;"), "{name}");
            }
        }
    }
}

/// JSON with each letter of its strings as an escape.
fn all_escaped(rows: &str) -> String {
    fn escape(value: &Value, out: &mut String) {
        match value {
            Value::String(text) => {
                out.push('"');
                text.encode_utf16().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
                out.push('"');
            }
            Value::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    escape(item, out);
                }
                out.push(']');
            }
            Value::Object(fields) => {
                out.push('{');
                for (at, (name, item)) in fields.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(&format!("{}:", Value::from(name.as_str())));
                    // What rows are told apart by stays as it is.
                    if matches!(
                        name.as_str(),
                        "text"
                            | "thinking"
                            | "content"
                            | "command"
                            | "description"
                            | "file_path"
                            | "old_string"
                            | "new_string"
                            | "url"
                            | "plan"
                            | "prompt"
                            | "question"
                            | "label"
                            | "customTitle"
                            | "list"
                            | "lines"
                            | "input"
                    ) {
                        escape(item, out);
                    } else {
                        out.push_str(&item.to_string());
                    }
                }
                out.push('}');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let mut out = String::new();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let mut fields = Vec::new();
        for (name, value) in row.as_object().unwrap() {
            let mut text = format!("{}:", Value::from(name.as_str()));
            match name.as_str() {
                "message" | "toolUseResult" | "customTitle" => escape(value, &mut text),
                _ => text.push_str(&value.to_string()),
            }
            fields.push(text);
        }
        out.push_str(&format!("{{{}}}\n", fields.join(",")));
    }
    out
}

/// What of a page is no block of code.
fn without_code(page: &str) -> String {
    let (mut fence, mut out) = (None, String::new());
    for line in page.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            None => out.push_str(line),
            Some(open) if ticks == line.len() && ticks >= open => fence = None,
            Some(_) => {}
        }
    }
    assert_eq!(fence, None, "every block ends");
    out
}

#[test]
fn no_text_from_outside_commands_the_terminal() {
    let world = world();
    let mut t = Transcript::new(A, world.work_dir());
    t.branch(HOSTILE).model(&format!("claude-{HOSTILE}"));
    says(&mut t, HOSTILE);
    says(&mut t, "# head\n![x](https://example.com/p.png) <img src=x> ``` \n````");
    t.custom_title(&format!("../../{HOSTILE}")).write(&world.config_dir());
    world.run(["reel", A]).success();
    let gifs: Vec<PathBuf> =
        std::fs::read_dir(world.work_dir()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let name = gifs[0].file_name().unwrap().to_str().unwrap();
    assert!(gifs.len() == 1 && name.ends_with("-aaaaaaaa.gif"), "{gifs:?}");
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{name}");
    world.run(["reel", A, "--out", "a.cast"]).success();
    let cast = read(&world, "a.cast");
    for (_, told) in events(&cast) {
        for part in told.split('\u{1b}').skip(1) {
            let end = part.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
            assert!(part.starts_with('[') && "HJKmrhl".contains(&part[end..=end]), "{part:?} is not ours");
            // Ours is a newline at the bottom, behind the place of the cursor.
            let scrolls = part[end..].starts_with("H\n");
            assert_harmless("the cast", if scrolls { &part[end + 2..] } else { &part[end + 1..] });
            assert!(scrolls || !part.contains('\n'), "{part:?}");
        }
    }
    world.run(["reel", A, "--out", "a.md"]).success();
    let page = read(&world, "a.md");
    assert_harmless("the page", &page);
    let prose = without_code(&page);
    assert!(page.contains("![x]") && !prose.contains("![x]") && !prose.contains("<img"), "{page}");
}
