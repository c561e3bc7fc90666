/** What the loader has put on the page and hands to the core; the core never looks for any of it itself. */
import type { Options } from "./options.ts";

export type Identity = { getToken: () => Promise<string> | string };

export type Shell = {
  host: HTMLElement;
  root: ShadowRoot;
  launcher: HTMLButtonElement;
  options: Options;
  /** Tells the page: `Baton("on", name)` and a `baton:name` event on the window. */
  emit: (name: string, detail?: unknown) => void;
  /** Given before the core was there. */
  identity?: Identity | undefined;
  /** The panel was open in this tab before it was loaded anew. */
  wasOpen: boolean;
};

export type Core = {
  call: (verb: string, args: readonly unknown[]) => Promise<unknown>;
  destroy: () => void;
};
