// EIP-712: what users, reporters, attesters and the sequencer sign (docs/protocol/user-ops.md and receipts).
import { ACTION_KIND, SELF_TRADE, TIME_IN_FORCE, signedActions } from "./actions.js";
import { keccak256 } from "./keccak.js";
import { toHex, uint } from "./octets.js";

const ACTION =
  "Action(uint8 kind,uint16 instrument,bool sell,uint8 timeInForce,bool postOnly,bool reduceOnly," +
  "uint8 selfTrade,uint32 price,uint40 lots,uint48 expiry,uint64 clientId,uint32 slot,uint48 serial)";
const BLOCK_LEG = "BlockLeg(uint16 instrument,bool submitterSells,uint32 price,uint40 lots)";
const TYPES = {
  DOMAIN: "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
  ACTION,
  BUNDLE:
    "Bundle(uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint32 maxFeePpm," +
    `uint64 maxL1Fee,bool atomic,Action[] actions)${ACTION}`,
  WITHDRAW: "Withdraw(uint32 account,uint64 nonce,uint48 expiry,uint64 amount,uint64 maxL1Fee)",
  SET_SESSION:
    "SetSession(uint32 account,uint64 nonce,uint48 expiry,uint8 slot,address key,uint8 scope," +
    "uint48 sessionExpiry,uint64 maxL1Fee)",
  SET_GUARD:
    "SetGuard(uint32 account,uint64 nonce,uint48 expiry,uint8 mode,address guard," +
    "uint64 maxL1Fee)",
  SET_MARGIN_MODE:
    "SetMarginMode(uint32 account,uint64 nonce,uint48 expiry,uint16 underlying,uint64 maxL1Fee)",
  SET_CANCEL_AT:
    "SetCancelAt(uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint48 at," +
    "uint64 maxL1Fee)",
  SET_PROTECTION:
    "SetProtection(uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint16 underlying," +
    "uint32 window,uint32 freeze,uint40 lotsMax,uint64 deltaMax,uint64 vegaMax,uint64 maxL1Fee)",
  BLOCK_LEG,
  BLOCK_CONSENT:
    "BlockConsent(uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint32 maxFeePpm," +
    `uint32 submitter,BlockLeg[] legs)${BLOCK_LEG}`,
  BLOCK_TRADE:
    "BlockTrade(uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint32 maxFeePpm," +
    "uint32 counterparty,uint8 counterpartySession,uint64 counterpartyNonce," +
    "uint48 counterpartyExpiry,uint32 counterpartyMaxFeePpm,uint64 maxL1Fee,BlockLeg[] legs)" +
    BLOCK_LEG,
  SET_TRIGGER:
    "SetTrigger(uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint16 instrument,uint8 place," +
    "bool sell,bool reduceOnly,bool falling,bool byMark,uint64 triggerPrice,uint32 limit,uint40 lots," +
    "uint32 maxFee,uint48 triggerExpiry,uint64 clientId,uint64 maxL1Fee)",
  BID:
    "Bid(uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint32 seller,uint48 auction," +
    "uint32 fraction,uint32 discount,uint64 maxL1Fee)",
  FORCED_CLOSE:
    "ForcedClose(uint32 account,uint64 nonce,uint48 expiry,uint16 instrument,uint40 lots)",
  ATTEST: "Attest(uint32 account,uint8 tier,uint48 expiry,uint48 time)",
  ATTEST_CREDIT: "Credit(uint32 account,uint64 limit,uint16 minutes,uint32 guarantor,uint48 time)",
  INDEX_PRICE: "IndexPrice(uint16 underlying,uint32 reporterEpoch,uint48 publishTime,uint64 price)",
  SURFACE:
    "Surface(uint16 expiry,uint32 reporterEpoch,uint48 publishTime,uint64 forward,int64 a,uint64 b," +
    "int64 rho,int64 m,uint64 sigma,uint64 surfaceForward,uint48 surfaceTime,int32 rate," +
    "uint32 confidence)",
  SETTLE_EXPIRY: "SettleExpiry(uint16 expiry,uint32 reporterEpoch,uint64 price)",
  QUOTE_ACCESS: "QuoteAccess(uint32 account,uint8 session,uint48 expiry)",
  RECEIPT:
    "Receipt(uint32 epoch,uint64 batch,uint32 segment,uint8 index,bytes32 opHash,uint48 postBy)",
  RECEIPT_GROUP: "ReceiptGroup(bytes32 commitment)",
};

