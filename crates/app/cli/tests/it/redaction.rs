//! What must never reach a screen, a log or our own state: secrets, and characters that command a terminal.

use claudectl_testkit::{Deed, Endpoint, LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::json;

use crate::{A, B, json, session, world};

/// Made up, and put together here so that no scanner takes them for real ones.
pub(crate) fn secrets() -> Vec<String> {
    let letters = |seed: u64, count: usize| -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(alphabet[usize::try_from(state >> 33).unwrap() % alphabet.len()])
            })
            .collect()
    };
    vec![
        ["gh", "p_", &letters(1, 36)].concat(),
        ["sk-", "ant-", "api03-", &letters(2, 93), "AA"].concat(),
        ["AK", "IA", &letters(3, 16).to_uppercase().replace(['0', '1', '8', '9'], "Q")].concat(),
    ]
}

#[track_caller]
fn assert_clean(what: &str, text: &str) {
    for secret in secrets() {
        // Not even enough of it to be of use.
        assert!(!text.contains(&secret[6..20]), "{what} shows a secret\n{text}");
    }
}

/// A session that asks for permission to use one secret, has failed on another and has a subagent with a third.
fn leaky(world: &World) -> LiveProcess {
    let [one, two, three] = &secrets()[..] else { panic!("three secrets") };
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go").assistant(|m| {
        m.tool_use("WebFetch", json!({"url": format!("https://example.com/?token={two}")}))
            .usage(Usage::new(1, 1))
    });
    transcript.last_result(&format!("401: {two} is not valid"), true).assistant(|m| {
        m.tool_use(
            "Agent",
            json!({"subagent_type": "Explore", "description": format!("try {three}"), "prompt": "p"}),
        );
        m.usage(Usage::new(1, 1))
    });
    let agent = transcript.subagent("a1");
    agent.meta("description", format!("try {three}")).assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
    transcript.last_result("ok", false).assistant(|m| {
        let command = format!("curl -H 'Authorization: Bearer {one}' https://example.com");
        m.tool_use("Bash", json!({"command": command})).usage(Usage::new(1, 1))
    });
    transcript.custom_title(&format!("use {one}")).write(&world.config_dir());
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir())
        .waiting_for("permission prompt")
        .write(&world.config_dir());
    process
}

#[test]
fn no_secret_reaches_a_screen() {
    let world = world();
    let _process = leaky(&world);
    for args in [
        &["ls"][..],
        &["ls", "--json"],
        &["show", A],
        &["show", A, "--json"],
        &["history"],
        &["history", "--json"],
        &["spend", "--by", "session"],
        &["spend", "--by", "session", "--json"],
        &["doctor"],
    ] {
        let out = world.run(args);
        assert_clean(&format!("{args:?}"), &format!("{}{}", out.stdout, out.stderr));
    }
    // The rest of a call is still told.
    let listing = json(&world, &["ls", "--json"]);
    let found = session(&listing, A);
    let pending = found["pending"][0]["summary"].as_str().unwrap();
    assert!(pending.starts_with("curl -H 'Authorization: ") && pending.contains("example.com"), "{pending}");
    assert!(found["recent_errors"][0]["message"].as_str().unwrap().starts_with("401: "), "{found}");
}

#[test]
fn no_secret_reaches_our_own_state() {
    let world = world();
    let _process = leaky(&world);
    world.run(["ls", "--json"]).success();
    world.run(["show", A]).success();
    let files = crate::tree(&world.state_dir());
    assert!(files.keys().any(|path| path.ends_with("state.db")));
    for (path, content) in files {
        assert_clean(&path.display().to_string(), &String::from_utf8_lossy(&content));
    }
}

#[test]
fn no_secret_reaches_the_log() {
    let world = world();
    let _process = leaky(&world);
    for secret in secrets() {
        // Whatever is echoed of what somebody typed.
        world.run(["--log", "run.log", "-vv", "show", &secret]).fails_with(1);
        world.run(["--log", "run.log", "-vv", "ls", "--search", &secret]).success();
    }
    world.run(["--log", "run.log", "-vv", "spend", "--no-cache"]).success();
    let log = std::fs::read_to_string(world.work_dir().join("run.log")).unwrap();
    assert!(log.contains("there is no session "), "{log}");
    assert_clean("the log", &log);
}

/// Characters that clear a screen, set a title, hide or turn around what follows.
pub(crate) const HOSTILE: &str =
    "a\u{1b}[2Jb\u{1b}]0;owned\u{7}c\u{202e}d\u{2066}e\u{200f}f\u{9b}31mg\u{0}h\r\ni\u{8}j\u{7f}k";

