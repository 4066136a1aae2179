"""One price out of several sources': the stale and the outlying are refused, the median is taken.

Pure: quotes and the time come in, a price or a reason goes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from strikeproof.failure import Transient
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.units import NanoUsd

PPM: Final = 1_000_000
AHEAD_MS_MAX: Final = 2_000  # clocks of sources differ


@dataclass(frozen=True, slots=True)
class SourceQuote:
    """A price of one source, and when it was one."""

    source: str
    nano_usd: NanoUsd
    time_ms: int


class QuoteRefusal(StrEnum):
    """Why a quote does not count."""

    STALE = "stale"
    AHEAD = "ahead"
    OUTLIER = "outlier"


@dataclass(frozen=True, slots=True)
class MedianRule:
    """When quotes make a price."""

    sources_min: int
    stale_ms: int
    outlier_ppm: int
    """A quote further than this from the median of all fresh ones is refused."""


@dataclass(frozen=True, slots=True)
class MedianPrice:
    """A price, and whose quotes did not count."""

    nano_usd: NanoUsd
    used: tuple[SourceQuote, ...]
    refused: tuple[tuple[SourceQuote, QuoteRefusal], ...]


class NoPriceToReport(Transient):
    """Too few sources agree on a fresh price."""

    code = FailureCode.NO_PRICE_TO_REPORT

    def __init__(
        self, used: int, needed: int, refused: Sequence[tuple[SourceQuote, QuoteRefusal]]
    ) -> None:
        why = ", ".join(f"{quote.source} {reason.value}" for quote, reason in refused)
        text = f"{used} of at least {needed} sources count"
        super().__init__(f"{text}; refused: {why}" if why else text)
        self.used, self.needed, self.refused = used, needed, tuple(refused)


def median_price(quotes: Sequence[SourceQuote], now_ms: int, rule: MedianRule) -> MedianPrice:
    """Return the median of the quotes that count. Raises `NoPriceToReport`.

    More than half of the fresh ones must: of two that contradict each other neither is believed.
    Of an even number the lower of the two in the middle, as the law takes it among reporters.
    """
    refused: list[tuple[SourceQuote, QuoteRefusal]] = []
    fresh: list[SourceQuote] = []
    for each in quotes:
        if each.time_ms > now_ms + AHEAD_MS_MAX:
            refused.append((each, QuoteRefusal.AHEAD))
        elif each.time_ms < now_ms - rule.stale_ms:
            refused.append((each, QuoteRefusal.STALE))
        else:
            fresh.append(each)
    used: list[SourceQuote] = []
    if fresh:
        center = _median(fresh)
        for each in fresh:
            if abs(each.nano_usd - center) * PPM > rule.outlier_ppm * center:
                refused.append((each, QuoteRefusal.OUTLIER))
            else:
                used.append(each)
    needed = max(rule.sources_min, len(fresh) // 2 + 1)
    if len(used) < needed:
        raise NoPriceToReport(len(used), needed, refused)
    return MedianPrice(_median(used), tuple(used), tuple(refused))


def _median(quotes: Sequence[SourceQuote]) -> NanoUsd:
    return sorted(each.nano_usd for each in quotes)[(len(quotes) - 1) // 2]
