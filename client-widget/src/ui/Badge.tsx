/** How much was said while the panel was closed: the baton as a dot, with a number in it. Drawn into the launcher. */
import { usePanel } from "./context.ts";

export function Badge() {
  const count = usePanel().unread.value;
  if (count === 0) return null;
  return (
    <span class="badge" aria-hidden="true">
      <span>{count > 9 ? "9+" : count}</span>
    </span>
  );
}
