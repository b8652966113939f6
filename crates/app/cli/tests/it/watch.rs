//! `claudectl watch` and `claudectl wait`: told when it happens, by what makes it happen.

use std::time::Duration;

use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::hook::call;
use crate::streams::Stream;
use crate::{A, B, C, world};

const LONG: Duration = Duration::from_secs(20);

/// A session that runs, with the row of its registry.
fn live(world: &World, sid: &str) -> (LiveProcess, RegistryRow) {
    let process = LiveProcess::start(&world.work_dir());
    // A session that has only just started: it had no turn yet.
    let row = RegistryRow::new(process.pid(), sid, world.work_dir()).named("one").started(world.now());
    row.write(&world.config_dir());
    (process, row)
}

fn watch(world: &World, args: &[&str]) -> Stream {
    Stream::start(&world.cmd().arg("watch").args(args))
}

/// The next change of a session to a state.
#[track_caller]
fn change(stream: &mut Stream, sid: &str, state: &str) -> Value {
    let is = |found: &Value| found["session"]["id"] == sid && found["session"]["status"]["state"] == state;
    match stream.until(LONG, |line| is(&serde_json::from_str(line).unwrap())) {
        Some((_, line)) => serde_json::from_str(&line).unwrap(),
        None => panic!("{sid} never became {state}: {:#?}", stream.seen),
    }
}

#[test]
fn each_change_is_told_as_it_comes() {
    let world = world();
    let (mut process, row) = live(&world, A);
    let mut stream = watch(&world, &[]);
    let first = change(&mut stream, A, "idle");
    assert_eq!((&first["change"], &first["previous"]), (&json!("listed"), &Value::Null));
    row.clone().status("busy").write(&world.config_dir());
    let next = change(&mut stream, A, "working");
    assert_eq!((&next["change"], &next["previous"]), (&json!("status"), &json!("idle")));
    assert_eq!(next["session"]["status"]["source"], "registry");
    // A transcript that is new, in a folder that is new.
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript
        .at("2026-11-24T12:00:01Z")
        .prompt("go")
        .assistant(|m| m.tool_use("Bash", json!({"command": "make"})).usage(Usage::new(1, 1)));
    transcript.write(&world.config_dir());
    let called = |line: &str| line.contains("\"Bash: make\"");
    assert!(stream.until(LONG, called).is_some(), "{:#?}", stream.seen);
    // A hook tells what the registry leaves out, before any row does.
    row.clone().waiting_for("permission prompt").write(&world.config_dir());
    change(&mut stream, A, "needs-permission");
    let (_other, _row) = live(&world, B);
    let came = change(&mut stream, B, "idle");
    assert_eq!(came["change"], "appeared");
    process.kill();
    let dead = change(&mut stream, A, "finished");
    assert_eq!(
        (&dead["session"]["status"]["source"], &dead["session"]["pid"]),
        (&json!("process"), &Value::Null)
    );
}

#[test]
fn a_session_that_says_goodbye_is_finished() {
    let world = world();
    let (mut process, row) = live(&world, A);
    let mut stream = watch(&world, &[]);
    change(&mut stream, A, "idle");
    // As the client does: first the row, then the process.
    std::fs::remove_file(row.write(&world.config_dir())).unwrap();
    process.kill();
    let ended = change(&mut stream, A, "finished");
    assert_eq!(ended["session"]["name"], "one");
}

#[test]
fn a_session_that_is_over_before_anybody_looks_is_told() {
    let world = world();
    let (_process, _row) = live(&world, A);
    crate::reply(&world, C, "claude-opus-5-5", Usage::new(1, 1));
    let mut stream = watch(&world, &[]);
    change(&mut stream, A, "idle");
    // Its rows are all that there ever is to see of it; a minute ago is too long.
    let mut old = crate::one_reply(&world, C, "claude-opus-5-5", Usage::new(1, 1));
    old.at("2026-11-24T11:50:00Z").assistant(|m| m.text("late").usage(Usage::new(1, 1)));
    old.write(&world.config_dir());
    let mut brief = crate::one_reply(&world, B, "claude-opus-5-5", Usage::new(1, 1));
    brief.at("2026-11-24T11:59:58Z").assistant(|m| m.text("done").usage(Usage::new(1, 1)));
    brief.write(&world.config_dir());
    let told = change(&mut stream, B, "finished");
    assert_eq!(told["change"], "appeared");
    brief.cost_state(0.1).append_to(&world.config_dir());
    let other = "dddddddd-0000-4000-8000-00000000000d";
    let (_other, _row) = live(&world, other);
    change(&mut stream, other, "idle");
    let of = |sid: &str| {
        let id = format!("\"id\":\"{sid}\"");
        stream.seen.iter().filter(|(_, line)| line.contains(&id)).count()
    };
    assert_eq!((of(B), of(C)), (1, 0), "once, and not the old one");
}

