"""L1 stands still under a running sequencer, for seconds and on real processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from strikeproof.client import Ack, Client
from strikeproof.sequencer.recovery.change_log import ChangeLog
from tests.integration.sequencer.chain import (
    events_of,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.test_reorganization import wait
from tests.integration.sequencer.venue import wallet

OUTAGE_SECONDS = float(os.environ.get("STRIKEPROOF_OUTAGE_SECONDS", "8"))
"""`make outage SECONDS=700` is the whole of it."""
MAX_LAG_SECONDS = max(60, round(OUTAGE_SECONDS * 9 / 7))
TERMS = {"max_lag_seconds": MAX_LAG_SECONDS, "force_inclusion_seconds": 2 * MAX_LAG_SECONDS}


@pytest.mark.timeout(300 + 4 * OUTAGE_SECONDS)
def test_what_is_accepted_while_l1_stands_still_is_posted_as_acknowledged(tmp_path: Path) -> None:
    """The outage is shorter than the largest lag: no restart, no broken receipt."""
    with running_chain(tmp_path, window_seconds=5, **TERMS) as chain:
        sequencer = start_sequencer(write_config(tmp_path, chain, check_ppm=0))
        try:
            told: list[Ack] = []
            with Client(sequencer.endpoint, wallet("trader 2")) as trader:
                trader.submit(chain.index_price())
                chain.process.send_signal(signal.SIGSTOP)
                started = time.monotonic()
                while time.monotonic() - started < OUTAGE_SECONDS:
                    told.append(trader.place(1, sell=False, price=990, lots=1))
                    time.sleep(0.5)
                chain.process.send_signal(signal.SIGCONT)
                assert len({each.receipt.batch for each in told}) > 1
                wait(lambda: trader.finality(told[-1]).state != "accepted", 120 + OUTAGE_SECONDS)
                for each in told:
                    found = trader.finality(each)
                    assert found.state != "accepted"
                    assert found.change is None
                    assert found.batch == each.receipt.batch
            assert ChangeLog(sequencer.data).read() == []
            events = [each["event"] for each in events_of(sequencer.log)]
            assert "order_outdated" not in events
            assert events.count("serving") == 1
        finally:
            chain.process.send_signal(signal.SIGCONT)
            assert sequencer.terminate() == 0, sequencer.log.read_text()[-3000:]
