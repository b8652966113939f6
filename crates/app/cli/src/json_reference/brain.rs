//! Figures of the learner, and of other ways of answering.

use super::Field;

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
