//! Text of PowerShell, cut into statements, commands and words. What is in brackets and quotes stays whole.

/// Why a text cannot be cut.
pub(super) type Why = &'static str;

/// Commands that are joined by bars.
pub(super) type Pipeline = Vec<String>;

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// As it is written; whether a comma stands before it.
    Word(String, bool),
    /// Output goes to what follows: a file, or another stream.
    Redirect,
}

/// Where what begins at a place ends: a letter, a text in quotes, all between brackets, a remark.
pub(super) fn unit(text: &str, at: usize, depth: usize) -> Result<usize, Why> {
    let bytes = text.as_bytes();
    let next = bytes.get(at + 1).copied();
    match bytes[at] {
        _ if depth > 24 => Err("brackets stand in brackets too deep"),
        b'\'' => quoted(text, at),
        b'"' => expanded(text, at, depth),
        b'`' => Ok(at + 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8)),
        b'@' if matches!(next, Some(b'\'' | b'"')) => document(text, at),
        b'@' if matches!(next, Some(b'(' | b'{')) => bracket(text, at + 1, depth),
        b'(' | b'{' | b'[' => bracket(text, at, depth),
        b')' | b'}' | b']' => Err("a bracket is closed that was not opened"),
        b'<' if next == Some(b'#') => {
            text[at..].find("#>").map(|end| at + end + 2).ok_or("a remark is not closed")
        }
        b'#' if is_word_start(bytes, at) => Ok(text[at..].find('\n').map_or(text.len(), |end| at + end)),
        _ => Ok(at + text[at..].chars().next().map_or(1, char::len_utf8)),
    }
}

fn is_word_start(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        bytes[before].is_ascii_whitespace()
            || matches!(bytes[before], b';' | b'|' | b'(' | b'{' | b')' | b'}')
    })
}

fn quoted(text: &str, at: usize) -> Result<usize, Why> {
    let mut from = at + 1;
    loop {
        let end = from + text[from..].find('\'').ok_or("a quote is not closed")?;
        if text.as_bytes().get(end + 1) != Some(&b'\'') {
            return Ok(end + 1);
        }
        from = end + 2;
    }
}

fn expanded(text: &str, at: usize, depth: usize) -> Result<usize, Why> {
    let bytes = text.as_bytes();
    let mut from = at + 1;
    while let Some(byte) = bytes.get(from) {
        match (byte, bytes.get(from + 1)) {
            (b'`', _) => from = unit(text, from, depth + 1)?,
            (b'"', Some(b'"')) => from += 2,
            (b'"', _) => return Ok(from + 1),
            (b'$', Some(b'(')) => from = bracket(text, from + 1, depth + 1)?,
            _ => from += 1,
        }
    }
    Err("a quote is not closed")
}

/// `@'`, lines, and `'@` at the beginning of one.
fn document(text: &str, at: usize) -> Result<usize, Why> {
    let quote = &text[at + 1..at + 2];
    let rest = &text[at + 2..];
    let line = rest.find('\n').ok_or("a text over several lines has none")?;
    if !rest[..line].trim().is_empty() {
        return Err("a text over several lines begins with something else");
    }
    let end = format!("\n{quote}@");
    rest[line..]
        .find(&end)
        .map(|found| at + 2 + line + found + 3)
        .ok_or("a text over several lines is not closed")
}

fn bracket(text: &str, at: usize, depth: usize) -> Result<usize, Why> {
    let bytes = text.as_bytes();
    let close = match bytes[at] {
        b'(' => b')',
        b'{' => b'}',
        _ => b']',
    };
    let mut from = at + 1;
    while let Some(byte) = bytes.get(from) {
        if *byte == close {
            return Ok(from + 1);
        }
        from = unit(text, from, depth + 1)?;
    }
    Err("a bracket is not closed")
}

