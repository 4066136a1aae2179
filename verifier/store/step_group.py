"""Steps of the store that share a transaction: if one fails, none has happened."""

from __future__ import annotations


class StepGroup:
    """Entered by each step; after one that failed no other may follow."""

    def __init__(self) -> None:
        self.is_broken = False

    def __enter__(self) -> None:
        assert not self.is_broken, "a step of this group failed"

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.is_broken = kind is not None
