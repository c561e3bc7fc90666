/**
 * Leaves Socket.IO's polling and WebTransport out of the bundle. The `transports` option alone does not: the modules are
 * imported by name. Measured: 2.2 KB gzip less.
 */
import type { Plugin } from "vite";

const UNUSED = /engine\.io-client\/build\/esm\/transports\/(polling|webtransport)/;

export function websocketOnly(): Plugin {
  return {
    name: "baton:websocket-only",
    enforce: "pre",
    load(id) {
      return UNUSED.test(id.replaceAll("\\", "/")) ? "export class XHR {} export class Fetch {} export class WT {}" : null;
    },
  };
}
