//! How programs are called, and what each way of calling them does: data, one entry a program.
//!
//! An entry says which options there are, which of them take a value, what operands mean, and what all of that does. What
//! is not in an entry is not known: a call with it is not proven to be harmless. A program without an entry is unknown.
//!
//! How to write one:
//!
//! ```text
//! program("wc")                         names, parted by bars; `#` at the end of one is a version
//!     .options(&[                       those that take a value, or do something
//!         value("--files0-from", Slot::Read),
//!     ])
//!     .open()                           all others are known to change nothing
//!     .rest(Slot::Read)                 operands are files that are read
//! ```
//!
//! * `flag("-f|--force")` is an option without a value, `value("-o|--output", Slot::Write)` one with a value, and
//!   `optional("--color", Slot::Text)` one whose value stands behind `=` or not at all. Both dashes are written out. A
//!   name may end in `*`: all that begin so.
//!   `--` among the options: what stands behind it are options, too, of another program, and are listed as its own.
//! * `.acts(&[...])` on the entry is what every call does, on an option what it adds. `.grave()` on an option makes what
//!   the call does far-reaching (by force, recursively).
//! * `.operands(&[...])` are the first operands in their order, `.rest(...)` all others.
//! * `.verbs(&[...])` are subcommands, entries themselves; the first that matches counts. A call whose verb is none of
//!   them is not proven. `.bare(&[...])` is what a call without a verb does.
//! * `.special(f)` is code, for what cannot be said so.

mod builds;
mod cloud;
mod containers;
mod databases;
mod files;
mod find;
mod git;
mod interpreters;
mod network;
mod packages;
mod system;
mod text;
mod wrappers;

use crate::effect::{Act, Effect, Scope};

pub use find::{all, find};
pub(crate) use interpreters::module_of_python;

/// What a value or an operand is to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// A text that names nothing: a pattern, a message, a number.
    Text,
    /// A file or folder that is read.
    Read,
    /// A pattern of the names of files that are read, `!` before those that are not; behind a colon in a kind of files.
    Sought,
    /// The name of a page of a manual; with a slash in it, or where it is hidden, a file that is read.
    Page,
    /// A program that is started as far as its libraries: of the system, it is read; any other says what is run.
    Loaded,
    /// A file or folder of which only the name and what stands beside it are shown: its size, its age, its owner.
    Listed,
    /// A folder that is read with all that is in it.
    Tree,
    /// A file or folder that is made or replaced.
    Write,
    /// A file that is changed where it is.
    Edit,
    /// A file or an empty folder that is removed.
    Delete,
    /// A folder that the program works in, as after `cd`.
    Folder,
    /// A file whose content is sent elsewhere.
    Upload,
    /// Text that is sent elsewhere; `@file` is the file's.
    Data,
    /// An address that is asked for its content.
    Url,
    /// Another machine: `host`, `user@host`.
    Host,
    /// A name that machines are asked about, or a machine that is asked whether it is there: nothing else goes out.
    Lookup,
    /// A machine that a program made for it asks something of: this one, or another, which may be anybody's.
    Server,
    /// A database, or something else of a service, by its name; or the address of one.
    Database,
    /// The name of something that a service is asked about; an address is asked instead.
    Named,
    /// An image of a registry: `name`, `registry/name`.
    Image,
    /// A project of a forge: `owner/name`, `host/owner/name`, an address, or only a host.
    Forge,
    /// `file`, or `host:file`: read.
    RemoteRead,
    /// `file`, or `host:file`: written.
    RemoteWrite,
    /// Commands of the shell, in one text.
    Shell,
    /// Commands of a shell on another machine or in a container, in one text or several.
    RemoteShell,
    /// A program with its arguments: this and all that follows.
    Command,
    /// The same, run elsewhere: in a container, on another machine.
    RemoteCommand,
    /// Words that become commands of the shell, joined: this and all that follows.
    Words,
    /// The same, run elsewhere.
    RemoteWords,
    /// A file of shell commands that is run.
    ShellFile,
    /// Code of a language, in one text.
    Code(Language),
    /// A file of code that is run.
    CodeFile(Language),
    /// The name of a secret that is shown.
    Secret,
    /// A module that is loaded: its name, or a file.
    Module,
    /// A setting of the system that is made.
    Sets,
    /// A setting of the system that is shown, or made where `=` stands in it.
    Shown,
    /// A format behind `+`; anything else is a setting of the system.
    Format,
    /// What is done to a service: it is asked for its state, or changed.
    Action,
    /// An expression of a query.
    Query,
    /// A file with the expression of a query.
    QueryFile,
    /// A file with names of files, each of which is read.
    Names,
    /// How something is told: `format`, or `format:file`, which is written; several with commas between them.
    Report,
    /// An expression of a query, or a file that is read.
    Expression,
    /// Statements for a database.
    Sql,
    /// A file of statements.
    SqlFile,
    /// The name of a setting that is shown: a secret, where it sounds like one.
    Setting,
    /// A process.
    Process,
    /// A disk or a device that is written.
    Device,
    /// A name in version control that is made, moved or removed: a branch, a tag.
    Ref,
    /// A program by its name; by its path, it is run.
    Program,
    /// Something of the project that is run, by its name: a script, a task, a target.
    Task,
    /// Nobody knows: the call is not proven.
    Unknown,
}

