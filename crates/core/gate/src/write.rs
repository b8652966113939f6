//! Rules and triggers as text: added to a file and taken out of it, with all else left as it is.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use crate::rules::Rule;
use crate::triggers::{Trigger, stretch};

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

/// The text of a trigger alone.
#[must_use]
pub fn trigger(trigger: &Trigger) -> String {
    let mut table = Table::new();
    table.insert("name", value(trigger.name.as_str()));
    let mut list = |key: &str, words: Vec<&str>| {
        if !words.is_empty() {
            table.insert(key, value(words.into_iter().collect::<Array>()));
        }
    };
    list("status", trigger.statuses.iter().map(|state| state.word()).collect());
    list("project", texts(&trigger.projects));
    list("health", texts(&trigger.health));
    for (key, limit) in [("cost_above", trigger.cost_above), ("context_above", trigger.context_above)] {
        if let Some(limit) = limit {
            table.insert(key, value(limit));
        }
    }
    if let Some(lasting) = trigger.lasting {
        table.insert("for", value(stretch(lasting)));
    }
    if let Some(action) = trigger.action {
        table.insert("action", value(action.word()));
    }
    if let Some(message) = &trigger.message {
        table.insert("message", value(message.as_str()));
    }
    if trigger.times != 1 {
        table.insert("times", value(i64::from(trigger.times)));
    }
    format!("[[triggers]]\n{table}")
}

/// The file with a rule more, at its end. `None` where `rules` is no list of tables, or the text is no TOML.
#[must_use]
pub fn added(file: &str, rule: &Rule, moment: Moment<'_>) -> Option<String> {
    appended(file, "rules", &text(rule, moment))
}

/// The file with a trigger more, at its end. `None` where `triggers` is no list of tables, or the text is no TOML.
#[must_use]
pub fn with_trigger(file: &str, more: &Trigger) -> Option<String> {
    appended(file, "triggers", &trigger(more))
}

/// Behind all that is there, whatever sections stand between.
fn appended(file: &str, section: &str, table: &str) -> Option<String> {
    let document: DocumentMut = file.parse().ok()?;
    match document.get(section) {
        None | Some(Item::ArrayOfTables(_)) => {}
        Some(_) => return None,
    }
    let gap = if file.is_empty() || file.ends_with("\n\n") {
        ""
    } else if file.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    Some(format!("{file}{gap}{table}"))
}

/// The file without a rule or a trigger, by its name. `None` where there is none of that name.
#[must_use]
pub fn without(file: &str, name: &str) -> Option<String> {
    let mut document: DocumentMut = file.parse().ok()?;
    ["rules", "triggers"].into_iter().find_map(|section| less(&mut document, section, name))?;
    Some(document.to_string())
}

fn less(document: &mut DocumentMut, section: &str, name: &str) -> Option<()> {
    let tables: &mut ArrayOfTables = document.get_mut(section)?.as_array_of_tables_mut()?;
    let at = (0..tables.len()).find(|at| {
        let named = tables.get(*at).and_then(|table| table.get("name")).and_then(Item::as_str);
        named.map_or_else(|| format!("#{}", at + 1) == name, |named| named == name)
    })?;
    // A comment that a blank line parts from the table is not about it alone.
    let gone = tables.get(at)?;
    let (place, before) = (gone.position(), gone.decor().prefix().and_then(|text| text.as_str()));
    let before = before.unwrap_or_default();
    let gap = before.len() - before.trim_start_matches('\n').len();
    let kept = before[..before.rfind("\n\n").map_or(gap, |end| end + 2)].to_owned();
    tables.remove(at);
    let empty = tables.is_empty();
    if empty {
        document.remove(section);
    }
    match following(document, place) {
        Some(next) => {
            let own = next.decor().prefix().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
            next.decor_mut().set_prefix(kept + own.trim_start_matches('\n'));
        }
        None => {
            let end = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing(if kept.trim().is_empty() { end } else { kept + &end });
        }
    }
    Some(())
}

/// The table that stands next behind a place in the file.
fn following(document: &mut DocumentMut, place: Option<isize>) -> Option<&mut Table> {
    let all = document.iter_mut().filter_map(|(_, item)| item.as_array_of_tables_mut());
    all.flat_map(ArrayOfTables::iter_mut)
        .filter(|table| table.position() > place)
        .min_by_key(|table| table.position())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file;
    use crate::rules::{Action, Maker};
    use crate::triggers::Deed;
    use claudectl_fleet::status::State;
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
        // What stands between them stays what it was about.
        let [first, second] = ["a", "b"].map(|name| Rule { name: name.to_owned(), ..whole() });
        let mine = Trigger { name: "t".to_owned(), ..all_of_it() };
        let text = added("", &first, &|at| at.to_string()).unwrap() + "\n# about t\n";
        let text = text + &trigger(&mine) + "\n# about b\n" + &super::text(&second, &|at| at.to_string());
        assert_eq!(read(&text).len(), 2);
        let less = without(&text, "t").unwrap();
        assert_eq!(less, text.replace(&format!("\n# about t\n{}", trigger(&mine)), ""), "{less}");
        let less = without(&text, "a").unwrap();
        assert!(less.contains("# about t\n[[triggers]]") && less.contains("# about b\n[[rules]]"), "{less}");
    }

    fn all_of_it() -> Trigger {
        Trigger {
            name: "wrap up".to_owned(),
            statuses: vec![State::Working],
            projects: vec!["api".to_owned()],
            cost_above: Some(2.5),
            context_above: Some(80.0),
            health: vec!["loop".to_owned()],
            lasting: Some(90_000),
            action: Some(Deed::Send),
            message: Some("say \"done\"".to_owned()),
            times: 3,
        }
    }

    #[test]
    fn a_trigger_that_was_written_is_read_again() {
        let costly = Trigger {
            name: "x".to_owned(),
            cost_above: Some(1.0),
            action: Some(Deed::Stop),
            times: 1,
            ..Trigger::default()
        };
        for one in [all_of_it(), costly] {
            let text = with_trigger("# mine\n", &one).unwrap();
            let file = file::whole(&text, Maker::Person, &|_| None).unwrap();
            assert_eq!((file.triggers, file.rules), (vec![one.clone()], Vec::new()), "{text}");
            assert_eq!(without(&text, &one.name).unwrap().trim(), "# mine");
        }
        assert_eq!(with_trigger("triggers = 1", &all_of_it()), None);
        assert_eq!(without("[[triggers]]\nname = \"t\"\n", "u"), None);
        assert_eq!(added("rules = 1", &whole(), &|at| at.to_string()), None);
    }
}
