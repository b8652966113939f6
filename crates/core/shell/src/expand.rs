//! Words to arguments: braces, tildes, parameters, substitutions, splitting, patterns.
//!
//! As Bash does it, as far as what is known goes; a part that is not known is a hole, and a hole outside of quotes may be
//! any number of words.

use std::collections::BTreeSet;

use crate::paths;
use crate::syntax::tree::{Parameter, Part, Script, Word};
use crate::value::{Arg, Data, HOLE, Tags, Variable};

/// What expansion asks of whoever walks through the commands.
pub(crate) trait World {
    /// A variable.
    fn variable(&self, name: &str) -> Option<Variable>;
    /// A variable is given a value by `${name:=value}`.
    fn assign(&mut self, name: &str, value: Variable);
    /// What is in a variable's value beside what is known of it.
    fn tags_of(&self, name: &str) -> Tags;
    /// An expression is evaluated.
    fn evaluate(&mut self, expression: &Arg);
    /// An expression in the brackets of an array is.
    fn evaluate_index(&mut self, array: &str, index: &Arg);
    /// The name of a variable is looked at, which may be one of an array.
    fn evaluate_name(&mut self, name: &Arg);
    /// A value is expanded once more; `None` where it is not known.
    fn expand_again(&mut self, text: Option<&str>);
    /// The arguments of a function or a script; `None` where they are not known.
    fn positional(&self) -> Option<&[Arg]>;
    /// The home folder of a user, or the person's own.
    fn home(&self, user: &str) -> Option<String>;
    /// The working folder.
    fn folder(&self) -> Option<String>;
    /// Runs commands for what they print.
    fn substitute(&mut self, script: &Script) -> Data;
    /// Runs commands beside, which are read from or written to as a file.
    fn beside(&mut self, script: &Script, written: bool) -> Arg;
}

/// Words that one may become at most.
const MOST_WORDS: usize = 64;
/// Characters that an expanded word may have at most.
const MOST_CHARACTERS: usize = 20_000;

/// Bytes of a value that something is cut off from.
const MOST_CUT: usize = 500;

/// Where a character of a word comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// It was written so.
    Written,
    /// It was in quotes.
    Quoted,
    /// An expansion outside of quotes.
    Expanded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    letter: char,
    from: From,
}

/// Where a tilde stands for a home folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tilde {
    /// Nowhere.
    Nowhere,
    /// At the beginning.
    Start,
    /// There, and in a word that looks like an assignment where its value begins and behind each colon: Bash does it in
    /// the arguments of every program, other shells do not.
    Argument,
    /// At the beginning and behind each colon: the value of an assignment.
    Value,
}

/// A word on its way.
#[derive(Debug, Clone, Default)]
struct Cells {
    cells: Vec<Cell>,
    tags: Tags,
    /// It has quotes: it stays even if nothing is in it.
    quotes: bool,
    /// It stands for any number of words, as an array does.
    many: bool,
}

impl Cells {
    fn push(&mut self, text: &str, from: From) {
        self.cells.extend(text.chars().map(|letter| Cell { letter, from }));
    }

    fn hole(&mut self, quoted: bool, tags: Tags) {
        let from = if quoted { From::Quoted } else { From::Expanded };
        self.cells.push(Cell { letter: HOLE, from });
        self.tags = self.tags.and(tags);
    }
}

/// The arguments that words become.
pub(crate) fn arguments(world: &mut impl World, words: &[Word]) -> Vec<Arg> {
    words.iter().flat_map(|word| arguments_of(world, word, Tilde::Argument)).collect()
}

/// The arguments that words become in a shell that leaves tildes as they are in what looks like an assignment; `None`
/// where that is the same. Words in which commands run are not run twice.
pub(crate) fn arguments_elsewhere(world: &mut impl World, words: &[Word]) -> Option<Vec<Arg>> {
    let once = |part: &Part| match part {
        Part::Text { .. } => true,
        Part::Parameter { parameter, .. } => parameter.operation.is_none() && parameter.index.is_none(),
        Part::Substitution { .. } | Part::Process { .. } | Part::Arithmetic { .. } => false,
    };
    let differs =
        words.iter().any(|word| !tildes(word, Tilde::Argument).is_subset(&tildes(word, Tilde::Start)));
    let plain = words.iter().all(|word| word.parts.iter().all(once));
    (differs && plain)
        .then(|| words.iter().flat_map(|word| arguments_of(world, word, Tilde::Start)).collect())
}

