//! A disk without room, or a folder that is read-only: what the guard could not write down is told all the same, and who
//! waits can be answered where a hook can wait.

use std::path::Path;

use claudectl_fleet::session::rfc3339;
use claudectl_store::unwritten;
use claudectl_testkit::{Cmd, LiveProcess, RegistryRow, Terminal, World, now_ms};
use serde_json::{Value, json};

use crate::approve::decision;
use crate::hook::event;
use crate::{A, BIN, world};

/// A call that is allowed, one that is asked about, the disk full meanwhile; then there is room again.
const SCRIPT: &str = r#"
hook() { "$BIN" hook --home "$STATE" --config "$OUT/none.toml"; }
"$BIN" tick
hook <"$OUT/call.json" >"$OUT/before.json"
full() (
  if [ -n "$MOUNTED" ]; then cat /dev/zero >"$STATE/filler"; else trap '' XFSZ; ulimit -f 8; fi
  # What is left of the last block takes some records still.
  calls=0
  until grep -q 'cannot be written down' "$OUT/call.out" || [ $calls = 99 ]; do
    hook <"$OUT/call.json" >"$OUT/call.out"
    calls=$((calls + 1))
  done
  { hook <"$OUT/prompt.json" >"$OUT/prompt.out"; echo $? >"$OUT/prompt.code"; } &
  until ls "$STATE"/prompts/*.sock; do sleep 0.05; done
  "$BIN" doctor >"$OUT/doctor"
  "$BIN" ls --json >"$OUT/ls"
  "$BIN" gate log --session 0000 >"$OUT/log" 2>"$OUT/log.err"
  "$BIN" gate log --json >"$OUT/log.json" 2>"$OUT/log.json.err"
  "$BIN" approve "$SESSION" >"$OUT/approve" 2>"$OUT/approve.err"
  echo $? >"$OUT/approve.code"
  wait
)
full
"$BIN" doctor >"$OUT/doctor.still"
rm -f "$STATE/filler"
hook <"$OUT/call.json" >"$OUT/after.json"
"$BIN" tick
"$BIN" doctor >"$OUT/doctor.after"
cp "$STATE/unwritten" "$OUT/unwritten"
"#;

/// Runs the script; what it left behind, by name. `None` where a disk of its own cannot be mounted.
fn crowded(world: &World, mounted: bool) -> Option<impl Fn(&str) -> String> {
    let out = world.root().join("out");
    std::fs::create_dir_all(&out).unwrap();
    std::fs::create_dir_all(world.state_dir()).unwrap();
    let write = |name: &str, event: &Value| std::fs::write(out.join(name), event.to_string()).unwrap();
    let bash =
        |command: &str| json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": "t1"});
    write("call.json", &event(world, A, "PreToolUse", bash("ls")));
    write("prompt.json", &event(world, A, "PermissionRequest", bash("unheard-of 1")));
    std::fs::write(out.join("call.out"), "").unwrap();
    let mount = "mount -t tmpfs -o size=4m,mode=700 none \"$STATE\" || exit 9\n";
    let script = if mounted { format!("{mount}{SCRIPT}") } else { SCRIPT.to_owned() };
    let (program, before): (&str, &[&str]) =
        if mounted { ("/usr/bin/unshare", &["-Urm", "/bin/bash", "-c"]) } else { ("/bin/bash", &["-c"]) };
    let done = world
        .claudectl(Path::new(program))
        .args(before)
        .args([script])
        .env("CLAUDECTL_NOW", "")
        .env("BIN", BIN)
        .env("STATE", world.state_dir())
        .env("OUT", &out)
        .env("SESSION", A)
        .env("MOUNTED", if mounted { "1" } else { "" })
        .run();
    let cannot = mounted && (done.code == 9 || done.stderr.contains("unshare: "));
    (!cannot).then_some(move |name: &str| std::fs::read_to_string(out.join(name)).unwrap())
}

/// Holds for a disk that is full, and for files that may not grow.
fn holds(world: &World, mounted: bool) {
    if !mounted {
        // As long as what a file may be there.
        let record = event(world, A, "SessionStart", json!({"source": "startup", "model": "m".repeat(400)}));
        for _ in 0..40 {
            crate::hook::hook(world, &record).run().success();
        }
    }
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).status("busy").write(&world.config_dir());
    let Some(left) = crowded(world, mounted) else { return };
    assert!(left("before.json").contains(r#""permissionDecision":"allow""#), "{}", left("before.json"));
    // Nothing is allowed that could not be written down.
    assert!(left("call.out").contains(r#""permissionDecision":"ask""#), "{}", left("call.out"));
    for name in ["doctor", "doctor.still"] {
        assert!(left(name).contains("could not be written down"), "{name}: {}", left(name));
    }
    let sessions: Value = serde_json::from_str(&left("ls")).unwrap();
    let alarms = sessions[0]["gate"]["alarms"].to_string();
    assert!(alarms.contains("could not be written down"), "{sessions}");
    // The log says what it lacks.
    assert!(!left("log").contains("was asked nothing"), "{}", left("log"));
    let lacks = "could not be written down, the last one";
    assert!(left("log.json.err").contains(lacks), "{}", left("log.json.err"));
    serde_json::from_str::<Value>(&left("log.json")).unwrap();
    // The answer lands.
    assert_eq!(left("approve.code"), "0\n", "{}{}", left("approve"), left("approve.err"));
    assert!(left("approve").contains("allowed: Bash unheard-of 1"), "{}", left("approve"));
    assert!(left("approve.err").contains("nothing is kept"), "{}", left("approve.err"));
    assert_eq!(left("prompt.code"), "0\n", "what was said is heard");
    assert_eq!(decision(&serde_json::from_str(&left("prompt.out")).unwrap()).0, "allow");
    // There is room again, and the next call is judged.
    assert!(left("after.json").contains(r#""permissionDecision":"allow""#), "{}", left("after.json"));
    assert!(!left("doctor.after").contains("could not be written down"), "{}", left("doctor.after"));
    assert_eq!(left("unwritten").trim(), "", "told once");
}

#[test]
fn a_full_disk_is_told_and_keeps_nobody_from_answering() {
    holds(&world(), true);
}

#[test]
fn files_that_may_not_grow_are_told_and_keep_nobody_from_answering() {
    holds(&world(), false);
}

/// A session that waits for a permission, before which our hooks stand.
fn asking(world: &World) -> LiveProcess {
    world.cmd().args(["init", "--host-version", "2.1.330"]).run().success();
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir())
        .named("fixer")
        .started(&rfc3339(now_ms()).unwrap())
        .waiting_for("permission prompt")
        .write(&world.config_dir());
    process
}

#[test]
fn a_full_disk_is_told_in_the_dashboard() {
    let world = world();
    let _process = asking(&world);
    unwritten::reserve(&world.state_dir()).unwrap();
    unwritten::note(&world.state_dir(), now_ms(), A).unwrap();
    let mut terminal = Terminal::start(&world.cmd().env("CLAUDECTL_NOW", ""), 160, 36);
    let screen = terminal.shows("GATE ALARM");
    assert!(screen.contains("the gate failed: it could not be written down: the disk is full"), "{screen}");
    terminal.send("q");
    assert_eq!(terminal.ends(), 0);
}

/// A state folder with something in it, that nobody can write to any more; then what is asked for.
const READ_ONLY: &str = r#"
mount -t tmpfs -o size=16m,mode=700 none "$STATE" || exit 9
"$BIN" tick
"$BIN" hook --home "$STATE" --config "$OUT/none.toml" <"$OUT/call.json" >"$OUT/before.json"
mount -o remount,ro "$STATE" || exit 9
"#;
const ASKED: &str = r#"
"$BIN" hook --home "$STATE" --config "$OUT/none.toml" <"$OUT/call.json" >"$OUT/call.out"
for what in ls 'ls --no-cache' 'ls --json' approve "approve $SESSION" 'approve --json' 'gate log' 'doctor --json'; do
  "$BIN" $what >"$OUT/$what" 2>"$OUT/$what.err"
  echo $? >"$OUT/$what.code"
done
"#;

/// In a folder of its own that is read-only.
fn read_only(world: &World, then: &str) -> Cmd {
    let out = world.root().join("out");
    std::fs::create_dir_all(&out).unwrap();
    let bash = json!({"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_use_id": "t1"});
    std::fs::write(out.join("call.json"), event(world, A, "PreToolUse", bash).to_string()).unwrap();
    world
        .claudectl(Path::new("/usr/bin/unshare"))
        .args(["-Urm", "/bin/bash", "-c", &format!("{READ_ONLY}{then}")])
        .env("CLAUDECTL_NOW", "")
        .env("BIN", BIN)
        .env("STATE", world.state_dir())
        .env("OUT", &out)
        .env("SESSION", A)
}

#[test]
fn a_state_folder_that_is_read_only_is_told_as_that() {
    let world = world();
    let _process = asking(&world);
    let done = read_only(&world, ASKED).run();
    if done.code == 9 || done.stderr.contains("unshare: ") {
        return;
    }
    let left = |name: &str| std::fs::read_to_string(world.root().join("out").join(name)).unwrap();
    let code = |name: &str| left(&format!("{name}.code")).trim().to_owned();
    let all = |name: &str| format!("{}{}", left(name), left(&format!("{name}.err")));
    assert!(left("before.json").contains(r#""permissionDecision":"allow""#), "{}", left("before.json"));
    assert!(left("call.out").contains(r#""permissionDecision":"ask""#), "{}", left("call.out"));
    let alarm = "the gate asks where it would allow: it can write nothing down";
    for name in ["ls", "ls --no-cache"] {
        assert_eq!(code(name), "0", "{}", all(name));
        let shown = left(name);
        assert!(shown.contains("needs-permission") && shown.contains("fixer"), "{}", all(name));
        assert!(shown.contains(alarm) && !shown.contains("hooks did not run"), "{}", all(name));
        assert!(shown.contains("claudectl attach"), "{}", all(name));
    }
    let sessions: Value = serde_json::from_str(&left("ls --json")).unwrap();
    let alarms = &sessions[0]["gate"]["alarms"];
    assert_eq!(
        (&alarms[0]["cause"], alarms.as_array().map(Vec::len)),
        (&json!("not-written"), Some(1)),
        "{alarms}"
    );
    // Why nothing can be answered is what is so.
    let why = "cannot be written (Read-only file system";
    assert!(
        left("approve").contains("asks at its terminal") && all("approve").contains(why),
        "{}",
        all("approve")
    );
    assert!(left("approve --json.err").contains(why), "{}", all("approve --json"));
    let one = format!("approve {A}");
    assert_eq!(code(&one), "1", "{}", all(&one));
    assert!(
        all(&one).contains("no hook of ours can wait beside it") && all(&one).contains(why),
        "{}",
        all(&one)
    );
    assert!(!all(&one).contains("older than our hooks"), "{}", all(&one));
    let log = all("gate log");
    assert_eq!(code("gate log"), "0", "{log}");
    assert!(left("gate log").contains("allow") && log.contains("is missing below"), "{log}");
    let report: Value = serde_json::from_str(&left("doctor --json")).unwrap();
    for check in report["checks"].as_array().unwrap() {
        assert_ne!(check["fix"], "", "{check:#}");
    }
    assert!(report.to_string().contains(alarm), "{report:#}");
    let mut terminal = Terminal::start(&read_only(&world, "exec \"$BIN\""), 160, 36);
    let screen = terminal.shows("GATE ALARM");
    assert!(screen.contains(alarm) && screen.contains("needs-permission"), "{screen}");
    terminal.send("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_live_check_that_has_no_place_says_so_with_a_way_out() {
    let world = world();
    crate::init::client(&world, "2.1.330");
    let _process = asking(&world);
    let done =
        read_only(&world, "\"$BIN\" doctor --live --json >\"$OUT/live\"; echo $? >\"$OUT/code\"").run();
    if done.code == 9 || done.stderr.contains("unshare: ") {
        return;
    }
    let left = |name: &str| std::fs::read_to_string(world.root().join("out").join(name)).unwrap();
    let report: Value = serde_json::from_str(&left("live")).unwrap();
    let check = &report["checks"][0];
    assert_eq!((left("code").as_str(), &check["verdict"]), ("1\n", &json!("failed")), "{report:#}");
    assert!(check["message"].as_str().unwrap().contains("Read-only file system"), "{check:#}");
    assert!(check["fix"].as_str().unwrap().contains("writable"), "{check:#}");
}
