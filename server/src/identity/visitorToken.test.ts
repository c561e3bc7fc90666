import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createVisitorTokens } from "./visitorToken.ts";

const key = Buffer.alloc(32, 7);
const tokens = createVisitorTokens(key);
const claims = { site: "demo", userId: "u_1", issuedAtMs: 1_767_225_600_000 };
const token = tokens.issue(claims);
const [, payload = "", mac = ""] = token.split(".");

/** The same bits in another spelling: base64url's last character has two spare ones. */
function respelled(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(text.at(-1) ?? "");
  return text.slice(0, -1) + alphabet[last ^ 1];
}

describe("a visitor token", () => {
  test("says who it was issued to, on every node with the same key", () => {
    expect(createVisitorTokens(Buffer.alloc(32, 7)).verify(token)).toEqual(claims);
  });

  test("fits where it is kept: in a header, in storage, in the wire's bound", () => {
    expect(token).toMatch(/^[\w.-]{1,200}$/);
  });

  test.each([
    ["empty", ""],
    ["of another key", createVisitorTokens(Buffer.alloc(32, 8)).issue(claims)],
    ["for another user", `v1.${Buffer.from('["demo","u_2",1767225600000]').toString("base64url")}.${mac}`],
    ["of another version", `v2.${payload}.${mac}`],
    ["without its end", token.slice(0, -1)],
    ["with more behind it", `${token}A`],
    ["spelled otherwise", `v1.${payload}.${respelled(mac)}`],
    [
      "signed by the master key itself",
      `v1.${payload}.${createHmac("sha256", key).update(`v1.${payload}`).digest("base64url")}`,
    ],
    ["too long", `v1.${"A".repeat(600)}.${mac}`],
    ["with a line break", `${token}\n`],
  ])("is not accepted when it is %s", (_what, forged) => {
    expect(tokens.verify(forged)).toBeUndefined();
  });
});
