//! `claudectl stop`: what is ended, how, and above all what is not.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use claudectl_agents::processes::{Processes, System};
use claudectl_testkit::builders::process_start;
use claudectl_testkit::{
    Claude, LiveProcess, Mock, RegistryRow, Scenario, Transcript, Usage, World, wait_for,
};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};

use crate::{A, B, C, reply, world};

/// Far more than anything here needs: reached only when something is wrong.
const LONG: Duration = Duration::from_secs(60);

/// A shell as a client, in a process group of its own. Its group is ended on drop.
struct Shell(Child);

impl Shell {
    /// Runs a script until it has said a line.
    fn start(world: &World, script: &str) -> Self {
        // A program's name is that of the file that was started.
        let client = world.root().join("claude");
        if !client.exists() {
            std::os::unix::fs::symlink("/bin/sh", &client).unwrap();
        }
        Self::start_as(&client, world, script)
    }

    fn start_as(program: &Path, world: &World, script: &str) -> Self {
        let mut command = Command::new(program);
        command.args(["-c", script]).env_clear().env("PATH", "/usr/bin:/bin").current_dir(world.work_dir());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        kill_process_group(number(self.pid()), Signal::KILL).ok();
        self.0.wait().unwrap();
    }
}

fn number(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed()).unwrap()
}

/// Runs, and is no zombie.
fn lives(pid: u32) -> bool {
    System.facts(pid).is_some()
}

/// The pid that a script has written.
#[track_caller]
fn written(world: &World, name: &str) -> u32 {
    let path = world.work_dir().join(name);
    let read = || std::fs::read_to_string(&path).ok()?.trim().parse().ok();
    wait_for(LONG, read).expect("the script writes its pid")
}

fn row(world: &World, pid: u32, session: &str) -> RegistryRow {
    RegistryRow::new(pid, session, world.work_dir())
}

/// A session of a sleeping process.
fn session(world: &World, id: &str) -> LiveProcess {
    let process = LiveProcess::start(&world.work_dir());
    row(world, process.pid(), id).write(&world.config_dir());
    process
}

#[track_caller]
fn stop(world: &World, args: &[&str]) -> Value {
    world.cmd().arg("stop").args(args).arg("--json").run().success().json()
}

/// A run that is refused, and says why.
#[track_caller]
fn refused(world: &World, args: &[&str], why: &str) {
    let out = world.cmd().arg("stop").args(args).run().fails_with(1);
    assert!(out.stderr.contains(why), "{}", out.stderr);
    assert_eq!(out.stdout, "");
}

/// What became of a process.
#[track_caller]
fn how(report: &Value, pid: u32) -> &str {
    let processes = report["processes"].as_array().unwrap();
    let found = processes.iter().find(|process| process["pid"] == pid);
    found.and_then(|process| process["how"].as_str()).unwrap_or_else(|| panic!("no {pid} in {report:#}"))
}

#[test]
fn a_session_is_asked_to_end() {
    let world = world();
    let (process, other) = (session(&world, A), session(&world, B));
    let report = stop(&world, &["aaaa"]);
    assert_eq!((&report["session"], &report["result"]), (&json!(A), &json!("ended")));
    assert_eq!(how(&report, process.pid()), "asked");
    assert_eq!(report["processes"].as_array().map(Vec::len), Some(1));
    assert!(!lives(process.pid()) && lives(other.pid()));
    assert!(!world.state_dir().exists(), "nothing had to be read for it");

    let again = world.run(["stop", "aaaa"]).success();
    assert_eq!(again.stdout, "aaaaaaaa work-aa has already ended; nothing was signalled.\n");
}

#[test]
fn it_says_what_it_did() {
    let world = world();
    let process = LiveProcess::start(&world.work_dir());
    row(&world, process.pid(), A).named("fix \u{1b}[31mlogin").write(&world.config_dir());
    let out = world.cmd().args(["stop", "fix \u{1b}[31mlogin", "--dry-run"]).run().success();
    assert!(out.stdout.starts_with("Would end aaaaaaaa fix login:\n"), "{}", out.stdout);
    assert!(lives(process.pid()));
    let out = world.cmd().args(["stop", A]).run().success();
    assert!(out.stdout.starts_with("Ended aaaaaaaa fix login:\n"), "{}", out.stdout);
    assert!(out.stdout.contains("claude   ended when asked"), "{}", out.stdout);
    assert_eq!(out.stderr, "");
}

