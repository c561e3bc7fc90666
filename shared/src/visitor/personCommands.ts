/** Who the visitor is: tokens, the second device, and what is remembered about them. */
import * as z from "zod";
import { command } from "../define.ts";
import { Empty, Id, Time, writtenText } from "./primitives.ts";
import { Fact } from "./shapes.ts";

export const personCommands = {
  "auth:refresh": command(
    "A new user token of the same person.",
    z.strictObject({ userToken: z.string().min(1).max(8_192) }),
    z.object({ expiresAt: Time }),
  ),
  "auth:logout": command("Signs this device out; then the connection is closed.", Empty, Empty),
  "memory:list": command(
    "What is remembered about this user.",
    Empty,
    z.object({ enabled: z.boolean(), facts: z.array(Fact), journal: z.array(z.string()).optional() }),
  ),
  "memory:correct": command(
    "Corrects one remembered statement.",
    z.strictObject({ factId: Id, statement: writtenText(1_000) }),
    z.object({ fact: Fact }),
  ),
  "memory:forget": command(
    "Forgets one statement, or all of them.",
    z.union([z.strictObject({ factId: Id }), z.strictObject({ all: z.literal(true) })]),
    z.object({ forgotten: z.int() }),
  ),
  "memory:set": command("Switches memory on or off.", z.strictObject({ enabled: z.boolean() }), Empty),
  "handover:create": command(
    "A code for another device: single use, five minutes.",
    Empty,
    z.object({ url: z.string(), code: z.string(), confirm: z.string(), expiresAt: Time }),
  ),
  "handover:confirm": command("The first device lets the other in.", z.strictObject({ accept: z.boolean() }), Empty),
};
