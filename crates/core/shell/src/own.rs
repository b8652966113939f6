//! What claudectl's own commands do to the guard over agents: one table. The grammar makes the gate's verdict of a call
//! from it, the program refuses by it before it runs a command, and tests go over it.
//!
//! A command that is in no row is for people. Where something is not known (a word, an option's value), the stricter
//! answer is the one that is given.

use crate::call::{self, Call};
use crate::effect::Act;
use crate::expand;
use crate::grammar::{FOR_PEOPLE, LOOKS, RUNS_UNKNOWN, TELLS_GUARD, TIGHTENS_GUARD, WEAKENS_GUARD};
use crate::value::Arg;
use crate::walk::Walker;

/// What a command does, as far as agents are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It shows something, or brings up to date what claudectl knows.
    Looks,
    /// It does something, and lets agents do no more than before.
    Acts,
    /// It changes what agents may do, and only ever to less.
    Tightens,
    /// Claude Code calls it, or claudectl itself, and what it is told is taken for true: no agent's to call, and as it is
    /// Claude Code that starts it, the command itself cannot refuse.
    Told,
    /// It is for people: an agent is refused.
    People(Right),
}

/// Why something is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Agents may do more after it, or may.
    Widen,
    /// It says what claudectl goes by.
    Configure,
    /// It answers a prompt.
    Answer,
    /// It starts Claude Code.
    Start,
    /// What agents did is no longer there to be looked at.
    Erase,
    /// It sets up, or takes away, what tells people of agents.
    Tell,
}

impl Right {
    /// Why, for whoever is refused.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Widen => "an agent may not widen what agents may do",
            Self::Configure => "what claudectl goes by is set by people, but for how its dashboard looks",
            Self::Answer => "who answers prompts is a person",
            Self::Start => "it starts Claude Code, with every hook that is installed",
            Self::Erase => "what tells what agents did is not theirs to put away",
            Self::Tell => "what tells people of agents is not theirs to set up or to take away",
        }
    }
}

