import { expect, test } from "vitest";
import { gathering } from "./gathering.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

test("what is asked in one moment, or while a run is under way, goes together in the next", async () => {
  const runs: (readonly number[])[] = [];
  const ask = gathering<number>(async (items) => {
    runs.push(items);
    await tick();
  });
  const first = [ask(1), ask(2)];
  await Promise.resolve();
  await Promise.all([...first, ask(3), ask(4)]);
  await ask(5);
  expect(runs).toEqual([[1, 2], [3, 4], [5]]);
});

test("a run that fails fails for those in it, and for nobody after", async () => {
  const ask = gathering<string>(async (items) => {
    await tick();
    if (items.includes("bad")) throw new Error("no");
  });
  const [bad, other] = [ask("bad"), ask("other")];
  const refused = Promise.allSettled([bad, other]);
  await tick();
  await expect(ask("good")).resolves.toBeUndefined();
  expect((await refused).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
