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