/// A language that code may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript and TypeScript.
    JavaScript,
    /// Perl.
    Perl,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
    /// Awk.
    Awk,
    /// Sed.
    Sed,
    /// AppleScript.
    AppleScript,
    /// PowerShell.
    PowerShell,
    /// Any other: nothing in it is understood.
    Other,
}

/// How options are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `-abc`, `-ofile`, `--long`, `--long=value`, the beginning of a long one; between operands, too.
    Gnu,
    /// The same, but all before the first operand, or before the verb.
    Posix,
    /// `-long`, `-long=value`, and with two dashes; between operands, too. `@file` holds more arguments.
    Long,
    /// As `Gnu`, and `--no-x` takes back an `--x` that stands before it.
    Undo,
    /// There are none: every argument is an operand.
    None,
}

/// An option.
#[derive(Debug, Clone, Copy)]
pub struct Opt {
    /// Its spellings, parted by bars.
    pub names: &'static str,
    /// Its value.
    pub takes: Takes,
    /// What it does beside what the call does anyway.
    pub acts: &'static [Act],
    /// With it, what the call does is far-reaching.
    pub grave: bool,
    /// With it, the call only says what it would do, or checks.
    pub dry: bool,
    /// With it, this counts instead of what operands mean otherwise; of operands that are code, only what changes none.
    pub rest: Option<Slot>,
    /// No option of the program stands behind it.
    pub ends: bool,
}

/// Whether an option has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// It has none.
    Nothing,
    /// It has one, in its own word or the next.
    Value(Slot),
    /// It has one behind `=`, or none.
    Optional(Slot),
    /// It has two, in words of their own; they come as two options.
    Pair(Slot),
}

/// An entry: a program, or a verb of one.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it is called, parted by bars; of a verb also patterns with `*` at either end.
    pub names: &'static str,
    /// How options are written.
    pub style: Style,
    /// Its options.
    pub options: &'static [Opt],
    /// Options that are not listed change nothing.
    pub open: bool,
    /// The first operands.
    pub operands: &'static [Slot],
    /// All others; `None` if there must be none.
    pub rest: Option<Slot>,
    /// What every call does.
    pub acts: &'static [Act],
    /// Verbs.
    pub verbs: &'static [Entry],
    /// What a call without a verb does; `None` if nobody knows.
    pub bare: Option<&'static [Act]>,
    /// What comes out could not be read before: it is decoded, unpacked.
    pub decodes: bool,
    /// It reads settings where it is run that may be code, or name programs.
    pub local: bool,
    /// What standard input is, where no operand says otherwise.
    pub stdin: Option<Slot>,
    /// Code, for what cannot be said by data.
    pub special: Option<Special>,
}

