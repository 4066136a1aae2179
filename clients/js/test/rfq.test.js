// Requests for quotes: what a quote is worth and which trade it is, then against a running gateway
// (as venue.test.js: GATEWAY_URL, TRADER_KEY, OTHER_KEY and SYMBOL).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as client from "../src/index.js";

const { acceptedTrade, blockLegs, connect, QuoteDesk, QuoteNonces, requestTrade, structureValue } = client;
const { GATEWAY_URL: url, TRADER_KEY: secret, OTHER_KEY: otherSecret, SYMBOL: symbol } = process.env;
const WebSocket = globalThis.WebSocket ?? (await import("ws")).WebSocket;

const REQUEST = {
  request: 5,
  account: 7,
  amount: 3,
  legs: [
    { instrument: "A", instrument_id: 1, side: "buy", lots: 10 },
    { instrument: "B", instrument_id: 2, side: "sell", lots: 20 },
  ],
};
const CONSENT = { session: 0, nonce: "18446744073709551615", expiry_ms: 9, max_fee_ppm: 1, bid_signature: null, ask_signature: "0x" + "11".repeat(64) };
const QUOTE = { maker: 12, version: 1, amount: 2, bid: null, ask: { price_ticks: [1_001, 1_000], value: "-1000" }, consent: CONSENT };

test("a quote's trade has its prices and its structures, each side seen from its party", () => {
  const { trade } = acceptedTrade(REQUEST, QUOTE, "buy");
  assert.deepEqual(trade, {
    account: 7,
    counterparty: 12,
    legs: [
      { instrument: 1, sell: false, price: 1_001, lots: 20 },
      { instrument: 2, sell: true, price: 1_000, lots: 40 },
    ],
  });
  assert.deepEqual(blockLegs(REQUEST, [1, 1], 1, true).map(({ sell }) => sell), [true, false]);
});

test("what a structure costs is of its ticks, whatever the gateway says", () => {
  const instruments = new Map([[1, { tick_value_micro_usd: 1_000 }], [2, { tick_value_micro_usd: 1_000 }]]);
  assert.equal(structureValue(REQUEST, [1_001, 1_000], instruments), (10n * 1_001n - 20n * 1_000n) * 1_000n);
  const huge = { ...REQUEST, legs: [{ instrument_id: 1, side: "buy", lots: 2 ** 40 - 1 }] };
  const costly = new Map([[1, { tick_value_micro_usd: 2 ** 24 - 1 }]]);
  assert.equal(structureValue(huge, [2 ** 32 - 1], costly), (2n ** 40n - 1n) * (2n ** 32n - 1n) * (2n ** 24n - 1n));
});

test("nothing that a hostile gateway says is signed as something else", () => {
  for (const ticks of [[1], [1, 0], [1, 1.5], [1, "1"], [1, 2 ** 60], null, []]) {
    assert.throws(() => requestTrade(REQUEST, 12, ticks, 1, false), RangeError, String(ticks));
  }
  for (const amount of [0, -1, 4, 1.5, "1", 2 ** 60]) assert.throws(() => requestTrade(REQUEST, 12, [1, 1], amount, false), RangeError);
  const strange = { ...REQUEST, legs: [{ ...REQUEST.legs[0], side: "BUY" }, REQUEST.legs[1]] };
  assert.throws(() => requestTrade(strange, 12, [1, 1], 1, false), RangeError);
  assert.throws(() => requestTrade({ ...REQUEST, account: null }, 12, [1, 1], 1, false), RangeError);
  assert.throws(() => requestTrade(REQUEST, 7, [1, 1], 1, false), RangeError);
  assert.throws(() => acceptedTrade(REQUEST, { ...QUOTE, consent: null }, "buy"), RangeError);
  assert.throws(() => acceptedTrade(REQUEST, QUOTE, "sell"), RangeError);
  assert.throws(() => acceptedTrade(REQUEST, QUOTE, "both"), RangeError);
});

test("an access is signed as the protocol's page and its generated types say", () => {
  const wire = readFileSync(new URL("../src/wire.ts", import.meta.url), "utf8");
  const [, typehash] = /QuoteAccess: "(0x[0-9a-f]{64})"/.exec(wire);
  const fields = { account: 1, session: 2, expiry_ms: 3 };
  const { types, message } = client.typedData("QUOTE_ACCESS", fields, 1, "0x" + "5f".repeat(20));
  const members = types.QuoteAccess.map(({ type, name }) => `${type} ${name}`);
  const hash = client.keccak256(new TextEncoder().encode(`QuoteAccess(${members})`));
  assert.equal(client.toHex(hash), typehash);
  assert.deepEqual(message, { account: "1", session: "2", expiry: "3" });
  const words = [1, 2, 3].map((each) => client.uint(each, 32));
  assert.equal(client.toHex(client.structHash("QUOTE_ACCESS", fields)), client.toHex(client.keccak256(hash, ...words)));
});

