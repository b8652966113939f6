//! A block of lines in a file of somebody else's: put there once, and put anew in the same place.

/// How the block begins, and how it ends.
pub const BEGIN: &str = "<!-- claudectl:garden begin: kept by `claudectl brain garden`, do not edit -->";
/// See [`BEGIN`].
pub const END: &str = "<!-- claudectl:garden end -->";
/// What stands at the top of it.
const TITLE: &str = "## How work is done here";

/// Why a block has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Torn {
    /// A mark is missing.
    #[error("the block begins and does not end, or ends and does not begin")]
    Half,
    /// There are several.
    #[error("there is more than one block")]
    Several,
}

/// A text with these lines in its block, and everything else as it was, to the byte.
///
/// # Errors
/// When it cannot be told what is the block.
pub fn with_block(text: &str, lines: &[String]) -> Result<String, Torn> {
    let marks = |mark: &str| text.match_indices(mark).map(|(at, _)| at).collect::<Vec<_>>();
    // A begin is known by its first words, so that other words in another version are still one.
    let (begins, ends) = (marks("<!-- claudectl:garden begin"), marks(END));
    // Of the block that is there, or else of the text's first line.
    let from = begins.first().copied().unwrap_or_default();
    let is_crlf = text[from..].split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
    let end_of_line = if is_crlf { "\r\n" } else { "\n" };
    let mut block = vec![BEGIN, TITLE, ""];
    let lines: Vec<String> = lines.iter().map(|line| format!("- {line}")).collect();
    block.extend(lines.iter().map(String::as_str));
    block.push(END);
    let block = block.join(end_of_line);
    match (&begins[..], &ends[..]) {
        ([], []) => {
            let gap = match text {
                "" => String::new(),
                _ if text.ends_with("\n\n") || text.ends_with("\r\n\r\n") => String::new(),
                _ if text.ends_with('\n') => end_of_line.to_owned(),
                _ => end_of_line.repeat(2),
            };
            Ok(format!("{text}{gap}{block}{end_of_line}"))
        }
        ([begin], [end]) if begin < end => {
            Ok(format!("{}{block}{}", &text[..*begin], &text[end + END.len()..]))
        }
        ([_], [_]) | ([], [_]) | ([_], []) => Err(Torn::Half),
        _ => Err(Torn::Several),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(all: &[&str]) -> Vec<String> {
        all.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_block_stands_behind_what_is_there() {
        for (before, gap) in [("", ""), ("# A\n", "\n"), ("# A", "\n\n"), ("# A\n\n", "")] {
            let text = with_block(before, &lines(&["One.", "Two."])).unwrap();
            assert_eq!(text, format!("{before}{gap}{BEGIN}\n{TITLE}\n\n- One.\n- Two.\n{END}\n"));
        }
        let text = with_block("# A\r\n", &lines(&["One."])).unwrap();
        assert_eq!(text.replace("\r\n", "").matches('\n').count(), 0, "ends of lines are as they were");
    }

    #[test]
    fn what_cannot_be_told_is_not_touched() {
        let one = |text: &str| with_block(text, &lines(&["One."]));
        assert_eq!(one(&format!("{BEGIN}\nx")), Err(Torn::Half));
        assert_eq!(one(&format!("x\n{END}")), Err(Torn::Half));
        assert_eq!(one(&format!("{END}\n{BEGIN}")), Err(Torn::Half));
        assert_eq!(one(&format!("{BEGIN}\n{BEGIN}\n{END}")), Err(Torn::Several));
    }

    proptest! {
        #[test]
        fn everything_else_stays_to_the_byte(before in "[a-z\\n\\r ä#]{0,40}", after in "[a-z\\n\\r ä#]{0,40}") {
            let first = with_block(&before, &lines(&["One."])).unwrap();
            prop_assert!(first.starts_with(&before));
            prop_assert_eq!(&with_block(&first, &lines(&["One."])).unwrap(), &first, "done twice it is the same");
            let grown = format!("{first}{after}");
            let second = with_block(&grown, &lines(&["Two.", "Three."])).unwrap();
            let at = second.find(BEGIN).unwrap();
            prop_assert_eq!(&second[..at], &first[..first.find(BEGIN).unwrap()]);
            prop_assert!(second.ends_with(&after));
            prop_assert!(!second.contains("One."));
        }
    }
}
