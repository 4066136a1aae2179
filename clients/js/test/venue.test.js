// Against a running gateway: GATEWAY_URL, TRADER_KEY and SYMBOL name it (tests/integration/gateway).
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkReceipt, connect, fromHex, ReceiptInvalid, signerOf, toHex, typedData } from "../src/index.js";

const { GATEWAY_URL: url, TRADER_KEY: secret, SYMBOL: symbol } = process.env;
const WebSocket = globalThis.WebSocket ?? (await import("ws")).WebSocket;

async function withVenue(run) {
  const venue = await connect(url, { secret, WebSocket });
  try {
    await run(venue);
  } finally {
    venue.close();
  }
}

/** Return the next message of a channel that a condition holds of. */
function heard(venue, channel, of, isWanted) {
  return new Promise((resolve) => {
    const stop = venue.live.subscribe(channel, of, (message) => {
      if (!isWanted(message)) return;
      stop();
      resolve(message);
    });
  });
}

test("an order is placed, seen in the book and by its account, and cancelled", { skip: !url }, () =>
  withVenue(async (venue) => {
    const own = heard(venue, "orders", { account: venue.account }, ({ kind }) => kind === "RESTED");
    const inBook = heard(venue, "book", { instrument: symbol }, ({ bids }) =>
      bids?.some(([price]) => price === "91.3"),
    );
    const ack = await venue.place(symbol, "buy", "91.3", "0.05", { client_id: 2n ** 64n - 1n });
    assert.equal(ack.result, "OK");
    assert.equal(ack.actions[0].resting_lots, 5);
    await inBook;
    assert.equal((await own).client_id, "18446744073709551615");
    const { slot, serial } = ack.actions[0];
    assert.equal((await venue.cancel(symbol, slot, serial)).actions[0].result, "OK");
    for await (const step of venue.followFinality(ack)) {
      assert.ok(["accepted", "ordered"].includes(step.state));
      break;
    }
  }),
);

test("a quote is renewed, and taken out", { skip: !url }, () =>
  withVenue(async (venue) => {
    const [bid, ask] = (await venue.quote(symbol, { price: "91.3", size: "0.05" }, { price: "108", size: "0.05" })).actions;
    assert.equal(bid.resting_lots, 5);
    const moved = { price: "91.2", size: "0.04", slot: bid.slot, serial: bid.serial };
    const [lower, out] = (await venue.quote(symbol, moved, { slot: ask.slot, serial: ask.serial })).actions;
    assert.deepEqual([lower.resting_lots, out.result], [4, "OK"]);
    const { slot, serial } = lower;
    assert.equal((await venue.quote(symbol, { slot, serial }, null)).actions[0].result, "OK");
  }),
);

test("an account's Greeks arrive: sums by underlying and expiry add up", { skip: !url }, () =>
  withVenue(async (venue) => {
    const { account, positions, greeks } = await venue.accountState();
    assert.equal(account, venue.account);
    assert.equal(greeks.length > 0, positions.some(({ lots }) => lots !== 0));
    for (const { delta, expiries } of greeks) {
      assert.ok(Math.abs(delta - expiries.reduce((sum, each) => sum + Number(each.delta), 0)) < 1e-9);
    }
    const told = await heard(venue, "account", { account }, ({ type }) => type === "item");
    assert.ok(!("open_orders" in told) && Array.isArray(told.greeks));
  }),
);

test("many orders at once share no nonce", { skip: !url }, () =>
  withVenue(async (venue) => {
    const prices = Array.from({ length: 10 }, (_, n) => `90.${n}`);
    const acks = await Promise.all(prices.map((price) => venue.place(symbol, "buy", price, "0.05")));
    assert.ok(acks.every((ack) => ack.actions[0].result === "OK"));
    await venue.cancelAll();
  }),
);

