"""Signed triggers of a world's accounts."""

from __future__ import annotations

from tests.contracts.law_ops import NEVER, STOP, digest, op, trigger_body
from tests.contracts.law_world import World


def trigger_op(world: World, account: int, at: int, **terms: int) -> bytes:
    """Return a SetTrigger that the owner signed: a stop-loss of a long of ten lots at place 0 of
    instrument 1, unless given otherwise. `at`: its price in ticks."""
    terms = {**STOP, "trigger_price": at * 10**8, **terms}
    body, hashed = trigger_body(account, world.next_nonce(account, 0), NEVER, terms)
    return op(11, body + world.owner_of(account).sign(digest(hashed)))
