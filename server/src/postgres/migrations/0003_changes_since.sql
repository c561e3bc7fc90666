-- What changed after a rev, without an index that every new message pays for (it was a tenth of an append).
--
-- A message that nobody touched since it was appended has a rev that rises with its seq: those after r are the last ones
-- of the session. Only what was changed later needs to be found by rev: few, and already written twice.
ALTER TABLE messages ADD COLUMN revised boolean NOT NULL DEFAULT true;
ALTER TABLE messages ALTER COLUMN revised SET DEFAULT false;
CREATE INDEX messages_revised ON messages (session_id, rev) WHERE revised;
CREATE INDEX messages_streaming ON messages (session_id) WHERE status = 'streaming';
DROP INDEX messages_by_rev;
