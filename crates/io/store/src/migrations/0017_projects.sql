-- The folder of the session's project, as it was when the session was first seen: the repository that it began in, or the
-- folder. Once known it stays, whatever becomes of the folder.
ALTER TABLE session ADD COLUMN project TEXT;
CREATE INDEX session_unplaced ON session (first_cwd) WHERE project IS NULL AND first_cwd IS NOT NULL;
