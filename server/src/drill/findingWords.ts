/** PURE. One finding as one sentence, for people who run a gateway and have not read its protocol. */
import type { Finding, Seen } from "./finding.ts";
import type { Fault, ViewFault } from "./judge.ts";

/** So many faults are told word by word; the rest is a number. */
const TOLD = 3;

type Sentences = { readonly [K in keyof Seen]: (seen: Seen[K]) => string };

const SENTENCES: Sentences = {
  acks: ({ sent, acked, repeats }) =>
    `${acked} of ${messages(sent)} acknowledged${repeats === 0 ? "" : `; ${repeats === 1 ? "one had" : `${repeats} had`} to be sent again`}.`,
  transcript: ({ own, places, faults }) =>
    faults.length === 0
      ? `Each of them is stored once, at the place its acknowledgement named (${own} of ${places} places, no holes).`
      : `The stored transcript is not what was acknowledged: ${some(faults, faultWords)}.`,
  page: ({ device, messages: count, faults }) =>
    faults.length === 0
      ? `What the ${device} pieced together from answers and events is what is stored (${messages(count)}).`
      : `The ${device} does not show what is stored: ${some(faults, viewFaultWords)}.`,
  sameSession: ({ openings, elsewhere }) =>
    elsewhere === 0
      ? `The same session was there, without a question (${openings} of ${openings}).`
      : `${elsewhere} of ${openings} openings found another session, or none.`,
  ownBaton: ({ openings, without }) =>
    without === 0
      ? `The device could write at once (${openings} of ${openings}): nobody took its own earlier page for a rival.`
      : `${without} of ${openings} openings of the active device found that it may not write, or that the baton had passed.`,
  rivals: ({ told }) =>
    told === 0
      ? "Nobody was told «active elsewhere»."
      : `The only device was told ${times(told)} that another one is active.`,
  comingBack: ({ slowestMs }) => `Back within ${seconds(slowestMs)} of the cut, connected and caught up.`,
  drafts: ({ openings, lost }) =>
    lost === 0
      ? `What was typed and not sent was there again (${openings} of ${openings}).`
      : `What was typed and not sent was gone after ${lost} of ${openings} refreshes.`,
  elapsed: ({ refreshes, ms, withinMs }) =>
    `${refreshes} refreshes in ${seconds(ms)}${ms < withinMs ? "" : `: slower than ${seconds(withinMs)}`}.`,
  secondDevice: ({ expected, isActive, toldOf }) => secondDeviceWords(expected, isActive, toldOf),
  secondSees: ({ of, missing }) =>
    missing === 0
      ? "It sees everything that was written before it came."
      : `It does not see ${missing} of ${messages(of)} that were written before it came.`,
  writesOfWatchers: ({ of, accepted, otherCodes }) =>
    accepted === 0 && otherCodes.length === 0
      ? `What a device wrote that had lost the baton was refused: not_active_device (${of} of ${of}).`
      : `Of ${of} writes from a device that had lost the baton ${accepted} were accepted${otherCodes.length === 0 ? "" : `, and some refused as ${otherCodes.join(", ")}`}.`,
  live: ({ of, unheard, slowestMs }) =>
    unheard === 0
      ? `The other device heard ${of === 1 ? "the message" : `all ${of} messages`} live, within ${seconds(slowestMs)}.`
      : `The other device did not hear ${unheard} of ${messages(of)}.`,
  takeovers: ({ of, failed }) =>
    failed === 0
      ? `«Continue here» passed the baton (${of} of ${of}).`
      : `«Continue here» did not pass the baton ${failed} of ${of} times.`,
  losersTold: ({ of, untold }) =>
    untold === 0
      ? `The loser was told: lock:changed (${of} of ${of}).`
      : `The loser was not told ${untold} of ${of} times.`,
  amidTakeover: ({ acked, refused }) =>
    `Of ${messages(acked + refused)} in flight during a takeover ${acked} came through and ${refused} came back as refused, none in between.`,
  repeatByLoser: ({ otherwise }) =>
    otherwise === 0
      ? "A message that was acknowledged before is answered with the first one, also to the loser."
      : `${otherwise} times a message that was acknowledged before was not answered with the first one.`,
  carriedDraft: ({ arrived }) =>
    arrived
      ? "The half sentence appeared on the other device."
      : "The half sentence did not appear on the other device.",
  oneHolder: ({ holders, epochs }) =>
    holders === 1 && new Set(epochs).size === 1
      ? `Both devices name the same holder (epoch ${epochs[0]}).`
      : `${holders} devices believe that they may write (epochs ${epochs.join(" and ")}).`,
  clock: ({ movedMs }) =>
    `The gateway's clock was moved by ${movedMs / 86_400_000} days; everything that became due has taken effect.`,
  samePerson: ({ same }) => (same ? "They are who they were." : "They came back as somebody else."),
  resumption: ({ expected, found }) =>
    expected === found
      ? `They found «${found}», as the policy says.`
      : `They found «${found}»; by the policy it should be «${expected}».`,
  oldSession: ({ listed, state }) =>
    listed ? `The old session is in their history, ${state}.` : "The old session is not in their history.",
  oldWords: (seen) => oldWords(seen),
  newSession: ({ isNew, seq, rev }) =>
    isNew
      ? `Their first word began a new session (place ${seq}, revision ${rev}).`
      : "Their first word went into the old session.",
  valuesFound: ({ kinds }) => valuesWords(kinds),
  damage: ({ values, rounds, left }) =>
    left.length === 0
      ? `${values} values were damaged in ${rounds} rounds; what the gateway reads of them was rebuilt or dropped.`
      : `Rubbish was left where it was: ${left.join(", ")}.`,
  outage: ({ how, ms, lastedAll }) =>
    `Redis was ${how}, and away for ${seconds(ms)}; ${lastedAll ? "all of this happened meanwhile" : "the last of this happened after it was back"}.`,
  newcomer: () => "Somebody new could come and write.",
  advised: ({ of, untold }) =>
    untold === 0
      ? "When Redis was back, every device was advised to sync."
      : `When Redis was back, ${untold} of ${of} devices were not advised to sync.`,
  lockBack: ({ found }) =>
    found ? "The baton's lease is in Redis again." : "The baton's lease did not come back to Redis.",
  broke: ({ error }) => `It could not go on: ${error}.`,
};

