// A block trade on its way between two accounts, as the JSON of `strikeproof trade block`'s file.
import { fromHex, toHex } from "./octets.js";

const VERSION = 1;
const isWhole = (value) => (typeof value === "bigint" || Number.isSafeInteger(value)) && value >= 0;

/** Return a block trade that its counterparty has not signed. `domain`: the venue's; `legs`: as
 *  `Venue.blockLeg` returns them, in any order, as the submitter sees them. */
export function blockFile(domain, submitter, counterparty, legs) {
  return {
    block_trade: VERSION,
    chain_id: Number(domain.chainId),
    rollup: domain.verifyingContract,
    submitter,
    counterparty,
    legs: [...legs].sort((one, other) => one.instrument - other.instrument),
    consent: null,
  };
}

/** Return a file's trade as fields of a BLOCK_TRADE, without what its submitter adds. Throws
 *  RangeError for a file that is none, or of another venue. */
export function blockFields(file, domain) {
  if (file?.block_trade !== VERSION) throw new RangeError("no block trade of this version");
  const isHere = file.chain_id === Number(domain.chainId);
  if (!isHere || String(file.rollup).toLowerCase() !== domain.verifyingContract.toLowerCase()) {
    throw new RangeError(`a block trade of chain ${file.chain_id}, rollup ${file.rollup}`);
  }
  const numbers = file.legs.flatMap(({ instrument, price, lots }) => [instrument, price, lots]);
  if (!numbers.every(isWhole)) throw new RangeError("a leg's instrument, price or lots");
  if (file.submitter === file.counterparty) throw new RangeError("an account with itself");
  return { account: file.submitter, counterparty: file.counterparty, legs: file.legs };
}

/** Return the fields of a counterparty's consent, named as the op names them. */
export function consentFields({ session, nonce, expiry_ms: expiry, max_fee_ppm: fee, signature }) {
  if (![session, nonce, expiry, fee].every(isWhole)) throw new RangeError("a consent's numbers");
  return {
    counterparty_session: session,
    counterparty_nonce: nonce,
    counterparty_expiry_ms: expiry,
    counterparty_max_fee_ppm: fee,
    ...(signature === undefined ? {} : { counterparty_signature: fromHex(signature) }),
  };
}

/** Return a file with its counterparty's consent and signature. */
export function signedFile(file, consent, signature) {
  return { ...file, consent: { ...consent, signature: toHex(signature) } };
}
