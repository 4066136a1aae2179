"""The error of a node that was pointed at a venue other than the one its files describe."""

from __future__ import annotations

from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode


class VenueMismatch(Rejected):
    """The deployment file and L1 disagree, or the key is not the sequencer's."""

    code = FailureCode.VENUE_MISMATCH

    def __init__(self, what: str, *, found: bytes, expected: bytes) -> None:
        super().__init__(f"{what}: L1 has 0x{found.hex()}, expected 0x{expected.hex()}")
        self.what, self.found, self.expected = what, found, expected
