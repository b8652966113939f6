use std::fs;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::host::{EVENTS, OLDEST, Version};

const NEW: Version = Version(2, 1, 330);

fn installation() -> Installation {
    Installation {
        binary: "/opt/o'neil & co/claudectl".to_owned(),
        home: "/home/me/.claudectl".to_owned(),
        config: "/home/me/.config/claudectl/config.toml".to_owned(),
    }
}

fn wanted(version: Version) -> Wanted {
    Wanted { installation: installation(), version, strict: Strict::AsIs, status_line: true }
}

/// Nothing but what is called claudectl.
fn us() -> Programs {
    Programs::default()
}

fn put(text: &str) -> (String, Changes) {
    let edited = hooks::install(text, &wanted(NEW), &us()).unwrap();
    (edited.text, edited.changes)
}

fn taken(text: &str) -> String {
    hooks::remove(text, &us(), &Emptied::All).unwrap().text
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn exec_hook() -> Value {
    json!({
        "type": "command",
        "command": "/opt/o'neil & co/claudectl",
        "args": ["hook", "--home", "/home/me/.claudectl", "--config", "/home/me/.config/claudectl/config.toml"],
        "timeout": 5,
    })
}

#[test]
fn what_is_written() {
    let (text, changes) = put("{}");
    let all = parsed(&text);
    assert_eq!(all["hooks"].as_object().unwrap().len(), EVENTS.len());
    assert_eq!(all["hooks"]["Stop"], json!([{"hooks": [exec_hook()]}]));
    assert_eq!(all["hooks"]["PreToolUse"], json!([{"matcher": "*", "hooks": [exec_hook()]}]));
    let line = "'/opt/o'\\''neil & co/claudectl' statusline --home /home/me/.claudectl --config /home/me/.config/claudectl/config.toml";
    assert_eq!(all["statusLine"], json!({"type": "command", "command": line}));
    assert_eq!((changes.added.len(), changes.status_line), (EVENTS.len(), StatusLine::Installed));
}

#[test]
fn old_versions_get_one_command_and_what_they_know() {
    let edited = hooks::install("", &wanted(OLDEST), &us()).unwrap();
    let all = parsed(&edited.text);
    let hook = &all["hooks"]["PostToolUse"][0]["hooks"][0];
    let line = "'/opt/o'\\''neil & co/claudectl' hook --home /home/me/.claudectl --config /home/me/.config/claudectl/config.toml";
    assert_eq!(*hook, json!({"type": "command", "command": line, "timeout": 5}));
    // One waits for a person.
    assert_eq!(all["hooks"]["PermissionRequest"][0]["hooks"][0]["timeout"], 12 * 60 * 60);
    assert!(all["hooks"].get("ConfigChange").is_none());
    // An update of Claude Code turns them into the other form, in place.
    let (text, changes) = put(&edited.text);
    assert_eq!(changes.updated.len(), 12);
    assert_eq!(parsed(&text)["hooks"]["PostToolUse"][0]["hooks"][0], exec_hook());
    // And back again, without the events that the old one does not know.
    let back = hooks::install(&text, &wanted(OLDEST), &us()).unwrap();
    assert_eq!(back.changes.removed.len(), EVENTS.len() - 12);
    assert_eq!(parsed(&back.text), all);
}

#[test]
fn strict_blocks_calls_where_the_version_can() {
    let strict = |version| Wanted { strict: Strict::Yes, ..wanted(version) };
    assert!(strict(NEW).blocks() && !strict(Version(2, 1, 294)).blocks() && !wanted(NEW).blocks());
    let all = parsed(&hooks::install("", &strict(NEW), &us()).unwrap().text);
    assert_eq!(all["hooks"]["PreToolUse"][0]["hooks"][0]["onFailure"], "block");
    assert_eq!(all["hooks"]["PostToolUse"][0]["hooks"][0].get("onFailure"), None);
    let facts = hooks::facts(&all.to_string(), &us()).unwrap();
    assert_eq!(facts.ours.iter().filter(|hook| hook.blocks).count(), 1);
}

#[test]
fn twice_is_once() {
    for text in ["", "{}", "{\"a\":1}", "{\n\t\"hooks\": {\n\t\t\"Stop\": []\n\t}\n}\n"] {
        let (once, _) = put(text);
        let (twice, changes) = put(&once);
        assert!(changes.is_none() && once == twice, "{text}");
    }
}

#[test]
fn hooks_of_others_stay_and_a_moved_program_is_followed() {
    let theirs = r#"{
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "echo claudectl hook"}]}
    ]
  }
}
"#;
    let (text, _) = put(theirs);
    assert_eq!(parsed(&text)["hooks"]["PreToolUse"].as_array().unwrap().len(), 2);
    assert_eq!(taken(&text), theirs);
    let moved = text.replace("/opt/o'neil & co/", "/old/place/").replace("/opt/o'\\\\''neil & co/", "/old/");
    assert_ne!(moved, text);
    let (again, changes) = put(&moved);
    assert_eq!((changes.added.len(), changes.updated.len()), (0, EVENTS.len()));
    assert_eq!(changes.status_line, StatusLine::Updated);
    assert_eq!(parsed(&again), parsed(&text));
}

