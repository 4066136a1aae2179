"""A node whose clock is wrong accepts nothing and says so, and goes on once the clock is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from strikeproof.client import Client, VenueError
from strikeproof.client.operation import Place
from tests.integration.sequencer.chain import (
    SequencerProcess,
    events_of,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.shifted_clock import CLOCK_FILE
from tests.integration.sequencer.test_child_processes import is_serving
from tests.integration.sequencer.test_reorganization import wait
from tests.integration.sequencer.venue import wallet

MODULE = "tests.integration.sequencer.shifted_clock"
NOTICED_SECONDS = 20.0


def reasons(sequencer: SequencerProcess) -> list[str]:
    """Return why it stopped accepting, each time, as its alarms say."""
    events = [each for each in events_of(sequencer.log) if each["event"] == "not_accepting"]
    assert all(each["alarm"] for each in events)
    return [each["reason"] for each in events]


# Its client rightly warns of a venue whose clock was wrong.
@pytest.mark.filterwarnings("ignore:this machine's clock")
@pytest.mark.timeout(300)
def test_node_with_a_wrong_clock_accepts_nothing_until_it_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = tmp_path / "clock"
    monkeypatch.setenv(CLOCK_FILE, str(clock))

    def shift(seconds: int, then: Callable[[], bool]) -> None:
        new = clock.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(clock)
        wait(then, NOTICED_SECONDS)

    with running_chain(tmp_path, window_seconds=5) as chain:
        clock.write_text("-300")
        sequencer = start_sequencer(write_config(tmp_path, chain), module=MODULE)
        try:
            endpoint = sequencer.endpoint
            wait(lambda: not is_serving(endpoint), NOTICED_SECONDS)
            # Before it has seen a head it knows only that the order is ahead of its clock.
            wait(lambda: reasons(sequencer)[-1:] == ["clock_behind"], NOTICED_SECONDS)
            with Client(endpoint, wallet("trader 1")) as trader:
                refused = chain.bundle(1, 0, Place(1, True, 1_010, 5))
                with pytest.raises(VenueError, match="orders nothing now"):
                    trader.submit(refused)
                shift(0, lambda: is_serving(endpoint))
                # It is the inbox that lists the underlying: read once the clock is right.
                wait(lambda: trader.instruments(), 60)
                trader.submit(chain.index_price())
                ack = trader.submit(refused)
                wait(lambda: trader.finality(ack).state != "accepted", 60)
                shift(300, lambda: not is_serving(endpoint))
                wait(lambda: reasons(sequencer)[-1] == "clock_ahead", NOTICED_SECONDS)
                # A batch that waits may look old for the few heads that judging the clock takes.
                passing = {"order_ahead", "posting_behind"}
                assert [each for each in reasons(sequencer) if each not in passing] == [
                    "clock_behind",
                    "clock_ahead",
                ]
                with pytest.raises(VenueError, match="orders nothing now"):
                    trader.submit(chain.bundle(1, 1, Place(1, True, 1_020, 5)))
                shift(0, lambda: is_serving(endpoint))
                ack = trader.submit(chain.bundle(1, 1, Place(1, True, 1_020, 5)))
                wait(lambda: trader.finality(ack).state != "accepted", 60)
        finally:
            assert sequencer.terminate() == 0, sequencer.log.read_text()[-3000:]
