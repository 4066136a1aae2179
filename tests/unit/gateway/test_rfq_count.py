"""What one host may have open of the node's requests for quotes, whatever became of the others."""

from __future__ import annotations

import pytest

from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.gateway.rfq_count import OPENING_MS, RfqCount
from strikeproof.gateway.settings import RfqBounds
from strikeproof.wire.errors import ApiError

BOUNDS = RfqBounds(calls_per_second=1, calls_burst=2, requests_max=2)
NOW_MS = 1_000_000


@pytest.fixture
def count() -> RfqCount:
    return RfqCount(BOUNDS, GatewayMetrics())


def open_one(count: RfqCount, host: str, request: int, *, at: int = NOW_MS) -> None:
    with count.opening(host, at):
        count.opened(host, request, NOW_MS + 100 * request)


def wait_of(count: RfqCount, host: str, at: int = NOW_MS) -> int:
    with pytest.raises(GatewayRefusal) as refused:
        open_one(count, host, 99, at=at)
    assert refused.value.code is ApiError.TOO_MANY_OPEN
    return int(str(refused.value.values["retry_after_ms"]))


def test_a_full_host_waits_for_its_own_first_expiry_and_others_do_not(count: RfqCount) -> None:
    open_one(count, "a", 1)
    open_one(count, "a", 2)
    assert wait_of(count, "a") == 100
    open_one(count, "b", 3)
    open_one(count, "a", 4, at=NOW_MS + 100)  # the first has expired
    assert wait_of(count, "a", NOW_MS + 100) == 100


def test_a_closed_request_makes_room_and_one_that_failed_to_open_takes_none(
    count: RfqCount,
) -> None:
    open_one(count, "a", 1)
    open_one(count, "a", 2)
    count.closed(1)
    count.closed(77)  # of no host
    with pytest.raises(ZeroDivisionError), count.opening("a", NOW_MS):
        raise ZeroDivisionError
    open_one(count, "a", 3)


def test_requests_that_are_being_opened_count(count: RfqCount) -> None:
    with count.opening("a", NOW_MS), count.opening("a", NOW_MS):
        assert wait_of(count, "a") == OPENING_MS
    open_one(count, "a", 1)


def test_calls_beyond_the_rate_of_a_host_wait(count: RfqCount) -> None:
    count.call("a")
    count.call("a")
    with pytest.raises(GatewayRefusal) as refused:
        count.call("a")
    assert refused.value.code is ApiError.RATE_LIMITED
    assert 0 < int(str(refused.value.values["retry_after_ms"])) <= 1_000
    count.call("b")
