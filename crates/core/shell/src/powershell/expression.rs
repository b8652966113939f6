//! Values of PowerShell: words of commands, and expressions.

use super::{Piped, Power, unscoped, words};
use crate::effect::{Act, Effect, Scope};
use crate::report::Ran;
use crate::value::{Arg, HOLE, Tags};

/// Operators, without the letters that say how cases are compared.
const OPERATORS: &[&str] = &[
    "eq",
    "ne",
    "gt",
    "ge",
    "lt",
    "le",
    "like",
    "notlike",
    "match",
    "notmatch",
    "contains",
    "notcontains",
    "in",
    "notin",
    "and",
    "or",
    "not",
    "xor",
    "replace",
    "split",
    "join",
    "f",
    "is",
    "isnot",
    "as",
    "band",
    "bor",
    "bxor",
    "bnot",
    "shl",
    "shr",
];
/// Methods that only compute, whatever they are of.
const METHODS: &[&str] = &[
    "tostring",
    "trim",
    "trimstart",
    "trimend",
    "tolower",
    "toupper",
    "tolowerinvariant",
    "toupperinvariant",
    "startswith",
    "endswith",
    "contains",
    "split",
    "substring",
    "padleft",
    "padright",
    "indexof",
    "lastindexof",
    "equals",
    "getstring",
    "getbytes",
    "gettype",
    "containskey",
    "adddays",
    "addhours",
    "addminutes",
    "compareto",
];
/// Types of which everything that can be asked only computes.
const TYPES: &[&str] = &[
    "math",
    "datetime",
    "guid",
    "timespan",
    "string",
    "int",
    "long",
    "double",
    "char",
    "bool",
    "decimal",
    "version",
    "system.math",
    "system.datetime",
    "system.guid",
    "system.string",
    "io.path",
    "system.io.path",
    "regex",
    "array",
    "void",
    "hashtable",
    "string[]",
    "int[]",
    "ordered",
    "pscustomobject",
    "uri",
    "ipaddress",
];

impl Power<'_, '_> {
    /// What a word of a command is: several, if it is a list.
    pub(super) fn value(&mut self, raw: &str) -> Vec<Arg> {
        let list = raw.starts_with("@(") || raw.starts_with('(');
        if list && raw.ends_with(')') && words::unit(raw, 0, 0) == Ok(raw.len()) {
            let inside = raw.trim_start_matches('@');
            let inside = inside[1..inside.len() - 1].to_owned();
            let piped = self.script(&inside, Piped::nothing());
            return piped.objects();
        }
        if list && words::unit(raw, 0, 0).is_ok_and(|end| raw[end..].starts_with(['.', '['])) {
            return self.expression(raw).objects();
        }
        let name = raw.strip_prefix('$').filter(|name| plain(name));
        if let Some(name) = name {
            return self.variable(name).objects();
        }
        vec![self.word(raw)]
    }

