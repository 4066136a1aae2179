"""A quorum of signed reports put together from what reporters serve, for L1 to carry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from strikeproof.client.expiry_report import (
    ForwardReport,
    SettlementReport,
    settle_expiry_of,
    surface_of,
)
from strikeproof.client.price_report import SignedReport, index_price_of
from strikeproof.failure import Transient
from strikeproof.reporter.reporter_set import ReporterSet
from strikeproof.reporter.served_reports import ServedReports, is_right
from strikeproof.wire.errors import FailureCode

Report = TypeVar("Report", SignedReport, ForwardReport, SettlementReport)


class TooFewReports(Transient):
    """Fewer reporters than the quorum signed the same."""

    code = FailureCode.TOO_FEW_REPORTS

    def __init__(self, most: int, quorum: int, troubles: Sequence[str]) -> None:
        text = f"{most} reporters signed for the same time, {quorum} are needed"
        super().__init__(f"{text}; {'; '.join(troubles)}" if troubles else text)
        self.most, self.quorum = most, quorum


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
    about = [each for each in reports if each.underlying == underlying]
    return _newest(about, lambda one: (one.publish_time_ms,), reporters, domain_separator, troubles)


def forward_quorum_of(
    reports: Iterable[ForwardReport],
    expiry: int,
    reporters: ReporterSet,
    domain_separator: bytes,
    troubles: Sequence[str] = (),
) -> list[ForwardReport]:
    """Return the newest forwards of an expiry that are of one time, one surface and a quorum.
    Raises `TooFewReports`."""
    about = [each for each in reports if each.expiry == expiry]

    def said(one: ForwardReport) -> tuple[Any, ...]:
        return one.publish_time_ms, tuple(one.surface.fields().values())

    return _newest(about, said, reporters, domain_separator, troubles)


def settlement_quorum_of(
    reports: Iterable[SettlementReport],
    expiry: int,
    reporters: ReporterSet,
    domain_separator: bytes,
    troubles: Sequence[str] = (),
) -> list[SettlementReport]:
    """Return the settlement prices of an expiry, if they are a quorum. Raises `TooFewReports`."""
    about = [each for each in reports if each.expiry == expiry]
    return _newest(about, lambda one: (one.expiry,), reporters, domain_separator, troubles)


def _newest(
    reports: Iterable[Report],
    said: Callable[[Report], Hashable],
    reporters: ReporterSet,
    domain_separator: bytes,
    troubles: Sequence[str],
) -> list[Report]:
    """Return the reports that say the same, of a quorum; of several such the greatest."""
    rounds: defaultdict[Any, dict[int, Report]] = defaultdict(dict)
    for each in reports:
        if is_right(each, reporters, domain_separator):
            rounds[said(each)][each.reporter] = each
    for key in sorted(rounds, reverse=True):
        if reporters.quorum and len(rounds[key]) >= reporters.quorum:
            return list(rounds[key].values())
    most = max(map(len, rounds.values()), default=0)
    raise TooFewReports(most, reporters.quorum, troubles)


def forced_op(
    reports: ServedReports,
    chosen: Mapping[str, int],
    reporters: ReporterSet,
    domain_separator: bytes,
    troubles: Sequence[str] = (),
) -> tuple[bytes, dict[str, Any]]:
    """Return the op of a quorum, and what it is for a report. `chosen`: one of `underlying`,
    `forward` and `settle`, with its number. Raises `TooFewReports`."""
    ((what, number),) = chosen.items()
    rest = (number, reporters, domain_separator, troubles)
    about: dict[str, Any]
    if what == "underlying":
        prices = quorum_of(reports.prices, *rest)
        op, places = index_price_of(prices), [each.reporter for each in prices]
        about = {"underlying": number, "publish_time_ms": prices[0].publish_time_ms}
    elif what == "forward":
        forwards = forward_quorum_of(reports.forwards, *rest)
        op, places = surface_of(forwards), [each.reporter for each in forwards]
        about = {"expiry": number, "publish_time_ms": forwards[0].publish_time_ms}
    else:
        ends = settlement_quorum_of(reports.settlements, *rest)
        op, places = settle_expiry_of(ends), [each.reporter for each in ends]
        about = {"expiry": number, "prices_nano_usd": [str(each.price_nano_usd) for each in ends]}
    return op, {**about, "reporters": places, "op": "0x" + op.hex()}