test("a refusal has its name, and a receipt of another op is none", { skip: !url }, () =>
  withVenue(async (venue) => {
    const elsewhere = venue.submitActions({ kind: "CANCEL", instrument: 1, slot: 9, serial: 9 });
    assert.equal((await elsewhere).actions[0].result, "ORDER_NOT_FOUND");
    await assert.rejects(venue.instrument("NONE"), { name: "NOT_FOUND" });
    const op = await venue.signBundle([{ kind: "CANCEL_ALL", instrument: 0 }]);
    const { receipt } = await venue.submit(op);
    const [keys, other] = [venue.info.sequencer_keys, toHex(new Uint8Array(20))];
    const wrong = { ...receipt, post_by_ms: receipt.post_by_ms + 1 };
    assert.throws(() => checkReceipt(wrong, op, venue.separator, keys), ReceiptInvalid);
    assert.throws(() => checkReceipt(receipt, op, venue.separator, [other]), ReceiptInvalid);
    assert.throws(() => checkReceipt(receipt, op.slice(1), venue.separator, keys), ReceiptInvalid);
  }),
);

test("orders die at a time that the account sets", { skip: !url }, () =>
  withVenue(async (venue) => {
    const at = venue.nowMs() + 60_000;
    assert.equal((await venue.setCancelAt(at)).result, "OK");
    assert.equal((await venue.get(`/accounts/${venue.account}`)).cancel_at_ms, at);
    await venue.setCancelAt(0);
  }),
);

test("an account is protected, and is not again", { skip: !url }, () =>
  withVenue(async (venue) => {
    assert.equal((await venue.setProtection(1, { window_ms: 500, vega_max: 7_000_000n })).result, "OK");
    const found = (await venue.accountState()).protection;
    assert.deepEqual([found.underlying, found.lots_max, found.vega_max, found.lots], [1, null, "7", 0]);
    assert.equal((await venue.clearProtection()).result, "OK");
    assert.equal((await venue.accountState()).protection, null);
  }),
);

test("a stop-loss waits beside an order, and is taken back", { skip: !url }, () =>
  withVenue(async (venue) => {
    const { instrument } = await venue.order(symbol, "buy", "50", "0.05");
    await venue.place(symbol, "buy", "50", "0.05");
    const stop = { sell: true, lots: 5, falling: true, trigger_price: 40_000_000_000 };
    assert.equal((await venue.setTrigger(instrument, 7, stop)).result, "OK");
    const [found] = (await venue.accountState()).triggers;
    assert.deepEqual([found.place, found.side, found.trigger_price, found.is_dead], [7, "sell", "40", false]);
    assert.equal((await venue.cancelTrigger(instrument, 7)).result, "OK");
    assert.equal((await venue.cancelTrigger(instrument, 7)).result, "TRIGGER_NOT_FOUND");
    assert.deepEqual((await venue.accountState()).triggers, []);
    await venue.cancelAll();
  }),
);

test("a block trade: one account proposes, the other consents, once", { skip: !url }, () =>
  withVenue(async (venue) => {
    const other = await connect(url, { secret: process.env.OTHER_KEY, WebSocket });
    try {
      const leg = await venue.blockLeg(symbol, "buy", "100", "0.05");
      const proposed = JSON.parse(JSON.stringify(venue.proposeBlock(other.account, leg)));
      await assert.rejects(venue.submitBlock(proposed), RangeError);
      await assert.rejects(venue.consent(proposed), RangeError);
      const signed = JSON.parse(JSON.stringify(await other.consent(proposed)));
      const changed = { ...signed, legs: [{ ...leg, price: leg.price + 1 }] };
      assert.equal((await venue.submitBlock(changed).catch((error) => error)).result, "BAD_SIGNATURE");
      const traded = heard(other, "orders", { account: other.account }, ({ is_block: isBlock }) => isBlock);
      assert.equal((await venue.submitBlock(signed)).result, "OK");
      const { side, price, size } = await traded;
      assert.deepEqual([side, price, size], ["sell", "100", "0.05"]);
      assert.equal((await venue.submitBlock(signed).catch((error) => error)).result, "NONCE_USED");
      const elsewhere = { ...signed, rollup: "0x" + "44".repeat(20) };
      await assert.rejects(venue.submitBlock(elsewhere), RangeError);
    } finally {
      other.close();
    }
  }),
);