#[test]
fn one_hook_of_ours_in_a_group_of_its_own() {
    let ours = exec_hook();
    let other = json!({"type": "command", "command": "mine"});
    let text = json!({"hooks": {
        "Stop": [{"hooks": [ours, other]}, {"hooks": [ours]}, {"hooks": [ours]}],
        "PreToolUse": [{"matcher": "Bash", "hooks": [ours]}],
        "NoSuchEvent": [{"hooks": [ours]}],
    }});
    let (text, changes) = put(&text.to_string());
    let all = parsed(&text);
    assert_eq!(all["hooks"]["Stop"], json!([{"hooks": [other]}, {"hooks": [ours]}]));
    assert_eq!(all["hooks"]["PreToolUse"], json!([{"matcher": "*", "hooks": [ours]}]));
    assert_eq!(changes.removed, ["NoSuchEvent"]);
    assert_eq!(parsed(&taken(&text)), json!({"hooks": {"Stop": [{"hooks": [other]}]}}));
}

#[test]
fn a_status_line_is_wrapped_and_given_back() {
    let theirs = r#"{"statusLine":{"type":"command","command":"sh -c 'echo \"hi\"' | tr a b","padding":0}}"#;
    let (text, changes) = put(theirs);
    let command = "sh -c 'echo \"hi\"' | tr a b".to_owned();
    assert_eq!(changes.status_line, StatusLine::Wrapped(command.clone()));
    let line = &parsed(&text)["statusLine"];
    assert_eq!(line["padding"], 0);
    assert!(line["command"].as_str().unwrap().ends_with("--wrap 'sh -c '\\''echo \"hi\"'\\'' | tr a b'"));
    assert_eq!(hooks::facts(&text, &us()).unwrap().status_line, StatusLine::Wrapped(command));
    assert_eq!(taken(&text), theirs);
    for odd in [r#"{"statusLine":null}"#, r#"{"statusLine":{"type":"static","command":"x"}}"#] {
        let (text, changes) = put(odd);
        assert_eq!(changes.status_line, StatusLine::Odd);
        assert_eq!(taken(&text), odd);
    }
}

