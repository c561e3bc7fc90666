/**
 * What the loader fetches at a person's first interaction: puts storage, conversation and panel together, and listens to
 * the page coming and going. From here on the widget may keep things and open its socket.
 */
import { Conversation } from "./chat/conversation.ts";
import { Persona } from "./connection/identity.ts";
import { openKept } from "./connection/kept.ts";
import { openOutboxStorage } from "./connection/outboxStorage.ts";
import { watchSleep } from "./connection/sleep.ts";
import { VERBS } from "./embed/api.ts";
import { mount } from "./embed/mount.tsx";
import type { Core, Shell } from "./embed/shell.ts";
import { Announcer } from "./ui/announcing.ts";
import { PanelModel } from "./ui/panelModel.ts";

export async function start(shell: Shell): Promise<Core> {
  const { site, gateway } = shell.options;
  const prefix = `baton:${site}:`;
  const profile = openKept(prefix, () => localStorage);
  const tab = openKept(prefix, () => sessionStorage);
  const { storage, denied } = await openOutboxStorage(`${prefix}outbox`);

  const persona = new Persona(site, profile, shell.identity);
  const conversation = new Conversation({ site, gateway, persona, storage, wiped: () => panel.wipe() });
  const panel = new PanelModel(conversation, shell, tab, () => import("./ui/later/later.ts"));
  const announcer = new Announcer(panel);
  const unmount = mount(panel);
  const unlisten = listen(panel, announcer);
  // Written here and not before: a person has just done something, so keeping it is expected.
  profile.write("seen", "1");
  panel.note({ storageDenied: denied || profile.denied });
  if (shell.wasOpen) panel.setOpen(true, false);
  conversation.join();

  return {
    call: async (verb, args) => VERBS[verb]?.(panel, args[0]),
    destroy() {
      unlisten();
      announcer.stop();
      panel.stop();
      conversation.leave();
      unmount();
    },
  };
}

/** An open socket keeps a page out of the back/forward cache, so it is closed as the page goes. */
function listen(panel: PanelModel, announcer: Announcer): () => void {
  const { conversation } = panel;
  const listening = new AbortController();
  const { signal } = listening;
  const wake = () => {
    if (conversation.store.state.line !== "off") conversation.wake();
  };
  const seen = () => {
    conversation.seen(document.visibilityState === "visible");
    announcer.markRead();
  };
  addEventListener("online", wake, { signal });
  // Not every loss of the network ends a socket: ask it.
  addEventListener("offline", wake, { signal });
  document.addEventListener("visibilitychange", seen, { signal });
  addEventListener(
    "pagehide",
    () => {
      panel.endNow();
      conversation.leave();
    },
    { signal },
  );
  addEventListener("pageshow", (event) => event.persisted && conversation.join(), { signal });
  const unwatch = panel.changes.watch(() => announcer.markRead());
  const unslept = watchSleep(() => {
    if (conversation.store.state.line !== "off") conversation.wake(true);
  });
  return () => {
    unwatch();
    unslept();
    listening.abort();
  };
}
