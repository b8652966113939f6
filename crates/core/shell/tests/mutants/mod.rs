//! Commands, changed a little as by chance, and what bash makes of them.
//!
//! Bash only reads them: `-n` keeps it from running anything, its environment is empty, and `--pretty-print` has it say
//! what it has read.

use std::io::Write as _;
use std::process::{Command, Stdio};

use claudectl_shell::syntax::tree::{self, Part, Script, Stage, Value, Word};
use claudectl_shell::syntax::{Parsed, SyntaxError, parse};

fn bash(arguments: &[&str]) -> Command {
    let mut command = Command::new("bash");
    command.args(["--norc", "--noprofile"]).args(arguments).env_clear().env("LC_ALL", "C.UTF-8");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Whether there is a bash that is new enough.
pub(crate) fn is_there() -> bool {
    let said = bash(&["--version"]).stdin(Stdio::null()).output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let major = said.split("version ").nth(1).and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 5)
}

/// What bash has read: whether it takes the text, and the text as it would write it.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) taken: bool,
    /// It wondered about something: a here-document without an end, which it then writes as something else.
    pub(crate) warned: bool,
    pub(crate) printed: String,
}

pub(crate) fn read_by_bash(text: &str) -> std::io::Result<Reading> {
    let mut child = bash(&["--pretty-print", "-n"]).stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).or_else(|error| match error.kind() {
            // It has seen enough.
            std::io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        })?;
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let warned = said.contains("warning:");
    let errors = said.lines().filter(|line| !line.contains("warning:")).count();
    let taken = output.status.success() && errors == 0;
    // It writes the name that nobody gave, and would then read it as a command's.
    let printed = String::from_utf8_lossy(&output.stdout).replace("coproc COPROC ", "coproc ");
    Ok(Reading { taken, warned, printed })
}

/// How our reading stands to that of bash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Agreement {
    /// Both take it, and find the same commands.
    Taken,
    /// Both refuse it.
    Refused,
    /// We refuse what bash takes: it asks.
    Strict,
    /// We take what bash refuses: nothing runs.
    Lenient,
    /// Both take it, and find other commands.
    Otherwise,
}

/// What both make of a text; `None` where ours is refused by a guard.
pub(crate) fn compare(text: &str) -> std::io::Result<Option<Agreement>> {
    let ours = parse(text);
    if matches!(ours, Err(ref error) if !matches!(error, SyntaxError::NotShell { .. })) {
        return Ok(None);
    }
    let theirs = read_by_bash(text)?;
    Ok(Some(match (ours, theirs.taken) {
        (Ok(_), true) if theirs.warned || is_ill_printed(text) => Agreement::Taken,
        (Ok(ours), true) => match parse(&theirs.printed) {
            Ok(printed) if outline(&ours) == outline(&printed) => Agreement::Taken,
            // Characters that stood there as escapes.
            Err(SyntaxError::Hidden(_)) => Agreement::Taken,
            Ok(_) | Err(_) => Agreement::Otherwise,
        },
        (Ok(_), false) => Agreement::Lenient,
        (Err(_), true) => Agreement::Strict,
        (Err(_), false) => Agreement::Refused,
    }))
}

/// Behind a here-document, bash forgets what stands between the other commands of the line.
fn is_ill_printed(text: &str) -> bool {
    text.lines().any(|line| line.find("<<").is_some_and(|at| line[at..].contains([';', '&'])))
}

/// The commands of a text in their order, each with its words, and where data come from and go to.
pub(crate) fn outline(parsed: &Parsed) -> Vec<String> {
    let mut outline = Outline::default();
    outline.script(&parsed.script);
    for document in &parsed.documents {
        let text = outline.word(document);
        outline.0.push(format!("document {text:?}"));
    }
    outline.0
}

/// A command that stands alone.
const ALONE: &str = "First 1 false";

#[derive(Debug, Default)]
struct Outline(Vec<String>);

impl Outline {
    fn script(&mut self, script: &Script) {
        let nothing = tree::Command::Simple { assignments: Vec::new(), words: Vec::new() };
        for item in &script.items {
            for (link, pipeline) in &item.chain {
                // `!` alone, which bash does not write.
                if let [stage] = pipeline.stages.as_slice()
                    && stage.command == nothing
                    && stage.redirects.is_empty()
                {
                    continue;
                }
                self.0.push(format!("{link:?} {} {}", pipeline.stages.len(), item.background));
                pipeline.stages.iter().for_each(|stage| self.stage(stage));
            }
        }
    }

    fn within(&mut self, name: &str, scripts: &[&Script]) {
        self.0.push(name.to_owned());
        scripts.iter().for_each(|script| self.script(script));
        self.0.push(format!("end of {name}"));
    }

