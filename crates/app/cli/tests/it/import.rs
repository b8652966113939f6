//! `claudectl import`: what the published tool left, taken over.

use claudectl_testkit::{Usage, World};
use serde_json::{Value, json};

use crate::{A, assert_total, json, reply, user_config, world};

const CONFIG: &str = "# my limits\nbudget = 5.0\n[budget]\ndaily_limit = 20\n[brain]\norchestrate = true\n[idle]\nenabled = true\n";
const HEADER: &str = "timestamp,pid,project,model,duration_secs,input_tokens,output_tokens,cost_usd\n";
const ROWS: &str = "2026-03-01T10:00:00Z,4711,api,claude-opus-4-6,3600,1200,340,1.25\n2026-03-01T10:00:02Z,4711,api,claude-opus-4-6,3602,1200,340,1.25\n2026-03-02T10:00:00Z,12,web,claude-opus-4-6,60,1,1,0.5\n";

fn history(world: &World, text: impl AsRef<[u8]>) {
    world.write("home/.local/share/claudectl/history.csv", text);
}

/// A world in which the published tool was used.
pub(crate) fn left() -> World {
    let world = world();
    user_config(&world, &[CONFIG, RULES].concat());
    history(&world, [HEADER, ROWS, "torn\n"].concat());
    world
}

fn fates(taken: &Value) -> Vec<(&str, &str)> {
    let lines = taken["config"]["lines"].as_array().unwrap();
    lines.iter().map(|line| (line["key"].as_str().unwrap(), line["fate"].as_str().unwrap())).collect()
}

#[test]
fn nothing_is_written_without_apply() {
    let world = world();
    let file = user_config(&world, CONFIG);
    history(&world, [HEADER, ROWS].concat());
    let would = json(&world, &["import", "--json"]);
    assert_eq!(
        fates(&would),
        [
            ("[defaults] budget", "taken"),
            ("[budget] daily_limit", "taken"),
            ("[brain] orchestrate", "not-taken"),
            ("[idle] enabled", "never-active")
        ]
    );
    let history = &would["history"];
    assert_eq!((&history["rows"], &history["new"], &would["applied"]), (&json!(3), &json!(2), &json!(false)));
    let text = world.run(["import", "--dry-run"]).success();
    assert!(
        text.stdout.contains("+day_usd = 20.0") && text.stdout.contains("The same with --apply does it."),
        "{}",
        text.stdout
    );
    assert_eq!(text.stderr, "", "no warning of the file that it is about");
    assert_eq!(std::fs::read_to_string(file).unwrap(), CONFIG);
    assert!(!world.state_dir().exists());
}

#[test]
fn the_configuration_is_replaced_and_the_old_one_kept() {
    let world = world();
    let file = user_config(&world, CONFIG);
    let done = json(&world, &["import", "--apply", "--json"]);
    assert_eq!((&done["config"]["written"], &done["config"]["found"]), (&json!(true), &json!("published")));
    assert_eq!(std::fs::read_to_string(file.with_extension("toml.old")).unwrap(), CONFIG);
    let shown = world.run(["config", "get", "budget.day_usd"]).success();
    assert_eq!((shown.stdout.as_str(), shown.stderr.as_str()), ("20.0\n", ""));
    assert_eq!(world.run(["config", "get", "budget.session_usd"]).success().stdout, "5.0\n");
    let written = std::fs::read(&file).unwrap();
    // Again there is nothing to do, and from the old file nothing that is not there.
    let again = world.run(["import", "--apply"]).success().stdout;
    assert!(again.contains("this claudectl's own; nothing to take over"), "{again}");
    let old = file.with_extension("toml.old");
    let again = world.cmd().args(["import", "--apply", "--from"]).arg(&old).run().success().stdout;
    assert!(
        again.contains("set already") && again.contains("Nothing of it is left to take over."),
        "{again}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), written);
    assert!(!file.with_extension("toml.old1").exists());
}

#[test]
fn what_is_set_already_stays_with_its_comments() {
    let world = world();
    let file = user_config(&world, "# mine\n[budget]\nday_usd = 7 # seven\n");
    let from = world.write("old.toml", CONFIG);
    world.cmd().args(["import", "--apply", "--from"]).arg(&from).run().success();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, "# mine\n[budget]\nday_usd = 7 # seven\nsession_usd = 5.0\n");
    assert_eq!(
        std::fs::read_to_string(file.with_extension("toml.old")).unwrap(),
        "# mine\n[budget]\nday_usd = 7 # seven\n"
    );
    assert_eq!(std::fs::read_to_string(&from).unwrap(), CONFIG, "what it came from is only read");
}