fn is_hostile(letter: char) -> bool {
    letter != '\n'
        && (letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[track_caller]
pub(crate) fn assert_harmless(what: &str, text: &str) {
    let found: Vec<char> = text.chars().filter(|letter| is_hostile(*letter)).collect();
    assert!(found.is_empty(), "{what} lets {found:?} through\n{}", text.escape_debug());
}

#[test]
fn no_text_from_outside_commands_the_terminal() {
    let world = world();
    let folder = format!("/srv/{}", HOSTILE.replace('/', ""));
    for (sid, model) in [(A, format!("claude-{HOSTILE}")), (B, "claude-opus-5-5".to_owned())] {
        let mut transcript = Transcript::new(sid, world.work_dir());
        transcript.cd(&folder).branch(HOSTILE).version(HOSTILE).model(&model).prompt(HOSTILE);
        transcript
            .assistant(|m| m.tool_use(HOSTILE, json!({"command": HOSTILE})).usage(Usage::new(1_000, 1)));
        transcript.last_result(HOSTILE, true).assistant(|m| {
            m.tool_use("Write", json!({"file_path": format!("/srv/{HOSTILE}"), "content": "x"}));
            m.usage(Usage::new(1_000, 1))
        });
        let agent = transcript.subagent("a1");
        agent.meta("agentType", HOSTILE).meta("description", HOSTILE);
        agent.model(&model).assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
        transcript.custom_title(HOSTILE).write(&world.config_dir());
    }
    let process = LiveProcess::start(&world.work_dir());
    let row = RegistryRow::new(process.pid(), A, &folder).named(HOSTILE).tmux(HOSTILE);
    row.waiting_for(HOSTILE).version(HOSTILE).write(&world.config_dir());
    world.write("home/.claude/sessions/77.json", format!("{{\"pid\":77,\"{HOSTILE}"));
    for args in [
        &["ls"][..],
        &["ls", "--all"],
        &["show", A],
        &["show", B],
        &["history"],
        &["spend"],
        &["spend", "--by", "session"],
        &["spend", "--by", "project"],
        &["spend", "--by", "model"],
        &["spend", "--by", "agent"],
        &["spend", "--by", "project", "--csv"],
        &["spend", "--by", "model", "--csv"],
        &["doctor"],
        &["show", "\u{1b}[2J\u{202e}"],
        &["prices", "\u{1b}[2J\u{202e}"],
        &["spend", "--since", "\u{1b}[2J\u{202e}"],
        &["config", "get", "\u{1b}[2J\u{202e}"],
    ] {
        let out = world.run(args);
        assert!(out.code < 4, "{args:?}\n{}", out.snapshot());
        assert_harmless(&format!("{args:?}"), &out.stdout);
        assert_harmless(&format!("{args:?} on standard error"), &out.stderr);
    }
    // JSON is for programs, which get the text whole, its controls escaped.
    let printed = world.run(["ls", "--json"]).success();
    assert_harmless("ls --json", &printed.stdout);
    assert_eq!(session(&printed.json(), A)["cwd"], folder.as_str());
}

#[test]
fn a_hostile_configuration_is_shown_harmless() {
    let world = world();
    world.write("work/.claudectl.toml", "\"\\u001b[2J\\u202e\" = 1\n[budget]\n\"day\\u0007usd\" = 1\n");
    for args in [&["ls"][..], &["config", "check"], &["config", "show"]] {
        let out = world.run(args);
        assert!((1..=2).contains(&out.code), "{}", out.snapshot());
        assert_harmless(&format!("{args:?}"), &out.stderr);
        assert!(out.stderr.contains("$WORK/.claudectl.toml:1:1: "), "{}", out.stderr);
    }
}

/// A made-up text with a secret of each sort: tokens, one that its name tells, one in an address, one in a header.
fn planted() -> String {
    let [one, two, three] = &secrets()[..] else { panic!("three secrets") };
    let [named, address, header] = PLAIN;
    format!(
        "use {one} {two} {three} DB_PASSWORD={named} https://app:{address}@db.example.com/x \
         curl -H 'Authorization: Bearer {header}' https://example.com"
    )
}

/// What the folder is named after that a session works in. Claude Code names another one after it, with `-` for `_`.
fn folder_token() -> String {
    ["gh", "p_", "Kq7TmRz2WxLp9dVs4NcB8fJg3YhE6uAi1OtM5"].concat()
}

fn folder(world: &World) -> std::path::PathBuf {
    world.work_dir().join(folder_token())
}

/// A tool of a server that is named after a secret: behind one `_`, and behind two.
fn tools() -> [String; 2] {
    let [one, _, three] = &secrets()[..] else { panic!("three secrets") };
    [format!("mcp__srv_{one}__get"), format!("mcp__srv__{three}")]
}

/// Secrets that only what is around them tells.
const PLAIN: [&str; 3] = ["Zq7mTr2kWx9pLd4v", "Yh5nBc8sJf3gKw6r", "Xe4vMz7tQa2uRn9dHb6c"];

#[track_caller]
fn shows_none(what: &str, text: &str) {
    assert!(leaked(text).is_none(), "{what} shows a secret\n{}", leaked(text).unwrap());
}

/// The line that shows one, if any does.
fn leaked(text: &str) -> Option<String> {
    // Not even enough of one to be of use.
    leaked_of(text, &[&secrets()[..], &[folder_token()]].concat())
}

/// The same without the token of the folder: where a session works is kept as it is, since it is looked at again.
fn leaked_beside_folders(text: &str) -> Option<String> {
    leaked_of(text, &secrets())
}

fn leaked_of(text: &str, tokens: &[String]) -> Option<String> {
    let parts = tokens.iter().map(|secret| &secret[6..20]).chain(PLAIN);
    let at = parts.filter_map(|part| text.find(part)).min()?;
    let from = text[..at]
        .rfind('\n')
        .map_or(0, |line| line + 1)
        .max(text.floor_char_boundary(at.saturating_sub(160)));
    Some(text[from..text.ceil_char_boundary(at + 60)].escape_debug().to_string())
}

/// Commands, and each call of them.
type Fed<'a> = &'a [(&'a str, &'a [&'a [&'a str]])];

/// What each command is called with, for a session, where `TEXT` stands for what is planted. As text, and with `--json`.
const FED: Fed<'_> = &[
    ("claudectl", &[&[]]),
    ("ls", &[&[], &["--all"], &["--search", "TEXT"]]),
    ("show", &[&["SESSION"], &["OTHER"], &["TEXT"]]),
    (
        "spend",
        &[
            &["--by", "session"],
            &["--by", "project"],
            &["--by", "agent"],
            &["--by", "model"],
            &["--since", "TEXT"],
        ],
    ),
    ("prices", &[&[], &["TEXT"]]),
    (
        "gate check",
        &[
            &["TEXT"],
            &["DEPLOY"],
            &["--tool", "Read", "--input", "INPUT"],
            &["--tool", "TOOL", "--input", "KEYS"],
            &["--cwd", "FOLDER", "DEPLOY"],
        ],
    ),
    (
        "gate explain",
        &[&["TEXT"], &["DEPLOY"], &["--tool", "TOOL", "--input", "KEYS"], &["--cwd", "FOLDER", "touch x"]],
    ),
    ("gate log", &[&[], &["--since", "3650d"], &["--since", "3650d", "--tool", "TOOL"]]),
    ("gate hooks", &[&[]]),
    ("gate hooks trust", &[&["TEXT"]]),
    ("gate hooks distrust", &[&["TEXT"]]),
    ("gate audit", &[&[], &["--since", "3650d"]]),
    ("gate mode", &[&[], &["observe"], &["TEXT"]]),
    ("gate backtest", &[&[], &["--since", "3650d"], &["--project", "TEXT"]]),
    ("rules ls", &[&[]]),
    ("rules test", &[&[], &["TEXT"]]),
    ("rules rm", &[&["TEXT"]]),
    ("rules schema", &[&[]]),
    ("policy init", &[&[]]),
    ("policy show", &[&[]]),
    ("policy check", &[&[], &["wrong.toml"], &["TEXT"]]),
    ("policy trust", &[&[], &["--revoke"]]),
    ("policy schema", &[&[]]),
    ("brain eval", &[&["--stream", "stream.ndjson"], &["--stream", "TEXT"], &["--file", "suite.ndjson"]]),
    ("health", &[&[], &["--all"], &["SESSION"], &["OTHER"], &["TEXT"]]),
    (
        "reel",
        &[
            &["SESSION", "--force", "--out", "a.md"],
            &["SESSION", "--force", "--out", "a.cast"],
            &["SESSION", "--force", "--out", "a.gif"],
            &["OTHER", "--force", "--out", "a.other.md"],
            &["TEXT"],
        ],
    ),
    ("history", &[&[], &["--search", "TEXT"]]),
    ("report", &[&["--since", "8h"], &["--since", "8h", "--format", "markdown"], &["--project", "TEXT"]]),
    ("search", &[&["redacted", "-n", "0", "--context", "3"], &["TEXT"], &["--project", "TEXT", "x"]]),
    (
        "secrets scan",
        &[
            &[],
            &["--all"],
            &["SESSION"],
            &["OTHER"],
            &["notes.txt"],
            &["TEXT"],
            &["--kind", "TEXT"],
            &["-"],
            &["SESSION", "--redacted-copy", "COPY"],
            &["OTHER", "--redacted-copy", "COPY"],
        ],
    ),
    ("secrets kinds", &[&[]]),
    ("statusline", &[&[]]),
    (
        "wait",
        &[
            &["SESSION", "--for", "finished", "--timeout", "0s"],
            &["OTHER", "--for", "finished", "--timeout", "0s"],
            &["TEXT", "--for", "waiting", "--timeout", "0s"],
        ],
    ),
    ("brain", &[&[]]),
    ("brain status", &[&[]]),
    ("brain learn", &[&["--history"], &["--history", "--project", "TEXT"]]),
    ("brain query", &[&["TEXT"], &["TEXT", "--explain", "--session", "SESSION"]]),
    ("brain summary", &[&["SESSION"], &["SESSION", "--autopsy"], &["TEXT"]]),
    ("brain prompts", &[&[], &["annotate"], &["TEXT"]]),
    ("brain advice", &[&[], &["SESSION"], &["--accept", "TEXT"]]),
    ("brain review", &[&[], &["--correct", "TEXT", "--wanted", "--reason", "TEXT"]]),
    ("brain suggest", &[&[], &["--project", "TEXT"], &["TEXT", "--apply"]]),
    ("brain insights", &[&[], &["--all"]]),
    ("brain garden", &[&[], &["--project", "TEXT"]]),
    ("brain briefing", &[&[], &["--project", "TEXT"]]),
    ("brain autopsy", &[&["SESSION"], &["OTHER"], &["SESSION", "--md"], &["TEXT"]]),
    ("brain export", &[&[], &["--markdown"], &["--features-only"], &["--project", "TEXT"]]),
    ("brain import", &[&["TEXT"], &["stream.ndjson", "--dry-run"]]),
    (
        "brain stats",
        &[
            &[],
            &["impact"],
            &["learning-curve"],
            &["accuracy"],
            &["calibration"],
            &["baseline"],
            &["false-allow"],
            &["false-deny"],
            &["coverage"],
            &["novelty"],
            &["drift"],
            &["tiers"],
            &["latency"],
            &["time-to-correct"],
            &["incidents"],
            &["evolution"],
            &["distribution"],
            &["TEXT"],
            &["accuracy", "--project", "TEXT"],
        ],
    ),
    ("brain outcomes", &[&[], &["--project", "TEXT"]]),
    ("brain approaches", &[&[], &["--project", "TEXT"]]),
    ("brain forget", &[&["--yes"]]),
    ("hive", &[&[]]),
    ("hive convergence", &[&[]]),
    ("budget", &[&[]]),
    ("budget ls", &[&[], &["--all"]]),
    (
        "budget raise",
        &[
            &["--session", "SESSION", "--by", "1"],
            &["--project", "TEXT", "--by", "1"],
            &["--day", "--by", "TEXT"],
        ],
    ),
    ("budget set", &[&["--session", "SESSION", "1"], &["--project", "TEXT", "1"]]),
    ("budget unset", &[&["--session", "SESSION"], &["--project", "TEXT"]]),
    ("approve", &[&[], &["SESSION"], &["TEXT"], &["SESSION", "--call", "TEXT", "--reason", "TEXT"]]),
    ("deny", &[&[], &["SESSION"], &["TEXT"], &["SESSION", "--call", "TEXT", "--reason", "TEXT"]]),
    ("attach", &[&["SESSION"], &["OTHER"], &["TEXT"]]),
    ("stop", &[&["SESSION", "--dry-run"], &["OTHER", "--dry-run"], &["TEXT"]]),
    ("notify ls", &[&[]]),
    ("notify test", &[&[], &["TEXT"]]),
    ("doctor", &[&[], &["--bundle", "-"], &["--bundle"]]),
    ("init", &[&["--dry-run", "--binary", "/bin/true"]]),
    ("uninstall", &[&["--dry-run"]]),
    ("config show", &[&[]]),
    ("config path", &[&[]]),
    ("config check", &[&[]]),
    ("config init", &[&[]]),
    ("config schema", &[&[]]),
    (
        "config get",
        &[
            &["webhooks.mine.url"],
            &["webhooks.mine.secret"],
            &["statusline.format"],
            &["hooks.on_finished.run"],
            &["TEXT"],
        ],
    ),
    ("config set", &[&["webhooks.mine.secret", "TEXT"], &["TEXT", "x"], &["budget.day_usd", "TEXT"]]),
    ("config unset", &[&["TEXT"], &["webhooks.mine.secret"]]),
    ("import", &[&[], &["--policy", "policy.toml"]]),
    ("clean", &[&["--older-than", "1h"], &["--state"], &["--archived"], &["--restore", "TEXT"]]),
    ("completions", &[&["bash"]]),
    ("man", &[&[]]),
    ("tick", &[&[]]),
];

