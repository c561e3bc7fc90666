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

test("what was sent behind a message that met no database is refused with it, for as long as it is told to wait", async () => {
  const { clock, phone, laptop, holdBack } = stage();
  await holdBack.pass(phone, "one", away).catch(() => {});
  expect(await holdBack.pass(phone, "two", there).catch(told)).toMatchObject({ code: "storage_unavailable" });
  expect(await holdBack.pass(laptop, "other", there)).toBe("kept");
  clock.time += 999;
  expect(await holdBack.pass(phone, "two", there).catch(told)).toMatchObject({ retryAfterMs: 1 });
  clock.time += 1;
  expect(await holdBack.pass(phone, "two", there)).toBe("kept");
});

test("the one that was refused first may come again at once, and then the others", async () => {
  const { phone, holdBack } = stage();
  await holdBack.pass(phone, "one", away).catch(() => {});
  await holdBack.pass(phone, "one", away).catch(() => {});
  expect(await holdBack.pass(phone, "one", there)).toBe("kept");
  expect(await holdBack.pass(phone, "two", there)).toBe("kept");
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
