"""What an instrument's records say of positions: their value, and what is pending on them.

Written from docs/protocol/funding.md, apart from the sequencer's engine: what both got wrong alike,
nobody would see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import FRACTION, PPM
from strikeproof.wire.layout import MARK, UNDERLYING, Group, unpack_mark, unpack_underlying

PRICE_MAX: Final = 2**32 - 1
SCALE: Final = PPM * FRACTION


def named(group: Group, values: tuple[Any, ...]) -> dict[str, int]:
    """Return the fields of a record's head, or of an element, by name."""
    return dict(zip([each.name for each in group.fields], values, strict=True))


@dataclass(frozen=True, slots=True)
class MarkTerms:
    """Of an instrument, as of now. `worth`: a lot at the mark, micro-USD; factors and indices by
    sign: +1 longs, -1 shorts."""

    instrument: int
    price: int
    worth: int
    maintenance_ppm: int
    publish_ms: int
    is_settled: bool
    funding_index: int
    factors: dict[int, int]
    adl_indices: dict[int, int]
    deleveraged_ms: dict[int, int]

    @classmethod
    def read(cls, instrument: int, mark: bytes, underlying: bytes) -> MarkTerms:
        """Return the terms of a mark's record and its underlying's."""
        fields = named(MARK.head, unpack_mark(mark))
        feed = named(UNDERLYING.head, unpack_underlying(underlying))
        settled = fields["price"]
        price = settled or min(feed["index_price"] // fields["index_per_tick"], PRICE_MAX)
        return cls(
            instrument,
            price,
            price * fields["tick_value"],
            0 if settled else fields["maintenance_margin_ppm"],
            feed["publish_time_ms"],
            bool(settled),
            fields["funding_index"],
            {1: fields["long_factor"], -1: fields["short_factor"]},
            {1: fields["long_adl_index"], -1: fields["short_adl_index"]},
            {1: fields["long_deleveraged_ms"], -1: fields["short_deleveraged_ms"]},
        )

    def pressure(self, sign: int) -> int:
        """Return what grows as positions of a side lose: by x, then e lots lose e × x / factor /
        SCALE micro-USD, by whatever of price, funding, deleveraging and fraction (docs/adr/0061).
        """
        asked = self.worth * self.maintenance_ppm * FRACTION
        brought = sign * (self.worth * FRACTION - self.funding_index) * PPM
        return self.factors[sign] * (asked - brought) - self.adl_indices[sign] * SCALE

    def held(self, account: int, entry: dict[str, int]) -> tuple[int, int]:
        """Return size and cash of an entry as a settlement would leave and pay them."""
        size = entry["size"]
        if not size:
            return 0, 0
        sign = 1 if size > 0 else -1
        lots, factor = abs(size), self.factors[sign]
        then = entry["factor"] or factor
        stay, rest = divmod(lots * factor, then)
        if rest << 64 > then * self._draw(account, sign):
            stay += 1
        closed = lots - stay
        cash = -sign * stay * (self.funding_index - entry["funding_snap"]) // FRACTION
        if factor != then:
            cash += closed * (self.adl_indices[sign] - entry["adl_snap"]) // (then - factor)
            cash += sign * closed * entry["funding_snap"] // FRACTION
        return sign * stay, cash

    def _draw(self, account: int, sign: int) -> int:
        """Return the 64 bits that decide whether a fraction of a lot stays."""
        text = (
            account.to_bytes(4, "big")
            + self.instrument.to_bytes(2, "big")
            + bytes((sign < 0,))
            + self.deleveraged_ms[sign].to_bytes(6, "big")
        )
        return int.from_bytes(keccak256(text)[:8], "big")
