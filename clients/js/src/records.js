// Records of the state (docs/protocol/, state): fields packed from the top of 32-byte words.
import { toBigInt, uint } from "./octets.js";

const word = (...fields) => fields; // [name, bits] or [name, bits, "signed" | "bytes"]
const UNUSED = (bits) => ["", bits];
const VERSION = ["version", 8];

const SIGNER = [word(UNUSED(96), ["address", 160, "bytes"])];
const POSITION = [
  word(
    ["instrument", 16],
    ["open_orders", 16],
    ["epoch", 48],
    ["size", 48, "signed"],
    ["linked", 16],
    ["reduce_lots", 48],
    ["factor", 64],
  ),
  word(["buy_lots", 48], ["sell_lots", 48], ["buy_value", 80], ["sell_value", 80]),
  word(["funding_snap", 128, "signed"], ["adl_snap", 128, "signed"]),
];

/** Each record's kind, the words of its head, and what repeats after it. */
export const RECORDS = {
  global: {
    kind: 0,
    head: [
      word(
        VERSION,
        ["clock_ms", 48],
        ["next_account", 32],
        ["next_underlying", 16],
        ["next_instrument", 16],
        ["next_expiry", 16],
        ["reporter_count", 8],
        ["reporter_quorum", 8],
        ["reporter_epoch", 32],
        ["signer_count", 8],
        ["attester_quorum", 8],
      ),
      word(["fee_pool", 128], ["insurance_fund", 128]),
      word(["liabilities", 128], ["negative_houses", 128]),
      word(["fund_day_start", 128], ["lent_today", 128]),
      word(["bad_debt", 128], ["credit_losses", 128]),
      word(["credit", 128], ["day", 32], ["feed_epoch", 48]),
      word(
        ["l1_gas_price", 64],
        ["l1_blob_price", 64],
        ["l1_reported_ms", 48],
        ["eth_underlying", 16],
      ),
      word(
        ["slope_factor_ppm", 32],
        ["slope_least_ppm", 32],
        ["slope_most_ppm", 32],
        ["variance_tau_ms", 32],
      ),
      word(["domain_separator", 256, "bytes"]),
    ],
    repeated: { name: "signers", count: "signer_count", words: SIGNER },
  },
  account: {
    kind: 1,
    head: [
      word(
        VERSION,
        ["owner", 160, "bytes"],
        ["position_count", 8],
        ["epoch_counter", 48],
        ["margin_mode", 8],
        ["tier", 8],
        ["portfolio_underlying", 16],
      ),
      word(["collateral", 128, "signed"], ["withdrawn", 128]),
      word(["guard_key", 160, "bytes"], ["guard_removal_ms", 48], ["cancel_at_ms", 48]),
      word(
        ["credit_limit", 64],
        ["guarantor", 32],
        ["credited_ms", 48],
        ["credit_minutes", 16],
        ["tier_expiry_ms", 48],
        ["attested_ms", 48],
      ),
      word(
        ["protected_underlying", 16],
        ["protection_window_ms", 32],
        ["protection_freeze_ms", 32],
        ["protection_start_ms", 48],
        ["protection_frozen_ms", 48],
        ["protection_lots_max", 40],
        ["protection_lots", 40],
      ),
      word(
        ["protection_delta_max", 64],
        ["protection_vega_max", 64],
        ["protection_delta", 64, "signed"],
        ["protection_vega", 64, "signed"],
      ),
    ],
    repeated: { name: "positions", count: "position_count", words: POSITION },
  },
  session: {
    kind: 2,
    head: [
      word(VERSION, ["scope", 8], ["key", 160, "bytes"], ["expiry_ms", 48]),
      word(["nonce_base", 64], ["nonce_bitmap", 192, "bytes"]),
    ],
  },
  underlying: {
    kind: 3,
    head: [
      word(
        VERSION,
        ["index_price", 64],
        ["raw_price", 64],
        ["publish_time_ms", 48],
        ["bucket_ppm", 16],
        ["slope_ppm", 32],
        ["surface_epoch", 24],
      ),
      word(["symbol", 128, "bytes"], ["variance", 64], ["orphan_ms", 48]),
    ],
  },
  instrument: {
    kind: 4,
    head: [
      word(
        VERSION,
        ["status", 8],
        ["maker_fee_ppm", 32],
        ["taker_fee_ppm", 32],
        ["price_band_ppm", 32],
        ["min_order_value", 64],
        ["last_price", 32],
        ["order_count", 32],
        ["tier", 8],
      ),
      word(
        ["best_bid", 32],
        ["best_ask", 32],
        ["worst_bid", 32],
        ["worst_ask", 32],
        ["free_slot", 32],
        ["next_slot", 32],
        ["next_serial", 48],
      ),
      word(
        ["symbol", 128, "bytes"],
        ["bid_count", 32],
        ["liquidation_fee_ppm", 32],
        ["house_margin_ppm", 32],
      ),
      word(["house_cash", 128, "signed"], ["effective_cash", 128, "signed"]),
      word(
        ["house_lots", 64, "signed"],
        ["takeover_ms", 48],
        ["unwind_ms", 48],
        ["unwound_lots", 64],
      ),
      word(["long_interest", 96], ["short_interest", 96], ["funding_average", 64, "signed"]),
      word(
        ["funding_ms", 48],
        ["funding_cap_ppm", 32],
        ["funding_interest_ppm", 32, "signed"],
        ["funding_tau_ms", 32],
        ["impact_value", 64],
      ),
      word(["loan", 128], ["lent_day", 32], ["settlement_price", 32], ["successor", 16], ["expiry_ms", 48]),
      word(["deficit", 128], ["lent_today", 128]),
    ],
  },
  mark: {
    kind: 5,
    head: [
      word(
        VERSION,
        ["kind", 8],
        ["underlying", 16],
        ["tick_value", 24],
        ["index_per_tick", 64],
        ["initial_margin_ppm", 32],
        ["maintenance_margin_ppm", 32],
        ["fixed_price", 32],
        ["expiry", 16],
      ),
      word(
        ["long_factor", 64],
        ["short_factor", 64],
        ["long_deleveraged_ms", 48],
        ["short_deleveraged_ms", 48],
        ["index_ppb", 32],
      ),
      word(["funding_index", 128, "signed"], ["long_adl_index", 128, "signed"]),
      word(["short_adl_index", 128, "signed"]),
    ],
  },
  order: {
    kind: 6,
    head: [
      word(
        VERSION,
        ["flags", 8],
        ["price", 32],
        ["lots", 40],
        ["account", 32],
        ["epoch", 48],
        ["serial", 48],
      ),
      word(
        ["prev", 32],
        ["next", 32],
        ["expiry_ms", 48],
        ["client_id", 64],
        ["max_fee_ppm", 32],
        UNUSED(48),
      ),
    ],
  },
  expiry: {
    kind: 7,
    head: [
      word(
        VERSION,
        ["underlying", 16],
        ["expiry_ms", 48],
        ["publish_time_ms", 48],
        ["forward_ppb", 32],
        ["rate_ppm", 32, "signed"],
        ["confidence_ppm", 32],
        ["future", 16],
      ),
      word(
        ["svi_a", 64, "signed"],
        ["svi_b", 64],
        ["svi_rho", 64, "signed"],
        ["svi_m", 64, "signed"],
      ),
      word(["svi_sigma", 64], ["svi_forward", 64], ["svi_time_ms", 48]),
      word(["accumulated", 128], ["covered_ms", 32], ["sampled_ms", 48]),
      word(["settlement", 64], ["settled_ms", 48]),
    ],
  },
  array: {
    kind: 8,
    head: [
      word(VERSION, ["priced_ms", 48], ["long_factor", 64], ["short_factor", 64], ["contingency_factor", 64]),
      ...Array.from({ length: 11 }, (_, n) => word([`lanes_${n}`, 256])),
    ],
  },
  trigger: {
    kind: 10,
    head: [
      word(
        VERSION,
        ["sell", 8],
        ["reduce_only", 8],
        ["falling", 8],
        ["by_mark", 8],
        ["trigger_price", 64],
        ["limit", 32],
        ["lots", 40],
        ["max_fee_ppm", 32],
        ["expiry_ms", 48],
      ),
      word(["epoch", 48], ["client_id", 64]),
    ],
  },
  certificate: {
    kind: 11,
    head: [
      word(
        VERSION,
        ["time_ms", 48],
        ["ends_ms", 48],
        ["feed_epoch", 48],
        ["surface_epoch", 24],
        ["index_price", 64],
      ),
      word(["gross", 128], ["perpetuals", 128, "signed"]),
      word(["naked", 128], ...Array.from({ length: 8 }, (_, n) => [`expiry_${n}`, 16])),
      ...Array.from({ length: 11 }, (_, n) => word([`losses_${n}`, 256])),
      ...Array.from({ length: 8 }, (_, n) =>
        word([`up_${n}`, 96, "signed"], [`down_${n}`, 96, "signed"], [`factor_${n}`, 64]),
      ),
    ],
  },
  option_mark: {
    kind: 5,
    head: [
      word(
        VERSION,
        ["kind", 8],
        ["underlying", 16],
        ["tick_value", 24],
        ["index_per_tick", 64],
        ["initial_margin_ppm", 32],
        ["maintenance_margin_ppm", 32],
        ["fixed_price", 32],
        ["expiry", 16],
        ["vega", 24],
      ),
      word(
        ["long_factor", 64],
        ["short_factor", 64],
        ["long_deleveraged_ms", 48],
        ["short_deleveraged_ms", 48],
        ["index_ppb", 32],
      ),
      word(
        ["mark_price", 40],
        ["priced_ms", 48],
        ["delta", 32, "signed"],
        ["", 8],
        ["long_adl_index", 128, "signed"],
      ),
      word(
        ["short_adl_index", 128, "signed"],
        ["strike", 32],
        ["priced_forward", 32],
        ["gamma", 32],
        ["theta", 32, "signed"],
      ),
    ],
  },
};

