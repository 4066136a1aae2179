"""Random inputs of the margin kernel, typical and extreme, as functions of a seeded generator."""

from __future__ import annotations

from random import Random

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, ExpiryTerms, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import (
    Account,
    CollateralHolding,
    ExpiryHolding,
    Market,
    OptionHolding,
)
from strikeproof.risk.kernel.margin_parameters import (
    CollateralRates,
    ContingencyRates,
    Discounting,
    ForwardContingency,
    MarginFactors,
    MarginParameters,
    SkewCap,
    SkewShock,
    Thresholded,
    VolatilityShock,
)
from strikeproof.risk.kernel.scenario_array import VALUE_MAX, pack_array, scenario_arrays
from strikeproof.risk.kernel.scenarios import Grid, Scenario, VolatilityMove, default_scenarios
from strikeproof.risk.kernel.standard_margin import OptionRates
from strikeproof.risk.kernel.svi import RawSvi

DAY = 86_400


def wad(rng: Random, low: float, high: float) -> int:
    """Return a decimal within bounds: usually any, sometimes an end or a round one."""
    low_wad, high_wad = int(low * ONE), int(high * ONE)
    kind = rng.random()
    if kind < 0.05:
        return low_wad
    if kind < 0.1:
        return high_wad
    if kind < 0.3:
        step = ONE // 100
        return min(high_wad, max(low_wad, rng.randint(low_wad, high_wad) // step * step))
    return rng.randint(low_wad, high_wad)


def wild(rng: Random, value: int, signed: bool = False) -> int:
    """Return the value, or now and then any that a word holds: far outside every domain too."""
    if rng.random() < 0.97:
        return value
    size = rng.getrandbits(rng.randint(1, 255))
    return rng.choice([-size, size]) if signed else size


def price(rng: Random, largest: float = 1e6) -> int:
    """Return a price above zero, any order of magnitude."""
    return max(1, int(ONE * largest ** rng.uniform(-0.5, 1.0)))


def seconds(rng: Random) -> int:
    """Return a time to expiry: none, seconds, within the settlement average, days, years."""
    edges = (0, 1, 1_799, 1_800, 1_801, 30 * DAY, 30 * DAY + 1)
    if rng.random() < 0.2:
        return rng.choice(edges)
    return rng.randrange(int(10 ** rng.uniform(1, 8.5)))


def svi(rng: Random) -> RawSvi:
    """Return raw SVI parameters, sometimes with negative variance somewhere."""
    return RawSvi(
        a=wad(rng, -0.05, 0.3),
        b=wad(rng, 0.0, 1.0) if rng.random() < 0.9 else wad(rng, 0.0, 1_000.0),
        rho=wad(rng, -1.0, 1.0),
        m=wad(rng, -0.5, 0.5) if rng.random() < 0.9 else wad(rng, -100.0, 100.0),
        sigma=wad(rng, 0.0, 1.0) if rng.random() < 0.9 else wad(rng, 0.0, 1_000.0),
    )


def option_rates(rng: Random) -> OptionRates:
    """Return standard-margin rates: the default, or any."""
    if rng.random() < 0.3:
        return OptionRates()
    return OptionRates(*(wad(rng, 0.0, 10.0 if rng.random() < 0.1 else 0.5) for _ in range(6)))


def scenarios(rng: Random) -> tuple[Scenario, ...]:
    """Return the default grid, or one of a few scenarios of any kind."""
    if rng.random() < 0.6:
        return default_scenarios()
    return tuple(
        Scenario(
            spot=wad(rng, 0.0, 6.0),
            move=rng.choice(list(VolatilityMove)),
            dampening=rng.choice([ONE, ONE, wad(rng, 0.0, 2.0)]),
        )
        for _ in range(rng.randint(1, 12))
    )


def parameters(rng: Random) -> MarginParameters:
    """Return the defaults, or any parameters within the domain."""
    if rng.random() < 0.3:
        return MarginParameters()
    wide = 10.0 if rng.random() < 0.2 else 1.0
    return MarginParameters(
        scenarios=scenarios(rng),
        volatility_shock=VolatilityShock(
            range_up=wad(rng, 0.0, wide),
            range_down=wad(rng, 0.0, wide),
            short_power=wad(rng, 0.0, wide),
            long_power=wad(rng, 0.0, wide),
            floor_days=wad(rng, 0.0, 400.0 if rng.random() < 0.2 else 3.0),
            minimum_up=wad(rng, 0.0, 2.0 * wide),
        ),
        skew=SkewShock(
            linear=SkewCap(wad(rng, -wide, wide), wad(rng, 0.0, wide)),
            absolute=SkewCap(wad(rng, -wide, wide), wad(rng, 0.0, wide)),
            minimum_k=wad(rng, 0.0, 0.1 * wide),
            width=wad(rng, 0.0, 4.0 * wide),
            static=wad(rng, 0.0, wide),
            scale=wad(rng, -wide, wide),
        ),
        discounting=Discounting(
            long_static=wad(rng, 0.0, 1.1),
            long_rate_mult=wad(rng, 0.0, wide),
            long_rate_add=wad(rng, 0.0, wide),
            short_static=wad(rng, 0.9, 4.0),
            short_rate_mult=wad(rng, 0.0, wide),
            short_rate_add=wad(rng, 0.0, wide),
        ),
        forward_contingency=ForwardContingency(
            spot_up=wad(rng, 1.0, 3.0),
            spot_down=wad(rng, 0.0, 1.0),
            add=wad(rng, 0.0, wide),
            mult=wad(rng, 0.0, wide),
        ),
        contingency=ContingencyRates(*(wad(rng, 0.0, 0.1 * wide) for _ in range(4))),
        confidence=Thresholded(wad(rng, 0.0, 1.0), wad(rng, 0.0, wide)),
        peg=Thresholded(wad(rng, 0.0, 1.5), wad(rng, 0.0, 4.0 * wide)),
        margin=MarginFactors(wad(rng, 0.5, 2.0), wad(rng, 0.5, 1.0)),
    )


def feed(rng: Random) -> ExpiryFeed:
    """Return a feed; rates may be negative, and large where time is short enough."""
    left = seconds(rng)
    top = min(2.0, 5.0 * 365 * DAY / max(1, left))
    forward = price(rng)
    average = max(1, int(forward * rng.uniform(0.8, 1.2)))
    return ExpiryFeed(left, forward, wad(rng, -0.1, top), average)


def wild_feed(rng: Random) -> ExpiryFeed:
    """Return a feed whose values are now and then far outside the domain, several at once too."""
    found = feed(rng)
    return ExpiryFeed(
        wild(rng, found.seconds),
        wild(rng, found.forward),
        wild(rng, found.rate, signed=True),
        wild(rng, found.average),
    )


def volatility(rng: Random) -> int:
    """Return a volatility, usually of an option that somebody trades."""
    kind = rng.random()
    if kind < 0.05:
        return 0
    return wad(rng, 0.0, 1_000_000.0) if kind < 0.1 else wad(rng, 0.05, 3.0)


def strike(rng: Random, forward: int) -> int:
    """Return a strike near the forward, at it, or anywhere."""
    kind = rng.random()
    if kind < 0.1:
        return forward
    if kind < 0.2:
        return price(rng)
    return max(1, int(forward * rng.uniform(0.3, 2.5)))


def amount(rng: Random) -> int:
    """Return an amount other than zero, either sign."""
    size = max(1, int(ONE * 10 ** rng.uniform(-3, 4)))
    if rng.random() < 0.001:
        return rng.choice([-1, 1]) << rng.choice([96, 97])
    if rng.random() < 0.5:
        size = max(ONE // 100, size // (ONE // 100) * (ONE // 100))
    return rng.choice([-size, size])


def extreme_array(rng: Random, lane_count: int) -> int:
    """Return an array that no price gave: any lane values, the largest among them."""
    return pack_array(
        [rng.choice([0, VALUE_MAX, rng.randrange(VALUE_MAX)]) for _ in range(lane_count)]
    )


def expiry_holding(
    rng: Random, grid: Grid, rules: MarginParameters, count: int, invented: bool
) -> ExpiryHolding:
    """Return options of one expiry, valued, or with invented arrays (quick to make)."""
    while True:
        try:
            quote = feed(rng)
            terms = expiry_terms(quote, rules)
            return ExpiryHolding(
                terms, wad(rng, 0.3, 1.0), _options(rng, grid, terms, quote, count, invented)
            )
        except OutOfDomain:
            continue


def _options(
    rng: Random, grid: Grid, terms: ExpiryTerms, quote: ExpiryFeed, count: int, invented: bool
) -> tuple[OptionHolding, ...]:
    options: dict[tuple[int, bool], OptionHolding] = {}
    while len(options) < count:
        at = strike(rng, quote.forward)
        if invented:
            pair = extreme_array(rng, len(grid.lanes)), extreme_array(rng, len(grid.lanes))
        else:
            pair = scenario_arrays(grid, terms, at, volatility(rng))
        for is_call in rng.choice([(True,), (False,), (True, False)]):
            array = pair[0] if is_call else pair[1]
            options.setdefault((at, is_call), OptionHolding(at, is_call, amount(rng), array))
    return tuple(options.values())[:count]


def collateral(rng: Random) -> CollateralHolding:
    """Return some collateral."""
    haircut = wad(rng, 0.0, 0.5)
    return CollateralHolding(
        abs(amount(rng)) if rng.random() < 0.98 else 1 << rng.choice([96, 97]),
        price(rng, 1e5),
        wad(rng, 0.0, 1.0),
        CollateralRates(rng.random() < 0.5, haircut, wad(rng, 0.0, 0.5)),
    )


def market(rng: Random) -> Market:
    """Return prices of spot, perpetual and stable asset."""
    spot = price(rng, 1e5)
    if rng.random() < 0.02:
        spot = 1 << rng.choice([84, 85])
    return Market(
        spot,
        wad(rng, 0.3, 1.0),
        max(1, int(spot * rng.uniform(0.9, 1.1))),
        wad(rng, 0.3, 1.0),
        wad(rng, 0.5, 1.2),
    )


def wild_market(rng: Random) -> Market:
    """Return prices that are now and then far outside the domain, several at once too."""
    found = market(rng)
    return Market(
        *(
            wild(rng, each)
            for each in (
                *(found.spot, found.spot_confidence),
                *(found.perpetual, found.perpetual_confidence, found.stable),
            )
        )
    )


def account(
    rng: Random,
    rules: MarginParameters,
    grid: Grid,
    *,
    positions: int = 16,
    expiries: int = 4,
    invented: bool = False,
) -> Account:
    """Return an account with at most this many option positions in at most this many expiries."""
    return Account(
        cash=wad(rng, -1e6, 1e6) if rng.random() < 0.98 else rng.choice([-1, 1]) << 128,
        perpetuals=rng.choice([0, amount(rng)]),
        perpetual_pnl=wad(rng, -1e4, 1e4),
        funding=wad(rng, -1e3, 1e3),
        expiries=tuple(
            expiry_holding(rng, grid, rules, rng.randint(1, positions // expiries), invented)
            for _ in range(rng.randint(0, expiries))
        ),
        collateral=tuple(collateral(rng) for _ in range(rng.randint(0, 3))),
    )
