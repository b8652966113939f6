//! Expressions of the shell: what runs in them, and what has to be known of what they name.
//!
//! The value of a variable is an expression in turn, and so is what stands in the brackets of an array, where commands
//! are run. So nothing is proven of an expression unless each value in it is made of numbers.

use std::collections::BTreeSet;

use crate::value::{Arg, Data, HOLE, Variable};
use crate::walk::Walker;

/// Values that are looked into for one expression.
const MOST_VALUES: usize = 200;

/// What a name in an expression is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Reads,
    /// `+=`, `++` and the like.
    Changes,
    /// `=`
    Assigns,
}

impl Walker<'_> {
    /// An expression, after what stands in it was expanded: what runs in it, and what it assigns.
    pub(crate) fn evaluate(&mut self, expression: &Arg) {
        self.expression_text(&expression.text);
    }

    fn expression_text(&mut self, text: &str) {
        self.strings_of(text);
        let mut seen = BTreeSet::new();
        for piece in text.split([';', ',']) {
            // What may be left out leaves what was there before.
            let sure = !["&&", "||", "?"].iter().any(|sign| piece.contains(sign));
            for (name, usage) in names(piece) {
                if usage != Use::Assigns || !sure {
                    self.number(&name, &mut seen);
                }
                if usage != Use::Reads {
                    self.set(&name, Variable::Number);
                }
            }
        }
    }

    /// What is run where a text is evaluated.
    fn strings_of(&mut self, text: &str) {
        if text.contains(HOLE) {
            self.report.dark("a number in an expression is not known");
        }
        if text.contains(['$', '`']) {
            self.report.dark("an expression may run what is in a text");
            self.as_string(text);
        }
    }

    /// A variable whose value is evaluated, and those that it names.
    fn number(&mut self, name: &str, seen: &mut BTreeSet<String>) {
        let mut todo = vec![name.to_owned()];
        while let Some(name) = todo.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            if seen.len() > MOST_VALUES {
                self.report.dark("an expression has more values than are looked at");
                return;
            }
            match crate::expand::World::variable(self, &name) {
                Some(Variable::Known(value)) => {
                    self.strings_of(&value);
                    if names(&value).iter().any(|(_, usage)| *usage != Use::Reads) {
                        self.report.dark("a value in an expression assigns another one");
                    }
                    todo.extend(names(&value).into_iter().map(|(name, _)| name));
                }
                Some(Variable::Number | Variable::Unset) => {}
                Some(Variable::Tagged(_)) | None => {
                    self.report.dark(format!("whether {name} is a number is not known"));
                }
            }
        }
    }

    /// A text that is expanded as if it stood in double quotes.
    pub(crate) fn as_string(&mut self, text: &str) {
        let text = format!(": \"{}\"", text.replace('"', "\\\""));
        self.text_apart(&text, None, &Data::absent());
    }

    /// What stands in the brackets of an array: an expression, but for those with names.
    pub(crate) fn evaluate_index(&mut self, array: &str, index: &Arg) {
        let keyed = self.state.keyed.contains(array);
        if matches!(index.text.as_str(), "@" | "*") || (keyed && !index.text.contains(['$', '`'])) {
            return;
        }
        self.evaluate(index);
    }

    /// The name of a variable, as an argument: it may be one of an array.
    pub(crate) fn evaluate_name(&mut self, name: &Arg) {
        if let Some((array, index)) = name.text.split_once('[') {
            let index = index.rsplit_once(']').map_or(index, |(index, _)| index).to_owned();
            self.evaluate_index(array, &Arg::known(index));
        } else if name.text.contains(HOLE) {
            self.report.dark("which variable is meant is not known");
        }
    }

    /// The words of `[[ ]]` or of `test`: what they evaluate.
    pub(crate) fn test_words(&mut self, words: &[Arg], counts: bool) {
        // As many words as there are in it, `-v` and the name of an array among them.
        if !counts && words.iter().any(Arg::may_be_more) {
            self.report.dark("what is tested may be more than one word");
        }
        for (at, word) in words.iter().enumerate() {
            match word.text.as_str() {
                "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" if counts => {
                    let sides = [at.checked_sub(1), Some(at + 1)];
                    for side in sides.into_iter().flatten().filter_map(|side| words.get(side)) {
                        self.evaluate(side);
                    }
                }
                // Some shells take those of `test` for expressions, too.
                "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                    let sides = [at.checked_sub(1), Some(at + 1)];
                    for side in sides.into_iter().flatten().filter_map(|side| words.get(side)) {
                        if side.text.contains(['$', '`']) {
                            self.evaluate(side);
                        }
                    }
                }
                "-v" | "-R" => {
                    if let Some(name) = words.get(at + 1) {
                        self.evaluate_name(name);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a value is a number, so that nothing in it is evaluated.
pub(crate) fn is_number(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    text.is_empty() || !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The variables that an expression assigns.
pub(crate) fn assigned(text: &str) -> Vec<String> {
    names(text).into_iter().filter(|(_, usage)| *usage != Use::Reads).map(|(name, _)| name).collect()
}

/// The names in an expression, in their order, and what for.
fn names(text: &str) -> Vec<(String, Use)> {
    let mut all = Vec::new();
    let bytes = text.as_bytes();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let length = bytes[at..].iter().take_while(|byte| part(byte)).count();
        if byte.is_ascii_digit() {
            // `16#ff` and `0xff` are numbers.
            at += bytes[at..].iter().take_while(|byte| part(byte) || matches!(byte, b'#' | b'@')).count();
        } else if length > 0 {
            let before = text.get(..at).unwrap_or_default().trim_end();
            let changed = before.ends_with("++") || before.ends_with("--");
            let behind = usage(text.get(at + length..).unwrap_or_default().trim_start());
            let usage = if changed && behind == Use::Reads { Use::Changes } else { behind };
            all.push((text.get(at..at + length).unwrap_or_default().to_owned(), usage));
            at += length;
        } else {
            at += 1;
        }
    }
    all
}

/// What is done with what stands before.
fn usage(behind: &str) -> Use {
    if behind.starts_with("==") {
        return Use::Reads;
    }
    if behind.starts_with('=') {
        return Use::Assigns;
    }
    let signs = ["++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="];
    if signs.iter().any(|sign| behind.starts_with(sign)) { Use::Changes } else { Use::Reads }
}
