// Actions of a bundle (docs/protocol/user-ops.md).
import { decodeFields, encodeFields } from "./fields.js";
import { join, uint } from "./octets.js";

export const ACTION_KIND = { PLACE: 1, CANCEL: 2, CANCEL_ALL: 3, REPLACE: 4, QUOTE: 5 };
export const TIME_IN_FORCE = { GTC: 0, GTD: 1, IOC: 2, FOK: 3 };
export const SELF_TRADE = { CANCEL_TAKER: 0, CANCEL_MAKER: 1, CANCEL_BOTH: 2 };

const INSTRUMENT = [["instrument", 2]];
const ORDER = [
  ["slot", 4],
  ["serial", 6],
];
const TERMS = [
  ["flags", 1],
  ["price", 4],
  ["lots", 5],
  ["expiry_ms", 6],
  ["client_id", 8],
];
const SIDE = [...ORDER, ["price", 4], ["lots", 5]];
const SIDES = ["bid", "ask"];
const FIELDS = {
  PLACE: [...INSTRUMENT, ...TERMS],
  CANCEL: [...INSTRUMENT, ...ORDER],
  CANCEL_ALL: INSTRUMENT,
  REPLACE: [...INSTRUMENT, ...ORDER, ...TERMS],
  QUOTE: [
    ...INSTRUMENT,
    ["flags", 1],
    ["expiry_ms", 6],
    ["client_id", 8],
    ...SIDES.flatMap((side) => SIDE.map(([name, size]) => [`${side}_${name}`, size])),
  ],
};

/** Bytes that are not an action, or terms that no order may have. */
export class Malformed extends Error {}

export function nameOf(table, value) {
  return Object.keys(table).find((name) => BigInt(table[name]) === BigInt(value));
}

function flagsOf(action) {
  return (
    (action.sell ? 1 : 0) |
    (action.post_only ? 2 : 0) |
    (action.reduce_only ? 4 : 0) |
    (SELF_TRADE[action.self_trade] << 3) |
    (TIME_IN_FORCE[action.time_in_force] << 5)
  );
}

function partsOf(flags) {
  return {
    sell: (flags & 1) !== 0,
    post_only: (flags & 2) !== 0,
    reduce_only: (flags & 4) !== 0,
    self_trade: nameOf(SELF_TRADE, (flags >> 3) & 3),
    time_in_force: nameOf(TIME_IN_FORCE, flags >> 5), // bit 7 makes it 4 or more: no name
  };
}

/** Return an action's bytes. */
export function encodeAction(action) {
  const fields = FIELDS[action.kind];
  const values = "time_in_force" in action ? { ...action, flags: flagsOf(action) } : action;
  return join(uint(ACTION_KIND[action.kind], 1), encodeFields(fields, values));
}

/** Take an action from a reader. Throws Malformed, or RangeError if bytes are missing. */
export function readAction(reader) {
  const kind = nameOf(ACTION_KIND, reader.uint(1));
  if (kind === undefined) throw new Malformed("unknown kind of action");
  const { flags, ...values } = decodeFields(FIELDS[kind], reader);
  const action = { kind, ...values, ...(flags === undefined ? {} : partsOf(Number(flags))) };
  if (kind !== "CANCEL_ALL" && action.instrument === 0n) throw new Malformed("instrument 0");
  if (flags !== undefined) checkTerms(action);
  return action;
}

function checkTerms(action) {
  const inForce = action.time_in_force;
  const isImmediate = inForce === "IOC" || inForce === "FOK";
  if (inForce === undefined || action.self_trade === undefined) throw new Malformed("flags");
  if (action.kind === "QUOTE") checkSides(action);
  else if (action.price === 0n || action.lots === 0n) throw new Malformed("price or lots 0");
  if ((action.expiry_ms !== 0n) !== (inForce === "GTD")) throw new Malformed("expiry");
  if (isImmediate && (action.post_only || action.kind !== "PLACE")) throw new Malformed(inForce);
}

function checkSides(quote) {
  if (quote.sell || quote.reduce_only) throw new Malformed("flags of a quote");
  const [bid, ask] = signedActions([quote]);
  for (const { slot, serial, price, lots } of [bid, ask]) {
    if ((slot === 0n) !== (serial === 0n)) throw new Malformed("a slot goes with a serial");
    if ((price === 0n) !== (lots === 0n)) throw new Malformed("a price goes with lots");
  }
  if (ask.price !== 0n && bid.price >= ask.price) throw new Malformed("the bid is not below the ask");
  if (!(bid.slot || bid.lots || ask.slot || ask.lots)) throw new Malformed("an empty quote");
}

/** Return a bundle's actions as they are signed, and have their results: a quote as its bid and its ask. */
export function signedActions(actions) {
  return actions.flatMap((action) => {
    if (action.kind !== "QUOTE") return [action];
    return SIDES.map((side) => ({
      ...action,
      sell: side === "ask",
      ...Object.fromEntries(SIDE.map(([name]) => [name, action[`${side}_${name}`]])),
    }));
  });
}
