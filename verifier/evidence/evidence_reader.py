"""Answers from one view of a verifier's store at a time.

A view is a transaction: whatever the node writes meanwhile, everything in it belongs to one moment.
Opening one takes as long as the state is large, and holding it keeps sqlite's log from shrinking;
so a view serves until it is a little older than it took to open, and is closed when nobody asks.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, TypeVar

from strikeproof.verifier.audit.op_search import AuditPlace, find_op
from strikeproof.verifier.evidence.dispute_price import DisputePrice
from strikeproof.verifier.evidence.op_evidence import (
    OpEvidence,
    SegmentEvidence,
    op_evidence,
    segment_evidence,
    segment_price,
)
from strikeproof.verifier.evidence.solvency import houses, owed_at_roots
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.claim_report import (
    claim_report,
    list_claims,
    newest_timestamp,
    progress_report,
)
from strikeproof.verifier.wiring import VerifierParts

AGE_SECONDS: Final = 2.0
AGE_OF_OPENING: Final = 10  # this many times as long as it took to open
SEGMENTS_KEPT: Final = 32  # with calldata and witness, some 300 kB each
PRICE_SECONDS: Final = 30.0  # base fees move with every block
NO_PRICE_SECONDS: Final = 5.0  # an L1 that is slow to fail must not hold up every question
ROOTS_MAX: Final = 100

T = TypeVar("T")
Report = dict[str, Any]


class EvidenceReader:
    """Answers questions of explorers, one at a time."""

    def __init__(
        self, open_parts: Callable[[], VerifierParts], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`open_parts`: opens the verifier's parts for reading."""
        self._open_parts, self._clock = open_parts, clock
        self._turn = threading.Lock()
        self._view: VerifierParts | None = None
        self._until = 0.0
        self._segments: OrderedDict[tuple[bytes, int], SegmentEvidence] = OrderedDict()
        self._prices: dict[tuple[bytes, int], tuple[float, DisputePrice]] = {}

    def op(self, name: str) -> OpEvidence:
        """Return the evidence of the op of a name, as `strikeproof audit` takes them, but for
        hashes: finding one reads every batch of the store, while everybody waits. Raises
        `NotFound`, `Forgotten`, `NotProvable`, `AuditRefused`, and what reading L1 raises."""
        if name.startswith("0x"):
            raise NotFound("ask by place: the sequencer gives the place of a hash", name=name)
        return self._ask(lambda parts: self._op(parts, find_op(parts, name)[0]))

    def _op(self, parts: VerifierParts, place: AuditPlace) -> OpEvidence:
        claim = parts.store.standing_claim(place.batch)
        key = (b"" if claim is None else claim.hash, place.segment)
        found = self._segments.get(key)
        if found is None:
            found = self._segments[key] = segment_evidence(parts, place)
            if len(self._segments) > SEGMENTS_KEPT:
                dropped, _ = self._segments.popitem(last=False)
                self._prices.pop(dropped, None)
        self._segments.move_to_end(key)
        return op_evidence(found, place, self._price(parts, key, found))

    def _price(
        self, parts: VerifierParts, key: tuple[bytes, int], segment: SegmentEvidence
    ) -> DisputePrice:
        """Return what a dispute costs, asked of L1 again after a while; soon if L1 told none."""
        until, price = self._prices.get(key, (0.0, None))
        if price is None or self._clock() >= until:
            price = segment_price(parts, segment)
            kept = NO_PRICE_SECONDS if price.gas is None else PRICE_SECONDS
            self._prices[key] = (self._clock() + kept, price)
        return price

    def claims(self) -> Report:
        """Return the claims that stand and are not final, with our verdicts, and how far we are."""
        return self._ask(
            lambda parts: {"claims": list_claims(parts), "verifier": progress_report(parts)}
        )

    def claim(self, number: int) -> Report:
        """Return every claim of a batch with our verdict, newest last. Raises `NotFound`."""

        def look(parts: VerifierParts) -> Report:
            found = [claim_report(parts, each) for each in parts.store.claims_of(number)]
            if not found:
                raise NotFound(f"nobody has claimed batch {number}", batch=number)
            return {"claims": found, "l1_timestamp_seconds": newest_timestamp(parts.store)}

        return self._ask(look)

    def solvency(self, limit: int) -> Report:
        """Return what was owed at the newest roots, and how the houses stand now."""
        return self._ask(
            lambda parts: {
                "roots": list(owed_at_roots(parts, min(limit, ROOTS_MAX))),
                "houses": houses(parts),
            }
        )

    def close(self) -> None:
        """Close the view."""
        with self._turn:
            self._close()

    def close_if_old(self) -> None:
        """Close a view that nobody will be answered from."""
        with self._turn:
            if self._view is not None and self._clock() >= self._until:
                self._close()

    def _ask(self, question: Callable[[VerifierParts], T]) -> T:
        with self._turn:
            if self._view is None or self._clock() >= self._until:
                self._close()
                self._view = self._opened()
            return question(self._view)

    def _opened(self) -> VerifierParts:
        started = self._clock()
        parts = self._open_parts()
        try:
            parts.state.load()
        except BaseException:
            parts.close()
            raise
        self._until = self._clock() + AGE_SECONDS + AGE_OF_OPENING * (self._clock() - started)
        return parts

    def _close(self) -> None:
        view, self._view = self._view, None
        if view is not None:
            view.close()
