-- How far each day of the journal has been taken in: in the same transaction as what was taken, so that an
-- event is here once, whoever is killed when.
CREATE TABLE journal_day (
    name   TEXT PRIMARY KEY,
    offset INTEGER NOT NULL,
    -- a fingerprint of what stands before that: in a file that was made anew, something else does
    anchor INTEGER NOT NULL,
    -- records that could not be read
    torn   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Sessions that hooks told of, and what their calls add up to: JSON of fleet::hooks::Activity.
CREATE TABLE hook_session (
    id       INTEGER PRIMARY KEY,
    sid      TEXT NOT NULL UNIQUE,
    last_at  INTEGER NOT NULL,
    activity TEXT NOT NULL,
    -- the client that runs it, as far as hooks tell: its number and its start; none once it has ended
    pid      INTEGER,
    start    INTEGER
) STRICT;
CREATE INDEX hook_session_last ON hook_session (last_at);
CREATE INDEX hook_session_client ON hook_session (last_at, pid, start, sid) WHERE pid IS NOT NULL;

-- One hook call. Inputs are a redacted line and a hash, responses and prompts are not kept.
CREATE TABLE hook_event (
    seq     INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    session INTEGER NOT NULL REFERENCES hook_session (id),
    event   TEXT NOT NULL,
    agent   TEXT,
    tool    TEXT,
    call    TEXT,
    summary TEXT,
    -- BLAKE3 of the input's JSON as the client sent it, the first 128 bits
    hash    BLOB,
    bytes   INTEGER,
    kind    TEXT,
    text    TEXT,
    mode    TEXT
) STRICT;
CREATE INDEX hook_event_session ON hook_event (session, seq);

-- What the status line was told last: exact cost and context size, by session. JSON of fleet::reading::Reading.
CREATE TABLE reading (
    sid      TEXT PRIMARY KEY,
    at       INTEGER NOT NULL,
    -- when its file had changed last when it was read, nanoseconds since the epoch
    file_ns  INTEGER NOT NULL,
    reading  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The account's limits, as they were told: a row each time that a figure changed.
CREATE TABLE quota (
    -- clocks jump: the last row is the one that was taken in last
    seq       INTEGER PRIMARY KEY,
    window    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    -- percent used
    used      REAL NOT NULL,
    -- milliseconds since the epoch
    resets_at INTEGER
) STRICT;
CREATE INDEX quota_window ON quota (window, seq);

-- The rules of folding have changed: no inode is 0, so every transcript that is still there is folded anew.
UPDATE digest SET ino = 0;
