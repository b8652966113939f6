//! What is thought of one call, as it is kept and told, and what that makes of the gate's verdict.

use claudectl_gate::judge::{Layer, Mode, Verdict};
use claudectl_gate::rules::Action;
use serde::{Deserialize, Serialize};

use crate::features::{Features, Key, join};
use crate::model::{Known, Opinion, Why};
use crate::table::{Proof, Table};

/// One silent answer in so many is asked about all the same.
const AUDIT_EVERY: u64 = 50;

/// What is thought of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thought {
    /// How likely it is wanted.
    pub p: f64,
    /// At least, by what was lately answered in its group.
    pub low: f64,
    /// At most.
    pub high: f64,
    /// How often the very same was allowed in this project; older answers count less.
    pub allowed: f64,
    /// And denied.
    pub denied: f64,
    /// `allow`, `deny` or `ask`.
    pub opinion: String,
    /// Why it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Which model, 64 bits in hexadecimal.
    pub model: String,
    /// Answers that such an opinion was held against.
    pub trials: u64,
    /// Those that were other.
    pub errors: u64,
    /// Silent answers of that kind that were corrected: of those above, all came after the last of them.
    #[serde(default)]
    pub corrected: u64,
    /// So large a share may be wrong.
    pub alpha: f64,
    /// So likely is it that more are.
    pub delta: f64,
}

/// What is thought of a call that the gate would ask about; `None` where the table is damaged.
///
/// `call` is the host's id of it: one in fifty that would be answered asks, and which is told by that alone. `barred`:
/// calls of its session were changed after they had been judged, so nothing of it is answered silently.
#[must_use]
pub fn think(
    table: &Table,
    features: &Features,
    project: Key,
    barred: bool,
    call: Option<Key>,
    now: i64,
) -> Option<Thought> {
    let prediction = table.predict(features, now);
    let opinion = match table.opinion(features, project, &prediction) {
        Opinion::Allow | Opinion::Deny if barred => Opinion::Ask(Why::Barred),
        Opinion::Allow | Opinion::Deny if call.is_some_and(is_audit) => Opinion::Ask(Why::Audit),
        opinion => opinion,
    };
    let (word, why) = match opinion {
        Opinion::Allow => (Action::Allow, None),
        Opinion::Deny => (Action::Deny, None),
        Opinion::Ask(why) => (Action::Ask, Some(why.word().to_owned())),
    };
    if table.is_damaged() {
        return None;
    }
    let Proof { trials, errors, corrected, .. } = table.proof(features.family, opinion != Opinion::Deny);
    let risk = table.risk();
    Some(Thought {
        p: rounded(prediction.p),
        low: rounded(prediction.interval.low),
        high: rounded(prediction.interval.high),
        allowed: rounded(prediction.evidence.allowed),
        denied: rounded(prediction.evidence.denied),
        opinion: word.word().to_owned(),
        why,
        model: format!("{:016x}", table.model),
        trials,
        errors,
        corrected,
        alpha: risk.alpha,
        delta: risk.delta,
    })
}

/// Whether a silent answer is asked about, to see whether it is right.
#[must_use]
pub const fn is_audit(call: Key) -> bool {
    join(call, 0x61_75_64_69_74).is_multiple_of(AUDIT_EVERY)
}

fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

impl Thought {
    /// What it says of the call without asking: that it may run, or not.
    #[must_use]
    pub fn said(&self) -> Option<bool> {
        match self.opinion.as_str() {
            "allow" => Some(true),
            "deny" => Some(false),
            _ => None,
        }
    }

    /// What it comes to, for a person.
    #[must_use]
    pub fn reason(&self) -> String {
        let Self { p, allowed, denied, trials, errors, corrected, alpha, delta, .. } = self;
        let percent = |share: f64| format!("{}", (share * 1_000.0).round() / 10.0);
        let wanted = percent(*p);
        let times = |count: f64| match count.round() {
            1.0 => "once".to_owned(),
            count => format!("{count} times"),
        };
        match self.opinion.as_str() {
            "ask" => {
                let why = self.why.as_deref().and_then(Why::named).map_or("", Why::reason);
                format!("{wanted} % likely that you want it; {why}")
            }
            opinion => {
                // What was answered silently and corrected is not among those that were asked about.
                let since = match corrected {
                    0 => "",
                    _ => " since you last corrected one",
                };
                let (did, count) = if opinion == "allow" { ("allowed", allowed) } else { ("denied", denied) };
                format!(
                    "learned: you {did} this {} here ({wanted} % likely that you want it); of such answers fewer than \
                     {} % are wrong ({errors} of {trials} were{since}; {} % sure)",
                    times(*count),
                    percent(*alpha),
                    percent(1.0 - delta),
                )
            }
        }
    }

    /// What the gate says with this in mind. Only what it would ask about and what may be learned becomes anything else,
    /// and only where its person has switched that on.
    #[must_use]
    pub fn settle(&self, verdict: Verdict, mode: Mode) -> Verdict {
        let is_open = verdict.action == Action::Ask && verdict.learnable;
        let action = match self.opinion.as_str() {
            "allow" => Action::Allow,
            "deny" => Action::Deny,
            _ => return verdict,
        };
        if !is_open || mode != Mode::Auto {
            return verdict;
        }
        Verdict { action, layer: Layer::Learned, rule: None, reason: self.reason(), learnable: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_corrected_is_no_part_of_what_is_counted() {
        // As an earlier version has kept it.
        let mut thought: Thought = serde_json::from_str(
            r#"{"p":0.99,"low":0.9,"high":1.0,"allowed":71.2,"denied":0.0,"opinion":"allow","model":"1","trials":84,
                "errors":0,"alpha":0.05,"delta":0.02}"#,
        )
        .unwrap();
        assert_eq!(thought.said(), Some(true));
        assert!(thought.reason().ends_with("(0 of 84 were; 98 % sure)"), "{}", thought.reason());
        thought.corrected = 68;
        let told = thought.reason();
        assert!(told.ends_with("(0 of 84 were since you last corrected one; 98 % sure)"), "{told}");
        thought.opinion = "ask".to_owned();
        assert_eq!(thought.said(), None);
    }
}
