// Inbox messages and governance payloads (docs/protocol/inbox-messages.md).
import { decodeFields, encodeFields } from "./fields.js";
import { keccak256 } from "./keccak.js";
import { join, Reader, uint } from "./octets.js";
import { opFamily, SEGMENT_FAMILY } from "./ops.js";

export const MESSAGE_KIND = { REGISTER: 1, DEPOSIT: 2, USER_OP: 3, GOVERNANCE: 4, L1_REPORT: 5, PAY_IN: 6 };
export const GOVERNANCE_ACTION = {
  LIST_UNDERLYING: 1,
  LIST_INSTRUMENT: 2,
  SET_INSTRUMENT: 3,
  SET_REPORTERS: 4,
  SET_LATENCY: 5,
  SET_ETH: 6,
  PAY_OUT: 7,
  LIST_EXPIRY: 8,
  LIST_OPTIONS: 9,
  SET_ATTESTERS: 10,
};

const HEAD = [
  ["kind", 1],
  ["sender", 20, "bytes"],
  ["time_ms", 6],
];
const TERMS_OF_TRADE = [
  ["initial_margin_ppm", 4],
  ["maintenance_margin_ppm", 4],
  ["maker_fee_ppm", 4],
  ["taker_fee_ppm", 4],
  ["price_band_ppm", 4],
  ["min_order_value_micro_usd", 8],
];
const MORE_TERMS = [
  ["liquidation_fee_ppm", 4],
  ["house_margin_ppm", 4],
  ["funding_cap_ppm", 4],
  ["funding_interest_ppm", 4, "signed"],
  ["funding_tau_ms", 4],
  ["impact_value_micro_usd", 8],
  ["tier", 1],
];
const SYMBOL = ["symbol", 16, "bytes"];
const PAYLOADS = {
  REGISTER: [
    ["account", 4],
    ["owner", 20, "bytes"],
  ],
  DEPOSIT: [
    ["account", 4],
    ["amount_micro_usd", 16],
  ],
  L1_REPORT: [
    ["base_fee_wei", 8],
    ["blob_base_fee_wei", 8],
  ],
  PAY_IN: [
    ["pool", 1],
    ["amount_micro_usd", 16],
  ],
  LIST_UNDERLYING: [SYMBOL],
  SET_ETH: [["underlying", 2]],
  LIST_INSTRUMENT: [
    ["underlying", 2],
    ["kind", 1],
    ["tick_value_micro_usd", 3],
    ["index_per_tick_nano_usd", 8],
    ...TERMS_OF_TRADE,
    SYMBOL,
    ...MORE_TERMS,
    ["expiry", 2],
  ],
  LIST_EXPIRY: [
    ["underlying", 2],
    ["expiry_ms", 6],
    ["forward_ppb", 4],
  ],
  LIST_OPTIONS: [
    ["expiry", 2],
    ["strike", 4],
    ["tick_value_micro_usd", 3],
    ["index_per_tick_nano_usd", 8],
    ...TERMS_OF_TRADE,
    ["call_symbol", 16, "bytes"],
    ["put_symbol", 16, "bytes"],
    ...MORE_TERMS,
  ],
  SET_INSTRUMENT: [
    ["instrument", 2],
    ["status", 1],
    ...TERMS_OF_TRADE,
    ...MORE_TERMS,
    ["successor", 2],
  ],
  PAY_OUT: [
    ["pool", 1],
    ["account", 4],
    ["amount_micro_usd", 16],
  ],
  SET_LATENCY: [
    ["slope_factor_ppm", 4],
    ["slope_least_ppm", 4],
    ["slope_most_ppm", 4],
    ["variance_tau_ms", 4],
  ],
  SET_REPORTERS: [["quorum", 1]],
  SET_ATTESTERS: [["quorum", 1]],
};

/** Return the payload of a message of this kind, or of GOVERNANCE with this action. */
export function encodePayload(kind, fields) {
  if (kind === "USER_OP") return fields.op;
  const payload = encodeFields(PAYLOADS[kind], fields);
  if (!(kind in GOVERNANCE_ACTION)) return payload;
  const signers = fields.reporters ?? fields.attesters;
  const listed = signers ? [uint(signers.length, 1), ...signers] : [];
  return join(uint(GOVERNANCE_ACTION[kind], 1), payload, ...listed);
}

/** Return an inbox message. */
export function encodeMessage(kind, sender, timeMs, payload) {
  return join(encodeFields(HEAD, { kind: MESSAGE_KIND[kind], sender, time_ms: timeMs }), payload);
}

/** Return kind (a number), sender, time_ms and payload of a message. */
export function decodeMessage(bytes) {
  const reader = new Reader(bytes);
  return { ...decodeFields(HEAD, reader), payload: reader.take(reader.left) };
}

/** Return the inbox's rolling hash after one more message. */
export function rolled(rolling, message) {
  return keccak256(rolling, keccak256(message));
}

/** Return the family of the law that executes a message: that of its op, if it is a user's. */
export function messageFamily(message) {
  if (message[0] !== MESSAGE_KIND.USER_OP) return SEGMENT_FAMILY.INBOX;
  return opFamily(message.subarray(27)) || SEGMENT_FAMILY.TRADE;
}

/** Return the law's input for a segment of a batch: the header's time stands behind its family. */
export function orderedInput(headerTimeMs, segment) {
  return join(segment.subarray(0, 1), uint(headerTimeMs, 6), segment.subarray(1));
}

/** Return the law's input for inbox messages of one family that share a segment. */
export function messageInput(headerTimeMs, messages) {
  const family = messages.length ? messageFamily(messages[0]) : SEGMENT_FAMILY.INBOX;
  const parts = messages.flatMap((each) => [uint(each.length, 2), each]);
  return join(uint(SEGMENT_FAMILY.INBOX, 1), uint(headerTimeMs, 6), uint(family, 1), ...parts);
}