/// What may make a command another one than it is by its words.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// One of these options was given, spellings parted by bars; with a value or without.
    Option(&'static str),
    /// The same of options that have no value: `--dry-run=false` is none.
    Switch(&'static str),
    /// This option was given, and never with another value than one of these.
    Value(&'static str, &'static [&'static str]),
    /// A word stands behind those of the command.
    Operand,
    /// The word behind those of the command is one of these, parted by bars.
    Named(&'static str),
    /// The word behind those of the command is a key that an agent may set.
    HarmlessKey,
}

/// A command, and what it does.
#[derive(Debug)]
pub struct Row {
    /// Its words; those that mean the same are parted by bars.
    pub words: &'static str,
    /// What it does, unless a case holds.
    pub access: Access,
    /// The first that holds counts.
    pub cases: &'static [(When, Access)],
}

impl When {
    /// The options that it is about, spellings parted by bars.
    #[must_use]
    pub const fn options(self) -> Option<&'static str> {
        match self {
            Self::Option(names) | Self::Switch(names) => Some(names),
            Self::Value(..) | Self::Operand | Self::Named(_) | Self::HarmlessKey => None,
        }
    }
}

const fn row(words: &'static str, access: Access) -> Row {
    Row { words, access, cases: &[] }
}

impl Row {
    const fn with(self, cases: &'static [(When, Access)]) -> Self {
        Self { cases, ..self }
    }

    /// How many words it has.
    fn length(&self) -> usize {
        self.words.split_whitespace().count()
    }

    /// An option with which an agent may run it, where it may not without one.
    #[must_use]
    pub fn way_out(&self) -> Option<String> {
        self.cases.iter().find_map(|(when, access)| match (when, access) {
            (_, Access::People(_)) => None,
            (When::Option(names) | When::Switch(names), _) => names.split('|').next().map(str::to_owned),
            (When::Value(name, values), _) => Some(format!("{name} {}", values.join(" or "))),
            (When::Operand | When::Named(_) | When::HarmlessKey, _) => None,
        })
    }
}

use Access::{Acts, Looks, People, Tightens, Told};

const WIDENS: Access = People(Right::Widen);
const CONFIGURES: Access = People(Right::Configure);
const ANSWERS: Access = People(Right::Answer);
const STARTS: Access = People(Right::Start);
const ERASES: Access = People(Right::Erase);
const TELLS: Access = People(Right::Tell);

const DRY: When = When::Switch("--dry-run");

/// What shows something, by whatever name.
const SHOWS: When = When::Named(
    "ls|list|show|status|explain|check|get|path|verify|validate|events|log|history|diff|peers|inbox|help|stats|insights|why",
);

/// Of a group, what has no row of its own.
const GUARDS: &[(When, Access)] = &[(SHOWS, Looks), (When::Operand, WIDENS)];

/// The same of a group that has nothing to do with the guard.
const WORKS: &[(When, Access)] = &[(SHOWS, Looks), (When::Operand, Acts)];

/// Every command of the program. The row with the most words that fits counts.
pub const COMMANDS: &[Row] = &[
    // The dashboard: whoever holds its terminal answers prompts, and ends sessions.
    row("", ANSWERS),
    row("dashboard|dash", ANSWERS),
    row("ls|list", Looks),
    row("show", Looks),
    row("spend", Looks),
    row("budget", Looks).with(GUARDS),
    row("budget ls", Looks),
    row("budget raise", WIDENS),
    // Looser or tighter: that depends on what was before, which a call does not say.
    row("budget set", WIDENS),
    row("budget unset", WIDENS),
    row("prices", Looks),
    row("gate", Looks).with(GUARDS),
    row("gate check", Looks),
    row("gate explain", Looks),
    row("gate log", Looks),
    row("gate allow", WIDENS),
    row("gate mode", Looks).with(&[(When::Operand, WIDENS)]),
    row("gate hooks", Looks).with(GUARDS),
    row("gate hooks trust", WIDENS),
    row("gate hooks distrust", Tightens),
    row("gate audit", Looks),
    row("gate backtest", Looks),
    row("brain", Looks).with(GUARDS),
    row("brain status", Looks),
    row("brain learn", WIDENS).with(&[(DRY, Looks)]),
    row("brain query", Looks),
    row("brain review", Looks).with(&[(When::Switch("--wanted|--unwanted"), WIDENS)]),
    row("brain suggest", Looks).with(&[(When::Switch("--apply"), WIDENS)]),
    row("brain insights", Looks),
    row("brain garden", Looks).with(&[(When::Switch("--apply"), WIDENS)]),
    row("brain briefing", Looks),
    row("brain autopsy", Looks),
    row("brain export", Looks),
    row("brain import", WIDENS).with(&[(DRY, Looks)]),
    row("brain stats", Looks),
    row("brain outcomes", Looks),
    row("brain approaches", Looks),
    row("brain summary", Looks),
    row("brain advice", Looks).with(&[(When::Option("--accept"), ANSWERS)]),
    // A template says what the model is asked of calls.
    row("brain prompts", Looks).with(&[(When::Option("--write"), CONFIGURES)]),
    row("brain forget", ERASES),
    row("hive", Looks).with(GUARDS),
    row("hive convergence", Looks),
    row("hive id", Looks),
    row("hive peer", Looks).with(GUARDS),
    row("hive peer ls", Looks),
    row("hive peer add", WIDENS),
    row("hive peer rm", WIDENS),
    row("hive member", Looks).with(GUARDS),
    row("hive member ls", Looks),
    row("hive member add", WIDENS),
    row("hive member rm", WIDENS),
    row("hive member role", WIDENS),
    row("hive member retire", WIDENS),
    // What others say is believed by it, and what this person says is given away.
    row("hive create", WIDENS),
    row("hive export", WIDENS),
    row("hive import", WIDENS),
    row("hive sync", WIDENS),
    row("hive leave", WIDENS),
    row("hive rotate", WIDENS),
    row("hive ls", Looks),
    row("hive status", Looks),
    row("hive preview", Looks),
    // What is said of a person's answers, and what leaves, are theirs to decide.
    row("hive distill", WIDENS).with(&[(DRY, Looks)]),
    row("hive expose", WIDENS),
    row("hive hide", WIDENS),
    row("hive mute", WIDENS),
    row("hive unmute", WIDENS),
    row("hive forget", ERASES),
    row("rules", Looks).with(GUARDS),
    row("rules ls", Looks),
    row("rules add", WIDENS).with(&[(When::Value("--action", &["ask", "deny"]), Tightens)]),
    // What a rule says stands in the file alone, and a trigger may be the person's eye.
    row("rules rm", WIDENS),
    row("rules test", Looks),
    row("rules schema", Looks),
    row("policy", Looks).with(GUARDS),
    // A policy may ask and deny, never allow.
    row("policy init", Tightens),
    row("policy show", Looks),
    row("policy check", Looks),
    row("policy trust", WIDENS).with(&[(When::Switch("--revoke"), Tightens)]),
    row("policy schema", Looks),
    // It may write its report where whoever runs it says.
    row("brain eval", Looks).with(&[(When::Option("--markdown|--svg"), Acts)]),
    row("health", Looks),
    row("reel", Looks),
    row("history", Looks),
    row("report", Looks),
    // Made again, the index lacks the texts of transcripts that are gone.
    row("search", Looks).with(&[(When::Option("--rebuild"), ERASES)]),
    row("secrets", Acts),
    // What it prints says where secrets stand, and a copy is a file of whoever ran it.
    row("secrets scan", Acts),
    row("secrets kinds", Looks),
    row("statusline", Told),
    row("watch", Looks),
    row("wait", Looks),
    // Without a session, what could be answered is listed.
    row("approve", Looks).with(&[(When::Operand, ANSWERS)]),
    row("deny", Looks).with(&[(When::Operand, ANSWERS)]),
    row("attach", Acts).with(&[(DRY, Looks)]),
    // As with `kill`: an agent that is told to may end another session, never the one it is in.
    row("stop", Acts).with(&[(DRY, Looks)]),
    row("up", Acts).with(&[(DRY, Looks), (When::Option("--install|--uninstall"), TELLS)]),
    row("notify", Looks).with(WORKS),
    row("notify ls", Looks),
    row("notify test", Acts),
    row("doctor", Looks).with(&[(When::Option("--live"), STARTS)]),
    row("init", WIDENS).with(&[(DRY, Looks)]),
    row("uninstall", WIDENS).with(&[(DRY, Looks)]),
    row("config", Looks).with(&[(SHOWS, Looks), (When::Operand, CONFIGURES)]),
    row("config show", Looks),
    row("config path", Looks),
    row("config check", Looks),
    row("config init", CONFIGURES),
    row("config schema", Looks),
    row("config get", Looks),
    row("config set", CONFIGURES).with(&[(When::HarmlessKey, Acts)]),
    row("config unset", CONFIGURES).with(&[(When::HarmlessKey, Acts)]),
    // It replaces the configuration, and adds rules.
    row("import", Looks).with(&[(When::Option("--allow"), WIDENS), (When::Option("--apply"), CONFIGURES)]),
    row("clean", Looks).with(&[
        (DRY, Looks),
        (When::Option("--apply|--yes"), ERASES),
        (When::Option("--restore|--state"), Acts),
    ]),
    row("demo", Acts),
    row("completions", Looks),
    row("man", Looks),
    row("hook", Told),
    row("tick", Told),
    row("docs", Acts),
];

/// Commands of the published tool of the same name, which may be the one that is called.
const PUBLISHED: &[Row] = &[
    row("guard|triggers|relay|budgets|approvals|profile|profiles", Looks).with(GUARDS),
    row("trust|allow|raise|accept|grant|unguard|disable|pause", WIDENS),
    row("coord|lease|leases|bus|skills|memory|tasks|session|sessions", Looks).with(WORKS),
    row("send|new|launch", Acts),
    row("help|version|insights", Looks),
];

/// Options that change something, whichever command has them: of one whose row does not name them nobody knows better.
const CHANGES: &[&str] = &[
    "--fix",
    "--repair",
    "--apply",
    "--write",
    "--install",
    "--delete*",
    "--clear*",
    "--reset*",
    "--purge*",
    "--set*",
    "--rm",
];

/// Who may set a key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// Keys, or sections (`gate.*`), parted by bars.
    pub paths: &'static str,
    /// An agent may set it, too.
    pub harmless: bool,
    /// Why.
    pub why: &'static str,
}

const fn guarded(paths: &'static str, why: &'static str) -> Key {
    Key { paths, harmless: false, why }
}

/// Every key of the configuration. One that is not here is for people.
pub const KEYS: &[Key] = &[
    Key {
        paths: "dashboard.theme|dashboard.sort|dashboard.grouped|dashboard.mouse|dashboard.ascii",
        harmless: true,
        why: "how the dashboard looks: nothing is hidden by it, and nothing goes by it",
    },
    guarded("general.timezone", "when the day of a budget begins anew"),
    guarded("general.claude_dirs", "whose sessions are seen"),
    guarded("budget.*", "what sessions may cost"),
    guarded("prices.*", "what a call costs decides how far a budget reaches"),
    guarded("context.*", "when a person is warned"),
    guarded("statusline.*", "what is told of cost and limits below each prompt"),
    guarded("health.*", "what is told of how a session fares, gaps in the guard among it"),
    guarded("gate.*", "what the gate answers"),
    guarded("approvals.*", "how prompts are answered, and how long a kept answer holds"),
    guarded("brain.*", "what is learned, and how often it may be wrong"),
    guarded("llm.*", "where a person's messages go"),
    guarded("retention.*", "how long it is known what agents did"),
    guarded("notify.*|webhooks.*", "what people are told"),
    guarded("hooks.*", "commands that are run"),
];

/// The entry of a key; a name that a person chose stands in it as it is, without quotes.
#[must_use]
pub fn key(path: &str) -> Option<&'static Key> {
    let is_named = |own: &str| match own.strip_suffix('*') {
        Some(section) => path.starts_with(section),
        None => own == path,
    };
    KEYS.iter().find(|key| key.paths.split('|').any(is_named))
}

/// A command line, taken apart.
#[derive(Debug, Default)]
pub struct Given<'a> {
    /// The words of the command, and all other words behind them.
    pub words: Vec<&'a str>,
    /// Options with their values: `--action` and `deny`. One that takes none has none.
    pub options: Vec<(&'a str, Option<&'a str>)>,
}

