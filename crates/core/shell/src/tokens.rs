//! Code of other languages as tokens: names, texts, signs. Where texts end must be known, or code could hide in one; where
//! it is not, a [`Token::Doubt`] stands.

use crate::grammar::Language;

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// `a.b.c`, with `::` and `->` as dots.
    Name(String),
    /// A text, of which all is known.
    Text(String),
    /// A text with something expanded in it; the code of that follows.
    Made(String),
    /// A text between back quotes.
    Ticks(String),
    /// A number, or a pattern in which nothing runs.
    Number,
    /// Any other sign.
    Sign(char),
    /// It cannot be told what comes here.
    Doubt,
}

/// Reads a text into tokens.
pub(crate) fn tokens(language: Language, text: &str) -> Vec<Token> {
    let mut lexer = Lexer { language, letters: text.chars().collect(), at: 0, tokens: Vec::new() };
    lexer.all();
    lexer.tokens
}

struct Lexer {
    language: Language,
    letters: Vec<char>,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn is(&self, languages: &[Language]) -> bool {
        languages.contains(&self.language)
    }

    fn push(&mut self, token: Token) {
        self.tokens.push(token);
    }

    fn all(&mut self) {
        use Language::{JavaScript, Perl, Php, Ruby};
        while let Some(letter) = self.peek(0) {
            match letter {
                letter if letter.is_whitespace() => self.at += 1,
                '#' if !self.is(&[JavaScript]) => self.line(),
                '/' if self.is(&[JavaScript, Php]) && self.peek(1) == Some('/') => self.line(),
                '/' if self.is(&[JavaScript, Php]) && self.peek(1) == Some('*') => self.block(),
                '/' if self.is(&[JavaScript, Perl, Ruby]) => self.slash(),
                '\'' | '"' | '`' => self.text(letter),
                '$' if self.is(&[Perl]) && self.special_variable() => {}
                '%' if self.is(&[Perl]) && self.is_hash() => self.name(),
                letter if letter.is_ascii_digit() => self.number(),
                letter if letter.is_alphabetic() || matches!(letter, '_' | '$' | '@') => self.name(),
                letter => self.sign(letter),
            }
        }
    }

    /// The rest of a line.
    fn line(&mut self) {
        while self.peek(0).is_some_and(|letter| letter != '\n') {
            // In a page it ends before.
            if self.language == Language::Php && self.peek(0) == Some('?') && self.peek(1) == Some('>') {
                return;
            }
            self.at += 1;
        }
    }

    fn block(&mut self) {
        self.at += 2;
        while self.peek(0).is_some() && !(self.peek(0) == Some('*') && self.peek(1) == Some('/')) {
            self.at += 1;
        }
        self.at += 2;
    }

    fn number(&mut self) {
        while let Some(letter) = self.peek(0) {
            let point = letter == '.' && self.peek(1).is_some_and(|next| next.is_ascii_digit());
            if !letter.is_ascii_alphanumeric() && letter != '_' && !point {
                break;
            }
            self.at += 1;
        }
        self.push(Token::Number);
    }

    /// Whether a percent sign of Perl begins the name of a variable.
    fn is_hash(&self) -> bool {
        let operand = match self.tokens.last() {
            Some(Token::Name(name)) => name.starts_with('$'),
            Some(Token::Sign(sign)) => matches!(sign, ')' | ']' | '}'),
            Some(Token::Number) => true,
            _ => false,
        };
        !operand && self.peek(1).is_some_and(|next| next.is_alphabetic() || next == '_')
    }

    /// Variables of Perl whose names are signs, some of them quotes.
    fn special_variable(&mut self) -> bool {
        let Some(next) = self.peek(1) else { return false };
        if next == '#' {
            // The last index of a list.
            self.at += 2;
            return true;
        }
        if next == '{' {
            self.at += 2;
            self.push(Token::Doubt);
            return true;
        }
        if next.is_alphanumeric() || matches!(next, '_' | ':' | '$') || next.is_whitespace() {
            return false;
        }
        self.at += 2;
        self.push(Token::Number);
        true
    }

