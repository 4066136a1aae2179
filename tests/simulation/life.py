"""One run of the node's process, and the seams through which it meets the world."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr

from strikeproof.failure import Broken
from strikeproof.l1 import L1Client
from strikeproof.l1.endpoint import Endpoint
from strikeproof.sequencer.config import SequencerL1Section
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from tests.simulation.simulated_l1 import SimulatedProvider


class Killed(BaseException):
    """The node died here, as by `kill -9`."""


@dataclass(slots=True)
class Life:
    """From a start to a death."""

    folder: Path
    clock: Callable[[], float]
    """Seconds; only differences count."""
    providers: list[SimulatedProvider] = field(default_factory=list)
    is_alive: bool = True
    is_serving: bool = False
    front: SimulatedFront | None = None
    task: asyncio.Task[Any] | None = None

    def client(self) -> L1Client:
        """Return a client of the simulated endpoints."""
        return L1Client(
            [
                Endpoint(f"simulated-{at}", each, retries=0)
                for at, each in enumerate(self.providers)
            ],
            tolerates_silence=True,
            clock=self.clock,
        )


class SimulatedFront:
    """Where the traders meet the node: its pipeline, without gRPC."""

    def __init__(self, life: Life, pipeline: Any) -> None:
        self._life, self._pipeline = life, pipeline
        self.source = Source("traders")
        self.found_broken: asyncio.Future[Broken] = asyncio.get_running_loop().create_future()
        """What a call has found that must stop the node."""

    async def start(self) -> str:
        """Open for traders."""
        self._life.front = self
        return "simulated"

    async def run(self) -> None:
        """Return never. Raises what a call has found."""
        raise await asyncio.shield(self.found_broken)

    async def tell(self, *, serving: bool) -> None:
        """Take what the health service would say."""
        self._life.is_serving = serving

    async def stop(self) -> None:
        """Close."""
        if self._life.front is self:
            self._life.front = None

    def submit(self, submission: Submission) -> bool:
        """Send one op; whether it was queued."""
        if not self._pipeline.submit(submission):
            return False
        self._pipeline.pump()
        return True


class Caller:
    """A trader waiting for its acknowledgement; a dead process acknowledges nothing."""

    def __init__(self, life: Life, acknowledge: Callable[[Submission], None]) -> None:
        self._life, self._acknowledge = life, acknowledge

    def settle(self, submission: Submission) -> None:
        """Take the outcome."""
        if self._life.is_alive and not submission.error:
            self._acknowledge(submission)


class SimulatedL1Section(SequencerL1Section):
    """`[l1]` whose client speaks to the simulated chain."""

    _life: Callable[[], Life] = PrivateAttr()

    def reach(self, life: Callable[[], Life]) -> None:
        """Say whose endpoints they are."""
        self._life = life

    def client(self) -> L1Client:
        """Return a client of the simulated endpoints."""
        return self._life().client()


class Clock:
    """Stands for the module `time` where the node reads the wall clock."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds

    def time_ns(self) -> int:
        """Return the machine's time, right or wrong."""
        return int(self._seconds() * 1e9)
