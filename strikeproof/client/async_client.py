"""The trader's client for asyncio. `strikeproof.client.Client` is the same without it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self

import grpc

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.client_failure import failure_of_call
from strikeproof.client.operation import (
    SCOPE_TRADE,
    Action,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetSession,
    UserOp,
    Withdraw,
    encode_op,
)
from strikeproof.client.order_stream import OrderStream
from strikeproof.client.typed_data import Domain, digest, hash_report, struct_hash, typed_data_json
from strikeproof.client.venue_views import (
    AccountState,
    Book,
    Instrument,
    OpFinality,
    StateProof,
    Trade,
)
from strikeproof.client.wallet import Wallet, compact_signature
from strikeproof.failure import Broken, Rejected
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.market_pb2 import (
    GetOrderBookRequest,
    ListInstrumentsRequest,
    ListTradesRequest,
    StreamOrderBookRequest,
    StreamTradesRequest,
)
from strikeproof.wire.market_pb2_grpc import MarketStub
from strikeproof.wire.operation_pb2 import IndexPrice, Position, SignedOp
from strikeproof.wire.trading_pb2 import ReportPriceRequest, SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, Ppm, Ticks
from strikeproof.wire.venue_pb2 import (
    GetAccountRequest,
    GetFinalityRequest,
    GetSessionRequest,
    GetStateProofRequest,
    GetVenueRequest,
    ListAccountsRequest,
    VenueInfo,
)
from strikeproof.wire.venue_pb2_grpc import VenueStub

EXPIRY_SECONDS = 60
ACCOUNT_KIND = 1
KIND_SHIFT = 56
MAX_FEE_PPM = 1_000  # 0.1 %: what a bundle agrees to unless it says otherwise


class NoAccount(Rejected):
    """The wallet's address owns no account of the venue: deposit first."""

    code = FailureCode.NO_ACCOUNT

    def __init__(self, address: bytes) -> None:
        super().__init__(f"0x{address.hex()} owns no account")
        self.address = address


class NoWallet(Rejected):
    """The client was made without a key: it can only read."""

    code = FailureCode.NO_WALLET

    def __init__(self) -> None:
        super().__init__("this client has no wallet")


class UnknownInstrument(Rejected):
    """No instrument of the venue has this symbol or number."""

    code = FailureCode.UNKNOWN_INSTRUMENT

    def __init__(self, name: str | int) -> None:
        super().__init__(f"no instrument {name}")
        self.name = name


class WrongVenue(Broken):
    """The node's domain separator is not the one of the chain and rollup that it names."""

    code = FailureCode.WRONG_VENUE

    def __init__(self, chain_id: int, rollup: bytes) -> None:
        super().__init__(
            f"the domain separator is not that of chain {chain_id}, rollup 0x{rollup.hex()}"
        )
        self.chain_id, self.rollup = chain_id, rollup


