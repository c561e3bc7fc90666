/** Who one talks to, which device speaks, the menu, and the way out. */
import { currentSession, isPassive } from "../chat/chatState.ts";
import { usePanel } from "./context.ts";
import { Baton, Icon } from "./Icon.tsx";

export function Header() {
  const panel = usePanel();
  const say = panel.say;
  const { state } = panel.conversation.store;
  const { site, device } = state;
  const agent = currentSession(state)?.agent?.name;
  const name = agent ?? site?.bot?.name ?? site?.name ?? say("title");
  // Where nobody holds the baton, the first word takes it.
  const mine = !isPassive(state);
  return (
    <div class="header">
      <Portrait name={name} />
      <div class="who">
        <h2 id="baton-title">{name}</h2>
        {device && (
          <p class="device">
            <Baton filled={mine} />
            <span aria-hidden="true">{device.label}</span>
            <span class="unseen">{say(mine ? "deviceActive" : "deviceWatching", { label: device.label })}</span>
          </p>
        )}
      </div>
      <Menu />
      <button type="button" class="tool" aria-label={say("minimise")} onClick={() => panel.setOpen(false)}>
        <Icon name="down" />
      </button>
    </div>
  );
}

export function Portrait({ name }: { name: string }) {
  return (
    <span class="portrait" aria-hidden="true">
      {[...name][0]}
    </span>
  );
}

/** A disclosure and not an ARIA menu: Tab goes through it as through everything else. */
function Menu() {
  const panel = usePanel();
  const say = panel.say;
  const { state } = panel.conversation.store;
  const session = currentSession(state);
  if (!session || session.state === "ended" || isPassive(state)) return null;
  const open = panel.menuOpen.value;
  return (
    <div class="menu">
      <button
        type="button"
        class="tool"
        aria-label={say("menu")}
        aria-expanded={open}
        onClick={() => {
          panel.menuOpen.value = !open;
        }}
      >
        <Icon name="more" />
      </button>
      {open && (
        <ul class="choices">
          <li>
            <button type="button" onClick={() => panel.askEnd()}>
              {say("endChat")}
            </button>
          </li>
        </ul>
      )}
    </div>
  );
}
