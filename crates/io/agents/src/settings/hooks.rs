//! What of a settings file is ours: the hook entries and the status line that `init` writes, and those the
//! published tool left. Decides on text only; [`super`] reads and writes the files.

use jsonc_parser::ast::{Array, Object, ObjectProp, Value as Node};
use jsonc_parser::common::Ranged;
use serde_json::{Map, Value, json};

use super::text::{self, Style, Syntax, member, value};
use super::words::{join, split};
use crate::host::{EXEC_FORM, Event, ON_FAILURE, Version, events};

/// Claude Code waits so long for a hook of ours, in seconds. It answers within milliseconds; this bounds what a
/// stuck disk can cost.
const TIMEOUT_S: u32 = 5;

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
    fn hook(&self, version: Version, blocks: bool) -> Value {
        let words = self.hook_words();
        let mut hook = if version >= EXEC_FORM {
            json!({"type": "command", "command": words[0], "args": words[1..], "timeout": TIMEOUT_S})
        } else {
            json!({"type": "command", "command": join(words), "timeout": TIMEOUT_S})
        };
        if blocks {
            hook["onFailure"] = "block".into();
        }
        hook
    }

    /// The status line's command, around the person's own if there is one.
    fn status_command(&self, wrapped: Option<&str>) -> String {
        let ours = [&self.binary, "statusline", "--home", &self.home, "--config", &self.config];
        join(ours.into_iter().chain(wrapped.into_iter().flat_map(|theirs| ["--wrap", theirs])))
    }
}

/// What is to stand in a settings file.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What the hooks call.
    pub installation: Installation,
    /// The version to write for.
    pub version: Version,
    /// A call is blocked where its hook fails.
    pub strict: bool,
    /// The status line, too; without it, the one that is there stays.
    pub status_line: bool,
}

impl Wanted {
    /// The version knows how to block on failure, and that is wanted.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.strict && self.version >= ON_FAILURE
    }

    /// The group of one event.
    fn group(&self, event: &Event) -> Value {
        let blocks = self.blocks() && event.name == "PreToolUse";
        let hook = self.installation.hook(self.version, blocks);
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
}

impl Changes {
    /// Nothing changes.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let events = [&self.added, &self.updated, &self.removed];
        events.iter().all(|events| events.is_empty())
            && self.leftovers.is_empty()
            && matches!(self.status_line, StatusLine::Left | StatusLine::Odd)
    }
}

/// An edited text, and what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edited {
    /// The text.
    pub(super) text: String,
    /// What is different.
    pub(super) changes: Changes,
}

/// Whose a hook is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    /// Ours; the words of its command.
    Us(Vec<String>),
    /// The published tool's; its command.
    Published(String),
    Other,
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
    /// What it calls; `None` if parts are missing.
    pub installation: Option<Installation>,
    /// It is called with arguments, without a shell.
    pub exec: bool,
    /// A call is blocked where it fails.
    pub blocks: bool,
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
    /// Plugins of the published tool that are switched on.
    pub plugins: Vec<String>,
    /// The first comment or trailing comma. Claude Code (seen with 2.1.330) leaves out a settings file that has
    /// one, so nothing in it counts.
    pub left_out: Option<Syntax>,
}

/// The text with what is wanted in it, and without what the published tool left.
///
/// # Errors
/// When the text is no settings file that could be edited.
pub(super) fn install(text: &str, wanted: &Wanted) -> Result<Edited, Flaw> {
    let start = with_object(text)?;
    let mut edit = Edited { text: start, changes: Changes::default() };
    for event in events(wanted.version) {
        ensure(&mut edit, event, wanted)?;
    }
    let known = |name: &str| events(wanted.version).any(|event| event.name == name);
    while let Some(entry) = find(&edit.text, |entry| match &entry.owner {
        Owner::Us(_) => !known(&entry.event),
        Owner::Published(_) => true,
        Owner::Other => false,
    })? {
        edit.text = without(&edit.text, &entry)?;
        match entry.owner {
            Owner::Published(command) => edit.changes.leftovers.push((entry.event, command)),
            _ => edit.changes.removed.push(entry.event),
        }
    }
    if wanted.status_line {
        put_status_line(&mut edit, &wanted.installation)?;
    }
    if edit.changes.is_none() {
        edit.text = text.to_owned();
    }
    checked(text, edit)
}

