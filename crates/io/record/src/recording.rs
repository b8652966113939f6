//! A recording of a program's own screen, while it runs.

use std::fs::File;
use std::io::{BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_files::{FileError, NewFile, check_free, create};
use tempfile::TempDir;

use crate::cast::{Header, Writer};
use crate::error::RecordError;
use crate::gif;

/// What is made, by the end of the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.cast`: an asciicast.
    Cast,
    /// `.gif`.
    Gif,
}

impl Format {
    /// What a file's name asks for.
    ///
    /// # Errors
    /// When it asks for neither.
    pub fn of(path: &Path) -> Result<Self, RecordError> {
        let end = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
        match end.as_deref() {
            Some("cast") => Ok(Self::Cast),
            Some("gif") => Ok(Self::Gif),
            _ => Err(RecordError::Format(path.to_path_buf())),
        }
    }
}

/// Where a recording goes.
#[derive(Debug, Clone)]
pub struct Target {
    /// The file.
    pub path: PathBuf,
    /// The folder that the cast of a GIF is kept in until it is made; it is made if it is not there.
    pub spool: PathBuf,
    /// Whether a file that is there is replaced.
    pub force: bool,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How long it takes, once.
    pub length: Duration,
    /// Pictures of a GIF, events of a cast.
    pub frames: u64,
}

/// A recording that goes on. Times are counted from its beginning, by a clock that does not jump.
#[derive(Debug)]
pub struct Recording {
    writer: Writer<File>,
    target: Target,
    /// The folder that the cast of a GIF is in: nobody else's.
    spooled: Option<(TempDir, PathBuf)>,
}

impl Recording {
    /// Begins a recording. A cast is written where it is to be, and is one at every moment; that of a GIF is kept in a
    /// folder of its own until [`Recording::finish`].
    ///
    /// # Errors
    /// When the name asks for nothing that can be made, when a file is there that is not to be replaced, and when none
    /// can be written.
    pub fn start(target: Target, header: &Header) -> Result<Self, RecordError> {
        let (file, spooled) = match Format::of(&target.path)? {
            Format::Cast => (create(&target.path, target.force)?, None),
            Format::Gif => {
                check_free(&target.path, target.force)?;
                let (file, folder, cast) = spool(&target.spool)?;
                (file, Some((folder, cast)))
            }
        };
        let fail = |source| FileError::Write { path: target.path.clone(), source };
        Ok(Self { writer: Writer::new(file, header).map_err(fail)?, target, spooled })
    }

    /// Something was written to the terminal.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn output(&mut self, bytes: &[u8], at: Duration) -> Result<(), RecordError> {
        self.writer.output(bytes, at).map_err(|source| self.failed(source))
    }

    /// The terminal's size changed.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn resize(&mut self, width: u16, height: u16, at: Duration) -> Result<(), RecordError> {
        self.writer.resize(width, height, at).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> RecordError {
        let path = self.spooled.as_ref().map_or(&self.target.path, |(_, cast)| cast);
        FileError::Write { path: path.clone(), source }.into()
    }

    /// Ends the recording and makes the GIF, if one is wanted: that takes time, of which `progress` is told in
    /// thousandths; it says whether to go on.
    ///
    /// # Errors
    /// When it cannot be written. Of a GIF that cannot be made the cast is kept, and the error says where.
    pub fn finish(
        self,
        options: &gif::Options,
        progress: &mut dyn FnMut(u32) -> bool,
    ) -> Result<Report, RecordError> {
        let Self { writer, target, spooled } = self;
        let (bytes, events, length) = (writer.bytes(), writer.events(), writer.length());
        let finished = writer.finish();
        let Some((folder, cast)) = spooled else {
            let fail = |source| FileError::Write { path: target.path.clone(), source };
            let file = finished.map_err(fail)?;
            let bytes = file.metadata().map_or(bytes, |found| found.len());
            return Ok(Report { path: target.path, bytes, length, frames: events });
        };
        let made = finished
            .map_err(|source| FileError::Write { path: cast.clone(), source }.into())
            .and_then(|_| draw(&cast, &target, options, progress));
        made.map_err(|source| RecordError::Render {
            gif: target.path.clone(),
            cast: folder.keep().join(CAST_NAME),
            source: Box::new(source),
        })
    }
}

const CAST_NAME: &str = "recording.cast";

/// A file in a new folder, which only its owner can look into.
fn spool(folder: &Path) -> Result<(File, TempDir, PathBuf), RecordError> {
    let fail = |source| FileError::Write { path: folder.to_path_buf(), source };
    std::fs::create_dir_all(folder).map_err(fail)?;
    let private = std::fs::Permissions::from_mode(0o700);
    let own = tempfile::Builder::new()
        .prefix("recording-")
        .permissions(private)
        .tempdir_in(folder)
        .map_err(fail)?;
    let cast = own.path().join(CAST_NAME);
    Ok((create(&cast, false)?, own, cast))
}

