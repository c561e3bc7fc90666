/** PURE. The tables of docs/operations.md, from the configuration's own schemas. */
import * as z from "zod";
import { ConfigFile } from "../config/configFile.ts";
import { durationWords } from "../config/durationWords.ts";
import { Environment } from "../config/environment.ts";
import { LimitsConfig } from "../config/limitsConfig.ts";
import { NOT_IN_EFFECT_YET, PolicyFile, PRESETS } from "../config/policy.ts";
import { SiteFile } from "../config/siteConfig.ts";
import { code, table } from "./markdown.ts";
import { notation } from "./schemaNotation.ts";

/** `1800000` (30 min) for a duration, as it is for the rest. */
function withUnit(key: string, value: unknown): string {
  const written = code(JSON.stringify(value));
  return key.endsWith("Ms") && typeof value === "number" && value >= 1_000
    ? `${written} (${durationWords(value)})`
    : written;
}

export function environmentTable(): string {
  const defaults: Record<string, unknown> = Environment.parse({});
  const rows = Object.entries(Environment.shape).map(([name, field]) => {
    const value = defaults[name];
    const shown = value === undefined ? "–" : code(typeof value === "boolean" ? String(Number(value)) : String(value));
    return [code(name), shown, field.description ?? ""];
  });
  return table(["variable", "default", ""], rows);
}

function defaultOf(key: string, field: z.ZodType): string {
  const absent = field.safeParse(undefined);
  if (!absent.success) return "required";
  if (absent.data === undefined) return "–";
  // A part with its own table below is not repeated in a cell.
  return field instanceof z.ZodPrefault ? "see below" : withUnit(key, absent.data);
}

function shortType(key: string, field: z.ZodType): string {
  if (key === "sites") return "Site[]";
  if (key === "policy" || key === "limits") return "object";
  return notation(field);
}

function fieldRows(shape: Readonly<Record<string, z.ZodType>>): string[][] {
  return Object.entries(shape).map(([key, field]) => [
    code(key),
    code(shortType(key, field)),
    defaultOf(key, field),
    field.description ?? "",
  ]);
}

export function fileTable(): string {
  return table(["key", "type", "default", ""], fieldRows(ConfigFile.shape));
}

export function siteTable(): string {
  return table(["key", "type", "default", ""], fieldRows(SiteFile.shape));
}

export function limitsTable(): string {
  const defaults: Record<string, unknown> = LimitsConfig.parse({});
  const rows = Object.entries(LimitsConfig.shape).map(([key, field]) => [
    code(key),
    withUnit(key, defaults[key]),
    field.description ?? "",
  ]);
  return table(["key", "default", ""], rows);
}

export function policyTable(): string {
  const presets: Record<string, unknown>[] = [PRESETS.support, PRESETS.strict, PRESETS.concierge];
  const rows = Object.entries(PolicyFile.shape).map(([key, field]) => [
    NOT_IN_EFFECT_YET.has(key) ? `${code(key)} *` : code(key),
    ...presets.map((preset) => withUnit(key, preset[key])),
    field.description ?? "",
  ]);
  return table(["key", "support", "strict", "concierge", ""], rows);
}

/** From the exposition itself, so that no metric is forgotten. */
export function metricsTable(exposition: string): string {
  const types = new Map([...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  const rows = [...exposition.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = "", help = ""]) => [
    code(name),
    types.get(name) ?? "",
    help,
  ]);
  return table(["metric", "kind", ""], rows);
}
