/** Words that are lost, doubled, or not as their ack said: I1, I2, I6. */
import { all, answered, type Defect, on, oneMore, plain, rowsIn, sessionOf, some } from "./breaking.ts";

export const DEFECTS_OF_SENDING: readonly Defect[] = [
  {
    name: "the last acknowledged message of a session is lost",
    finds: "I1 lost",
    spoil: (spoilt, chance) =>
      on(
        some(chance, plain(spoilt), ({ row }) => row.seq === sessionOf(spoilt, row.sessionId)?.lastSeq),
        ({ row }) => {
          spoilt.database.messages = spoilt.database.messages.filter((one) => one !== row);
          on(sessionOf(spoilt, row.sessionId), (session) => (session.lastSeq -= 1));
        },
      ),
  },
  {
    name: "an acknowledged message is lost, and those after it have moved up",
    finds: "I1 lost",
    spoil: (spoilt, chance) =>
      on(chance.pick(answered(spoilt)), ({ row }) => {
        spoilt.database.messages = spoilt.database.messages.filter((one) => one !== row);
        for (const later of rowsIn(spoilt, row.sessionId)) if (later.seq > row.seq) later.seq -= 1;
        on(sessionOf(spoilt, row.sessionId), (session) => (session.lastSeq -= 1));
      }),
  },
  {
    name: "all messages of a session are lost",
    finds: "I1 lost",
    spoil: (spoilt, chance) =>
      on(chance.pick(answered(spoilt)), ({ row }) => {
        spoilt.database.messages = spoilt.database.messages.filter(({ sessionId }) => sessionId !== row.sessionId);
        on(sessionOf(spoilt, row.sessionId), (session) => (session.lastSeq = 0));
      }),
  },
  {
    name: "an edit that was acknowledged is lost",
    finds: "I1 lost",
    spoil: (spoilt, chance) =>
      on(
        some(chance, answered(spoilt, "edit"), ({ ok, row }) => row.rev === ok.message.rev),
        ({ row }) => {
          Object.assign(row, { edited: false, rev: row.seq, text: "as it was" });
        },
      ),
  },
  {
    name: "a deleted message has come back",
    finds: "I1 lost",
    spoil: (spoilt, chance) =>
      on(chance.pick(answered(spoilt, "delete")), ({ row }) => {
        Object.assign(row, { deleted: false, text: "as it was" });
      }),
  },
  {
    name: "a message is there twice",
    finds: "I2 duplicated",
    spoil: (spoilt, chance) =>
      on(chance.pick(answered(spoilt)), ({ row }) => {
        const session = sessionOf(spoilt, row.sessionId);
        const { clientId, text } = row;
        return (
          session !== undefined &&
          oneMore(spoilt, session, { author: "visitor", ...(clientId && { clientId }), text: text ?? "" })
        );
      }),
  },
  {
    name: "a word that was sent again is appended anew",
    finds: "I2 duplicated",
    spoil: (spoilt, chance) => {
      const calls = all(spoilt, "invoke");
      const wasRepeated = (clientId?: string) => calls.filter((invoke) => invoke.clientId === clientId).length > 1;
      const repeats = answered(spoilt).filter(
        ({ invoke, row }) => wasRepeated(invoke.clientId) && !row.edited && !row.deleted,
      );
      return on(chance.pick(repeats), ({ ok, row }) => {
        const session = sessionOf(spoilt, row.sessionId);
        if (!session) return false;
        const { clientId, text } = ok.message;
        ok.message = oneMore(spoilt, session, { author: "visitor", ...(clientId && { clientId }), text });
        return true;
      });
    },
  },
  {
    name: "a repeat is answered with another message than the first time",
    finds: "I2 duplicated",
    spoil: (spoilt, chance) =>
      on(chance.pick(plain(spoilt)), ({ invoke, ok }) => {
        const message = { ...ok.message, id: "another", seq: ok.message.seq + 1 };
        const call = `${ok.call} again`;
        spoilt.history.push({ ...invoke, call }, { ...ok, call, message });
      }),
  },
  {
    name: "two messages have changed places in the database",
    finds: "I6 ack differs",
    spoil: (spoilt, chance) =>
      on(chance.pick(answered(spoilt)), ({ row }) => {
        const other = rowsIn(spoilt, row.sessionId).find(({ id }) => id !== row.id);
        return on(other, (one) => {
          [one.seq, row.seq] = [row.seq, one.seq];
        });
      }),
  },
  {
    name: "an ack names another place than the row has",
    finds: "I6 ack differs",
    spoil: (spoilt, chance) => on(chance.pick(answered(spoilt)), ({ ok }) => (ok.message.seq += 1)),
  },
  {
    name: "an ack names another session than the row has",
    finds: "I6 ack differs",
    spoil: (spoilt, chance) => on(chance.pick(answered(spoilt)), ({ ok }) => (ok.message.sessionId += "x")),
  },
  {
    name: "an ack is that of another message",
    finds: "I6 ack differs",
    spoil: (spoilt, chance) =>
      on(chance.pick(answered(spoilt)), ({ ok }) => {
        const isOther = (one: { ok: typeof ok }) => one.ok.user === ok.user && one.ok.message.id !== ok.message.id;
        return on(some(chance, answered(spoilt), isOther), (other) => (ok.message = { ...other.ok.message }));
      }),
  },
  {
    name: "an ack shows other words than were sent",
    finds: "I6 ack differs",
    spoil: (spoilt, chance) => on(chance.pick(plain(spoilt)), ({ ok }) => (ok.message.text += "!")),
  },
  {
    name: "an edit is answered with other words",
    finds: "I6 ack differs",
    spoil: (spoilt, chance) => on(chance.pick(answered(spoilt, "edit")), ({ ok }) => (ok.message.text += "!")),
  },
  {
    name: "a word that was refused for good is in the transcript",
    finds: "I6 written though refused",
    spoil: (spoilt, chance) => {
      const refused = all(spoilt, "refused").filter(({ retryable }) => !retryable);
      const calls = new Map(all(spoilt, "invoke").map((invoke) => [invoke.call, invoke]));
      return on(chance.pick(refused), ({ call, connection }) => {
        const { clientId, text } = calls.get(call) ?? {};
        const isRepeated = [...calls.values()].filter((invoke) => invoke.clientId === clientId).length > 1;
        const owner = all(spoilt, "entitled").find((entitled) => entitled.connection === connection)?.userId;
        const session = spoilt.database.sessions.find(({ userId, state }) => userId === owner && state !== "ended");
        if (isRepeated || !session || clientId === undefined) return false;
        return oneMore(spoilt, session, { author: "visitor", clientId, text: text ?? "" });
      });
    },
  },
];
