//! The commits of a checkout in a window of time, asked of git.
//!
//! A repository is somebody else's: its configuration must not run anything. Only `git log` without any diff is
//! asked for, which reads commits and nothing else: no hooks, pager, file system monitor, external diff, text
//! conversion, signature check or mail map, no lock and no fetch of what is missing. Whether a repository of another
//! user may be looked at is git's to decide (`safe.directory`), so the person's own settings are left to it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use claudectl_fleet::report::{Commit, Repository, Window};

use crate::answer::{Limits, answer};

/// So many commits of one checkout are listed.
pub const MAX_COMMITS: usize = 200;
/// git is waited for so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// No more of an answer is read.
const MAX_ANSWER: u64 = 1 << 20;
const MAX_COMPLAINT: u64 = 4 << 10;

/// The git program, and whose settings it goes by.
#[derive(Debug, Clone)]
pub struct Git {
    program: PathBuf,
    search_path: OsString,
    home: Option<PathBuf>,
    config_home: Option<PathBuf>,
}

/// What a repository's configuration could run or read, turned off.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "log.showSignature=false",
    "log.mailmap=false",
    "log.decorate=false",
    "i18n.logOutputEncoding=UTF-8",
];

impl Git {
    /// The git on the search path; of it only absolute folders count. `home` and `config_home` (`XDG_CONFIG_HOME`)
    /// are where the person's settings for git are.
    #[must_use]
    pub fn find(
        search_path: Option<&OsStr>,
        home: Option<&Path>,
        config_home: Option<&Path>,
    ) -> Option<Self> {
        let search_path = search_path?;
        let folders = std::env::split_paths(search_path).filter(|folder| folder.is_absolute());
        let program = folders.map(|folder| folder.join("git")).find(|path| crate::host::is_program(path))?;
        Some(Self {
            program,
            search_path: search_path.to_owned(),
            home: home.map(Path::to_path_buf),
            config_home: config_home.map(Path::to_path_buf),
        })
    }

    /// The commits of the window on the branches of the checkout at `root`, and on what is checked out there.
    #[must_use]
    pub fn commits(&self, root: &Path, window: Window) -> Repository {
        let mut repository = Repository { root: root.display().to_string(), ..Repository::default() };
        if !root.is_dir() {
            repository.problem = Some("the folder is gone".to_owned());
            return repository;
        }
        match self.log(root, window) {
            Ok(answer) => {
                repository.commits = parse(&answer, window);
                repository.more = repository.commits.len() > MAX_COMMITS;
                repository.commits.truncate(MAX_COMMITS);
            }
            Err(problem) => repository.problem = Some(problem),
        }
        repository
    }

