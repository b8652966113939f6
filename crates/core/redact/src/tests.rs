//! The table against its own samples, and what holds for any text.

use std::borrow::Cow;
use std::collections::HashSet;

use proptest::prelude::*;

use crate::find::{Raw, ask, begins, each_long_run, merge, raw};
use crate::prefilter::each_hit;
use crate::rules::{How, RULES};
use crate::samples::{Made, caught};
use crate::{kinds, redact, redact_known, redact_tool, sanitize_line, tokens};

const SEEDS: std::ops::Range<u64> = 1..25;

#[test]
fn each_kind_is_caught() {
    let mut missed = Vec::new();
    for rule in RULES {
        assert!(!rule.catch.is_empty() && !rule.leave.is_empty(), "{} has samples", rule.id);
        for sample in rule.catch {
            for seed in SEEDS {
                let (text, expected) = caught(sample, rule.id, seed);
                let result = redact(&text);
                if result.text != expected {
                    missed.push(format!("{}: {text:?}\n    became {:?}", rule.id, result.text));
                    break;
                }
            }
        }
    }
    assert!(missed.is_empty(), "{} samples:\n{}", missed.len(), missed.join("\n"));
}

/// Wherever a text ends, and in whatever letters its words are.
#[test]
fn no_end_of_a_text_is_too_short() {
    for rule in RULES {
        for sample in rule.words.iter().chain(rule.catch).chain(rule.leave) {
            let text = Made(1).expand(&sample.replace(['«', '»'], ""));
            for text in [text.to_uppercase(), text.to_lowercase(), text] {
                for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
                    let found = redact(&text[..end]);
                    assert_eq!(redact(&found.text).text, found.text, "{}: {:?}", rule.id, &text[..end]);
                }
            }
        }
    }
}

#[test]
fn look_alikes_are_left() {
    let mut taken = Vec::new();
    for rule in RULES {
        for sample in rule.leave {
            for seed in SEEDS {
                let text = Made(seed).expand(sample);
                if let Cow::Owned(became) = redact(&text).text {
                    taken.push(format!("{}: {text:?}\n    became {became:?}", rule.id));
                    break;
                }
            }
        }
    }
    assert!(taken.is_empty(), "{} samples:\n{}", taken.len(), taken.join("\n"));
}

/// Text of every day that secrets are looked for in, and none is.
#[test]
fn everyday_text_is_left() {
    let everyday = [
        "commit {h40}\nAuthor: Joe <joe@example.com>\nDate:   Mon Nov 2 10:00:00 2026 +0100",
        "index {h8}..{h8} 100644\n--- a/src/key.rs\n+++ b/src/token.rs",
        r#"{"type":"assistant","uuid":"{h8}-{h4}-{h4}-{h4}-{h12}","requestId":"req_{a24}","message":{"id":"msg_{a24}","usage":{"input_tokens":12345,"cache_read_input_tokens":67890}}}"#,
        r#"{"type":"tool_result","tool_use_id":"toolu_{a24}","content":"ok"}"#,
        "checksum = \"{h64}\"\nname = \"secrecy\"\nversion = \"0.10.3\"",
        r#""integrity": "sha512-{b86}==","#,
        "digest: sha256:{h64}\nimage: ghcr.io/o/r@sha256:{h64}",
        "golang.org/x/crypto v0.17.0 h1:{b43}=",
        "test tokens::keeps_password_field ... ok",
        "error[E0425]: cannot find value `token` in this scope --> src/auth.rs:12:9",
        "for (key, value) in map { tokens.push(Token { key: key.to_string(), value: value2 }); }",
        "fn key(&self) -> Result<Key, KeyError> { self.keys.get(\"primary_key_1\").ok_or(KeyError::Missing1) }",
        "The password must have 12 characters; the token expires after 3600 seconds: see docs/auth.md",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{b43} joe@host",
        "/home/joe/.ssh/id_ed25519 and ~/.aws/credentials are key files: keep them",
        "max_tokens: 4096, temperature: 0.7, stop_token: \"<|endoftext|>\"",
        "const KEY_LENGTH: usize = 32; const TOKEN_TTL: Duration = Duration::from_secs(900);",
        "curl -fsSL https://example.com/install.sh | sh -s -- -u joe",
        "export PATH=/usr/local/bin:$PATH TERM=xterm-256color LANG=en_US.UTF-8",
        "2026-11-02T10:00:00.123Z INFO request{id={h16}}: key=session:12345 took=12ms",
        "key: value\nname: app-{h8}\nsecretKeyRef:\n  name: web-{l6}\n  key: password",
        "match key { KeyCode::Enter => submit(), KeyCode::Esc => cancel(), _ => {} }",
        "| key | action |\n|-----|--------|\n| q   | quit   |",
        "https://example.com/a?page=2&sort=key&token_type=bearer",
        "git clone git@github.com:o/r.git && cd r && git checkout {h40}",
        "Keyword arguments: auth=None, token=None, api_key=None, password=None",
        "interface Props { token: string; password?: string; apiKey: string | undefined }",
        "secret_scanning_alert.created, deploy_key.created, access_token.revoked",
        "claude-opus-4-20250514 gpt-4o-2024-08-06 text-embedding-3-large",
        "data:image/png;base64,{b120}",
    ];
    for text in everyday {
        for seed in SEEDS {
            let text = Made(seed).expand(text);
            let result = redact(&text);
            assert!(matches!(result.text, Cow::Borrowed(_)), "{text}\nbecame\n{}", result.text);
        }
    }
}

