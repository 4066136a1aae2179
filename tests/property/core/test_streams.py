"""What must hold (docs/protocol/README.md) does at every step of random streams of every mood."""

from __future__ import annotations

from collections import Counter

import pytest

from strikeproof.sequencer.core.engine import Engine
from tests.agreement.mood import AGREED, AGREED_OPTIONS, DATED, HEDGED, MOODS, Mood
from tests.agreement.stream import Stream
from tests.property.core.stream_watch import StreamWatch
from tests.unit.core.scripted_venue import DOMAIN

SETTLED_EACH = 40  # segments
NUMBERS = (73, 92, 104, 110)  # of streams that reach all of it
SWINGING = Mood("swinging", instruments=1, underlyings=1, narrow=True, swinging=True, broken=False)


def watched(mood: Mood, seed: str, segments: int) -> StreamWatch:
    """Return what watched a stream."""
    engine = Engine.genesis(DOMAIN)
    watch = StreamWatch(engine)
    stream = Stream(engine, seed, mood)
    for number in range(segments):
        watch.execute(stream.next_input())
        if number % SETTLED_EACH == SETTLED_EACH - 1:
            watch.check_settled()
    return watch


@pytest.mark.parametrize(
    "mood", [*MOODS, DATED, AGREED, AGREED_OPTIONS, HEDGED], ids=lambda mood: mood.name
)
def test_invariants_hold_at_every_step(mood: Mood) -> None:
    watch = watched(mood, f"watched {mood.name}", 330 if mood.name == "listings" else 200)
    assert watch.seen["refused"]


def test_invariants_hold_where_houses_take_over() -> None:
    seen: Counter[str] = Counter()
    for number in NUMBERS:
        seen += watched(SWINGING, f"watched swings{number}", 400).seen
    for name in ("liquidations", "TakenOver", "Unwound", "Deleveraged", "PendingSettled"):
        assert seen[name], name
