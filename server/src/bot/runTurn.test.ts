import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  botThat,
  breaksAfter,
  hangsAfter,
  loadedTurn,
  memoryStore,
  reply,
  run,
  SORRY,
  STOP,
  says,
  textOf,
} from "./runTurn.fixture.ts";
import { LONGEST_ANSWER_MS, MOST_ATTEMPTS } from "./runTurn.ts";
import type { ClaimedTurn, TurnStore } from "./turnStore.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const second: Partial<ClaimedTurn> = { attempt: 2, replyId: "r" };
const begunBefore = () => loadedTurn({ reply: reply("from attempt 1", "streaming") });

test("what the bot says is begun, finished and counted", async () => {
  const { store, finishes, begun } = memoryStore(loadedTurn());
  const { running, outcomes, typing } = run({ bot: says("Hel", "lo"), store });
  await running.done;
  expect(begun.map(({ body, status }) => [body.text, status])).toEqual([["Hel", "streaming"]]);
  expect(finishes).toMatchObject([{ status: "complete", apology: undefined }]);
  expect(textOf(finishes[0])).toBe("Hello");
  expect(await outcomes()).toEqual(["done"]);
  expect(typing()).toEqual([true, false]);
  expect(vi.getTimerCount()).toBe(0);
});

test("exhausted attempts end the reply and the turn as failed, and what was written stays", async () => {
  const { store, finishes } = memoryStore(begunBefore());
  const { running, outcomes } = run({ bot: says("anew"), store, turn: { ...second, attempt: MOST_ATTEMPTS + 1 } });
  await running.done;
  expect(finishes).toMatchObject([{ status: "failed", body: undefined }]);
  expect(await outcomes()).toEqual(["failed"]);
});

test("a turn that cannot even be read fails once its attempts are exhausted, and breaks off before", async () => {
  const load = async () => Promise.reject(new Error("unreadable"));
  const tried = memoryStore(undefined, { load });
  await run({ bot: says("x"), store: tried.store, turn: { attempt: MOST_ATTEMPTS } }).running.done;
  expect(tried.finishes).toEqual([]);
  const exhausted = memoryStore(undefined, { load });
  await run({ bot: says("x"), store: exhausted.store, turn: { attempt: MOST_ATTEMPTS + 1 } }).running.done;
  expect(exhausted.finishes).toMatchObject([{ status: "failed", body: undefined, apology: undefined }]);
});

test.each([
  ["the bot was removed", undefined, begunBefore()],
  ["the question was deleted", says("anew"), { ...begunBefore(), messages: [] }],
])("where %s a begun reply is ended as it stands", async (_, bot, loaded) => {
  const { store, finishes } = memoryStore(loaded);
  await run({ bot, store, turn: second }).running.done;
  expect(finishes).toMatchObject([{ status: "interrupted", body: undefined, apology: undefined }]);
});

test("a second attempt that fails before its first piece keeps what the first one wrote", async () => {
  const { store, finishes } = memoryStore(begunBefore());
  await run({ bot: breaksAfter(), store, turn: second }).running.done;
  expect(finishes).toMatchObject([{ status: "failed", body: undefined }]);
});

test("a second attempt that is stopped before its first piece keeps what the first one wrote", async () => {
  const { store, finishes } = memoryStore(begunBefore());
  await run({ bot: hangsAfter(), store, turn: second }).running.stop();
  expect(finishes).toMatchObject([{ status: "interrupted", body: undefined }]);
});

test("no checkpoint writes an empty text over what an earlier attempt wrote", async () => {
  const checkpoint = vi.fn<TurnStore["checkpoint"]>(async () => true);
  const { store } = memoryStore(begunBefore(), { checkpoint });
  const { running } = run({ bot: hangsAfter(), store, turn: second });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(checkpoint.mock.calls.map(([, written]) => written)).toEqual([undefined]);
  await running.stop();
});

test.each([
  ["in our words", {}, SORRY],
  ["in the site's words", { botFailed: "Sorry!" }, "Sorry!"],
])("a bot that fails before its first piece apologises %s", async (_, texts, words) => {
  const { store, finishes } = memoryStore(loadedTurn());
  const { running, messages, outcomes, typing } = run({ bot: breaksAfter(), store, texts });
  await running.done;
  expect(finishes).toMatchObject([
    { status: "failed", body: undefined, apology: { sender: "bot", kind: "text", status: "failed" } },
  ]);
  expect(messages()).toMatchObject([{ text: words, status: "failed", author: { kind: "bot" } }]);
  expect(await outcomes()).toEqual(["failed"]);
  expect(typing()).toEqual([true, false]);
});

