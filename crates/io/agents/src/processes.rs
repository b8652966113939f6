//! Which processes live, and what they use.
//!
//! A pid alone says nothing: it may belong to another process by now. A process is known by its pid
//! and the time it was started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use claudectl_fleet::status::Process;

use crate::registry::Entry;
use crate::roots::config_roots;

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
fn looks_like_claude(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("claude") || name == "node" || name == "bun"
}

/// The process table of this system.
#[derive(Debug, Default, Clone, Copy)]
pub struct System;

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsString;
    use std::fs::{self, File};
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::MetadataExt;

    use super::{Client, Domain, Facts, Processes, System};

    /// No environment is read further.
    const MAX_ENVIRONMENT: u64 = 1 << 20;

    impl Processes for System {
        fn facts(&self, pid: u32) -> Option<Facts> {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let stat = Stat::parse(&stat)?;
            if matches!(stat.state, 'Z' | 'X') {
                return None;
            }
            Some(Facts {
                start: Some(stat.start),
                cpu_pct: stat.cpu_pct(uptime()?),
                memory_mb: Some(stat.memory_mb()),
                tty: terminal(stat.tty),
                name: stat.name,
            })
        }

        fn domain(&self) -> Domain {
            let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
            let space = fs::read_link("/proc/self/ns/pid").ok();
            Domain {
                kernel: "linux".to_owned(),
                machine: Some(machine.trim().to_owned()).filter(|machine| !machine.is_empty()),
                space: space.map(|space| space.display().to_string()),
            }
        }

        fn claude_pids(&self) -> Vec<u32> {
            let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
            let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
            pids.filter(|&pid| is_claude(pid)).collect()
        }

        fn client(&self, pid: u32) -> Option<Client> {
            let proc = format!("/proc/{pid}");
            let owner = fs::metadata(&proc).ok()?.uid();
            let space = fs::read_link(format!("{proc}/ns/pid")).ok()?;
            if owner != rustix::process::geteuid().as_raw()
                || space != fs::read_link("/proc/self/ns/pid").ok()?
            {
                return None;
            }
            let stat = Stat::parse(&fs::read_to_string(format!("{proc}/stat")).ok()?)?;
            let arguments = fs::read(format!("{proc}/cmdline")).ok()?;
            let first = arguments.split(|byte| *byte == 0).nth(1).unwrap_or_default();
            let environment = File::open(format!("{proc}/environ")).ok()?;
            let [config_dir, home] = two_variables(environment)?;
            Some(Client {
                pid,
                parent: stat.parent,
                cwd: fs::read_link(format!("{proc}/cwd")).ok(),
                config_dir,
                home: home.filter(|home| !home.is_empty()).map(Into::into),
                service: first == b"daemon" || first.starts_with(b"bg-"),
            })
        }
    }

    /// The two variables that lead to a client's files. An environment holds secrets: nothing else of it
    /// is kept, and no more than one variable of it is held at a time.
    fn two_variables(environment: impl Read) -> Option<[Option<OsString>; 2]> {
        let mut found = [None, None];
        let mut variable = Vec::new();
        let mut rest = BufReader::new(environment.take(MAX_ENVIRONMENT));
        while rest.read_until(0, &mut variable).ok()? > 0 {
            for (value, name) in found.iter_mut().zip([&b"CLAUDE_CONFIG_DIR="[..], b"HOME="]) {
                if let (None, Some(text)) = (&value, variable.strip_prefix(name)) {
                    *value = Some(OsString::from_vec(text.strip_suffix(&[0]).unwrap_or(text).to_vec()));
                }
            }
            variable.clear();
        }
        Some(found)
    }

    /// By the name that the client gives itself, or by its program's folder: the native installer
    /// names the program after its version.
    fn is_claude(pid: u32) -> bool {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        name.trim() == "claude" || program.to_str().is_some_and(|path| path.contains("/claude/versions/"))
    }

    struct Stat {
        name: String,
        state: char,
        parent: u32,
        tty: u64,
        /// Clock ticks of the process in user and kernel mode.
        ticks: u64,
        /// Clock ticks since boot at its start.
        start: u64,
        pages: u64,
    }

    impl Stat {
        /// The name stands in parentheses and may hold any of them, so fields count from the last.
        fn parse(text: &str) -> Option<Self> {
            let (head, rest) = text.rsplit_once(')')?;
            let name = head.split_once('(')?.1.to_owned();
            let fields: Vec<&str> = rest.split_whitespace().collect();
            let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
            Some(Self {
                name,
                state: fields.first()?.chars().next()?,
                parent: fields.get(1)?.parse().ok()?,
                tty: number(4).unwrap_or(0),
                ticks: number(11)? + number(12)?,
                start: number(19)?,
                pages: number(21)?,
            })
        }

        #[expect(clippy::cast_precision_loss, reason = "display values")]
        fn cpu_pct(&self, uptime: f64) -> Option<f64> {
            let hertz = rustix::param::clock_ticks_per_second() as f64;
            let age = uptime - self.start as f64 / hertz;
            (age > 0.0).then(|| (self.ticks as f64 / hertz / age * 1000.0).round() / 10.0)
        }

        #[expect(clippy::cast_precision_loss, reason = "a display value")]
        fn memory_mb(&self) -> f64 {
            let bytes = self.pages as f64 * rustix::param::page_size() as f64;
            (bytes / (1024.0 * 1024.0) * 10.0).round() / 10.0
        }
    }

    fn uptime() -> Option<f64> {
        fs::read_to_string("/proc/uptime").ok()?.split(' ').next()?.parse().ok()
    }

    /// The name of a terminal device: major 136 to 143 are pseudo terminals, 4 the console.
    fn terminal(device: u64) -> Option<String> {
        let major = device >> 8 & 0xfff;
        let minor = device & 0xff | device >> 12 & 0xfff00;
        match major {
            136..=143 => Some(format!("pts/{}", (major - 136) * 256 + minor)),
            4 => Some(format!("tty{minor}")),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_stat_line_with_a_hostile_name() {
            let line = "7 (a) b (c) S 1 7 7 34817 7 4194560 1 2 3 4 150 50 0 0 20 0 1 0 96708 1000 256 0";
            let stat = Stat::parse(line).unwrap();
            assert_eq!(
                (stat.name.as_str(), stat.parent, stat.start, stat.ticks, stat.pages),
                ("a) b (c", 1, 96_708, 200, 256)
            );
            assert_eq!(terminal(stat.tty), Some("pts/1".to_owned()));
        }

        #[test]
        fn two_variables_and_no_more() {
            let of = |text: &str| two_variables(text.as_bytes()).unwrap();
            let some = |text: &str| Some(OsString::from(text));
            assert_eq!(of("A=1\0HOME=/h\0CLAUDE_CONFIG_DIR=/c\0"), [some("/c"), some("/h")]);
            assert_eq!(of("HOME=/h\0HOME=/other"), [None, some("/h")], "the first counts, as for a program");
            assert_eq!(of("MYHOME=/x\0"), [None, None]);
            assert_eq!(of(""), [None, None]);
        }

        #[test]
        fn our_own_process_lives() {
            let facts = System.facts(std::process::id()).unwrap();
            assert!(facts.start.is_some() && facts.memory_mb.is_some_and(|mb| mb > 0.0));
            assert_eq!(System.facts(u32::MAX), None);
        }
    }
}

