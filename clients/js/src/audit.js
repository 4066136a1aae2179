// Audit files (docs/protocol/audit-file.md): everything but the run of the law itself. The file states
// which records the law changes; here both roots, their places in the claim, the segment's place in the
// batch, the law's code hashes, the op and its signer are computed again. `strikeproof audit check`
// also runs the law's bytecode.
import { decodeHeader, genesis } from "./batches.js";
import { rootOfWitness } from "./forest.js";
import { hashWith, keccak256, PREFIX } from "./keccak.js";
import { messageFamily } from "./messages.js";
import { equal, fromHex, Reader, toHex, uint } from "./octets.js";
import { decodeOp, SEGMENT_FAMILY } from "./ops.js";
import { signedOp, splitOps, whoOf } from "./ordered_form.js";
import { decodeRecord } from "./records.js";
import { recoverAddress } from "./signatures.js";
import { commitmentOf, rootOfPath } from "./static_list.js";
import { digest, domainSeparator, structHash } from "./typed_data.js";

export const AUDIT_FORMAT = "strikeproof audit 1";
const HEADER_BYTES = 174;
const SEGMENT_HEAD_BYTES = 13;
const MESSAGE_HEAD_BYTES = 27;
const USER_OP = 3;
const SESSION_KIND = 2n;
const SESSION_SLOTS = 4n;
const FAMILIES = Object.keys(SEGMENT_FAMILY).length;
const BATCH_INBOX_MAX = 64;

/** A file does not prove what it states; `part` names what of it. */
export class AuditRefused extends Error {
  constructor(part, reason) {
    super(`${part}: ${reason}`);
    this.part = part;
  }
}

function expect(isGood, part, reason) {
  if (!isGood) throw new AuditRefused(part, reason);
}

function expectEqual(stated, found, part, reason) {
  expect(equal(stated, found), part, `${reason}: ${toHex(stated)} is stated, ${toHex(found)} follows`);
}

/** Run `compute`; whatever it throws means that `part` is wrong. */
function attempt(part, compute) {
  try {
    return compute();
  } catch (error) {
    throw error instanceof AuditRefused ? error : new AuditRefused(part, error.message);
  }
}

/** Return a file's fields. Throws AuditRefused unless it is written exactly as an audit file is. */
export function readAudit(text) {
  const file = attempt("file", () => JSON.parse(text));
  expect(file?.format === AUDIT_FORMAT, "format", `is not ${AUDIT_FORMAT}`);
  const { checksum, ...content } = file;
  const written = (value) => JSON.stringify(value, null, 1) + "\n";
  const found = toHex(keccak256(new TextEncoder().encode(written(content))));
  expect(checksum === found, "checksum", "the file was changed after it was written");
  expect(written(file) === text, "file", "is not written as an audit file is");
  return content;
}

/** Return what a file's text proves if its claim's hash is L1's. Throws AuditRefused. */
export function checkAudit(text) {
  const file = readAudit(text);
  const { claim, batch, segment, witness } = file;
  const content = octets(segment.content, "segment.content");
  const headerBytes = octets(batch.header, "batch.header");
  expect(headerBytes.length === HEADER_BYTES, "header", `has ${headerBytes.length} bytes`);
  const header = decodeHeader(headerBytes);
  expect(header.number === BigInt(claim.number), "header", "is of another batch than the claim");

  const inboxCount = checkClaim(claim, headerBytes, octets(batch.segments, "batch.segments"), header, segment);
  const isInbox = segment.index < inboxCount;
  const inbox = isInbox ? checkMessages(file, content, inboxCount, header) : undefined;
  if (!isInbox) checkSegment(segment, content, inboxCount, header, batch);
  checkLaw(file.law, header, isInbox ? messageFamily(inbox.messages[0]) : content[0]);

  const records = attempt("witness", () => readRecords(octets(witness.records, "witness.records")));
  const changed = attempt("changes", () => readRecords(octets(witness.changed, "witness.changed")));
  const proof = octets(witness.proof, "witness.proof");
  const before = attempt("witness", () => rootOfWitness(records, proof));
  expectEqual(octets(claim.pre_root, "claim.pre_root"), before, "witness", "root before the segment");
  expect([...changed.keys()].every((key) => records.has(key)), "changes", "a record nobody read");
  const after = attempt("changes", () => rootOfWitness(new Map([...records, ...changed]), proof));
  expectEqual(octets(claim.post_root, "claim.post_root"), after, "post_root", "root after it");
  const separator = domainSeparator(BigInt(file.chain_id), octets(file.rollup, "rollup"));
  const global = attempt("venue", () => decodeRecord("global", records.get(0n)));
  expectEqual(separator, global.domain_separator, "venue", "chain and Rollup of the state");

  const op = checkOp(file.op, content, inbox?.messages, separator, records);
  return {
    claim: { number: claim.number, hash: claim.hash },
    batch: toHex(batchHashOf(headerBytes, octets(batch.segments, "batch.segments"))),
    law: toHex(header.law_id),
    chainId: file.chain_id,
    rollup: file.rollup,
    ...op,
    message: inbox && { lane: inbox.lane, number: inbox.number + BigInt(file.op.index) },
    changed: [...changed.keys()].map((key) => [key, records.get(key), changed.get(key)]),
    onL1: { claim: claim.on_l1, batch: batch.on_l1 },
  };
}

