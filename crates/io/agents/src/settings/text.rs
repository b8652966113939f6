//! Edits the text of a JSON file with comments, and leaves every byte that is not concerned as it is.
//!
//! The parser tells where each value stands; an edit cuts and inserts there. A syntax tree that is printed
//! again would lay out anew what it touches, and taking out could not be the reverse of putting in.

use std::ops::Range;

use jsonc_parser::ast::{Array, Object, ObjectProp, Value as Node};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::Serialize;
use serde_json::Value;

use super::loading::is_json;

/// Why a text is no JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Syntax {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What the parser says.
    pub message: String,
    /// It is JSON by the letter all the same: with an escape that stands for no character, or too deep to edit.
    pub by_the_letter: bool,
}

/// Reads a text; `None` if there is no value in it. Comments and trailing commas are fine.
pub(super) fn parse(text: &str) -> Result<Option<Node<'_>>, Syntax> {
    read(text, true)
}

/// An error where a text is no JSON by the letter: where it has a comment or a trailing comma.
pub(super) fn strictly(text: &str) -> Result<(), Syntax> {
    read(text, false).map(|_| ())
}

fn read(text: &str, comments: bool) -> Result<Option<Node<'_>>, Syntax> {
    let options = ParseOptions {
        allow_comments: comments,
        allow_trailing_commas: comments,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| Syntax {
        line: error.line_display(),
        column: error.column_display(),
        message: error.kind().to_string(),
        by_the_letter: is_json(text),
    })?;
    Ok(parsed.value)
}

/// Line and column, from 1, of a byte.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The property that counts: of several with one name, the last.
pub(super) fn member<'o, 't>(object: &'o Object<'t>, name: &str) -> Option<&'o ObjectProp<'t>> {
    object.properties.iter().rev().find(|property| property.name.as_str() == name)
}

/// A node as a value. Of several properties with one name the last counts, as everywhere.
pub(super) fn value(node: &Node<'_>) -> Value {
    match node {
        Node::StringLit(text) => Value::String(text.value.clone().into_owned()),
        Node::NumberLit(number) => serde_json::from_str(number.value).unwrap_or(Value::Null),
        Node::BooleanLit(boolean) => Value::Bool(boolean.value),
        Node::NullKeyword(_) => Value::Null,
        Node::Array(array) => array.elements.iter().map(value).collect(),
        Node::Object(object) => {
            let property =
                |property: &ObjectProp<'_>| (property.name.as_str().to_owned(), value(&property.value));
            Value::Object(object.properties.iter().map(property).collect())
        }
    }
}

/// How a file is laid out.
#[derive(Debug, Clone)]
pub(super) struct Style {
    newline: &'static str,
    /// One step to the right.
    unit: String,
    /// Each property of the file has its line.
    lines: bool,
    /// A space follows colons and commas.
    spaced: bool,
}

impl Style {
    /// The layout of a text and its object.
    pub(super) fn of(text: &str, root: &Object<'_>) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let Some(first) = root.properties.first() else {
            return Self { newline, unit: "  ".to_owned(), lines: true, spaced: true };
        };
        let lines = text[root.start()..first.start()].contains('\n');
        let indent = indent_at(text, first.start());
        let outer = indent_at(text, root.start());
        let unit = indent.strip_prefix(outer).filter(|unit| !unit.is_empty() && lines).unwrap_or("  ");
        let spaced = lines || text[first.name.end()..first.value.start()].contains(' ');
        Self { newline, unit: unit.to_owned(), lines, spaced }
    }

    /// A value on one line.
    pub(super) fn inline(&self, value: &Value) -> String {
        if !self.spaced {
            return value.to_string();
        }
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, Spaced);
        match value.serialize(&mut serializer) {
            Ok(()) => String::from_utf8(out).unwrap_or_else(|_| value.to_string()),
            // A value in memory has nothing that could fail.
            Err(_) => value.to_string(),
        }
    }

    fn property(&self, name: &str, value: &str) -> String {
        let colon = if self.spaced { ": " } else { ":" };
        format!("{}{colon}{value}", Value::from(name))
    }
}

