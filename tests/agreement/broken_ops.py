"""Ops and signatures that are bent, cut or made up: the law must refuse them and never revert."""

from __future__ import annotations

from random import Random
from struct import pack
from typing import Final

from strikeproof.wire.operations import frame_op
from tests.agreement.numbers import boundary

CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def broken(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    match random.randrange(5):
        case 0:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        case 1:
            body = bytes(changed[3:]) + random.randbytes(random.randrange(1, 4))
            return frame_op(type=data[0], body=body)
        case 2:
            body = bytes(changed[3 : -random.randrange(1, 66)])
            return frame_op(type=data[0], body=body)
        case 3:
            changed[0] = random.randrange(256)
        case _:
            changed[1:3] = pack(">H", boundary(random, 16))
    return bytes(changed)


def garbage(random: Random) -> bytes:
    body = random.randbytes(random.choice([0, 1, 13, 64, 65, 90, 200]))
    return frame_op(type=random.choice([0, 1, 2, 3, 4, 5, 6, 12, 255]), body=body)


def bent(random: Random, signature: bytes) -> bytes:
    """Return a malleated, degenerate or random signature."""
    r, packed = signature[:32], int.from_bytes(signature[32:], "big")
    parity, s = packed >> 255, packed & (2**255 - 1)
    other = CURVE_ORDER - s
    return random.choice(
        [
            r + (other | (1 - parity) << 255 & 2**256 - 1).to_bytes(32, "big")
            if other < 2**255
            else r + bytes(32),
            r + (packed ^ 1 << 255).to_bytes(32, "big"),
            bytes(32) + signature[32:],
            r + bytes(32),
            CURVE_ORDER.to_bytes(32, "big") + signature[32:],
            b"\xff" * 64,
            random.randbytes(64),
            r + (CURVE_ORDER // 2 + 1).to_bytes(32, "big"),
        ]
    )
