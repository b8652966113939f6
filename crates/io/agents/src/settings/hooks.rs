//! What of a settings file is ours: the hook entries and the status line that `init` writes, and those the
//! published tool left. Decides on text only; [`super`] reads and writes the files.

use std::collections::BTreeSet;

use jsonc_parser::ast::{Array, Object, ObjectProp, Value as Node};
use jsonc_parser::common::Ranged;
use serde_json::{Map, Value, json};

use super::loading::{self, LeftOut};
use super::ours::{self, Line, Owner, Persons, Programs, Whose, owner, persons};
use super::text::{self, Style, Syntax, member, value};
use super::words::join;
use crate::host::{EVENTS, EXEC_FORM, Event, ON_FAILURE, Version, events};
use crate::plugin;

/// Claude Code waits so long for a hook of ours, in seconds. It answers within milliseconds; this bounds what a
/// stuck disk can cost.
const TIMEOUT_S: u32 = 5;

/// And for one that waits beside a prompt: it ends with the prompt, or when the person's own limit is over.
const WAITS_S: u32 = 12 * 60 * 60;

/// How long Claude Code waits for our hook of an event, in seconds.
fn timeout_of(event: &str) -> u32 {
    if event == "PermissionRequest" { WAITS_S } else { TIMEOUT_S }
}

/// Where this claudectl and its state are. All absolute: hooks get an environment that a repository may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The program.
    pub binary: String,
    /// The state folder.
    pub home: String,
    /// The configuration file.
    pub config: String,
}

impl Installation {
    fn hook_words(&self) -> [&str; 6] {
        [&self.binary, "hook", "--home", &self.home, "--config", &self.config]
    }

    /// One hook, as the version takes it.
    fn hook(&self, version: Version, event: &str, blocks: bool) -> Value {
        let words = self.hook_words();
        let timeout = timeout_of(event);
        let mut hook = if version >= EXEC_FORM {
            json!({"type": "command", "command": words[0], "args": words[1..], "timeout": timeout})
        } else {
            json!({"type": "command", "command": join(words), "timeout": timeout})
        };
        if blocks {
            hook["onFailure"] = "block".into();
        }
        hook
    }
}

/// Whether a call is to be blocked where its hook fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strict {
    /// As it is in the file.
    #[default]
    AsIs,
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What is to stand in a settings file.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What the hooks call.
    pub installation: Installation,
    /// The version to write for.
    pub version: Version,
    /// A call is blocked where its hook fails.
    pub strict: Strict,
    /// The status line, too; without it, the one that is there stays.
    pub status_line: bool,
}

impl Wanted {
    /// The version knows how to block on failure, and that is wanted.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.strict == Strict::Yes && self.version >= ON_FAILURE
    }

    /// The same for a file that is strict, or is not.
    fn of_file(&self, is_strict: bool) -> Self {
        let strict = match self.strict {
            Strict::AsIs if is_strict => Strict::Yes,
            wish => wish,
        };
        Self { strict, ..self.clone() }
    }

    /// The group of one event.
    fn group(&self, event: &Event) -> Value {
        let blocks = self.blocks() && event.name == "PreToolUse";
        let hook = self.installation.hook(self.version, event.name, blocks);
        if event.of_tool { json!({"matcher": "*", "hooks": [hook]}) } else { json!({"hooks": [hook]}) }
    }
}

/// Why a settings file is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// No JSON.
    #[error(transparent)]
    Syntax(#[from] Syntax),
    /// Something else than expected stands somewhere.
    #[error("`{key}` is not {expected}")]
    WrongType {
        /// What holds it; empty for the whole file.
        key: String,
        /// `an object`, `a list`.
        expected: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The edit would have changed something that is not ours.
    #[error("the edit would change more than claudectl's own entries")]
    Unsafe,
}

impl Flaw {
    /// Line and column, from 1.
    #[must_use]
    pub fn place(&self) -> Option<(usize, usize)> {
        match self {
            Self::Syntax(error) => Some((error.line, error.column)),
            Self::WrongType { line, column, .. } => Some((*line, *column)),
            Self::Unsafe => None,
        }
    }
}

/// What an edit does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Events that get our hook.
    pub added: Vec<String>,
    /// Events whose hook of ours changes.
    pub updated: Vec<String>,
    /// Events that lose ours.
    pub removed: Vec<String>,
    /// Event and command of each hook of the published tool that goes.
    pub leftovers: Vec<(String, String)>,
    /// What becomes of the status line.
    pub status_line: StatusLine,
    /// A call was blocked where its hook failed.
    pub was_strict: bool,
    /// It is from now on.
    pub strict: bool,
}

