/** Unsent words that followed their person to this device. Nothing that stands in the composer is ever overwritten. */
import type { Draft } from "@baton/shared/visitor/shapes";
import type { PanelModel } from "../panelModel.ts";

export function meetDraft(panel: PanelModel, { text, deviceId }: Draft): void {
  const { device, rival } = panel.conversation.store.state;
  const { drafting } = panel;
  // The person is where they look; a tab in the background has words of its own.
  if (document.visibilityState !== "visible" || !text || text === drafting.text.value) return;
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
export function takeReturned(panel: PanelModel): void {
  if (document.visibilityState !== "visible") return;
  const { conversation } = panel;
  for (const { clientId, text, state } of conversation.store.state.outbox) {
    if (state !== "returned") continue;
    append(panel, text);
    conversation.change({ kind: "drop", clientId });
  }
}

function append({ drafting }: PanelModel, text: string): void {
  const mine = drafting.text.value.trimEnd();
  drafting.write(mine ? `${mine}\n${text}` : text);
}
