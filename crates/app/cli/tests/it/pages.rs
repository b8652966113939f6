//! Pages that are written by hand: each command, option, key, event, file and exit code that they name is one there is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::{A, docs, hook, user_config, world};

const PAGES: &[&str] = &[
    "SECURITY.md",
    "README.md",
    "docs/approvals.md",
    "docs/budgets.md",
    "docs/gate.md",
    "docs/guard.md",
    "docs/hive.md",
    "docs/liveness.md",
    "docs/llm.md",
    "docs/plugin.md",
    "docs/secrets.md",
];

fn root() -> PathBuf {
    docs::docs().join("..")
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// What stands in a page as code: in words, or on lines of its own.
#[derive(Debug, Default)]
struct Code {
    spans: Vec<String>,
    lines: Vec<String>,
}

impl Code {
    fn of(page: &str) -> Self {
        let (mut code, mut fenced, mut prose) = (Self::default(), false, String::new());
        for line in page.lines() {
            match (line.starts_with("```"), fenced, line.strip_prefix("    ")) {
                (true, ..) => fenced = !fenced,
                (_, true, _) => code.lines.push(line.to_owned()),
                (_, _, Some(line)) => code.lines.push(line.to_owned()),
                _ => {
                    prose.push_str(line);
                    prose.push('\n');
                }
            }
        }
        // A span may go on in the next line.
        let spans = prose.split("\n\n").flat_map(|part| part.split('`').skip(1).step_by(2));
        code.spans = spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        code
    }
}

/// The help of each command, by its name; of those that are hidden, nothing.
fn commands() -> BTreeMap<String, String> {
    let reference = page("docs/cli.md");
    let sections = reference.split("\n## `claudectl").skip(1);
    let of = |section: &str| {
        let (name, help) = section.split_once("`\n").unwrap();
        (name.trim().to_owned(), help.to_owned())
    };
    let mut all: BTreeMap<String, String> = sections.map(of).collect();
    all.extend(["hook", "docs", "tick"].map(|hidden| (hidden.to_owned(), String::new())));
    assert!(all.len() > 40 && all.contains_key("gate allow"), "{:?}", all.keys());
    all
}

/// What is wrong with a call of ours, if anything is.
fn mistake(call: &str, commands: &BTreeMap<String, String>) -> Option<String> {
    // What it does stands behind it, apart.
    let call = call.split("  ").next().unwrap_or_default();
    let Ok(words) = shell_words::split(call.trim_start_matches("$ ")) else { return None };
    let ends = |word: &String| ["|", "&&", ";", "#"].contains(&word.as_str());
    let words: Vec<String> = words.into_iter().take_while(|word| !ends(word)).collect();
    let (first, rest) = words.split_first()?;
    if first != "claudectl" {
        return None;
    }
    let named = |count: usize| rest[..count].join(" ");
    let count = (0..=rest.len().min(3)).rev().find(|count| commands.contains_key(&named(*count)))?;
    let help = &commands[&named(count)];
    let is_word = |word: &String| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if let Some(next) = rest.get(count).filter(|next| is_word(next) && !next.starts_with('-'))
        && (count == 0 || help.contains("\nCommands:\n"))
    {
        return Some(format!("there is no command {next}"));
    }
    let has = |option: &str| {
        help.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'))
            .any(|word| word == option)
    };
    let options = rest[count..].iter().filter(|word| word.starts_with("--"));
    let mut unknown =
        options.map(|word| word.split('=').next().unwrap_or(word)).filter(|option| !has(option));
    unknown.next().filter(|_| !help.is_empty()).map(|option| format!("`{}` has no {option}", named(count)))
}

#[test]
fn each_command_that_is_named_exists_with_its_options() {
    let commands = commands();
    for (call, wrong) in [
        ("claudectl gate allow 'make *' --for 20m", false),
        ("$ claudectl stop SESSION --dry-run", false),
        ("claudectl --version", false),
        ("claudectl ls --jsno", true),
        ("claudectl gate alow x", true),
        ("claudectl learn", true),
    ] {
        assert_eq!(mistake(call, &commands).is_some(), wrong, "{call}");
    }
    let (mut named, mut mistakes) = (0, Vec::new());
    for name in PAGES {
        let Code { spans, lines } = Code::of(&page(name));
        for call in spans.iter().chain(&lines) {
            named += usize::from(call.contains("claudectl "));
            mistakes.extend(mistake(call, &commands).map(|why| format!("{name}: {call}: {why}")));
        }
    }
    assert!(named > 150, "{named}");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Keys of the configuration, and sections of it and of rules.
fn keys() -> (BTreeSet<String>, BTreeSet<String>) {
    let (config, rules) = (page("docs/config.md"), page("docs/rules.md"));
    let headings = |page: &str, begin: &str| -> BTreeSet<String> {
        page.lines()
            .filter_map(|line| Some(line.strip_prefix(begin)?.split_once('`')?.0.to_owned()))
            .collect()
    };
    let mut sections = headings(&config, "## `");
    sections.extend(headings(&rules, "## `"));
    let bare = |section: &String| section.trim_matches(['[', ']']).to_owned();
    (headings(&config, "### `"), sections.iter().map(bare).collect())
}

#[test]
fn each_key_and_event_that_is_named_exists() {
    let (keys, sections) = keys();
    let (config, documents) = (page("docs/config.md"), page("docs/json.md"));
    let files = ["db", "snap", "toml", "json", "md", "jsonl"];
    let (mut named, mut mistakes) = (0, Vec::new());
    for name in PAGES {
        let Code { spans, lines } = Code::of(&page(name));
        for span in &spans {
            let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if let Some((section, key)) =
                span.split_once('.').filter(|(one, two)| is_name(one) && is_name(two))
                && sections.contains(section)
                && !files.contains(&key)
            {
                named += 1;
                let is_known = keys.contains(span) || documents.contains(&format!("{span}[]"));
                mistakes.extend((!is_known).then(|| format!("{name}: there is no key {span}")));
            }
            if let Some((section, key)) = span.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
                let is_known = keys.contains(&format!("{section}.{key}"));
                mistakes.extend((!is_known).then(|| format!("{name}: there is no key {span}")));
            }
            let section = span.trim_matches(['[', ']']);
            if span.starts_with('[') && is_name(section) && !sections.contains(section) && section != "deny" {
                mistakes.push(format!("{name}: there is no section {span}"));
            }
            if span.starts_with("on_") && is_name(span) && !config.contains(span.as_str()) {
                mistakes.push(format!("{name}: there is no event {span}"));
            }
        }
        let mut section = "";
        for line in &lines {
            if let Some(begun) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                section = if line.starts_with("[[") { "" } else { begun };
            } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !section.is_empty()) {
                named += 1;
                let key = format!("{section}.{}", key.trim());
                mistakes.extend((!keys.contains(&key)).then(|| format!("{name}: there is no key {key}")));
            } else {
                section = "";
            }
        }
    }
    assert!(named > 15, "{named}");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// As GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings =
        page.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#'));
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    headings
        .map(|text| text.trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-"))
        .collect()
}