/// The arguments that a word becomes.
fn arguments_of(world: &mut impl World, word: &Word, tilde: Tilde) -> Vec<Arg> {
    if let Some(all) = all_positional(world, word) {
        return all;
    }
    let mut args = Vec::new();
    let pieces = braces(word);
    let too_many = pieces.len() > MOST_WORDS;
    for piece in pieces.into_iter().take(MOST_WORDS) {
        let cells = expand(world, &piece, tilde);
        args.extend(split(world, cells));
    }
    if too_many {
        args.push(Arg::unknown());
    }
    args
}

/// What a word is where it becomes one text: compared, the target of a redirection.
pub(crate) fn text_of(world: &mut impl World, word: &Word) -> Arg {
    let cells = expand(world, word, Tilde::Start);
    arg(cells.cells, cells.tags)
}

/// What a word is as the value of an assignment.
pub(crate) fn assigned(world: &mut impl World, word: &Word) -> Arg {
    let cells = expand(world, word, Tilde::Value);
    arg(cells.cells, cells.tags)
}

/// The same, of a text in which no tilde is expanded: a here-document.
pub(crate) fn document(world: &mut impl World, word: &Word) -> Data {
    let cells = expand(world, word, Tilde::Nowhere);
    let text: String = cells.cells.iter().map(|cell| cell.letter).collect();
    Data { text: (!text.contains(HOLE)).then_some(text), tags: cells.tags, absent: false }
}

/// `"$@"` and `$*`, which are as many words as there are arguments.
fn all_positional(world: &impl World, word: &Word) -> Option<Vec<Arg>> {
    let [Part::Parameter { parameter, .. }] = word.parts.as_slice() else { return None };
    let plain = parameter.index.is_none()
        && !parameter.indirect
        && !parameter.length
        && parameter.operation.is_none();
    (plain && matches!(parameter.name.as_str(), "@" | "*"))
        .then(|| world.positional().map_or_else(|| vec![Arg::unknown()], <[Arg]>::to_vec))
}

// Braces.

/// `a{b,c}d` is two words; done on what was written, before anything else.
fn braces(word: &Word) -> Vec<Word> {
    let mut done: Vec<Word> = Vec::new();
    let mut todo = vec![word.clone()];
    while let Some(next) = todo.pop() {
        if done.len() + todo.len() > MOST_WORDS {
            done.push(next);
            break;
        }
        match brace(&next) {
            // The first comes first.
            Some(words) => todo.extend(words.into_iter().rev()),
            None => done.push(next),
        }
    }
    done
}

/// The first pair of braces, taken apart.
fn brace(word: &Word) -> Option<Vec<Word>> {
    // Places of `{`, `,` and `}` outside of quotes: part, byte.
    for (number, part) in word.parts.iter().enumerate() {
        let Part::Text { text, quoted: false } = part else { continue };
        for (at, _) in text.match_indices('{') {
            if let Some(words) = brace_at(word, number, at) {
                return Some(words);
            }
        }
    }
    None
}

fn brace_at(word: &Word, number: usize, at: usize) -> Option<Vec<Word>> {
    let (mut depth, mut commas, mut end) = (0_usize, Vec::new(), None);
    'parts: for (part_number, part) in word.parts.iter().enumerate().skip(number) {
        let Part::Text { text, quoted: false } = part else { continue };
        let from = if part_number == number { at } else { 0 };
        for (byte, letter) in text.char_indices().filter(|(byte, _)| *byte >= from) {
            match letter {
                '{' => depth += 1,
                ',' if depth == 1 => commas.push((part_number, byte)),
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        end = Some((part_number, byte));
                        break 'parts;
                    }
                }
                _ => {}
            }
        }
    }
    let end = end?;
    let (head, tail) = (cut(word, (0, 0), (number, at)), cut(word, (end.0, end.1 + 1), last(word)));
    let join = |middle: Vec<Part>| {
        let mut parts = head.clone();
        parts.extend(middle);
        parts.extend(tail.clone());
        Word { parts }
    };
    if commas.is_empty() {
        let inside = cut(word, (number, at + 1), end);
        let [Part::Text { text, quoted: false }] = inside.as_slice() else { return None };
        let all = sequence(text)?;
        return Some(all.into_iter().map(|text| join(vec![Part::Text { text, quoted: false }])).collect());
    }
    let mut from = (number, at + 1);
    let mut words = Vec::new();
    for to in commas.into_iter().chain([end]) {
        words.push(join(cut(word, from, to)));
        from = (to.0, to.1 + 1);
    }
    Some(words)
}

