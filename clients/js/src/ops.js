// Ops: type, length, body (docs/protocol/user-ops.md and system-ops.md).
import { encodeAction, Malformed, nameOf, readAction } from "./actions.js";
import { decodeFields, encodeFields } from "./fields.js";
import { join, Reader, uint } from "./octets.js";

export const OP_TYPE = {
  BUNDLE: 1,
  WITHDRAW: 2,
  SET_SESSION: 3,
  INDEX_PRICE: 4,
  SWEEP: 5,
  BLOCK_TRADE: 9,
  SET_PROTECTION: 10,
  SET_TRIGGER: 11,
  BID: 13,
  ATTEST: 12,
  ATTEST_CREDIT: 16,
  RELEASE_CREDIT: 17,
  FORCED_CLOSE: 14,
  SET_CANCEL_AT: 15,
  SET_GUARD: 6,
  SET_MARGIN_MODE: 7,
  REVALUE: 8,
  LIQUIDATE: 32,
  UNWIND: 33,
  FIRE_TRIGGER: 34,
  FUNDING: 64,
  DELEVERAGE: 65,
  ANNOUNCE_ORPHAN: 66,
  SETTLE_ORPHAN: 67,
  SETTLE_POSITION: 68,
  SURFACE: 69,
  REPRICE: 70,
  EXPIRY_SAMPLE: 71,
  SETTLE_EXPIRY: 72,
};
export const SEGMENT_FAMILY = { TRADE: 1, KEEPER: 2, UPKEEP: 3, ACCOUNT: 4, INBOX: 5 };
const KEEPER = ["REVALUE", "LIQUIDATE", "UNWIND", "FIRE_TRIGGER", "FORCED_CLOSE"];
export const SIGNATURE_BYTES = 64;

