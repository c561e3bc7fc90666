/** One connection of a page, from the first packet to the last: never used twice. Made by page.ts. */
import { TestClient } from "@baton/server/testing/testClient";
import type { VisitorPayloadIn } from "@baton/shared/commands";
import type { Refusal } from "@baton/shared/refusals";
import type { Snapshot } from "@baton/shared/visitor/shapes";
import type { Told, Who } from "../history/events.ts";
import { WatchedClient } from "../history/watchClient.ts";
import type { Route } from "./routes.ts";

export type LineOptions = {
  readonly route: Route;
  readonly auth: Record<string, unknown>;
  readonly who: Who;
  record(event: Told): void;
};

/** Why there is no line: come again (after so long), or never. */
export type NoLine =
  | { readonly kind: "later"; readonly afterMs?: number }
  | { readonly kind: "never"; readonly code: string };

const CONNECT_WITHIN_MS = 5_000;
const OPEN_WITHIN_MS = 8_000;

export class Line {
  readonly watched: WatchedClient;
  readonly client: TestClient;
  readonly node: string;

  constructor({ route, auth, who, record }: LineOptions) {
    this.node = route.node.name;
    this.client = new TestClient(route.url, auth, { origin: route.node.url });
    this.watched = new WatchedClient(this.client, who, record);
  }

  get isUp(): boolean {
    return this.client.socket.connected;
  }

  /** Connected, and `session:open` answered. Whatever went wrong, the line is closed. */
  async open(payload: VisitorPayloadIn<"session:open">): Promise<Snapshot | NoLine> {
    const failure = await within(
      CONNECT_WITHIN_MS,
      this.client.connected().then(() => undefined, noLineFor),
    );
    if (failure === undefined) {
      const answer = await within(OPEN_WITHIN_MS, this.#ask(payload));
      if (answer !== LATE) {
        if ("kind" in answer) this.close();
        return answer;
      }
    }
    this.close();
    return failure === undefined || failure === LATE ? { kind: "later" } : failure;
  }

  async #ask(payload: VisitorPayloadIn<"session:open">): Promise<Snapshot | NoLine> {
    const gone = new Promise<NoLine>((resolve) => {
      this.client.socket.once("disconnect", () => resolve({ kind: "later" }));
    });
    return Promise.race([this.watched.open(payload).catch(noLineFor), gone]);
  }

  close(): void {
    this.client.close();
  }
}

const LATE = "late";

async function within<T>(ms: number, asked: Promise<T>): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, ms, LATE);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A `connect_error` with a code is final; a refused opening says so itself; all else is a line that did not come about. */
function noLineFor(error: unknown): NoLine {
  const { data, refusal } = error as { data?: { code?: string }; refusal?: Refusal };
  if (data?.code !== undefined) return { kind: "never", code: data.code };
  if (!refusal || refusal.retryable)
    return { kind: "later", ...(refusal?.retryAfterMs !== undefined && { afterMs: refusal.retryAfterMs }) };
  return { kind: "never", code: refusal.code };
}
