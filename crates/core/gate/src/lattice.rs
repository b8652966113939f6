//! From what is done to a verdict: a table, an entry a line, each with its reason.

use std::cmp::Reverse;

use claudectl_shell::effect::{Act, Effect, Flow, Scope};
use claudectl_shell::report::{Deed, Ran, Report};

/// How far a call may go, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It is proven to be harmless.
    Allow,
    /// It asks, until the person's own answers say otherwise.
    Learnable,
    /// It asks.
    Ask,
    /// It is refused; only a rule of the person's own lets it pass.
    Deny,
}

impl Level {
    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Learnable => "learnable",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }

    /// What is answered.
    #[must_use]
    pub const fn verdict(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Learnable | Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// An entry of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What is done.
    pub effect: Effect,
    /// To which of these; none for all.
    pub scopes: &'static [Scope],
    /// Only where it is far-reaching, or only where it is not.
    pub grave: Option<bool>,
    /// How far it may go.
    pub level: Level,
    /// Why, for a person.
    pub reason: &'static str,
}

const fn entry(
    effect: Effect,
    scopes: &'static [Scope],
    grave: Option<bool>,
    level: Level,
    reason: &'static str,
) -> Entry {
    Entry { effect, scopes, grave, level, reason }
}

use Effect::{
    Delete, ExecProject, ExecUnknown, NetworkIn, NetworkOut, Persistence, Privilege, ProcessKill, Publish,
    Read, RemoteData, RemoteInfra, SecretRead, VcsHistory, Write,
};
use Level::{Allow, Ask, Deny, Learnable};
use Scope::{
    Build, Credential, Device, Dotfile, Everything, Guard, Home, Loopback, Nothing, Remote, Repository,
    System, Temp, Tracked, Unknown, Untracked,
};

/// The table: the first entry that fits counts.
pub const TABLE: &[Entry] = &[
    entry(
        Read,
        &[Nothing, Build, Temp, Tracked, Untracked, Repository, Guard],
        None,
        Allow,
        "reads in the project",
    ),
    entry(Read, &[System], None, Allow, "reads the system's files, which are no secrets"),
    entry(Read, &[Remote], None, Allow, "asks a service for what it shows"),
    entry(Read, &[Home], Some(true), Ask, "reads all of your home folder, with what is secret in it"),
    entry(Read, &[Home], None, Allow, "reads files of yours that are no secrets"),
    entry(Read, &[Dotfile], None, Learnable, "reads settings in your home folder"),
    entry(Read, &[Unknown], None, Learnable, "reads a file, and nobody knows which"),
    entry(Read, &[Device], None, Ask, "reads a device"),
    entry(Read, &[], None, Learnable, "reads"),
    entry(SecretRead, &[], None, Ask, "reads what is secret"),
    entry(Write, &[Nothing, Build, Temp], None, Allow, "writes what can be made again"),
    entry(Write, &[Device], None, Deny, "writes to a device"),
    entry(Write, &[Guard], Some(true), Deny, "weakens what stands guard"),
    entry(Write, &[Guard], None, Ask, "changes what says what agents may do"),
    entry(Write, &[System], Some(true), Deny, "changes much of the system"),
    entry(Write, &[System], None, Ask, "changes the system"),
    entry(Write, &[Credential], None, Ask, "changes what is secret"),
    entry(Write, &[Dotfile], None, Ask, "changes settings in your home folder"),
    entry(Write, &[Home], Some(true), Deny, "changes much of your home folder"),
    entry(Write, &[Home], None, Ask, "writes outside of the project"),
    entry(Write, &[Repository], None, Learnable, "changes the repository"),
    entry(Write, &[Tracked], None, Learnable, "changes a file of the project"),
    entry(Write, &[Untracked], None, Learnable, "writes a file in the project"),
    entry(Write, &[Loopback], None, Learnable, "sends to a service on this machine"),
    entry(Write, &[], None, Ask, "writes, and nobody knows where"),
    entry(Delete, &[Nothing], None, Allow, "removes nothing"),
    entry(Delete, &[Build, Temp], Some(false), Allow, "removes what can be made again"),
    entry(Delete, &[Build], Some(true), Learnable, "removes what can be made again"),
    entry(Delete, &[Temp], Some(true), Learnable, "removes temporary files"),
    entry(Delete, &[System, Device], Some(true), Deny, "removes much of the system"),
    entry(Delete, &[Home, Dotfile], Some(true), Deny, "removes much of your home folder"),
    entry(Delete, &[Credential], None, Deny, "removes what is secret, for good"),
    entry(Delete, &[Guard], None, Ask, "removes what says what agents may do"),
    entry(Delete, &[Repository], None, Deny, "removes what version control remembers"),
    entry(Delete, &[Tracked, Untracked], Some(true), Ask, "removes a folder of the project, or all of it"),
    entry(Delete, &[Tracked], None, Learnable, "removes a file that version control has"),
    entry(Delete, &[], None, Ask, "removes"),
    entry(ExecProject, &[], None, Learnable, "runs the project's own code"),
    entry(ExecUnknown, &[], None, Learnable, "runs code that nobody here has read"),
    entry(NetworkIn, &[Nothing, Loopback], None, Allow, "asks this machine"),
    entry(NetworkIn, &[], None, Learnable, "fetches from another machine"),
    entry(NetworkOut, &[Nothing], None, Allow, "sends nothing"),
    entry(NetworkOut, &[Loopback], None, Learnable, "sends to a service on this machine"),
    entry(NetworkOut, &[], None, Ask, "sends to another machine"),
    entry(Privilege, &[Remote], Some(true), Deny, "lets another machine run commands here"),
    entry(Privilege, &[Guard], None, Deny, "is for people"),
    entry(Privilege, &[], None, Ask, "is done with more rights"),
    entry(VcsHistory, &[], Some(true), Ask, "loses work or history"),
    entry(VcsHistory, &[], None, Learnable, "changes what version control remembers"),
    entry(Publish, &[], Some(true), Deny, "overwrites what others have"),
    entry(Publish, &[], None, Ask, "publishes"),
    entry(ProcessKill, &[Nothing], None, Allow, "ends what it has started"),
    entry(ProcessKill, &[], Some(true), Deny, "takes the machine down"),
    entry(ProcessKill, &[], None, Ask, "ends a process"),
    entry(Persistence, &[], None, Ask, "makes something run later by itself"),
    entry(RemoteInfra, &[Everything], None, Deny, "destroys all of something elsewhere, for good"),
    entry(RemoteData, &[Everything], None, Deny, "destroys all data, for good"),
    entry(RemoteInfra, &[], Some(true), Ask, "destroys something elsewhere"),
    entry(RemoteInfra, &[], None, Ask, "changes something elsewhere"),
    entry(RemoteData, &[], Some(true), Ask, "destroys data"),
    entry(RemoteData, &[], None, Ask, "changes data"),
];

