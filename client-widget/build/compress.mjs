/** Writes each file of the built widget compressed beside it: the gateway sends the one that the browser reads. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const dist = new URL("../dist/widget/", import.meta.url);
for (const name of readdirSync(dist).filter((file) => file.endsWith(".js"))) {
  const content = readFileSync(new URL(name, dist));
  writeFileSync(new URL(`${name}.gz`, dist), gzipSync(content, { level: 9 }));
  writeFileSync(new URL(`${name}.br`, dist), brotliCompressSync(content));
}