#[test]
fn its_history_stands_apart_and_no_total_counts_it() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    history(&world, [HEADER, ROWS].concat());
    let done = json(&world, &["import", "--apply", "--json"]);
    assert_eq!(done["history"]["new"], 2);
    assert_total(&world, 0.40);
    assert_eq!(json(&world, &["history", "--json"]).as_array().unwrap().len(), 1);
    let imported = json(&world, &["history", "--imported", "--json"]);
    let told: Vec<_> =
        imported.as_array().unwrap().iter().map(|row| (&row["project"], &row["noted_usd"])).collect();
    assert_eq!(told, [(&json!("web"), &json!(0.5)), (&json!("api"), &json!(1.25))]);
    let text = world.run(["history", "--imported", "--project", "ap"]).success().stdout;
    assert!(
        text.contains("api") && !text.contains("web") && text.contains("in no total of this one"),
        "{text}"
    );
    assert_eq!(json(&world, &["import", "--apply", "--json"])["history"]["new"], 0, "again changes nothing");
    assert_eq!(
        json(&world, &["history", "--imported", "--since", "2026-03-02", "--json"]).as_array().unwrap().len(),
        1
    );
}

#[test]
fn lines_that_are_no_rows_are_told_by_their_numbers() {
    let world = world();
    let mut text = [HEADER, "torn,1,ap\n", ROWS, "\n"].concat().into_bytes();
    text.extend(b"2026-03-01,1,\xff,m,1,1,1,1\n");
    text.extend(format!("{}\n", "x".repeat(100_000)).bytes());
    text.extend(b"2026-03-03T10:00:00Z,13,late,m,1,1,1,0.1\n2026-03-04T10:00:00Z,14,torn,m,1,1,1");
    history(&world, text);
    let out = world.run(["import", "--apply"]).success().stdout;
    for (line, why) in [
        (2, "it has 3 fields"),
        (7, "it is not UTF-8"),
        (8, "it is longer than a row"),
        (10, "it has 7 fields"),
    ] {
        assert!(out.contains(&format!("history.csv:{line}: no row: {why}")), "{line}: {out}");
    }
    assert!(out.contains("4 rows; kept 3 sessions (1 doubled, or kept before)"), "{out}");
}

#[test]
fn what_is_none_of_its_files_is_refused() {
    let world = world();
    let refuse = |args: &[&str], code: i32, why: &str| {
        let out = world.run([&["import"], args].concat()).fails_with(code);
        assert!(out.stderr.contains(why), "{args:?}: {}", out.stderr);
    };
    refuse(&["--from", "nowhere.toml"], 2, "there is no ");
    refuse(&["--history-file", "nowhere.csv"], 3, "cannot read ");
    world.write("work/own.toml", "[budget]\nday_usd = 5\n");
    refuse(&["--from", "own.toml"], 2, "is no configuration of the published claudectl");
    world.write("work/other.csv", "a,b\n1,2\n");
    refuse(&["--history-file", "other.csv"], 2, "other.csv:1: this is no history");
    world.write("work/bytes.toml", b"interval = 5\n\xff\n");
    refuse(&["--from", "bytes.toml"], 2, "bytes.toml:2:1: the file is not UTF-8 text");
    world.write("work/nul.toml", "interval = 5\n\0\0\n");
    refuse(&["--from", "nul.toml"], 2, "nul.toml:2: there is a NUL in it");
    world.write("work/huge.toml", "# x\n".repeat(300_000));
    refuse(&["--from", "huge.toml"], 2, "too large to be a configuration");
    std::fs::create_dir(world.work_dir().join("folder")).unwrap();
    refuse(&["--from", "folder"], 3, "cannot read ");
    refuse(&["--apply", "--dry-run"], 2, "cannot be used with");
    // What is wrong with one is no reason to leave the other.
    user_config(&world, CONFIG);
    history(&world, "no history\n");
    let out = world.run(["import", "--apply"]).fails_with(2);
    assert!(
        out.stdout.contains("Took over 2 of 4 lines") && out.stderr.contains("history.csv:1"),
        "{}",
        out.snapshot()
    );
}

#[test]
fn no_secret_is_shown() {
    let world = world();
    let token = &crate::redaction::secrets()[0];
    user_config(
        &world,
        &format!(
            "interval = 5\n[relay]\nauth_token = \"{token}\"\nodd \"{token}\"\n[webhook]\nurl = \"https://hooks.example/T0secret\"\n"
        ),
    );
    history(&world, format!("{HEADER}1,1,{token},m,1,1,1,1\n{token}\n"));
    for args in [
        &["import"][..],
        &["import", "--json"],
        &["import", "--apply"],
        &["history", "--imported"],
        &["history", "--imported", "--json"],
    ] {
        let out = world.run(args).success();
        assert!(
            [&token[6..20], "T0secret"]
                .iter()
                .all(|part| !format!("{}{}", out.stdout, out.stderr).contains(part)),
            "{args:?}: {}",
            out.snapshot()
        );
    }
}

#[test]
fn nothing_to_take_over() {
    let world = world();
    let out = world.run(["import"]).success().stdout;
    assert_eq!(
        out,
        "Configuration: ~/.config/claudectl/config.toml is not there.\nHistory: ~/.local/share/claudectl/history.csv is not there.\n"
    );
    let none = world.run(["history", "--imported"]).success().stdout;
    assert!(none.contains("`claudectl import` says what there is"), "{none}");
    assert!(!world.state_dir().exists());
}

