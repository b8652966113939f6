//! Code of other languages in one text, as far as it can be told: what is plainly harmless, and what plainly is not.

use crate::effect::{Act, Effect, Scope};
use crate::grammar::Language;

/// What was found in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it does, and to what.
    pub(crate) acts: Vec<(Act, String)>,
    /// What it does to files, by their paths; whether to all below.
    pub(crate) paths: Vec<(String, Effect, bool)>,
    /// Commands of the shell that it runs.
    pub(crate) shell: Vec<String>,
    /// Everything in it is known to do nothing else.
    pub(crate) proven: bool,
}

/// Whether a module that is loaded by its name is one that changes nothing by that.
pub(crate) fn is_known_module(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "List::Util", "Data::Dumper", "JSON::PP", "JSON", "POSIX", "strict", "warnings", "utf8", "feature", "Time::Local",
        "Time::HiRes", "Time::Piece", "Scalar::Util", "MIME::Base64", "Encode", "open", "bigint", "Math::BigInt", "constant", "integer",
        "Text::Wrap", "File::Basename", "Digest::MD5", "Digest::SHA", "Storable",
        "json", "set", "date", "time", "yaml", "csv", "pp", "erb", "digest", "securerandom", "bigdecimal", "prime", "uri", "ostruct",
        "optparse", "benchmark", "matrix", "English", "stringio", "strscan", "base64", "rexml/document",
        "util", "path", "assert", "url", "source-map-support/register",
    ];
    let (name, imported) = name.split_once('=').unwrap_or((name, ""));
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | ',' | ':');
    KNOWN.contains(&name.trim_start_matches('-')) && imported.chars().all(plain)
}

/// Whether a text begins as a command of the shell does: a program that is known, and an option.
pub(crate) fn may_be_command(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let (Some(program), Some(option)) = (words.next(), words.next()) else { return false };
    crate::grammar::find(program).is_some()
        && option.strip_prefix('-').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphabetic()))
}

/// Looks through a text.
pub(crate) fn look(language: Language, text: &str) -> Found {
    let mut found = look_as(language, text);
    if may_be_command(text) {
        found.proven = false;
        found.shell.push(text.to_owned());
    }
    found
}

