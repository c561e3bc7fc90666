import { nanoid } from "nanoid";
import { beforeEach, describe, expect, test } from "vitest";
import { createStage, DONE, inOrder, refusedFor, type Side, send, takeOver, WHERE } from "./standoff.fixture.ts";

const stage = createStage();
const { holdUser, holdSession, onlyWriter, texts, stored } = stage;

describe.each(WHERE)("on %s", (where) => {
  let phone: Side;
  let laptop: Side;
  let tablet: Side;

  beforeEach(async () => {
    ({ phone, laptop, tablet } = await stage.set(where));
  });

  describe("the first message, which begins the session, and a takeover", () => {
    test("the message first: it stays, and the session is the winner's from then on", async () => {
      const { epoch } = phone;
      const held = await holdUser();
      const [sent, taken] = await inOrder(
        held,
        () => send(phone, "first"),
        () => takeOver(laptop, epoch),
      );
      expect([sent, taken]).toMatchObject([DONE, DONE]);
      expect(await stored()).toMatchObject({ epoch: epoch + 1, session_epoch: epoch + 1 });
      await onlyWriter(laptop, epoch + 1);
      expect(await texts()).toEqual(["first", "mine"]);
    });

    test("the takeover first: the message is refused, and no session was begun by it", async () => {
      const { epoch } = phone;
      const held = await holdUser();
      const [taken, sent] = await inOrder(
        held,
        () => takeOver(laptop, epoch),
        () => send(phone, "first"),
      );
      expect([taken, sent]).toMatchObject([DONE, refusedFor(laptop, epoch + 1)]);
      expect(await stored()).toMatchObject({ state: null });
      await onlyWriter(laptop, epoch + 1);
      expect(await texts()).toEqual(["mine"]);
    });
  });

  describe("a message in a session that goes on and a takeover", () => {
    beforeEach(async () => {
      await send(phone, "hello");
    });

    test("the message first: both are done", async () => {
      const { epoch } = phone;
      const held = await holdSession();
      const answers = await inOrder(
        held,
        () => send(phone, "more"),
        () => takeOver(laptop, epoch),
      );
      expect(answers).toMatchObject([DONE, DONE]);
      await onlyWriter(laptop, epoch + 1);
      expect(await texts()).toEqual(["hello", "more", "mine"]);
    });

    test("P4: the takeover first: the message is refused, and so is its repeat", async () => {
      const { epoch } = phone;
      const clientId = nanoid();
      const held = await holdSession();
      const answers = await inOrder(
        held,
        () => takeOver(laptop, epoch),
        () => send(phone, "late", clientId),
      );
      expect(answers).toMatchObject([DONE, refusedFor(laptop, epoch + 1)]);
      expect(await send(phone, "late", clientId)).toMatchObject(refusedFor(laptop, epoch + 1));
      await onlyWriter(laptop, epoch + 1);
      expect(await texts()).toEqual(["hello", "mine"]);
    });
  });

  describe("a takeover and a takeover", () => {
    test.each(["laptop", "tablet"])(
      "pressed on what both saw, the %s first: the second is a conflict",
      async (name) => {
        const [first, second] = name === "laptop" ? [laptop, tablet] : [tablet, laptop];
        const { epoch } = phone;
        const held = await holdUser();
        const answers = await inOrder(
          held,
          () => takeOver(first, epoch),
          () => takeOver(second, epoch),
        );
        expect(answers).toMatchObject([
          DONE,
          { ok: false, error: { code: "conflict", details: { lock: { holder: { deviceId: first.deviceId } } } } },
        ]);
        await onlyWriter(first, epoch + 1);
      },
    );

    test.each(["laptop", "tablet"])("pressed without looking, the %s first: the later one has it", async (name) => {
      const [first, second] = name === "laptop" ? [laptop, tablet] : [tablet, laptop];
      const { epoch } = phone;
      const held = await holdUser();
      expect(
        await inOrder(
          held,
          () => takeOver(first),
          () => takeOver(second),
        ),
      ).toMatchObject([DONE, DONE]);
      await onlyWriter(second, epoch + 2);
    });
  });
});
