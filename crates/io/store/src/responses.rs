//! Responses at rest: many to a row of SQLite.
//!
//! A row for each response made writing the ledger a fifth of a first pass over a machine's
//! transcripts. Responses are only ever looked up by key, and keys are hashes, so their leading bits
//! spread them evenly over 2^[`BLOCK_BITS`] blocks: a hundred thousand responses are some twenty-five a
//! block (a kilobyte), a million two hundred and fifty, and taking in one more writes one block.
//!
//! A block is a format byte and its responses by ascending key, each as [`put`] writes it. The layout
//! is stored, so it changes only together with the format byte.

use claudectl_fleet::ledger::{Claim, Response};
use rusqlite::types::Type;
use rusqlite::{CachedStatement, OptionalExtension, Transaction, params};

const BLOCK_BITS: u32 = 12;
const FORMAT: u8 = 1;

/// A block that does not hold what was stored.
#[derive(Debug, thiserror::Error)]
#[error("a block of responses is damaged")]
struct Damaged;

/// The block that a key belongs to.
pub(crate) fn block_of(key: u64) -> i64 {
    (key >> (u64::BITS - BLOCK_BITS)).cast_signed()
}

/// Writes responses, which must stand in the order of their keys, as a block.
pub(crate) fn pack(responses: &[Response], block: &mut Vec<u8>) {
    block.clear();
    block.push(FORMAT);
    for response in responses {
        put(response, block);
    }
}

fn put(response: &Response, block: &mut Vec<u8>) {
    let flags = response.claim as u8 | u8::from(response.ended) << 2;
    block.extend_from_slice(&response.key.to_le_bytes());
    block.extend_from_slice(&[flags, response.kind]);
    put_signed(response.at, block);
    put_signed(response.born, block);
    let counts = [
        response.session,
        response.agent,
        response.model.into(),
        response.web_searches.into(),
        response.input,
        response.output,
        response.cache_read,
        response.cache_write,
        response.cache_write_5m,
        response.cache_write_1h,
    ];
    for count in counts {
        put_unsigned(count.into(), block);
    }
}

/// LEB128: seven bits a byte, the lowest first, the top bit set on all but the last.
fn put_unsigned(mut value: u64, block: &mut Vec<u8>) {
    while value >= 0x80 {
        block.push(value as u8 | 0x80);
        value >>= 7;
    }
    block.push(value as u8);
}

/// The sign goes to the lowest bit, so that small negative numbers are short, too.
fn put_signed(value: i64, block: &mut Vec<u8>) {
    put_unsigned((value << 1 ^ value >> 63).cast_unsigned(), block);
}

/// The responses of a block; `None` if it is no block.
pub(crate) fn unpack(block: &[u8]) -> Option<Vec<Response>> {
    let mut rest = Unpacker(block.strip_prefix(&[FORMAT])?);
    let mut responses = Vec::with_capacity(block.len() / 32);
    while !rest.0.is_empty() {
        responses.push(rest.response()?);
    }
    Some(responses)
}

struct Unpacker<'a>(&'a [u8]);

impl Unpacker<'_> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.bytes()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn count<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.unsigned()?).ok()
    }

    fn response(&mut self) -> Option<Response> {
        let key = u64::from_le_bytes(self.bytes()?);
        let [flags, kind] = self.bytes()?;
        Some(Response {
            key,
            claim: Claim::from_u8(flags & 3),
            ended: flags & 4 != 0,
            kind,
            at: self.signed()?,
            born: self.signed()?,
            session: self.count()?,
            agent: self.count()?,
            model: self.count()?,
            web_searches: self.count()?,
            input: self.count()?,
            output: self.count()?,
            cache_read: self.count()?,
            cache_write: self.count()?,
            cache_write_5m: self.count()?,
            cache_write_1h: self.count()?,
        })
    }
}

/// The keys of a block's responses that were taken out, ascending; of each the 32 bits behind those of
/// the block, low byte first.
///
/// That makes 44 bits a key: with ten million responses the chance that a new one is taken for one of
/// them is below one in a million.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled(Vec<u32>);

impl Settled {
    fn mark(key: u64) -> u32 {
        (key << BLOCK_BITS >> 32) as u32
    }

    pub(crate) fn contains(&self, key: u64) -> bool {
        self.0.binary_search(&Self::mark(key)).is_ok()
    }

    fn add(&mut self, keys: impl Iterator<Item = u64>) {
        self.0.extend(keys.map(Self::mark));
        self.0.sort_unstable();
        self.0.dedup();
    }

