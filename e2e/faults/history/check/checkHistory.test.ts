import { expect, test } from "vitest";
import type { HistoryEvent } from "../events.ts";
import type { FinalDatabase } from "../finalDatabase.ts";
import { copyOf, type Defect, type Spoilt } from "../madeUp/breaking.ts";
import { chanceOf } from "../madeUp/chance.ts";
import { DEFECTS } from "../madeUp/defects.ts";
import { type Made, madeHistory } from "../madeUp/madeHistory.ts";
import { checkHistory } from "./checkHistory.ts";
import { describeFindings, type Finding } from "./finding.ts";

const STRICT = { isWireInOrder: true, isOutboxInOrder: true };
/** Into how many histories each defect is put, and how many are looked at for a place where it fits. */
const SEEDED = 20;
const LOOKED_AT = 300;
/** Two words, and what was told of each. */
const LONGEST_WITNESS = 4;

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
    yield { seed, spoilt, before: one };
    count += 1;
    if (count === SEEDED) return;
  }
  throw new Error(`only ${count} of ${LOOKED_AT} histories had a place for it`);
}

/** What was spoilt is among the events that it shows; where it was in the database alone, or taken out, something else is. */
function isShown({ witness, words }: Finding, before: Made, after: Spoilt): boolean {
  const spoilt = spoiltEvents(before, after);
  if (spoilt.size > 0) return witness.some((event) => spoilt.has(event));
  return witness.length > 0 || spoiltRows(before, after).some((id) => words.includes(id));
}

/** Events that were not so before; of one that is there more often now, the repeats. */
function spoiltEvents({ history }: Made, after: Spoilt): ReadonlySet<HistoryEvent> {
  const before = new Map<string, number>();
  for (const text of history.map((event) => JSON.stringify(event))) before.set(text, (before.get(text) ?? 0) + 1);
  const isNew = (event: HistoryEvent): boolean => {
    const text = JSON.stringify(event);
    const left = before.get(text) ?? 0;
    before.set(text, left - 1);
    return left <= 0;
  };
  return new Set(after.history.filter(isNew));
}

function spoiltRows({ database }: Made, { database: after }: Spoilt): string[] {
  const rowsOf = ({ users, sessions, messages }: FinalDatabase) => [...users, ...sessions, ...messages];
  const before = new Set(rowsOf(database).map((row) => JSON.stringify(row)));
  return rowsOf(after).flatMap((row) => (before.has(JSON.stringify(row)) ? [] : [row.id]));
}

test.each(DEFECTS.map((defect) => [`${defect.name}: ${defect.finds}`, defect] as const))("%s", (_, defect) => {
  for (const { seed, spoilt, before } of seededWith(defect)) {
    const findings = checkHistory(spoilt.history, spoilt.database, defect.limits);
    const found = findings.filter(({ invariant, kind }) => `${invariant} ${kind}` === defect.finds);
    const told = `seed ${seed}: ${describeFindings(findings)}`;
    expect(found, told).not.toEqual([]);
    expect(
      found.some((finding) => isShown(finding, before, spoilt)),
      `not shown, ${told}`,
    ).toBe(true);
    for (const { witness } of found) expect(witness.length).toBeLessThanOrEqual(LONGEST_WITNESS);
  }
});
