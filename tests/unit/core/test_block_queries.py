"""What a block trade would do to a margin, against what it then does."""

from __future__ import annotations

from random import Random

import pytest

from strikeproof.sequencer.core.block_settlement import BlockLeg
from strikeproof.sequencer.core.state_view import MarginView
from strikeproof.wire.errors import Result
from tests.unit.core.blocks import Leg, block
from tests.unit.core.option_venue import CALL, PUT, OptionVenue
from tests.unit.core.scripted_venue import USD, ScriptedVenue

MARK = 300_000
BAND = 30_000  # ticks


def margin_of(venue: ScriptedVenue, account: int) -> MarginView:
    view = venue.engine.account(account)
    assert view is not None
    return MarginView(view.equity, view.initial_margin, view.maintenance_margin)


def half(legs: list[Leg], *, swapped: bool) -> list[BlockLeg]:
    """Return the legs as the submitter sees them, or its counterparty."""
    return [BlockLeg(instrument, int(bool(sell) != swapped), *at) for instrument, sell, *at in legs]


def check(venue: ScriptedVenue, legs: list[Leg]) -> Result:
    """Ask for both parties' margins, trade, and compare."""
    blocks = venue.engine.blocks()
    before = venue.engine.snapshot()
    asked = {
        account: blocks.margin(account, half(legs, swapped=account == 2)) for account in (1, 2)
    }
    assert venue.engine.snapshot() == before
    now = {account: margin_of(venue, account) for account in (1, 2)}
    code = block(venue, 1, 2, *legs)
    for account, found in asked.items():
        assert found is not None
        assert found.before == now[account]
        if code == Result.OK:
            assert found.after == margin_of(venue, account)
    passes = all(each is not None and each.passes for each in asked.values())
    assert passes == (code == Result.OK)
    return code


@pytest.mark.parametrize("seed", range(6))
def test_what_is_asked_before_is_what_comes_of_it(seed: int) -> None:
    random = Random(seed)
    venue = ScriptedVenue(accounts=2)
    venue.list_instrument()
    codes = set()
    for _ in range(60):
        legs: list[Leg] = [
            (
                instrument,
                random.randrange(2),
                MARK + random.randrange(-BAND // 2, BAND // 2),
                random.randint(1, 40),
            )
            for instrument in (1, 2)
            if random.random() < 0.7
        ]
        if not legs:
            continue
        if random.random() < 0.3:
            equity = random.randint(-200, 2_000) * USD
            poor = random.choice((1, 2))
            record = venue.engine._state.accounts[poor]
            record.collateral += equity - margin_of(venue, poor).equity
        codes.add(check(venue, legs))
    assert codes == {Result.OK, Result.MARGIN_INSUFFICIENT}


def test_options_count_too() -> None:
    venue = OptionVenue(accounts=2)
    venue.fresh()
    call, put = venue.mark(CALL).price, venue.mark(PUT).price
    assert check(venue, [(CALL, 0, call, 10), (PUT, 1, put, 10)]) == Result.OK
    assert check(venue, [(CALL, 1, call, 25)]) == Result.OK


def test_nobody_and_nothing_have_no_margin() -> None:
    venue = ScriptedVenue(accounts=2)
    blocks = venue.engine.blocks()
    assert blocks.margin(9, [BlockLeg(1, 0, MARK, 1)]) is None
    assert blocks.margin(1, [BlockLeg(9, 0, MARK, 1)]) is None
