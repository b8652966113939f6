//! What commands of the hive print.

use super::{Document, Field};

const CONVERGENCE: &[Field] = &[
    ("local_total", "number", "Units of knowledge that are here now."),
    ("peer_count", "number", "Peers that something was sent to, or was to be."),
    ("converged_count", "number", "Those that have converged."),
    (
        "median_ratio",
        "number?",
        "The ratio in the middle, of an even number the mean of the two; null without peers.",
    ),
    ("peers[].peer_id", "string", "A peer. Those with the smallest ratio come first, equal ones by this."),
    ("peers[].local_total", "number", "As above."),
    ("peers[].units_sent", "number", "Units that were sent to it and are still here."),
    ("peers[].ratio", "number", "`units_sent` of `local_total`, between 0 and 1; 0 where nothing is here."),
    (
        "peers[].last_sync_epoch",
        "number",
        "When something was last sent, in seconds since 1970; 0 for never.",
    ),
    ("peers[].converged", "boolean", "The ratio is 0.9 or more."),
];

pub(super) const DOCUMENTS: &[Document] = &[Document {
    commands: "claudectl hive convergence --json",
    about: "How close each peer is to having all that is known here; also printed by `claudectl hive --json`.",
    fields: CONVERGENCE,
}];
