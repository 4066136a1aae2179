// Requests for quotes (docs/rfq.md): which block trade a quote is, and nonces of a maker's consents.

export const ACCESS_MS = 1_800_000;
export const ACCESS_LEFT_MS = 300_000; // of an access that is still shown

const isCount = (value) => Number.isSafeInteger(value) && value > 0;

/** Return the fields of a block trade, neither half signed, in which the requester buys (`sells`:
 *  sells) structures at a price for each leg, in ticks. Throws RangeError. */
export function requestTrade(request, maker, ticks, amount, sells) {
  if (!isCount(request.account)) throw new RangeError("the requester is not disclosed: no quote can be signed");
  if (maker === request.account) throw new RangeError("an account with itself");
  if (!isCount(amount) || amount > request.amount) throw new RangeError(`amount: 1 to ${request.amount} structures`);
  return { account: request.account, counterparty: maker, legs: blockLegs(request, ticks, amount, sells) };
}

/** Return the legs of structures at a price for each, as the requester trades them; for a maker
 *  `sells` is the other way round. */
export function blockLegs(request, ticks, amount, sells) {
  const { legs } = request;
  if (ticks?.length !== legs.length) throw new RangeError(`prices: one for each of ${legs.length} legs`);
  return legs.map(({ instrument_id: instrument, side, lots }, n) => {
    if (![instrument, lots, ticks[n], lots * amount].every(isCount)) throw new RangeError("a leg's instrument, lots or price");
    if (side !== "buy" && side !== "sell") throw new RangeError(`side ${side}`);
    return { instrument, sell: (side === "sell") !== Boolean(sells), price: ticks[n], lots: lots * amount };
  });
}

/** Return what one structure costs, micro-USD as bigint: negative if it pays its buyer. Of the ticks,
 *  which are signed, not of what a gateway says they are worth. `instruments`: by number. */
export function structureValue(request, ticks, instruments) {
  return blockLegs(request, ticks, 1, false).reduce((sum, { instrument, sell, price, lots }) => {
    const value = BigInt(price) * BigInt(lots) * BigInt(instruments.get(instrument).tick_value_micro_usd);
    return sum + (sell ? -value : value);
  }, 0n);
}

/** Return the fields of the trade that a signed quote is for, the requester's own half still empty:
 *  `side` "buy" at its ask, "sell" at its bid. Throws RangeError for an indicative quote. */
export function acceptedTrade(request, quote, side) {
  if (side !== "buy" && side !== "sell") throw new RangeError(`side ${side}`);
  const sells = side === "sell";
  const [prices, { consent }] = [sells ? quote.bid : quote.ask, quote];
  if (!prices) throw new RangeError(`the quote has no ${sells ? "bid" : "ask"}`);
  const signature = consent?.[sells ? "bid_signature" : "ask_signature"];
  if (!signature) throw new RangeError("the quote is indicative: disclose the request first");
  const trade = requestTrade(request, quote.maker, prices.price_ticks, quote.amount, sells);
  return { trade, consent, signature };
}

/** One nonce for each request that a maker quotes: the law trades one of all its quotes. A nonce whose
 *  consents have all expired serves another request. */
export class QuoteNonces {
  #take;
  #held = new Map(); // request to {nonce, untilMs}; nonce is a promise
  #free = [];

  constructor(take) {
    this.#take = take;
  }

  /** Return the nonce of a request, for a consent until a time. */
  async of(request, untilMs, nowMs) {
    let held = this.#held.get(request);
    if (!held) {
      for (const [other, { nonce, untilMs: until }] of this.#held) {
        if (until <= nowMs && this.#held.delete(other)) this.#free.push(nonce);
      }
      held = { nonce: this.#free.pop() ?? this.#take(), untilMs };
      this.#held.set(request, held);
      held.nonce.catch(() => this.#held.get(request) === held && this.#held.delete(request));
    }
    held.untilMs = Math.max(held.untilMs, untilMs);
    return held.nonce;
  }

  /** Forget a request's nonce, which the venue refused, and those that wait, which are older. */
  refused(request) {
    this.#held.delete(request);
    this.#free = [];
  }
}