fn last(word: &Word) -> (usize, usize) {
    (word.parts.len(), 0)
}

/// The parts from one place to another.
fn cut(word: &Word, from: (usize, usize), to: (usize, usize)) -> Vec<Part> {
    let mut parts = Vec::new();
    for (number, part) in word.parts.iter().enumerate() {
        if number < from.0 || number > to.0 || (number == to.0 && to.1 == 0) {
            continue;
        }
        match part {
            Part::Text { text, quoted } if number == from.0 || number == to.0 => {
                let begin = if number == from.0 { from.1 } else { 0 };
                let end = if number == to.0 { to.1 } else { text.len() };
                if let Some(piece) = text.get(begin..end).filter(|piece| !piece.is_empty()) {
                    parts.push(Part::Text { text: piece.to_owned(), quoted: *quoted });
                }
            }
            other => parts.push(other.clone()),
        }
    }
    parts
}

/// `1..5`, `a..e`, with a step or not.
fn sequence(text: &str) -> Option<Vec<String>> {
    let mut parts = text.split("..");
    let (from, to, step) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let step = step.map_or(Some(1), |step| step.parse::<i64>().ok())?.unsigned_abs().max(1);
    let step = i64::try_from(step).ok()?;
    if let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>()) {
        let all = run(from, to, step);
        return Some(all.into_iter().map(|number| number.to_string()).collect());
    }
    let letter = |text: &str| {
        let mut letters = text.chars();
        letters.next().filter(|letter| letter.is_ascii() && letters.next().is_none())
    };
    let (from, to) = (letter(from)?, letter(to)?);
    let all = run(i64::from(u32::from(from)), i64::from(u32::from(to)), step);
    all.into_iter().map(|code| char::from_u32(u32::try_from(code).ok()?).map(String::from)).collect()
}

/// At most one more than anybody takes.
fn run(from: i64, to: i64, step: i64) -> Vec<i64> {
    let step = if from <= to { step } else { -step };
    let mut all = vec![from];
    while let Some(next) = all.last().and_then(|last| last.checked_add(step)) {
        let over = if step > 0 { next > to } else { next < to };
        if over || all.len() > MOST_WORDS {
            break;
        }
        all.push(next);
    }
    all
}

// Everything else.

/// The places of tildes that stand for a home folder: part, byte.
fn tildes(word: &Word, tilde: Tilde) -> BTreeSet<(usize, usize)> {
    let value = match tilde {
        Tilde::Argument => value_begins(word),
        Tilde::Nowhere | Tilde::Start | Tilde::Value => None,
    };
    let mut found = BTreeSet::new();
    for (number, part) in word.parts.iter().enumerate() {
        let Part::Text { text, quoted: false } = part else { continue };
        for (at, _) in text.match_indices('~') {
            let colon = at > 0 && text.as_bytes()[at - 1] == b':';
            let counts = match tilde {
                Tilde::Nowhere => false,
                Tilde::Start => (number, at) == (0, 0),
                Tilde::Value => (number, at) == (0, 0) || colon,
                Tilde::Argument => {
                    (number, at) == (0, 0)
                        || value.is_some_and(|value| value == (number, at) || colon && value < (number, at))
                }
            };
            if counts {
                found.insert((number, at));
            }
        }
    }
    found
}

