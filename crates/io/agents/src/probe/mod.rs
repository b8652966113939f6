//! One call through the real client, to see whether our gate stands before it: a run without a terminal, with the
//! person's own installation, whose API is a stand-in of ours on the loopback.
//!
//! Nothing reaches an API: settings of a person or a project may name one in `env`, and what stands there wins over the
//! environment of the process; what `--settings` says wins over these (seen with 2.1.330; not over an organisation's,
//! see [`super::settings::Facts::redirects`]). What leads to another provider is switched off in the same way.

mod api;

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use claudectl_redact::{redact, without_torn_end};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde_json::{Value, json};

use crate::answer::{Limits, answer};
use api::{Api, Probe};

/// It opens nothing.
const KEY: &str = "sk-ant-claudectl-doctor-opens-nothing";
/// A client that is asked to end tidies up.
const TIDYING: Duration = Duration::from_secs(5);
/// So much is read of what it prints.
const MOST_PRINTED: u64 = 8 << 20;
/// An option that older versions do not know.
const WITH_HOOKS: &str = "--include-hook-events";

/// Which client is run, and how.
#[derive(Debug)]
pub struct Run<'a> {
    /// The client.
    pub client: &'a Path,
    /// The working folder.
    pub cwd: &'a Path,
    /// The whole environment: what leads to the person's installation.
    pub env: Vec<(&'static str, std::ffi::OsString)>,
    /// The session's id, a UUID.
    pub session: String,
    /// The call's id.
    pub call: String,
    /// What is run if nobody denies it.
    pub command: String,
    /// A folder of our own, for temporary files.
    pub scratch: &'a Path,
    /// It may take so long.
    pub patience: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Seen {
    /// Requests that reached the stand-in.
    pub requests: u64,
    /// The client was told to make the call.
    pub told: bool,
    /// What the client says became of the call.
    pub result: Option<String>,
    /// What hooks before the call said, where the client tells: standard error, or output.
    pub hooks: Vec<Hook>,
    /// It did not end in time.
    pub late: bool,
    /// What the client complained of, a line.
    pub complaint: String,
}

/// What a hook before the call said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its exit code, as far as it had one.
    pub code: Option<i64>,
    /// What it printed, standard error last.
    pub said: String,
}

/// A folder that only we can read, and that is gone with this.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes it; it must not be there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(path: PathBuf) -> io::Result<Self> {
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is empty of anything but temporary files of the client.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Whether Claude Code was told that a person trusts a folder, or one above it; `state` is its `.claude.json`.
#[must_use]
pub fn is_trusted(state: &Path, folder: &Path) -> bool {
    let Some(state) = fs::read(state).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok())
    else {
        return false;
    };
    let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    let trusts = |folder: &Path| {
        folder.to_str().is_some_and(|name| state["projects"][name]["hasTrustDialogAccepted"] == true)
    };
    real.ancestors().any(trusts)
}

/// What a program of ours says its version is: `claudectl 1.2.3` makes `1.2.3`.
#[must_use]
pub fn version_of(program: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .env_clear()
        .env("HOME", "/dev/null")
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/");
    let limits = Limits { time: Duration::from_secs(10), output: 4096, complaint: 4096 };
    let said = answer(&mut command, limits).ok()?;
    let line = String::from_utf8_lossy(&said.output);
    let mut words = line.lines().next()?.split_whitespace();
    let version = words.find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))?;
    (version.len() < 40).then(|| version.to_owned())
}

/// Runs the client once.
///
/// # Errors
/// When the stand-in cannot listen, or the client cannot be started.
pub fn run(run: &Run<'_>) -> io::Result<Seen> {
    let api = Api::start(Probe { id: run.call.clone(), command: run.command.clone() })?;
    let mut printed = once(run, &api.url(), true)?;
    let unknown = |printed: &Printed| printed.complaint.contains(WITH_HOOKS) && api.heard().requests == 0;
    if unknown(&printed) {
        printed = once(run, &api.url(), false)?;
    }
    let heard = api.heard();
    Ok(Seen {
        requests: heard.requests,
        told: heard.told,
        result: heard.result,
        hooks: hooks(&printed.output),
        late: printed.status.is_none(),
        complaint: complaint(&printed),
    })
}

/// What the client printed, and how it ended; no status where it had to be ended.
struct Printed {
    status: Option<ExitStatus>,
    output: String,
    complaint: String,
}

