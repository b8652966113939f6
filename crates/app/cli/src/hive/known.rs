//! What stands in the registers, read; and found again by the beginning of its name.

use std::collections::{BTreeMap, HashMap};

use claudectl_hive::claim::{Brief, ClaimId, Version};
use claudectl_hive::key::PublicKey;
use claudectl_hive::unit::{Unit, Unread};
use claudectl_hive::view::Local;

use super::Hive;
use crate::error::{CliError, Result};

/// The fewest characters of a name that are shown, and that are taken for its beginning.
const SHOWN: usize = 8;
const LEAST: usize = 4;

/// What stands in a claim's place.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) brief: Brief,
    pub(crate) version: Version,
    pub(crate) unit: std::result::Result<Unit, Unread>,
}

impl Standing {
    /// It says something, known here or not.
    pub(crate) fn says(&self) -> bool {
        !self.brief.tombstone && !self.brief.floor
    }

    /// What it says, in a line; of what is not known here, its kind.
    pub(crate) fn summary(&self) -> String {
        match &self.unit {
            Ok(unit) => unit.body.summary(),
            Err(_) => format!("{}: {}", self.version.claim.kind, self.version.claim.key.join(" ")),
        }
    }

    /// Where it holds.
    pub(crate) fn scope(&self) -> String {
        match self.version.claim.scope.as_str() {
            "" => "universal".to_owned(),
            scope => scope.to_owned(),
        }
    }
}

/// Everything that stands here.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) all: Vec<Standing>,
    pub(crate) locals: HashMap<ClaimId, Local>,
}

impl Hive {
    /// Reads what stands, in the classes of the hives this machine belongs to or did.
    pub(crate) fn known(&self) -> Result<Known> {
        let mut all = Vec::new();
        self.store.hive_heads(|head| {
            // What is kept was verified when it was taken.
            if let Ok(version) = Version::from_bytes(&head.signed.bytes) {
                let brief = version.brief(head.signed.id());
                all.push(Standing { unit: Unit::read(brief, &version), brief, version });
            }
        })?;
        Ok(Known { all, locals: self.store.hive_locals()? })
    }
}

impl Known {
    /// What is known here alone of a claim.
    pub(crate) fn local(&self, claim: &ClaimId) -> Option<&Local> {
        self.locals.get(claim)
    }

    /// The units, of one author or of all.
    pub(crate) fn units<'a>(&'a self, from: Option<&'a PublicKey>) -> impl Iterator<Item = &'a Unit> {
        let is_from = move |unit: &&Unit| from.is_none_or(|from| unit.brief.author == *from);
        self.all.iter().filter_map(|one| one.unit.as_ref().ok()).filter(is_from)
    }

    /// What the claim is whose name begins so. In several hives one claim may stand more than once; all of them are given.
    pub(crate) fn find(
        &self,
        text: &str,
        is_meant: impl Fn(&Standing) -> bool,
    ) -> Result<(ClaimId, Vec<&Standing>)> {
        let text = text.to_ascii_lowercase();
        let mut found: BTreeMap<ClaimId, Vec<&Standing>> = BTreeMap::new();
        if text.len() >= LEAST {
            for one in self.all.iter().filter(|one| one.brief.claim.to_string().starts_with(&text)) {
                if is_meant(one) {
                    found.entry(one.brief.claim).or_default().push(one);
                }
            }
        }
        let count = found.len();
        match (found.pop_first(), count) {
            (Some(one), 1) => Ok(one),
            (None, _) => Err(CliError::failed(format!("nothing here has an id that begins with {text:?}"))
                .fix(format!("claudectl hive ls --all lists ids; give {LEAST} characters at least"))),
            (Some(_), count) => {
                Err(CliError::usage(format!("{count} ids begin with {text:?}")).fix("give more of it"))
            }
        }
    }

    /// So many characters of a name tell each from all others.
    pub(crate) fn shown(&self) -> usize {
        let mut names: Vec<String> = self.all.iter().map(|one| one.brief.claim.to_string()).collect();
        names.sort_unstable();
        names.dedup();
        let common = |pair: &[String]| match pair {
            [one, other] => one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count(),
            _ => 0,
        };
        names.windows(2).map(common).max().map_or(SHOWN, |most| SHOWN.max(most + 1))
    }
}

/// The beginning of a claim's name.
pub(crate) fn short(claim: &ClaimId, characters: usize) -> String {
    claim.to_string().chars().take(characters).collect()
}
