"""A holder's receipt against what L1 ordered: kept, or broken and to be paid.

Source: docs/protocol/receipts.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Self

from eth_abi import encode as abi_encode
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature, ValidationError

from strikeproof.contracts import artifact
from strikeproof.deployment_check import is_code_of
from strikeproof.failure import Rejected
from strikeproof.json_depth import check_depth
from strikeproof.keccak import keccak256
from strikeproof.keystore import Signer
from strikeproof.verifier.derivation.logged_batch import LoggedBatch, decode_batch, op_spans
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.leaving import Leaving
from strikeproof.verifier.inspection.venue_calls import VenueCall, VenueCalls
from strikeproof.verifier.state.static_list import list_commitment, list_path, path_root
from strikeproof.wire.constants import PREFIX_LIST, RECEIPT_GROUP_TYPEHASH, RECEIPT_TYPEHASH
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import SEGMENT_HEAD_BYTES

_SALT_PREFIX: Final = b"strikeproof promise"
_WIDTHS: Final = {
    "sequencer_epoch": 32,
    "batch": 64,
    "segment": 32,
    "index": 8,
    "post_by_ms": 48,
    "leaf_index": 64,
    "leaf_count": 64,
}
"""Numbers of a receipt's file, and the bits that L1 has for each."""
_PATH_MAX: Final = 64


class ReceiptUnusable(Rejected):
    """The file is not a receipt, or nothing can be claimed with it."""

    code = FailureCode.RECEIPT_UNUSABLE

    def __init__(self, problem: str) -> None:
        super().__init__(f"the receipt cannot be used: {problem}")
        self.problem = problem


class PromiseFate(Enum):
    """What became of a promise."""

    KEPT = "kept"
    WAITING = "waiting"
    """No batch that counts is on L1, and it is not too late for one."""
    OTHER = "other"
    """Its place holds another op, or none."""
    LATE = "late"
    """Its batch came after the time that was promised."""
    ABSENT = "absent"
    """That time is over, and no batch that counts was posted."""

    @property
    def is_broken(self) -> bool:
        """Whether somebody is paid for it."""
        return self not in (PromiseFate.KEPT, PromiseFate.WAITING)


@dataclass(frozen=True, slots=True)
class HeldReceipt:
    """A receipt, and where it is in the list that was signed."""

    epoch: int
    batch: int
    segment: int
    index: int
    op_hash: bytes
    post_by_ms: int
    leaf_index: int
    leaf_count: int
    path: tuple[bytes, ...]
    signature: bytes

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Self:
        """Return a receipt as `strikeproof trade --json` prints it. Raises `ReceiptUnusable`."""
        try:
            numbers = [_number(found[name], bits) for name, bits in _WIDTHS.items()]
            op_hash, signature = _bytes(found["op_hash"], 32), _bytes(found["signature"], 64)
            path = tuple(_bytes(each, 32) for each in found["path"][: _PATH_MAX + 1])
            epoch, batch, segment, index, post_by_ms, leaf_index, leaf_count = numbers
        except (KeyError, TypeError, ValueError) as error:
            raise ReceiptUnusable(f"{type(error).__name__}: {error}") from None
        place = (epoch, batch, segment, index, op_hash, post_by_ms)
        return cls(*place, leaf_index, leaf_count, path, signature)

    @property
    def hash(self) -> bytes:
        """The struct hash: what is signed in the list, and paid for once."""
        types = ["bytes32", "uint32", "uint64", "uint32", "uint8", "bytes32", "uint48"]
        place = (self.epoch, self.batch, self.segment, self.index, self.op_hash, self.post_by_ms)
        return keccak256(abi_encode(types, (RECEIPT_TYPEHASH, *place)))

    @property
    def commitment(self) -> bytes:
        """The list that was signed. Raises `ReceiptUnusable` if the path leads nowhere."""
        try:
            root = path_root(self.hash, self.leaf_index, self.leaf_count, self.path)
        except ValueError as error:
            raise ReceiptUnusable(str(error)) from None
        return keccak256(bytes([PREFIX_LIST]) + self.leaf_count.to_bytes(8, "big") + root)

    def given(self) -> dict[str, Any]:
        """Return the struct SignedReceipt of IPromises.sol."""
        return {
            "receipt": {
                "epoch": self.epoch,
                "batch": self.batch,
                "segment": self.segment,
                "index": self.index,
                "opHash": self.op_hash,
                "postBy": self.post_by_ms,
            },
            "leafIndex": self.leaf_index,
            "leafCount": self.leaf_count,
            "path": list(self.path),
            "r": self.signature[:32],
            "parityAndS": self.signature[32:],
        }


