//! The files of the published tool's hive, as 0.49 to 0.92 write them: `knowledge.jsonl`, `archive.jsonl`, `trust.json` and
//! `sync_state.json`. They are read, never written.
//!
//! What is counted is counted as that tool counts it; what is taken over is looked at anew. Nothing in these files is signed,
//! and whoever wrote them chose every number in them: a unit comes in as somebody else's that nobody has tried yet, whatever
//! it says of its state, its trials or its consent.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use crate::content::{
    self, Action, ApproachCluster, ApproachOutcome, Body, Category, Command, Condition, HookConfig, Insight,
    MOST_COUNT, Pattern, PromotedRule, Refused, Requires, Scope, Skill, Temporal, ToolAccuracy, Variant,
};
use crate::convergence::Store;

/// The files.
pub const KNOWLEDGE: &str = "knowledge.jsonl";
/// What was evicted from the knowledge.
pub const ARCHIVE: &str = "archive.jsonl";
/// What was sent to whom.
pub const SYNC_STATE: &str = "sync_state.json";
/// What was thought of peers.
pub const TRUST: &str = "trust.json";

/// So many mistakes of a file are told one by one; all are counted.
const TOLD: usize = 20;

/// A unit, as far as it matters here. What stands beside is of the other tool's own doings: it says nothing to us.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Unit {
    /// Its name there. Two machines may have given the same.
    pub id: String,
    /// Where it holds.
    pub scope: Scope,
    /// What sort of knowledge it is said to be.
    #[serde(default)]
    pub category: Category,
    /// What it says.
    pub content: Content,
    /// So many decisions are said to stand behind it.
    pub evidence_count: u32,
    /// How sure it is said to be.
    pub confidence: f64,
    /// Who is said to have it from themselves.
    pub source_peer: String,
    /// When it was made, in seconds.
    pub originated_at: u64,
    /// When it was last seen to hold.
    pub last_validated_at: u64,
    /// Nothing ever counted it.
    pub propagation_count: u32,
    /// How often it was made anew.
    pub version: u32,
    /// How long it holds; 0 for as long as its kind.
    #[serde(default)]
    pub revalidation_interval_secs: u64,
    #[serde(default, rename = "injection_state")]
    _state: State,
    #[serde(default, rename = "injection_stats")]
    _stats: Stats,
    #[serde(default, rename = "sharing_consent")]
    _consent: Option<Consent>,
}

/// How far it had come there. A line with another word is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Draft,
    Canary,
    Staged,
    #[default]
    Live,
}

/// What became of it there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Stats {
    #[serde(default, rename = "injected_count")]
    _injected: u64,
    #[serde(default, rename = "accepted_count")]
    _accepted: u64,
    #[serde(default, rename = "overridden_count")]
    _overridden: u64,
    #[serde(default, rename = "last_injected_at")]
    _last_injected: u64,
    #[serde(default, rename = "last_outcome_at")]
    _last_outcome: u64,
}

/// Whom it was shared with there. The person is asked again here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Consent {
    #[serde(default, rename = "expires_at")]
    _expires: Option<u64>,
    #[serde(default, rename = "allow_peers")]
    _allow: Option<Vec<String>>,
    #[serde(default, rename = "exclude_peers")]
    _exclude: Option<Vec<String>>,
    #[serde(default, rename = "min_trust_tier")]
    _tier: Tier,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tier {
    #[default]
    Any,
    Unverified,
    Suggested,
    Confirmed,
}

/// What a unit says, as it stands there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the file")]
pub enum Content {
    Pattern {
        tool: String,
        command_pattern: Option<String>,
        preferred_action: String,
        accept_rate: f64,
        sample_count: u32,
        conditions: Vec<String>,
    },
    ToolAccuracy {
        tool: String,
        total: u32,
        correct: u32,
        confidence_threshold: f64,
    },
    Temporal {
        description: String,
        strength: f64,
    },
    Insight {
        category: String,
        severity: String,
        summary: String,
        suggestion: Option<String>,
    },
    PromotedRule {
        rule: String,
        source_type: String,
    },
    Skill {
        name: String,
        description: String,
        version: String,
        body: String,
        #[serde(default)]
        requires: Requires,
    },
    Command {
        name: String,
        description: String,
        args: Option<String>,
        body: String,
        #[serde(default)]
        requires: Requires,
    },
    HookConfig {
        event: String,
        matcher: String,
        description: String,
        config_json: String,
        #[serde(default)]
        requires: Requires,
    },
    ApproachOutcome {
        approach_ref: String,
        success_rate: f64,
        sample_count: u32,
        median_cost_usd: Option<f64>,
        median_duration_ms: Option<u64>,
        #[serde(default)]
        conditions: Vec<String>,
    },
    ApproachCluster {
        problem_key: String,
        variants: Vec<ClusterVariant>,
    },
}

/// One of several ways, as it stands there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the file")]
pub struct ClusterVariant {
    pub approach_summary: String,
    #[serde(default)]
    pub conditions: Vec<String>,
    pub evidence: u32,
    #[serde(default)]
    pub contributing_peers: Vec<String>,
    pub outcome_ref: Option<String>,
}