#[test]
fn who_does_not_end_in_time_is_killed() {
    let world = world();
    let shell = Shell::start(&world, "trap '' TERM; echo ready; while :; do sleep 1000; done");
    row(&world, shell.pid(), A).write(&world.config_dir());
    let report = stop(&world, &[A, "--grace", "1"]);
    assert_eq!(how(&report, shell.pid()), "killed");
    assert_eq!(report["result"], "ended");
    assert!(!lives(shell.pid()));
}

#[test]
fn what_a_session_has_started_ends_with_it() {
    let world = world();
    // A child in a session of its own that ignores TERM, its child, one whose parent has ended, and one
    // that ends by itself.
    let shell = Shell::start(
        &world,
        r#"setsid sh -c 'trap "" TERM; sleep 1000 & echo $! >grandchild; echo $$ >deaf
                         while :; do sleep 1000; done' &
           (sleep 1000 & echo $! >orphan)
           sleep 1000 & echo $! >child
           trap 'kill $!; exit 0' TERM
           until [ -s deaf ]; do sleep 0.01; done
           echo ready; wait"#,
    );
    let [deaf, grandchild, orphan, child] =
        ["deaf", "grandchild", "orphan", "child"].map(|name| written(&world, name));
    row(&world, shell.pid(), A).write(&world.config_dir());
    let bystander = session(&world, B);

    let preview = stop(&world, &[A, "--dry-run"]);
    assert_eq!((&preview["result"], &preview["dry_run"]), (&json!("would-end"), &json!(true)));
    for pid in [shell.pid(), deaf, grandchild, orphan, child] {
        assert_eq!(how(&preview, pid), "alive");
        assert!(lives(pid));
    }

    let report = stop(&world, &[A]);
    assert_eq!((how(&report, shell.pid()), how(&report, deaf)), ("asked", "killed"));
    assert_eq!(how(&report, orphan), "asked");
    assert_eq!(report["result"], "ended");
    for pid in [shell.pid(), deaf, grandchild, orphan, child] {
        assert_ne!(how(&report, pid), "alive");
        assert!(!lives(pid), "{pid}: {report:#}");
    }
    assert!(lives(bystander.pid()));
}

#[test]
fn a_number_that_is_another_process_is_never_signalled() {
    let world = world();
    let process = LiveProcess::start(&world.work_dir());
    row(&world, process.pid(), A).proc_start(1).write(&world.config_dir());
    for args in [&[A][..], &[A, "--force"], &[A, "--all", "--force"]] {
        let report = stop(&world, args);
        assert_eq!((&report["result"], &report["processes"]), (&json!("already-ended"), &json!([])));
    }
    refused(&world, &[A, "--pid", &process.pid().to_string(), "--force"], "does not run session");
    assert!(lives(process.pid()));
}

#[test]
fn another_container_is_left_alone() {
    let world = world();
    let process = LiveProcess::start(&world.work_dir());
    let row = row(&world, process.pid(), A).pid_domain("linux:0123456789abcdef:pid:[1]");
    row.write(&world.config_dir());
    refused(&world, &[A], "runs on another machine or in another container");
    refused(&world, &[A, "--force", "--all"], "run `claudectl stop` there");
    assert!(lives(process.pid()));
}

#[test]
fn what_could_mean_several_means_none() {
    let world = world();
    let near = "aaaaaaaa-0000-4000-8000-00000000000c";
    let processes = [session(&world, A), session(&world, near)];
    let named = LiveProcess::start(&world.work_dir());
    row(&world, named.pid(), B).named("aaaaaaaa-0000-4000-8000-00000000000c-").write(&world.config_dir());
    refused(&world, &["aaaa"], "could be any of 2 sessions");
    // A name that begins another's id.
    row(&world, named.pid(), B).named("aaaaaaaa-0000-4000-8000-00000000000a").write(&world.config_dir());
    row(&world, processes[0].pid(), C).named("bbbb").write(&world.config_dir());
    refused(&world, &["bbbb"], "could be any of 2 sessions");
    refused(&world, &["dddd"], "there is no session dddd");
    refused(&world, &["latest"], "there is no session latest");
    assert!(processes.iter().chain([&named]).all(|process| lives(process.pid())));
}

