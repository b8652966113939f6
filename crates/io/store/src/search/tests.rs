//! The index in a folder of its own: what is taken in is found once, and what is taken out is not.

use std::path::Path;

use claudectl_search::cut::Cutter;
use claudectl_search::query::Query;
use proptest::prelude::*;
use rusqlite::Connection;

use super::*;

fn piece(file: i64, texts: &[&str]) -> Piece {
    let mut cutter = Cutter::default();
    for (at, text) in texts.iter().enumerate() {
        // The same text is the same row, as in a fork.
        let row = serde_json::json!({
            "type": "user", "uuid": format!("{at} {text}"), "timestamp": "2026-11-24T12:00:00.000Z",
            "message": {"content": text},
        });
        cutter.line(row.to_string().as_bytes());
    }
    let chunk = cutter.take();
    let packed = Packer::new().unwrap().pack(&chunk.text).unwrap();
    let mark = Mark::new(100, b"a", b"b");
    Piece { file, chunk, packed, session: None, stamp: Stamp::default(), mark, done: true, too_long: 0 }
}

fn add(index: &mut Index, path: &str, texts: &[&str]) -> i64 {
    let added = index.write(|writer| {
        let file = writer.add_file(path.as_bytes(), "s", "")?;
        writer.add(&piece(file, texts))?;
        Ok::<_, StoreError>(file)
    });
    added.unwrap()
}

fn found(index: &Index, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    index.matches(&Query::parse(query).unwrap().fts(), |chunk, row| found.push((chunk, row))).unwrap();
    let text = |(chunk, row): (i64, usize)| {
        let row = index.chunk(chunk).unwrap().unwrap().1[row];
        index.text(&mut Unpacker::new().unwrap(), chunk).unwrap().unwrap()[row.start..row.end].to_owned()
    };
    found.into_iter().map(text).collect()
}

fn new(folder: &Path) -> Index {
    Index::open(&folder.join("sub/search.db")).unwrap()
}

#[test]
fn what_is_taken_in_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = new(dir.path());
    add(&mut index, "/a", &["fix the foreign key", "全文検索を実装", "call getUserName() in src/main.rs"]);
    assert_eq!(found(&index, "key foreign"), ["fix the foreign key"]);
    assert_eq!(found(&index, "\"key foreign\""), [] as [&str; 0]);
    assert_eq!(found(&index, "foreign -key"), [] as [&str; 0]);
    assert_eq!(found(&index, "fore* OR quaternion").len(), 1);
    for part in ["検索", "文検索を", "装", "全文"] {
        assert_eq!(found(&index, part), ["全文検索を実装"], "{part}");
    }
    for part in ["getUserName", "get_user_name", "user", "src/main.rs", "main.rs", "getus*", "getUs*", "MAIN"]
    {
        assert_eq!(found(&index, part).len(), 1, "{part}");
    }
    assert_eq!(index.files().unwrap()[0].mark.offset, 100);
    assert_eq!(index.sizes().unwrap().passages, 3);
    index.connection.execute_batch("INSERT INTO words (words) VALUES ('integrity-check')").unwrap();
}

#[test]
fn a_copy_is_not_taken_in_twice_and_outlives_its_original() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = new(dir.path());
    let original = add(&mut index, "/a", &["shared words", "only here"]);
    let fork = add(&mut index, "/b", &["shared words", "a new one"]);
    assert_eq!(found(&index, "shared").len(), 1);
    index.write(|writer| writer.remove(original)).unwrap();
    assert_eq!(
        found(&index, "shared OR only OR new"),
        [] as [&str; 0],
        "all of the fork is to be read again"
    );
    assert_eq!(index.files().unwrap()[0].mark.offset, 0);
    index.write(|writer| writer.add(&piece(fork, &["shared words", "a new one"]))).unwrap();
    assert_eq!(found(&index, "words OR new").len(), 2);
}

#[test]
fn only_copies_of_what_went_are_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = new(dir.path());
    let original = add(&mut index, "/a", &["one"]);
    add(&mut index, "/b", &["one", "two"]);
    // Of a fork's fork the second passage is the fork's.
    add(&mut index, "/c", &["one", "two", "three"]);
    add(&mut index, "/d", &["four"]);
    index.write(|writer| writer.clear(original)).unwrap();
    let begun: Vec<u64> = index.files().unwrap().iter().map(|file| file.mark.offset).collect();
    assert_eq!(begun, [0, 0, 0, 100]);
    assert_eq!(found(&index, "one OR two OR three OR four"), ["four"]);
}