const ACTIONS_MAX = 8;
const BLOCK_LEGS_MAX = 8;
const REPORTERS_MAX = 12;
const ATTESTERS_MAX = 7;
const CREDIT_CONSENTS_MAX = 2;
const ATTESTED_MS_MAX = 400n * 86_400_000n;
const INDEX_PRICE_MAX = 2n ** 60n - 1n;
const FORWARD_PPB_MIN = 500_000_000n;
const FORWARD_PPB_MAX = 2_000_000_000n;
const SVI_RHO_MAX = 10n ** 12n;
const SWEEP_MAX = 16;
const TRIGGERS_MAX = 8n;
const AUCTION_FRACTION_MIN_PPM = 10_000n;
const PPM = 1_000_000n;
const HEADS = {
  BUNDLE: [
    ["account", 4],
    ["session", 1],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["max_fee_ppm", 4],
    ["atomic", 1],
  ],
  WITHDRAW: [
    ["account", 4],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["amount_micro_usd", 8],
  ],
  SET_SESSION: [
    ["account", 4],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["slot", 1],
    ["key", 20, "bytes"],
    ["scope", 1],
    ["session_expiry_ms", 6],
  ],
  SET_GUARD: [
    ["account", 4],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["mode", 1],
    ["key", 20, "bytes"],
  ],
  SET_MARGIN_MODE: [
    ["account", 4],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["underlying", 2],
  ],
  REVALUE: [["account", 4]],
  SET_CANCEL_AT: [
    ["account", 4],
    ["session", 1],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["cancel_at_ms", 6],
  ],
  SET_PROTECTION: [
    ["account", 4],
    ["session", 1],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["underlying", 2],
    ["window_ms", 4],
    ["freeze_ms", 4],
    ["lots_max", 5],
    ["delta_max", 8],
    ["vega_max", 8],
  ],
  BLOCK_TRADE: [
    ["account", 4],
    ["session", 1],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["max_fee_ppm", 4],
    ["counterparty", 4],
    ["counterparty_session", 1],
    ["counterparty_nonce", 8],
    ["counterparty_expiry_ms", 6],
    ["counterparty_max_fee_ppm", 4],
    ["counterparty_signature", SIGNATURE_BYTES, "bytes"],
  ],
  SET_TRIGGER: [
    ["account", 4],
    ["session", 1],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["instrument", 2],
    ["place", 1],
    ["sell", 1],
    ["reduce_only", 1],
    ["falling", 1],
    ["by_mark", 1],
    ["trigger_price", 8],
    ["limit", 4],
    ["lots", 5],
    ["max_fee_ppm", 4],
    ["trigger_expiry_ms", 6],
    ["client_id", 8],
  ],
  BID: [
    ["account", 4],
    ["session", 1],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["seller", 4],
    ["auction_ms", 6],
    ["fraction_ppm", 4],
    ["discount_ppm", 4],
  ],
  ATTEST: [
    ["account", 4],
    ["tier", 1],
    ["tier_expiry_ms", 6],
    ["attested_ms", 6],
  ],
  ATTEST_CREDIT: [
    ["account", 4],
    ["limit_micro_usd", 8],
    ["credit_minutes", 2],
    ["guarantor", 4],
    ["credited_ms", 6],
  ],
  RELEASE_CREDIT: [["account", 4]],
  FIRE_TRIGGER: [
    ["account", 4],
    ["instrument", 2],
    ["place", 1],
  ],
  INDEX_PRICE: [
    ["underlying", 2],
    ["publish_time_ms", 6],
  ],
  SWEEP: [["instrument", 2]],
  FORCED_CLOSE: [
    ["account", 4],
    ["nonce", 8],
    ["expiry_ms", 6],
    ["instrument", 2],
    ["lots", 5],
  ],
  LIQUIDATE: [
    ["account", 4],
    ["instrument", 2],
  ],
  UNWIND: [["instrument", 2]],
  FUNDING: [["instrument", 2]],
  DELEVERAGE: [["instrument", 2]],
  ANNOUNCE_ORPHAN: [["underlying", 2]],
  SETTLE_ORPHAN: [["instrument", 2]],
  SETTLE_POSITION: [
    ["account", 4],
    ["instrument", 2],
  ],
  SURFACE: [
    ["expiry", 2],
    ["publish_time_ms", 6],
    ["svi_a", 8, "signed"],
    ["svi_b", 8],
    ["svi_rho", 8, "signed"],
    ["svi_m", 8, "signed"],
    ["svi_sigma", 8],
    ["svi_forward", 8],
    ["svi_time_ms", 6],
    ["rate_ppm", 4, "signed"],
    ["confidence_ppm", 4],
  ],
  REPRICE: [["instrument", 2]],
  EXPIRY_SAMPLE: [["expiry", 2]],
  SETTLE_EXPIRY: [["expiry", 2]],
};
const reportOf = (value) => [
  ["reporter", 1],
  [value, 8],
  ["signature", SIGNATURE_BYTES, "bytes"],
];
const reports = (fields) => [
  "reports",
  (report) => encodeFields(fields, report),
  (reader) => decodeFields(fields, reader),
  REPORTERS_MAX,
];
const BLOCK_LEG = [
  ["instrument", 2],
  ["sell", 1],
  ["price", 4],
  ["lots", 5],
];
const ATTESTATION = [
  ["attester", 1],
  ["signature", SIGNATURE_BYTES, "bytes"],
];
const ATTESTATIONS = [
  "attestations",
  (attestation) => encodeFields(ATTESTATION, attestation),
  (reader) => decodeFields(ATTESTATION, reader),
  ATTESTERS_MAX,
];
const LISTS = {
  ATTEST: ATTESTATIONS,
  ATTEST_CREDIT: ATTESTATIONS,
  BLOCK_TRADE: [
    "legs",
    (leg) => encodeFields(BLOCK_LEG, { ...leg, sell: Number(leg.sell) }),
    (reader) => decodeFields(BLOCK_LEG, reader),
    BLOCK_LEGS_MAX,
  ],
  BUNDLE: ["actions", encodeAction, readAction, ACTIONS_MAX],
  INDEX_PRICE: reports(reportOf("price_nano_usd")),
  SURFACE: reports(reportOf("forward_ppb")),
  SETTLE_EXPIRY: reports(reportOf("price_nano_usd")),
  SWEEP: ["slots", (slot) => uint(slot, 4), (reader) => reader.uint(4), SWEEP_MAX],
};
const MAX_L1_FEE = ["max_l1_fee_micro_usd", 8];
const GUARDED_OPS = ["WITHDRAW", "SET_SESSION", "SET_GUARD", "SET_MARGIN_MODE"];
const OF_SESSIONS = ["BUNDLE", "SET_CANCEL_AT", "SET_PROTECTION", "BLOCK_TRADE", "SET_TRIGGER", "BID"];
const CHARGED_OPS = [...GUARDED_OPS, ...OF_SESSIONS]; // their bytes are
const USER_OPS = [...CHARGED_OPS, "FORCED_CLOSE"];
const OF_ATTESTERS = ["ATTEST", "ATTEST_CREDIT", "RELEASE_CREDIT"];

