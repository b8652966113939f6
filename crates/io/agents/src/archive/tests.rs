use std::os::unix::fs::{PermissionsExt, symlink};

use proptest::prelude::*;

use super::belongings::{Belongings, again, find, is_session_id};
use super::pack::{already, describe, verify, write};
use super::restore::{Restored, restore, target};
use super::*;

const A: &str = "aaaaaaaa-0000-4000-8000-00000000000a";
const B: &str = "bbbbbbbb-0000-4000-8000-00000000000b";

struct Place {
    _dir: tempfile::TempDir,
    root: PathBuf,
    archive: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (root, archive) = (dir.path().join("claude"), dir.path().join("archive"));
        fs::create_dir_all(root.join("projects")).unwrap();
        fs::create_dir(&archive).unwrap();
        Self { _dir: dir, root, archive }
    }

    fn put(&self, path: &str, content: &[u8]) -> PathBuf {
        let path = self.root.join("projects").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A session with everything that one can have.
    fn whole(&self) -> Belongings {
        self.put(&format!("-w/{A}.jsonl"), b"{\"type\":\"user\"}\n");
        self.put(&format!("-w/{A}/subagents/agent-x.jsonl"), &[b'x'; 300_000]);
        self.put(&format!("-w/{A}/subagents/agent-x.meta.json"), b"{}");
        self.put(&format!("-w/{A}/subagents/workflows/wf/agent-y.jsonl"), b"");
        self.put(&format!("-w/{A}/tool-results/{}.txt", "n".repeat(200)), b"long name");
        self.put(&format!("-w/{A}/custom-title.json"), b"{}");
        self.one()
    }

    fn found(&self) -> Vec<Belongings> {
        find(std::slice::from_ref(&self.root), &|_| None).sessions
    }

    fn one(&self) -> Belongings {
        let found = self.found();
        assert_eq!(found.len(), 1);
        found.into_iter().next().unwrap()
    }

    fn packed(&self, session: &Belongings) -> Listed {
        let manifest = describe(session, 1_795_000_000_000, Some(5)).unwrap();
        let (path, bytes) = write(session, &manifest, &self.archive).unwrap();
        Listed { path, bytes, manifest }
    }

    fn tree(&self) -> Vec<(PathBuf, Vec<u8>, u32, std::time::SystemTime)> {
        let (mut folders, mut files) = (vec![self.root.join("projects")], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let (path, metadata) = (entry.as_ref().unwrap().path(), entry.unwrap().metadata().unwrap());
                if metadata.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read(&path).unwrap();
                    files.push((path, content, metadata.permissions().mode(), metadata.modified().unwrap()));
                }
            }
        }
        files.sort();
        files
    }
}

fn names(session: &Belongings) -> Vec<&str> {
    session.files.iter().map(|piece| piece.path.as_str()).collect()
}

#[test]
fn what_belongs_to_a_session() {
    let place = Place::new();
    place.put("-w/notes.jsonl", b"");
    place.put("-w/memory/MEMORY.md", b"");
    place.put(&format!("-w/{A}/mine.txt"), b"");
    place.put("-w/agent-old.jsonl", b"");
    place.put("-w/agent-other.jsonl", b"");
    let session = place.whole();
    assert_eq!((session.has_own(), session.others, &session.odd), (true, 1, &None));
    assert_eq!((session.files.len(), names(&session)[0]), (6, &*format!("{A}.jsonl")));
    assert!(names(&session).iter().all(|name| !name.contains("mine") && !name.contains("notes")));
    let of_agent = |path: &Path| path.ends_with("agent-old.jsonl").then(|| A.to_owned());
    let old = find(std::slice::from_ref(&place.root), &of_agent).sessions;
    assert!(names(&old[0]).contains(&"agent-old.jsonl") && old[0].files.len() == 7);
    assert_eq!(again(&old[0]).as_ref(), Some(&old[0]));
    assert_eq!(again(&session), Some(session));
    assert!(is_session_id(A) && !is_session_id("agent-x") && !is_session_id(&A.to_uppercase()));
}

#[test]
fn links_and_special_files_are_odd_and_followed_nowhere() {
    let place = Place::new();
    let session = place.whole();
    let outside = place.root.join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("agent-z.jsonl"), "z").unwrap();
    symlink(&outside, session.folder.join(A).join("subagents/elsewhere")).unwrap();
    assert!(place.one().odd.unwrap().ends_with("elsewhere is no plain file"));
    fs::remove_file(session.folder.join(A).join("subagents/elsewhere")).unwrap();
    assert_eq!(place.one().odd, None);
    // A transcript that is a link, a folder that is one, a project that is one.
    symlink(session.folder.join(format!("{A}.jsonl")), session.folder.join(format!("{B}.jsonl"))).unwrap();
    assert!(place.found()[1].odd.is_some());
    fs::remove_file(session.folder.join(format!("{B}.jsonl"))).unwrap();
    symlink(&outside, session.folder.join(B)).unwrap();
    assert!(place.found()[1].odd.is_some());
    fs::remove_file(session.folder.join(B)).unwrap();
    fs::write(outside.join(format!("{B}.jsonl")), "b").unwrap();
    symlink(&outside, place.root.join("projects/-linked")).unwrap();
    let found = find(std::slice::from_ref(&place.root), &|_| None);
    assert_eq!((found.sessions.len(), found.links), (1, 1));
    let pipe = session.folder.join(A).join("tool-results/pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    assert!(place.one().odd.is_some());
}

