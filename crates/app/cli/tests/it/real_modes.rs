//! What the real Claude Code does with a call, by its mode and by what a hook says before it: every row of the gate's
//! table ([`claudectl_gate::host::seen`]), first with a hook of the test's own, then with claudectl's.
//!
//! That a call ran is seen by what it did, never by what the client says of it. Skipped, loudly, on a machine that
//! cannot have the client.

use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_gate::host::seen::{Became, Kind, VERSION, row};
use claudectl_gate::host::{Allows, allows};
use claudectl_gate::rules::Action;
use claudectl_testkit::claude::Tools;
use claudectl_testkit::{Claude, Cmd, Mock, Scenario, World, wait_for};
use serde_json::{Value, json};

use crate::{A, B, C};

/// Far more than anything here needs: reached only when something is wrong.
const LONG: Duration = Duration::from_secs(60);
/// What hooks are made to say, by a word in the call.
const ANSWERS: [(&str, Option<Action>); 4] = [
    ("allow", Some(Action::Allow)),
    ("ask", Some(Action::Ask)),
    ("deny", Some(Action::Deny)),
    ("none", None),
];

/// A hook that says what the call names (`.deny.`), and nothing where it names nothing; and writes down each event.
const HOOK: &str = r#"#!/bin/sh
input=$(cat)
printf '%s\n' "$input" >>"$0.log"
case $input in
*'"hook_event_name":"PreToolUse"'*) ;;
*) exit 0 ;;
esac
case $input in
# The client wants a file to have been read before it is edited.
*'"tool_name":"Read"'*/Edit*) exit 0 ;;
*.allow.*) said=allow ;;
*.ask.*) said=ask ;;
*.deny.*) said=deny ;;
*) exit 0 ;;
esac
event='"hookEventName":"PreToolUse"'
reason='"permissionDecisionReason":"as the call says"'
printf '{"hookSpecificOutput":{%s,"permissionDecision":"%s",%s}}\n' "$event" "$said" "$reason"
[ "$said" != deny ] || exit 2
"#;

/// A call of the scenario: its kind, whether a subagent makes it, and the word for the hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Made {
    kind: Kind,
    by_agent: bool,
    word: &'static str,
}

/// Each kind of call, of the session and of a subagent, with each word.
fn all() -> impl Iterator<Item = Made> {
    let words = ANSWERS.map(|(word, _)| word).into_iter();
    let kinds = |word| {
        let made = move |by_agent| move |kind| Made { kind, by_agent, word };
        let own = Kind::ALL.into_iter().map(made(false));
        own.chain(Kind::ALL.into_iter().filter(|kind| *kind != Kind::Agent).map(made(true)))
    };
    words.flat_map(kinds)
}

