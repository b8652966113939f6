-- What was worth telling. The id is the same for the same fact, whoever finds it; `also` is another name of it.
CREATE TABLE notice (
    seq     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    also    TEXT,
    at      INTEGER NOT NULL,
    event   TEXT NOT NULL,
    -- empty where it is about none
    session TEXT NOT NULL,
    -- JSON of fleet::notice::Notice, redacted
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX notice_at ON notice (at);

-- What became of it at each sink: 'pending' until it was delivered, or given up.
CREATE TABLE delivery (
    notice   INTEGER NOT NULL REFERENCES notice (seq),
    sink     TEXT NOT NULL,
    state    TEXT NOT NULL,
    -- when it came into that state, milliseconds since the epoch
    at       INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    reason   TEXT,
    PRIMARY KEY (notice, sink)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_pending ON delivery (state) WHERE state = 'pending';
