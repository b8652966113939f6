//! Hooks of others that run before a tool call: one of them may put another call in the place of the one that was
//! judged (seen with Claude Code 2.1.330: our "allow" with another hook's `updatedInput` ran the other call, unasked).
//!
//! They stand in settings files, in plugins, and in the front matter of agents, skills and commands. What cannot be read
//! counts as one, since nobody knows.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use claudectl_shell::may_decide;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::split;

/// A larger settings file is not read.
const MOST: u64 = 1 << 20;
/// The front matter of a file ends within this.
const MOST_FRONT: u64 = 64 << 10;
/// So many files of agents, skills and commands are looked at in a folder.
const MOST_FILES: usize = 512;

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
}

impl When {
    /// Another call than the one that was judged may run.
    #[must_use]
    pub fn changes_calls(self) -> bool {
        matches!(self, Self::Before | Self::Environment)
    }

    /// The event, as the host calls it; of variables, where they stand in its settings.
    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            Self::Before => "PreToolUse",
            Self::Prompt => "PermissionRequest",
            Self::Environment => "env",
        }
    }
}

/// A hook of somebody else's that has a say in tool calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreign {
    /// When it is called.
    pub when: When,
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
}

/// The hooks before tool calls in a settings file, or a plugin's file of hooks. `ours` says that no repository has
/// written it.
#[must_use]
pub fn of_settings(file: &Path, ours: bool, own: &Own) -> Vec<Foreign> {
    match text(file, MOST) {
        Ok(Some(text)) => match serde_json::from_str::<Value>(&text) {
            Ok(settings) => of_value(&settings, file, ours, own),
            Err(_) if text.trim().is_empty() => Vec::new(),
            Err(_) => vec![unknown(file, "it is no JSON")],
        },
        Ok(None) => Vec::new(),
        Err(error) => vec![unknown(file, &error.to_string())],
    }
}

/// The hooks before tool calls in settings that were given as text.
#[must_use]
pub fn of_text(text: &str, file: &Path, own: &Own) -> Vec<Foreign> {
    match serde_json::from_str::<Value>(text) {
        Ok(settings) => of_value(&settings, file, true, own),
        Err(_) => vec![unknown(file, "it is no JSON")],
    }
}

fn of_value(settings: &Value, file: &Path, ours: bool, own: &Own) -> Vec<Foreign> {
    let mut found = of_event(settings, When::Before, file, ours, own);
    if !ours {
        found.extend(of_event(settings, When::Prompt, file, ours, own));
        found.extend(of_environment(settings, file));
    }
    found
}

/// What a repository sets that may decide what a command runs.
fn of_environment(settings: &Value, file: &Path) -> Option<Foreign> {
    let set = settings.get("env")?.as_object()?;
    let names: Vec<&str> = set.keys().map(String::as_str).filter(|name| may_decide(name)).collect();
    (!names.is_empty()).then(|| Foreign {
        when: When::Environment,
        tools: Tools::Named(vec!["Bash".to_owned()]),
        file: file.to_path_buf(),
        what: claudectl_redact::redact(&format!("env: {}", names.join(", "))).text.into_owned(),
        hash: None,
        programs: Vec::new(),
    })
}

fn of_event(settings: &Value, when: When, file: &Path, ours: bool, own: &Own) -> Vec<Foreign> {
    let Some(groups) = settings.get("hooks").and_then(|hooks| hooks.get(when.event())) else {
        return Vec::new();
    };
    let Some(groups) = groups.as_array() else {
        return vec![Foreign { when, ..unknown(file, "its hooks are no list") }];
    };
    let mut found = Vec::new();
    for group in groups {
        let tools = Tools::of(group.get("matcher"));
        let Some(hooks) = group.get("hooks").and_then(Value::as_array) else { continue };
        found.extend(
            hooks
                .iter()
                .filter(|entry| !own.is(entry))
                .map(|entry| Foreign { when, ..foreign(entry, tools.clone(), file, ours) }),
        );
    }
    found
}

