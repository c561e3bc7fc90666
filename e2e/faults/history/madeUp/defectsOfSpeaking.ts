/** Two devices that speak at once: I7, I8; and conversations that are not one's own: I9, I12. */
import type { EventOf, HistoryEvent } from "../events.ts";
import {
  type Answered,
  all,
  answered,
  type Defect,
  inOrder,
  insertAfter,
  on,
  openAtEnd,
  plain,
  type Spoilt,
  some,
  whoOf,
} from "./breaking.ts";

/** The lock as somebody was first told of each epoch, of one user. */
function grantsOf(spoilt: Spoilt, userId: string): EventOf<"lock">[] {
  const own = new Set(
    all(spoilt, "entitled").flatMap((entitled) => (entitled.userId === userId ? [entitled.connection] : [])),
  );
  const first = new Map<number, EventOf<"lock">>();
  for (const lock of all(spoilt, "lock"))
    if (own.has(lock.connection) && !first.has(lock.epoch)) first.set(lock.epoch, lock);
  return [...first.values()];
}

/** What the holder wrote, with how the baton came to them and a connection of who had it before and does not get it back soon. */
function afterTakeover(spoilt: Spoilt, written: readonly Answered[]) {
  return written.flatMap((writing) => {
    const grants = grantsOf(spoilt, writing.row.userId);
    const grant = grants.findLast(({ t, holder }) => t < writing.invoke.t && holder === writing.invoke.device);
    const before = grants.find(({ epoch }) => epoch === (grant?.epoch ?? 0) - 1);
    const late = all(spoilt, "entitled").find(({ device }) => device === before?.holder);
    const isBack = grants.some(
      ({ holder, t, epoch }) => holder === late?.device && epoch > (grant?.epoch ?? 0) && t <= writing.ok.t + 2_000,
    );
    return grant && late && !isBack ? [{ ...writing, grant, late }] : [];
  });
}

function byAnother({ invoke, ok }: Answered, late: EventOf<"entitled">): void {
  Object.assign(invoke, whoOf(late));
  Object.assign(ok, whoOf(late));
}

const WRITERS: readonly Defect[] = [
  {
    name: "a device that has lost the baton still writes",
    finds: "I8 dual writer",
    spoil: (spoilt, chance) =>
      on(chance.pick(afterTakeover(spoilt, plain(spoilt))), (writing) => byAnother(writing, writing.late)),
  },
  {
    name: "a device that has lost the baton still edits",
    finds: "I8 dual writer",
    spoil: (spoilt, chance) =>
      on(chance.pick(afterTakeover(spoilt, answered(spoilt, "edit"))), (writing) => byAnother(writing, writing.late)),
  },
  {
    name: "a late write of the device before lands after the first word of the new one",
    finds: "I7 dual writer",
    spoil: (spoilt, chance) => {
      const written = afterTakeover(spoilt, plain(spoilt));
      const isSecond = (writing: (typeof written)[number]) =>
        written.some(
          ({ row, grant }) =>
            row.sessionId === writing.row.sessionId && row.seq < writing.row.seq && grant === writing.grant,
        );
      return on(some(chance, written, isSecond), (writing) => {
        byAnother(writing, writing.late);
        writing.invoke.t = writing.grant.t - 0.5;
        inOrder(spoilt);
      });
    },
  },
  {
    name: "one epoch is granted to two devices",
    finds: "I8 dual writer",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "lock"), ({ holder }) => holder !== null),
        (lock) => insertAfter(spoilt, lock, { ...lock, holder: "somebody else" }),
      ),
  },
  {
    name: "an epoch is granted that the database does not know",
    finds: "I7 dual writer",
    spoil: (spoilt, chance) => on(chance.pick(spoilt.database.users), (user) => (user.epoch -= 1)),
  },
];

const isAnothers = (spoilt: Spoilt, connection: string) => {
  const own = all(spoilt, "entitled").find((entitled) => entitled.connection === connection)?.userId;
  return spoilt.database.sessions.find(({ userId }) => userId !== own)?.id;
};

/** Acknowledged before, and written to after: it cannot have been over. */
function wentOn(spoilt: Spoilt, { sessionId, askedAt, t }: EventOf<"snapshot">): boolean {
  const sends = plain(spoilt).filter(({ row }) => row.sessionId === sessionId);
  const isEnded = spoilt.database.sessions.find(({ id }) => id === sessionId)?.state === "ended";
  return sends.some(({ ok }) => ok.t < askedAt) && (!isEnded || sends.some(({ invoke }) => invoke.t > t));
}

