//! `claudectl config`.

use claudectl_testkit::{Usage, World};
use serde_json::{Value, json};

use crate::{A, assert_total, json, reply, user_config, world};

const FILE: &str = "home/.config/claudectl/config.toml";

fn read(world: &World, path: &str) -> String {
    std::fs::read_to_string(world.root().join(path)).unwrap()
}

/// One key of `config show`.
#[track_caller]
fn entry(world: &World, key: &str) -> (Value, String) {
    let shown = json(world, &["config", "show", "--json"]);
    let found = shown.as_array().unwrap().iter().find(|entry| entry["key"] == key).cloned();
    let found = found.unwrap_or_else(|| panic!("no {key}"));
    (found["value"].clone(), found["from"].as_str().unwrap().to_owned())
}

#[test]
fn show_says_each_value_and_who_set_it() {
    let world = world();
    user_config(
        &world,
        "[budget]\nday_usd = 20\nweek_usd = 100\n\n[context.\"claude-opus-9\"]\nmax = 300_000\n",
    );
    world.write("work/.claudectl.toml", "[budget]\nday_usd = 5\n");
    // A place without a fixed length would change the columns.
    let shown = world.cmd().env("CLAUDECTL_HOME", "").args(["config", "show"]).run();
    insta::assert_snapshot!("config_show", shown.snapshot());
    assert_eq!(entry(&world, "budget.warn_at_pct"), (json!(80), "built-in".to_owned()));
    assert_eq!(
        entry(&world, "budget.week_usd"),
        (json!(100.0), "user $HOME/.config/claudectl/config.toml:3".to_owned())
    );
    assert_eq!(entry(&world, "budget.day_usd"), (json!(5.0), "project $WORK/.claudectl.toml:2".to_owned()));
    assert_eq!(entry(&world, "budget.session_usd").0, Value::Null);
}

#[test]
fn show_says_what_the_environment_set() {
    let world = world();
    let variables = |world: &World, tz: &str| {
        let shown = world.cmd().env("TZ", tz).args(["config", "show", "--json"]).run().success().json();
        let set = shown.as_array().unwrap().iter().filter(|entry| entry["from"] == "environment");
        set.map(|entry| (entry["key"].clone(), entry["value"].clone())).collect::<Vec<_>>()
    };
    let mut expected = vec![
        (json!("CLAUDE_CONFIG_DIR"), json!("$HOME/.claude")),
        (json!("CLAUDECTL_HOME"), json!("$STATE")),
        (json!("XDG_CONFIG_HOME"), json!("$HOME/.config")),
        (json!("TZ"), json!("Europe/Berlin")),
        (json!("CLAUDECTL_NOW"), json!("2026-11-24T12:00:00Z")),
    ];
    assert_eq!(variables(&world, "Europe/Berlin"), expected);
    expected.remove(3);
    assert_eq!(variables(&world, ""), expected, "what is empty is not set");
}

#[test]
fn path_names_the_files_that_count() {
    let world = world();
    insta::assert_snapshot!("config_path", world.run(["config", "path"]).snapshot());
    // Deleting what it names as state removes all that claudectl keeps.
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    world.run(["spend"]).success();
    let named = world.run(["config", "path"]).success().stdout;
    assert!(named.ends_with("\n$STATE  (state)\n"), "{named}");
    std::fs::remove_dir_all(world.state_dir()).unwrap();
    let left = crate::tree(world.root());
    assert!(left.keys().all(|path| path.starts_with(world.config_dir())), "{:?}", left.keys());
    // In a checkout, its top counts, too.
    world.write("work/.git/HEAD", "ref: refs/heads/main\n");
    std::fs::create_dir_all(world.work_dir().join("src/deep")).unwrap();
    let out =
        world.cmd().cwd(world.work_dir().join("src/deep")).args(["config", "path", "--json"]).run().success();
    assert_eq!(
        out.json(),
        json!({
            "user": "$HOME/.config/claudectl/config.toml",
            "projects": ["$WORK/src/deep/.claudectl.toml", "$WORK/.claudectl.toml"],
            "state": "$STATE",
        })
    );
    // At the top itself, the file counts once.
    let top = json(&world, &["config", "path", "--json"]);
    assert_eq!(top["projects"], json!(["$WORK/.claudectl.toml"]));
    let named = world.run(["--config", "mine.toml", "config", "path", "--json"]).success().json();
    assert_eq!(named["user"], "$WORK/mine.toml");
    let default =
        world.cmd().env("XDG_CONFIG_HOME", "").args(["config", "path", "--json"]).run().success().json();
    assert_eq!(default["user"], "$HOME/.config/claudectl/config.toml");
}