#[test]
fn what_is_taken_out_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = new(dir.path());
    let (old, kept) = (add(&mut index, "/a", &["alpha beta"]), add(&mut index, "/b", &["beta gamma"]));
    index.write(|writer| writer.set_gone(old, Some(1))).unwrap();
    let newest = index.files().unwrap()[0].last_at;
    assert_eq!((index.prunable(newest).unwrap(), index.prune(newest).unwrap()), (0, 0));
    assert_eq!((index.prunable(newest + 1).unwrap(), index.prune(newest + 1).unwrap()), (1, 1));
    assert_eq!((found(&index, "alpha").len(), found(&index, "beta").len()), (0, 1));
    index.vacuum().unwrap();
    assert_eq!(found(&index, "beta").len(), 1);
    index.write(|writer| writer.clear(kept)).unwrap();
    assert_eq!(index.chunks().unwrap(), [] as [i64; 0]);
    let again = add(&mut index, "/c", &["alpha beta"]);
    assert_eq!((found(&index, "alpha beta").len(), again), (1, kept + 1));
    index.vacuum().unwrap();
    let bytes = std::fs::read(index.path()).unwrap();
    assert!(!bytes.windows(5).any(|bytes| bytes == b"gamma"), "nor anywhere in the file");
}

#[test]
fn a_transcript_that_moved_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = new(dir.path());
    let file = add(&mut index, "/a", &["alpha"]);
    index.write(|writer| writer.set_gone(file, Some(7))).unwrap();
    index.write(|writer| writer.move_file(file, b"/b", "t", "x")).unwrap();
    let files = index.files().unwrap();
    assert_eq!(
        (files[0].path.as_slice(), files[0].session.as_str(), files[0].gone_at),
        (&b"/b"[..], "t", None)
    );
}

#[test]
fn a_file_from_the_future_or_of_another_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = new(dir.path()).path().to_path_buf();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Index::open(&path), Err(StoreError::FromTheFuture { found: 99, .. })));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    std::fs::write(&path, "no database at all, but long enough to be looked at as one. ".repeat(20)).unwrap();
    assert!(matches!(Index::open(&path), Err(StoreError::NotAStore { .. })));
    assert!(matches!(Index::open_existing(&dir.path().join("none")), Ok(None)));
}

#[test]
fn a_damaged_text_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = new(dir.path());
    add(&mut index, "/a", &["alpha"]);
    index
        .connection
        .execute_batch("UPDATE chunk_text SET text = x'00'; UPDATE chunk SET rows = x'0f'")
        .unwrap();
    assert!(matches!(index.text(&mut Unpacker::new().unwrap(), 1), Err(StoreError::NotAStore { .. })));
    assert!(matches!(index.chunk(1), Err(StoreError::NotAStore { .. })));
    assert!(matches!(index.chunk(2), Ok(None)));
}

#[test]
fn much_or_little_makes_no_difference_to_what_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = new(dir.path());
    for number in 0..40 {
        index.expect(number % 7 == 0).unwrap();
        add(&mut index, &format!("/{number}"), &[&format!("common n{number}")]);
    }
    assert_eq!((found(&index, "common").len(), found(&index, "n17").len()), (40, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is typed is no error of FTS5's.
    #[test]
    fn anything_typed_can_be_asked(text in "\\PC{0,40}|[a-cA-C \"*()^:{}+_.ORNEA-]{0,40}") {
        thread_local!(static INDEX: (tempfile::TempDir, Index) = {
            let dir = tempfile::tempdir().unwrap();
            let mut index = new(dir.path());
            add(&mut index, "/a", &["a b c"]);
            (dir, index)
        });
        if let Ok(query) = Query::parse(&text) {
            INDEX.with(|(_, index)| index.matches(&query.fts(), |_, _| {}).unwrap());
        }
    }

    /// Each word of a text finds it, and what is highlighted is what was found.
    #[test]
    fn what_the_index_meets_is_met_in_the_text(text in "([a-cA-C]{1,4}[ _.]?|検|索|é|🚀| ){1,12}", query in "([a-cA-C]{1,3}[ _.]?|検|索|é){1,4}") {
        thread_local!(static INDEX: std::cell::RefCell<(tempfile::TempDir, Index, u64)> = {
            let dir = tempfile::tempdir().unwrap();
            let index = new(dir.path());
            (dir, index, 0).into()
        });
        let Ok(query) = Query::parse(&query) else { return Ok(()) };
        INDEX.with_borrow_mut(|(_, index, number)| {
            *number += 1;
            let file = add(index, &format!("/{number}"), &[&text]);
            let mut hit = false;
            index.matches(&query.fts(), |_, _| hit = true).unwrap();
            index.write(|writer| writer.remove(file)).unwrap();
            let mut matcher = claudectl_search::matcher::Matcher::new(&query);
            let text = text.trim();
            let mut terms: Vec<usize> = matcher.met(text).iter().map(|met| met.term).collect();
            terms.sort_unstable();
            terms.dedup();
            // Of what overlaps only the longest is told, so that fewer may be met in the text than in the index.
            prop_assert!(hit || terms.len() < matcher.terms());
            prop_assert!(!hit || !terms.is_empty() || text.is_empty());
            Ok(())
        })?;
    }
}
