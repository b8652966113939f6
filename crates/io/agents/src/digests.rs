//! Transcripts folded into digests, taking up what was folded before.

use std::path::Path;

use claudectl_fleet::digest::Digest;
use claudectl_transcript::tail::{Mark, Plan, Stamp, plan};
use claudectl_transcript::{Line, LineBuf};

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

/// Folds what is new in a transcript into its digest.
///
/// Returns the digest and whether it changed.
///
/// # Errors
/// When the transcript cannot be read.
pub fn fold(path: &Path, before: Option<Folded>, lines: &mut LineBuf) -> Result<(Folded, bool), ReadError> {
    let fail = |source| ReadError { path: path.to_path_buf(), source };
    if let Some(old) = &before {
        let now = crate::walk::stamp(&std::fs::metadata(path).map_err(fail)?);
        if plan(&old.stamp, &old.mark, &now) == Plan::Unchanged {
            return before.map(|old| (old, false)).ok_or_else(|| fail(std::io::ErrorKind::NotFound.into()));
        }
    }
    let (old, mut digest) = match before {
        Some(Folded { stamp, mark, digest }) => (Some((stamp, mark)), digest),
        None => (None, Digest::default()),
    };
    let place = old.as_ref().map(|(stamp, mark)| (stamp, mark));
    let reading = tail::read(path, place, lines, |event| match event {
        Event::Restart => digest = Digest::default(),
        Event::Line(Line::Whole(line), _) => digest.line(line),
        Event::Line(Line::Oversized { .. }, _) => digest.malformed += 1,
        // Folding it now would fold it twice: it comes again with its newline.
        Event::Remainder(..) => {}
    })
    .map_err(fail)?;
    Ok((Folded { stamp: reading.stamp, mark: reading.mark, digest }, true))
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
        let mut lines = LineBuf::default();
        let (first, _) = fold(&path, None, &mut lines).unwrap();
        let (same, changed) = fold(&path, Some(first.clone()), &mut lines).unwrap();
        assert!(!changed && same == first);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        write!(file, "{row}{{\"type\":\"user\"").unwrap();
        let (second, _) = fold(&path, Some(first), &mut lines).unwrap();
        assert_eq!((second.digest.prompts, second.digest.rows), (2, 2));
    }

    #[test]
    fn a_transcript_that_is_gone_is_an_error() {
        assert!(fold(Path::new("/nowhere.jsonl"), None, &mut LineBuf::default()).is_err());
    }
}
