//! The ledger's tables: which files were read how far, and what was billed.

use std::collections::HashMap;

use claudectl_fleet::intake::{
    AgentUpdate, Batch, FileUpdate, KnownFile, KnownFiles, SessionUpdate, path_key,
};
use claudectl_fleet::ledger::{Bucket, BucketKey, Id, Response, Tokens, Variant};
use claudectl_transcript::tail::{Mark, Stamp};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, Transaction, params, params_from_iter};
use rustc_hash::FxHashMap;

use crate::connection::Store;
use crate::error::StoreError;
use crate::responses::{self, Blocks, Settled, block_of};

/// What [`Store::apply`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Responses that were not known.
    pub new_responses: u64,
    /// Responses of which more is known now.
    pub changed_responses: u64,
    /// Responses that were taken out long ago (see [`Store::prune`]): billed, and left as they are.
    pub settled: u64,
}

const KNOWN: &str =
    "SELECT path, id, dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor, skipped, last_at FROM file";

fn known_file(row: &Row<'_>, known: &mut KnownFiles) -> rusqlite::Result<()> {
    let path = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
    let file = KnownFile {
        id: row.get(1)?,
        stamp: stamp_at(row, 2)?,
        mark: mark_at(row, 7)?,
        skipped: unsigned(row, 10)?,
        last_at: row.get(11)?,
    };
    known.insert(path_key(path), file);
    Ok(())
}

impl Store {
    /// All files that were read before.
    ///
    /// # Errors
    /// When the store fails.
    pub fn known_files(&self) -> Result<KnownFiles, StoreError> {
        self.read(|db| {
            let mut known = KnownFiles::default();
            let mut statement = db.prepare(KNOWN)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                known_file(row, &mut known)?;
            }
            Ok(known)
        })
    }

    /// Those of some paths that are known.
    ///
    /// # Errors
    /// When the store fails.
    pub fn known_among<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<KnownFiles, StoreError> {
        self.read(|db| {
            let mut known = KnownFiles::default();
            let mut statement = db.prepare_cached(&format!("{KNOWN} WHERE path = ?1"))?;
            for path in paths {
                let mut rows = statement.query([path])?;
                while let Some(row) = rows.next()? {
                    known_file(row, &mut known)?;
                }
            }
            Ok(known)
        })
    }

    /// The path of a known file.
    ///
    /// # Errors
    /// When the store fails.
    pub fn file_path(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|db| db.query_row("SELECT path FROM file WHERE id = ?1", [id], |row| row.get(0)).optional())
    }

    /// Lines that were no rows, in all files.
    ///
    /// # Errors
    /// When the store fails.
    pub fn skipped_lines(&self) -> Result<u64, StoreError> {
        self.read(|db| db.query_row("SELECT coalesce(sum(skipped), 0) FROM file", [], |row| unsigned(row, 0)))
    }

    /// Files with something behind their last newline, and where that begins.
    ///
    /// # Errors
    /// When the store fails.
    pub fn open_ends(&self) -> Result<Vec<(Vec<u8>, u64)>, StoreError> {
        self.read(|db| {
            db.prepare("SELECT path, offset FROM file WHERE offset < size")?
                .query_map([], |row| Ok((row.get(0)?, unsigned(row, 1)?)))?
                .collect()
        })
    }

    /// Takes in what a pass over the files brought, in one transaction.
    ///
    /// Doing it twice, or from two processes that read the same files, changes nothing more.
    ///
    /// # Errors
    /// When the store fails; then nothing of the batch was taken in.
    pub fn apply(&mut self, batch: Batch) -> Result<Applied, StoreError> {
        self.write(|tx| Writer::new(tx, &batch)?.run(batch))
    }

    /// Calls `each` with every bucket (of one session, if given).
    ///
    /// # Errors
    /// When the store fails.
    pub fn buckets(
        &self,
        session: Option<Id>,
        mut each: impl FnMut(BucketKey, Bucket),
    ) -> Result<(), StoreError> {
        self.read(|db| {
            let mut statement = of_session(db, BUCKETS, session)?;
            let mut rows = statement.query(params_from_iter(session))?;
            while let Some(row) = rows.next()? {
                let (key, bucket) = keyed_bucket(row)?;
                each(key, bucket);
            }
            Ok(())
        })
    }

    /// The responses that are kept and were made in a span of time, `until` left out; milliseconds since the epoch.
    ///
    /// # Errors
    /// When the store fails.
    pub fn responses_between(&self, since: i64, until: i64) -> Result<Vec<Response>, StoreError> {
        let mut found = Vec::new();
        self.read(|db| {
            responses::for_each(db, |_, block| {
                found.extend(block.into_iter().filter(|response| (since..until).contains(&response.at)));
                Ok(())
            })
        })?;
        Ok(found)
    }

    /// Calls `each` with every bucket from a quarter of an hour on (quarters since the epoch).
    ///
    /// # Errors
    /// When the store fails.
    pub fn buckets_since(&self, slot: i64, each: impl FnMut(BucketKey, Bucket)) -> Result<(), StoreError> {
        self.buckets_between(slot, i64::MAX, each)
    }

    /// Buckets of the slots from one to another, both included.
    ///
    /// # Errors
    /// When the store fails.
    pub fn buckets_between(
        &self,
        first: i64,
        last: i64,
        mut each: impl FnMut(BucketKey, Bucket),
    ) -> Result<(), StoreError> {
        self.read(|db| {
            let mut statement = db.prepare(&format!("{BUCKETS} WHERE slot BETWEEN ?1 AND ?2"))?;
            let mut rows = statement.query([first, last])?;
            while let Some(row) = rows.next()? {
                let (key, bucket) = keyed_bucket(row)?;
                each(key, bucket);
            }
            Ok(())
        })
    }

    /// The session that a response is billed to.
    ///
    /// # Errors
    /// When the store fails.
    pub fn response_owner(&self, key: u64) -> Result<Option<Id>, StoreError> {
        self.read(|db| Ok(responses::find(db, key)?.map(|response| response.session)))
    }
}

