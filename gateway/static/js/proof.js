// "Show the proof": everything is hashed here; the gateway's word counts for nothing but what L1 says.
import { batchHash, claimHash, decodeHeader } from "/static/client/batches.js";
import { rootOfWitness } from "/static/client/forest.js";
import { keccak256 } from "/static/client/keccak.js";
import { fromHex, toHex } from "/static/client/octets.js";
import { decodeOp } from "/static/client/ops.js";
import { signedOp, splitOps } from "/static/client/ordered_form.js";
import { decodeRecord } from "/static/client/records.js";
import { element, grouped } from "./elements.js";

const SEGMENT_HEAD_BYTES = 13; // family, time, what it declares
const CLAIM_SELECTOR = toHex(keccak256(new TextEncoder().encode("claim(uint64)"))).slice(0, 10);

async function read(path) {
  const answer = await fetch(`/api/v1${path}`);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body;
}

/** A list of checks on the page. */
class Checks {
  constructor(list) {
    this.list = list;
    list.replaceChildren();
  }

  add(state, text, ...details) {
    const said = { right: "Right: ", wrong: "Wrong: ", open: "" }[state];
    const row = element("li", { class: state }, element("span", { class: "sr" }, said), text);
    if (details.length) {
      const shown = details.map(([name, value]) => [element("dt", {}, name), element("dd", {}, element("code", { class: "whole" }, value))]);
      row.append(element("details", {}, element("summary", {}, "Values"), element("dl", { class: "facts" }, ...shown.flat())));
    }
    this.list.append(row);
    return state === "right";
  }

  equal(text, mine, theirs, names) {
    return this.add(mine === theirs ? "right" : "wrong", text, [names[0], mine], [names[1], theirs]);
  }
}

/** Check that L1 logged these segments under the batch's hash; return the batch. */
async function checkBatch(checks, number) {
  const batch = await read(`/batches/${number}`);
  const segments = batch.segments.map(({ data }) => fromHex(data));
  const hash = toHex(batchHash(decodeHeader(fromHex(batch.header)), segments));
  const text = `Batch ${number}: header and ${segments.length} segments hash to what L1 logged in block ${grouped(batch.l1_block)}.`;
  checks.equal(text, hash, batch.batch_hash, ["computed here", "BatchPosted on L1"]);
  return { ...batch, hash: fromHex(hash) };
}

function checkOp(checks, batch, segment, index) {
  const data = fromHex(batch.segments[segment]?.data ?? "0x"); // hashed above
  const op = splitOps(data.subarray(SEGMENT_HEAD_BYTES))[index];
  if (!op) return checks.add("wrong", `Segment ${segment} has no op ${index}.`);
  const { type, fields } = decodeOp(signedOp(op));
  const who = fields.account === undefined ? "" : ` of account ${fields.account}`;
  return checks.add(
    "right",
    `Op ${index} of segment ${segment} is a ${type.toLowerCase().replaceAll("_", " ")}${who}.`,
    ["bytes", toHex(op)],
    ["hash", toHex(keccak256(op))],
  );
}

/** Check that the claim's roots are what its hash stands for; return the claim. */
async function checkClaim(checks, number, batchHashBytes) {
  const claim = await read(`/claims/${number}`);
  const roots = claim.roots.map(fromHex);
  const mine = toHex(
    claimHash({
      number,
      batch_hash: batchHashBytes,
      parent_hash: fromHex(claim.parent_hash),
      proposer: fromHex(claim.proposer),
      roots,
    }),
  );
  const text = `Claim ${number}: its ${roots.length} roots, batch and proposer hash to the claim that stands on L1.`;
  checks.equal(text, mine, claim.claim_hash, ["computed here", "Rollup.claim on L1"]);
  await askWallet(checks, number, claim.claim_hash);
  const isFinal = claim.deadline_ms < Date.now();
  checks.add(isFinal ? "right" : "open", `Its window ${isFinal ? "ended" : "ends"} ${new Date(claim.deadline_ms).toLocaleString()}.`);
  return claim;
}

/** Ask L1 by the reader's own wallet, if there is one on that chain. */
async function askWallet(checks, number, hash) {
  const venue = await read("/venue");
  const rollup = venue.domain.verifyingContract;
  try {
    const chain = Number(await globalThis.ethereum.request({ method: "eth_chainId" }));
    if (chain !== venue.domain.chainId) throw new Error("another chain");
    const data = CLAIM_SELECTOR + BigInt(number).toString(16).padStart(64, "0");
    const answer = await globalThis.ethereum.request({ method: "eth_call", params: [{ to: rollup, data }, "latest"] });
    checks.equal("Your own wallet's L1 says the same.", answer.slice(0, 66), hash, ["your L1", "the gateway's L1"]);
  } catch {
    checks.add("open", `What L1 says was read through this gateway. Ask an L1 of your own: cast call ${rollup} "claim(uint64)((bytes32,bytes32,address,uint64,uint32))" ${number}`);
  }
}

/** Check a record of the newest final state up to the claim on L1; show its fields. */
async function checkRecord(checks, name, key) {
  const proof = await read(`/proofs/${key}?at=final`);
  const batch = await checkBatch(checks, proof.batch);
  const claim = await checkClaim(checks, proof.batch, batch.hash);
  const record = fromHex(proof.record);
  const root = toHex(rootOfWitness(new Map([[BigInt(key), record]]), fromHex(proof.proof)));
  const path = `${(proof.proof.length - 2) / 2} bytes of path`;
  const text = `The ${name}'s record and its ${path} lead to the last root of claim ${proof.batch}.`;
  checks.equal(text, root, claim.roots.at(-1), ["computed here", "claimed on L1"]);
  if (!record.length) {
    checks.add("open", "There is no such record in that state.");
    return null;
  }
  const fields = decodeRecord(name, record);
  const rows = Object.entries(fields).filter(([, value]) => typeof value === "bigint");
  checks.add("right", `The ${name} in that state`, ...rows.map(([field, value]) => [field.replaceAll("_", " "), grouped(value)]));
  return fields;
}

function checkSolvency(checks, fields, custody) {
  const [whole, part = ""] = custody.split(".");
  const held = BigInt(whole + part.padEnd(6, "0"));
  const owed = fields.liabilities;
  const text = `The venue owes ${grouped(owed)} and the Vault holds ${grouped(held)} micro-USD.`;
  checks.add(owed <= held ? "right" : "wrong", text);
}

async function show(button) {
  const checks = new Checks(button.parentElement.querySelector("[data-checks]"));
  const { batch: number, segment, index, record, key, custody } = button.dataset;
  button.disabled = true;
  try {
    if (number !== undefined) {
      const batch = await checkBatch(checks, number);
      if (segment !== undefined) checkOp(checks, batch, Number(segment), Number(index));
      await checkClaim(checks, number, batch.hash);
    }
    if (record !== undefined) {
      const fields = await checkRecord(checks, record, key);
      if (custody !== undefined && fields) checkSolvency(checks, fields, (await read("/terms")).vault.custody);
    }
  } catch (error) {
    checks.add("open", `Not further yet: ${error.message}`);
  }
  button.disabled = false;
}

for (const button of document.querySelectorAll("[data-proof]")) {
  button.addEventListener("click", () => show(button));
}
