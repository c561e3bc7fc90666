import { expect, test } from "vitest";
import { Undoing } from "./undoing.ts";

test("what was started last is ended first, also after an end that failed, which is told", async () => {
  const ended: string[] = [];
  const listeners = process.listenerCount("exit");
  const undoing = new Undoing();
  undoing.add({ properly: async () => ended.push("folder") });
  undoing.add({ properly: () => Promise.reject(new Error("it hangs")) });
  undoing.add({ properly: async () => ended.push("node"), atOnce: () => ended.push("killed") });
  await expect(undoing.close()).rejects.toThrow("it hangs");
  expect(ended).toEqual(["node", "folder"]);
  expect(process.listenerCount("exit")).toBe(listeners);
});

test("a process that ends all of a sudden takes what it has started along, the last one first", async () => {
  const ended: string[] = [];
  const undoing = new Undoing();
  undoing.add({ properly: async () => {}, atOnce: () => ended.push("redis") });
  undoing.add({ properly: async () => {} });
  undoing.add({ properly: async () => {}, atOnce: () => ended.push("node") });
  process.listeners("exit").at(-1)?.(1);
  await undoing.close();
  expect(ended).toEqual(["node", "redis"]);
});
