"""Options by ops alone: the numbers that must come out, on the engine and on the law.

Each test of tests/unit/core/test_options.py that is named here runs again, its inputs on the law.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strikeproof.bench.pure_evm import available_evms
from strikeproof.sequencer.core.engine import Engine
from tests.agreement.comparison import Comparison
from tests.unit.core import test_options as scenarios
from tests.unit.core.option_venue import OptionVenue
from tests.unit.core.scripted_venue import DOMAIN

EVM = "revm" if "revm" in available_evms() else "py-evm"
SCENARIOS = (
    scenarios.test_pair_is_listed_with_consecutive_numbers_and_cannot_trade_before_it_is_priced,
    scenarios.test_reprice_stores_what_the_kernel_says,
    scenarios.test_mark_follows_the_index_by_delta_and_gamma,
    scenarios.test_overdue_option_admits_only_fills_that_shrink_both_sides,
    scenarios.test_overdue_both_shrink,
    scenarios.test_resting_bid_reserves_its_premium_and_an_offer_what_the_short_will_ask_for,
    scenarios.test_premium_caps_the_fee,
    scenarios.test_account_with_options_has_at_most_eight_underlyings,
    scenarios.test_bundle_meets_as_many_makers_on_options_as_elsewhere,
    scenarios.test_o1_short_call_of_the_scenario_pays_1250,
    scenarios.test_o3_expiry_without_a_price_keeps_the_options_in_margin_then_pays_exactly,
    scenarios.test_short_below_maintenance_is_closed_leg_by_leg_at_no_worse_than_the_zero_price,
    scenarios.test_house_takes_an_option_and_is_deleveraged,
    scenarios.test_liquidation_does_not_give_a_long_away,
    scenarios.test_house_unwinds_an_option_near_its_mark_however_small_that_is,
    scenarios.test_long_house_needs_no_more_than_its_mark,
    scenarios.test_long_house_without_its_mark_is_deleveraged,
    scenarios.test_surface_outside_the_kernels_domain_prices_nothing_and_leaves_no_trace,
    scenarios.test_old_surfaces_and_hasty_pricings_are_refused,
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_law_agrees(scenario: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[OptionVenue] = []

    class Kept(OptionVenue):
        def __init__(self, *given: int, **more: int) -> None:
            super().__init__(*given, **more)
            made.append(self)

    monkeypatch.setattr(scenarios, "OptionVenue", Kept)
    scenario()
    assert made
    for venue in made:
        comparison = Comparison(Engine.genesis(DOMAIN), EVM)
        for data in venue.inputs:
            comparison.execute(data)
        assert comparison.engine.snapshot() == venue.engine.snapshot()
