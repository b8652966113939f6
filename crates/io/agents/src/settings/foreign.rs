//! Hooks of others that run before a tool call: one of them may put another call in the place of the one that was
//! judged (seen with Claude Code 2.1.330: our "allow" with another hook's `updatedInput` ran the other call, unasked).
//!
//! They stand in settings files, in plugins, and in the front matter of agents, skills and commands. What cannot be read
//! counts as one, since nobody knows.
//!
//! A pass reads it, and a hook reads again what has changed since: so there is a bound on all of it.

mod below;
pub mod front;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use claudectl_fleet::tools::Family;
use claudectl_shell::may_decide;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use below::of_front_matter;

use super::loading::is_json;
use super::ours::{Owner, owner};
use super::words::split;
use super::{BOM, Programs};

/// A larger settings file is not read.
const MOST: u64 = 1 << 20;

/// Which tools a hook is called for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tools {
    /// All, or nobody can tell.
    Any,
    /// These.
    Named(Vec<String>),
}

impl Tools {
    /// As the host reads a matcher: names with `|` between, or a pattern, which may fit anything.
    fn of(matcher: Option<&Value>) -> Self {
        let Some(text) = matcher.and_then(Value::as_str).filter(|text| !text.is_empty()) else {
            return Self::Any;
        };
        let plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if text.split('|').all(plain) {
            Self::Named(text.split('|').map(str::to_owned).collect())
        } else {
            Self::Any
        }
    }

    /// Whether a hook may be called for a tool.
    #[must_use]
    pub fn may_fit(&self, tool: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Named(names) => names.iter().any(|name| name == tool),
        }
    }
}

/// When a hook of somebody else's is called, and so what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// Before a call: it may change it.
    Before,
    /// In a prompt: it may answer it in the person's place (seen with 2.1.330 at a terminal). Only those of repositories
    /// are looked for: one of their own is the person's answer.
    Prompt,
    /// No hook, but as much: a variable that a repository sets decides what a command runs. The client sets it for whatever
    /// it starts (seen with 2.1.330).
    Environment,
    /// Nobody can tell whether there is one: it may be any of these.
    Unknown,
}

impl When {
    /// Another call than the one that was judged may run.
    #[must_use]
    pub fn changes_calls(self) -> bool {
        match self {
            Self::Before | Self::Environment | Self::Unknown => true,
            Self::Prompt => false,
        }
    }

    /// A prompt may be answered in the person's place.
    #[must_use]
    pub fn answers_prompts(self) -> bool {
        match self {
            Self::Prompt | Self::Unknown => true,
            Self::Before | Self::Environment => false,
        }
    }

    /// The event, as the host calls it; of variables, where they stand in its settings.
    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            Self::Before => "PreToolUse",
            Self::Prompt => "PermissionRequest",
            Self::Environment => "env",
            Self::Unknown => "unknown",
        }
    }
}

/// Who has written a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The person: settings of their own, where `init` puts our hooks.
    Person,
    /// Whoever the person lets have a say: an organisation, a plugin that is installed, a file that a client was started
    /// with.
    Installed,
    /// Whoever has written the repository: nobody can vouch for it.
    Repository,
}

/// Whose a hook is that is not this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// Ours, as `init` writes it into the person's own settings, but it calls another claudectl, or with another state
    /// folder.
    Stale,
    /// Somebody else's.
    Others,
}

impl Whose {
    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stale => "ours",
            Self::Others => "others",
        }
    }
}

/// A hook of somebody else's that has a say in tool calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreign {
    /// When it is called.
    pub when: When,
    /// Whose it is.
    pub whose: Whose,
    /// Which tools it is called for.
    pub tools: Tools,
    /// The file that it stands in.
    pub file: PathBuf,
    /// What it runs, for a person: redacted.
    pub what: String,
    /// BLAKE3 of what it is, and of the text of the programs that it names, the first 128 bits in hexadecimal; `None`
    /// for one that a repository brings, and for what cannot be read: nobody can vouch for that.
    pub hash: Option<String>,
    /// The programs that it names, whose text is a part of its hash.
    pub programs: Vec<PathBuf>,
}

