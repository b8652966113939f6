use std::path::Component;

use proptest::prelude::*;

use super::*;
use crate::egress::{HOMES, taint};

const PAGE: &str = "---\nname: Release Notes\ndescription: \"Writes: notes\"\nversion: 2\n---\n# Notes\n\n```bash\n# jq is not run here\nTOKEN=x GH_HOST=y /usr/local/bin/gh release list | jq -r .x && cd x; brew install foo\n```\n\n```json\n{\"git\": 1}\n```\n";

#[test]
fn a_page_says_what_it_is_and_what_it_needs() {
    let Ok(Body::Skill(skill)) = read_page(Kind::Skill, PAGE) else { panic!("a skill") };
    assert_eq!(
        (skill.name.as_str(), skill.description.as_str(), skill.version.as_str()),
        ("Release Notes", "Writes: notes", "2")
    );
    assert_eq!(
        (skill.requires.cli, skill.requires.os),
        (vec!["brew".to_owned(), "gh".into(), "jq".into()], vec!["macos".to_owned()])
    );
    assert_eq!(skill.body, PAGE);
    let told = PAGE.replace(
        "version: 2",
        "requires_cli: gh, git\nrequires_os: linux\nrequires_min_version: 1.2\nargument-hint: '[TAG]'",
    );
    let Ok(Body::Command(command)) = read_page(Kind::Command, &told) else { panic!("a command") };
    assert_eq!(
        (command.requires.cli, command.args.as_deref()),
        (vec!["gh".to_owned(), "git".into()], Some("[TAG]"))
    );
    assert_eq!(
        (command.requires.os, command.requires.min_version.as_deref()),
        (vec!["linux".to_owned()], Some("1.2"))
    );
    assert_eq!(read_page(Kind::Skill, "# Notes"), Err(BadPage::NoFrontMatter));
    assert_eq!(read_page(Kind::Skill, "---\nname: x\n"), Err(BadPage::NoFrontMatter), "it has no end");
    assert_eq!(read_page(Kind::Skill, "---\nx: y\n---\n"), Err(BadPage::Missing("name")));
    assert_eq!(read_page(Kind::Rule, PAGE), Err(BadPage::Kind("rule")));
    let outside = PAGE.replace("Release Notes", "../x");
    assert_eq!(read_page(Kind::Skill, &outside), Err(BadPage::Refused(Refused::Name("the name"))));
    let hook = "---\nevent: PreToolUse\nmatcher: Bash\n---\n{\"command\": \"/home/annika/x $SECRET_NAME\"}\n";
    let Ok(Body::HookConfig(hook)) = read_page(Kind::HookConfig, hook) else { panic!("a hook") };
    assert_eq!(hook.config_json, r#"{"command": "$HOME/x $VARIABLE"}"#);
}

#[test]
fn what_is_in_the_way_is_told() {
    let here =
        Here { os: "linux", version: "1.10.0-beta", agents: &["claude-code"], has: &|name| name == "gh" };
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let none = Requires::default();
    assert_eq!(issues(&none, &here), None);
    let found = |requires: Requires| issues(&requires, &here).unwrap_or_default();
    assert_eq!(found(Requires { cli: list(&["gh"]), ..none.clone() }), []);
    assert_eq!(found(Requires { os: list(&["macos", "Linux"]), ..none.clone() }), []);
    let all = Requires {
        agents: list(&["codex"]),
        cli: list(&["jq", "x/gh"]),
        min_version: Some("1.10.1".into()),
        os: list(&["macos"]),
    };
    let all = found(all);
    assert_eq!(
        all,
        [Issue::Os, Issue::Version, Issue::Agent, Issue::Cli("jq".into()), Issue::Cli("x/gh".into())]
    );
    assert_eq!(all.iter().map(Issue::word).collect::<Vec<_>>(), ["!os", "!ver", "!agent", "!cli", "!cli"]);
    assert_eq!(all.iter().filter(|issue| issue.blocks()).count(), 3);
    assert!(numbers("v1.9") < numbers("1.10.0") && numbers("x") == [0, 0, 0]);
    assert!(format!("{here:?}").contains("linux"));
}

fn named(name: &str) -> [Body; 2] {
    let text = || "text".to_owned();
    [
        Body::Skill(Skill {
            body: text(),
            description: text(),
            name: name.into(),
            requires: Requires::default(),
            version: text(),
        }),
        Body::Command(Command {
            args: None,
            body: text(),
            description: text(),
            name: name.into(),
            requires: Requires::default(),
        }),
    ]
}

#[test]
fn files_go_where_they_belong() {
    let [skill, command] = named("Release Notes");
    assert_eq!(installed_path(&skill), Some("skills/release-notes/SKILL.md".into()));
    assert_eq!(installed_path(&command), Some("commands/release-notes.md".into()));
    let claim = ClaimId::from_bytes([0xab; 32]);
    assert_eq!(
        quarantine_path(&claim, &command),
        Some(PathBuf::from("ab".repeat(32)).join("release-notes.md"))
    );
    assert_eq!(quarantine_path(&claim, &skill), Some(PathBuf::from("ab".repeat(32)).join("SKILL.md")));
    for name in ["con", "NUL.x", "com1", "Lpt9", "../x", "/x", ".x", "x/y", "x\0", "ｘ", "x..y", ""] {
        assert!(named(name).iter().all(|body| installed_path(body).is_none()), "{name:?}");
    }
    assert!(named("console").iter().all(|body| installed_path(body).is_some()));
    let hook = HookConfig {
        config_json: "{}".into(),
        description: String::new(),
        event: "Stop".into(),
        matcher: String::new(),
        requires: Requires::default(),
    };
    assert_eq!(installed_path(&Body::HookConfig(hook)), None, "a hook is only shown");
}

#[test]
fn a_hook_on_one_line_loses_each_of_its_secrets() {
    for sample in claudectl_redact::samples::one_of_each(3) {
        let twice = format!("{} {}", sample.text, sample.text);
        let clean = cleaned_hook(&twice);
        assert_eq!(sample.part_in(&clean), None, "{}", sample.kind);
    }
    let json = r#"{"env":{"password":"hunter2hunter2","api_key":"b7Qk2xZr9LmPt4Vw"},"run":"${MY_TOKEN_NAME}/$HOME/x $a C:\\Users\\annika\\x"}"#;
    let clean = cleaned_hook(json);
    for part in ["hunter2", "b7Qk2x", "MY_TOKEN", "annika"] {
        assert!(!clean.contains(part), "{part} in {clean}");
    }
    assert!(clean.contains("${VARIABLE}/$HOME/x $a"), "{clean}");
}

proptest! {
    #[test]
    fn no_name_leads_out(name in "\\PC{0,20}|[a-zA-Z0-9 ._-]{1,20}|(\\.\\./){1,3}[a-z]{1,3}") {
        for body in named(&name) {
            let paths = [installed_path(&body), quarantine_path(&ClaimId::from_bytes([1; 32]), &body)];
            for path in paths.into_iter().flatten() {
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{path:?}");
            }
        }
    }

    #[test]
    fn cleaning_ends_and_leaves_nothing_private(
        text in "\\PC{0,60}",
        before in prop_oneof![
            prop::sample::select(&HOMES[..]).prop_map(|home| format!("/{home}/")),
            prop::sample::select(&[" -Users-", "$", "${"][..]).prop_map(str::to_owned),
        ],
        name in "[A-Z]{1,5}[a-z/]{0,5}",
    ) {
        let clean = cleaned_hook(&[text.as_str(), &before, &name, &text].concat());
        prop_assert!(!matches!(taint(&clean), Some(crate::egress::Taint::Home)), "{}", clean);
        prop_assert_eq!(cleaned_hook(&clean), clean);
    }
}
