//! Files of rules and policies: how they are written, whose they have to be, and what is told where they are odd.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::world;

const DENY_LS: &str = "[[rules]]\nname = \"no ls\"\ncommand = [\"ls\"]\naction = \"deny\"\n";

fn rules_file(world: &World) -> PathBuf {
    world.home().join(".config/claudectl/rules.toml")
}

fn rules(world: &World, text: &str) {
    world.write("home/.config/claudectl/rules.toml", text);
}

fn repository(world: &World) {
    std::fs::create_dir_all(world.work_dir().join(".git")).unwrap();
    std::fs::write(world.work_dir().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
}

fn policy_file(world: &World) -> PathBuf {
    world.work_dir().join(".claudectl/policy.toml")
}

#[track_caller]
fn verdict(world: &World, command: &str) -> String {
    world.run(["gate", "check", "--json", command]).json()["verdict"].as_str().unwrap().to_owned()
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn one_command_is_allowed_at_a_time() {
    let world = world();
    let out = world.run(["gate", "allow", "cargo", "test", "--for", "20m"]).fails_with(2);
    assert!(out.stderr.contains("\n  fix: claudectl gate allow 'cargo test'\n"), "{}", out.stderr);
    assert_eq!(verdict(&world, "cargo publish"), "ask", "nothing was allowed");
    let out = world.run(["gate", "allow", "cargo test", "cargo build"]).fails_with(2);
    assert!(out.stderr.contains("one after the other: claudectl gate allow 'cargo test'"), "{}", out.stderr);
    let out = world.run(["gate", "allow", "--tool", "Write", "a.md", "b.md"]).fails_with(2);
    assert!(out.stderr.contains("claudectl gate allow --tool 'Write' 'a.md'"), "{}", out.stderr);
    for nothing in [["--tool", "write", "a.md"], ["--tool", "Write", "~bob/x"]] {
        let out = world.run([&["gate", "allow"][..], &nothing].concat()).fails_with(2);
        assert!(out.stderr.contains("would allow nothing"), "{}", out.stderr);
    }
    world.run(["gate", "allow", "cargo test"]).success();
    assert_eq!([verdict(&world, "cargo test -p x"), verdict(&world, "cargo publish")], ["allow", "ask"]);
}

#[test]
fn a_rule_goes_in_and_out_of_a_list_between_brackets() {
    let world = world();
    rules(
        &world,
        "# mine\nrules = [\n  # it breaks\n  {name = \"a\", command = [\"make\"], action = \"deny\"},\n]\n",
    );
    world.run(["rules", "add", "--action", "deny", "--command", "ls", "--session", "s-1"]).success();
    let text = std::fs::read_to_string(rules_file(&world)).unwrap();
    let expected = "# mine\n# it breaks\n[[rules]]\nname = \"a\"\ncommand = [\"make\"]\naction = \"deny\"\n\n[[rules]]\nname = \"deny ls\"\ncommand = [\"ls\"]\nsession = [\"s-1\"]\naction = \"deny\"\n";
    assert_eq!(text, expected);
    rules(&world, "rules = [{name = \"a\", command = [\"make\"], action = \"deny\"}]\n");
    assert_eq!(verdict(&world, "make"), "deny");
    world.run(["rules", "rm", "a"]).success();
    assert_eq!(verdict(&world, "make"), "ask");
    let out = world.run(["rules", "add", "--action", "deny", "--command", "x", "--name", ""]).fails_with(2);
    assert!(out.stderr.contains("its name is empty") && out.stderr.contains("fix: "), "{}", out.stderr);
    // A day so far off that it has no end.
    let far = ["rules", "add", "--action", "deny", "--command", "far", "--expires", "9999-12-31"];
    world.run(far).success();
    rules(&world, &format!("{DENY_LS}expires = \"9999-12-31\"\n"));
    assert_eq!(verdict(&world, "ls"), "deny");
}

#[test]
fn rules_that_cannot_be_read_are_not_the_same_as_none() {
    let world = world();
    let file = rules_file(&world);
    rules(&world, DENY_LS);
    let gone = file.with_file_name("gone.toml");
    let told = |why: &str| {
        assert_eq!(verdict(&world, "ls"), "ask", "{why}");
        assert_eq!(verdict(&world, "rm -rf /"), "deny", "{why}");
        let out = world.run(["rules", "test"]).fails_with(1);
        assert!(out.stdout.contains("rules.toml:1:1") && out.stdout.contains(why), "{}", out.stdout);
        let checked = world.run(["rules", "test", "--json"]).json();
        assert!(checked["mistakes"][0]["what"].as_str().unwrap().contains(why), "{checked}");
        let out = world.run(["rules", "ls"]).success();
        assert!(out.stdout.contains("rules.toml: ") && out.stdout.contains(why), "{}", out.stdout);
        assert!(!out.stdout.contains("No rule counts"), "{}", out.stdout);
        let out = world.run(["rules", "add", "--action", "deny", "--command", "x"]).fails_with(3);
        assert!(out.stderr.contains(why) && out.stderr.contains("fix: "), "{}", out.stderr);
    };
    // A file that is kept on a disk which is not there.
    std::fs::rename(&file, &gone).unwrap();
    symlink(&gone, &file).unwrap();
    assert_eq!(verdict(&world, "ls"), "deny", "a link is as good as its file");
    std::fs::rename(&gone, file.with_file_name("aside")).unwrap();
    told("it cannot be read: it is a link that leads nowhere");
    std::fs::remove_file(&file).unwrap();
    symlink(&file, &file).unwrap();
    told("it cannot be read: Too many levels of symbolic links");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    told("it cannot be read: it is not a regular file");
    // The same of the folder.
    let folder = file.parent().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    symlink("nowhere", folder).unwrap();
    let out = world.run(["rules", "test"]).fails_with(1);
    assert!(out.stdout.contains("the folder claudectl is a link that leads nowhere"), "{}", out.stdout);
    assert_eq!(verdict(&world, "ls"), "ask");
    std::fs::remove_file(folder).unwrap();
    assert_eq!(verdict(&world, "ls"), "allow");
    world.run(["rules", "test"]).success();
}

#[test]
fn rules_that_others_may_write_are_not_followed() {
    let world = world();
    rules(&world, "[[rules]]\nname = \"a\"\ncommand = [\"unheard-of\"]\naction = \"allow\"\n");
    let file = rules_file(&world);
    assert_eq!(verdict(&world, "unheard-of"), "allow");
    std::fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    assert_eq!([verdict(&world, "unheard-of"), verdict(&world, "ls")], ["ask", "ask"]);
    let out = world.run(["rules", "test"]).fails_with(1);
    assert!(out.stdout.contains("rules.toml:1:1  anyone may write it"), "{}", out.stdout);
    assert!(
        out.stdout.contains("/rules.toml\n") && out.stdout.contains("fix: chmod go-w "),
        "{}",
        out.stdout
    );
    let doctor = world.run(["doctor", "--json"]).fails_with(1).stdout;
    let doctor: Value = serde_json::from_str(&doctor).unwrap();
    let rules =
        || doctor["checks"].as_array().unwrap().iter().find(|check| check["name"] == "rules").unwrap();
    assert!(rules()["message"].as_str().unwrap().contains("anyone may write it"), "{}", rules());
    std::fs::set_permissions(&file, Permissions::from_mode(0o664)).unwrap();
    assert_eq!(verdict(&world, "unheard-of"), "allow");
    // A repository's are whoever's.
    repository(&world);
    world.run(["policy", "init"]).success();
    std::fs::set_permissions(policy_file(&world), Permissions::from_mode(0o666)).unwrap();
    assert_eq!([verdict(&world, "ls"), verdict(&world, "cargo publish")], ["allow", "deny"]);
}

#[test]
fn what_is_made_is_the_persons_alone() {
    let world = world();
    let folder = world.home().join(".config/claudectl");
    assert!(!folder.exists());
    world.run(["rules", "add", "--action", "deny", "--command", "x"]).success();
    world.run(["gate", "mode", "guard"]).success();
    let modes = [mode(&folder), mode(&rules_file(&world)), mode(&folder.join("config.toml"))];
    assert_eq!(modes, [0o700, 0o600, 0o600]);
    // What is there stays as it is.
    std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(rules_file(&world), Permissions::from_mode(0o644)).unwrap();
    world.run(["rules", "add", "--action", "deny", "--command", "y"]).success();
    assert_eq!([mode(&folder), mode(&rules_file(&world))], [0o755, 0o644]);
}

#[test]
fn a_policy_that_cannot_be_read_is_told_as_its_mistakes_are() {
    let world = world();
    repository(&world);
    let sub = world.work_dir().join("sub");
    std::fs::create_dir_all(sub.join(".claudectl")).unwrap();
    std::fs::write(sub.join(".claudectl/policy.toml"), "[[rules]]\ncomand = \"ls\"\naction = \"deny\"\n")
        .unwrap();
    let file = policy_file(&world);
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let told = |why: &str| {
        let args = ["policy", "check", "--cwd", sub.to_str().unwrap()];
        let out = world.run(args).fails_with(1);
        assert!(out.stdout.contains(&format!("policy.toml:1:1  {why}")), "{}", out.stdout);
        assert!(out.stdout.contains("no key comand"), "the others are told, too: {}", out.stdout);
        let checked = world.run([&args[..], &["--json"]].concat()).json();
        assert!(checked[0]["mistakes"][0]["what"].as_str().unwrap().contains(why), "{checked}");
        assert!(
            checked[0]["mistakes"][0]["fix"].is_string() && checked[1]["mistakes"][0]["line"] == 2,
            "{checked}"
        );
        let out = world.run(["policy", "show"]).success();
        assert!(out.stdout.contains(why) && !out.stdout.contains("No policy counts"), "{}", out.stdout);
        assert_eq!(verdict(&world, "ls"), "ask", "{why}");
    };
    std::fs::write(&file, b"\xff\xfe").unwrap();
    told("it cannot be read: it is not UTF-8");
    std::fs::remove_file(&file).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &file,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    told("it cannot be read: it is not a regular file");
    std::fs::remove_file(&file).unwrap();
    symlink("/nonexistent", &file).unwrap();
    told("it cannot be read: it is a link that leads nowhere");
    let out = world.run(["policy", "init"]).fails_with(2);
    assert!(out.stderr.contains("policy.toml is a link that leads nowhere"), "{}", out.stderr);
    std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file.parent().unwrap(), "").unwrap();
    told("it cannot be read: .claudectl is no folder");
    let out = world.run(["policy", "init"]).fails_with(2);
    assert!(
        out.stderr.contains(".claudectl is no folder") && out.stderr.contains("move it away"),
        "{}",
        out.stderr
    );
    std::fs::remove_file(file.parent().unwrap()).unwrap();
    assert_eq!(verdict(&world, "ls"), "allow");
    world.run(["policy", "init"]).success();
    let out = world.run(["policy", "init"]).fails_with(2);
    assert!(out.stderr.contains("policy.toml is already there"), "{}", out.stderr);
}

#[test]
fn a_folder_that_is_not_there_is_no_place_to_work_in() {
    let world = world();
    let gone = world.work_dir().join("gone");
    let file = world.work_dir().join("file");
    std::fs::write(&file, "").unwrap();
    for command in [
        &["policy", "init"][..],
        &["policy", "show"],
        &["policy", "check"],
        &["rules", "ls"],
        &["rules", "test", "ls"],
        &["gate", "check", "ls"],
        &["gate", "explain", "ls"],
    ] {
        let at = |folder: &Path| {
            world.run([command, &["--cwd", folder.to_str().unwrap()]].concat()).fails_with(2).stderr
        };
        let (no, odd) = (at(&gone), at(&file));
        assert!(no.contains("there is no folder") && no.contains("fix: name one"), "{command:?}: {no}");
        assert!(odd.contains("file is no folder"), "{command:?}: {odd}");
    }
    assert!(!gone.exists());
}

#[test]
fn a_rule_that_has_ended_is_marked() {
    let mut world = world();
    repository(&world);
    let ending = |name: &str, at: &str| {
        format!("[[rules]]\nname = \"{name}\"\ncommand = [\"ls\"]\naction = \"deny\"\nexpires = \"{at}\"\n")
    };
    world.set_now("2026-11-24T12:00:00Z");
    let text = [ending("over", "2026-11-24T12:00:00Z"), ending("still", "2026-11-24")].join("\n");
    rules(&world, &text);
    world.run(["policy", "init"]).success();
    std::fs::write(policy_file(&world), &text).unwrap();
    let mine = world.run(["rules", "ls", "--json"]).json()["rules"].clone();
    let team = world.run(["policy", "show", "--json"]).json()["policies"][0]["rules"].clone();
    let marks = |rules: &Value, by: &str| -> Vec<Value> {
        let own = rules.as_array().unwrap().iter().filter(|rule| rule["by"] == by);
        own.map(|rule| json!([rule["name"], rule["expired"], rule["expires"]])).collect()
    };
    let expected = [
        json!(["over", true, "2026-11-24T12:00:00.000Z"]),
        json!(["still", false, "2026-11-25T00:00:00.000Z"]),
    ];
    assert_eq!((marks(&mine, "you"), marks(&team, "policy")), (expected.to_vec(), expected.to_vec()));
    for command in [["rules", "ls"], ["policy", "show"]] {
        insta::assert_snapshot!(command.join("-"), world.run(command).success().snapshot());
    }
}
