//! What a disk can hold and what can happen to it: each case a clear error or a counted skip, never a
//! panic, a hang, a wrong sum, or a change of Claude Code's own files.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use claudectl_testkit::{Cmd, LiveProcess, Printed, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, BIN, C, assert_total, assert_usd, ids, json, one_reply, reply, row, session, world};

/// The folder that the transcripts of the other helpers stand in.
fn project(world: &World) -> PathBuf {
    let any = Transcript::new(A, world.work_dir()).path(&world.config_dir());
    let folder = any.parent().unwrap().to_path_buf();
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A reply's row: 100 000 input tokens of Opus 5.5, 40 cents.
fn forty_cents(session: &str, id: &str) -> String {
    json!({
        "type": "assistant", "timestamp": "2026-11-24T11:00:00.000Z", "sessionId": session, "cwd": "/work",
        "message": {"id": id, "role": "assistant", "model": "claude-opus-5-5", "stop_reason": "end_turn",
                    "content": [{"type": "text", "text": "ok"}],
                    "usage": {"input_tokens": 100_000, "output_tokens": 0}},
    })
    .to_string()
}

fn append(path: &Path, bytes: impl AsRef<[u8]>) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(bytes.as_ref()).unwrap();
}

/// Every command that reads, each to an end that is no crash.
fn every_command(world: &World) {
    for args in [
        &["ls", "--all"][..],
        &["ls", "--json"],
        &["spend"],
        &["spend", "--by", "session", "--json"],
        &["spend", "--no-cache"],
        &["history"],
        &["doctor"],
        &["show", "latest"],
        &["show", A, "--json"],
        &["prices"],
        &["clean", "--state", "--dry-run"],
    ] {
        let out = world.run(args);
        assert!(out.code < 4, "{args:?}\n{}", out.snapshot());
        assert!(!out.stderr.contains("panicked"), "{args:?}\n{}", out.snapshot());
    }
}

// ---------------------------------------------------------------- content

#[test]
fn a_torn_last_line_waits_for_its_end() {
    let world = world();
    let path = project(&world).join(format!("{A}.jsonl"));
    let (first, second) = (forty_cents(A, "one"), forty_cents(A, "two"));
    append(&path, format!("{first}\n{}", &second[..second.len() / 2]));
    let torn = assert_total(&world, 0.40);
    assert_eq!(torn["skipped_lines"], 0, "it is not bad yet");
    append(&path, &second[second.len() / 2..]);
    assert_total(&world, 0.80);
    append(&path, "\n");
    let whole = assert_total(&world, 0.80);
    assert_eq!((&whole["skipped_lines"], &whole["total"]["messages"]), (&json!(0), &json!(2)));
    assert_eq!(whole, json(&world, &["spend", "--json", "--no-cache"]));
}

#[test]
fn what_is_no_row_and_has_no_newline_is_counted_once() {
    let world = world();
    let folder = project(&world);
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    let utf_16: Vec<u8> = forty_cents(B, "one").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [&[u8]; 3] = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03KKMN", &utf_16, &[b'x'; 9_000_000]];
    for (at, bytes) in files.iter().enumerate() {
        std::fs::write(folder.join(format!("{at}.jsonl")), bytes).unwrap();
        for _ in 0..2 {
            let report = assert_total(&world, 0.40);
            assert_eq!(report["skipped_lines"], at as u64 + 1);
            assert_eq!(report, json(&world, &["spend", "--json", "--no-cache"]));
        }
    }
    let shown = world.run(["doctor"]).success().stdout;
    assert!(shown.contains("warning  unreadable lines: 3 lines in transcripts"), "{shown}");
    // Once it has its newline it is a line as any other; what follows it counts.
    for (at, _) in files.iter().enumerate() {
        append(&folder.join(format!("{at}.jsonl")), format!("\n{}", forty_cents(A, &format!("after {at}"))));
    }
    for end in ["", "\n"] {
        append(&folder.join("0.jsonl"), end);
        assert_eq!(assert_total(&world, 1.60)["skipped_lines"], 3);
    }
    every_command(&world);
}

#[test]
fn a_file_cut_at_every_place_gives_no_more_than_it_holds_and_no_less_in_the_end() {
    let world = world();
    let path = project(&world).join(format!("{A}.jsonl"));
    let text: String = ["one", "two", "three"].map(|id| forty_cents(A, id) + "\n").concat();
    let line = text.len() / 3;
    let mut seen = 0.0;
    for cut in [0, 1, line / 2, line - 1, line, line + 7, 2 * line - 1, 2 * line + 30, text.len()] {
        std::fs::write(&path, &text[..cut]).unwrap();
        let total = json(&world, &["spend", "--json"])["total"]["cost_usd"].as_f64().unwrap();
        assert!(total >= seen && total < 1.21, "{cut}: {total} after {seen}");
        seen = total;
    }
    assert_total(&world, 1.20);
}

