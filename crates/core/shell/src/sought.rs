//! Which names a search for files is about: those of secrets, or plainly others.

use crate::expand::matches;
use crate::paths::{is_secret_name, secret_names, secret_names_anywhere};
use crate::value::Arg;

/// Tests of `find` for names and paths; the last ones are expressions.
pub(crate) const TESTS: &[&str] = &[
    "-name",
    "-iname",
    "-lname",
    "-ilname",
    "-path",
    "-ipath",
    "-wholename",
    "-iwholename",
    "-regex",
    "-iregex",
];

/// The name of a secret that `find` looks for, or may find by a pattern that is made for such.
pub(crate) fn secret(expression: &[Arg]) -> Option<String> {
    tested(expression).flat_map(|(_, pattern)| pattern).find_map(|pattern| {
        let folders = pattern.rsplit('/').skip(1).any(|part| is_folder(part.trim_matches('*')));
        if folders {
            return Some("id_rsa".to_owned());
        }
        met(pattern.rsplit('/').next().unwrap_or_default())
    })
}

/// Whether all that `find` finds is plainly something else than a secret, by its name.
pub(crate) fn is_narrow(expression: &[Arg]) -> bool {
    let or = expression.iter().filter(|arg| matches!(arg.text.as_str(), "-o" | "-or" | ",")).count();
    let pruned = expression.iter().filter(|arg| arg.text == "-prune").count();
    let tests: Vec<Vec<String>> = tested(expression)
        .filter(|(at, _)| !is_pruned(expression, *at))
        .map(|(_, pattern)| pattern)
        .collect();
    tests.len() > or.saturating_sub(pruned) && tests.iter().flatten().all(|pattern| is_plain_path(pattern))
}

/// Whether a pattern of names, as the search tools have it, meets no secret.
#[must_use]
pub fn is_plain(pattern: &str) -> bool {
    let small = simple(pattern);
    let wild = small.contains(['*', '?', '[']);
    let meets = |name: &str| matches(&small, &name.to_ascii_lowercase());
    if is_secret_name(&small) || met(&small).is_some() || secret_names_anywhere().any(meets) {
        return false;
    }
    if !wild {
        return !small.is_empty();
    }
    let end = small.rsplit_once('.').map_or("", |(_, end)| end);
    let ends = (1..=8).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let begin = small.split(['*', '?', '[']).next().unwrap_or_default();
    ends || begin.len() >= 3 && !begin.starts_with('.') && !begin.starts_with("id_")
}

fn is_plain_path(pattern: &str) -> bool {
    let mut parts = pattern.rsplit('/');
    let last = parts.next().unwrap_or_default();
    is_plain(last) && !parts.any(|part| is_folder(part.trim_matches('*')))
}

/// Folders that have nothing but secrets in them.
fn is_folder(name: &str) -> bool {
    matches!(
        name,
        ".ssh" | ".gnupg" | ".aws" | ".azure" | ".kube" | ".password-store" | "secrets" | ".secrets"
    )
}

/// Each test for names that must hold, with the patterns that it stands for.
fn tested(expression: &[Arg]) -> impl Iterator<Item = (usize, Vec<String>)> + '_ {
    expression.windows(2).enumerate().filter_map(|(at, pair)| {
        let before = at.checked_sub(1).and_then(|before| expression.get(before));
        let not = before.is_some_and(|sign| matches!(sign.text.as_str(), "!" | "-not"));
        let test = pair[0].text.as_str();
        let pattern = pair[1].text.to_ascii_lowercase();
        (TESTS.contains(&test) && !not).then(|| match test.ends_with("regex") {
            true => (at, of_expression(&pattern)),
            false => (at, vec![simple(&pattern)]),
        })
    })
}

fn is_pruned(expression: &[Arg], at: usize) -> bool {
    let sign = |arg: &&Arg| !matches!(arg.text.as_str(), ")" | "-a" | "-and");
    expression.iter().skip(at + 2).find(sign).is_some_and(|arg| arg.text == "-prune")
}

/// The same of one pattern, as a search tool takes it.
pub(crate) fn secret_of(pattern: &str) -> Option<String> {
    met(simple(pattern).rsplit('/').next().unwrap_or_default())
}

/// Whether a pattern of names, as the search tools have it, names a secret or may stand for one: it is made for such, or
/// it says something of the name and a hidden file of secrets, or a key, is called so. Kinds of files (`*.json`) are none.
#[must_use]
pub fn may_meet_secret(pattern: &str) -> bool {
    const KEYS: &[&str] = &["id_rsa", "id_ed25519"];
    let small = simple(pattern.rsplit('/').next().unwrap_or_default());
    let wild = small.contains(['*', '?', '[']);
    if (!wild || small.starts_with('.')) && is_secret_name(&small) || wild && made_for(&small).is_some() {
        return true;
    }
    let literal = small.chars().filter(|letter| !matches!(letter, '*' | '?' | '[' | ']')).count();
    let kind = small.strip_prefix("*.").is_some_and(|end| !end.contains(['*', '?', '[']));
    let meets = |name: &str| matches(&small, name);
    !kind
        && (literal > 0 && secret_names().filter(|name| name.starts_with('.')).any(meets)
            || literal > 1 && KEYS.iter().any(|key| meets(key)))
}

/// Whether files that are searched for by their contents, or picked out by a part of their names, may be secrets.
pub(crate) fn sounds_secret(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "secret", "key", "token", "passw", "cred", "private", "env", "rsa", "ed25519", "pem", "begin",
        "auth", "netrc",
    ];
    let small = text.to_ascii_lowercase();
    WORDS.iter().any(|word| small.contains(word))
}

