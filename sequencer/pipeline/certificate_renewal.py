"""Orders a Revalue ahead of an order that would find its account's certificate void.

An account that trades is renewed by the plan (`upkeep/certificate_watch.py`). One that has rested
has a certificate that ran out: its first order is not to be refused for that, so the Revalue is
made here, at the moment at which the order is given to the engine. It ends the open segment of
bundles and takes a segment of the keeper family: once an account for each time that a certificate
ends, since the order behind it counts the account among those that trade.
"""

from __future__ import annotations

import time
from typing import Final

from strikeproof.sequencer.core.bundle_action import PLACE, QUOTE, REPLACE
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.pipeline.upkeep_loop import UpkeepCaller
from strikeproof.sequencer.upkeep.refused_upkeep import RefusedUpkeep
from strikeproof.wire.operations import encode_revalue

_ORDERS: Final = frozenset((PLACE, REPLACE, QUOTE))
_OURSELVES: Final = Source("")


class CertificateRenewal:
    """Owned by the ordering loop."""

    def __init__(self, engine: Engine, metrics: SequencerMetrics) -> None:
        self._engine, self._queries = engine, engine.upkeep()
        self._caller = UpkeepCaller(metrics, RefusedUpkeep())

    def ahead_of(self, submission: Submission, now_ms: int) -> Submission | None:
        """Return the Revalue to order ahead of a user's op; None: it needs none, or none helps."""
        assert submission.prepared is not None
        op = submission.prepared.decoded
        if not isinstance(op, Bundle) or not self._queries.is_in_portfolio(op.account):
            return None
        instruments = [each.instrument for each in op.actions if each.kind in _ORDERS]
        if not instruments or not self._queries.is_to_certify(op.account, now_ms, instruments):
            return None
        if self._engine.refusal(submission.prepared, now_ms):
            return None
        self._queries.miss(op.account)
        data = encode_revalue(account=op.account)
        renewal = Submission(self._caller, 0, data, _OURSELVES)
        renewal.prepared = assemble(data, ())
        renewal.since_ns = time.perf_counter_ns()
        return renewal
