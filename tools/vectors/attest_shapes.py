"""Attestations: their fields at each end, with the signatures of attesters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.wire.constants import ATTESTED_MS_MAX, ATTESTERS_MAX
from tools.vectors.encoders import START_MS, ends_of
from tools.vectors.signed_op import attested, credited
from tools.vectors.signers import attesters, signer

ATTEST: Final[dict[str, Any]] = {
    "account": 1,
    "tier": 2,
    "tier_expiry_ms": START_MS + 365 * 86_400_000,
    "attested_ms": START_MS,
}
UNATTEST: Final = {**ATTEST, "tier": 0, "tier_expiry_ms": 0}
CREDIT: Final[dict[str, Any]] = {
    "account": 1,
    "limit_micro_usd": 5_000_000_000,
    "credit_minutes": 2 * 24 * 60,
    "guarantor": 2,
    "credited_ms": START_MS,
}
NO_CREDIT: Final = {**CREDIT, "limit_micro_usd": 0, "credit_minutes": 0, "guarantor": 0}
_TERMS: Final = {
    "no time": 0,
    "a millisecond": 1,
    "the longest time": ATTESTED_MS_MAX,
    "longer than that": ATTESTED_MS_MAX + 1,
}


def of_attesters(fields: dict[str, Any], count: int = 2) -> dict[str, Any]:
    """Return the fields of an Attest that this many attesters sign."""
    return attested(fields, list(enumerate(attesters(count))))


def credit_shapes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a name and the fields of each AttestCredit, some of them out of range."""
    by, guarantor = list(enumerate(attesters(2))), signer("trader 2")
    yield "5,000 USD for two days", credited(CREDIT, by, [guarantor])
    yield "it is taken away", credited(NO_CREDIT, by)
    for count in (0, 2, 3):
        yield f"{count} consents", credited(CREDIT, by, [guarantor] * count)
    yield "none, a consent", credited(NO_CREDIT, by, [guarantor])
    for count in (1, ATTESTERS_MAX, 0, ATTESTERS_MAX + 1):
        found = credited(CREDIT, list(enumerate(attesters(count))), [guarantor])
        yield f"by {count} attesters", found
    for label, fields in ends_of("ATTEST_CREDIT", CREDIT):
        yield label, credited(fields, by, [guarantor])
    for label, fields in ends_of("ATTEST_CREDIT", NO_CREDIT):
        yield f"none, {label}", credited(fields, by)


def attest_shapes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a name and the fields of each Attest, some of them out of range."""
    yield "tier 2 for a year", of_attesters(ATTEST)
    yield "the tier is taken away", of_attesters(UNATTEST)
    for count in (1, ATTESTERS_MAX, 0, ATTESTERS_MAX + 1):
        yield f"by {count} attesters", of_attesters(ATTEST, count)
    for label, fields in ends_of("ATTEST", ATTEST):
        yield label, of_attesters(fields)
    for label, fields in ends_of("ATTEST", UNATTEST):
        yield f"none, {label}", of_attesters(fields)
    for label, term_ms in _TERMS.items():
        yield f"for {label}", of_attesters({**ATTEST, "tier_expiry_ms": START_MS + term_ms})
    for place in (1, 255):
        yield f"an attester at {place}", attested(ATTEST, [(place, signer("attester 1"))])