/// Whether the program has a command that begins with this word.
#[must_use]
pub fn is_command(word: &str) -> bool {
    COMMANDS.iter().filter_map(|row| row.words.split_whitespace().next()).any(|first| is_among(first, word))
}

/// What a command line does, and by which row.
#[derive(Debug, Clone)]
pub struct Found {
    /// What it does.
    pub access: Access,
    /// The row of the table.
    pub row: &'static Row,
    /// The command as it was called, with the option that makes it what it is: `doctor --live`.
    pub name: String,
}

/// Looks a command line up; `None` for one that nobody knows.
#[must_use]
pub fn find(given: &Given<'_>) -> Option<Found> {
    let row = longest(COMMANDS, &given.words).or_else(|| longest(PUBLISHED, &given.words))?;
    let held = row.cases.iter().find(|(when, _)| holds(*when, row, given));
    let listed = |name: &str| {
        let names = row.cases.iter().filter_map(|(when, _)| when.options());
        names.into_iter().any(|names| is_among(names, name))
    };
    let changes = |name: &str| CHANGES.iter().any(|own| expand::matches(own, name));
    let unlisted = given.options.iter().map(|(name, _)| *name).find(|name| changes(name) && !listed(name));
    let (access, option) = match (held, unlisted) {
        (held, Some(name)) if held.is_none_or(|(when, _)| when.options().is_none()) => (WIDENS, Some(name)),
        (Some((when, access)), _) => (*access, when.options().and_then(|names| names.split('|').next())),
        (None, _) => (row.access, None),
    };
    let words = given.words.iter().take(row.length()).copied();
    let name = words.chain(option).collect::<Vec<_>>().join(" ");
    Some(Found { access, row, name })
}

