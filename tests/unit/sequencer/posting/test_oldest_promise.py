"""Since when the oldest promise waits for L1: what decides whether the node may promise more."""

import asyncio
from collections.abc import Callable

import pytest

from strikeproof.client.operation import CancelAll
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.not_accepting import NotAccepting
from strikeproof.sequencer.order.sealed_batch import SealedBatch
from strikeproof.sequencer.posting import accepting_gate
from strikeproof.sequencer.posting.accepting_gate import AcceptingGate
from strikeproof.sequencer.posting.promise_limits import ClockWatch
from tests.unit.sequencer.ordering_venue import OrderingVenue


def book(*batches: tuple[int, int, int]) -> FinalityBook:
    """Return a book of sealed batches: number, header time, opening."""
    found = FinalityBook()
    for number, time_ms, opened_ms in batches:
        found.sealed(SealedBatch(number, time_ms, opened_ms))
    return found


def test_nothing_waits_without_a_batch_or_when_l1_holds_all() -> None:
    assert book().oldest_promise_ms is None
    all_posted = book((1, 100, 100), (2, 200, 200))
    all_posted.posted_to = 2
    assert all_posted.oldest_promise_ms is None


def test_promise_is_as_old_as_its_opening_however_often_its_batch_is_sealed_again() -> None:
    assert book((1, 900, 100), (2, 950, 200)).oldest_promise_ms == 100


def test_young_batch_in_front_does_not_hide_older_promises_behind_it() -> None:
    """A stranger's batch was adopted, ours moved up by one, and L1 dropped the stranger's."""
    assert book((1, 900, 900), (2, 950, 100), (3, 960, 200)).oldest_promise_ms == 100


def test_node_that_halted_with_an_open_batch_accepts_nothing_if_its_promises_are_too_old() -> None:
    """Nothing is sealed, yet what is in the batch waits since before the halt."""
    venue = OrderingVenue()  # in 2023
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    changes: list[NotAccepting | None] = []

    async def judge() -> None:
        async def apply(reason: NotAccepting | None) -> None:
            changes.append(reason)

        metrics = SequencerMetrics()
        clock = ClockWatch()
        gate = AcceptingGate(book(), venue.orderer, metrics, 600_000, apply, clock, is_frozen=False)
        await gate.judge()

    asyncio.run(judge())
    assert changes == [NotAccepting.POSTING_BEHIND]
    venue.orderer.seal()
    asyncio.run(judge())
    assert changes == [NotAccepting.POSTING_BEHIND], "sealed: now the book of finality says it"


def step_back(clock: ClockWatch) -> None:
    """While the node waits for L1. Seed 105730 of the simulation."""
    clock.steps.observe(200_000, asyncio.get_running_loop().time(), 0, 0)


def fall_behind(clock: ClockWatch) -> None:
    """By L1's head, before the node has begun again. Seed 104136 of the simulation."""
    clock.comparison.on_head(7, 200_000, 170_000)


@pytest.mark.parametrize("happen", [step_back, fall_behind])
def test_what_is_known_of_the_clock_outlives_a_beginning(
    monkeypatch: pytest.MonkeyPatch, happen: Callable[[ClockWatch], None]
) -> None:
    changes: list[NotAccepting | None] = []

    async def judge() -> None:
        async def apply(reason: NotAccepting | None) -> None:
            changes.append(reason)

        clock, metrics = ClockWatch(), SequencerMetrics()
        happen(clock)
        monkeypatch.setattr(accepting_gate, "wall_clock_ms", lambda: 170_000)
        promised = book((1, 95_000, 95_000))
        venue = OrderingVenue()
        venue.order(venue.traders[0].bundle(CancelAll(0)))
        venue.orderer.seal()
        gate = AcceptingGate(
            promised, venue.orderer, metrics, 120_000, apply, clock, is_frozen=False
        )
        await gate.judge()

    asyncio.run(judge())
    assert len(changes) == 1
    assert changes[0] in (NotAccepting.POSTING_BEHIND, NotAccepting.CLOCK_BEHIND), (
        "a promise waits for 105 s, where 100 are the most"
    )
