-- The ledger, and what is known of sessions beyond the life of their transcripts.
-- Never edited after it has landed: later changes are later files.

-- Facts about this store itself, by name.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE model (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE session (
    id              INTEGER PRIMARY KEY,
    sid             TEXT NOT NULL UNIQUE,
    -- 3 a person's name, 2 an agent's, 1 a model's, 0 a summary
    name_rank       INTEGER,
    name            TEXT,
    first_cwd       TEXT,
    cwd             TEXT,
    branch          TEXT,
    version         TEXT,
    model           TEXT,
    context_tokens  INTEGER,
    largest_context INTEGER,
    -- milliseconds since the epoch
    first_at        INTEGER,
    last_at         INTEGER,
    -- Claude Code's own account of the cost, USD
    reported_usd    REAL
) STRICT;

CREATE TABLE agent (
    id          INTEGER PRIMARY KEY,
    aid         TEXT NOT NULL UNIQUE,
    session     INTEGER NOT NULL,
    kind        TEXT,
    description TEXT,
    finished    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX agent_session ON agent (session);

-- Transcripts, and how far each has been read. Times in nanoseconds, but for born_ms.
CREATE TABLE file (
    id       INTEGER PRIMARY KEY,
    path     BLOB NOT NULL UNIQUE,
    session  INTEGER NOT NULL,
    agent    INTEGER NOT NULL,
    born_ms  INTEGER NOT NULL,
    dev      INTEGER NOT NULL,
    ino      INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    -- read up to here; hashes of the first bytes and of those before the offset
    offset   INTEGER NOT NULL,
    head     INTEGER NOT NULL,
    anchor   INTEGER NOT NULL,
    -- lines that were no rows
    skipped  INTEGER NOT NULL
) STRICT;
CREATE INDEX file_session ON file (session);

-- One API response, billed once. key is the hash of message.id.
CREATE TABLE response (
    key            INTEGER PRIMARY KEY,
    at             INTEGER NOT NULL,
    born           INTEGER NOT NULL,
    session        INTEGER NOT NULL,
    agent          INTEGER NOT NULL,
    model          INTEGER NOT NULL,
    -- bits 0-1 claim, 2 ended, 8-15 kind
    flags          INTEGER NOT NULL,
    input          INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    cache_write    INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    web_searches   INTEGER NOT NULL
) STRICT;

-- Sums of responses: kept for good. slot counts quarters of an hour since the epoch.
CREATE TABLE bucket (
    session             INTEGER NOT NULL,
    slot                INTEGER NOT NULL,
    agent               INTEGER NOT NULL,
    model               INTEGER NOT NULL,
    variant             INTEGER NOT NULL,
    input               INTEGER NOT NULL,
    output              INTEGER NOT NULL,
    cache_read          INTEGER NOT NULL,
    cache_write_5m      INTEGER NOT NULL,
    cache_write_1h      INTEGER NOT NULL,
    cache_write_unsplit INTEGER NOT NULL,
    web_searches        INTEGER NOT NULL,
    messages            INTEGER NOT NULL,
    unfinished          INTEGER NOT NULL,
    PRIMARY KEY (session, slot, agent, model, variant)
) STRICT, WITHOUT ROWID;

-- What a person sees of a transcript, folded up to an offset; made again when lost.
CREATE TABLE digest (
    path     BLOB PRIMARY KEY,
    used_at  INTEGER NOT NULL,
    dev      INTEGER NOT NULL,
    ino      INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    offset   INTEGER NOT NULL,
    head     INTEGER NOT NULL,
    anchor   INTEGER NOT NULL,
    state    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
