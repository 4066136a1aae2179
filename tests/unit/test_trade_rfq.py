"""`strikeproof trade rfq` and `block`: what becomes of their arguments, and of a long reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from strikeproof.cli.main import main
from strikeproof.cli.trade_session import TradeSession
from strikeproof.client import QuoteRequest, RequestLeg, RequestSide, RequestState


class Venue:
    """A client of a venue that lists another instrument with each request."""

    def __init__(self) -> None:
        self.disclosed: list[tuple[int, int]] = []
        self.listed: list[int] = []

    def disclose(self, number: int, maker: int = 0) -> None:
        self.disclosed.append((number, maker))

    def instruments(self) -> list[Any]:
        return [SimpleNamespace(id=each, symbol=f"symbol {each}") for each in self.listed]

    def follow_requests(self) -> Iterator[QuoteRequest]:
        for number in (1, 2):
            self.listed.append(number)
            legs = (RequestLeg(number, sell=False, ratio=1),)
            side, state = RequestSide.BUY, RequestState.OPEN
            yield QuoteRequest(number, 7, legs, 1, side, (), 1, 60_000, state, True, None, ())


@pytest.fixture
def venue(monkeypatch: pytest.MonkeyPatch) -> Venue:
    found = Venue()

    @contextmanager
    def client(_: TradeSession) -> Iterator[Venue]:
        yield found

    monkeypatch.setattr(TradeSession, "client", client)
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trade", "--endpoint", "127.0.0.1:1", *arguments])


@pytest.mark.parametrize(("more", "maker"), [((), 0), (("--to", "12"), 12)])
def test_a_request_is_disclosed_to_one_maker_or_to_all(
    venue: Venue, more: tuple[str, ...], maker: int
) -> None:
    found = run("rfq", "disclose", "5", *more)
    assert found.exit_code == 0, found.output
    assert venue.disclosed == [(5, maker)]


def test_listening_shows_instruments_that_were_listed_since_it_began(venue: Venue) -> None:
    found = run("rfq", "listen")
    assert found.exit_code == 0, found.output
    assert "symbol 1" in found.output
    assert "symbol 2" in found.output


@pytest.mark.parametrize("lots", ["0", "x", "-1", "1.5", "9" * 5_000])
@pytest.mark.parametrize(
    "command",
    [
        ("rfq", "request", "--leg", "A buy {}"),
        ("block", "propose", "f", "--with", "2", "--leg", "A buy {} 5"),
    ],
)
def test_a_leg_has_lots_that_an_order_could_have(
    venue: Venue, command: tuple[str, ...], lots: str
) -> None:
    found = run(*command[:-1], command[-1].format(lots))
    assert found.exit_code == 2
    assert "Invalid value for '--leg'" in found.output


@pytest.mark.parametrize("text", ["", "A buy", "A hold 1", "A buy 1 2"])
def test_a_leg_is_an_instrument_a_side_and_lots(venue: Venue, text: str) -> None:
    found = run("rfq", "request", "--leg", text)
    assert found.exit_code == 2
    assert "INSTRUMENT buy|sell LOTS" in found.output
