/** A site's page on a host of its own: what the gateway's visitors normally come from. */
import { once } from "node:events";
import { createServer } from "node:http";

export type HostPage = { url: string; write: (body: string) => void; remove: () => Promise<void> };

export async function createHostPage(): Promise<HostPage> {
  let html = "";
  const server = createServer((_request, answer) => {
    answer.setHeader("content-type", "text/html; charset=utf-8");
    answer.end(html);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given.");
  return {
    url: `http://localhost:${address.port}`,
    write(body) {
      html = `<!doctype html><html lang="en"><title>Shop</title><body>${body}</body></html>`;
    },
    async remove() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
