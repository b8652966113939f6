//! However large or deep a text is, it is answered, and what is done for the answer stays within bounds: counted, not
//! timed.

use std::cell::Cell;

use claudectl_gate::{lattice, tools};
use claudectl_shell::facts::{Facts, Place};
use claudectl_shell::report::Report;
use claudectl_shell::syntax::{MAX_CHARACTERS, MAX_COMMANDS, parse};
use serde_json::json;

/// Counts what the world is asked.
#[derive(Default)]
struct Counting(Cell<usize>);

impl Counting {
    fn count(&self) {
        self.0.set(self.0.get() + 1);
    }
}

impl Facts for Counting {
    fn tracked(&self, _: &str) -> Option<bool> {
        self.count();
        None
    }

    fn resolved(&self, _: &str) -> Option<String> {
        self.count();
        None
    }

    fn text(&self, _: &str) -> Option<String> {
        self.count();
        None
    }

    fn executable(&self, _: &str) -> Option<bool> {
        None
    }
}

/// What a command does, and how much that took: what was asked of the world, and what was found.
fn cost(command: &str) -> (Report, usize) {
    let facts = Counting::default();
    let root = Some("/home/me/work");
    let place = Place { home: "/home/me", folder: root, root, facts: &facts };
    let report = tools::report("Bash", &json!({ "command": command }), place);
    let found: usize = report.commands.iter().map(|ran| 1 + ran.words.len() + ran.deeds.len()).sum();
    (report, facts.0.get() + found)
}

fn verdict(report: &Report) -> &'static str {
    lattice::of_report(report).0.verdict()
}

/// A text in itself, so many times.
fn nested(open: &str, inner: &str, close: &str, times: usize) -> String {
    open.repeat(times) + inner + &close.repeat(times)
}

/// Each of these grows with the number it is made of, in a way that has made other parsers slow, or has ended them.
fn shapes(number: usize) -> Vec<(&'static str, String)> {
    vec![
        ("substitutions in each other", format!("echo {}", nested("$(echo ", "x", ")", number))),
        ("substitutions in quotes", format!("echo {}", nested("\"$(echo ", "x", ")\"", number))),
        ("open substitutions", "$(".repeat(number)),
        ("back quotes", "`".repeat(number)),
        ("subshells", nested("(", "ls", ")", number)),
        ("groups", nested("{ ", "ls", "; }", number)),
        ("open groups", "{ ".repeat(number)),
        ("arithmetic", format!("echo $({}", nested("(", "1", ")", number))),
        ("double brackets that are subshells", format!("{} ls", "((".repeat(number))),
        ("parameters in each other", format!("echo {}", nested("${x:-", "y", "}", number))),
        ("braces beside each other", format!("echo {}", "{a,b}".repeat(number))),
        ("braces in each other", format!("echo {}", nested("{a,", "b", "}", number))),
        ("a range", format!("echo {{1..{}}}", "9".repeat(number.min(18)))),
        ("open quotes", "\"'".repeat(number)),
        ("backslashes", format!("echo {}", "\\".repeat(number))),
        ("here-documents", "cat <<A\n".repeat(number)),
        ("here-documents on a line", format!("cat {}", "<<A ".repeat(number))),
        ("a long word", format!("echo {}", "x".repeat(number))),
        ("many words", format!("echo{}", " x".repeat(number))),
        ("many files", format!("rm{}", " a/b".repeat(number))),
        ("many commands", "ls;".repeat(number)),
        ("a long pipe", format!("ls{}", "|cat".repeat(number))),
        ("a long chain", format!("ls{}", "&&ls".repeat(number))),
        ("assignments that double", format!("a=x;{}echo $a", "a=$a$a;".repeat(number))),
        ("arguments that double", format!("f() {{ f \"$@\" \"$@\"; }}; f {}", "x ".repeat(number))),
        (
            "loops in each other",
            format!("{}ls{}", "for i in a b c;do ".repeat(number), ";done".repeat(number)),
        ),
        ("functions that call the one before", functions(number, "F")),
        ("functions that call the one before twice", functions(number, "F; F")),
        ("functions in substitutions", functions(number, "echo \"$(F)\"")),
        ("functions in much else", functions(number, "{ if ( nice env F ); then :; fi; }")),
        ("functions in texts", functions(number, "eval F")),
        ("texts that are run in each other", nested("eval eval ", "ls", "", number)),
        ("wrappers", format!("{}ls", "nice env command ".repeat(number))),
        ("shells in each other", format!("{}ls", "bash -c ".repeat(number))),
        ("cases", format!("{}:{}", "case x in x) ".repeat(number), ";; esac".repeat(number))),
        ("patterns", format!("ls {}", "*[a-".repeat(number))),
        ("redirections", format!("ls{}", " >a".repeat(number))),
        ("code in brackets", format!("python3 -c '{}'", nested("(", "1", ")", number))),
        ("statements", format!("psql -X -c '{}'", "SELECT (".repeat(number))),
        ("words for a program that splits", format!("env -S '{}'", "env -S ".repeat(number))),
    ]
}

