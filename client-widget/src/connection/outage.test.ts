import { describe, expect, it } from "vitest";
import { type ConnectionEvent, type ConnectionState, step } from "./connectionState.ts";
import { outage } from "./outage.ts";

const START = { kind: "start" } as const;
const KNOWN = { kind: "known" } as const;
const OPENED = { kind: "opened" } as const;
const LOST = { kind: "lost" } as const;
const DUE = { kind: "due" } as const;
const TOLD = { kind: "told", afterMs: 5_000 } as const;

/** What is told, in time, after these events. */
function after(...events: ConnectionEvent[]): string[] | null {
  const state = events.reduce<ConnectionState>((held, event) => step(held, event, 0).state, { kind: "off" });
  return outage(state)?.map(({ line, afterMs }) => `${line} ${afterMs}`) ?? null;
}

describe("an outage", () => {
  it("is not the wait for a first identity, however long it takes", () => {
    expect(after(START)).toEqual([]);
    expect(after(START, { kind: "refused", code: "token_expired" }, START)).toEqual([]);
  });

  it("is no reconnecting where there was no line before: only its absence is told", () => {
    expect(after(START, KNOWN)).toEqual(["offline 10000"]);
    expect(after(START, KNOWN, LOST)).toEqual(["offline 10000"]);
    expect(after(START, KNOWN, TOLD)).toEqual(["offline 10000"]);
    expect(after(START, KNOWN, LOST, DUE, KNOWN)).toEqual(["offline 10000"]);
  });

  it("is told in its steps where a line was lost, whoever must be asked meanwhile", () => {
    const steps = ["reconnecting 3000", "offline 10000"];
    expect(after(START, KNOWN, OPENED, LOST)).toEqual(steps);
    expect(after(START, KNOWN, OPENED, TOLD)).toEqual(steps);
    expect(after(START, KNOWN, OPENED, LOST, DUE)).toEqual(steps);
    expect(after(START, KNOWN, OPENED, LOST, DUE, KNOWN)).toEqual(steps);
  });

  it("is over once the line is there, refused or not wanted", () => {
    expect(after(START, KNOWN, OPENED)).toBeNull();
    expect(after(START, KNOWN, { kind: "refused", code: "revoked" })).toBeNull();
    expect(after(START, { kind: "stop" })).toBeNull();
  });
});
