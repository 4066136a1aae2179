// Runs vectors with the JavaScript client: `node run_vectors.mjs FOLDER FILE…` prints, as JSON, of
// each file how many cases were run and why which of them fail.
import { readFileSync } from "node:fs";
import { join as pathOf } from "node:path";
import * as client from "../../clients/js/src/index.js";

const { equal, fromHex, toHex } = client;

class Disagreement extends Error {}

/** A vector's value: bytes for 0x text, bigints for integers. */
function live(value) {
  if (typeof value === "number") return BigInt(value);
  if (typeof value === "string" && value.startsWith("0x")) return fromHex(value);
  if (typeof value === "string" && /^-?\d+$/.test(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(live);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, live(each)]));
  }
  return value;
}

/** One text for equal values, whatever the order of their names. */
function canonical(value) {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "bigint" || typeof value === "number") return value.toString();
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.keys(value).sort().map((name) => `${name}:${canonical(value[name])}`)}}`;
  }
  return String(value);
}

function same(what, found, expected) {
  const [ours, theirs] = [canonical(found), canonical(expected)];
  if (ours !== theirs) throw new Disagreement(`${what}: ${ours}, not ${theirs}`);
}

function malformed(what, run) {
  try {
    run();
  } catch (error) {
    if (error instanceof client.Malformed || error instanceof client.BadProof) return;
    throw error;
  }
  throw new Disagreement(`${what} is accepted`);
}

function recordMap(pairs) {
  return new Map(pairs.map(([key, record]) => [client.toBigInt(key), record]));
}

/** The bundle that `in_bundle` speaks of: this action alone, signed by nobody. */
function bundleOf(action) {
  const body = client.join(new Uint8Array(24), Uint8Array.of(1), action, new Uint8Array(8 + 64));
  return client.join(Uint8Array.of(1), client.uint(body.length, 2), body);
}

function checkAction(each) {
  if (!each.kind) {
    same("in_bundle", each.in_bundle, "MALFORMED");
    return malformed("action", () => client.decodeOp(bundleOf(each.bytes)));
  }
  const action = { kind: each.kind, ...each.fields };
  same("bytes", client.encodeAction(action), each.bytes);
  same("fields", client.decodeOp(bundleOf(each.bytes)).fields.actions, [action]);
  same("in_bundle", each.in_bundle, "UNKNOWN_ACCOUNT");
}

/** What the genesis, which has no accounts, underlyings, expiries and instruments, makes of an op of a segment. */
function orderedResult(op, family) {
  const own = client.orderedFamily(op);
  if (own === 0) return "UNKNOWN_TYPE";
  if (own !== family) return "WRONG_FAMILY";
  return resultOf(() => client.signedOp(op));
}

/** The same of the payload of a message. */
function forcedResult(op) {
  if (op.length < 3 || Number(client.toBigInt(op.subarray(1, 3))) !== op.length - 3) return "MALFORMED";
  return client.opFamily(op) === 0 ? "UNKNOWN_TYPE" : resultOf(() => op);
}

function resultOf(read) {
  try {
    const { fields } = client.decodeOp(read());
    if ("account" in fields) return "UNKNOWN_ACCOUNT";
    if ("expiry" in fields) return "UNKNOWN_EXPIRY";
    return "underlying" in fields ? "UNKNOWN_UNDERLYING" : "UNKNOWN_INSTRUMENT";
  } catch (error) {
    if (error instanceof client.Malformed) return "MALFORMED";
    throw error;
  }
}

function checkOp(each) {
  same("results", [forcedResult(each.bytes)], each.genesis_results);
  if (!each.type) return;
  same("bytes", client.encodeOp(each.type, each.fields), each.bytes);
  same("op", client.decodeOp(each.bytes), { type: each.type, fields: each.fields });
}

function checkOrderedOp({ op, nonce_base: base, bytes, is_shortest: isShortest, family, genesis_results: results }) {
  const ops = client.splitOps(bytes);
  same("results", ops.map((each) => orderedResult(each, Number(family))), results);
  if (op === null) return;
  same("op", client.signedOp(bytes, BigInt(base)), op);
  same("is_shortest", client.toHex(client.orderedOp(op)) === client.toHex(bytes), isShortest);
}

function checkMessage(each) {
  same("rolling", client.rolled(client.ZERO, each.bytes), each.rolling);
  if (!each.fields) return;
  const payload = client.encodePayload(each.action ?? each.kind, each.fields);
  const { kind, sender, time_ms: timeMs } = each;
  same("bytes", client.encodeMessage(kind, sender, timeMs, payload), each.bytes);
  const head = { kind: client.MESSAGE_KIND[kind], sender, time_ms: timeMs, payload };
  same("message", client.decodeMessage(each.bytes), head);
}

function checkRecord(each) {
  const key = client.toBigInt(each.key);
  same("bytes", client.encodeRecord(each.record, each.fields), each.bytes);
  same("fields", client.decodeRecord(each.record, each.bytes), each.fields);
  same("leaf", client.leafHash(key, each.bytes), each.leaf);
  same("kind", key >> 56n, client.RECORDS[each.record].kind);
}

function checkGenesis(each) {
  const found = client.genesis(each.chain_id, each.rollup);
  same("domain separator", found.separator, each.domain_separator);
  same("record", found.record, each.global_record);
  same("root", found.root, each.root);
  same("batch hash", found.batchHash, each.batch_hash);
  same("claim hash", found.claimHash, each.claim_hash);
}

function checkHeader(each) {
  same("bytes", client.encodeHeader(each.fields), each.bytes);
  same("fields", client.decodeHeader(each.bytes), each.fields);
}

function checkBatch(each) {
  const segments = each.segments.map(client.encodeSegment);
  same("bytes", client.encodeBatch(each.header, segments), each.bytes);
  same("batch", client.decodeBatch(each.bytes), { header: each.header, segments });
  same("ops", segments.map((segment) => client.splitOps(segment.subarray(13))), each.segments.map(({ ops }) => ops));
  same("commitment", client.listCommitment(segments), each.segments_commitment);
  same("hash", client.batchHash(each.header, segments), each.hash);
}

function checkClaim(each) {
  same("commitment", client.listCommitment(each.roots), each.roots_commitment);
  same("hash", client.claimHash(each), each.hash);
}

function checkReceipt(each) {
  const structHash = client.receiptHash(each);
  const [index, count] = [Number(each.leaf_index), Number(each.leaf_count)];
  const root = client.rootOfPath(structHash, index, count, each.path);
  const digest = client.digest(each.domain_separator, client.receiptGroupHash(each.commitment));
  same("op hash", client.keccak256(client.orderedOp(each.op)), each.op_hash);
  same("struct hash", structHash, each.struct_hash);
  same("commitment", root && client.commitmentOf(count, root), each.commitment);
  same("digest", digest, each.digest);
  same("sequencer", client.recoverAddress(digest, each.signature), each.sequencer);
}

/** The EIP-712 hash of a message by its types alone, as any wallet computes it. */
function walletHash(types, name, message) {
  const typeOf = (each) => `${each}(${types[each].map(({ name: called, type }) => `${type} ${called}`)})`;
  const inner = types[name].map(({ type }) => type.replace("[]", "")).filter((type) => type in types);
  const text = new TextEncoder().encode([name, ...inner].map(typeOf).join(""));
  const words = types[name].map(({ name: called, type }) => {
    const value = message[called];
    if (type.endsWith("[]")) {
      return client.keccak256(...value.map((each) => walletHash(types, type.slice(0, -2), each)));
    }
    return client.uint(BigInt(value), 32);
  });
  return client.keccak256(client.keccak256(text), ...words);
}

function checkWalletForm(each) {
  const { types, primaryType, message } = client.typedData(each.type, each.fields, each.chain_id, each.rollup);
  same("a wallet's hash", walletHash(types, primaryType, message), each.struct_hash);
}

function checkTypedData(each) {
  const separator = client.domainSeparator(each.chain_id, each.rollup);
  const structHash = client.structHash(each.type, each.fields);
  const digest = client.digest(separator, structHash);
  same("domain separator", separator, each.domain_separator);
  same("struct hash", structHash, each.struct_hash);
  same("digest", digest, each.digest);
  same("signer", client.recoverAddress(digest, each.signature), each.signer);
  same("signer's secret", client.addressOfSecret(each.secret), each.signer);
  same("signature", client.sign(digest, each.secret), each.signature);
  const { signature, fields } = each;
  if (!("reporter_epoch" in fields)) checkWalletForm(each);
  if (each.type === "BLOCK_CONSENT") {
    const trade = { ...fields, counterparty_signature: signature, signature: each.op.slice(-64) };
    same("op", client.encodeOp("BLOCK_TRADE", trade), each.op);
    return;
  }
  if (each.type === "ATTEST") {
    const attestations = [{ attester: 0n, signature }];
    same("op", client.encodeOp("ATTEST", { ...fields, attestations }), each.op);
    return;
  }
  if (each.type === "ATTEST_CREDIT") {
    const consents = fields.limit_micro_usd ? [signature] : [];
    const attestations = [{ attester: 0n, signature }];
    same("op", client.encodeOp("ATTEST_CREDIT", { ...fields, attestations, consents }), each.op);
    return;
  }
  const { price_nano_usd, forward_ppb } = fields;
  const reports = [{ reporter: 0n, price_nano_usd, forward_ppb, signature }];
  const whole = "reporter_epoch" in fields ? { ...fields, reports } : { ...fields, signature };
  same("op", client.encodeOp(each.type, whole), each.op);
}

function checkSignature(each) {
  const { type, fields } = client.decodeOp(
    client.join(
      Uint8Array.of(client.OP_TYPE.WITHDRAW),
      client.uint(each.body.length + 64, 2),
      each.body,
      each.signature,
    ),
  );
  const separator = client.domainSeparator(1, new Uint8Array(20).fill(0x11));
  same("digest", client.digest(separator, client.structHash(type, fields)), each.digest);
  same("signer", client.recoverAddress(each.digest, each.signature), each.signer);
}

function checkStaticList(each) {
  const { items } = each;
  const root = client.listRoot(items);
  same("root", root, each.root);
  same("commitment", client.listCommitment(items), each.commitment);
  if (!items.length) return;
  const index = Number(each.index);
  const opened = client.rootOfPath(items[index], index, items.length, each.path);
  same("opens", opened !== undefined && equal(opened, root), each.opens);
  const isPath = canonical(client.listPath(items, index)) === canonical(each.path);
  same("path", isPath, each.opens);
}

function checkMultiproof(each) {
  const witness = recordMap(each.witness);
  if (each.root === null) {
    return malformed("proof", () => client.rootOfWitness(witness, each.proof));
  }
  const state = recordMap(each.state);
  same("root", client.rootOfWitness(witness, each.proof), each.root);
  same("root of the state", client.stateRoot(state), each.root);
  for (const [key, record] of witness) {
    same("record", record, state.get(key) ?? new Uint8Array(0));
  }
}

/** All but the execution: this client does not execute. */
function checkSegment(each) {
  const [before, changed] = [recordMap(each.before), recordMap(each.changed)];
  const touched = each.touched.map((key) => client.toBigInt(key));
  const none = new Uint8Array(0);
  const witness = new Map(touched.map((key) => [key, before.get(key) ?? none]));
  const after = new Map([...witness, ...changed]);
  same("root before", client.stateRoot(before), each.root_before);
  same("root after", client.stateRoot(new Map([...before, ...changed])), each.root_after);
  same("root of the witness", client.rootOfWitness(witness, each.proof), each.root_before);
  same("root of the changed witness", client.rootOfWitness(after, each.proof), each.root_after);
  checkInput(each);
  const kinds = Object.entries(client.RECORDS).map(([name, { kind }]) => [kind, name]);
  const names = Object.fromEntries(kinds.reverse()); // the first of a kind; option_mark is a second
  for (const [key, record] of [...before, ...changed]) {
    const isOption = key >> 56n === 5n && record[1] > 2; // a call or a put
    const name = isOption ? "option_mark" : names[Number(key >> 56n)];
    same("record", client.encodeRecord(name, client.decodeRecord(name, record)), record);
  }
}

/** The messages of an inbox input. */
function messagesOf(bytes) {
  const messages = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 + Number(client.toBigInt(bytes.subarray(at, at + 2)));
    messages.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return messages;
}

function checkInput({ input, results, is_void: isVoid, compute_weight: weight }) {
  const [family, time, rest] = [input[0], client.toBigInt(input.subarray(1, 7)), input.subarray(7)];
  if (family === client.SEGMENT_FAMILY.INBOX) {
    const messages = messagesOf(rest.subarray(1));
    return same("input", client.messageInput(time, messages), input);
  }
  same("input", client.orderedInput(time, client.join(Uint8Array.of(family), rest)), input);
  same("void", isVoid, weight === 2n ** 32n - 1n);
  let [at, codes] = [0, results];
  for (const op of isVoid ? [] : client.splitOps(rest.subarray(12))) {
    const code = codes[at];
    const isElsewhere = ![0, family].includes(client.orderedFamily(op));
    same("family", code === "WRONG_FAMILY", isElsewhere);
    if (isElsewhere) {
      at += 1;
      continue;
    }
    const isWellFormed = !["MALFORMED", "UNKNOWN_TYPE"].includes(orderedResult(op, family));
    same("well-formed", isWellFormed, !["MALFORMED", "UNKNOWN_TYPE"].includes(code));
    const isBundle = op[0] === client.OP_TYPE.BUNDLE && code === "OK";
    at += 1 + (isBundle ? client.signedActions(client.decodeOp(client.signedOp(op)).fields.actions).length : 0);
  }
  same("count of results", at, codes.length);
}

const CHECKS = {
  actions: checkAction,
  ops: checkOp,
  ordered_ops: checkOrderedOp,
  messages: checkMessage,
  records: checkRecord,
  genesis: checkGenesis,
  headers: checkHeader,
  batches: checkBatch,
  claims: checkClaim,
  receipts: checkReceipt,
  typed_data: checkTypedData,
  signatures: checkSignature,
  static_lists: checkStaticList,
  multiproofs: checkMultiproof,
  segments: checkSegment,
};

function run(folder, file) {
  const { cases } = JSON.parse(readFileSync(pathOf(folder, `${file}.json`), "utf8"));
  const failed = {};
  for (const each of cases) {
    try {
      CHECKS[file](live(each));
    } catch (error) {
      failed[each.name] = `${error.name}: ${error.message}`;
    }
  }
  return { count: cases.length, failed };
}

const [folder, ...files] = process.argv.slice(2);
const chosen = files.length ? files : Object.keys(CHECKS);
console.log(JSON.stringify(Object.fromEntries(chosen.map((file) => [file, run(folder, file)]))));
