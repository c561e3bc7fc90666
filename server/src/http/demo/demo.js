/** The shop's own script, as an embedding developer would write it: signing in, and a button that opens the chat. */

// Calls before the loader is there wait in `q`; the loader takes them over in order.
window.Baton ??= (...call) =>
  new Promise((resolve, reject) => {
    window.Baton.q ??= [];
    window.Baton.q.push([call, resolve, reject]);
  });

const KEY = "shop:user";
const account = document.getElementById("account");
const field = document.getElementById("user");
const button = document.getElementById("sign");
const status = document.getElementById("status");

/** Who is signed in; a browser that denies storage forgets it at the next page. */
const signedIn = {
  user: document.documentElement.dataset.user ?? null,
  get() {
    try {
      return sessionStorage.getItem(KEY);
    } catch {
      return signedIn.user;
    }
  },
  set(user) {
    signedIn.user = user;
    try {
      if (user === null) sessionStorage.removeItem(KEY);
      else sessionStorage.setItem(KEY, user);
    } catch {
      // Kept above for this page.
    }
  },
};

/** The shop's back end says who this is: it alone can sign the token. */
async function getToken() {
  const user = signedIn.get();
  const answer = await fetch("/demo/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user, name: user.charAt(0).toUpperCase() + user.slice(1) }),
  });
  if (!answer.ok) throw new Error(`No token: ${answer.status}`);
  return (await answer.json()).token;
}

function show() {
  const user = signedIn.get();
  account.dataset.signedIn = String(user !== null);
  if (user) field.value = user;
  field.readOnly = user !== null;
  button.textContent = user ? "Sign out" : "Sign in";
}

async function signIn() {
  signedIn.set(field.value.trim());
  show();
  await window.Baton("identify", { getToken });
  status.textContent = `Signed in as ${field.value}`;
}

async function signOut() {
  signedIn.set(null);
  show();
  await window.Baton("logout");
  status.textContent = "Signed out";
}

account.addEventListener("submit", (event) => {
  event.preventDefault();
  const change = signedIn.get() ? signOut() : signIn();
  change.catch((error) => {
    status.textContent = error.message;
  });
});
document.getElementById("ask").addEventListener("click", () => window.Baton("open"));

const other = new URL(location.href);
other.hostname = location.hostname === "localhost" ? "127.0.0.1" : "localhost";
document.getElementById("other").href = other.href;

show();
if (signedIn.get()) window.Baton("identify", { getToken });
