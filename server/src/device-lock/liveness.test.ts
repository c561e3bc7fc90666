import { expect, test } from "vitest";
import { countsAsLive, liveUntil, type Seen } from "./liveness.ts";

const NOW = 1_750_000_000_000;
const visible = { visible: true, usedAt: NOW - 3_600_000 };
const hidden = (usedAgoMs: number) => ({ visible: false, usedAt: NOW - usedAgoMs });

type Row = [what: string, seen: Seen, leftMs: number];

test.each<Row>([
  ["a page that is looked at has a whole lease, however long it was not used", { sockets: [visible] }, 30_000],
  ["a hidden page that is used this moment has a lease and no more", { sockets: [hidden(0)] }, 30_000],
  ["a hidden page has a whole lease until it was left alone for 30 s", { sockets: [hidden(30_000)] }, 30_000],
  ["from then on each millisecond counts", { sockets: [hidden(30_001)] }, 29_999],
  ["a hidden page used 59,999 ms ago is live for one more millisecond", { sockets: [hidden(59_999)] }, 1],
  ["a hidden page used 60,000 ms ago is not live", { sockets: [hidden(60_000)] }, 0],
  ["a hidden page used 60,001 ms ago is not live", { sockets: [hidden(60_001)] }, -1],
  ["a use that a fast clock put in the future buys a lease at most", { sockets: [hidden(-3_600_000)] }, 30_000],
  ["one tab that is looked at is enough", { sockets: [hidden(90_000), visible, hidden(1)] }, 30_000],
  ["of hidden tabs the one used last counts", { sockets: [hidden(90_000), hidden(50_000), hidden(70_000)] }, 10_000],
  ["a device that was never here is not live", { sockets: [] }, 0],
  ["the grace begins when the last socket is lost", { sockets: [], lostAt: NOW }, 20_000],
  ["it holds to its last millisecond", { sockets: [], lostAt: NOW - 19_999 }, 1],
  ["after 20 s it is over", { sockets: [], lostAt: NOW - 20_000 }, 0],
  ["and stays over", { sockets: [], lostAt: NOW - 20_001 }, -1],
  ["who was told to come back later is waited for", { sockets: [], lostAt: NOW, announcedReturnMs: 5_000 }, 25_000],
  ["to the millisecond", { sockets: [], lostAt: NOW - 24_999, announcedReturnMs: 5_000 }, 1],
  ["and no longer", { sockets: [], lostAt: NOW - 25_000, announcedReturnMs: 5_000 }, 0],
  ["an older loss does not matter to a page that is back", { sockets: [hidden(60_000)], lostAt: NOW - 1 }, 0],
])("%s", (_what, seen, leftMs) => {
  expect(liveUntil(seen, NOW) - NOW).toBe(leftMs);
});

type StartRow = [what: string, lostAgoMs: number | undefined, startedAgoMs: number, isLive: boolean];

test.each<StartRow>([
  ["a device that nobody saw leave is waited for at once", undefined, 0, true],
  ["and until 30 s after the start", undefined, 29_999, true],
  ["but no longer", undefined, 30_000, false],
  ["nor ever after", undefined, 30_001, false],
  ["a device that left 19,999 ms ago may still come back", 19_999, 0, true],
  ["one that left 20,000 ms ago is gone", 20_000, 0, false],
  ["one that left 20,001 ms ago is gone", 20_001, 0, false],
  ["a laptop that was closed three days ago is no rival", 3 * 86_400_000, 0, false],
  ["the grace of one that left since the start runs on", 10_000, 29_999, true],
  ["and ends with the time after the start, when leases say who is live", 10_000, 30_000, false],
])("after a start: %s", (_what, lostAgoMs, startedAgoMs, isLive) => {
  const lostAt = lostAgoMs === undefined ? undefined : NOW - lostAgoMs;
  expect(countsAsLive({ lostAt }, { now: NOW, startedAt: NOW - startedAgoMs })).toBe(isLive);
});