/// What is taken over of a unit: unsigned, somebody else's, and on trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreign {
    /// Its name there.
    pub id: String,
    /// Where it holds.
    pub scope: Scope,
    /// What it says.
    pub body: Body,
    /// What sort of knowledge it is: the more private of what it says it is and what it turns out to be.
    pub category: Category,
    /// How sure it is said to be, between 0 and 1.
    pub confidence: f64,
    /// So many decisions are said to stand behind it, of no more than one author may have.
    pub evidence: u32,
    /// Who is said to have it from themselves. Nothing proves it.
    pub said_by: String,
    /// When it is said to have been seen to hold last, in seconds; never later than now.
    pub last_validated_at: u64,
}

impl Unit {
    /// What is taken over of it. `now_secs` bounds what it says of the time.
    ///
    /// # Errors
    /// When it says nothing that could be kept.
    pub fn take_over(self, now_secs: u64) -> Result<Foreign, Refused> {
        for (what, text) in [("the id", &self.id), ("who it is from", &self.source_peer)] {
            content::word(what, text)?;
        }
        if let Scope::Language(name) | Scope::Project(name) = &self.scope {
            content::word("the scope", name)?;
        }
        let body = Body::try_from(self.content)?;
        let found = body.category();
        let category = match (self.category, found) {
            (Category::Personal, _) | (_, Category::Personal) => Category::Personal,
            (said, _) => said,
        };
        Ok(Foreign {
            id: self.id,
            scope: self.scope,
            body,
            category,
            confidence: share("the confidence", self.confidence)?,
            evidence: self.evidence_count.min(MOST_COUNT),
            said_by: self.source_peer,
            last_validated_at: self.last_validated_at.min(now_secs),
        })
    }
}

impl TryFrom<Content> for Body {
    type Error = Refused;

    fn try_from(content: Content) -> Result<Self, Refused> {
        let body = match content {
            Content::Pattern {
                tool,
                command_pattern,
                preferred_action,
                accept_rate,
                sample_count,
                conditions,
            } => {
                let action = match preferred_action.as_str() {
                    "approve" => Action::Approve,
                    "deny" => Action::Deny,
                    _ => return Err(Refused::Action),
                };
                // The rate says how often the tool's own proposal was taken. What it then prefers is what was wanted in
                // most cases: its proposal, or the opposite.
                let rate = share("the rate", accept_rate)?;
                Self::Pattern(Pattern {
                    action,
                    agreed: times(rate.max(1.0 - rate), sample_count),
                    command: command_pattern,
                    conditions: labels(conditions),
                    of: sample_count,
                    tool,
                })
            }
            Content::ToolAccuracy { tool, total, correct, confidence_threshold } => {
                let threshold_permille = permille("the threshold", confidence_threshold)?;
                Self::ToolAccuracy(ToolAccuracy { correct, threshold_permille, tool, total })
            }
            Content::Temporal { description, strength } => {
                let strength_permille = permille("the strength", strength)?;
                Self::Temporal(Temporal { description, strength_permille })
            }
            Content::Insight { category, severity, summary, suggestion } => {
                Self::Insight(Insight { category, severity, suggestion, summary })
            }
            Content::PromotedRule { rule, source_type } => {
                Self::PromotedRule(PromotedRule { rule, source_type })
            }
            Content::Skill { name, description, version, body, requires } => {
                Self::Skill(Skill { body, description, name, requires, version })
            }
            Content::Command { name, description, args, body, requires } => {
                Self::Command(Command { args, body, description, name, requires })
            }
            Content::HookConfig { event, matcher, description, config_json, requires } => {
                Self::HookConfig(HookConfig { config_json, description, event, matcher, requires })
            }
            Content::ApproachOutcome {
                approach_ref,
                success_rate,
                sample_count,
                median_cost_usd,
                median_duration_ms,
                conditions,
            } => Self::ApproachOutcome(ApproachOutcome {
                approach_ref,
                conditions: labels(conditions),
                median_cost_micros: median_cost_usd.map(micros).transpose()?,
                median_duration_ms,
                of: sample_count,
                succeeded: times(share("the rate", success_rate)?, sample_count),
            }),
            Content::ApproachCluster { problem_key, variants } => Self::ApproachCluster(ApproachCluster {
                problem_key,
                variants: variants.into_iter().map(Variant::from).collect(),
            }),
        };
        body.checked()
    }
}

impl From<ClusterVariant> for Variant {
    fn from(one: ClusterVariant) -> Self {
        Self {
            conditions: labels(one.conditions),
            evidence: one.evidence,
            outcome_ref: one.outcome_ref,
            peers: one.contributing_peers,
            summary: one.approach_summary,
        }
    }
}

fn labels(conditions: Vec<String>) -> Vec<Condition> {
    conditions.into_iter().map(Condition::from).collect()
}

/// A part of one. JSON has no number that is none, but for one that is too large for its type.
fn share(what: &'static str, of: f64) -> Result<f64, Refused> {
    if of.is_finite() { Ok(of.clamp(0.0, 1.0)) } else { Err(Refused::Number(what)) }
}

