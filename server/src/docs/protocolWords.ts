/** The words between the tables of docs/protocol.md. */

export const START = `
# The protocol, version 1

What a client of Baton may rely on. The tables are made from the schemas both ends are compiled with. A name or a meaning changes only with a new
version; new optional fields do not make one, so a client ignores fields it does not know.

The transport is Socket.IO 4 at \`/socket.io\`, namespace \`/visitor\`. Each command is an event with an acknowledgement:

\`\`\`
{ ok: true,  data }
{ ok: false, error: { code, message, retryable, retryAfterMs?, details? } }
\`\`\`

Programs read \`code\`; \`message\` is for a developer. A payload that does not fit is \`invalid_payload\` with the paths in \`details.fields\` and changes
nothing. A packet has at most 64 KiB: a larger one ends the transport. An answer holds at most 200 changes and 200 KB; what is more is told by
\`reset\` or \`hasMore\`.`;

export const CONNECTING = `
## Connecting

\`\`\`js
io("https://chat.example/visitor", { auth: { protocol: 1, site: "shop", device: { id } }, transports: ["websocket"] })
\`\`\`

- Without a token the gateway makes an anonymous user; the Snapshot of \`session:open\` carries their \`visitorToken\`. Sent back, it is the same user again.
- A \`userToken\` is a JWT of the site's own back end: HS256 with one of the site's secrets, or RS256, ES256, EdDSA with a key of its JWKS. It needs
  \`sub\`, \`iat\`, \`exp\`, and \`aud\` that is the site's id; \`name\`, \`email\`, \`locale\` may be there. Any other algorithm is refused.
- With both, the anonymous user becomes the identified one, once: their sessions, threads and draft are the person's from then on, of two open
  sessions the one used last goes on, and all other connections of both end with \`closing restart\`. The visitor token is spent: alone it is
  \`token_invalid\` from then on, beside any valid user token it is ignored.
- Ask for \`transports: ["websocket"]\`: a cluster serves nothing else unless polling is switched on.

All tabs of a browser profile are one device: they share \`device.id\`. Wait for the ack of \`session:open\` before sending anything else; events may
come earlier.

\`auth\`:`;

export const CONNECT_REFUSALS = `
A connection that must not be gets a \`connect_error\` whose \`data\` is \`{ code, message, retryable: false }\`, and Socket.IO stops trying. Trouble that
passes is never told this way: the connection is accepted and \`session:open\` answers it, retryably. The \`Origin\` of the opening request must be
exactly one of the site's; a missing one only passes where the site allows clients that are no browsers. A later request of the same connection with
another origin is answered 403.`;

export const CLOSINGS = `
A server that ends a connection says why first, by the event \`closing\`. Where the client may return, it reconnects after \`reconnectAfterMs\`, or
with its own delay.`;

export const COMMANDS = `
## Commands

\\* declared, not served yet by this gateway: \`unknown_event\`.`;

export const SENDING = `
**Sending once.** \`clientId\` is the sender's key of a message. An acknowledged message is durable. One that was not acknowledged may be sent
again, on any connection and at any later time: the answer is the first message, and nothing is appended. This is judged before everything else, so a
repeat is answered even after the session has ended, and on a device that has lost the baton since. With \`sessionId\` a message goes to that
session or is \`session_ended\`; without, to the one that is open or idle, else it starts a new one.

Several may be on their way at once: what one connection sends is stored in the order in which it was sent. When one is refused with
\`storage_unavailable\`, those behind it are refused too until it has come again, or has not come for some seconds: repeat them in their order.

**Comparing.** Optional fields such as \`rev\` of an edit or \`sessionId\` of a close say what the client believes. When that is no longer so, the
answer is \`conflict\` and nothing happens.

**What opening finds** is in \`resumption.kind\`: \`none\` for a new visitor, \`restored\` for the session as it is, \`offer\` for an idle one, which only
\`message:send\`, \`session:resume\` and \`session:keepalive\` reopen, \`primed\` and \`fresh\` after one that has ended: then \`session\` is null until the
first message starts the next.

**Order.** The gateway judges the payload, the connection's budget, a known \`clientId\`, the device lock, the user's budget, in that order. In an ended
session only rating, feedback and read marks change anything. Another user's ids are answered as unknown ones: \`not_found\`.`;

