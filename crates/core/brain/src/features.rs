//! What is known of a call, as slots of a table: no text is kept, so none can speak to whoever reads it.
//!
//! A feature is a hash of what it is about (program, flags, effects, where files lie), by itself and crossed with the
//! project, so that what holds everywhere is learned once, and what a project does otherwise in few answers.

use std::borrow::Cow;

use claudectl_fleet::tools::Family;
use claudectl_gate::lattice::{self, Level};
use claudectl_shell::report::{Ran, Report};
use claudectl_shell::value::Arg;
use xxhash_rust::xxh3::xxh3_64;

use crate::bytes::{Reader, Writer};
use crate::course::{self, Course};
use crate::identity::{self, Given, Secret};

/// How many slots there are.
pub const SLOTS: u32 = 1 << 18;
/// No call has more features.
pub const MOST: usize = 120;
/// Of so many commands of one call, features are made.
const COMMANDS: usize = 6;
/// Of so many flags, operands and deeds of one command.
const PARTS: usize = 8;

/// A hash of what a feature is about.
pub type Key = u64;

/// What is known where a call is made, beside the call.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What features are made with.
    pub secret: &'a Secret,
    /// The project: its folder.
    pub root: &'a str,
    /// The person's home folder.
    pub home: &'a str,
    /// The host's mode of permissions; empty where it was not told.
    pub mode: &'a str,
    /// A subagent makes it.
    pub agent: bool,
    /// What it is given, as far as it is told apart by that ([`identity::given`]).
    pub given: Option<Given>,
    /// What is checked out there; of calls that are no matter of git, nothing is made of it.
    pub branch: Branch,
    /// How its session went until then.
    pub course: Course,
}

impl<'a> Situation<'a> {
    /// Of a project, and nothing else is known.
    #[must_use]
    pub fn of(secret: &'a Secret, root: &'a str, home: &'a str) -> Self {
        let (given, branch, course) = (None, Branch::Unknown, Course::default());
        Self { secret, root, home, mode: "", agent: false, given, branch, course }
    }
}

/// What is checked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Branch {
    /// Nobody said.
    #[default]
    Unknown = 0,
    /// No branch.
    None = 1,
    /// One that others go by, as its name says.
    Shared = 2,
    /// Any other.
    Other = 3,
}

/// Names of branches that are the default of a repository, or protected, nearly everywhere. By their names alone, as
/// transcripts tell no more: so the past counts as what hooks see does.
const SHARED: &[&str] = &[
    "main",
    "master",
    "trunk",
    "mainline",
    "default",
    "develop",
    "development",
    "dev",
    "release",
    "stable",
    "staging",
    "production",
    "prod",
    "live",
    "gh-pages",
];

impl Branch {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::None, Self::Shared, Self::Other];

    /// Of its name, as the host tells it: `HEAD` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let of_release = |name: &str| name.starts_with("release/") || name.starts_with("hotfix/");
        match name {
            "" => Self::Unknown,
            "HEAD" => Self::None,
            name if SHARED.contains(&name) || of_release(name) => Self::Shared,
            _ => Self::Other,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::None => "none",
            Self::Shared => "default or protected",
            Self::Other => "another",
        }
    }
}

/// Whether it matters to a call what is checked out: git is what its verdict hangs on.
#[must_use]
pub fn is_of_git(report: &Report) -> bool {
    // Hot: most calls have nothing to do with it.
    report.commands.iter().any(is_git) && decisive(report).into_iter().any(is_git)
}

/// A call, as the learner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features {
    /// Slots, each once, with the sign of its hash in the lowest bit: `slot << 1 | negative`.
    pub slots: Vec<u32>,
    /// What it is: the same for the same program, verbs and flags in the same project.
    pub kind: Key,
    /// The same of any project.
    pub shape: Key,
    /// All that it is given, in the same place: nobody who does not know the secret makes another call with the same.
    pub exact: Key,
    /// Programs of it, and what they do to what, in this project: what nobody has answered for is new.
    pub parts: Vec<Key>,
    /// The family of its tool.
    pub family: Group,
    /// How far the lattice lets it go.
    pub level: Level,
    /// Which secret they were made with ([`Secret::name`]).
    pub secret: u32,
}

/// The format of [`Features::pack`]. Since 2, identities are keyed.
const PACKED: u8 = 2;
/// Format and secret: so many bytes of packed features are the same for all that mean something beside each other.
pub const MADE: usize = 5;