#[test]
fn hooks_and_the_status_line_are_heard() {
    let world = world();
    let (_process, row) = live(&world, A);
    row.waiting_for("permission prompt").write(&world.config_dir());
    let mut stream = watch(&world, &["--figures"]);
    change(&mut stream, A, "needs-permission");
    let asks = json!({"tool_name": "Bash", "tool_input": {"command": "make deploy"}});
    call(&world, A, "PermissionRequest", asks);
    assert!(stream.until(LONG, |line| line.contains("Bash: make deploy")).is_some(), "{:#?}", stream.seen);
    let told = json!({"session_id": A, "cost": {"total_cost_usd": 1.5}, "context_window": {"context_window_size": 200_000}});
    world.cmd().arg("statusline").stdin(told.to_string()).run().success();
    // The figures themselves come with the next change.
    let listed = crate::json(&world, &["ls", "--json"]);
    assert_eq!(crate::session(&listed, A)["cost"]["reported_usd"], json!(1.5));
}

#[test]
fn lines_of_text_have_the_fields_that_are_asked_for() {
    let world = world();
    let (_process, row) = live(&world, A);
    let mut stream =
        watch(&world, &["--format", "{change} {name} {previous}>{state} ({source}) {detail}", "one"]);
    assert!(
        stream.until(LONG, |line| line == "listed one >idle (registry) no prompt yet").is_some(),
        "{:?}",
        stream.seen
    );
    row.named("a\u{1b}[31m\nb").status("busy").write(&world.config_dir());
    assert!(stream.until(LONG, |line| line.contains("idle>working")).is_some());
    assert!(stream.seen.iter().all(|(_, line)| !line.contains('\u{1b}')), "{:?}", stream.seen);
    let out = world.run(["watch", "--format", "{stat}"]).fails_with(2);
    assert!(out.stderr.contains("there is no field {stat}"), "{}", out.stderr);
    let out = world.run(["watch", "nobody"]).fails_with(1);
    assert!(out.stderr.contains("there is no session nobody"), "{}", out.stderr);
}

#[test]
fn only_what_was_asked_for_is_told() {
    let world = world();
    let (_one, first) = live(&world, A);
    let (_two, second) = live(&world, B);
    let mut stream = watch(&world, &["--status", "working", &B[..8]]);
    let mut all = watch(&world, &[]);
    change(&mut all, A, "idle");
    first.status("busy").write(&world.config_dir());
    change(&mut all, A, "working");
    second.status("busy").write(&world.config_dir());
    change(&mut stream, B, "working");
    assert_eq!(stream.seen.len(), 1, "{:#?}", stream.seen);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let world = world();
    let (_process, row) = live(&world, A);
    let mut command = world.cmd().arg("watch").to_command();
    command.stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = String::new();
    let out = child.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut first).unwrap();
    assert!(first.contains("listed"), "{first}");
    row.status("busy").write(&world.config_dir());
    let ended = claudectl_testkit::wait_for(LONG, || child.try_wait().unwrap());
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
}

#[test]
fn waiting_ends_when_it_is_so() {
    let world = world();
    let (mut process, row) = live(&world, A);
    let out = world.run(["wait", "one", "--for", "idle"]).success();
    assert_eq!(out.stdout, "aaaaaaaa one is idle: no prompt yet\n");
    let mut waiting = Stream::start(&world.cmd().args(["wait", A, "--for", "attention,waiting", "--json"]));
    row.clone().status("busy").write(&world.config_dir());
    row.waiting_for("input needed").write(&world.config_dir());
    assert!(waiting.until(LONG, |line| line.contains("needs-answer")).is_some(), "{:?}", waiting.seen);
    let out = world.run(["wait", A, "--for", "working", "--timeout", "0s"]).fails_with(1);
    assert!(
        out.stderr.contains("was not working in time") && out.stderr.contains("it is needs-answer"),
        "{}",
        out.stderr
    );
    let mut until_dead = Stream::start(&world.cmd().args(["wait", A, "--for", "finished"]));
    let mut for_work = Stream::start(&world.cmd().args(["wait", "any", "--for", "working"]));
    process.kill();
    assert!(until_dead.until(LONG, |line| line.contains("is finished")).is_some());
    let out = world.run(["wait", A, "--for", "working"]).fails_with(1);
    assert!(out.stderr.contains("has ended"), "{}", out.stderr);
    let (_other, row) = live(&world, B);
    row.status("busy").write(&world.config_dir());
    assert!(for_work.until(LONG, |line| line.starts_with("bbbbbbbb one is working")).is_some());
}

