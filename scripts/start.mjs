// `npm start`: installs what is missing, builds what is stale, and becomes the gateway.
import { buildIfStale } from "./build.mjs";
import { root } from "./install.mjs";

buildIfStale();
endWithNpm();
// In this very process: a signal reaches the gateway without anybody having to pass it on.
// With words behind `npm start --` it is the `baton` command.
await import(`${root}${process.argv.length > 2 ? "server/bin/baton.mjs" : "server/dist/main.js"}`);

/**
 * npm passes signals on, except the one nobody can catch, and a shell between it and us would swallow them all. A gateway
 * that outlived the command it was started with would keep the port and be hard to find.
 */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 250);
  watch.unref();
}