/// The statements of a text, each a pipeline.
pub(super) fn statements(text: &str) -> Result<Vec<Pipeline>, Why> {
    let bytes = text.as_bytes();
    let mut all: Vec<Pipeline> = Vec::new();
    let mut stages: Pipeline = Vec::new();
    let mut stage = String::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = unit(text, at, 0)?;
        let remark = matches!(bytes[at], b'#' | b'<') && end > at + 1;
        let twice = bytes.get(at + 1) == Some(&bytes[at]);
        match bytes[at] {
            _ if remark => stage.push(' '),
            // The line goes on.
            b'`' if &text[at + 1..end] == "\n" => stage.push(' '),
            // A line ends a statement, but behind a bar.
            b'\n' if stage.trim().is_empty() && !stages.is_empty() => {}
            b'|' if !twice => {
                if stage.trim().is_empty() {
                    return Err("a command is missing");
                }
                stages.push(std::mem::take(&mut stage));
            }
            b'&' if !twice && (stage.trim().is_empty() || stage.ends_with('>')) => stage.push('&'),
            b';' | b'\n' | b'&' | b'|' => {
                finish(&mut all, &mut stages, &mut stage)?;
                at = if twice && matches!(bytes[at], b'&' | b'|') { end + 1 } else { end };
                continue;
            }
            _ => stage.push_str(&text[at..end]),
        }
        at = end;
    }
    finish(&mut all, &mut stages, &mut stage)?;
    Ok(all)
}

fn finish(all: &mut Vec<Pipeline>, stages: &mut Pipeline, stage: &mut String) -> Result<(), Why> {
    let last = std::mem::take(stage);
    match (last.trim().is_empty(), stages.is_empty()) {
        (true, true) => return Ok(()),
        (true, false) => return Err("a command is missing"),
        (false, _) => stages.push(last),
    }
    all.push(std::mem::take(stages));
    Ok(())
}

/// The words of a command.
pub(super) fn words(text: &str) -> Result<Vec<Token>, Why> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut word = String::new();
    let mut comma = false;
    let mut at = 0;
    let close = |all: &mut Vec<Token>, word: &mut String, comma: &mut bool| {
        if !word.is_empty() {
            all.push(Token::Word(std::mem::take(word), std::mem::take(comma)));
        }
    };
    while at < bytes.len() {
        let end = unit(text, at, 0)?;
        match bytes[at] {
            byte if byte.is_ascii_whitespace() => close(&mut all, &mut word, &mut comma),
            b',' => {
                close(&mut all, &mut word, &mut comma);
                comma = true;
            }
            b'>' => {
                // The stream before it is no word.
                if word.len() != 1 || !word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*') {
                    close(&mut all, &mut word, &mut comma);
                }
                word.clear();
                if all.last() != Some(&Token::Redirect) {
                    all.push(Token::Redirect);
                }
            }
            b'<' => return Err("input is redirected"),
            _ => word.push_str(&text[at..end]),
        }
        at = end;
    }
    close(&mut all, &mut word, &mut comma);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_powershell_cuts_them() {
        let table: [(&str, &[&[&str]]); 9] = [
            ("a | b; c", &[&["a ", " b"], &[" c"]]),
            ("a 'x;y' \"z|$(q; r)\"", &[&["a 'x;y' \"z|$(q; r)\""]]),
            ("a |\n b\nc", &[&["a ", " b"], &["c"]]),
            ("a `\n b", &[&["a   b"]]),
            ("a `\n\nb", &[&["a  "], &["b"]]),
            ("& 'x' y && z", &[&["& 'x' y "], &[" z"]]),
            ("a { b; c } # d; e", &[&["a { b; c }  "]]),
            ("a 2>&1 | b", &[&["a 2>&1 ", " b"]]),
            ("a @'\nx; y\n'@ | b", &[&["a @'\nx; y\n'@ ", " b"]]),
        ];
        for (text, wanted) in table {
            assert_eq!(statements(text).unwrap(), wanted, "{text}");
        }
        for wrong in ["a (", "a )", "a 'x", "a \"x", "| a", "a |", "a { b", "a <# b", "a | | b"] {
            assert!(statements(wrong).is_err(), "{wrong}");
        }
        let word = |text: &str, comma| Token::Word(text.to_owned(), comma);
        assert_eq!(
            words("a b, 'c d' 2> e -f:$(g h)").unwrap(),
            [
                word("a", false),
                word("b", false),
                word("'c d'", true),
                Token::Redirect,
                word("e", false),
                word("-f:$(g h)", false)
            ]
        );
    }
}