#[test]
fn a_guess_is_not_waited_for_unless_that_is_said() {
    let world = world();
    let (_process, row) = live(&world, A);
    let row = row.started("2026-11-24T10:00:00Z");
    row.without("status").without("statusUpdatedAt").without("updatedAt").write(&world.config_dir());
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript
        .prompt("go")
        .assistant(|m| m.tool_use("AskUserQuestion", json!({"questions": [{"question": "Which?"}]})));
    transcript.write(&world.config_dir());
    let listed = crate::json(&world, &["ls", "--json"]);
    assert_eq!(crate::session(&listed, A)["status"]["source"], "inferred");
    let arguments = ["wait", A, "--for", "needs-answer", "--timeout", "0s"];
    world.run(arguments).fails_with(1);
    world.cmd().args(arguments).arg("--inferred").run().success();
}

#[test]
fn mistakes_of_waiting_are_told() {
    let world = world();
    let out = world.run(["wait", A, "--for", "happy"]).fails_with(2);
    assert!(
        out.stderr.contains("there is no state happy") && out.stderr.contains("needs-permission"),
        "{}",
        out.stderr
    );
    let out = world.run(["wait", A, "--for", "idle", "--timeout", "soon"]).fails_with(2);
    assert!(out.stderr.contains("30s"), "{}", out.stderr);
    let out = world.run(["wait", A, "--for", "idle"]).fails_with(1);
    assert!(out.stderr.contains("there is no session"), "{}", out.stderr);
}

/// Ticks of processor time that a process has used, and how often it was woken.
#[cfg(target_os = "linux")]
pub(crate) fn used(pid: u32) -> (u64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<u64> =
        stat.rsplit_once(')').unwrap().1.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let switches = |task: std::io::Result<std::fs::DirEntry>| {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        line.trim().parse::<u64>().unwrap()
    };
    (fields[11] + fields[12], threads.map(switches).sum())
}

/// Not how little it takes, but that it takes nothing: no timer runs, so nothing wakes it.
#[cfg(target_os = "linux")]
#[test]
fn nothing_runs_while_nothing_happens() {
    let world = world();
    let sessions: Vec<_> =
        (0..20).map(|n| live(&world, &format!("{n:08}-0000-4000-8000-000000000000"))).collect();
    let mut stream = watch(&world, &[]);
    let last = format!("{:08}", sessions.len() - 1);
    stream.until(LONG, |line| line.contains(&last)).unwrap();
    // Until what it did itself has been told to it.
    let mut before = used(stream.pid());
    claudectl_testkit::wait_for(LONG, || {
        let (last, now) = (before, used(stream.pid()));
        before = now;
        stream.until(Duration::from_millis(300), |_| false);
        (last == now).then_some(())
    });
    let still = used(stream.pid());
    stream.until(Duration::from_secs(2), |_| false);
    assert_eq!(used(stream.pid()), still);
}

/// What a client does to its row: it is emptied, and a moment later written.
#[test]
fn a_row_that_is_half_written_ends_no_session() {
    let world = world();
    let (_process, row) = live(&world, A);
    crate::reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let mut stream = watch(&world, &[]);
    change(&mut stream, A, "waiting");
    let path = row.write(&world.config_dir());
    std::fs::write(&path, "{\"pid\":").unwrap();
    // It stays so for longer than anybody waits for its end.
    let (_other, _row) = live(&world, B);
    change(&mut stream, B, "idle");
    let shown = crate::json(&world, &["show", A, "--json"]);
    assert_eq!(shown["status"]["state"], "unknown", "{}", shown["status"]);
    let out = world.run(["stop", A]).fails_with(1);
    assert!(out.stderr.contains("half written"), "{}", out.stderr);
    assert_eq!(
        out.stderr.matches("warning: ").count(),
        1,
        "it looks twice, and says it once: {}",
        out.stderr
    );
    world.run(["wait", A, "--for", "finished", "--timeout", "0s"]).fails_with(1);
    row.status("busy").write(&world.config_dir());
    change(&mut stream, A, "working");
    let told: Vec<&str> = stream.seen.iter().map(|(_, line)| line.as_str()).collect();
    assert!(told.iter().all(|line| !line.contains("finished") && !line.contains("\"pid:")), "{told:#?}");
}

