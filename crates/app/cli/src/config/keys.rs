//! The one table of configuration keys.
//!
//! Everything a person meets comes from here: the annotated default file, the JSON schema, the Markdown reference,
//! the strict checker, the did-you-mean hints, `config get` and `config set`. A key that is not in this table does
//! not exist; a key that is in it reaches [`Config`](super::Config), which a test proves for each entry.
//!
//! In a path, `*` stands for a name the person chooses (a model id). The table is long because it is flat: each
//! entry stands alone.

use std::fmt;

use claudectl_fleet::notice::EVENTS;
use claudectl_fleet::status::STATES;
use claudectl_notify::Preset;

use super::value::Kind;

/// May a project's `.claudectl.toml` set a key, and which way is "tighter"?
///
/// Project files come from repositories, so they are untrusted: they may take away, never give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Only the user's own file may set it.
    Never,
    /// A project may lower it; a higher value than the user's has no effect.
    Lower,
}

impl Permission {
    /// How the reference says it.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Permission::Never => "may not set it",
            Permission::Lower => "may lower it, never raise it",
        }
    }
}

/// One key: what it means, what it accepts, what it is when nobody sets it.
#[derive(Debug, PartialEq)]
pub(crate) struct Key {
    /// Dotted path; `*` is a name chosen by the person.
    pub(crate) path: &'static str,
    /// Type and range.
    pub(crate) kind: Kind,
    /// The built-in value as TOML text; `None` when the key is unset by default.
    pub(crate) default: Option<&'static str>,
    /// A value a person could write, as TOML text.
    pub(crate) example: &'static str,
    /// May a project set it?
    pub(crate) project: Permission,
    /// The first version that knows the key.
    pub(crate) since: &'static str,
    /// What it does, in one sentence.
    pub(crate) doc: &'static str,
    /// Why it exists and what to think of when setting it.
    pub(crate) why: &'static str,
}

impl Key {
    /// The name without its sections.
    pub(crate) fn leaf(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The path of the section the key is in.
    pub(crate) fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The path with the chosen name as it may be written.
    pub(crate) fn named(&self) -> String {
        named(self.path)
    }

    /// The default as a person would read it.
    pub(crate) fn default_text(&self) -> &'static str {
        self.default.unwrap_or("not set")
    }
}

/// One section header and what it is for.
#[derive(Debug)]
pub(crate) struct Section {
    /// Dotted path; `*` is a name chosen by the person.
    pub(crate) path: &'static str,
    /// What belongs in it, in one sentence.
    pub(crate) doc: &'static str,
}

/// The sections, in the order they are documented.
pub(crate) static SECTIONS: &[Section] = &[
    Section { path: "general", doc: "What concerns every command." },
    Section { path: "budget", doc: "Limits on spending, in US dollars." },
    Section { path: "prices", doc: "Your own prices per model, over the built-in table." },
    Section {
        path: "prices.*",
        doc: "Prices of one exact model id, in USD per million tokens; what is omitted comes from the built-in price.",
    },
    Section { path: "prices.*.fast", doc: "Prices of the model's fast mode." },
    Section { path: "prices.*.long", doc: "Prices of requests whose input is above a number of tokens." },
    Section { path: "context", doc: "The context window: its size and when to warn." },
    Section { path: "context.*", doc: "The context window of one exact model id." },
    Section {
        path: "statusline",
        doc: "The line that `claudectl statusline` shows below Claude Code's prompt.",
    },
    Section { path: "dashboard", doc: "How `claudectl` looks on a terminal." },
    Section {
        path: "health",
        doc: "When `ls`, `show` and `health` have something to say of how a session fares.",
    },
    Section { path: "gate", doc: "What `claudectl gate` answers when an agent wants to do something." },
    Section { path: "brain", doc: "What is learned from your answers; `gate.mode = \"auto\"` goes by it." },
    Section {
        path: "llm",
        doc: "A language model, if you have one running: it explains and warns, and answers nothing for you.",
    },
    Section {
        path: "approvals",
        doc: "How prompts are answered from elsewhere: `claudectl approve`, the dashboard.",
    },
    Section { path: "retention", doc: "How long claudectl keeps its own rows." },
    Section {
        path: "notify",
        doc: "What you are told, when and how, while `claudectl up` or the dashboard runs; `claudectl notify ls` says what became of each notice.",
    },
    Section {
        path: "webhooks",
        doc: "Addresses that notices are sent to, each under a name of your choice.",
    },
    Section { path: "webhooks.*", doc: "One webhook." },
    Section { path: "hooks", doc: "Commands that are run for notices." },
    Section {
        path: "hooks.*",
        doc: "One command, under the name of its event, or under a name of your choice with a list of `events`.",
    },
];

const USD: Kind = Kind::Number { above: true, max: 1e9, unit: "US dollars" };
const PRICE: Kind = Kind::Number { above: false, max: 1e6, unit: "USD per million tokens" };
const PER_USE: Kind = Kind::Number { above: false, max: 1e6, unit: "USD per use" };
const PERCENT: Kind = Kind::Whole { min: 1, max: 100, unit: "percent" };
const SCORE: Kind = Kind::Whole { min: 1, max: 100, unit: "of 100" };
const TIMES: Kind = Kind::Number { above: true, max: 1e6, unit: "times" };
const COUNT: Kind = Kind::Whole { min: 1, max: 1_000_000, unit: "times" };
const MANY: Kind = Kind::Whole { min: 0, max: 1_000_000_000, unit: "tokens" };
const MINUTES: Kind = Kind::Whole { min: 1, max: 100_000, unit: "minutes" };
const DAYS: Kind = Kind::Whole { min: 0, max: 36_500, unit: "days" };
const TOKENS: Kind = Kind::Whole { min: 1_000, max: 100_000_000, unit: "tokens" };
const LONG_ABOVE: Kind = Kind::OneOf(&[100_000, 128_000, 200_000, 256_000, 272_000, 500_000]);

