-- What a language model said of a call that was asked about: beside its decision, and kept as long. It explains and warns;
-- nothing goes by it.
CREATE TABLE gate_note (
    seq     INTEGER PRIMARY KEY REFERENCES gate_decision (seq) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    -- which one, by the name that its server knows it by
    model   TEXT NOT NULL,
    -- what the call does, in its words; none where it had no opinion
    summary TEXT,
    -- what could go wrong, as a JSON list
    risks   TEXT NOT NULL,
    -- it would not run this
    warns   INTEGER NOT NULL,
    -- why it had no opinion
    why     TEXT
) STRICT;
