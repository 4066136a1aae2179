"""The law of this release as if it were deployed: families and modules, each somewhere."""

from __future__ import annotations

from functools import cache
from typing import Final

from strikeproof.contracts import LAW_FAMILIES, artifact
from strikeproof.verifier.execution.deployed_law import DeployedLaw

FAMILIES: Final = tuple(bytes((0x1A + at,)) * 20 for at in range(len(LAW_FAMILIES)))
MARGIN: Final = b"\x3a" * 20
PRICING: Final = b"\x3b" * 20
PORTFOLIO: Final = b"\x3c" * 20


@cache
def shipped_law() -> DeployedLaw:
    """Return the law."""
    immutables = {
        "MARGIN": int.from_bytes(MARGIN, "big"),
        "PRICING": int.from_bytes(PRICING, "big"),
        "PORTFOLIO": int.from_bytes(PORTFOLIO, "big"),
    }
    codes = [artifact(name).with_immutables(immutables) for name in LAW_FAMILIES]
    contracts = dict(zip(FAMILIES, codes, strict=True))
    contracts[MARGIN] = artifact("MarginModule").deployed_bytecode
    contracts[PRICING] = artifact("PricingModule").deployed_bytecode
    contracts[PORTFOLIO] = artifact("PortfolioModule").deployed_bytecode
    return DeployedLaw(FAMILIES, (MARGIN, PRICING, PORTFOLIO), contracts)
