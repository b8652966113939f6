//! Transcripts of a session and its subagents, told as one, by the times of what happened.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

use claudectl_agents::ReadError;
use claudectl_agents::beats::{self, Passed};
use claudectl_fleet::beat::Beat;
use claudectl_transcript::time::Millis;

/// So many beats of a transcript are read ahead.
const AHEAD: usize = 16;

/// A transcript that is read.
struct Source<'a> {
    kind: Option<&'a str>,
    beats: Receiver<(u64, Beat)>,
    next: Option<(u64, Beat)>,
    /// When the next was, or the last that says when.
    at: Millis,
    read: u64,
}

impl Source<'_> {
    fn go_on(&mut self) {
        self.next = self.beats.recv().ok();
        if let Some((read, beat)) = &self.next {
            self.at = beat.at.unwrap_or(self.at);
            self.read = *read;
        }
    }
}

/// Tells what happened in all of some transcripts, each of a subagent with the kind of that, in the order of time; rows
/// of one stay in their order. `heard` is told how many bytes were read so far, and says whether to go on.
///
/// A subagent's transcript that is gone is passed over.
pub(super) fn each(
    transcripts: &[(Option<&str>, &Path)],
    window: (Option<Millis>, Option<Millis>),
    mut heard: impl FnMut(u64, Option<&str>, Beat) -> bool,
) -> Result<Passed, ReadError> {
    std::thread::scope(|scope| {
        let mut readers = Vec::new();
        let mut sources = Vec::new();
        for &(kind, path) in transcripts {
            let (send, beats) = sync_channel(AHEAD);
            let read = move || {
                // Who no longer listens hears nothing; the rest of the file is passed over at memory speed.
                let heard = |read, beat| drop(send.send((read, beat)));
                beats::each(path, kind.is_some(), window, heard)
            };
            readers.push((kind, scope.spawn(read)));
            sources.push(Source { kind, beats, next: None, at: Millis::MIN, read: 0 });
        }
        sources.iter_mut().for_each(Source::go_on);
        while let Some(source) =
            sources.iter_mut().filter(|source| source.next.is_some()).min_by_key(|source| source.at)
        {
            let (kind, next) = (source.kind, source.next.take());
            source.go_on();
            let read = sources.iter().map(|source| source.read).sum();
            if let Some((_, beat)) = next
                && !heard(read, kind, beat)
            {
                break;
            }
        }
        drop(sources);
        let mut all = Passed::default();
        for (kind, reader) in readers {
            match reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
                Ok(Passed { bytes, malformed, oversized }) => {
                    all.bytes += bytes;
                    all.malformed += malformed;
                    all.oversized += oversized;
                }
                Err(error) if kind.is_some() && error.source.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    })
}
