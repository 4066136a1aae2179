"""The devnet's price reporters: `strikeproof.reporter` with simulated sources, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from strikeproof.client import AsyncClient
from strikeproof.client.wallet import Wallet
from strikeproof.deployment import Deployment
from strikeproof.devnet.seeded_keys import Keys
from strikeproof.devnet.simulated_market import LISTED, SimulatedPrice
from strikeproof.devnet.venue_deployment import reporter_names
from strikeproof.reporter.expiry_reports import ExpiryReports
from strikeproof.reporter.price_reporter import Feed, Reporter
from strikeproof.reporter.price_source import now_ms
from strikeproof.reporter.quote_median import MedianRule, SourceQuote
from strikeproof.reporter.reporter_file import ExpiriesSection
from strikeproof.reporter.reporter_metrics import ReporterMetrics
from strikeproof.wire.units import NanoUsd

STEP_SECONDS: Final = 1.5
EVERY_MS: Final = int(STEP_SECONDS * 1000)
SMILE: Final = '{"a": "0.0666", "b": "0", "rho": "0", "m": "0", "sigma": "0"}'  # 90 %, flat
TERM: Final = f'{{"terms": [{{"days": 30, "carry": "0.05", "svi": {SMILE}}}]}}'
SURFACE_EVERY_MS: Final = 5_000
COVERED_MS_MIN: Final = 10_000  # the half hour before a devnet's expiry began before the devnet
APART: Final = 1_000_000  # reporters' prices differ by a millionth: the law takes the median
RULE: Final = MedianRule(sources_min=1, stale_ms=10_000, outlier_ppm=1_000)


class SimulatedSource:
    """A reporter's view of a simulated price."""

    def __init__(self, name: str, price: SimulatedPrice, lean: int) -> None:
        self._name, self._price, self._lean = name, price, lean

    async def start(self) -> None:
        """Nothing to begin."""

    async def quote(self) -> SourceQuote:
        """Return the price now, a little apart from the other reporters'."""
        nano_usd = self._price.nano_usd
        apart = self._lean * (nano_usd // APART)
        return SourceQuote(self._name, NanoUsd(nano_usd + apart), now_ms())

    async def close(self) -> None:
        """Nothing to end."""


class Reporters:
    """All reporters of the venue. `step` moves the prices on and reports them."""

    def __init__(
        self,
        endpoints: Sequence[str],
        deployment: Deployment,
        keys: Keys,
        seed: int,
        expiry_folder: Path | None = None,
    ) -> None:
        """`expiry_folder`: where the records of a venue with an expiry are kept."""
        self._prices = [SimulatedPrice(each, seed) for each in LISTED]
        domain = bytes.fromhex(deployment.domain_separator[2:])
        self._reporters = [
            Reporter(
                Wallet(keys.private_key(name)),
                domain,
                self._feeds(name, number - 1),
                {endpoints[0]: AsyncClient(endpoints)},
                every_ms=EVERY_MS,
                expiries=_expiries(expiry_folder / name) if expiry_folder is not None else None,
            )
            for number, name in enumerate(reporter_names())
        ]

    def _feeds(self, name: str, lean: int) -> Sequence[Feed]:
        return [
            Feed(number, RULE, [SimulatedSource(f"{name}/{number}", price, lean)])
            for number, price in enumerate(self._prices, start=1)
        ]

    def fall(self, underlying: int, ppm: int) -> None:
        """Let the price of an underlying fall by this many ppm from the next report on."""
        self._prices[underlying - 1].fall(ppm)

    async def close(self) -> None:
        """Close the connections."""
        for each in self._reporters:
            await each.close()

    async def step(self) -> None:
        """Report a new price of every underlying."""
        for price in self._prices:
            price.step(STEP_SECONDS)
        time_ms = now_ms()
        signed = [one for each in self._reporters for one in each.signed_lately().forwards]
        for each in self._reporters:
            await each.hear(signed, time_ms)
            await each.step(time_ms)


def _expiries(folder: Path) -> ExpiryReports:
    """Return what a reporter says of the expiries of the first underlying: carry and surface from
    a term file, and in the end its own average of the prices that it has seen."""
    folder.mkdir(parents=True, exist_ok=True)
    term = folder / "term.json"
    term.write_text(TERM)
    section = ExpiriesSection(
        term=term, covered_ms_min=COVERED_MS_MIN, surface_every_ms=SURFACE_EVERY_MS
    )
    return ExpiryReports({1: section}, folder, ReporterMetrics(), EVERY_MS)