/// JSON on one line with a space after colons and commas.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}

/// A text with other bytes in place of a range.
pub(super) fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..range.start], &text[range.end..])
}

/// The bytes of a node.
pub(super) fn span(node: &impl Ranged) -> Range<usize> {
    node.start()..node.end()
}

/// What stands between brackets: the brackets' own bytes, and those of each item.
struct Items {
    open: usize,
    close: usize,
    items: Vec<Range<usize>>,
}

impl Items {
    fn of_object(object: &Object<'_>) -> Self {
        let items = object.properties.iter().map(span).collect();
        Self { open: object.start(), close: object.end() - 1, items }
    }

    fn of_array(array: &Array<'_>) -> Self {
        let items = array.elements.iter().map(span).collect();
        Self { open: array.start(), close: array.end() - 1, items }
    }

    /// The text with an item at the end.
    fn append(&self, text: &str, style: &Style, item: &str) -> String {
        match self.items.last() {
            None => self.append_first(text, style, item),
            Some(last) => self.append_after(text, style, item, last.end),
        }
    }

    fn append_first(&self, text: &str, style: &Style, item: &str) -> String {
        let inside = &text[self.open + 1..self.close];
        let kept = inside.trim_end();
        if !style.lines && !inside.contains('\n') {
            return replaced(text, self.open + 1 + kept.len()..self.close, item);
        }
        let outer = indent_at(text, self.open);
        let (newline, unit) = (style.newline, &style.unit);
        let item = format!("{newline}{outer}{unit}{item}{newline}{outer}");
        replaced(text, self.open + 1 + kept.len()..self.close, &item)
    }

    fn append_after(&self, text: &str, style: &Style, item: &str, end: usize) -> String {
        let first = self.items[0].start;
        let after = Gap::read(text, end, self.close);
        // A comment on the line of the last item is about that item.
        let from = after.comma.map_or(end, |comma| comma + 1);
        let from = same_line_comments(text, from, self.close);
        let apart = if text[self.open..first].contains('\n') || ends_in_line_comment(text, end, from) {
            format!("{}{}", style.newline, indent_at(text, first))
        } else if style.spaced {
            " ".to_owned()
        } else {
            String::new()
        };
        match after.comma {
            Some(_) => replaced(text, from..from, &format!("{apart}{item},")),
            None => format!("{},{}{apart}{item}{}", &text[..end], &text[end..from], &text[from..]),
        }
    }

    /// The text without one item.
    fn remove(&self, text: &str, at: usize) -> String {
        let item = self.items[at].clone();
        let limit = self.items.get(at + 1).map_or(self.close, |next| next.start);
        let after = Gap::read(text, item.end, limit);
        let floor = if at == 0 { self.open + 1 } else { self.items[at - 1].end };
        let before = Gap::read(text, floor, item.start);
        if at + 1 < self.items.len() {
            return self.remove_inner(text, &item, &after);
        }
        // The run of blanks before the item goes with it, down to a comma or a comment.
        let mut start = before.last_end.max(floor);
        let after_item = after.comma.map_or(item.end, |comma| comma + 1);
        if ends_in_line_comment(text, floor, start) && !text[after_item..].starts_with(['\n', '\r']) {
            start = item.start;
        }
        let kept_comma = at == 0 || after.comma.is_some();
        match before.comma.filter(|_| !kept_comma) {
            Some(comma) => {
                format!("{}{}{}", &text[..comma], &text[comma + 1..start], &text[after_item..])
            }
            None => {
                let cut = replaced(text, start..after_item, "");
                let close = self.close - (after_item - start);
                let empty = at == 0 && cut[self.open + 1..close].trim().is_empty();
                if empty { replaced(&cut, self.open + 1..close, "") } else { cut }
            }
        }
    }

