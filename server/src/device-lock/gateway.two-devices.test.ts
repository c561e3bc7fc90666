/**
 * Two devices of each person send and take over at random, lose their connections with sends in flight, and send again
 * what was not answered; a third one watches. At the end everything is held against the database: P1, P3 and P4 of
 * promises.md. On two nodes nothing is between them but the rows, so a view is brought up to date by `sync` first.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { VisitorData } from "@baton/shared/commands";
import type { Ack } from "@baton/shared/refusals";
import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { newDevice, type TestClient, type TestDevice } from "../testing/testClient.ts";
import { NO_LIMITS, startTestGateway, type TestGateway, testDatabase, testSite } from "../testing/testGateway.ts";
import { hear, type View, viewOf } from "../testing/view.ts";
import { type Person, person } from "./devices.fixture.ts";

const FOR_MS = 30_000;
const PEOPLE = 4;
/** Presses are damped by real time: the watch that damps them runs this much faster. */
const WATCH_RUNS = 200;

type Sent = {
  clientId: string;
  device: string;
  text: string;
  fate: "open" | "returned" | { seq: number; rev: number };
};

/** One device of a person: what it shows, and what it has sent. */
class Device {
  readonly #ada: Person;
  readonly #nodes: readonly TestGateway[];
  readonly #device: TestDevice;
  readonly sent: Sent[] = [];
  epoch = 0;
  drops = 0;
  #client!: TestClient;
  #opened!: VisitorData<"session:open">;

  constructor(ada: Person, nodes: readonly TestGateway[], label: string) {
    this.#ada = ada;
    this.#nodes = nodes;
    this.#device = newDevice(label);
  }

  async arrive(claim: boolean): Promise<void> {
    const at = this.#nodes[Math.floor(Math.random() * this.#nodes.length)];
    if (!at) throw new Error("there is no node");
    const { client, snapshot } = await this.#ada.arrive(this.#device, { at, open: { claim } });
    this.#client = client;
    this.#opened = snapshot;
    this.epoch = snapshot.lock.epoch;
  }

  /** The connection goes, with whatever is in flight; the device comes back and sends again what was not answered. */
  async drop(): Promise<void> {
    this.drops += 1;
    this.#client.close();
    await this.arrive(Math.random() < 0.5);
    await Promise.all(this.sent.filter(({ fate }) => fate === "open").map((one) => this.#say(one)));
  }

  send(): Promise<void> {
    const one: Sent = { clientId: nanoid(), device: this.#device.id, text: `${this.sent.length}`, fate: "open" };
    this.sent.push(one);
    return this.#say(one);
  }

  async #say(one: Sent): Promise<void> {
    const answer = await this.#ask("message:send", { clientId: one.clientId, text: one.text });
    if (!answer || one.fate !== "open") return;
    if (answer.ok) {
      const { message, rev } = answer.data as VisitorData<"message:send">;
      one.fate = { seq: message.seq, rev };
    } else if (answer.error.code === "not_active_device") one.fate = "returned";
    else throw new Error(`a message was refused: ${JSON.stringify(answer.error)}`);
  }

  async takeOver(): Promise<void> {
    const answer = await this.#ask("session:takeover", Math.random() < 0.7 ? { epoch: this.epoch } : {});
    if (!answer) return;
    const lock = answer.ok
      ? (answer.data as VisitorData<"session:takeover">).lock
      : (answer.error.details?.lock as { epoch: number } | undefined);
    this.epoch = lock?.epoch ?? this.epoch;
  }

  /** Undefined when the connection went before the answer came. */
  async #ask(event: string, payload: object): Promise<Ack<unknown> | undefined> {
    const { socket } = this.#client;
    return Promise.race([
      socket.emitWithAck(event, payload) as Promise<Ack<unknown>>,
      new Promise<undefined>((resolve) => {
        if (socket.connected) socket.once("disconnect", () => resolve(undefined));
        else resolve(undefined);
      }),
    ]);
  }

  get isAway(): boolean {
    return this.#client.socket.disconnected;
  }

  get view(): View {
    return this.#client.heard.reduce(hear, viewOf(this.#opened));
  }

  /** From before the first of what was never heard of, as a client would. */
  async synced(): Promise<View> {
    const { session, messages, rev, gaps } = this.view;
    if (!session) return viewOf(await this.fresh());
    const known = Math.min(rev, ...gaps.map((gap) => gap - 1));
    const told = await this.#client.ask("sync", { sessionId: session.id, rev: known });
    const held = told.reset ? [] : messages;
    const all = [...held, ...told.changes.map((message) => [message.id, message] as const)];
    return { ...this.view, session: told.session, rev: told.rev, messages: new Map(all), gaps: [] };
  }

  fresh = (): Promise<VisitorData<"session:open">> => this.#client.open({ claim: false });

  async settle(): Promise<void> {
    while (this.sent.some(({ fate }) => fate === "open")) await this.drop();
  }

  async live(until: number): Promise<void> {
    while (Date.now() < until) {
      const what = Math.random();
      if (this.isAway || what < 0.04) await this.drop();
      else if (what < 0.16) await this.takeOver();
      else if (what < 0.2) void this.send();
      else await Promise.all(Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => this.send()));
      await pause(Math.random() * 10);
    }
  }
}

