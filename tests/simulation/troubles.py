"""What goes wrong between the node and L1, in its machine, and on L1 itself."""

from __future__ import annotations

import errno
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.simulation import simulated_disk

DISK_POINTS = ("journal.before_sync", "snapshot.before_sync")


@dataclass(slots=True)
class Troubles:
    """The present troubles; the same may come from several sides. All 0: everything behaves."""

    is_cut: int = 0
    """No request arrives."""
    one_is_cut: int = 0
    """Nor any at the last of several endpoints."""
    no_blocks: int = 0
    """L1 itself stands still."""
    refuses_transactions: int = 0
    loses_answers: int = 0
    """Transactions arrive, their acknowledgement does not."""
    nonce_offsets: list[int] = field(default_factory=list)
    """By how much the next answers to eth_getTransactionCount are wrong."""
    logs_left_out: int = 0
    """How many of the next answers to eth_getLogs are empty."""
    answers_overtake: int = 0
    """Each answer is one of the last few blocks' time."""
    is_poor: int = 0
    """The node's key has next to no ether."""
    disk_error: int = 0
    """What writes end with: ENOSPC, EIO; 0: they succeed."""
    excused: dict[str, float] = field(default_factory=dict)
    """Errors with which the node may end, by name, and until when."""

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Have a trouble of this name for a while."""
        setattr(self, name, getattr(self, name) + 1)
        try:
            yield
        finally:
            setattr(self, name, getattr(self, name) - 1)

    def answer(self, method: str, params: Sequence[Any], nonce: int) -> Any:
        """Return what an endpoint in trouble answers, None for the truth. `nonce`: the key's.
        Raises OSError."""
        if method == "eth_sendRawTransaction":
            if self.refuses_transactions:
                error = {"code": -32000, "message": "txpool is full"}
                return {"jsonrpc": "2.0", "id": 1, "error": error}
            if self.loses_answers:
                raise OSError("connection reset after the request")
        if method == "eth_getTransactionCount" and self.nonce_offsets:
            wrong = max(0, nonce + self.nonce_offsets.pop(0))
            return {"jsonrpc": "2.0", "id": 1, "result": hex(wrong)}
        if method == "eth_getLogs" and self.logs_left_out:
            self.logs_left_out -= 1
            return {"jsonrpc": "2.0", "id": 1, "result": []}
        return None

    def behind_blocks(self, chance: random.Random, standing: int) -> int:
        """Return how many blocks behind the next answer is."""
        return chance.randint(0, 3) if self.answers_overtake else standing

    def write(self, name: str) -> None:
        """Let a write fail, and on a dead disk a read. Raises OSError, or what sqlite raises."""
        if not self.disk_error:
            return
        if name in DISK_POINTS:
            raise OSError(self.disk_error, errno.errorcode[self.disk_error])
        is_dead = self.disk_error == errno.EIO
        if name == "sqlite.write" or (is_dead and name in ("sqlite.read", "sqlite.written")):
            raise simulated_disk.failure(self.disk_error)

    def excuse(self, error: str, until: float) -> None:
        """Let the node end with an error of this name until then."""
        self.excused[error] = max(until, self.excused.get(error, 0.0))

    def excuses(self, error: BaseException, now: float) -> bool:
        """Whether the trouble explains that the node ended with this."""
        if isinstance(error, BaseExceptionGroup):
            return all(self.excuses(each, now) for each in error.exceptions)
        return self.excused.get(type(error).__name__, 0.0) >= now
