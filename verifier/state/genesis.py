"""The genesis: the state before the first batch (docs/protocol/state.md)."""

from __future__ import annotations

from typing import Final

from eth_abi import encode as abi_encode

from strikeproof.keccak import keccak256
from strikeproof.verifier.state.forest import Forest
from strikeproof.wire.constants import EIP712_DOMAIN_TYPEHASH, EIP712_NAME_HASH, EIP712_VERSION_HASH
from strikeproof.wire.layout import GLOBAL_GROUP, pack_global

GLOBAL_KEY: Final = 0


def genesis_records(chain_id: int, rollup: bytes) -> dict[int, bytes]:
    """Return the records of the genesis: the global one alone."""
    domain = keccak256(
        abi_encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [EIP712_DOMAIN_TYPEHASH, EIP712_NAME_HASH, EIP712_VERSION_HASH, chain_id, rollup],
        )
    )
    return {GLOBAL_KEY: genesis_global(domain)}


def genesis_global(domain_separator: bytes) -> bytes:
    """Return the global record of the genesis: the first id of each kind is 1, all else is 0."""
    fields = dict.fromkeys((each.name for each in GLOBAL_GROUP.fields), 0)
    fields |= dict.fromkeys(
        ("version", "next_account", "next_underlying", "next_instrument", "next_expiry"), 1
    )
    fields["domain_separator"] = int.from_bytes(domain_separator, "big")
    return pack_global(**fields)


def genesis_root(chain_id: int, rollup: bytes) -> bytes:
    """Return the state root of the genesis."""
    forest = Forest()
    forest.update(genesis_records(chain_id, rollup))
    return forest.root
