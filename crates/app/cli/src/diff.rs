//! What an edit changes, line by line, as people know it from `diff -u`.

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// Where more pairs of lines would have to be compared, the changed part is shown as a whole.
const MAX_PAIRS: usize = 4_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Same(&'t str),
    Gone(&'t str),
    New(&'t str),
}

/// The lines that differ, with some around them; empty if the texts are the same.
pub(crate) fn unified(before: &str, after: &str) -> Vec<String> {
    let lines = lines(before, after);
    let changed: Vec<usize> = (0..lines.len()).filter(|&at| !matches!(lines[at], Line::Same(_))).collect();
    let mut shown = Vec::new();
    for hunk in changed.chunk_by(|a, b| b - a <= 2 * CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let (from, to) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(lines.len()));
        shown.push(header(&lines, from, to));
        shown.extend(lines[from..to].iter().map(|line| match line {
            Line::Same(text) => format!(" {text}"),
            Line::Gone(text) => format!("-{text}"),
            Line::New(text) => format!("+{text}"),
        }));
    }
    shown
}

fn header(lines: &[Line<'_>], from: usize, to: usize) -> String {
    let side = |gone: bool| {
        let counts = |part: &[Line<'_>]| {
            part.iter()
                .filter(
                    |line| if gone { !matches!(line, Line::New(_)) } else { !matches!(line, Line::Gone(_)) },
                )
                .count()
        };
        let count = counts(&lines[from..to]);
        let start = counts(&lines[..from]) + usize::from(count > 0);
        format!("{start},{count}")
    };
    format!("@@ -{} +{} @@", side(true), side(false))
}

/// Both texts as one list. What begins and ends alike is set aside first: an edit touches little.
fn lines<'t>(before: &'t str, after: &'t str) -> Vec<Line<'t>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (split(before), split(after));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut lines: Vec<Line<'_>> = old[..head].iter().map(|line| Line::Same(line)).collect();
    lines.extend(middle(&old[head..old.len() - tail], &new[head..new.len() - tail]));
    lines.extend(old[old.len() - tail..].iter().map(|line| Line::Same(line)));
    lines
}

/// Lines without their ends; a text that does not end with one says so.
fn split(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    if !text.is_empty() && !text.ends_with('\n') {
        lines.push("\\ no newline at the end");
    }
    lines
}

/// The longest common subsequence decides what stays.
fn middle<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let gone = |lines: &[&'t str]| lines.iter().map(|line| Line::Gone(line)).collect::<Vec<_>>();
    let fresh = |lines: &[&'t str]| lines.iter().map(|line| Line::New(line)).collect::<Vec<_>>();
    if old.len().saturating_mul(new.len()) > MAX_PAIRS {
        return [gone(old), fresh(new)].concat();
    }
    let width = new.len() + 1;
    let mut longest = vec![0u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            longest[a * width + b] = if old[a] == new[b] {
                longest[(a + 1) * width + b + 1] + 1
            } else {
                longest[(a + 1) * width + b].max(longest[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b, mut lines) = (0, 0, Vec::new());
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            lines.push(Line::Same(old[a]));
            (a, b) = (a + 1, b + 1);
        } else if longest[(a + 1) * width + b] >= longest[a * width + b + 1] {
            lines.push(Line::Gone(old[a]));
            a += 1;
        } else {
            lines.push(Line::New(new[b]));
            b += 1;
        }
    }
    lines.extend(gone(&old[a..]));
    lines.extend(fresh(&new[b..]));
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
