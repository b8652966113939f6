//! Secrets that their surroundings give away: key blocks, tokens in parts, addresses with a password,
//! headers, and commands that take a password as an argument.
//!
//! Each reader gets the place of the word that called it. It reads a bounded piece from there, or one
//! that a finding ends, so that no text makes it read the same bytes over and over.

use std::ops::Range;

use crate::edge::{is_word, line_break, run_after, run_before, starts_word};
use crate::find::Look;
use crate::named::quoted_end;
use crate::value::{entropy, is_mixed, is_placeholder, is_wordy};

/// How much of a header or a command is read.
const READ: usize = 1024;

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
fn armour_end(text: &[u8], mut at: usize) -> Option<usize> {
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

// ------------------------------------------------------------------------------------------------ JWT

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
fn run_before_slashes(text: &[u8], end: usize) -> usize {
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
    let (from, least) =
        if is(&["bearer", "basic", "token", "apikey", "api-key", "bot", "key", "splunk", "genie"]) {
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

fn is_credential(text: &str, known: bool) -> bool {
    !is_placeholder(text) && (known || (is_mixed(text) && !is_wordy(text) && entropy(text) >= 2.5))
}

/// What a `Cookie` or `Set-Cookie` header holds, and what `--cookie` sends.
pub(crate) fn cookie(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    let name = run_before(bytes, at, 8, |byte| is_word(byte) || byte == b'-');
    let sets = text[name..at].eq_ignore_ascii_case("set-");
    let end = at + "cookie".len();
    let flag = &text[name..at] == "--" && bytes.get(end) == Some(&b' ');
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
    let value = text[start..end].trim_end();
    let mut at = start;
    let mut secrets = Vec::new();
    for pair in value.split(';') {
        let name = pair.find('=').map_or(0, |at| at + 1);
        if is_session(pair) {
            secrets.push(at + name..at + pair.trim_end().len());
        }
        at += pair.len() + 1;
    }
    match secrets.first() {
        // What a browser sends back is all one person's: the rest goes with the first.
        Some(first) if !sets => Look::Found(first.start..start + value.len()),
        _ => Look::All(secrets),
    }
}

/// Whether a cookie's value looks like something to log in with.
fn is_session(pair: &str) -> bool {
    let Some((name, value)) = pair.split_once('=') else { return false };
    let attribute = ["expires", "max-age", "path", "domain", "samesite"];
    value.len() >= 8
        && !attribute.iter().any(|known| name.trim().eq_ignore_ascii_case(known))
        && !name.trim().contains([' ', '(', '{'])
        && value.trim().bytes().all(|byte| byte.is_ascii_graphic())
        && is_credential(value.trim(), false)
        && !value.contains(['(', '{'])
}

// ------------------------------------------------------------------------------------------- commands

/// A command and the option that takes a password.
struct Command {
    name: &'static str,
    short: u8,
    long: &'static [&'static str],
    /// The option takes `user:password`.
    user: bool,
    /// The value must follow the option's letter without a space.
    glued: bool,
}

const COMMANDS: &[Command] = &[
    Command { name: "curl", short: b'u', long: &["--user", "--proxy-user"], user: true, glued: false },
    Command { name: "sshpass", short: b'p', long: &[], user: false, glued: false },
    Command { name: "mysqldump", short: b'p', long: &[], user: false, glued: true },
    Command { name: "mysqladmin", short: b'p', long: &[], user: false, glued: true },
    Command { name: "mysql", short: b'p', long: &[], user: false, glued: true },
    Command { name: "mariadb", short: b'p', long: &[], user: false, glued: true },
    Command { name: "redis-cli", short: b'a', long: &["--pass"], user: false, glued: false },
    Command { name: "docker login", short: b'p', long: &[], user: false, glued: false },
];

/// The password among a command's arguments: `curl -u user:password`, `sshpass -p password`.
pub(crate) fn command(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    let runs = |command: &&Command| {
        text[at..].strip_prefix(command.name).is_some_and(|rest| rest.starts_with([' ', '\t']))
    };
    let Some(command) = COMMANDS.iter().find(runs).filter(|_| starts_word(bytes, at)) else {
        return Look::Nothing;
    };
    let most = bytes.len().min(at + READ);
    let mut place = at + command.name.len();
    let mut expected = false;
    let mut secrets = Vec::new();
    while place < most {
        let (start, end) = word(bytes, place, most);
        let Some(argument) = text.get(start..end) else { break };
        if argument.is_empty() || matches!(argument, "|" | "||" | "&&" | ";") || argument == command.name {
            break;
        }
        let value =
            if expected { Some(start) } else { attached(argument, command).map(|length| start + length) };
        expected = value.is_none() && is_option(argument, command);
        secrets.extend(value.and_then(|from| judge(text, from, end, command)));
        place = past_quote(bytes, end);
    }
    Look::All(secrets)
}

/// Whether this is the option whose value comes next.
fn is_option(argument: &str, command: &Command) -> bool {
    let cluster = argument.strip_prefix('-').is_some_and(|letters| {
        letters.as_bytes().last() == Some(&command.short)
            && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    !command.glued && (cluster || command.long.contains(&argument))
}

/// Where in `-uVALUE` or `--user=VALUE` the value begins.
fn attached(argument: &str, command: &Command) -> Option<usize> {
    let long = command
        .long
        .iter()
        .find(|long| argument.strip_prefix(**long).is_some_and(|rest| rest.starts_with('=')));
    if let Some(long) = long {
        return Some(long.len() + 1);
    }
    let bytes = argument.as_bytes();
    (bytes.len() > 2 && bytes[0] == b'-' && bytes[1] == command.short).then_some(2)
}

fn judge(text: &str, from: usize, end: usize, command: &Command) -> Option<Range<usize>> {
    let from = from + run_after(text.as_bytes(), from, end - from, |byte| b"\\\"'".contains(&byte)) - from;
    let value = text.get(from..end)?;
    let start = match (command.user, value.find(':')) {
        (true, Some(colon)) => from + colon + 1,
        (true, None) => return None,
        (false, _) => from,
    };
    let password = text.get(start..end)?;
    let expression = password.contains(['$', '{', '(', '`', '<']);
    (password.len() >= 3 && !expression && !is_placeholder(password)).then_some(start..end)
}

/// The next word of a command line: without the quotes around it, which may be escaped.
fn word(text: &[u8], at: usize, most: usize) -> (usize, usize) {
    let mut start = run_after(text, at, most - at.min(most), |byte| byte == b' ' || byte == b'\t');
    while start < most && text[start] == b'\\' && matches!(text.get(start + 1), Some(b'\n')) {
        start =
            run_after(text, start + 2, most.saturating_sub(start + 2), |byte| byte == b' ' || byte == b'\t');
    }
    let start = start.min(most);
    let slashes = run_after(text, start, (most - start).min(3), |byte| byte == b'\\') - start;
    match text.get(start + slashes) {
        Some(quote @ (b'"' | b'\'')) if start + slashes < most => {
            let inside = start + slashes + 1;
            (inside, quoted_end(text, inside, *quote, slashes, most - inside))
        }
        _ => {
            let ends = |at: &usize| {
                let byte = text[*at];
                byte <= b' ' || matches!(byte, b'"' | b'\'') || line_break(&text[*at..]).is_some()
            };
            let end = (start..most).find(ends).unwrap_or(most);
            (start, end - run_before_slashes(text, end).min(end - start))
        }
    }
}

fn past_quote(text: &[u8], at: usize) -> usize {
    run_after(text, at, 4, |byte| b"\\\"'".contains(&byte))
}
