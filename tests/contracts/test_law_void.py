"""A void segment asks for no record and no advice that its whole would not ask for.

Whoever proves one has executed all of it, as if it had declared enough. What the law makes of a
margin test that its declaration cuts short stays within that.
"""

from __future__ import annotations

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.wire.constants import COMPUTE_WEIGHT_MAX, WITNESS_WEIGHT_MAX
from strikeproof.wire.errors import Result
from tests.agreement.law_host import run_prefilled
from tests.contracts.law_world import ALICE, BOB, GTC, IOC, MARK, SELL, Action, World, place

STEP = 53  # bytes; what a touch adds is more


@pytest.fixture(scope="module")
def world() -> World:
    """Alice bids in three instruments for most of her margin, Bob asks in the first; the marks of
    the second and the third are still to be touched when her margin is tested in the first."""
    found = World(available_evms()[-1])
    found.open(instruments=3, underlyings=3)
    for owner in (1, 2):
        found.register(owner, 10_000)
    for underlying in (1, 2, 3):
        found.set_price(MARK / 10, underlying)
    bids = [place(each, GTC, MARK - 9, lots) for each, lots in ((1, 9_000), (2, 4_900), (3, 4_900))]
    assert found.act(ALICE, *bids) == [Result.OK] * 3
    assert found.act(BOB, *[place(1, GTC | SELL, MARK + up, 2_000) for up in (1, 2)]) == [0, 0]
    return found


@pytest.mark.parametrize("short", ["compute", "witness"])
@pytest.mark.parametrize(
    "action",
    [place(1, GTC, MARK - 10, 2_000), place(1, IOC, MARK + 1, 2_000)],
    ids=["an order that would rest", "an order that would take"],
)
def test_a_test_that_is_cut_short_leads_nowhere_else(
    world: World, action: Action, short: str
) -> None:
    ops = world.bundle(ALICE, action)
    whole = world.dry_run(world.segment(ops))
    assert whole.results == bytes([Result.OK, Result.MARGIN_INSUFFICIENT])
    records = {each: world.state.get(each, b"") for each in whole.loaded}
    declared = {"compute": COMPUTE_WEIGHT_MAX, "witness": WITNESS_WEIGHT_MAX}
    used = getattr(whole, short)
    step = STEP if short == "witness" else used // 40
    for most in (*range(0, used, step), used - 1):
        segment = world.segment(ops, **{**declared, short: most})
        result = run_prefilled(segment, records, engine=world.engine)
        assert result.is_void
