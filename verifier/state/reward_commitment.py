"""The commitment that reserves a reward: made before the proof is disclosed, so that whoever copies
the proof from the mempool gets nothing for it.

Source: docs/protocol/challenges.md.
"""

from __future__ import annotations

from eth_abi import encode as abi_encode

from strikeproof.keccak import keccak256


def reward_commitment(
    caller: bytes, claim_hash: bytes, segment: int, right_root: bytes, salt: bytes
) -> bytes:
    """Return what a challenger commits to before it discloses its proof."""
    types = ["address", "bytes32", "uint32", "bytes32", "bytes32"]
    return keccak256(abi_encode(types, [caller, claim_hash, segment, right_root, salt]))