fn once(run: &Run<'_>, url: &str, with_hooks: bool) -> io::Result<Printed> {
    let (output, complaint) = (run.scratch.join("output"), run.scratch.join("complaint"));
    let mut command = Command::new(run.client);
    command.args(arguments(run, url, with_hooks)).current_dir(run.cwd).env_clear();
    command.envs(run.env.iter().map(|(name, value)| (name, value)));
    command.envs(steady(url)).env("CLAUDE_CODE_TMPDIR", run.scratch);
    command.stdin(Stdio::null()).stdout(new_file(&output)?).stderr(new_file(&complaint)?);
    let status = ended(command.spawn()?, run.patience)?;
    Ok(Printed { status, output: text(&output), complaint: text(&complaint) })
}

fn arguments(run: &Run<'_>, url: &str, with_hooks: bool) -> Vec<String> {
    let mut words = vec!["-p", "claudectl doctor --live", "--output-format", "stream-json", "--verbose"];
    words.extend(["--no-session-persistence", "--session-id", &run.session]);
    // It would be allowed but for us; and no server of anybody's is started for it.
    words.extend(["--permission-mode", "default", "--allowedTools", "Bash", "--strict-mcp-config"]);
    if with_hooks {
        words.push(WITH_HOOKS);
    }
    let settings = settings(url).to_string();
    words.extend(["--settings", &settings]);
    words.into_iter().map(str::to_owned).collect()
}

/// What holds whatever the process was started with.
fn steady(url: &str) -> Vec<(&'static str, String)> {
    let mut all = vec![("ANTHROPIC_BASE_URL", url.to_owned()), ("ANTHROPIC_API_KEY", KEY.to_owned())];
    for name in ["NO_PROXY", "no_proxy"] {
        all.push((name, "127.0.0.1".to_owned()));
    }
    for name in ["DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING"] {
        all.push((name, "1".to_owned()));
    }
    all.push(("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1".to_owned()));
    all.push(("CLAUDE_CODE_MAX_RETRIES", "1".to_owned()));
    all
}

/// The same against what settings say, and without a person's own keys: an empty variable is none. Nothing in it bears on
/// hooks, or the check would not be of what a session has.
fn settings(url: &str) -> Value {
    let mut env: serde_json::Map<String, Value> =
        steady(url).into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    for name in [
        "ANTHROPIC_AUTH_TOKEN",
        "CLAUDE_CODE_OAUTH_TOKEN",
        "ANTHROPIC_UNIX_SOCKET",
        "ANTHROPIC_CUSTOM_HEADERS",
    ] {
        env.insert(name.to_owned(), Value::from(""));
    }
    for name in
        ["BEDROCK", "VERTEX", "FOUNDRY", "GATEWAY", "MANTLE", "ANTHROPIC_AWS", "ANTHROPIC_GOOGLE_CLOUD"]
    {
        env.insert(format!("CLAUDE_CODE_USE_{name}"), Value::from("0"));
    }
    env.insert("CLAUDE_CODE_ENABLE_TELEMETRY".to_owned(), Value::from("0"));
    json!({ "env": env, "apiKeyHelper": "" })
}

fn new_file(path: &Path) -> io::Result<File> {
    File::options().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        drop(file.take(MOST_PRINTED).read_to_end(&mut bytes));
    }
    let text = String::from_utf8_lossy(&bytes);
    if bytes.len() as u64 == MOST_PRINTED { without_torn_end(&text).to_owned() } else { text.into_owned() }
}

/// Waits for a process; one that is late is asked to end, so that it tidies up, and then ended.
fn ended(mut child: Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (said, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        // It is not reaped here: until then its number is its own.
        while let Some(pid) = pid
            && matches!(waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR))
        {}
        // Nobody waits any more where it could not be ended.
        said.send(()).ok();
    });
    if heard.recv_timeout(patience).is_ok() {
        return child.wait().map(Some);
    }
    if let Some(pid) = pid {
        kill_process(pid, Signal::TERM).ok();
    }
    if heard.recv_timeout(TIDYING).is_err() {
        child.kill()?;
    }
    child.wait()?;
    Ok(None)
}

/// What hooks before the call said, in the client's report.
fn hooks(output: &str) -> Vec<Hook> {
    let rows = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let answers = rows.filter(|row| row["subtype"] == "hook_response" && row["hook_event"] == "PreToolUse");
    let hook = |row: Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().trim().to_owned();
        let said = [text("stdout"), text("stderr")].into_iter().filter(|part| !part.is_empty());
        Hook { code: row["exit_code"].as_i64(), said: said.collect::<Vec<_>>().join(" ") }
    };
    answers.map(hook).collect()
}

