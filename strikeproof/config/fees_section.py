"""`[fees]`: what a node pays for its L1 transactions. Decimals in gwei, exact to the wei."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, model_validator

from strikeproof.config.section import Positive, Section

if TYPE_CHECKING:
    from strikeproof.l1 import FeePolicy

WEI_PER_GWEI = 10**9


def _whole_wei(gwei: Decimal) -> Decimal:
    if gwei * WEI_PER_GWEI % 1:
        raise ValueError("a fee is a whole number of wei: at most nine digits after the point")
    return gwei


Gwei = Annotated[Decimal, Field(ge=0, le=10**9), AfterValidator(_whole_wei)]


class FeesSection(Section):
    """How much to offer per gas, and when to offer more."""

    priority_fee_gwei: Gwei = Decimal(1)
    max_fee_gwei: Annotated[Gwei, Field(gt=0)] = Decimal(500)
    """Never more than this is offered, however long inclusion takes."""
    bump_after_blocks: Positive = 3
    """New blocks without it after which the pending transaction of the lowest nonce gets higher
    fees."""

    @model_validator(mode="after")
    def _priority_is_within_the_maximum(self) -> FeesSection:
        if self.priority_fee_gwei > self.max_fee_gwei:
            raise ValueError("priority_fee_gwei is above max_fee_gwei")
        return self

    def policy(self, confirmations: int) -> FeePolicy:
        """Return the policy of a transaction sender."""
        from strikeproof.l1 import FeePolicy

        return FeePolicy(
            priority_fee_wei=int(self.priority_fee_gwei * WEI_PER_GWEI),
            max_fee_cap_wei=int(self.max_fee_gwei * WEI_PER_GWEI),
            bump_after_blocks=self.bump_after_blocks,
            confirmations=confirmations,
        )