const PRESETS: &[&str] = Preset::WORDS;

const WHY_PRICE: &str = "An unknown model is shown as unpriced, never priced as a sibling; give a price here and its past responses are priced too, because claudectl stores tokens and computes dollars when it reads.";
const WHY_CACHE: &str = "Omit it to keep the built-in price of this exact id; an id without a built-in price needs it spelled out.";
const WHY_FAST: &str =
    "Fast mode is billed at its own rates; responses that used it are priced from this table.";
const WHY_LONG: &str = "Some models cost more for the whole request once its input passes a threshold.";

/// Themes and orders of the dashboard; a test holds them against its own.
pub(crate) const THEMES: &[&str] = &["dark", "light", "high-contrast", "none"];
pub(crate) const SORTS: &[&str] =
    &["status", "context", "cost", "burn", "elapsed", "cpu", "memory", "tokens", "activity", "project"];

/// How much the gate says; a test holds them against its own.
pub(crate) const GATE_MODES: &[&str] = &["observe", "guard", "on", "auto"];

/// What an error of the gate's says.
pub(crate) const ON_ERROR: &[&str] = &["auto", "ask", "deny"];

/// What an endpoint of models speaks.
pub(crate) const PROTOCOLS: &[&str] = &["auto", "openai", "ollama"];

/// What becomes of a question that nobody can be asked.
pub(crate) const HEADLESS: &[&str] = &["deny", "defer"];

/// The fields of `statusline.format`.
pub(crate) const LINE_FIELDS: &[&str] = &[
    "model", "project", "dir", "session", "version", "cost", "context", "quota", "today", "week", "budgets",
    "lines",
];

