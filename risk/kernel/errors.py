"""Errors of the risk kernel: a value outside a domain, and a price without a volatility."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

_WAD: Final = 18
# Decimals of the arguments that are not wads.
_DECIMALS: Final = {
    "seconds": 0,
    "lanes": 0,
    "moving": 36,
}
# Fraction bits of those that are binary.
_BITS: Final = {"k": 96, "distance": 96, "deviation": 96, "variance": 96}
# Arguments whose unit is the caller's: shown as the integers that they are.
_PLAIN: Final = frozenset({"product", "divisor", "x"})
_FRACTION_DIGITS: Final = 20


class OutOfDomain(ValueError):
    """A value lies outside a function's domain; Solidity reverts with `OutOfDomain` there.

    Attributes: `name` (the argument), `value`, and the domain's ends `low` and `high`, both
    inside it, in the argument's own unit. The message says them as people write them.
    """

    def __init__(self, name: str, value: int, low: int, high: int) -> None:
        shown = (in_its_unit(name, each) for each in (value, low, high))
        super().__init__("{} = {} is outside [{}, {}]".format(name, *shown))
        self.name = name
        self.value = value
        self.low = low
        self.high = high


def check_within(name: str, value: int, low: int, high: int) -> None:
    """Raise `OutOfDomain` unless low <= value <= high."""
    if not low <= value <= high:
        raise OutOfDomain(name, value, low, high)


def in_its_unit(name: str, value: int) -> str:
    """Return a value of this argument as a decimal number: a wad of one as "1"."""
    if name in _PLAIN:
        return str(value)
    bits = _BITS.get(name)
    if bits is not None:
        # Binary fractions are long in decimals: what is cut off is below 10^-20.
        return _decimal(abs(value) * 10**_FRACTION_DIGITS >> bits, _FRACTION_DIGITS, value < 0)
    return _decimal(abs(value), _DECIMALS.get(name, _WAD), value < 0)


def _decimal(size: int, decimals: int, negative: bool) -> str:
    whole, fraction = divmod(size, 10**decimals)
    digits = f"{fraction:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{'-' if negative else ''}{whole}{'.' if digits else ''}{digits}"


class NoVolatility(ValueError):
    """No volatility gives an option this price. `reason` says why; `bound` is the price that it is
    beyond, in wads as `price` is."""

    def __init__(self, reason: WhyNoVolatility, price: int, bound: int) -> None:
        shown, limit = in_its_unit("price", price), in_its_unit("price", bound)
        super().__init__(f"a price of {shown} {reason.value} {limit}")
        self.reason = reason
        self.price = price
        self.bound = bound


class WhyNoVolatility(StrEnum):
    """What is wrong with a price that no volatility gives."""

    BELOW_INTRINSIC = "is below the discounted intrinsic value,"
    AT_BOUND = "is not below what an option is worth at most,"
    BEYOND_DOMAIN = "needs a volatility above 100,000 %, where it would be"
    NO_TIME = "is not the intrinsic value, and no time is left:"
