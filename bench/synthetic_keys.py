"""Keys of accounts, reporters and attesters of synthetic states."""

from __future__ import annotations

from functools import cache

from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import ATTESTERS_MAX, REPORTERS_MAX


@cache
def wallet(number: int) -> Wallet:
    """Return the key of this number."""
    return Wallet(keccak256(b"bench wallet %d" % number))


@cache
def reporters() -> tuple[Wallet, ...]:
    """Return the reporters in the order of their addresses, as the law wants them."""
    return tuple(sorted(map(wallet, range(900, 900 + REPORTERS_MAX)), key=lambda w: w.address))


@cache
def attesters() -> tuple[Wallet, ...]:
    """Return the attesters in the order of their addresses."""
    return tuple(sorted(map(wallet, range(950, 950 + ATTESTERS_MAX)), key=lambda w: w.address))
