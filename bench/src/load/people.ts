/** Users of the load and their devices: connected, opened, with a session begun. Used by the generator. */
import type { VisitorData } from "@baton/shared/commands";
import { Connection, NAMESPACE } from "./connection.ts";
import { clientIdOf, messageFrames, TEXT } from "./messageFrame.ts";
import { ownerOf } from "./owner.ts";

/** A user with the device that writes and perhaps others that only listen. */
export type Person = {
  readonly writer: Connection;
  readonly connections: readonly Connection[];
  readonly frame: (n: number) => Buffer;
  readonly owner: string;
  readonly sessionId: string;
  /** Of a visitor: the bare server knows nobody. */
  readonly visitor: Visitor | undefined;
};

/** What a device needs to come back, and the epoch of the baton when the last of them opened. */
export type Visitor = { readonly token: string; readonly deviceIds: readonly string[]; readonly epoch: number };

export type Joining = {
  /** With two nodes the devices of a user are on different ones, and their writers on one as often as on the other. */
  ports: readonly number[];
  server: "bare" | "baton";
  users: number;
  devices: number;
  /** No more than a thousand phases, no more than ten generators. */
  phase: number;
  generator: number;
  /** Without: opened, and silent. */
  speak: boolean;
};

type Snapshot = VisitorData<"session:open">;

/** At the same time; more would only wait in the server. */
const JOINING_AT_ONCE = 40;

export async function joinPeople(joining: Joining, onLost: (error: Error) => void): Promise<Person[]> {
  const people: Person[] = [];
  const places = Array.from({ length: joining.users }, (_, index) => index).values();
  // All workers draw from one iterator: each place is taken once.
  const work = async (): Promise<void> => {
    for (const index of places) people[index] = await joinPerson(joining, index, onLost);
  };
  await Promise.all(Array.from({ length: JOINING_AT_ONCE }, work));
  return people;
}

async function joinPerson(joining: Joining, index: number, onLost: (error: Error) => void): Promise<Person> {
  const owner = ownerOf({ ...joining, index });
  const open = joining.server === "baton" ? openVisitor : openBare;
  const connections: Connection[] = [];
  let visitor: Visitor | undefined;
  for (let device = 0; device < joining.devices; device++) {
    const connection = new Connection(portOf(joining, index + device), onLost);
    const id = `${owner}${joining.server.slice(0, 4)}-${device}`;
    visitor = await open(connection, { id, room: joining.devices > 1 ? owner : undefined, visitor });
    connections.push(connection);
  }
  const [writer] = connections;
  if (!writer) throw new Error("a person without a device");
  const frame = messageFrames(NAMESPACE, owner);
  const sessionId = joining.speak ? await firstMessage(writer, owner) : "";
  // Nothing of the preparation is still on its way when load is driven: what arrives then is counted.
  if (joining.speak) await Promise.all(connections.map((connection) => connection.delivered()));
  return { writer, connections, frame, owner, sessionId, visitor };
}

function portOf({ ports }: Joining, place: number): number {
  return ports[place % ports.length] ?? 0;
}

type Opening = { id: string; room: string | undefined; visitor: Visitor | undefined };

export function visitorAuth(deviceId: string, token: string | undefined): object {
  const known = token === undefined ? {} : { visitorToken: token };
  return { protocol: 1, site: "bench", device: { id: deviceId, label: "Bench" }, ...known };
}

/**
 * An anonymous visitor. The first device becomes the active one; the second comes with its token and is passive, as
 * people's second devices are: it hears everything.
 */
async function openVisitor(connection: Connection, { id, visitor }: Opening): Promise<Visitor> {
  await connection.join(visitorAuth(id, visitor?.token));
  const snapshot = await connection.ask<Snapshot>("session:open", visitor ? { claim: false } : {});
  const { epoch, mine } = snapshot.lock;
  if (mine === (visitor !== undefined)) throw new Error("the baton is not with the first device of a user");
  const token = visitor?.token ?? snapshot.visitorToken;
  if (token === undefined) throw new Error("a new visitor was given no token");
  return { token, deviceIds: [...(visitor?.deviceIds ?? []), id], epoch };
}

async function openBare(connection: Connection, { room }: Opening): Promise<undefined> {
  await connection.join(room === undefined ? {} : { room });
}

/** Begins the session, so that what is measured only goes on with it. */
async function firstMessage(writer: Connection, owner: string): Promise<string> {
  const payload = { clientId: clientIdOf(owner, 0), text: TEXT };
  const { message } = await writer.ask<{ message: { sessionId: string } }>("message:send", payload);
  return message.sessionId;
}
