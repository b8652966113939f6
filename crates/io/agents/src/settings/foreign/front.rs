//! Front matter, and whether it brings hooks that have a say in tool calls.
//!
//! The client reads it with a YAML parser of its own (Bun's, as seen with 2.1.330), and where that fails it mends the text
//! and tries again. Another parser would read some text otherwise, and a repository would choose that text; so there is
//! none here. Text without the letters of the key, and without what could stand for letters, has no such key for any
//! parser. Of other text the plain form is understood: keys at the beginning of lines, and below each what is indented.
//! What is neither is [`Said::Unclear`]. Held against Bun 1.4.5 and the client's mending, on more than a million texts: where
//! these found hooks, this never said that there are none.

/// The key that hooks stand under.
const KEY: &str = "hooks";

/// Where front matter ends in what was read of a file. The client ends it at the first `---`, wherever that stands: what
/// it reads is this, or a beginning of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Cut<'b> {
    /// The file has none.
    None,
    /// All of it.
    Whole(&'b [u8]),
    /// It goes on behind what was read, or the file ends there.
    Open(&'b [u8]),
}

/// Finds it at the beginning of a file.
#[must_use]
pub fn cut(bytes: &[u8]) -> Cut<'_> {
    let mut text = bytes;
    while let Some(rest) = text.strip_prefix(b"\xef\xbb\xbf").or_else(|| blank(text)) {
        text = rest;
    }
    let Some(front) = text.strip_prefix(b"---") else {
        return if b"---".starts_with(text) { Cut::Open(b"") } else { Cut::None };
    };
    // A line across the page.
    if front.first() == Some(&b'-') {
        return Cut::None;
    }
    let mut at = 0;
    for line in front.split_inclusive(|byte| *byte == b'\n') {
        // A line that was cut off may go on.
        if line.trim_ascii_end() == b"---" && at > 0 && line.ends_with(b"\n") {
            return Cut::Whole(&front[..at]);
        }
        at += line.len();
    }
    Cut::Open(front)
}

fn blank(text: &[u8]) -> Option<&[u8]> {
    let (first, rest) = text.split_first()?;
    first.is_ascii_whitespace().then_some(rest)
}

/// What front matter says of hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// There are none that have a say in tool calls.
    Nothing,
    /// There are some.
    Hooks {
        /// Before a call.
        before: bool,
        /// In a prompt.
        prompt: bool,
    },
    /// It may have any.
    Unclear,
}

/// Of front matter without the lines around it.
#[must_use]
pub fn said(front: &str) -> Said {
    if !may_name(front) {
        return Said::Nothing;
    }
    plain(front).unwrap_or(Said::Unclear)
}

/// Whether the key may be written in it: as it is, by an escape, or by a tag that makes another text of one.
fn may_name(text: &str) -> bool {
    let named = |window: &[u8]| window.eq_ignore_ascii_case(KEY.as_bytes());
    text.contains(['\\', '!']) || text.as_bytes().windows(KEY.len()).any(named)
}

/// In the plain form; `None` where it has another.
fn plain(front: &str) -> Option<Said> {
    // Some parsers take these for ends of lines, others do not.
    let is_odd = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t')) || matches!(letter, '\u{2028}' | '\u{2029}')
    };
    let front = front.replace("\r\n", "\n");
    if front.contains(is_odd) {
        return None;
    }
    let (mut before, mut prompt) = (false, false);
    for (key, value, block) in &sections(&front)? {
        if !key.eq_ignore_ascii_case(KEY) {
            continue;
        }
        for event in events(value, block)? {
            before |= event.eq_ignore_ascii_case("PreToolUse");
            prompt |= event.eq_ignore_ascii_case("PermissionRequest");
        }
    }
    Some(if before || prompt { Said::Hooks { before, prompt } } else { Said::Nothing })
}

/// A key at the beginning of a line, what follows on it, and the lines that belong to it.
type Section<'t> = (&'t str, &'t str, Vec<&'t str>);

