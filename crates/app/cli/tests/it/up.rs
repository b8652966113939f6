//! `claudectl up`: told once, by the one that leads, whatever dies when.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use claudectl_testkit::claude::drive::Drive;
use claudectl_testkit::{
    Claude, LiveProcess, Mock, RegistryRow, Terminal, Transcript, Usage, World, wait_for,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::streams::Stream;
use crate::{A, B, json as run_json, user_config, world};

const LONG: Duration = Duration::from_secs(30);

fn live(world: &World, sid: &str) -> (LiveProcess, RegistryRow) {
    let process = LiveProcess::start(&world.work_dir());
    let row = RegistryRow::new(process.pid(), sid, world.work_dir()).named("one").started(world.now());
    row.write(&world.config_dir());
    (process, row)
}

/// A dialog that has been open for a while, of which nobody knows what it asks.
fn asking(row: &RegistryRow) -> RegistryRow {
    row.clone().waiting_for("permission prompt").updated("2026-11-24T11:59:50Z")
}

fn up(world: &World) -> Stream {
    Stream::start(&world.cmd().args(["up", "--heartbeat", "0s"]))
}

/// The next event that is as wanted.
#[track_caller]
fn event(stream: &mut Stream, wanted: impl Fn(&Value) -> bool) -> Value {
    match stream.until(LONG, |line| wanted(&serde_json::from_str(line).unwrap())) {
        Some((_, line)) => serde_json::from_str(&line).unwrap(),
        None => panic!("it never came: {:#?}", stream.seen),
    }
}

#[track_caller]
fn leading(stream: &mut Stream, leads: bool) -> Value {
    event(stream, |found| found["event"] == "leader" && found["leading"] == leads)
}

/// Waits until it has looked: the session is listed.
#[track_caller]
fn listed(stream: &mut Stream, sid: &str) {
    event(stream, |found| found["event"] == "session" && found["session"]["id"] == sid);
}

/// What became of a notice at a sink.
#[track_caller]
fn told(stream: &mut Stream, sink: &str, what: &str) -> Value {
    event(stream, |found| {
        found["event"] == "notice" && found["sink"] == sink && found["notice"]["event"] == what
    })
}

/// A hook that appends the event and the title to a file.
fn log_hook(world: &World, events: &str) -> (String, PathBuf) {
    let file = world.root().join("told");
    let script = "printf '%s|%s\\n' \"$CLAUDECTL_EVENT\" \"$1\" >> \"$2\"";
    let run = json!(["/bin/sh", "-c", script, "sh", "{title}", file.display().to_string()]);
    (format!("[hooks.log]\nrun = {run}\nevents = {events}\n"), file)
}

#[test]
fn what_was_asked_for_is_told_once_and_logged() {
    let world = world();
    let (hook, file) = log_hook(&world, r#"["on_needs_input", "on_finished", "on_session_start"]"#);
    user_config(&world, &hook);
    let (mut process, row) = live(&world, A);
    let mut stream = up(&world);
    let startup = event(&mut stream, |found| found["event"] == "startup");
    assert_eq!(startup["pid"], stream.pid());
    let leads = leading(&mut stream, true);
    assert_eq!(leads["sinks"][0]["name"], "hook:log");
    listed(&mut stream, A);
    row.clone().status("busy").write(&world.config_dir());
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.at("2026-11-24T11:59:00Z").prompt("go").assistant(|m| {
        m.tool_use("Bash", json!({"command": "DB_PASSWORD=hunter2 make"})).usage(Usage::new(1, 1))
    });
    transcript.write(&world.config_dir());
    asking(&row).write(&world.config_dir());
    let sent = told(&mut stream, "hook:log", "on_needs_input");
    assert_eq!((&sent["state"], &sent["attempts"]), (&json!("sent"), &json!(1)));
    assert!(!sent.to_string().contains("hunter2"), "{sent}");
    process.kill();
    told(&mut stream, "hook:log", "on_finished");
    let lines = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        lines, "on_needs_input|one (work): needs permission\non_finished|one (work): ended\n",
        "nothing of what was so before"
    );
    let log = run_json(&world, &["notify", "ls", "--json"]);
    let rows: Vec<(&Value, &Value)> =
        log.as_array().unwrap().iter().map(|row| (&row["notice"]["event"], &row["state"])).collect();
    assert_eq!(rows, [(&json!("on_finished"), &json!("sent")), (&json!("on_needs_input"), &json!("sent"))]);
    assert_eq!(log[1]["notice"]["id"], sent["notice"]["id"]);
    let out = world.run(["notify", "ls", "--event", "on_finished"]).success();
    assert!(out.stdout.contains("one (work): ended") && !out.stdout.contains("permission"), "{}", out.stdout);
}

#[test]
fn one_leads_and_the_next_takes_over_without_telling_twice() {
    let world = world();
    let (hook, file) = log_hook(&world, r#"["on_needs_input"]"#);
    user_config(&world, &hook);
    let (_process, row) = live(&world, A);
    asking(&row).write(&world.config_dir());
    let mut first = up(&world);
    leading(&mut first, true);
    told(&mut first, "hook:log", "on_needs_input");
    let mut second = up(&world);
    let waits = leading(&mut second, false);
    assert_eq!(waits["leader"]["pid"], first.pid());
    assert_eq!(waits["leader"]["what"], "up");
    // It sees all the same.
    listed(&mut second, A);
    let doctor = world.run(["doctor", "--json"]).json();
    let checks = doctor["checks"].as_array().unwrap();
    let lead = checks.iter().find(|check| check["name"] == "lead").unwrap();
    assert_eq!(lead["data"]["leader"]["pid"], first.pid());
    assert_eq!((&lead["verdict"], &lead["data"]["stopped"]), (&"ok".into(), &false.into()), "{lead}");
    // One that is stopped holds the lock and does nothing.
    let pid = Pid::from_raw(first.pid().cast_signed()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let doctor = world.run(["doctor", "--json"]).json();
    let stopped = |check: &Value| check["name"] == "lead" && check["data"]["stopped"] == true;
    let lead = doctor["checks"].as_array().unwrap().iter().find(|check| stopped(check)).expect("stopped");
    assert_eq!(lead["verdict"], "warning", "{lead}");
    // As in a crash.
    drop(first);
    leading(&mut second, true);
    let (_other, other) = live(&world, B);
    asking(&other).write(&world.config_dir());
    let sent = told(&mut second, "hook:log", "on_needs_input");
    assert_eq!(sent["notice"]["session"]["id"], B, "the other one was told by who led before");
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 2);
}

/// Answers each request with the next of some answers, then with the last; what it was sent.
pub(crate) fn receiver(answers: &[&'static str]) -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret-path", listener.local_addr().unwrap());
    let (send, got) = channel();
    let answers = answers.to_vec();
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut id, mut length) = (String::new(), 0);
            for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
                let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
                match name.to_lowercase().as_str() {
                    "webhook-id" => value.clone_into(&mut id),
                    "content-length" => length = value.parse().unwrap(),
                    _ => {}
                }
            }
            let mut body = String::new();
            reader.take(length).read_to_string(&mut body).unwrap();
            send.send((id, body)).unwrap();
            let answer = answers.get(at).or(answers.last()).unwrap();
            stream.write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes()).unwrap();
        }
    });
    (url, got)
}

