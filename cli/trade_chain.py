"""`strikeproof trade chain`: an expiry's calls and puts, strike by strike."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import click

from strikeproof.cli.trade_command import trade_command
from strikeproof.cli.trade_session import TradeSession, brief, cell, plain
from strikeproof.failure import Rejected
from strikeproof.wire.constants import InstrumentStatus
from strikeproof.wire.errors import FailureCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strikeproof.client import Book, Client, Instrument
    from strikeproof.client.listed_expiry import ListedExpiry

COLUMNS: Final = ("bid", "ask", "mark", "IV, %", "delta", "open lots")
PIPE_WIDTH: Final = 160
NANO: Final = 10**9


class NoOptionsListed(Rejected):
    """No options are listed: of an expiry, or of any that is not over."""

    code = FailureCode.NO_OPTIONS_LISTED

    def __init__(self, expiry: int | None, others: Sequence[int]) -> None:
        where = "any expiry that is not over" if expiry is None else f"expiry {expiry}"
        there = ", ".join(map(str, others)) or "none"
        super().__init__(f"no options are listed on {where}; expiries with options: {there}")
        self.expiry, self.others = expiry, others


@dataclass(frozen=True, slots=True)
class ChainSide:
    """A call or a put with the best of its book; prices in USD, None: there is none."""

    symbol: str
    instrument: int
    status: str
    bid_usd: Decimal | None
    ask_usd: Decimal | None
    mark_usd: Decimal | None
    volatility: Decimal | None
    """What the mark implies: 0.52 is 52 %."""
    delta: Decimal | None
    """By its forward, of one unit; None: not priced, or settled."""
    open_interest_lots: int

    @classmethod
    def of(cls, option: Instrument, book: Book, rate_ppm: int) -> ChainSide:
        """Return the side of an option."""
        from strikeproof.client.strike_pairs import mark_volatility

        is_settled = option.status is InstrumentStatus.SETTLED
        has_greeks = option.priced_ms and not is_settled
        has_mark = option.mark_price or is_settled
        return cls(
            option.symbol,
            option.id,
            option.status.name,
            option.price_usd(book.bids[0].price) if book.bids else None,
            option.price_usd(book.asks[0].price) if book.asks else None,
            option.price_usd(option.mark_price) if has_mark else None,
            mark_volatility(option, rate_ppm),
            option.delta if has_greeks else None,
            option.open_interest_lots,
        )


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A strike with its call and its put."""

    strike_usd: Decimal
    call: ChainSide | None
    put: ChainSide | None


@trade_command("chain", click.argument("expiry", type=click.IntRange(1, 2**16 - 1), required=False))
def chain(session: TradeSession, expiry: int | None) -> None:
    """Show an expiry's calls and puts by strike: bid, ask, mark, volatility, delta, open interest.

    EXPIRY is its number; without it, the next one that has options.
    """
    from strikeproof.client.strike_pairs import strike_pairs

    with session.client() as client:
        instruments, now_ms = client.instruments(), client.now_ms()
        chains = [
            (each, pairs)
            for each in sorted(client.expiries(), key=lambda each: (each.expiry_ms, each.id))
            if (pairs := strike_pairs(instruments, each))
        ]
        found = [
            (each, pairs)
            for each, pairs in chains
            if (each.expiry_ms > now_ms if expiry is None else each.id == expiry)
        ]
        if not found:
            raise NoOptionsListed(expiry, [each.id for each, _ in chains])
        at, pairs = found[0]
        rows = [
            ChainRow(
                each.strike_usd,
                _side(client, each.call, at.surface.rate_ppm),
                _side(client, each.put, at.surface.rate_ppm),
            )
            for each in pairs
        ]
    sample = next(each for pair in pairs for each in (pair.call, pair.put) if each)
    told: dict[str, Any] = {
        "expiry": at.id,
        "underlying": sample.underlying_symbol,
        "expiry_ms": at.expiry_ms,
        "forward_usd": sample.price_usd(sample.forward),
        "settlement_nano_usd": at.settlement_nano_usd or None,
        "rows": rows,
    }
    session.show(told, lambda: _print_chain(at, sample, rows))


def _side(client: Client, option: Instrument | None, rate_ppm: int) -> ChainSide | None:
    return None if option is None else ChainSide.of(option, client.book(option.id, 1), rate_ppm)


def _print_chain(at: ListedExpiry, sample: Instrument, rows: Sequence[ChainRow]) -> None:
    from rich.console import Console
    from rich.table import Table

    from strikeproof.cli.trade_session import time_text

    now = f"forward {plain(sample.price_usd(sample.forward))}"
    if at.settlement_nano_usd:
        now = f"settled at {plain(Decimal(at.settlement_nano_usd) / NANO)}"
    title = f"{sample.underlying_symbol}, {time_text(at.expiry_ms)}, {now}"
    table = Table(title=f"{title}: calls left, puts right", title_justify="left")
    for each in (*COLUMNS, "strike", *COLUMNS):
        table.add_column(each, justify="center" if each == "strike" else "right")
    for row in rows:
        table.add_row(*_cells(row.call), plain(row.strike_usd), *_cells(row.put))
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_WIDTH)
    console.print(table)


def _cells(side: ChainSide | None) -> list[str]:
    if side is None:
        return [""] * len(COLUMNS)
    volatility = None if side.volatility is None else 100 * side.volatility
    return [
        *("-" if each is None else plain(each) for each in (side.bid_usd, side.ask_usd)),
        "-" if side.mark_usd is None else plain(side.mark_usd),
        "-" if volatility is None else f"{volatility:.2f}",
        "-" if side.delta is None else brief(side.delta),
        cell(side.open_interest_lots),
    ]