/// What becomes of the status line, or what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StatusLine {
    /// Nothing: there is none, or it stays.
    #[default]
    Left,
    /// It is not a command, so it cannot be wrapped.
    Odd,
    /// Ours is put there.
    Installed,
    /// Ours is put around this command.
    Wrapped(String),
    /// Ours goes, or changes; the person's own command, if ours was around one.
    Removed(Option<String>),
    /// Ours stays but is called otherwise.
    Updated,
    /// It calls claudectl, but not as `init` writes it, and stays as it is.
    OtherForm,
}

impl StatusLine {
    /// Nothing of it is ours to change.
    pub(super) fn stays(&self) -> bool {
        matches!(self, Self::Left | Self::Odd | Self::OtherForm)
    }
}

impl Changes {
    /// Nothing changes.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let events = [&self.added, &self.updated, &self.removed];
        events.iter().all(|events| events.is_empty()) && self.leftovers.is_empty() && self.status_line.stays()
    }
}

/// An edited text, and what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edited {
    /// The text.
    pub(super) text: String,
    /// What is different.
    pub(super) changes: Changes,
    /// Lists and objects (`hooks`, `hooks.Stop`) that an install made.
    pub(super) made: Vec<String>,
}

/// Which lists and objects go when nothing is in them any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Emptied {
    /// All of them.
    All,
    /// None of them.
    None,
    /// Those that `init` made.
    Made(BTreeSet<String>),
    /// No record tells which: lists of events go, `hooks` stays.
    Untold,
}

impl Emptied {
    fn goes(&self, container: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Made(made) => made.contains(container),
            Self::Untold => container != "hooks",
        }
    }
}

/// A hook and where it stands.
#[derive(Debug)]
struct Entry {
    event: String,
    group: usize,
    hook: usize,
    owner: Owner,
}

/// A hook of ours that stands in a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The event.
    pub event: String,
    /// What it calls.
    pub installation: Installation,
    /// It is called with arguments, without a shell.
    pub exec: bool,
    /// A call is blocked where it fails.
    pub blocks: bool,
    /// How it stands there otherwise than `init` writes it.
    pub odd: Option<Odd>,
}

/// How a hook of ours stands otherwise than `init` writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// In words: `its matcher is "Edit"`.
    pub what: String,
    /// It is not called for everything, or is not waited for.
    pub narrows: bool,
}

/// Keys of a hook that `init` writes, each judged by itself.
const OWN_KEYS: [&str; 5] = ["type", "command", "args", "timeout", "onFailure"];
/// Keys that keep a hook from being called, or from being waited for, where they are on.
const NARROWING: [&str; 4] = ["if", "async", "asyncRewake", "once"];

/// What of a group and the hook of ours in it is not as `init` writes it; what takes calls from it comes first.
fn odd(event: &str, group: &Value, hook: &Value) -> Option<Odd> {
    let of_tool = EVENTS.iter().any(|known| known.name == event && known.of_tool);
    let mut all = vec![odd_matcher(of_tool, group.get("matcher"))];
    for (key, value) in hook.as_object().into_iter().flatten() {
        if !OWN_KEYS.contains(&key.as_str()) {
            let narrows = NARROWING.contains(&key.as_str()) && *value != json!(false);
            all.push(Some(Odd { what: format!("it has `\"{key}\": {value}`"), narrows }));
        }
    }
    all.push(odd_timeout(event, hook.get("timeout")));
    if let Some(value) = hook.get("onFailure").filter(|value| event != "PreToolUse" || **value != "block") {
        all.push(Some(Odd { what: format!("it has `\"onFailure\": {value}`"), narrows: false }));
    }
    let mut all: Vec<Odd> = all.into_iter().flatten().collect();
    all.sort_by_key(|odd| !odd.narrows);
    all.into_iter().next()
}

/// `*`, nothing and a pattern for anything are the same to Claude Code.
fn odd_matcher(of_tool: bool, matcher: Option<&Value>) -> Option<Odd> {
    let all = |matcher: &Value| matches!(matcher.as_str(), Some("*" | "" | ".*"));
    match matcher {
        None if of_tool => Some(Odd { what: "it has no matcher".to_owned(), narrows: false }),
        None => None,
        Some(matcher) if of_tool && *matcher == "*" => None,
        Some(matcher) => Some(Odd { what: format!("its matcher is {matcher}"), narrows: !all(matcher) }),
    }
}

