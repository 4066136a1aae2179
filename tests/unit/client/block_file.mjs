// Write a block trade's file as the JavaScript client does, and read one that Python wrote.
import { readFileSync } from "node:fs";
import { blockFields, blockFile, consentFields, signedFile } from "../../../clients/js/src/block_trade.js";

const { written, legs, consent } = JSON.parse(readFileSync(0, "utf8"));
const domain = { chainId: 31337n, verifyingContract: "0x" + "Ab".repeat(20) };
const { signature, ...terms } = consent;
const bytes = Uint8Array.from(Buffer.from(signature.slice(2), "hex"));
const made = signedFile(blockFile(domain, 1, 2, legs), terms, bytes);
const read = { ...blockFields(written, domain), ...consentFields(written.consent) };
read.counterparty_signature = "0x" + Buffer.from(read.counterparty_signature).toString("hex");
console.log(JSON.stringify({ made, read }));