// Members of a SetTrigger behind its head: their names in typed data, and in the op.
const TRIGGER_TERMS = [
  ["instrument", "instrument"],
  ["place", "place"],
  ["sell", "sell"],
  ["reduceOnly", "reduce_only"],
  ["falling", "falling"],
  ["byMark", "by_mark"],
  ["triggerPrice", "trigger_price"],
  ["limit", "limit"],
  ["lots", "lots"],
  ["maxFee", "max_fee_ppm"],
  ["triggerExpiry", "trigger_expiry_ms"],
  ["clientId", "client_id"],
];
// The same of a Bid.
const BID_TERMS = [
  ["seller", "seller"],
  ["auction", "auction_ms"],
  ["fraction", "fraction_ppm"],
  ["discount", "discount_ppm"],
];

// The same of a SetProtection.
const LIMITS = [
  ["underlying", "underlying"],
  ["window", "window_ms"],
  ["freeze", "freeze_ms"],
  ["lotsMax", "lots_max"],
  ["deltaMax", "delta_max"],
  ["vegaMax", "vega_max"],
];
const TRIGGER_FLAGS = ["sell", "reduceOnly", "falling", "byMark"];

const ofText = (text) => keccak256(new TextEncoder().encode(text));

/** Return the hash of a type and its members, each a word: bytes to its right end, or a number. */
function structOf(type, ...members) {
  const words = members.map((member) => {
    if (!(member instanceof Uint8Array)) return uint(BigInt.asUintN(256, BigInt(member ?? 0)), 32);
    const word = new Uint8Array(32);
    word.set(member, 32 - member.length);
    return word;
  });
  return keccak256(ofText(TYPES[type]), ...words);
}

/** Return the domain separator of a chain and its Rollup. */
export function domainSeparator(chainId, rollup) {
  return structOf("DOMAIN", ofText("Strikeproof"), ofText("1"), chainId, rollup);
}

/** Return what is signed over a struct hash. */
export function digest(separator, structHash) {
  return keccak256(Uint8Array.of(0x19, 0x01), separator, structHash);
}

function hashAction(action) {
  return structOf(
    "ACTION",
    ACTION_KIND[action.kind],
    action.instrument,
    action.sell ? 1 : 0,
    TIME_IN_FORCE[action.time_in_force],
    action.post_only ? 1 : 0,
    action.reduce_only ? 1 : 0,
    SELF_TRADE[action.self_trade],
    action.price,
    action.lots,
    action.expiry_ms,
    action.client_id,
    action.slot,
    action.serial,
  );
}

const hashLeg = ({ instrument, sell, price, lots }) =>
  structOf("BLOCK_LEG", instrument, Number(sell), price, lots);

/** Return the members of the counterparty of a block trade, as its consent has them. */
const consenting = (fields) => [
  fields.counterparty,
  fields.counterparty_session,
  fields.counterparty_nonce,
  fields.counterparty_expiry_ms,
  fields.counterparty_max_fee_ppm,
];

const CREDIT_TERMS = [
  ["limit", "limit_micro_usd"],
  ["minutes", "credit_minutes"],
  ["guarantor", "guarantor"],
  ["time", "credited_ms"],
];