/// How packed features begin that are made now with a secret.
#[must_use]
pub fn made(secret: &Secret) -> [u8; MADE] {
    let name = secret.name().to_le_bytes();
    [PACKED, name[0], name[1], name[2], name[3]]
}

impl Features {
    /// As bytes, for the log.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Writer(Vec::with_capacity(32 + self.slots.len() * 3 + self.parts.len() * 8));
        out.u8(PACKED);
        out.u32(self.secret);
        out.u8(self.family.index() as u8);
        out.u8(self.level as u8);
        for key in [self.kind, self.shape, self.exact] {
            out.u64(key);
        }
        out.u8(self.slots.len() as u8);
        // A slot and its sign take 19 bits.
        self.slots.iter().for_each(|slot| out.0.extend_from_slice(&slot.to_le_bytes()[..3]));
        self.parts.iter().for_each(|part| out.u64(*part));
        out.0
    }

    /// The same call after something else: features are made of calls once, and of what was before each time.
    #[must_use]
    pub fn after(&self, course: &Course) -> Self {
        let mut slots = Slots::default();
        self.slots.iter().for_each(|slot| slots.add(*slot));
        let mut push = |made: Made<'_>| slots.add(made.slot);
        tell_course(course, &mut Maker { sink: &mut push, project: 0 });
        Self { slots: slots.all, parts: self.parts.clone(), ..*self }
    }

    /// What was packed; `None` where it is torn, or of another version.
    #[must_use]
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.u8()? != PACKED {
            return None;
        }
        let secret = from.u32()?;
        let family = *Group::ALL.get(usize::from(from.u8()?))?;
        let level = from.u8()?;
        let levels = [Level::Allow, Level::Learnable, Level::Ask, Level::Deny];
        let level = levels.into_iter().find(|known| *known as u8 == level)?;
        let (kind, shape, exact) = (from.u64()?, from.u64()?, from.u64()?);
        let count = usize::from(from.u8()?);
        let slot = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        let slots: Vec<u32> = from.take(count * 3)?.chunks_exact(3).map(slot).collect();
        if slots.len() > MOST || slots.iter().any(|slot| slot >> 1 >= SLOTS) {
            return None;
        }
        let mut parts = Vec::new();
        while !from.0.is_empty() {
            parts.push(from.u64()?);
        }
        Some(Self { slots, kind, shape, exact, parts, family, level, secret })
    }
}

/// Calls that are held to a bound of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Commands of a shell.
    Shell,
    /// Changes of files.
    Edit,
    /// Everything else.
    Other,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Shell, Self::Edit, Self::Other];

    /// Of a tool, by its true name.
    #[must_use]
    pub fn of(tool: &str) -> Self {
        match Family::of(tool) {
            Some(Family::Shell) => Self::Shell,
            Some(Family::Edit) => Self::Edit,
            Some(Family::Read | Family::Agent) | None => Self::Other,
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Edit => "edit",
            Self::Other => "other",
        }
    }

    /// Its place in [`ALL`](Self::ALL).
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Shell => 0,
            Self::Edit => 1,
            Self::Other => 2,
        }
    }
}

/// What a feature is about: its part of a hash, and its name for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum About {
    /// Every call.
    Any = 1,
    /// Its tool.
    Tool,
    /// A program.
    Program,
    /// A program with its verbs.
    Verbs,
    /// One flag of it.
    Flag,
    /// A program with its verbs and all of its flags.
    Shape,
    /// One operand of it.
    Operand,
    /// All of its words.
    Exact,
    /// An effect on a scope.
    Act,
    /// An effect, and what kind of file it is on.
    Extension,
    /// An effect, and the folder of the project that it is in.
    Folder,
    /// An effect, and the file.
    File,
    /// What goes from one command to another.
    Flow,
    /// What is not known of it.
    Unproven,
    /// How far the lattice lets it go.
    Reach,
    /// How many commands it has.
    Length,
    /// The project.
    Project,
    /// The mode of the host.
    Mode,
    /// Main conversation, or a subagent.
    Depth,
    /// How much of the context is in use.
    Context,
    /// What the session has cost.
    Cost,
    /// How long its person has not been there.
    Quiet,
    /// How many calls failed just before.
    Failed,
    /// How often the same was asked for just before.
    Repeats,
    /// What was done just before, and how it ended.
    Before,
    /// What is checked out.
    Branch,
}

