"""`make reconnects`: clients of a gateway lose their connections again and again, but no event.

    python -m tests.integration.gateway.reconnects --reconnects 1000

Traders place, trade and cancel all the time. Followers of an account, of the trades and of the book
are cut off at random moments, most of them without a word, and come back with their last number.
Each must have heard every number once; of the book a snapshot may take the place of some.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from strikeproof.client.operation import CancelAll, Place
from tests.integration.gateway.gateway_process import GatewayProcess, running_gateway
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import Trader, index_price, wallet

SYMBOL = "BTC-PERP-1"
PRICE_SECONDS = 3.0


class Market:
    """Two traders who place, trade and cancel until they are stopped."""

    def __init__(self, node: NodeProcess) -> None:
        self._node, self._stop = node, threading.Event()
        self._makers = [Trader(i, wallet(f"trader {i}")) for i in (1, 2)]
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Market:
        self._node.submit(index_price())
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        one, other = self._makers
        priced, number = time.monotonic(), 0
        while not self._stop.is_set():
            if time.monotonic() - priced > PRICE_SECONDS:
                self._node.submit(index_price())
                priced = time.monotonic()
            number += 1
            self._node.submit(one.bundle(Place(1, True, 1_000 + number % 7, 4), CancelAll()))
            self._node.submit(one.bundle(Place(1, True, 1_000, 2)))
            self._node.submit(other.bundle(Place(1, False, 1_000, 2)))


class Follower:
    """Hears one channel through many connections."""

    def __init__(self, gateway: GatewayProcess, channel: str, chance: random.Random) -> None:
        self._gateway, self._channel, self._chance = gateway, channel, chance
        self._of: dict[str, Any] = {"account": 1} if channel == "orders" else {"instrument": SYMBOL}
        self.resume: dict[str, Any] = {"from_sequence": 1} if channel == "orders" else {}
        self.numbers: list[int] = []
        self.gaps: list[str] = []

    def connection(self) -> None:
        """Follow for a moment, then lose the connection."""
        live = self._gateway.live()
        live.say("subscribe", channel=self._channel, **self._of, **self.resume)
        until = time.monotonic() + self._chance.uniform(0, 0.08)
        try:
            while time.monotonic() < until:
                self._take(live.hear(timeout=max(0.001, until - time.monotonic())))
        except TimeoutError:
            pass
        except ConnectionClosed as closed:
            self.gaps.append(str(closed))
        if self._chance.random() < 0.7:
            live.socket.socket.close()  # no closing handshake
        live.socket.close()

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] in ("subscribed", "error", "ended"):
            if message["type"] != "subscribed":
                self.gaps.append(str(message))
            return
        number = message["sequence"]
        before = message.get("previous_sequence", number - 1)
        if message["type"] != "snapshot" and self.numbers and before != self.numbers[-1]:
            self.gaps.append(f"{number} follows {self.numbers[-1]}")
        self.numbers.append(number)
        self.resume = {"from_sequence": number + 1}
        if "stream" in message:
            self.resume["stream"] = message["stream"]


def run(reconnects: int, seed: int, folder: Path) -> list[Follower]:
    """Return the followers after this many connections of theirs together."""
    chance = random.Random(seed)
    options: dict[str, dict[str, Any]] = {"batch": {"batch_ms": 500, "segment_ms": 30}}
    with (
        running_node(folder / "data", **options) as node,
        running_gateway(folder / "gateway.log", node.endpoint) as gateway,
        Market(node),
    ):
        followers = [Follower(gateway, each, chance) for each in ("orders", "trades", "book")]
        for number in range(reconnects):
            followers[number % 3].connection()
    return followers


def main() -> None:
    """Run it; exit status 1 if anything was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reconnects", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        followers = run(given.reconnects, given.seed, Path(folder))
    names = ("orders", "trades", "book")
    for name, each in zip(names, followers, strict=True):
        print(f"{name}: {len(each.numbers)} messages, {len(each.gaps)} gaps {each.gaps[:3]}")
    raise SystemExit(any(each.gaps or not each.numbers for each in followers))


if __name__ == "__main__":
    main()
