"""What a reporter serves of what it signed, written and read: prices, forwards, settlements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import aiohttp

from strikeproof.client.expiry_report import ForwardReport, SettlementReport
from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.price_report import SignedReport
from strikeproof.client.wallet import BadSignature, recover_address
from strikeproof.failure import Rejected
from strikeproof.reporter.bounded_answer import read_to_end
from strikeproof.reporter.bounded_json import parse_json
from strikeproof.reporter.reporter_set import ReporterSet

READ_SECONDS: Final = 10.0  # the same, where somebody waits for it at a terminal
PEER_SECONDS: Final = 2.0  # of an answer from its first byte to its last
Read = TypeVar("Read")


class Signed(Protocol):
    """What reports of all kinds have."""

    @property
    def reporter(self) -> int: ...
    @property
    def reporter_epoch(self) -> int: ...
    @property
    def signature(self) -> bytes: ...
    def digest(self, domain_separator: bytes) -> bytes:
        """Return what is signed."""


@dataclass(slots=True)
class ServedReports:
    """The signed reports of a document, or of several."""

    prices: list[SignedReport] = field(default_factory=list)
    forwards: list[ForwardReport] = field(default_factory=list)
    settlements: list[SettlementReport] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the document."""
        return {
            "reports": [each.to_json() for each in self.prices],
            "forwards": [each.to_json() for each in self.forwards],
            "settlements": [each.to_json() for each in self.settlements],
        }

    def add(self, other: ServedReports) -> None:
        """Take in another document's."""
        self.prices += other.prices
        self.forwards += other.forwards
        self.settlements += other.settlements


def reports_in(document: Any) -> ServedReports:
    """Return the reports of a document, or of a plain list of prices. Raises `FieldInvalid`."""
    if isinstance(document, list):
        document = {"reports": document}
    if not isinstance(document, dict) or "reports" not in document:
        raise FieldInvalid("reports", type(document).__name__, "a list of reports is needed")
    return ServedReports(
        _listed(document, "reports", SignedReport.of_json),
        _listed(document, "forwards", ForwardReport.of_json),
        _listed(document, "settlements", SettlementReport.of_json),
    )


def _listed(document: dict[str, Any], name: str, read: Callable[[Any], Read]) -> list[Read]:
    listed = document.get(name, [])
    if not isinstance(listed, list):
        raise FieldInvalid(name, type(listed).__name__, "a list of reports is needed")
    return [read(each) for each in listed]


def served_reports(urls: Iterable[str]) -> tuple[ServedReports, list[str]]:
    """Return what reporters serve at these URLs, asked at once, and what went wrong."""
    return asyncio.run(_ask_all(list(urls)))


async def _ask_all(urls: Sequence[str]) -> tuple[ServedReports, list[str]]:
    found, troubles = ServedReports(), []
    async with aiohttp.ClientSession() as session:
        answers = await asyncio.gather(*(ask_peer(session, each, READ_SECONDS) for each in urls))
    for url, answer in zip(urls, answers, strict=True):
        if isinstance(answer, str):
            troubles.append(f"{url}: {answer}")
        else:
            found.add(answer)
    return found, troubles


async def ask_peer(
    session: aiohttp.ClientSession, url: str, seconds: float = PEER_SECONDS
) -> ServedReports | str:
    """Return what a reporter serves, or what went wrong."""
    try:
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with session.get(url, timeout=timeout) as answer:
            if answer.status != 200:
                return f"HTTP status {answer.status}"
            text = await read_to_end(answer.content)
        return reports_in(parse_json(text))
    except TimeoutError:
        return "no answer in time"
    except (aiohttp.ClientError, OSError) as error:
        return type(error).__name__
    except (Rejected, ValueError) as error:
        return str(error)[:200]


def signed_rightly(
    reports: Sequence[Read], reporters: ReporterSet, domain_separator: bytes
) -> list[Read]:
    """Return the reports that their reporter signed, of the set's epoch."""
    return [each for each in reports if is_right(each, reporters, domain_separator)]  # type: ignore[arg-type]


def is_right(report: Signed, reporters: ReporterSet, domain_separator: bytes) -> bool:
    """Whether the reporter of the set and epoch signed it."""
    if report.reporter_epoch != reporters.epoch or report.reporter >= len(reporters.reporters):
        return False
    try:
        signer = recover_address(report.digest(domain_separator), report.signature)
    except BadSignature:
        return False
    return signer == reporters.reporters[report.reporter]
