// keccak256, the only hash of the protocol.
import { keccak_256 } from "@noble/hashes/sha3";
import { join } from "./octets.js";

export const ZERO = new Uint8Array(32);

/** First bytes of what is hashed: no two meanings share one. */
export const PREFIX = {
  leaf: 0,
  node: 1,
  state: 2,
  listLeaf: 3,
  listNode: 4,
  list: 5,
  batch: 6,
  claim: 7,
};

/** Return keccak256 of the parts in a row. */
export function keccak256(...parts) {
  return keccak_256(join(...parts));
}

/** Return keccak256 of a prefix and the parts in a row. */
export function hashWith(prefix, ...parts) {
  return keccak256(Uint8Array.of(prefix), ...parts);
}
