"""What an expensive op is made of, and its text.

A shape is its kind, its actions, then letters and numbers:

  bundle:rrrrrrrr m8 p16 w t    eight replaces, 8 makers, 16 positions each, wide, tight

Actions of a bundle: p place that rests, i immediate, f fill or kill (left unfilled), r replace that
moves, q replace in place, u quote that moves on both sides, c cancel, a cancel-all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from strikeproof.wire.constants import ACTIONS_MAX, POSITIONS_MAX, SegmentFamily

KINDS: Final = {
    SegmentFamily.TRADE: ("bundle", "stranger", "garbage", "certified"),
    SegmentFamily.ACCOUNT: (
        "withdraw",
        "session",
        "cancel_at",
        "block",
        "guard",
        "attest",
        "credit",
        "release",
        "mode",
        "portfolio_withdraw",
        "portfolio_block",
    ),
    SegmentFamily.KEEPER: ("liquidate", "unwind", "revalue"),
    SegmentFamily.UPKEEP: (
        "sweep",
        "price",
        "funding",
        "deleverage",
        "announce",
        "orphan",
        "settle",
        "surface",
        "sample",
        "expire",
        "reprice",
    ),
}
"""Kinds of ops by the family of segments that they belong in."""
FORCED_KINDS: Final = ("close",)
"""Kinds that come through the Inbox alone."""
ACTIONS: Final = "pifrquca"
CROSSING: Final = "pifru"
RESTING: Final = "pru"
FLAGS: Final = {
    "w": "wide",
    "t": "tight",
    "d": "dead",
    "x": "absent",
    "e": "evicts",
    "h": "healthy",
}
_KNOWN: Final = {*FORCED_KINDS, *(kind for kinds in KINDS.values() for kind in kinds)}


@dataclass(frozen=True, slots=True)
class Shape:
    """What an op is made of. Fields that its kind does not use are ignored."""

    kind: str = "bundle"
    actions: str = "p"
    makers: int = 0
    """Orders that the op meets: a bundle's are spread over its crossing actions, a sweep removes
    them, a sample of funding walks over this many on each side."""
    positions: int = POSITIONS_MAX
    """How many each account of the op has."""
    wide: bool = False
    """Accounts hold marks of their own, not the common sixteen."""
    tight: bool = False
    """Accounts lie below maintenance margin, so that a fill needs both margin tests. What is
    liquidated lies below two thirds of it anyway."""
    dead: bool = False
    """Makers are dead: they are removed instead of filled."""
    absent: bool = False
    """The session's slot is 3 and the op is for a session that does not exist (bundle alone). Of a
    liquidation: the account is insolvent."""
    evicts: bool = False
    """The first side on which an order comes to rest is full: its worst order makes room."""
    healthy: bool = False
    """What keepers and upkeep act on is in order: they find so, and that is all."""

    def __str__(self) -> str:
        """Return the text form, `parse`'s inverse."""
        shown = self.kind == "bundle" or self.actions != Shape().actions
        parts = [f"{self.kind}:{self.actions}" if shown else self.kind]
        parts += [f"m{self.makers}", f"p{self.positions}"]
        return " ".join(parts + [letter for letter, name in FLAGS.items() if getattr(self, name)])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the shape of a text. Raises ValueError."""
        head, *rest = text.split()
        kind, _, actions = head.partition(":")
        if kind not in _KNOWN or set(actions) - set(ACTIONS) or len(actions) > ACTIONS_MAX:
            raise ValueError(f"no shape of an op: {text!r}")
        numbers = {each[0]: int(each[1:]) for each in rest if each not in FLAGS}
        flags = {name: letter in rest for letter, name in FLAGS.items()}
        makers, positions = numbers.get("m", 0), numbers.get("p", POSITIONS_MAX)
        return cls(kind, actions or "p", makers, positions, **flags)
