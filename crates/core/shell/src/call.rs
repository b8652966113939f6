//! The arguments of a call, by the program's entry: which options it has, and what its operands are.

use crate::effect::{Effect, Scope};
use crate::grammar::{self, Entry, Opt, Slot, Special, Style, Takes};
use crate::hosts;
use crate::value::{Arg, HOLE};

/// A call, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The entry, its verb, that one's, and so on.
    pub(crate) chain: Vec<&'static Entry>,
    /// What the verbs were called.
    pub(crate) named: Vec<String>,
    /// Options in their order, with their values.
    pub(crate) options: Vec<(&'static Opt, Option<Arg>)>,
    /// Operands and what each is; without those of the command that is run.
    pub(crate) operands: Vec<(Slot, Arg)>,
    /// A program that is run, with its arguments, and where.
    pub(crate) command: Option<(Slot, Vec<Arg>)>,
    /// What is not known, in words.
    pub(crate) unproven: Vec<String>,
    /// Asked for help or its version, and nothing else.
    pub(crate) help: bool,
}

impl Call {
    /// Whether an option makes it far-reaching.
    pub(crate) fn is_grave(&self) -> bool {
        self.options.iter().any(|(option, value)| option.grave && !is_off(option, value.as_ref()))
    }

    /// Whether it only says what it would do, and says it here.
    pub(crate) fn is_dry(&self) -> bool {
        let elsewhere = |(option, _): &(&Opt, Option<Arg>)| {
            !matches!(
                option.takes,
                Takes::Nothing
                    | Takes::Value(Slot::Text | Slot::Read | Slot::Folder)
                    | Takes::Optional(Slot::Text | Slot::Read | Slot::Folder)
            )
        };
        // Code that it runs before that does more.
        let harmful = |(option, _): &(&Opt, Option<Arg>)| {
            !option.dry && option.acts.iter().any(|act| act.effect == Effect::ExecUnknown)
        };
        // A word `false` behind an option may take it back.
        let taken_back = self.operands.iter().any(|(_, operand)| operand.text == "false");
        if taken_back || self.options.iter().any(|option| elsewhere(option) || harmful(option)) {
            return false;
        }
        let mut dry = self.options.iter().filter(|(option, _)| option.dry).peekable();
        // `--dry-run=false` and `--dry-run=none` say the contrary.
        dry.peek().is_some() && dry.all(|(_, value)| value.as_ref().is_none_or(|value| !says_no(value)))
    }

    /// Whether an option was given, by one of its spellings.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(option, _)| is_called(option, name))
    }

    /// Whether a switch is on: it was given, and not as `--switch=false`.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        let given = self.options.iter().rev().find(|(option, _)| is_called(option, name));
        given.is_some_and(|(option, value)| !is_off(option, value.as_ref()))
    }

    /// The last value of an option.
    pub(crate) fn value(&self, name: &str) -> Option<&Arg> {
        self.options
            .iter()
            .rev()
            .find(|(option, _)| is_called(option, name))
            .and_then(|(_, value)| value.as_ref())
    }

    /// Whether all addresses that it has are of this machine, and nothing may lead to another one.
    pub(crate) fn is_here(&self) -> bool {
        let named = |slot: Slot| matches!(slot, Slot::Url | Slot::Host);
        let operands = self.operands.iter().filter(|(slot, _)| named(*slot)).map(|(_, arg)| arg);
        let value = |(option, value): &'_ (&'static Opt, Option<Arg>)| match option.takes {
            Takes::Value(slot) | Takes::Optional(slot) if named(slot) => value.clone(),
            Takes::Value(_) | Takes::Optional(_) | Takes::Pair(_) | Takes::Nothing => None,
        };
        let values: Vec<Arg> = self.options.iter().filter_map(value).collect();
        let mut all = operands.chain(&values).peekable();
        let elsewhere = |option: &Opt| {
            option.takes == Takes::Value(Slot::Unknown)
                || option.acts.iter().any(|act| act.effect == Effect::NetworkIn && act.scope == Scope::Remote)
        };
        all.peek().is_some()
            // Of what is served, it means all that can be reached from elsewhere.
            && all.all(|arg| hosts::scope(&arg.text) == Scope::Loopback && !arg.text.contains("0.0.0.0"))
            && !self.options.iter().any(|(option, _)| elsewhere(option))
    }

    /// The words of the verbs that were chosen.
    pub(crate) fn entry(&self) -> &'static Entry {
        self.chain[self.chain.len() - 1]
    }
}

