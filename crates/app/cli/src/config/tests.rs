//! The configuration as a whole: tables of inputs, exact messages, and properties over arbitrary text.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::check::Role;
use super::error::{ErrorKind, Notice};
use super::keys::{self, KEYS, Key, KeyPath, Permission};
use super::layers::{Budget, Context, General, Retention};
use super::layers::{Entry, LongRates, Source, resolve};
use super::*;

const FILE: &str = "config.toml";

fn prices(id: &str) -> Option<KnownPrice> {
    match id {
        "claude-opus-4-6" => Some(KnownPrice { fast: true, long: true }),
        "claude-haiku-4-5" => Some(KnownPrice::default()),
        _ => None,
    }
}

fn source(role: Role, name: &str, text: impl AsRef<[u8]>) -> Source {
    Source { role, path: name.into(), bytes: text.as_ref().to_vec() }
}

fn user(text: &str) -> Loaded {
    let prices: &PriceBook<'_> = &prices;
    resolve(&[source(Role::User, FILE, text)], prices)
}

fn layered(user: &str, projects: &[&str]) -> Loaded {
    let projects =
        projects.iter().enumerate().map(|(i, text)| source(Role::Project, &format!("p{i}.toml"), text));
    let sources: Vec<Source> = std::iter::once(source(Role::User, FILE, user)).chain(projects).collect();
    resolve(&sources, &prices)
}

/// The mistakes of a user file, as printed.
fn mistakes(text: &str) -> String {
    user(text).errors.to_string()
}

fn kinds(text: &str) -> Vec<ErrorKind> {
    user(text).errors.as_slice().iter().map(|error| error.kind).collect()
}

fn set_in(text: &str, key: &str, value: &str) -> Result<String, ConfigErrors> {
    set(Target { file: Path::new(FILE), text }, key, value, &prices)
}

fn unset_in(text: &str, key: &str) -> Result<String, ConfigErrors> {
    unset(Target { file: Path::new(FILE), text }, key, &prices)
}

/// A file that sets exactly one key to its example, whatever else that key needs left out.
fn only(key: &keys::Key) -> String {
    let path = KeyPath::new(key.path.replace('*', "claude-opus-4-6").split('.'));
    format!("{path} = {}\n", key.example)
}

mod table {
    use super::*;

    #[test]
    fn every_key_has_a_section_and_words() {
        for key in KEYS {
            assert!(keys::SECTIONS.iter().any(|section| section.path == key.section()), "{}", key.path);
            assert!(key.doc.ends_with('.') && key.why.ends_with('.'), "{}", key.path);
        }
    }

    /// A new key is for people until somebody has thought of it, and this fails until then.
    #[test]
    fn of_each_key_it_is_said_whether_an_agent_may_set_it() {
        use claudectl_shell::own;
        for key in KEYS {
            let path = key.path.replace('*', "m");
            let all = own::KEYS.iter().flat_map(|key| key.paths.split('|'));
            let fits = |own: &&str| match own.strip_suffix('*') {
                Some(section) => path.starts_with(section),
                None => *own == path,
            };
            assert_eq!(all.filter(fits).count(), 1, "claudectl_shell::own::KEYS on {path}");
        }
        for own in own::KEYS.iter().flat_map(|key| key.paths.split('|')) {
            let is_there = |key: &Key| match own.strip_suffix(".*") {
                Some(section) => key.path.split('.').next() == Some(section),
                None => key.path == own,
            };
            assert!(KEYS.iter().any(is_there), "there is no key {own}");
        }
        let harmless = KEYS.iter().filter(|key| own::key(key.path).is_some_and(|key| key.harmless));
        assert!(harmless.map(|key| key.path).all(|path| path.starts_with("dashboard.")));
    }

    #[test]
    fn every_default_and_example_is_accepted() {
        for key in KEYS {
            for text in key.default.into_iter().chain([key.example]) {
                let toml = text.parse().unwrap();
                assert!(key.kind.read(&toml).is_ok(), "{} = {text}", key.path);
            }
        }
    }

    #[test]
    fn every_key_reaches_the_struct() {
        for key in KEYS {
            let value = key.kind.read(&key.example.parse().unwrap()).unwrap();
            let path = KeyPath::new(key.path.replace('*', "m").split('.'));
            let mut config = Config::default();
            assert!(config.put(key, &path, &value), "{}", key.path);
            let mut plain = Config::default();
            std::mem::swap(&mut plain, &mut config);
            assert_ne!(plain, config, "{} changes nothing", key.path);
        }
    }

    #[test]
    fn every_key_can_be_set_alone_or_says_what_it_lacks() {
        for key in KEYS {
            let found = kinds(&only(key));
            assert!(found.is_empty() || found == [ErrorKind::Incomplete], "{}: {found:?}", key.path);
        }
    }

    #[test]
    fn a_spelled_out_name_wins_over_a_chosen_one() {
        let at = |text: &str| match keys::lookup(&KeyPath::parse(text)) {
            keys::Found::Key(key) => key.path,
            keys::Found::Section => "section",
            keys::Found::Unknown => "unknown",
        };
        for (typed, expected) in [
            ("context.warn_pct", "context.warn_pct"),
            ("context.m.max", "context.*.max"),
            ("context.\"a.b\".max", "context.*.max"),
            ("context.gpt-5.1.max", "context.*.max"),
            ("prices.gpt-5.1.input", "prices.*.input"),
            ("prices.gpt-5.1.fast.input", "prices.*.fast.input"),
            ("prices.ollama/qwen3:8b.input", "prices.*.input"),
            ("prices.claude-opus-4-6[1m].long.above", "prices.*.long.above"),
            ("prices.m", "section"),
            ("general", "section"),
            ("", "unknown"),
            ("general.", "unknown"),
            ("general..timezone", "unknown"),
        ] {
            assert_eq!(at(typed), expected, "{typed}");
        }
    }
}

mod messages {
    use super::*;

