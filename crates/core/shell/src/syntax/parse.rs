//! The parser: recursive descent over the text, in one pass.
//!
//! It takes what `bash -n` takes, and no more; where it is not sure it refuses, and whoever asked is told that nothing is
//! known. Time is linear in the text: nothing is read twice but one character of look-ahead.

use super::guard::{MAX_CHARACTERS, MAX_COMMANDS, MAX_DEPTH, MAX_RETRIES, hidden};
use super::quote;
use super::tree::{
    Assignment, Command, Item, Link, Operator, Parameter, Part, Pipeline, Redirect, Script, Stage, Value,
    Word,
};

/// Why a text is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// It has more characters.
    #[error("it is longer than {MAX_CHARACTERS} characters")]
    TooLong,
    /// It has more commands.
    #[error("it has more than {MAX_COMMANDS} commands")]
    TooMany,
    /// Its parts stand deeper in each other.
    #[error("its parts are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// It has a character that is not seen.
    #[error("it has an invisible character, U+{0:04X}")]
    Hidden(u32),
    /// It is no command.
    #[error("it is no shell command: {what} (at byte {at})")]
    NotShell {
        /// What is wrong, in words.
        what: &'static str,
        /// Where.
        at: usize,
    },
}

/// A text that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Its commands.
    pub script: Script,
    /// The texts of its here-documents, by their numbers.
    pub documents: Vec<Word>,
    /// How many simple commands it has, those in parts of it included.
    pub commands: usize,
}

/// Parses a command line, or a script.
///
/// # Errors
/// When it is no Bash, or too large to be sure.
pub fn parse(text: &str) -> Result<Parsed, SyntaxError> {
    if text.len() > 4 * MAX_CHARACTERS || text.chars().count() > MAX_CHARACTERS {
        return Err(SyntaxError::TooLong);
    }
    if let Some(letter) = hidden(text) {
        return Err(SyntaxError::Hidden(u32::from(letter)));
    }
    let mut parser = Parser::new(text);
    let script = parser.script(Until::End)?;
    if parser.at < text.len() {
        return Err(parser.fail("something is left over"));
    }
    // Bash warns of here-documents whose lines never come, and takes them for empty.
    Ok(Parsed { script, documents: parser.documents, commands: parser.commands })
}

type Result<T, E = SyntaxError> = std::result::Result<T, E>;

/// What ends a list of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The text's end.
    End,
    /// `)`
    Parenthesis,
    /// One of these words, where a command could stand.
    Word(&'static [&'static str]),
    /// `;;`, `;&`, `;;&` or `esac`
    Case,
    /// The back quote's end: it is a text of its own.
    Text,
}

/// A here-document whose lines are still to come.
#[derive(Debug)]
struct Pending {
    delimiter: String,
    quoted: bool,
    tabs: bool,
    body: usize,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    commands: usize,
    /// How often something was read as one thing and then as another.
    retries: usize,
    pending: Vec<Pending>,
    documents: Vec<Word>,
}

const RESERVED: &[&str] = &[
    "if", "then", "elif", "else", "fi", "for", "select", "while", "until", "do", "done", "case", "esac",
    "in", "function", "time", "coproc", "{", "}", "!", "[[", "]]",
];

