// Holds what the linter cannot: which files may touch the process and the wire. Part of `npm test`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./install.mjs";

const doors = [
  {
    what: /\bprocess\s*\.\s*(env|exit|exitCode|abort)\b/,
    only: ["main.ts"],
    why: "only main.ts reads the environment and ends the process; everything else is handed its slice of the configuration",
  },
  {
    what: /\.\s*emit(WithAck)?\s*\(/,
    only: ["socket/announce.ts"],
    // The first says nothing of its own: it tells the transport to send what announce.ts and the acks have said. The second
    // is the other end of the wire: a visitor's client.
    except: ["socket/oneWrite.ts", "drill/visitor/line.ts"],
    why: "announce.ts is the only way out: it knows rooms and the bus, and counts what each connection has waiting",
  },
  {
    what: /\b(socket|connection|io|namespace)\s*\.\s*(on|once|onAny)\s*\(/,
    only: ["socket/receive.ts", "socket/socketServer.ts"],
    why: "receive.ts is the only way in: budgets, lock and schema are applied there, in one order",
    // Links to neighbours have events too, and no messages of visitors.
    except: ["postgres/", "redis/"],
  },
];

const aside = /\.(test|fixture|contract)\.ts$|^testing\//;

function sourcesBelow(folder, inside = "") {
  return readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
    const path = inside + entry.name;
    if (entry.isDirectory()) return sourcesBelow(folder, `${path}/`);
    return path.endsWith(".ts") && !aside.test(path) ? [path] : [];
  });
}

/** A rule is about what runs: words in comments are free. Lines keep their numbers. */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
}

const source = `${root}server/src/`;
const breaches = sourcesBelow(source).flatMap((path) =>
  withoutComments(readFileSync(source + path, "utf8"))
    .split("\n")
    .flatMap((line, index) =>
      doors
        .filter(
          ({ what, only, except = [] }) =>
            what.test(line) && !only.includes(path) && !except.some((start) => path.startsWith(start)),
        )
        .map(({ why }) => `server/src/${path}:${index + 1}: ${line.trim()}\n    ${why}`),
    ),
);

for (const breach of breaches) console.error(breach);
process.exitCode = breaches.length === 0 ? 0 : 1;