export const ONE_DEVICE = `
**One device.** Of each user one device is active and the others are passive, unless the site lets all write (\`policy.oneDevice: "shared"\`). \`lock\` in a
Snapshot, a \`sync\` and \`lock:changed\` says which; \`lock.mine\` is whether this one may write. A client to which that is taken away never takes it back by
itself, only at a person's press.

A passive device sees everything live and may send \`session:open\`, \`session:takeover\`, \`sync\`, \`history:*\`, \`receipt:read\`, \`presence:set\` and \`auth:*\`.
All else is \`not_active_device\` with \`details: { lock }\`, unless nobody live holds the lock: then \`message:send\`, \`session:keepalive\`,
\`session:resume\` and \`session:start\` take it first. A device that opens while nobody live holds it takes it too (with
\`"newest"\` whoever holds it), if its page is visible (\`auth.visible\`, true if left out) and it does not say \`claim: false\`, as a page that was
passive and reconnects by itself does.

A holder is live while a connection of its is up and its page is visible or was used within 60 s, and for 20 s after its last connection was lost, or for 30 s where its node died with it.
A holder that is not live is told to others as \`holder: null\`, and finds its baton again when it comes back before somebody took it.

\`session:takeover\` is a person's press. With \`epoch\`, the last one seen, it is \`conflict\` when the baton has moved since; the fourth within 60 s is
\`rate_limited\`. What was typed comes along as \`draft\`.`;

export const SILENCE = `
**Silence.** \`deadlines\` say when a session warns, becomes idle and ends if its visitor says nothing; null where no clock runs: without a session, while
an answer is owed to the visitor, and after the end. \`session:warning\` comes \`policy.warnBeforeMs\` ahead and \`session:active\` when it no longer holds: a
message, an edit, typing, a draft, a takeover or \`session:keepalive\` puts it off. An idle session is whole and can be continued until \`resumableUntil\`.`;

export const EVENTS = `
## Events`;

export const REVISIONS = `
**\`seq\`** is a message's place in its session: 1, 2, 3, … without holes, for ever. **\`rev\`** is the session's revision: each message that is added or
changed, and each visible change of the session, takes the next one. A client that holds n and receives n + 2 has missed one and sends \`sync\`; of one
message the highest rev wins. Lock, receipts, deadlines and drafts take none and come whole with each Snapshot and \`sync\`.
Where sessions ended or began unheard, \`session:ended\`, and \`session:updated\` with rev 0, name them before \`sync:advised\`: a page that shows none
has one to ask for.

A streaming reply is a message with \`status: "streaming"\` from its first piece. Pieces come as \`reply:delta\`; \`offset\` counts UTF-16 units of that
\`attempt\`, so a client sees whether it has missed one. The finished text comes as \`message\`.

\`reset: true\` means: forget what you hold and show what is here.`;

export const REFUSALS = `
## Refusals

A command that is refused retryably may be sent again unchanged, after \`retryAfterMs\` where that is given.`;

export const SHAPES = `
## Shapes

\`?\` marks what may be left out.`;

export const HTTP = `
## HTTP

Errors are \`{ error: { code, message, details? } }\` with the fitting status. Server-to-server calls carry \`Authorization: Bearer <API key>\`: 401 without a
known key, 403 when it lacks the scope, 404 for what this site does not have.

| call | scope | answers |
|---|---|---|
| \`GET /v1/sessions/{id}/transcript\`, \`….json\` | \`sessions:read\` | \`{ session, user: { id, externalId?, name? }, messages: Message[] }\` |
| \`GET /v1/sessions/{id}/transcript.txt\`, \`….html\` | \`sessions:read\` | the same to read and to keep |
| \`POST /v1/users/{id}/sign-out\` \`{ deviceId? }\` | \`users:write\` | \`{ userId, deviceId?, signedOutAt }\`: every token issued before now is void; connections end with \`closing revoked\` within 10 s. \`{id}\` is the gateway's, or \`ext:\` and the token's \`sub\` |
| \`GET /widget/v1/loader.js\` and what it names | | the widget; files with a hash in their name never change |
| \`GET /healthz\`, \`/readyz\`, \`/metrics\` | | see [operations.md](operations.md) |`;
