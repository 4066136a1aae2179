"""What stops a replay. Apart from the replay, which is compiled: a compiled class has no `code`."""

from __future__ import annotations

from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode


class ReplayDiverged(Broken):
    """The journal cannot be executed as it was: another program wrote it, or the engine changed."""

    code = FailureCode.REPLAY_DIVERGED

    def __init__(self, what: str, *, found: int, expected: int) -> None:
        super().__init__(f"{what}: the journal gives {found}, replay {expected}")
        self.what, self.found, self.expected = what, found, expected
