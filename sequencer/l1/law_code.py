"""The deployed law: its code, checked against its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strikeproof.deployment import Deployment
from strikeproof.keccak import keccak256
from strikeproof.l1 import L1Client
from strikeproof.sequencer.l1.contract_abi import address_bytes
from strikeproof.sequencer.l1.venue_mismatch import VenueMismatch


@dataclass(frozen=True, slots=True)
class LawCode:
    """A law as L1 has it: its id, its root contract, and all code by address."""

    law_id: bytes
    root: bytes
    codes: Mapping[bytes, bytes]


def read_law_code(client: L1Client, deployment: Deployment) -> LawCode:
    """Return the code of the deployment's law. Raises `VenueMismatch` if L1 has another there."""
    addresses = [address_bytes(each) for each in (deployment.law, *deployment.law_modules)]
    codes = {each: client.code(each) for each in addresses}
    law_id = keccak256(b"".join(keccak256(codes[each]) for each in addresses))
    expected = address_bytes(deployment.law_id)
    if law_id != expected:
        raise VenueMismatch("law id", found=law_id, expected=expected)
    return LawCode(law_id, addresses[0], codes)
