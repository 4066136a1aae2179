"""How much to pay for a transaction, and when to pay more."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.l1.intent import Attempt
from strikeproof.l1.l1_values import Block

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


class Bidding:
    """Whether the lowest pending nonce, the only one that competes for a place in a block, deserves
    higher fees. It hears of every poll."""

    def __init__(self, bump_after_blocks: int) -> None:
        self._bump_after_blocks = bump_after_blocks
        self._lowest: tuple[int, int] | None = None
        """The lowest pending nonce, and L1's head when it became that."""
        self._heads: tuple[Block, Block] | None = None
        """The newest head, and the one seen before it."""
        self.at_cap = False
        """Whether that nonce would be offered more if it might."""

    def note(self, head: Block, lowest: int | None) -> None:
        """Hear of L1's head and of the lowest pending nonce, None without any."""
        newest = self._heads[0] if self._heads else head
        if newest.hash != head.hash or self._heads is None:
            self._heads = (head, newest)
        if lowest is None:
            self._lowest, self.at_cap = None, False
        elif self._lowest is None or self._lowest[0] != lowest:
            self._lowest, self.at_cap = (lowest, head.number), False

    def is_for(self, nonce: int) -> bool:
        """Return whether this is the lowest pending nonce."""
        return self._lowest is not None and self._lowest[0] == nonce

    def is_due(self, newest: Attempt, head: Block) -> bool:
        """Return whether the nonce, with this newest attempt, deserves more."""
        assert self._lowest is not None and self._heads is not None, "there is a lowest nonce"
        if self._heads[0].base_fee_wei < self._heads[1].base_fee_wei:
            return False  # the base fee comes to us by itself
        since = max(newest.signed_block, self._lowest[1])
        # A base fee above what is offered excludes it from every block: waiting is no use then.
        underpriced = newest.max_fee_wei < head.base_fee_wei
        return head.number - since >= (1 if underpriced else self._bump_after_blocks)
