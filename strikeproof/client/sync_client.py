"""The trader's client without asyncio: `AsyncClient` on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from strikeproof.client.account_state import AccountState
from strikeproof.client.acknowledgement import Ack
from strikeproof.client.async_client import (
    AsyncClient,
)
from strikeproof.client.auction_calls import Auction
from strikeproof.client.block_calls import BlockMargin
from strikeproof.client.channel_tls import Tls
from strikeproof.client.connection import TIMEOUT_SECONDS, ForkedProcess, check_process
from strikeproof.client.defaults import (
    MAX_FEE_PPM,
    MAX_L1_FEE_MICRO_USD,
)
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.market_event import MarketEvent
from strikeproof.client.op_change import OpChange
from strikeproof.client.operation import (
    SCOPE_TRADE,
    Action,
    BlockLeg,
    BlockTrade,
    Bundle,
    UserOp,
)
from strikeproof.client.order_history import OrderEvent
from strikeproof.client.protection_calls import ProtectionLimits
from strikeproof.client.quote import EMPTY_SIDE, QuoteSide
from strikeproof.client.quote_request import (
    MakerQuote,
    QuoteRequest,
    RequestLeg,
    RequestQuotes,
    RequestSide,
)
from strikeproof.client.remaining_lots_guard import Remaining
from strikeproof.client.venue_views import (
    Book,
    Instrument,
    OpFinality,
    StateProof,
    Trade,
)
from strikeproof.client.wallet import Wallet
from strikeproof.wire.constants import PPM, GuardMode
from strikeproof.wire.venue_pb2 import SessionInfo, VenueInfo

T = TypeVar("T")


@cache
def _shared_loop() -> asyncio.AbstractEventLoop:
    """Return the one event loop of all clients of this process, in a thread that never ends.

    gRPC's asyncio side keeps one poller for all loops of a process, and fails when one is closed.
    """
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="strikeproof-client", daemon=True).start()
    return loop


class Client:
    """A connection to a sequencer, for one account. Methods do what `AsyncClient`'s do."""

    def __init__(
        self,
        endpoint: str | Sequence[str],
        wallet: Wallet | None = None,
        *,
        account: int | None = None,
        session: int = 0,
        guard: Wallet | None = None,
        max_fee_ppm: int = MAX_FEE_PPM,
        max_l1_fee_micro_usd: int = MAX_L1_FEE_MICRO_USD,
        timeout_seconds: float = TIMEOUT_SECONDS,
        tls: Tls | None = None,
    ) -> None:
        check_process()
        self._loop = _shared_loop()
        self._closed = False
        self._process = os.getpid()

        async def connect() -> AsyncClient:
            return AsyncClient(
                endpoint,
                wallet,
                account=account,
                session=session,
                guard=guard,
                max_fee_ppm=max_fee_ppm,
                max_l1_fee_micro_usd=max_l1_fee_micro_usd,
                timeout_seconds=timeout_seconds,
                tls=tls,
            )

        self._client = self._run(connect())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. In a forked child it is the parent's, and left alone."""
        if not self._closed:
            self._closed = True
            if os.getpid() == self._process:
                self._run(self._client.close())

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            check_process()
        except ForkedProcess:
            coroutine.close()
            raise
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        async def following() -> T:
            return await anext(items)

        try:
            while True:
                try:
                    item = self._run(following())
                except StopAsyncIteration:
                    return
                yield item
        finally:
            if not self._closed and os.getpid() == self._process:
                self._run(_close(items))

    def venue(self) -> VenueInfo:
        """Return domain, contracts and heights."""
        return self._run(self._client.venue())

    def now_ms(self) -> int:
        """Return the venue's time in milliseconds, which expiries are measured against."""
        return self._run(self._client.now_ms())

    def instruments(self) -> list[Instrument]:
        """Return all instruments."""
        return self._run(self._client.instruments())

    def expiries(self) -> list[ListedExpiry]:
        """Return all expiries, settled ones too."""
        return self._run(self._client.expiries())

    def instrument(self, name: str | int) -> Instrument:
        """Return the instrument of a symbol or number."""
        return self._run(self._client.instrument(name))

    def book(self, instrument: int, depth: int = 0) -> Book:
        """Return the order book; depth 0 is all of it."""
        return self._run(self._client.book(instrument, depth))

    def follow_book(self, instrument: int) -> Iterator[Book]:
        """Yield the book, again after each change."""
        return self._iterate(self._client.follow_book(instrument))

    def trades(self, instrument: int, limit: int = 0) -> list[Trade]:
        """Return the latest trades, newest first."""
        return self._run(self._client.trades(instrument, limit))

    def follow_trades(self, instrument: int) -> Iterator[Trade]:
        """Yield trades as they happen."""
        return self._iterate(self._client.follow_trades(instrument))

    def market_events(self, instrument: int, limit: int = 0) -> list[MarketEvent]:
        """Return what happened last besides orders and trades, newest first."""
        return self._run(self._client.market_events(instrument, limit))

    def follow_market_events(self, instrument: int) -> Iterator[MarketEvent]:
        """Yield what happens besides orders and trades."""
        return self._iterate(self._client.follow_market_events(instrument))

    def accounts(self, owner: bytes | None = None) -> list[int]:
        """Return the accounts of an address; by default the wallet's."""
        return self._run(self._client.accounts(owner))

    def account_id(self) -> int:
        """Return the client's account."""
        return self._run(self._client.account_id())

    def account(self, account: int | None = None) -> AccountState:
        """Return an account with margin, positions and open orders."""
        return self._run(self._client.account(account))

    def forget_nonces(self) -> None:
        """Ask the venue for fresh nonces."""
        self._client.forget_nonces()

    def bundle_of(
        self, *actions: Action, max_fee_ppm: int | None = None, atomic: bool = False
    ) -> Bundle:
        """Return an unsigned bundle with account, nonce and expiry filled in."""
        return self._run(self._client.bundle_of(*actions, max_fee_ppm=max_fee_ppm, atomic=atomic))

    def typed_data(self, op: UserOp) -> dict[str, Any]:
        """Return the op as an external wallet's `eth_signTypedData_v4` takes it."""
        return self._run(self._client.typed_data(op))

    def sign(self, op: UserOp) -> bytes:
        """Return the op's bytes, signed by the client's wallet."""
        return self._run(self._client.sign(op))

    def submit(self, op: bytes, *, expect: Sequence[Remaining] = ()) -> Ack:
        """Submit a signed op; return once it is in the journal, its receipt checked."""
        return self._run(self._client.submit(op, expect=expect))

    def submit_signed(
        self, op: UserOp, wallet_signature: bytes, guard_signature: bytes = b""
    ) -> Ack:
        """Submit an op that an external wallet signed, and its guard key's."""
        return self._run(self._client.submit_signed(op, wallet_signature, guard_signature))

    def submit_actions(
        self,
        *actions: Action,
        max_fee_ppm: int | None = None,
        expect: Sequence[Remaining] = (),
        atomic: bool = False,
    ) -> Ack:
        """Sign and submit up to eight actions as one bundle."""
        return self._run(
            self._client.submit_actions(
                *actions, max_fee_ppm=max_fee_ppm, expect=expect, atomic=atomic
            )
        )

    def place(self, instrument: int, *, sell: bool, price: int, lots: int, **terms: Any) -> Ack:
        """Place an order. `terms`: the other fields of `Place`."""
        return self._run(self._client.place(instrument, sell=sell, price=price, lots=lots, **terms))

    def cancel(self, instrument: int, slot: int, serial: int) -> Ack:
        """Cancel one order."""
        return self._run(self._client.cancel(instrument, slot, serial))

    def cancel_all(self, instrument: int = 0) -> Ack:
        """Cancel all orders of an instrument; 0: of all instruments."""
        return self._run(self._client.cancel_all(instrument))

    def replace(
        self,
        instrument: int,
        slot: int,
        serial: int,
        *,
        sell: bool,
        price: int,
        lots: int,
        expected_lots: int | None,
        **terms: Any,
    ) -> Ack:
        """Give a resting order another price or size; `expected_lots` guards against fills."""
        guard = {"expected_lots": expected_lots, **terms}
        return self._run(
            self._client.replace(
                instrument, slot, serial, sell=sell, price=price, lots=lots, **guard
            )
        )

    def quote(
        self,
        instrument: int,
        *,
        bid: QuoteSide = EMPTY_SIDE,
        ask: QuoteSide = EMPTY_SIDE,
        **terms: Any,
    ) -> Ack:
        """Quote an instrument; the ack has the bid's outcome and the ask's."""
        return self._run(self._client.quote(instrument, bid=bid, ask=ask, **terms))

    def order_events(
        self,
        *,
        account: int | None = None,
        order: tuple[int, int, int] | None = None,
        from_sequence: int = 0,
        limit: int = 100,
    ) -> list[OrderEvent]:
        """Return events of an account, or of an order (instrument, slot, serial), oldest first."""
        return self._run(
            self._client.order_events(
                account=account, order=order, from_sequence=from_sequence, limit=limit
            )
        )

    def follow_orders(
        self, account: int | None = None, from_sequence: int = 0
    ) -> Iterator[OrderEvent]:
        """Yield an account's events; resume with the last sequence + 1."""
        return self._iterate(self._client.follow_orders(account, from_sequence))

    def finality_of_order(self, instrument: int, slot: int, serial: int) -> OpFinality:
        """Return how far the op has come that put an order into the book."""
        return self._run(self._client.finality_of_order(instrument, slot, serial))

    def withdraw(self, amount_micro_usd: int) -> Ack:
        """Take collateral out: the Vault pays it once a claim that shows it is final."""
        return self._run(self._client.withdraw(amount_micro_usd))

    def set_session(
        self, slot: int, key: bytes, *, scope: int = SCOPE_TRADE, expiry_ms: int = 0
    ) -> Ack:
        """Let another key trade for the account; scope 0 with a zero key revokes it."""
        return self._run(self._client.set_session(slot, key, scope=scope, expiry_ms=expiry_ms))

    def set_cancel_at(self, cancel_at_ms: int) -> Ack:
        """Have all orders of the account die at a time of the venue's clock; 0: never."""
        return self._run(self._client.set_cancel_at(cancel_at_ms))

    def set_protection(self, underlying: int, **limits: Unpack[ProtectionLimits]) -> Ack:
        """End all orders of the account on an underlying once their fills within a window pass a
        limit, and let none rest there until the freeze has passed."""
        return self._run(self._client.set_protection(underlying, **limits))

    def clear_protection(self) -> Ack:
        """Take the protection back."""
        return self._run(self._client.clear_protection())

    def half_margin(self, account: int, legs: Sequence[BlockLeg]) -> BlockMargin:
        """Return what one half of a block trade would do to an account's margin."""
        return self._run(self._client.half_margin(account, legs))

    def block_margin(self, trade: BlockTrade, *, account: int | None = None) -> BlockMargin:
        """Return what a block trade would do to an account's margin, if it were traded now."""
        return self._run(self._client.block_margin(trade, account=account))

    def auctions(self, *, bidder: int = 0, fraction_ppm: int = 0) -> list[Auction]:
        """Return the portfolios that are auctioned now, and what a bidder's bid would come to."""
        return self._run(self._client.auctions(bidder=bidder, fraction_ppm=fraction_ppm))

    def bid(
        self, auction: Auction, *, fraction_ppm: int = PPM, discount_ppm: int | None = None
    ) -> Ack:
        """Take a fraction of every position of a portfolio that is auctioned."""
        return self._run(
            self._client.bid(auction, fraction_ppm=fraction_ppm, discount_ppm=discount_ppm)
        )

    def consent(self, trade: BlockTrade, *, expiry_ms: int | None = None) -> BlockTrade:
        """Return a block trade with this account's consent as its counterparty."""
        return self._run(self._client.consent(trade, expiry_ms=expiry_ms))

    def submit_block(self, trade: BlockTrade, *, max_fee_ppm: int | None = None) -> Ack:
        """Submit a block trade whose counterparty has consented; this account signs it."""
        return self._run(self._client.submit_block(trade, max_fee_ppm=max_fee_ppm))

    def open_request(
        self, legs: Sequence[RequestLeg], amount: int, side: RequestSide, **terms: Any
    ) -> QuoteRequest:
        """Ask for prices of some structures; `terms` as there."""
        return self._run(self._client.open_request(legs, amount, side, **terms))

    def quote_request(self, request: int) -> QuoteRequest:
        """Return a request of this account, or one that it is asked to quote."""
        return self._run(self._client.quote_request(request))

    def withdraw_request(self, request: int) -> None:
        """Close a request of this account."""
        self._run(self._client.withdraw_request(request))

    def disclose(self, request: int, maker: int = 0) -> None:
        """Tell one maker, or all that are asked, which account asks."""
        self._run(self._client.disclose(request, maker))

    def follow_quotes(self, request: int) -> Iterator[RequestQuotes]:
        """Yield a request of this account with its quotes, until it is closed."""
        return self._iterate(self._client.follow_quotes(request))

    def accept_quote(
        self,
        request: QuoteRequest,
        quote: MakerQuote,
        *,
        sell: bool,
        max_fee_ppm: int | None = None,
    ) -> Ack:
        """Trade a signed quote: sell the structure at its bid, or buy it at its ask."""
        return self._run(
            self._client.accept_quote(request, quote, sell=sell, max_fee_ppm=max_fee_ppm)
        )

    def follow_requests(self) -> Iterator[QuoteRequest]:
        """Yield the open requests that this account may quote, then each that changes."""
        return self._iterate(self._client.follow_requests())

    def put_quote(self, request: QuoteRequest, **terms: Any) -> int:
        """Quote a request; `terms` as there."""
        return self._run(self._client.put_quote(request, **terms))

    def withdraw_quote(self, request: int) -> None:
        """Take this account's quote of a request out."""
        self._run(self._client.withdraw_quote(request))

    def set_trigger(self, instrument: int, place: int, **terms: Any) -> Ack:
        """Let an order wait for a price at a place of an instrument; `terms` as there."""
        return self._run(self._client.set_trigger(instrument, place, **terms))

    def cancel_trigger(self, instrument: int, place: int) -> Ack:
        """Take back what waits at a place."""
        return self._run(self._client.cancel_trigger(instrument, place))

    def set_guard(self, mode: GuardMode, key: bytes = bytes(20)) -> Ack:
        """Set a guard key, announce or stop its removal, or remove it."""
        return self._run(self._client.set_guard(mode, key))

    def set_margin_mode(self, underlying: int) -> Ack:
        """Come under portfolio margin on an underlying, or under standard margin (0)."""
        return self._run(self._client.set_margin_mode(underlying))

    def session(self, slot: int, account: int | None = None) -> SessionInfo:
        """Return a session: its key, its scope, the nonces that are used."""
        return self._run(self._client.session(slot, account))

    def next_nonce(self, session: int | None = None) -> int:
        """Return an unused nonce of a session; no other call of this client gets it."""
        return self._run(self._client.next_nonce(session))

    def report_price(
        self, reporter: int, underlying: int, publish_time_ms: int, price_nano_usd: int
    ) -> tuple[int, int]:
        """Submit a reporter's signed price; return how many were heard and are needed."""
        return self._run(
            self._client.report_price(reporter, underlying, publish_time_ms, price_nano_usd)
        )

    def finality(self, op: Ack | bytes | tuple[int, int, int]) -> OpFinality:
        """Return how far an op has come: by ack, by hash, or by (batch, segment, index)."""
        return self._run(self._client.finality(op))

    def follow_finality(self, op: Ack | bytes | tuple[int, int, int]) -> Iterator[OpFinality]:
        """Yield how far an op has come whenever that changes, until it is final."""
        return self._iterate(self._client.follow_finality(op))

    def follow_changes(self, from_sequence: int = 0) -> Iterator[OpChange]:
        """Yield every promise of the venue that did not hold, from a number on, without end."""
        return self._iterate(self._client.follow_changes(from_sequence))

    def state_proof(self, key: int, *, final: bool = True) -> StateProof:
        """Return a record with its proof against the newest final root, or the newest of all."""
        return self._run(self._client.state_proof(key, final=final))

    def account_proof(self, account: int | None = None) -> StateProof:
        """Return the account's record as the Vault takes it for a withdrawal."""
        return self._run(self._client.account_proof(account))


async def _close(items: AsyncIterator[Any]) -> None:
    close = getattr(items, "aclose", None)
    if close is not None:
        await close()