#[test]
fn what_is_not_proven_needs_force() {
    let world = world();
    let (old, new) = (LiveProcess::start(&world.work_dir()), LiveProcess::start(&world.work_dir()));
    row(&world, old.pid(), A).without("procStart").write(&world.config_dir());
    refused(&world, &[A], "is not proven to be the session's process");
    let unregistered = LiveProcess::start_with(
        &world.work_dir(),
        &[("CLAUDE_CONFIG_DIR", &world.config_dir()), ("HOME", &world.home())],
    );
    let text = format!("pid:{}", unregistered.pid());
    refused(&world, &[&text], "has no row in Claude Code's registry");
    refused(&world, &[&text[..text.len() - 1], "--force"], "there is no session pid:");
    refused(&world, &[&format!("pid:{}", new.pid()), "--force"], "there is no session pid:");
    assert!([&old, &new, &unregistered].iter().all(|process| lives(process.pid())));

    assert_eq!(how(&stop(&world, &[A, "--force"]), old.pid()), "asked");
    assert_eq!(how(&stop(&world, &[&text, "--force"]), unregistered.pid()), "asked");
    assert!(!lives(old.pid()) && !lives(unregistered.pid()) && lives(new.pid()));

    // Without a start time, another name is certainly another process.
    let script = "echo ready; while :; do sleep 1000; done";
    let shell = Shell::start_as(Path::new("/bin/sh"), &world, script);
    row(&world, shell.pid(), B).without("procStart").write(&world.config_dir());
    assert_eq!(stop(&world, &[B, "--force"])["result"], "already-ended");
    assert!(lives(shell.pid()));
    // With one, the registry errs, or somebody else has written to it.
    row(&world, shell.pid(), B).write(&world.config_dir());
    refused(&world, &[B], "which is no client");
    assert!(lives(shell.pid()));
    assert_eq!(how(&stop(&world, &[B, "--force"]), shell.pid()), "asked");
}

#[test]
fn of_several_processes_one_is_named() {
    let world = world();
    let processes = [session(&world, A), session(&world, A), session(&world, A)];
    let pids = processes.each_ref().map(LiveProcess::pid);
    refused(&world, &[A], "3 processes run session");
    refused(&world, &[A], &format!("pid {} (", pids[0]));
    refused(&world, &[A, "--pid", &std::process::id().to_string()], "does not run session");
    let report = stop(&world, &[A, "--pid", &pids[1].to_string()]);
    assert_eq!((how(&report, pids[1]), &report["result"]), ("asked", &json!("ended")));
    assert_eq!(pids.map(lives), [true, false, true]);
    let report = stop(&world, &[A, "--all"]);
    assert_eq!([how(&report, pids[0]), how(&report, pids[2])], ["asked"; 2]);
    assert_eq!(pids.map(lives), [false; 3]);
}

#[test]
fn the_session_that_one_is_in_is_not_stopped() {
    let world = world();
    let run = world.cmd().to_command();
    let bin = run.get_program().to_str().unwrap();
    let set = |(name, value): (&std::ffi::OsStr, Option<&std::ffi::OsStr>)| {
        format!("{}='{}'", name.to_str().unwrap(), value.unwrap().to_str().unwrap())
    };
    let env: Vec<String> = run.get_envs().map(set).collect();
    // From a subshell in a session of its own, as an agent's tools run.
    let script = format!(
        "echo ready; until [ -e go ]; do sleep 0.01; done
         setsid sh -c \"env {} {bin} stop {A} --all --force >out 2>&1; echo \\$? >code\"
         while :; do sleep 1000; done",
        env.join(" "),
    );
    let shell = Shell::start(&world, &script);
    row(&world, shell.pid(), A).write(&world.config_dir());
    world.write("work/go", "");
    let code = written(&world, "code");
    let out = std::fs::read_to_string(world.work_dir().join("out")).unwrap();
    assert!(code == 1 && out.contains("error: this is the session you are in"), "{code}: {out}");
    assert!(lives(shell.pid()));
}