/// What is done by code instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// `find`
    Find,
    /// `xargs`
    Xargs,
    /// `nc -z HOST PORT`: whether somebody listens.
    Knock,
    /// `parallel`
    Parallel,
    /// `env`
    Env,
    /// `dd`
    Dd,
    /// `tar`
    Tar,
    /// `git`, before its verb
    Git,
    /// `make`, `npm run` and the like: what a script of the repository says
    Scripts,
    /// `rpm`, `pacman`: what a letter means depends on another one
    Packages,
    /// `sed`
    Sed,
    /// `awk`
    Awk,
    /// `curl`
    Curl,
    /// `tee`
    Tee,
    /// `kill` and its like
    Kill,
    /// `test` and `[`
    Test,
    /// `chmod`, `chown`
    Mode,
    /// `ln`
    Link,
    /// `cp`, `mv`
    Copy,
    /// `rsync`, `scp`
    Rsync,
    /// `sftp`, which reads what to do
    Sftp,
    /// `ftp`, `gdb` and their like, whose commands may be the shell's
    Escapes,
    /// `ed`
    Ed,
    /// `zip` and `cpio`, which read names of files
    Packs,
    /// `go list`, which may write down what it needs
    GoModules,
    /// `docker run` and the like
    Container,
    /// `psql`, `mysql`, `sqlite3` and the like
    Database,
    /// `gh api`
    GhApi,
    /// `socat`
    Socat,
    /// `sh` and the like
    Shell,
    /// `sudo`, which takes variables before the command
    Assigns,
    /// `python`, whose `-m` is another program
    Python,
    /// `pwsh`
    PowerShell,
    /// `fd`
    Fd,
    /// `ssh`, whose settings may run programs
    Ssh,
    /// `crontab`, which reads what is run later
    Crontab,
    /// `unzip`
    Unpack,
    /// `perl`, whose files may be programs
    Perl,
    /// `tmux`, whose formats run programs
    Tmux,
    /// `mlr`
    Miller,
    /// `vim`, whose `+` begins a command
    Editor,
    /// `less`, whose `+` begins a command
    Pager,
    /// `gzip` and its like
    Compress,
    /// `fzf`, whose keys may run programs
    Fzf,
    /// `wget`
    Wget,
    /// `getent`, whose tables may be secret
    Getent,
    /// `aws`, `az`: values that are files
    Values,
    /// `kubectl`, of things that are shown or removed
    Kubernetes,
    /// `redis-cli`
    Redis,
    /// `mongosh`
    Mongo,
    /// `docker system prune`
    Prune,
    /// What destroys everything without asking: `terraform apply -destroy -auto-approve`, a project, a group
    Destroys,
    /// `etcdctl del`
    Prefix,
    /// `docker inspect`, which shows the environment of a container
    Inspect,
    /// `bwrap`, which shows folders of this machine as others
    Bubblewrap,
    /// A program that starts an agent: what is set around it says by which settings
    Agent,
    /// `claudectl`, whose commands stand in a table of their own
    Own,
}

/// An option without a value.
#[must_use]
pub const fn flag(names: &'static str) -> Opt {
    Opt { names, takes: Takes::Nothing, acts: &[], grave: false, dry: false, rest: None, ends: false }
}

/// An option with a value.
#[must_use]
pub const fn value(names: &'static str, slot: Slot) -> Opt {
    Opt { takes: Takes::Value(slot), ..flag(names) }
}

/// An option with two values.
#[must_use]
pub const fn pair(names: &'static str, slot: Slot) -> Opt {
    Opt { takes: Takes::Pair(slot), ..flag(names) }
}

/// An option whose value stands behind `=`, or not at all.
#[must_use]
pub const fn optional(names: &'static str, slot: Slot) -> Opt {
    Opt { takes: Takes::Optional(slot), ..flag(names) }
}

impl Opt {
    /// What it does.
    #[must_use]
    pub const fn acts(self, acts: &'static [Act]) -> Self {
        Self { acts, ..self }
    }

    /// It makes what the call does far-reaching.
    #[must_use]
    pub const fn grave(self) -> Self {
        Self { grave: true, ..self }
    }

    /// It makes the call do nothing but say what it would.
    #[must_use]
    pub const fn dry(self) -> Self {
        Self { dry: true, ..self }
    }

