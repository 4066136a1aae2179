"""Who waits for ops: a unary call for one, a stream for many. Both bound what is under way."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from strikeproof.sequencer.api.peer import host_of
from strikeproof.sequencer.intake.op_source import Source, Standing
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.wire.errors import ApiError
from strikeproof.wire.trading_pb2 import Ack

PEERS_KEPT: Final = 8_192
UNDER_WAY_MAX: Final = 2_048  # of one stream, from arrival to written ack
UNPROVEN_UNDER_WAY_MAX: Final = 64  # of one whose ops no account has signed yet, or rarely
PAUSE_SECONDS: Final = 0.1
PAUSE_SECONDS_MAX: Final = 1.0
UNPROVEN_PAUSE_SECONDS_MAX: Final = 4.0
REST_PER_TURN: Final = 4.0
NO_ROOM: Final = frozenset((ApiError.QUEUE_FULL, ApiError.RATE_LIMITED))


class UnarySources:
    """What the unary calls of each connection are to admission. Its standing outlives a call."""

    def __init__(self) -> None:
        self._of_peers: OrderedDict[str, Source] = OrderedDict()

    def of(self, peer: str) -> Source:
        """Return the source of a peer's unary calls."""
        source = self._of_peers.get(peer)
        if source is None:
            source = self._of_peers[peer] = Source(host_of(peer))
            if len(self._of_peers) > PEERS_KEPT:
                self._of_peers.popitem(last=False)
        self._of_peers.move_to_end(peer)
        return source

    def __contains__(self, peer: str) -> bool:
        """Whether a peer has sent an op lately."""
        return peer in self._of_peers


class UnprovenTurns:
    """Lets streams whose ops nobody has signed yet hand in one message at a time, and leaves the
    event loop to others for a multiple of the time that it took."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def take(self, source: Source, hand_in: Callable[[], None]) -> None:
        """Hand a message in once it is this source's turn: at once if it is proven."""
        if source.standing is Standing.PROVEN:
            hand_in()
            return
        async with self._turn:
            started = time.perf_counter()
            hand_in()
            await asyncio.sleep(REST_PER_TURN * (time.perf_counter() - started))


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
    reading at the bound, so that a client that does not read its acks stops sending. It pauses,
    longer each time, while ops find no room: refusing them costs more than not reading them.
    """

    __slots__ = (
        "_pause_seconds",
        "_room",
        "_settled",
        "_wake",
        "_was_full",
        "closed",
        "source",
        "under_way",
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        self.under_way = 0
        self.closed = False
        self._settled: list[Submission | Ack] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._was_full = False
        self._pause_seconds = 0.0

    def settle(self, submission: Submission) -> None:
        """Keep a settled op for the writer."""
        if submission.error in NO_ROOM:
            self._was_full = True
        if not self._settled:
            self._wake.set()
        self._settled.append(submission)

    def refuse(self, ack: Ack) -> None:
        """Keep the ack of an op that never got as far as the queue."""
        self._settled.append(ack)
        self._wake.set()

    def arrived(self, count: int) -> None:
        """Count ops that arrived."""
        self.under_way += count

    def acknowledged(self, count: int) -> None:
        """Count ops whose acks were written."""
        self.under_way -= count
        self._room.set()
        self._wake.set()

    async def wait_until_more_may_arrive(self) -> None:
        """Return once more may arrive."""
        while self.under_way >= self._under_way_max:
            self._room.clear()
            await self._room.wait()
        if not self._was_full:
            self._pause_seconds = 0.0
            return
        self._was_full = False
        proven = self.source.standing is Standing.PROVEN
        most = PAUSE_SECONDS_MAX if proven else UNPROVEN_PAUSE_SECONDS_MAX
        self._pause_seconds = min(most, max(PAUSE_SECONDS, 2 * self._pause_seconds))
        await asyncio.sleep(self._pause_seconds)

    @property
    def _under_way_max(self) -> int:
        proven = self.source.standing is Standing.PROVEN
        return UNDER_WAY_MAX if proven else UNPROVEN_UNDER_WAY_MAX

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
