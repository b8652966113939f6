//! What an edit changes, line by line, as people know it from `diff -u`.

use claudectl_fleet::patch::{self, Hunk};

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;

/// The lines that differ, with some around them; empty if the texts are the same.
pub(crate) fn unified(before: &str, after: &str) -> Vec<String> {
    let mut shown = Vec::new();
    for hunk in patch::hunks(&split(before), &split(after), CONTEXT) {
        shown.push(header(&hunk));
        shown.extend(hunk.lines.iter().map(|line| format!("{}{}", line.sign(), line.text())));
    }
    shown
}

fn header(hunk: &Hunk<&str>) -> String {
    let side = |start: usize, count: usize| format!("{},{count}", if count == 0 { start - 1 } else { start });
    let (old, new) = hunk.at.unwrap_or((1, 1));
    let (was, is) = (hunk.lines.iter().filter(|line| line.was()), hunk.lines.iter().filter(|line| line.is()));
    format!("@@ -{} +{} @@", side(old, was.count()), side(new, is.count()))
}

/// Lines without their ends; a text that does not end with one says so.
fn split(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    if !text.is_empty() && !text.ends_with('\n') {
        lines.push("\\ no newline at the end");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_with_what_is_around_it() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
        let after = "a\nb\nc\nd\nX\ne\nf\ng\nh\ni\nj\nk\n";
        let expected = [
            "@@ -2,6 +2,7 @@",
            " b",
            " c",
            " d",
            "+X",
            " e",
            " f",
            " g",
            "@@ -9,4 +10,3 @@",
            " i",
            " j",
            " k",
            "-l",
        ];
        assert_eq!(unified(before, after), expected);
        assert_eq!(unified("", "{}\n"), ["@@ -0,0 +1,1 @@", "+{}"]);
        assert_eq!(unified("{}", ""), ["@@ -1,2 +0,0 @@", "-{}", "-\\ no newline at the end"]);
        assert!(unified(before, before).is_empty());
    }

    #[test]
    fn long_texts_are_shown_as_a_whole() {
        let long = |word: &str| (0..3000).map(|at| format!("{word}{at}\n")).collect::<String>();
        assert_eq!(unified(&long("a"), &long("b")).len(), 6001);
    }
}
