"""What the tools do: reads of the venue, an estimate of an order, orders within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from strikeproof.client import (
    AsyncClient,
    Book,
    Cancel,
    CancelAll,
    Instrument,
    Place,
    Tls,
    Wallet,
)
from strikeproof.failure import Rejected
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.order_event_json import order_event_json
from strikeproof.gateway.public_json import (
    account_json,
    ack_json,
    book_json,
    instrument_json,
    trade_json,
    usd,
    venue_json,
)
from strikeproof.gateway.tool_server.trading_limits import TradingLimits, value_usd
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.units import Lots, Ticks

SCOPE_TRADE: Final = 1
PPM: Final = 10**6
LIMIT_MAX: Final = 100


class NoScopedKey(Rejected):
    """The key is not that of a session that may trade and nothing else."""

    code = FailureCode.NOT_A_TRADING_KEY

    def __init__(self, account: int, session: int, address: bytes) -> None:
        super().__init__(
            f"session {session} of account {account} is not one of the key 0x{address.hex()} that"
            " may trade: grant it with `strikeproof trade session`"
        )
        self.account, self.session, self.address = account, session, address


class VenueTools:
    """Reads for anybody; orders if there is a session's key, and only within the limits."""

    def __init__(
        self,
        endpoint: str,
        account: int | None = None,
        wallet: Wallet | None = None,
        session: int = 0,
        limits: TradingLimits | None = None,
        *,
        tls: Tls | None = None,
    ) -> None:
        """Made inside the event loop that uses it. `tls`: None is plain text."""
        self._client = AsyncClient(endpoint, wallet, account=account, session=session, tls=tls)
        self._account, self._wallet, self._session = account, wallet, session
        self._limits = limits
        self._is_checked = False
        self._placing = asyncio.Lock()

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()

    # --- reads ---

    async def venue(self) -> dict[str, Any]:
        """Return heights, funds and contracts."""
        return venue_json(await self._client.venue())

    async def instruments(self) -> list[dict[str, Any]]:
        """Return all markets."""
        return [instrument_json(each) for each in await self._client.instruments()]

    async def book(self, instrument: str, depth: int) -> dict[str, Any]:
        """Return the best levels of a book."""
        terms = await self._terms(instrument)
        found = await self._client.book(terms.instrument.id, max(1, min(depth, LIMIT_MAX)))
        return book_json(terms, found)

    async def trades(self, instrument: str, limit: int) -> list[dict[str, Any]]:
        """Return the newest trades."""
        terms = await self._terms(instrument)
        count = max(1, min(limit, LIMIT_MAX))
        found = await self._client.trades(terms.instrument.id, count)
        return [trade_json(terms, each) for each in found]

    async def account(self) -> dict[str, Any]:
        """Return margin, positions and orders of the account."""
        known = await self._by_number()
        terms = {number: InstrumentTerms(each) for number, each in known.items()}
        return account_json(terms, await self._client.account(self._account))

    async def history(self, limit: int) -> list[dict[str, Any]]:
        """Return what happened last to the account's orders and positions."""
        known = await self._by_number()
        count = max(1, min(limit, LIMIT_MAX))
        found = await self._client.order_events(account=self._account, limit=count)
        terms = {number: InstrumentTerms(each) for number, each in known.items()}
        return [order_event_json(terms.get(x.instrument), x) for x in found]

    async def what_if(self, instrument: str, side: str, price: str, size: str) -> dict[str, Any]:
        """Return what an order would take from the book now, cost and need. An estimate: the law
        computes margin at the moment of the fill."""
        terms = await self._terms(instrument)
        found, ticks, lots = terms.instrument, terms.ticks(price), terms.lots(size)
        book = await self._client.book(found.id)
        filled, spent = taken_from(book, sells(side), ticks, lots)
        value = value_usd(found, ticks, lots)
        needed = value * found.initial_margin_ppm / PPM
        fee = value * max(found.maker_fee_ppm, found.taker_fee_ppm) / PPM
        shown: dict[str, Any] = {
            "value_usd": f"{value:f}",
            "fills_now": terms.size(filled),
            "average_price": terms.price(spent // filled) if filled else None,
            "rests": terms.size(lots - filled),
            "fee_usd_max": f"{fee:f}",
            "initial_margin_usd_if_it_adds": f"{needed:f}",
        }
        if self._account is not None:
            state = await self._client.account(self._account)
            left = usd(state.available_micro_usd)
            shown["available_usd"] = left
            if not state.portfolio_underlying:  # else its whole portfolio decides
                shown["available_usd_after"] = f"{Decimal(left or 0) - needed - fee:f}"
        return shown

    # --- orders ---

    async def place(
        self, instrument: str, side: str, price: str, size: str, terms: dict[str, Any]
    ) -> dict[str, Any]:
        """Place an order. Raises `BeyondLimits`, `NoScopedKey`, and what the client raises."""
        limits = await self._trading()
        async with self._placing:  # the next order is checked against this one
            known = await self._by_number()
            found = await self._terms(instrument)
            number, sell = found.instrument.id, sells(side)
            ticks, lots = found.ticks(price), found.lots(size)
            state = await self._client.account(limits.account)
            worst = ticks
            if sell:  # it fills at its limit or above
                best = (await self._client.book(number, 1)).bids
                worst = max(ticks, found.instrument.mark_price, *(each.price for each in best))
            limits.check_order(found.instrument, worst, lots, state, known)
            order = Place(number, sell, Ticks(ticks), Lots(lots), **terms)
            return ack_json(await self._client.submit_actions(order))

    async def cancel(self, instrument: str, slot: int, serial: int) -> dict[str, Any]:
        """Cancel an order."""
        limits = await self._trading()
        limits.check_market(instrument)
        number = (await self._terms(instrument)).instrument.id
        return ack_json(await self._client.submit_actions(Cancel(number, slot, serial)))

    async def cancel_all(self) -> dict[str, Any]:
        """Cancel the orders of all markets within the limits."""
        limits = await self._trading()
        numbers = [(await self._terms(each)).instrument.id for each in sorted(limits.markets)]
        actions: Sequence[CancelAll] = [CancelAll(each) for each in numbers]
        return ack_json(await self._client.submit_actions(*actions))

    async def _trading(self) -> TradingLimits:
        """Return the limits. Raises `NoScopedKey` unless the key can trade and nothing else."""
        address = b"" if self._wallet is None else self._wallet.address
        if self._limits is None or not self._session or self._account is None:
            raise NoScopedKey(self._account or 0, self._session, address)
        if not self._is_checked:
            granted = await self._client.session(self._session, self._account)
            if granted.key != address or granted.scope != SCOPE_TRADE:
                raise NoScopedKey(self._account, self._session, address)
            self._is_checked = True
        return self._limits

    async def _by_number(self) -> dict[int, Instrument]:
        return {each.id: each for each in await self._client.instruments()}

    async def _terms(self, instrument: str) -> InstrumentTerms:
        return InstrumentTerms(await self._client.instrument(instrument))


def sells(side: str) -> bool:
    """Return whether a side is `sell`. Raises `ValueError` for neither."""
    if side not in ("buy", "sell"):
        raise ValueError(f"side {side!r} is neither buy nor sell")
    return side == "sell"


def taken_from(book: Book, sell: bool, price: int, lots: int) -> tuple[int, int]:
    """Return how many lots a limit order would take, and the sum of their prices."""
    filled, spent = 0, 0
    for level in book.bids if sell else book.asks:
        if (level.price < price) if sell else (level.price > price):
            break
        taken = min(level.lots, lots - filled)
        filled, spent = filled + taken, spent + taken * level.price
    return filled, spent


TIMES_IN_FORCE: Final = {each.name: each for each in TimeInForce if each is not TimeInForce.GTD}