/// A query for the rows of one session, or of all: each its own statement, because one for both would
/// read all rows for one session, too.
pub(crate) fn of_session<'a>(
    db: &'a Connection,
    select: &str,
    session: Option<Id>,
) -> rusqlite::Result<CachedStatement<'a>> {
    db.prepare_cached(&format!("{select}{}", if session.is_some() { " WHERE session = ?1" } else { "" }))
}

fn unsigned(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(i64::cast_unsigned)
}

/// Five columns from `at`: dev, ino, size, mtime_ns, ctime_ns.
pub(crate) fn stamp_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Stamp> {
    Ok(Stamp {
        dev: unsigned(row, at)?,
        ino: unsigned(row, at + 1)?,
        size: unsigned(row, at + 2)?,
        mtime_ns: row.get(at + 3)?,
        ctime_ns: row.get(at + 4)?,
    })
}

/// Three columns from `at`: offset, head, anchor.
pub(crate) fn mark_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Mark> {
    Ok(Mark { offset: unsigned(row, at)?, head: unsigned(row, at + 1)?, anchor: unsigned(row, at + 2)? })
}

/// The columns of [`BUCKETS`].
fn keyed_bucket(row: &Row<'_>) -> rusqlite::Result<(BucketKey, Bucket)> {
    let key = BucketKey {
        session: row.get(0)?,
        slot: row.get(1)?,
        agent: row.get(2)?,
        model: row.get(3)?,
        variant: Variant(row.get(4)?),
    };
    Ok((key, bucket_at(row, 5)?))
}

/// Nine columns from `at`: the classes of tokens, messages, unfinished.
fn bucket_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Bucket> {
    Ok(Bucket {
        tokens: Tokens {
            input: unsigned(row, at)?,
            output: unsigned(row, at + 1)?,
            cache_read: unsigned(row, at + 2)?,
            cache_write_5m: unsigned(row, at + 3)?,
            cache_write_1h: unsigned(row, at + 4)?,
            cache_write_unsplit: unsigned(row, at + 5)?,
            web_searches: unsigned(row, at + 6)?,
        },
        messages: unsigned(row, at + 7)?,
        unfinished: unsigned(row, at + 8)?,
    })
}

/// What buckets gain and lose.
#[derive(Default)]
struct Change {
    gain: Bucket,
    loss: Bucket,
}

type Changes = FxHashMap<BucketKey, Change>;

