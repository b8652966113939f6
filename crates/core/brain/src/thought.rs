//! What is thought of one call, as it is kept and told, and what that makes of the gate's verdict.

use claudectl_gate::judge::{Layer, Mode, Verdict};
use claudectl_gate::rules::Action;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
        model: hexadecimal(table.model),
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

/// Hot, as what is below: formatting as the standard library does it costs ten times as much.
fn hexadecimal(number: u64) -> String {
    let digit = |at: u32| char::from_digit((number >> (4 * at)) as u32 & 15, 16);
    let mut text = String::with_capacity(16);
    text.extend((0..16).rev().filter_map(digit));
    text
}

/// Writes a whole number.
fn whole(number: u64, out: &mut String) {
    if number > 9 {
        whole(number / 10, out);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Writes a number as JSON, as `serde` does.
fn decimal(number: f64, out: &mut String) {
    let scaled = (number * 1e4 + 0.5) as u64;
    // Most have four places at most, and are short.
    if number.is_sign_negative() || scaled >= 1 << 49 || scaled as f64 / 1e4 != number {
        out.push_str(&Value::from(number).to_string());
        return;
    }
    whole(scaled / 10_000, out);
    out.push('.');
    let (mut rest, mut place) = (scaled % 10_000, 1_000);
    loop {
        out.push(char::from(b'0' + (rest / place) as u8));
        rest %= place;
        place /= 10;
        if rest == 0 {
            return;
        }
    }
}

/// Writes a word as JSON.
fn quoted(word: &str, out: &mut String) {
    if word.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-') {
        out.push('"');
        out.push_str(word);
        out.push('"');
    } else {
        out.push_str(&Value::from(word).to_string());
    }
}

impl Thought {
    /// As JSON, as `serde` writes it.
    #[must_use]
    pub fn json(&self) -> String {
        let Self {
            p,
            low,
            high,
            allowed,
            denied,
            opinion,
            why,
            model,
            trials,
            errors,
            corrected,
            alpha,
            delta,
        } = self;
        let mut out = String::with_capacity(256);
        let names = ["{\"p\":", ",\"low\":", ",\"high\":", ",\"allowed\":", ",\"denied\":"];
        for (name, number) in names.into_iter().zip([p, low, high, allowed, denied]) {
            out.push_str(name);
            decimal(*number, &mut out);
        }
        let why = why.as_ref().map(|why| (",\"why\":", why));
        for (name, word) in
            [(",\"opinion\":", opinion)].into_iter().chain(why).chain([(",\"model\":", model)])
        {
            out.push_str(name);
            quoted(word, &mut out);
        }
        for (name, count) in
            [(",\"trials\":", trials), (",\"errors\":", errors), (",\"corrected\":", corrected)]
        {
            out.push_str(name);
            whole(*count, &mut out);
        }
        for (name, share) in [(",\"alpha\":", alpha), (",\"delta\":", delta)] {
            out.push_str(name);
            decimal(*share, &mut out);
        }
        out.push('}');
        out
    }

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
    fn it_is_written_as_serde_writes_it() {
        let thought = Thought {
            p: 0.999,
            low: 0.9981,
            high: 1.0,
            allowed: 123.4567,
            denied: 0.0,
            opinion: "ask".to_owned(),
            why: Some("new".to_owned()),
            model: hexadecimal(0x00ab_cdef_0123_4567),
            trials: u64::MAX,
            errors: 0,
            corrected: 7,
            alpha: 0.05,
            delta: 0.02,
        };
        assert_eq!(thought.model, "00abcdef01234567");
        let mut all = vec![thought.clone(), Thought { why: None, ..thought.clone() }];
        let odd = "a \"quote\",\n and more\u{1}";
        all.push(Thought {
            opinion: odd.to_owned(),
            model: odd.to_owned(),
            why: Some(odd.to_owned()),
            ..thought.clone()
        });
        let mut numbers: Vec<f64> = (0..=20_000).map(|at| f64::from(at) / 1e4).collect();
        numbers.extend([
            0.1 + 0.2,
            1e-7,
            0.000_05,
            -0.0,
            -1.5,
            1e16,
            1e300,
            56_294_995_342.131_1,
            f64::MAX,
            f64::MIN_POSITIVE,
        ]);
        numbers.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        all.extend(numbers.into_iter().map(|number| Thought { p: number, alpha: number, ..thought.clone() }));
        for thought in all {
            assert_eq!(thought.json(), serde_json::to_string(&thought).unwrap());
        }
    }

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
