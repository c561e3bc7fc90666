import { describe, expect, it } from "vitest";
import { chooseBanner, type PanelMoment } from "./banner.ts";
import { type ChatState, EMPTY_CHAT } from "./chatState.ts";

const QUIET: PanelMoment = { ending: "no", flash: null, storageDenied: false };
const word = (state: Partial<ChatState>, moment: Partial<PanelMoment> = {}) =>
  chooseBanner({ ...EMPTY_CHAT, line: "up", ...state }, { ...QUIET, ...moment })?.word;
const entry = { clientId: "c", text: "t", createdAt: 1, state: "waiting" } as const;

describe("the banner", () => {
  it("says nothing while all is well, nor in the first three seconds of a loss", () => {
    expect(word({})).toBeUndefined();
    expect(word({ line: "brief" })).toBeUndefined();
  });

  it("tells of a loss, and how many words wait", () => {
    expect(word({ line: "reconnecting" })).toBe("reconnecting");
    expect(word({ line: "offline" })).toBe("offline");
    expect(word({ line: "offline", outbox: [entry] })).toBe("offlineOne");
    const two = chooseBanner({ ...EMPTY_CHAT, line: "offline", outbox: [entry, { ...entry, clientId: "d" }] }, QUIET);
    expect(two).toMatchObject({ word: "offlineMany", slots: { n: 2 } });
  });

  it("puts what blocks before what ends, before offline, before what passes", () => {
    const all = { ending: "asked", flash: "back", storageDenied: true } as const;
    expect(word({ line: "refused", refusal: "unknown_site" }, all)).toBe("blocked");
    expect(word({ line: "offline" }, all)).toBe("endQuestion");
    expect(word({ line: "offline" }, { ...all, ending: "no" })).toBe("offline");
    expect(word({}, { ...all, ending: "no" })).toBe("back");
    expect(word({}, { storageDenied: true })).toBe("storageBlocked");
  });

  it("asks to sign in again when the site's token has ended", () => {
    expect(word({ line: "refused", refusal: "token_expired" })).toBe("signIn");
    expect(word({ line: "refused", refusal: "too_many_connections" })).toBe("tooMany");
  });

  it("tells the place in line", () => {
    const queue = { sessionId: "s", position: 3 };
    expect(chooseBanner({ ...EMPTY_CHAT, line: "up", queue }, QUIET)).toMatchObject({ word: "queue", slots: { n: 3 } });
  });
});
