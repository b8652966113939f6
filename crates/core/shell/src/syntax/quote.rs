//! `$'...'`, decoded.

/// Decodes what stands behind `$'`, up to the quote: the text, and how many bytes it took with its quote. `None` where it
/// is not closed, or is no text without a zero in it.
pub(super) fn decode(text: &str) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::new(), 0);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'\'' => break,
            b'\\' => at += escape(bytes.get(at..)?, &mut decoded)?,
            byte => decoded.push(byte),
        }
    }
    let decoded = String::from_utf8(decoded).ok()?;
    (!decoded.contains('\0')).then_some((decoded, at))
}

/// What stands behind a backslash; how many bytes it took.
fn escape(rest: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    let simple = |byte: u8, decoded: &mut Vec<u8>| {
        decoded.push(byte);
        Some(1)
    };
    match *rest.first()? {
        b'a' => simple(7, decoded),
        b'b' => simple(8, decoded),
        b'e' | b'E' => simple(27, decoded),
        b'f' => simple(12, decoded),
        b'n' => simple(b'\n', decoded),
        b'r' => simple(b'\r', decoded),
        b't' => simple(b'\t', decoded),
        b'v' => simple(11, decoded),
        byte @ (b'\\' | b'\'' | b'"' | b'?') => simple(byte, decoded),
        b'x' => {
            let (number, digits) = number(&rest[1..], 16, 2);
            if digits == 0 {
                decoded.extend_from_slice(b"\\x");
                return Some(1);
            }
            decoded.push(u8::try_from(number).ok()?);
            Some(1 + digits)
        }
        byte @ (b'u' | b'U') => {
            let (number, digits) = number(&rest[1..], 16, if byte == b'u' { 4 } else { 8 });
            if digits == 0 {
                decoded.extend_from_slice(&[b'\\', byte]);
                return Some(1);
            }
            let letter = char::from_u32(number)?;
            decoded.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            Some(1 + digits)
        }
        b'c' => {
            let letter = *rest.get(1)?;
            decoded.push(letter.to_ascii_uppercase() ^ 0x40);
            Some(2)
        }
        b'0'..=b'7' => {
            let (number, digits) = number(rest, 8, 3);
            // Bash takes the low eight bits.
            decoded.push((number & 0xff) as u8);
            Some(digits)
        }
        other => {
            decoded.extend_from_slice(&[b'\\', other]);
            Some(1)
        }
    }
}

fn number(bytes: &[u8], radix: u32, most: usize) -> (u32, usize) {
    let mut number = 0_u32;
    let mut digits = 0;
    while let Some(digit) =
        bytes.get(digits).filter(|_| digits < most).and_then(|byte| char::from(*byte).to_digit(radix))
    {
        number = number.wrapping_mul(radix).wrapping_add(digit);
        digits += 1;
    }
    (number, digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_what_bash_makes_of_them() {
        let table = [
            (r"rm'x", Some(("rm", 3))),
            (r"\x72\155'", Some(("rm", 9))),
            (r"\u0072m'", Some(("rm", 8))),
            (r"a\'b\\'", Some((r"a'b\", 7))),
            (r"\n\t\e'", Some(("\n\t\u{1b}", 7))),
            (r"\q\xg'", Some((r"\q\xg", 6))),
            (r"\cA'", Some(("\u{1}", 4))),
            (r"\xc3\xa9'", Some(("é", 9))),
            (r"\xff'", None),
            (r"a\0b'", None),
            (r"open", None),
            (r"open\", None),
        ];
        for (text, wanted) in table {
            let decoded = decode(text);
            assert_eq!(decoded.as_ref().map(|(text, length)| (text.as_str(), *length)), wanted, "{text}");
        }
    }
}
