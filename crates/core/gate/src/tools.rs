//! What a tool call does: the same effects on the same scopes, whichever tool it is.

use claudectl_fleet::tools::Family;
use claudectl_shell::effect::{Act, Effect, Scope};
use claudectl_shell::facts::Place;
use claudectl_shell::report::{Deed, Ran, Report};
use claudectl_shell::value::Arg;
use claudectl_shell::{analyse, analyse_powershell, grammar, hosts, paths, sought};
use serde_json::Value;

/// Tools that only speak to the person or to the client itself.
const HARMLESS: &[&str] = &[
    "TodoWrite",
    "TodoRead",
    "ExitPlanMode",
    "EnterPlanMode",
    "AskUserQuestion",
    "BashOutput",
    "TaskOutput",
    "AgentOutputTool",
    "ListMcpResourcesTool",
    "ToolSearch",
    "StructuredOutput",
    "TaskCreate",
    "TaskUpdate",
    "TaskList",
    "TaskGet",
    "SendUserMessage",
    "Brief",
    "Sleep",
    "Monitor",
];

/// What a call does. What it is given is `input`, an object.
#[must_use]
pub fn report(tool: &str, input: &Value, place: Place<'_>) -> Report {
    let text = |key: &str| input[key].as_str();
    // What may be left out is a text where it is there; what it would be else, nobody knows.
    let odd = |key: &str| !input[key].is_null() && !input[key].is_string();
    if !input.is_object() {
        return missing(tool, "input");
    }
    match tool {
        "LS" | "Glob" | "Grep" if ["path", "pattern", "glob"].into_iter().any(odd) => missing(tool, "path"),
        "Bash" => commands(tool, input, place, analyse),
        "PowerShell" => commands(tool, input, place, analyse_powershell),
        _ if Family::Read.has(tool) => {
            on_path(tool, text("file_path").or(text("notebook_path")), Effect::Read, place)
        }
        "LS" => listing(tool, text("path"), None, place),
        "Glob" => listing(tool, text("path"), text("pattern"), place),
        "Grep" => grep(input, place),
        "Write" => written(tool, text("file_path"), &[(text("content").unwrap_or_default(), "")], place),
        "Edit" => written(tool, text("file_path"), &[edit(input)], place),
        "MultiEdit" => {
            let edits = input["edits"].as_array().map(Vec::as_slice).unwrap_or_default();
            let texts: Vec<(&str, &str)> = edits.iter().map(edit).collect();
            written(tool, text("file_path"), &texts, place)
        }
        "NotebookEdit" => {
            written(tool, text("notebook_path"), &[(text("new_source").unwrap_or_default(), "")], place)
        }
        "WebFetch" => fetched(tool, text("url"), place),
        "WebSearch" => single(
            tool,
            vec![deed(Act::new(Effect::NetworkIn, Scope::Remote), text("query").unwrap_or_default())],
            &[],
        ),
        "KillShell" | "KillBash" | "TaskStop" => {
            single(tool, vec![deed(Act::new(Effect::ProcessKill, Scope::Nothing), "a shell of its own")], &[])
        }
        // It waits for what a command says.
        "Monitor" if input["command"].is_string() => commands(tool, input, place, analyse),
        "Skill" | "SlashCommand" => skill(tool, text("skill").or(text("command")).unwrap_or_default(), place),
        _ if Family::Agent.has(tool) => told(tool, text("prompt").unwrap_or_default(), place),
        tool if HARMLESS.contains(&tool) => single(tool, Vec::new(), &[]),
        tool if tool.starts_with("mcp__") => foreign(tool, input, "what the tool does is not known", place),
        tool => foreign(tool, input, "the tool is not known", place),
    }
}

fn deed(act: Act, subject: &str) -> Deed {
    Deed { act, subject: subject.to_owned(), sure: true }
}

/// A call as one command, named by the tool.
fn single(tool: &str, deeds: Vec<Deed>, unproven: &[&str]) -> Report {
    let unproven = unproven.iter().map(|why| (*why).to_owned()).collect();
    let ran = Ran { words: vec![Arg::known(tool)], deeds, unproven, ..Ran::default() };
    Report { commands: vec![ran], ..Report::default() }
}

fn missing(tool: &str, what: &str) -> Report {
    Report { opaque: vec![format!("the call has no {what}")], ..single(tool, Vec::new(), &[]) }
}