const RETURNS: readonly Defect[] = [
  {
    name: "a person comes back to somebody else's session",
    finds: "I9 wrong session",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "snapshot"), ({ sessionId }) => sessionId !== null),
        (snapshot) => on(isAnothers(spoilt, snapshot.connection), (sessionId) => (snapshot.sessionId = sessionId)),
      ),
  },
  {
    name: "a person is told of somebody else's last session",
    finds: "I9 wrong session",
    spoil: (spoilt, chance) =>
      on(chance.pick(all(spoilt, "snapshot")), (snapshot) =>
        on(isAnothers(spoilt, snapshot.connection), (sessionId) => (snapshot.previous = sessionId)),
      ),
  },
  {
    name: "a person comes back to nothing while their session goes on",
    finds: "I9 wrong session",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "snapshot"), (snapshot) => wentOn(spoilt, snapshot)),
        (snapshot) => {
          Object.assign(snapshot, { sessionId: null, state: null, rev: 0, messages: [], outcome: "primed" });
        },
      ),
  },
  {
    name: "a user has two sessions at once",
    finds: "I9 wrong session",
    spoil: (spoilt, chance) =>
      on(
        some(chance, spoilt.database.sessions, ({ state }) => state !== "ended"),
        (session) => {
          spoilt.database.sessions.push({
            ...session,
            id: "second",
            lastSeq: 0,
            rev: 0,
            openedAt: session.openedAt + 1,
          });
        },
      ),
  },
  {
    name: "a person who has been here is taken for a new visitor",
    finds: "I9 wrong session",
    spoil: (spoilt, chance) => {
      const wasHere = ({ outcome, askedAt, user }: EventOf<"snapshot">) =>
        outcome === "primed" && answered(spoilt).some(({ ok }) => ok.user === user && ok.t < askedAt);
      return on(some(chance, all(spoilt, "snapshot"), wasHere), (snapshot) => (snapshot.outcome = "none"));
    },
  },
  {
    name: "a session that is open is offered as if it had idled",
    finds: "I9 wrong session",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "snapshot"), ({ outcome }) => outcome === "restored"),
        (snapshot) => (snapshot.outcome = "offer"),
      ),
  },
];

/** Told to a connection of somebody else right after. */
function leak(spoilt: Spoilt, event: (HistoryEvent & { connection: string; user: string }) | undefined): boolean {
  return on(event, (told) => {
    const stranger = all(spoilt, "entitled").find(({ user }) => user !== told.user);
    return on(stranger, (entitled) => insertAfter(spoilt, told, { ...told, ...whoOf(entitled) }));
  });
}

const LEAKS: readonly Defect[] = [
  {
    name: "a message reaches another user's connection",
    finds: "I12 foreign",
    spoil: (spoilt, chance) => leak(spoilt, chance.pick(all(spoilt, "delivery"))),
  },
  {
    name: "typing is shown to another user",
    finds: "I12 foreign",
    spoil: (spoilt, chance) => leak(spoilt, chance.pick(all(spoilt, "aside"))),
  },
  {
    name: "another user reads the transcript",
    finds: "I12 foreign",
    spoil: (spoilt, chance) =>
      leak(
        spoilt,
        some(chance, all(spoilt, "page"), ({ messages }) => messages.length > 0),
      ),
  },
  {
    name: "a warning goes to another user",
    finds: "I12 foreign",
    spoil: (spoilt, chance) => leak(spoilt, chance.pick(all(spoilt, "warned"))),
  },
  {
    name: "a connection that was signed out is still told things",
    finds: "I12 foreign",
    spoil: (spoilt, chance) =>
      on(chance.pick(openAtEnd(spoilt)), ({ entitled }) => {
        const told = all(spoilt, "delivery").findLast(({ connection }) => connection === entitled.connection);
        if (!told || told.t - entitled.t < 11_000) return false;
        insertAfter(spoilt, entitled, { ...whoOf(entitled), kind: "revoked", t: entitled.t });
        return true;
      }),
  },
];

export const DEFECTS_OF_SPEAKING: readonly Defect[] = [...WRITERS, ...RETURNS, ...LEAKS];
