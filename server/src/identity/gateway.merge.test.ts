import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestGateway, testGateway, testSite, userToken } from "../testing/testGateway.ts";
import { say, UNKNOWN_ID } from "../testing/visits.ts";
import { anonymous, connected, ownedBy, person, transcript, why } from "./merging.fixture.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } }, moreSites: [testSite("other")] });
});
afterAll(() => house.close());

const restarted = { code: "restart", mayReturn: true };

test("what a visitor said becomes the person's at signing in, and they go on in the same conversation", async () => {
  const { page, device, visitorToken, id } = await anonymous(house);
  const said = await say(page, 3);
  const sessionId = said[0]?.sessionId ?? UNKNOWN_ID;
  const { token, sub } = await person();
  const signedIn = await house.connect({ device, visitorToken, userToken: token });
  const snapshot = await signedIn.open({ resume: { sessionId, rev: 3 } });
  expect(snapshot).toMatchObject({
    user: { kind: "identified", externalId: sub },
    session: { id: sessionId, state: "open", rev: 4 },
    resumption: { kind: "restored" },
    lock: { mine: true },
    reset: true,
  });
  expect(snapshot.visitorToken).toBeUndefined();
  expect(snapshot.messages.map(({ text, author }) => [text, author.id])).toEqual(
    said.map(({ text }) => [text, snapshot.user.id]),
  );
  expect(await why(page)).toEqual(restarted);
  const { message } = await signedIn.send("as myself");
  expect(message).toMatchObject({ seq: 4, rev: 5, sessionId });
  expect(await ownedBy(house.sql, id)).toEqual([]);
});

describe("a visitor's token that was spent", () => {
  test("is refused alone, also where it had been let in before", async () => {
    const { page, visitorToken, signIn } = await anonymous(house);
    await say(page, 1);
    const waiting = await house.connect({ visitorToken });
    const { client } = await signIn((await person()).token);
    await expect(house.connect({ visitorToken })).rejects.toMatchObject({ data: { code: "token_invalid" } });
    expect(await waiting.refusal("session:open", {})).toMatchObject({ code: "token_invalid" });
    expect(await why(waiting)).toEqual({ code: "revoked", mayReturn: false });
    expect(client.of("closing")).toEqual([]);
  });

  test("is ignored beside the token of the same person, or of any other", async () => {
    const { page, signIn } = await anonymous(house);
    await say(page, 1);
    const ada = await person();
    const { client, snapshot } = await signIn(ada.token);
    const { session, user } = (await signIn(ada.token)).snapshot;
    expect({ session, user }).toEqual({ session: snapshot.session, user: snapshot.user });
    const eve = await person();
    expect((await signIn(eve.token)).snapshot).toMatchObject({ user: { externalId: eve.sub }, session: null });
    expect(client.of("closing")).toEqual([]);
    expect(await transcript(client, session?.id ?? UNKNOWN_ID)).toHaveLength(1);
  });

  test("is refused also when the person was erased since, and gives nobody anything", async () => {
    const { page, visitorToken, id, signIn } = await anonymous(house);
    await say(page, 1);
    const { token, sub } = await person();
    await signIn(token);
    await house.sql`UPDATE users SET erased_at = baton_now() WHERE external_id = ${sub}`;
    await expect(house.connect({ visitorToken })).rejects.toMatchObject({ data: { code: "token_invalid" } });
    await expect(signIn(token)).rejects.toMatchObject({ data: { code: "user_erased" } });
    expect((await signIn((await person()).token)).snapshot.session).toBeNull();
    await house.sql`UPDATE users SET erased_at = baton_now() WHERE id = ${id}`;
    await expect(house.connect({ visitorToken })).rejects.toMatchObject({ data: { code: "user_erased" } });
    expect((await signIn((await person()).token)).snapshot.session).toBeNull();
  });
});

describe("beside a good user token nothing comes of a visitor token", () => {
  test("that was signed out", async () => {
    const { page, signIn } = await anonymous(house);
    await say(page, 1);
    await page.ask("auth:logout", {});
    expect((await signIn((await person()).token)).snapshot).toMatchObject({
      user: { kind: "identified" },
      session: null,
    });
  });

  test("whose visitor was erased", async () => {
    const { page, id, signIn } = await anonymous(house);
    await say(page, 1);
    await house.sql`UPDATE users SET erased_at = baton_now() WHERE id = ${id}`;
    expect((await signIn((await person()).token)).snapshot.session).toBeNull();
  });

  test("of another site, or that is none", async () => {
    const { token } = await person();
    const stranger = await house.connect({ site: "other" });
    const { visitorToken } = await stranger.open();
    await stranger.send("hello");
    for (const foreign of [visitorToken, `${visitorToken}x`, "nonsense"]) {
      const client = await house.connect({ visitorToken: foreign, userToken: token });
      expect((await client.open()).session).toBeNull();
    }
    await stranger.send("still mine");
  });

  test("and beside a bad one it merges nobody", async () => {
    const { page, visitorToken } = await anonymous(house);
    await expect(house.connect({ visitorToken, userToken: "nonsense" })).rejects.toMatchObject({
      data: { code: "token_invalid" },
    });
    await say(page, 1);
    expect(page.of("closing")).toEqual([]);
  });
});

