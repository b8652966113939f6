//! Secrets that a command reads from its standard input: `echo V | sudo -S …`, `docker login --password-stdin <<< V`.
//!
//! What is written into a pipe, a here-string or a here-document tells nothing by itself. Which commands read
//! a secret from there does: by an option that says so, or because they read nothing else.

use std::ops::Range;

use crate::context::is_credential;
use crate::edge::{is_word, line_break, run_after, run_before, starts_word};
use crate::find::Look;
use crate::name::{Grade, grade};
use crate::named::quoted_end;
use crate::value::is_placeholder;

/// How much is read of what is written, and of the commands that read it.
const READ: usize = 512;

/// How a command reads a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// The first line, and what follows is for something else.
    First,
    /// All of it.
    All,
    /// Lines of `user:password`.
    Pairs,
    /// It may as well read something else.
    Perhaps,
}

/// A secret in what is written: into a pipe, or behind `<<<` or `<<`.
pub(crate) fn written(text: &str, at: usize) -> Look {
    let bytes = text.as_bytes();
    let found = match bytes[at] {
        b'<' if bytes[at..].starts_with(b"<<<") => here_string(text, at),
        b'<' => here_document(text, at),
        b'-' => quoted_before_pipe(text, at),
        b's' | b'S' => sent(text, at),
        _ if starts_word(bytes, at) => echoed(text, at),
        _ => None,
    };
    found.map_or(Look::Nothing, Look::All)
}

// -------------------------------------------------------------------------------------------- writers

/// `echo V | …`, `printf '%s\n' V | …`, also of several in a group.
fn echoed(text: &str, at: usize) -> Option<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let most = bytes.len().min(at + READ);
    let name = run_after(bytes, at, 16, |byte| byte.is_ascii_alphabetic() || byte == b'-');
    let mut place = name;
    let mut arguments = Vec::new();
    loop {
        place = run_after(bytes, place, most.saturating_sub(place), is_blank);
        match *bytes.get(place).filter(|_| place < most)? {
            b'|' if bytes.get(place + 1) == Some(&b'|') => return None,
            b'|' => break,
            b';' | b')' | b'}' => {
                place = past_group(bytes, place, most)?;
                break;
            }
            b'&' | b'<' | b'>' | b'\n' | b'\r' => return None,
            _ => {}
        }
        let end = word_end(bytes, place, most);
        if end == place {
            return None;
        }
        arguments.push(place..end);
        place = end;
    }
    let is_option = |range: &Range<usize>| {
        let word = &bytes[range.clone()];
        word.len() < 5 && word[0] == b'-' && word[1..].iter().all(|byte| b"neE-s".contains(byte))
    };
    arguments.retain(|range| !is_option(range));
    let is_format = |range: &Range<usize>| bytes[range.clone()].contains(&b'%');
    if text[at..].starts_with("printf") && arguments.len() > 1 && is_format(&arguments[0]) {
        arguments.remove(0);
    }
    // Most of what is written is no secret whoever reads it, and that is sooner seen than who does.
    arguments.retain(|range| secret(text, range.clone(), Reads::All).is_some());
    if arguments.is_empty() {
        return None;
    }
    let reads = reader(pipeline(text, place + 1))?;
    Some(arguments.into_iter().filter_map(|range| secret(text, range, reads)).collect())
}

/// The pipe behind a group of which this ends a command: `; echo V; } |`, `) |`.
fn past_group(text: &[u8], mut at: usize, most: usize) -> Option<usize> {
    while at < most {
        match text[at] {
            b'|' => return (text.get(at + 1) != Some(&b'|')).then_some(at),
            b';' | b')' | b'}' | b' ' | b'\t' => at += 1,
            _ if [&b"echo "[..], b"printf "].iter().any(|word| text[at..].starts_with(word)) => {
                while at < most && !matches!(text[at], b';' | b')' | b'}' | b'|' | b'\n') {
                    at = word_end(text, run_after(text, at, most - at, is_blank), most).max(at + 1);
                }
            }
            _ => return None,
        }
    }
    None
}

