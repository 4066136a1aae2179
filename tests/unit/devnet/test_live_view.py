"""The live view shows what is on the board, at any width."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from strikeproof.devnet.live_view import LiveView, print_lines
from strikeproof.devnet.venue_status import (
    BatchStatus,
    ClaimStatus,
    EventLevel,
    Ticker,
    TradeStatus,
    VenueStatus,
)

PROPOSER = "0x" + "11" * 20


def status() -> VenueStatus:
    made = VenueStatus()
    made.l1_time = 1_000
    for number in range(1, 6):
        made.batches[number] = BatchStatus(number, 1.0, 4, 2_345)
    for number in range(1, 4):
        made.claims[number] = ClaimStatus(number, b"", PROPOSER, 990 + 10 * number, (), 2.0)
    made.deleted[4] = ClaimStatus(4, b"", PROPOSER, 0, (), 2.0)
    made.claims_final, made.claims_verified = 1, 2
    made.tickers[1] = Ticker("BTC-PERP", 96_400.0, 96_390.0, 96_410.0)
    made.trades.append(TradeStatus("BTC-PERP", 96_410.0, 0.005, False, 3.0))
    made.note("slashed", "sequencer lost its bond", EventLevel.BAD)
    return made


def drawn(shown: VenueStatus, width: int) -> str:
    console = Console(width=width, height=50, record=True, force_terminal=True, file=StringIO())
    console.print(LiveView(console, shown, "devnet", {PROPOSER: "sequencer"}, 30).picture())
    return console.export_text()


def test_states_of_claims_and_their_windows_are_shown() -> None:
    text = drawn(status(), 140)
    for word in ("final", "verified", "claimed", "deleted", "waiting", "20 s", "sequencer"):
        assert word in text, word
    assert "96,410.00" in text
    assert "sequencer lost its bond" in text


@pytest.mark.parametrize("width", [80, 125, 126, 200])
def test_picture_fits_its_width(width: int) -> None:
    lines = drawn(status(), width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert any(re.search(r"│ +5 .*waiting", line) for line in lines)
    assert any("96,390.00" in line and "96,410.00" in line for line in lines)


def test_without_a_terminal_events_are_lines() -> None:
    console = Console(record=True, width=40, file=StringIO())
    shown = VenueStatus()
    print_lines(console, shown)
    text = "a text that is much longer than the forty columns of this terminal"
    shown.note("fraud", text)
    assert text in console.export_text()
