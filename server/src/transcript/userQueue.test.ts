import fc from "fast-check";
import { expect, test } from "vitest";
import { type Settled, UserQueue, type UserQueueOptions } from "./userQueue.ts";

class Outage extends Error {}
class DataFault extends Error {}
class Full extends Error {}

type Doing = "entry" | "alone" | "bad" | "task" | "fruitlessTask";
type Entry = { id: number; owner: string; doing: Doing };
type Options = Partial<UserQueueOptions<Entry, number>>;

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Its answer is looked at later: until then a refusal is nobody's fault. */
function later<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {});
  return answer;
}
const entry = (id: number, owner = "ada"): Entry => ({ id, owner, doing: "entry" });

function queueOf(runBatch: UserQueueOptions<Entry, number>["runBatch"], more: Options = {}) {
  return new UserQueue<Entry, number>({
    maxAlone: 2,
    maxBatch: 10,
    maxWaiting: 1_000,
    runBatch,
    isDataFault: (error) => error instanceof DataFault,
    isOutage: (error) => error instanceof Outage,
    full: () => new Full(),
    ...more,
  });
}

/** A database that fails when it is told to, and remembers in which order things happened. */
function storage(isAway: (alone: Entry | undefined) => boolean) {
  const happened: Entry[] = [];
  async function answer(entries: readonly Entry[], alone?: Entry): Promise<void> {
    await tick();
    if (isAway(alone)) throw new Outage();
    if (entries.some(({ doing }) => doing === "bad")) throw new DataFault();
  }
  const underWay = new Set<number>();
  const idleCalls: number[] = [];
  async function write(one: Entry): Promise<number> {
    underWay.add(one.id);
    await answer([one], one).finally(() => underWay.delete(one.id));
    happened.push(one);
    return one.id;
  }
  return {
    happened,
    /** Alone. */
    underWay,
    /** With nothing to store. */
    idleCalls,
    write,
    async runBatch(entries: readonly Entry[]): Promise<Settled<number>[]> {
      if (entries.length === 0) idleCalls.push(happened.length);
      await answer(entries);
      const alone = new Set<string>();
      return entries.map((one) => {
        if (one.doing === "alone") alone.add(one.owner);
        if (alone.has(one.owner)) return { alone: () => write(one) };
        happened.push(one);
        return { done: one.id };
      });
    },
  };
}