/// Commands of a shell, by whoever takes them apart.
fn commands(tool: &str, input: &Value, place: Place<'_>, analyse: fn(&str, Place<'_>) -> Report) -> Report {
    let Some(command) = input["command"].as_str() else { return missing(tool, "command") };
    let mut report = analyse(command, place);
    let kept = |deed: &Deed| {
        deed.act.effect == Effect::Write
            && matches!(deed.act.scope, Scope::Tracked | Scope::Untracked | Scope::Repository)
    };
    let mut deeds = match report.deeds().any(kept) {
        true => secrets(&[(command, "")]),
        false => Vec::new(),
    };
    if input["dangerouslyDisableSandbox"] == true {
        deeds.push(deed(Act::new(Effect::Privilege, Scope::System), "outside of the sandbox"));
    }
    if !deeds.is_empty() {
        report.commands.push(Ran { words: vec![Arg::known(tool)], deeds, ..Ran::default() });
    }
    report
}

fn class(path: &str, place: Place<'_>) -> paths::Class {
    class_of(Arg::known(path), place)
}

/// What a path is, or a pattern of paths; the client takes `~` for the home folder.
fn class_of(arg: Arg, place: Place<'_>) -> paths::Class {
    let home = arg.text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let arg = match home {
        Some(rest) => arg.with(format!("{}{rest}", place.home)),
        None => arg,
    };
    paths::class(&place, place.folder, &arg)
}

fn on_path(tool: &str, path: Option<&str>, effect: Effect, place: Place<'_>) -> Report {
    match path {
        Some(path) => single(tool, paths::deeds(&place, &class(path, place), effect, false), &[]),
        None => missing(tool, "path"),
    }
}

/// Names only: what a folder has is no secret.
fn listing(tool: &str, path: Option<&str>, pattern: Option<&str>, place: Place<'_>) -> Report {
    let mut deeds =
        path.map(|path| paths::deeds(&place, &class(path, place), Effect::Read, false)).unwrap_or_default();
    if let Some(pattern) = pattern {
        let class = class_of(below(path.unwrap_or("."), pattern), place);
        deeds.extend(paths::deeds(&place, &class, Effect::Read, false));
    }
    for deed in &mut deeds {
        let ours = place.root.is_some_and(|root| paths::is_below(&deed.subject, root));
        deed.act = match (deed.act.effect, deed.act.scope) {
            (Effect::SecretRead, _) if ours => Act::new(Effect::Read, Scope::Untracked),
            (Effect::SecretRead, _) => Act::new(Effect::Read, Scope::Dotfile),
            // What folders of settings are called is no setting.
            (Effect::Read, Scope::Dotfile) => Act::new(Effect::Read, Scope::Home),
            _ => deed.act,
        };
    }
    single(tool, deeds, &[])
}

/// A pattern of paths, from a folder on.
fn below(folder: &str, pattern: &str) -> Arg {
    let text = match pattern.starts_with(['/', '~']) {
        true => pattern.to_owned(),
        false => format!("{}/{pattern}", folder.trim_end_matches('/')),
    };
    Arg { glob: true, ..Arg::known(text) }
}

/// Kinds of files, as the search tool calls them, that are code or prose: settings and data may be secrets.
const CODE: &[&str] = &[
    "asm",
    "c",
    "clojure",
    "cpp",
    "cs",
    "csharp",
    "css",
    "cuda",
    "d",
    "dart",
    "elixir",
    "elm",
    "erlang",
    "fortran",
    "fsharp",
    "go",
    "groovy",
    "h",
    "haskell",
    "html",
    "java",
    "jl",
    "js",
    "julia",
    "kotlin",
    "less",
    "lisp",
    "lua",
    "markdown",
    "md",
    "objc",
    "ocaml",
    "perl",
    "php",
    "protobuf",
    "py",
    "python",
    "r",
    "rst",
    "ruby",
    "rust",
    "sass",
    "scala",
    "solidity",
    "svelte",
    "swift",
    "tex",
    "ts",
    "typescript",
    "verilog",
    "vue",
    "zig",
];