/// A hook that is not waited for as long as it may need has said nothing.
fn odd_timeout(event: &str, timeout: Option<&Value>) -> Option<Odd> {
    let wanted = timeout_of(event);
    let Some(timeout) = timeout else {
        return Some(Odd { what: "it has no timeout".to_owned(), narrows: false });
    };
    let seconds = timeout.as_f64();
    let what = format!("its timeout is {timeout}, not {wanted}");
    let narrows = seconds.is_some_and(|seconds| seconds < f64::from(wanted));
    (seconds != Some(f64::from(wanted))).then_some(Odd { what, narrows })
}

/// What a settings file says that bears on hooks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// `disableAllHooks`.
    pub disable_all: Option<bool>,
    /// `allowManagedHooksOnly`.
    pub managed_only: Option<bool>,
    /// Hooks of ours.
    pub ours: Vec<Installed>,
    /// Event and command of each hook of the published tool.
    pub leftovers: Vec<(String, String)>,
    /// The status line: `Left` where there is none, `Installed` or `Wrapped` for ours, `Odd` for another.
    pub status_line: StatusLine,
    /// What a status line of ours calls.
    pub status_line_calls: Option<Installation>,
    /// Plugins of the published tool that are switched on.
    pub plugins: Vec<String>,
    /// Our own plugin is switched on, or off.
    pub own_plugin: Option<bool>,
    /// It says something of a plugin that is named like ours, from wherever.
    pub names_plugin: bool,
    /// The key that, in an organisation's settings, keeps Claude Code from loading plugins out of folders.
    pub no_plugin_folders: Option<&'static str>,
    /// In an organisation's settings, it leaves hooks to these and to plugins.
    pub hooks_of_plugins_only: bool,
    /// Variables in `env` that start Claude Code without anybody's hooks.
    pub bare: Vec<&'static str>,
    /// Variables in `env` that lead Claude Code to another API.
    pub redirects: Vec<String>,
    /// Why Claude Code leaves the file out, so that nothing in it counts.
    pub left_out: Option<LeftOut>,
}

impl Facts {
    /// A call is blocked where its hook of ours fails.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.ours.iter().any(|hook| hook.blocks)
    }
}

/// The text with what is wanted in it, and without what the published tool left.
///
/// # Errors
/// When the text is no settings file that could be edited.
pub(super) fn install(text: &str, wanted: &Wanted, programs: &Programs) -> Result<Edited, Flaw> {
    let programs = &programs.with(&wanted.installation.binary);
    let was_strict = facts(text, programs)?.is_strict();
    let wanted = &wanted.of_file(was_strict);
    let start = with_object(text)?;
    let made = to_be_made(&start, wanted, programs)?;
    let changes = Changes { was_strict, strict: wanted.blocks(), ..Changes::default() };
    let mut edit = Edited { text: start, changes, made };
    for event in events(wanted.version) {
        ensure(&mut edit, event, wanted, programs)?;
    }
    let known = |name: &str| events(wanted.version).any(|event| event.name == name);
    while let Some(entry) = find(&edit.text, programs, |entry| match &entry.owner {
        Owner::Us(_) => !known(&entry.event),
        Owner::Published(_) => true,
        Owner::Other => false,
    })? {
        // The very name of an unknown event makes that version ask.
        edit.text = without(&edit.text, &entry, &Emptied::All)?;
        match entry.owner {
            Owner::Published(command) => edit.changes.leftovers.push((entry.event, command)),
            _ => edit.changes.removed.push(entry.event),
        }
    }
    if wanted.status_line {
        put_status_line(&mut edit, &wanted.installation, programs)?;
    }
    if edit.changes.is_none() {
        edit.text = text.to_owned();
    }
    if persons_of(text, programs)?.is_some()
        && persons_of(text, programs)? != persons_of(&edit.text, programs)?
    {
        return Err(Flaw::Unsafe);
    }
    checked(text, edit, programs)
}

/// The text without what is ours.
///
/// # Errors
/// When the text is no settings file that could be edited.
pub(super) fn remove(text: &str, programs: &Programs, emptied: &Emptied) -> Result<Edited, Flaw> {
    let mut edit = Edited { text: text.to_owned(), changes: Changes::default(), made: Vec::new() };
    while let Some(entry) = find(&edit.text, programs, |entry| matches!(entry.owner, Owner::Us(_)))? {
        edit.text = without(&edit.text, &entry, emptied)?;
        edit.changes.removed.push(entry.event);
    }
    take_status_line(&mut edit, programs)?;
    edit.changes.removed.dedup();
    checked(text, edit, programs)
}

