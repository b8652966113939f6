//! A disk without room: what the guard could not write down is told all the same, and who waits can be answered.

use std::path::Path;

use claudectl_testkit::{LiveProcess, RegistryRow, World};
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
