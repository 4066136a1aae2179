"""What a forced close came to, from the records that its segment changed: how many lots were
closed, how many of them the house took, and at what.

Source: docs/protocol/liquidation.md, forced close.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from strikeproof.verifier.inspection.escape_calls import positions_of
from strikeproof.verifier.inspection.segment_changes import Changes
from strikeproof.verifier.state.forest import id_of, kind_of
from strikeproof.verifier.state.genesis import GLOBAL_KEY
from strikeproof.verifier.state.record_fields import group_values
from strikeproof.wire.constants import KEY_ID_BITS, ORDER_SLOT_BITS
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    GLOBAL_GROUP,
    INSTRUMENT_GROUP,
    INSTRUMENT_KIND,
    ORDER_GROUP,
    ORDER_KIND,
    Group,
)


@dataclass(frozen=True, slots=True)
class CloseEffect:
    """What became of a position."""

    closed_lots: int
    """By how much it shrank; deleveraging that was pending is in it."""
    house_lots: int
    """How many of them the house took."""
    house_value_micro_usd: int | None
    """What the house paid for them, or was paid; None: the account's debt went with them."""
    fills: tuple[tuple[int, int], ...] | None
    """Price in ticks and lots of every order that was met; None: some were taken out of the book
    as well, and records do not say which."""
    left_lots: int
    """What is left of the position, below zero if short."""
    nano_usd_per_tick: int

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        fills = None
        if self.fills is not None:
            fills = [
                {"price": price, "price_usd": f"{self._usd(price):f}", "lots": lots}
                for price, lots in self.fills
            ]
        return {
            "closed_lots": self.closed_lots,
            "left_lots": self.left_lots,
            "fills": fills,
            "house_lots": self.house_lots,
            "house_value_micro_usd": self.house_value_micro_usd,
        }

    def _usd(self, ticks: int) -> Decimal:
        return (Decimal(ticks * self.nano_usd_per_tick) / 10**9).normalize()

    def __str__(self) -> str:
        parts = []
        if self.fills is None:
            parts.append(f"{self.closed_lots - self.house_lots} lots in the book")
        else:
            parts += [f"{lots} lots at {self._usd(price):,f} USD" for price, lots in self.fills]
        if self.house_lots:
            value = self.house_value_micro_usd
            at = "" if value is None else f" for {value / 10**6:,.6f} USD"
            parts.append(f"{self.house_lots} lots to the house{at}")
        left = f"{self.left_lots:+} lots are left" if self.left_lots else "nothing is left"
        return f"closed {self.closed_lots} lots ({', '.join(parts)}); {left}"


def close_effect(
    changes: Changes, account: int, instrument: int, nano_usd_per_tick: int
) -> CloseEffect:
    """Return what a segment that executed a forced close did."""
    sizes = [
        dict(positions_of(record)).get(instrument, 0) if record else 0
        for record in changes.get(ACCOUNT_KIND << KEY_ID_BITS | account, (b"", b""))
    ]
    closed = abs(sizes[0]) - abs(sizes[1])
    house = _moved(INSTRUMENT_GROUP, changes.get(INSTRUMENT_KIND << KEY_ID_BITS | instrument))
    house_lots = abs(house.get("house_lots", 0))
    debt = _moved(GLOBAL_GROUP, changes.get(GLOBAL_KEY)).get("bad_debt", 0)
    value = None if debt or not house_lots else abs(house["house_cash"])
    fills = _fills(changes, instrument)
    is_whole = sum(lots for _, lots in fills) + house_lots == closed
    return CloseEffect(
        closed_lots=closed,
        house_lots=house_lots,
        house_value_micro_usd=value,
        fills=tuple(fills) if is_whole else None,
        left_lots=sizes[1],
        nano_usd_per_tick=nano_usd_per_tick,
    )


def _fills(changes: Changes, instrument: int) -> list[tuple[int, int]]:
    """Return price and lots of what left the book of an instrument, by price."""
    met: dict[int, int] = {}
    for key, (before, after) in changes.items():
        if kind_of(key) != ORDER_KIND or id_of(key) >> ORDER_SLOT_BITS != instrument or not before:
            continue
        was, now = group_values(ORDER_GROUP, before), group_values(ORDER_GROUP, after)
        lots = was["lots"] - (now["lots"] if now["serial"] == was["serial"] else 0)
        if lots:
            met[was["price"]] = met.get(was["price"], 0) + lots
    return sorted(met.items())


def _moved(group: Group, records: tuple[bytes, bytes] | None) -> dict[str, int]:
    """Return by how much the fields of a record changed."""
    if records is None:
        return {}
    before, after = (group_values(group, each) for each in records)
    return {name: value - before[name] for name, value in after.items()}