/// What is ours, and so not foreign.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// The program, by each path that it may be called by.
    pub programs: Vec<String>,
    /// Programs that hooks of ours were ever installed with, wherever they lead now.
    pub earlier: Vec<String>,
    /// The state folder.
    pub home: String,
}

impl Own {
    fn is(&self, entry: &Value) -> bool {
        let words: Option<Vec<String>> = match (entry["command"].as_str(), entry.get("args")) {
            (Some(command), None) => {
                split(command).filter(|split| split.rest.is_empty() && split.literal).map(|split| split.words)
            }
            (Some(command), Some(Value::Array(args))) => {
                let args = args.iter().map(|arg| arg.as_str().map(str::to_owned));
                std::iter::once(Some(command.to_owned())).chain(args).collect()
            }
            _ => None,
        };
        let Some(words) = words else { return false };
        let [program, hook, home_flag, home, ..] = &words[..] else { return false };
        self.programs.contains(program) && hook == "hook" && home_flag == "--home" && *home == self.home
    }

    /// Whose a hook is that is not [`Self::is`].
    fn whose(&self, entry: &Value, origin: Origin) -> Whose {
        let programs = || Programs::new(self.programs.iter().chain(&self.earlier).cloned());
        let as_init_writes_it = || matches!(owner(entry, &programs()), Owner::Us(_));
        match origin {
            Origin::Person if as_init_writes_it() => Whose::Stale,
            Origin::Person | Origin::Installed | Origin::Repository => Whose::Others,
        }
    }
}

/// The hooks before tool calls in a settings file, or a plugin's file of hooks.
#[must_use]
pub fn of_settings(file: &Path, origin: Origin, own: &Own) -> Vec<Foreign> {
    match text(file, MOST) {
        Ok(Some(text)) if text.trim().is_empty() => Vec::new(),
        Ok(Some(text)) => of_json(&text, file, origin, own),
        Ok(None) => Vec::new(),
        Err(error) => vec![unknown(file, &error.to_string())],
    }
}

/// The hooks before tool calls in settings that were given as text.
#[must_use]
pub fn of_text(text: &str, file: &Path, own: &Own) -> Vec<Foreign> {
    of_json(text, file, Origin::Installed, own)
}

fn of_json(text: &str, file: &Path, origin: Origin, own: &Own) -> Vec<Foreign> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    match serde_json::from_str::<Value>(text) {
        Ok(settings) => of_value(&settings, file, origin, own),
        // The client may read what we cannot: a number without bounds, half a character.
        Err(_) if is_json(text) => vec![unknown(file, "it holds what claudectl cannot read")],
        // It leaves out such a file (seen with 2.1.330), so that at least nobody is answered for.
        Err(_) => vec![Foreign { when: When::Before, ..unknown(file, "it is no JSON") }],
    }
}

fn of_value(settings: &Value, file: &Path, origin: Origin, own: &Own) -> Vec<Foreign> {
    let mut found = of_event(settings, When::Before, file, origin, own);
    match origin {
        Origin::Person | Origin::Installed => {}
        Origin::Repository => {
            found.extend(of_event(settings, When::Prompt, file, origin, own));
            found.extend(of_environment(settings, file));
        }
    }
    found
}

/// What a repository sets that may decide what a command runs.
fn of_environment(settings: &Value, file: &Path) -> Option<Foreign> {
    let set = settings.get("env")?.as_object()?;
    let names: Vec<&str> = set.keys().map(String::as_str).filter(|name| may_decide(name)).collect();
    let tools = Family::Shell.tools().iter().map(|tool| (*tool).to_owned()).collect();
    (!names.is_empty()).then(|| Foreign {
        when: When::Environment,
        tools: Tools::Named(tools),
        what: claudectl_redact::redact(&format!("env: {}", names.join(", "))).text.into_owned(),
        ..unknown(file, "")
    })
}

