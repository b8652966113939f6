//! `claudectl secrets`: what is found in transcripts and files, what is told of it, and copies without it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use claudectl_testkit::{Transcript, Usage, World};
use serde_json::{Value, json};

use crate::redaction::secrets;
use crate::{A, B, C, one_reply, world};

fn key_block() -> String {
    let line = "MIIEvQx7Kp2Zr9LmPt4VwYs6NcHdJf8GaEu1TiO3Rb7Qk2xZr9LmPt4VwYs6Nc3d";
    let dashes = "-".repeat(5);
    format!("{dashes}BEGIN RSA PRIVATE KEY{dashes}\n{line}\n{line}\n{dashes}END RSA PRIVATE KEY{dashes}")
}

/// Two sessions of two projects: a token in a prompt, a call and its answer, a key block in an answer, a password in a
/// call of the other, and more beside the transcripts.
pub(crate) fn leaky() -> World {
    let world = world();
    let token = &secrets()[0];
    let mut first = Transcript::new(A, world.work_dir());
    first.prompt(&format!("deploy with {token} please")).assistant(|m| {
        let command = format!("curl -H 'Authorization: Bearer {token}' https://example.com");
        m.text("I will.").tool_use("Bash", json!({"command": command})).usage(Usage::new(1, 1))
    });
    first.last_result(&format!("{token} ok\n{}\n", key_block()), false);
    first.custom_title("Ship it").write(&world.config_dir());
    let mut second = Transcript::new(B, "/srv/other");
    second.at("2026-11-20T10:00:00Z").prompt("go").assistant(|m| {
        m.tool_use("mcp__db__connect", json!({"user": "app", "password": "hunter2x"})).usage(Usage::new(1, 1))
    });
    second.last_result("connected", false);
    let agent = second.subagent("a1");
    agent.prompt("look").assistant(|m| m.text(&format!("found {token}")).usage(Usage::new(1, 1)));
    second.write(&world.config_dir());
    world.write(
        "home/.claude/history.jsonl",
        format!("{}\n", json!({"display": format!("use {token}"), "pastedContents": {}, "timestamp": 1_795_000_000_000_i64, "project": "/srv/other", "sessionId": B})),
    );
    let answer = format!("home/.claude/projects/-srv-other/{B}/tool-results/x.txt");
    let answer = world.write(answer, format!("one\n two {token}\n"));
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_400_000);
    std::fs::File::options().append(true).open(answer).unwrap().set_modified(changed).unwrap();
    world
}

fn scan(world: &World, args: &[&str]) -> Value {
    let out = world.run([&["secrets", "scan", "--json"], args].concat());
    assert!(out.code < 2, "{}", out.snapshot());
    let document = out.json();
    assert_eq!(out.code == 1, document["secrets"] != 0, "{}", out.snapshot());
    nothing_is_shown(&format!("{}{}", out.stdout, out.stderr));
    document
}

#[track_caller]
fn nothing_is_shown(text: &str) {
    for secret in secrets() {
        assert!(!text.contains(&secret[6..20]), "{text}");
    }
    assert!(!text.contains("hunter2x") && !text.contains("MIIEvQx7"), "{text}");
}

fn kinds(document: &Value) -> Vec<(&str, u64)> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings.map(|found| (found["kind"].as_str().unwrap(), found["count"].as_u64().unwrap())).collect()
}

