//! What a model is told, as plain data: the person's own messages, inputs of tools with how the calls ended, figures, and
//! the project's name. Outputs, files and words of agents have no type here.
//!
//! What a file holds or is to hold is no part of what is told of an input: where it stood, its size is told.
//!
//! Each text is redacted, then shortened. Where not all fits, the newest is kept, and how much was left out is told. Of a long
//! text its end is told, too, for that is where one would put what is not to be seen; and whether a call was told whole is
//! known, for a model that saw a part of it knows nothing of the rest.

use claudectl_redact::{redact, redact_start, redact_tool};
use serde_json::{Map, Value, json};

/// Bytes of one text of an input.
const TEXT: usize = 2000;
/// Of a text no longer than this the end is told, too. To redact all of a longer one would take its time.
const WHOLE: usize = 64 * 1024;
/// Bytes of one message.
const MESSAGE: usize = 600;
/// Bytes of a name: a tool's, a project's, a field's.
const NAME: usize = 120;
/// Fields of one input.
const FIELDS: usize = 16;
/// Bytes of the call that a question is about.
const CALL: usize = 6000;
/// Bytes of all messages.
const MESSAGES: usize = 3000;
/// Bytes of all calls.
const CALLS: usize = 9000;
/// Figures.
const FACTS: usize = 40;

/// How a call ended, as far as a model is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It ran.
    Ran,
    /// It ran and failed.
    Failed,
    /// A person, a rule or the mode refused it.
    Denied,
    /// A person broke it off.
    Interrupted,
}

impl Ended {
    /// Its name in the data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A call of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The tool's name, which whoever wrote the tool has chosen.
    pub tool: &'a str,
    /// What it was called with.
    pub input: &'a Value,
    /// How it ended, once it has.
    pub ended: Option<Ended>,
}

/// What a figure says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// So many.
    Count(u64),
    /// So many seconds.
    Seconds(u64),
    /// So many dollars.
    Dollars(f64),
    /// One of some words that this program has.
    Word(&'static str),
}

/// A figure and what it is of. No text from outside is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fact {
    /// What it is of.
    pub name: &'static str,
    /// How much.
    pub figure: Figure,
}

/// All that a question is asked with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Material<'a> {
    /// The project's name.
    pub project: Option<&'a str>,
    /// What the person wrote, oldest first.
    pub messages: &'a [&'a str],
    /// Calls, oldest first.
    pub calls: &'a [Call<'a>],
    /// Figures.
    pub facts: &'a [Fact],
}

/// The call that a question is about, and whether all of it is told.
pub(crate) fn call(call: &Call) -> (String, bool) {
    let (call, whole) = written(call, CALL);
    (call.to_string(), whole)
}

impl Material<'_> {
    pub(crate) fn project(&self) -> String {
        json!(self.project.map(name)).to_string()
    }

    pub(crate) fn messages(&self) -> String {
        newest(self.messages.iter().map(|message| json!(start(message, MESSAGE).0)), MESSAGES)
    }

    pub(crate) fn calls(&self) -> String {
        newest(self.calls.iter().map(|call| written(call, TEXT).0), CALLS)
    }

    pub(crate) fn facts(&self) -> String {
        let facts = self.facts.iter().take(FACTS);
        Value::Object(facts.map(|fact| (fact.name.to_owned(), fact.figure.value())).collect()).to_string()
    }
}

impl Figure {
    fn value(self) -> Value {
        match self {
            Self::Count(count) => json!(count),
            Self::Seconds(seconds) => json!(format!("{seconds} s")),
            Self::Dollars(dollars) => json!(format!("${dollars:.2}")),
            Self::Word(word) => json!(word),
        }
    }
}

/// A list with as many of its last entries as fit, and how many did not.
fn newest(items: impl DoubleEndedIterator<Item = Value> + ExactSizeIterator, most: usize) -> String {
    let (all, mut kept, mut size) = (items.len(), Vec::new(), 0);
    for item in items.rev() {
        size += item.to_string().len() + 1;
        if size > most {
            break;
        }
        kept.push(item);
    }
    kept.reverse();
    let left_out = all - kept.len();
    json!({ "left_out": left_out, "newest_last": kept }).to_string()
}