#[test]
fn every_mistake_is_named_with_its_place_and_its_remedy() {
    let world = world();
    user_config(
        &world,
        "[budget]\nday_usd = \"five\"\nsesion_usd = 3\n\n[bugdet]\nweek_usd = 1\n\n[context]\nwarn_pct = 200\n\n[prices.\"claude-opus-9\"]\ninput = 1.0\n",
    );
    let out = world.run(["config", "check"]).fails_with(1);
    insta::assert_snapshot!("config_mistakes", out.snapshot());
    for place in [
        "config.toml:2:11: `budget.day_usd` is text",
        "config.toml:3:1: ",
        "config.toml:5:",
        "config.toml:9:12: ",
    ] {
        assert!(out.stderr.contains(place), "{place}\n{}", out.stderr);
    }
    assert!(out.stderr.contains("did you mean `budget.session_usd`?"), "{}", out.stderr);
    // Every command that would use it says the same and does nothing.
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    for args in [&["ls"][..], &["spend"], &["config", "show"], &["config", "get", "budget.day_usd"]] {
        let used = world.run(args).fails_with(2);
        assert_eq!((used.stdout.as_str(), &used.stderr), ("", &out.stderr), "{args:?}");
    }
    assert!(crate::tree(&world.state_dir()).is_empty());
    let errors = world.run(["config", "check", "--json"]).fails_with(1).json();
    assert_eq!(errors["ok"], false);
    let first = &errors["errors"][0];
    assert_eq!(
        (&first["line"], &first["column"], &first["key"]),
        (&json!(2), &json!(11), &json!("budget.day_usd"))
    );
    // What is needed to mend it still runs.
    world.run(["config", "path"]).success();
    world.run(["config", "set", "budget.day_usd", "5"]).success();
    let left = world.run(["config", "check", "--json"]).fails_with(1).json();
    assert_eq!(left["errors"].as_array().unwrap().len(), errors["errors"].as_array().unwrap().len() - 1);
}

#[test]
fn what_is_no_toml_or_no_text_is_said_so() {
    let world = world();
    for (bytes, told) in [
        (&b"[budget\nday_usd = 1\n"[..], "config.toml:1:"),
        (b"[budget]\nday_usd = \n", "config.toml:2:"),
        (b"[budget]\nday_usd = 1 # \xff\n", "config.toml:2:"),
    ] {
        world.write(FILE, bytes);
        let out = world.run(["config", "check"]).fails_with(1);
        assert!(out.stderr.contains(told), "{told}\n{}", out.stderr);
        world.run(["ls"]).fails_with(2);
    }
    // A folder in the file's place.
    std::fs::remove_file(world.root().join(FILE)).unwrap();
    std::fs::create_dir(world.root().join(FILE)).unwrap();
    let out = world.run(["ls"]).fails_with(2);
    assert!(out.stderr.contains("the file can not be read"), "{}", out.stderr);
}

#[test]
fn a_named_file_has_to_be_there() {
    let world = world();
    let out = world.run(["--config", "nowhere.toml", "ls"]).fails_with(2);
    assert!(out.stderr.contains("$WORK/nowhere.toml: there is no such file"), "{}", out.stderr);
    world.write("work/mine.toml", "[general]\ntimezone = \"Asia/Tokyo\"\n");
    user_config(&world, "not toml at all");
    let got = world.run(["--config", "mine.toml", "config", "get", "general.timezone"]).success();
    assert_eq!(got.stdout, "\"Asia/Tokyo\"\n");
}

