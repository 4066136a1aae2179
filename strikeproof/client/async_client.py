"""The trader's client for asyncio. `strikeproof.client.Client` is the same without it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Self

from strikeproof.client import defaults
from strikeproof.client.account_state import AccountState
from strikeproof.client.acknowledgement import Ack
from strikeproof.client.auction_calls import AuctionCalls
from strikeproof.client.block_calls import BlockCalls
from strikeproof.client.channel_tls import Tls
from strikeproof.client.client_failure import (
    NoAccount,
    NoWallet,
    Refused,
    WrongVenue,
)
from strikeproof.client.connection import TIMEOUT_SECONDS, Connection
from strikeproof.client.market_reads import MarketReads
from strikeproof.client.nonces import Nonces
from strikeproof.client.op_change import OpChange
from strikeproof.client.op_check import check_op, request_of
from strikeproof.client.operation import (
    Action,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetCancelAt,
    UserOp,
    Withdraw,
    encode_op,
    needs_guard,
)
from strikeproof.client.order_history import OrderEvent
from strikeproof.client.order_stream import OrderStream
from strikeproof.client.owner_calls import OwnerCalls
from strikeproof.client.price_report import SignedReport
from strikeproof.client.protection_calls import ProtectionCalls
from strikeproof.client.quote_calls import QuoteCalls
from strikeproof.client.receipt_check import Receipt, VenueKeys
from strikeproof.client.remaining_lots_guard import Remaining
from strikeproof.client.report_calls import ReportCalls
from strikeproof.client.request_references import finality_request, order_name
from strikeproof.client.rfq_calls import RfqCalls
from strikeproof.client.trigger_calls import TriggerCalls
from strikeproof.client.typed_data import Domain, digest, struct_hash, typed_data_json
from strikeproof.client.venue_clock import VenueClock, local_ms
from strikeproof.client.venue_views import (
    OpFinality,
    StateProof,
)
from strikeproof.client.wallet import Wallet, compact_signature
from strikeproof.wire.errors import Result
from strikeproof.wire.operation_pb2 import SignedOp
from strikeproof.wire.orders_pb2 import ListOrderEventsRequest, StreamOrderEventsRequest
from strikeproof.wire.orders_pb2_grpc import OrdersStub
from strikeproof.wire.trading_pb2 import SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, Ppm, Ticks
from strikeproof.wire.venue_pb2 import (
    GetAccountRequest,
    GetFinalityRequest,
    GetSessionRequest,
    GetStateProofRequest,
    GetVenueRequest,
    ListAccountsRequest,
    SessionInfo,
    StreamChangesRequest,
    VenueInfo,
)
from strikeproof.wire.venue_pb2_grpc import VenueStub


class AsyncClient(
    MarketReads,
    ReportCalls,
    OwnerCalls,
    BlockCalls,
    TriggerCalls,
    AuctionCalls,
    ProtectionCalls,
    QuoteCalls,
    RfqCalls,
):
    """A connection to a sequencer, for one account.

    Reads need no wallet. Prices are ticks, sizes lots, money micro-USD. Methods raise
    `FieldInvalid` before anything is sent, `Refused` and `Overloaded` (both with a stable code),
    and `Unreachable`, also when no answer came within `timeout_seconds`; submitting raises
    `ReceiptInvalid` if the sequencer's receipt does not hold.
    Any number of calls may run at once. `submit_actions`, `place`, `cancel`, `cancel_all`,
    `replace`, `quote`, `withdraw`, `set_session` and `set_cancel_at` sign again, with a fresh nonce
    and the venue's time, when the venue refused nonce or expiry.
    """

    def __init__(
        self,
        endpoint: str | Sequence[str],
        wallet: Wallet | None = None,
        *,
        account: int | None = None,
        session: int = 0,
        guard: Wallet | None = None,
        max_fee_ppm: int = defaults.MAX_FEE_PPM,
        max_l1_fee_micro_usd: int = defaults.MAX_L1_FEE_MICRO_USD,
        timeout_seconds: float = TIMEOUT_SECONDS,
        tls: Tls | None = None,
    ) -> None:
        """`endpoint`: host:port, or those of all nodes of a venue with standby sequencers: the one
        that leads is found. `session`: the slot whose key the wallet is; 0 is the owner. `guard`:
        the account's guard key, which signs too what it has to. `max_l1_fee_micro_usd`: the most
        that each op's bytes may cost on L1. `tls`: whom to believe; None for plain text."""
        self.wallet, self._guard = wallet, guard
        self._account, self._session = account, session
        self._max_fee_ppm = max_fee_ppm
        self._max_l1_fee = MicroUsd(max_l1_fee_micro_usd)
        self._connection = Connection(endpoint, timeout_seconds, tls)
        super().__init__(self._connection)
        channel: Any = self._connection.channel  # as far as stubs are concerned
        self._trading = TradingStub(channel)
        self._venue = VenueStub(channel)
        self._orders = OrdersStub(channel)
        self._info: VenueInfo | None = None
        self._clock, self._keys = VenueClock(), VenueKeys(self.venue)
        self._nonces = Nonces(self._unused_nonce)

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
        await self._connection.close()

    # --- the venue ---

    async def venue(self) -> VenueInfo:
        """Return domain, contracts and heights."""
        asked_ms = local_ms()
        info: VenueInfo = await self._call(self._venue.GetVenue, GetVenueRequest())
        if info.standby and self._connection.channel.prefer(info.leader_endpoint):
            info = await self._call(self._venue.GetVenue, GetVenueRequest())
        self._clock.observe(asked_ms, info.now_ms, local_ms())
        self._keys.learn(info)
        if self._info is None:
            if Domain(info.chain_id, info.rollup or bytes(20)).separator != info.domain_separator:
                raise WrongVenue(info.chain_id, info.rollup)
            self._info = info
        return info

    async def _known(self) -> VenueInfo:
        return self._info or await self.venue()

    async def now_ms(self) -> int:
        """Return the venue's time in milliseconds, which expiries are measured against."""
        await self._known()
        return self._clock.now_ms()

    # --- the account ---

    async def accounts(self, owner: bytes | None = None) -> list[int]:
        """Return the accounts of an address; by default the wallet's."""
        owner = owner or self._wallet().address
        answer = await self._call(
            self._venue.ListAccounts, request_of(ListAccountsRequest, owner=owner)
        )
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
        request = request_of(GetAccountRequest, account=account or await self.account_id())
        return AccountState.of_message(await self._call(self._venue.GetAccount, request))

    def _wallet(self) -> Wallet:
        if self.wallet is None:
            raise NoWallet()
        return self.wallet

    async def next_nonce(self, session: int | None = None) -> int:
        """Return an unused nonce of a session; no other call of this client gets it."""
        return await self._nonces.take(self._session if session is None else session)

    async def session(self, slot: int, account: int | None = None) -> SessionInfo:
        """Return a session: its key, its scope, the nonces that are used."""
        account = account or await self.account_id()
        request = request_of(GetSessionRequest, account=account, slot=slot)
        answer: SessionInfo = await self._call(self._venue.GetSession, request)
        return answer

    async def _unused_nonce(self, slot: int) -> int:
        answer = await self.session(slot)
        used = int.from_bytes(answer.nonce_bitmap, "big").bit_length()
        return int(answer.nonce_base) + used

    def forget_nonces(self) -> None:
        """Ask the venue for fresh nonces; only ops that you submit yourself can need it."""
        self._nonces.forget()

    # --- signing ---

    async def bundle_of(
        self, *actions: Action, max_fee_ppm: int | None = None, atomic: bool = False
    ) -> Bundle:
        """Return an unsigned bundle; `atomic`: of which all actions count or none."""
        fee = Ppm(self._max_fee_ppm if max_fee_ppm is None else max_fee_ppm)
        terms = (await self._expiry_ms(), fee, actions, self._max_l1_fee, atomic)
        op = Bundle(await self.account_id(), self._session, 0, *terms)
        check_op(op)
        return replace(op, nonce=await self.next_nonce())

    async def _expiry_ms(self) -> Milliseconds:
        return defaults.expiry_ms(await self.now_ms())

    async def typed_data(self, op: UserOp) -> dict[str, Any]:
        """Return the op as an external wallet's `eth_signTypedData_v4` takes it."""
        check_op(op)
        info = await self._known()
        return typed_data_json(op, info.chain_id, info.rollup)

    async def sign(self, op: UserOp) -> bytes:
        """Return the op's bytes, signed by the client's wallet."""
        check_op(op)
        info = await self._known()
        hash_ = digest(info.domain_separator, struct_hash(op))
        guard = await self._guard_of(op)
        return encode_op(
            op, self._wallet().sign_digest(hash_), guard.sign_digest(hash_) if guard else b""
        )

    async def _guard_of(self, op: UserOp) -> Wallet | None:
        """Return the guard's wallet if it has to sign the op too, as far as that is known here."""
        if self._guard is None or not needs_guard(op):
            return None
        return self._guard if (await self.account()).guard_key else None

    # --- submitting ---

    async def submit(self, op: bytes, *, expect: Sequence[Remaining] = ()) -> Ack:
        """Submit a signed op; return once it is in the journal, its receipt checked.

        `expect`: the node refuses the op, with `REMAINING_CHANGED`, unless these orders have just
        this many lots left when it is ordered. That is the node's word: no signature covers it, and
        it is void if the order is rewritten because of L1.
        """
        await self._known()
        expectations = [each.message() for each in expect]
        request = SubmitRequest(op=request_of(SignedOp, raw=op), expectations=expectations)
        answer = await self._call(self._trading.Submit, request)
        ack = Ack.of_message(answer.accepted)
        await self._check(op, ack.receipt)
        return ack

    async def _check(self, op: bytes, receipt: Receipt) -> None:
        """Raise `ReceiptInvalid` unless a node of the venue signed the receipt of this op."""
        await self._keys.check(op, receipt, await self._known())

    async def submit_signed(
        self, op: UserOp, wallet_signature: bytes, guard_signature: bytes = b""
    ) -> Ack:
        """Submit an op that an external wallet signed (65 bytes, or 64), and its guard key's."""
        guard = compact_signature(guard_signature) if guard_signature else b""
        return await self.submit(encode_op(op, compact_signature(wallet_signature), guard))

    async def submit_actions(
        self,
        *actions: Action,
        max_fee_ppm: int | None = None,
        expect: Sequence[Remaining] = (),
        atomic: bool = False,
    ) -> Ack:
        """Sign and submit up to eight actions as one bundle. `expect`: as in `submit`."""
        return await self._submit_fresh(
            lambda: self.bundle_of(*actions, max_fee_ppm=max_fee_ppm, atomic=atomic),
            self._session,
            partial(self.submit, expect=expect),
        )

    async def _submit_fresh(
        self,
        op_of: Callable[[], Awaitable[UserOp]],
        session: int,
        submit: Callable[[bytes], Awaitable[Ack]],
    ) -> Ack:
        """Submit an op made with a fresh nonce and expiry; make another if these are refused."""
        for attempt in range(1, defaults.ATTEMPTS_MAX + 1):
            op = await op_of()
            try:
                return await submit(await self.sign(op))
            except Refused as refusal:
                if refusal.result is Result.EXPIRED:
                    await self.venue()  # reads the venue's clock
                elif refusal.result in (Result.NONCE_USED, Result.NONCE_TOO_FAR):
                    self._nonces.refused(session, op.nonce, refusal.result)
                else:
                    raise
                if attempt == defaults.ATTEMPTS_MAX:
                    raise
        raise AssertionError("the last attempt returns or raises")

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
        """Give a resting order another price or size. `terms`: the other fields of `Replace`.

        `lots` is what remains afterwards, whatever was filled before: an order of 10 of which 4
        are filled on the way and that is replaced by 10 sells 14. So say what you believe to
        remain as `expected_lots`, and the node refuses with `REMAINING_CHANGED` if it does not.
        None: replace whatever remains.
        """
        action = Replace(instrument, slot, serial, sell, Ticks(price), Lots(lots), **terms)
        if expected_lots is None:
            return await self.submit_actions(action)
        expect = (Remaining(instrument, slot, serial, expected_lots),)
        return await self.submit_actions(action, expect=expect)

    async def withdraw(self, amount_micro_usd: int) -> Ack:
        """Take collateral out: the Vault pays it once a claim that shows it is final.

        Look at the ack's `result`: INSUFFICIENT_COLLATERAL, and nothing was taken out.
        """
        terms = (MicroUsd(amount_micro_usd), self._max_l1_fee)
        return await self._submit_of(0, lambda account, until: Withdraw(account, 0, until, *terms))

    async def set_cancel_at(self, cancel_at_ms: int) -> Ack:
        """Have all orders of the account die at a time of the venue's clock; 0: never.

        Orders that the time before has killed stay dead, whatever the new one is. From a time that
        has passed on, the account places nothing that rests.
        """
        slot, terms = self._session, (Milliseconds(cancel_at_ms), self._max_l1_fee)
        return await self._submit_of(slot, lambda id, end: SetCancelAt(id, slot, 0, end, *terms))

    async def _submit_of(
        self,
        session: int,
        build: Callable[[int, Milliseconds], UserOp],
        submit: Callable[[bytes], Awaitable[Ack]] | None = None,
    ) -> Ack:
        """Submit what `build` makes of the account and an expiry, with a fresh nonce."""

        async def make() -> UserOp:
            op = build(await self.account_id(), await self._expiry_ms())
            check_op(op)
            return replace(op, nonce=await self.next_nonce(session))

        return await self._submit_fresh(make, session, submit or self.submit)

    async def open_stream(self) -> OrderStream:
        """Return a stream that carries many ops and acks in a message: the fast way."""
        await self._known()
        return self.order_stream()

    def order_stream(self) -> OrderStream:
        """As `open_stream`, without a question to the venue before the first op."""
        return OrderStream(self._trading.SubmitStream, self._connection, self._check)

    async def report_price(
        self, reporter: int, underlying: int, publish_time_ms: int, price_nano_usd: int
    ) -> tuple[int, int]:
        """Submit a reporter's signed price; return how many were heard and are needed."""
        unsigned = SignedReport(underlying, publish_time_ms, price_nano_usd, reporter, 0, b"")
        unsigned.check()
        info = await self.venue()
        report = replace(unsigned, reporter_epoch=info.reporter_epoch)
        return await self.submit_report(report.signed(self._wallet(), info.domain_separator))

    # --- what became of orders ---

    async def order_events(
        self,
        *,
        account: int | None = None,
        order: tuple[int, int, int] | None = None,
        from_sequence: int = 0,
        limit: int = 100,
    ) -> list[OrderEvent]:
        """Return events of an account, or of an order (instrument, slot, serial), oldest first.

        `from_sequence` 0: the latest of an account, an order's from its first. At most 1,000 come
        at once.
        """
        bounds: dict[str, Any] = {"from_sequence": from_sequence, "limit": limit}
        if order is not None:
            bounds["order"] = order_name(order)
        else:
            bounds["account"] = account or await self.account_id()
        request = request_of(ListOrderEventsRequest, **bounds)
        answer = await self._call(self._orders.ListOrderEvents, request)
        return [OrderEvent.of_message(each) for each in answer.events]

    async def follow_orders(
        self, account: int | None = None, from_sequence: int = 0
    ) -> AsyncIterator[OrderEvent]:
        """Yield an account's events: fills, cancels, expiries, replaces, refusals; and what happens
        to its positions without an order: funding, liquidation, deleveraging, settlement.

        From a number on, then as they become durable; 0: only what happens from now on. To resume
        after an interruption, give the last sequence + 1: nothing is skipped.
        """
        request = request_of(
            StreamOrderEventsRequest,
            account=account or await self.account_id(),
            from_sequence=from_sequence,
        )
        async for message in self._follow(self._orders.StreamOrderEvents, request):
            for each in message.events:
                yield OrderEvent.of_message(each)

    async def finality_of_order(self, instrument: int, slot: int, serial: int) -> OpFinality:
        """Return how far the op has come that put an order into the book."""
        request = GetFinalityRequest(order=order_name((instrument, slot, serial)))
        return OpFinality.of_message(await self._call(self._venue.GetFinality, request))

    # --- finality and proofs ---

    async def finality(self, op: Ack | bytes | tuple[int, int, int]) -> OpFinality:
        """Return how far an op has come: by ack, by hash, or by (batch, segment, index)."""
        answer = await self._call(self._venue.GetFinality, finality_request(op))
        return OpFinality.of_message(answer)

    async def follow_finality(
        self, op: Ack | bytes | tuple[int, int, int]
    ) -> AsyncIterator[OpFinality]:
        """Yield how far an op has come whenever that changes, until it is final."""
        request = finality_request(op)
        async for message in self._follow(self._venue.StreamFinality, request):
            yield OpFinality.of_message(message)

    async def follow_changes(self, from_sequence: int = 0) -> AsyncIterator[OpChange]:
        """Yield every promise of the venue that did not hold, from a number on, without end."""
        request = request_of(StreamChangesRequest, from_sequence=from_sequence)
        async for message in self._follow(self._venue.StreamChanges, request):
            yield OpChange.of_message(message)

    async def state_proof(self, key: int, *, final: bool = True) -> StateProof:
        """Return a record with its proof against the newest final root, or the newest of all."""
        at = GetStateProofRequest.AT_FINAL if final else GetStateProofRequest.AT_LATEST
        answer = await self._call(
            self._venue.GetStateProof, request_of(GetStateProofRequest, key=key, at=at)
        )
        return StateProof(answer.key, answer.record, answer.state_root, answer.batch, answer.proof)

    async def account_proof(self, account: int | None = None) -> StateProof:
        """Return the account's record as the Vault takes it for a withdrawal."""
        account = account or await self.account_id()
        return await self.state_proof(defaults.ACCOUNT_KEY | account)