    /// All that stands behind it is operands.
    #[must_use]
    pub const fn ends(self) -> Self {
        Self { ends: true, ..self }
    }

    /// With it, operands mean this.
    #[must_use]
    pub const fn rest(self, slot: Slot) -> Self {
        Self { rest: Some(slot), ..self }
    }
}

/// A program that is called so.
#[must_use]
pub const fn program(names: &'static str) -> Entry {
    Entry {
        names,
        style: Style::Gnu,
        options: &[],
        open: false,
        operands: &[],
        rest: None,
        acts: &[],
        verbs: &[],
        bare: None,
        decodes: false,
        local: false,
        stdin: None,
        special: None,
    }
}

/// A verb of a program.
#[must_use]
pub const fn verb(names: &'static str) -> Entry {
    program(names)
}

impl Entry {
    /// How options are written.
    #[must_use]
    pub const fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// Its options.
    #[must_use]
    pub const fn options(self, options: &'static [Opt]) -> Self {
        Self { options, ..self }
    }

    /// Options that are not listed change nothing.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { open: true, ..self }
    }

    /// The first operands.
    #[must_use]
    pub const fn operands(self, operands: &'static [Slot]) -> Self {
        Self { operands, ..self }
    }

    /// All other operands.
    #[must_use]
    pub const fn rest(self, slot: Slot) -> Self {
        Self { rest: Some(slot), ..self }
    }

    /// What every call does.
    #[must_use]
    pub const fn acts(self, acts: &'static [Act]) -> Self {
        Self { acts, ..self }
    }

    /// Its verbs.
    #[must_use]
    pub const fn verbs(self, verbs: &'static [Entry]) -> Self {
        Self { verbs, ..self }
    }

    /// What a call without a verb does.
    #[must_use]
    pub const fn bare(self, acts: &'static [Act]) -> Self {
        Self { bare: Some(acts), ..self }
    }

    /// What comes out could not be read before.
    #[must_use]
    pub const fn decodes(self) -> Self {
        Self { decodes: true, ..self }
    }

    /// It reads settings where it is run that may be code.
    #[must_use]
    pub const fn local(self) -> Self {
        Self { local: true, ..self }
    }

    /// What standard input is, where there is no operand.
    #[must_use]
    pub const fn stdin(self, slot: Slot) -> Self {
        Self { stdin: Some(slot), ..self }
    }

    /// Code instead.
    #[must_use]
    pub const fn special(self, special: Special) -> Self {
        Self { special: Some(special), ..self }
    }
}

// What calls do, by the names that entries use.

/// Something about this machine or its configuration is shown.
pub const LOOKS: &[Act] = &[Act::new(Effect::Read, Scope::Nothing)];
/// Something elsewhere is shown.
pub const ASKS_REMOTE: &[Act] = &[Act::new(Effect::NetworkIn, Scope::Remote)];
/// Something elsewhere is changed.
pub const CHANGES_REMOTE: &[Act] = &[Act::new(Effect::RemoteInfra, Scope::Remote)];
/// Something elsewhere is destroyed.
pub const DESTROYS_REMOTE: &[Act] = &[Act::grave(Effect::RemoteInfra, Scope::Remote)];
/// Data elsewhere are changed.
pub const CHANGES_DATA: &[Act] = &[Act::new(Effect::RemoteData, Scope::Remote)];
/// Data elsewhere are destroyed.
pub const DESTROYS_DATA: &[Act] = &[Act::grave(Effect::RemoteData, Scope::Remote)];
/// All of something elsewhere is destroyed for good, and nobody is asked first: refused. For few forms only.
pub const WIPES_REMOTE: &[Act] = &[Act::grave(Effect::RemoteInfra, Scope::Everything)];
/// All data of something are destroyed for good: refused. For few forms only.
pub const WIPES_DATA: &[Act] = &[Act::grave(Effect::RemoteData, Scope::Everything)];
/// A secret is shown.
pub const SHOWS_SECRET: &[Act] = &[Act::new(Effect::SecretRead, Scope::Credential)];
/// What is kept of secrets is changed.
pub const CHANGES_SECRETS: &[Act] = &[Act::new(Effect::Write, Scope::Credential)];
/// The project's own code runs.
pub const RUNS_PROJECT: &[Act] = &[Act::new(Effect::ExecProject, Scope::Untracked)];
/// Packages of the project are fetched, and their scripts run.
pub const INSTALLS: &[Act] =
    &[Act::new(Effect::NetworkIn, Scope::Remote), Act::new(Effect::ExecUnknown, Scope::Build)];
