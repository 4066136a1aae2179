"""Integers of a decimal unit as exact decimal text."""

from __future__ import annotations


def decimal_text(amount: int, places: int) -> str:
    """Return `amount` units of 10^-places, without trailing zeros."""
    whole, rest = divmod(abs(amount), 10**places)
    text = f"{whole}.{rest:0{places}}".rstrip("0").rstrip(".")
    return f"-{text}" if amount < 0 else text