/// The lists and objects that an install makes: those that are not there, or hold nothing but what the published
/// tool had left.
fn to_be_made(text: &str, wanted: &Wanted, programs: &Programs) -> Result<Vec<String>, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Ok(Vec::new()) };
    let hooks = hooks_of(text, root)?;
    let groups = |event: &str| member(hooks?, event).map(|property| &property.value);
    let made = |event: &str| groups(event).is_none_or(|groups| is_leftover(groups, programs));
    let all_left = |hooks: &Object<'_>| {
        !hooks.properties.is_empty()
            && hooks.properties.iter().all(|property| is_leftover(&property.value, programs))
    };
    let whole = hooks.is_none_or(all_left).then(|| "hooks".to_owned());
    let lists = events(wanted.version).filter(|event| made(event.name));
    Ok(whole.into_iter().chain(lists.map(|event| list_of(event.name))).collect())
}

/// The name of an event's list.
fn list_of(event: &str) -> String {
    format!("hooks.{event}")
}

/// Groups in which the published tool's hooks are, and none of anybody else.
fn is_leftover(groups: &Node<'_>, programs: &Programs) -> bool {
    let Some(groups) = groups.as_array().map(|groups| &groups.elements) else { return false };
    let owners = |group: &Node<'_>| -> Vec<Owner> {
        let hooks = group_hooks(group).into_iter().flat_map(|hooks| &hooks.elements);
        hooks.map(|hook| owner(&value(hook), programs)).collect()
    };
    let owners: Vec<Vec<Owner>> = groups.iter().map(owners).collect();
    owners.iter().all(|group| !group.is_empty() && !group.contains(&Owner::Other))
        && owners.iter().flatten().any(|owner| matches!(owner, Owner::Published(_)))
}

/// What a settings file says.
///
/// # Errors
/// When it is none.
pub(super) fn facts(text: &str, programs: &Programs) -> Result<Facts, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Ok(Facts::default()) };
    let flag =
        |name| member(root, name).and_then(|property| property.value.as_boolean_lit()).map(|b| b.value);
    let (status_line, status_line_calls) = status_line(root, programs);
    let variables = variables(root);
    let mut facts = Facts {
        disable_all: flag("disableAllHooks"),
        managed_only: flag("allowManagedHooksOnly"),
        status_line,
        status_line_calls,
        plugins: plugins(root),
        own_plugin: own_plugin(root),
        names_plugin: named_plugins(root).next().is_some(),
        no_plugin_folders: no_plugin_folders(root),
        hooks_of_plugins_only: hooks_of_plugins_only(root),
        bare: variables.iter().filter_map(|(name, value)| bare(name, value)).collect(),
        redirects: variables.iter().map(|(name, _)| name.clone()).filter(|name| redirects(name)).collect(),
        left_out: loading::left_out(text, Some(root)),
        ..Facts::default()
    };
    for entry in entries(text, root, programs)? {
        match entry.owner {
            Owner::Us(installation) => {
                let hook = hook_value(root, &entry.event, entry.group, entry.hook).unwrap_or_default();
                let group = group_value(root, &entry.event, entry.group).unwrap_or_default();
                facts.ours.push(Installed {
                    odd: odd(&entry.event, &group, &hook),
                    event: entry.event,
                    installation,
                    exec: hook.get("args").is_some(),
                    blocks: hook["onFailure"] == "block",
                });
            }
            Owner::Published(command) => facts.leftovers.push((entry.event, command)),
            Owner::Other => {}
        }
    }
    Ok(facts)
}

/// The variables that a file sets for the session.
fn variables(root: &Object<'_>) -> Vec<(String, String)> {
    let Some(Value::Object(all)) = member(root, "env").map(|env| value(&env.value)) else {
        return Vec::new();
    };
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    all.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// Variables by which Claude Code starts as with `--bare`, `--safe-mode` and `--restricted`. Of the person's settings the
/// first two were seen to count with 2.1.330, of a project's none.
pub const BARE: [&str; 3] = ["CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE", "CLAUDE_CODE_RESTRICTED"];

/// The variable of settings that this is, if it starts Claude Code without hooks.
#[must_use]
pub fn bare(name: &str, value: &str) -> Option<&'static str> {
    BARE.into_iter().take(2).find(|bare| *bare == name && is_on(value))
}