/// Where the value begins of a word that looks like an assignment, `name=`, `name+=`, `name[index]=`: part, byte.
fn value_begins(word: &Word) -> Option<(usize, usize)> {
    let Some(Part::Text { text, quoted: false }) = word.parts.first() else { return None };
    let name = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(0);
    if name == 0 || text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let sign = |rest: &str| ["=", "+="].into_iter().find(|sign| rest.starts_with(sign)).map(str::len);
    if !text[name..].starts_with('[') {
        return sign(&text[name..]).map(|sign| (0, name + sign));
    }
    word.parts.iter().enumerate().find_map(|(number, part)| {
        let Part::Text { text, quoted: false } = part else { return None };
        text.match_indices(']').find_map(|(at, _)| Some((number, at + 1 + sign(&text[at + 1..])?)))
    })
}

fn expand(world: &mut impl World, word: &Word, tilde: Tilde) -> Cells {
    let mut cells = Cells::default();
    let tildes = tildes(word, tilde);
    for (number, part) in word.parts.iter().enumerate() {
        match part {
            Part::Text { text, quoted } => {
                cells.quotes |= quoted;
                let from = if *quoted { From::Quoted } else { From::Written };
                let mut done = 0;
                for (_, at) in tildes.range((number, 0)..(number + 1, 0)) {
                    cells.push(&text[done..*at], from);
                    done = *at + home(world, &text[*at..], number + 1 == word.parts.len(), &mut cells);
                }
                cells.push(&text[done..], from);
            }
            Part::Parameter { parameter, quoted } => {
                cells.quotes |= quoted;
                let known = value(world, parameter);
                add(&mut cells, known, *quoted);
            }
            Part::Substitution { script, quoted } => {
                cells.quotes |= quoted;
                let data = world.substitute(script);
                let text = data.text.map(|text| text.trim_end_matches('\n').to_owned());
                add(&mut cells, Known { text, tags: data.tags }, *quoted);
            }
            Part::Process { script, written } => {
                let file = world.beside(script, *written);
                cells.tags = cells.tags.and(file.tags);
                cells.push(&file.text, From::Quoted);
            }
            Part::Arithmetic { expression } => {
                // A number, whatever it is.
                let inside = expand(world, expression, Tilde::Nowhere);
                let tags = inside.tags;
                cells.tags = cells.tags.and(tags);
                world.evaluate(&arg(inside.cells, tags));
                cells.push("0", From::Quoted);
            }
        }
        if cells.cells.len() > MOST_CHARACTERS {
            let tags = cells.tags;
            cells = Cells { many: true, ..Cells::default() };
            cells.hole(false, tags);
            break;
        }
    }
    cells
}

/// A tilde at the beginning; how much of the text it takes.
fn home(world: &impl World, text: &str, last: bool, cells: &mut Cells) -> usize {
    let end = text.find(['/', ':']).unwrap_or(text.len());
    if end == text.len() && !last {
        // Its name goes on in what is not written here.
        return 0;
    }
    let found = match text.get(1..end).unwrap_or_default() {
        "+" => world.folder(),
        "-" => None,
        user => world.home(user),
    };
    match found {
        Some(folder) => cells.push(&folder, From::Quoted),
        None => cells.hole(true, Tags::default()),
    }
    end
}

/// What an expansion is.
struct Known {
    /// `None` where that is not known.
    text: Option<String>,
    tags: Tags,
}

fn add(cells: &mut Cells, known: Known, quoted: bool) {
    cells.tags = cells.tags.and(known.tags);
    match known.text {
        Some(text) => cells.push(&text, if quoted { From::Quoted } else { From::Expanded }),
        None => cells.hole(quoted, known.tags),
    }
}

/// Splits at blanks that came from expansions outside of quotes.
fn split(world: &impl World, cells: Cells) -> Vec<Arg> {
    let separators = match world.variable("IFS") {
        Some(Variable::Known(text)) => text,
        Some(Variable::Unset) | None => " \t\n".to_owned(),
        Some(Variable::Tagged(_) | Variable::Number) => {
            let expanded = cells.cells.iter().any(|cell| cell.from == From::Expanded);
            if expanded {
                return vec![Arg { tags: cells.tags, ..Arg::unknown() }];
            }
            String::new()
        }
    };
    let blank = |cell: &Cell| cell.from == From::Expanded && separators.contains(cell.letter);
    let (mut args, mut current, mut begun) = (Vec::new(), Vec::new(), false);
    for cell in &cells.cells {
        if blank(cell) {
            if begun {
                args.push(arg(std::mem::take(&mut current), cells.tags));
                begun = false;
            }
        } else {
            current.push(*cell);
            begun = true;
        }
    }
    if begun || (args.is_empty() && cells.quotes) {
        args.push(arg(current, cells.tags));
    }
    if cells.many {
        args.push(Arg { tags: cells.tags, ..Arg::unknown() });
    }
    args
}

