//! From what is done to a verdict: a table, an entry a line, each with its reason.

use claudectl_shell::effect::{Act, Effect, Flow, Scope};
use claudectl_shell::report::{Ran, Report};

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
    let mut worst = (Allow, String::new());
    for deed in &command.deeds {
        let entry = find_in(table, deed.act);
        // Of what is not wholly known, the rest may lead elsewhere.
        let level =
            if deed.sure || entry.level >= Ask { entry.level } else { entry.level.max(unsure(deed.act)) };
        if level > worst.0 {
            worst = (level, format!("{}: {}", entry.reason, deed.subject));
        }
    }
    if worst.0 < Learnable
        && let Some(why) = command.unproven.first()
    {
        worst = (Learnable, why.clone());
    }
    worst
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
