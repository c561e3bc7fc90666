import fc from "fast-check";
import { expect, test } from "vitest";
import { json, part, statement } from "./sql.ts";

const sql = (strings: TemplateStringsArray, ...values: readonly unknown[]) => statement(strings, values);

test("values never become text", () => {
  const evil = "'; DROP TABLE users; --";
  const { text, values } = sql`SELECT * FROM users WHERE id = ${evil} AND site = ${"demo"}`;
  expect(text).toBe("SELECT * FROM users WHERE id = $1 AND site = $2");
  expect(values).toEqual([evil, "demo"]);
});

test("parts become text, however deep, and their values keep their places", () => {
  const inner = part`c = ${3} OR ${part`d = ${4}`}`;
  const { text, values } = sql`SELECT 1 WHERE a = ${1} AND (b = ${2} OR ${inner}) AND e = ${5} ${part`LIMIT 1`}`;
  expect(text).toBe("SELECT 1 WHERE a = $1 AND (b = $2 OR c = $3 OR d = $4) AND e = $5 LIMIT 1");
  expect(values).toEqual([1, 2, 3, 4, 5]);
});

test("a part may be used twice", () => {
  const mine = part`user_id = ${"ada"}`;
  const { text, values } = sql`SELECT ${mine} OR ${mine}`;
  expect(text).toBe("SELECT user_id = $1 OR user_id = $2");
  expect(values).toEqual(["ada", "ada"]);
});

test("the same text has the same name whatever its values, another text another one", () => {
  const find = (id: unknown) => sql`SELECT ${id}`;
  expect(find(1).name).toBe(find("other").name);
  expect(sql`SELECT ${1}`.name).toBe(sql`SELECT ${part`$1`}`.name);
  expect(sql`SELECT  ${1}`.name).not.toBe(find(1).name);
  // Postgres cuts names of more than 63 bytes.
  expect(find(1).name).toMatch(/^[\w-]{22}$/);
});

test("every value has its own number, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (values) => {
      const made = statement(["", ...values.map(() => ",")], values);
      expect(made.text).toBe(values.map((_, i) => `$${i + 1},`).join(""));
      expect(made.values).toEqual(values);
    }),
  );
});

test("a list for a JSON column stays a list of JSON", () => {
  expect(json([1, "a"])).toBe('[1,"a"]');
});
