//! A few lines of a text around what was met in it.

use std::ops::Range;

use crate::matcher::Met;

/// Lines that are shown because something is met in them.
const MOST_LINES: usize = 3;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// As it stands in the text.
    pub text: String,
    /// It is what was met.
    pub met: bool,
}

/// A line, cut where it is long.
pub type Line = Vec<Piece>;

/// The lines of a text that tell most of what was met, in order, with `context` more before and after each; none longer
/// than about `width` characters.
#[must_use]
pub fn lines(text: &str, met: &[Met], context: usize, width: usize) -> Vec<Line> {
    let starts: Vec<usize> =
        std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
    let range = |line: usize| starts[line]..starts.get(line + 1).map_or(text.len(), |next| next - 1);
    let mut shown: Vec<usize> = Vec::new();
    for line in telling(&starts, met) {
        shown.extend(line.saturating_sub(context)..(line + context + 1).min(starts.len()));
    }
    if shown.is_empty() {
        // What was met is not met in the text: the words of the index are older than this version.
        shown.extend((0..starts.len()).find(|line| !text[range(*line)].trim().is_empty()));
    }
    shown.sort_unstable();
    shown.dedup();
    let shown = shown.into_iter().map(|line| cut(text, range(line), met, width));
    shown.filter(|line| line.iter().any(|piece| !piece.text.trim().is_empty())).collect()
}

/// The line with most of the terms, and those with the terms that it has not.
fn telling(starts: &[usize], met: &[Met]) -> Vec<usize> {
    let line_of = |met: &Met| starts.partition_point(|start| *start <= met.range.start) - 1;
    let mut by_line: Vec<(usize, Vec<usize>)> = Vec::new();
    for one in met {
        let line = line_of(one);
        match by_line.last_mut() {
            Some((last, terms)) if *last == line => terms.push(one.term),
            _ => by_line.push((line, vec![one.term])),
        }
    }
    let (mut told, mut lines) = (Vec::new(), Vec::new());
    while lines.len() < MOST_LINES {
        let news = |terms: &[usize]| {
            let mut news: Vec<usize> = terms.iter().copied().filter(|term| !told.contains(term)).collect();
            news.sort_unstable();
            news.dedup();
            news.len()
        };
        // Of those that tell as much, the first.
        let best = by_line.iter().rev().max_by_key(|(_, terms)| news(terms));
        let Some((line, terms)) = best.filter(|(_, terms)| news(terms) > 0) else { break };
        told.extend_from_slice(terms);
        lines.push(*line);
    }
    lines
}

/// A line in pieces. Where it is too long, what is around the first of what is met is left.
fn cut(text: &str, line: Range<usize>, met: &[Met], width: usize) -> Line {
    let inside = |met: &&Met| met.range.start < line.end && met.range.end > line.start;
    let met: Vec<&Met> = met.iter().filter(inside).collect();
    let window = window(text, line.clone(), met.first().map_or(line.start, |met| met.range.start), width);
    let mut pieces = Line::new();
    let mut push = |text: &str, met: bool| match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.met == met => last.text.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), met }),
    };
    if window.start > line.start {
        push("…", false);
    }
    let mut at = window.start;
    for one in met {
        let (start, end) = (one.range.start.max(at), one.range.end.min(window.end));
        if start < end {
            push(&text[at..start], false);
            push(&text[start..end], true);
            at = end;
        }
    }
    push(&text[at..window.end], false);
    if window.end < line.end {
        push("…", false);
    }
    pieces
}

/// The part of a line to show, so that a third of it stands before a place.
fn window(text: &str, line: Range<usize>, place: usize, width: usize) -> Range<usize> {
    let line_text = &text[line.clone()];
    if line_text.chars().count() <= width {
        return line;
    }
    let before = text[line.start..place.clamp(line.start, line.end)].char_indices().rev();
    let start = before.take(width / 3).last().map_or(place, |(at, _)| line.start + at).min(place);
    // Near its end, the line's end is shown whole.
    let last = line_text.char_indices().rev().take(width).last().map_or(line.end, |(at, _)| line.start + at);
    let start = start.min(last);
    let end = text[start..line.end].char_indices().nth(width).map_or(line.end, |(at, _)| start + at);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::Matcher;
    use crate::query::Query;
    use proptest::prelude::*;

    fn shown(query: &str, text: &str, context: usize, width: usize) -> Vec<String> {
        let query = Query::parse(query).unwrap();
        let met = Matcher::new(&query).met(text);
        let mark = |piece: &Piece| if piece.met { format!("»{}«", piece.text) } else { piece.text.clone() };
        lines(text, &met, context, width).iter().map(|line| line.iter().map(mark).collect()).collect()
    }

    #[test]
    fn the_line_that_tells_most() {
        let text = "key one\nnothing\nthe foreign key\nkey again\nlast";
        assert_eq!(shown("foreign key", text, 0, 80), ["the »foreign« »key«"]);
        assert_eq!(shown("foreign last", text, 0, 80), ["the »foreign« key", "»last«"]);
        assert_eq!(shown("foreign", text, 1, 80), ["nothing", "the »foreign« key", "key again"]);
        assert_eq!(shown("absent", text, 0, 80), ["key one"]);
        assert_eq!(shown("absent", "\n \n", 0, 80), [] as [&str; 0]);
    }

    #[test]
    fn a_long_line_is_cut_around_what_is_met() {
        let text = format!("{}needle{}", "a ".repeat(100), " b".repeat(100));
        assert_eq!(shown("needle", &text, 0, 30), ["…a a a a a »needle« b b b b b b b…"]);
        assert_eq!(shown("needle", &text[..206], 0, 30), ["…a a a a a a a a a a a a »needle«"]);
        assert_eq!(shown("needle", "needle at the start of a long line", 0, 10), ["»needle« at …"]);
        assert_eq!(shown("検索", &"検索".repeat(30), 0, 6), ["»検索検索検索«…"]);
    }

    #[test]
    fn a_phrase_over_two_lines_is_marked_on_both() {
        assert_eq!(shown("\"foreign key\"", "a foreign\nkey b", 1, 80), ["a »foreign«", "»key« b"]);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "([a-c é検\n]{0,30}|\\PC{0,20}){0,4}", context in 0usize..3, width in 0usize..20) {
            let query = Query::parse("a bc* 検 é").unwrap();
            let met = Matcher::new(&query).met(&text);
            for line in lines(&text, &met, context, width) {
                prop_assert!(line.iter().all(|piece| !piece.text.contains('\n')));
                let length: usize = line.iter().map(|piece| piece.text.chars().count()).sum();
                prop_assert!(length <= width + 2 || text.chars().count() <= width);
            }
        }
    }
}