#[test]
fn a_row_that_goes_before_its_process_is_no_end_and_no_new_client() {
    let world = world();
    let env = [("CLAUDE_CONFIG_DIR", world.config_dir())];
    let env: Vec<(&str, &std::path::Path)> = env.iter().map(|(name, path)| (*name, path.as_path())).collect();
    let mut process = LiveProcess::start_with(&world.work_dir(), &env);
    let row = RegistryRow::new(process.pid(), A, world.work_dir()).named("one").started(world.now());
    let path = row.write(&world.config_dir());
    let mut stream = watch(&world, &[]);
    change(&mut stream, A, "idle");
    std::fs::remove_file(path).unwrap();
    let (_other, _row) = live(&world, B);
    change(&mut stream, B, "idle");
    assert!(
        stream.seen.iter().all(|(_, line)| !line.contains("finished") && !line.contains("\"pid:")),
        "{:#?}",
        stream.seen
    );
    process.kill();
    let ended = change(&mut stream, A, "finished");
    assert_eq!(ended["session"]["name"], "one");
}

#[test]
fn folders_that_come_late_or_anew_are_watched() {
    let world = world();
    // A machine on which Claude Code has never run.
    std::fs::remove_dir_all(world.config_dir()).unwrap();
    let mut stream = watch(&world, &[]);
    let mut waiting = Stream::start(&world.cmd().args(["wait", "any", "--for", "working"]));
    // Something that is certainly told once it listens: its state folder is made by itself.
    claudectl_testkit::wait_for(LONG, || world.state_dir().join("state.db").exists().then_some(()));
    let (_process, row) = live(&world, A);
    change(&mut stream, A, "idle");
    std::fs::rename(world.config_dir(), world.root().join("old")).unwrap();
    std::fs::create_dir_all(world.config_dir()).unwrap();
    row.status("busy").write(&world.config_dir());
    change(&mut stream, A, "working");
    assert!(waiting.until(LONG, |line| line.contains("is working")).is_some(), "{:?}", waiting.seen);
}

#[test]
fn a_transcript_that_moves_is_followed() {
    let world = world();
    let (_process, row) = live(&world, A);
    let row = row.started("2026-11-24T10:00:00Z");
    row.write(&world.config_dir());
    let mut transcript = crate::one_reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let path = transcript.write(&world.config_dir());
    let mut stream = watch(&world, &["--figures"]);
    change(&mut stream, A, "waiting");
    let elsewhere = world.config_dir().join("projects/-elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let moved = elsewhere.join(path.file_name().unwrap());
    std::fs::rename(&path, &moved).unwrap();
    transcript.assistant(|m| m.tool_use("Bash", json!({"command": "make"})).usage(Usage::new(1, 1)));
    let lines = transcript.lines().last().unwrap().clone();
    let mut file = std::fs::OpenOptions::new().append(true).open(&moved).unwrap();
    std::io::Write::write_all(&mut file, format!("{lines}\n").as_bytes()).unwrap();
    row.status("busy").write(&world.config_dir());
    assert!(stream.until(LONG, |line| line.contains("\"Bash: make\"")).is_some(), "{:#?}", stream.seen);
}

#[test]
fn the_end_of_any_session_is_waited_for() {
    let world = world();
    let (mut crashed, _row) = live(&world, B);
    crashed.kill();
    let (mut process, row) = live(&world, A);
    let mut waiting = Stream::start(&world.cmd().args(["wait", "any", "--for", "finished"]));
    let mut stream = watch(&world, &[]);
    change(&mut stream, A, "idle");
    // Whoever waits has looked by now, or will find a session that was there.
    waiting.until(Duration::from_millis(300), |_| false);
    std::fs::remove_file(row.write(&world.config_dir())).unwrap();
    process.kill();
    assert!(waiting.until(LONG, |line| line.starts_with("aaaaaaaa")).is_some(), "{:?}", waiting.seen);
}
