//! Terminal recordings: what a terminal showed, as an asciicast, and pictures of it as a GIF.
//!
//! [`Recording`] is what a program with a screen uses: it is given what the program writes, and makes the file that its
//! name asks for. [`cast`] writes and reads asciicasts; [`gif::render`] plays one on a terminal of its own and draws
//! what stands there, with a font that is built in and without any other program:
//!
//! ```text
//! cast ── player (frames) ──► screen (cells) ── glyph, shapes (masks) ── palette (colours) ──► gif
//! ```
//!
//! What is recorded is the caller's; nothing is redacted here.

pub mod cast;
mod error;
pub mod gif;
mod glyph;
mod palette;
mod player;
mod recording;
mod screen;
mod shapes;
pub mod theme;

pub use error::RecordError;
pub use recording::{Format, Recording, Report, Target};
