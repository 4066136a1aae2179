"""Arrays of options: what Reprice stores in each lane, and when (docs/protocol/options.md)."""

from __future__ import annotations

import pytest

from strikeproof.risk.kernel.black76 import call_and_put
from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, ExpiryTerms, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.scenario_array import (
    array_of_words,
    scenario_arrays,
    shocked_volatility,
    unpack_array,
)
from strikeproof.risk.kernel.scenarios import VolatilityMove
from strikeproof.risk.kernel.svi import RawSvi, volatility_at
from strikeproof.sequencer.core import snapshot
from strikeproof.sequencer.core.expiry import SviSurface
from strikeproof.sequencer.core.option_array import OptionArray
from strikeproof.sequencer.core.record_key import array_key
from strikeproof.wire.constants import REPRICE_SPACING_MS
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import unpack_array as unpack_record
from tests.unit.core.option_venue import (
    CALL,
    EXPIRY_MS,
    FLAT,
    INDEX,
    NANO,
    PUT,
    STRIKE,
    OptionVenue,
)
from tests.unit.core.scripted_venue import START

PARAMETERS = MarginParameters()
GRID = PARAMETERS.grid()
LANES = len(GRID.lanes)
MARK_LANE = LANES - 5


def array(venue: OptionVenue, option: int) -> OptionArray:
    return venue.engine._state.arrays[option]


def lanes(venue: OptionVenue, option: int) -> tuple[int, ...]:
    """Return an option's value in each lane, wads, read from the record's bytes."""
    record = venue.engine.record(array_key(option))
    assert len(record) == 12 * 32
    return unpack_array(array_of_words(unpack_record(record)[5:], LANES), LANES)


def flat_volatility(fitted_seconds: int) -> int:
    svi = RawSvi(FLAT.a * 10**6, 0, 0, 0, 0)
    return volatility_at(svi, 60_000 * ONE, STRIKE * ONE, fitted_seconds)


def priced(expiry_ms: int = EXPIRY_MS, rate_ppm: int = 0) -> OptionVenue:
    venue = OptionVenue(expiry_ms=expiry_ms)
    assert venue.surface(svi=FLAT._replace(rate_ppm=rate_ppm)) == Result.OK
    assert venue.reprice() == Result.OK
    return venue


def expected_terms(venue: OptionVenue, rate: int = 0) -> ExpiryTerms:
    seconds = (venue.expiry_ms - venue.now) // 1_000
    return expiry_terms(ExpiryFeed(seconds, 60_000 * ONE, rate), PARAMETERS)


@pytest.mark.parametrize("rate_ppm", [0, 48_000, -20_000])
def test_lanes_and_factors_are_the_kernels(rate_ppm: int) -> None:
    venue = priced(rate_ppm=rate_ppm)
    terms = expected_terms(venue, rate_ppm * 10**12)
    volatility = flat_volatility((EXPIRY_MS - venue.now) // 1_000)
    call, put = scenario_arrays(GRID, terms, STRIKE * ONE, volatility)
    assert lanes(venue, CALL) == unpack_array(call, LANES)
    assert lanes(venue, PUT) == unpack_array(put, LANES)
    for option in (CALL, PUT):
        _, priced_ms, long, short, contingency, *_ = unpack_record(array(venue, option).encode())
        assert priced_ms == venue.now
        factors = (terms.long_factor, terms.short_factor, terms.contingency_factor)
        assert (long, short, contingency) == factors


def test_the_mark_lane_is_the_mark() -> None:
    """To the wad: the mark is that lane in 2^-8 ticks, a tick being a dollar here."""
    venue = priced(rate_ppm=48_000)
    for option in (CALL, PUT):
        lane = lanes(venue, option)[MARK_LANE]
        assert venue.mark(option).pricing.price == (lane << 8) // ONE


def test_a_negative_rate_discounts_the_mark_and_not_the_lanes() -> None:
    venue = priced(rate_ppm=-50_000)
    lane = lanes(venue, CALL)[MARK_LANE]
    assert venue.mark(CALL).pricing.price > (lane << 8) // ONE


def test_an_option_that_was_never_priced_has_no_array() -> None:
    venue = OptionVenue()
    assert venue.reprice() == Result.NO_PRICE
    assert venue.engine.record(array_key(CALL)) == b""
    assert array_key(CALL) not in dict(snapshot.read_records(venue.engine.snapshot()))


def test_beyond_the_kernels_domain_the_array_stays_as_it_was() -> None:
    venue = priced()
    before = array(venue, CALL).encode()
    venue.now += REPRICE_SPACING_MS
    assert venue.surface(svi=SviSurface(a=-(2**62))) == Result.OK
    assert venue.reprice() == Result.NO_PRICE
    assert array(venue, CALL).encode() == before


def test_a_grid_that_leaves_its_lanes_prices_nothing() -> None:
    """Six times the forward must fit 85 bits: 38.6 million. The mark would be in its domain."""
    venue = OptionVenue()
    index = 6_600_000 * NANO
    assert venue.price(index) == Result.OK
    assert venue.engine.underlying(1).index_price == index
    assert venue.surface(forward=index) == Result.OK
    assert venue.reprice() == Result.NO_PRICE
    assert venue.engine.record(array_key(CALL)) == b""


def test_in_the_last_half_hour_what_is_fixed_is_not_shocked() -> None:
    """Ten minutes before the end two thirds are the average so far: -66 % of the index is -22 %."""
    end = START + 4_000_000
    venue = OptionVenue(expiry_ms=end)
    venue.now = end - 1_800_000
    while venue.now < end - 600_000:
        venue.now += 4_500
        assert venue.price(INDEX) == Result.OK
        assert venue.sample() == Result.OK
    assert venue.now == end - 600_000
    assert venue.surface() == Result.OK
    assert venue.reprice() == Result.OK
    mark = venue.mark(CALL)
    assert (mark.fixed_price, mark.forward) == (40_000, 59_999)  # the rest, a tick rounded off
    worst = GRID.lanes[0]
    assert worst.spot == ONE * 34 // 100
    assert worst.move is VolatilityMove.UP
    terms = expiry_terms(ExpiryFeed(600, 60_000 * ONE, 0, 60_000 * ONE), PARAMETERS)
    volatility = shocked_volatility(terms, worst.move, flat_volatility(600))
    forward = 19_999 * worst.spot + 40_000 * ONE
    assert lanes(venue, PUT)[0] == call_and_put(forward, STRIKE * ONE, volatility, 600, ONE)[1]


def test_arrays_survive_a_snapshot() -> None:
    venue = priced()
    saved = venue.engine.snapshot()
    state = snapshot.decode(list(snapshot.read_records(saved)))
    assert snapshot.encode(state) == saved
    assert state.arrays[CALL].encode() == array(venue, CALL).encode()


def test_an_array_of_what_is_no_option_is_refused() -> None:
    venue = priced()
    records = dict(snapshot.read_records(venue.engine.snapshot()))
    records[array_key(1)] = records[array_key(CALL)]
    with pytest.raises(snapshot.BadSnapshot):
        snapshot.decode(sorted(records.items()))


def test_settlement_leaves_the_array() -> None:
    venue = priced()
    before = array(venue, CALL).encode()
    venue.now = EXPIRY_MS
    assert venue.settle_expiry(INDEX) == Result.OK
    assert venue.reprice() == Result.OK
    assert array(venue, CALL).encode() == before
