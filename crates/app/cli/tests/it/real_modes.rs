//! What the real Claude Code does with a call, by its mode and by what a hook says before it: every row of the gate's
//! table ([`claudectl_gate::host::seen`]), first with a hook of the test's own, then with claudectl's.
//!
//! That a call ran is seen by what it did, never by what the client says of it. Skipped, loudly, on a machine that
//! cannot have the client.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_gate::host::seen::{Became, Kind, Place, VERSION, row};
use claudectl_gate::host::{Allows, allows};
use claudectl_gate::rules::Action;
use claudectl_testkit::claude::{Sites, Tools};
use claudectl_testkit::{Claude, Cmd, Mock, Scenario, Tmux, World, wait_for};
use serde_json::{Value, json};

use crate::{A, B, C};

/// Far more than anything here needs: reached only when something is wrong.
const LONG: Duration = Duration::from_secs(60);
/// How long a dialog has to show that it took a key; after that it is pressed again.
const TAKEN: Duration = Duration::from_secs(3);
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
*'"tool_name":"Read"'*/Edit*|*'"tool_name":"Read"'*/Notebook*) exit 0 ;;
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

/// A notebook of one cell.
const NOTEBOOK: &str = r#"{"cells": [{"cell_type": "code", "id": "c1", "metadata": {}, "source": ["old"], "outputs": [],
"execution_count": null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#;

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

    /// Which one it is, for a person.
    fn name(self) -> String {
        format!("{} of {}", self.kind.word(), self.who())
    }

    /// The file that it is about.
    fn file(self) -> String {
        let ending = if self.kind == Kind::Notebook { "ipynb" } else { "txt" };
        format!("{:?}{}.{}.{ending}", self.kind, if self.by_agent { "-sub" } else { "" }, self.word)
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

    /// The client wants it to have been read before it is changed: that call has no answer.
    fn is_read_before(self) -> bool {
        matches!(self.kind, Kind::Edit | Kind::Notebook)
    }
}

/// All that calls are about.
struct Around {
    world: World,
    mock: Mock,
    tools: Tools,
    sites: Sites,
}

impl Around {
    fn new() -> Self {
        let world = World::with_bin(crate::BIN);
        let tools = Tools::new(&world, &ANSWERS.map(|(word, _)| word));
        let sites = Sites::new(all().filter(|one| one.kind == Kind::Fetch).map(Made::file));
        Self { world, mock: Mock::start(), tools, sites }
    }

    fn call(&self, one: Made) -> Value {
        let (file, path) = (one.file(), one.path(&self.world));
        let (name, input) = match one.kind {
            Kind::Command => {
                ("Bash".to_owned(), json!({"command": format!("touch {file}"), "description": "make it"}))
            }
            Kind::Write => ("Write".to_owned(), json!({"file_path": path, "content": "x"})),
            Kind::Edit => {
                ("Edit".to_owned(), json!({"file_path": path, "old_string": "old", "new_string": "new"}))
            }
            Kind::Notebook => (
                "NotebookEdit".to_owned(),
                json!({"notebook_path": path, "cell_id": "c1", "new_source": "new"}),
            ),
            Kind::Read => ("Read".to_owned(), json!({"file_path": path})),
            Kind::Fetch => {
                ("WebFetch".to_owned(), json!({"url": self.sites.url(&file), "prompt": "What is it?"}))
            }
            Kind::Mcp => (format!("mcp__kit__{}", one.word), json!({"text": one.text()})),
            Kind::Agent => (
                "Agent".to_owned(),
                json!({
                    "description": format!("a .{}. agent", one.word), "prompt": format!("LANE-IDLE {}", one.text()),
                    "subagent_type": "general-purpose", "run_in_background": false,
                }),
            ),
        };
        json!({"tool_use": [{"name": name, "input": input, "id": one.id()}]})
    }

