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
    const toEnd = () => {
      frame.scrollTop = frame.scrollHeight;
    };
    const scrolled = () => {
      following = frame.scrollHeight - frame.scrollTop - frame.clientHeight < NEAR_PX;
      setAway(!following);
    };
    const grown = new ResizeObserver(() => following && toEnd());
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
