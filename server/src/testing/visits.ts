/** What tests ask for again and again: a finished reply, a conversation, everything that is stored. */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Sql } from "../postgres/connect.ts";
import { Part } from "../postgres/sql.ts";
import type { TestClient } from "./testClient.ts";

export const UNKNOWN_ID = "nobody-has-this-id";

/** The first finished reply after `seq`, of that session if one is named; heard already or to come. */
export async function replyAfter(client: TestClient, seq: number, sessionId?: string): Promise<Message> {
  const heard = await client.event(
    "message",
    ({ message }) =>
      message.author.kind === "bot" &&
      message.seq > seq &&
      message.status !== "streaming" &&
      (sessionId === undefined || message.sessionId === sessionId),
  );
  return heard.message;
}

/** Says it and waits for the finished reply. */
export async function askBot(client: TestClient, text: string): Promise<Message> {
  const { message } = await client.send(text);
  return replyAfter(client, message.seq, message.sessionId);
}

/** Says so many things; the messages in order. */
export async function say(
  client: TestClient,
  count: number,
  text = (i: number) => `message ${i + 1}`,
): Promise<Message[]> {
  const sent = await Promise.all(Array.from({ length: count }, (_, i) => client.send(text(i))));
  return sent.map(({ message }) => message).toSorted((a, b) => a.seq - b.seq);
}

/** Every row of every table, but what tells only when somebody was last there: two equal answers mean nothing changed. */
export async function everythingStored(sql: Sql): Promise<Record<string, unknown>> {
  const tables = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`;
  const rows = await Promise.all(
    tables.map(async ({ name }) => {
      const content = await sql<{ row: string }>`
        SELECT (to_jsonb(t) - 'last_seen_at' - 'lost_at')::text AS row FROM ${new Part([name], [])} AS t ORDER BY 1`;
      return [name, content.map(({ row }) => row)];
    }),
  );
  return Object.fromEntries(rows);
}
