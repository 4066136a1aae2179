"""Verdicts: claims compared with the roots that we computed, in the order of their numbers."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.verifier.dispute.challenge import first_wrong_segment
from strikeproof.verifier.execution.batch_executor import BatchExecutor
from strikeproof.verifier.store.stored_rows import ClaimRow
from strikeproof.verifier.store.verifier_store import VerifierStore


@dataclass(frozen=True, slots=True)
class WrongClaim:
    """A claim that stands and is wrong, and the first segment where it is."""

    claim: ClaimRow
    segment: int
    right_root: bytes


class Judge:
    """Judges the claims that stand in order, and counts those before the first wrong one."""

    def __init__(self, store: VerifierStore, executor: BatchExecutor) -> None:
        self._store = store
        self._executor = executor
        self._dropped = store.first_kept - 1
        """Claims that were found right, became final, and were dropped."""
        self._right_hash: dict[int, bytes] = {}

    @property
    def right_count(self) -> int:
        """Return how many claims are right before the first that is not, or is not judged yet."""
        return self._dropped + len(self._right_hash)

    def forget_from(self, number: int) -> None:
        """Judge claim `number` and those after it again."""
        for each in [each for each in self._right_hash if each >= number]:
            del self._right_hash[each]

    def drop_before(self, number: int) -> None:
        """Forget the claims before this one, which are final; they count as right."""
        assert number - 1 <= self.right_count, "only what was found right is dropped"
        for each in [each for each in self._right_hash if each < number]:
            del self._right_hash[each]
        self._dropped = number - 1

    def next(self) -> ClaimRow | WrongClaim | None:
        """Judge the next claim. Return it if it is right, what is wrong with it if it is not, or
        None if there is none, or its batch is not executed yet.

        A wrong claim comes again and again until it is deleted.
        """
        claim = self._store.standing_claim(self.right_count + 1)
        if claim is None:
            return None
        roots = self._executor.roots_of(claim.number)
        if roots is None:
            return None
        segment = first_wrong_segment(claim.roots, roots)
        if segment is not None:
            return WrongClaim(claim, segment, roots[segment + 1])
        self._right_hash[claim.number] = claim.hash
        return claim
