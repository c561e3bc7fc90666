import { expect, onTestFinished, test, vi } from "vitest";
import { createTurnstile, NoTurn, type Stage } from "./turnstile.ts";

const PATIENT = { opening: 60_000, connecting: 60_000 };

type Visit = { name: string; leave(): void; fail(): void; done: Promise<unknown> };

/** Who comes, and who is being served. */
function hall(width: number) {
  const turnstile = createTurnstile({ width, patienceMs: PATIENT });
  const served: string[] = [];
  const come = (name: string, stage: Stage): Visit => {
    let leave = (): void => {};
    let fail = (): void => {};
    const stay = new Promise<void>((resolve, reject) => {
      leave = resolve;
      fail = () => reject(new Error(name));
    });
    const done = turnstile(stage, () => {
      served.push(name);
      return stay;
    }).catch((error: Error) => error.message);
    return { name, leave, fail, done };
  };
  return { served, come };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("no more are served at a time than there is room for, in the order in which they came", async () => {
  const { served, come } = hall(2);
  const visits = ["a", "b", "c", "d"].map((name) => come(name, "opening"));
  await settled();
  expect(served).toEqual(["a", "b"]);
  visits[1]?.leave();
  await settled();
  expect(served).toEqual(["a", "b", "c"]);
});

test("who is already connected goes before those who only connect", async () => {
  const { served, come } = hall(1);
  const first = come("first", "connecting");
  come("stranger", "connecting");
  come("known", "opening");
  first.leave();
  await settled();
  expect(served).toEqual(["first", "known"]);
});

test("somebody whose visit fails keeps nobody out, and is told why", async () => {
  const { served, come } = hall(1);
  const first = come("first", "opening");
  come("second", "opening");
  await settled();
  first.fail();
  expect(await first.done).toBe("first");
  await settled();
  expect(served).toEqual(["first", "second"]);
});

test("a visit that fails at once, and not by a promise, keeps nobody out either", async () => {
  const turnstile = createTurnstile({ width: 1, patienceMs: PATIENT });
  const failing = turnstile("opening", () => {
    throw new Error("at once");
  });
  await expect(failing).rejects.toThrow("at once");
  expect(await turnstile("opening", async () => "served")).toBe("served");
});

test("whoever waits too long is told so, and takes no place afterwards", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const turnstile = createTurnstile({ width: 1, patienceMs: { opening: 8_000, connecting: 4_000 } });
  let leave = (): void => {};
  const first = turnstile("opening", () => new Promise<void>((resolve) => (leave = resolve)));
  const served: string[] = [];
  const impatient = turnstile("connecting", async () => served.push("impatient"));
  const patient = turnstile("opening", async () => served.push("patient"));
  const told = expect(impatient).rejects.toThrow(NoTurn);
  vi.advanceTimersByTime(7_999);
  await told;
  leave();
  await Promise.all([first, patient]);
  expect(served).toEqual(["patient"]);
  expect(vi.getTimerCount()).toBe(0);
});
