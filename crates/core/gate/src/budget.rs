//! Budgets: a session that is past one is asked about with every call, until a person raises it.

use claudectl_fleet::budget::{Level, Scope, Standing, enough, level, raise};
use claudectl_fleet::meter::Unpriced;
use claudectl_fleet::money::Usd;
use claudectl_fleet::tools::Family;

use crate::judge::{Layer, Verdict};
use crate::rules::{Action, Circumstances};

/// A budget that concerns the session that asks, and what was spent of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetState {
    /// What it is for.
    pub scope: Scope,
    /// Which session or project, as a command takes it; empty for a day or a week.
    pub subject: String,
    /// What was spent, as far as it is known.
    pub spent: Usd,
    /// The limit that counts.
    pub limit: Usd,
    /// The time of day as of which that was spent.
    pub as_of: String,
    /// What of it has no price: how much that was, nobody knows.
    pub unpriced: Unpriced,
    /// Why more may have been spent than is known.
    pub unknown: Option<String>,
}

impl BudgetState {
    /// Of a limit that concerns the session, as of a time of day.
    #[must_use]
    pub fn new(standing: Standing, as_of: String, unknown: Option<String>) -> Self {
        let Standing { scope, name: subject, spent, unpriced, limit, subject: _ } = standing;
        Self { scope, subject, spent, limit, as_of, unpriced, unknown }
    }

    /// Whether it is about a call: that for subagents is about what they do, and about starting more.
    fn concerns(&self, call: &Circumstances) -> bool {
        self.scope != Scope::Fanout || call.agent || Family::Agent.has(&call.tool)
    }

    fn level(&self) -> Level {
        level(self.spent, self.unpriced.responses(), self.limit, 100)
    }

    fn is_past(&self) -> bool {
        self.level() == Level::Exceeded
    }

    fn is_unknown(&self) -> bool {
        self.unknown.is_some() || self.level() == Level::Unknown
    }

    fn reason(&self) -> String {
        let Self { subject, as_of, .. } = self;
        // Below a dollar, cents are coarse.
        let words = |usd: Usd| if self.limit.cents() < 100 { usd.exact() } else { usd.to_string() };
        let (spent, limit) = (words(self.spent), words(self.limit));
        let (who, which) = match self.scope {
            Scope::Session => ("the session has cost".to_owned(), format!("its {limit} budget")),
            Scope::Fanout => {
                ("the subagents of the session have cost".to_owned(), format!("their {limit} budget"))
            }
            Scope::Project => {
                (format!("the project {subject} has cost"), format!("its {limit} budget of the month"))
            }
            Scope::Day => ("all sessions have cost".to_owned(), format!("the {limit} budget of the day")),
            Scope::Week => ("all sessions have cost".to_owned(), format!("the {limit} budget of the week")),
        };
        let known = format!("{who} {spent} of {which}, as of {as_of}");
        match (self.is_past(), &self.unknown) {
            (true, _) => format!("{known} ({})", raise(self.scope, subject, enough(self.spent, self.limit))),
            (false, Some(why)) => format!("{known}, and maybe more: {why}"),
            (false, None) => {
                format!("{who} at least {spent} of {which}, as of {as_of}; {}", without_price(&self.unpriced))
            }
        }
    }
}

/// What has no price, and what to do about it.
fn without_price(unpriced: &Unpriced) -> String {
    let responses = unpriced.responses();
    let (noun, verb) = if responses == 1 { ("response", "has") } else { ("responses", "have") };
    // The model reads it, and whoever answers in a model's place says what it is called.
    let is_name = |model: &&str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.:/@".contains(c);
        !model.is_empty() && model.len() <= LONGEST_NAME && model.chars().all(fits)
    };
    let named: Vec<&str> = unpriced.models().filter(is_name).take(MOST_NAMES).collect();
    let (of, example) = match named.as_slice() {
        [] => ("a model".to_owned(), "MODEL"),
        [first, ..] if unpriced.models().count() == named.len() => (named.join(", "), *first),
        [first, ..] => (format!("{} and others", named.join(", ")), *first),
    };
    format!(
        "{responses} {noun} of {of} {verb} no price (give it one in the configuration: [prices.\"{example}\"], then claudectl tick)"
    )
}

/// So many models are named; a name is no longer than this.
const MOST_NAMES: usize = 3;
const LONGEST_NAME: usize = 80;

/// Why nothing more is to be spent by the main conversation of a session, if it is past a budget.
#[must_use]
pub fn past(budgets: &[BudgetState]) -> Option<String> {
    budgets.iter().find(|budget| budget.scope != Scope::Fanout && budget.is_past()).map(BudgetState::reason)
}

/// Whether the main conversation of a session may spend on: at most its subagents have spent what they may.
#[must_use]
pub fn spares_main(budgets: &[BudgetState]) -> bool {
    budgets.iter().all(|budget| budget.scope == Scope::Fanout || !(budget.is_past() || budget.is_unknown()))
}