/// Every key of the configuration, in the order they are documented.
pub(crate) static KEYS: &[Key] = &[
    Key {
        path: "general.timezone",
        kind: Kind::Zone,
        default: Some("\"local\""),
        example: "\"Europe/Berlin\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The time zone that decides when a day begins: \"local\" or an IANA name.",
        why: "Daily and weekly totals, and the daily and weekly budgets, cut at midnight in this zone.",
    },
    Key {
        path: "general.claude_dirs",
        kind: Kind::Dirs,
        default: Some("[]"),
        example: "[\"~/clients/.claude\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Extra Claude Code config folders to read, besides the standard ones and CLAUDE_CONFIG_DIR.",
        why: "Each entry is an absolute path or starts with ~/, so that its meaning does not depend on where a command runs.",
    },
    Key {
        path: "budget.session_usd",
        kind: USD,
        default: None,
        example: "10.0",
        project: Permission::Lower,
        since: "0.1.0",
        doc: "What one session, with its subagents, may cost.",
        why: "Past it, the gate asks with each call of the session, until `claudectl budget raise`.",
    },
    Key {
        path: "budget.project_usd",
        kind: USD,
        default: None,
        example: "200.0",
        project: Permission::Lower,
        since: "0.1.0",
        doc: "What all sessions of one project together may cost in a calendar month.",
        why: "Each response counts in the month it was made, in `general.timezone`; the budget re-arms on the first. Past it, the gate asks with each call of its sessions.",
    },
    Key {
        path: "budget.day_usd",
        kind: USD,
        default: None,
        example: "50.0",
        project: Permission::Lower,
        since: "0.1.0",
        doc: "What all sessions together may cost per calendar day.",
        why: "Each response counts on the day it was made, in `general.timezone`; the budget re-arms at midnight. Past it, the gate asks with each call of every session.",
    },
    Key {
        path: "budget.week_usd",
        kind: USD,
        default: None,
        example: "250.0",
        project: Permission::Lower,
        since: "0.1.0",
        doc: "What all sessions together may cost per ISO week (Monday to Sunday).",
        why: "Each response counts in the week it was made, in `general.timezone`. Past it, the gate asks with each call of every session.",
    },
    Key {
        path: "budget.fanout_usd",
        kind: USD,
        default: None,
        example: "5.0",
        project: Permission::Lower,
        since: "0.1.0",
        doc: "What the subagents of one session together may cost.",
        why: "A fan-out of parallel subagents spends faster than a person can watch. Past it, the gate asks with each call of theirs, and before another is started.",
    },
    Key {
        path: "budget.warn_at_pct",
        kind: PERCENT,
        default: Some("80"),
        example: "70",
        project: Permission::Lower,
        since: "0.1.0",
        doc: "The share of a budget at which claudectl warns.",
        why: "100 means no warning before the budget is used up.",
    },
    Key {
        path: "prices.*.input",
        kind: PRICE,
        default: None,
        example: "5.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of uncached input tokens.",
        why: WHY_PRICE,
    },
    Key {
        path: "prices.*.output",
        kind: PRICE,
        default: None,
        example: "25.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of output tokens.",
        why: WHY_PRICE,
    },
    Key {
        path: "prices.*.cache_read",
        kind: PRICE,
        default: None,
        example: "0.5",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens read from the cache.",
        why: WHY_CACHE,
    },
    Key {
        path: "prices.*.cache_write_5m",
        kind: PRICE,
        default: None,
        example: "6.25",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens written to the cache for five minutes.",
        why: WHY_CACHE,
    },
    Key {
        path: "prices.*.cache_write_1h",
        kind: PRICE,
        default: None,
        example: "10.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens written to the cache for one hour.",
        why: WHY_CACHE,
    },
    Key {
        path: "prices.*.web_search",
        kind: PER_USE,
        default: None,
        example: "0.01",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of one web search, in USD per use.",
        why: "Web searches are billed per use, on top of the tokens.",
    },
    Key {
        path: "prices.*.from",
        kind: Kind::Date,
        default: None,
        example: "\"2026-01-01\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The day from which this price holds; earlier responses keep the built-in price.",
        why: "Prices change; a past day keeps the price it had.",
    },
    Key {
        path: "prices.*.fast.input",
        kind: PRICE,
        default: None,
        example: "30.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of uncached input tokens in fast mode.",
        why: WHY_FAST,
    },
    Key {
        path: "prices.*.fast.output",
        kind: PRICE,
        default: None,
        example: "150.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of output tokens in fast mode.",
        why: WHY_FAST,
    },
    Key {
        path: "prices.*.fast.cache_read",
        kind: PRICE,
        default: None,
        example: "3.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens read from the cache in fast mode.",
        why: WHY_FAST,
    },
    Key {
        path: "prices.*.fast.cache_write_5m",
        kind: PRICE,
        default: None,
        example: "37.5",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens written to the cache for five minutes in fast mode.",
        why: WHY_FAST,
    },
    Key {
        path: "prices.*.fast.cache_write_1h",
        kind: PRICE,
        default: None,
        example: "60.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens written to the cache for one hour in fast mode.",
        why: WHY_FAST,
    },
    Key {
        path: "prices.*.long.above",
        kind: LONG_ABOVE,
        default: None,
        example: "200000",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The number of input tokens above which the long prices hold.",
        why: "Only the thresholds vendors use are accepted: the store keeps, per response, which of them it passed.",
    },
    Key {
        path: "prices.*.long.input",
        kind: PRICE,
        default: None,
        example: "10.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of uncached input tokens of a long request.",
        why: WHY_LONG,
    },
    Key {
        path: "prices.*.long.output",
        kind: PRICE,
        default: None,
        example: "37.5",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of output tokens of a long request.",
        why: WHY_LONG,
    },
    Key {
        path: "prices.*.long.cache_read",
        kind: PRICE,
        default: None,
        example: "1.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens read from the cache by a long request.",
        why: WHY_LONG,
    },
    Key {
        path: "prices.*.long.cache_write_5m",
        kind: PRICE,
        default: None,
        example: "12.5",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens written to the cache for five minutes by a long request.",
        why: WHY_LONG,
    },
    Key {
        path: "prices.*.long.cache_write_1h",
        kind: PRICE,
        default: None,
        example: "20.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Price of input tokens written to the cache for one hour by a long request.",
        why: WHY_LONG,
    },
    Key {
        path: "context.warn_pct",
        kind: PERCENT,
        default: Some("75"),
        example: "60",
        project: Permission::Lower,
        since: "0.1.0",
        doc: "How full the context window is when claudectl warns.",
        why: "Answers get worse as the window fills; a warning leaves time to compact.",
    },
    Key {
        path: "context.*.max",
        kind: TOKENS,
        default: None,
        example: "200000",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The size of the model's context window, in tokens.",
        why: "For a model claudectl does not know, or one served with another window than usual.",
    },
    Key {
        path: "statusline.format",
        kind: Kind::Format(LINE_FIELDS),
        default: Some("\"{model} | {project} | {context} | {cost} | {today} | {quota}\""),
        example: "\"{model} | {cost} | {lines}\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What the status line shows: fields in braces, with bars between its parts.",
        why: "Fields are `model`, `project`, `dir`, `session`, `version`, `cost` (of the session, by Claude Code's own account), `context` (how full the window is), `quota` (of the account's limits), `today` and `week` (what they have cost), `budgets` (all that concern the session, the worst first, with what was spent of each), `lines` (added and removed). A part of which nothing is known is left out.",
    },
    Key {
        path: "dashboard.theme",
        kind: Kind::Choice(THEMES),
        default: None,
        example: "\"light\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The colours: for a dark or a light terminal, bright on black, or none.",
        why: "Not set, it is `dark`, and `none` where NO_COLOR is set. Whatever a colour means is also said by a word or a sign.",
    },
    Key {
        path: "dashboard.sort",
        kind: Kind::Choice(SORTS),
        default: Some("\"status\""),
        example: "\"cost\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The order in which sessions are listed at first.",
        why: "By status, what needs you comes first, and of that what has waited longest.",
    },
    Key {
        path: "dashboard.grouped",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether sessions are grouped by project at first.",
        why: "The key g does it, too, for the time being.",
    },
    Key {
        path: "dashboard.mouse",
        kind: Kind::Switch,
        default: Some("true"),
        example: "false",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether clicks and the wheel do something.",
        why: "While they do, terminals select text only with Shift held.",
    },
    Key {
        path: "dashboard.ascii",
        kind: Kind::Switch,
        default: None,
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether only ASCII is drawn.",
        why: "Not set, it is so where the locale is not UTF-8 and on the kernel's own console.",
    },
    Key {
        path: "health.off",
        kind: Kind::Words(claudectl_fleet::health::CHECKS),
        default: Some("[]"),
        example: "[\"repetition\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Checks that are not made.",
        why: "For a check that your way of working sets off.",
    },
    Key {
        path: "health.cache_critical_pct",
        kind: PERCENT,
        default: Some("10"),
        example: "5",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The part of the prompt that comes from the cache below which a session is in a critical state.",
        why: "A prompt read anew costs ten times as much as one from the cache; this goes by the latest hour in which the session was active.",
    },
    Key {
        path: "health.cache_warning_pct",
        kind: PERCENT,
        default: Some("30"),
        example: "20",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The part of the prompt that comes from the cache below which there is a warning.",
        why: "As for `cache_critical_pct`.",
    },
    Key {
        path: "health.cache_min_tokens",
        kind: MANY,
        default: Some("10000"),
        example: "50000",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Prompt tokens that have to be seen before the cache is judged.",
        why: "A short conversation has little that could be in the cache.",
    },
    Key {
        path: "health.cache_min_responses",
        kind: COUNT,
        default: Some("5"),
        example: "10",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Responses that have to be seen before the cache is judged.",
        why: "The first request of a session fills the cache and reads nothing.",
    },
    Key {
        path: "health.cost_spike_critical",
        kind: TIMES,
        default: Some("5.0"),
        example: "8.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many times its average a session may spend before that is critical.",
        why: "The last 15 to 30 minutes are held against the session's own average over the quarters of an hour in which it was active.",
    },
    Key {
        path: "health.cost_spike_warning",
        kind: TIMES,
        default: Some("2.5"),
        example: "4.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many times its average a session may spend before there is a warning.",
        why: "As for `cost_spike_critical`; a session without an hour of activity behind it has no average.",
    },
    Key {
        path: "health.cost_spike_min_usd",
        kind: USD,
        default: Some("1.0"),
        example: "5.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What a session has to spend in the last 15 to 30 minutes before that can be a spike.",
        why: "Ten times very little is little.",
    },
    Key {
        path: "health.loop_max_calls",
        kind: COUNT,
        default: Some("4"),
        example: "6",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How often the same call has to fail in the same way to be a loop.",
        why: "Same tool, same input, same error; others may lie between. A failure after a change counts half, because changing something and trying again is work.",
    },
    Key {
        path: "health.loop_window_minutes",
        kind: MINUTES,
        default: Some("30"),
        example: "60",
        project: Permission::Never,
        since: "0.1.0",
        doc: "In how many minutes it has to.",
        why: "By the times of the rows, up to the newest one.",
    },
    Key {
        path: "health.stall_min_usd",
        kind: USD,
        default: Some("1.0"),
        example: "5.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What has to be spent since a session last got on before it counts as stalled.",
        why: "Counted by whole quarters of an hour after the last sign of progress, so it is at least that.",
    },
    Key {
        path: "health.stall_min_minutes",
        kind: MINUTES,
        default: Some("10"),
        example: "30",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many minutes a session has to be active without getting on before it counts as stalled.",
        why: "It gets on with every file it changes or reads for the first time, every commit, change of plan, report of a subagent and prompt; silence is no activity.",
    },
    Key {
        path: "health.context_critical_pct",
        kind: PERCENT,
        default: Some("90"),
        example: "95",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Context use that is critical.",
        why: "Claude Code compacts by itself near the end, in the middle of whatever is going on.",
    },
    Key {
        path: "health.context_warning_pct",
        kind: PERCENT,
        default: Some("80"),
        example: "70",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Context use that is a warning.",
        why: "Only where the window's size is known. What `ls` marks is `context.warn_pct`.",
    },
    Key {
        path: "health.compact_context_pct",
        kind: PERCENT,
        default: Some("50"),
        example: "60",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Context use from which compacting is advised.",
        why: "Earlier is cheaper; from `context_warning_pct` on the warning says it.",
    },
    Key {
        path: "health.decay_info_score",
        kind: SCORE,
        default: Some("30"),
        example: "40",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The decay score that is worth a word.",
        why: "The score is 0 to 100: a full context gives up to 40, errors that grow more 25, edits that take more tokens 20, reading the same again 15.",
    },
    Key {
        path: "health.decay_warning_score",
        kind: SCORE,
        default: Some("60"),
        example: "70",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The decay score that is a warning.",
        why: "As for `decay_info_score`.",
    },
    Key {
        path: "health.decay_critical_score",
        kind: SCORE,
        default: Some("80"),
        example: "90",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The decay score that is critical.",
        why: "As for `decay_info_score`.",
    },
    Key {
        path: "health.efficiency_factor",
        kind: TIMES,
        default: Some("2.0"),
        example: "3.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many times as many tokens as before an edit may take.",
        why: "The median of the latest eight edits against that of those before; said only where chance would make it so less than once in a hundred times.",
    },
    Key {
        path: "health.efficiency_min_edits",
        kind: COUNT,
        default: Some("16"),
        example: "20",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Edits that have to be seen before that is judged.",
        why: "The first edits of a session say little.",
    },
    Key {
        path: "health.error_accel_factor",
        kind: TIMES,
        default: Some("2.0"),
        example: "3.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many times as often as before calls may fail.",
        why: "The latest 15 minutes with calls against up to two hours before, weighed with one failure in ten calls; said only where chance would make it so less than once in a hundred times. Calls that were turned down do not count.",
    },
    Key {
        path: "health.error_accel_min_errors",
        kind: COUNT,
        default: Some("3"),
        example: "5",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Failures that are needed before that is judged.",
        why: "Two failures are no trend.",
    },
    Key {
        path: "health.repetition_threshold",
        kind: COUNT,
        default: Some("3"),
        example: "5",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How often a session has to read the same unchanged part of a file, or make the same search.",
        why: "Counted since the last change of the file and the last compaction; each prompt halves what was before.",
    },
    Key {
        path: "health.guard_gap_min_calls",
        kind: COUNT,
        default: Some("1"),
        example: "3",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many tool calls the guard may not have seen before there is a finding.",
        why: "Only where a guard stands.",
    },
    Key {
        path: "gate.mode",
        kind: Kind::Choice(GATE_MODES),
        default: Some("\"on\""),
        example: "\"guard\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How much is said of each call: nothing (`observe`), what rules say and what is catastrophic (`guard`), all that is proven, asked or refused (`on`), or also what your answers have taught (`auto`).",
        why: "`claudectl gate mode` sets it, too. A repository tightens by its policy, never here.",
    },
    Key {
        path: "gate.hosts",
        kind: Kind::Names,
        default: Some("[]"),
        example: "[\"docs.rs\", \"crates.io\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Hosts that agents may fetch from without a question.",
        why: "An address can carry data out, so that other hosts are asked about. What is sent to a host is asked about all the same.",
    },
    Key {
        path: "gate.on_error",
        kind: Kind::Choice(ON_ERROR),
        default: Some("\"auto\""),
        example: "\"deny\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What is said of a call that the gate could not judge, by an error of its own: `ask`, `deny`, or (`auto`) ask where somebody sits before the session, and deny where nobody does.",
        why: "An error never allows anything. In the mode `observe` nothing is said even then.",
    },
    Key {
        path: "brain.learn",
        kind: Kind::Switch,
        default: Some("true"),
        example: "false",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether what you answer at prompts is learned from.",
        why: "What was learned is gone by only where the gate's mode is `auto`; in all others it is shown (`claudectl brain`). Switched off, what was learned is put away, and the log of answers stays.",
    },
    Key {
        path: "brain.wrong_at_most_pct",
        kind: Kind::Number { above: true, max: 20.0, unit: "percent" },
        default: Some("5.0"),
        example: "1.0",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many in a hundred calls that are answered without asking you may be answered otherwise than you would.",
        why: "Nothing is answered before your answers have proven it, whichever moment one looks at: with 5 that takes some 80 answers without a single other one, with 1 some 420. One answer that is other begins that anew.",
    },
    Key {
        path: "brain.briefing",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether a session is told at its start what is known of its project (`claudectl brain briefing`).",
        why: "It is text in an agent's context, so it is off until you want it. It is made of your answers and of results of past calls, in words of claudectl's own; it gives no permission.",
    },
    Key {
        path: "llm.url",
        kind: Kind::Endpoint,
        default: None,
        example: "\"http://127.0.0.1:11434\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Where the server of the model is: Ollama, llama.cpp, vLLM, LM Studio, or another that speaks as one of them.",
        why: "Nothing is asked unless this or `llm.model` is set; where only that is, this is http://127.0.0.1:11434. Only this machine is asked, unless `llm.allow_remote`.",
    },
    Key {
        path: "llm.model",
        kind: Kind::Name,
        default: None,
        example: "\"qwen3:8b\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The model, by the name that the server knows it by; `claudectl doctor` lists those it has.",
        why: "A small one explains well enough, and misses what is dangerous: `claudectl doctor` shows it a call that is known to be bad.",
    },
    Key {
        path: "llm.protocol",
        kind: Kind::Choice(PROTOCOLS),
        default: Some("\"auto\""),
        example: "\"openai\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What the server speaks: `/v1/chat/completions` (`openai`), Ollama's `/api/chat` (`ollama`), or whichever it has (`auto`).",
        why: "It is found out by what the server lists.",
    },
    Key {
        path: "llm.timeout",
        kind: Kind::Span,
        default: Some("\"5s\""),
        example: "\"20s\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How long one question may take, with all that is tried again: from 1s to 10m.",
        why: "A model that is loaded from disk with the first question takes longer for it. No hook ever waits for a model.",
    },
    Key {
        path: "llm.token_env",
        kind: Kind::Variable,
        default: None,
        example: "\"LLM_KEY\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The variable of the environment that holds the server's key, which is sent as the bearer's.",
        why: "The key itself stands in no file. A pass that a hook has started has no environment, and asks nothing then; one of `claudectl up` or of the dashboard has yours.",
    },
    Key {
        path: "llm.allow_remote",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether the server may be on another machine, by https alone.",
        why: "Your messages and the inputs of tools go there: redacted, but they are yours.",
    },
    Key {
        path: "llm.annotate",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether passes in the background ask the model about calls that the gate has asked you about.",
        why: "What it says stands in `claudectl gate log` and `claudectl brain review`, marked as the model's. Nothing goes by it.",
    },
    Key {
        path: "approvals.headless",
        kind: Kind::Choice(HEADLESS),
        default: Some("\"deny\""),
        example: "\"defer\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What becomes of a call that asks in a run without a terminal (`claude -p`): it is denied, or the run ends at the call (`defer`), so that `claudectl approve` and `claude -p --resume` take it up again.",
        why: "Nobody is there to be asked. A run that ends so says `tool_deferred`; what starts it has to expect that.",
    },
    Key {
        path: "approvals.wait",
        kind: Kind::Span,
        default: Some("\"8h\""),
        example: "\"1h\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How long a prompt can be answered from elsewhere; after that only at its own terminal.",
        why: "As long, a process of about a megabyte waits beside the prompt. `claudectl init` writes 12 hours into Claude Code's settings as the most that it lets a hook wait.",
    },
    Key {
        path: "approvals.subagents",
        kind: Kind::Span,
        default: Some("\"0s\""),
        example: "\"10m\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How long the prompt of a subagent in the background can be answered from elsewhere, before it is shown at its terminal.",
        why: "Claude Code opens the dialog of such a call only when nothing of ours waits any more, so for that long nothing is to be seen there. The prompt of a subagent that the session waits for is shown at once, and goes by approvals.wait.",
    },
    Key {
        path: "approvals.always_for",
        kind: Kind::Span,
        default: Some("\"30d\""),
        example: "\"7d\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How long `claudectl approve --always` allows exactly the same call.",
        why: "It is a grant of yours (`claudectl rules ls`), and never a rule in Claude Code's settings.",
    },
    Key {
        path: "retention.responses_days",
        kind: DAYS,
        default: Some("180"),
        example: "365",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many days the rows of single responses are kept; 0 keeps them forever.",
        why: "Totals per day, project and model are kept forever; only the detail goes.",
    },
    Key {
        path: "retention.sessions_days",
        kind: DAYS,
        default: Some("0"),
        example: "365",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many days finished sessions stay in the history; 0 keeps them forever.",
        why: "Claude Code deletes its transcripts after 30 days; the history here outlives them.",
    },
    Key {
        path: "retention.digests_days",
        kind: DAYS,
        default: Some("180"),
        example: "365",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many days the digests of transcripts (prompts, tool calls, changed files) are kept; 0 keeps them forever.",
        why: "Claude Code deletes its transcripts after 30 days; what a digest says is then known from nowhere else, and shown as unknown without it. That of a session which `sessions_days` no longer keeps goes with it.",
    },
    Key {
        path: "retention.events_days",
        kind: DAYS,
        default: Some("90"),
        example: "365",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many days hook calls (which tool, when, a redacted line and a hash of its input) and what the status line was told are kept; 0 keeps them forever.",
        why: "They say what a session was doing, and are many: one or two for each tool call.",
    },
    Key {
        path: "retention.search_days",
        kind: DAYS,
        default: Some("365"),
        example: "90",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How many days the texts of a transcript that is gone stay searchable, counted from its last row; 0 keeps them forever.",
        why: "Claude Code deletes its transcripts after 30 days, and what was said in them is then known from nowhere else. They are kept redacted and compressed. Those of a session which `sessions_days` no longer keeps go with it; those of a transcript that is there stay with it.",
    },
    Key {
        path: "notify.bell",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Ring the bell of the terminal that `claudectl up` or the dashboard runs in.",
        why: "Terminals may flash, or mark their tab, in place of a sound.",
    },
    Key {
        path: "notify.osc9",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Show notices by the terminal's escape sequence OSC 9.",
        why: "Known to iTerm2, Windows Terminal, WezTerm, Ghostty and kitty; it also works over SSH.",
    },
    Key {
        path: "notify.osc777",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Show notices by the terminal's escape sequence OSC 777.",
        why: "Known to foot, rxvt, WezTerm and Ghostty; it also works over SSH.",
    },
    Key {
        path: "notify.desktop",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Show notices on the desktop.",
        why: "By `notify-send`, on macOS by `osascript`; `claudectl notify test desktop` says whether that works.",
    },
    Key {
        path: "notify.events",
        kind: Kind::Words(EVENTS),
        default: Some(
            "[\"on_needs_input\", \"on_error\", \"on_budget_exceeded\", \"on_quota_high\", \"on_trigger\", \"on_gate_alarm\"]",
        ),
        example: "[\"on_needs_input\", \"on_waiting\", \"on_finished\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What is told, unless a webhook or hook has its own list.",
        why: "`on_waiting` is each end of a turn; `on_status_change` is every change of every session; `on_gate_alarm` says that the guard before a session's calls is not there, fails, or was passed by.",
    },
    Key {
        path: "notify.statuses",
        kind: Kind::Words(STATES),
        default: Some("[]"),
        example: "[\"needs-permission\", \"needs-answer\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Only notices of sessions in these states; empty: in all.",
        why: "Together with `on_status_change` it picks the changes worth telling.",
    },
    Key {
        path: "notify.projects",
        kind: Kind::Names,
        default: Some("[]"),
        example: "[\"shop\", \"~/work\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Only notices of these projects, by name or by folder; empty: of all.",
        why: "A folder means all below it. What is of no session, as a day's budget, is told all the same.",
    },
    Key {
        path: "notify.projects_exclude",
        kind: Kind::Names,
        default: Some("[]"),
        example: "[\"scratch\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "No notices of these projects, by name or by folder.",
        why: "As for `projects`.",
    },
    Key {
        path: "notify.cooldown",
        kind: Kind::Span,
        default: Some("\"30s\""),
        example: "\"2m\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "After a notice, the same event of the same session is not told again for so long.",
        why: "What still waits when the time is over is told then, so that nothing is lost that matters.",
    },
    Key {
        path: "notify.min_wait",
        kind: Kind::Span,
        default: Some("\"0s\""),
        example: "\"20s\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What lasts is told once it has lasted so long.",
        why: "Whoever sits before the terminal has answered by then. A prompt whose call is not known yet is told as soon as it is, after 2 seconds without.",
    },
    Key {
        path: "notify.quiet_hours",
        kind: Kind::Hours,
        default: None,
        example: "\"22:00-07:00\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Hours in which nothing is told, in `general.timezone`.",
        why: "What still waits at their end is told then. A webhook or hook with `quiet = false` tells at all hours.",
    },
    Key {
        path: "notify.inferred",
        kind: Kind::Switch,
        default: Some("false"),
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Tell guesses, too.",
        why: "Some states are only inferred from a transcript, and a guess that is wrong costs a look.",
    },
    Key {
        path: "notify.waiting_at_start",
        kind: Kind::Switch,
        default: Some("true"),
        example: "false",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What waits for you already when `claudectl up` or the dashboard begins is told.",
        why: "Once, whoever began before. Of nothing else that was so before is anything told.",
    },
    Key {
        path: "notify.quota_pct",
        kind: PERCENT,
        default: Some("80"),
        example: "90",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The use of an account's limit at which `on_quota_high` tells.",
        why: "As Claude Code's status line was told; see `claudectl spend`.",
    },
    Key {
        path: "webhooks.*.url",
        kind: Kind::Url,
        default: None,
        example: "\"https://hooks.example/T0/B0/x\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Where it is sent.",
        why: "Shown without its path everywhere, because that is often all that keeps others out. Redirects are not followed, and no proxy is used.",
    },
    Key {
        path: "webhooks.*.preset",
        kind: Kind::Choice(PRESETS),
        default: None,
        example: "\"slack\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How it is written: `json` unless set, or for a chat.",
        why: "`json` is `type`, `timestamp` and the notice as `data`. An `ntfy` address ends in the topic.",
    },
    Key {
        path: "webhooks.*.secret",
        kind: Kind::Secret,
        default: None,
        example: "\"whsec_bm90LWEtc2VjcmV0LWF0LWFsbA==\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Signs it, as Standard Webhooks have it: `webhook-id`, `webhook-timestamp`, `webhook-signature`.",
        why: "Beginning with `whsec_` it goes on in base64; anything else is taken as it is. Never shown.",
    },
    Key {
        path: "webhooks.*.secret_file",
        kind: Kind::File,
        default: None,
        example: "\"~/.config/claudectl/webhook.secret\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "A file that holds the secret; it goes before `secret`.",
        why: "So that the configuration can be shared.",
    },
    Key {
        path: "webhooks.*.token",
        kind: Kind::Secret,
        default: None,
        example: "\"tk_example\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Sent as `Authorization: Bearer`.",
        why: "For ntfy topics and receivers of your own. Never shown.",
    },
    Key {
        path: "webhooks.*.token_file",
        kind: Kind::File,
        default: None,
        example: "\"~/.config/claudectl/webhook.token\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "A file that holds the token; it goes before `token`.",
        why: "As for `secret_file`.",
    },
    Key {
        path: "webhooks.*.events",
        kind: Kind::Words(EVENTS),
        default: None,
        example: "[\"on_needs_input\", \"on_finished\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What this webhook is told.",
        why: "The list of `[notify]`, unless set.",
    },
    Key {
        path: "webhooks.*.statuses",
        kind: Kind::Words(STATES),
        default: None,
        example: "[\"error\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Only of sessions in these states.",
        why: "As in `[notify]`, unless set.",
    },
    Key {
        path: "webhooks.*.projects",
        kind: Kind::Names,
        default: None,
        example: "[\"shop\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Only of these projects, by name or by folder.",
        why: "As in `[notify]`, unless set.",
    },
    Key {
        path: "webhooks.*.projects_exclude",
        kind: Kind::Names,
        default: None,
        example: "[\"scratch\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Not of these projects.",
        why: "As in `[notify]`, unless set.",
    },
    Key {
        path: "webhooks.*.cooldown",
        kind: Kind::Span,
        default: None,
        example: "\"5m\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "After a notice, the same event of the same session is not told again for so long.",
        why: "As in `[notify]`, unless set.",
    },
    Key {
        path: "webhooks.*.min_wait",
        kind: Kind::Span,
        default: None,
        example: "\"60s\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What lasts is told once it has lasted so long.",
        why: "As in `[notify]`, unless set.",
    },
    Key {
        path: "webhooks.*.quiet",
        kind: Kind::Switch,
        default: None,
        example: "false",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether `notify.quiet_hours` hold for it.",
        why: "They do, unless set.",
    },
    Key {
        path: "hooks.*.run",
        kind: Kind::Argv,
        default: None,
        example: "[\"notify-me\", \"--about\", \"{project}\", \"{title}\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "The program to run, and its arguments: a list, never a line for a shell.",
        why: "Fields in braces are replaced within their argument, so no name can become a command: `event`, `id`, `at`, `title`, `text`, `session_id`, `name`, `project`, `cwd`, `branch`, `model`, `pid`, `status`, `old_status`, `new_status`, `source`, `detail`, `cost`, `context_pct`, `tokens_in`, `tokens_out`, `elapsed`. The same stand in its environment (`CLAUDECTL_EVENT`, `CLAUDECTL_TITLE`, …), and as JSON on its standard input; of your environment it gets `PATH` and `HOME`.",
    },
    Key {
        path: "hooks.*.timeout",
        kind: Kind::Span,
        default: None,
        example: "\"10s\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "How long it may run.",
        why: "30 seconds unless set; then it is ended with all that it has started. It is not run again.",
    },
    Key {
        path: "hooks.*.events",
        kind: Kind::Words(EVENTS),
        default: None,
        example: "[\"on_needs_input\", \"on_finished\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What this hook is told.",
        why: "Unless set, the event that it is named after.",
    },
    Key {
        path: "hooks.*.statuses",
        kind: Kind::Words(STATES),
        default: None,
        example: "[\"error\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Only of sessions in these states.",
        why: "All, unless set.",
    },
    Key {
        path: "hooks.*.projects",
        kind: Kind::Names,
        default: None,
        example: "[\"shop\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Only of these projects, by name or by folder.",
        why: "All, unless set.",
    },
    Key {
        path: "hooks.*.projects_exclude",
        kind: Kind::Names,
        default: None,
        example: "[\"scratch\"]",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Not of these projects.",
        why: "None, unless set.",
    },
    Key {
        path: "hooks.*.cooldown",
        kind: Kind::Span,
        default: None,
        example: "\"5m\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "After a notice, the same event of the same session is not told again for so long.",
        why: "Not at all, unless set: a command may count on hearing of each.",
    },
    Key {
        path: "hooks.*.min_wait",
        kind: Kind::Span,
        default: None,
        example: "\"60s\"",
        project: Permission::Never,
        since: "0.1.0",
        doc: "What lasts is told once it has lasted so long.",
        why: "At once, unless set; a prompt whose call is not known yet as soon as it is, after 2 seconds without.",
    },
    Key {
        path: "hooks.*.quiet",
        kind: Kind::Switch,
        default: None,
        example: "true",
        project: Permission::Never,
        since: "0.1.0",
        doc: "Whether `notify.quiet_hours` hold for it.",
        why: "They do not, unless set.",
    },
];