fn draw(
    cast: &Path,
    target: &Target,
    options: &gif::Options,
    progress: &mut dyn FnMut(u32) -> bool,
) -> Result<Report, RecordError> {
    // Beside the cast first: that takes time, and a program that is stopped meanwhile leaves nothing where it was to be.
    let drawn = cast.with_extension("gif");
    let fail = |source| FileError::Write { path: drawn.clone(), source };
    let open = || Ok(BufReader::with_capacity(256 * 1024, File::open(cast).map_err(RecordError::Read)?));
    let out = std::io::BufWriter::new(create(&drawn, true)?);
    let made = gif::render(open, out, options, progress)?;
    let mut whole = NewFile::begin(&target.path, target.force)?;
    let copied = File::open(&drawn).and_then(|mut drawn| std::io::copy(&mut drawn, &mut whole));
    copied.and_then(|_| whole.flush()).map_err(fail)?;
    let bytes = whole.keep()?;
    Ok(Report { path: target.path.clone(), bytes, length: made.length, frames: made.frames })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(folder: &Path, name: &str) -> Target {
        Target { path: folder.join(name), spool: folder.join("spool"), force: false }
    }

    fn small() -> Header {
        Header::new(12, 3)
    }

    #[test]
    fn a_cast_is_one_at_every_moment() {
        let folder = tempfile::tempdir().unwrap();
        let target = target(folder.path(), "a.cast");
        let mut recording = Recording::start(target.clone(), &small()).unwrap();
        recording.output(b"one", Duration::ZERO).unwrap();
        let so_far = std::fs::read_to_string(&target.path).unwrap();
        assert!(so_far.ends_with("[0.000000,\"o\",\"one\"]\n"), "{so_far}");
        recording.resize(20, 5, Duration::from_secs(1)).unwrap();
        let report = recording.finish(&gif::Options::default(), &mut |_| true).unwrap();
        let written = std::fs::metadata(&target.path).unwrap();
        assert_eq!((report.frames, report.bytes, report.length), (2, written.len(), Duration::from_secs(1)));
        assert_eq!(written.permissions().mode() & 0o777, 0o600);
        assert!(matches!(
            Recording::start(target.clone(), &small()),
            Err(RecordError::File(FileError::Exists(_)))
        ));
        assert!(Recording::start(Target { force: true, ..target }, &small()).is_ok());
    }

    #[test]
    fn a_gif_is_made_at_the_end_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut both =
            ["a.gif", "b.GIF"].map(|name| Recording::start(target(folder.path(), name), &small()).unwrap());
        for (recording, text) in both.iter_mut().zip(["one", "two"]) {
            recording.output(text.as_bytes(), Duration::ZERO).unwrap();
        }
        let spool = folder.path().join("spool");
        let private = std::fs::read_dir(&spool).unwrap().map(|entry| entry.unwrap());
        let modes: Vec<u32> =
            private.map(|entry| entry.metadata().unwrap().permissions().mode() & 0o777).collect();
        assert_eq!(modes, [0o700, 0o700], "each has a folder of its own");
        for recording in both {
            let report = recording.finish(&gif::Options::default(), &mut |_| true).unwrap();
            let bytes = std::fs::read(&report.path).unwrap();
            assert!(bytes.starts_with(b"GIF89a") && bytes.len() as u64 == report.bytes);
        }
        assert_eq!(std::fs::read_dir(&spool).unwrap().count(), 0);
    }

    #[test]
    fn the_cast_of_a_gif_that_cannot_be_made_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let target = target(folder.path(), "a.gif");
        let mut recording = Recording::start(target.clone(), &small()).unwrap();
        recording.output(b"precious", Duration::ZERO).unwrap();
        let error = recording.finish(&gif::Options::default(), &mut |_| false).unwrap_err();
        let RecordError::Render { cast, source, .. } = &error else { panic!("{error}") };
        assert!(
            matches!(**source, RecordError::Stopped)
                && error.to_string().contains(&cast.display().to_string())
        );
        assert!(std::fs::read_to_string(cast).unwrap().contains("precious") && !target.path.exists());
    }

    #[test]
    fn names_say_what_to_make() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "a.png", ".gif"] {
            assert!(
                matches!(
                    Recording::start(target(folder.path(), name), &small()),
                    Err(RecordError::Format(_))
                ),
                "{name}"
            );
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