/// What is called where somebody else has signed secrets, and calls machines by them.
const FED_HIVE: Fed<'_> = &[
    ("hive status", &[&[]]),
    ("hive ls", &[&[], &["--all"], &["--from", "TEXT"], &["--scope", "TEXT"]]),
    ("hive preview", &[&[], &["--for", "TEXT"]]),
    ("hive distill", &[&["--dry-run"], &[]]),
    ("hive expose", &[&["CLAIM"], &["TEXT"], &["--all"]]),
    ("hive hide", &[&["CLAIM"], &["TEXT"]]),
    ("hive mute", &[&["CLAIM"], &["TEXT"]]),
    ("hive unmute", &[&["CLAIM"], &["TEXT"]]),
    ("hive forget", &[&["CLAIM"], &["TEXT"], &["TEXT", "--undo"]]),
    ("hive id", &[&[]]),
    ("hive create", &[&["TEXT"], &["fine", "--as", "TEXT"]]),
    ("hive member", &[&["--hive", "home"], &["--hive", "TEXT"]]),
    ("hive member ls", &[&["--hive", "home"]]),
    ("hive member add", &[&["--hive", "home", "TEXT"]]),
    ("hive member rm", &[&["--hive", "home", "TEXT"]]),
    ("hive member role", &[&["--hive", "home", "TEXT", "reader"]]),
    ("hive member retire", &[&["--hive", "home", "TEXT"]]),
    ("hive peer", &[&[]]),
    ("hive peer ls", &[&[]]),
    ("hive peer add", &[&["TEXT", "x"]]),
    ("hive peer rm", &[&["TEXT"]]),
    ("hive export", &[&[], &["--for", "TEXT"], &["-o", "a.bundle", "--force"]]),
    ("hive import", &[&["BUNDLE"], &["TEXT"]]),
    ("hive sync", &[&["."], &["TEXT"]]),
    ("hive rotate", &[&[]]),
    ("hive leave", &[&["TEXT"], &["home"]]),
];