struct Writer<'a> {
    tx: &'a Transaction<'a>,
    sessions: Vec<Id>,
    agents: Vec<Id>,
    models: Vec<Id>,
    /// Texts of sessions by their stored number, for ties between equal claims.
    texts: HashMap<Id, String>,
    applied: Applied,
}

impl<'a> Writer<'a> {
    fn new(tx: &'a Transaction<'a>, batch: &Batch) -> rusqlite::Result<Self> {
        let sessions = numbers(tx, "session", "sid", &batch.sessions)?;
        let texts = sessions.iter().copied().zip(batch.sessions.iter().cloned()).collect();
        Ok(Self {
            tx,
            models: numbers(tx, "model", "name", &batch.models)?,
            agents: agent_numbers(tx, batch, &sessions)?,
            sessions,
            texts,
            applied: Applied::default(),
        })
    }

    fn run(mut self, batch: Batch) -> rusqlite::Result<Applied> {
        let Batch { files, session_updates, agent_updates, mut responses, .. } = batch;
        for response in &mut responses {
            response.session = self.sessions[response.session as usize];
            response.agent = self.agents[response.agent as usize];
            // Only a hostile transcript names so many models; those beyond have no name and no price.
            response.model = u16::try_from(self.models[usize::from(response.model)]).unwrap_or(u16::MAX);
        }
        // They come in a few runs that are sorted already, which the stable sort merges.
        responses.sort_by_key(|response| response.key);
        let changes = self.write_responses(&responses)?;
        self.write_buckets(changes)?;
        self.write_files(&files)?;
        self.write_sessions(&session_updates)?;
        self.write_agents(&agent_updates)?;
        Ok(self.applied)
    }

    /// Sessions of equal claim are ordered by the text of their id.
    fn merge(&mut self, a: Response, b: Response) -> rusqlite::Result<Response> {
        for session in [a.session, b.session] {
            if !self.texts.contains_key(&session) {
                let text =
                    self.tx.query_row("SELECT sid FROM session WHERE id = ?1", [session], |row| row.get(0));
                self.texts.insert(session, text.optional()?.unwrap_or_default());
            }
        }
        let a_first = self.texts[&a.session] <= self.texts[&b.session];
        let rank = |session: Id| u32::from((session == a.session) != a_first);
        Ok(a.merge(b, rank))
    }

    fn write_responses(&mut self, sorted: &[Response]) -> rusqlite::Result<Changes> {
        let mut changes = Changes::default();
        let mut blocks = Blocks::new(self.tx)?;
        for news in sorted.chunk_by(|a, b| block_of(a.key) == block_of(b.key)) {
            let block = block_of(news[0].key);
            let mut stored = blocks.get(block)?;
            let settled = blocks.settled(block)?;
            if self.take_in(&mut stored, &settled, news, &mut changes)? {
                blocks.replace(block, &stored)?;
            }
        }
        Ok(changes)
    }

    /// Merges what is new into a block's responses, and says whether that changed anything.
    fn take_in(
        &mut self,
        block: &mut Vec<Response>,
        settled: &Settled,
        news: &[Response],
        changes: &mut Changes,
    ) -> rusqlite::Result<bool> {
        let known = block.len();
        let mut changed = false;
        for tellings in news.chunk_by(|a, b| a.key == b.key) {
            let mut response = tellings[0];
            for copy in &tellings[1..] {
                response = self.merge(response, *copy)?;
            }
            if let Ok(at) = block[..known].binary_search_by_key(&response.key, |stored| stored.key) {
                let stored = block[at];
                response = self.merge(stored, response)?;
                if response == stored {
                    continue;
                }
                self.applied.changed_responses += 1;
                changes.entry(stored.bucket()).or_default().loss.add(&Bucket::one(&stored));
                block[at] = response;
            } else if settled.contains(response.key) {
                self.applied.settled += 1;
                continue;
            } else {
                self.applied.new_responses += 1;
                block.push(response);
            }
            changed = true;
            changes.entry(response.bucket()).or_default().gain.add(&Bucket::one(&response));
        }
        if known > 0 && block.len() > known {
            block.sort_unstable_by_key(|response| response.key);
        }
        Ok(changed)
    }

