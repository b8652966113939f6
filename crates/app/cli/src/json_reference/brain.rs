//! What commands of the brain print.

use super::{Document, Field, TIME};

/// What is thought of a call.
pub(super) const THOUGHT: &[Field] = &[
    ("p", "number", "How likely you want it, between 0 and 1."),
    ("low", "number", "At least, going by what was lately answered to calls of its group."),
    ("high", "number", "At most."),
    ("allowed", "number", "How often you allowed the very same in this project; older answers count less."),
    ("denied", "number", "How often you denied it."),
    ("opinion", "string", "What would be done about it in the mode `auto`: `allow`, `deny` or `ask`."),
    (
        "why",
        "string",
        "Only where it asks: `new`, `unsure`, `unproven`, `drift` (you have lately answered otherwise), `audit` (one in fifty asks all the same), `barred` (a call of this session was changed after it had been judged).",
    ),
    ("model", "string", "What it was thought by: the same for the same answers."),
    ("trials", "integer", "Answers of yours that such opinions were held against."),
    ("errors", "integer", "Those that were other."),
    ("alpha", "number", "So large a share of them may be wrong."),
    ("delta", "number", "So likely is it that more are."),
];

pub(super) const DOCUMENTS: &[Document] = &[
    Document {
        commands: "claudectl brain status --json",
        about: "What was learned; also printed by `claudectl brain --json`. What the model says is null as long as there is none.",
        fields: &[
            ("learns", "boolean", "Answers are learned from (`brain.learn`)."),
            ("mode", "string", "The gate's mode: `auto` goes by what was learned."),
            ("answers", "integer", "Answers that are known."),
            (
                "by_source[].source",
                "string",
                "Where they come from: `prompt`, `always`, `audit`, `correction`, `reverted`, `interrupted` or `imported`.",
            ),
            ("by_source[].wanted", "boolean", "You wanted the call to run."),
            ("by_source[].count", "integer", "How many."),
            ("learned", "integer?", "Those that were learned: of calls that the gate may learn from."),
            ("alpha", "number", "So large a share of silent answers may be wrong."),
            ("delta", "number", "So likely is it that more are."),
            ("fewest", "integer", "So many answers without a single other one prove it."),
            ("changes", "integer?", "How often you have come to want something else, over all projects."),
            ("groups[].group", "string", "`shell`, `edit`, `other`, or `all` of them together."),
            ("groups[].allow.proven", "boolean", "Calls of it may be allowed without a question."),
            ("groups[].allow.share", "number", "How far that is proven, between 0 and 1."),
            ("groups[].allow.trials", "integer", "Answers that it was held against."),
            ("groups[].allow.errors", "integer", "Those that were other."),
            ("groups[].deny.proven", "boolean", "Calls of it may be denied without a question."),
            ("groups[].deny.share", "number", "How far that is proven, between 0 and 1."),
            ("groups[].deny.trials", "integer", "Answers that it was held against."),
            ("groups[].deny.errors", "integer", "Those that were other."),
        ],
    },
    Document {
        commands: "claudectl brain learn --history --json",
        about: "What past sessions tell.",
        fields: &[
            ("transcripts", "integer", "Transcripts that were read."),
            ("calls", "integer", "Calls in them."),
            ("learnable", "integer", "Those that the gate would ask about now, and may learn from."),
            ("unreadable", "integer", "Lines that are no rows."),
            ("answers[].source", "string", "Where answers come from."),
            ("answers[].wanted", "integer", "Of calls that you wanted to run."),
            ("answers[].unwanted", "integer", "Of others."),
            ("new", "integer?", "Those that were not known; null with `--dry-run`."),
            ("learned", "integer", "Answers that were learned."),
        ],
    },
    Document {
        commands: "claudectl brain query --json",
        about: "What is thought of a call.",
        fields: &[
            ("features[].name", "string", "What is known of the call; redacted."),
            ("features[].adds", "number", "What that says, in logits: above zero for it, below against."),
            ("neighbours[].at", TIME, "When a call of the same kind was made here, the latest first."),
            ("neighbours[].session", "string", "Its session."),
            ("neighbours[].tool_use_id", "string?", "Its id."),
            ("neighbours[].summary", "string", "What it is about; redacted."),
            ("neighbours[].source", "string", "Where the answer comes from."),
            ("neighbours[].wanted", "boolean", "You wanted it to run."),
            ("model", "string?", "What it was thought by; null where nothing was learned."),
        ],
    },
    Document {
        commands: "claudectl brain review --json",
        about: "An array of decisions that are worth a look, what matters most first.",
        fields: &[
            ("[].at", TIME, "When."),
            ("[].session", "string", "The session."),
            ("[].tool_use_id", "string?", "The call's id."),
            ("[].tool", "string", "The tool."),
            ("[].summary", "string", "What the call is about; redacted."),
            ("[].project", "string", "The folder of its project."),
            ("[].verdict", "string", "What the gate said."),
            ("[].layer", "string", "By what: `learned` for what was answered without you."),
            ("[].reason", "string", "Why."),
            ("[].outcome", "string?", "What became of it, as in `gate log`."),
            ("[].wanted", "boolean?", "What you answered; null where you were not asked."),
        ],
    },
    Document {
        commands: "claudectl brain stats --json",
        about: "The figure that counts of each metric; `docs/brain-metrics.md` has their formulas. `claudectl brain stats NAME --json` has all of one.",
        fields: &[
            ("answers", "integer", "Answers that were counted."),
            ("calls", "integer", "Calls that were counted."),
            ("unreadable", "integer", "Answers that cannot be read: another version has kept them."),
            ("metrics[].name", "string", "The metric."),
            ("metrics[].about", "string", "What it tells."),
        ],
    },
    Document {
        commands: "claudectl brain stats NAME --json",
        about: "A metric. All have the same keys; which figures, parts, curves and cases there are is told in `docs/brain-metrics.md`.",
        fields: &[("name", "string", "The metric.")],
    },
    Document {
        commands: "claudectl brain outcomes --json",
        about: "What became of calls, in the keys of a metric.",
        fields: &[],
    },
    Document {
        commands: "claudectl brain approaches --json",
        about: "Which ways succeed, in the keys of a metric: a part for each purpose.",
        fields: &[],
    },
    Document {
        commands: "claudectl brain review --correct CALL --json",
        about: "What was corrected.",
        fields: &[
            ("tool_use_id", "string?", "The call's id."),
            ("wanted", "boolean", "You wanted it to run."),
        ],
    },
    Document {
        commands: "claudectl brain forget --yes --json",
        about: "What was forgotten.",
        fields: &[("forgotten", "integer", "Answers.")],
    },
];

