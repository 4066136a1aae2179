"""A quorum of signed prices put together from what reporters serve, for L1 to carry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import requests

from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.price_report import SignedReport
from strikeproof.client.wallet import BadSignature, recover_address
from strikeproof.failure import Rejected, Transient
from strikeproof.reporter.bounded_json import parse_json
from strikeproof.reporter.reporter_set import ReporterSet
from strikeproof.wire.errors import FailureCode

READ_SECONDS: Final = 10.0
BYTES_MAX: Final = 1 << 20


class TooFewReports(Transient):
    """Fewer reporters than the quorum signed a price for the same time."""

    code = FailureCode.TOO_FEW_REPORTS

    def __init__(self, most: int, quorum: int, troubles: Sequence[str]) -> None:
        text = f"{most} reporters signed for the same time, {quorum} are needed"
        super().__init__(f"{text}; {'; '.join(troubles)}" if troubles else text)
        self.most, self.quorum = most, quorum


def served_reports(urls: Iterable[str]) -> tuple[list[SignedReport], list[str]]:
    """Return what reporters serve at these URLs, and what went wrong."""
    found: list[SignedReport] = []
    troubles: list[str] = []
    for url in urls:
        try:
            with requests.get(url, timeout=READ_SECONDS, stream=True) as answer:
                answer.raise_for_status()
                text = answer.raw.read(BYTES_MAX, decode_content=True)
            found += reports_in(parse_json(text))
        except (requests.RequestException, OSError) as error:
            troubles.append(f"{url}: {type(error).__name__}")
        except (Rejected, ValueError) as error:
            troubles.append(f"{url}: {error}")
    return found, troubles


def reports_in(document: Any) -> list[SignedReport]:
    """Return the reports of a document as a reporter serves it. Raises `FieldInvalid`."""
    listed = document.get("reports") if isinstance(document, dict) else document
    if not isinstance(listed, list):
        raise FieldInvalid("reports", type(listed).__name__, "a list of reports is needed")
    return [SignedReport.of_json(each) for each in listed]


def quorum_of(
    reports: Iterable[SignedReport],
    underlying: int,
    reporters: ReporterSet,
    domain_separator: bytes,
    troubles: Sequence[str] = (),
) -> list[SignedReport]:
    """Return the newest reports of an underlying that are of one time and a quorum.

    Reports that their reporter did not sign, or of another epoch, do not count. Raises
    `TooFewReports`.
    """
    rounds: defaultdict[int, dict[int, SignedReport]] = defaultdict(dict)
    for each in reports:
        if each.underlying == underlying and _is_right(each, reporters, domain_separator):
            rounds[each.publish_time_ms][each.reporter] = each
    for time_ms in sorted(rounds, reverse=True):
        if reporters.quorum and len(rounds[time_ms]) >= reporters.quorum:
            return list(rounds[time_ms].values())
    most = max(map(len, rounds.values()), default=0)
    raise TooFewReports(most, reporters.quorum, troubles)


def _is_right(report: SignedReport, reporters: ReporterSet, domain_separator: bytes) -> bool:
    if report.reporter_epoch != reporters.epoch or report.reporter >= len(reporters.reporters):
        return False
    try:
        signer = recover_address(report.digest(domain_separator), report.signature)
    except BadSignature:
        return False
    return signer == reporters.reporters[report.reporter]