/** Return the struct hash of a user op, of a counterparty's consent (BLOCK_CONSENT), of a QuoteAccess, of an Attest or AttestCredit, or of an op of reporters with one reporter's value. */
export function structHash(type, fields) {
  const { account, nonce, expiry_ms: expiry, max_l1_fee_micro_usd: l1Fee } = fields;
  switch (type) {
    case "BUNDLE": {
      const actions = keccak256(...signedActions(fields.actions).map(hashAction));
      const { session, max_fee_ppm: maxFee } = fields;
      const atomic = fields.atomic ?? 0;
      return structOf(type, account, session, nonce, expiry, maxFee, l1Fee, atomic, actions);
    }
    case "WITHDRAW":
      return structOf(type, account, nonce, expiry, fields.amount_micro_usd, l1Fee);
    case "SET_SESSION": {
      const { slot, key, scope, session_expiry_ms: sessionExpiry } = fields;
      return structOf(type, account, nonce, expiry, slot, key, scope, sessionExpiry, l1Fee);
    }
    case "SET_GUARD":
      return structOf(type, account, nonce, expiry, fields.mode, fields.key, l1Fee);
    case "SET_MARGIN_MODE":
      return structOf(type, account, nonce, expiry, fields.underlying, l1Fee);
    case "SET_CANCEL_AT":
      return structOf(type, account, fields.session, nonce, expiry, fields.cancel_at_ms, l1Fee);
    case "SET_PROTECTION": {
      const limits = LIMITS.map(([, name]) => fields[name]);
      return structOf(type, account, fields.session, nonce, expiry, ...limits, l1Fee);
    }
    case "BLOCK_CONSENT":
      return structOf(type, ...consenting(fields), account, keccak256(...fields.legs.map(hashLeg)));
    case "BLOCK_TRADE": {
      const legs = keccak256(...fields.legs.map(hashLeg));
      const { session, max_fee_ppm: maxFee } = fields;
      return structOf(type, account, session, nonce, expiry, maxFee, ...consenting(fields), l1Fee, legs);
    }
    case "QUOTE_ACCESS":
      return structOf(type, account, fields.session, expiry);
    case "SET_TRIGGER": {
      const terms = TRIGGER_TERMS.map(([, name]) => fields[name]);
      return structOf(type, account, fields.session, nonce, expiry, ...terms, l1Fee);
    }
    case "BID": {
      const terms = BID_TERMS.map(([, name]) => fields[name]);
      return structOf(type, account, fields.session, nonce, expiry, ...terms, l1Fee);
    }
    case "FORCED_CLOSE":
      return structOf(type, account, nonce, expiry, fields.instrument, fields.lots);
    case "ATTEST":
      return structOf(type, account, fields.tier, fields.tier_expiry_ms, fields.attested_ms);
    case "ATTEST_CREDIT":
      return structOf(type, account, ...CREDIT_TERMS.map(([, name]) => fields[name]));
    case "INDEX_PRICE": {
      const { underlying, reporter_epoch: epoch, publish_time_ms: time, price_nano_usd: price } = fields;
      return structOf(type, underlying, epoch, time, price);
    }
    case "SURFACE": {
      const { expiry: id, reporter_epoch: epoch, publish_time_ms: time, forward_ppb: forward } = fields;
      const { svi_a: a, svi_b: b, svi_rho: rho, svi_m: m, svi_sigma: sigma } = fields;
      const { svi_forward: around, svi_time_ms: fitted, rate_ppm: rate } = fields;
      const surface = [a, b, rho, m, sigma, around, fitted, rate, fields.confidence_ppm];
      return structOf(type, id, epoch, time, forward, ...surface);
    }
    case "SETTLE_EXPIRY":
      return structOf(type, fields.expiry, fields.reporter_epoch, fields.price_nano_usd);
  }
  throw new RangeError(`nobody signs ${type}`);
}

/** Return a user op as a wallet's eth_signTypedData_v4 takes it. */
export function typedData(type, fields, chainId, rollup) {
  const [primaryType] = TYPES[type].split("(", 1);
  const types = Object.fromEntries(
    [TYPES.DOMAIN, ...TYPES[type].match(/[A-Z][A-Za-z]*\([^)]*\)/g)].map((text) => {
      const [name, members] = text.slice(0, -1).split("(");
      const pairs = members.split(",").map((member) => member.split(" "));
      return [name, pairs.map(([kind, called]) => ({ name: called, type: kind }))];
    }),
  );
  const domain = { name: "Strikeproof", version: "1", chainId: Number(chainId), verifyingContract: rollup };
  return { types, primaryType, domain, message: messageOf(type, fields) };
}

