"""Three reporter processes carry expiries: forwards, a surface that one proposes and all sign, and
the end of a future that was traded. Nothing else signs anything about an expiry here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from web3 import Web3

from strikeproof.client import Client
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.operation import Place
from strikeproof.contracts import LAW_FAMILIES
from strikeproof.deployment import Deployment
from strikeproof.devnet.ports import free_port
from strikeproof.keccak import keccak256
from strikeproof.operate.expiry_calendar import symbol_day
from strikeproof.wire.constants import PPB, InstrumentStatus
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import CHAIN_ID, ROLLUP, SEPARATOR, TestVenue, now_ms

NANO = 10**9
DAY_MS = 86_400_000
FUTURE = 2
LOTS = 50
COVERED_MS = 15_000
ENOUGH_MS = 45_000  # for reporters to start, sign and cover this much
KEYS = [keccak256(f"reporter {each}".encode()) for each in range(3)]
SVI = {"a": "0.002", "b": "0.05", "rho": "-0.2", "m": "0", "sigma": "0.1"}


class Desk:
    """Three reporters of one venue, each a process with a folder of its own."""

    def __init__(self, folder: Path, endpoint: str, far_ms: int) -> None:
        self.folder = folder
        self.ports = [free_port() for _ in KEYS]
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        venue_file().save(folder / "deployment.json")
        (folder / "term.json").write_text(
            json.dumps({"terms": [{"days": 30, "carry": "0.06", "svi": SVI}]})
        )
        (folder / f"{symbol_day(far_ms)}.json").write_text('{"usd": "101.25"}')
        self.writes = threading.Event()
        threading.Thread(target=self._write_prices, daemon=True).start()
        for number in range(len(KEYS)):
            self._write(number, endpoint)

    def _write_prices(self) -> None:
        """A price that moves between 100 and 102, and files that stay fresh."""
        count = 0
        while not self.writes.wait(0.4):
            count += 1
            part = self.folder / "price.part"
            part.write_text(json.dumps({"usd": str(100 + count % 3)}))
            part.replace(self.folder / "price.json")
            for each in self.folder.glob("*[0-9].json"):
                os.utime(each)

    def _write(self, number: int, endpoint: str) -> None:
        peers = [f"http://127.0.0.1:{port}/reports" for port in self.ports]
        del peers[number]
        (self.folder / f"reporter-{number}.toml").write_text(
            f"""
