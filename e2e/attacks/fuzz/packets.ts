/** PURE. What a client of the fuzzer says next: valid, nearly valid, or nothing like it. */
import { commandNames, goodPayloads, type Known } from "../payloads.ts";
import { frame, type Shape } from "../rawSocket.ts";
import { damaged, hostile, mutated, noise } from "./mutate.ts";
import type { Random } from "./random.ts";

/** `asks`: that an answer with this number is owed, to a command of this name. */
export type Said = { bytes: Buffer; asks?: { id: number; event: string } };

type Speaker = { known: Known; random: Random; nextId(): number };
type Saying = (speaker: Speaker) => Said;

/** Says goodbye: what comes after it would be lost on nobody. */
const RARE: ReadonlySet<string> = new Set(["auth:logout"]);

function anyCommand(random: Random): (typeof commandNames)[number] {
  const name = random.pick(commandNames as [(typeof commandNames)[number]]);
  return RARE.has(name) && !random.chance(0.1) ? "sync" : name;
}

function asking(event: string, args: readonly unknown[], { nextId }: Speaker): Said {
  const id = nextId();
  return { bytes: frame(`42/visitor,${id}${JSON.stringify([event, ...args])}`), asks: { id, event } };
}

const valid: Saying = (speaker) => {
  const name = anyCommand(speaker.random);
  return asking(name, [goodPayloads(speaker.known)[name]], speaker);
};

/** Fewer of its fields: with all of them a message is an answer, in a thread, with a file. */
const plain: Saying = (speaker) => {
  const { random, known } = speaker;
  const { sessionId, messageId } = known;
  const commands: [string, object][] = [
    ["message:send", { clientId: random.id(), text: `said ${random.id()}` }],
    ["message:send", { clientId: random.id(), text: "in it", sessionId }],
    ["message:edit", { messageId, text: `edited ${random.id()}` }],
    ["session:open", {}],
    ["session:start", {}],
    ["session:takeover", {}],
    ["session:close", {}],
    ["history:page", { sessionId }],
    ["history:sessions", {}],
    ["draft:set", { text: random.id() }],
  ];
  const [event, payload] = random.pick(commands as [[string, object]]);
  return asking(event, [payload], speaker);
};

const nearlyValid: Saying = (speaker) => {
  const name = anyCommand(speaker.random);
  return asking(name, [mutated(goodPayloads(speaker.known)[name], speaker.random)], speaker);
};

const NAMES = [
  "",
  "__proto__",
  "constructor",
  "message",
  "closing",
  "error",
  "ping",
  "then",
  "SYNC",
  "x".repeat(3_000),
];

const strangeEvent: Saying = (speaker) => {
  const { random } = speaker;
  const name = random.pick(NAMES as [string]);
  return asking(
    name,
    Array.from({ length: random.below(4) }, () => hostile(random)),
    speaker,
  );
};

const strangeArguments: Saying = (speaker) => {
  const { random } = speaker;
  return asking(
    anyCommand(random),
    Array.from({ length: random.below(4) }, () => hostile(random)),
    speaker,
  );
};

const silentCommand: Saying = ({ known, random }) => {
  const name = anyCommand(random);
  return { bytes: frame(`42/visitor,${JSON.stringify([name, mutated(goodPayloads(known)[name], random)])}`) };
};

const strangeAck: Saying = ({ random }) => ({
  bytes: frame(
    `43/visitor,${random.pick(["", "0", "7", "-1", "99999999999999999999"])}${JSON.stringify([hostile(random)])}`,
  ),
});

/** Reserved names, other namespaces, other types, attachments that never come. */
const strangePacket: Saying = ({ random }) => {
  const type = random.pick(["0", "1", "2", "3", "4", "5", "6", "7", "51-", "50-", "5999999999-", "61-"]);
  const namespace = random.pick(["", "/visitor,", "/agent,", "/,", "/visitor", "/x?y=1,", `/${"n".repeat(300)},`]);
  const id = random.pick(["", "1", "007", "1.5"]);
  const event = random.pick(["connect", "disconnect", "disconnecting", "connect_error", "newListener", "session:open"]);
  return { bytes: frame(`4${type}${namespace}${id}${JSON.stringify([event, hostile(random)])}`) };
};

/** A second CONNECT, a goodbye. */
const secondThoughts: Saying = ({ random }) => ({
  bytes: frame(random.pick(['40/visitor,{"protocol":1}', "41/visitor,", "41", "40", "1", "5", "2probe", "0{}"])),
});

const enginePacket: Saying = ({ random }) => ({
  bytes: frame(
    `${random.pick(["0", "2", "3", "3", "3", "6", "7", "9", "b", ""])}${random.pick(["", "x", "{}", "probe"])}`,
  ),
});

const damagedText: Saying = (speaker) => {
  const { random, known } = speaker;
  const name = anyCommand(random);
  const text = `42/visitor,1${JSON.stringify([name, goodPayloads(known)[name]])}`;
  return { bytes: frame(damaged(Buffer.from(text), random)) };
};

const rawText: Saying = ({ random }) => ({ bytes: frame(noise(random.below(200), random)) });
const binary: Saying = ({ random }) => ({ bytes: frame(noise(random.below(200), random), { opcode: 2 }) });

const inPieces: Saying = (speaker) => {
  const id = speaker.nextId();
  const text = `42/visitor,${id}["presence:set",{"visible":true}]`;
  const cut = 1 + speaker.random.below(text.length - 2);
  const bytes = [
    frame(text.slice(0, cut), { fin: false }),
    frame("ping", { opcode: 9 }),
    frame(text.slice(cut), { opcode: 0 }),
  ];
  return { bytes: Buffer.concat(bytes), asks: { id, event: "presence:set" } };
};

const controlFrame: Saying = ({ random }) => ({
  bytes: frame(noise(random.below(126), random), { opcode: random.pick([9, 9, 9, 10, 10, 10, 8]) }),
});

const strangeFrame: Saying = ({ random }) => {
  const shapes: Shape[] = [
    { rsv: 1 + random.below(7) },
    { opcode: 3 + random.below(5) },
    { opcode: 11 + random.below(5) },
    { masked: false },
    { claims: BigInt(random.pick([65_537, 2 ** 31, 2 ** 40])) },
    { opcode: 0 },
    { opcode: 8, fin: false },
    { fin: false },
  ];
  return { bytes: frame("2", random.pick(shapes as [Shape])) };
};

const noFrame: Saying = ({ random }) => ({ bytes: noise(1 + random.below(40), random) });

/** How often, of a hundred. */
const SAYINGS: readonly (readonly [number, Saying])[] = [
  [20, plain],
  [14, valid],
  [34, nearlyValid],
  [4, strangeEvent],
  [6, strangeArguments],
  [4, silentCommand],
  [3, strangeAck],
  [2, strangePacket],
  [0.5, secondThoughts],
  [2.5, enginePacket],
  [2, damagedText],
  [0.5, rawText],
  [1, binary],
  [2, inPieces],
  [3, controlFrame],
  [1, strangeFrame],
  [0.5, noFrame],
];

export function nextSaying(speaker: Speaker): Said {
  let at = speaker.random.below(1_000) / 10;
  for (const [share, saying] of SAYINGS) {
    if (at < share) return saying(speaker);
    at -= share;
  }
  return plain(speaker);
}
