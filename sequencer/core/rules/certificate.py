"""The parts of a margin certificate: what a revaluation writes, and what a fill adds.

Money in micro-USD, rounded up; amounts of the underlying in wads. Losses stand by lane of the
grid, each of which one scenario reads. Source: docs/protocol/margin-certificate.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from strikeproof.risk.kernel.contingencies import naked_shorts
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.margin_certificate import FILL_SLACK, MICRO
from strikeproof.risk.kernel.portfolio_margin import PRICE_LIMIT, SIZE_LIMIT, PortfolioMargin
from strikeproof.risk.kernel.scenario_array import array_of_words, unpack_array
from strikeproof.risk.kernel.scenarios import SKEWS, SPECIAL_LANES
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.revaluation import OptionLeg, expiries_of
from strikeproof.sequencer.core.rules.scenario_values import GRID, PARAMETERS, ScenarioValues
from strikeproof.wire.constants import (
    CERTIFICATE_AGE_LAST_DAY_MS,
    CERTIFICATE_AGE_MS,
    CERTIFICATE_DAY_MS,
    CERTIFICATE_KEPT_MS,
    CERTIFICATE_MOVE_LAST_DAY_PPM,
    CERTIFICATE_MOVE_LAST_WEEK_PPM,
    CERTIFICATE_MOVE_PPM,
    CERTIFICATE_WEEK_MS,
    OPTION_EXPIRIES_MAX,
    PORTFOLIO_GROSS_PPM,
    PORTFOLIO_INITIAL_PPM,
    PPM,
    SETTLEMENT_WINDOW_MS,
)

LANES: Final = len(GRID.lanes)
_MARK: Final = LANES - SPECIAL_LANES
_NANO: Final = 10**9  # wads
_LOSS_LIMIT: Final = 1 << 79
_FORWARD_LIMIT: Final = 1 << 95
_GROSS_LIMIT: Final = 1 << 128
_CONFIDENCE_LEAST_PPM: Final = PARAMETERS.confidence.threshold * PPM // ONE
_RATES: Final = PARAMETERS.contingency
_FACTORS: Final = PARAMETERS.margin
_LANE_OF_SCENARIO: Final = GRID.lane_of_scenario
_SCENARIO_OF_LANE: Final = [_LANE_OF_SCENARIO.index(lane) for lane in range(LANES)]
DAMPENINGS: Final = [GRID.scenarios[each].dampening for each in _SCENARIO_OF_LANE]
IS_SKEW: Final = [GRID.scenarios[each].move in SKEWS for each in _SCENARIO_OF_LANE]
_SHOCKS: Final = [lane.spot - ONE for lane in GRID.lanes]

assert sorted(_LANE_OF_SCENARIO) == list(range(LANES)), "each lane is read by one scenario"


class ForwardLoss(NamedTuple):
    """What the options of an expiry lose where the forward alone moves up, and down; `factor` is
    the expiry's contingency factor, 10^-18."""

    expiry: int
    up: int
    down: int
    factor: int


class Feeds(NamedTuple):
    """The moment that a certificate is written at, or judged: `now_ms` judges prices. `gross_ppm`
    is the share of the gross notional that requirements grow by."""

    now_ms: int
    feed_epoch: int
    surface_epoch: int
    index_price: int
    gross_ppm: int


class Certificate(NamedTuple):
    """A requirement in parts; NO_CERTIFICATE if there is none, and `auctioned` of an account that
    is being auctioned. `forwards` are at most OPTION_EXPIRIES_MAX."""

    time_ms: int
    ends_ms: int
    feed_epoch: int
    surface_epoch: int
    index_price: int
    gross: int
    perpetuals: int
    naked: int
    losses: tuple[int, ...]
    forwards: tuple[ForwardLoss, ...]

    @property
    def auction_ms(self) -> int:
        """When the auction of the account began; 0: it is not auctioned."""
        return 0 if self.time_ms else self.ends_ms

    def age_ms_max(self, now_ms: int, ends_ms: int = 0) -> int:
        """Return how old it may become, judged now, for an option of this expiry; 0: for
        perpetuals."""
        return _limits(_sooner(self.ends_ms, ends_ms), now_ms)[0]


class Asked(NamedTuple):
    """What a certificate asks for beside the value at marks. `initial` and `grown_maintenance` are
    grown, `maintenance` is plain."""

    initial: int
    maintenance: int
    grown_maintenance: int


NO_CERTIFICATE: Final = Certificate(0, 0, 0, 0, 0, 0, 0, 0, (0,) * LANES, ())


def auctioned(clock_ms: int) -> Certificate:
    """Return what stands for the certificate of an account whose auction begins."""
    return NO_CERTIFICATE._replace(ends_ms=clock_ms)