fn arg(cells: Vec<Cell>, tags: Tags) -> Arg {
    let open = |cell: &Cell| cell.from != From::Quoted;
    // A bracket that nothing closes stands for itself, as in `[ -f x ]`.
    let closes = |at: usize| {
        cells.iter().skip(at + 2).any(|cell| cell.letter == HOLE || open(cell) && cell.letter == ']')
            || cells.get(at + 1).is_some_and(|cell| cell.letter == HOLE)
    };
    let pattern = |(at, cell): (usize, &Cell)| {
        open(cell) && (matches!(cell.letter, '*' | '?') || cell.letter == '[' && closes(at))
    };
    Arg {
        glob: cells.iter().enumerate().any(pattern),
        splits: cells.iter().any(|cell| cell.letter == HOLE && cell.from == From::Expanded),
        text: cells.iter().map(|cell| cell.letter).collect(),
        tags,
    }
}

// Parameters.

/// What a parameter expands to.
fn value(world: &mut impl World, parameter: &Parameter) -> Known {
    // What stands in it is run either way.
    let mut tags = Tags::default();
    if let Some(index) = &parameter.index {
        let index = text_of(world, index);
        tags = tags.and(index.tags);
        world.evaluate_index(&parameter.name, &index);
    }
    let listed = parameter
        .operation
        .as_ref()
        .is_some_and(|(sign, word)| matches!(sign.as_str(), "@" | "*") && word.parts.is_empty());
    if parameter.indirect && parameter.index.is_none() && !listed {
        indirect(world, &parameter.name);
    }
    let name = match (parameter.indirect, named(world, &parameter.name)) {
        (false, _) => Some(parameter.name.clone()),
        (true, Some(Variable::Known(name))) if parameter.operation.is_none() => Some(name),
        (true, _) => None,
    };
    let variable = match (&name, &parameter.index) {
        // Of an array only the first is kept.
        (Some(name), None) => named(world, name),
        _ => Some(Variable::Tagged(Tags::default())),
    };
    let variable = variable.unwrap_or(Variable::Tagged(Tags::default()));
    // Whether it is set is no secret, nor is how long it is.
    let asks = parameter.length || parameter.operation.as_ref().is_some_and(|(sign, _)| sign.ends_with('+'));
    if let Some(name) = name.as_ref().filter(|_| !asks) {
        tags = tags.and(world.tags_of(name));
    }
    let operand = parameter.operation.as_ref().map(|(_, word)| text_of(world, word));
    if let Some(operand) = &operand {
        tags = tags.and(operand.tags);
    }
    if parameter.length {
        return Known { text: Some("0".to_owned()), tags };
    }
    let operation = parameter.operation.as_ref().map(|(sign, _)| sign.as_str()).zip(operand);
    let Some((sign, operand)) = operation else {
        return match variable {
            Variable::Known(text) => Known { text: Some(text), tags },
            Variable::Number => Known { text: Some("0".to_owned()), tags },
            Variable::Unset => Known { text: Some(String::new()), tags },
            Variable::Tagged(more) => Known { text: None, tags: tags.and(more) },
        };
    };
    // Which part of it is taken is an expression.
    let plain = parameter
        .operation
        .as_ref()
        .is_some_and(|(_, word)| word.parts.iter().all(|part| matches!(part, Part::Text { .. })));
    match sign {
        ":" => world.evaluate(&operand),
        "@" if operand.text.contains(['P', HOLE]) => world.expand_again(match &variable {
            Variable::Known(text) => Some(text),
            Variable::Number | Variable::Unset => Some(""),
            Variable::Tagged(_) => None,
        }),
        _ => {}
    }
    let unknown = |more: Tags| Known { text: None, tags: tags.and(more) };
    // `${TMPDIR:-/tmp}` is a folder for temporary files whether it is set or not.
    if matches!(sign, ":-" | ":=")
        && name.as_deref() == Some("TMPDIR")
        && named(world, "TMPDIR").is_none()
        && operand.literal().is_some_and(is_temporary)
    {
        return Known { text: Some(operand.text), tags };
    }
    let operand_text = operand.is_known().then(|| operand.text.clone());
    match (sign, variable) {
        (":-" | "-" | ":=" | "=", Variable::Unset) => {
            if sign.ends_with('=')
                && let Some(name) = name
            {
                let value = operand_text.clone().map_or(Variable::Tagged(operand.tags), Variable::Known);
                world.assign(&name, value);
            }
            Known { text: operand_text, tags }
        }
        (":-" | ":=", Variable::Known(text)) if text.is_empty() => Known { text: operand_text, tags },
        (":-" | "-" | ":=" | "=" | ":?" | "?", Variable::Known(text)) => Known { text: Some(text), tags },
        (":+", Variable::Known(text)) if text.is_empty() => Known { text: Some(String::new()), tags },
        (":+" | "+", Variable::Known(_)) => Known { text: operand_text, tags },
        (":+" | "+", Variable::Unset) => Known { text: Some(String::new()), tags },
        // What is cut off is looked for at each place: not in what is long.
        ("#" | "##" | "%" | "%%", Variable::Known(text)) if text.len() <= MOST_CUT => match operand_text {
            Some(pattern) => Known { text: Some(trimmed(&text, sign, &pattern)), tags },
            None => unknown(Tags::default()),
        },
        ("^^", Variable::Known(text)) if operand.text.is_empty() => {
            Known { text: Some(text.to_uppercase()), tags }
        }
        (",,", Variable::Known(text)) if operand.text.is_empty() => {
            Known { text: Some(text.to_lowercase()), tags }
        }
        ("/" | "//", Variable::Known(text)) => {
            match operand_text.and_then(|operand| replaced(&text, sign, &operand)) {
                Some(text) => Known { text: Some(text), tags },
                None => unknown(Tags::default()),
            }
        }
        (":", Variable::Known(text)) if plain => {
            match operand_text.and_then(|operand| part_of(&text, &operand)) {
                Some(text) => Known { text: Some(text), tags },
                None => unknown(Tags::default()),
            }
        }
        ("@", Variable::Known(text)) if operand.text == "Q" => {
            Known { text: Some(format!("'{text}'")), tags }
        }
        (_, Variable::Tagged(more)) => unknown(more),
        (":-" | "-" | ":=" | "=" | ":?" | "?", Variable::Number) => {
            Known { text: Some("0".to_owned()), tags }
        }
        (":+" | "+", Variable::Number) => Known { text: operand_text, tags },
        (_, Variable::Known(_) | Variable::Number | Variable::Unset) => unknown(Tags::default()),
    }
}