#[test]
fn there_and_back_again() {
    let place = Place::new();
    let session = place.whole();
    let own = session.folder.join(format!("{A}.jsonl"));
    fs::set_permissions(&own, fs::Permissions::from_mode(0o600)).unwrap();
    let session = again(&session).unwrap();
    let before = place.tree();
    let listed = place.packed(&session);
    assert_eq!(place.tree(), before, "packing changes nothing");
    assert_eq!(fs::metadata(&listed.path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(listed.path.ends_with(format!("{A}.20261118T110640Z.tar.zst")), "{}", listed.path.display());
    assert_eq!(list(&place.archive).unwrap().0, std::slice::from_ref(&listed));
    let removed = remove(&session).unwrap();
    assert_eq!((removed.files, removed.bytes), (6, session.bytes()));
    assert_eq!(fs::read_dir(&session.folder).unwrap().count(), 0, "its folder stays, and is empty");
    assert_eq!(remove(&session).unwrap().files, 0);
    let restored = restore(&listed, &listed.manifest.folder()).unwrap();
    assert_eq!(restored, Restored { files: 6, bytes: session.bytes(), there: 0 });
    assert_eq!(place.tree(), before, "content, permissions and times");
    let again = restore(&listed, &listed.manifest.folder()).unwrap();
    assert_eq!((again.files, again.there), (0, 6));
}

#[test]
fn others_can_read_it() {
    let place = Place::new();
    let session = place.whole();
    let listed = place.packed(&session);
    // tar finds zstd by itself where it is installed; without it there is nothing to compare with.
    let to = place.root.join("by-hand");
    fs::create_dir(&to).unwrap();
    let text = zstd::decode_all(fs::File::open(&listed.path).unwrap()).unwrap();
    let tar = place.root.join("plain.tar");
    fs::write(&tar, text).unwrap();
    let done = std::process::Command::new("tar").arg("-xf").arg(&tar).arg("-C").arg(&to).status().unwrap();
    assert!(done.success());
    for piece in &session.files {
        let content = fs::read(to.join("-w").join(&piece.path)).unwrap();
        assert_eq!(content, fs::read(session.folder.join(&piece.path)).unwrap(), "{}", piece.path);
    }
}

#[test]
fn what_changed_meanwhile_is_not_packed_and_not_removed() {
    let place = Place::new();
    let session = place.whole();
    let manifest = describe(&session, 1, None).unwrap();
    let own = session.folder.join(format!("{A}.jsonl"));
    fs::write(&own, "{\"type\":\"user\"}\n{}\n").unwrap();
    assert!(
        matches!(write(&session, &manifest, &place.archive), Err(ArchiveError::Changed(path)) if path == own)
    );
    assert_eq!(fs::read_dir(&place.archive).unwrap().count(), 0, "nothing is left of it");
    assert!(matches!(describe(&session, 1, None), Err(ArchiveError::Changed(_))));
    assert!(matches!(remove(&session), Err(ArchiveError::Changed(_))));
    assert!(own.exists());
    // Exchanged for another file of the same size and time.
    let session = again(&session).unwrap();
    let modified = fs::metadata(&own).unwrap().modified().unwrap();
    fs::rename(&own, place.root.join("aside")).unwrap();
    fs::write(&own, "{\"type\":\"evil\"}\n{}\n").unwrap();
    fs::File::options()
        .write(true)
        .open(&own)
        .unwrap()
        .set_times(fs::FileTimes::new().set_modified(modified))
        .unwrap();
    assert!(matches!(remove(&session), Err(ArchiveError::Changed(_))));
}

#[test]
fn an_archive_that_is_not_what_it_should_be_is_told() {
    let place = Place::new();
    let session = place.whole();
    let listed = place.packed(&session);
    let whole = fs::read(&listed.path).unwrap();
    for cut in [0, 1, 10, whole.len() / 2, whole.len() - 1] {
        fs::write(&listed.path, &whole[..cut]).unwrap();
        assert!(verify(&listed.path, &listed.manifest).is_err(), "cut at {cut}");
        assert!(restore(&listed, &place.root.join("projects/-other")).is_err(), "cut at {cut}");
    }
    assert!(!place.root.join("projects/-other").exists(), "nothing was written");
    fs::write(&listed.path, &whole).unwrap();
    let mut other = listed.manifest.clone();
    other.files[1].blake3 = "0".repeat(64);
    assert!(matches!(verify(&listed.path, &other), Err(ArchiveError::Damaged { .. })));
    other = listed.manifest.clone();
    other.files.pop();
    assert!(matches!(verify(&listed.path, &other), Err(ArchiveError::Damaged { .. })));
    fs::write(place.archive.join("x.tar.zst"), "no archive").unwrap();
    fs::write(place.archive.join("readme"), "").unwrap();
    let (found, odd) = list(&place.archive).unwrap();
    assert_eq!((found.len(), odd.len()), (1, 1));
}

#[test]
fn what_is_in_the_way_is_left() {
    let place = Place::new();
    let session = place.whole();
    let listed = place.packed(&session);
    remove(&session).unwrap();
    let own = place.put(&format!("-w/{A}.jsonl"), b"a new one");
    let error = restore(&listed, &listed.manifest.folder()).unwrap_err();
    assert!(matches!(error, ArchiveError::InTheWay(path) if path == own));
    assert_eq!(place.tree().len(), 1, "nothing was written");
}

#[test]
fn no_path_leads_out() {
    let place = Place::new();
    let session = place.whole();
    let folder = session.folder.clone();
    for path in ["../x", "/etc/x", "a/../../x", "", "."] {
        assert!(matches!(target(&folder, path), Err(ArchiveError::LeadsOut(_))), "{path}");
    }
    assert_eq!(target(&folder, "a/b").unwrap(), folder.join("a/b"));
    let listed = place.packed(&session);
    remove(&session).unwrap();
    let outside = place.root.join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, folder.join(A)).unwrap();
    assert!(matches!(restore(&listed, &folder), Err(ArchiveError::LeadsOut(_))));
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn a_run_that_was_killed_is_taken_up() {
    let place = Place::new();
    let session = place.whole();
    let listed = place.packed(&session);
    fs::write(place.archive.join(".partial-x-1"), "half").unwrap();
    assert_eq!(leftovers(&place.archive).len(), 1);
    // Killed while it removed: the rest is in the archive already.
    fs::remove_file(session.folder.join(format!("{A}.jsonl"))).unwrap();
    let rest = place.one();
    assert!(!rest.has_own());
    let manifest = describe(&rest, 9, None).unwrap();
    let archives = list(&place.archive).unwrap().0;
    assert_eq!(already(&archives, &manifest).map(|listed| &listed.path), Some(&listed.path));
    // Something more is not.
    place.put(&format!("-w/{A}.jsonl"), b"resumed");
    let manifest = describe(&place.one(), 9, None).unwrap();
    assert!(already(&archives, &manifest).is_none());
    let second = place.packed(&place.one()).path;
    assert!(second.ends_with(format!("{A}.20261118T110640Z-2.tar.zst")), "no other is written over");
}

#[test]
fn one_at_a_time() {
    let place = Place::new();
    let folder = place.root.join("new/archive");
    let held = lock(&folder).unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(matches!(lock(&folder), Err(ArchiveError::Io { doing: "lock", .. })));
    drop(held);
    lock(&folder).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_content_comes_back(
        files in prop::collection::btree_map("[a-z]{1,12}", prop::collection::vec(any::<u8>(), 0..3_000), 1..6),
        mtime in -1_000_000i64..4_000_000_000,
    ) {
        let place = Place::new();
        place.put(&format!("-w/{A}.jsonl"), b"{}");
        for (name, content) in &files {
            let path = place.put(&format!("-w/{A}/tool-results/{name}"), content);
            let at = if mtime < 0 { std::time::UNIX_EPOCH - std::time::Duration::from_secs(mtime.unsigned_abs()) } else { std::time::UNIX_EPOCH + std::time::Duration::new(mtime.unsigned_abs(), 123_456_789) };
            fs::File::options().write(true).open(path).unwrap().set_times(fs::FileTimes::new().set_modified(at)).unwrap();
        }
        let (session, before) = (place.one(), place.tree());
        let listed = place.packed(&session);
        remove(&session).unwrap();
        restore(&listed, &listed.manifest.folder()).unwrap();
        prop_assert_eq!(place.tree(), before);
    }

    #[test]
    fn any_bytes_are_no_archive(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x.tar.zst"), &bytes).unwrap();
        prop_assert!(list(dir.path()).unwrap().0.is_empty());
        let packed = zstd::encode_all(&bytes[..], 1).unwrap();
        fs::write(dir.path().join("x.tar.zst"), packed).unwrap();
        prop_assert!(list(dir.path()).unwrap().0.is_empty());
    }
}
