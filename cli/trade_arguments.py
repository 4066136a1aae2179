"""Arguments of `strikeproof trade`, parsed once: what they may be, and errors for wrong ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import click

from strikeproof.cli.verifier_arguments import LOTS

MICRO: Final = 10**6
GOOD_FOR_SECONDS_MAX: Final = 10 * 365 * 86_400

FEE_PPM: Final = click.IntRange(0, 2**32 - 1)
CLIENT_ID: Final = click.IntRange(0, 2**64 - 1)
DEPTH: Final = click.IntRange(1, 100_000)
LIMIT: Final = click.IntRange(1, 1_000)
SEQUENCE: Final = click.IntRange(0, 2**63 - 1)
GOOD_FOR: Final = click.IntRange(1, GOOD_FOR_SECONDS_MAX)

_AMOUNT: Final = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,6}))?", re.ASCII)
_NUMBERS: Final = re.compile(r"[0-9]{1,20}(:[0-9]{1,20})*", re.ASCII)
_ADDRESS_TEXT: Final = re.compile(r"0x([0-9A-Fa-f]{40})", re.ASCII)
_HASH: Final = re.compile(r"(?:0x)?([0-9A-Fa-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class OrderName:
    """An order as `account` shows it."""

    slot: int
    serial: int


def _numbers(text: str, bits: tuple[int, ...]) -> list[int] | None:
    """Return numbers joined by colons, None unless each fits its width."""
    found = list(map(int, text.split(":"))) if _NUMBERS.fullmatch(text) else []
    fits = len(found) == len(bits) and not any(
        each >> width for each, width in zip(found, bits, strict=True)
    )
    return found if fits else None


class _SignedUsd(click.ParamType):
    """What a structure costs, exactly; below 0 if it pays its buyer. Returned as micro-USD."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return micro-USD."""
        if isinstance(value, int):
            return value
        text = str(value)
        found = _AMOUNT.fullmatch(text.removeprefix("-"))
        if not found:
            self.fail(f"{value!r} is not an amount of USD with at most six decimals", param, ctx)
        micro_usd = int(found[1]) * MICRO + int((found[2] or "").ljust(6, "0"))
        return -micro_usd if text.startswith("-") else micro_usd


class _Usd(_SignedUsd):
    """An amount of USD, exactly; returned as micro-USD."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return micro-USD."""
        micro_usd = super().convert(value, param, ctx)
        if micro_usd <= 0:
            self.fail("the amount must be above 0", param, ctx)
        return micro_usd


@dataclass(frozen=True, slots=True)
class LegText:
    """A leg as it is typed: an instrument by its name, a side, and lots."""

    instrument: str
    sell: bool
    lots: int
    price: str
    """USD; empty: a leg without a price."""


class _Leg(click.ParamType):
    """INSTRUMENT buy|sell LOTS, and PRICE if it is priced."""

    name = "leg"

    def __init__(self, *, is_priced: bool) -> None:
        self._form = "INSTRUMENT buy|sell LOTS" + (" PRICE" if is_priced else "")

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> LegText:
        """Return the leg."""
        if isinstance(value, LegText):
            return value
        words = str(value).split()
        if len(words) != len(self._form.split()) or words[1] not in ("buy", "sell"):
            self.fail(f"a leg is {self._form!r}, not {value!r}", param, ctx)
        instrument, side, lots, *price = words
        return LegText(instrument, side == "sell", LOTS(lots, param, ctx), "".join(price))


class _Address(click.ParamType):
    """20 bytes in hex."""

    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Return the address."""
        if isinstance(value, bytes):
            return value
        found = _ADDRESS_TEXT.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is not an address: 0x and 40 hexadecimal digits", param, ctx)
        return bytes.fromhex(found[1])


class _OrderName(click.ParamType):
    """SLOT:SERIAL."""

    name = "slot:serial"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> OrderName:
        """Return the order's name."""
        if isinstance(value, OrderName):
            return value
        found = _numbers(str(value), (32, 48))
        if found is None:
            self.fail(f"{value!r} is not an order: SLOT:SERIAL, as `account` shows it", param, ctx)
        return OrderName(*found)


class _OpName(click.ParamType):
    """An op's hash, or BATCH:SEGMENT:INDEX."""

    name = "op"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes | tuple[int, int, int]:
        """Return the hash, or the place."""
        if not isinstance(value, str):
            return value
        hash_ = _HASH.fullmatch(value)
        if hash_:
            return bytes.fromhex(hash_[1])
        found = _numbers(value, (64, 32, 32))
        if found is None:
            self.fail(f"{value!r} is neither an op's hash nor BATCH:SEGMENT:INDEX", param, ctx)
        batch, segment, index = found
        return batch, segment, index


USD: Final = _Usd()
SIGNED_USD: Final = _SignedUsd()
LEG: Final = _Leg(is_priced=False)
PRICED_LEG: Final = _Leg(is_priced=True)
ADDRESS: Final = _Address()
ORDER_NAME: Final = _OrderName()
OP_NAME: Final = _OpName()
