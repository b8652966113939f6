//! The triggers of a file.

use std::ops::Range;

use claudectl_fleet::health::CHECKS;
use claudectl_fleet::status::State;
use toml_edit::{Item, TableLike};

use super::Reader;
use crate::keys::{TRIGGER, names};
use crate::triggers::{Deed, IN_TURN, MOST_TEXT, MOST_TIMES, Trigger, millis};

type At = Option<Range<usize>>;

impl Reader<'_> {
    pub(super) fn trigger(&mut self, table: &dyn TableLike, at: At, number: usize) -> Trigger {
        let mut trigger = Trigger { times: 1, ..Trigger::default() };
        for (key, item) in table.iter() {
            let own = || table.key(key).and_then(toml_edit::Key::span);
            let place = item.span().or_else(own).or_else(|| at.clone());
            match key {
                "name" => trigger.name = self.text_of(item, key, &place).unwrap_or_default(),
                "status" => trigger.statuses = self.words(item, key, &place, &State::ALL, State::word),
                "project" => trigger.projects = self.list(item, key, &place),
                "cost_above" => {
                    trigger.cost_above = self.number(item, key, &place, f64::MAX, "amount of dollars");
                }
                "context_above" => {
                    trigger.context_above = self.number(item, key, &place, 100.0, "number from 0 to 100");
                }
                "health" => {
                    let known = self.words::<&str>(item, key, &place, CHECKS, |word| word);
                    trigger.health = known.into_iter().map(str::to_owned).collect();
                }
                "for" => trigger.lasting = self.lasting(item, &place),
                "action" => trigger.action = self.deed(item, &place),
                "message" => trigger.message = self.message(item, &place),
                "times" => trigger.times = self.times(item, &place).unwrap_or(1),
                _ => self.unknown(table, "trigger", &names(TRIGGER), key, place),
            }
        }
        if table.get("name").is_none() || trigger.name.trim().is_empty() {
            let what = format!("the trigger #{} has no name", number + 1);
            self.mistake(at.clone(), Some("name"), what, "give it one: by it is known what was done");
        }
        self.names.push((trigger.name.clone(), Self::place_of_name(table, &at)));
        self.together(table, &trigger, &at);
        trigger
    }

    /// What does not go together.
    fn together(&mut self, table: &dyn TableLike, trigger: &Trigger, at: &At) {
        let name = &trigger.name;
        let of = |key: &str| table.get(key).and_then(Item::span).or_else(|| at.clone());
        let Some(deed) = trigger.action else {
            if table.get("action").is_none() {
                let what = format!("the trigger {name} has no action");
                self.mistake(at.clone(), Some("action"), what, "it is notify, send, pause or stop");
            }
            return;
        };
        // A condition that was misspelt is told already.
        let written =
            ["status", "cost_above", "context_above", "health"].iter().any(|key| table.contains_key(key));
        if trigger.fits_all() && !written && !table.contains_key("project") {
            let what = format!("the trigger {name} has no condition");
            self.mistake(at.clone(), None, what, "give it one, as in status = [\"needs-permission\"]");
        } else if deed >= Deed::Pause && trigger.is_weak() && !written {
            let what = format!("the trigger {name} would {} every session of a project", deed.word());
            let fix = "give it one of status, cost_above, context_above and health, too";
            self.mistake(at.clone(), None, what, fix);
        }
        if deed == Deed::Send && trigger.message.is_none() && !table.contains_key("message") {
            let what = format!("the trigger {name} has no message to send");
            self.mistake(of("action"), Some("message"), what, "write one: message = \"...\"");
        }
        if deed == Deed::Notify {
            return;
        }
        let guessed = |state: &&State| matches!(state, State::Stalled | State::Finished | State::Unknown);
        if let Some(state) = trigger.statuses.iter().find(guessed) {
            let what = format!("{} cannot be done to a session that is {}", deed.word(), state.word());
            let fix = "what has ended, or is only a conclusion, is told: action = \"notify\"";
            self.mistake(of("status"), Some("status"), what, fix);
        } else if let Some(state) = trigger.statuses.iter().find(|state| !IN_TURN.contains(state))
            && deed == Deed::Send
        {
            let known: Vec<&str> = IN_TURN.iter().map(|state| state.word()).collect();
            let what =
                format!("a session that is {} takes no message: only the end of a turn does", state.word());
            let fix = format!("the states in which a turn runs are {}", known.join(", "));
            self.mistake(of("status"), Some("status"), what, fix);
        }
    }

    fn lasting(&mut self, item: &Item, at: &At) -> Option<i64> {
        let text = self.text_of(item, "for", at)?;
        let lasting = millis(&text);
        if lasting.is_none() {
            let what = "for is no stretch of time";
            self.mistake(at.clone(), Some("for"), what, "write it as 30s, 10m, 2h or 1d");
        }
        lasting
    }

    fn deed(&mut self, item: &Item, at: &At) -> Option<Deed> {
        let word = self.text_of(item, "action", at)?;
        let deed = Deed::named(&word);
        if deed.is_none() {
            let what = format!("a trigger has no action {word:?}");
            self.mistake(at.clone(), Some("action"), what, "it is notify, send, pause or stop");
        }
        deed
    }

    fn message(&mut self, item: &Item, at: &At) -> Option<String> {
        let text = self.text_of(item, "message", at)?;
        let length = text.chars().count();
        if text.trim().is_empty() || length > MOST_TEXT {
            let what = format!("message has {length} characters");
            let fix = format!("it has something to say, and no more than {MOST_TEXT}");
            self.mistake(at.clone(), Some("message"), what, fix);
        }
        Some(text)
    }

    fn times(&mut self, item: &Item, at: &At) -> Option<u32> {
        let number = item.as_integer().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=MOST_TIMES).contains(number));
        if number.is_none() {
            let what = format!("times is no whole number from 1 to {MOST_TIMES}");
            self.mistake(at.clone(), Some("times"), what, "for example: times = 3");
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::whole;
    use crate::rules::Maker;

    fn mistakes(text: &str) -> Vec<(usize, usize, String)> {
        match whole(text, Maker::Person, &|_| None) {
            Ok(_) => Vec::new(),
            Err(found) => found.into_iter().map(|one| (one.line, one.column, one.what)).collect(),
        }
    }

    const WHOLE: &str = "[[triggers]]\nname = \"t\"\nstatus = [\"working\"]\nproject = \"api\"\ncost_above = 5\ncontext_above = 80.5\nhealth = [\"loop\"]\nfor = \"10m\"\naction = \"send\"\nmessage = \"wrap up\"\ntimes = 3\n";

    #[test]
    fn every_key_is_read() {
        let file = whole(WHOLE, Maker::Person, &|_| None).unwrap();
        let expected = Trigger {
            name: "t".to_owned(),
            statuses: vec![State::Working],
            projects: vec!["api".to_owned()],
            cost_above: Some(5.0),
            context_above: Some(80.5),
            health: vec!["loop".to_owned()],
            lasting: Some(600_000),
            action: Some(Deed::Send),
            message: Some("wrap up".to_owned()),
            times: 3,
        };
        assert_eq!((file.triggers, file.rules), (vec![expected], Vec::new()));
        assert!(names(TRIGGER).iter().all(|key| WHOLE.contains(&format!("\n{key} = "))));
    }

    #[test]
    fn what_is_not_plainly_a_trigger_is_a_mistake() {
        let table: &[(&str, usize, usize, &str)] = &[
            ("[[triggers]]\ncost_above = 1\naction = \"stop\"\n", 1, 1, "has no name"),
            ("[[triggers]]\nname = \"t\"\ncost_above = 1\n", 1, 1, "has no action"),
            ("[[triggers]]\nname = \"t\"\naction = \"kill\"\ncost_above = 1\n", 3, 10, "no action \"kill\""),
            ("[[triggers]]\nname = \"t\"\naction = \"notify\"\n", 1, 1, "no condition"),
            ("[[triggers]]\nname = \"t\"\naction = \"notify\"\nfor = \"1m\"\n", 1, 1, "no condition"),
            (
                "[[triggers]]\nname = \"t\"\naction = \"stop\"\nproject = \"api\"\n",
                1,
                1,
                "every session of a project",
            ),
            ("[[triggers]]\nname = \"t\"\naction = \"send\"\ncost_above = 1\n", 3, 10, "no message"),
            (
                "[[triggers]]\nname = \"t\"\naction = \"send\"\ncost_above = 1\nmessage = \" \"\n",
                5,
                11,
                "1 characters",
            ),
            (
                "[[triggers]]\nname = \"t\"\naction = \"send\"\nmessage = \"x\"\nstatus = \"waiting\"\n",
                5,
                10,
                "takes no message",
            ),
            (
                "[[triggers]]\nname = \"t\"\naction = \"stop\"\nstatus = [\"stalled\"]\n",
                4,
                10,
                "that is stalled",
            ),
            (
                "[[triggers]]\nname = \"t\"\naction = \"pause\"\nstatus = [\"finished\"]\n",
                4,
                10,
                "that is finished",
            ),
            (
                "[[triggers]]\nname = \"t\"\naction = \"stop\"\nstatus = [\"Waiting\"]\n",
                4,
                10,
                "no status \"Waiting\"",
            ),
            (
                "[[triggers]]\nname = \"t\"\naction = \"stop\"\nhealth = [\"loops\"]\n",
                4,
                10,
                "no health \"loops\"",
            ),
            (
                "[[triggers]]\nname = \"t\"\naction = \"stop\"\ncost_above = -1\n",
                4,
                14,
                "no amount of dollars",
            ),
            ("[[triggers]]\nname = \"t\"\naction = \"stop\"\ncontext_above = 101\n", 4, 17, "from 0 to 100"),
            (
                "[[triggers]]\nname = \"t\"\naction = \"stop\"\ncost_above = 1\nfor = \"soon\"\n",
                5,
                7,
                "no stretch of time",
            ),
            (
                "[[triggers]]\nname = \"t\"\naction = \"stop\"\ncost_above = 1\ntimes = 11\n",
                5,
                9,
                "from 1 to 10",
            ),
            ("[[triggers]]\nname = \"t\"\naction = \"stop\"\ncost_over = 1\n", 4, 1, "no key cost_over"),
            ("[[triggers]]\nname = \"t\"\naction = \"stop\"\nmatch_all = true\n", 4, 1, "no key match_all"),
            ("[triggers]\nname = \"t\"\n", 1, 1, "no list of tables"),
            ("triggers = [1]\n", 1, 13, "a trigger is a table"),
        ];
        for (text, line, column, what) in table {
            let found = mistakes(text);
            let told = found.iter().any(|(l, c, told)| (l, c) == (line, column) && told.contains(what));
            assert!(told, "{text}: {found:?}");
        }
        assert_eq!(
            mistakes(
                "[[triggers]]\nname = \"t\"\naction = \"notify\"\nstatus = [\"finished\", \"stalled\"]\n"
            ),
            []
        );
        let twice = format!("{WHOLE}{}", WHOLE.replace("for", "# for"));
        assert!(mistakes(&twice)[0].2.contains("two rules or triggers are called \"t\""));
        let both = format!("[[rules]]\nname = \"t\"\ntool = \"Read\"\naction = \"deny\"\n{WHOLE}");
        assert_eq!(mistakes(&both).len(), 1);
        let team = whole(WHOLE, Maker::Team, &|_| None).unwrap_err();
        assert_eq!((team[0].line, team[0].what.as_str()), (1, "a repository may not have triggers"));
    }
}
