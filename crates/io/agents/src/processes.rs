//! Which processes live, and what they use.
//!
//! A pid alone says nothing: it may belong to another process by now. A process is known by its pid
//! and the time it was started.

use claudectl_fleet::status::Process;

use crate::registry::Entry;

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
    /// Which kernel and container our pids belong to, as Claude Code writes it.
    fn domain(&self) -> Option<String>;
    /// Pids of running Claude Code clients, as far as the process table can tell.
    fn claude_pids(&self) -> Vec<u32>;
}

/// Whether the process of a registry row lives.
#[must_use]
pub fn liveness(entry: &Entry, table: &impl Processes) -> (Process, Option<Facts>) {
    if is_foreign(entry.pid_domain.as_deref(), table.domain().as_deref()) {
        return (Process::Foreign, None);
    }
    let Some(facts) = table.facts(entry.pid) else { return (Process::Dead, None) };
    match (entry.proc_start, facts.start) {
        (Some(registered), Some(start)) if registered != start => (Process::Dead, None),
        (Some(_), Some(_)) => (Process::Alive, Some(facts)),
        // Rows before 2.1.118 have no start time: a process of another name is certainly another.
        _ if !looks_like_claude(&facts.name) => (Process::Dead, None),
        _ => (Process::Unverified, Some(facts)),
    }
}

/// A pid of another machine (a shared home folder) or container means another process here.
fn is_foreign(registered: Option<&str>, own: Option<&str>) -> bool {
    matches!((registered, own), (Some(registered), Some(own)) if registered != own)
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
    use std::fs;

    use super::{Facts, Processes, System};

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

        fn domain(&self) -> Option<String> {
            let machine = fs::read_to_string("/etc/machine-id").ok()?;
            let space = fs::read_link("/proc/self/ns/pid").ok()?;
            Some(format!("linux:{}:{}", machine.trim(), space.display()))
        }

        fn claude_pids(&self) -> Vec<u32> {
            let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
            let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
            pids.filter(|&pid| is_claude(pid)).collect()
        }
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
                (stat.name.as_str(), stat.start, stat.ticks, stat.pages),
                ("a) b (c", 96_708, 200, 256)
            );
            assert_eq!(terminal(stat.tty), Some("pts/1".to_owned()));
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

    use super::{Facts, Processes, System};

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

        fn domain(&self) -> Option<String> {
            None
        }

        fn claude_pids(&self) -> Vec<u32> {
            let listing = ps(&["-axo", "pid=,comm="]).unwrap_or_default();
            let rows = listing.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
            rows.filter(|(_, name)| name.trim().ends_with("claude"))
                .filter_map(|(pid, _)| pid.parse().ok())
                .collect()
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
    }

    impl Processes for One {
        fn facts(&self, pid: u32) -> Option<Facts> {
            (pid == 7).then(|| Facts { start: Some(100), name: self.name.to_owned(), ..Facts::default() })
        }
        fn domain(&self) -> Option<String> {
            Some("linux:m:pid:[1]".to_owned())
        }
        fn claude_pids(&self) -> Vec<u32> {
            vec![7]
        }
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
            assert_eq!(liveness(&entry, &One { name }).0, wanted, "{entry:?}");
        }
    }
}
