//! What a claim says: one body for each kind of knowledge, as compact JSON without any fraction, so that it has the same
//! bytes everywhere.
//!
//! A body comes from elsewhere. It is refused where it is no body of its kind, or could not be shown or kept; a number that
//! is out of its range is taken for the end of the range. What was signed is kept as it came: a body that was read is for
//! looking at, and is written again by its author alone.

mod about;
mod artifact;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use about::{
    Category, Condition, Scope, default_interval_secs, effective_confidence, fingerprint_labels,
    interval_secs, is_stale,
};
pub use artifact::{Command, HookConfig, Requires, Skill, artifact_name};

/// No body has more bytes.
pub const MOST_BODY: usize = 64 << 10;
/// No number of times counts for more: one author cannot outweigh all others.
pub const MOST_COUNT: u32 = 1_000_000;
/// No list of a body has more entries, and no cluster more variants.
pub const MOST_ENTRIES: usize = 64;
/// A word: the name of a tool, an event, a project.
const MOST_WORD: usize = 256;
/// A text: a command, a description.
const MOST_TEXT: usize = 8 << 10;

/// The kinds of knowledge that this version understands. All others are kept as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What to do about calls of a kind.
    Pattern,
    /// How often calls of a tool were foretold right.
    ToolAccuracy,
    /// What changes with the time or the course of a session.
    Temporal,
    /// What was noticed.
    Insight,
    /// A rule in words.
    PromotedRule,
    /// A skill.
    Skill,
    /// A command of the client.
    Command,
    /// A hook of the client. It is shown, never installed.
    HookConfig,
    /// How often a way of doing something succeeds.
    ApproachOutcome,
    /// Ways of doing the same that disagree.
    ApproachCluster,
    /// A rule of the gate. From elsewhere it may only tighten.
    Rule,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Pattern,
        Self::ToolAccuracy,
        Self::Temporal,
        Self::Insight,
        Self::PromotedRule,
        Self::Skill,
        Self::Command,
        Self::HookConfig,
        Self::ApproachOutcome,
        Self::ApproachCluster,
        Self::Rule,
    ];

    /// Its name in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pattern => "pattern",
            Self::ToolAccuracy => "tool_accuracy",
            Self::Temporal => "temporal",
            Self::Insight => "insight",
            Self::PromotedRule => "promoted_rule",
            Self::Skill => "skill",
            Self::Command => "command",
            Self::HookConfig => "hook_config",
            Self::ApproachOutcome => "approach_outcome",
            Self::ApproachCluster => "approach_cluster",
            Self::Rule => "rule",
        }
    }

    /// By its name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// A file that could be installed.
    #[must_use]
    pub const fn is_artifact(self) -> bool {
        matches!(self, Self::Skill | Self::Command | Self::HookConfig)
    }
}

/// Why a body is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has too many bytes.
    #[error("{what} has {bytes} bytes, and {most} are the most")]
    TooLong {
        /// What.
        what: &'static str,
        /// So many.
        bytes: usize,
        /// So many may be.
        most: usize,
    },
    /// A list has too many entries.
    #[error("{what} has {entries} entries, and {MOST_ENTRIES} are the most")]
    TooMany {
        /// What.
        what: &'static str,
        /// So many.
        entries: usize,
    },
    /// It has to say something.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A line that is none, or a text that no file could hold.
    #[error("{0} holds control characters")]
    Control(&'static str),
    /// Not a name that a file may be given.
    #[error("{0} is no name for a file")]
    Name(&'static str),
    /// Not a number.
    #[error("{0} is no number")]
    Number(&'static str),
    /// What to do is not known.
    #[error("it is not known what it wants to be done")]
    Action,
    /// Not a body of its kind.
    #[error("it is no {kind}: {why}")]
    NotOfKind {
        /// The kind.
        kind: &'static str,
        /// Why.
        why: String,
    },
}

/// What is to be done about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Let it run.
    Approve,
    /// Do not.
    Deny,
}

impl Action {
    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }
}

/// What to do about calls of a kind, and how often that was right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// What to do.
    pub action: Action,
    /// So often that was wanted.
    pub agreed: u32,
    /// The program, or what else tells calls of the tool apart; none for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// When it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Of so many.
    pub of: u32,
    /// The tool.
    pub tool: String,
}

/// How often calls of a tool were foretold right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolAccuracy {
    /// So often.
    pub correct: u32,
    /// Above so many thousandths it was acted upon.
    pub threshold_permille: u16,
    /// The tool.
    pub tool: String,
    /// Of so many.
    pub total: u32,
}

