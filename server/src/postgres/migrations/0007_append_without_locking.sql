-- append_messages as in 0006, but that it takes no locks before it looks, and walks its entries once.
--
-- One statement judges by what it sees, and moves each session only if its row is still the one that was judged (xmin). A row
-- that was changed meanwhile, or is just being changed and waited for, is not moved, nothing is said in it, and its entries
-- are «alone»: the caller repeats them under the user's lock, with fresh eyes. So a repeat that another node is committing
-- never makes a hole in seq.
-- Locking first cost a tenth of a batch's time, and most of a user's writes on one node come one after the other anyway:
-- transcript/userQueue.ts.
--
-- Rows are moved in the order of the sessions' ids, so that two batches never wait for each other: that is the order of the
-- window and of the table's key, of which a plan without hashing and merging takes one. What is said, asked and cleared waits
-- for what was moved. No entry is joined with the others: that took the square of a batch.
--
-- The caller gives each (user, sender, client_id) at most once, one session for each user, and an entry that calls the
-- bot by itself: transcript/appendQueue.ts.
--
-- Outcomes, one row an entry, in order:
--   appended   seq, rev, at, thread_id; turn = an answer is owed; was_warned = it ended a warning; session = its row, when
--              it went back to its bot by this
--   duplicate  first = the message that this client_id already is
--   stale      the session carries another epoch than the entry: a takeover came between
--   alone      no such current session, one that idles, one whose time has come, or one that was changed meanwhile: the
--              caller runs it by itself under the user's lock
--   not_found  reply_to is not one of this user's messages, or thread_id not the session's
CREATE OR REPLACE FUNCTION append_messages(entries jsonb)
RETURNS TABLE (outcome text, seq integer, rev integer, at timestamptz, thread_id text, turn boolean, was_warned boolean, session jsonb, first jsonb)
LANGUAGE plpgsql
-- The plan is made once for each connection, perhaps while the tables are empty: it must not fall for reading them whole.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH clock AS MATERIALIZED (
    -- Read after the snapshot is taken: whatever is seen here was said before.
    SELECT baton_now() AS now_at
  ), entry AS (
    SELECT x.*, clock.now_at FROM clock, ROWS FROM (jsonb_to_recordset(entries) AS (
      id text, session_id text, user_id text, epoch integer, sender text, client_id text, author_kind text,
      author_id text, author_name text, kind text, body text, status text, reply_to text, thread_id text,
      turn_id text, quiet_ms integer, gather_ms integer, calls_bot boolean)) WITH ORDINALITY AS x (
      id, session_id, user_id, epoch, sender, client_id, author_kind, author_id, author_name, kind, body, status,
      reply_to, thread_id, turn_id, quiet_ms, gather_ms, calls_bot, place)
  ), judged AS (
    SELECT e.*, s.thread_id AS session_thread, s.last_seq, s.rev AS head, s.mode, s.site, s.warned, s.xmin AS version, known.first,
      e.calls_bot AND s.mode = 'queue' AS back_to_bot,
      CASE
        WHEN known.first IS NOT NULL THEN 'duplicate'
        WHEN e.reply_to IS NOT NULL
          AND NOT EXISTS (SELECT FROM messages r WHERE r.id = e.reply_to AND r.user_id = e.user_id) THEN 'not_found'
        WHEN s.id IS NULL THEN 'alone'
        -- What is due takes effect first, and that is decided elsewhere; a warning that is due ends by this very message.
        WHEN e.sender = 'visitor'
          AND (s.state = 'idle' OR s.idle_at <= e.now_at) THEN 'alone'
        WHEN s.thread_id <> e.thread_id THEN 'not_found'
        WHEN s.epoch <> e.epoch THEN 'stale'  -- a null epoch (bots, agents, the system) passes
        ELSE 'appended'
      END AS verdict
    FROM entry e
    LEFT JOIN sessions s ON s.id = e.session_id AND s.user_id = e.user_id AND s.state <> 'ended'
    LEFT JOIN LATERAL (
      SELECT to_jsonb(m) AS first FROM messages m
      WHERE m.user_id = e.user_id AND m.sender = e.sender AND m.client_id = e.client_id) known ON true
  ), numbered AS (
    SELECT j.*, (count(*) FILTER (WHERE verdict = 'appended') OVER own)::integer AS n,
      bool_or(verdict = 'appended' AND sender = 'visitor') OVER own AS visitor,
      lead(place) OVER own IS NULL AS is_last,
      turn_id IS NOT NULL AND (mode = 'bot' OR back_to_bot) AS owed
    FROM judged j
    WINDOW own AS (PARTITION BY session_id, user_id ORDER BY place ROWS UNBOUNDED PRECEDING)
  ), moved AS (
    UPDATE sessions s SET
        last_seq = s.last_seq + g.n,
        rev = s.rev + g.n + CASE WHEN g.back_to_bot THEN 1 ELSE 0 END,
        mode = CASE WHEN g.back_to_bot THEN 'bot' ELSE s.mode END,
        queued_at = CASE WHEN g.back_to_bot THEN NULL ELSE s.queued_at END,
        last_activity_at = CASE WHEN g.visitor THEN g.now_at ELSE s.last_activity_at END,
        -- What sessionState.ts does with a visitor's word: the answer is ours, and only the longest duration runs.
        awaiting = CASE WHEN g.visitor THEN 'us' ELSE s.awaiting END,
        warned = s.warned AND NOT g.visitor,
        silent_since = CASE WHEN g.visitor THEN g.now_at ELSE s.silent_since END,
        idle_at = CASE WHEN g.visitor THEN s.runs_until ELSE s.idle_at END,
        next_deadline_at = CASE WHEN g.visitor THEN s.runs_until ELSE s.next_deadline_at END,
        deadline_kind = CASE WHEN g.visitor THEN 'idle' ELSE s.deadline_kind END
      -- The last of each session's entries carries what all of them come to.
      FROM numbered g
      WHERE g.is_last AND g.n > 0 AND s.id = g.session_id AND s.xmin = g.version
      RETURNING s.id, CASE WHEN g.back_to_bot THEN to_jsonb(s) END AS session
  ), went AS (
    SELECT array_agg(id) AS ids, count(*) = (SELECT count(*) FROM numbered WHERE is_last AND n > 0) AS are_all FROM moved
  ), kept AS (
    SELECT j.*, verdict = 'appended' AND (w.are_all OR coalesce(session_id = ANY (w.ids), false)) AS is_said
      FROM numbered j, went w
  ), said AS (
    INSERT INTO messages (session_id, seq, rev, id, user_id, thread_id, sender, client_id, author_kind, author_id,
                          author_name, kind, body, status, reply_to, created_at)
      SELECT session_id, last_seq + n, head + n, id, user_id, session_thread, sender, client_id, author_kind, author_id,
             author_name, kind, decode(body, 'base64'), status, reply_to, now_at FROM kept WHERE is_said
  ), asked AS (
    -- A burst is one turn: each message pushes it back a little, the first one bounds how far.
    INSERT INTO turns (id, session_id, user_id, site, created_at, ready_at)
      SELECT DISTINCT ON (session_id) turn_id, session_id, user_id, site, now_at,
             now_at + quiet_ms * interval '1 millisecond' FROM kept WHERE is_said AND owed ORDER BY session_id, place
      ON CONFLICT (session_id) WHERE state = 'queued' DO UPDATE
        SET ready_at = least(turns.created_at + (SELECT max(gather_ms) FROM kept WHERE is_said) * interval '1 millisecond', EXCLUDED.ready_at)
  ), cleared AS (
    -- Sending clears the draft. A repeat clears nothing: the draft may be of later.
    DELETE FROM drafts d USING kept k WHERE k.is_said AND k.sender = 'visitor' AND d.user_id = k.user_id
  )
  SELECT CASE WHEN verdict = 'appended' AND NOT is_said THEN 'alone' ELSE verdict END,
    CASE WHEN is_said THEN last_seq + n ELSE (first ->> 'seq')::integer END,
    CASE WHEN is_said THEN head + n ELSE (first ->> 'rev')::integer END,
    now_at, session_thread, coalesce(is_said AND owed, false), coalesce(is_said AND warned AND sender = 'visitor', false),
    CASE WHEN is_said AND back_to_bot THEN (SELECT m.session FROM moved m WHERE m.id = k.session_id) END, first
  FROM kept k ORDER BY place;
END
$$;
