//! What is taken for a command, and how it is read, against bash.

use claudectl_shell::syntax::parse;

#[path = "../../gate/tests/corpus/mod.rs"]
#[allow(dead_code, reason = "verdicts are for the tests of the gate")]
mod corpus;
mod mutants;

use mutants::{Agreement, Dice, compare, mutant, outline, seeds};

/// Whether there is a bash to compare with; where not, that is told at the end of all tests.
fn has_bash(test: &str) -> bool {
    mutants::is_there() || {
        skipped(&format!("{test}: there is no bash 5 here\n"));
        false
    }
}

/// Says that a test was skipped, where `.ci/test` collects that.
#[expect(clippy::disallowed_methods, reason = "the file that is named for skipped tests, read by this alone")]
#[expect(clippy::print_stderr, reason = "else nobody sees that a test did nothing")]
fn skipped(line: &str) {
    eprint!("SKIPPED: {line}");
    let Some(log) = std::env::var_os("CLAUDECTL_SKIPPED_LOG") else { return };
    let file = std::fs::OpenOptions::new().append(true).open(log);
    if let Err(error) = file.and_then(|mut file| std::io::Write::write_all(&mut file, line.as_bytes())) {
        eprintln!("the log of skipped tests: {error}");
    }
}

#[test]
fn what_bash_takes_is_understood() {
    if !has_bash("what_bash_takes_is_understood") {
        return;
    }
    for seed in seeds() {
        assert_eq!(compare(seed).unwrap(), Some(Agreement::Taken), "{seed}\n{:?}", parse(seed));
    }
}

/// What is compared is what matters: other commands, words or targets are another reading.
#[test]
fn another_reading_is_seen() {
    for (one, other) in [
        ("a b", "a; b"),
        ("a; b", "a && b"),
        ("a && b", "a || b"),
        ("a | b", "a; b"),
        ("a & b", "a; b"),
        ("a \"b c\"", "a b c"),
        ("a # b", "a b"),
        ("a > b", "a b"),
        ("a > b", "a > c"),
        ("(a); b", "(a; b)"),
        ("a $(b)", "a b"),
        ("a \"$(b; c)\"", "a \"$(b c)\""),
        ("if a; then b; fi; c", "if a; then b; c; fi"),
        ("cat <<A\na\nA\nb", "cat <<A\na\nb\nA"),
        ("x=a b", "x= a b"),
        ("f() { a; }; b", "f() { a; b; }"),
        ("case x in a) b;; esac", "case x in b) b;; esac"),
    ] {
        let outline = |text: &str| outline(&parse(text).unwrap());
        assert_ne!(outline(one), outline(other), "{one} / {other}");
    }
}

/// Changed by chance, each the same every time: `--example against_bash` takes as many as one likes.
#[test]
fn mutants_are_read_as_bash_reads_them() {
    if !has_bash("mutants_are_read_as_bash_reads_them") {
        return;
    }
    let mut all: Vec<String> = corpus::bash_cases().unwrap().into_iter().map(|case| case.command).collect();
    all.extend(seeds().flat_map(|seed| vec![seed.to_owned(); 20]));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut alike, mut count, mut told, mut otherwise) = (0, 0, Vec::new(), Vec::new());
    while count < 500 {
        let text = mutant(&all[dice.below(all.len())], &mut dice);
        let Some(agreement) = compare(&text).unwrap() else { continue };
        count += 1;
        match agreement {
            Agreement::Taken | Agreement::Refused => alike += 1,
            Agreement::Otherwise => otherwise.push(text),
            Agreement::Strict | Agreement::Lenient => told.push(format!("{agreement:?}: {text:?}")),
        }
    }
    // It would be another command that runs than the one that was judged. Of some thousand there is one that bash writes
    // as it would not read it again, a function called `{` and the like.
    assert!(otherwise.len() <= 1, "read in another way:\n{}", otherwise.join("\n%\n"));
    assert!(alike * 100 >= count * 97, "{alike} of {count}\n{}", told.join("\n"));
}

#[test]
fn both_parsers_find_the_same_commands() {
    let differ: Vec<&str> =
        // Of back quotes in back quotes each makes something else, which is as well: nobody means them.
        seeds().filter(|seed| !seed.contains("\\`") && !claudectl_shell::syntax::agree(seed, &parse(seed).unwrap())).collect();
    assert!(differ.is_empty(), "{}", differ.join("\n%\n"));
}