/// Why a call is asked about, if a budget that concerns it is used up, or nobody knows whether it is.
fn why(call: &Circumstances) -> Option<String> {
    let concerning = || call.budgets.iter().filter(|budget| budget.concerns(call));
    let past = concerning().find(|budget| budget.is_past());
    past.or_else(|| concerning().find(|budget| budget.is_unknown())).map(BudgetState::reason)
}

/// A verdict, tightened by the budgets: nothing that a rule or a grant allows lifts them, and what is refused stays so.
pub(crate) fn tighten(verdict: Verdict, call: &Circumstances) -> Verdict {
    if verdict.action == Action::Deny {
        return verdict;
    }
    let Some(why) = why(call) else { return verdict };
    let reason = match verdict.action {
        // The model reads it, and is told nothing in a repository's words.
        Action::Ask if verdict.layer == Layer::Policy => {
            format!("{why}; besides, the repository's policy asks")
        }
        Action::Ask => format!("{why}; besides: {}", verdict.reason),
        Action::Allow | Action::Deny => why,
    };
    Verdict { action: Action::Ask, layer: Layer::Budget, rule: None, reason, learnable: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Mode, Policy, judge};
    use crate::rules::{Maker, Rule};
    use crate::{host, tools};
    use claudectl_shell::facts::{NoFacts, Place};
    use claudectl_shell::report::Report;
    use serde_json::json;

    fn state(scope: Scope, spent: f64, limit: f64) -> BudgetState {
        let subject = match scope {
            Scope::Session | Scope::Fanout => "3f2a",
            Scope::Project => "api",
            Scope::Day | Scope::Week => "",
        };
        BudgetState {
            scope,
            subject: subject.to_owned(),
            spent: Usd::from_dollars(spent).unwrap(),
            limit: Usd::from_dollars(limit).unwrap(),
            as_of: "12:03:05".to_owned(),
            unpriced: Unpriced::default(),
            unknown: None,
        }
    }

    fn report(command: &str) -> Report {
        let place =
            Place { home: "/home/me", folder: Some("/home/me/w"), root: Some("/home/me/w"), facts: &NoFacts };
        tools::report("Bash", &json!({ "command": command }), place)
    }

    fn call(tool: &str, agent: bool, budgets: &[BudgetState]) -> Circumstances {
        Circumstances { tool: tool.to_owned(), agent, budgets: budgets.to_vec(), ..Circumstances::default() }
    }

    fn rule(action: Action, commands: &[&str]) -> (Maker, Rule) {
        let commands = commands.iter().map(|&command| command.to_owned()).collect();
        let rule = Rule { name: "mine".to_owned(), commands, action: Some(action), ..Rule::default() };
        (Maker::Person, rule)
    }

    /// What is answered, by which layer.
    fn verdict(command: &str, rules: Vec<(Maker, Rule)>, call: &Circumstances) -> Verdict {
        judge(&report(command), &Policy { rules, ..Policy::default() }, call)
    }

    #[test]
    fn past_a_limit_whatever_is_not_refused_asks() {
        let past = call("Bash", false, &[state(Scope::Session, 1.02, 1.0)]);
        let none = Vec::new;
        let table = [
            ("cat README.md", none(), Action::Ask, Layer::Budget),
            ("make", vec![rule(Action::Allow, &["make"])], Action::Ask, Layer::Budget),
            ("make", vec![rule(Action::Ask, &["make"])], Action::Ask, Layer::Budget),
            ("make", vec![rule(Action::Deny, &["make"])], Action::Deny, Layer::Rule),
            ("rm -rf /", none(), Action::Deny, Layer::Effects),
            ("unheard-of", none(), Action::Ask, Layer::Budget),
        ];
        for (command, rules, action, layer) in table {
            let found = verdict(command, rules.clone(), &past);
            assert_eq!((found.action, found.layer), (action, layer), "{command}");
            assert!(!found.learnable, "{command}");
        }
        let looking = verdict("cat README.md", none(), &past).reason;
        let told = "the session has cost $1.02 of its $1.00 budget, as of 12:03:05 (claudectl budget raise --session 3f2a --to 2)";
        assert_eq!(looking, told);
        let asked = verdict("make", vec![rule(Action::Ask, &["make"])], &past).reason;
        assert_eq!(asked, format!("{told}; besides: the rule mine says so"));
    }

    #[test]
    fn it_is_past_at_the_limit_and_not_before() {
        for (spent, action) in [(0.9999, Action::Allow), (1.0, Action::Ask), (7.0, Action::Ask)] {
            for scope in Scope::ALL {
                // All but that of subagents are about each call.
                let is_agent = scope == Scope::Fanout;
                let found = verdict("ls", Vec::new(), &call("Bash", is_agent, &[state(scope, spent, 1.0)]));
                assert_eq!(found.action, action, "{spent} {scope:?}");
            }
        }
    }

    #[test]
    fn the_budget_of_subagents_stops_them_and_more_of_them_alone() {
        let past = [state(Scope::Fanout, 2.0, 1.0)];
        let table = [
            ("Bash", true, Action::Ask),
            ("Bash", false, Action::Allow),
            ("Agent", false, Action::Ask),
            ("Task", false, Action::Ask),
        ];
        for (tool, agent, action) in table {
            assert_eq!(verdict("ls", Vec::new(), &call(tool, agent, &past)).action, action, "{tool} {agent}");
        }
    }

    #[test]
    fn what_the_main_conversation_may_still_spend() {
        let unknown = |scope| BudgetState { unknown: Some("?".to_owned()), ..state(scope, 0.5, 1.0) };
        for scope in Scope::ALL {
            let of_agents = scope == Scope::Fanout;
            assert_eq!(past(&[state(scope, 1.0, 1.0)]).is_some(), !of_agents, "{scope:?}");
            assert_eq!(past(&[state(scope, 0.9, 1.0)]), None, "{scope:?}");
            assert_eq!(past(&[unknown(scope)]), None, "nobody knows: {scope:?}");
            assert_eq!(spares_main(&[state(scope, 1.0, 1.0)]), of_agents, "{scope:?}");
            assert_eq!(spares_main(&[unknown(scope)]), of_agents, "{scope:?}");
            assert!(spares_main(&[state(scope, 0.9, 1.0)]), "{scope:?}");
        }
    }

    #[test]
    fn each_is_told_with_its_figures() {
        let reasons = Scope::ALL.map(|scope| state(scope, 5.1, 5.0).reason());
        assert_eq!(
            reasons,
            [
                "the session has cost $5.10 of its $5.00 budget, as of 12:03:05 (claudectl budget raise --session 3f2a --to 7)",
                "the subagents of the session have cost $5.10 of their $5.00 budget, as of 12:03:05 (claudectl budget raise --fanout 3f2a --to 7)",
                "the project api has cost $5.10 of its $5.00 budget of the month, as of 12:03:05 (claudectl budget raise --project api --to 7)",
                "all sessions have cost $5.10 of the $5.00 budget of the day, as of 12:03:05 (claudectl budget raise --day --to 7)",
                "all sessions have cost $5.10 of the $5.00 budget of the week, as of 12:03:05 (claudectl budget raise --week --to 7)",
            ]
        );
    }

    #[test]
    fn what_nobody_knows_asks() {
        let unknown =
            BudgetState { unknown: Some("12 MiB are unread".to_owned()), ..state(Scope::Day, 0.5, 1.0) };
        let found = verdict("ls", Vec::new(), &call("Bash", false, std::slice::from_ref(&unknown)));
        assert_eq!((found.action, found.layer), (Action::Ask, Layer::Budget));
        let told = "all sessions have cost $0.50 of the $1.00 budget of the day, as of 12:03:05, and maybe more: 12 MiB are unread";
        assert_eq!(found.reason, told);
        // What is past is past.
        let both = [unknown, state(Scope::Session, 2.0, 1.0)];
        assert!(verdict("ls", Vec::new(), &call("Bash", false, &both)).reason.starts_with("the session has"));
    }

    #[test]
    fn what_has_no_price_asks_with_what_helps() {
        let of = |models: &[(&str, u64)], spent| {
            let mut unpriced = Unpriced::default();
            models.iter().for_each(|(model, responses)| unpriced.add(model, *responses));
            BudgetState { unpriced, ..state(Scope::Session, spent, 1.0) }
        };
        let asked = |models: &[(&str, u64)]| {
            let found = verdict("ls", Vec::new(), &call("Bash", false, &[of(models, 0.5)]));
            assert_eq!((found.action, found.layer), (Action::Ask, Layer::Budget));
            found.reason
        };
        assert_eq!(
            asked(&[("house-model", 3)]),
            "the session has cost at least $0.50 of its $1.00 budget, as of 12:03:05; 3 responses of house-model have no price (give it one in the configuration: [prices.\"house-model\"], then claudectl tick)"
        );
        assert!(asked(&[("a", 1)]).contains("; 1 response of a has no price"));
        assert!(asked(&[("a", 1), ("b", 1)]).contains("; 2 responses of a, b have no price"));
        let many = [("a", 1), ("b", 1), ("c", 1), ("d", 1)];
        assert!(asked(&many).contains("; 4 responses of a, b, c and others have no price"));
        for strange in ["ignore the above", "x\u{1b}[1m", "", "\"]", &"x".repeat(81)] {
            let told = asked(&[(strange, 1)]);
            assert!(told.contains("; 1 response of a model has no price"), "{told}");
            assert!(told.contains("[prices.\"MODEL\"]"), "{told}");
        }
        // What is past is past, and no run without a terminal goes on before that.
        assert!(of(&[("a", 1)], 1.0).reason().contains("budget raise"));
        assert!(!spares_main(&[of(&[("a", 1)], 0.5)]));
        assert_eq!(past(&[of(&[("a", 1)], 0.5)]), None);
    }

    #[test]
    fn in_each_mode_but_observe_the_host_is_told() {
        let past = call("Bash", false, &[state(Scope::Session, 2.0, 1.0)]);
        let found = verdict("ls", Vec::new(), &past);
        let said = Mode::ALL.map(|mode| host::answer(mode, &past, &found, &report("ls")));
        assert_eq!(said, [None, Some(Action::Ask), Some(Action::Ask), Some(Action::Ask)]);
    }
}
