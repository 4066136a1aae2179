"""The most siblings of a multiproof, in closed form: what a witness weight counts.

Keys that lie below few nodes share their paths: orders below their instruments, protections below
their accounts (ADR 13). Source: docs/protocol/weight.md, witness.
"""

from __future__ import annotations

from strikeproof.sequencer.core.rounding import div_ceil


def sibling_bound(height: int, keys: int, groups: int = 0, group_height: int = 0) -> int:
    """Return the most siblings that this many touched keys of a tree need, or fewer of them.

    All keys lie below `groups` nodes at depth `group_height`; 0: their groups are unknown. Never
    falls when keys or groups are added.
    """
    if not keys or not height:
        return 0
    if not groups:
        # 2^0 + … up to the keys' own number, then that number at each depth.
        keys = min(keys, 1 << height - 1)
        return 1 - keys + _doubling(1, keys, height)
    keys = min(keys, 1 << height - 1, groups << height - 1 - group_height)
    groups = min(keys, groups, 1 << group_height)
    above = _doubling(1, groups, group_height + 1)
    below = _doubling(2 * groups, keys, height - group_height - 1)
    return 1 - keys + above + below


def _doubling(first: int, most: int, terms: int) -> int:
    """Return the sum of min(most, first × 2^i) for this many i from 0 on."""
    if terms <= 0:
        return 0
    # The fewest doublings after which `most` is reached.
    doubled = max(0, (div_ceil(most, first) - 1).bit_length())
    doubled = min(doubled, terms)
    return first * ((1 << doubled) - 1) + (terms - doubled) * most