fn grep(input: &Value, place: Place<'_>) -> Report {
    let path = input["path"].as_str().unwrap_or(".");
    let globs = input["glob"].as_str().map(alternatives).unwrap_or_default();
    let class = class(path, place);
    let mut deeds = paths::deeds(&place, &class, Effect::Read, false);
    // What lines of all of a home folder hold, and not only in which files they are.
    let shows = !input["output_mode"].is_null()
        && !matches!(input["output_mode"].as_str(), Some("files_with_matches" | "count"));
    let plain = |glob: &String| !glob.starts_with('!') && sought::is_plain(name_of(glob));
    let code = input["type"].as_str().is_some_and(|kind| CODE.contains(&kind));
    let narrow = code || !globs.is_empty() && globs.iter().all(plain);
    if shows && !narrow && class.has_home(place.home) {
        deeds.push(deed(Act::grave(Effect::Read, Scope::Home), &class.path));
    }
    for glob in globs.iter().filter(|glob| !glob.starts_with('!')) {
        // Without a slash it means names in any folder.
        let glob = if glob.contains('/') { glob.clone() } else { format!("**/{glob}") };
        let class = class_of(below(path, &glob), place);
        deeds.extend(paths::deeds(&place, &class, Effect::Read, false));
        // It looks into hidden files and folders, too, other than a pattern of the shell; and which files a text stands in
        // says what they hold, where one asks often enough.
        if sought::may_meet_secret(name_of(&glob)) {
            deeds.push(deed(Act::new(Effect::SecretRead, Scope::Credential), &class.path));
        }
    }
    let mut report = single("Grep", deeds, &[]);
    let words = globs.iter().map(|glob| Arg::known(format!("--glob={glob}")));
    report.commands[0].words.extend(words);
    report
}

/// The last part of a pattern of paths.
fn name_of(glob: &str) -> &str {
    glob.rsplit('/').next().unwrap_or_default()
}

/// What a pattern with braces stands for, and several patterns with blanks or commas between; of very many, the first.
fn alternatives(glob: &str) -> Vec<String> {
    const MOST: usize = 64;
    let mut whole: Vec<String> = vec![glob.to_owned()];
    let mut done = Vec::new();
    while let Some(next) = whole.pop() {
        let inner = next.rfind('{').and_then(|open| Some((open, open + next[open..].find('}')?)));
        match inner {
            Some((open, close)) if whole.len() + done.len() < MOST => {
                let (before, after) = (&next[..open], &next[close + 1..]);
                whole.extend(next[open + 1..close].split(',').map(|part| format!("{before}{part}{after}")));
            }
            Some(_) | None => {
                done.extend(next.split([' ', ',']).filter(|part| !part.is_empty()).map(str::to_owned));
            }
        }
    }
    done
}

/// A skill or a command that is taken up. What it leads to is judged when it is done; but lines of the project's own that
/// begin with `!` are run as it is read.
fn skill(tool: &str, named: &str, place: Place<'_>) -> Report {
    let name = named.trim_start_matches('/').split_whitespace().next().unwrap_or_default();
    let path = name.replace(':', "/");
    let root = place.root.or(place.folder).unwrap_or_default();
    let files =
        [format!("{root}/.claude/skills/{name}/SKILL.md"), format!("{root}/.claude/commands/{path}.md")];
    let runs = |file: &&String| {
        !path.contains("..")
            && place.facts.text(file).is_some_and(|text| text.contains("!`") || text.contains("```!"))
    };
    let deeds =
        files.iter().find(runs).map(|file| deed(Act::new(Effect::ExecProject, Scope::Untracked), file));
    single(tool, deeds.into_iter().collect(), &[])
}

/// An agent that is told what to do. What it does is judged when it does it; but a file that it is sent to, of those
/// that are secret or of the project, is named here.
fn told(tool: &str, prompt: &str, place: Place<'_>) -> Report {
    const MOST: usize = 64;
    let around =
        |letter: char| !letter.is_alphanumeric() && !matches!(letter, '/' | '.' | '_' | '~' | '-' | '*');
    let words = prompt.split(|letter: char| letter.is_whitespace() || around(letter));
    let words = words.map(|word| word.trim_end_matches('.')).filter(|word| word.len() > 1);
    let mut deeds = Vec::new();
    for word in words.filter(|word| word.contains('/')).take(MOST) {
        let arg = Arg { glob: word.contains('*'), ..Arg::known(word) };
        let found = paths::deeds(&place, &class_of(arg, place), Effect::Read, false);
        deeds.extend(found.into_iter().filter(|deed| {
            deed.act.effect == Effect::SecretRead
                || matches!(
                    deed.act.scope,
                    Scope::Untracked | Scope::Tracked | Scope::Build | Scope::Repository
                )
        }));
    }
    single(tool, deeds, &[])
}

