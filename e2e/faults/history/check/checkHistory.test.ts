import { expect, test } from "vitest";
import { copyOf, type Defect } from "../madeUp/breaking.ts";
import { chanceOf } from "../madeUp/chance.ts";
import { DEFECTS } from "../madeUp/defects.ts";
import { madeHistory } from "../madeUp/madeHistory.ts";
import { checkHistory } from "./checkHistory.ts";
import { describeFindings } from "./finding.ts";

const STRICT = { isWireInOrder: true, isOutboxInOrder: true };
/** Into how many histories each defect is put, and how many are looked at for a place where it fits. */
const SEEDED = 20;
const LOOKED_AT = 300;

test("a thousand histories of a system that works are found clean", { timeout: 120_000 }, () => {
  for (let seed = 0; seed < 1_000; seed++) {
    const { history, database } = madeHistory(seed);
    expect(describeFindings(checkHistory(history, database, STRICT)), `seed ${seed}`).toBe("");
  }
});

const made = Array.from({ length: LOOKED_AT }, (_, seed) => madeHistory(seed));

function* seededWith({ spoil }: Defect) {
  let count = 0;
  for (const [seed, one] of made.entries()) {
    const spoilt = copyOf(one);
    if (!spoil(spoilt, chanceOf(seed + 7))) continue;
    yield { seed, spoilt };
    count += 1;
    if (count === SEEDED) return;
  }
  throw new Error(`only ${count} of ${LOOKED_AT} histories had a place for it`);
}

test.each(DEFECTS.map((defect) => [`${defect.name}: ${defect.finds}`, defect] as const))("%s", (_, defect) => {
  for (const { seed, spoilt } of seededWith(defect)) {
    const findings = checkHistory(spoilt.history, spoilt.database, defect.limits);
    const found = findings.map(({ invariant, kind }) => `${invariant} ${kind}`);
    expect(found, `seed ${seed}: ${describeFindings(findings)}`).toContain(defect.finds);
  }
});
