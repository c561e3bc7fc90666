/** People for the tests of merging and revoking, and a latch that makes two writes meet in an order of one's choice. */
import type { Message } from "@baton/shared/visitor/shapes";
import { nanoid } from "nanoid";
import { eventually, inLine } from "../device-lock/devices.fixture.ts";
import type { Queryable, Sql } from "../postgres/connect.ts";
import { Part } from "../postgres/sql.ts";
import type { TestClient } from "../testing/testClient.ts";
import { type TestGateway, userToken } from "../testing/testGateway.ts";

/** Somebody nobody vouches for, on a device of their own. */
export async function anonymous(house: TestGateway) {
  const device = { id: nanoid(), label: "Laptop" };
  const page = await house.connect({ device });
  const { visitorToken = "", user } = await page.open();
  /** The same device, now with what the site's own token says of its person. */
  const signIn = async (token: string, at: TestGateway = house) => {
    const client = await at.connect({ device, visitorToken, userToken: token });
    return { client, snapshot: await client.open() };
  };
  return { page, device, visitorToken, id: user.id, signIn };
}

/** Somebody the site knows, not connected yet. */
export async function person(claims: Record<string, unknown> = {}) {
  const sub = nanoid();
  return { sub, token: await userToken(sub, claims), device: { id: nanoid(), label: "Phone" } };
}

/** Somebody the site knows, with their own device. */
export async function connected(house: TestGateway, claims: Record<string, unknown> = {}) {
  const who = await person(claims);
  const page = await house.connect({ device: who.device, userToken: who.token });
  const { user } = await page.open();
  return { ...who, page, id: user.id };
}

export async function transcript(client: TestClient, sessionId: string): Promise<Message[]> {
  return (await client.ask("history:page", { sessionId, limit: 100 })).messages;
}

export const why = async (client: TestClient) => {
  const { code, mayReturn } = await client.event("closing");
  return { code, mayReturn };
};

/** In which tables somebody is still named as the owner of something. */
export async function ownedBy(sql: Sql, userId: string): Promise<string[]> {
  const columns = await sql<{ table: string; column: string }>`
    SELECT table_name AS table, column_name AS column FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name IN ('user_id', 'author_id') AND table_name <> 'turns'`;
  const owned = await Promise.all(
    columns.map(async ({ table, column }) => {
      const rows =
        await sql`SELECT 1 FROM ${new Part([table], [])} WHERE ${new Part([column], [])} = ${userId} LIMIT 1`;
      return rows.length > 0 ? [`${table}.${column}`] : [];
    }),
  );
  return owned.flat();
}

/** Holds a session's row, so that whoever wants it queues up; `queue` resolves when so many wait. */
export function holdSession(sql: Sql, sessionId: string) {
  return hold(sql, (tx) => tx`SELECT 1 FROM sessions WHERE id = ${sessionId} FOR UPDATE`);
}

/** As holdSession, with whatever rows a statement locks. */
export async function hold(sql: Sql, lock: (tx: Queryable) => Promise<unknown>) {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = (): void => {};
  const isHeld = new Promise<void>((resolve) => {
    held = resolve;
  });
  const over = sql.begin(async (tx) => {
    await lock(tx);
    held();
    await released;
  });
  await isHeld;
  return {
    /** @param waiting `inLineForGood` where somebody shall come behind a message */
    async queue(length: number, waiting = inLine): Promise<void> {
      const areThere = async () => ((await waiting(sql)) >= length ? true : undefined);
      await eventually(areThere, `${length} do not wait`);
    },
    async release(): Promise<void> {
      release();
      await over;
    },
  };
}
