/** Makes a configuration unchangeable all the way down, so that no room can adjust what another one reads. */

function refuse(): never {
  throw new TypeError("The configuration is frozen: read it anew instead of changing it.");
}

/** Buffers cannot be frozen (their memory may be shared) and are left as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  if (value instanceof Map) {
    for (const entry of value.values()) deepFreeze(entry);
    // Object.freeze does not reach a Map's entries: its setters are taken away instead.
    for (const setter of ["set", "delete", "clear"]) Object.defineProperty(value, setter, { value: refuse });
  }
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
