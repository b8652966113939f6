-- What is searched: the texts of transcripts, redacted, and their words.
-- A later schema is a later file, or the index is made anew: as long as transcripts exist, all of this can be.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Transcripts, and how far each has been taken in. Times in nanoseconds, but for last_at and gone_at.
CREATE TABLE file (
    id       INTEGER PRIMARY KEY,
    path     BLOB NOT NULL UNIQUE,
    session  TEXT NOT NULL,
    agent    TEXT NOT NULL,
    dev      INTEGER NOT NULL,
    ino      INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    -- taken in up to here; hashes of the first bytes and of those before the offset
    offset   INTEGER NOT NULL,
    head     INTEGER NOT NULL,
    anchor   INTEGER NOT NULL,
    -- the newest passage, milliseconds since the epoch; 0 for none
    last_at  INTEGER NOT NULL,
    -- lines that were too long
    too_long INTEGER NOT NULL,
    -- since when it is no longer there, milliseconds since the epoch
    gone_at  INTEGER
) STRICT;

-- Passages of a file that follow each other. Passage n of a chunk has the row id (chunk << 10) + n among the words.
-- No number is given twice.
CREATE TABLE chunk (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    file INTEGER NOT NULL,
    -- roles, times and lengths, packed (see rows.rs)
    rows BLOB NOT NULL
) STRICT;
CREATE INDEX chunk_file ON chunk (file);

-- Apart from the above, which is read for every passage that is found.
CREATE TABLE chunk_text (
    chunk INTEGER PRIMARY KEY,
    -- a key of eight bytes for each passage
    keys  BLOB NOT NULL,
    -- bytes of the text
    size  INTEGER NOT NULL,
    -- zstd
    text  BLOB NOT NULL
) STRICT;

-- Passages that are in the index, by their keys: what a fork copied is not taken in twice.
CREATE TABLE passage (
    key  INTEGER PRIMARY KEY,
    file INTEGER NOT NULL
) STRICT;

-- Files of which passages were left out because they stand in another one.
CREATE TABLE copy (
    file     INTEGER NOT NULL,
    original INTEGER NOT NULL,
    PRIMARY KEY (original, file)
) STRICT, WITHOUT ROWID;

-- The words themselves are in no table: they are made from the text when they are needed. They come separated by
-- spaces, and as they are to be found.
CREATE VIRTUAL TABLE words USING fts5 (said, content = '', contentless_delete = 1, tokenize = 'ascii');
INSERT INTO words (words, rank) VALUES ('pgsz', 4050);
