// EIP-712: what users, reporters and the sequencer sign (docs/protocol/user-ops.md and receipts).
import { ACTION_KIND, SELF_TRADE, TIME_IN_FORCE } from "./actions.js";
import { keccak256 } from "./keccak.js";
import { uint } from "./octets.js";

const ACTION =
  "Action(uint8 kind,uint16 instrument,bool sell,uint8 timeInForce,bool postOnly,bool reduceOnly," +
  "uint8 selfTrade,uint32 price,uint40 lots,uint48 expiry,uint64 clientId,uint32 slot,uint48 serial)";
const TYPES = {
  DOMAIN: "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
  ACTION,
  BUNDLE:
    "Bundle(uint32 account,uint8 session,uint64 nonce,uint48 expiry,uint32 maxFeePpm," +
    `Action[] actions)${ACTION}`,
  WITHDRAW: "Withdraw(uint32 account,uint64 nonce,uint48 expiry,uint64 amount)",
  SET_SESSION:
    "SetSession(uint32 account,uint64 nonce,uint48 expiry,uint8 slot,address key,uint8 scope," +
    "uint48 sessionExpiry)",
  FORCED_CLOSE:
    "ForcedClose(uint32 account,uint64 nonce,uint48 expiry,uint16 instrument,uint40 lots)",
  INDEX_PRICE: "IndexPrice(uint16 underlying,uint32 reporterEpoch,uint48 publishTime,uint64 price)",
  RECEIPT:
    "Receipt(uint32 epoch,uint64 batch,uint32 segment,uint8 index,bytes32 opHash,uint48 postBy)",
  RECEIPT_GROUP: "ReceiptGroup(bytes32 commitment)",
};

const ofText = (text) => keccak256(new TextEncoder().encode(text));

/** Return the hash of a type and its members, each a word: bytes to its right end, or a number. */
function structOf(type, ...members) {
  const words = members.map((member) => {
    if (!(member instanceof Uint8Array)) return uint(member ?? 0, 32);
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

/** Return the struct hash of a user op, or of an INDEX_PRICE with one reporter's price. */
export function structHash(type, fields) {
  const { account, nonce, expiry_ms: expiry } = fields;
  switch (type) {
    case "BUNDLE": {
      const actions = keccak256(...fields.actions.map(hashAction));
      const { session, max_fee_ppm: maxFee } = fields;
      return structOf(type, account, session, nonce, expiry, maxFee, actions);
    }
    case "WITHDRAW":
      return structOf(type, account, nonce, expiry, fields.amount_micro_usd);
    case "SET_SESSION": {
      const { slot, key, scope, session_expiry_ms: sessionExpiry } = fields;
      return structOf(type, account, nonce, expiry, slot, key, scope, sessionExpiry);
    }
    case "FORCED_CLOSE":
      return structOf(type, account, nonce, expiry, fields.instrument, fields.lots);
    case "INDEX_PRICE": {
      const { underlying, reporter_epoch: epoch, publish_time_ms: time, price_nano_usd: price } = fields;
      return structOf(type, underlying, epoch, time, price);
    }
  }
  throw new RangeError(`nobody signs ${type}`);
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
