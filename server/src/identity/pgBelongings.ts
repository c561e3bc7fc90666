/**
 * Everything a visitor said and owns gets another owner, under the locks of pgMerge.ts. Nothing is sealed again: what is
 * sealed names its session and message, never the user, and the keys move with it.
 */
import type { Tx } from "../postgres/connect.ts";

export type Moving = { from: string; to: string; device: { readonly id: string; readonly label: string } };

/** Sessions first: who changes a message holds its session's row before. */
export async function moveBelongings(tx: Tx, moving: Moving): Promise<void> {
  await moveTurns(tx, moving);
  await moveSessions(tx, moving);
  await moveMessages(tx, moving);
  await moveDraft(tx, moving);
  await joinDevices(tx, moving);
}

/**
 * Of what has ended the turns are over. One that runs was loaded as the visitor's, and would tell the wrong people: its
 * attempt is void and its lease is over, so that it is taken up anew, and the reply it had begun goes on.
 */
async function moveTurns(tx: Tx, { from, to }: Moving): Promise<void> {
  await tx`
    UPDATE turns SET user_id = ${to},
      attempt = attempt + CASE WHEN state = 'running' THEN 1 ELSE 0 END,
      lease_until = CASE WHEN state = 'running' THEN baton_now() END
    WHERE state IN ('queued', 'running')
      AND session_id = (SELECT id FROM sessions WHERE user_id = ${from} AND state <> 'ended')`;
}

async function moveSessions(tx: Tx, { from, to }: Moving): Promise<void> {
  await tx`
    UPDATE receipts SET author_id = ${to} WHERE author_kind = 'visitor' AND author_id = ${from}
      AND session_id IN (SELECT id FROM sessions WHERE user_id = ${from})`;
  await tx`UPDATE sessions SET user_id = ${to} WHERE user_id = ${from}`;
  await tx`UPDATE threads SET user_id = ${to} WHERE user_id = ${from}`;
  await tx`UPDATE user_keys SET user_id = ${to} WHERE user_id = ${from}`;
}

/** A key that the user has used themselves is theirs: the repeat of it must be answered with their own message. */
async function moveMessages(tx: Tx, { from, to }: Moving): Promise<void> {
  await tx`
    UPDATE messages m SET user_id = ${to}, client_id = CASE
      WHEN EXISTS (SELECT FROM messages o WHERE o.user_id = ${to} AND o.sender = m.sender AND o.client_id = m.client_id)
      THEN NULL ELSE m.client_id END
    WHERE m.user_id = ${from}`;
}

/** Of two the later one: it is what the person was typing. */
async function moveDraft(tx: Tx, { from, to }: Moving): Promise<void> {
  await tx`
    WITH left_behind AS (DELETE FROM drafts WHERE user_id = ${from} RETURNING *)
    INSERT INTO drafts (user_id, device_id, body, at) SELECT ${to}, device_id, body, at FROM left_behind
    ON CONFLICT (user_id) DO UPDATE SET device_id = EXCLUDED.device_id, body = EXCLUDED.body, at = EXCLUDED.at
      WHERE EXCLUDED.at >= drafts.at`;
}

/** A device that was signed out as either stays so; one that is here was not lost. */
async function joinDevices(tx: Tx, { from, to, device }: Moving): Promise<void> {
  await tx`
    WITH theirs AS (DELETE FROM devices WHERE user_id = ${from} RETURNING *)
    INSERT INTO devices (user_id, id, label, not_before, lost_at, last_seen_at)
      SELECT ${to}, id, label, not_before, lost_at, last_seen_at FROM theirs
    ON CONFLICT (user_id, id) DO UPDATE SET
      not_before = greatest(devices.not_before, EXCLUDED.not_before),
      lost_at = CASE WHEN devices.lost_at IS NULL OR EXCLUDED.lost_at IS NULL THEN NULL
                     ELSE greatest(devices.lost_at, EXCLUDED.lost_at) END,
      last_seen_at = greatest(devices.last_seen_at, EXCLUDED.last_seen_at)`;
  await tx`
    INSERT INTO devices (user_id, id, label, last_seen_at) VALUES (${to}, ${device.id}, ${device.label}, baton_now())
    ON CONFLICT (user_id, id) DO UPDATE
      SET label = EXCLUDED.label, lost_at = NULL, last_seen_at = EXCLUDED.last_seen_at`;
}
