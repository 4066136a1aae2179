"""Decimals of risk files, read and written exactly: inside there are only 18-decimal integers.

Accepted are decimal strings ("0.045", "-12", "1e-3") and JSON numbers, whose digits are taken as
they stand, never through a float.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator

from strikeproof.risk.kernel.fixed_point import ONE

DECIMALS: Final = 18
_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DIGITS_MAX: Final = 80


def parse_wad(value: object) -> int:
    """Return a decimal as an integer of 18 decimals. Raises `ValueError` unless it is exact."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError("must be a decimal, as a string or a number")
    text = str(value).strip()
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a decimal")
    sign, digits, exponent = Decimal(text).as_tuple()
    if len(digits) > _DIGITS_MAX:
        raise ValueError(f"has more than {_DIGITS_MAX} digits")
    assert isinstance(exponent, int), "the pattern lets no infinity through"
    magnitude = int("".join(map(str, digits)))
    scale = exponent + DECIMALS
    if magnitude == 0:
        return 0
    if scale > _DIGITS_MAX:
        raise ValueError("is too large")
    wad, rest = magnitude * _power_of_ten(scale), 0
    if scale < 0:
        wad, rest = divmod(magnitude, _power_of_ten(min(-scale, _DIGITS_MAX + 1)))
    if rest:
        raise ValueError(f"{text[:40]} has more than {DECIMALS} decimals; round it first")
    return -wad if sign else wad


def _power_of_ten(exponent: int) -> int:
    return int("1" + "0" * exponent)


def format_wad(wad: int) -> str:
    """Return an 18-decimal integer as the shortest exact decimal: "12.5", "-0.045", "0"."""
    whole, fraction = divmod(abs(wad), ONE)
    digits = f"{fraction:018d}".rstrip("0")
    return f"{'-' if wad < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def wad_between(low: str, high: str) -> BeforeValidator:
    """Return a validator for decimals within [low, high], both inside."""
    low_wad, high_wad = parse_wad(low), parse_wad(high)

    def validate(value: object) -> int:
        wad = parse_wad(value)
        if not low_wad <= wad <= high_wad:
            raise ValueError(f"{format_wad(wad)} is outside [{low}, {high}]")
        return wad

    return BeforeValidator(validate)


def parse_seconds(value: object) -> int:
    """Return a whole number of seconds below 2^32. Raises `ValueError` otherwise."""
    wad = parse_wad(value)
    seconds, rest = divmod(wad, ONE)
    if rest:
        raise ValueError(f"{format_wad(wad)} is not a whole number of seconds")
    if not 0 <= seconds < 1 << 32:
        raise ValueError(f"{seconds} is outside [0, {(1 << 32) - 1}]")
    return seconds


def parse_time_left(value: object) -> int:
    """Return a whole number of seconds above zero. Raises `ValueError` otherwise."""
    seconds = parse_seconds(value)
    if seconds == 0:
        raise ValueError("must be above 0: no time, no volatility")
    return seconds


Price = Annotated[int, wad_between("0.000000000000000001", "38000000")]
"""The price of one unit, above zero: what an array's lane of 85 bits can hold."""
Amount = Annotated[int, wad_between("-79000000000", "79000000000")]
Size = Annotated[int, wad_between("0", "79000000000")]
Usd = Annotated[int, wad_between("-1000000000000000000", "1000000000000000000")]
Fraction = Annotated[int, wad_between("0", "1")]
Factor = Annotated[int, wad_between("0", "100")]
SignedFactor = Annotated[int, wad_between("-100", "100")]
Volatility = Annotated[int, wad_between("0", "1000000")]
Rate = Annotated[int, wad_between("-100", "100")]
Seconds = Annotated[int, BeforeValidator(parse_seconds)]
