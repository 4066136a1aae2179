"""Who waits for ops: a unary call for one, a stream for many. Both bound what is under way."""

from __future__ import annotations

import asyncio

from strikeproof.sequencer.intake.admission import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.wire.trading_pb2 import Ack


class UnaryCaller:
    """Waits for one op."""

    __slots__ = ("settled",)

    def __init__(self) -> None:
        self.settled: asyncio.Future[Submission] = asyncio.get_running_loop().create_future()

    def settle(self, submission: Submission) -> None:
        """Wake the call, unless it went away."""
        if not self.settled.done():
            self.settled.set_result(submission)


class StreamCaller:
    """Gathers the settled ops of one stream until its writer takes them.

    `under_way` counts ops from their arrival until their ack is handed to gRPC: the reader stops
    reading at the bound, so that a client that does not read its acks stops sending.
    """

    __slots__ = ("_room", "_settled", "_wake", "closed", "source", "under_way", "under_way_max")

    def __init__(self, under_way_max: int) -> None:
        self.source = Source()
        self.under_way = 0
        self.under_way_max = under_way_max
        self.closed = False
        self._settled: list[Submission | Ack] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def settle(self, submission: Submission) -> None:
        """Keep a settled op for the writer."""
        self._settled.append(submission)
        self._wake.set()

    def refuse(self, ack: Ack) -> None:
        """Keep the ack of an op that never got as far as the queue."""
        self._settled.append(ack)
        self._wake.set()

    def arrived(self, count: int) -> None:
        """Count ops that arrived."""
        self.under_way += count
        if self.under_way >= self.under_way_max:
            self._room.clear()

    def acknowledged(self, count: int) -> None:
        """Count ops whose acks were written."""
        self.under_way -= count
        if self.under_way < self.under_way_max:
            self._room.set()
        self._wake.set()

    async def room(self) -> None:
        """Return once more may arrive."""
        await self._room.wait()

    def close(self) -> None:
        """No more ops will arrive."""
        self.closed = True
        self._wake.set()

    async def take(self) -> list[Submission | Ack]:
        """Return settled ops and acks, at least one; none once closed and all are acknowledged."""
        while not self._settled:
            if self.closed and not self.under_way:
                return []
            self._wake.clear()
            await self._wake.wait()
        settled, self._settled = self._settled, []
        return settled
