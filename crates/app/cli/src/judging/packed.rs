//! Rules as the snapshot has them: a line each, with the programs that it is about before it, so that of rules which are
//! about other programs nothing more is read. What a hook costs then hardly depends on how many rules there are.
//!
//! ```text
//! =person
//! cargo make<tab>{"name":"builds","command":["cargo *","make"],"action":"allow"}
//! *<tab>{"name":"keys","path":["**/*.pem"],"action":"deny"}
//! =policy 5e1f…
//! !"why its rules cannot be followed"
//! ```

use claudectl_gate::rules::Rule;
use serde_json::Error;

use super::compiled::Rules;

/// It is about whatever is done, by any program.
const ANY: &str = "*";

/// Puts groups of rules into words.
pub(crate) fn pack<'a>(groups: impl IntoIterator<Item = (String, &'a Rules)>) -> Result<String, Error> {
    let mut text = String::new();
    for (name, rules) in groups {
        text.push_str(&format!("={name}\n"));
        match rules {
            Ok(rules) => {
                for rule in rules {
                    text.push_str(&format!("{}\t{}\n", heads(rule), serde_json::to_string(rule)?));
                }
            }
            Err(why) => text.push_str(&format!("!{}\n", serde_json::to_string(why)?)),
        }
    }
    Ok(text)
}

/// The first words of its commands.
fn heads(rule: &Rule) -> String {
    let mut heads: Vec<&str> =
        rule.commands.iter().filter_map(|command| command.split_whitespace().next()).collect();
    heads.sort_unstable();
    heads.dedup();
    // What begins a line in another way would not be taken for a rule.
    let odd = |head: &&str| *head == ANY || head.starts_with(['=', '!']);
    if heads.is_empty() || heads.iter().any(odd) {
        return ANY.to_owned();
    }
    heads.join(" ")
}

/// The rules of a group that may be about a call, which runs programs of these names; `None` if the group is not there.
pub(crate) fn pick(text: &str, group: &str, runs: impl Fn(&str) -> bool) -> Option<Rules> {
    let begin = text.match_indices(group).map(|(at, _)| at).find(|at| {
        text[..*at].ends_with('=')
            && (*at == 1 || text[..*at - 1].ends_with('\n'))
            && text[at + group.len()..].starts_with('\n')
    })?;
    // From the end of its own line on.
    let own = &text[begin + group.len()..];
    let own = &own[..own.find("\n=").unwrap_or(own.len())];
    let mut rules = Vec::new();
    for line in own.lines().skip(1) {
        if let Some(why) = line.strip_prefix('!') {
            return Some(Err(serde_json::from_str(why).ok()?));
        }
        let (heads, json) = line.split_once('\t')?;
        if heads == ANY || heads.split(' ').any(&runs) {
            rules.push(serde_json::from_str(json).ok()?);
        }
    }
    Some(Ok(rules))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, commands: &[&str]) -> Rule {
        let commands = commands.iter().map(|&command| command.to_owned()).collect();
        Rule { name: name.to_owned(), commands, ..Rule::default() }
    }

    #[test]
    fn only_what_may_be_about_a_call_is_read() {
        let person = Ok(vec![
            rule("builds", &["make *", "cargo build", "make all"]),
            rule("all", &[]),
            rule("odd \t\n=x", &["x/y.sh go"]),
            rule("a group by its looks", &["=grants", "!x"]),
            rule("the last", &["ls"]),
        ]);
        let (broken, none) = (Err("line 3\n=grant".to_owned()), Ok(Vec::new()));
        let groups = [("none", &none), ("person", &person), ("policy a", &broken), ("last", &none)];
        let text = pack(groups.map(|(name, rules)| (name.to_owned(), rules))).unwrap();
        let picked = |group: &str, runs: &[&str]| {
            let rules = pick(&text, group, |head| runs.contains(&head))?;
            Some(rules.map(|rules| rules.into_iter().map(|rule| rule.name).collect::<Vec<_>>()))
        };
        let names = |names: &[&str]| Some(Ok(names.iter().map(|&name| name.to_owned()).collect()));
        assert_eq!(picked("person", &["ls"]), names(&["all", "a group by its looks", "the last"]));
        assert_eq!(picked("person", &["cargo"]), names(&["builds", "all", "a group by its looks"]));
        assert_eq!(picked("person", &["x/y.sh"]), names(&["all", "odd \t\n=x", "a group by its looks"]));
        assert_eq!(picked("policy a", &["ls"]), Some(Err("line 3\n=grant".to_owned())));
        assert_eq!([picked("none", &["ls"]), picked("last", &["ls"])], [names(&[]), names(&[])]);
        assert_eq!([picked("policy b", &["ls"]), picked("policy", &["ls"])], [None, None]);
        assert_eq!(pick(&text, "person", |_| true).unwrap(), person);
    }

    #[test]
    fn what_is_damaged_is_no_group_of_rules() {
        for text in ["=person\n{\"name\":\"x\"}\n", "=person\n*\t{\"nam\n", "=person\n!line\n", ""] {
            assert_eq!(pick(text, "person", |_| true), None, "{text}");
        }
    }
}
