import { describe, expect, it } from "vitest";
import { chooseSlot, needsLater, type PanelMoment, plainBanner, QUIET } from "./banner.ts";
import { session } from "./chatState.fixture.ts";
import { type ChatState, EMPTY_CHAT } from "./chatState.ts";

const UP: ChatState = { ...EMPTY_CHAT, line: "up" };
const slot = (state: Partial<ChatState>, moment: Partial<PanelMoment> = {}) =>
  chooseSlot({ ...UP, ...state }, { ...QUIET, ...moment });
const word = (state: Partial<ChatState>, moment: Partial<PanelMoment> = {}) =>
  plainBanner({ ...UP, ...state }, { ...QUIET, ...moment }).word;
const entry = { clientId: "c", text: "t", createdAt: 1, state: "waiting" } as const;
const tracks = (state: "open" | "idle" | "ended") => ({ s1: { session: session({ state }), rev: 1, ahead: [] } });
const holder = { deviceId: "d2", label: "Safari on iPhone", since: "2026-01-05T10:00:00.000Z" };
const previous = { sessionId: "s0", endedAt: "2026-01-04T10:00:00.000Z", unresolved: [] };
const arrived = { text: "half", from: "Safari on iPhone", clash: false, shown: false };

describe("the one banner", () => {
  it("says nothing while all is well, nor in the first three seconds of a loss", () => {
    expect(slot({ tracks: tracks("open") })).toBeNull();
    expect(slot({ line: "brief" })).toBeNull();
    expect(slot({ lock: { holder: null, epoch: 1, mine: true } })).toBeNull();
  });

  // Each row leaves out what won the one before it: the order is experience.md's, from the highest down.
  const everything: Partial<ChatState> = {
    line: "refused",
    refusal: "unknown_site",
    lock: { holder, epoch: 2, mine: false },
    endedAway: true,
    resumption: { kind: "fresh", previous },
    checking: true,
    pausesAt: 1,
    queue: { sessionId: "s1", position: 3 },
  };
  const pressed: Partial<PanelMoment> = { ending: "asked", arrived, flash: "back", storageDenied: true };
  const up = { ...everything, line: "up", refusal: null } as const;
  const kept = { ...pressed, ending: "no" } as const;
  const open = { ...up, endedAway: false, tracks: tracks("open") };
  const mine = { ...open, lock: { holder, epoch: 2, mine: true } };
  const known = { ...mine, checking: false };
  const idle = { ...known, pausesAt: null, tracks: tracks("idle") };
  const calm = { ...known, pausesAt: null };
  it.each([
    ["blocked", everything, pressed],
    ["ending", up, pressed],
    ["endedAway", up, kept],
    ["elsewhere", open, kept],
    ["checking", mine, kept],
    ["countdown", known, kept],
    ["countdown", { ...known, line: "offline" }, kept],
    ["offline", { ...calm, line: "offline" }, kept],
    ["offline", { ...idle, line: "offline" }, kept],
    ["offer", { ...idle, resumption: { kind: "offer" } }, kept],
    ["paused", idle, kept],
    ["draft", calm, kept],
    ["info", calm, { ...kept, arrived: null }],
    [null, { ...calm, queue: null }, QUIET],
  ] as const)("is %s", (expected, state, moment) => {
    expect(slot(state as Partial<ChatState>, moment)).toBe(expected);
  });

  it("lets a device write whose rival has vanished", () => {
    expect(slot({ lock: { holder: null, epoch: 2, mine: false } })).toBeNull();
  });

  it("does not check a line that is not there", () => {
    expect(slot({ checking: true, line: "offline" })).toBe("offline");
  });

  it("forgets the end of the last session once something new is written, or it was acknowledged", () => {
    const away = { endedAway: true, resumption: { kind: "fresh" as const, previous } };
    expect(slot({ ...away, outbox: [entry] })).toBeNull();
    expect(slot(away, { looked: "s0" })).toBeNull();
    expect(slot({ ...away, tracks: tracks("open") })).toBeNull();
  });
});

describe("what passes by", () => {
  it("tells of a loss, and how many words wait", () => {
    expect(word({ line: "reconnecting" })).toBe("reconnecting");
    expect(word({ line: "offline" })).toBe("offline");
    expect(word({ line: "offline", outbox: [entry] })).toBe("offlineOne");
    const two = plainBanner({ ...UP, line: "offline", outbox: [entry, { ...entry, clientId: "d" }] }, QUIET);
    expect(two).toMatchObject({ word: "offlineMany", slots: { n: 2 } });
  });

  it("tells the place in line, after what was just done and before a storage that is denied", () => {
    const queue = { sessionId: "s", position: 3 };
    expect(word({ queue }, { flash: "back" })).toBe("back");
    expect(plainBanner({ ...UP, queue }, QUIET)).toMatchObject({ word: "queue", slots: { n: 3 } });
    expect(word({}, { storageDenied: true })).toBe("storageBlocked");
  });
});

it("downloads the rest when a state, an end or words to give back ask for it, and never for a lost line", () => {
  expect(needsLater(UP, null)).toBe(false);
  expect(needsLater(UP, "offline")).toBe(false);
  expect(needsLater(UP, "info")).toBe(false);
  expect(needsLater(UP, "elsewhere")).toBe(true);
  expect(needsLater({ ...UP, tracks: tracks("ended") }, null)).toBe(true);
  expect(needsLater({ ...UP, outbox: [{ ...entry, state: "returned" }] }, null)).toBe(true);
});
