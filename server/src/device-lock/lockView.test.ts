import { Lock } from "@baton/shared/visitor/shapes";
import { expect, test } from "vitest";
import { toLock } from "./lockView.ts";

const phone = { deviceId: "phone", label: "Safari on iPhone", since: Date.UTC(2025, 5, 15, 9, 30) };
const onTheWire = { deviceId: "phone", label: "Safari on iPhone", since: "2025-06-15T09:30:00.000Z" };

test("the holder is told that the baton is its own", () => {
  expect(toLock(phone, 4, "phone")).toEqual({ holder: onTheWire, epoch: 4, mine: true });
});

test("another device is told who has it, and since when", () => {
  expect(toLock(phone, 4, "laptop")).toEqual({ holder: onTheWire, epoch: 4, mine: false });
});

test("a baton that nobody holds is nobody's, and its epoch is known all the same", () => {
  expect(toLock(undefined, 4, "phone")).toEqual({ holder: null, epoch: 4, mine: false });
});

test("what only the server knows does not reach the wire", () => {
  const lease = { ...phone, epoch: 3, leaseUntil: phone.since + 30_000 };
  expect(toLock(lease, 4, "laptop").holder).toEqual(onTheWire);
  expect(Lock.safeParse(toLock(lease, 4, "laptop")).success).toBe(true);
});
