// The state's sixteen trees, their root, and multiproofs (docs/protocol/state.md, forest and challenge).
import { equal, Reader, uint } from "./octets.js";
import { hashWith, PREFIX, ZERO } from "./keccak.js";

/** Heights of the trees of the kinds of record; a kind that no record has is one leaf. */
export const HEIGHTS = [0, 22, 24, 8, 12, 12, 30, 12, 12, 0, 37, 22, 0, 0, 0, 0];
const ID_BITS = 56n;

/** Bits or siblings of a proof are missing or left over. */
export class BadProof extends Error {}

/** Return the leaf of a record under its key (a bigint); of no bytes, zero. */
export function leafHash(key, record) {
  return record.length ? hashWith(PREFIX.leaf, uint(key, 8), record) : ZERO;
}

function nodeHash(left, right) {
  return equal(left, ZERO) && equal(right, ZERO) ? ZERO : hashWith(PREFIX.node, left, right);
}

/** Return the root over a map of kind to leaves by id; `sibling` answers for what is not there. */
function rootOfLeaves(leaves, sibling) {
  const roots = HEIGHTS.map((height, kind) => {
    let nodes = leaves.get(kind);
    if (nodes === undefined) return sibling(kind, height, 0);
    for (let level = 0; level < height; level++) {
      const above = new Map();
      for (const index of [...nodes.keys()].sort((a, b) => a - b)) {
        const parent = Math.floor(index / 2);
        if (above.has(parent)) continue; // joined its sibling, which came before it
        const beside = index % 2 ? index - 1 : index + 1;
        const other = nodes.get(beside) ?? sibling(kind, level, beside);
        const node = nodes.get(index);
        above.set(parent, index % 2 ? nodeHash(other, node) : nodeHash(node, other));
      }
      nodes = above;
    }
    return nodes.get(0);
  });
  return hashWith(PREFIX.state, ...roots);
}

function leavesOf(records) {
  const leaves = new Map();
  for (const [key, record] of records) {
    const [kind, id] = [Number(key >> ID_BITS), Number(BigInt.asUintN(56, key))];
    if (kind >= HEIGHTS.length || id >= 2 ** HEIGHTS[kind]) throw new BadProof(`no tree: ${key}`);
    if (!leaves.has(kind)) leaves.set(kind, new Map());
    leaves.get(kind).set(id, leafHash(key, record));
  }
  return leaves;
}

/** Return the state root of all records, a map of key (bigint) to bytes. */
export function stateRoot(records) {
  return rootOfLeaves(leavesOf(records), () => ZERO);
}

/** Return the state root that a proof gives to a witness, a map of key to bytes (none: absent).
 *  Throws BadProof unless the proof is exactly as long as the witness needs. */
export function rootOfWitness(witness, proof) {
  const reader = new Reader(proof);
  const takeOrFail = (size) => {
    if (size > reader.left) throw new BadProof("the proof is too short");
    return reader.take(size);
  };
  const [high, low] = takeOrFail(2);
  const bitmap = takeOrFail(high * 256 + low);
  let bit = 0;
  const root = rootOfLeaves(leavesOf(witness), () => {
    if (bit >= 8 * bitmap.length) throw new BadProof("the bitmap is too short");
    const isThere = (bitmap[bit >> 3] >> (7 - (bit & 7))) & 1;
    bit += 1;
    return isThere ? takeOrFail(32) : ZERO;
  });
  const spare = 8 * bitmap.length - bit;
  if (reader.left || spare >= 8 || (spare && bitmap.at(-1) & ((1 << spare) - 1))) {
    throw new BadProof("something is left over");
  }
  return root;
}