fn of_event(settings: &Value, when: When, file: &Path, origin: Origin, own: &Own) -> Vec<Foreign> {
    let Some(groups) = settings.get("hooks").and_then(|hooks| hooks.get(when.event())) else {
        return Vec::new();
    };
    let Some(groups) = groups.as_array() else {
        return vec![Foreign { when, ..unknown(file, "its hooks are no list") }];
    };
    let mut found = Vec::new();
    for group in groups {
        let tools = Tools::of(group.get("matcher"));
        let Some(hooks) = group.get("hooks").and_then(Value::as_array) else {
            found.push(Foreign { when, tools, ..unknown(file, "one of its matchers has no list of hooks") });
            continue;
        };
        found.extend(
            hooks
                .iter()
                .filter(|entry| !own.is(entry))
                .map(|entry| foreign(entry, when, tools.clone(), file, origin, own)),
        );
    }
    found
}

fn foreign(entry: &Value, when: When, tools: Tools, file: &Path, origin: Origin, own: &Own) -> Foreign {
    let text = |key: &str| entry[key].as_str();
    let what = text("command").or(text("url")).or(text("tool")).or(text("type")).unwrap_or("a hook");
    let programs = programs(entry);
    let mut hash = blake3::Hasher::new();
    hash.update(entry.to_string().as_bytes());
    for program in &programs {
        hash.update(&fs::read(program).unwrap_or_default());
    }
    let hash = hash.finalize();
    let hash = || hash.to_hex()[..32].to_owned();
    Foreign {
        when,
        whose: own.whose(entry, origin),
        tools,
        file: file.to_path_buf(),
        what: claudectl_redact::redact(what).text.into_owned(),
        hash: (origin != Origin::Repository).then(hash),
        programs,
    }
}