#[test]
fn a_row_behind_a_torn_one_on_the_same_line_is_not_lost() {
    let world = world();
    let path = project(&world).join(format!("{A}.jsonl"));
    let torn = forty_cents(A, "torn");
    // Killed while writing; the next process appends where the file ends.
    append(&path, format!("{}{}\n", &torn[..torn.len() / 3], forty_cents(A, "one")));
    append(&path, forty_cents(A, "two") + "\n");
    let report = json(&world, &["spend", "--json"]);
    assert_eq!(report["skipped_lines"], 1);
    assert_usd(&report["total"]["cost_usd"], 0.80);
    let shown = world.run(["spend"]).success().stdout;
    assert!(shown.contains("1 line could not be read"), "{shown}");
}

#[test]
fn garbage_of_every_kind_is_skipped_and_counted() {
    let world = world();
    let folder = project(&world);
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    let noise: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let lines =
        noise.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64;
    let torn_end = u64::from(!noise.ends_with(b"\n"));
    std::fs::write(folder.join(format!("{B}.jsonl")), &noise).unwrap();
    std::fs::write(folder.join(format!("{C}.jsonl")), "").unwrap();
    std::fs::write(folder.join("dddddddd.jsonl"), "\0".repeat(5_000)).unwrap();
    std::fs::write(folder.join("eeeeeeee.jsonl"), "null\n[]\n\"text\"\n42\n{}\n\n   \n{\"type\":7}\n")
        .unwrap();
    let report = assert_total(&world, 0.40);
    assert_eq!((&report["files"], &report["total"]["messages"]), (&json!(5), &json!(1)));
    let skipped = report["skipped_lines"].as_u64().unwrap();
    assert!(skipped >= lines - torn_end && skipped <= lines + 8, "{skipped} of {lines}");
    every_command(&world);
}

#[test]
fn odd_numbers_and_types_in_a_usage_do_not_break_the_sum() {
    let world = world();
    let path = project(&world).join(format!("{A}.jsonl"));
    append(&path, forty_cents(A, "one") + "\n");
    for usage in [
        "null",
        "[]",
        "\"many\"",
        "{}",
        "{\"input_tokens\":-5,\"output_tokens\":\"x\"}",
        "{\"input_tokens\":1e3,\"output_tokens\":0}",
        "{\"input_tokens\":null,\"cache_creation\":7}",
        "{\"input_tokens\":99999999999999999999999999}",
    ] {
        let row = forty_cents(A, "odd").replace("{\"input_tokens\":100000,\"output_tokens\":0}", usage);
        append(&path, row.replace("\"odd\"", &format!("\"odd-{}\"", usage.len())) + "\n");
    }
    every_command(&world);
    let report = json(&world, &["spend", "--json"]);
    let total = report["total"]["cost_usd"].as_f64().unwrap();
    assert!(total.is_finite() && total >= 0.40 - 1e-9, "{total}");
    assert_eq!(report, json(&world, &["spend", "--json", "--no-cache"]));
}

#[test]
fn text_that_is_not_utf_8_is_still_billed() {
    let world = world();
    let path = project(&world).join(format!("{A}.jsonl"));
    let mut line = forty_cents(A, "one").replace("\"ok\"", "\"@@\"").into_bytes();
    let at = line.windows(2).position(|two| two == b"@@").unwrap();
    line[at..at + 2].copy_from_slice(b"\xff\xc3");
    append(&path, [&line[..], b"\n"].concat());
    append(&path, forty_cents(A, "two") + "\n");
    let report = assert_total(&world, 0.80);
    assert_eq!(report["total"]["messages"], 2);
    every_command(&world);
}

#[test]
fn a_long_line_is_no_obstacle() {
    let world = world();
    let path = project(&world).join(format!("{A}.jsonl"));
    let tool_result = |bytes: usize| {
        json!({"type": "user", "timestamp": "2026-11-24T11:00:00.000Z", "sessionId": A,
               "message": {"role": "user", "content": "x".repeat(bytes)}})
        .to_string()
    };
    append(&path, forty_cents(A, "one") + "\n");
    append(&path, tool_result(5 << 20) + "\n");
    append(&path, forty_cents(A, "two") + "\n");
    let report = assert_total(&world, 0.80);
    assert_eq!(report["skipped_lines"], 0, "it is known to bill nothing");
    // A reply of more than any line is held: its head does not say what it costs, so it is counted as skipped.
    let long = forty_cents(A, "long").replace("\"ok\"", &format!("\"{}\"", "y".repeat(5 << 20)));
    append(&path, long + "\n");
    append(&path, forty_cents(A, "three") + "\n");
    let report = assert_total(&world, 1.20);
    assert_eq!(report["skipped_lines"], 1);
}

