/** Deadlines and healing: I10, I11. */
import type { EventOf } from "../events.ts";
import {
  all,
  answered,
  type Defect,
  endOf,
  insertAfter,
  on,
  oneMore,
  remove,
  type Spoilt,
  sessionOf,
  some,
  someAudience,
  syncAtEnd,
  tell,
  whoOf,
} from "./breaking.ts";
import { POLICY } from "./madeServer.ts";

/** The visitor's last word before a session idled. */
function lastWord({ database }: Spoilt, { sessionId, rev }: EventOf<"idled">) {
  return database.messages.findLast((row) => row.sessionId === sessionId && row.rev < rev && row.author === "visitor");
}

/** It idled, on a connection that had been told in time when it would be warned, and nothing was broken meanwhile. */
function wasPromised(spoilt: Spoilt, idled: EventOf<"idled">): boolean {
  const promise = all(spoilt, "deadlines").find(
    ({ connection, t, now, warnAt, idleAt }) =>
      connection === idled.connection &&
      t < idled.t &&
      idleAt === idled.at &&
      warnAt !== null &&
      (now ?? warnAt) < warnAt,
  );
  const faults = all(spoilt, "fault").filter(({ t }) => promise && t > promise.t && t < idled.t);
  return promise !== undefined && faults.length === 0;
}

/** It idled for silence on a connection that had been warned, and nothing was broken then. */
function wasThere(spoilt: Spoilt, { connection, sessionId, at }: EventOf<"idled">): boolean {
  const openedAt = sessionOf(spoilt, sessionId)?.openedAt ?? 0;
  const warned = all(spoilt, "warned").find((one) => one.connection === connection && one.closesAt === at);
  const faults = all(spoilt, "fault").filter(({ t }) => warned && Math.abs(t - warned.t) < 11_000);
  return warned !== undefined && at < openedAt + POLICY.maxDurationMs && faults.length === 0;
}

const DEADLINES: readonly Defect[] = [
  {
    name: "one connection is warned twice",
    finds: "I10 deadline extra",
    spoil: (spoilt, chance) => on(chance.pick(all(spoilt, "warned")), (warned) => insertAfter(spoilt, warned, warned)),
  },
  {
    name: "two nodes let one session idle",
    finds: "I10 deadline extra",
    spoil: (spoilt, chance) =>
      on(chance.pick(all(spoilt, "idled")), (idled) => insertAfter(spoilt, idled, { ...idled, rev: idled.rev + 1 })),
  },
  {
    name: "a session ends twice",
    finds: "I10 deadline extra",
    spoil: (spoilt, chance) =>
      on(chance.pick(all(spoilt, "ended")), (ended) => insertAfter(spoilt, ended, { ...ended, rev: ended.rev + 1 })),
  },
  {
    name: "a session idles after its end",
    finds: "I10 deadline extra",
    spoil: (spoilt, chance) =>
      on(chance.pick(all(spoilt, "ended")), ({ reason: _, ...ended }) =>
        spoilt.history.push({
          ...ended,
          kind: "idled",
          rev: ended.rev + 5,
          at: ended.at + 1,
          endsAt: ended.at + 2,
          t: endOf(spoilt),
        }),
      ),
  },
  {
    name: "a deadline never takes effect",
    finds: "I10 deadline missing",
    spoil: (spoilt, chance) =>
      on(
        some(chance, spoilt.database.sessions, ({ state }) => state !== "ended"),
        (session) => {
          session.nextDeadlineAt = spoilt.database.now - 60_000;
        },
      ),
  },
  {
    name: "a session will never end",
    finds: "I10 deadline missing",
    spoil: (spoilt, chance) =>
      on(
        some(chance, spoilt.database.sessions, ({ state }) => state !== "ended"),
        (session) => (session.nextDeadlineAt = null),
      ),
  },
  {
    name: "a session idles without the warning that was promised",
    finds: "I10 deadline missing",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "idled"), (idled) => wasPromised(spoilt, idled)),
        (idled) => remove(spoilt, (event) => event.kind === "warned" && event.sessionId === idled.sessionId),
      ),
  },
  {
    name: "one connection does not hear the warning that others hear",
    finds: "I10 deadline missing",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "idled"), (idled) => wasThere(spoilt, idled)),
        ({ connection, at }) =>
          remove(
            spoilt,
            (event) => event.kind === "warned" && event.connection === connection && event.closesAt === at,
          ),
      ),
  },
  {
    name: "a session idles before the silence was over",
    finds: "I10 deadline early",
    spoil: (spoilt, chance) => {
      const isEarly = (idled: EventOf<"idled">) => {
        const word = lastWord(spoilt, idled);
        const session = spoilt.database.sessions.find(({ id }) => id === idled.sessionId);
        return (
          word !== undefined &&
          session !== undefined &&
          word.at + POLICY.softExpiryMs < session.openedAt + POLICY.maxDurationMs
        );
      };
      return on(some(chance, all(spoilt, "idled"), isEarly), (idled) => {
        idled.at = (lastWord(spoilt, idled)?.at ?? 0) + POLICY.softExpiryMs - 1;
      });
    },
  },
  {
    name: "a session ends before the time that was told",
    finds: "I10 deadline early",
    spoil: (spoilt, chance) => {
      const told = all(spoilt, "deadlines").filter(({ endAt }) => endAt !== null);
      const promise = (ended: EventOf<"ended">) =>
        told.find(({ sessionId, rev }) => sessionId === ended.sessionId && rev !== undefined && rev < ended.rev);
      return on(
        some(chance, all(spoilt, "ended"), (ended) => promise(ended) !== undefined),
        (ended) => {
          ended.at = (promise(ended)?.endAt ?? 0) - 1;
        },
      );
    },
  },
  {
    name: "an end is heard before its time has come",
    finds: "I10 deadline early",
    spoil: (spoilt, chance) => on(chance.pick(all(spoilt, "ended")), (ended) => (ended.lateMs = -5_000)),
  },
  {
    name: "a warning comes too early",
    finds: "I10 deadline early",
    spoil: (spoilt, chance) => on(chance.pick(all(spoilt, "warned")), (warned) => (warned.remainingMs += 60_000)),
  },
  {
    name: "a warning comes when there is hardly time left",
    finds: "I10 deadline late",
    spoil: (spoilt, chance) => on(chance.pick(all(spoilt, "warned")), (warned) => (warned.remainingMs = 1_000)),
  },
  {
    name: "a session idles a minute late",
    finds: "I10 deadline late",
    spoil: (spoilt, chance) => on(chance.pick(all(spoilt, "idled")), (idled) => (idled.lateMs = 60_000)),
  },
];

