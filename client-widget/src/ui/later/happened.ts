/** What the host page is told of a change: the names of `Baton("on", name)`. Pure. */
import { type ChatState, currentSession, isPassive } from "../../chat/chatState.ts";
import { otherDevice } from "./sentences.ts";

export type Happening = readonly [name: string, detail: Readonly<Record<string, unknown>>];

export function happened(before: ChatState, after: ChatState): readonly Happening[] {
  return [...ofTheBaton(before, after), ...ofTheSession(before, after)];
}

function ofTheBaton(before: ChatState, after: ChatState): Happening[] {
  const [was, is] = [isPassive(before), isPassive(after)];
  if (was === is) return [];
  if (!is) return after.lock?.mine ? [["device:active", {}]] : [];
  const device = otherDevice(after);
  const passive: Happening = ["device:passive", { device }];
  return after.lost ? [["device:takeover", { device }], passive] : [passive];
}

function ofTheSession(before: ChatState, after: ChatState): Happening[] {
  const [was, is] = [currentSession(before), currentSession(after)];
  const told: Happening[] = [];
  if (before.pausesAt === null && after.pausesAt !== null) told.push(["idle:warning", { pausesAt: after.pausesAt }]);
  if (before.pausesAt !== null && after.pausesAt === null && is?.state === "open") told.push(["idle:extended", {}]);
  if (!is || (was?.id === is.id && was.state === is.state)) return told;
  const detail = { sessionId: is.id };
  if (is.state === "idle") told.push(["session:paused", detail]);
  if (is.state === "ended") told.push(["session:ended", { ...detail, reason: is.endReason }]);
  if (is.state === "open" && was?.id === is.id && was.state === "idle") told.push(["session:resumed", detail]);
  return told;
}
