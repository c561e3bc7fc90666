/**
 * Two builds into `dist/widget/`: first the core as ES modules with hashed names, then the loader as one classic script
 * of a fixed name that knows the core's. Everything is found relative to the loader's own URL, so any host can serve it.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { leaveOut } from "./build/leaveOut.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** `light-dark()` and relative colours must survive: these are the first versions that have both. */
const target = ["chrome123", "edge123", "firefox128", "safari17.5"];

/** The sources, not their build: the widget then needs no `tsc` before it. */
const alias = [{ find: /^@baton\/shared\/(.*)$/, replacement: here("../shared/src/$1.ts") }];

const shared = {
  root: here("."),
  publicDir: false as const,
  resolve: { alias },
  oxc: { jsx: { runtime: "automatic" as const, importSource: "preact" } },
};

function coreFile(): string {
  const manifest = JSON.parse(readFileSync(here("dist/widget/manifest.json"), "utf8"));
  return manifest["src/core.ts"].file;
}

export default defineConfig(({ mode }) =>
  mode === "loader"
    ? {
        ...shared,
        define: { __CORE_FILE__: JSON.stringify(coreFile()) },
        build: {
          target,
          outDir: "dist/widget",
          emptyOutDir: false,
          rollupOptions: { input: here("src/loader.ts"), output: { format: "iife", entryFileNames: "loader.js" } },
        },
      }
    : {
        ...shared,
        plugins: [leaveOut()],
        build: {
          target,
          outDir: "dist/widget",
          manifest: "manifest.json",
          modulePreload: false,
          rollupOptions: {
            input: here("src/core.ts"),
            preserveEntrySignatures: "allow-extension",
            output: { entryFileNames: "[name]-[hash].js", chunkFileNames: "[name]-[hash].js" },
          },
        },
      },
);
