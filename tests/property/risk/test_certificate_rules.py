"""What the engine keeps of a revaluation, and adds to it, never asks for less than a revaluation of
what comes of it (attack 52, docs/protocol/margin-certificate.md)."""

from __future__ import annotations

from random import Random

import pytest

from strikeproof.sequencer.core.certificate_record import CertificateRecord
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.certificate import (
    NO_CERTIFICATE,
    Certificate,
    Feeds,
    asked,
    grown,
    with_option,
    with_perpetuals,
    written,
)
from strikeproof.sequencer.core.rules.revaluation import (
    OptionLeg,
    margin_of,
    requirements_of,
    whole_wads,
)
from strikeproof.wire.constants import OPTION_EXPIRIES_MAX, PPM
from tests.property.risk.record_legs import (
    LOT,
    PER_TICK,
    TICK_VALUE,
    Series,
    legs,
    series,
    some_lots,
)

NOW = 1_700_000_000_000
SLACK = 8  # micro-USD: what is rounded up apart
SECONDS = (86_400, 7 * 86_400, 90 * 86_400)


def chain(rng: Random, spot: int) -> list[Series]:
    found = []
    for number in range(1, rng.randint(1, 4) + 1):
        each = series(rng, number, spot, rng.choice(SECONDS))
        found.append(Series(each.number, each.terms, PPM, each.strikes))
    return found


def gross_of(leg: OptionLeg, index: int) -> int:
    return div_ceil(abs(leg.lots) * leg.tick_value * index, leg.index_per_tick)


def certified(feeds: Feeds, perpetuals: int, held: list[OptionLeg]) -> Certificate:
    timed = [leg._replace(ends_ms=NOW + 86_400_000) for leg in held]
    margin = margin_of(feeds.index_price, perpetuals, timed)
    gross = sum(gross_of(leg, feeds.index_price) for leg in timed)
    return written(feeds, margin, perpetuals, gross, timed)


def joined(held: list[OptionLeg], more: OptionLeg) -> list[OptionLeg]:
    """Return options with some more, none twice."""
    name = (more.expiry, more.strike, more.is_call)
    sums = {(leg.expiry, leg.strike, leg.is_call): leg for leg in held}
    before = sums.get(name)
    sums[name] = more._replace(lots=more.lots + (before.lots if before else 0))
    return [leg for leg in sums.values() if leg.lots]


@pytest.mark.parametrize("seed", range(8))
def test_after_fills_it_asks_for_at_least_what_a_revaluation_does(seed: int) -> None:
    rng = Random(f"certificates {seed}")
    for _ in range(8):
        spot = rng.choice((60, 3_000, 60_000))
        feeds = Feeds(NOW, 1, 2, spot * PER_TICK, rng.choice((0, 1_000, 30_000)))
        every = chain(rng, spot)
        held = legs(rng, every, 8)
        perpetuals = rng.choice((0, rng.randint(-(10**9), 10**9) * LOT))
        certificate = certified(feeds, perpetuals, held)
        assert certificate.time_ms == NOW
        for number in range(5):
            exact = requirements_of(margin_of(feeds.index_price, perpetuals, held))
            found = asked(certificate, feeds)
            of_gross = certificate.gross * feeds.gross_ppm
            assert found.maintenance >= exact.maintenance
            assert found.initial >= grown(exact.initial, of_gross)
            if not number:
                assert found.maintenance <= exact.maintenance + SLACK
                assert found.initial <= grown(exact.initial + SLACK, of_gross)
            assert CertificateRecord.decode(3, encoded(certificate)).parts == certificate
            after: Certificate | None
            if rng.random() < 0.3:
                amount = rng.randint(-(10**9), 10**9) * LOT
                perpetuals += amount
                after = with_perpetuals(certificate, feeds.index_price, amount, 5)
            else:
                of = rng.choice(every)
                leg = some_lots(rng, of, rng.choice(list(of.strikes)), rng.random() < 0.5)
                leg = leg._replace(ends_ms=NOW + 86_400_000)
                held = joined(held, leg)
                amount = whole_wads(leg.lots, TICK_VALUE, PER_TICK) or 0
                after = with_option(certificate, leg, amount, gross_of(leg, feeds.index_price))
            assert after is not None
            certificate = after


def encoded(certificate: Certificate) -> bytes:
    record = CertificateRecord(3)
    record.write(certificate)
    return record.encode()


def test_what_is_unsure_or_about_to_expire_gets_no_certificate() -> None:
    rng = Random(1)
    feeds = Feeds(NOW, 1, 2, 60_000 * PER_TICK, 0)
    (leg, *_) = legs(rng, chain(rng, 60_000), 1)
    assert certified(feeds, 0, [leg]) != NO_CERTIFICATE
    margin = margin_of(feeds.index_price, 0, [leg])
    near = [leg._replace(ends_ms=NOW + 1_800_000)]
    assert written(feeds, margin, 0, 0, near) == NO_CERTIFICATE
    later = [leg._replace(ends_ms=NOW + 1_800_001)]
    assert written(feeds, margin, 0, 0, later) != NO_CERTIFICATE
    unsure = [each._replace(confidence_ppm=549_999) for each in later]
    assert written(feeds, margin, 0, 0, unsure) == NO_CERTIFICATE
    sure = [each._replace(confidence_ppm=550_000) for each in later]
    assert written(feeds, margin, 0, 0, sure) != NO_CERTIFICATE
    assert written(feeds, margin, 0, 1 << 128, sure) == NO_CERTIFICATE


def test_a_ninth_expiry_finds_no_place() -> None:
    rng = Random(2)
    feeds = Feeds(NOW, 1, 2, 60_000 * PER_TICK, 0)
    certificate: Certificate | None = certified(feeds, 0, [])
    for number in range(1, OPTION_EXPIRIES_MAX + 2):
        found = series(rng, number, 60_000, 86_400)
        of = Series(number, found.terms, PPM, found.strikes)
        leg = some_lots(rng, of, next(iter(of.strikes)), True)
        assert certificate is not None
        certificate = with_option(certificate, leg, leg.lots * LOT, 1)
    assert certificate is None
