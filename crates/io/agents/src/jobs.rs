//! Claude Code's background sessions, which may go on without a client for a while: `jobs/<short>/state.json`.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

/// No such file is larger; what is, is something else.
const MAX_BYTES: u64 = 1 << 20;
/// States from which nothing goes on by itself.
const OVER: [&str; 3] = ["done", "failed", "stopped"];

/// A background session that is not over, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its short name, with which the session's id begins.
    pub short: String,
    /// The session, where the file says.
    pub session: Option<String>,
    /// What it does; `unknown` where the file does not say.
    pub state: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct State {
    state: Option<String>,
    session_id: Option<String>,
}

/// The background sessions below the configuration folders that are not over. What cannot be read is not over.
#[must_use]
pub fn open(roots: &[PathBuf]) -> Vec<Job> {
    let folders = roots.iter().filter_map(|root| fs::read_dir(root.join("jobs")).ok()).flatten();
    let folders = folders.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let jobs = folders.map(|entry| {
        let path = entry.path().join("state.json");
        let small =
            fs::metadata(&path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_BYTES);
        let text = small.then(|| fs::read(&path).ok()).flatten().unwrap_or_default();
        let state: State = serde_json::from_slice(&text).unwrap_or_default();
        Job {
            short: entry.file_name().to_string_lossy().into_owned(),
            session: state.session_id,
            state: state.state.unwrap_or_else(|| "unknown".to_owned()),
        }
    });
    jobs.filter(|job| !OVER.contains(&job.state.as_str())).collect()
}

impl Job {
    /// Whether it may be a session's.
    #[must_use]
    pub fn may_be(&self, session: &str) -> bool {
        match &self.session {
            Some(own) => own == session,
            None => !self.short.is_empty() && session.starts_with(&self.short),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_over() {
        let dir = tempfile::tempdir().unwrap();
        for (short, text) in [
            ("aaaaaaaa", r#"{"state":"working","sessionId":"aaaaaaaa-1"}"#),
            ("bbbbbbbb", r#"{"state":"stopped","sessionId":"bbbbbbbb-1"}"#),
            ("cccccccc", r#"{"state":"#),
        ] {
            let folder = dir.path().join("jobs").join(short);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("state.json"), text).unwrap();
        }
        fs::write(dir.path().join("jobs/pins.json"), "{}").unwrap();
        let mut jobs = open(&[dir.path().to_path_buf(), "/nowhere".into()]);
        jobs.sort_by(|a, b| a.short.cmp(&b.short));
        let told: Vec<_> = jobs.iter().map(|job| (job.short.as_str(), job.state.as_str())).collect();
        assert_eq!(told, [("aaaaaaaa", "working"), ("cccccccc", "unknown")]);
        assert!(jobs[0].may_be("aaaaaaaa-1") && !jobs[0].may_be("aaaaaaaa-2"));
        assert!(jobs[1].may_be("cccccccc-0000") && !jobs[1].may_be("aaaaaaaa-1"));
    }
}