#[test]
fn each_link_leads_somewhere() {
    let mut mistakes = Vec::new();
    for name in PAGES.iter().chain(&["ARCHITECTURE.md", "CONTRIBUTING.md"]) {
        let (text, folder) = (page(name), root().join(name).parent().map(Path::to_path_buf).unwrap());
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) =
                link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
            if file.contains("://") {
                continue;
            }
            let target = if file.is_empty() { root().join(name) } else { folder.join(file) };
            let is_there = match anchor {
                None => target.exists(),
                Some(anchor) => {
                    std::fs::read_to_string(target).is_ok_and(|page| anchors(&page).contains(anchor))
                }
            };
            mistakes.extend((!is_there).then(|| format!("{name}: {link}")));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Every program that the sources name is told of.
#[test]
fn security_md_names_each_program_that_is_run() {
    let security = page("SECURITY.md");
    let mut named = BTreeSet::new();
    for ring in ["app", "io"] {
        for (path, source) in crate::tree(&root().join("crates").join(ring)) {
            let source = String::from_utf8_lossy(&source);
            let is_source = path.components().any(|part| part.as_os_str() == "src")
                && path.extension().is_some_and(|end| end == "rs")
                && !path.ends_with("tests.rs");
            let shipped = source.split("\nmod tests {").next().unwrap_or_default();
            let programs = shipped.split("Command::new(\"").skip(1).filter_map(|rest| rest.split('"').next());
            named.extend(programs.filter(|_| is_source).map(str::to_owned));
        }
    }
    assert!(named.len() >= 4, "{named:?}");
    for program in named.iter().map(String::as_str).chain(["git log", "notify-send", "osascript", "PAGER"]) {
        assert!(security.contains(&format!("`{program}")), "SECURITY.md does not tell of {program}");
    }
}

/// The code of a hook that is told of an event.
fn code(world: &World, name: &str, command: &str) -> i32 {
    let more = json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": "t"});
    hook::hook(world, &hook::event(world, A, name, more)).run().code
}

#[test]
fn security_md_has_the_exit_codes_of_a_hook() {
    let world = world();
    world.run(["tick"]).success();
    let mut codes = BTreeMap::from([
        ("an allow", code(&world, "PreToolUse", "ls")),
        ("a deny", code(&world, "PreToolUse", "rm -rf /")),
    ]);
    codes.insert("a question", code(&world, "PreToolUse", "npm publish"));
    // Nothing can be written down, and nothing is there to go by.
    let state = world.state_dir();
    std::fs::rename(state.join("journal"), world.root().join("kept")).unwrap();
    std::fs::write(state.join("journal"), "a file in the way").unwrap();
    std::fs::write(state.join("gate.snap"), "damaged").unwrap();
    codes.insert("an event that is not recorded", code(&world, "Stop", ""));
    codes.insert("a call that cannot be judged", code(&world, "PreToolUse", "ls"));
    user_config(&world, "[gate]\non_error = \"deny\"\n");
    std::fs::write(state.join("gate.snap"), "damaged").unwrap();
    codes.insert("the same, where that denies", code(&world, "PreToolUse", "ls"));
    let expected = [
        ("a call that cannot be judged", 0),
        ("a deny", 2),
        ("a question", 0),
        ("an allow", 0),
        ("an event that is not recorded", 1),
        ("the same, where that denies", 2),
    ];
    assert_eq!(codes, BTreeMap::from(expected));
    let security = page("SECURITY.md");
    let (_, table) = security.split_once("| Exit code | ").unwrap();
    let rows = table
        .lines()
        .skip(2)
        .map_while(|line| line.strip_prefix("| ")?.split(' ').next()?.parse::<i32>().ok());
    assert_eq!(rows.collect::<BTreeSet<_>>(), codes.values().copied().collect());
}

#[test]
fn what_security_md_says_of_files_is_so() {
    use std::os::unix::fs::PermissionsExt;
    let world = world();
    world.run(["tick"]).success();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&world.state_dir()), 0o700);
    for (path, _) in crate::tree(&world.state_dir()) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    let told: Value = world.run(["config", "path", "--json"]).success().json();
    assert!(told.to_string().contains(".claudectl"), "{told}");
}
