//! The live registry: `sessions/<pid>.json`, one file per running client, rewritten in place.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::process::{pid_domain, process_start};
use super::transcript::open_private;
use crate::claude::CLAUDE_VERSION;
use crate::must::must;
use crate::world::DEFAULT_NOW;

/// A registry file under construction: an idle interactive session at first.
#[derive(Clone, Debug)]
pub struct RegistryRow {
    pid: u32,
    fields: Map<String, Value>,
}

impl RegistryRow {
    /// An idle session of `pid`. `procStart` and `pidDomain` are those of the live process where it has any.
    pub fn new(pid: u32, session_id: &str, cwd: impl AsRef<Path>) -> Self {
        let now = must(DEFAULT_NOW.parse::<Timestamp>(), DEFAULT_NOW).as_millisecond();
        // A client runs before what it writes.
        let started = now - 2 * 60 * 60 * 1000;
        let cwd = cwd.as_ref();
        let folder = cwd.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{folder}-{}", session_id.get(..2).unwrap_or_default());
        let start = process_start(pid).unwrap_or(96_708);
        let row = json!({
            "pid": pid, "sessionId": session_id, "cwd": cwd, "startedAt": started, "procStart": start.to_string(),
            "version": CLAUDE_VERSION, "peerProtocol": 1,
            "peerFeatures": ["notify_idle", "reply_across_default_dirs", "artifact_yield"],
            "kind": "interactive", "entrypoint": "cli", "pidDomain": pid_domain(), "asksForConvertedSkills": null,
            "messagingSocketPath": format!("/tmp/cc-socks/{pid}.sock"), "name": name, "nameSource": "derived",
            "nameSince": started, "status": "idle", "updatedAt": now, "statusUpdatedAt": now,
        });
        let fields = match row {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self { pid, fields }
    }

    /// `busy`, `idle`, `shell`; for `waiting` use [`RegistryRow::waiting_for`].
    pub fn status(self, status: &str) -> Self {
        self.without("waitingFor").set("status", status)
    }

    /// Waiting for a person: `permission prompt`, `input needed`, `dialog open`.
    pub fn waiting_for(self, what: &str) -> Self {
        self.set("status", "waiting").set("waitingFor", what)
    }

    /// The time of the last change of status, RFC 3339.
    #[track_caller]
    pub fn updated(self, time: &str) -> Self {
        let millis = must(time.parse::<Timestamp>(), time).as_millisecond();
        self.set("updatedAt", millis).set("statusUpdatedAt", millis)
    }

    /// The time the session started, RFC 3339.
    #[track_caller]
    pub fn started(self, time: &str) -> Self {
        let millis = must(time.parse::<Timestamp>(), time).as_millisecond();
        self.set("startedAt", millis).set("nameSince", millis)
    }

    /// The start time of the process, for a file whose process is gone or whose pid was reused.
    pub fn proc_start(self, ticks: u64) -> Self {
        self.set("procStart", ticks.to_string())
    }

    /// The namespace the pid counts in, for a session of a container.
    pub fn pid_domain(self, domain: &str) -> Self {
        self.set("pidDomain", domain)
    }

    /// The name a person gave.
    pub fn named(self, name: &str) -> Self {
        self.set("name", name).set("nameSource", "user")
    }

    /// `interactive`, `bg`, `daemon`, `daemon-worker`.
    pub fn kind(self, kind: &str) -> Self {
        self.set("kind", kind)
    }

    /// `cli`, `sdk-cli` (`-p`), `claude-vscode` ...
    pub fn entrypoint(self, entrypoint: &str) -> Self {
        self.set("entrypoint", entrypoint)
    }

    /// The pane it runs in: `<session>:@<window>.%<pane>`.
    pub fn tmux(self, target: &str) -> Self {
        self.set("tmux", target)
    }

    /// The client version.
    pub fn version(self, version: &str) -> Self {
        self.set("version", version)
    }

    /// Sets any field (`jobId`, `agent`, `logPath` ...).
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// Leaves a field out, as an older client does.
    pub fn without(mut self, key: &str) -> Self {
        self.fields.shift_remove(key);
        self
    }

    /// The row as JSON.
    pub fn json(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// Writes, or rewrites in place, `<config_dir>/sessions/<pid>.json`; returns its path.
    #[track_caller]
    pub fn write(&self, config_dir: &Path) -> PathBuf {
        let folder = config_dir.join("sessions");
        let path = folder.join(format!("{}.json", self.pid));
        let text = self.json().to_string();
        must(open_private(&path, false).and_then(|mut file| file.write_all(text.as_bytes())), path.display());
        let private = std::fs::Permissions::from_mode(0o700);
        must(std::fs::set_permissions(&folder, private), folder.display());
        path
    }
}
