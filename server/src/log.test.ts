import { expect, test } from "vitest";
import { createLog, loggedError } from "./log.ts";

function logged(act: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  act(createLog({ destination: { write: (line) => void lines.push(line) } }));
  return lines.join("");
}

test("a line never holds tokens, secrets or what people wrote, even if somebody logs whole objects", () => {
  const line = logged((log) =>
    log.info({ sessionId: "s_1", token: "hush", message: { text: "hush" }, auth: { userToken: "hush" } }, "x"),
  );
  expect(line).not.toContain("hush");
  expect(line).toContain('"sessionId":"s_1"');
});

test("an error is told with its causes and without what a driver has hung on it", () => {
  const cause = Object.assign(new Error("duplicate key"), { code: "23505", parameters: ["hush"], detail: "hush" });
  const line = logged((log) => log.error({ err: new Error("append failed", { cause }) }, "x"));
  expect(line).not.toContain("hush");
  expect(JSON.parse(line)).toMatchObject({
    err: { message: "append failed", cause: { code: "23505", message: "duplicate key" } },
  });
});

test("an error that was already turned into plain values is told just the same", () => {
  const line = logged((log) => log.error({ error: loggedError(new TypeError("boom")) }, "x"));
  expect(JSON.parse(line)).toMatchObject({ error: { type: "TypeError", message: "boom" } });
});

test("one event is one line, whatever it holds", () => {
  const text = logged((log) => log.info({ route: 'a\n{"level":"error"}' }, "b\nc"));
  expect(text.trimEnd().split("\n")).toHaveLength(1);
});