function packWord(fields, values) {
  let packed = 0n;
  let left = 256n;
  for (const [name, bits, kind] of fields) {
    left -= BigInt(bits);
    if (name === "") continue;
    const value = kind === "bytes" ? toBigInt(values[name]) : BigInt(values[name]);
    const fits = kind === "signed" ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
    if (fits !== value) throw new RangeError(`${name}: ${value} in ${bits} bits`);
    packed |= BigInt.asUintN(bits, value) << left;
  }
  return packed;
}

function unpackWord(fields, bytes) {
  const packed = toBigInt(bytes);
  const values = {};
  let left = 256n;
  for (const [name, bits, kind] of fields) {
    left -= BigInt(bits);
    if (name === "") continue;
    const value = BigInt.asUintN(bits, packed >> left);
    if (kind === "bytes") values[name] = uint(value, bits / 8);
    else values[name] = kind === "signed" ? BigInt.asIntN(bits, value) : value;
  }
  return values;
}

function packWords(words, values) {
  return words.reduce((packed, fields) => (packed << 256n) | packWord(fields, values), 0n);
}

function unpackWords(words, bytes, at) {
  return Object.assign(
    {},
    ...words.map((fields, n) => unpackWord(fields, bytes.subarray(at + 32 * n, at + 32 * n + 32))),
  );
}

