/**
 * Which gateway is held against the protocol. BATON_URL, BATON_SITE, BATON_SECRET and BATON_API_KEY (scope sessions:read) name one
 * that runs already: its site has the URL itself among its origins, and the demo bot. Without BATON_URL a process of our own is started.
 */
import { afterAll, beforeAll } from "vitest";
import { GatewayProcess, gatewayHome } from "../gatewayProcess.ts";

export type Target = { url: string; site: string; secret: string; apiKey: string };

const SECRET = "a-secret-of-the-site-of-forty-characters";
const API_KEY = "bk_the-key-of-a-back-end-that-may-read-sessions";
export const KEY_WITHOUT_SCOPE = "bk_the-key-of-a-back-end-that-may-read-users";

/** True when the configuration is ours, so that its limits and other keys are known. */
export const ownGateway = !process.env.BATON_URL;

/** False when a gateway of others is tried without a key of its back end. */
export const hasApiKey = ownGateway || Boolean(process.env.BATON_API_KEY);

export type Setting = { limits?: Record<string, number>; polling?: boolean };

function configOf(port: number, setting: Setting) {
  const site = {
    id: "words",
    origins: [`http://127.0.0.1:${port}`],
    secrets: [SECRET],
    apiKeys: [
      { name: "reader", key: API_KEY, scopes: ["sessions:read"] },
      { name: "other", key: KEY_WITHOUT_SCOPE, scopes: ["users:read"] },
    ],
    bot: { kind: "demo" },
  };
  return { sites: [site], limits: setting.limits ?? {}, polling: setting.polling ?? false };
}

function fromEnvironment(url: string): Target {
  const { BATON_SITE = "demo", BATON_SECRET = "", BATON_API_KEY = "" } = process.env;
  return { url: url.replace(/\/$/, ""), site: BATON_SITE, secret: BATON_SECRET, apiKey: BATON_API_KEY };
}

/** The gateway of a test file, and the process when it is our own. */
export function gateway(setting: Setting = {}): { target: () => Target; process: () => GatewayProcess } {
  let found: Target | undefined;
  let own: GatewayProcess | undefined;
  let remove: () => void = () => undefined;
  beforeAll(async () => {
    if (process.env.BATON_URL) {
      found = fromEnvironment(process.env.BATON_URL);
      return;
    }
    const home = await gatewayHome((port) => configOf(port, setting));
    remove = home.remove;
    own = new GatewayProcess(home);
    await own.start();
    found = { url: home.url, site: "words", secret: SECRET, apiKey: API_KEY };
  }, 60_000);
  afterAll(async () => {
    await own?.stop();
    remove();
  });
  return { target: () => known(found), process: () => known(own) };
}

function known<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error("this is not there yet");
  return value;
}
