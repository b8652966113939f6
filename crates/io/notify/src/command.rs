//! A command of the person's that is run for each notice.
//!
//! It is a list of arguments, never a line for a shell: what stands in braces is replaced within the one argument that
//! it stands in, so that no name of a session or a folder can become a command. The same data stand in the environment
//! and, as JSON, on its standard input.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use claudectl_fleet::notice::{FIELDS, Notice};

use crate::{Failure, Sink, run};

/// A command.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// How long it may run.
    pub limit: Duration,
    /// Where programs are looked for, and what the command finds as its `PATH`.
    pub path: Option<OsString>,
    /// The person's home, which it runs in.
    pub home: Option<PathBuf>,
}

impl Sink for Command {
    fn deliver(&self, notice: &Notice, _: i64) -> Result<(), Failure> {
        let mut argv = self.argv.iter().map(|argument| filled(argument, notice));
        let program = argv.next().filter(|program| !program.is_empty());
        let program = program.ok_or_else(|| Failure::for_good("there is no program to run"))?;
        let mut command = std::process::Command::new(program);
        command.args(argv).env_clear().current_dir(self.home.clone().unwrap_or_else(|| "/".into()));
        command.envs(self.path.iter().map(|path| ("PATH", path)));
        command.envs(self.home.iter().map(|home| ("HOME", home)));
        for name in FIELDS {
            let value = notice.field(name).unwrap_or_default();
            command.env(format!("CLAUDECTL_{}", name.to_uppercase()), value);
        }
        let json = serde_json::to_vec(notice)
            .map_err(|error| Failure::for_good(format!("cannot write JSON: {error}")))?;
        run::run(command, &json, self.limit)
    }
}

/// An argument with what stands in braces replaced. Braces around anything else are left alone: arguments may be JSON.
#[must_use]
pub fn filled(argument: &str, notice: &Notice) -> String {
    let mut out = String::new();
    let mut rest = argument;
    while let Some((before, name, after)) = next(rest) {
        out.push_str(before);
        match notice.field(name) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[before.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The first name in braces that stands for nothing.
#[must_use]
pub fn unknown_placeholder(argument: &str) -> Option<&str> {
    let mut rest = argument;
    while let Some((_, name, after)) = next(rest) {
        if !FIELDS.contains(&name) {
            return Some(name);
        }
        rest = after;
    }
    None
}

/// The next word in braces, with what is before and after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let inside = &text[open + 1..];
        let word = inside.find(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'));
        match word {
            Some(end) if end > 0 && inside[end..].starts_with('}') => {
                return Some((&text[..open], &inside[..end], &inside[end + 1..]));
            }
            _ => from = open + 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Again;
    use crate::queue::tests::notice;

    fn command(argv: &[&str], limit: Duration) -> Command {
        let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
        Command { argv, limit, path: Some("/usr/bin:/bin".into()), home: None }
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn braces_are_replaced_within_their_argument() {
        let mut notice = notice("evt_1");
        notice.title = "$(touch /tmp/x); {text} \"'".to_owned();
        notice.text = "t".to_owned();
        for (argument, wanted) in [
            ("{title}", "$(touch /tmp/x); {text} \"'"),
            ("a{text}b{text}", "atbt"),
            ("{\"a\": {text}}", "{\"a\": t}"),
            ("{}{ text}{TEXT}{nothing}", "{}{ text}{TEXT}{nothing}"),
            ("{{text}}", "{t}"),
            ("{", "{"),
            ("ü{text}ü", "ütü"),
        ] {
            assert_eq!(filled(argument, &notice), wanted, "{argument}");
        }
        assert_eq!(unknown_placeholder("{title} {stat} {x}"), Some("stat"));
        assert_eq!(unknown_placeholder("{title} {\"json\": 1} {}"), None);
    }

    #[test]
    fn it_gets_arguments_environment_and_json_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("told");
        let script = r#"{ printf '%s\n' "$1"; env; cat; } > "$2""#;
        let mut notice = notice("evt_1");
        notice.title = "a b; c".to_owned();
        let out = file.display().to_string();
        command(&["/bin/sh", "-c", script, "sh", "{title}", &out], LONG).deliver(&notice, 0).unwrap();
        let told = std::fs::read_to_string(file).unwrap();
        let mut lines = told.lines();
        assert_eq!(lines.next(), Some("a b; c"));
        let (json, env): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with('{'));
        assert_eq!(serde_json::from_str::<Notice>(json[0]).unwrap().title, "a b; c");
        assert!(env.contains(&"CLAUDECTL_EVENT=on_budget_warning"), "{env:?}");
        let ours = |line: &&str| {
            let shells_own = ["PATH=", "PWD=", "SHLVL=", "_=", "OLDPWD="];
            line.starts_with("CLAUDECTL_") || shells_own.iter().any(|own| line.starts_with(own))
        };
        assert!(env.iter().all(ours), "{env:?}");
    }

    #[test]
    fn what_goes_wrong_is_told_and_not_tried_again() {
        let table: &[(&[&str], Duration, &str)] = &[
            (&["/nowhere/at/all"], LONG, "cannot start /nowhere/at/all"),
            (&["false"], LONG, "false: exit code 1"),
            (
                &[
                    "/bin/sh",
                    "-c",
                    "seq 9999 >&2; printf 'no such \\033[1mroom\\n\\n' >&2; sleep 1000 & exit 3",
                ],
                LONG,
                "exit code 3 (no such",
            ),
            (&["/bin/sh", "-c", "kill -9 $$"], LONG, "ended by signal 9"),
            // Its child has the same group, and neither ends by itself.
            (
                &["/bin/sh", "-c", "trap '' TERM; sleep 1000 & wait; wait"],
                Duration::ZERO,
                "did not end within 0 s",
            ),
            (&[""], LONG, "no program"),
        ];
        for (argv, limit, wanted) in table {
            let failure = command(argv, *limit).deliver(&notice("evt_1"), 0).unwrap_err();
            assert!(failure.why.contains(wanted), "{argv:?}: {failure}");
            assert_eq!(failure.again, Again::Never);
        }
    }

    #[test]
    fn nothing_of_it_is_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {0}.new; mv {0}.new {0}; wait", file.display());
        let started = std::thread::spawn(move || {
            command(&["/bin/sh", "-c", &script], Duration::from_millis(500)).deliver(&notice("evt_1"), 0)
        });
        assert!(started.join().unwrap().is_err());
        let pid = std::fs::read_to_string(&file).unwrap_or_default();
        let runs = |pid: &str| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.contains("(sleep)") && !stat.contains(") Z ")
        };
        // A machine may be so busy that nothing was started in time.
        let pid = pid.trim();
        let mut looks = 0;
        while !pid.is_empty() && runs(pid) && looks < 1_000_000 {
            looks += 1;
            std::thread::yield_now();
        }
        assert!(pid.is_empty() || !runs(pid), "{pid}");
    }
}