    fn stage(&mut self, stage: &Stage) {
        match &stage.command {
            tree::Command::Simple { assignments, words } => {
                let mut line: Vec<String> = Vec::new();
                for assignment in assignments {
                    line.push(format!("{}=", assignment.name));
                    match &assignment.value {
                        Value::Word(word) => line.push(self.word(word)),
                        Value::Array(words) => line.extend(words.iter().map(|word| self.word(word))),
                    }
                }
                line.extend(words.iter().map(|word| self.word(word)));
                self.0.push(format!("run {line:?}"));
            }
            tree::Command::Group(script) => self.within("group", &[script]),
            tree::Command::Subshell(script) => self.within("subshell", &[script]),
            // What stands behind `elif` is a command of its own where bash writes it.
            tree::Command::If { arms, otherwise } => {
                for (number, (condition, body)) in arms.iter().enumerate() {
                    if number > 0 {
                        self.0.push(ALONE.to_owned());
                    }
                    self.within("if", &[condition, body]);
                }
                otherwise.iter().for_each(|script| self.script(script));
            }
            tree::Command::While { until, condition, body } => {
                self.within(if *until { "until" } else { "while" }, &[condition, body]);
            }
            tree::Command::For { name, words, body } => {
                let words: Vec<String> = words.iter().flatten().map(|word| self.word(word)).collect();
                self.within(&format!("for {name} {words:?}"), &[body]);
            }
            tree::Command::ForArithmetic { body, .. } => self.within("for", &[body]),
            tree::Command::Case { subject, arms } => {
                let subject = self.word(subject);
                for (patterns, body) in arms {
                    let patterns: Vec<String> = patterns.iter().map(|word| self.word(word)).collect();
                    self.within(&format!("case {subject} {patterns:?}"), &[body]);
                }
            }
            tree::Command::Arithmetic(_) => self.0.push("arithmetic".to_owned()),
            tree::Command::Test(words) => {
                words.iter().for_each(|word| drop(self.word(word)));
                self.0.push("test".to_owned());
            }
            tree::Command::Function { name, body } => {
                self.0.push(format!("function {name}"));
                // Bash writes braces around any body.
                match &body.command {
                    tree::Command::Group(script) if body.redirects.is_empty() => self.script(script),
                    _ => {
                        self.0.push(ALONE.to_owned());
                        self.stage(body);
                    }
                }
                self.0.push("end of function".to_owned());
            }
            tree::Command::Coprocess(body) => {
                self.0.push("coprocess".to_owned());
                self.stage(body);
            }
        }
        for redirect in &stage.redirects {
            let target = self.word(&redirect.target);
            // A descriptor is a number to bash, however it was written.
            let target = target.parse::<u32>().map_or(target, |number| number.to_string());
            self.0.push(format!("redirect {target}"));
        }
        if stage.stderr_too {
            self.0.push("redirect 1".to_owned());
        }
    }

    /// A word as text, with what is expanded in it; commands in it are written down before.
    fn word(&mut self, word: &Word) -> String {
        let mut text = String::new();
        for part in &word.parts {
            match part {
                Part::Text { text: own, .. } => text.push_str(own),
                Part::Parameter { parameter, .. } => {
                    text.push_str(&format!("${{{}}}", parameter.name));
                    if let Some((operator, operand)) = &parameter.operation {
                        let operand = self.word(operand);
                        text.push_str(&format!("{operator}{operand}"));
                    }
                }
                Part::Substitution { script, .. } => {
                    self.within("substitution", &[script]);
                    text.push_str("$()");
                }
                Part::Process { script, .. } => {
                    self.within("process", &[script]);
                    text.push_str("<()");
                }
                Part::Arithmetic { .. } => text.push_str("$(())"),
            }
        }
        text
    }
}

/// Texts of the grammar's corners, beside the case files.
pub(crate) fn seeds() -> impl Iterator<Item = &'static str> {
    include_str!("../seeds.txt").split("\n%\n").map(str::trim_end).filter(|seed| !seed.is_empty())
}

/// Numbers that look like chance, the same each time.
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).unwrap_or_default()
    }
}

const PIECES: &[&str] = &[
    " ", "\n", ";", "&", "|", "&&", "||", "(", ")", "{", "}", "$(", "`", "'", "\"", "\\", "$", "${", "<",
    ">", "<<E", "#", "!", "if", "then", "fi", "do", "done", "((", "))", "[[", "]]", "=", "*", "E\n", "case",
    "esac", "in", ";;", "x",
];

/// A text with one or two changes: letters or whole words are left out, put in, doubled, or change places.
pub(crate) fn mutant(seed: &str, dice: &mut Dice) -> String {
    let mut text = seed.to_owned();
    for _ in 0..=dice.below(2) {
        let mut parts: Vec<&str> = match dice.below(2) {
            0 => text.split_inclusive(' ').collect(),
            _ => text.split("").filter(|letter| !letter.is_empty()).collect(),
        };
        let (at, other) = (dice.below(parts.len() + 1), dice.below(parts.len() + 1));
        match dice.below(5) {
            0 if at < parts.len() => drop(parts.remove(at)),
            1 if at < parts.len() => parts.insert(at, parts[at]),
            2 if at.max(other) < parts.len() => parts.swap(at, other),
            3 => parts.truncate(at.max(other)),
            _ => parts.insert(at, PIECES[dice.below(PIECES.len())]),
        }
        text = parts.concat();
    }
    text
}
