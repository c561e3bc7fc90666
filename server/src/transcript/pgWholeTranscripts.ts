/** A whole session, opened, for the HTTP transcript. */
import type { Queryable } from "../postgres/connect.ts";
import type { SessionRow } from "../session/sessionRow.ts";
import { toSession } from "../session/sessionRow.ts";
import { type MessageRow, toMessage } from "./messageRow.ts";
import { type KeyRow, keysOfUser, toWrappedKeys } from "./pgKeys.ts";
import type { Transcript } from "./renderTranscript.ts";
import type { Vault } from "./vault.ts";

type WholeRow = {
  session: SessionRow;
  messages: MessageRow[];
  external_id: string | null;
  name: string | null;
  keys: KeyRow[];
};

export function pgWholeTranscripts(sql: Queryable, vault: Vault) {
  return {
    async read(site: string, sessionId: string): Promise<Transcript | undefined> {
      const [row] = await sql<WholeRow>`
        SELECT to_jsonb(s) AS session, u.external_id, u.name,
          (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.seq), '[]') FROM messages m WHERE m.session_id = s.id) AS messages,
          ${keysOfUser} AS keys
        FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ${sessionId} AND s.site = ${site}`;
      if (!row) return undefined;
      const keys = vault.keyring(toWrappedKeys(row.keys));
      return {
        session: toSession(row.session),
        messages: row.messages.map((message) => toMessage(message, keys)),
        user: {
          id: row.session.user_id,
          ...(row.external_id !== null && { externalId: row.external_id }),
          ...(row.name !== null && { name: row.name }),
        },
      };
    },
  };
}