impl Made {
    fn who(self) -> &'static str {
        if self.by_agent { "a subagent" } else { "the session" }
    }

    fn id(self) -> String {
        format!("toolu_{}_{:?}_{}", self.who().replace(' ', "_"), self.kind, self.word)
    }

    /// The file that it is about.
    fn file(self) -> String {
        format!("{:?}{}.{}.txt", self.kind, if self.by_agent { "-sub" } else { "" }, self.word)
    }

    fn path(self, world: &World) -> PathBuf {
        match self.kind {
            Kind::Read => world.root().join("out").join(self.file()),
            _ => world.work_dir().join(self.file()),
        }
    }

    /// What the file that is read holds, and what a tool or a subagent is told.
    fn text(self) -> String {
        format!("{:?} with .{}. for {}", self.kind, self.word, self.who())
    }

    fn call(self, world: &World) -> Value {
        let (file, path) = (self.file(), self.path(world));
        let (name, input) = match self.kind {
            Kind::Command => {
                ("Bash".to_owned(), json!({"command": format!("touch {file}"), "description": "make it"}))
            }
            Kind::Write => ("Write".to_owned(), json!({"file_path": path, "content": "x"})),
            // The client wants it to have been read: that call has no answer.
            Kind::Edit => {
                ("Edit".to_owned(), json!({"file_path": path, "old_string": "old", "new_string": "new"}))
            }
            Kind::Read => ("Read".to_owned(), json!({"file_path": path})),
            Kind::Mcp => (format!("mcp__kit__{}", self.word), json!({"text": self.text()})),
            Kind::Agent => (
                "Agent".to_owned(),
                json!({
                    "description": format!("a .{}. agent", self.word), "prompt": format!("LANE-IDLE {}", self.text()),
                    "subagent_type": "general-purpose", "run_in_background": false,
                }),
            ),
        };
        json!({"tool_use": [{"name": name, "input": input, "id": self.id()}]})
    }

    /// What the client has to have done before.
    fn before(self, world: &World) -> Option<Value> {
        let read = json!({"name": "Read", "input": {"file_path": self.path(world)}});
        (self.kind == Kind::Edit).then(|| json!({"tool_use": [read]}))
    }

    /// Whether it ran, by what it did.
    fn ran(self, world: &World, mock: &Mock, tools: &Tools) -> bool {
        let path = self.path(world);
        match self.kind {
            Kind::Command | Kind::Write => path.exists(),
            Kind::Edit => std::fs::read_to_string(path).unwrap() == "new\n",
            Kind::Read => mock.turns().iter().any(|turn| turn.body.to_string().contains(&self.text())),
            Kind::Mcp => tools.calls().contains(&(self.word.to_owned(), self.text())),
            Kind::Agent => {
                let told = format!("LANE-IDLE {}", self.text());
                mock.turns().iter().any(|turn| turn.agent.is_some() && turn.body.to_string().contains(&told))
            }
        }
    }
}

/// Writes what calls are about, and what the model says.
fn scenario(world: &World, made: &[Made]) -> Scenario {
    for one in made {
        match one.kind {
            Kind::Edit => drop(world.write(one.path(world), "old\n")),
            Kind::Read => drop(world.write(one.path(world), one.text())),
            _ => {}
        }
    }
    let turns = |by_agent: bool| {
        let own = made.iter().filter(|one| one.by_agent == by_agent);
        own.flat_map(|one| one.before(world).into_iter().chain([one.call(world)])).collect::<Vec<_>>()
    };
    let (mut own, mut sub) = (turns(false), turns(true));
    if !sub.is_empty() {
        let input = json!({
            "description": "an .allow. agent", "prompt": "LANE-BUSY go", "subagent_type": "general-purpose",
            "run_in_background": false,
        });
        own.push(json!({"tool_use": [{"name": "Agent", "input": input, "id": "toolu_busy"}]}));
    }
    own.push(json!({"text": "Done."}));
    sub.push(json!({"text": "Done, too."}));
    let idle: Vec<Value> = (0..9).map(|_| json!({"text": "Nothing to do."})).collect();
    let scenario = json!({
        "turns": own,
        "fallback": {"text": "Nothing more."},
        "lanes": {
            "busy": {"match": "LANE-BUSY", "turns": sub},
            "idle": {"match": "LANE-IDLE", "turns": idle},
        },
    });
    serde_json::from_value(scenario).unwrap()
}

/// The client in a mode: `-p` and the arguments.
fn headless(claude: &Claude, world: &World, mock: &Mock, mode: &str, session: &str, prompt: &str) -> Cmd {
    let run = claude.headless(world, mock).args(["-p", prompt, "--session-id", session]);
    // As root this mode is refused, unless the machine is said to be of no value.
    run.args(["--permission-mode", mode, "--output-format", "json"]).env("IS_SANDBOX", "1")
}

/// Settings with the test's own hook.
fn own_hook(world: &World) -> (PathBuf, PathBuf) {
    let script = world.write("hook/say.sh", HOOK);
    let hook = json!([{"hooks": [{"type": "command", "command": format!("/bin/sh {}", script.display())}]}]);
    let events = ["PreToolUse", "PostToolUse", "PermissionRequest", "Stop"];
    let hooks: serde_json::Map<String, Value> =
        events.map(|event| (event.to_owned(), hook.clone())).into_iter().collect();
    let settings = world.write("hook/settings.json", json!({ "hooks": hooks }).to_string());
    (settings, world.root().join("hook/say.sh.log"))
}