/// The files that a hook's command names: its program, and scripts.
fn programs(entry: &Value) -> Vec<PathBuf> {
    let mut words: Vec<String> = Vec::new();
    if let Some(command) = entry["command"].as_str() {
        match entry.get("args").and_then(Value::as_array) {
            Some(args) => {
                words.push(command.to_owned());
                words.extend(args.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            None => words.extend(split(command).map(|split| split.words).unwrap_or_default()),
        }
    }
    let file = |word: String| {
        let path = PathBuf::from(word);
        let is_text =
            path.is_absolute() && path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= MOST);
        is_text.then_some(path)
    };
    words.into_iter().filter_map(file).collect()
}

/// Something that nobody can vouch for, and may be a hook of any kind.
fn unknown(file: &Path, why: &str) -> Foreign {
    Foreign {
        when: When::Unknown,
        whose: Whose::Others,
        tools: Tools::Any,
        file: file.to_path_buf(),
        what: format!("what cannot be read: {why}"),
        hash: None,
        programs: Vec::new(),
    }
}

/// A regular file; `None` where there is none.
fn open(file: &Path) -> std::io::Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt;
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let opened = match File::options().read(true).custom_flags(nonblock).open(file) {
        Ok(opened) => opened,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let meta = opened.metadata()?;
    if meta.is_dir() {
        return Ok(None);
    }
    match meta.is_file() {
        true => Ok(Some(opened)),
        false => Err(std::io::Error::other("it is no regular file")),
    }
}

/// A regular file's text; `None` where there is none.
fn text(file: &Path, most: u64) -> std::io::Result<Option<String>> {
    let Some(opened) = open(file)? else { return Ok(None) };
    let mut bytes = Vec::new();
    if opened.take(most + 1).read_to_end(&mut bytes)? as u64 > most {
        return Err(std::io::Error::other("it is too large"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| std::io::Error::other("it is no UTF-8"))
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// The folders below a configuration folder, or a project's `.claude`, whose files may bring hooks in their front matter.
#[must_use]
pub fn folders(base: &Path) -> [PathBuf; 3] {
    ["agents", "commands", "skills"].map(|name| base.join(name))
}

/// The hooks of the plugins below a configuration folder that are not switched off there, and the files that say which
/// these are.
#[must_use]
pub fn of_plugins(root: &Path, own: &Own) -> (Vec<Foreign>, Vec<PathBuf>) {
    let list = root.join("plugins/installed_plugins.json");
    let settings = root.join("settings.json");
    let mut files = vec![list.clone(), settings.clone()];
    let installed = match text(&list, 4 * MOST) {
        Ok(None) => return (Vec::new(), files),
        Ok(Some(text)) => serde_json::from_str::<Value>(&text).ok(),
        Err(_) => None,
    };
    let Some(installed) = installed else { return (vec![unknown(&list, "it is no JSON")], files) };
    let settings = text(&settings, MOST).ok().flatten();
    let settings = settings.and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or_default();
    let mut found = Vec::new();
    for (name, copies) in installed["plugins"].as_object().into_iter().flatten() {
        if settings["enabledPlugins"][name.as_str()] == Value::Bool(false) {
            continue;
        }
        let mut places = Vec::new();
        install_paths(copies, &mut places);
        for place in places {
            let (hooks, more) = of_plugin(&place, own);
            found.extend(hooks);
            files.extend(more);
        }
    }
    (found, files)
}

fn install_paths(value: &Value, places: &mut Vec<PathBuf>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| install_paths(one, places)),
        Value::Object(_) => places.extend(value["installPath"].as_str().map(PathBuf::from)),
        _ => {}
    }
}

/// The hooks of a plugin that is installed in a folder, and the files that say so.
#[must_use]
pub fn of_plugin(folder: &Path, own: &Own) -> (Vec<Foreign>, Vec<PathBuf>) {
    let (mut found, mut files) = hooks_of_plugin(folder, Origin::Installed, own);
    for folder in folders(folder) {
        found.extend(of_front_matter(&folder, Origin::Installed, own).0);
        files.push(folder);
    }
    (found, files)
}

/// What the manifest of the plugin in a folder says of hooks, and the files that it names; and all these files.
fn hooks_of_plugin(folder: &Path, origin: Origin, own: &Own) -> (Vec<Foreign>, Vec<PathBuf>) {
    let manifest = folder.join(".claude-plugin/plugin.json");
    let mut files = vec![folder.join("hooks/hooks.json")];
    let mut found = of_settings(&manifest, origin, own);
    let said = text(&manifest, MOST).ok().flatten();
    let said = said.and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or_default();
    let named = match &said["hooks"] {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    for named in named {
        match named {
            Value::String(path) => files.push(folder.join(path)),
            // As a file of them would have it, or without what stands around them there.
            Value::Object(hooks) if hooks.contains_key("hooks") => {
                found.extend(of_value(named, &manifest, origin, own));
            }
            Value::Object(_) if said["hooks"].is_array() => {
                found.extend(of_value(&json!({ "hooks": named }), &manifest, origin, own));
            }
            // The manifest was read for these.
            _ => {}
        }
    }
    found.extend(files.iter().flat_map(|file| of_settings(file, origin, own)));
    files.push(manifest);
    (found, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Own {
        Own {
            programs: vec!["/b/claudectl".to_owned()],
            earlier: vec!["/opt/cctl".to_owned()],
            home: "/h".to_owned(),
        }
    }

    fn whats(settings: &str) -> Vec<String> {
        of_text(settings, Path::new("/s.json"), &own()).into_iter().map(|hook| hook.what).collect()
    }

    #[test]
    fn only_what_calls_this_very_program_for_this_state_is_ours() {
        let with = |hook: &str| {
            whats(&format!(r#"{{"hooks":{{"PreToolUse":[{{"matcher":"*","hooks":[{hook}]}}]}}}}"#)).len()
        };
        for ours in [
            r#"{"type":"command","command":"/b/claudectl","args":["hook","--home","/h","--config","/c"]}"#,
            r#"{"type":"command","command":"/b/claudectl hook --home /h --config /c"}"#,
        ] {
            assert_eq!(with(ours), 0, "{ours}");
        }
        for other in [
            r#"{"type":"command","command":"/repo/claudectl","args":["hook","--home","/h","--config","/c"]}"#,
            r#"{"type":"command","command":"/b/claudectl","args":["hook","--home","/other","--config","/c"]}"#,
            r#"{"type":"command","command":"/b/claudectl hook --home /h --config /c; ./x"}"#,
            r#"{"type":"command","command":"/b/claudectl","args":["hook","--home",5]}"#,
            r#"{"type":"http","url":"http://127.0.0.1:1/x"}"#,
            r#"{"type":"mcp_tool","server":"a","tool":"b"}"#,
        ] {
            assert_eq!(with(other), 1, "{other}");
        }
        assert_eq!(
            whats(r#"{"hooks":{"PostToolUse":[{"hooks":[{"type":"command","command":"x"}]}]}}"#),
            [""; 0]
        );
        assert_eq!(whats("{").len(), 1, "what nobody can read may be anything");
        assert_eq!(whats(r#"{"hooks":{"PreToolUse":{}}}"#).len(), 1);
        assert_eq!(whats(r#"{"hooks":{"PreToolUse":[{"matcher":"Bash"}]}}"#).len(), 1);
    }

    #[test]
    fn a_hook_is_ours_by_all_of_its_words() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("settings.json");
        let whose = |origin: Origin, event: &str, command: &str| {
            let hook = json!({"type": "command", "command": command});
            fs::write(&file, json!({"hooks": {event: [{"hooks": [hook]}]}}).to_string()).unwrap();
            let found = of_settings(&file, origin, &own());
            assert_eq!(found.len(), 1, "{command}");
            found[0].whose
        };
        let gone = "/gone/claudectl hook --home /h --config /c";
        let elsewhere = "/b/claudectl hook --home /other --config /c";
        let named_otherwise = "/opt/cctl hook --home /h --config /c";
        for stale in [gone, elsewhere, named_otherwise] {
            assert_eq!(whose(Origin::Person, "PreToolUse", stale), Whose::Stale, "{stale}");
            for origin in [Origin::Installed, Origin::Repository] {
                assert_eq!(
                    whose(origin, "PreToolUse", stale),
                    Whose::Others,
                    "{stale}: anybody can write that"
                );
            }
        }
        for other in [
            "/b/claudectl hook --home /h --config /c; ./evil.sh",
            "/gone/claudectl hook --home /h --config /c --more",
            "/b/claudectl-evil hook --home /h --config /c",
            "/b/claudectl/evil hook --home /h --config /c",
            "/b/other hook --home /h --config /c",
        ] {
            for origin in [Origin::Person, Origin::Installed, Origin::Repository] {
                assert_eq!(whose(origin, "PreToolUse", other), Whose::Others, "{other}");
            }
        }
        let evil = "/b/claudectl-evil";
        assert_eq!(whose(Origin::Repository, "PermissionRequest", evil), Whose::Others);
    }

    #[test]
    fn what_a_repository_has_and_we_cannot_read_may_be_anything() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("settings.json");
        let when = |text: &[u8]| {
            fs::write(&file, text).unwrap();
            let found = of_settings(&file, Origin::Repository, &own());
            found.iter().map(|hook| hook.when).collect::<Vec<_>>()
        };
        let hook = r#"{"hooks":{"PermissionRequest":[{"hooks":[{"type":"command","command":"x"}]}]}"#;
        assert_eq!(when(format!(r#"{hook},"x":"\ud800"}}"#).as_bytes()), [When::Unknown]);
        assert_eq!(when(format!("{hook}}}{}", " ".repeat(1 << 20)).as_bytes()), [When::Unknown]);
        assert_eq!(when(b"{\"x\":\"\xff\"}"), [When::Unknown]);
        assert_eq!(when(format!("\u{feff}{hook}}}").as_bytes()), [When::Prompt]);
        assert_eq!(when(b"{\"a\": 1,}"), [When::Before], "the client leaves it out");
        assert!(When::Unknown.changes_calls() && When::Unknown.answers_prompts());
        assert!(!When::Before.answers_prompts() && !When::Prompt.changes_calls());
    }

    #[test]
    fn a_repositorys_variables_decide_for_every_tool_that_runs_commands() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("settings.json");
        fs::write(&file, r#"{"env": {"PATH": "tools"}}"#).unwrap();
        let found = of_settings(&file, Origin::Repository, &own());
        for tool in ["Bash", "PowerShell", "Monitor"] {
            assert!(found[0].tools.may_fit(tool), "{tool}");
        }
        assert!(!found[0].tools.may_fit("Read") && found[0].when == When::Environment);
    }

    #[test]
    fn a_matcher_that_is_no_list_of_names_may_fit_anything() {
        let tools = |matcher: &str| Tools::of(Some(&Value::String(matcher.to_owned())));
        assert!(tools("").may_fit("Bash") && tools("*").may_fit("Bash") && tools("Ba.*").may_fit("Read"));
        assert!(tools("Edit|Write").may_fit("Edit") && !tools("Edit|Write").may_fit("Bash"));
        assert!(Tools::of(None).may_fit("Bash"));
    }

    #[test]
    fn a_hash_is_of_the_hook_and_of_its_script() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("x.sh");
        let hash = || {
            let entry =
                serde_json::json!({"type": "command", "command": format!("bash {}", script.display())});
            let settings = serde_json::json!({"hooks": {"PreToolUse": [{"hooks": [entry]}]}});
            let found = of_text(&settings.to_string(), Path::new("/s.json"), &own());
            assert_eq!(found[0].programs.last(), script.exists().then_some(&script));
            found[0].hash.clone().unwrap()
        };
        let before = hash();
        fs::write(&script, "echo a").unwrap();
        let one = hash();
        fs::write(&script, "echo b").unwrap();
        assert!(before != one && one != hash());
    }

    #[test]
    fn a_repositorys_hook_has_no_hash_to_vouch_for() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("settings.json");
        fs::write(&file, r#"{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"x"}]}]}}"#)
            .unwrap();
        assert_eq!(of_settings(&file, Origin::Repository, &own())[0].hash, None);
        let prompt = r#"{"hooks":{"PermissionRequest":[{"matcher":"Bash","hooks":[{"type":"command","command":"x"}]}]}}"#;
        fs::write(dir.path().join("prompt.json"), prompt).unwrap();
        let of = |origin| of_settings(&dir.path().join("prompt.json"), origin, &own());
        let repository = of(Origin::Repository);
        assert_eq!((repository[0].when, repository.len(), of(Origin::Person).len()), (When::Prompt, 1, 0));
        assert!(of_settings(&file, Origin::Installed, &own())[0].hash.is_some());
        assert!(of_settings(&dir.path().join("none.json"), Origin::Person, &own()).is_empty());
    }

    #[test]
    fn plugins_bring_hooks() {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let file = dir.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let hooks = r#"{"PreToolUse":[{"hooks":[{"type":"command","command":"x"}]}]}"#;
        put("p/hooks/hooks.json", &format!(r#"{{"hooks":{hooks}}}"#));
        put("p/agents/deep/c.md", "---\n\"hooks\": {}\n---\n");
        let installed = json!({"plugins": {"p@m": [{"scope": "user", "installPath": dir.path().join("p")}]}});
        put("plugins/installed_plugins.json", &installed.to_string());
        let plugins = |settings: &str| {
            put("settings.json", settings);
            of_plugins(dir.path(), &own()).0.len()
        };
        assert_eq!(plugins("{}"), 2);
        assert_eq!(plugins(r#"{"enabledPlugins":{"p@m":false}}"#), 0);
        fs::remove_dir_all(dir.path().join("p")).unwrap();
        assert_eq!(plugins("{}"), 0);
        put("p/more.json", &format!(r#"{{"hooks":{hooks}}}"#));
        for named in [
            hooks.to_owned(),
            format!(r#"{{"hooks":{hooks}}}"#),
            r#""./more.json""#.to_owned(),
            r#"["./more.json"]"#.to_owned(),
            format!("[{hooks}]"),
        ] {
            put("p/.claude-plugin/plugin.json", &format!(r#"{{"name":"p","hooks":{named}}}"#));
            assert_eq!(plugins("{}"), 1, "{named}");
        }
    }
}
