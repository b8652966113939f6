//! What must never reach a screen, a log or our own state: secrets, and characters that command a terminal.

use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
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