#[test]
fn a_line_of_100_mb_is_not_held_in_memory() {
    let world = world();
    let path = project(&world).join(format!("{A}.jsonl"));
    append(&path, forty_cents(A, "one") + "\n");
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    // A hole: a hundred million zero bytes that take no room.
    file.seek(SeekFrom::Start(100_000_000)).unwrap();
    file.write_all(format!("\n{}\n", forty_cents(A, "two")).as_bytes()).unwrap();
    let limited = |args: &str| {
        let script = format!("ulimit -v 200000; exec '{BIN}' {args}");
        world.claudectl(Path::new("/bin/bash")).args(["-c", &script]).run()
    };
    let report = limited("spend --json").success().json();
    assert_usd(&report["total"]["cost_usd"], 0.80);
    assert_eq!(report["skipped_lines"], 1);
    limited("ls --all").success();
    limited("show aaaa").success();
}

// ---------------------------------------------------------------- files

#[test]
fn what_is_no_regular_file_is_passed_over_without_waiting() {
    let world = world();
    let folder = project(&world);
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    std::fs::create_dir(folder.join("folder.jsonl")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(folder.join("pipe.jsonl")).status().unwrap();
    assert!(fifo.success());
    symlink(folder.join("pipe.jsonl"), folder.join("to-pipe.jsonl")).unwrap();
    symlink("/dev/zero", folder.join("zero.jsonl")).unwrap();
    symlink("/nowhere/at/all", folder.join("dangling.jsonl")).unwrap();
    symlink("/", folder.join("root.jsonl")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(world.root().join("s")).unwrap();
    std::fs::rename(world.root().join("s"), folder.join("socket.jsonl")).unwrap();
    let run = |args: &[&str]| world.cmd().args(args).timeout(Duration::from_secs(20)).run().success();
    let report = run(&["spend", "--json"]).json();
    assert_usd(&report["total"]["cost_usd"], 0.40);
    assert_eq!((&report["files"], &report["skipped_lines"]), (&json!(1), &json!(0)));
    run(&["ls", "--all"]);
    let checks = run(&["doctor", "--json"]).json();
    let counted =
        checks["checks"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "transcripts"));
    assert_eq!(counted.map(|check| &check["data"]["odd"]), Some(&json!(6)), "{checks}");
}

#[test]
fn links_lead_nowhere_twice() {
    let world = world();
    let folder = project(&world);
    let path = reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    // Rows without ids, which only their place tells apart.
    let bare = forty_cents(B, "x").replace("\"id\":\"x\",", "");
    let second = folder.join(format!("{B}.jsonl"));
    append(&second, bare + "\n");
    symlink(&path, folder.join(format!("{C}.jsonl"))).unwrap();
    symlink(&second, folder.join("dddddddd-0000-4000-8000-00000000000d.jsonl")).unwrap();
    symlink(&folder, world.config_dir().join("projects/-again")).unwrap();
    symlink(world.config_dir().join("projects"), world.config_dir().join("projects/-loop")).unwrap();
    std::fs::create_dir_all(folder.join(A).join("subagents")).unwrap();
    symlink(&folder, folder.join(A).join("subagents/loop")).unwrap();
    let report = assert_total(&world, 0.80);
    assert_eq!((&report["total"]["messages"], &report["files"]), (&json!(2), &json!(2)));
    let listing = json(&world, &["ls", "--all", "--json"]);
    assert_eq!(ids(&listing).len(), 2, "a link is no session of its own");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_counted() {
    let world = world();
    let folder = project(&world);
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    symlink(folder.join("loop.jsonl"), folder.join("loop.jsonl")).unwrap();
    // A regular file that fails when it is read, whoever reads it.
    symlink("/proc/self/mem", folder.join("mem.jsonl")).unwrap();
    let out = world.run(["spend", "--json"]).success();
    assert_usd(&out.json()["total"]["cost_usd"], 0.40);
    let warnings: Vec<&str> = out.stderr.lines().collect();
    assert_eq!(warnings.len(), 2, "{}", out.stderr);
    assert!(warnings.iter().all(|line| line.starts_with("warning: ")), "{}", out.stderr);
    assert!(out.stderr.contains("loop.jsonl") && out.stderr.contains("mem.jsonl"), "{}", out.stderr);
    let doctor = world.run(["doctor"]).fails_with(1).stdout;
    assert!(doctor.contains("FAILED   transcripts: "), "{doctor}");
    for n in 0..9 {
        let name = folder.join(format!("loop{n}.jsonl"));
        symlink(&name, &name).unwrap();
    }
    let out = world.run(["spend"]).success();
    assert!(out.stderr.contains("and 8 more files; `claudectl doctor` counts them"), "{}", out.stderr);
}

#[test]
fn folders_in_each_others_place() {
    let world = world();
    world.write("home/.claude/projects", "a file");
    world.write("home/.claude/sessions", "a file");
    let out = world.run(["spend"]).success();
    assert!(out.stderr.contains("$HOME/.claude/projects"), "{}", out.stderr);
    let out = world.run(["ls"]).success();
    assert!(
        out.stderr.contains("$HOME/.claude/sessions"),
        "a registry that cannot be read is told\n{}",
        out.stderr
    );
}

#[test]
fn files_that_vanish_while_they_are_read() {
    let world = world();
    let folder = project(&world);
    let gone = |n: u32| folder.join(format!("{n:08}-0000-4000-8000-000000000000.jsonl"));
    for n in 0..300 {
        append(&gone(n), forty_cents(A, &format!("m{n}")) + "\n");
    }
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    std::thread::scope(|scope| {
        let remover = scope.spawn(|| (0..300).for_each(|n| std::fs::remove_file(gone(n)).unwrap()));
        while !remover.is_finished() {
            let out = world.run(["spend", "--json"]).success();
            assert_eq!(out.stderr, "");
        }
    });
    // Whatever was seen of them stays, and the one that is there is counted once.
    let report = json(&world, &["spend", "--json"]);
    let count = report["total"]["messages"].as_u64().unwrap();
    assert!((1..=301).contains(&count));
    assert_usd(&report["total"]["cost_usd"], f64::from(u32::try_from(count).unwrap()) * 0.40);
    assert_eq!(report["files"], 1);
}

#[test]
fn ten_thousand_files() {
    let world = world();
    let folder = project(&world);
    for n in 0..10_000_u32 {
        let row = forty_cents(A, &format!("m{n}"));
        std::fs::write(folder.join(format!("{n:08}-0000-4000-8000-000000000000.jsonl")), row + "\n").unwrap();
    }
    let report = assert_total(&world, 4_000.0);
    assert_eq!((&report["files"], &report["total"]["messages"]), (&json!(10_000), &json!(10_000)));
    assert_total(&world, 4_000.0);
}

// ---------------------------------------------------------------- paths

#[test]
fn paths_that_are_not_utf_8() {
    let world = world();
    let odd = |text: &[u8]| world.root().join(OsStr::from_bytes(text));
    let config = odd(b"c\xff\xfe");
    let project = config.join("projects").join(OsStr::from_bytes(b"-w\xf0\x28"));
    std::fs::create_dir_all(&project).unwrap();
    append(&project.join(format!("{A}.jsonl")), forty_cents(A, "one") + "\n");
    let home = odd(b"h\xff");
    std::fs::create_dir(&home).unwrap();
    let cwd = odd(b"w\xff");
    std::fs::create_dir(&cwd).unwrap();
    let cmd = || {
        let cmd = world.cmd().env("CLAUDE_CONFIG_DIR", &config).env("HOME", &home);
        cmd.env("CLAUDECTL_HOME", odd(b"s\xff")).env("XDG_CONFIG_HOME", "").cwd(&cwd)
    };
    for _ in 0..2 {
        let report = cmd().args(["spend", "--json"]).run().success().json();
        assert_usd(&report["total"]["cost_usd"], 0.40);
    }
    assert!(odd(b"s\xff").join("state.db").is_file());
    for args in [&["ls", "--all"][..], &["show", A], &["doctor"], &["config", "path"], &["config", "init"]] {
        cmd().args(args).run().success();
    }
    cmd().arg("ls").arg("--search").arg(OsStr::from_bytes(b"\xff")).run().fails_with(2);
    // Before the rest of the file: it is no name of a session, but its replies are billed.
    let named = project.join(OsStr::from_bytes(b"\xff\xfe.jsonl"));
    append(&named, forty_cents(B, "two") + "\n");
    let report = cmd().args(["spend", "--json"]).run().success().json();
    assert_usd(&report["total"]["cost_usd"], 0.80);
}

#[test]
fn without_a_home() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    let cmd = |home: &str, state: &str| {
        let config = world.config_dir();
        let cmd = world.cmd().env("HOME", home).env("XDG_CONFIG_HOME", "").env("CLAUDECTL_HOME", state);
        cmd.env("CLAUDE_CONFIG_DIR", config)
    };
    // A relative home is none: it would mean another folder in each.
    for home in ["", "relative/home"] {
        let out = cmd(home, "").arg("spend").run().fails_with(2);
        assert_eq!(
            out.stderr,
            "error: there is no place for claudectl's state\n  \
             why: neither HOME nor CLAUDECTL_HOME is set to an absolute path\n  \
             fix: set HOME, or CLAUDECTL_HOME=/some/folder; --no-cache needs neither\n"
        );
        let report = cmd(home, "").args(["spend", "--no-cache", "--json"]).run().success().json();
        assert_usd(&report["total"]["cost_usd"], 0.40);
        let own = world.root().join("own-state");
        let report = cmd(home, own.to_str().unwrap()).args(["spend", "--json"]).run().success().json();
        assert_usd(&report["total"]["cost_usd"], 0.40);
        for args in [&["prices"][..], &["config", "show"], &["completions", "bash"], &["--help"]] {
            cmd(home, "").args(args).run().success();
        }
    }
    assert!(world.root().join("own-state/state.db").is_file());
    assert!(!world.work_dir().join("relative").exists());
    // With nothing at all, it says what it would need.
    let out = cmd("", world.root().join("s").to_str().unwrap())
        .env("CLAUDE_CONFIG_DIR", "")
        .arg("ls")
        .run()
        .success();
    assert!(out.stdout.contains("set CLAUDE_CONFIG_DIR"), "{}", out.stdout);
}

/// It would be another folder in each repository, and hooks would name it so.
#[test]
fn a_relative_state_folder_is_refused_by_every_command() {
    let world = world();
    let before = crate::tree(world.root());
    for (home, why) in [
        ("~/x", "nobody has replaced the ~ by your home folder: a shell does that where it is not quoted"),
        ("~", "nobody has replaced the ~ by your home folder: a shell does that where it is not quoted"),
        ("rel/state", "it would be another folder wherever claudectl runs, in your repositories, too"),
        ("./state", "it would be another folder wherever claudectl runs, in your repositories, too"),
    ] {
        for args in [
            &["ls"][..],
            &["spend"],
            &["spend", "--no-cache"],
            &["init", "--binary", "/bin/true"],
            &["uninstall"],
            &["doctor"],
            &["tick"],
            &["gate", "check", "ls"],
            &["rules", "ls"],
            &["config", "path"],
            &["statusline"],
            &["clean", "--state"],
            &["search", "x"],
            &["watch"],
            &["up"],
            &[],
        ] {
            let out = world.cmd().env("CLAUDECTL_HOME", home).args(args).stdin("{}").run().fails_with(2);
            let told = format!(
                "error: CLAUDECTL_HOME is no absolute path: {home}\n  why: {why}\n  \
                 fix: write all of it, CLAUDECTL_HOME=/some/folder, or unset it\n"
            );
            assert_eq!(out.stderr, told, "{args:?}");
        }
    }
    assert_eq!(crate::tree(world.root()), before);
    assert!(!world.work_dir().join("~").exists() && !world.work_dir().join("rel").exists());
    // What hooks start is told by its arguments alone.
    let tick = world.cmd().env("CLAUDECTL_HOME", "~/x").args(["tick", "--home"]).arg(world.state_dir());
    tick.run().success();
}

// ---------------------------------------------------------------- the registry

#[test]
fn a_registry_of_half_written_wrong_and_hostile_rows() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).write(&world.config_dir());
    let put = |name: &str, text: &[u8]| drop(world.write(format!("home/.claude/sessions/{name}"), text));
    let broken: [(&str, &[u8]); 9] = [
        ("101.json", b"{\"pid\":101,\"sessionId\":\"x\",\"cw"),
        ("102.json", b""),
        ("103.json", b"[]"),
        ("104.json", b"{\"pid\":\"104\",\"sessionId\":\"x\"}"),
        ("105.json", b"{\"pid\":105}"),
        ("106.json", b"{\"pid\":-1,\"sessionId\":\"x\"}"),
        ("107.json", b"{\"pid\":107,\"sessionId\":\"x\",\"status\":{\"a\":1}}"),
        ("108.json", b"\xff\xfe\0\0"),
        ("109.json", b"{\"pid\":109,\"sessionId\":7}"),
    ];
    for (name, text) in broken {
        put(name, text);
    }
    put("notes.txt", b"not a row");
    put("0123.abcdef.key", b"secret");
    std::fs::create_dir(world.config_dir().join("sessions/110.json")).unwrap();
    let fifo = world.config_dir().join("sessions/111.json");
    assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    let out = world.cmd().args(["ls", "--json"]).timeout(Duration::from_secs(20)).run().success();
    assert_eq!(ids(&out.json()), [A], "the good row is shown");
    for (name, _) in broken {
        assert!(
            out.stderr.contains(&format!("sessions/{name} is no registry row: ")),
            "{name}\n{}",
            out.stderr
        );
    }
    every_command(&world);
}