/** Return a record's fields, all of them zero, and nothing repeated. */
export function zeros(name) {
  const { head, repeated } = RECORDS[name];
  const fields = unpackWords(head, new Uint8Array(32 * head.length), 0);
  return repeated ? { ...fields, [repeated.name]: [] } : fields;
}

/** Return a record's bytes. */
export function encodeRecord(name, values) {
  const { head, repeated } = RECORDS[name];
  const elements = repeated ? values[repeated.name] : [];
  let [packed, words] = [packWords(head, values), head.length];
  for (const element of elements) {
    packed = (packed << BigInt(256 * repeated.words.length)) | packWords(repeated.words, element);
    words += repeated.words.length;
  }
  return uint(packed, 32 * words);
}

/** Return a record's fields. Throws RangeError if its length is not what its count says. */
export function decodeRecord(name, bytes) {
  const { head, repeated } = RECORDS[name];
  const values = unpackWords(head, bytes, 0);
  const count = repeated ? Number(values[repeated.count]) : 0;
  const [start, step] = [32 * head.length, 32 * (repeated?.words.length ?? 0)];
  if (bytes.length !== start + count * step) throw new RangeError(`${name}: ${bytes.length} bytes`);
  if (!repeated) return values;
  const read = (_, n) => unpackWords(repeated.words, bytes, start + n * step);
  return { ...values, [repeated.name]: Array.from({ length: count }, read) };
}
