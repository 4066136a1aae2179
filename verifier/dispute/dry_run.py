"""Dry runs: a challenge put to L1 by eth_call, before it costs anything (attack 43)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from strikeproof.l1 import CallReverted, EndpointFailed, L1Client, L1Unavailable
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.verifier.dispute.challenge import Challenge
from strikeproof.verifier.state.rollup_abi import RollupError, read_error


class Answer(Enum):
    """What L1 makes of a challenge."""

    DISPROVES = "disproves"
    CLAIM_IS_CORRECT = "claim_is_correct"
    INCOMPLETE = "incomplete"
    GONE = "gone"  # the claim no longer exists, or it is final
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DryRun:
    """The outcome of a dry run, on every endpoint that answered."""

    answer: Answer
    detail: str
    right_root: bytes | None
    """What L1 computed, if the challenge disproves."""
    agreed: bool
    """Whether all endpoints that answered said the same."""


_ANSWERS = {
    "ClaimIsCorrect": Answer.CLAIM_IS_CORRECT,
    "Incomplete": Answer.INCOMPLETE,
    "UnknownClaim": Answer.GONE,
    "ClaimIsFinal": Answer.GONE,
}


def dry_run(
    client: L1Client, rollup: bytes, challenge: Challenge, salt: bytes, sender: bytes
) -> DryRun:
    """Return what L1 would make of the challenge now.

    It counts as a disproof if one endpoint says so: an endpoint that lies about it costs gas, one
    that hides it would let a wrong claim pass. Raises `L1Unavailable` if no endpoint answers.
    """
    data = challenge.call_data(salt)
    found: list[tuple[Answer, str, bytes | None]] = []
    reasons: list[str] = []
    for endpoint in client.endpoints:
        try:
            root = endpoint.call(rollup, data, sender=sender, gas=TRANSACTION_GAS_MAX)[:32]
            found.append((Answer.DISPROVES, f"root 0x{root.hex()}", root))
        except CallReverted as reverted:
            error = read_error(reverted.data)
            found.append((_ANSWERS.get(error.name, Answer.OTHER), _text(error, reverted), None))
        except EndpointFailed as failed:
            reasons.append(str(failed))
    if not found:
        raise L1Unavailable("dry run", 0, 1, reasons)
    best = min(found, key=lambda each: each[0] is not Answer.DISPROVES)
    return DryRun(*best, agreed=len(set(found)) == 1)


def _text(error: RollupError, reverted: CallReverted) -> str:
    return str(error) if error.name else (reverted.message or str(error))
