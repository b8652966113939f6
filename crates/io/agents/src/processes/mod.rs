//! Which processes live, and what they use.
//!
//! A pid alone says nothing: it may belong to another process by now. A process is known by its pid
//! and the time it was started.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;
mod table;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use claudectl_fleet::status::Process;

use crate::registry::Entry;
use crate::roots::config_roots;

pub use table::{Node, START_TOLERANCE_MS, Table, Usage};

/// What the system says of a process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// When it was started, in the unit of the registry's `procStart`; `None` where the system does
    /// not tell it in that unit.
    pub start: Option<u64>,
    /// Percent of one core since it was started.
    pub cpu_pct: Option<f64>,
    /// Resident memory, mebibytes.
    pub memory_mb: Option<f64>,
    /// The controlling terminal, as under `/dev`.
    pub tty: Option<String>,
    /// It is stopped, and takes no signal but KILL and CONT before it goes on.
    pub stopped: bool,
    /// The program's name.
    pub name: String,
}

/// The process table.
pub trait Processes {
    /// What is known of a process; `None` if there is none under that number.
    fn facts(&self, pid: u32) -> Option<Facts>;
    /// Which kernel and container our pids belong to.
    fn domain(&self) -> Domain;
    /// Pids of running Claude Code clients, as far as the process table can tell.
    fn claude_pids(&self) -> Vec<u32>;
    /// What a client of our own user, in our own container, was started with; `None` for any other, and
    /// where the system does not tell.
    fn client(&self, pid: u32) -> Option<Client>;
    /// What a process was started with, its program's name first; empty where the system does not tell.
    fn arguments(&self, _pid: u32) -> Vec<String> {
        Vec::new()
    }
    /// All processes, from one pass over the table; empty where there is none to read.
    fn table(&self) -> Table {
        Table::default()
    }
    /// All descendants of a process. For several of them ask [`Processes::table`] once.
    fn tree(&self, pid: u32) -> Vec<Node> {
        self.table().descendants(pid).into_iter().cloned().collect()
    }
}

