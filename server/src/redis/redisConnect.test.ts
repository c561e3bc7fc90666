import { once } from "node:events";
import { expect, inject, onTestFinished, test } from "vitest";
import { linkToRedis } from "../testing/redisServer.ts";
import { parseRedisUrl } from "./address.ts";
import { connectRedis } from "./connect.ts";

// Asked before the link was checked to be ready, a subscription broke it, and was forgotten when it was made anew.
test("what is listened to as soon as the link is there is heard, and the link is made but once", async () => {
  const target = parseRedisUrl(inject("redisUrl"));
  if (!target) throw new Error("no address of a Redis");
  const { subscriber, end } = connectRedis(target);
  onTestFinished(end);
  let reconnects = 0;
  subscriber.on("reconnecting", () => {
    reconnects += 1;
  });
  await once(subscriber, "connect");
  const pattern = "baton-test-of-listening*";
  await subscriber.psubscribe(pattern);
  await subscriber.subscribe("baton-test-of-listening-too");
  const other = await linkToRedis(inject("redisUrl"));
  onTestFinished(() => other.end());
  const heard = once(subscriber, "pmessageBuffer");
  await other.commands.publish("baton-test-of-listening-to-a-pattern", "hello");
  expect((await heard).map(String)).toEqual([pattern, "baton-test-of-listening-to-a-pattern", "hello"]);
  expect(reconnects).toBe(0);
});