/// The same for commands by which a person puts a secret into a rule: it is kept, since calls are compared with it, but
/// not shown. What is kept is looked at before.
const FED_LAST: Fed<'_> = &[
    (
        "rules add",
        &[
            &["--action", "deny", "--command", "DEPLOY", "--reason", "WORDS"],
            &["--action", "deny", "--command", "deploy", "--reason", "WORDS"],
            &["--action", "deny", "--tool", "TOOL", "--reason", "WORDS"],
        ],
    ),
    ("gate allow", &[&["DEPLOY"], &["deploy"], &["TEXT"], &["--tool", "TOOL", "/srv/x"]]),
];

/// Commands that are not run here, and why.
const NOT_FED: &[(&str, &str)] = &[
    ("gate", "only has commands"),
    ("rules", "only has commands"),
    ("policy", "only has commands"),
    ("notify", "only has commands"),
    ("config", "only has commands"),
    ("secrets", "only has commands"),
    ("dashboard", "a screen: surfaces::no_secret_of_any_kind_is_on_any_surface looks at each side of it"),
    ("watch", "a stream that does not end: see a_stream_shows_none"),
    ("up", "a stream that does not end: see a_stream_shows_none, and for its notices surfaces"),
    ("demo", "shows what it makes up, and reads nothing"),
    ("hook", "is how secrets are planted here: called before all others"),
    ("docs", "writes what is built in, and reads nothing"),
];

/// Every command there is: those of the reference, and those that are hidden.
fn commands(world: &World) -> Vec<String> {
    let folder = world.root().join("reference");
    std::fs::create_dir(&folder).unwrap();
    world.cmd().args(["docs", "--dir"]).arg(&folder).run().success();
    let page = std::fs::read_to_string(folder.join("cli.md")).unwrap();
    let named = page.lines().filter_map(|line| line.strip_prefix("## `claudectl")?.strip_suffix('`'));
    let mut all: Vec<String> = named.map(|name| name.trim().to_owned()).collect();
    all[0] = "claudectl".to_owned();
    // A hidden one has no page, but a line in the enum that all are listed in.
    let listed = include_str!("../../src/commands/mod.rs").split_once("enum Command {").unwrap().1;
    let listed = listed.split_once("\n}").unwrap().0;
    for variant in listed.lines().filter_map(|line| line.trim().split_once('(').map(|(name, _)| name)) {
        let name = variant.to_lowercase();
        if !variant.starts_with('#') && !all.contains(&name) {
            all.push(name);
        }
    }
    assert!(all.len() > 40, "{all:?}");
    all
}

