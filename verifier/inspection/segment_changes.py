"""Records as they were before a segment and after it, from what the store can still undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from strikeproof.verifier.store.verifier_store import VerifierStore

Changes = Mapping[int, tuple[bytes, bytes]]
"""What a segment changed: records by key, before and after it; empty bytes: there was none."""


def changes_of(store: VerifierStore, positions: Collection[int]) -> dict[int, Changes]:
    """Return what the segments at these positions changed, by position, in one walk back.

    Segments whose undo data was dropped are left out.
    """
    found: dict[int, Changes] = {}
    if not positions:
        return found
    later: dict[int, bytes] = {}
    """Records as they were before the segments walked over."""
    for row in store.segments_down_to(min(positions)):
        if row.undo is None:
            break
        if row.position in positions:
            found[row.position] = {
                key: (before, later[key] if key in later else store.record(key))
                for key, before in row.undo.items()
            }
        later.update(row.undo)
    return found