const doings = fc.array(
  fc.record({
    owner: fc.constantFrom("ada", "bob", "cleo", "dan"),
    doing: fc.constantFrom<Doing>("entry", "entry", "entry", "alone", "bad", "task", "fruitlessTask"),
    pause: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);
const shape = fc.record({ maxAlone: fc.integer({ min: 1, max: 3 }), maxBatch: fc.integer({ min: 1, max: 5 }) });
/** How the calls of the database go, in turn; after the last of them all is well. */
const weather = fc.array(fc.boolean(), { maxLength: 12 });

test("whatever fails, each thing a person does is answered once, truly, and in their order", async () => {
  await fc.assert(
    fc.asyncProperty(doings, shape, weather, async (todo, options, days) => {
      let call = 0;
      const store = storage(() => days[call++] ?? false);
      const queue = queueOf(store.runBatch, { ...options, maxWaiting: todo.length });
      const answers: Promise<number>[] = [];
      let answered = 0;
      for (const [id, { owner, doing, pause }] of todo.entries()) {
        if (pause) await tick();
        const one = { id, owner, doing };
        if (doing === "task") answers.push(later(queue.alone(owner, () => store.write(one))));
        else if (doing === "fruitlessTask")
          answers.push(later(queue.alone(owner, () => Promise.reject(new DataFault()))));
        else answers.push(later(queue.add(owner, one)));
      }
      for (const answer of answers) void later(answer.finally(() => (answered += 1)));
      await queue.drained();
      await tick();
      expect(answered).toBe(todo.length);
      expect(store.idleCalls).toEqual([]);
      const settled = await Promise.allSettled(answers);
      // As much room as in the beginning: one is under way, the others wait.
      const more = Array.from({ length: todo.length + 2 }, () => queue.alone("ada", tick));
      const taken = (await Promise.allSettled(more)).map(({ status }) => status === "fulfilled");
      expect(taken).toEqual([...Array.from({ length: todo.length + 1 }, () => true), false]);
      for (const [id, answer] of settled.entries()) {
        const times = store.happened.filter((one) => one.id === id).length;
        expect(times, `${id} ${answer.status}`).toBe(answer.status === "fulfilled" ? 1 : 0);
        if (answer.status === "fulfilled") expect(answer.value).toBe(id);
        else if (answer.reason instanceof DataFault) expect(["bad", "fruitlessTask"]).toContain(todo[id]?.doing);
        else expect(answer.reason).toBeInstanceOf(Outage);
      }
      for (const owner of ["ada", "bob", "cleo", "dan"]) {
        const ids = store.happened.filter((one) => one.owner === owner).map(({ id }) => id);
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 300 },
  );
});

test("an outage refuses everything that waits, or its person's when it was met alone, so that no repeat comes after a later message", async () => {
  await fc.assert(
    fc.asyncProperty(doings, shape, weather, async (todo, options, days) => {
      let call = 0;
      const waiting = new Map<number, string>();
      const refused = new Set<number>();
      const store = storage((alone) => {
        const isAway = days[call++] ?? false;
        const meets = (id: number, owner: string) =>
          (alone ? owner === alone.owner : !store.underWay.has(id)) && !store.happened.some((one) => one.id === id);
        if (isAway) for (const [id, owner] of waiting) if (meets(id, owner)) refused.add(id);
        return isAway;
      });
      const queue = queueOf(store.runBatch, options);
      const answers: Promise<unknown>[] = [];
      for (const [id, { owner, doing, pause }] of todo.entries()) {
        if (pause) await tick();
        if (doing === "task" || doing === "fruitlessTask") continue;
        waiting.set(id, owner);
        answers.push(later(queue.add(owner, { id, owner, doing }).finally(() => waiting.delete(id))));
      }
      await Promise.allSettled(answers);
      expect(store.happened.filter(({ id }) => refused.has(id))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("what runs alone keeps nobody but its own person waiting, and only so much runs at once", async () => {
  const course: string[] = [];
  const queue = queueOf(async (entries) => {
    course.push(`sent ${entries.map(({ id }) => id)}`);
    return entries.map(({ id }) => ({ done: id }));
  });
  const ends = new Map<string, () => void>();
  const slowly = (owner: string) =>
    queue.alone(owner, () => {
      course.push(`${owner} alone`);
      return new Promise<void>((resolve) => void ends.set(owner, resolve));
    });
  const tasks = ["ada", "bob", "cleo"].map(slowly);
  const hers = queue.add("ada", entry(1, "ada"));
  await queue.add("dan", entry(2, "dan"));
  expect(course).toEqual(["ada alone", "bob alone", "sent 2"]);
  ends.get("ada")?.();
  await hers;
  expect(course.slice(3).toSorted()).toEqual(["cleo alone", "sent 1"]);
  for (const end of ends.values()) end();
  await Promise.all(tasks);
  await queue.drained();
});

test("what the batch has stored is told so, also when another entry's own turn meets an outage", async () => {
  const queue = queueOf(async ([first, second]) => [
    { alone: () => Promise.reject(new Outage(`${first?.id}`)) },
    { done: second?.id ?? -1 },
  ]);
  const answers = await Promise.allSettled([queue.add("ada", entry(1)), queue.add("bob", entry(2, "bob"))]);
  expect(answers).toMatchObject([{ reason: expect.any(Outage) }, { value: 2 }]);
});

test("an outage in the middle of trying one by one refuses the rest without another try", async () => {
  const tried: number[][] = [];
  const queue = queueOf(async (entries) => {
    tried.push(entries.map(({ id }) => id));
    if (entries.length > 1) throw new DataFault();
    if (entries[0]?.id === 2) throw new Outage();
    return [{ done: entries[0]?.id ?? -1 }];
  });
  const answers = await Promise.allSettled([1, 2, 3].map((id) => queue.add("ada", entry(id))));
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(tried).toEqual([[1, 2, 3], [1], [2]]);
});

test("what arrives while a batch is on its way goes together in the next", async () => {
  const batches: number[] = [];
  const queue = queueOf(async (entries) => {
    batches.push(entries.length);
    await tick();
    await tick();
    return entries.map(({ id }) => ({ done: id }));
  });
  const first = [1, 2].map((id) => queue.add("ada", entry(id)));
  await tick();
  const next = [3, 4, 5].map((id) => queue.add("ada", entry(id)));
  expect(await Promise.all([...first, ...next])).toEqual([1, 2, 3, 4, 5]);
  expect(batches).toEqual([2, 3]);
});

test("the next batch is on its way before the answers of the last are told: the database does not wait for it", async () => {
  const course: string[] = [];
  const queue = queueOf(async (entries) => {
    course.push(`sent ${entries.map(({ id }) => id)}`);
    await tick();
    return entries.map(({ id }) => ({ done: id }));
  });
  const add = (id: number) => queue.add("ada", entry(id)).then(() => void course.push(`told ${id}`));
  const first = add(1);
  await tick();
  await Promise.all([first, add(2), add(3)]);
  expect(course).toEqual(["sent 1", "sent 2,3", "told 1", "told 2", "told 3"]);
});

test("a queue that is full refuses one more, and takes it when there is room again", async () => {
  const queue = queueOf(async (entries) => entries.map(({ id }) => ({ done: id })), { maxWaiting: 2 });
  const taken = [queue.add("ada", entry(1)), queue.alone("ada", async () => 2)];
  await expect(queue.add("ada", entry(3))).rejects.toBeInstanceOf(Full);
  await expect(queue.alone("ada", async () => 4)).rejects.toBeInstanceOf(Full);
  expect(await Promise.all(taken)).toEqual([1, 2]);
  expect(await queue.add("ada", entry(3))).toBe(3);
});

test("a batch that answers too little is a fault of those it left out", async () => {
  const queue = queueOf(async (entries) => entries.slice(1).map(({ id }) => ({ done: id })));
  const answers = await Promise.allSettled([queue.add("ada", entry(1)), queue.add("ada", entry(2))]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
});

test("work that throws before it has begun fails by itself, and the queue goes on", async () => {
  const queue = queueOf(async (entries) => entries.map(({ id }) => ({ done: id })));
  const broken = queue.alone("ada", () => {
    throw new Error("broken");
  });
  const after = queue.add("ada", entry(1));
  await expect(broken).rejects.toThrow("broken");
  expect(await after).toBe(1);
  await queue.drained();
});