/// Whether an option makes a call do no more. Where all that is done is reading, one that makes it far-reaching reads more
/// of the same.
fn is_quiet(option: &'static Opt, reads: bool) -> bool {
    let writes = match option.takes {
        Takes::Value(slot) | Takes::Optional(slot) | Takes::Pair(slot) => {
            changes(slot) || slot == Slot::Unknown
        }
        Takes::Nothing => false,
    };
    option.acts.is_empty()
        && (reads || !option.grave)
        && !runs(option)
        && !writes
        && !option.rest.is_some_and(changes)
}

/// Whether its value is a program.
fn runs(option: &Opt) -> bool {
    match option.takes {
        Takes::Value(slot) | Takes::Optional(slot) => {
            matches!(
                slot,
                Slot::Command | Slot::RemoteCommand | Slot::Shell | Slot::RemoteShell | Slot::Code(_)
            )
        }
        Takes::Nothing | Takes::Pair(_) => false,
    }
}

/// `--switch=false`: it is not what it would be.
pub(crate) fn is_off(option: &Opt, value: Option<&Arg>) -> bool {
    let off =
        |value: &Arg| matches!(value.text.to_ascii_lowercase().as_str(), "false" | "0" | "no" | "off" | "f");
    option.takes == Takes::Nothing && value.is_some_and(off)
}

/// Whether the value of a switch turns it off, or may.
fn says_no(value: &Arg) -> bool {
    let text = value.text.to_ascii_lowercase();
    !value.is_known() || matches!(text.as_str(), "false" | "none" | "no" | "off" | "0" | "f" | "")
}

fn is_called(option: &Opt, name: &str) -> bool {
    option.names.split('|').any(|own| own == name)
}

/// A word of a command as its program takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What it is to the program.
    pub slot: Slot,
    /// The word; of `--option=value` only the value.
    pub arg: Arg,
    /// The option that it is the value of, by its spellings.
    pub option: Option<&'static str>,
}

/// The operands of a command and the values of its options, as far as its program is known.
#[must_use]
pub fn given(words: &[Arg]) -> Vec<Given> {
    let Some((program, args)) = words.split_first() else { return Vec::new() };
    let name = program.literal().map(|text| text.rsplit('/').next().unwrap_or(text));
    let Some(entry) = name.and_then(grammar::find) else { return Vec::new() };
    let call = read(entry, args);
    let values = call.options.into_iter().filter_map(|(option, value)| match option.takes {
        Takes::Value(slot) | Takes::Optional(slot) | Takes::Pair(slot) => {
            Some(Given { slot, arg: value?, option: Some(option.names) })
        }
        Takes::Nothing => None,
    });
    let operands = call.operands.into_iter().map(|(slot, arg)| Given { slot, arg, option: None });
    values.chain(operands).collect()
}

/// Takes the arguments of a program apart.
pub(crate) fn read(entry: &'static Entry, args: &[Arg]) -> Call {
    let call = Call {
        chain: vec![entry],
        named: Vec::new(),
        options: Vec::new(),
        operands: Vec::new(),
        command: None,
        unproven: Vec::new(),
        help: false,
    };
    let mut reader = Reader { call, args, at: 0, ended: false, taken: 0 };
    reader.all();
    reader.call
}

struct Reader<'a> {
    call: Call,
    args: &'a [Arg],
    at: usize,
    /// No option comes any more.
    ended: bool,
    /// Operands of this verb so far.
    taken: usize,
}

