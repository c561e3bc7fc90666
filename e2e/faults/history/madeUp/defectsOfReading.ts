/** Pages that hold something else than they should: I4, I5, I15. */
import { seenIn } from "../check/evidence.ts";
import { headIn } from "../check/heads.ts";
import type { EventOf, Seen } from "../events.ts";
import {
  all,
  type Defect,
  everywhere,
  insertAfter,
  on,
  oneMore,
  plain,
  rowOf,
  type Spoilt,
  some,
  someAudience,
  syncAtEnd,
  tell,
} from "./breaking.ts";

const isReplay = ({ asked, sessionId, reset }: EventOf<"snapshot">) =>
  !reset && asked !== null && asked.sessionId === sessionId;
const isWhole = (snapshot: EventOf<"snapshot">) => snapshot.sessionId !== null && !isReplay(snapshot);

/** An older version of what is shown, as somebody once saw it. */
function earlier({ history }: Spoilt, { id, rev }: Seen): Seen | undefined {
  return history.flatMap(seenIn).find((seen) => seen.id === id && seen.rev < rev);
}

function timesSeen({ history }: Spoilt, { id }: Seen): number {
  return history.flatMap(seenIn).filter((seen) => seen.id === id).length;
}

const REPLAYS: readonly Defect[] = [
  {
    name: "a sync lacks a change",
    finds: "I4 gap",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "sync"), ({ messages }) => messages.length > 0),
        ({ messages }) => messages.splice(chance.below(messages.length), 1),
      ),
  },
  {
    name: "a Snapshot that tells what changed lacks a change",
    finds: "I4 gap",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "snapshot"), (one) => isReplay(one) && one.messages.length > 0),
        ({ messages }) => messages.splice(chance.below(messages.length), 1),
      ),
  },
  {
    name: "a page sees that a rev is missing and stays without it",
    finds: "I4 gap",
    spoil: (spoilt, chance) =>
      on(someAudience(spoilt, chance), ({ session, open, others, victim }) => {
        const from = session.rev;
        tell(spoilt, others, oneMore(spoilt, session));
        tell(spoilt, open, oneMore(spoilt, session));
        on(spoilt.history.at(-1), (last) =>
          spoilt.history.push({ ...last, kind: "fault", name: "later", phase: "begin", t: last.t + 31_000 }),
        );
        spoilt.history.push({ kind: "fault", name: "later", phase: "heal", t: (spoilt.history.at(-1)?.t ?? 0) + 1 });
        syncAtEnd(spoilt, victim, session, from);
      }),
  },
  {
    name: "who asks later is told an older rev",
    finds: "I4 rev fell",
    spoil: (spoilt, chance) => {
      const reached = (snapshot: EventOf<"snapshot">) =>
        spoilt.history.some((event) => {
          const at = headIn(event);
          return event.t < snapshot.askedAt && at?.sessionId === snapshot.sessionId && at?.rev === snapshot.rev;
        });
      return on(some(chance, all(spoilt, "snapshot"), reached), (snapshot) => (snapshot.rev -= 1));
    },
  },
  {
    name: "a session's row is at an older rev than people were told",
    finds: "I4 rev fell",
    spoil: (spoilt, chance) => {
      const wasTold = ({ id, rev }: { id: string; rev: number }) =>
        spoilt.history.some((event) => headIn(event)?.sessionId === id && headIn(event)?.rev === rev);
      return on(some(chance, spoilt.database.sessions, wasTold), (session) => (session.rev -= 1));
    },
  },
  {
    name: "everything anew lacks the last message",
    finds: "I15 gap",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "snapshot"), (one) => isWhole(one) && one.messages.length > 0),
        ({ messages }) => messages.pop(),
      ),
  },
  {
    name: "everything anew has a hole",
    finds: "I15 gap",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "snapshot"), (one) => isWhole(one) && one.messages.length > 2),
        ({ messages }) => messages.splice(1 + chance.below(messages.length - 2), 1),
      ),
  },
  {
    name: "everything anew shows a message as it was before its change",
    finds: "I15 stale",
    spoil: (spoilt, chance) => {
      const shown = [...all(spoilt, "snapshot"), ...all(spoilt, "sync")].flatMap(({ messages }) =>
        messages.flatMap((seen, place) => {
          const before = earlier(spoilt, seen);
          return before ? [{ messages, place, before }] : [];
        }),
      );
      return on(chance.pick(shown), ({ messages, place, before }) => (messages[place] = { ...before }));
    },
  },
];

