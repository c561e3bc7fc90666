-- Appends a batch of messages of many sessions in one round trip and one transaction.
--
-- Two statements, because a statement that waited for a row lock still sees the snapshot from before the wait: the
-- first takes the locks in id order (no deadlock between batches), what follows looks with fresh eyes. So a repeat that
-- another node is committing is seen here as a repeat, and never makes a hole in seq.
--
-- Outcomes, one row an entry, in order:
--   appended   seq, rev, at, thread_id; turn = an answer is owed; session = its row, when it went back to its bot by this
--   duplicate  first = the message that this client_id already is
--   stale      the session carries another epoch than the entry: a takeover came between
--   alone      no such current session: the caller runs it by itself under the user's lock
--   not_found  reply_to is not one of this user's messages, or thread_id not the session's
CREATE FUNCTION append_messages(entries jsonb)
RETURNS TABLE (outcome text, seq integer, rev integer, at timestamptz, thread_id text, turn boolean, session jsonb, first jsonb)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  now_at timestamptz;
  e record;
  s sessions;
  known messages;
  back_to_bot boolean;
  owed boolean;
  writers text[] := '{}';
BEGIN
  PERFORM 1 FROM sessions
    WHERE id IN (SELECT x ->> 'session_id' FROM jsonb_array_elements(entries) AS x)
    ORDER BY id FOR UPDATE;
  now_at := baton_now();

  FOR e IN SELECT * FROM jsonb_to_recordset(entries) AS x(
    id text, session_id text, user_id text, epoch integer, sender text, client_id text, author_kind text,
    author_id text, author_name text, kind text, body text, status text, reply_to text, thread_id text,
    turn_id text, quiet_ms integer, gather_ms integer, calls_bot boolean)
  LOOP
    SELECT * INTO known FROM messages
      WHERE user_id = e.user_id AND sender = e.sender AND client_id = e.client_id;
    IF FOUND THEN
      RETURN QUERY SELECT 'duplicate', known.seq, known.rev, known.created_at, known.thread_id, false, NULL::jsonb, to_jsonb(known);
      CONTINUE;
    END IF;
    IF e.reply_to IS NOT NULL AND NOT EXISTS (SELECT FROM messages WHERE id = e.reply_to AND user_id = e.user_id) THEN
      RETURN QUERY SELECT 'not_found', NULL::integer, NULL::integer, NULL::timestamptz, NULL::text, false, NULL::jsonb, NULL::jsonb;
      CONTINUE;
    END IF;

    SELECT * INTO s FROM sessions WHERE id = e.session_id AND user_id = e.user_id AND state <> 'ended';
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'alone', NULL::integer, NULL::integer, NULL::timestamptz, NULL::text, false, NULL::jsonb, NULL::jsonb;
      CONTINUE;
    END IF;
    IF s.thread_id <> e.thread_id THEN  -- null: not named
      RETURN QUERY SELECT 'not_found', NULL::integer, NULL::integer, NULL::timestamptz, NULL::text, false, NULL::jsonb, NULL::jsonb;
      CONTINUE;
    END IF;
    IF s.epoch <> e.epoch THEN  -- a null epoch (bots, agents, the system) passes
      RETURN QUERY SELECT 'stale', NULL::integer, NULL::integer, NULL::timestamptz, NULL::text, false, NULL::jsonb, NULL::jsonb;
      CONTINUE;
    END IF;

    back_to_bot := coalesce(e.calls_bot, false) AND s.mode = 'queue';
    owed := e.turn_id IS NOT NULL AND (s.mode = 'bot' OR back_to_bot);
    INSERT INTO messages (session_id, seq, rev, id, user_id, thread_id, sender, client_id, author_kind, author_id,
                          author_name, kind, body, status, reply_to, created_at)
      VALUES (s.id, s.last_seq + 1, s.rev + 1, e.id, e.user_id, s.thread_id, e.sender, e.client_id, e.author_kind,
              e.author_id, e.author_name, e.kind, decode(e.body, 'base64'), e.status, e.reply_to, now_at);
    UPDATE sessions SET
        last_seq = s.last_seq + 1,
        rev = s.rev + CASE WHEN back_to_bot THEN 2 ELSE 1 END,
        mode = CASE WHEN back_to_bot THEN 'bot' ELSE s.mode END,
        queued_at = CASE WHEN back_to_bot THEN NULL ELSE s.queued_at END,
        awaiting = CASE WHEN e.sender = 'visitor' THEN 'us' ELSE s.awaiting END,
        last_activity_at = CASE WHEN e.sender = 'visitor' THEN now_at ELSE s.last_activity_at END
      WHERE id = s.id;
    IF owed THEN
      -- A burst is one turn: each message pushes it back a little, the first one bounds how far.
      INSERT INTO turns (id, session_id, user_id, site, created_at, ready_at)
        VALUES (e.turn_id, s.id, e.user_id, s.site, now_at, now_at + e.quiet_ms * interval '1 millisecond')
        ON CONFLICT (session_id) WHERE state = 'queued' DO UPDATE
          SET ready_at = least(turns.created_at + e.gather_ms * interval '1 millisecond', EXCLUDED.ready_at);
    END IF;
    IF e.sender = 'visitor' THEN writers := writers || e.user_id; END IF;
    RETURN QUERY SELECT 'appended', s.last_seq + 1, s.rev + 1, now_at, s.thread_id, owed,
      CASE WHEN back_to_bot THEN (SELECT to_jsonb(x) FROM sessions x WHERE id = s.id) END, NULL::jsonb;
  END LOOP;

  -- Sending clears the draft. A repeat clears nothing: the draft may be of later.
  DELETE FROM drafts WHERE user_id = ANY (writers);
END
$$;
