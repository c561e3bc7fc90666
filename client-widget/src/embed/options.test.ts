import { expect, it } from "vitest";
import { OPTIONS, readOptions } from "./options.ts";

it("the later source wins, and what is not said keeps its default", () => {
  expect(readOptions({ site: "a", theme: "dark" }, undefined, { site: "b" })).toEqual({
    ...OPTIONS,
    site: "b",
    theme: "dark",
  });
});

it("what is no option, or no text, is left out", () => {
  expect(readOptions({ site: 7, color: "red" })).toEqual(OPTIONS);
});
