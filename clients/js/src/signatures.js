// Signatures of 64 bytes: r, then s with the parity in its top bit; low s only (EIP-2098).
import { secp256k1 } from "@noble/curves/secp256k1";
import { keccak256 } from "./keccak.js";
import { join, toBigInt, uint } from "./octets.js";

const ORDER = secp256k1.CURVE.n;
const PARITY_BIT = 255n;

function addressOf(point) {
  return keccak256(point.toRawBytes(false).subarray(1)).subarray(12);
}

/** Return the 20-byte address of a private key. */
export function addressOfSecret(secret) {
  return addressOf(secp256k1.ProjectivePoint.fromPrivateKey(secret));
}

/** Return the signature of a digest by a private key; the same digest gives the same one. */
export function sign(digest, secret) {
  const { r, s, recovery } = secp256k1.sign(digest, secret);
  return join(uint(r, 32), uint(s | (BigInt(recovery) << PARITY_BIT), 32));
}

/** Return the address that signed a digest; null if the signature is bad. */
export function recoverAddress(digest, signature) {
  const [r, tail] = [toBigInt(signature.subarray(0, 32)), toBigInt(signature.subarray(32))];
  const s = BigInt.asUintN(Number(PARITY_BIT), tail);
  if (r === 0n || r >= ORDER || s === 0n || s > ORDER / 2n) return null;
  try {
    const whole = new secp256k1.Signature(r, s, Number(tail >> PARITY_BIT));
    return addressOf(whole.recoverPublicKey(digest));
  } catch {
    return null; // no point of the curve has this r
  }
}
