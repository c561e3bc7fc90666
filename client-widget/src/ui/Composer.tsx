/** Where one writes. Enter sends, Shift+Enter makes a line; while a word is being composed by an input method neither does. */
import { LIMITS } from "@baton/shared/limits";
import { useLayoutEffect, useRef } from "preact/hooks";
import { usePanel } from "./context.ts";
import { Icon } from "./Icon.tsx";

export function Composer() {
  const panel = usePanel();
  const say = panel.say;
  const field = useRef<HTMLTextAreaElement>(null);
  const text = panel.drafting.text.value;
  // Before any effect that runs after painting: the sheet's own asks for this focus, and nothing says which comes first.
  useLayoutEffect(() => {
    panel.focusComposer = () => field.current?.focus();
    const box = field.current;
    return () => {
      // Another device took over amid a word: the next key must not go to the page behind.
      if (box?.matches(":focus")) box.closest<HTMLElement>(".panel")?.focus();
    };
  }, [panel]);
  const send = () => {
    panel.send(text);
    field.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        dir={text ? "auto" : undefined}
        maxLength={LIMITS.textUnits}
        aria-label={say("composer")}
        placeholder={say("placeholder")}
        value={text}
        onInput={(event) => panel.typed(event.currentTarget.value)}
        onKeyDown={pressed}
        enterkeyhint="send"
      />
      <button type="submit" class="send" aria-label={say("send")} disabled={text.trim() === ""}>
        <Icon name="send" />
      </button>
    </form>
  );
}
