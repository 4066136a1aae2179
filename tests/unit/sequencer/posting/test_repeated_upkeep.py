"""Upkeep of the same bytes is ordered again and again: a rewrite keeps count of it."""

from __future__ import annotations

from collections import Counter

from strikeproof.client.operation import CancelAll
from strikeproof.sequencer.core.family import is_signed
from strikeproof.sequencer.journal.journal_entry import OpOrdered, SegmentOpened
from strikeproof.sequencer.posting.rewrite_layout import _without
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.operations import encode_funding, encode_liquidate, encode_sweep
from tests.integration.sequencer.venue import Trader, index_price, wallet

SAMPLE = encode_funding(instrument=1)


def test_what_an_adopted_batch_has_once_is_left_out_once() -> None:
    opened = SegmentOpened(SegmentFamily.UPKEEP, 1)
    entries = [opened, OpOrdered(SAMPLE, ()), opened, OpOrdered(SAMPLE, ())]
    assert _without(entries, Counter([SAMPLE])) == [opened, OpOrdered(SAMPLE, ())]
    assert _without(entries, Counter([SAMPLE, SAMPLE])) == []


def test_somebody_waits_for_signed_ops_alone() -> None:
    assert is_signed(Trader(1, wallet("trader 1")).bundle(CancelAll(0)))
    assert is_signed(index_price())
    for op in (
        SAMPLE,
        encode_liquidate(account=1, instrument=1),
        encode_sweep(instrument=1, slots=[1]),
    ):
        assert not is_signed(op)
