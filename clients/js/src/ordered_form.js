// Ops as a segment holds them, from and to what is signed (docs/protocol/user-ops.md, "The ordered form").
import { ACTION_KIND, Malformed, TIME_IN_FORCE } from "./actions.js";
import { join, Reader, toBigInt, uint } from "./octets.js";
import { OP_TYPE, SIGNATURE_BYTES } from "./ops.js";

const FORM = { EXPIRY_WHOLE: 1, L1_FEE_WHOLE: 2, MAX_FEE_WHOLE: 4, ATOMIC: 8, GUARDED: 16 };
const OTHERS = FORM.EXPIRY_WHOLE | FORM.L1_FEE_WHOLE | FORM.GUARDED; // what no bundle's form may say
const OF_SESSIONS = [
  OP_TYPE.BUNDLE,
  OP_TYPE.SET_CANCEL_AT,
  OP_TYPE.SET_PROTECTION,
  OP_TYPE.BLOCK_TRADE,
  OP_TYPE.SET_TRIGGER,
  OP_TYPE.BID,
];
const OF_OWNERS = [OP_TYPE.WITHDRAW, OP_TYPE.SET_SESSION, OP_TYPE.SET_GUARD, OP_TYPE.SET_MARGIN_MODE];
const UNSIGNED = {
  [OP_TYPE.WITHDRAW]: 34,
  [OP_TYPE.SET_SESSION]: 54,
  [OP_TYPE.SET_GUARD]: 47,
  [OP_TYPE.SET_MARGIN_MODE]: 28,
};
const LOTS_SIZES = [1, 2, 3, 5];
const UNIT = 1_000n; // milliseconds of a second; micro-USD of an L1 fee
const ACTIONS_AT = 25;
const L1_FEE_SIZE = 8;

const hasTerms = (kind) => kind === ACTION_KIND.PLACE || kind === ACTION_KIND.REPLACE;
const hasOrder = (kind) => kind === ACTION_KIND.CANCEL || kind === ACTION_KIND.REPLACE;
const isKind = (kind) => Object.values(ACTION_KIND).includes(kind);
const SIDE_NAMES_NONE = 24; // the widths of an order that a quote's side does not name
const SIDE_PLACES_NONE = 128;

function framed(type, body) {
  if (body.length < 0x80) return join(uint(type, 1), uint(body.length, 1), body);
  return join(uint(type, 1), uint(0x8000 | body.length, 2), body);
}

/** Return where the body of the ordered op at an offset begins and ends. */
export function orderedSpan(bytes, at) {
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return [at + 2, at + 2 + first];
  return [at + 3, at + 3 + (first & 0x7f) * 256 + (bytes[at + 2] ?? 0)];
}

/** Return the whole ops of a segment's bytes behind its head, at most sixteen. */
export function splitOps(bytes) {
  const ops = [];
  for (let at = 0; ops.length < 16; ) {
    const [, end] = orderedSpan(bytes, at);
    if (end > bytes.length) break;
    ops.push(bytes.subarray(at, end));
    at = end;
  }
  return ops;
}

