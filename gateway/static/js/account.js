// What an account's owner does with an injected wallet: withdraw, its margin, sessions, the guard
// key, a time at which all orders die, what they may fill before they do.
import { element } from "./elements.js";
import { connectWallet, words } from "./wallet.js";

const own = document.getElementById("own");
const state = document.getElementById("own-state");
const result = document.getElementById("own-result");
const button = document.getElementById("own-connect");
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
let venue = null;

async function done(work) {
  result.textContent = "Sign in your wallet…";
  const ack = await work;
  const { batch, segment, index } = ack.receipt.position;
  const link = element("a", { href: `/ops/${batch}/${segment}/${index}` }, "finality and proof");
  result.replaceChildren(`${words(ack.result)}. `, link);
}

function told(work) {
  work.catch((error) => {
    result.textContent = error.result ? `${words(error.result)}: ${error.message}` : error.message;
  });
}

/** Return decimal text in parts of which one has `places` decimals; undefined without text. */
function parts(text, places) {
  const [whole, rest = ""] = text.trim().split(".");
  return whole ? BigInt(whole + rest.padEnd(places, "0")) : undefined;
}

const ACTIONS = {
  withdraw: ({ amount }) => venue.withdraw(amount.trim()),
  session: ({ slot, key, days }) => {
    const until = Number(days) ? venue.nowMs() + Number(days) * DAY_MS : 0;
    return venue.setSession(Number(slot), key.trim().toLowerCase() || null, key.trim() ? until : 0);
  },
  guard: ({ mode, key }) => venue.setGuard(mode, mode === "SET" ? key.trim().toLowerCase() : null),
  "margin-mode": ({ underlying }) => venue.setMarginMode(Number(underlying)),
  protection: ({ underlying, lots, delta, vega, window, freeze }) => {
    if (!Number(underlying)) return venue.clearProtection();
    const limits = { lots_max: lots && BigInt(lots), delta_max: parts(delta, 9), vega_max: parts(vega, 6) };
    const given = Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit));
    const times = { window_ms: 1000 * Number(window), freeze_ms: 1000 * Number(freeze) };
    return venue.setProtection(Number(underlying), { ...times, ...given });
  },
  "cancel-at": ({ minutes }) => venue.setCancelAt(Number(minutes) ? venue.nowMs() + Number(minutes) * MINUTE_MS : 0),
};

button.addEventListener("click", () =>
  told(
    connectWallet(Number(own.dataset.account)).then((connected) => {
      venue = connected;
      state.textContent = "Signed by the wallet of the account's owner.";
      button.hidden = true;
      for (const form of own.querySelectorAll("form")) form.hidden = false;
    }),
  ),
);
for (const form of own.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const make = async () => ACTIONS[form.dataset.does](Object.fromEntries(new FormData(form)));
    told(done(make()));
  });
}