impl Reader<'_> {
    fn all(&mut self) {
        while let Some(arg) = self.args.get(self.at) {
            let style = self.call.entry().style;
            self.at += 1;
            if !self.ended && style != Style::None && arg.text.starts_with('-') && arg.text.len() > 1 {
                if arg.text == "--" {
                    self.ended = self.find_exact("--").is_none();
                } else {
                    self.option(arg);
                }
                continue;
            }
            if !self.ended && style != Style::None {
                if arg.text.starts_with(HOLE) {
                    self.maybe_option();
                } else if arg.names_option() && !self.is_quiet_here() {
                    self.call.unproven.push("the name of a file may be an option".to_owned());
                }
            }
            if self.operand(arg) {
                return;
            }
        }
        self.settle();
        let entry = self.call.entry();
        if !entry.verbs.is_empty()
            && entry.bare.is_none()
            && self.taken == 0
            && !self.call.help
            && !self.call.is_dry()
        {
            self.call.unproven.push("no verb was given".to_owned());
        }
    }

    /// An argument that nobody knows, where options may stand.
    fn maybe_option(&mut self) {
        let special = |entry: &&'static Entry| {
            entry.special.is_none_or(|special| matches!(special, Special::Values | Special::Inspect))
        };
        let harmless = self.call.entry().open && self.call.chain.iter().all(special) && self.is_quiet_here();
        if !harmless {
            self.call.unproven.push("an argument that is not known may be an option".to_owned());
        }
    }

    /// Whether no option of the program makes it do more than it does anyway.
    fn is_quiet_here(&self) -> bool {
        let reads = |entry: &&'static Entry| {
            entry.acts.iter().all(|act| act.effect == Effect::Read) && !entry.rest.is_some_and(changes)
        };
        let reads = self.call.chain.iter().all(reads);
        self.options().all(|option| is_quiet(option, reads))
    }

    /// An operand, or a verb; whether everything behind it belongs to another program.
    fn operand(&mut self, arg: &Arg) -> bool {
        let entry = self.call.entry();
        if !entry.verbs.is_empty() && self.taken == 0 {
            match arg.literal().and_then(|name| entry.verbs.iter().find(|verb| is_named(verb.names, name))) {
                Some(verb) => {
                    self.call.chain.push(verb);
                    self.call.named.push(arg.text.clone());
                    return false;
                }
                None if entry.operands.is_empty() && entry.rest.is_none() => {
                    self.call.unproven.push(format!("the verb {} is not known", shown(arg)));
                    self.taken += 1;
                    return false;
                }
                None => {}
            }
        }
        if entry.style == Style::Posix {
            self.ended = true;
        }
        if entry.style == Style::Long && arg.text.starts_with('@') && arg.text.len() > 1 {
            self.call
                .unproven
                .push(format!("what stands in {} is not known", shown(&arg.with(&arg.text[1..]))));
        }
        let instead = self.instead();
        let slot = match (entry.operands.get(self.taken), instead, entry.rest) {
            (Some(slot), None, _) => *slot,
            // `sed -i CODE FILE`: the code stays what it is.
            (Some(slot), Some(by), _) if is_code(*slot) && changes(by) && !self.has_code() => *slot,
            (_, Some(slot), _) | (None, None, Some(slot)) => slot,
            (None, None, None) => {
                self.call.unproven.push(format!("the operand {} is not known", shown(arg)));
                Slot::Text
            }
        };
        if takes_all(slot) && arg.text == "--" {
            return false;
        }
        self.taken += 1;
        if takes_all(slot) {
            self.call.command = Some((slot, self.args[self.at - 1..].to_vec()));
            return true;
        }
        self.call.operands.push((slot, arg.clone()));
        false
    }

    /// What operands are by the options so far: of several, what changes most.
    fn instead(&self) -> Option<Slot> {
        let rank = |slot: &Slot| match slot {
            Slot::Text => 0,
            Slot::Read => 1,
            _ => 2,
        };
        self.call.options.iter().filter_map(|(option, _)| option.rest).max_by_key(rank)
    }

    /// An option behind operands says of those before it, too, what they are.
    fn settle(&mut self) {
        if let Some(slot) = self.instead() {
            let code = changes(slot) && !self.has_code();
            for (own, _) in self.call.operands.iter_mut().filter(|(own, _)| !(code && is_code(*own))) {
                *own = slot;
            }
        }
    }

    fn option(&mut self, arg: &Arg) {
        match self.call.entry().style {
            Style::Long => self.long(arg),
            _ if arg.text.starts_with("--") => self.long(arg),
            _ => self.short(arg),
        }
    }

    fn long(&mut self, arg: &Arg) {
        let (name, value) = match arg.text.split_once('=') {
            Some((name, value)) => (name, Some(arg.with(value))),
            None => (arg.text.as_str(), None),
        };
        if name.contains(HOLE) {
            self.call.unproven.push("an option is not known".to_owned());
            return;
        }
        let single = self.call.entry().style == Style::Long;
        match self.find_long(name) {
            Some(option) => self.take(option, value),
            None if value.is_none() && (name == "--help" || (single && matches!(name, "-help" | "-h"))) => {
                self.call.help = true
            }
            None if value.is_none()
                && (name == "--version" || (single && name == "-version"))
                && self.asks_version() =>
            {
                self.call.help = true;
            }
            None if self.undone(name) => {}
            None => self.unknown(name, value),
        }
    }

    /// By its name, or by the beginning of it.
    fn find_long(&self, name: &str) -> Option<&'static Opt> {
        let single = self.call.entry().style == Style::Long;
        let same = |own: &str| {
            own == name || (single && own.trim_start_matches('-') == name.trim_start_matches('-'))
        };
        let pattern = |own: &str| own.strip_suffix('*').is_some_and(|own| name.starts_with(own));
        let exact =
            self.options().find(|option| option.names.split('|').any(|own| same(own) || pattern(own)));
        exact.or_else(|| {
            let begins = |option: &&&'static Opt| {
                option
                    .names
                    .split('|')
                    .any(|own| own.starts_with("--") && own.starts_with(name) && name.len() > 2)
            };
            // Of several, the one that does most.
            let mut all: Vec<&'static Opt> = self.options().filter(|option| begins(&option)).collect();
            all.sort_by_key(|option| (option.grave, option.acts.len()));
            all.pop()
        })
    }

    /// Whether it takes back another option, which then does not count.
    fn undone(&mut self, name: &str) -> bool {
        let Some(other) = name.strip_prefix("--no-").filter(|_| self.call.entry().style == Style::Undo)
        else {
            return false;
        };
        let Some(option) = self.find_long(&format!("--{other}")) else { return false };
        self.call.options.retain(|(own, _)| !std::ptr::eq(*own, option));
        true
    }

    /// Those of the verb first. Where all must stand before the verb, those of the program mean nothing behind it.
    fn options(&self) -> impl Iterator<Item = &'static Opt> {
        let last = self.call.chain.len() - 1;
        let counts = move |(at, entry): &(usize, &&'static Entry)| *at == last || entry.style != Style::Posix;
        self.call.chain.iter().enumerate().filter(counts).rev().flat_map(|(_, entry)| entry.options.iter())
    }

    fn find_exact(&self, name: &str) -> Option<&'static Opt> {
        self.options().find(|option| option.names.split('|').any(|own| own == name))
    }

    fn short(&mut self, arg: &Arg) {
        // Some have long names with one dash.
        if let Some(option) = self.find_exact(&arg.text) {
            return self.take(option, None);
        }
        let letters = &arg.text[1..];
        for (at, letter) in letters.char_indices() {
            if letter == HOLE {
                self.call.unproven.push("an option is not known".to_owned());
                return;
            }
            let found =
                self.options().find(|option| option.names.split('|').any(|own| is_short(own, letter)));
            let rest = &letters[at + letter.len_utf8()..];
            match found {
                Some(option) if option.takes == Takes::Nothing => self.take(option, None),
                Some(option) => {
                    let behind = (!rest.is_empty()).then(|| arg.with(rest.strip_prefix('=').unwrap_or(rest)));
                    self.take(option, behind);
                    return;
                }
                None => self.unknown(&format!("-{letter}"), None),
            }
        }
    }

    /// `--version` asks for the program's own; behind a verb, or before a value, it may be anything.
    fn asks_version(&self) -> bool {
        self.call.chain.len() == 1 && self.args.get(self.at).is_none_or(|next| next.text.starts_with('-'))
    }

    fn unknown(&mut self, name: &str, value: Option<Arg>) {
        let number = name[1..].bytes().all(|byte| byte.is_ascii_digit());
        // The only argument, and no option that is known by another meaning.
        let only = self.args.len() == 1
            && matches!(self.args[0].text.as_str(), "-h" | "-hh" | "-?" | "-v" | "-V" | "-help" | "-version");
        if only && self.call.chain.len() == 1 {
            self.call.help = true;
            return;
        }
        if !self.call.entry().open && !number {
            self.call.unproven.push(format!("the option {name} is not known"));
        } else if self.reaches_out(name) {
            self.call.unproven.push(format!("the option {name} may run or write something"));
            let next = || self.args.get(self.at).filter(|next| !next.text.starts_with('-')).cloned();
            let value = value.or_else(next);
            self.call.options.push((&GUESSED, value));
        }
    }

    /// Whether an option says of itself that it runs, loads or writes something, of a program that only shows something.
    fn reaches_out(&self, name: &str) -> bool {
        const RUN: &[&str] =
            &["exec", "execute", "eval", "plugin", "plugins", "hook", "hooks", "interpreter", "preload"];
        // Of services these may be words of theirs.
        const LOCAL: &[&str] = &[
            "cmd",
            "program",
            "require",
            "script",
            "pager",
            "editor",
            "library",
            "write",
            "fix",
            "autofix",
            "apply",
            "overwrite",
            "save",
            "install",
            "upload",
        ];
        const FILES: &[&str] = &[
            "log-file",
            "logfile",
            "out-file",
            "outfile",
            "output-file",
            "out-dir",
            "outdir",
            "output-dir",
            "in-place",
            "inplace",
        ];
        const SAYS: &[&str] =
            &["no", "skip", "ignore", "exclude", "without", "hide", "disable", "print", "show", "list"];
        let small = name.trim_start_matches('-').to_ascii_lowercase().replace('_', "-");
        let mut parts = small.split('-');
        let acts = || self.call.chain.iter().flat_map(|entry| entry.acts);
        let here = acts().all(|act| act.effect == Effect::Read && act.scope == Scope::Nothing);
        small.len() > 2
            && !parts.next().is_some_and(|first| SAYS.contains(&first))
            && (small.split('-').any(|part| RUN.contains(&part) || (here && LOCAL.contains(&part)))
                || FILES.contains(&small.as_str()))
    }

    /// An option that was found, with what stands behind it.
    fn take(&mut self, option: &'static Opt, behind: Option<Arg>) {
        let value = match (option.takes, behind) {
            (Takes::Nothing | Takes::Optional(_), behind) => behind,
            (Takes::Value(_), Some(value)) => Some(value),
            (Takes::Pair(_), _) => {
                // The first here, the second as any other.
                let first = self.args.get(self.at).cloned();
                let second = self.args.get(self.at + 1).cloned();
                self.at += 2;
                if second.is_none() {
                    self.call.unproven.push("an option lacks its value".to_owned());
                }
                self.call.options.push((option, first));
                second
            }
            (Takes::Value(slot), None) => {
                if takes_all(slot) {
                    self.call.command = Some((slot, self.args[self.at.min(self.args.len())..].to_vec()));
                    self.at = self.args.len();
                    None
                } else {
                    let next = self.args.get(self.at).cloned();
                    if next.is_none() && !self.call.entry().open {
                        self.call.unproven.push("an option lacks its value".to_owned());
                    }
                    self.at += 1;
                    if next.as_ref().is_some_and(Arg::may_be_more) {
                        self.maybe_option();
                    }
                    // Either the value is missing, or it is one: nobody knows.
                    if let Some(next) = &next
                        && next.text.starts_with("--")
                        && next.text.len() > 2
                        && self.options().any(|option| is_called(option, &next.text))
                    {
                        self.call.unproven.push(format!("the value {} may be an option", shown(next)));
                    }
                    next
                }
            }
        };
        self.call.options.push((option, value));
        self.ended |= option.ends;
    }

    /// Whether an option was the code already.
    fn has_code(&self) -> bool {
        let options = self.call.options.iter();
        options
            .map(|(option, _)| option.takes)
            .any(|takes| matches!(takes, Takes::Value(slot) | Takes::Optional(slot) if is_code(slot)))
    }
}

