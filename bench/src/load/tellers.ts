/**
 * People whose first device writes. Their others read along, until they stall: they then take nothing from their sockets
 * any more, and what they are told piles up in the kernel and after that in the gateway.
 */
import { type Connection, NAMESPACE } from "./connection.ts";
import type { Driving, Voice } from "./drive.ts";
import { messageFrames, TEXT } from "./messageFrame.ts";
import type { Person } from "./people.ts";

export type Telling = { driving: Driving; stalled: boolean };

/** `person.connections`: whoever of them is expected to read. */
export type Teller = Voice & { readonly readers: readonly Connection[] };

/** @param letters of each message that they write */
export function tellerOf(person: Person, letters: number): Teller {
  const frame = messageFrames(NAMESPACE, person.owner, textOf(letters));
  return { person: { ...person, frame }, next: 1, dueAt: [], readers: person.connections.slice(1) };
}

/** @returns the same one, of whom only the writing device is waited for */
export function stallReaders(teller: Teller): Teller {
  for (const reader of teller.readers) reader.stall();
  return { ...teller, person: { ...teller.person, connections: [teller.person.writer] } };
}

export function endTeller({ person, readers }: Teller): void {
  for (const connection of [person.writer, ...readers]) connection.end();
}

function textOf(letters: number): string {
  return TEXT.repeat(Math.ceil(letters / TEXT.length)).slice(0, letters);
}