/// `expect "assword:"; send "V\r"`
fn sent(text: &str, at: usize) -> Option<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let from = text.ceil_char_boundary(at.saturating_sub(READ / 4));
    let asked = ["assword", "assphrase", "asscode"].iter().any(|word| text[from..at].contains(word));
    let quote = run_after(bytes, at, 12, |byte| byte.is_ascii_alphabetic() || b" -\\".contains(&byte));
    if !asked || !starts_word(bytes, at) || bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let slashes = quote - run_before(bytes, quote, 3, |byte| byte == b'\\');
    let end = text.floor_char_boundary(quoted_end(bytes, quote + 1, b'"', slashes, READ));
    let value = text.get(quote + 1..end)?;
    // The key that ends it is no part of it.
    let value = value.strip_suffix(['r', 'n']).filter(|rest| rest.ends_with('\\')).unwrap_or(value);
    let end = quote + 1 + value.trim_end_matches('\\').len();
    Some(judge(text, quote + 1..end, false, Reads::All).into_iter().collect())
}

/// `'V' | docker login --password-stdin`, as PowerShell has it.
fn quoted_before_pipe(text: &str, at: usize) -> Option<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let from = run_before(bytes, at, READ, |byte| byte >= b' ' && byte != b'|');
    let pipe = from.checked_sub(1).filter(|pipe| bytes[*pipe] == b'|')?;
    let end = run_before(bytes, pipe, 8, is_blank).checked_sub(1)?;
    let quote = Some(bytes[end]).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let inside = run_before(bytes, end, 3, |byte| byte == b'\\');
    let mut start = inside;
    while start > 0 && inside - start < READ && bytes[start - 1] != quote && bytes[start - 1] >= b' ' {
        start -= 1;
    }
    let opened = start > 0 && bytes[start - 1] == quote;
    let before = opened.then(|| run_before(bytes, start - 1, 3, |byte| byte == b'\\'))?;
    let alone = before == 0
        || line_break(&bytes[before - 1..]).is_some()
        || b" (;&\t\"'".contains(&bytes[before - 1]);
    let reads = reader(pipeline(text, from))?;
    let range = text.is_char_boundary(start).then_some(start..inside)?;
    alone.then(|| judge(text, range, quote == b'\'', reads).into_iter().collect())
}

/// `… <<< V`
fn here_string(text: &str, at: usize) -> Option<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let before = command_before(text, at);
    let start = run_after(bytes, at + 3, 8, is_blank);
    let end = word_end(bytes, start, bytes.len().min(start + READ));
    secret(text, start..end, Reads::All)?;
    let reads = reader(before).or_else(|| reader(pipeline(text, end)))?;
    Some(secret(text, start..end, reads).into_iter().collect())
}

