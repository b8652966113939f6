//! What Claude Code is told of a call that one of its clients is about to make: the verdict, as far as it would be heeded
//! there.
//!
//! A question that would not reach the person is a refusal, or the end of the run where that can be taken up again; an
//! allow of what may be changed after it is not said.

use claudectl_shell::report::Report;

use super::{answer, is_question};
use crate::budget::spares_main;
use crate::judge::{Layer, Mode, Verdict};
use crate::rules::{Action, Circumstances};

/// What the host is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Said {
    /// The call is made.
    Allow,
    /// The person is asked.
    Ask,
    /// The call is not made.
    Deny,
    /// The run ends at the call, and can be taken up again there.
    Defer,
}

impl Said {
    /// The host's word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
            Self::Defer => "defer",
        }
    }

    /// As a verdict: a run that ends at a call waits for an answer to it.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::Allow => Action::Allow,
            Self::Ask | Self::Defer => Action::Ask,
            Self::Deny => Action::Deny,
        }
    }
}

impl From<Action> for Said {
    fn from(action: Action) -> Self {
        match action {
            Action::Allow => Self::Allow,
            Action::Ask => Self::Ask,
            Action::Deny => Self::Deny,
        }
    }
}

/// Why a question would not reach the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheard {
    /// Added to the reason that the model is told.
    pub aside: &'static str,
    /// Kept for the person: what it is called is the repository's to say, and so not for the model.
    pub why: String,
}

impl Unheard {
    /// A reason, with what makes a question a refusal.
    #[must_use]
    pub fn added_to(&self, reason: &str) -> String {
        format!("{reason}{}", self.aside)
    }
}

/// Whose call it is, and what else has a say in it. To find out takes time, so it is asked only where it decides.
pub trait Client {
    /// Nobody sits there.
    fn is_headless(&self) -> bool;

    /// Its run can be ended at a call and be taken up again there.
    fn can_defer(&self) -> bool;

    /// What may change the call after the verdict, or stand in for it.
    fn in_the_way(&self) -> Option<String>;

    /// Why a question would not reach the person.
    fn unheard(&self) -> Option<&Unheard>;

    /// What the call names that makes the host answer a question itself, in the mode that it is in.
    fn answers_itself(&self) -> Option<String>;
}

/// What the host is told of a call, and why that is not the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// `None` for silence: the host decides as if there were no gate.
    pub said: Option<Said>,
    /// Added to the reason, for the model.
    pub aside: String,
    /// Why it is another than the verdict, for the person.
    pub withheld: Option<String>,
}

impl Told {
    fn of(said: Said) -> Self {
        Self { said: Some(said), ..Self::default() }
    }

    fn passed_over(said: Said, named: &str, mode: &str) -> Self {
        Self {
            said: Some(said),
            aside: format!("; in this mode Claude Code would not ask about {named}"),
            withheld: Some(format!(
                "in {mode} Claude Code answers itself where a call names {named}; a question would be passed over"
            )),
        }
    }

    fn refused(unheard: &Unheard) -> Self {
        Self { said: Some(Said::Deny), aside: unheard.aside.to_owned(), withheld: Some(unheard.why.clone()) }
    }
}

/// What a client's host is told of a verdict. `ends` says that the person wants runs without a terminal to end where they
/// would be asked.
#[must_use]
pub fn tell(
    gate: Mode,
    call: &Circumstances,
    verdict: &Verdict,
    report: &Report,
    ends: bool,
    client: &impl Client,
) -> Told {
    match answer(gate, call, verdict, report) {
        Some(Action::Deny) => Told::of(Said::Deny),
        Some(Action::Ask) => ask(call, verdict.layer, ends, client),
        Some(Action::Allow) => match client.in_the_way() {
            None => Told::of(Said::Allow),
            withheld => Told { withheld, ..Told::default() },
        },
        None if verdict.action == Action::Allow && gate >= Mode::On => {
            let why = if is_question(&call.tool) {
                "it is a question to you".to_owned()
            } else {
                format!("in Claude Code's mode {} only what looks at the repository is allowed", call.mode)
            };
            Told { withheld: Some(why), ..Told::default() }
        }
        None => Told::default(),
    }
}