    /// Whether it ran, by what it did.
    fn ran(&self, one: Made) -> bool {
        let path = one.path(&self.world);
        let text = |path| std::fs::read_to_string(path).unwrap();
        match one.kind {
            Kind::Command | Kind::Write => path.exists(),
            Kind::Edit => text(path) == "new\n",
            Kind::Notebook => !text(path).contains("old"),
            Kind::Read => self.told(false, &one.text()),
            Kind::Fetch => self.sites.visited(&one.file()),
            Kind::Mcp => self.tools.calls().contains(&(one.word.to_owned(), one.text())),
            Kind::Agent => self.told(true, &format!("LANE-IDLE {}", one.text())),
        }
    }

    /// Whether the model was told something: looked for in the end of each request, where all of it once stood.
    fn told(&self, only_agents: bool, text: &str) -> bool {
        self.mock.turns().iter().filter(|turn| !only_agents || turn.agent.is_some()).any(|turn| {
            let messages = turn.body["messages"].as_array().map_or(&[][..], Vec::as_slice);
            messages.iter().rev().take(3).any(|message| message.to_string().contains(text))
        })
    }

    /// Writes what calls are about, and what the model says.
    fn scenario(&self, made: &[Made]) -> Scenario {
        for one in made {
            let path = one.path(&self.world);
            match one.kind {
                Kind::Edit => drop(self.world.write(path, "old\n")),
                Kind::Notebook => drop(self.world.write(path, NOTEBOOK)),
                Kind::Read => drop(self.world.write(path, one.text())),
                _ => {}
            }
        }
        let turns = |by_agent: bool| {
            let own: Vec<Made> = made.iter().copied().filter(|one| one.by_agent == by_agent).collect();
            let read = |one: Made| json!({"name": "Read", "input": {"file_path": one.path(&self.world)}});
            let before: Vec<Value> =
                own.iter().copied().filter(|one| one.is_read_before()).map(read).collect();
            let before = (!before.is_empty()).then(|| json!({ "tool_use": before }));
            before.into_iter().chain(own.into_iter().map(|one| self.call(one))).collect::<Vec<_>>()
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
}

/// The client in a mode: `-p` and the arguments.
fn headless(claude: &Claude, world: &World, mock: &Mock, mode: &str, session: &str, prompt: &str) -> Cmd {
    let run = claude.headless(world, mock).args(["-p", prompt, "--session-id", session]);
    // As root this mode is refused, unless the machine is said to be of no value.
    run.args(["--permission-mode", mode, "--output-format", "json"]).env("IS_SANDBOX", "1")
}

/// Settings with hooks. Before a page is fetched the client would ask its maker about the site, and what moves on its
/// screen takes the time of a processor.
fn settings(hooks: &Value) -> Value {
    json!({"skipWebFetchPreflight": true, "prefersReducedMotion": true, "hooks": hooks})
}

/// Settings with the test's own hook.
fn own_hook(world: &World) -> (PathBuf, PathBuf) {
    let script = world.write("hook/say.sh", HOOK);
    let hook = json!([{"hooks": [{"type": "command", "command": format!("/bin/sh {}", script.display())}]}]);
    let events = ["PreToolUse", "PermissionRequest", "Stop"];
    let hooks: serde_json::Map<String, Value> =
        events.map(|event| (event.to_owned(), hook.clone())).into_iter().collect();
    let settings = world.write("hook/settings.json", settings(&Value::Object(hooks)).to_string());
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

/// What became of calls, against the table: a line for each cell that is another.
fn against_the_table(
    version: &str,
    mode: &str,
    made: &[Made],
    told: &[Value],
    place: impl Fn(Made) -> Place,
    became: impl Fn(Made) -> Became,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for one in made {
        let (_, said) = ANSWERS.into_iter().find(|(word, _)| *word == one.word).unwrap();
        let place = place(*one);
        let at = if place == Place::Headless { "without a terminal" } else { "at a terminal" };
        let call =
            format!("Claude Code {version} in mode {mode} {at}, the hook says {}, {}", one.word, one.name());
        if call_of(told, "PreToolUse", *one).is_none() {
            wrong.push(format!("{call}: the hook was not called"));
        }
        let expected = row(mode, said, place).and_then(|row| row.became(one.kind));
        let expected = expected.unwrap_or_else(|| panic!("the table has nothing of {call}"));
        let observed = became(*one);
        if observed != expected {
            let (expected, observed) = (expected.word(), observed.word());
            wrong.push(format!("{call}: expected {expected} (as of {VERSION}), observed {observed}"));
        }
    }
    wrong
}

/// What a hook was told of a call before it was made.
fn call_of<'a>(told: &'a [Value], event: &str, one: Made) -> Option<&'a Value> {
    told.iter().find(|told| told["hook_event_name"] == event && told["tool_use_id"] == one.id().as_str())
}

/// Everything in a mode, without a terminal.
fn without_a_terminal(mode: &str) {
    let Some(claude) = Claude::for_tests() else { return };
    let around = Around::new();
    let (world, mock) = (&around.world, &around.mock);
    let version = version(&claude, world, mock);
    let (settings, log) = own_hook(world);
    let made: Vec<Made> = all().collect();
    mock.scenario("modes", around.scenario(&made));
    let run = headless(&claude, world, mock, mode, A, "go [[scenario:modes]]");
    let out = run.arg("--settings").arg(settings).arg("--mcp-config").arg(around.tools.config()).run();

    let became = |one| if around.ran(one) { Became::Ran } else { Became::Refused };
    let wrong = against_the_table(&version, mode, &made, &events(&log), |_| Place::Headless, became);
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), out.stderr);
}

