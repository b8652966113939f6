//! Values that a name gives away: `password=…`, `"api_key": "…"`, `export X_TOKEN=…`, `--password …`.
//!
//! The name is read in full and must end in the telling word (`token`, not `token_count`); then comes
//! a separator, then a value that looks like a literal. How much a value must look like a secret
//! depends on the name: a password may be any word, what a `cache_key` holds is nobody's secret.

use std::ops::Range;

use crate::edge::{is_word, line_break, run_after, run_before, starts_word};
use crate::find::Look;
use crate::name::{Grade, grade};
use crate::value::{
    contains_ignoring_case, entropy, is_code_word, is_description, is_digest, is_encoded_login, is_id,
    is_mixed, is_path, is_placeholder, is_plain_word, is_uuid, is_wordy,
};
use crate::{setting, sql};

/// Longest name.
const NAME: usize = 64;
/// How much of a value is judged.
const JUDGED: usize = 256;
/// Bits for each byte that a secret has at least.
const SECRET_BITS: f64 = 2.8;
/// And what an unspecific name's value has at least.
const KEY_BITS: f64 = 3.5;
/// So many letters without a digit are a secret: of one case, where a name in capitals is given its value as shells do
/// it, and in one word.
const LETTERS: usize = 16;
const LETTERS_OF_ENVIRONMENT: usize = 12;
/// Bits for each byte of letters in two cases.
const LETTER_BITS: f64 = 3.5;
/// A hexadecimal digit tells four bits at most.
const KEY_BITS_HEX: f64 = 3.0;

/// What stands between a name and its value, and how far it can be trusted to do so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// `NAME=value` without spaces: a shell, an environment file, a query.
    Tight,
    /// `name: value`, `name = value`: a file, or the source of a program.
    Loose,
    /// `--name value`.
    Flag,
    /// `("name", "value")`: a pair, or two of a kind.
    Pair,
    /// `<name>value</name>`.
    Tag,
    /// `config set name value`: the argument of a command that sets something.
    Argument,
}

/// A value as it was written.
#[derive(Debug)]
struct Value<'a> {
    text: &'a str,
    range: Range<usize>,
    quoted: bool,
    link: Link,
    /// The name is in capitals, as in environments.
    capitals: bool,
    /// What follows is an argument list's comma or bracket.
    in_list: bool,
    /// What follows shows that this is a type: its own value, or its parameters.
    is_type: bool,
}

/// Passwords.
pub(crate) fn password(text: &str, at: usize) -> Look {
    match sql::set(text, at) {
        Some(range) => Look::Found(range),
        None => look(text, at, Grade::Password),
    }
}

/// Secrets by a name that leaves little doubt.
pub(crate) fn secret(text: &str, at: usize) -> Look {
    look(text, at, Grade::Secret)
}

/// Values that look like secrets, by a name that could belong to one.
pub(crate) fn key(text: &str, at: usize) -> Look {
    look(text, at, Grade::Key)
}