#[test]
fn rows_that_say_odd_things_of_a_living_process() {
    let world = world();
    let process = LiveProcess::start(&world.work_dir());
    let row = RegistryRow::new(process.pid(), A, world.work_dir()).started(world.now());
    let state = |row: &RegistryRow| {
        row.write(&world.config_dir());
        let listing = json(&world, &["ls", "--json"]);
        session(&listing, A)["status"]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&row), "idle");
    // Times of the far past and future, and none.
    for at in [0_i64, -1, i64::MAX, i64::MIN, 4_102_444_800_000] {
        let odd = row.clone().set("startedAt", at).set("updatedAt", at).set("statusUpdatedAt", at);
        assert!(["idle", "waiting"].contains(&state(&odd).as_str()), "{at}");
        world.run(["ls"]).success();
        world.run(["show", A]).success();
    }
    assert_eq!(
        state(&row.clone().without("startedAt").without("updatedAt").without("statusUpdatedAt")),
        "idle"
    );
    // A start time that cannot be compared leaves the name to go by.
    assert_eq!(state(&row.clone().without("procStart")), "idle");
    assert_eq!(state(&row.clone().set("procStart", "soon")), "idle");
    assert_eq!(state(&row.clone().proc_start(u64::MAX)), "finished");
    // A process that is no client, under a number that an old row names.
    let own = RegistryRow::new(std::process::id(), B, world.work_dir()).without("procStart");
    own.write(&world.config_dir());
    let listing = json(&world, &["ls", "--all", "--json"]);
    assert_eq!(session(&listing, B)["status"]["state"], "finished");
    // No process has these.
    for pid in [0, u32::MAX] {
        RegistryRow::new(pid, C, world.work_dir()).write(&world.config_dir());
        let listing = json(&world, &["ls", "--all", "--json"]);
        assert_eq!(session(&listing, C)["status"]["state"], "finished", "{pid}");
    }
}