fn look_as(language: Language, text: &str) -> Found {
    match language {
        Language::Awk => awk(text),
        Language::Sed => sed(text),
        Language::Python | Language::JavaScript | Language::Perl | Language::Ruby | Language::Php => Scan {
            language,
            tokens: tokens(language, text),
            found: Found { proven: true, ..Found::default() },
        }
        .all(),
        Language::AppleScript | Language::PowerShell | Language::Other => Found::default(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `a.b.c`, with `::` and `->` as dots.
    Name(String),
    Text(String),
    /// A text with something expanded in it, or in back quotes.
    Made(String),
    Number,
    Sign(char),
}

/// Reads a text into tokens.
fn tokens(language: Language, text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&letter) = letters.get(at) {
        at += 1;
        match letter {
            letter if letter.is_whitespace() => {}
            '#' if language != Language::JavaScript => {
                while letters.get(at).is_some_and(|letter| *letter != '\n') {
                    at += 1
                }
            }
            '/' if language == Language::JavaScript && letters.get(at) == Some(&'/') => {
                while letters.get(at).is_some_and(|letter| *letter != '\n') {
                    at += 1
                }
            }
            '\'' | '"' | '`' => {
                let mut inside = String::new();
                while let Some(&other) = letters.get(at) {
                    at += 1;
                    match other {
                        other if other == letter => break,
                        '\\' => {
                            if let Some(&escaped) = letters.get(at) {
                                at += 1;
                                inside.push(match escaped {
                                    'n' => '\n',
                                    't' => '\t',
                                    other => other,
                                });
                            }
                        }
                        other => inside.push(other),
                    }
                }
                let made = letter == '`'
                    || (letter == '"'
                        && matches!(language, Language::Perl | Language::Ruby | Language::Php)
                        && inside.contains(['$', '@', '#']));
                tokens.push(if made { Token::Made(inside) } else { Token::Text(inside) });
            }
            letter if letter.is_ascii_digit() => {
                while letters.get(at).is_some_and(|letter| letter.is_ascii_alphanumeric() || *letter == '.') {
                    at += 1
                }
                tokens.push(Token::Number);
            }
            letter if letter.is_alphabetic() || letter == '_' || letter == '$' || letter == '@' => {
                let mut name = letter.to_string();
                loop {
                    match (letters.get(at), letters.get(at + 1)) {
                        (Some(letter), _) if letter.is_alphanumeric() || *letter == '_' => {
                            name.push(*letter);
                            at += 1;
                        }
                        (Some('.'), Some(next)) if next.is_alphabetic() || *next == '_' => {
                            name.push('.');
                            at += 1;
                        }
                        (Some(':'), Some(':')) | (Some('-'), Some('>')) if language != Language::Python => {
                            name.push('.');
                            at += 2;
                        }
                        _ => break,
                    }
                }
                tokens.push(Token::Name(name));
            }
            letter => tokens.push(Token::Sign(letter)),
        }
    }
    tokens
}

struct Scan {
    language: Language,
    tokens: Vec<Token>,
    found: Found,
}

/// Names that run commands of the shell.
const RUNS: &[&str] = &[
    "os.system",
    "os.popen",
    "system",
    "popen",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "commands.getoutput",
    "execSync",
    "spawnSync",
    "execFileSync",
    "child_process.exec",
    "child_process.execSync",
    "child_process.spawn",
    "Kernel.system",
    "Kernel.exec",
    "IO.popen",
    "Open3.capture2",
    "Open3.capture3",
    "shell_exec",
    "passthru",
    "proc_open",
    "pty.spawn",
    "spawn",
    "exec",
    "execFile",
    "os.execvp",
    "os.execl",
    "os.execlp",
    "os.spawnl",
    "Process.spawn",
    "qx",
];
/// Names that remove: whether with all below.
const REMOVES: &[(&str, bool)] = &[
    ("shutil.rmtree", true),
    ("os.remove", false),
    ("os.unlink", false),
    ("os.rmdir", false),
    ("os.removedirs", true),
    ("fs.rmSync", true),
    ("fs.rm", true),
    ("fs.rmdirSync", true),
    ("fs.rmdir", true),
    ("fs.unlinkSync", false),
    ("fs.unlink", false),
    ("fs.promises.rm", true),
    ("rimraf", true),
    ("FileUtils.rm_rf", true),
    ("FileUtils.rm_r", true),
    ("FileUtils.rm", false),
    ("File.delete", false),
    ("File.unlink", false),
    ("Dir.rmdir", false),
    ("unlink", false),
    ("rmdir", false),
    ("rmtree", true),
    ("remove_tree", true),
    ("rmSync", true),
    ("unlinkSync", false),
    ("rmdirSync", true),
];
const WRITES: &[&str] = &[
    "fs.writeFileSync",
    "fs.writeFile",
    "fs.appendFileSync",
    "fs.appendFile",
    "writeFileSync",
    "appendFileSync",
    "File.write",
    "IO.write",
    "file_put_contents",
    "Bun.write",
    "Deno.writeTextFile",
];
const READS: &[&str] = &[
    "fs.readFileSync",
    "fs.readFile",
    "readFileSync",
    "File.read",
    "IO.read",
    "file_get_contents",
    "File.readlines",
];
/// Beginnings of names that speak to other machines.
const NETWORK: &[&str] = &[
    "requests.",
    "urllib.",
    "http.client",
    "httpx.",
    "socket",
    "aiohttp.",
    "ftplib.",
    "smtplib.",
    "fetch",
    "axios",
    "http.get",
    "http.request",
    "https.get",
    "https.request",
    "net.connect",
    "net.Socket",
    "net.createConnection",
    "Net.HTTP",
    "URI.open",
    "LWP",
    "IO.Socket",
    "curl_exec",
    "paramiko.",
    "telnetlib.",
];
/// Names that are known to change nothing.
const HARMLESS: &[&str] = &[
    "print",
    "len",
    "range",
    "str",
    "int",
    "float",
    "bool",
    "sum",
    "min",
    "max",
    "sorted",
    "list",
    "dict",
    "set",
    "tuple",
    "abs",
    "round",
    "enumerate",
    "zip",
    "map",
    "filter",
    "any",
    "all",
    "repr",
    "type",
    "isinstance",
    "ord",
    "chr",
    "hex",
    "bin",
    "oct",
    "pow",
    "divmod",
    "reversed",
    "frozenset",
    "bytes",
    "hash",
    "id",
    "format",
    "sys.exit",
    "exit",
    "quit",
    "json.loads",
    "json.dumps",
    "json.load",
    "json.dump",
    "sys.stdin.read",
    "sys.stdin.readline",
    "sys.stdout.write",
    "console.log",
    "console.error",
    "console.table",
    "JSON.stringify",
    "JSON.parse",
    "Object.keys",
    "Object.values",
    "Object.entries",
    "Array.from",
    "Array.isArray",
    "String",
    "Number",
    "Boolean",
    "Array",
    "Date",
    "Date.now",
    "parseInt",
    "parseFloat",
    "Symbol",
    "BigInt",
    "puts",
    "p",
    "pp",
    "say",
    "echo",
    "printf",
    "var_dump",
    "print_r",
    "json_encode",
    "json_decode",
    "platform.python_version",
    "platform.system",
    "platform.machine",
    "os.getcwd",
    "process.cwd",
    "process.exit",
    "time.time",
    "datetime.now",
    "datetime.datetime.now",
    "phpversion",
    "phpinfo",
    "join",
    "sprintf",
    "require",
    "if",
    "for",
    "while",
    "def",
    "lambda",
    "in",
    "not",
    "and",
    "or",
    "return",
    "elif",
    "function",
    "Set",
    "Map",
];
/// Beginnings of names of which everything is harmless.
const FAMILIES: &[&str] = &[
    "math.",
    "Math.",
    "statistics.",
    "itertools.",
    "functools.",
    "string.",
    "textwrap.",
    "decimal.",
    "fractions.",
    "re.",
];
/// Last parts of names that are methods of texts, lists and numbers.
const METHODS: &[&str] = &[
    "split",
    "join",
    "strip",
    "lstrip",
    "rstrip",
    "replace",
    "format",
    "append",
    "items",
    "keys",
    "values",
    "get",
    "upper",
    "lower",
    "startswith",
    "endswith",
    "count",
    "index",
    "find",
    "sort",
    "reverse",
    "extend",
    "splitlines",
    "encode",
    "title",
    "zfill",
    "isdigit",
    "isalpha",
    "toFixed",
    "toString",
    "slice",
    "trim",
    "map",
    "filter",
    "reduce",
    "forEach",
    "push",
    "includes",
    "startsWith",
    "endsWith",
    "padStart",
    "padEnd",
    "toUpperCase",
    "toLowerCase",
    "concat",
    "length",
    "some",
    "every",
    "flat",
    "charCodeAt",
    "each",
    "to_s",
    "to_i",
    "inspect",
    "isoformat",
    "strftime",
    "toISOString",
    "pop",
    "copy",
    "setdefault",
    "union",
    "intersection",
    "difference",
];
/// Modules that may be taken in.
const MODULES: &[&str] = &[
    "json",
    "sys",
    "math",
    "re",
    "datetime",
    "platform",
    "collections",
    "itertools",
    "functools",
    "string",
    "textwrap",
    "statistics",
    "decimal",
    "fractions",
    "time",
    "random",
    "pprint",
    "typing",
    "dataclasses",
    "enum",
    "calendar",
    "operator",
    "unicodedata",
];

impl Scan {
    fn all(mut self) -> Found {
        let mut at = 0;
        while at < self.tokens.len() {
            self.token(at);
            at += 1;
        }
        self.found
    }

    fn token(&mut self, at: usize) {
        match self.tokens[at].clone() {
            Token::Name(name) => self.name(at, &name),
            Token::Made(text) => match self.language {
                // Back quotes are a command there.
                Language::Perl | Language::Ruby | Language::Php if !text.contains(['$', '#']) => {
                    self.found.shell.push(text)
                }
                Language::JavaScript if !text.contains("${") => {}
                Language::JavaScript => self.found.proven = false,
                Language::Python
                | Language::Perl
                | Language::Ruby
                | Language::Php
                | Language::Awk
                | Language::Sed
                | Language::AppleScript
                | Language::PowerShell
                | Language::Other => self.found.proven = false,
            },
            Token::Text(_) | Token::Number => {}
            Token::Sign('%')
                if self.language == Language::Ruby
                    && self.tokens.get(at + 1) == Some(&Token::Name("x".to_owned())) =>
            {
                self.found.proven = false;
            }
            Token::Sign(_) => {}
        }
    }

    fn name(&mut self, at: usize, name: &str) {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let import = matches!(before, Some(Token::Name(word)) if matches!(word.as_str(), "import" | "from"));
        if import {
            let modules: Vec<&str> = name.split('.').collect();
            self.found.proven &= MODULES.contains(&modules[0]);
            return;
        }
        if name == "require" {
            let module = self.text_behind(at);
            self.found.proven &= module.as_deref().is_some_and(|module| {
                matches!(module, "./package.json" | "util" | "path" | "os" | "assert" | "url")
            });
            return;
        }
        let called = match self.tokens.get(at + 1) {
            Some(Token::Sign('(')) => true,
            // `system "ls"`
            Some(Token::Text(_) | Token::Made(_)) => {
                matches!(self.language, Language::Perl | Language::Ruby | Language::Php)
            }
            _ => false,
        };
        let tail = name.rsplit('.').next().unwrap_or_default();
        // What stands before the last dot may be anything that was taken in under another name.
        let is = |own: &&str| {
            name == *own || (name.contains('.') && own.contains('.') && name.ends_with(&format!(".{own}")))
        };
        if called && (RUNS.iter().any(is) || (self.after_dot(at) && RUNS.contains(&tail))) {
            self.runs(at);
        } else if called
            && let Some((_, all)) = REMOVES
                .iter()
                .find(|(own, _)| is(own) || (self.after_dot(at) && own.ends_with(&format!(".{tail}"))))
        {
            self.on_path(at, Effect::Delete, *all);
        } else if called && WRITES.iter().any(is) {
            self.on_path(at, Effect::Write, false);
        } else if called && READS.iter().any(is) {
            self.on_path(at, Effect::Read, false);
        } else if called && matches!(name, "open" | "File.open" | "io.open" | "fopen") {
            let mode = self.texts_behind(at).get(1).cloned().unwrap_or_default();
            let writes = mode.contains(['w', 'a', '+', 'x']) || mode.starts_with('>');
            self.on_path(at, if writes { Effect::Write } else { Effect::Read }, false);
        } else if NETWORK
            .iter()
            .any(|own| name.starts_with(own.trim_end_matches('.')) && (called || own.ends_with('.')))
        {
            let subject = self.text_behind(at).unwrap_or_else(|| name.to_owned());
            self.found.acts.push((Act::new(Effect::NetworkOut, Scope::Remote), subject.clone()));
            self.found.acts.push((Act::new(Effect::NetworkIn, Scope::Remote), subject));
            self.found.proven = false;
        } else if called {
            let known = HARMLESS.contains(&name)
                || FAMILIES.iter().any(|family| name.starts_with(family))
                || ((name.contains('.') || self.after_dot(at)) && METHODS.contains(&tail));
            self.found.proven &= known;
        } else if name.contains("__")
            || matches!(
                tail,
                "eval"
                    | "exec"
                    | "compile"
                    | "globals"
                    | "getattr"
                    | "Function"
                    | "constructor"
                    | "binding"
                    | "environ"
                    | "env"
                    | "ENV"
                    | "modules"
            )
        {
            self.found.proven = false;
        }
    }

    /// Whether it is called on what stands before: `require("x").name`, `"a".name`.
    fn after_dot(&self, at: usize) -> bool {
        at > 0 && matches!(self.tokens.get(at - 1), Some(Token::Sign('.')))
    }

    /// The texts in the brackets behind a name, up to the closing one.
    fn texts_behind(&self, at: usize) -> Vec<String> {
        let mut texts = Vec::new();
        let mut open = 0_i32;
        for token in self.tokens.iter().skip(at + 1).take(40) {
            match token {
                Token::Sign('(' | '[' | '{') => open += 1,
                Token::Sign(')' | ']' | '}') => {
                    open -= 1;
                    if open <= 0 {
                        break;
                    }
                }
                Token::Text(text) => texts.push(text.clone()),
                Token::Sign(';') => break,
                Token::Made(_) | Token::Name(_) | Token::Number | Token::Sign(_) => {}
            }
            if open == 0 && !texts.is_empty() {
                break;
            }
        }
        texts
    }

    /// The first of them, if nothing that is not known stands before it.
    fn text_behind(&self, at: usize) -> Option<String> {
        for token in self.tokens.iter().skip(at + 1).take(6) {
            match token {
                Token::Sign('(' | '[') => {}
                Token::Text(text) => return Some(text.clone()),
                Token::Made(_) | Token::Name(_) | Token::Number | Token::Sign(_) => return None,
            }
        }
        None
    }

    fn runs(&mut self, at: usize) {
        let list = matches!(self.tokens.get(at + 2), Some(Token::Sign('[')));
        let texts = self.texts_behind(at);
        match (self.text_behind(at), list) {
            (Some(_), true) => {
                self.found.shell.push(texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" "))
            }
            (Some(text), false) => self.found.shell.push(text),
            (None, _) => {
                self.found.proven = false;
                self.found.acts.push((Act::new(Effect::ExecUnknown, Scope::Unknown), "a command".to_owned()));
            }
        }
        // What it is called with beside is not looked at.
        self.found.proven &= texts.len() <= 1 || list;
    }

    fn on_path(&mut self, at: usize, effect: Effect, all: bool) {
        match self.text_behind(at) {
            Some(path) if path.starts_with('~') => self.found.proven = false,
            Some(path) => self.found.paths.push((path, effect, all)),
            None => {
                self.found.proven = false;
                if effect != Effect::Read {
                    let act = Act { effect, scope: Scope::Unknown, grave: all };
                    self.found.acts.push((act, "a file".to_owned()));
                }
            }
        }
    }
}

