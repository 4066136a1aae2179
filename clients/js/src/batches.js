// Genesis, headers, batches and claims (docs/protocol/, L1).
import { decodeFields, encodeFields } from "./fields.js";
import { stateRoot } from "./forest.js";
import { hashWith, PREFIX, ZERO } from "./keccak.js";
import { join, Reader, uint } from "./octets.js";
import { encodeRecord, zeros } from "./records.js";
import { listCommitment } from "./static_list.js";
import { domainSeparator } from "./typed_data.js";

const HEADER = [
  ["version", 1],
  ["law_id", 32, "bytes"],
  ["data_kind", 1],
  ["number", 8],
  ["parent_hash", 32, "bytes"],
  ["sequencer_epoch", 4],
  ["time_ms", 6],
  ["inbox_end", 8],
  ["inbox_rolling", 32, "bytes"],
  ["exit_end", 8],
  ["exit_rolling", 32, "bytes"],
  ["joined", 8],
  ["segment_count", 2],
];
const CLAIM = [
  ["number", 8],
  ["batch_hash", 32, "bytes"],
  ["parent_hash", 32, "bytes"],
  ["proposer", 20, "bytes"],
];

/** Return where the venue of a chain and Rollup begins. */
export function genesis(chainId, rollup) {
  const separator = domainSeparator(chainId, rollup);
  const record = encodeRecord("global", {
    ...zeros("global"),
    version: 1,
    next_account: 1,
    next_underlying: 1,
    next_instrument: 1,
    next_expiry: 1,
    domain_separator: separator,
  });
  const root = stateRoot(new Map([[0n, record]]));
  const batchHash = hashWith(PREFIX.batch, uint(chainId, 8), rollup);
  const claim = { number: 0, batch_hash: batchHash, parent_hash: ZERO, proposer: new Uint8Array(20) };
  return { separator, record, root, batchHash, claimHash: claimHash({ ...claim, roots: [root] }) };
}

/** Return a header's bytes. */
export function encodeHeader(fields) {
  return encodeFields(HEADER, fields);
}

/** Return a header's fields. */
export function decodeHeader(bytes) {
  return decodeFields(HEADER, new Reader(bytes));
}

/** Return a segment: its family, its time, what it declares, then its ops. */
export function encodeSegment(segment) {
  const { family, time_ms, declared_compute, declared_witness, ops } = segment;
  const declared = [uint(declared_compute, 3), uint(declared_witness, 3)];
  return join(uint(family, 1), uint(time_ms, 6), ...declared, ...ops);
}

/** Return a batch's bytes, as postBatch takes them. */
export function encodeBatch(header, segments) {
  const parts = segments.flatMap((segment) => [uint(segment.length, 2), segment]);
  return join(encodeHeader(header), ...parts);
}

/** Return header and segments of a batch's bytes. Throws RangeError if they do not fit. */
export function decodeBatch(bytes) {
  const reader = new Reader(bytes);
  const header = decodeFields(HEADER, reader);
  const take = () => reader.take(Number(reader.uint(2)));
  const segments = Array.from({ length: Number(header.segment_count) }, take);
  if (reader.left) throw new RangeError(`${reader.left} bytes are left over`);
  return { header, segments };
}

/** Return the hash that names a batch. */
export function batchHash(header, segments) {
  return hashWith(PREFIX.batch, encodeHeader(header), listCommitment(segments));
}

/** Return the hash that names a claim. */
export function claimHash(claim) {
  return hashWith(PREFIX.claim, encodeFields(CLAIM, claim), listCommitment(claim.roots));
}
