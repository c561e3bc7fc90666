/**
 * Runs first in the shop page that /devices shows as a device: makes the page that device. Nothing of this is in the
 * widget, and the shop at `/` does not load it.
 */
{
  const TEST_USER = "ada";
  const asked = new URLSearchParams(location.search);
  const device = asked.get("device") === "phone" ? "phone" : "laptop";
  const root = document.documentElement;
  root.dataset.device = device;

  // Only /devices can be the parent: the policy this page is served under says who may frame it.
  const tell = (word) => parent.postMessage({ baton: "demo", ...word }, "*");
  const apart = asked.has("apart");
  if (apart) keepApart(`${device}:`);
  // Private windows and some browsers deny storage to a frame of another origin: /devices takes its own origin then.
  if (keepUser() || apart) begin();
  else tell({ kind: "denied" });

  /** demo.js signs this person in, as it does after the form at `/`. */
  function keepUser() {
    root.dataset.user = TEST_USER;
    try {
      sessionStorage.setItem("shop:user", TEST_USER);
      return true;
    } catch {
      return false;
    }
  }

  function begin() {
    // The other device calls this one by what its browser says of itself.
    if (device === "phone") {
      const real = navigator.userAgent;
      Object.defineProperty(navigator, "userAgent", { get: () => `${real} iPhone` });
    }
    // A shop open in a tab of this origin would share its socket with this frame, and then pulling this plug would cut
    // nothing. Without channels each page has its own, and the gateway still knows both as one device.
    Object.defineProperty(window, "BroadcastChannel", { value: undefined });

    const line = pluggedIn();
    addEventListener("message", ({ source, data }) => {
      if (source === parent && data?.baton === "demo") line.set(data.up === true);
    });
    addEventListener("DOMContentLoaded", () => {
      tell({ kind: "ready" });
      document.querySelector(".brand").href = location.pathname + location.search;
    });
    // By now demo.js has said who is signed in.
    addEventListener("load", async () => {
      await window.Baton("open");
      watchTheBaton((held) => tell({ kind: "baton", held }));
    });
  }

  /** Two devices on one origin: what each keeps has names of its own. */
  function keepApart(prefix) {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name, ...more) {
      return open.call(this, prefix + name, ...more);
    };
    for (const verb of ["getItem", "setItem", "removeItem"]) {
      const real = Storage.prototype[verb];
      Storage.prototype[verb] = function (key, ...more) {
        return real.call(this, prefix + key, ...more);
      };
    }
  }

  /** The network of this page, with a plug. The gateway learns at once of a pulled one; of a cut cable at its next ping. */
  function pluggedIn() {
    let up = true;
    const sockets = new Set();
    const { WebSocket: RealSocket, fetch: realFetch } = window;

    window.WebSocket = class extends RealSocket {
      constructor(...where) {
        super(...where);
        sockets.add(this);
        this.addEventListener("close", () => sockets.delete(this));
        // Closed before it was open, a socket fails as one without a network does.
        if (!up) this.close();
      }
    };
    window.fetch = (...asked) => (up ? realFetch(...asked) : Promise.reject(new TypeError("The plug is pulled")));
    const isReallyUp = Object.getOwnPropertyDescriptor(Navigator.prototype, "onLine").get;
    Object.defineProperty(navigator, "onLine", { get: () => up && isReallyUp.call(navigator) });

    return {
      set(wanted) {
        if (up === wanted) return;
        up = wanted;
        if (!up) for (const socket of sockets) socket.close();
        dispatchEvent(new Event(up ? "online" : "offline"));
      },
    };
  }

  /** Tells what the sign in the panel's header tells: filled on the device that holds the baton. */
  function watchTheBaton(tellHeld) {
    const panel = document.querySelector("baton-widget").shadowRoot;
    let told;
    const look = () => {
      const sign = panel.querySelector(".device .baton");
      const held = sign?.dataset.filled === "true";
      if (!sign || held === told) return;
      told = held;
      tellHeld(held);
    };
    new MutationObserver(look).observe(panel, { subtree: true, childList: true, attributeFilter: ["data-filled"] });
    look();
  }
}
