import assert from "node:assert/strict";
import { test } from "node:test";
import { compactSignature, lotsOf, microUsdOf, ticksOf, typedData } from "../src/index.js";

const BTC = { index_per_tick_nano_usd: "500000000", tick_value_micro_usd: 500 }; // 0.5 USD, 0.001

test("prices and sizes are exact", () => {
  assert.equal(ticksOf(BTC, "96400.5"), 192_801n);
  assert.equal(lotsOf(BTC, "0.015"), 15n);
  assert.equal(microUsdOf("12.000001"), 12_000_001n);
});

test("nothing is rounded", () => {
  for (const price of ["96400.25", "0", "-1", "1e3", "", 96400.5, "0x10", "１"]) {
    assert.throws(() => ticksOf(BTC, price), RangeError, String(price));
  }
  for (const amount of ["0.0000001", "0", "-1", 5]) assert.throws(() => microUsdOf(amount), RangeError);
  for (const size of ["0.0015", "0", ".5"]) assert.throws(() => lotsOf(BTC, size), RangeError, size);
});

test("a wallet's signature loses its last byte and keeps its parity", () => {
  const signature = new Uint8Array(65).fill(1);
  signature[64] = 28;
  assert.equal(compactSignature(signature)[32], 0x81);
  signature[64] = 29;
  assert.throws(() => compactSignature(signature), RangeError);
});

test("typed data of a bundle has the types that it names", () => {
  const action = { kind: "CANCEL_ALL", instrument: 0 };
  const fields = { account: 1, session: 0, nonce: 2n ** 60n, expiry_ms: 1, max_fee_ppm: 1, actions: [action] };
  const data = typedData("BUNDLE", fields, 1, "0x" + "5f".repeat(20));
  assert.deepEqual(Object.keys(data.types), ["EIP712Domain", "Bundle", "Action"]);
  assert.equal(data.message.nonce, "1152921504606846976");
  assert.equal(data.message.actions[0].kind, "3");
});