def written(
    feeds: Feeds,
    margin: PortfolioMargin,
    perpetuals: int,
    gross: int,
    legs: Sequence[OptionLeg],
) -> Certificate:
    """Return what a revaluation of perpetuals (wads) and options found; NO_CERTIFICATE where the
    guards do not hold, or a value leaves its field."""
    ends_ms = min((leg.ends_ms for leg in legs), default=0)
    if any(leg.confidence_ppm < _CONFIDENCE_LEAST_PPM for leg in legs):
        return NO_CERTIFICATE
    if legs and ends_ms <= feeds.now_ms + SETTLEMENT_WINDOW_MS:
        return NO_CERTIFICATE
    outcomes = margin.scenarios
    groups = expiries_of(legs)
    numbers = list(dict.fromkeys(leg.expiry for leg in legs))
    forwards = []
    for number, group in zip(numbers, groups, strict=True):
        up = down = 0
        for option in group.options:
            values = unpack_array(option.array, LANES)
            up += option.amount * (values[_MARK] - values[_MARK + 1])
            down += option.amount * (values[_MARK] - values[_MARK + 2])
        factor = group.terms.contingency_factor
        forwards.append(
            ForwardLoss(number, div_ceil(up, MICRO * ONE), div_ceil(down, MICRO * ONE), factor)
        )
    return (
        _within(
            Certificate(
                feeds.now_ms,
                ends_ms,
                feeds.feed_epoch,
                feeds.surface_epoch,
                feeds.index_price,
                gross,
                perpetuals,
                sum(naked_shorts(group.options) for group in groups),
                tuple(div_ceil(-outcomes[each], MICRO) for each in _SCENARIO_OF_LANE),
                tuple(forwards),
            )
        )
        or NO_CERTIFICATE
    )


def is_valid(certificate: Certificate, feeds: Feeds, ends_ms: int = 0) -> bool:
    """Whether a certificate counts at a moment for an instrument; `ends_ms` is an option's expiry,
    0 of perpetuals."""
    epochs = (feeds.feed_epoch, feeds.surface_epoch)
    if not certificate.time_ms or (certificate.feed_epoch, certificate.surface_epoch) != epochs:
        return False
    soonest_ms = _sooner(certificate.ends_ms, ends_ms)
    if soonest_ms and soonest_ms <= feeds.now_ms + SETTLEMENT_WINDOW_MS:
        return False
    age_ms, move_ppm = _limits(soonest_ms, feeds.now_ms)
    moved = abs(feeds.index_price - certificate.index_price)
    return (
        feeds.now_ms - certificate.time_ms <= age_ms
        and moved * PPM <= certificate.index_price * move_ppm
    )


def _limits(ends_ms: int, now_ms: int) -> tuple[int, int]:
    """Return how old a certificate may be whose soonest expiry this is (0: none), and how far the
    index may have moved, ppm."""
    left_ms = ends_ms - now_ms
    if not ends_ms or left_ms >= CERTIFICATE_WEEK_MS:
        return CERTIFICATE_AGE_MS, CERTIFICATE_MOVE_PPM
    if left_ms >= CERTIFICATE_DAY_MS:
        return CERTIFICATE_AGE_MS, CERTIFICATE_MOVE_LAST_WEEK_PPM
    return CERTIFICATE_AGE_LAST_DAY_MS, CERTIFICATE_MOVE_LAST_DAY_PPM


def is_kept(certificate: Certificate, now_ms: int) -> bool:
    """Whether a maker is passed over whose certificate does not count; else its order goes."""
    return certificate.time_ms != 0 and now_ms - certificate.time_ms <= CERTIFICATE_KEPT_MS


def with_option(
    certificate: Certificate, leg: OptionLeg, amount: int, gross: int
) -> Certificate | None:
    """Return the certificate with these wads of an option more (sold below zero) of a gross
    notional, None if it is unfit."""
    size = abs(amount)
    forwards = _with_forward(certificate.forwards, leg, amount)
    if forwards is None or leg.confidence_ppm < _CONFIDENCE_LEAST_PPM or size >= SIZE_LIMIT:
        return None
    unit = _unit_losses(leg.values, amount > 0)
    losses = [
        held + div_ceil(div_ceil(size * lost, ONE) + FILL_SLACK, MICRO)
        for held, lost in zip(certificate.losses, unit, strict=True)
    ]
    return _within(
        certificate._replace(
            ends_ms=_sooner(certificate.ends_ms, leg.ends_ms),
            gross=certificate.gross + gross,
            naked=certificate.naked + max(0, -amount),
            losses=tuple(losses),
            forwards=forwards,
        )
    )


