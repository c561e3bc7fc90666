/** A key of ours that holds another type of value: somebody else wrote there. Each caller knows what to do instead. */
export function isOfAnotherType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("WRONGTYPE");
}
