//! The process table of Linux: `/proc`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;

use super::{Client, Domain, Facts, Node, Processes, System, Table};
use crate::settings::{BARE, is_on};

/// No environment is read further.
const MAX_ENVIRONMENT: u64 = 1 << 20;

impl Processes for System {
    fn facts(&self, pid: u32) -> Option<Facts> {
        let stat = Stat::read(pid).filter(Stat::lives)?;
        Some(Facts {
            start: Some(stat.start),
            cpu_pct: stat.cpu_pct(uptime()?),
            memory_mb: Some(stat.memory_mb()),
            tty: terminal(stat.tty),
            stopped: stat.stopped(),
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
        pids().filter(|&pid| is_claude(pid)).collect()
    }

    fn client(&self, pid: u32) -> Option<Client> {
        let proc = format!("/proc/{pid}");
        let owner = fs::metadata(&proc).ok()?.uid();
        let space = fs::read_link(format!("{proc}/ns/pid")).ok()?;
        if owner != rustix::process::geteuid().as_raw() || space != fs::read_link("/proc/self/ns/pid").ok()? {
            return None;
        }
        let stat = Stat::read(pid)?;
        let arguments = fs::read(format!("{proc}/cmdline")).ok()?;
        let first = arguments.split(|byte| *byte == 0).nth(1).unwrap_or_default();
        let environment = File::open(format!("{proc}/environ")).ok()?;
        let [config_dir, home, ref switches @ ..] = variables(environment)?;
        let on =
            |value: &Option<OsString>| value.as_ref().and_then(|value| value.to_str()).is_some_and(is_on);
        let switched = BARE.into_iter().zip(switches).find(|(_, value)| on(value)).map(|(name, _)| name);
        Some(Client {
            pid,
            parent: stat.parent,
            cwd: fs::read_link(format!("{proc}/cwd")).ok(),
            config_dir,
            home: home.filter(|home| !home.is_empty()).map(Into::into),
            bare: switched,
            service: first == b"daemon" || first.starts_with(b"bg-"),
        })
    }

    fn arguments(&self, pid: u32) -> Vec<String> {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let bytes = bytes.strip_suffix(&[0]).unwrap_or(&bytes);
        bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }

    fn table(&self) -> Table {
        let nodes = pids().filter_map(|pid| {
            let stat = Stat::read(pid).filter(Stat::lives)?;
            Some(Node {
                pid,
                start: Some(stat.start),
                parent: stat.parent,
                group: stat.group,
                session: stat.session,
                ticks: stat.ticks,
                resident_kib: stat.resident_kib(),
                stopped: stat.stopped(),
                name: stat.name,
            })
        });
        Table::new(nodes, boot_ms(), rustix::param::clock_ticks_per_second())
    }
}

/// The numbers of all processes.
fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// When the system was started, in whole seconds: milliseconds since the epoch.
fn boot_ms() -> Option<i64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let seconds: i64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    seconds.checked_mul(1000)
}

/// The two variables that lead to a client's files, and those of [`BARE`]. An environment holds secrets: nothing else of
/// it is kept, and no more than one variable of it is held at a time.
fn variables(environment: impl Read) -> Option<[Option<OsString>; 5]> {
    let names = ["CLAUDE_CONFIG_DIR", "HOME", BARE[0], BARE[1], BARE[2]];
    let mut found = [const { None }; 5];
    let mut variable = Vec::new();
    let mut rest = BufReader::new(environment.take(MAX_ENVIRONMENT));
    while rest.read_until(0, &mut variable).ok()? > 0 {
        for (value, name) in found.iter_mut().zip(names) {
            let text = variable.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
            if let (None, Some(text)) = (&value, text) {
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
    group: u32,
    session: u32,
    tty: u64,
    /// Clock ticks of the process in user and kernel mode.
    ticks: u64,
    /// Clock ticks since boot at its start.
    start: u64,
    pages: u64,
}

impl Stat {
    /// A program may give itself a name that is no UTF-8; it is no less there for that.
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/stat")).ok()?))
    }

    /// What has ended stays in the table until its parent has asked how.
    fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X' | 'x')
    }

    fn stopped(&self) -> bool {
        matches!(self.state, 'T' | 't')
    }

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
            // 0, and less than that in a namespace that does not see them, is nobody's.
            group: fields.get(2)?.parse().unwrap_or(0),
            session: fields.get(3)?.parse().unwrap_or(0),
            tty: number(4).unwrap_or(0),
            ticks: number(11)?.saturating_add(number(12)?),
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

    fn resident_kib(&self) -> u64 {
        self.pages.saturating_mul(rustix::param::page_size() as u64 / 1024)
    }

    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    fn memory_mb(&self) -> f64 {
        (self.resident_kib() as f64 / 1024.0 * 10.0).round() / 10.0
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
    fn a_few_variables_and_no_more() {
        let of = |text: &str| variables(text.as_bytes()).unwrap();
        let some = |text: &str| Some(OsString::from(text));
        assert_eq!(of("A=1\0HOME=/h\0CLAUDE_CONFIG_DIR=/c\0"), [some("/c"), some("/h"), None, None, None]);
        assert_eq!(of("HOME=/h\0HOME=/other")[..2], [None, some("/h")], "the first counts, as for a program");
        assert_eq!(of("MYHOME=/x\0HOMELY=/y\0"), [const { None }; 5]);
        assert_eq!(of("CLAUDE_CODE_SIMPLE=1\0")[2..], [some("1"), None, None]);
        assert_eq!(of("CLAUDE_CODE_RESTRICTED=1\0")[4], some("1"));
        assert_eq!(of(""), [const { None }; 5]);
    }

    #[test]
    fn our_own_process_lives() {
        let facts = System.facts(std::process::id()).unwrap();
        assert!(facts.start.is_some() && facts.memory_mb.is_some_and(|mb| mb > 0.0));
        assert_eq!(System.facts(u32::MAX), None);
    }

    #[test]
    fn a_name_that_is_no_utf8_hides_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(OsString::from_vec(vec![b'x', 0xff]));
        std::os::unix::fs::symlink("/bin/sleep", &program).unwrap();
        let mut child = std::process::Command::new(&program).arg("1000").spawn().unwrap();
        let found = (System.facts(child.id()), System.table().node(child.id()).cloned());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found.0.unwrap().name, "x\u{fffd}");
        assert_eq!(found.1.unwrap().name, "x\u{fffd}");
    }

    #[test]
    fn our_own_tree_and_its_times() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let table = System.table();
        let own = std::process::id();
        let found = table.descendants(own).into_iter().find(|node| node.pid == child.id());
        let found = found.cloned().unwrap();
        assert_eq!((found.parent, found.start), (own, System.facts(child.id()).unwrap().start));
        assert_eq!(Some(&found), System.tree(own).iter().find(|node| node.pid == child.id()));
        assert!(table.ancestors(child.id()).contains(&own));
        assert!(table.usage(own).unwrap().ticks() >= table.node(own).unwrap().ticks);
        assert_eq!(table.has_child_since(own, table.started_at(child.id()).unwrap()), Some(true));
        child.kill().unwrap();
        // Not waited for, it is a zombie.
        let mut gone = false;
        while !gone {
            gone = System.table().node(child.id()).is_none();
            std::thread::yield_now();
        }
        child.wait().unwrap();
    }

    #[test]
    fn the_clock_and_the_table_agree() {
        let marker = tempfile::NamedTempFile::new().unwrap();
        let before = marker.path().metadata().unwrap().modified().unwrap();
        let before = before.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let before = i64::try_from(before).unwrap();
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let started = System.table().started_at(child.id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        // A file's time is that of the last tick of the kernel's clock, at most 10 ms old.
        let off = before - started;
        assert!((-60_000..=super::super::START_TOLERANCE_MS).contains(&off), "{off} ms");
    }
}