/// The last that the client complained of: on standard error, redacted, or as its result.
fn complaint(printed: &Printed) -> String {
    let mut rows = printed.output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let failed = rows.rfind(|row| row["type"] == "result" && row["is_error"] == true);
    let result = failed.and_then(|row| row["result"].as_str().map(str::to_owned));
    // As a whole: a line of a key is not known for one.
    let complaint = redact(&printed.complaint).text;
    let mut lines = complaint.lines().map(str::trim).filter(|line| !line.is_empty());
    result.or_else(|| lines.next_back().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn client(folder: &Path, text: &str) -> PathBuf {
        let path = folder.join("claude");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn run_with(text: &str, patience: Duration) -> Seen {
        let folder = tempfile::tempdir().unwrap();
        let client = client(folder.path(), text);
        run(&Run {
            client: &client,
            cwd: folder.path(),
            env: vec![("HOME", "/h".into()), ("PATH", "/usr/bin:/bin".into())],
            session: "s".to_owned(),
            call: "toolu_1".to_owned(),
            command: "true".to_owned(),
            scratch: folder.path(),
            patience,
        })
        .unwrap()
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_client_gets_what_leads_to_the_stand_in_and_no_more() {
        let seen = run_with(r#"env | sort | tr '\n' ' ' >&2; exit 1"#, LONG);
        let named = |name: &str| seen.complaint.contains(&format!("{name}="));
        for name in
            ["ANTHROPIC_BASE_URL=http://127.0.0.1:", "HOME=/h", "ANTHROPIC_API_KEY", "CLAUDE_CODE_TMPDIR"]
        {
            assert!(seen.complaint.contains(name), "{name}: {}", seen.complaint);
        }
        assert!(!named("USER") && !named("CARGO_MANIFEST_DIR"), "{}", seen.complaint);
        assert_eq!((seen.requests, seen.told, seen.late), (0, false, false));
    }

    #[test]
    fn settings_lead_nowhere_else_and_leave_hooks_alone() {
        let all = settings("http://127.0.0.1:1");
        assert_eq!(all["env"]["ANTHROPIC_BASE_URL"], "http://127.0.0.1:1");
        assert_eq!(all["env"]["CLAUDE_CODE_USE_BEDROCK"], "0");
        for bare in ["CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE"] {
            assert!(all["env"].get(bare).is_none(), "it would hide what a session has: {bare}");
        }
        assert!(all.get("disableAllHooks").is_none() && all.get("hooks").is_none());
    }

    #[test]
    fn a_version_that_does_not_know_an_option_is_asked_without_it() {
        let seen = run_with(
            r#"case "$*" in *--include-hook-events*) echo "error: unknown option '--include-hook-events'" >&2; exit 1;; esac; echo fine >&2"#,
            LONG,
        );
        assert_eq!(seen.complaint, "fine");
    }

    #[test]
    fn no_line_of_a_key_is_what_it_complained_of() {
        let line = "MIIEvQx7Kp2Zr9LmPt4VwYs6NcHdJf8GaEu1TiO3";
        let key = ["-----BEGIN", " PRIVATE KEY-----\\n", line, "\\n", line, "\\n"].concat();
        let seen = run_with(&format!("printf -- 'bad\\n{key}' >&2"), LONG);
        assert_eq!(seen.complaint, "[redacted:private-key]");
    }

    #[test]
    fn one_that_is_late_is_asked_to_end() {
        let seen = run_with(
            "trap 'echo tidy >&2; exit 0' TERM; while :; do sleep 0.05; done",
            Duration::from_millis(300),
        );
        assert_eq!((seen.late, seen.complaint.as_str()), (true, "tidy"));
    }

    #[test]
    fn a_folder_is_trusted_with_those_below() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let (state, deep) = (root.join(".claude.json"), root.join("a/b"));
        fs::create_dir_all(&deep).unwrap();
        assert!(!is_trusted(&state, &deep));
        let put = |trusted: bool| {
            let projects =
                json!({"projects": {root.join("a").to_str().unwrap(): {"hasTrustDialogAccepted": trusted}}});
            fs::write(&state, projects.to_string()).unwrap();
        };
        put(false);
        assert!(!is_trusted(&state, &deep));
        put(true);
        assert!(is_trusted(&state, &deep) && !is_trusted(&state, &root));
    }

    #[test]
    fn a_program_tells_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let says = |text: &str| version_of(&client(folder.path(), &format!("echo '{text}'")));
        assert_eq!(says("claudectl 0.9.1").as_deref(), Some("0.9.1"));
        assert_eq!((says("hello"), version_of(&folder.path().join("none"))), (None, None));
    }

    #[test]
    fn what_hooks_said_is_read_from_the_report() {
        let row = r#"{"type":"system","subtype":"hook_response","hook_event":"PreToolUse","stdout":"{}","stderr":"no\n","exit_code":2}"#;
        let other = row.replace("PreToolUse", "Stop");
        let found = hooks(&format!("{row}\nnonsense\n{other}"));
        assert_eq!(found, [Hook { code: Some(2), said: "{} no".to_owned() }]);
    }
}