/// Each calls the one before, as `F` in its body.
fn functions(number: usize, body: &str) -> String {
    let mut text = "f0() { ls; }; ".to_owned();
    for at in 1..=number {
        text.push_str(&format!("f{at}() {{ {}; }}; ", body.replace('F', &format!("f{}", at - 1))));
    }
    text + &format!("f{number}")
}

#[test]
fn what_is_large_or_deep_is_answered_within_bounds() {
    for number in [1, 8, 40, 90, 190, 1_000, 1_900, 3_200, 4_900, 9_000] {
        for (what, text) in shapes(number) {
            let (report, cost) = cost(&text);
            // No more than a hundred commands stand in each other, each with the words behind it.
            assert!(cost <= 250_000, "{what}, {number} times: {cost}");
            if let Err(error) = parse(&text) {
                assert!(report.opaque.contains(&error.to_string()), "{what}, {number} times");
                assert_ne!(verdict(&report), "allow", "{what}, {number} times");
            }
        }
    }
}

/// Twice as much of something takes about twice as much, or is refused.
#[test]
fn nothing_takes_more_than_its_share() {
    for ((what, small), (_, large)) in shapes(110).into_iter().zip(shapes(220)) {
        let (small, large) = (cost(&small).1, cost(&large).1);
        assert!(large <= 3 * small + 200, "{what}: {small} and {large}");
    }
}

/// What runs what it is given, over and over, is not followed for ever.
#[test]
fn commands_in_commands_ask_where_they_are_too_deep() {
    for wrapper in ["nice ", "env ", "command ", "nohup ", "sudo ", "env -S ", "timeout 1 ", "xargs "] {
        assert_ne!(verdict(&cost(&format!("{}ls", wrapper.repeat(8))).0), "deny", "{wrapper}");
        let deep = cost(&format!("{}rm -rf /", wrapper.repeat(900))).0;
        assert_ne!(verdict(&deep), "allow", "{wrapper}");
    }
    assert_eq!(verdict(&cost(&format!("{}ls", "nice ".repeat(20))).0), "allow");
    assert_eq!(verdict(&cost(&format!("{}rm -rf /", "nice ".repeat(20))).0), "deny");
}

/// What is beyond a guard asks, and what is just within it is looked at.
#[test]
fn the_guards_ask() {
    let (most, commands) = (MAX_CHARACTERS - 5, MAX_COMMANDS);
    for (what, text, wanted) in [
        ("a word as long as may be", format!("echo {}", "x".repeat(most)), "allow"),
        ("a longer one", format!("echo {}", "x".repeat(most + 1)), "ask"),
        ("one of other letters", format!("echo {}", "\u{e9}".repeat(most)), "allow"),
        ("as many commands as may be", "ls\n".repeat(commands), "allow"),
        ("one more", "ls\n".repeat(commands + 1), "ask"),
        ("ten thousand words", format!("echo{}", " x".repeat(10_000)), "ask"),
        ("eight million bytes", format!("echo {}", "x".repeat(8 << 20)), "ask"),
        ("eight million bytes of openings", "$(".repeat(4 << 20), "ask"),
        ("eight million bytes of lines", "ls\n".repeat((8 << 20) / 3), "ask"),
        ("a deletion behind the guard", format!("echo {}\nrm -rf /", "x".repeat(most)), "ask"),
        ("nothing", String::new(), "allow"),
    ] {
        assert_eq!(verdict(&cost(&text).0), wanted, "{what}");
    }
}
