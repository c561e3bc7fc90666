import { expect, test } from "vitest";
import { Refused } from "../refused.ts";
import { createHoldBack } from "./holdBack.ts";

const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

function stage() {
  const clock = { time: 1_000 };
  const [phone, laptop] = [{}, {}];
  return { clock, phone, laptop, holdBack: createHoldBack(() => clock.time) };
}

function refusal(ask: () => void) {
  try {
    ask();
  } catch (error) {
    return error instanceof Refused ? error.toWire() : error;
  }
}

test("what was sent behind a message that met no database is refused with it, for as long as it is told to wait", () => {
  const { clock, phone, laptop, holdBack } = stage();
  holdBack.note(phone, away);
  expect(() => holdBack.check(phone)).toThrow(Refused);
  expect(() => holdBack.check(laptop)).not.toThrow();
  clock.time += 999;
  expect(refusal(() => holdBack.check(phone))).toMatchObject({ code: "storage_unavailable", retryAfterMs: 1 });
  clock.time += 1;
  expect(() => holdBack.check(phone)).not.toThrow();
});

test("a refusal of another kind holds nothing back", () => {
  const { phone, holdBack } = stage();
  holdBack.note(phone, new Refused("session_ended", "over"));
  expect(() => holdBack.check(phone)).not.toThrow();
});
