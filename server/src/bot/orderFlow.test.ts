import fc from "fast-check";
import { expect, test } from "vitest";
import { CONFIRM, continueOrderFlow, LEAVE, OrderFlow, START_OVER, startOrderFlow } from "./orderFlow.ts";

const at = (step: OrderFlow["step"], variables: OrderFlow["variables"] = {}): OrderFlow => ({
  name: "order",
  step,
  variables,
});
const toConfirm = at("confirm", { number: "B-1042", email: "ada@shop.example" });

test.each([
  ["B-1042", "B-1042"],
  ["b 1042", "B-1042"],
  ["it is b1042, I think", "B-1042"],
  ["C-123456", "C-123456"],
])("%s is understood as the order number %s", (said, number) => {
  const { flow } = continueOrderFlow(at("number"), said);
  expect(flow).toEqual(at("email", { number }));
});

test.each(["", "1042", "B-104", "B-1042567", "AB-1042", "it was blue"])(
  "%j is no order number, and it is asked again",
  (said) => {
    expect(continueOrderFlow(at("number"), said)).toMatchObject({ flow: at("number"), options: [LEAVE] });
  },
);

test.each([
  ["ada@shop.example", "ada@shop.example"],
  ["it is <Ada.Lovelace+1@mail.shop.example>", "Ada.Lovelace+1@mail.shop.example"],
  ["ada@shop.example.", "ada@shop.example"],
])("%s is understood as the address %s", (said, email) => {
  const { flow } = continueOrderFlow(at("email", { number: "B-1042" }), said);
  expect(flow).toEqual(at("confirm", { number: "B-1042", email }));
});

test.each(["", "ada", "ada@", "ada@shop", "@shop.example", "ada@shop.e"])(
  "%j is no address, and it is asked again",
  (said) => {
    expect(continueOrderFlow(at("email"), said)).toMatchObject({ flow: at("email"), options: [START_OVER, LEAVE] });
  },
);

test.each([CONFIRM, "yes", "Yep!", "OK then", "sure"])("«%s» confirms", (said) => {
  expect(continueOrderFlow(toConfirm, said).flow).toBeUndefined();
});

test.each(["", "no", "yesterday", "is that right?"])("%j does not confirm, and it is asked again", (said) => {
  expect(continueOrderFlow(toConfirm, said)).toMatchObject({
    flow: toConfirm,
    options: [CONFIRM, START_OVER, LEAVE],
  });
});

test("the same order always has the same answer", () => {
  const told = continueOrderFlow(toConfirm, CONFIRM);
  expect(told).toMatchObject({
    options: [],
    flow: undefined,
    text: expect.stringMatching(/^Found it\. Order B-1042 /),
  });
  expect(continueOrderFlow(toConfirm, "yes")).toEqual(told);
});

test.each(["number", "email", "confirm"] as const)("at the step %s one can leave, and start over", (step) => {
  expect(continueOrderFlow(at(step), ` ${LEAVE} `).flow).toBeUndefined();
  expect(continueOrderFlow(at(step, { number: "B-1042" }), START_OVER)).toEqual(startOrderFlow());
});

test("whatever someone says, the flow stays one that can be stored and gone on with", () => {
  const said = fc.oneof(fc.string(), fc.constantFrom("B-1042", "ada@shop.example", CONFIRM, START_OVER, "no"));
  fc.assert(
    fc.property(fc.array(said), (texts) => {
      let flow: OrderFlow | undefined = startOrderFlow().flow;
      for (const text of texts) {
        if (!flow) return;
        const answer = continueOrderFlow(flow, text);
        expect(answer.text).not.toMatch(/undefined/);
        if (answer.flow) expect(OrderFlow.parse(JSON.parse(JSON.stringify(answer.flow)))).toEqual(answer.flow);
        ({ flow } = answer);
      }
    }),
  );
});

test("a message that is long and no address holds nobody up", () => {
  const started = performance.now();
  // A search that goes back at every letter would take ten seconds.
  for (const text of ["a".repeat(80_000), `${"a".repeat(40_000)}@${"b.".repeat(20_000)}`]) {
    expect(continueOrderFlow(at("email"), text).flow?.step).toBe("email");
  }
  expect(performance.now() - started).toBeLessThan(1_000);
});