#[test]
fn who_dies_before_a_receiver_takes_it_leaves_it_to_the_next() {
    let world = world();
    let (url, got) = receiver(&["500 Oh", "200 OK"]);
    user_config(&world, &format!("[webhooks.mine]\nurl = \"{url}\"\nevents = [\"on_needs_input\"]\n"));
    let (_process, row) = live(&world, A);
    asking(&row).write(&world.config_dir());
    let mut first = up(&world);
    let again = told(&mut first, "webhook:mine", "on_needs_input");
    assert_eq!((&again["state"], &again["reason"]), (&json!("pending"), &json!("it answered 500")));
    drop(first);
    let mut second = up(&world);
    let sent = told(&mut second, "webhook:mine", "on_needs_input");
    assert_eq!((&sent["state"], &sent["attempts"]), (&json!("sent"), &json!(2)));
    assert!(!second.seen.iter().any(|(_, line)| line.contains("secret-path")), "{:#?}", second.seen);
    let all: Vec<(String, String)> = got.try_iter().collect();
    assert_eq!((all.len(), &all[0].0), (2, &all[1].0), "the same id, to be known by");
    let body: Value = serde_json::from_str(&all[1].1).unwrap();
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("on_needs_input"), &json!(all[1].0)));
    let page = std::fs::read_to_string(crate::docs::docs().join("json.md")).unwrap();
    let (documented, mut printed) = (crate::docs::documented(&page, "[webhooks.NAME]"), Default::default());
    crate::docs::paths(&body, "", &[], &mut printed);
    assert_eq!(documented.difference(&printed).collect::<Vec<_>>(), ["data.session"]);
    assert_eq!(printed.difference(&documented).count(), 0);
}