/// `${!name}`: what it names may be one of an array.
fn indirect(world: &mut impl World, name: &str) {
    match named(world, name) {
        Some(Variable::Known(other)) => world.evaluate_name(&Arg::known(other)),
        Some(Variable::Number | Variable::Unset) => {}
        Some(Variable::Tagged(_)) | None => world.evaluate_name(&Arg::unknown()),
    }
}

/// Whether a folder is one of temporary files, as it is written.
fn is_temporary(folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|own| paths::is_below(folder, own))
        && !folder.split('/').any(|part| part == "..")
}

fn named(world: &impl World, name: &str) -> Option<Variable> {
    match name {
        // Which options are on: maybe none.
        "-" => None,
        "?" | "$" | "#" => Some(Variable::Known("0".to_owned())),
        "!" => Some(Variable::Known("$!".to_owned())),
        "@" | "*" => {
            let all: Option<Vec<&str>> = world.positional()?.iter().map(Arg::literal).collect();
            all.map(|all| Variable::Known(all.join(" ")))
        }
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let number: usize = digits.parse().ok()?;
            let positional = world.positional()?;
            let at = number.checked_sub(1)?;
            match positional.get(at) {
                Some(arg) => arg.literal().map(|text| Variable::Known(text.to_owned())),
                None if positional.iter().any(|arg| arg.splits) => None,
                None => Some(Variable::Unset),
            }
        }
        name => world.variable(name),
    }
}

