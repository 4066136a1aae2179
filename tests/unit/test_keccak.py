"""The one hash function, against published digests and eth-hash, in every process."""

import subprocess
import sys

import pytest
from eth_hash.auto import keccak as reference

from strikeproof.keccak import CHECKED_LENGTHS, WrongHash, check_hash, keccak256


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


def test_hash_is_that_of_eth_hash_on_700_lengths() -> None:
    check_hash(keccak256, range(700))


@pytest.mark.parametrize("length", CHECKED_LENGTHS)
def test_hash_that_is_wrong_on_one_length_is_refused(length: int) -> None:
    def wrong(data: bytes) -> bytes:
        return bytes(32) if len(data) == length else reference(data)

    with pytest.raises(WrongHash) as caught:
        check_hash(wrong)
    assert (caught.value.length, caught.value.digest) == (length, bytes(32))


@pytest.mark.parametrize("package", ["sequencer.core.engine", "verifier.state.forest"])
def test_nothing_that_hashes_starts_with_a_wrong_hash(package: str) -> None:
    program = (
        "import tiny_keccak; right = tiny_keccak.keccak256;"
        "tiny_keccak.keccak256 = lambda data: right(data + bytes(len(data) == 136));"
        f"import strikeproof.{package}"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode
    assert "WrongHash: the hash of 136 bytes is" in done.stderr