    fn write_buckets(&self, changes: Changes) -> rusqlite::Result<()> {
        let mut changes: Vec<_> = changes.into_iter().collect();
        changes.sort_unstable_by_key(|(key, _)| (key.session, key.slot, key.agent, key.model, key.variant));
        let mut select = self.tx.prepare_cached(SELECT_BUCKET)?;
        let mut put = self.tx.prepare_cached(PUT_BUCKET)?;
        let mut delete = self.tx.prepare_cached(DELETE_BUCKET)?;
        for (key, change) in changes {
            let id = params![key.session, key.slot, key.agent, key.model, key.variant.0];
            let mut bucket = select.query_row(id, |row| bucket_at(row, 0)).optional()?.unwrap_or_default();
            bucket.add(&change.gain);
            bucket.remove(&change.loss);
            if bucket.is_empty() {
                delete.execute(id)?;
            } else {
                put_bucket(&mut put, &key, &bucket)?;
            }
        }
        Ok(())
    }

    fn write_files(&self, files: &[FileUpdate]) -> rusqlite::Result<()> {
        let mut moved = self.tx.prepare_cached("UPDATE OR REPLACE file SET path = ?2 WHERE id = ?1")?;
        let mut put = self.tx.prepare_cached(PUT_FILE)?;
        for file in files {
            if let Some(id) = file.known {
                moved.execute(params![id, file.path])?;
            }
            let (stamp, mark) = (&file.stamp, &file.mark);
            put.execute(params![
                file.path,
                self.sessions[file.session as usize],
                self.agents[file.agent as usize],
                file.born_ms,
                stamp.dev.cast_signed(),
                stamp.ino.cast_signed(),
                stamp.size.cast_signed(),
                stamp.mtime_ns,
                stamp.ctime_ns,
                mark.offset.cast_signed(),
                mark.head.cast_signed(),
                mark.anchor.cast_signed(),
                file.skipped.cast_signed(),
                file.last_at,
            ])?;
        }
        Ok(())
    }

    fn write_sessions(&self, updates: &[SessionUpdate]) -> rusqlite::Result<()> {
        let mut put = self.tx.prepare_cached(UPDATE_SESSION)?;
        for update in updates {
            let (rank, name) = update.name.as_ref().map(|(rank, name)| (rank, name)).unzip();
            put.execute(params![
                self.sessions[update.session as usize],
                rank,
                name,
                update.first_cwd,
                update.cwd,
                update.branch,
                update.version,
                update.model,
                update.context_tokens.map(u64::cast_signed),
                update.largest_context.map(u64::cast_signed),
                update.first_at,
                update.last_at,
                update.reported_usd,
            ])?;
        }
        Ok(())
    }

    fn write_agents(&self, updates: &[AgentUpdate]) -> rusqlite::Result<()> {
        let mut put = self.tx.prepare_cached(
            "UPDATE agent SET session = ?2, kind = coalesce(?3, kind), description = coalesce(?4, description),
                    finished = max(finished, ?5) WHERE id = ?1",
        )?;
        for update in updates {
            put.execute(params![
                self.agents[update.agent as usize],
                self.sessions[update.session as usize],
                update.kind,
                update.description,
                update.finished,
            ])?;
        }
        Ok(())
    }
}

const BUCKETS: &str = "SELECT session, slot, agent, model, variant, input, output, cache_read,
    cache_write_5m, cache_write_1h, cache_write_unsplit, web_searches, messages, unfinished FROM bucket";
const SELECT_BUCKET: &str = "SELECT input, output, cache_read, cache_write_5m, cache_write_1h,
    cache_write_unsplit, web_searches, messages, unfinished FROM bucket
    WHERE session = ?1 AND slot = ?2 AND agent = ?3 AND model = ?4 AND variant = ?5";
const PUT_BUCKET: &str = "INSERT OR REPLACE INTO bucket (session, slot, agent, model, variant, input, output,
    cache_read, cache_write_5m, cache_write_1h, cache_write_unsplit, web_searches, messages, unfinished)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const DELETE_BUCKET: &str =
    "DELETE FROM bucket WHERE session = ?1 AND slot = ?2 AND agent = ?3 AND model = ?4 AND variant = ?5";
const PUT_FILE: &str = "INSERT INTO file (path, session, agent, born_ms, dev, ino, size, mtime_ns, ctime_ns,
    offset, head, anchor, skipped, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
    ON CONFLICT (path) DO UPDATE SET session = ?2, agent = ?3, born_ms = ?4, dev = ?5, ino = ?6, size = ?7,
    mtime_ns = ?8, ctime_ns = ?9, offset = ?10, head = ?11, anchor = ?12, skipped = ?13,
    last_at = ?14";
