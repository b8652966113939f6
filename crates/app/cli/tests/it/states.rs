//! What is shown of the real Claude Code in each state that it can be in, pinned version and an old one.
//!
//! The drivers of the testkit bring the client into a state and wait for the evidence in the client's own
//! files; only then is looked. The first look has to be right: nothing here asks twice. Skipped, loudly, on a
//! machine that cannot have the client.

use std::time::Duration;

use claudectl_testkit::claude::drive::{self, Asks, Drive, Headless, Reached};
use claudectl_testkit::{Claude, Mock, World, now_ms, wait_for};
use serde_json::{Value, json};

use crate::streams::Stream;
use crate::{A, B};

/// The live registry says it.
const REGISTRY: &[&str] = &["registry"];
/// The process says it.
const PROCESS: &[&str] = &["process"];
/// A guess, and shown as one.
const INFERRED: &[&str] = &["inferred"];
/// The transcript says it outright; a guess if the process may be another's.
const TOLD: &[&str] = &["transcript", "inferred"];

/// How long after the evidence a state has to be shown.
const DELAY_MS: i64 = 200;
/// The program starts and ends in less than this, milliseconds, on a machine that has nothing else to do.
const IDLE_MS: i64 = 10;
/// Far more than a stream needs: reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

fn world() -> World {
    World::with_bin(env!("CARGO_BIN_EXE_claudectl"))
}

/// A way to see what a session is doing. A stream is one, too: made before the client is driven, it gives the
/// newest that it has read of the session.
trait Look {
    /// The session as it is shown now.
    fn session(&mut self, id: &str) -> Option<Value>;
}

/// Looks by listing, by the real clock.
struct Ls<'w>(&'w World);

impl Look for Ls<'_> {
    fn session(&mut self, id: &str) -> Option<Value> {
        let listed =
            self.0.cmd().args(["ls", "--all", "--json"]).env("CLAUDECTL_NOW", "").run().success().json();
        listed.as_array().and_then(|all| all.iter().find(|one| one["id"] == id).cloned())
    }
}

/// What was seen, and what of it was wrong. All that is wrong is told at the end.
struct Seen<'w> {
    look: Box<dyn Look + 'w>,
    /// `watch` beside it, which is told each change.
    stream: Stream,
    /// How long after the evidence had been seen the stream told it, milliseconds, while the machine was idle.
    delays: Vec<i64>,
    /// How long looks took then, milliseconds.
    looks: Vec<i64>,
    /// How long the program takes to do nothing, milliseconds.
    nothing: Box<dyn FnMut() -> i64 + 'w>,
    wrong: Vec<String>,
}

impl<'w> Seen<'w> {
    /// Looks by `ls`, and lets `watch` tell.
    fn by(look: Ls<'w>) -> Self {
        let stream = Stream::start(&look.0.cmd().args(["watch", "--json"]).env("CLAUDECTL_NOW", ""));
        let world = look.0;
        let nothing = move || {
            let began = now_ms();
            world.run(["--version"]).success();
            now_ms() - began
        };
        Self {
            look: Box::new(look),
            stream,
            delays: Vec::new(),
            looks: Vec::new(),
            nothing: Box::new(nothing),
            wrong: Vec::new(),
        }
    }

    /// The stream has told the state, or tells it now.
    fn told(&mut self, id: &str, reached: &Reached) {
        let detail = |session: &Value| {
            let detail = session["status"]["detail"].as_str().unwrap_or_default();
            reached.details.is_empty()
                || reached.details.iter().any(|wanted| detail.contains(wanted.as_str()))
        };
        let is = |change: &Value| {
            let session = &change["session"];
            let state = session["status"]["state"].as_str().unwrap_or_default();
            session["id"] == id && reached.states.contains(&state) && detail(session)
        };
        match self.stream.newest(id, PATIENCE, is) {
            Some((at, _)) if self.is_idle() => self.delays.push((at - reached.seen).max(0)),
            Some(_) => {}
            None => {
                self.wrong.push(format!("{}: watch never told it: {:?}", reached.what, self.stream.last(id)))
            }
        }
    }

    /// Whether the machine has time for us now. Where even doing nothing takes long, times say nothing of the program.
    fn is_idle(&mut self) -> bool {
        (self.nothing)() <= IDLE_MS
    }

