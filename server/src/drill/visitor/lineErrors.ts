/** What may become of a connection or of a command. Thrown by line.ts, told apart by visitor.ts and the scenarios. */
import type { Refusal } from "@baton/shared/refusals";

/** The command was answered «no». */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly refusal: Refusal;

  constructor(event: string, refusal: Refusal) {
    super(`${event} was refused: ${refusal.code} (${refusal.message})`);
    this.refusal = refusal;
  }
}

/** The connection was answered «no»: it will be so again. */
export class RefusedAtTheDoor extends Error {
  override readonly name = "RefusedAtTheDoor";
  readonly code: string;

  constructor(code: string, message: string) {
    super(`the connection was refused: ${code} (${message})`);
    this.code = code;
  }
}

/** No answer, and none to come on this line: nobody knows whether it was done. */
export class LineLost extends Error {
  override readonly name = "LineLost";
}

/** It was answered with something that protocol 1 does not know. */
export class NotProtocol extends Error {
  override readonly name = "NotProtocol";

  constructor(event: string, what: string) {
    super(`the answer to ${event} is not of protocol 1: ${what.replace(/\s+/g, " ")}`);
  }
}