test("possession is the right: another person's page that holds the token gets the conversation, once", async () => {
  const { page, visitorToken } = await anonymous(house);
  const [said] = await say(page, 1);
  const { token } = await person();
  const elsewhere = await house.connect({ visitorToken, userToken: token });
  expect((await elsewhere.open()).session?.id).toBe(said?.sessionId);
  await expect(house.connect({ visitorToken })).rejects.toMatchObject({ data: { code: "token_invalid" } });
});

describe("of two conversations", () => {
  test.each(["visitor", "person"] as const)(
    "the one goes on in which something was said last: the %s's",
    async (last) => {
      const visitor = await anonymous(house);
      const ada = await connected(house);
      const pages = { visitor: visitor.page, person: ada.page };
      const first = last === "visitor" ? "person" : "visitor";
      const [ended] = await say(pages[first], 2);
      const [stays] = await say(pages[last], 3);
      await house.sql`
      UPDATE sessions SET last_activity_at = last_activity_at - interval '1 second' WHERE id = ${ended?.sessionId}`;
      const { client, snapshot } = await visitor.signIn(ada.token);
      expect(snapshot).toMatchObject({ user: { id: ada.id }, session: { id: stays?.sessionId, state: "open" } });
      expect(await why(visitor.page)).toEqual(restarted);
      expect(await why(ada.page)).toEqual(restarted);
      const { sessions } = await client.ask("history:sessions", {});
      expect(sessions.find(({ id }) => id === ended?.sessionId)).toMatchObject({
        state: "ended",
        endReason: "superseded",
      });
      expect(sessions).toHaveLength(2);
      // Each was sealed under its own key.
      for (const { id, messageCount } of sessions) {
        const read = await transcript(client, id);
        expect(read.map(({ seq, text, author }) => [seq, text, author.id])).toEqual(
          Array.from({ length: messageCount }, (_, i) => [i + 1, `message ${i + 1}`, ada.id]),
        );
      }
      expect(await ownedBy(house.sql, visitor.id)).toEqual([]);
    },
  );

  test("the person's goes on when nobody was later", async () => {
    const visitor = await anonymous(house);
    const ada = await connected(house);
    const [one] = await say(visitor.page, 1);
    const [other] = await say(ada.page, 1);
    await house.sql`
      UPDATE sessions SET last_activity_at = '2026-01-01' WHERE id IN (${one?.sessionId}, ${other?.sessionId})`;
    expect((await visitor.signIn(ada.token)).snapshot.session?.id).toBe(other?.sessionId);
  });

  test("the person's is as it was when the visitor had said nothing, and no rev is lost", async () => {
    const visitor = await anonymous(house);
    const ada = await connected(house);
    const [said] = await say(ada.page, 1);
    expect((await visitor.signIn(ada.token)).snapshot.session).toMatchObject({ id: said?.sessionId, rev: 1 });
  });

  test("those that had ended come along, and stay ended", async () => {
    const visitor = await anonymous(house);
    const [old] = await say(visitor.page, 2);
    await visitor.page.ask("session:close", {});
    const { client, snapshot } = await visitor.signIn((await person()).token);
    expect(snapshot).toMatchObject({ session: null, resumption: { previous: { sessionId: old?.sessionId } } });
    expect(await transcript(client, old?.sessionId ?? UNKNOWN_ID)).toHaveLength(2);
    await client.ask("session:rate", { sessionId: old?.sessionId ?? UNKNOWN_ID, score: 5 });
  });
});