/** Return the family of the law that executes an op, 0 if its type is unknown. */
export function opFamily(op) {
  const type = nameOf(OP_TYPE, op[0]);
  if (type === undefined) return 0;
  if (type === "BUNDLE") return SEGMENT_FAMILY.TRADE;
  if (CHARGED_OPS.includes(type) || OF_ATTESTERS.includes(type)) return SEGMENT_FAMILY.ACCOUNT;
  return KEEPER.includes(type) ? SEGMENT_FAMILY.KEEPER : SEGMENT_FAMILY.UPKEEP;
}

/** Return the family of ordered segments in which an op stands: the inbox's if in none. */
export function orderedFamily(op) {
  return op[0] === OP_TYPE.FORCED_CLOSE ? SEGMENT_FAMILY.INBOX : opFamily(op);
}

/** Return an op's body without its signature. */
export function encodeBody(type, fields) {
  const { atomic = 0, max_l1_fee_micro_usd: l1Fee = 0 } = fields;
  const head = encodeFields(HEADS[type], { ...fields, atomic });
  const tail = CHARGED_OPS.includes(type) ? [uint(l1Fee, MAX_L1_FEE[1])] : (fields.consents ?? []);
  if (!(type in LISTS)) return join(head, ...tail);
  const [name, encode] = LISTS[type];
  return join(head, uint(fields[name].length, 1), ...fields[name].map(encode), ...tail);
}

/** Return an op; a user op with the signature among its fields. */
export function encodeOp(type, fields) {
  const none = new Uint8Array(0);
  const signatures = join(fields.signature ?? none, fields.guard_signature ?? none);
  const body = join(encodeBody(type, fields), signatures);
  return join(uint(OP_TYPE[type], 1), uint(body.length, 2), body);
}

/** Return the type and fields of exactly one op. Throws Malformed. */
export function decodeOp(bytes) {
  const reader = new Reader(bytes);
  try {
    const type = nameOf(OP_TYPE, reader.uint(1));
    if (Number(reader.uint(2)) !== reader.left) throw new Malformed("length");
    if (type === undefined) throw new Malformed("unknown type");
    const fields = readBody(type, reader);
    if (reader.left) throw new Malformed("bytes are left over");
    checkRanges(type, fields);
    return { type, fields };
  } catch (error) {
    if (error instanceof RangeError) throw new Malformed(error.message);
    throw error;
  }
}

function readBody(type, reader) {
  const fields = decodeFields(HEADS[type], reader);
  if (type in LISTS) {
    const [name, , read, countMax] = LISTS[type];
    const count = Number(reader.uint(1));
    if (count === 0 || count > countMax) throw new Malformed("count");
    fields[name] = Array.from({ length: count }, () => read(reader));
  }
  if (CHARGED_OPS.includes(type)) Object.assign(fields, decodeFields([MAX_L1_FEE], reader));
  if (USER_OPS.includes(type)) fields.signature = reader.take(SIGNATURE_BYTES);
  if (type === "ATTEST_CREDIT") {
    fields.consents = [];
    while (reader.left) fields.consents.push(reader.take(SIGNATURE_BYTES));
  }
  if (GUARDED_OPS.includes(type) && reader.left) fields.guard_signature = reader.take(SIGNATURE_BYTES);
  return fields;
}

function checkBlock({ account, counterparty, legs }) {
  if (account === counterparty) throw new Malformed("counterparty");
  let last = 0n;
  for (const { instrument, sell, price, lots } of legs) {
    if (instrument <= last || sell > 1n || !price || !lots) throw new Malformed("leg");
    last = instrument;
  }
}

