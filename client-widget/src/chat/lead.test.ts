import { expect, it } from "vitest";
import type { Persona } from "../connection/identity.ts";
import type { OutboxStorage } from "../connection/outboxStorage.ts";
import { snapshot } from "./chatState.fixture.ts";
import { Lead } from "./lead.ts";
import { Store } from "./store.ts";

it.each(["not_active_device", "conflict"] as const)(
  "learns from a refusal as %s who holds the baton, so that the next press compares what is",
  async (code) => {
    const lock = { holder: { deviceId: "d2", label: "Safari on iPhone", since: "" }, epoch: 8, mine: false };
    const refused = { ok: false, error: { code, message: "", retryable: false, details: { lock } } } as const;
    const store = new Store();
    const storage = { load: async () => [] } as unknown as OutboxStorage;
    const wipe = () => undefined;
    const lead = new Lead({ gateway: "", store, persona: {} as Persona, storage, visible: () => true, wipe });
    lead.connection.ask = async () => refused;
    store.dispatch({ kind: "snapshot", snapshot: snapshot({ lock: { ...lock, epoch: 7 } }), now: 0 });
    expect(await lead.ask("session:takeover", { epoch: 7 })).toBe(refused);
    expect(store.state.lock?.epoch).toBe(8);
    lead.stop();
  },
);