/// A secret's name that a pattern of names is made for.
fn met(pattern: &str) -> Option<String> {
    if !pattern.contains(['*', '?', '[']) {
        return is_secret_name(pattern).then(|| pattern.to_owned());
    }
    if is_secret_name(pattern) {
        return Some(pattern.to_owned());
    }
    made_for(pattern)
}

/// The same of a pattern, where more than that it may stand for one says so.
fn made_for(pattern: &str) -> Option<String> {
    let literal: String = pattern.chars().filter(|letter| !matches!(letter, '*' | '?')).collect();
    // Of names that end so only those count that are nothing else: most files of a kind are no secrets.
    let kind = pattern.strip_prefix('*').filter(|end| end.starts_with('.') && !end.contains(['*', '?', '[']));
    if let Some(end) = kind {
        return is_secret_name(&format!("a{end}"))
            .then(|| format!("a{end}"))
            .or_else(|| is_secret_name(end).then(|| end.to_owned()));
    }
    if pattern.starts_with("id_") || literal.contains("cred") {
        return Some("id_rsa".to_owned());
    }
    let about = |name: &&str| {
        let own = literal.len() * 2 + usize::from(name.starts_with("id_"));
        literal.len() >= 3 && own > name.len() && (!name.starts_with("kube") || literal.contains("kube"))
    };
    secret_names().filter(about).find(|name| matches(pattern, name)).map(str::to_owned)
}

/// A pattern in small letters in which sets of one letter, and letters that are escaped, are those.
fn simple(pattern: &str) -> String {
    let letters: Vec<char> = pattern.to_ascii_lowercase().chars().collect();
    let mut text = String::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        match letter {
            '[' if letters.get(at + 2) == Some(&']') && letters[at + 1] != '!' => {
                text.push(letters[at + 1]);
                at += 3;
            }
            // Both cases of a letter.
            '[' if letters.get(at + 3) == Some(&']') && letters[at + 1] == letters[at + 2] => {
                text.push(letters[at + 1]);
                at += 4;
            }
            '\\' => {
                text.extend(letters.get(at + 1));
                at += 2;
            }
            letter => {
                text.push(letter);
                at += 1;
            }
        }
    }
    text
}

/// Patterns that an expression stands for, roughly: what it may be by its alternatives.
fn of_expression(expression: &str) -> Vec<String> {
    let text = expression.trim_start_matches('^').trim_end_matches('$');
    let text = text.replace("\\(", "(").replace("\\)", ")").replace("\\|", "|");
    let all = match (text.find('('), text.find(')')) {
        (Some(open), Some(close)) if open < close => {
            let (before, after) = (&text[..open], &text[close + 1..]);
            text[open + 1..close].split('|').map(|own| format!("{before}{own}{after}")).collect()
        }
        _ => text.split('|').map(str::to_owned).collect::<Vec<_>>(),
    };
    let pattern = |text: &String| {
        let text = text.replace("\\.", "\u{1}").replace(".*", "*").replace(".+", "*").replace('.', "?");
        simple(&text.replace('\u{1}', "."))
    };
    all.iter().map(pattern).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Arg> {
        text.split(' ').map(Arg::known).collect()
    }

    #[test]
    fn searches_for_secrets_are_told_from_others() {
        let secrets = [
            "-name .env",
            "-name [.]env",
            "-iname *.ENV",
            "-name *_rsa",
            "-name id_*",
            "-name *.pem",
            "-name *ed25519*",
            "-regex .*/\\.env",
            "-regex .*\\.\\(pem\\|key\\)",
            "-path */.ssh/*",
            "-type f -name *.md -o -name .netrc",
        ];
        for text in secrets {
            assert!(secret(&words(text)).is_some(), "{text}");
            assert!(!is_narrow(&words(text)), "{text}");
        }
        let others = [
            "-name *.rs",
            "-name *.ts",
            "-name *config*",
            "-name *test*",
            "-name *token*",
            "-not -name .env",
            "-path ./src/*",
            "-regex .*\\.rs",
        ];
        for text in others {
            assert!(secret(&words(text)).is_none(), "{text}");
        }
    }

    #[test]
    fn patterns_of_names_that_secrets_may_have() {
        for pattern in [
            ".env",
            "*.env",
            ".e*",
            "*nv",
            "?env",
            "[.]env",
            ".ENV",
            "*.pem",
            "**/*.key",
            "id_*",
            "id*",
            ".*",
            "*rc",
            "src/.env*",
            "*.tfvars",
            ".n?trc",
            "*.{pem",
        ] {
            let wanted = !pattern.contains('{');
            assert_eq!(may_meet_secret(pattern), wanted, "{pattern}");
        }
        for pattern in [
            "*", "**", "**/*", "*.rs", "*.json", "*.y*ml", "*.conf", "*config*", "*test*", "src/**",
            "README*", "*.??", ".github",
        ] {
            assert!(!may_meet_secret(pattern), "{pattern}");
        }
    }

    #[test]
    fn searches_that_find_no_secret_are_narrow() {
        let narrow = [
            "-name *.rs",
            "-name Cargo.toml -type f",
            "-name README*",
            "-path */node_modules/* -prune -o -name *.ts",
            "-name *.rs -o -name *.md",
            "-regex .*\\.(c|h)",
        ];
        for text in narrow {
            assert!(is_narrow(&words(text)), "{text}");
        }
        for text in [
            "-type f",
            "-perm 600",
            "-path *ssh*",
            "-name *",
            "-name *.json",
            "-name *.rs -o -type f",
            "-mtime 1",
        ] {
            assert!(!is_narrow(&words(text)), "{text}");
        }
    }
}
