-- What was known of a call that may be learned from, when it was judged: features as core/brain packs them, and what was
-- thought of it, as JSON.
ALTER TABLE gate_decision ADD COLUMN features BLOB;
ALTER TABLE gate_decision ADD COLUMN thought TEXT;
-- The folder of its project.
ALTER TABLE gate_decision ADD COLUMN project TEXT;
-- Its answer is in the log of answers, or never will be.
ALTER TABLE gate_decision ADD COLUMN learned INTEGER NOT NULL DEFAULT 0;

CREATE INDEX gate_decision_unlearned ON gate_decision (seq) WHERE features IS NOT NULL AND learned = 0;

-- What people have answered: the log that everything is learned from, in the order of (at, row).
CREATE TABLE brain_answer (
    row      INTEGER PRIMARY KEY AUTOINCREMENT,
    -- of the session, the call and the kind of answer: one that is met again is the same
    key      BLOB NOT NULL UNIQUE,
    -- its place in the order, milliseconds since the epoch: when it was learned, or of what is past, when the call was made
    at       INTEGER NOT NULL,
    -- when the call was made
    made_at  INTEGER NOT NULL,
    session  TEXT NOT NULL,
    call     TEXT,
    -- the folder of its project
    project  TEXT NOT NULL,
    tool     TEXT NOT NULL,
    -- redacted, one line
    summary  TEXT NOT NULL,
    -- prompt, always, audit, correction, reverted, interrupted, imported
    source   TEXT NOT NULL,
    wanted   INTEGER NOT NULL,
    -- what the person gave as the reason
    reason   TEXT,
    features BLOB NOT NULL,
    -- what was thought of it before, as JSON
    thought  TEXT,
    -- what became of it: ran, failed, interrupted, rejected
    outcome  TEXT
) STRICT;

CREATE INDEX brain_answer_order ON brain_answer (at, row);
CREATE INDEX brain_answer_call ON brain_answer (session, call);

-- Raised whenever an answer came before others that may have been learned, or one was changed or forgotten: everything is
-- to be learned again then.
INSERT OR IGNORE INTO meta (name, value) VALUES ('brain_epoch', '0');
