import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test, vi } from "vitest";

vi.mock("node:crypto", { spy: true });

/** The module as another process has it: it knows nothing of what was given elsewhere. */
async function elsewhere(): Promise<typeof import("./steadyPort.ts")> {
  vi.resetModules();
  return import("./steadyPort.ts");
}

test("two processes that draw the same port are not both given it, and a server may listen on it", async () => {
  const [one, other] = [await elsewhere(), await elsewhere()];
  const port = await one.steadyPort();
  vi.mocked(randomInt).mockImplementationOnce(() => port);
  expect(await other.steadyPort()).not.toBe(port);
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  server.close();
  await once(server, "close");
});

test("nor is a port given on which somebody listens", async () => {
  const { steadyPort } = await elsewhere();
  const port = await steadyPort();
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  vi.mocked(randomInt).mockImplementationOnce(() => port);
  expect(await (await elsewhere()).steadyPort()).not.toBe(port);
  server.close();
  await once(server, "close");
});
