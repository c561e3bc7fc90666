/** What the database holds when all is over, as the checker reads it. Times: milliseconds of the server's clock. */

export type MessageRow = {
  readonly sessionId: string;
  readonly seq: number;
  readonly rev: number;
  readonly id: string;
  /** The owner. */
  readonly userId: string;
  readonly clientId?: string;
  readonly author: "visitor" | "bot" | "agent" | "system";
  readonly status: "complete" | "streaming" | "interrupted" | "failed";
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly at: number;
  /** Opened. Left out where only the sealed row was read: then what people saw last speaks for it. */
  readonly text?: string;
};

export type SessionRow = {
  readonly id: string;
  readonly userId: string;
  readonly state: "open" | "idle" | "ended";
  readonly rev: number;
  readonly lastSeq: number;
  readonly epoch: number;
  readonly openedAt: number;
  readonly endedAt: number | null;
  readonly endReason: string | null;
  readonly nextDeadlineAt: number | null;
  readonly deadlineKind: string | null;
};

export type UserRow = {
  readonly id: string;
  readonly epoch: number;
  readonly activeDevice: string | null;
  /** Signed in since: what was theirs is that user's. */
  readonly mergedInto: string | null;
};

export type FinalDatabase = {
  /** By the server's clock, when it was read. */
  readonly now: number;
  readonly users: readonly UserRow[];
  readonly sessions: readonly SessionRow[];
  readonly messages: readonly MessageRow[];
  /** Of the one site of the run; left out, how early or late a deadline came is judged by what was told alone. */
  readonly policy?: {
    readonly warnBeforeMs: number;
    readonly softExpiryMs: number;
    readonly hardExpiryMs: number;
    readonly maxDurationMs: number;
  };
};
