"""Who says which roots follow from a batch.

The node proposes what its claimant answers. The honest one answers what the prover computed; the
devnet's fraud drills put a lying one in its place, and everything else of the node stays as it is.
"""

from __future__ import annotations

from typing import Protocol

from strikeproof.sequencer.batch.batch_store import StoredBatch


class Claimant(Protocol):
    """Decides the roots of a claim."""

    def roots(self, batch: StoredBatch) -> tuple[bytes, ...]:
        """Return the roots to claim for a sealed batch: one before it, one after each segment.

        Called off the event loop right before the claim is posted, for one batch at a time in
        rising order; again for a batch whose claim was deleted.
        """
        ...


class HonestClaimant:
    """Claims what the engine computed."""

    def roots(self, batch: StoredBatch) -> tuple[bytes, ...]:
        """Return the batch's roots."""
        return batch.roots
