// Preloaded into the gateway that is attacked (house.ts): tells from inside what no client can see. How long its event
// loop stood still and how much of that was its own work, and what it holds after a full collection (at SIGUSR2).
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const TICK_MS = 20;
const STALL_MS = 200;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Time this thread was on a processor: a stall that the machine made is no stall of ours. */
function ownMs() {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  }
}

function tell(what) {
  process.stderr.write(`${JSON.stringify({ watch: what })}\n`);
}

let wall = performance.now();
let own = ownMs();
setInterval(() => {
  const nowWall = performance.now();
  const nowOwn = ownMs();
  const wallMs = Math.round(nowWall - wall);
  if (wallMs > STALL_MS) tell({ kind: "stall", wallMs, ownMs: Math.round(nowOwn - own) });
  wall = nowWall;
  own = nowOwn;
}, TICK_MS).unref();

process.on("SIGUSR2", () => {
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  tell({ kind: "held", bytes: heapUsed + external, rss });
  // Collecting stands still too, and that was asked for.
  wall = performance.now();
  own = ownMs();
});