/// What an edit puts in, and what it takes out.
fn edit(input: &Value) -> (&str, &str) {
    let text = |key: &str| input[key].as_str().unwrap_or_default();
    (text("new_string"), text("old_string"))
}

/// A file that is written: where, and what: texts, each with the one whose place it takes.
fn written(tool: &str, path: Option<&str>, texts: &[(&str, &str)], place: Place<'_>) -> Report {
    let Some(path) = path else { return missing(tool, "path") };
    let class = class(path, place);
    let mut deeds = paths::deeds(&place, &class, Effect::Write, false);
    // A file of secrets may have them; what is written to it asks anyway.
    if class.scope != Scope::Credential {
        deeds.extend(secrets(texts));
    }
    single(tool, deeds, &[])
}

/// Secrets in texts that were not in what they take the place of: which kinds, never what they are.
fn secrets(texts: &[(&str, &str)]) -> Vec<Deed> {
    let mut kinds: Vec<&str> = Vec::new();
    for (text, before) in texts {
        for found in claudectl_redact::redact(text).findings {
            let secret = &text[found.range];
            if !before.contains(secret) && !kinds.contains(&found.kind) {
                kinds.push(found.kind);
            }
        }
    }
    let about = |kind: &str| claudectl_redact::kinds().find(|(id, _)| *id == kind).map(|(_, about)| about);
    let deeds = kinds.into_iter().map(|kind| {
        let subject = format!("{} stands in the text", about(kind).unwrap_or(kind));
        deed(Act::new(Effect::Write, Scope::Credential), &subject)
    });
    deeds.collect()
}

fn fetched(tool: &str, url: Option<&str>, place: Place<'_>) -> Report {
    let Some(url) = url else { return missing(tool, "address") };
    if let Some(path) = url.strip_prefix("file://") {
        return on_path(tool, Some(path), Effect::Read, place);
    }
    let act = match hosts::gives_keys(url) {
        true => Act::new(Effect::SecretRead, Scope::Credential),
        false => Act::new(Effect::NetworkIn, hosts::scope(url)),
    };
    single(tool, vec![deed(act, url)], &[])
}

/// A tool of a server, or one that is new: what it does nobody knows, but which files and commands it is given.
fn foreign(tool: &str, input: &Value, why: &str, place: Place<'_>) -> Report {
    let mut deeds = vec![deed(Act::new(Effect::ExecUnknown, Scope::Unknown), tool)];
    let mut found = Vec::new();
    named_paths(input, "", &mut found, 0);
    for (key, path) in found {
        let class = class(&path, place);
        let effect = done_to_path(tool, &key, class.scope);
        deeds.extend(paths::deeds(&place, &class, effect, false));
    }
    let mut report = single(tool, deeds, &[why]);
    let mut texts = Vec::new();
    named_commands(input, "", &mut texts, 0);
    for text in texts {
        // What it would do in a shell; that nothing more is known of it has been said.
        let inner = analyse(&text, place);
        report.commands.extend(inner.commands);
        report.opaque.extend(inner.opaque);
        for flow in inner.flows {
            if !report.flows.contains(&flow) {
                report.flows.push(flow);
            }
        }
    }
    report
}

/// What a foreign tool does to a file that it is given, by what it is called and by the key: where neither says that it
/// only looks, it may as well change what stands guard.
fn done_to_path(tool: &str, key: &str, scope: Scope) -> Effect {
    const CHANGES: &[&str] = &[
        "write", "edit", "create", "delete", "remove", "move", "rename", "update", "put", "append",
        "replace", "save", "copy", "patch", "modify", "insert",
    ];
    const LOOKS: &[&str] = &[
        "read", "get", "list", "ls", "search", "find", "view", "show", "stat", "info", "grep", "glob",
        "query", "describe", "open", "tree", "head", "tail", "exists", "fetch", "lookup", "inspect", "check",
        "count", "diff",
    ];
    let name = tool.rsplit("__").next().unwrap_or(tool);
    let (small, key) = (name.to_ascii_lowercase(), key.to_ascii_lowercase());
    let source = ["source", "src", "from"].iter().any(|word| key.contains(word));
    let target =
        ["dest", "target", "output"].iter().any(|word| key.contains(word)) || key == "to" || key == "out";
    let changes = CHANGES.iter().any(|word| small.contains(word)) && !(source && small.contains("copy"));
    let looks = words_of(name).iter().any(|word| LOOKS.contains(&word.as_str()));
    match changes || target || scope == Scope::Guard && !looks && !source {
        true => Effect::Write,
        false => Effect::Read,
    }
}

