"""Block trades: the consent of a counterparty, and the submission of what it consented to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.op_check import FieldInvalid, check_op, request_of
from strikeproof.client.operation import BlockLeg, BlockTrade
from strikeproof.client.typed_data import consent_hash, digest
from strikeproof.client.wallet import Wallet
from strikeproof.wire import venue_pb2
from strikeproof.wire.errors import Result
from strikeproof.wire.units import MicroUsd, Milliseconds, Ppm
from strikeproof.wire.venue_pb2 import GetBlockMarginRequest, MarginLeg, VenueInfo
from strikeproof.wire.venue_pb2_grpc import VenueStub


@dataclass(frozen=True, slots=True)
class MarginState:
    """What an account is worth, and what it is asked to keep, micro-USD. `portfolio`: by portfolio
    margin, whose initial margin is the equity to have at least."""

    equity_micro_usd: int
    initial_margin_micro_usd: int
    maintenance_margin_micro_usd: int
    portfolio: bool = False

    @classmethod
    def of_message(cls, message: venue_pb2.MarginState) -> Self:
        """Return the value of an API message."""
        return cls(
            int(message.equity_micro_usd),
            int(message.initial_margin_micro_usd),
            int(message.maintenance_margin_micro_usd),
            message.portfolio,
        )


@dataclass(frozen=True, slots=True)
class BlockMargin:
    """A party's margin before and after a block trade, the fees that it pays, and whether it
    passes, or why not: MARGIN_INSUFFICIENT, PORTFOLIO_UNFIT, PORTFOLIO_STALE. Band, limits and the
    like are judged when it is traded."""

    before: MarginState
    after: MarginState
    fees_micro_usd: int
    passes: bool
    result: Result = Result.OK

    @classmethod
    def of_message(cls, message: venue_pb2.BlockMargin) -> Self:
        """Return the value of an API message."""
        before, after = map(MarginState.of_message, (message.before, message.after))
        fees = int(message.fees_micro_usd)
        return cls(before, after, fees, message.passes, Result(message.result))


class BlockCalls:
    """The part of `AsyncClient` that trades with one other account, away from the book."""

    _session: int
    _max_fee_ppm: int
    _max_l1_fee: MicroUsd
    _venue: VenueStub
    _call: Callable[[Any, Any], Awaitable[Any]]
    _wallet: Callable[[], Wallet]
    _known: Callable[[], Awaitable[VenueInfo]]
    _expiry_ms: Callable[[], Awaitable[Milliseconds]]
    _submit_of: Callable[..., Awaitable[Ack]]
    account_id: Callable[[], Awaitable[int]]
    next_nonce: Callable[[Any], Awaitable[int]]

    async def block_margin(self, trade: BlockTrade, *, account: int | None = None) -> BlockMargin:
        """Return what a block trade would do to an account's margin, if it were traded now: this
        client's account by default, which is one of the two parties."""
        whose = await self.account_id() if account is None else account
        if whose not in (trade.account, trade.counterparty):
            raise FieldInvalid("account", whose, "must be one of the two parties")
        is_submitter = whose == trade.account
        legs = [replace(leg, sell=leg.sell == is_submitter) for leg in trade.legs]
        return await self.half_margin(whose, legs)

    async def half_margin(self, account: int, legs: Sequence[BlockLeg]) -> BlockMargin:
        """Return what one half of a block trade would do to an account's margin, if it were traded
        now. `legs`: by instrument, as the account sees them."""
        request = request_of(
            GetBlockMarginRequest,
            account=account,
            legs=[
                request_of(
                    MarginLeg,
                    instrument=leg.instrument,
                    sell=leg.sell,
                    price=leg.price,
                    lots=leg.lots,
                )
                for leg in legs
            ],
        )
        return BlockMargin.of_message(await self._call(self._venue.GetBlockMargin, request))

    async def consent(self, trade: BlockTrade, *, expiry_ms: int | None = None) -> BlockTrade:
        """Return a block trade with this account's consent as its counterparty, good until a time
        of the venue's clock (by default as long as an op). Account and legs are the trade's; what
        the counterparty says is set here."""
        slot = self._session
        until = await self._expiry_ms() if expiry_ms is None else Milliseconds(expiry_ms)
        ours = replace(
            trade,
            counterparty=await self.account_id(),
            counterparty_session=slot,
            counterparty_nonce=await self.next_nonce(slot),
            counterparty_expiry_ms=until,
            counterparty_max_fee_ppm=Ppm(self._max_fee_ppm),
            counterparty_signature=bytes(64),
        )
        check_op(ours)
        venue = await self._known()
        signed = digest(venue.domain_separator, consent_hash(ours))
        return replace(ours, counterparty_signature=self._wallet().sign_digest(signed))

    async def submit_block(self, trade: BlockTrade, *, max_fee_ppm: int | None = None) -> Ack:
        """Submit a block trade whose counterparty has consented; this account signs it.

        Look at the ack's `result`: if it is not OK, nothing was traded, and the consent is still
        good until it expires.
        """
        slot, most = self._session, Ppm(self._max_fee_ppm if max_fee_ppm is None else max_fee_ppm)
        ours = replace(trade, session=slot, max_fee_ppm=most, max_l1_fee_micro_usd=self._max_l1_fee)
        return await self._submit_of(
            slot, lambda account, end: replace(ours, account=account, expiry_ms=end)
        )
