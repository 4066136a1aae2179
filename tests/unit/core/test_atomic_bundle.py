"""A bundle that is atomic is executed whole or not at all (docs/protocol/user-ops.md)."""

from __future__ import annotations

from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_place
from tests.unit.core.scripted_venue import ScriptedVenue


def test_an_atomic_bundle_leaves_nothing_of_what_was_undone() -> None:
    venue = ScriptedVenue(accounts=2)
    mark = venue.engine.instrument(1).mark_price
    rests = encode_place(instrument=1, flags=0, price=mark - 5, lots=10)
    fails = encode_place(instrument=9, flags=0, price=mark, lots=10)
    book = venue.engine.book(1)
    (outcome,) = venue.segment(venue.bundle_op(1, rests, rests, fails, rests, atomic=1))
    assert outcome.code == Result.OK
    undone = Result.ATOMIC_UNDONE
    assert outcome.action_codes == bytes((undone, undone, Result.UNKNOWN_INSTRUMENT, undone))
    assert not outcome.events
    assert venue.engine.book(1) == book
    assert not venue.engine.account(1).positions
    (outcome,) = venue.segment(venue.bundle_op(1, rests, rests, atomic=1))
    assert outcome.action_codes == bytes((Result.OK, Result.OK))
    assert len(venue.engine.orders_of(1)) == 2
