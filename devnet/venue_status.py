"""What the devnet knows of its venue at this moment: read by the view, the goals and the report.

Times are seconds of the running loop's monotonic clock since the devnet was started.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from strikeproof.devnet.fraud.lying_claimant import ToldLie

EVENTS_KEPT: Final = 200
TRADES_KEPT: Final = 50


class EventLevel(Enum):
    """How an event is shown."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """Something that happened, as a line."""

    at: float
    what: str
    text: str
    level: EventLevel = EventLevel.PLAIN


@dataclass(slots=True)
class BatchStatus:
    """A batch on L1."""

    number: int
    at: float
    segments: int
    data_bytes: int


@dataclass(slots=True)
class ClaimStatus:
    """A claim on L1. `deadline` is L1's time in seconds."""

    number: int
    hash: bytes
    proposer: str
    deadline: int
    roots: tuple[bytes, ...]
    at: float


@dataclass(frozen=True, slots=True)
class TradeStatus:
    """A trade, in the instrument's units."""

    symbol: str
    price_usd: float
    size: float
    taker_sells: bool
    at: float


@dataclass(frozen=True, slots=True)
class GasUse:
    """What the transactions of one kind used."""

    count: int = 0
    least: int = 0
    most: int = 0

    def and_one_more(self, gas: int) -> GasUse:
        """Return what it is with another transaction."""
        least = gas if self.count == 0 else min(self.least, gas)
        return GasUse(self.count + 1, least, max(self.most, gas))


@dataclass(frozen=True, slots=True)
class EscapeFigures:
    """What an escape came to, in micro-USD."""

    owners: int
    custody_micro_usd: int
    paid_micro_usd: int
    left_micro_usd: int
    """What houses and pools have left."""


@dataclass(slots=True)
class Ticker:
    """An instrument's market, in USD; 0: none."""

    symbol: str
    mark: float = 0.0
    bid: float = 0.0
    ask: float = 0.0
    last: float = 0.0
    open_interest: float = 0.0


@dataclass(slots=True)
class VenueStatus:
    """All of it. `note` adds an event and notifies the listeners."""

    started: float = field(default_factory=time.monotonic)
    l1_block: int = 0
    l1_time: int = 0
    batches: dict[int, BatchStatus] = field(default_factory=dict)
    claims: dict[int, ClaimStatus] = field(default_factory=dict)
    """Those that stand, by number."""
    deleted: dict[int, ClaimStatus] = field(default_factory=dict)
    """The last deleted claim of a number."""
    claims_final: int = 0
    claims_verified: int = 0
    batches_verified: int = 0
    segments_per_second: float = 0.0
    tickers: dict[int, Ticker] = field(default_factory=dict)
    quotes: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Best bid and ask of an instrument in ticks; 0: none."""
    trades: deque[TradeStatus] = field(default_factory=lambda: deque(maxlen=TRADES_KEPT))
    trade_count: int = 0
    first_trade_batch: int = 0
    lies: list[ToldLie] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)
    """Kinds of lies in whose claim's place another one stands."""
    trades_at_slash: int = 0
    op_count: int = 0
    failover_seconds: float | None = None
    """From the kill of the leader until another one led."""
    escape: EscapeFigures | None = None
    gas: dict[str, GasUse] = field(default_factory=dict)
    """By `Contract.function`; followed where a report is asked for."""
    events: deque[StatusEvent] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    moments: dict[str, float] = field(default_factory=dict)
    """When something happened for the first time, by name."""
    listeners: list[Callable[[StatusEvent], None]] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def note(self, what: str, text: str, level: EventLevel = EventLevel.PLAIN) -> None:
        """Add an event."""
        event = StatusEvent(self.now, what, text, level)
        self.events.append(event)
        for listener in self.listeners:
            listener(event)

    def mark(self, moment: str) -> None:
        """Remember when this happened first."""
        self.moments.setdefault(moment, self.now)
