"""How pages write values: nothing exact is lost, and nothing is markup."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from markupsafe import Markup

NONE: Final = "—"
CENT: Final = Decimal("0.01")
PERCENT_STEP: Final = Decimal("0.00001")  # a tenth of a millionth: funding of a calm market shows
WEI: Final = 10**18
GWEI: Final = 10**9
MICRO: Final = 10**6
AMOUNT_DIGITS_MAX: Final = 30
TIME_MS_LEAST: Final = 10**12  # below it, a field in milliseconds is a span


def grouped(value: str | int | None) -> str:
    """Return a number with thousands separated, all of its digits kept."""
    return NONE if value is None else f"{Decimal(value):,f}"


def money(value: str | None) -> str:
    """Return USD to the cent, for people; the exact amount is in the JSON."""
    if value is None:
        return NONE
    shown = Decimal(value).quantize(CENT, ROUND_HALF_EVEN)
    return f"{shown or abs(shown):,f}"  # no negative nothing


def brief(value: str | None) -> str:
    """Return a number for people: four decimals, or below 1 four significant digits; the exact one
    is in the JSON."""
    if value is None:
        return NONE
    exact = Decimal(value)
    shown = Decimal(f"{exact:.4f}" if abs(exact) >= 1 else f"{exact:.4g}")
    return f"{shown.normalize():,f}" if shown else "0"


def percent(ppm: str | int | None) -> str:
    """Return parts per million as percent, to five places; the exact rate is in the JSON."""
    if ppm is None:
        return NONE
    rounded = (Decimal(ppm) / 10_000).quantize(PERCENT_STEP, ROUND_HALF_EVEN)
    return f"{rounded.normalize():f} %"


def ether(wei: str | int | None) -> str:
    """Return an amount of wei in ether, all of its digits kept."""
    return NONE if wei is None else f"{(Decimal(wei) / WEI).normalize():,f} ETH"


def ether_brief(wei: str | int | None) -> str:
    """Return an amount of wei in ether, to six significant digits."""
    return NONE if wei is None else f"{Decimal(f'{Decimal(wei) / WEI:.6g}'):f} ETH"


def gwei(wei: str | int) -> str:
    """Return a price of gas in gwei, to four significant digits."""
    return f"{Decimal(f'{Decimal(wei) / GWEI:.4g}'):f} gwei"


def micro_usd(amount: str | int) -> str:
    """Return micro-USD as USD to the cent, for people."""
    return money(str(Decimal(amount) / MICRO))


def field_value(value: str | None, field: str) -> str | Markup:
    """Return the value of a record's field: a time as such, a number with its thousands separated;
    one that is longer than any amount is a hash or a map of bits."""
    if value is not None and field.endswith("_ms") and int(value) >= TIME_MS_LEAST:
        return when(int(value))
    if value is None or len(value) <= AMOUNT_DIGITS_MAX:
        return grouped(value)
    return short(f"0x{int(value):x}")


def counted(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def when(time_ms: int | None) -> str | Markup:
    """Return a time as an element; the browser shows it in the reader's own zone."""
    if not time_ms:
        return NONE
    try:
        moment = datetime.fromtimestamp(time_ms / 1_000, UTC)
    except (OverflowError, ValueError, OSError):
        return NONE
    text = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), text)


def short(value: str | None) -> str | Markup:
    """Return hex text shortened; its whole is read by screen readers and shown on hover."""
    if not value:
        return NONE
    brief = value if len(value) <= 14 else f"{value[:8]}…{value[-4:]}"
    return Markup('<code class="hash" title="{}">{}</code>').format(value, brief)


def span(seconds: str | int) -> str:
    """Return a length of time in its greatest units."""
    left = int(seconds)
    parts = []
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def words(name: str | None) -> str:
    """Return a code's name as words."""
    return NONE if name is None else name.replace("_", " ").lower()