export function findingWords(finding: Finding): string {
  // Correlated by the union: TypeScript does not follow it through the table.
  const say = SENTENCES[finding.what] as (seen: Finding["seen"]) => string;
  return say(finding.seen);
}

function secondDeviceWords(expected: Seen["secondDevice"]["expected"], isActive: boolean, toldOf = "nobody"): string {
  const found = isActive ? "became the active one" : `watches, and is told that «${toldOf}» is active`;
  return expected === (isActive ? "active" : "watches")
    ? `The second device ${found}.`
    : `The second device ${found}; by the site's policy it should ${expected === "active" ? "be the active one" : "watch"}.`;
}

function valuesWords(kinds: readonly string[]): string {
  if (kinds.length === 0) return "Redis holds nothing of this visitor: the gateway does not use it.";
  const all = kinds.join(", ");
  return kinds.includes("messages")
    ? `Redis holds of this visitor: ${all}.`
    : `Redis holds of this visitor ${all}, and no cached messages: the cache was not there to be damaged.`;
}

function oldWords({ of, whole, purged, otherwise }: Seen["oldWords"]): string {
  if (whole === of) return `Every word of then can be read (${of} of ${of}).`;
  if (purged === of)
    return `The places of all ${of} messages are there; their text was purged, as raw text is after rawRetentionMs.`;
  return `Of ${messages(of)} of then ${whole} are whole, ${purged} are empty, and ${otherwise} are missing or say something else.`;
}

function some<T>(faults: readonly T[], words: (fault: T) => string): string {
  const more = faults.length - TOLD;
  return faults.slice(0, TOLD).map(words).join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function faultWords(fault: Fault): string {
  switch (fault.kind) {
    case "lost":
      return `«${fault.text}» was acknowledged at place ${fault.seq} and is not there`;
    case "moved":
      return `«${fault.text}» was acknowledged at place ${fault.seq} and is at ${fault.foundAt}`;
    case "altered":
      return `«${fault.text}» reads «${fault.found}»`;
    case "doubled":
      return `«${fault.text}» is there twice`;
    case "kept":
      return `«${fault.text}» was refused and is there all the same`;
    case "foreign":
      return `«${fault.text}» was not written by this visitor`;
    case "hole":
      return `place ${fault.place} is missing: the next one is ${fault.seq}`;
    case "disorder":
      return `«${fault.text}» was sent after «${fault.before}» and stands before it`;
  }
}

function viewFaultWords({ kind, text }: ViewFault): string {
  const what = {
    missing: "is stored and not shown",
    stale: "is shown in an older form",
    invented: "is shown and not stored",
  };
  return `«${text}» ${what[kind]}`;
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

export function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