/** Return the ordered form of an op as it is signed and sent. Throws RangeError if it has none. */
export function orderedOp(op) {
  const [type, body] = [op[0], op.subarray(3)];
  const isOwners = OF_OWNERS.includes(type);
  if (!isOwners && !OF_SESSIONS.includes(type)) return framed(type, body);
  const reader = new Reader(body);
  const account = reader.uint(4);
  const session = isOwners ? 0n : reader.uint(1);
  const [nonce, expiry] = [reader.uint(8), reader.uint(6)];
  const isGuarded = isOwners && body.length === UNSIGNED[type] + 2 * SIGNATURE_BYTES;
  const end = body.length - (isGuarded ? 2 : 1) * SIGNATURE_BYTES;
  const l1Fee = toBigInt(body.subarray(end - L1_FEE_SIZE, end));
  const head = { who: (account << 2n) | session, session, nonce, expiry, l1Fee };
  const signatures = body.subarray(end);
  if (type !== OP_TYPE.BUNDLE) {
    const terms = body.subarray(reader.at, end - L1_FEE_SIZE);
    return framed(type, join(headOf(head, isGuarded ? FORM.GUARDED : 0), terms, signatures));
  }
  const [maxFee, atomic, count] = [reader.uint(4), reader.uint(1), Number(reader.uint(1))];
  const isWhole = maxFee >> 16n !== 0n;
  if (atomic > 1n || count < 1 || count > 8) throw new RangeError("atomic, or the count of actions");
  const form = ((count - 1) << 5) | (atomic ? FORM.ATOMIC : 0) | (isWhole ? FORM.MAX_FEE_WHOLE : 0);
  const actions = orderedActions(new Reader(body.subarray(ACTIONS_AT, end - L1_FEE_SIZE)), count);
  return framed(type, join(headOf(head, form), uint(maxFee, isWhole ? 4 : 2), actions, signatures));
}

function headOf({ who, session, nonce, expiry, l1Fee }, form) {
  if (session > 3n) throw new RangeError(`session ${session}`);
  const seconds = expiry % UNIT === 0n && expiry / UNIT < 2n ** 32n;
  const units = l1Fee % UNIT === 0n && l1Fee / UNIT < 2n ** 16n;
  const whole = (seconds ? 0 : FORM.EXPIRY_WHOLE) | (units ? 0 : FORM.L1_FEE_WHOLE);
  return join(
    uint(who, 3),
    uint(form | whole, 1),
    uint(nonce & 0xffffn, 2),
    seconds ? uint(expiry / UNIT, 4) : uint(expiry, 6),
    units ? uint(l1Fee / UNIT, 2) : uint(l1Fee, 8),
  );
}

/** Return a difference in the fewest bytes that hold it with its sign, modulo 256^size. */
function signed(difference, size) {
  const value = BigInt.asIntN(8 * size, difference);
  let width = 1;
  while (BigInt.asIntN(8 * width, value) !== value) width += 1;
  return uint(BigInt.asUintN(8 * width, value), width);
}

/** Return an unsigned integer in the fewest bytes. */
function shortest(value) {
  let size = 0;
  while (value >> BigInt(8 * size)) size += 1;
  return uint(value, size);
}

const lotsCode = (lots) => LOTS_SIZES.findIndex((size) => lots < 256n ** BigInt(size));

/** Return what an action's first byte says of flags and client id, and what the action ends with. */
function lateTerms(flags, expiry, clientId) {
  const isDated = flags >> 5 === TIME_IN_FORCE.GTD;
  if (flags >> 7 || (expiry && !isDated)) throw new RangeError(`flags ${flags}, expiry ${expiry}`);
  const id = shortest(clientId);
  const late = [isDated ? uint(expiry, 6) : uint(0, 0), ...(clientId ? [uint(id.length, 1), id] : [])];
  return [((flags & 7) << 4) | (clientId ? 128 : 0), late];
}