/// The words of a name: `read_file`, `read-file`, `readFile`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if !letter.is_ascii_alphanumeric() || letter.is_ascii_uppercase() {
            words.push(String::new());
        }
        if letter.is_ascii_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.push(letter.to_ascii_lowercase()));
        }
    }
    words
}

/// How deep an input is looked into, and how much of it.
const MOST_DEEP: usize = 8;
const MOST_FOUND: usize = 32;

/// Texts that are paths by their keys or by how they begin, each with its key.
fn named_paths(value: &Value, key: &str, found: &mut Vec<(String, String)>, depth: usize) {
    if depth > MOST_DEEP || found.len() >= MOST_FOUND {
        return;
    }
    match value {
        Value::String(text) => {
            let small = key.to_ascii_lowercase();
            let by_key = ["path", "file", "dir", "folder", "source", "dest", "uri", "target", "output"]
                .iter()
                .any(|word| small.contains(word));
            let text = text.strip_prefix("file://").unwrap_or(text);
            let blank = text.contains(char::is_whitespace);
            let by_look = text.starts_with('/')
                || text.starts_with("~/")
                || text.starts_with("./")
                || text.starts_with("../")
                || text.starts_with('.') && !blank && text.len() > 1
                || text.contains('/') && !text.contains("://") && !blank;
            if (by_key || by_look) && text.len() < 4096 && !text.contains(['\n', '\0']) {
                found.push((key.to_owned(), text.to_owned()));
            }
        }
        Value::Array(values) => values.iter().for_each(|value| named_paths(value, key, found, depth + 1)),
        Value::Object(values) => {
            values.iter().for_each(|(key, value)| named_paths(value, key, found, depth + 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Commands among what a tool is given, as texts of a shell: by their keys, in one text, in words, or as a program and
/// its arguments; and words that begin with a program, whatever their key is.
fn named_commands(value: &Value, key: &str, found: &mut Vec<String>, depth: usize) {
    if depth > MOST_DEEP {
        return;
    }
    let mut add = |text: String| {
        if found.len() < MOST_FOUND && !text.trim().is_empty() && !found.contains(&text) {
            found.push(text);
        }
    };
    match value {
        Value::String(text) if is_command_key(key) => add(text.clone()),
        Value::Array(values) => {
            let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            let program = words.first().map(|first| first.rsplit('/').next().unwrap_or(first));
            let runs = is_command_key(key) || program.is_some_and(|name| grammar::find(name).is_some());
            if runs && !words.is_empty() {
                add(quoted(&words));
                // Whoever runs them may put them together without quotes.
                add(words.join(" "));
            }
            if is_command_key(key) {
                // Several commands.
                words
                    .iter()
                    .filter(|word| word.contains(char::is_whitespace))
                    .for_each(|word| add((*word).to_owned()));
            }
            values.iter().for_each(|value| named_commands(value, "", found, depth + 1));
        }
        Value::Object(values) => {
            for (_, program) in values.iter().filter(|(key, _)| is_command_key(key)) {
                for (_, rest) in values.iter().filter(|(key, _)| is_arguments_key(key)) {
                    let rest: Vec<&str> = match rest {
                        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
                        Value::String(text) => text.split_whitespace().collect(),
                        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => continue,
                    };
                    if let Some(program) = program.as_str() {
                        add(format!("{program} {}", quoted(&rest)));
                        add(format!("{program} {}", rest.join(" ")));
                    }
                }
            }
            values.iter().for_each(|(key, value)| named_commands(value, key, found, depth + 1));
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_command_key(key: &str) -> bool {
    const WORDS: &[&str] =
        &["command", "cmd", "script", "shell", "argv", "exec", "bash", "program", "binary", "entrypoint"];
    let small = key.to_ascii_lowercase();
    small == "run" || WORDS.iter().any(|word| small.contains(word))
}

fn is_arguments_key(key: &str) -> bool {
    let small = key.to_ascii_lowercase();
    ["arg", "param", "option", "flag"].iter().any(|word| small.contains(word))
}

/// Words as a shell takes them for the same words, but that a tilde still stands for a home folder.
fn quoted(words: &[&str]) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "_@%+=:,./~-".contains(letter);
    let one = |word: &&str| match !word.is_empty() && word.chars().all(plain) {
        true => (*word).to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    words.iter().map(one).collect::<Vec<_>>().join(" ")
}
