// Signs EIP-712 typed data as a wallet does: `node ethers_wallet.js KEY < JSON` prints the signature.
"use strict";

const path = require("node:path");
const root = path.resolve(__dirname, "../../..");
const { Wallet } = require(path.join(root, "contracts/node_modules/ethers"));

async function main() {
  const documents = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const wallet = new Wallet(process.argv[2]);
  for (const { domain, types, message } of documents) {
    delete types.EIP712Domain; // ethers derives it from the domain
    console.log(await wallet.signTypedData(domain, types, message));
  }
}

main();
