-- What a person has allowed for a while, or stopped, by a command or a key: a rule as JSON of gate::rules::Rule.
CREATE TABLE gate_grant (
    -- never used again, so that a number that was read stays that grant's
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    rule    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    -- milliseconds since the epoch
    ends    INTEGER NOT NULL,
    -- when it was taken back
    revoked INTEGER
) STRICT;

-- Repositories whose code the person trusts, as long as they and their policies are what they were then.
CREATE TABLE gate_trust (
    root   TEXT PRIMARY KEY,
    -- what it was then: BLAKE3 of its policy's text, and which folder it is
    policy TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the gate said of a call: beside its event, and kept as long.
CREATE TABLE gate_decision (
    seq       INTEGER PRIMARY KEY REFERENCES hook_event (seq),
    verdict   TEXT NOT NULL,
    -- what the client was told of it; none for nothing
    said      TEXT,
    layer     TEXT NOT NULL,
    rule      TEXT,
    reason    TEXT NOT NULL,
    learnable INTEGER NOT NULL,
    -- what it does: words of effects and scopes
    effects   TEXT NOT NULL
) STRICT;
