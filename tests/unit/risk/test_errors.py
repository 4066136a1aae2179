"""Refusals: the same argument in both languages, and numbers as people write them."""

import pytest

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.scenario_array import scenario_arrays

RULES = MarginParameters()
GRID = RULES.grid()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OutOfDomain("forward", 3 * 10**14 * ONE, 0, ONE), "forward = 300000000000000 is outside"),
        (OutOfDomain("vol", -ONE // 2, 0, ONE), "vol = -0.5 is outside [0, 1]"),
        (OutOfDomain("seconds", 1 << 32, 0, 9), "seconds = 4294967296 is outside [0, 9]"),
        (OutOfDomain("variance", -(1 << 95), 0, 1 << 96), "variance = -0.5 is outside [0, 1]"),
        (OutOfDomain("moving", 10**36, 0, 1), "moving = 1 is outside [0, 0." + 35 * "0" + "1]"),
        (OutOfDomain("product", 7, 0, 1), "product = 7 is outside [0, 1]"),
    ],
)
def test_values_are_shown_in_their_own_unit(error, text):
    assert str(error).startswith(text)


def test_the_first_lane_that_fails_is_named_as_solidity_names_it():
    """With a forward of 3·10^14 the lowest lane does not fit already; the highest would leave the
    domain of prices as well, but Solidity never gets there."""
    terms = expiry_terms(ExpiryFeed(86_400, 3 * 10**14 * ONE, 0), RULES)
    with pytest.raises(OutOfDomain) as caught:
        scenario_arrays(GRID, terms, 60_000 * ONE, ONE // 2)
    assert caught.value.name == "lane"


def test_a_strike_beyond_words_is_refused_and_not_shifted_away():
    terms = expiry_terms(ExpiryFeed(86_400, 60_000 * ONE, 0), RULES)
    with pytest.raises(OutOfDomain) as caught:
        scenario_arrays(GRID, terms, 1 << 255, ONE // 2)
    assert caught.value.name == "strike"