#[test]
fn a_receiver_that_fails_twice_gets_each_event_once_while_another_hangs() {
    let world = world();
    let (url, got) = receiver(&["500 Oh", "503 No", "200 OK"]);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    user_config(
        &world,
        &format!(
            "[notify]\nevents = [\"on_needs_input\"]\n[webhooks.mine]\nurl = \"{url}\"\n[webhooks.hangs]\nurl = \"http://{silent}/\"\n"
        ),
    );
    let ids = [A, B, "cccccccc-0000-4000-8000-00000000000c"];
    let alive = ids.map(|sid| {
        let (process, row) = live(&world, sid);
        asking(&row).write(&world.config_dir());
        process
    });
    let mut stream = up(&world);
    let mut sent = Vec::new();
    while sent.len() < alive.len() {
        let found = told(&mut stream, "webhook:mine", "on_needs_input");
        if found["state"] == "sent" {
            sent.push(found["notice"]["session"]["id"].as_str().unwrap().to_owned());
        }
    }
    sent.sort();
    assert_eq!(sent, ids);
    let all: Vec<(String, String)> = got.try_iter().collect();
    assert_eq!(all.len(), ids.len() + 2, "two answers were failures");
    let mut events: Vec<&String> = all.iter().map(|(id, _)| id).collect();
    events.sort();
    events.dedup();
    assert_eq!(events.len(), ids.len(), "what comes again has the same id");
    assert!(!stream.seen.iter().any(|(_, line)| line.contains("webhook:hangs\",\"state\":\"sent")));
}