#[test]
fn what_the_published_tool_left_is_told_from_what_only_names_it() {
    let published = [
        "claudectl --json 2>/dev/null || true",
        "claudectl --json",
        "/home/me/.cargo/bin/claudectl --json 2>/dev/null || true",
        "'/home/me/my bin/claudectl' ingest --hook PreToolUse",
        "bash ~/.claude/plugins/claudectl/hooks/scripts/brain-gate.sh",
        "/home/me/.claude/plugins/claudectl/hooks/scripts/inbox-drain.sh",
        "/bin/sh \"$HOME/.claude/plugins/claudectl/hooks/scripts/budget-check.sh\" 2>&1",
    ];
    let others = [
        "echo claudectl --json",
        "claudectl ls",
        "claudectl",
        "claudectl --json | jq . >> log",
        "claudectl --json; make test",
        "my-claudectl --json",
        "claudectl.sh --json",
        "cat /home/me/.claude/plugins/claudectl/hooks/scripts/brain-gate.sh",
        "bash ~/.claude/plugins/claudectl/mine.sh",
        "bash ~/own/brain-gate.sh",
        "claudectl 'unfinished",
    ];
    let group = |command: &&str| json!({"hooks": [{"type": "command", "command": command}]});
    let groups: Vec<Value> = published.iter().chain(&others).map(group).collect();
    let text = json!({"hooks": {"Stop": groups}}).to_string();
    assert_eq!(hooks::facts(&text, &us()).unwrap().leftovers.len(), published.len());
    let (text, changes) = put(&text);
    let gone: Vec<&str> = changes.leftovers.iter().map(|(_, command)| command.as_str()).collect();
    assert_eq!(gone, published);
    let left = parsed(&taken(&text));
    let kept: Vec<&str> = left["hooks"]["Stop"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["hooks"][0]["command"].as_str().unwrap())
        .collect();
    assert_eq!(kept, others);
    let exec = json!({"hooks": {"Stop": [{"hooks": [
        {"type": "command", "command": "/b/claudectl", "args": ["ingest", "--hook", "Stop"]},
        {"type": "http", "url": "http://localhost/claudectl --json"},
    ]}]}});
    assert_eq!(hooks::facts(&exec.to_string(), &us()).unwrap().leftovers.len(), 1);
}

#[test]
fn plugins_that_are_switched_on() {
    let text = r#"{"enabledPlugins":{"claudectl@market":true,"claudectl@off":false,"other@claudectl":true}}"#;
    let facts = hooks::facts(text, &us()).unwrap();
    assert_eq!((facts.plugins, facts.own_plugin), (vec!["claudectl@market".to_owned()], None));
    // What `claude plugin enable` and `disable` write of our own.
    let text = r#"{"enabledPlugins":{"claudectl@skills-dir":true}}"#;
    let facts = hooks::facts(text, &us()).unwrap();
    assert!(facts.plugins.is_empty() && facts.own_plugin == Some(true));
}

#[test]
fn what_cannot_be_edited() {
    let place = |text: &str| hooks::install(text, &wanted(NEW), &us()).unwrap_err().place();
    assert_eq!(place("{\n  \"a\": }\n"), Some((2, 8)));
    assert_eq!(place("\n [1]"), Some((2, 2)));
    assert_eq!(place("{\n  \"hooks\": []\n}"), Some((2, 12)));
    assert_eq!(place("{\"hooks\":{\"Stop\":{}}}"), Some((1, 18)));
    // Odd groups and hooks of others are none of our business.
    let odd = r#"{"hooks":{"Stop":[1,{"hooks":2},{"hooks":[null,{"type":"command"}]}],"Other":7}}"#;
    assert_eq!(taken(&put(odd).0), odd);
}

#[test]
fn an_earlier_key_of_the_same_name_does_not_come_to_count() {
    let twice = r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"old"}]}]},"hooks":{}}"#;
    let (text, _) = put(twice);
    assert_eq!(hooks::meaning(&text, &us()).unwrap(), hooks::meaning(twice, &us()).unwrap());
    assert_eq!(taken(&text), twice);
}

#[test]
fn the_guard_sees_the_loss_of_the_persons_status_line() {
    let line = |command: &str| json!({"statusLine": {"type": "command", "command": command}}).to_string();
    let ours = line("/b/claudectl statusline --format x --wrap mine --config /c --home /h");
    let after = |text: String| {
        let edited = hooks::Edited { text, changes: Changes::default(), made: Vec::new() };
        hooks::checked(&ours, edited, &us()).map(|_| ())
    };
    assert_eq!(after(line("mine")), Ok(()));
    assert_eq!(after(line("/b/claudectl statusline --home /h --config /c --wrap mine")), Ok(()));
    for lost in [
        "{}".to_owned(),
        line("/b/claudectl statusline --home /h --config /c"),
        line("/b/claudectl statusline --home /h --config /c --wrap other"),
    ] {
        assert_eq!(after(lost), Err(Flaw::Unsafe));
    }
}

struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("settings.json")
    }

    fn editing(&self) -> Editing {
        Editing {
            backups: Backups::of(&self.dir.path().join("state")),
            programs: us(),
            home: Some("/home/me".to_owned()),
            now: 7,
            dry_run: false,
        }
    }

    fn init(&self) -> Report {
        install(&self.file(), &wanted(NEW), &self.editing()).unwrap()
    }

    fn uninstall(&self) -> Report {
        uninstall(&self.file(), &self.editing()).unwrap()
    }
}

#[test]
fn the_very_bytes_come_back() {
    for text in
        ["{\n}", "", "{\"hooks\":{}}", "\u{feff}{}\r\n", "// only a comment", "{\"hooks\":{\"Stop\":[]}}"]
    {
        let folder = Folder::new();
        fs::write(folder.file(), text).unwrap();
        assert_eq!(folder.init().outcome, Outcome::Edited);
        assert_eq!(folder.init().outcome, Outcome::Unchanged);
        assert_eq!(folder.uninstall().outcome, Outcome::Restored);
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
        assert_eq!(folder.uninstall().outcome, Outcome::Unchanged);
    }
}

#[test]
fn a_file_that_init_made_goes_and_one_with_more_in_it_stays() {
    let folder = Folder::new();
    assert_eq!(folder.init().outcome, Outcome::Created);
    assert_eq!(folder.uninstall().outcome, Outcome::Deleted);
    assert!(!folder.file().exists());
    folder.init();
    let with_more = fs::read_to_string(folder.file()).unwrap().replacen('{', "{\"model\": \"opus\",", 1);
    fs::write(folder.file(), with_more).unwrap();
    assert_eq!(folder.uninstall().outcome, Outcome::Edited);
    assert_eq!(parsed(&fs::read_to_string(folder.file()).unwrap()), json!({"model": "opus"}));
    fs::write(folder.file(), "").unwrap();
    fs::remove_file(folder.file()).unwrap();
    folder.init();
    let compact = parsed(&fs::read_to_string(folder.file()).unwrap()).to_string();
    fs::write(folder.file(), compact).unwrap();
    assert_eq!(folder.uninstall().outcome, Outcome::Deleted, "another layout of nothing but ours");
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let folder = Folder::new();
    fs::write(folder.file(), format!("{{\"a\":\"{}\"}}", "x".repeat((1 << 20) - 100))).unwrap();
    let error = install(&folder.file(), &wanted(NEW), &folder.editing()).unwrap_err();
    assert!(matches!(error, SettingsError::TooLarge { .. }));
}

#[test]
fn the_published_tools_hooks_do_not_come_back() {
    let folder = Folder::new();
    let text = r#"{"model":"opus","hooks":{"Stop":[{"matcher":"","hooks":[{"type":"command","command":"claudectl --json 2>/dev/null || true"}]}]}}"#;
    fs::write(folder.file(), text).unwrap();
    assert_eq!(folder.init().changes.leftovers.len(), 1);
    assert_eq!(folder.uninstall().outcome, Outcome::Edited);
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), "{\"model\":\"opus\"}");
}

#[test]
fn an_edit_by_somebody_else_is_never_lost() {
    let folder = Folder::new();
    fs::write(folder.file(), "{}").unwrap();
    let edits = std::cell::Cell::new(0);
    let meanwhile = || {
        edits.set(edits.get() + 1);
        if edits.get() < 3 {
            fs::write(folder.file(), format!("{{\"edit\":{}}}", edits.get())).unwrap();
        }
    };
    let decide = |found: &Found| {
        let (_, text) = decode(found)?;
        let edited = hooks::install(text, &wanted(NEW), &us()).map_err(|flaw| flawed(found, flaw))?;
        let after = Some(edited.text.into_bytes());
        Ok(Decision { outcome: Outcome::Edited, changes: edited.changes, after, made: None })
    };
    let editing = folder.editing();
    let report = edit_while(&folder.file(), &editing, Purpose::Init, decide, meanwhile).unwrap();
    assert_eq!((edits.get(), report.before.as_str()), (3, "{\"edit\":2}"));
    assert_eq!(parsed(&fs::read_to_string(folder.file()).unwrap())["edit"], 2);
    assert_eq!(editing.backups.records().len(), 1, "of attempts that failed nothing is kept");
    let restless =
        || fs::write(folder.file(), format!("{{\"n\":{}}}", edits.replace(edits.get() + 1))).unwrap();
    let error = edit_while(&folder.file(), &editing, Purpose::Init, decide, restless).unwrap_err();
    assert!(matches!(error, SettingsError::Restless { .. }));
}

