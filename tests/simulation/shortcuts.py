"""What a simulation may spare: the same answers as the node's own code gives, sooner.

Logs are decoded once for all lives of a node, and transactions are signed without the checks of a
wallet's library; `test_shortcuts` holds both against the originals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import rlp
from coincurve import PrivateKey
from eth_abi import decode

from strikeproof.keccak import keccak256
from strikeproof.keystore import Signer
from strikeproof.sequencer.l1 import contract_abi
from tests.simulation.seams import Seams


@lru_cache(1 << 16)
def _decoded(types: tuple[str, ...], data: bytes) -> tuple[Any, ...]:
    return decode(types, data)


def decode_once(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Decode ABI data, or remember what it was. Raises what `eth_abi.decode` does."""
    return _decoded(tuple(types), bytes(data))


def sign_transaction(key: PrivateKey, transaction: Mapping[str, Any]) -> bytes:
    """Return the raw signed bytes of an EIP-1559 transaction without an access list."""
    fields = [
        transaction["chainId"],
        transaction["nonce"],
        transaction["maxPriorityFeePerGas"],
        transaction["maxFeePerGas"],
        transaction["gas"],
        bytes.fromhex(transaction["to"][2:]),
        transaction["value"],
        transaction["data"],
        [],
    ]
    digest = keccak256(b"\2" + rlp.encode(fields))
    signature = key.sign_recoverable(digest, hasher=None)
    r, s = (int.from_bytes(each, "big") for each in (signature[:32], signature[32:64]))
    return b"\2" + bytes(rlp.encode([*fields, signature[64], r, s]))


def install(key: bytes, seams: Seams, on_signed: Callable[[bytes, bytes, int], None]) -> None:
    """Let the node take the shortcuts. `key`: its only one; `on_signed`: hears of each recipient,
    data and nonce that it signs."""
    private = PrivateKey(key)
    seams.replace(contract_abi, "decode", decode_once)

    def sign(signer: Signer, transaction: Mapping[str, Any]) -> bytes:
        to = bytes.fromhex(transaction["to"][2:])
        on_signed(to, transaction["data"], transaction["nonce"])
        return sign_transaction(private, transaction)

    seams.replace(Signer, "sign_transaction", sign)