/// A call, in about so many bytes: each of its texts gets its part. And whether that is all of it.
fn written(call: &Call, most: usize) -> (Value, bool) {
    let (input, whole) = input(call.tool, call.input, most);
    let mut object = Map::new();
    object.insert("tool".to_owned(), json!(name(call.tool)));
    object.insert("input".to_owned(), input);
    if let Some(ended) = call.ended {
        object.insert("ended".to_owned(), json!(ended.word()));
    }
    (Value::Object(object), whole && call.tool.len() <= NAME)
}

/// Tools whose inputs hold what a file holds or is to hold, and the fields that it stands in.
const WRITERS: &[(&str, &[&str])] = &[
    ("Write", &["content"]),
    ("Edit", &["old_string", "new_string"]),
    ("MultiEdit", &["edits"]),
    ("NotebookEdit", &["new_source"]),
];

/// Whether a field of a tool's input is the text of a file.
fn is_of_file(tool: &str, key: &str) -> bool {
    WRITERS.iter().any(|(writer, keys)| *writer == tool && keys.contains(&key))
}

fn input(tool: &str, input: &Value, most: usize) -> (Value, bool) {
    let Value::Object(fields) = input else {
        let (text, whole) = text("", input, TEXT.min(most));
        return (json!(text), whole);
    };
    let mut left = most;
    let mut all = fields.len() <= FIELDS;
    let mut kept = Map::new();
    for (key, value) in fields.iter().take(FIELDS) {
        if is_of_file(tool, key) {
            let size = value.as_str().map_or_else(|| value.to_string().len(), str::len);
            kept.insert(name(key), json!(format!("[{size} bytes of a file, not shown]")));
            all = false;
            continue;
        }
        let (value, whole) = text(key, value, TEXT.min(left));
        left = left.saturating_sub(value.len());
        all &= whole && key.len() <= NAME;
        kept.insert(name(key), json!(value));
    }
    if fields.len() > FIELDS {
        kept.insert("fields_left_out".to_owned(), json!(fields.len() - FIELDS));
    }
    (Value::Object(kept), all)
}

/// A value of an input as text, redacted by what stands in it and by what its field is called. And whether that is all.
fn text(key: &str, value: &Value, most: usize) -> (String, bool) {
    let (text, whole) = match value {
        Value::String(text) => start(text, most),
        // An escape must not hide a secret from whoever reads the text of the JSON.
        other => {
            let mut left = WHOLE;
            let (text, whole) = start(&without_secrets(other, &mut left).to_string(), most);
            (text, whole && left > 0)
        }
    };
    let pair = json!({ key: text }).to_string();
    let Some(masked) = changed(&pair) else { return (text, whole) };
    let value = serde_json::from_str::<Map<String, Value>>(&masked).ok().and_then(|pair| {
        let value = pair.into_iter().next()?.1;
        Some(value.as_str()?.to_owned())
    });
    (value.unwrap_or_else(|| "[redacted]".to_owned()), whole)
}

fn changed(text: &str) -> Option<String> {
    let redacted = redact(text);
    (!redacted.findings.is_empty()).then(|| redacted.text.into_owned())
}