#[test]
fn one_that_is_over_has_ended() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let mut titled = Transcript::new(B, world.work_dir());
    titled.prompt("go").assistant(|m| m.text("done")).custom_title("Fix it").write(&world.config_dir());
    for (text, id) in [("aaaa", A), ("fix it", B)] {
        let report = stop(&world, &[text]);
        assert_eq!((&report["session"], &report["result"]), (&json!(id), &json!("already-ended")));
    }
    let mut process = session(&world, C);
    process.kill();
    assert_eq!(stop(&world, &[C])["result"], "already-ended");
    refused(&world, &["pid:1"], "there is no session pid:1");
}

#[test]
fn a_title_finds_a_session_that_runs() {
    let world = world();
    let mut titled = Transcript::new(A, world.work_dir());
    titled.prompt("go").assistant(|m| m.text("done")).custom_title("Fix it").write(&world.config_dir());
    let process = session(&world, A);
    assert_eq!(how(&stop(&world, &["fix it"]), process.pid()), "asked");
}

#[test]
fn two_at_once_do_no_harm() {
    let world = world();
    let shell = Shell::start(&world, "trap '' TERM; echo ready; while :; do sleep 1000; done");
    row(&world, shell.pid(), A).write(&world.config_dir());
    let start = || {
        let mut command = world.cmd().args(["stop", A, "--grace", "1", "--json"]).to_command();
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let runs = [start(), start()];
    for run in runs {
        let out = run.wait_with_output().unwrap();
        assert!(out.status.success());
        let report: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert!(["ended", "already-ended"].contains(&report["result"].as_str().unwrap()), "{report}");
    }
    assert!(!lives(shell.pid()));
}

#[test]
fn a_stopped_client_goes_on_to_end() {
    let world = world();
    let process = session(&world, A);
    kill_process(number(process.pid()), Signal::STOP).unwrap();
    let stopped = || System.table().node(process.pid())?.stopped.then_some(());
    wait_for(LONG, stopped).unwrap();
    assert_eq!(how(&stop(&world, &[A]), process.pid()), "asked");
}

#[test]
fn a_background_session_that_its_host_does_not_stop_is_signalled() {
    let world = world();
    let process = LiveProcess::start(&world.work_dir());
    // The process is a copy of `sleep`, which knows no command `stop`.
    row(&world, process.pid(), A).kind("bg").set("jobId", "--help").write(&world.config_dir());
    let report = stop(&world, &[A]);
    assert_eq!(how(&report, process.pid()), "asked");
    let notes = report["notes"].to_string();
    assert!(notes.contains("Claude Code's own `stop aaaaaaaa` did not end it"), "{notes}");
    assert!(!lives(process.pid()));
}

#[test]
fn a_service_is_no_session() {
    let world = world();
    let process = LiveProcess::start(&world.work_dir());
    row(&world, process.pid(), A).kind("daemon").write(&world.config_dir());
    refused(&world, &[A, "--force"], "there is no session");
    assert!(lives(process.pid()));
}

#[test]
fn a_grace_has_its_limits() {
    let world = world();
    for grace in ["-1", "3601", "soon"] {
        world.cmd().args(["stop", A, "--grace", grace]).run().fails_with(2);
    }
}

// ---------------------------------------------------------------- the real client

/// A hook that says that the session has ended.
fn with_hook(world: &World) {
    let hook = json!({"hooks": [{"type": "command", "command": "echo ended >> $HOME/session-end"}]});
    let settings = json!({"hooks": {"SessionEnd": [hook]}, "env": {"DISABLE_AUTOUPDATER": "1"}});
    world.write("home/.claude/settings.json", settings.to_string());
}

/// A turn that runs a command which does not end.
fn endless() -> Scenario {
    let command =
        "python3 -c 'import os, time; open(\"tool\", \"w\").write(str(os.getpid())); time.sleep(1000)'";
    let input = json!({"command": command, "description": "Wait", "timeout": 600_000});
    Scenario::of([claudectl_testkit::mock::Turn::tool("Bash", input)])
}

fn transcript_of(world: &World, id: &str) -> String {
    let path = Transcript::new(id, world.work_dir()).path(&world.config_dir());
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_real_client_ends_with_its_hooks_and_its_tool() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    with_hook(&world);
    mock.scenario("endless", endless());
    let arguments = ["--permission-mode", "manual", "--allowedTools", "Bash", "--session-id", A];
    let Some(terminal) = claude.interactive(&world, &mock).args(arguments).start_for_tests() else { return };
    let file = world.config_dir().join(format!("sessions/{}.json", terminal.pid()));
    wait_for(LONG, || std::fs::read_to_string(&file).ok()?.contains("\"idle\"").then_some(()))
        .unwrap_or_else(|| panic!("never idle\n{}", terminal.screen()));
    terminal.say("wait [[scenario:endless]]");
    let written = || std::fs::read_to_string(world.work_dir().join("tool")).ok()?.parse::<u32>().ok();
    let tool = wait_for(LONG, written).unwrap_or_else(|| panic!("no tool runs\n{}", terminal.screen()));
    let started = process_start(tool);
    let tree = System.tree(terminal.pid());
    assert!(tree.iter().any(|node| node.pid == tool), "{tree:?}");

    let report = stop(&world, &[A]);
    assert_eq!((how(&report, terminal.pid()), &report["result"]), ("asked", &json!("ended")));
    assert_ne!(how(&report, tool), "alive");
    assert!(!file.exists(), "it has left the registry");
    assert!(transcript_of(&world, A).contains("\"cost-state\""), "it has written its costs");
    assert_eq!(std::fs::read_to_string(world.home().join("session-end")).unwrap(), "ended\n");
    assert!(!lives(tool) || process_start(tool) != started);
    for node in tree {
        assert!(System.facts(node.pid).is_none_or(|facts| facts.start != node.start), "{node:?}");
    }
}

/// Ends whatever of Claude Code was started with a world's folder: the service behind background sessions, too.
struct Sweep<'a>(&'a Path);

