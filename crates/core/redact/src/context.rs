//! Secrets that their surroundings give away: key blocks, tokens in parts, addresses with a password, and
//! headers.
//!
//! Each reader gets the place of the word that called it. It reads a bounded piece from there, or one
//! that a finding ends, so that no text makes it read the same bytes over and over.

use std::ops::Range;

use crate::command::{arguments, word};
use crate::edge::{is_word, line_break, run_after, run_before, starts_word};
use crate::find::{Look, tokens};
use crate::named::quoted_end;
use crate::value::{contains_ignoring_case, decoded, entropy, is_mixed, is_placeholder, is_wordy};

/// How much of a header is read.
const READ: usize = 1024;

// -------------------------------------------------------------------------------------------- folders

/// Tokens in the name that Claude Code makes of a project's folder: it writes `-` for all that is no letter and no digit,
/// so that one with `_` in it looks otherwise than it did.
pub(crate) fn folder(text: &str, at: usize) -> Look {
    let start = at + "/projects/".len();
    let end = run_after(text.as_bytes(), start, READ, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let found = tokens(&text[start..end].replace('-', "_")).into_iter();
    let found: Vec<_> = found.map(|token| start + token.range.start..start + token.range.end).collect();
    if found.is_empty() { Look::Passed(end) } else { Look::All(found) }
}

// ----------------------------------------------------------------------------------------- key blocks

/// A private key in PEM or OpenPGP armour: whole, cut off before its END, in one line, with escaped
/// line breaks, with a diff's or an editor's margin before each line.
pub(crate) fn private_key(text: &str, at: usize) -> Look {
    const BEGIN: usize = "-----BEGIN".len();
    let bytes = text.as_bytes();
    let label = run_after(bytes, at + BEGIN, 48, |byte| is_word(byte) || byte == b' ');
    if !text[at + BEGIN..label].contains("PRIVATE KEY") || !bytes[label..].starts_with(b"-----") {
        return Look::Nothing;
    }
    match armour_end(bytes, label + 5) {
        Some(end) => Look::Found(at..end),
        None => Look::Nothing,
    }
}

/// The end of the block whose lines begin here; `None` if no line of a key follows.
pub(crate) fn armour_end(text: &[u8], mut at: usize) -> Option<usize> {
    let mut end = None;
    loop {
        at = past_margin(text, at);
        if text[at..].starts_with(b"-----END") {
            let label = run_after(text, at + 8, 48, |byte| is_word(byte) || byte == b' ');
            return end.map(|_| run_after(text, label, 5, |byte| byte == b'-'));
        }
        let line = run_after(text, at, text.len(), is_base64);
        if let Some(header) = header_end(text, at) {
            at = header;
        } else if line - at >= 16 || (end.is_some() && is_last_line(text, at, line)) {
            end = Some(line);
            at = line;
        } else {
            return end;
        }
    }
}

/// Past what stands between two lines of a key. A key's own lines begin with none of it.
fn past_margin(text: &[u8], mut at: usize) -> usize {
    let most = text.len().min(at + 64);
    while at < most && !text[at..].starts_with(b"-----") {
        let digits = run_after(text, at, 6, |byte| byte.is_ascii_digit());
        let numbered =
            ["→", "\t", "\\t", ":", "|"].into_iter().find(|sign| text[digits..].starts_with(sign.as_bytes()));
        match (line_break(&text[at..]), numbered) {
            (Some(length), _) => at += length,
            (None, Some(sign)) if digits > at => at = digits + sign.len(),
            _ if text[at].is_ascii_whitespace() || b"\"'`,;>|#*-\\".contains(&text[at]) => at += 1,
            _ => break,
        }
    }
    at
}

/// A last line is shorter than the rest, and nothing of the kind follows.
fn is_last_line(text: &[u8], start: usize, end: usize) -> bool {
    let next = past_margin(text, end);
    end > start
        && (next == text.len() || text[next..].starts_with(b"-----END") || text[start..end].contains(&b'='))
}

/// The end of a line such as `Proc-Type: 4,ENCRYPTED`.
fn header_end(text: &[u8], at: usize) -> Option<usize> {
    let names = ["Proc-Type:", "DEK-Info:", "Version:", "Comment:", "Hash:", "Charset:", "MessageID:"];
    names.iter().find(|name| text[at..].starts_with(name.as_bytes()))?;
    let most = text.len().min(at + 160);
    (at..most).find(|at| line_break(&text[*at..]).is_some())
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// A private key whose armour, or whose first bytes, are known in base64: as Kubernetes keeps one, or without its head.
pub(crate) fn encoded_private_key(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    let least = match bytes[at] {
        b'L' => {
            return if is_key_label(bytes, at) {
                Look::Found(at..encoded_end(bytes, at))
            } else {
                Look::Nothing
            };
        }
        b'I' => 60,
        _ => 44,
    };
    // In front of the first number of PKCS #8 stands how long it all is.
    let start = if bytes[at] == b'I' { at.saturating_sub(6) } else { at };
    if bytes[at] == b'I' && !bytes[start..].starts_with(b"MII") {
        return Look::Nothing;
    }
    let end = encoded_end(bytes, start);
    if end - at >= least { Look::Found(start..end) } else { Look::Nothing }
}

/// Whether what begins here says in base64 that a private key begins: after `-----`, or the last of these dashes.
fn is_key_label(text: &[u8], at: usize) -> bool {
    const LABEL: usize = 72;
    let mut letters = Vec::with_capacity(LABEL);
    let mut place = at;
    while letters.len() < LABEL {
        let end = run_after(text, place, LABEL, is_any_base64);
        letters.extend_from_slice(&text[place..end]);
        let Some(length) = line_break(&text[end..]).filter(|_| end > place) else { break };
        place = run_after(text, end + length, 64, |byte| byte == b' ' || byte == b'\t');
    }
    let label = decoded(&letters);
    label.windows(11).any(|part| part == b"PRIVATE KEY")
}

/// The end of base64 that begins here, and goes on below where it is broken into lines.
fn encoded_end(text: &[u8], mut at: usize) -> usize {
    loop {
        let end = run_after(text, at, text.len(), is_any_base64);
        let Some(length) = line_break(&text[end..]).filter(|_| end - at >= 40 && text[end - 1] != b'=')
        else {
            return end;
        };
        let next = run_after(text, end + length, 64, |byte| byte == b' ' || byte == b'\t');
        let last = run_after(text, next, text.len(), is_any_base64);
        let ends = |byte: &u8| matches!(byte, b'"' | b'\'') || line_break(&text[last..]).is_some();
        if last == next || text.get(last).is_some_and(|byte| !ends(byte)) {
            return end;
        }
        at = next;
    }
}

fn is_any_base64(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'-' | b'_')
}

// --------------------------------------------------------------------------------------------- tokens

/// A JSON Web Token: three parts, five when encrypted, and what is left of one that was cut off.
pub(crate) fn jwt(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    let alone = starts_word(bytes, at) && !(at > 0 && matches!(bytes[at - 1], b'-' | b'.'));
    if !alone {
        return Look::Nothing;
    }
    let part = |from| run_after(bytes, from, bytes.len(), is_base64url);
    let header = part(at);
    if header == bytes.len() && header - at >= 20 && is_jose(&text[at..]) {
        return Look::Found(at..header);
    }
    if header - at < 12 || bytes.get(header) != Some(&b'.') {
        return Look::Nothing;
    }
    let mut end = part(header + 1);
    if end - header < 9 && end != bytes.len() {
        return Look::Nothing;
    }
    for _ in 0..3 {
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(|byte| is_base64url(*byte)) {
            end = part(end + 1);
        }
    }
    if is_placeholder(&text[at..end]) { Look::Passed(end) } else { Look::Found(at..end) }
}

/// Whether this begins as the header of a token does: `{"alg":`, `{"typ":`, `{"kid":`, `{"enc":`.
fn is_jose(text: &str) -> bool {
    ["eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi", "eyJlbmMiOi"].iter().any(|start| text.starts_with(start))
}

fn is_base64url(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// A Telegram bot's token: its number, a colon, 35 characters.
pub(crate) fn telegram(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    let start = run_before(bytes, at, 11, |byte| byte.is_ascii_digit());
    let end = run_after(bytes, at + 1, 64, is_base64url);
    let api = text[..start].ends_with("/bot");
    if (8..=10).contains(&(at - start))
        && (api || starts_word(bytes, start))
        && (34..=37).contains(&(end - at))
    {
        Look::Found(start..end)
    } else {
        Look::Nothing
    }
}

/// A Discord bot's token: its number in base64, a time, a signature. `at` is the first dot.
pub(crate) fn discord(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    let start = run_before(bytes, at, 29, is_base64url);
    let middle = run_after(bytes, at + 1, 8, is_base64url);
    if !(23..=28).contains(&(at - start))
        || !(6..=7).contains(&(middle - at - 1))
        || !matches!(bytes[start], b'M' | b'N' | b'O')
        || bytes.get(middle) != Some(&b'.')
        || !starts_word(bytes, start)
    {
        return Look::Nothing;
    }
    let end = run_after(bytes, middle + 1, 41, is_base64url);
    let (number, signature) = (&text[start..at], &text[middle + 1..end]);
    let is_noise = |part: &str| {
        let has = |of: fn(&u8) -> bool| part.bytes().any(|byte| of(&byte));
        has(u8::is_ascii_digit)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
            && !is_wordy(part)
    };
    let known = decoded(number.as_bytes()).iter().all(u8::is_ascii_digit) || is_noise(number);
    if known && (27..=40).contains(&signature.len()) && is_noise(signature) {
        Look::Found(start..end)
    } else {
        Look::Nothing
    }
}

// ------------------------------------------------------------------------------------------ addresses

/// The password in `scheme://user:password@host`, or a long user name that is none.
pub(crate) fn url_password(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    if at == 0 || !bytes[at - 1].is_ascii_alphanumeric() {
        return Look::Nothing;
    }
    let start = run_after(bytes, at + 1, 4, |byte| matches!(byte, b'/' | b'\\'));
    let end = run_after(bytes, start, 512, |byte| byte > b' ' && !b"/?#\"'<>`\\".contains(&byte));
    let Some(host) = bytes[start..end].iter().rposition(|byte| *byte == b'@') else { return Look::Nothing };
    let host = start + host;
    let Some(user) = text.get(start..host) else {
        return Look::Nothing;
    };
    match user.split_once(':') {
        Some((name, password)) => {
            if password.len() < 3 || is_placeholder(password) || password.contains(['{', '$', '(']) {
                return Look::Nothing;
            }
            Look::Found(start + name.len() + 1..host)
        }
        None if user.len() >= 20 && is_mixed(user) && !is_wordy(user) && entropy(user) >= 3.0 => {
            Look::Found(start..host)
        }
        None => Look::Nothing,
    }
}

// -------------------------------------------------------------------------------------------- headers

/// A header's value: where it begins, and where the line or the string that it stands in ends.
fn header(text: &str, name: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let closed = run_after(bytes, name, 6, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']'));
    let at = run_after(bytes, closed, 4, |byte| byte == b' ');
    let sign = bytes.get(at).filter(|byte| matches!(byte, b':' | b'=' | b','))?;
    if *sign == b',' && closed == name {
        return None;
    }
    let at = run_after(bytes, at + 1, 4, |byte| matches!(byte, b' ' | b'='));
    let slashes = run_after(bytes, at, 3, |byte| byte == b'\\') - at;
    let (start, end) = match bytes.get(at + slashes)? {
        quote @ (b'"' | b'\'' | b'`') => {
            let start = at + slashes + 1;
            (start, quoted_end(bytes, start, *quote, slashes, READ))
        }
        _ => {
            // A whole header may stand in quotes; whichever comes first then ends it.
            let most = bytes.len().min(at + READ);
            let quoted = run_before(bytes, name, 32, |byte| !matches!(byte, b'"' | b'\'' | b'`'));
            let quote = quoted.checked_sub(1).map(|at| bytes[at]).filter(|byte| b"\"'`".contains(byte));
            let ends = |at: &usize| line_break(&bytes[*at..]).is_some() || Some(bytes[*at]) == quote;
            let end = (at..most).find(ends).unwrap_or(most);
            (at, end - run_before_slashes(bytes, end))
        }
    };
    Some((start, text.floor_char_boundary(end.max(start))))
}

/// How many backslashes stand before a quote.
pub(crate) fn run_before_slashes(text: &[u8], end: usize) -> usize {
    end - run_before(text, end, 3, |byte| byte == b'\\')
}

/// What an `Authorization` header proves somebody's identity with. The scheme stays.
pub(crate) fn authorization(text: &str, at: usize) -> Look {
    let Some((start, end)) = header(text, at + "authorization".len()) else { return Look::Nothing };
    let value = &text[start..end];
    let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
    let rest_at = end - rest.len();
    let is = |names: &[&str]| names.iter().any(|name| scheme.eq_ignore_ascii_case(name));
    if is(&["digest", "oauth", "hawk", "aws4-hmac-sha256", "mac", "negotiate", "ntlm", "signature"]) {
        let full = rest.trim_end();
        return if full.len() >= 16 && is_mixed(full) && !is_placeholder(full) {
            Look::Found(rest_at..rest_at + full.len())
        } else {
            Look::Nothing
        };
    }
    let (from, least) = if is(&[
        "bearer",
        "basic",
        "token",
        "apikey",
        "api-key",
        "bot",
        "key",
        "splunk",
        "genie",
        "ssws",
        "apitoken",
        "api-token",
        "klaviyo-api-key",
        "sso-key",
        "zoho-oauthtoken",
    ]) {
        (rest_at, 6)
    } else {
        (start, 8)
    };
    let credential = &text[from..run_after(text.as_bytes(), from, end - from, is_token)];
    let known =
        is(&["basic"]) && credential.len() >= 8 && !credential.bytes().all(|byte| byte.is_ascii_lowercase());
    if credential.len() >= least && is_credential(credential, known) {
        Look::Found(from..from + credential.len())
    } else {
        Look::Nothing
    }
}

/// A token behind the word `Bearer`, wherever it stands.
pub(crate) fn bearer(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    let from = run_after(bytes, at + "bearer".len(), 4, |byte| byte == b' ');
    let credential = &text[from..run_after(bytes, from, bytes.len(), is_token)];
    if starts_word(bytes, at) && credential.len() >= 16 && is_credential(credential, false) {
        Look::Found(from..from + credential.len())
    } else {
        Look::Passed(from + credential.len())
    }
}

fn is_token(byte: u8) -> bool {
    is_word(byte) || b"-._~+/=:".contains(&byte)
}

pub(crate) fn is_credential(text: &str, known: bool) -> bool {
    !is_placeholder(text) && (known || (is_mixed(text) && !is_wordy(text) && entropy(text) >= 2.5))
}

/// What a `Cookie` or `Set-Cookie` header holds, and what `curl` sends with `--cookie` or `-b`.
pub(crate) fn cookie(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    if bytes[at..].get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"curl")) {
        return Look::All(
            arguments(text, at, &["-b", "--cookie"])
                .into_iter()
                .flat_map(|sent| jar(text, sent, true))
                .collect(),
        );
    }
    let name = run_before(bytes, at, 8, |byte| is_word(byte) || byte == b'-');
    let sets = text[name..at].eq_ignore_ascii_case("set-");
    let end = at + "cookie".len();
    let flag = &text[name..at] == "--" && matches!(bytes.get(end), Some(b' ' | b'='));
    let (start, end) = if flag {
        let (start, end) = word(bytes, end + 1, bytes.len().min(end + READ));
        (start, text.floor_char_boundary(end))
    } else if name == at || sets {
        match header(text, end) {
            Some(value) => value,
            None => return Look::Nothing,
        }
    } else {
        return Look::Nothing;
    };
    Look::All(jar(text, start..end, !sets))
}

