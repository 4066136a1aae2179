"""How much to pay for a transaction, and when to pay more."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.l1.intent import Attempt

GWEI = 10**9


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How much to pay, and when to pay more."""

    priority_fee_wei: int = GWEI
    max_fee_cap_wei: int = 500 * GWEI
    """Never offered more per gas than this, however long it takes."""
    bump_after_blocks: int = 3
    """New blocks without it after which the lowest pending nonce gets higher fees."""
    confirmations: int = 12
    """Blocks on the block that holds it after which an intent is settled."""
    pending_max: int = 64

    def fees(self, base_fee_wei: int, before: Attempt | None) -> tuple[int, int]:
        """Return (max fee, priority fee) in wei for the next attempt at a nonce.

        The first offers twice the base fee; a next one at least an eighth more of both than the one
        before, which is what nodes ask of a replacement.
        """
        priority = self.priority_fee_wei
        max_fee = 2 * base_fee_wei + priority
        if before is not None:
            priority = max(priority, before.priority_fee_wei + before.priority_fee_wei // 8 + 1)
            max_fee = max(
                2 * base_fee_wei + priority, before.max_fee_wei + before.max_fee_wei // 8 + 1
            )
        max_fee = min(max_fee, self.max_fee_cap_wei)
        return max_fee, min(priority, max_fee)