function octets(text, part) {
  return attempt(part, () => fromHex(text));
}

function batchHashOf(header, segments) {
  return hashWith(PREFIX.batch, header, segments);
}

/** Check the claim's hash; return how many segments of exits and messages come before the batch's own. */
function checkClaim(claim, headerBytes, segments, header, segment) {
  const count = claim.root_count;
  const inboxCount = count - 1 - Number(header.segment_count);
  expect(Number.isInteger(segment.index) && segment.index >= 0, "roots", "segment's place");
  expect(inboxCount >= 0 && segment.index < count - 1, "roots", `no segment ${segment.index}`);
  const rootOf = (name, index) =>
    attempt("roots", () =>
      rootOfPath(
        octets(claim[name], `claim.${name}`),
        index,
        count,
        claim[`${name}_path`].map((each) => octets(each, `claim.${name}_path`)),
      ),
    );
  const [root, other] = [rootOf("pre_root", segment.index), rootOf("post_root", segment.index + 1)];
  expect(root && other && equal(root, other), "roots", "are not neighbours in one claim");
  const found = hashWith(
    PREFIX.claim,
    uint(claim.number, 8),
    batchHashOf(headerBytes, segments),
    octets(claim.parent_hash, "claim.parent_hash"),
    octets(claim.proposer, "claim.proposer"),
    commitmentOf(count, root),
  );
  expectEqual(octets(claim.hash, "claim.hash"), found, "claim", "hash of the claim");
  return inboxCount;
}

function checkSegment(segment, content, inboxCount, header, batch) {
  expect(batch.parent_header === "0x" && batch.parent_segments === "0x", "parent", "an ordered segment needs none");
  const count = Number(header.segment_count);
  const path = segment.path.map((each) => octets(each, "segment.path"));
  const root = rootOfPath(content, segment.index - inboxCount, count, path);
  expect(root !== undefined, "segment", "its path has the wrong length");
  const stated = octets(batch.segments, "batch.segments");
  expectEqual(stated, commitmentOf(count, root), "segment", "commitment to the segments");
}

/** Check the segment of an exit, or of messages that share it; return lane, first number, messages. */
function checkMessages({ chain_id, rollup, batch, segment }, content, inboxCount, header) {
  const parent = checkParent(BigInt(chain_id), octets(rollup, "rollup"), batch, header);
  const [exits, others] = [header.exit_end - parent.exit_end, header.inbox_end - parent.inbox_end].map(Number);
  expect(exits >= 0 && others >= 0 && exits + others <= BATCH_INBOX_MAX, "parent", "ends of the inbox");
  const isJoined = (at) => at > 0 && (header.joined >> BigInt(at)) & 1n;
  const starts = Array.from({ length: others }, (_, at) => at).filter((at) => !isJoined(at));
  expect(exits + starts.length === inboxCount, "roots", "are not those of exits, messages and segments");
  const isExit = segment.index < exits;
  const [start, count] = isExit ? [segment.index, exits] : [starts[segment.index - exits], others];
  const end = isExit ? start + 1 : (starts[segment.index - exits + 1] ?? others);
  const messages = attempt("segment", () => splitMessages(content));
  const [before, ...after] = segment.path.map((each) => octets(each, "segment.path"));
  expect(messages.length === end - start, "segment", `${messages.length} messages share it`);
  expect(before && after.length === count - end, "segment", "messages after it");
  const hashes = [...messages.map((each) => keccak256(each)), ...after];
  const rolling = hashes.reduce((last, each) => keccak256(last, each), before);
  const stated = isExit ? header.exit_rolling : header.inbox_rolling;
  expectEqual(stated, rolling, "segment", "rolling hash of the lane");
  const first = isExit ? parent.exit_end : parent.inbox_end;
  return { lane: isExit ? "exit" : "message", number: first + BigInt(start), messages };
}