/// Where there is no `/proc`, `ps` is asked. Its start times have no unit in common with the
/// registry's, so such processes are never more than `Unverified`.
#[cfg(not(target_os = "linux"))]
mod portable {
    use std::process::Command;

    use super::{Client, Domain, Facts, Processes, System};

    impl Processes for System {
        fn facts(&self, pid: u32) -> Option<Facts> {
            let line = ps(&["-p", &pid.to_string(), "-o", "state=,%cpu=,rss=,tty=,comm="])?;
            let mut fields = line.split_whitespace();
            let (state, cpu, rss, tty) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
            if state.starts_with('Z') {
                return None;
            }
            let name: Vec<&str> = fields.collect();
            Some(Facts {
                start: None,
                cpu_pct: cpu.replace(',', ".").parse().ok(),
                memory_mb: rss.parse::<f64>().ok().map(|kib| (kib / 102.4).round() / 10.0),
                tty: (tty != "??").then(|| tty.to_owned()),
                name: name.join(" "),
            })
        }

        fn domain(&self) -> Domain {
            Domain { kernel: "darwin".to_owned(), ..Domain::default() }
        }

        fn claude_pids(&self) -> Vec<u32> {
            let listing = ps(&["-axo", "pid=,comm="]).unwrap_or_default();
            let rows = listing.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
            rows.filter(|(_, name)| name.trim().ends_with("claude"))
                .filter_map(|(pid, _)| pid.parse().ok())
                .collect()
        }

        /// `ps` shows no variables, or all of them.
        fn client(&self, _: u32) -> Option<Client> {
            None
        }
    }

    fn ps(arguments: &[&str]) -> Option<String> {
        let output = Command::new("/bin/ps").args(arguments).env_clear().output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (!text.trim().is_empty()).then_some(text)
    }
}

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
