import { expect, it } from "vitest";
import { deviceId, deviceLabel } from "./device.ts";
import { openKept } from "./kept.ts";

function fakeStorage(): Storage {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  } as Storage;
}

const denied = (): Storage => {
  throw new Error("denied");
};

it("a browser profile is one device as long as it keeps its storage", () => {
  const storage = fakeStorage();
  const id = deviceId(openKept("baton:demo:", () => storage));
  expect(id).toMatch(/^[\w-]{21}$/);
  expect(deviceId(openKept("baton:demo:", () => storage))).toBe(id);
  expect(deviceId(openKept("baton:other:", () => storage))).not.toBe(id);
});

it("a page whose storage is denied is one device while it lives, and knows that it is denied", () => {
  const kept = openKept("baton:demo:", denied);
  expect(kept.denied).toBe(false);
  expect(deviceId(kept)).toBe(deviceId(kept));
  expect(kept.denied).toBe(true);
});

it("a value that no gateway would take is made anew", () => {
  const kept = openKept("baton:demo:", fakeStorage);
  kept.write("device", "<script>");
  expect(deviceId(kept)).toMatch(/^[\w-]{21}$/);
});

it.each([
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
    "Edge on Windows",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1",
    "Safari on iPhone",
  ],
  ["Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  ["something else", "Browser"],
])("%s is called %s", (userAgent, label) => {
  expect(deviceLabel(userAgent)).toBe(label);
});
