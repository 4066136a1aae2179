"""What the dispute of a segment would cost on L1 now.

L1 itself is asked, by `eth_call`: the least gas with which it comes to a verdict. Of a right claim
that verdict is a revert, so no endpoint estimates it; what a disproof writes comes on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.l1 import CallReverted, EndpointFailed, L1Client
from strikeproof.l1.endpoint import Endpoint
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.verifier.state.rollup_abi import read_error

NOBODY: Final = bytes(19) + b"\x01"
GAS_LEAST: Final = 125_000
PRECISION: Final = 40  # the search ends when it knows the gas to one part in this many
DISPROOF_WRITES_GAS: Final = 145_000
"""Deleting the claim, slashing, holding the reward: seven slots, two of them fresh."""
_VERDICT: Final = "ClaimIsCorrect"
_NEVER: Final = ("ClaimIsFinal", "UnknownClaim")


@dataclass(frozen=True, slots=True)
class DisputePrice:
    """Gas and ether of a challenge."""

    gas: int | None
    """With the writes of a disproof; None: L1 comes to no verdict, with any gas."""
    refusal: str
    """Why it comes to none: the Rollup's error, as `ClaimIsFinal`, or why no endpoint answered.
    Empty: it comes to one."""
    base_fee_wei: int
    calldata_bytes: int

    @property
    def cost_wei(self) -> int | None:
        """At the base fee of L1's newest block, without a tip."""
        return None if self.gas is None else self.gas * self.base_fee_wei


def dispute_price(
    client: L1Client, rollup: bytes, data: bytes, *, is_disproof: bool
) -> DisputePrice:
    """Return what the challenge of this calldata costs. Raises what reading L1's head raises."""
    base_fee_wei = client.head().base_fee_wei
    gas, refusal = None, ""
    for endpoint in client.awake():
        try:
            gas, refusal = _least_gas(endpoint, rollup, data)
        except EndpointFailed as failed:
            refusal = failed.reason  # not its text, which names the endpoint
        if gas is not None:
            break
    if gas is not None and not is_disproof:
        gas = min(TRANSACTION_GAS_MAX, gas + DISPROOF_WRITES_GAS)
    return DisputePrice(gas, refusal, base_fee_wei, len(data))


def _least_gas(endpoint: Endpoint, rollup: bytes, data: bytes) -> tuple[int | None, str]:
    """Return the least gas with which the endpoint comes to a verdict, or None and why not."""
    too_little, enough = GAS_LEAST, 2 * GAS_LEAST
    while answer := _answer(endpoint, rollup, data, enough):
        if enough == TRANSACTION_GAS_MAX or answer in _NEVER:
            return None, answer
        too_little, enough = enough, min(TRANSACTION_GAS_MAX, 2 * enough)
    while enough - too_little > enough // PRECISION:
        middle = (too_little + enough) // 2
        if _answer(endpoint, rollup, data, middle):
            too_little = middle
        else:
            enough = middle
    return enough, ""


def _answer(endpoint: Endpoint, rollup: bytes, data: bytes, gas: int) -> str:
    """Return empty if L1 comes to a verdict with this gas, else what it says instead."""
    try:
        endpoint.call(rollup, data, sender=NOBODY, gas=gas)
    except CallReverted as reverted:
        name = read_error(reverted.data).name
        return "" if name == _VERDICT else name or "out of gas"
    except EndpointFailed as failed:
        if "gas" not in failed.reason.lower():
            raise
        return failed.reason  # out of gas, in the words of some nodes
    return ""
