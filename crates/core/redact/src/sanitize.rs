//! Text from outside, made safe for a terminal: nothing in it moves the cursor, colours, names the
//! window, writes the clipboard, turns the direction of reading or hides.

use std::borrow::Cow;

/// Text for one line of a terminal.
///
/// Escape sequences go whole, also those that nothing ends; so do control, bidirectional and invisible
/// characters. Tabs and line breaks become one space. Borrowed when there is nothing to do.
#[must_use]
pub fn sanitize_line(text: &str) -> Cow<'_, str> {
    sanitize(text, false)
}

/// The same for text that may have several lines.
#[must_use]
pub fn sanitize_block(text: &str) -> Cow<'_, str> {
    sanitize(text, true)
}

/// JSON text with its invisible characters, and those that command a terminal, written as escapes: it means the same, and
/// can be looked at.
#[must_use]
pub fn escape_json(json: &str) -> Cow<'_, str> {
    let shows = |char: char| char == '\n' || !(is_hidden(char) || matches!(char, '\u{2028}' | '\u{2029}'));
    if json.is_ascii() && !json.contains('\u{7f}') || json.chars().all(shows) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 32);
    for char in json.chars() {
        if shows(char) {
            escaped.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(escaped)
}

/// Text whose characters that command a terminal, turn the direction of reading or hide are written out in ASCII, `\x1b`,
/// `\u{202e}`: for what a person is to see as it is before it runs. Tabs and line breaks stay, as do the joiners within
/// emoji. Borrowed when there is nothing to do.
///
/// ```
/// assert_eq!(claudectl_redact::reveal("rm a\u{1b}[2J\u{202e}b"), r"rm a\x1b[2J\u{202e}b");
/// ```
#[must_use]
pub fn reveal(text: &str) -> Cow<'_, str> {
    let Some(clean) = first_suspect(text, true) else { return Cow::Borrowed(text) };
    let mut shown = String::with_capacity(text.len() + 32);
    shown.push_str(&text[..clean]);
    for (at, char) in text[clean..].char_indices() {
        let after = &text[clean + at + char.len_utf8()..];
        let stays = match char {
            '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => true,
            _ if is_joiner(char) => joins(shown.chars().next_back(), char, after),
            _ => !is_hidden(char),
        };
        match u32::from(char) {
            _ if stays => shown.push(char),
            code @ ..0x100 => shown.push_str(&format!("\\x{code:02x}")),
            code => shown.push_str(&format!("\\u{{{code:x}}}")),
        }
    }
    Cow::Owned(shown)
}

fn sanitize(text: &str, lines: bool) -> Cow<'_, str> {
    let Some(clean) = first_suspect(text, lines) else { return Cow::Borrowed(text) };
    let mut output = Output { text: String::with_capacity(text.len()), spaced: false };
    output.text.push_str(&text[..clean]);
    let mut rest = &text[clean..];
    while let Some(char) = rest.chars().next() {
        let after = &rest[char.len_utf8()..];
        rest = match char {
            '\n' if lines => {
                output.newline();
                after
            }
            '\r' if lines && after.starts_with('\n') => after,
            '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                output.space();
                after
            }
            '\u{1b}' => after_escape(after),
            '\u{9b}' => after_control(after),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => after_string(after, char == '\u{9d}'),
            '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => {
                output.joiner(char, after);
                after
            }
            _ => {
                output.char(char);
                after
            }
        };
    }
    if output.text == text { Cow::Borrowed(text) } else { Cow::Owned(output.text) }
}

/// What has been let through.
struct Output {
    text: String,
    /// The last thing was a space that stands for a control character.
    spaced: bool,
}

impl Output {
    fn char(&mut self, char: char) {
        if !is_hidden(char) {
            self.text.push(char);
            self.spaced = false;
        }
    }

    fn space(&mut self) {
        if !self.spaced {
            self.text.push(' ');
            self.spaced = true;
        }
    }

    fn newline(&mut self) {
        self.text.push('\n');
        self.spaced = false;
    }

    /// Characters that only do something between others: they stay where emoji are made of them.
    fn joiner(&mut self, char: char, after: &str) {
        if joins(self.text.chars().next_back(), char, after) {
            self.text.push(char);
            self.spaced = false;
        }
    }
}

/// Whether a joiner or a selector stands within an emoji.
fn joins(before: Option<char>, char: char, after: &str) -> bool {
    match char {
        '\u{200d}' => {
            before.is_some_and(|char| is_pictogram(char) || char == '\u{fe0f}')
                && after.chars().next().is_some_and(is_pictogram)
        }
        _ => before.is_some_and(|char| is_pictogram(char) || char.is_ascii_digit() || "#*".contains(char)),
    }
}

