"""What ops of reporters share: a list of signed values of which the lower median counts."""

from __future__ import annotations

from struct import Struct
from typing import Final

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import Op, PreparedOp
from strikeproof.sequencer.core.signature import recover
from strikeproof.sequencer.core.signer_quorum import quorum_refusal
from strikeproof.wire.constants import COMPUTE_SIGNATURE, REPORTERS_MAX
from strikeproof.wire.errors import Result

_REPORT: Final = Struct(">BQ64s")


class Report:
    """One reporter's value and its signature."""

    __slots__ = ("reporter", "signature", "value")

    def __init__(self, reporter: int, value: int, signature: bytes) -> None:
        self.reporter = reporter
        self.value = value
        self.signature = signature


def read_reports(body: bytes, start: int, least: int, most: int) -> list[Report] | None:
    """Return the reports of a body, whose count stands just before `start`; None if their number,
    the body's length or a value (`least` to `most`) is out of its range."""
    if len(body) < start:
        return None
    count = body[start - 1]
    end = start + count * _REPORT.size
    if not 1 <= count <= REPORTERS_MAX or len(body) != end:
        return None
    reports = [Report(*_REPORT.unpack_from(body, at)) for at in range(start, end, _REPORT.size)]
    if any(not least <= report.value <= most for report in reports):
        return None
    return reports


class ReportsOp(Op):
    """An op of a quorum of reporters."""

    __slots__ = ("reports",)

    def __init__(self, reports: list[Report]) -> None:
        self.reports = reports

    def report_hash(self, report: Report, reporter_epoch: int) -> bytes:
        """Return the EIP-712 struct hash that one reporter signs."""
        raise NotImplementedError

    @property
    def subject(self) -> int:
        """The number of the underlying or expiry that the op is about."""
        raise NotImplementedError

    def check_subject(self, state: EngineState) -> Result:
        """Return OK if what the op is about exists, touching nothing."""
        raise NotImplementedError

    def check_due(self, state: EngineState, now_ms: int, clock_ms: int) -> Result:
        """Return OK if the op may follow what it is about at a time and clock, touching nothing.
        Asked after `check_subject` and `check_reporters`."""
        raise NotImplementedError

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return the address that signed each report, empty bytes where the signature is bad."""
        return tuple(
            recover(
                signing_digest.digest(domain_separator, self.report_hash(report, reporter_epoch)),
                report.signature,
            )
            for report in self.reports
        )

    def check_reporters(self, state: EngineState) -> Result:
        """Return BELOW_QUORUM, BAD_REPORTER or OK."""
        venue = state.venue
        places = [report.reporter for report in self.reports]
        return quorum_refusal(
            places, venue.reporter_quorum, len(venue.reporters), Result.BAD_REPORTER
        )

    def are_signed(self, state: EngineState, prepared: PreparedOp) -> bool:
        """Whether every report is signed by its reporter; those behind the first bad one weigh
        nothing."""
        venue = state.venue
        if prepared.signers is None or prepared.reporter_epoch != venue.reporter_epoch:
            prepared.reporter_epoch = venue.reporter_epoch
            prepared.signers = self.signers(venue.domain_separator, venue.reporter_epoch)
        for report, signer in zip(self.reports, prepared.signers, strict=True):
            state.meter.compute += COMPUTE_SIGNATURE
            if signer != venue.reporters[report.reporter]:
                return False
        return True

    def median(self) -> int:
        """Return the median of the values; an even count takes the lower of the two."""
        values = sorted([report.value for report in self.reports])
        return values[(len(values) - 1) // 2]
