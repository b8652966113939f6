//! Files of rules and triggers: TOML, taken as a whole or not at all.
//!
//! A key that is not known, a word that is misspelt, a rule without an action or without a condition is a mistake, told
//! with its line. Nothing is ever guessed to be "allow".

use std::ops::Range;

use claudectl_redact::redact;
use claudectl_shell::effect::{Effect, Scope};
use toml_edit::{Document, Item, TableLike, Value};

mod triggers;
pub(crate) mod words;

use crate::host::TABLE;
use crate::keys::{RULE, names};
use crate::rules::{Action, Maker, Rule};
use crate::triggers::Trigger;

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// What a date is, for `expires`: the end of a day, or a moment, milliseconds since the epoch.
pub type Moment<'a> = &'a dyn Fn(&str) -> Option<i64>;

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct File {
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Its triggers; a repository has none.
    pub triggers: Vec<Trigger>,
}

/// Why a text could never be the `command` of a rule, and what to do; `None` if it can.
#[must_use]
pub fn command_flaw(text: &str) -> Option<(String, String)> {
    words::command(text)
}

/// Likewise of its `tool`.
#[must_use]
pub fn tool_flaw(text: &str) -> Option<(String, String)> {
    words::tool(text)
}

/// Likewise of its `path`.
#[must_use]
pub fn path_flaw(text: &str) -> Option<(String, String)> {
    words::path(text)
}

/// Reads the rules of a file; its triggers have to be right, too.
///
/// # Errors
/// All mistakes in it, in their order.
pub fn read(text: &str, maker: Maker, moment: Moment<'_>) -> Result<Vec<Rule>, Vec<Mistake>> {
    whole(text, maker, moment).map(|file| file.rules)
}

/// Reads all of a file.
///
/// # Errors
/// All mistakes in it, in their order.
pub fn whole(text: &str, maker: Maker, moment: Moment<'_>) -> Result<File, Vec<Mistake>> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let (line, column) = position(text, at);
            let what = error.message().lines().next().unwrap_or("it is no TOML").to_owned();
            return Err(vec![Mistake {
                line,
                column,
                key: None,
                what,
                fix: "correct it; nothing of the file counts until then".to_owned(),
            }]);
        }
    };
    let mut reader = Reader { text, maker, moment, mistakes: Vec::new(), names: Vec::new() };
    let mut file = File::default();
    for (key, item) in document.as_table().iter() {
        let at = || document.as_table().key(key).and_then(toml_edit::Key::span);
        match key {
            "rules" => reader.tables(item, key, |reader, table, at, number| {
                let rule = reader.rule(table, at, number);
                file.rules.push(rule);
            }),
            "triggers" if maker == Maker::Team => reader.mistake(
                at(),
                Some(key),
                "a repository may not have triggers",
                "they stand in your own rules.toml",
            ),
            "triggers" => reader.tables(item, key, |reader, table, at, number| {
                let trigger = reader.trigger(table, at, number);
                file.triggers.push(trigger);
            }),
            "deny" => reader.mistake(
                at(),
                Some(key),
                "there is no section deny: this is a policy of the published claudectl",
                "`claudectl import --policy FILE` prints it in the words of this one",
            ),
            _ => {
                let what = format!("there is no section {key}");
                reader.mistake(at(), Some(key), what, "rules stand in [[rules]], triggers in [[triggers]]");
            }
        }
    }
    reader.twice(&file);
    if reader.mistakes.is_empty() { Ok(file) } else { Err(reader.mistakes) }
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

struct Reader<'a> {
    text: &'a str,
    maker: Maker,
    moment: Moment<'a>,
    mistakes: Vec<Mistake>,
    /// Names, and where each stands.
    names: Vec<(String, Option<Range<usize>>)>,
}

