"""An account under portfolio margin that has rested trades on the book at once: the node revalues
it ahead of its order, whatever has ended its certificate (attack 52)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from strikeproof.client import Client
from strikeproof.wire.constants import CERTIFICATE_AGE_MS
from strikeproof.wire.errors import Result
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.shifted_clock import CLOCK_FILE
from tests.integration.sequencer.venue import index_price, now_ms, surface, wallet

PERP, PRICE = 1, 1_000
VARIANCE = 20_000_000_000
IDLE_SECONDS = CERTIFICATE_AGE_MS // 1_000 + 5


@dataclass
class Market:
    """A node, the clock of which can be moved, and two traders: the first is under portfolio
    margin, and has no orders."""

    node: NodeProcess
    folder: Path
    idle: Client
    other: Client

    def shift_clock(self, seconds: int) -> None:
        shift_clock(self.folder, seconds)

    @property
    def certified_until_ms(self) -> int:
        margin = self.idle.account().portfolio_margin
        assert margin is not None
        return margin.certified_until_ms

    def sell(self) -> None:
        ack = self.idle.place(PERP, sell=True, price=PRICE, lots=10)
        assert (ack.action.result, ack.action.filled_lots) == (Result.OK, 10)


@pytest.fixture
def market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    shift_clock(tmp_path, 0)
    monkeypatch.setenv(CLOCK_FILE, str(tmp_path / "clock"))
    venue = {"expiries_ms": [now_ms() + 30 * 86_400_000], "strike": PRICE}
    with (
        running_node(tmp_path / "data", venue=venue) as node,
        Client(node.endpoint, wallet("trader 1"), account=1) as idle,
        Client(node.endpoint, wallet("trader 2"), account=2) as other,
    ):
        node.submit(index_price())
        assert idle.set_margin_mode(1).result is Result.OK
        assert other.place(PERP, sell=False, price=PRICE, lots=100).action.result is Result.OK
        yield Market(node, tmp_path, idle, other)


def shift_clock(folder: Path, seconds: int) -> None:
    new = folder / "clock.new"
    new.write_text(str(seconds))
    new.rename(folder / "clock")


# Its clients rightly warn of a venue whose clock is ahead.
@pytest.mark.filterwarnings("ignore:this machine's clock")
def test_first_order_after_a_minute_is_judged_by_a_new_certificate(market: Market) -> None:
    before = market.certified_until_ms
    assert before > 0
    market.shift_clock(IDLE_SECONDS)
    market.node.submit(index_price(time_ms=now_ms() + IDLE_SECONDS * 1_000))
    assert market.certified_until_ms == 0
    market.sell()
    assert market.certified_until_ms >= before + IDLE_SECONDS * 1_000


def test_first_order_after_a_surface_is_judged_by_a_new_certificate(market: Market) -> None:
    market.node.submit(surface(VARIANCE))
    assert market.certified_until_ms == 0
    market.sell()
    assert market.certified_until_ms > 0