#[test]
fn a_changed_configuration_counts_from_then_on_unless_it_is_broken() {
    let world = world();
    let (hook, file) = log_hook(&world, r#"["on_needs_input", "on_finished"]"#);
    let (mut process, row) = live(&world, A);
    let mut stream = up(&world);
    assert_eq!(leading(&mut stream, true)["sinks"], json!([]));
    listed(&mut stream, A);
    user_config(&world, &hook);
    let taken = event(&mut stream, |found| found["event"] == "configuration");
    assert_eq!((&taken["mistakes"], &taken["sinks"][0]["name"]), (&json!(0), &json!("hook:log")));
    asking(&row).write(&world.config_dir());
    told(&mut stream, "hook:log", "on_needs_input");
    user_config(&world, "[notify]\nbell = 3\n");
    let refused = event(&mut stream, |found| found["event"] == "configuration" && found["mistakes"] != 0);
    assert_eq!(refused["mistakes"], 1);
    process.kill();
    told(&mut stream, "hook:log", "on_finished");
    user_config(&world, &format!("[notify]\ncooldown = \"1s\"\n{hook}"));
    event(&mut stream, |found| found["event"] == "configuration" && found["mistakes"] == 0);
    let lines = std::fs::read_to_string(file).unwrap();
    assert_eq!(lines.lines().count(), 2, "nothing is told twice\n{lines}");
}

#[test]
fn what_is_held_is_told_whatever_becomes_of_the_configuration_meanwhile() {
    for dashboard in [false, true] {
        let world = world();
        let (hook, file) = log_hook(&world, r#"["on_needs_input"]"#);
        let config = format!("{hook}min_wait = \"4s\"\n");
        user_config(&world, &config);
        let (_process, row) = live(&world, A);
        let cmd = world.cmd().env("CLAUDECTL_NOW", "");
        let (mut stream, mut terminal) = (None, None);
        if dashboard {
            let screen = Terminal::start(&cmd.arg("dashboard"), 100, 20);
            screen.shows("one");
            terminal = Some(screen);
        } else {
            let mut up = Stream::start(&cmd.args(["up", "--heartbeat", "0s"]));
            listed(&mut up, A);
            stream = Some(up);
        }
        row.clone().waiting_for("permission prompt").write(&world.config_dir());
        if let Some(up) = &mut stream {
            event(up, |found| {
                found["event"] == "session" && found["session"]["status"]["state"] == "needs-permission"
            });
        }
        if let Some(screen) = &terminal {
            screen.shows("needs-permission");
        }
        user_config(&world, &format!("{config}# changed\n"));
        let told = wait_for(LONG, || std::fs::read_to_string(&file).ok().filter(|text| text.ends_with('\n')));
        assert_eq!(
            told.as_deref(),
            Some("on_needs_input|one (work): needs permission\n"),
            "dashboard: {dashboard}"
        );
    }
}

#[test]
fn a_dashboard_that_leads_takes_a_changed_configuration() {
    let world = world();
    let (_process, row) = live(&world, A);
    let screen = Terminal::start(&world.cmd().arg("dashboard"), 100, 20);
    screen.shows("one");
    user_config(&world, "[notify]\nbell = 3\n");
    screen.shows("the configuration was changed and is not used");
    let (hook, file) = log_hook(&world, r#"["on_needs_input"]"#);
    user_config(&world, &hook);
    screen.shows("the configuration was changed: 1 sink to tell");
    asking(&row).write(&world.config_dir());
    wait_for(LONG, || std::fs::read_to_string(&file).ok().filter(|text| text.ends_with('\n'))).unwrap();
}

#[test]
fn one_that_hangs_keeps_no_other() {
    let world = world();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (hook, _file) = log_hook(&world, r#"["on_needs_input"]"#);
    let hangs = format!("[webhooks.hangs]\nurl = \"http://{}/\"\n", silent.local_addr().unwrap());
    user_config(
        &world,
        &format!(
            "{hangs}[hooks.slow]\nrun = [\"/bin/sleep\", \"1000\"]\nevents = [\"on_needs_input\"]\n{hook}"
        ),
    );
    let (_process, row) = live(&world, A);
    asking(&row).write(&world.config_dir());
    let mut stream = up(&world);
    told(&mut stream, "hook:log", "on_needs_input");
    assert!(!stream.seen.iter().any(|(_, line)| line.contains("webhook:hangs\",\"state\":\"sent")));
    let log = run_json(&world, &["notify", "ls", "--state", "pending", "--json"]);
    let sinks: Vec<&str> = log.as_array().unwrap().iter().map(|row| row["sink"].as_str().unwrap()).collect();
    assert_eq!(sinks, ["hook:slow", "webhook:hangs"]);
}

#[test]
fn a_signal_ends_it_well() {
    let world = world();
    let mut leads = up(&world);
    leading(&mut leads, true);
    let mut waits = up(&world);
    leading(&mut waits, false);
    for (stream, signal, name) in [(&mut waits, Signal::INT, "SIGINT"), (&mut leads, Signal::TERM, "SIGTERM")]
    {
        let pid = Pid::from_raw(i32::try_from(stream.pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        let ended = event(stream, |found| found["event"] == "shutdown");
        assert_eq!(ended["signal"], name);
        assert_eq!(stream.ended(LONG), Some(0));
    }
    let doctor = world.run(["doctor", "--json"]).json();
    let checks = doctor["checks"].as_array().unwrap();
    let lead = checks.iter().find(|check| check["name"] == "lead").unwrap();
    assert_eq!((&lead["verdict"], &lead["data"]["leader"]), (&json!("ok"), &Value::Null));
}

/// What the real client asks is told once each time, with the call in it, and so is the end of its turns.
#[test]
fn what_the_real_client_asks_is_told_once() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::with_bin(crate::BIN), Mock::start());
    user_config(&world, "[hooks.asks]\nrun = [\"true\"]\nevents = [\"on_needs_input\", \"on_waiting\"]\n");
    let mut stream = Stream::start(&world.cmd().args(["up", "--heartbeat", "0s"]).env("CLAUDECTL_NOW", ""));
    leading(&mut stream, true);
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let mut ids = std::collections::BTreeSet::new();
    for may in [true, false] {
        client.permission();
        let asked = told(&mut stream, "hook:asks", "on_needs_input");
        assert!(asked["notice"]["text"].as_str().unwrap().contains("Bash: python3"), "{asked}");
        ids.insert(asked["notice"]["id"].to_string());
        let _ended = if may { client.answered_yes() } else { client.answered_no() };
        told(&mut stream, "hook:asks", "on_waiting");
    }
    client.waiting();
    told(&mut stream, "hook:asks", "on_waiting");
    let all = stream.seen.iter().filter(|(_, line)| line.contains("\"event\":\"notice\"")).count();
    assert_eq!((ids.len(), all), (2, 5), "{:#?}", stream.seen);
}

/// With hooks, and a dashboard beside it that would lead if it were alone: what happens comes in its order, and what is
/// asked reaches a command and a receiver once.
#[test]
fn what_the_real_client_does_is_told_in_its_order() {
    let Some(claude) = Claude::for_tests() else { return };
    told_in_order(&claude);
}

#[test]
fn what_the_old_version_does_is_told_in_its_order() {
    let Some(claude) = Claude::old_for_tests() else { return };
    told_in_order(&claude);
}

fn told_in_order(claude: &Claude) {
    let (world, mock) = (crate::states::hooked(claude), Mock::start());
    let (url, got) = receiver(&["200 OK"]);
    let file = world.root().join("told");
    let script = "printf '%s|%s\\n' \"$CLAUDECTL_EVENT\" \"$1\" >> \"$2\"";
    let run = json!(["/bin/sh", "-c", script, "sh", "{text}", file.display().to_string()]);
    user_config(
        &world,
        &format!(
            "[gate]\nmode = \"observe\"\n[hooks.on_needs_input]\nrun = {run}\n[webhooks.mine]\nurl = \"{url}\"\nevents = [\"on_needs_input\"]\n"
        ),
    );
    let cmd = || world.cmd().env("CLAUDECTL_NOW", "");
    let mut stream = Stream::start(&cmd().args(["up", "--json", "--heartbeat", "0s"]));
    leading(&mut stream, true);
    let dashboard = Terminal::start(&cmd(), 120, 30);
    let Some(client) = Drive::start_new(claude, &world, &mock, A) else { return };
    let mut reached = |state: &str, detail: &str| {
        event(&mut stream, |found| {
            let status = &found["session"]["status"];
            found["event"] == "session"
                && found["session"]["id"] == A
                && status["state"] == state
                && status["detail"].as_str().unwrap_or_default().contains(detail)
        })
    };
    reached("idle", "");
    client.working();
    reached("working", "");
    client.interrupted();
    reached("waiting", "interrupted");
    client.permission();
    reached("needs-permission", "Bash: python3 -c 'print(19 + 23)'");
    dashboard.shows("! needs-permission");
    client.answered_yes();
    reached("waiting", "");
    client.killed();
    let ended = reached("finished", "");
    assert_eq!(ended["session"]["pid"], Value::Null);
    for sink in ["hook:on_needs_input", "webhook:mine"] {
        let is_sent = |line: &str| line.contains(sink) && line.contains("\"state\":\"sent\"");
        let sent = stream.seen.iter().any(|(_, line)| is_sent(line)) || stream.until(LONG, is_sent).is_some();
        assert!(sent, "{sink}: {:#?}", stream.seen);
    }
    let notices = stream.seen.iter().filter(|(_, line)| line.contains("\"event\":\"notice\""));
    let mut notices: Vec<Value> = notices.map(|(_, line)| serde_json::from_str(line).unwrap()).collect();
    notices.sort_by_key(|notice| notice["sink"].to_string());
    let sinks: Vec<&Value> = notices.iter().map(|notice| &notice["sink"]).collect();
    assert_eq!(sinks, ["hook:on_needs_input", "webhook:mine"], "{notices:#?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "on_needs_input|Bash: python3 -c 'print(19 + 23)'\n");
    let all: Vec<(String, String)> = got.try_iter().collect();
    assert_eq!((all.len(), all[0].0.as_str()), (1, notices[0]["notice"]["id"].as_str().unwrap()));
    let body: Value = serde_json::from_str(&all[0].1).unwrap();
    let about = &body["data"]["session"];
    assert_eq!((&about["id"], &about["state"]), (&json!(A), &json!("needs-permission")), "{body:#}");
    assert_eq!((&about["detail"], &about["pid"]), (&body["data"]["text"], &json!(client.terminal().pid())));
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_to_be_ignored_is() {
    let world = world();
    let nohup = world.claudectl(std::path::Path::new("nohup"));
    let mut stream = Stream::start(&nohup.arg(crate::BIN).args(["up", "--heartbeat", "0s"]));
    leading(&mut stream, true);
    let pid = Pid::from_raw(i32::try_from(stream.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::HUP).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(event(&mut stream, |found| found["event"] == "shutdown")["signal"], "SIGTERM");
}

#[test]
fn where_nothing_can_be_kept_it_is_told_all_the_same() {
    let world = world();
    let (hook, file) = log_hook(&world, r#"["on_needs_input"]"#);
    user_config(&world, &hook);
    std::fs::create_dir_all(world.state_dir().join("state.db")).unwrap();
    let (_process, row) = live(&world, A);
    asking(&row).write(&world.config_dir());
    let mut stream = up(&world);
    let sent = told(&mut stream, "hook:log", "on_needs_input");
    assert_eq!(sent["state"], "sent");
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 1);
}

#[test]
fn it_says_now_and_then_that_it_runs() {
    let world = world();
    let (_process, _row) = live(&world, A);
    let mut stream = Stream::start(&world.cmd().args(["up", "--heartbeat", "1s"]));
    let beat = event(&mut stream, |found| found["event"] == "heartbeat");
    assert_eq!(
        (&beat["leading"], &beat["sessions"], &beat["attention"]),
        (&json!(true), &json!(1), &json!(0))
    );
}

#[test]
fn quiet_hours_a_pause_and_a_project_that_is_left_out_are_reasons() {
    let world = world();
    // The world's clock stands at noon.
    user_config(
        &world,
        "[hooks.quiet]\nrun = [\"true\"]\nevents = [\"on_finished\"]\nquiet = true\n\
         [hooks.not_here]\nrun = [\"true\"]\nevents = [\"on_finished\"]\nprojects_exclude = [\"work\"]\n\
         [hooks.here]\nrun = [\"true\"]\nevents = [\"on_finished\"]\nprojects = [\"work\"]\n\
         [hooks.later]\nrun = [\"true\"]\nevents = [\"on_needs_input\"]\nmin_wait = \"1h\"\n\
         [notify]\nquiet_hours = \"11:00-13:00\"\n",
    );
    let (mut process, row) = live(&world, A);
    asking(&row).write(&world.config_dir());
    let mut stream = up(&world);
    listed(&mut stream, A);
    process.kill();
    let mut all = std::collections::BTreeMap::new();
    while all.len() < 4 {
        let found = event(&mut stream, |found| found["event"] == "notice");
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        all.insert(text("sink"), (text("state"), text("reason")));
    }
    let expected = [
        ("hook:here", "sent", ""),
        ("hook:later", "suppressed", "it was over before min_wait"),
        ("hook:not_here", "suppressed", "project is left out"),
        ("hook:quiet", "suppressed", "quiet hours"),
    ];
    let expected: std::collections::BTreeMap<String, (String, String)> = expected
        .iter()
        .map(|(sink, state, reason)| ((*sink).to_owned(), ((*state).to_owned(), (*reason).to_owned())))
        .collect();
    assert_eq!(all, expected);
}

#[test]
fn a_budget_of_the_day_is_told() {
    // Nothing says when the sums of the start are there, which take as long as the machine lets them: what is spent before
    // is no news. The next try gives them longer.
    let told = (1..=5).find_map(|patience| told_of_the_day(Duration::from_secs(patience)));
    let told: Value = serde_json::from_str(&told.expect("it is told")).unwrap();
    assert_eq!(told["notice"]["title"], "over budget: today");
    assert_eq!(told["notice"]["session"], Value::Null);
}

/// The notice of a day that is past its budget. So long is waited before anything is spent; some times as long behind.
fn told_of_the_day(patience: Duration) -> Option<String> {
    let world = world();
    user_config(
        &world,
        "[budget]\nday_usd = 5.0\n[hooks.on_budget_exceeded]\nrun = [\"true\"]\n[hooks.on_budget_warning]\nrun = [\"true\"]\n",
    );
    let (_process, row) = live(&world, A);
    // By the real clock, because time has to go on between two sums.
    let now = claudectl_fleet::session::rfc3339(claudectl_testkit::now_ms()).unwrap();
    let mut transcript = crate::one_reply(&world, A, "claude-opus-5-5", Usage::new(1_000, 1));
    transcript.at(&now).assistant(|m| m.text("a").usage(Usage::new(1_000, 1)));
    transcript.write(&world.config_dir());
    let mut stream = Stream::start(&world.cmd().env("CLAUDECTL_NOW", "").args(["up", "--heartbeat", "0s"]));
    listed(&mut stream, A);
    let is_told = |line: &str| line.contains("\"event\":\"notice\"");
    if let Some((_, early)) = stream.until(patience, is_told) {
        panic!("nothing is spent: {early}");
    }
    (1..=6).find_map(|spent| {
        transcript.at(&now).assistant(|m| m.text("x").usage(Usage::new(1_500_000 * spent, 1)));
        transcript.write(&world.config_dir());
        row.clone().set("tick", spent).write(&world.config_dir());
        stream.until(patience * 3, is_told).map(|(_, line)| line)
    })
}

/// Not how little it takes, but that it takes nothing.
#[cfg(target_os = "linux")]
#[test]
fn nothing_runs_while_nothing_happens() {
    let world = world();
    let (hook, _file) = log_hook(&world, r#"["on_needs_input", "on_budget_exceeded"]"#);
    user_config(&world, &hook);
    let sessions: Vec<_> =
        (0..20).map(|n| live(&world, &format!("{n:08}-0000-4000-8000-000000000000"))).collect();
    let mut leads = up(&world);
    listed(&mut leads, &format!("{:08}-0000-4000-8000-000000000000", sessions.len() - 1));
    let mut waits = up(&world);
    leading(&mut waits, false);
    for stream in [&mut leads, &mut waits] {
        let mut before = crate::watch::used(stream.pid());
        claudectl_testkit::wait_for(LONG, || {
            let (last, now) = (before, crate::watch::used(stream.pid()));
            before = now;
            stream.until(Duration::from_millis(300), |_| false);
            (last == now).then_some(())
        });
        let still = crate::watch::used(stream.pid());
        stream.until(Duration::from_secs(2), |_| false);
        assert_eq!(crate::watch::used(stream.pid()), still);
    }
}

#[test]
fn the_unit_of_systemd_is_one_and_is_taken_out_again() {
    let world = world();
    let out = world.run(["up", "--install", "--systemd", "--dry-run"]).success();
    assert!(!out.stdout.contains("--config"), "a file that is named has to be there: {}", out.stdout);
    user_config(&world, "[notify]\nbell = true\n");
    let out = world.run(["up", "--install", "--systemd", "--dry-run"]).success();
    assert!(out.stdout.contains("Would write ~/.config/systemd/user/claudectl.service"), "{}", out.stdout);
    assert!(
        out.stdout
            .contains("\"up\" \"--home\" \"$STATE\" \"--config\" \"$HOME/.config/claudectl/config.toml\""),
        "{}",
        out.stdout
    );
    let path = world.home().join(".config/systemd/user/claudectl.service");
    assert!(!path.exists());
    let out = world.run(["up", "--install", "--systemd"]).success();
    assert!(
        out.stdout.contains("Nothing was started")
            && out.stdout.contains("systemctl --user enable --now claudectl.service"),
        "{}",
        out.stdout
    );
    world.run(["up", "--install", "--systemd"]).success();
    verify(&world, &path);
    let text = std::fs::read_to_string(&path).unwrap();
    // Lines of one's own are not lost.
    std::fs::write(&path, format!("{text}Nice=5\n")).unwrap();
    let out = world.run(["up", "--install", "--systemd"]).success().stdout;
    assert!(
        out.contains("systemctl --user restart")
            && out.contains("kept as ~/.config/systemd/user/claudectl.service.before"),
        "{out}"
    );
    assert!(
        std::fs::read_to_string(path.with_file_name("claudectl.service.before"))
            .unwrap()
            .ends_with("Nice=5\n")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    std::fs::write(&path, "[Service]\nExecStart=/bin/true\n").unwrap();
    for args in [["up", "--install", "--systemd"], ["up", "--uninstall", "--systemd"]] {
        let out = world.run(args).fails_with(1);
        assert!(out.stderr.contains("is not ours"), "{}", out.stderr);
    }
    std::fs::write(&path, text).unwrap();
    let wants = path.with_file_name("default.target.wants");
    std::fs::create_dir(&wants).unwrap();
    std::os::unix::fs::symlink(&path, wants.join("claudectl.service")).unwrap();
    let out = world.run(["up", "--uninstall", "--systemd"]).success();
    assert!(out.stdout.contains("systemctl --user stop"), "{}", out.stdout);
    assert!(!path.exists() && !wants.join("claudectl.service").is_symlink());
    let out = world.run(["up", "--uninstall", "--systemd"]).success();
    assert!(out.stdout.contains("nothing to do"), "{}", out.stdout);
}

/// As it is printed in a test.
fn shown(world: &World, text: &str) -> String {
    let place = |path: PathBuf| path.display().to_string();
    text.replace(&place(world.home()), "$HOME").replace(&place(world.state_dir()), "$STATE")
}

/// Whether systemd understands it, where there is one to ask.
fn verify(world: &World, unit: &std::path::Path) {
    let ask = |unit: &std::path::Path| {
        let mut ask = std::process::Command::new("systemd-analyze");
        ask.args(["verify", "--user"])
            .arg(unit)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", world.home());
        // It looks for a user manager's folder, and needs none.
        ask.env("XDG_RUNTIME_DIR", world.tmp_dir()).output()
    };
    let wrong = world.write("tmp/wrong.service", "[Service]\nExecStart=/bin/true\nNoSuchKey=yes\n");
    let Ok(said) = ask(&wrong) else { return };
    if !String::from_utf8_lossy(&said.stderr).contains("NoSuchKey") {
        // It cannot be asked here.
        return;
    }
    let said = ask(unit).unwrap();
    assert_eq!((said.status.code(), String::from_utf8_lossy(&said.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn the_property_list_of_launchd_is_one() {
    let world = world();
    let done = run_json(&world, &["up", "--install", "--launchd", "--json"]);
    let path = world.home().join("Library/LaunchAgents/claudectl.up.plist");
    assert_eq!(done["kind"], "launchd");
    assert!(done["next"][0].as_str().unwrap().starts_with("launchctl bootstrap"), "{done}");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("<string>--home</string>")
            && done["text"].as_str().unwrap().lines().eq(shown(&world, &text).lines())
    );
    let parse = "import plistlib, sys; d = plistlib.load(open(sys.argv[1], 'rb')); print(d['ProgramArguments'][1], d['KeepAlive'])";
    let said = std::process::Command::new("python3").args(["-c", parse]).arg(&path).output();
    if let Ok(said) = said {
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "up {'SuccessfulExit': False}", "{said:?}");
    }
    world.run(["up", "--uninstall", "--launchd"]).success();
    assert!(!path.exists());
}

#[test]
fn a_home_that_depends_on_the_folder_and_a_broken_configuration_are_refused() {
    let world = world();
    let out = world.run(["up", "--home", "state"]).fails_with(2);
    assert!(out.stderr.contains("absolute"), "{}", out.stderr);
    user_config(&world, "[hooks.on_waiting]\nrun = \"say hi\"\n");
    let out = world.run(["up"]).fails_with(2);
    assert!(
        out.stderr.contains("write it as a list") && out.stderr.contains("config.toml:2:7"),
        "{}",
        out.stderr
    );
}
