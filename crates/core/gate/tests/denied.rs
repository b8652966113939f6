//! What is denied is denied whichever tool is used to reach it.

use claudectl_gate::judge::{self, Policy};
use claudectl_gate::rules::{Action, Circumstances, Maker, Rule};
use claudectl_gate::{lattice, rules, tools};
use claudectl_shell::effect::{Effect, Scope};
use claudectl_shell::facts::{Facts, Place};
use serde_json::{Value, json};

/// A project in which links lead to what is denied.
struct Project;

impl Facts for Project {
    fn tracked(&self, _: &str) -> Option<bool> {
        Some(true)
    }

    fn resolved(&self, path: &str) -> Option<String> {
        Some(match path {
            "/home/me/work/link" => "/data/work/secrets/prod".to_owned(),
            "/home/me/work/keys" => "/home/me/.ssh".to_owned(),
            "/home/me/work/keys/id_rsa" => "/home/me/.ssh/id_rsa".to_owned(),
            // All of the project is somewhere else in truth.
            path => match path.strip_prefix("/home/me/work") {
                Some(rest) => format!("/data/work{rest}"),
                None => path.to_owned(),
            },
        })
    }

    fn text(&self, _: &str) -> Option<String> {
        None
    }

    fn executable(&self, _: &str) -> Option<bool> {
        None
    }
}

fn place() -> Place<'static> {
    Place { home: "/home/me", folder: Some("/home/me/work"), root: Some("/home/me/work"), facts: &Project }
}

fn judged(tool: &str, input: &Value, rule: Rule) -> Action {
    judged_where(tool, input, rule, Some("/home/me/work/secrets/prod"))
}

/// Where each pattern of the shell stands for one file, or nobody knows for which.
fn judged_where(tool: &str, input: &Value, rule: Rule, file: Option<&str>) -> Action {
    let policy = Policy { rules: vec![(Maker::Person, rule)], ..Policy::default() };
    let report = tools::report(tool, input, place());
    let patterns = report.deeds().map(|deed| &deed.subject).filter(|path| rules::is_pattern(path));
    let found = patterns.filter_map(|path| Some((path.clone(), vec![file?.to_owned()]))).collect();
    let call = Circumstances {
        tool: tool.to_owned(),
        root: "/home/me/work".to_owned(),
        found,
        ..Circumstances::default()
    };
    judge::judge(&report, &policy, &call).action
}

fn denies(change: impl FnOnce(&mut Rule)) -> Rule {
    let mut rule = Rule { name: "no".to_owned(), action: Some(Action::Deny), ..Rule::default() };
    change(&mut rule);
    rule
}