/// A path of the table with an example of the name that a person chooses.
pub(crate) fn named(path: &str) -> String {
    let name = match path.split('.').next() {
        Some("webhooks") => "mine",
        Some("hooks") => "on_finished",
        _ => "\"model-id\"",
    };
    path.replace('*', name)
}

/// What a path means.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    /// A key that holds a value.
    Key(&'static Key),
    /// A section that holds keys.
    Section,
    /// Nothing claudectl knows.
    Unknown,
}

/// Look a path up; a name spelled out in the table wins over a `*`.
pub(crate) fn lookup(path: &KeyPath) -> Found {
    let literal = |pattern: &&Key| !pattern.path.contains('*');
    let hits = || KEYS.iter().filter(|key| matches(key.path, path.segments()));
    match hits().find(literal).or_else(|| hits().next()) {
        Some(key) => Found::Key(key),
        None if SECTIONS.iter().any(|s| matches(s.path, path.segments())) => Found::Section,
        None => Found::Unknown,
    }
}

/// The keys directly in a section.
pub(crate) fn in_section(section: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.section() == section)
}

fn matches(pattern: &str, path: &[String]) -> bool {
    let mut parts = pattern.split('.');
    path.iter().all(|name| parts.next().is_some_and(|part| part == "*" || part == name))
        && parts.next().is_none()
}

