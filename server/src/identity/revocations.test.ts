import { afterEach, describe, expect, test, vi } from "vitest";
import { createLog } from "../log.ts";
import { type Change, createRevocations, type LetIn, whyOver } from "./revocations.ts";

const SIGNED_OUT = 1_700_000_000_500;
const second = Math.floor(SIGNED_OUT / 1_000);

const letIn = (ms: number, more: Partial<LetIn> = {}): LetIn => ({
  claim: { kind: "visitor", userId: "ada", issuedAtMs: SIGNED_OUT + 1 },
  device: { id: "phone" },
  admitted: { ms, epoch: 3 },
  ...more,
});
const signedOut = (deviceId: string | null = null): Change => ({
  kind: "signedOut",
  userId: "ada",
  deviceId,
  notBefore: new Date(SIGNED_OUT),
});
const byToken = (iat: number): Pick<LetIn, "claim"> => ({
  claim: { kind: "identified", claims: { sub: "ada", iat, exp: iat + 3_600 } },
});

describe("after a sign-out", () => {
  test.each<[string, LetIn, Change, string | undefined]>([
    ["a connection of before", letIn(SIGNED_OUT - 1), signedOut(), "revoked"],
    ["a connection of the same millisecond", letIn(SIGNED_OUT), signedOut(), "revoked"],
    ["a connection of after, with a new token", letIn(SIGNED_OUT + 1), signedOut(), undefined],
    ["a connection of before, with a token of the same second", letIn(0, byToken(second)), signedOut(), "revoked"],
    ["a later one, with a token of the same second", letIn(SIGNED_OUT + 1, byToken(second)), signedOut(), undefined],
    ["one that looked before the commit", letIn(SIGNED_OUT + 1, byToken(second - 1)), signedOut(), "revoked"],
    ["the device that was signed out", letIn(0), signedOut("phone"), "revoked"],
    ["another device", letIn(0), signedOut("laptop"), undefined],
    ["one that has not opened", letIn(0, { admitted: undefined }), signedOut(), undefined],
  ])("%s ends, or goes on", (_who, connection, change, code) => {
    expect(whyOver(connection, change)?.code).toBe(code);
  });
});

test.each([
  [2, undefined],
  [3, undefined],
  [4, "restart"],
])("a connection let in at epoch 3 goes on after a merge at %i, or begins anew", (epoch, code) => {
  expect(whyOver(letIn(0), { kind: "merged", userId: "ada", epoch })?.code).toBe(code);
});

describe("the looks", () => {
  afterEach(() => vi.useRealTimers());

  function setUp() {
    const asked: (Date | undefined)[] = [];
    const next = { answer: async (): Promise<readonly Change[]> => [], now: 0 };
    const ended: string[] = [];
    const store = {
      async changes(since: Date | undefined) {
        asked.push(since);
        return { changes: await next.answer(), now: new Date(next.now + asked.length) };
      },
    };
    const revocations = createRevocations({
      store,
      of: () => [letIn(0)],
      end: (_connection, { code }) => void ended.push(code),
      log: createLog({ level: "silent" }),
    });
    return { revocations, asked, ended, next };
  }

  test("come at once and every 5 s, each from where the last one was, until the end", async () => {
    vi.useFakeTimers();
    const { revocations, asked, ended, next } = setUp();
    revocations.start();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(asked).toEqual([undefined]);
    next.answer = async () => [signedOut()];
    await vi.advanceTimersByTimeAsync(5_001);
    expect(asked).toEqual([undefined, new Date(1), new Date(2)]);
    expect(ended).toEqual(["revoked", "revoked"]);
    await revocations.stop();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toHaveLength(3);
  });

  test("that fail are made up for by the next", async () => {
    const { revocations, asked, ended, next } = setUp();
    await revocations.look();
    next.answer = async () => Promise.reject(new Error("the database is away"));
    await revocations.look();
    next.answer = async () => [signedOut()];
    await revocations.look();
    expect(asked).toEqual([undefined, new Date(1), new Date(1)]);
    expect(ended).toEqual(["revoked"]);
  });

  test("that find a logout they were told to expect say so, whatever they look for, and of no other sign-out", async () => {
    const { revocations, ended, next } = setUp();
    next.answer = async () => [signedOut()];
    revocations.expectLogout({ userId: "ada", deviceId: "phone" });
    revocations.expectLogout({ userId: "bob", deviceId: null });
    await revocations.look();
    revocations.expectLogout({ userId: "ada", deviceId: null });
    await revocations.look();
    await revocations.look();
    expect(ended).toEqual(["revoked", "logged_out", "logged_out"]);
  });

  test("that find nothing of a logout they expected end nobody", async () => {
    const { revocations, ended } = setUp();
    revocations.expectLogout({ userId: "ada", deviceId: null });
    await revocations.look();
    expect(ended).toEqual([]);
  });

  test("call no logout what they could have found before they were told of one", async () => {
    const { revocations, ended, next } = setUp();
    next.now = SIGNED_OUT + 2_000;
    await revocations.look();
    revocations.expectLogout({ userId: "ada", deviceId: null });
    next.answer = async () => [signedOut()];
    await revocations.look();
    expect(ended).toEqual(["revoked"]);
  });

  test("asked for during a look come after it, once for all who asked", async () => {
    const { revocations, asked } = setUp();
    await Promise.all([revocations.look(), revocations.look(), revocations.look()]);
    expect(asked).toHaveLength(1);
    const first = revocations.look();
    await Promise.resolve();
    await Promise.all([first, revocations.look(), revocations.look()]);
    expect(asked).toHaveLength(3);
  });
});
