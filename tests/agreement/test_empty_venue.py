"""A venue in which nothing is listed yet executes what it is sent, as any other does."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import message_input, ordered_input
from strikeproof.wire.constants import ACTIONS_MAX, MessageKind
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_place, encode_replace, frame_message
from tests.agreement.comparison import Comparison
from tests.unit.core.scripted_venue import DOMAIN, ScriptedVenue, segment_of

ORDERS = {
    "place": encode_place(instrument=1, flags=0, price=5, lots=7),
    "replace": encode_replace(
        instrument=1, slot=1, serial=1, flags=0, price=5, lots=7, expiry_ms=0
    ),
}


def empty_venue() -> tuple[ScriptedVenue, Comparison]:
    """Return a funded account before the first listing, in engine and law."""
    venue = ScriptedVenue()
    venue.engine = Engine.genesis(DOMAIN)
    venue.inputs.clear()
    venue.deposit(venue.register(), 10**9)
    both = Comparison(Engine.genesis(DOMAIN))
    for each in venue.inputs:
        both.execute(each)
    return venue, both


@pytest.mark.parametrize("count", [1, ACTIONS_MAX])
@pytest.mark.parametrize("action", ORDERS)
def test_orders_of_an_instrument_that_nobody_listed_are_refused(action: str, count: int) -> None:
    """The engine had no bound for siblings of orders in no instrument: IndexError, for a signed op
    and for one of L1."""
    venue, both = empty_venue()
    op = venue.bundle_op(1, *[ORDERS[action]] * count)
    found = both.execute(ordered_input(segment_of(venue.now, op), venue.now))
    assert found.results == bytes([Result.OK, *[Result.UNKNOWN_INSTRUMENT] * count])
    forced = venue.bundle_op(1, *[ORDERS[action]] * count)
    message = frame_message(
        kind=MessageKind.USER_OP, sender=bytes(20), time_ms=venue.now, payload=forced
    )
    assert both.execute(message_input(message, venue.now)).results == found.results