/** Writes down, in each message's own transaction, who holds the baton when it is stored. */
async function watchWriters({ sql }: TestGateway): Promise<void> {
  await sql.script(`
    CREATE TABLE written (client_id text, seq int, session_id text, user_id text, epoch int, device text);
    CREATE FUNCTION write_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO written SELECT NEW.client_id, NEW.seq, NEW.session_id, u.id, u.epoch, u.active_device_id
      FROM users u WHERE u.id = NEW.user_id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER write_down AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION write_down();`);
}

type Written = { client_id: string; seq: number; epoch: number; device: string };

async function judge(house: TestGateway, devices: readonly Device[], watcher: Device, isOneNode: boolean) {
  const fresh = await watcher.fresh();
  const sessionId = fresh.session?.id ?? "";
  const written = await house.sql<Written>`
    SELECT client_id, seq, epoch, device FROM written WHERE session_id = ${sessionId} ORDER BY seq`;
  const sent = new Map(devices.flatMap((device) => device.sent).map((one) => [one.clientId, one]));
  // P1, P2: what was acknowledged is there once, where the ack said; what came back to its person is not there.
  const bySeq = new Map(written.map((row) => [row.client_id, row.seq]));
  expect(bySeq.size).toBe(written.length);
  for (const { clientId, fate } of sent.values()) {
    expect([clientId, fate, bySeq.get(clientId)]).toEqual([
      clientId,
      fate,
      fate === "returned" ? undefined : seqOf(fate),
    ]);
  }
  expect(written.length).toBe([...sent.values()].filter(({ fate }) => fate !== "returned").length);
  // P3: no holes.
  expect(written.map(({ seq }) => seq)).toEqual(written.map((_, i) => i + 1));
  // P4: each was written by the one device that had the baton in that very transaction, and epochs never fall.
  for (const [i, { client_id, device, epoch }] of written.entries()) {
    expect([client_id, device]).toEqual([client_id, sent.get(client_id)?.device]);
    expect(epoch).toBeGreaterThanOrEqual(written[i - 1]?.epoch ?? 0);
  }
  // P3: what every reader shows is what a fresh snapshot shows.
  for (const device of [...devices, watcher]) {
    const view = isOneNode ? device.view : await device.synced();
    if (isOneNode) expect(view.gaps).toEqual([]);
    expect(view.rev).toBe(fresh.rev);
    for (const message of fresh.messages) expect(view.messages.get(message.id)).toEqual(message);
  }
  return written;
}

function seqOf(fate: Sent["fate"]): number | undefined {
  return typeof fate === "object" ? fate.seq : undefined;
}

const SITES = [
  testSite("demo", { bot: { kind: "none" } }),
  testSite("newest", { bot: { kind: "none" }, policy: { ...PRESETS.support, oneDevice: "newest" } }),
];

// By hand: what vi spies on is given back as soon as the other test begins.
const real = performance.now.bind(performance);
const from = real();
beforeAll(() => {
  performance.now = () => from + (real() - from) * WATCH_RUNS;
});
afterAll(() => void Reflect.deleteProperty(performance, "now"));

test.concurrent.for([1, 2])(
  "P1, P2, P3, P4: two devices of a person that send and take over at random on %i node(s) have one history",
  { timeout: FOR_MS + 60_000 },
  // Its own `onTestFinished`: after the first `await` the imported one may be the other test's.
  async (count, { onTestFinished }) => {
    const { target, drop } = await testDatabase();
    const nodes: TestGateway[] = [];
    onTestFinished(async () => {
      for (const node of nodes) await node.close();
      await drop();
    });
    const limits = { ...NO_LIMITS, readerBehindMs: 1_000_000_000 };
    for (let i = 0; i < count; i++) {
      nodes.push(await startTestGateway(target, { limits, site: SITES[0] ?? {}, moreSites: SITES.slice(1) }));
    }
    const [house] = nodes as [TestGateway];
    await watchWriters(house);
    const until = Date.now() + FOR_MS;
    const told = await Promise.all(
      Array.from({ length: PEOPLE }, async (_, i) => {
        const ada = await person(house, i % 2 === 0 ? "demo" : "newest");
        const devices = [new Device(ada, nodes, "Phone"), new Device(ada, nodes, "Laptop")];
        const watcher = new Device(ada, nodes, "Tablet");
        for (const device of [...devices, watcher]) await device.arrive(device !== watcher);
        await Promise.all(devices.map((device) => device.live(until)));
        for (const device of devices) await device.settle();
        const written = await judge(house, devices, watcher, count === 1);
        const sum = (of: (device: Device) => number) => devices.reduce((total, device) => total + of(device), 0);
        return {
          written: written.length,
          returned: sum(({ sent }) => sent.filter(({ fate }) => fate === "returned").length),
          epochs: new Set(written.map(({ epoch }) => epoch)).size,
          drops: sum(({ drops }) => drops),
        };
      }),
    );
    // It was a fight, and not a walk, also on a machine that has other things to do.
    const total = (of: (one: (typeof told)[number]) => number) => told.reduce((sum, one) => sum + of(one), 0);
    expect(total(({ written }) => written)).toBeGreaterThan(200);
    expect(total(({ returned }) => returned)).toBeGreaterThan(100);
    expect(total(({ epochs }) => epochs)).toBeGreaterThan(10);
    expect(total(({ drops }) => drops)).toBeGreaterThan(10);
  },
);