function begin(spoilt: Spoilt, phase: "begin" | "heal"): void {
  spoilt.history.push({ kind: "fault", name: "last", phase, t: endOf(spoilt) + 1 });
}

/** Nothing happens for longer than healing may take. */
function rest(spoilt: Spoilt): void {
  spoilt.history.push({
    kind: "sample",
    node: "a",
    gauge: "connections",
    value: 0,
    quiet: true,
    t: endOf(spoilt) + 31_000,
  });
}

const HEALING: readonly Defect[] = [
  {
    name: "a page is not at the head at the end",
    finds: "I11 behind",
    spoil: (spoilt, chance) =>
      on(someAudience(spoilt, chance), ({ session, others }) => tell(spoilt, others, oneMore(spoilt, session))),
  },
  {
    name: "a page is not at the head 30 s after all has healed",
    finds: "I11 behind",
    spoil: (spoilt, chance) =>
      on(someAudience(spoilt, chance), ({ session, others, victim }) => {
        if (others.length === 0) return false;
        begin(spoilt, "begin");
        tell(spoilt, others, oneMore(spoilt, session));
        begin(spoilt, "heal");
        rest(spoilt);
        syncAtEnd(spoilt, victim, session, session.rev - 1);
        return true;
      }),
  },
  {
    name: "a word waits in an outbox at the end",
    finds: "I11 outbox not empty",
    spoil: (spoilt, chance) =>
      on(chance.pick(answered(spoilt)), ({ ok }) => {
        const { message: _, ...rest } = ok;
        spoilt.history.splice(spoilt.history.indexOf(ok), 1, { ...rest, kind: "info", why: "no answer" });
      }),
  },
  {
    name: "a word still waits in an outbox 30 s after all has healed",
    finds: "I11 outbox not empty",
    spoil: (spoilt, chance) =>
      on(someAudience(spoilt, chance), ({ session, open }) => {
        const holder = spoilt.database.users.find(({ id }) => id === session.userId)?.activeDevice;
        const own = open.find(({ entitled }) => entitled.device === holder);
        return on(own, ({ entitled }) => {
          const words = { op: "send", clientId: "slow", text: "slow" } as const;
          const who = whoOf(entitled);
          begin(spoilt, "begin");
          spoilt.history.push({ ...who, kind: "invoke", call: "slow 1", ...words, t: endOf(spoilt) + 1 });
          spoilt.history.push({
            ...who,
            kind: "refused",
            call: "slow 1",
            code: "internal",
            retryable: true,
            t: endOf(spoilt) + 1,
          });
          begin(spoilt, "heal");
          rest(spoilt);
          spoilt.history.push({ ...who, kind: "invoke", call: "slow 2", ...words, t: endOf(spoilt) + 1 });
          const message = oneMore(spoilt, session, { author: "visitor", clientId: "slow", text: "slow" });
          tell(spoilt, open, message);
          spoilt.history.push({ ...who, kind: "ok", call: "slow 2", message, t: endOf(spoilt) + 1 });
        });
      }),
  },
  {
    name: "a run ends amid a fault",
    finds: "I11 malformed",
    spoil: (spoilt) =>
      on(all(spoilt, "fault").at(-1), (last) => remove(spoilt, (event) => event === last && last.phase === "heal")),
  },
];

export const DEFECTS_OF_TIME: readonly Defect[] = [...DEADLINES, ...HEALING];