fn look(text: &str, at: usize, wanted: Grade) -> Look {
    let bytes = text.as_bytes();
    let end = run_after(bytes, at, NAME, is_name);
    // Most words stand in prose. What follows tells that sooner than what goes before.
    let Some((place, link)) = separator(bytes, end) else { return Look::Nothing };
    let start = run_before(bytes, at, NAME, is_name);
    let name = &text[start..end];
    // Too short for anything, as the next word of a sentence mostly is.
    let short = || run_after(bytes, place, 4, |byte| byte > b' ') < place + 4;
    if link == Link::Flag && !name.starts_with('-') && short() {
        return Look::Nothing;
    }
    if grade(name) != Some(wanted) || is_user(bytes, start) {
        return Look::Nothing;
    }
    if link == Link::Loose
        && let Some(place) = indented(bytes, start, place)
    {
        return block(text, place, wanted, name);
    }
    let is_flag = name.starts_with('-') && starts_word(bytes, start);
    if bytes.get(end) == Some(&b'(') && is_getter(name) {
        return Look::Nothing;
    }
    let Some(mut value) = value(text, place, link) else { return Look::Nothing };
    value.capitals = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    if matches!(link, Link::Flag | Link::Pair) && !is_flag && bytes.get(end) != Some(&b'(') {
        // What stands before tells most, and costs most: it is asked last.
        value.link = Link::Argument;
        // A sentence about the command goes on.
        let after = value.range.end;
        let prose = is_plain_word(value.text)
            && bytes.get(after) == Some(&b' ')
            && bytes.get(after + 1).is_some_and(u8::is_ascii_alphabetic);
        if !prose && judge(&value, wanted, name) && setting::is_set(text, start, name) {
            return Look::Found(whole(text, &value));
        }
        value.link = link;
    }
    // `>` is the end of a tag, and `PASS` mostly the end of a test.
    let is_tag = start > 0 && bytes[start - 1] == b'<';
    let fits = match link {
        Link::Flag => is_flag,
        Link::Tag => is_tag,
        Link::Tight => true,
        Link::Argument => false,
        Link::Loose | Link::Pair => name != "PASS",
    };
    if !fits {
        return Look::Nothing;
    }
    if link == Link::Tag && !bytes[value.range.end..].starts_with(b"</") {
        return Look::Nothing;
    }
    if is_flag && link == Link::Pair && wanted == Grade::Secret {
        value.link = Link::Flag;
    }
    if is_flag && value.link != Link::Pair {
        // Behind `--password=` stands nothing else, where `--password` may stand in a sentence.
        let option = link != Link::Tight || value.text.starts_with("--") || is_source(value.text);
        value.link = if option || wanted != Grade::Password { Link::Flag } else { Link::Argument };
    }
    if link == Link::Pair && wanted == Grade::Password && sql::is_about_users(text, start) {
        value.link = Link::Loose;
    }
    let found = judge(&value, wanted, name)
        || wanted == Grade::Password && value.link == Link::Loose && is_entry(text, start, &value);
    if found { Look::Found(whole(text, &value)) } else { Look::Nothing }
}

/// Whether a bare word is all that a line has for a password, and it is no word of a text: `password: hunter2`, or
/// `password: hunter` beside the line that says whose it is.
fn is_entry(text: &str, name: usize, value: &Value<'_>) -> bool {
    let (bytes, word) = (text.as_bytes(), value.text);
    let end = value.range.end + run_after(&bytes[value.range.end..], 0, 8, is_blank);
    let alone = !value.quoted
        && word.len() >= 6
        && word.starts_with(|first: char| first.is_ascii_lowercase())
        && bytes[run_before(bytes, value.range.start, 8, is_blank) - 1] == b':'
        && begins_line(bytes, name)
        && (end == bytes.len() || line_break(&bytes[end..]).is_some());
    let known = || is_ordinary(value) || value.text.ends_with(['.', ',', ';', '?', ':']);
    alone && !known() && (is_mixed(word) || is_beside_user(text, name, end))
}

/// Whether the line before a name, or the one behind its value, says who logs in or where.
fn is_beside_user(text: &str, name: usize, end: usize) -> bool {
    const LINE: usize = 96;
    let bytes = text.as_bytes();
    let is_user = |start: usize| {
        let start = run_after(bytes, start, 64, |byte| b" \t-\"'".contains(&byte));
        let named = run_after(bytes, start, NAME, is_name);
        let Some(word) = text.get(start..named) else { return false };
        let Some((place, _)) = separator(bytes, named) else { return false };
        let known = [
            "user", "username", "login", "email", "host", "hostname", "account", "database", "dbname",
            "server",
        ];
        known.iter().any(|known| word.eq_ignore_ascii_case(known))
            && literal(text, place).is_some_and(|(range, _)| {
                let other = &text[range];
                !other.is_empty() && !is_description(other) && !is_expression(other)
            })
    };
    let after = line_break(&bytes[end..]).map(|length| end + length);
    let before = || {
        let line = run_before(bytes, name, 64, |byte| b" \t-".contains(&byte));
        let broken =
            (1..=4).find(|back| line >= *back && line_break(&bytes[line - back..]) == Some(*back))?;
        let last = line - broken;
        // A text begins behind a quote.
        let begins = |at: usize| match bytes[at] {
            b'"' => Some(at + 1),
            _ => line_break(&bytes[at..]).map(|length| at + length).filter(|start| *start <= last),
        };
        let places = (1..LINE).map_while(|back| last.checked_sub(back));
        places.filter_map(|at| begins(at).or((at == 0).then_some(0))).next()
    };
    after.is_some_and(is_user) || before().is_some_and(is_user)
}

fn judge(value: &Value<'_>, wanted: Grade, name: &str) -> bool {
    match wanted {
        Grade::Password => is_password(value, name),
        Grade::Secret => is_secret(value),
        Grade::Key => is_key(value) || name == "auth" && value.quoted && is_encoded_login(value.text),
    }
}

