"""`strikeproof trade protect`: what an account's orders may fill before all of them are dead."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import click

from strikeproof.cli.trade_arguments import MONEY
from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import TradeSession, plain, time_text, usd
from strikeproof.cli.verifier_arguments import LOTS

if TYPE_CHECKING:
    from strikeproof.client import Protection

SECONDS_MAX: Final = 4_294_967  # their milliseconds fit the op
NANO: Final = 10**9
_DELTA: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?", re.ASCII)


class _Delta(click.ParamType):
    """Units of the underlying, exactly; returned in 10^-9 of them."""

    name = "units"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return 10^-9 units."""
        if isinstance(value, int):
            return value
        found = _DELTA.fullmatch(str(value))
        if not found:
            self.fail(f"{value!r} is not a number with at most nine decimals", param, ctx)
        return int(found[1]) * NANO + int((found[2] or "").ljust(9, "0"))


@trade_command(
    "protect",
    click.argument("instrument", required=False),
    click.option("--lots", type=LOTS, help="The most that may fill within the window."),
    click.option("--delta", type=_Delta(), help="Units of the underlying, either way."),
    click.option("--vega", type=MONEY, help="USD a volatility point, either way."),
    click.option("--within", type=click.IntRange(1, SECONDS_MAX), help="Seconds of the window."),
    click.option(
        "--freeze", default=0, type=click.IntRange(0, SECONDS_MAX), help="Seconds afterwards."
    ),
    click.option("--never", is_flag=True, help="Take the protection back."),
)
def protect(
    session: TradeSession,
    instrument: str | None,
    within: int | None,
    freeze: int,
    never: bool,
    **limits: int | None,
) -> None:
    """End all orders on the underlying of INSTRUMENT once their fills pass a limit --within
    seconds, and let none rest there for --freeze seconds.

    What counts are fills of orders that rest, whoever takes them. An account protects one
    underlying. Given again, this ends a freeze and counts from zero. docs/protocol/protection.md
    """
    is_limited = any(each is not None for each in limits.values())
    if never and (instrument is not None or within is not None or is_limited):
        raise click.UsageError("--never stands alone")
    with session.client() as client:
        if never:
            ack = client.clear_protection()
        elif instrument is None or within is None or not is_limited:
            raise click.UsageError("give INSTRUMENT, --within and one of --lots, --delta, --vega")
        else:
            ack = client.set_protection(
                client.instrument(instrument).underlying,
                window_ms=1000 * within,
                freeze_ms=1000 * freeze,
                lots_max=limits["lots"],
                delta_max=limits["delta"],
                vega_max=limits["vega"],
            )
    session.finish(ack)


def protection_lines(found: Protection) -> list[str]:
    """Return what a protection limits, and what its window has filled, as people read it."""
    counted: list[tuple[str, int, int | None, Callable[[int], Decimal]]] = [
        ("lots", found.lots, found.lots_max, Decimal),
        ("delta", found.delta, found.delta_max, _units),
        ("vega", found.vega, found.vega_max, usd),
    ]
    shown = [
        f"{name} {plain(unit(filled))} of {plain(unit(most))}"
        for name, filled, most, unit in counted
        if most is not None
    ]
    since = time_text(found.start_ms) if found.start_ms else "it was set"
    window = f"within {found.window_ms / 1000:g} s, since {since}"
    lines = [
        f"Its orders on underlying {found.underlying} are protected: {', '.join(shown)} {window}."
    ]
    if found.frozen_until_ms:
        until = time_text(found.frozen_until_ms)
        lines.append(f"A limit was passed: none of its orders rests there before {until}.")
    return lines


def _units(nano: int) -> Decimal:
    return Decimal(nano) / NANO
