"""SettleExpiry: a quorum's settlement price ends an expiry, and settles its future.

Source: docs/protocol/expiries.md, the end.
"""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.engine_event import ExpirySettled
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.expiry import Expiry
from strikeproof.sequencer.core.house_ledgers import settle_for_good, write_deficit
from strikeproof.sequencer.core.mark import MARK_PRICE_MAX
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.expiry_op import is_listed, touch_expiry
from strikeproof.sequencer.core.ops.reports_op import Report, ReportsOp, read_reports
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.settlement_bound import is_settlement_off
from strikeproof.sequencer.core.signing_digest import HASH, U16, U32, U64
from strikeproof.wire.constants import (
    COMPUTE_DELEVERAGE,
    COMPUTE_SIGNATURE,
    INDEX_PRICE_MAX,
    SETTLE_EXPIRY_TYPEHASH,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result

_HEAD: Final = Struct(">HB")  # expiry, count
_HASHED: Final = Struct(">" + HASH + U16 + U32 + U64)


class SettleExpiry(ReportsOp):
    """A quorum of reporters' settlement prices of an expiry, nano-USD."""

    TYPE: ClassVar[OpType] = OpType.SETTLE_EXPIRY
    __slots__ = ("expiry",)

    def __init__(self, expiry: int, reports: list[Report]) -> None:
        super().__init__(reports)
        self.expiry = expiry

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. Its reports never lack their signatures."""
        reports = read_reports(body, _HEAD.size, 1, INDEX_PRICE_MAX)
        if reports is None:
            return Result.MALFORMED
        return cls(_HEAD.unpack_from(body)[0], reports)

    def report_hash(self, report: Report, reporter_epoch: int) -> bytes:
        """Return the EIP-712 struct hash that one reporter signs."""
        return keccak256(
            _HASHED.pack(SETTLE_EXPIRY_TYPEHASH, self.expiry, reporter_epoch, report.value)
        )

    @property
    def subject(self) -> int:
        """The expiry."""
        return self.expiry

    def check_subject(self, state: EngineState) -> Result:
        """Return UNKNOWN_EXPIRY or OK."""
        return Result.OK if is_listed(state, self.expiry) else Result.UNKNOWN_EXPIRY

    def check_due(self, state: EngineState, now_ms: int, clock_ms: int) -> Result:
        """Return INSTRUMENT_SETTLED, NOT_EXPIRED, SETTLEMENT_OFF or OK."""
        expiry = state.expiries[self.expiry]
        if expiry.settlement:
            return Result.INSTRUMENT_SETTLED
        if now_ms < expiry.expiry_ms:
            return Result.NOT_EXPIRED
        if is_settlement_off(self.median(), expiry.samples, expiry.expiry_ms, now_ms):
            return Result.SETTLEMENT_OFF
        return Result.OK

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Check the reports, and settle at their lower median. Ordered if that succeeded."""
        code = self._settle(state, prepared)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _settle(self, state: EngineState, prepared: PreparedOp) -> Result:
        compute = len(self.reports) * COMPUTE_SIGNATURE + COMPUTE_DELEVERAGE
        if not state.meter.reserve_fits(compute, underlyings=1, instruments=1, marks=1, expiries=1):
            return Result.SEGMENT_FULL
        code = self.check_subject(state)
        if code != Result.OK:
            return code
        code = self.check_reporters(state)
        if code != Result.OK:
            return code
        expiry = state.expiries[self.expiry]
        _touch(state, expiry)
        state.meter.compute += COMPUTE_DELEVERAGE
        code = self.check_due(state, state.now_ms, state.venue.clock_ms)
        if code != Result.OK:
            return code
        if not self.are_signed(state, prepared):
            return Result.BAD_SIGNATURE
        price = self.median()
        expiry.settlement = price
        expiry.settled_ms = state.now_ms
        state.events.append(ExpirySettled(expiry=expiry.id, price=price))
        if expiry.future:
            _settle_future(state, expiry)
        return Result.OK


def _touch(state: EngineState, expiry: Expiry) -> None:
    if expiry.future:
        instrument = state.instruments[expiry.future]
        if instrument.touched != state.meter.stamp:
            state.meter.touch_instrument(instrument)
    touch_expiry(state, expiry)


def _settle_future(state: EngineState, expiry: Expiry) -> None:
    instrument = state.instruments[expiry.future]
    if instrument.status == InstrumentStatus.SETTLED:
        return
    ticks = min(expiry.settlement // instrument.mark.index_per_tick, MARK_PRICE_MAX)
    settle_for_good(state, instrument, max(1, ticks))
    write_deficit(state, instrument)