fn sections(front: &str) -> Option<Vec<Section<'_>>> {
    let mut all: Vec<Section<'_>> = Vec::new();
    for line in front.lines().filter(|line| !is_empty(line)) {
        match all.last_mut() {
            Some((.., block)) if indent(line)? > 0 || is_item(line) => block.push(line),
            // What is indented from the first line on has its keys there.
            _ => {
                let (key, value) = key(line)?;
                all.push((key, value, Vec::new()));
            }
        }
    }
    Some(all)
}

/// The events that hooks stand under, by their lines.
fn events<'t>(value: &str, block: &[&'t str]) -> Option<Vec<&'t str>> {
    match value.trim() {
        "{}" | "[]" | "~" | "null" if block.is_empty() => return Some(Vec::new()),
        "" => {}
        comment if comment.starts_with('#') => {}
        _ => return None,
    }
    let Some(first) = block.first() else { return Some(Vec::new()) };
    let level = indent(first)?;
    let mut all = Vec::new();
    for line in block {
        match indent(line)? {
            deeper if deeper > level => {}
            same if same == level && is_item(&line[same..]) && !all.is_empty() => {}
            same if same == level => all.push(key(&line[same..])?.0),
            _ => return None,
        }
    }
    Some(all)
}

/// An entry of a list, which may stand where its key does.
fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// Nothing is on a line, or a remark.
fn is_empty(line: &str) -> bool {
    let text = line.trim_matches([' ', '\t']);
    text.is_empty() || text.starts_with('#')
}

/// How far a line is indented; `None` by tabs, of which each parser makes its own.
fn indent(line: &str) -> Option<usize> {
    let text = line.trim_start_matches(' ');
    (!text.starts_with('\t')).then(|| line.len() - text.len())
}