// ---------------------------------------------------------------- clocks

#[test]
fn a_clock_that_jumps_loses_nothing() {
    let mut world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    transcript.write(&world.config_dir());
    let mut expected = 0.40;
    for now in [
        "2026-11-24T12:00:00Z",
        "2024-01-01T00:00:00Z",
        "2041-06-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2026-11-24T12:30:00Z",
    ] {
        world.set_now(now);
        assert_total(&world, expected);
        every_command(&world);
        // What is spent after a jump is counted, whatever a wrong clock has taken for old.
        transcript.assistant(|m| m.text("more").usage(Usage::new(25_000, 0))).append_to(&world.config_dir());
        expected += 0.10;
        assert_total(&world, expected);
    }
}

#[test]
fn rows_from_the_future_and_without_a_time() {
    let world = world();
    let path = project(&world).join(format!("{A}.jsonl"));
    for (n, time) in
        ["\"2199-01-01T00:00:00.000Z\"", "\"1969-12-31T23:59:59.000Z\"", "\"yesterday\"", "null", "7", "\"\""]
            .into_iter()
            .enumerate()
    {
        let row = forty_cents(A, &format!("m{n}")).replace("\"2026-11-24T11:00:00.000Z\"", time);
        append(&path, row + "\n");
    }
    let report = assert_total(&world, 2.40);
    assert_eq!(report["total"]["messages"], 6);
    every_command(&world);
    let listing = world.run(["ls", "--all"]).success().stdout;
    assert!(listing.contains("aaaaaaaa"), "{listing}");
}

