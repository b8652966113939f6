//! Letters: which belong to words, and which are the same.

/// What a character is to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Part of a word that ends at a space or a sign.
    Word,
    /// Of a script without spaces between words.
    Dense,
    /// A word of its own: a picture.
    Symbol,
    /// Stands on or between letters and changes nothing.
    Ignored,
    /// Between words.
    Gap,
}

pub(crate) fn class(letter: char) -> Class {
    match letter {
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6ed}'
        | '\u{93c}'
        | '\u{94d}'
        | '\u{9bc}'
        | '\u{9cd}'
        | '\u{a3c}'
        | '\u{a4d}'
        | '\u{abc}'
        | '\u{acd}'
        | '\u{b4d}'
        | '\u{bcd}'
        | '\u{c4d}'
        | '\u{ccd}'
        | '\u{d4d}'
        | '\u{dca}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{ad}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{feff}' => Class::Ignored,
        // Vowels and tones of Thai and Lao are marks, and parts of what is written.
        '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' => {
            Class::Dense
        }
        '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}' | '\u{1f000}'..='\u{1faff}' => Class::Symbol,
        _ if !letter.is_alphanumeric() => Class::Gap,
        _ if is_dense(letter) => Class::Dense,
        _ => Class::Word,
    }
}

fn is_dense(letter: char) -> bool {
    matches!(letter,
        // Thai, Lao, Myanmar, Khmer
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        // Radicals, kana, bopomofo, Hangul, ideographs
        | '\u{2e80}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{1100}'..='\u{11ff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}' | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}

/// Latin letters without what stands on them, from U+00C0 on; a dot for those that are none.
const LATIN: &[u8; 400] = b"\
    aaaaaa.ceeeeiiii.nooooo.ouuuuy..aaaaaa.ceeeeiiii.nooooo.ouuuuy.yaaaaaaccccccccdd\
    ddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.llllll..llnnnnnn...oooooo..rrrrrrssssss\
    ssttttttuuuuuuuuuuuuwwyyyzzzzzzs................................oo.............u\
    u............................aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa....\
    aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............................";

/// The same from U+1E00 on.
const MORE_LATIN: &[u8; 256] = b"\
    aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooo\
    oooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy.s....\
    aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuu\
    uuyyyyyyyy......";

/// Calls `each` with what a letter is the same as: small, and without accents.
pub(crate) fn fold(letter: char, mut each: impl FnMut(char)) {
    if let Some(plain) = plain(letter) {
        return each(char::from(plain));
    }
    for small in letter.to_lowercase() {
        if class(small) != Class::Ignored {
            each(small);
        }
    }
}

fn plain(letter: char) -> Option<u8> {
    let code = letter as u32;
    let at = |from: u32| usize::try_from(code - from).unwrap_or(usize::MAX);
    let found = match code {
        0..=0x7f => u8::try_from(code).ok().map(|byte| byte.to_ascii_lowercase()),
        0xc0..=0x24f => LATIN.get(at(0xc0)).copied(),
        0x1e00..=0x1eff => MORE_LATIN.get(at(0x1e00)).copied(),
        // Full-width forms
        0xff10..=0xff19 | 0xff21..=0xff3a | 0xff41..=0xff5a => {
            u8::try_from(code - 0xfee0).ok().map(|byte| byte.to_ascii_lowercase())
        }
        _ => None,
    };
    found.filter(|byte| *byte != b'.' || code == u32::from(b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut out = String::new();
        text.chars().for_each(|letter| fold(letter, |letter| out.push(letter)));
        out
    }

    #[test]
    fn the_same_letters() {
        assert_eq!(folded("ÀÉîõü ŁódźØ Việt ＦＯＯ９"), "aeiou lodzo viet foo9");
        assert_eq!(folded("ΑΒΓ ДЖ ẞß İ"), "αβγ дж ßß i");
        assert_eq!(folded("Straße.Æ"), "straße.æ");
    }

    #[test]
    fn classes() {
        let classes = |text: &str| text.chars().map(class).collect::<Vec<_>>();
        assert_eq!(classes("aé9д"), [Class::Word; 4]);
        assert_eq!(classes("検カﾊハ한ไ่ั"), [Class::Dense; 8]);
        assert_eq!(classes("🚀✅"), [Class::Symbol; 2]);
        assert_eq!(classes("_-.→、。・ "), [Class::Gap; 8]);
        assert_eq!(classes("\u{301}\u{200d}"), [Class::Ignored; 2]);
    }
}
