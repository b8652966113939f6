//! What an edit changes, line by line, as people know it from `diff -u`.

/// Where more pairs of lines would have to be compared, the changed part is taken as a whole.
const MAX_PAIRS: usize = 4_000_000;

/// One line of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<T> {
    /// It stands on both sides.
    Same(T),
    /// It went.
    Removed(T),
    /// It came.
    Added(T),
}

impl<T> Line<T> {
    /// Its text.
    pub fn text(&self) -> &T {
        match self {
            Self::Same(text) | Self::Removed(text) | Self::Added(text) => text,
        }
    }

    /// The sign that stands before it: a space, `-` or `+`.
    pub fn sign(&self) -> char {
        match self {
            Self::Same(_) => ' ',
            Self::Removed(_) => '-',
            Self::Added(_) => '+',
        }
    }

    /// The same line with another text.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Line<U> {
        match self {
            Self::Same(text) => Line::Same(make(text)),
            Self::Removed(text) => Line::Removed(make(text)),
            Self::Added(text) => Line::Added(make(text)),
        }
    }

    /// Whether it stands on the old side.
    pub fn was(&self) -> bool {
        !matches!(self, Self::Added(_))
    }

    /// Whether it stands on the new side.
    pub fn is(&self) -> bool {
        !matches!(self, Self::Removed(_))
    }
}

/// Lines that changed, with some around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk<T> {
    /// Where it begins, counted from 1: in the old text, and in the new one. `None` where nobody says.
    pub at: Option<(usize, usize)>,
    /// Its lines, in order.
    pub lines: Vec<Line<T>>,
}

impl<T> Hunk<T> {
    /// How many lines were added, and how many removed.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let count =
            |wanted: fn(&Line<T>) -> bool| self.lines.iter().filter(|line| wanted(line)).count() as u64;
        (count(|line| !line.was()), count(|line| !line.is()))
    }
}

/// The lines that differ, with up to `context` around them; empty if there are none.
#[must_use]
pub fn hunks<T: Copy + PartialEq>(old: &[T], new: &[T], context: usize) -> Vec<Hunk<T>> {
    let lines = lines(old, new);
    let changed: Vec<usize> = (0..lines.len()).filter(|&at| !matches!(lines[at], Line::Same(_))).collect();
    let mut hunks = Vec::new();
    let (mut reached, mut at) = (0, (1, 1));
    for part in changed.chunk_by(|a, b| b - a <= context.saturating_mul(2)) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let (from, to) =
            (first.saturating_sub(context), last.saturating_add(context).saturating_add(1).min(lines.len()));
        for line in &lines[reached..from] {
            at = (at.0 + usize::from(line.was()), at.1 + usize::from(line.is()));
        }
        reached = from;
        hunks.push(Hunk { at: Some(at), lines: lines[from..to].to_vec() });
    }
    hunks
}

/// Both texts as one list. What begins and ends alike is set aside first: an edit touches little.
fn lines<T: Copy + PartialEq>(old: &[T], new: &[T]) -> Vec<Line<T>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut lines: Vec<_> = old[..head].iter().map(|line| Line::Same(*line)).collect();
    lines.extend(middle(&old[head..old.len() - tail], &new[head..new.len() - tail]));
    lines.extend(old[old.len() - tail..].iter().map(|line| Line::Same(*line)));
    lines
}

/// The longest common subsequence decides what stays.
fn middle<T: Copy + PartialEq>(old: &[T], new: &[T]) -> Vec<Line<T>> {
    let gone = |lines: &[T]| lines.iter().map(|line| Line::Removed(*line)).collect::<Vec<_>>();
    let fresh = |lines: &[T]| lines.iter().map(|line| Line::Added(*line)).collect::<Vec<_>>();
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
            lines.push(Line::Removed(old[a]));
            a += 1;
        } else {
            lines.push(Line::Added(new[b]));
            b += 1;
        }
    }
    lines.extend(gone(&old[a..]));
    lines.extend(fresh(&new[b..]));
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<&str> {
        text.lines().collect()
    }

    #[test]
    fn what_changes_with_what_is_around_it() {
        let found = hunks(&split("a\nb\nc\nd\ne\nf\ng\nh"), &split("a\nb\nX\nd\ne\nf\ng"), 1);
        let shown: Vec<_> = found
            .iter()
            .map(|hunk| {
                (
                    hunk.at,
                    hunk.lines
                        .iter()
                        .map(|line| format!("{}{}", line.sign(), line.text()))
                        .collect::<Vec<_>>()
                        .join(" "),
                )
            })
            .collect();
        assert_eq!(shown, [(Some((2, 2)), " b -c +X  d".to_owned()), (Some((7, 7)), " g -h".to_owned())]);
        assert_eq!(found[0].counts(), (1, 1));
        assert!(hunks(&["a"], &["a"], 3).is_empty());
        let fresh = hunks(&[], &["a", "b"], 3);
        assert_eq!((fresh[0].at, fresh[0].counts()), (Some((1, 1)), (2, 0)));
    }

    proptest! {
        /// Each side can be had back from the change, where all around it is shown.
        #[test]
        fn nothing_is_lost(old in prop::collection::vec("[abc]", 0..20), new in prop::collection::vec("[abc]", 0..20)) {
            let (old, new): (Vec<&str>, Vec<&str>) = (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
            let all = hunks(&old, &new, 100);
            if old == new {
                prop_assert!(all.is_empty());
            } else {
                prop_assert_eq!(all.len(), 1);
                let side = |on: fn(&Line<&'static str>) -> bool, lines: &[Line<&str>]| -> Vec<String> {
                    lines.iter().filter(|line| on(&line.map(|_| ""))).map(|line| (*line.text()).to_owned()).collect()
                };
                prop_assert_eq!(side(Line::was, &all[0].lines), old);
                prop_assert_eq!(side(Line::is, &all[0].lines), new);
            }
        }
    }
}
