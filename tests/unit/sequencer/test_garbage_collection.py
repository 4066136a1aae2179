"""Long pauses are none of the collector's business while orders wait; garbage goes all the same."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from strikeproof.sequencer import garbage_collection as garbage
from strikeproof.sequencer.garbage_collection import GarbageCollection


class Thing:
    """Something that can be in a cycle."""

    def __init__(self) -> None:
        self.other: Thing = self


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    """The collector's settings are the process's."""
    thresholds = gc.get_threshold()
    gc.collect()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    gc.collect()


def full_collections() -> int:
    return int(gc.get_stats()[2]["collections"])


def survive() -> list[Thing]:
    """Make objects that live on: two middle collections of them, and more."""
    many = 2 * garbage.YOUNG_OBJECTS * (garbage.MIDDLE_ROUNDS + 2) * garbage.SURVIVING_ROUNDS
    return [Thing() for _ in range(many)]


def test_python_alone_never_looks_through_everything() -> None:
    async def play() -> int:
        running = asyncio.create_task(GarbageCollection().run())
        await asyncio.sleep(0)
        before = full_collections()
        kept = [survive() for _ in range(3)]
        running.cancel()
        return full_collections() - before - (not kept)

    assert asyncio.run(play()) == 0


def test_survivors_are_looked_through_once_and_set_aside() -> None:
    gc.set_threshold(garbage.YOUNG_OBJECTS, garbage.MIDDLE_ROUNDS, garbage.AUTOMATIC_NEVER)
    policy, frozen = GarbageCollection(), gc.get_freeze_count()
    kept = survive()
    thing = Thing()
    gc.collect(1)  # it has grown old
    lost = weakref.ref(thing)
    del thing
    gc.collect(1)
    assert lost() is not None
    policy.step()
    assert lost() is None
    assert gc.get_freeze_count() >= frozen + len(kept)
    before = full_collections()
    policy.step()
    assert full_collections() == before


def test_cycle_that_breaks_away_after_it_was_set_aside_is_found_once_they_have_grown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "COUNTED_STEPS", 1)
    policy = GarbageCollection()
    policy._kept = len(gc.get_objects())
    thing = Thing()
    lost = weakref.ref(thing)
    gc.freeze()
    del thing
    policy.step()
    gc.collect()
    assert lost() is not None
    kept: list[Any] = [Thing() for _ in range(policy._kept)]
    gc.freeze()
    policy.step()
    assert lost() is None
    assert kept


def test_a_start_collects_once_at_its_end_and_sets_aside_what_lives() -> None:
    before = [each["collections"] for each in gc.get_stats()]
    frozen = gc.get_freeze_count()
    with garbage.nothing_collected():
        kept = survive()
        assert [each["collections"] for each in gc.get_stats()] == before
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + len(kept)
