-- Who let the call run, or did not, as the transcript says: config, user_temporary, user_permanent, user_reject, hook ...
ALTER TABLE gate_decision ADD COLUMN decided_by TEXT;

-- What is told as an alarm: there is little of it, so that it is found without a pass over all calls.
CREATE INDEX gate_decision_incident ON gate_decision (seq)
    WHERE layer = 'error' OR changed <> 0 OR (said = 'deny' AND outcome IN ('ran', 'failed'));
