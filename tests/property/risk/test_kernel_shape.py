"""The shape of the kernel's functions: order, parity and curvature, at steps of one unit too.

ln, exp, sqrt, pdf and cdf are exactly monotone. A price is monotone and convex to its rounding:
2 units of 1e-18 for each price compared, plus discount·min(F, K)·2^-76 (docs/risk.md).
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.risk.kernel.black76 import (
    DISCOUNT_MAX,
    PRICE_MAX,
    SECONDS_MAX,
    VOL_MAX,
    call_and_put,
    call_and_put_from,
    log_distance,
)
from strikeproof.risk.kernel.fixed_point import (
    EXP_MAX,
    EXP_ZERO,
    ONE,
    SQRT_MAX,
    WORD_MAX,
    exp,
    ln,
    sqrt,
)
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.normal import TAIL_ZERO, normal_cdf, normal_pdf


def sized(most: int) -> st.SearchStrategy[int]:
    """Integers from 0 to most whose number of bits is spread evenly."""
    bits = st.integers(0, most.bit_length())
    return bits.flatmap(lambda n: st.integers(0, min(most, (1 << n) - 1)))


prices = st.one_of(sized(PRICE_MAX), st.integers(10**15, 10**24))
vols = st.one_of(sized(VOL_MAX), st.integers(10**16, 3 * ONE))
times = st.one_of(sized(SECONDS_MAX), st.integers(60, 40_000_000))
discounts = st.one_of(st.just(ONE), st.integers(0, ONE), sized(DISCOUNT_MAX))
steps = st.one_of(st.just(1), sized(10**20))


def slack(low: int, discount: int, count: int) -> int:
    """What rounding may move when `count` prices are compared."""
    return count * (2 + -(-low * discount // (ONE << 76)))


@settings(max_examples=2000)
@given(sized(WORD_MAX - 1), steps)
def test_logarithm_never_falls(x, step):
    assert ln(max(x, 1)) <= ln(min(max(x, 1) + step, WORD_MAX))


@settings(max_examples=2000)
@given(st.integers(EXP_ZERO - 10, EXP_MAX), steps)
def test_exponential_never_falls(x, step):
    assert exp(x) <= exp(min(x + step, EXP_MAX))


@settings(max_examples=500)
@given(sized(SQRT_MAX), steps)
def test_square_root_never_falls(x, step):
    assert sqrt(x) <= sqrt(min(x + step, SQRT_MAX))


@settings(max_examples=2000)
@given(st.integers(-TAIL_ZERO - 10, TAIL_ZERO + 10), steps)
def test_cumulative_probability_never_falls(x, step):
    assert 0 <= normal_cdf(x) <= normal_cdf(x + step) <= ONE


@settings(max_examples=2000)
@given(sized(TAIL_ZERO + 10), steps)
def test_density_never_rises_away_from_zero(x, step):
    assert normal_pdf(x) == normal_pdf(-x) >= normal_pdf(x + step)


@settings(max_examples=1000)
@given(prices, prices, vols, times, discounts)
def test_parity_is_exact_and_prices_lie_between_intrinsic_value_and_certainty(
    forward, strike, vol, seconds, discount
):
    call, put = call_and_put(forward, strike, vol, seconds, discount)
    gap = abs(forward - strike) * discount // ONE
    assert call - put == (gap if forward >= strike else -gap)
    assert call >= 0
    assert put >= 0
    assert call * ONE <= forward * discount
    assert put * ONE <= strike * discount


@settings(max_examples=1000)
@given(prices, prices, vols, times, discounts, steps)
def test_calls_fall_and_puts_rise_with_the_strike(forward, strike, vol, seconds, discount, step):
    higher = min(strike + step, PRICE_MAX)
    call, put = call_and_put(forward, strike, vol, seconds, discount)
    next_call, next_put = call_and_put(forward, higher, vol, seconds, discount)
    room = slack(min(forward, higher), discount, 2)
    assert next_call <= call + room
    assert next_put >= put - room


@settings(max_examples=1000)
@given(prices, prices, vols, times, discounts, steps)
def test_calls_rise_and_puts_fall_with_the_forward(forward, strike, vol, seconds, discount, step):
    higher = min(forward + step, PRICE_MAX)
    call, put = call_and_put(forward, strike, vol, seconds, discount)
    next_call, next_put = call_and_put(higher, strike, vol, seconds, discount)
    room = slack(min(higher, strike), discount, 2)
    assert next_call >= call - room
    assert next_put <= put + room


@settings(max_examples=1000)
@given(prices, prices, vols, times, discounts, steps)
def test_prices_rise_with_volatility(forward, strike, vol, seconds, discount, step):
    higher = min(vol + step, VOL_MAX)
    before = call_and_put(forward, strike, vol, seconds, discount)
    after = call_and_put(forward, strike, higher, seconds, discount)
    room = slack(min(forward, strike), discount, 2)
    assert all(late >= early - room for early, late in zip(before, after, strict=True))


@settings(max_examples=1000)
@given(prices, prices, vols, times, discounts, st.one_of(st.just(1), sized(SECONDS_MAX)))
def test_prices_rise_with_time(forward, strike, vol, seconds, discount, step):
    later = min(seconds + step, SECONDS_MAX)
    before = call_and_put(forward, strike, vol, seconds, discount)
    after = call_and_put(forward, strike, vol, later, discount)
    room = slack(min(forward, strike), discount, 2)
    assert all(late >= early - room for early, late in zip(before, after, strict=True))


@settings(max_examples=1000)
@given(prices, prices, vols, times, discounts, steps)
def test_calls_and_puts_are_convex_in_the_strike(forward, strike, vol, seconds, discount, step):
    step = min(step, strike, PRICE_MAX - strike)
    low, middle, high = (
        call_and_put(forward, strike + d, vol, seconds, discount) for d in (-step, 0, step)
    )
    room = slack(min(forward, strike + step), discount, 4)
    for left, centre, right in zip(low, middle, high, strict=True):
        assert left - 2 * centre + right >= -room


@settings(max_examples=1000)
@given(prices, prices, vols, discounts)
def test_zero_time_gives_the_least_price(forward, strike, vol, discount):
    intrinsic = call_and_put(forward, strike, vol, 0, discount)
    assert min(intrinsic) == 0
    assert intrinsic == call_and_put_from(
        forward, strike, log_distance(forward, strike), 0, discount
    )


@settings(max_examples=500)
@given(prices, prices, vols, times, discounts)
def test_greeks_have_their_signs(forward, strike, vol, seconds, discount):
    found = greeks(forward, strike, vol, seconds, 0, discount)
    assert 0 <= found.call_delta <= discount
    assert -discount <= found.put_delta <= 0
    assert found.gamma >= 0
    assert found.vega >= 0
    assert found.call_theta <= 0
    assert found.put_theta <= 0
    assert found.call_rho <= 0
    assert found.put_rho <= 0


@settings(max_examples=500)
@given(
    st.integers(10**15, 10**24),
    st.integers(10**15, 10**24),
    st.integers(10**17, 3 * ONE),
    st.integers(86_400, 40_000_000),
)
def test_delta_lies_between_the_differences_of_the_price(forward, strike, vol, seconds):
    step = forward // 10**6
    below, here, above = (
        call_and_put(forward + d, strike, vol, seconds, ONE)[0] for d in (-step, 0, step)
    )
    delta = greeks(forward, strike, vol, seconds, 0, ONE).call_delta
    room = 10 * ONE // step + 10  # roundings of the prices, spread over the step
    assert (here - below) * ONE // step - room <= delta <= (above - here) * ONE // step + room