/// One word for a shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Awk runs commands by `system`, by pipes, and writes by `>`.
fn awk(text: &str) -> Found {
    let mut found = Found { proven: true, ..Found::default() };
    let tokens = awk_tokens(text);
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        match token {
            Token::Name(name) if name == "system" => match (next, tokens.get(at + 2), tokens.get(at + 3)) {
                (Some(Token::Sign('(')), Some(Token::Text(text)), Some(Token::Sign(')'))) => {
                    found.shell.push(text.clone())
                }
                _ => {
                    found.proven = false;
                    found.acts.push((Act::new(Effect::ExecUnknown, Scope::Unknown), "a command".to_owned()));
                }
            },
            Token::Sign('|')
                if next != Some(&Token::Sign('|'))
                    && at.checked_sub(1).and_then(|before| tokens.get(before)) != Some(&Token::Sign('|')) =>
            {
                let command = match (at.checked_sub(1).and_then(|before| tokens.get(before)), next) {
                    (_, Some(Token::Text(text))) => Some(text.clone()),
                    (Some(Token::Text(text)), Some(Token::Name(name))) if name == "getline" => {
                        Some(text.clone())
                    }
                    _ => None,
                };
                match command {
                    Some(text) => found.shell.push(text),
                    None => found.proven = false,
                }
            }
            Token::Sign('>') => match next {
                Some(Token::Text(path)) => found.paths.push((path.clone(), Effect::Write, false)),
                Some(Token::Sign('>')) => {}
                Some(Token::Sign('=') | Token::Number) => {}
                // A comparison, or a file whose name is made: which, only the place tells.
                _ => {
                    let prints = tokens[..at]
                        .iter()
                        .rev()
                        .take_while(|token| !matches!(token, Token::Sign('{' | '}' | ';')))
                        .any(|token| matches!(token, Token::Name(name) if name.starts_with("print")));
                    let in_brackets = tokens[..at].iter().filter(|token| **token == Token::Sign('(')).count()
                        > tokens[..at].iter().filter(|token| **token == Token::Sign(')')).count();
                    found.proven &= !prints || in_brackets;
                }
            },
            Token::Name(name) if name == "getline" => {
                if let (Some(Token::Sign('<')), Some(Token::Text(path))) = (next, tokens.get(at + 2)) {
                    found.paths.push((path.clone(), Effect::Read, false));
                } else if next == Some(&Token::Sign('<')) {
                    found.proven = false;
                }
            }
            Token::Name(name) if name.starts_with('@') => found.proven = false,
            Token::Name(_) | Token::Text(_) | Token::Made(_) | Token::Number | Token::Sign(_) => {}
        }
    }
    found
}

