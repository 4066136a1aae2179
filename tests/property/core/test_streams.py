"""The invariants of LAW2 hold at every step of random streams of every mood."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.engine import Engine
from tests.agreement.mood import MOODS, Mood
from tests.agreement.stream import Stream
from tests.property.core.stream_watch import StreamWatch
from tests.unit.core.scripted_venue import DOMAIN

SEGMENTS = 200
SETTLED_EACH = 40  # segments


@pytest.mark.parametrize("mood", MOODS, ids=[mood.name for mood in MOODS])
def test_invariants_hold_at_every_step(mood: Mood) -> None:
    engine = Engine.genesis(DOMAIN)
    watch = StreamWatch(engine)
    stream = Stream(engine, f"watched {mood.name}", mood)
    for number in range(SEGMENTS):
        watch.execute(stream.next_input())
        if number % SETTLED_EACH == SETTLED_EACH - 1:
            watch.check_settled()
    assert watch.seen["refused"]
