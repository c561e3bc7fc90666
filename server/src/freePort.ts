/** A port that nobody listens on at this moment. Asked for by main.ts and by the drill, which start gateways on one. */
import { once } from "node:events";
import { createServer } from "node:net";

export async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new Error("No free port was found on this machine.");
  return address.port;
}
