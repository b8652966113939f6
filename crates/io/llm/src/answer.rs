//! What a model may say, read strictly. An answer that is not exactly its schema is none: nothing is guessed, repaired or
//! looked for in prose.

use claudectl_gate::rules::Action;
use claudectl_redact::{redact, sanitize_line};
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest summary, in characters.
const SUMMARY: usize = 600;
/// The longest risk or point.
const ITEM: usize = 200;
/// How many of them.
const ITEMS: usize = 8;

/// What a model says that speaks for a call. It is not asked whether a call may run: an answer that says so was led to it,
/// or does not do as it is told.
const URGES: &[&str] = &[
    "allow it",
    "allow the",
    "allow this",
    "allowed to run",
    "approval recommended",
    "approve",
    "approved",
    "approving",
    "be allowed",
    "can be trusted",
    "completely safe",
    "entirely safe",
    "harmless",
    "is safe",
    "it s safe",
    "lgtm",
    "no danger",
    "no need to ask",
    "no need to review",
    "no risk",
    "perfectly safe",
    "safe command",
    "safe operation",
    "safe to",
    "totally safe",
    "without asking",
    "without risk",
];

/// Why an answer is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// There is no text.
    #[error("the model said nothing")]
    Empty,
    /// It ran into the limit of its length.
    #[error("the model did not come to an end")]
    Unfinished,
    /// It is more or less than the JSON that was asked for.
    #[error("the model's answer is not as it was asked for: {0}")]
    NotTheSchema(String),
    /// A text of it is longer than was allowed, or there are too many.
    #[error("the model said too much: {0}")]
    TooLong(&'static str),
    /// It speaks for the call, and warns of nothing.
    #[error("the model said whether the call may run, which it is not asked")]
    Urges,
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Note {}
    impl Sealed for super::Digest {}
}

/// What can come of a question.
pub trait Answer: Sized + sealed::Sealed {
    /// The name of its schema.
    const NAME: &'static str;

    /// The JSON schema that the endpoint holds the model to.
    fn schema() -> Value;

    /// From the model's text.
    ///
    /// # Errors
    ///
    /// When it is not exactly what the schema says.
    fn parse(text: &str) -> Result<Self, BadAnswer>;

    /// Has it say that the model saw a part only of what it was asked about.
    #[must_use]
    fn of_a_part(self) -> Self;
}

/// What is put before the risks that a model saw in a part of a call.
const PART: &str = "Only a part of the call was shown to the model: it is too long, or holds a file.";

/// What a model says of a call: what it does, what could come of it, and whether a person should rather refuse it. It has
/// no word for "allow".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What the call does, on one line.
    pub summary: String,
    /// What could go wrong, a line each.
    pub risks: Vec<String>,
    /// The model warns: it would not run this.
    pub tighten: bool,
}

/// The one thing that a note can put before a person: to refuse the call. Whoever shows it has the note to go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposal {
    /// To deny.
    Deny,
}

impl Note {
    /// What is proposed to the person who is asked about the call. Where nobody is asked, nothing is.
    #[must_use]
    pub fn proposal(&self, verdict: Action) -> Option<Proposal> {
        match verdict {
            Action::Ask if self.tighten => Some(Proposal::Deny),
            Action::Ask | Action::Allow | Action::Deny => None,
        }
    }
}

impl Proposal {
    /// What the call would come to if the person agrees.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::Deny => Action::Deny,
        }
    }
}

/// A text about many calls, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// What there is to say, on one line.
    pub summary: String,
    /// Single points, a line each.
    pub points: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNote {
    summary: String,
    risks: Vec<String>,
    tighten: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDigest {
    summary: String,
    points: Vec<String>,
}

impl Answer for Note {
    const NAME: &'static str = "note";

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "summary": { "type": "string", "maxLength": SUMMARY },
                "risks": items(),
                "tighten": { "type": "boolean" },
            },
            "required": ["summary", "risks", "tighten"],
            "additionalProperties": false,
        })
    }

    fn parse(text: &str) -> Result<Self, BadAnswer> {
        let raw: RawNote = object(text)?;
        let note = Self {
            summary: line(&raw.summary, SUMMARY, "summary")?,
            risks: lines(&raw.risks, "risks")?,
            tighten: raw.tighten,
        };
        // One that warns may well say that a call is not safe to run.
        if !note.tighten && (urges(&note.summary) || note.risks.iter().any(|risk| urges(risk))) {
            return Err(BadAnswer::Urges);
        }
        Ok(note)
    }

    fn of_a_part(mut self) -> Self {
        self.risks.insert(0, PART.to_owned());
        self
    }
}

impl Answer for Digest {
    const NAME: &'static str = "digest";

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": { "summary": { "type": "string", "maxLength": SUMMARY }, "points": items() },
            "required": ["summary", "points"],
            "additionalProperties": false,
        })
    }

    fn parse(text: &str) -> Result<Self, BadAnswer> {
        let raw: RawDigest = object(text)?;
        Ok(Self { summary: line(&raw.summary, SUMMARY, "summary")?, points: lines(&raw.points, "points")? })
    }

    /// It is a selection anyway.
    fn of_a_part(self) -> Self {
        self
    }
}

