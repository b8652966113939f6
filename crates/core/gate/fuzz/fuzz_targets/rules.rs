//! Any text as a file of rules: it is taken as a whole or not at all, what is taken is meant, and whatever it says, a
//! repository allows nothing and a refusal stays one.

#![no_main]

use claudectl_gate::file;
use claudectl_gate::judge::{Policy, judge};
use claudectl_gate::rules::{Action, Circumstances, Maker};
use claudectl_shell::analyse;
use claudectl_shell::facts::{NoFacts, Place};
use libfuzzer_sys::fuzz_target;

const ROOT: &str = "/home/me/work";

fuzz_target!(|text: &str| {
    let moment = |text: &str| i64::try_from(text.len()).ok();
    let lines = text.matches('\n').count() + 1;
    for maker in [Maker::Team, Maker::Person, Maker::Grant] {
        let rules = match file::read(text, maker, &moment) {
            Ok(rules) => rules,
            Err(mistakes) => {
                assert!(!mistakes.is_empty());
                assert!(
                    mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line) && mistake.column > 0)
                );
                continue;
            }
        };
        for rule in &rules {
            assert!(rule.action.is_some() && !rule.name.is_empty());
            assert!(maker != Maker::Team || rule.action != Some(Action::Allow));
            assert!(!rule.fits_all() || text.contains("match_all"), "{rule:?}");
        }
        let explicit = rules.iter().any(|rule| rule.action == Some(Action::Allow) && rule.is_explicit());
        let policy =
            Policy { rules: rules.into_iter().map(|rule| (maker, rule)).collect(), ..Policy::default() };
        let call =
            Circumstances { tool: "Bash".to_owned(), root: ROOT.to_owned(), ..Circumstances::default() };
        for (command, refused) in [("ls src", false), ("cat .env; rm a > b", false), ("rm -rf /", true)] {
            let place = Place { home: "/home/me", folder: Some(ROOT), root: Some(ROOT), facts: &NoFacts };
            let verdict = judge(&analyse(command, place), &policy, &call);
            assert!(!refused || explicit || verdict.action == Action::Deny, "{verdict:?}");
        }
    }
});
