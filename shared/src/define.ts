/**
 * Two constructors and the mapped types that derive both ends from the tables in commands.ts and notices.ts:
 * the server's complete handler table, the clients' typed `emit` and `on`.
 */
import type * as z from "zod";
import type { Ack } from "./refusals.ts";

/** Something a client may say: what it carries, and what a success answers. */
export type Command<Payload extends z.ZodType = z.ZodType, Data extends z.ZodType = z.ZodType> = {
  readonly payload: Payload;
  readonly data: Data;
  readonly about: string;
};

/** Something the server may say by itself. */
export type Notice<Payload extends z.ZodType = z.ZodType> = { readonly payload: Payload; readonly about: string };

export function command<Payload extends z.ZodType, Data extends z.ZodType>(
  about: string,
  payload: Payload,
  data: Data,
): Command<Payload, Data> {
  return { about, payload, data };
}

export function notice<Payload extends z.ZodType>(about: string, payload: Payload): Notice<Payload> {
  return { about, payload };
}

export type Commands = Readonly<Record<string, Command>>;
export type Notices = Readonly<Record<string, Notice>>;

/** What the client passes. */
export type PayloadIn<C extends Command> = z.input<C["payload"]>;
/** What a handler gets, after parsing and normalising. */
export type PayloadOf<C extends Command> = z.output<C["payload"]>;
export type DataOf<C extends Command> = z.input<C["data"]>;
export type NoticeOf<N extends Notice> = z.input<N["payload"]>;

/** Socket.IO's event maps, derived. */
export type ClientToServer<T extends Commands> = {
  [E in keyof T]: (payload: PayloadIn<T[E]>, ack?: (answer: Ack<DataOf<T[E]>>) => void) => void;
};
export type ServerToClient<T extends Notices> = { [E in keyof T]: (payload: NoticeOf<T[E]>) => void };