test("one nonce for a request's quotes, and again once they have expired", async () => {
  let taken = 0n;
  const nonces = new QuoteNonces(async () => taken++);
  assert.deepEqual(await Promise.all([nonces.of(1, 50, 0), nonces.of(1, 90, 0), nonces.of(2, 50, 0)]), [0n, 0n, 1n]);
  assert.equal(await nonces.of(3, 200, 60), 1n); // request 2's is free, request 1's is not
  nonces.refused(1);
  assert.equal(await nonces.of(1, 200, 60), 2n);
  const failing = new QuoteNonces(() => Promise.reject(new Error("no gateway")));
  await assert.rejects(failing.of(1, 5, 0), /no gateway/);
  await assert.rejects(failing.of(1, 5, 0), /no gateway/); // asked again, not stuck
});

/** Return a desk whose venue is played: `ended` are what its subscriptions end with, in turn. */
function desk(ended, heard = []) {
  const venue = {
    account: 7,
    session: 0,
    separator: new Uint8Array(32),
    now: 1_000,
    nowMs: () => venue.now,
    signer: { sign: async () => new Uint8Array(64) },
    live: {
      subscribe(channel, of, handler) {
        heard.push(of.access.expiry_ms);
        queueMicrotask(() => {
          handler({ type: "item", channel, quote_request: { request: 5, state: "OPEN" }, bids: [], asks: [] });
          venue.now += 1_700_000;
          handler({ type: "ended", channel, ...ended.shift() });
        });
        return () => {};
      },
    },
  };
  return new QuoteDesk(venue, {});
}

test("a stream whose access has expired is asked for with another one", async () => {
  const heard = [];
  const error = { name: "UNAUTHENTICATED", message: "expired", retry: false };
  const found = [];
  for await (const each of desk([{ error }, {}], heard).followQuotes(5)) found.push(each);
  assert.equal(found.length, 2);
  assert.equal(heard[1] - heard[0], 1_700_000);
});

test("a stream that is refused for another reason throws it", async () => {
  const error = { name: "NOT_FOUND", message: "no request 5", retry: false };
  await assert.rejects(async () => {
    for await (const _ of desk([{ error }]).followQuotes(5));
  }, { name: "NOT_FOUND" });
});

test("a wallet that refused to sign an access is asked again", async () => {
  let asked = 0;
  const venue = { account: 7, session: 0, separator: new Uint8Array(32), nowMs: () => 0 };
  venue.signer = {
    sign: async () => {
      if (!asked++) throw new Error("User rejected the request.");
      return new Uint8Array(64);
    },
  };
  const own = new QuoteDesk(venue, {});
  await assert.rejects(own.access(), /rejected/);
  const both = await Promise.all([own.access(), own.access()]);
  assert.equal(both[0], both[1]);
  assert.equal(asked, 2);
});

// --- against a gateway ---

async function withBoth(run) {
  const venues = await Promise.all([secret, otherSecret].map((each) => connect(url, { secret: each, WebSocket })));
  try {
    await run(...venues);
  } finally {
    for (const each of venues) each.close();
  }
}

/** Return the next thing of a stream that a condition holds of; the stream goes on. */
async function first(stream, isWanted) {
  for (;;) {
    const { value, done } = await stream.next();
    if (done) throw new Error("the stream ended");
    if (isWanted(value)) return value;
  }
}

const position = async (venue) => (await venue.accountState()).positions.find(({ instrument }) => instrument === symbol)?.lots ?? 0;

test("a structure is asked for, quoted, looked at and bought", { skip: !url }, () =>
  withBoth(async (taker, maker) => {
    const before = await Promise.all([position(taker), position(maker)]);
    const heard = maker.rfq.followRequests();
    const opened = await taker.rfq.openRequest([{ instrument: symbol, side: "buy", size: "0.05" }], 2, { side: "buy" });
    const asked = await first(heard, ({ request }) => request === opened.request);
    assert.deepEqual([asked.account, asked.amount, asked.legs[0].lots], [taker.account, 2, 5]);
    assert.equal(await maker.rfq.quote(asked, { ask: ["100.2"] }), 1);
    assert.equal(await maker.rfq.quote(asked, { ask: ["100.1"] }), 2);
    const quotes = taker.rfq.followQuotes(opened.request);
    const { quote_request: request, asks: [quote] } = await first(quotes, ({ asks }) => asks[0]?.version === 2);
    assert.deepEqual([quote.ask.prices, quote.ask.value], [["100.1"], "5.005"]);
    const margin = await taker.rfq.margin(request, quote, "buy");
    assert.ok(margin.passes);
    const ack = await taker.rfq.accept(request, quote, "buy");
    assert.equal(ack.result, "OK");
    const closed = await first(quotes, ({ quote_request: { state } }) => state === "TRADED");
    assert.deepEqual(closed.quote_request.trades, [{ maker: maker.account, position: ack.receipt.position }]);
    assert.deepEqual(await Promise.all([position(taker), position(maker)]), [before[0] + 10, before[1] - 10]);
    const state = await taker.accountState();
    assert.equal(state.initial_margin, margin.after.initial_margin);
    await assert.rejects(taker.rfq.accept(request, quote, "buy"), { result: "NONCE_USED" });
    assert.ok((await quotes.next()).done);
    await assert.rejects(maker.rfq.quote(asked, { ask: ["100"] }), { name: "REQUEST_CLOSED" });
  }),
);

