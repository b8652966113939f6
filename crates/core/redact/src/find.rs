//! From words to findings: asks each rule where the prefilter saw one of its words, and merges.

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use crate::Finding;
use crate::address;
use crate::edge::{run_before, starts_word};
use crate::prefilter::{each_dotted, each_hit};
use crate::rules::{How, RULES, Rule};
use crate::value::{entropy, is_placeholder, is_wordy};

/// How often the masked text is looked at again. Twice is enough for anything but text made for it.
const PASSES: usize = 8;

/// What a rule says about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// A secret.
    Found(Range<usize>),
    /// All secrets of a list, of which each would be found once the ones before it are masked.
    All(Vec<Range<usize>>),
    /// None, and this rule need not look again before this place.
    Passed(usize),
    /// None.
    Nothing,
}

/// A secret and the rule that found it; rules stand in the table from specific to general.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) range: Range<usize>,
    pub(crate) rule: usize,
}

/// The findings of a text: in order, without overlaps.
pub(crate) fn findings(text: &str) -> Vec<Finding> {
    let mut found = merge(all(text));
    // A marker is shorter or longer than what it replaces and ends other words than it did, so what
    // is left is looked at again until it is quiet. That is what makes redacting twice change nothing.
    for _ in 0..PASSES {
        if found.is_empty() {
            break;
        }
        let (masked, places) = mask_raw(text, &found);
        let more = all(&masked);
        if more.is_empty() {
            break;
        }
        found.extend(more.into_iter().map(|more| places.original(more)));
        found = merge(found);
    }
    named(found)
}

/// The findings of those rules alone whose words begin a secret.
pub(crate) fn tokens(text: &str) -> Vec<Finding> {
    named(merge(raw_tokens(text)))
}

/// The same, and the tokens in names of folders that Claude Code has made.
pub(crate) fn known(text: &str) -> Vec<Finding> {
    let (mut found, mut until) = (raw_tokens(text), [0; RULES.len()]);
    for (at, word) in text.match_indices(FOLDERS) {
        each_hit(word.as_bytes(), |rule, _| ask(text, rule, at, &mut until, &mut found));
    }
    named(merge(found))
}

fn named(found: Vec<Raw>) -> Vec<Finding> {
    found.into_iter().map(|raw| Finding { kind: RULES[raw.rule].id, range: raw.range }).collect()
}

fn raw_tokens(text: &str) -> Vec<Raw> {
    let (mut found, mut until) = (Vec::new(), [0; RULES.len()]);
    let mut hit = |rule: usize, at: usize| {
        if begins(&RULES[rule]) {
            ask(text, rule, at, &mut until, &mut found);
        }
    };
    each_long_run(text.as_bytes(), |run| {
        let from = run.start.saturating_sub(LEAD);
        each_hit(&text.as_bytes()[from..run.end], |rule, at| hit(rule, from + at));
    });
    for (at, word) in text.match_indices(KEY_BLOCK) {
        each_hit(word.as_bytes(), |rule, _| hit(rule, at));
    }
    each_dotted(text.as_bytes(), |at| hit(DOTTED, at));
    found
}

/// Stands before the name that Claude Code gives the folder of a project.
const FOLDERS: &str = "/projects/-";

/// Whether a beginning of a token stands in a text without dots and spaces: much quicker to see than what it begins.
pub(crate) fn may_hold_token(text: &str) -> bool {
    let mut any = false;
    each_hit(text.as_bytes(), |rule, _| any = any || begins(&RULES[rule]));
    any
}

/// Begins a private key.
const KEY_BLOCK: &str = "-----BEGIN";
/// No token has a shorter run of letters, digits, `_` and `-` at its end.
pub(crate) const LEAST_RUN: usize = 20;
/// So many bytes of a token may stand before that run: `dp.audit.`, `1//0`.
const LEAD: usize = 24;

/// Whether its words begin a secret: it is known neither by what is around it nor by an address that it ends.
pub(crate) fn begins(rule: &Rule) -> bool {
    let is_address = || rule.words.iter().any(|word| word.ends_with('/'));
    match rule.how {
        How::Pattern { least, lead, .. } => {
            least >= LEAST_RUN && lead == 0 && rule.bound && !rule.any_case && !is_address()
        }
        How::Reads(_) => rule.words == [KEY_BLOCK],
        How::Dotted(_) => true,
    }
}

