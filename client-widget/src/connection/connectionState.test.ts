import { describe, expect, it } from "vitest";
import { type ConnectionEvent, type ConnectionState, step } from "./connectionState.ts";

const STATES = {
  off: { kind: "off" },
  waiting: { kind: "waiting", attempt: 2, told: false, first: false },
  told: { kind: "waiting", attempt: 0, told: true, first: false },
  asking: { kind: "asking", attempt: 1, first: false },
  connecting: { kind: "connecting", attempt: 1, first: false },
  open: { kind: "open", probing: false },
  probing: { kind: "open", probing: true },
  refused: { kind: "refused", code: "revoked" },
} as const satisfies Record<string, ConnectionState>;

const EVENTS = {
  start: { kind: "start" },
  stop: { kind: "stop" },
  known: { kind: "known" },
  opened: { kind: "opened" },
  lost: { kind: "lost" },
  told: { kind: "told", afterMs: 5_000 },
  refused: { kind: "refused", code: "revoked" },
  wake: { kind: "wake" },
  due: { kind: "due" },
  answered: { kind: "answered" },
} as const satisfies Record<ConnectionEvent["kind"], ConnectionEvent>;

/** Every cell: the state afterwards and what is done. `·`: nothing happens. */
const TABLE: Record<keyof typeof STATES, Record<keyof typeof EVENTS, string>> = {
  off: {
    start: "asking ask",
    stop: "·",
    known: "·",
    opened: "·",
    lost: "·",
    told: "·",
    refused: "·",
    wake: "·",
    due: "·",
    answered: "·",
  },
  waiting: {
    start: "·",
    stop: "off disconnect",
    known: "·",
    opened: "·",
    lost: "·",
    told: "·",
    refused: "·",
    wake: "asking ask",
    due: "asking ask",
    answered: "·",
  },
  told: {
    start: "·",
    stop: "off disconnect",
    known: "·",
    opened: "·",
    lost: "·",
    told: "·",
    refused: "·",
    wake: "·",
    due: "asking ask",
    answered: "·",
  },
  asking: {
    start: "·",
    stop: "off disconnect",
    known: "connecting connect",
    opened: "·",
    lost: "·",
    told: "·",
    refused: "refused disconnect",
    wake: "·",
    due: "·",
    answered: "·",
  },
  connecting: {
    start: "·",
    stop: "off disconnect",
    known: "·",
    opened: "open",
    lost: "waiting disconnect wait",
    told: "waiting disconnect wait",
    refused: "refused disconnect",
    wake: "·",
    due: "·",
    answered: "·",
  },
  open: {
    start: "·",
    stop: "off disconnect",
    known: "·",
    opened: "·",
    lost: "waiting disconnect wait",
    told: "waiting disconnect wait",
    refused: "refused disconnect",
    wake: "open probe",
    due: "·",
    answered: "·",
  },
  probing: {
    start: "·",
    stop: "off disconnect",
    known: "·",
    opened: "·",
    lost: "waiting disconnect wait",
    told: "waiting disconnect wait",
    refused: "refused disconnect",
    wake: "·",
    due: "·",
    answered: "open",
  },
  refused: {
    start: "asking ask",
    stop: "off disconnect",
    known: "·",
    opened: "·",
    lost: "·",
    told: "·",
    refused: "·",
    wake: "·",
    due: "·",
    answered: "·",
  },
};

describe("the connection", () => {
  for (const [from, row] of Object.entries(TABLE) as [keyof typeof STATES, Record<keyof typeof EVENTS, string>][]) {
    for (const [name, expected] of Object.entries(row) as [keyof typeof EVENTS, string][]) {
      it(`${from}, ${name}: ${expected}`, () => {
        const { state, effects } = step(STATES[from], EVENTS[name], 0.5);
        const said = [state.kind, ...effects.map((effect) => effect.do)].join(" ");
        if (expected === "·") expect(state).toBe(STATES[from]);
        else expect(said).toBe(expected);
      });
    }
  }

  it("tries again within a second after a loss, and later and later while nobody is there", () => {
    let state: ConnectionState = STATES.open;
    const waits: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const lost = step(state, EVENTS.lost, 0.999);
      waits.push(...lost.effects.flatMap((effect) => (effect.do === "wait" ? [effect.ms] : [])));
      state = step(step(lost.state, EVENTS.due, 0).state, EVENTS.known, 0).state;
    }
    expect(waits[0]).toBeLessThan(1_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
  });

  it("keeps the delay the server gave, even when the person comes back earlier", () => {
    const { state, effects } = step(STATES.open, EVENTS.told, 0);
    expect(effects).toContainEqual({ do: "wait", ms: 5_000 });
    expect(step(state, EVENTS.wake, 0).state).toBe(state);
  });
});