function checkRanges(type, fields) {
  if (type === "BUNDLE" && fields.atomic > 1n) throw new Malformed("atomic");
  if (type === "BLOCK_TRADE") checkBlock(fields);
  if (type === "ATTEST" && !isTerm(fields)) throw new Malformed("term");
  if (type === "ATTEST_CREDIT" && !isCredit(fields)) throw new Malformed("credit");
  if (type === "WITHDRAW" && fields.amount_micro_usd === 0n) throw new Malformed("amount 0");
  const isPrice = ({ price_nano_usd: price }) => 0n < price && price <= INDEX_PRICE_MAX;
  const isPriced = type === "INDEX_PRICE" || type === "SETTLE_EXPIRY";
  if (isPriced && !fields.reports.every(isPrice)) throw new Malformed("price");
  if (type === "SURFACE") {
    const isForward = ({ forward_ppb: ppb }) => FORWARD_PPB_MIN <= ppb && ppb <= FORWARD_PPB_MAX;
    if (!fields.reports.every(isForward)) throw new Malformed("forward");
    const { svi_rho: rho } = fields;
    if (rho > SVI_RHO_MAX || rho < -SVI_RHO_MAX) throw new Malformed("correlation");
  }
  if (type === "FORCED_CLOSE" && fields.lots === 0n) throw new Malformed("lots 0");
  if (type.endsWith("_TRIGGER") && fields.place >= TRIGGERS_MAX) throw new Malformed("place");
  if (type === "SET_PROTECTION" && !isProtection(fields)) throw new Malformed("limits");
  if (type === "SET_TRIGGER" && !isTrigger(fields)) throw new Malformed("trigger");
  if (type === "BID") {
    const { account, seller, fraction_ppm: fraction } = fields;
    if (seller === account) throw new Malformed("seller");
    if (fraction < AUCTION_FRACTION_MIN_PPM || fraction > PPM) throw new Malformed("fraction");
  }
  if (type !== "SET_SESSION" && type !== "SET_GUARD") return;
  const hasKey = fields.key.some((byte) => byte !== 0);
  if (type === "SET_GUARD") {
    if (fields.mode > 3n || hasKey !== (fields.mode === 0n)) throw new Malformed("guard");
    return;
  }
  const grants = fields.scope === 1n && hasKey;
  const revokes = fields.scope === 0n && !hasKey && fields.session_expiry_ms === 0n;
  if (fields.slot < 1n || fields.slot > 3n || !(grants || revokes)) throw new Malformed("session");
}

/** Whether a SetProtection's limits can be counted, or, all zero, take a protection back. */
function isProtection({ underlying, window_ms: window, freeze_ms: freeze, lots_max: lots, ...rest }) {
  const { delta_max: delta, vega_max: vega } = rest;
  if (underlying === 0n) return (window | freeze | lots | delta | vega) === 0n;
  return window !== 0n && (delta | vega) >> 63n === 0n;
}

/** Whether a tier counts for a while that it may, and none for none. */
function isTerm({ tier, tier_expiry_ms: expiry, attested_ms: said }) {
  return tier === 0n ? expiry === 0n : said < expiry && expiry <= said + ATTESTED_MS_MAX;
}

/** Whether credit has a term, another account as guarantor and its consent, and none has none. */
function isCredit({ account, limit_micro_usd: limit, credit_minutes: minutes, guarantor, consents }) {
  if (limit === 0n) return minutes === 0n && guarantor === 0n && consents.length === 0;
  const isConsented = consents.length > 0 && consents.length <= CREDIT_CONSENTS_MAX;
  return minutes !== 0n && guarantor !== account && isConsented;
}

const TRIGGER_FLAGS = ["sell", "reduce_only", "falling", "by_mark"];
const TRIGGER_NEEDS = ["trigger_price", "limit", "lots"];
const TRIGGER_MAY = ["max_fee_ppm", "trigger_expiry_ms", "client_id"];

/** Whether a SetTrigger's terms are those of an order that waits, or, all zero, take one back. */
function isTrigger(fields) {
  if (TRIGGER_FLAGS.some((name) => fields[name] > 1n)) return false;
  if (TRIGGER_NEEDS.every((name) => fields[name] !== 0n)) return true;
  return [...TRIGGER_FLAGS, ...TRIGGER_NEEDS, ...TRIGGER_MAY].every((name) => fields[name] === 0n);
}
