//! What is taken for a command, against `bash -n`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use claudectl_shell::syntax::{SyntaxError, parse};

const SEEDS: &str = include_str!("seeds.txt");

/// Whether bash takes it; `None` where there is no bash.
fn bash_takes(text: &str) -> Option<bool> {
    let mut child = Command::new("bash")
        .args(["--norc", "--noprofile", "-n"])
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    // It warns of a here-document without an end, and takes it.
    let errors = said.lines().filter(|line| !line.contains("warning:")).count();
    Some(output.status.success() && errors == 0)
}

/// Numbers that look like chance, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

fn mutant(seed: &str, dice: &mut Dice) -> String {
    const PIECES: &[&str] = &[
        " ", "\n", ";", "&", "|", "&&", "||", "(", ")", "{", "}", "$(", "`", "'", "\"", "\\", "$", "${", "<",
        ">", "<<E", "#", "!", "if", "then", "fi", "do", "done", "((", "))", "[[", "]]", "=", "*", "E\n",
        "case", "esac", "in", ";;", "x",
    ];
    let mut letters: Vec<char> = seed.chars().collect();
    for _ in 0..=dice.below(2) {
        let at = dice.below(letters.len() + 1);
        match dice.below(3) {
            0 if !letters.is_empty() => {
                letters.remove(at.min(letters.len() - 1));
            }
            1 => {
                let other = dice.below(letters.len() + 1);
                letters.truncate(at.max(other));
                letters.drain(..at.min(other) / 2);
            }
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                letters.splice(at..at, piece.chars());
            }
        }
    }
    letters.into_iter().collect()
}

fn seeds() -> impl Iterator<Item = String> {
    SEEDS.split("\n%\n").map(str::trim_end).filter(|seed| !seed.is_empty()).map(str::to_owned)
}

#[test]
fn what_bash_takes_is_understood() {
    if bash_takes("true").is_none() {
        eprintln!("skipped: there is no bash here");
        return;
    }
    for seed in seeds() {
        assert_eq!(bash_takes(&seed), Some(true), "{seed}");
        assert!(parse(&seed).is_ok(), "{seed}\n{:?}", parse(&seed));
    }
}

#[test]
fn mutants_are_taken_and_refused_as_bash_does() {
    if bash_takes("true").is_none() {
        eprintln!("skipped: there is no bash here");
        return;
    }
    let seeds: Vec<String> = seeds().collect();
    let rounds = option_env!("MUTANTS").and_then(|number| number.parse().ok()).unwrap_or(600);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut alike, mut all, mut told) = (0, 0, Vec::new());
    while all < rounds {
        let text = mutant(&seeds[dice.below(seeds.len())], &mut dice);
        let ours = parse(&text);
        if matches!(ours, Err(SyntaxError::Hidden(_) | SyntaxError::TooDeep)) || text.contains('\0') {
            continue;
        }
        all += 1;
        let theirs = bash_takes(&text).unwrap();
        if ours.is_ok() == theirs {
            alike += 1;
        } else {
            told.push(format!("bash {theirs}: {text:?}: {ours:?}"));
        }
    }
    // Those that differ are few, and known kinds: see where they are printed.
    assert!(alike * 100 >= all * 96, "{alike} of {all}\n{}", told.join("\n"));
    if option_env!("MUTANTS").is_some() {
        println!("{alike} of {all}\n{}", told.join("\n"));
    }
}

#[test]
fn both_parsers_find_the_same_commands() {
    let differ: Vec<String> =
        // Of back quotes in back quotes each makes something else, which is as well: nobody means them.
        seeds().filter(|seed| !seed.contains("\\`") && !claudectl_shell::syntax::agree(seed, &parse(seed).unwrap())).collect();
    assert!(differ.is_empty(), "{}", differ.join("\n%\n"));
}
