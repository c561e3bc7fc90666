// Holds the house to its word: each promise has a black-box test that names it at the head of its title.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "./install.mjs";

/** Two more, of what is remembered and of erasing, come with their parts. */
const PROMISES = {
  P1: "what was acknowledged appears exactly once, where the ack said, for everybody, whatever is killed afterwards",
  P2: "until it is acknowledged a message may be sent again; the answer is the first one",
  P3: "readers see no holes and the right order, or a snapshot that says that they begin anew",
  P4: "one device of a person speaks at a time; the late word of another is refused and comes back to its person",
  P5: "a refresh, a second tab, sleep or another network is no other device and loses no half-typed sentence",
  P6: "each deadline takes effect once and on time, however many nodes run or die",
  P7: "nobody reads, writes or learns of what is another's",
  P8: "who is signed out is off within 10 s, also when no node hears another",
  P9: "a deploy loses nothing and spreads those who come back over the window it announced",
  P10: "a reader that does not read costs bounded memory and delays nobody",
  P11: "each word has one answer of the bot, and none after a person was called",
};

const isTest = (path: string) => /\.(test|spec)\.tsx?$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path);
const sources = ["server/src", "e2e/protocol", "e2e/faults", "e2e/attacks", "e2e/journeys"].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .filter(isTest)
    .map((path) => readFileSync(`${root}${folder}/${path}`, "utf8")),
);

/** «P1, P2: two devices …» */
const named = sources
  .flatMap((text) => [...text.matchAll(/["`](P\d+(?:, P\d+)*): /g)])
  .flatMap(([, ids = ""]) => ids.split(", "));

test.each(Object.entries(PROMISES))("%s has a test that names it: %s", (id) => {
  expect(named).toContain(id);
});

test("no test names a promise that nobody gave", () => {
  expect(named.filter((id) => !Object.hasOwn(PROMISES, id))).toEqual([]);
});
