"""The genesis: the state before the first batch (docs/protocol/state.md)."""

from __future__ import annotations

from typing import Final

from eth_abi import encode as abi_encode

from strikeproof.keccak import keccak256
from strikeproof.verifier.state.forest import Forest
from strikeproof.wire.constants import EIP712_DOMAIN_TYPEHASH, EIP712_NAME_HASH, EIP712_VERSION_HASH
from strikeproof.wire.layout import pack_global

GLOBAL_KEY: Final = 0


def genesis_records(chain_id: int, rollup: bytes) -> dict[int, bytes]:
    """Return the records of the genesis: the global one alone."""
    domain = keccak256(
        abi_encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [EIP712_DOMAIN_TYPEHASH, EIP712_NAME_HASH, EIP712_VERSION_HASH, chain_id, rollup],
        )
    )
    separator = int.from_bytes(domain, "big")
    return {
        GLOBAL_KEY: pack_global(
            version=1,
            clock_ms=0,
            next_account=1,
            next_underlying=1,
            next_instrument=1,
            reporter_count=0,
            reporter_quorum=0,
            reporter_epoch=0,
            fee_pool=0,
            insurance_fund=0,
            domain_separator=separator,
        )
    }


def genesis_root(chain_id: int, rollup: bytes) -> bytes:
    """Return the state root of the genesis."""
    forest = Forest()
    forest.update(genesis_records(chain_id, rollup))
    return forest.root
