"""Portfolio margin by ops alone: each scenario of tests/unit/core/test_portfolio_margin.py that
changes nothing behind the engine's back runs again, its inputs on the law."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.sequencer.core.engine import Engine
from tests.agreement.comparison import Comparison
from tests.unit.core import test_portfolio_margin as scenarios
from tests.unit.core.scripted_venue import DOMAIN
from tests.unit.core.test_portfolio_margin import PortfolioVenue

EVM = "revm" if "revm" in available_evms() else "py-evm"
SCENARIOS = (
    scenarios.test_hedged_account_comes_under_portfolio_margin_and_may_withdraw_more,
    scenarios.test_initial_margin_binds_to_the_last_micro_usd,
    scenarios.test_equity_below_ten_thousand_dollars_is_too_little,
    scenarios.test_what_portfolio_margin_does_not_cover_is_refused,
    scenarios.test_perpetuals_that_are_no_whole_wads_are_refused,
    scenarios.test_options_of_more_expiries_than_eight_are_refused,
    scenarios.test_old_prices_and_old_arrays_say_nothing,
    scenarios.test_orders_and_triggers_end_where_portfolio_margin_begins,
    scenarios.test_system_ops_leave_a_portfolio_account_alone,
    scenarios.test_account_below_maintenance_comes_under_standard_margin_and_is_liquidated,
    scenarios.test_block_trade_needs_portfolio_margin_of_each_party_that_is_under_it,
    scenarios.test_credit_and_portfolio_margin_exclude_each_other,
    scenarios.test_what_an_account_granted_before_portfolio_margin_is_renewed_and_comes_back,
    scenarios.test_weights_are_those_of_a_revaluation,
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_law_agrees(scenario: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[PortfolioVenue] = []

    class Kept(PortfolioVenue):
        def __init__(self, *given: int, **more: int) -> None:
            super().__init__(*given, **more)
            made.append(self)

    monkeypatch.setattr(scenarios, "PortfolioVenue", Kept)
    scenario()
    assert made
    for venue in made:
        comparison = Comparison(Engine.genesis(DOMAIN), EVM)
        for data in venue.inputs:
            comparison.execute(data)
        assert comparison.engine.snapshot() == venue.engine.snapshot()
