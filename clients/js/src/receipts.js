// The sequencer's signed promise of a place in the order (docs/protocol/receipts.md).
import { equal, fromHex, toHex } from "./octets.js";
import { keccak256 } from "./keccak.js";
import { orderedOp } from "./ordered_form.js";
import { recoverAddress } from "./signatures.js";
import { commitmentOf, rootOfPath } from "./static_list.js";
import { digest, receiptGroupHash, receiptHash } from "./typed_data.js";

/** A receipt that does not bind the sequencer: do not trade on. */
export class ReceiptInvalid extends Error {}

/** Throw ReceiptInvalid unless one of the venue's keys promised this op, as it was sent, the receipt's place. */
export function checkReceipt(receipt, op, separator, sequencerKeys) {
  const { position, leaf_index: index, leaf_count: count } = receipt;
  if (!equal(keccak256(orderedOp(op)), fromHex(receipt.op_hash))) throw new ReceiptInvalid("of another op");
  const leaf = receiptHash({ ...receipt, ...position, op_hash: fromHex(receipt.op_hash) });
  const root = rootOfPath(leaf, index, count, receipt.path.map(fromHex));
  const commitment = fromHex(receipt.commitment);
  if (root === undefined || !equal(commitmentOf(count, root), commitment)) {
    throw new ReceiptInvalid("not in the list that was signed");
  }
  const signed = digest(separator, receiptGroupHash(commitment));
  const signer = recoverAddress(signed, fromHex(receipt.signature));
  if (signer === null || !sequencerKeys.includes(toHex(signer))) {
    throw new ReceiptInvalid("not signed by the venue's sequencer");
  }
}