    /// Looks once, after the evidence, for the state that was reached.
    #[expect(clippy::print_stdout, reason = "measured delays, for whoever asks the runner to show them")]
    fn check(&mut self, id: &str, reached: &Reached, sources: &[&str]) -> Value {
        let began = now_ms();
        let session = self.look.session(id).unwrap_or_default();
        let ended = now_ms();
        self.told(id, reached);
        let status = &session["status"];
        let what = reached.what;
        let state = status["state"].as_str().unwrap_or("not listed");
        let detail = status["detail"].as_str().unwrap_or_default();
        println!(
            "{what}: {state} by {} {detail:?}, {} ms after the evidence, of which looking took {}",
            status["source"],
            ended - reached.at,
            ended - began
        );
        let mut wrong = |said: String| {
            self.wrong.push(format!("{what}: {said}: {status}, {}", reached.evidence.display()))
        };
        if !reached.states.contains(&state) {
            wrong(format!("not {:?}", reached.states));
        }
        if !sources.iter().any(|source| status["source"] == *source) {
            wrong(format!("not by {sources:?}"));
        }
        if !reached.details.is_empty()
            && !reached.details.iter().any(|wanted| detail.contains(wanted.as_str()))
        {
            wrong(format!("none of {:?}", reached.details));
        }
        if self.is_idle() {
            self.looks.push(ended - began);
        }
        session
    }

    /// Something else that has to be so.
    fn same(&mut self, what: &str, found: &Value, wanted: Value) {
        if *found != wanted {
            self.wrong.push(format!("{what}: {found}, not {wanted}"));
        }
    }

    /// Nothing was wrong.
    #[track_caller]
    #[expect(clippy::print_stdout, reason = "measured delays, for whoever asks the runner to show them")]
    fn right(mut self) {
        self.delays.sort_unstable();
        self.looks.sort_unstable();
        println!("watch told after {:?} ms, looks took {:?} ms", self.delays, self.looks);
        let half = |times: &[i64]| times.get(times.len() / 2).copied().unwrap_or(0);
        for (what, half) in [("watch told", half(&self.delays)), ("ls showed", half(&self.looks))] {
            if half > DELAY_MS {
                self.wrong.push(format!("{what} half of it only after {half} ms"));
            }
        }
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

#[test]
fn a_turn_and_what_interrupts_it() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let mut seen = Seen::by(Ls(&world));
    seen.check(A, &client.waiting(), REGISTRY);
    seen.check(A, &client.own_dialog(), REGISTRY);
    seen.check(A, &client.own_dialog_closed(), REGISTRY);
    seen.check(A, &client.taken_back(), REGISTRY);
    seen.check(A, &client.working(), REGISTRY);
    seen.check(A, &client.interrupted(), REGISTRY);
    seen.check(A, &client.running_command(), REGISTRY);
    seen.check(A, &client.interrupted_command(), REGISTRY);
    seen.check(A, &client.permission(), REGISTRY);
    seen.check(A, &client.answered_yes(), REGISTRY);
    seen.check(A, &client.permission(), REGISTRY);
    seen.check(A, &client.answered_no(), REGISTRY);
    seen.check(A, &client.question(), REGISTRY);
    seen.check(A, &client.rejected(), REGISTRY);
    seen.check(A, &client.plan(), REGISTRY);
    seen.check(A, &client.rejected(), REGISTRY);
    seen.check(A, &client.working(), REGISTRY);
    let dead = seen.check(A, &client.killed(), PROCESS);
    seen.same("the pid of the dead", &dead["pid"], Value::Null);
    seen.right();
}

/// How many commands wait.
fn commands(session: &Value) -> usize {
    let pending = session["pending"].as_array().into_iter().flatten();
    pending.filter(|call| call["tool"] == "Bash").count()
}

#[test]
fn what_subagents_ask() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    seen.check(A, &client.agent_permission(), REGISTRY);
    client.agent_dismissed();
    let session = seen.check(A, &client.awaited_agent_permission(), REGISTRY);
    seen.same("the commands that wait", &json!(commands(&session)), json!(1));
    client.agent_dismissed();
    let session = seen.check(A, &client.agent_permission_in_turn(), REGISTRY);
    seen.same("the commands that wait", &json!(commands(&session)), json!(1));
    seen.right();
}

