// Bytes: hex text, joining, and unsigned big-endian integers of any width.

/** Return the bytes of 0x text. */
export function fromHex(text) {
  if (!/^0x([0-9a-f]{2})*$/i.test(text)) throw new RangeError(`not hex: ${text}`);
  return Uint8Array.from(text.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Return 0x text of bytes. */
export function toHex(bytes) {
  return "0x" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return all bytes in a row. */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Return an unsigned integer in `size` bytes. Throws RangeError if it does not fit. */
export function uint(value, size) {
  let rest = BigInt(value);
  if (rest < 0n || rest >> BigInt(8 * size)) throw new RangeError(`${value} in ${size} bytes`);
  const bytes = new Uint8Array(size);
  for (let at = size - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Return the unsigned integer of bytes, as a bigint. */
export function toBigInt(bytes) {
  return bytes.length ? BigInt(toHex(bytes)) : 0n;
}

/** Return whether two byte strings are equal. */
export function equal(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** Takes fields from the front of bytes. */
export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** Bytes that were not taken yet. */
  get left() {
    return this.bytes.length - this.at;
  }

  /** Return the next `size` bytes. Throws RangeError if there are fewer. */
  take(size) {
    if (size > this.left) throw new RangeError(`${size} bytes wanted, ${this.left} left`);
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  /** Return the next `size` bytes as an unsigned bigint. */
  uint(size) {
    return toBigInt(this.take(size));
  }
}