/// What a flow means.
#[must_use]
pub const fn of_flow(flow: Flow) -> (Level, &'static str) {
    match flow {
        Flow::SecretOut => (Deny, "sends a secret to another machine"),
        Flow::DownloadRun => (Deny, "runs what was just fetched from another machine"),
        Flow::DecodedRun => (Deny, "runs what was hidden by encoding"),
    }
}

/// The entry for an act.
#[must_use]
pub fn find(act: Act) -> &'static Entry {
    find_in(TABLE, act)
}

/// The same by another table.
#[must_use]
pub fn find_in(table: &[Entry], act: Act) -> &Entry {
    let fits = |entry: &&Entry| {
        entry.effect == act.effect
            && (entry.scopes.is_empty() || entry.scopes.contains(&act.scope))
            && entry.grave.is_none_or(|grave| grave == act.grave)
    };
    table.iter().find(fits).unwrap_or(&LAST)
}

/// No act is without an entry; if one were, it would ask.
static LAST: Entry = entry(ExecUnknown, &[], None, Ask, "nothing is known of it");

/// How far a command may go by itself, and why.
#[must_use]
pub fn of_command(command: &Ran) -> (Level, String) {
    of_command_in(TABLE, command)
}

/// The same by another table.
#[must_use]
pub fn of_command_in(table: &[Entry], command: &Ran) -> (Level, String) {
    let reasons = reasons_in(table, command);
    reasons.first().map_or((Allow, String::new()), |worst| (worst.level, told(std::slice::from_ref(worst))))
}

/// How far a command may go, without a word about why.
#[must_use]
pub fn level_of_command(command: &Ran) -> Level {
    let deeds = command.deeds.iter().map(|deed| level(find_in(TABLE, deed.act), deed));
    match deeds.max().unwrap_or(Allow) {
        Allow if !command.unproven.is_empty() => Learnable,
        worst => worst,
    }
}

/// The same of all of it.
#[must_use]
pub fn level_of_report(report: &Report) -> Level {
    let commands = report.commands.iter().map(level_of_command);
    let worst = commands.chain(report.flows.iter().map(|flow| of_flow(*flow).0)).max().unwrap_or(Allow);
    if report.opaque.is_empty() { worst } else { worst.max(Ask) }
}

