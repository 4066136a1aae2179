"""Segments after which certificates are valid: options priced, then accounts revalued."""

from __future__ import annotations

from random import Random
from typing import Final

from strikeproof.sequencer.core.engine import Engine
from strikeproof.wire.constants import InstrumentKind, InstrumentStatus, SegmentFamily
from strikeproof.wire.operations import encode_reprice, encode_revalue
from tests.agreement.loose_form import drawn_form

# What families follow each other: the last two trade by what those before them renewed.
CHAIN: Final = (
    SegmentFamily.ACCOUNT,
    SegmentFamily.UPKEEP,
    SegmentFamily.KEEPER,
    SegmentFamily.TRADE,
    SegmentFamily.TRADE,
)
_REPRICES_MAX: Final = 12


def renewing_ops(engine: Engine, random: Random, family: int, prices: list[bytes]) -> bytes | None:
    """Return the ops of a segment of the chain, in their ordered form; None where it may hold what
    a stream likes."""
    if family == SegmentFamily.UPKEEP:
        calls = [
            each.instrument
            for each in engine.instruments()
            if each.kind == InstrumentKind.CALL and each.status != InstrumentStatus.SETTLED
        ]
        ops = prices if random.random() < 0.4 else prices[:1]
        ops = [*ops, *[encode_reprice(instrument=each) for each in calls[-_REPRICES_MAX:]]]
    elif family == SegmentFamily.KEEPER:
        views = [engine.account(each) for each in range(1, engine.venue().next_account)]
        ops = [
            encode_revalue(account=each.account)
            for each in views
            if each and each.portfolio_underlying
        ]
    else:
        return None
    return b"".join(drawn_form(random, op, may_break=False) for op in ops)
