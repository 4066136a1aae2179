"""The venue's set of reporters as L1 holds it, whether or not a sequencer answers."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.client.l1_account import L1Account
from strikeproof.deployment import Deployment
from strikeproof.failure import Rejected
from strikeproof.operate.sent_governance import sent_governance
from strikeproof.wire.errors import FailureCode


class NotAReporter(Rejected):
    """The key is not in the venue's set of reporters."""

    code = FailureCode.NOT_A_REPORTER

    def __init__(self, address: bytes, count: int) -> None:
        super().__init__(f"0x{address.hex()} is not one of the venue's {count} reporters")
        self.address, self.count = address, count


@dataclass(frozen=True, slots=True)
class ReporterSet:
    """Who signs, in the order of their places, how many must, and over which epoch."""

    reporters: tuple[bytes, ...]
    quorum: int
    epoch: int

    def place_of(self, address: bytes) -> int:
        """Return a reporter's place. Raises `NotAReporter`."""
        if address not in self.reporters:
            raise NotAReporter(address, len(self.reporters))
        return self.reporters.index(address)


def read_reporter_set(l1: L1Account, deployment: Deployment) -> ReporterSet:
    """Return the set that the newest governance message names. Raises `L1Refused` for another
    chain, `L1Unreachable`.

    A message that no batch has consumed yet counts already: reports for it are refused until then.
    """
    found = ReporterSet((), 0, 0)
    for fields in sent_governance(l1, deployment, "set_reporters"):
        reporters = tuple(bytes.fromhex(each[2:]) for each in fields["reporters"])
        found = ReporterSet(reporters, fields["quorum"], found.epoch + 1)
    return found
