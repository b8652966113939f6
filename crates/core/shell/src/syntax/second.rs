//! A second opinion: another parser, written by others, reads the text again.
//!
//! Two programs seldom misread the same text in the same way. What is compared are the simple commands in their order:
//! how many words each has, and what the words are where nothing in them is expanded.

use rable::{ListItem, Node, NodeKind};

use super::parse::Parsed;
use super::quote;
use super::tree::{Command, Part, Script, Stage, Value, Word};

/// A simple command, as far as both parsers must agree: its words, `None` where something in one is expanded.
type Seen = Vec<Option<String>>;

/// Whether the other parser finds the same commands in a text.
#[must_use]
pub fn agree(text: &str, parsed: &Parsed) -> bool {
    let Ok(nodes) = rable::parse(text, false) else { return false };
    let mut theirs = Theirs::default();
    nodes.iter().for_each(|node| theirs.node(node));
    let mut ours = Ours::default();
    ours.script(&parsed.script);
    ours.0 == theirs.0
}

/// Commands of our tree. What stands in expressions, operands of parameters and here-documents is text to the other one.
#[derive(Debug, Default)]
struct Ours(Vec<Seen>);

impl Ours {
    fn script(&mut self, script: &Script) {
        for item in &script.items {
            for (_, pipeline) in &item.chain {
                pipeline.stages.iter().for_each(|stage| self.stage(stage));
            }
        }
    }

    fn stage(&mut self, stage: &Stage) {
        match &stage.command {
            Command::Simple { assignments, words } => {
                let seen: Seen = words.iter().map(literal).collect();
                if !seen.is_empty() {
                    self.0.push(seen);
                }
                for assignment in assignments {
                    match &assignment.value {
                        Value::Word(word) => self.word(word),
                        Value::Array(words) => words.iter().for_each(|word| self.word(word)),
                    }
                }
                words.iter().for_each(|word| self.word(word));
            }
            Command::Group(script) | Command::Subshell(script) => self.script(script),
            Command::If { arms, otherwise } => {
                for (condition, body) in arms {
                    self.script(condition);
                    self.script(body);
                }
                if let Some(script) = otherwise {
                    self.script(script);
                }
            }
            Command::While { condition, body, .. } => {
                self.script(condition);
                self.script(body);
            }
            Command::For { words, body, .. } => {
                words.iter().flatten().for_each(|word| self.word(word));
                self.script(body);
            }
            Command::ForArithmetic { body, .. } => self.script(body),
            Command::Case { subject, arms } => {
                self.word(subject);
                for (patterns, script) in arms {
                    patterns.iter().for_each(|word| self.word(word));
                    self.script(script);
                }
            }
            Command::Arithmetic(_) | Command::Test(_) => {}
            Command::Function { body, .. } | Command::Coprocess(body) => self.stage(body),
        }
        stage.redirects.iter().for_each(|redirect| self.word(&redirect.target));
    }

    fn word(&mut self, word: &Word) {
        for part in &word.parts {
            match part {
                Part::Substitution { script, .. } | Part::Process { script, .. } => self.script(script),
                Part::Text { .. } | Part::Parameter { .. } | Part::Arithmetic { .. } => {}
            }
        }
    }
}

/// A word in which nothing is expanded.
fn literal(word: &Word) -> Option<String> {
    let text = |part: &Part| match part {
        Part::Text { text, .. } => Some(text.clone()),
        Part::Parameter { .. }
        | Part::Substitution { .. }
        | Part::Process { .. }
        | Part::Arithmetic { .. } => None,
    };
    word.parts.iter().map(text).collect()
}

#[derive(Debug, Default)]
struct Theirs(Vec<Seen>);