/// As [`tokens`], with patterns between slashes taken as texts that are nothing.
fn awk_tokens(text: &str) -> Vec<Token> {
    let mut plain = String::with_capacity(text.len());
    let mut before = '{';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                plain.push('"');
                while let Some(other) = letters.next() {
                    plain.push(other);
                    if other == '\\' {
                        plain.extend(letters.next());
                    } else if other == '"' {
                        break;
                    }
                }
                before = '"';
            }
            '/' if !before.is_alphanumeric() && !matches!(before, ')' | ']' | '"' | '_' | '$') => {
                while let Some(other) = letters.next() {
                    match other {
                        '\\' => drop(letters.next()),
                        '/' | '\n' => break,
                        _ => {}
                    }
                }
                plain.push_str(" 0 ");
                before = '0';
            }
            letter => {
                plain.push(letter);
                if !letter.is_whitespace() {
                    before = letter;
                }
            }
        }
    }
    tokens(Language::Awk, &plain)
}

/// Sed writes by `w` and runs by `e`: as commands, and as flags of `s`.
fn sed(text: &str) -> Found {
    let mut found = Found { proven: true, ..Found::default() };
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        match letters[at] {
            ' ' | '\t' | '\n' | ';' | '{' | '}' | '!' | ',' | '$' | '~' | '+' | '0'..='9' => at += 1,
            '/' => at = over(&letters, at + 1, '/'),
            '\\' => {
                let end = letters.get(at + 1).copied().unwrap_or('/');
                at = over(&letters, at + 2, end);
            }
            's' | 'y' => {
                let Some(&sign) = letters.get(at + 1) else { break };
                let is_s = letters[at] == 's';
                at = over(&letters, over(&letters, at + 2, sign), sign);
                while is_s && let Some(flag) = letters.get(at) {
                    match flag {
                        'g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9' => at += 1,
                        'e' => {
                            found.proven = false;
                            found.acts.push((
                                Act::new(Effect::ExecUnknown, Scope::Unknown),
                                "what sed makes".to_owned(),
                            ));
                            at += 1;
                        }
                        'w' => {
                            at = file(&letters, at + 1, Effect::Write, &mut found);
                            break;
                        }
                        _ => break,
                    }
                }
            }
            'w' | 'W' => at = file(&letters, at + 1, Effect::Write, &mut found),
            'r' | 'R' => at = file(&letters, at + 1, Effect::Read, &mut found),
            'e' => {
                let end = letters[at..]
                    .iter()
                    .position(|letter| *letter == '\n')
                    .map_or(letters.len(), |end| at + end);
                let command: String = letters[at + 1..end].iter().collect();
                match command.trim() {
                    "" => found.proven = false,
                    command => found.shell.push(command.to_owned()),
                }
                at = end;
            }
            'a' | 'i' | 'c' | ':' | 'b' | 't' | 'T' | 'l' | 'q' | 'Q' | 'L' => {
                let text = matches!(letters[at], 'a' | 'i' | 'c');
                while at < letters.len() && letters[at] != '\n' && (text || !matches!(letters[at], ';' | '}'))
                {
                    at += if letters[at] == '\\' { 2 } else { 1 };
                }
            }
            'p' | 'P' | 'd' | 'D' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | 'z' | '=' | 'F' | 'I' => {
                at += 1
            }
            '#' => {
                while at < letters.len() && letters[at] != '\n' {
                    at += 1
                }
            }
            _ => {
                found.proven = false;
                at += 1;
            }
        }
    }
    found
}

/// The place behind the next sign that is not escaped, nor in brackets.
fn over(letters: &[char], from: usize, sign: char) -> usize {
    let (mut at, mut set) = (from, false);
    while at < letters.len() {
        match letters[at] {
            '\\' => at += 1,
            '[' if sign != '[' => set = true,
            ']' => set = false,
            letter if letter == sign && !set => return at + 1,
            _ => {}
        }
        at += 1;
    }
    letters.len()
}

fn file(letters: &[char], from: usize, effect: Effect, found: &mut Found) -> usize {
    let end =
        letters[from..].iter().position(|letter| *letter == '\n').map_or(letters.len(), |end| from + end);
    let path: String = letters[from..end].iter().collect();
    let path = path.trim();
    if !matches!(path, "/dev/stdout" | "/dev/stderr" | "/dev/stdin") {
        found.paths.push((path.to_owned(), effect, false));
    }
    end
}
