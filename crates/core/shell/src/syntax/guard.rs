//! What is refused before it is looked at.

/// Characters of a command that is understood. A person's have some hundred, an agent's some thousand.
pub const MAX_CHARACTERS: usize = 10_000;
/// Simple commands in it.
pub const MAX_COMMANDS: usize = 200;
/// How deep parts may stand in each other.
pub const MAX_DEPTH: usize = 24;

/// A character that is shown as nothing, or turns around what is: a text with it is not what it looks like. Those that
/// join or choose the look of a character that is no letter of ours (of an emoji) change nothing else.
pub(crate) fn hidden(text: &str) -> Option<char> {
    let mut before = 'a';
    for letter in text.chars() {
        let joins = matches!(letter, '\u{200d}' | '\u{fe00}'..='\u{fe0f}') && !before.is_ascii();
        if is_hidden(letter) && !joins {
            return Some(letter);
        }
        before = letter;
    }
    None
}

fn is_hidden(letter: char) -> bool {
    match letter {
        '\t' | '\n' => false,
        letter if letter.is_control() => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' => true,
        '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// How often a text may be read as one thing and then as another.
pub(super) const MAX_RETRIES: usize = 8;
