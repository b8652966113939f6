//! Rules as text: added to a file and taken out of it, with all else left as it is.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use crate::rules::Rule;

/// How a moment (milliseconds since the epoch) is written.
pub type Moment<'a> = &'a dyn Fn(i64) -> String;

/// A rule as it stands in a file, without its heading.
#[must_use]
pub fn table(rule: &Rule, moment: Moment<'_>) -> Table {
    let mut table = Table::new();
    let mut list = |key: &str, words: Vec<&str>| {
        if !words.is_empty() {
            table.insert(key, value(words.into_iter().collect::<Array>()));
        }
    };
    // The name comes first, what it answers last.
    let name = rule.name.as_str();
    list("tool", texts(&rule.tools));
    list("command", texts(&rule.commands));
    list("path", texts(&rule.paths));
    list("effect", rule.effects.iter().map(|effect| effect.word()).collect());
    list("scope", rule.scopes.iter().map(|scope| scope.word()).collect());
    list("project", texts(&rule.projects));
    list("mode", texts(&rule.modes));
    list("session", texts(&rule.sessions));
    let mut first = Table::new();
    if !name.is_empty() {
        first.insert("name", value(name));
    }
    first.extend(table);
    if let Some(usd) = rule.cost_above {
        first.insert("cost_above", value(usd));
    }
    if let Some(wanted) = rule.conflict {
        first.insert("conflict", value(wanted));
    }
    if let Some(wanted) = rule.last_error {
        first.insert("last_error", value(wanted));
    }
    if rule.fits_all() {
        first.insert("match_all", value(true));
    }
    if let Some(action) = rule.action {
        first.insert("action", value(action.word()));
    }
    if let Some(reason) = &rule.reason {
        first.insert("reason", value(reason.as_str()));
    }
    if let Some(at) = rule.expires {
        first.insert("expires", value(moment(at)));
    }
    first
}

fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

/// The text of a rule alone.
#[must_use]
pub fn text(rule: &Rule, moment: Moment<'_>) -> String {
    format!("[[rules]]\n{}", table(rule, moment))
}

/// The file with a rule more, at its end. `None` where `rules` is no list of tables, or the text is no TOML.
#[must_use]
pub fn added(file: &str, rule: &Rule, moment: Moment<'_>) -> Option<String> {
    let document: DocumentMut = file.parse().ok()?;
    match document.get("rules") {
        None | Some(Item::ArrayOfTables(_)) => {}
        Some(_) => return None,
    }
    // Behind all that is there, whatever sections stand between.
    let gap = if file.is_empty() || file.ends_with("\n\n") {
        ""
    } else if file.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    Some(format!("{file}{gap}{}", text(rule, moment)))
}

/// The file without a rule, by its name. `None` where there is none of that name.
#[must_use]
pub fn without(file: &str, name: &str) -> Option<String> {
    let mut document: DocumentMut = file.parse().ok()?;
    let rules: &mut ArrayOfTables = document.get_mut("rules")?.as_array_of_tables_mut()?;
    let at = (0..rules.len()).find(|at| {
        let named = rules.get(*at).and_then(|rule| rule.get("name")).and_then(Item::as_str);
        named.map_or_else(|| format!("#{}", at + 1) == name, |named| named == name)
    })?;
    // A comment that a blank line parts from the rule is not about it alone.
    let before = rules.get(at).and_then(|rule| rule.decor().prefix()?.as_str()).unwrap_or_default();
    let kept = before.rfind("\n\n").map(|end| before[..end + 2].to_owned()).unwrap_or_default();
    rules.remove(at);
    match rules.get_mut(at) {
        Some(next) => {
            let own = next.decor().prefix().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
            next.decor_mut().set_prefix(kept + own.trim_start_matches('\n'));
        }
        None => {
            let end = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing(if kept.trim().is_empty() { end } else { kept + &end });
        }
    }
    if document.get("rules").and_then(Item::as_array_of_tables).is_some_and(ArrayOfTables::is_empty) {
        document.remove("rules");
    }
    Some(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file;
    use crate::rules::{Action, Maker};
    use claudectl_shell::effect::{Effect, Scope};

    fn whole() -> Rule {
        let texts = |text: &str| vec![text.to_owned()];
        Rule {
            name: "mine".to_owned(),
            tools: texts("Bash"),
            commands: texts("git push"),
            paths: texts("src/**"),
            effects: vec![Effect::Delete],
            scopes: vec![Scope::Temp],
            projects: texts("api"),
            modes: texts("plan"),
            sessions: texts("a"),
            cost_above: Some(2.5),
            conflict: Some(true),
            last_error: Some(false),
            action: Some(Action::Ask),
            reason: Some("say \"why\"".to_owned()),
            expires: Some(7),
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let read = |text: &str| file::read(text, Maker::Person, &|text| text.parse().ok()).unwrap();
        for rule in [whole(), Rule { name: "all".to_owned(), action: Some(Action::Deny), ..Rule::default() }]
        {
            let text =
                added("# mine\n\n[[rules]]\naction = \"ask\"\ntool = \"Read\"", &rule, &|at| at.to_string());
            let text = text.unwrap();
            assert_eq!(read(&text)[1], rule, "{text}");
            let less = without(&text, &rule.name).unwrap();
            assert_eq!(less, "# mine\n\n[[rules]]\naction = \"ask\"\ntool = \"Read\"\n", "{text}");
            let none = without(&without(&text, "#1").unwrap(), &rule.name).unwrap();
            assert_eq!(none.trim(), "# mine", "{text}");
        }
        assert_eq!(without("", "x"), None);
        assert_eq!(added("rules = 1", &whole(), &|at| at.to_string()), None);
    }
}
