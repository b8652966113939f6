-- Why the gate could not judge, by a name (fleet::alarm::Failure): its reason is in words, in which others have a part.
ALTER TABLE gate_decision ADD COLUMN failure TEXT;
-- What was in the way of our hooks, by a name (fleet::alarm::Obstacle).
ALTER TABLE guard_check ADD COLUMN obstacle TEXT;
