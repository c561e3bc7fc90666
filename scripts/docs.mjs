// `npm run docs`: writes the docs that are made from the code. Needs a build; a test fails while they are stale.
import { writeFileSync } from "node:fs";
import { NOT_SERVED_YET } from "../server/dist/commands/visitor/table.js";
import { operationsDoc } from "../server/dist/docs/operationsDoc.js";
import { protocolDoc } from "../server/dist/docs/protocolDoc.js";
import { createMetrics } from "../server/dist/metrics.js";

const metrics = createMetrics();
const docs = { "operations.md": operationsDoc(await metrics.text()), "protocol.md": protocolDoc(NOT_SERVED_YET) };
metrics.close();
for (const [name, text] of Object.entries(docs)) {
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), text);
  console.log(`docs/${name} written`);
}