test("typed data made here is what the gateway makes", { skip: !url }, () =>
  withVenue(async (venue) => {
    const order = { kind: "place", instrument: symbol, side: "sell", price: "101.5", size: "0.05" };
    const form = { account: venue.account, nonce: 7, expiry_ms: 9, max_l1_fee_micro_usd: 5, actions: [order] };
    const body = JSON.stringify(form);
    const headers = { "content-type": "application/json" };
    const theirs = await (await fetch(`${url}/api/v1/typed-data`, { method: "POST", headers, body })).json();
    const actions = [await venue.order(symbol, "sell", "101.5", "0.05")];
    const fields = { account: venue.account, session: 0, nonce: 7, expiry_ms: 9, max_fee_ppm: 1000, max_l1_fee_micro_usd: 5, actions };
    const { chainId, verifyingContract } = venue.info.domain;
    const mine = typedData("BUNDLE", fields, chainId, verifyingContract);
    assert.deepEqual(mine.types, theirs.types);
    const texts = (value) => JSON.parse(JSON.stringify(value, (_, x) => (typeof x === "number" ? String(x) : x)));
    assert.deepEqual(texts(mine.message), texts(theirs.message));
    assert.deepEqual(texts(mine.domain), texts(theirs.domain));
  }),
);

test("a stream that is gone is reported, and followed again from now on", { skip: !url }, async () => {
  const answers = [];
  class Recording extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => answers.push(JSON.parse(data)));
    }
  }
  const venue = await connect(url, { secret, WebSocket: Recording });
  const gone = { instrument: symbol, stream: "of another start", from_sequence: 7 };
  const { error } = await new Promise((resolve) => venue.live.subscribe("trades", gone, resolve));
  assert.equal(error.name, "NOT_FOUND");
  await venue.live.onDisconnect([]); // answered behind the new subscription
  venue.close();
  const types = answers.filter(({ channel }) => channel === "trades").map(({ type }) => type);
  assert.deepEqual(types, ["subscribed", "ended", "subscribed"]);
});

test("whoever asked for a refused subscription gets the error", { skip: !url }, () =>
  withVenue(async (venue) => {
    const told = await new Promise((resolve) => venue.live.subscribe("book", { instrument: "NONE" }, resolve));
    assert.equal(told.type, "refused");
    assert.equal(told.error.name, "NOT_FOUND");
  }),
);

test("keys and money: a session, a guard key and a withdrawal, signed by both keys", { skip: !url }, () =>
  withVenue(async (venue) => {
    const [session, guard] = [signerOf("0x" + "11".repeat(32)), signerOf("0x" + "22".repeat(32))];
    const account = () => venue.get(`/accounts/${venue.account}`);
    const before = await account();
    assert.equal((await venue.setSession(2, session.address, venue.nowMs() + 60_000)).result, "OK");
    assert.equal((await venue.get(`/accounts/${venue.account}/sessions/2`)).key, session.address);
    assert.equal((await venue.setSession(2, null)).result, "OK");
    assert.equal((await venue.setGuard("SET", guard.address)).result, "OK");
    assert.equal((await account()).guard_key, guard.address);
    await assert.rejects(venue.withdraw("1.5"), { result: "GUARD_NEEDED" });
    venue.guard = guard;
    assert.equal((await venue.withdraw("1.5")).result, "OK");
    const spent = (found) => Math.round(1e6 * Number(found.withdrawn));
    assert.equal(spent(await account()) - spent(before), 1_500_000);
    assert.equal((await venue.setGuard("ANNOUNCE")).result, "OK");
    assert.ok((await account()).guard_removal_ms > venue.nowMs());
    assert.equal((await venue.setGuard("KEEP")).result, "OK");
    assert.equal((await venue.setGuard("REMOVE")).result, "OK");
    assert.equal((await account()).guard_key, null);
    assert.throws(() => venue.setGuard("SET"), RangeError);
  }),
);

