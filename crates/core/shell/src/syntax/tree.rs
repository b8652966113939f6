//! The syntax tree of Bash, as far as what is run can depend on it.
//!
//! Nothing is dropped: a part that may run a command is in the tree as commands. Texts are as they were written, with
//! quotes and escapes taken out.

/// Commands one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// In their order.
    pub items: Vec<Item>,
}

/// Pipelines that depend on how the one before ended: `a && b || c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Each with what ties it to the one before.
    pub chain: Vec<(Link, Pipeline)>,
    /// Followed by `&`.
    pub background: bool,
}

/// What ties a pipeline to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// There is none before.
    First,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// `a | b`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// In the order of the data; never empty.
    pub stages: Vec<Stage>,
}

/// A command of a pipeline, with its redirections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The command.
    pub command: Command,
    /// In their order.
    pub redirects: Vec<Redirect>,
    /// Its standard error goes into the pipe, too: `|&`.
    pub stderr_too: bool,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Assignments, a name and arguments, any of them missing.
    Simple {
        /// Before the name.
        assignments: Vec<Assignment>,
        /// The name and the arguments.
        words: Vec<Word>,
    },
    /// `{ ...; }`
    Group(Script),
    /// `( ... )`
    Subshell(Script),
    /// `if`, with `elif` as more arms.
    If {
        /// Conditions and what follows from them.
        arms: Vec<(Script, Script)>,
        /// `else`.
        otherwise: Option<Script>,
    },
    /// `while` and `until`.
    While {
        /// `until`.
        until: bool,
        /// As long as this ends well.
        condition: Script,
        /// What is done.
        body: Script,
    },
    /// `for x in a b; do ...`, and `select`.
    For {
        /// The variable.
        name: String,
        /// What it is in turn; `None` for the arguments.
        words: Option<Vec<Word>>,
        /// What is done.
        body: Script,
    },
    /// `for ((a; b; c)); do ...`
    ForArithmetic {
        /// All three.
        expression: Word,
        /// What is done.
        body: Script,
    },
    /// `case x in a|b) ...;; esac`
    Case {
        /// What is compared.
        subject: Word,
        /// Patterns and what follows from them.
        arms: Vec<(Vec<Word>, Script)>,
    },
    /// `(( ... ))`
    Arithmetic(Word),
    /// `[[ ... ]]`: its words, operators among them.
    Test(Vec<Word>),
    /// `name() ...`
    Function {
        /// How it is called.
        name: String,
        /// What it does, with its redirections.
        body: Box<Stage>,
    },
    /// `coproc ...`
    Coprocess(Box<Stage>),
}

/// `name=value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// Of an array: which of it, as commands may stand in it.
    pub index: Option<Word>,
    /// `+=`
    pub append: bool,
    /// What it is.
    pub value: Value,
}

/// What is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `=word`
    Word(Word),
    /// `=(word word)`, `[index]=` among them.
    Array(Vec<Word>),
}

/// A redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Which descriptor: a number, or the name in `{name}`; `None` for the one that is usual.
    pub descriptor: Option<String>,
    /// Which way.
    pub operator: Operator,
    /// The file, the descriptor, or the text.
    pub target: Word,
}

/// Which way data are redirected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>|`
    Clobber,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`
    DuplicateIn,
    /// `>&`
    DuplicateOut,
    /// `&>`
    WriteBoth,
    /// `&>>`
    AppendBoth,
    /// `<<` and `<<-`.
    HereDocument {
        /// Which text of all.
        number: usize,
    },
    /// `<<<`: the target is the text.
    HereString,
}

/// A word, before it is expanded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// One after the other; none for `''`, which is a word all the same.
    pub parts: Vec<Part>,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text.
    Text {
        /// Without quotes.
        text: String,
        /// It was in quotes: nothing in it is expanded.
        quoted: bool,
    },
    /// `$name`, `${...}`
    Parameter {
        /// What it is.
        parameter: Box<Parameter>,
        /// It was in double quotes: one word at most, and no pattern.
        quoted: bool,
    },
    /// `$(...)`, and the same in back quotes.
    Substitution {
        /// What is run.
        script: Script,
        /// It was in double quotes.
        quoted: bool,
    },
    /// `<(...)` and `>(...)`
    Process {
        /// What is run.
        script: Script,
        /// `>(...)`: it is written to.
        written: bool,
    },
    /// `$((...))`
    Arithmetic {
        /// The expression.
        expression: Word,
    },
}

/// A parameter's expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// `name`, a number, or one of the special signs.
    pub name: String,
    /// `[...]` behind the name.
    pub index: Option<Word>,
    /// `${!name}`: the one that it names.
    pub indirect: bool,
    /// `${#name}`
    pub length: bool,
    /// What is done with it: the operator as it was written, and its operand.
    pub operation: Option<(String, Word)>,
}
