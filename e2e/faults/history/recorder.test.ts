import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { madeHistory } from "./madeUp/madeHistory.ts";
import { createRecorder, readHistories, readHistory } from "./recorder.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-history-"));
  file = join(folder, "history.jsonl");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fault = (name: string) => ({ kind: "fault", name, phase: "begin" }) as const;

async function written(name: string, count: number): Promise<string> {
  const path = join(folder, `${name}.jsonl`);
  const recorder = createRecorder({ file: path });
  for (let i = 0; i < count; i++) recorder.record(fault(`${name}${i}`));
  await recorder.close();
  return path;
}

test("what was recorded is what is read, every kind of line", async () => {
  const { history } = madeHistory(3);
  const recorder = createRecorder({ file });
  for (const event of history) recorder.record(event);
  await recorder.close();
  expect(readHistory(file)).toEqual(history);
  expect(recorder.history()).toEqual(history);
});

test("time never goes back from line to line", async () => {
  const times = readHistory(await written("a", 500)).map(({ t }) => t);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("a last line that was cut is left out, wherever it was cut", async () => {
  const whole = readFileSync(await written("a", 3), "utf8");
  for (let cut = whole.lastIndexOf("\n", whole.length - 2) + 1; cut < whole.length; cut++) {
    writeFileSync(file, whole.slice(0, cut));
    expect(readHistory(file)).toHaveLength(2);
  }
});

test("a cut line amid others is not passed over in silence", async () => {
  const path = await written("a", 2);
  appendFileSync(path, '{"kind":"fau\n');
  expect(() => readHistory(path)).toThrow(/a\.jsonl:3/);
});

test("a line that is no event of a history is not passed over in silence", () => {
  writeFileSync(file, '{"kind":"gossip","t":1}\n');
  expect(() => readHistory(file)).toThrow(/history\.jsonl:1/);
});

test("the histories of two processes come in one order", async () => {
  const one = createRecorder({ file });
  const path = join(folder, "other.jsonl");
  const other = createRecorder({ file: path });
  for (let i = 0; i < 10; i++) (i % 3 === 0 ? one : other).record(fault(`${i}`));
  await Promise.all([one.close(), other.close()]);
  const names = readHistories([file, path]).map((event) => event.kind === "fault" && event.name);
  expect(names).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
});

test("a folder that is not there is told when the recorder closes", async () => {
  const recorder = createRecorder({ file: join(folder, "nowhere", "history.jsonl") });
  recorder.record(fault("a"));
  await expect(recorder.close()).rejects.toThrow("ENOENT");
});