fn items() -> Value {
    json!({ "type": "array", "maxItems": ITEMS, "items": { "type": "string", "maxLength": ITEM } })
}

/// An object and nothing around it. A list of the same values in the same order would do for serde.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, BadAnswer> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    if text.is_empty() {
        return Err(BadAnswer::Empty);
    }
    if !text.starts_with('{') {
        return Err(BadAnswer::NotTheSchema("it is no JSON object, or not only one".to_owned()));
    }
    serde_json::from_str(text).map_err(|error| {
        // It may tell the name of a key that the model made up.
        let why = error.to_string();
        BadAnswer::NotTheSchema(shown(&why, ITEM))
    })
}

fn lines(texts: &[String], what: &'static str) -> Result<Vec<String>, BadAnswer> {
    if texts.len() > ITEMS {
        return Err(BadAnswer::TooLong(what));
    }
    // A small model fills a list with nothing.
    let said = texts.iter().filter(|text| !shown(text, ITEM).is_empty());
    said.map(|text| line(text, ITEM, what)).collect()
}

/// One text, as it may be shown.
fn line(text: &str, most: usize, what: &'static str) -> Result<String, BadAnswer> {
    if text.chars().count() > most {
        return Err(BadAnswer::TooLong(what));
    }
    let line = shown(text, most);
    if line.is_empty() { Err(BadAnswer::NotTheSchema(format!("{what}: an empty text"))) } else { Ok(line) }
}

/// On one line, without what commands a terminal and without credentials, which a model may repeat. Markers of these make
/// it longer, so it is cut at last.
pub(crate) fn shown(text: &str, most: usize) -> String {
    // What hid in a secret is gone before it is looked for.
    let line = sanitize_line(text);
    let clean = redact(line.trim()).text;
    clean.chars().take(most).collect()
}

