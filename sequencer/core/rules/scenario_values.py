"""What an option is worth in each lane of the grid of portfolio margin, and its expiry's factors.

Source: docs/protocol/options.md, the array; docs/risk.md, portfolio margin.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from strikeproof.risk.kernel.errors import check_within
from strikeproof.risk.kernel.expiry_terms import terms_of_parts
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.scenario_array import scenario_arrays, words_of_array
from strikeproof.wire.layout import (
    ARRAY_CONTINGENCY_FACTOR_GREATEST,
    ARRAY_SHORT_FACTOR_GREATEST,
)

PARAMETERS: Final = MarginParameters()
GRID: Final = PARAMETERS.grid()
_LANES: Final = len(GRID.lanes)


class ScenarioValues(NamedTuple):
    """An option's lanes as words of its record, three of 85 bits each, and its expiry's factors,
    10^-18 all of them."""

    long_factor: int
    short_factor: int
    contingency_factor: int
    lanes: tuple[int, ...]


def value_pair(
    moving: int, fixed: int, strike: int, volatility: int, seconds_left: int, rate: int
) -> tuple[ScenarioValues, ScenarioValues]:
    """Return the values of a call and of its put: all arguments wads but the seconds. `moving` and
    `fixed` are the parts of the forward that follow the index and do not. Raises `OutOfDomain`."""
    terms = terms_of_parts(seconds_left, moving, fixed, rate, PARAMETERS)
    check_within("short_factor", terms.short_factor, 0, ARRAY_SHORT_FACTOR_GREATEST)
    check_within(
        "contingency_factor", terms.contingency_factor, 0, ARRAY_CONTINGENCY_FACTOR_GREATEST
    )
    factors = (terms.long_factor, terms.short_factor, terms.contingency_factor)
    call, put = scenario_arrays(GRID, terms, strike, volatility)
    return (
        ScenarioValues(*factors, words_of_array(call, _LANES)),
        ScenarioValues(*factors, words_of_array(put, _LANES)),
    )