    /// An item that others follow: with its line, if it has one for itself.
    fn remove_inner(&self, text: &str, item: &Range<usize>, after: &Gap) -> String {
        let end = after.comma.map_or(item.end, |comma| comma + 1);
        let line = text[..item.start].rfind('\n').map_or(0, |newline| newline + 1);
        let line = line.max(self.open + 1);
        let rest = text[end..].find('\n').map(|newline| end + newline + 1);
        match rest {
            Some(next)
                if text[line..item.start].trim().is_empty()
                    && text[..line].ends_with('\n')
                    && text[end..next].trim().is_empty() =>
            {
                replaced(text, line..next, "")
            }
            _ => {
                let blanks = text[end..].len() - text[end..].trim_start_matches([' ', '\t']).len();
                replaced(text, item.start..end + blanks, "")
            }
        }
    }
}

/// What stands between two items, or an item and a bracket.
#[derive(Debug, Default)]
struct Gap {
    comma: Option<usize>,
    /// The end of the last thing in it that is no blank: a comma, a comment.
    last_end: usize,
}

impl Gap {
    fn read(text: &str, from: usize, to: usize) -> Self {
        let mut gap = Self { comma: None, last_end: from };
        let mut at = from;
        while at < to {
            let rest = &text[at..to];
            let length =
                comment_length(rest).unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
            if rest.starts_with(',') && gap.comma.is_none() {
                gap.comma = Some(at);
            }
            if rest.starts_with([',', '/']) {
                gap.last_end = at + length;
            }
            at += length;
        }
        gap
    }
}

/// The length of the comment that a text begins with; of a line's, without its end.
fn comment_length(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find(['\n', '\r']).unwrap_or(text.len()));
    }
    let inside = text.strip_prefix("/*")?;
    Some(inside.find("*/").map_or(text.len(), |end| end + 4))
}

/// The end of the comments that follow on one line; `from` if there are none.
fn same_line_comments(text: &str, from: usize, to: usize) -> usize {
    let (mut end, mut at) = (from, from);
    while at < to {
        let rest = &text[at..to];
        match comment_length(rest) {
            Some(length) => {
                at += length;
                end = at;
            }
            None if rest.starts_with([' ', '\t']) => at += 1,
            None => break,
        }
    }
    end
}

fn ends_in_line_comment(text: &str, from: usize, to: usize) -> bool {
    let (mut at, mut line) = (from, false);
    while at < to {
        let rest = &text[at..to];
        let length = comment_length(rest);
        line = match length {
            Some(_) => rest.starts_with("//"),
            None => line && !rest.starts_with(['\n', '\r']),
        };
        at += length.unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
    }
    line
}

/// The blanks at the start of the line that a byte is on.
fn indent_at(text: &str, at: usize) -> &str {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end =
        text[line..at].find(|letter| letter != ' ' && letter != '\t').map_or(at, |length| line + length);
    &text[line..end]
}

/// The text with a property at the end of an object.
pub(super) fn add_member(text: &str, object: &Object<'_>, style: &Style, name: &str, value: &str) -> String {
    Items::of_object(object).append(text, style, &style.property(name, value))
}

/// The text with an element at the end of an array.
pub(super) fn add_element(text: &str, array: &Array<'_>, style: &Style, value: &str) -> String {
    Items::of_array(array).append(text, style, value)
}

/// The text without a property. Where others of its name stand before it these would count then, so it
/// is emptied instead.
pub(super) fn remove_member(text: &str, object: &Object<'_>, name: &str, empty: &str) -> String {
    let named: Vec<usize> =
        (0..object.properties.len()).filter(|&at| object.properties[at].name.as_str() == name).collect();
    match named[..] {
        [] => text.to_owned(),
        [at] => Items::of_object(object).remove(text, at),
        [.., at] => replaced(text, span(&object.properties[at].value), empty),
    }
}

