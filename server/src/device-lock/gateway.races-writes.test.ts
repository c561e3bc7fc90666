import { beforeEach, describe, expect, test } from "vitest";
import {
  createStage,
  DONE,
  inOrder,
  refusedFor,
  type Side,
  type Standoff,
  takeOver,
  WHERE,
} from "./standoff.fixture.ts";

const stage = createStage();
const { holdUser, holdSession, onlyWriter, texts, stored } = stage;

describe.each(WHERE)("on %s", (where) => {
  let there: Standoff;
  let phone: Side;
  let laptop: Side;

  beforeEach(async () => {
    there = await stage.set(where);
    ({ phone, laptop } = there);
  });

  describe("what a device that was frozen still wants", () => {
    let sessionId: string;
    beforeEach(async () => {
      sessionId = (await phone.client.send("hello")).message.sessionId;
    });

    test.each(["session:close", "session:start"] as const)("%s after a takeover ends nothing", async (event) => {
      const { epoch } = phone;
      const held = await holdUser();
      const frozen = () => phone.client.raw(event, { sessionId });
      const answers = await inOrder(held, () => takeOver(laptop, epoch), frozen);
      expect(answers).toMatchObject([DONE, refusedFor(laptop, epoch + 1)]);
      expect(await stored()).toMatchObject({ state: "open", session_epoch: epoch + 1 });
      await onlyWriter(laptop, epoch + 1);
    });

    test.each(["session:close", "session:start"] as const)(
      "%s before a takeover is done, and it still passes",
      async (event) => {
        const { epoch } = phone;
        const held = await holdUser();
        const frozen = () => phone.client.raw(event, { sessionId });
        expect(await inOrder(held, frozen, () => takeOver(laptop, epoch))).toMatchObject([DONE, DONE]);
        expect(await stored()).toMatchObject({ state: null, epoch: epoch + 1 });
        await onlyWriter(laptop, epoch + 1);
      },
    );

    test.each(["session:close", "session:start"] as const)(
      "%s of what was current yesterday leaves today's alone, also when the baton is back",
      async (event) => {
        await takeOver(laptop, phone.epoch);
        await laptop.client.ask("session:start", {});
        const today = (await laptop.client.send("something else")).message.sessionId;
        await takeOver(phone);
        expect(await phone.client.raw(event, { sessionId })).toMatchObject({
          ok: false,
          error: { code: "conflict", details: { sessionId: today } },
        });
        expect((await phone.client.open()).session).toMatchObject({ id: today, state: "open" });
      },
    );
  });

  test("a page that opens again where that begins a session, behind a takeover, watches and begins none", async () => {
    const panel = await stage.set(where, "panel");
    const { epoch, client } = panel.phone;
    await client.ask("session:close", {});
    const held = await holdUser();
    const [taken, opened] = await inOrder(
      held,
      () => takeOver(panel.laptop, epoch),
      () => client.raw("session:open", {}),
    );
    expect(taken).toMatchObject(DONE);
    expect(opened).toMatchObject({ ok: true, data: { session: null } });
    expect(await client.raw("session:keepalive", {})).toMatchObject(refusedFor(panel.laptop, epoch + 1));
  });

  describe("an edit", () => {
    let messageId: string;
    let rev: number;
    beforeEach(async () => {
      const { message } = await phone.client.send("hello");
      messageId = message.id;
      rev = message.rev;
    });
    const edit = (side: Side, text: string) => side.client.raw("message:edit", { messageId, text, rev });

    test.each([0, 1])(
      "and another tab's edit of the same state: the first counts, the second is a conflict (%i)",
      async (turned) => {
        // On two nodes the second tab is at the other one.
        const { client, snapshot } = await there.ada.arrive({ id: phone.deviceId, label: "Phone" }, { at: there.far });
        expect(snapshot.lock.mine).toBe(true);
        const tab: Side = { ...phone, client };
        const order = turned ? [tab, phone] : [phone, tab];
        const held = await holdSession();
        const [first, second] = order.map((side, i) => () => edit(side, `edit ${i + 1}`));
        if (!first || !second) throw new Error("two meet");
        const one = await held.queue(first);
        // On one node it waits for the first in the person's own queue there, and not in the database's line.
        const two = where === "two nodes" ? (await held.queue(second)).answer : second();
        await held.open();
        const answers = [await one.answer, await two];
        expect(answers).toMatchObject([DONE, { ok: false, error: { code: "conflict", details: { rev: rev + 1 } } }]);
        const { messages } = await phone.client.open();
        expect(messages).toMatchObject([{ text: "edit 1", rev: rev + 1 }]);
      },
    );

    test("first and a takeover: both are done", async () => {
      const held = await holdSession();
      const answers = await inOrder(
        held,
        () => edit(phone, "changed"),
        () => takeOver(laptop, phone.epoch),
      );
      expect(answers).toMatchObject([DONE, DONE]);
      expect(await texts()).toEqual(["changed"]);
      await onlyWriter(laptop, phone.epoch + 1);
    });

    test("after a takeover is refused, and the text stays", async () => {
      const held = await holdSession();
      const answers = await inOrder(
        held,
        () => takeOver(laptop, phone.epoch),
        () => edit(phone, "late"),
      );
      expect(answers).toMatchObject([DONE, refusedFor(laptop, phone.epoch + 1)]);
      expect(await texts()).toEqual(["hello"]);
    });
  });

  describe("a draft on its way", () => {
    const write = (side: Side, text: string) => side.client.raw("draft:set", { text });
    const kept = async () => (await laptop.client.open({ claim: false })).draft?.text;
    beforeEach(async () => {
      await write(phone, "half a");
    });

    test("before the takeover is what the winner gets", async () => {
      const held = await holdUser();
      const answers = await inOrder(
        held,
        () => write(phone, "half a sentence"),
        () => takeOver(laptop, phone.epoch),
      );
      expect(answers).toMatchObject([DONE, DONE]);
      expect(await laptop.client.event("draft")).toMatchObject({ text: "half a sentence", deviceId: phone.deviceId });
    });

    test("after the takeover lies over nothing: the winner gets what was there, and what it writes stays", async () => {
      const held = await holdUser();
      const answers = await inOrder(
        held,
        () => takeOver(laptop, phone.epoch),
        () => write(phone, "late"),
      );
      expect(answers).toMatchObject([DONE, refusedFor(laptop, phone.epoch + 1)]);
      expect(await laptop.client.event("draft")).toMatchObject({ text: "half a" });
      expect(await kept()).toBe("half a");
      await write(laptop, "half a, and more");
      expect(await write(phone, "later")).toMatchObject(refusedFor(laptop, phone.epoch + 1));
      expect(await kept()).toBe("half a, and more");
    });
  });
});