/// A value without credentials, as far as about `left` bytes of its texts go: behind them nothing is told of it.
fn without_secrets(value: &Value, left: &mut usize) -> Value {
    if *left == 0 {
        return json!("…");
    }
    match value {
        Value::String(text) => json!(taken(text, left)),
        Value::Array(items) => {
            let fits = items.iter().take(*left);
            fits.map(|item| without_secrets(item, left)).collect()
        }
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (key, value) in fields.iter().take(*left) {
                let key = taken(key, left);
                kept.insert(key, without_secrets(value, left));
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

/// A text without credentials, out of what is left for all of them.
fn taken(text: &str, left: &mut usize) -> String {
    let text = redact_start(text, *left).into_owned();
    *left = left.saturating_sub(text.len().max(1));
    text
}

/// A text without credentials; of a long one its beginning, its end, and how much stood between. And whether that is all.
fn start(text: &str, most: usize) -> (String, bool) {
    if text.len() > WHOLE {
        let kept = redact_start(text, most);
        let more = text.len().saturating_sub(kept.len());
        return (format!("{kept}…[{more} bytes left out]"), false);
    }
    let text = redact(text).text;
    if text.len() <= most {
        return (text.into_owned(), true);
    }
    let (head, tail) =
        (text.floor_char_boundary(most - most / 4), text.ceil_char_boundary(text.len() - most / 4));
    let more = tail - head;
    (format!("{}…[{more} bytes left out]…{}", &text[..head], &text[tail..]), false)
}

/// A name, which is no place for a text.
fn name(text: &str) -> String {
    start(&redact_tool(text), NAME).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_redact::samples::one_of_each;

    fn parsed(json: &str) -> Value {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_told_is_this_and_no_more() {
        let (list, edit) = (json!({ "command": "ls -l", "timeout": 5 }), json!(["a"]));
        let calls = [
            Call { tool: "Bash", input: &list, ended: Some(Ended::Ran) },
            Call { tool: "mcp__x__y", input: &edit, ended: None },
        ];
        let facts = [
            Fact { name: "calls", figure: Figure::Count(2) },
            Fact { name: "time", figure: Figure::Seconds(61) },
            Fact { name: "cost", figure: Figure::Dollars(1.005) },
            Fact { name: "status", figure: Figure::Word("waiting") },
        ];
        let material = Material {
            project: Some("shop"),
            messages: &["Fix it", "no, \"that\""],
            calls: &calls,
            facts: &facts,
        };
        assert_eq!(
            call(&calls[0]).0,
            r#"{"tool":"Bash","input":{"command":"ls -l","timeout":"5"},"ended":"ran"}"#
        );
        assert_eq!(material.project(), r#""shop""#);
        assert_eq!(material.messages(), r#"{"left_out":0,"newest_last":["Fix it","no, \"that\""]}"#);
        assert_eq!(
            material.calls(),
            r#"{"left_out":0,"newest_last":[{"tool":"Bash","input":{"command":"ls -l","timeout":"5"},"ended":"ran"},{"tool":"mcp__x__y","input":"[\"a\"]"}]}"#
        );
        assert_eq!(material.facts(), r#"{"calls":2,"time":"61 s","cost":"$1.00","status":"waiting"}"#);
        let words = [Ended::Ran, Ended::Failed, Ended::Denied, Ended::Interrupted].map(Ended::word);
        assert_eq!(words, ["ran", "failed", "denied", "interrupted"]);
        assert_eq!(Material::default().project(), "null");
    }

    #[test]
    fn what_a_file_holds_is_not_told() {
        for (tool, input, shown) in [
            (
                "Write",
                json!({ "file_path": "/w/a", "content": "F1LE é" }),
                r#"{"file_path":"/w/a","content":"[7 bytes of a file, not shown]"}"#,
            ),
            (
                "Edit",
                json!({ "file_path": "/w/a", "old_string": "F1LE", "new_string": "", "replace_all": true }),
                r#"{"file_path":"/w/a","old_string":"[4 bytes of a file, not shown]","new_string":"[0 bytes of a file, not shown]","replace_all":"true"}"#,
            ),
            (
                "MultiEdit",
                json!({ "edits": [{ "old_string": "F1LE" }] }),
                r#"{"edits":"[23 bytes of a file, not shown]"}"#,
            ),
            (
                "NotebookEdit",
                json!({ "new_source": "F1LE" }),
                r#"{"new_source":"[4 bytes of a file, not shown]"}"#,
            ),
        ] {
            let (told, whole) = call(&Call { tool, input: &input, ended: None });
            assert_eq!((told, whole), (format!(r#"{{"tool":"{tool}","input":{shown}}}"#), false));
        }
        let (told, whole) =
            call(&Call { tool: "mcp__chat__post", input: &json!({ "content": "hi" }), ended: None });
        assert_eq!((told.as_str(), whole), (r#"{"tool":"mcp__chat__post","input":{"content":"hi"}}"#, true));
    }

    #[test]
    fn where_not_all_fits_the_newest_stays() {
        let messages: Vec<String> = (0..100).map(|n| format!("message {n} {}", "x".repeat(200))).collect();
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        let material = Material { messages: &messages, ..Material::default() };
        let told = parsed(&material.messages());
        let kept = told["newest_last"].as_array().unwrap();
        assert_eq!(told["left_out"], json!(100 - kept.len()));
        assert!(kept.len() > 5 && kept.last().unwrap().as_str().unwrap().starts_with("message 99 "));
        assert!(material.messages().len() < MESSAGES + 100);
    }

    #[test]
    fn no_input_is_too_long() {
        let long = "é".repeat(10_000);
        let deep = json!([vec![json!([long, { "a": long }]); 50], vec![7; 5000]]);
        let huge = Value::Object((0..40).map(|n| (format!("{n}{long}"), deep.clone())).collect());
        let (one, whole) = call(&Call { tool: &long, input: &huge, ended: None });
        assert!(!whole && one.len() < CALL + (FIELDS + 2) * (2 * NAME + 80), "{}", one.len());
        let told = parsed(&one);
        assert_eq!(told["input"]["fields_left_out"], json!(40 - FIELDS));
        let bare = json!(long);
        let bare = parsed(&call(&Call { tool: "x", input: &bare, ended: None }).0);
        assert!(bare["input"].as_str().unwrap().len() < TEXT + 40, "{bare}");
    }

    #[test]
    fn what_stands_behind_much_is_told_too_and_that_much_is_left_out() {
        let told = |input: Value| call(&Call { tool: "Bash", input: &input, ended: None });
        let padded = format!(": '{}'; rm -rf ~", "x".repeat(5000));
        let (text, whole) = told(json!({ "command": padded }));
        assert!(text.contains("; rm -rf ~") && text.contains(" bytes left out]…") && !whole, "{text}");
        assert_eq!(parsed(&text)["input"]["command"].as_str().map(|text| text.len() < TEXT + 60), Some(true));
        let huge = format!("ls; {}", "x".repeat(1_000_000));
        let (text, whole) = told(json!({ "command": huge }));
        assert!(
            text.contains("ls; xxx") && text.contains("[998004 bytes left out]") && !whole,
            "{}",
            text.len()
        );
        for whole in
            [json!({ "command": "ls" }), json!(["ls"]), json!({ "a": { "b": 1 } }), json!({}), json!(null)]
        {
            assert!(told(whole.clone()).1, "{whole}");
        }
        let many: Map<String, Value> = (0..=FIELDS).map(|n| (n.to_string(), json!("x"))).collect();
        for part in [json!(many), json!({ "x".repeat(NAME + 1): 1 }), json!({ "a": ["x".repeat(TEXT)] })] {
            assert!(!told(part.clone()).1, "{part}");
        }
        let filled: Map<String, Value> = (0..5).map(|n| (n.to_string(), json!("x".repeat(TEXT)))).collect();
        assert!(!told(json!(filled)).1);
    }

    #[test]
    fn no_secret_is_told() {
        for sample in one_of_each(11) {
            for text in sample.across(TEXT, "word ").iter().chain(&sample.across(MESSAGE, "word ")) {
                let flat = json!({ "command": text });
                let deep = json!({ "a": [{ "b": text }], "c": format!("\n{text}") });
                let calls = [
                    Call { tool: "Bash", input: &flat, ended: None },
                    Call { tool: "T", input: &deep, ended: None },
                ];
                let material = Material { project: Some(text), messages: &[text], calls: &calls, facts: &[] };
                for told in [material.messages(), material.calls(), material.project(), call(&calls[1]).0] {
                    assert_eq!(sample.part_in(&told), None, "{}: {told}", sample.kind);
                }
            }
        }
        let named = json!({ "password": "Zq7mTr2k", "env": { "DB_PASSWORD": "Zq7mTr2k" } });
        let (told, _) = call(&Call { tool: "mcp__db__open", input: &named, ended: None });
        assert!(!told.contains("Zq7mTr2k"), "{told}");
    }
}
