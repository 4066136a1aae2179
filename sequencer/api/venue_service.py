"""The Venue service: the venue, accounts, finality, state proofs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from strikeproof.sequencer.api.account_message import account_message
from strikeproof.sequencer.api.api_failure import ApiFailure, Context, answers
from strikeproof.sequencer.api.auction_message import auction_message
from strikeproof.sequencer.api.block_margin_message import block_legs, block_margin_message
from strikeproof.sequencer.api.change_message import change_message
from strikeproof.sequencer.api.finality_message import FINALITY_MESSAGE
from strikeproof.sequencer.api.greek_totals import HeldGreeks, held_greeks
from strikeproof.sequencer.api.stream_limit import StreamLimit
from strikeproof.sequencer.cluster.cluster_member import ClusterMember
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.record_key import ID_BITS, ID_MASK
from strikeproof.sequencer.core.state_view import AccountView
from strikeproof.sequencer.history.entry_cost import FLAT
from strikeproof.sequencer.history.event_index import EventIndex
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.l1.l1_source import L1Source
from strikeproof.sequencer.order.wall_clock import wall_clock_ms
from strikeproof.sequencer.pipeline.pipeline import Pipeline
from strikeproof.sequencer.prover.prover_link import ProverLink
from strikeproof.wire.constants import KINDS, PPM
from strikeproof.wire.errors import ApiError
from strikeproof.wire.layout import KIND_HEIGHTS
from strikeproof.wire.operation_pb2 import FINALITY_FINAL, OrderName, Position
from strikeproof.wire.venue_pb2 import (
    Account,
    BlockMargin,
    GetAccountRequest,
    GetBlockMarginRequest,
    GetFinalityRequest,
    GetSessionRequest,
    GetStateProofRequest,
    GetVenueRequest,
    ListAccountsRequest,
    ListAccountsResponse,
    ListAuctionsRequest,
    ListAuctionsResponse,
    OpChange,
    OpFinality,
    SessionInfo,
    StateProof,
    StreamChangesRequest,
    VenueInfo,
)
from strikeproof.wire.venue_pb2_grpc import VenueServicer

ENTRY_ATTEMPTS_MAX = 3  # to read state and history of one moment; the entry price is left out then
NONCE_BITMAP_BYTES = 24
SERIAL_MAX = 2**48 - 1


@dataclass(frozen=True, slots=True)
class VenueReads:
    """What the service answers from."""

    engine: Engine
    pipeline: Pipeline
    prover: ProverLink
    finality: FinalityBook
    l1: L1Source
    sequencer: bytes
    """The address that signs receipts and posts."""
    history: EventIndex
    member: ClusterMember | None = None
    """Absent: this node is alone."""


class VenueService(VenueServicer):
    """Reads wait until what they show is durable."""

    def __init__(self, reads: VenueReads, streams: StreamLimit) -> None:
        self._reads = reads
        self._engine, self._pipeline = reads.engine, reads.pipeline
        self._prover, self._finality = reads.prover, reads.finality
        self._streams = streams

    @answers
    async def GetVenue(self, request: GetVenueRequest, context: Context) -> VenueInfo:
        """Return domain, contracts and heights."""
        view, heights, l1 = self._engine.venue(), self._finality, self._reads.l1
        info = VenueInfo(
            name="Strikeproof",
            version="1",
            domain_separator=view.domain_separator,
            sequencer_epoch=self._pipeline.sequencer_epoch,
            time_ms=view.clock_ms,
            now_ms=max(wall_clock_ms(), view.clock_ms),
            batch_open=self._pipeline.batch_number,
            batch_proved=self._prover.batch_proved,
            batch_posted=heights.posted_to,
            batch_claimed=heights.claimed_to,
            batch_verified=heights.verified_to,
            batch_final=heights.final_to,
            inbox_consumed=self._pipeline.inbox_next,
            fee_pool_micro_usd=str(view.fee_pool),
            insurance_fund_micro_usd=str(view.insurance_fund),
            houses_deficit_micro_usd=str(view.houses_deficit),
            bad_debt_micro_usd=str(view.bad_debt),
            credit_micro_usd=str(view.credit),
            credit_losses_micro_usd=str(view.credit_losses),
            account_count=view.next_account - 1,
            reporter_epoch=view.reporter_epoch,
            reporter_quorum=view.reporter_quorum,
            reporters=view.reporters,
            attester_quorum=view.attester_quorum,
            attesters=view.attesters,
            sequencer=self._reads.sequencer,
            chain_id=l1.terms.chain_id,
            rollup=l1.terms.rollup,
            vault=l1.contracts.vault,
            inbox=l1.contracts.inbox,
            token=l1.contracts.token,
            inbox_length=l1.inbox_length,
        )
        member = self._reads.member
        if member is not None:
            info.standby, info.lag_ms = not member.is_leading, member.lag_ms
            info.sequencer_keys.extend(sorted(member.keys))
            if member.leader is not None:
                info.leader_endpoint = member.leader.endpoint
        await self._pipeline.settled()
        return info

    @answers
    async def GetAccount(self, request: GetAccountRequest, context: Context) -> Account:
        """Return an account with its margin and orders."""
        engine, account = self._engine, request.account
        attempts = 0
        while True:
            view = engine.account(account)
            if view is None:
                raise ApiFailure(ApiError.NOT_FOUND, f"no account {account}", field="account")
            orders = engine.orders_of(account)
            triggers = engine.triggers_of(account)
            portfolio = engine.portfolio(account)
            greeks = self._greeks(view)
            await self._pipeline.settled()
            entries = await self._reads.history.entries(account)
            attempts += 1
            if attempts == ENTRY_ATTEMPTS_MAX or all(
                each.settled_size == entries.get(each.instrument, FLAT).size
                for each in view.positions
            ):
                return account_message(engine, view, orders, entries, greeks, triggers, portfolio)

    def _greeks(self, view: AccountView) -> dict[int, HeldGreeks]:
        """Return the Greeks of an account's positions, at the node's clock: the venue's stands
        still between ops, and a pricing ages all the same."""
        instruments = {
            each.instrument: found
            for each in view.positions
            if (found := self._engine.instrument(each.instrument)) is not None
        }
        now_ms = max(wall_clock_ms(), self._engine.venue().clock_ms)
        return held_greeks(view, instruments, now_ms)

    @answers
    async def ListAccounts(
        self, request: ListAccountsRequest, context: Context
    ) -> ListAccountsResponse:
        """Return the accounts of an owner."""
        if len(request.owner) != 20:
            raise ApiFailure(ApiError.REQUEST_MALFORMED, "an address has 20 bytes", field="owner")
        answer = ListAccountsResponse(accounts=self._engine.accounts_of(request.owner))
        await self._pipeline.settled()
        return answer

    @answers
    async def GetBlockMargin(self, request: GetBlockMarginRequest, context: Context) -> BlockMargin:
        """Return what a block trade would do to an account's margin."""
        legs = block_legs(request.legs)
        await self._pipeline.settled()
        found = self._engine.blocks().margin(request.account, legs)
        if found is None:
            problem = f"no account {request.account}, or no instrument of a leg"
            raise ApiFailure(ApiError.NOT_FOUND, problem, field="account")
        return block_margin_message(found)

    @answers
    async def ListAuctions(
        self, request: ListAuctionsRequest, context: Context
    ) -> ListAuctionsResponse:
        """Return the auctions that run, and what bids of an account would come to."""
        await self._pipeline.settled()
        now_ms = max(wall_clock_ms(), self._engine.venue().clock_ms)
        queries, fraction = self._engine.auctions(), request.fraction_ppm or PPM
        return ListAuctionsResponse(
            auctions=[
                auction_message(
                    each,
                    queries.bid(request.bidder, each.account, fraction, now_ms)
                    if request.bidder
                    else None,
                )
                for each in queries.all(now_ms)
            ]
        )

    @answers
    async def GetSession(self, request: GetSessionRequest, context: Context) -> SessionInfo:
        """Return a session with its nonce window."""
        view = self._engine.session(request.account, request.slot)
        if view is None:
            raise ApiFailure(
                ApiError.NOT_FOUND,
                f"account {request.account} has no session {request.slot}",
                field="slot",
            )
        answer = SessionInfo(
            account=view.account,
            slot=view.slot,
            scope=view.scope,
            key=view.key,
            expiry_ms=view.expiry_ms,
            nonce_base=view.nonce_base,
            nonce_bitmap=view.nonce_bitmap.to_bytes(NONCE_BITMAP_BYTES, "big"),
        )
        await self._pipeline.settled()
        return answer

    # --- finality ---

    @answers
    async def GetFinality(self, request: GetFinalityRequest, context: Context) -> OpFinality:
        """Return how far an op has come."""
        return self._finality_of(await self._position(request), request.op_hash)

    @answers
    async def StreamFinality(
        self, request: GetFinalityRequest, context: Context
    ) -> AsyncIterator[OpFinality]:
        """Send how far an op has come whenever that changes, until it is final."""
        position = await self._position(request)
        with self._streams.open(context.peer(), "finality"):
            last = None
            while True:
                now = self._finality_of(position, request.op_hash)
                if now != last:
                    yield now
                if now.finality == FINALITY_FINAL:
                    return
                last = now
                await self._finality.changed()

    async def _position(self, request: GetFinalityRequest) -> Position:
        if request.WhichOneof("op") == "order":
            return await self._position_of_order(request.order)
        if request.WhichOneof("op") == "op_hash":
            place = self._finality.place(request.op_hash)
            if place is None:
                raise ApiFailure(
                    ApiError.NOT_FOUND, "no such op, or forgotten: ask by position", field="op_hash"
                )
            return Position(batch=place.batch, segment=place.segment, index=place.index)
        position = request.position
        if not 1 <= position.batch <= self._pipeline.batch_number:
            raise ApiFailure(
                ApiError.NOT_FOUND, f"no batch {position.batch}", field="position.batch"
            )
        return position

    async def _position_of_order(self, order: OrderName) -> Position:
        """Return the place of the op that put an order into the book."""
        await self._pipeline.settled()
        history = self._reads.history
        serial = min(order.serial, SERIAL_MAX)
        found = await history.of_order(order.instrument, order.slot, serial, 1)
        if not found or found[0].event.segment < 0:
            reason = "no such order, or it came through the inbox"
            raise ApiFailure(ApiError.NOT_FOUND, reason, field="order")
        event = found[0].event
        return Position(batch=event.batch, segment=event.segment, index=event.op)

    @answers
    async def StreamChanges(
        self, request: StreamChangesRequest, context: Context
    ) -> AsyncIterator[OpChange]:
        """Send the promises that did not hold, and wait for more."""
        with self._streams.open(context.peer(), "changes"):
            sequence = request.from_sequence
            while True:
                for each in self._finality.changes[sequence:]:
                    yield change_message(sequence, each)
                    sequence += 1
                await self._finality.changed()

    def _finality_of(self, position: Position, op_hash: bytes) -> OpFinality:
        heights, number = self._finality, position.batch
        answer = OpFinality(position=position, finality=FINALITY_MESSAGE[heights.of_batch(number)])
        if batch := heights.posted(number):
            answer.batch_hash, answer.l1_block = batch.hash, batch.block_number
        if claim := heights.claimed(number):
            answer.claim_hash, answer.final_at_ms = claim.hash, claim.deadline_seconds * 1000
        if (changed := heights.change_of(op_hash)) is not None:
            answer.change.CopyFrom(change_message(changed, heights.changes[changed]))
        return answer

    # --- proofs ---

    @answers
    async def GetStateProof(self, request: GetStateProofRequest, context: Context) -> StateProof:
        """Return a record and its proof."""
        kind, id_ = request.key >> ID_BITS, request.key & ID_MASK
        if kind >= KINDS or id_ >> KIND_HEIGHTS[kind]:
            raise ApiFailure(
                ApiError.REQUEST_MALFORMED, "the key lies outside its tree", field="key"
            )
        is_final = request.at == GetStateProofRequest.AT_FINAL
        answer = await self._prover.prove(request.key, is_final=is_final)
        if answer is None:
            raise ApiFailure(ApiError.NOT_YET, "no claim is final yet")
        return StateProof(
            key=request.key,
            record=answer.record,
            state_root=answer.root,
            batch=answer.batch,
            proof=answer.proof,
            lag_ms=self._reads.member.lag_ms if self._reads.member else 0,
        )
