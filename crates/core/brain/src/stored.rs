//! What was learned, as a file: written as a whole, read as a whole or not at all.
//!
//! ```text
//! "cctlbrn" | format | xxh3-64 of all that follows | how far the log was learned | what was learned
//! ```
//!
//! It can be made again from the log of answers, to the last bit; so one of another format, or that is damaged, is as good
//! as none.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use crate::bound::{Bet, Risk};
use crate::bytes::{Reader, Writer};
use crate::calibration::Calibration;
use crate::drift::Drift;
use crate::learner::Learner;
use crate::model::{Evidence, Mixture, Model, PLACES};

const MAGIC: &[u8; 7] = b"cctlbrn";
/// Features, rates or steps of learning have changed: with the next number, everything is learned again.
pub const FORMAT: u8 = 6;
const HEADER: usize = MAGIC.len() + 1 + 8;

/// How far a log was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Learned {
    /// The log's epoch: in another one, all of it is to be learned again.
    pub epoch: u64,
    /// The place of the last answer, milliseconds since the epoch.
    pub at: i64,
    /// Its number in the log.
    pub row: i64,
    /// The hash of the table that was made of it ([`sum`]).
    pub table: u64,
}

/// What a table is known by.
#[must_use]
pub fn sum(table: &[u8]) -> u64 {
    xxh3_64(table)
}

/// Why a file is as good as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is of another version.
    #[error("it is of another version")]
    Format,
    /// It is torn, or was changed.
    #[error("it is damaged")]
    Damaged,
    /// It was learned for another risk.
    #[error("it was learned for another bound")]
    Risk,
}

/// A model as a file.
#[must_use]
pub fn encode(model: &Model, learned: Learned) -> Vec<u8> {
    let mut out = Writer::default();
    out.0.extend_from_slice(MAGIC);
    out.u8(FORMAT);
    out.u64(0);
    out.u64(learned.epoch);
    out.i64(learned.at);
    out.i64(learned.row);
    out.u64(learned.table);
    out.f64(model.risk.alpha);
    out.f64(model.risk.delta);
    out.u64(model.labels);
    out.f64(model.held);
    out.u64(model.doubted);
    model.mixture.iter().for_each(|part| out.f64(*part));
    for place in 0..PLACES {
        model.allows[place].write(&mut out);
        model.denies[place].write(&mut out);
        model.calibrations[place].write(&mut out);
    }
    out.count(model.drifts.len());
    for (project, drift) in &model.drifts {
        out.u64(*project);
        drift.write(&mut out);
    }
    out.count(model.evidence.len());
    for (exact, evidence) in &model.evidence {
        out.u64(*exact);
        evidence.write(&mut out);
    }
    out.count(model.parts.len());
    for (part, count) in &model.parts {
        out.u64(*part);
        out.u32(*count);
    }
    model.learner.write(&mut out);
    match &model.elsewhere {
        Some(learner) => learner.write(&mut out),
        None => out.count(0),
    }
    let sum = xxh3_64(&out.0[HEADER..]);
    out.0[HEADER - 8..HEADER].copy_from_slice(&sum.to_le_bytes());
    out.0
}

/// What a file holds, if it was learned for this risk.
///
/// # Errors
/// Why it is as good as none.
pub fn decode(bytes: &[u8], risk: Risk) -> Result<(Model, Learned), Unusable> {
    let (model, learned) = read(&mut whole(bytes)?).ok_or(Unusable::Damaged)?;
    if model.risk != risk {
        return Err(Unusable::Risk);
    }
    Ok((model, learned))
}

/// How far the log was learned in a file that can be gone on from: what it holds is not taken apart.
///
/// # Errors
/// Why it is as good as none.
pub fn place(bytes: &[u8], risk: Risk) -> Result<Learned, Unusable> {
    let mut from = whole(bytes)?;
    let (learned, known) = read_place(&mut from).ok_or(Unusable::Damaged)?;
    if known != risk {
        return Err(Unusable::Risk);
    }
    Ok(learned)
}

/// What is behind the sum of a file that is as it was written.
fn whole(bytes: &[u8]) -> Result<Reader<'_>, Unusable> {
    let mut head = Reader(bytes);
    if head.take(MAGIC.len()) != Some(MAGIC) {
        return Err(Unusable::Damaged);
    }
    if head.u8() != Some(FORMAT) {
        return Err(Unusable::Format);
    }
    if head.u64() != Some(xxh3_64(head.0)) {
        return Err(Unusable::Damaged);
    }
    Ok(head)
}

fn read_place(from: &mut Reader<'_>) -> Option<(Learned, Risk)> {
    let learned = Learned { epoch: from.u64()?, at: from.i64()?, row: from.i64()?, table: from.u64()? };
    Some((learned, Risk { alpha: from.f64()?, delta: from.f64()? }))
}

fn read(from: &mut Reader<'_>) -> Option<(Model, Learned)> {
    let (learned, risk) = read_place(from)?;
    let mut model = Model::new(risk);
    model.labels = from.u64()?;
    model.held = from.f64()?;
    model.doubted = from.u64()?;
    let mut mixture = Mixture::default();
    for part in &mut mixture {
        *part = from.f64()?;
    }
    model.mixture = mixture;
    for place in 0..PLACES {
        model.allows[place] = Bet::read(from)?;
        model.denies[place] = Bet::read(from)?;
        model.calibrations[place] = Calibration::read(from)?;
    }
    for _ in 0..from.count(8)? {
        model.drifts.insert(from.u64()?, Drift::read(from)?);
    }
    for _ in 0..from.count(8)? {
        model.evidence.insert(from.u64()?, Evidence::read(from)?);
    }
    let mut parts = BTreeMap::new();
    for _ in 0..from.count(12)? {
        parts.insert(from.u64()?, from.u32()?);
    }
    model.parts = parts;
    model.learner = Learner::read(from)?;
    model.elsewhere = Some(Learner::read(from)?).filter(|learner| learner.used() > 0);
    from.0.is_empty().then_some((model, learned))
}