/// What shows where a client belongs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Its process.
    pub pid: u32,
    /// Its parent's.
    pub parent: u32,
    /// Its working folder.
    pub cwd: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`, as it was started with.
    pub config_dir: Option<OsString>,
    /// `HOME`, as it was started with.
    pub home: Option<PathBuf>,
    /// A variable that it was started with, and that starts it without anybody's hooks.
    pub bare: Option<&'static str>,
    /// Serves background sessions and runs none itself.
    pub service: bool,
}

impl Client {
    /// Whether it keeps its files in one of these folders.
    fn belongs_to(&self, roots: &[PathBuf]) -> bool {
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let cwd = self.cwd.clone().unwrap_or_default();
        let own = config_roots(self.config_dir.as_deref(), self.home.as_deref(), &[]);
        let own: Vec<PathBuf> = own.iter().map(|root| real(&cwd.join(root))).collect();
        roots.iter().any(|root| own.contains(&real(root)))
    }
}

/// Clients that have no row in the registry: a dialog is open at their start, they are older than the
/// registry, or their row cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unregistered {
    /// Those that keep their files in our folders, by pid.
    pub ours: Vec<Client>,
    /// How many there are of other folders, users and containers.
    pub elsewhere: usize,
}

/// Finds the clients that are none of the `registered` processes. `roots` are our folders.
///
/// What a client itself has started is no session of its own.
#[must_use]
pub fn unregistered(registered: &[u32], roots: &[PathBuf], table: &impl Processes) -> Unregistered {
    let pids = table.claude_pids();
    let mut found = Unregistered::default();
    for &pid in pids.iter().filter(|pid| !registered.contains(pid)) {
        match table.client(pid) {
            Some(client) if client.service || pids.contains(&client.parent) => {}
            Some(client) if client.belongs_to(roots) => found.ours.push(client),
            _ => found.elsewhere += 1,
        }
    }
    found.ours.sort_by_key(|client| client.pid);
    found
}

/// Which kernel and container pids belong to. Claude Code writes it as one text,
/// `linux:<machine id>:pid:[<inode>]`; a part that cannot be told is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domain {
    /// The kind of kernel.
    pub kernel: String,
    /// The machine.
    pub machine: Option<String>,
    /// The namespace of the pids.
    pub space: Option<String>,
}

/// How far two domains are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Same {
    /// Every part is known and equal.
    Yes,
    /// No part differs, but not all of them are known.
    Maybe {
        /// The namespace is, or there are none.
        space: bool,
    },
    /// A part differs.
    No,
}

impl Domain {
    fn parse(text: &str) -> Self {
        let (kernel, rest) = text.split_once(':').unwrap_or((text, ""));
        let (machine, space) = match rest.find("pid:[") {
            Some(at) => (rest[..at].trim_end_matches(':'), &rest[at..]),
            None => (rest, ""),
        };
        let known = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        Self { kernel: kernel.to_owned(), machine: known(machine), space: known(space) }
    }

    fn same(&self, other: &Self) -> Same {
        let differ = |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
        if self.kernel != other.kernel
            || differ(&self.machine, &other.machine)
            || differ(&self.space, &other.space)
        {
            return Same::No;
        }
        let both = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some();
        // Only Linux has namespaces of pids.
        let space = both(&self.space, &other.space) || self.kernel != "linux";
        if both(&self.machine, &other.machine) && space { Same::Yes } else { Same::Maybe { space } }
    }
}

/// Whether the process of a registry row lives.
///
/// A pid of another machine (a shared home folder) or container means another process here. Where that
/// cannot be told, because a container has no machine id, a process that is not found here may live
/// elsewhere.
#[must_use]
pub fn liveness(entry: &Entry, table: &impl Processes) -> (Process, Option<Facts>) {
    let same = entry.pid_domain.as_deref().map_or(Same::Yes, |row| Domain::parse(row).same(&table.domain()));
    match same {
        Same::No => (Process::Foreign, None),
        Same::Yes | Same::Maybe { space: true } => local(entry, table),
        Same::Maybe { space: false } => match local(entry, table) {
            (Process::Alive, facts) => (Process::Alive, facts),
            _ => (Process::Foreign, None),
        },
    }
}

/// Whether the process of a row that was written here lives.
fn local(entry: &Entry, table: &impl Processes) -> (Process, Option<Facts>) {
    let Some(facts) = table.facts(entry.pid) else { return (Process::Dead, None) };
    match (entry.proc_start, facts.start) {
        (Some(registered), Some(start)) if registered != start => (Process::Dead, None),
        (Some(_), Some(_)) => (Process::Alive, Some(facts)),
        // Rows before 2.1.118 have no start time: a process of another name is certainly another.
        _ if !looks_like_claude(&facts.name) => (Process::Dead, None),
        _ => (Process::Unverified, Some(facts)),
    }
}

/// The native client and the older one, which runs in node.
#[must_use]
pub fn looks_like_claude(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("claude") || name == "node" || name == "bun"
}

/// The process table of this system.
#[derive(Debug, Default, Clone, Copy)]
pub struct System;

#[cfg(test)]
mod tests {
    use super::*;

    /// A process table of one process: pid 7, started at 100.
    struct One {
        name: &'static str,
        domain: &'static str,
    }

    impl Processes for One {
        fn facts(&self, pid: u32) -> Option<Facts> {
            (pid == 7).then(|| Facts { start: Some(100), name: self.name.to_owned(), ..Facts::default() })
        }
        fn domain(&self) -> Domain {
            Domain::parse(self.domain)
        }
        fn claude_pids(&self) -> Vec<u32> {
            vec![7]
        }
        fn client(&self, _: u32) -> Option<Client> {
            None
        }
    }

    /// A process table of clients; those without a `Client` belong to others.
    struct Clients(Vec<(u32, Option<Client>)>);

    impl Processes for Clients {
        fn facts(&self, _: u32) -> Option<Facts> {
            None
        }
        fn domain(&self) -> Domain {
            Domain::default()
        }
        fn claude_pids(&self) -> Vec<u32> {
            self.0.iter().map(|(pid, _)| *pid).collect()
        }
        fn client(&self, pid: u32) -> Option<Client> {
            self.0.iter().find(|(each, _)| *each == pid)?.1.clone()
        }
    }

    #[test]
    fn clients_belong_to_the_folders_that_they_were_started_with() {
        let client = |pid: u32, config_dir: Option<&str>, home: Option<&str>| Client {
            pid,
            parent: 1,
            cwd: Some("/w".into()),
            config_dir: config_dir.map(Into::into),
            home: home.map(Into::into),
            bare: None,
            service: false,
        };
        let all = vec![
            client(9, Some("/c"), None),
            client(2, Some("/c"), Some("/other")),
            client(3, Some("c"), None),
            client(4, None, Some("/h")),
            client(5, Some(""), Some("/h")),
            client(6, Some("/other"), Some("/h")),
            client(7, None, None),
            Client { parent: 9, ..client(8, Some("/c"), None) },
            Client { service: true, ..client(10, Some("/c"), None) },
        ];
        let mut table: Vec<_> = all.into_iter().map(|client| (client.pid, Some(client))).collect();
        table.push((11, None));
        let table = Clients(table);
        let pids = |roots: &[&str]| {
            let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
            let found = unregistered(&[2], &roots, &table);
            (found.ours.iter().map(|client| client.pid).collect::<Vec<_>>(), found.elsewhere)
        };
        assert_eq!(pids(&["/c"]), (vec![9], 6), "2 is registered, 8 a child, 10 a service");
        assert_eq!(pids(&["/w/c"]), (vec![3], 6), "a relative folder counts from where it was started");
        assert_eq!(pids(&["/h/.claude"]), (vec![4, 5], 5));
        assert_eq!(pids(&["/nobody"]), (vec![], 7));
    }

    fn entry(pid: u32, proc_start: Option<u64>, domain: Option<&str>) -> Entry {
        Entry { pid, proc_start, pid_domain: domain.map(str::to_owned), ..Entry::default() }
    }

    #[test]
    fn a_table_of_the_living_and_the_dead() {
        let table = [
            (entry(7, Some(100), None), "claude", Process::Alive),
            (entry(7, Some(100), Some("linux:m:pid:[1]")), "claude", Process::Alive),
            (entry(7, Some(99), None), "claude", Process::Dead),
            (entry(8, Some(100), None), "claude", Process::Dead),
            (entry(7, None, None), "node", Process::Unverified),
            (entry(7, None, None), "vim", Process::Dead),
            (entry(7, Some(100), Some("linux:m:pid:[2]")), "claude", Process::Foreign),
            (entry(8, Some(100), Some("linux:other:pid:[1]")), "claude", Process::Foreign),
        ];
        for (entry, name, wanted) in table {
            let here = One { name, domain: "linux:m:pid:[1]" };
            assert_eq!(liveness(&entry, &here).0, wanted, "{entry:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_not_dead() {
        let (here, gone, reused) = ((7, 100), (8, 100), (7, 99));
        let table = [
            // No machine id here: the namespace decides.
            ("linux::pid:[1]", "linux:m:pid:[1]", [Process::Alive, Process::Dead, Process::Dead]),
            ("linux::pid:[1]", "linux:m:pid:[2]", [Process::Foreign; 3]),
            // Nor a namespace: only what is found here is here.
            ("linux:", "linux:m:pid:[1]", [Process::Alive, Process::Foreign, Process::Foreign]),
            ("linux:m", "linux:m:pid:[1]", [Process::Alive, Process::Foreign, Process::Foreign]),
            ("linux:n", "linux:m:pid:[1]", [Process::Foreign; 3]),
            // The row tells less than we know.
            ("linux:m:pid:[1]", "linux::pid:[1]", [Process::Alive, Process::Dead, Process::Dead]),
            ("linux:m:pid:[1]", "linux:m", [Process::Alive, Process::Foreign, Process::Foreign]),
            ("linux:m:pid:[1]", "linux:pid:[1]", [Process::Alive, Process::Dead, Process::Dead]),
            // A virtual machine beside another system.
            ("darwin", "linux:m:pid:[1]", [Process::Foreign; 3]),
            ("darwin", "darwin:m", [Process::Alive, Process::Dead, Process::Dead]),
        ];
        for (own, registered, wanted) in table {
            let found = [here, gone, reused].map(|(pid, start)| {
                liveness(&entry(pid, Some(start), Some(registered)), &One { name: "claude", domain: own }).0
            });
            assert_eq!(found, wanted, "{registered} seen from {own}");
        }
        let no_start = entry(7, None, Some("linux:m:pid:[1]"));
        assert_eq!(liveness(&no_start, &One { name: "claude", domain: "linux:" }).0, Process::Foreign);
    }
}
