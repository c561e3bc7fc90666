import fc from "fast-check";
import { expect, test } from "vitest";
import { createVault, messagePlace, openBody, openText, sealBody, sealText, UnreadableContent } from "./vault.ts";

const vault = createVault(Buffer.alloc(32, 1));
const adasKey = vault.newKey();
const ada = vault.keyring([adasKey]);
const bob = vault.keyring([vault.newKey()]);
const place = messagePlace("session", "message");

const data = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__"),
  fc.jsonValue({ maxDepth: 2 }),
  { noNullPrototype: true, maxKeys: 5 },
);

test("whatever someone says opens as they said it, also halves of characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.option(data, { nil: undefined }), (text, more) => {
      const body = more ? { text: `${text}\ud83d`, data: JSON.parse(JSON.stringify(more)) } : { text };
      expect(openBody(ada, place, sealBody(ada, place, body))).toEqual(body);
    }),
  );
});

test("the same words never look the same twice, and nothing of them shows", () => {
  const [one, two] = [sealText(ada, place, "my secret"), sealText(ada, place, "my secret")];
  expect(one.equals(two)).toBe(false);
  expect(one.includes("secret")).toBe(false);
});

test("a byte that has changed, wherever it is, is noticed", () => {
  const sealed = sealText(ada, place, "pay 100");
  for (let at = 0; at < sealed.length; at++) {
    const flipped = Buffer.from(sealed);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(() => openText(ada, place, flipped), `byte ${at}`).toThrow(UnreadableContent);
  }
});

test("what is cut short, at any byte, does not open", () => {
  const sealed = sealText(ada, place, "hello");
  for (let length = 0; length < sealed.length; length++) {
    expect(() => openText(ada, place, sealed.subarray(0, length)), `${length} bytes`).toThrow(UnreadableContent);
  }
});

test.each([
  ["another message", messagePlace("session", "other")],
  ["another session", messagePlace("other", "message")],
  ["a draft", "draft message"],
])("words copied to %s do not open there", (_, elsewhere) => {
  expect(() => openText(ada, elsewhere, sealText(ada, place, "hello"))).toThrow(UnreadableContent);
});

test("one person's key does not open another's words", () => {
  expect(() => openText(bob, place, sealText(ada, place, "hello"))).toThrow("a key that is not here");
});

test("after a merge both keys open, and the newest seals", () => {
  const visitorsKey = vault.newKey();
  const visitor = vault.keyring([visitorsKey]);
  const merged = vault.keyring([visitorsKey, adasKey]);
  expect(openText(merged, place, sealText(visitor, place, "before"))).toBe("before");
  expect(openText(merged, place, sealText(ada, place, "mine"))).toBe("mine");
  expect(openText(ada, place, sealText(merged, place, "after"))).toBe("after");
});

test("a user's key opens under the master key it was wrapped by, and no other", () => {
  const again = createVault(Buffer.alloc(32, 1));
  const other = createVault(Buffer.alloc(32, 2));
  expect(openText(again.keyring([adasKey]), place, sealText(ada, place, "hello"))).toBe("hello");
  expect(() => other.keyring([adasKey])).toThrow(UnreadableContent);
  expect(again.fingerprint).toBe(vault.fingerprint);
  expect(other.fingerprint).not.toBe(vault.fingerprint);
});

test("a key given another's name is not taken for it", () => {
  expect(() => vault.keyring([{ ...adasKey, id: vault.newKey().id }])).toThrow(UnreadableContent);
});

test("a user without a key is told as what it is", () => {
  expect(() => vault.keyring([])).toThrow("a user without a key");
});

test("the fingerprint gives nothing of the master key away", () => {
  expect(Buffer.alloc(32, 1).toString("hex")).not.toContain(vault.fingerprint);
});
