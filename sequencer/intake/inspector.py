"""Judges ops by the state before the engine sees them, and gives their sources a standing.

Before recovery, what needs no signature: unknown accounts, used nonces, stale prices. After it, the
signature, the account's funds and its rate. What passes was signed by an account with money, or by
a quorum of reporters or attesters; only such ops take room beside others' and may end a segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from strikeproof.sequencer.core.attested_op import AttestedOp
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import prepare, read_op
from strikeproof.sequencer.core.ops.release_credit import ReleaseCredit
from strikeproof.sequencer.core.ops.reports_op import ReportsOp
from strikeproof.sequencer.core.ops.set_session import SetSession
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.sequencer.intake.account_rates import AccountRates
from strikeproof.sequencer.intake.admission import Admission
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.wire.errors import ApiError, Result

# NONCE_TOO_FAR and WRONG_MARGIN_MODE may be cured by the ops before; else the orderer refuses.
MAY_PASS: Final = frozenset((Result.OK, Result.NONCE_TOO_FAR, Result.WRONG_MARGIN_MODE))
UNKNOWN_KEY: Final = frozenset(
    (Result.UNKNOWN_SESSION, Result.SESSION_EXPIRED, Result.BAD_SIGNATURE)
)
GRANTS_MAX: Final = 1_024


@dataclass(frozen=True, slots=True)
class InspectionTerms:
    """What an op must meet."""

    rates: AccountRates
    funds_min_micro_usd: int
    """Collateral below which an account without positions may send nothing."""
    now_ms: Callable[[], int]


class Inspector:
    """Decides which ops become verified."""

    def __init__(
        self,
        engine: Engine,
        admission: Admission,
        terms: InspectionTerms,
        metrics: SequencerMetrics,
        verified: Callable[[Submission], None],
    ) -> None:
        """`verified` takes what passes."""
        self._engine, self._admission, self._terms = engine, admission, terms
        self._rates = terms.rates
        self._metrics, self._verified = metrics, verified
        self._grants: dict[tuple[int, int], tuple[bytes, Submission]] = {}
        """Keys of sessions that verified ops will set, by account and slot."""

    def screen(self, submissions: list[Submission]) -> list[Submission]:
        """Return those whose recovery is worth its cost; the callers of others get the reason."""
        now_ms = self._terms.now_ms()
        return [each for each in submissions if self._is_worth_recovery(each, now_ms)]

    def _is_worth_recovery(self, submission: Submission, now_ms: int) -> bool:
        submission.prepared = prepared = read_op(submission.data)
        code = self._engine.refusal(prepared, now_ms)
        if code in MAY_PASS or (code in UNKNOWN_KEY and self._granted(submission) is not None):
            return True
        self._refuse(submission, code)
        return False

    def recovered(self, submissions: list[Submission]) -> None:
        """Hand each op on as verified, or refuse it."""
        now_ms = self._terms.now_ms()
        for each in submissions:
            self._recovered(each, now_ms)

    def _recovered(self, submission: Submission, now_ms: int) -> None:
        engine, prepared = self._engine, submission.prepared
        assert prepared is not None
        op = prepared.decoded
        if isinstance(op, ReportsOp) and prepared.reporter_epoch != engine.reporter_epoch:
            prepared = submission.prepared = prepare(
                submission.data, engine.domain_separator, engine.reporter_epoch
            )
        code = engine.refusal(prepared, now_ms)
        if code in UNKNOWN_KEY and prepared.signers == (self._granted(submission),):
            code = Result.OK
        if code not in MAY_PASS:
            self._refuse(submission, code)
            return
        if isinstance(op, ReportsOp):
            reporters = [each.reporter for each in op.reports]
            self._pass(submission, self._rates.report(submission.data[0], op.subject, reporters))
            return
        if isinstance(op, AttestedOp | ReleaseCredit):
            self._pass(submission, self._rates.attestation())
            return
        assert isinstance(op, UserOp)
        if engine.is_funded(op.account, self._terms.funds_min_micro_usd):
            self._pass(submission, self._rates.op(op.account, is_cancel=submission.is_cancel))
            return
        self._admission.found(submission.source, good=False)
        self._metrics.unfunded.inc()
        submission.refuse(ApiError.ACCOUNT_UNFUNDED)

    def _pass(self, submission: Submission, wait_ms: int) -> None:
        """Take what was signed by somebody who may, unless its rate makes it wait."""
        assert submission.prepared is not None
        op = submission.prepared.decoded
        self._admission.found(submission.source, good=True)
        if wait_ms:
            self._metrics.rate_limited.inc()
            submission.refuse(ApiError.RATE_LIMITED, wait_ms)
            return
        if isinstance(op, SetSession):
            self._grant((op.account, op.slot), op.key, submission)
        self._verified(submission)

    def _refuse(self, submission: Submission, code: Result) -> None:
        self._admission.found(submission.source, good=False)
        self._metrics.op_refused(code)
        submission.refuse_as_law(code)

    # A session may act for ops behind the one that sets it, before the engine has executed that.

    def _grant(self, name: tuple[int, int], key: bytes, submission: Submission) -> None:
        if len(self._grants) >= GRANTS_MAX:
            self._grants = {
                name: each for name, each in self._grants.items() if _is_under_way(each[1])
            }
        self._grants[name] = (key, submission)

    def _granted(self, submission: Submission) -> bytes | None:
        """Return the key that a verified op will give the session that this op names."""
        assert submission.prepared is not None
        op = submission.prepared.decoded
        if not self._grants or not isinstance(op, UserOp):
            return None
        grant = self._grants.get((op.account, op.session))
        return grant[0] if grant is not None and _is_under_way(grant[1]) else None


def _is_under_way(submission: Submission) -> bool:
    return submission.outcome is None and not submission.error
