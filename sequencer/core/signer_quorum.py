"""A quorum of a set of signers, named by their places in it: reporters and attesters."""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.wire.errors import Result


def quorum_refusal(
    places: Sequence[int], quorum: int, signer_count: int, stranger: Result
) -> Result:
    """Return BELOW_QUORUM if those at `places` are too few (no quorum: nobody may sign), `stranger`
    unless places rise strictly and lie within the set, else OK."""
    if quorum == 0 or len(places) < quorum:
        return Result.BELOW_QUORUM
    last = -1
    for place in places:
        if not last < place < signer_count:
            return stranger
        last = place
    return Result.OK
