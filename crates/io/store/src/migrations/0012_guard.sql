-- Hooks of others that the person vouches for: BLAKE3 of what they are, the first 128 bits in hexadecimal.
CREATE TABLE hook_trust (
    hash TEXT PRIMARY KEY,
    -- what it runs, redacted
    what TEXT NOT NULL,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Why less was said than decided.
ALTER TABLE gate_decision ADD COLUMN withheld TEXT;
-- What became of the call: ran, failed, interrupted, refused (by the host), rejected (by the person).
ALTER TABLE gate_decision ADD COLUMN outcome TEXT;
-- When that was told, milliseconds since the epoch.
ALTER TABLE gate_decision ADD COLUMN outcome_at INTEGER;
-- Another input ran than the one that was judged.
ALTER TABLE gate_decision ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;

CREATE INDEX hook_event_call ON hook_event (session, call) WHERE call IS NOT NULL;