/// `getPassword("db1")` is told a name, where `password("…")` and `setPassword("…")` are told the value.
fn is_getter(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name).trim_start_matches('_');
    ["get", "find", "read", "load", "fetch", "look", "has", "is", "delete", "remove", "check", "by", "from"]
        .iter()
        .any(|start| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

fn is_name(byte: u8) -> bool {
    is_word(byte) || byte == b'-' || byte == b'.'
}

/// Whether the name is the user in an address, which is another rule's.
fn is_user(text: &[u8], start: usize) -> bool {
    text[..start].ends_with(b"://")
}

// ----------------------------------------------------------------------------------------- separators

/// Where the value behind a name begins, and how it is linked to it.
fn separator(text: &[u8], end: usize) -> Option<(usize, Link)> {
    let closed = past_closers(text, end);
    let at = run_after(text, closed, 8, is_blank);
    match text.get(at)? {
        b'=' | b':' => assigned(text, closed, at),
        b'>' if at == end => Some((at + 1, Link::Tag)),
        b'(' if at == end && is_quote(text, at + 1) => Some((at + 1, Link::Pair)),
        b',' if closed > end => {
            let at = run_after(text, at + 1, 8, is_blank);
            valued(text, at).or_else(|| is_quote(text, at).then_some((at, Link::Pair)))
        }
        _ if line_break(&text[at..]).is_some() => valued(text, at),
        b'"' | b'\'' if at > closed => Some((at, Link::Pair)),
        _ if at > closed && closed == end => Some((at, Link::Flag)),
        _ => None,
    }
}

/// Past what closes a name: quotes, escaped or not, and brackets.
fn past_closers(text: &[u8], mut at: usize) -> usize {
    for _ in 0..4 {
        if is_quote(text, at) {
            at = run_after(text, at, 3, |byte| byte == b'\\') + 1;
        } else if matches!(text.get(at), Some(b'`' | b']' | b')' | b'?')) {
            at += 1;
        }
    }
    at
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn is_quote(text: &[u8], at: usize) -> bool {
    let at = run_after(text, at, 3, |byte| byte == b'\\');
    matches!(text.get(at), Some(b'"' | b'\''))
}

/// `=`, `:`, `:=`, `=>`, `==`, but no `::`; and past a type: `: &str = "…"`.
fn assigned(text: &[u8], closed: usize, at: usize) -> Option<(usize, Link)> {
    let end = run_after(text, at, 3, |byte| matches!(byte, b'=' | b':' | b'>'));
    let sign = &text[at..end];
    if sign.starts_with(b"::") {
        return None;
    }
    let place = run_after(text, end, 8, is_blank);
    let link = if sign == b"=" && at == closed && place == end { Link::Tight } else { Link::Loose };
    if sign == b":" {
        let typed = run_after(text, place, 32, |byte| is_word(byte) || b"&<>' ?|:[]".contains(&byte));
        let value = run_after(text, typed, 3, |byte| byte == b'=' || is_blank(byte));
        if typed > place && value > typed && is_quote(text, value) {
            return Some((value, Link::Loose));
        }
    }
    Some((place, link))
}

/// `"name": "DB_PASSWORD", "value": "…"`, also over lines: the form of Kubernetes and of compose files.
fn valued(text: &[u8], mut at: usize) -> Option<(usize, Link)> {
    let most = text.len().min(at + 32);
    while at < most {
        match line_break(&text[at..]) {
            Some(length) => at += length,
            None if is_blank(text[at]) || matches!(text[at], b'"' | b'\'' | b'\\') => at += 1,
            None => break,
        }
    }
    if !text.get(at..at + 5)?.eq_ignore_ascii_case(b"value") {
        return None;
    }
    let closed = run_after(text, at + 5, 4, |byte| matches!(byte, b'"' | b'\'' | b'\\'));
    let at = run_after(text, closed, 8, is_blank);
    matches!(text.get(at)?, b'=' | b':').then(|| assigned(text, closed, at))?
}

// --------------------------------------------------------------------------------------------- blocks

/// Where the value begins that YAML has on the lines below its name: after `|` or `>`, or after nothing.
fn indented(text: &[u8], name: usize, at: usize) -> Option<usize> {
    let marked = matches!(text.get(at), Some(b'|' | b'>'));
    if text[run_before(text, at, 8, is_blank) - 1] != b':' || (!marked && !begins_line(text, name)) {
        return None;
    }
    let at = if marked { run_after(text, at + 1, 2, |byte| b"+-123456789".contains(&byte)) } else { at };
    let mut at = run_after(text, at, 8, is_blank);
    let first = at;
    while let Some(length) = text.get(at..).and_then(line_break).filter(|_| at < first + 8) {
        at += length;
        if !marked {
            break;
        }
    }
    let line = run_after(text, at, 64, is_blank);
    (at > first && line > at && line < text.len()).then_some(line)
}

/// Whether `|` or `>` announced the block that begins here.
fn is_marked(text: &[u8], place: usize) -> bool {
    let sign = run_before(text, place, 80, |byte| byte <= b' ' || b"\\nr+-123456789".contains(&byte));
    let sign = sign.max(1);
    // A line break that is escaped ends what is looked at.
    matches!(text[sign - 1], b'|' | b'>') || matches!(text[..sign], [.., b'|' | b'>', b'\\', _])
}

/// Whether nothing stands before this on its line but what YAML may have before a key.
fn begins_line(text: &[u8], at: usize) -> bool {
    let start = run_before(text, at, 64, |byte| b" \t-".contains(&byte));
    start == 0 || (1..=4).any(|back| start >= back && line_break(&text[start - back..]) == Some(back))
}

/// The lines of a block of which the first is a secret, as far as they are of its kind.
fn block(text: &str, place: usize, wanted: Grade, name: &str) -> Look {
    let bytes = text.as_bytes();
    let end_of = |at: usize, most: usize| {
        let most = bytes.len().min(at.saturating_add(most));
        (at..most).find(|at| bytes[*at] == b'"' || line_break(&bytes[*at..]).is_some()).unwrap_or(most)
    };
    let judged = text.floor_char_boundary(end_of(place, JUDGED));
    let Some(line) = text.get(place..judged).map(str::trim_end) else { return Look::Nothing };
    let range = place..place + line.len();
    let link = Link::Loose;
    let value =
        Value { text: line, range, quoted: true, link, capitals: false, in_list: false, is_type: false };
    let code = is_expression(line) || line.ends_with([';', ',']) || is_member(line);
    if code
        || line.contains([' ', ':'])
        || !is_mixed(line) && is_plain_word(line) && !is_marked(bytes, place)
        || !judge(&value, wanted, name)
    {
        return Look::Nothing;
    }
    let mut end = end_of(place, usize::MAX);
    while let Some(length) = line_break(&bytes[end..]) {
        let next = run_after(bytes, end + length, 64, is_blank);
        let last = end_of(next, usize::MAX);
        if next == end + length || last == next || bytes[next..last].iter().any(|byte| b" :[".contains(byte))
        {
            break;
        }
        end = last;
    }
    let trailing = bytes[place..end].iter().rev().take_while(|byte| **byte <= b' ').count();
    Look::Found(place..text.floor_char_boundary(end - trailing))
}

// --------------------------------------------------------------------------------------------- values

/// The literal that begins at a place: where its text is, and whether it has quotes.
pub(crate) fn literal(text: &str, place: usize) -> Option<(Range<usize>, bool)> {
    value(text, place, Link::Tight).map(|value| (value.range, value.quoted))
}

fn value(text: &str, place: usize, link: Link) -> Option<Value<'_>> {
    let bytes = text.as_bytes();
    let place = past_scheme(bytes, past_prefix(bytes, place));
    let slashes = run_after(bytes, place, 3, |byte| byte == b'\\') - place;
    let (start, end, quoted) = match bytes.get(place + slashes)? {
        quote @ (b'"' | b'\'' | b'`') => {
            let start = past_scheme(bytes, place + slashes + 1);
            (start, quoted_end(bytes, start, *quote, slashes, JUDGED), true)
        }
        _ if slashes > 0 => return None,
        _ => (place, bare_end(bytes, place, JUDGED), false),
    };
    let end = text.floor_char_boundary(end);
    let in_list = matches!(bytes.get(end), Some(b',' | b')' | b']' | b'}' | b'('));
    let next = run_after(bytes, end, 2, is_blank);
    let is_type = match bytes.get(next..) {
        Some([b'<', b'/', ..]) => false,
        Some([b'<', ..]) => next == end,
        Some([b'=', ..]) => next > end,
        _ => false,
    };
    let text = text.get(start..end)?;
    Some(Value { text, range: start..end, quoted, link, capitals: false, in_list, is_type })
}

/// Past the letter that some languages put before a string.
fn past_prefix(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'b' | b'r' | b'u' | b'f' | b'L' | b'@') if is_quote(text, at + 1) => at + 1,
        _ => at,
    }
}