/** Return where exits and messages of the batch begin: where they end in the batch before. */
function checkParent(chainId, rollup, batch, header) {
  const bytes = octets(batch.parent_header, "batch.parent_header");
  const segments = octets(batch.parent_segments, "batch.parent_segments");
  const isFirst = header.number === 1n;
  expect(bytes.length === (isFirst ? 0 : HEADER_BYTES), "parent", `has ${bytes.length} bytes`);
  expect(!isFirst || segments.length === 0, "parent", "the first batch has none");
  const found = isFirst ? genesis(chainId, rollup).batchHash : batchHashOf(bytes, segments);
  expectEqual(header.parent_hash, found, "parent", "hash of the batch before");
  return isFirst ? { exit_end: 0n, inbox_end: 0n } : decodeHeader(bytes);
}

function splitMessages(bytes) {
  const reader = new Reader(bytes);
  const messages = [];
  while (reader.left) messages.push(reader.take(Number(reader.uint(2))));
  return messages;
}

function checkLaw(law, header, family) {
  const hashes = law.code_hashes.map((each) => octets(each, "law.code_hashes"));
  const id = keccak256(new TextEncoder().encode("strikeproof law 2"), ...hashes);
  expectEqual(header.law_id, id, "law", "id of the law");
  const named = [hashes[family - 1], ...hashes.slice(FAMILIES)];
  const codes = [law.family_code, ...law.module_codes];
  expect(family >= 1 && family <= FAMILIES && named.length === codes.length, "law", "codes");
  codes.forEach((code, at) => expectEqual(named[at], keccak256(octets(code, "law")), "law", "code"));
}

/** Return packed records as a map of key to bytes: none stands for absent. */
function readRecords(bytes) {
  const reader = new Reader(bytes);
  const records = new Map();
  for (let last = -1n; reader.left; ) {
    const key = reader.uint(8);
    if (key <= last) throw new RangeError("keys do not rise");
    records.set(key, reader.take(32 * Number(reader.uint(1))));
    last = key;
  }
  return records;
}

function checkOp(stated, content, messages, separator, records) {
  const ops = messages ?? splitOps(content.subarray(SEGMENT_HEAD_BYTES));
  const named = ops[stated.index];
  expect(named !== undefined, "op", `the segment has ${ops.length} ops`);
  expectEqual(octets(stated.hash, "op.hash"), keccak256(named), "op", "hash of the op");
  const { type, fields } = decoded(() => (messages ? forcedOp(named) : signedOp(named, nonceBaseOf(named, records))));
  const signature = fields?.signature;
  const signed = signature && recoverAddress(digest(separator, structHash(type, fields)), signature);
  const signer = signed ?? new Uint8Array(0);
  expectEqual(octets(stated.signer, "op.signer"), signer, "signer", "whose key signed");
  return { opHash: stated.hash, opType: type, opFields: fields, signer: stated.signer };
}

function forcedOp(message) {
  return message[0] === USER_OP ? message.subarray(MESSAGE_HEAD_BYTES) : undefined;
}

/** Return the nonce base of the op's session before the segment. */
function nonceBaseOf(op, records) {
  const who = whoOf(op);
  const record = who && records.get((SESSION_KIND << 56n) | (who.account * SESSION_SLOTS + who.session));
  return record?.length ? decodeRecord("session", record).nonce_base : 0n;
}

function decoded(opOf) {
  try {
    const op = opOf();
    return op === undefined ? {} : decodeOp(op);
  } catch {
    return {}; // the law calls it malformed; no signature is on it
  }
}
