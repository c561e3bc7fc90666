-- What every node asks for every 5 s, wherever it happened: who was signed out, and who became somebody else.
--
-- Few rows ever have these times, and only those are indexed: no other write of a user or a device pays for it.
CREATE INDEX threads_of_user ON threads (user_id);

ALTER TABLE users ADD COLUMN merged_at timestamptz;
CREATE INDEX users_signed_out ON users (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX users_merged ON users (merged_at) WHERE merged_at IS NOT NULL;
CREATE INDEX devices_signed_out ON devices (not_before) WHERE not_before IS NOT NULL;
