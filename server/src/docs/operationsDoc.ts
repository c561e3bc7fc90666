/** PURE. docs/operations.md: tables from the configuration's schemas, and the words between them. Called by scripts/docs.mjs. */
import { environmentTable, fileTable, limitsTable, metricsTable, policyTable, siteTable } from "./configTables.ts";
import { generatedFrom, page } from "./markdown.ts";

const START = `
# Operating Baton

\`baton start\` (or \`npm start\` in a checkout) runs one gateway. Without any setting it serves a demo for this machine, with a Postgres of
its own. \`baton check\` says what a configuration means, or every problem it has, without starting anything.
A wrong configuration never starts: all its problems are printed at once, each with its place, its cause and its mend.`;

const ENVIRONMENT = `
## Environment

An empty variable counts as not set.`;

const FILE = `
## Configuration file

JSON, named by \`BATON_CONFIG\`. Unknown keys are refused. Durations are milliseconds and end in \`Ms\`.

\`\`\`json
{
  "sites": [
    {
      "id": "shop",
      "origins": ["https://shop.example"],
      "secrets": ["<openssl rand -base64 32>"],
      "apiKeys": [{ "name": "backend", "key": "<openssl rand -base64 32>", "scopes": ["sessions:read"] }],
      "policy": { "softExpiryMs": 1800000 },
      "bot": { "kind": "demo" }
    }
  ],
  "limits": { "userMessagesPerSecond": 5 }
}
\`\`\``;

const SITE = `
### A site

An origin is compared character by character with the browser's \`Origin\` header: scheme, host, a port that is not the default one, no slash behind.
To rotate a secret put the new one first, wait until the tokens signed with the old one have ended, then remove the old one.
A site with neither \`secrets\` nor \`jwksUrl\` has anonymous visitors only.`;

const POLICY = `
### A site's policy

What is left out comes from \`preset\`. Must hold: warning < soft expiry; soft expiry at most hard expiry and at most the longest duration; the text is kept
at most as long as the digest. The warning is never under 20 s (WCAG 2.2.1).

\\* checked and told to clients, without effect in this version: nothing is purged, and turns always wait in the queue.`;

const LIMITS = `
### Limits

A refusal tells the client when to come back (\`retryAfterMs\`). Fixed by the protocol: a packet has at most 64 KiB, a message 8,000 UTF-16 units.`;

const FILES = `
## Files in the data folder

Made with mode 0700; secrets in it with 0600.

| file | what it is | losing it |
|---|---|---|
| \`master-key\` | wraps every user's key; made when \`BATON_MASTER_KEY\` is not set | **everything stored becomes unreadable, for ever** |
| \`demo-secret\` | signs the demo site's tokens; only without \`BATON_CONFIG\` | demo users sign in again |
| \`postgres/\` | the embedded Postgres: \`data\` and the password the gateway uses; only without \`DATABASE_URL\` | every conversation is lost |
| \`postgres.log\` | what the embedded Postgres says; emptied at a start when above 5 MB | nothing |

One gateway runs on one data folder; a second one waits for the first and says so.

**Backup.** Embedded: stop the gateway and copy the whole folder, or take a snapshot of the file system while it runs. With your own Postgres: its
backups, and \`BATON_MASTER_KEY\` kept where they are not, since who has both can read everything. Try a restore before you need one.`;

const DATABASE = `
## Postgres

**Embedded** (default). Postgres 18, started as a child, reached by a unix socket only, with \`fsync\` on; a killed gateway's server is found and used
again. Postgres refuses to run as root: a gateway started as root runs it as the user \`postgres\`, or \`nobody\`, and moves what
that user could not reach. Started as an ordinary user it is that user's.

**Yours.** Set \`DATABASE_URL\` and \`BATON_MASTER_KEY\`. Tables are made and changed at the start, under a lock, so several gateways may start at
once. The role needs to create tables in its schema. A server with \`fsync\` or \`synchronous_commit\` off is refused: an acknowledged message could be lost.

## Redis

Redis 6.2 or newer, only for several nodes (\`REDIS_URL\`, with \`DATABASE_URL\`): who holds each baton, who is connected where, recent messages (sealed), and the way from node to
node. All of it may be lost at any time. Keep it to Baton: whoever can write to it can show visitors an event. After a restore of Postgres from a backup empty it
(\`FLUSHDB\`): it may know later epochs and revs than the rows. More in [scaling.md](scaling.md).`;

const PROXY = `
## Behind a proxy

The gateway speaks plain HTTP: put a proxy that speaks TLS before it, let it pass WebSocket upgrades of \`/socket.io\`, and name its address in
\`trustedProxies\`, or all visitors count as one address. Do not pass \`/metrics\`, \`/readyz\` and \`/__test/\` on to the outside.`;

const HEALTH = `
## Health

| path | answers |
|---|---|
| \`/healthz\` | 200 while the process answers: restart it when it does not |
| \`/readyz\` | 200 when it may be sent visitors, else 503 with a reason for each check in \`error.details.checks\`. Without Redis 200 and \`degraded\`, with \`checks.redis\` |
| \`/metrics\` | Prometheus |`;

const SIGNALS = `
## Signals

SIGTERM and SIGINT: not ready any more, no new connections, clients are told when to come back, work in flight is finished, the
embedded Postgres is stopped, and the process ends within \`drainMs\`. A second signal ends it at once. kill -9 loses nothing that was
acknowledged: the next start goes on from the same folder.

## Logs

One JSON line an event on the standard output, with ids; never a message's text, a token or a secret. The id in an \`internal\`
error stands in the log beside its cause, and each HTTP answer carries its own in \`x-request-id\`.`;

const SOURCES = "the schemas in server/src/config/ and the words in server/src/docs/operationsDoc.ts";

/** @param exposition the text of a fresh gateway's /metrics */
export function operationsDoc(exposition: string): string {
  return page(
    generatedFrom(SOURCES),
    START,
    ENVIRONMENT,
    environmentTable(),
    FILE,
    fileTable(),
    SITE,
    siteTable(),
    POLICY,
    policyTable(),
    LIMITS,
    limitsTable(),
    FILES,
    DATABASE,
    PROXY,
    HEALTH,
    metricsTable(exposition),
    SIGNALS,
  );
}
