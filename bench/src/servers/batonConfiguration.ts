/** The configuration that Baton is measured with. PURE. */

/** No visitor is held back: what is measured is how fast it can be, not how fast it may. */
const ENDLESS = 1_000_000_000;

export const API_KEY = "bk_bench_0123456789_0123456789_0123456789";

export function batonConfiguration() {
  return {
    sites: [
      {
        id: "bench",
        origins: ["http://localhost"],
        apiKeys: [{ name: "bench", key: API_KEY, scopes: ["sessions:read"] }],
        // Nobody answers, so that no reply's deliveries mix in; and the second device may listen without a lock.
        bot: { kind: "none" },
        policy: { oneDevice: "shared" },
      },
    ],
    limits: {
      userMessageBurst: ENDLESS,
      userMessagesPerSecond: ENDLESS,
      connectionCommandBurst: ENDLESS,
      connectionCommandsPerSecond: ENDLESS,
      addressConnections: ENDLESS,
      addressConnectionsPerSecond: ENDLESS,
      userConnectionsPerMinute: ENDLESS,
      drainWindowMs: 1,
      drainClientsPerSecond: ENDLESS,
    },
  };
}