describe("the baton", () => {
  test("stays with the person's own device when somebody is there", async () => {
    const visitor = await anonymous(house);
    await say(visitor.page, 1);
    const ada = await connected(house);
    const { client, snapshot } = await visitor.signIn(ada.token);
    expect(snapshot.lock).toMatchObject({ mine: false, holder: { deviceId: ada.device.id } });
    expect(await client.refusal("message:send", { clientId: nanoid(), text: "mine?" })).toMatchObject({
      code: "not_active_device",
    });
    expect(await why(ada.page)).toEqual(restarted);
    const again = await house.connect({ device: ada.device, userToken: ada.token });
    expect((await again.open()).lock.mine).toBe(true);
    const { message } = await again.send("here too");
    await client.event("message", (told) => told.message.id === message.id);
  });

  test("is with the device that signs in when nobody is", async () => {
    const away = await testGateway({ config: { testClock: true }, site: { bot: { kind: "none" } } });
    const ada = await connected(away);
    await say(ada.page, 1);
    ada.page.close();
    await fetch(`${away.url}/__test/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceMs: 120_000 }),
    });
    const visitor = await anonymous(away);
    const { client, snapshot } = await visitor.signIn(ada.token);
    expect(snapshot.lock).toMatchObject({ mine: true, holder: { deviceId: visitor.device.id, label: "Laptop" } });
    await client.send("mine");
    await away.close();
  });

  test("has an epoch above both, which the visitor's row keeps", async () => {
    const visitor = await anonymous(house);
    const ada = await connected(house);
    const { snapshot } = await visitor.signIn(ada.token);
    const rows = await house.sql<{ epoch: number }>`SELECT epoch FROM users WHERE id IN (${visitor.id}, ${ada.id})`;
    expect(rows.map(({ epoch }) => epoch)).toEqual([snapshot.lock.epoch, snapshot.lock.epoch]);
  });
});

describe("what a person was writing", () => {
  test("comes along", async () => {
    const visitor = await anonymous(house);
    await visitor.page.ask("draft:set", { text: "I wanted to" });
    const { snapshot } = await visitor.signIn((await person()).token);
    expect(snapshot.draft).toMatchObject({ text: "I wanted to", deviceId: visitor.device.id });
  });

  test("of two drafts, the later one", async () => {
    const visitor = await anonymous(house);
    const ada = await connected(house);
    await visitor.page.ask("draft:set", { text: "before" });
    // Later also by a clock that counts milliseconds.
    await house.sql`SELECT pg_sleep(0.005)`;
    await ada.page.ask("draft:set", { text: "after" });
    expect((await visitor.signIn(ada.token)).snapshot.draft).toMatchObject({ text: "after" });
  });
});

test("what was read stays read, by the person", async () => {
  const visitor = await anonymous(house);
  const [, last] = await say(visitor.page, 2);
  await visitor.page.ask("receipt:read", { sessionId: last?.sessionId ?? UNKNOWN_ID, seq: 2 });
  const { snapshot } = await visitor.signIn((await person()).token);
  expect(snapshot.receipts).toEqual([{ author: { kind: "visitor", id: snapshot.user.id }, delivered: 2, read: 2 }]);
});

test("a device that was signed out stays so for tokens of before", async () => {
  const visitor = await anonymous(house);
  const other = { id: nanoid(), label: "Lost" };
  await (await house.connect({ device: other, visitorToken: visitor.visitorToken })).open();
  await house.sql`UPDATE devices SET not_before = baton_now() WHERE user_id = ${visitor.id} AND id = ${other.id}`;
  const sub = nanoid();
  const old = await userToken(sub, { iat: Math.floor(Date.now() / 1_000) - 60 });
  await visitor.signIn(old);
  await expect(house.connect({ device: other, userToken: old })).rejects.toMatchObject({
    data: { code: "token_invalid" },
  });
});

describe("a known clientId", () => {
  test("is answered with its message also after the visitor has signed in", async () => {
    const visitor = await anonymous(house);
    const clientId = nanoid();
    const { message } = await visitor.page.send("once", { clientId });
    const { client, snapshot } = await visitor.signIn((await person()).token);
    const repeated = await client.send("once", { clientId });
    expect(repeated.message).toEqual({ ...message, author: { ...message.author, id: snapshot.user.id } });
    expect(await transcript(client, message.sessionId)).toHaveLength(1);
  });

  test("that both had used names the person's own message", async () => {
    const visitor = await anonymous(house);
    const ada = await connected(house);
    const clientId = nanoid();
    const theirs = await visitor.page.send("the visitor's", { clientId });
    const own = await ada.page.send("my own", { clientId });
    const { client } = await visitor.signIn(ada.token);
    expect((await client.raw("message:send", { clientId, text: "my own" })).ok).toBe(true);
    const again = await house.connect({ device: ada.device, userToken: ada.token });
    await again.open();
    expect((await again.send("my own", { clientId })).message.id).toBe(own.message.id);
    const [moved] = await transcript(client, theirs.message.sessionId);
    expect(moved).toMatchObject({ id: theirs.message.id, text: "the visitor's" });
    expect(moved?.clientId).toBeUndefined();
  });
});