/// Past `Bearer ` and the like.
fn past_scheme(text: &[u8], at: usize) -> usize {
    ["bearer ", "basic ", "token "]
        .iter()
        .find(|scheme| {
            text[at.min(text.len())..]
                .get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
        })
        .map_or(at, |scheme| at + scheme.len())
}

/// The end of what the quote at `start - 1` opened; of the line if nothing closes it.
pub(crate) fn quoted_end(text: &[u8], start: usize, quote: u8, slashes: usize, most: usize) -> usize {
    let most = text.len().min(start.saturating_add(most));
    let mut at = start;
    while at < most {
        match text[at] {
            b'\n' => return at,
            b'\\' => {
                let run = run_after(text, at, most - at, |byte| byte == b'\\') - at;
                let next = text.get(at + run);
                if next == Some(&quote) && run <= slashes {
                    return at;
                }
                // A quote that is escaped more than the opening one belongs to the value.
                at += run + usize::from(next == Some(&quote) && at + run < most);
            }
            byte if byte == quote => return at,
            _ => at += 1,
        }
    }
    at
}

/// The end of a value without quotes: a space, a quote, a line's end, or a sign that more follows.
fn bare_end(text: &[u8], start: usize, most: usize) -> usize {
    let most = text.len().min(start.saturating_add(most));
    let mut at = start;
    while at < most {
        let ends = match text[at] {
            byte if byte <= b' ' => true,
            b'"' | b'\'' | b'`' | b'<' => true,
            b'\\' => matches!(text.get(at + 1), Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'\\')),
            b'&' | b';' | b',' | b'|' => at > start && is_separator(text, at),
            b')' | b']' | b'}' => !text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric),
            _ => false,
        };
        if ends {
            break;
        }
        at += 1;
    }
    at
}

