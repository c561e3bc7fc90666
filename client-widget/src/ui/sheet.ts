/**
 * On a small screen the panel is a modal sheet as high as what the keyboard leaves, and Tab stays inside.
 * The page behind is never touched.
 */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const SMALL = "(max-width: 479.98px)";
const FOCUSABLE = 'button:not([disabled]), textarea, input, a[href], [tabindex="0"]';

export function useSheet(frame: RefObject<HTMLElement | null>): boolean {
  const [modal, setModal] = useState(() => matchMedia(SMALL).matches);
  useEffect(() => {
    const query = matchMedia(SMALL);
    const changed = () => setModal(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  useEffect(() => (modal && frame.current ? holdInside(frame.current) : undefined), [modal]);
  return modal;
}

function holdInside(frame: HTMLElement): () => void {
  const view = window.visualViewport;
  const fit = () => {
    if (!view) return;
    frame.style.setProperty("--_height", `${view.height}px`);
    frame.style.setProperty("--_top", `${view.offsetTop}px`);
  };
  const turn = (event: KeyboardEvent) => {
    if (event.key !== "Tab") return;
    const stops = [...frame.querySelectorAll<HTMLElement>(FOCUSABLE)];
    const root = frame.getRootNode() as ShadowRoot;
    const [first, last] = [stops[0], stops.at(-1)];
    const leaving = event.shiftKey
      ? root.activeElement === first || root.activeElement === frame
      : root.activeElement === last;
    if (!leaving) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  };
  fit();
  view?.addEventListener("resize", fit);
  view?.addEventListener("scroll", fit);
  frame.addEventListener("keydown", turn);
  return () => {
    view?.removeEventListener("resize", fit);
    view?.removeEventListener("scroll", fit);
    frame.removeEventListener("keydown", turn);
  };
}