/// A question, as far as it reaches anybody.
fn ask(call: &Circumstances, layer: Layer, ends: bool, client: &impl Client) -> Told {
    let can_defer = client.can_defer();
    // A subagent that ends at a call is not taken up again.
    let waits = ends && !call.agent && can_defer;
    if matches!(layer, Layer::Budget | Layer::Pause) {
        // Nobody is there to raise it, or to take the pause back. What is refused then costs another response, and another;
        // a run that ends does not.
        if client.is_headless() && (can_defer || client.unheard().is_none()) {
            // The main conversation is to go on without its subagents; those end.
            let goes_on = layer == Layer::Budget && !call.agent && spares_main(&call.budgets);
            return Told::of(if goes_on || !can_defer { Said::Deny } else { Said::Defer });
        }
    }
    if let Some(named) = client.answers_itself() {
        let said = if waits { Said::Defer } else { Said::Deny };
        return Told::passed_over(said, &named, &call.mode);
    }
    match client.unheard() {
        Some(unheard) => Told::refused(unheard),
        None if waits => Told::of(Said::Defer),
        None => Told::of(Said::Ask),
    }
}

/// What the host, in a mode of its own, is told of a call that could not be judged, by an error of ours.
#[must_use]
pub fn tell_error(gate: Mode, mode: &str, action: Action, client: &impl Client) -> Told {
    match (gate, action) {
        (Mode::Observe, _) => return Told::default(),
        (_, Action::Deny) => return Told::of(Said::Deny),
        // An error allows nothing.
        (_, Action::Ask | Action::Allow) => {}
    }
    if let Some(named) = client.answers_itself() {
        return Told::passed_over(Said::Deny, &named, mode);
    }
    client.unheard().map_or_else(|| Told::of(Said::Ask), Told::refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::BudgetState;
    use claudectl_fleet::budget::Scope;
    use claudectl_fleet::money::Usd;

    #[derive(Debug, Clone, Default)]
    struct Asks {
        headless: bool,
        defers: bool,
        hook: Option<String>,
        unheard: Option<Unheard>,
        names: Option<String>,
    }

    impl Client for Asks {
        fn is_headless(&self) -> bool {
            self.headless
        }

        fn can_defer(&self) -> bool {
            self.headless && self.defers
        }

        fn in_the_way(&self) -> Option<String> {
            self.hook.clone()
        }

        fn unheard(&self) -> Option<&Unheard> {
            self.unheard.as_ref()
        }

        fn answers_itself(&self) -> Option<String> {
            self.names.clone()
        }
    }

    fn verdict(action: Action, layer: Layer) -> Verdict {
        Verdict { action, layer, rule: None, reason: "why".to_owned(), learnable: true }
    }

    fn unheard() -> Option<Unheard> {
        Some(Unheard { aside: "; nobody hears it", why: "a hook answers".to_owned() })
    }

    /// All clients there may be.
    fn clients() -> Vec<Asks> {
        let mut all = Vec::new();
        for bits in 0..32_u8 {
            let is = |bit: u8| bits & (1 << bit) != 0;
            all.push(Asks {
                headless: is(0),
                defers: is(1),
                hook: is(2).then(|| "a hook".to_owned()),
                unheard: is(3).then(unheard).flatten(),
                names: is(4).then(|| ".env".to_owned()),
            });
        }
        all
    }

    const MODES: [&str; 7] =
        ["default", "acceptEdits", "bypassPermissions", "auto", "dontAsk", "plan", "of-another-version"];
    const LAYERS: [Layer; 9] = [
        Layer::Policy,
        Layer::Rule,
        Layer::Grant,
        Layer::Opaque,
        Layer::Effects,
        Layer::Facts,
        Layer::Pause,
        Layer::Budget,
        Layer::Learned,
    ];

    /// Each verdict, in each mode, of each client, with and without the wish that runs end.
    fn each(mut check: impl FnMut(Mode, &Circumstances, &Verdict, bool, &Asks, Told)) {
        for gate in Mode::ALL {
            for (mode, agent) in MODES.into_iter().flat_map(|mode| [(mode, false), (mode, true)]) {
                let call = Circumstances {
                    tool: "Bash".to_owned(),
                    mode: mode.to_owned(),
                    agent,
                    ..Circumstances::default()
                };
                for layer in LAYERS {
                    for action in [Action::Allow, Action::Ask, Action::Deny] {
                        let verdict = verdict(action, layer);
                        for client in clients() {
                            for ends in [false, true] {
                                let told = tell(gate, &call, &verdict, &Report::default(), ends, &client);
                                check(gate, &call, &verdict, ends, &client, told);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_looser_than_the_verdict() {
        let mut cases = 0;
        each(|gate, _, verdict, _, client, told| {
            cases += 1;
            let case = format!("{gate:?} {verdict:?} {client:?} {told:?}");
            match (verdict.action, told.said) {
                (_, None) => {}
                (Action::Deny, said) => assert_eq!(said, Some(Said::Deny), "{case}"),
                (Action::Ask, said) => assert_ne!(said, Some(Said::Allow), "{case}"),
                (Action::Allow, said) => assert_eq!(said, Some(Said::Allow), "{case}"),
            }
            // Silence lets the host decide: never where somebody was to be asked, or it was to be refused.
            let speaks = gate >= Mode::On && verdict.action != Action::Allow;
            assert!(!speaks || told.said.is_some(), "{case}");
            assert!(gate != Mode::Observe || told.said.is_none(), "{case}");
        });
        assert_eq!(cases, 4 * 14 * 9 * 3 * 32 * 2);
    }

    #[test]
    fn a_question_is_said_only_where_it_is_heard() {
        each(|_, call, verdict, ends, client, told| {
            let case = format!("{call:?} {verdict:?} {client:?} {told:?}");
            let waits_for_a_person = matches!(verdict.layer, Layer::Budget | Layer::Pause);
            if told.said == Some(Said::Ask) {
                assert!(client.unheard.is_none() && client.names.is_none(), "{case}");
            }
            if told.said == Some(Said::Defer) {
                assert!(client.can_defer() && (ends || waits_for_a_person), "{case}");
                assert!(!call.agent || waits_for_a_person, "{case}");
            }
            // What is said is another than the verdict: the person is told why.
            let differs = told.said.is_some_and(|said| said != Said::from(verdict.action));
            let explained = told.withheld.is_some() || told.said == Some(Said::Defer);
            assert!(!differs || explained || waits_for_a_person, "{case}");
        });
    }

    #[test]
    fn an_allow_is_said_only_where_nothing_changes_the_call() {
        each(|_, _, verdict, _, client, told| {
            if verdict.action == Action::Allow && client.hook.is_some() {
                assert_eq!(told.said, None, "{client:?} {told:?}");
            }
        });
    }

    #[test]
    fn a_run_past_its_budget_ends_and_spares_the_main_conversation() {
        let past = |scope| BudgetState {
            scope,
            subject: String::new(),
            spent: Usd::from_dollars(2.0).unwrap(),
            limit: Usd::from_dollars(1.0).unwrap(),
            as_of: String::new(),
            unpriced: Default::default(),
            unknown: None,
        };
        let run = Asks { headless: true, defers: true, ..Asks::default() };
        let old = Asks { headless: true, ..Asks::default() };
        let at_terminal = Asks::default();
        let table = [
            (Scope::Session, false, &run, Said::Defer),
            (Scope::Session, true, &run, Said::Defer),
            (Scope::Fanout, false, &run, Said::Deny),
            (Scope::Fanout, true, &run, Said::Defer),
            (Scope::Session, false, &old, Said::Deny),
            (Scope::Session, false, &at_terminal, Said::Ask),
            (Scope::Fanout, true, &at_terminal, Said::Ask),
        ];
        for (scope, agent, client, said) in table {
            let call = Circumstances { agent, budgets: vec![past(scope)], ..Circumstances::default() };
            let verdict = verdict(Action::Ask, Layer::Budget);
            // Whatever the person wants of other questions.
            for ends in [false, true] {
                let told = tell(Mode::On, &call, &verdict, &Report::default(), ends, client);
                assert_eq!(told.said, Some(said), "{scope:?} {agent} {client:?}");
            }
        }
    }

    #[test]
    fn an_error_never_allows() {
        for client in clients() {
            for action in [Action::Allow, Action::Ask, Action::Deny] {
                assert_eq!(tell_error(Mode::Observe, "auto", action, &client).said, None);
                let said = tell_error(Mode::Guard, "auto", action, &client).said;
                let asks = action != Action::Deny && client.unheard.is_none() && client.names.is_none();
                assert_eq!(said, Some(if asks { Said::Ask } else { Said::Deny }), "{action:?} {client:?}");
            }
        }
    }
}
