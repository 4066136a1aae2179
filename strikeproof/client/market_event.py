"""What happens in a market besides orders and trades, as the venue reports it.

Prices are ticks, sizes lots (positive is long where they have a sign), money micro-USD.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from strikeproof.wire import market_pb2


@dataclass(frozen=True, slots=True)
class FundingSample:
    """A funding sample: the rate that accrues from now on, ppm of the value in eight hours;
    positive: longs pay. `funding_index`: what longs have paid since the listing, micro-USD a lot
    times 2^32."""

    instrument: int
    funding_rate_ppm: Decimal
    funding_index: int


@dataclass(frozen=True, slots=True)
class Liquidation:
    """An account below maintenance is liquidated: of `size_lots`, `lots` are to be closed at
    `zero_price` or better. Its fills are trades; `TakenOver` follows if the house takes more."""

    account: int
    instrument: int
    size_lots: int
    lots: int
    zero_price: int
    equity_micro_usd: int
    maintenance_margin_micro_usd: int


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The house took lots of an account and paid for them; negative: it received."""

    account: int
    instrument: int
    lots: int
    paid_micro_usd: int


@dataclass(frozen=True, slots=True)
class BadDebt:
    """The house bears what an account without positions owed."""

    account: int
    instrument: int
    amount_micro_usd: int


@dataclass(frozen=True, slots=True)
class Unwound:
    """The house bought this many lots in the book; negative: it sold."""

    instrument: int
    lots: int


@dataclass(frozen=True, slots=True)
class Deleveraged:
    """Lots of one side were closed against the house at a price: each of its positions keeps
    `factor` / `factor_before` of its lots."""

    instrument: int
    longs: bool
    lots: int
    price: int
    factor_before: int
    factor: int


@dataclass(frozen=True, slots=True)
class LoanChanged:
    """The insurance fund lent the house this much; negative: it was paid back. `loan`: what the
    house owes now."""

    instrument: int
    lent_micro_usd: int
    loan_micro_usd: int


@dataclass(frozen=True, slots=True)
class OrphanAnnounced:
    """The underlying has had no price for a day: a day later its instruments may be settled."""

    underlying: int
    announced_ms: int


@dataclass(frozen=True, slots=True)
class InstrumentSettled:
    """The instrument was settled for good at this price: its orders are dead."""

    instrument: int
    price: int


@dataclass(frozen=True, slots=True)
class PositionSettled:
    """A position in a settled instrument became cash; negative: the account paid."""

    account: int
    instrument: int
    size_lots: int
    cash_micro_usd: int


Happening = (
    FundingSample
    | Liquidation
    | TakenOver
    | BadDebt
    | Unwound
    | Deleveraged
    | LoanChanged
    | OrphanAnnounced
    | InstrumentSettled
    | PositionSettled
)

_KINDS: Final[dict[str, Callable[..., Happening]]] = {
    "funding_sample": FundingSample,
    "liquidation": Liquidation,
    "taken_over": TakenOver,
    "bad_debt": BadDebt,
    "unwound": Unwound,
    "deleveraged": Deleveraged,
    "loan_changed": LoanChanged,
    "orphan_announced": OrphanAnnounced,
    "instrument_settled": InstrumentSettled,
    "position_settled": PositionSettled,
}


@dataclass(frozen=True, slots=True)
class MarketEvent:
    """One event. `sequence` counts an instrument's since the node's start, without gaps.

    `batch`, `segment`, `index`: the op that caused it; of an inbox message (`from_inbox`) the batch
    alone. `kind` names the type of `event`.
    """

    sequence: int
    kind: str
    event: Happening
    batch: int
    segment: int
    index: int
    from_inbox: bool
    time_ms: int

    @classmethod
    def of_message(cls, message: market_pb2.MarketEvent) -> Self:
        """Return the value of an API message."""
        kind = message.WhichOneof("event") or ""
        told = getattr(message, kind)
        place = message.position
        return cls(
            message.sequence,
            kind,
            _KINDS[kind](**{each.name: _value(told, each.name) for each in _fields(told)}),
            place.batch,
            place.segment,
            place.index,
            message.from_inbox,
            message.time_ms,
        )


def _fields(message: Any) -> Any:
    return message.DESCRIPTOR.fields


def _value(message: Any, name: str) -> int | bool | Decimal:
    """Return a field; what is text in a message are numbers."""
    value: int | bool | str = getattr(message, name)
    if not isinstance(value, str):
        return value
    return Decimal(value) if name.endswith("_ppm") else int(value)
