// Static lists: segments of a batch, roots of a claim, receipts of a group (docs/protocol/, state).
import { hashWith, PREFIX, ZERO } from "./keccak.js";
import { uint } from "./octets.js";

function levelsOf(items) {
  let level = items.map((item) => hashWith(PREFIX.listLeaf, item));
  const levels = [level];
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at + 1 < level.length; at += 2) {
      above.push(hashWith(PREFIX.listNode, level[at], level[at + 1]));
    }
    if (level.length % 2) above.push(level.at(-1)); // an odd last node moves up unchanged
    levels.push(above);
    level = above;
  }
  return levels;
}

/** Return the root; of no items, zero. */
export function listRoot(items) {
  return items.length ? levelsOf(items).at(-1)[0] : ZERO;
}

/** Return the commitment to a list of `count` items with this root. */
export function commitmentOf(count, root) {
  return hashWith(PREFIX.list, uint(count, 8), root);
}

/** Return the commitment to items. */
export function listCommitment(items) {
  return commitmentOf(items.length, listRoot(items));
}

/** Return the siblings of item `index` from the leaf up, levels where it moves up left out. */
export function listPath(items, index) {
  const path = [];
  let at = index;
  for (const level of levelsOf(items).slice(0, -1)) {
    if ((at ^ 1) < level.length) path.push(level[at ^ 1]);
    at >>= 1;
  }
  return path;
}

/** Return the root that a path gives to an item; undefined if the path has the wrong length. */
export function rootOfPath(item, index, count, path) {
  let node = hashWith(PREFIX.listLeaf, item);
  const left = [...path];
  for (let [at, size] = [index, count]; size > 1; at >>= 1, size = (size + 1) >> 1) {
    if ((at ^ 1) >= size) continue;
    const beside = left.shift();
    if (beside === undefined) return undefined;
    node = at & 1 ? hashWith(PREFIX.listNode, beside, node) : hashWith(PREFIX.listNode, node, beside);
  }
  return left.length ? undefined : node;
}
