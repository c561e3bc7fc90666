/** Users of the load and their devices: connected, opened, with a session begun. Used by the generator. */
import { Connection, NAMESPACE } from "./connection.ts";
import { clientIdOf, messageFrames, TEXT } from "./messageFrame.ts";
import { ownerOf } from "./owner.ts";

/** A user with the device that writes and perhaps one that only listens. */
export type Person = {
  readonly writer: Connection;
  readonly connections: readonly Connection[];
  readonly frame: (n: number) => Buffer;
  readonly owner: string;
  sessionId: string;
};

export type Joining = {
  port: number;
  server: "bare" | "baton";
  users: number;
  devices: 1 | 2;
  /** No more than a thousand phases, no more than ten generators. */
  phase: number;
  generator: number;
  /** Without: opened, and silent. */
  speak: boolean;
};

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
  let token: string | undefined;
  for (let device = 0; device < joining.devices; device++) {
    const connection = new Connection(joining.port, onLost);
    const id = `${owner}${joining.server.slice(0, 4)}-${device}`;
    token = await open(connection, { id, room: joining.devices > 1 ? owner : undefined, token });
    connections.push(connection);
  }
  const [writer] = connections;
  if (!writer) throw new Error("a person without a device");
  const frame = messageFrames(NAMESPACE, owner);
  const sessionId = joining.speak ? await firstMessage(writer, owner) : "";
  // Nothing of the preparation is still on its way when load is driven: what arrives then is counted.
  if (joining.speak) await Promise.all(connections.map((connection) => connection.delivered()));
  return { writer, connections, frame, owner, sessionId };
}

type Opening = { id: string; room: string | undefined; token: string | undefined };

/** An anonymous visitor; the second device comes back with the first one's token. */
async function openVisitor(connection: Connection, { id, token }: Opening): Promise<string | undefined> {
  const known = token === undefined ? {} : { visitorToken: token };
  await connection.join({ protocol: 1, site: "bench", device: { id, label: "Bench" }, ...known });
  const snapshot = await connection.ask<{ visitorToken?: string }>("session:open", {});
  return token ?? snapshot.visitorToken;
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