function orderedActions(reader, count) {
  const last = { instrument: 0n, slot: 0n, serial: 0n, price: 0n };
  const step = (name, value, size) => {
    const bytes = signed(value - last[name], size);
    last[name] = value;
    return bytes;
  };
  const orderOf = (slot, serial) => {
    const order = [step("slot", slot, 4), step("serial", serial, 6)];
    return [(order[0].length - 1) | ((order[1].length - 1) << 2), order];
  };
  // A quote's side: the width of its lots, its other widths, its bytes.
  const sideOf = () => {
    const [slot, serial, price, lots] = [4, 6, 4, 5].map((size) => reader.uint(size));
    let [widths, order] = slot || serial ? orderOf(slot, serial) : [SIDE_NAMES_NONE, []];
    if (!price && !lots) return [0, widths | SIDE_PLACES_NONE, order];
    const stepped = step("price", price, 4);
    widths |= (stepped.length - 1) << 5;
    const code = lotsCode(lots);
    return [code, widths, [...order, stepped, uint(lots, LOTS_SIZES[code])]];
  };
  const parts = [];
  for (let each = 0; each < count; each += 1) {
    const kind = Number(reader.uint(1));
    if (!isKind(kind)) throw new RangeError(`kind ${kind}`);
    const [widths, rest] = [[], []];
    const instrument = reader.uint(2);
    let first = kind;
    if (instrument === last.instrument) first |= 8;
    else rest.push(uint(instrument, 2));
    last.instrument = instrument;
    if (kind === ACTION_KIND.QUOTE) {
      const flags = Number(reader.uint(1));
      const [added, late] = lateTerms(flags, reader.uint(6), reader.uint(8));
      const [bid, ask] = [sideOf(), sideOf()];
      const shared = (flags >> 3) | (bid[0] << 4) | (ask[0] << 6);
      parts.push(uint(first | added, 1), uint(shared, 1), uint(bid[1], 1), uint(ask[1], 1));
      parts.push(...rest, ...bid[2], ...ask[2], ...late);
      continue;
    }
    let orderWidths;
    if (hasOrder(kind)) {
      let order;
      [orderWidths, order] = orderOf(reader.uint(4), reader.uint(6));
      rest.push(...order);
    }
    if (hasTerms(kind)) {
      const flags = Number(reader.uint(1));
      const price = step("price", reader.uint(4), 4);
      const lots = reader.uint(5);
      const [expiry, clientId] = [reader.uint(6), reader.uint(8)];
      const [added, late] = lateTerms(flags, expiry, clientId);
      const code = lotsCode(lots);
      first |= added;
      widths.push(uint((flags >> 3) | ((price.length - 1) << 4) | (code << 6), 1));
      rest.push(price, uint(lots, LOTS_SIZES[code]), ...late);
    }
    if (orderWidths !== undefined) widths.push(uint(orderWidths, 1));
    parts.push(uint(first, 1), ...widths, ...rest);
  }
  if (reader.left) throw new RangeError("bytes are left over");
  return join(...parts);
}

/** Return an op as it is signed, of its session's nonce base; `Malformed` if nobody can have signed it. */
export function signedOp(op, nonceBase = 0n) {
  const [type, body] = [op[0], op.subarray(orderedSpan(op, 0)[0])];
  const isOwners = OF_OWNERS.includes(type);
  let signed = body;
  if (isOwners || OF_SESSIONS.includes(type)) {
    try {
      signed = signedBody(type, isOwners, new Reader(body), nonceBase);
    } catch (error) {
      if (error instanceof RangeError) throw new Malformed(error.message);
      throw error;
    }
  }
  return join(uint(type, 1), uint(signed.length, 2), signed);
}

/** Return account and session of a user op in a segment; undefined of another op. */
export function whoOf(op) {
  const start = orderedSpan(op, 0)[0];
  if (![...OF_OWNERS, ...OF_SESSIONS].includes(op[0]) || start + 3 > op.length) return undefined;
  const who = toBigInt(op.subarray(start, start + 3));
  return { account: who >> 2n, session: who & 3n };
}

function signedBody(type, isOwners, reader, nonceBase) {
  const [who, form, low] = [reader.uint(3), Number(reader.uint(1)), reader.uint(2)];
  const expiry = form & FORM.EXPIRY_WHOLE ? reader.uint(6) : reader.uint(4) * UNIT;
  const l1Fee = form & FORM.L1_FEE_WHOLE ? reader.uint(8) : reader.uint(2) * UNIT;
  const session = who & 3n;
  if (isOwners && session) throw new Malformed("session");
  const nonce = BigInt.asUintN(64, nonceBase + BigInt.asIntN(16, low - nonceBase));
  const slot = isOwners ? uint(0, 0) : uint(session, 1);
  const head = join(uint(who >> 2n, 4), slot, uint(nonce, 8), uint(expiry, 6));
  if (type !== OP_TYPE.BUNDLE) {
    if (form & ~OTHERS) throw new Malformed("form");
    const signatures = (form & FORM.GUARDED ? 2 : 1) * SIGNATURE_BYTES;
    if (reader.left < signatures) throw new Malformed("signatures");
    const terms = reader.take(reader.left - signatures);
    return join(head, terms, uint(l1Fee, L1_FEE_SIZE), reader.take(reader.left));
  }
  const maxFee = reader.uint(form & FORM.MAX_FEE_WHOLE ? 4 : 2);
  const count = (form >> 5) + 1;
  const actions = signedActions(reader, count);
  if (form & FORM.GUARDED || reader.left !== SIGNATURE_BYTES) throw new Malformed("signature");
  const terms = join(uint(maxFee, 4), uint(form & FORM.ATOMIC ? 1 : 0, 1), uint(count, 1));
  return join(head, terms, actions, uint(l1Fee, L1_FEE_SIZE), reader.take(SIGNATURE_BYTES));
}