/// Of several calls the one is named that is asked for, or that it cannot be told.
#[test]
fn several_calls_at_once() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let permission =
        |detail| Asks { waiting_for: "permission prompt", states: &["needs-permission"], detail };
    let question = Asks {
        waiting_for: "input needed",
        states: &["needs-answer"],
        detail: "AskUserQuestion: Which color?",
    };
    let first = "Bash: python3 -c 'print(19 + 23)'";
    let either = "one of 2 open calls, likely: Bash: python3 -c 'print(19 + 23)'";
    for (scenario, asks) in
        [("permask", permission(first)), ("askperm", question), ("two", permission(either))]
    {
        seen.check(A, &client.several(scenario, &asks), REGISTRY);
        client.dismissed();
    }
    seen.right();
}

/// A dialog that was answered is no more, whichever of hooks and registry knows of it.
#[test]
fn a_subagent_that_may() {
    let Some(claude) = Claude::for_tests() else { return };
    for (world, sources) in [(world(), REGISTRY), (hooked(&claude), HOOKED)] {
        let mock = Mock::start();
        let mut seen = Seen::by(Ls(&world));
        let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
        seen.check(A, &client.agent_wait(), sources);
        seen.check(A, &client.agent_approved(), &["registry", "hook"]);
        seen.check(A, &client.permission_beside_agent(), sources);
        seen.right();
    }
}

/// Without a registry that says so, a command that runs is no open dialog for longer than it takes to be sure.
#[test]
fn what_the_old_version_approved() {
    let Some(claude) = Claude::old_for_tests() else { return };
    let (world, mock) = (hooked(&claude), Mock::start());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let mut seen = Seen::by(Ls(&world));
    let asked = client.long_permission();
    seen.check(A, &asked, HOOK);
    client.approved(&asked);
    let told = wait_for(PATIENCE, || {
        let status = Ls(&world).session(A)?["status"].clone();
        (status["state"] == "working").then_some(status)
    });
    assert_eq!(told.unwrap()["source"], "inferred");
    seen.right();
}

#[test]
fn what_goes_on_after_a_turn() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    seen.check(A, &client.background_agent(), REGISTRY);
    drop(client);
    let Some(client) = Drive::start_new(&claude, &world, &mock, B) else { return };
    seen.check(B, &client.background_command(), REGISTRY);
    seen.check(B, &client.working(), REGISTRY);
    let left = drive::descendants(client.terminal().pid());
    seen.check(B, &client.killed(), PROCESS);
    left.into_iter().for_each(drive::kill);
    seen.right();
}

/// What was open in a client that was killed is nothing that the next client of the session does.
#[test]
fn what_a_killed_client_had_open() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    client.background_command();
    client.permission();
    let left = drive::descendants(client.terminal().pid());
    seen.check(A, &client.killed(), PROCESS);
    left.into_iter().for_each(drive::kill);
    drop(client);
    let Some(client) = Drive::start(&claude, &world, &mock, A, &["--resume", A]) else { return };
    let session = seen.check(A, &client.resumed(), REGISTRY);
    seen.same("what waits", &session["pending"], json!([]));
    seen.same("what goes on", &session["background"], json!([]));
    let session = seen.check(A, &client.working(), REGISTRY);
    seen.same("a call of the client before", &session["status"]["detail"], Value::Null);
    seen.right();
}

#[test]
fn requests_that_fail() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    for status in [429, 529, 400] {
        seen.check(A, &client.failed(status), &["transcript"]);
    }
    seen.check(A, &client.waiting(), REGISTRY);
    // A turn that goes well: the failed one is still the last of which there are rows.
    client.failed(529);
    seen.check(A, &client.just_ended(), REGISTRY);
    seen.right();
}

#[test]
fn a_cleared_session() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(mut client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    seen.check(A, &client.waiting(), REGISTRY);
    seen.check(A, &client.compacted(), REGISTRY);
    let (old, reached) = client.cleared();
    assert_eq!(old, A);
    let new = client.session().to_owned();
    let session = seen.check(&new, &reached, REGISTRY);
    seen.same("the pid", &session["pid"], json!(client.terminal().pid()));
    let ended = Reached { what: "what was cleared", states: &["finished"], details: vec![], ..reached };
    seen.check(A, &ended, PROCESS);
    seen.right();
}

