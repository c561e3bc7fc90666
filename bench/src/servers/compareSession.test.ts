import { expect, test } from "vitest";
import { compareSession } from "./compareSession.ts";

const rows = (...ids: string[]) => ids.map((clientId, i) => ({ seq: i + 1, clientId }));

test("a session that holds what was acknowledged differs in nothing", () => {
  expect(compareSession(["a", "b", "c"], rows("a", "b", "c"))).toEqual([]);
});

test("every defect is found and named", () => {
  expect(compareSession(["a", "b"], rows("a"))).toEqual([{ what: "lost", clientId: "b" }]);
  expect(compareSession(["a", "b"], rows("a", "b", "a"))).toEqual([{ what: "doubled", clientId: "a" }]);
  expect(compareSession(["a"], rows("a", "x"))).toEqual([{ what: "unknown", clientId: "x" }]);
  expect(compareSession(["a", "b"], rows("b", "a")).map(({ what }) => what)).toEqual(["out of place", "out of place"]);
  expect(
    compareSession(
      ["a", "b"],
      [
        { seq: 1, clientId: "a" },
        { seq: 3, clientId: "b" },
      ],
    ),
  ).toEqual([{ what: "out of place", clientId: "b" }]);
});
