"""Checking a receipt: that the sequencer really signed a promise for this op."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from strikeproof.client.typed_data import digest, hash_receipt, hash_receipt_group
from strikeproof.client.wallet import BadSignature, recover_address
from strikeproof.failure import Broken
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.wire.constants import PREFIX_LIST, PREFIX_LIST_LEAF, PREFIX_LIST_NODE
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operation_pb2 import Receipt as ReceiptMessage
from strikeproof.wire.venue_pb2 import VenueInfo


class ReceiptInvalid(Broken):
    """The sequencer acknowledged an op without a promise that binds it: do not trade on."""

    code = FailureCode.RECEIPT_INVALID

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Receipt:
    """The sequencer's signed promise of a place in the order. Keep it until the op is final."""

    sequencer_epoch: int
    batch: int
    segment: int
    index: int
    op_hash: bytes
    post_by_ms: int
    leaf_index: int
    leaf_count: int
    path: tuple[bytes, ...]
    commitment: bytes
    signature: bytes

    @classmethod
    def of_message(cls, message: ReceiptMessage) -> Self:
        """Return the receipt that the API gave."""
        place = message.position
        return cls(
            message.sequencer_epoch,
            place.batch,
            place.segment,
            place.index,
            message.op_hash,
            message.post_by_ms,
            message.leaf_index,
            message.leaf_count,
            tuple(message.path),
            message.commitment,
            message.signature,
        )

    def verify(self, op: bytes, domain_separator: bytes, sequencer: bytes) -> None:
        """Raise `ReceiptInvalid` unless the sequencer promised this place to this op, as sent."""
        if keccak256(ordered_op(op)) != self.op_hash:
            raise ReceiptInvalid("the receipt is for another op")
        item = hash_receipt(
            self.sequencer_epoch,
            self.batch,
            self.segment,
            self.index,
            self.op_hash,
            self.post_by_ms,
        )
        if self._commitment(item) != self.commitment:
            raise ReceiptInvalid("the receipt is not in the list that was signed")
        signer = self.signer(domain_separator)
        if signer != sequencer:
            raise ReceiptInvalid(f"0x{signer.hex()} signed, not the sequencer 0x{sequencer.hex()}")

    def signer(self, domain_separator: bytes) -> bytes:
        """Return the address that signed. Raises `ReceiptInvalid` if none did."""
        signed = digest(domain_separator, hash_receipt_group(self.commitment))
        try:
            return recover_address(signed, self.signature)
        except BadSignature:
            raise ReceiptInvalid("the receipt's signature is not a valid one") from None

    def _commitment(self, item: bytes) -> bytes:
        """Return the commitment to the list that has this item at this place."""
        node = keccak256(bytes((PREFIX_LIST_LEAF,)) + item)
        index, count, path = self.leaf_index, self.leaf_count, list(self.path)
        if not 0 <= index < count:
            raise ReceiptInvalid("the receipt's place is outside its list")
        while count > 1:
            if index ^ 1 < count:
                if not path:
                    raise ReceiptInvalid("the receipt's path is too short")
                pair = (path.pop(0), node) if index & 1 else (node, path.pop(0))
                node = keccak256(bytes((PREFIX_LIST_NODE,)) + pair[0] + pair[1])
            index, count = index >> 1, (count + 1) >> 1
        if path:
            raise ReceiptInvalid("the receipt's path is too long")
        return keccak256(bytes((PREFIX_LIST,)) + self.leaf_count.to_bytes(8, "big") + node)


class VenueKeys:
    """The keys that sign a venue's receipts: with standby sequencers, one for each node.

    Which keys are the venue's, L1 alone can prove (`Rollup.isSequencerKey`); here a node is taken
    at its word, as for the domain.
    """

    def __init__(self, ask: Callable[[], Awaitable[VenueInfo]]) -> None:
        """`ask`: has a node say who signs; `learn` gets its answer."""
        self._ask = ask
        self._keys: set[bytes] = set()

    def learn(self, info: VenueInfo) -> None:
        """Take what a node has said of itself and of the others."""
        self._keys |= {info.sequencer, *info.sequencer_keys}

    async def check(self, op: bytes, receipt: Receipt, known: VenueInfo) -> None:
        """Raise `ReceiptInvalid` unless one of them promised this place to this op."""
        domain, sequencer = known.domain_separator, known.sequencer
        signer = receipt.signer(domain)
        if signer not in self._keys and known.sequencer_keys:
            await self._ask()  # of a node that came later
        receipt.verify(op, domain, signer if signer in self._keys else sequencer)
