//! What may go wrong with a recording.

use std::io;
use std::path::PathBuf;

use claudectl_files::FileError;

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The name ends in nothing that says what to make.
    #[error("{} ends in neither .cast nor .gif", .0.display())]
    Format(PathBuf),
    /// A file could not be made or written: one may stand in its place.
    #[error(transparent)]
    File(#[from] FileError),
    /// A cast could not be read.
    #[error("cannot read the recording")]
    Read(#[source] io::Error),
    /// It is no asciicast, or one of another version: where, and what is wrong.
    #[error("line {line} of the recording: {what}")]
    Cast {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The screen is too small or too large to be drawn, in columns and rows.
    #[error("a screen of {0} x {1} cannot be drawn")]
    Size(usize, usize),
    /// The built-in font cannot be read.
    #[error("the built-in font is damaged")]
    Font,
    /// The GIF could not be written.
    #[error("cannot write the GIF")]
    Gif(#[source] ::gif::EncodingError),
    /// Whoever asked for it does not want it any more.
    #[error("stopped")]
    Stopped,
    /// The GIF could not be made; the cast that it was to be made of is kept.
    #[error("cannot make {}; the recording is kept as {}", gif.display(), cast.display())]
    Render {
        /// The GIF.
        gif: PathBuf,
        /// Where the cast is.
        cast: PathBuf,
        /// Why.
        source: Box<RecordError>,
    },
}
