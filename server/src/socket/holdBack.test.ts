import { expect, test } from "vitest";
import { Refused } from "../refused.ts";
import { createHoldBack } from "./holdBack.ts";

const away = () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
const there = async () => "kept";

function stage() {
  const clock = { time: 1_000 };
  const [phone, laptop] = [{}, {}];
  return { clock, phone, laptop, holdBack: createHoldBack(() => clock.time) };
}

const told = (error: unknown) => (error instanceof Refused ? error.toWire() : error);

/** A sending that ends when the test says how. */
function slow() {
  let end = (_how: () => Promise<string>): void => {};
  const sent = new Promise<string>((resolve, reject) => {
    end = (how) => void how().then(resolve, reject);
  });
  return { send: () => sent, end: (how: () => Promise<string>) => end(how) };
}

test("what was sent behind a message that met no database is refused with it, until that one was given up", async () => {
  const { clock, phone, laptop, holdBack } = stage();
  await holdBack.pass(phone, "one", away).catch(() => {});
  expect(await holdBack.pass(phone, "two", there).catch(told)).toMatchObject({ code: "storage_unavailable" });
  expect(await holdBack.pass(laptop, "other", there)).toBe("kept");
  // The repeat of the first is told to come after 1,000 ms, and has a way to go.
  clock.time += 1_200;
  expect(await holdBack.pass(phone, "two", there).catch(told)).toMatchObject({ retryAfterMs: 1_000 });
  clock.time += 2_300;
  expect(await holdBack.pass(phone, "two", there)).toBe("kept");
});

test("the one that was refused first may come again at once, and then the others", async () => {
  const { phone, holdBack } = stage();
  await holdBack.pass(phone, "one", away).catch(() => {});
  await holdBack.pass(phone, "one", away).catch(() => {});
  expect(await holdBack.pass(phone, "one", there)).toBe("kept");
  expect(await holdBack.pass(phone, "two", there)).toBe("kept");
});

test("those that come again together, in their order, all pass, also while the first is under way", async () => {
  const { phone, holdBack } = stage();
  const [one, two] = [slow(), slow()];
  const first = ["one", "two", "three"].map((id) => holdBack.pass(phone, id, away).catch(told));
  expect(await Promise.all(first)).toHaveLength(3);
  const again = [holdBack.pass(phone, "one", one.send), holdBack.pass(phone, "two", two.send)];
  expect(await holdBack.pass(phone, "three", there)).toBe("kept");
  one.end(there);
  two.end(there);
  expect(await Promise.all(again)).toEqual(["kept", "kept"]);
});

test("one that is read after the first has come again still waits for those between them", async () => {
  const { phone, holdBack } = stage();
  for (const id of ["one", "two"]) await holdBack.pass(phone, id, away).catch(() => {});
  expect(await holdBack.pass(phone, "one", there)).toBe("kept");
  expect(await holdBack.pass(phone, "three", there).catch(told)).toMatchObject({ code: "storage_unavailable" });
  for (const id of ["two", "three"]) expect(await holdBack.pass(phone, id, there)).toBe("kept");
});

test("a message keeps the place in which it came, whenever its refusal is known", async () => {
  const { phone, holdBack } = stage();
  const two = slow();
  const [first, second] = [holdBack.pass(phone, "one", away), holdBack.pass(phone, "two", two.send)];
  await first.catch(() => {});
  await holdBack.pass(phone, "three", there).catch(() => {});
  two.end(away);
  await second.catch(() => {});
  expect(await holdBack.pass(phone, "one", there)).toBe("kept");
  expect(await holdBack.pass(phone, "three", there).catch(told)).toMatchObject({ code: "storage_unavailable" });
  for (const id of ["two", "three"]) expect(await holdBack.pass(phone, id, there)).toBe("kept");
});

test("of a wave that begins behind one that was given up, all wait as long as its first", async () => {
  const { clock, phone, holdBack } = stage();
  await holdBack.pass(phone, "one", away).catch(() => {});
  clock.time += 3_499;
  await holdBack.pass(phone, "two", there).catch(() => {});
  clock.time += 2;
  expect(await holdBack.pass(phone, "three", there).catch(told)).toMatchObject({ code: "storage_unavailable" });
  for (const id of ["two", "three"]) expect(await holdBack.pass(phone, id, there)).toBe("kept");
});

test("one that comes again late has its place as long as one behind it is held", async () => {
  const { clock, phone, holdBack } = stage();
  await holdBack.pass(phone, "one", away).catch(() => {});
  clock.time += 500;
  await holdBack.pass(phone, "two", there).catch(() => {});
  clock.time += 3_100;
  for (const id of ["three", "four"]) await holdBack.pass(phone, id, there).catch(() => {});
  for (const id of ["one", "two", "three"]) expect(await holdBack.pass(phone, id, there)).toBe("kept");
});

test("one that waited for something else asks anew, and is refused when one before it was refused meanwhile", async () => {
  const { phone, holdBack } = stage();
  const one = slow();
  const first = holdBack.pass(phone, "one", one.send).catch(told);
  const second = holdBack.pass(phone, "two", async (mayGoOn) => {
    await first;
    mayGoOn();
    return there();
  });
  one.end(away);
  expect(await second.catch(told)).toMatchObject({ code: "storage_unavailable" });
  for (const id of ["one", "two"]) expect(await holdBack.pass(phone, id, there)).toBe("kept");
});

test("of one that came twice at once the later fault counts", async () => {
  const { phone, holdBack } = stage();
  const again = slow();
  const refusal = () => Promise.reject(new Refused("rate_limited", "slower"));
  const both = [holdBack.pass(phone, "one", refusal), holdBack.pass(phone, "one", again.send)];
  await both[0]?.catch(() => {});
  again.end(away);
  await both[1]?.catch(() => {});
  expect(await holdBack.pass(phone, "two", there).catch(told)).toMatchObject({ code: "storage_unavailable" });
});

test("so it is behind one that was refused because it waited for the same database", async () => {
  const { phone, holdBack } = stage();
  const refused = () => Promise.reject(new Refused("storage_unavailable", "away", { retryAfterMs: 1_000 }));
  await holdBack.pass(phone, "one", refused).catch(() => {});
  expect(await holdBack.pass(phone, "two", there).catch(told)).toMatchObject({ code: "storage_unavailable" });
});

test("a refusal of another kind holds nothing back", async () => {
  const { phone, holdBack } = stage();
  await holdBack.pass(phone, "one", () => Promise.reject(new Refused("session_ended", "over"))).catch(() => {});
  expect(await holdBack.pass(phone, "two", there)).toBe("kept");
});