/// `… <<EOF`, and the lines up to `EOF`.
fn here_document(text: &str, at: usize) -> Option<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let tag = run_after(bytes, at + 2, 6, |byte| b"-~ \\\"'".contains(&byte));
    let tag_end = run_after(bytes, tag, 32, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let tag = text.get(tag..tag_end).filter(|tag| !tag.is_empty())?;
    let most = bytes.len().min(tag_end + READ);
    let mut line = (tag_end..most).find(|at| line_break(&bytes[*at..]).is_some())?;
    let reads = reader(command_before(text, at)).or_else(|| reader(text.get(tag_end..line)?))?;
    let mut found = Vec::new();
    while let Some(length) = line_break(&bytes[line..]).filter(|_| line < most) {
        let start = line + length;
        line = (start..most).find(|at| line_break(&bytes[*at..]).is_some()).unwrap_or(most);
        line = text.floor_char_boundary(line).max(start);
        let Some(content) = text.get(start..line) else { break };
        if content.trim() == tag || (reads == Reads::First && !found.is_empty()) {
            break;
        }
        let from = start + content.len() - content.trim_start().len();
        let trimmed = from..from + content.trim().len();
        found.extend(
            Some(trimmed)
                .filter(|range| !range.is_empty())
                .and_then(|range| judge(text, range, false, reads)),
        );
        if reads == Reads::First && !content.trim().is_empty() {
            break;
        }
    }
    Some(found)
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The end of a shell's word, with the quotes in it, which may be escaped.
fn word_end(text: &[u8], start: usize, most: usize) -> usize {
    let mut at = start;
    while at < most {
        let slashes = run_after(text, at, 3, |byte| byte == b'\\') - at;
        match text.get(at + slashes) {
            Some(quote @ (b'"' | b'\'')) => {
                let end = quoted_end(
                    text,
                    at + slashes + 1,
                    *quote,
                    slashes,
                    most.saturating_sub(at + slashes + 1),
                );
                at = end + run_after(text, end, 3, |byte| byte == b'\\') - end + 1;
            }
            _ if line_break(&text[at..]).is_some() => break,
            _ if slashes > 0 => at += slashes + 1,
            Some(byte) if *byte <= b' ' || b"|;&<>(){}`".contains(byte) => break,
            _ => at += 1,
        }
    }
    at.min(most)
}

/// The rest of a pipeline: up to what begins another command.
fn pipeline(text: &str, from: usize) -> &str {
    let bytes = text.as_bytes();
    let most = bytes.len().min(from + READ);
    let ends = |at: &usize| {
        bytes[*at] == b';' || bytes[*at..].starts_with(b"&&") || line_break(&bytes[*at..]).is_some()
    };
    let end = (from.min(most)..most).find(ends).unwrap_or(most);
    text.get(from..text.floor_char_boundary(end)).unwrap_or_default()
}

/// The command that stands before this on its line.
fn command_before(text: &str, at: usize) -> &str {
    let bytes = text.as_bytes();
    let from = run_before(bytes, at, READ, |byte| byte >= b' ' && !b"|;&".contains(&byte));
    text.get(text.ceil_char_boundary(from)..at).unwrap_or_default()
}

// -------------------------------------------------------------------------------------------- readers

/// How a pipeline reads a secret; `None` if it reads none.
fn reader(pipeline: &str) -> Option<Reads> {
    pipeline.split('|').find_map(|command| {
        let words: Vec<&str> = command
            .split(|char: char| char.is_ascii_whitespace() || b"\"'\\(){}`".contains(&(char as u8)))
            .filter(|word| !word.is_empty())
            .collect();
        if words
            .first()
            .is_some_and(|word| matches!(*word, "the" | "a" | "an" | "and" | "or" | "with" | "use"))
        {
            return None;
        }
        let sure = by_command(&words).filter(|reads| *reads != Reads::Perhaps);
        sure.or_else(|| by_option(&words).then_some(Reads::All)).or_else(|| by_command(&words))
    })
}

/// Commands that read a secret, if only by the option that they have.
fn by_command(words: &[&str]) -> Option<Reads> {
    let names = words.iter().map(|word| word.rsplit('/').next().unwrap_or(word));
    for (at, name) in names.enumerate() {
        let rest = &words[at + 1..];
        let is_named = matches!(words[0], "grep" | "man" | "cat" | "which" | "rg" | "apt" | "apt-get");
        let reads = match name {
            "sudo" => asks(rest).then_some(Reads::First),
            "chpasswd" => (!is_named).then_some(Reads::Pairs),
            "passwd" | "smbpasswd" | "vncpasswd" | "kinit" | "cryptsetup" | "ecryptfs-add-passphrase" => {
                let at_front = at == 0 || words[..at].contains(&"sudo");
                at_front.then_some(Reads::All)
            }
            "htpasswd" => rest.iter().any(|word| is_cluster(word, 'i')).then_some(Reads::All),
            "secret" | "secrets" => rest.iter().take(3).any(|word| is_setting(word)).then_some(Reads::All),
            "pass" => (rest.first() == Some(&"insert")).then_some(Reads::All),
            "add" | "put" | "set" => {
                let telling = |word: &&str| {
                    word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') && is_telling(word)
                };
                (words[..at].contains(&"env") && rest.iter().take(2).any(telling)).then_some(Reads::All)
            }
            "su" => (at == 0).then_some(Reads::Perhaps),
            "login" => (at == 1).then_some(Reads::Perhaps),
            _ if name.contains("secrets:set") => Some(Reads::All),
            _ => None,
        };
        if reads.is_some() {
            return reads;
        }
    }
    None
}

fn is_setting(word: &str) -> bool {
    matches!(word, "set" | "put" | "create" | "add" | "insert" | "update" | "versions")
}

fn is_cluster(word: &str, letter: char) -> bool {
    word.strip_prefix('-').is_some_and(|letters| {
        letters.contains(letter) && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether `sudo` is told to ask its standard input; what follows the command is the command's.
fn asks(words: &[&str]) -> bool {
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        if *word == "--stdin" || is_cluster(word, 'S') {
            return true;
        }
        let valued =
            matches!(*word, "-u" | "-g" | "-h" | "-p" | "-C" | "-D" | "-R" | "-r" | "-t" | "-T" | "-U");
        if valued {
            // A prompt is mostly empty, and is gone with its quotes.
            words.next_if(|next| !next.starts_with('-'));
        } else if !word.starts_with('-') && !word.contains('=') {
            return false;
        }
    }
    false
}

/// `--password-stdin`, `--with-token`, `--passphrase-fd 0`, `--token -`, `-passin stdin`.
fn by_option(words: &[&str]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, value),
            None => (*word, words.get(at + 1).copied().unwrap_or_default()),
        };
        if !name.starts_with('-') {
            return word.contains('=') && is_telling(name) && is_standard(value);
        }
        let told = name.strip_suffix("-stdin").or_else(|| name.strip_suffix("-from-stdin"));
        told.map(|name| name.trim_end_matches("-on").trim_end_matches("-from")).is_some_and(is_telling)
            || name.strip_prefix("--with").is_some_and(is_telling)
            || name.strip_suffix("-fd").is_some_and(is_telling) && value == "0"
            || (is_telling(name) || matches!(name, "-passin" | "-passout" | "--key-file"))
                && is_standard(value)
    })
}

