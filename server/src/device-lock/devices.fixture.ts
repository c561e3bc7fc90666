/** People with several devices, for the gateway tests of the lock: who arrives how, time, and latches in the database. */
import type { VisitorPayloadIn } from "@baton/shared/commands";
import type { Lock, Snapshot } from "@baton/shared/visitor/shapes";
import type { DatabaseTarget, Sql } from "../postgres/connect.ts";
import { newDevice, type TestAuth, type TestClient, type TestDevice } from "../testing/testClient.ts";
import { type TestGateway, userToken } from "../testing/testGateway.ts";

/** Longer than any test moves its clock. */
const TOKEN_LASTS_S = 10 * 365 * 86_400;

export type Person = {
  readonly auth: TestAuth;
  /** Connects and opens, on a device of its own unless it is given. */
  arrive(
    device?: TestDevice,
    how?: { at?: TestGateway; visible?: boolean; open?: VisitorPayloadIn<"session:open"> },
  ): Promise<{ client: TestClient; snapshot: Snapshot; device: TestDevice }>;
};

let people = 0;

/** Somebody who is signed in. */
export async function person(house: TestGateway, site = "demo"): Promise<Person> {
  people += 1;
  const exp = Math.floor(Date.now() / 1_000) + TOKEN_LASTS_S;
  const auth = { site, userToken: await userToken(`person ${people}`, { exp }, site) };
  return {
    auth,
    async arrive(device = newDevice(), { at = house, visible = true, open = {} } = {}) {
      const client = await at.connect({ ...auth, device, visible });
      return { client, snapshot: await client.open(open), device };
    },
  };
}

/** The phone has the baton, the laptop watches, and so does a tablet. */
export async function threeDevices(house: TestGateway, site?: string) {
  const ada = await person(house, site);
  const phone = await ada.arrive(newDevice("Phone"));
  const laptop = await ada.arrive(newDevice("Laptop"));
  const tablet = await ada.arrive(newDevice("Tablet"));
  return { ada, phone, laptop, tablet };
}

/** Moves the gateway's time; everything that became due has taken effect. */
export async function advance(house: TestGateway, ms: number): Promise<void> {
  const answer = await fetch(`${house.url}/__test/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advanceMs: ms }),
  });
  if (!answer.ok) throw new Error(`the clock was not moved: ${await answer.text()}`);
}

export function locksHeard(client: TestClient): Lock[] {
  return client.of("lock:changed").map(({ lock }) => lock);
}

/** What has been written for a device that left, once it is. */
export async function lostAt(sql: Sql, deviceId: string): Promise<Date> {
  return eventually(async () => {
    const [row] = await sql<{ lost_at: Date | null }>`SELECT lost_at FROM devices WHERE id = ${deviceId}`;
    return row?.lost_at ?? undefined;
  }, `${deviceId} was never written down as lost`);
}

export async function eventually<T>(
  look: () => Promise<T | undefined>,
  otherwise: string,
  withinMs = 10_000,
): Promise<T> {
  for (const end = performance.now() + withinMs; performance.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(otherwise);
}

export type Latch = {
  /** Starts it, and resolves when the database has it waiting in the line: what is let in later comes later. */
  queue<T>(start: () => Promise<T>): Promise<{ answer: Promise<T> }>;
  open(): Promise<void>;
};

/** Holds a row, so that everybody who wants it stands in line. Of one row waiters are served in the order they came. */
export async function latch(sql: Sql, row: { table: "users" | "sessions" | "devices"; of: string }): Promise<Latch> {
  const held = signal();
  const opened = signal();
  const done = sql.begin(async (tx) => {
    await tx.script(
      `SELECT 1 FROM ${row.table} WHERE '${row.of}' IN (id, ${row.table === "sessions" ? "user_id" : "id"}) FOR UPDATE`,
    );
    held.give();
    await opened.given;
  });
  await Promise.race([held.given, done]);
  let waiting = 0;
  const untilWaiting = (count: number, waitingNow: (sql: Sql) => Promise<number>) =>
    eventually(
      async () => ((await waitingNow(sql)) >= count ? true : undefined),
      `${count} should wait for the row, and do not`,
    );
  return {
    async queue(start) {
      await untilWaiting(waiting, inLineForGood);
      const answer = start();
      answer.catch(() => {});
      waiting += 1;
      await untilWaiting(waiting, inLine);
      return { answer };
    },
    async open() {
      opened.give();
      await done;
    },
  };
}

function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

export async function inLine(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return row?.count ?? 0;
}

/** A message leaves the line once, and comes to its end again: it is taken out of its batch (transcript/pgAppend.ts). */
export async function inLineForGood(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
      AND query NOT LIKE '%lock_timeout%'`;
  return row?.count ?? 0;
}

export type Rows = {
  epoch: number;
  active_device_id: string | null;
  session_epoch: number | null;
  state: string | null;
};

/** Who holds, as the database has it. */
export async function rowsOf(sql: Sql, userId: string): Promise<Rows | undefined> {
  const [row] = await sql<Rows>`
    SELECT u.epoch, u.active_device_id, s.epoch AS session_epoch, s.state
    FROM users u LEFT JOIN sessions s ON s.user_id = u.id AND s.state <> 'ended' WHERE u.id = ${userId}`;
  return row;
}

export type Target = DatabaseTarget;