const fn is_code(slot: Slot) -> bool {
    matches!(slot, Slot::Code(_) | Slot::CodeFile(_) | Slot::Shell | Slot::ShellFile)
}

const fn changes(slot: Slot) -> bool {
    matches!(slot, Slot::Write | Slot::Edit | Slot::Delete)
}

/// Whether all that follows belongs to it.
const fn takes_all(slot: Slot) -> bool {
    matches!(slot, Slot::Command | Slot::RemoteCommand | Slot::Words | Slot::RemoteWords)
}

fn is_short(own: &str, letter: char) -> bool {
    own.strip_prefix('-').is_some_and(|own| {
        let mut letters = own.chars();
        letters.next() == Some(letter) && letters.next().is_none()
    })
}

/// Whether a verb's names have this one; each may be a pattern.
fn is_named(names: &str, name: &str) -> bool {
    names.split('|').any(|own| own == name || (own.contains('*') && crate::expand::matches(own, name)))
}

/// An option that no entry has, of whose name one may guess what it does.
static GUESSED: Opt = crate::grammar::value("", Slot::Unknown);

/// The first name of an option.
pub(crate) fn named(option: &Opt) -> String {
    option.names.split('|').next().unwrap_or_default().to_owned()
}

/// An argument in a reason: what is not known of it as dots, and not all of a long one.
pub(crate) fn shown(arg: &Arg) -> String {
    const MOST: usize = 80;
    let mut text: String = arg.text.replace(HOLE, "…").chars().take(MOST).collect();
    if arg.text.chars().count() > MOST {
        text.push('…');
    }
    text
}
