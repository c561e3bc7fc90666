import { expect, test } from "vitest";
import { gathering } from "./gathering.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Items are named for what becomes of them; what is written is noted. */
function house() {
  const written: string[][] = [];
  const alone: string[] = [];
  let release = () => {};
  const free = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ask = gathering<string>({
    async together(items) {
      await tick();
      if (items.includes("away")) throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      if (items.includes("bad")) throw new Error("no");
      written.push(items.filter((item) => item !== "held"));
      return items.filter((item) => item === "held");
    },
    async alone(item) {
      alone.push(item);
      if (item === "held") await free;
      if (item === "bad") throw new Error("no");
    },
  });
  return { ask, written, alone, release: () => release() };
}

test("what is asked in one moment, or while it is written, goes together in the next", async () => {
  const { ask, written, alone } = house();
  const first = [ask("1"), ask("2")];
  await Promise.resolve();
  await Promise.all([...first, ask("3"), ask("4")]);
  await ask("5");
  expect(written).toEqual([["1", "2"], ["3", "4"], ["5"]]);
  expect(alone).toEqual([]);
});

test("whose row somebody holds waits for it alone, and nobody with them or after", async () => {
  const { ask, written, release } = house();
  let isDone = false;
  const held = ask("held").then(() => {
    isDone = true;
  });
  await ask("with");
  await ask("after");
  expect(written).toEqual([["with"], ["after"]]);
  expect(isDone).toBe(false);
  release();
  await held;
});

test("what cannot be written fails for itself, not for those with it or after", async () => {
  const { ask } = house();
  const both = Promise.allSettled([ask("bad"), ask("with")]);
  await tick();
  await expect(ask("good")).resolves.toBeUndefined();
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});

test("while the database is away all fail together, and nobody is tried again alone", async () => {
  const { ask, alone } = house();
  const both = await Promise.allSettled([ask("away"), ask("with")]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(alone).toEqual([]);
  await expect(ask("good")).resolves.toBeUndefined();
});