const UPDATE_SESSION: &str = "UPDATE session SET
    name = CASE WHEN ?3 IS NOT NULL AND coalesce(name_rank, 0) <= ?2 THEN ?3 ELSE name END,
    name_rank = CASE WHEN ?3 IS NOT NULL AND coalesce(name_rank, 0) <= ?2 THEN ?2 ELSE name_rank END,
    first_cwd = coalesce(first_cwd, ?4), cwd = coalesce(?5, cwd), branch = coalesce(?6, branch),
    version = coalesce(?7, version), model = coalesce(?8, model), context_tokens = coalesce(?9, context_tokens),
    largest_context = max(coalesce(largest_context, 0), coalesce(?10, 0)),
    first_at = min(coalesce(first_at, ?11), coalesce(?11, first_at)),
    last_at = max(coalesce(last_at, ?12), coalesce(?12, last_at)),
    reported_usd = coalesce(?13, reported_usd) WHERE id = ?1";

fn put_bucket(put: &mut CachedStatement<'_>, key: &BucketKey, bucket: &Bucket) -> rusqlite::Result<()> {
    let tokens = &bucket.tokens;
    put.execute(params![
        key.session,
        key.slot,
        key.agent,
        key.model,
        key.variant.0,
        tokens.input.cast_signed(),
        tokens.output.cast_signed(),
        tokens.cache_read.cast_signed(),
        tokens.cache_write_5m.cast_signed(),
        tokens.cache_write_1h.cast_signed(),
        tokens.cache_write_unsplit.cast_signed(),
        tokens.web_searches.cast_signed(),
        bucket.messages.cast_signed(),
        bucket.unfinished.cast_signed(),
    ])?;
    Ok(())
}

/// The stored numbers of texts, made where they are missing.
fn numbers(tx: &Transaction<'_>, table: &str, column: &str, texts: &[String]) -> rusqlite::Result<Vec<Id>> {
    let mut insert = tx.prepare_cached(&format!("INSERT OR IGNORE INTO {table} ({column}) VALUES (?1)"))?;
    let mut select = tx.prepare_cached(&format!("SELECT id FROM {table} WHERE {column} = ?1"))?;
    texts
        .iter()
        .map(|text| {
            insert.execute([text])?;
            select.query_row([text], |row| row.get(0))
        })
        .collect()
}

