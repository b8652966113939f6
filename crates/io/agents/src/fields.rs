//! The fields of a JSON object from outside, each looked at on its own: one that is not as expected is missing, and
//! spoils no other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use claudectl_redact::{redact_start, redact_tool};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// No path is longer, in bytes.
const MAX_PATH: usize = 4096;
/// No name of a tool that is judged is longer, in bytes.
const MAX_TOOL: usize = 4096;
/// No name or id is longer, in bytes.
const MAX_NAME: usize = 256;

/// An object's fields. Of a field that stands there twice the last counts, as everywhere else.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a>(HashMap<Cow<'a, str>, &'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut fields = HashMap::new();
                while let Some(key) = map.next_key::<&RawValue>()? {
                    match string(key) {
                        Some(key) => drop(fields.insert(key, map.next_value()?)),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(Object)
    }
}

/// What stands where an object is expected: its type and its place, and nothing of what it says, because that
/// may be a secret. The parser's own message quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// A JSON value of another type.
    #[error("it is {0}, not an object")]
    Other(&'static str),
    /// It ends before it should.
    #[error("it ends in the middle, at line {0}, column {1}")]
    CutOff(usize, usize),
    /// It is no JSON.
    #[error("it is not JSON at line {0}, column {1}")]
    NotJson(usize, usize),
}

impl NotAnObject {
    fn of(json: &[u8], error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            Category::Data => Self::Other(kind_of(json)),
            Category::Eof if json.trim_ascii().is_empty() => Self::Other("empty"),
            Category::Eof => Self::CutOff(line, column),
            Category::Syntax | Category::Io => Self::NotJson(line, column),
        }
    }
}

/// The type of a JSON value, by how it begins.
fn kind_of(json: &[u8]) -> &'static str {
    match json.trim_ascii_start().first() {
        Some(b'"') => "a string",
        Some(b'[') => "an array",
        Some(b'{') => "an object with something else in it",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

impl<'a> Fields<'a> {
    /// The fields of an object.
    pub(crate) fn parse(json: &'a [u8]) -> Result<Self, NotAnObject> {
        serde_json::from_slice(json).map_err(|error| NotAnObject::of(json, &error))
    }

    /// A field as it stands.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied()
    }

    /// The fields of an object in this one; none if there is no such object.
    pub(crate) fn object(&self, name: &str) -> Fields<'a> {
        self.raw(name).and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }

    /// A text, as it is.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        string(self.raw(name)?)
    }

    /// A name, an id or a word: redacted, not too long, not empty.
    pub(crate) fn name(&self, name: &str) -> Option<String> {
        self.text(name).map(|text| short(&text)).filter(|text| !text.is_empty())
    }

    /// The name of a tool: as it is kept, and as it is judged, not empty.
    pub(crate) fn tool(&self, name: &str) -> Option<(String, Cow<'a, str>)> {
        let name = self.text(name).filter(|text| !text.is_empty())?;
        let judged = match &name {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..text.floor_char_boundary(MAX_TOOL)]),
            Cow::Owned(text) => Cow::Owned(text[..text.floor_char_boundary(MAX_TOOL)].to_owned()),
        };
        Some((tool(&name), judged))
    }

    /// A path: not empty. What is longer than a path can be is none, and its beginning is another one.
    pub(crate) fn path(&self, name: &str) -> Option<String> {
        let path = self.text(name)?;
        (!path.is_empty() && path.len() <= MAX_PATH).then(|| path.into_owned())
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let number: f64 = serde_json::from_str(self.raw(name)?.get()).ok()?;
        number.is_finite().then_some(number)
    }

    /// A count; a fraction is none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        let number = self.number(name)?;
        let whole = number >= 0.0 && number.fract() == 0.0 && number < 1e15;
        whole.then_some(number as u64)
    }
}

/// The name of a tool as it is kept: redacted, not too long.
fn tool(name: &str) -> String {
    if name.len() > MAX_TOOL {
        return short(name);
    }
    let name = redact_tool(name);
    name[..name.floor_char_boundary(MAX_NAME)].to_owned()
}

/// A name or a word that is kept: redacted, not too long. In this order, because the beginning of a secret may not be known
/// for one.
pub(crate) fn short(text: &str) -> String {
    let mut text = redact_start(text, MAX_NAME).into_owned();
    text.truncate(text.floor_char_boundary(MAX_NAME));
    text
}

/// A JSON string. JavaScript cuts texts between the halves of a character: a half becomes a question mark.
fn string<'a>(raw: &'a RawValue) -> Option<Cow<'a, str>> {
    let json = raw.get();
    if !json.starts_with('"') {
        return None;
    }
    // What has no escape can be borrowed as it stands.
    if !json.contains('\\') {
        return Some(Cow::Borrowed(&json[1..json.len() - 1]));
    }
    serde_json::from_str::<String>(json)
        .or_else(|_| serde_json::from_str(&without_halves(json)))
        .ok()
        .map(Cow::Owned)
}