    fn pack(&self) -> Vec<u8> {
        self.0.iter().flat_map(|mark| mark.to_le_bytes()).collect()
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let (marks, rest) = bytes.as_chunks();
        rest.is_empty().then(|| Self(marks.iter().map(|mark| u32::from_le_bytes(*mark)).collect()))
    }
}

/// The tables of blocks, within a transaction.
pub(crate) struct Blocks<'a> {
    tx: &'a Transaction<'a>,
    select: CachedStatement<'a>,
    put: CachedStatement<'a>,
    delete: CachedStatement<'a>,
    packed: Vec<u8>,
    /// There was nothing in the table, so nothing needs to be looked up.
    empty: bool,
    none_settled: bool,
}

impl<'a> Blocks<'a> {
    pub(crate) fn new(tx: &'a Transaction<'a>) -> rusqlite::Result<Self> {
        let any = |table: &str| {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {table})");
            tx.query_row(&sql, [], |row| row.get::<_, bool>(0))
        };
        Ok(Self {
            tx,
            select: tx.prepare_cached(SELECT)?,
            put: tx.prepare_cached(
                "INSERT OR REPLACE INTO response_block (block, count, rows) VALUES (?1, ?2, ?3)",
            )?,
            delete: tx.prepare_cached("DELETE FROM response_block WHERE block = ?1")?,
            packed: Vec::new(),
            empty: !any("response_block")?,
            none_settled: !any("settled_block")?,
        })
    }

    /// The keys that were taken out of a block.
    pub(crate) fn settled(&self, block: i64) -> rusqlite::Result<Settled> {
        if self.none_settled {
            return Ok(Settled::default());
        }
        let mut select = self.tx.prepare_cached("SELECT keys FROM settled_block WHERE block = ?1")?;
        let read = |row: &rusqlite::Row<'_>| Settled::unpack(row.get_ref(0)?.as_blob()?).ok_or_else(damaged);
        Ok(select.query_row([block], read).optional()?.unwrap_or_default())
    }

    /// Remembers the keys of responses that are taken out of a block.
    pub(crate) fn settle(&mut self, block: i64, keys: impl Iterator<Item = u64>) -> rusqlite::Result<()> {
        let mut settled = self.settled(block)?;
        settled.add(keys);
        self.none_settled = false;
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO settled_block (block, count, keys) VALUES (?1, ?2, ?3)")?
            .execute(params![block, settled.0.len() as i64, settled.pack()])
            .map(|_| ())
    }

    /// What a block holds, in the order of the keys.
    pub(crate) fn get(&mut self, block: i64) -> rusqlite::Result<Vec<Response>> {
        if self.empty {
            return Ok(Vec::new());
        }
        Ok(self.select.query_row([block], read).optional()?.unwrap_or_default())
    }

    /// Puts these responses, in the order of their keys, in the place of what a block held.
    pub(crate) fn replace(&mut self, block: i64, responses: &[Response]) -> rusqlite::Result<()> {
        if responses.is_empty() {
            return self.delete.execute([block]).map(|_| ());
        }
        pack(responses, &mut self.packed);
        self.put.execute(params![block, responses.len() as i64, self.packed]).map(|_| ())
    }
}

const SELECT: &str = "SELECT rows FROM response_block WHERE block = ?1";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<Response>> {
    unpack(row.get_ref(0)?.as_blob()?).ok_or_else(damaged)
}

fn damaged() -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, Box::new(Damaged))
}

/// One response.
pub(crate) fn find(db: &rusqlite::Connection, key: u64) -> rusqlite::Result<Option<Response>> {
    let block = db.prepare_cached(SELECT)?.query_row([block_of(key)], read).optional()?.unwrap_or_default();
    Ok(block.binary_search_by_key(&key, |response| response.key).ok().map(|at| block[at]))
}

/// Calls `each` with every block's number and responses.
pub(crate) fn for_each(
    db: &rusqlite::Connection,
    mut each: impl FnMut(i64, Vec<Response>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut select = db.prepare("SELECT rows, block FROM response_block")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(1)?, read(row)?)?;
    }
    Ok(())
}

