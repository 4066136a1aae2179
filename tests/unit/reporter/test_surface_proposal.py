"""Which surface a reporter signs: its own, another's that its quotes agree with, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strikeproof.client.expiry_report import SviTerms
from strikeproof.reporter.surface_proposal import (
    LEAD_BEATS,
    PATIENCE_BEATS,
    OwnView,
    Proposals,
    SurfaceRefused,
    Tolerance,
    aged,
    judge,
    proposed,
    proposer_at,
    raw_svi,
    view_of_terms,
)
from strikeproof.risk.files.fit_quotes import QuotedVolatility
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import volatility_at

NOW = 1_800_000_000_000
EVERY = 1_500
SECONDS = 30 * 86_400
FORWARD = 60_000 * 10**9
TERMS = SviTerms(
    2 * 10**9, 5 * 10**10, -2 * 10**11, 0, 10**11, FORWARD, NOW, rate_ppm=0, confidence_ppm=10**6
)
TOLERANCE = Tolerance(volatility_ppm=20_000, share_min_ppm=900_000)
STRIKES = range(45_000, 80_000, 2_500)


def quotes_of(terms: SviTerms, spread: float = 0.01) -> list[QuotedVolatility]:
    half = int(spread / 2 * ONE)
    return [
        QuotedVolatility(number, strike * ONE, vol - half, vol + half)
        for number, strike in enumerate(STRIKES, 1)
        if (vol := volatility_at(raw_svi(terms), 60_000 * ONE, strike * ONE, SECONDS))
    ]


VIEW = OwnView(quotes_of(TERMS), FORWARD, 0, SECONDS, None)


def test_fit_of_its_own_quotes_is_what_it_proposes_and_others_accept() -> None:
    found = proposed(VIEW, "27NOV26", NOW, TOLERANCE)
    assert (found.forward_nano_usd, found.time_ms) == (FORWARD, NOW)
    judge(found, SECONDS, VIEW, TOLERANCE)
    for strike in STRIKES:
        vols = [
            volatility_at(raw_svi(each), 60_000 * ONE, strike * ONE, SECONDS)
            for each in (found, TERMS)
        ]
        assert abs(vols[0] - vols[1]) < ONE // 500, "a fifth of a volatility point"


def test_term_files_surface_is_proposed_as_it_stands() -> None:
    view = view_of_terms(TERMS, FORWARD, SECONDS)
    assert proposed(view, "x", NOW, TOLERANCE) == TERMS
    judge(TERMS, SECONDS, view, TOLERANCE)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"a": 9 * 10**9}, "it meets"),
        ({"forward_nano_usd": FORWARD * 102 // 100}, "its forward is"),
        ({"forward_nano_usd": 0}, "its forward is"),
        ({"rate_ppm": 30_000}, "its rate is 30000 ppm"),
        ({"b": 10**14}, "arbitrage"),
        ({"a": -(10**12)}, "variance"),
        ({"a": 2**63 - 1, "b": 2**64 - 1, "sigma": 2**64 - 1}, "a "),
        ({"m": -(2**63)}, "m "),
        ({"sigma": 10**8, "b": 4 * 10**11}, "arbitrage|meets"),
    ],
)
def test_surface_that_the_quotes_or_the_kernel_contradict_is_refused(
    changes: dict[str, int], reason: str
) -> None:
    with pytest.raises(SurfaceRefused, match=reason):
        judge(replace(TERMS, **changes), SECONDS, VIEW, TOLERANCE)


def test_one_wild_quote_of_many_refuses_nothing_and_two_do() -> None:
    wild = [
        replace(each, bid=each.bid + ONE, ask=each.ask + ONE) if number < 2 else each
        for number, each in enumerate(VIEW.quotes)
    ]
    one = [VIEW.quotes[0], *wild[1:]]
    judge(TERMS, SECONDS, replace(VIEW, quotes=one), TOLERANCE)
    with pytest.raises(SurfaceRefused, match=r"meets 12 of 14 quotes; at .* points off"):
        judge(TERMS, SECONDS, replace(VIEW, quotes=wild), TOLERANCE)


def test_quotes_that_no_slice_fits_make_no_proposal() -> None:
    jagged = [
        replace(each, bid=each.bid + number % 2 * ONE, ask=each.ask + number % 2 * ONE)
        for number, each in enumerate(VIEW.quotes)
    ]
    with pytest.raises(SurfaceRefused, match="it meets"):
        proposed(replace(VIEW, quotes=jagged), "x", NOW, TOLERANCE)


def test_surface_that_waited_keeps_its_volatilities() -> None:
    expiry_ms = NOW + 60_000
    short = replace(TERMS, a=1_800_000, b=40_000)
    later = aged(short, expiry_ms, NOW + 3_000)
    assert (later.a, later.b, later.time_ms) == (1_710_000, 38_000, NOW + 3_000)
    vols = [
        volatility_at(raw_svi(terms), 60_000 * ONE, 60_000 * ONE, seconds)
        for terms, seconds in ((replace(short, b=0), 60), (replace(later, b=0), 57))
    ]
    assert abs(vols[0] - vols[1]) < ONE // 10**6


def at(beats: int) -> int:
    return NOW + beats * EVERY


def test_all_sign_a_proposal_from_the_same_beat_on() -> None:
    held = Proposals(EVERY, 600_000)
    held.accept(TERMS, 1)
    none = SviTerms()
    assert [held.signed_at(at(each), none).time_ms for each in range(LEAD_BEATS + 1)] == [
        0,
        0,
        NOW,
    ]


def test_what_the_venue_does_not_take_is_dropped_and_what_it_took_stays() -> None:
    held = Proposals(EVERY, 600_000)
    held.accept(TERMS, 1)
    assert held.signed_at(at(PATIENCE_BEATS), SviTerms()) == TERMS
    assert held.signed_at(at(PATIENCE_BEATS + 1), SviTerms()) == SviTerms()
    held.accept(replace(TERMS, time_ms=at(20)), 1)
    newer = replace(TERMS, time_ms=at(20))
    assert held.signed_at(at(22), TERMS) == newer
    assert held.signed_at(at(400), newer) == newer, "in force, and nothing newer"


def test_of_two_proposals_of_one_time_the_lower_place_counts() -> None:
    held, other = Proposals(EVERY, 600_000), replace(TERMS, a=1)
    held.accept(other, 2)
    held.accept(TERMS, 1)
    held.accept(other, 2)
    assert held.signed_at(at(LEAD_BEATS), SviTerms()) == TERMS


def test_turns_go_round() -> None:
    assert [proposer_at(NOW + 60_000 * each, 60_000, 3) for each in range(4)] == [
        (NOW // 60_000 + each) % 3 for each in range(4)
    ]
