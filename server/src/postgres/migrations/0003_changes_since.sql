-- What changed after a rev, without an index that every new message pays for (it was a tenth of an append).
--
-- A message that nobody touched since it was appended has a rev that rises with its seq: those after r are the last ones
-- of the session. Only what was changed later needs to be found by rev: few, and already written twice.
ALTER TABLE messages ADD COLUMN revised boolean NOT NULL DEFAULT true;
ALTER TABLE messages ALTER COLUMN revised SET DEFAULT false;
-- By a trigger, so that nobody who writes a rev has to remember, an earlier version beside this one included.
CREATE FUNCTION mark_revised() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.revised := true; RETURN NEW; END $$;
CREATE TRIGGER revised BEFORE UPDATE OF rev ON messages FOR EACH ROW WHEN (NEW.rev <> OLD.rev) EXECUTE FUNCTION mark_revised();
CREATE INDEX messages_revised ON messages (session_id, rev) WHERE revised;
CREATE INDEX messages_streaming ON messages (session_id) WHERE status = 'streaming';
DROP INDEX messages_by_rev;
