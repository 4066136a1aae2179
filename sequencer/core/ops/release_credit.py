"""ReleaseCredit: credit that has ended goes back to its guarantor (docs/protocol/credit.md)."""

from __future__ import annotations

from typing import ClassVar, Self

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_event import CreditReleased
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.margin import MAINTENANCE, check_margin, equity, maintenance
from strikeproof.sequencer.core.op import PreparedOp, UnsignedOp
from strikeproof.sequencer.core.ops.attest_credit import TEST_COMPUTE
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.wire.constants import MONEY_MAX, POSITIONS_MAX, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import OP_RELEASE_CREDIT_BYTES


class ReleaseCredit(UnsignedOp):
    """One account's credit; anyone's op."""

    TYPE: ClassVar[OpType] = OpType.RELEASE_CREDIT
    __slots__ = ("account",)

    def __init__(self, account: int) -> None:
        self.account = account

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It bears no signature."""
        if len(body) != OP_RELEASE_CREDIT_BYTES:
            return Result.MALFORMED
        return cls(int.from_bytes(body, "big"))

    def refusal(self, state: EngineState, now_ms: int) -> Result:
        """Return why the op is refused whatever the segment holds, touching nothing; OK if it is
        not."""
        if not 0 < self.account < state.venue.next_account:
            return Result.UNKNOWN_ACCOUNT
        account = state.accounts[self.account]
        code = _is_over(account, now_ms)
        if code:
            return code
        is_held = equity(account) >= maintenance(account, now_ms)
        return _fits(state, account) if is_held else Result.MARGIN_INSUFFICIENT

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Give the money back. Ordered if that succeeded."""
        code = self._release(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _release(self, state: EngineState) -> Result:
        venue = state.venue
        if not state.meter.reserve_fits(
            TEST_COMPUTE,
            accounts=2,
            underlyings=min(POSITIONS_MAX, venue.next_underlying - 1),
            marks=min(POSITIONS_MAX, venue.next_instrument - 1),
        ):
            return Result.SEGMENT_FULL
        if not 0 < self.account < venue.next_account:
            return Result.UNKNOWN_ACCOUNT
        account = state.touched_account(self.account)
        code = _is_over(account, venue.clock_ms)
        if code:
            return code
        # What credit opened stands by itself from then on: the account is one like any other.
        if check_margin(state, account, MAINTENANCE) < 0:
            return Result.MARGIN_INSUFFICIENT
        guarantor = state.touched_account(account.guarantor)
        code = _fits(state, account)
        if code:
            return code
        limit = account.credit_limit
        guarantor.collateral += limit
        account.credit_limit = 0
        venue.credit -= limit
        told = CreditReleased(account=account.id, guarantor=guarantor.id, amount=limit)
        state.events.append(told)
        return Result.OK


def _is_over(account: Account, clock_ms: int) -> Result:
    """Return NO_CREDIT, CREDIT_STANDS or OK."""
    if not account.credit_limit:
        return Result.NO_CREDIT
    return Result.CREDIT_STANDS if clock_ms < account.credit_expiry_ms else Result.OK


def _fits(state: EngineState, account: Account) -> Result:
    """Return FIELD_OVERFLOW if the guarantor's collateral has no room for the money, else OK."""
    collateral = state.accounts[account.guarantor].collateral + account.credit_limit
    return Result.FIELD_OVERFLOW if collateral > MONEY_MAX else Result.OK