/// One number, with where it comes from.
pub(super) const FIGURE: &[Field] = &[
    ("name", "string", "Its name, as in `docs/brain-metrics.md`."),
    (
        "unit",
        "string",
        "What its value is: `share` (between 0 and 1), `count`, `loss`, `milliseconds`, `microseconds`, `usd` or `moment` (milliseconds since the epoch).",
    ),
    ("value", "number?", "Its value; null where it is not known, as of too few."),
    ("count", "integer?", "How many were counted, of a share."),
    ("of", "integer?", "Of how many."),
    ("low", "number?", "No less: of a share at 95 % (Wilson), of times and dollars a quarter of them."),
    ("high", "number?", "No more; of times and dollars three quarters of them."),
];

/// Of every metric.
pub(super) const METRIC: &[Field] = &[
    ("answers", "integer", "Answers that were counted."),
    ("calls", "integer", "Calls that were counted."),
    ("unreadable", "integer", "Answers that cannot be read: another version has kept them."),
    ("parts[].by", "string", "What the rows are told by."),
    ("parts[].rows[].label", "string", "What a row is about; redacted. Of a week, when it began."),
    ("curves[].name", "string", "What its values are."),
    ("curves[].unit", "string", "As of figures."),
    (
        "curves[].points[].x",
        "number",
        "Where it is: until which answer, in which week, or of `reliability`, how likely it was said to be on average.",
    ),
    ("curves[].points[].at", "time?", "When it begins; null where it is none of time."),
    ("curves[].points[].value", "number?", "Its value; null where there was too little."),
    ("curves[].points[].low", "number?", "No less, of a share (95 %)."),
    ("curves[].points[].high", "number?", "No more."),
    ("curves[].points[].of", "integer", "Of how many."),
    ("cases[].at", "time?", "When a call that is worth a look was made."),
    ("cases[].session", "string", "Its session."),
    ("cases[].tool_use_id", "string?", "Its id."),
    ("cases[].tool", "string", "The tool."),
    ("cases[].summary", "string", "What it is about; redacted."),
    ("cases[].what", "string", "What it is a case of."),
    ("cases[].p", "number?", "How likely it was thought to be wanted."),
    ("cases[].after_ms", "integer?", "How long it took until you said otherwise, in milliseconds."),
    ("unknown[]", "string", "What the metric cannot tell."),
];