    #[test]
    fn what_is_secret_is_never_shown() {
        let bad =
            mistakes("[webhooks.mine]\nurl = \"https://me:hunter2@host/x\"\nsecret = \"\\u0000hunter2\"\n");
        assert!(bad.contains("can not be that") && !bad.contains("hunter2"), "{bad}");
        let text = "[webhooks.mine]\nurl = \"https://hooks.example/T0/hunter2\"\nsecret = \"hunter2\"\ntoken = \"hunter2\"\n";
        let config = user(text).strict().unwrap().0;
        assert!(!format!("{:?}", config.webhooks).contains("hunter2"));
        for entry in config.entries().iter().filter_map(|entry| entry.value.as_ref()) {
            assert!(
                !entry.to_string().contains("hunter2") && !entry.to_json().to_string().contains("hunter2")
            );
        }
        assert_eq!(
            config.get("webhooks.mine.url").unwrap().value.unwrap().to_string(),
            "https://hooks.example/…"
        );
        assert_eq!(config.webhooks["mine"].secret.as_deref(), Some("hunter2"));
        let text = "[hooks.on_finished]\nrun = [\"/bin/x\", \"--password=Zq7mTr2kWx9p\"]\n";
        let config = user(text).strict().unwrap().0;
        let shown = config.get("hooks.on_finished.run").unwrap().value.unwrap();
        assert_eq!(shown.to_string(), r#"["/bin/x", "--password=[redacted:password]"]"#);
        assert_eq!(shown.to_json(), serde_json::json!(["/bin/x", "--password=[redacted:password]"]));
        assert!(format!("{:?}", shown.to_toml()).contains("Zq7mTr2kWx9p"), "what runs is what was written");
    }

    #[test]
    fn misspelt_names_are_errors_with_the_likely_name() {
        insta::assert_snapshot!(mistakes("[budget]\nsesion_usd = 5\n[retenton]\n"), @"
        config.toml:2:1: unknown key `budget.sesion_usd`
          why: a name claudectl does not know would do nothing
          fix: did you mean `budget.session_usd`?

        config.toml:3:2: unknown section `retenton`
          why: a name claudectl does not know would do nothing
          fix: did you mean `retention`?
        ");
    }

    #[test]
    fn hints_name_the_key_that_was_meant() {
        for (text, expected) in [
            ("[budget]\nsesion_usd = 5\n", "did you mean `budget.session_usd`?"),
            ("[budget]\nsession = 5\n", "did you mean `budget.session_usd`?"),
            ("session_usd = 5\n", "did you mean `budget.session_usd`?"),
            ("[budget]\ntimezone = \"UTC\"\n", "did you mean `general.timezone`?"),
            ("bugdet.session_usd = 5\n", "did you mean `budget`?"),
            ("[prices.\"x.y\"]\ninputs = 1\n", "did you mean `prices.\"x.y\".input`?"),
            ("[prices.m.fats]\n", "did you mean `prices.m.fast`?"),
            ("[general]\nzzzzzzzz = 1\n", "`claudectl config show` lists every key"),
            ("[health]\nbogus = 1\n", "`claudectl config show` lists every key"),
            (
                "[general]\n[webhook]\nurl = \"x\"\n",
                "give it a name: [webhooks.mine] with the same `url`; its `events` are those of `notify.events`, such as \"on_needs_input\"",
            ),
            (
                "[general]\n[rules.x]\naction = \"deny\"\n",
                "the published claudectl has it; docs/migrating.md says what takes its place",
            ),
            (
                "[webhooks]\nurl = \"https://x/\"\n",
                "each has a name of your choice: write [webhooks.mine] on a line of its own, and `url` below it",
            ),
            (
                "[hooks.on_needs_input]\nrun = \"say hi\"\n[general]\ntimezone = \"UTC\"\n",
                "write it as a list, run = [\"program\", \"{title}\"]; where a shell is needed, run = [\"/bin/sh\", \"-c\", \"… \\\"$1\\\"\", \"sh\", \"{title}\"]",
            ),
            ("[hooks.on_waiting]\nrun = [\"say\", \"{titel}\"]\n", "did you mean {title}?"),
            (
                "[hooks.mine]\nrun = [\"say\"]\n",
                "add what it is for: events = [\"on_needs_input\"], or name it after the event",
            ),
            ("[webhooks.mine]\npreset = \"json\"\n", "add its address: url = \"https://…\""),
            ("[notify]\nevents = [\"on_finish\"]\n", "did you mean \"on_finished\"?"),
            ("[notify]\nquiet_hours = \"22-7\"\n", "write for example `quiet_hours = \"22:00-07:00\"`"),
            (
                "[general]\n[budget]\ndaily_limit = 5\n",
                "the published claudectl has it; docs/migrating.md says what takes its place",
            ),
            ("[general]\ntimezone = \"Europe/Berln\"\n", "did you mean \"Europe/Berlin\"?"),
            ("[context]\nwarn_pct = 75.0\n", "did you mean 75?"),
        ] {
            let loaded = user(text);
            let errors: &[ConfigError] = loaded.errors.as_slice();
            let hints: Vec<&str> = errors.iter().map(|error| error.hint.as_str()).collect();
            assert_eq!(hints, [expected], "{text:?}");
        }
    }

    #[test]
    fn wrong_types_name_what_was_expected() {
        insta::assert_snapshot!(
            mistakes("budget = 5\ncontext = 7\n[general]\ntimezone = 3\nclaude_dirs = \"~/x\"\n[retention]\nresponses_days = \"30\"\n"),
            @r#"
        config.toml:1:1: `budget` has to be a section
          why: found a whole number
          fix: write [budget] on a line of its own and for example `session_usd = 10.0` below it

        config.toml:2:1: `context` has to be a section
          why: found a whole number
          fix: write [context] on a line of its own and for example `warn_pct = 60` below it

        config.toml:4:12: `general.timezone` is a whole number
          why: expected "local" or an IANA time zone name in quotes
          fix: write for example `timezone = "Europe/Berlin"`

        config.toml:5:15: `general.claude_dirs` is text
          why: expected a list of folders, each absolute or starting with ~/
          fix: write for example `claude_dirs = ["~/clients/.claude"]`

        config.toml:7:18: `retention.responses_days` is text
          why: expected a whole number from 0 to 36500 (days)
          fix: write for example `responses_days = 365`
        "#);
    }

    #[test]
    fn values_out_of_range_name_the_range() {
        insta::assert_snapshot!(
            mistakes("[budget]\nsession_usd = -1\nwarn_at_pct = 180\n[general]\ntimezone = \"Mars/Olympus\"\nclaude_dirs = [\"~/ok\", \"relative\"]\n[prices.claude-opus-4-6.long]\nabove = 199999\n"),
            @r#"
        config.toml:2:15: `budget.session_usd` can not be -1
          why: expected a number above 0 and up to 1,000,000,000 (US dollars)
          fix: write for example `session_usd = 10.0`

        config.toml:3:15: `budget.warn_at_pct` can not be 180
          why: expected a whole number from 1 to 100 (percent)
          fix: write for example `warn_at_pct = 70`

        config.toml:5:12: `general.timezone` can not be "Mars/Olympus"
          why: expected "local" or an IANA time zone name in quotes
          fix: write for example `timezone = "Europe/Berlin"`

        config.toml:6:15: `general.claude_dirs` can not be "relative"
          why: expected a list of folders, each absolute or starting with ~/
          fix: write for example `claude_dirs = ["~/clients/.claude"]`

        config.toml:8:9: `prices.claude-opus-4-6.long.above` can not be 199999
          why: expected one of 100000, 128000, 200000, 256000, 272000, 500000
          fix: write for example `above = 200000`
        "#);
    }

    #[test]
    fn prices_have_to_be_whole() {
        insta::assert_snapshot!(
            mistakes("[prices.claude-haiku-4-5]\ninput = 1\n[prices.qwen]\ninput = 0\noutput = 0\n[prices.claude-haiku-4-5.long]\ninput = 2\noutput = 9\n"),
            @"
        config.toml:2:1: `prices.claude-haiku-4-5` lacks `output`
          why: input and output belong together: one price of the pair would be half a price list
          fix: add `output` (USD per million tokens) to [prices.claude-haiku-4-5]

        config.toml:4:1: `prices.qwen` lacks `cache_read`, `cache_write_5m`, `cache_write_1h`
          why: there is no built-in price to take them from, and claudectl never guesses a price
          fix: add `cache_read`, `cache_write_5m`, `cache_write_1h` (USD per million tokens) to [prices.qwen]

        config.toml:7:1: `prices.claude-haiku-4-5.long` lacks `above`, `cache_read`, `cache_write_5m`, `cache_write_1h`
          why: there is no built-in price to take them from, and claudectl never guesses a price
          fix: add `above`, `cache_read`, `cache_write_5m`, `cache_write_1h` (USD per million tokens) to [prices.claude-haiku-4-5.long]
        ");
    }

    #[test]
    fn syntax_errors_have_a_place() {
        insta::assert_snapshot!(mistakes("[general]\n  timezone = Europe/Berlin\n"), @"
        config.toml:2:14: the text is not valid TOML
          why: string values must be quoted, expected literal string
          fix: correct this place (see https://toml.io); nothing in the file is used until then
        ");
    }

    #[test]
    fn bytes_that_are_not_text_have_a_place() {
        let loaded = resolve(&[source(Role::User, FILE, b"[general]\ntz = \"\xff\"\n")], &prices);
        insta::assert_snapshot!(loaded.errors, @"
        config.toml:2:7: the file is not UTF-8 text
          why: TOML is always UTF-8
          fix: save the file as UTF-8
        ");
    }

    #[test]
    fn too_large_is_said() {
        insta::assert_snapshot!(mistakes(&"#".repeat(1024 * 1024 + 1)), @"
        config.toml: the file is too large to be a configuration
          why: a configuration is at most 1 MiB
          fix: check that this path is the file you meant
        ");
    }

    #[test]
    fn a_project_runs_no_command_and_sends_nothing_anywhere() {
        for text in [
            "[hooks.on_session_start]\nrun = [\"/bin/sh\", \"-c\", \"evil\"]\n",
            "[webhooks.mine]\nurl = \"https://evil.example/\"\n",
            "[notify]\nbell = true\n",
        ] {
            let loaded = layered("", &[text]);
            let kinds: Vec<ErrorKind> = loaded.errors.as_slice().iter().map(|error| error.kind).collect();
            assert_eq!(kinds, [ErrorKind::NotInProject], "{text}");
            assert!(loaded.config.hooks.is_empty() && loaded.config.webhooks.is_empty());
            assert!(!loaded.config.notify.bell);
        }
        for key in KEYS
            .iter()
            .filter(|key| ["notify", "webhooks", "hooks"].iter().any(|top| key.path.starts_with(top)))
        {
            assert_eq!(key.project, keys::Permission::Never, "{}", key.path);
        }
    }

    #[test]
    fn project_files_may_only_tighten() {
        let loaded = layered(
            "[budget]\nday_usd = 10\n",
            &["[general]\ntimezone = \"UTC\"\n[budget]\nday_usd = 20\nwarn_at_pct = 90\n"],
        );
        assert_eq!(loaded.config.budget.day_usd, Some(10.0));
        assert_eq!(loaded.config.budget.warn_at_pct, 80);
        assert_eq!(loaded.notices.len(), 2);
        insta::assert_snapshot!(loaded.checked().unwrap_err(), @"
        p0.toml:2:1: a project file may not set `general.timezone`
          why: project files come from repositories, so they may only tighten what you allow
          fix: remove it here and set it in your own config.toml

        p0.toml:4:11: `budget.day_usd` = 20.0 would loosen 10.0 and has no effect
          why: a project file may only tighten; 10.0 is in force (user config.toml:2)
          fix: lower it to 10.0 or less, or raise the limit in your own config.toml

        p0.toml:5:15: `budget.warn_at_pct` = 90 would loosen 80 and has no effect
          why: a project file may only tighten; 80 is in force (built-in)
          fix: lower it to 80 or less, or raise the limit in your own config.toml
        ");
    }

    #[test]
    fn the_published_file_is_one_notice() {
        let loaded = user("[defaults]\nbudget = 5.0\n[brain]\nendpoint = \"http://x\"\n");
        assert!(loaded.errors.is_empty());
        assert_eq!(loaded.config, Config::default());
        let notice: &Notice = &loaded.notices[0];
        insta::assert_snapshot!(notice, @"
        config.toml: this is the configuration of the published claudectl; it is not used
          why: its keys mean other things here, so the defaults apply instead of half of it
          fix: `claudectl import` shows what can be taken over (or move the file away; docs/migrating.md has the whole table)
        ");
        assert!(loaded.checked().is_ok());
    }

    #[test]
    fn hostile_names_are_made_visible() {
        let text = format!("\"\\u001b[2J\\u202e\" = 1\n\"{}\" = 1\n", "x".repeat(500));
        let shown = mistakes(&text);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
        assert!(shown.lines().all(|line| line.chars().count() < 160), "{shown}");
    }

    #[test]
    fn columns_count_characters_and_skip_the_byte_order_mark() {
        let error = |text: &str| user(text).errors.as_slice().first().map(|e| (e.line, e.column));
        assert_eq!(error("\u{feff}x = 1\n"), Some((Some(1), Some(1))));
        assert_eq!(error("prices.\"äöü\".inptu = 1"), Some((Some(1), Some(14))));
        assert_eq!(error("\r\n\r\nx = 1\r\n"), Some((Some(3), Some(1))));
        assert_eq!(error("[budget]\nday_usd = \"x\""), Some((Some(2), Some(11))));
        assert_eq!(error("budget = {day_usd = 0}"), Some((Some(1), Some(21))));
    }

    #[test]
    fn many_mistakes_are_listed_up_to_a_limit() {
        let text: String = (0..5000).map(|i| format!("key{i} = 1\n")).collect();
        let loaded = user(&text);
        assert_eq!(loaded.errors.as_slice().len(), 201);
    }
}

mod values {
    use super::*;

    #[test]
    fn acceptance() {
        use ErrorKind::{Incomplete, OutOfRange, UnknownKey, WrongType};
        let cases: &[(&str, &[ErrorKind])] = &[
            ("general.timezone = \"local\"", &[]),
            ("general.timezone = \"UTC\"", &[]),
            ("general.timezone = \"europe/berlin\"", &[]),
            ("general.timezone = \"\"", &[OutOfRange]),
            ("general.timezone = \"../../etc/passwd\"", &[OutOfRange]),
            ("general.claude_dirs = [\"~/a\", \"/b\"]", &[]),
            ("general.claude_dirs = [\"~\"]", &[OutOfRange]),
            ("general.claude_dirs = [\"~root/x\"]", &[OutOfRange]),
            ("general.claude_dirs = [\"/a\\u0000\"]", &[OutOfRange]),
            ("general.claude_dirs = [1]", &[WrongType]),
            ("budget.session_usd = 5", &[]),
            ("budget.session_usd = 0.01", &[]),
            ("budget.session_usd = 0", &[OutOfRange]),
            ("budget.session_usd = nan", &[OutOfRange]),
            ("budget.session_usd = inf", &[OutOfRange]),
            ("budget.session_usd = -0.0", &[OutOfRange]),
            ("budget.session_usd = 1e10", &[OutOfRange]),
            ("budget.session_usd = true", &[WrongType]),
            ("budget.warn_at_pct = 1", &[]),
            ("budget.warn_at_pct = 0", &[OutOfRange]),
            ("budget.warn_at_pct = 101", &[OutOfRange]),
            ("retention.responses_days = 0", &[]),
            ("retention.responses_days = -1", &[OutOfRange]),
            ("context.m.max = 1000", &[]),
            ("context.m.max = 999", &[OutOfRange]),
            ("context.m = 5", &[WrongType]),
            ("context.m.min = 5", &[UnknownKey]),
            ("[[budget]]", &[WrongType]),
            ("budget.day_usd.x = 1", &[WrongType]),
            ("prices.claude-opus-4-6.from = \"2026-01-31\"", &[]),
            ("prices.claude-opus-4-6.from = 2026-01-31", &[]),
            ("prices.claude-opus-4-6.from = \"2026-02-30\"", &[OutOfRange]),
            ("prices.claude-opus-4-6.from = \"20260131\"", &[OutOfRange]),
            ("prices.claude-opus-4-6.from = 2026-01-31T00:00:00Z", &[WrongType]),
            ("prices.claude-opus-4-6.cache_read = 0", &[]),
            ("prices.claude-opus-4-6.input = 1", &[Incomplete]),
            ("prices.claude-opus-4-6.fast = {input = 1}", &[Incomplete]),
            ("prices.claude-opus-4-6.fast = {input = 1, output = 2}", &[]),
            ("prices.claude-opus-4-6.long = {input = 1, output = 2}", &[]),
            ("prices.claude-haiku-4-5.fast = {input = 1, output = 2}", &[Incomplete]),
            ("prices.nobody.web_search = 0.01", &[Incomplete]),
            ("prices.nobody = {}", &[]),
            ("prices.nobody = {input=0,output=0,cache_read=0,cache_write_5m=0,cache_write_1h=0}", &[]),
            // The mistake is named once: a mistyped output is not also a missing one.
            ("prices.claude-opus-4-6 = {input = 1, output = \"x\"}", &[WrongType]),
        ];
        for (text, expected) in cases {
            assert_eq!(kinds(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_whole_file_becomes_typed_fields() {
        let (config, notices) = user(concat!(
            "general = { timezone = 'europe/berlin', claude_dirs = ['~/w', '/x'] }\n",
            "[budget]\nday_usd = 50\nwarn_at_pct = 70\n",
            "[prices.qwen]\ninput = 0\noutput = 0\ncache_read = 0\ncache_write_5m = 0\ncache_write_1h = 0\nfrom = 2026-01-01\n",
            "[prices.claude-opus-4-6.long]\nabove = 200_000\ninput = 10\noutput = 37.5\n",
            "[context]\nwarn_pct = 60\n[context.qwen]\nmax = 32_768\n",
            "[retention]\nsessions_days = 9\n",
        ))
        .strict()
        .unwrap();
        assert!(notices.is_empty());
        assert_eq!(config.general.timezone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(config.general.claude_dirs_in(Path::new("/h")), [Path::new("/h/w"), Path::new("/x")]);
        assert_eq!((config.budget.day_usd, config.budget.warn_at_pct), (Some(50.0), 70));
        assert_eq!(config.prices["qwen"].from.unwrap().to_string(), "2026-01-01");
        assert_eq!(config.prices["qwen"].rates.output, Some(0.0));
        let long: LongRates = config.prices["claude-opus-4-6"].long.unwrap();
        assert_eq!((long.above, long.rates.output, long.rates.cache_read), (Some(200_000), Some(37.5), None));
        assert_eq!((config.context.warn_pct, config.context.max["qwen"]), (60, 32_768));
        let kept = Retention {
            responses_days: 180,
            sessions_days: 9,
            digests_days: 180,
            events_days: 90,
            search_days: 365,
        };
        assert_eq!(config.retention, kept);
    }

    #[test]
    fn defaults_are_what_the_reference_says() {
        let config = Config::default();
        assert_eq!(config.general, General { timezone: None, claude_dirs: vec![] });
        assert_eq!(config.budget, Budget { warn_at_pct: 80, ..Budget::default() });
        assert_eq!(config.context, Context { warn_pct: 75, max: Default::default() });
        assert_eq!(config.prices.values().next(), None::<&PriceOverride>);
        assert_eq!(Rates::default().input, None);
    }
}

mod layers {
    use super::*;

    fn origin(config: &Config, key: &str) -> String {
        config.get(key).unwrap().origin.to_string()
    }

    #[test]
    fn each_value_knows_its_place() {
        let loaded = layered(
            "[budget]\n\nday_usd = 10\nweek_usd = 40\n",
            &["[budget]\nday_usd = 5\nsession_usd = 1\n"],
        );
        let (config, notices) = loaded.strict().unwrap();
        assert!(notices.is_empty());
        assert_eq!(origin(&config, "budget.week_usd"), "user config.toml:4");
        assert_eq!(origin(&config, "budget.day_usd"), "project p0.toml:2");
        assert_eq!(origin(&config, "budget.session_usd"), "project p0.toml:3");
        assert_eq!(origin(&config, "budget.warn_at_pct"), "built-in");
        assert_eq!(config.get("budget.fanout_usd").unwrap().value, None);
        assert_eq!(config.get("budget.day_usd").unwrap().origin, Origin::Project("p0.toml".into(), 2));
    }

    #[test]
    fn the_tightest_of_several_projects_wins_in_any_order() {
        for projects in
            [["budget.day_usd = 5", "budget.day_usd = 3"], ["budget.day_usd = 3", "budget.day_usd = 5"]]
        {
            let loaded = layered("budget.day_usd = 10", &projects);
            assert_eq!(loaded.config.budget.day_usd, Some(3.0));
            assert!(loaded.notices.is_empty(), "neither is looser than the user's");
        }
    }

    #[test]
    fn a_project_before_the_user_in_the_list_is_still_below() {
        let sources = [
            source(Role::Project, "p", "budget.day_usd = 5"),
            source(Role::User, FILE, "budget.day_usd = 3"),
        ];
        assert_eq!(resolve(&sources, &prices).config.budget.day_usd, Some(3.0));
    }

    #[test]
    fn an_equal_value_keeps_its_origin() {
        let loaded = layered("budget.day_usd = 5", &["budget.day_usd = 5.0"]);
        assert_eq!(origin(&loaded.config, "budget.day_usd"), "user config.toml:1");
    }

    #[test]
    fn no_key_of_a_project_loosens_anything() {
        for key in KEYS {
            let loaded = layered("", &[&only(key)]);
            let entry = loaded.config.entries().into_iter().find(|entry| entry.key == key);
            match key.project {
                Permission::Never => {
                    assert_eq!(loaded.errors.as_slice()[0].kind, ErrorKind::NotInProject, "{}", key.path);
                    assert_eq!(loaded.config, Config::default());
                }
                Permission::Lower => assert!(entry.is_some() && loaded.errors.is_empty(), "{}", key.path),
            }
        }
    }

    #[test]
    fn a_mistake_does_not_lift_the_other_limits() {
        let loaded = layered("[budget]\nday_usd = 10\nsesion_usd = 1\n", &["budget.day_usd = 5\nx = 1"]);
        assert_eq!(loaded.config.budget.day_usd, Some(5.0));
        assert_eq!(loaded.errors.as_slice().len(), 2);
        assert!(loaded.strict().is_err());
    }

    #[test]
    fn entries_list_every_fixed_key_then_the_chosen_ones() {
        let config = user("context.zed.max = 5000\ncontext.abe.max = 5000").config;
        let entries: Vec<Entry> = config.entries();
        let names: Vec<String> = entries.iter().map(|entry| entry.path.to_string()).collect();
        let fixed = KEYS.iter().filter(|key| !key.path.contains('*')).map(|key| key.path.to_owned());
        let expected: Vec<String> =
            fixed.chain(["context.abe.max".into(), "context.zed.max".into()]).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn get_names_the_key_that_was_meant() {
        insta::assert_snapshot!(Config::default().get("budget.sesion_usd").unwrap_err(), @"
        command line: `budget.sesion_usd` is not a key
          why: only keys of the reference can be read and set
          fix: did you mean `budget.session_usd`?
        ");
        insta::assert_snapshot!(Config::default().get("budget").unwrap_err(), @"
        command line: `budget` is a section, not a key
          why: only keys of the reference can be read and set
          fix: name one of its keys, for example `budget.session_usd`
        ");
    }
}

mod files {
    use super::*;

    fn load_user(path: &Path, required: bool) -> Loaded {
        load(&Paths { user: Some(path.into()), user_required: required, projects: vec![] }, &prices)
    }

    #[test]
    fn missing_is_fine_unless_it_was_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        assert_eq!(load_user(&path, false).strict().unwrap().0, Config::default());
        assert_eq!(load_user(&path, true).errors.as_slice()[0].kind, ErrorKind::Unreadable);
    }

    #[test]
    fn a_folder_is_unreadable() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(load_user(dir.path(), false).errors.as_slice()[0].kind, ErrorKind::Unreadable);
    }

    #[test]
    fn a_huge_file_is_refused_without_reading_it_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(load_user(&path, false).errors.as_slice()[0].kind, ErrorKind::TooLarge);
    }

    #[test]
    fn user_and_projects_are_read_once_each() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, project) = (dir.path().join("config.toml"), dir.path().join(".claudectl.toml"));
        std::fs::write(&mine, "\u{feff}budget.day_usd = 10\n").unwrap();
        std::fs::write(&project, "budget.day_usd = 5\nx = 1\n").unwrap();
        let paths = Paths { user: Some(mine), user_required: true, projects: vec![project.clone(), project] };
        let loaded = load(&paths, &prices);
        assert_eq!(loaded.config.budget.day_usd, Some(5.0));
        assert_eq!(loaded.errors.as_slice().len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_no_project_file() {
        let projects = vec!["/dev/zero".into()];
        let loaded = load(&Paths { projects, ..Paths::default() }, &prices);
        assert_eq!(loaded.errors.as_slice()[0].kind, ErrorKind::Unreadable);
    }
}

mod edits {
    use super::*;

    #[test]
    fn set_keeps_comments_and_order() {
        let before = "# mine\n[budget]\n# the day\nday_usd = 5 # was 4\nweek_usd = 20\n\n# last words\n";
        let after = set_in(before, "budget.day_usd", "7.5").unwrap();
        assert_eq!(after, before.replace("day_usd = 5 ", "day_usd = 7.5 "));
        let after = set_in(before, "budget.session_usd", "1").unwrap();
        assert_eq!(after, before.replace("week_usd = 20\n", "week_usd = 20\nsession_usd = 1.0\n"));
    }

    #[test]
    fn set_makes_a_section_below_everything() {
        let after =
            set_in("# only words\n# day_usd = 5\n", "prices.claude-opus-4-6.cache_read", "0.5").unwrap();
        insta::assert_snapshot!(after, @"
        # only words
        # day_usd = 5

        [prices.claude-opus-4-6]
        cache_read = 0.5
        ");
    }

    #[test]
    fn values_may_be_bare_text() {
        for (key, typed, written) in [
            ("general.timezone", "Europe/Berlin", "timezone = \"Europe/Berlin\""),
            ("general.timezone", "\"UTC\"", "timezone = \"UTC\""),
            ("general.claude_dirs", "['~/a']", "claude_dirs = [\"~/a\"]"),
            ("prices.claude-opus-4-6.from", "2026-01-01", "from = \"2026-01-01\""),
            ("budget.warn_at_pct", " 70 ", "warn_at_pct = 70"),
            ("context.gpt-5.1.max", "400000", "[context.\"gpt-5.1\"]\nmax = 400000"),
        ] {
            let after = set_in("", key, typed).unwrap();
            assert!(after.contains(written), "{key} {typed}: {after}");
        }
    }

    #[test]
    fn a_whole_price_is_set_at_once() {
        let table = "{input=1,output=2,cache_read=0,cache_write_5m=0,cache_write_1h=0,fast={input=1,output=2,cache_read=0,cache_write_5m=0,cache_write_1h=0}}";
        let after = set_in("[budget]\nday_usd = 1\n", "prices.\"my.model\"", table).unwrap();
        insta::assert_snapshot!(after, @r#"
        [budget]
        day_usd = 1

        [prices."my.model"]
        input = 1
        output = 2
        cache_read = 0
        cache_write_5m = 0
        cache_write_1h = 0

        [prices."my.model".fast]
        input = 1
        output = 2
        cache_read = 0
        cache_write_5m = 0
        cache_write_1h = 0
        "#);
    }

    #[test]
    fn set_refuses_what_the_checker_would() {
        insta::assert_snapshot!(set_in("", "budget.day_usd", "lots").unwrap_err(), @r#"
        config.toml: `budget.day_usd` can not be "lots"
          why: expected a number above 0 and up to 1,000,000,000 (US dollars)
          fix: write for example `day_usd = 50.0`
        "#);
        insta::assert_snapshot!(set_in("", "budget.dya_usd", "5").unwrap_err(), @"
        command line: `budget.dya_usd` is not a key
          why: only keys of the reference can be read and set
          fix: did you mean `budget.day_usd`?
        ");
        insta::assert_snapshot!(set_in("", "prices.qwen.input", "5").unwrap_err(), @"
        config.toml: `prices.qwen` lacks `output`, `cache_read`, `cache_write_5m`, `cache_write_1h`
          why: there is no built-in price to take them from, and claudectl never guesses a price
          fix: set the whole table at once: config set 'prices.qwen' '{ input = 1.0, output = 2.0, ... }'
        ");
    }

    #[test]
    fn set_refuses_a_foreign_or_broken_file_and_mends_a_wrong_one() {
        assert_eq!(
            set_in("interval = 5\n", "budget.day_usd", "5").unwrap_err().as_slice()[0].kind,
            ErrorKind::Foreign
        );
        assert_eq!(
            set_in("x = \n", "budget.day_usd", "5").unwrap_err().as_slice()[0].kind,
            ErrorKind::Syntax
        );
        let mended = set_in("general.x = 1\nbudget.day_usd = 0\n", "budget.day_usd", "5").unwrap();
        assert_eq!(mended, "general.x = 1\nbudget.day_usd = 5.0\n");
        insta::assert_snapshot!(set_in("[[budget]]\n", "budget.day_usd", "5").unwrap_err(), @"
        config.toml: `budget.day_usd` can not be set
          why: the file has something else than a section where `budget` belongs
          fix: correct the file first
        ");
    }

    #[test]
    fn set_works_in_every_way_a_table_can_be_written() {
        for before in [
            "",
            "[budget]\n",
            "budget = {}\n",
            "budget = { day_usd = 1 }\n",
            "budget.day_usd = 1\n",
            "[context.m]\nmax = 5000\n[retention]\n# sessions_days = 0\n",
            "[prices]\n",
            "prices = {}\n# trailing\n",
            "prices.claude-opus-4-6 = {}\n",
            "\u{feff}[general]\r\n# crlf\r\ntimezone = \"UTC\"\r\n# end",
        ] {
            for key in KEYS.iter().filter(|key| kinds(&only(key)).is_empty()) {
                let name = key.path.replace('*', "claude-opus-4-6");
                let after = set_in(before, &name, key.example).unwrap();
                let config = user(&after).strict().unwrap().0;
                let wanted = key.kind.read(&key.example.parse().unwrap()).ok();
                assert_eq!(config.get(&name).unwrap().value, wanted, "{before:?} + {name}: {after:?}");
                for comment in before.lines().filter(|line| line.starts_with('#')) {
                    assert!(after.contains(comment), "{after:?}");
                }
                let bare_breaks = after.replace("\r\n", "").contains('\n');
                assert_eq!(bare_breaks, !before.contains("\r\n"), "{after:?}");
            }
        }
    }

    #[test]
    fn commented_out_keys_stay_in_their_section() {
        let after = set_in(&default_file(), "prices.claude-opus-4-6.cache_read", "0.5").unwrap();
        let config = user(&uncommented(&after)).strict().unwrap().0;
        assert_eq!(config.prices.len(), 1);
        assert_eq!(config.retention, Config::default().retention);
    }

    #[test]
    fn unset_cuts_the_line_and_nothing_else() {
        for (before, key, after) in [
            (
                "[budget]\n# why\nday_usd = 5 # x\n# next\nweek_usd = 9\n",
                "budget.day_usd",
                "[budget]\n# why\n# next\nweek_usd = 9\n",
            ),
            ("budget.day_usd = 5", "budget.day_usd", ""),
            ("budget = { day_usd = 5, week_usd = 9 }\n", "budget.day_usd", "budget = { week_usd = 9 }\n"),
            ("[general]\r\nclaude_dirs = [\r\n '/a',\r\n]\r\n", "general.claude_dirs", "[general]\r\n"),
            ("# nothing\n", "budget.day_usd", "# nothing\n"),
        ] {
            assert_eq!(unset_in(before, key).unwrap(), after, "{before:?}");
        }
        assert!(unset_in("", "budget.nope").is_err());
    }
}

/// The default file with each setting taken out of its comment.
fn uncommented(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or(line))).collect()
}

mod generated {
    use super::*;

    #[test]
    fn the_default_file_says_the_defaults() {
        let as_is = user(&default_file()).strict().unwrap();
        assert_eq!(as_is, (Config::default(), vec![]));
        let set = user(&uncommented(&default_file())).strict().unwrap().0;
        assert_eq!((&set.general, &set.budget), (&Config::default().general, &Config::default().budget));
        assert_eq!(
            (&set.context, &set.retention),
            (&Config::default().context, &Config::default().retention)
        );
        for key in KEYS.iter().filter(|key| key.default.is_some()) {
            assert!(set.get(key.path).unwrap().origin != Origin::BuiltIn, "{} is not in the file", key.path);
        }
    }

    #[test]
    fn the_default_file_is_readable() {
        assert!(default_file().lines().all(|line| line.chars().count() <= 100));
        let budget = default_file();
        let budget = budget.split("\n\n").skip_while(|block| !block.contains("[budget]")).take(2);
        insta::assert_snapshot!(budget.collect::<Vec<_>>().join("\n\n"), @"
        ## Limits on spending, in US dollars.
        [budget]

        ## What one session, with its subagents, may cost.
        ## Past it, the gate asks with each call of the session, until `claudectl budget raise`.
        ## Type: a number above 0 and up to 1,000,000,000 (US dollars). Default: not set. A project may
        ## lower it, never raise it.
        ## Example: session_usd = 10.0
        ");
    }

    #[test]
    fn every_example_of_the_default_file_is_valid_where_it_stands() {
        let mut text = String::new();
        for line in default_file().lines() {
            let line = line
                .strip_prefix("## Example: ")
                .or_else(|| line.strip_prefix("## [").map(|_| &line[3..]))
                .or_else(|| line.strip_prefix("# "))
                .unwrap_or(line);
            text += &format!("{line}\n");
        }
        assert_eq!(user(&text).errors.to_string(), "");
        assert!(user(&text).config.prices["model-id"].long.is_some());
    }

    #[test]
    fn the_reference_names_every_key() {
        let reference = markdown();
        for name in KEYS.iter().map(|key| key.path) {
            assert!(reference.contains(&format!("### `{}`", keys::named(name))), "{name}");
        }
        insta::assert_snapshot!(reference.split("\n### ").nth(3).unwrap_or(""), @"
        `budget.session_usd`

        What one session, with its subagents, may cost.

        Past it, the gate asks with each call of the session, until `claudectl budget raise`.

        - Type: a number above 0 and up to 1,000,000,000 (US dollars)
        - Default: not set
        - Example: `session_usd = 10.0`
        - A project file: may lower it, never raise it
        - Since: 0.1.0
        ");
    }

    /// The part of draft 2020-12 that the schema uses; enough to see that it says what the checker says.
    fn valid(schema: &Json, value: &Json) -> bool {
        let right_type = match schema["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            other => panic!("the schema uses a type this test does not know: {other:?}"),
        };
        right_type && valid_members(schema, value) && valid_bounds(schema, value)
    }

    fn valid_members(schema: &Json, value: &Json) -> bool {
        let Some(members) = value.as_object() else { return true };
        let required = |name: &String| {
            let needs = schema["dependentRequired"][name].as_array();
            needs.is_none_or(|needs| {
                needs.iter().filter_map(Json::as_str).all(|need| members.contains_key(need))
            })
        };
        members.iter().all(|(name, member)| {
            let inner = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
            required(name) && inner.is_object() && valid(inner, member)
        })
    }

    fn valid_bounds(schema: &Json, value: &Json) -> bool {
        let number = value.as_f64().unwrap_or_default();
        let bound = |name: &str, holds: fn(f64, f64) -> bool| {
            schema[name].as_f64().is_none_or(|bound| holds(number, bound))
        };
        let listed = schema["enum"].as_array().is_none_or(|all| all.contains(value));
        listed
            && bound("minimum", |n, b| n >= b)
            && bound("maximum", |n, b| n <= b)
            && bound("exclusiveMinimum", |n, b| n > b)
    }

    fn as_json(text: &str) -> Json {
        fn item(item: &toml_edit::Item) -> Json {
            match item.as_table_like() {
                Some(table) => table.iter().map(|(name, inner)| (name.to_owned(), item_of(inner))).collect(),
                None => item.as_value().map_or(Json::Null, value),
            }
        }
        fn item_of(inner: &toml_edit::Item) -> Json {
            item(inner)
        }
        fn value(toml: &toml_edit::Value) -> Json {
            match toml {
                toml_edit::Value::String(text) => text.value().as_str().into(),
                toml_edit::Value::Integer(n) => (*n.value()).into(),
                toml_edit::Value::Float(n) => (*n.value()).into(),
                toml_edit::Value::Boolean(b) => (*b.value()).into(),
                toml_edit::Value::Datetime(day) => day.value().to_string().into(),
                toml_edit::Value::Array(all) => all.iter().map(value).collect(),
                toml_edit::Value::InlineTable(t) => t.iter().map(|(k, v)| (k.to_owned(), value(v))).collect(),
            }
        }
        item(toml_edit::Document::parse(text).unwrap().as_item())
    }

    #[test]
    fn the_schema_agrees_with_the_checker() {
        let schema = json_schema();
        assert!(valid(&schema, &as_json(&default_file())));
        assert!(valid(&schema, &as_json(&uncommented(&default_file()))));
        for (text, expected) in [
            ("budget.day_usd = 5", true),
            ("budget.day_usd = 0", false),
            ("budget.dya_usd = 5", false),
            ("context.warn_pct = 60\ncontext.m.max = 5000", true),
            ("context.m.max = 5", false),
            ("context.m.mux = 5000", false),
            ("prices.claude-opus-4-6 = {input = 1, output = 2, fast = {input = 1, output = 2}}", true),
            ("prices.claude-opus-4-6 = {input = 1}", false),
            ("prices.claude-opus-4-6.long = {above = 3}", false),
            ("prices.claude-opus-4-6.long = {above = 200000}", true),
            ("general.claude_dirs = 5", false),
        ] {
            assert_eq!(valid(&schema, &as_json(text)), expected, "{text}");
            assert_eq!(kinds(text).is_empty(), expected, "{text}");
        }
        for key in KEYS {
            let text = only(key);
            assert_eq!(valid(&schema, &as_json(&text)), !text.contains("put = "), "{text}");
        }
    }
}

mod properties {
    use super::*;

    /// Lines that are nearly configuration: right and wrong names, right and wrong values, torn syntax.
    fn nearly() -> impl Strategy<Value = String> {
        let mut names: Vec<String> = KEYS.iter().map(|key| key.path.replace('*', "m")).collect();
        names.extend(
            ["budget", "[budget]", "[prices.m]", "[[context]]", "interval", "[brain]", "x", "\"\""]
                .map(String::from),
        );
        const VALUES: &[&str] = &[
            "1",
            "-1",
            "75",
            "\"x\"",
            "\"UTC\"",
            "[]",
            "{}",
            "{a=1}",
            "1e999",
            "nan",
            "2026-01-01",
            "\"\\u202e\"",
            "'''",
            "#",
        ];
        let line = (prop::sample::select(names), prop::sample::select(VALUES), 0..4u8).prop_map(
            |(name, value, form)| match form {
                0 => format!("[{name}]\n"),
                1 => format!("{name}\n"),
                _ => format!("{name} = {value}\n"),
            },
        );
        prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let sources = [source(Role::User, FILE, &bytes), source(Role::Project, "p", &bytes)];
            let loaded = resolve(&sources, &prices);
            let shown = loaded.errors.to_string();
            prop_assert!(!shown.contains('\u{1b}'), "a control character in a message");
        }

        #[test]
        fn arbitrary_text_never_panics(text in "(?s).{0,200}", key in ".{0,30}", value in ".{0,30}") {
            drop(resolve(&[source(Role::Project, "p", &text)], &prices));
            drop(set_in(&text, &key, &value));
            drop(Config::default().get(&key));
        }

        #[test]
        fn near_misses_never_panic_and_every_error_has_a_place(text in nearly()) {
            for error in user(&text).errors {
                prop_assert!(error.line.is_some() && !error.why.is_empty() && !error.hint.is_empty(), "{error}");
            }
        }

        #[test]
        fn a_project_never_loosens(mine in nearly(), theirs in nearly()) {
            let alone = user(&mine).config;
            let both = layered(&mine, &[&theirs]).config;
            for (before, after) in alone.entries().iter().zip(both.entries()) {
                let unchanged = before.value == after.value;
                let lower = match (&before.value, &after.value) {
                    (Some(before), Some(after)) => before.above(after),
                    (before, _) => before.is_none(),
                };
                prop_assert!(unchanged || (lower && after.key.project == Permission::Lower), "{}", after.path);
            }
        }

        #[test]
        fn set_does_what_it_says_or_refuses(text in nearly(), index in 0..KEYS.len()) {
            let key = &KEYS[index];
            let name = key.path.replace('*', "claude-opus-4-6");
            if let Ok(after) = set_in(&text, &name, key.example) {
                let entry = user(&after).config.get(&name).unwrap();
                prop_assert_eq!(entry.value, key.kind.read(&key.example.parse().unwrap()).ok());
                let removed = unset_in(&after, &name);
                let back = removed.map(|text| user(&text).config.get(&name).unwrap().origin);
                prop_assert!(back.is_err() || back == Ok(Origin::BuiltIn));
            }
        }

        #[test]
        fn deep_and_wide_text_is_survived(open in prop::sample::select(&["[", "{", "a.", "[a.", "a={", "\"", "a=[[", "{a="][..]), n in 1..20_000usize) {
            drop(user(&open.repeat(n)));
            drop(user(&format!("x={}", open.repeat(n))));
        }
    }
}
