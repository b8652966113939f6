//! What `docs/gate.md` says is so: its rules can be read, its answers are those given.

use claudectl_gate::file;
use claudectl_gate::host::seen;
use claudectl_gate::judge::{Policy, judge};
use claudectl_gate::rules::{Circumstances, Maker, Rule};
use claudectl_gate::tools;
use claudectl_shell::facts::{Facts, NoFacts, Place};
use serde_json::{Value, json};

const GUIDE: &str = include_str!("../../../../docs/gate.md");
const ROOT: &str = "/home/me/api";

struct Api;

impl Facts for Api {
    fn tracked(&self, path: &str) -> Option<bool> {
        Some(path == "/home/me/api/src/main.rs")
    }

    fn resolved(&self, path: &str) -> Option<String> {
        NoFacts.resolved(path)
    }

    fn text(&self, path: &str) -> Option<String> {
        NoFacts.text(path)
    }

    fn executable(&self, _: &str) -> Option<bool> {
        None
    }
}

/// The verdict and the reason, as `gate check` prints them.
fn answer(tool: &str, input: &Value, rules: &[(Maker, Rule)]) -> String {
    let place = Place { home: "/home/me", folder: Some(ROOT), root: Some(ROOT), facts: &Api };
    let policy = Policy { rules: rules.to_vec(), ..Policy::default() };
    let call = Circumstances { tool: tool.to_owned(), root: ROOT.to_owned(), ..Circumstances::default() };
    let verdict = judge(&tools::report(tool, input, place), &policy, &call);
    format!("{}  {}", verdict.action.word(), verdict.reason)
}

/// The rules of the page: of a person, of a person who lifts a refusal, of a team.
fn rules() -> Vec<Vec<(Maker, Rule)>> {
    let makers = [Maker::Person, Maker::Person, Maker::Team];
    let blocks: Vec<&str> =
        GUIDE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), makers.len());
    let read = |(block, maker): (&str, Maker)| {
        let rules = file::read(block, maker, &|_| Some(1_000)).unwrap_or_else(|found| panic!("{found:?}"));
        rules.into_iter().map(|rule| (maker, rule)).collect()
    };
    blocks.into_iter().zip(makers).map(read).collect()
}

/// The argument of a command in quotes, and what stands behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|letter| matches!(letter, '\'' | '"'))?;
    text[1..].split_once(quote)
}

#[test]
fn what_the_host_was_seen_to_do_stands_there() {
    for place in seen::Place::ALL {
        let table = seen::page(place);
        assert!(GUIDE.contains(&table), "docs/gate.md does not have this table:\n{table}");
    }
    assert!(GUIDE.contains(&format!("Claude Code {}", seen::VERSION)));
}

#[test]
fn each_answer_in_a_table_is_given() {
    let [person, explicit, _] = <[_; 3]>::try_from(rules()).unwrap();
    let mut count = 0;
    let table = GUIDE.split("| Call | Verdict | Why |\n").nth(1).unwrap();
    for line in table.lines().skip(1).take_while(|line| line.starts_with('|')) {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let command = cells.next().unwrap().trim_matches('`');
        let said = answer("Bash", &json!({ "command": command }), &person);
        assert_eq!(said.split(' ').next(), cells.next(), "{command}: {said}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
    let gone = json!({ "command": "rm -rf /opt/old/lib" });
    assert!(answer("Bash", &gone, &[]).starts_with("deny"));
    assert!(answer("Bash", &gone, &explicit).starts_with("allow"));
}

#[test]
fn each_answer_on_a_terminal_is_given() {
    let all: Vec<(Maker, Rule)> = rules().into_iter().flatten().collect();
    let mut count = 0;
    let (plain, with_rules) = GUIDE.split_once("With the two rules above, and with the policy").unwrap();
    let (with_rules, rest) = with_rules.split_once("`--batch`").unwrap();
    for (part, rules) in [(plain, &[][..]), (with_rules, &all), (rest, &[])] {
        let mut lines = part.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(call) = ["$ claudectl gate check ", "$ claudectl gate explain "]
                .into_iter()
                .find_map(|head| line.strip_prefix(head))
            else {
                continue;
            };
            let (tool, input) =
                match call.strip_prefix("--tool ").and_then(|rest| rest.split_once(" --input ")) {
                    Some((tool, input)) => (tool, serde_json::from_str(quoted(input).unwrap().0).unwrap()),
                    None => ("Bash", json!({ "command": quoted(call).unwrap().0 })),
                };
            assert_eq!(lines.peek().copied(), Some(answer(tool, &input, rules).as_str()), "{call}");
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}