def load_receipt(path: Path) -> HeldReceipt:
    """Return the receipt of a file: an answer to an order, or its receipt alone. Raises
    `ReceiptUnusable`."""
    try:
        found = json.loads(check_depth(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        raise ReceiptUnusable(f"{path}: {error}") from None
    if isinstance(found, dict) and isinstance(found.get("receipt"), dict):
        found = found["receipt"]
    if not isinstance(found, dict):
        raise ReceiptUnusable(f"{path}: no JSON object")
    return HeldReceipt.of_json(found)


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """A receipt, what became of it, and the calls that have it paid."""

    receipt: HeldReceipt
    fate: PromiseFate
    key: bytes
    """Whose stake pays."""
    stake_wei: int
    unlock_seconds: int
    compensation_wei: int
    was_shown: bool
    batches: tuple[LoggedBatch, ...]
    """From the promised number on, up to the one that counts."""
    _calls: VenueCalls
    _holder: Signer

    @classmethod
    def of(cls, leaving: Leaving, receipt: HeldReceipt, promises: str, holder: Signer) -> Self:
        """Look at L1. Raises `ReceiptUnusable`, `NotFound`, and what reading L1 raises."""
        calls = _calls(leaving, promises)
        key = _signer(calls, receipt)
        stake_wei, unlock_seconds = calls.ask("Promises", "stakeOf", "0x" + key.hex())
        fate, batches = _fate(leaving, receipt)
        return cls(
            receipt,
            fate,
            key,
            stake_wei,
            unlock_seconds,
            int(calls.ask("Promises", "compensationWei")),
            bool(calls.ask("Promises", "isShown", receipt.hash)),
            tuple(batches),
            calls,
            holder,
        )

    @property
    def is_payable(self) -> bool:
        """Whether L1 pays something for it."""
        return self.fate.is_broken and self.stake_wei > 1 and not self.was_shown

    def report(self) -> dict[str, Any]:
        """Return what became of the promise, and what it is worth."""
        pays = min(self.compensation_wei, self.stake_wei // 2) if self.is_payable else 0
        return {
            "promise": self.fate.value,
            "receipt_hash": "0x" + self.receipt.hash.hex(),
            "key": "0x" + self.key.hex(),
            "stake_wei": self.stake_wei,
            "stake_unlock_seconds": self.unlock_seconds,
            "shown_before": self.was_shown,
            "pays_wei": pays,
        }

    @property
    def _salt(self) -> bytes:
        """The same whenever the command is given, and nobody else's to guess."""
        signed = self._holder.sign_digest(keccak256(_SALT_PREFIX + self.receipt.hash))
        return keccak256(repr(signed).encode())

    def commitment(self) -> list[VenueCall]:
        """Return the call that commits to showing it."""
        types = ["address", "bytes32", "bytes32"]
        values = ["0x" + self._holder.address.hex(), self.receipt.hash, self._salt]
        commitment = keccak256(abi_encode(types, values))
        name = f"commit to {commitment.hex()[:16]}"
        return [self._calls.call(name, "Promises", "commit", commitment)]

    def proof(self) -> VenueCall:
        """Return the call that shows it."""
        given, name = self.receipt.given(), f"show promise {self.receipt.hash.hex()[:16]}"
        commitments = [list_commitment(each.segments) for each in self.batches]
        headers = [each.header_bytes for each in self.batches]
        if self.fate is PromiseFate.ABSENT:
            arguments = (given, headers, commitments, self._salt)
            return self._calls.call(name, "Promises", "showAbsent", *arguments)
        segments, at = self.batches[-1].segments, self.receipt.segment
        segment, path = b"", list[bytes]()
        if at < len(segments):
            segment, path = segments[at], list_path(segments, at)
        opened = (given, headers, commitments.pop(), segment, path, commitments, self._salt)
        return self._calls.call(name, "Promises", "showOther", *opened)


def _calls(leaving: Leaving, promises: str) -> VenueCalls:
    """Return calls of the venue and of its Promises. Raises `ReceiptUnusable` if it is none."""
    try:
        address = _bytes(promises, 20)
    except ValueError:
        raise ReceiptUnusable(f"{promises} is not an address") from None
    contracts, client = leaving.parts.contracts, leaving.parts.client
    if not is_code_of(artifact("Promises"), client.code(address)):
        raise ReceiptUnusable(f"the code at {promises} is not the shipped Promises")
    calls = VenueCalls(client, contracts.rollup, contracts.inbox, address)
    found = _bytes(calls.ask("Promises", "rollup"), 20)
    if found != contracts.rollup:
        raise ReceiptUnusable(f"{promises} is of the Rollup 0x{found.hex()}")
    return calls


def _signer(calls: VenueCalls, receipt: HeldReceipt) -> bytes:
    """Return who signed. Raises `ReceiptUnusable`."""
    domain = calls.ask("Rollup", "domainSeparator")
    group = keccak256(RECEIPT_GROUP_TYPEHASH + receipt.commitment)
    digest = keccak256(b"\x19\x01" + domain + group)
    r, word = receipt.signature[:32], int.from_bytes(receipt.signature[32:], "big")
    s = (word & (2**255 - 1)).to_bytes(32, "big")
    try:
        signature = Signature(r + s + bytes([word >> 255]))
        return bytes(signature.recover_public_key_from_msg_hash(digest).to_canonical_address())
    except (BadSignature, ValidationError, ValueError):
        raise ReceiptUnusable("nobody signed it") from None


def _fate(leaving: Leaving, receipt: HeldReceipt) -> tuple[PromiseFate, list[LoggedBatch]]:
    """Return what became of a promise, with the batches that show it. Raises `NotFound`."""
    store, batches = leaving.parts.store, list[LoggedBatch]()
    for number in range(receipt.batch, store.batch_count() + 1):
        row = store.batch(number)
        if row is None:
            raise NotFound(f"batch {number} is no longer in the store", batch=number)
        batch = decode_batch(row.data)
        batches.append(batch)
        if not batch.segments or batch.header.sequencer_epoch < receipt.epoch:
            continue
        if batch.header.time_ms > receipt.post_by_ms:
            return PromiseFate.LATE, batches
        if _op_hash(batch, receipt) == receipt.op_hash:
            return PromiseFate.KEPT, batches
        return PromiseFate.OTHER, batches
    is_due = leaving.now_seconds * 1000 > receipt.post_by_ms
    return PromiseFate.ABSENT if is_due else PromiseFate.WAITING, batches


def _op_hash(batch: LoggedBatch, receipt: HeldReceipt) -> bytes | None:
    """Return the hash of the op at the promised place; None: there is none."""
    if receipt.segment >= len(batch.segments):
        return None
    segment = batch.segments[receipt.segment]
    for index, (start, _, end) in enumerate(op_spans(segment, SEGMENT_HEAD_BYTES)):
        if index == receipt.index:
            return keccak256(segment[start:end])
    return None


def _bytes(text: Any, length: int) -> bytes:
    found = bytes.fromhex(str(text).removeprefix("0x"))
    if len(found) != length:
        raise ValueError(f"{len(found)} bytes instead of {length}")
    return found


def _number(value: Any, bits: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise ValueError(f"{str(value)[:40]!r} is not a number of {bits} bits")
    return value
