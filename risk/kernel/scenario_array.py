"""An option's value under every lane of the grid, computed once per price update.

In Python an array is one integer: lane i, the value of one unit of the option in wads, sits at bit
LANE_BITS·i. In state and in Solidity it is words of 256 bits with three values of 85 bits each.
Nothing is rounded between price and lane, so margin from arrays is margin from prices, bit for bit.
Same bits as contracts/src/risk/ScenarioArray.sol. Source: docs/risk.md, scenario arrays; ADR 0009.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from strikeproof.risk.kernel.black76 import (
    PRICE_MAX,
    STD_DEV_MAX,
    call_and_put_from,
    log_distance,
)
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import ExpiryTerms
from strikeproof.risk.kernel.fixed_point import ONE, mul_div_floor, mul_floor
from strikeproof.risk.kernel.scenarios import SKEWS, Grid, Lane, VolatilityMove

LANE_BITS: Final = 256  # in Python: room for value × amount × discount, see portfolio_margin
LANE_BYTES: Final = LANE_BITS // 8
VOLATILITY_MAX: Final = 10**6 * ONE  # of a quote and of a shocked one; prices saturate far below
VALUE_BITS: Final = 85  # in state: up to 38.6 million a unit, three to a word
VALUE_MAX: Final = (1 << VALUE_BITS) - 1
VALUES_PER_WORD: Final = 256 // VALUE_BITS  # = 3


def scenario_arrays(
    grid: Grid, terms: ExpiryTerms, strike: int, volatility: int
) -> tuple[int, int]:
    """Return the arrays of the call and of the put at a strike.

    Raises `OutOfDomain` if a price does not fit a lane or an argument is outside its domain.
    """
    calls, puts = [], []
    for call, put in lane_prices(grid.lanes, terms, strike, volatility):
        # Here, not when they are packed: the first lane that fails is the one that is named.
        _within_lane(call)
        _within_lane(put)
        calls.append(call)
        puts.append(put)
    return pack_array(calls), pack_array(puts)


def lane_prices(
    lanes: Sequence[Lane], terms: ExpiryTerms, strike: int, volatility: int
) -> Iterator[tuple[int, int]]:
    """Yield the call and the put price under each lane, in order: `call_and_put`, bit for bit."""
    if not 0 <= volatility <= VOLATILITY_MAX:
        raise OutOfDomain("volatility", volatility, 0, VOLATILITY_MAX)
    if not 0 <= strike <= PRICE_MAX:
        raise OutOfDomain("strike", strike, 0, PRICE_MAX)
    deviations: dict[VolatilityMove, int] = {}  # of moves that do not depend on spot
    for spot, same_spot in groupby(lanes, key=lambda lane: lane.spot):
        forward = mul_floor(terms.moving, spot) + terms.fixed
        if forward > PRICE_MAX:
            raise OutOfDomain("forward", forward, 0, PRICE_MAX)
        distance = log_distance(forward, strike)
        for lane in same_spot:
            move = lane.move
            if move in SKEWS:
                skewed = skewed_volatility(terms, move, volatility, distance, forward > strike)
                deviation = _deviation(terms, skewed)
            elif move in deviations:
                deviation = deviations[move]
            else:
                deviation = _deviation(terms, shocked_volatility(terms, move, volatility))
                deviations[move] = deviation
            yield call_and_put_from(forward, strike, distance, deviation, terms.discount)


def _deviation(terms: ExpiryTerms, volatility: int) -> int:
    """Return the total volatility. Prices saturate at 24 already; the cut keeps the domain."""
    return min(STD_DEV_MAX, volatility * terms.root // ONE)


def shocked_volatility(terms: ExpiryTerms, move: VolatilityMove, volatility: int) -> int:
    """Return the volatility after a move up, down or none. Rounds down; saturates."""
    if move is VolatilityMove.UNCHANGED:
        return volatility
    if move is VolatilityMove.UP:
        volatility = max(terms.minimum_up, mul_floor(volatility, terms.up))
    else:
        volatility = mul_floor(volatility, terms.down)
    return min(VOLATILITY_MAX, volatility)


def skewed_volatility(
    terms: ExpiryTerms, move: VolatilityMove, volatility: int, distance: int, below: bool
) -> int:
    """Return the volatility under a skew. k = ln(K/F) is ±distance (Q96), negative if K is below.

    Rounds down; saturates.
    """
    k = distance * ONE >> 96
    linear = move is VolatilityMove.LINEAR
    cap = terms.linear_cap if linear else terms.absolute_cap
    if linear and below:
        x = max(mul_div_floor(-k, cap, terms.k_star), -cap)
    else:
        x = min(mul_div_floor(k, cap, terms.k_star), cap)
    return min(VOLATILITY_MAX, mul_floor(volatility, max(0, ONE + x)))


def pack_array(values: Sequence[int]) -> int:
    """Return the array of these lane values. Raises `OutOfDomain` for one beyond 85 bits."""
    for value in values:
        _within_lane(value)
    return int.from_bytes(
        b"".join(value.to_bytes(LANE_BYTES, "little") for value in values), "little"
    )


def _within_lane(value: int) -> None:
    if not 0 <= value <= VALUE_MAX:
        raise OutOfDomain("lane", value, 0, VALUE_MAX)


def unpack_array(array: int, lane_count: int) -> tuple[int, ...]:
    """Return the lane values of an array."""
    data = array.to_bytes(LANE_BYTES * lane_count, "little")
    return tuple(
        int.from_bytes(data[start : start + LANE_BYTES], "little")
        for start in range(0, len(data), LANE_BYTES)
    )


def words_of_array(array: int, lane_count: int) -> tuple[int, ...]:
    """Return the array as it stands in state: words of three values, the first lowest."""
    values = unpack_array(array, lane_count)
    return tuple(
        sum(
            value << (VALUE_BITS * place)
            for place, value in enumerate(values[start : start + VALUES_PER_WORD])
        )
        for start in range(0, lane_count, VALUES_PER_WORD)
    )


def lane_word(lane: Lane, place: int) -> int:
    """Return a lane of the grid as ScenarioArray.sol takes it: with where its value goes."""
    word, shift = 32 * (place // VALUES_PER_WORD + 1), VALUE_BITS * (place % VALUES_PER_WORD)
    return word << 144 | shift << 136 | lane.move << 128 | lane.spot


def array_of_words(words: Sequence[int], lane_count: int) -> int:
    """Return the array that stands in state as these words."""
    return pack_array(
        [
            words[lane // VALUES_PER_WORD] >> (VALUE_BITS * (lane % VALUES_PER_WORD)) & VALUE_MAX
            for lane in range(lane_count)
        ]
    )