/// Of one way.
pub(super) const FIGURES: &[Field] = &[
    ("calls", "number", "How many calls there were; of `gated`, those that the gate leaves to be learned."),
    ("log_loss", "number?", "Mean of `-ln` of what was said of the answer that came."),
    ("brier", "number?", "Mean squared distance from the answer."),
    ("ece", "number?", "Expected calibration error, less what chance makes of it."),
    ("aurc", "number?", "Area under the curve of risk over coverage."),
    ("auto_answered", "number?", "The share of calls that it answered by itself."),
    ("auto_allowed", "number", "How many of them ran."),
    ("auto_denied", "number", "How many were refused."),
    ("false_allows", "number", "Ran, and were not wanted."),
    ("false_denies", "number", "Were refused, and were wanted."),
    ("critical_allowed", "number", "Ran, and must never run without a question."),
    ("asks_per_100", "number?", "Questions for each hundred calls."),
    ("labels", "number", "Answers that it got."),
    (
        "labels_to_half",
        "number?",
        "The fewest answers until half of the next 200 calls were its own; null: never. Of several streams, the slowest.",
    ),
    ("risk_coverage[].coverage", "number", "The share of calls that it is surest of."),
    ("risk_coverage[].risk", "number", "The share of these that it would get wrong."),
];

pub(super) const EVALUATION: &[Field] = &[
    ("alpha", "number", "So large a share of what runs without a question may be unwanted."),
    ("delta", "number", "So likely is it that this is believed of something that is worse."),
    ("learner", "object?", "The learner, on all streams; null without one."),
    ("gated", "object?", "The same on calls that the gate leaves to be learned."),
    ("baselines", "object?", "Simpler ways, by their names."),
    ("streams[].stream", "string", "The file, or what made-up people are like."),
    ("suite", "object?", "The suite that was judged; null without one."),
    ("suite.file", "string", "Its file."),
    ("suite.cases", "number", "Its calls."),
    ("suite.passed", "number", "Those that got the verdict that they were to get."),
    ("suite.false_allows", "number", "Those that ran, and should not."),
    ("suite.cost", "number", "What all errors cost."),
    ("suite.failed[].number", "number", "Which call, from 1 on."),
    ("suite.failed[].tool", "string", "Its tool."),
    ("suite.failed[].expected", "string", "`allow`, `ask` or `deny`."),
    ("suite.failed[].got", "string", "Likewise."),
    ("suite.failed[].reason", "string", "Why."),
    (
        "suite.failed[].cost",
        "number",
        "A question too many 1, a refusal too many 2, what runs and was to be asked about 10, or to be denied 50.",
    ),
];
