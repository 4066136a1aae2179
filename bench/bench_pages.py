"""The gateway's pages over a whole venue: Lighthouse's scores, and the time that each takes.

A devnet runs with everything that its pages read: L1, node, verifier and its evidence, traders. All
of that shares the machine with the browser, so scores of performance are low estimates. Keys of
the result:

accessibility_worst        the least score of any page, on a desktop or a phone
accessibility              of each page the lower of both scores; so are the other categories
failed                     audits besides performance that cost any page points
page_ms                    of each page the median, from the request to its last byte
page_ms_worst              the greatest of these medians
page_ms_slowest            the slowest single answer
lighthouse                 its version
"""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from strikeproof.bench.bench_gateway import PAGE_MS_MAX, asked_ms
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

JUDGE: Final = Path(__file__).resolve().parent / "lighthouse" / "judge_pages.js"
SCORE_MIN: Final = 95
CATEGORIES: Final = ("accessibility", "best_practices", "seo", "performance")
ROUNDS: Final = 20
PAUSE_SECONDS: Final = 0.1  # between two requests, as many readers would ask
WINDOW_SECONDS: Final = 600
CLAIMS_MIN: Final = 5
READY_SECONDS: Final = 240
ANSWER_SECONDS: Final = 60
JUDGE_SECONDS: Final = 1_200
PAGES: Final = (
    *("/", "/markets/BTC-PERP", "/expiries", "/accounts", "/accounts/1", "/batches", "/venue"),
    *("/claims", "/solvency", "/orders/{order}", "/ops/{op}", "/batches/{batch}"),
    *("/claims/{batch}", "/claims/{batch}/verdict", "/evidence/message:0"),
)


class NoBrowser(Rejected):
    """Lighthouse or Chromium is not on this machine."""

    code = FailureCode.NO_BROWSER

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"no {what} here: {remedy}")
        self.what, self.remedy = what, remedy


def measure() -> dict[str, Any]:
    """Return the result. Takes ten minutes. Raises `NoBrowser`."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise NoBrowser("Chromium", "install the distribution's")
    if not (JUDGE.parent / "node_modules").exists():
        raise NoBrowser("Lighthouse", "make lighthouse installs it")
    with tempfile.TemporaryDirectory(prefix="strikeproof-bench-") as name, _devnet(name) as address:
        connection = http.client.HTTPConnection(address.split("//")[1], timeout=ANSWER_SECONDS)
        names = _names(connection)
        asked = [path.format(**names) for path in PAGES]
        times = [_times(connection, path) for path in asked]
        connection.close()
        judged = _judged(chromium, address, asked)
    medians = [round(statistics.median(each), 1) for each in times]
    scores = _scores(judged, dict(zip(asked, PAGES, strict=True)))
    return {
        "accessibility_worst": min(scores["accessibility"].values()),
        "accessibility_worst_min": SCORE_MIN,
        "page_ms_worst": max(medians),
        "page_ms_worst_max": PAGE_MS_MAX,
        "page_ms_slowest": round(max(max(each) for each in times), 1),
        "page_ms": dict(zip(PAGES, medians, strict=True)),
        **scores,
        "failed": sorted({audit for each in judged for audit in each["failed"]}),
        "lighthouse": judged[0]["lighthouse"],
    }


@contextmanager
def _devnet(folder: str) -> Iterator[str]:
    """Run a devnet; yield where its page is once there is something to show."""
    data = Path(folder) / "devnet"
    command = [sys.executable, "-m", "strikeproof", "devnet", "up", "--no-view"]
    command += ["--data", str(data), "--window", str(WINDOW_SECONDS)]
    told = Path(folder) / "told.txt"
    with (
        told.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output) as process,
    ):
        try:
            yield _ready(process, told)
        finally:
            process.send_signal(signal.SIGINT)


def _ready(process: subprocess.Popen[bytes], told: Path) -> str:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        lines = told.read_text().splitlines()
        claims = sum(each.split()[2:3] == ["claim"] for each in lines)
        pages = [each.split()[1] for each in lines if each.startswith("page ")]
        if pages and claims >= CLAIMS_MIN:
            return pages[0]
        time.sleep(1)
    raise RuntimeError(f"no devnet: {told.read_text()[-2000:]}")


def _names(connection: http.client.HTTPConnection) -> dict[str, Any]:
    """Return an order, its op and its batch, which is claimed."""
    connection.request("GET", "/api/v1/instruments/BTC-PERP/trades?limit=1000")
    trades = json.loads(connection.getresponse().read())["trades"]
    trade = [each for each in trades if not each["is_block"]][-1]  # a block fills no order
    at = trade["position"]
    return {
        "order": f"BTC-PERP/{trade['maker_slot']}/{trade['maker_serial']}",
        "op": f"{at['batch']}/{at['segment']}/{at['index']}",
        "batch": at["batch"],
    }


def _times(connection: http.client.HTTPConnection, path: str) -> list[float]:
    """Return the milliseconds of each answer, the first one, which opens streams, aside."""
    asked_ms(connection, path)
    found = []
    for _ in range(ROUNDS):
        time.sleep(PAUSE_SECONDS)
        found.append(asked_ms(connection, path))
    return found


def _judged(chromium: str, address: str, paths: Sequence[str]) -> list[dict[str, Any]]:
    run = subprocess.run(
        ["node", str(JUDGE), chromium, address, *paths],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=JUDGE_SECONDS,
    )
    return [json.loads(each) for each in run.stdout.splitlines()]


def _scores(judged: Sequence[dict[str, Any]], named: dict[str, str]) -> dict[str, dict[str, int]]:
    """Return of each category, by page, the lower score of both forms."""
    found: dict[str, dict[str, int]] = {name: {} for name in CATEGORIES}
    for each in judged:
        page = named[each["path"]]
        for name in CATEGORIES:
            score = each["scores"][name]
            found[name][page] = min(score, found[name].get(page, score))
    return found
