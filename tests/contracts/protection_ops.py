"""SetProtection ops of a world's accounts."""

from __future__ import annotations

from strikeproof.keccak import keccak256
from strikeproof.wire import constants as c
from strikeproof.wire.constants import OpType
from strikeproof.wire.operations import encode_set_protection_body
from tests.contracts.law_ops import NEVER, digest, op, words
from tests.contracts.law_world import World


def protection_op(world: World, account: int, *limits: int) -> bytes:
    """Return a SetProtection that the owner signed: underlying, window, freeze, most lots, delta
    and vega."""
    underlying, window_ms, freeze_ms, lots_max, delta_max, vega_max = limits
    nonce = world.next_nonce(account, 0)
    body = encode_set_protection_body(
        account=account,
        session=0,
        nonce=nonce,
        expiry_ms=NEVER,
        underlying=underlying,
        window_ms=window_ms,
        freeze_ms=freeze_ms,
        lots_max=lots_max,
        delta_max=delta_max,
        vega_max=vega_max,
    )
    head = (c.SET_PROTECTION_TYPEHASH, account, 0, nonce, NEVER)
    signed = digest(keccak256(words(*head, *limits, 0)))
    return op(OpType.SET_PROTECTION, body + world.owner_of(account).sign(signed))