/// What Claude Code takes for yes in a variable.
#[must_use]
pub fn is_on(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

/// A variable that says which API is called, or through whom.
fn redirects(name: &str) -> bool {
    let proxy = matches!(name.to_ascii_lowercase().as_str(), "http_proxy" | "https_proxy" | "all_proxy");
    let provider = name.starts_with("CLAUDE_CODE_USE_")
        && ["BEDROCK", "VERTEX", "FOUNDRY", "GATEWAY", "MANTLE", "AWS", "CLOUD"]
            .iter()
            .any(|end| name.ends_with(end));
    proxy
        || provider
        || name.starts_with("ANTHROPIC_")
            && ["_BASE_URL", "_SOCKET", "_API_HOST"].iter().any(|end| name.ends_with(end))
}

/// Whether a text says nothing: no property of an object, or no value at all.
pub(super) fn is_empty(text: &str) -> bool {
    match text::parse(text) {
        Ok(None) => text.trim().is_empty(),
        Ok(Some(Node::Object(root))) => root.properties.is_empty() && text.trim() == "{}",
        _ => false,
    }
}

/// What a text means apart from what is ours and from what the published tool left.
///
/// # Errors
/// When it is no settings file.
pub(super) fn meaning(text: &str, programs: &Programs) -> Result<Value, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Ok(json!({})) };
    let Value::Object(mut all) = value(&Node::Object(root.clone())) else { return Ok(json!({})) };
    if let Some(Value::Object(events)) = all.get_mut("hooks") {
        *events = std::mem::take(events).into_iter().filter_map(|event| others(event, programs)).collect();
    }
    if all.get("hooks").and_then(Value::as_object).is_some_and(Map::is_empty) {
        all.shift_remove("hooks");
    }
    match all.get("statusLine").and_then(|line| persons(line["command"].as_str()?, programs)) {
        Some(Persons { command: Some(theirs), .. }) => all["statusLine"]["command"] = theirs.into(),
        Some(_) => drop(all.shift_remove("statusLine")),
        None => {}
    }
    Ok(Value::Object(all))
}

/// What of a status line of ours is the person's.
fn persons_of(text: &str, programs: &Programs) -> Result<Option<Persons>, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Ok(None) };
    let line = member(root, "statusLine").map(|line| value(&line.value));
    Ok(line.and_then(|line| persons(line["command"].as_str()?, programs)))
}

/// An event with the hooks of others only; `None` if there are none.
fn others((event, groups): (String, Value), programs: &Programs) -> Option<(String, Value)> {
    let Value::Array(groups) = groups else { return Some((event, groups)) };
    let group = |mut group: Value| {
        if let Some(hooks) = group.get_mut("hooks").and_then(Value::as_array_mut) {
            hooks.retain(|hook| owner(hook, programs) == Owner::Other);
            if hooks.is_empty() {
                return None;
            }
        }
        Some(group)
    };
    let groups: Vec<Value> = groups.into_iter().filter_map(group).collect();
    (!groups.is_empty()).then(|| (event, groups.into()))
}

/// The last guard before anything is written: what is not ours means the same as before.
pub(super) fn checked(before: &str, edit: Edited, programs: &Programs) -> Result<Edited, Flaw> {
    if meaning(before, programs)? == meaning(&edit.text, programs)? { Ok(edit) } else { Err(Flaw::Unsafe) }
}

/// The text, with an object if there was no value in it.
fn with_object(text: &str) -> Result<String, Flaw> {
    Ok(match text::parse(text)? {
        Some(_) => text.to_owned(),
        None if text.trim().is_empty() => "{}\n".to_owned(),
        // Nothing but comments.
        None if text.ends_with('\n') => format!("{text}{{}}\n"),
        None => format!("{text}\n{{}}\n"),
    })
}

fn wrong(text: &str, key: impl Into<String>, expected: &'static str, at: &impl Ranged) -> Flaw {
    let (line, column) = text::place(text, at.start());
    Flaw::WrongType { key: key.into(), expected, line, column }
}

fn root<'n, 't>(text: &str, node: Option<&'n Node<'t>>) -> Result<Option<&'n Object<'t>>, Flaw> {
    match node {
        None => Ok(None),
        Some(Node::Object(root)) => Ok(Some(root)),
        Some(other) => Err(wrong(text, "", "an object", other)),
    }
}

