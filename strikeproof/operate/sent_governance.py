"""Governance messages that L1 holds, whether or not a sequencer answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from strikeproof.client.l1_account import L1Account
from strikeproof.deployment import Deployment
from strikeproof.operate.governance_payload import decode
from strikeproof.wire.constants import MessageKind
from strikeproof.wire.operations import MESSAGE_HEAD_BYTES

BLOCKS_PER_QUERY: Final = 1_000


def sent_governance(l1: L1Account, deployment: Deployment, action: str) -> Iterator[dict[str, Any]]:
    """Yield the fields of every governance message of an action, oldest first. Raises `L1Refused`
    for another chain, `L1Unreachable`.

    One that no batch has consumed yet is among them: the venue does not know it until then.
    """
    l1.check_chain()
    inbox = deployment.contract(l1.web3, "Inbox")
    with l1.failures("governance"):
        head = int(l1.web3.eth.block_number)
        for first in range(deployment.first_block, head + 1, BLOCKS_PER_QUERY):
            last = min(head, first + BLOCKS_PER_QUERY - 1)
            for each in inbox.events.MessageAdded().get_logs(from_block=first, to_block=last):
                message = bytes(each["args"]["message"])
                if message[0] != MessageKind.GOVERNANCE:
                    continue
                payload = decode(message[MESSAGE_HEAD_BYTES:])
                if payload is not None and payload[0] == action:
                    yield payload[1]


class AttesterSet(NamedTuple):
    """Who attests, in the order of their places, and how many must."""

    attesters: tuple[bytes, ...]
    quorum: int


def read_attester_set(l1: L1Account, deployment: Deployment) -> AttesterSet:
    """Return the set that the newest governance message names. Raises as `sent_governance`."""
    found = AttesterSet((), 0)
    for fields in sent_governance(l1, deployment, "set_attesters"):
        attesters = tuple(bytes.fromhex(each[2:]) for each in fields["attesters"])
        found = AttesterSet(attesters, fields["quorum"])
    return found
