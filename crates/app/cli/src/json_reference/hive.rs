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

const DETAIL: &[Field] = &[
    ("local_total", "number", "As in `hive convergence`, like all that is not named here."),
    ("peer_count", "number", "As there."),
    ("converged_count", "number", "As there."),
    ("median_ratio", "number?", "As there."),
    ("p10_ratio", "number?", "The ratio that nine of ten peers reach; null without peers."),
    ("peers[].peer_id", "string", "The peer's key."),
    ("peers[].local_total", "number", "As there."),
    ("peers[].units_sent", "number", "Units that it has acknowledged as they are here now."),
    ("peers[].ratio", "number", "As there."),
    ("peers[].last_sync_epoch", "number", "As there."),
    ("peers[].converged", "boolean", "As there."),
    ("peers[].name", "string", "What it is called here."),
    ("peers[].out.acknowledged", "number", "Versions it has acknowledged, those that take away included."),
    ("peers[].out.may_have", "number", "Versions that stand here and that it may have."),
    (
        "peers[].in.held",
        "number",
        "How many of those it holds were held here, too, when it last said what it holds.",
    ),
    ("peers[].in.theirs", "number", "How many it holds, by its own word."),
    (
        "peers[].lag_secs",
        "number?",
        "How long the oldest version waits that it has not acknowledged; null where none does.",
    ),
    ("peers[].identical", "boolean", "What it said last that it holds is what stands here now."),
    ("rarest[].id", "string", "One of the ten versions that the fewest peers have."),
    ("rarest[].kind", "string", "What kind of knowledge."),
    ("rarest[].about", "string", "What it is about."),
    ("rarest[].peers", "number", "How many peers have it."),
];

const ID: &[Field] = &[
    ("key", "string", "The key, as others give it to their commands."),
    ("fingerprint", "string", "160 bits of its hash, to be compared."),
    ("words", "string", "64 bits of its hash in four words, to be compared by voice."),
];

const PEERS: &[Field] = &[
    ("peers[].name", "string", "What the machine is called here."),
    ("peers[].key", "string", "Its key."),
    ("peers[].fingerprint", "string", "160 bits of its hash."),
    ("peers[].words", "string", "64 bits of its hash in four words."),
    ("peers[].added_at", "number", "When it became known here, in milliseconds since 1970."),
    ("peers[].last_sync", "number?", "When something was last exchanged with it; null if never."),
    ("peers[].syncs", "number", "How often."),
    ("peers[].sent_bytes", "number", "Bytes it was sent over a connection."),
    ("peers[].received_bytes", "number", "Bytes it sent over one."),
    ("peers[].roles[]", "string", "What it is in each hive, as in `member of home`."),
];

const MEMBERS: &[Field] = &[
    ("hive", "string", "The hive."),
    ("name", "string", "What it is called here."),
    ("members[].key", "string", "A machine that belongs, or did."),
    ("members[].words", "string", "64 bits of its key's hash in four words."),
    ("members[].name", "string", "What it is called in the hive."),
    ("members[].called", "string", "What it is called here."),
    ("members[].role", "string?", "`reader`, `member` or `owner`; null for one that is out."),
    ("members[].successor", "string?", "The key that took its place."),
    ("members[].is_me", "boolean", "It is this machine."),
];

const TAKEN: &[Field] = &[
    ("operations", "number", "Operations on members that were not known."),
    ("new", "number", "Versions that stand now where nothing stood."),
    ("newer", "number", "Versions that stand in place of older ones."),
    ("known", "number", "Versions that were known, or older than what stands."),
    ("held", "number", "Versions stamped too far ahead, put aside until they no longer are."),
    ("refused[].why", "string", "Why something was not taken."),
    ("refused[].count", "number", "How many things."),
    ("bad_lines", "number", "Lines that are none of a bundle."),
    ("bad[]", "string", "The first of them: file, line and why."),
    ("told_by", "number", "Machines of which it is known now what they hold."),
    ("offered[].hive", "string", "A hive that has this machine as a member and that it has not joined."),
    ("offered[].name", "string", "What it is called."),
];

const SYNC: &[Field] = &[
    ("operations", "number", "As in `hive import`, like all that is not named here."),
    ("new", "number", "As there."),
    ("newer", "number", "As there."),
    ("known", "number", "As there."),
    ("held", "number", "As there."),
    ("refused[].why", "string", "As there."),
    ("refused[].count", "number", "As there."),
    ("bad_lines", "number", "As there."),
    ("bad[]", "string", "As there."),
    ("told_by", "number", "As there."),
    ("offered[].hive", "string", "As there."),
    ("offered[].name", "string", "As there."),
    ("files", "number", "Files of other machines that were read."),
    ("file", "string", "The file that was written."),
    ("given.versions", "number", "Versions in it, which others lack."),
    ("given.operations", "number", "Operations on members in it."),
    ("given.bytes", "number", "Its size."),
];

pub(super) const DOCUMENTS: &[Document] = &[
    Document {
        commands: "claudectl hive convergence --json",
        about: "How close each peer is to having all that is known here; also printed by `claudectl hive --json`.",
        fields: CONVERGENCE,
    },
    Document {
        commands: "claudectl hive convergence --detail --json",
        about: "The same, with what this machine's own books say beyond it. As long as they know no other machine, only `p10_ratio` is added.",
        fields: DETAIL,
    },
    Document { commands: "claudectl hive id --json", about: "Who this machine is to others.", fields: ID },
    Document {
        commands: "claudectl hive create --json",
        about: "A hive that was founded.",
        fields: &[
            ("hive", "string", "The hive."),
            ("name", "string", "What it is called here."),
            ("as", "string", "What this machine is called in it."),
        ],
    },
    Document {
        commands: "claudectl hive peer ls --json",
        about: "Machines that are known here; also printed by `claudectl hive peer --json`.",
        fields: PEERS,
    },
    Document {
        commands: "claudectl hive peer add --json",
        about: "A machine that has a name here now.",
        fields: &[
            ("name", "string", "What it is called."),
            ("key", "string", "Its key."),
            ("words", "string", "64 bits of its hash in four words, to be compared by voice."),
        ],
    },
    Document {
        commands: "claudectl hive peer rm --json",
        about: "A machine that is known no more.",
        fields: &[("key", "string", "Its key."), ("forgotten", "boolean", "It was known.")],
    },
    Document {
        commands: "claudectl hive member ls --json",
        about: "Who belongs to a hive; what changes that prints the same.",
        fields: MEMBERS,
    },
    Document {
        commands: "claudectl hive export --output FILE --json",
        about: "What was written into a bundle.",
        fields: &[
            ("file", "string", "The bundle."),
            ("versions", "number", "Versions in it."),
            ("operations", "number", "Operations on members in it."),
            ("bytes", "number", "Its size."),
        ],
    },
    Document { commands: "claudectl hive import --json", about: "What was taken in.", fields: TAKEN },
    Document {
        commands: "claudectl hive sync --json",
        about: "What was taken in from a shared folder, and put there.",
        fields: SYNC,
    },
];
