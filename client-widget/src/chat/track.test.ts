import type { Session } from "@baton/shared/visitor/shapes";
import { describe, expect, it } from "vitest";
import { hear, hearUpTo, learnSession, NEW_TRACK } from "./track.ts";

describe("what was heard of a session", () => {
  it("goes on when the next revision comes", () => {
    expect(hear(hear(NEW_TRACK, 1), 2)).toEqual({ rev: 2, ahead: [] });
  });

  it("knows that something is missing, and is whole once it has come", () => {
    const holed = hear(hear(NEW_TRACK, 1), 3);
    expect(holed).toEqual({ rev: 1, ahead: [3] });
    expect(hear(holed, 2)).toEqual({ rev: 3, ahead: [] });
  });

  it("does not mind hearing the same again", () => {
    const track = hear(NEW_TRACK, 1);
    expect(hear(track, 1)).toBe(track);
  });

  it("closes every hole that a sync tells about, and no other", () => {
    const holed = hear(hear(hear(NEW_TRACK, 1), 3), 6);
    expect(hearUpTo(holed, 4)).toEqual({ rev: 4, ahead: [6] });
  });

  it("keeps the newest of what is known about the session", () => {
    const at = (rev: number) => ({ id: "s", rev, lastActivityAt: "2026-01-01T00:00:00.000Z" }) as Session;
    const track = learnSession(NEW_TRACK, at(5));
    expect(learnSession(track, at(4)).session?.rev).toBe(5);
    expect(learnSession(track, at(6)).session?.rev).toBe(6);
  });
});