/// Whether what follows is another `name=`, or nothing of this value.
fn is_separator(text: &[u8], at: usize) -> bool {
    let name = run_after(text, at + 1, 40, is_name);
    match text.get(name) {
        None => name == at + 1,
        Some(b'=' | b':') => name > at + 1,
        Some(byte) => name == at + 1 && (*byte <= b' ' || matches!(byte, b'"' | b'\'' | b'&' | b'|' | b'\\')),
    }
}

/// The value without a limit: what was judged is a part of it when it is very long.
fn whole(text: &str, value: &Value<'_>) -> Range<usize> {
    let bytes = text.as_bytes();
    let Range { start, end } = value.range;
    if end - start + 4 < JUDGED {
        return start..end;
    }
    let end = match bytes.get(start.wrapping_sub(1)) {
        Some(quote @ (b'"' | b'\'' | b'`')) if value.quoted => {
            let slashes = start - 1 - run_before(bytes, start - 1, 3, |byte| byte == b'\\');
            quoted_end(bytes, start, *quote, slashes, usize::MAX)
        }
        _ => bare_end(bytes, start, usize::MAX),
    };
    start..text.floor_char_boundary(end)
}

// ------------------------------------------------------------------------------------------- judgement

/// Characters of a program's expression.
fn is_expression(text: &str) -> bool {
    text.contains(['(', '[', '{', '<', '$', '`']) || text.contains("::") || text.contains("->")
}

/// `self.token`, `config.api_key2`, `args.password`.
fn is_member(text: &str) -> bool {
    let mut parts = 0;
    let names = text.split('.').all(|part| {
        parts += 1;
        part.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
            && part.bytes().all(is_word)
            && part.len() < 48
    });
    names && parts > 1
}

/// Whether the value names a secret instead of being one.
fn names_a_secret(text: &str) -> bool {
    text.len() < 48
        && ["password", "passwd", "secret", "token", "api_key", "apikey", "_key", "-key"]
            .iter()
            .any(|word| contains_ignoring_case(text, word))
        && text.bytes().filter(u8::is_ascii_digit).count() <= 2
}

/// What is no secret whatever the name says.
fn is_ordinary(value: &Value<'_>) -> bool {
    is_placeholder(value.text)
        || is_description(value.text)
        || is_code_word(value.text)
        || is_path(value.text)
        || names_a_secret(value.text)
        || value.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && value.text.contains('.')
        || (!value.quoted && !is_shell(value) && is_code(value))
}

/// Whether a value stands where a shell takes it as it is.
fn is_shell(value: &Value<'_>) -> bool {
    value.link == Link::Argument && !is_expression(value.text) || value.link == Link::Tight && value.capitals
}

