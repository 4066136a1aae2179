"""Shares of ops about expiries at a node: gathered to a quorum; what is none changes nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.client import Client
from strikeproof.client.expiry_report import (
    ExpiryReporter,
    ForwardReport,
    SettlementReport,
    SviTerms,
    settle_expiry_of,
    surface_of,
)
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.failure import Rejected
from strikeproof.reporter.price_record import PriceRecord
from strikeproof.sequencer.api.report_shares import KEPT
from strikeproof.wire.constants import PPB
from strikeproof.wire.errors import ApiError, Result
from tests.drills.reporters_of_expiries_drill import venue_in_time
from tests.integration.sequencer.venue import (
    REPORTERS,
    SEPARATOR,
    index_price,
    now_ms,
    publish_time,
    wallet,
)

PAST, FAR = 1, 2
ENDPOINT: list[str] = []


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("shares")
    with venue_in_time(folder, ahead_ms=20_000, enough_ms=2_000) as (node, _):
        node.submit(index_price())
        ENDPOINT.append(node.endpoint)
        with Client(node.endpoint) as connected:
            yield connected


def share(place: int, at_ms: int, forward: int = PPB, **surface: int) -> bytes:
    report = ForwardReport(FAR, at_ms, forward, SviTerms(**surface))
    return surface_of([report.signed(by(place))])


def by(place: int) -> ExpiryReporter:
    return ExpiryReporter(REPORTERS[place], place, 1, SEPARATOR)


def submit(client: Client, op: bytes) -> tuple[int, int]:
    return client._run(client._client.submit_share(op))


def refusal(client: Client, op: bytes) -> object:
    """Return the result or the code that a share is refused with."""
    with pytest.raises(Rejected) as caught:
        submit(client, op)
    return getattr(caught.value, "result", None) or caught.value.code


def expiry(client: Client, number: int = FAR) -> ListedExpiry:
    return client.expiries()[number - 1]


def test_quorum_of_equal_shares_is_ordered_with_the_lower_median(client: Client) -> None:
    time_ms = publish_time()
    assert submit(client, share(0, time_ms, PPB + 1_000)) == (1, 2)
    assert submit(client, share(0, time_ms, PPB + 1_000)) == (1, 2), "the same one again"
    assert expiry(client).publish_time_ms != time_ms
    assert submit(client, share(2, time_ms, PPB + 3_000)) == (2, 2)
    found = expiry(client)
    assert (found.publish_time_ms, found.forward_ppb) == (time_ms, PPB + 1_000)
    assert submit(client, share(1, time_ms, PPB + 9_000)) == (3, 2), "ordered already"
    assert expiry(client).forward_ppb == PPB + 1_000


def test_shares_of_different_surfaces_do_not_go_together(client: Client) -> None:
    time_ms = publish_time()
    terms = {"a": 1, "b": 5, "time_ms": time_ms, "forward_nano_usd": 7}
    assert submit(client, share(0, time_ms)) == (1, 2)
    assert submit(client, share(1, time_ms, **terms)) == (1, 2)
    assert submit(client, share(2, time_ms, **terms | {"a": 2})) == (1, 2)


def test_one_reporter_pushes_out_its_own_shares_alone(client: Client) -> None:
    time_ms = publish_time()
    assert submit(client, share(0, time_ms)) == (1, 2)
    for flood in range(KEPT + 3):
        submit(client, share(1, time_ms, a=flood))
    assert submit(client, share(2, time_ms)) == (2, 2), "the first one's is still there"


def test_settlement_waits_for_all_or_for_the_time_and_counts_once(client: Client) -> None:
    while now_ms() <= expiry(client, PAST).expiry_ms:
        time.sleep(0.2)
    prices = [100 * 10**9, 101 * 10**9, 102 * 10**9]
    reports = [SettlementReport(PAST, each).signed(by(n)) for n, each in enumerate(prices)]
    for each in reports:
        submit(client, settle_expiry_of([each]))
    assert expiry(client, PAST).settlement_nano_usd in (prices[0], prices[1])
    assert refusal(client, settle_expiry_of(reports[:1])) == Result.INSTRUMENT_SETTLED


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\x45",
        b"\x45\x00\x00",
        b"\x45" + bytes(300),
        b"\xff" * 100,
        bytes(70_000),
        index_price(),
    ],
    ids=["empty", "type", "no body", "length", "ones", "huge", "index price"],
)
def test_what_is_no_share_is_refused(client: Client, wrong: bytes) -> None:
    before = expiry(client)
    with pytest.raises(Rejected):
        submit(client, wrong)
    assert expiry(client) == before


def test_share_of_somebody_else_of_another_epoch_or_time_is_refused(client: Client) -> None:
    now = now_ms()
    stranger = ExpiryReporter(wallet("a stranger"), 0, 1, SEPARATOR)
    old_epoch = replace(by(0), reporter_epoch=2)
    elsewhere = replace(by(0), domain_separator=bytes(32))
    not_theirs = replace(by(0), reporter=1)
    nobody = replace(by(0), reporter=9)
    for signer in (stranger, old_epoch, elsewhere, not_theirs, nobody):
        report = ForwardReport(FAR, now, PPB).signed(signer)
        assert refusal(client, surface_of([report])) == ApiError.REQUEST_MALFORMED
    for time_ms in (1, now - 120_000, now + 60_000):
        assert refusal(client, share(0, time_ms)) == Result.STALE_REPORT
    unlisted = ForwardReport(9, now, PPB).signed(by(0))
    assert refusal(client, surface_of([unlisted])) == ApiError.NOT_FOUND
    early = SettlementReport(FAR, 5).signed(by(0))
    assert refusal(client, settle_expiry_of([early])) == Result.NOT_EXPIRED
    over = ForwardReport(PAST, now, PPB).signed(by(0))
    assert refusal(client, surface_of([over])) == Result.EXPIRY_CLOSED
    both = [ForwardReport(FAR, now, PPB).signed(by(n)) for n in (0, 1)]
    assert refusal(client, surface_of(both)) == ApiError.REQUEST_MALFORMED


def test_settling_by_hand_shows_the_averages_and_refuses_what_cannot_be(
    client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "reporter.toml"
    path.write_text(
        f"""
