"""Receipts: the sequencer's signed promise of a place in the order.

The receipts of a commit group are one static list, signed once; each user gets the path of theirs.
Whoever holds a receipt shows a broken promise by opening one segment of the batch on L1 (or its
absence after `post_by_ms`). Source: docs/protocol/receipts.md.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.static_list import StaticList
from strikeproof.wire.constants import RECEIPT_GROUP_TYPEHASH, RECEIPT_TYPEHASH


class DigestSigner(Protocol):
    """What signs for the sequencer."""

    address: bytes

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        """Return (y parity, r, s) with a low s."""
        ...


_RECEIPT: Final = struct.Struct(">32s 24xQ 24xQ 24xQ 24xQ 32s 24xQ")  # words, as typed data has


class Promise:
    """One op's place. Hot: a plain class, which mypyc makes ten times as fast as a dataclass."""

    __slots__ = ("batch", "index", "op_hash", "post_by_ms", "segment")

    def __init__(
        self, batch: int, segment: int, index: int, op_hash: bytes, post_by_ms: int
    ) -> None:
        self.batch = batch
        self.segment = segment
        self.index = index
        self.op_hash = op_hash
        self.post_by_ms = post_by_ms


def receipt_hash(epoch: int, promise: Promise) -> bytes:
    """Return the struct hash of Receipt."""
    return keccak256(
        _RECEIPT.pack(
            RECEIPT_TYPEHASH,
            epoch,
            promise.batch,
            promise.segment,
            promise.index,
            promise.op_hash,
            promise.post_by_ms,
        )
    )


def group_digest(domain_separator: bytes, commitment: bytes) -> bytes:
    """Return what the sequencer signs for a commit group."""
    struct_hash = keccak256(RECEIPT_GROUP_TYPEHASH + commitment)
    return keccak256(b"\x19\x01" + domain_separator + struct_hash)


def compact_signature(parity: int, r: int, s: int) -> bytes:
    """Return r ‖ s with the parity in the top bit of s."""
    return r.to_bytes(32, "big") + (s | parity << 255).to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class SignedGroup:
    """The receipts of a commit group."""

    receipts: StaticList
    commitment: bytes
    signature: bytes


class ReceiptPrinter:
    """Signs the receipts of commit groups."""

    def __init__(self, signer: DigestSigner, domain_separator: bytes, sequencer_epoch: int) -> None:
        self.address = signer.address
        self.sequencer_epoch = sequencer_epoch
        self._signer = signer
        self._domain_separator = domain_separator

    def sign(self, promises: Sequence[Promise], epoch: int | None = None) -> SignedGroup:
        """Return the signed list of these promises, in their order.

        `epoch`: the one in which they were ordered, if it is not the present one.
        """
        epoch = self.sequencer_epoch if epoch is None else epoch
        receipts = StaticList([receipt_hash(epoch, each) for each in promises])
        commitment = receipts.commitment
        digest = group_digest(self._domain_separator, commitment)
        return SignedGroup(
            receipts, commitment, compact_signature(*self._signer.sign_digest(digest))
        )
