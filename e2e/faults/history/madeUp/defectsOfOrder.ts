/** Places with holes, out of order, told twice: I3. */
import { faultsOf } from "../check/faults.ts";
import {
  type Answered,
  all,
  answered,
  type Defect,
  everywhere,
  exchange,
  insertAfter,
  on,
  plain,
  rowsIn,
  type Spoilt,
  some,
} from "./breaking.ts";
import type { Chance } from "./chance.ts";

/** Two messages of one session of which `fits` holds. */
function pair(spoilt: Spoilt, chance: Chance, fits: (before: Answered, after: Answered) => boolean) {
  const sends = plain(spoilt);
  const pairs = sends.flatMap((before) =>
    sends.flatMap((after) =>
      before.row.sessionId === after.row.sessionId && before.row.seq < after.row.seq && fits(before, after)
        ? [[before.ok.message, after.ok.message] as const]
        : [],
    ),
  );
  return chance.pick(pairs);
}

const wasLater = (before: Answered, after: Answered) => before.ok.t < after.invoke.t;
const onOneConnection = (before: Answered, after: Answered) =>
  before.invoke.connection === after.invoke.connection && before.invoke.t < after.invoke.t;

export const DEFECTS_OF_ORDER: readonly Defect[] = [
  {
    name: "a word is before one that was acknowledged when it was begun",
    finds: "I3 reordered",
    spoil: (spoilt, chance) => on(pair(spoilt, chance, wasLater), (both) => exchange(spoilt, both, ["seq", "rev"])),
  },
  {
    name: "two words that one connection carried in order are the other way round",
    finds: "I3 reordered",
    spoil: (spoilt, chance) =>
      on(
        pair(spoilt, chance, (before, after) => onOneConnection(before, after) && !wasLater(before, after)),
        (both) => exchange(spoilt, both, ["seq", "rev"]),
      ),
  },
  {
    name: "an outbox was emptied in another order than it was filled",
    finds: "I3 reordered",
    limits: { isOutboxInOrder: true },
    spoil: (spoilt, chance) =>
      on(
        pair(spoilt, chance, (a, b) => a.invoke.device === b.invoke.device && a.invoke.t < b.invoke.t),
        (both) => exchange(spoilt, both, ["seq", "rev"]),
      ),
  },
  {
    name: "places and revs do not rise together",
    finds: "I3 reordered",
    spoil: (spoilt, chance) =>
      on(
        pair(spoilt, chance, () => true),
        (both) => exchange(spoilt, both, ["rev"]),
      ),
  },
  {
    name: "one node tells a connection of a later rev first",
    finds: "I3 reordered",
    limits: { isWireInOrder: true },
    spoil: (spoilt, chance) => {
      const heard = all(spoilt, "delivery");
      const isNext = (a: (typeof heard)[number], b: (typeof heard)[number]) =>
        a.connection === b.connection &&
        a.message.sessionId === b.message.sessionId &&
        a.message.rev + 1 === b.message.rev;
      const first = some(chance, heard, (a) => heard.some((b) => isNext(a, b)));
      return on(first, (a) =>
        on(
          heard.find((b) => isNext(a, b)),
          (b) => ([a.message, b.message] = [b.message, a.message]),
        ),
      );
    },
  },
  {
    name: "a place was left out, for everybody",
    finds: "I3 gap",
    spoil: (spoilt, chance) =>
      on(chance.pick(answered(spoilt)), ({ row }) => {
        const from = row.seq;
        for (const { id, seq } of rowsIn(spoilt, row.sessionId)) {
          if (seq >= from) everywhere(spoilt, id, (message) => (message.seq = seq + 1));
        }
      }),
  },
  {
    name: "a session counts a message that it does not have",
    finds: "I3 gap",
    spoil: (spoilt, chance) => on(chance.pick(spoilt.database.sessions), (session) => (session.lastSeq += 1)),
  },
  {
    name: "two messages have one place",
    finds: "I3 duplicated",
    spoil: (spoilt, chance) =>
      on(
        some(chance, spoilt.database.messages, ({ seq }) => seq > 1),
        (row) => (row.seq -= 1),
      ),
  },
  {
    name: "a message is told twice to one connection",
    finds: "I3 duplicated",
    spoil: (spoilt, chance) => {
      const faults = faultsOf(spoilt.history);
      const amidPeace = all(spoilt, "delivery").filter(({ t }) => !faults.wasBroken(t, t));
      return on(chance.pick(amidPeace), (delivery) => insertAfter(spoilt, delivery, delivery));
    },
  },
];
