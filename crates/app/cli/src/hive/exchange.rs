//! Exchange without a network: what others have put into files is taken in, and what they lack is put into one.
//!
//! Nothing in a file is believed for standing there: operations and versions are their authors', by signature, and what a
//! machine holds is said by itself. A line that is none spoils nothing beside it, and is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _};
use std::path::Path;

use claudectl_hive::bundle::{self, Holding, Line, MAX_LINE};
use claudectl_hive::claim::{
    ClaimId, Class, ClassId, HiveId, Refused, Signed, Verified, Version, VersionId, verify_all,
};
use claudectl_hive::key::PublicKey;
use claudectl_hive::members::{Members, Op, OpError};
use claudectl_hive::register::{Digest, Outcome, Proof};
use claudectl_store::hive::Told;

use super::leaving::Leaving;
use super::{Hive, Joined};
use crate::config;
use crate::error::{CliError, Result};
use crate::format;

/// No bundle is larger.
const MOST_BYTES: u64 = 1 << 30;
/// Versions that are verified and taken at once.
const AT_ONCE: usize = 1_024;
/// Lines that are told of those that are none.
const TOLD: usize = 5;

/// What taking bundles in came to.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Operations on members that were not known.
    pub(crate) operations: u64,
    /// Versions that stand now where nothing stood, and in place of others.
    pub(crate) new: u64,
    pub(crate) newer: u64,
    /// Versions that were known, or older than what stands.
    pub(crate) known: u64,
    /// Versions stamped too far ahead, put aside.
    pub(crate) held: u64,
    /// What was not taken, by why.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Lines that are none: the first, and how many.
    pub(crate) bad: Vec<String>,
    pub(crate) bad_lines: u64,
    /// Of whom it is known now what they hold.
    pub(crate) told_by: BTreeSet<PublicKey>,
    /// Hives that the bundles are of and this machine does not belong to, which would have it.
    pub(crate) offered: BTreeMap<HiveId, Members>,
}

/// What a bundle was made of.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Given {
    pub(crate) operations: u64,
    pub(crate) versions: u64,
    pub(crate) bytes: u64,
}

/// Reads the lines of a bundle, one after the other. The answer says whether to go on.
fn lines(
    path: &Path,
    mut each: impl FnMut(u64, std::result::Result<Line, String>) -> Result<()>,
) -> Result<()> {
    let name = path.display();
    let fail = |error: io::Error| {
        CliError::external(format!("cannot read {name}"))
            .why(error)
            .fix("name a bundle that claudectl hive export made")
    };
    let file: File = config::regular(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.len() > MOST_BYTES {
        return Err(fail(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("it is larger than {}", format::bytes(MOST_BYTES)),
        )));
    }
    let mut reader = BufReader::new(file.take(MOST_BYTES));
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        number += 1;
        let most = MAX_LINE as u64 + 1;
        if reader.by_ref().take(most).read_until(b'\n', &mut line).map_err(fail)? == 0 {
            return Ok(());
        }
        let whole = line.last() == Some(&b'\n');
        if !whole && line.len() as u64 == most {
            each(number, Err("a line is too long, and nothing behind it is read".to_owned()))?;
            return Ok(());
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let read = Line::read(text)
            .map_err(|error| if whole { error.to_string() } else { format!("cut short ({error})") });
        each(number, read)?;
    }
}

impl Hive {
    /// Takes in what bundles say: operations first, whichever they are in, for they say whose versions count.
    pub(crate) fn take(&mut self, files: &[&Path]) -> Result<Taken> {
        let mut taken = Taken::default();
        let mut ops: Vec<Signed> = Vec::new();
        for file in files {
            lines(file, |number, line| {
                match line {
                    Ok(Line::Op(op)) => ops.push(op),
                    Ok(_) => {}
                    Err(why) => {
                        taken.bad_lines += 1;
                        if taken.bad.len() < TOLD {
                            taken.bad.push(format!("{}:{number}: {why}", file.display()));
                        }
                    }
                }
                Ok(())
            })?;
        }
        self.take_ops(&ops, &mut taken)?;
        self.know_members()?;
        self.take_due(&mut taken)?;
        let (mut versions, mut holdings, mut proofs) = (Vec::new(), Vec::new(), Vec::new());
        for file in files {
            lines(file, |_, line| {
                match line {
                    Ok(Line::Version(version)) => versions.push(version),
                    Ok(Line::Have(have)) => holdings.push(have),
                    Ok(Line::Proof(proof)) => proofs.push(proof),
                    Ok(_) | Err(_) => {}
                }
                if versions.len() == AT_ONCE {
                    self.take_versions(std::mem::take(&mut versions), &mut taken)?;
                }
                Ok(())
            })?;
        }
        self.take_versions(versions, &mut taken)?;
        for proof in proofs {
            self.take_proof(&proof, &mut taken)?;
        }
        for have in holdings {
            self.take_holding(&have, &mut taken)?;
        }
        Ok(taken)
    }

