//! What stands beside subagents' transcripts, read again while it may still change.
//!
//! `agent-<id>.meta.json` may be written after the transcript was read, and says that a subagent has ended
//! only once the transcript no longer grows. Reading the transcript brings what is there by then; the rest
//! comes from here.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use claudectl_fleet::intake::{AgentMeta, UnfinishedAgent};

use crate::index::agent_update;

/// What has changed beside the transcripts of these subagents. Where nothing has, one `stat` is all it
/// takes.
#[must_use]
pub fn changed(unfinished: &[UnfinishedAgent]) -> Vec<AgentMeta> {
    unfinished.iter().filter_map(read).collect()
}

fn read(agent: &UnfinishedAgent) -> Option<AgentMeta> {
    let transcript = Path::new(OsStr::from_bytes(&agent.transcript));
    let metadata = fs::metadata(transcript.with_extension("meta.json")).ok()?;
    // A file that takes another's place brings its own times; those of the inode cannot be set.
    let seen_ns = metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec());
    if agent.seen_ns == Some(seen_ns) {
        return None;
    }
    Some(AgentMeta { agent: agent.agent, seen_ns, meta: agent_update(transcript, 0, 0) })
}

/// Whether a subagent works in the background, by what stands beside its transcript; `None` where that
/// does not say.
#[must_use]
pub fn is_in_background(transcript: &Path) -> Option<bool> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Shape {
        request_shape: String,
    }
    let meta = crate::index::read_small(&transcript.with_extension("meta.json"))?;
    let Shape { request_shape } = serde_json::from_slice(&meta).ok()?;
    match request_shape.as_str() {
        "background" => Some(true),
        "foreground" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_subagent_works_stands_beside_its_transcript() {
        let dir = tempfile::tempdir().unwrap();
        let transcript = dir.path().join("agent-x.jsonl");
        assert_eq!(is_in_background(&transcript), None);
        for (meta, works) in [
            (r#"{"requestShape":"background"}"#, Some(true)),
            (r#"{"requestShape":"foreground","x":1}"#, Some(false)),
            (r#"{"requestShape":"sideways"}"#, None),
            ("{}", None),
        ] {
            fs::write(transcript.with_extension("meta.json"), meta).unwrap();
            assert_eq!(is_in_background(&transcript), works, "{meta}");
        }
    }

    #[test]
    fn what_was_seen_is_not_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let transcript = dir.path().join("agent-x.jsonl");
        let mut agent = UnfinishedAgent {
            agent: 7,
            transcript: transcript.as_os_str().as_bytes().to_vec(),
            seen_ns: None,
        };
        assert!(changed(std::slice::from_ref(&agent)).is_empty(), "there is none yet");
        let meta = transcript.with_extension("meta.json");
        fs::write(&meta, r#"{"agentType":"Explore","description":"look"}"#).unwrap();
        let first = changed(std::slice::from_ref(&agent)).remove(0);
        assert_eq!(
            (first.agent, first.meta.kind.as_deref(), first.meta.finished),
            (7, Some("Explore"), false)
        );
        agent.seen_ns = Some(first.seen_ns);
        assert!(changed(std::slice::from_ref(&agent)).is_empty());
        agent.seen_ns = Some(first.seen_ns - 1);
        fs::write(&meta, r#"{"agentType":"Explore","finished":true}"#).unwrap();
        assert!(changed(std::slice::from_ref(&agent))[0].meta.finished);
        let secret = ["gh", "p_", "b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"].concat();
        fs::write(&meta, format!(r#"{{"agentType":"try {secret}","description":"try {secret}"}}"#)).unwrap();
        let meta = changed(std::slice::from_ref(&agent)).remove(0).meta;
        assert_eq!(
            (meta.kind, meta.description.as_deref()),
            (meta.description.clone(), Some("try [redacted:github-token]"))
        );
    }
}
