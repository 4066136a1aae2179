// Exact decimals: prices in USD and sizes of the underlying, as ticks and lots (integers).
const DECIMAL = /^[0-9]{1,20}(\.[0-9]{1,18})?$/;
const NANO = 10n ** 9n;

/** Return decimal text as [numerator, 10^places]. Throws RangeError for what is no such number. */
function fractionOf(text) {
  if (typeof text !== "string" || !DECIMAL.test(text)) throw new RangeError(`no decimal: ${text}`);
  const [whole, part = ""] = text.split(".");
  return [BigInt(whole + part), 10n ** BigInt(part.length)];
}

function whole(name, text, numerator, denominator, unit) {
  if (numerator % denominator !== 0n || numerator === 0n) {
    throw new RangeError(`${name} ${text} is not a whole number of ${unit}`);
  }
  return numerator / denominator;
}

/** Return a price in ticks. `instrument`: as the gateway describes it. Nothing is rounded. */
export function ticksOf(instrument, price) {
  const [numerator, scale] = fractionOf(price);
  return whole("price", price, numerator * NANO, scale * BigInt(instrument.index_per_tick_nano_usd), "ticks");
}

/** Return a size in lots. */
export function lotsOf(instrument, size) {
  const [numerator, scale] = fractionOf(size);
  const lot = BigInt(instrument.tick_value_micro_usd) * 1000n;
  return whole("size", size, numerator * BigInt(instrument.index_per_tick_nano_usd), scale * lot, "lots");
}

/** Return an amount of USD in micro-USD. */
export function microUsdOf(amount) {
  const [numerator, scale] = fractionOf(amount);
  return whole("amount", amount, numerator * 10n ** 6n, scale, "micro-USD");
}
