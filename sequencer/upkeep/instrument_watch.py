"""What instruments need from time to time: funding, their houses' trades, the end of orphans."""

from __future__ import annotations

from strikeproof.sequencer.core.upkeep_queries import UpkeepQueries
from strikeproof.wire.constants import SWEEP_MAX
from strikeproof.wire.operations import (
    encode_announce_orphan,
    encode_deleverage,
    encode_expiry_sample,
    encode_funding,
    encode_reprice,
    encode_settle_orphan,
    encode_sweep,
    encode_unwind,
)


class InstrumentWatch:
    """Answers from the state alone, whatever it answered before."""

    def __init__(self, queries: UpkeepQueries) -> None:
        self._queries = queries

    def _instruments(self) -> range:
        return range(1, self._queries.instrument_count() + 1)

    def unwindings(self, now_ms: int) -> list[bytes]:
        """Return an Unwind of each house that has lots to trade and finds orders to trade with."""
        queries = self._queries
        return [
            encode_unwind(instrument=each)
            for each in self._instruments()
            if queries.may_unwind(each, now_ms)
        ]

    def deleveragings(self, now_ms: int) -> list[bytes]:
        """Return a Deleverage of each house that is below its margin."""
        queries = self._queries
        return [
            encode_deleverage(instrument=each)
            for each in self._instruments()
            if queries.must_deleverage(each, now_ms)
        ]

    def samples(self, now_ms: int) -> list[bytes]:
        """Return a Funding of each instrument whose next sample may be taken, behind a Sweep of the
        dead orders that it would meet."""
        ops: list[bytes] = []
        for each in self._instruments():
            if not self._queries.may_fund(each, now_ms):
                continue
            dead = self._queries.dead_in_walk(each, now_ms)
            for start in range(0, len(dead), SWEEP_MAX):
                ops.append(encode_sweep(instrument=each, slots=dead[start : start + SWEEP_MAX]))
            ops.append(encode_funding(instrument=each))
        return ops

    def expiries(self, now_ms: int) -> list[bytes]:
        """Return a sample of each expiry that is due for one."""
        return [
            encode_expiry_sample(expiry=each) for each in self._queries.expiries_to_sample(now_ms)
        ]

    def options(self, now_ms: int) -> list[bytes]:
        """Return a Reprice of each pair of options that is due for one, the oldest first."""
        return [
            encode_reprice(instrument=each) for each in self._queries.options_to_reprice(now_ms)
        ]

    def orphans(self, now_ms: int) -> list[bytes]:
        """Return what announces orphans, and what settles their instruments."""
        queries = self._queries
        announced = [
            encode_announce_orphan(underlying=each) for each in queries.orphans_to_announce(now_ms)
        ]
        settled = [
            encode_settle_orphan(instrument=each) for each in queries.orphans_to_settle(now_ms)
        ]
        return announced + settled

    def funding_late_ms(self, now_ms: int) -> int:
        """Return by how much the latest sample is overdue that could be taken."""
        queries = self._queries
        return max(
            (
                now_ms - queries.funding_due_ms(each)
                for each in self._instruments()
                if queries.funding_due_ms(each) and queries.may_fund(each, now_ms)
            ),
            default=0,
        )