    fn take_ops(&mut self, ops: &[Signed], taken: &mut Taken) -> Result<()> {
        let mut by_hive: BTreeMap<HiveId, Vec<&Signed>> = BTreeMap::new();
        for signed in ops {
            match Op::from_bytes(&signed.bytes) {
                Ok(op) => {
                    let hive = op.hive.unwrap_or_else(|| HiveId::from_bytes(*signed.id().as_bytes()));
                    by_hive.entry(hive).or_default().push(signed);
                }
                Err(error) => refuse(taken, &OpError::Bytes(error).to_string()),
            }
        }
        for (hive, ops) in by_hive {
            let Some(one) = self.joined.iter_mut().find(|one| one.members.hive() == hive) else {
                self.look_at(hive, &ops, taken);
                continue;
            };
            let before: BTreeSet<PublicKey> = one.members.all().map(|(key, _)| *key).collect();
            let answers =
                one.members.insert(ops.iter().copied().filter(|op| op.id().as_bytes() != hive.as_bytes()));
            let later = ops.iter().filter(|op| op.id().as_bytes() != hive.as_bytes());
            let mut new = Vec::new();
            for (op, answer) in later.zip(answers) {
                match answer {
                    Ok(true) => new.push((*op).clone()),
                    Ok(false) => {}
                    Err(error) => refuse(taken, &error.to_string()),
                }
            }
            if new.is_empty() {
                continue;
            }
            taken.operations += new.len() as u64;
            self.store.hive_put_ops(&hive, &new, self.now)?;
            let members = one.members.clone();
            tracing::debug!(%hive, before = before.len(), now = members.all().count(), "members of a hive changed");
            self.reconsider(&members)?;
        }
        Ok(())
    }

    /// What was taken of authors who do not count any more stands no more.
    pub(super) fn reconsider(&mut self, members: &Members) -> Result<()> {
        for (id, class) in self.store.hive_classes()? {
            if class.hive == members.hive() {
                self.store.hive_reconsider(&id, self.now, |author, hlc| members.admits(author, hlc))?;
            }
        }
        Ok(())
    }

    /// A hive this machine does not belong to may have taken it in.
    fn look_at(&self, hive: HiveId, ops: &[&Signed], taken: &mut Taken) {
        let founding = ops.iter().find(|op| op.id().as_bytes() == hive.as_bytes());
        let members = founding.and_then(|founding| Members::found(founding).ok());
        let Some(mut members) = members else {
            return refuse(taken, "of a hive this machine does not belong to");
        };
        members.insert(ops.iter().copied().filter(|op| op.id().as_bytes() != hive.as_bytes()));
        if members.role(&self.me()).is_some() {
            taken.offered.insert(hive, members);
        } else {
            refuse(taken, "of a hive this machine does not belong to");
        }
    }

    /// Joins a hive that has this machine as a member.
    pub(crate) fn join(&mut self, members: Members, name: &str) -> Result<()> {
        let hive = members.hive();
        if !self.store.hive_join(&hive, name, self.now)? {
            return Err(CliError::failed(format!(
                "this machine already belongs to another hive that it calls {name:?}"
            ))
            .fix("give it another name: --join NAME"));
        }
        let ops: Vec<Signed> = members.ops().map(|(_, op)| op.clone()).collect();
        self.store.hive_put_ops(&hive, &ops, self.now)?;
        self.joined.push(Joined { name: name.to_owned(), members });
        Ok(())
    }

    /// What was put aside for its stamp may be taken by now.
    fn take_due(&mut self, taken: &mut Taken) -> Result<()> {
        let due = self.store.hive_due(self.now)?;
        let ids: Vec<VersionId> = due.iter().map(|waiting| waiting.signed.id()).collect();
        for piece in due.chunks(AT_ONCE) {
            self.take_versions(piece.iter().map(|waiting| waiting.signed.clone()).collect(), taken)?;
        }
        self.store.hive_release(&ids)?;
        Ok(())
    }

