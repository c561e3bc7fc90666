/** The JSON file of the configuration: reading it, its schema, and what its parts have to do with each other. */
import { readFileSync } from "node:fs";
import ipaddr from "ipaddr.js";
import * as z from "zod";
import { ConfigError } from "./configError.ts";
import { firstJsonFault, lineAndColumn } from "./jsonPosition.ts";
import { LimitsConfig } from "./limitsConfig.ts";
import { schemaProblems } from "./problems.ts";
import { SiteFile, siteRelations } from "./siteConfig.ts";

function isAddressOrRange(text: string): boolean {
  return ipaddr.isValidCIDR(text) || ipaddr.isValid(text);
}

export const ConfigFile = z.strictObject({
  sites: z.array(SiteFile).min(1, "is empty. Add at least one site").describe("The sites this gateway serves."),
  limits: LimitsConfig.prefault({}).describe("How much anyone may ask of the gateway."),
  polling: z
    .boolean()
    .optional()
    .describe(
      "Also serves HTTP long polling, with which Socket.IO clients begin by default. Left out: yes with the embedded Postgres, no with `DATABASE_URL`, since several nodes then need sticky sessions.",
    ),
  trustedProxies: z
    .array(z.string().refine(isAddressOrRange, "must be an address or a range such as 10.0.0.0/8"))
    .default([])
    .describe("Addresses whose `X-Forwarded-For` is believed. Without it a proxy's visitors count as one address."),
});
export type ConfigFile = z.output<typeof ConfigFile>;

/** The file's content as JSON. Throws ConfigError with path and position. */
function readJson(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ConfigError([notJson(path, text)]);
  }
}

function readText(path: string): string {
  try {
    // Editors on Windows leave a byte order mark, which JSON.parse does not know.
    return readFileSync(path, "utf8").replace(/^\ufeff/, "");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw new ConfigError([
      `BATON_CONFIG: the file ${path} ${why}. Give the path of a readable JSON file, or leave it out.`,
    ]);
  }
}

function notJson(path: string, text: string): string {
  const { line, column } = lineAndColumn(text, firstJsonFault(text) ?? 0);
  return `BATON_CONFIG: ${path} is not JSON at line ${line}, column ${column}. Look there for a comma, quote or bracket that is missing or too many; comments are not allowed.`;
}

function duplicates(named: readonly { value: unknown; at: string }[]): { at: string; first: string }[] {
  const seen = new Map<unknown, string>();
  return named.flatMap(({ value, at }) => {
    const first = seen.get(value);
    if (first === undefined) seen.set(value, at);
    return first === undefined || value === undefined ? [] : [{ at, first }];
  });
}

function listAt(input: unknown, key: string): unknown[] {
  const value = fieldOf(input, key);
  return Array.isArray(value) ? value : [];
}

function fieldOf(input: unknown, key: string): unknown {
  return typeof input === "object" && input !== null ? Reflect.get(input, key) : undefined;
}

/** Ids name sites, and an API key alone says whose call it is: neither may stand twice. */
function duplicateProblems(sites: readonly unknown[]): string[] {
  const ids = sites.map((site, i) => ({ value: fieldOf(site, "id"), at: `sites[${i}].id` }));
  const keys = sites.flatMap((site, i) =>
    listAt(site, "apiKeys").map((key, j) => ({ value: fieldOf(key, "key"), at: `sites[${i}].apiKeys[${j}].key` })),
  );
  return [
    ...duplicates(ids).map(({ at, first }) => `${at}: is the same as ${first}. Give each site an id of its own.`),
    ...duplicates(keys).map(({ at, first }) => `${at}: is the same as ${first}. Give each one a key of its own.`),
  ];
}

/** Every problem of an already parsed JSON value, or its content. */
function parseConfigFile(input: unknown): { file: ConfigFile } | { problems: string[] } {
  const parsed = ConfigFile.safeParse(input, { reportInput: false });
  const sites = listAt(input, "sites");
  const problems = [
    ...(parsed.success ? [] : schemaProblems(parsed.error, ConfigFile, "the file")),
    ...sites.flatMap((site, i) => siteRelations(site, `sites[${i}]`)),
    ...duplicateProblems(sites),
  ];
  return parsed.success && problems.length === 0 ? { file: parsed.data } : { problems };
}

/** Throws ConfigError when the file cannot be read at all; its other problems are returned. */
export function readConfigFile(path: string): { file: ConfigFile } | { problems: string[] } {
  return parseConfigFile(readJson(path));
}
