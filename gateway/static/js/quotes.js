// Asking for quotes with an injected wallet: what a quote costs is computed here, of what is signed.
import { structureValue } from "/static/client/quote_request.js";
import { element, grouped } from "./elements.js";
import { connectWallet, words } from "./wallet.js";

const QUOTES_SHOWN = 10; // a side
const MARGIN_MS = 5_000; // how old a margin may be that is shown
const MICRO = 1_000_000n;

const at = (id) => document.getElementById(id);
const [form, legs, asked, body] = [at("ask-form"), at("legs"), at("asked"), at("quotes")];
const legsMax = Number(form.dataset.legsMax);
let venue = null;
let instruments = new Map();
let following = null; // an AbortController
let shown = null; // the newest { quote_request, bids, asks }
const rows = new Map(); // name of a quote's side to its row

/** Do a piece of work; return whether it was done. Why it was not stands in an element then. */
async function told(where, work) {
  try {
    await work();
    return true;
  } catch (error) {
    const said = error.result ? `${words(error.result)}: ${error.message}` : error.message;
    const wait = error.retryAfterMs ? ` Try again in ${Math.ceil(error.retryAfterMs / 1_000)} s.` : "";
    where.textContent = said + wait;
    return false;
  }
}

/** Do what a button is for, once at a time. */
function onClick(button, where, work) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    await told(where, work);
    button.disabled = false;
  });
}

/** Return micro-USD (bigint) as USD. */
function usd(micro) {
  const [sign, most] = micro < 0n ? ["−", -micro] : ["", micro];
  const part = (most % MICRO).toString().padStart(6, "0").replace(/0{1,4}$/, "");
  return `${sign}${grouped((most / MICRO).toString())}.${part}`;
}

/** Return decimal text of USD to the cent. */
function cents(text) {
  const [whole, part = ""] = String(text).replace("-", "−").split(".");
  return grouped(`${whole}.${part.padEnd(2, "0").slice(0, 2)}`);
}

const secondsLeft = (untilMs) => Math.max(0, Math.ceil((untilMs - venue.nowMs()) / 1_000));

// --- asking ---

function addLeg() {
  if (legs.children.length >= legsMax) return;
  const leg = at("leg").content.firstElementChild.cloneNode(true);
  const [instrument, , size] = leg.querySelectorAll("select, input");
  const useLot = () => (size.value = instrument.selectedOptions[0]?.dataset.lot ?? "");
  instrument.selectedIndex = Math.min(legs.children.length, instrument.options.length - 1);
  instrument.addEventListener("change", useLot);
  useLot();
  leg.querySelector("[data-remove]").addEventListener("click", () => {
    leg.remove();
    showLegs();
    at("add-leg").focus();
  });
  legs.append(leg);
  showLegs();
}

function showLegs() {
  at("add-leg").hidden = legs.children.length >= legsMax;
  for (const each of legs.querySelectorAll("[data-remove]")) each.hidden = legs.children.length === 1;
}

function wantedLegs() {
  return [...legs.children].map((leg) => {
    const [instrument, side, size] = [...leg.querySelectorAll("select, input")].map(({ value }) => value.trim());
    return { instrument, side, size };
  });
}

async function ask() {
  const { amount, side, open_ms: openMs, makers } = Object.fromEntries(new FormData(form));
  const terms = {
    side,
    openMs: Number(openMs),
    makers: makers.split(/[\s,]+/).filter(Boolean).map(Number),
    disclosed: !form.anonymous.checked,
  };
  at("ask-result").textContent = "";
  const { request } = await venue.rfq.openRequest(wantedLegs(), Number(amount), terms);
  at("accept-result").textContent = "";
  follow(request);
}

