-- Responses that were taken out: their keys, so that they are recognised for good.
CREATE TABLE settled_block (
    block INTEGER PRIMARY KEY,
    -- how many keys are in it
    count INTEGER NOT NULL,
    keys  BLOB NOT NULL
) STRICT;

-- The newest time in what was read of a file, for rows behind that have none; milliseconds, 0 for none.
ALTER TABLE file ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0;
