"""The law undoes an atomic bundle whole: fills, rests, cancels, and those whom they met."""

from __future__ import annotations

import pytest

from strikeproof.wire.errors import Result
from tests.contracts.law_world import ALICE, BOB, CAROL, GTC, IOC, MARK, SELL, cancel, place, venue

UNKNOWN = place(9, GTC, MARK, 1)
UNDONE = Result.ATOMIC_UNDONE


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_what_was_done_before_the_failure_is_undone(fails_at: int) -> None:
    world = venue()
    assert world.act(BOB, place(1, GTC | SELL, MARK, 10)) == [Result.OK]
    assert world.act(ALICE, place(1, GTC, MARK - 5, 3)) == [Result.OK]
    state = dict(world.state)
    actions = [place(1, IOC, MARK, 4), place(1, GTC, MARK - 1, 2), cancel(1, 2, 2)]
    actions.insert(fails_at, UNKNOWN)
    codes = world.act(ALICE, *actions, atomic=1)
    assert codes == [Result.UNKNOWN_INSTRUMENT if at == fails_at else UNDONE for at in range(4)]
    changed = {key for key, record in world.state.items() if state.get(key) != record}
    assert {key >> 56 for key in changed} <= {0, 2}, "the venue's clock and the session's nonce"


def test_a_maker_that_was_passed_stays_where_it_was() -> None:
    world = venue()
    for maker in (BOB, CAROL):
        assert world.act(maker, place(1, GTC | SELL, MARK, 10)) == [Result.OK]
    before = world.levels(True)
    world.act(ALICE, place(1, IOC, MARK, 15), UNKNOWN, atomic=1)
    assert world.levels(True) == before
    assert world.act(ALICE, place(1, IOC, MARK, 15)) == [Result.OK]
    sizes = {maker: world.account(maker).positions[1]["size"] for maker in (BOB, CAROL)}
    assert sizes == {BOB: -10, CAROL: -5}, "who came first is first"


def test_without_a_failure_it_is_like_any_bundle() -> None:
    one, other = venue(), venue()
    for world, atomic in ((one, 0), (other, 1)):
        world.act(BOB, place(1, GTC | SELL, MARK, 10))
        assert world.act(
            ALICE, place(1, IOC, MARK, 4), place(1, GTC, MARK - 1, 2), atomic=atomic
        ) == [Result.OK, Result.OK]
    assert one.state == other.state