/// `${x#pattern}` and the like.
fn trimmed(text: &str, sign: &str, pattern: &str) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let found = match sign {
        "#" => places.iter().find(|at| matches(pattern, &text[..**at])).map(|at| &text[*at..]),
        "##" => places.iter().rev().find(|at| matches(pattern, &text[..**at])).map(|at| &text[*at..]),
        "%" => places.iter().rev().find(|at| matches(pattern, &text[**at..])).map(|at| &text[..*at]),
        _ => places.iter().find(|at| matches(pattern, &text[**at..])).map(|at| &text[..*at]),
    };
    found.unwrap_or(text).to_owned()
}

/// `${x/this/that}`, where `this` is no pattern.
fn replaced(text: &str, sign: &str, operand: &str) -> Option<String> {
    let (this, that) = operand.split_once('/').unwrap_or((operand, ""));
    if this.is_empty() || this.contains(['*', '?', '[', '\\']) {
        return None;
    }
    Some(if sign == "//" { text.replace(this, that) } else { text.replacen(this, that, 1) })
}

/// `${x:from:many}`, where both are numbers that are not negative.
fn part_of(text: &str, operand: &str) -> Option<String> {
    let (from, many) = match operand.split_once(':') {
        Some((from, many)) => (from.trim(), Some(many.trim().parse::<usize>().ok()?)),
        None => (operand.trim(), None),
    };
    let from = from.parse::<usize>().ok()?;
    Some(text.chars().skip(from).take(many.unwrap_or(usize::MAX)).collect())
}

/// Whether a pattern of the shell is met by the whole of a text: `*`, `?`, and sets of characters. No time that grows
/// with more than both lengths.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    // Most are told apart by how they begin or end.
    let begin = pattern.split(['*', '?', '[', '\\']).next().unwrap_or_default();
    if begin.len() == pattern.len() {
        return text == pattern;
    }
    let end = pattern.rsplit(['*', '?']).next().unwrap_or_default();
    let plain = !pattern.contains(['[', '\\']);
    if !text.starts_with(begin) || plain && !text.ends_with(end) {
        return false;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while at < text.len() {
        match pattern.get(from) {
            Some('*') => {
                star = Some((from, at));
                from += 1;
                continue;
            }
            Some('?') => {
                (at, from) = (at + 1, from + 1);
                continue;
            }
            Some('[') => {
                if let Some((met, length)) = set(&pattern[from..], text[at]) {
                    if met {
                        (at, from) = (at + 1, from + length);
                        continue;
                    }
                } else if text[at] == '[' {
                    (at, from) = (at + 1, from + 1);
                    continue;
                }
            }
            Some('\\') if pattern.get(from + 1) == Some(&text[at]) => {
                (at, from) = (at + 1, from + 2);
                continue;
            }
            Some(letter) if *letter == text[at] => {
                (at, from) = (at + 1, from + 1);
                continue;
            }
            Some(_) | None => {}
        }
        let Some((star_from, star_at)) = star else { return false };
        (from, at) = (star_from + 1, star_at + 1);
        star = Some((star_from, star_at + 1));
    }
    pattern[from.min(pattern.len())..].iter().all(|letter| *letter == '*')
}

/// Whether a set at the beginning of a pattern has a character, and how long the set is; `None` if it is none.
fn set(pattern: &[char], letter: char) -> Option<(bool, usize)> {
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    let begin = if negated { 2 } else { 1 };
    let end = pattern.iter().skip(begin + 1).position(|letter| *letter == ']')? + begin + 1;
    let (mut met, mut at) = (false, begin);
    while at < end {
        if pattern.get(at + 1) == Some(&'-') && at + 2 < end {
            met |= (pattern[at]..=pattern[at + 2]).contains(&letter);
            at += 3;
        } else {
            met |= pattern[at] == letter;
            at += 1;
        }
    }
    Some((met != negated, end + 1))
}
