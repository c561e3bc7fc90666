import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { DAMAGES, damaged, type Value, type Writing } from "./damage.ts";

const text = { type: "string", content: Buffer.from("a sealed snapshot") } as const;
const hash = { type: "hash", fields: { deviceId: "phone", epoch: "12" } } as const;
const earlier = Buffer.from("a dump");

/** Not by toEqual: what is huge would be walked byte by byte. */
function isAsItWas(value: Value, writing: Writing | undefined): boolean {
  if (value.type === "string" && writing?.as === "string") return writing.content.equals(value.content);
  return value.type === "hash" && writing?.as === "hash" && isDeepStrictEqual(writing.fields, value.fields);
}

describe("every kind of damage", () => {
  test.each(DAMAGES)("%s writes something, and leaves nothing as it was", (damage) => {
    for (const value of [text, hash, { type: "other" } as const]) {
      const writing = damaged(value, damage, earlier);
      expect(writing).toBeDefined();
      expect(isAsItWas(value, writing)).toBe(false);
    }
  });

  test("is old only where there was something earlier", () => {
    expect(damaged(text, "old", undefined)).toBeUndefined();
    expect(damaged(text, "old", earlier)).toEqual({ as: "dump", dump: earlier });
  });

  test("cuts values in half, and fields likewise", () => {
    expect(damaged(text, "truncated", undefined)).toEqual({ as: "string", content: Buffer.from("a sealed") });
    expect(damaged(hash, "truncated", undefined)).toEqual({ as: "hash", fields: { deviceId: "ph", epoch: "1" } });
  });

  test("makes a list of a string, and a string of anything else", () => {
    expect(damaged(text, "wrongType", undefined)).toMatchObject({ as: "list" });
    expect(damaged(hash, "wrongType", undefined)).toMatchObject({ as: "string" });
  });

  test("is huge: megabytes", () => {
    const writing = damaged(text, "huge", undefined);
    expect(writing?.as === "string" && writing.content.length).toBeGreaterThan(5_000_000);
  });
});
