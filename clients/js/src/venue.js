// A venue through its gateway: orders are made and signed here, receipts are checked here.
import { blockFields, blockFile, consentFields, signedFile } from "./block_trade.js";
import { lotsOf, microUsdOf, ticksOf } from "./decimals.js";
import { LiveSocket } from "./live_socket.js";
import { fromHex, toHex } from "./octets.js";
import { encodeOp } from "./ops.js";
import { QuoteDesk } from "./quote_desk.js";
import { checkReceipt } from "./receipts.js";
import { addressOfSecret, sign } from "./signatures.js";
import { digest, domainSeparator, structHash } from "./typed_data.js";
import { VenueError } from "./venue_error.js";

const EXPIRY_MS = 60_000;
const MAX_FEE_PPM = 1_000;
const MAX_L1_FEE_MICRO_USD = 2_000_000; // what the bytes of an op may cost on L1
const ATTEMPTS_MAX = 3;
const NONCE_RESULTS = ["NONCE_USED", "NONCE_TOO_FAR"];
const NO_KEY = new Uint8Array(20);
const SCOPE_TRADE = 1;
const GUARD_MODES = { SET: 0, ANNOUNCE: 1, KEEP: 2, REMOVE: 3 };
const NO_LIMITS = { lots_max: 2n ** 40n - 1n, delta_max: 2n ** 63n - 1n, vega_max: 2n ** 63n - 1n };
const TRIGGER_TERMS = [
  "sell", "reduce_only", "falling", "by_mark", "trigger_price", "limit", "lots", "max_fee_ppm",
  "trigger_expiry_ms", "client_id",
];
const GUARDED_MODES = ["SET", "REMOVE"];

/** Return a venue. `options`: `secret` (32 bytes or 0x text) or `signer` (below) to trade with,
 *  `account`, `session` (whose key it is; 0: the owner's), `guard` (a signer of the account's guard
 *  key, for withdrawals and changes of keys), `WebSocket` (a class, where none is global). A signer has `address` (0x text) and `sign(type, fields, digest)`, which returns 64 bytes. */
export async function connect(url, options = {}) {
  const venue = new Venue(url.replace(/\/$/, ""), options);
  await venue.open();
  return venue;
}

/** A signer of a private key. */
export function signerOf(secret) {
  const key = typeof secret === "string" ? fromHex(secret) : secret;
  return { address: toHex(addressOfSecret(key)), sign: (type, fields, hash) => sign(hash, key) };
}

export class Venue {
  #url;
  #options;
  #instruments = new Map();
  #nonce = null;
  #clockAheadMs = 0;
  #ready = Promise.resolve();

