//! What this machine's books say beyond the report's rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use claudectl_hive::claim::{Class, ClassId, Content, VersionId};
use claudectl_hive::clock::Millis;
use claudectl_hive::convergence::{self, PeerConvergence, tenth_percentile};
use claudectl_hive::key::PublicKey;
use claudectl_store::hive::{Peer, Progress, Spread};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::format::{self, count, percent, plural};
use crate::hive::Hive;
use crate::hive::exchange::withheld;
use crate::ui::{Style, Table, told};

/// Units of which it is told how many peers have them, those first that the fewest have.
const RAREST: usize = 10;

/// What the books say of each peer.
#[derive(Debug)]
pub(super) struct Detail {
    peers: BTreeMap<PublicKey, Peer>,
    /// Of each peer, of each class that it may know.
    progress: Vec<Progress>,
    /// Where it holds what stands here and it may have, by its own word, and nothing else.
    identical: BTreeSet<(PublicKey, ClassId)>,
    /// Units that stand here.
    units: u64,
    rarest: Vec<Rare>,
    now: Millis,
}

/// A unit that few have.
#[derive(Debug)]
struct Rare {
    id: VersionId,
    kind: String,
    about: String,
    peers: u64,
}

/// How far one peer has come, over all classes that it may know.
struct Whole {
    acknowledged: u64,
    may_have: u64,
    held: u64,
    theirs: u64,
    waiting_since: Option<Millis>,
    identical: bool,
}

impl Detail {
    /// What the books say; none as long as they know no other machine.
    pub(super) fn of(hive: &Hive) -> Result<Option<Self>> {
        let peers: BTreeMap<PublicKey, Peer> =
            hive.store.hive_peers()?.into_iter().map(|peer| (peer.key, peer)).collect();
        if peers.is_empty() {
            return Ok(None);
        }
        let classes: HashMap<ClassId, Class> = hive.store.hive_classes()?;
        let leaving = hive.leaving()?;
        let (mut units, mut rarest, mut own) = (0, Vec::new(), HashMap::new());
        for id in classes.keys() {
            own.insert(*id, hive.own(id)?);
            units += hive.store.hive_units(id)?;
            rarest.extend(hive.store.hive_spread(id, RAREST)?);
        }
        rarest.sort_by_key(|spread| (spread.peers, spread.id));
        rarest.truncate(RAREST);
        let rarest = rare(hive, &rarest)?;
        let kept = |peer: &PublicKey, class: &ClassId| {
            let known = classes.get(class)?;
            let may_know = hive.joined.iter().any(|one| one.members.may_know(peer, known));
            may_know.then(|| withheld(&own[class], &leaving, &[*peer]))
        };
        let progress = hive.store.hive_progress(kept)?;
        let mut identical = BTreeSet::new();
        for one in &progress {
            let kept = kept(&one.peer, &one.class).unwrap_or_default();
            let may_have = hive.store.hive_digest_without(&one.class, &kept)?;
            if one.theirs.is_some_and(|told| told.digest == may_have) {
                identical.insert((one.peer, one.class));
            }
        }
        Ok(Some(Self { peers, progress, identical, units, rarest, now: hive.now }))
    }

    /// The report's rows: of the units here, how many each peer has acknowledged as they are now.
    pub(super) fn rows(&self) -> (usize, Vec<PeerConvergence>) {
        let total = usize::try_from(self.units).unwrap_or(usize::MAX);
        let row = |peer: &Peer| {
            let mine = self.progress.iter().filter(|progress| progress.peer == peer.key);
            let has: u64 = mine.map(|progress| progress.units_acknowledged).sum();
            let last = peer.last_sync.map_or(0, |at| at.0 / 1_000);
            PeerConvergence::new(
                peer.key.to_string(),
                total,
                usize::try_from(has).unwrap_or(usize::MAX),
                last,
            )
        };
        let mut rows: Vec<PeerConvergence> = self.peers.values().map(row).collect();
        convergence::sort(&mut rows);
        (total, rows)
    }

    /// What a peer of a row is called here.
    pub(super) fn name(&self, id: &str) -> String {
        let key = id.parse::<PublicKey>().ok();
        key.and_then(|key| self.peers.get(&key)).map_or_else(|| id.to_owned(), |peer| peer.name.clone())
    }

    /// How many units all peers together have acknowledged.
    pub(super) fn acknowledged_units(&self) -> u64 {
        self.progress.iter().map(|progress| progress.units_acknowledged).sum()
    }

    /// The state of exchange as the published tool writes it, units named by their claims.
    pub(super) fn sync_state(&self, hive: &Hive) -> Result<Value> {
        let mut state = serde_json::Map::new();
        for peer in self.peers.values() {
            let mut units = Vec::new();
            for progress in self.progress.iter().filter(|progress| progress.peer == peer.key) {
                units.extend(hive.store.hive_claims_of(&peer.key, &progress.class)?);
            }
            units.sort();
            let key = peer.key.to_string();
            let units: Vec<String> = units.iter().map(ToString::to_string).collect();
            let last = peer.last_sync.map_or(0, |at| at.0 / 1_000);
            state
                .insert(key.clone(), json!({ "peer_id": key, "last_sync_epoch": last, "units_sent": units }));
        }
        Ok(Value::Object(state))
    }