test("typed data of keys and money is what the gateway makes", { skip: !url }, () =>
  withVenue(async (venue) => {
    const key = "0x" + "33".repeat(20);
    const head = { account: venue.account, nonce: 7, expiry_ms: 9, max_l1_fee_micro_usd: 5 };
    const { chainId, verifyingContract } = venue.info.domain;
    const { instrument, lots } = await venue.order(symbol, "sell", "50", "0.05");
    const [at, named] = [{ session: 0, instrument, place: 2 }, { instrument: symbol, place: 2 }];
    const stop = { sell: 1, reduce_only: 1, falling: 1, by_mark: 0, trigger_price: 92_500_000_000n, limit: 1 };
    Object.assign(stop, { max_fee_ppm: 500, trigger_expiry_ms: 0, client_id: 3 });
    const nothing = Object.fromEntries([...Object.keys(stop), "lots"].map((name) => [name, 0]));
    const wanted = { side: "sell", size: "0.05", reduce_only: true, falling: true, trigger_price: "92.5" };
    Object.assign(wanted, { max_fee_ppm: 500, client_id: 3 });
    const limits = { underlying: 1, window_ms: 5, freeze_ms: 0, lots_max: 9, delta_max: 1_500_000_000n };
    limits.vega_max = 2n ** 63n - 1n;
    const unlimited = Object.fromEntries(Object.keys(limits).map((name) => [name, 0]));
    const shown = { underlying: 1, window_ms: 5, lots_max: 9, delta_max: "1.5" };
    const cases = [
      ["WITHDRAW", { amount_micro_usd: 1_500_000n }, { withdraw: { amount: "1.5" } }],
      ["SET_GUARD", { mode: 0, key: fromHex(key) }, { set_guard: { mode: "SET", key } }],
      ["SET_GUARD", { mode: 2, key: new Uint8Array(20) }, { set_guard: { mode: "KEEP" } }],
      ["SET_SESSION", { slot: 1, key: fromHex(key), scope: 1, session_expiry_ms: 5 }, { set_session: { slot: 1, key, expiry_ms: 5 } }],
      ["SET_MARGIN_MODE", { underlying: 3 }, { set_margin_mode: { underlying: 3 } }],
      ["SET_MARGIN_MODE", { underlying: 0 }, { set_margin_mode: { underlying: 0 } }],
      ["SET_CANCEL_AT", { session: 0, cancel_at_ms: 5 }, { set_cancel_at: { at_ms: 5 } }],
      ["SET_PROTECTION", { session: 0, ...limits }, { set_protection: shown }],
      ["SET_PROTECTION", { session: 0, ...unlimited }, { set_protection: { underlying: 0 } }],
      ["SET_TRIGGER", { ...at, ...stop, lots }, { set_trigger: { ...named, ...wanted } }],
      ["SET_TRIGGER", { ...at, ...nothing }, { set_trigger: named }],
    ];
    const headers = { "content-type": "application/json" };
    const texts = (value) => JSON.parse(JSON.stringify(value, (_, x) => (typeof x === "number" ? String(x) : x)));
    for (const [type, own, form] of cases) {
      const body = JSON.stringify({ ...head, ...form });
      const theirs = await (await fetch(`${url}/api/v1/typed-data`, { method: "POST", headers, body })).json();
      const mine = typedData(type, { ...head, ...own }, chainId, verifyingContract);
      assert.deepEqual(mine.types, theirs.types, type);
      assert.deepEqual(texts(mine.message), texts(theirs.message), type);
    }
  }),
);

test("orders are cancelled when the connection ends", { skip: !url }, async () => {
  const venue = await connect(url, { secret, WebSocket });
  await venue.place(symbol, "buy", "92", "0.05");
  await venue.cancelAllOnDisconnect();
  venue.close();
  const until = Date.now() + 1_000;
  while ((await venue.get(`/accounts/${venue.account}`)).open_orders.length) {
    assert.ok(Date.now() < until, "orders are still there");
  }
});
