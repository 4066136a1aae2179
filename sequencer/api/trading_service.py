"""The Trading service: ops in, acknowledgements out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial

import grpc

from strikeproof.sequencer.api.ack_message import (
    acknowledgements,
    failure_of,
    fill_accepted,
    refusal,
)
from strikeproof.sequencer.api.api_failure import ApiFailure, Context, answers
from strikeproof.sequencer.api.callers import (
    NO_ROOM,
    StreamCaller,
    UnaryCaller,
    UnarySources,
    UnprovenTurns,
)
from strikeproof.sequencer.api.expectation_message import expectations_of, expectations_of_one
from strikeproof.sequencer.api.peer import host_of
from strikeproof.sequencer.api.price_reports import PriceReports
from strikeproof.sequencer.api.report_shares import ReportShares
from strikeproof.sequencer.api.stream_limit import StreamLimit
from strikeproof.sequencer.api.submitted_op import checked_op, op_bytes
from strikeproof.sequencer.intake.expectation import Expectation
from strikeproof.sequencer.intake.op_source import Source, Standing
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.pipeline.pipeline import Pipeline
from strikeproof.wire.errors import ApiError
from strikeproof.wire.trading_pb2 import (
    AckMany,
    ReportPriceRequest,
    ReportPriceResponse,
    ReportShareRequest,
    ReportShareResponse,
    SubmitMany,
    SubmitRequest,
    SubmitResponse,
)
from strikeproof.wire.trading_pb2_grpc import TradingServicer

OPS_OF_MESSAGE_MAX = 512
ACKS_OF_MESSAGE_MAX = 512
UNARY_DELAY_SECONDS_MAX = 1.0
WRITE_SECONDS = 10.0  # a reader that takes longer for one message is too slow


class TradingService(TradingServicer):
    """Parses ops, queues them, answers with what became of them."""

    def __init__(
        self,
        pipeline: Pipeline,
        streams: StreamLimit,
        reports: PriceReports,
        shares: ReportShares,
        sources: UnarySources,
    ) -> None:
        self._pipeline = pipeline
        self._streams = streams
        self._reports = reports
        self._shares = shares
        self._sources = sources
        self._turns = UnprovenTurns()

    @answers
    async def Submit(self, request: SubmitRequest, context: Context) -> SubmitResponse:
        """Order one op; return once it is in the journal."""
        expectations = expectations_of_one(request)
        submission = await self.order(op_bytes(request.op), context.peer(), expectations)
        epoch = self._pipeline.sequencer_epoch
        response = SubmitResponse()
        fill_accepted(response.accepted, submission, epoch)
        return response

    async def order(
        self, data: bytes, peer: str, expectations: Sequence[Expectation] = ()
    ) -> Submission:
        """Return the op once it is durable. Raises `ApiFailure`."""
        caller = UnaryCaller()
        source = self._sources.of(peer)
        submission = Submission(caller, 0, data, source)
        submission.expectations = expectations
        if self._pipeline.submit(submission):
            self._pipeline.pump()
        await caller.settled
        if submission.error:
            self._pipeline.recent.revive(submission)
        if submission.error in NO_ROOM and source.standing is Standing.SUSPECT:
            # Whoever floods with calls gets answers no faster than it may try again.
            await asyncio.sleep(min(UNARY_DELAY_SECONDS_MAX, submission.retry_after_ms / 1_000))
        if submission.error:
            raise failure_of(submission)
        return submission

    @answers
    async def SubmitStream(  # type: ignore[override]
        self, request_iterator: AsyncIterator[SubmitMany], context: Context
    ) -> None:
        """Order ops as they arrive; acknowledge them as they become durable (by writing)."""
        with self._streams.open(context.peer(), "submit"):
            await self._stream(context)

    async def _stream(self, context: Context) -> None:
        caller = StreamCaller(Source(host_of(context.peer())))
        reader = asyncio.create_task(self._read(caller, context))
        try:
            while settled := await caller.take():
                epoch = self._pipeline.sequencer_epoch
                for at in range(0, len(settled), ACKS_OF_MESSAGE_MAX):
                    part = settled[at : at + ACKS_OF_MESSAGE_MAX]
                    for each in part:
                        if isinstance(each, Submission) and each.error:
                            self._pipeline.recent.revive(each)
                    await self._write(context, acknowledgements(part, epoch))
                    caller.acknowledged(len(part))
            await reader  # raises what ended it
        finally:
            reader.cancel()
            self._pipeline.forget(caller.source)

    async def _write(self, context: Context, message: AckMany) -> None:
        try:
            await asyncio.wait_for(context.write(message), WRITE_SECONDS)
        except TimeoutError:
            raise ApiFailure(ApiError.SLOW_READER) from None

    async def _read(self, caller: StreamCaller, context: Context) -> None:
        try:
            while True:
                await caller.wait_until_more_may_arrive()
                message = await context.read()
                if message is grpc.aio.EOF:
                    return
                await self._turns.take(caller.source, partial(self._take, message, caller))
        finally:
            caller.close()

    def _take(self, message: SubmitMany, caller: StreamCaller) -> None:
        ops = message.ops
        if len(ops) > OPS_OF_MESSAGE_MAX:
            raise ApiFailure(ApiError.MESSAGE_TOO_LARGE, ops=len(ops), most=OPS_OF_MESSAGE_MAX)
        caller.arrived(len(ops))
        pipeline, id_ = self._pipeline, message.first_id
        expected = expectations_of(message)
        for number, data in enumerate(ops):
            try:
                submission = Submission(caller, id_, checked_op(data), caller.source)
                if expected:
                    submission.expectations = expected.get(number, ())
                pipeline.submit(submission)
            except ApiFailure as failure:
                caller.refuse(refusal(id_, failure))
            id_ += 1
        pipeline.pump()

    @answers
    async def ReportPrice(
        self, request: ReportPriceRequest, context: Context
    ) -> ReportPriceResponse:
        """Take one reporter's price; order an IndexPrice when there is a quorum."""
        peer = context.peer()
        progress = await self._reports.add(request, peer, lambda op: self.order(op, peer))
        response = ReportPriceResponse(reports=progress.reports, quorum=progress.quorum)
        if progress.ordered is not None:
            epoch = self._pipeline.sequencer_epoch
            fill_accepted(response.accepted, progress.ordered, epoch)
        return response

    @answers
    async def ReportShare(
        self, request: ReportShareRequest, context: Context
    ) -> ReportShareResponse:
        """Take one reporter's share of an op; order the op when there is a quorum."""
        peer = context.peer()
        progress = await self._shares.add(request.op, peer, lambda op: self.order(op, peer))
        response = ReportShareResponse(reports=progress.reports, quorum=progress.quorum)
        if progress.ordered is not None:
            epoch = self._pipeline.sequencer_epoch
            fill_accepted(response.accepted, progress.ordered, epoch)
        return response
