"""Which messages share a segment (docs/protocol/capacity.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strikeproof.sequencer.core.rules.segment_charge import is_light
from strikeproof.wire.constants import LIGHT_MESSAGES_MAX


def message_runs(messages: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Yield consecutive messages of a lane in runs: as many light ones as may share a segment,
    any other alone."""
    start = 0
    while start < len(messages):
        end = start + 1
        if is_light(messages[start]):
            last = min(len(messages), start + LIGHT_MESSAGES_MAX)
            while end < last and is_light(messages[end]):
                end += 1
        yield tuple(messages[start:end])
        start = end