/// Everything in a mode, at a terminal, where a person says yes to whatever is asked.
fn at_a_terminal(mode: &str) {
    let Some(claude) = Claude::for_tests() else { return };
    let around = Around::new();
    let (world, mock) = (&around.world, &around.mock);
    let version = version(&claude, world, mock);
    let (settings, log) = own_hook(world);
    let made: Vec<Made> = all().collect();
    mock.scenario("modes", around.scenario(&made));
    let client = claude.interactive(world, mock).args(["--session-id", A, "--permission-mode", mode]);
    let client = client.args(["--settings".as_ref(), settings.as_os_str()]);
    let client = client.args(["--mcp-config".as_ref(), around.tools.config().as_os_str()]);
    let Some(terminal) = client.env("IS_SANDBOX", "1").start_for_tests() else { return };
    // What the client does, and since when; nothing while it writes that down.
    let registry = || {
        let file = world.config_dir().join(format!("sessions/{}.json", terminal.pid()));
        let row: Value = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
        Some((row["status"].as_str()?.to_owned(), row["statusUpdatedAt"].as_i64()?))
    };
    let is = |status: &str| registry().filter(|(found, _)| found == status);
    assert!(wait_for(LONG, || is("idle")).is_some(), "it takes no prompt:\n{}", terminal.screen());
    terminal.say("go [[scenario:modes]]");

    let mut wrong = Vec::new();
    // The calls that a dialog was open about, and since when the last one was.
    let (mut asked, mut answered) = (BTreeSet::new(), 0);
    loop {
        let told = std::fs::read_to_string(&log).unwrap_or_default();
        let has_ended = told.contains(r#""hook_event_name":"Stop""#);
        if has_ended && is("idle").is_some() {
            break;
        }
        // A dialog, the end, or a call: as long as there are some it goes on.
        let opened = || is("waiting").map(|(_, since)| since).filter(|since| *since != answered);
        let goes_on = wait_for(LONG, || {
            let grown = std::fs::metadata(&log).is_ok_and(|log| log.len() > told.len() as u64);
            let more = grown || has_ended && is("idle").is_some();
            opened().or(more.then_some(answered))
        });
        let Some(since) = goes_on else { panic!("it hangs in {mode}:\n{}", terminal.screen()) };
        if since == answered {
            continue;
        }
        // Calls are made one after the other, and hooks are called before a dialog opens.
        let is_last = |told: &Value| {
            let one = made.iter().find(|one| told["tool_use_id"] == one.id().as_str())?;
            (told["hook_event_name"] == "PreToolUse").then_some(*one)
        };
        let one = events(&log).iter().rev().find_map(is_last);
        let one = one.unwrap_or_else(|| panic!("a dialog about no call in {mode}:\n{}", terminal.screen()));
        if around.ran(one) {
            wrong.push(format!("{} with {}: it ran before the answer", one.name(), one.word));
        }
        asked.insert(one.id());
        say_yes(&terminal, || registry().is_some_and(|(_, changed)| changed != since));
        answered = since;
    }

    let told = events(&log);
    let place = |one: Made| if one.by_agent { Place::Subagent } else { Place::Terminal };
    let became = |one: Made| {
        let input = call_of(&told, "PreToolUse", one).map(|told| &told["tool_input"]);
        let is_prompt = |told: &Value| {
            told["hook_event_name"] == "PermissionRequest" && Some(&told["tool_input"]) == input
        };
        match (told.iter().any(is_prompt), asked.contains(&one.id())) {
            (true, _) => Became::Asked,
            (false, true) => Became::Untold,
            (false, false) if around.ran(one) => Became::Ran,
            (false, false) => Became::Refused,
        }
    };
    wrong.extend(against_the_table(&version, mode, &made, &told, place, became));
    for one in made.iter().filter(|one| asked.contains(&one.id()) && !around.ran(**one)) {
        wrong.push(format!("{} with {}: it did not run after a yes", one.name(), one.word));
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), terminal.screen());
}