test("a bot that fails later keeps what it said", async () => {
  const { store, finishes } = memoryStore(loadedTurn());
  await run({ bot: breaksAfter("Hel", "lo"), store }).running.done;
  expect(finishes).toMatchObject([{ status: "failed" }]);
  expect(textOf(finishes[0])).toBe("Hello");
});

test("a bot that cannot even begin has failed like any other", async () => {
  const { store, finishes } = memoryStore(loadedTurn());
  const bot = botThat(() => {
    throw STOP;
  });
  await run({ bot, store }).running.done;
  expect(finishes).toMatchObject([{ status: "failed", apology: { body: { text: SORRY } } }]);
});

test("a store that fails is not the bot's fault: nothing is finished, the turn is taken up again", async () => {
  const { store, finishes } = memoryStore(loadedTurn(), { beginReply: async () => Promise.reject(new Error("no")) });
  const { running, outcomes } = run({ bot: says("Hello"), store });
  await running.done;
  expect(finishes).toEqual([]);
  expect(await outcomes()).toEqual(["failed"]);
});

test("while nothing is written, typing is said again every four seconds", async () => {
  const quiet = run({ bot: hangsAfter(), store: memoryStore(loadedTurn()).store });
  await vi.advanceTimersByTimeAsync(8_000);
  expect(quiet.typing()).toEqual([true, true, true]);
  await quiet.running.release();
  expect(quiet.typing()).toEqual([true, true, true, false]);
  const writing = run({ bot: hangsAfter("Hello"), store: memoryStore(loadedTurn()).store });
  await vi.advanceTimersByTimeAsync(8_000);
  expect(writing.typing()).toEqual([true]);
  await writing.running.release();
});

test("a checkpoint waits for the one before it, and the finish for the last", async () => {
  const ends: ((ours: boolean) => void)[] = [];
  const checkpoint = vi.fn<TurnStore["checkpoint"]>(() => new Promise((resolve) => ends.push(resolve)));
  const { store, finishes } = memoryStore(loadedTurn(), { checkpoint });
  const { running } = run({ bot: hangsAfter("Hello"), store });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(checkpoint).toHaveBeenCalledTimes(1);
  ends.shift()?.(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(checkpoint).toHaveBeenCalledTimes(2);
  const stopping = running.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(finishes).toEqual([]);
  ends.shift()?.(true);
  await stopping;
  expect(finishes).toMatchObject([{ status: "interrupted" }]);
});

test("a checkpoint goes on after an outage; any other fault of it breaks the run off", async () => {
  const faults = [Object.assign(new Error("away"), { code: "ECONNREFUSED" }), new Error("a fault of ours")];
  const checkpoint = vi.fn<TurnStore["checkpoint"]>(async () => Promise.reject(faults.shift()));
  const { store, finishes } = memoryStore(loadedTurn(), { checkpoint });
  const { running, outcomes } = run({ bot: hangsAfter("Hello"), store });
  await vi.advanceTimersByTimeAsync(2_000);
  await running.done;
  expect(checkpoint).toHaveBeenCalledTimes(2);
  expect(finishes).toEqual([]);
  expect(await outcomes()).toEqual(["failed"]);
});

test("a run whose turn is another's by now writes nothing more", async () => {
  const { store, finishes } = memoryStore(loadedTurn(), { checkpoint: async () => false });
  const { running } = run({ bot: hangsAfter("Hello"), store });
  await vi.advanceTimersByTimeAsync(1_000);
  await running.done;
  expect(finishes).toEqual([]);
});

test("a bot that ignores its signal holds up neither a stop nor a shutdown", async () => {
  const stopped = memoryStore(loadedTurn());
  const { running } = run({ bot: hangsAfter("Hello"), store: stopped.store });
  await vi.advanceTimersByTimeAsync(0);
  await running.stop();
  expect(stopped.finishes).toMatchObject([{ status: "interrupted" }]);
  expect(textOf(stopped.finishes[0])).toBe("Hello");
  const release = vi.fn(async () => {});
  const released = memoryStore(loadedTurn(), { release });
  await run({ bot: hangsAfter("Hello"), store: released.store }).running.release();
  expect([released.finishes, release.mock.calls.length]).toEqual([[], 1]);
});

test("a bot that takes too long has failed, and is told to stop", async () => {
  const { store, finishes } = memoryStore(loadedTurn());
  const signals: AbortSignal[] = [];
  const bot = botThat((signal) => {
    signals.push(signal);
    return hangsAfter().answer({} as never, signal);
  });
  const { running } = run({ bot, store });
  await vi.advanceTimersByTimeAsync(LONGEST_ANSWER_MS - 1);
  expect(finishes).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await running.done;
  expect(finishes).toMatchObject([{ status: "failed", apology: { body: { text: SORRY } } }]);
  expect(signals[0]?.aborted).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
