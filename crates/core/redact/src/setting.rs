//! Commands that set something by its name: `aws configure set NAME V`, `setenv NAME V`, `set -gx NAME V`.
//!
//! Only says whether a name is told to such a command; what it is told is `named`'s to judge.

use crate::edge::run_before;

/// How much of a line is looked at before the name, and of what stands before it in its own word.
const READ: usize = 96;

/// What may be set, in front of `set`, `add` or `put`.
#[rustfmt::skip]
const SETTINGS: &[&str] = &[
    "config", "configure", "configuration", "conf", "settings", "setting", "secret", "secrets",
    "user-secrets", "env", "environment", "variable", "variables", "vars", "var", "credentials",
    "credential", "parameter", "param", "property", "properties",
];

/// Programs whose `config NAME V` sets without the word.
#[rustfmt::skip]
const PROGRAMS: &[&str] = &[
    "git", "npm", "pnpm", "yarn", "poetry", "composer", "bundle", "conda", "pip", "glab", "gh", "hg",
    "pulumi", "helm", "claude", "codex", "snyk", "mc", "rclone", "dvc", "gem", "jj", "svn",
];

/// Names of configuration files in which a space stands between a name and its value.
const SPACED: &[&str] = &["requirepass", "masterauth", "bindpw", "rootpw"];

/// Whether a command sets what is named here.
pub(crate) fn is_set(text: &str, name: usize, word: &str) -> bool {
    if SPACED.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return true;
    }
    let bytes = text.as_bytes();
    let word = run_before(bytes, name, READ, |byte| byte > b' ');
    let line = run_before(bytes, word, READ, |byte| !byte.is_ascii_control() || byte == b'\t');
    let Some(before) = text.get(text.ceil_char_boundary(line)..word) else { return false };
    let mut words = before.split_ascii_whitespace().rev();
    let mut exports = false;
    let mut plain = || {
        words.find(|word| {
            let short = word.strip_prefix('-').filter(|letters| !letters.starts_with('-'));
            exports |= short.is_some_and(|letters| letters.contains(['x', 'U', 'g']))
                || matches!(*word, "--export" | "--universal" | "--global");
            !word.starts_with(['-', '/'])
        })
    };
    let first = plain().map_or("", command);
    let is = |known: &[&str], word: &str| known.iter().any(|known| known.eq_ignore_ascii_case(word));
    if first == "ENV" || is(&["setenv", "setx", "set-environment"], first) {
        return true;
    }
    if is(&["set", "add", "put", "create", "update"], first) {
        let second = plain().map_or("", command);
        return is(SETTINGS, second) || (first == "set" && exports);
    }
    is(&["config", "configure"], first) && plain().is_some_and(|word| is(PROGRAMS, command(word)))
}

/// A word of a command line without what may stand around it: `"git`, `(setenv`, `/usr/bin/git`.
fn command(word: &str) -> &str {
    let bare = word.trim_matches(|char: char| !char.is_ascii_alphanumeric());
    bare.rsplit(['/', '"', '\'', '`', ';', '&', '(']).next().unwrap_or(bare)
}
