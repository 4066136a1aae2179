// Trading with an injected wallet: typed data is made here, signed there, and the receipt checked here.
import { element } from "./elements.js";
import { connectWallet, words } from "./wallet.js";

const symbol = document.getElementById("market").dataset.instrument;
const form = document.getElementById("order-form");
const button = document.getElementById("connect");
const result = document.getElementById("order-result");
const state = document.getElementById("wallet-state");
let venue = null;

async function start() {
  venue = await connectWallet();
  const account = element("a", { href: `/accounts/${venue.account}` }, `account ${venue.account}`);
  state.replaceChildren("Trading for ", account, ".");
  button.hidden = true;
  form.hidden = false;
}

async function placed(work) {
  result.textContent = "Sign in your wallet…";
  const ack = await work;
  const [action] = ack.actions;
  const said = `${words(action.result)}: ${action.filled_lots} lots filled, ${action.resting_lots} resting. `;
  const { batch, segment, index } = ack.receipt.position;
  const link = action.slot
    ? `/orders/${encodeURIComponent(symbol)}/${action.slot}/${action.serial}`
    : `/ops/${batch}/${segment}/${index}`;
  result.replaceChildren(said, element("a", { href: link }, "finality and proof"));
}

function told(work) {
  work.catch((error) => {
    result.textContent = error.message;
  });
}

button.addEventListener("click", () => told(start()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { side, price, size, time_in_force } = Object.fromEntries(new FormData(form));
  const [post_only, reduce_only] = [form.post_only.checked, form.reduce_only.checked];
  const terms = { time_in_force, post_only, reduce_only };
  told(placed(venue.place(symbol, side, price.trim(), size.trim(), terms)));
});
document.getElementById("cancel-all").addEventListener("click", () => told(placed(venue.cancelAll(symbol))));