/// Like [`numbers`]; 0 stays 0, and an agent belongs to the session of the file that names it first.
fn agent_numbers(tx: &Transaction<'_>, batch: &Batch, sessions: &[Id]) -> rusqlite::Result<Vec<Id>> {
    let mut owner = vec![None; batch.agents.len()];
    for (agent, session) in batch.files.iter().map(|file| (file.agent, file.session)) {
        owner[agent as usize].get_or_insert(session);
    }
    for response in &batch.responses {
        owner[response.agent as usize].get_or_insert(response.session);
    }
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO agent (aid, session) VALUES (?1, ?2)")?;
    let mut select = tx.prepare_cached("SELECT id FROM agent WHERE aid = ?1")?;
    let mut numbers = Vec::with_capacity(batch.agents.len());
    for (at, text) in batch.agents.iter().enumerate() {
        numbers.push(match owner[at] {
            Some(session) if at > 0 => {
                insert.execute(params![text, sessions[session as usize]])?;
                select.query_row([text], |row| row.get(0))?
            }
            _ => 0,
        });
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_fleet::ledger::Claim;
    use claudectl_transcript::Usage;
    use proptest::prelude::*;

    fn batch(responses: Vec<Response>) -> Batch {
        Batch {
            sessions: vec!["s-b".to_owned(), "s-a".to_owned()],
            agents: vec![String::new(), "a1".to_owned()],
            models: vec!["m".to_owned()],
            responses,
            ..Batch::default()
        }
    }

    fn response(key: u64, output: u64, session: Id) -> Response {
        let usage = Usage { output, ..Usage::default() };
        Response { at: 1_000_000, born: 5, session, ..Response::of(key, &usage) }
    }

    fn totals(store: &Store) -> Vec<(Id, u64, u64)> {
        let mut all = Vec::new();
        store
            .buckets(None, |key, bucket| all.push((key.session, bucket.tokens.output, bucket.messages)))
            .unwrap();
        all
    }

    #[test]
    fn a_response_is_billed_once() {
        let mut store = Store::in_memory().unwrap();
        let applied =
            store.apply(batch(vec![response(7, 9, 0), response(7, 159, 0), response(8, 1, 1)])).unwrap();
        assert_eq!(applied.new_responses, 2);
        assert_eq!(totals(&store), [(1, 159, 1), (2, 1, 1)]);
        let applied = store.apply(batch(vec![response(7, 160, 0), response(8, 1, 1)])).unwrap();
        assert_eq!((applied.new_responses, applied.changed_responses), (0, 1));
        assert_eq!(totals(&store), [(1, 160, 1), (2, 1, 1)]);
    }

    #[test]
    fn a_better_claim_moves_the_bill() {
        let mut store = Store::in_memory().unwrap();
        store.apply(batch(vec![response(7, 9, 0)])).unwrap();
        store.apply(batch(vec![response(7, 9, 1)])).unwrap();
        assert_eq!(totals(&store), [(2, 9, 1)], "equal claims go to the smaller id");
        let stated = Response { claim: Claim::Stated, ..response(7, 9, 0) };
        store.apply(batch(vec![stated])).unwrap();
        assert_eq!(totals(&store), [(1, 9, 1)]);
    }

    #[test]
    fn rows_of_one_session_are_found_by_an_index() {
        let store = Store::in_memory().unwrap();
        let plan = |select: &str, session: Option<Id>| -> String {
            let explain = format!("EXPLAIN QUERY PLAN {select}");
            let mut statement = of_session(&store.connection, &explain, session).unwrap();
            statement.query_row(params_from_iter(session), |row| row.get(3)).unwrap()
        };
        for select in [BUCKETS, crate::sessions::AGENTS, crate::sessions::TRANSCRIPTS, crate::digests::GONE] {
            assert!(plan(select, Some(1)).starts_with("SEARCH"), "{select}: {}", plan(select, Some(1)));
            assert!(plan(select, None).starts_with("SCAN"), "{select}");
        }
    }

    #[test]
    fn what_is_stored_comes_back() {
        let mut store = Store::in_memory().unwrap();
        let all =
            Response { claim: Claim::Own, ended: true, kind: 0x58, agent: 1, ..response(u64::MAX, 3, 1) };
        store.apply(batch(vec![all])).unwrap();
        let stored = responses::find(&store.connection, u64::MAX).unwrap();
        assert_eq!(stored, Some(Response { session: 2, agent: 1, model: 1, ..all }));
        assert_eq!(store.response_owner(u64::MAX).unwrap(), Some(2));
        assert_eq!(store.response_owner(u64::MAX - 1).unwrap(), None);
    }

    /// Some share a block, some do not.
    const KEYS: [u64; 6] = [0, 1, 2, 1 << 50, u64::MAX - 1, u64::MAX];

    proptest! {
        /// However responses are spread over batches, and in whatever order, the sums are the same.
        #[test]
        fn any_split_gives_the_same_ledger(
            rows in prop::collection::vec((prop::sample::select(&KEYS), 0u64..50, 0u32..2, 0u8..3, any::<bool>()), 1..40),
            cuts in prop::collection::vec(1usize..6, 1..6),
        ) {
            let rows: Vec<_> = rows.into_iter().map(|(key, output, session, claim, ended)| {
                Response { claim: Claim::from_u8(claim), ended, ..response(key, output, session) }
            }).collect();
            let mut whole = Store::in_memory().unwrap();
            whole.apply(batch(rows.clone())).unwrap();
            let mut pieces = Store::in_memory().unwrap();
            let mut rest = rows.as_slice();
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                pieces.apply(batch(now.to_vec())).unwrap();
                rest = later;
                if rest.is_empty() { break; }
            }
            let mut backwards = Store::in_memory().unwrap();
            backwards.apply(batch(rows.iter().rev().copied().collect())).unwrap();
            prop_assert_eq!(totals(&whole), totals(&pieces));
            prop_assert_eq!(totals(&whole), totals(&backwards));
        }
    }
}