/// Where something stands that may have to go.
fn first_suspect(text: &str, lines: bool) -> Option<usize> {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) || (lines && byte == b'\n');
    // Thirty-two bytes at a time without a branch in between is what compilers make fast.
    let blocks = text.as_bytes().chunks(32);
    let clean: usize = blocks
        .take_while(|block| block.iter().fold(true, |clean, byte| clean & plain(*byte)))
        .map(<[u8]>::len)
        .sum();
    let start = text.floor_char_boundary(clean);
    let suspect =
        |char: char| !(char == '\n' && lines) && (char.is_control() || is_hidden(char) || is_joiner(char));
    text[start..].char_indices().find(|(_, char)| suspect(*char)).map(|(at, _)| start + at)
}

fn is_joiner(char: char) -> bool {
    matches!(char, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{2028}' | '\u{2029}')
}

// ---------------------------------------------------------------------------------- escape sequences

/// The text behind an escape sequence, of which the ESC has been read.
fn after_escape(text: &str) -> &str {
    let Some(first) = text.chars().next() else { return text };
    let rest = &text[first.len_utf8()..];
    match first {
        '[' => after_control(rest),
        ']' => after_string(rest, true),
        'P' | 'X' | '^' | '_' => after_string(rest, false),
        '0'..='~' => rest,
        // `ESC ( B` and the like: any number of these, then one more.
        ' '..='/' => {
            let rest = rest.trim_start_matches(|char| matches!(char, ' '..='/'));
            rest.strip_prefix(|char| matches!(char, '0'..='~')).unwrap_or(rest)
        }
        _ => text,
    }
}

/// The text behind a control sequence: numbers, signs, and the letter that ends it.
fn after_control(text: &str) -> &str {
    let rest = text.trim_start_matches(|char| matches!(char, '0'..='?'));
    let rest = rest.trim_start_matches(|char| matches!(char, ' '..='/'));
    rest.strip_prefix(|char| matches!(char, '@'..='~')).unwrap_or(rest)
}

/// The text behind a string for the terminal: a title, a link, a picture. What ends it is ST, for some
/// BEL; without either it takes the rest of the line, as it would on a screen.
fn after_string(text: &str, bell: bool) -> &str {
    let ends =
        |char| matches!(char, '\u{1b}' | '\u{9c}' | '\u{18}' | '\u{1a}' | '\n') || (bell && char == '\u{7}');
    let Some(end) = text.find(ends) else { return "" };
    let rest = &text[end..];
    match rest.chars().next() {
        // Another ESC begins another sequence, and the newline is not the string's.
        Some('\u{1b}') => rest.strip_prefix("\u{1b}\\").unwrap_or(rest),
        Some('\n') | None => rest,
        Some(char) => &rest[char.len_utf8()..],
    }
}

// ------------------------------------------------------------------------------------------ characters

/// Characters that show nothing of their own: controls, directions, fillers, tags.
fn is_hidden(char: char) -> bool {
    if char < '\u{ad}' {
        return char.is_control();
    }
    matches!(
        char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Roughly: what a joiner or a selector may follow. Exactness is not needed, only that letters are none.
fn is_pictogram(char: char) -> bool {
    matches!(
        char,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21ff}'
            | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}'
            | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
            | '\u{1f000}'..='\u{1faff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn line(text: &str, expected: &str) {
        assert_eq!(sanitize_line(text), expected, "{text:?}");
    }

    #[test]
    fn clean_text_is_borrowed() {
        for text in ["", "plain", "häuser 日本 ✓", "👩‍💻 ⚠️ 1️⃣ 👍🏽", &"x".repeat(100)]
        {
            assert!(matches!(sanitize_line(text), Cow::Borrowed(_)), "{text}");
        }
        assert!(matches!(sanitize_block("a\nb\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn sequences_go_whole() {
        line("a\u{1b}[1;31mb\u{1b}[0mc", "abc");
        line("a\u{9b}2Jb", "ab");
        line("a\u{1b}]0;title\u{7}b", "ab");
        line("a\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{1b}\\b", "alinkb");
        line("a\u{9d}52;c;Zm9v\u{9c}b", "ab");
        line("a\u{1b}Pq#0;2;0;0;0\u{7}still\u{1b}\\b", "ab");
        line("a\u{1b}_Gf=24;AAAA\u{1b}\\b\u{1b}^x\u{9c}c\u{1b}Xy\u{1b}\\d", "abcd");
        line("a\u{1b}(Bb\u{1b}#8c\u{1b}cd\u{1b}=e", "abcde");
        line("a\u{1b}[?25lb\u{1b}[0 qc", "abc");
    }

    #[test]
    fn sequences_without_an_end_go_too() {
        line("a\u{1b}", "a");
        line("a\u{1b}[", "a");
        line("a\u{1b}[12;", "a");
        line("a\u{1b}]0;title", "a");
        line("a\u{1b}Pdata", "a");
        line("a\u{1b}]0;title\nnext line", "a next line");
        line("a\u{1b}]0;t\u{1b}[31mred", "ared");
        line("a\u{1b}[3\u{1b}[31mred", "ared");
        line("a\u{1b}\u{1b}[31mb", "ab");
        line("a\u{1b}äb", "aäb");
        line("a\u{1b}[äb", "aäb");
    }

    #[test]
    fn controls_and_hidden_characters_go() {
        line("a\u{0}\u{8}b\u{7f}c\u{84}d", "abcd");
        line("user\u{202e}gpj.exe\u{2066}x\u{2069}\u{200f}", "usergpj.exex");
        line("pa\u{200b}y\u{2060}p\u{feff}a\u{ad}l\u{200c}!", "paypal!");
        line("x\u{e0041}\u{e007f}y\u{e0100}z", "xyz");
        line("a\u{fe0f}b\u{200d}c", "abc");
        line("👩\u{200d}a👩\u{200d}", "👩a👩");
    }

    #[test]
    fn breaks_become_one_space() {
        line("a\r\n\t b", "a  b");
        line("a\tb\nc\rd\u{2028}e\u{85}f", "a b c d e f");
        line("a\n\u{1b}[0m\nb", "a b");
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(sanitize_block("a\r\nb\tc\n\n\u{1b}[31md\re"), "a\nb c\n\nd e");
        assert_eq!(sanitize_block("\u{1b}]0;x\nshown"), "\nshown");
    }

    /// Pieces that sequences and disguises are made of.
    fn hostile() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "\u{1b}",
            "[",
            "]",
            "P",
            "_",
            "\\",
            "\u{7}",
            "\u{9b}",
            "\u{9d}",
            "\u{9c}",
            "31m",
            "0;t",
            "a",
            " ",
            "\n",
            "\r",
            "\t",
            "ä",
            "👩",
            "\u{200d}",
            "\u{fe0f}",
            "\u{202e}",
            "\u{200b}",
            "\u{e0041}",
            "\u{2028}",
            "1",
            "(",
        ]);
        let text = prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat());
        prop_oneof![text, "\\PC*", any::<String>()]
    }

    #[test]
    fn json_means_the_same_and_holds_nothing_that_cannot_be_seen() {
        for text in ["a\u{9b}31m\u{202e}b\u{7f}", "tag \u{e0041}", "line\u{2028}end", "日本 ✓ 👩‍💻", "plain"]
        {
            let raw = format!("\"{text}\"");
            let escaped = escape_json(&raw);
            assert!(escaped.chars().all(|char| char == '\n' || !is_hidden(char)), "{escaped}");
            assert_eq!(escape_json(&escaped), escaped, "what is escaped stays so");
            assert_eq!(escaped.contains("\\u"), text.chars().any(is_hidden) || text.contains('\u{2028}'));
        }
        assert_eq!(escape_json("\"\u{9b}\u{e0041}\""), "\"\\u009b\\udb40\\udc41\"");
    }

    #[test]
    fn what_hides_can_be_shown() {
        for (text, shown) in [
            ("rm -rf /tmp/\u{1b}[2J\u{202e} evil", r"rm -rf /tmp/\x1b[2J\u{202e} evil"),
            ("a\u{0}\u{8}\u{7f}\u{9b}31m\u{ad}", r"a\x00\x08\x7f\x9b31m\xad"),
            ("pa\u{200b}ypal\u{e0041}\u{200d}x\u{fe0f}", r"pa\u{200b}ypal\u{e0041}\u{200d}x\u{fe0f}"),
            ("a\tb\r\nc\u{2028}d", "a\tb\r\nc\u{2028}d"),
        ] {
            assert_eq!(reveal(text), shown);
        }
        for text in ["ls | head", "häuser 日本", "👩‍💻 ⚠️ 1️⃣ 👍🏽"] {
            assert!(matches!(reveal(text), Cow::Borrowed(_)) || reveal(text) == text, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_hides_nothing(text in hostile()) {
            let shown = reveal(&text);
            prop_assert_eq!(&reveal(&shown), &shown);
            let breaks = |char: char| "\t\n\r\u{85}\u{2028}\u{2029}".contains(char);
            let bare: String = shown.chars().filter(|char| !breaks(*char)).collect();
            prop_assert!(!bare.chars().any(|char| char.is_control() || is_hidden(char)), "{:?}", shown);
        }

        #[test]
        fn nothing_harmful_is_left(text in hostile()) {
            let (line, block) = (sanitize_line(&text), sanitize_block(&text));
            prop_assert!(!line.chars().any(|char| char.is_control() || is_hidden(char)), "{line:?}");
            prop_assert!(!block.chars().any(|char| char != '\n' && (char.is_control() || is_hidden(char))));
            let breaks = ['\u{2028}', '\u{2029}'];
            prop_assert!(!line.contains(breaks) && !block.contains(breaks));
        }

        #[test]
        fn twice_is_once(text in hostile()) {
            let line = sanitize_line(&text).into_owned();
            prop_assert!(matches!(sanitize_line(&line), Cow::Borrowed(_)));
            let block = sanitize_block(&text).into_owned();
            prop_assert!(matches!(sanitize_block(&block), Cow::Borrowed(_)));
        }

        #[test]
        fn ordinary_text_stays(text in "[ -~äß日✓]*") {
            prop_assert!(matches!(sanitize_line(&text), Cow::Borrowed(_)));
        }
    }
}