  constructor(url, options) {
    this.#url = url;
    this.#options = options;
    this.signer = options.secret ? signerOf(options.secret) : (options.signer ?? null);
    this.guard = options.guard ?? null;
    this.account = options.account ?? null;
    this.session = options.session ?? 0;
    this.rfq = new QuoteDesk(this, {
      maxFeePpm: MAX_FEE_PPM,
      takeNonce: () => this.#takeNonce(),
      dropNonces: () => (this.#nonce = null),
      nextNonce: () => this.#nextNonce(),
      signOp: (type, fields) => this.#signOp(type, fields),
      checked: (op, ack) => this.#checked(op, ack),
    });
    this.live = new LiveSocket(url.replace(/^http/, "ws") + "/api/v1/live", options.WebSocket);
  }

  /** Read the venue's domain and the signer's account, and open the connection. */
  async open() {
    const asked = Date.now();
    this.info = await this.get("/venue");
    this.#clockAheadMs = this.info.now_ms - (asked + Date.now()) / 2;
    const { chainId, verifyingContract } = this.info.domain;
    this.separator = domainSeparator(chainId, fromHex(verifyingContract));
    if (toHex(this.separator) !== this.info.domain_separator) throw new Error("another domain");
    if (this.signer && this.account === null) {
      [this.account] = (await this.get(`/accounts?owner=${this.signer.address}`)).accounts;
      if (!this.account) throw new Error(`${this.signer.address} owns no account`);
    }
    await this.live.open();
  }

  /** End the connection. */
  close() {
    this.live.close();
  }

  /** Return the JSON of a read, of a path below /api/v1. Throws VenueError. */
  async get(path) {
    return answerOf(await fetch(`${this.#url}/api/v1${path}`));
  }

  /** Return the JSON of a request with a JSON body. Throws VenueError. */
  async post(path, body) {
    const headers = { "content-type": "application/json" };
    return answerOf(await fetch(`${this.#url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
  }

  /** Return an instrument's terms and prices. */
  async instrument(symbol) {
    const found = await this.get(`/instruments/${encodeURIComponent(symbol)}`);
    this.#instruments.set(symbol, found);
    return found;
  }

  /** Return an account, by default the signer's: margin, positions, open orders, and the Greeks of
   *  positions, expiries and underlyings (docs/gateway.md), decimals as text. */
  accountState(account = this.account) {
    if (!account) throw new RangeError("no account: name one");
    return this.get(`/accounts/${account}`);
  }

  /** Return an instrument's terms, asked for once: its prices may be old. */
  async instrumentTerms(symbol) {
    return this.#instruments.get(symbol) ?? (await this.instrument(symbol));
  }

  /** Return the action of an order in decimals. `terms`: time_in_force, post_only, reduce_only,
   *  self_trade, expiry_ms, client_id. */
  async order(symbol, side, price, size, terms = {}) {
    const instrument = await this.instrumentTerms(symbol);
    if (side !== "buy" && side !== "sell") throw new RangeError(`side ${side}`);
    return {
      kind: "PLACE",
      instrument: instrument.instrument_id,
      sell: side === "sell",
      time_in_force: "GTC",
      post_only: false,
      reduce_only: false,
      self_trade: "CANCEL_TAKER",
      expiry_ms: 0,
      client_id: 0,
      ...terms,
      price: ticksOf(instrument, price),
      lots: lotsOf(instrument, size),
    };
  }

  /** Place an order; return its ack, the receipt checked. Throws VenueError, ReceiptInvalid. */
  async place(symbol, side, price, size, terms = {}) {
    return this.submitActions(await this.order(symbol, side, price, size, terms));
  }

  /** Return the action of a quote. `bid`, `ask`: { price, size, slot, serial } in decimals, or null; slot and serial name the order that a side
   *  replaces, which without a size is cancelled. `terms`: as of an order; post-only unless told otherwise. */
  async quoteOf(symbol, bid, ask, terms = {}) {
    const instrument = await this.instrumentTerms(symbol);
    const side = (name, given) => ({
      [`${name}_slot`]: given?.slot ?? 0,
      [`${name}_serial`]: given?.serial ?? 0,
      [`${name}_price`]: given?.size === undefined ? 0 : ticksOf(instrument, given.price),
      [`${name}_lots`]: given?.size === undefined ? 0 : lotsOf(instrument, given.size),
    });
    return {
      kind: "QUOTE",
      instrument: instrument.instrument_id,
      time_in_force: "GTC",
      post_only: true,
      self_trade: "CANCEL_TAKER",
      expiry_ms: 0,
      client_id: 0,
      ...terms,
      ...side("bid", bid),
      ...side("ask", ask),
    };
  }

  /** Quote an instrument; the ack's actions are the bid's outcome and the ask's: their slots and serials are what the next quote names. */
  async quote(symbol, bid, ask, terms = {}) {
    return this.submitActions(await this.quoteOf(symbol, bid, ask, terms));
  }

  /** Cancel an order by slot and serial. */
  async cancel(symbol, slot, serial) {
    const { instrument_id: instrument } = await this.instrumentTerms(symbol);
    return this.submitActions({ kind: "CANCEL", instrument, slot, serial });
  }

  /** Cancel all orders, or those of an instrument. */
  async cancelAll(symbol = null) {
    const instrument = symbol === null ? 0 : (await this.instrumentTerms(symbol)).instrument_id;
    return this.submitActions({ kind: "CANCEL_ALL", instrument });
  }

  /** Sign up to eight actions as one bundle and submit them; again if a nonce was refused. */
  submitActions(...actions) {
    return this.#submitFresh(() => this.signBundle(actions));
  }

  async #submitFresh(sign) {
    for (let attempt = 1; ; attempt++) {
      const op = await sign();
      try {
        return await this.submit(op);
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !NONCE_RESULTS.includes(error.result)) throw error;
        this.#nonce = null;
      }
    }
  }

  /** Return the bytes of a signed bundle. `expiryMs`: how long it can be submitted; `atomic`: all actions or none. */
  signBundle(actions, expiryMs = EXPIRY_MS, atomic = false) {
    const terms = { max_fee_ppm: MAX_FEE_PPM, atomic: atomic ? 1 : 0 };
    return this.#signOp("BUNDLE", { ...terms, actions }, expiryMs);
  }

  async #signOp(type, own, expiryMs = EXPIRY_MS, isGuarded = false) {
    const fields = {
      account: this.account,
      session: this.session,
      nonce: own.nonce ?? (await this.#takeNonce()),
      expiry_ms: Math.ceil((this.nowMs() + expiryMs) / 1_000) * 1_000, // whole seconds have fewer bytes in a segment
      max_l1_fee_micro_usd: MAX_L1_FEE_MICRO_USD,
      ...own,
    };
    const hash = digest(this.separator, structHash(type, fields));
    const signature = await this.signer.sign(type, fields, hash);
    if (!isGuarded || !(await this.#isGuardInForce())) return encodeOp(type, { ...fields, signature });
    if (!this.guard) throw new VenueError({ name: "OP_REJECTED", result: "GUARD_NEEDED", message: "the account's guard key has to sign too" });
    const guardSignature = await this.guard.sign(type, fields, hash);
    return encodeOp(type, { ...fields, signature, guard_signature: guardSignature });
  }

  async #isGuardInForce() {
    const { guard_key: key, guard_removal_ms: removal } = await this.get(`/accounts/${this.account}`);
    return Boolean(key) && (!removal || removal > this.nowMs());
  }

  #ownersOp(type, own, isGuarded) {
    if (this.session) throw new RangeError("the owner's key signs this, not a session's");
    return this.#submitFresh(() => this.#signOp(type, own, EXPIRY_MS, isGuarded));
  }

  /** Withdraw USD, as decimal text: the Vault pays once the state is final. */
  withdraw(amount) {
    return this.#ownersOp("WITHDRAW", { amount_micro_usd: microUsdOf(amount) }, true);
  }

  /** Let a key trade, and nothing else, until a time of the venue's clock; 0: for good. No key (null):
   *  the slot's is taken back. Slots are 1 to 3. */
  setSession(slot, key, expiryMs = 0) {
    if (key === null) return this.#ownersOp("SET_SESSION", { slot, key: NO_KEY, scope: 0, session_expiry_ms: 0 }, true);
    const own = { slot, key: fromHex(key), scope: SCOPE_TRADE, session_expiry_ms: expiryMs };
    return this.#ownersOp("SET_SESSION", own, true);
  }

  /** Set a guard key (`SET`), announce its removal, keep it (`ANNOUNCE`, `KEEP`: by the owner alone),
   *  or remove it. */
  setGuard(mode, key = null) {
    if (!(mode in GUARD_MODES) || (mode === "SET") !== (key !== null)) throw new RangeError(`guard ${mode}`);
    const own = { mode: GUARD_MODES[mode], key: key === null ? NO_KEY : fromHex(key) };
    return this.#ownersOp("SET_GUARD", own, GUARDED_MODES.includes(mode));
  }

  /** Come under portfolio margin on an underlying, that of all positions; 0: standard margin. All orders end. */
  setMarginMode(underlying) {
    return this.#ownersOp("SET_MARGIN_MODE", { underlying }, true);
  }

  /** Return the venue's time, which expiries are measured against. */
  nowMs() {
    return Math.round(Date.now() + this.#clockAheadMs);
  }

  /** Have all orders of the account die at a time of the venue's clock, by its law; 0: never. */
  setCancelAt(timeMs) {
    return this.#submitFresh(() => this.#signOp("SET_CANCEL_AT", { cancel_at_ms: timeMs }));
  }

  /** End all orders of the account on an underlying (its number) once their fills within `window_ms` pass a limit, and
   *  let none rest there for `freeze_ms`: docs/protocol/protection.md. Limits are `lots_max`, `delta_max` (10^-9 units of
   *  the underlying) and `vega_max` (micro-USD a volatility point); one that is left out is none. */
  setProtection(underlying, terms) {
    const limits = { underlying, freeze_ms: 0, ...NO_LIMITS, ...terms };
    return this.#submitFresh(() => this.#signOp("SET_PROTECTION", limits));
  }

  /** Take the account's protection back. */
  clearProtection() {
    const nothing = { underlying: 0, window_ms: 0, freeze_ms: 0, lots_max: 0, delta_max: 0, vega_max: 0 };
    return this.#submitFresh(() => this.#signOp("SET_PROTECTION", nothing));
  }

  /** Let an order wait for a price at a place (0 to 7) of an instrument: docs/protocol/triggers.md.
   *  `terms`: sell, lots, trigger_price (nano-USD), falling; by_mark and reduce_only are true and the
   *  limit (ticks) is any within the band, unless told otherwise. */
  setTrigger(instrument, place, terms) {
    const limit = terms.sell ? 1 : 2 ** 32 - 1;
    const usual = { reduce_only: 1, by_mark: 1, limit, max_fee_ppm: MAX_FEE_PPM, trigger_expiry_ms: 0, client_id: 0 };
    const flags = ["sell", "reduce_only", "falling", "by_mark"];
    const whole = { ...usual, ...terms };
    for (const name of flags) whole[name] = whole[name] ? 1 : 0;
    return this.#submitFresh(() => this.#signOp("SET_TRIGGER", { instrument, place, ...whole }));
  }

  /** Return the portfolios that are auctioned, and what a bid of this account for a fraction (0: all that one
   *  bid may take) would come to: docs/protocol/auctions.md. */
  async auctions(fractionPpm = 0) {
    const { auctions } = await this.get(`/auctions?bidder=${this.account}&fraction_ppm=${fractionPpm}`);
    return auctions;
  }

  /** Take a fraction of every position of an auction's account, at marks, for a discount that is at least as
   *  high as the auction's is here, or another. */
  bid(auction, fractionPpm = 1_000_000, discountPpm = auction.discount_ppm) {
    const { account: seller, begun_ms: auctionMs } = auction;
    const terms = { seller, auction_ms: auctionMs, fraction_ppm: fractionPpm, discount_ppm: discountPpm };
    return this.#submitFresh(() => this.#signOp("BID", terms));
  }

  /** Take back what waits at a place of an instrument. */
  cancelTrigger(instrument, place) {
    const nothing = Object.fromEntries(TRIGGER_TERMS.map((name) => [name, 0]));
    return this.#submitFresh(() => this.#signOp("SET_TRIGGER", { instrument, place, ...nothing }));
  }

  /** Return a leg of a block trade in decimals, from its submitter's side. */
  async blockLeg(symbol, side, price, size) {
    const { instrument, sell, price: ticks, lots } = await this.order(symbol, side, price, size);
    return { instrument, sell, price: Number(ticks), lots: Number(lots) };
  }

  /** Return a block trade that this account will submit, for another account to consent to:
   *  docs/protocol/block-trades.md. It is plain JSON, and the file of `strikeproof trade block`. */
  proposeBlock(counterparty, ...legs) {
    return blockFile(this.info.domain, this.account, counterparty, legs);
  }

  /** Return a proposed block trade with this account's consent, good once and for `forMs`: whoever
   *  has it can submit it until then. Look at its legs first: their sides are the submitter's. */
  async consent(file, forMs = EXPIRY_MS) {
    const trade = blockFields(file, this.info.domain);
    if (trade.counterparty !== this.account) throw new RangeError(`account ${trade.counterparty} consents to this`);
    const nonce = Number(await this.#takeNonce());
    const consent = { session: this.session, nonce, expiry_ms: this.nowMs() + forMs, max_fee_ppm: MAX_FEE_PPM };
    const fields = { ...trade, ...consentFields(consent) };
    const hash = digest(this.separator, structHash("BLOCK_CONSENT", fields));
    return signedFile(file, consent, await this.signer.sign("BLOCK_CONSENT", fields, hash));
  }

  /** Submit a block trade whose counterparty has consented; return the ack. If its result is not OK,
   *  nothing was traded, and the consent is still good until it expires. */
  async submitBlock(file) {
    const trade = blockFields(file, this.info.domain);
    if (trade.account !== this.account) throw new RangeError(`account ${trade.account} submits this`);
    if (!file.consent) throw new RangeError(`account ${trade.counterparty} has not consented`);
    const own = { ...trade, ...consentFields(file.consent), max_fee_ppm: MAX_FEE_PPM };
    return this.#submitFresh(() => this.#signOp("BLOCK_TRADE", own));
  }

  /** Submit signed bytes; return the ack, its receipt checked. */
  async submit(op) {
    const [ack] = await this.live.submit([toHex(op)]);
    if (ack.error) throw new VenueError(ack.error);
    return this.#checked(op, ack.accepted);
  }

  #checked(op, accepted) {
    checkReceipt(accepted.receipt, op, this.separator, this.info.sequencer_keys);
    return accepted;
  }

  /** Have all orders cancelled if this connection ends, or is silent for `heartbeatMs`. Signed now
   *  for `forMs`: call it again before. */
  async cancelAllOnDisconnect(forMs = 3_600_000, heartbeatMs = 0) {
    const op = await this.signBundle([{ kind: "CANCEL_ALL", instrument: 0 }], forMs);
    return this.live.onDisconnect([toHex(op)], heartbeatMs);
  }

  /** Yield how far an op has come whenever that changes, until it is final. */
  async *followFinality(ack, everyMs = 1_000) {
    const { batch, segment, index } = ack.receipt.position;
    for (let last = null; last !== "final"; ) {
      const found = await this.get(`/ops/${batch}/${segment}/${index}/finality`);
      if (found.state !== last) yield found;
      last = found.state;
      if (last !== "final") await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** Return the least nonce above all that this session has used. */
  async #nextNonce() {
    const path = `/accounts/${this.account}/sessions/${this.session}`;
    return BigInt((await this.get(path)).next_nonce);
  }

  /** Return a nonce that no other call of this venue gets. */
  #takeNonce() {
    const taken = this.#ready.then(async () => {
      this.#nonce ??= await this.#nextNonce();
      return this.#nonce++;
    });
    this.#ready = taken.catch(() => {});
    return taken;
  }
}

/** Return the JSON of an answer. Throws VenueError, also for another answer than JSON: a proxy's page. */
async function answerOf(answer) {
  const body = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body;
  throw new VenueError(body?.error ?? { name: "UNREACHABLE", message: `the gateway answered ${answer.status}`, retry: true });
}

/** Return a signer of an injected wallet (window.ethereum) for one of its addresses. */
export function walletSigner(ethereum, address, typedData) {
  return {
    address,
    async sign(type, fields) {
      const asked = [address, JSON.stringify(typedData(type, fields))];
      const text = await ethereum.request({ method: "eth_signTypedData_v4", params: asked });
      return compactSignature(fromHex(text));
    },
  };
}

/** Return a wallet's 65 bytes as the protocol's 64: the parity in the top bit of s. */
export function compactSignature(signature) {
  if (signature.length === 64) return signature;
  const parity = signature[64] % 27;
  if (signature.length !== 65 || parity > 1 || signature[32] >> 7) throw new RangeError("signature");
  const compact = signature.slice(0, 64);
  compact[32] |= parity << 7;
  return compact;
}