/// A plain key and what follows it; `None` where the line begins with anything else.
fn key(line: &str) -> Option<(&str, &str)> {
    let in_key = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let (key, rest) = line.split_at(line.find(|letter| !in_key(letter))?);
    let rest = rest.strip_prefix(':')?;
    (!key.is_empty() && (rest.is_empty() || rest.starts_with([' ', '\t']))).then_some((key, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEFORE: Said = Said::Hooks { before: true, prompt: false };
    const PROMPT: Said = Said::Hooks { before: false, prompt: true };

    #[test]
    fn the_plain_form_is_understood() {
        for (front, wanted) in [
            (
                "name: a\nhooks:\n  PreToolUse:\n    - matcher: Bash\n      hooks:\n        - type: command\n",
                BEFORE,
            ),
            ("name: a\r\nhooks:\r\n  PreToolUse:\r\n    - hooks: []\r\n", BEFORE),
            (
                "hooks: # mine\n\n  # what asks\n  PostToolUse: []\n  PermissionRequest:\n  - x\nname: a",
                PROMPT,
            ),
            ("hooks:\n PreToolUse:\n PermissionRequest:\n", Said::Hooks { before: true, prompt: true }),
            ("Hooks:\n  pretooluse: []\n", BEFORE),
            ("hooks: {}\nname: a\nhooks:\n  PreToolUse: *x\n", BEFORE),
            // Ordinary ones.
            ("name: a\ndescription: of hooks, PreToolUse among them!\n", Said::Nothing),
            ("name: a\nhooks: {}\n", Said::Nothing),
            ("name: a\nhooks:\n  PostToolUse:\n    - matcher: \"Edit\\\\|Write\"\n", Said::Nothing),
            (
                "description: >\n  All of\n  hooks: PreToolUse\nallowed-tools:\n- Read\n- \"Bash(git \\\\*)\"\n",
                Said::Nothing,
            ),
            ("metadata:\n  hooks:\n    PreToolUse: []\n", Said::Nothing),
            ("description: \"two\\nlines\"\n", Said::Nothing),
            ("# hooks:\nname: a\n", Said::Nothing),
            ("", Said::Nothing),
            // No letters of the key: whatever form it has.
            ("{name: a, tools: [Read, Grep], model: haiku}\n", Said::Nothing),
            ("\tname: &a x\n\"b\": *a\n? c\n: d\n", Said::Nothing),
        ] {
            assert_eq!(said(front), wanted, "{front:?}");
        }
    }

    #[test]
    fn what_is_not_plain_may_be_anything() {
        for front in [
            "{name: a, hooks: {PreToolUse: []}}\n",
            "name: a\nhooks: {PreToolUse: []}\n",
            "hooks:\n  \"Pre\\x54oolUse\":\n    - hooks: []\n",
            "hooks:\n  'PreToolUse':\n",
            "hooks:\n  ? PreToolUse\n  : []\n",
            "hooks:\n  <<: *events\n",
            "hooks: *all\n",
            "hooks: &all\n  PreToolUse: []\n",
            "hooks: !!map\n  PreToolUse: []\n",
            "hooks:\n- PreToolUse: []\n",
            "hooks:\n    PostToolUse: []\n  PreToolUse: []\n",
            "hooks:\n\tPreToolUse: []\n",
            "\"hooks\":\n  PreToolUse: []\n",
            "\"h\\x6foks\":\n  PreToolUse: []\n",
            "\"h\\\n  ooks\": {}\n",
            "!!str hooks: {}\n",
            "? hooks\n: PreToolUse\n",
            "  name: a\n  hooks:\n    PreToolUse: []\n",
            "\thooks: {}\n",
            "name: a\n<<: {hooks: {}}\n",
            "name: a\n\"x\": |\n hooks:\n",
            "%TAG ! x\nhooks: {}\n",
            "- name\nhooks:\n",
            "name: a\rhooks:\r  PreToolUse: []\r",
            "name: a\u{2028}hooks:\u{2028}  PreToolUse: []",
            "name: a\u{85}hooks: {}",
            "name: a\u{0}\nhooks:\n",
            "name:a\nhooks: {}\n",
            "name: a\n...\n{hooks: {}}\n",
        ] {
            assert_eq!(said(front), Said::Unclear, "{front:?}");
        }
    }

    #[test]
    fn it_ends_at_a_line_of_its_own_and_no_earlier() {
        let whole = |front: &'static str| Cut::Whole(front.as_bytes());
        for (file, wanted) in [
            ("---\nname: a\n---\nhooks:\n", whole("\nname: a\n")),
            ("\u{feff}\n --- \r\nname: a\r\n---  \r\nx", whole(" \r\nname: a\r\n")),
            ("---\na: b---\nhooks:\n----\n---x\n---\n", whole("\na: b---\nhooks:\n----\n---x\n")),
            ("---\n---\n", whole("\n")),
            ("---\nname: a\n---", Cut::Open(b"\nname: a\n---")),
            ("--- {hooks: {}}\n---\n", whole(" {hooks: {}}\n")),
            ("---\nname: a", Cut::Open(b"\nname: a")),
            ("-", Cut::Open(b"")),
            ("", Cut::Open(b"")),
            ("-----\nhooks:\n---\n", Cut::None),
            ("# A page\n---\nhooks:\n---\n", Cut::None),
        ] {
            assert_eq!(cut(file.as_bytes()), wanted, "{file:?}");
        }
    }

    proptest! {
        /// The client may end it earlier: no beginning of it brings what all of it does not.
        #[test]
        fn a_beginning_brings_no_more(
            front in "((hooks|name|  PreToolUse|  PostToolUse|    x|- y|#):?( |\n|---|\\{|\"|\\\\x54)){0,8}"
        ) {
            let all = said(&front);
            for (at, _) in front.char_indices() {
                let no_more = match (all, said(&front[..at])) {
                    (Said::Unclear, _) | (_, Said::Nothing | Said::Unclear) => true,
                    (Said::Nothing, Said::Hooks { .. }) => false,
                    (Said::Hooks { before, prompt }, Said::Hooks { before: b, prompt: p }) => {
                        (before || !b) && (prompt || !p)
                    }
                };
                prop_assert!(no_more, "{:?} of {:?}", &front[..at], front);
            }
        }
    }
}
