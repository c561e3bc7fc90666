/** Keeps the newest line in sight, unless the person has scrolled up to read. */
import { useEffect, useRef, useState } from "preact/hooks";

const NEAR_PX = 48;

export function useFollowing() {
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  useEffect(() => {
    const [frame, content] = [scroller.current, inner.current];
    if (!frame || !content) return undefined;
    let following = true;
    let size = 0;
    const measure = () => frame.scrollHeight * 10_000 + frame.clientHeight;
    const toEnd = () => {
      frame.scrollTop = frame.scrollHeight;
    };
    const scrolled = () => {
      // The room changed and not the person's mind: `grown` is about to see to it.
      if (measure() !== size) return;
      following = frame.scrollHeight - frame.scrollTop - frame.clientHeight < NEAR_PX;
      setAway(!following);
    };
    const grown = new ResizeObserver(() => {
      size = measure();
      if (following) toEnd();
    });
    grown.observe(content);
    grown.observe(frame);
    frame.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      grown.disconnect();
      frame.removeEventListener("scroll", scrolled);
    };
  }, []);
  const toNewest = () => scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  return { scroller, inner, away, toNewest };
}