// ---------------------------------------------------------------- our own state

/// A run that can write only so many kibibytes to any file.
fn cramped(world: &World, kibibytes: u32, args: &str) -> Printed {
    let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec '{BIN}' {args}");
    world.claudectl(Path::new("/bin/bash")).args(["-c", &script]).run().success()
}

#[test]
fn a_file_that_may_not_grow_leaves_the_figures_and_a_warning() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    for kibibytes in [0, 1, 8, 40] {
        let out = cramped(&world, kibibytes, "spend --json");
        assert_usd(&out.json()["total"]["cost_usd"], 0.40);
        assert!(
            out.stderr.contains("warning: ") && out.stderr.contains("nothing is kept"),
            "{kibibytes}: {}",
            out.stderr
        );
    }
    // What was half made is no obstacle afterwards.
    assert_total(&world, 0.40);
    // A state that is there and cannot take in what is new.
    reply(&world, B, "claude-opus-5-5", Usage::new(50_000, 0));
    let out = cramped(&world, 1, "spend --json");
    assert_usd(&out.json()["total"]["cost_usd"], 0.60);
    assert!(out.stderr.contains("nothing is kept"), "{}", out.stderr);
    // One that only has nothing new to take in, a day later, when it would be tidied up.
    assert_total(&world, 0.60);
    let mut world = world;
    world.set_now("2026-11-26T12:00:00Z");
    assert_usd(&cramped(&world, 1, "spend --json").json()["total"]["cost_usd"], 0.60);
    cramped(&world, 1, "ls --all");
    assert_total(&world, 0.60);
}

