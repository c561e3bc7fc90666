-- The tables a conversation needs. Ids are made by the gateway; content is sealed by the vault before it arrives here.

-- Time is the database's, so that every node reads the same clock. The offset is moved only by the test clock.
CREATE TABLE test_clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  offset_ms bigint NOT NULL DEFAULT 0
);
INSERT INTO test_clock DEFAULT VALUES;

-- Milliseconds, as on the wire: what is compared is what people were told.
CREATE FUNCTION baton_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT date_trunc('milliseconds', clock_timestamp() + offset_ms * interval '1 millisecond') FROM test_clock
$$;

-- Tells whether the master key in use is the one that sealed what is here.
CREATE TABLE master_key (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  fingerprint text NOT NULL
);

CREATE TABLE users (
  id text PRIMARY KEY,
  site text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('visitor', 'identified')),
  external_id text,
  name text,
  email text,
  locale text,
  epoch integer NOT NULL DEFAULT 1,
  active_device_id text,
  not_before timestamptz,
  merged_into text REFERENCES users,
  erased_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT baton_now(),
  UNIQUE (site, external_id)
);

-- One key for each user, more after a merge: rows that moved stay sealed under the key they were written with.
CREATE TABLE user_keys (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT baton_now()
);
CREATE INDEX user_keys_of_user ON user_keys (user_id, created_at);

CREATE TABLE devices (
  user_id text NOT NULL REFERENCES users,
  id text NOT NULL,
  label text NOT NULL,
  not_before timestamptz,
  lost_at timestamptz,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, id)
);

CREATE TABLE threads (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users,
  topic text NOT NULL DEFAULT '',
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved')),
  last_at timestamptz NOT NULL
);

CREATE TABLE sessions (
  id text PRIMARY KEY,
  site text NOT NULL,
  user_id text NOT NULL REFERENCES users,
  thread_id text NOT NULL REFERENCES threads,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'idle', 'ended')),
  awaiting text NOT NULL DEFAULT 'us' CHECK (awaiting IN ('us', 'visitor')),
  mode text NOT NULL CHECK (mode IN ('bot', 'queue', 'agent')),
  queued_at timestamptz,
  agent_id text,
  agent_name text,
  epoch integer NOT NULL,
  rev integer NOT NULL DEFAULT 0,
  last_seq integer NOT NULL DEFAULT 0,
  answered_seq integer NOT NULL DEFAULT 0,
  opened_at timestamptz NOT NULL,
  last_activity_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text CHECK (end_reason IN ('timeout', 'visitor', 'resolved', 'superseded', 'erased')),
  resumed_from text,
  next_deadline_at timestamptz,
  deadline_kind text,
  context jsonb NOT NULL DEFAULT '{}',
  context_version integer NOT NULL DEFAULT 0,
  score smallint,
  score_comment bytea,
  CHECK ((state = 'ended') = (ended_at IS NOT NULL))
);
-- Two devices share one conversation by construction.
CREATE UNIQUE INDEX one_current_session ON sessions (user_id) WHERE state <> 'ended';
CREATE INDEX sessions_of_user ON sessions (user_id, opened_at DESC, id);
CREATE INDEX sessions_waiting ON sessions (site, queued_at) WHERE mode = 'queue' AND state <> 'ended';

CREATE TABLE messages (
  -- No foreign key: a message is only ever appended under its session's row lock, and checking it again doubled the cost.
  session_id text NOT NULL,
  seq integer NOT NULL,
  rev integer NOT NULL,
  id text NOT NULL UNIQUE,
  user_id text NOT NULL,
  thread_id text NOT NULL,
  -- Whose key space client_id lives in: 'visitor', 'bot', an agent, an API key and its session.
  sender text NOT NULL,
  client_id text,
  author_kind text NOT NULL CHECK (author_kind IN ('visitor', 'bot', 'agent', 'system')),
  author_id text,
  author_name text,
  kind text NOT NULL CHECK (kind IN ('text', 'notice', 'choice', 'file')),
  body bytea,
  status text NOT NULL CHECK (status IN ('complete', 'streaming', 'interrupted', 'failed')),
  reply_to text,
  created_at timestamptz NOT NULL,
  edited_at timestamptz,
  deleted_at timestamptz,
  feedback text CHECK (feedback IN ('up', 'down')),
  feedback_comment bytea,
  PRIMARY KEY (session_id, seq),
  UNIQUE (user_id, sender, client_id)
);
CREATE INDEX messages_by_rev ON messages (session_id, rev);

-- What a message said before it was edited. Emptied with it when it is deleted.
CREATE TABLE message_revisions (
  message_id text NOT NULL REFERENCES messages (id),
  rev integer NOT NULL,
  body bytea,
  at timestamptz NOT NULL,
  PRIMARY KEY (message_id, rev)
);

CREATE TABLE drafts (
  user_id text PRIMARY KEY REFERENCES users,
  device_id text NOT NULL,
  body bytea NOT NULL,
  at timestamptz NOT NULL
);

CREATE TABLE receipts (
  session_id text NOT NULL REFERENCES sessions,
  author_kind text NOT NULL,
  author_id text NOT NULL,
  delivered integer NOT NULL,
  read integer NOT NULL,
  PRIMARY KEY (session_id, author_kind, author_id)
);

-- An answer owed to the visitor. Whoever holds the lease and the attempt's number may finish it.
CREATE TABLE turns (
  id text PRIMARY KEY,
  session_id text NOT NULL REFERENCES sessions,
  user_id text NOT NULL,
  site text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'dropped')),
  attempt integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  ready_at timestamptz NOT NULL,
  lease_until timestamptz,
  through_seq integer,
  reply_id text
);
CREATE UNIQUE INDEX one_queued_turn ON turns (session_id) WHERE state = 'queued';
CREATE UNIQUE INDEX one_running_turn ON turns (session_id) WHERE state = 'running';
CREATE INDEX turns_due ON turns (ready_at) WHERE state IN ('queued', 'running');
