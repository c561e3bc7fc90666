import { expect, onTestFinished, test } from "vitest";
import type { Announcement } from "../announcement.ts";
import { createAnnounce, userRoom, type VisitorNamespace } from "./announce.ts";

/** What reaches whom: a room's name, perhaps «but» a connection, and the event. */
function setUp() {
  const heard: string[] = [];
  const room = (who: string) => ({
    except: (id: string) => room(`${who} but ${id}`),
    emit: (event: string) => heard.push(`${who}: ${event}`),
  });
  // What is used here of a Socket.IO namespace.
  const visitors = { to: room, local: room("everybody here") } as unknown as VisitorNamespace;
  const announce = createAnnounce(visitors);
  onTestFinished(() => announce.close());
  return { heard, announce };
}

function typing(kind: "visitor" | "bot" = "visitor", sessionId = "s"): Announcement {
  return { userId: "ada", event: "typing", payload: { sessionId, author: { kind, id: "x" }, typing: true } };
}

const receipt: Announcement = {
  userId: "ada",
  event: "receipt",
  payload: { sessionId: "s", author: { kind: "visitor", id: "ada" }, kind: "read", seq: 1 },
};

test("a user's room is never a socket's id", () => {
  expect(userRoom("ada")).toBe("user:ada");
});

test("what is announced reaches its person in order, but for the connection that knows already", () => {
  const { heard, announce } = setUp();
  announce.say([receipt, { ...receipt, userId: "bob" }, { ...receipt, exceptConnection: "c1" }]);
  expect(heard).toEqual(["user:ada: receipt", "user:bob: receipt", "user:ada but c1: receipt"]);
});

test("what concerns everybody on this node reaches them at once", () => {
  const { heard, announce } = setUp();
  announce.sayToAll("sync:advised", {});
  expect(heard).toEqual(["everybody here: sync:advised"]);
});

test("typing is throttled for each author and each session by itself", () => {
  const { heard, announce } = setUp();
  announce.say([typing(), typing(), typing("bot"), typing("visitor", "another")]);
  expect(heard.length).toBe(3);
});