#[test]
fn every_command_is_fed_with_secrets_or_says_why_not() {
    let all = commands(&world());
    let told: Vec<&str> = FED
        .iter()
        .chain(FED_LAST)
        .chain(FED_HIVE)
        .map(|(name, _)| *name)
        .chain(NOT_FED.iter().map(|(name, _)| *name))
        .collect();
    for name in &all {
        assert!(
            told.contains(&name.as_str()),
            "`claudectl {name}` is new: add to FED what it is called with, so that no secret is shown by it"
        );
    }
    for name in &told {
        assert!(all.iter().any(|other| other == name), "there is no command {name} any more");
        assert_eq!(told.iter().filter(|other| *other == name).count(), 1, "{name} is told twice");
    }
}

/// Plants secrets in everything that claudectl takes in.
fn planted_everywhere(world: &World) -> (LiveProcess, LiveProcess) {
    let text = planted();
    let token = &secrets()[0];
    std::fs::create_dir_all(world.work_dir().join(".git")).unwrap();
    std::fs::write(world.work_dir().join(".git/HEAD"), format!("ref: refs/heads/fix-{token}\n")).unwrap();
    let process = plant_session(world, &text);
    let other = plant_folder(world);
    let config = format!(
        "[general]\ntimezone = \"UTC\"\n[statusline]\nformat = \"{{model}} {{session}} {{project}} {{dir}}\"\n\
         [notify]\nevents = [\"on_needs_input\"]\n\
         [webhooks.mine]\nurl = \"http://127.0.0.1:9/{token}?key={}\"\nsecret = \"{}\"\n\
         [hooks.on_finished]\nrun = [\"/bin/true\", \"--token={token}\"]\n",
        PLAIN[2], PLAIN[0],
    );
    crate::user_config(world, &config);
    let rules = format!(
        "[[rules]]\nname = \"deploys\"\ncommand = [\"deploy *\"]\naction = \"deny\"\nreason = \"{0}\"\n\
         [[triggers]]\nname = \"says\"\nstatus = [\"needs-permission\"]\naction = \"send\"\nmessage = \"{0}\"\n",
        text.replace('"', ""),
    );
    crate::triggers::rules(world, &rules);
    let policy = format!(
        "[[rules]]\nname = \"team\"\ncommand = [\"deploy *\"]\naction = \"ask\"\nreason = \"{text}\"\n"
    );
    world.write("work/.claudectl/policy.toml", policy);
    let settings = json!({
        "env": {"API_TOKEN": token, "DB_PASSWORD": PLAIN[0]},
        "permissions": {"allow": [format!("Bash(deploy --token {token})")], "deny": [format!("Bash({text})")]},
        "hooks": {"Stop": [{"hooks": [{"type": "command", "command": format!("notify --token {token} {text}")}]}]},
        "statusLine": {"type": "command", "command": format!("line --token {token}")},
        "apiKeyHelper": format!("echo {token}"),
    });
    world.write("home/.claude/settings.json", settings.to_string());
    world.write("work/.claude/settings.local.json", settings.to_string());
    let wrong = format!("[[rules]]\naction = \"{token}\"\ncommand = [\"x\"]\n\"{token}\" = 1\n");
    world.write("work/wrong.toml", wrong);
    world.write("work/notes.txt", &text);
    let peer = json!({"peer_id": text, "last_sync_epoch": 1, "units_sent": [token]});
    world.write("state/hive/sync_state.json", json!({text.clone(): peer}).to_string());
    world.write(
        "state/hive/knowledge.jsonl",
        format!("{{\"{token}\": 1}}\n{{\"category\": \"{token}\"}}\n{text}\n"),
    );
    let call =
        json!({"tool": text, "input": {"command": text}, "cwd": format!("/src/{token}"), "answer": true});
    world.write("work/stream.ndjson", format!("{call}\n{call}\n"));
    let case =
        json!({"tool": text, "input": {"command": text}, "cwd": format!("/src/{token}"), "expect": "deny"});
    world.write("work/suite.ndjson", format!("{case}\n"));
    world.write("work/policy.toml", format!("[deny]\ncommands = [\"{}\"]\n", text.replace('"', "")));
    let typed =
        json!({"display": text, "pastedContents": {}, "timestamp": 1_795_000_000_000_i64, "sessionId": A});
    world.write("home/.claude/history.jsonl", format!("{typed}\n"));
    (process, other)
}

