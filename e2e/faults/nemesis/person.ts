/** Somebody with one or two devices, who writes on the one that may speak and now and then goes on with the other. Made by crowd.ts. */
import { createHmac } from "node:crypto";
import type { VisitorNotice } from "@baton/shared/notices";
import { SITE_SECRET } from "../cluster/cluster.ts";
import type { Told } from "../history/events.ts";
import type { Word } from "./outbox.ts";
import { Page } from "./page.ts";
import type { Random } from "./random.ts";
import type { Routes, Way } from "./routes.ts";

export type PersonParts = {
  readonly name: string;
  /** One for each device: how it reaches the nodes, and which first. */
  readonly ways: readonly { readonly way: Way; readonly firstNode: number }[];
  readonly routes: Routes;
  readonly patienceMs: number;
  readonly random: Random;
  onKept(word: Word): void;
  record(event: Told): void;
  closing(told: VisitorNotice<"closing">): void;
  trouble(words: string): void;
};

const DEVICE_ID_LENGTH = 21;
/** How often another device is opened anew, and gets the baton only if nobody live holds it. */
const ANEW = 0.25;
/** How often what was said is rather deleted than said otherwise. */
const DELETED = 0.3;

export class Person {
  readonly name: string;
  readonly pages: readonly Page[];
  userId: string | undefined;
  readonly #random: Random;
  #count = 0;

  constructor(parts: PersonParts) {
    const { name, ways, random, ...shared } = parts;
    this.name = name;
    this.#random = random;
    // With two devices they are known by name; with one, nobody in particular.
    let token: Record<string, string> = ways.length > 1 ? { userToken: userToken(name) } : {};
    this.pages = ways.map(({ way, firstNode }, i) => {
      const id = `${name}-${i + 1}`.padEnd(DEVICE_ID_LENGTH, "_");
      return new Page({
        ...shared,
        user: name,
        device: { id, label: `${name}'s device ${i + 1}` },
        way,
        firstNode,
        auth: () => token,
        userId: () => this.userId,
        opened: ({ user, visitorToken }) => {
          this.userId = user.id;
          if (visitorToken !== undefined && !token.userToken) token = { visitorToken };
        },
        chance: () => random.next(),
      });
    });
  }

  /** The page on which this person writes. */
  get active(): Page | undefined {
    const [first] = this.pages.filter((page) => page.isActive && !page.isOver).sort(byEpoch);
    return first;
  }

  /** One device after the other, as people do. */
  async arrive(): Promise<void> {
    for (const page of this.pages) await page.start();
  }

  /** The next word; nothing when no device may speak. */
  write(): void {
    this.#count += 1;
    this.active?.write(`${this.name}-${this.#count}`, `${this.name} ${this.#count}`);
  }

  /** Says the last word otherwise, or takes it back. */
  async changeMind(): Promise<void> {
    this.#count += 1;
    const isDeleted = this.#random.next() < DELETED;
    await this.active?.rephrase(isDeleted ? undefined : `${this.name} rather ${this.#count}`);
  }

  /** Goes on with a device that may not speak now: mostly by its button, sometimes by opening it anew. */
  async changeDevice(): Promise<void> {
    const other = this.pages.find((page) => !page.isActive && page.line);
    if (this.#random.next() < ANEW) other?.visit();
    else await other?.pressTakeover();
  }

  /** @param door by which somebody else does it. What was open then may hear nothing any more. */
  async signOut(door: (userId: string) => Promise<void>): Promise<void> {
    if (this.userId === undefined) throw new Error(`${this.name} has not come yet`);
    const lines = this.pages.flatMap(({ line }) => line ?? []);
    for (const page of this.pages) page.isSignedOut = true;
    await door(this.userId);
    for (const { watched } of lines) watched.signedOut();
  }

  leave(): void {
    for (const page of this.pages) page.leave();
  }
}

function byEpoch(one: Page, other: Page): number {
  return (other.lock?.epoch ?? 0) - (one.lock?.epoch ?? 0);
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const A_DAY_S = 86_400;

/** As the site's own back end signs it; good for a node whose clock is an hour wrong, too. */
function userToken(sub: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { sub, aud: "demo", iat: now - A_DAY_S, exp: now + A_DAY_S };
  const signed = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`;
  return `${signed}.${createHmac("sha256", SITE_SECRET).update(signed).digest("base64url")}`;
}