/// The row with the most words that a command line begins with. That without a word is for one without any.
fn longest(rows: &'static [Row], words: &[&str]) -> Option<&'static Row> {
    let fits = |row: &&Row| {
        let own = || row.words.split_whitespace();
        match row.words {
            "" => words.is_empty(),
            _ => row.length() <= words.len() && own().zip(words).all(|(own, word)| is_among(own, word)),
        }
    };
    rows.iter().filter(fits).max_by_key(|row| row.length())
}

fn is_among(names: &str, name: &str) -> bool {
    names.split('|').any(|own| own == name)
}

fn holds(when: When, row: &Row, given: &Given<'_>) -> bool {
    let operand = || given.words.get(row.length());
    match when {
        When::Option(names) => given.options.iter().any(|(name, _)| is_among(names, name)),
        When::Switch(names) => {
            given.options.iter().any(|(name, value)| value.is_none() && is_among(names, name))
        }
        When::Value(option, values) => {
            let mut all = given.options.iter().filter(|(name, _)| *name == option).peekable();
            all.peek().is_some() && all.all(|(_, value)| value.is_some_and(|value| values.contains(&value)))
        }
        When::Operand => operand().is_some(),
        When::Named(names) => operand().is_some_and(|word| is_among(names, word)),
        When::HarmlessKey => operand().and_then(|path| key(path)).is_some_and(|key| key.harmless),
    }
}

/// What the gate says of it is made of these.
const fn acts(access: Access) -> &'static [Act] {
    match access {
        Looks => LOOKS,
        Acts => RUNS_UNKNOWN,
        Tightens => TIGHTENS_GUARD,
        Told => TELLS_GUARD,
        People(Right::Widen | Right::Configure) => WEAKENS_GUARD,
        People(Right::Answer | Right::Start | Right::Erase | Right::Tell) => FOR_PEOPLE,
    }
}