/// A session in a folder that is named after a secret, and what its hooks are told.
fn plant_folder(world: &World) -> LiveProcess {
    let folder = folder(world);
    std::fs::create_dir_all(&folder).unwrap();
    let mut t = Transcript::new(B, &folder);
    t.at("2026-11-24T11:50:00Z").prompt("go").assistant(|m| {
        m.tool_use("Write", json!({"file_path": folder.join("a.rs"), "content": "x"}))
            .usage(Usage::new(1_000, 1))
    });
    t.last_result("ok", false)
        .assistant(|m| m.tool_use("Bash", json!({"command": "cargo publish"})).usage(Usage::new(1_000, 1)));
    let call = t.last_tool_use();
    t.write(&world.config_dir());
    let process = LiveProcess::start(&folder);
    let row = RegistryRow::new(process.pid(), B, &folder).started(world.now());
    row.waiting_for("permission prompt").write(&world.config_dir());
    let transcript = t.path(&world.config_dir());
    for (name, more) in [
        ("SessionStart", json!({"source": "startup"})),
        (
            "PreToolUse",
            json!({"tool_name": "Write", "tool_input": {"file_path": folder.join("a.rs"), "content": "x"}, "tool_use_id": "w1"}),
        ),
        (
            "PreToolUse",
            json!({"tool_name": "Bash", "tool_input": {"command": "cargo publish"}, "tool_use_id": call}),
        ),
        ("CwdChanged", json!({"old_cwd": folder, "new_cwd": folder.join("x")})),
    ] {
        let mut event = crate::hook::event(world, B, name, more);
        event["cwd"] = json!(folder);
        event["transcript_path"] = json!(transcript);
        let out = crate::hook::hook(world, &event).run();
        shows_none(&format!("the hook of {name} in that folder"), &format!("{}{}", out.stdout, out.stderr));
    }
    process
}