/// What changes with the time or the course of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Temporal {
    /// In words.
    pub description: String,
    /// How marked it is, in thousandths.
    pub strength_permille: u16,
}

/// What was noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insight {
    /// What it is about.
    pub category: String,
    /// How bad it is.
    pub severity: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// What.
    pub summary: String,
}

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotedRule {
    /// The rule.
    pub rule: String,
    /// What it was made from.
    pub source_type: String,
}

/// How often a way of doing something succeeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproachOutcome {
    /// The way: `pattern:TOOL:COMMAND`.
    pub approach_ref: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What it costs, in millionths of a dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_cost_micros: Option<u64>,
    /// How long it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_duration_ms: Option<u64>,
    /// Of so many.
    pub of: u32,
    /// So often.
    pub succeeded: u32,
}

/// One of several ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// When it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// So often seen.
    pub evidence: u32,
    /// What is known of how it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_ref: Option<String>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<String>,
    /// In words.
    pub summary: String,
}

/// Ways of doing the same that disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproachCluster {
    /// What they are ways of.
    pub problem_key: String,
    /// The ways.
    pub variants: Vec<Variant>,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// It allows.
    Allow,
    /// It asks.
    Ask,
    /// It denies.
    Deny,
}

/// A rule of the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What it does.
    pub action: RuleAction,
    /// The commands it is about, as rules write them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The tool it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
}

impl Rule {
    /// It lets nothing run that would not have run.
    #[must_use]
    pub const fn tightens(&self) -> bool {
        !matches!(self.action, RuleAction::Allow)
    }
}

/// What a claim says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each says what its kind says")]
pub enum Body {
    Pattern(Pattern),
    ToolAccuracy(ToolAccuracy),
    Temporal(Temporal),
    Insight(Insight),
    PromotedRule(PromotedRule),
    Skill(Skill),
    Command(Command),
    HookConfig(HookConfig),
    ApproachOutcome(ApproachOutcome),
    ApproachCluster(ApproachCluster),
    Rule(Rule),
}

/// How often something was so, of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// So often.
    pub times: u32,
    /// Of so many.
    pub of: u32,
}

impl Body {
    /// Reads the body of a kind.
    ///
    /// # Errors
    /// When it is none, or not one that could be shown and kept.
    pub fn read(kind: Kind, bytes: &[u8]) -> Result<Self, Refused> {
        within("a body", bytes.len(), MOST_BODY)?;
        let body = match kind {
            Kind::Pattern => Self::Pattern(typed(kind, bytes)?),
            Kind::ToolAccuracy => Self::ToolAccuracy(typed(kind, bytes)?),
            Kind::Temporal => Self::Temporal(typed(kind, bytes)?),
            Kind::Insight => Self::Insight(typed(kind, bytes)?),
            Kind::PromotedRule => Self::PromotedRule(typed(kind, bytes)?),
            Kind::Skill => Self::Skill(typed(kind, bytes)?),
            Kind::Command => Self::Command(typed(kind, bytes)?),
            Kind::HookConfig => Self::HookConfig(typed(kind, bytes)?),
            Kind::ApproachOutcome => Self::ApproachOutcome(typed(kind, bytes)?),
            Kind::ApproachCluster => Self::ApproachCluster(typed(kind, bytes)?),
            Kind::Rule => Self::Rule(typed(kind, bytes)?),
        };
        body.checked()
    }