    fn whole(&self, peer: &PublicKey) -> Whole {
        let mut whole =
            Whole { acknowledged: 0, may_have: 0, held: 0, theirs: 0, waiting_since: None, identical: false };
        let mut all = 0;
        for progress in self.progress.iter().filter(|progress| progress.peer == *peer) {
            all += 1;
            whole.acknowledged += progress.acknowledged;
            whole.may_have += progress.heads;
            if let Some(told) = progress.theirs {
                whole.held += told.common;
                whole.theirs += told.digest.count;
            }
            let equal = self.identical.contains(&(progress.peer, progress.class));
            whole.identical = equal && (all == 1 || whole.identical);
            whole.waiting_since = match (whole.waiting_since, progress.waiting_since) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        whole
    }

    fn lag(&self, whole: &Whole) -> Option<u64> {
        whole.waiting_since.map(|since| self.now.0.saturating_sub(since.0) / 1_000)
    }
}

fn rare(hive: &Hive, spread: &[Spread]) -> Result<Vec<Rare>> {
    let ids: Vec<VersionId> = spread.iter().map(|spread| spread.id).collect();
    let mut all = Vec::new();
    for (signed, spread) in hive.store.hive_signed(&ids)?.into_iter().zip(spread) {
        let Some(Ok(version)) =
            signed.map(|signed| claudectl_hive::claim::Version::from_bytes(&signed.bytes))
        else {
            continue;
        };
        let gone = if version.content == Content::Tombstone { " (deleted)" } else { "" };
        all.push(Rare {
            id: spread.id,
            kind: version.claim.kind.as_str().to_owned(),
            about: format!("{}{gone}", version.claim.key.join(" ")),
            peers: spread.peers,
        });
    }
    Ok(all)
}

/// Whether a state of exchange was written by this tool: its peers are keys.
pub(super) fn is_ours(file: &Path) -> bool {
    let Ok(bytes) = std::fs::read(file) else { return false };
    let Ok(state) = serde_json::from_slice::<serde_json::Map<String, Value>>(&bytes) else { return false };
    state.keys().all(|peer| peer.parse::<PublicKey>().is_ok())
}

/// Adds what is known beyond the report to it.
pub(super) fn document(document: &mut Value, rows: &[PeerConvergence], detail: Option<&Detail>) {
    document["p10_ratio"] = json!(tenth_percentile(rows));
    let Some(detail) = detail else { return };
    if let Some(peers) = document["peers"].as_array_mut() {
        for peer in peers {
            let key = peer["peer_id"].as_str().and_then(|key| key.parse::<PublicKey>().ok());
            let Some(key) = key else { continue };
            let whole = detail.whole(&key);
            peer["name"] = json!(detail.name(&key.to_string()));
            peer["out"] = json!({ "acknowledged": whole.acknowledged, "may_have": whole.may_have });
            peer["in"] = json!({ "held": whole.held, "theirs": whole.theirs });
            peer["lag_secs"] = json!(detail.lag(&whole));
            peer["identical"] = json!(whole.identical);
        }
    }
    let rare = |rare: &Rare| json!({ "id": rare.id.to_string(), "kind": rare.kind, "about": rare.about, "peers": rare.peers });
    document["rarest"] = detail.rarest.iter().map(rare).collect();
}

/// The same, for people.
pub(super) fn print(app: &mut App, rows: &[PeerConvergence], detail: Option<&Detail>) {
    let Some(detail) = detail else { return };
    app.ui.line("");
    if let Some(tenth) = tenth_percentile(rows) {
        app.ui.line(&format!("Nine of ten peers have {} or more.", percent(tenth)));
        app.ui.line("");
    }
    let mut table = Table::new()
        .flexible("PEER", 8)
        .right("OUT")
        .right("IN")
        .right("WAITING")
        .left("SAME")
        .give_way(&["IN", "SAME"]);
    for row in rows {
        let Ok(key) = row.peer_id.parse::<PublicKey>() else { continue };
        let whole = detail.whole(&key);
        let of = |part: u64, all: u64| format!("{} of {}", count(part), count(all));
        let waiting = detail
            .lag(&whole)
            .map_or_else(|| "-".to_owned(), |secs| format::age((secs * 1_000).cast_signed()));
        let (style, same) =
            if whole.identical { (Style::Good, "identical") } else { (Style::Faint, "differs") };
        table.row([
            (Style::Name, told(&detail.name(&row.peer_id))),
            (Style::Plain, of(whole.acknowledged, whole.may_have)),
            (Style::Plain, of(whole.held, whole.theirs)),
            (Style::Plain, waiting),
            (style, same.to_owned()),
        ]);
    }
    table.print(&mut app.ui);
    if detail.rarest.is_empty() {
        return;
    }
    app.ui.line("");
    let mut table = Table::new().right("PEERS").left("KIND").flexible("UNIT", 12);
    for rare in &detail.rarest {
        table.row([
            (Style::Plain, count(rare.peers)),
            (Style::Faint, rare.kind.clone()),
            (Style::Plain, told(&rare.about)),
        ]);
    }
    app.ui.line(&format!("The {} that the fewest have:", plural(detail.rarest.len() as u64, "version")));
    table.print(&mut app.ui);
}