    fn command(&self, root: &Path, window: Window) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().env("PATH", &self.search_path).env("LC_ALL", "C").current_dir("/");
        for (name, value) in [("HOME", &self.home), ("XDG_CONFIG_HOME", &self.config_home)] {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        for (name, value) in [
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_PAGER", "cat"),
        ] {
            command.env(name, value);
        }
        command.args(["--no-pager", "--no-optional-locks"]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let seconds = |at: i64| at.div_euclid(1000);
        command.arg("-C").arg(root).args(["log", "-z", "--format=tformat:%H%x00%ct%x00%an%x00%s"]);
        command.args(["--no-color", "--no-notes", "--no-mailmap", "--no-patch"]);
        command.arg(format!("--max-count={}", MAX_COMMITS + 1));
        command.arg(format!("--max-age={}", seconds(window.since)));
        command.arg(format!("--min-age={}", seconds(window.until)));
        command.args(["--ignore-missing", "--branches", "HEAD", "--"]);
        command
    }

    /// What git answers, or why it does not.
    fn log(&self, root: &Path, window: Window) -> Result<Vec<u8>, String> {
        let limits = Limits { time: PATIENCE, output: MAX_ANSWER, complaint: MAX_COMPLAINT };
        let said = answer(&mut self.command(root, window), limits).map_err(|why| format!("git: {why}"))?;
        match said.status.success() || said.output.len() as u64 == MAX_ANSWER {
            true => Ok(said.output),
            false => problem(said.first_complaint().as_deref().unwrap_or("git failed")),
        }
    }
}

/// What it means that git complains of this; nothing where there is only no commit yet.
fn problem(line: &str) -> Result<Vec<u8>, String> {
    if line.contains("does not have any commits yet") {
        return Ok(Vec::new());
    }
    if line.contains("dubious ownership") {
        return Err(
            "it belongs to another user, so git does not look into it (see safe.directory in git's manual)"
                .to_owned(),
        );
    }
    let line = line.strip_prefix("fatal: ").unwrap_or(line);
    Err(format!("git: {line}"))
}

fn parse(answer: &[u8], window: Window) -> Vec<Commit> {
    let mut fields: Vec<_> = answer.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    // What does not end is a subject that was cut: half a secret in it is not known for one.
    fields.pop();
    let clean = |text: &str| claudectl_fleet::call::one_line(text);
    let commit = |fields: &[std::borrow::Cow<'_, str>]| {
        let at = fields[1].parse::<i64>().ok()?.checked_mul(1000)?;
        // A commit's time is cut down to the second.
        let made = window.since.div_euclid(1000) * 1000 <= at && at < window.until;
        let is_hash = fields[0].bytes().all(|byte| byte.is_ascii_hexdigit());
        (made && is_hash).then(|| Commit {
            id: fields[0].to_string(),
            at: Some(at),
            author: clean(&fields[2]),
            subject: clean(&fields[3]),
        })
    };
    fields.chunks_exact(4).filter_map(commit).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    const ALL: Window = Window { since: 0, until: i64::MAX / 2 };
    const PATHS: &str = "/usr/local/bin:/usr/bin:/bin";

    fn git_of(home: &Path) -> Git {
        Git::find(Some(OsStr::new(PATHS)), Some(home), None).expect("git is needed for this test")
    }

    /// Runs git as a person would, in a repository of the test.
    fn git(home: &Path, root: &Path, at: i64, args: &[&str]) {
        let mut command = Command::new(git_of(home).program);
        command.env_clear().env("PATH", PATHS).env("HOME", home).arg("-C").arg(root);
        command.args(["-c", "user.name=A B", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]);
        command.env("GIT_COMMITTER_DATE", format!("{at} +0000")).env("GIT_AUTHOR_DATE", "1000000000 +0000");
        let done = command.args(args).output().unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn repository() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let (home, root) = (dir.path().join("home"), dir.path().join("repo"));
        fs::create_dir(&home).unwrap();
        fs::create_dir(&root).unwrap();
        git(&home, &root, 1_700_000_000, &["init", "-q"]);
        (dir, home, root)
    }

    fn commit(home: &Path, root: &Path, at: i64, message: &str) {
        git(home, root, at, &["commit", "-q", "--allow-empty", "-m", message]);
    }

    fn subjects(found: &Repository) -> Vec<&str> {
        found.commits.iter().map(|commit| commit.subject.as_str()).collect()
    }

    #[test]
    fn commits_of_a_window_on_all_branches() {
        let (_dir, home, root) = repository();
        let ask = |window| git_of(&home).commits(&root, window);
        assert_eq!(
            ask(ALL),
            Repository { root: root.display().to_string(), ..Repository::default() },
            "none yet"
        );
        commit(&home, &root, 1_700_000_000, "first");
        git(&home, &root, 1_700_000_000, &["checkout", "-q", "-b", "feat"]);
        commit(&home, &root, 1_700_000_100, "on feat\n\nbody");
        git(&home, &root, 1_700_000_000, &["checkout", "-q", "main"]);
        commit(&home, &root, 1_700_000_200, "use ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R");
        assert_eq!(subjects(&ask(ALL)), ["use [redacted:github-token]", "on feat", "first"]);
        let window = Window { since: 1_700_000_100_500, until: 1_700_000_200_000 };
        let found = ask(window);
        assert_eq!(subjects(&found), ["on feat"], "its second has begun before, the end is left out");
        assert_eq!((found.commits[0].author.as_str(), found.commits[0].at), ("A B", Some(1_700_000_100_000)));
        git(&home, &root, 1_700_000_000, &["checkout", "-q", "--detach"]);
        commit(&home, &root, 1_700_000_300, "on no branch");
        assert_eq!(subjects(&ask(ALL))[0], "on no branch");
    }

    #[test]
    fn an_answer_that_was_cut_ends_with_its_last_whole_commit() {
        let token = ["gh", "p_", "7kQ2", "mZ9xW4", "vB6nT1", "rL8sD3", "fG5hJ0", "pC2yK7aE"].concat();
        let answer = format!("0a\x001700000000\0A\0first\x000b\x001700000001\0A\0use {token}\0");
        let subjects = |answer: &str| -> Vec<String> {
            parse(answer.as_bytes(), ALL).into_iter().map(|commit| commit.subject).collect()
        };
        assert_eq!(subjects(&answer), ["first", "use [redacted:github-token]"]);
        for end in answer.find("0b").unwrap()..answer.len() {
            assert_eq!(subjects(&answer[..end]), ["first"], "{end}");
        }
    }

    #[test]
    fn many_commits_are_cut() {
        let (_dir, home, root) = repository();
        let mut stream = String::new();
        for at in 0..MAX_COMMITS + 5 {
            stream += &format!(
                "commit refs/heads/main\ncommitter A <a@b> {} +0000\ndata 1\nx\n",
                1_700_000_000 + at
            );
        }
        let mut import = Command::new(git_of(&home).program);
        import
            .env_clear()
            .env("PATH", PATHS)
            .env("HOME", &home)
            .arg("-C")
            .arg(&root)
            .args(["fast-import", "--quiet"]);
        let mut child = import.stdin(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), stream.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        let found = git_of(&home).commits(&root, ALL);
        assert_eq!((found.commits.len(), found.more), (MAX_COMMITS, true));
    }

    #[test]
    fn nothing_of_a_repositorys_settings_is_run() {
        let (dir, home, root) = repository();
        commit(&home, &root, 1_700_000_000, "first");
        let trap = dir.path().join("trap");
        let ran = dir.path().join("ran");
        fs::write(&trap, format!("#!/bin/sh\necho $0 $* >> {}\n", ran.display())).unwrap();
        fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
        let trap = trap.display().to_string();
        for name in [
            "core.pager",
            "pager.log",
            "core.fsmonitor",
            "core.sshCommand",
            "core.editor",
            "diff.external",
            "gpg.program",
            "gpg.ssh.program",
            "credential.helper",
            "core.askPass",
            "alias.log",
        ] {
            let value = if name == "alias.log" { format!("!{trap}") } else { trap.clone() };
            git(&home, &root, 1_700_000_000, &["config", name, &value]);
        }
        git(&home, &root, 1_700_000_000, &["config", "log.showSignature", "true"]);
        git(&home, &root, 1_700_000_000, &["config", "mailmap.file", "/dev/zero"]);
        git(&home, &root, 1_700_000_000, &["config", "log.mailmap", "true"]);
        git(&home, &root, 1_700_000_000, &["config", "core.hooksPath", &dir.path().display().to_string()]);
        for hook in ["post-checkout", "post-index-change", "reference-transaction"] {
            fs::copy(dir.path().join("trap"), root.join(".git/hooks").join(hook)).unwrap();
        }
        let before: Vec<_> =
            fs::read_dir(root.join(".git")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(subjects(&git_of(&home).commits(&root, ALL)), ["first"]);
        assert!(!ran.exists(), "{}", fs::read_to_string(&ran).unwrap_or_default());
        let after: Vec<_> =
            fs::read_dir(root.join(".git")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(before, after, "nothing is written");
    }

    #[test]
    fn what_cannot_be_told_is_said_why() {
        let (dir, home, root) = repository();
        let ask = |root: &Path| git_of(&home).commits(root, ALL).problem.unwrap_or_default();
        assert_eq!(ask(&dir.path().join("nowhere")), "the folder is gone");
        assert!(ask(&home).starts_with("git: not a git repository"), "{}", ask(&home));
        fs::write(root.join(".git/HEAD"), "garbage\n").unwrap();
        assert!(ask(&root).starts_with("git: "), "{}", ask(&root));
        let said = problem("fatal: detected dubious ownership in repository at '/r'\nTo add").unwrap_err();
        assert!(said.contains("another user"), "{said}");
        assert!(Git::find(Some(OsStr::new("relative:/nowhere")), None, None).is_none());
    }

    #[test]
    fn odd_answers_are_no_commits() {
        assert_eq!(parse(b"", ALL), []);
        assert_eq!(parse(b"abc\x00soon\x00a\x00b\x00", ALL), []);
        assert_eq!(parse(b"abc\x001\x00a", ALL), []);
        assert_eq!(parse(b"../x\x001\x00a\x00b\x00", ALL), []);
        assert_eq!(parse("abc\x001\x00\u{1b}[2J\x00b\x00".as_bytes(), ALL).len(), 1);
    }
}
