"""Gas bounds of what the verifier sends, for when no endpoint estimates."""

from __future__ import annotations

from enum import Enum
from typing import Final

from strikeproof.l1.gas_estimate import call_gas_bound
from strikeproof.l1.sender import TRANSACTION_GAS_MAX

CHALLENGE_GAS_TYPICAL_MAX: Final = 8_000_000  # of the most expensive segment


class Work(Enum):
    """What a transaction does on L1."""

    COMMIT = "commit"
    CHALLENGE = "challenge"
    CLAIM_REWARD = "claim_reward"
    PROPOSE = "propose"
    DEPOSIT_BOND = "deposit_bond"
    SETTLE_HELD = "settle_held"
    COLLECT_CREDIT = "collect_credit"


_SLOTS_FILLED_MAX: Final = {
    Work.COMMIT: 1,
    Work.CHALLENGE: 7,
    Work.CLAIM_REWARD: 2,
    Work.PROPOSE: 5,
    Work.DEPOSIT_BOND: 2,
    Work.SETTLE_HELD: 2,
    Work.COLLECT_CREDIT: 1,
}


def gas_bound(work: Work, data: bytes) -> int:
    """Return a limit that suffices without an estimate."""
    if work is Work.CHALLENGE:  # it runs a whole segment
        return TRANSACTION_GAS_MAX
    return call_gas_bound(data, _SLOTS_FILLED_MAX[work])