function signedActions(reader, count) {
  const last = { instrument: uint(0, 2), slot: 0n, serial: 0n, price: 0n };
  const step = (name, width, size) => {
    const difference = BigInt.asIntN(8 * width, reader.uint(width));
    last[name] = BigInt.asUintN(8 * size, last[name] + difference);
    return uint(last[name], size);
  };
  const lateOf = (flags, widths) => {
    const expiry = ((widths >> 2) & 3) === TIME_IN_FORCE.GTD ? reader.take(6) : uint(0, 6);
    const idSize = flags & 8 ? Number(reader.uint(1)) : 0;
    if (idSize > 8) throw new Malformed("client id");
    return [expiry, uint(reader.uint(idSize), 8)];
  };
  const orderOf = (widths) => [step("slot", (widths & 3) + 1, 4), step("serial", (widths >> 2) + 1, 6)];
  const sideOf = (widths, code) => {
    const order = widths & 31;
    if (order > SIDE_NAMES_NONE) throw new Malformed("width of the serial");
    const named = order < SIDE_NAMES_NONE ? orderOf(order) : [uint(0, 10)];
    if (!(widths & SIDE_PLACES_NONE)) {
      return [...named, step("price", (widths >> 5) + 1, 4), uint(reader.uint(LOTS_SIZES[code]), 5)];
    }
    if (code || widths & 0x60) throw new Malformed("widths of nothing");
    return [...named, uint(0, 9)];
  };
  const parts = [];
  for (let each = 0; each < count; each += 1) {
    const first = Number(reader.uint(1));
    const [kind, flags] = [first & 7, first >> 4];
    if (!isKind(kind)) throw new Malformed("kind");
    if (kind === ACTION_KIND.QUOTE) {
      const [widths, bidWidths, askWidths] = reader.take(3);
      if (!(first & 8)) last.instrument = reader.take(2);
      const sides = [...sideOf(bidWidths, (widths >> 4) & 3), ...sideOf(askWidths, widths >> 6)];
      const shared = uint((flags & 7) | ((widths & 15) << 3), 1);
      parts.push(uint(kind, 1), last.instrument, shared, ...lateOf(flags, widths), ...sides);
      continue;
    }
    if (flags && !hasTerms(kind)) throw new Malformed("first byte");
    const widths = hasTerms(kind) ? Number(reader.uint(1)) : 0;
    const orderWidths = hasOrder(kind) ? Number(reader.uint(1)) : 0;
    if (orderWidths >> 2 > 5) throw new Malformed("width of the serial");
    if (!(first & 8)) last.instrument = reader.take(2);
    parts.push(uint(kind, 1), last.instrument);
    if (hasOrder(kind)) parts.push(...orderOf(orderWidths));
    if (!hasTerms(kind)) continue;
    const price = step("price", ((widths >> 4) & 3) + 1, 4);
    const lots = uint(reader.uint(LOTS_SIZES[widths >> 6]), 5);
    parts.push(uint((flags & 7) | ((widths & 15) << 3), 1), price, lots, ...lateOf(flags, widths));
  }
  return join(...parts);
}
