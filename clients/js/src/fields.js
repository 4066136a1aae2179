// Lists of fields: the one way in which ops, messages and headers are packed.
//
// A field is [name, size in bytes] for an unsigned integer, [name, size, "signed"], or
// [name, size, "bytes"].
import { join, uint } from "./octets.js";

/** Return the bytes of values by name, in the order of the fields. */
export function encodeFields(fields, values) {
  return join(
    ...fields.map(([name, size, kind]) => {
      if (kind === "signed") {
        const value = BigInt(values[name]);
        if (BigInt.asIntN(8 * size, value) !== value) throw new RangeError(`${name}: ${value}`);
        return uint(BigInt.asUintN(8 * size, value), size);
      }
      if (kind !== "bytes") return uint(values[name], size);
      if (values[name].length !== size) throw new RangeError(`${name}: ${size} bytes wanted`);
      return values[name];
    }),
  );
}

/** Return the values by name that a reader gives for the fields. */
export function decodeFields(fields, reader) {
  return Object.fromEntries(
    fields.map(([name, size, kind]) => {
      if (kind === "bytes") return [name, reader.take(size)];
      const value = reader.uint(size);
      return [name, kind === "signed" ? BigInt.asIntN(8 * size, value) : value];
    }),
  );
}