/// Why a command may not go as far as it wants: one of the reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// How far it may go by this.
    pub level: Level,
    /// Among those of a level: the gravest has the least.
    rank: usize,
    what: String,
    /// To what; empty where the rest says it.
    subject: String,
}

/// Effects by what is at stake, the gravest first: of what asks alike, this is told first.
const GRAVITY: [Effect; 15] = [
    Privilege,
    Publish,
    RemoteData,
    RemoteInfra,
    NetworkOut,
    SecretRead,
    Persistence,
    VcsHistory,
    ExecUnknown,
    ExecProject,
    ProcessKill,
    Delete,
    NetworkIn,
    Write,
    Read,
];

/// All reasons of a command, the gravest first; none where it may run.
#[must_use]
pub fn reasons(command: &Ran) -> Vec<Reason> {
    reasons_in(TABLE, command)
}

fn reasons_in(table: &[Entry], command: &Ran) -> Vec<Reason> {
    let reason = |deed: &Deed| {
        let entry = find_in(table, deed.act);
        let level = level(entry, deed);
        let rank = GRAVITY.iter().position(|effect| *effect == deed.act.effect).unwrap_or(0);
        let rank = 2 * rank + usize::from(!deed.act.grave);
        Reason { level, rank, what: entry.reason.to_owned(), subject: deed.subject.clone() }
    };
    let mut all: Vec<Reason> =
        command.deeds.iter().map(reason).filter(|reason| reason.level > Allow).collect();
    if all.is_empty()
        && let Some(why) = command.unproven.first()
    {
        all.push(Reason { level: Learnable, rank: usize::MAX, what: why.clone(), subject: String::new() });
    }
    all.sort_by_key(Reason::order);
    all
}

impl Reason {
    /// Of a flow between commands.
    #[must_use]
    pub fn of_flow(flow: Flow) -> Self {
        let (level, what) = of_flow(flow);
        Self { level, rank: 0, what: what.to_owned(), subject: String::new() }
    }

    /// The gravest first.
    #[must_use]
    pub fn order(&self) -> (Reverse<Level>, usize) {
        (Reverse(self.level), self.rank)
    }
}

/// So many reasons are told of a call, and so many subjects of a reason.
const MOST_TOLD: usize = 4;

/// Reasons in words, in their order: what is done in the same way is told once, with all that it is done to.
#[must_use]
pub fn told(reasons: &[Reason]) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for Reason { what, subject, .. } in reasons {
        let at = groups.iter().position(|(other, _)| other == what).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push((what, Vec::new()));
        }
        if !subject.is_empty() && !groups[at].1.contains(&subject.as_str()) {
            groups[at].1.push(subject);
        }
    }
    let more = |left: usize| if left > 0 { format!(" and {left} more") } else { String::new() };
    let group = |(what, subjects): &(&str, Vec<&str>)| match subjects.as_slice() {
        [] => (*what).to_owned(),
        all => {
            let shown = &all[..all.len().min(MOST_TOLD)];
            format!("{what}: {}{}", shown.join(", "), more(all.len() - shown.len()))
        }
    };
    let shown = &groups[..groups.len().min(MOST_TOLD)];
    let words: Vec<String> = shown.iter().map(group).collect();
    format!("{}{}", words.join("; "), more(groups.len() - shown.len()))
}

/// How far a deed may go by its entry: of what is not wholly known, the rest may lead elsewhere.
fn level(entry: &Entry, deed: &Deed) -> Level {
    if deed.sure || entry.level >= Ask { entry.level } else { entry.level.max(unsure(deed.act)) }
}

fn unsure(act: Act) -> Level {
    match act.effect {
        Read | NetworkIn | ProcessKill => Allow,
        Delete => Ask,
        _ => Learnable,
    }
}

/// How far all of it may go, and why.
#[must_use]
pub fn of_report(report: &Report) -> (Level, String) {
    of_report_in(TABLE, report)
}

/// The same by another table: what a proof of each entry asks.
#[must_use]
pub fn of_report_in(table: &[Entry], report: &Report) -> (Level, String) {
    let mut worst = (Allow, String::new());
    for command in &report.commands {
        let next = of_command_in(table, command);
        if next.0 > worst.0 {
            worst = next;
        }
    }
    for flow in &report.flows {
        let (level, reason) = of_flow(*flow);
        if level > worst.0 {
            worst = (level, reason.to_owned());
        }
    }
    if worst.0 < Ask
        && let Some(why) = report.opaque.first()
    {
        worst = (Ask, why.clone());
    }
    if report.commands.is_empty() && report.opaque.is_empty() && worst.1.is_empty() {
        worst.1 = "nothing is run".to_owned();
    }
    worst
}
