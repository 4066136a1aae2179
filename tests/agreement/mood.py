"""What random streams lean towards, so that the rarer rules are reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Mood:
    """One leaning of a stream."""

    name: str
    instruments: int = 4
    underlyings: int = 2
    accounts: int = 9
    actions: tuple[int, ...] = (60, 16, 6, 18, 12)  # place, cancel, cancel-all, replace, quote
    narrow: bool = False
    """Few prices, small resting orders of many accounts: long queues, large takers."""
    patient: bool = False
    """Full bundles of orders that rest far from the mark."""
    silent: bool = False
    """Reporters are seldom heard: prices are stale most of the time, and jump when they come."""
    swinging: bool = False
    """Prices run far to either side under large positions: accounts are liquidated, houses take
    over, trade out, and are deleveraged."""
    dated: bool = False
    """Expiries and futures: listed, reported, sampled, settled, and the edges of all that."""
    optioned: bool = False
    """Calls and puts besides: priced, traded, settled."""
    agreed: bool = False
    """Accounts trade with each other away from the book, whole blocks at once."""
    hedged: bool = False
    """Accounts come under portfolio margin, and are revalued."""
    certified: bool = False
    """They trade on the book: time and prices move little, so that certificates stay valid."""
    auctioned: bool = False
    """They bid for portfolios that are auctioned."""
    protected: bool = False
    """Most accounts limit what their orders fill, and freeze again and again."""
    broken: bool = True
    """Broken ops, odd messages and governance among the good ones."""


MOODS: Final = (
    Mood("mixed"),
    Mood("deep", instruments=1, underlyings=1, actions=(90, 3, 3, 4, 4), narrow=True),
    Mood("wide", instruments=18, underlyings=4, accounts=4, actions=(97, 1, 1, 1, 1), patient=True),
    Mood("wall", instruments=1, underlyings=1, accounts=2, actions=(97, 1, 1, 1, 1), patient=True),
    Mood("many", instruments=16, underlyings=3, accounts=40, broken=False),
    Mood(
        "silent", instruments=3, actions=(80, 6, 2, 12, 6), narrow=True, silent=True, broken=False
    ),
    Mood("listings", instruments=1, underlyings=257, accounts=2),
    Mood("swinging", instruments=1, underlyings=1, narrow=True, swinging=True, broken=False),
)
DATED: Final = Mood("dated", instruments=3, underlyings=1, accounts=6, narrow=True, dated=True)
OPTIONED: Final = Mood(
    "optioned",
    instruments=1,
    underlyings=1,
    accounts=6,
    narrow=True,
    dated=True,
    optioned=True,
    broken=False,
)
AGREED: Final = Mood("agreed", instruments=6, accounts=6, agreed=True)
AGREED_OPTIONS: Final = replace(OPTIONED, name="agreed options", agreed=True)
HEDGED: Final = replace(AGREED_OPTIONS, name="hedged", hedged=True)
CERTIFIED: Final = replace(HEDGED, name="certified", certified=True, accounts=8)
AUCTIONED: Final = replace(HEDGED, name="auctioned", auctioned=True, broken=True)
_AUCTIONED_SEEDS: Final = range(580, 600)
PROTECTED: Final = Mood(
    "protected", instruments=4, accounts=6, narrow=True, protected=True, broken=False
)
PROTECTED_OPTIONS: Final = replace(OPTIONED, name="protected options", protected=True)
PROTECTED_CERTIFIED: Final = replace(CERTIFIED, name="protected certified", protected=True)
_PROTECTED_CERTIFIED_SEEDS: Final = range(400, 450)
_PROTECTED_SEEDS: Final = range(500, 550)
_PROTECTED_OPTIONS_SEEDS: Final = range(550, 580)
_CERTIFIED_SEEDS: Final = range(600, 650)
_HEDGED_SEEDS: Final = range(650, 700)
_AGREED_SEEDS: Final = range(700, 750)
_AGREED_OPTIONS_SEEDS: Final = range(750, 800)
_OPTIONED_SEEDS: Final = range(800, 900)
_DATED_SEEDS: Final = range(900, 1_000)  # of each thousand: the other moods keep their seeds


def mood_of(seed: int) -> Mood:
    """Return the mood of a stream's seed."""
    if seed % 1_000 in _PROTECTED_CERTIFIED_SEEDS:
        return PROTECTED_CERTIFIED
    if seed % 1_000 in _PROTECTED_SEEDS:
        return PROTECTED
    if seed % 1_000 in _PROTECTED_OPTIONS_SEEDS:
        return PROTECTED_OPTIONS
    if seed % 1_000 in _AUCTIONED_SEEDS:
        return AUCTIONED
    if seed % 1_000 in _CERTIFIED_SEEDS:
        return CERTIFIED
    if seed % 1_000 in _HEDGED_SEEDS:
        return HEDGED
    if seed % 1_000 in _AGREED_SEEDS:
        return AGREED
    if seed % 1_000 in _AGREED_OPTIONS_SEEDS:
        return AGREED_OPTIONS
    if seed % 1_000 in _OPTIONED_SEEDS:
        return OPTIONED
    return DATED if seed % 1_000 in _DATED_SEEDS else MOODS[seed % len(MOODS)]
