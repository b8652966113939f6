//! A reel as a page of Markdown. Nothing of a session's own markup gets there: no pictures from elsewhere, no HTML.

use claudectl_fleet::beat::Note;
use claudectl_fleet::reel::{Reel, Row, Shot};

use super::spans::clean;
use super::{Options, Subject, words};
use crate::format;

/// The page.
pub(super) fn markdown(reel: &Reel, subject: &Subject, options: &Options) -> String {
    let mut page = format!("# {}\n\n", escaped(&clean(&subject.name)));
    table(&mut page, &words::title(reel, subject, options));
    let clock = words::Clock::new(reel, options);
    let mut whose = None;
    for scene in &reel.scenes {
        if whose != scene.agent.as_ref() {
            whose = scene.agent.as_ref();
            let who =
                whose.map_or_else(|| "the session itself".to_owned(), |kind| format!("{kind}, a subagent"));
            page.push_str(&format!("*{}:*\n\n", escaped(&clean(&who))));
        }
        shot(&mut page, &scene.shot, &clock.at(scene.at), subject);
    }
    page.push_str("---\n\n");
    table(&mut page, &words::end(reel, subject, options));
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn table(page: &mut String, fields: &[(&'static str, String)]) {
    page.push_str("| | |\n|---|---|\n");
    for (name, value) in fields {
        page.push_str(&format!("| {name} | {} |\n", escaped(value)));
    }
    page.push('\n');
}

fn shot(page: &mut String, shot: &Shot, clock: &str, subject: &Subject) {
    let text = match shot {
        Shot::Prompt(text) => format!("## {}\n\n{}", clock, quoted(text)),
        Shot::Typed(text) => format!("## {}\n\n{}", clock, code("", &[text.as_str()])),
        Shot::Reply { text, .. } => paragraphs(text),
        Shot::Edit { path, rows, more, added, removed, made } => {
            let counted = words::changed_text(*added, *removed, *made);
            let head = format!("**✎ {}** {}", escaped(&clean(&subject.short(path))), escaped(&counted));
            let mut lines: Vec<String> = rows.iter().map(row).collect();
            if *more > 0 {
                lines.push(format!("… {}", format::plural(*more, "more line")));
            }
            format!("{}\n\n{}", head.trim_end(), code("diff", &lines))
        }
        Shot::Command { command, output, .. } => {
            let (_, ending) = words::ending(shot);
            let mut lines = vec![format!("$ {command}")];
            lines.extend(output.head.iter().cloned());
            if output.left_out > 0 {
                lines.push(format!("⋯ {}", format::plural(output.left_out, "line")));
            }
            lines.extend(output.tail.iter().cloned());
            format!("{}\n\n{}", code("console", &lines), escaped(&ending))
        }
        Shot::Tool { tool, summary } => {
            format!("◦ {}", escaped(&clean(&format!("{tool} {}", subject.short(summary)))))
        }
        Shot::Failed { tool, summary, text, denied } => {
            let what = escaped(&words::failed(tool, summary, subject));
            let (sign, word) = if *denied { ("⊘", " turned down") } else { ("✗", " failed") };
            let said = if text.is_empty() { String::new() } else { format!("\n\n{}", quoted(text)) };
            format!("**{sign} {what}**{word}{said}")
        }
        Shot::Looks { .. } => format!("⌕ {}", words::looks(shot)),
        Shot::Plan(text) => format!("**◆ Plan**\n\n{}", quoted(text)),
        Shot::Approved => "✓ plan approved".to_owned(),
        Shot::Question { text, answer } => format!("**? {}**\n\n→ {}", lines_of(text), lines_of(answer)),
        Shot::Agent { kind, task } => format!("◇ agent {}: {}", escaped(&clean(kind)), escaped(&clean(task))),
        Shot::Note(note @ Note::ApiError { .. }) => format!("**✗ {}**", escaped(&words::note(note).2)),
        Shot::Note(note) => {
            let (_, sign, text) = words::note(note);
            format!("{} {}", escaped(sign), escaped(&text))
        }
    };
    page.push_str(&text);
    page.push_str("\n\n");
}

fn row(row: &Row) -> String {
    match row {
        Row::Line(_, line) => format!("{}{}", line.sign(), line.text()),
        Row::Gap => "@@".to_owned(),
    }
}

/// A text as a quotation.
fn quoted(text: &str) -> String {
    let line = |line: &str| format!("> {}", escaped(&clean(line)));
    text.lines().map(line).collect::<Vec<_>>().join("  \n")
}

/// A text as it is, line by line.
fn paragraphs(text: &str) -> String {
    text.lines().map(|line| escaped(&clean(line))).collect::<Vec<_>>().join("  \n")
}

fn lines_of(text: &str) -> String {
    text.lines().map(|line| escaped(&clean(line))).collect::<Vec<_>>().join(" ")
}

/// A block of code. Its fence is longer than any in it.
fn code(language: &str, lines: &[impl AsRef<str>]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| clean(line.as_ref())).collect();
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", lines.join("\n"))
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|letter| letter != of).map(str::len).max().unwrap_or(0)
}

/// Text that means nothing to Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (at, letter) in text.trim().char_indices() {
        let marks_a_line =
            at == 0 && matches!(letter, '-' | '+' | '=' | ':') || letter == '.' || letter == ')';
        let numbered = marks_a_line
            && matches!(letter, '.' | ')')
            && out.bytes().all(|byte| byte.is_ascii_digit())
            && !out.is_empty();
        let begins = marks_a_line && !matches!(letter, '.' | ')');
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '>' | '!' | '$' => {
                out.push('\\');
                out.push(letter);
            }
            // What looks like an address becomes no link.
            '@' => out.push_str("&#64;"),
            ':' if text.trim()[at..].starts_with("://") => out.push_str("&#58;"),
            _ if numbered || begins => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_others_means_nothing() {
        for (text, expected) in [
            ("plain words, 3.5 times (so)", "plain words, 3.5 times (so)"),
            ("![x](https://evil.example/p.png)", "\\!\\[x\\](https&#58;//evil.example/p.png)"),
            ("<img src=x> & `code`", "&lt;img src=x\\> &amp; \\`code\\`"),
            ("# head", "\\# head"),
            ("- item", "\\- item"),
            ("1. item", "1\\. item"),
            ("a_b*c|d", "a\\_b\\*c\\|d"),
            ("@someone", "&#64;someone"),
        ] {
            assert_eq!(escaped(text), expected, "{text}");
        }
    }

    #[test]
    fn fences_hold() {
        assert_eq!(code("x", &["a", "````", "b"]), "`````x\na\n````\nb\n`````");
        assert_eq!(code("", &["\u{1b}[2Ja\u{202e}"]), "```\na\n```");
    }
}