    /// What a word is, as one text.
    pub(super) fn word(&mut self, raw: &str) -> Arg {
        if raw.starts_with('{') {
            return self.block(raw);
        }
        let mut arg = Arg::known("");
        let bytes = raw.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let Ok(end) = words::unit(raw, at, 0) else { return Arg::unknown() };
            let piece = &raw[at..end];
            match bytes[at] {
                b'\'' => arg.text.push_str(&piece[1..piece.len() - 1].replace("''", "'")),
                b'"' => self.interpolated(&piece[1..piece.len() - 1], true, &mut arg),
                b'`' => arg.text.push_str(&escaped(&piece[1..])),
                b'@' if piece.len() > 2 && matches!(bytes[at + 1], b'\'' | b'"') => {
                    let from = piece.find('\n').map_or(2, |line| line + 1);
                    let text = piece.get(from..piece.len() - 3).unwrap_or_default();
                    match bytes[at + 1] {
                        b'\'' => arg.text.push_str(text),
                        _ => self.interpolated(text, true, &mut arg),
                    }
                }
                b'@' if piece.len() > 2 => {
                    arg.tags = arg.tags.and(self.table(&piece[2..piece.len() - 1]));
                    arg.text.push(HOLE);
                }
                b'(' => {
                    let piped = self.script(&piece[1..piece.len() - 1], Piped::nothing());
                    self.put(&piped, &mut arg);
                }
                b'{' => {
                    let block = self.block(piece);
                    arg.text.push_str(&block.text);
                }
                b'$' => {
                    let length = self.expanded(&raw[at..], false, &mut arg);
                    at += length;
                    continue;
                }
                _ => {
                    arg.glob |= matches!(bytes[at], b'*' | b'?' | b'[');
                    arg.text.push_str(piece);
                }
            }
            at = end;
        }
        // `~` is the home folder, `$null` is nothing.
        if arg.text == "~" || arg.text.starts_with("~/") || arg.text.starts_with("~\\") {
            arg.text = format!("{}{}", self.walker.place.home, &arg.text[1..]);
        }
        arg
    }

    /// A block that is given to a command: what it does is done, or may be.
    fn block(&mut self, raw: &str) -> Arg {
        Arg { glob: false, ..Arg::known(raw) }
    }

    /// `@{ name = value }`.
    fn table(&mut self, text: &str) -> Tags {
        let Ok(statements) = words::statements(text) else {
            self.dark("a table is not understood");
            return Tags::default();
        };
        let mut tags = Tags::default();
        for stages in statements {
            let text = stages.join("|");
            let value = text.split_once('=').map_or(text.as_str(), |(_, value)| value).trim().to_owned();
            let body = value.strip_prefix('{').and_then(|body| body.strip_suffix('}'));
            tags = tags.and(self.script(body.unwrap_or(&value), Piped::nothing()).data.tags);
        }
        tags
    }

    /// Puts a value into a text.
    fn put(&mut self, piped: &Piped, arg: &mut Arg) {
        let objects = piped.objects();
        match objects.as_slice() {
            [one] if one.is_known() => arg.text.push_str(&one.text),
            [one] if one.text.len() > HOLE.len_utf8() && arg.text.is_empty() => arg.text.push_str(&one.text),
            _ => arg.text.push(HOLE),
        }
        arg.tags = objects.iter().fold(arg.tags.and(piped.data.tags), |tags, one| tags.and(one.tags));
    }

    /// A text in double quotes.
    fn interpolated(&mut self, text: &str, quoted: bool, arg: &mut Arg) {
        let mut at = 0;
        while let Some(letter) = text[at..].chars().next() {
            match letter {
                '`' => {
                    let next = text[at + 1..].chars().next();
                    arg.text.push_str(&escaped(&next.map(String::from).unwrap_or_default()));
                    at += 1 + next.map_or(0, char::len_utf8);
                }
                '"' if text[at..].starts_with("\"\"") => {
                    arg.text.push('"');
                    at += 2;
                }
                '$' => at += self.expanded(&text[at..], quoted, arg),
                letter => {
                    arg.text.push(letter);
                    at += letter.len_utf8();
                }
            }
        }
    }

    /// `$name`, `${name}`, `$(...)` at the beginning of a text; how long it is.
    fn expanded(&mut self, text: &str, quoted: bool, arg: &mut Arg) -> usize {
        let rest = &text[1..];
        if rest.starts_with('(') {
            let Ok(end) = words::unit(text, 1, 0) else { return text.len() };
            let piped = self.script(&text[2..end - 1], Piped::nothing());
            self.put(&piped, arg);
            return end;
        }
        if let Some(inside) = rest.strip_prefix('{') {
            let end = inside.find('}').unwrap_or(inside.len());
            let piped = self.variable(&inside[..end]);
            self.put(&piped, arg);
            return (end + 3).min(text.len());
        }
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != ':')
            .unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches(':');
        if name.is_empty() {
            arg.text.push('$');
            return 1;
        }
        let mut length = 1 + name.len();
        let behind = &text[length..];
        let piped = self.variable(name);
        let member = behind
            .strip_prefix('.')
            .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()));
        if quoted || !(member || behind.starts_with('[')) {
            self.put(&piped, arg);
            return length;
        }
        // A property of what comes through the bar is a name of the same file.
        let ends = |letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '.' | '_');
        let end = behind.find(ends).unwrap_or(behind.len());
        let member = behind[..end].trim_start_matches('.').to_ascii_lowercase();
        length += end;
        if text[length..].starts_with(['(', '[']) {
            self.expression(text);
            arg.text.push(HOLE);
            return text.len();
        }
        if matches!(member.as_str(), "fullname" | "path" | "pspath" | "name") {
            self.put(&piped, arg);
        } else {
            arg.text.push(HOLE);
            arg.tags = arg.tags.and(piped.data.tags);
        }
        length
    }

    /// What a variable holds.
    fn variable(&mut self, name: &str) -> Piped {
        let name = name.to_ascii_lowercase();
        let name = unscoped(&name);
        let name = if name == "psitem" { "_" } else { name };
        if let Some(known) = self.variables.get(name) {
            return known.clone();
        }
        let home = self.walker.place.home.to_owned();
        let known = |text: String| Piped::of(vec![Arg::known(text)]);
        match name {
            "home" | "env:home" | "env:userprofile" | "env:homepath" => known(home),
            "env:appdata" => known(format!("{home}/AppData/Roaming")),
            "env:localappdata" => known(format!("{home}/AppData/Local")),
            "env:windir" | "env:systemroot" => known("/Windows".to_owned()),
            "env:systemdrive" | "env:homedrive" => known("C:".to_owned()),
            "env:programfiles" => known("/Program Files".to_owned()),
            "env:programdata" => known("/ProgramData".to_owned()),
            "profile" => known(format!("{home}/.config/powershell/profile.ps1")),
            "pwd" => self.walker.state.folder.clone().map_or_else(Piped::default, known),
            "null" => known("/dev/null".to_owned()),
            "true" | "false" => known(name.to_owned()),
            _ => {
                let private = name.strip_prefix("env:").is_some_and(crate::perform::names_secret);
                let tags = Tags { private, ..Tags::default() };
                Piped { items: Some(vec![Arg { tags, ..Arg::unknown() }]), ..Piped::tagged(tags) }
            }
        }
    }

    /// An expression: whether it only computes, and what in it does more.
    pub(super) fn expression(&mut self, text: &str) -> Piped {
        let Some(mut parts) = self.parts(text) else { return Piped::default() };
        if let Some(value) = parts.only.take() {
            return value;
        }
        if let Some(why) = parts.unproven {
            self.dark(why);
        }
        match parts.list.filter(|_| parts.plain) {
            // Texts that are put together.
            Some(items) if parts.sums => {
                let text: String = items.iter().map(|item| item.text.as_str()).collect();
                Piped::of(vec![Arg { tags: parts.tags, ..Arg::known(text) }])
            }
            Some(items) => Piped::of(items),
            None => Piped::tagged(parts.tags),
        }
    }

    /// Goes through an expression.
    fn parts(&mut self, text: &str) -> Option<Parts> {
        let mut parts = Parts { plain: true, list: Some(Vec::new()), ..Parts::default() };
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let end = match words::unit(text, at, 0) {
                Ok(end) => end,
                Err(why) => {
                    self.dark(format!("it is no PowerShell: {why}"));
                    return None;
                }
            };
            let piece = &text[at..end];
            at = match bytes[at] {
                byte if byte.is_ascii_whitespace() || byte == b',' => end,
                b'\'' | b'"' | b'`' => {
                    let arg = self.word(piece);
                    parts.value(arg);
                    end
                }
                b'@' if piece.len() > 1 && matches!(piece.as_bytes()[1], b'\'' | b'"' | b'{') => {
                    let arg = self.word(piece);
                    parts.value(arg);
                    end
                }
                b'@' | b'(' if piece.len() > 1 => {
                    let inside = piece.trim_start_matches('@');
                    let piped = self.script(&inside[1..inside.len() - 1], Piped::nothing());
                    parts.tags = parts.tags.and(piped.data.tags);
                    if piece.len() == text.len() {
                        parts.only = Some(piped);
                    } else {
                        piped.objects().into_iter().for_each(|arg| parts.value(arg));
                    }
                    end
                }
                b'{' => {
                    self.script(&piece[1..piece.len() - 1], Piped::nothing());
                    parts.plain = false;
                    end
                }
                b'[' => self.typed(text, at, end, &mut parts),
                b'$' => {
                    let mut arg = Arg::known("");
                    let length = self.expanded(text.get(at..).unwrap_or_default(), true, &mut arg);
                    parts.tags = parts.tags.and(arg.tags);
                    if length == text.len() {
                        let name = text.strip_prefix('$').filter(|name| plain(name)).unwrap_or_default();
                        parts.only = (!name.is_empty()).then(|| self.variable(name));
                    }
                    parts.value(arg);
                    at + length
                }
                b'.' if text[end..].starts_with(|first: char| first.is_ascii_alphabetic()) => {
                    self.member(text, end, &mut parts)
                }
                b'-' => operator(text, at, &mut parts),
                b'0'..=b'9' => {
                    let length =
                        text[at..].find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.');
                    let length = length.unwrap_or(text.len() - at);
                    parts.value(Arg::known(&text[at..at + length]));
                    at + length
                }
                b'+' => {
                    parts.sums = true;
                    end
                }
                b'*' | b'/' | b'%' | b'!' | b'?' | b':' | b'.' => {
                    parts.plain = false;
                    end
                }
                _ => {
                    parts.plain = false;
                    parts.unproven = Some("an expression is not understood".to_owned());
                    end
                }
            };
        }
        Some(parts)
    }

    /// `.Name` or `.Name(...)`; where it ends.
    fn member(&mut self, text: &str, from: usize, parts: &mut Parts) -> usize {
        parts.plain = false;
        let end = text[from..].find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let end = from + end.unwrap_or(text.len() - from);
        let name = text[from..end].to_ascii_lowercase();
        if !text[end..].starts_with('(') {
            return end;
        }
        let Ok(close) = words::unit(text, end, 0) else { return text.len() };
        let arguments = self.script(&text[end + 1..close - 1], Piped::nothing());
        parts.tags = parts.tags.and(arguments.data.tags);
        let asks = matches!(name.as_str(), "getstringasync" | "getbytearrayasync" | "getstreamasync");
        if asks || name.starts_with("download") {
            let address = arguments.objects().first().map(|arg| arg.text.clone()).unwrap_or_default();
            self.found(Act::new(Effect::NetworkIn, Scope::Remote), &address);
            parts.tags.downloaded = true;
        } else if name.starts_with("upload") {
            self.found(Act::new(Effect::NetworkOut, Scope::Remote), "what it sends");
        } else if matches!(name.as_str(), "delete" | "kill" | "moveto") {
            self.found(Act::new(Effect::Delete, Scope::Unknown), "an object");
        } else if !METHODS.contains(&name.as_str()) {
            parts.unproven = Some(format!("what the method {name} does is not known"));
        }
        close
    }

    /// `[Type]`, `[Type]::Name` or `[Type]::Name(...)`, or an index; where it ends.
    fn typed(&mut self, text: &str, at: usize, end: usize, parts: &mut Parts) -> usize {
        parts.plain = false;
        let before = text[..at].chars().next_back();
        let inside = &text[at + 1..end - 1];
        if before
            .is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, ')' | ']' | '_' | '\'' | '"'))
        {
            self.script(inside, Piped::nothing());
            return end;
        }
        let name = inside.to_ascii_lowercase();
        let name = name.strip_prefix("system.").unwrap_or(&name).to_owned();
        let Some(rest) = text[end..].strip_prefix("::") else {
            if !TYPES.contains(&name.as_str()) && name != "xml" {
                parts.unproven = Some(format!("the type {} is not known", inside.replace(HOLE, "…")));
            }
            return end;
        };
        let length =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let member = rest[..length].to_ascii_lowercase();
        let mut stop = end + 2 + length;
        let mut arguments = Piped::nothing();
        if text[stop..].starts_with('(') {
            let Ok(close) = words::unit(text, stop, 0) else { return text.len() };
            arguments = self.script(&text[stop + 1..close - 1], Piped::nothing());
            stop = close;
        }
        parts.tags = parts.tags.and(arguments.data.tags);
        self.of_type(&name, &member, &arguments, parts);
        stop
    }

    /// What is asked of a type.
    fn of_type(&mut self, name: &str, member: &str, arguments: &Piped, parts: &mut Parts) {
        let objects = arguments.objects();
        let file = objects.first().cloned().unwrap_or_else(Arg::unknown);
        let files = ["io.file", "io.directory", "io.fileinfo", "io.directoryinfo"].contains(&name);
        let at = match files {
            true => self.place(name),
            false => 0,
        };
        match (name, member) {
            _ if files && member.starts_with("delete") => {
                let all = objects.iter().any(|arg| arg.text == "true");
                self.on(at, super::Kind::Delete, &file, all);
            }
            _ if files
                && (member.starts_with("read")
                    || matches!(member, "exists" | "getfiles" | "getdirectories")) =>
            {
                parts.tags = parts.tags.and(self.on(at, super::Kind::Read, &file, false));
            }
            _ if files => {
                for object in &objects {
                    self.on(at, super::Kind::Write, object, false);
                }
                parts.unproven = Some(format!("what {member} does to a file is not known"));
            }
            ("convert", "frombase64string") => parts.tags.decoded = true,
            ("convert", "tobase64string") => {}
            (
                "environment",
                "newline"
                | "osversion"
                | "processorcount"
                | "machinename"
                | "username"
                | "currentdirectory"
                | "is64bitoperatingsystem",
            ) => {}
            ("text.encoding", "utf8" | "unicode" | "ascii" | "default") => {}
            ("scriptblock", "create") => {
                if parts.tags.downloaded || parts.tags.decoded {
                    self.runs(parts.tags);
                }
                parts.unproven = Some("commands are made of a text".to_owned());
                for text in
                    objects.iter().filter_map(|arg| arg.literal().map(str::to_owned)).collect::<Vec<_>>()
                {
                    self.script(&text, Piped::nothing());
                }
            }
            ("diagnostics.process", "start") => {
                self.found(Act::new(Effect::ExecUnknown, Scope::Unknown), "a program")
            }
            _ if TYPES.contains(&name) => {}
            _ => parts.unproven = Some(format!("what {member} of {name} does is not known")),
        }
    }

    /// A place for what an expression does.
    fn place(&mut self, name: &str) -> usize {
        self.walker.report.commands.push(Ran { words: vec![Arg::known(name)], ..Ran::default() });
        self.walker.report.commands.len() - 1
    }

    fn found(&mut self, act: Act, subject: &str) {
        let at = self.place("an expression");
        self.walker.note(at, act, subject);
    }
}

