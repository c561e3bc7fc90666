/** What a node holds, and says that it holds: I13, I14. */
import { all, type Defect, on, some } from "./breaking.ts";

export const DEFECTS_OF_HOLDING: readonly Defect[] = [
  {
    name: "a reader that does not read costs more and more",
    finds: "I13 unbounded",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "sample"), ({ gauge }) => gauge === "queuedBytes"),
        (sample) => (sample.value = 8_000_000),
      ),
  },
  {
    name: "a node keeps its memory when everybody has left",
    finds: "I13 unbounded",
    spoil: (spoilt) =>
      on(
        all(spoilt, "sample").findLast(({ gauge }) => gauge === "memoryBytes"),
        (sample) => (sample.value += 200_000_000),
      ),
  },
  {
    name: "a gauge does not return to zero",
    finds: "I14 gauge not zero",
    spoil: (spoilt) =>
      on(
        all(spoilt, "sample").findLast(({ gauge }) => gauge === "connections"),
        (sample) => (sample.value = 3),
      ),
  },
  {
    name: "a node counts a connection that nobody has",
    finds: "I14 miscounted",
    spoil: (spoilt, chance) =>
      on(
        some(chance, all(spoilt, "sample"), ({ gauge, quiet }) => gauge === "connections" && !quiet),
        (sample) => (sample.value += 10),
      ),
  },
  {
    name: "a node does not count somebody who is there",
    finds: "I14 miscounted",
    spoil: (spoilt, chance) =>
      on(
        some(
          chance,
          all(spoilt, "sample"),
          ({ gauge, quiet, value }) => gauge === "connections" && !quiet && value > 0,
        ),
        (sample) => (sample.value -= 1),
      ),
  },
];
