//! Writing an archive, and proving that it holds what it should.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::belongings::{Belongings, Piece};
use super::{
    ArchiveError, ENDING, FORMAT, Listed, MANIFEST, MAX_MANIFEST, Manifest, PARTIAL, Packed, stamp_of,
};

/// zstd's own default: a tenth of a transcript's size, at some hundred megabytes a second.
const LEVEL: i32 = 3;

/// What the files of a session are now: a manifest with the hash of each.
///
/// # Errors
/// When a file cannot be read, or changes while it is.
pub fn describe(
    session: &Belongings,
    archived_at: i64,
    last_at: Option<i64>,
) -> Result<Manifest, ArchiveError> {
    let mut files = Vec::with_capacity(session.files.len());
    for piece in &session.files {
        let path = session.folder.join(&piece.path);
        let mut file = open(&path, piece)?;
        let (hash, bytes) = hash(&mut file).map_err(ArchiveError::io("read", &path))?;
        if bytes != piece.stamp.size {
            return Err(ArchiveError::Changed(path));
        }
        files.push(Packed {
            path: piece.path.clone(),
            bytes,
            mtime_ns: piece.stamp.mtime_ns,
            mode: piece.mode,
            blake3: hash.to_hex().to_string(),
        });
    }
    Ok(Manifest {
        format: FORMAT,
        session: session.session.clone(),
        root: session.root.clone(),
        project: session.project.clone(),
        archived_at,
        last_at,
        files,
    })
}

/// Opens a file that still is what was listed; never through a link.
fn open(path: &Path, piece: &Piece) -> Result<File, ArchiveError> {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = file.map_err(ArchiveError::io("open", path))?;
    let now = file.metadata().map(|metadata| crate::walk::stamp(&metadata));
    if now.map_err(ArchiveError::io("look at", path))? != piece.stamp {
        return Err(ArchiveError::Changed(path.to_path_buf()));
    }
    Ok(file)
}

/// BLAKE3 of all there is, and how much that was.
pub(super) fn hash(from: &mut impl Read) -> io::Result<(blake3::Hash, u64)> {
    let (mut hasher, mut buffer, mut bytes) = (blake3::Hasher::new(), vec![0; 256 * 1024], 0);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok((hasher.finalize(), bytes)),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// An archive that already holds all that a session has now: one whose originals were not removed to the end.
#[must_use]
pub fn already<'a>(archives: &'a [Listed], manifest: &Manifest) -> Option<&'a Listed> {
    let same_place = |listed: &&Listed| {
        let other = &listed.manifest;
        (&other.session, &other.root, &other.project)
            == (&manifest.session, &manifest.root, &manifest.project)
    };
    let holds = |listed: &Listed| {
        let packed: HashMap<&str, &str> =
            listed.manifest.files.iter().map(|file| (file.path.as_str(), file.blake3.as_str())).collect();
        manifest.files.iter().all(|file| packed.get(file.path.as_str()) == Some(&file.blake3.as_str()))
    };
    archives.iter().filter(same_place).find(|listed| holds(listed))
}

/// Writes an archive of a session into a folder and proves it. Returns its path and size. Where this fails nothing is
/// left of it.
///
/// # Errors
/// When a file cannot be read or changes meanwhile, the archive cannot be written, or does not hold what it should.
pub fn write(
    session: &Belongings,
    manifest: &Manifest,
    folder: &Path,
) -> Result<(PathBuf, u64), ArchiveError> {
    let partial = folder.join(format!("{PARTIAL}{}-{}", manifest.session, std::process::id()));
    let made = write_to(session, manifest, &partial).and_then(|()| verify(&partial, manifest));
    let made = made.and_then(|bytes| {
        let path = free_name(folder, manifest)?;
        fs::rename(&partial, &path).map_err(ArchiveError::io("name", &path))?;
        sync_folder(folder)?;
        Ok((path, bytes))
    });
    if made.is_err() {
        // Where it cannot be removed either, it is swept next time.
        drop(fs::remove_file(&partial));
    }
    made
}

fn sync_folder(folder: &Path) -> Result<(), ArchiveError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(ArchiveError::io("sync", folder))
}

/// `<session>.20261124T120000Z.tar.zst`, with a number where that is taken.
fn free_name(folder: &Path, manifest: &Manifest) -> Result<PathBuf, ArchiveError> {
    let at = claudectl_fleet::session::rfc3339(manifest.archived_at).unwrap_or_default();
    let at: String = at.chars().take(19).filter(|letter| !matches!(letter, '-' | ':')).collect();
    let name = |number: u32| {
        let number = if number > 1 { format!("-{number}") } else { String::new() };
        folder.join(format!("{}.{at}Z{number}{ENDING}", manifest.session))
    };
    for number in 1..1_000 {
        let path = name(number);
        if stamp_of(&path)?.is_none() {
            return Ok(path);
        }
    }
    Err(ArchiveError::io("name", &name(1))(io::ErrorKind::AlreadyExists.into()))
}

