//! Who called a hook: the client, by its process, not by what the environment claims.

use claudectl_fleet::hooks::Client;

/// The client whose hook this process is: its parent, or that of the shell between them.
///
/// `None` where the system does not tell when a process was started.
#[must_use]
pub fn caller() -> Option<Client> {
    imp::caller()
}

#[cfg(target_os = "linux")]
mod imp {
    use std::fs;
    use std::io::Read;

    use super::Client;

    /// So many shells may stand between.
    const MAX_SHELLS: usize = 3;

    pub(super) fn caller() -> Option<Client> {
        let mut pid = rustix::process::getppid()?.as_raw_nonzero().get().cast_unsigned();
        for _ in 0..MAX_SHELLS {
            let mut stat = [0; 1024];
            // One call: the kernel makes the text anew for each.
            let length =
                fs::File::open(format!("/proc/{pid}/stat")).and_then(|mut file| file.read(&mut stat)).ok()?;
            let (name, parent, start) = fields(std::str::from_utf8(&stat[..length]).ok()?)?;
            if !matches!(name, "sh" | "dash" | "bash" | "zsh" | "ash" | "busybox") {
                return Some(Client { pid, start });
            }
            pid = parent;
        }
        None
    }

    /// Name, parent and start time. The name stands in parentheses and may hold any of them.
    pub(super) fn fields(stat: &str) -> Option<(&str, u32, u64)> {
        let (head, rest) = stat.rsplit_once(')')?;
        let name = head.split_once('(')?.1;
        let mut fields = rest.split_ascii_whitespace();
        let parent = fields.nth(1)?.parse().ok()?;
        let start = fields.nth(17)?.parse().ok()?;
        Some((name, parent, start))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn fields_are_counted_from_the_names_end() {
            let stat = "7 (a) b (c) S 5 7 7 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 1 0 4711 2 3";
            assert_eq!(fields(stat), Some(("a) b (c", 5, 4711)));
            assert_eq!(fields("7 (sh"), None);
        }

        #[test]
        fn a_tests_caller_is_no_shell() {
            // Whoever runs the tests: it has a number, and a start that is that of the number.
            if let Some(client) = caller() {
                let stat = fs::read_to_string(format!("/proc/{}/stat", client.pid)).unwrap();
                assert_eq!(fields(&stat).map(|fields| fields.2), Some(client.start));
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use super::Client;

    pub(super) fn caller() -> Option<Client> {
        None
    }
}
