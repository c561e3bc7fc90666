/** What the terminal says once the gateway serves: where to look, what to paste, how to stop. PURE. */
import type { Config } from "./config/config.ts";

export function greeting({ host, port, builtInDemo, sites }: Config): string {
  const url = `http://${browserHost(host)}:${port}`;
  const site = sites.keys().next().value ?? "your-site";
  const lines = [
    "",
    `  Baton is serving at ${url}`,
    "",
    ...(builtInDemo
      ? [
          `  Demo page    ${url}/`,
          `  2nd device   http://127.0.0.1:${port}/   (the same page, its own storage)`,
          `  Both         ${url}/devices   (side by side: pass the baton)`,
          "",
        ]
      : []),
    "  Paste this into your page:",
    `    <script async src="${url}/widget/v1/loader.js" data-site="${site}"></script>`,
    "",
    "  Ctrl-C stops everything.",
    "",
  ];
  return `${lines.join("\n")}\n`;
}

/** As a browser writes it: `::` is no place to go to, and IPv6 stands in brackets. */
function browserHost(host: string): string {
  if (["127.0.0.1", "0.0.0.0", "::"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