impl About {
    /// Its name, for a person.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "all calls",
            Self::Tool => "tool",
            Self::Program => "program",
            Self::Verbs => "command",
            Self::Flag => "flag",
            Self::Shape => "command with flags",
            Self::Operand => "operand",
            Self::Exact => "this very call",
            Self::Act => "effect",
            Self::Extension => "kind of file",
            Self::Folder => "folder",
            Self::File => "file",
            Self::Flow => "flow",
            Self::Unproven => "what is not known of it",
            Self::Reach => "level",
            Self::Length => "number of commands",
            Self::Project => "project",
            Self::Mode => "mode",
            Self::Depth => "who calls",
            Self::Context => "context in use",
            Self::Cost => "cost of the session",
            Self::Quiet => "time since you were there",
            Self::Failed => "failures just before",
            Self::Repeats => "the same just before",
            Self::Before => "call before",
            Self::Branch => "branch",
        }
    }
}

/// A feature, as it is made.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    /// What it is about.
    pub about: About,
    /// It is about this project alone.
    pub here: bool,
    /// Its words, for a person; nothing is made of them.
    pub words: &'a [&'a str],
    /// Its slot, with its sign.
    pub slot: u32,
}

/// Takes up features as they are made.
trait Sink {
    fn take(&mut self, made: Made<'_>);
}

impl<F: FnMut(Made<'_>)> Sink for F {
    fn take(&mut self, made: Made<'_>) {
        self(made);
    }
}

/// Hashes text.
#[must_use]
pub fn hash(text: &str) -> Key {
    xxh3_64(text.as_bytes())
}

/// Puts two hashes together, in their order.
#[must_use]
pub const fn join(one: Key, other: Key) -> Key {
    // The multipliers of splitmix64.
    let mixed = (one.rotate_left(23) ^ other).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// Slots, each once, in the order in which they are made.
struct Slots {
    all: Vec<u32>,
    /// By their lowest bits, which of them may be there: hot, and most are met once.
    met: [u64; 4],
}

impl Default for Slots {
    fn default() -> Self {
        Self { all: Vec::with_capacity(MOST), met: [0; 4] }
    }
}

impl Slots {
    fn add(&mut self, slot: u32) {
        let (word, bit) = ((slot >> 7) as usize % self.met.len(), 1 << (slot >> 1 & 63));
        let is_known = self.met[word] & bit != 0 && self.all.contains(&slot);
        if !is_known && self.all.len() < MOST {
            self.met[word] |= bit;
            self.all.push(slot);
        }
    }
}

const fn slot(key: Key) -> u32 {
    let key = key ^ (key >> 32);
    ((key as u32) % SLOTS) << 1 | (key >> 60) as u32 & 1
}

/// The features of a call.
#[must_use]
pub fn of(tool: &str, report: &Report, situation: Situation<'_>) -> Features {
    let mut slots = Slots::default();
    let found = each(tool, report, situation, &mut |made: Made<'_>| slots.add(made.slot));
    Features { slots: slots.all, ..found }
}

/// The features of a call with their names, for a person: a slot, what it is about, and whether that is this project's.
#[must_use]
pub fn named(tool: &str, report: &Report, situation: Situation<'_>) -> Vec<(u32, String)> {
    let mut names: Vec<(u32, String)> = Vec::new();
    each(tool, report, situation, &mut |made: Made<'_>| {
        if names.iter().any(|(slot, _)| *slot == made.slot) {
            return;
        }
        let words = made.words.join(" ");
        let here = if made.here { ", in this project" } else { "" };
        let blank = if words.is_empty() { "" } else { " " };
        names.push((made.slot, format!("{}{blank}{words}{here}", made.about.word())));
    });
    names
}

/// Makes features one after another; what is returned has no slots yet.
fn each(tool: &str, report: &Report, situation: Situation<'_>, sink: &mut impl Sink) -> Features {
    let level = lattice::level_of_report(report);
    let secret = situation.secret;
    let project = secret.hash(situation.root);
    let mut make = Maker { sink, project };
    let of_tool = secret.hash(tool);
    make.one(About::Any, 0, &[]);
    make.both(About::Tool, of_tool, &[tool]);
    make.one(About::Reach, level as u64, &[level.word()]);
    make.here(About::Project, 0, &[situation.root]);
    // Hot: most calls are one command.
    let (one, more);
    let decisive: &[&Ran] = match &report.commands[..] {
        [only] => {
            one = [only];
            &one
        }
        _ => {
            more = decisive(report);
            &more
        }
    };
    let count = decisive.len().min(COMMANDS + 1);
    make.one(About::Length, count as u64, &[]);
    let mut shape = of_tool;
    let mut parts: Vec<Key> = Vec::with_capacity(2 * PARTS);
    for (at, ran) in decisive.iter().enumerate() {
        let seen = Command::new(ran, situation);
        shape = join(shape, seen.shape);
        if at < COMMANDS {
            seen.tell(ran, situation, &mut make);
        }
        parts.push(join(project, seen.program));
        for deed in &ran.deeds {
            parts.push(join(project, act(deed.act)));
        }
    }
    // What commands stand around it, what it reads and where it runs may be all that makes it what it is.
    let given = situation.given.unwrap_or_else(|| identity::of_deeds(tool, decisive, situation));
    let mut exact = given.exact;
    make.both(About::Exact, given.anywhere, &[]);
    if decisive.len() > 1 {
        make.both(About::Shape, shape, &["all together"]);
    }
    for flow in &report.flows {
        make.both(About::Flow, secret.hash(flow.word()), &[flow.word()]);
    }
    if !report.opaque.is_empty() {
        make.one(About::Unproven, 1, &[]);
        parts.push(join(project, secret.hash("opaque")));
    }
    if situation.branch != Branch::Unknown && decisive.iter().any(|ran| is_git(ran)) {
        let branch = situation.branch as u64;
        make.both(About::Branch, branch, &[situation.branch.word()]);
        make.both(About::Branch, join(shape, branch), &[situation.branch.word(), "with this command"]);
        // What was answered on a branch of one's own is none for that of all.
        exact = join(exact, branch);
    }
    make.both(About::Mode, secret.hash(situation.mode), &[situation.mode]);
    make.one(About::Depth, u64::from(situation.agent), &[if situation.agent { "a subagent" } else { "" }]);
    tell_course(&situation.course, &mut make);
    parts.sort_unstable();
    parts.dedup();
    Features {
        slots: Vec::new(),
        kind: join(project, shape),
        shape,
        exact,
        parts,
        family: Group::of(tool),
        level,
        secret: secret.name(),
    }
}

/// What was before a call: what is not known makes no feature.
fn tell_course<S: Sink>(course: &Course, make: &mut Maker<'_, S>) {
    let Course { context, cost, quiet, failed, repeats, before } = *course;
    let bands = [
        (About::Context, context),
        (About::Cost, cost),
        (About::Quiet, quiet),
        (About::Failed, failed),
        (About::Repeats, repeats),
    ];
    for (about, band) in bands.into_iter().filter(|(_, band)| *band > 0) {
        make.one(about, u64::from(band), &[BANDS[usize::from(band.min(9))]]);
    }
    for (nth, step) in before.into_iter().enumerate() {
        if let Some((program, ended)) = step {
            make.one(About::Before, join(join(program, ended as u64), nth as u64), &[NTH[nth], ended.word()]);
        }
    }
}

const BANDS: [&str; 10] = ["", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const NTH: [&str; course::BEFORE] = ["(last)", "(second last)", "(third last)"];

/// The commands that a verdict hangs on: those that are not known to be harmless, or all where each is.
fn decisive(report: &Report) -> Vec<&Ran> {
    if let [only] = &report.commands[..] {
        return vec![only];
    }
    let asks = |ran: &&Ran| lattice::level_of_command(ran) > Level::Allow;
    let some: Vec<&Ran> = report.commands.iter().filter(asks).collect();
    if some.is_empty() { report.commands.iter().collect() } else { some }
}

const fn act(act: claudectl_shell::effect::Act) -> Key {
    join(0x61_63_74, (act.effect as u64) << 16 | (act.scope as u64) << 8 | act.grave as u64)
}

/// What a command is made of.
struct Command<'a> {
    name: &'a str,
    program: Key,
    verbs: Key,
    shape: Key,
    flags: Vec<Key>,
}

impl<'a> Command<'a> {
    fn new(ran: &'a Ran, situation: Situation<'_>) -> Self {
        let secret = situation.secret;
        let name = name(ran);
        let program = secret.hash(name);
        let verbs = ran.verbs.iter().fold(program, |all, verb| join(all, secret.hash(verb)));
        let flags = ran.words.iter().skip(1).filter_map(flag);
        let mut flags: Vec<Key> = flags.map(|flag| secret.hash(flag)).collect();
        flags.sort_unstable();
        flags.dedup();
        let deeds = ran.deeds.iter().fold(0, |all: Key, deed| all.wrapping_add(act(deed.act)));
        let shape = join(flags.iter().fold(verbs, |all, flag| join(all, *flag)), deeds);
        Self { name, program, verbs, shape, flags }
    }

    fn tell<S: Sink>(&self, ran: &Ran, situation: Situation<'_>, make: &mut Maker<'_, S>) {
        let (program, secret) = (self.name, situation.secret);
        make.both(About::Program, self.program, &[program]);
        if !ran.verbs.is_empty() {
            let verbs = match &ran.verbs[..] {
                [only] => Cow::Borrowed(only.as_str()),
                more => Cow::Owned(more.join(" ")),
            };
            make.both(About::Verbs, self.verbs, &[program, &verbs]);
        }
        make.both(About::Shape, self.shape, &[program]);
        for flag in self.flags.iter().take(PARTS) {
            make.one(About::Flag, join(self.verbs, *flag), &[program]);
        }
        let operands = ran.words.iter().skip(1).filter(|word| flag(word).is_none());
        for operand in operands.take(PARTS) {
            let text = beside(operand, situation);
            make.both(About::Operand, join(self.program, secret.hash(&text)), &[program, &text]);
        }
        for deed in ran.deeds.iter().take(PARTS) {
            let key = act(deed.act);
            let (effect, scope) = (deed.act.effect.word(), deed.act.scope.word());
            make.both(About::Act, key, &[effect, scope]);
            let path = within(&deed.subject, situation);
            if let Some(extension) = extension(path) {
                make.both(About::Extension, join(key, secret.hash(extension)), &[effect, extension]);
            }
            let top = path.split('/').next().unwrap_or_default();
            make.one(About::Folder, join(key, secret.hash(top)), &[effect, top]);
            make.one(About::File, join(key, secret.hash(path)), &[effect, path]);
        }
        if !ran.unproven.is_empty() {
            make.one(About::Unproven, join(self.program, 2), &[program]);
        }
    }
}

struct Maker<'a, S> {
    sink: &'a mut S,
    project: Key,
}

impl<S: Sink> Maker<'_, S> {
    fn one(&mut self, about: About, key: Key, words: &[&str]) {
        let slot = slot(join(about as u64, key));
        self.sink.take(Made { about, here: false, words, slot });
    }

