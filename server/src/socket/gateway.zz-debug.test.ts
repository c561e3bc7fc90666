import { nanoid } from "nanoid";
import { test } from "vitest";
import { RawTransport } from "../testing/rawTransport.ts";
import { testGateway } from "../testing/testGateway.ts";
test("dbg", async () => {
  const house = await testGateway({ limits: { handshakeMs: 300 } });
  for (const n of [2, 3, 50, 51]) {
  const raw = await new RawTransport(house.url).opened();
  for (let i = 0; i < n; i++) raw.say(`0/visitor,${JSON.stringify({ protocol: 1, site: "demo", device: { id: nanoid(), label: "" } })}`);
  raw.closed().then((r) => console.log("closed", n, r, raw.heard.length, raw.heard.at(-1)));
  await raw.closed().catch(() => {});
  console.log(JSON.stringify((await house.metrics.refusedConnections.get()).values));
  }
  await house.close();
});