#[test]
fn sessions_that_are_resumed_and_forked() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    Headless::start(&claude, &world, &mock, A, "hello [[scenario:hello]]", 1).ended();

    let Some(client) = Drive::start(&claude, &world, &mock, A, &["--resume", A]) else { return };
    seen.check(A, &client.resumed(), REGISTRY);
    drop(client);
    let fork = ["--resume", A, "--fork-session", "--session-id", B];
    let Some(client) = Drive::start(&claude, &world, &mock, B, &fork) else { return };
    seen.check(B, &client.forked(), REGISTRY);
    seen.check(B, &client.waiting(), REGISTRY);
    let one = seen.look.session(A).unwrap_or_default();
    assert_eq!(one["status"]["state"], "finished", "the other side of a fork: {one}");
    seen.right();
}

#[cfg(target_os = "linux")]
#[test]
fn a_session_of_the_background_service() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let (background, reached) = drive::Background::permission(&claude, &world, &mock);
    let session = seen.check(background.session(), &reached, REGISTRY);
    seen.same("the pid", &session["pid"], json!(background.pid()));
    seen.same("the kind", &session["kind"], json!("background"));
    // The service and the process that it keeps in reserve are no sessions.
    let listed = crate::json(&world, &["ls", "--json"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed:#}");
    let id = background.session().to_owned();
    drop(background);
    let ended =
        Reached { what: "a killed background session", states: &["finished"], details: vec![], ..reached };
    seen.check(&id, &ended, PROCESS);
    seen.right();
}

#[test]
fn the_old_version() {
    let Some(claude) = Claude::old_for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let session = seen.check(A, &client.waiting(), INFERRED);
    seen.same("the pid", &session["pid"], json!(client.terminal().pid()));
    seen.check(A, &client.working(), INFERRED);
    seen.check(A, &client.interrupted(), TOLD);
    seen.check(A, &client.running_command(), INFERRED);
    seen.check(A, &client.interrupted_command(), TOLD);
    seen.check(A, &client.permission(), INFERRED);
    seen.check(A, &client.answered_yes(), INFERRED);
    seen.check(A, &client.permission(), INFERRED);
    seen.check(A, &client.answered_no(), TOLD);
    seen.check(A, &client.question(), TOLD);
    seen.check(A, &client.rejected(), TOLD);
    seen.check(A, &client.failed(400), TOLD);
    seen.check(A, &client.working(), INFERRED);
    let dead = seen.check(A, &client.killed(), PROCESS);
    seen.same("the pid of the dead", &dead["pid"], Value::Null);
    seen.right();
}

/// Either of them may be the first to say it.
const HOOKED: &[&str] = &["registry", "hook"];
/// No registry, but hooks.
const HOOK: &[&str] = &["hook"];

/// A world whose Claude Code calls our hooks, in a folder whose own settings point them elsewhere.
pub(crate) fn hooked(claude: &Claude) -> World {
    let world = world();
    let evil = world.root().join("evil");
    let mut env =
        json!({"CLAUDECTL_HOME": evil, "CLAUDECTL_NOW": "2001-01-01T00:00:00Z", "XDG_CONFIG_HOME": evil});
    if !claude.is_old() {
        // The old version itself would follow these, and ask for everything anew.
        env["HOME"] = json!(evil);
        env["CLAUDE_CONFIG_DIR"] = json!(evil);
    }
    // `LD_PRELOAD` is tried on the release binary, which is static: the dynamic one of the tests would complain.
    world.write("work/.claude/settings.json", json!({"env": env}).to_string());
    // What the client does by itself is looked at, prompts above all, which the gate would answer.
    world.write("home/.config/claudectl/config.toml", "[gate]\nmode = \"observe\"\n");
    let mut init = world.cmd().args(["init", "--host-version", claude.version()]);
    if claude.is_old() {
        // Its drivers know that it is ready by what stands where the status line would.
        init = init.arg("--no-statusline");
    }
    init.run().success();
    world
}

#[test]
fn with_hooks_each_state_is_told_with_what_it_is_about() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (hooked(&claude), Mock::start());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let mut seen = Seen::by(Ls(&world));
    seen.check(A, &client.waiting(), HOOKED);
    seen.check(A, &client.permission(), HOOKED);
    seen.check(A, &client.answered_yes(), HOOKED);
    seen.check(A, &client.permission(), HOOKED);
    seen.check(A, &client.answered_no(), HOOKED);
    seen.check(A, &client.question(), HOOKED);
    seen.check(A, &client.rejected(), HOOKED);
    seen.check(A, &client.plan(), HOOKED);
    seen.check(A, &client.rejected(), HOOKED);
    seen.check(A, &client.running_command(), HOOKED);
    seen.check(A, &client.interrupted_command(), HOOKED);
    seen.check(A, &client.failed(400), &["transcript"]);
    // What only the status line is told.
    let told = seen.look.session(A).unwrap_or_default();
    seen.same("who says how large the window is", &told["context"]["source"], json!("statusline"));
    seen.same("whether its hooks are in force", &told["gate"]["installed"], json!(true));
    assert!(told["cost"]["reported_usd"].as_f64().is_some_and(|usd| usd > 0.0), "{}", told["cost"]);
    let dead = seen.check(A, &client.killed(), PROCESS);
    assert!(dead["gate"]["last_seen"].is_string(), "{}", dead["gate"]);
    drop(client);
    let Some(client) = Drive::start_new(&claude, &world, &mock, B) else { return };
    seen.check(B, &client.background_agent(), HOOKED);
    seen.right();
    assert!(!world.root().join("evil").exists(), "a repository's settings lead nowhere");
    // Every event that was called for is there, once; none was torn.
    let done = crate::json(&world, &["tick", "--json"]);
    assert_eq!(done["torn"], json!(0));
}

