"""Which contracts a Solidity source is part of, where those are not all families of the law."""

from __future__ import annotations

from typing import Final

OF_ACCOUNTS: Final = (
    "Attesters",
    "Attest",
    "AttestCredit",
    "ReleaseCredit",
    "Withdraw",
    "BlockTrade",
    "SetMarginMode",
    "SetProtection",
)
PART_OF: Final = {
    **{each: ["AccountLaw"] for each in OF_ACCOUNTS},
    "Liquidate": ["KeeperLaw"],
    "Revalue": ["KeeperLaw"],
    "Governance": ["InboxLaw"],
    "Portfolio": ["AccountLaw", "KeeperLaw"],
    "Revaluation": ["PortfolioModule"],
    "Protection": ["TradeLaw"],
    "FillSize": ["PricingModule"],
}