async function start() {
  venue = await connectWallet();
  const found = (await venue.get("/instruments")).instruments;
  instruments = new Map(found.map((each) => [each.instrument_id, each]));
  const account = element("a", { href: `/accounts/${venue.account}` }, `account ${venue.account}`);
  at("quotes-state").replaceChildren("Asking for ", account, ".");
  at("quotes-connect").hidden = true;
  form.hidden = false;
  if (!legs.children.length) addLeg();
  const kept = Number(location.hash.slice(1));
  if (Number.isSafeInteger(kept) && kept > 0) follow(kept);
}

// --- a request and its quotes ---

/** Show a request until it is closed, in place of the one before. */
function follow(number) {
  following?.abort();
  following = new AbortController();
  const { signal } = following;
  shown = null;
  rows.clear();
  body.replaceChildren();
  history.replaceState(null, "", `#${number}`); // loading the page again finds it
  told(at("asked-state"), async () => {
    for await (const found of venue.rfq.followQuotes(number, signal)) {
      if (signal.aborted) return;
      shown = found;
      draw();
    }
  }).then((isDone) => {
    if (isDone || signal.aborted) return;
    shown = null; // what was shown holds no more: the reason stands in its place
    rows.clear();
    body.replaceChildren();
    at("asked-legs").replaceChildren();
    at("withdraw").hidden = true;
    asked.hidden = false;
  });
}

function draw() {
  const { quote_request: request, bids, asks } = shown;
  asked.hidden = false;
  at("asked-legs").replaceChildren(
    ...request.legs.map(({ side, size, instrument }) =>
      element("li", { class: side }, element("span", { class: side }, side), ` ${grouped(size)} ${instrument}`),
    ),
  );
  at("withdraw").hidden = request.state !== "OPEN";
  const isOpen = request.state === "OPEN";
  const sides = [["sell", bids], ["buy", asks]].flatMap(([side, quotes]) =>
    (isOpen ? quotes.slice(0, QUOTES_SHOWN) : []).map((quote) => ({ side, quote, name: `${side} ${quote.maker} ${quote.version}` })),
  );
  const names = new Set(sides.map(({ name }) => name));
  for (const name of rows.keys()) if (!names.has(name)) rows.delete(name);
  for (const each of sides) {
    const row = rows.get(each.name);
    if (row) row.quote = each.quote;
    else rows.set(each.name, rowOf(each));
  }
  const wanted = sides.map(({ name }) => rows.get(name).element);
  const isSame = wanted.length === body.children.length && wanted.every((each, n) => body.children[n] === each);
  if (!isSame) body.replaceChildren(...wanted); // a row that stays keeps its focus
  if (!wanted.length) {
    const said = isOpen ? "No quotes yet." : "Its quotes are gone.";
    body.replaceChildren(element("tr", {}, element("td", { colspan: 10, class: "muted" }, said)));
  }
  tick();
}

/** Return a quote's side as a row: its cells that change, and when its margin was asked for. */
function rowOf({ side, quote }) {
  const prices = side === "sell" ? quote.bid : quote.ask;
  const request = shown.quote_request;
  const cell = (text = "", kind = "n") => element("td", { class: kind }, text);
  const button = element("button", { type: "button", class: "quiet" });
  const row = { side, quote, button, before: cell("…"), after: cell("…"), fees: cell("…"), left: cell(), askedMs: 0 };
  let value = "unreadable";
  try {
    value = usd(structureValue(request, prices.price_ticks, instruments));
  } catch {
    button.hidden = true; // not a quote of these legs: nothing that could be signed
  }
  const legPrices = prices.prices.map((price, n) => `${request.legs[n]?.instrument ?? "?"} ${grouped(price)}`);
  button.textContent = quote.consent ? (side === "sell" ? "Sell" : "Buy") : "Say who asks";
  if (!quote.consent) button.title = "The quote is indicative: this maker signs once it knows who asks";
  const what = `${button.textContent}, maker ${quote.maker}, ${value} USD`;
  button.setAttribute("aria-label", what);
  onClick(button, at("accept-result"), () => take(row));
  const kind = element("td", { class: side }, side);
  if (!quote.consent) kind.append(" ", element("span", { class: "tag" }, "indicative"));
  row.element = element(
    "tr", {}, kind, cell(quote.maker), cell(value, "n value"), element("td", {}, button), cell(grouped(quote.amount)),
    row.before, row.after, row.fees, row.left, element("td", {}, legPrices.join(", ")),
  );
  return row;
}

