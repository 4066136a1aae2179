"""Every source asked once, for whoever sets a reporter up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.failure import Transient
from strikeproof.reporter.price_source import PriceSource, PriceSourceFailed, now_ms, price_source
from strikeproof.reporter.quote_median import (
    MedianPrice,
    NoPriceToReport,
    SourceQuote,
    median_price,
)
from strikeproof.reporter.reporter_file import ReporterFile, UnderlyingSection

STREAM_SECONDS: Final = 5.0  # until a websocket has told its first price


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """What the sources of an underlying say now."""

    underlying: int
    price: MedianPrice | None
    quotes: tuple[SourceQuote, ...]
    troubles: tuple[str, ...]
    failure: Transient | None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON carries it."""
        return {
            "underlying": self.underlying,
            "price_nano_usd": None if self.price is None else str(self.price.nano_usd),
            "quotes": {each.source: str(each.nano_usd) for each in self.quotes},
            "troubles": list(self.troubles),
        }


async def check_sources(config: ReporterFile) -> list[SourcesFound]:
    """Return what each underlying's sources say. Raises `UnknownPriceSource`."""
    return [await _check(each) for each in config.underlying]


async def _check(section: UnderlyingSection) -> SourcesFound:
    sources = [price_source(each) for each in section.source]
    quotes: list[SourceQuote] = []
    troubles: list[str] = []
    try:
        for each in sources:
            await each.start()
        for answer in await asyncio.gather(*map(_first_quote, sources)):
            if isinstance(answer, SourceQuote):
                quotes.append(answer)
            else:
                troubles.append(str(answer))
    finally:
        for each in sources:
            await each.close()
    price: MedianPrice | None = None
    failure: Transient | None = None
    try:
        price = median_price(quotes, now_ms(), section.rule)
        troubles += [f"{quote.source}: {reason.value}" for quote, reason in price.refused]
    except NoPriceToReport as error:
        failure = error
        troubles.append(str(error))
    return SourcesFound(section.id, price, tuple(quotes), tuple(troubles), failure)


async def _first_quote(source: PriceSource) -> SourceQuote | PriceSourceFailed:
    deadline = asyncio.get_running_loop().time() + STREAM_SECONDS
    while True:
        try:
            return await source.quote()
        except PriceSourceFailed as error:
            if asyncio.get_running_loop().time() > deadline:
                return error
        await asyncio.sleep(0.2)