/// Whether rows with more words begin with those of one.
fn is_group(row: &Row) -> bool {
    let further = |own: &Row| own.words.strip_prefix(row.words).is_some_and(|rest| rest.starts_with(' '));
    COMMANDS.iter().any(further)
}

/// Whether an option is one of all commands, which may stand before the command.
fn is_global(option: &str) -> bool {
    const LONG: &[&str] = &["--json", "--color", "--quiet", "--verbose", "--config", "--log"];
    match option.split_once('=') {
        Some((name, _)) => LONG.contains(&name),
        None => LONG.contains(&option) || option[1..].bytes().all(|letter| b"qv".contains(&letter)),
    }
}

impl Walker<'_> {
    /// A call of claudectl. The options of the entry have taken their values already: what is left is words.
    pub(crate) fn own(&mut self, at: usize, args: &[Arg], call: &Call) {
        let words: Vec<&Arg> = call.operands.iter().map(|(_, word)| word).collect();
        let given = Given {
            options: options(args, call),
            words: words.iter().map(|word| word.text.as_str()).collect(),
        };
        let Some(found) = find(&given) else {
            self.acts(at, RUNS_UNKNOWN, &args[0].text, false);
            return self.unproven(at, format!("claudectl has no command {}", call::shown(words[0])));
        };
        let next = words.get(found.row.length()).filter(|next| next.literal().is_none());
        if let Some(next) = next.filter(|_| is_group(found.row)) {
            self.unproven(at, format!("the command {} is not known", call::shown(next)));
        } else {
            let command = format!("claudectl {}", found.name);
            let subject = match found.access {
                People(right) => format!("{}; {}", command.trim_end(), right.why()),
                Looks | Acts | Tightens | Told => command.trim_end().to_owned(),
            };
            self.acts(at, acts(found.access), &subject, false);
        }
        if given.options.iter().any(|(name, _)| *name == "--config") {
            self.unproven(at, "it goes by another configuration, whose commands it may run".to_owned());
        }
        let before = args[1..].iter().take_while(|arg| arg.text.starts_with('-'));
        for option in before.filter(|arg| !is_global(&arg.text)) {
            self.unproven(at, format!("the option {} is not known", call::shown(option)));
        }
    }
}