/// A place to go back to.
struct Mark {
    at: usize,
    commands: usize,
    pending: usize,
    documents: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, commands: 0, retries: 0, pending: Vec::new(), documents: Vec::new() }
    }

    fn mark(&self) -> Mark {
        let (pending, documents) = (self.pending.len(), self.documents.len());
        Mark { at: self.at, commands: self.commands, pending, documents }
    }

    /// Goes back, to read it as something else. Not often, so that time stays linear.
    fn back(&mut self, mark: &Mark) -> Result<()> {
        self.retries += 1;
        if self.retries > MAX_RETRIES {
            return Err(self.fail("it can be read in too many ways"));
        }
        self.at = mark.at;
        self.commands = mark.commands;
        self.pending.truncate(mark.pending);
        self.documents.truncate(mark.documents);
        Ok(())
    }

    fn fail(&self, what: &'static str) -> SyntaxError {
        SyntaxError::NotShell { what, at: self.at }
    }

    // Characters.

    /// The next character; a backslash before the end of a line is nothing.
    fn peek(&mut self) -> Option<u8> {
        while self.rest().starts_with(b"\\\n") {
            self.at += 2;
        }
        self.raw()
    }

    fn raw(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Takes these characters, if they come next.
    fn eat(&mut self, what: &str) -> bool {
        let from = self.at;
        for byte in what.bytes() {
            if self.peek() != Some(byte) {
                self.at = from;
                return false;
            }
            self.at += 1;
        }
        true
    }

    fn comes(&mut self, what: &str) -> bool {
        let from = self.at;
        let comes = self.eat(what);
        self.at = from;
        comes
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.peek() == Some(b'#') {
            while self.raw().is_some_and(|byte| byte != b'\n') {
                self.at += 1;
            }
        }
    }

    /// Blanks and ends of lines.
    fn lines(&mut self) -> Result<()> {
        loop {
            self.blanks();
            if !self.newline()? {
                return Ok(());
            }
        }
    }

    fn newline(&mut self) -> Result<bool> {
        if self.peek() != Some(b'\n') {
            return Ok(false);
        }
        self.at += 1;
        let pending = std::mem::take(&mut self.pending);
        for document in pending {
            self.document(&document)?;
        }
        Ok(true)
    }

    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(SyntaxError::TooDeep);
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    // Lists.

    fn script(&mut self, until: Until) -> Result<Script> {
        let mut script = Script::default();
        loop {
            self.lines()?;
            if self.ends(until)? {
                return Ok(script);
            }
            let chain = self.chain()?;
            self.blanks();
            let mut background = false;
            let mut parted = false;
            if self.peek() == Some(b'&') {
                self.at += 1;
                (background, parted) = (true, true);
            } else if self.peek() == Some(b';') && !self.comes(";;") && !self.comes(";&") {
                self.at += 1;
                parted = true;
            } else if self.newline()? {
                parted = true;
            }
            script.items.push(Item { chain, background });
            if !parted {
                self.blanks();
                return if self.ends(until)? { Ok(script) } else { Err(self.fail("a separator is missing")) };
            }
        }
    }

    /// Whether the list is over; its end is left.
    fn ends(&mut self, until: Until) -> Result<bool> {
        let Some(byte) = self.peek() else {
            return match until {
                Until::End | Until::Text => Ok(true),
                Until::Parenthesis | Until::Word(_) | Until::Case => Err(self.fail("it ends too early")),
            };
        };
        Ok(match until {
            Until::End | Until::Text => false,
            Until::Parenthesis => byte == b')',
            Until::Word(words) => words.iter().any(|word| self.comes_word(word)),
            Until::Case => self.comes(";;") || self.comes(";&") || self.comes_word("esac"),
        })
    }

    /// Whether this unquoted word comes next, as a whole.
    fn comes_word(&mut self, word: &str) -> bool {
        let from = self.at;
        let comes = self.eat(word) && self.peek().is_none_or(ends_word);
        self.at = from;
        comes
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let comes = self.comes_word(word);
        if comes {
            self.eat(word);
        }
        comes
    }

    fn expect_word(&mut self, word: &str, what: &'static str) -> Result<()> {
        self.lines()?;
        if self.eat_word(word) { Ok(()) } else { Err(self.fail(what)) }
    }

    fn chain(&mut self) -> Result<Vec<(Link, Pipeline)>> {
        let mut chain = vec![(Link::First, self.pipeline()?)];
        loop {
            self.blanks();
            let link = if self.eat("&&") {
                Link::And
            } else if self.eat("||") {
                Link::Or
            } else {
                return Ok(chain);
            };
            self.lines()?;
            chain.push((link, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline> {
        loop {
            self.blanks();
            if self.eat_word("!") {
                self.blanks();
                if matches!(self.peek(), None | Some(b'\n' | b';')) {
                    return Ok(Pipeline { stages: vec![empty()] });
                }
                continue;
            }
            if self.comes_word("time") {
                self.eat_word("time");
                self.blanks();
                if self.eat_word("-p") {
                    self.blanks();
                }
                self.eat_word("--");
                self.blanks();
                if matches!(self.peek(), None | Some(b'\n' | b';' | b'&')) {
                    return Ok(Pipeline { stages: vec![empty()] });
                }
                continue;
            }
            break;
        }
        let mut stages = vec![self.stage()?];
        loop {
            self.blanks();
            if self.peek() != Some(b'|') || self.comes("||") {
                return Ok(Pipeline { stages });
            }
            self.at += 1;
            if let Some(stage) = stages.last_mut() {
                stage.stderr_too = self.eat("&");
            }
            self.lines()?;
            stages.push(self.stage()?);
        }
    }

    // Commands.

    fn stage(&mut self) -> Result<Stage> {
        self.deeper(Self::any_stage)
    }

    fn any_stage(&mut self) -> Result<Stage> {
        self.blanks();
        let command = match self.compound()? {
            Some(command) => command,
            None => return self.simple(),
        };
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => return Ok(Stage { command, redirects, stderr_too: false }),
            }
        }
    }

    fn compound(&mut self) -> Result<Option<Command>> {
        let command = match self.peek() {
            Some(b'(') if self.comes("((") => match self.arithmetic_command()? {
                Some(command) => command,
                None => self.subshell()?,
            },
            Some(b'(') => self.subshell()?,
            Some(b'{') if self.eat_word("{") => {
                let script = self.body(&["}"])?;
                self.expect_word("}", "a } is missing")?;
                Command::Group(script)
            }
            Some(b'[') if self.eat_word("[[") => self.test()?,
            Some(b'i') if self.eat_word("if") => self.conditional()?,
            Some(b'w') if self.eat_word("while") => self.repeated(false)?,
            Some(b'u') if self.eat_word("until") => self.repeated(true)?,
            Some(b'f') if self.eat_word("for") => self.for_each()?,
            Some(b's') if self.eat_word("select") => self.for_each()?,
            Some(b'c') if self.eat_word("case") => self.case()?,
            Some(b'c') if self.eat_word("coproc") => self.coprocess()?,
            Some(b'f') if self.eat_word("function") => {
                self.blanks();
                let name = self.name_of_function()?;
                self.blanks();
                if self.eat("(") {
                    self.blanks();
                    if !self.eat(")") {
                        return Err(self.fail("a ) is missing"));
                    }
                }
                self.function(name)?
            }
            _ => return Ok(None),
        };
        Ok(Some(command))
    }

    /// A list that is not empty, up to one of these words.
    fn body(&mut self, until: &'static [&'static str]) -> Result<Script> {
        let script = self.script(Until::Word(until))?;
        if script.items.is_empty() { Err(self.fail("a command is missing")) } else { Ok(script) }
    }

    fn subshell(&mut self) -> Result<Command> {
        self.at += 1;
        let script = self.parenthesised()?;
        if script.items.is_empty() {
            Err(self.fail("a command is missing"))
        } else {
            Ok(Command::Subshell(script))
        }
    }

    /// Up to the parenthesis, and over it.
    fn parenthesised(&mut self) -> Result<Script> {
        let script = self.script(Until::Parenthesis)?;
        if self.eat(")") { Ok(script) } else { Err(self.fail("a ) is missing")) }
    }

    /// The same, of a substitution, whose here-documents are its own.
    fn nested(&mut self) -> Result<Script> {
        let outer = std::mem::take(&mut self.pending);
        let script = self.parenthesised()?;
        if !self.pending.is_empty() {
            return Err(self.fail("a here-document has no lines"));
        }
        self.pending = outer;
        Ok(script)
    }

    fn conditional(&mut self) -> Result<Command> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.body(&["then"])?;
            self.expect_word("then", "a then is missing")?;
            arms.push((condition, self.body(&["elif", "else", "fi"])?));
            if self.eat_word("elif") {
                continue;
            }
            if self.eat_word("else") {
                otherwise = Some(self.body(&["fi"])?);
            }
            self.expect_word("fi", "a fi is missing")?;
            return Ok(Command::If { arms, otherwise });
        }
    }

    fn repeated(&mut self, until: bool) -> Result<Command> {
        let condition = self.body(&["do"])?;
        Ok(Command::While { until, condition, body: self.done()? })
    }

    fn done(&mut self) -> Result<Script> {
        self.expect_word("do", "a do is missing")?;
        let body = self.body(&["done"])?;
        self.expect_word("done", "a done is missing")?;
        Ok(body)
    }

    fn for_each(&mut self) -> Result<Command> {
        self.blanks();
        if self.eat("((") {
            let expression = self.arithmetic(Closing::Parentheses)?;
            self.blanks();
            self.eat(";");
            self.lines()?;
            let body = if self.comes_word("{") { self.braced()? } else { self.done()? };
            return Ok(Command::ForArithmetic { expression, body });
        }
        let name = self.name().ok_or_else(|| self.fail("a variable is missing"))?.to_owned();
        self.lines()?;
        let mut words = None;
        if self.eat_word("in") {
            let mut list = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            words = Some(list);
            if !self.eat(";") && !self.newline()? {
                return Err(self.fail("a separator is missing"));
            }
        } else {
            self.eat(";");
        }
        self.lines()?;
        let body = if self.comes_word("{") { self.braced()? } else { self.done()? };
        Ok(Command::For { name, words, body })
    }

    fn braced(&mut self) -> Result<Script> {
        self.expect_word("{", "a { is missing")?;
        let body = self.body(&["}"])?;
        self.expect_word("}", "a } is missing")?;
        Ok(body)
    }

    fn case(&mut self) -> Result<Command> {
        self.blanks();
        let subject = self.word()?.ok_or_else(|| self.fail("a word is missing"))?;
        self.expect_word("in", "an in is missing")?;
        let mut arms = Vec::new();
        loop {
            self.lines()?;
            if self.eat_word("esac") {
                return Ok(Command::Case { subject, arms });
            }
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?.ok_or_else(|| self.fail("a pattern is missing"))?);
                self.blanks();
                if self.eat(")") {
                    break;
                }
                if !self.eat("|") {
                    return Err(self.fail("a ) is missing"));
                }
            }
            let script = self.script(Until::Case)?;
            arms.push((patterns, script));
            if !self.eat(";;&") && !self.eat(";;") && !self.eat(";&") && !self.comes_word("esac") {
                return Err(self.fail("an esac is missing"));
            }
        }
    }

    fn coprocess(&mut self) -> Result<Command> {
        self.blanks();
        let from = self.at;
        // A name may stand before a compound command, and is a command before anything else.
        if self.name().is_some_and(|name| !RESERVED.contains(&name)) {
            self.blanks();
            let compound = matches!(self.peek(), Some(b'(' | b'{'))
                || ["if", "while", "until", "for", "case", "select", "[["]
                    .iter()
                    .any(|word| self.comes_word(word));
            if !compound {
                self.at = from;
            }
        } else {
            self.at = from;
        }
        Ok(Command::Coprocess(Box::new(self.stage()?)))
    }

    fn name_of_function(&mut self) -> Result<String> {
        let word = self.word()?.ok_or_else(|| self.fail("a name is missing"))?;
        match word.parts.as_slice() {
            [Part::Text { text, quoted: false }] => Ok(text.clone()),
            _ => Err(self.fail("a function has an odd name")),
        }
    }

    fn function(&mut self, name: String) -> Result<Command> {
        self.lines()?;
        let body = self.stage()?;
        match body.command {
            Command::Simple { .. } | Command::Function { .. } | Command::Coprocess(_) => {
                Err(self.fail("a function has no body"))
            }
            Command::Group(_)
            | Command::Subshell(_)
            | Command::If { .. }
            | Command::While { .. }
            | Command::For { .. }
            | Command::ForArithmetic { .. }
            | Command::Case { .. }
            | Command::Arithmetic(_)
            | Command::Test(_) => Ok(Command::Function { name, body: Box::new(body) }),
        }
    }

    fn test(&mut self) -> Result<Command> {
        let mut words = Vec::new();
        let mut open = 0_usize;
        loop {
            self.lines()?;
            if self.eat_word("]]") {
                let balanced = open == 0 && !words.is_empty();
                return if balanced {
                    Ok(Command::Test(words))
                } else {
                    Err(self.fail("a test is not whole"))
                };
            }
            let mut regex = false;
            if self.comes("<(") || self.comes(">(") {
                words.extend(self.word()?);
            } else if let Some(operator) = ["&&", "||", "<", ">"].iter().find(|sign| self.comes(sign)) {
                self.eat(operator);
                words.push(plain(operator));
            } else if self.eat("(") {
                open += 1;
                words.push(plain("("));
            } else if self.eat(")") {
                open = open.checked_sub(1).ok_or_else(|| self.fail("a ( is missing"))?;
                words.push(plain(")"));
            } else {
                let word = self.word()?.ok_or_else(|| self.fail("a ]] is missing"))?;
                regex =
                    word == plain("=~") || word == plain("==") || word == plain("=") || word == plain("!=");
                words.push(word);
            }
            if regex {
                self.blanks();
                words.push(self.pattern()?);
            }
        }
    }

    /// What stands behind `=~` and `==` in a test: parentheses and bars are part of it.
    fn pattern(&mut self) -> Result<Word> {
        let mut word = Word::default();
        let mut open = 0_usize;
        loop {
            match self.peek() {
                None | Some(b'\n') => break,
                Some(b' ' | b'\t') if open == 0 => break,
                Some(b'&' | b';') if open == 0 => break,
                Some(b'(') => {
                    open += 1;
                    self.at += 1;
                    push(&mut word, "(", false);
                }
                Some(b')') if open == 0 => break,
                Some(b')') => {
                    open -= 1;
                    self.at += 1;
                    push(&mut word, ")", false);
                }
                Some(b'|') if open == 0 && self.comes("||") => break,
                Some(byte @ (b'|' | b'<' | b'>' | b' ' | b'\t' | b'&' | b';')) => {
                    self.at += 1;
                    push(&mut word, char::from(byte).encode_utf8(&mut [0; 4]), false);
                }
                Some(_) => {
                    if !self.part(&mut word)? {
                        break;
                    }
                }
            }
        }
        if open > 0 || word.parts.is_empty() { Err(self.fail("a pattern is not whole")) } else { Ok(word) }
    }

    /// `(( ... ))`; `None` if it is a subshell in a subshell after all.
    fn arithmetic_command(&mut self) -> Result<Option<Command>> {
        let mark = self.mark();
        self.eat("((");
        match self.arithmetic(Closing::Parentheses) {
            Ok(expression) => Ok(Some(Command::Arithmetic(expression))),
            // Bash, too, tries the one and then the other.
            Err(SyntaxError::NotShell { .. }) => self.back(&mark).map(|()| None),
            Err(other) => Err(other),
        }
    }

    fn simple(&mut self) -> Result<Stage> {
        self.commands += 1;
        if self.commands > MAX_COMMANDS {
            return Err(SyntaxError::TooMany);
        }
        let (mut assignments, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            let declares = declares(&words);
            if (words.is_empty() || declares)
                && let Some(assignment) = self.assignment()?
            {
                if declares {
                    words.push(as_word(assignment));
                } else {
                    assignments.push(assignment);
                }
                continue;
            }
            if words.is_empty() && assignments.is_empty() && redirects.is_empty() {
                let wrong = RESERVED.iter().any(|word| self.comes_word(word));
                if wrong {
                    return Err(self.fail("a word stands where it means nothing"));
                }
            }
            match self.word()? {
                Some(word) => words.push(word),
                None => break,
            }
            if self.peek() == Some(b'(') && words.len() == 1 && assignments.is_empty() && redirects.is_empty()
            {
                return self.function_by_sign(&words);
            }
            self.blanks();
            if self.peek() == Some(b'(') && words.len() == 1 && assignments.is_empty() && redirects.is_empty()
            {
                return self.function_by_sign(&words);
            }
        }
        if words.is_empty() && assignments.is_empty() && redirects.is_empty() {
            return Err(self.fail("a command is missing"));
        }
        Ok(Stage { command: Command::Simple { assignments, words }, redirects, stderr_too: false })
    }

    /// `name() body`
    fn function_by_sign(&mut self, words: &[Word]) -> Result<Stage> {
        let name = match words {
            [Word { parts }] => match parts.as_slice() {
                [Part::Text { text, quoted: false }] if !RESERVED.contains(&text.as_str()) => text.clone(),
                _ => return Err(self.fail("a function has an odd name")),
            },
            _ => return Err(self.fail("a ( stands where it means nothing")),
        };
        self.at += 1;
        self.blanks();
        if !self.eat(")") {
            return Err(self.fail("a ( stands where it means nothing"));
        }
        let command = self.function(name)?;
        Ok(Stage { command, redirects: Vec::new(), stderr_too: false })
    }

    fn assignment(&mut self) -> Result<Option<Assignment>> {
        let mark = self.mark();
        let from = self.at;
        let Some(name) = self.name().map(str::to_owned) else { return Ok(None) };
        let mut index = None;
        if self.peek() == Some(b'[') {
            self.at += 1;
            match self.arithmetic(Closing::Bracket) {
                Ok(inside) => index = Some(inside),
                Err(SyntaxError::NotShell { .. }) => return self.back(&mark).map(|()| None),
                Err(other) => return Err(other),
            }
        }
        let append = self.eat("+=");
        if !append && !self.eat("=") {
            self.at = from;
            return Ok(None);
        }
        if self.peek() != Some(b'(') {
            let value = Value::Word(self.word()?.unwrap_or_default());
            return Ok(Some(Assignment { name, index, append, value }));
        }
        self.at += 1;
        let mut words = Vec::new();
        loop {
            self.lines()?;
            if self.eat(")") {
                return Ok(Some(Assignment { name, index, append, value: Value::Array(words) }));
            }
            words.push(self.word()?.ok_or_else(|| self.fail("a ) is missing"))?);
        }
    }

    /// A name of a variable.
    fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        if length == 0 || rest[0].is_ascii_digit() {
            return None;
        }
        let name = self.text.get(self.at..self.at + length)?;
        self.at += length;
        Some(name)
    }

    // Redirections.

    fn redirect(&mut self) -> Result<Option<Redirect>> {
        let from = self.at;
        let descriptor = self.descriptor();
        let operator = self.operator(descriptor.is_none());
        let Some((operator, tabs)) = operator else {
            self.at = from;
            return Ok(None);
        };
        self.blanks();
        if matches!(operator, Operator::HereDocument { .. }) {
            let operator = Operator::HereDocument { number: self.announce(tabs)? };
            return Ok(Some(Redirect { descriptor, operator, target: Word::default() }));
        }
        // `>&-` is whole: what follows at once is a word of the command.
        if matches!(operator, Operator::DuplicateIn | Operator::DuplicateOut) && self.eat("-") {
            let target = Word { parts: vec![Part::Text { text: "-".to_owned(), quoted: false }] };
            return Ok(Some(Redirect { descriptor, operator, target }));
        }
        let target = self.word()?.ok_or_else(|| self.fail("a redirection has no target"))?;
        Ok(Some(Redirect { descriptor, operator, target }))
    }

    /// A number or `{name}`, right before the operator.
    fn descriptor(&mut self) -> Option<String> {
        let from = self.at;
        let rest = self.rest();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            self.at += digits;
        } else if rest.first() == Some(&b'{') {
            self.at += 1;
            let named = self.name().is_some() && self.raw() == Some(b'}');
            if !named {
                self.at = from;
                return None;
            }
            self.at += 1;
        } else {
            return None;
        }
        if matches!(self.peek(), Some(b'<' | b'>')) && !self.comes("<(") && !self.comes(">(") {
            let text = self.text.get(from..self.at).unwrap_or_default();
            return Some(text.trim_matches(['{', '}']).replace("\\\n", ""));
        }
        self.at = from;
        None
    }

    fn operator(&mut self, bare: bool) -> Option<(Operator, bool)> {
        if bare && self.eat("&>>") {
            return Some((Operator::AppendBoth, false));
        }
        if bare && self.eat("&>") {
            return Some((Operator::WriteBoth, false));
        }
        if self.comes("<(") || self.comes(">(") {
            return None;
        }
        const SIGNS: &[(&str, Operator, bool)] = &[
            ("<<<", Operator::HereString, false),
            ("<<-", Operator::HereDocument { number: 0 }, true),
            ("<<", Operator::HereDocument { number: 0 }, false),
            ("<&", Operator::DuplicateIn, false),
            ("<>", Operator::ReadWrite, false),
            ("<", Operator::Read, false),
            (">>", Operator::Append, false),
            (">&", Operator::DuplicateOut, false),
            (">|", Operator::Clobber, false),
            (">", Operator::Write, false),
        ];
        let found = SIGNS.iter().find(|(sign, ..)| self.eat(sign))?;
        Some((found.1, found.2))
    }

    // Here-documents.

    /// The delimiter of one whose lines come later; the number of its text.
    fn announce(&mut self, tabs: bool) -> Result<usize> {
        let (delimiter, quoted) = self.delimiter()?;
        let body = self.documents.len();
        self.documents.push(Word::default());
        self.pending.push(Pending { delimiter, quoted, tabs, body });
        Ok(body)
    }

    fn delimiter(&mut self) -> Result<(String, bool)> {
        let word = self.word()?.ok_or_else(|| self.fail("a here-document has no delimiter"))?;
        let (mut delimiter, mut any) = (String::new(), word.parts.is_empty());
        for part in &word.parts {
            match part {
                Part::Text { text, quoted } => {
                    delimiter.push_str(text);
                    any |= quoted;
                }
                Part::Parameter { .. }
                | Part::Substitution { .. }
                | Part::Process { .. }
                | Part::Arithmetic { .. } => {
                    return Err(self.fail("a here-document has an odd delimiter"));
                }
            }
        }
        if delimiter.contains('\n') {
            return Err(self.fail("a here-document has an odd delimiter"));
        }
        Ok((delimiter, any))
    }

    /// The lines of one that was announced.
    fn document(&mut self, document: &Pending) -> Result<()> {
        let from = self.at;
        let (mut to, mut body) = (from, String::new());
        loop {
            let rest = self.text.get(to..).unwrap_or_default();
            if rest.is_empty() {
                // Bash warns and takes it.
                break;
            }
            let (line, next) = match rest.find('\n') {
                Some(end) => (&rest[..end], to + end + 1),
                None => (rest, self.text.len()),
            };
            let shown = if document.tabs { line.trim_start_matches('\t') } else { line };
            // Where a line is joined to the next, Bash joins them before it looks for the delimiter.
            let joined = !document.quoted && body.ends_with("\\\n");
            to = next;
            if shown == document.delimiter && !joined {
                break;
            }
            body.push_str(shown);
            body.push('\n');
        }
        self.at = to;
        let word = if document.quoted {
            Word { parts: vec![Part::Text { text: body, quoted: true }] }
        } else {
            self.inner(&body, |parser| parser.quoted_text(None))?
        };
        if let Some(place) = self.documents.get_mut(document.body) {
            *place = word;
        }
        Ok(())
    }

    /// Parses a text that was taken out of this one.
    fn inner<T>(&mut self, text: &str, work: impl FnOnce(&mut Parser<'_>) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(SyntaxError::TooDeep);
        }
        let mut parser = Parser {
            text,
            at: 0,
            depth: self.depth + 1,
            commands: self.commands,
            retries: self.retries,
            pending: Vec::new(),
            documents: std::mem::take(&mut self.documents),
        };
        let done = work(&mut parser);
        let whole = parser.at >= text.len() && parser.pending.is_empty();
        self.commands = parser.commands;
        self.retries = parser.retries;
        self.documents = parser.documents;
        let done = done?;
        if whole { Ok(done) } else { Err(self.fail("a part of it is no shell")) }
    }

    // Words.

    /// A word, if one comes next.
    fn word(&mut self) -> Result<Option<Word>> {
        let mut word = Word::default();
        let mut any = false;
        while self.peek().is_some_and(|byte| !ends_word(byte)) || self.comes("<(") || self.comes(">(") {
            if !self.part(&mut word)? {
                break;
            }
            any = true;
        }
        Ok(any.then_some(word))
    }

    /// The next part of a word; whether there was one.
    fn part(&mut self, word: &mut Word) -> Result<bool> {
        let Some(byte) = self.peek() else { return Ok(false) };
        match byte {
            b'\'' => {
                self.at += 1;
                let rest = self.text.get(self.at..).unwrap_or_default();
                let end = rest.find('\'').ok_or_else(|| self.fail("a quote is not closed"))?;
                push(word, &rest[..end], true);
                self.at += end + 1;
            }
            b'"' => {
                self.at += 1;
                let inside = self.quoted_text(Some(b'"'))?;
                self.at += 1;
                if inside.parts.is_empty() {
                    push(word, "", true);
                }
                word.parts.extend(inside.parts);
            }
            b'\\' => {
                self.at += 1;
                let rest = self.text.get(self.at..).unwrap_or_default();
                let letter = rest.chars().next().ok_or_else(|| self.fail("a backslash ends it"))?;
                self.at += letter.len_utf8();
                push(word, letter.encode_utf8(&mut [0; 4]), true);
            }
            b'$' => self.dollar(word, false)?,
            b'`' => {
                let script = self.back_quotes(false)?;
                word.parts.push(Part::Substitution { script, quoted: false });
            }
            b'<' | b'>' => {
                if !self.comes("<(") && !self.comes(">(") {
                    return Ok(false);
                }
                self.at += 1;
                self.eat("(");
                let script = self.deeper(Self::nested)?;
                word.parts.push(Part::Process { script, written: byte == b'>' });
            }
            byte if ends_word(byte) => return Ok(false),
            _ => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let end = rest
                    .bytes()
                    .position(|byte| ends_word(byte) || matches!(byte, b'\'' | b'"' | b'\\' | b'$' | b'`'))
                    .unwrap_or(rest.len());
                let text = rest.get(..end).unwrap_or_default();
                if text.chars().any(|letter| !letter.is_ascii() && letter.is_whitespace()) {
                    return Err(self.fail("it has a blank that is none to the shell"));
                }
                push(word, text, false);
                self.at += end;
            }
        }
        Ok(true)
    }

    /// Text in which only `$`, back quotes and backslashes mean something, up to a quote, which is left, or the end.
    fn quoted_text(&mut self, end: Option<u8>) -> Result<Word> {
        let mut word = Word::default();
        loop {
            let Some(byte) = self.peek() else {
                return if end.is_none() { Ok(word) } else { Err(self.fail("a quote is not closed")) };
            };
            match byte {
                byte if Some(byte) == end => return Ok(word),
                b'\\' => {
                    self.at += 1;
                    let next = self.raw();
                    let special = matches!(next, Some(b'$' | b'`' | b'\\'))
                        || (next == Some(b'"') && end == Some(b'"'));
                    if special {
                        let text = self.text.get(self.at..=self.at).unwrap_or_default();
                        push(&mut word, text, true);
                        self.at += 1;
                    } else {
                        push(&mut word, "\\", true);
                    }
                }
                b'$' => self.dollar(&mut word, true)?,
                b'`' => {
                    let script = self.back_quotes(end.is_some())?;
                    word.parts.push(Part::Substitution { script, quoted: true });
                }
                _ => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let stop = rest
                        .bytes()
                        .position(|byte| matches!(byte, b'\\' | b'$' | b'`') || Some(byte) == end)
                        .unwrap_or(rest.len());
                    push(&mut word, rest.get(..stop).unwrap_or_default(), true);
                    self.at += stop;
                }
            }
        }
    }

    fn back_quotes(&mut self, in_quotes: bool) -> Result<Script> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let mut letters = rest.chars();
            match letters.next() {
                None => return Err(self.fail("a back quote is not closed")),
                Some('`') => {
                    self.at += 1;
                    break;
                }
                Some('\\') => match letters.next() {
                    Some(letter @ ('`' | '\\' | '$')) => {
                        text.push(letter);
                        self.at += 2;
                    }
                    Some('"') if in_quotes => {
                        text.push('"');
                        self.at += 2;
                    }
                    Some(_) | None => {
                        text.push('\\');
                        self.at += 1;
                    }
                },
                Some(letter) => {
                    text.push(letter);
                    self.at += letter.len_utf8();
                }
            }
        }
        self.inner(&text, |parser| parser.script(Until::Text))
    }

    // What begins with a dollar.

    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<()> {
        self.at += 1;
        match self.peek() {
            Some(b'(') if self.comes("((") => {
                let mark = self.mark();
                self.eat("((");
                match self.deeper(|parser| parser.arithmetic(Closing::Parentheses)) {
                    Ok(expression) => word.parts.push(Part::Arithmetic { expression }),
                    Err(SyntaxError::NotShell { .. }) => {
                        self.back(&mark)?;
                        self.eat("(");
                        let script = self.deeper(Self::nested)?;
                        word.parts.push(Part::Substitution { script, quoted });
                    }
                    Err(other) => return Err(other),
                }
            }
            Some(b'(') => {
                self.at += 1;
                let script = self.deeper(Self::nested)?;
                word.parts.push(Part::Substitution { script, quoted });
            }
            Some(b'[') => {
                self.at += 1;
                let expression = self.deeper(|parser| parser.arithmetic(Closing::Bracket))?;
                word.parts.push(Part::Arithmetic { expression });
            }
            Some(b'{') => {
                self.at += 1;
                let parameter = self.deeper(|parser| parser.braces(quoted))?;
                word.parts.push(Part::Parameter { parameter: Box::new(parameter), quoted });
            }
            Some(b'\'') if !quoted => {
                self.at += 1;
                let rest = self.text.get(self.at..).unwrap_or_default();
                let (text, length) = quote::decode(rest)
                    .ok_or_else(|| self.fail("a quote is not closed, or holds odd bytes"))?;
                push(word, &text, true);
                self.at += length;
            }
            // `$"..."` is a text that may be translated: the text.
            Some(b'"') if !quoted => {
                self.at += 1;
                let inside = self.quoted_text(Some(b'"'))?;
                self.at += 1;
                if inside.parts.is_empty() {
                    push(word, "", true);
                }
                word.parts.extend(inside.parts);
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let name = self.name().unwrap_or_default().to_owned();
                word.parts.push(simple_parameter(name, quoted));
            }
            Some(byte) if byte.is_ascii_digit() || b"@*#?-$!".contains(&byte) => {
                self.at += 1;
                word.parts.push(simple_parameter(char::from(byte).to_string(), quoted));
            }
            _ => push(word, "$", quoted),
        }
        Ok(())
    }

    /// `${...}`, behind the brace.
    fn braces(&mut self, quoted: bool) -> Result<Parameter> {
        let mut parameter =
            Parameter { name: String::new(), index: None, indirect: false, length: false, operation: None };
        if self.peek() == Some(b'#') && !self.comes("#}") && !self.comes("#-") && !self.comes("#:") {
            self.at += 1;
            parameter.length = true;
        } else if self.peek() == Some(b'!') && !self.comes("!}") {
            self.at += 1;
            parameter.indirect = true;
        }
        parameter.name = match self.peek() {
            Some(byte) if byte.is_ascii_digit() => {
                let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
                let name = self.text.get(self.at..self.at + digits).unwrap_or_default().to_owned();
                self.at += digits;
                name
            }
            Some(byte) if b"@*#?-$!".contains(&byte) => {
                self.at += 1;
                char::from(byte).to_string()
            }
            _ => self.name().ok_or_else(|| self.fail("a parameter has an odd name"))?.to_owned(),
        };
        if self.eat("[") {
            parameter.index = Some(self.arithmetic(Closing::Bracket)?);
        }
        if self.eat("}") {
            return Ok(parameter);
        }
        if parameter.length {
            return Err(self.fail("a parameter is not whole"));
        }
        const OPERATORS: &[&str] = &[
            ":-", ":=", ":?", ":+", "-", "=", "?", "+", "##", "#", "%%", "%", "//", "/#", "/%", "/", "^^",
            "^", ",,", ",", "@", "*", ":",
        ];
        let operator =
            OPERATORS.iter().find(|sign| self.eat(sign)).ok_or_else(|| self.fail("a parameter is odd"))?;
        let operand = self.operand(quoted)?;
        parameter.operation = Some(((*operator).to_owned(), operand));
        Ok(parameter)
    }

    /// Up to the closing brace, and over it.
    fn operand(&mut self, quoted: bool) -> Result<Word> {
        let mut word = Word::default();
        loop {
            match self.peek() {
                None => return Err(self.fail("a } is missing")),
                Some(b'}') => {
                    self.at += 1;
                    return Ok(word);
                }
                Some(b'\'') if quoted => {
                    self.at += 1;
                    push(&mut word, "'", true);
                }
                Some(b'$') => self.dollar(&mut word, quoted)?,
                Some(byte) if ends_word(byte) && !matches!(byte, b'<' | b'>') => {
                    self.at += 1;
                    push(&mut word, char::from(byte).encode_utf8(&mut [0; 4]), quoted);
                }
                Some(byte @ (b'<' | b'>')) if quoted || !(self.comes("<(") || self.comes(">(")) => {
                    self.at += 1;
                    push(&mut word, char::from(byte).encode_utf8(&mut [0; 4]), quoted);
                }
                Some(b'"' | b'\\' | b'`' | b'<' | b'>' | b'\'') => {
                    self.part(&mut word)?;
                }
                Some(_) => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let end = rest
                        .bytes()
                        .position(|byte| {
                            ends_word(byte) || matches!(byte, b'\'' | b'"' | b'\\' | b'$' | b'`' | b'}')
                        })
                        .unwrap_or(rest.len());
                    push(&mut word, rest.get(..end).unwrap_or_default(), quoted);
                    self.at += end;
                }
            }
        }
    }

    /// An expression, up to what closes it, and over that: only what may run a command in it is taken apart.
    fn arithmetic(&mut self, closing: Closing) -> Result<Word> {
        let mut word = Word::default();
        let mut open = 0_usize;
        let (opens, closes) = closing.signs();
        loop {
            let Some(byte) = self.peek() else { return Err(self.fail("an expression is not closed")) };
            match byte {
                byte if byte == closes && open == 0 => {
                    self.at += 1;
                    if closing == Closing::Parentheses && !self.eat(")") {
                        return Err(self.fail("an expression is not closed"));
                    }
                    return Ok(word);
                }
                byte if byte == closes || byte == opens => {
                    open = if byte == opens { open + 1 } else { open - 1 };
                    self.at += 1;
                    push(&mut word, char::from(byte).encode_utf8(&mut [0; 4]), true);
                }
                b'$' => self.dollar(&mut word, true)?,
                b'`' => {
                    let script = self.back_quotes(true)?;
                    word.parts.push(Part::Substitution { script, quoted: true });
                }
                b'"' => {
                    self.at += 1;
                    let inside = self.quoted_text(Some(b'"'))?;
                    self.at += 1;
                    word.parts.extend(inside.parts);
                }
                b'\'' if closing == Closing::Bracket => {
                    self.part(&mut word)?;
                }
                b'\\' => {
                    self.at += 1;
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let letter = rest.chars().next().ok_or_else(|| self.fail("a backslash ends it"))?;
                    self.at += letter.len_utf8();
                    push(&mut word, letter.encode_utf8(&mut [0; 4]), true);
                }
                b';' | b'&' | b'|' | b'<' | b'>' | b' ' | b'\t' | b'\n' => {
                    // A pipe of commands in double parentheses is no expression, but is seen as such here only if
                    // everything in it is: commands are found by their substitutions alone.
                    self.at += 1;
                    push(&mut word, char::from(byte).encode_utf8(&mut [0; 4]), true);
                }
                _ => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let letter = rest.chars().next().unwrap_or_default();
                    self.at += letter.len_utf8().max(1);
                    push(&mut word, letter.encode_utf8(&mut [0; 4]), true);
                }
            }
        }
    }
}