/// A JSON string with each escaped half of a character, of which the other half is missing, replaced.
fn without_halves(json: &str) -> String {
    let mut whole = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        whole.push_str(&rest[..at]);
        let escape = &rest[at..];
        let (first, second) = (half(escape), escape.get(6..).and_then(half));
        let length = match (first, second) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                whole.push('\u{fffd}');
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 2.min(escape.len()),
        };
        let length = escape.floor_char_boundary(length);
        whole.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    whole.push_str(rest);
    whole
}

/// The code of `\\uXXXX`.
fn half(escape: &str) -> Option<u32> {
    u32::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_field_spoils_no_other() {
        let json = br#"{"a":"x","b":5,"b":"y","c":null,"d":"half \\ud83d","e":"\\ud83d\\ude00","f":{"g":1.5,"h":2},"i":"a\\n\\"b"}"#;
        let json = String::from_utf8_lossy(json).replace("\\\\", "\\");
        let fields = Fields::parse(json.as_bytes()).unwrap();
        let text = |name: &str| fields.text(name).map(Cow::into_owned);
        assert_eq!((text("a").as_deref(), text("b").as_deref(), text("c")), (Some("x"), Some("y"), None));
        assert_eq!((text("d").as_deref(), text("e").as_deref()), (Some("half \u{fffd}"), Some("\u{1f600}")));
        assert_eq!(text("i").as_deref(), Some("a\n\"b"));
        let inner = fields.object("f");
        assert_eq!((inner.number("g"), inner.count("g"), inner.count("h")), (Some(1.5), None, Some(2)));
        assert!(fields.object("a").0.is_empty());
    }

    #[test]
    fn a_name_holds_no_secret() {
        let fields =
            Fields::parse(br#"{"error":"bad key ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"}"#).unwrap();
        let name = fields.name("error").unwrap();
        assert!(!name.contains("ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"), "{name}");
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_name_is_cut() {
        for sample in claudectl_redact::samples::one_of_each(7) {
            for name in [MAX_NAME, MAX_TOOL].map(|limit| sample.across(limit, "word ")).concat() {
                let json = serde_json::json!({"name": name, "path": name}).to_string();
                let fields = Fields::parse(json.as_bytes()).unwrap();
                let (tool, judged) = fields.tool("name").unwrap();
                assert!(name.starts_with(&*judged) && judged.len() <= MAX_TOOL);
                for kept in [tool, fields.name("name").unwrap()] {
                    assert!(
                        kept.len() <= MAX_NAME && sample.part_in(&kept).is_none(),
                        "{}: {kept}",
                        sample.kind
                    );
                }
            }
        }
        // All that stands before it is one secret.
        let token = ["gh", "p_", "7kQ2", "mZ9xW4", "vB6nT1", "rL8sD3", "fG5hJ0", "pC2yK7aE"].concat();
        let long = format!("{token}{}", "7kQ2mZ9x".repeat(600));
        for at in MAX_TOOL - 30..MAX_TOOL {
            assert!(!tool(&format!("{} {token}", &long[..at])).contains("7kQ2"), "{at}");
        }
    }

    #[test]
    fn what_is_longer_than_a_path_is_none() {
        for (length, is_path) in [(1, true), (MAX_PATH, true), (MAX_PATH + 1, false)] {
            let json = serde_json::json!({"path": "x".repeat(length)}).to_string();
            assert_eq!(Fields::parse(json.as_bytes()).unwrap().path("path").is_some(), is_path, "{length}");
        }
    }

    #[test]
    fn what_is_no_object_is_not_quoted() {
        let said = |json: &str| Fields::parse(json.as_bytes()).unwrap_err().to_string();
        for (json, expected) in [
            (r#""hunter2""#, "it is a string, not an object"),
            (r#" ["hunter2"]"#, "it is an array, not an object"),
            ("4242424242", "it is a number, not an object"),
            ("true", "it is a boolean, not an object"),
            ("null", "it is null, not an object"),
            ("", "it is empty, not an object"),
            (r#"{"hunter2":"#, "it ends in the middle, at line 1, column 11"),
            ("hunter2", "it is not JSON at line 1, column 1"),
        ] {
            assert_eq!(said(json), expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_text_holds_it_comes_back(text in ".{0,40}") {
            let json = serde_json::json!({"a": text}).to_string();
            let fields = Fields::parse(json.as_bytes()).unwrap();
            prop_assert_eq!(fields.text("a").unwrap(), text);
        }

        #[test]
        fn broken_escapes_do_not_panic(text in r#"[\\u0-9a-fA-FdD"]{0,30}"#) {
            drop(without_halves(&text));
        }
    }
}
