"""Credit as tests say it: the attesters of `attestation_ops`, and the keys of a guarantor."""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.client.typed_data import digest, hash_credit
from strikeproof.client.wallet import Wallet
from strikeproof.wire.constants import MINUTE_MS
from strikeproof.wire.operations import (
    encode_attest_credit,
    encode_credit_attestation,
    encode_release_credit,
)
from strikeproof.wire.units import MicroUsd, Milliseconds, Minutes
from tests.attestation_ops import ATTESTERS, attesters

DAY_MINUTES = 24 * 60
DAY_MS = DAY_MINUTES * MINUTE_MS


def credit_digest(
    domain: bytes, account: int, limit: int, said_ms: int, guarantor: int, minutes: int
) -> bytes:
    """Return what attesters and the guarantor sign."""
    return digest(domain, hash_credit(account, limit, minutes, guarantor, said_ms))


def say_credit(
    domain: bytes,
    account: int,
    limit: int,
    said_ms: int,
    guarantor: int,
    *consenting: Wallet,
    minutes: int = 2 * DAY_MINUTES,
    places: Sequence[int] = (0, 1),
    by: Sequence[Wallet] = (),
) -> bytes:
    """Return an AttestCredit of attesters 0 and 1, or of those at these places, with consents;
    `by`: who signs as attesters."""
    signed = credit_digest(domain, account, limit, said_ms, guarantor, minutes)
    wallets = by or [attesters()[place % ATTESTERS] for place in places]
    return encode_attest_credit(
        account=account,
        limit_micro_usd=MicroUsd(limit),
        credit_minutes=Minutes(minutes),
        guarantor=guarantor,
        credited_ms=Milliseconds(said_ms),
        attestations=[
            encode_credit_attestation(attester=place, signature=wallet.sign_digest(signed))
            for place, wallet in zip(places, wallets, strict=True)
        ],
        consents=[each.sign_digest(signed) for each in consenting],
    )


def revoke_credit(domain: bytes, account: int, said_ms: int, *places: int) -> bytes:
    """Return an AttestCredit that takes credit away."""
    return say_credit(domain, account, 0, said_ms, 0, minutes=0, places=places or (0, 1))


def release_credit(account: int) -> bytes:
    """Return a ReleaseCredit."""
    return encode_release_credit(account=account)