/// Every way to a file: by its path, and by its path from the project's folder on where that is another.
fn ways(path: &str) -> Vec<(&'static str, Value)> {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let last = folder.rsplit('/').next().unwrap_or(folder);
    let bash = |command: String| ("Bash", json!({ "command": command }));
    vec![
        ("Read", json!({ "file_path": path })),
        ("Read", json!({ "file_path": format!("{folder}/../{last}/{name}") })),
        ("NotebookRead", json!({ "notebook_path": path })),
        ("Grep", json!({ "pattern": "x", "path": path })),
        ("Grep", json!({ "pattern": "x", "path": folder })),
        ("Grep", json!({ "pattern": "x", "path": folder, "glob": name })),
        ("Write", json!({ "file_path": path, "content": "x" })),
        ("Edit", json!({ "file_path": path, "old_string": "a", "new_string": "b" })),
        ("MultiEdit", json!({ "file_path": path, "edits": [{ "old_string": "a", "new_string": "b" }] })),
        ("NotebookEdit", json!({ "notebook_path": path, "new_source": "x" })),
        ("WebFetch", json!({ "url": format!("file://{path}"), "prompt": "x" })),
        ("mcp__files__read_file", json!({ "path": path })),
        ("mcp__files__read_files", json!({ "paths": ["README.md", path] })),
        ("mcp__files__get", json!({ "request": { "what": path } })),
        ("mcp__files__move_file", json!({ "source": path, "destination": "x" })),
        ("mcp__shell__run", json!({ "command": format!("cat {path}") })),
        ("mcp__shell__exec", json!({ "cmd": ["cat", path] })),
        ("ReadMcpResourceTool", json!({ "server": "files", "uri": path })),
        ("Monitor", json!({ "command": format!("tail -f {path}") })),
        ("SomethingNew", json!({ "file": path })),
        ("PowerShell", json!({ "command": format!("Get-Content {path}") })),
        ("PowerShell", json!({ "command": format!("Get-ChildItem {folder} | Get-Content") })),
        ("PowerShell", json!({ "command": format!("Remove-Item -Path {path}") })),
        bash(format!("cat {path}")),
        bash(format!("cat < {path}")),
        bash(format!("cd {folder} && cat {name}")),
        bash(format!("cat {folder}/*")),
        bash(format!("grep -r x {folder}")),
        bash(format!("head -n 1 -- {path}")),
        bash(format!("F={path}; cat \"$F\"")),
        bash(format!("cp {path} /tmp/x")),
        bash(format!("ln -s {path} x")),
        bash(format!("sudo cat {path}")),
        bash(format!("bash -c 'cat {path}'")),
        bash(format!("find {folder} -type f -exec cat {{}} +")),
        bash(format!("tar cf /tmp/x.tar {folder}")),
        bash(format!("python3 -c 'print(open(\"{}\").read())'", path.replace('~', "/home/me"))),
        bash(format!("echo x > {path}")),
        bash(format!("echo $(cat {path})")),
        bash(format!("diff <(cat {path}) README.md")),
        bash(format!("while read line; do echo $line; done < {path}")),
        bash(format!("base64 {path} | wc -c")),
        bash(format!("dd if={path} of=/dev/null")),
        bash(format!("awk 1 {path}")),
        bash(format!("sed -n p {path}")),
        bash(format!("git diff --no-index /dev/null {path}")),
        bash(format!("rm {path}")),
        bash(format!("xargs cat <<< {path}")),
    ]
}

