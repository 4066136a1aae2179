"""A quorum of signed prices for L1: one time, one epoch, different reporters, right signatures."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.price_report import SignedReport, index_price_of
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.reporter.report_quorum import TooFewReports, quorum_of
from strikeproof.reporter.reporter_set import ReporterSet
from strikeproof.reporter.served_reports import ServedReports, reports_in, served_reports

DOMAIN = keccak256(b"domain")
NOW = 1_800_000_000_000
WALLETS = sorted((Wallet(keccak256(bytes([each]))) for each in range(4)), key=lambda w: w.address)
SET = ReporterSet(tuple(each.address for each in WALLETS), quorum=3, epoch=2)


def report(place: int, time_ms: int = NOW, price: int = 10**13, epoch: int = 2) -> SignedReport:
    unsigned = SignedReport(1, time_ms, price, place, epoch, b"")
    return unsigned.signed(WALLETS[place], DOMAIN)


def chosen(*reports: SignedReport) -> list[tuple[int, int]]:
    found = quorum_of(reports, 1, SET, DOMAIN)
    return [(each.publish_time_ms, each.reporter) for each in found]


def test_newest_time_of_which_a_quorum_signed() -> None:
    old = [report(place, NOW) for place in range(4)]
    new = [report(place, NOW + 1_500) for place in (0, 2, 3)]
    newest = [report(place, NOW + 3_000) for place in (0, 1)]
    assert chosen(*old, *newest, *new) == [(NOW + 1_500, place) for place in (0, 2, 3)]


def test_op_holds_the_reports_in_the_order_of_places() -> None:
    found = quorum_of([report(3), report(0), report(1)], 1, SET, DOMAIN)
    assert index_price_of(found) == index_price_of(sorted(found, key=lambda one: one.reporter))


@pytest.mark.parametrize(
    "third",
    [
        report(1),  # the same reporter again
        report(2, NOW + 1),
        report(2, epoch=1),
        replace(report(2), price_nano_usd=1),  # not what was signed
        replace(report(2), reporter=3),  # another's place
        replace(report(2), reporter=9),
        replace(report(2), underlying=2),
        replace(report(2), signature=bytes(64)),
        replace(report(2), signature=b"\xff" * 64),
    ],
    ids=["twice", "time", "epoch", "price", "place", "no place", "underlying", "zeros", "ones"],
)
def test_report_that_does_not_count_leaves_too_few(third: SignedReport) -> None:
    with pytest.raises(TooFewReports) as caught:
        quorum_of([report(0), report(1), third], 1, SET, DOMAIN, ["b.example: no connection"])
    assert (caught.value.most, caught.value.quorum) == (2, 3)
    assert "b.example" in str(caught.value)


def test_set_without_a_quorum_makes_no_price() -> None:
    with pytest.raises(TooFewReports):
        quorum_of([report(0)], 1, ReporterSet((), 0, 0), DOMAIN)


@contextmanager
def serving(body: bytes, status: int = 200) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/reports"
    finally:
        server.shutdown()
        server.server_close()


def test_what_peers_serve_is_read_and_a_dead_peer_is_reported() -> None:
    served = json.dumps({"reports": [report(0).to_json(), report(1).to_json()]}).encode()
    with serving(served) as url:
        found, troubles = served_reports([url, "http://127.0.0.1:1/reports"])
    assert found.prices == [report(0), report(1)]
    assert len(troubles) == 1 and "127.0.0.1:1" in troubles[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"5",
        b"null",
        b"{}",
        b'{"reports": 5}',
        b'{"reports": [5]}',
        b'{"reports": [{}]}',
        b"[" * 1_000_000,
        b"\xff\xfe",
        json.dumps([report(0).to_json() | {"signature": "0x12"}]).encode(),
        json.dumps([report(0).to_json() | {"signature": "zz"}]).encode(),
        json.dumps([report(0).to_json() | {"price_nano_usd": str(2**64)}]).encode(),
        json.dumps([report(0).to_json() | {"publish_time_ms": -1}]).encode(),
        json.dumps([report(0).to_json()]).replace(str(NOW), "1e999").encode(),
    ],
)
def test_hostile_peer_is_a_trouble_and_nothing_else(body: bytes) -> None:
    with serving(body) as url:
        found, troubles = served_reports([url])
    assert (found, len(troubles)) == (ServedReports(), 1)


def test_error_status_of_a_peer_is_reported() -> None:
    with serving(b"[]", status=503) as url:
        assert served_reports([url])[0] == ServedReports()


@pytest.mark.parametrize("document", [None, 5, "x", {"reports": {}}, [None]])
def test_document_without_reports_is_refused(document: object) -> None:
    with pytest.raises(FieldInvalid):
        reports_in(document)
