-- Responses, packed: a block holds all whose key begins with the same bits (see responses.rs).
CREATE TABLE response_block (
    block INTEGER PRIMARY KEY,
    -- how many responses are in it
    count INTEGER NOT NULL,
    rows  BLOB NOT NULL
) STRICT;
