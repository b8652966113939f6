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

const DISTILL: &[Field] = &[
    ("hive", "string", "What the hive is called here."),
    ("answers", "number", "Answers that were given here: one for each call."),
    ("dry_run", "boolean", "Nothing was said: `--dry-run`."),
    ("said[].id", "string", "The claim that is said anew, 64 hexadecimal digits."),
    ("said[].scope", "string", "Where it holds: `universal`, `language:NAME`, `project:NAME`."),
    ("said[].summary", "string", "What it says, in a line."),
    ("taken_back[].id", "string", "A claim that the answers no longer bear out."),
    ("taken_back[].scope", "string", "Where it held."),
    ("taken_back[].summary", "string", "What it said."),
    ("kept_back[].scope", "string", "Where what is not said would hold."),
    ("kept_back[].summary", "string", "What is not said."),
    ("kept_back[].why", "string", "Why."),
    ("unchanged", "number", "What is said already, just so."),
];

const LS: &[Field] = &[
    ("units[].id", "string", "The claim, 64 hexadecimal digits. Units come by weight, one's own first."),
    ("units[].kind", "string", "The kind: `pattern`, `tool_accuracy`, `skill`, ..."),
    ("units[].scope", "string", "Where it holds: `universal`, `language:NAME`, `project:NAME`."),
    ("units[].summary", "string", "What it says, in a line."),
    ("units[].author", "string", "Who says it, by key."),
    ("units[].author_name", "string", "What that machine is called here."),
    ("units[].agreed", "number?", "How often it was so."),
    ("units[].of", "number?", "Of how many; both are null for what nobody counts."),
    ("units[].said_at", "number", "When it was said last, in milliseconds since 1970."),
    ("units[].exposure", "string?", "`expose` or `hide`; null: not decided."),
    ("units[].is_own", "boolean", "This machine says it."),
    (
        "units[].tier",
        "string",
        "How far its author is trusted in this: `confirmed`, `suggested`, `unverified`, `ignored`.",
    ),
    (
        "units[].confidence",
        "number",
        "How sure it is at least, by how often it was so and by its age; 0 to 1.",
    ),
    ("units[].score", "number", "Its weight."),
    ("units[].stage", "string", "How far it has come here: `draft`, `canary`, `staged`, `live`."),
    ("units[].force", "string", "What it may do: `none`, `suggest`, `ask`, `deny`."),
    ("units[].stale", "boolean", "It was not said for longer than such knowledge holds."),
    (
        "out[].id",
        "string",
        "With `--all`: what is out of view. The keys up to `exposure` are those of `units[]`.",
    ),
    ("out[].kind", "string", "As above."),
    ("out[].scope", "string", "As above."),
    ("out[].summary", "string", "As above."),
    ("out[].author", "string", "As above."),
    ("out[].author_name", "string", "As above."),
    ("out[].agreed", "number?", "As above."),
    ("out[].of", "number?", "As above."),
    ("out[].said_at", "number", "As above."),
    ("out[].exposure", "string?", "As above."),
    (
        "out[].why",
        "string",
        "`scope`, `muted`, `refused`, `expired`, `ahead`, `frozen`, `ignored`, `draft`, `not_understood`, `again`, `shadowed` or `place`.",
    ),
    ("out_of_view", "number", "How many are out of view, with or without `--all`."),
];

const PREVIEW: &[Field] = &[
    ("for", "string?", "The key of the machine; null: all members of the hive."),
    ("ready", "number", "Units that leave with the next bundle, unless it is there already."),
    ("hidden", "number", "Those that would, were they exposed."),
    ("blocked", "number", "Those that stay here, exposed or not."),
    ("units[].id", "string", "A claim of this machine, 64 hexadecimal digits."),
    ("units[].scope", "string", "Where it holds."),
    ("units[].summary", "string", "What it says, in a line."),
    ("units[].state", "string", "`ready`, `hidden` or `blocked`."),
    ("units[].why", "string?", "Why it stays; null if it does not."),
];

const STATUS: &[Field] = &[
    ("key", "string", "The key of this machine."),
    ("words", "string", "Four words for it, for people."),
    ("share_mode", "string", "`manual`: nothing leaves that was not exposed."),
    ("peers", "number", "Other machines that are known here."),
    ("last_exchange", "number?", "When something was last exchanged, in milliseconds since 1970."),
    ("hives[].name", "string", "What a hive is called here."),
    ("hives[].hive", "string", "Its name among machines, 64 hexadecimal digits."),
    ("hives[].class", "string", "What all its members may know, by name."),
    ("hives[].role", "string?", "What this machine is in it: `owner`, `member`, `reader`; null: out of it."),
    ("hives[].members", "number", "Who belongs to it."),
    ("hives[].own", "number", "Units that this machine says there."),
    ("hives[].exposed", "number", "Those of them that were exposed."),
    ("hives[].hidden", "number", "Those of them that were hidden."),
    ("hives[].from_others", "number", "Units that others say."),
    ("hives[].not_understood", "number", "Units that cannot be read here; they are kept and passed on."),
];

const EXPOSE: &[Field] = &[
    ("exposed[]", "string", "Claims that may leave now."),
    ("blocked[].id", "string", "One of them that stays here all the same."),
    ("blocked[].summary", "string", "What it says."),
    ("blocked[].why", "string", "Why it stays."),
];

const HIDE: &[Field] = &[
    ("id", "string", "The claim."),
    ("hidden", "boolean", "It leaves no more: true."),
    ("was_given", "boolean", "It stood in a bundle that others may have read."),
];

const MUTE: &[Field] = &[
    ("id", "string", "The claim."),
    ("muted", "boolean", "It is out of view; also printed by `claudectl hive unmute ID --json`, with false."),
];

const FORGET: &[Field] = &[
    ("id", "string", "The claim."),
    ("forgotten", "boolean", "It is taken back and not said again; false with `--undo`."),
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
        commands: "claudectl hive distill --json",
        about: "What was made of the answers that were given here.",
        fields: DISTILL,
    },
    Document {
        commands: "claudectl hive ls --json",
        about: "What is known here, the weightiest first.",
        fields: LS,
    },
    Document {
        commands: "claudectl hive preview --json",
        about: "What of this machine would leave it, and what stays and why.",
        fields: PREVIEW,
    },
    Document {
        commands: "claudectl hive status --json",
        about: "What this machine is, and how much is known and shared in each hive.",
        fields: STATUS,
    },
    Document {
        commands: "claudectl hive expose ID --json",
        about: "What may leave from now on.",
        fields: EXPOSE,
    },
    Document { commands: "claudectl hive hide ID --json", about: "What leaves no more.", fields: HIDE },
    Document { commands: "claudectl hive mute ID --json", about: "What is out of view.", fields: MUTE },
    Document { commands: "claudectl hive forget ID --json", about: "What was taken back.", fields: FORGET },
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
    Document {
        commands: "claudectl hive leave NAME --json",
        about: "A hive that was left.",
        fields: &[
            ("name", "string", "What it was called here."),
            ("left", "boolean", "This machine belongs to it no more: true."),
            ("operations", "number", "Operations on members in the bundle that was written; 0 without one."),
        ],
    },
    Document {
        commands: "claudectl hive rotate --json",
        about: "The new key of this machine.",
        fields: &[
            ("old", "string", "The key that it had."),
            ("key", "string", "The key that it has."),
            ("fingerprint", "string", "160 bits of its hash."),
            ("words", "string", "64 bits of its hash in four words."),
        ],
    },
];
