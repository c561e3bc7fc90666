// `npm start`: installs what is missing, builds what is stale, and becomes the gateway.
import { buildIfStale } from "./build.mjs";
import { root } from "./install.mjs";

buildIfStale();
// In this very process: a signal reaches the gateway without anybody having to pass it on.
await import(`${root}server/dist/main.js`);
