"""Which quotes count, and what they come to."""

import pytest

from strikeproof.reporter.quote_median import (
    MedianRule,
    NoPriceToReport,
    QuoteRefusal,
    SourceQuote,
    median_price,
)

NOW = 1_800_000_000_000
RULE = MedianRule(sources_min=2, stale_ms=5_000, outlier_ppm=10_000)


def quotes(*prices, time_ms=NOW):
    return [SourceQuote(f"source {number}", price, time_ms) for number, price in enumerate(prices)]


def test_median_of_an_odd_and_the_lower_of_an_even_number():
    assert median_price(quotes(100_000, 100_100, 100_200), NOW, RULE).nano_usd == 100_100
    assert median_price(quotes(100_000, 100_100), NOW, RULE).nano_usd == 100_000


def test_outlier_is_refused_and_does_not_move_the_price():
    found = median_price(quotes(100_000, 100_100, 40_000_000), NOW, RULE)
    assert found.nano_usd == 100_000
    assert [(quote.source, why) for quote, why in found.refused] == [
        ("source 2", QuoteRefusal.OUTLIER)
    ]


def test_stale_and_early_quotes_do_not_count():
    old, early = quotes(100_000, time_ms=NOW - 5_001), quotes(100_000, time_ms=NOW + 60_000)
    with pytest.raises(NoPriceToReport) as caught:
        median_price([*quotes(100_000), *old, *early], NOW, RULE)
    assert {why for _, why in caught.value.refused} == {QuoteRefusal.STALE, QuoteRefusal.AHEAD}
    assert (caught.value.used, caught.value.needed) == (1, 2)


def test_two_sources_that_contradict_each_other_make_no_price():
    with pytest.raises(NoPriceToReport):
        median_price(quotes(100_000, 200_000), NOW, RULE)


def test_nothing_makes_no_price():
    with pytest.raises(NoPriceToReport):
        median_price([], NOW, RULE)


@pytest.mark.parametrize("prices", [(100_000, 200_000), (100_000, 100_000, 200_000, 200_000)])
def test_half_against_half_makes_no_price_whatever_the_least_number_of_sources(prices):
    """Or a single source could pull the price down as far as it likes."""
    rule = MedianRule(sources_min=1, stale_ms=5_000, outlier_ppm=10_000)
    with pytest.raises(NoPriceToReport) as caught:
        median_price(quotes(*prices), NOW, rule)
    assert caught.value.needed == len(prices) // 2 + 1


@pytest.mark.parametrize(("away", "counts"), [(1_000, True), (1_001, False), (-1_001, False)])
def test_outlier_is_further_than_the_rule_allows(away, counts):
    found = median_price(quotes(100_000, 100_000, 100_000 + away), NOW, RULE)
    assert (len(found.used) == 3) is counts


@pytest.mark.parametrize(
    ("age_ms", "counts"), [(5_000, True), (5_001, False), (-2_000, True), (-2_001, False)]
)
def test_quote_counts_from_two_seconds_ahead_to_the_stale_age(age_ms, counts):
    given = [*quotes(100_000, 100_000), SourceQuote("late", 100_000, NOW - age_ms)]
    assert (len(median_price(given, NOW, RULE).used) == 3) is counts