fn write_to(session: &Belongings, manifest: &Manifest, path: &Path) -> Result<(), ArchiveError> {
    let fail = || ArchiveError::io("write", path);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fail())?;
    let encoder = zstd::Encoder::new(BufWriter::with_capacity(256 * 1024, file), LEVEL).map_err(fail())?;
    let mut tar = tar::Builder::new(encoder);
    let text = serde_json::to_vec_pretty(manifest).map_err(|error| fail()(error.into()))?;
    let told = header(text.len() as u64, 0o600, manifest.archived_at.div_euclid(1000));
    append(&mut tar, told, MANIFEST, &text[..]).map_err(fail())?;
    for (piece, packed) in session.files.iter().zip(&manifest.files) {
        let source = session.folder.join(&piece.path);
        let file = open(&source, piece)?;
        let header = header(packed.bytes, packed.mode, packed.mtime_ns.div_euclid(1_000_000_000));
        // What grows meanwhile is cut there and told by its stamp; what shrinks is an error.
        let name = format!("{}/{}", manifest.project, packed.path);
        let content = BufReader::with_capacity(256 * 1024, file).take(packed.bytes);
        append(&mut tar, header, &name, Exactly { content, left: packed.bytes }).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                ArchiveError::Changed(source.clone())
            } else {
                fail()(error)
            }
        })?;
        if stamp_of(&source)? != Some(piece.stamp) {
            return Err(ArchiveError::Changed(source));
        }
    }
    let file = tar.into_inner().and_then(zstd::Encoder::finish).map_err(fail())?;
    let file = file.into_inner().map_err(|error| fail()(error.into_error()))?;
    file.sync_all().map_err(fail())
}

/// As many bytes as were promised, or an error: a tar file would be filled up otherwise.
struct Exactly<R> {
    content: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

fn header(bytes: u64, mode: u32, seconds: i64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(mode);
    header.set_mtime(seconds.max(0).cast_unsigned());
    header.set_entry_type(tar::EntryType::Regular);
    header
}

fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    mut header: tar::Header,
    name: &str,
    content: impl Read,
) -> io::Result<()> {
    // Long names get an entry of their own before.
    tar.append_data(&mut header, name, content)
}

/// Reads an archive to its end and compares all in it with what it should hold. Returns its size.
///
/// # Errors
/// When it cannot be read, or holds something else.
pub fn verify(path: &Path, manifest: &Manifest) -> Result<u64, ArchiveError> {
    let damaged = |what: String| ArchiveError::Damaged { archive: path.to_path_buf(), what };
    let mut expected: HashMap<String, &Packed> =
        manifest.files.iter().map(|file| (format!("{}/{}", manifest.project, file.path), file)).collect();
    let told = each_entry(path, |name, entry| {
        let Some(packed) = expected.remove(name) else { return Err(damaged(format!("{name} is too much"))) };
        let (hash, bytes) = hash(entry).map_err(ArchiveError::io("read", path))?;
        if bytes != packed.bytes || hash.to_hex().as_str() != packed.blake3 {
            return Err(damaged(format!("{name} is not what was packed")));
        }
        Ok(())
    })?;
    if let Some(name) = expected.keys().next() {
        return Err(damaged(format!("{name} is missing")));
    }
    if told != *manifest {
        return Err(damaged("it tells something else than was packed".to_owned()));
    }
    Ok(fs::metadata(path).map_err(ArchiveError::io("look at", path))?.len())
}

/// What an archive says that it holds; the files in it are not looked at.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn manifest(path: &Path) -> Result<Manifest, ArchiveError> {
    let mut tar = reader(path)?;
    let mut entries = tar.entries().map_err(ArchiveError::io("read", path))?;
    first(path, entries.next())
}

type Tar = tar::Archive<zstd::Decoder<'static, BufReader<File>>>;
type Entry<'a> = tar::Entry<'a, zstd::Decoder<'static, BufReader<File>>>;

fn reader(path: &Path) -> Result<Tar, ArchiveError> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let decoder = file.and_then(zstd::Decoder::new).map_err(ArchiveError::io("read", path))?;
    Ok(tar::Archive::new(decoder))
}

fn first(path: &Path, entry: Option<io::Result<Entry<'_>>>) -> Result<Manifest, ArchiveError> {
    let damaged = |what: &str| ArchiveError::Damaged { archive: path.to_path_buf(), what: what.to_owned() };
    let entry = match entry {
        Some(Ok(entry)) => entry,
        Some(Err(error)) => return Err(damaged(&error.to_string())),
        None => return Err(damaged("it is empty")),
    };
    if entry.path_bytes().as_ref() != MANIFEST.as_bytes() {
        return Err(damaged("it does not begin with what claudectl writes"));
    }
    let mut text = Vec::new();
    entry.take(MAX_MANIFEST).read_to_end(&mut text).map_err(|error| damaged(&error.to_string()))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| damaged(&error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(damaged("a later version of claudectl has written it"));
    }
    Ok(manifest)
}

/// Calls `each` with every file in an archive, by its name there. Returns the manifest.
pub(super) fn each_entry(
    path: &Path,
    mut each: impl FnMut(&str, &mut Entry<'_>) -> Result<(), ArchiveError>,
) -> Result<Manifest, ArchiveError> {
    let mut tar = reader(path)?;
    let mut entries = tar.entries().map_err(ArchiveError::io("read", path))?;
    let manifest = first(path, entries.next())?;
    for entry in entries {
        let damaged = |what: String| ArchiveError::Damaged { archive: path.to_path_buf(), what };
        let mut entry = entry.map_err(|error| damaged(error.to_string()))?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(damaged("something in it is no file".to_owned()));
        }
        let name = String::from_utf8(entry.path_bytes().into_owned());
        let name = name.map_err(|_| damaged("a name in it is no text".to_owned()))?;
        each(&name, &mut entry)?;
    }
    Ok(manifest)
}