/// Any JSON, with the keys that matter among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just("claudectl --json".into()),
    ];
    let key = prop_oneof![
        ".{0,6}",
        prop_oneof![
            Just("hooks"),
            Just("Stop"),
            Just("PreToolUse"),
            Just("command"),
            Just("type"),
            Just("args")
        ]
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A settings object: anything, with hooks and a status line that may be somebody's.
fn any_settings() -> impl Strategy<Value = Value> {
    let hook = prop_oneof![
        any_json(),
        "[a-z ]{1,12}".prop_map(|command| json!({"type": "command", "command": command})),
    ];
    let group = prop_oneof![
        any_json(),
        proptest::collection::vec(hook, 0..3).prop_map(|hooks| json!({"matcher": "Bash", "hooks": hooks})),
    ];
    let event = prop_oneof![Just("Stop"), Just("PreToolUse"), Just("ConfigChange"), Just("Mine")];
    let hooks = proptest::collection::btree_map(event, proptest::collection::vec(group, 0..3), 0..3);
    let line = proptest::option::of(any_json());
    let rest = proptest::collection::vec((".{0,8}", any_json()), 0..4);
    (rest, proptest::option::of(hooks), line).prop_map(|(rest, hooks, line)| {
        let mut all: Map<String, Value> = rest.into_iter().collect();
        all.remove("hooks");
        all.extend(hooks.map(|hooks| ("hooks".to_owned(), json!(hooks))));
        all.extend(line.map(|line| ("statusLine".to_owned(), line)));
        Value::Object(all)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn init_then_uninstall_gives_the_same_bytes(settings in any_settings(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&settings).unwrap() } else { settings.to_string() };
        let folder = Folder::new();
        fs::write(folder.file(), &text).unwrap();
        let clean = is_clean(text.as_bytes(), &us());
        folder.init();
        prop_assert_eq!(folder.init().outcome, Outcome::Unchanged);
        let edited = fs::read_to_string(folder.file()).unwrap();
        prop_assert_eq!(hooks::meaning(&edited, &us()).unwrap(), hooks::meaning(&text, &us()).unwrap());
        // Without the backup, the same meaning.
        prop_assert_eq!(hooks::meaning(&taken(&edited), &us()).unwrap(), hooks::meaning(&text, &us()).unwrap());
        folder.uninstall();
        if clean {
            prop_assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
        }
    }

    #[test]
    fn never_panics(text in any::<String>()) {
        drop(hooks::install(&text, &wanted(NEW), &us()));
        drop(hooks::remove(&text, &us(), &Emptied::Untold));
        drop(hooks::facts(&text, &us()));
    }

    #[test]
    fn odd_layouts_survive(gaps in proptest::collection::vec("[ \t\r\n]{0,3}(//[a-z,\\]}]{0,4}\n|/\\*[a-z,\n}]{0,4}\\*/)?[ \n]{0,2}", 12), trailing: bool) {
        let comma = if trailing { "," } else { "" };
        let [a, b, c, d, e, f, g, h, i, j, k, l] = &gaps[..] else { unreachable!() };
        let text = format!(
            "{a}{{{b}\"m\"{c}:{d}1{e},{f}\"hooks\":{{{g}\"Stop\":[{h}{{\"hooks\":[{i}{{\"type\":\"command\",\"command\":\"x\"}}{j}{comma}]}}{k}{comma}]}}{l}{comma}}}"
        );
        let (edited, _) = put(&text);
        prop_assert_eq!(taken(&edited), text, "{}", edited);
    }
}