sequencers = ["{endpoint}"]
every_ms = 1_000
data_dir = "data-{number}"
peers = {json.dumps(peers)}
[key]
key_env = "KEY_{number}"
[l1]
endpoints = ["http://127.0.0.1:1"]
chain_id = {CHAIN_ID}
deployment = "deployment.json"
[serve]
port = {self.ports[number]}
[[underlying]]
id = 1
stale_ms = 60_000
source = [{{kind = "file", path = "price.json", price = "usd"}}]
[underlying.expiries]
term = "term.json"
surface_every_ms = 5_000
stale_ms = 60_000
covered_ms_min = {COVERED_MS}
forward = [{{kind = "file", path = "{{day}}.json", price = "usd"}}]
"""
        )

    def start(self, number: int) -> None:
        environment = os.environ | {f"KEY_{number}": KEYS[number].hex()}
        with (self.folder / f"reporter-{number}.log").open("a") as log:
            self.processes[number] = subprocess.Popen(
                [sys.executable, "-m", "strikeproof", "reporter", "run", f"reporter-{number}.toml"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def served(self, number: int) -> dict[str, list[dict[str, str]]]:
        url = f"http://127.0.0.1:{self.ports[number]}/reports"
        with urllib.request.urlopen(url, timeout=10) as answer:
            found: dict[str, list[dict[str, str]]] = json.load(answer)
        return found

    def logs(self) -> str:
        paths = sorted(self.folder.glob("reporter-*.log"))
        return "\n".join(f"{each.name}: {each.read_text()[-3000:]}" for each in paths)

    def end(self) -> None:
        self.writes.set()
        for each in self.processes.values():
            each.kill()
            each.wait(20)


def venue_file() -> Deployment:
    """Return what reporters read of the venue; its L1 is not there."""
    somewhere = Web3.to_checksum_address("0x" + "11" * 20)
    return Deployment(
        chain_id=CHAIN_ID,
        first_block=0,
        rollup=Web3.to_checksum_address(ROLLUP),
        **dict.fromkeys(("inbox", "vault", "timelock", "escape", "promises", "token"), somewhere),
        laws=(somewhere,) * len(LAW_FAMILIES),
        law_modules=(),
        **dict.fromkeys(
            ("law_id", "genesis_batch_hash", "genesis_claim_hash", "genesis_root"),
            "0x" + "00" * 32,
        ),
        domain_separator="0x" + SEPARATOR.hex(),
    )


@contextmanager
def venue_in_time(
    folder: Path, ahead_ms: int = 75_000, enough_ms: int = ENOUGH_MS
) -> Iterator[tuple[NodeProcess, list[int]]]:
    """Run a node whose first expiry is near, and yet far enough once it serves."""
    while True:
        near = now_ms() + ahead_ms
        expiries = [near, now_ms() // DAY_MS * DAY_MS + 30 * DAY_MS]
        with running_node(
            folder / str(ahead_ms), venue={"expiries_ms": expiries}, batch={"batch_ms": 500}
        ) as node:
            if now_ms() + enough_ms < near:
                yield node, expiries
                return
        ahead_ms *= 2


def wait(until: Callable[[], bool], desk: Desk, seconds: float = 240.0) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, desk.logs()
        time.sleep(0.3)


def test_three_reporters_carry_a_future_from_its_listing_to_its_settlement(tmp_path: Path) -> None:
    with venue_in_time(tmp_path) as (node, (near_ms, far_ms)):
        desk = Desk(tmp_path, node.endpoint, far_ms)
        try:
            with Client(node.endpoint) as client:
                _carry(desk, client, node, near_ms)
        finally:
            desk.end()


def _carry(desk: Desk, client: Client, node: NodeProcess, near_ms: int) -> None:
    def expiry(number: int) -> ListedExpiry:
        return client.expiries()[number - 1]

    for number in range(3):
        desk.start(number)
    wait(lambda: expiry(1).publish_time_ms > 0, desk)
    assert expiry(1).forward_ppb == PPB, "in its last half hour the carry is nothing"

    seller, buyer = TestVenue().people[:2]
    mark = client.instruments()[FUTURE - 1].mark_price
    for trader, sells in ((seller, True), (buyer, False)):
        answer = node.submit(trader.bundle(Place(FUTURE, sells, mark, LOTS)))
        assert not answer.accepted.actions[0].result, answer

    # One is killed: a quorum goes on; started again, it has its record.
    desk.processes[2].send_signal(signal.SIGKILL)
    desk.processes[2].wait(20)
    desk.start(2)

    # The far one: a forward from its own file, and one surface that a quorum signed.
    wait(lambda: expiry(2).surface.time_ms > 0, desk)
    found = expiry(2)
    left_days = (found.expiry_ms - found.surface.time_ms) / DAY_MS
    assert found.surface.b == pytest.approx(0.05 * 10**12 * left_days / 30, rel=1e-3)
    assert found.surface.rho == -200_000_000_000
    assert 101.25 / 102 <= found.forward_ppb / PPB <= 101.25 / 100

    wait(lambda: expiry(1).surface.time_ms > 0 or now_ms() > near_ms, desk)
    assert expiry(1).surface.time_ms > 0, "in the last half hour too"
    wait(lambda: expiry(1).settlement_nano_usd > 0, desk)
    settled = expiry(1)
    assert settled.settled_ms >= near_ms
    assert 100 * NANO < settled.settlement_nano_usd < 102 * NANO, "an average of what moved"
    instrument = client.instruments()[FUTURE - 1]
    assert instrument.status == InstrumentStatus.SETTLED
    assert instrument.mark_price == settled.settlement_nano_usd // instrument.index_per_tick

    def open_lots() -> list[int]:
        accounts = [client.account(each.account) for each in (seller, buyer)]
        return [one.size_lots for each in accounts for one in each.positions]

    wait(lambda: not any(open_lots()), desk)
    gained = client.account(buyer.account).collateral_micro_usd - 1_000_000 * 10**6
    lost = client.account(seller.account).collateral_micro_usd - 1_000_000 * 10**6
    move = (instrument.mark_price - mark) * 1_000 * LOTS
    fees = sum(  # micro-USD: 0.01 % of a maker and 0.05 % of a taker
        -(-mark * 1_000 * LOTS * ppm // 10**6) for ppm in (100, 500)
    )
    assert gained + lost == -fees
    assert abs(gained - move) <= fees
    wait(lambda: not any(each["expiry"] == "1" for each in desk.served(0)["forwards"]), desk)
