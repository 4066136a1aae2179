"""When the node accepts nothing: judged by its clock and the last complete view of L1."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.not_accepting import NotAccepting
from strikeproof.sequencer.posting.promise_limits import (
    ClockComparison,
    ClockSteps,
    Outlook,
    PostingPace,
    reason_not_to_accept,
)

LAG = 600_000
NOW = 2_000_000_000_000


def outlook(
    *,
    view_age: int = 0,
    oldest_age: int | None = None,
    offset: int = 0,
    ahead: int = 0,
    set_back: int = 0,
    frozen: bool = False,
) -> Outlook:
    oldest_ms = None if oldest_age is None else NOW - oldest_age
    return Outlook(NOW, NOW - view_age, offset, ahead, oldest_ms, set_back, frozen)


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (outlook(), None),
        (outlook(view_age=500_000, oldest_age=500_000), None),
        (outlook(view_age=500_001), NotAccepting.L1_OUT_OF_SIGHT),
        (outlook(oldest_age=500_001), NotAccepting.POSTING_BEHIND),
        (outlook(oldest_age=400_001, set_back=100_000), NotAccepting.POSTING_BEHIND),
        (outlook(oldest_age=450_001, offset=-50_000), NotAccepting.POSTING_BEHIND),
        (outlook(oldest_age=450_000, offset=-50_000, set_back=30_000), None),
        (outlook(view_age=700_000, oldest_age=700_000), NotAccepting.POSTING_BEHIND),
        (outlook(offset=-100_001), NotAccepting.CLOCK_BEHIND),
        (outlook(offset=-100_000), None),
        (outlook(offset=60_001), NotAccepting.CLOCK_AHEAD),
        (outlook(ahead=60_001), NotAccepting.ORDER_AHEAD),
        (outlook(ahead=60_000), None),
        (outlook(view_age=500_001, frozen=True), NotAccepting.VENUE_FROZEN),
    ],
)
def test_nothing_is_accepted_that_might_not_be_posted_in_time(
    seen: Outlook, found: NotAccepting | None
) -> None:
    assert reason_not_to_accept(seen, LAG) is found


def test_an_outage_of_700_seconds_under_a_lag_of_900_is_no_reason_to_refuse() -> None:
    """Every batch of that outage can still be posted."""
    assert reason_not_to_accept(outlook(view_age=700_000, oldest_age=700_000), 900_000) is None


def test_at_most_299_batches_of_two_seconds_wait_under_a_lag_of_600() -> None:
    waiting = 0
    seen = outlook()
    while reason_not_to_accept(seen, LAG) is None:
        waiting += 1
        seen = outlook(view_age=waiting * 2_000, oldest_age=waiting * 2_000)
    assert waiting <= 299


def test_one_late_head_does_not_make_the_clock_fast() -> None:
    clock = ClockComparison()
    for number, late in enumerate((2_000, 400_000, 3_000, 1_000)):
        clock.on_head(number, NOW, NOW + late)
    assert clock.offset_ms == 1_000


def test_a_clock_that_is_ahead_makes_every_head_look_old() -> None:
    clock = ClockComparison()
    for number in range(4):
        clock.on_head(number, NOW, NOW + 300_000 + number)
    assert clock.offset_ms == 300_000


def test_a_head_from_the_future_shows_at_once_that_the_clock_is_behind() -> None:
    clock = ClockComparison()
    clock.on_head(1, NOW, NOW - 300_000)
    assert clock.offset_ms == -300_000


def test_an_order_that_is_ahead_makes_no_promise_look_younger_than_the_reserve() -> None:
    """What was promised 20 s ahead of time waited longer than the lag (simulation, seed 124)."""
    ahead, behind = outlook(ahead=20_001), outlook(ahead=20_000)
    assert reason_not_to_accept(ahead, 120_000) is NotAccepting.ORDER_AHEAD
    assert reason_not_to_accept(behind, 120_000) is None


def test_a_node_that_starts_on_an_old_head_waits_for_the_next() -> None:
    """Nothing could be posted that it promised, if its clock were ahead."""
    clock = ClockComparison()
    assert clock.offset_ms == 0
    clock.on_head(1, NOW, NOW + 300_000)
    assert clock.offset_ms == 300_000
    clock.on_head(2, NOW + 298_000, NOW + 300_000)
    assert clock.offset_ms == 2_000


def test_the_same_head_twice_says_nothing_new() -> None:
    clock = ClockComparison()
    clock.on_head(1, NOW, NOW + 1_000)
    for late in range(10):
        clock.on_head(1, NOW, NOW + 100_000 * late)
    assert clock.offset_ms == 1_000


def test_while_behind_half_as_many_batches_are_made_as_l1_takes() -> None:
    """L1 takes four a block of twelve seconds, so the node makes one in six seconds at most."""
    pace = PostingPace()
    assert pace.batch_ms(waiting=4) == 0
    assert pace.batch_ms(waiting=5) == 6_000
    for block in range(5):
        pace.on_view(NOW + 12_000 * block, posted_to=100 + 2 * block, waiting=50)
    assert pace.batch_ms(waiting=50) == 12_000


def test_a_clock_set_back_counts_until_all_that_was_promised_before_is_posted() -> None:
    """Seed 40022 of the simulation: 30 s back, 18 s before L1 went out of sight."""
    steps = ClockSteps()
    steps.observe(NOW, 10.0, newest_batch=7, posted_to=4)
    steps.observe(NOW + 250, 10.25, newest_batch=7, posted_to=4)
    assert steps.back_ms == 0
    steps.observe(NOW - 29_500, 10.5, newest_batch=7, posted_to=5)
    assert steps.back_ms == 30_000
    steps.observe(NOW - 29_250, 10.75, newest_batch=9, posted_to=6)
    assert steps.back_ms == 30_000
    steps.observe(NOW - 29_000, 11.0, newest_batch=9, posted_to=7)
    assert steps.back_ms == 0


def test_a_clock_that_is_set_right_again_is_forgiven() -> None:
    steps = ClockSteps()
    steps.observe(NOW, 10.0, newest_batch=7, posted_to=4)
    steps.observe(NOW - 20_000, 10.0, newest_batch=7, posted_to=4)
    steps.observe(NOW - 5_000, 10.0, newest_batch=8, posted_to=4)
    assert steps.back_ms == 5_000
    steps.observe(NOW + 60_000, 10.0, newest_batch=8, posted_to=4)
    assert steps.back_ms == 0
