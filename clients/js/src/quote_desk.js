// Asking for quotes, and giving them, through a gateway: what is signed is made and checked here.
import { consentFields } from "./block_trade.js";
import { lotsOf, ticksOf } from "./decimals.js";
import { toHex } from "./octets.js";
import { ACCESS_LEFT_MS, ACCESS_MS, acceptedTrade, blockLegs, QuoteNonces, requestTrade } from "./quote_request.js";
import { digest, structHash } from "./typed_data.js";
import { VenueError } from "./venue_error.js";

const REQUEST_MS = 60_000;
const QUOTE_MS = 20_000;
const ATTEMPTS_MAX = 3;
const NONCE_RESULTS = ["NONCE_USED", "NONCE_TOO_FAR"];
const AGAIN_MS = 1_000;

/** Requests for quotes of one venue: `venue.rfq`. */
export class QuoteDesk {
  #venue;
  #own;
  #access = null;
  #nonces;

  /** `own`: what the venue keeps to itself: takeNonce, dropNonces, nextNonce, signOp, checked, maxFeePpm. */
  constructor(venue, own) {
    this.#venue = venue;
    this.#own = own;
    this.#nonces = new QuoteNonces(own.takeNonce);
  }

  /** Return what shows the node whom this client speaks for: signed once in half an hour, good for
   *  asking and for indicative quotes, and for no trade. */
  async access() {
    const kept = this.#access;
    if (kept && (kept.untilMs === null || kept.untilMs - this.#venue.nowMs() >= ACCESS_LEFT_MS)) return kept.signed;
    const made = { untilMs: null, signed: this.#signAccess() };
    this.#access = made;
    try {
      const signed = await made.signed;
      made.untilMs = signed.expiry_ms;
      return signed;
    } catch (error) {
      if (this.#access === made) this.#access = null; // a wallet that refused is asked again
      throw error;
    }
  }

  async #signAccess() {
    const { account, session, signer, separator } = this.#venue;
    if (!signer) throw new RangeError("nobody signs here");
    const fields = { account, session, expiry_ms: this.#venue.nowMs() + ACCESS_MS };
    const hash = digest(separator, structHash("QUOTE_ACCESS", fields));
    return { ...fields, signature: toHex(await signer.sign("QUOTE_ACCESS", fields, hash)) };
  }

  async #post(path, body) {
    return this.#venue.post(`/rfq/requests${path}`, { access: await this.access(), ...body });
  }

  // --- the requester ---

  /** Ask for prices of `amount` structures. `legs`: { instrument, side, size } in decimals, as whoever
   *  buys the structure trades them. `terms`: side (buy, sell or both), makers (accounts; everybody
   *  without), disclosed (true unless told otherwise), openMs. */
  async openRequest(legs, amount, { side = "both", makers = [], disclosed = true, openMs = REQUEST_MS } = {}) {
    for (const { instrument, size } of legs) lotsOf(await this.#venue.instrumentTerms(instrument), size); // RangeError before anything is asked
    return this.#post("", { legs, amount, side, makers, disclosed, open_ms: openMs });
  }

  /** Return a request of this account, or one that it is asked to quote. */
  request(number) {
    return this.#post(`/${number}`, {});
  }

  /** Close a request of this account. */
  withdrawRequest(number) {
    return this.#post(`/${number}/withdraw`, {});
  }

  /** Tell one maker, or all that are asked, which account asks: only then can they sign. */
  disclose(number, maker = 0) {
    return this.#post(`/${number}/disclose`, { maker });
  }

  /** Yield { quote_request, bids, asks } of a request of this account, best first, and again after
   *  changes, until it is closed. Of changes that come faster than they are read, the newest.
   *  `signal`: an AbortSignal that ends it. */
  async *followQuotes(number, signal) {
    for await (const found of this.#follow("quotes", { request: number }, signal)) {
      yield found;
      if (found.quote_request.state !== "OPEN") return;
    }
  }

  /** Trade a signed quote: "buy" the structure at its ask, or "sell" it at its bid. What is signed are
   *  the prices of `quote`. Look at the ack's result: if it is not OK, nothing was traded. */
  async accept(request, quote, side, maxFeePpm = this.#own.maxFeePpm) {
    if (request.account !== this.#venue.account) throw new RangeError(`account ${request.account} accepts this`);
    const { trade, consent, signature } = acceptedTrade(request, quote, side);
    const own = { ...trade, ...consentFields({ ...consent, nonce: consentNonce(consent), signature }), max_fee_ppm: maxFeePpm };
    for (let attempt = 1; ; attempt++) {
      const nonce = await this.#own.takeNonce();
      const op = await this.#own.signOp("BLOCK_TRADE", { ...own, nonce });
      try {
        const body = { version: quote.version, op: toHex(op) };
        return this.#own.checked(op, await this.#venue.post(`/rfq/requests/${request.request}/accept`, body));
      } catch (error) {
        if (!NONCE_RESULTS.includes(error.result)) throw error;
        this.#own.dropNonces();
        const isMakers = error.result === "NONCE_USED" && nonce >= (await this.#own.nextNonce()); // its quote was traded
        if (attempt === ATTEMPTS_MAX || isMakers) throw error;
      }
    }
  }

  /** Return the margin of this account before and after it trades a quote: `side` as in `accept`. Also
   *  of one that is indicative. The node's estimate, of its present state. */
  margin(request, quote, side) {
    const sells = side === "sell";
    const ticks = (sells ? quote.bid : quote.ask)?.price_ticks;
    const legs = blockLegs(request, ticks, quote.amount, sells);
    return this.#venue.post(`/accounts/${this.#venue.account}/block-margin`, { legs });
  }

  // --- the maker ---

  /** Yield open requests that this account may quote, then each that opens or changes. Of changes to
   *  one request that come faster than they are read, the newest. */
  async *followRequests(signal) {
    for await (const { quote_request: found } of this.#follow("requests", { account: this.#venue.account }, signal)) yield found;
  }

  /** Quote a request in place of what this account quoted before; return the version. `bid`, `ask`:
   *  USD as decimal text, a price for each leg. If the request is disclosed this signs: whoever asked can trade it
   *  until it expires, also after it was replaced or withdrawn. All quotes of a request share a nonce:
   *  one of them is traded at most, and any op with that nonce takes them back. */
  async quote(request, { bid = null, ask = null }, { amount = request.amount, goodForMs = QUOTE_MS, maxFeePpm = this.#own.maxFeePpm } = {}) {
    if (!bid && !ask) throw new RangeError("a quote has a bid, an ask or both");
    const [bidTicks, askTicks] = [await this.#ticks(request, bid), await this.#ticks(request, ask)];
    const until = this.#venue.nowMs() + goodForMs;
    const body = { amount, bid_ticks: bidTicks, ask_ticks: askTicks, expiry_ms: until };
    if (request.account === null) return (await this.#post(`/${request.request}/quote`, body)).version;
    for (let attempt = 1; ; attempt++) {
      const consent = await this.#consent(request, [bidTicks, askTicks], amount, { expiry_ms: until, max_fee_ppm: maxFeePpm });
      try {
        return (await this.#post(`/${request.request}/quote`, { ...body, consent })).version;
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !NONCE_RESULTS.includes(error.result)) throw error;
        this.#nonces.refused(request.request);
        this.#own.dropNonces();
      }
    }
  }

  /** Take this account's quote of a request out: the node shows and accepts it no more. */
  withdrawQuote(number) {
    return this.#post(`/${number}/quote/withdraw`, {});
  }

  async #ticks(request, prices) {
    if (!prices) return [];
    if (prices.length !== request.legs.length) throw new RangeError(`prices: one for each of ${request.legs.length} legs`);
    const terms = await Promise.all(request.legs.map(({ instrument }) => this.#venue.instrumentTerms(instrument)));
    terms.forEach((each, n) => {
      if (each.instrument_id !== request.legs[n].instrument_id) throw new RangeError(`${each.instrument} is another instrument`);
    });
    return terms.map((each, n) => Number(ticksOf(each, prices[n])));
  }

  async #consent(request, sides, amount, terms) {
    const { account, session, signer, separator } = this.#venue;
    const nonce = await this.#nonces.of(request.request, terms.expiry_ms, this.#venue.nowMs());
    const consent = { session, nonce, ...terms };
    const signatures = [];
    for (const [ticks, sells] of [[sides[0], true], [sides[1], false]]) {
      if (!ticks.length) {
        signatures.push(null);
        continue;
      }
      const fields = { ...requestTrade(request, account, ticks, amount, sells), ...consentFields(consent) };
      const hash = digest(separator, structHash("BLOCK_CONSENT", fields));
      signatures.push(toHex(await signer.sign("BLOCK_CONSENT", fields, hash)));
    }
    const [bid, ask] = signatures;
    return { ...consent, nonce: String(nonce), bid_signature: bid, ask_signature: ask };
  }

  // --- streams ---

  /** Yield the newest of each request that a channel shows. After a lost connection, and when the access
   *  has expired, it is asked for again. */
  async *#follow(channel, of, signal) {
    while (!signal?.aborted) {
      const access = await this.access();
      const heard = new Map(); // request to its newest message
      let [wake, over] = [() => {}, null];
      const stop = this.#venue.live.subscribe(channel, { ...of, access }, (message) => {
        if (message.type === "item") heard.set(message.quote_request.request, message);
        else if (message.type === "ended" || message.type === "refused") over = message.error ?? { name: "CLOSED" };
        wake();
      });
      signal?.addEventListener("abort", () => wake(), { once: true });
      try {
        while (!over && !signal?.aborted) {
          if (!heard.size) await new Promise((resolve) => (wake = resolve));
          for (const [name, message] of heard) {
            heard.delete(name);
            yield message;
            if (signal?.aborted) return;
          }
        }
      } finally {
        stop();
      }
      if (!over || over.name === "CLOSED") return;
      if (over.name === "UNAUTHENTICATED" && access.expiry_ms - this.#venue.nowMs() < ACCESS_LEFT_MS) {
        this.#access = null; // it has run out: sign another
      } else if (!over.retry) {
        throw new VenueError(over);
      } else {
        await new Promise((resolve) => setTimeout(resolve, over.retry_after_ms ?? AGAIN_MS));
      }
    }
  }
}

/** Return the nonce of a consent as the protocol packs it: decimal text of the gateway. */
function consentNonce({ nonce }) {
  if (!/^[0-9]{1,20}$/.test(nonce)) throw new RangeError("a consent's nonce");
  return BigInt(nonce);
}
