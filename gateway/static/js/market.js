// A market, live: ladder, trades and candles from the gateway's WebSocket.
import { LiveSocket } from "/static/client/live_socket.js";
import { CandlestickSeries, createChart } from "/vendor/charts/lightweight-charts.standalone.production.mjs";
import { element, grouped } from "./elements.js";

const LEVELS = 12;
const TRADES = 40;
const symbol = document.getElementById("market").dataset.instrument;
const live = new LiveSocket(location.origin.replace(/^http/, "ws") + "/api/v1/live");

// --- the ladder ---

const sides = { bids: new Map(), asks: new Map() };
let isDrawn = true;

function takeBook(message) {
  if (message.type === "refused") {
    document.getElementById("book-state").textContent = message.error.message;
    return;
  }
  for (const [name, levels] of Object.entries(sides)) {
    if (message.type === "snapshot") levels.clear();
    for (const [price, size, orders] of message[name] ?? []) {
      if (size === "0") levels.delete(price);
      else levels.set(price, [price, size, orders]);
    }
  }
  if (isDrawn) requestAnimationFrame(drawBook);
  isDrawn = false;
}

function bestOf(name) {
  const sign = name === "bids" ? -1 : 1;
  return [...sides[name].values()].sort((a, b) => sign * (a[0] - b[0])).slice(0, LEVELS);
}

function drawBook() {
  isDrawn = true;
  const [bids, asks] = [bestOf("bids"), bestOf("asks")];
  const most = Math.max(...[...bids, ...asks].map(([, size]) => Number(size)), 0);
  const rowOf = (side) => ([price, size, orders]) => {
    const cells = [grouped(price), grouped(size), orders].map((x) => element("td", { class: "n" }, x));
    const row = element("tr", { class: side }, ...cells);
    row.style.setProperty("--depth", `${(100 * Number(size)) / most}%`);
    return row;
  };
  document.getElementById("bids").replaceChildren(...bids.map(rowOf("buy")));
  document.getElementById("asks").replaceChildren(...asks.map(rowOf("sell")).reverse());
  document.getElementById("spread").textContent =
    bids.length && asks.length ? `${grouped(bids[0][0])} – ${grouped(asks[0][0])}` : "one side is empty";
  document.getElementById("book-state").textContent = "live";
}

// --- trades ---

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });

function takeTrade(message) {
  if (message.type !== "item") return;
  const { batch, segment, index } = message.position;
  const price = grouped(message.price);
  const shown = message.from_inbox
    ? price
    : element("a", { href: `/ops/${batch}/${segment}/${index}` }, price);
  const row = element(
    "tr",
    { class: message.taker_side },
    element("td", { class: "n" }, shown),
    element("td", { class: "n" }, grouped(message.size)),
    message.is_block
      ? element("td", {}, `${message.taker_side} `, element("span", { class: "tag" }, "block"))
      : element("td", {}, message.taker_side),
    element("td", {}, element("time", {}, clock.format(message.time_ms))),
  );
  const body = document.getElementById("trades");
  body.prepend(row);
  while (body.children.length > TRADES) body.lastChild.remove();
  if (!message.is_block) addToChart(message); // its price is not the market's
}

// --- the chart ---

const SECONDS = { "1m": 60, "5m": 300, "1h": 3600, "1d": 86400 };
const holder = document.getElementById("chart");
let [interval, candle, series] = ["1m", null, null];

function colours() {
  const of = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return { text: of("--muted"), line: of("--line"), buy: of("--buy"), sell: of("--sell") };
}

function drawChart() {
  const { text, line, buy, sell } = colours();
  const chart = createChart(holder, {
    autoSize: true,
    layout: { background: { color: "transparent" }, textColor: text, attributionLogo: false },
    grid: { vertLines: { color: line }, horzLines: { color: line } },
    timeScale: { timeVisible: true, borderColor: line, maxBarSpacing: 28 },
    rightPriceScale: { borderColor: line },
  });
  const marks = { upColor: buy, downColor: sell, wickUpColor: buy, wickDownColor: sell };
  series = chart.addSeries(CandlestickSeries, { ...marks, borderVisible: false });
  return chart;
}

let chart = drawChart();

async function loadCandles() {
  const answer = await fetch(`/api/v1/instruments/${encodeURIComponent(symbol)}/candles?interval=${interval}&limit=500`);
  if (!answer.ok) return;
  const { candles } = await answer.json();
  const data = candles.map((each) => ({
    time: each.time_ms / 1000,
    open: Number(each.open),
    high: Number(each.high),
    low: Number(each.low),
    close: Number(each.close),
  }));
  series.setData(data);
  candle = data.at(-1) ?? null;
  chart.timeScale().fitContent();
}

function addToChart(trade) {
  const price = Number(trade.price);
  const time = Math.floor(trade.time_ms / 1000 / SECONDS[interval]) * SECONDS[interval];
  if (candle !== null && time < candle.time) return;
  if (candle === null || time > candle.time) {
    candle = { time, open: price, high: price, low: price, close: price };
  } else {
    const [high, low] = [Math.max(candle.high, price), Math.min(candle.low, price)];
    candle = { ...candle, high, low, close: price };
  }
  series.update(candle);
}

for (const button of document.querySelectorAll("[data-interval]")) {
  button.addEventListener("click", () => {
    interval = button.dataset.interval;
    for (const each of document.querySelectorAll("[data-interval]")) {
      each.setAttribute("aria-pressed", String(each === button));
    }
    loadCandles();
  });
}

document.addEventListener("theme", () => {
  chart.remove();
  chart = drawChart();
  loadCandles();
});

loadCandles();
live.subscribe("book", { instrument: symbol }, takeBook);
live.subscribe("trades", { instrument: symbol }, takeTrade);
live.open().catch(() => {
  document.getElementById("book-state").textContent = "connecting";
});