fn permille(what: &'static str, of: f64) -> Result<u16, Refused> {
    Ok((share(what, of)? * 1_000.0).round() as u16)
}

fn times(share: f64, of: u32) -> u32 {
    (share * f64::from(of)).round() as u32
}

fn micros(usd: f64) -> Result<u64, Refused> {
    if usd.is_finite() {
        Ok((usd.clamp(0.0, 1e6) * 1e6).round() as u64)
    } else {
        Err(Refused::Number("the cost"))
    }
}

/// A part of a file that says nothing, where it stands and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The file.
    pub file: &'static str,
    /// The line, or whose part of the file it is.
    pub place: String,
    /// Why.
    pub why: String,
}

/// What could not be read of a file: the first of it, and how much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes {
    /// The first of them.
    pub told: Vec<Bad>,
    /// All of them.
    pub count: u64,
}

impl Mistakes {
    fn add(&mut self, file: &'static str, place: String, why: impl ToString) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(Bad { file, place, why: why.to_string() });
        }
    }
}

/// Every unit of a file of lines, in its order, and what is none.
#[must_use]
pub fn units(file: &'static str, bytes: &[u8]) -> (Vec<Unit>, Mistakes) {
    let (mut found, mut mistakes) = (Vec::new(), Mistakes::default());
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1_u64..) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match unit(line) {
            Ok(unit) => found.push(unit),
            Err(why) => mistakes.add(file, format!("line {number}"), why),
        }
    }
    (found, mistakes)
}

fn unit(line: &[u8]) -> Result<Unit, String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is no text in UTF-8".to_owned())?;
    serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => "it is torn".to_owned(),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is no JSON".to_owned(),
        serde_json::error::Category::Data => {
            let why = error.to_string();
            why.split(" at line ").next().unwrap_or_default().to_owned()
        }
    })
}

/// What the tool has in its store once it has read the file: of units with one id the last. Units with one key replace each
/// other there only as they come in, not as they are read.
#[derive(Debug, Clone, Default)]
pub struct Knowledge(HashMap<String, Unit>);

impl Knowledge {
    /// Reads `knowledge.jsonl`. What is no unit is told beside; to that tool a file that is not UTF-8 throughout is empty.
    #[must_use]
    pub fn read(bytes: &[u8]) -> (Self, Mistakes) {
        let (units, mistakes) = units(KNOWLEDGE, bytes);
        (Self(units.into_iter().map(|unit| (unit.id.clone(), unit)).collect()), mistakes)
    }

    /// The units, in no order that means anything.
    pub fn into_units(self) -> impl Iterator<Item = Unit> {
        self.0.into_values()
    }
}

impl Store for Knowledge {
    fn total(&self) -> usize {
        self.0.len()
    }

    fn holds(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }
}

/// What was sent to a peer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PeerSync {
    /// The peer. The name that it stands under says nothing.
    pub peer_id: String,
    /// When something was last sent, in seconds; 0 for never.
    pub last_sync_epoch: u64,
    /// The units, each once.
    pub units_sent: HashSet<String>,
}

/// Reads `sync_state.json`: all of it, or nothing.
///
/// # Errors
/// When it is not what that tool, or we, would write.
pub fn sync_state(bytes: &[u8]) -> Result<BTreeMap<String, PeerSync>, serde_json::Error> {
    serde_json::from_slice(bytes)
}

/// What was thought of a peer there. It is shown to the person: trust is not taken over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PeerTrust {
    /// How much, between 0 and 1.
    pub trust_level: f64,
    /// When it was first seen, in seconds.
    #[serde(default)]
    pub first_seen: u64,
    /// When it was last seen.
    #[serde(default)]
    pub last_sync: u64,
    /// Not to be gone by until then.
    #[serde(default)]
    pub quarantined_until: u64,
    /// Not to be gone by.
    #[serde(default)]
    pub frozen: bool,
    /// Why.
    #[serde(default)]
    pub freeze_reason: Option<String>,
}

/// Reads `trust.json`: the peers that it says something of, and what is no such thing.
#[must_use]
pub fn trust(bytes: &[u8]) -> (BTreeMap<String, PeerTrust>, Mistakes) {
    let (mut found, mut mistakes) = (BTreeMap::new(), Mistakes::default());
    let all: BTreeMap<String, Value> = match serde_json::from_slice(bytes) {
        Ok(all) => all,
        Err(why) => {
            mistakes.add(TRUST, "all of it".to_owned(), why);
            return (found, mistakes);
        }
    };
    for (peer, value) in all {
        let record = serde_json::from_value::<PeerTrust>(value).map_err(|why| why.to_string());
        let whole = record.and_then(|record| match share("the trust", record.trust_level) {
            Ok(trust_level) => Ok(PeerTrust { trust_level, ..record }),
            Err(why) => Err(why.to_string()),
        });
        match whole {
            Ok(record) => drop(found.insert(peer, record)),
            Err(why) => mistakes.add(TRUST, format!("peer {peer}"), why),
        }
    }
    (found, mistakes)
}

#[cfg(test)]
mod tests;