const RULES: &str = "[rules.guard]\nmatch_command = [\"git push --force\"]\naction = \"deny\"\nmessage = \"ask first\"\n\
                     [rules.tests]\nmatch_tool = [\"bash\"]\nmatch_command = [\"cargo test\"]\naction = \"approve\"\n\
                     [rules.cap]\nmatch_cost_above = 20\naction = \"terminate\"\n\
                     [rules.all]\nmatch_project = [\"api\"]\n";

#[test]
fn its_rules_are_taken_over_once_and_what_allows_only_if_said() {
    let world = world();
    let config = user_config(&world, &format!("interval = 5\n{RULES}"));
    let file = config.with_file_name("rules.toml");
    std::fs::write(&file, "# mine\n[[rules]]\nname = \"guard\"\ntool = [\"WebFetch\"]\naction = \"ask\"\n")
        .unwrap();
    let mine = std::fs::read_to_string(&file).unwrap();
    let would = json(&world, &["import", "--json"]);
    assert_eq!(
        fates(&would),
        [
            ("[defaults] interval", "not-taken"),
            ("[rules.guard] match_command", "taken"),
            ("[rules.guard] action", "taken"),
            ("[rules.guard] message", "taken"),
            ("[rules.tests] match_tool", "proposed"),
            ("[rules.tests] match_command", "proposed"),
            ("[rules.tests] action", "proposed"),
            ("[rules.cap] match_cost_above", "taken"),
            ("[rules.cap] action", "taken"),
            ("[rules.all] match_project", "not-taken"),
        ]
    );
    assert_eq!(would["config"]["rules"]["added"], json!(["guard (2)", "cap"]));
    let text = world.run(["import"]).success().stdout;
    assert!(
        text.contains("Would add 2 rules and triggers") && text.contains("1 rule would allow something"),
        "{text}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), mine, "nothing is written");
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains("proven to be the session's"), "nothing of it is cut: {text}");
    let old = world.write("old.toml", std::fs::read_to_string(&config).unwrap());
    world.run(["import", "--apply"]).success();
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.starts_with(&mine), "what is there stays: {written}");
    let listed = json(&world, &["rules", "ls", "--json"]);
    let names: Vec<&Value> = listed["rules"].as_array().unwrap().iter().map(|rule| &rule["name"]).collect();
    assert_eq!(names, ["guard", "guard (2)"]);
    assert_eq!(listed["rules"][1]["reason"], "ask first");
    assert_eq!(
        listed["triggers"],
        json!([{ "name": "cap", "cost_above": 20.0, "action": "stop", "times": 1, "done": 0 }])
    );
    // From the old file again nothing is added.
    let again = |args: &[&str]| {
        let args = [&["import", "--apply", "--json", "--from"], &[old.to_str().unwrap()][..], args].concat();
        json(&world, &args)["config"]["rules"].clone()
    };
    let same = again(&[]);
    assert_eq!((&same["added"], &same["written"]), (&json!([]), &json!(false)));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    // An agent does not make itself a rule that allows.
    let inside = ["import", "--apply", "--allow", "--from", old.to_str().unwrap()];
    let refused = world.cmd().args(inside).env("CLAUDECODE", "1").run().fails_with(2);
    assert!(refused.stderr.contains("is for people"), "{}", refused.stderr);
    assert_eq!(again(&["--allow"])["added"], json!(["tests"]));
    assert_eq!(again(&["--allow"])["added"], json!([]));
    assert_eq!(again(&[])["proposed"], json!([]));
    world.run(["rules", "test"]).success();
}

#[test]
fn a_policy_of_it_is_printed_in_new_words() {
    let world = world();
    let old = "[deny]\ncommands = [\"git push --force\", \"DROP TABLE\"]\ntools = [\"WebFetch\"]\n";
    let file = world.write("work/.claudectl/policy.toml", old);
    let checked = world.run(["policy", "check"]).fails_with(1).stdout;
    assert!(
        checked.contains("this is a policy of the published claudectl")
            && checked.contains("claudectl import --policy FILE"),
        "{checked}"
    );
    let new = world.run(["import", "--policy", file.to_str().unwrap()]).success().stdout;
    assert!(new.contains("# left out: \"DROP TABLE\" is no command"), "{new}");
    let made = json(&world, &["import", "--policy", file.to_str().unwrap(), "--json"]);
    assert_eq!(
        (made["text"].as_str().unwrap(), made["left_out"].as_array().unwrap().len()),
        (new.as_str(), 1)
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), old, "it is only read");
    std::fs::write(&file, new).unwrap();
    let checked = world.run(["policy", "check"]).success().stdout;
    assert!(checked.contains("2 rules"), "{checked}");
    let refused = world.run(["import", "--policy", file.to_str().unwrap()]).fails_with(2);
    assert!(refused.stderr.contains("is no policy of the published claudectl"), "{}", refused.stderr);
    world.run(["import", "--policy", "nowhere.toml"]).fails_with(2);
}