/// The hooks, if there are any.
fn hooks_of<'n, 't>(text: &str, root: &'n Object<'t>) -> Result<Option<&'n Object<'t>>, Flaw> {
    match member(root, "hooks").map(|property| &property.value) {
        None => Ok(None),
        Some(Node::Object(hooks)) => Ok(Some(hooks)),
        Some(other) => Err(wrong(text, "hooks", "an object", other)),
    }
}

/// The groups of an event, if there are any.
fn groups_of<'n, 't>(text: &str, hooks: &'n Object<'t>, event: &str) -> Result<Option<&'n Array<'t>>, Flaw> {
    match member(hooks, event).map(|property| &property.value) {
        None => Ok(None),
        Some(Node::Array(groups)) => Ok(Some(groups)),
        Some(other) => Err(wrong(text, format!("hooks.{event}"), "a list", other)),
    }
}

/// The hooks of a group; of something else, none.
fn group_hooks<'n, 't>(group: &'n Node<'t>) -> Option<&'n Array<'t>> {
    member(group.as_object()?, "hooks")?.value.as_array()
}

/// Every hook. What is no group or no hook is nobody's, and left alone.
fn entries(text: &str, root: &Object<'_>, programs: &Programs) -> Result<Vec<Entry>, Flaw> {
    let mut all = Vec::new();
    let Some(hooks) = hooks_of(text, root)? else { return Ok(all) };
    for property in &hooks.properties {
        let event = property.name.as_str();
        let counts = member(hooks, event).is_some_and(|last| last.start() == property.start());
        let Some(groups) = property.value.as_array().filter(|_| counts) else { continue };
        for (group, node) in groups.elements.iter().enumerate() {
            for (hook, node) in group_hooks(node).iter().flat_map(|hooks| hooks.elements.iter().enumerate()) {
                all.push(Entry {
                    event: event.to_owned(),
                    group,
                    hook,
                    owner: owner(&value(node), programs),
                });
            }
        }
    }
    Ok(all)
}

fn find(text: &str, programs: &Programs, wanted: impl Fn(&Entry) -> bool) -> Result<Option<Entry>, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Ok(None) };
    Ok(entries(text, root, programs)?.into_iter().find(wanted))
}

fn group_value(root: &Object<'_>, event: &str, group: usize) -> Option<Value> {
    let hooks = member(root, "hooks")?.value.as_object()?;
    Some(value(member(hooks, event)?.value.as_array()?.elements.get(group)?))
}

fn hook_value(root: &Object<'_>, event: &str, group: usize, hook: usize) -> Option<Value> {
    let hooks = member(root, "hooks")?.value.as_object()?;
    let groups = member(hooks, event)?.value.as_array()?;
    Some(value(group_hooks(groups.elements.get(group)?)?.elements.get(hook)?))
}

/// Puts our hook on an event.
fn ensure(edit: &mut Edited, event: &Event, wanted: &Wanted, programs: &Programs) -> Result<(), Flaw> {
    let group = wanted.group(event);
    let ours = |entry: &Entry| entry.event == event.name && matches!(entry.owner, Owner::Us(_));
    let mut touched = false;
    loop {
        let text = edit.text.clone();
        let node = text::parse(&text)?;
        let Some(root) = root(&text, node.as_ref())? else { return Ok(()) };
        let found: Vec<Entry> =
            entries(&text, root, programs)?.into_iter().filter(|entry| ours(entry)).collect();
        let style = Style::of(&text, root);
        let groups = hooks_of(&text, root)?.map(|hooks| groups_of(&text, hooks, event.name)).transpose()?;
        let Some(first) = found.first() else {
            edit.text = added(&text, root, &style, event.name, &style.inline(&group))?;
            let list = if touched { &mut edit.changes.updated } else { &mut edit.changes.added };
            list.push(event.name.to_owned());
            return Ok(());
        };
        let node = groups.flatten().and_then(|groups| groups.elements.get(first.group));
        let alone = node.and_then(group_hooks).is_some_and(|hooks| hooks.elements.len() == 1);
        if let Some(last) = found.last().filter(|_| found.len() > 1 || !alone) {
            // One of ours is enough, in a group of its own: another matcher would not see everything.
            edit.text = without(&text, last, &Emptied::None)?;
            touched = true;
            continue;
        }
        if let Some(node) = node.filter(|node| value(node) != group) {
            edit.text = text::replaced(&text, text::span(node), &style.inline(&group));
            touched = true;
        }
        if touched {
            edit.changes.updated.push(event.name.to_owned());
        }
        return Ok(());
    }
}

