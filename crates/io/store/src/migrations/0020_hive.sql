-- What machines that trust each other know together. Unlike the rest of this file, it cannot be made again from transcripts.

-- A few values that are this machine's own, as the last stamp of its clock.
CREATE TABLE hive_own (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys of authors and peers, by a small number.
CREATE TABLE hive_key (
    id  INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE
) STRICT;

-- A hive and an audience, with what stands in it: how many, and the sum of their names.
CREATE TABLE hive_class (
    id    INTEGER PRIMARY KEY,
    class BLOB NOT NULL UNIQUE,
    hive  BLOB NOT NULL,
    -- the class as it is written in each version
    bytes BLOB NOT NULL,
    heads INTEGER NOT NULL DEFAULT 0,
    sum   BLOB NOT NULL DEFAULT (zeroblob(32))
) STRICT;

-- What an author has in a class.
CREATE TABLE hive_author (
    class       INTEGER NOT NULL REFERENCES hive_class (id),
    author      INTEGER NOT NULL REFERENCES hive_key (id),
    -- what it stamped before this is void; stamps are kept with their top bit turned, so that they compare as numbers
    floor       INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL,
    -- it signed two versions under one number
    equivocated INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (class, author)
) STRICT, WITHOUT ROWID;

-- Every version that was taken.
CREATE TABLE hive_version (
    id       INTEGER PRIMARY KEY,
    hash     BLOB NOT NULL,
    class    INTEGER NOT NULL REFERENCES hive_class (id),
    author   INTEGER NOT NULL REFERENCES hive_key (id),
    claim    BLOB NOT NULL,
    hlc      INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    expires  INTEGER,
    -- 1: it takes away; 2: it is a floor
    flags    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    -- where it stands: a number that grows with each change of a register; of one that stands no more, none
    arrival  INTEGER,
    -- signature and bytes; of one that stands no more, not kept for long
    wire     BLOB
) STRICT;
-- Names are hashes: their first bytes find them.
CREATE INDEX hive_version_hash ON hive_version (substr(hash, 1, 8));
CREATE INDEX hive_version_claim ON hive_version (class, substr(claim, 1, 8)) WHERE arrival IS NOT NULL;
CREATE INDEX hive_version_seq ON hive_version (class, author, seq);
CREATE UNIQUE INDEX hive_version_arrival ON hive_version (arrival) WHERE arrival IS NOT NULL;

-- Versions stamped too far ahead: taken when they no longer are.
CREATE TABLE hive_held (
    hash     BLOB PRIMARY KEY,
    until    INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    wire     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Two versions under one number, as anybody can check.
CREATE TABLE hive_proof (
    hash   BLOB PRIMARY KEY,
    class  INTEGER NOT NULL,
    author INTEGER NOT NULL,
    proof  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Operations on who is a member.
CREATE TABLE hive_op (
    hash     BLOB PRIMARY KEY,
    hive     BLOB NOT NULL,
    taken_at INTEGER NOT NULL,
    wire     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hive_op_hive ON hive_op (hive);

-- Hives this machine belongs to, or has asked to.
CREATE TABLE hive_hive (
    hive      BLOB PRIMARY KEY,
    -- what it is called here
    name      TEXT NOT NULL UNIQUE,
    joined_at INTEGER NOT NULL,
    left_at   INTEGER
) STRICT, WITHOUT ROWID;

-- Machines that are known, by the name they have here.
CREATE TABLE hive_peer (
    key        INTEGER PRIMARY KEY REFERENCES hive_key (id),
    name       TEXT NOT NULL UNIQUE,
    added_at   INTEGER NOT NULL,
    -- 0 for never
    last_sync  INTEGER NOT NULL DEFAULT 0,
    sent_bytes INTEGER NOT NULL DEFAULT 0,
    got_bytes  INTEGER NOT NULL DEFAULT 0,
    syncs      INTEGER NOT NULL DEFAULT 0
) STRICT;

-- How far a peer has acknowledged what stands in a class: everything that arrived up to `upto`, but for what hive_ack says.
CREATE TABLE hive_mark (
    peer     INTEGER NOT NULL REFERENCES hive_peer (key) ON DELETE CASCADE,
    class    INTEGER NOT NULL REFERENCES hive_class (id),
    upto     INTEGER NOT NULL,
    -- what the peer said last of what it holds itself: how many, and their digest; none if never
    theirs   INTEGER,
    digest   BLOB,
    -- how many of those were held here, too
    common   INTEGER,
    told_at  INTEGER,
    PRIMARY KEY (peer, class)
) STRICT, WITHOUT ROWID;

-- Beyond the mark, what was acknowledged; before it, what was not.
CREATE TABLE hive_ack (
    peer    INTEGER NOT NULL REFERENCES hive_peer (key) ON DELETE CASCADE,
    class   INTEGER NOT NULL REFERENCES hive_class (id),
    arrival INTEGER NOT NULL,
    PRIMARY KEY (peer, class, arrival)
) STRICT, WITHOUT ROWID;

-- What this person decided of a claim, and what was seen of it here. Nothing of it is ever sent.
CREATE TABLE hive_local (
    claim      BLOB PRIMARY KEY,
    muted      INTEGER NOT NULL DEFAULT 0,
    -- 'accepted', 'refused'; none: not decided
    decided    TEXT,
    decided_at INTEGER,
    -- what it came to then, numbers aside
    sense      BLOB,
    -- 'draft', 'canary', 'staged', 'live'
    rollout    TEXT NOT NULL DEFAULT 'canary',
    shown      INTEGER NOT NULL DEFAULT 0,
    followed   INTEGER NOT NULL DEFAULT 0,
    overridden INTEGER NOT NULL DEFAULT 0,
    -- the same for calls in which it was held back on purpose
    without_followed   INTEGER NOT NULL DEFAULT 0,
    without_overridden INTEGER NOT NULL DEFAULT 0,
    -- who may be given it, as JSON; none: whoever belongs to its audience
    consent    TEXT,
    -- 'expose', 'hide'; none: as the share mode says
    exposure   TEXT
) STRICT, WITHOUT ROWID;

-- Our own claims that were put into a bundle, and for whom: who may have had one is told when it is gone.
CREATE TABLE hive_given (
    claim BLOB NOT NULL,
    peer  INTEGER NOT NULL REFERENCES hive_key (id),
    PRIMARY KEY (claim, peer)
) STRICT, WITHOUT ROWID;

-- How far an author is trusted in a category: what spoke for and against, as of a time.
CREATE TABLE hive_trust (
    author   INTEGER NOT NULL REFERENCES hive_key (id),
    category TEXT NOT NULL,
    good     REAL NOT NULL,
    bad      REAL NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (author, category)
) STRICT, WITHOUT ROWID;

-- Authors that are held back, and why.
CREATE TABLE hive_frozen (
    author INTEGER PRIMARY KEY REFERENCES hive_key (id),
    at     INTEGER NOT NULL,
    why    TEXT NOT NULL
) STRICT;
