"""Ops whose signers are known, waiting for the engine in the order in which they were admitted."""

from __future__ import annotations

import asyncio
from collections import deque

from strikeproof.sequencer.intake.submission import Submission
from strikeproof.wire.errors import ApiError

READY_OPS_MAX = 512


class ReadyQueue:
    """Filled by the signature pool, emptied by the ordering loop."""

    def __init__(self) -> None:
        self.ops: deque[Submission] = deque()
        self.work = asyncio.Event()
        """Set while there may be something to order."""

    @property
    def has_room(self) -> bool:
        """Whether the signature pool may hand on more."""
        return len(self.ops) < READY_OPS_MAX

    def add(self, ops: list[Submission]) -> None:
        """Queue ops in their order."""
        self.ops.extend(ops)
        self.work.set()

    def refuse_all(self, error: ApiError) -> None:
        """Tell every waiting caller that its op was not ordered."""
        for submission in self.ops:
            submission.error = error
            submission.caller.settle(submission)
        self.ops.clear()
