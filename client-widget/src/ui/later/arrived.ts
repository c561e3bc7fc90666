/** Unsent words that followed their person to this device. Nothing that stands in the composer is ever overwritten. */
import type { Draft } from "@baton/shared/visitor/shapes";
import { type ChatState, isPassive } from "../../chat/chatState.ts";
import type { Outbox } from "../../connection/outbox.ts";
import type { PanelModel } from "../panelModel.ts";
import { isTheOne } from "./theOne.ts";

export async function meetDraft(panel: PanelModel, { text, deviceId }: Draft): Promise<void> {
  const { store } = panel.conversation;
  const { drafting } = panel;
  if (!text || !(await isTheOne(nameOf(store.state))) || !store.state.user) return;
  if (text === drafting.text.value) return;
  const { device, rival } = store.state;
  const clash = drafting.text.value.trim() !== "";
  if (!clash) drafting.write(text);
  if (deviceId === device?.id) return;
  const from = rival?.deviceId === deviceId ? rival.label : panel.say("otherDevice");
  panel.note({ arrived: { text, from, clash, shown: false } });
}

export function takeBack(panel: PanelModel): void {
  panel.note({ arrived: null });
  panel.drafting.write("");
}

export function insertBelow(panel: PanelModel): void {
  const { arrived } = panel.moment.value;
  panel.note({ arrived: null });
  if (arrived) append(panel, arrived.text);
}

/** What another device kept from being sent is its person's draft again. */
export async function takeReturned(panel: PanelModel): Promise<void> {
  const { conversation } = panel;
  const { store } = conversation;
  if (returned(store.state).length === 0 || !(await isTheOne(nameOf(store.state)))) return;
  for (const { clientId, text } of returned(store.state)) {
    append(panel, text);
    conversation.change({ kind: "drop", clientId });
  }
}

/** None while they could not be sent from here either, or while nobody knows whose they are. */
function returned(state: ChatState): Outbox {
  return isPassive(state) || !state.user ? [] : state.outbox.filter((entry) => entry.state === "returned");
}

function nameOf({ device }: ChatState): string {
  return `baton:words:${device?.id}`;
}

function append({ drafting }: PanelModel, text: string): void {
  const mine = drafting.text.value.trimEnd();
  drafting.write(mine ? `${mine}\n${text}` : text);
}
