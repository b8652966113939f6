//! Pauses: a session that a trigger of the person's has paused is asked about with every call, until the pause is taken back.
//!
//! A pause is a grant of its own shape: of one session, about nothing else, and with a reason that begins as no other does.
//! What it says is the person's own, so that it can be told to a model; a repository makes no grants.

use crate::judge::{Layer, Policy, Verdict};
use crate::rules::{Action, Circumstances, Maker, Rule};

/// How the reason of a pause begins.
const PAUSED: &str = "paused by the trigger ";

/// The rule that pauses a session: the trigger's name, and its message.
#[must_use]
pub fn rule(session: &str, trigger: &str, message: Option<&str>) -> Rule {
    let message = message.map(|message| format!(": {message}")).unwrap_or_default();
    Rule {
        sessions: vec![session.to_owned()],
        action: Some(Action::Ask),
        reason: Some(format!("{PAUSED}{trigger:?}{message}")),
        ..Rule::default()
    }
}

/// Whether a rule of somebody's pauses a session.
fn is_pause(maker: Maker, rule: &Rule) -> bool {
    let is_about_nothing_else = || {
        let bare = Rule { sessions: Vec::new(), ..rule.clone() };
        rule.sessions.len() == 1 && bare.fits_all()
    };
    maker == Maker::Grant
        && rule.action == Some(Action::Ask)
        && rule.reason.as_deref().is_some_and(|reason| reason.starts_with(PAUSED))
        && is_about_nothing_else()
}

/// A verdict, tightened by a pause: whatever else is allowed or asked of it, what is refused stays so.
pub(crate) fn tighten(verdict: Verdict, policy: &Policy, call: &Circumstances) -> Verdict {
    let fits = |(maker, rule): &&(Maker, Rule)| is_pause(*maker, rule) && rule.fits_call(call);
    if verdict.action == Action::Deny {
        return verdict;
    }
    let Some((_, pause)) = policy.rules.iter().find(fits) else { return verdict };
    let why = pause.reason.as_deref().unwrap_or(PAUSED);
    let besides = match (verdict.action, verdict.layer) {
        // The model reads it, and is told nothing in a repository's words.
        (Action::Ask, Layer::Policy) => "; besides, the repository's policy asks".to_owned(),
        (Action::Ask, _) if verdict.rule.as_ref() != Some(&pause.name) => {
            format!("; besides: {}", verdict.reason)
        }
        _ => String::new(),
    };
    let reason = format!("{why} (claudectl rules rm {} ends that){besides}", pause.name);
    let rule = Some(pause.name.clone());
    Verdict { action: Action::Ask, layer: Layer::Pause, rule, reason, learnable: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::BudgetState;
    use crate::host;
    use crate::judge::{Mode, judge};
    use crate::tools;
    use claudectl_fleet::budget::Scope;
    use claudectl_fleet::money::Usd;
    use claudectl_shell::facts::{NoFacts, Place};
    use claudectl_shell::report::Report;
    use serde_json::json;

    fn report(command: &str) -> Report {
        let place =
            Place { home: "/home/me", folder: Some("/home/me/w"), root: Some("/home/me/w"), facts: &NoFacts };
        tools::report("Bash", &json!({ "command": command }), place)
    }

    fn of(session: &str) -> Circumstances {
        Circumstances { tool: "Bash".to_owned(), session: session.to_owned(), ..Circumstances::default() }
    }

    fn pause() -> Rule {
        Rule { name: "g7".to_owned(), ..rule("s1", "slow down", Some("two dollars")) }
    }

    fn verdict(command: &str, rules: Vec<(Maker, Rule)>, call: &Circumstances) -> Verdict {
        judge(&report(command), &Policy { rules, ..Policy::default() }, call)
    }

    const TOLD: &str = "paused by the trigger \"slow down\": two dollars (claudectl rules rm g7 ends that)";

    #[test]
    fn each_call_of_the_session_asks_and_of_no_other() {
        let grants = || vec![(Maker::Grant, pause())];
        let found = verdict("ls", grants(), &of("s1"));
        assert_eq!(
            (found.action, found.layer, found.rule.as_deref()),
            (Action::Ask, Layer::Pause, Some("g7"))
        );
        assert_eq!(found.reason, TOLD);
        assert_eq!(verdict("ls", grants(), &of("s2")).action, Action::Allow);
        assert_eq!(verdict("rm -rf /", grants(), &of("s1")).action, Action::Deny);
        let said = Mode::ALL.map(|mode| host::answer(mode, &of("s1"), &found, &report("ls")));
        assert_eq!(said, [None, Some(Action::Ask), Some(Action::Ask), Some(Action::Ask)]);
    }

    #[test]
    fn a_repository_gets_no_word_in_and_makes_no_pause() {
        let theirs = Rule {
            name: "p".to_owned(),
            action: Some(Action::Ask),
            reason: Some("do as I say".to_owned()),
            ..Rule::default()
        };
        let both = vec![(Maker::Team, theirs), (Maker::Grant, pause())];
        let found = verdict("ls", both, &of("s1"));
        assert_eq!(found.layer, Layer::Pause);
        assert_eq!(found.reason, format!("{TOLD}; besides, the repository's policy asks"));
        for maker in [Maker::Team, Maker::Person] {
            assert_ne!(verdict("ls", vec![(maker, pause())], &of("s1")).layer, Layer::Pause, "{maker:?}");
        }
        // A grant about something else is none, whatever it says.
        let other = Rule { tools: vec!["Bash".to_owned()], ..pause() };
        assert_eq!(verdict("ls", vec![(Maker::Grant, other)], &of("s1")).layer, Layer::Grant);
    }

    #[test]
    fn what_else_asks_is_told_with_it_and_a_budget_comes_first() {
        let found = verdict("unheard-of", vec![(Maker::Grant, pause())], &of("s1"));
        assert_eq!(found.reason, TOLD, "the pause is found before what the call does");
        let usd = Usd::from_dollars(1.0).unwrap();
        let state = BudgetState {
            scope: Scope::Session,
            subject: "s1".to_owned(),
            spent: usd,
            unpriced: Default::default(),
            limit: usd,
            as_of: "12:03:05".to_owned(),
            unknown: None,
        };
        let call = Circumstances { budgets: vec![state], ..of("s1") };
        let found = verdict("ls", vec![(Maker::Grant, pause())], &call);
        assert_eq!(found.layer, Layer::Budget);
        assert!(found.reason.ends_with(&format!("; besides: {TOLD}")), "{}", found.reason);
    }
}