/// The options of a call, each with what stands behind it where it takes a value.
fn options<'a>(args: &'a [Arg], call: &Call) -> Vec<(&'a str, Option<&'a str>)> {
    let words: Vec<&str> =
        args.iter().map(|arg| arg.text.as_str()).take_while(|word| *word != "--").collect();
    let option = |(at, word): (usize, &&'a str)| {
        let word: &'a str = word;
        let value = || words.get(at + 1).copied().filter(|_| call.value(word).is_some());
        let pair = || word.split_once('=').map_or((word, value()), |(name, value)| (name, Some(value)));
        (at > 0 && word.len() > 1 && word.starts_with('-')).then(pair)
    };
    words.iter().enumerate().filter_map(option).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(words: &str) -> Option<Access> {
        let mut given = Given::default();
        for word in words.split_whitespace() {
            match word.strip_prefix("--").map(|_| word.split_once('=')) {
                None => given.words.push(word),
                Some(None) => given.options.push((word, None)),
                Some(Some((name, value))) => given.options.push((name, Some(value))),
            }
        }
        find(&given).map(|found| found.access)
    }

    #[test]
    fn the_row_with_the_most_words_counts_and_in_it_the_first_case() {
        for (words, wanted) in [
            ("", ANSWERS),
            ("dashboard", ANSWERS),
            ("ls --all", Looks),
            ("list", Looks),
            ("gate", Looks),
            ("gate frob", WIDENS),
            ("gate list", Looks),
            ("gate mode", Looks),
            ("gate mode observe", WIDENS),
            ("gate hooks", Looks),
            ("gate hooks trust 12345678", WIDENS),
            ("gate hooks distrust 12345678", Tightens),
            ("rules add", WIDENS),
            ("rules add --action=allow", WIDENS),
            ("rules add --action=deny", Tightens),
            ("rules add --action=deny --action=allow", WIDENS),
            ("rules add --action", WIDENS),
            ("policy trust", WIDENS),
            ("policy trust --revoke", Tightens),
            ("approve", Looks),
            ("approve 3f2a", ANSWERS),
            ("deny 3f2a --reason=no", ANSWERS),
            ("doctor", Looks),
            ("doctor --live", STARTS),
            ("doctor --fix", WIDENS),
            ("init --no-strict", WIDENS),
            ("init --dry-run", Looks),
            ("init --dry-run=false", WIDENS),
            ("config edit", CONFIGURES),
            ("config set dashboard.theme none", Acts),
            ("config set dashboard.frob none", CONFIGURES),
            ("config set gate.mode observe", CONFIGURES),
            ("config unset", CONFIGURES),
            ("import --apply", CONFIGURES),
            ("import --apply --allow", WIDENS),
            ("import --apply=yes", CONFIGURES),
            ("clean --restore=3f2a", Acts),
            ("clean --older-than=30d", Looks),
            ("clean --older-than=30d --yes", ERASES),
            ("search --rebuild", ERASES),
            ("up --install", TELLS),
            ("up --install --dry-run", Looks),
            ("stop 3f2a --force", Acts),
            ("history --delete-all", WIDENS),
            ("hive accept x", WIDENS),
            ("hive distill", WIDENS),
            ("hive distill --dry-run", Looks),
            ("hive expose --all", WIDENS),
            ("hive forget 3f2a", ERASES),
            ("hive ls --all", Looks),
            ("relay peers", Looks),
        ] {
            assert_eq!(access(words), Some(wanted), "{words}");
        }
        assert_eq!(access("frob"), None);
    }

    #[test]
    fn a_key_is_a_person_s_unless_it_is_named() {
        assert!(key("dashboard.theme").is_some_and(|key| key.harmless));
        for guarded in ["gate.mode", "budget.day_usd", "prices.m.input", "general.timezone", "hooks.x.run"] {
            assert!(key(guarded).is_some_and(|key| !key.harmless), "{guarded}");
        }
        for unknown in ["dashboard", "dashboard.theme.x", "dashboard.", "general", "general.x", ""] {
            assert!(key(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn no_command_has_two_rows() {
        let of = |rows: &'static [Row]| rows.iter().flat_map(|row| row.words.split('|'));
        let mut all: Vec<&str> = of(COMMANDS).chain(of(PUBLISHED)).collect();
        all.sort_unstable();
        let twice: Vec<_> = all.windows(2).filter(|two| two[0] == two[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn it_is_named_as_it_was_called() {
        let name = |words: &[&str], option: &'static str| {
            let given = Given { words: words.to_vec(), options: vec![("--json", None), (option, None)] };
            find(&given).map(|found| found.name)
        };
        assert_eq!(name(&["doctor"], "--live").as_deref(), Some("doctor --live"));
        assert_eq!(name(&["list"], "--all").as_deref(), Some("list"));
        assert_eq!(name(&["gate", "hooks", "trust", "x"], "-q").as_deref(), Some("gate hooks trust"));
        assert_eq!(name(&["history"], "--delete-all").as_deref(), Some("history --delete-all"));
    }

    #[test]
    fn whoever_is_refused_is_told_of_a_way_out() {
        let way = |words: &str| COMMANDS.iter().find(|row| row.words == words).and_then(Row::way_out);
        assert_eq!(way("init").as_deref(), Some("--dry-run"));
        assert_eq!(way("rules add").as_deref(), Some("--action ask or deny"));
        assert_eq!((way("gate allow"), way("config set")), (None, None));
    }
}