class AsyncClient:
    """A connection to a sequencer, for one account.

    Reads need no wallet. Prices are ticks, sizes lots, money micro-USD. Methods raise `Refused` and
    `Overloaded` (both with a stable code) and `Unreachable`; submitting raises `ReceiptInvalid` if
    the sequencer's receipt does not hold.
    """

    def __init__(
        self,
        endpoint: str,
        wallet: Wallet | None = None,
        *,
        account: int | None = None,
        session: int = 0,
        max_fee_ppm: int = MAX_FEE_PPM,
    ) -> None:
        """`session`: the slot whose key the wallet is; 0 is the owner."""
        self.wallet = wallet
        self._account, self._session = account, session
        self._max_fee_ppm = max_fee_ppm
        self._channel = grpc.aio.insecure_channel(endpoint)
        self._trading = TradingStub(self._channel)
        self._market = MarketStub(self._channel)
        self._venue = VenueStub(self._channel)
        self._info: VenueInfo | None = None
        self._nonces: dict[int, int] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()

    async def _call(self, method: Any, request: Any) -> Any:
        try:
            return await method(request)
        except grpc.aio.AioRpcError as error:
            raise failure_of_call(error) from None

    async def _follow(self, method: Any, request: Any) -> AsyncIterator[Any]:
        call = method(request)
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise failure_of_call(error) from None
        finally:
            call.cancel()

    # --- the venue ---

    async def venue(self) -> VenueInfo:
        """Return domain, contracts and heights."""
        info: VenueInfo = await self._call(self._venue.GetVenue, GetVenueRequest())
        if self._info is None:
            if Domain(info.chain_id, info.rollup or bytes(20)).separator != info.domain_separator:
                raise WrongVenue(info.chain_id, info.rollup)
            self._info = info
        return info

    async def _known(self) -> VenueInfo:
        return self._info or await self.venue()

    async def instruments(self) -> list[Instrument]:
        """Return all instruments."""
        answer = await self._call(self._market.ListInstruments, ListInstrumentsRequest())
        return [Instrument.of_message(each) for each in answer.instruments]

    async def instrument(self, name: str | int) -> Instrument:
        """Return the instrument of a symbol or number. Raises `UnknownInstrument`."""
        for each in await self.instruments():
            if name in (each.symbol, each.id, str(each.id)):
                return each
        raise UnknownInstrument(name)

    async def book(self, instrument: int, depth: int = 0) -> Book:
        """Return the order book; depth 0 is all of it."""
        request = GetOrderBookRequest(instrument=instrument, depth=depth)
        return Book.of_message(await self._call(self._market.GetOrderBook, request))

    async def follow_book(self, instrument: int) -> AsyncIterator[Book]:
        """Yield the book, again after each change. Raises `GapInStream`, `Overloaded`."""
        request = StreamOrderBookRequest(instrument=instrument)
        book: Book | None = None
        async for update in self._follow(self._market.StreamOrderBook, request):
            if update.HasField("snapshot"):
                book = Book.of_message(update.snapshot)
            else:
                assert book is not None, "a delta before the snapshot"
                book = book.after(update.delta)
            yield book

    async def trades(self, instrument: int, limit: int = 0) -> list[Trade]:
        """Return the latest trades, newest first."""
        request = ListTradesRequest(instrument=instrument, limit=limit)
        answer = await self._call(self._market.ListTrades, request)
        return [Trade.of_message(each) for each in answer.trades]

    async def follow_trades(self, instrument: int) -> AsyncIterator[Trade]:
        """Yield trades as they happen."""
        request = StreamTradesRequest(instrument=instrument)
        async for message in self._follow(self._market.StreamTrades, request):
            for each in message.trades:
                yield Trade.of_message(each)

    # --- the account ---

    async def accounts(self, owner: bytes | None = None) -> list[int]:
        """Return the accounts of an address; by default the wallet's."""
        owner = owner or self._wallet().address
        answer = await self._call(self._venue.ListAccounts, ListAccountsRequest(owner=owner))
        return list(answer.accounts)

    async def account_id(self) -> int:
        """Return the client's account: the one it was given, or its wallet's first."""
        if self._account is None:
            found = await self.accounts()
            if not found:
                raise NoAccount(self._wallet().address)
            self._account = found[0]
        return self._account

    async def account(self, account: int | None = None) -> AccountState:
        """Return an account with margin, positions and open orders."""
        request = GetAccountRequest(account=account or await self.account_id())
        return AccountState.of_message(await self._call(self._venue.GetAccount, request))

    def _wallet(self) -> Wallet:
        if self.wallet is None:
            raise NoWallet()
        return self.wallet

    async def next_nonce(self, session: int | None = None) -> int:
        """Return an unused nonce of a session and count it as used."""
        slot = self._session if session is None else session
        if slot not in self._nonces:
            request = GetSessionRequest(account=await self.account_id(), slot=slot)
            answer = await self._call(self._venue.GetSession, request)
            used = int.from_bytes(answer.nonce_bitmap, "big").bit_length()
            self._nonces[slot] = answer.nonce_base + used
        nonce = self._nonces[slot]
        self._nonces[slot] = nonce + 1
        return nonce

    def forget_nonces(self) -> None:
        """Ask the venue for fresh nonces, after NONCE_USED or NONCE_TOO_FAR."""
        self._nonces.clear()

    # --- signing ---

    async def bundle_of(self, *actions: Action, max_fee_ppm: int | None = None) -> Bundle:
        """Return an unsigned bundle with account, nonce and expiry filled in."""
        return Bundle(
            await self.account_id(),
            self._session,
            await self.next_nonce(),
            _expiry_ms(),
            Ppm(self._max_fee_ppm if max_fee_ppm is None else max_fee_ppm),
            actions,
        )

    async def typed_data(self, op: UserOp) -> dict[str, Any]:
        """Return the op as an external wallet's `eth_signTypedData_v4` takes it."""
        info = await self._known()
        return typed_data_json(op, info.chain_id, info.rollup)

    async def sign(self, op: UserOp) -> bytes:
        """Return the op's bytes, signed by the client's wallet."""
        info = await self._known()
        hash_ = digest(info.domain_separator, struct_hash(op))
        return encode_op(op, self._wallet().sign_digest(hash_))

    # --- submitting ---

    async def submit(self, op: bytes) -> Ack:
        """Submit a signed op; return once it is in the journal, its receipt checked."""
        info = await self._known()
        request = SubmitRequest(op=SignedOp(raw=op))
        answer = await self._call(self._trading.Submit, request)
        ack = Ack.of_message(answer.accepted)
        ack.receipt.verify(op, info.domain_separator, info.sequencer)
        return ack

    async def submit_signed(self, op: UserOp, wallet_signature: bytes) -> Ack:
        """Submit an op that an external wallet signed (65 bytes, or 64)."""
        return await self.submit(encode_op(op, compact_signature(wallet_signature)))

    async def submit_actions(self, *actions: Action, max_fee_ppm: int | None = None) -> Ack:
        """Sign and submit up to eight actions as one bundle."""
        return await self.submit(
            await self.sign(await self.bundle_of(*actions, max_fee_ppm=max_fee_ppm))
        )

    async def place(
        self, instrument: int, *, sell: bool, price: int, lots: int, **terms: Any
    ) -> Ack:
        """Place an order. `terms`: the other fields of `Place`."""
        return await self.submit_actions(Place(instrument, sell, Ticks(price), Lots(lots), **terms))

    async def cancel(self, instrument: int, slot: int, serial: int) -> Ack:
        """Cancel one order."""
        return await self.submit_actions(Cancel(instrument, slot, serial))

    async def cancel_all(self, instrument: int = 0) -> Ack:
        """Cancel all orders of an instrument; 0: of all instruments."""
        return await self.submit_actions(CancelAll(instrument))

    async def replace(
        self, instrument: int, slot: int, serial: int, *, sell: bool, price: int, lots: int
    ) -> Ack:
        """Give a resting order another price or size."""
        action = Replace(instrument, slot, serial, sell, Ticks(price), Lots(lots))
        return await self.submit_actions(action)

    async def withdraw(self, amount_micro_usd: int) -> Ack:
        """Take collateral out: the Vault pays it once a claim that shows it is final."""
        account, nonce = await self.account_id(), await self.next_nonce(0)
        op = Withdraw(account, nonce, _expiry_ms(), MicroUsd(amount_micro_usd))
        return await self.submit(await self.sign(op))

    async def set_session(
        self, slot: int, key: bytes, *, scope: int = SCOPE_TRADE, expiry_ms: int = 0
    ) -> Ack:
        """Let another key trade for the account; scope 0 with a zero key revokes it."""
        account, nonce = await self.account_id(), await self.next_nonce(0)
        until_ms = Milliseconds(expiry_ms)
        op = SetSession(account, nonce, _expiry_ms(), slot, key, scope, until_ms)
        return await self.submit(await self.sign(op))

    async def open_stream(self) -> OrderStream:
        """Return a stream that carries many ops and acks in a message: the fast way."""
        info = await self._known()
        return OrderStream(self._trading.SubmitStream(), info.domain_separator, info.sequencer)

    async def report_price(
        self, reporter: int, underlying: int, publish_time_ms: int, price_nano_usd: int
    ) -> tuple[int, int]:
        """Submit a reporter's signed price; return how many were heard and are needed."""
        info = await self.venue()
        hash_ = hash_report(underlying, info.reporter_epoch, publish_time_ms, price_nano_usd)
        signature = self._wallet().sign_digest(digest(info.domain_separator, hash_))
        report = IndexPrice.Report(
            reporter=reporter, price_nano_usd=price_nano_usd, signature=signature
        )
        request = ReportPriceRequest(
            underlying=underlying, publish_time_ms=publish_time_ms, report=report
        )
        answer = await self._call(self._trading.ReportPrice, request)
        return answer.reports, answer.quorum

    # --- finality and proofs ---

    async def finality(self, op: Ack | bytes | tuple[int, int, int]) -> OpFinality:
        """Return how far an op has come: by ack, by hash, or by (batch, segment, index)."""
        answer = await self._call(self._venue.GetFinality, _finality_request(op))
        return OpFinality.of_message(answer)

    async def follow_finality(
        self, op: Ack | bytes | tuple[int, int, int]
    ) -> AsyncIterator[OpFinality]:
        """Yield how far an op has come whenever that changes, until it is final."""
        request = _finality_request(op)
        async for message in self._follow(self._venue.StreamFinality, request):
            yield OpFinality.of_message(message)

    async def state_proof(self, key: int, *, final: bool = True) -> StateProof:
        """Return a record with its proof against the newest final root, or the newest of all."""
        at = GetStateProofRequest.AT_FINAL if final else GetStateProofRequest.AT_LATEST
        answer = await self._call(self._venue.GetStateProof, GetStateProofRequest(key=key, at=at))
        return StateProof(answer.key, answer.record, answer.state_root, answer.batch, answer.proof)

    async def account_proof(self, account: int | None = None) -> StateProof:
        """Return the account's record as the Vault takes it for a withdrawal."""
        account = account or await self.account_id()
        return await self.state_proof(ACCOUNT_KIND << KIND_SHIFT | account)


def _expiry_ms() -> Milliseconds:
    return Milliseconds(time.time_ns() // 1_000_000 + EXPIRY_SECONDS * 1000)


def _finality_request(op: Ack | bytes | Sequence[int]) -> GetFinalityRequest:
    if isinstance(op, bytes):
        return GetFinalityRequest(op_hash=op)
    if isinstance(op, Ack):
        op = (op.receipt.batch, op.receipt.segment, op.receipt.index)
    batch, segment, index = op
    return GetFinalityRequest(position=Position(batch=batch, segment=segment, index=index))