/// Calls `found` with each run of at least [`LEAST_RUN`] bytes that a token may have, in order. Such a run covers one of
/// any twenty bytes in a row, so that most of a text is never looked at.
pub(crate) fn each_long_run(text: &[u8], mut found: impl FnMut(Range<usize>)) {
    let (mut at, mut ended) = (LEAST_RUN - 1, 0);
    while let Some(byte) = text.get(at) {
        if !is_of_token(*byte) {
            at += LEAST_RUN;
            continue;
        }
        let before = text[ended..at].iter().rev().take_while(|byte| is_of_token(**byte)).count();
        let after = text[at..].iter().take_while(|byte| is_of_token(**byte)).count();
        ended = at + after;
        if before + after >= LEAST_RUN {
            found(at - before..ended);
        }
        at = ended + LEAST_RUN;
    }
}

const fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The text with each finding replaced by its marker.
pub(crate) fn mask(text: &str, findings: &[Finding]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for finding in findings {
        masked.push_str(&text[at..finding.range.start]);
        push_marker(&mut masked, finding.kind);
        at = finding.range.end;
    }
    masked.push_str(&text[at..]);
    masked
}

fn push_marker(text: &mut String, kind: &str) {
    text.push_str("[redacted:");
    text.push_str(kind);
    text.push(']');
}

/// What the rules find in a text as it stands, and in what its percent-encoded parts say.
fn all(text: &str) -> Vec<Raw> {
    let mut found = raw(text);
    for part in address::encoded(text) {
        let inside = raw(&part.text).into_iter();
        found.extend(inside.map(|raw| Raw { range: part.original(&raw.range), ..raw }));
    }
    found
}

/// What the rules find in one pass.
pub(crate) fn raw(text: &str) -> Vec<Raw> {
    let mut found = Vec::new();
    let mut until = [0; RULES.len()];
    each_hit(text.as_bytes(), |rule, at| ask(text, rule, at, &mut until, &mut found));
    each_dotted(text.as_bytes(), |at| ask(text, DOTTED, at, &mut until, &mut found));
    found
}

/// The rule that asks for dots.
const DOTTED: usize = {
    let mut rule = 0;
    while !matches!(RULES[rule].how, How::Dotted(_)) {
        rule += 1;
    }
    rule
};

/// Asks one rule about one place.
pub(crate) fn ask(text: &str, rule: usize, at: usize, until: &mut [usize], found: &mut Vec<Raw>) {
    if at < until[rule] || in_marker(text.as_bytes(), at) {
        return;
    }
    let look = match RULES[rule].how {
        How::Pattern { pattern, least, lead } => token(text, rule, at, (pattern, least, lead)),
        How::Reads(read) | How::Dotted(read) => read(text, at),
    };
    let ranges = match look {
        Look::Found(range) => vec![range],
        Look::All(ranges) => ranges,
        Look::Passed(end) => return until[rule] = end,
        Look::Nothing => return,
    };
    for range in ranges.into_iter().filter(|range| !range.is_empty() && !is_ours(text, range)) {
        until[rule] = range.end;
        found.push(Raw { range, rule });
    }
}

/// Whether a word stands in a marker's name: it is ours, and tells nothing about what follows.
fn in_marker(text: &[u8], at: usize) -> bool {
    let name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text[..run_before(text, at, 32, name)].ends_with(b"[redacted:")
}

/// Whether this is a marker or begins within one: what it stood for is masked already.
fn is_ours(text: &str, range: &Range<usize>) -> bool {
    let (before, secret) = (&text[..range.start], &text[range.clone()]);
    before.ends_with("[redacted:")
        || (secret.starts_with("[redacted:") && secret.find(']') == Some(secret.len() - 1))
}

/// Matches a rule's pattern at a place. The cheap tests come first, so that text which merely looks
/// like a beginning compiles nothing.
fn token(text: &str, rule: usize, at: usize, (pattern, least, lead): (&str, usize, usize)) -> Look {
    let Some(start) = at.checked_sub(lead) else { return Look::Nothing };
    let bytes = text.as_bytes();
    let glued = RULES[rule].bound && !starts_word(bytes, start);
    let telling = if glued { telling(rule, bytes, start) } else { None };
    if (glued && telling.is_none())
        || (RULES[rule].alone && start > 0 && matches!(bytes[start - 1], b'+' | b'/'))
        || !is_long(&bytes[start..], least)
    {
        return Look::Nothing;
    }
    let Some(rest) = text.get(start..) else { return Look::Nothing };
    let Some(groups) = compiled(rule, pattern).captures(rest) else { return Look::Nothing };
    let Some(secret) = groups.get(1).or_else(|| groups.get(0)) else { return Look::Nothing };
    let is_name = |word: &str| {
        // All that makes a key id of AWS is in capitals, as are names of constants.
        word != "AKIA" && is_wordy(secret.as_str().strip_prefix(word).unwrap_or_default())
    };
    if is_placeholder(secret.as_str())
        || entropy(secret.as_str()) < RULES[rule].floor
        || telling.is_some_and(is_name)
    {
        return Look::Passed(start + secret.end());
    }
    Look::Found(start + secret.start()..start + secret.end())
}