/// Moves the rows of schema 1 into blocks.
pub(crate) fn from_rows(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut responses: Vec<Response> = tx
        .prepare(
            "SELECT key, at, born, session, agent, model, flags, input, output, cache_read, cache_write,
                    cache_write_5m, cache_write_1h, web_searches FROM response",
        )?
        .query_map([], |row| {
            let flags: i64 = row.get(6)?;
            Ok(Response {
                key: row.get::<_, i64>(0)?.cast_unsigned(),
                at: row.get(1)?,
                born: row.get(2)?,
                session: row.get(3)?,
                agent: row.get(4)?,
                model: row.get(5)?,
                claim: Claim::from_u8((flags & 3) as u8),
                ended: flags & 4 != 0,
                kind: (flags >> 8 & 0xff) as u8,
                input: row.get(7)?,
                output: row.get(8)?,
                cache_read: row.get(9)?,
                cache_write: row.get(10)?,
                cache_write_5m: row.get(11)?,
                cache_write_1h: row.get(12)?,
                web_searches: row.get(13)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    responses.sort_unstable_by_key(|response| response.key);
    let mut put = tx.prepare("INSERT INTO response_block (block, count, rows) VALUES (?1, ?2, ?3)")?;
    let mut packed = Vec::new();
    for block in responses.chunk_by(|a, b| block_of(a.key) == block_of(b.key)) {
        pack(block, &mut packed);
        put.execute(params![block_of(block[0].key), block.len() as i64, packed])?;
    }
    tx.execute_batch("DROP TABLE response")
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_transcript::Usage;
    use proptest::prelude::*;

    fn sample() -> Response {
        let usage = Usage { input: 300, output: 5, cache_read: 70_000, ..Usage::default() };
        let (claim, ended, kind) = (Claim::Own, true, 0x58);
        let response = Response::of(0x0102_0304_0506_0708, &usage);
        Response { at: 1000, born: -1, session: 2, agent: 1, model: 7, claim, ended, kind, ..response }
    }

    #[test]
    fn the_bytes_stay_what_they_are() {
        let mut block = Vec::new();
        pack(&[sample()], &mut block);
        #[rustfmt::skip]
        let golden = [
            1, // format
            8, 7, 6, 5, 4, 3, 2, 1, // key
            0b101, 0x58, // own and ended, kind
            0xd0, 0x0f, 1, // at, born
            2, 1, 7, 0, // session, agent, model, web searches
            0xac, 0x02, 5, 0xf0, 0xa2, 0x04, 0, 0, 0, // input, output, cache read and writes
        ];
        assert_eq!(block, golden);
        assert_eq!(unpack(&golden), Some(vec![sample()]));
    }

    #[test]
    fn what_is_no_block_is_told() {
        let mut block = Vec::new();
        pack(&[sample()], &mut block);
        for end in 2..block.len() {
            assert_eq!(unpack(&block[..end]), None, "cut at {end}");
        }
        assert_eq!(unpack(&[]), None);
        assert_eq!(unpack(&[9]), None, "another format");
        assert_eq!(unpack(&[FORMAT]), Some(Vec::new()));
    }

    #[test]
    fn settled_keys_are_recognised() {
        let mut settled = Settled::default();
        settled.add([7 << 20, 3 << 20 | 5, 7 << 20 | 1].into_iter());
        assert_eq!(settled.pack(), [3, 0, 0, 0, 7, 0, 0, 0]);
        assert!(settled.contains(3 << 20) && settled.contains(7 << 20) && !settled.contains(4 << 20));
        assert_eq!(Settled::unpack(&settled.pack()), Some(settled));
        assert_eq!(Settled::unpack(&[1, 2, 3]), None);
        assert_eq!(Settled::mark(u64::MAX >> BLOCK_BITS), u32::MAX, "the bits behind those of the block");
    }

    #[test]
    fn blocks_are_the_leading_bits() {
        assert_eq!((block_of(0), block_of(u64::MAX)), (0, (1 << BLOCK_BITS) - 1));
        assert!(block_of(1 << 52) == 1 && block_of((1 << 52) - 1) == 0);
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            rows in prop::collection::vec((any::<u64>(), any::<i64>(), any::<i64>(), any::<[u32; 8]>(), any::<[u16; 2]>()), 0..20)
        ) {
            let responses: Vec<_> = rows.into_iter().map(|(key, at, born, c, s)| Response {
                at, born, session: c[0], agent: c[1], input: c[2], output: c[3], cache_read: c[4],
                cache_write: c[5], cache_write_5m: c[6], cache_write_1h: c[7], model: s[0], web_searches: s[1],
                claim: Claim::from_u8((key % 3) as u8), ended: key % 2 == 0, kind: key as u8,
                ..Response::of(key, &Usage::default())
            }).collect();
            let mut block = Vec::new();
            pack(&responses, &mut block);
            prop_assert_eq!(unpack(&block), Some(responses));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            unpack(&[&[FORMAT], &bytes[..]].concat());
        }
    }
}