    fn take_versions(&mut self, versions: Vec<Signed>, taken: &mut Taken) -> Result<()> {
        let mut good: Vec<Verified> = Vec::new();
        for answer in verify_all(versions) {
            match answer {
                Ok(version) => match self.door(&version) {
                    Ok(()) => good.push(version),
                    Err(why) => refuse(taken, why),
                },
                Err(Refused::Bytes(error)) => refuse(taken, &format!("not a version: {error}")),
                Err(error) => refuse(taken, &error.to_string()),
            }
        }
        for merged in self.store.hive_take(&good, self.now)? {
            match merged.outcome {
                Outcome::New => taken.new += 1,
                Outcome::Replaced(_) => taken.newer += 1,
                Outcome::Same | Outcome::Older(_) | Outcome::Void => taken.known += 1,
                Outcome::Held(_) => taken.held += 1,
            }
        }
        Ok(())
    }

    /// Whether a version is taken at all.
    fn door(&self, version: &Verified) -> std::result::Result<(), &'static str> {
        let class = &version.version().claim.class;
        let Some(one) = self.joined.iter().find(|one| one.members.hive() == class.hive) else {
            return Err("of a hive this machine does not belong to");
        };
        let me = self.me();
        if !one.members.takes(version.version()) {
            return Err("by somebody who does not belong to the hive, or only reads there");
        }
        if !one.members.may_know(&me, class) && version.version().claim.author != me {
            return Err("not for this machine");
        }
        Ok(())
    }

    /// That an author says different things to different people is for everybody to know who may know what it said.
    fn take_proof(&mut self, proof: &[u8], taken: &mut Taken) -> Result<()> {
        let proof = match Proof::from_bytes(proof) {
            Ok(proof) => proof,
            Err(error) => {
                refuse(taken, &format!("no proof: {error}"));
                return Ok(());
            }
        };
        if self.store.hive_classes()?.contains_key(&proof.class) {
            self.store.hive_put_proof(&proof)?;
        }
        Ok(())
    }

    fn take_holding(&mut self, have: &Signed, taken: &mut Taken) -> Result<()> {
        let holding = match Holding::verify(have) {
            Ok(holding) => holding,
            Err(error) => {
                refuse(taken, &error.to_string());
                return Ok(());
            }
        };
        let belongs = self.joined.iter().any(|one| one.members.may_know(&holding.by, &holding.class));
        if holding.by == self.me() || !belongs {
            return Ok(());
        }
        let class = holding.class.id();
        let kept = withheld(&self.own(&class)?, &self.leaving()?, &[holding.by]);
        let all = self.store.hive_stamps(&class)?.into_iter().map(|(_, id)| id);
        let ours: BTreeSet<VersionId> = all.filter(|id| !kept.contains(id)).collect();
        let digest = Digest::of(holding.ids.iter().map(VersionId::as_bytes));
        let both: Vec<VersionId> = ours.intersection(&holding.ids).copied().collect();
        self.store.hive_acknowledged(&holding.by, &class, &both)?;
        let kept: Vec<VersionId> = kept.into_iter().collect();
        let equal = (ours == holding.ids).then_some(kept.as_slice());
        let told = Told { digest, common: both.len() as u64, at: holding.at.time() };
        self.store.hive_told(&holding.by, &class, &told, equal)?;
        if taken.told_by.insert(holding.by) {
            self.store.hive_synced(&holding.by, self.now, (0, 0))?;
        }
        Ok(())
    }

    /// Writes a bundle for machines that belong to hives: what one of them at least has not acknowledged, and what is held
    /// here. What is for some members only is left out where the bundle is for all, and so is what may not leave.
    pub(crate) fn give(&mut self, to: &To<'_>, out: &mut dyn io::Write) -> Result<Given> {
        let me = self.me();
        let at = self.store.hive_stamp(self.now)?;
        let mut given = Given::default();
        let mut put = |line: String, given: &mut Given| -> io::Result<()> {
            given.bytes += line.len() as u64;
            out.write_all(line.as_bytes())
        };
        let cannot = |error: io::Error| CliError::external("cannot write the bundle").why(error);
        put(bundle::head(&me), &mut given).map_err(cannot)?;
        let classes: BTreeMap<_, Class> = self.store.hive_classes()?.into_iter().collect();
        let leaving = self.leaving()?;
        for one in &self.joined {
            let readers: Vec<PublicKey> = match to {
                To::Peer(peer) if one.members.role(peer).is_some() => vec![**peer],
                To::Peer(_) => continue,
                To::All => one.members.current().map(|(key, _)| *key).filter(|key| *key != me).collect(),
            };
            for (_, op) in one.members.ops() {
                given.operations += 1;
                put(bundle::op(op), &mut given).map_err(cannot)?;
            }
            for (id, class) in classes.iter().filter(|(_, class)| class.hive == one.members.hive()) {
                let may_have = match to {
                    To::Peer(peer) => one.members.may_know(peer, class),
                    To::All => *class == Class::everyone(class.hive),
                };
                if !may_have {
                    continue;
                }
                // Of our own that stays here, and that nobody may have had, nobody learns that it is there.
                let withheld = withheld(&self.own(id)?, &leaving, &readers);
                let all = self.store.hive_stamps(id)?.into_iter().map(|(_, id)| id);
                let ids = all.filter(|id| !withheld.contains(id)).collect();
                let holding = Holding { by: me, class: class.clone(), at, ids };
                let holding = holding
                    .sign(&self.key)
                    .map_err(|error| CliError::failed("cannot say what is held").why(error))?;
                put(bundle::have(&holding), &mut given).map_err(cannot)?;
                for proof in self.store.hive_proofs(id)? {
                    let goes = |signed: &Signed| {
                        let version = Version::from_bytes(&signed.bytes);
                        version.is_ok_and(|version| {
                            leaving.may_all(&version, &version.claim.id(), &readers).is_ok()
                        })
                    };
                    if proof.versions().iter().all(goes) {
                        put(bundle::proof(&proof), &mut given).map_err(cannot)?;
                    }
                }
                for piece in self.store.hive_lacking(id, &readers)?.chunks(AT_ONCE) {
                    // What is kept was verified when it was taken.
                    let kept = self.store.hive_signed(piece)?.into_iter().flatten();
                    let mut goes: Vec<Verified> = kept.filter_map(|signed| signed.verify().ok()).collect();
                    goes.retain(|version| {
                        leaving.may_all(version.version(), &version.brief().claim, &readers).is_ok()
                    });
                    let own = goes.iter().map(Verified::brief).filter(|brief| brief.author == me);
                    let own: Vec<ClaimId> = own.map(|brief| brief.claim).collect();
                    self.store.hive_put_given(&own, &readers)?;
                    for version in &goes {
                        given.versions += 1;
                        put(bundle::version(version), &mut given).map_err(cannot)?;
                    }
                }
            }
        }
        out.flush().map_err(cannot)?;
        Ok(given)
    }

    /// What this machine says in a class.
    pub(crate) fn own(&self, class: &ClassId) -> Result<Vec<(VersionId, Version)>> {
        let ids: Vec<VersionId> =
            self.store.hive_briefs(class, &self.me())?.into_iter().map(|brief| brief.id).collect();
        let signed = self.store.hive_signed(&ids)?;
        // What is kept was read when it was taken.
        let read = |signed: Option<Signed>| Version::from_bytes(&signed?.bytes).ok();
        Ok(ids.into_iter().zip(signed).filter_map(|(id, signed)| Some((id, read(signed)?))).collect())
    }
}

/// What of this machine's own is kept back from these machines.
pub(crate) fn withheld(
    own: &[(VersionId, Version)],
    leaving: &Leaving,
    readers: &[PublicKey],
) -> BTreeSet<VersionId> {
    let goes = |version: &Version| {
        let claim = version.claim.id();
        leaving.had(&claim, readers) || leaving.may_all(version, &claim, readers).is_ok()
    };
    own.iter().filter(|(_, version)| !goes(version)).map(|(id, _)| *id).collect()
}

/// For whom a bundle is.
#[derive(Debug)]
pub(crate) enum To<'a> {
    /// One machine.
    Peer(&'a PublicKey),
    /// All members of all hives.
    All,
}

fn refuse(taken: &mut Taken, why: &str) {
    *taken.refused.entry(why.to_owned()).or_default() += 1;
}
