//! Transcripts folded into digests, taking up what was folded before.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use claudectl_fleet::digest::Digest;
use claudectl_transcript::record::Assistant;
use claudectl_transcript::tail::{Mark, Plan, Stamp, plan};
use claudectl_transcript::{Line, LineBuf, message_key};

use crate::ReadError;
use crate::tail::{self, Event};

/// A digest and how far it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// What `stat` said of the transcript.
    pub stamp: Stamp,
    /// How far it was folded.
    pub mark: Mark,
    /// The digest.
    pub digest: Digest,
}

/// Folds what is new in a transcript, a subagent's or a session's own, into its digest.
///
/// Returns the digest and whether it changed. `elsewhere` says of a response, by the ledger's key, whether
/// it is billed to another session. The bytes of each line are added to `done`.
///
/// # Errors
/// When the transcript cannot be read.
pub fn fold(
    path: &Path,
    subagent: bool,
    before: Option<Folded>,
    lines: &mut LineBuf,
    done: &AtomicU64,
    elsewhere: impl FnMut(u64) -> bool,
) -> Result<(Folded, bool), ReadError> {
    let fail = |source| ReadError { path: path.to_path_buf(), source };
    if let Some(old) = &before {
        let now = crate::walk::stamp(&std::fs::metadata(path).map_err(fail)?);
        if plan(&old.stamp, &old.mark, &now) == Plan::Unchanged {
            return before.map(|old| (old, false)).ok_or_else(|| fail(std::io::ErrorKind::NotFound.into()));
        }
    }
    let (old, mut digest) = match before {
        Some(Folded { stamp, mark, digest }) => (Some((stamp, mark)), digest),
        None => (None, Digest::new(subagent)),
    };
    let mut elsewhere = by_row(elsewhere);
    let place = old.as_ref().map(|(stamp, mark)| (stamp, mark));
    let reading = tail::read(path, place, lines, |event| match event {
        Event::Restart => digest = Digest::new(subagent),
        Event::Line(Line::Whole(line), _) => {
            digest.line(line, &mut elsewhere);
            done.fetch_add(line.len() as u64 + 1, Ordering::Relaxed);
        }
        Event::Line(Line::Oversized { len, .. }, _) => {
            digest.malformed += 1;
            done.fetch_add(len, Ordering::Relaxed);
        }
        // Folding it now would fold it twice: it comes again with its newline.
        Event::Remainder(..) => {}
    })
    .map_err(fail)?;
    Ok((Folded { stamp: reading.stamp, mark: reading.mark, digest }, true))
}

/// Asks of a row what `elsewhere` says of its response; the rows of a response follow each other.
pub(crate) fn by_row(mut elsewhere: impl FnMut(u64) -> bool) -> impl FnMut(&Assistant<'_>) -> bool {
    let mut last = (0, false);
    move |row| {
        let Some(key) = key(row) else { return false };
        if last.0 != key {
            last = (key, elsewhere(key));
        }
        last.1
    }
}

/// The ledger's key of a row's response, as the index makes it.
fn key(row: &Assistant<'_>) -> Option<u64> {
    match (&row.id, &row.common.uuid) {
        (Some(id), _) => Some(message_key(id.as_bytes())),
        (None, Some(uuid)) => Some(message_key(&[b"row\0", uuid.as_bytes()].concat())),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_growing_transcript_is_folded_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let row = "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"hi\"}}\n";
        std::fs::write(&path, row).unwrap();
        let (mut lines, done) = (LineBuf::default(), AtomicU64::new(0));
        let (first, _) = fold(&path, false, None, &mut lines, &done, |_| false).unwrap();
        let (same, changed) = fold(&path, false, Some(first.clone()), &mut lines, &done, |_| false).unwrap();
        assert!(!changed && same == first);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        write!(file, "{row}{{\"type\":\"user\"").unwrap();
        let (second, _) = fold(&path, false, Some(first), &mut lines, &done, |_| false).unwrap();
        assert_eq!((second.digest.prompts, second.digest.rows), (2, 2));
    }

    #[test]
    fn a_transcript_that_is_gone_is_an_error() {
        assert!(
            fold(
                Path::new("/nowhere.jsonl"),
                false,
                None,
                &mut LineBuf::default(),
                &AtomicU64::new(0),
                |_| false
            )
            .is_err()
        );
    }
}
