// Holds docs/attacks.md to its word: each attack of the list is there, and each test that it names exists.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const page = read("docs/attacks.md");

/** The list as it was promised, item by item. Nothing is struck out of it; more may be added to the page. */
const PROMISED = [
  "origin foreign, missing, null, suffix, case, port",
  "good at the handshake and bad on a later request",
  "alg none",
  "HS/RS confusion",
  "kid and jku tricks",
  "expired",
  "not yet valid",
  "wrong aud",
  "missing exp",
  "token in the query string",
  "token revoked while connected",
  "another site's token",
  "another user's session, thread, message",
  "another user's draft",
  "another user's device id",
  "guessed ids, same answer and same time",
  "50 CONNECTs on one transport",
  "unknown namespaces by the thousand",
  "connect and say nothing",
  "10,000 connections from one address",
  "slow headers",
  "oversize packets and frames",
  "binary attachments",
  "compression bomb",
  "fragment flood",
  "reserved event names",
  "missing or fake ack callbacks",
  "`__proto__` and `constructor` in every object",
  "deep nesting",
  "lone surrogates, NUL",
  "bidi marks",
  "a million combining marks",
  "numbers past 2^53",
  "flood of messages",
  "flood of bytes",
  "flood of typing",
  "takeovers to lock someone out",
  "reconnects with one token",
  "a reader that never reads",
  "script, javascript: links, markdown tricks on the visitor's side",
  "script, javascript: links, markdown tricks on the agent's side",
  "forged epoch",
  "reused clientId with another body",
  "send before open",
  "garbage on the adapter's channels",
  "missing or wrong-scope key",
  "SSRF through webhook targets: private, rebinding, redirect",
  "spoofed X-Forwarded-For",
  "log injection",
  "secrets or message text in logs",
  "unhandled rejection, uncaught exception, memory growth, event-loop stall over 200 ms",
  "fuzz",
];

/** The cells of every row below a heading's line. */
function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("| ") && !/^\| attack \|/.test(line));
  return lines.map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim()));
}

const [tested = "", waiting = ""] = page.split("\n## Waiting\n");

test.each(PROMISED)("%s is tested, or waits for its part", (attack) => {
  const found = [...rows(tested), ...rows(waiting)].filter(([cell]) => cell === attack);
  expect(found.length).toBe(1);
  expect(found[0]?.every((cell) => cell !== "")).toBe(true);
});

test.each(rows(tested).map(([attack = "", _outcome, tests = ""]) => [attack, tests]))(
  "each test named for «%s» exists",
  (_attack, tests) => {
    const files = tests.split(" · ");
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const [, path = "", names = ""] = /^`([^`]+)` («.+»)$/.exec(file) ?? [];
      const source = read(path);
      // A name may quote somebody: it ends where the next begins, or the cell does.
      for (const name of names.slice(1, -1).split("» «")) expect(source, path).toContain(name);
    }
  },
);
