/** The configuration that Baton is measured with. PURE. */

/** No visitor is held back: what is measured is how fast it can be, not how fast it may. */
const ENDLESS = 1_000_000_000;

export const API_KEY = "bk_bench_0123456789_0123456789_0123456789";

const MINUTE = 60_000;

/** The defaults of a site, written out: dueSessions.ts computes with them. */
export const POLICY = {
  softExpiryMs: 30 * MINUTE,
  warnBeforeMs: 2 * MINUTE,
  hardExpiryMs: 120 * MINUTE,
  maxDurationMs: 24 * 60 * MINUTE,
};

export function batonConfiguration() {
  return {
    sites: [
      {
        id: "bench",
        origins: ["http://localhost"],
        apiKeys: [{ name: "bench", key: API_KEY, scopes: ["sessions:read"] }],
        // Nobody answers, so that no reply's deliveries mix in. A second device is passive, as by default.
        bot: { kind: "none" },
        policy: POLICY,
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
