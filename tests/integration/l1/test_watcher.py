"""The sequencer's view of L1 when endpoints leave events out, lag, or limit what they answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from strikeproof.failure import Transient
from strikeproof.sequencer.l1.l1_state import L1Inconsistent
from strikeproof.sequencer.l1.l1_watcher import MISFITS_BEFORE_ALARM, L1View
from tests.integration.l1.posting_venue import PostingVenue


@pytest.fixture
def venue(tmp_path: Path) -> PostingVenue:
    return PostingVenue(tmp_path, propose=False)


def without_logs(method: str, _params: list[Any], answer: Any) -> Any:
    return {"result": []} if method == "eth_getLogs" else answer


def honest(_method: str, _params: list[Any], answer: Any) -> Any:
    return answer


def grow(venue: PostingVenue, messages: int = 3) -> None:
    """Put some messages and a batch on L1."""
    venue.venue.rpc.mines_at_once = True
    for number in range(messages):
        venue.venue.add_message(b"message %d" % number)
    venue.venue.rpc.mines_at_once = False


def polled(venue: PostingVenue, attempts: int) -> L1View:
    """Return the first view that this many polls give."""
    for _ in range(attempts):
        with suppress(Transient):
            return venue.watcher.poll()
    raise AssertionError(f"no view in {attempts} polls")


def test_empty_logs_are_noticed_and_read_again(venue: PostingVenue) -> None:
    """attack 28: an endpoint whose logs lag its head answers with none, for a while."""
    venue.watcher.poll()
    grow(venue)
    venue.provider.tamper = without_logs
    with capture_logs() as logs:
        for _ in range(MISFITS_BEFORE_ALARM):
            with pytest.raises(L1Inconsistent):
                venue.watcher.poll()
    misfits = [each for each in logs if each["event"] == "logs_incomplete"]
    assert [each["alarm"] for each in misfits] == [False] * (MISFITS_BEFORE_ALARM - 1) + [True]
    venue.provider.tamper = honest
    assert len(venue.watcher.poll().state.messages) == 3
    assert venue.watcher.misfits == 0


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_log_that_is_missing_anywhere_is_noticed_and_read_again(
    venue: PostingVenue, missing: int
) -> None:
    """attack 28: the last one shows in L1's counters, another in what follows it."""
    venue.watcher.poll()
    grow(venue)

    def tamper(method: str, _params: list[Any], answer: Any) -> Any:
        if method == "eth_getLogs":
            del answer["result"][missing : missing + 1]
        return answer

    venue.provider.tamper = tamper
    with pytest.raises(L1Inconsistent):
        venue.watcher.poll()
    venue.provider.tamper = honest
    assert len(venue.watcher.poll().state.messages) == 3


def test_first_reading_with_logs_cut_short_starts_again(venue: PostingVenue) -> None:
    grow(venue, 8)
    cut = 5  # the Rollup's own block has four

    def tamper(method: str, _params: list[Any], answer: Any) -> Any:
        if method == "eth_getLogs":
            answer["result"] = answer["result"][:cut]
        return answer

    venue.provider.tamper = tamper
    view = polled(venue, 12)
    assert len(view.state.messages) == 8, "shorter ranges get around the provider's limit"


def test_ranges_shrink_below_a_limit_of_the_provider(venue: PostingVenue) -> None:
    grow(venue, 20)

    def tamper(method: str, params: list[Any], answer: Any) -> Any:
        if method == "eth_getLogs":
            blocks = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
            if blocks > 4:
                return {"error": {"code": -32600, "message": "too wide"}}
        return answer

    venue.provider.tamper = tamper
    assert len(polled(venue, 12).state.messages) == 20


def lagging(head: int) -> Callable[[str, list[Any], Any], Any]:
    return lambda method, params, answer: (
        {"result": hex(head)} if method == "eth_blockNumber" else answer
    )


def test_head_that_falls_back_on_the_same_chain_forgets_nothing(venue: PostingVenue) -> None:
    """An endpoint that lags is not a reorganization, however far it is behind."""
    grow(venue)
    venue.watcher.poll()
    head = venue.venue.chain.head_number
    for behind in (1, head):
        venue.provider.tamper = lagging(head - behind)
        with pytest.raises(L1Inconsistent), capture_logs() as logs:
            venue.watcher.poll()
        assert not [each for each in logs if each["event"] == "l1_reorganized"]
    venue.provider.tamper = honest
    assert len(venue.watcher.poll().state.messages) == 3