#[test]
fn init_writes_a_file_that_changes_nothing_and_keeps_what_was_there() {
    let world = world();
    let before = json(&world, &["config", "show", "--json"]);
    let out = world.run(["config", "init"]).success();
    assert_eq!(out.stdout, "Wrote ~/.config/claudectl/config.toml.\n");
    world.run(["config", "check"]).success();
    assert_eq!(json(&world, &["config", "show", "--json"]), before, "every key is commented out");
    let text = read(&world, FILE);
    for key in ["# timezone", "# claude_dirs", "Example: session_usd", "# warn_pct", "# responses_days"] {
        assert!(text.contains(&format!("{key} = ")), "{key}\n{text}");
    }
    let again = world.run(["config", "init"]).fails_with(2);
    assert!(again.stderr.contains("is already there"), "{}", again.stderr);
    user_config(&world, "[budget]\nday_usd = 1\n");
    for (n, kept) in ["config.toml.old", "config.toml.old1"].into_iter().enumerate() {
        let own = format!("[budget]\nday_usd = {}\n", n + 1);
        user_config(&world, &own);
        let out = world.run(["config", "init", "--force"]).success();
        assert!(out.stdout.contains(kept), "{}", out.stdout);
        assert_eq!(read(&world, &format!("home/.config/claudectl/{kept}")), own);
    }
}

#[test]
fn the_schema_knows_every_key() {
    let world = world();
    let schema = json(&world, &["config", "schema"]);
    assert!(schema["$schema"].as_str().unwrap().contains("json-schema.org"), "{schema}");
    let shown = json(&world, &["config", "show", "--json"]);
    for entry in shown.as_array().unwrap().iter().filter(|entry| entry["from"] != "environment") {
        let key = entry["key"].as_str().unwrap();
        let pointer = key.split('.').fold(String::new(), |path, part| format!("{path}/properties/{part}"));
        assert!(schema.pointer(&pointer).is_some(), "{key}");
    }
}

#[test]
fn set_get_and_unset() {
    let world = world();
    let get = |key: &str| world.run(["config", "get", key]);
    assert_eq!(get("budget.warn_at_pct").success().stdout, "80\n");
    let unset = get("budget.day_usd").fails_with(1);
    assert_eq!(
        unset.stderr,
        "error: budget.day_usd is not set\n  why: it has no default\n  fix: claudectl config set budget.day_usd VALUE\n"
    );
    world.run(["config", "set", "budget.day_usd", "12.5"]).success();
    assert_eq!(get("budget.day_usd").success().stdout, "12.5\n");
    // A person's comments and order stay.
    user_config(&world, "# mine\n[budget]\nweek_usd = 3 # per week\nday_usd = 1\n");
    world.run(["config", "set", "budget.week_usd", "4"]).success();
    assert_eq!(read(&world, FILE), "# mine\n[budget]\nweek_usd = 4.0 # per week\nday_usd = 1\n");
    let same = world.run(["config", "set", "budget.week_usd", "4.0", "--json"]).success().json();
    assert_eq!(same["changed"], false);
    world.run(["config", "unset", "budget.day_usd"]).success();
    assert_eq!(read(&world, FILE), "# mine\n[budget]\nweek_usd = 4.0 # per week\n");
    assert_eq!(json(&world, &["config", "get", "budget.week_usd", "--json"])["value"], 4.0);
    let before = read(&world, FILE);
    for (key, value, told) in [
        ("budget.dya_usd", "1", "did you mean `budget.day_usd`?"),
        ("budget.day_usd", "-1", "above 0"),
        ("budget.day_usd", "much", "`budget.day_usd`"),
        ("general.timezone", "Mars/Olympus", "`general.timezone`"),
        ("budget", "1", "is a section, not a key"),
        ("nonsense", "1", "`claudectl config show` lists every key"),
    ] {
        let out = world.run(["config", "set", key, value]).fails_with(2);
        assert!(out.stderr.contains(told), "{key}: {}", out.stderr);
        assert_eq!(read(&world, FILE), before, "{key}");
    }
}