sequencers = ["{ENDPOINT[0]}"]
data_dir = "data"
[key]
key_env = "UNUSED"
[l1]
endpoints = ["http://127.0.0.1:1"]
chain_id = 31_337
deployment = "deployment.json"
[[underlying]]
id = 1
source = [{{kind = "file", path = "none", price = "x"}}]
"""
    )
    with PriceRecord(tmp_path / "data/prices.sqlite") as record:
        record.note(1, expiry(client, FAR).expiry_ms - 1_000, 5 * 10**9)

    def settle(*arguments: str) -> tuple[int, str]:
        command = ["reporter", "settle", str(path), *arguments]
        result = CliRunner().invoke(main, command)
        return result.exit_code, result.output

    code, told = settle("--expiry", str(FAR), "--json")
    assert (code, json.loads(told)["average_nano_usd"]) == (0, str(5 * 10**9))
    assert json.loads(told)["decided_nano_usd"] is None
    for arguments, expected in (
        (("--expiry", str(FAR), "--price", "5", "--yes"), "NOT_TO_SETTLE"),
        (("--expiry", str(FAR), "--price", "5"), "--yes"),
        (("--expiry", "9"), "NOT_TO_SETTLE"),
        (("--expiry", str(FAR), "--price", "nan", "--yes"), "FIELD_INVALID"),
        (("--expiry", str(FAR), "--price", "-1", "--yes"), "FIELD_INVALID"),
        (("--expiry", str(FAR), "--price", "1e30", "--yes"), "FIELD_INVALID"),
        (("--expiry", str(FAR), "--price", "0.0000000001", "--yes"), "FIELD_INVALID"),
        (("--expiry", "0"), "--expiry"),
    ):
        code, told = settle(*arguments)
        assert (code, expected in told) == (2, True), told
    with PriceRecord(tmp_path / "data/prices.sqlite") as record:
        assert record.settlement(FAR, expiry(client, FAR).expiry_ms) is None
