"""Bugs of expiries and futures, for `tests/mutants.py`: name, file, what is there, what is planted,
and the command that must fail."""

from __future__ import annotations

from typing import Final

RULES: Final = "-m pytest -q -x tests/unit/core/test_expiries.py"
# Streams of the mood that draws expiries.
AGREEMENT: Final = "-m tests.agreement.fuzz --streams 8 --segments 400 --seed 900"
VECTORS: Final = "-m pytest -q -x tests/vectors/test_engine.py"
LAW_VECTORS: Final = "-m pytest -q -x tests/vectors/test_law.py"
ARRAYS: Final = "-m pytest -q -x tests/unit/core/test_option_arrays.py"
ENGINE: Final = "sequencer/core/"
LAW: Final = "contracts/src/law/"

MUTATIONS: Final = (
    (
        "options: a put's array is its call's",
        f"{ENGINE}rules/scenario_values.py",
        "ScenarioValues(*factors, words_of_array(put, _LANES))",
        "ScenarioValues(*factors, words_of_array(call, _LANES))",
        ARRAYS,
    ),
    (
        "options: a shock reaches what the average has fixed",
        f"{ENGINE}ops/reprice.py",
        "Strike(mark.forward, mark.strike, mark.index_per_tick, mark.fixed_price)",
        "Strike(mark.forward, mark.strike, mark.index_per_tick)",
        ARRAYS,
    ),
    (
        "law: a shock reaches what the average has fixed",
        f"{LAW}ops/Reprice.sol",
        "write(MARGIN_INPUT + 0xa0, MarkRecord.fixedPrice(mark));",
        "write(MARGIN_INPUT + 0xa0, 0);",
        LAW_VECTORS,
    ),
    (
        "law: a put's array is its call's",
        f"{LAW}ops/Reprice.sol",
        "LANES + put * LANES_BYTES",
        "LANES",
        LAW_VECTORS,
    ),
    (
        "portfolio margin: of an expiry's factors the one counts that asks for least",
        f"{ENGINE}rules/revaluation.py",
        "long_factor=min(each.long_factor for each in values)",
        "long_factor=max(each.long_factor for each in values)",
        "-m pytest -q -x tests/property/risk/test_revaluation.py",
    ),
    (
        "expiries: a forward goes wherever reporters say",
        f"{ENGINE}rules/future_mark.py",
        "return max(forward_ppb - reach, min(forward_ppb + reach, median_ppb))",
        "return median_ppb",
        RULES,
    ),
    (
        "expiries: the average counts as if it were the forward",
        f"{ENGINE}rules/future_mark.py",
        "left = div_floor(forward_ppb * (SETTLEMENT_WINDOW_MS - elapsed), SETTLEMENT_WINDOW_MS)",
        "left = forward_ppb",
        RULES,
    ),
    (
        "expiries: a sample after a hole counts for the hole",
        f"{ENGINE}rules/future_mark.py",
        "span = min(since_last(self, expiry_ms, now_ms), SAMPLE_SPAN_MS)",
        "span = since_last(self, expiry_ms, now_ms)",
        RULES,
    ),
    (
        "expiries: a message trades by its own time after the expiry",
        f"{ENGINE}action_execution.py",
        "ended = 0 < instrument.mark.ends_ms <= state.venue.clock_ms",
        "ended = 0 < instrument.mark.ends_ms <= state.now_ms",
        RULES,
    ),
    (
        "expiries: an index of after a message joins its sample",
        f"{ENGINE}ops/expiry_sample.py",
        "if underlying.stale_after_ms < now_ms or underlying.publish_time_ms > now_ms:",
        "if underlying.stale_after_ms < now_ms:",
        VECTORS,
    ),
    (
        "law: samples bind a quorum forever",
        f"{LAW}ops/SettleExpiry.sol",
        "if (covered < SETTLEMENT_COVERED_MS || read(NOW) >= ExpiryRecord.expiryMs(expiry)"
        " + SETTLEMENT_FREE_MS) return false;",
        "if (covered < SETTLEMENT_COVERED_MS) return false;",
        "-m pytest -q -x tests/vectors/test_law.py",
    ),
    (
        "law: a future trades a millisecond longer",
        f"{LAW}Mark.sol",
        "return end != 0 && end <= read(CLOCK);",
        "return end != 0 && end < read(CLOCK);",
        "-m pytest -q -x tests/vectors/test_law.py",
    ),
    (
        "law: the last reporter may be outside the set",
        f"{LAW}Reports.sol",
        "if (reporter < least || reporter >= reporters) return RESULT_BAD_REPORTER;",
        "if (reporter < least || reporter > reporters) return RESULT_BAD_REPORTER;",
        AGREEMENT,
    ),
)
