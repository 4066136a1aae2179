"""What an instrument's records say of positions: their value, and what is pending on them.

Written from docs/protocol/funding.md and expiries.md, apart from the sequencer's engine: what both
got wrong alike, nobody would see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from strikeproof.keccak import keccak256
from strikeproof.verifier.watch.option_terms import KINDS, OptionNow, option_terms
from strikeproof.wire.constants import FRACTION, PPB, PPM
from strikeproof.wire.layout import (
    MARK,
    OPTION_MARK,
    UNDERLYING,
    Group,
    unpack_mark,
    unpack_option_mark,
    unpack_underlying,
)

PRICE_MAX: Final = 2**32 - 1
SCALE: Final = PPM * FRACTION


def named(group: Group, values: tuple[Any, ...]) -> dict[str, int]:
    """Return the fields of a record's head, or of an element, by name."""
    return dict(zip([each.name for each in group.fields], values, strict=True))


def fields_of_mark(mark: bytes) -> dict[str, int]:
    """Return the fields of a mark's record, by the kind that it says."""
    if mark[1] in KINDS:
        return named(OPTION_MARK.head, unpack_option_mark(mark))
    return named(MARK.head, unpack_mark(mark))


@dataclass(frozen=True, slots=True)
class MarkTerms:
    """An instrument's terms now. `worth`: a lot at the mark, micro-USD, and `notional` what
    the house's margin and the band's width are shares of; `asks`: maintenance of a lot, micro-
    USD × PPM; `concedes`: what a liquidation may give away of it; `option`: of one that is not
    settled. Factors, indices and what a lot asks for by sign: +1 longs, -1 shorts."""

    instrument: int
    price: int
    worth: int
    notional: int
    tick_value: int
    asks: dict[int, int]
    concedes: dict[int, int]
    publish_ms: int
    is_settled: bool
    funding_index: int
    factors: dict[int, int]
    adl_indices: dict[int, int]
    deleveraged_ms: dict[int, int]
    option: OptionNow | None

    @classmethod
    def read(cls, instrument: int, mark: bytes, underlying: bytes) -> MarkTerms:
        """Return the terms of a mark's record and its underlying's."""
        fields = fields_of_mark(mark)
        feed = named(UNDERLYING.head, unpack_underlying(underlying))
        share = fields["index_ppb"]
        follows = feed["index_price"] * share // (PPB * fields["index_per_tick"])
        price = base = min(fields["fixed_price"] + follows, PRICE_MAX)
        ppm = fields["maintenance_margin_ppm"] if share else 0
        asked = price * fields["tick_value"] * ppm
        asks = concedes = {1: asked, -1: asked}
        option = None
        if share and fields["kind"] in KINDS:
            option = option_terms(fields, feed["index_price"])
            price = option.price
            asks = {1: price * fields["tick_value"] * PPM, -1: option.short_asks}
            concedes = {1: price * fields["tick_value"] * ppm, -1: option.short_asks}
        return cls(
            instrument,
            price,
            price * fields["tick_value"],
            base * fields["tick_value"],
            fields["tick_value"],
            asks,
            concedes,
            feed["publish_time_ms"],
            not share,
            fields.get("funding_index", 0),
            {1: fields["long_factor"], -1: fields["short_factor"]},
            {1: fields["long_adl_index"], -1: fields["short_adl_index"]},
            {1: fields["long_deleveraged_ms"], -1: fields["short_deleveraged_ms"]},
            option,
        )

    def pressure(self, sign: int) -> int:
        """Return what grows as positions of a side lose: by x, then e lots lose e × x / factor /
        SCALE micro-USD, by whatever of price, funding, deleveraging and fraction (docs/adr/0061).
        """
        asked = self.asks[sign] * FRACTION
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