/// A session whose every text holds them, what its hooks and its status line were told included.
fn plant_session(world: &World, text: &str) -> LiveProcess {
    let branch = format!("fix-{}", secrets()[0]);
    let mut t = Transcript::new(A, world.work_dir());
    t.at("2026-11-24T11:50:00Z").branch(&branch).prompt(text).assistant(|m| {
        m.thinking(text)
            .text(text)
            .tool_use("Bash", json!({"command": text, "description": text}))
            .usage(Usage::new(1, 1))
    });
    t.last_result(text, true).assistant(|m| {
        m.tool_use("Write", json!({"file_path": "/srv/a.rs", "content": text})).usage(Usage::new(1, 1))
    });
    t.last_result(text, false).assistant(|m| {
        m.tool_use("mcp__db__query", json!({"password": PLAIN[0], "url": text, "token": secrets()[1]}))
            .usage(Usage::new(1, 1))
    });
    for tool in tools() {
        t.last_result(text, false).assistant(|m| {
            m.tool_use(&tool, json!({secrets()[2].clone(): text, "deep": [{secrets()[0].clone(): 1}]}))
                .usage(Usage::new(1, 1))
        });
        t.last_result(text, true);
    }
    for (tool, input) in calls_of_files() {
        t.assistant(|m| m.tool_use(tool, input).usage(Usage::new(1, 1)));
        t.last_result(text, tool == "Edit");
    }
    t.assistant(|m| {
        let input = json!({"subagent_type": text, "description": text, "prompt": text});
        m.tool_use("Agent", input).usage(Usage::new(1, 1))
    });
    t.subagent("a1")
        .meta("description", text)
        .meta("agentType", text)
        .prompt(text)
        .assistant(|m| m.text(text).usage(Usage::new(1, 1)));
    t.last_result(text, false).custom_title(text).ai_title(text);
    t.raw(&json!({"type": "summary", "summary": text, "leafUuid": "x"}).to_string());
    t.raw(&json!({"type": "system", "subtype": "api_error", "sessionId": A, "timestamp": "2026-11-24T11:55:00Z",
        "error": {"status": 500, "formatted": text}, "retryAttempt": 1}).to_string());
    t.assistant(|m| m.tool_use("Bash", json!({"command": text})).usage(Usage::new(1, 1)));
    let call = t.last_tool_use();
    t.write(&world.config_dir());
    let process = LiveProcess::start(&world.work_dir());
    let row = RegistryRow::new(process.pid(), A, world.work_dir()).named(text).started(world.now());
    row.waiting_for(text).set("detail", text).set("needs", text).tmux(text).write(&world.config_dir());
    let bash = json!({"tool_name": "Bash", "tool_input": {"command": text}, "tool_use_id": call});
    let with = |more: serde_json::Value| {
        let mut all = bash.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    for (name, more) in [
        ("SessionStart", json!({"source": text, "model": text})),
        ("UserPromptSubmit", json!({"prompt": text})),
        ("PreToolUse", bash.clone()),
        ("PermissionRequest", with(json!({"permission_suggestions": [{"rule": text}]}))),
        ("Notification", json!({"message": text, "title": text, "notification_type": text})),
        ("PermissionDenied", with(json!({"reason": text}))),
        ("PostToolUse", with(json!({"tool_response": {"stdout": text}}))),
        ("PostToolUseFailure", with(json!({"error": text}))),
        ("SubagentStart", json!({"agent_id": "a1", "agent_type": text})),
        ("SubagentStop", json!({"agent_id": "a1", "agent_type": text, "last_assistant_message": text})),
        ("StopFailure", json!({"error": text, "error_details": text, "last_assistant_message": text})),
        ("Stop", json!({"last_assistant_message": text, "background_tasks": [{"id": "b", "command": text}]})),
        ("PreCompact", json!({"trigger": text, "custom_instructions": text})),
        ("CwdChanged", json!({"old_cwd": "/srv", "new_cwd": "/srv"})),
        ("ConfigChange", json!({"source": text, "file_path": text})),
        ("WorktreeCreate", json!({"name": text})),
        ("SessionEnd", json!({"reason": text})),
        (text, json!({"message": text})),
    ] {
        if name == "PermissionRequest" {
            // It would wait beside its prompt.
            crate::hook::call(world, A, name, more);
            continue;
        }
        let out = crate::hook::hook(world, &crate::hook::event(world, A, name, more)).run();
        shows_none(&format!("the hook of {name}"), &format!("{}{}", out.stdout, out.stderr));
    }
    plant_calls(world);
    let out = crate::hook::hook(world, &json!(text)).run();
    shows_none("a hook that is told what is no event", &format!("{}{}", out.stdout, out.stderr));
    process
}

/// Calls of tools whose file or address has a secret.
fn calls_of_files() -> [(&'static str, serde_json::Value); 4] {
    let [one, two, three] = &secrets()[..] else { panic!("three secrets") };
    [
        ("Write", json!({"file_path": format!("/srv/{one}/a.rs"), "content": "x"})),
        ("Read", json!({"file_path": format!("/srv/my_{one}/a.rs")})),
        ("Edit", json!({"file_path": format!("/srv/{three}.rs"), "old_string": "a", "new_string": "b"})),
        ("WebFetch", json!({"url": format!("https://example.com/{two}/x?token={three}"), "prompt": one})),
    ]
}

/// What hooks are told of calls of tools whose name, file, address or names of arguments have a secret.
fn plant_calls(world: &World) {
    let keys = json!({secrets()[2].clone(): "x", "deep": {secrets()[0].clone(): planted()}});
    let [one, two] = tools();
    let named = [(one.as_str(), keys.clone()), (two.as_str(), keys)];
    for (number, (tool, input)) in named.into_iter().chain(calls_of_files()).enumerate() {
        let call = json!({"tool_name": tool, "tool_input": input, "tool_use_id": format!("n{number}")});
        for name in ["PreToolUse", "PostToolUseFailure"] {
            let mut call = call.clone();
            call["error"] = json!(planted());
            let out = crate::hook::hook(world, &crate::hook::event(world, A, name, call)).run();
            shows_none(&format!("the hook of {tool}"), &format!("{}{}", out.stdout, out.stderr));
        }
        crate::hook::call(world, A, "PermissionRequest", call);
    }
}

/// What a command is called with here.
fn filled(world: &World, args: &[&str], copy: &str) -> Vec<String> {
    let fill = |arg: &&str| match *arg {
        "TEXT" | "WORDS" => planted(),
        "DEPLOY" => format!("deploy --token {}", secrets()[0]),
        "INPUT" => json!({"file_path": format!("/srv/{}", secrets()[0])}).to_string(),
        "KEYS" => json!({secrets()[2].clone(): "x", "url": planted()}).to_string(),
        "TOOL" => tools()[0].clone(),
        "SESSION" => A.to_owned(),
        "OTHER" => B.to_owned(),
        "COPY" => copy.to_owned(),
        "FOLDER" => folder(world).display().to_string(),
        other => other.replace("TEXT", &planted()),
    };
    args.iter().map(fill).collect()
}

/// What a status line is told.
fn told_status(text: &str) -> String {
    json!({"session_id": A, "session_name": text, "model": {"id": text, "display_name": text}, "version": text,
        "output_style": {"name": text}, "cost": {"total_cost_usd": 1.0}, "workspace": {"current_dir": format!("/srv/{}", folder_token()), "added_dirs": [text]},
        "agent": {"name": text}, "worktree": {"branch": text, "name": text},
        "rate_limits": {text: {"used_percentage": 4}}})
    .to_string()
}

/// A language model that says what is planted.
fn repeating() -> Endpoint {
    Endpoint::chat(|_, request| {
        let said = match request.body.contains("points") {
            true => json!({"summary": planted(), "points": []}),
            false => json!({"summary": planted(), "risks": [], "tighten": true}),
        };
        Deed::ok(&Endpoint::ollama(&said.to_string()))
    })
}

#[test]
fn no_command_shows_or_keeps_what_is_planted() {
    let world = world();
    let (_process, _other) = planted_everywhere(&world);
    let model = repeating();
    let config = world.home().join(".config/claudectl/config.toml");
    let own = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{own}\n[llm]\nurl = \"{}\"\nmodel = \"m\"\n", model.address())).unwrap();
    let (text, mut leaks, mut copies) = (planted(), Vec::new(), 0);
    let run = |args: Vec<String>| {
        world
            .cmd()
            .args(["--log", "run.log", "-vv"])
            .args(&args)
            // The environment is an input, too.
            .env("ANTHROPIC_API_KEY", &secrets()[1])
            .env("DB_PASSWORD", PLAIN[0])
            .stdin(told_status(&text))
            .run()
    };
    let mut feed = |what: Fed<'_>, leaks: &mut Vec<String>| {
        for (name, args, json) in calls(what) {
            copies += 1;
            let words = name.split(' ').map(str::to_owned);
            let mut all: Vec<String> = if name == "claudectl" { Vec::new() } else { words.collect() };
            all.extend(filled(&world, args, &format!("copy-{copies}.jsonl")));
            all.extend(json.then(|| "--json".to_owned()));
            let out = run(all);
            // What is typed wrong feeds nothing. What is planted is no session, no number and no time; and these two
            // write over nothing, and no rule holds a secret.
            let holds = ["rules add", "gate allow"].contains(&name)
                && args.iter().any(|arg| ["DEPLOY", "TOOL"].contains(arg));
            let refuses = holds
                || args.iter().any(|arg| arg.contains("TEXT"))
                || ["policy init", "config init"].contains(&name);
            if out.code >= if refuses { 4 } else { 2 } {
                leaks.push(format!("{name} {args:?} json: {json} does not run: {}", out.snapshot()));
            }
            let shown = leaked(&format!("{}\n{}", out.stdout, out.stderr));
            leaks.extend(shown.map(|line| format!("{name} {args:?}, json: {json}: {line}")));
        }
    };
    feed(FED, &mut leaks);
    for (path, content) in kept(&world) {
        let text = String::from_utf8_lossy(&content);
        let is_state = path.starts_with(world.state_dir());
        let shown = if is_state { leaked_beside_folders(&text) } else { leaked(&text) };
        leaks.extend(shown.map(|line| format!("{}: {line}", path.display())));
    }
    let asked = model.came();
    assert!(asked.iter().filter(|request| request.line == "POST /api/chat").count() > 4, "{}", asked.len());
    leaks.extend(
        asked.iter().filter_map(|request| Some(format!("the model is told {}", leaked(&request.body)?))),
    );
    feed(FED_LAST, &mut leaks);
    // What is kept of a call that a rule denies, whose reason has them.
    let call = json!({"tool_name": "Bash", "tool_input": {"command": "deploy it"}, "tool_use_id": "d1"});
    let out = crate::hook::hook(&world, &crate::hook::event(&world, A, "PreToolUse", call)).run().success();
    leaks.extend(leaked(&out.stdout).map(|line| format!("the answer of a hook: {line}")));
    let again = ["rules ls", "rules test", "gate log", "gate explain", "policy show", "doctor"];
    let again: Vec<_> = FED.iter().filter(|(name, _)| again.contains(name)).copied().collect();
    feed(&again, &mut leaks);
    let journal = crate::tree(&world.state_dir().join("journal"));
    let journal: String = journal.values().map(|content| String::from_utf8_lossy(content)).collect();
    assert!(journal.contains("\"verdict\":\"deny\"") && journal.contains("[redacted:"), "{journal}");
    leaks.extend(leaked_beside_folders(&journal).map(|line| format!("the journal: {line}")));
    assert!(leaks.is_empty(), "{} places show a secret\n{}", leaks.len(), leaks.join("\n"));
}