fn whats(document: &Value) -> Vec<String> {
    let places = document["findings"][0]["places"].as_array().unwrap().iter();
    places
        .map(|place| {
            format!("{} {}", place["session"].as_str().unwrap_or("-"), place["what"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn all_of_it_gravest_first() {
    let world = leaky();
    let out = world.run(["secrets", "scan"]).fails_with(1);
    nothing_is_shown(&format!("{}{}", out.stdout, out.stderr));
    insta::assert_snapshot!("secrets_scan", out.stdout);
    let document = scan(&world, &[]);
    assert_eq!(kinds(&document), [("github-token", 6), ("private-key", 1), ("password", 1)]);
    assert_eq!((document["secrets"].as_u64(), document["places"].as_u64()), (Some(3), Some(8)));
    let mut places = whats(&document);
    places.sort();
    let place = |sid: &str, what: &str| format!("{sid} {what}");
    assert_eq!(
        places,
        [
            place(A, "prompt"),
            place(A, "tool input"),
            place(A, "tool output"),
            place(B, "prompt"),
            place(B, "reply"),
            place(B, "tool output"),
        ]
    );
}

#[test]
fn every_place_is_where_it_says() {
    let world = leaky();
    let document = scan(&world, &[]);
    let token = &secrets()[0];
    let files = crate::tree(&world.config_dir());
    for finding in document["findings"].as_array().unwrap() {
        let begins = match finding["kind"].as_str().unwrap() {
            "github-token" => token.as_str(),
            "private-key" => "-----BEGIN",
            _ => "hunter2x",
        };
        for place in finding["places"].as_array().unwrap() {
            let name = Path::new(place["file"].as_str().unwrap()).file_name();
            let (_, text) = files.iter().find(|(path, _)| path.file_name() == name).unwrap();
            let text = String::from_utf8_lossy(text);
            let line = text.lines().nth(place["line"].as_u64().unwrap() as usize - 1).unwrap();
            assert!(line[place["column"].as_u64().unwrap() as usize - 1..].starts_with(begins), "{place}");
        }
    }
    let first = &document["findings"][0]["places"][0];
    assert_eq!((&first["name"], &first["project"]), (&json!("Ship it"), &json!("work")));
    let password = &document["findings"][2]["places"][0];
    assert_eq!(
        (&password["tool"], &password["text"]),
        (&json!("mcp__db__connect"), &json!("password: [redacted:password]"))
    );
    assert_eq!(password["at"], "2026-11-20T10:00:01.000Z");
    let rotate = document["rotate"].as_array().unwrap();
    assert_eq!(rotate.len(), 3);
    assert_eq!(rotate[0]["url"], "https://github.com/settings/tokens");
    assert!(rotate.iter().all(|kind| !kind["how"].as_str().unwrap().is_empty()));
}

#[test]
fn options_narrow_it() {
    let world = leaky();
    assert_eq!(kinds(&scan(&world, &[A])), [("github-token", 3), ("private-key", 1)]);
    assert_eq!(kinds(&scan(&world, &["Ship it"])), [("github-token", 3), ("private-key", 1)]);
    assert_eq!(kinds(&scan(&world, &["--project", "OTHER"])), [("github-token", 3), ("password", 1)]);
    assert_eq!(
        kinds(&scan(&world, &["--kind", "password,private-key"])),
        [("private-key", 1), ("password", 1)]
    );
    assert_eq!(
        kinds(&scan(&world, &["--since", "2026-11-24", A])),
        [("github-token", 3), ("private-key", 1)]
    );
    assert_eq!(kinds(&scan(&world, &["--since", "2026-11-25", A])), []);
    for (args, code, said) in [
        (&["--kind", "github-tokn"][..], 2, "did you mean github-token?"),
        (&["--since", "soon"], 2, "--since does not understand"),
        (&["--project", "nowhere"], 2, "there is no project nowhere"),
        (&["nobody"], 2, "there is no session nobody"),
        (&["no/such/file"], 2, "there is no file no/such/file"),
        (&["--project", "x", A], 2, "cannot be used with"),
    ] {
        let out = world.run([&["secrets", "scan"], args].concat()).fails_with(code);
        assert!(out.stderr.contains(said) && out.stdout.is_empty(), "{args:?}\n{}", out.stderr);
    }
}

#[test]
fn a_copy_of_a_secret_is_no_other_secret() {
    let world = world();
    let token = &secrets()[0];
    let mut original = one_reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    original.prompt(&format!("with {token}")).write(&world.config_dir());
    original.fork(C).write(&world.config_dir());
    let document = scan(&world, &[]);
    assert_eq!(kinds(&document), [("github-token", 2)]);
    assert_eq!(
        (&document["findings"][0]["secret"], &document["findings"][0]["masked"]),
        (&json!(1), &json!("ghp_…"))
    );
}

#[test]
fn nothing_found_is_said_and_succeeds() {
    let world = world();
    let out = world.run(["secrets", "scan"]).success();
    assert_eq!(out.stdout, "No secret found; looked through 0 B of 0 files.\n");
    one_reply(&world, A, "claude-opus-5-5", Usage::new(1, 1)).write(&world.config_dir());
    assert!(world.run(["secrets", "scan"]).success().stdout.starts_with("No secret found; looked through "));
    // Placeholders and examples are none.
    let text = "export GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\npassword: changeme\nAPI_KEY=<your key>\n";
    world.write("work/README.md", text);
    assert_eq!(scan(&world, &["README.md"])["secrets"], 0);
}

#[test]
fn files_folders_and_standard_input() {
    let world = world();
    let token = &secrets()[0];
    world.write("work/a/one.txt", format!("x\ny {token}\n"));
    world.write("work/a/.git/config", format!("[x]\n  url = https://{token}@example.com\n"));
    world.write("work/b.json", "{\n  \"API_SECRET\": \"b7Qk2xZr9LmP\",\n  \"n\": 1\n}\n");
    let document = scan(&world, &["a", "b.json"]);
    assert_eq!(kinds(&document), [("github-token", 1), ("secret", 1)]);
    assert_eq!(document["files"], 2, "what git has packed is left alone");
    let place = &document["findings"][0]["places"][0];
    assert_eq!((&place["what"], &place["line"], &place["column"]), (&json!("file"), &json!(2), &json!(3)));
    assert!(!world.state_dir().exists(), "nothing of ours is needed for it");
    let out = world
        .cmd()
        .args(["secrets", "scan", "-", "--json"])
        .stdin(format!("DB_PASSWORD=hunter2x {token}\n"))
        .run();
    let document = out.fails_with(1).json();
    assert_eq!(kinds(&document), [("github-token", 1), ("password", 1)]);
    assert_eq!(document["findings"][0]["places"][0]["file"], Value::Null);
    let out = world.cmd().args(["secrets", "scan", "-"]).stdin("nothing\n").run().success();
    assert_eq!(out.stdout, "No secret found; looked through 8 B of 1 file.\n");
}

#[test]
fn what_cannot_be_read_is_told_and_is_no_reason_to_stop() {
    let world = leaky();
    let folder = world.config_dir().join("projects/-srv-other");
    let token = &secrets()[0];
    let torn = format!("{{\"type\":\"user\",\"message\":{{\"content\":\"torn {token}");
    std::fs::write(folder.join(format!("{C}.jsonl")), [b"{\"a\":\"\xff\"}\n", torn.as_bytes()].concat())
        .unwrap();
    let pipe = folder.join(B).join("tool-results/pipe.txt");
    drop(std::os::unix::net::UnixListener::bind(pipe).unwrap());
    std::fs::create_dir_all(world.config_dir().join("plans")).unwrap();
    let closed = world.write("home/.claude/plans/closed.md", token);
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let may_read = std::fs::read(&closed).is_ok();
    let document = scan(&world, &[]);
    assert_eq!(kinds(&document)[0], ("github-token", if may_read { 8 } else { 7 }));
    let notes: Vec<String> = document["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| {
            let file = PathBuf::from(note["file"].as_str().unwrap());
            let name = file.file_name().unwrap().to_str().unwrap();
            format!("{name}:{} {} {}", note["line"], note["why"].as_str().unwrap(), note["missed"])
        })
        .collect();
    assert!(
        notes.contains(&format!("{C}.jsonl:1 is no UTF-8: looked through all the same false")),
        "{notes:?}"
    );
    assert!(
        notes.contains(&format!("{C}.jsonl:2 is no whole row: looked through as text false")),
        "{notes:?}"
    );
    assert!(
        notes.iter().any(|note| note.starts_with("pipe.txt:null ") && note.ends_with(" true")),
        "{notes:?}"
    );
    assert_eq!(notes.iter().any(|note| note.starts_with("closed.md:null ")), !may_read, "{notes:?}");
    let out = world.run(["secrets", "scan"]).fails_with(1);
    assert!(out.stderr.contains(&format!("{C}.jsonl:2 is no whole row")), "{}", out.stderr);
    assert!(out.stdout.contains("; not all of 1 file could be."), "{}", out.stdout);
}

#[test]
fn what_is_no_utf8_is_told_and_utf16_is_read() {
    let world = world();
    let text = format!("\u{feff}first\r\nkey {} ä\r\n", secrets()[0]);
    world.write("work/le.txt", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    world.write("work/be.txt", text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>());
    for name in ["le.txt", "be.txt"] {
        let document = scan(&world, &[name]);
        assert_eq!(kinds(&document), [("github-token", 1)], "{name}");
        let place = &document["findings"][0]["places"][0];
        assert_eq!((&place["line"], &place["column"]), (&json!(2), &json!(5)), "{name}");
        let note = &document["notes"][0];
        assert_eq!(
            (&note["file"], &note["line"], &note["missed"]),
            (&json!(name), &json!(null), &json!(false))
        );
        assert!(note["why"].as_str().unwrap().starts_with("is UTF-16: looked through as text"), "{note}");
        let copy = world.run(["secrets", "scan", name, "--redacted-copy", "copy.txt"]).fails_with(3);
        assert!(copy.stderr.contains("make UTF-8 of it first"), "{}", copy.stderr);
    }
    // Rows in UTF-16 are rows.
    let row = json!({"type": "user", "message": {"content": format!("use {}", secrets()[1])}}).to_string();
    world.write(
        "work/rows.txt",
        format!("\u{feff}{row}\n").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
    );
    assert_eq!(scan(&world, &["rows.txt"])["findings"][0]["places"][0]["what"], "prompt");
    world.write("work/a.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03packed\xff");
    world.write("work/no-mark.txt", "plain".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    world.write("work/latin.txt", [b"caf\xe9 ", secrets()[2].as_bytes()].concat());
    for (name, why, missed) in [
        ("a.gz", "is compressed (gzip): what is in it was not looked through; unpack it first", true),
        ("no-mark.txt", "is no text: it has zero bytes", true),
        ("latin.txt", "is no UTF-8: looked through all the same", false),
    ] {
        let document = scan(&world, &[name]);
        let note = &document["notes"][0];
        assert_eq!((&note["file"], &note["missed"]), (&json!(name), &json!(missed)), "{document}");
        assert!(note["why"].as_str().unwrap().starts_with(why), "{note}");
        let out = world.run(["secrets", "scan", name]);
        assert_eq!(out.code, i32::from(name == "latin.txt"), "{}", out.snapshot());
        assert!(out.stderr.contains(&format!("{name} {why}")), "{}", out.stderr);
        assert_eq!(out.stdout.contains("; not all of 1 file could be."), missed, "{}", out.stdout);
    }
    let piped = world.cmd().args(["secrets", "scan", "-"]).stdin("a\u{0}b\n").run().success();
    assert!(piped.stderr.contains("- is no text"), "{}", piped.stderr);
    // Of text nothing is said.
    world.write("work/plain.txt", "caf\u{e9} \u{1f980}\n");
    assert_eq!(scan(&world, &["plain.txt"])["notes"], json!([]));
}

#[test]
fn a_redacted_copy_is_valid_and_otherwise_the_same() {
    let world = leaky();
    let transcript = Transcript::new(A, world.work_dir()).path(&world.config_dir());
    let before = std::fs::read_to_string(&transcript).unwrap();
    let out = world.run(["secrets", "scan", A, "--redacted-copy", "shared.jsonl"]).success();
    assert!(out.stdout.contains("Wrote shared.jsonl without them."), "{}", out.stdout);
    nothing_is_shown(&out.stdout);
    let copy = world.work_dir().join("shared.jsonl");
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let copied = std::fs::read_to_string(&copy).unwrap();
    nothing_is_shown(&copied);
    let block = serde_json::to_string(&key_block()).unwrap();
    let expected = before
        .replace(block.trim_matches('"'), "[redacted:private-key]")
        .replace(&format!("Bearer {}", secrets()[0]), "Bearer [redacted:github-token]")
        .replace(&secrets()[0], "[redacted:github-token]");
    assert_eq!(copied, expected);
    assert!(copied.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert_eq!(std::fs::read_to_string(&transcript).unwrap(), before, "only read");
    // It can be looked through, and shown, as any other.
    assert_eq!(scan(&world, &["shared.jsonl"])["secrets"], 0);
    let again = world.run(["secrets", "scan", A, "--redacted-copy", "shared.jsonl"]).fails_with(2);
    assert!(again.stderr.contains("shared.jsonl exists"), "{}", again.stderr);
    let file = ["secrets", "scan", transcript.to_str().unwrap(), "--redacted-copy", "2.jsonl", "--json"];
    let document = world.run(file).success().json();
    assert_eq!(
        (document["secrets"].as_u64(), document["redacted_copy"].as_str()),
        (Some(2), Some("2.jsonl"))
    );
    assert_eq!(std::fs::read_to_string(world.work_dir().join("2.jsonl")).unwrap(), expected);
}

#[test]
fn what_can_be_copied_is_one_thing() {
    let world = leaky();
    let token = &secrets()[0];
    world.write("work/a.txt", "x\n");
    world.write("work/b.txt", format!("y {token}"));
    for args in [&[][..], &["a.txt", "b.txt"], &["a.txt", A], &[A, B], &["a.txt", "-"]] {
        let args = [&["secrets", "scan"], args, &["--redacted-copy", "out.txt"]].concat();
        let out = world.run(&args).fails_with(2);
        assert!(out.stderr.contains("takes one file, or one session"), "{args:?}\n{}", out.stderr);
    }
    let stdin =
        world.cmd().args(["secrets", "scan", "-", "--redacted-copy", "in.txt"]).stdin(format!("z {token}"));
    stdin.run().success();
    assert_eq!(
        std::fs::read_to_string(world.work_dir().join("in.txt")).unwrap(),
        "z [redacted:github-token]"
    );
    world.run(["secrets", "scan", "b.txt", "--redacted-copy", "c.txt"]).success();
    assert_eq!(std::fs::read_to_string(world.work_dir().join("c.txt")).unwrap(), "y [redacted:github-token]");
    let out = world.run(["secrets", "scan", "b.txt", "--redacted-copy", "no/folder.txt"]).fails_with(3);
    assert!(out.stderr.contains("cannot write no/folder.txt"), "{}", out.stderr);
    let onto = world.run(["secrets", "scan", "b.txt", "--redacted-copy", "b.txt"]).fails_with(2);
    assert!(onto.stderr.contains("b.txt exists"), "{}", onto.stderr);
    assert!(!world.work_dir().join("out.txt").exists());
}

#[test]
fn kinds_are_listed_with_what_to_do() {
    let world = world();
    let rows = crate::json(&world, &["secrets", "kinds", "--json"]);
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), claudectl_redact::kinds().len());
    let github = rows.iter().find(|row| row["kind"] == "github-token").unwrap();
    assert_eq!((&github["gravity"], &github["about"]), (&json!("critical"), &json!("GitHub token")));
    let out = world.run(["secrets", "kinds"]).success();
    assert!(out.stdout.lines().any(|line| line.starts_with("github-token ")), "{}", out.stdout);
}

/// What says something about a password is none; letters beside a telling name, and what is percent-encoded, are some.
#[test]
fn descriptions_are_no_findings_and_letters_are() {
    let world = world();
    let prose = "password: string.\nPassword: mandatory, at least 8 characters\ntoken: expired.\npassword: required|min:8\n";
    let path = world.write("prose.md", prose).display().to_string();
    assert_eq!(scan(&world, &[&path])["secrets"], 0);
    let secret = "qwhzkfjtrplamxvb";
    let text = format!("API_TOKEN=\"{secret}\"\nuser: joe\npassword: hunterhunter\nx=password%3Dhunter2\n");
    let path = world.write("settings.txt", text).display().to_string();
    let found = scan(&world, &[&path]);
    assert_eq!(found["secrets"], 3, "{found}");
    assert!(!found.to_string().contains(secret) && !found.to_string().contains("hunter"), "{found}");
}
