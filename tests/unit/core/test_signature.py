"""Compact signatures: every malleable or degenerate form is bad (attack 14)."""

import pytest

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.signature import NO_SIGNER, SECP256K1_N, recover
from tests.unit.core.scripted_venue import address_of, compact, key_of

DIGEST = keccak256(b"a digest")
TOP = 1 << 255


def parts(signature: bytes) -> tuple[int, int, int]:
    tail = int.from_bytes(signature[32:], "big")
    return int.from_bytes(signature[:32], "big"), tail % TOP, tail // TOP


def joined(r: int, s: int, parity: int) -> bytes:
    return r.to_bytes(32, "big") + (s | parity << 255).to_bytes(32, "big")


@pytest.mark.parametrize("seed", range(8))
def test_signature_recovers_to_its_signer(seed):
    assert recover(DIGEST, compact(key_of(seed), DIGEST)) == address_of(seed)


def test_high_s_of_the_same_point_is_bad():
    r, s, parity = parts(compact(key_of(1), DIGEST))
    high = SECP256K1_N - s
    if high < TOP:  # s fits 255 bits: the form can be written down
        assert recover(DIGEST, joined(r, high, 1 - parity)) == NO_SIGNER


def test_s_one_above_the_half_is_bad():
    r, _, parity = parts(compact(key_of(1), DIGEST))
    assert recover(DIGEST, joined(r, SECP256K1_N // 2 + 1, parity)) == NO_SIGNER
    assert recover(DIGEST, joined(r, SECP256K1_N // 2, parity)) != NO_SIGNER


@pytest.mark.parametrize("r", [0, SECP256K1_N, SECP256K1_N + 1, 2**256 - 1])
def test_r_out_of_range_is_bad(r):
    _, s, parity = parts(compact(key_of(1), DIGEST))
    assert recover(DIGEST, joined(r, s, parity)) == NO_SIGNER


def test_s_zero_is_bad():
    r, _, parity = parts(compact(key_of(1), DIGEST))
    assert recover(DIGEST, joined(r, 0, parity)) == NO_SIGNER


def test_r_that_is_no_abscissa_is_bad():
    _, s, parity = parts(compact(key_of(1), DIGEST))
    assert recover(DIGEST, joined(5, s, parity)) == NO_SIGNER  # x = 5 lies on no point


def test_other_parity_is_another_signer():
    r, s, parity = parts(compact(key_of(1), DIGEST))
    assert recover(DIGEST, joined(r, s, 1 - parity)) not in (address_of(1), NO_SIGNER)


def test_other_digest_is_another_signer():
    assert recover(keccak256(b"another"), compact(key_of(1), DIGEST)) != address_of(1)
