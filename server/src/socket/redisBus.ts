/**
 * The bus: what people are told on one node is told to their connections on all, through the Socket.IO Redis adapter. Its
 * requests between nodes are left out: they fail when a node has just died, and act on whatever anybody publishes.
 */
import { type VisitorNoticeName, visitorNotices } from "@baton/shared/notices";
import { createAdapter } from "@socket.io/redis-adapter";
import * as z from "zod";
import type { RedisLink } from "../redis/connect.ts";
import { channels } from "../redis/keys.ts";

export type BusParts = {
  link: RedisLink;
  /** Of another node, about to be told to connections here. */
  heard(room: string, event: string, payload: unknown): void;
  /** Could not be published: others may have missed something. */
  unsaid(): void;
  /** Published by somebody who speaks otherwise. */
  garbled(): void;
};

/** Text is at most 200 KB in an answer; what is told is less. */
const MOST_BYTES = 1_000_000;
const EVENT_PACKET = 2;
const NSP = "/visitor";
const rooms = z.array(z.string().max(500)).max(10);

/** As the adapter writes it: who says it, a packet, and to whom. */
const Broadcast = z.tuple([
  z.string().max(50),
  z.looseObject({
    nsp: z.literal(NSP),
    type: z.literal(EVENT_PACKET),
    // Nobody is asked for an acknowledgement on the way through another node.
    id: z.never().optional(),
    data: z.tuple([z.string().max(100), z.record(z.string(), z.unknown())]),
  }),
  z.looseObject({ rooms: rooms.min(1), except: rooms, flags: z.looseObject({}).optional() }),
]);

const NOTHING: readonly unknown[] = [];

export function createRedisBus({ link, heard, unsaid, garbled }: BusParts) {
  /** The adapter takes whatever this answers at its word: an error here would be nobody's. */
  function decode(bytes: Buffer): readonly unknown[] {
    // Most of what a busy node hears are its own words, and the adapter throws those away: they are not read.
    if (beginning !== undefined && bytes.subarray(0, beginning.length).equals(beginning)) return [ownUid];
    const said = bytes.length > MOST_BYTES ? undefined : parse(bytes);
    if (!said) {
      garbled();
      return NOTHING;
    }
    const [, { data }, { rooms }] = said;
    if (!isNotice(...data)) {
      garbled();
      return NOTHING;
    }
    for (const room of rooms) heard(room, data[0], data[1]);
    return said;
  }

  let ownUid = "";
  /** Of the bytes of whatever this node has said. */
  let beginning: Buffer | undefined;
  const publisher = {
    on() {},
    listenerCount: () => 0,
    publish(channel: string, bytes: string | Buffer): void {
      link.commands.publish(channel, bytes).catch(unsaid);
    },
  };
  const { subscriber } = link;
  const listener = {
    on(event: string, listener: (...args: unknown[]) => void): void {
      if (event === "pmessageBuffer") subscriber.on(event, listener);
    },
    off(event: string, listener: (...args: unknown[]) => void): void {
      subscriber.off(event, listener);
    },
    listenerCount: () => 0,
    psubscribe(pattern: string): void {
      link.listen({ pattern }).catch(() => {});
    },
    subscribe(): void {},
    punsubscribe(): void {},
    unsubscribe(): void {},
  };
  const parser = {
    encode(said: readonly unknown[]): string {
      if (said[0] !== ownUid) {
        ownUid = String(said[0]);
        beginning = Buffer.from(`[${JSON.stringify(ownUid)},`);
      }
      return JSON.stringify(said);
    },
    decode,
  };
  return createAdapter(publisher, listener, { key: channels.bus, parser });
}

/** Told to people as it is, and read by this node as what it says it is. */
function isNotice(event: string, payload: unknown): boolean {
  if (!Object.hasOwn(visitorNotices, event)) return false;
  return visitorNotices[event as VisitorNoticeName].payload.safeParse(payload).success;
}

function parse(bytes: Buffer): z.output<typeof Broadcast> | undefined {
  try {
    return Broadcast.safeParse(JSON.parse(bytes.toString())).data;
  } catch {
    return undefined;
  }
}
