-- Limits that a person gave to one session, project, day or week, beside what is configured.
CREATE TABLE budget_own (
    -- a word of fleet::budget::Scope
    scope   TEXT NOT NULL,
    -- a session's id, a project's folder, a day (2026-11-22) or a week (2026-W47)
    subject TEXT NOT NULL,
    -- the month in which a project's raise counts; else empty
    month   TEXT NOT NULL,
    -- 1: it raises what else would count, for a while; 0: it stands in the place of what is configured
    raised  INTEGER NOT NULL,
    -- trillionths of a dollar
    pico    INTEGER NOT NULL,
    -- milliseconds since the epoch
    at      INTEGER NOT NULL,
    PRIMARY KEY (scope, subject, month, raised)
) STRICT, WITHOUT ROWID;

-- What people have told the gate, in the order in which they did: written in the transaction of the deed itself.
CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    -- milliseconds since the epoch
    at      INTEGER NOT NULL,
    -- who: `person`, by a command or a key
    actor   TEXT NOT NULL,
    -- what: budget-raise, budget-set, budget-unset, grant, revoke, trust, distrust
    kind    TEXT NOT NULL,
    -- of what: a session, a project's folder, a grant's number
    subject TEXT NOT NULL,
    -- redacted JSON
    payload TEXT NOT NULL
) STRICT;
