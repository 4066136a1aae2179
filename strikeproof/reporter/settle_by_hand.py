"""A settlement price that an operator decides, where the own record of prices has a hole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from strikeproof.client import AsyncClient
from strikeproof.client.client_failure import Unreachable
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.op_check import FieldInvalid
from strikeproof.failure import Rejected, Transient
from strikeproof.reporter.expiry_reports import RECORD_FILE
from strikeproof.reporter.price_record import PriceRecord, WindowAverage
from strikeproof.reporter.price_source import now_ms
from strikeproof.reporter.reporter_file import ReporterFile
from strikeproof.wire.constants import INDEX_PRICE_MAX, PPM
from strikeproof.wire.errors import FailureCode

NANO: Final = 10**9
ASK_SECONDS: Final = 10.0


class NotToSettle(Rejected):
    """There is no such expiry, or nothing to settle about it."""

    code = FailureCode.NOT_TO_SETTLE

    def __init__(self, expiry: int, reason: str) -> None:
        super().__init__(f"expiry {expiry}: {reason}")
        self.expiry, self.reason = expiry, reason


@dataclass(frozen=True, slots=True)
class OwnAverage:
    """An expiry with this reporter's own average, and what was decided; None: nothing yet."""

    listed: ListedExpiry
    average: WindowAverage
    decided_nano_usd: int | None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON carries it."""
        decided = self.decided_nano_usd
        return {
            "expiry": self.listed.id,
            "expiry_ms": self.listed.expiry_ms,
            "average_nano_usd": str(self.average.nano_usd),
            "covered_ms": self.average.covered_ms,
            "venue_average_nano_usd": str(self.listed.average_nano_usd),
            "venue_covered_ms": self.listed.average_covered_ms,
            "decided_nano_usd": None if decided is None else str(decided),
        }

    def doubt(self, nano_usd: int) -> str:
        """Return how a price lies to the averages, in words."""
        told = []
        averages = (("own", self.average.nano_usd), ("venue's", self.listed.average_nano_usd))
        for name, average in averages:
            if average:
                off_ppm = abs(nano_usd - average) * PPM // average
                told.append(f"{off_ppm:,} ppm from the {name} average")
        return f"It is {', '.join(told)}." if told else "There is no average to compare it with."


def usd_price(text: str) -> int:
    """Return a price in nano-USD, exactly. Raises `FieldInvalid`."""
    try:
        nano = Decimal(text) * NANO
        if not nano.is_finite() or nano != nano.to_integral_value():
            raise ValueError
        value = int(nano)
    except (InvalidOperation, ValueError, OverflowError):
        raise FieldInvalid("price", text, "must be USD with at most 9 decimals") from None
    if not 1 <= value <= INDEX_PRICE_MAX:
        raise FieldInvalid("price", text, "is not a price that the law takes")
    return value


def own_average(config: ReporterFile, expiry: int) -> OwnAverage:
    """Return what this reporter's record says of an expiry. Raises `NotToSettle`, `Transient`."""
    listed = asyncio.run(_listed(config, expiry))
    if config.data_dir is None:
        raise NotToSettle(expiry, "the file names no data_dir")
    with PriceRecord(config.data_dir / RECORD_FILE) as record:
        average = record.average(listed.underlying, listed.expiry_ms)
        return OwnAverage(listed, average, record.settlement(expiry, listed.expiry_ms))


async def _listed(config: ReporterFile, expiry: int) -> ListedExpiry:
    failure: Transient | None = None
    for endpoint in config.sequencers:
        client = AsyncClient(endpoint, tls=config.tls)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                for each in await client.expiries():
                    if each.id == expiry:
                        return each
            raise NotToSettle(expiry, "the venue lists none of this number")
        except TimeoutError:
            failure = Unreachable(f"{endpoint}: no answer in time")
        except Transient as error:
            failure = error
        finally:
            await client.close()
    if failure is not None:
        raise failure
    raise NotToSettle(expiry, "the file names no sequencer to ask")


def decide(config: ReporterFile, found: OwnAverage, nano_usd: int) -> None:
    """Keep a price for the running reporter to sign. Raises `NotToSettle`."""
    listed = found.listed
    if listed.settlement_nano_usd:
        raise NotToSettle(listed.id, "the venue has settled it")
    if now_ms() < listed.expiry_ms:
        raise NotToSettle(listed.id, "it has not passed")
    assert config.data_dir is not None, "the average was read from it"
    with PriceRecord(config.data_dir / RECORD_FILE) as record:
        record.settle(listed.id, listed.expiry_ms, nano_usd, replace=True)
