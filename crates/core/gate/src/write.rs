//! Rules and triggers as text: added to a file and taken out of it, with all else left as it is.

use toml_edit::{
    Array, ArrayOfTables, Decor, DocumentMut, InlineTable, Item, Key, RawString, Table, Value, value,
};

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
    let mut document: DocumentMut = file.parse().ok()?;
    let file = match document.get(section) {
        None | Some(Item::ArrayOfTables(_)) => file.to_owned(),
        Some(_) => {
            unfold(&mut document, section)?;
            document.to_string()
        }
    };
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
    let at = place_of(document.get(section)?, name)?;
    unfold(document, section)?;
    let tables: &mut ArrayOfTables = document.get_mut(section)?.as_array_of_tables_mut()?;
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

/// Which of a list of tables is called so.
fn place_of(list: &Item, name: &str) -> Option<usize> {
    let is = |at: usize, named: Option<&str>| {
        named.filter(|own| !own.is_empty()).map_or_else(|| format!("#{}", at + 1) == name, |own| own == name)
    };
    match list {
        Item::ArrayOfTables(tables) => {
            tables.iter().enumerate().position(|(at, table)| is(at, table.get("name").and_then(Item::as_str)))
        }
        Item::Value(Value::Array(array)) => array.iter().enumerate().position(|(at, table)| {
            let table = table.as_inline_table();
            is(at, table.and_then(|table| table.get("name")).and_then(Value::as_str))
        }),
        Item::None | Item::Value(_) | Item::Table(_) => None,
    }
}

/// Writes a list of tables that stands between brackets as tables with headings, with the comments in it. `None` where
/// it is no list of tables.
fn unfold(document: &mut DocumentMut, section: &str) -> Option<()> {
    if document.get(section)?.is_array_of_tables() {
        return Some(());
    }
    let array = document.get(section)?.as_array()?.clone();
    // Each with the comments about it.
    let mut tables: Vec<(Vec<String>, Table)> = Vec::new();
    for value in array.iter() {
        let mut lines = comments(value.decor().prefix());
        // What stands behind a comma, on its line, is about what stands before it.
        let behind = begins_with_comment(value.decor().prefix());
        if let Some((before, _)) = tables.last_mut().filter(|_| behind) {
            before.push(lines.remove(0));
        }
        tables.push(unfolded(value.as_inline_table()?, lines));
    }
    let rest = [Some(array.trailing()), array.decor().suffix()].into_iter().flat_map(comments);
    let above = document.key(section).and_then(|key| key.leaf_decor().prefix()?.as_str().map(str::to_owned));
    let mut above = above.unwrap_or_default();
    match tables.last_mut() {
        Some((last, _)) => last.extend(rest),
        None => rest.for_each(|line| above += &(line + "\n")),
    }
    document.remove(section);
    if tables.is_empty() {
        let end = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(above + &end);
        return Some(());
    }
    let gap = |begins: bool| if begins { "" } else { "\n" };
    let mut list = ArrayOfTables::new();
    // Before all tables that have headings.
    let first = -isize::try_from(tables.len()).ok()?;
    for (place, (lines, mut table)) in (first..).zip(tables) {
        let above = std::mem::take(&mut above);
        let begins =
            list.is_empty() && document.as_table().get_values().is_empty() || above.starts_with('\n');
        let lines: String = lines.into_iter().map(|line| line + "\n").collect();
        table.decor_mut().set_prefix(format!("{}{above}{lines}", gap(begins)));
        table.set_position(Some(place));
        list.push(table);
    }
    document.insert(section, Item::ArrayOfTables(list));
    Some(())
}

/// A table between braces as one with a heading, and the comments before it and in it.
fn unfolded(inline: &InlineTable, mut lines: Vec<String>) -> (Vec<String>, Table) {
    let mut table = Table::new();
    for (name, value) in inline.iter() {
        let key = inline.key(name).map(Key::leaf_decor);
        for decor in key.into_iter().chain([value.decor()]) {
            lines.extend(of_decor(decor));
        }
        let mut value = value.clone();
        value.decor_mut().clear();
        table.insert(name, Item::Value(value));
    }
    lines.extend(comments(Some(inline.trailing())));
    lines.extend(comments(inline.decor().suffix()));
    (lines, table)
}

fn of_decor(decor: &Decor) -> Vec<String> {
    [decor.prefix(), decor.suffix()].into_iter().flat_map(comments).collect()
}

/// The comments of what stands between values.
fn comments(text: Option<&RawString>) -> Vec<String> {
    let text = text.and_then(RawString::as_str).unwrap_or_default();
    text.lines().filter_map(|line| line.find('#').map(|at| line[at..].trim_end().to_owned())).collect()
}

/// Whether a comment stands on the first line of it.
fn begins_with_comment(text: Option<&RawString>) -> bool {
    let text = text.and_then(RawString::as_str).unwrap_or_default();
    text.lines().next().is_some_and(|line| line.contains('#'))
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
            exactly: None,
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

    #[test]
    fn rules_between_brackets_get_headings_and_keep_their_comments() {
        let read = |text: &str| file::whole(text, Maker::Person, &|text| text.parse().ok()).unwrap();
        let moment: Moment<'_> = &|at| at.to_string();
        let file = "# mine\n\nrules = [\n  # about a\n  {name = \"a\", command = [\"make\"], action = \"deny\"}, # still a\n\n  # about b\n  { command = [\n \"x\", # x\n \"y\"], action = \"ask\" },\n  # the end\n]\n\n# about t\n[[triggers]]\nname = \"t\"\naction = \"notify\"\ncost_above = 1\n";
        let text = added(file, &whole(), moment).unwrap();
        let unfolded = "# mine\n\n# about a\n# still a\n[[rules]]\nname = \"a\"\ncommand = [\"make\"]\naction = \"deny\"\n\n# about b\n# the end\n[[rules]]\ncommand = [\n \"x\", # x\n \"y\"]\naction = \"ask\"\n\n# about t\n[[triggers]]\n";
        assert!(text.starts_with(unfolded), "{text}");
        let (before, after) = (read(file), read(&text));
        assert_eq!(after.rules[..2], before.rules);
        assert_eq!((&after.rules[2], after.triggers), (&whole(), before.triggers));
        for (name, left) in [("a", "#1"), ("#2", "a")] {
            let less = without(file, name).unwrap();
            let rules = read(&less).rules;
            assert_eq!((rules.len(), rules[0].name.as_str()), (1, left), "{less}");
            assert!(less.starts_with("# mine\n") && less.contains("# about t\n[[triggers]]"), "{less}");
        }
        // Only the section that is changed.
        let less = without(file, "t").unwrap();
        assert!(less.contains("{name = \"a\""), "{less}");
        let both =
            "rules = [] # none yet\ntriggers = [{name = \"t\", action = \"notify\", cost_above = 1}]\n";
        let text = added(both, &whole(), moment).unwrap();
        assert_eq!((read(&text).rules, read(&text).triggers), (vec![whole()], read(both).triggers), "{text}");
        assert!(text.contains("# none yet"), "{text}");
        let text = with_trigger(both, &all_of_it()).unwrap();
        assert_eq!(read(&text).triggers.len(), 2, "{text}");
        assert_eq!(without(both, "u"), None);
        let unnamed = "[[rules]]\nname = \"\"\naction = \"deny\"\ncommand = \"x\"\n";
        assert_eq!(without(unnamed, "#1").unwrap(), "");
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