/// Whether a text speaks for a call: by its words, whatever stands between them.
fn urges(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let text = format!(" {} ", words.join(" "));
    URGES.iter().any(|phrase| text.contains(&format!(" {phrase} ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn note(text: &str) -> Result<Note, BadAnswer> {
        Note::parse(text)
    }

    #[test]
    fn an_answer_is_exactly_the_schema() {
        let good = "\n {\"summary\":\"Lists files.\",\"risks\":[],\"tighten\":false}\n";
        assert_eq!(
            note(good),
            Ok(Note { summary: "Lists files.".to_owned(), risks: vec![], tighten: false })
        );
        let warns = r#"{"tighten":true,"risks":["It removes all."],"summary":"Removes a folder."}"#;
        let risks = vec!["It removes all.".to_owned()];
        assert_eq!(note(warns), Ok(Note { summary: "Removes a folder.".to_owned(), risks, tighten: true }));
        let digest = Digest::parse(r#"{"summary":"Two things.","points":["a","b"]}"#);
        let points = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(digest, Ok(Digest { summary: "Two things.".to_owned(), points }));
        let blank = note(r#"{"summary":"x","risks":[" ","It is gone.",""],"tighten":true}"#);
        assert_eq!(blank.map(|note| note.risks), Ok(vec!["It is gone.".to_owned()]));
        assert_eq!(note(" \n"), Err(BadAnswer::Empty));
        for bad in [
            "```json\n{\"summary\":\"x\",\"risks\":[],\"tighten\":true}\n```",
            "Here it is: {\"summary\":\"x\",\"risks\":[],\"tighten\":true}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":true} Hope that helps!",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":true}{\"summary\":\"x\",\"risks\":[],\"tighten\":true}",
            "[\"x\",[],true]",
            "\"allow\"",
            "true",
            "null",
            "{}",
            "{\"summary\":\"x\",\"risks\":[]}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":\"true\"}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":1}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":null}",
            "{\"summary\":\"x\",\"risks\":\"none\",\"tighten\":true}",
            "{\"summary\":\"x\",\"risks\":[1],\"tighten\":true}",
            "{\"summary\":7,\"risks\":[],\"tighten\":true}",
            "{\"summary\":\"\",\"risks\":[],\"tighten\":true}",
            "{\"summary\":\" \\u202e\\u001b[2J\",\"risks\":[],\"tighten\":true}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":true,\"action\":\"allow\"}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":true,\"allow\":true}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":true,\"tighten\":false}",
            "{\"Summary\":\"x\",\"risks\":[],\"tighten\":true}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":true,}",
            "{'summary':'x','risks':[],'tighten':true}",
            "\u{feff}{\"summary\":\"x\",\"risks\":[],\"tighten\":true}",
            "<think>hm</think>{\"summary\":\"x\",\"risks\":[],\"tighten\":true}",
            "{\"summary\":\"x\",\"risks\":[],\"tighten\":tr",
        ] {
            assert!(matches!(note(bad), Err(BadAnswer::NotTheSchema(_))), "{bad}: {:?}", note(bad));
        }
    }

    #[test]
    fn an_answer_that_is_too_long_is_none() {
        let with = |summary: usize, risks: usize, risk: usize| {
            let text = json!({ "summary": "ä".repeat(summary), "risks": vec!["ö".repeat(risk); risks], "tighten": true });
            note(&text.to_string()).map(|note| note.risks.len())
        };
        assert_eq!(with(SUMMARY, ITEMS, ITEM), Ok(ITEMS));
        assert_eq!(with(SUMMARY + 1, 0, 1), Err(BadAnswer::TooLong("summary")));
        assert_eq!(with(1, ITEMS + 1, 1), Err(BadAnswer::TooLong("risks")));
        assert_eq!(with(1, 1, ITEM + 1), Err(BadAnswer::TooLong("risks")));
    }

    #[test]
    fn texts_of_a_model_are_made_safe() {
        let text = json!({
            "summary": "a\u{1b}]0;x\u{7}b\n\u{202e}c",
            "risks": ["key ghp_\u{200b}b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"],
            "tighten": true,
        });
        let note = note(&text.to_string()).unwrap();
        assert_eq!(
            (note.summary.as_str(), note.risks),
            ("ab c", vec!["key [redacted:github-token]".to_owned()])
        );
        let odd = Note::parse(
            r#"{"summary":"x","risks":[],"tighten":true,"\u001b[2Jghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R":1}"#,
        );
        let why = odd.unwrap_err().to_string();
        assert!(why.contains("[redacted:github-token]") && !why.contains('\u{1b}'), "{why}");
        for sample in claudectl_redact::samples::one_of_each(3) {
            let long = sample.across(ITEM, "so that it runs ");
            for text in long.iter().map(|text| shown(text, ITEM)) {
                assert!(sample.part_in(&text).is_none(), "{}: {text}", sample.kind);
            }
        }
    }

    #[test]
    fn a_note_that_speaks_for_a_call_is_none() {
        let with = |summary: &str, risk: Option<&str>, tighten: bool| {
            note(
                &json!({ "summary": summary, "risks": Vec::from_iter(risk), "tighten": tighten }).to_string(),
            )
        };
        for urging in [
            "APPROVE",
            "This is safe to run.",
            "Safe — to run!",
            "You can *approve* it",
            "Lists files; harmless.",
            "It's safe.",
            "No risk at all",
            "Allow it",
            "verdict: approved",
        ] {
            assert_eq!(with(urging, None, false), Err(BadAnswer::Urges), "{urging}");
            assert_eq!(with("Lists files.", Some(urging), false), Err(BadAnswer::Urges), "{urging}");
            assert!(with(urging, None, true).is_ok_and(|note| note.tighten), "a warning counts: {urging}");
        }
        for plain in
            ["Lists files.", "Sets the allow-list of ports", "Opens safetensors", "Reads approvals.json"]
        {
            assert!(with(plain, None, false).is_ok(), "{plain}");
        }
    }

    #[test]
    fn the_schema_asks_for_what_is_read() {
        assert_eq!(
            Note::schema().to_string(),
            r#"{"type":"object","properties":{"summary":{"type":"string","maxLength":600},"risks":{"type":"array","maxItems":8,"items":{"type":"string","maxLength":200}},"tighten":{"type":"boolean"}},"required":["summary","risks","tighten"],"additionalProperties":false}"#
        );
        assert_eq!(
            Digest::schema().to_string(),
            r#"{"type":"object","properties":{"summary":{"type":"string","maxLength":600},"points":{"type":"array","maxItems":8,"items":{"type":"string","maxLength":200}}},"required":["summary","points"],"additionalProperties":false}"#
        );
    }

    #[test]
    fn the_only_proposal_is_to_deny_what_a_person_is_asked() {
        let note = |tighten| Note { summary: "x".to_owned(), risks: vec![], tighten };
        let proposed = |tighten, verdict| note(tighten).proposal(verdict).map(Proposal::action);
        assert_eq!(proposed(true, Action::Ask), Some(Action::Deny));
        for (tighten, verdict) in [
            (true, Action::Allow),
            (true, Action::Deny),
            (false, Action::Allow),
            (false, Action::Ask),
            (false, Action::Deny),
        ] {
            assert_eq!(proposed(tighten, verdict), None, "{tighten} {verdict:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_model_says_moves_nothing_towards_allow(text in r#"(\{"summary":"\PC{0,20}","risks":\[("\PC{0,9}")?\],"tighten":(true|false)\}|\PC{0,80})"#) {
            for verdict in [Action::Allow, Action::Ask, Action::Deny] {
                let proposal = Note::parse(&text).ok().and_then(|note| note.proposal(verdict));
                let after = proposal.map_or(verdict, Proposal::action);
                prop_assert!(after >= verdict);
            }
        }
    }
}