#[test]
fn a_price_is_taken_out_again() {
    let world = world();
    let whole =
        "{ input = 1, output = 2, cache_read = 1, cache_write_5m = 1, cache_write_1h = 1, web_search = 0.1 }";
    let unset = |key: &str| world.run(["config", "unset", key]);
    let before = "# mine\n[budget]\nday_usd = 1.0\n";
    user_config(&world, before);
    world.run(["config", "set", "prices.\"house-1.5\"", whole]).success();
    // Half a price is none; what is needed says so, what is not goes.
    let kept = read(&world, FILE);
    let out = unset("prices.\"house-1.5\".input").fails_with(2);
    assert!(
        out.stderr.ends_with("  fix: take out the whole table: config unset 'prices.\"house-1.5\"'\n"),
        "{}",
        out.stderr
    );
    assert_eq!(read(&world, FILE), kept);
    unset("prices.\"house-1.5\".web_search").success();
    unset("prices.\"house-1.5\"").success();
    assert_eq!(read(&world, FILE), before);
    assert_eq!(
        unset("prices.\"house-1.5\"").success().stdout,
        "Nothing to change in ~/.config/claudectl/config.toml.\n"
    );
    // However it was written; the comments and the others stay.
    let fields = whole.trim_matches(['{', '}', ' ']).replace(", ", "\n");
    let rates = fields.replace("\nweb_search = 0.1", "");
    for (text, left) in [
        (format!("[prices.m]\n# why\n{fields}\n[prices.m.fast] # too\n{rates}\n"), "# why\n".to_owned()),
        (format!("[prices]\nm = {whole}\nn = {whole}\n"), format!("[prices]\nn = {whole}\n")),
        (
            format!("[prices]\nm.{}\nn = {whole}\n", fields.replace('\n', "\nm.")),
            format!("[prices]\nn = {whole}\n"),
        ),
        (format!("prices = {{ m = {whole}, n = {whole} }}\n"), format!("prices = {{ n = {whole} }}\n")),
        (
            format!("[prices.m]\n{fields}\n\n[context.m]\nmax = 5000\n"),
            "\n[context.m]\nmax = 5000\n".to_owned(),
        ),
    ] {
        user_config(&world, &text);
        world.run(["config", "check"]).success();
        unset("prices.m").success();
        assert_eq!(read(&world, FILE), left, "{text}");
        world.run(["config", "check"]).success();
    }
    unset("context.m").success();
    assert_eq!(read(&world, FILE), "");
    for section in ["prices", "budget"] {
        let out = unset(section).fails_with(2);
        assert!(out.stderr.contains("is a section, not a key"), "{}", out.stderr);
    }
}

#[test]
fn set_by_several_at_once_loses_nothing() {
    let world = world();
    let keys = ["session_usd", "project_usd", "day_usd", "week_usd", "fanout_usd"]
        .map(|key| format!("budget.{key}"));
    for round in 1..=4 {
        let mut running = Vec::new();
        for key in &keys {
            let mut command = world.cmd().args(["config", "set", key]).arg(round.to_string()).to_command();
            command.stdout(std::process::Stdio::null());
            running.push(command.spawn().unwrap());
        }
        for mut one in running {
            assert!(one.wait().unwrap().success());
        }
        for key in &keys {
            assert_eq!(entry(&world, key).0, json!(f64::from(round)), "{key}\n{}", read(&world, FILE));
        }
    }
    let left: Vec<_> = crate::tree(&world.home().join(".config")).into_keys().collect();
    assert_eq!(left, [world.root().join(FILE)], "nothing else stays behind");
}