/// Programs are installed for the whole machine or the person.
pub const INSTALLS_SYSTEM: &[Act] = &[
    Act::new(Effect::NetworkIn, Scope::Remote),
    Act::new(Effect::ExecUnknown, Scope::System),
    Act::new(Effect::Write, Scope::System),
];
/// The system's services or settings are changed.
pub const CHANGES_SYSTEM: &[Act] = &[Act::new(Effect::Write, Scope::System)];
/// The system, or much of it, is taken down or destroyed.
pub const DESTROYS_SYSTEM: &[Act] = &[Act::grave(Effect::Write, Scope::System)];
/// Something is published.
pub const PUBLISHES: &[Act] = &[Act::new(Effect::Publish, Scope::Remote)];
/// Files of the repository are changed, as version control or a formatter does.
pub const CHANGES_REPOSITORY: &[Act] = &[Act::new(Effect::Write, Scope::Repository)];
/// Build output is made.
pub const BUILDS: &[Act] = &[Act::new(Effect::Write, Scope::Build)];
/// Settings in the home folder are changed.
pub const CHANGES_SETTINGS: &[Act] = &[Act::new(Effect::Write, Scope::Dotfile)];
/// Something will run later by itself.
pub const PERSISTS: &[Act] = &[Act::new(Effect::Persistence, Scope::System)];
/// Code runs that nobody here has read.
pub const RUNS_UNKNOWN: &[Act] = &[Act::new(Effect::ExecUnknown, Scope::Unknown)];
/// What stands guard over agents is weakened.
pub const WEAKENS_GUARD: &[Act] = &[Act::grave(Effect::Write, Scope::Guard)];
/// What stands guard over agents is changed, and lets them do no more than before.
pub const TIGHTENS_GUARD: &[Act] = &[Act::new(Effect::Write, Scope::Guard)];
/// What stands guard over agents is told something, which it takes for true.
pub const TELLS_GUARD: &[Act] = &[Act::new(Effect::Write, Scope::Guard)];
/// Something is done that is a person's to do.
pub const FOR_PEOPLE: &[Act] = &[Act::new(Effect::Privilege, Scope::Guard)];
/// Rights that `chmod` takes from files, as letters of an option.
pub const MODE_TAKEN: &str = "-r|-w|-x|-X|-s|-t|-u|-g|-o|-a";
/// An agent is started without what stands guard over it, or with other settings.
pub const UNGUARDED: &[Act] = &[Act::new(Effect::Write, Scope::Guard)];
/// The machine, or what runs on it, is taken down.
pub const TAKES_DOWN: &[Act] = &[Act::grave(Effect::ProcessKill, Scope::System)];
/// Processes are ended.
pub const ENDS: &[Act] = &[Act::new(Effect::ProcessKill, Scope::System)];
/// Something is served to other machines, or sent to them.
pub const SENDS: &[Act] = &[Act::new(Effect::NetworkOut, Scope::Remote)];
/// It talks to another machine: what goes there is not known.
pub const TALKS: &[Act] =
    &[Act::new(Effect::NetworkOut, Scope::Remote), Act::new(Effect::NetworkIn, Scope::Remote)];
/// Other machines are served from this one.
pub const SERVES: &[Act] = &[Act::new(Effect::NetworkOut, Scope::Loopback)];
/// It is done with more rights.
pub const WITH_RIGHTS: &[Act] = &[Act::new(Effect::Privilege, Scope::System)];

/// A service that the person uses by a program made for it is asked: less than any address at all.
pub const SERVICE: Act = Act::new(Effect::Read, Scope::Remote);
/// Such a service is asked.
pub const ASKS_SERVICE: &[Act] = &[SERVICE];
