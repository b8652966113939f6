-- Sessions that the published tool had noted (its history.csv). They have no ids, so they stand apart from the ledger,
-- and no total counts them. Every process that watched a session wrote a row of it: what is the same but for the time
-- is one.
CREATE TABLE noted_session (
    id       INTEGER PRIMARY KEY,
    -- as it was written, and milliseconds since the epoch where that can be read
    written  TEXT NOT NULL,
    at       INTEGER,
    pid      INTEGER NOT NULL,
    project  TEXT NOT NULL,
    model    TEXT NOT NULL,
    seconds  INTEGER NOT NULL,
    input    INTEGER NOT NULL,
    output   INTEGER NOT NULL,
    usd_pico INTEGER NOT NULL,
    UNIQUE (pid, project, model, input, output, usd_pico)
) STRICT;