def with_perpetuals(
    certificate: Certificate, index_price: int, amount: int, gross: int
) -> Certificate | None:
    """Return the certificate with these wads of perpetuals more (sold below zero) of a gross
    notional, None if it is unfit."""
    moved = amount * index_price * _NANO
    if index_price * _NANO >= PRICE_LIMIT or abs(amount) >= SIZE_LIMIT:
        return None
    losses = list(certificate.losses)
    for lane in range(LANES):
        if not IS_SKEW[lane]:
            lost = _dampened(div_ceil(-_SHOCKS[lane] * moved, ONE * ONE), lane)
            losses[lane] += div_ceil(lost + FILL_SLACK, MICRO)
    return _within(
        certificate._replace(
            gross=certificate.gross + gross,
            perpetuals=certificate.perpetuals + amount,
            losses=tuple(losses),
        )
    )


def asked(certificate: Certificate, feeds: Feeds) -> Asked:
    """Return what a certificate asks for at a moment."""
    forward = sum(max(0, each.up, each.down) * each.factor for each in certificate.forwards)
    loss = max(0, *certificate.losses, div_ceil(forward, ONE))
    spot = feeds.index_price * _NANO
    held, naked = abs(certificate.perpetuals), certificate.naked
    maintenance = (
        div_ceil(loss * _FACTORS.maintenance_factor, ONE)
        + _contingency(held, spot, _RATES.perpetual_maintenance)
        + _contingency(naked, spot, _RATES.option_maintenance)
    )
    initial = (
        div_ceil(loss * _FACTORS.initial_factor, ONE)
        + _contingency(held, spot, _RATES.perpetual_maintenance)
        + _contingency(naked, spot, _RATES.option_maintenance)
        + _contingency(held, spot, _RATES.perpetual_initial)
        + _contingency(naked, spot, _RATES.option_initial)
    )
    of_gross = certificate.gross * feeds.gross_ppm
    return Asked(grown(initial, of_gross), maintenance, grown(maintenance, of_gross))


def grown(requirement: int, of_gross: int) -> int:
    """Return a requirement with what it grows by: a share of itself, and what the gross notional
    adds, × PPM."""
    return requirement + div_ceil(of_gross + requirement * PORTFOLIO_INITIAL_PPM, PPM)


def gross_ppm(buffer_ppm: int) -> int:
    """Return by what share of the gross notional requirements grow."""
    return PORTFOLIO_GROSS_PPM + buffer_ppm


def _sooner(one_ms: int, other_ms: int) -> int:
    """Return the sooner of two times; 0 is none."""
    return min(one_ms, other_ms) if one_ms and other_ms else one_ms or other_ms


def _with_forward(
    forwards: tuple[ForwardLoss, ...], leg: OptionLeg, amount: int
) -> tuple[ForwardLoss, ...] | None:
    """Return the forward losses with those of an amount of an option; None if its expiry finds no
    place."""
    values = unpack_array(array_of_words(leg.values.lanes, LANES), LANES)
    up = div_ceil(amount * (values[_MARK] - values[_MARK + 1]), MICRO * ONE)
    down = div_ceil(amount * (values[_MARK] - values[_MARK + 2]), MICRO * ONE)
    factor = leg.values.contingency_factor
    for place, held in enumerate(forwards):
        if held.expiry == leg.expiry:
            more = ForwardLoss(leg.expiry, held.up + up, held.down + down, max(held.factor, factor))
            return (*forwards[:place], more, *forwards[place + 1 :])
    if len(forwards) == OPTION_EXPIRIES_MAX:
        return None
    return (*forwards, ForwardLoss(leg.expiry, up, down, factor))


def _unit_losses(values: ScenarioValues, is_bought: bool) -> list[int]:
    """Return by lane the most that a unit of an option adds to the loss, wads."""
    lanes = unpack_array(array_of_words(values.lanes, LANES), LANES)
    mark = lanes[_MARK] * ONE
    losses = []
    for lane, value in enumerate(lanes):
        gained = mark - values.long_factor * value
        owed = values.short_factor * value - mark
        if IS_SKEW[lane]:
            gained = owed = max(gained, owed)
        losses.append(_dampened(div_ceil(gained if is_bought else owed, ONE), lane))
    return losses


def _dampened(loss: int, lane: int) -> int:
    """Return a loss, wads, as the scenario that reads a lane counts it: rounded up."""
    return div_ceil(loss * DAMPENINGS[lane], ONE)


def _contingency(size: int, spot: int, rate: int) -> int:
    return div_ceil(size * spot * rate, ONE * ONE * MICRO)


def _within(certificate: Certificate) -> Certificate | None:
    """Return a certificate, None if a value leaves the kernel's domain or its field."""
    forwards = certificate.forwards
    fits = (
        abs(certificate.perpetuals) < SIZE_LIMIT
        and certificate.naked < SIZE_LIMIT
        and certificate.gross < _GROSS_LIMIT
        and all(-_LOSS_LIMIT <= each < _LOSS_LIMIT for each in certificate.losses)
        and all(-_FORWARD_LIMIT <= each.up < _FORWARD_LIMIT for each in forwards)
        and all(-_FORWARD_LIMIT <= each.down < _FORWARD_LIMIT for each in forwards)
    )
    return certificate if fits else None