/** Return the members of an op by their names in typed data; integers as decimal text. */
function messageOf(type, fields) {
  const text = (value) => BigInt(value ?? 0).toString();
  const { account, nonce, expiry_ms: expiry } = fields;
  const head = { account: text(account), nonce: text(nonce), expiry: text(expiry) };
  const maxL1Fee = text(fields.max_l1_fee_micro_usd);
  if (type === "QUOTE_ACCESS") return { account: text(account), session: text(fields.session), expiry: text(expiry) };
  if (type === "WITHDRAW") return { ...head, amount: text(fields.amount_micro_usd), maxL1Fee };
  if (type === "SET_SESSION") {
    const { slot, key, scope, session_expiry_ms: sessionExpiry } = fields;
    const until = { sessionExpiry: text(sessionExpiry) };
    return { ...head, slot: text(slot), key: toHex(key), scope: text(scope), ...until, maxL1Fee };
  }
  if (type === "SET_CANCEL_AT") {
    return { ...head, session: text(fields.session), at: text(fields.cancel_at_ms), maxL1Fee };
  }
  if (type === "SET_PROTECTION") {
    const limits = LIMITS.map(([called, name]) => [called, text(fields[name])]);
    return { ...head, session: text(fields.session), ...Object.fromEntries(limits), maxL1Fee };
  }
  if (type === "SET_TRIGGER") {
    const shown = ([called, name]) => [
      called,
      TRIGGER_FLAGS.includes(called) ? Boolean(Number(fields[name] ?? 0)) : text(fields[name]),
    ];
    const terms = Object.fromEntries(TRIGGER_TERMS.map(shown));
    return { ...head, session: text(fields.session), ...terms, maxL1Fee };
  }
  if (type === "BID") {
    const terms = BID_TERMS.map(([called, name]) => [called, text(fields[name])]);
    return { ...head, session: text(fields.session), ...Object.fromEntries(terms), maxL1Fee };
  }
  if (type === "ATTEST") {
    const { tier, tier_expiry_ms: until, attested_ms: time } = fields;
    return { account: text(account), tier: text(tier), expiry: text(until), time: text(time) };
  }
  if (type === "ATTEST_CREDIT") {
    const terms = CREDIT_TERMS.map(([called, name]) => [called, text(fields[name])]);
    return { account: text(account), ...Object.fromEntries(terms) };
  }
  if (type === "SET_MARGIN_MODE") return { ...head, underlying: text(fields.underlying), maxL1Fee };
  if (type === "SET_GUARD") return { ...head, mode: text(fields.mode), guard: toHex(fields.key), maxL1Fee };
  if (type === "FORCED_CLOSE") {
    return { ...head, instrument: text(fields.instrument), lots: text(fields.lots) };
  }
  const legs = fields.legs?.map(({ instrument, sell, price, lots }) => ({
    instrument: text(instrument),
    submitterSells: Boolean(Number(sell)),
    price: text(price),
    lots: text(lots),
  }));
  const [other, session, otherNonce, otherExpiry, otherFee] = consenting(fields).map(text);
  if (type === "BLOCK_CONSENT") {
    const signer = { account: other, session, nonce: otherNonce, expiry: otherExpiry };
    return { ...signer, maxFeePpm: otherFee, submitter: text(account), legs };
  }
  if (type === "BLOCK_TRADE") {
    const counterparty = {
      counterparty: other,
      counterpartySession: session,
      counterpartyNonce: otherNonce,
      counterpartyExpiry: otherExpiry,
      counterpartyMaxFeePpm: otherFee,
    };
    const terms = { session: text(fields.session), maxFeePpm: text(fields.max_fee_ppm) };
    return { ...head, ...terms, ...counterparty, maxL1Fee, legs };
  }
  if (type !== "BUNDLE") throw new RangeError(`no wallet signs ${type}`);
  const actions = signedActions(fields.actions).map((action) => ({
    kind: text(ACTION_KIND[action.kind]),
    instrument: text(action.instrument),
    sell: action.sell ?? false,
    timeInForce: text(TIME_IN_FORCE[action.time_in_force]),
    postOnly: action.post_only ?? false,
    reduceOnly: action.reduce_only ?? false,
    selfTrade: text(SELF_TRADE[action.self_trade]),
    price: text(action.price),
    lots: text(action.lots),
    expiry: text(action.expiry_ms),
    clientId: text(action.client_id),
    slot: text(action.slot),
    serial: text(action.serial),
  }));
  const terms = { maxFeePpm: text(fields.max_fee_ppm), maxL1Fee, atomic: Boolean(Number(fields.atomic ?? 0)) };
  return { ...head, session: text(fields.session), ...terms, actions };
}

/** Return the struct hash of a receipt. */
export function receiptHash(receipt) {
  const { sequencer_epoch: epoch, batch, segment, index, op_hash: opHash } = receipt;
  return structOf("RECEIPT", epoch, batch, segment, index, opHash, receipt.post_by_ms);
}

/** Return the struct hash of a commit group's receipts. */
export function receiptGroupHash(commitment) {
  return structOf("RECEIPT_GROUP", commitment);
}