/// Says yes to the dialog that is open, for this once, until it is over.
fn say_yes(terminal: &Tmux, is_over: impl Fn() -> bool) {
    let over = wait_for(LONG, || {
        if is_over() {
            return Some(());
        }
        let dialog = Dialog::of(&terminal.screen());
        if let Some(key) = dialog.key() {
            terminal.keys(&[key]);
            // Pressed twice, a key may answer the next one.
            wait_for(TAKEN, || (is_over() || Dialog::of(&terminal.screen()) != dialog).then_some(()));
        }
        None
    });
    assert!(over.is_some(), "the dialog stays:\n{}", terminal.screen());
}

/// What a screen shows of a dialog.
#[derive(Debug, PartialEq, Eq)]
enum Dialog {
    None,
    /// In `auto`, once: that actions cannot be checked. The mode is to stay.
    Notice,
    /// Which of the choices is marked, and which is yes and nothing more.
    Choice {
        marked: usize,
        yes: usize,
    },
}

impl Dialog {
    fn of(screen: &str) -> Self {
        if screen.contains("Enter to stay in auto mode") {
            return Self::Notice;
        }
        let choice = |line: &str| {
            let plain =
                line.trim_start_matches([' ', '❯', '.', '1', '2', '3', '4', '5']).trim_end().to_owned();
            let is_one = ["Yes", "No"].iter().any(|word| {
                plain.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
            });
            is_one.then(|| (line.contains('❯'), plain))
        };
        let choices: Vec<(bool, String)> = screen.lines().filter_map(choice).collect();
        let is_once = |text: &str| matches!(text, "Yes" | "Yes, but ask again next time");
        let marked = choices.iter().position(|(marked, _)| *marked);
        let yes = choices.iter().position(|(_, text)| is_once(text));
        marked.zip(yes).map_or(Self::None, |(marked, yes)| Self::Choice { marked, yes })
    }

    /// The key that leads to yes.
    fn key(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Choice { marked, yes } if marked < yes => Some("Down"),
            Self::Choice { marked, yes } if marked > yes => Some("Up"),
            Self::Notice | Self::Choice { .. } => Some("Enter"),
        }
    }
}

