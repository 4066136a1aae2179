"""What the two endpoints of both nodes do: calm, and every kind of trouble, drawn from a seed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tests.integration.faulty_rpc import Fault, FaultyRpc, delay, drop_logs, fail, lag, refuse

CALM_SECONDS: Final = (13.0, 16.0)  # longer than posting may take to resume
LONG_SECONDS: Final = 44.0  # the verifier reports no pause of half a minute
LONG_EVERY: Final = 5  # phases of trouble
FLAP_SECONDS: Final = 1.0


class Kind(Enum):
    """A phase of trouble."""

    ONE = "one endpoint in trouble"
    FLAPPING = "both flapping, each by itself"
    BOTH = "both away"
    LONG = "both away for long"


@dataclass(frozen=True, slots=True)
class Phase:
    """Trouble that has ended. Times are of the wall clock, in seconds."""

    kind: Kind
    start: float
    end: float


class Endpoints:
    """Two proxies, and a thread that breaks and repairs them until stopped."""

    def __init__(self, proxies: tuple[FaultyRpc, FaultyRpc], chance: random.Random) -> None:
        self._proxies, self._chance = proxies, chance
        self.phases: list[Phase] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Repair both, and end."""
        self._stop.set()
        self._thread.join(60)
        self._repair()

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            self._stop.wait(self._chance.uniform(*CALM_SECONDS))
            if self._stop.is_set():
                return
            number += 1
            kinds = (Kind.ONE, Kind.FLAPPING, Kind.FLAPPING, Kind.BOTH)
            kind = Kind.LONG if number % LONG_EVERY == 0 else self._chance.choice(kinds)
            start = time.time()
            self._trouble(kind)
            self._repair()
            self.phases.append(Phase(kind, start, time.time()))

    def _trouble(self, kind: Kind) -> None:
        proxies, chance = self._proxies, self._chance
        if kind is Kind.ONE:
            proxies[chance.randrange(2)].faults = [self._fault()]
            self._stop.wait(chance.uniform(3, 15))
        elif kind is Kind.FLAPPING:
            for _ in range(chance.randrange(10, 20)):
                for each in proxies:
                    each.faults = [self._fault()] if chance.random() < 0.7 else []
                if self._stop.wait(FLAP_SECONDS):
                    return
        else:
            for each in proxies:
                each.faults = [chance.choice((refuse(), fail()))]
            self._stop.wait(LONG_SECONDS if kind is Kind.LONG else chance.uniform(3, 12))

    def _fault(self) -> Fault:
        chance = self._chance
        makes: tuple[Callable[[], Fault], ...] = (
            refuse,
            fail,
            lambda: delay(chance.uniform(0.5, 4.0)),
            lambda: lag(chance.randrange(1, 12)),
            lambda: drop_logs(after=chance.randrange(2)),
            lambda: refuse("eth_sendRawTransaction"),
            lambda: fail("eth_getLogs", "eth_call"),
            lambda: fail("eth_estimateGas"),
        )
        return chance.choice(makes)()

    def _repair(self) -> None:
        for each in self._proxies:
            each.faults = []
