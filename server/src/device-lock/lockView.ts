/** The lock as one device is told of it. PURE. */
import type { Lock } from "@baton/shared/visitor/shapes";
import type { Holding } from "./deviceLock.ts";

/** @param epoch the present one, also while nobody holds; @param deviceId who is told */
export function toLock(
  holder: Pick<Holding, "deviceId" | "label" | "since"> | undefined,
  epoch: number,
  deviceId: string,
): Lock {
  if (!holder) return { holder: null, epoch, mine: false };
  const since = new Date(holder.since).toISOString();
  return {
    holder: { deviceId: holder.deviceId, label: holder.label, since },
    epoch,
    mine: holder.deviceId === deviceId,
  };
}

type Seen = Parameters<typeof toLock>[0];

/** A holder that is not there is nobody, but to itself. */
export function lockSeenBy(
  deviceId: string | undefined,
  { epoch, holder, isLive }: { readonly epoch: number; readonly holder: Seen; readonly isLive: boolean },
): Lock {
  const isMine = holder !== undefined && holder.deviceId === deviceId;
  return toLock(isLive || isMine ? holder : undefined, epoch, deviceId ?? "");
}
