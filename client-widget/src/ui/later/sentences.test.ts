import { describe, expect, it } from "vitest";
import { type PanelMoment, QUIET, type Slot } from "../../chat/banner.ts";
import { session } from "../../chat/chatState.fixture.ts";
import { type ChatState, EMPTY_CHAT } from "../../chat/chatState.ts";
import { elsewhereWord, sentenceOf } from "./sentences.ts";

const holder = { deviceId: "d2", label: "Safari on iPhone", since: "2026-01-05T10:00:00.000Z" };
const arrived = { text: "half", from: "Safari on iPhone", clash: false, shown: false };
const tracks = { s1: { session: session({ state: "ended" }), rev: 1, ahead: [] } };
const said = (slot: Slot, state: Partial<ChatState> = {}, moment: Partial<PanelMoment> = {}) => {
  const sentence = sentenceOf(slot, { ...EMPTY_CHAT, ...state }, { ...QUIET, ...moment });
  return sentence && [sentence.word, ...sentence.actions.map(({ act }) => act)];
};

describe("what is said in each state", () => {
  it.each([
    ["blocked", { refusal: "unknown_site" }, {}, ["blocked", "again"]],
    ["blocked", { refusal: "too_many_connections" }, {}, ["tooMany", "again"]],
    ["blocked", { refusal: "token_expired" }, {}, ["signInAgain", "signIn"]],
    ["ending", {}, { ending: "asked" }, ["endQuestion", "keepChatting", "endChat"]],
    ["ending", {}, { ending: "undoable" }, ["ending", "undo"]],
    ["endedAway", {}, {}, ["endedAway", "new", "read"]],
    ["endedAway", { tracks }, {}, ["endedAway", "new"]],
    ["endedAway", { tracks, lock: { holder, epoch: 2, mine: false } }, {}, ["endedAway"]],
    ["countdown", {}, {}, ["warning", "stay", "askEnd"]],
    ["paused", {}, {}, ["paused", "continue", "new"]],
    ["offer", {}, { looked: "s1" }, ["offerSeen", "continue", "new"]],
    ["offer", {}, {}, null],
    ["draft", {}, { arrived }, ["draftFrom", "takeBack"]],
    ["draft", {}, { arrived: { ...arrived, clash: true } }, ["draftFrom", "show", "insertBelow"]],
    ["draft", {}, { arrived: { ...arrived, clash: true, shown: true } }, ["draftFrom", "insertBelow"]],
    ["elsewhere", {}, {}, null],
  ] as const)("%s", (slot, state, moment, expected) => {
    expect(said(slot, state as Partial<ChatState>, moment)).toEqual(expected);
  });

  it("tells a device that watches from one that lost the baton, and from one that asks for it", () => {
    const lost = { ...EMPTY_CHAT, lost: true };
    expect(elsewhereWord(EMPTY_CHAT, "no")).toBe("activeOn");
    expect(elsewhereWord(lost, "no")).toBe("takenOver");
    expect(elsewhereWord(lost, "moving")).toBe("moving");
    expect(elsewhereWord(lost, "failed")).toBe("moveFailed");
    expect(elsewhereWord(lost, "wait")).toBe("fight");
    expect(elsewhereWord(lost, "ready")).toBe("fight");
  });
});