/// The text without what is ours.
///
/// # Errors
/// When the text is no settings file that could be edited.
pub(super) fn remove(text: &str) -> Result<Edited, Flaw> {
    let mut edit = Edited { text: text.to_owned(), changes: Changes::default() };
    while let Some(entry) = find(&edit.text, |entry| matches!(entry.owner, Owner::Us(_)))? {
        edit.text = without(&edit.text, &entry)?;
        edit.changes.removed.push(entry.event);
    }
    take_status_line(&mut edit)?;
    edit.changes.removed.dedup();
    checked(text, edit)
}

/// What a settings file says.
///
/// # Errors
/// When it is none.
pub(super) fn facts(text: &str) -> Result<Facts, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Ok(Facts::default()) };
    let flag =
        |name| member(root, name).and_then(|property| property.value.as_boolean_lit()).map(|b| b.value);
    let mut facts = Facts {
        disable_all: flag("disableAllHooks"),
        managed_only: flag("allowManagedHooksOnly"),
        status_line: status_line(root),
        plugins: plugins(root),
        left_out: text::strictly(text).err(),
        ..Facts::default()
    };
    for entry in entries(text, root)? {
        match entry.owner {
            Owner::Us(words) => {
                let hook = hook_value(root, &entry.event, entry.group, entry.hook).unwrap_or_default();
                facts.ours.push(Installed {
                    event: entry.event,
                    installation: installation(&words),
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
pub fn meaning(text: &str) -> Result<Value, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Ok(json!({})) };
    let Value::Object(mut all) = value(&Node::Object(root.clone())) else { return Ok(json!({})) };
    if let Some(Value::Object(events)) = all.get_mut("hooks") {
        *events = std::mem::take(events).into_iter().filter_map(others).collect();
    }
    if all.get("hooks").and_then(Value::as_object).is_some_and(Map::is_empty) {
        all.shift_remove("hooks");
    }
    let command = all.get("statusLine").and_then(|line| line["command"].as_str()).and_then(status_words);
    match command.map(|words| wrapped(&words)) {
        Some(Some(theirs)) => all["statusLine"]["command"] = theirs.into(),
        Some(None) => drop(all.shift_remove("statusLine")),
        None => {}
    }
    Ok(Value::Object(all))
}

/// An event with the hooks of others only; `None` if there are none.
fn others((event, groups): (String, Value)) -> Option<(String, Value)> {
    let Value::Array(groups) = groups else { return Some((event, groups)) };
    let group = |mut group: Value| {
        if let Some(hooks) = group.get_mut("hooks").and_then(Value::as_array_mut) {
            hooks.retain(|hook| owner(hook) == Owner::Other);
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
fn checked(before: &str, edit: Edited) -> Result<Edited, Flaw> {
    if meaning(before)? == meaning(&edit.text)? { Ok(edit) } else { Err(Flaw::Unsafe) }
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
fn entries(text: &str, root: &Object<'_>) -> Result<Vec<Entry>, Flaw> {
    let mut all = Vec::new();
    let Some(hooks) = hooks_of(text, root)? else { return Ok(all) };
    for property in &hooks.properties {
        let event = property.name.as_str();
        let counts = member(hooks, event).is_some_and(|last| last.start() == property.start());
        let Some(groups) = property.value.as_array().filter(|_| counts) else { continue };
        for (group, node) in groups.elements.iter().enumerate() {
            for (hook, node) in group_hooks(node).iter().flat_map(|hooks| hooks.elements.iter().enumerate()) {
                all.push(Entry { event: event.to_owned(), group, hook, owner: owner(&value(node)) });
            }
        }
    }
    Ok(all)
}

fn find(text: &str, wanted: impl Fn(&Entry) -> bool) -> Result<Option<Entry>, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Ok(None) };
    Ok(entries(text, root)?.into_iter().find(wanted))
}

fn hook_value(root: &Object<'_>, event: &str, group: usize, hook: usize) -> Option<Value> {
    let hooks = member(root, "hooks")?.value.as_object()?;
    let groups = member(hooks, event)?.value.as_array()?;
    Some(value(group_hooks(groups.elements.get(group)?)?.elements.get(hook)?))
}

/// Whose a hook is, by the words of its command and not by a name that appears somewhere in it.
fn owner(hook: &Value) -> Owner {
    let Some(command) = hook["command"].as_str().filter(|_| hook["type"] == "command") else {
        return Owner::Other;
    };
    if let Some(args) = hook.get("args").and_then(Value::as_array) {
        let args: Option<Vec<String>> = args.iter().map(|arg| arg.as_str().map(str::to_owned)).collect();
        let words: Vec<String> =
            std::iter::once(command.to_owned()).chain(args.unwrap_or_default()).collect();
        return of_words(words, "", command);
    }
    match split(command) {
        Some(split) => of_words(split.words, split.rest, command),
        None => Owner::Other,
    }
}

fn of_words(words: Vec<String>, rest: &str, command: &str) -> Owner {
    if is_ours(&words, "hook") && rest.is_empty() {
        Owner::Us(words)
    } else if is_published(&words) && is_trimming(rest) {
        let shown =
            if words.len() > 1 && !command.contains(' ') { words.join(" ") } else { command.to_owned() };
        Owner::Published(shown)
    } else {
        Owner::Other
    }
}

/// `PROGRAM hook --home DIR --config FILE`, whatever the program is called: it may have moved.
fn is_ours(words: &[String], command: &str) -> bool {
    let at = |index: usize| words.get(index).map(String::as_str);
    at(1) == Some(command) && at(2) == Some("--home") && at(4) == Some("--config") && at(5).is_some()
}

fn installation(words: &[String]) -> Option<Installation> {
    let [binary, _, _, home, _, config, ..] = words else { return None };
    Some(Installation { binary: binary.clone(), home: home.clone(), config: config.clone() })
}

/// Flags and commands with which hooks of the published tool (0.49 to 0.92) call it.
const PUBLISHED_WORDS: &[&str] =
    &["--json", "--brain", "--brain-query", "--brain-briefing", "--record-outcome", "--mode", "ingest"];
/// The scripts of its plugin.
const PUBLISHED_SCRIPTS: &[&str] =
    &["brain-gate.sh", "outcome-record.sh", "session-briefing.sh", "budget-check.sh", "inbox-drain.sh"];

fn is_published(words: &[String]) -> bool {
    let Some(program) = words.first() else { return false };
    let named = |word: &str, name: &str| word == name || word.ends_with(&format!("/{name}"));
    if named(program, "claudectl") {
        let second = words.get(1).map(String::as_str);
        return second.is_some_and(|word| PUBLISHED_WORDS.contains(&word));
    }
    let shell = ["bash", "sh"].iter().any(|shell| named(program, shell));
    let script = if shell { words.get(1) } else { Some(program) };
    script.is_some_and(|script| {
        script.contains("/plugins/claudectl/")
            && PUBLISHED_SCRIPTS.iter().any(|name| named(script, name) && script != name)
    })
}

/// Nothing but what keeps a hook quiet: `2>/dev/null || true`. Anything else is somebody's own work.
fn is_trimming(rest: &str) -> bool {
    let quiet = ["2>/dev/null", ">/dev/null", "1>/dev/null", "&>/dev/null", "2>&1", "||", "true", ":", ";"];
    rest.split_whitespace().all(|word| quiet.contains(&word))
}

/// Puts our hook on an event.
fn ensure(edit: &mut Edited, event: &Event, wanted: &Wanted) -> Result<(), Flaw> {
    let group = wanted.group(event);
    let ours = |entry: &Entry| entry.event == event.name && matches!(entry.owner, Owner::Us(_));
    let mut touched = false;
    loop {
        let text = edit.text.clone();
        let node = text::parse(&text)?;
        let Some(root) = root(&text, node.as_ref())? else { return Ok(()) };
        let found: Vec<Entry> = entries(&text, root)?.into_iter().filter(|entry| ours(entry)).collect();
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
            edit.text = without(&text, last)?;
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

/// The text without one hook, and without what held only that.
fn without(text: &str, entry: &Entry) -> Result<String, Flaw> {
    let node = text::parse(text)?;
    let Some(root) = root(text, node.as_ref())? else { return Err(Flaw::Unsafe) };
    let hooks = hooks_of(text, root)?.ok_or(Flaw::Unsafe)?;
    let groups = groups_of(text, hooks, &entry.event)?.ok_or(Flaw::Unsafe)?;
    let group = groups.elements.get(entry.group).and_then(group_hooks).ok_or(Flaw::Unsafe)?;
    Ok(if group.elements.len() > 1 {
        text::remove_element(text, group, entry.hook)
    } else if groups.elements.len() > 1 {
        text::remove_element(text, groups, entry.group)
    } else if hooks.properties.len() > 1 {
        text::remove_member(text, hooks, &entry.event, "[]")
    } else {
        text::remove_member(text, root, "hooks", "{}")
    })
}

/// The words of a status line of ours.
fn status_words(command: &str) -> Option<Vec<String>> {
    let split = split(command)?;
    (split.rest.is_empty() && is_ours(&split.words, "statusline")).then_some(split.words)
}

/// The person's own command in ours.
fn wrapped(words: &[String]) -> Option<String> {
    match words.get(6..8) {
        Some([flag, theirs]) if flag == "--wrap" => Some(theirs.clone()),
        _ => None,
    }
}

fn status_line(root: &Object<'_>) -> StatusLine {
    let Some(line) = member(root, "statusLine") else { return StatusLine::Left };
    let command = value(&line.value)["command"].as_str().and_then(status_words);
    match command.map(|words| wrapped(&words)) {
        Some(Some(theirs)) => StatusLine::Wrapped(theirs),
        Some(None) => StatusLine::Installed,
        None => StatusLine::Odd,
    }
}

/// The command property of a status line.
fn status_command<'n, 't>(root: &'n Object<'t>) -> Option<&'n ObjectProp<'t>> {
    let line = member(root, "statusLine")?.value.as_object()?;
    let kind = member(line, "type")?.value.as_string_lit()?;
    let command = member(line, "command").filter(|command| command.value.as_string_lit().is_some())?;
    (kind.value == "command").then_some(command)
}

fn put_status_line(edit: &mut Edited, installation: &Installation) -> Result<(), Flaw> {
    let text = edit.text.clone();
    let node = text::parse(&text)?;
    let Some(root) = root(&text, node.as_ref())? else { return Ok(()) };
    if member(root, "statusLine").is_none() {
        let style = Style::of(&text, root);
        let line = json!({"type": "command", "command": installation.status_command(None)});
        edit.text = text::add_member(&text, root, &style, "statusLine", &style.inline(&line));
        edit.changes.status_line = StatusLine::Installed;
        return Ok(());
    }
    let Some(property) = status_command(root) else {
        edit.changes.status_line = StatusLine::Odd;
        return Ok(());
    };
    let Value::String(there) = value(&property.value) else { return Ok(()) };
    let (theirs, change) = match status_words(&there) {
        Some(words) => (wrapped(&words), StatusLine::Updated),
        None => (Some(there.clone()), StatusLine::Wrapped(there.clone())),
    };
    let command = installation.status_command(theirs.as_deref());
    if command != there {
        let command = Value::from(command).to_string();
        edit.text = text::replaced(&text, text::span(&property.value), &command);
        edit.changes.status_line = change;
    }
    Ok(())
}

fn take_status_line(edit: &mut Edited) -> Result<(), Flaw> {
    let text = edit.text.clone();
    let node = text::parse(&text)?;
    let Some(root) = root(&text, node.as_ref())? else { return Ok(()) };
    let Some(property) = status_command(root) else { return Ok(()) };
    let Some(words) = property.value.as_string_lit().and_then(|command| status_words(&command.value)) else {
        return Ok(());
    };
    let theirs = wrapped(&words);
    edit.text = match &theirs {
        Some(theirs) => {
            text::replaced(&text, text::span(&property.value), &Value::from(theirs.as_str()).to_string())
        }
        None => text::remove_member(&text, root, "statusLine", "null"),
    };
    edit.changes.status_line = StatusLine::Removed(theirs);
    Ok(())
}

/// Plugins named `claudectl` that are switched on.
fn plugins(root: &Object<'_>) -> Vec<String> {
    let Some(plugins) = member(root, "enabledPlugins").and_then(|plugins| plugins.value.as_object()) else {
        return Vec::new();
    };
    let on = |property: &&ObjectProp<'_>| value(&property.value) != Value::Bool(false);
    let names = plugins.properties.iter().filter(on).map(|property| property.name.as_str());
    names.filter(|name| name.split('@').next() == Some("claudectl")).map(str::to_owned).collect()
}