async function take({ quote, side }) {
  const { quote_request: request } = shown;
  const result = at("accept-result");
  if (!quote.consent) {
    await venue.rfq.disclose(request.request, quote.maker);
    result.textContent = `Maker ${quote.maker} sees that account ${venue.account} asks. A signed quote comes here, or does not.`;
    return;
  }
  result.textContent = "Sign in your wallet…";
  const ack = await venue.rfq.accept(request, quote, side);
  const { batch, segment, index } = ack.receipt.position;
  const link = element("a", { href: `/ops/${batch}/${segment}/${index}` }, "finality and proof");
  const said = ack.result === "OK" ? `Traded with maker ${quote.maker}. ` : `Nothing was traded, ${words(ack.result)}. `;
  result.replaceChildren(said, link);
}

onClick(at("withdraw"), at("accept-result"), () => venue.rfq.withdrawRequest(shown.quote_request.request));

// --- what changes by the clock ---

let isAskingMargins = false;

/** Ask for the margins of rows that are shown, one after the other, each again once it is old. */
async function askMargins() {
  if (isAskingMargins) return;
  isAskingMargins = true;
  try {
    for (const row of [...rows.values()]) {
      if (shown === null || !row.element.isConnected || Date.now() - row.askedMs < MARGIN_MS) continue;
      row.askedMs = Date.now();
      try {
        const { before, after, fees, passes, result } = await venue.rfq.margin(shown.quote_request, row.quote, row.side);
        const unknown = result === "PORTFOLIO_UNFIT" || result === "PORTFOLIO_STALE";
        row.before.textContent = unknown && !before.is_portfolio ? "—" : cents(before.initial_margin);
        row.after.replaceChildren(unknown ? "—" : cents(after.initial_margin), ...(passes ? [] : [" ", element("span", { class: "tag overdue" }, result === "MARGIN_INSUFFICIENT" ? "too little equity" : words(result))]));
        row.fees.textContent = cents(fees);
      } catch {
        for (const each of [row.before, row.after, row.fees]) each.textContent = "—";
      }
    }
  } finally {
    isAskingMargins = false;
  }
}

function tick() {
  if (shown === null) return;
  const { quote_request: request } = shown;
  const { state, amount, side, disclosed, trades } = request;
  const left = state === "OPEN" ? `open for ${secondsLeft(request.expiry_ms)} s more` : words(state);
  const wanted = side === "both" ? "both sides" : side;
  const said = `Request ${request.request}: ${wanted}, ${grouped(amount)} structures, ${disclosed ? "disclosed" : "anonymous"}, ${left}. `;
  const links = trades.map(({ maker, position: { batch, segment, index } }) =>
    element("a", { href: `/ops/${batch}/${segment}/${index}` }, `the trade with maker ${maker}`),
  );
  const line = at("asked-state");
  if (line.textContent !== said + links.map(({ textContent }) => textContent).join("")) line.replaceChildren(said, ...links);
  for (const row of rows.values()) row.left.textContent = `${secondsLeft(row.quote.expiry_ms)} s`;
  if (state === "OPEN") askMargins();
}

setInterval(tick, 1_000);
addEventListener("hashchange", () => {
  const number = Number(location.hash.slice(1));
  if (venue && Number.isSafeInteger(number) && number > 0 && number !== shown?.quote_request.request) follow(number);
});
onClick(at("quotes-connect"), at("quotes-state"), start);
at("add-leg").addEventListener("click", addLeg);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  told(at("ask-result"), ask);
});