#[test]
fn set_follows_a_link_to_where_the_file_is_kept() {
    let world = world();
    let kept = world.write("home/dotfiles/claudectl.toml", "[budget]\nday_usd = 1\n");
    std::fs::create_dir_all(world.home().join(".config/claudectl")).unwrap();
    std::os::unix::fs::symlink(&kept, world.root().join(FILE)).unwrap();
    world.run(["config", "set", "budget.day_usd", "2"]).success();
    assert!(world.root().join(FILE).is_symlink());
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "[budget]\nday_usd = 2.0\n");
}

#[test]
fn a_project_may_tighten_and_nothing_else() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    user_config(&world, "[budget]\nsession_usd = 10\n");
    world.write("work/.claudectl.toml", "[budget]\nsession_usd = 0.4\n");
    let listing = json(&world, &["ls", "--all", "--json"]);
    assert_eq!(listing[0]["cost"]["budget_level"], "exceeded");
    // Looser has no effect, and says so.
    world.write("work/.claudectl.toml", "[budget]\nsession_usd = 99\n");
    let out = world.run(["ls", "--all", "--json"]).success();
    assert_eq!(out.json()[0]["cost"]["budget_usd"], 10.0);
    assert!(out.stderr.contains("would loosen 10.0 and has no effect"), "{}", out.stderr);
    world.run(["config", "check"]).fails_with(1);
    // Anything that could hide spending, lead elsewhere or throw away is an error.
    for hostile in [
        "[general]\nclaude_dirs = [\"/nowhere\"]\n",
        "[general]\ntimezone = \"UTC\"\n",
        "[prices.\"claude-opus-5-5\"]\ninput = 0.0\noutput = 0.0\n",
        "[context.\"claude-opus-5-5\"]\nmax = 1_000\n",
        "[retention]\nresponses_days = 1\n",
    ] {
        world.write("work/.claudectl.toml", hostile);
        let out = world.run(["spend"]).fails_with(2);
        assert!(out.stderr.contains("$WORK/.claudectl.toml:2:"), "{}", out.stderr);
        assert!(out.stderr.contains("a project file may not set"), "{}", out.stderr);
    }
    // The file at the top of the checkout counts in its folders, too.
    std::fs::remove_file(world.work_dir().join(".claudectl.toml")).unwrap();
    world.write("work/.git/HEAD", "ref: refs/heads/main\n");
    world.write("work/.claudectl.toml", "[budget]\nsession_usd = 0.4\n");
    std::fs::create_dir_all(world.work_dir().join("src")).unwrap();
    let out = world.cmd().cwd(world.work_dir().join("src")).args(["ls", "--all", "--json"]).run().success();
    assert_eq!(out.json()[0]["cost"]["budget_usd"], 0.4);
}

#[test]
fn a_pipe_in_a_project_hangs_nothing() {
    let world = world();
    let fifo = world.work_dir().join(".claudectl.toml");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let out = world.run(["ls"]).fails_with(2);
    assert!(out.stderr.contains("not a regular file"), "{}", out.stderr);
}

#[test]
fn only_a_pipe_that_is_named_is_read() {
    let world = world();
    let fifo = user_config(&world, "");
    std::fs::remove_file(&fifo).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let soon = std::time::Duration::from_secs(20);
    for (args, code) in [
        (&["spend"][..], 2),
        (&["config", "check"], 1),
        (&["config", "show"], 2),
        (&["config", "set", "budget.day_usd", "5"], 3),
        (&["doctor"], 1),
    ] {
        let out = world.cmd().args(args).timeout(soon).run().fails_with(code);
        assert!(
            format!("{}{}", out.stdout, out.stderr).contains("not a regular file"),
            "{args:?}: {}",
            out.snapshot()
        );
    }
    // As a shell's `--config <(...)` does.
    let mut writer = std::process::Command::new("sh");
    writer.args(["-c", "echo 'budget.day_usd = 7' > \"$0\""]).arg(&fifo);
    let mut writer = writer.spawn().unwrap();
    let named =
        world.cmd().arg("--config").arg(&fifo).args(["config", "get", "budget.day_usd"]).timeout(soon);
    assert_eq!(named.run().success().stdout, "7.0\n");
    assert!(writer.wait().unwrap().success());
}

