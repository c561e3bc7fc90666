/** What a connection may do: the epoch at which its device was seen to hold the baton. PURE. */
export const PASSIVE = 0;

/** It was granted an epoch, and the user's has risen since: it has lost the baton, whoever holds it now. */
export function isOutOfDate({ epoch }: { readonly epoch: number }, present: number): boolean {
  return epoch !== PASSIVE && epoch < present;
}
