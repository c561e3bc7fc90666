import { expect, test } from "vitest";
import { createInFlight } from "./inFlight.ts";

test("whoever goes away waits for what was asked, answered well or not, and for nothing else", async () => {
  const inFlight = createInFlight();
  await inFlight.quiet(60_000);
  const said: string[] = [];
  let answer = (): void => {};
  inFlight.track(new Promise<void>((resolve) => (answer = resolve)).then(() => said.push("answered")));
  inFlight.track(Promise.reject(new Error("refused")));
  const quiet = inFlight.quiet(60_000).then(() => said.push("quiet"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(said).toEqual([]);
  answer();
  await quiet;
  expect(said).toEqual(["answered", "quiet"]);
});

test("it does not wait for ever", async () => {
  const inFlight = createInFlight();
  inFlight.track(new Promise(() => {}));
  await inFlight.quiet(1);
});
