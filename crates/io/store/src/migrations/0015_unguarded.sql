-- The gate said ask, the call ran, and its row says that the client decided that by itself.
ALTER TABLE gate_decision ADD COLUMN unasked INTEGER NOT NULL DEFAULT 0;
-- Only of a call that ran it is an alarm that another input ran.
UPDATE gate_decision SET changed = 0 WHERE outcome = 'refused';

DROP INDEX gate_decision_incident;
CREATE INDEX gate_decision_incident ON gate_decision (seq)
    WHERE layer = 'error' OR changed <> 0 OR unasked <> 0 OR (said = 'deny' AND outcome IN ('ran', 'failed'));

-- Sessions that have ended, and whether the gate was asked about their calls.
CREATE TABLE guard_check (
    sid   TEXT PRIMARY KEY,
    -- when it was looked at, milliseconds since the epoch
    at    INTEGER NOT NULL,
    -- its last row then: of a session that was taken up again there is more to look at
    upto  INTEGER NOT NULL,
    -- its latest calls since the guard stands there, and those of them that the gate was asked about
    calls INTEGER NOT NULL,
    seen  INTEGER NOT NULL,
    -- what was in the way of our hooks when it was looked at, if that was found
    cause TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX guard_check_missed ON guard_check (upto) WHERE seen < calls;
CREATE INDEX session_last ON session (last_at);