/// Whether this says where OpenSSL is to take a password from; what `pass:` has is `command`'s.
fn is_source(text: &str) -> bool {
    ["pass:", "file:", "env:", "fd:", "stdin"].iter().any(|start| text.starts_with(start))
}

/// Whether a value without quotes is a part of a program.
fn is_code(value: &Value<'_>) -> bool {
    let text = value.text;
    let number = text.starts_with("0x") || (value.in_list && text.bytes().all(|byte| byte.is_ascii_digit()));
    let loose = matches!(value.link, Link::Loose | Link::Tag)
        && (value.is_type
            || number
            || is_plain_word(text) && value.in_list
            || text.starts_with(['&', '*', '_', ':']));
    let option = value.link == Link::Flag && (text.starts_with("--") || is_source(text));
    loose || option || is_expression(text) || is_member(text)
}

fn is_password(value: &Value<'_>, name: &str) -> bool {
    let text = value.text;
    if text.chars().count() < 4 || is_ordinary(value) {
        return false;
    }
    let spaced = text.contains(char::is_whitespace);
    if spaced && !(value.quoted && (value.capitals || contains_ignoring_case(name, "passphrase"))) {
        return false;
    }
    if value.link == Link::Pair {
        return is_mixed(text) && text.len() >= 6 && !is_wordy(text);
    }
    let sentence = value.link == Link::Loose && !value.quoted;
    // What ends a sentence, or a part of one, is none of the word's.
    let bare = if sentence && !is_mixed(text) {
        text.trim_end_matches(['.', ',', ';', '?', ':', ')'])
    } else {
        text
    };
    let wordy =
        bare.bytes().all(|byte| is_word(byte) || byte == b'-' || sentence && byte == b'/') && is_wordy(bare);
    if value.quoted || !wordy {
        return true;
    }
    // A bare word is a password only where nothing but a password can stand.
    matches!(value.link, Link::Tight | Link::Tag | Link::Argument) && !value.in_list
}

fn is_secret(value: &Value<'_>) -> bool {
    let text = value.text;
    let strange = text.bytes().any(|byte| !(byte.is_ascii_graphic()));
    if text.len() < 8 || strange || is_ordinary(value) || is_id(text) {
        return false;
    }
    if text.bytes().all(|byte| byte.is_ascii_alphabetic()) && is_given(value) && is_long_word(value) {
        return true;
    }
    if is_wordy(text) {
        return false;
    }
    let word = !value.quoted && value.link == Link::Loose && is_plain_word(text);
    if word || (value.link == Link::Pair && text.len() < 16) {
        return false;
    }
    if is_mixed(text) {
        return entropy(text) >= SECRET_BITS;
    }
    let many = |of: fn(&u8) -> bool| text.bytes().filter(of).count() >= 4;
    text.len() >= 24
        && many(u8::is_ascii_uppercase)
        && many(u8::is_ascii_lowercase)
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || b"+/=".contains(&byte))
        && entropy(text) >= 4.2
}

/// Whether a value stands where a program has no name of its own: in quotes, in an environment, behind an option.
fn is_given(value: &Value<'_>) -> bool {
    match value.link {
        Link::Tight => value.quoted || value.capitals || !value.in_list,
        Link::Flag | Link::Argument => true,
        Link::Loose | Link::Tag => value.quoted,
        Link::Pair => false,
    }
}

/// Whether letters are more than a word has, or in an order of cases that no name has.
fn is_long_word(value: &Value<'_>) -> bool {
    let text = value.text;
    let of = |is: fn(&u8) -> bool| text.bytes().all(|byte| is(&byte));
    if of(u8::is_ascii_lowercase) || of(u8::is_ascii_uppercase) {
        let environment = value.capitals && value.link == Link::Tight;
        return text.len() >= if environment { LETTERS_OF_ENVIRONMENT } else { LETTERS };
    }
    text.len() >= LETTERS && !is_plain_word(text) && entropy(text) >= LETTER_BITS
}

fn is_key(value: &Value<'_>) -> bool {
    let text = value.text;
    let bits = if text.bytes().all(|byte| byte.is_ascii_hexdigit()) { KEY_BITS_HEX } else { KEY_BITS };
    text.len() >= 16
        && text.bytes().all(|byte| is_word(byte) || b"+/=-.~:".contains(&byte))
        && is_mixed(text)
        && !(is_ordinary(value) || is_id(text) || is_wordy(text) || is_uuid(text) || is_digest(text))
        && entropy(text) >= bits
}
