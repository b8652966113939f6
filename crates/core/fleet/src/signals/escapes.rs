//! Text of JSON as text.

/// JSON text with its escapes taken out, as far as a search for secrets needs it: a line break is one again.
pub(super) fn unescaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut done = 0;
    for at in memchr::memchr_iter(b'\\', json.as_bytes()) {
        // The second of two is no escape.
        if at < done {
            continue;
        }
        text.push_str(&json[done..at]);
        let escaped = json[at + 1..].chars().next();
        match escaped {
            Some('n' | 'r') => text.push('\n'),
            Some('t') => text.push('\t'),
            // Which letter it stands for is not worth the work.
            Some('u') => text.push(' '),
            Some(other) => text.push(other),
            None => {}
        }
        let long = if escaped == Some('u') { 4 } else { 0 };
        done = json.ceil_char_boundary((at + 1 + escaped.map_or(0, char::len_utf8) + long).min(json.len()));
    }
    text.push_str(&json[done..]);
    text
}
