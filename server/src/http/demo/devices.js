/** /devices: two frames that are two devices, their plugs, who holds the baton, and time. */

const HOSTS = { laptop: "localhost", phone: "127.0.0.1" };
const FRAME_WITHIN_MS = 8_000;
/** The laptop is there first, so that it begins with the baton; a laptop that is late keeps the phone no longer. */
const HEAD_START_MS = 2_000;
const MINUTE = 60_000;

const said = document.getElementById("said");

if (Object.values(HOSTS).includes(location.hostname)) begin();
else sendHome();

function begin() {
  const devices = [...document.querySelectorAll(".device")].map(show);
  const [laptop, phone] = devices;
  laptop.load();
  setTimeout(phone.load, HEAD_START_MS);
  addEventListener("message", ({ source, data }) => {
    const device = devices.find(({ frame }) => frame.contentWindow === source);
    if (!device || data?.baton !== "demo") return;
    if (data.kind === "denied") device.moveHere();
    if (data.kind === "ready") device.arrived();
    if (data.kind !== "baton") return;
    // A panel that is closed tells nothing: but only one can hold it.
    if (data.held) for (const other of devices) other.holds(false);
    device.holds(data.held);
    if (device === laptop) phone.load();
  });
  for (const id of ["devices", "steps"]) document.getElementById(id).hidden = false;
  keepTime();
}

function show(section) {
  const kind = section.dataset.device;
  const frame = section.querySelector("iframe");
  const plug = section.querySelector(".switch");
  const state = section.querySelector(".state");
  const port = location.port && `:${location.port}`;
  const src = `http://${HOSTS[kind]}${port}/devices/shop?device=${kind}`;
  let up = true;
  let held;

  const draw = () => {
    section.dataset.up = up;
    section.dataset.held = held === true;
    plug.setAttribute("aria-checked", up);
    const baton = held === undefined ? "" : held ? "holds the baton" : "watches";
    state.textContent = up ? baton : "cut off";
  };
  const tellPlug = () => frame.contentWindow.postMessage({ baton: "demo", up }, new URL(frame.src).origin);
  plug.addEventListener("click", () => {
    up = !up;
    tellPlug();
    draw();
  });

  let late;
  const address = section.querySelector(".address");
  if (address) address.textContent = `${HOSTS[kind]}${port}`;
  draw();
  return {
    frame,
    load() {
      if (frame.src) return;
      frame.src = src;
      late = setTimeout(() => sayNotThere(section, src), FRAME_WITHIN_MS);
    },
    /** The browser denies storage to the other origin: here the two keep theirs apart by name. */
    moveHere() {
      frame.src = `${location.origin}/devices/shop?device=${kind}&apart`;
    },
    /** Again after each reload of the frame: its plug is a new one. */
    arrived() {
      clearTimeout(late);
      section.querySelector(".missing")?.remove();
      tellPlug();
    },
    holds(is) {
      held = is;
      draw();
    },
  };
}

/** The gateway may listen on one of the two addresses only. */
function sayNotThere(section, src) {
  const note = document.createElement("p");
  note.className = "missing";
  const link = document.createElement("a");
  link.href = src;
  link.textContent = new URL(src).host;
  note.append("This device could not be reached at ", link, ". Baton has to listen there too; by default it does.");
  section.querySelector(".screen").append(note);
}

/** Opened under another name of the machine, or from another machine. */
function sendHome() {
  const port = location.port || (location.protocol === "https:" ? "443" : "80");
  const home = document.getElementById("home");
  home.href = home.textContent = `http://localhost:${port}/devices`;
  document.getElementById("host").textContent = location.hostname;
  document.getElementById("tunnel").textContent = `ssh -L ${port}:127.0.0.1:${port} ${location.hostname}`;
  document.getElementById("elsewhere").hidden = false;
}

/** The phone's clock shows the gateway's time, which the buttons move. */
function keepTime() {
  let aheadMs = 0;
  const clock = document.getElementById("clock");
  const buttons = [...document.querySelectorAll("[data-minutes]")];
  const draw = () => {
    const now = new Date(Date.now() + aheadMs);
    clock.textContent = now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  };
  const pass = async (minutes) => {
    const { now } = await advance(minutes * MINUTE);
    aheadMs = Date.parse(now) - Date.now();
    draw();
  };
  const press = async (button) => {
    for (const each of buttons) each.disabled = true;
    const outcome = pass(Number(button.dataset.minutes)).then(() => `${button.textContent} have passed.`);
    said.textContent = await outcome.catch((error) => error.message);
    for (const each of buttons) each.disabled = false;
    button.focus();
  };
  for (const button of buttons) button.addEventListener("click", () => void press(button));
  draw();
  setInterval(draw, 1_000);
  // A data folder remembers time that was moved in it.
  if (document.documentElement.dataset.clock === "yes") void pass(0);
}

async function advance(advanceMs) {
  const answer = await fetch("/__test/clock", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advanceMs }),
  });
  if (!answer.ok) throw new Error(`Time did not move: ${answer.status}`);
  return answer.json();
}