test("an anonymous request is disclosed to the maker that then signs", { skip: !url }, () =>
  withBoth(async (taker, maker) => {
    const leg = { instrument: symbol, side: "sell", size: "0.05" };
    const { request: number } = await taker.rfq.openRequest([leg], 1, { disclosed: false, makers: [maker.account] });
    const blind = await maker.rfq.request(number);
    assert.equal(blind.account, null);
    await maker.rfq.quote(blind, { bid: ["100"], ask: ["99.9"] });
    const found = await first(taker.rfq.followQuotes(number), ({ bids }) => bids.length);
    assert.equal(found.bids[0].consent, null);
    await assert.rejects(taker.rfq.accept(found.quote_request, found.bids[0], "sell"), RangeError);
    await taker.rfq.disclose(number, maker.account);
    const seen = await maker.rfq.request(number);
    assert.equal(seen.account, taker.account);
    await maker.rfq.quote(seen, { bid: ["100"], ask: ["99.9"] });
    const signed = await first(taker.rfq.followQuotes(number), ({ bids }) => bids[0]?.consent);
    assert.equal((await taker.rfq.accept(signed.quote_request, signed.bids[0], "sell")).result, "OK");
    // Bid and ask have one nonce: the other is gone, and nobody signs three times to learn it.
    let signatures = 0;
    const { sign } = taker.signer;
    taker.signer = { ...taker.signer, sign: (...given) => (signatures++, sign(...given)) };
    await assert.rejects(taker.rfq.accept(signed.quote_request, signed.asks[0], "buy"), { result: "NONCE_USED" });
    assert.equal(signatures, 1);
  }),
);

test("requests and quotes are withdrawn, and are nobody else's", { skip: !url }, () =>
  withBoth(async (taker, maker) => {
    const leg = { instrument: symbol, side: "buy", size: "0.05" };
    const { request: number } = await taker.rfq.openRequest([leg], 1);
    const asked = await maker.rfq.request(number);
    await assert.rejects(maker.rfq.quote(asked, {}), RangeError);
    await assert.rejects(maker.rfq.quote(asked, { ask: ["100", "100"] }), RangeError);
    await assert.rejects(maker.rfq.quote(asked, { ask: ["100.05"] }), RangeError);
    await maker.rfq.quote(asked, { ask: ["100"] });
    await maker.rfq.withdrawQuote(number);
    await assert.rejects(maker.rfq.withdrawQuote(number), { name: "QUOTE_GONE" });
    await assert.rejects(maker.rfq.withdrawRequest(number), { name: "NOT_FOUND" });
    await assert.rejects(first(maker.rfq.followQuotes(number), () => true), { name: "NOT_FOUND" });
    await taker.rfq.withdrawRequest(number);
    await assert.rejects(taker.rfq.withdrawRequest(number), { name: "REQUEST_CLOSED" });
    await assert.rejects(taker.rfq.openRequest([{ ...leg, size: "0.055" }], 1), RangeError);
    await assert.rejects(taker.rfq.openRequest([leg, leg], 1), { name: "REQUEST_MALFORMED" });
  }),
);

test("quotes are followed through a lost connection, and until somebody stops", { skip: !url }, async () => {
  const sockets = [];
  class Kept extends WebSocket {
    constructor(...given) {
      super(...given);
      sockets.push(this);
    }
  }
  const taker = await connect(url, { secret, WebSocket: Kept });
  const leg = { instrument: symbol, side: "buy", size: "0.05" };
  const { request: number } = await taker.rfq.openRequest([leg], 1);
  const stop = new AbortController();
  const quotes = taker.rfq.followQuotes(number, stop.signal);
  assert.equal((await quotes.next()).value.quote_request.state, "OPEN");
  sockets[0].close();
  assert.equal((await quotes.next()).value.quote_request.state, "OPEN"); // as it is, heard again
  const waiting = quotes.next();
  stop.abort();
  assert.equal((await waiting).done, true);
  await taker.rfq.withdrawRequest(number);
  taker.close();
});
