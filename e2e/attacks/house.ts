/** The gateway that a file of attacks goes for: a real process that is watched from inside, and looked over afterwards. */
import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { TestClient } from "@baton/server/testing/testClient";
import { GatewayProcess, gatewayHome } from "../gatewayProcess.ts";
import { figure } from "./figures.ts";

export const SITE = "demo";
export const SECRET = "a-secret-of-the-site-under-attack-40-chars";
export const API_KEY = "bk_the-key-of-a-back-end-that-may-read-sessions";
export const OTHER_KEY = "bk_the-key-of-a-back-end-that-may-read-users-only";

export type Setting = {
  limits?: Record<string, number>;
  trustedProxies?: string[];
  polling?: boolean;
  bot?: "none" | "demo";
  logLevel?: string;
  /** More of the environment. */
  env?: Record<string, string>;
};

/** Nobody is held up: for attacks that a budget would only hide. */
export const NO_LIMITS: Record<string, number> = {
  userMessageBurst: 1_000_000,
  userMessagesPerSecond: 1_000_000,
  connectionCommandBurst: 1_000_000,
  connectionCommandsPerSecond: 1_000_000,
  userConnections: 10_000,
  userConnectionsPerMinute: 1_000_000,
  addressConnections: 100_000,
  addressConnectionsPerSecond: 1_000_000,
};

export type Stall = { wallMs: number; ownMs: number };
export type Held = { bytes: number; rss: number };
type Told = { watch: ({ kind: "stall" } & Stall) | ({ kind: "held" } & Held) };

/** By its package's name: from the sources and from what is built of them alike. */
const WATCH = pathToFileURL(createRequire(import.meta.url).resolve("@baton/e2e/attacks/watch.mjs")).href;

function configOf(port: number, { limits = {}, trustedProxies = [], polling = false, bot = "none" }: Setting) {
  const apiKeys = [
    { name: "reader", key: API_KEY, scopes: ["sessions:read"] },
    { name: "other", key: OTHER_KEY, scopes: ["users:read"] },
  ];
  const site = { id: SITE, origins: [`http://127.0.0.1:${port}`], secrets: [SECRET], apiKeys, bot: { kind: bot } };
  return { sites: [site], limits, trustedProxies, polling };
}

export class House extends GatewayProcess {
  readonly url: string;
  readonly port: number;
  /** Every line of its log, from its start. */
  readonly lines: string[] = [];
  readonly stalls: Stall[] = [];
  /** What it holds when nobody has done anything to it yet. */
  atFirst: Held = { bytes: 0, rss: 0 };
  readonly #remove: () => void;
  readonly #waiting: ((held: Held) => void)[] = [];
  #child: ChildProcess | undefined;

  constructor(home: Awaited<ReturnType<typeof gatewayHome>>) {
    super(home);
    this.url = home.url;
    this.port = home.port;
    this.#remove = home.remove;
  }

  static async open(setting: Setting = {}): Promise<House> {
    const home = await gatewayHome((port) => configOf(port, setting));
    const env = { ...home.env, BATON_LOG_LEVEL: setting.logLevel ?? "info", NODE_OPTIONS: `--import=${WATCH}` };
    const house = new House({ ...home, env: { ...env, ...setting.env } });
    try {
      await house.start();
      await house.serves();
      house.atFirst = await house.held();
    } catch (error) {
      await house.close();
      throw error;
    }
    // Starting stands still, and does nobody any harm.
    house.stalls.length = 0;
    return house;
  }

  override spawn(): ChildProcess {
    const child = super.spawn();
    this.#child = child;
    for (const input of [child.stdout, child.stderr]) {
      if (input) createInterface({ input }).on("line", (line) => this.#hear(line));
    }
    return child;
  }

  get hasEnded(): boolean {
    return this.#child?.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it holds after a full collection. */
  held(): Promise<Held> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child?.kill("SIGUSR2");
    });
  }

  /** One of its figures now; a counter's labels are added up unless they are named, such as `outcome="internal"`. */
  async figure(name: string, label = ""): Promise<number> {
    return figure(await (await fetch(`${this.url}/metrics`)).text(), name, label);
  }

  /** Somebody new is served from beginning to end. */
  async serves(): Promise<void> {
    const person = await this.arrive();
    await person.send("still served");
    person.close();
    if (person.faults.length > 0) throw new Error(person.faults.join("\n"));
  }

  /** A visitor with manners who has opened. */
  async arrive(auth: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<TestClient> {
    const client = await new TestClient(this.url, auth, { origin: this.url, headers }).connected();
    await client.open();
    return client;
  }

  async close(): Promise<void> {
    await this.stop();
    this.#remove();
  }

  #hear(line: string): void {
    if (!line.startsWith('{"watch":')) return void this.lines.push(line);
    const { watch } = JSON.parse(line) as Told;
    if (watch.kind === "stall") this.stalls.push(watch);
    else this.#waiting.shift()?.(watch);
  }
}