fn is_standard(value: &str) -> bool {
    matches!(value, "-" | "@-" | "stdin" | "fd:0" | "/dev/stdin" | "/proc/self/fd/0")
}

/// Whether an option or a variable holds a secret by its name.
fn is_telling(name: &str) -> bool {
    let short = name.trim_start_matches('-');
    if !name.bytes().all(|byte| is_word(byte) || b"-.".contains(&byte)) {
        return false;
    }
    short == "pass" || short == "pw" || matches!(grade(name), Some(Grade::Password | Grade::Secret))
}

// ------------------------------------------------------------------------------------------ judgement

/// The secret in an argument, which may have quotes.
fn secret(text: &str, range: Range<usize>, reads: Reads) -> Option<Range<usize>> {
    let bytes = &text.as_bytes()[range.clone()];
    let is_edge = |byte: &&u8| b"\\\"'".contains(*byte);
    let before = bytes.iter().take(4).take_while(is_edge).count();
    let behind = bytes.iter().rev().take(4).take_while(is_edge).count().min(bytes.len() - before);
    let behind = if before == 0 { 0 } else { behind };
    judge(text, range.start + before..range.end - behind, before > 0 && bytes[before - 1] == b'\'', reads)
}

fn judge(text: &str, range: Range<usize>, literal: bool, reads: Reads) -> Option<Range<usize>> {
    let value = text.get(range.clone())?;
    let start = match reads {
        Reads::Pairs => range.start + value.find(':')? + 1,
        _ => range.start,
    };
    let value = text.get(start..range.end)?;
    let made = !literal && (value.contains(['$', '`']));
    let answer = ["yes", "no", "y", "n", "ok"].iter().any(|word| value.eq_ignore_ascii_case(word));
    let doubtful = reads == Reads::Perhaps
        && !(value.len() >= 6 && !value.contains(char::is_whitespace) && is_credential(value, false));
    let secret = value.chars().count() >= 3 && !made && !answer && !doubtful && !is_placeholder(value);
    secret.then_some(start..range.end)
}
