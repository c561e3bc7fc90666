/**
 * The browser's small storage, which may be denied: then the same calls keep things for this page's life only.
 * `denied` is told to the person once.
 */
export type Kept = {
  read: (key: string) => string | null;
  write: (key: string, value: string | null) => void;
  denied: boolean;
};

export function openKept(prefix: string, storage: () => Storage): Kept {
  const memory = new Map<string, string>();
  const kept: Kept = {
    denied: false,
    read(key) {
      try {
        return storage().getItem(prefix + key);
      } catch {
        return memory.get(key) ?? null;
      }
    },
    write(key, value) {
      try {
        if (value === null) storage().removeItem(prefix + key);
        else storage().setItem(prefix + key, value);
      } catch {
        kept.denied = true;
        if (value === null) memory.delete(key);
        else memory.set(key, value);
      }
    },
  };
  return kept;
}