/// A concrete path: `prices."claude-opus-4-6".input`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct KeyPath(Vec<String>);

impl KeyPath {
    /// A path of these names.
    pub(crate) fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        KeyPath(names.into_iter().map(Into::into).collect())
    }

    /// The names, outermost first.
    pub(crate) fn segments(&self) -> &[String] {
        &self.0
    }

    /// This path with one more name.
    pub(crate) fn child(&self, name: &str) -> Self {
        let mut names = self.0.clone();
        names.push(name.to_owned());
        KeyPath(names)
    }

    /// The path without its last name.
    pub(crate) fn parent(&self) -> Self {
        KeyPath(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// The last name.
    pub(crate) fn leaf(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// The name standing for the `*` of the table path, if it has one.
    pub(crate) fn chosen(&self) -> &str {
        self.0.get(1).map_or("", String::as_str)
    }

    /// Read a path as typed on a command line.
    ///
    /// TOML quoting is understood, and since shells eat quotes, the dots of a model id may also stand bare:
    /// `prices.gpt-5.1.input` is the `input` of `gpt-5.1`.
    pub(crate) fn parse(text: &str) -> Self {
        let exact = match toml_edit::Key::parse(text) {
            Ok(keys) => KeyPath::new(keys.iter().map(toml_edit::Key::get)),
            Err(_) => KeyPath::new(text.split('.')),
        };
        if !matches!(lookup(&exact), Found::Unknown) {
            return exact;
        }
        let bare = KeyPath::new(text.split('.'));
        let table = KEYS.iter().map(|k| k.path).chain(SECTIONS.iter().map(|s| s.path));
        // The most specific pattern: `fast` in `prices.gpt-5.1.fast.input` is a section, not part of the id.
        table.filter_map(|pattern| bare.join_middle(pattern)).max_by_key(|path| path.0.len()).unwrap_or(exact)
    }

    /// Join the names in the middle so that the path fits a pattern with one `*`.
    fn join_middle(&self, pattern: &str) -> Option<Self> {
        let (head, tail) = pattern.split_once(".*")?;
        let tail: Vec<&str> = tail.split('.').skip(1).collect();
        let end = self.0.len().checked_sub(tail.len()).filter(|end| *end > 2)?;
        let fits = self.0[0] == head && self.0[end..].iter().eq(tail.iter());
        let names = [head.to_owned(), self.0[1..end].join(".")];
        fits.then(|| KeyPath::new(names.into_iter().chain(self.0[end..].iter().cloned())))
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            let dot = if i == 0 { "" } else { "." };
            write!(f, "{dot}{}", toml_edit::Key::new(name).display_repr())?;
        }
        Ok(())
    }
}