/// Beginnings of tokens that are parts of ordinary names, too: `cache_key_…`, `client_secret_…`.
#[rustfmt::skip]
const ORDINARY: &[&str] = &["key_", "key-", "secret_", "secret-", "live_", "API-", "perm-", "access-"];

/// The beginning of a token that tells enough to be known behind `_`, where no word begins: in the name of a tool or of a
/// variable, `mcp__server_ghp_…`.
fn telling(rule: usize, text: &[u8], at: usize) -> Option<&'static str> {
    let Rule { words, any_case, alone, how, .. } = &RULES[rule];
    let begins = matches!(how, How::Pattern { lead: 0, .. }) && !any_case && !alone;
    let is_joined = |word: &&&str| word.ends_with(['_', '-']) && !ORDINARY.contains(*word);
    let is_telling = |word: &&&str| is_joined(word) || matches!(**word, "AKIA" | "ASIA" | "ABIA" | "ACCA");
    (begins && text[..at].ends_with(b"_"))
        .then(|| words.iter().filter(is_telling).find(|word| text[at..].starts_with(word.as_bytes())))?
        .copied()
}

/// Whether so many bytes follow without a space or a quote.
fn is_long(text: &[u8], least: usize) -> bool {
    text.get(..least).is_some_and(|head| head.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'"'))
}

fn compiled(rule: usize, pattern: &str) -> &'static Regex {
    static COMPILED: [OnceLock<Regex>; RULES.len()] = [const { OnceLock::new() }; RULES.len()];
    COMPILED[rule].get_or_init(|| compile(&RULES[rule], pattern))
}

#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles each")]
fn compile(rule: &Rule, pattern: &str) -> Regex {
    RegexBuilder::new(&format!("^(?:{pattern})"))
        .unicode(false)
        .case_insensitive(rule.any_case)
        .build()
        .expect("patterns of the table are valid")
}

/// Joins what overlaps under the more specific rule.
pub(crate) fn merge(mut found: Vec<Raw>) -> Vec<Raw> {
    found.sort_by_key(|raw| (raw.range.start, raw.rule));
    let mut merged: Vec<Raw> = Vec::with_capacity(found.len());
    for raw in found {
        match merged.last_mut() {
            Some(last) if raw.range.start < last.range.end => {
                last.range.end = last.range.end.max(raw.range.end);
                last.rule = last.rule.min(raw.rule);
            }
            _ => merged.push(raw),
        }
    }
    merged
}

/// For a masked text, which part of it stands for which part of the original.
struct Places(Vec<(Range<usize>, Range<usize>)>);

impl Places {
    /// A finding of the masked text in terms of the original; half a marker stands for all of it.
    fn original(&self, found: Raw) -> Raw {
        let Range { start, end } = found.range;
        Raw { range: self.of(start, |place| place.start)..self.of(end, |place| place.end), ..found }
    }

    fn of(&self, at: usize, side: impl Fn(&Range<usize>) -> usize) -> usize {
        let before = self.0.partition_point(|(masked, _)| masked.end <= at);
        if let Some((masked, original)) = self.0.get(before)
            && masked.start < at
        {
            return side(original);
        }
        match before.checked_sub(1).map(|last| &self.0[last]) {
            Some((masked, original)) => original.end + (at - masked.end),
            None => at,
        }
    }
}

fn mask_raw(text: &str, found: &[Raw]) -> (String, Places) {
    let mut masked = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(found.len());
    let mut at = 0;
    for raw in found {
        masked.push_str(&text[at..raw.range.start]);
        let start = masked.len();
        push_marker(&mut masked, RULES[raw.rule].id);
        places.push((start..masked.len(), raw.range.clone()));
        at = raw.range.end;
    }
    masked.push_str(&text[at..]);
    (masked, Places(places))
}