/// Tokens only: what `password` stands beside is none by that.
#[test]
fn a_folder_that_is_named_after_a_token_is_shown_without_it() {
    let world = world();
    let _process = plant_folder(&world);
    for args in [
        &["ls"][..],
        &["show", B],
        &["history"],
        &["spend", "--by", "session"],
        &["spend", "--by", "project"],
    ] {
        for json in [&[][..], &["--json"]] {
            let args = [args, json].concat();
            let out = world.run(&args).success();
            shows_none(&format!("{args:?}"), &format!("{}{}", out.stdout, out.stderr));
            if args[0] == "show" || args.contains(&"--json") && args[0] != "spend" {
                assert!(out.stdout.contains("/[redacted:github-token]"), "{args:?}\n{}", out.stdout);
            }
        }
    }
    let found = session(&json(&world, &["ls", "--json"]), B).clone();
    let transcript = found["transcript"].as_str().unwrap();
    assert!(transcript.contains("[redacted:folder-token]/"), "{transcript}");
    let table = world.run(["spend", "--by", "project", "--csv"]).success();
    assert!(table.stdout.contains("[redacted:github-token]"), "{}", table.stdout);
    shows_none("spend --csv", &table.stdout);
}

#[test]
fn a_stream_shows_none() {
    let world = world();
    let (_process, _other) = planted_everywhere(&world);
    let format = ["watch", "--format", "{state} {name} {detail} {project}"];
    for args in [&["watch"][..], &["watch", "--json"], &format, &["up"], &["up", "--json"]] {
        let mut stream = crate::streams::Stream::start(&world.cmd().args(args));
        let patience = std::time::Duration::from_secs(30);
        let told = stream.until(patience, |line| line.contains("[redacted:"));
        assert!(told.is_some(), "{args:?}: {:?}", stream.seen);
        for (_, line) in &stream.seen {
            shows_none(&format!("{args:?}"), line);
        }
    }
}

/// Each call, as text and with `--json`.
fn calls<'a>(what: Fed<'a>) -> impl Iterator<Item = (&'a str, &'a [&'a str], bool)> {
    let each = what.iter().flat_map(|(name, calls)| calls.iter().map(move |args| (*name, *args)));
    let both = each.flat_map(|(name, args)| [false, true].map(|json| (name, args, json)));
    // Without a command, `--json` is none, and it is not Markdown.
    both.filter(|(name, args, json)| {
        !json || *name != "claudectl" && !args.iter().any(|arg| ["markdown", "--md"].contains(arg))
    })
}

/// What members have signed is kept as they signed it, and shown without what is secret.
#[test]
fn no_command_of_the_hive_shows_what_others_have_signed() {
    let world = world();
    let text = planted();
    let (bundle, claim) = crate::hive_exchange::signed_by_another(&world, &text, &secrets()[0]);
    let bundle = bundle.to_str().unwrap();
    // These read what the published tool has left, too, and are fed with that above.
    let near: Fed<'_> = &[("hive", &[&[]]), ("hive convergence", &[&["--detail"], &["--write-state"]])];
    for (name, args, json) in calls(near).chain(calls(FED_HIVE)) {
        let given = args.iter().map(|arg| match *arg {
            "TEXT" => text.as_str(),
            "CLAIM" => claim.as_str(),
            "BUNDLE" => bundle,
            arg => arg,
        });
        let out = world.cmd().args(name.split(' ')).args(given).args(json.then_some("--json")).run();
        // What was given on the command line comes back in no form, either.
        shows_none(&format!("claudectl {name} {args:?}"), &format!("{}{}", out.stdout, out.stderr));
    }
}

/// All that was written: state, logs, reels, copies, bundles.
fn kept(world: &World) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let made = |path: &std::path::Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("copy-") || name.starts_with("a.") || name == "run.log"
    };
    let work = crate::tree(&world.work_dir()).into_iter().filter(|(path, _)| made(path));
    // The published tool has written these.
    let foreign =
        ["sync_state.json", "knowledge.jsonl"].map(|name| world.state_dir().join("hive").join(name));
    let state = crate::tree(&world.state_dir()).into_iter().filter(|(path, _)| !foreign.contains(path));
    state.chain(work).collect()
}
