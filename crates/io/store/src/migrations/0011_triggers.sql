-- What triggers have done, each written before it was done: whoever leads next does not do it again.
CREATE TABLE trigger_deed (
    -- the trigger's name
    name    TEXT NOT NULL,
    session TEXT NOT NULL,
    -- which time for this session, from 1
    time    INTEGER NOT NULL,
    -- notify, send, pause or stop
    action  TEXT NOT NULL,
    -- what was sent, or told
    message TEXT,
    -- milliseconds since the epoch
    at      INTEGER NOT NULL,
    -- what came of it; none as long as nobody has said
    outcome TEXT,
    PRIMARY KEY (name, session, time)
) STRICT, WITHOUT ROWID;
