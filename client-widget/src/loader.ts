/**
 * The script tag: the only request before a person does something. Draws the launcher, queues `Baton(verb, …)` and loads
 * the core on intent. Keeps nothing and opens no socket. Budget: 2.0 KB gzip, so every line here is paid by every page.
 */
import { draw } from "./embed/launcher.ts";
import { readOptions } from "./embed/options.ts";
import type { Core, Identity, Shell } from "./embed/shell.ts";

type Listener = (detail: unknown) => void;
type Call = [args: unknown[], resolve: (value: unknown) => void, reject: (reason: unknown) => void];
type BatonFunction = { (...args: unknown[]): Promise<unknown>; q?: Call[]; ready?: true };
type Page = { Baton?: BatonFunction; BatonSettings?: Record<string, unknown> };

const page = window as unknown as Page;
const script = (document.currentScript ??
  document.querySelector('script[src*="/widget/v1/loader.js"]')) as HTMLScriptElement | null;
const source = new URL(script?.src ?? location.href);
const CORE_VERBS = /^(open|toggle|send|prefill|logout|takeover|extend|resume|end)$/;

let settings: Record<string, unknown> = {};
let listening = new AbortController();
let shell: Shell | undefined;
let core: Promise<Core> | undefined;
let identity: Identity | undefined;

function emit(name: string, detail?: unknown): void {
  dispatchEvent(new CustomEvent(`baton:${name}`, { detail }));
}

function load(): Promise<Core> {
  if (!shell) return Promise.reject(Error("Baton needs a site"));
  const started = shell;
  core ??= import(/* @vite-ignore */ new URL(__CORE_FILE__, source).href).then(
    (module: { start: (shell: Shell) => Promise<Core> }) => {
      if (started !== shell) throw Error("Baton was destroyed");
      return module.start(started);
    },
  );
  // A failed download must not be the last word: the next press tries again.
  core.catch(() => {
    core = undefined;
    emit("error", { code: "core_unreachable" });
  });
  return core;
}

function boot(given?: unknown): void {
  settings = { ...settings, ...(given as object) };
  const options = readOptions(page.BatonSettings, Object.fromEntries(source.searchParams), script?.dataset, settings);
  if (shell || !options.site) return;
  options.gateway ||= source.origin;
  let kept: string | null = null;
  try {
    kept = sessionStorage.getItem(`baton:${options.site}:panel`);
  } catch {
    // Storage is denied: then nothing can have been kept.
  }
  shell = { ...draw(options), options, emit, identity, wasOpen: kept === "open" };
  shell.launcher.onclick = () => run("toggle");
  if (kept) load().catch(() => undefined);
  emit("ready");
}

async function destroy(): Promise<void> {
  const [gone, loading] = [shell, core];
  shell = core = undefined;
  gone?.host.remove();
  listening.abort();
  listening = new AbortController();
  await loading?.then(
    (loaded) => loaded.destroy(),
    () => undefined,
  );
}

function on(name: unknown, listener: unknown, once = false): () => void {
  const heard = (event: Event) => (listener as Listener)((event as CustomEvent).detail);
  addEventListener(`baton:${name}`, heard, { once, signal: listening.signal });
  return () => removeEventListener(`baton:${name}`, heard);
}

const ifLoaded = (verb: string, ...args: unknown[]) => core?.then((loaded) => loaded.call(verb, args));

const verbs: Record<string, (...args: unknown[]) => unknown> = {
  boot,
  destroy,
  on: (name, listener) => on(name, listener),
  once: (name, listener) => on(name, listener, true),
  show: () => shell?.launcher.removeAttribute("hidden"),
  hide: () => shell?.launcher.setAttribute("hidden", ""),
  identify(given) {
    identity = given as Identity;
    if (shell) shell.identity = identity;
    return ifLoaded("identify", given);
  },
  close: () => ifLoaded("close"),
  getState: () => ifLoaded("getState") ?? { open: false },
};

async function run(verb: string, ...args: unknown[]): Promise<unknown> {
  if (CORE_VERBS.test(verb)) return load().then((loaded) => loaded.call(verb, args));
  if (!Object.hasOwn(verbs, verb)) throw Error(`Baton has no verb "${verb}"`);
  return verbs[verb]?.(...args);
}

function begin(): void {
  const waiting = page.Baton?.q ?? [];
  const baton: BatonFunction = (verb, ...args) => run(String(verb), ...args);
  baton.ready = true;
  page.Baton = baton;
  boot();
  for (const [args, resolve, reject] of waiting) baton(...args).then(resolve, reject);
}

// A page that was given the tag twice keeps the first; one without a body yet is waited for.
if (!page.Baton?.ready) {
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
}