fn foreign(entry: &Value, tools: Tools, file: &Path, ours: bool) -> Foreign {
    let text = |key: &str| entry[key].as_str();
    let what = text("command").or(text("url")).or(text("tool")).or(text("type")).unwrap_or("a hook");
    let programs = programs(entry);
    let mut hash = blake3::Hasher::new();
    hash.update(entry.to_string().as_bytes());
    for program in &programs {
        hash.update(&fs::read(program).unwrap_or_default());
    }
    let hash = hash.finalize();
    Foreign {
        when: When::Before,
        tools,
        file: file.to_path_buf(),
        what: claudectl_redact::redact(what).text.into_owned(),
        hash: ours.then(|| hash.as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect()),
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

/// Something that nobody can vouch for.
fn unknown(file: &Path, why: &str) -> Foreign {
    Foreign {
        when: When::Before,
        tools: Tools::Any,
        file: file.to_path_buf(),
        what: format!("what cannot be read: {why}"),
        hash: None,
        programs: Vec::new(),
    }
}

/// A regular file's text; `None` where there is none.
fn text(file: &Path, most: u64) -> std::io::Result<Option<String>> {
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
    if !meta.is_file() || meta.len() > most {
        return Err(std::io::Error::other("it is no file, or too large a one"));
    }
    let mut bytes = Vec::new();
    opened.take(most).read_to_end(&mut bytes)?;
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

/// Files of agents, commands and skills below a folder of them whose front matter has hooks that have a say in tool calls;
/// and the files and folders that say so.
#[must_use]
pub fn of_front_matter(folder: &Path) -> (Vec<Foreign>, Vec<PathBuf>) {
    let (mut files, mut looked) = (Vec::new(), Vec::new());
    list(folder, 0, &mut files, &mut looked);
    let found = files.iter().flat_map(|file| front_matter(file)).collect();
    looked.extend(files);
    (found, looked)
}

/// Agents and commands may stand in folders of folders, a skill has one of its own.
fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, looked: &mut Vec<PathBuf>) {
    looked.push(folder.to_path_buf());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if files.len() >= MOST_FILES {
            return;
        }
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        } else if depth < 3 && path.is_dir() {
            list(&path, depth + 1, files, looked);
        }
    }
}

fn front_matter(file: &Path) -> Vec<Foreign> {
    let text = match text(file, 16 * MOST) {
        Ok(Some(text)) => text,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![unknown(file, &error.to_string())],
    };
    let most = usize::try_from(MOST_FRONT).unwrap_or(usize::MAX);
    let text = &text[..text.floor_char_boundary(most)];
    let Some(body) = text.trim_start_matches('\u{feff}').strip_prefix("---") else { return Vec::new() };
    let front = body.split_once("\n---").map_or(body, |(front, _)| front);
    let quoted = |line: &str| line.trim_start_matches(['"', '\'', '{', ' ']).starts_with("hooks");
    if !front.lines().any(quoted) {
        return Vec::new();
    }
    let named = [When::Before, When::Prompt].into_iter().filter(|when| front.contains(when.event()));
    let what = "hooks in its front matter".to_owned();
    named.map(|when| Foreign { when, what: what.clone(), ..unknown(file, "") }).collect()
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

/// The hooks of the plugin in a folder, and the files that say so.
#[must_use]
pub fn of_plugin(folder: &Path, own: &Own) -> (Vec<Foreign>, Vec<PathBuf>) {
    let manifest = folder.join(".claude-plugin/plugin.json");
    let mut files = vec![manifest.clone(), folder.join("hooks/hooks.json")];
    let mut found = of_settings(&manifest, true, own);
    let said = text(&manifest, MOST).ok().flatten();
    let said = said.and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or_default();
    let named = match &said["hooks"] {
        Value::String(path) => vec![path.as_str()],
        Value::Array(paths) => paths.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    files.extend(named.into_iter().map(|path| folder.join(path)));
    found.extend(files[1..].iter().flat_map(|file| of_settings(file, true, own)));
    found.extend(folders(folder).iter().flat_map(|folder| of_front_matter(folder).0));
    files.extend(folders(folder));
    (found, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Own {
        Own { programs: vec!["/b/claudectl".to_owned()], home: "/h".to_owned() }
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
        assert_eq!(of_settings(&file, false, &own())[0].hash, None);
        let prompt = r#"{"hooks":{"PermissionRequest":[{"matcher":"Bash","hooks":[{"type":"command","command":"x"}]}]}}"#;
        fs::write(dir.path().join("prompt.json"), prompt).unwrap();
        let of = |ours| of_settings(&dir.path().join("prompt.json"), ours, &own());
        assert_eq!((of(false)[0].when, of(false).len(), of(true).len()), (When::Prompt, 1, 0));
        assert!(of_settings(&file, true, &own())[0].hash.is_some());
        assert!(of_settings(&dir.path().join("none.json"), true, &own()).is_empty());
    }

    #[test]
    fn front_matter_and_plugins_bring_hooks() {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let file = dir.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        put("skills/a/SKILL.md", "---\nname: a\nhooks:\n  PreToolUse:\n    - hooks: []\n---\nx");
        put("skills/b/SKILL.md", "---\nname: b\n---\nhooks: PreToolUse");
        put("agents/c.md", "---\n\"hooks\": {PermissionRequest: []}\n---\n");
        let count = |name: &str| of_front_matter(&dir.path().join(name)).0.len();
        assert_eq!((count("skills"), count("agents"), count("commands")), (1, 1, 0));
        let hook = r#"{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"x"}]}]}}"#;
        put("p/hooks/hooks.json", hook);
        put(
            "plugins/installed_plugins.json",
            &format!(
                r#"{{"version":2,"plugins":{{"p@m":[{{"scope":"user","installPath":"{}"}}]}}}}"#,
                dir.path().join("p").display()
            ),
        );
        let plugins = |settings: &str| {
            put("settings.json", settings);
            of_plugins(dir.path(), &own()).0.len()
        };
        assert_eq!(plugins("{}"), 1);
        assert_eq!(plugins(r#"{"enabledPlugins":{"p@m":false}}"#), 0);
    }
}
