#!/usr/bin/env node
// node check-audit.mjs FILE: what the file proves, or exit code 1 and why not.
import { readFileSync } from "node:fs";
import { AuditRefused, checkAudit } from "./src/audit.js";

if (process.argv.length !== 3) {
  console.error("usage: node check-audit.mjs FILE");
  process.exit(2);
}
try {
  const found = checkAudit(readFileSync(process.argv[2], "utf8"));
  console.log(`${found.opType ?? "message"} ${found.opHash}`);
  if (found.signer !== "0x") console.log(`  signed by ${found.signer}`);
  console.log(`  ${found.changed.length} records changed by its segment`);
  console.log(`All of it holds if this is on L1 (the law was not run: strikeproof audit check does):`);
  console.log(`  chain ${found.chainId}, Rollup ${found.rollup}`);
  console.log(`  claim ${found.claim.number} ${found.claim.hash}`);
  console.log(`    in block ${found.onL1.claim.block}, transaction ${found.onL1.claim.transaction}`);
  console.log(`  law ${found.law}`);
} catch (error) {
  console.error(`audit: ${error.message}`);
  process.exit(error instanceof AuditRefused ? 1 : 2);
}