    fn name(&mut self) {
        let start = self.at;
        let mut name = String::new();
        name.extend(self.peek(0));
        self.at += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(letter), _) if letter.is_alphanumeric() || letter == '_' => {
                    name.push(letter);
                    self.at += 1;
                }
                (Some('$'), _) if self.language == Language::JavaScript => {
                    name.push('$');
                    self.at += 1;
                }
                (Some('.'), Some(next)) if next.is_alphabetic() || next == '_' => {
                    name.push('.');
                    self.at += 1;
                }
                (Some(':'), Some(':')) | (Some('-'), Some('>')) if self.language != Language::Python => {
                    name.push('.');
                    self.at += 2;
                }
                _ => break,
            }
        }
        let quotes = matches!(name.as_str(), "q" | "qq" | "qw" | "m" | "s" | "y" | "tr" | "qr" | "qx");
        if self.language == Language::Perl && quotes && self.quoting(&name) {
            return;
        }
        let _ = start;
        self.push(Token::Name(name));
    }

    /// `s/a/b/`, `qw(a b)` and the like of Perl; whether it is one.
    fn quoting(&mut self, name: &str) -> bool {
        let Some(open) = self.peek(0) else { return false };
        if open.is_whitespace() {
            // With a blank before it, it may be one as well.
            let next = self.letters[self.at..].iter().find(|letter| !letter.is_whitespace());
            if !next
                .is_some_and(|next| matches!(next, '=' | ',' | ';' | ')' | '}' | '+' | '*' | '.' | '<' | '>'))
            {
                self.push(Token::Doubt);
            }
            return false;
        }
        if open.is_alphanumeric() || matches!(open, ',' | ';' | ')' | '}' | '_') {
            return false;
        }
        if open == '=' && self.peek(1) == Some('>') {
            return false;
        }
        self.at += 1;
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            same => same,
        };
        let Some(first) = self.section(open, close) else {
            self.push(Token::Doubt);
            return true;
        };
        let mut second = String::new();
        if matches!(name, "s" | "y" | "tr") {
            if open != close {
                // Two pairs: rare.
                self.push(Token::Doubt);
                return true;
            }
            let Some(text) = self.section(open, close) else {
                self.push(Token::Doubt);
                return true;
            };
            second = text;
        }
        let mut flags = String::new();
        if matches!(name, "s" | "y" | "tr" | "m" | "qr") {
            while let Some(letter) = self.peek(0).filter(char::is_ascii_alphabetic) {
                flags.push(letter);
                self.at += 1;
            }
        }
        match name {
            "q" | "qw" => self.push(Token::Text(first)),
            "qx" => self.push(Token::Ticks(first)),
            "qq" => {
                let plain = !expands(&first);
                self.push(if plain { Token::Text(first) } else { Token::Made(first) });
            }
            "y" | "tr" => self.push(Token::Number),
            _ => {
                let runs =
                    expands(&first) || expands(&second) || first.contains("(?{") || first.contains("(??{");
                self.push(if runs { Token::Doubt } else { Token::Number });
                if flags.contains('e') {
                    self.push(Token::Doubt);
                    let inner = tokens(self.language, &second);
                    self.tokens.extend(inner);
                }
            }
        }
        true
    }

    /// Up to the closing sign; `None` if there is none.
    fn section(&mut self, open: char, close: char) -> Option<String> {
        let (mut text, mut depth) = (String::new(), 0);
        loop {
            let letter = self.peek(0)?;
            self.at += 1;
            match letter {
                '\\' => {
                    text.push(letter);
                    text.extend(self.peek(0));
                    self.at += 1;
                }
                letter if letter == close && depth == 0 => return Some(text),
                letter => {
                    if open != close && letter == open {
                        depth += 1;
                    } else if letter == close {
                        depth -= 1;
                    }
                    text.push(letter);
                }
            }
        }
    }

    /// A pattern, or a division.
    fn slash(&mut self) {
        let pattern = match self.tokens.last() {
            None => true,
            Some(Token::Sign(sign)) => !matches!(sign, ')' | ']' | '}'),
            Some(Token::Name(name)) => matches!(
                name.as_str(),
                "return"
                    | "typeof"
                    | "split"
                    | "if"
                    | "unless"
                    | "and"
                    | "or"
                    | "not"
                    | "grep"
                    | "when"
                    | "while"
                    | "in"
            ),
            Some(Token::Text(_) | Token::Made(_) | Token::Ticks(_) | Token::Number | Token::Doubt) => false,
        };
        self.at += 1;
        let rest: String = self.letters[self.at..].iter().take_while(|letter| **letter != '\n').collect();
        if !pattern {
            // If it is a pattern after all, what looks like a text in it is none.
            let doubtful =
                rest.split_once('/').is_some_and(|(inside, _)| inside.contains(['"', '\'', '`', '#']));
            self.push(if doubtful { Token::Doubt } else { Token::Sign('/') });
            return;
        }
        match self.section('/', '/') {
            Some(inside) if !inside.contains('\n') => {
                while self.peek(0).is_some_and(|letter| letter.is_ascii_alphabetic()) {
                    self.at += 1;
                }
                let runs = expands(&inside) || inside.contains("#{") || inside.contains("(?{");
                let set = inside.contains('[') && rest.contains(['"', '\'', '`']);
                self.push(if runs || set { Token::Doubt } else { Token::Number });
            }
            Some(_) | None => self.push(Token::Doubt),
        }
    }

    fn text(&mut self, quote: char) {
        use Language::{Awk, JavaScript, Perl, Php, Python, Ruby};
        let prefix = match self.tokens.last() {
            Some(Token::Name(name))
                if self.language == Python
                    && self.at > 0
                    && self.letters[self.at - 1].is_alphabetic()
                    && name.len() <= 2
                    && name.bytes().all(|byte| b"rRbBuUfF".contains(&byte)) =>
            {
                let name = name.to_lowercase();
                self.tokens.pop();
                name
            }
            _ => String::new(),
        };
        let triple = self.language == Python && self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.at += if triple { 3 } else { 1 };
        let plain = prefix.contains('r') || (quote == '\'' && self.is(&[Perl, Ruby, Php]));
        let (mut inside, mut ended, mut broken) = (String::new(), false, false);
        while let Some(letter) = self.peek(0) {
            self.at += 1;
            if letter == quote && (!triple || (self.peek(0) == Some(quote) && self.peek(1) == Some(quote))) {
                self.at += if triple { 2 } else { 0 };
                ended = true;
                break;
            }
            if letter == '\\' {
                self.escaped(plain, quote, &mut inside);
                continue;
            }
            broken |= letter == '\n' && !triple && quote != '`' && self.is(&[Python, JavaScript]);
            inside.push(letter);
        }
        if (!ended || broken) && self.language != Awk {
            self.push(Token::Doubt);
        }
        let code = match self.language {
            Python if prefix.contains('f') => braces(&inside, '{', None),
            JavaScript if quote == '`' => braces(&inside, '{', Some('$')),
            Ruby if quote != '\'' => braces(&inside, '{', Some('#')),
            Perl | Php if quote == '"' && expands(&inside) => None,
            _ => Some(Vec::new()),
        };
        let Some(code) = code else { return self.push(Token::Doubt) };
        let ticks = quote == '`' && self.language != JavaScript;
        self.push(
            match (
                ticks,
                code.is_empty() && !(self.is(&[Perl, Php]) && quote == '"' && inside.contains(['$', '@'])),
            ) {
                (true, _) => Token::Ticks(inside),
                (false, true) => Token::Text(inside),
                (false, false) => Token::Made(inside),
            },
        );
        for code in code {
            let inner = tokens(self.language, &code);
            // Apart from what follows.
            self.push(Token::Sign(','));
            self.tokens.extend(inner);
            self.push(Token::Sign(','));
        }
    }

    fn escaped(&mut self, plain: bool, quote: char, inside: &mut String) {
        let Some(letter) = self.peek(0) else { return };
        self.at += 1;
        if plain {
            if letter != quote && letter != '\\' {
                inside.push('\\');
            }
            inside.push(letter);
            return;
        }
        let number = |digits: &str, base| u32::from_str_radix(digits, base).ok().and_then(char::from_u32);
        let taken = |lexer: &Self, most: usize, base: u32| -> String {
            lexer.letters[lexer.at..].iter().take(most).take_while(|letter| letter.is_digit(base)).collect()
        };
        match letter {
            'n' => inside.push('\n'),
            't' => inside.push('\t'),
            'r' => inside.push('\r'),
            'x' | 'u' => {
                let braced = self.peek(0) == Some('{');
                self.at += usize::from(braced);
                let digits = taken(
                    self,
                    if braced {
                        6
                    } else if letter == 'x' {
                        2
                    } else {
                        4
                    },
                    16,
                );
                self.at += digits.len() + usize::from(braced);
                inside.extend(number(&digits, 16));
            }
            '0'..='7' => {
                self.at -= 1;
                let digits = taken(self, 3, 8);
                self.at += digits.len();
                inside.extend(number(&digits, 8));
            }
            '\n' => {}
            other => inside.push(other),
        }
    }

    fn sign(&mut self, letter: char) {
        use Language::{JavaScript, Perl, Php, Python, Ruby};
        let next = self.peek(1);
        let doubtful = match letter {
            '\\' => self.is(&[JavaScript]) || (self.language == Python && next != Some('\n')),
            '?' => {
                (self.language == Ruby && matches!(next, Some('"' | '\'' | '`' | '#')))
                    || (self.language == Php && next == Some('>'))
            }
            '%' if self.language == Ruby => match next {
                Some('(' | '[' | '{' | '<' | '|' | '!' | '/') => true,
                Some('q' | 'Q' | 'w' | 'W' | 'i' | 'I' | 'r' | 's' | 'x') => {
                    self.peek(2).is_some_and(|letter| !letter.is_alphanumeric() && !letter.is_whitespace())
                }
                _ => false,
            },
            '=' => {
                self.language == Ruby
                    && self.letters[self.at..].iter().take(6).eq("=begin".chars().collect::<Vec<_>>().iter())
            }
            '<' if next == Some('<') && self.is(&[Perl, Ruby, Php]) => self.peek(2).is_some_and(|letter| {
                matches!(letter, '"' | '\'' | '~' | '-' | '`' | '_' | '<') || letter.is_alphabetic()
            }),
            // A function by its name, or by what is in a variable.
            '&' if self.language == Perl => {
                self.at.checked_sub(1).and_then(|before| self.letters.get(before)) != Some(&'&')
                    && next.is_some_and(|letter| letter.is_alphabetic() || matches!(letter, '$' | '{' | '_'))
            }
            '{' if self.language == Perl => self
                .at
                .checked_sub(1)
                .and_then(|before| self.letters.get(before))
                .is_some_and(|before| matches!(before, '@' | '%' | '&' | '*')),
            _ => false,
        };
        self.at += 1;
        if doubtful {
            self.push(Token::Doubt);
        }
        self.push(Token::Sign(letter));
    }
}

/// Whether code runs in a text of Perl or PHP: `@{[ ... ]}`, `${\ ...}`, `{$x->y()}`.
fn expands(text: &str) -> bool {
    text.contains("@{") || text.contains("${") || text.contains("{$")
}

/// The code between braces in a text, those that a sign stands before or all; `None` if it cannot be told.
fn braces(text: &str, open: char, before: Option<char>) -> Option<Vec<String>> {
    let letters: Vec<char> = text.chars().collect();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let starts = match before {
            Some(sign) => letters[at] == sign && letters.get(at + 1) == Some(&open),
            None if letters[at] == open && letters.get(at + 1) == Some(&open) => {
                at += 2;
                continue;
            }
            None => letters[at] == open,
        };
        if !starts {
            at += 1;
            continue;
        }
        at += if before.is_some() { 2 } else { 1 };
        let (mut code, mut depth) = (String::new(), 1);
        while depth > 0 {
            let letter = *letters.get(at)?;
            at += 1;
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth > 0 {
                code.push(letter);
            }
        }
        found.push(code);
    }
    Some(found)
}