    /// The bytes that an author signs: compact JSON, keys in their order.
    ///
    /// # Errors
    /// When it is not one that others would take.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Refused> {
        let body = self.clone().checked()?;
        let odd =
            |why: serde_json::Error| Refused::NotOfKind { kind: self.kind().word(), why: why.to_string() };
        let value = serde_json::to_value(&body).map_err(odd)?;
        let bytes = serde_json::to_vec(&sorted(value)).map_err(odd)?;
        within("a body", bytes.len(), MOST_BODY)?;
        Ok(bytes)
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Pattern(_) => Kind::Pattern,
            Self::ToolAccuracy(_) => Kind::ToolAccuracy,
            Self::Temporal(_) => Kind::Temporal,
            Self::Insight(_) => Kind::Insight,
            Self::PromotedRule(_) => Kind::PromotedRule,
            Self::Skill(_) => Kind::Skill,
            Self::Command(_) => Kind::Command,
            Self::HookConfig(_) => Kind::HookConfig,
            Self::ApproachOutcome(_) => Kind::ApproachOutcome,
            Self::ApproachCluster(_) => Kind::ApproachCluster,
            Self::Rule(_) => Kind::Rule,
        }
    }

    /// The same, every text looked at and every number within its range.
    ///
    /// # Errors
    /// When a text is too long, empty, or holds what it must not; when a list is too long.
    pub fn checked(mut self) -> Result<Self, Refused> {
        match &mut self {
            Self::Pattern(body) => {
                word("the tool", &body.tool)?;
                optional_text("the command", body.command.as_deref())?;
                conditions(&body.conditions)?;
                shares(&mut body.agreed, &mut body.of);
            }
            Self::ToolAccuracy(body) => {
                word("the tool", &body.tool)?;
                body.threshold_permille = body.threshold_permille.min(1_000);
                shares(&mut body.correct, &mut body.total);
            }
            Self::Temporal(body) => {
                text("the description", &body.description)?;
                body.strength_permille = body.strength_permille.min(1_000);
            }
            Self::Insight(body) => {
                word("the category", &body.category)?;
                word("the severity", &body.severity)?;
                text("the summary", &body.summary)?;
                optional_text("the suggestion", body.suggestion.as_deref())?;
            }
            Self::PromotedRule(body) => {
                text("the rule", &body.rule)?;
                word("the source", &body.source_type)?;
            }
            Self::Skill(body) => body.check()?,
            Self::Command(body) => body.check()?,
            Self::HookConfig(body) => body.check()?,
            Self::ApproachOutcome(body) => {
                text("the approach", &body.approach_ref)?;
                conditions(&body.conditions)?;
                shares(&mut body.succeeded, &mut body.of);
            }
            Self::ApproachCluster(body) => {
                text("the problem", &body.problem_key)?;
                entries("the cluster", body.variants.len())?;
                for variant in &mut body.variants {
                    text("a variant", &variant.summary)?;
                    optional_text("an outcome", variant.outcome_ref.as_deref())?;
                    conditions(&variant.conditions)?;
                    entries("who says so", variant.peers.len())?;
                    variant.peers.iter().try_for_each(|peer| word("who says so", peer))?;
                    variant.evidence = variant.evidence.min(MOST_COUNT);
                }
            }
            Self::Rule(body) => {
                if body.tool.is_none() && body.command.is_none() {
                    return Err(Refused::Empty("what the rule is about"));
                }
                body.tool.as_deref().map_or(Ok(()), |tool| word("the tool", tool))?;
                optional_text("the command", body.command.as_deref())?;
                optional_text("the reason", body.reason.as_deref())?;
            }
        }
        Ok(self)
    }

    /// When it holds.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let (own, variants): (&[Condition], &[Variant]) = match self {
            Self::Pattern(body) => (&body.conditions, &[]),
            Self::ApproachOutcome(body) => (&body.conditions, &[]),
            Self::ApproachCluster(body) => (&[], &body.variants),
            _ => (&[], &[]),
        };
        own.iter().chain(variants.iter().flat_map(|variant| &variant.conditions))
    }

    /// What sort of knowledge it is. What says when somebody works or what they spend is personal, whatever else it says.
    #[must_use]
    pub fn category(&self) -> Category {
        if self.conditions().any(Condition::is_personal) {
            return Category::Personal;
        }
        match self {
            Self::Temporal(body) => {
                let text = body.description.to_lowercase();
                let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
                match () {
                    () if says(PERSONAL) => Category::Personal,
                    () if says(&["error", "context", "retry"]) => Category::Technique,
                    () => Category::BestPractice,
                }
            }
            Self::ApproachCluster(_) | Self::Skill(_) | Self::Command(_) => Category::Technique,
            Self::HookConfig(_) => Category::WorkflowPattern,
            Self::Pattern(_)
            | Self::ToolAccuracy(_)
            | Self::Insight(_)
            | Self::PromotedRule(_)
            | Self::ApproachOutcome(_)
            | Self::Rule(_) => Category::BestPractice,
        }
    }

    /// How often it was right, of how many: nothing for what is not counted.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::Pattern(body) => Some(Evidence { times: body.agreed, of: body.of }),
            Self::ToolAccuracy(body) => Some(Evidence { times: body.correct, of: body.total }),
            Self::ApproachOutcome(body) => Some(Evidence { times: body.succeeded, of: body.of }),
            _ => None,
        }
    }

    /// What tells it from others of its kind. Whole, where the published tool cut: a claim is named by these.
    #[must_use]
    pub fn key_fields(&self) -> Vec<&str> {
        match self.keyed() {
            Keyed::Pattern { tool, command } | Keyed::Rule { tool, command } => vec![tool, command],
            Keyed::Insight { category, summary } => vec![category, summary],
            Keyed::HookConfig { event, matcher } => vec![event, matcher],
            Keyed::ToolAccuracy(field)
            | Keyed::Temporal(field)
            | Keyed::PromotedRule(field)
            | Keyed::Skill(field)
            | Keyed::Command(field)
            | Keyed::ApproachOutcome(field)
            | Keyed::ApproachCluster(field) => vec![field],
        }
    }

    /// What the published tool knew it by.
    #[must_use]
    pub fn semantic_key(&self, scope: &Scope) -> String {
        self.keyed().semantic_key(scope)
    }

    fn keyed(&self) -> Keyed<'_> {
        match self {
            Self::Pattern(body) => {
                Keyed::Pattern { tool: &body.tool, command: body.command.as_deref().unwrap_or(ANY) }
            }
            Self::ToolAccuracy(body) => Keyed::ToolAccuracy(&body.tool),
            Self::Temporal(body) => Keyed::Temporal(&body.description),
            Self::Insight(body) => Keyed::Insight { category: &body.category, summary: &body.summary },
            Self::PromotedRule(body) => Keyed::PromotedRule(&body.rule),
            Self::Skill(body) => Keyed::Skill(&body.name),
            Self::Command(body) => Keyed::Command(&body.name),
            Self::HookConfig(body) => Keyed::HookConfig { event: &body.event, matcher: &body.matcher },
            Self::ApproachOutcome(body) => Keyed::ApproachOutcome(&body.approach_ref),
            Self::ApproachCluster(body) => Keyed::ApproachCluster(&body.problem_key),
            Self::Rule(body) => Keyed::Rule {
                tool: body.tool.as_deref().unwrap_or(ANY),
                command: body.command.as_deref().unwrap_or(ANY),
            },
        }
    }

    /// What it says, on one line. Texts stand in it as they are: whoever shows it cleans it.
    #[must_use]
    pub fn summary(&self) -> String {
        let share = |times: u32, of: u32| format!("{:.0}%", f64::from(times) / f64::from(of.max(1)) * 100.0);
        match self {
            Self::Pattern(body) => format!(
                "[{}, {}] {} ({})",
                body.tool,
                body.command.as_deref().unwrap_or(ANY),
                body.action.word(),
                share(body.agreed, body.of)
            ),
            Self::ToolAccuracy(body) => format!(
                "[{}] accuracy {}/{} ({})",
                body.tool,
                body.correct,
                body.total,
                share(body.correct, body.total)
            ),
            Self::Temporal(body) => format!(
                "temporal: {} (strength {:.2})",
                body.description,
                f64::from(body.strength_permille) / 1e3
            ),
            Self::Insight(body) => format!("[{}] {}: {}", body.severity, body.category, body.summary),
            Self::PromotedRule(body) => format!("rule: {}", body.rule),
            Self::Skill(body) => {
                format!("skill: {} v{} ({} bytes)", body.name, body.version, body.body.len())
            }
            Self::Command(body) => match body.args.as_deref().unwrap_or_default() {
                "" => format!("command: /{}", body.name),
                args => format!("command: /{} {args}", body.name),
            },
            Self::HookConfig(body) => {
                format!("hook: {}[{}] — {}", body.event, body.matcher, body.description)
            }
            Self::ApproachOutcome(body) => {
                format!(
                    "outcome: {} — {} over {}",
                    body.approach_ref,
                    share(body.succeeded, body.of),
                    body.of
                )
            }
            Self::ApproachCluster(body) => {
                format!("cluster: {} ({} variants)", body.problem_key, body.variants.len())
            }
            Self::Rule(body) => {
                let word = match body.action {
                    RuleAction::Allow => "allow",
                    RuleAction::Ask => "ask",
                    RuleAction::Deny => "deny",
                };
                let of = |part: &Option<String>| part.as_deref().unwrap_or(ANY).to_owned();
                format!("gate rule: {word} [{}, {}]", of(&body.tool), of(&body.command))
            }
        }
    }
}