#[test]
fn a_named_file_may_have_any_name() {
    use std::os::unix::ffi::OsStrExt;
    let world = world();
    let name = std::ffi::OsStr::from_bytes(b"m\xff.toml");
    std::fs::write(world.work_dir().join(name), "[budget]\nday_usd = 7\n").unwrap();
    let got = world.cmd().arg("--config").arg(name).args(["config", "get", "budget.day_usd"]).run().success();
    assert_eq!(got.stdout, "7.0\n");
    std::fs::remove_file(world.work_dir().join(name)).unwrap();
    let out = world.cmd().arg("--config").arg(name).arg("ls").run().fails_with(2);
    assert!(out.stderr.contains("there is no such file"), "{}", out.stderr);
}

#[test]
fn the_file_of_the_published_tool_is_one_notice_and_never_half_read() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    let plain = world.run(["spend"]).success().stdout;
    for text in [
        "interval = 1000\nbudget = 0.01\nkill_on_budget = true\n",
        "[defaults]\nbudget = 0.01\n[webhook]\nurl = \"http://localhost\"\n",
        // Sections that both tools have, prices among them.
        "[budget]\ndaily_limit = 0.01\n[context]\nwarn_threshold = 1\n[models.\"claude-opus-5-5\"]\ninput_per_m = 99.0\n",
        // The published reader takes what is not TOML.
        "[defaults]\nsort = cost\nbudget = 0.01\n",
    ] {
        user_config(&world, text);
        let out = world.run(["spend"]).success();
        assert_eq!(out.stdout, plain, "the defaults apply\n{text}");
        assert_eq!(
            out.stderr,
            "warning: $HOME/.config/claudectl/config.toml: this is the configuration of the published claudectl; it is not used\n  \
             why: its keys mean other things here, so the defaults apply instead of half of it\n  \
             fix: `claudectl import` shows what can be taken over (or move the file away; docs/migrating.md has the whole table)\n"
        );
        assert_total(&world, 0.40);
        let checked = world.run(["config", "check"]).success();
        assert_eq!(checked.stdout, "No file that claudectl uses: the defaults apply.\n");
        let doctor = world.run(["doctor"]).success().stdout;
        assert!(
            doctor.contains("warning  configuration: defaults; ~/.config/claudectl/config.toml"),
            "{doctor}"
        );
        assert_eq!(read(&world, FILE), text, "and the file stays");
        let quiet = world.run(["-q", "spend"]).success();
        assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), (plain.as_str(), ""));
    }
    // A file with keys of both is ours, and the others are mistakes that name the table.
    user_config(&world, "[budget]\nday_usd = 5\ndaily_limit = 5\n");
    let out = world.run(["spend"]).fails_with(2);
    assert!(out.stderr.contains("docs/migrating.md"), "{}", out.stderr);
    // It is not edited either, and `init` keeps it beside the new one.
    user_config(&world, "interval = 1000\n");
    world.run(["config", "set", "budget.day_usd", "5"]).fails_with(2);
    assert_eq!(read(&world, FILE), "interval = 1000\n");
    world.run(["config", "init", "--force"]).success();
    assert_eq!(read(&world, &format!("{FILE}.old")), "interval = 1000\n");
    assert_eq!(world.run(["spend"]).success().stderr, "");
}

#[test]
fn without_a_home_there_is_no_place_for_a_file() {
    let world = world();
    let run = |args: &[&str]| world.cmd().env("HOME", "").env("XDG_CONFIG_HOME", "").args(args).run();
    let out = run(&["config", "init"]).fails_with(2);
    assert!(
        out.stderr.starts_with("error: there is no place for your configuration\n  why: "),
        "{}",
        out.stderr
    );
    run(&["config", "show"]).success();
    run(&["config", "check"]).success();
}
