/** The verbs of `Baton(verb, …)` that need the core. The loader answers the others itself. */
import { currentSession, isPassive } from "../chat/chatState.ts";
import type { PanelModel } from "../ui/panelModel.ts";
import type { Identity } from "./shell.ts";

type Verb = (panel: PanelModel, argument: unknown) => unknown;

export const VERBS: Readonly<Record<string, Verb>> = {
  open: (panel) => panel.setOpen(true, false),
  close: (panel) => panel.setOpen(false),
  /** The launcher's own press: a person's, so the focus goes along. */
  toggle: (panel) => panel.setOpen(!panel.open.value),
  send: (panel, text) => panel.send(asText(text, "send")),
  prefill: (panel, text) => panel.drafting.write(asText(text, "prefill")),
  identify: (panel, given) => panel.conversation.identify(asIdentity(given)),
  takeover: (panel) => panel.need().then((later) => later?.takeover(panel)),
  extend: (panel) => panel.need().then((later) => later?.extend(panel)),
  resume: (panel, how) => panel.need().then((later) => later?.resume(panel, how === "new" ? how : "continue")),
  /** The page's own button: it asks as it likes, so nothing is asked here. */
  end: (panel) => panel.endSoon(0),
  logout: (panel) => panel.conversation.logout(),
  getState(panel) {
    const state = panel.conversation.store.state;
    const session = currentSession(state);
    return {
      open: panel.open.value,
      unread: panel.unread.value,
      connection: state.line,
      user: state.user,
      active: !isPassive(state),
      session: session && { id: session.id, state: session.state, mode: session.mode },
      outbox: state.outbox.length,
    };
  },
};

function asText(value: unknown, verb: string): string {
  if (typeof value !== "string") throw new TypeError(`Baton("${verb}", text) needs a text.`);
  return value;
}

function asIdentity(value: unknown): Identity {
  const getToken = (value as Partial<Identity> | undefined)?.getToken;
  if (typeof getToken !== "function") throw new TypeError('Baton("identify", { getToken }) needs a function.');
  return { getToken };
}
