"""The live view: the status as a picture of the terminal, and event lines where there is none."""

from __future__ import annotations

import asyncio
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from strikeproof.devnet.venue_status import ClaimStatus, EventLevel, StatusEvent, VenueStatus

REFRESH_SECONDS: Final = 0.25
BATCH_ROWS: Final = 10
TRADE_ROWS: Final = 10
EVENT_ROWS: Final = 12
HEAD_ROWS: Final = 5
COUNTDOWN_CELLS: Final = 12
COUNTDOWN_CELLS_NARROW: Final = 4
WIDE_COLUMNS: Final = 126

_STYLES: Final = {EventLevel.PLAIN: "", EventLevel.GOOD: "green", EventLevel.BAD: "bold red"}
# Shown in the picture's tables already: as lines they would crowd out what is rare.
_FREQUENT: Final = frozenset({"batch", "claim", "deposit"})


class LiveView:
    """Draws the status a few times a second."""

    def __init__(
        self,
        console: Console,
        status: VenueStatus,
        title: str,
        proposers: dict[str, str],
        window: int,
    ) -> None:
        """`proposers`: names of addresses. `window`: the challenge window in seconds."""
        self._console = console
        self._status = status
        self._title = title
        self._names = proposers
        self._window = window

    async def run(self) -> None:
        """Draw until cancelled."""
        with Live(self.picture(), console=self._console, auto_refresh=False, screen=False) as live:
            try:
                while True:
                    live.update(self.picture(), refresh=True)
                    await asyncio.sleep(REFRESH_SECONDS)
            finally:
                live.update(self.picture(), refresh=True)

    def picture(self) -> RenderableType:
        """Return the whole picture."""
        columns = Layout()
        columns.split_row(
            Layout(Panel(self._claims(), title="batches and claims", border_style="dim"), ratio=5),
            Layout(
                Panel(
                    Group(self._tickers(), Text(), self._trades()),
                    title="market",
                    border_style="dim",
                ),
                ratio=4,
            ),
        )
        whole = Layout(size=HEAD_ROWS + BATCH_ROWS + EVENT_ROWS + 10)
        whole.split_column(
            Layout(Panel(self._head(), border_style="cyan"), size=HEAD_ROWS),
            Layout(columns, size=BATCH_ROWS + 5),
            Layout(Panel(self._events(), title="events", border_style="dim"), size=EVENT_ROWS + 2),
        )
        return FixedHeight(whole, HEAD_ROWS + BATCH_ROWS + 5 + EVENT_ROWS + 2)

    def _head(self) -> RenderableType:
        status = self._status
        text = Text()
        text.append(self._title, "bold cyan")
        text.append(f"   {status.now:5.0f} s\n", "dim")
        posted = max(status.batches, default=0)
        claimed = max(status.claims, default=0)
        for name, number in (
            ("L1 block", status.l1_block),
            ("posted", posted),
            ("claimed", claimed),
            ("verified", status.claims_verified),
            ("final", status.claims_final),
        ):
            text.append(f"{name} ", "dim").append(f"{number}   ", "bold")
        text.append("\n")
        text.append("executed by the verifier ", "dim").append(f"{status.batches_verified}", "bold")
        text.append(f"  at {status.segments_per_second:.0f} segments/s   ", "dim")
        text.append("orders ", "dim").append(f"{status.op_count}   ", "bold")
        text.append("trades ", "dim").append(f"{status.trade_count}", "bold")
        return text

    @property
    def _is_narrow(self) -> bool:
        return self._console.width < WIDE_COLUMNS

    def _claims(self) -> RenderableType:
        table = Table(box=None, expand=True, pad_edge=False)
        table.add_column("batch", justify="right", no_wrap=True)
        if not self._is_narrow:
            table.add_column("segments", justify="right")
            table.add_column("bytes", justify="right")
        for name in ("claim", "proposer", "window"):
            table.add_column(name, no_wrap=True)
        for number in sorted(self._status.batches, reverse=True)[:BATCH_ROWS]:
            batch = self._status.batches[number]
            size = [] if self._is_narrow else [str(batch.segments), f"{batch.data_bytes:,}"]
            state, style, proposer, window = self._claim(number)
            table.add_row(str(number), *size, Text(state, style), proposer, window)
        return table

    def _claim(self, number: int) -> tuple[str, str, str, RenderableType]:
        """Return state, style, proposer and window of a batch's claim."""
        status = self._status
        claim = status.claims.get(number)
        if claim is None:
            if number in status.deleted:
                return "deleted", "bold red", "", Text("")
            return "waiting", "dim", "", Text("")
        proposer = self._names.get(claim.proposer, claim.proposer[:10])
        if number <= status.claims_final:
            return "final", "green", proposer, Text("━" * self._cells, "green")
        if any(each.batch == number and each.root in claim.roots for each in status.lies):
            return "false", "bold red", proposer, self._countdown(claim)
        verified = number <= status.claims_verified
        state = "verified" if verified else "claimed"
        return state, "cyan" if verified else "yellow", proposer, self._countdown(claim)

    @property
    def _cells(self) -> int:
        return COUNTDOWN_CELLS_NARROW if self._is_narrow else COUNTDOWN_CELLS

    def _countdown(self, claim: ClaimStatus) -> Text:
        left = max(0, claim.deadline - self._status.l1_time)
        done = self._cells - round(self._cells * min(1.0, left / self._window))
        bar = Text("━" * done, "cyan")
        return bar.append("━" * (self._cells - done), "grey37").append(f" {left:3d} s", "dim")

    def _tickers(self) -> RenderableType:
        table = Table(box=None, expand=True, pad_edge=False)
        table.add_column("" if self._is_narrow else "instrument", no_wrap=True)
        names = ("bid", "ask") if self._is_narrow else ("mark", "bid", "ask", "open")
        for name in names:
            table.add_column(name, justify="right", no_wrap=True)
        for ticker in self._status.tickers.values():
            values = {
                "mark": Text(f"{ticker.mark:,.2f}"),
                "bid": Text(f"{ticker.bid:,.2f}" if ticker.bid else "—", "green"),
                "ask": Text(f"{ticker.ask:,.2f}" if ticker.ask else "—", "red"),
                "open": Text(f"{ticker.open_interest:,.3f}"),
            }
            symbol = ticker.symbol.removesuffix("-PERP") if self._is_narrow else ticker.symbol
            table.add_row(Text(symbol, "bold"), *(values[name] for name in names))
        return table

    def _trades(self) -> RenderableType:
        table = Table(box=None, expand=True, pad_edge=False, show_header=False)
        for justify in ("left", "left", "right", "right"):
            table.add_column(justify=justify, no_wrap=True)
        for trade in list(self._status.trades)[: -TRADE_ROWS - 1 : -1]:
            side = Text("sell", "red") if trade.taker_sells else Text("buy", "green")
            table.add_row(trade.symbol, side, f"{trade.price_usd:,.2f}", f"{trade.size:,.3f}")
        return table

    def _events(self) -> RenderableType:
        rare = [each for each in self._status.events if each.what not in _FREQUENT]
        return Group(*(event_line(each) for each in rare[-EVENT_ROWS:]))


class FixedHeight:
    """A renderable of this many rows, however high the terminal is."""

    def __init__(self, inner: RenderableType, rows: int) -> None:
        self._inner, self._rows = inner, rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = min(self._rows, max(10, console.size.height - 1))
        yield from console.render(self._inner, options.update(height=rows))


def event_line(event: StatusEvent) -> Text:
    """Return an event as one line."""
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{event.at:6.1f} s  ", "dim").append(f"{event.what:<10}", "bold")
    return line.append(event.text, _STYLES[event.level])


def print_lines(console: Console, status: VenueStatus) -> None:
    """From now on print each event as a line."""
    status.listeners.append(
        lambda event: console.print(event_line(event), soft_wrap=True, overflow="ignore")
    )