/// The text with one more group of an event.
fn added(text: &str, root: &Object<'_>, style: &Style, event: &str, group: &str) -> Result<String, Flaw> {
    let Some(hooks) = hooks_of(text, root)? else {
        let with_hooks = text::add_member(text, root, style, "hooks", "{}");
        let node = text::parse(&with_hooks)?;
        let Some(root) = self::root(&with_hooks, node.as_ref())? else { return Err(Flaw::Unsafe) };
        return match hooks_of(&with_hooks, root)? {
            Some(hooks) => Ok(text::add_member(&with_hooks, hooks, style, event, &format!("[{group}]"))),
            None => Err(Flaw::Unsafe),
        };
    };
    Ok(match groups_of(text, hooks, event)? {
        Some(groups) => text::add_element(text, groups, style, group),
        None => text::add_member(text, hooks, style, event, &format!("[{group}]")),
    })
}

/// The text without one hook, without a group that held only that, and without what held only the group and is
/// to go then.
fn without(text: &str, entry: &Entry, emptied: &Emptied) -> Result<String, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Err(Flaw::Unsafe) };
    let hooks = hooks_of(text, root)?.ok_or(Flaw::Unsafe)?;
    let groups = groups_of(text, hooks, &entry.event)?.ok_or(Flaw::Unsafe)?;
    let group = groups.elements.get(entry.group).and_then(group_hooks).ok_or(Flaw::Unsafe)?;
    if group.elements.len() > 1 {
        return Ok(text::remove_element(text, group, entry.hook));
    }
    let cut = text::remove_element(text, groups, entry.group);
    let cut = if emptied.goes(&list_of(&entry.event)) { without_list(&cut, &entry.event)? } else { cut };
    if emptied.goes("hooks") { without_hooks(&cut) } else { Ok(cut) }
}

/// The text without an event that says nothing.
fn without_list(text: &str, event: &str) -> Result<String, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Err(Flaw::Unsafe) };
    let hooks = hooks_of(text, root)?.ok_or(Flaw::Unsafe)?;
    let groups = groups_of(text, hooks, event)?.ok_or(Flaw::Unsafe)?;
    let goes = says_nothing(text, groups);
    Ok(if goes { text::remove_member(text, hooks, event, "[]") } else { text.to_owned() })
}

/// The text without `hooks`, if it says nothing.
fn without_hooks(text: &str) -> Result<String, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Err(Flaw::Unsafe) };
    let hooks = hooks_of(text, root)?.ok_or(Flaw::Unsafe)?;
    let goes = says_nothing(text, hooks);
    Ok(if goes { text::remove_member(text, root, "hooks", "{}") } else { text.to_owned() })
}

/// Nothing is between the brackets, not even a comment.
fn says_nothing(text: &str, node: &impl Ranged) -> bool {
    text[node.start() + 1..node.end() - 1].trim().is_empty()
}

fn status_line(root: &Object<'_>, programs: &Programs) -> (StatusLine, Option<Installation>) {
    if member(root, "statusLine").is_none() {
        return (StatusLine::Left, None);
    }
    let whose = status_command(root)
        .and_then(|property| Some(ours::status_line(&property.value.as_string_lit()?.value, programs)));
    match whose {
        Some(Whose::Ours(line)) => {
            let line = line.unnested(programs);
            (line.wrap.map_or(StatusLine::Installed, StatusLine::Wrapped), Some(line.installation))
        }
        Some(Whose::OtherForm) => (StatusLine::OtherForm, None),
        Some(Whose::Theirs) | None => (StatusLine::Odd, None),
    }
}

/// The command property of a status line.
fn status_command<'n, 't>(root: &'n Object<'t>) -> Option<&'n ObjectProp<'t>> {
    let line = member(root, "statusLine")?.value.as_object()?;
    let kind = member(line, "type")?.value.as_string_lit()?;
    let command = member(line, "command").filter(|command| command.value.as_string_lit().is_some())?;
    (kind.value == "command").then_some(command)
}