/// The text without an element.
pub(super) fn remove_element(text: &str, array: &Array<'_>, at: usize) -> String {
    Items::of_array(array).remove(text, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root<'n, 't>(node: &'n Option<Node<'t>>) -> &'n Object<'t> {
        node.as_ref().and_then(Node::as_object).unwrap()
    }

    fn add(text: &str, name: &str, value: &str) -> String {
        let node = parse(text).unwrap();
        let style = Style::of(text, root(&node));
        add_member(text, root(&node), &style, name, value)
    }

    fn remove(text: &str, name: &str) -> String {
        let node = parse(text).unwrap();
        remove_member(text, root(&node), name, "null")
    }

    #[test]
    fn what_is_added_is_laid_out_like_the_rest_and_can_be_taken_out_again() {
        let cases = [
            ("{}", "{\n  \"x\": 1\n}"),
            ("{\"a\":1}", "{\"a\":1,\"x\":1}"),
            ("{\"a\": 1}", "{\"a\": 1, \"x\": 1}"),
            ("{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"x\": 1\n}\n"),
            ("{\r\n\t\"a\": 1\r\n}", "{\r\n\t\"a\": 1,\r\n\t\"x\": 1\r\n}"),
            ("{\n  \"a\": 1, // one\n}", "{\n  \"a\": 1, // one\n  \"x\": 1,\n}"),
            ("{\n  \"a\": 1 // one\n}", "{\n  \"a\": 1, // one\n  \"x\": 1\n}"),
            ("{\"a\":1 // one\n}", "{\"a\":1, // one\n\"x\":1\n}"),
            ("{\n  \"a\": 1\n  // more to come\n}", "{\n  \"a\": 1,\n  \"x\": 1\n  // more to come\n}"),
            ("{\"a\": 1 /* , */ , /* b */}", "{\"a\": 1 /* , */ , /* b */ \"x\": 1,}"),
            ("{\n    \"a\": {\n    }\n}", "{\n    \"a\": {\n    },\n    \"x\": 1\n}"),
        ];
        for (before, after) in cases {
            assert_eq!(add(before, "x", "1"), after);
            assert!(parse(after).is_ok(), "{after}");
            assert_eq!(remove(after, "x"), before, "{after}");
        }
        assert_eq!(add("{\n}", "x", "1"), "{\n  \"x\": 1\n}");
        assert_eq!(add("{ // c\n}", "x", "1"), "{ // c\n  \"x\": 1\n}");
        assert_eq!(remove("{ // c\n  \"x\": 1\n}", "x"), "{ // c\n}");
        assert_eq!(remove("{ // c\n  \"x\": 1}", "x"), "{ // c\n  }");
    }

    #[test]
    fn what_others_follow_is_taken_out_with_its_line() {
        assert_eq!(remove("{\n  \"x\": 1,\n  \"b\": 2\n}", "x"), "{\n  \"b\": 2\n}");
        assert_eq!(remove("{\"x\":1,\"b\":2}", "x"), "{\"b\":2}");
        assert_eq!(remove("{\"a\": 0, \"x\": 1, \"b\": 2}", "x"), "{\"a\": 0, \"b\": 2}");
        assert_eq!(remove("{\n  \"x\": 1, // about x\n  \"b\": 2\n}", "x"), "{\n  // about x\n  \"b\": 2\n}");
        assert_eq!(
            remove("{\n  \"a\": 1,\n  // about x\n  \"x\": 1\n}", "x"),
            "{\n  \"a\": 1\n  // about x\n}"
        );
    }

    #[test]
    fn of_several_with_one_name_the_last_counts() {
        let node = parse("{\"x\":1,\"x\":2}").unwrap();
        assert_eq!(value(&member(root(&node), "x").unwrap().value), 2);
        assert_eq!(remove("{\"x\":1,\"x\":2}", "x"), "{\"x\":1,\"x\":null}");
        assert_eq!(remove("{\"a\":1}", "x"), "{\"a\":1}");
    }

    #[test]
    fn mistakes_have_a_place() {
        let error = parse("{\n  \"é\": tru\n}").unwrap_err();
        assert_eq!((error.line, error.column), (2, 8));
        for text in ["{'a':1}", "{a:1}", "{\"a\":0x1}", "{\"a\":1 \"b\":2}", "{} {}", "[1,,2]", "{\"a\":.5}"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse(" // nothing\n"), Ok(None));
        assert_eq!(strictly("{\n  // why\n}").unwrap_err().line, 2);
        assert!(strictly("{\"a\":1,}").is_err() && strictly("{\"a\":1}").is_ok());
        assert_eq!(place("a\néb", 4), (2, 2));
    }

    #[test]
    fn depth_is_limited() {
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_err());
    }
}