impl Sweep<'_> {
    fn signal(&self, signal: Signal) -> usize {
        let ours = |pid: &u32| {
            let client = System.client(*pid).filter(|_| lives(*pid));
            client.is_some_and(|client| client.config_dir.as_deref() == Some(self.0.as_os_str()))
        };
        let pids: Vec<u32> = System.claude_pids().into_iter().filter(ours).collect();
        for pid in &pids {
            kill_process(number(*pid), signal).ok();
        }
        pids.len()
    }
}

impl Drop for Sweep<'_> {
    fn drop(&mut self) {
        // Asked, it takes its sockets with it.
        self.signal(Signal::TERM);
        let ended = wait_for(Duration::from_secs(10), || (self.signal(Signal::CONT) == 0).then_some(()));
        if ended.is_none() {
            self.signal(Signal::KILL);
        }
    }
}

#[test]
fn the_real_client_stops_a_background_session() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let config = world.config_dir();
    let _sweep = Sweep(&config);
    with_hook(&world);
    mock.scenario("endless", endless());
    let arguments =
        ["--bg", "--permission-mode", "manual", "--allowedTools", "Bash", "--", "wait [[scenario:endless]]"];
    let said = claude.headless(&world, &mock).args(arguments).run().success().stdout;
    let tool = written(&world, "tool");
    let row = || {
        let files = std::fs::read_dir(config.join("sessions")).ok()?;
        let rows = files
            .filter_map(|file| serde_json::from_slice::<Value>(&std::fs::read(file.ok()?.path()).ok()?).ok());
        rows.into_iter().find(|row| row["kind"] == "bg" && row["status"] == "busy")
    };
    let row = wait_for(LONG, row).unwrap_or_else(|| panic!("no row: {said}"));
    let (id, pid) =
        (row["sessionId"].as_str().unwrap(), u32::try_from(row["pid"].as_u64().unwrap()).unwrap());

    let report = stop(&world, &[id]);
    assert_eq!(
        (how(&report, pid), &report["result"], &report["notes"]),
        ("host", &json!("ended"), &json!([]))
    );
    assert!(!lives(pid) && !lives(tool));
    let job = row["jobId"].as_str().unwrap_or(&id[..8]);
    let state = std::fs::read_to_string(config.join(format!("jobs/{job}/state.json"))).unwrap();
    assert!(state.contains("\"stopped\""), "{state}");
    assert_eq!(std::fs::read_to_string(world.home().join("session-end")).unwrap(), "ended\n");
}