fn put_status_line(edit: &mut Edited, installation: &Installation, programs: &Programs) -> Result<(), Flaw> {
    let text = edit.text.clone();
    let node = text::parse(&text)?;
    let Some(root) = root(&text, node.as_ref())? else { return Ok(()) };
    let new = |wrap| Line { installation: installation.clone(), format: None, color: None, wrap };
    if member(root, "statusLine").is_none() {
        let style = Style::of(&text, root);
        let line = json!({"type": "command", "command": new(None).command()});
        edit.text = text::add_member(&text, root, &style, "statusLine", &style.inline(&line));
        edit.changes.status_line = StatusLine::Installed;
        return Ok(());
    }
    let Some(property) = status_command(root) else {
        edit.changes.status_line = StatusLine::Odd;
        return Ok(());
    };
    let Value::String(there) = value(&property.value) else { return Ok(()) };
    let (line, change) = match ours::status_line(&there, programs) {
        Whose::Ours(line) => {
            let wanted = Line { installation: installation.clone(), ..line.clone().unnested(programs) };
            if line == wanted {
                return Ok(());
            }
            (wanted, StatusLine::Updated)
        }
        Whose::OtherForm => {
            edit.changes.status_line = StatusLine::OtherForm;
            return Ok(());
        }
        Whose::Theirs => (new(Some(there.clone())), StatusLine::Wrapped(there)),
    };
    let command = Value::from(line.command()).to_string();
    edit.text = text::replaced(&text, text::span(&property.value), &command);
    edit.changes.status_line = change;
    Ok(())
}

fn take_status_line(edit: &mut Edited, programs: &Programs) -> Result<(), Flaw> {
    let text = edit.text.clone();
    let node = text::parse(&text)?;
    let Some(root) = root(&text, node.as_ref())? else { return Ok(()) };
    let Some(property) = status_command(root) else { return Ok(()) };
    let Value::String(there) = value(&property.value) else { return Ok(()) };
    let line = match ours::status_line(&there, programs) {
        Whose::Ours(line) => line.unnested(programs),
        Whose::OtherForm => {
            edit.changes.status_line = StatusLine::OtherForm;
            return Ok(());
        }
        Whose::Theirs => return Ok(()),
    };
    edit.text = match &line.wrap {
        Some(theirs) => {
            text::replaced(&text, text::span(&property.value), &Value::from(theirs.as_str()).to_string())
        }
        None => text::remove_member(&text, root, "statusLine", "null"),
    };
    edit.changes.status_line = StatusLine::Removed(line.wrap);
    Ok(())
}

/// What a file says of plugins named `claudectl`.
fn named_plugins<'o>(root: &'o Object<'_>) -> impl Iterator<Item = (&'o str, Value)> {
    let plugins = member(root, "enabledPlugins").and_then(|plugins| plugins.value.as_object());
    let properties = plugins.into_iter().flat_map(|plugins| &plugins.properties);
    let named = properties.map(|property| (property.name.as_str(), value(&property.value)));
    named.filter(|(name, _)| name.split('@').next() == Some(plugin::NAME))
}

/// Those from elsewhere that are switched on.
fn plugins(root: &Object<'_>) -> Vec<String> {
    let on = named_plugins(root).filter(|(name, on)| *name != plugin::ID && *on != Value::Bool(false));
    on.map(|(name, _)| name.to_owned()).collect()
}

/// As seen with Claude Code 2.1.330, only `false` switches a plugin of a folder off.
fn own_plugin(root: &Object<'_>) -> Option<bool> {
    named_plugins(root).filter(|(name, _)| *name == plugin::ID).last().map(|(_, on)| on != Value::Bool(false))
}

/// As seen with Claude Code 2.1.330: `true`, a list with `hooks`, and whatever is neither a list nor switches it off, which
/// it takes for `true`.
fn hooks_of_plugins_only(root: &Object<'_>) -> bool {
    match member(root, "strictPluginOnlyCustomization").map(|property| value(&property.value)) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(surfaces)) => surfaces.iter().any(|surface| surface == "hooks"),
        Some(Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_)) => true,
    }
}

/// As seen with Claude Code 2.1.330: any list of marketplaces that are allowed (but one that names the folders), a
/// list of blocked ones that names them, and any list of what only plugins may bring.
fn no_plugin_folders(root: &Object<'_>) -> Option<&'static str> {
    let of = |key: &str| member(root, key).map_or(Value::Null, |property| value(&property.value));
    let names_folders = |list: &Value| {
        list.as_array().is_some_and(|list| list.iter().any(|entry| entry["source"] == "skills-dir"))
    };
    let only = of("strictPluginOnlyCustomization");
    let nothing = |value: &Value| value.is_null() || *value == Value::Bool(false) || *value == json!([]);
    let known = of("strictKnownMarketplaces");
    if !known.is_null() && !names_folders(&known) {
        Some("strictKnownMarketplaces")
    } else if names_folders(&of("blockedMarketplaces")) {
        Some("blockedMarketplaces")
    } else {
        (!nothing(&only)).then_some("strictPluginOnlyCustomization")
    }
}