#[test]
fn with_hooks_subagents_ask_by_their_own_call() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (hooked(&claude), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    seen.check(A, &client.agent_permission(), HOOKED);
    client.agent_dismissed();
    seen.check(A, &client.agent_permission_in_turn(), HOOKED);
    seen.right();
}

#[test]
fn the_old_version_with_hooks() {
    let Some(claude) = Claude::old_for_tests() else { return };
    let (world, mock) = (hooked(&claude), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let session = seen.check(A, &client.waiting(), HOOK);
    seen.same("the pid", &session["pid"], json!(client.terminal().pid()));
    seen.check(A, &client.working(), HOOK);
    seen.check(A, &client.interrupted(), TOLD);
    seen.check(A, &client.permission(), HOOK);
    seen.check(A, &client.answered_yes(), HOOK);
    seen.check(A, &client.permission(), HOOK);
    seen.check(A, &client.answered_no(), TOLD);
    seen.check(A, &client.question(), HOOK);
    seen.check(A, &client.rejected(), TOLD);
    seen.check(A, &client.killed(), PROCESS);
    seen.right();
}

#[test]
fn headless_runs_of_the_old_version() {
    let Some(claude) = Claude::old_for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let mut run = Headless::start(&claude, &world, &mock, A, "take your time [[scenario:long]]", 1);
    let reached = run.working();
    // It has written no transcript: either its log leads to the session, or it stands for itself.
    let own = format!("pid:{}", run.pid());
    let id = if seen.look.session(A).is_some() { A } else { &own };
    let session = seen.check(id, &reached, &["inferred", "process"]);
    seen.same("the pid", &session["pid"], json!(run.pid()));
    run.killed();
    for id in [A, &own] {
        let state = seen.look.session(id).map_or(Value::Null, |session| session["status"]["state"].clone());
        assert!([json!(null), json!("finished")].contains(&state), "{id} is {state}, and was killed");
    }
    let mut run = Headless::start(&claude, &world, &mock, B, "hello [[scenario:hello]]", 1);
    seen.check(B, &run.ended(), PROCESS);
    seen.right();
}

#[test]
fn a_dialog_before_the_start() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let Some((terminal, reached)) = Drive::start_untrusted(&claude, &world, &mock) else { return };
    let id = format!("pid:{}", terminal.pid());
    seen.check(&id, &reached, PROCESS);
    seen.right();
}

#[test]
fn headless_runs() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let mut run = Headless::start(&claude, &world, &mock, A, "take your time [[scenario:long]]", 1);
    let session = seen.check(A, &run.working(), REGISTRY);
    seen.same("the pid", &session["pid"], json!(run.pid()));
    seen.check(A, &run.killed(), PROCESS);
    let mut run = Headless::start(&claude, &world, &mock, B, "hello [[scenario:hello]]", 1);
    seen.check(B, &run.ended(), PROCESS);
    seen.right();
}

#[test]
fn headless_runs_that_try_again() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let mut seen = Seen::by(Ls(&world));
    let run = Headless::start(&claude, &world, &mock, A, "fail [[scenario:fail529]]", 9);
    seen.check(A, &run.trying_again(&["working"], 529), REGISTRY);
    let run = Headless::start(&claude, &world, &mock, B, "fail [[scenario:fail429]]", 9);
    seen.check(B, &run.trying_again(&["rate-limited"], 429), TOLD);
    seen.right();
}
