"""When standing still is an alarm, when one endpoint must do, and how the log range adapts."""

import pytest

from strikeproof.l1.log_range import STEPS_BACK_MAX, GapSearch, LogRange
from strikeproof.verifier.derivation.stall import (
    StallDecision,
    StallFacts,
    StallPolicy,
    decide_stall,
    nearest_deadline,
)

DAY = 86_400
FINE, ALARM, SINGLE = (
    StallDecision(False, False),
    StallDecision(True, False),
    StallDecision(True, True),
)


@pytest.mark.parametrize(
    ("stalled", "deadline", "window", "expected"),
    [
        (0, 7 * DAY, 7 * DAY, FINE),
        (599, 6 * DAY, 7 * DAY, FINE),
        (600, 6 * DAY, 7 * DAY, ALARM),
        (600, 43_201, 7 * DAY, ALARM),
        (600, 43_200, 7 * DAY, SINGLE),
        (599, 43_200, 7 * DAY, FINE),
        # A near deadline makes it less patient, a pause of some blocks is none yet.
        (99, 400, 7 * DAY, FINE),
        (100, 400, 7 * DAY, SINGLE),
        (29, 20, 1_200, FINE),
        (30, 20, 1_200, SINGLE),
        # A short window: half of it is near enough.
        (300, 900, 1_200, ALARM),
        (300, 600, 1_200, SINGLE),
        (3_600, -10, 1_200, SINGLE),
    ],
)
def test_standing_still_is_judged_by_the_nearest_deadline(stalled, deadline, window, expected):
    policy = StallPolicy(window, stalled_seconds=600.0, single_endpoint_seconds=43_200.0)
    assert decide_stall(StallFacts(stalled, deadline), policy) == expected


def test_a_claim_that_nobody_has_seen_yet_has_a_deadline_too():
    assert nearest_deadline([], 1_000, 600) == 1_600
    assert nearest_deadline([1_200, 1_900], 1_000, 600) == 1_200
    assert nearest_deadline([999], 1_000, 600) == 1_600  # final: nothing can be done about it


def test_log_range_finds_the_provider_limit_and_stays_near_it():
    log_range, limit = LogRange(2_000), 50
    answered = []
    for _ in range(400):
        if log_range.blocks > limit:
            log_range.shrink()
        else:
            answered.append(log_range.blocks)
            log_range.grow()
    assert answered[0] == 31
    assert len(answered) > 360
    assert sum(answered) / len(answered) > limit * 0.65


def test_log_range_reaches_one_block_and_comes_back():
    log_range = LogRange(2_000)
    for _ in range(20):
        log_range.shrink()
    assert log_range.blocks == 1
    for _ in range(200):
        log_range.grow()
    assert log_range.blocks == 2_000


def test_gap_search_forgives_two_misfits_and_goes_further_back_each_time():
    gap = GapSearch()
    assert gap.is_passed(10)
    assert [gap.misfit(100) for _ in range(9)] == [0, 0, 1, 0, 0, 2, 0, 0, 4]
    assert not gap.is_passed(99)  # on its way to the block that did not fit
    assert gap.is_passed(100)
    assert [gap.misfit(200) for _ in range(3)] == [0, 0, 1]
    assert max(gap.misfit(200) for _ in range(60)) == STEPS_BACK_MAX
