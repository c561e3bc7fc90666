import { expect, it } from "vitest";
import { session } from "../../chat/chatState.fixture.ts";
import { type ChatState, EMPTY_CHAT } from "../../chat/chatState.ts";
import { happened } from "./happened.ts";

const holder = { deviceId: "d2", label: "Safari on iPhone", since: "2026-01-05T10:00:00.000Z" };
const tracks = (state: "open" | "idle" | "ended") => ({ s1: { session: session({ state }), rev: 1, ahead: [] } });
const passive = { lock: { holder, epoch: 2, mine: false } };
const active = { lock: { holder, epoch: 3, mine: true } };
const names = (before: Partial<ChatState>, after: Partial<ChatState>) =>
  happened({ ...EMPTY_CHAT, ...before }, { ...EMPTY_CHAT, ...after }).map(([name]) => name);

it.each([
  [{}, passive, ["device:passive"]],
  [active, { ...passive, lost: true }, ["device:takeover", "device:passive"]],
  [passive, active, ["device:active"]],
  [passive, { lock: { holder: null, epoch: 2, mine: false } }, []],
  [{ tracks: tracks("open") }, { tracks: tracks("open"), pausesAt: 1 }, ["idle:warning"]],
  [{ tracks: tracks("open"), pausesAt: 1 }, { tracks: tracks("open") }, ["idle:extended"]],
  [{ tracks: tracks("open"), pausesAt: 1 }, { tracks: tracks("idle") }, ["session:paused"]],
  [{ tracks: tracks("idle") }, { tracks: tracks("open") }, ["session:resumed"]],
  [{ tracks: tracks("open") }, { tracks: tracks("ended") }, ["session:ended"]],
  [{}, { tracks: tracks("open") }, []],
] as const)("tells the page of %j to %j: %j", (before, after, expected) => {
  expect(names(before as Partial<ChatState>, after as Partial<ChatState>)).toEqual(expected);
});