impl Reader<'_> {
    fn mistake(
        &mut self,
        at: Option<Range<usize>>,
        key: Option<&str>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let (line, column) = position(self.text, at.map_or(0, |span| span.start));
        // It repeats what stands there, and is told wherever rules are.
        let without_secret = |text: String| redact(&text).text.into_owned();
        let key = key.map(|key| without_secret(key.to_owned()));
        let (what, fix) = (without_secret(what.into()), without_secret(fix.into()));
        self.mistakes.push(Mistake { line, column, key, what, fix });
    }

    /// Each table of a list of tables, however it is written.
    fn tables(
        &mut self,
        item: &Item,
        key: &str,
        mut take: impl FnMut(&mut Self, &dyn TableLike, Option<Range<usize>>, usize),
    ) {
        let one = key.trim_end_matches('s');
        match item {
            Item::ArrayOfTables(tables) => {
                for (number, table) in tables.iter().enumerate() {
                    take(self, table, table.span(), number);
                }
            }
            Item::Value(Value::Array(array)) => {
                for (number, value) in array.iter().enumerate() {
                    match value.as_inline_table() {
                        Some(table) => take(self, table, value.span(), number),
                        None => self.mistake(
                            value.span(),
                            Some(key),
                            format!("a {one} is a table"),
                            format!("write [[{key}]] above each"),
                        ),
                    }
                }
            }
            other => self.mistake(
                other.span(),
                Some(key),
                format!("{key} is no list of tables"),
                format!("write [[{key}]] above each {one}"),
            ),
        }
    }

    /// Names that were given before.
    fn twice(&mut self, file: &File) {
        let names = std::mem::take(&mut self.names);
        for (number, (name, at)) in names.iter().enumerate() {
            if name.is_empty() || !names[..number].iter().any(|(other, _)| other == name) {
                continue;
            }
            let what = match file.triggers.iter().any(|trigger| trigger.name == *name) {
                false => format!("two rules are called {name:?}"),
                true => format!("two rules or triggers are called {name:?}"),
            };
            self.mistake(at.clone(), Some("name"), what, "give one another name");
        }
    }

    /// Where a name stands; where there is none, what would have it.
    fn place_of_name(table: &dyn TableLike, at: &Option<Range<usize>>) -> Option<Range<usize>> {
        table.get("name").and_then(Item::span).or_else(|| at.clone())
    }

    /// A key that is none.
    fn unknown(
        &mut self,
        table: &dyn TableLike,
        of: &str,
        keys: &[&str],
        key: &str,
        at: Option<Range<usize>>,
    ) {
        let near = keys.iter().find(|known| {
            let distance = strsim::damerau_levenshtein(known, key);
            distance <= 2 || known.starts_with(key) || key.starts_with(*known)
        });
        let fix = near.map_or_else(
            || format!("the keys of a {of} are {}", keys.join(", ")),
            |near| format!("do you mean {near}?"),
        );
        let place = table.key(key).and_then(toml_edit::Key::span).or(at);
        self.mistake(place, Some(key), format!("a {of} has no key {key}"), fix);
    }

    /// A number in a range.
    fn number(
        &mut self,
        item: &Item,
        key: &str,
        at: &Option<Range<usize>>,
        most: f64,
        what: &str,
    ) -> Option<f64> {
        let whole = || item.as_integer().and_then(|whole| i32::try_from(whole).ok()).map(f64::from);
        let number = item.as_float().or_else(whole).filter(|number| (0.0..=most).contains(number));
        if number.is_none() {
            let what = format!("{key} is no {what}");
            self.mistake(at.clone(), Some(key), what, format!("write a number, as in {key} = 5.0"));
        }
        number
    }

    fn rule(&mut self, table: &dyn TableLike, at: Option<Range<usize>>, number: usize) -> Rule {
        let mut rule = Rule::default();
        let mut all = false;
        for (key, item) in table.iter() {
            let place =
                item.span().or_else(|| table.key(key).and_then(toml_edit::Key::span)).or_else(|| at.clone());
            match key {
                "name" => rule.name = self.text_of(item, key, &place).unwrap_or_default(),
                "tool" => rule.tools = self.sound(item, key, &place, words::tool),
                "command" => rule.commands = self.sound(item, key, &place, words::command),
                "path" => rule.paths = self.sound(item, key, &place, words::path),
                "project" => rule.projects = self.list(item, key, &place),
                "mode" => rule.modes = self.modes(item, &place),
                "session" => rule.sessions = self.list(item, key, &place),
                "effect" => rule.effects = self.words(item, key, &place, &Effect::ALL, Effect::word),
                "scope" => rule.scopes = self.words(item, key, &place, &Scope::ALL, Scope::word),
                "cost_above" => {
                    rule.cost_above = self.number(item, key, &place, f64::MAX, "amount of dollars")
                }
                "conflict" => rule.conflict = self.flag(item, key, &place),
                "last_error" => rule.last_error = self.flag(item, key, &place),
                "match_all" => all = self.flag(item, key, &place).unwrap_or(false),
                "action" => {
                    let word = self.text_of(item, key, &place).unwrap_or_default();
                    rule.action = Action::named(&word);
                    if rule.action.is_none() {
                        self.mistake(
                            place,
                            Some(key),
                            format!("there is no action {word:?}"),
                            "it is allow, ask or deny",
                        );
                    } else if rule.action == Some(Action::Allow) && self.maker == Maker::Team {
                        self.mistake(
                            place,
                            Some(key),
                            "a repository may not allow",
                            "it may ask and deny; what is allowed stands in your own rules",
                        );
                    }
                }
                // It is told to agents, and kept with what was decided.
                "reason" => {
                    rule.reason =
                        self.text_of(item, key, &place).map(|reason| redact(&reason).text.into_owned());
                }
                "expires" => {
                    let text = item.as_datetime().map(ToString::to_string);
                    let text = text.or_else(|| item.as_str().map(str::to_owned));
                    rule.expires = text.as_deref().and_then(self.moment);
                    if rule.expires.is_none() {
                        self.mistake(
                            place,
                            Some(key),
                            "expires is no date",
                            "write a day or a moment, as in expires = \"2026-12-31\"",
                        );
                    }
                }
                _ => self.unknown(table, "rule", &names(RULE), key, place),
            }
        }
        if rule.name.is_empty() {
            rule.name = format!("#{}", number + 1);
        }
        self.names.push((rule.name.clone(), Self::place_of_name(table, &at)));
        if table.get("action").is_none() {
            self.mistake(
                at.clone(),
                Some("action"),
                format!("the rule {} has no action", rule.name),
                "it is allow, ask or deny",
            );
        }
        if rule.fits_all() && !all {
            self.mistake(
                at,
                None,
                format!("the rule {} has no condition, so that it fits every call", rule.name),
                "give it one, or say so with match_all = true",
            );
        } else if !rule.fits_all() && all {
            self.mistake(
                at,
                Some("match_all"),
                format!("the rule {} has conditions, and match_all", rule.name),
                "take one of them out",
            );
        }
        rule
    }

    fn text_of(&mut self, item: &Item, key: &str, at: &Option<Range<usize>>) -> Option<String> {
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            self.mistake(at.clone(), Some(key), format!("{key} is no text"), "put it in quotes");
        }
        text
    }

    fn flag(&mut self, item: &Item, key: &str, at: &Option<Range<usize>>) -> Option<bool> {
        let flag = item.as_bool();
        if flag.is_none() {
            self.mistake(
                at.clone(),
                Some(key),
                format!("{key} is neither true nor false"),
                "write one of them, without quotes",
            );
        }
        flag
    }

    /// A list of texts that can mean something.
    fn sound(
        &mut self,
        item: &Item,
        key: &str,
        at: &Option<Range<usize>>,
        flaw: fn(&str) -> Option<(String, String)>,
    ) -> Vec<String> {
        let list = self.list(item, key, at);
        for (what, fix) in list.iter().filter_map(|text| flaw(text)) {
            self.mistake(at.clone(), Some(key), what, fix);
        }
        list
    }

    /// A list of texts, or one.
    fn list(&mut self, item: &Item, key: &str, at: &Option<Range<usize>>) -> Vec<String> {
        let list: Option<Vec<String>> = match (item.as_str(), item.as_array()) {
            (Some(text), _) => Some(vec![text.to_owned()]),
            (None, Some(array)) => array.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
            (None, None) => None,
        };
        match list {
            Some(list) if !list.is_empty() && list.iter().all(|text| !text.trim().is_empty()) => list,
            _ => {
                self.mistake(
                    at.clone(),
                    Some(key),
                    format!("{key} is no list of texts with something in each"),
                    format!("as in {key} = [\"...\"]"),
                );
                Vec::new()
            }
        }
    }

    fn words<T: Copy>(
        &mut self,
        item: &Item,
        key: &str,
        at: &Option<Range<usize>>,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for text in self.list(item, key, at) {
            match all.iter().find(|one| word(**one) == text) {
                Some(one) => found.push(*one),
                None => {
                    let known: Vec<&str> = all.iter().map(|one| word(*one)).collect();
                    self.mistake(
                        at.clone(),
                        Some(key),
                        format!("there is no {key} {text:?}"),
                        format!("it is one of {}", known.join(", ")),
                    );
                }
            }
        }
        found
    }

    fn modes(&mut self, item: &Item, at: &Option<Range<usize>>) -> Vec<String> {
        let known: Vec<&str> = TABLE.iter().map(|mode| mode.name).collect();
        let modes = self.list(item, "mode", at);
        for mode in &modes {
            if !known.contains(&mode.as_str()) {
                self.mistake(
                    at.clone(),
                    Some("mode"),
                    format!("Claude Code has no mode {mode:?}"),
                    format!("it is one of {}", known.join(", ")),
                );
            }
        }
        modes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str, maker: Maker) -> Vec<(usize, String)> {
        let moment = |text: &str| (text == "2026-12-31").then_some(1);
        match read(text, maker, &moment) {
            Ok(_) => Vec::new(),
            Err(mistakes) => mistakes.into_iter().map(|mistake| (mistake.line, mistake.what)).collect(),
        }
    }

    #[test]
    fn a_reason_is_kept_without_its_secret() {
        let text =
            "[[rules]]\naction = \"deny\"\ncommand = [\"ls\"]\nreason = \"DB_PASSWORD=Zq7mTr2kWx9p\"\n";
        let rules = read(text, Maker::Person, &|_| None).unwrap();
        assert_eq!(rules[0].reason.as_deref(), Some("DB_PASSWORD=[redacted:password]"));
        let wrong = text.replace("\"deny\"", "\"DB_PASSWORD=Zq7mTr2kWx9p\"");
        assert_eq!(
            mistakes(&wrong, Maker::Person)[0].1,
            "there is no action \"DB_PASSWORD=[redacted:password]\""
        );
    }

    #[test]
    fn what_is_not_plainly_a_rule_is_a_mistake() {
        let good = "[[rules]]\nname = \"a\"\ncommand = [\"cargo test\"]\neffect = [\"exec-project\"]\nscope = \"repo-tracked\"\nmode = [\"plan\"]\ncost_above = 5\nconflict = true\naction = \"allow\"\nexpires = \"2026-12-31\"\n";
        assert_eq!(mistakes(good, Maker::Person), []);
        let team = [(10, "a repository may not allow".to_owned())];
        assert_eq!(mistakes(&good.replace("name = \"a\"", "name = \"a\"\n"), Maker::Team), team);
        let table: &[(&str, usize, &str)] = &[
            ("[[rules]]\ncommand = [\"ls\"]\n", 1, "no action"),
            ("[[rules]]\naction = \"approve\"\ncommand = [\"ls\"]\n", 2, "no action \"approve\""),
            ("[[rules]]\naction = \"allow\"\n", 1, "no condition"),
            ("[[rules]]\naction = \"allow\"\ncomand = [\"ls\"]\n", 3, "no key comand"),
            ("[[rules]]\naction = \"deny\"\ncommand = []\n", 3, "no list"),
            ("[[rules]]\naction = \"deny\"\neffect = [\"reads\"]\n", 3, "no effect \"reads\""),
            ("[[rules]]\naction = \"deny\"\nmode = [\"manual\"]\n", 3, "no mode"),
            ("[[rules]]\naction = \"deny\"\ncommand = [\"ls\"]\nexpires = \"soon\"\n", 4, "no date"),
            ("[[rules]]\naction = \"deny\"\nmatch_all = true\ncommand = [\"ls\"]\n", 1, "match_all"),
            ("[rules]\naction = \"deny\"\n", 1, "no list of tables"),
            ("[deny]\ncommands = [\"ls\"]\n", 1, "no section deny"),
            ("[[rules]\n", 1, ""),
        ];
        for (text, line, what) in table {
            let found = mistakes(text, Maker::Person);
            assert!(found.iter().any(|(at, told)| at == line && told.contains(what)), "{text}: {found:?}");
        }
        assert_eq!(mistakes("[[rules]]\naction = \"deny\"\nmatch_all = true\n", Maker::Person), []);
        assert_eq!(mistakes("", Maker::Person), []);
        // Each is told once.
        let wrong = "[[rules]]\naction = \"deny\"\ncommand = [\"ls\"]\nexpires = 5\n";
        assert_eq!(mistakes(wrong, Maker::Person), [(4, "expires is no date".to_owned())]);
    }

    #[test]
    fn a_name_that_was_given_before_is_told_where_it_stands() {
        let rule = |name: &str| format!("[[rules]]\naction = \"deny\"\ncommand = [\"ls\"]\n{name}");
        let read = |text: &str| read(text, Maker::Person, &|_| None).unwrap_err();
        let places = |text: &str| read(text).iter().map(|one| (one.line, one.column)).collect::<Vec<_>>();
        let (a, b, none) = (rule("name = \"a\"\n"), rule("name = \"b\"\n"), rule("# a\n"));
        assert_eq!(places(&format!("{a}{b}{a}# a, a\n")), [(12, 8)]);
        assert_eq!(places(&format!("{a}{a}{b}{a}{b}")), [(8, 8), (16, 8), (20, 8)]);
        let second = rule("name = \"#2\"\n");
        assert_eq!(places(&format!("{second}{none}")), [(5, 1)], "it is called by its number");
        let trigger = "[[triggers]]\naction = \"notify\"\ncost_above = 1\nname = \"a\"\n";
        assert_eq!(places(&format!("{a}{trigger}\n\n")), [(8, 8)]);
    }
}