#[test]
fn a_full_disk_leaves_the_figures_and_a_warning() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    std::fs::create_dir(world.state_dir()).unwrap();
    let state = world.state_dir().display().to_string();
    // A disk of its own, as small as one can be; without the right to mount one, a limit on the file.
    let script = format!("mount -t tmpfs -o size=24k none '{state}' && exec '{BIN}' spend --json");
    let mounted =
        world.claudectl(Path::new("/usr/bin/unshare")).args(["-Urm", "/bin/sh", "-c", &script]).run();
    let can_mount = !mounted.stderr.contains("mount: ") && !mounted.stderr.contains("unshare: ");
    let out = if can_mount { mounted.success() } else { cramped(&world, 24, "spend --json") };
    assert_usd(&out.json()["total"]["cost_usd"], 0.40);
    assert!(out.stderr.contains("nothing is kept"), "{}", out.stderr);
}

#[test]
fn state_that_cannot_be_written_leaves_the_figures_and_a_warning() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    // A file where the folder should be, a folder where the file should be, and a place that nobody may write to.
    world.write("state", "");
    std::fs::create_dir_all(world.root().join("other/state.db")).unwrap();
    for state in [world.state_dir(), world.root().join("other"), PathBuf::from("/proc/claudectl")] {
        let out = world.cmd().env("CLAUDECTL_HOME", &state).args(["spend", "--json"]).run().success();
        assert_usd(&out.json()["total"]["cost_usd"], 0.40);
        assert!(out.stderr.contains("nothing is kept"), "{}: {}", state.display(), out.stderr);
        world.cmd().env("CLAUDECTL_HOME", &state).args(["ls", "--all"]).run().success();
    }
}

/// Mounts the state read-only for the run, where that may be done.
fn read_only(world: &World, args: &str) -> Option<Printed> {
    let state = world.state_dir().display().to_string();
    let script = format!(
        "mount --bind '{state}' '{state}' && mount -o remount,bind,ro '{state}' && exec '{BIN}' {args}"
    );
    let out = world.claudectl(Path::new("/usr/bin/unshare")).args(["-Urm", "/bin/sh", "-c", &script]).run();
    let can_mount = !out.stderr.contains("mount: ") && !out.stderr.contains("unshare: ");
    can_mount.then(|| out.success())
}

#[test]
fn a_read_only_state_is_used_as_far_as_it_goes() {
    let mut world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    assert_total(&world, 0.40);
    reply(&world, B, "claude-opus-5-5", Usage::new(50_000, 0));
    for now in ["2026-11-24T12:00:00Z", "2026-11-27T12:00:00Z"] {
        world.set_now(now);
        let before = crate::tree(&world.state_dir());
        // Without the right to mount, a link to a file system that is always read-only comes nearest.
        let out = read_only(&world, "spend --json").unwrap_or_else(|| {
            world.cmd().env("CLAUDECTL_HOME", "/proc/claudectl").args(["spend", "--json"]).run().success()
        });
        assert_usd(&out.json()["total"]["cost_usd"], 0.60);
        assert!(out.stderr.starts_with("warning: "), "{}", out.stderr);
        assert_eq!(crate::tree(&world.state_dir()), before);
    }
    assert_total(&world, 0.60);
}

#[test]
fn a_state_from_the_future_is_told_and_not_touched() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    assert_total(&world, 0.40);
    let db = world.state_dir().join("state.db");
    // `user_version` stands at byte 60 of an SQLite file, big-endian.
    let mut file = OpenOptions::new().write(true).open(&db).unwrap();
    file.seek(SeekFrom::Start(60)).unwrap();
    file.write_all(&900_u32.to_be_bytes()).unwrap();
    drop(file);
    let before = crate::tree(&world.state_dir());
    for args in [&["spend"][..], &["ls"], &["history"], &["show", A], &["clean", "--state"]] {
        let out = world.run(args).fails_with(2);
        assert_eq!(out.stdout, "");
        let lines: Vec<&str> = out.stderr.lines().collect();
        assert!(
            lines[0].starts_with(
                "error: $STATE/state.db has schema 900; this version of claudectl knows schemas up to "
            ),
            "{}",
            out.stderr
        );
        assert_eq!(lines[1], "  why: a later version of claudectl has written it; nothing was changed");
        assert_eq!(lines[2], "  fix: update claudectl, or run with --no-cache to leave it aside");
        assert_eq!(crate::tree(&world.state_dir()), before, "{args:?}");
    }
    world.run(["doctor"]).fails_with(1);
    let report = json(&world, &["spend", "--no-cache", "--json"]);
    assert_usd(&report["total"]["cost_usd"], 0.40);
    assert_eq!(crate::tree(&world.state_dir()), before);
}

