"""The one hash function, against published digests, and its fast backend in every process."""

import subprocess
import sys

from strikeproof.keccak import keccak256


def test_digests_are_those_of_ethereum() -> None:
    # The code hash of an empty account, and the selector of ERC-20's transfer.
    assert keccak256(b"").hex() == (
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    )
    assert keccak256(b"transfer(address,uint256)")[:4].hex() == "a9059cbb"


def test_libraries_hash_with_the_fast_backend_whatever_the_environment_says() -> None:
    program = (
        "import os; os.environ['ETH_HASH_BACKEND'] = 'pycryptodome'; import {package};"
        "from eth_hash.auto import keccak; keccak(b'');"
        "assert keccak.hasher.__module__ == 'eth_hash.backends.pysha3', keccak.hasher"
    )
    for package in ("strikeproof", "sequencer", "verifier", "devnet"):
        subprocess.run([sys.executable, "-c", program.format(package=package)], check=True)
