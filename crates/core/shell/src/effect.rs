//! What a command does to what.

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Something is looked at.
    Read,
    /// Something is made or changed.
    Write,
    /// Something is taken away.
    Delete,
    /// Code of the project runs: its build, its tests, its scripts.
    ExecProject,
    /// Code runs that nobody here has read.
    ExecUnknown,
    /// Data come from another machine.
    NetworkIn,
    /// Data go to another machine.
    NetworkOut,
    /// It is done with more rights.
    Privilege,
    /// What version control remembers is changed.
    VcsHistory,
    /// Something becomes public, or what others install.
    Publish,
    /// A process is ended, or the machine.
    ProcessKill,
    /// Something will run later, by itself.
    Persistence,
    /// A secret is looked at.
    SecretRead,
    /// Machines and services elsewhere are changed.
    RemoteInfra,
    /// Data elsewhere are changed.
    RemoteData,
}

impl Effect {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 15] = [
        Self::Read,
        Self::Write,
        Self::Delete,
        Self::ExecProject,
        Self::ExecUnknown,
        Self::NetworkIn,
        Self::NetworkOut,
        Self::Privilege,
        Self::VcsHistory,
        Self::Publish,
        Self::ProcessKill,
        Self::Persistence,
        Self::SecretRead,
        Self::RemoteInfra,
        Self::RemoteData,
    ];

    /// Its name in rules and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::ExecProject => "exec-project",
            Self::ExecUnknown => "exec-unknown",
            Self::NetworkIn => "network-in",
            Self::NetworkOut => "network-out",
            Self::Privilege => "privilege",
            Self::VcsHistory => "vcs-history",
            Self::Publish => "publish",
            Self::ProcessKill => "process-kill",
            Self::Persistence => "persistence",
            Self::SecretRead => "secret-read",
            Self::RemoteInfra => "remote-infra",
            Self::RemoteData => "remote-data",
        }
    }
}

/// What it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Nothing that lasts: the process itself, the terminal.
    Nothing,
    /// What can be built again: `target`, `node_modules`.
    Build,
    /// Temporary files.
    Temp,
    /// Files that version control has, unchanged or not.
    Tracked,
    /// Files in the repository that it does not have.
    Untracked,
    /// The repository as a whole, or its `.git`.
    Repository,
    /// Settings in the home folder: `~/.bashrc`, `~/.config`.
    Dotfile,
    /// Files elsewhere in the home folder, or in another project.
    Home,
    /// Keys, passwords, tokens, and what stores them.
    Credential,
    /// The system's files, services and settings.
    System,
    /// A disk, a partition, a device.
    Device,
    /// Another machine.
    Remote,
    /// All that there is of something: a whole cluster, a whole database, what a configuration describes.
    Everything,
    /// This machine, by its network address.
    Loopback,
    /// What stands guard over agents: the gate, its rules, budgets and hooks.
    Guard,
    /// Nobody knows.
    Unknown,
}

impl Scope {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 16] = [
        Self::Nothing,
        Self::Build,
        Self::Temp,
        Self::Tracked,
        Self::Untracked,
        Self::Repository,
        Self::Dotfile,
        Self::Home,
        Self::Credential,
        Self::System,
        Self::Device,
        Self::Remote,
        Self::Everything,
        Self::Loopback,
        Self::Guard,
        Self::Unknown,
    ];

    /// Its name in rules and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Build => "build-output",
            Self::Temp => "temp",
            Self::Tracked => "repo-tracked",
            Self::Untracked => "repo-untracked",
            Self::Repository => "repository",
            Self::Dotfile => "dotfile",
            Self::Home => "home",
            Self::Credential => "credential",
            Self::System => "system",
            Self::Device => "device",
            Self::Remote => "remote",
            Self::Everything => "everything",
            Self::Loopback => "loopback",
            Self::Guard => "guard",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Act {
    /// What is done.
    pub effect: Effect,
    /// To what.
    pub scope: Scope,
    /// It reaches far, or cannot be undone: all of something, by force, for good.
    pub grave: bool,
}

impl Act {
    /// What is done to what.
    #[must_use]
    pub const fn new(effect: Effect, scope: Scope) -> Self {
        Self { effect, scope, grave: false }
    }

    /// The same, far-reaching.
    #[must_use]
    pub const fn grave(effect: Effect, scope: Scope) -> Self {
        Self { effect, scope, grave: true }
    }
}

/// Data that go from one command to another, in a way that matters more than either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flow {
    /// A secret goes to another machine.
    SecretOut,
    /// What came from another machine is run.
    DownloadRun,
    /// What was decoded, so that nobody could read it before, is run.
    DecodedRun,
}

impl Flow {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::SecretOut, Self::DownloadRun, Self::DecodedRun];

    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SecretOut => "secret-to-network",
            Self::DownloadRun => "download-to-exec",
            Self::DecodedRun => "decoded-to-exec",
        }
    }
}