fn events(log: &Path) -> Vec<Value> {
    let told = std::fs::read_to_string(log).unwrap_or_default();
    told.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The version that runs, whichever was asked for.
fn version(claude: &Claude, world: &World, mock: &Mock) -> String {
    let said = claude.headless(world, mock).arg("--version").run().success().stdout;
    said.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Everything in a mode, without a terminal.
fn without_a_terminal(mode: &str) {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::with_bin(crate::BIN), Mock::start());
    let version = version(&claude, &world, &mock);
    let tools = Tools::new(&world, &ANSWERS.map(|(word, _)| word));
    let (settings, log) = own_hook(&world);
    let made: Vec<Made> = all().collect();
    mock.scenario("modes", scenario(&world, &made));
    let run = headless(&claude, &world, &mock, mode, A, "go [[scenario:modes]]");
    let out = run.arg("--settings").arg(settings).arg("--mcp-config").arg(tools.config()).run();

    let told = events(&log);
    let mut wrong = Vec::new();
    for (word, said) in ANSWERS {
        let row = row(mode, said).unwrap_or_else(|| panic!("no row of {mode} and {word}"));
        for one in made.iter().filter(|one| one.word == word) {
            let was_asked = |event: &Value| {
                event["hook_event_name"] == "PreToolUse" && event["tool_use_id"] == one.id().as_str()
            };
            let expected = row.ran.contains(&one.kind);
            let ran = one.ran(&world, &mock, &tools);
            let names = |ran: bool| if ran { Became::Ran.word() } else { Became::Refused.word() };
            let call = format!(
                "Claude Code {version} in mode {mode}, the hook says {word}, {} of {}",
                one.kind.word(),
                one.who()
            );
            if !told.iter().any(was_asked) {
                wrong.push(format!("{call}: the hook was not called"));
            }
            if ran != expected {
                wrong.push(format!(
                    "{call}: expected {} (as of {VERSION}), observed {}",
                    names(expected),
                    names(ran)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), out.stderr);
}

/// A command in a mode with each answer, at a terminal, where a person can be asked.
fn at_a_terminal(mode: &str) {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::with_bin(crate::BIN), Mock::start());
    let version = version(&claude, &world, &mock);
    let tools = Tools::new(&world, &[]);
    let (settings, log) = own_hook(&world);
    let client =
        claude.interactive(&world, &mock).args(["--session-id", A, "--permission-mode", mode, "--settings"]);
    let Some(terminal) = client.args([settings]).env("IS_SANDBOX", "1").start_for_tests() else { return };
    let registry = || {
        let file = world.config_dir().join(format!("sessions/{}.json", terminal.pid()));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        serde_json::from_str::<Value>(&text).unwrap_or_default()["status"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let becomes = |status: &str| {
        let is = wait_for(LONG, || (registry() == status).then_some(()));
        assert!(is.is_some(), "never {status}, but {}:\n{}", registry(), terminal.screen());
    };
    becomes("idle");
    let mut wrong = Vec::new();
    for (word, said) in ANSWERS {
        let one = Made { kind: Kind::Command, by_agent: false, word };
        mock.scenario(word, scenario(&world, &[one]));
        std::fs::remove_file(&log).ok();
        terminal.say(&format!("go on [[scenario:{word}]]"));
        let has = |event: &str| events(&log).iter().any(|told| told["hook_event_name"] == event);
        let ended = wait_for(LONG, || {
            if registry() == "waiting" { Some(Became::Asked) } else { has("Stop").then_some(Became::Refused) }
        });
        let mut became =
            ended.unwrap_or_else(|| panic!("no end of {word} in {mode}:\n{}", terminal.screen()));
        if became == Became::Asked {
            terminal.wait_for(|screen| screen.contains("Do you want to proceed?"), LONG);
            // Of a dialog of its own judge, in `plan`, hooks are told nothing.
            let told = said != Some(Action::Ask)
                || wait_for(LONG, || has("PermissionRequest").then_some(())).is_some();
            assert!(told, "no hook is told of the dialog in {mode}");
            assert!(!one.ran(&world, &mock, &tools), "it waits for the answer");
            // A key that is pressed before the dialog stands is lost.
            let closed = wait_for(LONG, || {
                terminal.keys(&["Escape"]);
                wait_for(Duration::from_secs(1), || (registry() == "idle").then_some(()))
            });
            assert!(closed.is_some(), "the dialog stays:\n{}", terminal.screen());
        } else if one.ran(&world, &mock, &tools) {
            became = Became::Ran;
        }
        becomes("idle");
        assert!(has("PreToolUse"), "the hook was not called");
        let expected = row(mode, said).unwrap().at_terminal;
        if became != expected {
            wrong.push(format!(
                "Claude Code {version} in mode {mode} at a terminal, the hook says {word}, Bash of the session: expected {} (as of {VERSION}), observed {}",
                expected.word(),
                became.word()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A hook of somebody else's that starts the busy subagent, where the host would not: for that tool alone.
const STARTER: &str = r#"#!/bin/sh
case $(cat) in *LANE-BUSY*) said='"permissionDecision":"allow"' ;; *) exit 0 ;; esac
printf '{"hookSpecificOutput":{"hookEventName":"PreToolUse",%s}}\n' "$said"
"#;

/// The person's rules: by the word in a file's or a tool's name, and for subagents by the session.
fn rules(world: &World) -> String {
    let mut text = String::new();
    let out = world.root().join("out").display().to_string();
    for (word, session) in [("allow", A), ("ask", B), ("deny", C)] {
        let conditions = [
            format!(
                "tool = [\"Bash\", \"Write\", \"Edit\"]\npath = [\"*.{word}.txt\"]\neffect = [\"write\"]"
            ),
            format!("tool = [\"Read\"]\npath = [\"{out}/*.{word}.txt\"]"),
            format!("tool = [\"mcp__kit__{word}\"]"),
            format!("tool = [\"Agent\"]\nsession = [\"{session}\"]"),
        ];
        for (at, condition) in conditions.into_iter().enumerate() {
            text.push_str(&format!(
                "[[rules]]\nname = \"{word} {at}\"\naction = \"{word}\"\nreason = \"by rule\"\n{condition}\n"
            ));
        }
    }
    text
}

/// A world whose client calls claudectl's hooks, and in which a pass was made.
pub(crate) fn installed(claude: &Claude, world: &World, rules: &str) {
    world.write("home/.config/claudectl/rules.toml", rules);
    world.cmd().args(["init", "--host-version", claude.version(), "--no-statusline"]).run().success();
    world.cmd().arg("tick").env("CLAUDECTL_NOW", "").run().success();
}

/// What the gate's log has of calls, by the real clock.
pub(crate) fn logged(world: &World) -> Vec<Value> {
    let log = world.cmd().args(["gate", "log", "--limit", "0", "--json"]).env("CLAUDECTL_NOW", "");
    log.run().success().json().as_array().cloned().unwrap_or_default()
}

/// The same with claudectl's own hooks: what the gate decides takes effect in each mode as the table has it.
fn with_claudectl(mode: &str) {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::with_bin(crate::BIN), Mock::start());
    installed(&claude, &world, &rules(&world));
    let tools = Tools::new(&world, &ANSWERS.map(|(word, _)| word));
    let made: Vec<Made> = all().filter(|one| one.word != "none").collect();
    let is_agent = |one: &&Made| one.kind == Kind::Agent && one.word != "allow";
    let (apart, together): (Vec<&Made>, Vec<&Made>) = made.iter().partition(is_agent);
    let together: Vec<Made> = together.into_iter().copied().collect();
    mock.scenario("modes", scenario(&world, &together));
    let mut run = headless(&claude, &world, &mock, mode, A, "go [[scenario:modes]]");
    run = run.arg("--mcp-config").arg(tools.config());
    let starts = matches!(mode, "auto" | "plan");
    if starts {
        let script = world.write("hook/start.sh", STARTER);
        let hook = json!({"type": "command", "command": format!("/bin/sh {}", script.display())});
        let hooks = json!({"hooks": {"PreToolUse": [{"matcher": "Agent", "hooks": [hook]}]}});
        run = run.arg("--settings").arg(world.write("hook/start.json", hooks.to_string()));
    }
    let mut said = run.run().stderr.clone();
    for (one, session) in apart.iter().zip([B, C]) {
        mock.scenario(one.word, scenario(&world, &[**one]));
        let prompt = format!("go [[scenario:{}]]", one.word);
        said.push_str(&headless(&claude, &world, &mock, mode, session, &prompt).run().stderr);
    }

    let log = logged(&world);
    let mut wrong = Vec::new();
    for one in &made {
        let call = format!("{} of {} in mode {mode}, by the rule {}", one.kind.word(), one.who(), one.word);
        let Some(found) = log.iter().find(|found| found["tool_use_id"] == one.id().as_str()) else {
            wrong.push(format!("{call}: the gate was not asked"));
            continue;
        };
        let all = allows(mode) == Allows::All;
        let expected = ANSWERS.into_iter().find(|(word, _)| *word == one.word).and_then(|(_, said)| said);
        let expected = expected.filter(|said| *said != Action::Allow || all);
        let ran = one.ran(&world, &mock, &tools);
        let should_run = row(mode, expected).unwrap().ran.contains(&one.kind);
        let mut check = |what: &str, is: bool| {
            if !is {
                wrong.push(format!("{call}: {what}: {found}"));
            }
        };
        check("the verdict", found["verdict"] == one.word);
        check("what was said", found["said"] == expected.map_or(Value::Null, |said| json!(said.word())));
        check("what was withheld", found["withheld"].is_string() == expected.is_none());
        check("the hash of its input", found["input_hash"].as_str().is_some_and(|hash| hash.len() == 32));
        check("the mode", found["permission_mode"] == mode);
        check("who it was", found["agent"].is_string() == one.by_agent);
        check(if ran { "it ran" } else { "it did not run" }, ran == should_run);
        check("the outcome", (found["outcome"]["what"] == "ran") == ran);
        check("its input changed", found["outcome"]["changed"] != true);
    }
    assert!(wrong.is_empty(), "{}\n{said}", wrong.join("\n"));
}

#[test]
fn the_table_holds_in_default() {
    without_a_terminal("default");
}

#[test]
fn the_table_holds_in_default_at_a_terminal() {
    at_a_terminal("default");
}

#[test]
fn the_gate_takes_effect_in_default() {
    with_claudectl("default");
}

#[test]
fn the_table_holds_in_accept_edits() {
    without_a_terminal("acceptEdits");
}

#[test]
fn the_table_holds_in_accept_edits_at_a_terminal() {
    at_a_terminal("acceptEdits");
}

#[test]
fn the_gate_takes_effect_in_accept_edits() {
    with_claudectl("acceptEdits");
}

#[test]
fn the_table_holds_in_plan() {
    without_a_terminal("plan");
}

#[test]
fn the_table_holds_in_plan_at_a_terminal() {
    at_a_terminal("plan");
}

#[test]
fn the_gate_takes_effect_in_plan() {
    with_claudectl("plan");
}

#[test]
fn the_table_holds_in_dont_ask() {
    without_a_terminal("dontAsk");
}

#[test]
fn the_table_holds_in_dont_ask_at_a_terminal() {
    at_a_terminal("dontAsk");
}

#[test]
fn the_gate_takes_effect_in_dont_ask() {
    with_claudectl("dontAsk");
}

#[test]
fn the_table_holds_in_bypass_permissions() {
    without_a_terminal("bypassPermissions");
}

#[test]
fn the_table_holds_in_bypass_permissions_at_a_terminal() {
    at_a_terminal("bypassPermissions");
}

#[test]
fn the_gate_takes_effect_in_bypass_permissions() {
    with_claudectl("bypassPermissions");
}

#[test]
fn the_table_holds_in_auto() {
    without_a_terminal("auto");
}

#[test]
fn the_table_holds_in_auto_at_a_terminal() {
    at_a_terminal("auto");
}

#[test]
fn the_gate_takes_effect_in_auto() {
    with_claudectl("auto");
}
