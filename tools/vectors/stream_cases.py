"""Cases of whole segments drawn from seeds: several traders at once, in books that fill up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.wire.constants import INSTRUMENT_HEIGHT, ORDER_SLOT_BITS, OrderFlag
from strikeproof.wire.layout import ORDER_KIND, unpack_order
from tools.vectors.case_file import Case
from tools.vectors.venue import INDEX, MARK, Fields, Venue, cancel, cancel_all, place, replace

_SEGMENTS: Final = 16
_ACCOUNTS: Final = 4
_INSTRUMENTS: Final = 2
_BUNDLES: Final = 4  # of a segment
_ACTIONS: Final = 3  # of a bundle, at most
_SPREAD: Final = 12  # ticks to either side of the mark
_LOTS: Final = 40

T = TypeVar("T")


class Draw:
    """Numbers that follow from a seed on every machine and Python."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0

    def below(self, end: int) -> int:
        """Return a number from 0 to `end` - 1."""
        self._count += 1
        return int.from_bytes(keccak256(self._seed + self._count.to_bytes(8, "big")), "big") % end

    def of(self, choices: Sequence[T]) -> T:
        """Return one of several."""
        return choices[self.below(len(choices))]


def stream_cases() -> Iterator[Case]:
    """Yield every segment of a stream."""
    draw = Draw("strikeproof vectors: stream 1")
    venue = Venue.opened(accounts=_ACCOUNTS, instruments=_INSTRUMENTS)
    for number in range(1, _SEGMENTS + 1):
        venue.now_ms += 1 + draw.below(900)
        ops = [_bundle(venue, draw) for _ in range(_BUNDLES)]
        if number % 4 == 0:
            price = INDEX + (draw.below(2 * _SPREAD) - _SPREAD) * 100_000_000
            ops.insert(0, venue.index_price(price, price))
        yield venue.ops(f"stream 1, number {number}", *ops, expected=None)


def _bundle(venue: Venue, draw: Draw) -> bytes:
    account = 1 + draw.below(_ACCOUNTS)
    actions = [_action(venue, draw, account) for _ in range(1 + draw.below(_ACTIONS))]
    return venue.bundle(account, *actions)


def _action(venue: Venue, draw: Draw, account: int) -> Fields:
    order = _an_order(venue, draw, account)
    kind = draw.below(8)
    if kind == 0:
        return cancel_all(draw.below(_INSTRUMENTS + 1))
    terms: Fields = {
        "self_trade": draw.of(("CANCEL_TAKER", "CANCEL_MAKER", "CANCEL_BOTH")),
        "post_only": draw.below(6) == 0,
        "client_id": draw.below(2**64),
    }
    price, lots = MARK + draw.below(2 * _SPREAD) - _SPREAD, 1 + draw.below(_LOTS)
    if order is not None and kind < 4:
        instrument, slot, serial, sell = order
        if kind == 1:
            return cancel(slot, serial, instrument)
        return replace(slot, serial, price, lots, instrument=instrument, sell=sell, **terms)
    if not terms["post_only"]:
        terms["time_in_force"] = draw.of(("GTC", "GTC", "IOC", "FOK"))
    instrument, sell = 1 + draw.below(_INSTRUMENTS), draw.below(2) == 0
    terms["reduce_only"] = draw.below(6) == 0
    return place(price, lots, instrument=instrument, sell=sell, **terms)


def _an_order(venue: Venue, draw: Draw, account: int) -> tuple[int, int, int, bool] | None:
    """Return instrument, slot, serial and side of an order of the account that rests now."""
    found = []
    for key, record in read_records(venue.engine.snapshot()):
        if key >> 56 == ORDER_KIND:
            _, flags, _, _, owner, _, serial, *_ = unpack_order(record)
            if owner == account and flags & OrderFlag.LINKED:
                instrument = key >> ORDER_SLOT_BITS & 2**INSTRUMENT_HEIGHT - 1
                slot = key & 2**ORDER_SLOT_BITS - 1
                found.append((instrument, slot, serial, bool(flags & OrderFlag.SELL)))
    return draw.of(found) if found else None