    fn here(&mut self, about: About, key: Key, words: &[&str]) {
        let slot = slot(join(join(about as u64, key), self.project));
        self.sink.take(Made { about, here: true, words, slot });
    }

    fn both(&mut self, about: About, key: Key, words: &[&str]) {
        self.one(about, key, words);
        self.here(about, key, words);
    }
}

/// What stands among [`Features::parts`] for a command's program in a project.
#[must_use]
pub fn program(ran: &Ran, secret: &Secret, root: &str) -> Key {
    join(secret.hash(root), secret.hash(name(ran)))
}

/// A command's program, by its name.
fn name(ran: &Ran) -> &str {
    let word = ran.words.first().map_or("", |word| word.beginning());
    word.rsplit('/').next().unwrap_or(word)
}

/// Hot: it is asked of each command.
fn is_git(ran: &Ran) -> bool {
    let before = ran.words.first().and_then(|word| word.beginning().strip_suffix("git"));
    before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// A path without what ends it. Hot: a search for what is not there would cost more.
pub(crate) fn without_end(mut path: &str) -> &str {
    while let Some(rest) = path.strip_suffix('/') {
        path = rest;
    }
    path
}

/// A flag without its value.
fn flag(word: &Arg) -> Option<&str> {
    let text = word.beginning();
    let is_flag = text.len() > 1 && text.starts_with('-');
    is_flag.then(|| text.split('=').next().unwrap_or(text))
}

/// A word without what lies above the project or the home folder.
pub(crate) fn beside<'a>(word: &'a Arg, situation: Situation<'_>) -> Cow<'a, str> {
    short(&word.text, situation)
}

pub(crate) fn short<'a>(text: &'a str, situation: Situation<'_>) -> Cow<'a, str> {
    let Situation { root, home, .. } = situation;
    let mut text = Cow::Borrowed(text);
    // Most words have no folder in them, and that is quickly seen.
    if !text.contains('/') {
        return text;
    }
    for (folder, short) in [(root, "."), (home, "~")] {
        if folder.len() > 1 && text.contains(folder) {
            text = Cow::Owned(text.replace(folder, short));
        }
    }
    text
}

/// A path without what lies above the project.
pub(crate) fn within<'a>(path: &'a str, situation: Situation<'_>) -> &'a str {
    let root = without_end(situation.root);
    let rest = path.strip_prefix(root).filter(|rest| !root.is_empty() && rest.starts_with('/'));
    rest.map_or(path, |rest| &rest[1..])
}

fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.')?;
    (!stem.is_empty() && extension.len() <= 8).then_some(extension)
}
