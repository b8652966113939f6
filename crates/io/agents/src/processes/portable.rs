//! Where there is no `/proc`, `ps` is asked. Its start times have no unit in common with the registry's, so
//! such processes are never more than `Unverified`.

use std::process::Command;

use super::{Client, Domain, Facts, Node, Processes, System, Table};

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
            stopped: state.starts_with('T'),
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

    fn table(&self) -> Table {
        let listing = ps(&["-axo", "pid=,ppid=,pgid=,state=,rss=,time=,comm="]).unwrap_or_default();
        Table::new(listing.lines().filter_map(node), None, HERTZ)
    }
}

/// `ps` tells used time in hundredths of a second.
const HERTZ: u64 = 100;

fn node(line: &str) -> Option<Node> {
    let mut fields = line.split_whitespace();
    let mut number = || fields.next()?.parse::<u32>().ok();
    let (pid, parent, group) = (number()?, number()?, number()?);
    let (state, resident, time) = (fields.next()?, fields.next()?, fields.next()?);
    if state.starts_with('Z') {
        return None;
    }
    let name: Vec<&str> = fields.collect();
    Some(Node {
        pid,
        start: None,
        parent,
        group,
        session: 0,
        ticks: ticks(time)?,
        resident_kib: resident.parse().ok()?,
        stopped: state.starts_with('T'),
        name: name.join(" "),
    })
}

/// `[[days-]hours:]minutes:seconds[.hundredths]`.
fn ticks(time: &str) -> Option<u64> {
    let time = time.replace(',', ".");
    let (days, time) = time.split_once('-').unwrap_or(("0", &time));
    let (time, hundredths) = time.split_once('.').unwrap_or((time, "0"));
    let mut seconds = 0_u64;
    for part in time.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let whole = days.parse::<u64>().ok()?.checked_mul(86_400)?.checked_add(seconds)?;
    whole.checked_mul(HERTZ)?.checked_add(hundredths.parse().ok()?)
}

fn ps(arguments: &[&str]) -> Option<String> {
    let output = Command::new("/bin/ps").args(arguments).env_clear().output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table() {
        let found = node("  712     1   712 Ss    4096   1:02.50 /Applications/A b.app/c").unwrap();
        let facts = (found.pid, found.parent, found.group, found.ticks, found.stopped, found.name.as_str());
        assert_eq!(facts, (712, 1, 712, 6_250, false, "/Applications/A b.app/c"));
        assert_eq!(found.resident_kib, 4_096);
        assert!(node("712 1 712 T 8 0:00,01 sh").is_some_and(|found| found.stopped && found.ticks == 1));
        assert_eq!(node("712 1 712 Z 0 0:00.01 (sh)"), None);
        assert_eq!(node("712 1"), None);
        assert_eq!(ticks("2-01:00:01"), Some((2 * 86_400 + 3_601) * 100));
        assert_eq!(ticks("99999999999999999999:00"), None);
    }
}
