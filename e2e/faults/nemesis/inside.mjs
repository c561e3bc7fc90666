// Preloaded into each node of a cluster that has a nemesis (orders.ts): does from inside what no signal can. At SIGUSR2 it
// reads its orders: so many ms its clock is off from now on, so many ms its event loop stands still.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const RealDate = Date;
let offsetMs = 0;

/** What asks for the time is told a wrong one; what measures how long something took (performance.now) is not. */
globalThis.Date = class ToldDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offsetMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};

function standStill(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

process.on("SIGUSR2", () => {
  const orders = JSON.parse(readFileSync(join(process.env.BATON_DATA_DIR, "orders.json"), "utf8"));
  if (orders.clockOffsetMs !== undefined) offsetMs = orders.clockOffsetMs;
  if (orders.standStillMs !== undefined) standStill(orders.standStillMs);
});
