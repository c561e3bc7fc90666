import { expect, test } from "vitest";
import { share } from "./load/share.ts";
import { readOptions } from "./options.ts";

test("nothing said is a full run that writes nothing", () => {
  expect(readOptions([])).toEqual({ quick: false, write: false, generators: 1 });
  expect(readOptions(["--quick", "--write", "--generators", "2"])).toEqual({ quick: true, write: true, generators: 2 });
});

test("what is not known is refused, not ignored", () => {
  expect(() => readOptions(["--fast"])).toThrow();
  expect(() => readOptions(["--generators", "0"])).toThrow("1 to 4");
});

test("people are shared so that none is left over", () => {
  expect(share(10, 3)).toEqual([4, 3, 3]);
  expect(share(2, 4)).toEqual([1, 1, 0, 0]);
});
