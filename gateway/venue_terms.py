"""The units of every instrument, by number and by symbol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from strikeproof.client import Instrument
from strikeproof.client.client_failure import UnknownInstrument
from strikeproof.gateway.instrument_terms import InstrumentTerms


class VenueTermsCache:
    """Units never change, so each instrument's are made once; new ones are listed while we run."""

    def __init__(self, ask: Callable[[], Awaitable[list[Instrument]]]) -> None:
        """`ask`: returns all instruments."""
        self._ask = ask
        self._by_name: dict[str, InstrumentTerms] = {}
        self.by_number: dict[int, InstrumentTerms] = {}

    async def of(self, name: object) -> InstrumentTerms:
        """Return the terms of a symbol or number. Raises `UnknownInstrument`."""
        if str(name) not in self._by_name:
            await self.refresh()
        return self.known(name)

    def known(self, name: object) -> InstrumentTerms:
        """Return the terms of an instrument that was read already. Raises `UnknownInstrument`."""
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise UnknownInstrument(type(name).__name__)
        found = self._by_name.get(str(name))
        if found is None:
            raise UnknownInstrument(str(name)[:32])
        return found

    async def refresh(self) -> None:
        """Read the instruments again."""
        for each in await self._ask():
            if each.id not in self.by_number:
                terms = self.by_number[each.id] = InstrumentTerms(each)
                self._by_name[each.symbol] = self._by_name[str(each.id)] = terms