/// Words by which a description says when somebody works, what they spend or whether they look.
const PERSONAL: &[&str] =
    &["hour", "time of day", "morning", "evening", "approval", "cost", "spend", "budget"];
/// In the place of a part that is not narrowed down.
const ANY: &str = "*";

/// What the published tool tells units apart by.
#[derive(Debug, Clone, Copy)]
enum Keyed<'a> {
    Pattern { tool: &'a str, command: &'a str },
    ToolAccuracy(&'a str),
    Temporal(&'a str),
    Insight { category: &'a str, summary: &'a str },
    PromotedRule(&'a str),
    Skill(&'a str),
    Command(&'a str),
    HookConfig { event: &'a str, matcher: &'a str },
    ApproachOutcome(&'a str),
    ApproachCluster(&'a str),
    Rule { tool: &'a str, command: &'a str },
}

impl Keyed<'_> {
    fn semantic_key(self, scope: &Scope) -> String {
        let start = |text: &str| text.chars().take(40).collect::<String>();
        let content = match self {
            Self::Pattern { tool, command } => format!("pattern:{tool}:{command}"),
            Self::ToolAccuracy(tool) => format!("accuracy:{tool}"),
            Self::Temporal(description) => format!("temporal:{}", start(description)),
            Self::Insight { category, summary } => format!("insight:{category}:{}", start(summary)),
            Self::PromotedRule(rule) => format!("rule:{}", start(rule)),
            Self::Skill(name) => format!("skill:{}", name.to_lowercase().replace(' ', "-")),
            Self::Command(name) => format!("command:{}", name.to_lowercase()),
            Self::HookConfig { event, matcher } => {
                format!("hook:{}:{}", event.to_lowercase(), matcher.to_lowercase())
            }
            Self::ApproachOutcome(approach) => format!("outcome:{approach}"),
            Self::ApproachCluster(problem) => format!("cluster:{problem}"),
            Self::Rule { tool, command } => format!("gate:{tool}:{command}"),
        };
        format!("{}/{content}", scope.key())
    }
}

fn typed<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T, Refused> {
    // A struct may also be read from a list, which nobody writes and which would be a second form of the same.
    match bytes.first() {
        Some(b'{') => serde_json::from_slice(bytes)
            .map_err(|why| Refused::NotOfKind { kind: kind.word(), why: why.to_string() }),
        _ => Err(Refused::NotOfKind { kind: kind.word(), why: "it is no object".to_owned() }),
    }
}

/// Keys in their order, whatever order a map keeps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn within(what: &'static str, bytes: usize, most: usize) -> Result<(), Refused> {
    if bytes > most { Err(Refused::TooLong { what, bytes, most }) } else { Ok(()) }
}

fn entries(what: &'static str, entries: usize) -> Result<(), Refused> {
    if entries > MOST_ENTRIES { Err(Refused::TooMany { what, entries }) } else { Ok(()) }
}

/// A word, or a few: on one line.
pub(crate) fn word(what: &'static str, text: &str) -> Result<(), Refused> {
    filled(what, text, MOST_WORD)?;
    if text.chars().any(char::is_control) { Err(Refused::Control(what)) } else { Ok(()) }
}

/// A text of any number of lines.
fn text(what: &'static str, text: &str) -> Result<(), Refused> {
    filled(what, text, MOST_TEXT)
}

fn optional_text(what: &'static str, of: Option<&str>) -> Result<(), Refused> {
    of.map_or(Ok(()), |of| text(what, of))
}

fn filled(what: &'static str, text: &str, most: usize) -> Result<(), Refused> {
    within(what, text.len(), most)?;
    match text.trim().is_empty() {
        true => Err(Refused::Empty(what)),
        false if text.contains('\0') => Err(Refused::Control(what)),
        false => Ok(()),
    }
}

fn conditions(of: &[Condition]) -> Result<(), Refused> {
    entries("the conditions", of.len())?;
    of.iter().try_for_each(|condition| word("a condition", &condition.to_string()))
}

/// So often, of so many: not more often than of so many, and of no more than count.
fn shares(times: &mut u32, of: &mut u32) {
    let scale = |part: u32, whole: u32| {
        u32::try_from(u64::from(part) * u64::from(MOST_COUNT) / u64::from(whole)).unwrap_or(MOST_COUNT)
    };
    *times = (*times).min(*of);
    if *of > MOST_COUNT {
        (*times, *of) = (scale(*times, *of), MOST_COUNT);
    }
}

#[cfg(test)]
mod tests;
