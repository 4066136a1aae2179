"""Portfolio margin by ops alone (attack 52): each scenario of
tests/unit/core/test_portfolio_margin.py that changes nothing behind the engine's back runs again,
its inputs on the law."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.record_key import ID_BITS
from strikeproof.wire import layout
from strikeproof.wire.constants import WITNESS_WEIGHT_MAX
from strikeproof.wire.errors import Result
from tests.agreement.comparison import Comparison, declaring
from tests.agreement.edges import field_of, with_field
from tests.agreement.law_host import EVM
from tests.agreement.played_again import play_again
from tests.unit.core import test_portfolio_margin as scenarios
from tests.unit.core.blocks import BUY, block
from tests.unit.core.option_venue import CALL, STRIKE
from tests.unit.core.scripted_venue import DOMAIN
from tests.unit.core.test_portfolio_margin import PortfolioVenue

SCENARIOS = (
    scenarios.test_hedged_account_comes_under_portfolio_margin_and_may_withdraw_more,
    scenarios.test_initial_margin_binds_to_the_last_micro_usd,
    scenarios.test_initial_margin_binds_to_the_last_micro_usd_at_an_older_price,
    scenarios.test_equity_below_ten_thousand_dollars_is_too_little,
    scenarios.test_what_portfolio_margin_does_not_cover_is_refused,
    scenarios.test_perpetuals_that_are_no_whole_wads_are_refused,
    scenarios.test_options_of_more_expiries_than_eight_are_refused,
    scenarios.test_old_prices_and_old_arrays_say_nothing,
    scenarios.test_old_price_says_nothing_of_perpetuals_either,
    scenarios.test_orders_and_triggers_end_where_portfolio_margin_begins,
    scenarios.test_system_ops_leave_a_portfolio_account_alone,
    scenarios.test_perpetuals_below_maintenance_come_under_standard_margin,
    scenarios.test_block_trade_needs_portfolio_margin_of_each_party_that_is_under_it,
    scenarios.test_credit_and_portfolio_margin_exclude_each_other,
    scenarios.test_what_an_account_granted_before_portfolio_margin_is_renewed_and_comes_back,
    scenarios.test_weights_are_those_of_a_revaluation,
)


def test_refused_block_of_a_void_segment_asks_for_no_record_of_a_revaluation() -> None:
    """Legs are not traded once the declaration is passed: what a test behind them would read, the
    whole of a segment whose leg is refused does not bring."""
    venue = PortfolioVenue()
    assert venue.set_mode(1) == Result.OK
    assert block(venue, 1, 2, (99, BUY, STRIKE, 5)) == Result.UNKNOWN_INSTRUMENT
    comparison = Comparison(Engine.genesis(DOMAIN), EVM)
    *before, refused = venue.inputs
    for data in before:
        comparison.execute(data)
    used = venue.last.compute_weight
    for compute in range(0, used, used // 40):
        declared = compute.to_bytes(3, "big") + WITNESS_WEIGHT_MAX.to_bytes(3, "big")
        assert comparison.execute(declaring(refused, declared)).is_void
    assert comparison.execute(refused).results == bytes((Result.UNKNOWN_INSTRUMENT,))


@pytest.mark.parametrize("is_there", [True, False], ids=["older", "none"])
def test_array_that_is_not_of_the_latest_pricing_says_nothing(is_there: bool) -> None:
    """No op leads there: a Reprice writes array and mark at once. So the state is edited."""
    venue = PortfolioVenue()
    venue.trade(1, 2, CALL, 5)
    assert venue.set_mode(1) == Result.OK
    comparison = Comparison(Engine.genesis(DOMAIN), EVM)
    for data in venue.inputs:
        comparison.execute(data)

    key, name = layout.ARRAY_KIND << ID_BITS | CALL, "priced_ms"

    def hide(state: dict[int, bytes]) -> None:
        array = state.pop(key)
        comparison.forest.update({key: b""})
        if is_there:
            older = field_of(array, layout.ARRAY_GROUP, name) - 1
            state[key] = with_field(array, layout.ARRAY_GROUP, name, older)

    assert venue.revalue(1) == Result.OK
    revalue = venue.inputs[-1]
    assert comparison.execute(revalue).results == bytes((Result.OK,))
    comparison.craft(hide)
    assert comparison.execute(revalue).results == bytes((Result.PORTFOLIO_STALE,))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_law_agrees(scenario: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    play_again(scenarios, "PortfolioVenue", scenario, monkeypatch)
