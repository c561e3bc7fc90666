/** The nouns of the visitor's wire: what Snapshots, acks and events are made of. */
import * as z from "zod";
import { Count, DurationMs, Id, Time } from "./primitives.ts";

export const User = z
  .object({
    id: Id,
    kind: z.enum(["visitor", "identified"]),
    externalId: z.string().optional(),
    name: z.string().optional(),
  })
  .meta({ id: "User" });

export const Device = z.object({ id: Id, label: z.string(), active: z.boolean() }).meta({ id: "Device" });

export const Lock = z
  .object({
    holder: z.object({ deviceId: Id, label: z.string(), since: Time }).nullable(),
    epoch: Count,
    mine: z.boolean(),
  })
  .meta({ id: "Lock" });

export const Session = z
  .object({
    id: Id,
    state: z.enum(["open", "idle", "ended"]),
    openedAt: Time,
    lastActivityAt: Time,
    endedAt: Time.optional(),
    endReason: z.enum(["timeout", "visitor", "resolved", "superseded", "erased"]).optional(),
    threadId: Id,
    mode: z.enum(["bot", "queue", "agent"]),
    agent: z.object({ id: Id, name: z.string() }).optional(),
    rev: Count,
    resumedFrom: Id.optional(),
  })
  .meta({ id: "Session" });

export const Author = z
  .object({ kind: z.enum(["visitor", "bot", "agent", "system"]), id: Id, name: z.string().optional() })
  .meta({ id: "Author" });

/** Data of a `choice` message: what can be pressed. Pressing one sends its text as a message. */
export const Choice = z.object({ options: z.array(z.string()) }).meta({ id: "Choice" });

export const Message = z
  .object({
    id: Id,
    sessionId: Id,
    seq: Count,
    rev: Count,
    threadId: Id,
    clientId: Id.optional(),
    author: Author,
    kind: z.enum(["text", "notice", "choice", "file"]),
    text: z.string(),
    data: z.record(z.string(), z.unknown()).optional(),
    replyTo: Id.optional(),
    status: z.enum(["complete", "streaming", "interrupted", "failed"]),
    createdAt: Time,
    editedAt: Time.optional(),
    deletedAt: Time.optional(),
    feedback: z.enum(["up", "down"]).optional(),
  })
  .meta({ id: "Message" });

export const Deadlines = z
  .object({ warnAt: Time.nullable(), idleAt: Time.nullable(), endAt: Time.nullable() })
  .meta({ id: "Deadlines" });

export const Receipt = z
  .object({ author: z.object({ kind: Author.shape.kind, id: Id }), delivered: Count, read: Count })
  .meta({ id: "Receipt" });

export const Resumption = z
  .object({
    kind: z.enum(["none", "restored", "offer", "primed", "fresh"]),
    gapMs: DurationMs.optional(),
    greeting: z.string().optional(),
    suggestions: z.array(z.string()).optional(),
    previous: z
      .object({
        sessionId: Id,
        endedAt: Time,
        topic: z.string().optional(),
        summary: z.string().optional(),
        unresolved: z.array(z.string()),
      })
      .optional(),
  })
  .meta({ id: "Resumption" });

export const Policy = z
  .object({
    warnBeforeMs: DurationMs,
    softExpiryMs: DurationMs,
    hardExpiryMs: DurationMs,
    maxDurationMs: DurationMs,
    primeWindowMs: DurationMs,
    startOn: z.enum(["message", "open"]),
    oneDevice: z.enum(["ask", "newest", "shared"]),
    turns: z.enum(["queue", "interrupt", "reject"]),
  })
  .meta({ id: "Policy" });

export const Site = z
  .object({
    id: Id,
    name: z.string().optional(),
    bot: z.object({ name: z.string() }).optional(),
    texts: z.record(z.string(), z.string()),
    theme: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: "Site" });

export const Draft = z.object({ text: z.string(), deviceId: Id, at: Time }).meta({ id: "Draft" });

export const Snapshot = z
  .object({
    user: User,
    device: Device,
    lock: Lock,
    session: Session.nullable(),
    resumption: Resumption,
    messages: z.array(Message),
    rev: Count,
    reset: z.boolean(),
    hasMore: z.boolean(),
    receipts: z.array(Receipt),
    draft: Draft.optional(),
    deadlines: Deadlines,
    policy: Policy,
    site: Site,
    visitorToken: z.string().optional(),
    serverTime: Time,
  })
  .meta({ id: "Snapshot" });

export const SessionSummary = Session.extend({
  messageCount: Count,
  topic: z.string().optional(),
  lastMessage: z.object({ text: z.string(), author: Author, createdAt: Time }).optional(),
}).meta({ id: "SessionSummary" });

export const Thread = z
  .object({
    id: Id,
    topic: z.string(),
    status: z.enum(["open", "resolved"]),
    lastAt: Time,
    sessionIds: z.array(Id),
  })
  .meta({ id: "Thread" });

export const Fact = z
  .object({
    id: Id,
    category: z.string(),
    statement: z.string(),
    quote: z.string().optional(),
    sessionId: Id.optional(),
    confidence: z.number(),
    recordedAt: Time,
    validFrom: Time.optional(),
    status: z.string(),
  })
  .meta({ id: "Fact" });

export type User = z.infer<typeof User>;
export type Device = z.infer<typeof Device>;
export type Lock = z.infer<typeof Lock>;
export type Session = z.infer<typeof Session>;
export type Author = z.infer<typeof Author>;
export type Choice = z.infer<typeof Choice>;
export type Message = z.infer<typeof Message>;
export type Deadlines = z.infer<typeof Deadlines>;
export type Receipt = z.infer<typeof Receipt>;
export type Resumption = z.infer<typeof Resumption>;
export type Policy = z.infer<typeof Policy>;
export type Site = z.infer<typeof Site>;
export type Draft = z.infer<typeof Draft>;
export type Snapshot = z.infer<typeof Snapshot>;
export type SessionSummary = z.infer<typeof SessionSummary>;
export type Thread = z.infer<typeof Thread>;
export type Fact = z.infer<typeof Fact>;
