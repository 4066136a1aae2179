"""Attestations as tests send them: three attesters, two of whom are a quorum."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from coincurve import PrivateKey

from strikeproof.client.typed_data import digest, hash_attestation
from strikeproof.client.wallet import Wallet
from strikeproof.wire.operations import encode_attest, encode_attestation, encode_set_attesters
from strikeproof.wire.units import Milliseconds

DAY_MS = 86_400_000
ATTESTERS = 3
QUORUM = 2


@cache
def attesters() -> tuple[Wallet, ...]:
    """Return the attesters in the order of their places."""
    keys = (PrivateKey.from_int(number) for number in range(9_501, 9_501 + ATTESTERS))
    return tuple(sorted((Wallet(key.secret) for key in keys), key=lambda each: each.address))


def set_attesters(quorum: int = QUORUM, of: Sequence[Wallet] | None = None) -> bytes:
    """Return the governance payload that names them."""
    chosen = attesters() if of is None else of
    return encode_set_attesters(quorum=quorum, attesters=[each.address for each in chosen])


def attest(
    domain: bytes,
    account: int,
    tier: int,
    said_ms: int,
    *places: int,
    term_ms: int = 365 * DAY_MS,
    by: Sequence[Wallet] = (),
) -> bytes:
    """Return an Attest of attesters 0 and 1, or of those at these places; `by`: who signs."""
    chosen = places or (0, 1)
    until_ms = said_ms + term_ms if tier else 0
    signed = digest(domain, hash_attestation(account, tier, until_ms, said_ms))
    wallets = by or [attesters()[place % ATTESTERS] for place in chosen]
    return encode_attest(
        account=account,
        tier=tier,
        tier_expiry_ms=Milliseconds(until_ms),
        attested_ms=Milliseconds(said_ms),
        attestations=[
            encode_attestation(attester=place, signature=wallet.sign_digest(signed))
            for place, wallet in zip(chosen, wallets, strict=True)
        ],
    )