/// A hook of somebody else's that starts the busy subagent, where the host would not: for that tool alone.
const STARTER: &str = r#"#!/bin/sh
case $(cat) in *LANE-BUSY*) said='"permissionDecision":"allow"' ;; *) exit 0 ;; esac
printf '{"hookSpecificOutput":{"hookEventName":"PreToolUse",%s}}\n' "$said"
"#;

/// The person's rules: by the word in a file's or a tool's name, and for subagents and what is fetched by the session.
fn rules(world: &World) -> String {
    let mut text = String::new();
    let out = world.root().join("out").display().to_string();
    for (word, session) in [("allow", A), ("ask", B), ("deny", C)] {
        let conditions = [
            format!(
                "tool = [\"Bash\", \"Write\", \"Edit\", \"NotebookEdit\"]\npath = [\"*.{word}.txt\", \"*.{word}.ipynb\"]\neffect = [\"write\"]"
            ),
            format!("tool = [\"Read\"]\npath = [\"{out}/*.{word}.txt\"]"),
            format!("tool = [\"mcp__kit__{word}\"]"),
            format!("tool = [\"Agent\", \"WebFetch\"]\nsession = [\"{session}\"]"),
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
    let around = Around::new();
    let (world, mock) = (&around.world, &around.mock);
    installed(&claude, world, &rules(world));
    let made = all().filter(|one| one.word != "none");
    // By the session, in which no subagent would be started but by the same rule.
    let is_apart = |one: &Made| matches!(one.kind, Kind::Agent | Kind::Fetch) && one.word != "allow";
    let made: Vec<Made> = made.filter(|one| !(is_apart(one) && one.by_agent)).collect();
    let (apart, together): (Vec<Made>, Vec<Made>) = made.iter().copied().partition(is_apart);
    let hook = json!({"type": "command", "command": format!("/bin/sh {}", world.write("hook/start.sh", STARTER).display())});
    let starts = matches!(mode, "auto" | "plan");
    let hooks =
        if starts { json!({"PreToolUse": [{"matcher": "Agent", "hooks": [hook]}]}) } else { json!({}) };
    let settings = world.write("hook/start.json", settings(&hooks).to_string());
    let run = |session: &str, made: &[Made]| {
        mock.scenario(session, around.scenario(made));
        let run = headless(&claude, world, mock, mode, session, &format!("go [[scenario:{session}]]"));
        run.arg("--mcp-config")
            .arg(around.tools.config())
            .arg("--settings")
            .arg(&settings)
            .run()
            .stderr
            .clone()
    };
    let mut said = run(A, &together);
    for (word, session) in [("ask", B), ("deny", C)] {
        let made: Vec<Made> = apart.iter().copied().filter(|one| one.word == word).collect();
        said.push_str(&run(session, &made));
    }

    let log = logged(world);
    let mut wrong = Vec::new();
    for one in &made {
        let call = format!("{} in mode {mode}, by the rule {}", one.name(), one.word);
        let Some(found) = log.iter().find(|found| found["tool_use_id"] == one.id().as_str()) else {
            wrong.push(format!("{call}: the gate was not asked"));
            continue;
        };
        let all = allows(mode) == Allows::All;
        let expected = ANSWERS.into_iter().find(|(word, _)| *word == one.word).and_then(|(_, said)| said);
        let expected = expected.filter(|said| *said != Action::Allow || all);
        let ran = around.ran(*one);
        let row = row(mode, expected, Place::Headless).unwrap();
        let should_run = row.became(one.kind) == Some(Became::Ran);
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
        // Whom it would fetch from turns everybody away.
        let outcome = if one.kind == Kind::Fetch { "failed" } else { "ran" };
        check("the outcome", (found["outcome"]["what"] == outcome) == ran);
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
