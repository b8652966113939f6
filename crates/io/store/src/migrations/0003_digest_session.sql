-- Whose a digest is: it outlives its transcript and the transcript's row in `file`.
ALTER TABLE digest ADD COLUMN session INTEGER NOT NULL DEFAULT 0;
ALTER TABLE digest ADD COLUMN agent INTEGER NOT NULL DEFAULT 0;
-- With the path, which it holds as well, it answers without the digests themselves.
CREATE INDEX digest_session ON digest (session, agent);

-- When a subagent's .meta.json had changed last when it was read, nanoseconds since the epoch.
ALTER TABLE agent ADD COLUMN meta_ns INTEGER;