const CONTENT: readonly Defect[] = [
  {
    name: "a message says something else to one connection",
    finds: "I5 altered",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "delivery"), ({ message }) => rowOf(spoilt, message.id)?.rev === message.rev),
        ({ message }) => {
          message.text += "?";
        },
      ),
  },
  {
    name: "a place holds another message for one connection",
    finds: "I5 altered",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "delivery"), ({ message }) => timesSeen(spoilt, message) > 1),
        ({ message }) => (message.id += "x"),
      ),
  },
  {
    name: "a message is by somebody else for one connection",
    finds: "I5 altered",
    spoil: (spoilt, chance) =>
      on(chance.pick(all(spoilt, "delivery")), ({ message }) => {
        message.author = message.author === "agent" ? "bot" : "agent";
      }),
  },
  {
    name: "a message has another key for one connection",
    finds: "I5 altered",
    spoil: (spoilt, chance) =>
      on(
        some(chance, plain(spoilt), ({ ok }) =>
          all(spoilt, "delivery").some(({ message }) => message.id === ok.message.id),
        ),
        ({ ok }) => {
          const delivery = all(spoilt, "delivery").find(({ message }) => message.id === ok.message.id);
          return on(delivery, ({ message }) => (message.clientId = "another key"));
        },
      ),
  },
  {
    name: "the transcript says something else than people saw",
    finds: "I5 altered",
    spoil: (spoilt, chance) => on(chance.pick(plain(spoilt)), ({ row }) => (row.text += "?")),
  },
  {
    name: "a message that people saw is older in the database",
    finds: "I5 rev fell",
    spoil: (spoilt, chance) => on(chance.pick(plain(spoilt)), ({ row }) => (row.rev -= 1)),
  },
  {
    name: "a connection is shown what nobody sent",
    finds: "I5 foreign",
    spoil: (spoilt, chance) =>
      on(chance.pick(all(spoilt, "delivery")), (delivery) => {
        const { message } = delivery;
        const invented = {
          ...message,
          id: "invented",
          clientId: "invented",
          author: "visitor",
          seq: 10_000,
          rev: 10_000,
        } as const;
        insertAfter(spoilt, delivery, { ...delivery, message: invented });
      }),
  },
  {
    name: "the transcript has a word that nobody sent",
    finds: "I5 foreign",
    spoil: (spoilt, chance) =>
      on(chance.pick(spoilt.database.sessions), (session) =>
        oneMore(spoilt, session, { author: "visitor", clientId: "invented" }),
      ),
  },
  {
    name: "words were changed on the way, for everybody",
    finds: "I5 foreign",
    spoil: (spoilt, chance) =>
      on(chance.pick(plain(spoilt)), ({ row }) => everywhere(spoilt, row.id, (message) => (message.text += " (sic)"))),
  },
  {
    name: "the text of a deleted message is still shown",
    finds: "I5 foreign",
    spoil: (spoilt, chance) =>
      on(
        some(chance, spoilt.history.flatMap(seenIn), ({ deleted }) => deleted),
        (seen) => (seen.text = "what was deleted"),
      ),
  },
  {
    name: "the row of a deleted message still has its text",
    finds: "I5 foreign",
    spoil: (spoilt, chance) =>
      on(
        some(chance, spoilt.database.messages, ({ deleted }) => deleted),
        (row) => (row.text = "what was deleted"),
      ),
  },
];

export const DEFECTS_OF_READING: readonly Defect[] = [...REPLAYS, ...CONTENT];
