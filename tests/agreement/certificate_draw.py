"""Segments after which certificates are valid: options priced, then accounts revalued."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, TypeAlias

from strikeproof.sequencer.core.engine import Engine
from strikeproof.wire.constants import InstrumentKind, InstrumentStatus, SegmentFamily
from strikeproof.wire.operations import encode_reprice, encode_revalue
from tests.agreement.loose_form import drawn_form

# What families follow each other: the last two trade by what those before them renewed, and the
# one in front of the revaluations meets certificates that new prices have ended.
CHAIN: Final = (
    SegmentFamily.ACCOUNT,
    SegmentFamily.UPKEEP,
    SegmentFamily.TRADE,
    SegmentFamily.KEEPER,
    SegmentFamily.TRADE,
    SegmentFamily.TRADE,
)
_REPRICES_MAX: Final = 12
Draw: TypeAlias = Callable[[], bytes]


def short_step(random: Random) -> int:
    """Return milliseconds after which most certificates still count."""
    return random.choices([0, 250, 1_000, 5_000, 61_000], [30, 30, 30, 9, 1])[0]


class RenewingChain:
    """Segments after one another, the last of which trade by what those before have renewed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._links = 0
        self._family = CHAIN[0]

    def next_family(self) -> int:
        """Return the family of the next segment."""
        self._family = CHAIN[self._links % len(CHAIN)]
        self._links += 1
        return int(self._family)

    def renewing_ops(self, engine: Engine, index: Draw, surface: Draw) -> bytes:
        """Return the ops of that segment, in their ordered form; none where it may hold what a
        stream likes. Options are priced from what `index` and `surface` draw."""
        random = self._random
        if self._family is SegmentFamily.UPKEEP:
            calls = [
                each.instrument
                for each in engine.instruments()
                if each.kind == InstrumentKind.CALL and each.status != InstrumentStatus.SETTLED
            ]
            prices = [index(), surface(), surface()]
            ops = prices if random.random() < 0.4 else prices[:1]
            ops = [*ops, *[encode_reprice(instrument=each) for each in calls[-_REPRICES_MAX:]]]
        elif self._family is SegmentFamily.KEEPER:
            views = [engine.account(each) for each in range(1, engine.venue().next_account)]
            held = [each.account for each in views if each and each.portfolio_underlying]
            ops = [encode_revalue(account=each) for each in held]
        else:
            return b""
        return b"".join(drawn_form(random, op, may_break=False) for op in ops)