#[test]
fn a_state_file_that_lacks_something_is_named() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    assert_total(&world, 0.40);
    let state = rusqlite::Connection::open(world.state_dir().join("state.db")).unwrap();
    state.execute_batch("DROP TABLE session").unwrap();
    drop(state);
    for command in [&["ls"][..], &["budget"], &["spend"]] {
        let out = world.run(command).fails_with(70);
        assert!(
            out.stderr.contains("$STATE/state.db failed") && out.stderr.contains("no such table"),
            "{}",
            out.stderr
        );
        assert!(out.stderr.contains("\n  fix: move it away"), "{}", out.stderr);
    }
}

#[test]
fn a_damaged_state_is_told_and_not_touched() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    assert_total(&world, 0.40);
    let db = world.state_dir().join("state.db");
    let good = std::fs::read(&db).unwrap();
    let header_gone = [&[b'x'; 4096], &good[4096..]].concat();
    let inside_gone = [&good[..4096], &vec![0xa5; good.len() - 4096]].concat();
    let cut = good[..good.len() / 2].to_vec();
    for (what, bytes) in [("header", header_gone), ("inside", inside_gone), ("half", cut)] {
        for (path, _) in crate::tree(&world.state_dir()) {
            std::fs::remove_file(path).unwrap();
        }
        std::fs::write(&db, &bytes).unwrap();
        let out = world.run(["spend"]).fails_with(3);
        assert_eq!(out.stdout, "", "{what}");
        assert!(
            out.stderr.starts_with("error: $STATE/state.db is not a claudectl state file, or it is damaged"),
            "{what}: {}",
            out.stderr
        );
        assert!(out.stderr.contains("\n  fix: move it away; it is made again"), "{what}: {}", out.stderr);
        assert!(
            out.stderr.contains("without grants, trust, the gate's log and notices"),
            "{what}: {}",
            out.stderr
        );
        assert_eq!(std::fs::read(&db).unwrap(), bytes, "{what}");
        world.run(["doctor"]).fails_with(1);
        assert_usd(&json(&world, &["spend", "--no-cache", "--json"])["total"]["cost_usd"], 0.40);
    }
    std::fs::remove_file(&db).unwrap();
    assert_total(&world, 0.40);
    // An empty file is one that was never begun.
    std::fs::write(&db, "").unwrap();
    assert_total(&world, 0.40);
}

#[test]
fn four_at_once_on_an_empty_state_agree() {
    let world = world();
    for n in 0..40 {
        let sid = format!("{n:08}-0000-4000-8000-000000000000");
        reply(&world, &sid, "claude-opus-5-5", Usage::new(100_000, 0));
    }
    for round in 0..3 {
        let start = |cmd: Cmd| {
            let mut command = cmd.args(["spend", "--json"]).to_command();
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<_> = (0..4).map(|_| start(world.cmd())).collect();
        let mut reports = Vec::new();
        for child in children {
            let out = child.wait_with_output().unwrap();
            let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success() && stderr.is_empty(), "round {round}: {stderr}");
            reports.push(serde_json::from_slice::<Value>(&out.stdout).unwrap());
        }
        for report in &reports {
            assert_usd(&report["total"]["cost_usd"], 16.0);
            assert_eq!(report, &reports[0]);
        }
        std::fs::remove_dir_all(world.state_dir()).unwrap();
    }
}

// ---------------------------------------------------------------- Claude Code's own

#[test]
fn nothing_of_claude_codes_is_ever_changed() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    transcript.subagent("a1").assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
    transcript.write(&world.config_dir());
    append(&project(&world).join(format!("{B}.jsonl")), "torn {");
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).write(&world.config_dir());
    world.write("home/.claude/sessions/77.json", "{\"pid\":77");
    world.write("home/.claude/settings.json", "{\"cleanupPeriodDays\": 7}");
    world.write("home/.claude/history.jsonl", "{}\n");
    let stamps = |world: &World| {
        crate::tree(&world.config_dir())
            .into_iter()
            .map(|(path, content)| {
                let metadata = std::fs::symlink_metadata(&path).unwrap();
                (path, content, metadata.modified().unwrap(), metadata.permissions())
            })
            .collect::<Vec<_>>()
    };
    let before = stamps(&world);
    every_command(&world);
    world.run(["clean", "--state"]).success();
    world.run(["config", "init"]).success();
    world.run(["config", "set", "budget.day_usd", "1"]).success();
    assert_eq!(stamps(&world), before);
    assert_eq!(row(&json(&world, &["spend", "--by", "session", "--json"]), A)["messages"], 2);
}
