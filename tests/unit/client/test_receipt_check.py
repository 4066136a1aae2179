"""A receipt that does not bind the sequencer is not accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strikeproof.client.receipt_check import Receipt, ReceiptInvalid
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.order.receipt import Promise, ReceiptPrinter
from strikeproof.wire.constants import OpType
from strikeproof.wire.operations import frame_op

DOMAIN = keccak256(b"a domain")
SIGNER = signer_of_key(keccak256(b"a sequencer"))
OPS = [frame_op(type=OpType.SWEEP, body=b"op %d" % i) for i in range(7)]


@pytest.fixture(scope="module")
def receipts() -> list[Receipt]:
    promises = [Promise(3, 1, i, keccak256(ordered_op(op)), 99_000) for i, op in enumerate(OPS)]
    group = ReceiptPrinter(SIGNER, DOMAIN, 2).sign(promises)
    return [
        Receipt(
            2,
            each.batch,
            each.segment,
            each.index,
            each.op_hash,
            each.post_by_ms,
            i,
            len(promises),
            tuple(group.receipts.path(i)),
            group.commitment,
            group.signature,
        )
        for i, each in enumerate(promises)
    ]


def test_every_receipt_of_a_group_holds(receipts: list[Receipt]) -> None:
    for op, receipt in zip(OPS, receipts, strict=True):
        receipt.verify(op, DOMAIN, SIGNER.address)


@pytest.mark.parametrize(
    "change",
    [
        {"batch": 4},
        {"segment": 0},
        {"index": 5},
        {"sequencer_epoch": 1},
        {"post_by_ms": 99_001},
        {"leaf_index": 1},
        {"leaf_index": 7},
        {"leaf_count": 8},
        {"leaf_count": 6},
        {"path": ()},
        {"commitment": bytes(32)},
        {"signature": bytes(64)},
        {"op_hash": bytes(32)},
    ],
)
def test_a_changed_receipt_does_not(receipts: list[Receipt], change: dict[str, object]) -> None:
    with pytest.raises(ReceiptInvalid):
        replace(receipts[2], **change).verify(OPS[2], DOMAIN, SIGNER.address)  # type: ignore[arg-type]


def test_a_path_with_more_than_it_needs_does_not(receipts: list[Receipt]) -> None:
    longer = replace(receipts[2], path=(*receipts[2].path, bytes(32)))
    with pytest.raises(ReceiptInvalid, match="too long"):
        longer.verify(OPS[2], DOMAIN, SIGNER.address)


def test_another_op_signer_or_venue_does_not(receipts: list[Receipt]) -> None:
    for op, domain, address in (
        (OPS[3], DOMAIN, SIGNER.address),
        (OPS[2], keccak256(b"another"), SIGNER.address),
        (OPS[2], DOMAIN, bytes(20)),
    ):
        with pytest.raises(ReceiptInvalid):
            receipts[2].verify(op, domain, address)
