// Whoever has time: a byte now and then, or a chat that is taken away again and again. All at once, since each takes
// as long as the gateway's patience.
import { connect } from "node:net";
import { nanoid } from "nanoid";
import { describe, test } from "vitest";
import { endsUnharmed, underAttack } from "./unharmed.ts";

const house = underAttack({
  limits: { addressConnectionsPerSecond: 10_000, userMessageBurst: 100_000, connectionCommandBurst: 100_000 },
});

/** Says a piece at once, then one byte after another; resolves with all it was told, when it was ended. */
function drip(start: string, drop: string): Promise<string> {
  return new Promise((resolve) => {
    let told = "";
    const socket = connect(house().port, "127.0.0.1", () => {
      if (start !== "") socket.write(start);
    });
    const dripping = setInterval(() => drop !== "" && socket.write(drop), 500);
    socket.on("data", (bytes) => {
      told += String(bytes);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(dripping);
      resolve(told);
    });
  });
}

const DRIPS: [string, string, string][] = [
  ["says nothing at all", "", ""],
  ["sends one byte of a header now and then", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ", "a"],
  ["sends a header line now and then", "GET / HTTP/1.1\r\nhost: x\r\n", "x-slow: a\r\n"],
  [
    "sends one byte of a body now and then",
    "POST /v1/users/u/sign-out HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n",
    " ",
  ],
  [
    "sends one byte of an upgrade now and then",
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nx: ",
    "a",
  ],
];

describe.concurrent("patience", () => {
  test.for(DRIPS)("a hundred sockets of which each %s are ended", async ([_what, start, drop], { expect: here }) => {
    const ends = Array.from({ length: 100 }, () => drip(start, drop));
    await house().serves();
    const told = await Promise.all(ends);
    for (const text of told) here(text).toMatch(/^$|^HTTP\/1\.1 4(00|01|08) /);
  });

  test("whoever takes the chat again and again does not lock its person out", async ({ expect: here }) => {
    const ada = await house().arrive();
    const { visitorToken } = await ada.open();
    const thief = await house().arrive({ visitorToken });
    let isOver = false;
    const stealing = (async () => {
      while (!isOver) await thief.raw("session:takeover", {});
    })();
    // As a person would: press, wait as long as told, press again, and say it at once. Three times, so that the two
    // have fought for longer than anybody may without a wait.
    for (let tries = 1, said = 0; said < 3; tries++) {
      here(tries).toBeLessThan(50);
      const answer = await ada.raw("session:takeover", {});
      if (answer.ok && (await ada.raw("message:send", { clientId: nanoid(), text: "mine" })).ok) said += 1;
      const waitMs = answer.ok ? 0 : (answer.error.retryAfterMs ?? 0);
      here(waitMs).toBeLessThanOrEqual(10_000);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    isOver = true;
    await stealing;
    thief.close();
    ada.close();
  });
});

endsUnharmed(house);
