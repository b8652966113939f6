//! The words of a shell command, as far as they can be told without a shell; and the way back.

/// A command's first simple command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Split<'t> {
    /// Its words, without quotes.
    pub(super) words: Vec<String>,
    /// What follows it, from the first operator on: redirections, other commands.
    pub(super) rest: &'t str,
    /// The words are what a shell would make of them: nothing in them is expanded.
    pub(super) literal: bool,
}

/// Splits a command; `None` where a quote does not end. Nothing is expanded: `$HOME` and `~` stay as they are.
pub(super) fn split(text: &str) -> Option<Split<'_>> {
    let mut words = Vec::new();
    let mut word: Option<(usize, String)> = None;
    let mut literal = true;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter.is_whitespace() && letter != '\n' {
            words.extend(word.take().map(|(_, word)| word));
            continue;
        }
        if matches!(letter, ';' | '|' | '&' | '<' | '>' | '(' | ')' | '`' | '\n') {
            let (end, last) = before_operator(word, at, letter);
            words.extend(last);
            return Some(Split { words, rest: &text[end..], literal });
        }
        let (_, word) = word.get_or_insert_with(|| (at, String::new()));
        match letter {
            '\'' => quoted(&mut letters, word)?,
            '"' => literal &= double_quoted(&mut letters, word)?,
            '\\' => word.extend(letters.next().map(|(_, letter)| letter).filter(|&letter| letter != '\n')),
            letter => {
                literal &= !"$*?[]{}~!#".contains(letter);
                word.push(letter);
            }
        }
    }
    words.extend(word.map(|(_, word)| word));
    Some(Split { words, rest: "", literal })
}

/// The last word before an operator, and where the rest begins: digits before a redirection belong to it.
fn before_operator(word: Option<(usize, String)>, at: usize, letter: char) -> (usize, Option<String>) {
    match word {
        Some((start, word))
            if matches!(letter, '<' | '>')
                && word.bytes().all(|byte| byte.is_ascii_digit())
                && at - start == word.len() =>
        {
            (start, None)
        }
        word => (at, word.map(|(_, word)| word)),
    }
}

type Letters<'t> = std::str::CharIndices<'t>;

fn quoted(letters: &mut Letters<'_>, word: &mut String) -> Option<()> {
    loop {
        match letters.next()?.1 {
            '\'' => return Some(()),
            letter => word.push(letter),
        }
    }
}

/// Whether nothing in it is expanded.
fn double_quoted(letters: &mut Letters<'_>, word: &mut String) -> Option<bool> {
    let mut literal = true;
    loop {
        match letters.next()?.1 {
            '"' => return Some(literal),
            '\\' => match letters.next()?.1 {
                letter @ ('"' | '\\' | '$' | '`') => word.push(letter),
                '\n' => {}
                letter => word.extend(['\\', letter]),
            },
            letter => {
                literal &= !matches!(letter, '$' | '`' | '!');
                word.push(letter);
            }
        }
    }
}

/// A word as a shell reads it back.
pub(super) fn quote(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-=:@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Words as one command.
pub(super) fn join<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> (Vec<String>, &str) {
        let split = split(text).unwrap();
        (split.words, split.rest)
    }

    #[test]
    fn commands_as_people_write_them() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("claudectl --json 2>/dev/null || true", &["claudectl", "--json"], "2>/dev/null || true"),
            ("a 'b c'\\''d' \"e \\\"f\\\" $g\"", &["a", "b c'd", "e \"f\" $g"], ""),
            ("echo 12>x", &["echo"], "12>x"),
            ("echo a12>x", &["echo", "a12"], ">x"),
            ("echo '1'>x", &["echo", "1"], ">x"),
            ("  a\t''  ", &["a", ""], ""),
            ("a;b", &["a"], ";b"),
            ("a\\ b \\", &["a b", ""], ""),
            ("~/.cargo/bin/claudectl --json", &["~/.cargo/bin/claudectl", "--json"], ""),
            ("", &[], ""),
        ];
        for (text, expected, rest) in cases {
            let expected: Vec<String> = expected.iter().map(|&word| word.to_owned()).collect();
            assert_eq!(words(text), (expected, *rest), "{text}");
        }
        assert_eq!(split("a 'b"), None);
        assert_eq!(split("a \"b\\"), None);
    }

    proptest! {
        #[test]
        fn what_is_joined_splits_into_the_same(all in proptest::collection::vec(any::<String>(), 1..6)) {
            let text = join(all.iter().map(String::as_str));
            prop_assert_eq!(words(&text), (all, ""));
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = split(&text);
        }
    }
}