/// What an expression has in it.
#[derive(Debug, Default)]
struct Parts {
    tags: Tags,
    /// Its values, as long as it is a list of them.
    list: Option<Vec<Arg>>,
    plain: bool,
    /// They are put together.
    sums: bool,
    /// It is one value, and nothing else.
    only: Option<Piped>,
    unproven: Option<String>,
}

impl Parts {
    fn value(&mut self, arg: Arg) {
        self.tags = self.tags.and(arg.tags);
        if let Some(list) = &mut self.list {
            list.push(arg);
        }
    }
}

/// Whether a name is that of a method that only computes, or of a property that everything has that is usually looked at.
pub(super) fn only_computes(name: &str) -> bool {
    const PROPERTIES: &[&str] = &[
        "name",
        "fullname",
        "length",
        "extension",
        "basename",
        "directory",
        "directoryname",
        "lastwritetime",
        "creationtime",
        "id",
        "cpu",
        "path",
        "line",
        "linenumber",
        "filename",
        "count",
        "key",
        "value",
        "processname",
        "status",
        "version",
        "message",
        "source",
        "displayname",
        "title",
        "description",
        "date",
        "matches",
        "content",
    ];
    METHODS.contains(&name) || PROPERTIES.contains(&name)
}

/// `-eq` and its like, or a sign; where it ends.
fn operator(text: &str, at: usize, parts: &mut Parts) -> usize {
    parts.plain = false;
    let rest = &text[at + 1..];
    let length = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
    let name = rest[..length].to_ascii_lowercase();
    let known = |name: &str| OPERATORS.contains(&name);
    let cased = name.strip_prefix(['c', 'i']).is_some_and(known);
    if !name.is_empty() && !known(&name) && !cased {
        parts.unproven = Some(format!("the operator -{name} is not known"));
    }
    at + 1 + length
}

/// Whether it is a variable's name and nothing else.
fn plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
}

/// What a letter behind a backtick stands for.
fn escaped(letter: &str) -> String {
    match letter {
        "n" => "\n".to_owned(),
        "t" => "\t".to_owned(),
        "r" => "\r".to_owned(),
        "0" | "a" | "b" | "e" | "f" | "v" => String::new(),
        letter => letter.to_owned(),
    }
}