/// What closes an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    Parentheses,
    Bracket,
}

impl Closing {
    fn signs(self) -> (u8, u8) {
        match self {
            Self::Parentheses => (b'(', b')'),
            Self::Bracket => (b'[', b']'),
        }
    }
}

fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b'(' | b')' | b'<' | b'>')
}

fn push(word: &mut Word, more: &str, is_quoted: bool) {
    match word.parts.last_mut() {
        Some(Part::Text { text, quoted }) if *quoted == is_quoted => text.push_str(more),
        _ => word.parts.push(Part::Text { text: more.to_owned(), quoted: is_quoted }),
    }
}

fn plain(text: &str) -> Word {
    Word { parts: vec![Part::Text { text: text.to_owned(), quoted: false }] }
}

fn empty() -> Stage {
    let command = Command::Simple { assignments: Vec::new(), words: Vec::new() };
    Stage { command, redirects: Vec::new(), stderr_too: false }
}

fn simple_parameter(name: String, quoted: bool) -> Part {
    let parameter = Parameter { name, index: None, indirect: false, length: false, operation: None };
    Part::Parameter { parameter: Box::new(parameter), quoted }
}

/// Whether arguments of this command may be assignments, of arrays, too.
fn declares(words: &[Word]) -> bool {
    let first = words.first().and_then(|word| match word.parts.as_slice() {
        [Part::Text { text, quoted: false }] => Some(text.as_str()),
        _ => None,
    });
    matches!(first, Some("declare" | "typeset" | "local" | "export" | "readonly"))
}

/// An assignment as the argument that it is.
fn as_word(assignment: Assignment) -> Word {
    let mut word = Word::default();
    let sign = if assignment.append { "+=" } else { "=" };
    match assignment.index {
        Some(index) => {
            push(&mut word, &format!("{}[", assignment.name), false);
            word.parts.extend(index.parts);
            push(&mut word, &format!("]{sign}"), false);
        }
        None => push(&mut word, &format!("{}{sign}", assignment.name), false),
    }
    match assignment.value {
        Value::Word(value) => word.parts.extend(value.parts),
        Value::Array(values) => {
            push(&mut word, "(", true);
            for (at, value) in values.into_iter().enumerate() {
                if at > 0 {
                    push(&mut word, " ", true);
                }
                word.parts.extend(value.parts);
            }
            push(&mut word, ")", true);
        }
    }
    word
}
