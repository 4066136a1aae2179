"""The venue's set of reporters as L1 holds it, whether or not a sequencer answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.client.l1_account import L1Account
from strikeproof.deployment import Deployment
from strikeproof.failure import Rejected
from strikeproof.operate.governance_payload import decode
from strikeproof.wire.constants import MessageKind
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import MESSAGE_HEAD_BYTES

BLOCKS_PER_QUERY: Final = 1_000


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
    l1.check_chain()
    found = ReporterSet((), 0, 0)
    inbox = deployment.contract(l1.web3, "Inbox")
    with l1.failures("reporters"):
        head = int(l1.web3.eth.block_number)
        for first in range(deployment.first_block, head + 1, BLOCKS_PER_QUERY):
            last = min(head, first + BLOCKS_PER_QUERY - 1)
            for each in inbox.events.MessageAdded().get_logs(from_block=first, to_block=last):
                message = bytes(each["args"]["message"])
                if message[0] != MessageKind.GOVERNANCE:
                    continue
                payload = decode(message[MESSAGE_HEAD_BYTES:])
                if payload is not None and payload[0] == "set_reporters":
                    fields = payload[1]
                    reporters = tuple(bytes.fromhex(one[2:]) for one in fields["reporters"])
                    found = ReporterSet(reporters, fields["quorum"], found.epoch + 1)
    return found