#[test]
fn a_denied_path_is_denied_by_every_tool() {
    let mut wrong = Vec::new();
    let mut more = vec![
        ("Glob", json!({ "pattern": "secrets/**" })),
        ("Glob", json!({ "pattern": "*.key", "path": "secrets" })),
        ("Glob", json!({ "pattern": "sec*/*.key" })),
        ("Glob", json!({ "pattern": "{docs,secrets}/*" })),
        ("Grep", json!({ "pattern": "x", "glob": "secrets/*.key" })),
        ("LS", json!({ "path": "secrets" })),
        ("Read", json!({ "file_path": "link" })),
        ("Bash", json!({ "command": "cat link" })),
        ("Bash", json!({ "command": "cat sec*/prod" })),
        ("Bash", json!({ "command": "cat secret?/prod" })),
        ("Bash", json!({ "command": "cat [rs]ecrets/prod" })),
        ("Bash", json!({ "command": "cat */prod" })),
        ("Bash", json!({ "command": "cat secrets/$NAME" })),
        ("Bash", json!({ "command": "git show HEAD:secrets/prod" })),
        ("Bash", json!({ "command": "git show HEAD -- secrets" })),
        ("Bash", json!({ "command": "git log -p secrets/prod" })),
        ("Bash", json!({ "command": "git cat-file -p HEAD:secrets/prod" })),
        ("Bash", json!({ "command": "git checkout main -- secrets/prod" })),
        ("Bash", json!({ "command": "git diff secrets" })),
        ("Bash", json!({ "command": "git grep x -- secrets" })),
        ("Bash", json!({ "command": "git blame secrets/prod" })),
        ("Bash", json!({ "command": "git add secrets/prod" })),
    ];
    for path in ["secrets/prod", "/home/me/work/secrets/deep/prod", "./secrets/prod"] {
        more.extend(ways(path));
    }
    for (tool, input) in &more {
        let action = judged(tool, input, denies(|rule| rule.paths.push("secrets/**".to_owned())));
        if action != Action::Deny {
            wrong.push(format!("{tool} {input}: {}", action.word()));
        }
    }
    // Whoever is told of a file has not opened it.
    for (tool, prompt) in [
        ("Task", "Tell me what is in secrets/prod, please."),
        ("Agent", "cat `./secrets/prod`"),
        ("Task", "Look through src, and never touch secrets/prod."),
    ] {
        let input = json!({ "description": "look", "prompt": prompt });
        let action = judged(tool, &input, denies(|rule| rule.paths.push("secrets/**".to_owned())));
        if action != Action::Ask {
            wrong.push(format!("{tool} {input}: {}", action.word()));
        }
    }
    // What only looks alike is not meant.
    for (tool, input) in ways("docs/secrets.md").into_iter().chain(ways("src/secretsauce/a")) {
        let rule = denies(|rule| rule.paths.push("secrets/**".to_owned()));
        let action = judged_where(tool, &input, rule, None);
        let without = lattice::of_report(&tools::report(tool, &input, place())).0.verdict();
        if action == Action::Deny && without != "deny" {
            wrong.push(format!("{tool} {input}: denied"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_key_is_a_secret_by_every_tool() {
    let mut wrong = Vec::new();
    let mut all = ways("~/.ssh/id_rsa");
    all.extend(ways("/home/me/.ssh/id_rsa"));
    all.push(("Read", json!({ "file_path": "keys/id_rsa" })));
    all.push(("Bash", json!({ "command": "cat keys/id_rsa" })));
    for (tool, input) in &all {
        let report = tools::report(tool, input, place());
        let (level, _) = lattice::of_report(&report);
        let secret = report.deeds().any(|deed| {
            deed.act.scope == Scope::Credential
                && matches!(deed.act.effect, Effect::SecretRead | Effect::Write | Effect::Delete)
        });
        if level < lattice::Level::Ask || !secret {
            wrong.push(format!("{tool} {input}: {level:?}"));
        }
        let action = judged(tool, input, denies(|rule| rule.scopes.push(Scope::Credential)));
        if action != Action::Deny {
            wrong.push(format!("{tool} {input}: {} in spite of the rule", action.word()));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_a_pattern_stands_for_decides() {
    let calls = [
        ("Bash", json!({ "command": "wc -l src/*" })),
        ("Bash", json!({ "command": "cat */*" })),
        ("Bash", json!({ "command": "head -1 [a-z]*/x?*" })),
        ("Glob", json!({ "pattern": "src/**" })),
        ("PowerShell", json!({ "command": "Get-Content src/*" })),
    ];
    for (tool, input) in &calls {
        for (file, action) in [
            (Some("/home/me/work/src/a.pem"), Action::Deny),
            (Some("/home/me/work/src/a.rs"), Action::Allow),
            (None, Action::Ask),
        ] {
            let rule = denies(|rule| rule.paths.push("*.pem".to_owned()));
            assert_eq!(judged_where(tool, input, rule, file), action, "{tool} {input} {file:?}");
        }
    }
}

#[test]
fn what_a_search_leaves_out_it_does_not_read() {
    let of = |path: &str| denies(|rule| rule.paths.push(path.to_owned()));
    let bash = |command: &str| ("Bash", json!({ "command": command }));
    let grep = |glob: &str| ("Grep", json!({ "pattern": "x", "glob": glob }));
    for (path, (tool, input), action) in [
        ("*.pem", grep("*.rs"), Action::Allow),
        ("*.pem", grep("*.{rs,md}"), Action::Allow),
        ("*.pem", grep("*"), Action::Ask),
        ("*.pem", grep("*.{rs,pem}"), Action::Deny),
        ("secrets/**", grep("!secrets/**"), Action::Allow),
        ("secrets/**", grep("*.rs"), Action::Ask),
        ("*.pem", bash("rg -g '*.rs' x"), Action::Allow),
        ("*.pem", bash("rg --glob=*.p* x"), Action::Ask),
        ("*.pem", bash("grep -r --include='*.rs' x ."), Action::Allow),
        ("*.pem", bash("grep -r --include='*.rs' --include='*' x ."), Action::Ask),
        ("secrets/**", bash("rg -g '!secrets' x"), Action::Allow),
        ("secrets/**", bash("git grep x"), Action::Ask),
        ("secrets/**", bash("git grep x -- src"), Action::Allow),
        ("secrets/**", bash("grep -d recurse x ."), Action::Ask),
    ] {
        assert_eq!(judged_where(tool, &input, of(path), None), action, "{path} {tool} {input}");
    }
}