impl Theirs {
    fn nodes(&mut self, nodes: &[Node]) {
        nodes.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Command { assignments, words, redirects } => {
                let seen: Seen = words.iter().map(their_literal).collect();
                if !seen.is_empty() {
                    self.0.push(seen);
                }
                self.nodes(assignments);
                self.nodes(words);
                self.nodes(redirects);
            }
            NodeKind::Word { parts, .. } | NodeKind::Array { elements: parts } => self.nodes(parts),
            NodeKind::Pipeline { commands, .. } => self.nodes(commands),
            NodeKind::List { items } => items.iter().for_each(|item: &ListItem| self.node(&item.command)),
            NodeKind::If { condition, then_body, else_body, redirects } => {
                self.node(condition);
                self.node(then_body);
                if let Some(body) = else_body {
                    self.node(body);
                }
                self.nodes(redirects);
            }
            NodeKind::While { condition, body, redirects }
            | NodeKind::Until { condition, body, redirects } => {
                self.node(condition);
                self.node(body);
                self.nodes(redirects);
            }
            NodeKind::For { words, body, redirects, .. }
            | NodeKind::Select { words, body, redirects, .. } => {
                self.nodes(words.as_deref().unwrap_or_default());
                self.node(body);
                self.nodes(redirects);
            }
            NodeKind::ForArith { body, redirects, .. }
            | NodeKind::Subshell { body, redirects }
            | NodeKind::BraceGroup { body, redirects } => {
                self.node(body);
                self.nodes(redirects);
            }
            NodeKind::Case { word, patterns, redirects } => {
                self.node(word);
                for pattern in patterns {
                    self.nodes(&pattern.patterns);
                    if let Some(body) = &pattern.body {
                        self.node(body);
                    }
                }
                self.nodes(redirects);
            }
            NodeKind::Function { body, .. } => self.node(body),
            NodeKind::Coproc { command, .. } => self.node(command),
            NodeKind::Redirect { target, .. } => self.node(target),
            NodeKind::CommandSubstitution { command, .. } | NodeKind::ProcessSubstitution { command, .. } => {
                self.node(command);
            }
            NodeKind::Negation { pipeline } | NodeKind::Time { pipeline, .. } => self.node(pipeline),
            // Text to this parser, or nothing that is run.
            NodeKind::ConditionalExpr { redirects, .. } | NodeKind::ArithmeticCommand { redirects, .. } => {
                self.nodes(redirects);
            }
            NodeKind::WordLiteral { .. }
            | NodeKind::HereDoc { .. }
            | NodeKind::ParamExpansion { .. }
            | NodeKind::ParamLength { .. }
            | NodeKind::ParamIndirect { .. }
            | NodeKind::AnsiCQuote { .. }
            | NodeKind::LocaleString { .. }
            | NodeKind::BraceExpansion { .. }
            | NodeKind::ArithmeticExpansion { .. }
            | NodeKind::ArithNumber { .. }
            | NodeKind::ArithVar { .. }
            | NodeKind::ArithBinaryOp { .. }
            | NodeKind::ArithUnaryOp { .. }
            | NodeKind::ArithPreIncr { .. }
            | NodeKind::ArithPostIncr { .. }
            | NodeKind::ArithPreDecr { .. }
            | NodeKind::ArithPostDecr { .. }
            | NodeKind::ArithAssign { .. }
            | NodeKind::ArithTernary { .. }
            | NodeKind::ArithComma { .. }
            | NodeKind::ArithSubscript { .. }
            | NodeKind::ArithEmpty
            | NodeKind::ArithEscape { .. }
            | NodeKind::ArithDeprecated { .. }
            | NodeKind::ArithConcat { .. }
            | NodeKind::UnaryTest { .. }
            | NodeKind::BinaryTest { .. }
            | NodeKind::CondAnd { .. }
            | NodeKind::CondOr { .. }
            | NodeKind::CondNot { .. }
            | NodeKind::CondParen { .. }
            | NodeKind::CondTerm { .. }
            | NodeKind::Empty
            | NodeKind::Comment { .. } => {}
        }
    }
}

/// A word as it was written, without its quotes; `None` where something in it is expanded.
fn their_literal(node: &Node) -> Option<String> {
    let NodeKind::Word { value, .. } = &node.kind else { return None };
    let mut text = String::new();
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '$' if letters.peek() == Some(&'\'') => {
                let rest: String = letters.clone().skip(1).collect();
                let (decoded, length) = quote::decode(&rest)?;
                text.push_str(&decoded);
                let taken = rest.get(..length)?.chars().count();
                letters.nth(taken)?;
            }
            '$' if letters.peek().is_none() => text.push('$'),
            '\'' => text.extend(letters.by_ref().take_while(|letter| *letter != '\'')),
            '"' => loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => match letters.next()? {
                        '\n' => {}
                        letter @ ('"' | '\\' | '$' | '`') => text.push(letter),
                        letter => text.extend(['\\', letter]),
                    },
                    '$' if letters.peek().is_some_and(|next| !matches!(next, '"' | ' ')) => return None,
                    '`' => return None,
                    letter => text.push(letter),
                }
            },
            '\\' => match letters.next()? {
                '\n' => {}
                letter => text.push(letter),
            },
            '$' | '`' => return None,
            '<' | '>' if letters.peek() == Some(&'(') => return None,
            letter => text.push(letter),
        }
    }
    Some(text)
}