#[test]
fn the_table_is_in_order() {
    let mut ids = HashSet::new();
    for rule in RULES {
        assert!(ids.insert(rule.id), "{} is there once", rule.id);
        assert!(
            rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
        assert!(!rule.about.is_empty() && !rule.about.ends_with('.'), "{}", rule.id);
        assert!(rule.words.iter().all(|word| word.is_ascii()), "{}", rule.id);
        assert_eq!(rule.words.is_empty(), matches!(rule.how, How::Dotted(_)), "{}", rule.id);
    }
    assert_eq!(kinds().len(), RULES.len());
    assert!(kinds().any(|(id, about)| id == "github-token" && about == "GitHub token"));
}

#[test]
fn a_finding_says_what_and_where() {
    let token = Made(7).expand("ghp_{a36}");
    let text = format!("a {token} b {token}");
    let result = redact(&text);
    assert_eq!(result.text, "a [redacted:github-token] b [redacted:github-token]");
    let found: Vec<_> =
        result.findings.iter().map(|found| (found.kind, &text[found.range.clone()])).collect();
    assert_eq!(found, [("github-token", token.as_str()); 2]);
}

#[test]
fn the_more_specific_names_what_overlaps() {
    let token = Made(7).expand("ghp_{a36}");
    for text in [format!("password={token}"), format!("GITHUB_TOKEN=\"{token}\""), format!("Bearer {token}")]
    {
        let result = redact(&text);
        assert_eq!(result.findings.len(), 1, "{text}");
        assert_eq!(result.findings[0].kind, "github-token", "{text}");
    }
    let longer = redact("password=a!b!");
    assert_eq!(longer.text, "password=[redacted:password]");
    let around = format!("password=ab!{token}!cd");
    assert_eq!(redact(&around).text, "password=[redacted:github-token]", "nothing of the value is left over");
}

#[test]
fn what_is_cut_off_is_still_masked() {
    for (sample, least) in
        [("sk-ant-api03-{w93}AA", 30), ("ghp_{a36}", 26), ("glpat-{w20}", 26), ("xoxb-{d12}-{d12}-{a24}", 24)]
    {
        let token = Made(3).expand(sample);
        for length in least..token.len() {
            assert!(!redact(&token[..length]).findings.is_empty(), "{} of {sample}", length);
        }
    }
}

#[test]
fn sanitising_goes_with_redacting() {
    let token = Made(5).expand("npm_{a36}");
    let text = format!("\u{1b}[31m{token}\u{1b}[0m\n");
    assert_eq!(sanitize_line(&redact(&text).text), "[redacted:npm-token] ");
}

/// Nothing here looks at a clock: were the work to grow with the square of the length, the test would
/// not end while anybody watches.
#[test]
fn long_texts_take_no_longer_than_their_length() {
    const LENGTH: usize = 1 << 13;
    let made = |sample: &str| Made(1).expand(&sample.replace(['«', '»'], ""));
    let words = RULES.iter().flat_map(|rule| rule.words.iter().map(|word| (*word).to_owned()));
    let samples =
        RULES.iter().flat_map(|rule| rule.catch.iter().chain(rule.leave).map(|sample| made(sample)));
    for piece in words.chain(samples) {
        for joint in ["", "=", " -", "://", "\""] {
            let unit = format!("{piece}{joint}");
            let text = unit.repeat(LENGTH / unit.len() + 1);
            let result = redact(&text);
            assert!(result.findings.len() <= text.len());
        }
    }
}

#[test]
fn tokens_are_what_begins_a_secret() {
    let kinds = |text: &str| tokens(text).iter().map(|found| found.kind).collect::<Vec<_>>();
    let begins: Vec<_> = RULES.iter().filter(|rule| begins(rule)).collect();
    assert!(begins.len() > RULES.len() / 2, "{} of {}", begins.len(), RULES.len());
    for rule in &begins {
        for sample in rule.catch {
            let text = Made(1).expand(&sample.replace(['«', '»'], ""));
            assert!(kinds(&format!("let x = {text}")).contains(&rule.id), "{}: {text}", rule.id);
        }
        for sample in rule.leave {
            let text = Made(1).expand(sample);
            assert!(!kinds(&text).contains(&rule.id), "{}: {text}", rule.id);
        }
    }
    let known = "ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R";
    assert_eq!(kinds(&format!("sk-sk-ghp_{known} {known}\\n{known}")), ["github-token"; 3]);
    assert_eq!(kinds(&format!("sk-sk-ghp{known} {known}\\n{known}")), ["github-token"; 2]);
    assert_eq!(kinds("password = 'hunter2'; AWS_SECRET_ACCESS_KEY=7c3f5b2e"), [] as [&str; 0]);
}

/// Behind `_` no word begins, but in names of tools and variables much does.
#[test]
fn what_tells_enough_is_known_behind_an_underscore() {
    let made = |sample: &str| Made(3).expand(sample);
    for sample in [
        "ghp_{a36}",
        "github_pat_{a22}_{a59}",
        "sk-ant-api03-{w93}AA",
        "AKIA{k16}",
        "xoxb-{d12}-{d12}-{a24}",
        "glpat-{w20}",
        "npm_{a36}",
        "hf_{a34}",
        "sk_live_{a24}",
    ] {
        for (before, behind) in [("mcp__srv_", "__get"), ("mcp__srv__", ""), ("MY_", " x"), ("/srv/a_", "/b")]
        {
            let text = format!("{before}{}{behind}", made(sample));
            let shown = redact(&text).text.into_owned();
            assert!(shown.starts_with(before) && shown.contains("[redacted:"), "{text}\nbecame {shown}");
            assert_eq!(redact(&shown).text, shown);
        }
        let glued = format!("x{}", made(sample));
        assert_eq!(redact(&glued).text, glued, "a letter before it makes another word of it");
    }
    for name in [
        "mcp__claude_ai_Google_Drive__list_recent_files",
        "mcp__github__create_pull_request_review_comment",
        "mcp__hf_spaces__search_transformers_documentation",
        "cache_key_{h64}",
        "client_secret_{a43}",
        "is_live_{l31}",
        "test_hf_AutoModelForSequenceClassificationTest",
        "_npm_installGlobalPackageManagerDependencies",
        "REGION_ASIA_PACIFIC_SOUTHEAST_2",
        "task_sk-circle-fade-dot-animation-delay-element",
        "__ghp_prefix_of_personal_access_tokens__",
        "node_modules/re_export/src_pk_index_{h8}",
        "sha256_{h64}",
        "_{a40}",
    ] {
        for seed in SEEDS {
            let text = Made(seed).expand(name);
            assert!(matches!(redact(&text).text, Cow::Borrowed(_)), "{text} became {}", redact(&text).text);
        }
    }
}

#[test]
fn a_tools_name_is_shown_without_its_secrets() {
    for name in ["", "Bash", "WebFetch", "mcp__github__create_issue", "mcp__auth__rotate_api_key_of_password"]
    {
        assert!(matches!(redact_tool(name), Cow::Borrowed(same) if same == name), "{name}");
    }
    let token = Made(3).expand("ghp_{a36}");
    for (name, shown) in [
        (format!("mcp__srv_{token}__get"), "mcp__srv_[redacted:github-token]__get"),
        (format!("mcp__{token}"), "mcp__[redacted:github-token]"),
        (token.clone(), "[redacted:github-token]"),
        (format!("a tool {token}"), "a tool [redacted:github-token]"),
        ("f(DB_PASSWORD=hunter2)".to_owned(), "f(DB_PASSWORD=[redacted:password])"),
    ] {
        assert_eq!(redact_tool(&name), shown);
        assert_eq!(redact_tool(&name), redact(&name).text, "as anywhere else");
        assert_eq!(redact_tool(shown), shown);
    }
}

#[test]
fn what_is_known_is_taken_out_of_documents_and_nothing_else() {
    let token = Made(3).expand("ghp_{a36}");
    let folder = token.replace('_', "-");
    let json = format!(
        r#"{{"key":"hunter2","cwd":"/w/{token}/x","{token}":1,"file":"/h/.claude/projects/-w-{folder}-x/a.jsonl"}}"#
    );
    assert_eq!(
        redact_known(&json),
        r#"{"key":"hunter2","cwd":"/w/[redacted:github-token]/x","[redacted:github-token]":1,"file":"/h/.claude/projects/-w-[redacted:folder-token]-x/a.jsonl"}"#
    );
    let clean = r#"{"password":"hunter2x","file":"/h/.claude/projects/-home-me-code/a.jsonl"}"#;
    assert!(matches!(redact_known(clean), Cow::Borrowed(_)));
}

proptest! {
    #[test]
    fn no_long_run_is_missed(text in "[a-z ]{0,200}|([a-z]{1,30} ){0,9}|([a-z]{18,22}[ .]){0,9}") {
        let mut runs = Vec::new();
        each_long_run(text.as_bytes(), |run| runs.push(text[run].to_owned()));
        let wanted: Vec<&str> = text.split([' ', '.']).filter(|run| run.len() >= 20).collect();
        prop_assert_eq!(runs, wanted);
    }

    #[test]
    fn tokens_are_found_wherever_they_stand(text in mixture()) {
        let found = tokens(&text);
        let (mut all, mut until) = (Vec::new(), [0; RULES.len()]);
        each_hit(text.as_bytes(), |rule, at| {
            // What has `+` and `/` in it may have no long run.
            let in_base64 = matches!(RULES[rule].how, How::Pattern { pattern, .. } if pattern.contains("+/"));
            if begins(&RULES[rule]) && !in_base64 {
                ask(&text, rule, at, &mut until, &mut all);
            }
        });
        let all: Vec<_> = merge(all).into_iter().map(|raw| (RULES[raw.rule].id, raw.range)).collect();
        let found: Vec<_> = found.into_iter().map(|found| (found.kind, found.range)).collect();
        for one in all {
            prop_assert!(found.iter().any(|other| other.1.start <= one.1.start && one.1.end <= other.1.end), "{:?}", one);
        }
    }
}

/// What all rules find when each is asked everywhere.
fn without_prefilter(text: &str) -> Vec<Raw> {
    let mut found = Vec::new();
    let mut until = [0; RULES.len()];
    for at in 0..text.len() {
        for (index, rule) in RULES.iter().enumerate() {
            let here = |word: &&str| {
                let found = text.as_bytes().get(at..at + word.len());
                found.is_some_and(|found| {
                    found == word.as_bytes() || (rule.any_case && found.eq_ignore_ascii_case(word.as_bytes()))
                })
            };
            let anywhere = match rule.how {
                How::Pattern { .. } => true,
                // A reader expects one of its words, or a dot.
                How::Reads(_) => false,
                How::Dotted(_) => text.as_bytes()[at] == b'.',
            };
            if anywhere || rule.words.iter().any(here) {
                ask(text, index, at, &mut until, &mut found);
            }
        }
    }
    found
}

/// Text of samples, look-alikes and what may stand between them, some of it cut in the middle.
fn mixture() -> impl Strategy<Value = String> {
    let count = RULES.iter().map(|rule| rule.catch.len() + rule.leave.len()).sum::<usize>();
    let sample = (0..count, 1u64..50, 0usize..400).prop_map(|(index, seed, cut)| {
        let mut all = RULES.iter().flat_map(|rule| rule.catch.iter().chain(rule.leave));
        let sample = all.nth(index).expect("counted above").replace(['«', '»'], "");
        let mut sample = Made(seed).expand(&sample);
        if cut < 200 {
            sample.truncate(sample.floor_char_boundary(cut));
        }
        sample
    });
    let joint = prop::sample::select(vec![
        "",
        " ",
        "\n",
        "\\n",
        "\"",
        "'",
        "=",
        ": ",
        "-",
        "_",
        "/",
        "@",
        "://",
        ",",
        "\\\"",
        "[redacted:password]",
        "ä",
        "日",
        "\u{1b}[31m",
        "%3D",
        "%25",
        "%67hp_",
        "password%22%3A%22",
        "%253Ahunterhunter%26",
        "user: joe\npassword: ",
        "password=",
        "token: ",
        "key\": \"",
        ";",
        "&",
        "redacted:",
        "]",
        "--",
        "curl -u ",
        "echo ",
        "echo '",
        " | sudo -S ",
        " --password-stdin",
        " <<< ",
        "<<EOF\n",
        "|\n  ",
        " IDENTIFIED BY ",
        "config set ",
        "pass:",
    ]);
    prop::collection::vec(
        prop_oneof![2 => sample, 3 => joint.prop_map(str::to_owned), 1 => "\\PC{0,12}"],
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

fn holds_for_any(text: &str) {
    let result = redact(text);
    assert_eq!(matches!(result.text, Cow::Borrowed(_)), result.findings.is_empty());
    let mut end = 0;
    for found in &result.findings {
        assert!(
            end <= found.range.start && found.range.start < found.range.end,
            "in order, without overlaps"
        );
        assert!(text.get(found.range.clone()).is_some(), "on the boundaries of characters");
        end = found.range.end;
    }
    let again = redact(&result.text);
    assert!(again.findings.is_empty(), "{text:?}\nbecame {:?}\nand then {:?}", result.text, again.text);
}

#[test]
fn samples_hold_for_any() {
    for rule in RULES {
        for sample in rule.catch.iter().chain(rule.leave) {
            holds_for_any(&Made(9).expand(&sample.replace(['«', '»'], "")));
        }
    }
}

/// Found by fuzzing: the marker's own word taken for a header.
#[test]
fn markers_name_nothing() {
    let text = Made(4).expand("authorization = {a14},authorization,{a14} cookie: a={a14}");
    holds_for_any(&text);
    for (id, _) in kinds() {
        let text = Made(4).expand(&format!("[redacted:{id}]: {{a24}} [redacted:{id}],'{{a24}}'"));
        assert_eq!(redact(&text).findings, [], "{text}");
    }
}

/// Found by fuzzing: a list of which only the first was masked, and the next one by the next pass.
#[test]
fn a_command_with_many_passwords_is_done_in_one_go() {
    let text = format!("redis-cli {}", "-aS9kvQ x ".repeat(20));
    holds_for_any(&text);
    assert_eq!(redact(&text).findings.len(), 20);
}

const CASES: u32 = 512;

proptest! {
    // What failed is not kept in a file: it would hold what looks like a secret.
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redacting_holds_for_mixtures(text in mixture()) {
        holds_for_any(&text);
    }

    #[test]
    fn redacting_holds_for_anything(text in any::<String>()) {
        holds_for_any(&text);
    }

    #[test]
    fn the_prefilter_hides_nothing(text in mixture()) {
        let mut filtered = raw(&text);
        let mut full = without_prefilter(&text);
        filtered.sort_by_key(|raw| (raw.range.start, raw.rule));
        full.sort_by_key(|raw| (raw.range.start, raw.rule));
        prop_assert_eq!(filtered, full);
    }
}
