"""The deployed law: the code of its families and modules, checked against its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from strikeproof.deployment import Deployment
from strikeproof.keccak import keccak256
from strikeproof.l1 import L1Client
from strikeproof.sequencer.l1.contract_abi import address_bytes
from strikeproof.sequencer.l1.venue_mismatch import VenueMismatch

LAW_ID_TEXT: Final = b"strikeproof law 2"


@dataclass(frozen=True, slots=True)
class LawCode:
    """A law as L1 has it: its id, its families' contracts, and all code by address."""

    law_id: bytes
    families: tuple[bytes, ...]
    """In the order of the families' numbers, from 1."""
    codes: Mapping[bytes, bytes]


def read_law_code(client: L1Client, deployment: Deployment) -> LawCode:
    """Return the code of the deployment's law. Raises `VenueMismatch` if L1 has another there."""
    families = tuple(address_bytes(each) for each in deployment.laws)
    addresses = [*families, *(address_bytes(each) for each in deployment.law_modules)]
    codes = {each: client.code(each) for each in addresses}
    law_id = keccak256(LAW_ID_TEXT + b"".join(keccak256(codes[each]) for each in addresses))
    expected = address_bytes(deployment.law_id)
    if law_id != expected:
        raise VenueMismatch("law id", found=law_id, expected=expected)
    return LawCode(law_id, families, codes)