/// The values of `name=value; name=value` that are secrets. What goes on behind a blank is a sentence.
fn jar(text: &str, range: Range<usize>, sent: bool) -> Vec<Range<usize>> {
    let (mut at, mut last) = (range.start, range.start);
    let mut secrets = Vec::new();
    for pair in text[range.clone()].split(';') {
        let (blank, cookie) = (pair.len() - pair.trim_start().len(), pair.trim_start());
        let cookie = cookie.split(char::is_whitespace).next().unwrap_or_default().trim_end_matches(',');
        if let Some((name, _)) = cookie.split_once('=') {
            last = at + blank + cookie.len();
            if is_session(cookie, sent) {
                secrets.push(at + blank + name.len() + 1..last);
            }
        }
        at += pair.len() + 1;
    }
    match secrets.first() {
        // What a browser sends back is all one person's: the rest goes with the first.
        Some(first) if sent => {
            let rest = first.start..last;
            vec![rest]
        }
        _ => secrets,
    }
}

/// Parts of the names of cookies that somebody is logged in with.
const LOGINS: &[&str] = &[
    "sess", "sid", "auth", "token", "jwt", "csrf", "xsrf", "remember", "login", "sso", "identity", "ticket",
];

/// Whether a cookie's value looks like something to log in with.
fn is_session(pair: &str, sent: bool) -> bool {
    let Some((name, value)) = pair.split_once('=') else { return false };
    let (name, value) = (name.trim(), value.trim());
    let attribute = ["expires", "max-age", "path", "domain", "samesite"];
    if attribute.iter().any(|known| name.eq_ignore_ascii_case(known))
        || name.contains([' ', '(', '{'])
        || value.contains(['(', '{'])
        || !value.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return false;
    }
    if LOGINS.iter().any(|part| contains_ignoring_case(name, part)) {
        let long = if sent { 8 } else { usize::MAX };
        return (value.len() >= long || (value.len() >= 6 && is_mixed(value)))
            && !is_placeholder(value)
            && !value.contains('$');
    }
    value.len() >= 8 && is_credential(value, false)
}
